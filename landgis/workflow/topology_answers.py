"""What the commands on topology answer: what is found, and what was mended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.errors import LandgisError
from landgis.outputs.answers import Answer
from landgis.outputs.layer_files import LAYER_FILES, require_output, write_layers
from landgis.spatial.repair import repair_topology
from landgis.spatial.topology import find_topology
from landgis.workflow.layer_answers import (
    expect,
    is_campaign,
    joined_findings,
    joined_ids,
    opened,
    read_layer,
    unique_rows,
)

__all__ = ["Budget", "repair_answer", "topology_answer"]


@dataclass(frozen=True)
class Budget:
    """What a repair may change: m² and share of a parcel, m² of all; and what is a sliver (m)."""

    m2: float
    share: float
    total_m2: float
    sliver_m: float


def _counts(found: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return how many findings of each kind there are, and their area."""
    areas = found.groupby("code")["area_m2"]
    return pd.DataFrame({"count": areas.size(), "area_m2": areas.sum(min_count=1)}).reset_index()


def topology_answer(sources: list[Path], *, strict: bool, replace: bool) -> Answer:
    """Look for broken shapes, overlaps and gaps in a campaign, or in a file of parcels."""
    notes: tuple[LandgisError, ...] = ()
    if is_campaign(sources[0]):
        expect(sources, (1,), "topology CAMPAIGN")
        campaign, notes = opened(sources[0], strict)
        found = find_topology(campaign.parcels, base=campaign.projects)
    else:
        expect(sources, (1, 2), "topology PARCELS [OUT]")
        for out in sources[1:]:
            require_output(out, LAYER_FILES, replace=replace)
        file = read_layer(sources[0], "parcels")
        (parcels, read), notes = unique_rows(file), joined_ids([file])
        found = joined_findings(find_topology(parcels, base=None), read)
    files: tuple[Path, ...] = ()
    if len(sources) == 2:
        files = (write_layers({"findings": found}, sources[1], replace=replace),)
    way = {"looked_for": found.attrs["path"], "loose_share": found.attrs["loose_share"]}
    return Answer(
        "topology",
        tables={"codes": _counts(found), "path": pd.DataFrame([way])},
        findings=found,
        files=files,
        notes=notes,
    )


def repair_answer(sources: list[Path], budget: Budget, *, strict: bool, replace: bool) -> Answer:
    """Mend the parcels of a campaign or a file within a budget, into a file of their own.

    The file holds the layers parcels and findings (what is left) and the tables changes and left.
    The sources stay as they are.
    """
    expect(sources, (2,), "repair-topology CAMPAIGN|PARCELS OUT")
    require_output(sources[1], (".gpkg",), replace=replace)
    notes: tuple[LandgisError, ...] = ()
    base = None
    read: list[dict[str, Any]] = []
    if is_campaign(sources[0]):
        campaign, notes = opened(sources[0], strict)
        parcels, base = campaign.parcels, campaign.projects
    else:
        file = read_layer(sources[0], "parcels")
        (parcels, read), notes = unique_rows(file), joined_ids([file])
    done = repair_topology(
        parcels,
        base=base,
        budget_m2=budget.m2,
        budget_share=budget.share,
        total_m2=budget.total_m2,
        sliver_m=budget.sliver_m,
    )
    found = joined_findings(done.findings, read)
    layers = {
        "parcels": done.parcels,
        "changes": done.changes,
        "left": done.left,
        "findings": found,
    }
    by_change = done.changes.groupby("change")
    sums = by_change["changed_m2"].agg(["size", "sum"]).reset_index()
    by_reason = done.left.groupby(["change", "left_because"]).size().reset_index(name="count")
    return Answer(
        "repair-topology",
        tables={"changes": done.changes, "left": done.left, "codes": _counts(found)},
        digest={
            "changes": sums.rename(columns={"size": "count", "sum": "changed_m2"}),
            "left": by_reason,
            "codes": _counts(found),
        },
        findings=found,
        files=(write_layers(layers, sources[1], replace=replace),),
        notes=notes,
    )
