"""How many m² two polygons have in common, without cutting either: the compiled part of the kernel.

Over a strip of eastings a polygon is a sum of slabs: all that lies below each of its edges, with +1
for an edge that has the ground below it and -1 for one that has it above. What two polygons share
is then a sum over all pairs of their edges,

    area = sum of s_a * s_b * integral of min(y_a, y_b) over the eastings that a and b share,

which is continuous in every coordinate: edges drawn along each other, shared corners and copies of
the same polygon need no special case and no tolerance. Edges that lie wholly below the other
polygon cancel and are left out; where no edge of a ground touches the bounding box of a shape, the
shape lies inside or outside as a whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from landgis.spatial.compiling import FILTER, compiled, sharded
from landgis.spatial.flat import Plots
from landgis.spatial.shapes import Floats, Ints, Mask, Shapes
from landgis.spatial.strips import strip_at

__all__ = ["common_areas", "points_inside"]

#: what is noted for a pair that is left to GEOS: more edges than pay
_JUDGE = -1.0
#: pairs of edges beyond which an overlay with an index costs less than the plain sum
_MOST_PAIRS = 1_000_000
#: m; an edge that is less wide from west to east has no ground below it, and no slope in doubles
_UPRIGHT = 1e-100


@compiled
def _lower(a_left: float, a_right: float, b_left: float, b_right: float) -> float:
    """Return twice the mean height of the lower of two lines over a common width."""
    left, right = a_left - b_left, a_right - b_right
    if left <= 0.0 and right <= 0.0:
        return a_left + a_right
    if left >= 0.0 and right >= 0.0:
        return b_left + b_right
    if left > 0.0:
        return a_left + a_right - left * left / (left - right)
    return a_left + a_right - right * right / (right - left)


@compiled
def _pick(plot: int, rings: Any, strips: Any, west: float, east: float, picked: Ints,
          side: Floats) -> int:  # fmt: skip
    """Fill in the edges of a shape between two eastings, and the sign of their rings."""
    xy, start, sign, first, last = rings
    number, strip_first, strip_west, width, begin, edge, ring_of = strips
    count, k = 0, number[plot]
    if k < 0:
        for ring in range(first[plot], last[plot]):
            for i in range(start[ring], start[ring + 1] - 1):
                if max(xy[i, 0], xy[i + 1, 0]) >= west and min(xy[i, 0], xy[i + 1, 0]) <= east:
                    picked[count], side[count] = i, sign[ring]
                    count += 1
        return count
    strips_here = strip_first[k + 1] - strip_first[k]
    lowest = strip_at(west, strip_west[k], width[k], strips_here)
    highest = strip_at(east, strip_west[k], width[k], strips_here)
    for strip in range(lowest, highest + 1):
        for at in range(begin[strip_first[k] + strip], begin[strip_first[k] + strip + 1]):
            i = edge[at]
            low, high = min(xy[i, 0], xy[i + 1, 0]), max(xy[i, 0], xy[i + 1, 0])
            if high < west or low > east:
                continue
            if max(strip_at(low, strip_west[k], width[k], strips_here), lowest) == strip:
                picked[count], side[count] = i, sign[ring_of[at]]
                count += 1
    return count


@compiled
def _load(xy: Floats, picked: Ints, side: Floats, count: int, x0: float, y0: float, floor: float,
          edges: Floats) -> int:  # fmt: skip
    """Copy the picked edges that are not below a floor; return how many.

    Columns of `edges`: west end (x, y), slope, east end, side (1: ground below), all from (x0, y0).
    """
    loaded = 0
    for k in range(count):
        i = picked[k]
        x1, y1, x2, y2 = xy[i, 0] - x0, xy[i, 1] - y0, xy[i + 1, 0] - x0, xy[i + 1, 1] - y0
        if abs(x2 - x1) < _UPRIGHT or max(y1, y2) <= floor:
            continue
        east = x1 > x2
        edges[loaded, 0], edges[loaded, 1] = (x2, y2) if east else (x1, y1)
        edges[loaded, 2] = (y2 - y1) / (x2 - x1)
        edges[loaded, 3] = x1 if east else x2
        edges[loaded, 4] = side[k] if east else -side[k]
        loaded += 1
    return loaded


@compiled
def _clear(xy: Floats, picked: Ints, side: Floats, count: int, box: Floats) -> int:
    """Return whether a box lies inside (1) or outside (0) a polygon, -1 if an edge touches it."""
    middle, depth = 0.5 * (box[0] + box[2]), 0.0
    for k in range(count):
        i = picked[k]
        x1, y1, x2, y2 = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
        if max(y1, y2) < box[1]:
            continue
        if min(y1, y2) <= box[3]:
            return -1
        if (x1 <= middle) != (x2 <= middle):
            depth += side[k] if x1 > x2 else -side[k]
    return 1 if depth > 0.5 else 0


@compiled
def _common(a: Floats, n: int, b: Floats, m: int) -> float:
    """Return the sum over pairs of loaded edges."""
    total = 0.0
    for i in range(n):
        a1, a2 = a[i, 0], a[i, 3]
        for j in range(m):
            west, east = max(a1, b[j, 0]), min(a2, b[j, 3])
            if west < east:
                total += (
                    a[i, 4] * b[j, 4] * 0.5 * (east - west)
                    * _lower(
                        a[i, 1] + (west - a1) * a[i, 2],
                        a[i, 1] + (east - a1) * a[i, 2],
                        b[j, 1] + (west - b[j, 0]) * b[j, 2],
                        b[j, 1] + (east - b[j, 0]) * b[j, 2],
                    )
                )  # fmt: skip
    return total


@compiled
def _areas(shape: Ints, ground: Ints, s: Any, s_strips: Any, g: Any, g_strips: Any, boxes: Floats,
           limits: Floats, own: Floats, most: Any, area: Floats, inside: Mask) -> None:  # fmt: skip
    """Fill in the common area of each pair, and whether the shape lies in the interior."""
    edge, side = np.empty(max(most[0], most[1]), np.intp), np.empty(max(most[0], most[1]))
    mine, other = np.empty((most[0], 5)), np.empty((most[1], 5))
    for k in range(len(shape)):
        p, q = shape[k], ground[k]
        count = _pick(q, g, g_strips, boxes[p, 0], boxes[p, 2], edge, side)
        clear = _clear(g[0], edge, side, count, boxes[p])
        if clear >= 0:
            inside[k] = clear == 1
            area[k] = own[p] * clear
            continue
        x0, y0 = boxes[p, 0], boxes[p, 1]
        m = _load(g[0], edge, side, count, x0, y0, 0.0, other)
        count = _pick(p, s, s_strips, limits[q, 0], limits[q, 2], edge, side)
        n = _load(s[0], edge, side, count, x0, y0, limits[q, 1] - y0, mine)
        area[k] = _JUDGE if n * m > _MOST_PAIRS else max(0.0, _common(mine, n, other, m))


@compiled
def _sides(point: Ints, ground: Ints, at: Floats, g: Any, strips: Any, most: int,
           side: Any) -> None:  # fmt: skip
    """Fill in 1 for points in a ground's interior, 0 outside, -1 on its border or too near."""
    xy, edge, sign = g[0], np.empty(most, np.intp), np.empty(most)
    for k in range(len(point)):
        x, y = at[point[k], 0], at[point[k], 1]
        inside, near = False, False
        for j in range(_pick(ground[k], g, strips, x, x, edge, sign)):
            i = edge[j]
            x1, y1, x2, y2 = xy[i, 0] - x, xy[i, 1] - y, xy[i + 1, 0] - x, xy[i + 1, 1] - y
            if max(y1, y2) < 0.0:
                continue
            left, right = x1 * y2, x2 * y1
            cross = left - right
            if min(y1, y2) <= 0.0 and abs(cross) <= FILTER * (abs(left) + abs(right)):
                near = True
            elif (x1 <= 0.0) != (x2 <= 0.0) and (cross > 0.0) == (x1 > x2):
                inside = not inside
        side[k] = -1 if near else 1 if inside else 0


def _arrays(plots: Plots) -> tuple[Any, Any]:
    """Return rings and strips as compiled code takes them."""
    rings, strips = plots.rings, plots.strips
    return (
        (rings.xy, rings.start, rings.sign, rings.first, rings.last),
        (strips.number, strips.first, strips.west, strips.width, strips.begin, strips.edge,
         strips.ring),
    )  # fmt: skip


def _most_edges(plots: Plots) -> int:
    """Return the number of edges of the shape that has most."""
    rings = plots.rings
    spans = rings.start[rings.last] - rings.start[rings.first]
    return int(spans.max(initial=0)) + 1


def common_areas(shapes: Plots, grounds: Plots, shape: Ints, ground: Ints) -> tuple[Floats, Mask]:
    """Return the m² that pairs of polygons have in common, and where nothing need be cut.

    Parameters
    ----------
    shapes, grounds : Plots
    shape, ground : ndarray of int
        Pairs by position, best sorted by shape.

    Returns
    -------
    area_m2 : ndarray of float
    inside : ndarray of bool
        True only where the shape lies in the ground's interior; False may also be one that does,
        close to the border.
    """
    area, inside = np.empty(len(shape)), np.zeros(len(shape), dtype=np.bool_)
    if not len(shape):
        return area, inside
    shapes, shape = shapes.some(shape)
    grounds, ground = grounds.some(ground)
    most = np.array([_most_edges(shapes), _most_edges(grounds)])

    def work(some: slice) -> None:
        _areas(shape[some], ground[some], *_arrays(shapes), *_arrays(grounds), shapes.boxes,
               grounds.boxes, shapes.areas, most, area[some], inside[some])  # fmt: skip

    sharded(work, len(shape))
    left = np.flatnonzero(area == _JUDGE)
    if len(left):
        area[left] = shapely.area(
            shapely.intersection(shapes.shapes[shape[left]], grounds.shapes[ground[left]])
        )
    return area, inside


def points_inside(points: Shapes, grounds: Plots, point: Ints, ground: Ints) -> tuple[Mask, Mask]:
    """Return which pairs of a point and a ground meet, and which in the ground's interior.

    Where doubles cannot tell a point from the border, GEOS decides.
    """
    side = np.zeros(len(point), dtype=np.int8)
    if len(point):
        grounds, ground = grounds.some(ground)
        at, most = shapely.get_coordinates(points), _most_edges(grounds)

        def work(some: slice) -> None:
            _sides(point[some], ground[some], at, *_arrays(grounds), most, side[some])

        sharded(work, len(point))
    meets, inside = side != 0, side == 1
    near = np.flatnonzero(side < 0)
    meets[near] = shapely.intersects(grounds.shapes[ground[near]], points[point[near]])
    inside[near] = shapely.contains_properly(grounds.shapes[ground[near]], points[point[near]])
    return meets, inside
