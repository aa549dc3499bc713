"""Rings of a parcel in coordinate text, put together by geometry: holes, parts, closures.

Ring numbers are trusted only to tell where one ring ends; whether a ring is a hole or another part
is seen from where it lies. Labels (J1, J2 …) are never asked.
"""

from __future__ import annotations

from collections.abc import Sequence
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
#: rows of a ring that are looked at one by one
_FEW = 64


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


def assemble(entries: Sequence[Entry]) -> list[Outline]:
    """Put the rings of parcels together, northing first as written; crossings are sought at once.

    Parameters
    ----------
    entries : sequence of Entry
        Parcels as written.

    Returns
    -------
    list of Outline
        One for each, in order.
    """
    outlines = [Outline(points=len(entry.points)) for entry in entries]
    drawn = [_rings_of(entry, own) for entry, own in zip(entries, outlines, strict=True)]
    rings = [(at, ring, line) for at, own in enumerate(drawn) for ring, line in own]
    closed = _linear_rings([ring for _, ring, _ in rings])
    for (at, _, line), simple in zip(rings, shapely.is_simple(closed).tolist(), strict=True):
        if not simple and outlines[at].defect is None:
            outlines[at].spoil("ring_crosses_itself", line)
    faces = np.asarray(shapely.polygons(closed))
    for (at, _, _), face in zip(rings, faces, strict=True):
        if len(drawn[at]) == 1 and outlines[at].defect is None:
            outlines[at].shape = face
    for own, entry, outline in zip(drawn, entries, outlines, strict=True):
        if len(own) > 1 and outline.defect is None:
            _nested([ring for ring, _ in own], outline, entry.line)
    return outlines


def _linear_rings(rings: Sequence[np.ndarray]) -> np.ndarray:
    """Return corners as closed rings, all at once."""
    if not rings:
        return np.array([], dtype=object)
    at = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    return np.asarray(shapely.linearrings(np.concatenate(rings), indices=at))


def _rings_of(entry: Entry, outline: Outline) -> list[tuple[np.ndarray, int]]:
    """Return the corners of each ring of a parcel and its line; none where one is spoilt."""
    if entry.defect:
        outline.spoil(entry.defect, entry.defect_line or entry.line)
        return []
    if not entry.points:
        outline.spoil("ring_without_area", entry.line)
        return []
    limits = _Limits.of(entry.points)
    rings = []
    for ring in _split(entry.points, outline, limits):
        corners, closed = _closed(ring, limits)
        if len(corners) < _FEWEST or abs(_twice_area(corners)) <= limits.twice_area:
            outline.spoil(_why_without_area(corners, limits), ring[0].line)
            return []
        if not closed:
            outline.notes.append("ring_not_closed")
        rings.append((corners, ring[0].line))
    outline.rings = len(rings)
    if _is_cut_short(entry, outline):
        outline.spoil("text_points_missing", entry.points[-1].line)
        return []
    return rings


@dataclass(frozen=True)
class _Limits:
    """What counts as one point and as no area, in the unit of the coordinates."""

    closing: float
    twice_area: float

    @staticmethod
    def of(points: list[Point]) -> _Limits:
        """Return the limits for metres, or for degrees where no coordinate is beyond them."""
        if all(abs(one.first) <= _DEGREES and abs(one.second) <= _DEGREES for one in points):
            return _IN_DEGREES
        return _IN_METRES

    def same(self, one: Point, other: Point) -> bool:
        """Tell whether two points are one."""
        reach = self.closing
        return abs(one.first - other.first) <= reach and abs(one.second - other.second) <= reach


_IN_METRES = _Limits(CLOSING_M + _NOISE, _TWICE_AREA)
_IN_DEGREES = _Limits(_CLOSING_DEG, _TWICE_AREA_DEG)


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
    if len(run) <= _FEW:
        end = _near_closure(run, limits)
        if end is None or end == len(run):
            return [run]
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


def _near_closure(run: list[Point], limits: _Limits) -> int | None:
    """Return where the first ring of a few rows ends; None: it is open."""
    ends = (at + 1 for at in range(_FEWEST, len(run)) if limits.same(run[at], run[0]))
    return next(ends, None)


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
    corners = [(point.second, point.first) for point in ring[:end]]
    moved = [one for one, before in zip(corners, [None, *corners], strict=False) if one != before]
    return np.array(moved), end < len(ring)


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
    """Give an outline of several rings its shape: one in an odd number of others is a hole."""
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
