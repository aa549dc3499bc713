"""GeoJSON: as RFC 7946 in degrees, else in a CRS of metres that the file then names.

Written feature by feature: numbers in their shortest exact form, days as ISO text, lists as lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import mapping

from landgis.base.errors import OutputError
from landgis.base.schema import Column

__all__ = ["is_lonlat", "write_geojson"]

#: CRSs in degrees that RFC 7946 takes for its own: WGS 84, and CGCS2000, which agrees with it
_LONLAT = (4326, 4490)
#: decimals of degrees: a tenth of a millimetre on the ground
_DECIMALS = 9


def is_lonlat(frame: gpd.GeoDataFrame) -> bool:
    """Tell whether coordinates are degrees that RFC 7946 means."""
    return frame.crs is not None and frame.crs.to_epsg() in _LONLAT


def write_geojson(
    frame: gpd.GeoDataFrame,
    columns: Sequence[Column],
    path: Path,
    *,
    name: str,
    notes: Mapping[str, str],
) -> None:
    """Write rows as features.

    Parameters
    ----------
    frame : GeoDataFrame
        In degrees (RFC 7946: outer rings run against the clock, 9 decimals), or in a CRS with an
        EPSG number, which becomes the member ``crs`` of GeoJSON 2008.
    columns : sequence of Column
        Properties in order.
    path : Path
        The file. Nothing may be there yet.
    name : str
        Name of the collection.
    notes : mapping
        What the file says of itself; becomes its member ``metadata``.

    Raises
    ------
    OutputError
        If a CRS of metres has no EPSG number, so that nothing could name it.
    """
    head: dict[str, Any] = {"type": "FeatureCollection", "name": name, "metadata": dict(notes)}
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    if is_lonlat(frame):
        shapes = shapely.orient_polygons(shapely.transform(shapes, lambda xy: xy.round(_DECIMALS)))
        head["bbox"] = [float(one) for one in shapely.total_bounds(shapes)]
    else:
        code = None if frame.crs is None else frame.crs.to_epsg()
        if code is None:
            raise OutputError("export_crs_nameless", form="GeoJSON")
        urn = f"urn:ogc:def:crs:EPSG::{code}"
        head["crs"] = {"type": "name", "properties": {"name": urn}}
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ',\n"features": [\n')
        file.write(",\n".join(_features(frame, columns, shapes)))
        file.write("\n]}\n")


def _features(
    frame: gpd.GeoDataFrame, columns: Sequence[Column], shapes: np.ndarray
) -> Iterator[str]:
    """Yield each row as a feature."""
    names = [one.name for one in columns]
    cells = [[_value(cell, one) for cell in frame[one.name].tolist()] for one in columns]
    for shape, row in zip(shapes.tolist(), zip(*cells, strict=True), strict=True):
        drawn = None if shape is None or shape.is_empty else mapping(shape)
        feature = {"type": "Feature", "properties": dict(zip(names, row, strict=True))}
        yield json.dumps(feature | {"geometry": drawn}, ensure_ascii=False, allow_nan=False)


def _value(cell: Any, column: Column) -> Any:
    """Return a cell as JSON has it."""
    if isinstance(cell, (list, tuple, np.ndarray)):
        return list(cell)
    if cell is None or pd.isna(cell):
        return None
    if column.type == "date":
        return f"{cell:%Y-%m-%d}"
    if column.type == "bool":
        return bool(cell)
    if column.type == "int":
        return int(cell)
    if column.type == "float":
        return float(cell) if np.isfinite(cell) else None
    return str(cell)
