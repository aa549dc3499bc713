"""Rows of a ledger that are no records: subtotals, titles, footers; and whether sums are right."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from landgis.base.errors import CellError
from landgis.base.units import convert, parse_quantity
from landgis.io.cells import is_blank
from landgis.io.places import plain_text

__all__ = ["Rows", "differing_sums", "is_subtotal", "sort_rows"]

_SUBTOTAL = re.compile(r"(.{0,12}?)(小计|合计|总计|共计)[::]?")
_GRAND = re.compile(r".*(合计|总计|共计)[::]?")
_PLACE = re.compile(r"(村|村委会|行政村|村名|组|村民小组|组别)[::](.+)")
_FOOTER = re.compile(r"(填表|制表|审核|复核|填报|经办|单位负责人|注|说明|备注|日期).{0,8}[::].*")
#: a subtotal says so in one of the first cells of its row
_LEADING = 3


@dataclass
class Rows:
    """Rows of a sheet by what they are; numbers count from 0."""

    data: list[int] = field(default_factory=list)
    subtotals: list[int] = field(default_factory=list)
    titles: list[int] = field(default_factory=list)
    places: dict[int, dict[str, str]] = field(default_factory=dict)


def is_subtotal(row: Sequence[Any]) -> bool:
    """Tell whether a row says 小计, 合计 or the like in one of its first cells."""
    leading = [cell for cell in row if not is_blank(cell)][:_LEADING]
    return any(isinstance(cell, str) and _SUBTOTAL.fullmatch(plain_text(cell)) for cell in leading)


def sort_rows(rows: Sequence[Sequence[Any]], header: Sequence[str], first: int) -> Rows:
    """Tell records from subtotals, titles, repeated headers and footers; blank rows are none.

    Parameters
    ----------
    rows : sequence of rows
        All rows of the sheet.
    header : sequence of str
        Names of the columns.
    first : int
        First row below the header.
    """
    sorted_rows = Rows()
    place: dict[str, str] = {}
    for at, row in enumerate(rows):
        cells = [cell for cell in row if not is_blank(cell)]
        place = place | _place(cells)
        if at < first or not cells:
            continue
        if is_subtotal(row):
            sorted_rows.subtotals.append(at)
        elif _is_title(cells, header):
            sorted_rows.titles.append(at)
        else:
            sorted_rows.data.append(at)
            sorted_rows.places[at] = dict(place)
    return sorted_rows


def _place(cells: Sequence[Any]) -> dict[str, str]:
    """Return village and group that a title row names (村:青石村)."""
    found = {}
    if len(cells) <= _LEADING:
        for cell in cells:
            said = _PLACE.fullmatch(plain_text(cell)) if isinstance(cell, str) else None
            if said:
                found["group" if "组" in said[1] else "village"] = said[2]
    return found


def _is_title(cells: Sequence[Any], header: Sequence[str]) -> bool:
    """Tell whether a row is a title, a footer or the header once more."""
    said = [plain_text(cell) for cell in cells if isinstance(cell, str)]
    if len(cells) == 1 and len(header) > _LEADING:
        return True
    if said and (_FOOTER.fullmatch(said[0]) or all(_PLACE.fullmatch(one) for one in said)):
        return len(cells) <= _LEADING + 3 and len(said) == len(cells)
    names = {plain_text(part) for name in header for part in name.split("/")}
    return len(said) == len(cells) > 1 and sum(one in names for one in said) > len(said) / 2


@dataclass
class _Sum:
    """A running sum, and whether every cell in it could be read."""

    numbers: list[float] = field(default_factory=list)
    known: bool = True

    def add(self, value: float | None, sure: bool) -> None:
        """Add a cell."""
        self.numbers.append(value or 0.0)
        self.known = self.known and sure


def differing_sums(
    rows: Sequence[Sequence[Any]], sorted_rows: Rows, columns: Mapping[int, str | None]
) -> list[tuple[int, int, float, float]]:
    """Return the subtotals that are not the sum above them: row, column, stated and summed.

    A subtotal is right if it is the sum since the last one, of all rows, or since the last
    grand total (合计, 总计). Sums with a cell that cannot be read are not judged.

    Parameters
    ----------
    rows : sequence of rows
        All rows of the sheet.
    sorted_rows : Rows
        What they are.
    columns : mapping
        Position of each column of numbers, to the unit of its header.
    """
    found = []
    for column, unit in columns.items():
        since, since_grand, every = _Sum(), _Sum(), _Sum()
        for at in sorted([*sorted_rows.data, *sorted_rows.subtotals]):
            value, sure = _number(rows[at], column, unit)
            if at not in sorted_rows.subtotals:
                for one in (since, since_grand, every):
                    one.add(value, sure)
                continue
            if since.numbers and not since.known:
                judged = []
            else:
                judged = [one for one in (since, since_grand, every) if one.numbers and one.known]
            sums = [math.fsum(one.numbers) for one in judged]
            if sure and value is not None and sums and not _fits(value, sums):
                found.append((at, column, value, sums[0]))
            since = _Sum()
            if _is_grand(rows[at]):
                since_grand = _Sum()
    return found


def _is_grand(row: Sequence[Any]) -> bool:
    """Tell whether a subtotal row is a grand total."""
    return any(isinstance(cell, str) and _GRAND.fullmatch(plain_text(cell)) for cell in row)


def _number(row: Sequence[Any], column: int, unit: str | None) -> tuple[float | None, bool]:
    """Return a cell's number in the unit of its header, and whether it could be read."""
    if column >= len(row) or is_blank(row[column]):
        return None, True
    try:
        quantity = parse_quantity(row[column])
        if quantity.value is None or quantity.unit is None or unit is None:
            return quantity.value, True
        return convert(quantity.value, quantity.unit, unit), True
    except CellError:
        return None, False


def _fits(value: float, sums: Sequence[float]) -> bool:
    """Tell whether a stated sum is one of the sums, to half its last digit."""
    decimals = len(f"{value!r}".partition(".")[2]) if "e" not in f"{value!r}" else 0
    tolerance = 0.5 * 10.0 ** -min(decimals, 2) * 1.000001 if value % 1 else 0.5
    return any(abs(value - one) <= tolerance for one in sums)
