"""A table in whose columns no word of ours stands: its first row as presumed header, and answers.

A first row is shown only where the cells below it are of another kind (numbers under words), so
that no row about a person passes for a header.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from landgis.base.errors import SourceError
from landgis.base.schema import LAYERS
from landgis.base.text import Language, say
from landgis.io.memory import Memory
from landgis.io.row.draft import SourceOptions
from landgis.io.sheet.sheets import Grid
from landgis.workflow.asking import read_asking
from landgis.workflow.found import Found, source_text
from landgis.workflow.roles import Look
from landgis.workflow.source_answers import answers_of, column_table
from landgis.workflow.sources import READERS

__all__ = ["presumed_lines", "unheaded"]

_HEADLESS = ("header_not_found", "inspect_header")
_NAMES, _LINES = 24, 3


@dataclass(frozen=True)
class _Presumed:
    """The first row of a table taken for its header.

    Attributes
    ----------
    row : int
        As a spreadsheet counts it.
    names : tuple of str
        Its cells.
    likely : tuple of str
        Names of the columns that may be ids: all filled and none twice first, then by how many
        rows have a value of their own.
    """

    row: int
    names: tuple[str, ...]
    likely: tuple[str, ...]


def unheaded(found: Found, look: Look) -> None:
    """Say of a table without known columns what its first row shows, if it can be a header."""
    if found.reading is not None or (found.trouble and found.trouble.code not in _HEADLESS):
        return
    presumed = _presumed(look.memory)
    if presumed is not None:
        shown = [*presumed.names[:_NAMES], *(["…"] if len(presumed.names) > _NAMES else [])]
        found.trouble = SourceError(
            "inspect_presumed", source=found.name, row=presumed.row, columns=shown
        )
    elif look.role is not None:
        found.trouble = SourceError("inspect_header_asked", source=found.name)
    elif found.trouble is None:
        found.trouble = SourceError("inspect_header", source=found.name)


def presumed_lines(found: Found, look: Look, language: Language) -> list[str]:
    """Return commented lines that name the column with the ids; each was read before."""
    presumed = _presumed(look.memory)
    if found.trouble is None or found.trouble.code != "inspect_presumed" or presumed is None:
        return []
    role = look.role or "records"
    out = []
    for sent in presumed.likely[:_LINES]:
        columns = {sent: LAYERS[role].id}
        options = SourceOptions(
            path=found.name,
            layer=found.layer,
            columns=columns,
            load_day=look.load_day,
            memory=look.memory,
        )
        asked = read_asking(READERS[found.path.suffix.lower()], found.path, role, options)
        if asked.reading is None:
            continue
        read = Found(
            found.path, found.name, found.layer, [role], reading=asked.reading,
            questions=asked.questions,
        )  # fmt: skip
        for answer in answers_of(read, role)[:1]:
            more = {"columns": column_table(columns)} | answer
            told = say("cli", "inspect_id_column", {}, language)
            out.append(f"# {role} = {source_text(read, **more)}  # {told}")
    return out


def _presumed(memory: Memory) -> _Presumed | None:
    """Return the presumed header of the first sheet that has one."""
    for kept in memory.values():
        for grid in kept if isinstance(kept, list) else []:
            if isinstance(grid, Grid) and grid.visible and (found := _header_of(grid)):
                return found
    return None


def _header_of(grid: Grid) -> _Presumed | None:
    """Return the first row of a sheet with its columns, if it differs in kind from those below."""
    filled = [at for at, row in enumerate(grid.rows) if not all(map(_blank, row))]
    if len(filled) < 2:
        return None
    names = [str(cell).strip() for cell in grid.rows[filled[0]] if not _blank(cell)]
    if len(set(names)) < len(grid.rows[filled[0]]) or any(map(_is_number, names)):
        return None
    columns = [
        [row[at] if at < len(row) else None for row in (grid.rows[one] for one in filled[1:])]
        for at in range(len(names))
    ]
    if not any(_all_numbers(cells) for cells in columns):
        return None
    own = dict(zip(names, columns, strict=True))
    likely = [name for name in names if not any(map(_is_fraction, own[name]))]
    likely.sort(key=lambda name: _spread(own[name]), reverse=True)
    return _Presumed(filled[0] + 1, tuple(names), tuple(likely))


def _blank(cell: Any) -> bool:
    """Tell whether a cell holds nothing."""
    return cell is None or not str(cell).strip()


def _is_number(cell: Any) -> bool:
    """Tell whether a cell is a number, or text that reads as one."""
    try:
        return math.isfinite(float(str(cell)))
    except ValueError:
        return False


def _all_numbers(cells: Sequence[Any]) -> bool:
    """Tell whether a column has numbers only."""
    told = [cell for cell in cells if not _blank(cell)]
    return bool(told) and all(map(_is_number, told))


def _is_fraction(cell: Any) -> bool:
    """Tell whether a cell is a number with decimals, which no id is."""
    return _is_number(cell) and not float(str(cell)).is_integer()


def _spread(cells: Sequence[Any]) -> float:
    """Return which share of the rows bears a value of its own: 1 where all do, none twice."""
    return len({str(cell) for cell in cells if not _blank(cell)}) / len(cells)
