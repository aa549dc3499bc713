"""Tables of boundary points (界址点坐标表) in a sheet: their headers, and blocks side by side.

X is the northing (纵坐标) in surveyors' tables, Y the easting; which is which is told later by
their magnitude. A page may hold two blocks of the same columns, read one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from landgis.base.schema import LAYERS
from landgis.io.ledger.headers import find_header
from landgis.io.row.cells import is_blank
from landgis.io.row.columns import plain_name, roles_of
from landgis.io.row.draft import SourceOptions
from landgis.io.sheet.sheets import Grid

__all__ = ["Block", "PointHeader", "is_id_name", "point_headers", "point_tables"]

_NORTH = re.compile(
    r"x|x坐标|坐标x|x值|x轴|n|北|北坐标|纵坐标x?|x纵坐标|纵轴|纬度|lat|latitude|northing|b"
)
_EAST = re.compile(
    r"y|y坐标|坐标y|y值|y轴|e|东|东坐标|横坐标y?|y横坐标|横轴|经度|lon|lng|longitude|easting|l"
)
_ONLY_NUMBER = re.compile(r"[-+0-9.,:/ ]*")
_LABEL = re.compile(
    r"(界址)?(点|桩|拐点|角点|顶点)(号|名|编号|点号)?|界址点(点)?号|界址|j号|point(no)?"
)
_RUNNING = re.compile(r"序号|编号|号|no|id")
_SIDE = re.compile(r"(界址)?(线|边)?(边长|间距|长度|距离)(m|米)?|sidelength|length")
_RING = re.compile(r"(地块)?圈号|环号|圈|环|线环|ring")
_IDS = re.compile(
    r"(宗地|地块|权属地块|图斑|不动产单元|项目|红线|安置区|区片)(代码|编号|号|编码)|宗地|地块|图斑"
    r"|zddm|zdbh|dkbh|bdcdyh|parcel(_?id)?"
)
#: rows of coordinates that a parcel has at least, so that a column of ids is one of its points
_FEWEST = 3


@dataclass(frozen=True)
class Block:
    """Columns of one block of points, by position."""

    north: int
    east: int
    label: int | None = None
    side: int | None = None
    ring: int | None = None


@dataclass(frozen=True)
class PointHeader:
    """A header of points: its rows, its blocks from left to right, its other columns by name."""

    first: int
    last: int
    blocks: tuple[Block, ...]
    others: dict[int, str]
    id_column: int | None


def point_tables(
    grids: Sequence[Grid], layer_name: str, options: SourceOptions
) -> dict[int, list[PointHeader]]:
    """Return the sheets that are tables of boundary points, by position, with their headers.

    A ledger of parcels whose rows name one point each is none.
    """
    found = {at: point_headers(grid, layer_name, options) for at, grid in enumerate(grids)}
    return {
        at: headers
        for at, headers in found.items()
        if headers and _is_of_points(grids[at], headers, layer_name)
    }


def point_headers(grid: Grid, layer_name: str, options: SourceOptions) -> list[PointHeader]:
    """Return the headers of points in a sheet, from top to bottom."""
    named = {name for name, role in options.columns.items() if role == LAYERS[layer_name].id}
    north = _norths(grid)
    found = []
    for at, row in enumerate(grid.rows) if north else ():
        if north.isdisjoint(row):
            continue
        texts = {
            column: plain_name(cell)
            for column, cell in enumerate(row)
            if isinstance(cell, str) and not is_blank(cell)
        }
        header = _header(grid, at, texts, named)
        if header is not None:
            found.append(header)
    return found


def _norths(grid: Grid) -> set[str]:
    """Return the texts of a sheet that name a northing; every distinct one is looked at once."""
    texts = {cell for row in grid.rows for cell in row if isinstance(cell, str)}
    return {
        text
        for text in texts
        if not _ONLY_NUMBER.fullmatch(text) and _NORTH.fullmatch(plain_name(text))
    }


def is_id_name(name: str, layer_name: str) -> bool:
    """Tell whether a name is that of a parcel's code."""
    layer = LAYERS[layer_name]
    return bool(_IDS.fullmatch(plain_name(name))) or layer.id in roles_of(name, layer_name)


def _header(grid: Grid, at: int, texts: dict[int, str], named: set[str]) -> PointHeader | None:
    """Return the header whose X and Y stand in a row; the row above may hold its other names."""
    roles = {column: role for column, one in texts.items() if (role := _role(one))}
    first = at
    if at > 0 and not _labelled(roles):
        above = {
            column: plain_name(cell)
            for column, cell in enumerate(grid.rows[at - 1])
            if isinstance(cell, str) and not is_blank(cell) and column not in texts
        }
        more = {column: role for column, one in above.items() if (role := _role(one))}
        if set(more.values()) - {"north", "east"}:
            roles, first = more | roles, at - 1
            texts = above | texts
    blocks = _blocks(roles)
    if not blocks:
        return None
    taken = {c for b in blocks for c in (b.north, b.east, b.label, b.side, b.ring)}
    others = {column: one for column, one in sorted(texts.items()) if column not in taken}
    sent = {column: str(_name_at(grid, first, at, column)) for column in others}
    ids = [c for c, name in sent.items() if name in named or _IDS.fullmatch(plain_name(name))]
    return PointHeader(first, at, blocks, sent, ids[0] if ids else None)


def _name_at(grid: Grid, first: int, last: int, column: int) -> str:
    """Return the name of a column as sent, without blanks."""
    for at in range(last, first - 1, -1):
        row = grid.rows[at]
        if column < len(row) and not is_blank(row[column]):
            return "".join(str(row[column]).split())
    return ""


def _role(plain: str) -> str | None:
    """Return what a column of points is, None where it is none."""
    for role, pattern in (
        ("north", _NORTH),
        ("east", _EAST),
        ("label", _LABEL),
        ("side", _SIDE),
        ("ring", _RING),
        ("running", _RUNNING),
    ):
        if pattern.fullmatch(plain):
            return role
    return None


def _labelled(roles: dict[int, str]) -> bool:
    """Tell whether a header says that its rows are points."""
    return bool({"label", "side", "ring", "running"} & set(roles.values()))


def _blocks(roles: dict[int, str]) -> tuple[Block, ...]:
    """Return the blocks of columns from left to right: one ends where a role comes again."""
    blocks: list[dict[str, int]] = [{}]
    for column, role in sorted(roles.items()):
        name = "label" if role == "running" and "label" not in blocks[-1] else role
        if name in blocks[-1] and {"north", "east"} <= set(blocks[-1]):
            blocks.append({})
            name = "label" if role == "running" else role
        blocks[-1].setdefault(name, column)
        if role == "label":
            blocks[-1]["label"] = column  # a point's own name goes before a running number
    whole = [one for one in blocks if {"north", "east"} <= set(one)]
    return tuple(
        Block(one["north"], one["east"], one.get("label"), one.get("side"), one.get("ring"))
        for one in whole
    )


def _is_of_points(grid: Grid, headers: Sequence[PointHeader], layer_name: str) -> bool:
    """Tell whether the rows below the headers are points, and not parcels with a point each."""
    head = headers[0]
    own = [plain_name(_name_at(grid, head.first, head.last, b.label or 0)) for b in head.blocks]
    marked = any(b.side is not None or b.ring is not None for b in head.blocks)
    if marked or any(_LABEL.fullmatch(name) for name in own):
        return True
    if head.id_column is None:
        header = find_header(grid, layer_name)
        return header is None or len(header.names) <= len(head.blocks) * 3 + 1
    column = head.id_column
    rows = [row for row in grid.rows[head.last + 1 :] if _has_point(row, head)]
    ids = {row[column] for row in rows if column < len(row) and not is_blank(row[column])}
    return len(rows) >= _FEWEST * max(1, len(ids))


def _has_point(row: Sequence[Any], header: PointHeader) -> bool:
    """Tell whether a row has coordinates in its first block."""
    block = header.blocks[0]
    return max(block.north, block.east) < len(row) and not (
        is_blank(row[block.north]) or is_blank(row[block.east])
    )
