"""Coordinate reference systems: inferred by magnitude, measured on the ground, never guessed.

On the mainland the ranges of zone prefixes and those of northings and eastings do not meet, so
order and zone are decidable; the central meridian of an easting without prefix is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from landgis.base.datum import DatumShift, route_of
from landgis.base.errors import CRSError
from landgis.base.projections import (
    Bounds,
    degrees_of,
    degrees_off_meridian,
    ground_scale,
    inside_area,
    name_of,
    parse_crs,
    rows_inside_area,
    transformer,
)
from landgis.base.zones import REACH_DEG, crs_of_zone, datum_of

__all__ = [
    "DISPLAY_CRS",
    "MAX_SCALE_ERROR",
    "CRSGuess",
    "candidate_meridians",
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
_ZONES = (*range(13, 24), *range(25, 46))
#: degrees that a layer may lie from the others and still be of one county
_NEIGHBOUR_DEG = 0.5
#: least and greatest 3-degree zone of the mainland
_MERIDIANS = range(25, 46)


@dataclass(frozen=True)
class CRSGuess:
    """What coordinates say about their CRS.

    Attributes
    ----------
    crs : str or None
        ``EPSG:…`` on CGCS2000; None where magnitude does not decide.
    swapped : bool
        Whether the first coordinate is the northing (or latitude).
    kind : str
        ``degrees``, ``prefixed``, ``unprefixed`` or ``unclear``.
    zone : int or None
        The zone number that prefixed eastings carry.
    """

    crs: str | None
    swapped: bool
    kind: str
    zone: int | None = None


def _within(low: float, high: float, limits: tuple[float, float]) -> bool:
    """Tell whether a range lies within limits."""
    return limits[0] <= low and high <= limits[1]


def infer_crs(bounds: Bounds) -> CRSGuess:
    """Tell the CRS of coordinates by their magnitude.

    Eastings may lie up to `REACH_DEG` from the central meridian at their latitude: a county near
    the edge of a zone is often drawn in its neighbour's.

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
        zone = int(east[0] // 1_000_000)
        if zone in _ZONES and _reached(crs_of_zone(zone, prefixed=True), east, north):
            return CRSGuess(crs_of_zone(zone, prefixed=True), swapped, "prefixed", zone)
        if zone == 0 and _reached(crs_of_zone(_MERIDIANS[0], prefixed=False), east, north):
            return CRSGuess(None, swapped, "unprefixed")
    return CRSGuess(None, False, "unclear")


def _reached(crs: str, east: tuple[float, float], north: tuple[float, float]) -> bool:
    """Tell whether coordinates lie within reach of the central meridian of a zone."""
    bounds = (east[0], north[0], east[1], north[1])
    off = degrees_off_meridian(parse_crs(crs), bounds)
    return off is not None and off <= REACH_DEG


def candidate_meridians(bounds: Bounds, near: Bounds | None, datum: str = "cgcs2000") -> list[str]:
    """Return the CRSs that coordinates without zone prefix may have, where others tell the county.

    Parameters
    ----------
    bounds : sequence of 4 floats
        East before north, m.
    near : sequence of 4 floats or None
        Longitudes and latitudes where the other layers lie; None: nobody knows, no candidates.
    datum : str
        One of `landgis.base.zones.DATUMS`.

    Returns
    -------
    list of str
        ``EPSG:…`` of 3° zones without prefix (the meridians of 6° zones are among theirs), nearest
        first.
    """
    if near is None:
        return []
    found = []
    for zone in _MERIDIANS:
        crs = crs_of_zone(zone, prefixed=False, datum=datum)
        there = degrees_of(parse_crs(crs), bounds)
        gap = np.inf if there is None else _apart(there, near)
        if gap <= _NEIGHBOUR_DEG:
            found.append((gap, crs))
    return [crs for _, crs in sorted(found)]


def _apart(one: Bounds, other: Bounds) -> float:
    """Return how far apart two rectangles lie, along the axis where it is more."""
    gaps = [max(one[k] - other[k + 2], other[k] - one[k + 2], 0.0) for k in (0, 1)]
    return max(gaps)


def _move(
    frame: gpd.GeoDataFrame,
    crs: Any,
    layer: str,
    ballpark: bool = False,
    shifts: Iterable[DatumShift] = (),
) -> gpd.GeoDataFrame:
    """Reproject a frame and refuse coordinates that leave the world."""
    if frame.crs is None:
        raise CRSError("crs_missing", layer=layer)
    target = parse_crs(crs, layer)
    if frame.crs == target:
        return frame.copy()
    route = route_of(shifts, frame.crs, target, layer)
    try:
        move = _by_proj(frame.crs, target, ballpark) if route is None else route.move
        shapes = shapely.transform(frame.geometry.to_numpy(), move)
    except ProjError:
        code = _no_way(frame.crs, target)
        raise CRSError(
            code, layer=layer, source=name_of(frame.crs), target=name_of(target)
        ) from None
    _require_in_area(frame, shapes, target, layer)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=target))


def _by_proj(source: pyproj.CRS, target: pyproj.CRS, ballpark: bool) -> Callable[[Any], Any]:
    """Return the function that moves coordinates by PROJ's best operation.

    Raises
    ------
    ProjError
        If there is none of known accuracy.
    """
    way = transformer(source.to_wkt(), target.to_wkt(), ballpark)
    return lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1]))


def _no_way(source: pyproj.CRS, target: pyproj.CRS) -> str:
    """Return why there is no operation of known accuracy: old datums need parameters."""
    datums = {datum_of(source), datum_of(target)}
    bases = [crs.geodetic_crs for crs in (source, target)]
    if None not in datums or None in bases:
        return "crs_needs_parameters"
    gps = any(base is not None and base.name.startswith("WGS 84") for base in bases)
    return "crs_gps" if gps and "cgcs2000" in datums else "crs_no_way"


def _require_in_area(frame: gpd.GeoDataFrame, shapes: Any, target: pyproj.CRS, layer: str) -> None:
    """Refuse shapes that a transformation carried out of the world, or out of the CRS's area.

    Raises
    ------
    CRSError
        Naming the rows: those of the source where it is known.
    """
    boxes = shapely.bounds(shapes)
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    xy, at = shapely.get_coordinates(shapes, return_index=True)
    lost = np.unique(at[~np.isfinite(xy).all(axis=1)])
    if not len(lost):
        there = boxes[drawn]
        whole = (*there[:, :2].min(axis=0), *there[:, 2:].max(axis=0)) if len(there) else None
        if whole is None or inside_area(target, whole):
            return
    outside = drawn & ~rows_inside_area(target, boxes)
    outside[lost] = True
    if not outside.any():
        return
    names = frame["source_row"] if "source_row" in frame else frame.index.to_series()
    raise CRSError(
        "crs_out_of_world",
        layer=layer,
        source=name_of(frame.crs),
        target=name_of(target),
        rows=[str(one) for one in names[outside]],
    )


def transform(
    frame: gpd.GeoDataFrame,
    crs: Any,
    *,
    layer: str = "layer",
    shifts: Iterable[DatumShift] = (),
) -> gpd.GeoDataFrame:
    """Reproject a frame, by an operation of known accuracy only (never a ballpark one).

    Parameters
    ----------
    frame : GeoDataFrame
        With its CRS.
    crs : CRS
        To which.
    layer : str
        For messages.
    shifts : iterable of DatumShift
        Parameters of the survey office, which go before what PROJ knows.

    Raises
    ------
    CRSError
        If the frame has no CRS, there is no such operation (Xian 1980 or Beijing 1954 without
        parameters), or coordinates leave the world or the target's area of use; the rows are named.
    """
    return _move(frame, crs, layer, shifts=shifts)


def to_display(frame: gpd.GeoDataFrame, *, layer: str = "layer") -> gpd.GeoDataFrame:
    """Reproject a frame to WGS 84 for a web map; CGCS2000 equals it to a few decimetres."""
    return _move(frame, DISPLAY_CRS, layer, ballpark=True)
