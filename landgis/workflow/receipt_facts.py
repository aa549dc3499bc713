"""What a receipt says: of a load, file by file; of a command, the outputs that it wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.dates import as_day
from landgis.base.errors import LandgisError, OutputError
from landgis.base.troubles import trouble_of
from landgis.io.receipts import name_in, source_state, write_receipt
from landgis.io.row.draft import Reading
from landgis.io.store import STORE
from landgis.io.store_content import store_content
from landgis.workflow.mending import Mending
from landgis.workflow.versions import versions

__all__ = ["files_table", "load_receipt", "record_outputs", "recorded"]

#: what a library quotes in a remark may be a personal cell
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|“[^”]*”")
_FILE_COLUMNS = ["source_file", "layer", "rows_read", "accepted", "rejected", "mended"]
_FILE_COLUMNS += ["encoding", "crs"]


def files_table(readings: Sequence[tuple[str, Path, Reading]], root: Path) -> pd.DataFrame:
    """Return one row per file: what was read, accepted, rejected and mended, and how."""
    rows = [
        {
            "source_file": name_in(root, path),
            "layer": layer,
            "rows_read": reading.rows_read,
            "accepted": len(reading.frame),
            "rejected": len(reading.rejected),
            "mended": len(reading.notes.get("mended", {})),
            "encoding": reading.notes.get("encoding"),
            "crs": reading.notes.get("crs_name") or reading.notes.get("crs"),
        }
        for layer, path, reading in readings
    ]
    return pd.DataFrame(rows, columns=_FILE_COLUMNS)


def load_receipt(
    root: Path,
    meta: Mapping[str, Any],
    readings: Sequence[tuple[str, Path, Reading]],
    *,
    mending: Mending,
    lists: Sequence[Path],
    before: Iterable[str],
) -> Path:
    """Write the receipt of a load.

    Parameters
    ----------
    root : Path
        The campaign.
    meta : mapping
        What the store remembers: versions, day, sources with hash and size.
    readings : sequence of (layer, path, Reading)
        What became of the files.
    mending : Mending
        What was taken back.
    lists : sequence of Path
        Workbooks of rejected rows.
    before : iterable of str
        Lists of earlier loads, by path in the campaign; those not written again are gone.
    """
    files = files_table(readings, root)
    rows = files.astype("object").where(files.notna(), None).to_dict("records")
    for row, (_, _, reading) in zip(rows, readings, strict=True):
        row |= meta["sources"][row["source_file"]]
        remarks = [_QUOTED.sub("'…'", str(one)) for one in reading.notes.get("remarks", [])]
        told = {"remarks": remarks} if remarks else {}
        row["decisions"] = {**reading.notes, **told, "mended": _with_fate(reading)}
    content = store_content(root / STORE)
    outputs: dict[str, Any] = dict.fromkeys(before)
    facts = {
        "kind": "load",
        **meta,
        "store": {"name": STORE, "sha256": content.sha256, "tables": content.tables}
        if content
        else None,
        "files": rows,
        "mended": [
            {
                "workbook": book.name,
                "sha256": book.sha256,
                "source_file": mending.files[book.identity],
                "rows": len(book.cells),
            }
            for book in mending.books
        ],
        "outputs": outputs | source_state(lists, root),
    }
    return write_receipt(root, facts)


def _with_fate(reading: Reading) -> dict[str, Any]:
    """Return the mended rows of a reading, each with whether it was accepted now."""
    rejected = reading.rejected
    places = zip(rejected["source_sheet"].fillna(""), rejected["source_row"], strict=True)
    bad = {(sheet, int(row)) for sheet, row in places}
    return {
        where: {**one, "accepted": (one["sheet"] or "", one["row"]) not in bad}
        for where, one in reading.notes.get("mended", {}).items()
    }


def record_outputs(root: Path, command: str, paths: Iterable[Path], *, as_of: Any) -> Path:
    """Write the receipt of the outputs of a command and return its path.

    Parameters
    ----------
    root : Path
        The campaign.
    command : str
        The command.
    paths : iterable of Path
        What it wrote.
    as_of : day
        The day of its figures.
    """
    facts = {
        "kind": "outputs",
        "command": command,
        "as_of": f"{as_day(as_of):%Y-%m-%d}",
        "versions": versions(),
        "outputs": source_state(paths, root),
    }
    return write_receipt(root, facts)


def recorded(
    root: Path, command: str, paths: Iterable[Path], *, as_of: Any
) -> tuple[LandgisError, ...]:
    """Write the receipt of outputs; say, and do not fail, where the campaign cannot be written."""
    try:
        record_outputs(root, command, paths, as_of=as_of)
    except OSError as error:
        return (OutputError("receipt_unwritten", why=trouble_of(error)),)
    return ()
