"""Workbooks and CSV as grids of cells with their merged ranges; and what is refused by name."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_calamine as calamine

from landgis.base.errors import SourceError
from landgis.io.files import require_file, sniff

__all__ = ["Grid", "Range", "read_grids"]

#: rows and columns of a merged range, first and last, from 0
Range = tuple[tuple[int, int], tuple[int, int]]

_REFUSED = {
    ".et": "file_et",
    ".mdb": "file_mdb",
    ".accdb": "file_mdb",
    ".ods": "file_ods",
    ".xlsb": "file_xlsb",
}
_READ = {".xlsx": ("zip",), ".xlsm": ("zip",), ".xls": ("ole", "zip")}
#: a cell far away makes a sheet of blanks; nobody keeps a ledger of this size
_MAX_CELLS = 60_000_000


@dataclass(frozen=True)
class Grid:
    """One sheet: its name (None for CSV), its cells from A1 on, its merged ranges."""

    name: str | None
    rows: list[list[Any]]
    merged: tuple[Range, ...] = ()
    encoding: str | None = None


def read_grids(
    path: Path, source: str, *, encoding: str | None = None, wanted: str | None = None
) -> list[Grid]:
    """Read the sheets of a workbook, or a CSV as one sheet.

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
    if suffix == ".csv":
        if really not in ("text", "json", "html"):
            raise SourceError("file_not_what_it_says", source=source, says=suffix, really=really)
        return [_csv(path, source, encoding)]
    if really == "html":
        raise SourceError("file_html_as_xls", source=source)
    if really == "ole" and suffix in (".xlsx", ".xlsm"):
        raise SourceError("file_password", source=source)
    if really not in _READ.get(suffix, ("zip", "ole")):
        raise SourceError("file_not_what_it_says", source=source, says=suffix, really=really)
    return _workbook(path, source, wanted)


def _workbook(path: Path, source: str, wanted: str | None) -> list[Grid]:
    """Read a workbook's visible sheets."""
    try:
        book = calamine.load_workbook(path)
        listed = [sheet for sheet in book.sheets_metadata if _is_table(sheet)]
        names = [sheet.name for sheet in listed]
        if wanted is not None and wanted not in names:
            there = ", ".join(names) or "-"
            raise SourceError("layer_not_there", source=source, name=wanted, there=there)
        return [_grid(book, name) for name in names if wanted in (None, name)]
    except calamine.PasswordError:
        raise SourceError("file_password", source=source) from None
    except (calamine.CalamineError, OSError, OverflowError, MemoryError):
        raise SourceError("file_unreadable", source=source) from None


def _is_table(sheet: Any) -> bool:
    """Tell whether a sheet holds cells that its sender sees."""
    return bool(
        sheet.typ == calamine.SheetTypeEnum.WorkSheet
        and sheet.visible == calamine.SheetVisibleEnum.Visible
    )


def _grid(book: Any, name: str) -> Grid:
    """Read one sheet."""
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > _MAX_CELLS:
        raise OverflowError(name)
    rows = sheet.to_python(skip_empty_area=False)
    merged = tuple(sheet.merged_cell_ranges or ())
    return Grid(name, rows, tuple(sorted(merged)))


def _csv(path: Path, source: str, encoding: str | None) -> Grid:
    """Read a CSV: UTF-8, UTF-16 with mark, or GBK; comma, tab or semicolon."""
    raw = path.read_bytes()
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    tried = [encoding] if encoding else ["utf-16"] if wide else ["utf-8-sig", "gb18030"]
    for one in tried:
        try:
            text = raw.decode(one)
        except LookupError:
            raise SourceError("encoding_unknown", source=source, encoding=one) from None
        except UnicodeDecodeError:
            continue
        lines = text.replace("\x00", "").splitlines(keepends=True)
        head = "".join(lines[:20])
        mark = max(",\t;", key=head.count)
        try:
            return Grid(None, list(csv.reader(lines, delimiter=mark)), (), one)
        except csv.Error:
            raise SourceError("file_unreadable", source=source) from None
    if encoding:
        raise SourceError("encoding_wrong", source=source, encoding=encoding)
    raise SourceError("encoding_question", source=source, line='encoding = "GB18030"')
