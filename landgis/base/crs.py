"""Coordinate reference systems: inferred by magnitude, measured on the ground, never guessed.

Zone tables: EPSG database as shipped with PROJ. CGCS2000 with zone prefix: 3-degree zones
25–45 are EPSG 4488 + n, 6-degree zones 13–23 are EPSG 4478 + n; on the mainland the two ranges of
prefixes and the ranges of northings and eastings do not meet, so order and zone are decidable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from landgis.base.errors import CRSError

__all__ = [
    "DISPLAY_CRS",
    "MAX_SCALE_ERROR",
    "CRSGuess",
    "crs_of_zone",
    "ground_scale",
    "infer_crs",
    "parse_crs",
    "to_display",
    "transform",
]

#: at 35 N a 3-degree zone stays within 2.3e-4; the next zone has 9e-4
MAX_SCALE_ERROR = 5e-4
DISPLAY_CRS = "EPSG:4326"

_NORTHINGS = (1_990_000.0, 5_942_000.0)
_LONGITUDES, _LATITUDES = (73.0, 135.1), (3.0, 54.0)
_ZONES_3, _ZONES_6 = range(25, 46), range(13, 24)
#: farthest from the false easting of 500 km that a zone's own ground lies (18 N)
_REACH_3, _REACH_6 = 160_000.0, 320_000.0


@dataclass(frozen=True)
class CRSGuess:
    """What coordinates say about their CRS.

    Attributes
    ----------
    crs : str or None
        ``EPSG:…``; None where magnitude does not decide.
    swapped : bool
        Whether the first coordinate is the northing (or latitude).
    kind : str
        ``degrees``, ``prefixed``, ``unprefixed`` or ``unclear``.
    """

    crs: str | None
    swapped: bool
    kind: str


def crs_of_zone(zone: int, *, prefixed: bool) -> str:
    """Return the CGCS2000 / Gauss-Kruger CRS of a zone number (13–23 are 6°, 25–45 are 3° zones).

    Raises
    ------
    CRSError
        If no zone of the mainland has that number.
    """
    if zone in _ZONES_3:
        return f"EPSG:{(4488 if prefixed else 4509) + zone}"
    if zone in _ZONES_6:
        return f"EPSG:{(4478 if prefixed else 4489) + zone}"
    raise CRSError("zone_unknown", zone=zone)


def _within(low: float, high: float, limits: tuple[float, float]) -> bool:
    """Tell whether a range lies within limits."""
    return limits[0] <= low and high <= limits[1]


def infer_crs(bounds: Sequence[float]) -> CRSGuess:
    """Tell the CRS of coordinates by their magnitude.

    Parameters
    ----------
    bounds : sequence of 4 floats
        Least first, least second, greatest first, greatest second coordinate, as stored.
    """
    first = (float(bounds[0]), float(bounds[2]))
    second = (float(bounds[1]), float(bounds[3]))
    if not np.isfinite([*first, *second]).all():
        return CRSGuess(None, False, "unclear")
    for east, north, swapped in ((first, second, False), (second, first, True)):
        if _within(*east, _LONGITUDES) and _within(*north, _LATITUDES):
            return CRSGuess("EPSG:4490", swapped, "degrees")
        if not _within(*north, _NORTHINGS):
            continue
        if zone := _zone_of(*east):
            return CRSGuess(crs_of_zone(zone, prefixed=True), swapped, "prefixed")
        if _within(*east, (500_000 - _REACH_6, 500_000 + _REACH_6)):
            return CRSGuess(None, swapped, "unprefixed")
    return CRSGuess(None, False, "unclear")


def _zone_of(west: float, east: float) -> int | None:
    """Return the zone that prefixed eastings name, or None."""
    zone = int(west // 1_000_000)
    reach = _REACH_3 if zone in _ZONES_3 else _REACH_6
    if zone not in _ZONES_3 and zone not in _ZONES_6:
        return None
    middle = zone * 1_000_000 + 500_000
    return zone if _within(west, east, (middle - reach, middle + reach)) else None


def parse_crs(value: Any, layer: str = "crs") -> pyproj.CRS:
    """Return a CRS from ``"EPSG:4526"``, WKT or a CRS.

    Raises
    ------
    CRSError
        If PROJ does not know it.
    """
    try:
        return pyproj.CRS.from_user_input(value)
    except ProjError:
        raise CRSError("crs_unknown", layer=layer, crs=str(value)[:60]) from None


def ground_scale(crs: pyproj.CRS, bounds: Sequence[float]) -> float:
    """Return how long a metre on the ground is on the map at the middle of bounds; nan outside."""
    middle = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    to_lonlat = _transformer(crs.to_wkt(), crs.geodetic_crs.to_wkt(), True)  # type: ignore[union-attr]
    lon, lat = to_lonlat.transform(*middle)
    if not np.isfinite([lon, lat]).all():
        return float("nan")
    factors = pyproj.Proj(crs).get_factors(lon, lat)
    return float(np.sqrt(factors.areal_scale))


@cache
def _transformer(source: str, target: str, ballpark: bool) -> pyproj.Transformer:
    """Return the transformer of two CRSs (WKT), east before north."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True, allow_ballpark=ballpark)


def _move(frame: gpd.GeoDataFrame, crs: Any, layer: str, ballpark: bool) -> gpd.GeoDataFrame:
    """Reproject a frame and refuse coordinates that leave the world."""
    if frame.crs is None:
        raise CRSError("crs_missing", layer=layer)
    target = parse_crs(crs, layer)
    if frame.crs == target:
        return frame.copy()
    try:
        transformer = _transformer(frame.crs.to_wkt(), target.to_wkt(), ballpark)
        shapes = shapely.transform(
            frame.geometry.to_numpy(),
            lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])),
        )
    except ProjError:
        raise CRSError(
            "crs_no_way", layer=layer, source=frame.crs.to_string(), target=target.to_string()
        ) from None
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise CRSError(
            "crs_out_of_world",
            layer=layer,
            source=frame.crs.to_string(),
            target=target.to_string(),
        )
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=target))


def transform(frame: gpd.GeoDataFrame, crs: Any, *, layer: str = "layer") -> gpd.GeoDataFrame:
    """Reproject a frame, by an operation of known accuracy only (never a ballpark one).

    Raises
    ------
    CRSError
        If the frame has no CRS, there is no such operation (Xian 1980 or Beijing 1954 without
        parameters), or coordinates leave the world.
    """
    return _move(frame, crs, layer, False)


def to_display(frame: gpd.GeoDataFrame, *, layer: str = "layer") -> gpd.GeoDataFrame:
    """Reproject a frame to WGS 84 for a web map; CGCS2000 equals it to a few decimetres."""
    return _move(frame, DISPLAY_CRS, layer, True)
