"""Receipts (入库回执): what was read or written, which bytes, how many rows, by which decisions.

One JSON file per load, and per command that writes outputs, in ``receipts/``. Each names the hash
of the one before; ``last.json`` names the newest, so that none can be changed, taken out, put in or
moved without a trace. Whoever rewrites all of them, and ``last.json``, leaves none: against that
only a hash helps that somebody noted down elsewhere (``landgis verify --expect``).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "LAST",
    "RECEIPTS",
    "Receipt",
    "file_hash",
    "last_load",
    "name_in",
    "next_number",
    "read_last",
    "read_receipts",
    "source_state",
    "write_receipt",
]

RECEIPTS = "receipts"
LAST = "last.json"
_SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
#: what other programs leave in a file geodatabase while they have it open
_LOCKS = (".lock", ".rlock", ".wlock")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Receipt:
    """A receipt as it stands: its number by its name, its hash, what it says (None: no JSON)."""

    number: int
    path: Path
    sha256: str
    body: Mapping[str, Any] | None

    def states(self, name: str) -> dict[str, str | None]:
        """Return the hashes of files by path, as far as they are told; None: taken away."""
        told = (self.body or {}).get(name)
        out: dict[str, str | None] = {}
        for path, state in told.items() if isinstance(told, dict) else ():
            if state is None:
                out[path] = None
            elif isinstance(state, dict) and isinstance(state.get("sha256"), str):
                out[path] = state["sha256"]
        return out


def _parts(path: Path) -> list[tuple[str, Path]]:
    """Return the files that make a source, each with what tells it from the others.

    A shapefile has its table, index, CRS and code page; a GeoPackage what its journal still holds;
    a folder (FileGDB) all its files but locks.
    """
    if path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.is_file())
        named = [(one.relative_to(path).as_posix(), one) for one in inside]
        return [(name, one) for name, one in named if one.suffix.lower() not in _LOCKS]
    if path.suffix.lower() == ".shp":
        beside = (one for one in path.parent.iterdir() if one.is_file())
        own = [one for one in beside if one.stem.casefold() == path.stem.casefold()]
        known = [(one.suffix.lower(), one) for one in own if one.suffix.lower() in _SIDECARS]
        return [(".shp", path), *sorted(known)]
    journal = path.with_name(f"{path.name}-wal")
    if path.suffix.lower() == ".gpkg" and journal.is_file() and journal.stat().st_size:
        return [(".gpkg", path), ("-wal", journal)]
    return [("", path)]


def _hash_of_one(path: Path) -> str:
    """Return the SHA-256 of one file."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file; of several that belong together that of their list.

    One file has the hash that ``sha256sum`` or ``certutil -hashfile`` gives. A shapefile with its
    sidecars, or a folder, has the hash of the lines ``NAME SHA-256`` of its files, sorted.
    """
    parts = _parts(path)
    if len(parts) == 1 and not path.is_dir():
        return _hash_of_one(path)
    lines = [f"{name} {_hash_of_one(one)}\n" for name, one in parts]
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def name_in(folder: Path, path: Path) -> str:
    """Return a path as a receipt names it: within the folder, else whole."""
    inside = path.is_relative_to(folder)
    return (path.relative_to(folder) if inside else path).as_posix()


def source_state(paths: Iterable[Path], folder: Path) -> dict[str, dict[str, Any]]:
    """Return hash and size of files by their path within a folder."""
    return {
        name_in(folder, path): {
            "sha256": file_hash(path),
            "bytes": sum(part.stat().st_size for _, part in _parts(path)),
        }
        for path in sorted(set(paths))
    }


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    """Return the receipts of a campaign by number."""
    found = (folder / RECEIPTS).glob("[0-9]*.json")
    return sorted((int(one.stem), one) for one in found if one.stem.isdecimal())


def read_receipts(folder: Path) -> list[Receipt]:
    """Return the receipts of a campaign by number, those that cannot be read too."""
    return [
        Receipt(number, path, _hash_of_one(path), _body(path)) for number, path in _numbered(folder)
    ]


def _body(path: Path) -> dict[str, Any] | None:
    """Return what a receipt says, or None where it is no JSON object."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def last_load(receipts: Iterable[Receipt]) -> Receipt | None:
    """Return the newest receipt of a load."""
    loads = [one for one in receipts if one.body is not None and one.body.get("kind") == "load"]
    return loads[-1] if loads else None


def read_last(folder: Path) -> tuple[int, str] | None:
    """Return number and hash of the newest receipt as ``last.json`` has them.

    Returns
    -------
    tuple or None
        None where there is no such file; (0, "") where it says no such thing.
    """
    path = folder / RECEIPTS / LAST
    if not path.is_file():
        return None
    body = _body(path) or {}
    number, told = body.get("number"), body.get("sha256")
    if type(number) is int and number > 0 and isinstance(told, str):
        return number, told
    return 0, ""


def next_number(folder: Path) -> int:
    """Return the number of the receipt that comes next; one that was taken away keeps its own."""
    there = _numbered(folder)
    noted = read_last(folder)
    return max(there[-1][0] if there else 0, noted[0] if noted else 0) + 1


def write_receipt(folder: Path, facts: Mapping[str, Any]) -> Path:
    """Write the next receipt of a campaign and return its path.

    Parameters
    ----------
    folder : Path
        The campaign.
    facts : mapping
        JSON-able: ``kind`` ("load" or "outputs"), files with hash, size, rows read, accepted and
        rejected, decisions, versions; never a personal cell.

    Notes
    -----
    The receipt is whole on the disk before ``last.json`` names it: a computer that stops between
    leaves a receipt that nothing names, and `landgis.workflow.verification` says so.
    """
    there, noted = _numbered(folder), read_last(folder)
    number = next_number(folder)
    gone = noted is not None and noted[0] == number - 1 and (not there or there[-1][0] < noted[0])
    before = noted[1] if noted and gone else _hash_of_one(there[-1][1]) if there else None
    path = folder / RECEIPTS / f"{number:04d}.json"
    path.parent.mkdir(exist_ok=True)
    _write_json(path, {**facts, "number": number, "previous": before})
    _write_json(path.with_name(LAST), {"number": number, "sha256": _hash_of_one(path)})
    return path


def _write_json(path: Path, body: Mapping[str, Any]) -> None:
    """Write a JSON file beside and rename it once it is whole on the disk."""
    beside = path.with_suffix(".part")
    said = json.dumps(body, ensure_ascii=False, indent=1, default=str) + "\n"
    with beside.open("w", encoding="utf-8", newline="\n") as target:
        target.write(said)
        target.flush()
        os.fsync(target.fileno())
    beside.replace(path)
