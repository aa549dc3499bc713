"""Mended rows coming back: a list of rejected rows whose sender has edited the marked cells.

The sheet 勿改 of the list says which rows of which bytes it shows, and how; only cells that differ
are taken. '(已略)' means: as in the source.
"""

from __future__ import annotations

import hashlib
import io
import json
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landgis.base.errors import SourceError
from landgis.io.files import require_file, sniff
from landgis.io.returned.mark_sheet import MARK_SHEET, RETURNED, Mark, from_rows
from landgis.io.returned.mended_pages import Cell, Line, Place, read_page
from landgis.io.returned.mends import shown_text

__all__ = ["MendedBook", "read_mended", "returned_books"]

_TABLE_FILES = (".xlsx", ".xls", ".xlsm", ".xlsb", ".et", ".ods", ".csv")
#: a workbook unpacks to about ten times its size; what claims more is a bomb
_MOST_RATIO = 200
_MOST_BYTES = 2_000_000_000
_LITTLE = 10_000
#: where a spreadsheet ends; a row beyond is no row
_LAST_ROW = 1_048_576
#: what openpyxl and zipfile raise on a broken workbook
_NOT_READ = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class MendedBook:
    """What a mended workbook says.

    Attributes
    ----------
    name : str
        The workbook as messages name it.
    raw : bytes
        The file.
    mark : Mark
        Source file and its hash, rows and how they were shown.
    cells : mapping
        By layer, sheet and row: column as shown, to its new cell (None: emptied). Only what differs
        from what was shown.
    findings : list of dict
        Rows that are not there any more or hold formulas, columns that were moved or put in.
    """

    name: str
    raw: bytes
    mark: Mark
    cells: Mapping[Place, Mapping[str, Any]]
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """Hash of the file."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def computed(self) -> bool:
        """Whether rows of it are not taken, for their sender wrote formulas into them."""
        return any(one["code"] == "mended_formula" for one in self.findings)

    @property
    def identity(self) -> str:
        """Name what is mended, whatever program saved it last; cells shown to nobody by column."""
        told = []
        for page in self.mark.pages:
            for number, cells in page.rows:
                new = self.cells.get((page.layer, page.sheet, number), {})
                for name, cell in zip(page.header, cells, strict=True):
                    if name in new:
                        after = "" if cell == self.mark.withheld else shown_text(new[name])
                        told.append([page.layer, page.sheet, number, name, after])
        said = json.dumps([self.mark.sha256, sorted(told)], ensure_ascii=False)
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def returned_books(folder: Path) -> list[Path]:
    """Return the workbooks in a campaign's folder for mended rows; lock files are left out."""
    inside = folder / RETURNED
    found = sorted(inside.iterdir()) if inside.is_dir() else []
    kept = [one for one in found if one.is_file() and not one.name.startswith(("~$", "."))]
    return [one for one in kept if one.suffix.lower() in _TABLE_FILES]


def read_mended(path: Path, name: str | None = None) -> MendedBook:
    """Read a mended list of rejected rows.

    Parameters
    ----------
    path : Path
        The workbook.
    name : str, optional
        What messages call it; its own name if not given.

    Raises
    ------
    SourceError
        If it is no list of ours, its sheet 勿改 was changed, a sheet is gone, a column is gone or
        renamed, a row stands twice or is none of the list's.
    """
    said = name or path.name
    require_file(path, said)
    if path.suffix.lower() != ".xlsx" or sniff(path) != "zip":
        raise SourceError("mended_kind", source=said)
    raw = path.read_bytes()
    sheets = _sheets(raw, said)
    mark = _mark(sheets, said)
    cells: dict[Place, dict[str, Any]] = {}
    findings: list[dict[str, Any]] = []
    for page in mark.pages:
        if page.title not in sheets:
            raise SourceError("mended_sheet_gone", source=said, sheet=page.title)
        found, noticed = read_page(page, sheets[page.title], name=said, withheld=mark.withheld)
        cells |= found
        findings += noticed
    return MendedBook(said, raw, mark, cells, findings)


def _sheets(raw: bytes, name: str) -> dict[str, list[Line]]:
    """Return the cells of every sheet that say something.

    Raises
    ------
    SourceError
        If the workbook is broken, or unpacks to more than can be.
    """
    import openpyxl  # heavy, and most loads take nothing back

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            size = sum(one.file_size for one in packed.infolist())
        if size > min(_MOST_BYTES, _MOST_RATIO * max(len(raw), _LITTLE)):
            raise ValueError(size)
        with warnings.catch_warnings():  # openpyxl's remarks about styles
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True)
            return {sheet.title: _lines(sheet) for sheet in book.worksheets}
    except _NOT_READ:
        raise SourceError("file_unreadable", source=name) from None


def _lines(sheet: Any) -> list[Line]:
    """Return the rows of a sheet that say something; a stray cell far away costs nothing."""
    sheet.reset_dimensions()  # some programs write a wrong one
    lines: list[Line] = []
    for at, row in enumerate(sheet.iter_rows(), start=1):
        if at > _LAST_ROW:
            raise ValueError(at)
        told = {
            column: Cell(cell.value, cell.data_type)
            for column, cell in enumerate(row, start=1)
            if cell.value not in (None, "")
        }
        if told:
            lines.append((at, told))
    return lines


def _mark(sheets: Mapping[str, list[Line]], name: str) -> Mark:
    """Return what the sheet 勿改 says.

    Raises
    ------
    SourceError
        If there is none, or it was changed.
    """
    if MARK_SHEET not in sheets:
        raise SourceError("mended_not_ours", source=name, sheet=MARK_SHEET)
    rows = [
        [shown_text(told[at].value) if at in told else "" for at in range(1, max(told) + 1)]
        for _, told in sheets[MARK_SHEET][1:]
    ]
    try:
        return from_rows(rows)
    except (ValueError, LookupError):
        raise SourceError("mended_mark_changed", source=name, sheet=MARK_SHEET) from None
