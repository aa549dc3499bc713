"""Rows of a table of boundary points gathered to parcels: points, side lengths, areas, codes.

What parts parcels is a column of codes, or a line above the points (宗地号：… 面积：…). Page
headers that come again, pages of two blocks, side lengths between two rows and rows that close a
ring are read as surveyors write them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from landgis.base.errors import CellError
from landgis.base.units import MISSING_MARKS, Quantity, parse_quantity
from landgis.io.coordinate.grammar import Point
from landgis.io.ledger.point_tables import Block, PointHeader, is_id_name
from landgis.io.ledger.title_words import add_labels, labels_of, pairs_of
from landgis.io.row.cells import is_blank
from landgis.io.row.places import plain_text
from landgis.io.sheet.sheets import Grid

__all__ = ["Parcel", "gather"]

_AREA_WORD = re.compile(r"(宗地|地块|图斑|总|项目|用地)*面积(\(.*\))?")
_AREA = re.compile(
    r"(?:面积|S\s*[=:])[^0-9]{0,14}?(?<![mM])([0-9][0-9,]*\.?[0-9]*)\s*(平方米|平米|m2|市亩|亩|公顷|ha)?",
    re.IGNORECASE,
)
_POINT_NAME = re.compile(r"[A-Za-z]*[0-9]+(\.0)?")
_RING_LINE = re.compile(r"(第?[0-9一二三四五六七八九十]+[圈环]|[内外][圈环])[::]?")
_DMS = re.compile(r"(\d+)[°度](\d+)['′分](\d+(?:\.\d+)?)[\"″秒]?")


@dataclass
class Parcel:
    """A parcel as its rows tell it.

    Attributes
    ----------
    row : int
        Row of its first point, as Excel shows it.
    code : object
        Its code as sent, None where there is none.
    points : list of Point
        In order; ``line`` is the row.
    sides : dict
        Position of a point to the side length written beside it, with its row.
    area : Quantity or None
        The area stated, in the unit written beside it or in its label.
    others : dict
        Further columns and labels, by name.
    defect, defect_row : str, int or None
        What cannot be read, and where.
    """

    row: int
    code: Any = None
    points: list[Point] = field(default_factory=list)
    sides: dict[int, tuple[float, int]] = field(default_factory=dict)
    area: Quantity | None = None
    others: dict[str, Any] = field(default_factory=dict)
    defect: str | None = None
    defect_row: int | None = None


def gather(grid: Grid, headers: Sequence[PointHeader], layer_name: str) -> list[Parcel]:
    """Return the parcels of a sheet, in order.

    Parameters
    ----------
    grid : Grid
        The sheet.
    headers : sequence of PointHeader
        Its headers of points, from top to bottom.
    layer_name : str
        Layer of the schema, for the words of its labels.
    """
    gathering = _Gathering(layer_name)
    starts = {header.first: header for header in headers}
    rows = _filled(grid, headers)
    at = 0
    while at < len(rows):
        header = starts.get(at)
        if header is not None:
            gathering.turn_page(header)
            at = header.last + 1
            continue
        gathering.take(rows[at], at + 1)
        at += 1
    gathering.flush()
    return [one for one in gathering.parcels if one.points or one.defect]


def _filled(grid: Grid, headers: Sequence[PointHeader]) -> list[list[Any]]:
    """Return the rows with merged cells of other columns filled down."""
    others = {column for header in headers for column in header.others}
    out = [list(row) for row in grid.rows]
    for (top, left), (bottom, _) in grid.merged:
        if left in others and left < len(out[top] if top < len(out) else []):
            for at in range(top + 1, min(bottom + 1, len(out))):
                out[at].extend([""] * (left + 1 - len(out[at])))
                out[at][left] = out[top][left]
    return out


class _Gathering:
    """Takes row after row; knows on which page and in which parcel it is."""

    def __init__(self, layer_name: str) -> None:
        self.layer_name = layer_name
        self.parcels: list[Parcel] = []
        self.known: dict[Any, Parcel] = {}
        self.gaps: dict[Block, int] = {}
        self.header: PointHeader | None = None
        self.columns: list[list[tuple[Point, float | None]]] = []
        self.code: Any = None
        self.ring = 0
        self.said = ""
        self.told: dict[str, Any] = {}
        self.stated: Quantity | None = None

    def turn_page(self, header: PointHeader) -> None:
        """Begin a page."""
        self.flush()
        self.header, self.gaps = header, {}
        self.columns = [[] for _ in header.blocks]

    def take(self, row: Sequence[Any], number: int) -> None:
        """Take a row: points, or a line about a parcel."""
        header = self.header
        if all(is_blank(cell) for cell in row) or self._line(row) or header is None:
            return
        if any(_coordinates(row, block) for block in header.blocks):
            self._points(row, number, header)
        else:
            self._between(row, number, header)

    def _points(self, row: Sequence[Any], number: int, header: PointHeader) -> None:
        """Take a row of points."""
        code = None if header.id_column is None else _at(row, header.id_column)
        if not is_blank(code) and code != self.code:
            self._next(code)
        parcel = self._parcel(number)
        for column, name in header.others.items():
            cell = _at(row, column)
            if column != header.id_column and not is_blank(cell):
                parcel.others.setdefault(name, cell)
        for block, points in zip(header.blocks, self.columns, strict=True):
            if not _coordinates(row, block):
                continue
            first, second = _number(_at(row, block.north)), _number(_at(row, block.east))
            if first is None or second is None:
                self._spoil(parcel, number)
                continue
            if block in self.gaps:
                self._spoil(parcel, self.gaps.pop(block))
            ring = self._ring_of(row, block)
            label = str(_at(row, block.label) or "") if block.label is not None else ""
            side = _number(_at(row, block.side)) if block.side is not None else None
            points.append((Point(number, label, ring, first, second), side))

    def _ring_of(self, row: Sequence[Any], block: Block) -> str:
        """Return which ring a point says it is of; lines between rings count too."""
        said = _at(row, block.ring)
        self.said = self.said if is_blank(said) else plain_text(str(said))
        return f"{self.ring}:{self.said}"

    def _between(self, row: Sequence[Any], number: int, header: PointHeader) -> None:
        """Take a row without points: a side length, the mark of a ring, a point left blank.

        A point left blank at the end of a form is none; one that others follow is missing.
        """
        for block, points in zip(header.blocks, self.columns, strict=True):
            label = plain_text(str(_at(row, block.label) or ""))
            if points and _POINT_NAME.fullmatch(label):
                self.gaps.setdefault(block, number)
            side = _number(_at(row, block.side)) if block.side is not None else None
            if side is not None and points and points[-1][1] is None:
                points[-1] = (points[-1][0], side)
        words = [plain_text(cell) for cell in row if isinstance(cell, str) and not is_blank(cell)]
        if any(_RING_LINE.fullmatch(word) for word in words):
            self.flush()
            self.ring, self.said = self.ring + 1, ""

    def _line(self, row: Sequence[Any]) -> bool:
        """Take a line about a parcel: its code, its area, what else it says; False: it is none."""
        pairs = pairs_of(row, lambda label: is_id_name(label, self.layer_name))
        code = next((v for k, v in pairs if is_id_name(k, self.layer_name)), None)
        labels = labels_of(row, self.layer_name) or {}
        area = _area(row)
        if code is not None and code != self.code:
            self._next(code)
        own = {k: v for k, v in labels.items() if not is_id_name(k, self.layer_name)}
        self.told = add_labels(self.told, own, self.layer_name)
        if area is not None:
            self.flush()
            parcel = self.parcels[-1] if self.parcels else None
            if code is None and parcel is not None and parcel.code == self.code:
                parcel.area = parcel.area or area
            else:
                self.stated = area
        return bool(pairs or area or labels)

    def _next(self, code: Any) -> None:
        """Leave a parcel for another."""
        self.flush()
        self.code, self.stated, self.gaps = code, None, {}
        self.ring, self.said = self.ring + 1, ""

    def _parcel(self, number: int) -> Parcel:
        """Return the parcel that the rows are of; it begins with its first point."""
        if self.code not in self.known:
            self.parcels.append(Parcel(number, self.code, others=dict(self.told)))
            self.known[self.code] = self.parcels[-1]
        known = self.known[self.code]
        known.area = known.area or self.stated
        return known

    def _spoil(self, parcel: Parcel, number: int) -> None:
        """Note a point that cannot be read."""
        if parcel.defect is None:
            parcel.defect, parcel.defect_row = "point_unreadable", number

    def flush(self) -> None:
        """Give the points of a page to their parcel, block after block."""
        waiting = [pair for points in self.columns for pair in points]
        if not waiting:
            return
        parcel = self._parcel(waiting[0][0].line)
        for point, side in waiting:
            if side is not None:
                parcel.sides[len(parcel.points)] = (side, point.line)
            parcel.points.append(point)
        self.columns = [[] for _ in self.columns]


def _at(row: Sequence[Any], column: int | None) -> Any:
    """Return a cell, None beyond the end of its row."""
    return row[column] if column is not None and column < len(row) else None


def _coordinates(row: Sequence[Any], block: Block) -> bool:
    """Tell whether a row has a point in a block: one of its two numbers is enough to miss one."""
    cells = [_at(row, block.north), _at(row, block.east)]
    said = [c for c in cells if not is_blank(c) and str(c).strip() not in MISSING_MARKS]
    return len(said) == 2 or any(_number(cell) is not None for cell in said)


def _number(cell: Any) -> float | None:
    """Return a number, or degrees with minutes and seconds; None where there is none."""
    if is_blank(cell) or isinstance(cell, bool):
        return None
    if isinstance(cell, str):
        said = unicodedata.normalize("NFKC", cell).replace(" ", "")
        if found := _DMS.search(said):
            degrees, minutes, seconds = (float(part) for part in found.groups())
            return degrees + minutes / 60 + seconds / 3600
    try:
        value = parse_quantity(cell).value
    except CellError:
        return None
    return value if value is not None and math.isfinite(value) else None


def _area(row: Sequence[Any]) -> Quantity | None:
    """Return the area that a line states: in one cell, or beside its label."""
    cells = [cell for cell in row if not is_blank(cell)]
    for cell in cells:
        if isinstance(cell, str):
            text = unicodedata.normalize("NFKC", cell)
            if found := _AREA.search(text):
                number = float(found[1].replace(",", ""))
                return Quantity(number, (found[2] or "").lower() or _unit_in(text))
    for at, cell in enumerate(cells[:-1]):
        if isinstance(cell, str) and _AREA_WORD.fullmatch(plain_text(cell).rstrip(":")):
            value = _number(cells[at + 1])
            if value is not None:
                unit = parse_quantity(cells[at + 1]).unit or _unit_in(cell)
                return Quantity(value, unit or _unit_in(*map(str, cells[at + 2 : at + 3])))
    return None


def _unit_in(text: str = "") -> str | None:
    """Return the unit of area that a text names."""
    plain = plain_text(text).lower()
    words = ("平方米", "平米", "m2", "公顷", "亩")
    return next((word for word in words if word in plain), None)
