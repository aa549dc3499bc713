"""Rings of a parcel in coordinate text, put together by geometry: holes, parts, closures.

Ring numbers are trusted only to tell where one ring ends; whether a ring is a hole or another part
is seen from where it lies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import shapely

from landgis.io.coordinate_grammar import Entry, Point

__all__ = ["CLOSING_M", "Outline", "assemble"]

#: points closer than this are one point (metres)
CLOSING_M = 1e-3
#: twice the area below which a ring is a line (m²)
_TWICE_AREA = 1e-8


@dataclass
class Outline:
    """A parcel's shape (first coordinate east), or why there is none; and what was noticed."""

    shape: shapely.Geometry | None = None
    defect: str | None = None
    notes: list[str] = field(default_factory=list)
    points: int = 0
    rings: int = 0


def assemble(entry: Entry) -> Outline:
    """Put the rings of a parcel together, northing first as written."""
    outline = Outline(points=len(entry.points))
    if entry.defect:
        outline.defect = entry.defect
        return outline
    rings = []
    for ring in _split(entry.points, outline):
        corners, closed = _closed(ring)
        if len(corners) < 3 or abs(_twice_area(corners)) <= _TWICE_AREA:
            outline.defect = _why_without_area(corners)
            return outline
        if not closed:
            outline.notes.append("ring_not_closed")
        rings.append(corners)
    outline.rings = len(rings)
    if not rings:
        outline.defect = "ring_without_area"
        return outline
    if not all(shapely.LinearRing(corners).is_simple for corners in rings):
        outline.defect = "ring_crosses_itself"
        return outline
    outline.shape = _nested(rings, outline)
    return outline


def _split(points: list[Point], outline: Outline) -> list[list[Point]]:
    """Split points where the ring number changes; a lone row may close the ring before."""
    runs = [list(run) for _, run in groupby(points, key=lambda point: point.ring)]
    rings: list[list[Point]] = []
    for run in runs:
        if len(run) == 1 and rings and _same(run[0], rings[-1][0]):
            rings[-1].append(run[0])
            outline.notes.append("ring_number_mended")
        else:
            rings.append(run)
    return rings


def _same(one: Point, other: Point) -> bool:
    """Tell whether two points are one."""
    return abs(one.first - other.first) <= CLOSING_M and abs(one.second - other.second) <= CLOSING_M


def _closed(ring: list[Point]) -> tuple[np.ndarray, bool]:
    """Return the distinct corners (second coordinate first), and whether the ring was closed."""
    corners = np.array([(point.second, point.first) for point in ring])
    if not np.isfinite(corners).all():
        return corners[:0], True
    closed = len(ring) > 1 and _same(ring[0], ring[-1])
    if closed:
        corners = corners[:-1]
    step = np.abs(np.diff(corners, axis=0, prepend=corners[-1:] + 1)).max(axis=1)
    return corners[step > 0], closed


def _twice_area(corners: np.ndarray) -> float:
    """Return twice the signed area of a ring, from its own corner on."""
    xy = corners - corners[0]
    east, north = xy[:, 0], xy[:, 1]
    return float(np.sum(east * np.roll(north, -1) - np.roll(east, -1) * north))


def _why_without_area(corners: np.ndarray) -> str:
    """Tell a line from a bow-tie whose halves cancel."""
    hull = shapely.convex_hull(shapely.MultiPoint(corners))
    flat = len(corners) < 3 or shapely.area(hull) <= _TWICE_AREA
    return "ring_without_area" if flat else "ring_crosses_itself"


def _nested(rings: list[np.ndarray], outline: Outline) -> shapely.Geometry:
    """Return rings as polygons: a ring inside an odd number of others is a hole."""
    faces = [shapely.Polygon(ring) for ring in rings]
    order = sorted(range(len(faces)), key=lambda at: (-faces[at].area, at))
    holders: dict[int, list[int]] = {}
    depth: dict[int, int] = {}
    for at in order:
        around = [
            other for other in depth if faces[other].contains(faces[at].representative_point())
        ]
        depth[at] = len(around)
        if depth[at] % 2 == 0:
            holders[at] = []
        else:
            holders[min(around, key=lambda other: faces[other].area)].append(at)
    if len(holders) > 1:
        outline.notes.append("ring_is_a_part")
    parts = [
        shapely.Polygon(rings[at], [rings[hole] for hole in sorted(holes)])
        for at, holes in sorted(holders.items())
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
