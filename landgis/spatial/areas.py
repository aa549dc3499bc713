"""Areas on the plane of the map and on the ellipsoid (国土调查办发〔2008〕32号).

Edges are straight on the map. The area on the ellipsoid is what the official series
(`landgis.spatial.area_series`) comes to when they are divided ever finer; it is computed as area
on the plane times the density of the map at the shape's centre of gravity, for shapes of some
hundred metres with the density's curvature, and beyond kilometres by the series itself.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.base.checks import require_geometry, require_metric_crs
from landgis.spatial.area_density import Density, density_over
from landgis.spatial.area_series import EDGE_M, areas_by_series, trapezoids
from landgis.spatial.shapes import POLYGONAL, Floats, Ints, Shapes

__all__ = ["ellipsoidal_area", "measured_areas", "plane_area", "trapezoids"]

#: m; up to this extent the curvature of the density adds less than 2e-5 m²
_SMALL_M = 300.0
#: m; up to this extent what lies beyond the curvature adds less than 1e-4 m²
_MEDIUM_M = 5000.0
#: m; ground that one polynomial of the density covers, and the least side of its rectangle
_CELL_M, _LEAST_M = 400_000.0, 1000.0
_POLYGON = 3


def plane_area(frame: gpd.GeoDataFrame) -> pd.Series:
    """Return the area (m²) on the plane of the map; missing where there is no shape."""
    area = shapely.area(frame.geometry.to_numpy())
    return pd.Series(area, index=frame.index, name="plane_m2")


def ellipsoidal_area(frame: gpd.GeoDataFrame) -> pd.Series:
    """Return the area (m²) on the ellipsoid of the frame's CRS; missing where there is no shape.

    Parameters
    ----------
    frame : GeoDataFrame of (Multi)Polygon
        In a CRS in metres; edges are straight on the map, shells count, holes are taken off.

    Returns
    -------
    Series of float
        Within 1e-3 m² of a geodesic computation on the rings divided into pieces of 10 m.
    """
    shapes = frame.geometry.to_numpy()
    out = shapely.area(shapes)
    bounds = shapely.bounds(shapes)
    finite = np.isfinite(bounds[:, 0] + bounds[:, 1] + bounds[:, 2] + bounds[:, 3])
    drawn = np.flatnonzero((out > 0) & finite)
    if len(drawn) == len(shapes) > 0:
        out = _on_ellipsoid(shapes, out, bounds, frame.crs)
    elif len(drawn):
        out[drawn] = _on_ellipsoid(shapes[drawn], out[drawn], bounds[drawn], frame.crs)
    return pd.Series(out, index=frame.index, name="ellipsoidal_m2")


def measured_areas(frame: gpd.GeoDataFrame, *, layer: str = "parcels") -> pd.DataFrame:
    """Return ``plane_m2`` and ``ellipsoidal_m2`` of polygons, on the frame's index.

    Raises
    ------
    CRSError, GeometryError
        If the CRS is not in metres on the ground, or shapes are no polygons.
    """
    require_geometry(frame, layer, POLYGONAL)
    require_metric_crs(frame, layer)
    return pd.concat([plane_area(frame), ellipsoidal_area(frame)], axis=1)


def _on_ellipsoid(shapes: Shapes, plane: Floats, bounds: Floats, crs: pyproj.CRS) -> Floats:
    """Return the areas of shapes that have one on the plane, cell by cell of the map."""
    out = np.empty(len(shapes))
    extent = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    large = extent > _MEDIUM_M
    cell = _cells(bounds)
    for one in np.unique(cell[~large]):
        own = (cell == one) & ~large
        least = np.array([bounds[own, k].min() for k in (0, 1)])
        most = np.array([bounds[own, k].max() for k in (2, 3)])
        wider = np.maximum(_LEAST_M - (most - least), 0) / 2
        density = density_over(least - wider, most + wider, crs)
        if density is None:
            large[own] = True
            continue
        if own.all():
            return _by_density(shapes, plane, bounds, extent, density)
        out[own] = _by_density(shapes[own], plane[own], bounds[own], extent[own], density)
    if large.any():
        out[large] = _by_series(shapes[large], crs)
    return out


def _by_series(shapes: Shapes, crs: pyproj.CRS) -> Floats:
    """Return what the official series tends to as edges are divided: pieces of 20 m and of 10 m."""
    coarse, fine = (areas_by_series(shapes, crs, edge_m=k * EDGE_M) for k in (2, 1))
    return fine + (fine - coarse) / 3  # the error falls with the square of the piece


def _cells(bounds: Floats) -> Ints:
    """Return the number of the cell of the map in which the middle of each shape lies."""
    column, row = (np.floor((bounds[:, k] + bounds[:, k + 2]) / (2 * _CELL_M)) for k in (0, 1))
    across = row - row.min()
    out: Ints = ((column - column.min()) * (across.max() + 1) + across).astype(np.intp)
    return out


def _centres(shapes: Shapes, bounds: Floats) -> Floats:
    """Return the centres of gravity of polygons; that of a broken one stays within its bounds."""
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    plain = shapely.get_type_id(shapes) == _POLYGON
    plain &= shapely.get_num_interior_rings(shapes) == 0
    out = np.empty_like(middle)
    for own, offsets in ((plain, _offsets), (~plain, _offsets_by_geos)):
        if own.all():
            out = middle + offsets(shapes, middle)
        elif own.any():
            out[own] = middle[own] + offsets(shapes[own], middle[own])
    return np.clip(out, bounds[:, :2], bounds[:, 2:])


def _offsets(rings: Shapes, middle: Floats) -> Floats:
    """Return how far the centres of gravity of polygons without holes lie from points."""
    xy, count = shapely.get_coordinates(rings), shapely.get_num_coordinates(rings)
    x, y = (xy[:, k] - np.repeat(middle[:, k], count) for k in (0, 1))
    starts = np.cumsum(count) - count
    twice = x[:-1] * y[1:]
    twice -= x[1:] * y[:-1]
    twice[starts[1:] - 1] = 0.0  # from the end of one ring to the beginning of the next
    whole = 3 * np.add.reduceat(twice, starts)
    out = np.empty_like(middle)
    for axis, side in enumerate((x, y)):
        moment = side[:-1] + side[1:]
        moment *= twice
        out[:, axis] = np.add.reduceat(moment, starts) / whole
    return out


def _offsets_by_geos(shapes: Shapes, middle: Floats) -> Floats:
    """Return the same for shapes with holes or several parts."""
    out: Floats = shapely.get_coordinates(shapely.centroid(shapes)) - middle
    return out


def _by_density(
    shapes: Shapes, plane: Floats, bounds: Floats, extent: Floats, density: Density
) -> Floats:
    """Return plane areas times the density at each shape's centre, with its curvature."""
    centre = _centres(shapes, bounds)
    out = plane * density.at(centre)
    wide = np.flatnonzero(extent > _SMALL_M)
    if len(wide):
        east, both, north = density.curvature(centre[wide])
        moments = _second_moments(shapes[wide], centre[wide])
        out[wide] += east / 2 * moments[0] + both * moments[1] + north / 2 * moments[2]
    return out


def _second_moments(shapes: Shapes, centre: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the second moments (m⁴) of areas about points: east-east, east-north, north-north."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    shell = np.r_[True, np.diff(part) > 0]
    of: Ints = owner[part]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = (xy - centre[of[ring]]).T
    first = np.flatnonzero(ring[:-1] == ring[1:])
    a, b, c, d = x[first], y[first], x[first + 1], y[first + 1]
    twice = a * d - c * b
    both = (a * d + 2 * (a * b + c * d) + c * b) / 2
    total = np.bincount(ring[first], weights=twice, minlength=len(rings))
    sign = np.sign(total) * np.where(shell, 1, -1)  # shells count, holes are taken off

    def summed(kind: Floats) -> Floats:
        by_ring = np.bincount(ring[first], weights=twice * kind / 12, minlength=len(rings))
        out = np.zeros(len(shapes))
        out += np.bincount(of, weights=sign * by_ring, minlength=len(shapes))
        return out

    return summed(a * a + a * c + c * c), summed(both), summed(b * b + b * d + d * d)
