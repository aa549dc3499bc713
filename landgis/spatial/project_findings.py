"""What is wrong with the red lines themselves and with what is to be taken out of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base import checks
from landgis.base.dates import as_day
from landgis.base.findings import finding, findings_frame
from landgis.spatial.mosaic import neighbours, overlapping
from landgis.spatial.shapes import POLYGONAL, defect_of, is_usable, moved, origin_of, polygons_of
from landgis.spatial.tables import by_id, dates_of, text_of

__all__ = ["find_clean_land"]


def find_clean_land(
    projects: gpd.GeoDataFrame, exclusions: gpd.GeoDataFrame | None = None, *, as_of: Any
) -> gpd.GeoDataFrame:
    """Return findings on projects and exclusions.

    Parameters
    ----------
    projects, exclusions : GeoDataFrame of (Multi)Polygon
        With ``project_id``; with ``exclusion_id``, ``doc_no``, ``approved_on``.
    as_of : date, Timestamp or str
        The day by which an exclusion must be approved.

    Returns
    -------
    GeoDataFrame
        The findings layer: ``project_without_red_line`` (missing, empty or broken),
        ``project_overlap`` (each pair, with the common ground), ``exclusion_unapproved`` (each
        exclusion that meets a project without document or approval, per project).
    """
    checks.require_unique_ids(projects, "projects", "project_id")
    checks.require_geometry(projects, "projects", POLYGONAL)
    projects = by_id(projects, "project_id")
    shapes = projects.geometry.to_numpy()
    drawn = np.flatnonzero(is_usable(shapes))
    found = [*_bare(projects, drawn), *_common(projects, drawn)]
    if exclusions is not None and len(exclusions):
        checks.require_unique_ids(exclusions, "exclusions", "exclusion_id")
        checks.require_geometry(exclusions, "exclusions", POLYGONAL)
        checks.require_same_crs(projects, exclusions, "projects, exclusions")
        found += _unapproved(projects, drawn, by_id(exclusions, "exclusion_id"), as_day(as_of))
    return findings_frame(found, projects.crs)


def _bare(projects: gpd.GeoDataFrame, drawn: Any) -> Iterator[dict[str, Any]]:
    """Find projects without a usable red line."""
    for at in np.setdiff1d(np.arange(len(projects)), drawn):
        shape = projects.geometry.iloc[at]
        broken = shape is not None and not shape.is_empty
        defect = defect_of(shape) if broken else {"why": "no_shape"}
        project_id = projects["project_id"].iloc[at]
        yield finding(
            "project_without_red_line", layer="projects", ids=[project_id],
            project_id=project_id, geometry=shape, **defect,
        )  # fmt: skip


def _common(projects: gpd.GeoDataFrame, drawn: Any) -> Iterator[dict[str, Any]]:
    """Find red lines that overlap."""
    shapes, ids = projects.geometry.to_numpy(), projects["project_id"].to_numpy(object)
    left, right = (drawn[s] for s in overlapping(shapes[drawn], *neighbours(shapes[drawn])))
    for one, two in zip(left, right, strict=True):
        origin = origin_of(shapes[[one, two]])
        near = moved(shapes[[one, two]], -origin)
        common = polygons_of(shapely.intersection(near[:1], near[1:]))
        yield finding(
            "project_overlap", layer="projects", ids=[ids[one], ids[two]],
            area_m2=float(shapely.area(common[0])), geometry=moved(common, origin)[0],
        )  # fmt: skip


def _unapproved(
    projects: gpd.GeoDataFrame, drawn: Any, exclusions: gpd.GeoDataFrame, day: pd.Timestamp
) -> list[dict[str, Any]]:
    """Find exclusions inside projects that no document or no approval carries."""
    paper = text_of(exclusions, "doc_no").fillna("").str.strip().ne("")
    approved_on = dates_of(exclusions, "approved_on")
    open_ = np.flatnonzero(~(paper & approved_on.le(day)).to_numpy(bool))
    shapes = exclusions.geometry.to_numpy()
    open_ = open_[is_usable(shapes[open_])]
    bases = projects.geometry.to_numpy()[drawn]
    at, base = shapely.STRtree(bases).query(shapes[open_], predicate="intersects")
    area = shapely.area(shapely.intersection(shapes[open_[at]], bases[base]))
    return [
        finding(
            "exclusion_unapproved", layer="exclusions",
            ids=[exclusions["exclusion_id"].iloc[open_[k]]],
            project_id=projects["project_id"].iloc[drawn[j]], area_m2=float(m2),
            geometry=shapes[open_[k]], doc_no=bool(paper.iloc[open_[k]]),
            approved_on=str(approved_on.iloc[open_[k]].date())
            if pd.notna(approved_on.iloc[open_[k]]) else "",
        )
        for k, j, m2 in zip(at, base, area, strict=True)
        if m2 > 0
    ]  # fmt: skip
