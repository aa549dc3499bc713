"""What is wrong with a layer of parcels: shapes, overlaps, gaps, slivers, areas, codes.

Findings only: nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base import checks
from landgis.base.findings import finding, findings_frame
from landgis.base.units import M2_PER_MU
from landgis.spatial.areas import measured_areas
from landgis.spatial.codes import code_defect, looks_like_a_code
from landgis.spatial.ground import ground_of
from landgis.spatial.mosaic import neighbours, overlapping
from landgis.spatial.shapes import (
    POLYGONAL,
    TOUCH,
    Floats,
    Ints,
    Shapes,
    boundary_widths,
    defect_of,
    is_usable,
    moved,
    origin_of,
    polygons_of,
)
from landgis.spatial.tables import by_id, numbers_of

__all__ = ["find_topology"]

#: m; what is narrower (2A/P) is a sliver: twice the mean error of a boundary point of class I
SLIVER_M = 0.1
#: m; mean error of a boundary point (domain 4.4, class I), for the error of an area
POINT_ERROR_M = 0.05
#: a vertex nearer than this to a neighbour's border lies on it, as far as millimetres tell
ON_BORDER_M = 1.5e-3
#: shares of the measured area up to which a difference is only said, or only a warning
SAID, WARNED = 0.005, 0.01
#: two parcels whose ground differs by less than this share are the same one
SAME = 1e-6
_GAP = {"what": "gap"}


def find_topology(
    parcels: gpd.GeoDataFrame, *, base: gpd.GeoDataFrame | None, sliver_m: float = SLIVER_M
) -> gpd.GeoDataFrame:
    """Return findings on parcels, each with the shape it speaks of.

    Parameters
    ----------
    parcels : GeoDataFrame of (Multi)Polygon
        With ``parcel_id`` and, where known, ``stated_area_mu``; in a CRS true to the metre.
    base : GeoDataFrame of (Multi)Polygon or None
        Red lines with ``project_id``, inside which a gap is a finding; None looks for no gaps.
    sliver_m : float
        Overlaps, gaps and parcels narrower than this (2A/P, m) are slivers.

    Returns
    -------
    GeoDataFrame
        The findings layer: ``geometry_missing``, ``geometry_invalid``, ``parcel_overlap``,
        ``parcel_duplicate``, ``parcel_gap`` (ids: the project), ``parcel_sliver`` (facts ``what``:
        parcel, overlap or gap), ``vertex_near_miss``, ``area_differs``, ``code_malformed``.

    Raises
    ------
    CRSError, GeometryError, TableError
        If ids are missing or repeat, shapes are no polygons, or a CRS is unfit or another.
    """
    checks.require_unique_ids(parcels, "parcels", "parcel_id")
    checks.require_geometry(parcels, "parcels", POLYGONAL)
    checks.require_metric_crs(parcels, "parcels")
    if base is not None:
        checks.require_unique_ids(base, "projects", "project_id")
        checks.require_geometry(base, "projects", POLYGONAL)
        checks.require_same_crs(parcels, base, "parcels, projects")
    parcels = by_id(parcels, "parcel_id")
    shapes = parcels.geometry.to_numpy()
    origin = origin_of(shapes)
    near = moved(shapes, -origin)
    sound = np.flatnonzero(is_usable(near))
    found = [
        *_broken(parcels, near),
        *_overlaps(parcels, near, sound, sliver_m),
        *_gaps(base, near, origin, sliver_m),
        *_thin_parcels(parcels, near, sound, sliver_m),
        *_near_misses(parcels, near, sound, sliver_m),
        *_areas(parcels, sound),
        *_codes(parcels),
    ]
    for one in found:
        if one.pop("near", False):
            one["geometry"] = shapely.transform(one["geometry"], lambda xy: xy + origin)
    return findings_frame(found, parcels.crs)


def _source(row: Any) -> dict[str, Any]:
    """Return where a row came from, as far as it knows."""
    columns = ("source_file", "source_sheet", "source_row")
    return {name: row[name] for name in columns if name in row and not pd.isna(row[name])}


def _about(code: str, parcels: gpd.GeoDataFrame, at: int, **facts: Any) -> dict[str, Any]:
    """Return a finding on one parcel, with its own shape."""
    row = parcels.iloc[at]
    return finding(
        code, layer="parcels", ids=[row["parcel_id"]],
        geometry=facts.pop("geometry", row[parcels.geometry.name]), **_source(row), **facts,
    )  # fmt: skip


def _on_ground(code: str, ids: list[str], shape: Any, **facts: Any) -> dict[str, Any]:
    """Return a finding on ground near the origin; it is moved back at the end."""
    area = float(shapely.area(shape))
    return finding(code, layer="parcels", ids=ids, geometry=shape, area_m2=area, **facts) | {
        "near": True
    }


def _broken(parcels: gpd.GeoDataFrame, near: Shapes) -> Iterator[dict[str, Any]]:
    """Find shapes that are missing, empty or invalid."""
    absent = shapely.is_missing(near) | shapely.is_empty(near)
    for at in np.flatnonzero(absent):
        yield _about("geometry_missing", parcels, int(at))
    for at in np.flatnonzero(~absent & ~is_usable(near)):
        defect = defect_of(parcels.geometry.iloc[at])
        yield _about("geometry_invalid", parcels, int(at), **defect)


def _overlaps(
    parcels: gpd.GeoDataFrame, near: Shapes, sound: Ints, sliver_m: float
) -> Iterator[dict[str, Any]]:
    """Find parcels that share ground: the same one twice, an overlap, or a sliver of one."""
    left, right = (sound[side] for side in overlapping(near[sound], *neighbours(near[sound])))
    if not len(left):
        return
    common = polygons_of(shapely.intersection(near[left], near[right]))
    area, of_left, of_right = (shapely.area(s) for s in (common, near[left], near[right]))
    same = of_left + of_right - 2 * area < SAME * np.maximum(of_left, of_right)
    parts, pair = shapely.get_parts(common, return_index=True)
    wide = np.bincount(pair[boundary_widths(parts) >= sliver_m], minlength=len(left)) > 0
    codes = np.select([same, wide], ["parcel_duplicate", "parcel_overlap"], "parcel_sliver")
    ids = parcels["parcel_id"].to_numpy(object)
    for k, code in enumerate(codes):
        facts = {"what": "overlap"} if code == "parcel_sliver" else {}
        yield _on_ground(str(code), [ids[left[k]], ids[right[k]]], common[k], **facts)


def _gaps(
    base: gpd.GeoDataFrame | None, near: Shapes, origin: Floats, sliver_m: float
) -> Iterator[dict[str, Any]]:
    """Find ground inside a red line that no parcel has."""
    if base is None or not len(base):
        return
    projects = by_id(base, "project_id")
    outlines = moved(projects.geometry.to_numpy(), -origin)
    drawn = np.flatnonzero(is_usable(outlines))
    cells = ground_of(outlines[drawn], near)
    gaps = cells.tile < 0
    parts, owner = shapely.get_parts(cells.shape[gaps], return_index=True)
    ids = projects["project_id"].to_numpy(object)[drawn[cells.project[gaps][owner]]]
    for part, project_id, width in zip(parts, ids, boundary_widths(parts), strict=True):
        code, facts = ("parcel_gap", {}) if width >= sliver_m else ("parcel_sliver", _GAP)
        yield _on_ground(code, [project_id], part, project_id=project_id, **facts)


def _thin_parcels(
    parcels: gpd.GeoDataFrame, near: Shapes, sound: Ints, sliver_m: float
) -> Iterator[dict[str, Any]]:
    """Find parcels that are slivers themselves."""
    width = boundary_widths(near[sound])
    for at in sound[width < sliver_m]:
        area = float(shapely.area(near[at]))
        yield _about("parcel_sliver", parcels, int(at), area_m2=area, what="parcel")


def _loose_vertices(near: Shapes) -> tuple[Floats, Ints]:
    """Return the vertices that only one of the shapes has, and which."""
    xy, owner = shapely.get_coordinates(near, return_index=True)
    once = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "owner": owner}).drop_duplicates()
    alone = ~once.duplicated(["x", "y"], keep=False)
    kept = once[alone]
    return kept[["x", "y"]].to_numpy(), kept["owner"].to_numpy(np.intp)


def _near_misses(
    parcels: gpd.GeoDataFrame, near: Shapes, sound: Ints, reach: float
) -> Iterator[dict[str, Any]]:
    """Find vertices that lie beside a neighbour's border, neither on it nor clearly off it."""
    xy, owner = _loose_vertices(near[sound])
    points: Any = shapely.points(xy)
    point, other = shapely.STRtree(near[sound]).query(points, "dwithin", distance=reach)
    beside = owner[point] != other
    point, other = point[beside], other[beside]
    distance = shapely.distance(points[point], shapely.boundary(near[sound[other]]))
    miss = (distance > ON_BORDER_M) & (distance < reach)
    columns = {"one": owner[point], "other": other, "at": point, "distance": distance}
    table = pd.DataFrame(columns)[miss]
    ids = parcels["parcel_id"].to_numpy(object)[sound]
    for (one, two), rows in table.groupby(["one", "other"]):
        yield finding(
            "vertex_near_miss", layer="parcels", ids=[ids[one], ids[two]],
            geometry=shapely.multipoints(points[rows["at"]]),
            vertices=len(rows), distance_m=round(float(rows["distance"].max()), 4),
        ) | {"near": True}  # fmt: skip


def _last_digit(values: Floats) -> float:
    """Return the unit of the last digit that a column of numbers is written to, at most 1e-6."""
    known = values[~np.isnan(values)]
    for decimals in range(6):
        if np.allclose(np.round(known, decimals), known, rtol=0, atol=1e-9):
            return float(10.0**-decimals)
    return 1e-6


def _area_error(shapes: Shapes) -> Floats:
    """Return the mean error (m²) of areas from the error of their points (domain 4.4)."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.r_[np.diff(ring) > 0, True]
    xy, ring = xy[~last], ring[~last]
    first = np.searchsorted(ring, np.arange(len(rings)))
    count = np.bincount(ring, minlength=len(rings))
    step = np.arange(len(ring)) - first[ring]
    before = first[ring] + (step - 1) % count[ring]
    after = first[ring] + (step + 1) % count[ring]
    squares = ((xy[after] - xy[before]) ** 2).sum(axis=1)
    total = np.bincount(owner[part[ring]], weights=squares, minlength=len(shapes))
    out: Floats = POINT_ERROR_M * np.sqrt(total / 8)
    return out


def _areas(parcels: gpd.GeoDataFrame, sound: Ints) -> Iterator[dict[str, Any]]:
    """Find stated areas that are neither the plane nor the ellipsoidal one, within their errors."""
    stated_mu = numbers_of(parcels, "stated_area_mu")
    told = sound[~np.isnan(stated_mu[sound])]
    if not len(told):
        return
    stated = stated_mu[told] * M2_PER_MU
    measured = measured_areas(parcels.iloc[told]).to_numpy()
    off = np.abs(stated[:, None] - measured)
    difference = off.min(axis=1)
    digit = _last_digit(stated_mu) * M2_PER_MU / 2
    error = 2 * _area_error(parcels.geometry.to_numpy()[told])
    share = difference / measured[:, 0]
    severity = np.select([share <= SAID, share <= WARNED], ["info", "warning"], "error")
    for k in np.flatnonzero(difference > np.maximum(digit, error) + TOUCH):
        yield _about(
            "area_differs", parcels, int(told[k]), severity=str(severity[k]),
            area_m2=float(difference[k]), stated_m2=round(float(stated[k]), 2),
            plane_m2=round(float(measured[k, 0]), 2),
            ellipsoidal_m2=round(float(measured[k, 1]), 2), share=round(float(share[k]), 6),
        )  # fmt: skip


def _codes(parcels: gpd.GeoDataFrame) -> Iterator[dict[str, Any]]:
    """Find ids that set out to be parcel codes and are none."""
    for at, code in enumerate(parcels["parcel_id"]):
        if looks_like_a_code(code) and (defect := code_defect(code)):
            yield _about("code_malformed", parcels, at, defect=defect)
