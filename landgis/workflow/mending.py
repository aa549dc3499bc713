"""Mended rows on their way back: which workbooks, for which bytes of which file, into which rows.

A workbook that lies in the campaign's folder 退回修改 is taken at every load, as long as its source
is the file that it was written for. Later lists build on earlier mends; two that contradict each
other are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.errors import OutputError, SourceError
from landgis.base.findings import finding
from landgis.io.files import written_beside
from landgis.io.receipts import file_hash, name_in
from landgis.io.returned.mark_sheet import RETURNED
from landgis.io.returned.mended import MendedBook, read_mended, returned_books
from landgis.io.returned.mended_pages import Place
from landgis.io.returned.mends import Mends, RowMend, shown_text
from landgis.io.returned.rejected import rejected_lists
from landgis.io.row.draft import Reading

__all__ = ["Mending", "is_mended", "keep_given", "plan_mending", "read_books", "refuse_edited"]

#: sheet and row, or only layer before them, to the cells of a row with the workbook of each
_Cells = dict[str, tuple[Any, MendedBook]]


@dataclass(frozen=True)
class Mending:
    """What a load takes back.

    Attributes
    ----------
    books : tuple of MendedBook
        Workbooks that are taken, earlier ones first.
    files : mapping of str to str
        Identity of each taken workbook to the source file, as the campaign names it.
    rows : mapping
        By source file and layer: mended cells by sheet and row.
    findings : list of dict
        What was noticed in the workbooks, and those that are out of date.
    """

    books: tuple[MendedBook, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], Mends] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)

    def of(self, file: str, layer: str) -> Mends:
        """Return the mends of one file read as one layer."""
        return self.rows.get((file, layer), {})

    def after(self) -> dict[str, list[str]]:
        """Return the identities of the mends of each source file."""
        out: dict[str, list[str]] = {}
        for book in self.books:
            out.setdefault(self.files[book.identity], []).append(book.identity)
        return out

    def find_unplaced(self, readings: Iterable[tuple[str, str, Reading]]) -> list[dict[str, Any]]:
        """Return a finding per file with mends that met no row or column of it.

        Parameters
        ----------
        readings : iterable of (source file, layer, Reading)
            What became of the files.
        """
        placed: dict[tuple[str, str], set[tuple[str, int]]] = {}
        for file, layer, reading in readings:
            told = reading.notes.get("mended", {}).values()
            own = placed.setdefault((file, layer), set())
            own |= {(one["sheet"] or "", one["row"]) for one in told}
        found = []
        for (file, layer), mends in self.rows.items():
            met = placed.get((file, layer), set())
            lost = {place: one for place, one in mends.items() if place not in met}
            for book in dict.fromkeys(name for one in lost.values() for name in one.workbooks):
                rows = [row for (_, row), one in lost.items() if book in one.workbooks]
                found.append(
                    finding("mended_unplaced", layer=layer, source_file=book, file=file, rows=rows)
                )
        return found


def read_books(root: Path, given: Sequence[Path]) -> tuple[list[MendedBook], list[MendedBook]]:
    """Read the mended workbooks of a campaign's folder and those given with the command.

    Returns
    -------
    kept, given : list of MendedBook
        Those that lie in the folder; those given that are not there yet.

    Raises
    ------
    SourceError
        If one is no mended list, or its layout cannot be told for certain.
    """
    there = returned_books(root)
    kept = [read_mended(path, name_in(root, path)) for path in there]
    known = {one.resolve() for one in there}
    new = [read_mended(path) for path in given if path.resolve() not in known]
    same = {book.identity for book in kept if book.cells and not book.computed}
    same |= {book.sha256 for book in kept}
    return kept, [book for book in new if not {book.identity, book.sha256} & same]


def plan_mending(
    kept: Sequence[MendedBook],
    given: Sequence[MendedBook],
    states: Mapping[str, Mapping[str, Any]],
) -> Mending:
    """Decide which workbooks are taken, and into which cells.

    Parameters
    ----------
    kept : sequence of MendedBook
        Those that lie in the campaign; one whose source changed is a finding.
    given : sequence of MendedBook
        Those given with the command; one whose source changed is refused.
    states : mapping
        Source files of the load by name, with their hash.

    Raises
    ------
    SourceError
        If the source of a given workbook changed or is none of the load, the list builds on mends
        that are not there, or two workbooks mend one cell differently.
    """
    files: dict[str, str] = {}
    findings: list[dict[str, Any]] = []
    taken: list[MendedBook] = []
    for book in (*kept, *given):
        file = _source_of(book, states)
        if file is None and book in given:
            code = "mended_source_changed" if book.mark.source in states else "mended_source_gone"
            raise SourceError(code, source=book.name, file=book.mark.source)
        if file is None:
            findings.append(_outdated(book))
            continue
        findings += book.findings
        if not book.cells:
            findings.append(finding("mended_nothing", source_file=book.name))
        elif book.identity not in {one.identity for one in taken}:
            files[book.identity] = file
            taken.append(book)
    taken.sort(key=lambda book: len(book.mark.after))
    _require_bases(taken)
    return Mending(tuple(taken), files, _rows(taken, files), findings)


def _outdated(book: MendedBook) -> dict[str, Any]:
    """Return the finding that a workbook was written for other bytes of its source."""
    return finding("mended_outdated", source_file=book.name, file=book.mark.source, folder=RETURNED)


def _source_of(book: MendedBook, states: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the source file that a workbook was written for: by its bytes, then by its name."""
    same = [name for name, state in states.items() if state["sha256"] == book.mark.sha256]
    if book.mark.source in same or len(same) > 1:
        return book.mark.source if book.mark.source in same else None
    return same[0] if same else None


def _require_bases(books: Sequence[MendedBook]) -> None:
    """Refuse a list that builds on mends which are not there.

    Raises
    ------
    SourceError
        Naming the workbook.
    """
    there = {book.identity for book in books}
    for book in books:
        if not set(book.mark.after) <= there:
            raise SourceError("mended_base_gone", source=book.name, folder=RETURNED)


def _rows(
    books: Sequence[MendedBook], files: Mapping[str, str]
) -> dict[tuple[str, str], dict[tuple[str, int], RowMend]]:
    """Return the mended cells by file and layer, then sheet and row; later lists go first."""
    cells: dict[tuple[str, Place], _Cells] = {}
    for book in books:
        file = files[book.identity]
        for place, changed in book.cells.items():
            own = cells.setdefault((file, place), {})
            for column, cell in changed.items():
                if column in own:
                    _require_agreement(own[column], (cell, book), (file, place, column))
                own[column] = (cell, book)
    out: dict[tuple[str, str], dict[tuple[str, int], RowMend]] = {}
    for (file, (layer, sheet, row)), own in cells.items():
        names = tuple(dict.fromkeys(book.name for _, book in own.values()))
        mend = RowMend({column: cell for column, (cell, _) in own.items()}, names)
        out.setdefault((file, layer), {})[sheet, row] = mend
    return out


def _require_agreement(
    old: tuple[Any, MendedBook], new: tuple[Any, MendedBook], where: tuple[str, Place, str]
) -> None:
    """Refuse two workbooks that mend one cell differently, unless one builds on the other.

    Raises
    ------
    SourceError
        Naming both, the row and the column.
    """
    if old[1].identity in new[1].mark.after or shown_text(old[0]) == shown_text(new[0]):
        return
    file, (_, _, row), column = where
    names = {"source": new[1].name, "other": old[1].name}
    raise SourceError("mended_conflict", **names, file=file, row=row, column=column)


def is_mended(reading: Reading) -> pd.Series:
    """Tell which accepted rows of a reading were mended."""
    rows = {(one["sheet"] or "", one["row"]) for one in reading.notes.get("mended", {}).values()}
    frame = reading.frame
    if not rows:
        return pd.Series(False, index=frame.index)
    places = zip(frame["source_sheet"].fillna(""), frame["source_row"].astype(int), strict=True)
    return pd.Series([place in rows for place in places], index=frame.index)


def refuse_edited(out: Path, books: Sequence[MendedBook], known: Iterable[str | None]) -> None:
    """Refuse to write over a list of rejected rows that somebody has mended where it lies.

    Parameters
    ----------
    out : Path
        Where the lists lie.
    books : sequence of MendedBook
        Workbooks that lie in the campaign, or are given and about to.
    known : iterable of str
        Hashes of the lists as they were written.

    Raises
    ------
    OutputError
        Naming the list.
    """
    as_written = set(known)
    taken = {book.identity for book in books}
    files = {book.sha256 for book in books}
    for path in rejected_lists(out):
        if file_hash(path) in as_written:
            continue
        try:
            book = read_mended(path)
        except SourceError as error:
            edited = error.code not in ("mended_not_ours", "file_unreadable", "file_empty")
        else:
            there = book.sha256 in files if book.computed else book.identity in taken
            edited = bool(book.cells or book.computed) and not there
        if edited:
            raise OutputError("rejected_edited", path=path.name)


def keep_given(root: Path, given: Sequence[MendedBook]) -> list[Path]:
    """Copy the workbooks given with a command into the campaign; return all that lie there.

    They are copied before anything else is written and stay whatever happens then: a list that was
    mended where it lies is about to be written over.
    """
    for book in given:
        path = _free_path(root / RETURNED, Path(book.name))
        with written_beside(path) as beside:
            beside.write_bytes(book.raw)
    return returned_books(root)


def _free_path(folder: Path, name: Path) -> Path:
    """Return a path in a folder that no file has."""
    path, number = folder / name.name, 2
    while path.exists():
        path, number = folder / f"{name.stem}_{number}{name.suffix}", number + 1
    return path
