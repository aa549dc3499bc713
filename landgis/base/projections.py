"""What a CRS says of coordinates: where on the earth, in its area or out of it, how true."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import ProjError

from landgis.base.errors import CRSError
from landgis.base.zones import central_meridian

__all__ = [
    "Bounds",
    "crs_text",
    "degrees_of",
    "degrees_of_rows",
    "degrees_off_meridian",
    "ground_scale",
    "inside_area",
    "name_of",
    "parse_crs",
    "rows_inside_area",
    "rows_like_degrees",
    "transformer",
]

_LOCAL = "local:"
_PLANE = (
    'ENGCRS["-",EDATUM["-"],CS[Cartesian,2],AXIS["(E)",east],AXIS["(N)",north],'
    'LENGTHUNIT["metre",1]]'
)
Bounds = Sequence[float]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
#: degrees beyond a CRS's area of use that a county-wide single zone may reach
_MARGIN_DEG = 3.0
#: degrees about the central meridian where a CRS names no area of use
_ABOUT_MERIDIAN_DEG = 1.5


@cache
def _known(value: str) -> pyproj.CRS:
    """Return the CRS of a name; PROJ looks it up once."""
    if value.startswith(_LOCAL):
        name = value.removeprefix(_LOCAL).replace('"', "").strip() or "-"
        return pyproj.CRS.from_wkt(_PLANE.replace("-", name, 1))
    return pyproj.CRS.from_user_input(value)


def parse_crs(value: Any, layer: str = "crs") -> pyproj.CRS:
    """Return a CRS from ``"EPSG:4526"``, WKT or a CRS.

    ``"local:NAME"`` is a plane system of its own that has no place on the earth (独立坐标系 without
    a projection): four parameters lead from it to another.

    Raises
    ------
    CRSError
        If PROJ does not know it.
    """
    try:
        return _known(value) if isinstance(value, str) else pyproj.CRS.from_user_input(value)
    except ProjError:
        raise CRSError("crs_unknown", layer=layer, crs=str(value)[:60]) from None


@cache
def transformer(source: str, target: str, ballpark: bool) -> pyproj.Transformer:
    """Return the transformer of two CRSs (WKT), east before north.

    Raises
    ------
    ProjError
        If the best operation between them is a ballpark one, and that is not allowed.
    """
    return pyproj.Transformer.from_crs(
        source, target, always_xy=True, allow_ballpark=ballpark, only_best=not ballpark
    )


def degrees_of_rows(crs: pyproj.CRS, boxes: Floats) -> Floats:
    """Return bounds (n, 4) in longitude and latitude of the CRS's own datum; nan where none are."""
    out = np.full(boxes.shape, np.nan)
    if crs.geodetic_crs is None or not len(boxes):
        return out
    x, y = boxes[:, [0, 2, 0, 2]], boxes[:, [1, 1, 3, 3]]
    try:
        way = transformer(crs.to_wkt(), crs.geodetic_crs.to_wkt(), False)
        lon, lat = (
            np.asarray(side).reshape(x.shape) for side in way.transform(x.ravel(), y.ravel())
        )
    except ProjError:
        return out
    there = np.isfinite(lon).all(axis=1) & np.isfinite(lat).all(axis=1)
    out[there] = np.column_stack([lon.min(1), lat.min(1), lon.max(1), lat.max(1)])[there]
    return out


def degrees_of(crs: pyproj.CRS, bounds: Bounds) -> tuple[float, float, float, float] | None:
    """Return bounds in longitude and latitude of the CRS's own datum; None where there are none."""
    west, south, east, north = degrees_of_rows(crs, np.array([bounds], dtype="float64"))[0]
    if np.isnan(west):
        return None
    return float(west), float(south), float(east), float(north)


def degrees_off_meridian(crs: pyproj.CRS, bounds: Bounds) -> float | None:
    """Return how far (degrees) coordinates reach from the central meridian of their CRS.

    None where the CRS has none, or the coordinates are none of it.
    """
    meridian, there = central_meridian(crs), degrees_of(crs, bounds)
    if meridian is None or there is None:
        return None
    return max(abs(there[0] - meridian), abs(there[2] - meridian))


def rows_inside_area(crs: pyproj.CRS, boxes: Floats) -> Mask:
    """Tell which bounds (n, 4) lie where a CRS is used, or within some degrees of it.

    A CRS that names no area of use (a local system) is used about its central meridian.
    """
    if crs.geodetic_crs is None:
        return np.ones(len(boxes), dtype=bool)
    west, south, east, north = degrees_of_rows(crs, boxes).T
    with np.errstate(invalid="ignore"):
        inside = (south >= -90) & (north <= 90) & (west >= -180) & (east <= 180)
        area, meridian = crs.area_of_use, central_meridian(crs)
        if area is not None and area.west <= area.east:
            inside &= (west >= area.west - _MARGIN_DEG) & (east <= area.east + _MARGIN_DEG)
            inside &= (south >= area.south - _MARGIN_DEG) & (north <= area.north + _MARGIN_DEG)
        elif meridian is not None:
            reach = _ABOUT_MERIDIAN_DEG + _MARGIN_DEG
            inside &= (west >= meridian - reach) & (east <= meridian + reach)
    return np.asarray(inside)


def rows_like_degrees(crs: pyproj.CRS, boxes: Floats) -> Mask:
    """Tell which bounds (n, 4) are too small for a CRS in metres, and are degrees where it is used.

    Metres so near the origin of a projection are none that anybody has measured.
    """
    area = crs.area_of_use
    if not crs.is_projected or crs.geodetic_crs is None or area is None or area.west > area.east:
        return np.zeros(len(boxes), dtype=bool)
    with np.errstate(invalid="ignore"):
        inside = (boxes[:, 0] >= area.west - _MARGIN_DEG) & (boxes[:, 2] <= area.east + _MARGIN_DEG)
        inside &= boxes[:, 1] >= area.south - _MARGIN_DEG
        inside &= boxes[:, 3] <= area.north + _MARGIN_DEG
    return np.asarray(inside)


def inside_area(crs: pyproj.CRS, bounds: Bounds) -> bool:
    """Tell whether coordinates lie where a CRS is used, or within some degrees of it."""
    return bool(rows_inside_area(crs, np.array([bounds], dtype="float64"))[0])


def ground_scale(crs: pyproj.CRS, bounds: Bounds) -> float:
    """Return how long a metre on the ground is on the map at the middle of bounds; nan outside."""
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    middle = degrees_of(crs, (x, y, x, y))
    if middle is None:
        return float("nan")
    factors = pyproj.Proj(crs).get_factors(*middle[:2])
    return float(np.sqrt(factors.areal_scale))


def name_of(crs: pyproj.CRS) -> str:
    """Return ``EPSG:n``, or the name of a CRS without a number."""
    return _names(crs.to_wkt())[0]


def crs_text(crs: pyproj.CRS) -> str:
    """Return ``EPSG:n`` where a CRS is exactly that one, else its WKT."""
    return _names(crs.to_wkt())[1]


@cache
def _names(wkt: str) -> tuple[str, str]:
    """Return name and text of a CRS; PROJ takes its time to look a WKT up, so it does so once."""
    crs = pyproj.CRS.from_wkt(wkt)
    code = crs.to_epsg(min_confidence=70)
    return (f"EPSG:{code}" if code else crs.name), crs.to_string()
