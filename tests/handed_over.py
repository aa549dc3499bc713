"""Files as offices hand them over, written byte by byte where the encoding matters."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
import xlsxwriter

from landgis.base.errors import LandgisError

EAST, NORTH = 38_500_000.0, 2_580_000.0
KEY = b"0123456789abcdef0123456789abcdef"
#: the frozen sample of the format: a square of 100 m
SAMPLE = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
精度=0.001
转换参数=,,,,,,
[地块坐标]
5,,1,,面,,,,@
J1,1,3000000.000,500000.000
J2,1,3000100.000,500000.000
J3,1,3000100.000,500100.000
J4,1,3000000.000,500100.000
J1,1,3000000.000,500000.000
"""


def square(east: float = EAST, north: float = NORTH, side: float = 100.0) -> shapely.Polygon:
    """Return a square from its south-west corner."""
    return shapely.box(east, north, east + side, north + side)


def write_dbf(
    path: Path,
    fields: Sequence[tuple[str, str, int, int]],
    rows: Sequence[Sequence[object]],
    encoding: str,
    language: int = 0,
) -> None:
    """Write a dBase table: names cut at ten bytes, whatever that cuts in two."""
    width = 1 + sum(size for _, _, size, _ in fields)
    head = struct.pack(
        "<BBBBIHH17xB2x", 3, 122, 10, 14, len(rows), 33 + 32 * len(fields), width, language
    )
    for name, kind, size, decimals in fields:
        head += struct.pack(
            "<11sc4xBB14x", name.encode(encoding)[:10], kind.encode(), size, decimals
        )
    body = bytearray()
    for row in rows:
        body += b" "
        for value, (_, kind, size, decimals) in zip(row, fields, strict=True):
            if kind == "N":
                body += (b"" if value is None else f"{value:.{decimals}f}".encode()).rjust(size)
            else:
                raw = value if isinstance(value, bytes) else str(value or "").encode(encoding)
                body += raw[:size].ljust(size)
    path.write_bytes(head + b"\r" + bytes(body) + b"\x1a")


def write_shapefile(
    path: Path,
    shapes: Sequence[object],
    fields: Sequence[tuple[str, str, int, int]],
    rows: Sequence[Sequence[object]],
    encoding: str = "gbk",
    language: int = 0,
    crs: str | None = None,
) -> Path:
    """Write a shapefile with a table made by hand; no .cpg, and no .prj unless a CRS is given."""
    plain = gpd.GeoDataFrame({"n": np.arange(len(shapes))}, geometry=list(shapes), crs=crs or 4526)
    pyogrio.write_dataframe(plain, path, driver="ESRI Shapefile")
    for suffix in (".cpg", *(() if crs else (".prj",))):
        path.with_suffix(suffix).unlink(missing_ok=True)
    write_dbf(path.with_suffix(".dbf"), fields, rows, encoding, language)
    return path


def write_book(
    path: Path, sheets: dict[str, list[list[object]]], merged: dict[str, list[str]] | None = None
) -> Path:
    """Write a workbook from rows of cells; merged ranges keep the cell of their first corner."""
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif cell is not None:
                    sheet.write(at, column, cell)
        for area in (merged or {}).get(name, []):
            (top, left), (bottom, right) = (
                xlsxwriter.utility.xl_cell_to_rowcol(end) for end in area.split(":")
            )
            sheet.merge_range(area, rows[top][left])
            assert (bottom, right) > (top, left)
    book.close()
    return path


def text_file(
    *parcels: str, head: str = "坐标系=2000国家大地坐标系\n几度分带=3\n计量单位=米\n带号=38\n"
) -> str:
    """Return a coordinate text with a header and parcels."""
    return "[属性描述]\n" + head + "[地块坐标]\n" + "\n".join(parcels) + "\n"


def parcel_rows(
    rings: Sequence[Sequence[tuple[float, float]]],
    fields: str = "5,1.0000,1,一号,面,,,,",
    close: bool = True,
) -> str:
    """Header and point rows of a parcel; rings as (north, east), numbered from one."""
    rows = [fields + "@"]
    label = 1
    for number, ring in enumerate(rings, start=1):
        points = [*ring, ring[0]] if close else list(ring)
        for north, east in points:
            rows.append(f"J{label},{number},{north:.3f},{east:.3f}")
            label += 1
    return "\n".join(rows)


def corners(north: float, east: float, side: float) -> list[tuple[float, float]]:
    """Corners of a square as (north, east), clockwise from the south-west."""
    return [(north, east), (north + side, east), (north + side, east + side), (north, east + side)]


def codes(findings: Sequence[dict[str, object]]) -> set[object]:
    """Return the codes of findings."""
    return {row["code"] for row in findings}


def require_one_line(error: LandgisError, without: str | None = None) -> None:
    """Demand that an error is one line in both languages, and does not say something."""
    for language in ("zh", "en"):
        said = error.say(language)  # type: ignore[arg-type]
        assert "\n" not in said
        assert without is None or without not in said
