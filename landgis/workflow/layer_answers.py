"""What a command answers on a campaign, or on layer files that belong to none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd

from landgis.base.checks import rows
from landgis.base.crs import transform
from landgis.base.dates import as_day
from landgis.base.errors import CampaignError, LandgisError, SourceError
from landgis.base.findings import findings_frame
from landgis.campaign import Campaign
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
from landgis.workflow.found import Found
from landgis.workflow.loading import open_campaign, stale_sources
from landgis.workflow.roles import Look, name_parcels
from landgis.workflow.sources import READERS, refusal_of_kind

__all__ = [
    "attribute_answer",
    "expect",
    "is_campaign",
    "joined_findings",
    "joined_ids",
    "opened",
    "read_layer",
    "read_layers",
    "unique_rows",
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


def read_layer(path: Path, layer: str, kind: str | None = None) -> Found:
    """Read a layer file that belongs to no campaign; ids are formed as `inspect` forms them.

    Raises
    ------
    LandgisError
        If no reader knows the file, or it cannot be read as the layer.
    """
    return read_layers([(path, layer)], kind)[0]


def read_layers(wanted: Sequence[tuple[Path, str]], kind: str | None = None) -> list[Found]:
    """Read layer files that belong together: records bear the codes of the parcels beside them.

    Parameters
    ----------
    wanted : sequence of (path, layer)
        Files, and the layers that they are of.
    kind : str, optional
        Kind of the records of a file.

    Raises
    ------
    LandgisError
        If no reader knows a file, or it cannot be read as the layer.
    """
    found, today = [], as_day(dt.date.today())
    for path, layer in wanted:
        reader = READERS.get(path.suffix.lower())
        if reader is None:
            raise refusal_of_kind(path, path.name, layer)
        own = kind if layer == "records" or len(wanted) == 1 else None
        reading = reader(path, layer, SourceOptions(path=path.name, kind=own, load_day=today))
        found.append(Found(path, path.name, None, [layer], reading=reading))
    name_parcels(found, Look(kind=kind, load_day=today))
    return found


def unique_rows(found: Found) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Return the accepted rows of a file, ids unique; and what was noticed, rejected rows too."""
    assert found.reading is not None
    frame, repeats = unique_ids(found.reading.frame, found.roles[0])
    return frame, [*found.reading.findings, *repeats]


def joined_findings(found: gpd.GeoDataFrame, read: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return findings with those of the reading before them; a kind that both say is said once."""
    own = set(found["code"])
    before = [row for row in read if row["code"] not in own]
    out = findings_frame([*before, *found.to_dict("records")], found.crs)
    out.attrs |= found.attrs
    return out


def joined_ids(found: Iterable[Found]) -> tuple[LandgisError, ...]:
    """Return a note per file whose ids were formed of several columns."""
    return tuple(
        SourceError("ids_joined", source=one.name, columns="、".join(one.parcel_id))
        for one in found
        if one.parcel_id
    )


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
        both = read_layers([(sources[1], "parcels"), (sources[0], "records")], kind)
        (parcels, of_parcels), (records, of_records) = map(unique_rows, both)
        read = [*of_parcels, *of_records]
        records = transform(records, parcels.crs, layer="records")
        notes = joined_ids(both)
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
        lines, read = unique_rows(read_layer(sources[0], "power_lines"))
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
