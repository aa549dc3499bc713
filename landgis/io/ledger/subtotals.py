"""Rows of a ledger that are no records: subtotals, titles, footers; and whether sums are right."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from landgis.base.errors import CellError
from landgis.base.units import convert, parse_quantity
from landgis.io.ledger.title_words import add_labels, labels_of
from landgis.io.row.cells import is_blank
from landgis.io.row.places import plain_text

__all__ = ["Rows", "differing_sums", "is_subtotal", "sort_rows"]

_WORDS = "小计|合计|总计|共计|累计|总合计|总共"
_SUBTOTAL = re.compile(rf"(.{{0,12}}?)({_WORDS})(\([^()]*\))?[::]?")
_BARE = re.compile(rf"({_WORDS})[::]?|(sub)?-?total", re.IGNORECASE)
_IN_WORDS = re.compile(rf"({_WORDS})?(金额)?\(?大写\)?[::].*|({_WORDS})\(大写\)[::]?.*")
_FOOTER = re.compile(r"(填表|制表|审核|复核|填报|经办|单位负责人|注|说明|备注|日期).{0,8}[::].*")
_PAGE = re.compile(r"第\d+页.{0,8}")
_NUMBER_OF_ROW = re.compile(r"序号|编次|no\.?|#", re.IGNORECASE)
#: what a row has that is no record: a word of sums, a colon, a number of a page
_HINT = re.compile(r"计|共|total|[:：﹕︰]|页", re.IGNORECASE)
#: rows of a header, at most
_DEEPEST = 4
#: a subtotal with the name of what is summed says so in one of the first cells of its row
_LEADING = 3
#: earlier subtotals that one may reach back over
_LEVELS = 200
#: a footer has not many more cells than labels
_FOOTER_CELLS = 6


@dataclass
class Rows:
    """Rows of a sheet by what they are; numbers count from 0.

    Attributes
    ----------
    data, subtotals, titles : list of int
        Records; sums; titles, footers, repeated headers, and rows of nothing but a running number.
    told : dict
        Record to what the lines above it say: label to value.
    """

    data: list[int] = field(default_factory=list)
    subtotals: list[int] = field(default_factory=list)
    titles: list[int] = field(default_factory=list)
    told: dict[int, dict[str, Any]] = field(default_factory=dict)


def is_subtotal(row: Sequence[Any]) -> bool:
    """Tell whether a row says 小计, 合计 or the like: alone in a cell, or in one of the first."""
    texts = [plain_text(cell) for cell in row if isinstance(cell, str) and not is_blank(cell)]
    if any(_BARE.fullmatch(text) for text in texts):
        return True
    leading = [cell for cell in row if not is_blank(cell)][:_LEADING]
    words = [plain_text(cell) for cell in leading if isinstance(cell, str)]
    split = "".join(words[:2]) if words and len(words[0]) == 1 else ""
    return any(_SUBTOTAL.fullmatch(word) for word in words) or bool(_BARE.fullmatch(split))


def sort_rows(
    rows: Sequence[Sequence[Any]], header: Mapping[int, str], first: int, layer_name: str
) -> Rows:
    """Tell records from subtotals, titles, repeated headers and footers; blank rows are none.

    Parameters
    ----------
    rows : sequence of rows
        All rows of the sheet.
    header : mapping
        Position to name of each column.
    first : int
        First row below the header.
    layer_name : str
        Layer of the schema, for the labels of title lines.
    """
    found = Rows()
    told: dict[str, Any] = {}
    names = {plain_text(part) for name in header.values() for part in name.split("/")}
    heads = {cell for row in rows[:first][-_DEEPEST:] for cell in row if isinstance(cell, str)}
    running = {at for at, name in header.items() if _NUMBER_OF_ROW.fullmatch(plain_text(name))}
    for at, row in enumerate(rows):
        filled = [n for n, cell in enumerate(row) if cell != "" and not is_blank(cell)]
        if not filled:
            continue
        texts = [cell for cell in row if isinstance(cell, str)]
        if _HINT.search("\0".join(texts)) or len(heads.intersection(texts)) > 1:
            labels = labels_of(row, layer_name)
            if labels and (at < first or len(filled) < max(_LEADING, len(header))):
                told = add_labels(told, labels, layer_name)
            kind = _kind(row, filled, names, labelled=labels is not None)
        else:
            kind = "data"
        if at < first:
            continue
        alone = len(filled) == 1 and _is_heading(row[filled[0]], filled[0], header)
        if kind == "subtotal":
            found.subtotals.append(at)
        elif kind == "title" or alone or running.issuperset(filled):
            found.titles.append(at)
        else:
            found.data.append(at)
            found.told[at] = told
    return found


def _kind(row: Sequence[Any], filled: Sequence[int], names: set[str], *, labelled: bool) -> str:
    """Return what a row is that has a word of sums, of labels, or of the header."""
    if is_subtotal(row):
        return "subtotal"
    return "title" if labelled or _is_title([row[at] for at in filled], names) else "data"


def _is_title(cells: Sequence[Any], names: set[str]) -> bool:
    """Tell whether a row is a footer, or the header once more."""
    said = [plain_text(cell) for cell in cells if isinstance(cell, str)]
    if not said:
        return False
    if _IN_WORDS.fullmatch(said[0]) or _PAGE.fullmatch(said[0]):
        return True
    if _FOOTER.fullmatch(said[0]):
        return len(cells) <= _FOOTER_CELLS and len(said) == len(cells)
    return len(said) == len(cells) > 1 and sum(one in names for one in said) > len(said) / 2


def _is_heading(cell: Any, column: int, header: Mapping[int, str]) -> bool:
    """Tell whether the only cell of a row is a heading: words, in a table of several columns.

    A number, or a code in any column but the first, is a record of which nothing else is known.
    """
    if len(header) <= _LEADING or not isinstance(cell, str):
        return False
    said = plain_text(cell)
    coded = bool(re.fullmatch(r"[0-9A-Za-z\-_.#]+", said))
    return not coded or (column == min(header) and not any(mark.isdigit() for mark in said))


def differing_sums(
    rows: Sequence[Sequence[Any]], found: Rows, columns: Mapping[int, str | None]
) -> list[tuple[int, int, float, float]]:
    """Return the subtotals that are not the sum of their rows: row, column, stated and summed.

    A subtotal is right if it is the sum since the last one, or since one before that (合计 over
    小计), or of all rows so far (累计). Where a sheet writes its sums before their rows, those
    behind count. Sums with a cell that cannot be read are not judged.

    Parameters
    ----------
    rows : sequence of rows
        All rows of the sheet.
    found : Rows
        What they are.
    columns : mapping
        Position of each column of numbers, to the unit of its header.
    """
    if not found.subtotals:
        return []
    order = sorted([*found.data, *found.subtotals])
    sums = set(found.subtotals)
    differing = []
    for column, unit in columns.items():
        sheet = _Column.read([rows[at] for at in order], [at in sums for at in order], column, unit)
        differing += [(order[at], column, *pair) for at, pair in sheet.differing()]
    return sorted(differing, key=lambda one: (one[1], one[0]))


@dataclass
class _Column:
    """A column of numbers with its subtotals, from top to bottom.

    Attributes
    ----------
    stated : dict
        Place of each subtotal that states a number, to that number.
    sums, filled, unread : list
        Sum, count of the cells, and count of those that cannot be read, of the records before each
        place.
    marks : list of int
        Places of all subtotals.
    """

    stated: dict[int, float]
    sums: list[float]
    filled: list[int]
    unread: list[int]
    marks: list[int]

    @classmethod
    def read(
        cls, rows: Sequence[Sequence[Any]], marked: Sequence[bool], column: int, unit: str | None
    ) -> _Column:
        """Read a column; subtotals are no part of the sums."""
        cells = [_number(row, column, unit) for row in rows]
        pairs = list(zip(cells, marked, strict=True))
        return cls(
            {at: v for at, ((v, sure), sub) in enumerate(pairs) if sub and sure and v is not None},
            _running(0.0 if sub else (value or 0.0) for (value, _), sub in pairs),
            _running(not sub and value is not None for (value, _), sub in pairs),
            _running(not sub and not sure for (_, sure), sub in pairs),
            [at for at, sub in enumerate(marked) if sub],
        )

    def differing(self) -> list[tuple[int, tuple[float, float]]]:
        """Return place, stated and summed of the subtotals that differ, read the way that fits."""
        ways = (self._spans_behind, self._spans_before)
        fitting = [sum(self._difference(at, way) == () for at in self.stated) for way in ways]
        first, second = ways if fitting[0] >= fitting[1] else ways[::-1]
        out = []
        for at, value in self.stated.items():
            summed = self._difference(at, first)
            if summed is None:
                summed = self._difference(at, second)
            if summed:
                out.append((at, (value, summed[0])))
        return out

    def _difference(self, at: int, spans_of: Any) -> tuple[float, ...] | None:
        """Return the nearest sum where none fits; nothing where one does, or a cell is unread.

        None where no rows stand on that side.
        """
        every = spans_of(at)
        spans = [span for span in every if self._rows(*span)]
        if not spans:
            return None
        known = [(a, b) for a, b in spans if self.unread[a] == self.unread[b]]
        of_sums = spans[0] != every[0]  # then any of the spans may be the one that it sums
        if spans[0] not in known or (of_sums and len(known) < len(spans)):
            return ()
        sums = [self.sums[b] - self.sums[a] for a, b in known]
        return () if any(_fits(self.stated[at], one) for one in sums) else (sums[0],)

    def _rows(self, first: int, last: int) -> bool:
        """Tell whether any record between two places has something in the column."""
        read = self.filled[last] > self.filled[first]
        return read or self.unread[last] > self.unread[first]

    def _spans_behind(self, at: int) -> list[tuple[int, int]]:
        """Return the rows that a subtotal at their end may sum: since each earlier one, or all."""
        earlier = self.marks[: bisect_left(self.marks, at)][-_LEVELS:]
        return [*((mark, at) for mark in reversed(earlier)), (0, at)]

    def _spans_before(self, at: int) -> list[tuple[int, int]]:
        """Return the rows that a subtotal at their head may sum: up to each later one, or all."""
        later = self.marks[bisect_left(self.marks, at) + 1 :][:_LEVELS]
        return [*((at, mark) for mark in later), (at, len(self.sums) - 1)]


def _running(values: Iterable[Any]) -> list[Any]:
    """Return the sum before each value, and of all."""
    return list(accumulate(values, initial=0))


def _number(row: Sequence[Any], column: int, unit: str | None) -> tuple[float | None, bool]:
    """Return a cell's number in the unit of its header, and whether it could be read."""
    if column >= len(row) or is_blank(row[column]):
        return None, True
    cell = row[column]
    if isinstance(cell, float):
        return cell, True
    try:
        quantity = parse_quantity(cell)
        if quantity.value is None or quantity.unit is None or unit is None:
            return quantity.value, True
        return convert(quantity.value, quantity.unit, unit), True
    except CellError:
        return None, False


def _fits(value: float, one: float) -> bool:
    """Tell whether a stated sum is a sum, to half its last digit."""
    decimals = len(f"{value!r}".partition(".")[2]) if "e" not in f"{value!r}" else 0
    tolerance = 0.5 * 10.0 ** -min(decimals, 2) * 1.000001 if value % 1 else 0.5
    return abs(value - one) <= tolerance
