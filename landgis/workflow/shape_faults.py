"""Broken and missing shapes of a layer, row by row, as `inspect` and `load` say them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.spatial.shapes import Ints, defect_of

__all__ = ["about_row", "broken_in", "find_broken", "find_missing"]

_PLACES = ("source_file", "source_sheet", "source_row")


def broken_in(frame: Any) -> Ints:
    """Return the positions of invalid shapes; none in a table without shapes."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return np.array([], dtype=np.intp)
    shapes = frame.geometry.to_numpy()
    return np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_valid(shapes))


def about_row(frame: pd.DataFrame, layer: str, at: Any) -> dict[str, Any]:
    """Return which row a finding speaks of: by its id, in layers without ids by file and row."""
    row = frame.iloc[int(at)]
    known = {name: row[name] for name in _PLACES if not pd.isna(row[name])}
    own = "#".join(str(known[name]) for name in _PLACES if name in known)
    named = own if layer == "context" else row[LAYERS[layer].id]
    return {"layer": layer, "ids": [] if pd.isna(named) else [named], **known}


def find_broken(
    frame: Any, layer: str, *, drawn_only: bool, shapes: bool, broken: Ints | None = None
) -> list[dict[str, Any]]:
    """Return a finding per broken shape.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        A layer, ids unique.
    layer : str
        Its name in the schema.
    drawn_only : bool
        Whether it is drawn and never computed; then a broken shape is but a warning.
    shapes : bool
        Whether the findings bear the shapes.
    broken : array of int, optional
        What `broken_in` said of the frame, where it has been asked before.
    """
    out = []
    for at in broken_in(frame) if broken is None else broken:
        shape = frame.geometry.iloc[at]
        out.append(
            finding(
                "geometry_invalid",
                severity="warning" if drawn_only else None,
                geometry=shape if shapes else None,
                **about_row(frame, layer, at),
                **defect_of(shape),
            )
        )
    return out


def find_missing(frame: Any, layer: str) -> list[dict[str, Any]]:
    """Return a finding per row without a shape in a file of which other rows have some."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return []
    missing = shapely.is_missing(frame.geometry.to_numpy())
    if missing.all():
        return []
    rows = np.flatnonzero(missing)
    return [finding("geometry_missing", **about_row(frame, layer, at)) for at in rows]
