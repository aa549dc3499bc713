"""A list of rejected rows as its sender treats it: opened, edited, saved under any name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl

HEAD = 3


@contextmanager
def opened(path: Path, to: Path | None = None) -> Iterator[Any]:
    """Open a workbook, and save it there or elsewhere."""
    book = openpyxl.load_workbook(path)
    yield book
    book.save(to or path)
    book.close()


def column_of(sheet: Any, name: str) -> int:
    """Return the place of a column by its header word."""
    words = [cell.value for cell in sheet[HEAD]]
    return words.index(name) + 1


def row_of(sheet: Any, number: int) -> int:
    """Return the place of a row by the row number of the source."""
    return next(row[0].row for row in sheet.iter_rows(min_row=HEAD + 1) if row[0].value == number)


def mend(
    path: Path, changes: Mapping[tuple[str, int], Mapping[str, Any]], to: Path | None = None
) -> Path:
    """Write cells by sheet, row number of the source and header word, as a sender would."""
    with opened(path, to) as book:
        for (name, number), cells in changes.items():
            sheet = book[name]
            for column, value in cells.items():
                sheet.cell(row_of(sheet, number), column_of(sheet, column)).value = value
    return to or path


def edit(path: Path, change: Callable[[Any], object], to: Path | None = None) -> Path:
    """Do anything to a workbook."""
    with opened(path, to) as book:
        change(book)
    return to or path


__all__ = ["HEAD", "column_of", "edit", "mend", "opened", "row_of"]
