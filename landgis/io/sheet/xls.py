"""Workbooks of Excel 5 to 2003 (.xls) as grids: values only, no macros, formulas or outside links.

Read with xlrd, which keeps to the bytes that are there: the reader of the newer workbooks makes
room for whatever a broken file of this kind claims to hold, and ends the program where there is
none. Formulas are read by the values they last had.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlrd
from xlrd.compdoc import CompDocError

from landgis.base.errors import SourceError
from landgis.io.sheet.number_formats import day_of_serial

__all__ = ["OldSheet", "read_xls"]

#: rows and columns of a merged range, first and last, from 0
Range = tuple[tuple[int, int], tuple[int, int]]
#: name of the stream that a password turns a workbook into, as a container writes it
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: the most that a sheet of this format holds
ROWS, COLUMNS = 65_536, 256
#: what xlrd says of bytes that contradict each other
_BROKEN = (
    xlrd.XLRDError,
    CompDocError,
    struct.error,
    AssertionError,
    LookupError,
    ArithmeticError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    MemoryError,
    OSError,
)


@dataclass
class OldSheet:
    """One sheet: name, whether its sender sees it, rows of cells from A1 on, merged ranges."""

    name: str
    visible: bool
    rows: list[list[Any]] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)


def read_xls(path: Path, source: str) -> list[OldSheet]:
    """Read the worksheets of an old workbook.

    Raises
    ------
    SourceError
        If it has a password, is no workbook, or is broken.
    """
    raw = path.read_bytes()
    if _ENCRYPTED in raw:
        raise SourceError("file_password", source=source)
    try:
        book = xlrd.open_workbook(
            file_contents=raw,
            formatting_info=True,  # merged ranges, and which numbers are days
            ragged_rows=True,  # one far cell does not make room for every cell before it
            logfile=io.StringIO(),
        )
        return [_sheet(sheet, book.datemode == 1) for sheet in book.sheets()]
    except _BROKEN as error:
        raise SourceError(_why(str(error)), source=source) from None


def _why(said: str) -> str:
    """Return our code for what xlrd said."""
    if "encrypted" in said:
        return "file_password"
    return "file_not_a_workbook" if "Can't find workbook" in said else "file_unreadable"


def _sheet(sheet: Any, from_1904: bool) -> OldSheet:
    """Return one sheet; xlrd ends a merged range with the cell beyond its last one.

    Raises
    ------
    ValueError
        If a merged range lies outside any sheet.
    """
    if any(not (0 <= a < b <= ROWS and 0 <= c < d <= COLUMNS) for a, b, c, d in sheet.merged_cells):
        raise ValueError("merged cells outside the sheet")
    rows = [
        [
            _value(kind, value, from_1904)
            for kind, value in zip(sheet.row_types(at), sheet.row_values(at), strict=True)
        ]
        for at in range(sheet.nrows)
    ]
    merged = [
        ((top, left), (bottom - 1, right - 1)) for top, bottom, left, right in sheet.merged_cells
    ]
    return OldSheet(sheet.name, sheet.visibility == 0, rows, sorted(merged))


def _value(kind: int, value: Any, from_1904: bool) -> Any:
    """Return a cell as the reader of newer workbooks would: days as days, errors by their sign."""
    if kind == xlrd.XL_CELL_DATE:
        day = day_of_serial(value, from_1904=from_1904)
        return value if day is None else day
    if kind == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(value, "#N/A")
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    return "" if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) else value
