"""The official series for areas on the ellipsoid (国土调查办发〔2008〕32号).

The circular sums trapezoids between each edge and a reference meridian. Taken from Greenwich the
series loses digits (a square of one mu comes out 0.0005 m² wrong); here every ring has a meridian
of its own. An edge is drawn straight on the map, the trapezoid takes it for straight in longitude
and parallel: an edge of 1 km that runs askew is off by square metres, one of 10 m by 1e-5 m². So
edges are divided first.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyproj
import shapely

from landgis.spatial.shapes import Floats, Shapes

__all__ = ["EDGE_M", "areas_by_series", "from_equator", "to_lonlat", "trapezoids"]

#: m; an edge is divided into pieces no longer than this
EDGE_M = 10.0


def _series(e2: float) -> tuple[float, ...]:
    """Return the coefficients A to E of the circular from the squared eccentricity."""
    e4, e6, e8 = e2**2, e2**3, e2**4
    return (
        1 + 3 / 6 * e2 + 30 / 80 * e4 + 35 / 112 * e6 + 630 / 2304 * e8,
        1 / 6 * e2 + 15 / 80 * e4 + 21 / 112 * e6 + 420 / 2304 * e8,
        3 / 80 * e4 + 7 / 112 * e6 + 180 / 2304 * e8,
        1 / 112 * e6 + 45 / 2304 * e8,
        5 / 2304 * e8,
    )


def trapezoids(width: Floats, south: Floats, north: Floats, ellipsoid: Any) -> Floats:
    """Return the signed area (m²) between two parallels over a width of longitude.

    Parameters
    ----------
    width, south, north : ndarray of float
        Radians.
    ellipsoid : pyproj Ellipsoid
    """
    b = ellipsoid.semi_minor_metre
    e2 = 1 - (b / ellipsoid.semi_major_metre) ** 2
    half, middle = (north - south) / 2, (north + south) / 2
    total = np.zeros(len(width))
    for k, coefficient in enumerate(_series(e2)):
        odd = 2 * k + 1
        total += (-1) ** k * coefficient * np.sin(odd * half) * np.cos(odd * middle)
    out: Floats = 2 * b**2 * width * total
    return out


def from_equator(north: Floats, ellipsoid: Any) -> Floats:
    """Return the area (m²) from the equator to a parallel (radians), one radian wide."""
    return trapezoids(np.ones(len(north)), np.zeros(len(north)), north, ellipsoid)


def to_lonlat(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return the way from a CRS to its own longitude and latitude, east before north."""
    return _way(crs.to_wkt())


@cache
def _way(wkt: str) -> pyproj.Transformer:
    """Return the way from a CRS; PROJ takes half a second to find it, so it does so once."""
    crs = pyproj.CRS.from_wkt(wkt)
    return pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)


def _rings_by_series(rings: Shapes, crs: pyproj.CRS) -> Floats:
    """Return the area (m²) of each ring, its edges as they stand."""
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    lon, lat = to_lonlat(crs).transform(xy[:, 0], xy[:, 1], radians=True)
    first = np.flatnonzero(ring[:-1] == ring[1:])
    start = np.searchsorted(ring, np.arange(len(rings)))
    reference = lon[start][ring[first]]
    with np.errstate(invalid="ignore"):  # a shape outside the map has no area there
        width = (lon[first] + lon[first + 1]) / 2 - reference
        parts = trapezoids(width, lat[first], lat[first + 1], crs.ellipsoid)
    return np.abs(np.bincount(ring[first], weights=parts, minlength=len(rings)))


def areas_by_series(shapes: Shapes, crs: pyproj.CRS, *, edge_m: float | None = EDGE_M) -> Floats:
    """Return the area (m²) of polygons by the series, vertex after vertex.

    Parameters
    ----------
    shapes : ndarray of (Multi)Polygon
        Coordinates in a CRS in metres; holes are taken off.
    crs : CRS
    edge_m : float or None
        Edges are divided on the map into pieces no longer than this; None leaves them as drawn.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    out = np.zeros(len(shapes))
    if not len(rings):
        return out
    divided: Any = rings if edge_m is None else shapely.segmentize(rings, edge_m)
    shell = np.r_[True, np.diff(part) > 0]
    signed = np.where(shell, 1, -1) * _rings_by_series(divided, crs)
    out += np.bincount(owner[part], weights=signed, minlength=len(shapes))
    return out
