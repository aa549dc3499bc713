"""Shapefiles that say what they hold: our own table, encoded as told, nothing cut in silence.

GDAL writes shapes and .prj; the table (.dbf) is written here, because its limits are where data get
lost: names of ten ASCII letters, texts of 254 bytes, numbers of 18 digits, no missing numbers.
What does not fit stands whole in the table of fields (字段对照表) beside.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from landgis.base.errors import OutputError
from landgis.base.schema import Column

__all__ = ["COMPANIONS", "Encoding", "Field", "Written", "short_names", "write_shapefile"]

Encoding = Literal["gb18030", "utf-8"]
#: files that belong to a .shp, some of them made by other programs for the older one
COMPANIONS = (
    ".shx",
    ".dbf",
    ".prj",
    ".cpg",
    ".qix",
    ".sbn",
    ".sbx",
    ".fbn",
    ".fbx",
    ".ain",
    ".aih",
    ".qpj",
)
#: kinds of shapes, each in a file of its own: types of GEOS, and what the file is called
_KINDS = {
    "polygon": ((3, 6), "Polygon"),
    "line": ((1, 5), "LineString"),
    "point": ((0,), "Point"),
    "multipoint": ((4,), "MultiPoint"),
}
_NAME_BYTES, _TEXT_BYTES, _NUMBER_DIGITS = 10, 254, 18
_LONGEST_NUMBER, _MOST_DECIMALS = 24, 15
#: GIS programs address a .shp and a .dbf by 31 bits
_MOST_BYTES = 2**31 - 1
#: language byte of the table: 0x4D is GBK; 0 leaves it to the .cpg
_GBK, _BY_CPG = 0x4D, 0x00


@dataclass
class Field:
    """One field of the table: its name there, our column, and what happened to its values."""

    short: str
    column: Column
    kind: str = "C"
    width: int = 1
    decimals: int = 0
    missing: int = 0
    longer: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Written:
    """What became of a frame: files by kind of shape, fields, encoding, rows without a shape."""

    kinds: tuple[str, ...]
    fields: tuple[Field, ...]
    encoding: str
    without_shape: int


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return our names as a table holds them: ASCII, ten letters, no two alike in any case."""
    short: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^0-9A-Za-z_]", "_", name)
        own = plain[:_NAME_BYTES]
        number = 1
        while own.casefold() in {one.casefold() for one in short.values()}:
            number += 1
            end = f"_{number}"
            own = plain[: _NAME_BYTES - len(end)] + end
        short[name] = own
    return short


def kinds_of(frame: gpd.GeoDataFrame) -> dict[str, np.ndarray]:
    """Return which rows are of which kind of shape; those without go with the first kind.

    Raises
    ------
    OutputError
        If no row has a shape that a shapefile can hold.
    """
    shapes = frame.geometry.to_numpy()
    types = np.where(shapely.is_empty(shapes), -1, shapely.get_type_id(shapes))
    found = {name: np.isin(types, ids) for name, (ids, _) in _KINDS.items()}
    found = {name: where for name, where in found.items() if where.any()}
    if (
        not found
        or not np.isin(types, [-1, *(one for ids, _ in _KINDS.values() for one in ids)]).all()
    ):
        raise OutputError("export_without_shapes", form="shapefile")
    most = max(found, key=lambda name: int(found[name].sum()))
    ordered = {most: found[most] | (types == -1)}
    return ordered | {name: where for name, where in found.items() if name != most}


def write_shapefile(
    frame: gpd.GeoDataFrame, columns: Sequence[Column], path: Path, *, encoding: Encoding
) -> Written:
    """Write a frame as one shapefile, or as one per kind of shape (``NAME_line.shp``).

    Parameters
    ----------
    frame : GeoDataFrame
        Rows with the columns.
    columns : sequence of Column
        What the table holds, in order.
    path : Path
        The .shp; files beside it are named after it. Nothing may be there yet.
    encoding : str
        ``gb18030``: GBK as far as GBK has the characters, which the .cpg then says; or ``utf-8``.

    Raises
    ------
    OutputError
        If no row has a shape, a text cannot be encoded, or a file would pass 2 GB.
    """
    kinds = kinds_of(frame)
    short = short_names([one.name for one in columns])
    texts = {one.name: _cells(frame[one.name], one) for one in columns}
    codec = _codec(texts.values(), encoding)
    fields = tuple(Field(short[one.name], one) for one in columns)
    raws = [_encoded(one, texts[one.column.name], codec) for one in fields]
    for kind, where in kinds.items():
        place = path if len(kinds) == 1 else path.with_name(f"{path.stem}_{kind}.shp")
        _require_small(frame.geometry.to_numpy()[where])
        pyogrio.write_dataframe(
            gpd.GeoDataFrame(geometry=_drawn(frame.geometry[where])),
            place,
            driver="ESRI Shapefile",
            geometry_type=_KINDS[kind][1],
        )
        rows = np.flatnonzero(where).tolist()
        _write_table(place.with_suffix(".dbf"), fields, raws, rows, codec)
        place.with_suffix(".cpg").write_text(codec.upper(), encoding="ascii")
    shapes = frame.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return Written(tuple(kinds), fields, codec, int(empty.sum()))


def _drawn(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return shapes in two dimensions, empty ones as missing."""
    flat = shapely.force_2d(shapes.to_numpy())
    flat = np.where(shapely.is_empty(flat), None, flat)
    return gpd.GeoSeries(flat, crs=shapes.crs)


def _require_small(shapes: np.ndarray) -> None:
    """Refuse shapes that no .shp can hold."""
    parts = int(shapely.get_num_geometries(shapes).sum()) + int(
        shapely.get_num_interior_rings(shapely.get_parts(shapes)).sum()
    )
    size = 100 + 52 * len(shapes) + 4 * parts + 16 * int(shapely.get_num_coordinates(shapes).sum())
    if size > _MOST_BYTES:
        raise OutputError("export_too_large", form="shapefile", size=f"{size / 2**30:.1f} GB")


def _cells(values: pd.Series, column: Column) -> list[str | None]:
    """Return the cells of a column as a table writes them."""
    return [None if _is_missing(value) else _cell(value, column) for value in values.tolist()]


def _is_missing(value: Any) -> bool:
    """Tell whether a cell holds nothing; a list, even an empty one, holds something."""
    return not isinstance(value, (list, tuple, np.ndarray)) and bool(pd.isna(value))


def _cell(value: Any, column: Column) -> str:
    """Return one cell as text."""
    if column.type == "date":
        return f"{value:%Y%m%d}"
    if column.type == "bool":
        return "T" if value else "F"
    if column.type == "int":
        return str(int(value))
    if column.type == "float":
        plain = np.format_float_positional(float(value), trim="0")
        return plain if len(plain) <= _LONGEST_NUMBER else repr(float(value))
    if isinstance(value, (list, tuple, np.ndarray)):
        return json.dumps(list(value), ensure_ascii=False)
    return str(value)


def _codec(columns: Iterable[list[str | None]], encoding: Encoding) -> str:
    """Return the encoding of the texts: GBK where it has all characters, else GB18030, or UTF-8."""
    said = "\n".join(cell for cells in columns for cell in cells if cell is not None)
    for codec in ("gbk", "gb18030") if encoding == "gb18030" else ("utf-8",):
        try:
            said.encode(codec)
        except UnicodeEncodeError:
            continue
        return codec
    raise OutputError("export_text_unwritable", form="shapefile")


def _write_table(
    path: Path, fields: Sequence[Field], raws: Sequence[list[bytes]], rows: list[int], codec: str
) -> None:
    """Write rows of a dBase III table."""
    width = 1 + sum(one.width for one in fields)
    start = 33 + 32 * len(fields)
    if start + width * len(rows) > _MOST_BYTES:
        raise OutputError("export_too_large", form="dbf", size="2 GB")
    language = _GBK if codec == "gbk" else _BY_CPG
    head = struct.pack("<BBBBIHH17xB2x", 3, 126, 1, 1, len(rows), start, width, language)
    for one in fields:
        name, kind = one.short.encode("ascii"), one.kind.encode()
        head += struct.pack("<11sc4xBB14x", name, kind, one.width, one.decimals)
    columns = [
        [
            raw[row].rjust(one.width) if one.kind == "N" else raw[row].ljust(one.width)
            for row in rows
        ]
        for one, raw in zip(fields, raws, strict=True)
    ]
    with path.open("wb") as file:
        file.write(head + b"\r")
        file.writelines(b" " + b"".join(record) for record in zip(*columns, strict=True))
        file.write(b"\x1a")


def _encoded(one: Field, cells: Sequence[str | None], codec: str) -> list[bytes]:
    """Return the cells of a field as bytes, and settle its kind and width."""
    one.missing = sum(cell is None for cell in cells)
    kind = one.column.type
    if kind == "date":
        one.kind, one.width = "D", 8
    elif kind == "bool":
        one.kind, one.width = "L", 1
    elif kind in ("float", "int") and _fits(one, cells):
        one.kind = "N"
        if kind == "float":
            ends = [len(cell.partition(".")[2]) for cell in cells if cell is not None]
            one.decimals = max([1, *(min(end, _MOST_DECIMALS) for end in ends)])
            one.width = one.decimals + 2
    else:
        raws = [_text(one, cell, row, codec) for row, cell in enumerate(cells)]
        one.width = max([1, *map(len, raws)])
        return raws
    blank = b"?" if kind == "bool" else b""
    raws = [blank if cell is None else cell.encode() for cell in cells]
    one.width = max([one.width, *map(len, raws)])
    return raws


def _fits(one: Field, cells: Sequence[str | None]) -> bool:
    """Tell whether numbers fit a field of numbers; whole ones of more than 18 digits do not."""
    if one.column.type == "float":
        return True
    return all(cell is None or len(cell.lstrip("-")) <= _NUMBER_DIGITS for cell in cells)


def _text(one: Field, cell: str | None, row: int, codec: str) -> bytes:
    """Return a text that fits; of one that does not, its beginning, and note the whole."""
    if cell is None:
        return b""
    raw = cell.encode(codec)
    if len(raw) <= _TEXT_BYTES and cell == cell.rstrip(" ") and "\x00" not in cell:
        return raw
    one.longer.append((row, cell))
    kept = cell.replace("\x00", "")[:_TEXT_BYTES].rstrip(" ")
    while len(kept.encode(codec)) > _TEXT_BYTES:
        kept = kept[:-1]
    return kept.rstrip(" ").encode(codec)
