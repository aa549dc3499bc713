"""Rings of a parcel in coordinate text, put together by geometry: holes, parts, closures.

Ring numbers are trusted only to tell where one ring ends; whether a ring is a hole or another part
is seen from where it lies. Labels (J1, J2 …) are never asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import shapely

from landgis.io.coordinate.grammar import Entry, Point

__all__ = ["CLOSING_M", "Outline", "assemble"]

#: points closer than this are one point (metres); the least difference that three decimals show
CLOSING_M = 1e-3
#: twice the area below which a ring is a line (m²)
_TWICE_AREA = 1e-8
#: a degree is about a hundred kilometres: what both limits are in a file of degrees
_DEGREES, _CLOSING_DEG, _TWICE_AREA_DEG = 180.0, 1e-8, 1e-18
_NOISE = 1e-7
#: parts that share an edge do not overlap by more than this share of their area
_SAME_AREA = 1e-9
_FEWEST = 3


@dataclass
class Outline:
    """A parcel's shape (first coordinate east), or why there is none; and what was noticed."""

    shape: shapely.Geometry | None = None
    defect: str | None = None
    defect_line: int | None = None
    notes: list[str] = field(default_factory=list)
    points: int = 0
    rings: int = 0

    def spoil(self, code: str, line: int) -> Outline:
        """Note why there is no shape."""
        self.defect, self.defect_line = code, line
        return self


def assemble(entry: Entry) -> Outline:
    """Put the rings of a parcel together, northing first as written."""
    outline = Outline(points=len(entry.points))
    if entry.defect:
        return outline.spoil(entry.defect, entry.defect_line or entry.line)
    if not entry.points:
        return outline.spoil("ring_without_area", entry.line)
    limits = _Limits.of(entry.points)
    rings = []
    for ring in _split(entry.points, outline, limits):
        corners, closed = _closed(ring, limits)
        if len(corners) < _FEWEST or abs(_twice_area(corners)) <= limits.twice_area:
            return outline.spoil(_why_without_area(corners, limits), ring[0].line)
        if not closed:
            outline.notes.append("ring_not_closed")
        rings.append((corners, ring[0].line))
    outline.rings = len(rings)
    if _is_cut_short(entry, outline):
        return outline.spoil("text_points_missing", entry.points[-1].line)
    for corners, line in rings:
        if not shapely.LinearRing(corners).is_simple:
            return outline.spoil("ring_crosses_itself", line)
    return _nested([corners for corners, _ in rings], outline, entry.line)


@dataclass(frozen=True)
class _Limits:
    """What counts as one point and as no area, in the unit of the coordinates."""

    closing: float
    twice_area: float

    @classmethod
    def of(cls, points: list[Point]) -> _Limits:
        """Return the limits for metres, or for degrees where no coordinate is beyond them."""
        if all(abs(one.first) <= _DEGREES and abs(one.second) <= _DEGREES for one in points):
            return cls(_CLOSING_DEG, _TWICE_AREA_DEG)
        return cls(CLOSING_M + _NOISE, _TWICE_AREA)

    def same(self, one: Point, other: Point) -> bool:
        """Tell whether two points are one."""
        reach = self.closing
        return abs(one.first - other.first) <= reach and abs(one.second - other.second) <= reach


def _is_cut_short(entry: Entry, outline: Outline) -> bool:
    """Tell whether rows are missing: the header counts more, and a ring is open."""
    stated = entry.fields.get("count", "")
    if "ring_not_closed" not in outline.notes or not stated.isdecimal():
        return False
    return int(stated[:12]) > outline.points + outline.rings


def _split(points: list[Point], outline: Outline, limits: _Limits) -> list[list[Point]]:
    """Split points where the ring number changes, or where a ring closes and another begins."""
    runs = [list(run) for _, run in groupby(points, key=lambda point: point.ring)]
    rings: list[list[Point]] = []
    for run in runs:
        if len(run) == 1 and rings and limits.same(run[0], rings[-1][0]):
            rings[-1].append(run[0])
            outline.notes.append("ring_number_mended")
            continue
        found = _at_closures(run, limits)
        if len(found) > 1:
            outline.notes.append("rings_unnumbered")
        rings += found
    return rings


def _at_closures(run: list[Point], limits: _Limits) -> list[list[Point]]:
    """Split rows of one ring number after each row that closes a ring begun before it."""
    rings: list[list[Point]] = []
    places = np.array([(point.first, point.second) for point in run])
    start = 0
    while (end := _closure(places, start, limits.closing)) is not None:
        while end < len(run) and limits.same(run[end], run[start]):
            end += 1  # closed twice over
        rings.append(run[start:end])
        start = end
    if start < len(run):
        rings.append(run[start:])
    return rings


def _closure(places: np.ndarray, start: int, reach: float) -> int | None:
    """Return where the ring that begins at a row ends, looking ever farther; None: it is open."""
    look = 64
    while start + _FEWEST < len(places):
        near = places[start + _FEWEST : start + look]
        back = np.flatnonzero((abs(near - places[start]) <= reach).all(axis=1))
        if len(back):
            return start + _FEWEST + int(back[0]) + 1
        if start + look >= len(places):
            return None
        look *= 2
    return None


def _closed(ring: list[Point], limits: _Limits) -> tuple[np.ndarray, bool]:
    """Return the distinct corners (second coordinate first), and whether the ring was closed."""
    end = len(ring)
    while end > 1 and limits.same(ring[0], ring[end - 1]):
        end -= 1
    corners = np.array([(point.second, point.first) for point in ring[:end]])
    moved = np.ones(len(corners), dtype=bool)
    moved[1:] = (corners[1:] != corners[:-1]).any(axis=1)
    return corners[moved], end < len(ring)


def _twice_area(corners: np.ndarray) -> float:
    """Return twice the signed area of a ring, from its own corner on."""
    east, north = (corners - corners[0]).T
    return float(np.dot(east[:-1], north[1:]) - np.dot(east[1:], north[:-1]))


def _why_without_area(corners: np.ndarray, limits: _Limits) -> str:
    """Tell a line from a bow-tie whose halves cancel."""
    hull = shapely.convex_hull(shapely.MultiPoint(corners))
    flat = len(corners) < _FEWEST or shapely.area(hull) <= limits.twice_area
    return "ring_without_area" if flat else "ring_crosses_itself"


def _nested(rings: list[np.ndarray], outline: Outline, line: int) -> Outline:
    """Give an outline its shape: a ring inside an odd number of others is a hole."""
    if len(rings) == 1:
        outline.shape = shapely.Polygon(rings[0])
        return outline
    holders = _holders(rings)
    if holders is None:
        return outline.spoil("rings_cross", line)
    parts = [
        shapely.Polygon(rings[at], [rings[hole] for hole in holes])
        for at, holes in sorted(holders.items())
    ]
    if len(parts) > 1:
        outline.notes.append("ring_is_a_part")
    whole = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    shape = whole if shapely.is_valid(whole) else _joined(parts)
    if shape is None:
        return outline.spoil("rings_cross", line)
    outline.shape = shape
    return outline


def _holders(rings: list[np.ndarray]) -> dict[int, list[int]] | None:
    """Return outer rings with their holes, by position; None where a hole has no outer ring."""
    faces = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    areas = shapely.area(faces)
    inside = shapely.point_on_surface(faces)
    at, around = shapely.STRtree(faces).query(inside, predicate="within")
    larger = (areas[around] > areas[at]) | ((areas[around] == areas[at]) & (around < at))
    at, around = at[larger], around[larger]
    depth = np.bincount(at, minlength=len(rings))
    holders: dict[int, list[int]] = {int(one): [] for one in np.flatnonzero(depth % 2 == 0)}
    for hole in np.flatnonzero(depth % 2):
        near = around[at == hole]
        holder = int(near[np.argmin(areas[near])])
        if holder not in holders:
            return None
        holders[holder].append(int(hole))
    return holders


def _joined(parts: list[shapely.Polygon]) -> shapely.Geometry | None:
    """Return parts that share an edge as one, None where they overlap or are broken."""
    if not shapely.is_valid(parts).all():
        return None
    joined = shapely.union_all(parts)
    whole = float(shapely.area(parts).sum())
    return joined if abs(joined.area - whole) <= _SAME_AREA * whole else None
