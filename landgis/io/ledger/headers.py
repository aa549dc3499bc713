"""Where the header of a ledger stands, and what its columns are called.

The row with the most names that the word list knows is the header; rows that merged cells tie to it
belong to it, and their parts are joined: 房屋 over 结构 is 房屋/结构. Where nothing is merged, as
in a CSV, a second row belongs to it if it stands only under the blanks of the first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from landgis.io.row.cells import is_blank
from landgis.io.row.columns import JOINT, roles_of, score_header
from landgis.io.sheet.sheets import Grid

__all__ = ["Header", "find_header"]

_LOOK_AT = 30
#: a single known word in a row may be a title
_FEWEST = 2
#: rows of a header, at most
_DEEPEST = 4
_BRACKETED = re.compile(r"\(.*?\)|\[.*?\]")
#: heads of a block of columns, which no column of a layer is called
_HEADS = ("序号", "坐落", "房屋", "附着物", "青苗", "坟", "土地", "金额", "面积", "日期", "安置")


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
        texts = {_text(cell) for cell in row if isinstance(cell, str) and not is_blank(cell)}
        own = len(asked & texts)
        if own or any(roles_of(text, layer_name) for text in texts):  # people alone are no header
            scores.append((score_header(texts, layer_name) + own, -at))
    best, negative = max(scores, default=(0, 0))
    if best < min(_FEWEST, max(1, len(asked))):
        return None
    first, last = _block(grid, -negative, layer_name)
    return Header(first, last, _names(grid, first, last))


def _text(cell: Any) -> str:
    """Return a header cell without line breaks and blanks."""
    return "".join(str(cell).split())


def _block(grid: Grid, at: int, layer_name: str) -> tuple[int, int]:
    """Return the rows of the header around its best row."""
    first = last = at
    for (top, _), (bottom, _) in grid.merged:
        if top < bottom <= top + _DEEPEST and top <= at <= bottom:
            first, last = min(first, top), max(last, bottom)
    while last + 1 < len(grid.rows) and _spans(grid, last) and _is_words(grid.rows[last + 1]):
        last += 1
    while first > 0 and len(_spans(grid, first - 1)) > 1 and _is_words(grid.rows[first - 1]):
        first -= 1
    if first == last:
        upper = grid.rows[first - 1] if first > 0 else []
        if _hangs_under(upper, grid.rows[first]) and _has_heads(upper, layer_name):
            first -= 1
        elif last + 1 < len(grid.rows) and _hangs_under(grid.rows[last], grid.rows[last + 1]):
            last += 1
    return first, last


def _spans(grid: Grid, at: int) -> list[tuple[int, int]]:
    """Return the columns of the cells merged across in a row."""
    return [(left, right) for (top, left), (end, right) in grid.merged if top == end == at]


def _is_words(row: Sequence[Any]) -> bool:
    """Tell whether a row holds words and nothing else."""
    cells = [cell for cell in row if not is_blank(cell)]
    return len(cells) > 1 and all(_is_word(cell) for cell in cells)


def _is_word(cell: Any) -> bool:
    """Tell whether a cell may name a column: a text with a letter in it."""
    if not isinstance(cell, str):
        return False
    bare = _BRACKETED.sub("", unicodedata.normalize("NFKC", cell))
    return ":" not in bare and any(mark.isalpha() for mark in bare)


def _hangs_under(upper: Sequence[Any], lower: Sequence[Any]) -> bool:
    """Tell whether the lower of two rows fills only the gaps of the upper, as parts of a header do.

    Each cell of the lower stands under a blank, or under a word with a blank on its right that the
    lower fills too.
    """
    if not (_is_words(upper) and _is_words(lower)):
        return False
    width = max(len(upper), len(lower))
    above = [*(not is_blank(cell) for cell in upper), *[False] * width]
    below = [*(not is_blank(cell) for cell in lower), *[False] * width]
    gaps = 0
    for column in range(width):
        if below[column] and above[column] and not (below[column + 1] and not above[column + 1]):
            return False
        if below[column] and not above[column]:
            gaps += 1
            if column == 0 or not below[column - 1]:
                return False
    return gaps > 0


def _has_heads(row: Sequence[Any], layer_name: str) -> bool:
    """Tell whether a row holds names of columns or of blocks of them, and is no line of a title."""
    texts = [_text(cell) for cell in row if isinstance(cell, str)]
    heads = any(text.startswith(_HEADS) for text in texts)
    return heads or score_header(texts, layer_name) > 0


def _names(grid: Grid, first: int, last: int) -> dict[int, str]:
    """Return the joined name of each column that has one; repeats are numbered in brackets."""
    width = max((len(row) for row in grid.rows[first : last + 1]), default=0)
    rows = [
        _unmerged(grid, at, [*grid.rows[at], *[""] * (width - len(grid.rows[at]))])
        for at in range(first, last + 1)
    ]
    parts: dict[int, list[str]] = {column: [] for column in range(width)}
    tied = any(_spans(grid, at) for at in range(first, last + 1))
    for row, below in zip(rows, [*rows[1:], None], strict=True):
        for column, cell in enumerate(row if tied else _reaching(row, below)):
            said = "" if is_blank(cell) else _text(cell)
            if said and said not in parts[column]:
                parts[column].append(said)
    names: dict[int, str] = {}
    taken: set[str] = set()
    for column, words in parts.items():
        if words:
            whole = JOINT.join(words)
            name, number = whole, 2
            while name in taken:
                name, number = f"{whole} ({number})", number + 1
            names[column] = name
            taken.add(name)
    return names


def _reaching(row: list[Any], below: list[Any] | None) -> list[Any]:
    """Return a row in which a word reaches over the blanks beside it that the row below fills."""
    if below is None:
        return row
    out = list(row)
    for column in range(1, len(out)):
        filled = not is_blank(below[column]) and not is_blank(below[column - 1])
        if is_blank(out[column]) and filled:
            out[column] = out[column - 1]
    return out


def _unmerged(grid: Grid, at: int, row: list[Any]) -> list[Any]:
    """Return a row with the value of each merged cell in every column that it covers."""
    out = list(row)
    for (top, left), (bottom, right) in grid.merged:
        if top <= at <= bottom and left < len(grid.rows[top]):
            end = min(right, len(row) - 1)
            out[left : end + 1] = [grid.rows[top][left]] * (end - left + 1)
    return out
