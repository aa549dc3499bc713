"""The records of a sheet as a table of cells under the names of their columns.

Merged words are filled down, keys that a household's further rows leave blank are taken from its
first, and what the lines above the table say is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from landgis.base.findings import finding
from landgis.base.place_names import is_common
from landgis.base.privacy import ID_NUMBER, NAME, column_fate
from landgis.base.schema import LAYERS
from landgis.base.units import UNITS, is_error
from landgis.io.ledger.headers import Header
from landgis.io.ledger.subtotals import Rows
from landgis.io.ledger.title_words import label_role
from landgis.io.row.cells import is_blank
from landgis.io.row.columns import header_unit, roles_of
from landgis.io.row.places import plain_text
from landgis.io.sheet.sheets import Grid

__all__ = [
    "Table",
    "is_number_column",
    "named_after_people",
    "personal_cells",
    "table_of",
    "title_units",
]

#: what holds for all rows of a household
_SHARED_ROLES = ("village", "group", "household", "project_id", "team")
_SHOWN_ROWS = 20


class Table:
    """Cells of a sheet's records under the names of their columns, and what was noticed."""

    def __init__(
        self, grid: Grid, rows: Rows, header: Header, layer_name: str, source: str
    ) -> None:
        self.grid, self.rows, self.layer_name, self.source = grid, rows, layer_name, source
        self.names = header.names
        self.findings: list[dict[str, Any]] = []
        self.raw = pd.DataFrame()

    def say(self, code: str, places: list[int], **facts: Any) -> None:
        """Add a finding about some of the records, by position."""
        numbers = [self.rows.data[at] + 1 for at in places]
        self.findings.append(
            finding(
                code,
                layer=self.layer_name,
                source_file=self.source,
                source_sheet=self.grid.name,
                source_row=numbers[0] if len(numbers) == 1 else None,
                rows=numbers[:_SHOWN_ROWS],
                count=len(numbers),
                **facts,
            )
        )


def table_of(grid: Grid, rows: Rows, header: Header, layer_name: str, source: str) -> Table:
    """Return the records of a sheet as a table, one row per record, with what was noticed.

    Parameters
    ----------
    grid : Grid
        The sheet.
    rows : Rows
        What its rows are.
    header : Header
        Its header.
    layer_name : str
        Layer of the schema.
    source : str
        The file, for findings.
    """
    table = Table(grid, rows, header, layer_name, source)
    filled = _filled_down(grid, header.names, layer_name)
    records = [filled[at] for at in rows.data]
    cells = {
        name: [_cell(record, column) for record in records] for column, name in header.names.items()
    }
    table.raw = pd.DataFrame(cells, index=pd.RangeIndex(len(rows.data)), dtype="object")
    _add_told(table)
    _continue_keys(table)
    _say_faults(table)
    return table


def is_number_column(name: str, layer_name: str) -> bool:
    """Tell whether a sent column is one of numbers: they are not repeated down a merged cell."""
    layer = LAYERS[layer_name]
    return any(layer.column(role).type in ("float", "int") for role in roles_of(name, layer_name))


def _cell(row: list[Any], column: int) -> Any:
    """Return a cell, None where there is nothing."""
    if column >= len(row):
        return None
    cell = row[column]
    return None if cell == "" or is_blank(cell) else cell


def _filled_down(grid: Grid, names: dict[int, str], layer_name: str) -> list[list[Any]]:
    """Return the rows with merged words in every row that they cover; numbers stay."""
    out = [list(row) for row in grid.rows]
    numbers = {at for at, name in names.items() if is_number_column(name, layer_name)}
    ends = [-1] * (max(names, default=0) + 1)
    for (top, left), (bottom, _) in grid.merged:
        if top == bottom or left not in names or left in numbers or top <= ends[left]:
            continue  # ranges that overlap are none that a spreadsheet writes
        ends[left] = bottom
        for at in range(top + 1, min(bottom + 1, len(out))):
            if left < len(out[top]):
                out[at].extend([""] * (left + 1 - len(out[at])))
                out[at][left] = out[top][left]
    return out


def _add_told(table: Table) -> None:
    """Add what the lines above the records say, where the table has no such column."""
    known = {label_role(name, table.layer_name) for name in table.names.values()} - {""}
    labels = dict.fromkeys(label for told in table.rows.told.values() for label in told)
    for label in labels:
        if label_role(label, table.layer_name) not in known and label not in table.raw.columns:
            said = [table.rows.told[at].get(label) for at in table.rows.data]
            table.raw[label] = pd.Series(said, index=table.raw.index, dtype="object")


def _continue_keys(table: Table) -> None:
    """Give further rows of a household its place and holder: their running number is blank too."""
    raw, running = table.raw, [n for n in table.raw.columns if plain_text(n) == "序号"]
    shared = [name for name in raw.columns if _is_shared(name, table.layer_name)]
    holders = [name for name in shared if label_role(name, table.layer_name) == "household"]
    if not running or not shared or raw[running[0]].isna().all():
        return
    further = raw[running[0]].isna() & raw[holders].isna().all(axis=1)
    further &= raw[running[0]].notna().cummax()
    begins = (~further).cumsum()
    filled = pd.Series(False, index=raw.index)
    names = []
    for name in shared:
        first = raw[name].groupby(begins).transform("first")
        gaps = further & raw[name].isna() & first.notna()
        if gaps.any():
            raw[name] = raw[name].mask(gaps, first)
            filled |= gaps
            names.append(name)
    if filled.any():
        places = [int(at) for at in filled.to_numpy().nonzero()[0]]
        table.say("keys_continued", places, columns="、".join(names))


def _is_shared(name: str, layer_name: str) -> bool:
    """Tell whether a column holds for all rows of a household."""
    return label_role(name, layer_name) in _SHARED_ROLES


def _say_faults(table: Table) -> None:
    """Say where cells in use failed to compute, or were never computed: they count as missing."""
    used = {at: name for at, name in table.names.items() if _is_used(name, table.layer_name)}
    for column, name in used.items():
        failed = [at for at, cell in enumerate(table.raw[name]) if is_error(cell)]
        if failed:
            table.say("formula_failed", failed, column=name)
        if table.grid.uncached:
            rows = enumerate(table.rows.data)
            blank = [at for at, row in rows if (row, column) in table.grid.uncached]
            if blank:
                table.say("formula_uncached", blank, column=name)


def _is_used(name: str, layer_name: str) -> bool:
    """Tell whether a column is read for the layer, or for telling households apart."""
    plain = plain_text(name)
    return bool(roles_of(name, layer_name) or NAME.search(plain) or ID_NUMBER.search(plain))


def title_units(header: Header, layer_name: str, told: Mapping[str, str]) -> dict[str, str]:
    """Return the units that a title line (by what they measure) gives to columns without one."""
    found = {}
    for name in header.names.values():
        kinds = {_measures(name, role, layer_name) for role in roles_of(name, layer_name)}
        kind = next(iter(kinds)) if len(kinds) == 1 else None
        if header_unit(name) is None and kind in told:
            found[name] = told[str(kind)]
    return found


def _measures(name: str, role: str, layer_name: str) -> str | None:
    """Return what the numbers of a column measure: area or money; None where it is neither."""
    column = LAYERS[layer_name].column(role)
    if column.unit in UNITS:
        return UNITS[column.unit][0]
    return "area" if role == "quantity" and "面积" in name else None


def personal_cells(grid: Grid, header: Header, rows: Rows) -> pd.DataFrame:
    """Return the personal cells of a sheet's records under the names of their columns."""
    cells = {
        name: [_cell(grid.rows[row], at) for row in rows.data]
        for at, name in header.names.items()
        if column_fate(name) in ("name", "never")
    }
    return pd.DataFrame(cells, index=pd.RangeIndex(len(rows.data)), dtype="object")


def named_after_people(
    grids: Sequence[Grid], tables: Sequence[tuple[pd.DataFrame, Iterable[Mapping[str, Any]]]]
) -> list[bool]:
    """Tell of each sheet whether its name may be a person's.

    Parameters
    ----------
    grids : sequence of Grid
        Sheets of a workbook; where one is called after a person, so may all be whose names are no
        words of the trade.
    tables : sequence of (DataFrame, iterable of mapping)
        The personal cells of the sheets, and what lines above them say.
    """
    sure = [
        grid.withheld
        or (grid.name is not None and any(_speaks(grid.name, told, raw) for raw, told in tables))
        for grid in grids
    ]
    return [
        one or (any(sure) and not is_common(str(grid.name)))
        for grid, one in zip(grids, sure, strict=True)
    ]


def _speaks(sheet: str, told: Iterable[Mapping[str, Any]], raw: pd.DataFrame) -> bool:
    """Tell whether a sheet is called by a name, or by another personal cell, of a table.

    Parameters
    ----------
    sheet : str
        Its name.
    told : iterable of mapping
        What lines above the table say.
    raw : DataFrame
        Cells as sent; names count within the sheet's name, other personal cells as all of it.
    """
    plain = plain_text(sheet)
    for name in raw.columns:
        fate = column_fate(str(name))
        if fate == "name" and any(one in plain for one in _words(raw[name])):
            return True
        if fate == "never" and plain in _words(raw[name]):
            return True
    labels = {v for one in told for k, v in one.items() if column_fate(k) in ("name", "never")}
    return any(one in plain for one in _words(labels))


def _words(cells: Iterable[Any]) -> set[str]:
    """Return the texts of cells that are more than one character."""
    words = {plain_text(cell) for cell in cells if isinstance(cell, str)}
    return {word for word in words if len(word) > 1}
