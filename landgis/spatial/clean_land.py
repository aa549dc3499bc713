"""Clean land (净地): which ground of a project is free on a day, and what stands in the way.

All ground inside a red line is in one of four states: excluded by an approved document, blocked,
restricted by a live power line and nothing else, or clean. Areas add up to the red line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.schema import STATES
from landgis.spatial.blockers import parcel_masks
from landgis.spatial.ground import BIT, Cells, cut_by_blocks, ground_of
from landgis.spatial.laying import laid_over
from landgis.spatial.overlays import blocking, excluding
from landgis.spatial.project_findings import find_clean_land
from landgis.spatial.scene import Scene, scene_of
from landgis.spatial.shapes import Ints, Mask, Shapes, is_usable, moved, polygons_of, unions
from landgis.spatial.states import Slivers, slivers_of, states_of, with_masks
from landgis.spatial.tables import dates_of, numbers_of
from landgis.spatial.verdicts import (
    CONDITIONS,
    Judged,
    areas_by_parcel,
    judge_blocks,
    judge_projects,
)

__all__ = ["CONDITIONS", "CleanLand", "clean_areas", "clean_land", "find_clean_land"]


@dataclass(frozen=True)
class CleanLand:
    """What is clean on a day.

    Attributes
    ----------
    projects : DataFrame
        ``project_id, area_m2, clean_m2, restricted_m2, blocked_m2, excluded_m2, sliver_m2,
        verdict, open_conditions``, by id. Without a usable red line areas are missing.
    blocks : DataFrame
        The same with ``block_id, project_id`` in front.
    parcels : DataFrame
        ``project_id, parcel_id`` and the five areas; ground under several parcels is divided
        equally between them.
    pieces : GeoDataFrame
        ``project_id, block_id, parcel_id, state, reason, reasons, area_m2, geometry``.
    """

    projects: pd.DataFrame
    blocks: pd.DataFrame
    parcels: pd.DataFrame
    pieces: gpd.GeoDataFrame


def _parcel_reasons(scene: Scene) -> tuple[Ints, Mask]:
    """Return, per parcel, the reasons that block it as a whole, and whether crops are cleared."""
    parcels, day = scene.parcels, scene.as_of
    share = numbers_of(parcels, "agreed_share")
    acquired = dates_of(parcels, scene.acquired_on).le(day) & (np.isnan(share) | (share >= 1.0))
    settled = dates_of(parcels, "disputed_to").le(day)
    disputed = dates_of(parcels, "disputed_from").le(day) & ~settled
    cleared = dates_of(parcels, "cleared_on").le(day).to_numpy(bool)
    masks = parcel_masks(scene.now, scene.grounds, cleared)
    masks |= np.where(acquired, 0, BIT["not_acquired"])
    masks |= np.where(disputed, BIT["disputed"], 0)
    return masks, cleared


def _computed(scene: Scene, *, sliver_m: float, fast: bool) -> tuple[Cells, Slivers]:
    """Return the cells with all their reasons, and the slivers among gaps and overlaps."""
    masks, cleared = _parcel_reasons(scene)
    cells = ground_of(scene.bases[scene.drawn], scene.grounds)
    blocks = scene.blocks[is_usable(scene.blocks.geometry.to_numpy())]
    place = np.searchsorted(scene.drawn, blocks["project"].to_numpy(np.intp))
    has_base = np.isin(blocks["project"], scene.drawn)
    cells = cut_by_blocks(cells, blocks.geometry.to_numpy()[has_base], place[has_base])
    numbers = np.append(blocks.index.to_numpy(np.intp)[has_base], -1)
    cells = replace(cells, block=numbers[cells.block])
    free = cells.all_of(cleared)
    cells = laid_over(cells, excluding(scene), free, fast=fast)
    slivers = slivers_of(cells, sliver_m)
    cells = with_masks(cells, masks)
    return laid_over(cells, blocking(scene), free, fast=fast), slivers


def _judged(scene: Scene, *, sliver_m: float, fast: bool) -> Judged:
    """Return the cells of the day with their states."""
    cells, slivers = _computed(scene, sliver_m=sliver_m, fast=fast)
    state, decides = states_of(cells, scene.corridor[scene.drawn] == "blocker")
    return Judged(cells, state, decides, slivers)


def _merged(cells: Cells, state: Ints) -> tuple[Cells, Ints]:
    """Return cells with those of the same ground, state and reasons in one."""
    mask = np.where(state == STATES.index("excluded"), BIT["exclusion"], cells.mask)
    key = np.stack([cells.project, cells.block, cells.tile, state, mask], axis=1)
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    one = replace(cells, mask=mask).taken(first, unions(cells.shape, group.ravel()))
    return one, state[first]


def _placed(shapes: Shapes, parcel: Ints, scene: Scene) -> Shapes:
    """Return shapes where they lie on the map: whole parcels as they were given, others moved back.

    A cut may have left corners so near each other that they fall together on the way back.
    """
    near = scene.grounds.shapes
    same = (p >= 0 and near[p] is one for p, one in zip(parcel, shapes, strict=True))
    whole = np.fromiter(same, dtype=bool, count=len(shapes))
    out = np.empty(len(shapes), dtype=object)
    out[whole] = shapely.force_2d(scene.outlines[parcel[whole]])
    cut = moved(shapes[~whole], scene.origin)
    broken = ~shapely.is_valid(cut)
    cut[broken] = polygons_of(shapely.make_valid(cut[broken]))
    out[~whole] = cut
    return out


def _named(mask: int) -> list[str]:
    """Return the reasons of a mask, in their order."""
    return [reason for reason, bit in BIT.items() if mask & bit]


def _pieces(scene: Scene, judged: Judged) -> gpd.GeoDataFrame:
    """Return the pieces of ground by project, block, parcel, state and reasons."""
    cells, state = _merged(judged.cells, judged.state)
    parcel_ids = np.append(scene.parcels["parcel_id"].to_numpy(object), np.nan)
    block_ids = np.append(scene.blocks["block_id"].to_numpy(object), np.nan)
    parcel = cells.holder
    names = {mask: _named(mask) for mask in np.unique(cells.mask).tolist()}
    reasons = [list(names[mask]) for mask in cells.mask.tolist()]
    project = scene.drawn[cells.project]
    columns: dict[str, Any] = {
        "project_id": scene.projects["project_id"].to_numpy(object)[project],
        "block_id": block_ids[cells.block],
        "parcel_id": parcel_ids[parcel],
        "state": np.array(STATES, dtype=object)[state],
        "reason": [one[0] if one else np.nan for one in reasons],
        "reasons": pd.Series(reasons, dtype="object"),
        "area_m2": shapely.area(cells.shape),
    }
    text = ("project_id", "block_id", "parcel_id", "state", "reason")
    table = pd.DataFrame(columns).astype(dict.fromkeys(text, "str"))
    shapes = gpd.GeoSeries(_placed(cells.shape, parcel, scene), crs=scene.crs)
    # missing ids stand at the end, as they do in every table
    last = np.where(cells.block < 0, len(block_ids), cells.block)
    order = np.lexsort((cells.mask, state, np.where(parcel < 0, len(parcel_ids), parcel), last,
                        project))  # fmt: skip
    pieces = gpd.GeoDataFrame(table, geometry=shapes, crs=scene.crs)
    return pieces.iloc[order].reset_index(drop=True)


def _answer(scene: Scene, *, sliver_m: float, fast: bool) -> CleanLand:
    """Return the tables of a scene, with pieces unless only the areas are asked for."""
    judged = _judged(scene, sliver_m=sliver_m, fast=fast)
    shown = judged.nothing() if fast else judged
    return CleanLand(
        projects=judge_projects(scene, judged),
        blocks=judge_blocks(scene, judged),
        parcels=areas_by_parcel(scene, judged),
        pieces=_pieces(scene, shown),
    )


def clean_land(
    projects: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    records: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    links: pd.DataFrame,
    blocks: gpd.GeoDataFrame | None = None,
    exclusions: gpd.GeoDataFrame | None = None,
    as_of: Any,
    acquired_when: str,
    conditions: Mapping[str, Mapping[str, bool]] | None = None,
    sliver_m: float = 0.1,
) -> CleanLand:
    """Return the clean, restricted, blocked and excluded ground of projects on a day.

    Parameters
    ----------
    projects : GeoDataFrame of (Multi)Polygon
        Red lines with ``project_id`` and, where known, ``corridor`` (condition, blocker,
        excluded) and ``corridor_doc_no``. They may overlap.
    parcels : GeoDataFrame of (Multi)Polygon
        ``parcel_id``, the date that `acquired_when` names and, where known, ``agreed_share``,
        ``disputed_from``, ``disputed_to``, ``cleared_on``, ``village``, ``group``.
    records : GeoDataFrame
        ``record_id``, ``kind`` and, where known, ``built_on``, ``removed_on``, ``project_id``,
        ``village``, ``group``; any shape or none.
    zones : GeoDataFrame
        What `landgis.spatial.corridors.protection_zones` returns.
    links : DataFrame
        What `landgis.spatial.attribution.attribute` returns for the same records and parcels.
    blocks : GeoDataFrame of (Multi)Polygon, optional
        ``block_id`` and ``project_id``; ground outside every block has no ``block_id``.
    exclusions : GeoDataFrame of (Multi)Polygon, optional
        ``exclusion_id``, ``doc_no``, ``approved_on``: excluded if both hold, else blocked.
    as_of : date, Timestamp or str
        The day asked about.
    acquired_when : {"agreed", "paid", "delivered"}
        The stage that counts as acquired; ``agreed_share`` must be missing or 1.
    conditions : mapping, optional
        ``{project_id: {condition: bool}}``; an absent one is unknown.
    sliver_m : float
        Gaps and overlaps narrower than this (2A/P, m) stay blocked but decide no verdict.

    Returns
    -------
    CleanLand
        All frames sorted by their ids; areas in m², adding up to the red line.

    Raises
    ------
    CampaignError, CRSError, GeometryError, TableError
        If an argument is no choice, ids repeat, columns are missing, kinds are unknown, shapes
        are of the wrong kind or CRS, or links are not those of the records and parcels.

    Notes
    -----
    Widths of gaps and overlaps are taken after exclusions and blocks have cut them, and before
    houses, crops and lines do: a house on a gap does not make it narrow. A record standing in no
    parcel blocks the one its link calls nearest, or whose code it has within 2 m.
    """
    frames = {
        "projects": projects,
        "parcels": parcels,
        "records": records,
        "zones": zones,
        "blocks": blocks,
        "exclusions": exclusions,
    }
    scene = scene_of(
        frames, links, as_of=as_of, acquired_when=acquired_when, conditions=conditions,
        sliver_m=sliver_m,
    )  # fmt: skip
    return _answer(scene, sliver_m=sliver_m, fast=False)


def clean_areas(
    projects: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    records: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    links: pd.DataFrame,
    blocks: gpd.GeoDataFrame | None = None,
    exclusions: gpd.GeoDataFrame | None = None,
    as_of: Any,
    acquired_when: str,
    conditions: Mapping[str, Mapping[str, bool]] | None = None,
    sliver_m: float = 0.1,
) -> CleanLand:
    """Return the tables of `clean_land` without its pieces: the fast way to figures.

    The arguments are those of `clean_land`. Ground whose state is decided is not cut further, so
    ``pieces`` comes back empty.
    """
    frames = {
        "projects": projects,
        "parcels": parcels,
        "records": records,
        "zones": zones,
        "blocks": blocks,
        "exclusions": exclusions,
    }
    scene = scene_of(
        frames, links, as_of=as_of, acquired_when=acquired_when, conditions=conditions,
        sliver_m=sliver_m,
    )  # fmt: skip
    return _answer(scene, sliver_m=sliver_m, fast=True)
