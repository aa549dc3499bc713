"""Assess: all figures of a campaign on one day, each computed once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.dates import as_day
from landgis.base.errors import CampaignError
from landgis.base.findings import findings_frame
from landgis.base.rules import load_rules, override
from landgis.base.schema import empty_layer
from landgis.campaign import Campaign, Settings
from landgis.office.progress import complete_projects, find_progress, progress
from landgis.office.ranking import find_districts
from landgis.office.reports import find_reports
from landgis.office.resettlement import find_homes
from landgis.office.safeguards import (
    find_built_after_announcement,
    find_line_after_deadline,
    find_order,
)
from landgis.spatial.attribution import attribute, find_attribution
from landgis.spatial.clean_land import CleanLand, clean_land, find_clean_land
from landgis.spatial.code_findings import find_codes, find_land_use
from landgis.spatial.corridors import find_corridors, protection_zones
from landgis.spatial.topology import find_topology

__all__ = ["Assessment", "assess", "attributed_records", "corridor_rules", "day_of", "deadlines"]


@dataclass(frozen=True)
class Assessment:
    """All figures of a campaign on one day.

    Attributes
    ----------
    campaign : Campaign
        What was asked about.
    as_of : Timestamp
        The day.
    links : DataFrame
        Result of `landgis.attribute`.
    zones : GeoDataFrame
        Result of `landgis.protection_zones`.
    clean : CleanLand
        Result of `landgis.clean_land`.
    progress : DataFrame
        Result of `landgis.progress`.
    complete : Series of bool
        By project_id: nothing left under any indicator.
    findings : GeoDataFrame
        Everything noticed, at loading and now.
    """

    campaign: Campaign
    as_of: pd.Timestamp
    links: pd.DataFrame
    zones: gpd.GeoDataFrame
    clean: CleanLand
    progress: pd.DataFrame
    complete: pd.Series
    findings: gpd.GeoDataFrame


def day_of(settings: Settings, as_of: Any = None) -> pd.Timestamp:
    """Return the day of a question: the one asked, the campaign's, or today.

    Raises
    ------
    CampaignError
        If it lies ahead of today: nobody knows yet.
    """
    today = as_day(dt.date.today())
    asked = as_of if as_of is not None else settings.campaign.as_of
    day = today if asked is None else as_day(asked)
    if day > today:
        raise CampaignError("as_of_future", day=f"{day:%Y-%m-%d}", today=f"{today:%Y-%m-%d}")
    return day


def corridor_rules(campaign: Campaign) -> dict[str, Any]:
    """Return the corridor rules with the campaign's changes."""
    return override(load_rules("corridors"), campaign.settings.rules.get("corridors", {}))


def area_rules(campaign: Campaign) -> dict[str, Any]:
    """Return the rules on areas with the campaign's changes."""
    return override(load_rules("areas"), campaign.settings.rules.get("areas", {}))


def attributed_records(campaign: Campaign) -> gpd.GeoDataFrame:
    """Return the records that belong to a place: all but agreements with a whole group."""
    records = campaign.records
    of_a_group = (records["kind"] == "land") & records["parcel_id"].isna() & records.geometry.isna()
    return records[~of_a_group].reset_index(drop=True)


def _conditions(campaign: Campaign) -> dict[str, dict[str, bool]]:
    """Return the conditions that no geometry can tell, by project."""
    return {one.project_id: dict(one.conditions) for one in campaign.settings.project}


def _announced(campaign: Campaign) -> dict[str, Any]:
    """Return the day of the pre-announcement by project."""
    said = (
        (one.project_id, one.steps.get("pre_announced_on")) for one in campaign.settings.project
    )
    return {project_id: day for project_id, day in said if day is not None}


def assess(campaign: Campaign, *, as_of: Any = None) -> Assessment:
    """Compute all figures of a campaign on a day.

    Parameters
    ----------
    campaign : Campaign
        Opened from its store.
    as_of : day, optional
        The campaign's own day, or today, if not given.

    Raises
    ------
    CampaignError
        If the day lies ahead of today.
    """
    day = day_of(campaign.settings, as_of)
    settings = campaign.settings.campaign
    layers = campaign.layers
    projects, parcels = campaign.projects, campaign.parcels
    records = attributed_records(campaign)
    links = attribute(records, parcels)
    zones = protection_zones(campaign.power_lines, rules=corridor_rules(campaign))
    clean = clean_land(
        projects,
        parcels,
        records,
        zones,
        links=links,
        blocks=campaign.blocks,
        exclusions=campaign.exclusions,
        as_of=day,
        acquired_when=settings.acquired_when,
        conditions=_conditions(campaign),
    )
    table = progress(
        projects,
        parcels,
        records,
        links=links,
        tasks=layers["tasks"],
        as_of=day,
        blocks=campaign.blocks,
        acquired_when=settings.acquired_when,
        area_basis=settings.area_basis,
    )
    surveyed = progress(
        projects,
        parcels,
        records,
        links=links,
        tasks=empty_layer("tasks"),
        as_of=day,
        acquired_when=settings.acquired_when,
        area_basis=settings.area_basis,
    )
    rows = [
        *find_topology(parcels, base=projects, rules=area_rules(campaign)).to_dict("records"),
        *find_codes(
            parcels,
            campaign.records,
            county_codes=settings.county_code,
            year=settings.county_code_year,
        ),
        *find_land_use(parcels),
        *find_attribution(links, records, parcels).to_dict("records"),
        *find_corridors(campaign.power_lines, rules=corridor_rules(campaign)).to_dict("records"),
        *find_clean_land(projects, campaign.exclusions, as_of=day).to_dict("records"),
        *find_order(parcels, records, as_of=day),
        *find_built_after_announcement(
            projects, records, links, parcels, announced=_announced(campaign), as_of=day
        ),
        *find_line_after_deadline(projects, zones),
        *find_progress(surveyed, layers["tasks"]),
        *find_reports(layers["daily_reports"], as_of=day),
        *find_homes(campaign.resettlement_zones, layers["resettlements"]),
        *find_districts(layers["districts"]),
    ]
    noted = campaign.findings
    noted = noted[(noted["code"] != "geometry_invalid") | (noted["layer"] != "records")]
    found = findings_frame([*noted.to_dict("records"), *rows], settings.crs)
    return Assessment(
        campaign, day, links, zones, clean, table, complete_projects(table), _said_once(found)
    )


def _said_once(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Drop what was noticed at loading already: same code, layer, project and ids."""
    ids = found["ids"].map(lambda names: "\x1f".join(sorted(names)))
    keys = found[["code", "layer", "project_id"]].assign(ids=ids)
    again = keys.duplicated() & (ids != "")
    return found[~again].reset_index(drop=True)


def deadlines(
    campaign: Campaign, project_id: str, as_of: pd.Timestamp
) -> list[tuple[str, Any, int]]:
    """Return the deadlines of a project: which, when, and the days left, counted from a day."""
    section = campaign.project(project_id)
    said = (("clean_by", section.clean_by), ("power_relocated_by", section.power_relocated_by))
    return [
        (name, as_day(day), (as_day(day) - as_of).days) for name, day in said if day is not None
    ]
