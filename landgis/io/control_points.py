"""Control points known in two systems (控制点成果表): a workbook or CSV, X north and Y east.

One row per point: its name, and its coordinates in the source and in the target system, in metres.
They check parameters of a datum shift; they are never shown, only how far each point is off.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.errors import CellError, SourceError
from landgis.base.units import parse_quantity
from landgis.io.sheet.sheets import Grid, read_grids

__all__ = ["read_control_points"]

#: column to how its header may begin; the axis stands at the end: 源X, 原坐标 X(m), source x
_NAMES = ("点名", "点号", "点名点号", "控制点", "控制点名", "name", "point", "id")
_SIDES = {
    "source": ("源", "源坐标", "原", "原坐标", "旧", "旧坐标", "转换前", "source", "from", "old"),
    "target": ("目标", "目标坐标", "新", "新坐标", "转换后", "target", "to", "new"),
}
_COLUMNS = ("name", "source_x", "source_y", "target_x", "target_y")
_WANTED = "点名、源X、源Y、目标X、目标Y"
_LOOK_AT = 20
_BRACKETED = re.compile(r"[(\[].*?[)\]]")
_BETWEEN = re.compile(r"[\s_/\-:]+")


def _roles() -> dict[str, str]:
    """Return plain headers by what they stand for."""
    known = dict.fromkeys(_NAMES, "name")
    for side, begins in _SIDES.items():
        for begin in begins:
            known |= {f"{begin}{axis}": f"{side}_{axis}" for axis in "xy"}
    return known


_KNOWN = _roles()


def read_control_points(path: Path, source: str) -> pd.DataFrame:
    """Read the control points of the first sheet that has them.

    Parameters
    ----------
    path : Path
        A workbook or CSV.
    source : str
        As the campaign names it.

    Returns
    -------
    DataFrame
        ``name``, ``source_x``, ``source_y``, ``target_x``, ``target_y`` (m, X north), ``row``.

    Raises
    ------
    SourceError
        If there is no such table, a cell is no number, a name is missing or there twice, or no
        point stands in it.
    """
    for grid in read_grids(path, source):
        for at, cells in enumerate(grid.rows[:_LOOK_AT]):
            places = _places(cells)
            if set(places) == set(_COLUMNS):
                return _points(grid, at, places, source)
    raise SourceError("points_header", source=source, words=_WANTED)


def _plain(cell: Any) -> str:
    """Return a header without blanks, brackets and signs, in lower case."""
    said = unicodedata.normalize("NFKC", cell if isinstance(cell, str) else "").casefold()
    return _BETWEEN.sub("", _BRACKETED.sub("", said))


def _places(cells: list[Any]) -> dict[str, int]:
    """Return where each column stands in a row that may be the header."""
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        role = _KNOWN.get(_plain(cell))
        if role is not None:
            found.setdefault(role, at)
    return found


def _points(grid: Grid, header: int, places: dict[str, int], source: str) -> pd.DataFrame:
    """Return the rows below a header; blank ones are none.

    Raises
    ------
    SourceError
        If a cell cannot be read, a name is missing or repeats, or there is no point.
    """
    rows: list[dict[str, Any]] = []
    for number, cells in enumerate(grid.rows[header + 1 :], start=header + 2):
        own = {role: cells[at] if at < len(cells) else None for role, at in places.items()}
        if all(cell is None or str(cell).strip() == "" for cell in own.values()):
            continue
        name = str(own.pop("name") or "").strip()
        if not name or name in {row["name"] for row in rows}:
            raise SourceError("points_name", source=source, row=number)
        numbers = {role: _number(cell, source, number) for role, cell in own.items()}
        rows.append({"name": name, **numbers, "row": number})
    if not rows:
        raise SourceError("points_none", source=source)
    return pd.DataFrame(rows)[[*_COLUMNS, "row"]]


def _number(cell: Any, source: str, row: int) -> float:
    """Return a coordinate.

    Raises
    ------
    SourceError
        If it is no number of metres.
    """
    try:
        quantity = parse_quantity(cell)
    except CellError:
        quantity = None
    if quantity is None or quantity.value is None or quantity.unit not in (None, "m", "米"):
        raise SourceError("points_number", source=source, row=row)
    return quantity.value
