"""The rings of polygons as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from landgis.spatial.compiling import compiled
from landgis.spatial.shapes import Floats, Ints, Shapes

__all__ = ["Rings", "rings_of"]


@dataclass(frozen=True)
class Rings:
    """The rings of polygons, one behind the other.

    Attributes
    ----------
    xy : ndarray of float, shape (n, 2)
        Corners; each ring closes with its first.
    start : ndarray of int
        Where in `xy` each ring begins, and at last where the last one ends.
    sign : ndarray of float
        1 where the ground lies on the left of a ring as it is drawn, else -1.
    first, last : ndarray of int
        Rings of each shape: ``first[k]`` up to, not including, ``last[k]``.
    """

    xy: Floats
    start: Ints
    sign: Floats
    first: Ints
    last: Ints


def rings_of(polygons: Shapes) -> Rings:
    """Return the rings of valid polygons and multipolygons.

    Plain polygons, which are most, hand over their coordinates at once, without an object per ring:
    each walk through the objects costs more than the arithmetic on what they hold.
    """
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    ends = np.searchsorted(owner, np.arange(len(polygons) + 1)).astype(np.intp)
    del owner
    plain = _close_at_their_end(xy, ends)
    simple, others = np.flatnonzero(plain), np.flatnonzero(~plain)
    counts = np.diff(ends)[simple]
    parts, owner = shapely.get_parts(polygons[others], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    if len(others):
        xy = np.concatenate([xy[np.repeat(plain, np.diff(ends))], shapely.get_coordinates(rings)])
        counts = np.r_[counts, shapely.get_num_coordinates(rings)]
    start = np.r_[0, np.cumsum(counts)].astype(np.intp)
    first = np.zeros(len(polygons), dtype=np.intp)
    last = np.zeros(len(polygons), dtype=np.intp)
    first[simple] = np.arange(len(simple))
    last[simple] = first[simple] + 1
    if len(others):
        end = len(simple) + np.cumsum(np.bincount(owner[part], minlength=len(others)))
        last[others] = end
        first[others] = np.r_[len(simple), end[:-1]]
    shell = np.ones(len(counts), dtype=np.bool_)
    shell[len(simple) + 1 :] = np.diff(part) > 0 if len(part) else False
    return Rings(xy, start, _signs(xy, start, shell), first, last)


@compiled
def _close_at_their_end(xy: Floats, ends: Ints) -> Any:
    """Tell which runs of coordinates are one ring: their first comes again at the end only."""
    out = np.ones(len(ends) - 1, np.bool_)
    for k in range(len(out)):
        begin, last = ends[k], ends[k + 1] - 1
        out[k] = last > begin
        for i in range(begin + 1, last):
            if xy[i, 0] == xy[begin, 0] and xy[i, 1] == xy[begin, 1]:
                out[k] = False
                break
    return out


@compiled
def _signs(xy: Floats, start: Ints, shell: Any) -> Any:
    """Return 1 for shells drawn counter-clockwise and holes drawn clockwise, else -1."""
    out = np.empty(len(start) - 1)
    for ring in range(len(out)):
        if start[ring] == start[ring + 1]:
            out[ring] = 1.0
            continue
        x, y, twice = xy[start[ring], 0], xy[start[ring], 1], 0.0
        for i in range(start[ring], start[ring + 1] - 1):
            twice += (xy[i, 0] - x) * (xy[i + 1, 1] - y) - (xy[i + 1, 0] - x) * (xy[i, 1] - y)
        out[ring] = 1.0 if (twice > 0) == shell[ring] else -1.0
    return out
