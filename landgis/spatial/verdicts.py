"""From states to tables: areas by project, block and parcel, and the verdict on each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from landgis.base.schema import STATES
from landgis.spatial.blockers import unplaceable
from landgis.spatial.ground import Cells
from landgis.spatial.scene import Scene
from landgis.spatial.shapes import Floats, Ints, Mask, Shapes, added, is_usable
from landgis.spatial.states import Slivers

__all__ = ["CONDITIONS", "Judged", "areas_by_parcel", "judge_blocks", "judge_projects", "open_by"]

#: what no geometry can tell (闲置土地处置办法 第二十一条; domain 6.4)
CONDITIONS = (
    "no_litigation_or_mortgage",
    "planning_conditions_set",
    "access_and_utilities",
    "soil_survey_passed",
    "approval_document",
)
AREAS = ["area_m2", *(f"{state}_m2" for state in STATES)]
_DTYPES = {"project_id": "str", "block_id": "str", "parcel_id": "str", "verdict": "str"}


class Judged:
    """Cells with their states, ready to be added up per project and block.

    Parameters
    ----------
    cells : Cells
    state : ndarray of int
        Position in `STATES`.
    decides : ndarray of bool
        Blocked ground that is neither gap nor overlap.
    slivers : Slivers
    """

    def __init__(self, cells: Cells, state: Ints, decides: Mask, slivers: Slivers) -> None:
        self.cells = cells
        self.state = state
        self.decides = decides
        self.slivers = slivers
        self.area_m2: Floats = shapely.area(cells.shape)

    def nothing(self) -> Judged:
        """Return the same without any cells."""
        none = np.zeros(0, dtype=np.intp)
        cells = self.cells.taken(none, self.cells.shape[none])
        return Judged(cells, self.state[none], self.decides[none], self.slivers)

    def summed(self, of_cell: Ints, of_sliver: Ints, n: int) -> tuple[pd.DataFrame, Mask]:
        """Return areas of n rows, and which of them something blocks beyond slivers."""
        some = of_cell >= 0
        out = {"area_m2": added(self.area_m2[some], of_cell[some], n)}
        for place, name in enumerate(STATES):
            chosen = some & (self.state == place)
            out[f"{name}_m2"] = added(self.area_m2[chosen], of_cell[chosen], n)
        thin = of_sliver >= 0
        out["sliver_m2"] = added(self.slivers.area_m2[thin], of_sliver[thin], n)
        blocked = np.bincount(of_cell[some & self.decides], minlength=n)
        blocked += np.bincount(of_sliver[thin & self.slivers.decides], minlength=n)
        return pd.DataFrame(out), blocked > 0


def open_by(conditions: Mapping[str, bool], *, restricted: bool) -> list[str]:
    """Return what is open: conditions false or unknown, and the line over restricted ground."""
    more = sorted(set(conditions) - set(CONDITIONS))
    names = [name for name in (*CONDITIONS, *more) if conditions.get(name) is not True]
    return [*names, "live_line"] if restricted else names


def _with_verdict(table: pd.DataFrame, scene: Scene, blocked: Mask, unknown: Mask) -> pd.DataFrame:
    """Add what is open and the verdict, the first that holds; without ground it is unknown."""
    unknown = unknown | ~(table["area_m2"].to_numpy() > 0)
    opened = [
        open_by(scene.conditions.get(project_id, {}), restricted=restricted > 0)
        for project_id, restricted in zip(table["project_id"], table["restricted_m2"], strict=True)
    ]
    listed = np.array([len(names) > 0 for names in opened], dtype=bool)
    verdict = np.select([blocked, unknown, listed], ["not_clean", "unknown", "nearly"], "ready")
    table = table.assign(verdict=verdict, open_conditions=pd.Series(opened, dtype="object"))
    return table.astype({name: kind for name, kind in _DTYPES.items() if name in table})


def _axes(scene: Scene) -> Shapes:
    """Return the axes of the live lines whose zone is unknown."""
    shapes = scene.live.geometry.to_numpy()[scene.live["half_width_m"].isna().to_numpy(bool)]
    out: Shapes = shapes[np.isfinite(shapely.bounds(shapes)).all(axis=1)]
    return out


def _met(shapes: Shapes, axes: Shapes) -> Mask:
    """Tell which shapes an axis crosses."""
    met = np.zeros(len(shapes), dtype=bool)
    met[shapely.STRtree(axes).query(shapes, predicate="intersects")[0]] = True
    return met


def _lost(scene: Scene, cells: Cells) -> Mask:
    """Tell which projects a record that nothing places leaves open."""
    within = np.zeros((len(scene.parcels), len(scene.projects)), dtype=bool)
    cell, parcel = cells.owned()
    within[parcel, scene.drawn[cells.project[cell]]] = True
    return unplaceable(scene.now, scene.projects["project_id"], scene.parcels, within)


def judge_projects(scene: Scene, judged: Judged) -> pd.DataFrame:
    """Return areas, slivers, verdict and what is open, per project."""
    drawn = scene.drawn
    table, blocked = judged.summed(
        drawn[judged.cells.project], drawn[judged.slivers.project], len(scene.projects)
    )
    table.insert(0, "project_id", scene.projects["project_id"].to_numpy(object))
    bare = np.setdiff1d(np.arange(len(table)), drawn)
    table.loc[bare, [*AREAS, "sliver_m2"]] = np.nan
    unknown = _lost(scene, judged.cells)
    unknown[drawn] |= _met(scene.bases[drawn], _axes(scene))
    return _with_verdict(table, scene, blocked, unknown)


def judge_blocks(scene: Scene, judged: Judged) -> pd.DataFrame:
    """Return areas, slivers, verdict and what is open, per block and project."""
    blocks = scene.blocks
    table, blocked = judged.summed(judged.cells.block, judged.slivers.block, len(blocks))
    project = blocks["project"].to_numpy(np.intp)
    table.insert(0, "block_id", blocks["block_id"].to_numpy(object))
    table.insert(1, "project_id", scene.projects["project_id"].to_numpy(object)[project])
    shapes, bases = blocks.geometry.to_numpy(), scene.bases[project]
    usable = is_usable(shapes) & is_usable(bases)
    table.loc[~usable, [*AREAS, "sliver_m2"]] = np.nan
    unknown = _lost(scene, judged.cells)[project]
    here = np.flatnonzero(usable)
    unknown[here] |= _met(shapely.intersection(shapes[here], bases[here]), _axes(scene))
    # a block of no project speaks only for the projects that have ground in it
    named = blocks["named"].to_numpy(bool)
    kept = named | (table["area_m2"].to_numpy() > 0)
    table = _with_verdict(table, scene, blocked, unknown)
    out: pd.DataFrame = table.loc[kept].reset_index(drop=True)
    return out


def areas_by_parcel(scene: Scene, judged: Judged) -> pd.DataFrame:
    """Return areas per project and parcel, ground under several parcels divided equally."""
    cell, parcel = judged.cells.owned()
    project = scene.drawn[judged.cells.project[cell]]
    key, row = np.unique(project * max(len(scene.parcels), 1) + parcel, return_inverse=True)
    share = judged.area_m2[cell] / judged.cells.depth[cell]
    out = {"area_m2": added(share, row, len(key))}
    for place, name in enumerate(STATES):
        chosen = judged.state[cell] == place
        out[f"{name}_m2"] = added(share[chosen], row[chosen], len(key))
    ids = scene.projects["project_id"].to_numpy(object), scene.parcels["parcel_id"]
    table = pd.DataFrame(out)
    table.insert(0, "project_id", ids[0][key // max(len(scene.parcels), 1)])
    table.insert(1, "parcel_id", ids[1].to_numpy(object)[key % max(len(scene.parcels), 1)])
    return table.astype({"project_id": "str", "parcel_id": "str"})
