"""What a store is built of: tables, indexes, views and triggers, ours and those that were added.

A GeoPackage shows whatever is hung in it, and a trigger changes rows without being one. So each
object of the database is either one that a store of ours has, by its name (then it is hashed with
its definition), or it was added (then it is named).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["STYLES", "added_to", "built_of"]

_Object = tuple[str, str, str, str | None]

#: table in which a map program keeps how layers are drawn
STYLES = "layer_styles"
#: what GDAL makes in every GeoPackage
_SYSTEM = (
    "gpkg_contents",
    "gpkg_extensions",
    "gpkg_geometry_columns",
    "gpkg_ogr_contents",
    "gpkg_spatial_ref_sys",
    "gpkg_tile_matrix",
    "gpkg_tile_matrix_set",
    "sqlite_sequence",
)
#: statistics that a program takes for its own queries (ANALYZE)
_STATISTICS = re.compile(r"sqlite_stat[134]")
_TILE_CHECKS = r"gpkg_tile_matrix_(zoom_level|matrix_width|matrix_height|pixel_[xy]_size)_\w+"
#: what GDAL makes for a table
_MADE = r"rtree_({names})_\w+|trigger_[a-z]+_feature_count_({names})"
#: where a GeoPackage registers its layers: table and columns, but for days, extents and counts
_REGISTERS = {
    "gpkg_contents": "table_name, data_type, identifier, description, srs_id",
    "gpkg_geometry_columns": "*",
    "gpkg_extensions": "*",
    "gpkg_ogr_contents": "table_name",
}


def _made_for(name: str, tables: Iterable[str]) -> bool:
    """Tell whether an object is named as what GDAL makes for one of the tables."""
    names = "|".join(map(re.escape, tables))
    return bool(names) and re.fullmatch(_MADE.format(names=names), name) is not None


def _is_ours(one: _Object, ours: Sequence[str]) -> bool:
    """Tell whether a store of ours has an object of this name, or it is but statistics."""
    _, name, table, _ = one
    if name.startswith("sqlite_autoindex_"):
        return table in ours or table in _SYSTEM
    if re.fullmatch(_TILE_CHECKS, name):
        return table == "gpkg_tile_matrix"
    return name in (*ours, *_SYSTEM) or _is_statistics(name) or _made_for(name, ours)


def _is_statistics(name: str) -> bool:
    """Tell whether an object is a table of statistics."""
    return _STATISTICS.fullmatch(name) is not None


def _objects(base: sqlite3.Connection) -> list[_Object]:
    """Return kind, name, table and definition of every object of a database, in order."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    return [
        (str(kind), str(name), str(table), sql) for kind, name, table, sql in base.execute(query)
    ]


def built_of(base: sqlite3.Connection, ours: Sequence[str]) -> list[Any]:
    """Return the objects that a store of ours has, and what the registers say of its tables.

    Parameters
    ----------
    base : Connection
        The database.
    ours : sequence of str
        Tables that a store of ours may have.

    Notes
    -----
    Every CRS and tile matrix is told. Days, extents and counts are not: a map program that only
    looks may write them.
    """
    objects = _objects(base)
    there = {name for _, name, _, _ in objects}
    told: list[Any] = [
        [one for one in objects if _is_ours(one, ours) and not _is_statistics(one[1])]
    ]
    marks = ", ".join("?" * len(ours))
    for register, columns in _REGISTERS.items():
        if register in there:
            query = f"SELECT {columns} FROM {register} WHERE table_name IS NULL OR table_name IN"
            told.append(sorted(base.execute(f"{query} ({marks})", ours), key=repr))
    for whole in ("gpkg_spatial_ref_sys", "gpkg_tile_matrix", "gpkg_tile_matrix_set"):
        if whole in there:
            told.append(sorted(base.execute(f"SELECT * FROM {whole}"), key=repr))
    return told


def added_to(base: sqlite3.Connection, ours: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return kind (table, view, trigger, index) and name of what a store of ours has not.

    What GDAL makes for an added table belongs to it, as do its indexes; a table that is only
    registered counts.
    """
    objects = _objects(base)
    added = [one for one in objects if not _is_ours(one, ours)]
    tables = {name for kind, name, _, _ in added if kind in ("table", "view")}
    tables = {name for name in tables if not _made_for(name, tables)}
    out = {(kind, name) for kind, name, _, _ in added if name in tables}
    out |= {
        (kind, name)
        for kind, name, table, _ in added
        if name not in tables
        and not _made_for(name, tables)
        and not (kind == "index" and table in tables)
    }
    there = {name for _, name, _, _ in objects}
    for register in _REGISTERS:
        if register in there:
            listed = base.execute(f"SELECT DISTINCT table_name FROM {register}").fetchall()
            names = {str(name) for (name,) in listed if name is not None}
            out |= {("table", name) for name in names - {*ours, *tables}}
    return tuple(sorted(out))
