"""How far somebody's claimed clean boundary is from the computed one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base import checks
from landgis.base.errors import CampaignError, GeometryError
from landgis.spatial.cutting import common_parts, parted, rests, united
from landgis.spatial.shapes import (
    POLYGONAL,
    TOUCH,
    Shapes,
    is_usable,
    moved,
    origin_of,
    polygons_of,
)
from landgis.spatial.tables import text_of

__all__ = ["BoundaryCheck", "check_boundary"]

#: most points along a boundary at which the distance to the other one is taken, and the least step
_MOST_POINTS = 50_000
_LEAST_STEP_M = 0.05
_OUTSIDE = "outside"
_DIFFERENCE = {
    "project_id": "str",
    "difference": "str",
    "state": "str",
    "reason": "str",
    "parcel_id": "str",
    "area_m2": "float64",
    "sliver": "bool",
}
_SUMMARY = {
    "project_id": "str",
    **dict.fromkeys(
        (
            "claimed_m2",
            "clean_m2",
            "common_m2",
            "claimed_not_clean_m2",
            "clean_not_claimed_m2",
            "sliver_m2",
            "iou",
            "distance_m",
        ),
        "float64",
    ),
}


@dataclass(frozen=True)
class BoundaryCheck:
    """A claimed boundary against the computed one.

    Attributes
    ----------
    projects : DataFrame
        Per claimed project: ``project_id``; ``claimed_m2``, ``clean_m2`` (computed),
        ``common_m2``; ``claimed_not_clean_m2`` and ``clean_not_claimed_m2`` beyond slivers;
        ``sliver_m2`` (set aside, both sides); ``iou`` (common ground over ground of either, 0 to 1)
        and ``distance_m`` (greatest distance from a point of one boundary to the other), both
        before slivers are set aside.
    reasons : DataFrame
        Ground claimed but not clean, beyond slivers: ``project_id, state, reason, parcel_id,
        area_m2``; ``state`` is blocked, restricted, excluded, or outside (of the red line).
    differences : GeoDataFrame
        Its parts and those that are clean but not claimed: ``project_id, difference``
        (claimed_not_clean, clean_not_claimed), ``state, reason, parcel_id, area_m2, sliver,
        geometry``.
    """

    projects: pd.DataFrame
    reasons: pd.DataFrame
    differences: gpd.GeoDataFrame


def _greatest_distance(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return the greatest distance (m) from a point of one boundary to the other boundary."""
    if shapely.is_empty(one) or shapely.is_empty(other):
        return float("nan")
    edges = shapely.boundary(one), shapely.boundary(other)
    reach = 0.0
    for here, there in (edges, edges[::-1]):
        step = max(shapely.length(here) / _MOST_POINTS, _LEAST_STEP_M)
        dense = shapely.get_coordinates(shapely.segmentize(here, step))
        lines = shapely.get_parts(there)
        xy, line = shapely.get_coordinates(lines, return_index=True)
        first = np.flatnonzero(line[:-1] == line[1:])
        segments: Any = shapely.linestrings(np.stack([xy[first], xy[first + 1]], axis=1))
        tree = shapely.STRtree(segments)
        _, found = tree.query_nearest(
            shapely.points(dense), return_distance=True, all_matches=False
        )
        reach = max(reach, float(found.max()))
    return reach


def _parts(shapes: Shapes, **columns: Any) -> pd.DataFrame:
    """Return the polygons of shapes as rows, with the columns of the shape each comes from."""
    parts, owner = shapely.get_parts(polygons_of(shapes), return_index=True)
    kept = shapely.area(parts) >= TOUCH
    parts, owner = parts[kept], owner[kept]
    values = {name: np.asarray(value, dtype=object)[owner] for name, value in columns.items()}
    return pd.DataFrame({**values, "area_m2": shapely.area(parts), "geometry": parts})


def _times(shape: Any, n: int) -> Shapes:
    """Return a shape n times."""
    return np.full(n, shape, dtype=object)


def _differences(claim: Any, pieces: gpd.GeoDataFrame, tolerance_m: float) -> pd.DataFrame:
    """Return where one claimed shape and the pieces of its project differ, part by part."""
    shapes = pieces.geometry.to_numpy()
    clean = pieces["state"].eq("clean").to_numpy(bool)
    rest = pieces[~clean]
    known = {name: rest[name].to_numpy(object) for name in ("state", "reason", "parcel_id")}
    blocked = _parts(common_parts(shapes[~clean], _times(claim, int((~clean).sum()))), **known)
    beyond = _parts(
        rests(_times(claim, 1), _times(united(shapes), 1)),
        state=[_OUTSIDE], reason=[np.nan], parcel_id=[np.nan],
    )  # fmt: skip
    ids = pieces["parcel_id"].to_numpy(object)[clean]
    left = _parts(rests(shapes[clean], _times(claim, len(ids))), parcel_id=ids)
    claimed = pd.concat([blocked, beyond]).assign(difference="claimed_not_clean")
    unclaimed = left.assign(difference="clean_not_claimed", state="clean", reason=np.nan)
    return _without_slivers(pd.concat([claimed, unclaimed], ignore_index=True), tolerance_m)


def _without_slivers(table: pd.DataFrame, tolerance_m: float) -> pd.DataFrame:
    """Return differences with strips narrower than the tolerance told apart from the rest.

    A strip runs across parcels and reasons, so all ground of one side is judged together: what a
    disc of that width fits into is real, and so is what lies within its reach; tails are strips.
    """
    out = []
    for _, rows in table.groupby("difference", sort=False):
        shapes = rows["geometry"].to_numpy()
        whole = united(shapes)
        core = shapely.buffer(whole, -tolerance_m / 2 * (1 - 1e-6), join_style="mitre")
        real = shapely.buffer(core, 1.5 * tolerance_m, join_style="mitre")
        columns = {name: rows[name].to_numpy(object) for name in _DIFFERENCE if name in rows}
        columns.pop("area_m2")
        inner, outer = parted(shapes, polygons_of(_times(real, len(shapes))))
        out.append(_parts(inner, **columns).assign(sliver=False))
        out.append(_parts(outer, **columns).assign(sliver=True))
    return pd.concat(out, ignore_index=True) if out else table.assign(sliver=False)


def _require(claim: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, tolerance_m: float) -> None:
    """Refuse what cannot be compared."""
    checks.require_geometry(claim, "clean_claims", POLYGONAL)
    checks.require_frame(pieces, "pieces")
    checks.require_columns(pieces, "pieces", ["project_id", "parcel_id", "state", "reason"])
    checks.require_metric_crs(claim, "clean_claims")
    checks.require_same_crs(claim, pieces, "clean_claims, pieces")
    if not tolerance_m >= 0:
        raise CampaignError(
            "choice_wrong", name="tolerance_m", value=tolerance_m, choices="at_least_zero"
        )
    broken = ~is_usable(claim.geometry.to_numpy())
    if broken.any():
        raise GeometryError(
            "geometry_broken", layer="clean_claims", rows=checks.rows(claim.index[broken])
        )


def _claims(claim: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame) -> pd.Series:
    """Return the project of each claimed shape; one without a column is that of all pieces."""
    if "project_id" not in claim.columns and pieces["project_id"].nunique() == 1:
        return pd.Series(pieces["project_id"].iloc[0], index=claim.index, dtype="str")
    checks.require_columns(claim, "clean_claims", ["project_id"])
    projects = text_of(claim, "project_id")
    beyond = projects[~projects.isin(pieces["project_id"])]
    if len(beyond):
        raise CampaignError(
            "projects_unknown", layer="clean_claims", rows=checks.rows(sorted(set(beyond)))
        )
    return projects


def _summary(claim: Any, clean: Any, differences: pd.DataFrame) -> dict[str, float]:
    """Return the figures of one project."""
    common = float(shapely.area(common_parts(_times(claim, 1), _times(clean, 1)))[0])
    either = shapely.area(claim) + shapely.area(clean) - common
    real = differences[~differences["sliver"].astype(bool)]
    by_side = real.groupby("difference")["area_m2"].sum()
    return {
        "claimed_m2": shapely.area(claim),
        "clean_m2": shapely.area(clean),
        "common_m2": common,
        "claimed_not_clean_m2": float(by_side.get("claimed_not_clean", 0.0)),
        "clean_not_claimed_m2": float(by_side.get("clean_not_claimed", 0.0)),
        "sliver_m2": float(differences.loc[differences["sliver"].astype(bool), "area_m2"].sum()),
        "iou": common / either if either > 0 else float("nan"),
        "distance_m": _greatest_distance(claim, clean),
    }


def check_boundary(
    claim: gpd.GeoDataFrame, pieces: gpd.GeoDataFrame, *, tolerance_m: float
) -> BoundaryCheck:
    """Compare claimed clean ground with the pieces that `clean_land` computed.

    Parameters
    ----------
    claim : GeoDataFrame of (Multi)Polygon
        Claimed clean ground, with ``project_id`` if the pieces are of several projects; several
        rows of one project are one claim. In the CRS of the pieces.
    pieces : GeoDataFrame
        ``CleanLand.pieces``.
    tolerance_m : float
        Survey tolerance (m): strips into which no disc of this width fits are set aside.

    Returns
    -------
    BoundaryCheck
        Areas in m². Restricted and excluded ground is not clean, and says so by its state.

    Raises
    ------
    CampaignError, CRSError, GeometryError, TableError
        If the claim's shapes are missing or broken, its CRS is not that of the pieces, or it
        speaks of a project that has no pieces.

    Notes
    -----
    ``distance_m`` is measured from points no more than 5 cm apart (or 1/50 000 of the boundary),
    so it may be short by half of that.
    """
    _require(claim, pieces, tolerance_m)
    projects = _claims(claim, pieces)
    origin = origin_of(claim.geometry.to_numpy(), pieces.geometry.to_numpy())
    summaries, tables = [], []
    for project_id in sorted(projects.unique()):
        shapes = claim.geometry.to_numpy()[projects.eq(project_id).to_numpy(bool)]
        own = pieces[pieces["project_id"].eq(project_id)]
        own = own.assign(geometry=moved(own.geometry.to_numpy(), -origin)).set_crs(
            None, allow_override=True
        )
        claimed = united(moved(shapes, -origin))
        clean = united(own.geometry.to_numpy()[own["state"].eq("clean")])
        found = _differences(claimed, own, tolerance_m).assign(project_id=project_id)
        summaries.append({"project_id": project_id, **_summary(claimed, clean, found)})
        tables.append(found)
    return _result(summaries, tables, origin, pieces.crs)


def _result(
    summaries: list[dict[str, Any]], tables: list[pd.DataFrame], origin: Any, crs: Any
) -> BoundaryCheck:
    """Return the tables with their columns in order and type."""
    kinds = dict(_DIFFERENCE)
    blank = pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})
    table = pd.concat(tables, ignore_index=True) if tables else blank.assign(geometry=None)
    order = ["project_id", "difference", "sliver", "state", "reason", "parcel_id", "area_m2"]
    table = table.astype(kinds).sort_values(order, ignore_index=True)
    shapes = gpd.GeoSeries(moved(table["geometry"].to_numpy(object), origin), crs=crs)
    wrong = table[table["difference"].eq("claimed_not_clean") & ~table["sliver"]]
    by = ["project_id", "state", "reason", "parcel_id"]
    reasons = wrong.groupby(by, dropna=False)["area_m2"].sum().reset_index()
    projects = pd.DataFrame(summaries, columns=list(_SUMMARY)).astype(_SUMMARY)
    differences = gpd.GeoDataFrame(table[list(kinds)], geometry=shapes, crs=crs)
    return BoundaryCheck(projects, reasons.astype(dict.fromkeys(by, "str")), differences)
