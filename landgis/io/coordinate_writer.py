"""Layers to coordinate text, as county tools expect it: CRLF, three decimals, closing row."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.errors import OutputError
from landgis.base.schema import LAYERS
from landgis.base.units import M2_PER_HA
from landgis.io.files import written_beside

__all__ = ["write_coordinate_text"]


def write_coordinate_text(
    frame: gpd.GeoDataFrame,
    path: Path,
    layer_name: str,
    *,
    encoding: Literal["gb18030", "utf-8"] = "gb18030",
    parts: Literal["rings", "records"] = "rings",
) -> None:
    """Write polygons as coordinate text.

    Parameters
    ----------
    frame : GeoDataFrame of (Multi)Polygon
        Rows of the layer, in a CGCS2000 / Gauss-Kruger CRS with an EPSG number. The area is
        ``stated_area_mu`` where there is one, else the plane area, in hectares.
    path : Path
        The file to write; it is written beside and renamed.
    layer_name : str
        Layer of the schema: its id becomes 地块编号, ``name`` 地块名称.
    encoding : str
        ``gb18030`` as county tools expect, or ``utf-8``.
    parts : str
        ``rings``: the parts of a parcel follow each other in one record, so that reading gives the
        same parcel back. ``records``: one record per part, ids numbered (``id_1``).

    Raises
    ------
    OutputError
        If the CRS is no zone of CGCS2000, a row has no polygon, or an id or name holds a comma.
    """
    zone, wide, _ = _zone(frame)
    id_column = LAYERS[layer_name].id
    lines = _attributes(zone, wide)
    for row in frame.reset_index(drop=True).itertuples(index=False):
        said = row._asdict()
        shape = said.pop(frame.geometry.name)
        for suffix, part in _parts(shape, parts):
            lines += _record(said, part, id_column, suffix)
    with written_beside(path) as beside:
        beside.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))


def _zone(frame: gpd.GeoDataFrame) -> tuple[int, bool, bool]:
    """Return zone number, whether it is a 6° zone, and whether eastings carry it."""
    code = None if frame.crs is None else frame.crs.to_epsg()
    for offset, low, high, wide, prefixed in (
        (4488, 25, 45, False, True),
        (4509, 25, 45, False, False),
        (4478, 13, 23, True, True),
        (4489, 13, 23, True, False),
    ):
        if code is not None and low <= code - offset <= high:
            return code - offset, wide, prefixed
    raise OutputError("text_crs_without_zone", crs=str(frame.crs)[:60])


def _attributes(zone: int, wide: bool) -> list[str]:
    """Return the attribute section and the mark of the coordinates."""
    return [
        "[属性描述]",
        "坐标系=2000国家大地坐标系",
        f"几度分带={6 if wide else 3}",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={zone}",
        "精度=0.001",
        "转换参数=,,,,,,",
        "[地块坐标]",
    ]


def _parts(shape: shapely.Geometry | None, parts: str) -> list[tuple[str, list[shapely.Polygon]]]:
    """Return the polygons of each record with the suffix of its id."""
    if shape is None or shapely.is_empty(shape) or shapely.get_type_id(shape) not in (3, 6):
        raise OutputError("text_needs_polygons")
    polygons = list(shapely.get_parts(shape))
    if parts == "rings" or len(polygons) == 1:
        return [("", polygons)]
    return [(f"_{number}", [one]) for number, one in enumerate(polygons, start=1)]


def _cell(value: object, suffix: str = "") -> str:
    """Return a header field; a comma or a line break would break the record."""
    if value is None or value is pd.NA or value != value:
        return ""
    said = str(value)
    if any(mark in said for mark in ",@\r\n"):
        raise OutputError("text_field_breaks_row")
    return said + suffix


def _record(
    said: dict[str, object], polygons: list[shapely.Polygon], id_column: str, suffix: str
) -> list[str]:
    """Return the header and point rows of a parcel: outer rings first, each from its corner."""
    rows: list[str] = []
    rings = [ring for one in polygons for ring in (shapely.get_exterior_ring(one), *one.interiors)]
    label = 1
    for number, ring in enumerate(rings, start=1):
        corners = np.round(shapely.get_coordinates(ring), 3)
        first = label
        for east, north in corners[:-1]:
            rows.append(f"J{label},{number},{north:.3f},{east:.3f}")
            label += 1
        east, north = corners[0]
        rows.append(f"J{first},{number},{north:.3f},{east:.3f}")
    stated = said.get("stated_area_mu")
    one_part = suffix == ""
    known = one_part and isinstance(stated, float) and stated == stated
    area = stated / 15 if known else sum(one.area for one in polygons) / M2_PER_HA  # type: ignore[operator]
    fields = [
        str(len(rows)),
        f"{area:.4f}",
        _cell(said.get(id_column), suffix),
        _cell(said.get("name"), suffix) if said.get("name") is not None else "",
        "面",
        "",
        _cell(said.get("use")),
        _cell(said.get("land_use")),
    ]
    return [",".join(fields) + ",@", *rows]
