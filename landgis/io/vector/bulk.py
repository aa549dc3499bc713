"""A layer of a vector file in bulk: cells, shapes, CRS and record numbers, as they stand in it.

The encoding is always said; where GDAL chokes on the text it is decoded cell by cell, where it
chokes on a record the layer is read record by record.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from landgis.base.crs import infer_crs
from landgis.base.errors import SourceError
from landgis.io.vector.arrow import arrow_frame, shapes_of, unique_names
from landgis.io.vector.dbf import broken_cells, decode_text
from landgis.io.vector.dbf_text import TextTable, read_text_table
from landgis.io.vector.shapefile_records import broken_records

__all__ = ["SHAPEFILE", "Bulk", "default_crs", "gdal", "read_bulk", "read_recoded"]

SHAPEFILE = (".shp", ".dbf", ".shx")
_DRIVERS = {
    ".shp": "ESRI Shapefile",
    ".dbf": "ESRI Shapefile",
    ".gpkg": "GPKG",
    ".gdb": "OpenFileGDB",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".geojsonl": "GeoJSONSeq",
    ".ndjson": "GeoJSONSeq",
    ".fgb": "FlatGeobuf",
    ".thf": "EDIGEO",
}
_JSON = (".geojson", ".json", ".geojsonl", ".ndjson")
#: formats of which GDAL reads what lies before a broken page, and nothing of what lies behind
_COUNTED = (".gpkg", ".gdb", ".fgb")
_REMARKS = 5
#: GDAL's name for the record number where the format has none
_FID = "OGC_FID"
_MEMBER_CHUNK = 65_536


@dataclass
class Bulk:
    """A layer as it stands in the file: cells, shapes, CRS, record numbers, what was noticed."""

    raw: pd.DataFrame
    shapes: np.ndarray
    crs: str | None
    records: pd.Series
    defects: pd.Series
    notes: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> Bulk:
        """Return the same layer, to be changed without changing this one."""
        return replace(
            self, raw=self.raw.copy(deep=False), shapes=self.shapes.copy(), notes=dict(self.notes)
        )


@contextmanager
def gdal(source: str) -> Iterator[list[str]]:
    """Turn what GDAL and Arrow say of a broken file into one line; yield what GDAL only remarks."""
    remarks: list[str] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield remarks
            remarks += sorted({str(one.message) for one in caught})[:_REMARKS]
    except (RuntimeError, OSError, UnicodeDecodeError, UnboundLocalError, pa.ArrowException):
        raise SourceError("file_unreadable", source=source) from None  # pyogrio 0.13 has the fifth


def read_recoded(path: Path, name: str, source: str, encoding: str) -> Bulk:
    """Read a shapefile in an encoding: its text column by column, or as GDAL decodes it.

    Where GDAL chokes on its names, it is decoded cell by cell.
    """
    table = read_text_table(path, encoding)
    if table is not None and (whole := _with_texts(path, name, source, table)) is not None:
        return whole
    try:
        bulk = read_bulk(path, name, source, encoding)
    except SourceError:
        bulk = read_bulk(path, name, source, "ISO-8859-1")
    else:
        _decode_cut(bulk.raw, encoding)
        return _with_broken(bulk, broken_cells(path, encoding))
    for column in bulk.raw.columns:
        cells = bulk.raw[column]
        if _is_text(cells):
            known = {cell: _decoded(cell, encoding) for cell in cells.dropna().unique()}
            values = [known.get(cell) for cell in cells.tolist()]
            bulk.raw[column] = pd.Series(values, index=cells.index, dtype="object")
    names = [_decoded(str(column), encoding) for column in bulk.raw.columns]
    bulk.raw.columns = pd.Index(
        unique_names([n if isinstance(n, str) else n.decode("ascii", "replace") for n in names])
    )
    return bulk


def _with_texts(path: Path, name: str, source: str, table: TextTable) -> Bulk | None:
    """Read shapes, numbers and days through GDAL and the text beside; None where they differ."""
    try:
        bulk = _bulk(path, name, source, "ISO-8859-1", table.others)
    except SourceError:
        return None
    rows = bulk.records.to_numpy() - 1
    odd = [one for one in table.others if one in bulk.raw and _is_text(bulk.raw[one])]
    if list(bulk.raw.columns) != table.others or odd or rows.max(initial=-1) >= table.count:
        return None
    others = iter(table.others)
    columns = [
        bulk.raw[next(others)] if cells is None else table.column(at, rows)
        for at, cells in enumerate(table.cells)
    ]
    if any(one is None for one in columns):
        return None
    bulk.raw = pd.DataFrame(dict(zip(table.names, columns, strict=True)), index=bulk.raw.index)
    return bulk


def _is_text(cells: pd.Series) -> bool:
    """Tell whether a column holds text."""
    return pd.api.types.is_string_dtype(cells) or cells.dtype == object


def _decode_cut(raw: pd.DataFrame, encoding: str) -> None:
    """Decode cells that GDAL left as bytes, since a full cell cut their last character in two."""
    for at, kind in enumerate(raw.dtypes):
        if isinstance(kind, np.dtype) and kind.kind == "O":
            cells = [
                decode_text(one, encoding) if isinstance(one, bytes) else one
                for one in raw.iloc[:, at].tolist()
            ]
            raw[raw.columns[at]] = pd.Series(cells, index=raw.index, dtype="object")


def _with_broken(bulk: Bulk, broken: dict[int, dict[int, bytes]]) -> Bulk:
    """Put the bytes back where a cell is no text, so that its row is rejected and not emptied."""
    for position, cells in broken.items():
        if position < len(bulk.raw.columns):
            values = bulk.raw.iloc[:, position].astype("object")
            told = bulk.records.map(lambda number, cells=cells: cells.get(number - 1))
            column = bulk.raw.columns[position]
            bulk.raw[column] = values.where(told.isna(), told)
    return bulk


def _decoded(cell: Any, encoding: str) -> Any:
    """Return a cell read as Latin-1 in its true encoding; as bytes where it cannot be."""
    if not isinstance(cell, str):
        return cell
    raw = cell.encode("latin-1", "replace")
    said = decode_text(raw, encoding)
    return raw if said is None else said


def read_bulk(path: Path, name: str, source: str, encoding: str | None) -> Bulk:
    """Read a layer in bulk, or record by record where that fails."""
    try:
        return _bulk(path, name, source, encoding)
    except SourceError:
        from landgis.io.vector.salvage import read_records

        records = read_records(path, name, source, encoding)
    index = records.raw.index
    lost = np.array([one is None for one in records.defects])
    lost &= _lost(path, records.shapes, np.array(records.numbers))
    records.defects = [
        "geometry_unreadable" if no else one for no, one in zip(lost, records.defects, strict=True)
    ]
    return Bulk(
        records.raw,
        records.shapes,
        records.crs,
        pd.Series(records.numbers, index=index),
        pd.Series(records.defects, index=index, dtype="object"),
        {"driver": records.driver, "read": "record by record"},
    )


def _bulk(
    path: Path, name: str, source: str, encoding: str | None, columns: list[str] | None = None
) -> Bulk:
    """Read a whole layer through Arrow, or some of its columns.

    Raises
    ------
    SourceError
        If GDAL cannot, or a text is not in the encoding.
    """
    by_number = path.suffix.lower() in SHAPEFILE
    with gdal(source) as remarks:
        meta, table = pyogrio.read_arrow(
            path, layer=name, encoding=encoding, columns=columns, return_fids=by_number
        )
        names = table.schema.names
        if path.suffix.lower() in _COUNTED:
            _require_all(path, name, table.num_rows)
        shape_at = _shape_column(meta, names)
        wkb = None if shape_at is None else table.column(shape_at).to_numpy()
        cells = table.select([at for at in range(len(names)) if at != shape_at])
        raw = arrow_frame(cells)
    numbers = np.arange(1, table.num_rows + 1)
    if by_number:
        numbers = raw.pop(meta["fid_column"] or _FID).to_numpy(dtype="int64") + 1
    shapes, broken = shapes_of(wkb, table.num_rows)
    broken |= _lost(path, shapes, numbers)
    defects = pd.Series(None, index=raw.index, dtype="object").mask(broken, "geometry_unreadable")
    records = pd.Series(numbers, index=raw.index)
    driver = _DRIVERS.get(path.suffix.lower(), path.suffix.lower())
    crs = default_crs(path, meta.get("crs"), shapes)
    notes = {"driver": driver, "remarks": [_nameless(one, path, source) for one in remarks]}
    return Bulk(raw, shapes, crs, records, defects, notes)


def _lost(path: Path, shapes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Tell which records of a .shp gave no shape and are no null shapes."""
    out = np.asarray(shapely.is_missing(shapes))
    if path.suffix.lower() == ".shp" and out.any():
        out[out] = broken_records(path, numbers[out])
        return out
    return np.zeros(len(shapes), dtype=bool)


def _nameless(remark: str, path: Path, source: str) -> str:
    """Return a remark of GDAL with the file as the campaign names it."""
    return remark.replace(str(path), source).replace(str(path.parent), "")


def _require_all(path: Path, name: str, count: int) -> None:
    """Refuse a bulk read that ended early: GDAL leaves out what lies behind a broken page."""
    stated = pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]
    if stated > count:
        raise OSError(f"{count} of {stated} rows")


def _shape_column(meta: dict[str, Any], names: list[str]) -> int | None:
    """Return the position of the geometry column, None where a table has none."""
    name = meta.get("geometry_name") or "wkb_geometry"
    return names.index(name) if name in names else None


def default_crs(path: Path, crs: str | None, shapes: np.ndarray) -> str | None:
    """Return None for the CRS that GDAL supposes where a GeoJSON names none.

    By its rule (RFC 7946) such a file is in WGS 84. Numbers that are no degrees are judged by their
    magnitude, and so are degrees in China, where surveyors write CGCS2000.
    """
    if crs is None or path.suffix.lower() not in _JSON or not len(shapes):
        return crs
    with path.open("rb") as file:
        text = file.read(_MEMBER_CHUNK)
        file.seek(max(0, path.stat().st_size - _MEMBER_CHUNK))
        text += file.read()
    bounds = shapely.total_bounds(shapes)
    if b'"crs"' in text or not np.isfinite(bounds).all():
        return crs
    degrees = bool((np.abs(bounds[[0, 2]]) <= 180).all() and (np.abs(bounds[[1, 3]]) <= 90).all())
    return crs if degrees and infer_crs(bounds.tolist()).crs is None else None
