"""Shapefiles written byte by byte: GBK tables that do not say so, rings as they are."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pyproj
import shapely

from .settings import CRS
from .table import Row


def write_dbf(
    path: Path, fields: list[tuple[str, str, int, int]], rows: list[list[object]]
) -> None:
    """Write a dBase III table in GBK that does not say so (language byte 0), dated 2022-10-14."""
    size = 1 + sum(width for _, _, width, _ in fields)
    head = struct.pack("<BBBBIHH20x", 3, 122, 10, 14, len(rows), 33 + 32 * len(fields), size)
    for name, kind, width, decimals in fields:
        head += struct.pack("<11sc4xBB14x", name.encode("gbk")[:10], kind.encode(), width, decimals)
    body = bytearray()
    for row in rows:
        body += b" "
        for value, (_, kind, width, decimals) in zip(row, fields, strict=True):
            if kind == "N":
                cell = b"" if value is None else f"{value:.{decimals}f}".encode()
                body += cell.rjust(width)
            else:
                cell = ("" if value is None else str(value)).encode("gbk")
                if len(cell) > width:
                    raise AssertionError(f"{value} does not fit {width} bytes")
                body += cell.ljust(width)
    path.write_bytes(head + b"\r" + bytes(body) + b"\x1a")


def write_shapes(stem: Path, shapes: list[shapely.Polygon | None]) -> None:
    """Write polygons as .shp and .shx, each ring as it is (outer rings clockwise where valid)."""
    records, index, at = bytearray(), bytearray(), 50
    bounds = shapely.total_bounds(np.array([shape for shape in shapes if shape is not None]))
    for number, shape in enumerate(shapes, start=1):
        content = struct.pack("<i", 0)
        if shape is not None:
            ring = shapely.get_coordinates(shape.exterior)
            if shapely.is_ccw(shape.exterior):
                ring = ring[::-1]
            box = (*ring.min(axis=0), *ring.max(axis=0))
            content = struct.pack("<i4dii", 5, *box, 1, len(ring)) + struct.pack("<i", 0)
            content += np.ascontiguousarray(ring, dtype="<f8").tobytes()
        records += struct.pack(">ii", number, len(content) // 2) + content
        index += struct.pack(">ii", at, len(content) // 2)
        at += 4 + len(content) // 2
    for suffix, body in ((".shp", records), (".shx", index)):
        head = struct.pack(">i20xi", 9994, 50 + len(body) // 2)
        head += struct.pack("<ii8d", 1000, 5, *bounds, 0, 0, 0, 0)
        stem.with_suffix(suffix).write_bytes(head + bytes(body))


def write_parcels(folder: Path, rows: list[Row]) -> None:
    """Write parcels.shp: names cut at ten bytes, no .cpg, no .prj."""
    write_shapes(folder / "parcels.shp", [row.shape for row in rows])
    fields = [
        ("村", "C", 12, 0),
        ("组", "C", 8, 0),
        ("编号", "C", 6, 0),
        ("权属性质", "C", 16, 0),
        ("地类编码", "C", 6, 0),
        ("征收面积（亩", "N", 10, 2),
        ("权利人名称", "C", 20, 0),
        ("工作组", "C", 12, 0),
        ("备注", "C", 24, 0),
    ]
    table: list[list[object]] = [
        [
            r.village,
            r.group,
            r.number,
            r.ownership,
            r.land_use,
            r.stated_mu,
            r.owner,
            r.team,
            r.note,
        ]
        for r in rows
    ]
    write_dbf(folder / "parcels.dbf", fields, table)


def write_zones(folder: Path, zones: list[dict[str, object]]) -> None:
    """Write resettlement_zones.shp with .cpg and .prj, as another office does."""
    write_shapes(folder / "resettlement_zones.shp", [zone["shape"] for zone in zones])  # type: ignore[misc]
    fields = [
        ("安置区编号", "C", 8, 0),
        ("名称", "C", 24, 0),
        ("安置方式", "C", 8, 0),
        ("宗数", "N", 6, 0),
        ("房源单位", "C", 4, 0),
        ("开工日期", "C", 12, 0),
        ("计划交付", "C", 12, 0),
        ("通水日期", "C", 12, 0),
        ("通电日期", "C", 12, 0),
    ]
    rows: list[list[object]] = [
        [
            z["zone_id"],
            z["name"],
            z["mode"],
            z["homes"],
            z["unit"],
            z["started"],
            z["planned"],
            z["water"],
            z["power"],
        ]
        for z in zones
    ]
    write_dbf(folder / "resettlement_zones.dbf", fields, rows)
    (folder / "resettlement_zones.cpg").write_text("GBK", encoding="ascii")
    wkt = pyproj.CRS(CRS).to_wkt("WKT1_ESRI")
    (folder / "resettlement_zones.prj").write_text(wkt, encoding="ascii")
