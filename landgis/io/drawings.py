"""Drawings: closed outlines become polygons; what is only ink is left."""

from __future__ import annotations

import numpy as np
import shapely

__all__ = ["CLOSING_M", "closed_outlines"]

#: gap between the ends of a polyline that still counts as closed, in drawing units (metres)
CLOSING_M = 1e-3


def closed_outlines(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which shapes are outlines, and all shapes with outlines as polygons.

    Parameters
    ----------
    shapes : array of geometries
        Entities of a drawing: polylines, hatches, texts, points.

    Returns
    -------
    keep : array of bool
        Closed lines of at least three corners, and polygons.
    shapes : array of geometries
        The same shapes, closed lines as polygons.
    """
    kinds = shapely.get_type_id(shapes)
    lines = np.isin(kinds, (1, 2))
    gap = shapely.distance(shapely.get_point(shapes, 0), shapely.get_point(shapes, -1))
    corners = shapely.get_num_coordinates(shapes)
    closed = lines & (np.nan_to_num(gap, nan=np.inf) <= CLOSING_M) & (corners >= 4)
    out = shapes.copy()
    rings = [_ring(shape) for shape in shapes[closed]]
    out[closed] = rings
    areas = np.isin(kinds, (3, 6))
    return areas | (closed & ~shapely.is_missing(out)), out


def _ring(line: shapely.Geometry) -> shapely.Polygon | None:
    """Return a closed line as a polygon; its last corner is its first."""
    corners = shapely.get_coordinates(line)
    corners[-1] = corners[0]
    return shapely.Polygon(corners) if len(np.unique(corners, axis=0)) >= 3 else None
