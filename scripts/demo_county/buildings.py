"""Courtyards: a house at one end, a shed at the other."""

from __future__ import annotations

import numpy as np
import shapely

from .ground import Array


def _frame(shape: shapely.Polygon) -> tuple[Array, Array, float, float]:
    """Return centre, long direction, length and width of a polygon's narrowest rectangle."""
    box = shapely.get_coordinates(shapely.oriented_envelope(shape))[:4]
    one, two = box[1] - box[0], box[2] - box[1]
    if np.hypot(*one) < np.hypot(*two):
        one, two = two, one
    return box.mean(axis=0), one / np.hypot(*one), float(np.hypot(*one)), float(np.hypot(*two))


def _box(centre: Array, along: Array, length: float, width: float) -> shapely.Polygon:
    across = np.array([-along[1], along[0]])
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    ring = [centre + along * (a * length / 2) + across * (b * width / 2) for a, b in corners]
    return shapely.Polygon(np.round(ring, 3))


def _fit(plot: shapely.Polygon, shape: shapely.Polygon) -> shapely.Polygon | None:
    """Return the building shrunk until it stands inside its plot, 0.4 m off the edge."""
    room = plot.buffer(-0.4)
    for _ in range(12):
        if room.covers(shape):
            return shape
        ring = shapely.get_coordinates(shape)[:4]
        middle = ring.mean(axis=0)
        shape = shapely.Polygon(np.round(middle + (ring - middle) * 0.92, 3))
    return None


def buildings(plot: shapely.Polygon, rng: np.random.Generator) -> list[shapely.Polygon]:
    """Return one or two buildings of a courtyard: the house at one end, a shed at the other."""
    _, along, length, width = _frame(plot)
    side = -1 if rng.random() < 0.5 else 1
    share = rng.uniform(0.5, 0.62)
    middle = shapely.get_coordinates(plot.centroid)[0]
    far = along * side * length
    half = np.array([[-along[1], along[0]], [along[1], -along[0]]]) * 60.0
    cut = middle + far * (0.5 - share)
    front = plot.intersection(
        shapely.Polygon(
            [cut + half[0], cut + half[1], cut + half[1] + far * 3, cut + half[0] + far * 3]
        )
    )
    back = plot.difference(front.buffer(1.0))
    out = []
    size = (min(length * share * 0.84, 13.5), width * rng.uniform(0.66, 0.8))
    main = _fit(plot, _box(shapely.get_coordinates(front.centroid)[0], along, *size))
    if main is not None and main.area > 30.0:
        out.append(main)
    if out and rng.random() < 0.43 and not back.is_empty:
        size = (rng.uniform(3.6, 5.2), rng.uniform(4.2, 7.0))
        small = _fit(back, _box(shapely.get_coordinates(back.centroid)[0], along, *size))
        if small is not None and small.area > 8.0 and small.distance(out[0]) > 0.5:
            out.append(small)
    return out
