"""Layers to coordinate text, as county tools expect it: CRLF, three decimals, closing row.

The frozen sample of the format runs clockwise from its south-west corner; outer rings are written
so, holes the other way round, each with its own ring number. Areas are hectares with 4 decimals,
as tools write them; a stated area that these would change has as many more as keep it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.errors import OutputError
from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.base.units import M2_PER_HA
from landgis.base.zones import Zone, zone_of
from landgis.io.files import written_beside

__all__ = ["TEXT_COLUMNS", "Encoding", "Parts", "write_coordinate_text"]

Encoding = Literal["gb18030", "utf-8"]
Parts = Literal["rings", "records"]
#: the only columns beside the id that the eight fields of a header hold
TEXT_COLUMNS = ("name", "use", "land_use", "stated_area_mu")
_SYSTEMS = {
    "cgcs2000": "2000国家大地坐标系",
    "xian80": "1980西安坐标系",
    "beijing54": "1954北京坐标系",
    "new_beijing": "新1954北京坐标系",
}
_POLYGONS = (3, 6)
#: what would end a field, a record or a line
_BREAKS = re.compile(r"[,@＠\x00-\x1f\x7f\ud800-\udfff]")
_MU_PER_HA = 15
#: decimals of hectares: as usual, and what keeps every area that is stated to 1e-6 mu
_DECIMALS = range(4, 9)
_KEPT_MU = 4e-7


def write_coordinate_text(
    frame: gpd.GeoDataFrame,
    path: Path,
    layer_name: str,
    *,
    encoding: Encoding = "gb18030",
    parts: Parts = "rings",
    id_column: str | None = None,
    produced_on: pd.Timestamp | None = None,
    beside: Path | None = None,
) -> list[dict[str, Any]]:
    """Write polygons as coordinate text.

    Parameters
    ----------
    frame : GeoDataFrame of (Multi)Polygon
        Rows of the layer, in the CRS of a Gauss-Kruger zone. The area is ``stated_area_mu`` where
        there is one, else the plane area, in hectares.
    path : Path
        The file to write; it is written beside and renamed.
    layer_name : str
        Layer of the schema: its id becomes 地块编号, ``name`` 地块名称.
    encoding : str
        ``gb18030`` as county tools expect (it equals GBK where GBK has the characters), or
        ``utf-8``.
    parts : str
        ``rings``: the parts of a parcel follow each other in one record, so that reading gives the
        same parcel back. ``records``: one record per part with its own area, ids and names numbered
        (``id_1``): for tools that take every ring but the first for a hole.
    id_column : str, optional
        Column of the ids, where it is not that of the layer.
    produced_on : Timestamp, optional
        数据产生日期.
    beside : Path, optional
        Where to write in place of beside `path`; the caller renames it.

    Returns
    -------
    list of dict
        Findings: characters that GBK does not have, parcels of several parts.

    Raises
    ------
    OutputError
        If the CRS is no zone, a row has no polygon, or an id or name holds a comma, an @ or a line
        break: the format has no escape for them.
    """
    zone = None if frame.crs is None else zone_of(frame.crs)
    if zone is None:
        raise OutputError("text_crs_without_zone", crs=str(frame.crs)[:60])
    ids = _ids(frame, id_column or LAYERS[layer_name].id)
    _require_polygons(frame, ids)
    table = {name: frame[name].tolist() for name in TEXT_COLUMNS if name in frame.columns}
    lines = _attributes(zone, produced_on)
    several = []
    for at, shape in enumerate(frame.geometry):
        said = {"id": ids[at]} | {name: cells[at] for name, cells in table.items()}
        polygons = list(shapely.get_parts(shape))
        if len(polygons) > 1:
            several.append(ids[at])
        if len(polygons) == 1 or parts == "rings":
            lines += _record(said, polygons, "")
        else:
            for number, one in enumerate(polygons, start=1):
                lines += _record(said, [one], f"_{number}")
    text = "\r\n".join(lines) + "\r\n"
    if beside is not None:
        beside.write_bytes(text.encode(encoding))
    else:
        with written_beside(path) as place:
            place.write_bytes(text.encode(encoding))
    return _said(lines, several, layer_name, path.name, encoding, parts)


def _said(
    lines: Sequence[str], several: list[str], layer: str, name: str, encoding: str, parts: str
) -> list[dict[str, Any]]:
    """Say what a county tool may not read as it was meant."""
    found = []
    if encoding != "utf-8" and (odd := [line for line in lines if not _in_gbk(line)]):
        found.append(finding("text_beyond_gbk", layer=layer, source_file=name, count=len(odd)))
    if several:
        code = "text_parts_as_rings" if parts == "rings" else "text_parts_as_records"
        found.append(finding(code, layer=layer, source_file=name, ids=several))
    return found


def _in_gbk(line: str) -> bool:
    """Tell whether GBK has the characters of a line."""
    try:
        line.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _ids(frame: gpd.GeoDataFrame, column: str) -> list[str]:
    """Return the ids as fields."""
    cells = frame[column].tolist() if column in frame.columns else [None] * len(frame)
    return ["" if pd.isna(cell) else str(cell) for cell in cells]


def _require_polygons(frame: gpd.GeoDataFrame, ids: Sequence[str]) -> None:
    """Refuse rows without a polygon, naming them, and a frame without rows."""
    if not len(frame):
        raise OutputError("text_nothing_to_write")
    shapes = frame.geometry.to_numpy()
    bad = ~np.isin(shapely.get_type_id(shapes), _POLYGONS) | shapely.is_empty(shapes)
    if bad.any():
        rows = [ids[at] or f"#{at + 1}" for at in np.flatnonzero(bad).tolist()]
        raise OutputError("text_needs_polygons", rows=rows)


def _attributes(zone: Zone, produced_on: pd.Timestamp | None) -> list[str]:
    """Return the attribute section, all ten keys in canonical order, and the coordinates' mark."""
    return [
        "[属性描述]",
        "格式版本号=",
        "数据产生单位=",
        f"数据产生日期={'' if produced_on is None else f'{produced_on:%Y-%m-%d}'}",
        f"坐标系={_SYSTEMS[zone.datum]}",
        f"几度分带={zone.width}",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={zone.number}",
        "精度=0.001",
        "转换参数=,,,,,,",
        "[地块坐标]",
    ]


def _cell(value: object, row: str, suffix: str = "") -> str:
    """Return a header field; a comma or a line break would break the record."""
    if value is None or value is pd.NA or value != value or value == "":
        return ""
    said = str(value)
    if _BREAKS.search(said):
        raise OutputError("text_field_breaks_row", rows=[_BREAKS.sub(" ", row) or "-"])
    return said + suffix


def _record(said: Mapping[str, Any], polygons: Sequence[shapely.Polygon], suffix: str) -> list[str]:
    """Return the header and point rows of a parcel, label after label, ring after ring."""
    rows: list[str] = []
    label = 1
    for number, corners in enumerate(_rings(polygons), start=1):
        first = label
        for east, north in corners.tolist():
            rows.append(f"J{label},{number},{north:.3f},{east:.3f}")
            label += 1
        east, north = corners[0]
        rows.append(f"J{first},{number},{north:.3f},{east:.3f}")
    stated = said.get("stated_area_mu")
    known = suffix == "" and stated is not None and pd.notna(stated)
    measured = sum(one.area for one in polygons) / M2_PER_HA
    row = str(said["id"])
    fields = [
        str(len(rows)),
        _hectares(float(stated)) if known else f"{measured:.4f}",  # type: ignore[arg-type]
        _cell(said["id"], row, suffix),
        _cell(said.get("name"), row, suffix),
        "面",
        "",
        _cell(said.get("use"), row),
        _cell(said.get("land_use"), row),
    ]
    return [",".join(fields) + ",@", *rows]


def _hectares(stated_mu: float) -> str:
    """Return a stated area in hectares, with as few decimals as give it back in mu."""
    exact = stated_mu / _MU_PER_HA
    written = (f"{exact:.{decimals}f}" for decimals in _DECIMALS)
    kept = (one for one in written if abs(float(one) * _MU_PER_HA - stated_mu) < _KEPT_MU)
    return next(kept, f"{exact:.{_DECIMALS[-1]}f}")


def _rings(polygons: Sequence[shapely.Polygon]) -> list[np.ndarray]:
    """Return the rings without their closing corner: outer ones clockwise from the south-west."""
    rings = []
    for one in polygons:
        for at, ring in enumerate((shapely.get_exterior_ring(one), *one.interiors)):
            corners = np.round(shapely.get_coordinates(ring)[:-1], 3)
            clockwise = not shapely.is_ccw(ring)
            if clockwise != (at == 0):
                corners = corners[::-1]
            rings.append(np.roll(corners, -_south_west(corners), axis=0))
    return rings


def _south_west(corners: np.ndarray) -> int:
    """Return which corner comes first: the one farthest to the south-west."""
    off = corners - corners.min(axis=0)
    return int(np.lexsort((off[:, 1], off.sum(axis=1).round(3)))[0])
