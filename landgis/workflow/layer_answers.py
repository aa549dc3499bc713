"""What a command answers on a campaign, or on layer files that belong to none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd

from landgis.base.checks import rows
from landgis.base.crs import transform
from landgis.base.errors import CampaignError, LandgisError, SourceError
from landgis.base.findings import findings_frame
from landgis.campaign import Campaign
from landgis.io.files import refuse_part
from landgis.io.row.draft import SourceOptions
from landgis.io.row.numbering import unique_ids
from landgis.outputs.answers import Answer
from landgis.outputs.layer_files import (
    LAYER_FILES,
    TABLE_FILES,
    require_output,
    write_layers,
    write_table,
)
from landgis.spatial.attribution import attribute, find_attribution
from landgis.spatial.corridors import find_corridors, protection_zones
from landgis.workflow.assessment import attributed_records, corridor_rules
from landgis.workflow.loading import open_campaign, stale_sources
from landgis.workflow.sources import READERS

__all__ = [
    "attribute_answer",
    "expect",
    "is_campaign",
    "joined_findings",
    "opened",
    "read_layer",
    "zones_answer",
]


def opened(folder: Path, strict: bool) -> tuple[Campaign, tuple[LandgisError, ...]]:
    """Open a campaign; say, or with `strict` refuse, a store older than its sources."""
    campaign = open_campaign(folder)
    stale = stale_sources(campaign)
    if not stale:
        return campaign, ()
    older = CampaignError("store_stale", names=rows(stale), count=len(stale))
    if strict:
        raise older
    return campaign, (older,)


def is_campaign(path: Path) -> bool:
    """Tell whether a command's first word is a campaign: a folder or a manifest."""
    return path.is_dir() or path.suffix.lower() in (".toml", "")


def read_layer(
    path: Path, layer: str, kind: str | None = None
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Read a layer file that belongs to no campaign.

    Returns
    -------
    frame : GeoDataFrame
        The rows that could be read, ids unique.
    findings : list of dict
        What was noticed, a row that could not be read among it.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        refuse_part(path, path.name)
        raise SourceError("source_kind_unknown", layer=layer, name=path.name)
    reading = reader(path, layer, SourceOptions(path=path.name, kind=kind))
    frame, repeats = unique_ids(reading.frame, layer)
    return frame, [*reading.findings, *repeats]


def joined_findings(found: gpd.GeoDataFrame, read: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return findings with those of the reading before them; a kind that both say is said once."""
    own = set(found["code"])
    before = [row for row in read if row["code"] not in own]
    out = findings_frame([*before, *found.to_dict("records")], found.crs)
    out.attrs |= found.attrs
    return out


def expect(sources: list[Path], counts: tuple[int, ...], usage: str) -> None:
    """Refuse a command with too many or too few words."""
    if len(sources) not in counts:
        raise CampaignError("usage_form", form=usage)


def attribute_answer(
    sources: list[Path],
    *,
    kind: str | None,
    tolerance_m: float,
    prefer: str,
    strict: bool,
    replace: bool,
) -> Answer:
    """Attribute the records of a campaign, or of a file to the parcels of another."""
    notes: tuple[LandgisError, ...] = ()
    read: list[dict[str, Any]] = []
    if is_campaign(sources[0]):
        expect(sources, (1,), "attribute CAMPAIGN")
        campaign, notes = opened(sources[0], strict)
        records, parcels = attributed_records(campaign), campaign.parcels
    else:
        expect(sources, (3,), "attribute RECORDS PARCELS OUT")
        require_output(sources[2], TABLE_FILES, replace=replace)
        parcels, of_parcels = read_layer(sources[1], "parcels")
        records, of_records = read_layer(sources[0], "records", kind)
        read = [*of_parcels, *of_records]
        records = transform(records, parcels.crs, layer="records")
    links = attribute(records, parcels, tolerance_m=tolerance_m, prefer=prefer)
    found = joined_findings(find_attribution(links, records, parcels), read)
    methods = links.groupby("method").agg(
        records=("record_id", "nunique"), links=("record_id", "size"), share=("share", "sum")
    )
    files: tuple[Path, ...] = ()
    if len(sources) == 3:
        files = (write_table(links, sources[2], replace=replace),)
    return Answer(
        "attribute",
        tables={"methods": methods.reset_index(), "links": links},
        digest={"methods": methods.drop(columns="share").reset_index()},
        findings=found,
        files=files,
        notes=notes,
    )


def zones_answer(sources: list[Path], *, strict: bool, replace: bool) -> Answer:
    """Draw the protection zones of a campaign, or of a file of lines."""
    rules = None
    notes: tuple[LandgisError, ...] = ()
    read: list[dict[str, Any]] = []
    if is_campaign(sources[0]):
        expect(sources, (1,), "protection-zones CAMPAIGN")
        campaign, notes = opened(sources[0], strict)
        lines, rules = campaign.power_lines, corridor_rules(campaign)
    else:
        expect(sources, (2,), "protection-zones LINES OUT")
        require_output(sources[1], LAYER_FILES, replace=replace)
        lines, read = read_layer(sources[0], "power_lines")
    zones = protection_zones(lines, rules=rules)
    files: tuple[Path, ...] = ()
    if len(sources) == 2:
        files = (write_layers({"protection_zones": zones}, sources[1], replace=replace),)
    return Answer(
        "protection-zones",
        tables={"zones": zones.assign(area_m2=zones.area)},
        findings=joined_findings(find_corridors(lines, rules=rules), read),
        files=files,
        notes=notes,
    )
