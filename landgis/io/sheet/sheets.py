"""Workbooks and CSV as grids of cells with their merged ranges; and what is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import python_calamine as calamine

from landgis.base.errors import SourceError
from landgis.base.place_names import labels_of_data
from landgis.io.files import require_file, sniff
from landgis.io.returned.mark_sheet import RETURNED, is_mark
from landgis.io.sheet.csv_text import read_csv_rows
from landgis.io.sheet.far_rows import without_far_rows
from landgis.io.sheet.workbook_parts import Faults, look_into
from landgis.io.sheet.xls import read_xls

__all__ = ["Grid", "Range", "is_lock", "read_grids"]

#: rows and columns of a merged range, first and last, from 0
Range = tuple[tuple[int, int], tuple[int, int]]

_REFUSED = {
    ".et": "file_et",
    ".mdb": "file_mdb",
    ".accdb": "file_mdb",
    ".ods": "file_ods",
    ".xlsb": "file_xlsb",
}
_BOOKS = (".xlsx", ".xlsm", ".xls")
#: what Excel and WPS leave beside a workbook that is open
_LOCKS = ("~$", ".~")
#: marks of what is saved under a workbook's name without being one
_DISGUISES = (
    (b"urn:schemas-microsoft-com:office:spreadsheet", "file_xml_as_xls"),
    (b"excel.sheet", "file_xml_as_xls"),
    (b"mime-version:", "file_html_as_xls"),
    (b"<html", "file_html_as_xls"),
    (b"<table", "file_html_as_xls"),
    (b"<!doctype html", "file_html_as_xls"),
    (b"<meta", "file_html_as_xls"),
)


@dataclass(frozen=True)
class Grid:
    """One sheet: its name (None for CSV), its cells from A1 on, its merged ranges.

    Attributes
    ----------
    rows : list of list
        Cells by row; rows may differ in length. A formula is its last value, an error its name
        (#REF!).
    merged : tuple
        Merged ranges.
    encoding, encoding_from : str or None
        Of a CSV, and what told it: ``campaign``, ``mark`` or ``bytes``.
    uncached : frozenset
        Formulas that no program has computed, by row and column.
    visible : bool
        Whether its sender sees the sheet.
    number : int
        Its place in the workbook, from 1.
    withheld : bool
        Whether the number stands for a name that holds a telephone or id number.
    """

    name: str | None
    rows: list[list[Any]]
    merged: tuple[Range, ...] = ()
    encoding: str | None = None
    encoding_from: str | None = None
    uncached: frozenset[tuple[int, int]] = frozenset()
    visible: bool = True
    number: int = 1
    withheld: bool = False

    def numbered(self) -> Grid:
        """Return the same sheet under its number."""
        return replace(self, name=f"#{self.number}", withheld=True)


def is_lock(path: Path) -> bool:
    """Tell whether a file is the mark that another program has a workbook open."""
    return path.name.startswith(_LOCKS)


def read_grids(
    path: Path,
    source: str,
    *,
    encoding: str | None = None,
    wanted: str | None = None,
    hidden: bool = False,
) -> list[Grid]:
    """Read the sheets of a workbook, or a CSV as one sheet.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        As the campaign names it.
    encoding : str, optional
        Of a CSV; the campaign's word.
    wanted : str, optional
        The only sheet to read, hidden or not.
    hidden : bool
        Whether to return sheets that their sender does not see, too.

    Raises
    ------
    SourceError
        If the file is missing, empty, protected by a password, of a kind that is refused by name
        (with the step that mends it), or broken; or the wanted sheet is not there.
    """
    require_file(path, source)
    suffix = path.suffix.lower()
    if suffix in _REFUSED:
        raise SourceError(_REFUSED[suffix], source=source)
    really = sniff(path)
    if suffix not in _BOOKS:
        if really not in ("text", "json", "html"):
            raise SourceError("file_not_what_it_says", source=source, says=suffix, really=really)
        rows, found, told = read_csv_rows(path, source, encoding)
        return [Grid(None, rows, (), found, told)]
    if really in ("text", "html", "json", "binary"):
        _refuse_disguised(path, source)
    if really not in ("zip", "ole"):
        raise SourceError("file_not_what_it_says", source=source, says=suffix, really=really)
    grids = _old_book(path, source) if really == "ole" else _book(path, source)
    if any(is_mark(grid.name, grid.rows) for grid in grids):
        raise SourceError("file_is_rejected_list", source=source, folder=RETURNED)
    grids = [replace(grid, number=at) for at, grid in enumerate(grids, start=1)]
    labels = labels_of_data([str(grid.name) for grid in grids])
    if wanted is not None:
        grids = _wanted(grids, labels, wanted, source)
    shown = [grid for grid in grids if wanted is not None or grid.visible or hidden]
    return [grid if labels[grid.number - 1] == grid.name else grid.numbered() for grid in shown]


def _refuse_disguised(path: Path, source: str) -> None:
    """Refuse by name what other programs save under a workbook's name.

    Raises
    ------
    SourceError
        If it is a web page, or an XML Spreadsheet.
    """
    with path.open("rb") as file:
        start = file.read(4096).replace(b"\x00", b"").lower()  # also where it is UTF-16
    for mark, code in _DISGUISES:
        if mark in start:
            raise SourceError(code, source=source)


def _wanted(grids: list[Grid], labels: list[str], wanted: str, source: str) -> list[Grid]:
    """Return the sheet that is asked for, by its name or as #1, #2 by its place.

    Raises
    ------
    SourceError
        If the wanted one is not there.
    """
    found = [grid for grid in grids if grid.name == wanted]
    found = found or [grid for grid in grids if f"#{grid.number}" == wanted]
    if not found:
        there = ", ".join(labels) or "-"
        raise SourceError("layer_not_there", source=source, name=wanted, there=there)
    return found


def _old_book(path: Path, source: str) -> list[Grid]:
    """Read a workbook of the old format; under a new one's name it has a password, mostly."""
    try:
        sheets = read_xls(path, source)
    except SourceError:
        if path.suffix.lower() == ".xls":
            raise
        raise SourceError("file_password", source=source) from None
    return [
        Grid(sheet.name, sheet.rows, tuple(sorted(sheet.merged)), visible=sheet.visible)
        for sheet in sheets
    ]


def _book(path: Path, source: str) -> list[Grid]:
    """Read a workbook."""
    faults = look_into(path, source)
    try:
        with _opened(path, faults) as file:  # by its content: a name may say .xls
            book = calamine.load_workbook(file)
            return [
                _grid(book, sheet, faults.get(sheet.name))
                for sheet in book.sheets_metadata
                if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            ]
    except calamine.PasswordError:
        raise SourceError("file_password", source=source) from None
    except (calamine.CalamineError, OSError, OverflowError, MemoryError):
        raise SourceError("file_unreadable", source=source) from None


def _opened(path: Path, faults: Mapping[str, Faults]) -> BinaryIO:
    """Open a workbook, without the blank cells far below its tables."""
    lasts = {one.part: one.last for one in faults.values() if one.last is not None}
    return without_far_rows(path, lasts) if lasts else path.open("rb")


def _grid(book: Any, sheet: Any, faults: Faults | None) -> Grid:
    """Read one sheet; errors are put where the library leaves a blank."""
    cells = book.get_sheet_by_name(sheet.name)
    rows = cells.to_python(skip_empty_area=False)
    merged = tuple(sorted(cells.merged_cell_ranges or ()))
    for (row, column), error in (faults.errors if faults else {}).items():
        rows.extend([] for _ in range(row + 1 - len(rows)))
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = error
    return Grid(
        sheet.name,
        rows,
        merged,
        uncached=faults.uncached if faults else frozenset(),
        visible=sheet.visible == calamine.SheetVisibleEnum.Visible,
    )
