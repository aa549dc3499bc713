"""Files that lie off their neighbours by the offset of GCJ-02: suspected, never moved.

A phone map draws GCJ-02; a KML saved from it lies some 500 m from where it belongs. That is only
said of a file if taking *exactly* this offset away makes it fit its neighbours, and leaving it, or
moving it as far in any other direction, does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.base.findings import finding
from landgis.base.projections import transformer
from landgis.base.schema import LAYERS
from landgis.spatial.gcj02 import gcj02_offset

__all__ = ["DrawnSource", "find_shifted"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
#: moved outlines, centres and codes of a file, to which of its shapes then fit
Fit = Callable[[Array], Mask]

#: layers whose polygons cover the ground: what a file is compared with
_GROUND = ("projects", "blocks", "parcels", "exclusions", "resettlement_zones")
_MOST_SHAPES, _SAMPLES = 300, 24
#: how far about a file its neighbours are looked for, metres: beyond any offset
_REACH_M = 1500.0
#: an outline drawn by hand over a picture runs this near to the surveyed one, metres
_ON_LINE_M = 5.0
#: a shape is in its own parcel within this, and was elsewhere beyond that, metres
_AT_HOME_M, _AWAY_M = 50.0, 150.0
#: west, south, east and north of where the offset is applied, degrees
_CHINA = (72.0, 0.8, 137.9, 55.9)
#: share of an outline that has to run on others
_OUTLINE = 0.7
#: how far around the place that fits others are tried, metres, and with how many outlines
_AROUND_M, _MOST_TRIED = 160.0, 16
#: turns of the offset that serve as controls, degrees
_TURNS = np.arange(30.0, 331.0, 30.0)


@dataclass(frozen=True)
class DrawnSource:
    """The shapes of one file in one layer.

    Attributes
    ----------
    file, layer : str
        File as the campaign names it, layer of the schema.
    frame : GeoDataFrame
        Accepted rows in the campaign CRS (metres).
    degrees : bool
        Whether the file itself was in degrees.
    """

    file: str
    layer: str
    frame: gpd.GeoDataFrame
    degrees: bool


@dataclass(frozen=True)
class _Suspect:
    """Shapes of a file with their centres, and the way from where they are to where they belong."""

    shapes: Array
    centres: Array
    own: npt.NDArray[Any]
    back: Array


def find_shifted(sources: Sequence[DrawnSource]) -> list[dict[str, Any]]:
    """Return a finding for every file in degrees that GCJ-02 explains better than WGS 84.

    Parameters
    ----------
    sources : sequence of DrawnSource
        All files of a campaign that have shapes, in one projected CRS.

    Returns
    -------
    list of dict
        Findings ``gcj02_suspected``: ``distance_m``; how many shapes fit their neighbours as they
        lie (``before``) and with the offset taken back (``matched``), of how many (``shapes``);
        ``basis``: ``codes`` (in the parcel of their code), ``outlines`` (on outlines of others) or
        ``ground`` (within parcels or red lines).

    Notes
    -----
    Files are compared with those that are not in degrees; where all are, with the other files.
    """
    found = []
    for one in sources:
        if one.degrees and len(one.frame):
            others = [x for x in sources if x.file != one.file and x.layer in _GROUND]
            surveyed = [x for x in others if not x.degrees] or others
            if surveyed and (facts := _suspicion(one, surveyed)):
                found.append(
                    finding("gcj02_suspected", layer=one.layer, source_file=one.file, **facts)
                )
    return found


def _suspicion(one: DrawnSource, others: Sequence[DrawnSource]) -> dict[str, Any] | None:
    """Return what speaks for GCJ-02, None where nothing does."""
    suspect = _suspect(one)
    if suspect is None:
        return None
    ground, codes = _ground(others, suspect.centres)
    if not len(ground):
        return None
    length = float(np.median(np.hypot(*suspect.back.T)))
    for basis, fit, least in (
        ("codes", _fit_codes(suspect, ground, codes), 2),
        ("outlines", _fit_outlines(suspect, ground), 1),
        ("ground", _fit_ground(suspect, ground), 5),
    ):
        counts = None if fit is None else _compared(suspect, fit, least)
        if counts is not None and (basis != "outlines" or _is_single(suspect, ground)):
            return {"distance_m": round(length, -1), "basis": basis, **counts}
    return None


def _suspect(one: DrawnSource) -> _Suspect | None:
    """Return a sample of the shapes of a file with their way back."""
    frame = one.frame[one.frame.geometry.notna() & one.frame.geometry.is_valid]
    if frame.empty:
        return None
    frame = frame.iloc[np.unique(np.linspace(0, len(frame) - 1, _MOST_SHAPES).astype(int))]
    shapes = frame.geometry.to_numpy()
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    column = "parcel_id" if "parcel_id" in frame else LAYERS[one.layer].id
    own = frame[column].astype("object").to_numpy() if column in frame else np.full(len(frame), "")
    back = _way_back(centres, one.frame.crs)
    usable = np.isfinite(back).all(axis=1)  # elsewhere than in China there is no such offset
    if not usable.any():
        return None
    return _Suspect(shapes[usable], centres[usable], own[usable], back[usable])


def _way_back(xy: Array, crs: Any) -> Array:
    """Return the way (metres) from coordinates in GCJ-02 to where they belong."""
    to_degrees = transformer(crs.to_wkt(), crs.geodetic_crs.to_wkt(), False)
    to_metres = transformer(crs.geodetic_crs.to_wkt(), crs.to_wkt(), False)
    lon, lat = (np.asarray(one) for one in to_degrees.transform(xy[:, 0], xy[:, 1]))
    west, south, east, north = _CHINA
    lon = np.where((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north), lon, np.nan)
    true_lon, true_lat = lon, lat
    for _ in range(3):  # each step leaves a two-hundredth of the error of the one before
        lon_off, lat_off = gcj02_offset(true_lon, true_lat)
        true_lon, true_lat = lon - lon_off, lat - lat_off
    return np.column_stack(to_metres.transform(true_lon, true_lat)) - xy


def _ground(
    others: Sequence[DrawnSource], centres: Array
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the polygons about a file with their codes (those of parcels)."""
    low, high = centres.min(axis=0) - _REACH_M, centres.max(axis=0) + _REACH_M
    box = shapely.box(*low, *high)
    parts, codes = [], []
    for one in others:
        shapes = one.frame.geometry.to_numpy()
        near = shapely.is_valid(shapes) & shapely.intersects(shapes, box)
        near &= np.isin(shapely.get_type_id(shapes), (3, 6))
        parts.append(shapes[near])
        own = one.frame["parcel_id"] if "parcel_id" in one.frame else pd.Series("", one.frame.index)
        codes.append(own.astype("object").to_numpy()[near])
    return np.concatenate(parts), np.concatenate(codes)


def _compared(suspect: _Suspect, fit: Fit, least: int) -> dict[str, int] | None:
    """Return how many shapes fit before and after, None where that is no evidence.

    At least half of the shapes have to fit with the offset taken back, and next to none as they
    lie; and no other direction may do half as well.
    """
    matched = int(fit(suspect.back).sum())
    before = int(fit(np.zeros_like(suspect.back)).sum())
    if matched < least or 2 * matched < len(suspect.shapes) or 5 * before > matched:
        return None
    for turn in np.radians(_TURNS):
        turned = suspect.back @ np.array(
            [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        )
        if 2 * int(fit(turned).sum()) > matched:
            return None
    return {"matched": matched, "before": before, "shapes": len(suspect.shapes)}


def _is_single(suspect: _Suspect, ground: npt.NDArray[Any]) -> bool:
    """Tell whether outlines fit in one place only: in fields of one size they fit in many."""
    some = np.unique(np.linspace(0, len(suspect.shapes) - 1, _MOST_TRIED).astype(int))
    few = _Suspect(
        suspect.shapes[some], suspect.centres[some], suspect.own[some], suspect.back[some]
    )
    fit = _fit_outlines(few, ground)
    if fit is None:
        return False
    matched = int(fit(few.back).sum())
    steps = np.arange(-_AROUND_M, _AROUND_M + 1, 1.6 * _ON_LINE_M)
    ways = np.array([(x, y) for x in steps for y in steps if np.hypot(x, y) > 4 * _ON_LINE_M])
    return all(2 * int(fit(few.back + way).sum()) <= matched for way in ways)


def _fit_codes(suspect: _Suspect, ground: npt.NDArray[Any], codes: npt.NDArray[Any]) -> Fit | None:
    """Return the test whether shapes lie in the parcel of their code; None without such codes."""
    known = {code: at for at, code in enumerate(codes) if isinstance(code, str) and code}
    at = np.array([known.get(one, -1) if isinstance(one, str) else -1 for one in suspect.own])
    if 2 * (at >= 0).sum() < len(at):
        return None

    def fit(way: Array) -> Mask:
        points = shapely.points(suspect.centres + way)
        limit = _AT_HOME_M if way.any() else _AWAY_M
        away = shapely.distance(points, ground[np.maximum(at, 0)])
        return np.asarray((at >= 0) & (away <= limit))

    return fit


def _fit_outlines(suspect: _Suspect, ground: npt.NDArray[Any]) -> Fit | None:
    """Return the test whether outlines run on outlines of others; None where there are only points.

    The smaller the outline, the easier it is near another one; so those do not count whose size is
    not many times the tolerance.
    """
    lines = np.where(
        shapely.get_dimensions(suspect.shapes) == 2,
        shapely.boundary(suspect.shapes),
        suspect.shapes,
    )
    drawn = (shapely.get_dimensions(lines) == 1) & (shapely.length(lines) > 20 * _ON_LINE_M)
    if not drawn.any():
        return None
    steps = np.linspace(0, 1, _SAMPLES, endpoint=False)
    samples = shapely.get_coordinates(
        shapely.line_interpolate_point(_longest(lines[drawn])[:, None], steps, normalized=True)
    )
    tree = shapely.STRtree(shapely.boundary(ground))

    def fit(way: Array) -> Mask:
        points = shapely.points(samples + np.repeat(way[drawn], _SAMPLES, axis=0))
        on = np.zeros(len(points), dtype=bool)
        on[tree.query(points, predicate="dwithin", distance=_ON_LINE_M)[0]] = True
        share = on.reshape(-1, _SAMPLES).mean(axis=1)
        return np.asarray(share >= _OUTLINE)

    return fit


def _longest(lines: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return lines, of those in several parts the longest."""
    parts, at = shapely.get_parts(lines, return_index=True)
    order = np.lexsort((-shapely.length(parts), at))
    return np.asarray(parts[order][np.unique(at[order], return_index=True)[1]])


def _fit_ground(suspect: _Suspect, ground: npt.NDArray[Any]) -> Fit:
    """Return the test whether shapes lie on the ground that others cover."""
    tree = shapely.STRtree(ground)

    def fit(way: Array) -> Mask:
        inside = np.zeros(len(suspect.shapes), dtype=bool)
        points = shapely.points(suspect.centres + way)
        inside[tree.query(points, predicate="intersects")[0]] = True
        return inside

    return fit
