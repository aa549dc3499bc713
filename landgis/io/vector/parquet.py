"""GeoParquet: cells and shapes by row group, so that a broken page costs its group and no more.

The CRS is as the file's own metadata say: a missing one means longitude and latitude on WGS 84
(OGC:CRS84), ``null`` means that nobody knows (GeoParquet 1.1.0, "crs"). A plain Parquet file is a
table without shapes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from pyproj.exceptions import ProjError

from landgis.base.errors import SourceError
from landgis.io.vector.arrow import arrow_frame, shapes_of
from landgis.io.vector.bulk import Bulk, gdal

__all__ = ["list_parquet", "read_parquet"]

_CRS84 = "OGC:CRS84"
_NATIVE = ("point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon")
#: rows that one group may hold; a broken file may promise any number
_MOST_ROWS = 200_000_000


def list_parquet(path: Path, source: str) -> list[tuple[str, str | None]]:
    """Return the one layer of a Parquet file with the type of its shapes, None for a plain table.

    Raises
    ------
    SourceError
        If it is no Parquet file.
    """
    with gdal(source):
        _, geo = _opened(path)
    if geo is None:
        return [(path.stem, None)]
    kinds = {str(kind).removesuffix(" Z") for kind in geo.get("geometry_types") or []}
    plain = {kind.removeprefix("Multi") for kind in kinds}
    return [(path.stem, plain.pop() if len(plain) == 1 else "Unknown")]


def read_parquet(path: Path, source: str) -> Bulk:
    """Read a Parquet file; rows of a group that cannot be read are records that cannot.

    Returns
    -------
    Bulk
        Nested columns and further geometries are left out, named in ``notes["columns_nested"]``.

    Raises
    ------
    SourceError
        If it is no Parquet file, or no group of it can be read.
    """
    with gdal(source):
        file, geo = _opened(path)
        shape_name = None if geo is None else str(geo["name"])
        nested = [one.name for one in file.schema_arrow if _is_nested(one, shape_name)]
        names = [one for one in file.schema_arrow.names if one not in nested]
        groups = [_group(file, at, names) for at in range(file.num_row_groups)]
    if groups and all(isinstance(one, int) for one in groups):
        raise SourceError("file_unreadable", source=source)
    empty = file.schema_arrow.empty_table().select(names)
    tables = [_blank(one, empty.schema) if isinstance(one, int) else one for one in groups]
    with gdal(source):
        whole = pa.concat_tables([empty, *tables], promote_options="permissive")
        shapes, broken = _shapes(whole, shape_name, geo)
        cells = whole.drop_columns([shape_name] if shape_name else [])
        raw = arrow_frame(_plain(cells))
    defects = pd.Series(None, index=raw.index, dtype="object").mask(broken, "geometry_unreadable")
    lost = np.repeat(
        [isinstance(one, int) for one in groups],
        [one if isinstance(one, int) else one.num_rows for one in groups],
    ).astype(bool)
    defects = defects.mask(lost, "record_unreadable")
    records = pd.Series(np.arange(1, len(raw) + 1), index=raw.index)
    notes = {"driver": "Parquet", "columns_nested": nested}
    return Bulk(raw, shapes, _crs(geo, source), records, defects, notes)


def _opened(path: Path) -> tuple[pq.ParquetFile, dict[str, Any] | None]:
    """Return a Parquet file with what it says of its shapes: ``name``, ``encoding``, ``crs``.

    Raises
    ------
    OSError
        If it says something that cannot be.
    """
    file = pq.ParquetFile(path, page_checksum_verification=True)
    if file.metadata.num_rows > _MOST_ROWS:
        raise OSError("too many rows")
    said = (file.metadata.metadata or {}).get(b"geo")
    if said is None:
        return file, None
    try:
        geo = json.loads(said)
        name = geo["primary_column"]
        column = dict(geo["columns"][name])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise OSError("no GeoParquet") from None
    if name not in file.schema_arrow.names:
        raise OSError("no such column")
    return file, {**column, "name": name}


def _is_nested(field: pa.Field, shape_name: str | None) -> bool:
    """Tell whether a column holds lists, structures or bytes and is not the shape."""
    kind = field.type
    inside = pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return bool(inside) and field.name != shape_name


def _group(file: pq.ParquetFile, at: int, names: list[str]) -> pa.Table | int:
    """Return a row group; how many rows it should have where it cannot be read."""
    stated = int(file.metadata.row_group(at).num_rows)
    try:
        table = file.read_row_group(at, columns=names)
        table.validate(full=True)
    except (OSError, pa.ArrowException, UnicodeDecodeError):
        return stated
    return table if table.num_rows == stated else stated


def _blank(count: int, schema: pa.Schema) -> pa.Table:
    """Return empty rows."""
    return pa.table({field.name: pa.nulls(count, field.type) for field in schema}, schema=schema)


def _plain(table: pa.Table) -> pa.Table:
    """Return a table with columns that a frame can hold: categories and decimals as text."""
    for at, field in enumerate(table.schema):
        kind = field.type
        if pa.types.is_dictionary(kind):
            table = table.set_column(at, field.name, table.column(at).cast(kind.value_type))
        elif pa.types.is_decimal(kind):
            table = table.set_column(at, field.name, table.column(at).cast(pa.string()))
        elif pa.types.is_timestamp(kind) and kind.tz is not None:
            table = table.set_column(at, field.name, table.column(at).cast(pa.timestamp("us")))
    return table


def _shapes(
    table: pa.Table, name: str | None, geo: dict[str, Any] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return shapes, and where there is something that is none."""
    if name is None or geo is None:
        return shapes_of(None, table.num_rows)
    encoding = str(geo.get("encoding", "WKB"))
    if encoding.lower() not in _NATIVE:
        return shapes_of(table.column(name).cast(pa.binary()).to_numpy(), table.num_rows)
    field = pa.field("shape", table.schema.field(name).type).with_metadata(
        {"ARROW:extension:name": f"geoarrow.{encoding.lower()}"}
    )
    alone = pa.Table.from_arrays([table.column(name)], schema=pa.schema([field]))
    try:
        wkb = shapely.to_wkb(gpd.GeoDataFrame.from_arrow(alone).geometry.to_numpy())
    except (ValueError, TypeError, LookupError):
        raise OSError("no shapes") from None
    return shapes_of(wkb, table.num_rows)


def _crs(geo: dict[str, Any] | None, source: str) -> str | None:
    """Return the CRS that the metadata name; None where they say that nobody knows."""
    if geo is None or geo.get("crs", "") is None:
        return None
    if "crs" not in geo:
        return _CRS84
    try:
        return str(pyproj.CRS.from_user_input(geo["crs"]).to_wkt())
    except (ProjError, TypeError, ValueError):
        raise SourceError("file_unreadable", source=source) from None
