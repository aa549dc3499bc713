"""Parcels mended within a budget of changed area, and what was changed: an act of its own.

Nothing is decided here that is for a survey or a court to decide: overlaps and gaps as wide as a
survey can tell, parcels handed over twice and parcels in dispute stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.spatial.common_ground import grounds_of
from landgis.spatial.settling import Knobs, Refusals, changed_area, settled
from landgis.spatial.shapes import Floats, Ints, Mask, Shapes, is_usable
from landgis.spatial.tables import by_id, dates_of
from landgis.spatial.tidying import (
    Mending,
    applied,
    self_crossings,
    turned_holes,
    without_repeated_points,
)
from landgis.spatial.topology import SLIVER_M, find_topology, require_parcels

__all__ = ["Repaired", "repair_topology"]

#: m² and share of a parcel that may change, and m² of all together
BUDGET_M2, BUDGET_SHARE, TOTAL_M2 = 1.0, 0.005, 100.0
#: turns after which mending stops even where the last one changed something
_TURNS = 5
#: change to the rule by which it is made
RULES = {
    "points_repeated": "shared_point_stands",
    "self_intersection": "make_valid_structure",
    "orientation": "hole_against_shell",
    "border_snapped": "agreed_border_stands",
}
_CHANGES = {
    "parcel_id": "str", "change": "str", "rule": "str", "area_before_m2": "float64",
    "area_after_m2": "float64", "changed_m2": "float64", "moved_m": "float64", "vertices": "int64",
}  # fmt: skip
_LEFT = {"parcel_id": "str", "change": "str", "left_because": "str", "changed_m2": "float64"}


@dataclass(frozen=True)
class Repaired:
    """What `repair_topology` returns.

    Attributes
    ----------
    parcels : GeoDataFrame
        As they came, in their order, the mended shapes in place.
    changes : DataFrame
        One row per parcel and kind of change: ``parcel_id``, ``change`` (points_repeated,
        self_intersection, orientation, border_snapped), ``rule``, ``area_before_m2,
        area_after_m2``, ``changed_m2`` (in the one shape and not in the other), ``moved_m`` (how
        far the border moved at most), ``vertices`` (that are no longer there or new).
    left : DataFrame
        What could be mended and was not: ``parcel_id``, ``change``, ``left_because`` (budget,
        total, shape, overlap, not_better, unsettled), ``changed_m2`` (that it would have taken).
    findings : GeoDataFrame
        What `find_topology` finds in the result.
    """

    parcels: gpd.GeoDataFrame
    changes: pd.DataFrame
    left: pd.DataFrame
    findings: gpd.GeoDataFrame


@dataclass(frozen=True)
class _Work:
    """Shapes in the order of their ids, as they came and as far as they are mended."""

    ids: Shapes
    before: Shapes
    now: Shapes
    free: Mask
    limit: Floats
    spent: Floats
    changes: pd.DataFrame
    left: pd.DataFrame


def repair_topology(
    parcels: gpd.GeoDataFrame,
    *,
    base: gpd.GeoDataFrame | None = None,
    budget_m2: float = BUDGET_M2,
    budget_share: float = BUDGET_SHARE,
    total_m2: float = TOTAL_M2,
    sliver_m: float = SLIVER_M,
) -> Repaired:
    """Mend parcels where that moves less ground than a budget allows; report every change.

    Mended are repeated points, rings that cross themselves, and vertices and slivers between two
    parcels: a vertex nearer than `sliver_m` to a border goes onto it, where the vertex stands that
    more parcels have, else that of the parcel surveyed first (``surveyed_on``), else of the one
    with fewer vertices astray, else of the smaller id; a T-junction gets its vertex. Overlaps and
    gaps from `sliver_m` on, duplicates, and parcels in dispute (``disputed_from`` without
    ``disputed_to``) are never touched.

    Parameters
    ----------
    parcels : GeoDataFrame of (Multi)Polygon
        With ``parcel_id``; in a CRS true to the metre. Heights of mended shapes are dropped.
    base : GeoDataFrame of (Multi)Polygon, optional
        Red lines with ``project_id``, inside which slivers of gaps are closed.
    budget_m2, budget_share : float
        m² and share of its area that a parcel may change by: the smaller of both. A parcel that
        would need more stays as it was, as a whole.
    total_m2 : float
        m² that all parcels together may change by. If they need more, none is changed.
    sliver_m : float
        m; as in `find_topology`.

    Returns
    -------
    Repaired
        A second repair of its parcels changes nothing.

    Raises
    ------
    CRSError, GeometryError, TableError
        As `find_topology` raises them.
    """
    require_parcels(parcels, base)
    ordered = by_id(parcels, "parcel_id")
    work = _begun(ordered, budget_m2, budget_share)
    for _ in range(_TURNS):
        before = len(work.changes)
        work = replace(work, left=work.left.iloc[:0])
        for mendings in (without_repeated_points, turned_holes, self_crossings):
            work = _tidied(work, list(mendings(grounds_of(work.now))))
        work = _settled(work, ordered, base, sliver_m)
        if len(work.changes) == before:
            break
    work = _within_total(replace(work, changes=_summed(work.changes)), total_m2)
    out = _put_back(parcels, work)
    findings = find_topology(out, base=base, sliver_m=sliver_m)
    return Repaired(out, work.changes, work.left, findings)


def _begun(parcels: gpd.GeoDataFrame, budget_m2: float, budget_share: float) -> _Work:
    """Return parcels of which nothing is mended yet."""
    shapes = parcels.geometry.to_numpy()
    area = np.nan_to_num(shapely.area(shapes))
    disputed = dates_of(parcels, "disputed_from").notna() & dates_of(parcels, "disputed_to").isna()
    return _Work(
        parcels["parcel_id"].to_numpy(object),
        shapes,
        shapes,
        ~disputed.to_numpy(),
        np.minimum(budget_m2, budget_share * area),
        np.zeros(len(shapes)),
        pd.DataFrame(columns=[*_CHANGES]).astype(_CHANGES),
        pd.DataFrame(columns=[*_LEFT]).astype(_LEFT),
    )


def _tidied(work: _Work, mendings: list[Mending]) -> _Work:
    """Return the work with those mendings that fit the budget, the others as left."""
    mendings = [one for one in mendings if work.free[one.at]]
    spent = work.spent.copy()
    for one in mendings:
        spent[one.at] += one.changed_m2
    fits = [one for one in mendings if spent[one.at] <= work.limit[one.at]]
    over = [one for one in mendings if spent[one.at] > work.limit[one.at]]
    for one in over:
        spent[one.at] = work.spent[one.at]
    now = applied(work.now, fits)
    at = np.array([one.at for one in fits], dtype=np.intp)
    left = _left(work, {one.at: ("budget", one.changed_m2) for one in over}, over)
    changes = _changes(
        work, at, [one.change for one in fits], now[at], [one.changed_m2 for one in fits]
    )
    return replace(work, now=now, spent=spent, changes=changes, left=left)


def _settled(
    work: _Work, parcels: gpd.GeoDataFrame, base: gpd.GeoDataFrame | None, sliver_m: float
) -> _Work:
    """Return the work with vertices and slivers settled between neighbours."""
    lines = np.zeros(0, dtype=object) if base is None else base.geometry.to_numpy()
    surveyed = dates_of(parcels, "surveyed_on").rank(method="dense", na_option="bottom")
    rank = surveyed.to_numpy().astype(np.intp)
    knobs = Knobs(sliver_m, lines[is_usable(lines)], work.free, rank, work.limit, work.spent)
    now, refused = settled(work.now, knobs)
    at = np.flatnonzero([one is not other for one, other in zip(now, work.now, strict=True)])
    changed = changed_area(work.now[at], now[at])
    spent = work.spent.copy()
    spent[at] += changed
    left = _left(work, refused)
    changes = _changes(work, at, ["border_snapped"] * len(at), now[at], changed.tolist())
    return replace(work, now=now, spent=spent, changes=changes, left=left)


def _left(work: _Work, refused: Refusals, mendings: list[Mending] | None = None) -> pd.DataFrame:
    """Return the table of what was left, with more rows."""
    kinds = {one.at: one.change for one in mendings or []}
    rows = [
        (work.ids[at], kinds.get(at, "border_snapped"), why, m2)
        for at, (why, m2) in sorted(refused.items())
    ]
    return _with_rows(work.left, rows).drop_duplicates(["parcel_id", "change"], ignore_index=True)


def _changes(
    work: _Work, at: Ints, kinds: list[str], after: Shapes, changed: list[float]
) -> pd.DataFrame:
    """Return the table of changes, with more rows."""
    rows = []
    for k, kind, new, m2 in zip(at.tolist(), kinds, after, changed, strict=True):
        old = work.now[k]
        areas = (float(shapely.area(old)), float(shapely.area(new)))
        rows.append((work.ids[k], kind, RULES[kind], *areas, m2, *_moved(old, new)))
    return _with_rows(work.changes, rows)


def _summed(changes: pd.DataFrame) -> pd.DataFrame:
    """Return changes with those of one parcel and kind in one row."""
    if changes.empty:
        return changes
    how = dict(zip([*_CHANGES][2:], ("first", "first", "last", "sum", "max", "sum"), strict=True))
    return changes.groupby(["parcel_id", "change"], sort=False, as_index=False).agg(how)


def _moved(old: Any, new: Any) -> tuple[float, int]:
    """Return how far (m) vertices of one border lie from the other, and how many are others."""
    one, other = ({*map(tuple, shapely.get_coordinates(shape).tolist())} for shape in (old, new))
    far = 0.0
    for points, border in ((one - other, new), (other - one, old)):
        if points:
            spots: Any = shapely.points([*points])
            far = max(far, float(shapely.distance(spots, shapely.boundary(border)).max()))
    lost = int(shapely.get_num_coordinates(old) - shapely.get_num_coordinates(new))
    return far, len(one ^ other) or abs(lost)


def _with_rows(table: pd.DataFrame, rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Return a table with rows more, those of one parcel together."""
    if not rows:
        return table
    more = pd.DataFrame(rows, columns=table.columns).astype(table.dtypes.to_dict())
    out = more if table.empty else pd.concat([table, more], ignore_index=True)
    return out.sort_values("parcel_id", kind="stable", ignore_index=True)


def _within_total(work: _Work, total_m2: float) -> _Work:
    """Return the work, or where all changes together are too much, none of it."""
    if work.spent.sum() <= total_m2:
        return work
    wanted = work.changes[["parcel_id", "change", "changed_m2"]].assign(left_because="total")
    left = _with_rows(work.left, list(wanted[[*_LEFT]].itertuples(index=False, name=None)))
    return replace(work, now=work.before, changes=work.changes.iloc[:0], left=left)


def _put_back(parcels: gpd.GeoDataFrame, work: _Work) -> gpd.GeoDataFrame:
    """Return the parcels as they came, in their order, with the mended shapes."""
    place = pd.Index(work.ids).get_indexer(parcels["parcel_id"].astype("str").to_numpy(object))
    shapes = gpd.GeoSeries(work.now[place], index=parcels.index, crs=parcels.crs)
    return parcels.set_geometry(shapes.rename(parcels.geometry.name))
