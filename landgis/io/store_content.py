"""What a store holds, as a hash: every row, value and shape that landgis reads from it.

Not the hash of the file: a program that only looks into a GeoPackage may change its pages (journal
mode, free list, index statistics) and not a value. The hash covers, table by table, the columns
with their types and every row with its number, in order; shapes byte by byte; the CRS of each
layer; what the store remembers of its making; and what the database is built of. Whatever a store
of ours has not (a table, a view, a trigger) is told apart.
"""

from __future__ import annotations

import hashlib
import json
import marshal
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landgis.base.errors import CampaignError
from landgis.base.schema import LAYERS
from landgis.io.store import META_TABLE
from landgis.io.store_objects import added_to, built_of

__all__ = ["StoreContent", "store_content"]

_MANY = 5_000
#: format of marshal that tells types, keeps every bit of a float and knows no identity
_PLAIN = 2
_REFERENCES = "landgis_references"
#: every table that a store of ours may have
_OURS = (*LAYERS, META_TABLE)


@dataclass(frozen=True)
class StoreContent:
    """What a store holds.

    Attributes
    ----------
    sha256 : str
        Hash of all of it.
    tables : dict
        Rows and hash by table.
    load : int
        Number of the load that wrote it, 0 where it does not say.
    added : tuple of (str, str)
        Kind (table, view, trigger, index) and name of what was hung in it.
    """

    sha256: str
    tables: dict[str, dict[str, Any]]
    load: int
    added: tuple[tuple[str, str], ...]


def store_content(path: Path) -> StoreContent | None:
    """Return the hash of what a store holds, or None where it cannot be read as one.

    Raises
    ------
    CampaignError
        If another program holds it.
    """
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=0)) as base:
            tables, load, added = _tables(base), _load(base), added_to(base, _OURS)
    except (sqlite3.Error, ValueError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise CampaignError("store_held", name=path.name) from None
        return None
    lines = [f"{name} {one['rows']} {one['sha256']}\n" for name, one in tables.items()]
    whole = hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()
    return StoreContent(whole, tables, load, added)


def _tables(base: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Return hash and number of rows of each table of ours, and what the database is built of."""
    tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
    there = {str(name) for (name,) in base.execute(tables)}
    out = {name: _hashed(*_table(base, name)) for name in _OURS if name in there}
    return out | {_REFERENCES: _hashed(built_of(base, _OURS), ())}


def _load(base: sqlite3.Connection) -> int:
    """Return the number of the load that a store remembers, 0 where it remembers none."""
    try:
        ((said,),) = base.execute(f"SELECT json FROM {META_TABLE}").fetchall()
        number = json.loads(said)["load"]
    except (sqlite3.OperationalError, LookupError, TypeError, ValueError):
        return 0
    return number if type(number) is int else 0


def _table(base: sqlite3.Connection, name: str) -> tuple[list[Any], Iterable[Any]]:
    """Return columns and rows of a table; the name is one of ours."""
    columns = base.execute("SELECT name, type FROM pragma_table_info(?)", [name]).fetchall()
    return columns, base.execute(f'SELECT rowid, * FROM "{name}" ORDER BY rowid')


def _hashed(head: list[Any], rows: Any) -> dict[str, Any]:
    """Return the hash and the number of rows of a table."""
    digest = hashlib.sha256(marshal.dumps(head, _PLAIN))
    count = 0
    while many := rows.fetchmany(_MANY) if rows else None:
        digest.update(marshal.dumps(many, _PLAIN))
        count += len(many)
    return {"rows": count, "sha256": digest.hexdigest()}
