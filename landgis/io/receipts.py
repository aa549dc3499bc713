"""Receipts (入库回执): what was read, from which bytes, how many rows, by which decisions.

One JSON file per load in ``receipts/``; each names the hash of the one before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["RECEIPTS", "file_hash", "last_receipt", "sidecars", "source_state", "write_receipt"]

RECEIPTS = "receipts"
_SIDECARS = (".shx", ".dbf", ".prj", ".cpg", ".SHX", ".DBF", ".PRJ", ".CPG")


def sidecars(path: Path) -> list[Path]:
    """Return a file and the files that belong to it, such as the table of a shapefile."""
    if path.suffix.lower() != ".shp":
        return [path]
    return [path, *(p for s in _SIDECARS if (p := path.with_suffix(s)).is_file())]


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file and its sidecars."""
    digest = hashlib.sha256()
    for part in sidecars(path):
        with part.open("rb") as source:
            while block := source.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def source_state(paths: Iterable[Path], folder: Path) -> dict[str, dict[str, Any]]:
    """Return hash and size of files by their path within a folder."""
    return {
        path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix(): {
            "sha256": file_hash(path),
            "bytes": sum(part.stat().st_size for part in sidecars(path)),
        }
        for path in sorted(set(paths))
    }


def last_receipt(folder: Path) -> Path | None:
    """Return the newest receipt of a campaign, or None."""
    receipts = sorted((folder / RECEIPTS).glob("[0-9]*.json"))
    return receipts[-1] if receipts else None


def write_receipt(folder: Path, facts: Mapping[str, Any]) -> Path:
    """Write the next receipt of a campaign and return its path.

    Parameters
    ----------
    folder : Path
        The campaign.
    facts : mapping
        JSON-able: files with hash, size, rows read, accepted and rejected, decisions, versions.
    """
    before = last_receipt(folder)
    number = int(before.stem) + 1 if before else 1
    path = folder / RECEIPTS / f"{number:04d}.json"
    path.parent.mkdir(exist_ok=True)
    body = {**facts, "number": number, "previous": file_hash(before) if before else None}
    beside = path.with_suffix(".part")
    text = json.dumps(body, ensure_ascii=False, indent=1, default=str)
    beside.write_text(text + "\n", encoding="utf-8", newline="\n")
    beside.replace(path)
    return path
