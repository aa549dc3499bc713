"""The edges of large shapes by strips of eastings, so that few need be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from landgis.spatial.compiling import compiled
from landgis.spatial.rings import Rings
from landgis.spatial.shapes import Floats, Ints

__all__ = ["Strips", "strip_at", "strips_of"]

#: edges from which on a shape is worth an index
LARGE = 128


@dataclass(frozen=True)
class Strips:
    """Which edges of large shapes lie in which strip of eastings, so that few need be looked at.

    Attributes
    ----------
    number : ndarray of int
        Of each shape among the large ones, -1 for those that have no strips.
    first : ndarray of int
        Where in `begin` the strips of each large shape start, and at last where they end.
    west, width : ndarray of float
        Easting of the first strip of each large shape, and how wide its strips are.
    begin : ndarray of int
        Where in `edge` each strip starts, and at last where the last one ends.
    edge, ring : ndarray of int
        Positions of edges in `Rings.xy`, and their rings.
    """

    number: Ints
    first: Ints
    west: Floats
    width: Floats
    begin: Ints
    edge: Ints
    ring: Ints


def strips_of(rings: Rings, boxes: Floats) -> Strips:
    """Return the strips of shapes with many edges.

    An edge stands in every strip that it crosses; the number of strips is such that edges stand in
    four of them on average at most.
    """
    edges = rings.start[rings.last] - rings.start[rings.first]
    large = np.flatnonzero(edges >= LARGE)
    number = np.full(len(edges), -1, dtype=np.intp)
    number[large] = np.arange(len(large))
    west = boxes[large, 0]
    extent = np.maximum(boxes[large, 2] - west, np.finfo(np.float64).tiny)
    travelled = _travelled(large, rings.xy, rings.start, rings.first, rings.last)
    counts = np.minimum(
        edges[large] // 8, 3 * edges[large] * extent / np.maximum(travelled, extent)
    )
    counts = np.maximum(counts.astype(np.intp), 1)
    first = np.r_[0, np.cumsum(counts)].astype(np.intp)
    width = extent / counts
    drawn = rings.xy, rings.start, rings.first, rings.last
    none = np.zeros(0, dtype=np.intp)
    sizes = np.zeros(first[-1], dtype=np.intp)
    _sort_edges(large, *drawn, first, west, width, sizes, none, none)
    begin = np.r_[0, np.cumsum(sizes)].astype(np.intp)
    edge, ring = np.empty(begin[-1], dtype=np.intp), np.empty(begin[-1], dtype=np.intp)
    _sort_edges(large, *drawn, first, west, width, begin[:-1].copy(), edge, ring)
    return Strips(number, first, west, width, begin, edge, ring)


@compiled
def _travelled(large: Ints, xy: Floats, start: Ints, first: Ints, last: Ints) -> Any:
    """Return how far each large shape's border goes east and west, all in all."""
    out = np.zeros(len(large))
    for k in range(len(large)):
        for ring in range(first[large[k]], last[large[k]]):
            for i in range(start[ring], start[ring + 1] - 1):
                out[k] += abs(xy[i + 1, 0] - xy[i, 0])
    return out


@compiled
def strip_at(x: float, west: float, width: float, count: int) -> int:
    """Return the strip of an easting, the first or last one for what lies beyond."""
    return min(max(int((x - west) / width), 0), count - 1)


@compiled
def _sort_edges(large: Ints, xy: Floats, start: Ints, first: Ints, last: Ints, strip_first: Ints,
                west: Floats, width: Floats, fill: Ints, edge: Ints,
                ring_of: Ints) -> None:  # fmt: skip
    """Count the edges of each strip in `fill` or, with room in `edge`, put them there."""
    for k in range(len(large)):
        count = strip_first[k + 1] - strip_first[k]
        for ring in range(first[large[k]], last[large[k]]):
            for i in range(start[ring], start[ring + 1] - 1):
                low, high = min(xy[i, 0], xy[i + 1, 0]), max(xy[i, 0], xy[i + 1, 0])
                begin = strip_at(low, west[k], width[k], count)
                end = strip_at(high, west[k], width[k], count)
                for strip in range(strip_first[k] + begin, strip_first[k] + end + 1):
                    if len(edge):
                        edge[fill[strip]], ring_of[fill[strip]] = i, ring
                    fill[strip] += 1
