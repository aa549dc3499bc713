"""What a question about clean land rests on: its gates, and all frames made ready for it.

Rows come in the order of their ids, so no answer depends on the order in which they were given;
shapes lie near the origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.base import checks
from landgis.base.dates import as_day
from landgis.base.errors import CampaignError, TableError
from landgis.base.schema import KINDS, empty_layer
from landgis.spatial.blockers import Standing, standing
from landgis.spatial.corridors import still_there
from landgis.spatial.flat import Plots
from landgis.spatial.shapes import POLYGONAL, Floats, Ints, Shapes, is_usable, moved, origin_of
from landgis.spatial.tables import by_id, positions_of, text_of

__all__ = ["ACQUIRED_WHEN", "CORRIDORS", "Scene", "scene_of"]

#: the stage that counts as acquired, and the date that tells it
ACQUIRED_WHEN = {"agreed": "agreed_on", "paid": "paid_on", "delivered": "delivered_on"}
CORRIDORS = ("condition", "blocker", "excluded")
_OPTIONAL = ("blocks", "exclusions")
_IDS = {
    "projects": "project_id",
    "parcels": "parcel_id",
    "records": "record_id",
    "blocks": "block_id",
    "exclusions": "exclusion_id",
}


@dataclass(frozen=True)
class Scene:
    """All that is known on the day, shapes near the origin, rows in the order of their ids.

    Of parcels `grounds` are the shapes near the origin, `outlines` those that were given.
    """

    as_of: pd.Timestamp
    acquired_on: str
    origin: Floats
    crs: object
    projects: gpd.GeoDataFrame
    bases: Shapes
    parcels: gpd.GeoDataFrame
    grounds: Plots
    outlines: Shapes
    blocks: gpd.GeoDataFrame
    now: Standing
    live: gpd.GeoDataFrame
    exclusions: gpd.GeoDataFrame
    conditions: Mapping[str, Mapping[str, bool]]

    @cached_property
    def drawn(self) -> Ints:
        """Return the positions of the projects with a usable red line."""
        return np.flatnonzero(is_usable(self.bases))

    @property
    def corridor(self) -> npt.NDArray[np.object_]:
        """Return what each project's contract says of live lines: by default, a condition."""
        said = text_of(self.projects, "corridor").fillna("condition")
        paper = text_of(self.projects, "corridor_doc_no").fillna("").str.strip().ne("")
        return np.where(said.eq("excluded") & ~paper, "unapproved", said).astype(object)


def _one_of(value: object, name: str, choices: tuple[str, ...]) -> None:
    """Refuse a value that is no choice."""
    if value not in choices:
        raise CampaignError("choice_wrong", name=name, value=value, choices=", ".join(choices))


def _require_values(frame: pd.DataFrame, layer: str, column: str, choices: tuple[str, ...]) -> None:
    """Refuse a column with other values; a missing value passes unless the column is the kind."""
    values = text_of(frame, column)
    odd = ~values.isin(choices) & (values.notna() | (column == "kind"))
    if odd.any():
        raise TableError(
            "values_wrong",
            layer=layer,
            column=column,
            rows=checks.rows(frame.index[odd]),
            choices=", ".join(choices),
        )


def _in_place(frame: gpd.GeoDataFrame, layer: str, parcels: gpd.GeoDataFrame) -> None:
    """Refuse a frame whose shapes are in another CRS than the parcels."""
    if checks.has_shapes(frame):
        checks.require_same_crs(frame, parcels, f"{layer}, parcels")


def _require(
    frames: Mapping[str, gpd.GeoDataFrame], links: pd.DataFrame, acquired_when: str
) -> None:
    """Refuse what cannot be computed, before anything is."""
    parcels = frames["parcels"]
    checks.require_frame(parcels, "parcels")
    for layer, frame in frames.items():
        checks.require_frame(frame, layer)
        if layer in _IDS:
            checks.require_unique_ids(frame, layer, _IDS[layer])
        if layer in ("projects", "parcels", "blocks", "exclusions"):
            checks.require_geometry(frame, layer, POLYGONAL)
        _in_place(frame, layer, parcels)
    checks.require_metric_crs(frames["projects"], "projects")
    checks.require_metric_crs(parcels, "parcels")
    checks.require_columns(frames["records"], "records", ["kind"])
    checks.require_columns(frames["zones"], "zones", ["line_id", "zone", "half_width_m"])
    checks.require_columns(links, "links", ["record_id", "parcel_id", "method", "distance_m"])
    _require_values(frames["records"], "records", "kind", tuple(KINDS))
    _require_values(frames["projects"], "projects", "corridor", CORRIDORS)
    _one_of(acquired_when, "acquired_when", tuple(ACQUIRED_WHEN))
    checks.require_columns(parcels, "parcels", [ACQUIRED_WHEN[acquired_when]])
    _require_links(links, frames["records"], parcels)


def _require_links(links: pd.DataFrame, records: pd.DataFrame, parcels: pd.DataFrame) -> None:
    """Refuse links that were made from other records or parcels."""
    without = _missing_from(records["record_id"], links["record_id"])
    if len(without):
        raise TableError("links_missing", layer="links", rows=checks.rows(without))
    beyond = _missing_from(links["parcel_id"].dropna(), parcels["parcel_id"])
    if len(beyond):
        raise TableError("links_beyond", layer="links", rows=checks.rows(beyond))


def _missing_from(ids: pd.Series, known: pd.Series) -> list[str]:
    """Return the ids that are not among the known ones, sorted, each once."""
    lost = ids[positions_of(ids, known) < 0]
    return sorted(set(lost.astype("str")))


def _near(frame: gpd.GeoDataFrame, origin: Floats) -> gpd.GeoDataFrame:
    """Return a frame with its shapes moved near the origin, without their CRS."""
    shapes = moved(frame.geometry.to_numpy(), -origin)
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, index=frame.index))


def _block_rows(blocks: gpd.GeoDataFrame, projects: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return blocks once per project they cut, with its position; one of no project cuts all."""
    named = text_of(blocks, "project_id")
    everywhere = blocks[named.isna()]
    own = blocks[named.isin(projects["project_id"])]
    count = len(projects)
    rows = pd.concat([own, everywhere.loc[everywhere.index.repeat(count)]])
    position = pd.Series(np.arange(count), index=projects["project_id"])
    place = np.r_[
        position.reindex(text_of(own, "project_id")).to_numpy(np.intp),
        np.tile(np.arange(count), len(everywhere)),
    ]
    rows = rows.assign(project=place.astype(np.intp), named=text_of(rows, "project_id").notna())
    return rows.sort_values(["block_id", "project"], kind="stable", ignore_index=True)


def scene_of(
    frames: Mapping[str, gpd.GeoDataFrame | None],
    links: pd.DataFrame,
    *,
    as_of: object,
    acquired_when: str,
    conditions: Mapping[str, Mapping[str, bool]] | None,
    sliver_m: float,
) -> Scene:
    """Return the scene of a day, or refuse.

    Parameters
    ----------
    frames : mapping
        projects, parcels, records, zones, and blocks and exclusions, which may be None.

    Raises
    ------
    CampaignError, CRSError, GeometryError, TableError
        If an argument is no choice, or frames cannot be computed with.
    """
    crs = getattr(frames["parcels"], "crs", None)
    given: dict[str, Any] = {
        layer: empty_layer(layer, crs) if frame is None and layer in _OPTIONAL else frame
        for layer, frame in frames.items()
    }
    day = as_day(as_of)
    if not sliver_m >= 0:
        raise CampaignError(
            "choice_wrong", name="sliver_m", value=sliver_m, choices="at_least_zero"
        )
    _require(given, links, acquired_when)
    origin = origin_of(*(frame.geometry.to_numpy() for frame in given.values()))
    for layer, column in _IDS.items():
        given[layer] = by_id(given[layer], column)
    now = standing(given["records"], links, given["parcels"], day)
    near = {layer: _near(frame, origin) for layer, frame in given.items() if layer != "records"}
    zones = near["zones"]
    live = zones[zones["zone"].eq("protection") & still_there(zones, day)]
    return Scene(
        as_of=day,
        acquired_on=ACQUIRED_WHEN[acquired_when],
        origin=origin,
        crs=crs,
        projects=near["projects"],
        bases=near["projects"].geometry.to_numpy(),
        parcels=near["parcels"],
        grounds=Plots(near["parcels"].geometry.to_numpy()),
        outlines=given["parcels"].geometry.to_numpy(),
        blocks=_block_rows(near["blocks"], near["projects"]),
        now=replace(now, shapes=moved(now.shapes, -origin)),
        live=live.sort_values("line_id", kind="stable", ignore_index=True),
        exclusions=near["exclusions"],
        conditions=conditions or {},
    )
