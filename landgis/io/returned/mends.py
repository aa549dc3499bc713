"""Cells that a sender mended in a list of rejected rows, laid over the table as it was read.

A mend names file, sheet and row and changes cells only: the row passes through the same intake
as before, with every other cell as it stands in the source.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from landgis.base.privacy import speaks_of_person

__all__ = [
    "CellMend",
    "Mends",
    "RowMend",
    "mend_cells",
    "mend_notes",
    "page_text",
    "plain_text",
    "shown_text",
    "typed_text",
]

#: what makes a spreadsheet compute a cell
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: a cell of a workbook holds 32,767 characters; what is longer is shown cut
_LONGEST = 32_000
#: what XML does not hold
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF), None)
_EXACT = 1e15
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


@dataclass(frozen=True)
class RowMend:
    """The mended cells of one row (None: emptied) by column as shown, and whose they are."""

    cells: Mapping[str, Any]
    workbooks: tuple[str, ...]


@dataclass(frozen=True)
class CellMend:
    """One cell that was changed: where, from what to what, by which workbooks."""

    sheet: str | None
    row: int
    column: str
    before: Any
    after: Any
    workbooks: tuple[str, ...]


#: sheet ("" where the source has none) and row of the source, to the mended cells of the row
Mends = Mapping[tuple[str, int], RowMend]


def shown_text(cell: Any) -> str:
    """Return a cell as a list of rejected rows shows it: 13.0 is 13, a day has no clock."""
    if cell is None or (isinstance(cell, float) and cell != cell) or cell is pd.NA:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return str(int(cell))
    if isinstance(cell, bytes):
        return cell.decode("gb18030", "replace")
    if isinstance(cell, dt.datetime) and (cell.hour or cell.minute or cell.second):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, dt.date) else str(cell)


def plain_text(cell: str) -> str:
    """Return a text as a workbook holds it: no control characters, cut where a cell ends."""
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)
    return lines.encode("utf-8", "replace").decode("utf-8")[:_LONGEST]


def page_text(cell: str) -> str:
    """Return a text that no spreadsheet computes: before a formula stands a ``'``."""
    plain = plain_text(cell)
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def typed_text(cell: str) -> str:
    """Return a text as its sender means it: without the ``'`` that `page_text` put before it."""
    bare = cell.removeprefix("'")
    return bare if bare.startswith(_FORMULA) else cell


def mend_cells(
    raw: pd.DataFrame, sheet: str | None, rows: pd.Series, mends: Mends
) -> tuple[pd.DataFrame, list[CellMend]]:
    """Lay mended cells over a table.

    Parameters
    ----------
    raw : DataFrame
        Cells as sent; it stays as it is.
    sheet : str or None
        The sheet or layer that they stand in.
    rows : Series
        Row numbers of the source on the index of `raw`; a number that stands twice names no row.
    mends : mapping
        Mended cells by sheet and row.

    Returns
    -------
    raw : DataFrame
        The same table with the mended cells; columns keep their type where the cells fit it.
    mended : list of CellMend
        What was changed. A mend whose row or column is not there is left out.
    """
    wanted = {row: mend for (name, row), mend in mends.items() if name == plain_text(sheet or "")}
    if not wanted:
        return raw, []
    number = {int(row): at for at, row in enumerate(rows.tolist()) if row in wanted}
    single = rows[rows.isin(list(number))].value_counts() == 1
    columns = {page_text(str(name)).strip(): at for at, name in enumerate(raw.columns)}
    changes: dict[int, dict[int, Any]] = {}
    mended = []
    for row in sorted(number):
        if not single[row]:
            continue
        for shown, after in wanted[row].cells.items():
            if shown in columns:
                at, column = number[row], columns[shown]
                changes.setdefault(column, {})[at] = after
                name, before = str(raw.columns[column]), raw.iat[at, column]
                mended.append(CellMend(sheet, row, name, before, after, wanted[row].workbooks))
    out = raw.copy(deep=False)
    for column, cells in changes.items():
        out.isetitem(column, _with_cells(raw.iloc[:, column], cells))  # type: ignore[arg-type]
    return out, mended


def _with_cells(column: pd.Series, cells: Mapping[int, Any]) -> pd.Series:
    """Return a column with other cells at some positions, of its own type if they fit it."""
    values = column.tolist()
    texts = isinstance(column.dtype, pd.StringDtype)
    for at, cell in cells.items():
        values[at] = shown_text(cell) if texts and cell is not None else cell
    # what is no plain number, a date or a truth are read from words by our own rules, not pandas'
    plain = all(not isinstance(one, str) or _NUMBER.fullmatch(one) for one in cells.values())
    own = texts or (column.dtype.kind in "iuf" and plain)
    try:
        return pd.Series(values, index=column.index, dtype=column.dtype if own else "object")
    except (TypeError, ValueError, OverflowError):
        return pd.Series(values, index=column.index, dtype="object")


def mend_notes(mended: Sequence[CellMend], shown: Collection[str]) -> dict[str, Any]:
    """Return what was mended, row by row, as a receipt may tell it.

    Parameters
    ----------
    mended : sequence of CellMend
        The changed cells.
    shown : collection of str
        Columns whose cells may be told; of the others, and of cells that speak of a person, only
        the name is.
    """
    notes: dict[str, Any] = {}
    for one in mended:
        where = f"{one.sheet}!{one.row}" if one.sheet else str(one.row)
        start: dict[str, Any] = {
            "sheet": one.sheet,
            "row": one.row,
            "workbooks": list(one.workbooks),
            "changed": {},
            "withheld": [],
        }
        note = notes.setdefault(where, start)
        pair = [shown_text(one.before), shown_text(one.after)]
        if one.column in shown and not any(map(speaks_of_person, pair)):
            note["changed"][one.column] = pair
        else:
            note["withheld"].append(one.column)
    return notes
