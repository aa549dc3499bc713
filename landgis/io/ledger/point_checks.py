"""Side lengths written beside boundary points, checked against their coordinates.

Tolerance: 5 cm, the mean error of boundary points of class I in town cadastres, and half the last
digit written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from landgis.io.coordinate.grammar import Point
from landgis.io.ledger.point_rows import Parcel

__all__ = ["SIDE_TOLERANCE_M", "differing_sides"]

SIDE_TOLERANCE_M = 0.05


def differing_sides(parcel: Parcel) -> list[tuple[str, int, float, float]]:
    """Return the sides that are not as long as written: point, row, stated, computed (m).

    A length stands beside the point where its side begins, or where it ends: as most fit.
    """
    rings: dict[str, list[int]] = {}
    for at, point in enumerate(parcel.points):
        rings.setdefault(point.ring, []).append(at)
    places = {at: (ring, place) for ring in rings.values() for place, at in enumerate(ring)}
    ways = []
    for step in (1, -1):
        differing = []
        for at, (said, row) in parcel.sides.items():
            length = _length(parcel.points, *places[at], step)
            if abs(length - said) > SIDE_TOLERANCE_M + _half_digit(said):
                differing.append((parcel.points[at].label, row, said, round(length, 3)))
        ways.append(differing)
    return min(ways, key=len)


def _length(points: Sequence[Point], ring: Sequence[int], place: int, step: int) -> float:
    """Return the distance from a point to the next (or last) one of its ring, round its end."""
    here = points[ring[place]]
    at = place + step
    if not 0 <= at < len(ring):
        at %= len(ring)
        if _distance(here, points[ring[at]]) < SIDE_TOLERANCE_M:
            at = (at + step) % len(ring)  # the ring is closed by a row of its own
    return _distance(here, points[ring[at]])


def _distance(one: Point, other: Point) -> float:
    """Return the distance of two points."""
    return math.dist((one.first, one.second), (other.first, other.second))


def _half_digit(said: float) -> float:
    """Return half of the last digit written, of three at most."""
    decimals = len(f"{said:.3f}".rstrip("0").partition(".")[2])
    return 0.5 * 10.0**-decimals
