"""Areas on the plane of the map and on the ellipsoid (国土调查办发〔2008〕32号).

The circular sums trapezoids between each edge and a reference meridian. Taken from Greenwich the
series loses digits (a square of one mu comes out 0.0005 m² wrong); from a meridian through the
parcel itself it agrees with a geodesic computation to 1e-5 m².
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.base.checks import require_geometry, require_metric_crs
from landgis.spatial.shapes import POLYGONAL, Floats, Shapes

__all__ = ["ellipsoidal_area", "measured_areas", "plane_area", "trapezoids"]


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


def _ring_areas(rings: Shapes, crs: pyproj.CRS) -> Floats:
    """Return the area (m²) of each ring on the ellipsoid, its edges as drawn, not densified."""
    geodetic = crs.geodetic_crs
    ellipsoid = crs.ellipsoid
    assert geodetic is not None
    assert ellipsoid is not None
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    to_lonlat = pyproj.Transformer.from_crs(crs, geodetic, always_xy=True)
    lon, lat = (np.radians(side) for side in to_lonlat.transform(xy[:, 0], xy[:, 1]))
    first = np.flatnonzero(ring[:-1] == ring[1:])
    start = np.searchsorted(ring, np.arange(len(rings)))
    reference = lon[start][ring[first]]
    width = (lon[first] + lon[first + 1]) / 2 - reference
    parts = trapezoids(width, lat[first], lat[first + 1], ellipsoid)
    return np.abs(np.bincount(ring[first], weights=parts, minlength=len(rings)))


def plane_area(frame: gpd.GeoDataFrame) -> pd.Series:
    """Return the area (m²) on the plane of the map; missing where there is no shape."""
    area = shapely.area(frame.geometry.to_numpy())
    return pd.Series(area, index=frame.index, name="plane_m2")


def ellipsoidal_area(frame: gpd.GeoDataFrame) -> pd.Series:
    """Return the area (m²) on the ellipsoid of the frame's CRS; missing where there is no shape.

    Parameters
    ----------
    frame : GeoDataFrame of (Multi)Polygon
        In a CRS in metres; shells count, holes are taken off.
    """
    shapes = frame.geometry.to_numpy()
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    out = np.where(shapely.is_missing(shapes), np.nan, 0.0)
    if len(rings):
        shell = np.r_[True, np.diff(part) > 0]
        signed = np.where(shell, 1, -1) * _ring_areas(rings, frame.crs)
        out = out + np.bincount(owner[part], weights=signed, minlength=len(shapes))
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
