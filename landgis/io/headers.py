"""Where the header of a ledger stands, and what its columns are called.

The row with the most names that the word list knows is the header; rows that merged cells tie to it
belong to it, and their parts are joined: 房屋 over 结构 is 房屋/结构.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from landgis.io.cells import is_blank
from landgis.io.columns import JOINT, score_header
from landgis.io.sheets import Grid

__all__ = ["Header", "find_header"]

_LOOK_AT = 30
#: a single known word in a row may be a title
_FEWEST = 2


@dataclass(frozen=True)
class Header:
    """First and last row of a header (from 0), and the name of each named column by position."""

    first: int
    last: int
    names: dict[int, str]


def find_header(grid: Grid, layer_name: str, named: Iterable[str] = ()) -> Header | None:
    """Return the header of a sheet, None where no row has known names.

    Parameters
    ----------
    grid : Grid
        The sheet.
    layer_name : str
        Layer of the schema whose words are looked for.
    named : iterable of str
        Names that the user gave; they count as known.
    """
    asked = set(named)
    scores = []
    for at, row in enumerate(grid.rows[:_LOOK_AT]):
        texts = [_text(cell) for cell in row if isinstance(cell, str) and not is_blank(cell)]
        known = score_header(dict.fromkeys(texts), layer_name)
        scores.append((known + len(asked.intersection(texts)), -at))
    best, negative = max(scores, default=(0, 0))
    if best < min(_FEWEST, max(1, len(asked))):
        return None
    first, last = _block(grid, -negative)
    return Header(first, last, _names(grid, first, last))


def _text(cell: Any) -> str:
    """Return a header cell without line breaks and blanks."""
    return "".join(str(cell).split())


def _block(grid: Grid, at: int) -> tuple[int, int]:
    """Return the rows of the header around its best row, by the merged cells that tie them."""
    first = last = at
    for (top, _), (bottom, _) in grid.merged:
        if top < bottom and top <= at <= bottom:
            first, last = min(first, top), max(last, bottom)
    while last + 1 < len(grid.rows) and _spans(grid, last) and _is_words(grid.rows[last + 1]):
        last += 1
    while first > 0 and len(_spans(grid, first - 1)) > 1 and _is_words(grid.rows[first - 1]):
        first -= 1
    return first, last


def _spans(grid: Grid, at: int) -> list[tuple[int, int]]:
    """Return the columns of the cells merged across in a row."""
    return [(left, right) for (top, left), (end, right) in grid.merged if top == end == at]


def _is_words(row: Sequence[Any]) -> bool:
    """Tell whether a row holds words and nothing else."""
    cells = [cell for cell in row if not is_blank(cell)]
    return len(cells) > 1 and all(isinstance(cell, str) for cell in cells)


def _names(grid: Grid, first: int, last: int) -> dict[int, str]:
    """Return the joined name of each column that has one; repeats are numbered in brackets."""
    width = max((len(row) for row in grid.rows[first : last + 1]), default=0)
    parts: dict[int, list[str]] = {column: [] for column in range(width)}
    for at in range(first, last + 1):
        row = [*grid.rows[at], *[""] * (width - len(grid.rows[at]))]
        for column, cell in enumerate(_unmerged(grid, at, row)):
            said = "" if is_blank(cell) else _text(cell)
            if said and said not in parts[column]:
                parts[column].append(said)
    names: dict[int, str] = {}
    for column, words in parts.items():
        if words:
            whole = JOINT.join(words)
            name, number = whole, 2
            while name in names.values():
                name, number = f"{whole} ({number})", number + 1
            names[column] = name
    return names


def _unmerged(grid: Grid, at: int, row: list[Any]) -> list[Any]:
    """Return a row with the value of each merged cell in every column that it covers."""
    out = list(row)
    for (top, left), (bottom, right) in grid.merged:
        if top <= at <= bottom and left < len(grid.rows[top]):
            out[left : right + 1] = [grid.rows[top][left]] * (min(right, len(row) - 1) - left + 1)
    return out
