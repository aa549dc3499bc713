"""What every room of this wing does with shapes: move, take apart, measure.

Eastings of eight digits leave a double a grain of 7e-9 m. Whatever is cut is first moved near
the origin by whole metres, which is exact, and so is the way back for every vertex that was there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = [
    "POLYGONAL",
    "TOUCH",
    "Floats",
    "Ints",
    "Mask",
    "Shapes",
    "added",
    "boundary_widths",
    "count_of",
    "highest",
    "is_usable",
    "measures",
    "moved",
    "origin_of",
    "outlines_of",
    "polygons_of",
    "unions",
]

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

#: m² (polygons) and m (lines): a meeting of less than this is a touch; one of exactly this is not
TOUCH = 1e-6
POLYGONAL = ("Polygon", "MultiPolygon")
_COLLECTION = 7


def is_usable(shapes: Shapes) -> Mask:
    """Tell which shapes are there, not empty and valid."""
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    there[there] = shapely.is_valid(shapes[there])
    return there


def _is_bow_tie(shape: Any) -> bool:
    """Tell whether a ring crosses itself so that part of its ground comes to lie on its right."""
    ring = shapely.get_rings(shape)
    ring = ring[~shapely.is_simple(ring)]
    loops = [shapely.polygonize(shapely.get_parts(shapely.node(one))) for one in ring]
    ground = np.array([shapely.area(one) for one in loops])
    return bool((ground > shapely.area(shapely.polygons(ring)) + TOUCH).any())


def defect_of(shape: Any) -> dict[str, Any]:
    """Return what is wrong with a shape: ``why``, and ``point`` (east, north to the centimetre)."""
    why, _, place = shapely.is_valid_reason(shape).partition("[")
    if why == "Self-intersection" and _is_bow_tie(shape):
        why = "Self-intersection (bow-tie)"
    point = [round(float(number), 2) for number in place.rstrip("]").split()[:2]]
    return {"why": why} | ({"point": point} if len(point) == 2 and np.isfinite(point).all() else {})


def outlines_of(broken: Shapes) -> Shapes:
    """Return what broken polygons may have meant; nothing where a coordinate is no number."""
    xy, owner = shapely.get_coordinates(broken, return_index=True)
    out = broken.copy()
    out[owner[~np.isfinite(xy).all(axis=1)]] = shapely.Polygon()
    return polygons_of(shapely.make_valid(out))


def origin_of(*layers: Shapes) -> Floats:
    """Return a point of whole metres near all shapes, to be moved to (0, 0)."""
    bounds = [shapely.total_bounds(layer) for layer in layers if len(layer)]
    corners = np.array([b[:2] for b in bounds if np.isfinite(b).all()], dtype=np.float64)
    return np.floor(corners.min(axis=0)) if len(corners) else np.zeros(2)


def moved(shapes: Shapes, by: Floats) -> Shapes:
    """Return the shapes in two dimensions, moved by (east, north)."""
    if not len(shapes):
        return shapes
    out: Shapes = shapely.transform(shapes, lambda xy: xy + by)
    return out


def _flat_parts(shapes: Shapes) -> tuple[Shapes, Ints]:
    """Return the simple parts of shapes, with the position of the shape each comes from."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) >= 4).any():
        parts, again = shapely.get_parts(parts, return_index=True)
        owner = owner[again]
    return parts, owner


def highest(shapes: Shapes) -> Shapes:
    """Return the shapes with collections cut down to their parts of the highest dimension."""
    out = shapes.copy()
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION)
    if not len(mixed):
        return out
    parts, owner = _flat_parts(shapes[mixed])
    parts_dimension = shapely.get_dimensions(parts)
    owner, parts = owner[~shapely.is_empty(parts)], parts[~shapely.is_empty(parts)]
    parts_dimension = shapely.get_dimensions(parts)
    top = np.full(len(mixed), -1)
    np.maximum.at(top, owner, parts_dimension)
    kept = parts_dimension == top[owner]
    for dimension, gather in ((0, shapely.multipoints), (1, shapely.multilinestrings)):
        chosen = kept & (parts_dimension == dimension)
        if chosen.any():
            where, rank = np.unique(owner[chosen], return_inverse=True)
            out[mixed[where]] = gather(parts[chosen], indices=rank)
    areas = kept & (parts_dimension == 2)
    if areas.any():
        where, rank = np.unique(owner[areas], return_inverse=True)
        out[mixed[where]] = unions(parts[areas], rank)
    return out


def unions(shapes: Shapes, group: Ints) -> Shapes:
    """Return the union of the shapes of each group 0, 1, 2 …; lone shapes as they are."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) > 0]) if len(group) else order
    out: Shapes = shapes[order[starts]].copy()
    sizes = np.diff(np.r_[starts, len(order)])
    for k in np.flatnonzero(sizes > 1):
        members = order[starts[k] : starts[k] + sizes[k]]
        out[k] = shapely.union_all(shapes[members])
    return out


def polygons_of(shapes: Shapes) -> Shapes:
    """Return the polygonal parts of what an overlay left; an empty polygon where there are none."""
    out = shapes.copy()
    kinds = shapely.get_type_id(shapes)
    odd = np.flatnonzero((kinds != 3) & (kinds != 6))
    if not len(odd):
        return out
    out[odd] = shapely.Polygon()
    parts, owner = _flat_parts(shapes[odd])
    good = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0)
    if good.any():
        where, rank = np.unique(owner[good], return_inverse=True)
        out[odd[where]] = shapely.multipolygons(parts[good], indices=rank)
    return out


def measures(shapes: Shapes) -> Floats:
    """Return area (m²), length (m) or number of points, by the dimension of each shape."""
    dimension = shapely.get_dimensions(shapes)
    return np.select(
        [dimension == 2, dimension == 1],
        [shapely.area(shapes), shapely.length(shapes)],
        count_of(shapes),
    )


def count_of(shapes: Shapes) -> Any:
    """Return the number of parts of each shape as floats."""
    return shapely.get_num_geometries(shapes).astype(np.float64)


def added(values: Any, at: Ints, n: int) -> Floats:
    """Add values up per position 0 … n-1."""
    return np.bincount(at, weights=values, minlength=n).astype(np.float64)


def boundary_widths(polygons: Shapes) -> Floats:
    """Return the equivalent width 2A/P (m) of polygons: what a long strip measures across."""
    perimeter = shapely.length(polygons)
    return np.divide(
        2 * shapely.area(polygons),
        perimeter,
        out=np.zeros(len(polygons)),
        where=perimeter > 0,
    )
