"""Edges that no neighbour answers: where parcels may overlap or leave gaps.

Walk every parcel with its ground on the left hand. Along a border that two parcels share exactly,
one walks against the other and their edges cancel. What is left over, added up with its direction,
is the border between grounds of different depth: one parcel, none, or several. So every overlap
and every gap is bounded by such *loose* edges, and a parcel without any lies between neighbours
that neither overlap it from its border on nor leave anything open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from landgis.spatial.shapes import TOUCH, Floats, Ints, Mask, Shapes

__all__ = ["Borders", "Loose", "Points", "borders_of", "loose_edges", "uneven", "vertex_keys"]

Points = npt.NDArray[np.complex128]
Keys = npt.NDArray[np.uint64]

# odd numbers without pattern: each bit of a product depends on all lower ones of its factors
_MIX = tuple(np.uint64(m) for m in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xBF58476D1CE4E5B9))
_HALF = np.uint64(32)
#: m² per parcel; what straightened edges may move in all, so that no touch becomes an overlap
_STRAIGHT_M2 = TOUCH / 4
_POLYGON = 3


@dataclass(frozen=True)
class Borders:
    """The vertices of all rings in a row, near the origin.

    Attributes
    ----------
    xy : ndarray of float, (n, 2)
        m; each ring closed.
    first : ndarray of int
        Per ring the place of its first vertex in `xy`, and the length of `xy` at the end.
    shape : ndarray of int
        Per ring the position of its shape.
    hole : ndarray of bool
        Per ring whether it is an inner one.
    """

    xy: Floats
    first: Ints
    shape: Ints
    hole: Mask

    @property
    def points(self) -> Points:
        """Return the vertices as complex numbers: one comparison each."""
        out: Points = self.xy.view(np.complex128).ravel()
        return out

    @property
    def begins(self) -> Mask:
        """Tell which vertices begin an edge; the last of a ring does not."""
        out = np.ones(len(self.xy), dtype=np.bool_)
        out[self.first[1:] - 1] = False
        return out

    def per_vertex(self, of_rings: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a property of the rings for each of their vertices."""
        return np.repeat(of_rings, np.diff(self.first))

    def ring_at(self, vertex: Ints) -> Ints:
        """Return the ring that each vertex belongs to."""
        return np.searchsorted(self.first, vertex, side="right") - 1

    def clockwise(self) -> Mask:
        """Tell which rings run clockwise."""
        x, y = self.xy[:, 0], self.xy[:, 1]
        strips = np.zeros(len(x))
        np.multiply(np.diff(x), y[1:] + y[:-1], out=strips[:-1])
        strips[self.first[1:] - 1] = 0
        out: Mask = np.add.reduceat(strips, self.first[:-1]) > 0
        return out


@dataclass(frozen=True)
class Loose:
    """Edges that no neighbour answers, with the ground of their shape on the left.

    Attributes
    ----------
    tail, head : ndarray of complex
        m, near the origin.
    start : ndarray of int
        Place in the borders' vertices of the one that the ring draws first.
    shape : ndarray of int
    share : float
        How many of all edges these are.
    """

    tail: Points
    head: Points
    start: Ints
    shape: Ints
    share: float


def borders_of(shapes: Shapes, origin: Floats) -> Borders:
    """Return the borders of (Multi)Polygons.

    Shapes that are missing or empty have none, nor have those with a coordinate that is no number.
    """
    kind = shapely.get_type_id(shapes)
    plain = (kind == _POLYGON) & (shapely.get_num_interior_rings(shapes) == 0)
    simple, other = np.flatnonzero(plain), np.flatnonzero(~plain & (kind >= 0))
    parts, of_part = shapely.get_parts(shapes[other], return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    counts = [shapely.get_num_coordinates(some) for some in (shapes[simple], rings)]
    drawings = [shapely.get_coordinates(some) for some in (shapes[simple], rings)]
    xy = np.concatenate(drawings) if len(rings) else drawings[0]
    xy -= origin
    drawn = counts[0] > 0  # an empty polygon has no ring
    out = Borders(
        xy,
        np.r_[0, np.cumsum(np.r_[counts[0][drawn], counts[1]])].astype(np.intp),
        np.r_[simple[drawn], other[of_part[of_ring]]].astype(np.intp),
        np.r_[np.zeros(drawn.sum(), np.bool_), np.diff(of_ring, prepend=-1) == 0],
    )
    lost = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    if not len(lost):
        return out
    known = shapes.copy()
    known[out.shape[out.ring_at(lost)]] = None
    return borders_of(known, origin)


def vertex_keys(xy: Floats) -> Keys:
    """Return a number per vertex; vertices in different places may share it by chance."""
    bits = xy.view(np.uint64)
    key: Keys = bits[:, 0] * _MIX[0]
    key ^= key >> _HALF
    key += bits[:, 1] * _MIX[1]
    key *= _MIX[2]
    key ^= key >> _HALF
    return key


def _edge_keys(xy: Floats) -> Keys:
    """Return a number per edge that is the same both ways; other edges may share it by chance."""
    key = vertex_keys(xy)
    edge: Keys = key[:-1] + key[1:]
    edge *= _MIX[0]
    edge ^= edge >> _HALF
    edge *= _MIX[1]
    return edge


def _net(tail: Points, head: Points) -> tuple[Ints, Ints]:
    """Return which edges are the same both ways, and how often more one way than the other.

    Returns
    -------
    group, net : ndarray of int
        Per edge its number, and per number the walks one way less those the other way.
    """
    swap = (tail.real > head.real) | ((tail.real == head.real) & (tail.imag > head.imag))
    low, high = np.where(swap, head, tail), np.where(swap, tail, head)
    order = np.lexsort((high.imag, high.real, low.imag, low.real))
    low, high = low[order], high[order]
    new = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])]
    group = np.empty(len(tail), dtype=np.intp)
    group[order] = np.cumsum(new) - 1
    net = np.bincount(group, weights=np.where(swap, -1, 1))
    return group, net.astype(np.intp)


def _candidates(key: Keys, edge: Ints, points: Points, turned: Mask) -> tuple[Ints, Ints]:
    """Return edges alone with their key, and those of other groups than an edge and its answer."""
    bits = np.uint64(max(1, len(key).bit_length()))
    key = (key >> bits << bits) | np.arange(len(key), dtype=np.uint64)
    key.sort()
    at = edge[(key & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.intp)]
    key >>= bits
    same = np.r_[False, key[1:] == key[:-1], False]
    del key
    grouped = same[:-1] | same[1:]
    two = np.flatnonzero(same[1:-1] & ~same[:-2] & ~same[2:])
    one, other = at[two], at[two + 1]
    against = (points[one] == points[other + 1]) & (points[one + 1] == points[other])
    against &= turned[one] == turned[other]
    settled = two[against]
    alone = at[~grouped]
    grouped[settled] = grouped[settled + 1] = False
    return alone, at[grouped]


def loose_edges(borders: Borders, sound: Mask) -> Loose:
    """Return the edges of sound shapes that no other sound shape walks the other way.

    Parameters
    ----------
    sound : ndarray of bool
        Per shape: valid polygons only, for others have no left and right.
    """
    points = borders.points
    turned = borders.per_vertex(borders.clockwise() != borders.hole)
    begins = borders.begins & borders.per_vertex(sound[borders.shape])
    begins[:-1] &= points[1:] != points[:-1]
    edge = np.flatnonzero(begins)
    if not len(edge):
        none = np.zeros(0, dtype=np.complex128)
        return Loose(none, none, edge, edge, 0.0)
    alone, unclear = _candidates(_edge_keys(borders.xy)[begins[:-1]], edge, points, turned)
    tail, head = _walked(points, unclear, turned)
    group, net = _net(tail, head)
    open_ = unclear[net[group] != 0]
    start = np.sort(np.r_[alone, open_])
    tail, head = _walked(points, start, turned)
    shape = borders.shape[borders.ring_at(start)]
    return Loose(tail, head, start, shape, len(start) / len(edge))


def _walked(points: Points, start: Ints, turned: Mask) -> tuple[Points, Points]:
    """Return where edges begin and end for one who has the ground on the left hand."""
    back = turned[start]
    return points[start + back], points[start + ~back]


def _pass_through(tail: Ints, head: Ints, at: Points) -> Ints:
    """Return per edge the one that alone goes on from its end, and straight on; else itself."""
    itself = np.arange(len(tail))
    comes, goes = (np.bincount(side, minlength=len(at)) for side in (head, tail))
    after = np.full(len(at), -1)
    after[tail] = itself
    on = np.flatnonzero((comes[head] == 1) & (goes[head] == 1))
    step = at[head[on]] - at[tail[on]]
    then = at[head[after[head[on]]]] - at[head[on]]
    turn = step.conjugate() * then
    straight = (turn.real > 0) & (np.abs(turn.imag) / 2 < _STRAIGHT_M2)
    itself[on[straight]] = after[head[on[straight]]]
    return itself


def _ends_of_runs(then: Ints) -> Ints:
    """Return per edge the last one of the straight run it belongs to; in a closed run any of it."""
    last = then
    for _ in range(len(then).bit_length()):
        last = last[last]
    return last


def _straightened(loose: Loose) -> tuple[Ints, Mask, Floats]:
    """Return per edge the run it belongs to, and per run whether it is answered and what moves.

    A run is a row of loose edges that go straight on where no third one meets them: the border of
    one parcel with vertices that its neighbour across does not have. What moves is the area (m²)
    between the straight line from its beginning to its end and all runs between these two points.
    """
    at, ends = np.unique(np.r_[loose.tail, loose.head], return_inverse=True)
    tail, head = ends[: len(loose.tail)], ends[len(loose.tail) :]
    then = _pass_through(tail, head, at)
    begins = np.ones(len(tail), dtype=np.bool_)
    begins[then[then != np.arange(len(tail))]] = False
    last = _ends_of_runs(then)
    begin = np.full(len(tail), -1)
    begin[last[begins]] = np.flatnonzero(begins)
    first = begin[last]  # -1 in a closed run
    open_ = np.flatnonzero(first >= 0)
    known, run_of = np.unique(first[open_], return_inverse=True)
    run = np.full(len(tail), -1)
    run[open_] = run_of
    origin = loose.tail[first[open_]]
    fan = (loose.tail[open_] - origin).conjugate() * (loose.head[open_] - origin)
    moves = np.bincount(run_of, weights=np.abs(fan.imag) / 2, minlength=len(known))
    group, net = _net(loose.tail[known], loose.head[last[known]])
    answered: Mask = net[group] == 0
    between = np.bincount(group, weights=moves).astype(np.float64)[group]
    return run.astype(np.intp), answered, between


def uneven(loose: Loose, n: int) -> Mask:
    """Tell which of n shapes have a loose edge that is not answered by straight runs either.

    Vertices that only one side of a straight border has leave its edges loose. Such runs count as
    answered where that moves less than a quarter of `TOUCH` per shape.
    """
    out = np.zeros(n, dtype=np.bool_)
    if not len(loose.tail):
        return out
    run, answered, moves = _straightened(loose)
    settled = run >= 0
    settled[settled] = answered[run[settled]]
    spent = np.bincount(loose.shape[settled], weights=moves[run[settled]], minlength=n)
    out[loose.shape[~settled]] = True
    return out | (spent > _STRAIGHT_M2)
