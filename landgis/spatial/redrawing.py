"""Polygons drawn anew with some vertices moved, put in or left out; nothing else changes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from landgis.spatial.coverage import Points
from landgis.spatial.vertices import REPEATED_M

__all__ = ["Insert", "edges_of", "redrawn", "without_repeats"]

Ring = list[complex]
#: a point to be put in between two vertices that follow each other
Insert = tuple[complex, complex, complex]


def _vertices(ring: Any) -> Points:
    """Return the vertices of a ring as complex numbers, the first one again at the end."""
    out: Points = shapely.get_coordinates(ring).view(np.complex128).ravel()
    return out


def edges_of(shape: Any) -> tuple[Points, Points]:
    """Return where the edges of a polygon begin and end."""
    rings = [_vertices(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
    return np.concatenate([ring[:-1] for ring in rings]), np.concatenate([r[1:] for r in rings])


def _parts(shape: Any) -> list[list[Ring]]:
    """Return the rings of each part, none closed; the outer one first."""
    parts = shapely.get_parts(shape)
    return [[_vertices(ring)[:-1].tolist() for ring in shapely.get_rings(part)] for part in parts]


def _drawn(parts: Iterable[list[Ring]]) -> Any:
    """Return the polygon or multipolygon of rings; None where a ring has no area left."""
    drawn = []
    for rings in parts:
        if min(map(len, rings)) < 3:
            return None
        shell, *holes = [[(p.real, p.imag) for p in ring] for ring in rings]
        drawn.append(shapely.Polygon(shell, holes))
    return drawn[0] if len(drawn) == 1 else shapely.MultiPolygon(drawn)


def _apart(ring: Ring, shared: Container[complex]) -> Ring:
    """Return a ring without the vertices that follow another within `REPEATED_M`.

    Of two the one stands that a neighbour has too, else the more western, southern one.
    """
    out: Ring = []
    for point in ring:
        if out and abs(point - out[-1]) < REPEATED_M:
            out[-1] = min(out[-1], point, key=lambda p: (p not in shared, p.real, p.imag))
        else:
            out.append(point)
    while len(out) > 1 and abs(out[0] - out[-1]) < REPEATED_M:
        last = out.pop()
        out[0] = min(out[0], last, key=lambda p: (p not in shared, p.real, p.imag))
    return out if len(out) == len(ring) else _apart(out, shared)


def without_repeats(shape: Any, shared: Container[complex]) -> Any:
    """Return a polygon without repeated points; None where a ring would have no area left.

    Parameters
    ----------
    shared : container of complex
        Vertices that a neighbour has too.
    """
    return _drawn([[_apart(ring, shared) for ring in rings] for rings in _parts(shape)])


def redrawn(shape: Any, moves: Mapping[complex, complex], inserts: Iterable[Insert]) -> Any:
    """Return a polygon with vertices put in between others, and then some moved.

    Returns
    -------
    Polygon, MultiPolygon or None
        None where a ring would have no area left.
    """
    between: dict[tuple[complex, complex], list[complex]] = {}
    for start, end, point in inserts:
        between.setdefault((start, end), []).append(point)
        between.setdefault((end, start), []).append(point)
    return _drawn(
        [[_moved(_filled(ring, between), moves) for ring in rings] for rings in _parts(shape)]
    )


def _filled(ring: Ring, between: Mapping[tuple[complex, complex], list[complex]]) -> Ring:
    """Return a ring with the points that belong between its vertices, in their order."""
    out: Ring = []
    for start, end in pairwise([*ring, ring[0]]):
        out.append(start)
        more = between.get((start, end), [])
        out.extend(point for _, point in sorted(_by_distance(start, more)))
    return out


def _by_distance(start: complex, points: Iterable[complex]) -> Iterable[tuple[float, complex]]:
    """Return points with their distance from a start; no two lie as far on one edge."""
    return {abs(point - start): point for point in points}.items()


def _moved(ring: Ring, moves: Mapping[complex, complex]) -> Ring:
    """Return a ring with vertices moved; those that come to lie on the one before fall away."""
    there = [moves.get(point, point) for point in ring]
    return [point for before, point in pairwise([there[-1], *there]) if before != point]
