"""Borders settled round by round: each parcel as a whole within its budget, or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from landgis.spatial.common_ground import Grounds, grounds_of, overlaps, unowned_ground
from landgis.spatial.shapes import Floats, Ints, Mask, Shapes, boundary_widths, moved
from landgis.spatial.snapping import Beside, Pairs, Terms, beside, steps_of, taken

__all__ = ["Knobs", "Refusals", "changed_area", "settled"]

#: position of a shape to why it stays as it was, and the m² that its change would have come to
Refusals = dict[int, tuple[str, float]]
#: rounds after which borders that still move are left as they were
_ROUNDS = 20
#: m; parcels this near to a sliver of a gap have it as their neighbour
_AT_GAP_M = 1e-6


@dataclass(frozen=True)
class Knobs:
    """What settling may do.

    Attributes
    ----------
    sliver_m : float
        m; reach of a vertex, and width below which ground is a sliver.
    lines : ndarray of Polygon or MultiPolygon
        Red lines, inside which a gap is one.
    free : ndarray of bool
        Shapes that may be drawn anew.
    rank : ndarray of int
        Order by survey, in which they stand.
    limit, spent : ndarray of float
        m² that each may change by, and has changed by already.
    """

    sliver_m: float
    lines: Shapes
    free: Mask
    rank: Ints
    limit: Floats
    spent: Floats

    def at(self, some: Ints, free: Mask) -> Knobs:
        """Return the knobs of some shapes, fewer of them free."""
        return replace(
            self,
            free=self.free[some] & free,
            rank=self.rank[some],
            limit=self.limit[some],
            spent=self.spent[some],
        )


@dataclass(frozen=True)
class _State:
    """Shapes as they lie now, which of them overlap, and which nodes belong elsewhere."""

    grounds: Grounds
    pairs: pd.DataFrame
    terms: Terms
    found: list[Beside]


def changed_area(before: Shapes, after: Shapes) -> Floats:
    """Return the area (m²) that is in one of two shapes and not in the other."""
    if not len(before):
        return np.zeros(0)
    origin = np.floor(shapely.total_bounds(before)[:2])
    both = shapely.symmetric_difference(moved(before, -origin), moved(after, -origin))
    return np.asarray(shapely.area(both), dtype=np.float64)


def _either_way(pairs: pd.DataFrame) -> Pairs:
    """Return pairs in both orders."""
    sides = pairs["left"].tolist(), pairs["right"].tolist()
    return frozenset((*zip(*sides, strict=True), *zip(*sides[::-1], strict=True)))


def _at_thin_gaps(grounds: Grounds, knobs: Knobs) -> Pairs:
    """Return the pairs of shapes that lie beside one and the same sliver of a gap."""
    out: set[tuple[int, int]] = set()
    for line in moved(knobs.lines, -grounds.origin):
        parts = unowned_ground(grounds, line)
        thin = moved(parts[boundary_widths(parts) < knobs.sliver_m], grounds.origin)
        gap, shape = grounds.tree.query(thin, "dwithin", distance=_AT_GAP_M)
        for k in range(len(thin)):
            beside_it = shape[gap == k].tolist()
            out |= {(a, b) for a in beside_it for b in beside_it if a != b}
    return frozenset(out)


def _state(grounds: Grounds, pairs: pd.DataFrame, knobs: Knobs, at_gaps: Pairs) -> _State:
    """Return shapes with the nodes that belong elsewhere."""
    thin = pairs["code"].eq("parcel_sliver")
    terms = Terms(
        reach=knobs.sliver_m,
        free=knobs.free & grounds.sound,
        rank=knobs.rank,
        thin=at_gaps | _either_way(pairs[thin]),
        disputed=_either_way(pairs[~thin]),
    )
    return _State(grounds, pairs, terms, beside(grounds, terms))


def _after(state: _State, drawn: dict[int, Any], knobs: Knobs, at_gaps: Pairs) -> _State:
    """Return what is there after some shapes were drawn anew."""
    now = state.grounds.shapes.copy()
    now[[*drawn]] = [*drawn.values()]
    grounds = grounds_of(now)
    new = np.array(sorted(drawn), dtype=np.intp)
    old = state.pairs[~state.pairs[["left", "right"]].isin(new).any(axis=1)]
    tables = [one for one in (old, overlaps(grounds, knobs.sliver_m, new)) if len(one)]
    pairs = pd.concat(tables, ignore_index=True) if tables else old
    return _state(grounds, pairs, knobs, at_gaps)


def settled(shapes: Shapes, knobs: Knobs) -> tuple[Shapes, Refusals]:
    """Return shapes whose nodes lie on the borders beside them, and those left as they were.

    The whole layer is looked at before and after; the rounds between take only the shapes that
    move, with two rings of neighbours.
    """
    refused: Refusals = {}
    stirred: set[int] = set()
    at_gaps: Pairs = frozenset()
    now = shapes
    for _ in range(_ROUNDS):
        grounds = grounds_of(now)
        at_gaps |= _at_thin_gaps(grounds, knobs)
        free = knobs.free.copy()
        free[[*refused]] = False
        pairs = overlaps(grounds, knobs.sliver_m)
        state = _state(grounds, pairs, replace(knobs, free=free), at_gaps)
        touched = set(steps_of(state.grounds, state.terms, state.found).touched)
        if not touched:
            break
        stirred |= touched
        now = _around(shapes, knobs, stirred, at_gaps, refused)
    return now, refused


def _around(
    shapes: Shapes, knobs: Knobs, stirred: set[int], at_gaps: Pairs, refused: Refusals
) -> Shapes:
    """Return all shapes, those around the stirred ones settled; refusals are added."""
    tree = shapely.STRtree(shapes)
    ring = _with_neighbours(tree, np.array(sorted(stirred), dtype=np.intp), knobs.sliver_m)
    some = _with_neighbours(tree, ring, knobs.sliver_m)
    place = {int(shape): k for k, shape in enumerate(some)}
    near = frozenset((place[a], place[b]) for a, b in at_gaps if a in place and b in place)
    grounds = grounds_of(shapes[some])
    pairs = overlaps(grounds, knobs.sliver_m)
    while True:
        own = knobs.at(some, np.isin(some, ring) & ~np.isin(some, [*refused]))
        after, blamed = _rounds(_state(grounds, pairs, own, near), own, near)
        if not blamed:
            break
        refused |= {int(some[k]): why for k, why in blamed.items()}
    out = shapes.copy()
    out[some] = after
    return out


def _with_neighbours(tree: shapely.STRtree, some: Ints, reach: float) -> Ints:
    """Return some shapes and those whose bounding boxes are within reach of theirs."""
    west, south, east, north = shapely.bounds(tree.geometries[some]).T
    boxes = shapely.box(west - reach, south - reach, east + reach, north + reach)
    return np.union1d(some, tree.query(boxes)[1])


def _rounds(state: _State, knobs: Knobs, at_gaps: Pairs) -> tuple[Shapes, Refusals]:
    """Return shapes after as many rounds as it takes; or who is to blame that it cannot be done."""
    shapes = state.grounds.shapes
    for _ in range(_ROUNDS):
        steps = steps_of(state.grounds, state.terms, state.found)
        drawn = taken(state.grounds, steps)
        if not drawn:
            return state.grounds.shapes, {}
        blamed = _too_much(shapes, drawn, knobs)
        if blamed:
            return shapes, blamed
        then = _after(state, drawn, knobs, at_gaps)
        blamed = _not_better(state, then, drawn)
        if blamed:
            return shapes, blamed
        state = then
    return shapes, dict.fromkeys(drawn, ("unsettled", 0.0))


def _too_much(shapes: Shapes, drawn: dict[int, Any], knobs: Knobs) -> Refusals:
    """Return the shapes that would break, or change by more than they may."""
    at = np.array([*drawn], dtype=np.intp)
    after = np.array([*drawn.values()], dtype=object)
    before = shapes[at]
    whole = shapely.is_valid(after) & (_make_up(after) == _make_up(before)).all(axis=1)
    blamed: Refusals = {int(k): ("shape", 0.0) for k in at[~whole]}
    if blamed:
        return blamed
    wanted = knobs.spent[at] + changed_area(before, after)
    over = wanted > knobs.limit[at]
    return {int(k): ("budget", float(m2)) for k, m2 in zip(at[over], wanted[over], strict=True)}


def _make_up(shapes: Shapes) -> Ints:
    """Return the numbers of parts and rings of each shape."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    _, part = shapely.get_rings(parts, return_index=True)
    counts = [np.bincount(at, minlength=len(shapes)) for at in (owner, owner[part])]
    return np.stack(counts, axis=1)


def _not_better(before: _State, after: _State, drawn: dict[int, Any]) -> Refusals:
    """Return the shapes that come to overlap, or of which as many nodes as before lie astray."""
    fresh = after.terms.disputed - before.terms.disputed
    blamed = {shape for pair in fresh for shape in pair} & drawn.keys()
    if blamed:
        return dict.fromkeys(blamed, ("overlap", 0.0))
    was, are = (
        Counter(shape for one in state.found for shape in {*one.shapes, one.other})
        for state in (before, after)
    )
    return {shape: ("not_better", 0.0) for shape in drawn if are[shape] >= was[shape]}
