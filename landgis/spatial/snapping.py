"""Vertices beside a neighbour's border, and where each of them belongs.

A *node* is a place where parcels have a vertex; it moves in all of them at once. Beside the border
of a parcel that does not have it, it goes

- onto that parcel's nearest vertex within reach, where of two nodes that could both move the one
  stands that more parcels have, else that of the parcel surveyed first, else of the one with fewer
  nodes astray, else of the smaller id;
- else onto the nearest place of the border, which gets a vertex there. A node that several
  parcels have, or that is within `ON_BORDER_M` of the border, stays, and the border goes through
  it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from landgis.spatial.common_ground import Grounds
from landgis.spatial.redrawing import Insert, edges_of, redrawn
from landgis.spatial.shapes import Floats, Ints, Mask, moved
from landgis.spatial.vertices import ON_BORDER_M, beside_borders, perhaps_loose

__all__ = ["Beside", "Pairs", "Steps", "Terms", "beside", "steps_of", "taken"]

Pairs = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Terms:
    """What may move, and who stands.

    Attributes
    ----------
    reach : float
        m; what is nearer to a border belongs on it.
    free : ndarray of bool
        Shapes that may be drawn anew; nothing goes onto the border of another.
    rank : ndarray of int
        Order of the shapes by survey; the lower stands.
    thin : frozenset of (int, int)
        Pairs, either way, with a sliver between them: all their nodes move, however near.
    disputed : frozenset of (int, int)
        Pairs, either way, between which nothing moves.
    """

    reach: float
    free: Mask
    rank: Ints
    thin: Pairs
    disputed: Pairs


@dataclass(frozen=True)
class Steps:
    """What to draw anew.

    Attributes
    ----------
    moves : dict
        Nodes to the places they move to.
    inserts : dict
        Shapes to the points that are put into their borders.
    shapes : dict
        Nodes that may move to the shapes that have them.
    astray : dict
        Shapes to the number of their nodes that may move.
    """

    shapes: dict[complex, tuple[int, ...]]
    astray: Counter[int]
    moves: dict[complex, complex] = field(default_factory=dict)
    inserts: dict[int, list[Insert]] = field(default_factory=dict)

    @property
    def touched(self) -> dict[int, dict[complex, complex]]:
        """Return the shapes that are drawn anew, each with its own moves."""
        out: dict[int, dict[complex, complex]] = {shape: {} for shape in self.inserts}
        for node, place in self.moves.items():
            for shape in self.shapes[node]:
                out.setdefault(shape, {})[node] = place
        return dict(sorted(out.items()))


@dataclass(frozen=True)
class _Nodes:
    """Places where shapes have a vertex; those of one place follow each other in `shape`."""

    xy: Floats
    first: Ints
    shape: Ints
    thin: Mask

    def owners(self, node: int) -> tuple[int, ...]:
        """Return the shapes that have a node, in order."""
        return tuple(self.shape[self.first[node] : self.first[node + 1]].tolist())


def _nodes(grounds: Grounds, terms: Terms) -> _Nodes:
    """Return the nodes that may move: of one shape only, or of one beside a sliver."""
    at = perhaps_loose(grounds)
    xy, shape = grounds.borders.xy[at], grounds.borders.shape[grounds.borders.ring_at(at)]
    order = np.lexsort((shape, xy[:, 1], xy[:, 0]))
    xy, shape = xy[order], shape[order]
    step = np.ones(len(at), dtype=np.bool_)
    step[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    once = step.copy()
    once[1:] |= shape[1:] != shape[:-1]
    xy, shape, step = xy[once], shape[once], step[once]
    first = np.r_[np.flatnonzero(step), len(shape)]
    if not len(shape):
        return _Nodes(xy, first, shape, step)
    slivers = np.unique([one for pair in terms.thin for one in pair])
    thin = np.logical_or.reduceat(np.isin(shape, slivers), first[:-1])
    free = np.logical_and.reduceat(terms.free[shape], first[:-1])
    kept = free & (thin | (np.diff(first) == 1))
    per_shape = np.repeat(kept, np.diff(first))
    ends = np.r_[0, np.cumsum(np.diff(first)[kept])]
    return _Nodes(xy[first[:-1][kept]], ends, shape[per_shape], thin[kept])


@dataclass(frozen=True, order=True)
class Beside:
    """A node, the shapes that have it, and a shape whose border it lies beside (m)."""

    east: float
    north: float
    other: int
    shapes: tuple[int, ...]
    distance: float

    @property
    def node(self) -> complex:
        """Return the place of the node near the origin."""
        return complex(self.east, self.north)


def beside(grounds: Grounds, terms: Terms) -> list[Beside]:
    """Return the nodes that belong on a border beside them, in the order of their places."""
    nodes = _nodes(grounds, terms)
    at, others, distances = beside_borders(grounds, nodes.xy, terms.reach)
    some = (distances > ON_BORDER_M) | nodes.thin[at]
    found = []
    for k, other, distance in zip(
        at[some].tolist(), others[some].tolist(), distances[some].tolist(), strict=True
    ):
        owners = nodes.owners(k)
        pairs = {(one, other) for one in owners}
        if other in owners or not terms.free[other] or pairs & terms.disputed:
            continue
        if pairs & terms.thin or (distance > ON_BORDER_M and len(owners) == 1):
            east, north = nodes.xy[k].tolist()
            found.append(Beside(east, north, other, owners, distance))
    return sorted(found)


class _Outlines:
    """The borders of shapes near the origin, looked up by position."""

    def __init__(self, grounds: Grounds, at: Ints) -> None:
        shapes = grounds.near(at)
        edges = [edges_of(shape) for shape in shapes]
        self.edges = dict(zip(at.tolist(), edges, strict=True))

    def nearest_vertex(self, node: complex, shapes: list[int]) -> tuple[float, complex]:
        """Return the distance to the nearest vertex of some shapes, and the vertex."""
        at = np.concatenate([self.edges[shape][0] for shape in shapes])
        far = np.abs(at - node)
        k = np.lexsort((at.imag, at.real, far))[0]
        return float(far[k]), complex(at[k])

    def place(self, shape: int, node: complex) -> Insert:
        """Return the ends of the nearest edge, and the nearest place on it."""
        start, end = self.edges[shape]
        way = end - start
        square = np.maximum(np.abs(way) ** 2, np.finfo(float).tiny)
        along = np.clip(((node - start) * way.conjugate()).real / square, 0, 1)
        spot = start + along * way
        k = int(np.argmin(np.abs(spot - node)))
        return complex(start[k]), complex(end[k]), complex(spot[k])


def steps_of(grounds: Grounds, terms: Terms, found: list[Beside]) -> Steps:
    """Return what one round draws anew: each node goes to a place that stays in this round.

    Parameters
    ----------
    found : list of Beside
        What `beside` returned for the same grounds and terms.
    """
    shapes = {one.node: one.shapes for one in found}
    steps = Steps(shapes, Counter(shape for some in shapes.values() for shape in some))
    outlines = _Outlines(grounds, np.unique([one.other for one in found]).astype(np.intp))
    coming = {(one.node, one.other) for one in found}
    fixed: set[complex] = set()
    for node, rows in groupby(found, key=lambda one: one.node):
        others = list(rows)
        if node in fixed:
            continue
        far, vertex = outlines.nearest_vertex(node, [one.other for one in others])
        if far >= terms.reach:
            _onto_edge(node, others, outlines, steps, fixed)
            continue
        comes = any((vertex, one) in coming for one in steps.shapes[node])
        if vertex in steps.moves or (comes and _standing(node, vertex, steps, terms) == node):
            continue
        steps.moves[node] = vertex
        fixed.add(vertex)
    return steps


def _onto_edge(
    node: complex,
    found: list[Beside],
    outlines: _Outlines,
    steps: Steps,
    fixed: set[complex],
) -> None:
    """Add the step of a node that gets a vertex on the border beside it."""
    nearest = min(found, key=lambda one: (one.distance, one.other))
    start, end, place = outlines.place(nearest.other, node)
    if nearest.distance <= ON_BORDER_M or len(nearest.shapes) > 1:
        place = node
    through = [one.other for one in found if {*outlines.place(one.other, node)[:2]} == {start, end}]
    if {start, end} & steps.moves.keys():
        return
    for shape in through:
        steps.inserts.setdefault(shape, []).append((start, end, place))
    fixed.update((start, end, place))
    if place != node:
        steps.moves[node] = place


def _standing(one: complex, other: complex, steps: Steps, terms: Terms) -> complex:
    """Return which of two nodes stands."""

    def order(node: complex) -> tuple[Any, ...]:
        shapes = steps.shapes[node]
        first = min((terms.rank[shape], steps.astray[shape], shape) for shape in shapes)
        return -len(shapes), first, node.real, node.imag

    return min(one, other, key=order)


def taken(grounds: Grounds, steps: Steps) -> dict[int, Any]:
    """Return the shapes as the steps draw them; None where one has no area left."""
    touched = steps.touched
    out: dict[int, Any] = {}
    for (at, moves), shape in zip(
        touched.items(), grounds.near(np.array([*touched], np.intp)), strict=True
    ):
        drawn = redrawn(shape, moves, steps.inserts.get(at, []))
        out[at] = None if drawn is None else moved(np.array([drawn]), grounds.origin)[0]
    return out
