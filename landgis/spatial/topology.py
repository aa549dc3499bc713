"""What is wrong with a layer of parcels: shapes, overlaps, gaps, slivers, areas, codes.

Findings only: nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base import checks
from landgis.base.findings import finding, findings_frame
from landgis.spatial.codes import code_defect, looks_like_a_code, may_be_malformed
from landgis.spatial.common_ground import Grounds, grounds_of, overlaps, unowned_ground
from landgis.spatial.shapes import (
    POLYGONAL,
    Shapes,
    boundary_widths,
    defect_of,
    is_usable,
    moved,
)
from landgis.spatial.stated_areas import area_differences
from landgis.spatial.tables import by_id
from landgis.spatial.vertices import near_misses, repeated_points, spikes

__all__ = ["SLIVER_M", "find_topology", "require_parcels"]

#: m; what is narrower (2A/P) is a sliver: twice the mean error of a boundary point of class I
SLIVER_M = 0.1
_SOURCE = ("source_file", "source_sheet", "source_row")


def find_topology(
    parcels: gpd.GeoDataFrame,
    *,
    base: gpd.GeoDataFrame | None,
    sliver_m: float = SLIVER_M,
    rules: Mapping[str, Any] | None = None,
) -> gpd.GeoDataFrame:
    """Return findings on parcels, each with the shape it speaks of.

    Parameters
    ----------
    parcels : GeoDataFrame of (Multi)Polygon
        With ``parcel_id`` and, where known, ``stated_area_mu``; in a CRS true to the metre.
    base : GeoDataFrame of (Multi)Polygon or None
        Red lines with ``project_id``, inside which a gap is a finding; None looks for no gaps.
    sliver_m : float
        Overlaps, gaps and parcels narrower than this (2A/P, m) are slivers; vertices nearer than
        this to a neighbour's border, and not on it, are near misses.
    rules : mapping, optional
        ``areas``: class of the boundary points, shares that stated areas may differ by; None takes
        the package's.

    Returns
    -------
    GeoDataFrame
        The findings layer: ``geometry_missing``, ``geometry_invalid``, ``points_repeated``,
        ``vertex_spike``, ``parcel_overlap``, ``parcel_duplicate``, ``parcel_gap`` (ids: the
        project), ``parcel_sliver`` (facts ``what``: parcel, overlap or gap),
        ``vertex_near_miss``, ``area_differs``, ``code_malformed``.
        ``attrs["path"]`` says how overlaps and gaps were looked for: ``edges``, around edges that
        no neighbour answers, or ``pairs``, between all neighbours, where most parcels have such
        edges (``attrs["loose_share"]`` of all edges). What is found does not depend on it.

    Raises
    ------
    CRSError, GeometryError, TableError
        If ids are missing or repeat, shapes are no polygons, or a CRS is unfit or another.
    """
    require_parcels(parcels, base)
    layer = _layer_of(by_id(parcels, "parcel_id"))
    grounds = grounds_of(layer.shapes)
    found = [
        *_broken(layer, grounds),
        *_repeated(layer, grounds),
        *_spikes(layer, grounds, sliver_m),
        *_overlaps(layer, grounds, sliver_m),
        *_gaps(base, grounds, sliver_m),
        *_thin_parcels(layer, grounds, sliver_m),
        *_near_misses(layer, grounds, sliver_m),
        *_areas(layer, grounds, rules),
        *_codes(layer),
    ]
    near = [one for one in found if one.pop("near", False)]
    shapes = np.array([one["geometry"] for one in near], dtype=object)
    for one, shape in zip(near, moved(shapes, grounds.origin), strict=True):
        one["geometry"] = shape
    out = findings_frame(found, parcels.crs)
    out.attrs |= {"path": grounds.path, "loose_share": grounds.loose.share}
    return out


def require_parcels(parcels: gpd.GeoDataFrame, base: gpd.GeoDataFrame | None) -> None:
    """Refuse parcels, and red lines, on which nothing can be said.

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


@dataclass(frozen=True)
class _Layer:
    """Parcels in the order of their ids, with what a finding says of one."""

    frame: gpd.GeoDataFrame
    ids: Shapes
    shapes: Shapes
    sources: dict[str, Shapes]

    def about(self, code: str, at: int, **facts: Any) -> dict[str, Any]:
        """Return a finding on one parcel, with its own shape."""
        source = {name: column[at] for name, column in self.sources.items()}
        known = {name: value for name, value in source.items() if not pd.isna(value)}
        facts.setdefault("geometry", self.shapes[at])
        return finding(code, layer="parcels", ids=[self.ids[at]], **known, **facts)


def _layer_of(parcels: gpd.GeoDataFrame) -> _Layer:
    """Return the parcels with their columns at hand."""
    sources = {name: parcels[name].to_numpy(object) for name in _SOURCE if name in parcels}
    ids = parcels["parcel_id"].to_numpy(object)
    return _Layer(parcels, ids, parcels.geometry.to_numpy(), sources)


def _each(table: pd.DataFrame) -> Iterator[Any]:
    """Walk the rows of a table of defects."""
    yield from table.itertuples()


def _on_ground(code: str, ids: list[str], shape: Any, **facts: Any) -> dict[str, Any]:
    """Return a finding on ground near the origin; it is moved back at the end."""
    area = float(shapely.area(shape))
    return finding(code, layer="parcels", ids=ids, geometry=shape, area_m2=area, **facts) | {
        "near": True
    }


def _broken(layer: _Layer, grounds: Grounds) -> Iterator[dict[str, Any]]:
    """Find shapes that are missing, empty or invalid."""
    absent = shapely.is_missing(layer.shapes) | shapely.is_empty(layer.shapes)
    for at in np.flatnonzero(absent):
        yield layer.about("geometry_missing", int(at))
    for at in np.flatnonzero(~absent & ~grounds.sound):
        yield layer.about("geometry_invalid", int(at), **defect_of(layer.shapes[at]))


def _repeated(layer: _Layer, grounds: Grounds) -> Iterator[dict[str, Any]]:
    """Find vertices that are there twice in a row."""
    for row in _each(repeated_points(grounds.borders)):
        yield layer.about(
            "points_repeated", row.shape, geometry=row.spots, vertices=row.vertices
        ) | {"near": True}  # fmt: skip


def _spikes(layer: _Layer, grounds: Grounds, sliver_m: float) -> Iterator[dict[str, Any]]:
    """Find spikes and slits of sound parcels that are no slivers as a whole."""
    for row in _each(spikes(grounds.borders, sliver_m)):
        shape = layer.shapes[row.shape]
        if grounds.sound[row.shape] and boundary_widths(np.array([shape]))[0] >= sliver_m:
            yield layer.about(
                "vertex_spike", row.shape, geometry=row.spots, vertices=row.vertices
            ) | {"near": True}  # fmt: skip


def _overlaps(layer: _Layer, grounds: Grounds, sliver_m: float) -> Iterator[dict[str, Any]]:
    """Find parcels that share ground: the same one twice, an overlap, or a sliver of one."""
    for row in _each(overlaps(grounds, sliver_m)):
        facts = {"what": "overlap"} if row.code == "parcel_sliver" else {}
        ids = [layer.ids[row.left], layer.ids[row.right]]
        yield _on_ground(row.code, ids, row.ground, **facts)


def _gaps(
    base: gpd.GeoDataFrame | None, grounds: Grounds, sliver_m: float
) -> Iterator[dict[str, Any]]:
    """Find ground inside a red line that no parcel has, nor the outline of a broken one."""
    if base is None or not len(base):
        return
    projects = by_id(base, "project_id")
    lines = projects.geometry.to_numpy()
    for at in np.flatnonzero(is_usable(lines)):
        parts = unowned_ground(grounds, moved(lines[[at]], -grounds.origin)[0])
        project_id = projects["project_id"].iloc[at]
        for part, width in zip(parts, boundary_widths(parts), strict=True):
            facts = {"what": "gap"} if width < sliver_m else {}
            code = "parcel_sliver" if facts else "parcel_gap"
            yield _on_ground(code, [project_id], part, project_id=project_id, **facts)


def _thin_parcels(layer: _Layer, grounds: Grounds, sliver_m: float) -> Iterator[dict[str, Any]]:
    """Find parcels that are slivers themselves."""
    sound = np.flatnonzero(grounds.sound)
    for at in sound[boundary_widths(layer.shapes[sound]) < sliver_m]:
        area = float(shapely.area(layer.shapes[at]))
        yield layer.about("parcel_sliver", int(at), area_m2=area, what="parcel")


def _near_misses(layer: _Layer, grounds: Grounds, reach: float) -> Iterator[dict[str, Any]]:
    """Find vertices that lie beside a neighbour's border, neither on it nor clearly off it."""
    for row in _each(near_misses(grounds, reach)):
        yield finding(
            "vertex_near_miss", layer="parcels", ids=[layer.ids[row.one], layer.ids[row.other]],
            geometry=row.spots, vertices=row.vertices, distance_m=round(row.distance, 4),
        ) | {"near": True}  # fmt: skip


def _areas(
    layer: _Layer, grounds: Grounds, rules: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """Find stated areas that are neither the plane nor the ellipsoidal one, within their errors."""
    table = area_differences(layer.frame, np.flatnonzero(grounds.sound), rules)
    for row in _each(table):
        yield layer.about(
            "area_differs", row.at, severity=row.severity, area_m2=row.off,
            stated_m2=round(row.stated, 2), plane_m2=round(row.plane, 2),
            ellipsoidal_m2=round(row.ellipsoidal, 2), share=round(row.share, 6),
        )  # fmt: skip


def _codes(layer: _Layer) -> Iterator[dict[str, Any]]:
    """Find ids that set out to be parcel codes and are none."""
    for at in np.flatnonzero(may_be_malformed(layer.frame["parcel_id"])):
        code = layer.ids[at]
        if looks_like_a_code(code) and (defect := code_defect(code)):
            yield layer.about("code_malformed", int(at), defect=defect)
