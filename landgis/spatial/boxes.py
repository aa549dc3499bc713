"""Which bounding boxes meet: a grid for each size of box, so that few need be compared.

A box stands in one cell only, that of its lower left corner in the grid of its size class, whose
cells are a little wider than any of its boxes; whoever asks looks one cell further to the west and
south. Cells are kept by their sorted numbers, so that neither a stray shape far away nor one of the
size of a county makes room for empty cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from landgis.spatial.compiling import compiled, sharded
from landgis.spatial.shapes import Floats, Ints

__all__ = ["Boxes", "touching"]

#: cells by which numbers of rows are apart; no grid has as many columns
_STRIDE = 1 << 31
#: by how much cells are wider than boxes: far more than what doubles round a cell's number by
_WIDER = 1 + 2.0**-12


def touching(boxes: Floats) -> tuple[Ints, Ints]:
    """Return the pairs (i < j) of boxes that meet or touch, sorted by both."""
    left, right = Boxes(boxes).meeting(boxes)
    once = left < right
    return left[once], right[once]


@dataclass(frozen=True)
class _Grid:
    """The boxes of one size class by their sorted cells: cell width, cells, boxes, and whose."""

    width: float
    cell: Ints
    box: Floats
    owner: Ints


class Boxes:
    """Bounding boxes to be asked which of them meet others.

    Parameters
    ----------
    boxes : ndarray of float, shape (n, 4)
        West, south, east, north; those that are not finite meet nothing.
    """

    def __init__(self, boxes: Floats) -> None:
        self.boxes = boxes
        there = np.flatnonzero(np.isfinite(boxes).all(axis=1))
        self._origin = boxes[there, :2].min(axis=0) if len(there) else np.zeros(2)
        self._grids = _grids_of(boxes, there, self._origin)

    def meeting(self, others: Floats) -> tuple[Ints, Ints]:
        """Return the pairs (other, box) that meet or touch, sorted by both."""
        counts = np.zeros(len(others), dtype=np.intp)
        order, none = self._walk(others), np.zeros(0, dtype=np.intp)

        def look(some: slice, fill: Ints, found: Ints) -> None:
            for grid in self._grids:
                _find(order[some], others, self._origin, grid.width, grid.cell, grid.box,
                      grid.owner, fill, found)  # fmt: skip

        sharded(lambda some: look(some, counts, none), len(others))
        ends = np.cumsum(counts)
        first, found = ends - counts, np.empty(int(counts.sum()), dtype=np.intp)
        fill = first.copy()
        if len(found):
            sharded(lambda some: look(some, fill, found), len(others))
            sharded(lambda some: _sort(first[some], ends[some], found), len(others))
        return np.repeat(np.arange(len(others)), counts), found

    def _walk(self, others: Floats) -> Ints:
        """Return an order in which neighbours come after each other: memory is slow, not grids."""
        if not self._grids:
            return np.arange(len(others))
        width = self._grids[-1].width
        with np.errstate(invalid="ignore", over="ignore"):
            row = np.clip((others[:, 1] - self._origin[1]) / width, -1.0, _STRIDE)
            column = np.clip((others[:, 0] - self._origin[0]) / width, -1.0, _STRIDE)
        row, column = np.nan_to_num(row, nan=-1.0), np.nan_to_num(column, nan=-1.0)
        return np.argsort(row.astype(np.intp) * _STRIDE + column.astype(np.intp), kind="stable")


def _grids_of(boxes: Floats, there: Ints, origin: Floats) -> list[_Grid]:
    """Return a grid for each size class."""
    if not len(there):
        return []
    extent = np.maximum(boxes[there, 2] - boxes[there, 0], boxes[there, 3] - boxes[there, 1])
    reach = float((boxes[there, :2] - origin).max())
    least = max(reach / (_STRIDE >> 1), np.finfo(np.float64).tiny)
    level = np.ceil(np.log2(np.maximum(extent, least))).astype(np.intp)
    out = []
    for one in np.unique(level):
        width = _WIDER * 2.0 ** float(one)
        members = there[level == one]
        column, row = (np.floor((boxes[members, side] - origin[side]) / width) for side in (0, 1))
        cell = row.astype(np.intp) * _STRIDE + column.astype(np.intp)
        order = np.argsort(cell, kind="stable")
        owner = members[order]
        out.append(_Grid(width, cell[order], boxes[owner], owner))
    return out


@compiled
def _first_at_least(cell: Ints, wanted: Any) -> int:
    """Return the first position in sorted cells that is not below a wanted one."""
    low, high = 0, len(cell)
    while low < high:
        middle = (low + high) // 2
        if cell[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _find(order: Ints, others: Floats, origin: Floats, width: float, cell: Ints, box: Floats,
          owner: Ints, fill: Ints, found: Ints) -> None:  # fmt: skip
    """Count in `fill` the boxes of a grid that meet each other box or, with room, put them down."""
    last = len(cell) - 1
    top, bottom = cell[last] // _STRIDE, cell[0] // _STRIDE
    for k in order:
        west, south, east, north = others[k, 0], others[k, 1], others[k, 2], others[k, 3]
        if not (west <= east and south <= north):
            continue
        left = max(np.floor((west - origin[0]) / width) - 1.0, 0.0)
        right = min(np.floor((east - origin[0]) / width), 1.0 * (_STRIDE - 1))
        low = max(np.floor((south - origin[1]) / width) - 1.0, 1.0 * bottom)
        high = min(np.floor((north - origin[1]) / width), 1.0 * top)
        if right < left or high < low:
            continue
        everything = high - low > len(cell)
        for row in range(int(low), int(low) + 1 if everything else int(high) + 1):
            at = 0 if everything else _first_at_least(cell, row * _STRIDE + int(left))
            end = row * _STRIDE + int(right)
            while at <= last and (everything or cell[at] <= end):
                apart = ((box[at, 0] > east) | (box[at, 2] < west)
                         | (box[at, 1] > north) | (box[at, 3] < south))  # fmt: skip
                if not apart:
                    if len(found):
                        found[fill[k]] = owner[at]
                    fill[k] += 1
                at += 1


@compiled
def _sort(first: Ints, end: Ints, found: Ints) -> None:
    """Sort what was found for each."""
    for k in range(len(first)):
        if end[k] - first[k] > 1:
            found[first[k] : end[k]].sort()
