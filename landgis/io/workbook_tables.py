"""Tables of our own workbooks: columns by their words in either language, cells or one line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from landgis.base import text
from landgis.base.dates import parse_date
from landgis.base.errors import CellError, SourceError
from landgis.base.rules import load_rules
from landgis.base.schema import Column
from landgis.base.units import UNITS, convert, parse_quantity
from landgis.base.words import ALIASES
from landgis.io.row.cells import is_blank, read_texts, read_truths
from landgis.io.row.columns import header_unit, plain_name
from landgis.io.row.limits import why_impossible
from landgis.io.sheet.sheets import Grid

__all__ = ["Row", "WorkbookTable"]

_HEADER_ROWS = 5
_PREFIXES = ("", "step_", "condition_", "deadline_", "indicator_")


def _known_names(column: str) -> set[str]:
    """Return every name that a column of ours may bear in a workbook."""
    names = {column, *ALIASES.get(column, ())}
    for language in text.LANGUAGES:
        words = text.section("words", language)
        names |= {words[f"{one}{column}"] for one in _PREFIXES if f"{one}{column}" in words}
    return {plain_name(name) for name in names}


class WorkbookTable:
    """One sheet: its columns of ours, and its rows that say something."""

    def __init__(self, source: str, grid: Grid, columns: Sequence[str]) -> None:
        self.source = source
        self.sheet = grid.name
        self._grid = grid
        found = [(self._match(row, columns), at) for at, row in enumerate(grid.rows[:_HEADER_ROWS])]
        best = max((names for names, _ in found), key=len, default={})
        self._top = next((at for names, at in found if names is best), 0)
        self.columns = best

    @staticmethod
    def _match(row: Sequence[Any], columns: Sequence[str]) -> dict[str, int]:
        """Return our column to its position in a row of names."""
        plain = [plain_name(cell) if isinstance(cell, str) else "" for cell in row]
        places: dict[str, int] = {}
        for name in columns:
            known = _known_names(name)
            at = next((at for at, said in enumerate(plain) if said and said in known), None)
            if at is not None and at not in places.values():
                places[name] = at
        return places

    def require(self, name: str) -> None:
        """Refuse a sheet without a column.

        Raises
        ------
        SourceError
            Naming the column and those that are there.
        """
        if name not in self.columns:
            header = self._grid.rows[self._top] if self._grid.rows else []
            there = ", ".join(str(cell) for cell in header if not is_blank(cell)) or "-"
            raise SourceError(
                "column_missing",
                source=f"{self.source} [{self.sheet}]",
                column=name,
                aliases=", ".join(ALIASES.get(name, (name,))),
                there=there,
            )

    def header(self, name: str) -> str:
        """Return a column's name as the sheet has it, or ours where it has none."""
        at = self.columns.get(name)
        return name if at is None else " ".join(str(self._grid.rows[self._top][at]).split())

    def header_unit(self, name: str) -> str | None:
        """Return the unit that the header of a column names."""
        return header_unit(self.header(name))

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header that say something."""
        for at, cells in enumerate(self._grid.rows[self._top + 1 :], start=self._top + 2):
            row = Row(self, at, cells)
            if any(row.has(name) for name in self.columns):
                yield row


@dataclass(frozen=True)
class Row:
    """One row of a workbook table; a cell that cannot be read is one line."""

    table: WorkbookTable
    number_in_sheet: int
    cells: Sequence[Any]

    def cell(self, name: str) -> Any:
        """Return a cell as it stands, None where there is none."""
        at = self.table.columns.get(name)
        value = self.cells[at] if at is not None and at < len(self.cells) else None
        return None if is_blank(value) else value

    def has(self, name: str) -> bool:
        """Tell whether a cell says something."""
        return self.cell(name) is not None

    def wrong(self, name: str, code: str) -> SourceError:
        """Return the error that names a cell by sheet, row and column, and what is wrong."""
        return SourceError(
            "workbook_cell",
            source=self.table.source,
            sheet=self.table.sheet,
            row=self.number_in_sheet,
            column=self.table.header(name),
            why_code=code,
        )

    def text(self, name: str) -> str | None:
        """Return a cell as text."""
        return self._read(name, Column(name if name.endswith("_id") else "note"))

    def word(self, name: str) -> str | None:
        """Return a cell as text, or as our word for it."""
        return self._read(name, Column(name))

    def _read(self, name: str, column: Column) -> str | None:
        cells = read_texts(pd.Series([self.cell(name)], dtype="object"), column)
        if not pd.isna(cells.defects.iloc[0]):
            raise self.wrong(name, cells.defects.iloc[0])
        said = cells.values.iloc[0]
        return None if pd.isna(said) else str(said)

    def number(self, name: str, unit: str | None) -> float | None:
        """Return a cell as a number in a unit; its own unit goes before the header's."""
        try:
            quantity = parse_quantity(self.cell(name))
            value, said = quantity.value, quantity.unit
            if value is not None and unit is not None:
                header = self.table.header_unit(name)
                said = said or (header if header and _same(header, unit) else None)
                value, said = convert(value, said, unit) if said else value, unit
        except CellError as error:
            code = "unit_unfit" if error.code == "unit_wrong" else error.code
            raise self.wrong(name, code) from None
        rules = load_rules("numbers")
        why = why_impossible(value, said, rules, signed=name in rules["signed"]["columns"])
        if why is not None:
            raise self.wrong(name, why)
        return value

    def share(self, name: str) -> float | None:
        """Return a cell as a share of one: 50%, 0.5 and 50 are a half."""
        try:
            quantity = parse_quantity(self.cell(name))
        except CellError as error:
            raise self.wrong(name, error.code) from None
        if quantity.value is None:
            return None
        share = (
            quantity.value / 100 if quantity.unit == "%" or quantity.value > 1 else quantity.value
        )
        if not 0 <= share <= 1:
            raise self.wrong(name, "number_unreadable")
        return share

    def day(self, name: str) -> dt.date | None:
        """Return a cell as a day."""
        try:
            found = parse_date(self.cell(name))
        except CellError as error:
            raise self.wrong(name, error.code) from None
        return None if found is None else found.date()

    def truth(self, name: str) -> bool | None:
        """Return a cell as yes or no."""
        cells = read_truths(pd.Series([self.cell(name)], dtype="object"))
        if not pd.isna(cells.defects.iloc[0]):
            raise self.wrong(name, cells.defects.iloc[0])
        said = cells.values.iloc[0]
        return None if pd.isna(said) else bool(said)


def _same(one: str, other: str) -> bool:
    """Tell whether two units measure the same."""
    return UNITS[one][0] == UNITS[other][0]
