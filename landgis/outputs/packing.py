"""Pack frames for a page: columns as lists, shapes as whole numbers.

A page holds what its file needs and no more: each layer goes through a whitelist of columns,
texts that repeat are said once, days are counted since 1970-01-01, and shapes are steps of 1e-7
degree (about a centimetre) from vertex to vertex.
"""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.base.crs import to_display

__all__ = ["count_day", "pack_column", "pack_shapes", "plain_number"]

#: whole numbers per degree
STEPS = 10_000_000
_EPOCH = pd.Timestamp("1970-01-01")
Ints = npt.NDArray[np.int64]


def count_day(day: Any) -> int | None:
    """Return a day as days since 1970-01-01, None if there is none."""
    return None if pd.isna(day) else int((pd.Timestamp(day) - _EPOCH).days)


def plain_number(value: Any, decimals: int = 4) -> float | None:
    """Return a number for JSON, None where it is missing or not finite."""
    if value is None or pd.isna(value) or not math.isfinite(value):
        return None
    return round(float(value), decimals)


def pack_column(values: pd.Series) -> list[Any] | dict[str, list[Any]]:
    """Return a column as JSON holds it: numbers and days plain, texts by code where they repeat."""
    if pd.api.types.is_datetime64_any_dtype(values):
        days = (values - _EPOCH).dt.days
        return [None if day != day else int(day) for day in days.tolist()]
    if pd.api.types.is_bool_dtype(values):
        return [None if pd.isna(flag) else int(flag) for flag in values.tolist()]
    if pd.api.types.is_numeric_dtype(values):
        whole = pd.api.types.is_integer_dtype(values)
        numbers = values.astype("Float64").tolist()
        return [int(n) if whole and not pd.isna(n) else plain_number(n) for n in numbers]
    return _pack_texts(values)


def _pack_texts(values: pd.Series) -> list[Any] | dict[str, list[Any]]:
    """Code texts that repeat; leave a column of ids as it is."""
    texts = values.astype("object").where(values.notna(), None)
    said = texts.map(str, na_action="ignore")
    codes, words = pd.factorize(said, use_na_sentinel=True)
    if 2 * len(words) > len(values):
        return [None if text is None or text != text else text for text in said.tolist()]
    return {"words": [str(word) for word in words], "codes": codes.tolist()}


def _parts(frame: gpd.GeoDataFrame, layer: str) -> tuple[Any, Ints]:
    """Return the points, lines and polygons of a layer in degrees, and the row of each."""
    shown = to_display(frame, layer=layer) if len(frame) else frame
    whole, rows = shapely.get_parts(np.asarray(shown.geometry.values), return_index=True)
    inner, at = shapely.get_parts(whole, return_index=True)  # a collection may hold multiparts
    rows = rows[at]
    kinds = shapely.get_type_id(inner)
    usable = np.isin(kinds, (0, 1, 2, 3)) & ~shapely.is_empty(inner)
    usable &= np.isfinite(shapely.bounds(inner)).all(axis=1)
    return inner[usable], rows[usable]


def _rings(parts: Any) -> tuple[Any, Ints]:
    """Return the rings of polygons, and lines and points as they are, with the part of each."""
    areal = shapely.get_type_id(parts) == 3
    rings, of = shapely.get_rings(parts[areal], return_index=True)
    every = np.concatenate([rings, parts[~areal]])
    part = np.concatenate([np.flatnonzero(areal)[of], np.flatnonzero(~areal)]).astype(np.int64)
    order = np.argsort(part, kind="stable")
    return every[order], part[order]


def pack_shapes(
    frame: gpd.GeoDataFrame, origin: tuple[int, int], layer: str
) -> dict[str, list[int]]:
    """Return the shapes of a layer as five lists of whole numbers (see ``map/decode.js``).

    Reprojects to WGS 84, the map's own edge. Rows without shape have no parts; the vertex that
    closes a ring is left out.
    """
    parts, rows = _parts(frame, layer)
    kinds = np.array([0, 1, 1, 2])[shapely.get_type_id(parts)] if len(parts) else np.empty(0, int)
    rings, part = _rings(parts)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    closes = np.zeros(len(points), bool)
    if len(points):
        closes[:-1] = ring[1:] != ring[:-1]
        closes[-1] = True
        closes &= kinds[part[ring]] == 2
    points, ring = points[~closes], ring[~closes]
    steps = np.rint(points * STEPS).astype(np.int64)
    deltas = np.diff(steps, axis=0, prepend=np.array([origin], np.int64))
    return {
        "parts": np.bincount(rows, minlength=len(frame)).tolist(),
        "kinds": kinds.tolist(),
        "rings": np.bincount(part, minlength=len(parts)).tolist(),
        "sizes": np.bincount(ring, minlength=len(rings)).tolist(),
        "xy": deltas.ravel().tolist(),
    }
