"""Which polygons are surely sound: their ring meets itself nowhere. GEOS judges the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from landgis.spatial.compiling import FILTER, compiled
from landgis.spatial.shapes import Floats, Ints

__all__ = ["surely_sound"]

#: edges up to which each is compared with those beside it; more are left to GEOS
_MOST = 128


@compiled
def _aside(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> float:
    """Return a positive (negative) number if c surely lies left (right) of a to b, else 0."""
    left, right = (ax - cx) * (by - cy), (ay - cy) * (bx - cx)
    cross = left - right
    return cross if abs(cross) > FILTER * (abs(left) + abs(right)) else 0.0


@compiled
def _apart(xy: Floats, i: int, j: int) -> bool:
    """Tell whether two edges surely have no point in common."""
    ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
    cx, cy, dx, dy = xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1]
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return True
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return True
    c, d = _aside(ax, ay, bx, by, cx, cy), _aside(ax, ay, bx, by, dx, dy)
    if (c > 0.0 and d > 0.0) or (c < 0.0 and d < 0.0):
        return True
    a, b = _aside(cx, cy, dx, dy, ax, ay), _aside(cx, cy, dx, dy, bx, by)
    return bool((a > 0.0 and b > 0.0) or (a < 0.0 and b < 0.0))


@compiled
def _goes_on(xy: Floats, i: int, j: int) -> bool:
    """Tell whether an edge surely does not run back over the one before it."""
    ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
    dx, dy = xy[j + 1, 0], xy[j + 1, 1]
    if _aside(ax, ay, bx, by, dx, dy) != 0.0:
        return True
    return bool((bx - ax) * (dx - bx) + (by - ay) * (dy - by) > 0.0)


@compiled
def _is_simple(xy: Floats, start: int, end: int, order: Ints, west: Floats) -> bool:
    """Tell whether a ring surely meets itself nowhere but where it closes.

    Edges are looked at from west to east, each with those that begin before it ends.
    """
    edges = end - start - 1
    if edges < 3 or xy[start, 0] != xy[end - 1, 0] or xy[start, 1] != xy[end - 1, 1]:
        return False
    for k in range(edges):
        i = start + k
        if not (np.isfinite(xy[i, 0]) and np.isfinite(xy[i, 1])):
            return False
        if xy[i, 0] == xy[i + 1, 0] and xy[i, 1] == xy[i + 1, 1]:
            return False
        if not _goes_on(xy, i, start + (k + 1) % edges):
            return False
        begins, at = min(xy[i, 0], xy[i + 1, 0]), k
        while at > 0 and west[at - 1] > begins:
            west[at], order[at] = west[at - 1], order[at - 1]
            at -= 1
        west[at], order[at] = begins, k
    for at in range(edges):
        one = order[at]
        ends = max(xy[start + one, 0], xy[start + one + 1, 0])
        for after in range(at + 1, edges):
            if west[after] > ends:
                break
            other = order[after]
            steps = abs(one - other)
            if 1 < steps < edges - 1 and not _apart(xy, start + one, start + other):
                return False
    return True


@compiled
def surely_sound(first: Ints, last: Ints, xy: Floats, start: Ints, out: Any) -> None:
    """Fill in 1 for polygons that are surely valid, 0 for empty ones, -1 for GEOS to decide."""
    order, west = np.empty(_MOST, np.intp), np.empty(_MOST)
    for k in range(len(first)):
        if last[k] <= first[k]:
            out[k] = 0
            continue
        begin, end = start[first[k]], start[first[k] + 1]
        if end == begin:
            out[k] = 0 if last[k] == first[k] + 1 else -1
            continue
        alone = last[k] == first[k] + 1 and end - begin <= _MOST
        out[k] = 1 if alone and _is_simple(xy, begin, end, order, west) else -1
