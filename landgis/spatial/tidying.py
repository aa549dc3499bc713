"""Mending that one parcel needs for itself: repeated points, rings that cross themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from landgis.spatial.common_ground import Grounds
from landgis.spatial.redrawing import edges_of, without_repeats
from landgis.spatial.settling import changed_area
from landgis.spatial.shapes import Shapes, defect_of, moved, polygons_of
from landgis.spatial.vertices import repeated_points

__all__ = ["Mending", "self_crossings", "turned_holes", "without_repeated_points"]


@dataclass(frozen=True)
class Mending:
    """What may become of a shape: position, kind of change, shape, and m² that change."""

    at: int
    change: str
    shape: Any
    changed_m2: float


def _mending(at: int, change: str, before: Any, after: Any) -> Mending | None:
    """Return a mending, or None where nothing usable comes out."""
    if after is None or shapely.is_empty(after):
        return None
    sound = bool(shapely.is_valid(before))
    if sound and not shapely.is_valid(after):
        return None
    if sound:
        pair = (np.array([one], dtype=object) for one in (before, after))
        return Mending(at, change, after, float(changed_area(*pair)[0]))
    return Mending(at, change, after, abs(float(shapely.area(after) - shapely.area(before))))


def without_repeated_points(grounds: Grounds) -> Iterator[Mending]:
    """Return the shapes with repeated points, without them.

    Of two points the one stands that a neighbour has too, so that common borders stay common.
    """
    for at in repeated_points(grounds.borders)["shape"].tolist():
        around = grounds.tree.query(grounds.shapes[at])
        near = grounds.shapes[around[around != at]]
        shared = {point for shape in near for point in edges_of(shape)[0].tolist()}
        drawn = without_repeats(grounds.shapes[at], shared)
        mending = _mending(at, "points_repeated", grounds.shapes[at], drawn)
        if mending is not None:
            yield mending


def self_crossings(grounds: Grounds) -> Iterator[Mending]:
    """Return the shapes with a ring that crosses or touches itself, made valid by structure.

    The changed area is that between the area as the ring states it, where crossed ground counts
    against the rest, and the area that comes out.
    """
    there = ~(shapely.is_missing(grounds.shapes) | shapely.is_empty(grounds.shapes))
    for at in np.flatnonzero(there & ~grounds.sound).tolist():
        if "elf-intersection" not in defect_of(grounds.shapes[at])["why"]:
            continue
        near = grounds.near(np.array([at]))
        mended = polygons_of(shapely.make_valid(near, method="structure", keep_collapsed=False))
        drawn = moved(mended, grounds.origin)[0]
        mending = _mending(at, "self_intersection", grounds.shapes[at], drawn)
        if mending is not None and shapely.is_valid(drawn):
            yield mending


def turned_holes(grounds: Grounds) -> Iterator[Mending]:
    """Return the sound shapes with a hole that runs the way of its shell, so that it does not."""
    borders = grounds.borders
    part = np.cumsum(~borders.hole) - 1
    clockwise = borders.clockwise()
    shell = clockwise[~borders.hole][part]
    wrong = borders.hole & (clockwise == shell) & grounds.sound[borders.shape]
    for at in np.unique(borders.shape[wrong]).tolist():
        first = bool(shell[borders.shape == at][0])
        drawn: Any = shapely.orient_polygons(grounds.shapes[at], exterior_cw=first)
        yield Mending(at, "orientation", drawn, 0.0)


def applied(shapes: Shapes, mendings: list[Mending]) -> Shapes:
    """Return shapes with the mended ones in their places."""
    out = shapes.copy()
    for mending in mendings:
        out[mending.at] = mending.shape
    return out
