"""From an assessment to battle maps: which frames each map shows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
import shapely

from landgis.base.errors import CampaignError
from landgis.base.text import Language, word
from landgis.campaign import Campaign, ImageSection, Settings
from landgis.io.rasters import read_image
from landgis.office.progress import project_rows
from landgis.office.resettlement import homes_demand
from landgis.office.stages import PARCEL_STAGES, RECORD_STAGES, stage_on
from landgis.outputs import battle_map as sheets
from landgis.outputs.battle_map import MapSheet, OrthoImage
from landgis.outputs.files import file_name, refuse_existing, write_text
from landgis.spatial.attribution import parcels_in
from landgis.spatial.corridors import still_there
from landgis.workflow.assessment import Assessment, assess, deadlines
from landgis.workflow.loading import Step, silent

__all__ = ["battle_map", "map_paths", "map_sheet", "write_battle_maps"]

#: how far around a red line neighbours are drawn, m
_AROUND_M = 250.0
#: shorter side of the ground by its longer one, so that a road does not lie in a strip of picture
_LEAST_RATIO = 0.6
_PICTURE_BYTES = 1_500_000


def _project_row(assessment: Assessment, project_id: str) -> pd.Series:
    """Return a project's row, or refuse a project that is not there."""
    projects = assessment.campaign.projects
    row = projects[projects["project_id"] == project_id]
    if row.empty:
        known = ", ".join(projects["project_id"])
        raise CampaignError("project_unknown", project_id=project_id, known=known)
    found: pd.Series = row.iloc[0]
    return found


def _ground(red_line: Any) -> Any:
    """Return the ground that a map shows: a red line's surroundings, no narrower than a screen."""
    west, south, east, north = shapely.bounds(shapely.buffer(red_line, _AROUND_M))
    width, height = east - west, north - south
    wider = max(0.0, _LEAST_RATIO * height - width) / 2
    higher = max(0.0, _LEAST_RATIO * width - height) / 2
    return shapely.box(west - wider, south - higher, east + wider, north + higher)


def _near(frame: gpd.GeoDataFrame, ground: Any) -> gpd.GeoDataFrame:
    """Return the rows that meet the ground of a map."""
    if ground is None or frame.empty:
        return frame.iloc[:0]
    return frame[frame.intersects(ground)]


def _parcels(assessment: Assessment, project_id: str) -> gpd.GeoDataFrame:
    """Return a project's parcels with their stage and areas."""
    campaign, day = assessment.campaign, assessment.as_of
    inside = parcels_in(campaign.projects, campaign.parcels)
    own = inside.loc[inside["project_id"] == project_id, "parcel_id"]
    parcels = campaign.parcels[campaign.parcels["parcel_id"].isin(own)]
    areas = assessment.clean.parcels
    areas = areas[areas["project_id"] == project_id].drop(columns="project_id")
    out = parcels.merge(areas, on="parcel_id", how="left")
    out["stage"] = stage_on(out, PARCEL_STAGES, day)
    return out


def _records(assessment: Assessment, parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the records that belong to a project's parcels, each with its largest parcel."""
    links = assessment.links[assessment.links["parcel_id"].isin(parcels["parcel_id"])]
    first = links.sort_values(
        ["record_id", "share", "parcel_id"], ascending=[True, False, True], kind="stable"
    ).drop_duplicates("record_id")
    records = assessment.campaign.records
    own = records[records["record_id"].isin(first["record_id"])].drop(columns="parcel_id")
    out = own.merge(first[["record_id", "parcel_id"]], on="record_id")
    out["stage"] = stage_on(out, RECORD_STAGES, assessment.as_of)
    return out[out["kind"] != "land"]


def _image(campaign: Campaign, day: pd.Timestamp, ground: Any) -> OrthoImage | None:
    """Return the newest orthophoto taken by a day, cut to the ground and warped for the web."""
    if ground is None:
        return None
    taken = [one for one in campaign.settings.image if _taken(one) <= day]
    if not taken:
        return None
    newest = max(taken, key=_taken)
    picture = read_image(
        campaign.folder / newest.path,
        bounds=ground.bounds,
        crs=campaign.settings.campaign.crs,
        image_crs=newest.crs,
        budget_bytes=_PICTURE_BYTES,
    )
    if picture is None:
        return None
    return OrthoImage(
        jpeg=picture.jpeg,
        bounds=picture.bounds,
        taken_on=None if newest.taken_on is None else pd.Timestamp(newest.taken_on),
        name=Path(newest.path).name,
    )


def _taken(image: ImageSection) -> pd.Timestamp:
    """Return the day of an image; one without a day counts as the oldest."""
    return pd.Timestamp.min if image.taken_on is None else pd.Timestamp(image.taken_on)


def _ones(campaign: Campaign, row: pd.Series) -> list[tuple[str, str | None]]:
    """Return the five "ones" of a project: project, leader, task force, plan, map."""
    section = campaign.project(row["project_id"])
    name = None if pd.isna(row["name"]) else str(row["name"])
    return [
        ("project", name),
        ("leader", section.leader),
        ("task_force", section.task_force),
        ("plan", section.plan),
        ("map", row["project_id"]),
    ]


def _blockers(pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the blocked and restricted ground by reason: m² and number of pieces."""
    held = pieces[pieces["state"].isin(["blocked", "restricted"])]
    groups = held.groupby("reason", sort=False)["area_m2"]
    table = pd.DataFrame({"area_m2": groups.sum(), "count": groups.size()}).reset_index()
    return table.sort_values(["area_m2", "reason"], ascending=[False, True], ignore_index=True)


def map_sheet(assessment: Assessment, project_id: str, *, edition: str | None = None) -> MapSheet:
    """Return everything that one project's battle map shows, as finished frames.

    Parameters
    ----------
    assessment : Assessment
        Result of `assess`.
    project_id : str
        The project.
    edition : {"internal", "village", "public"}, optional
        The campaign's own if not given.

    Raises
    ------
    CampaignError
        If there is no such project.
    """
    campaign, day = assessment.campaign, assessment.as_of
    row = _project_row(assessment, project_id)
    red = campaign.projects[campaign.projects["project_id"] == project_id]
    line = row["geometry"]
    drawn = line is not None and not line.is_empty
    ground = _ground(line) if drawn else None
    parcels = _parcels(assessment, project_id)
    clean = assessment.clean
    figures = clean.projects[clean.projects["project_id"] == project_id].iloc[0]
    pieces = clean.pieces[clean.pieces["project_id"] == project_id]
    zones = _near(assessment.zones, ground)
    zones = zones.assign(zone=zones["zone"].where(still_there(zones, day), "lifted"))
    homes = campaign.resettlement_zones
    homes = homes.assign(demand=homes_demand(homes, campaign.layers["resettlements"]))
    rows = project_rows(assessment.progress)
    settings = campaign.settings.campaign
    return MapSheet(
        campaign_name=settings.name,
        project_id=project_id,
        project_name=project_id if pd.isna(row["name"]) else row["name"],
        as_of=day,
        edition=edition or settings.edition,
        red_line=red,
        blocks=campaign.blocks[campaign.blocks["project_id"] == project_id],
        parcels=parcels,
        records=_records(assessment, parcels),
        zones=zones,
        power_lines=campaign.power_lines[campaign.power_lines["line_id"].isin(zones["line_id"])],
        resettlement_zones=_near(homes, ground),
        pieces=pieces,
        context=_near(campaign.context, ground),
        indicators=rows[rows["project_id"] == project_id],
        ones=_ones(campaign, row),
        deadlines=deadlines(campaign, project_id, day),
        verdict=figures["verdict"],
        areas={
            "total": figures["area_m2"],
            **{
                name: figures[f"{name}_m2"]
                for name in ("clean", "restricted", "blocked", "excluded")
            },
        },
        open_conditions=list(figures["open_conditions"]),
        blockers=_blockers(pieces),
        rules=_rules(zones),
        image=_image(campaign, day, ground),
        source_hashes=[
            (name, state["sha256"][:12]) for name, state in campaign.meta["sources"].items()
        ],
    )


def _rules(zones: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the rules that made the map: name and source."""
    used = sorted(set(zones["rule"].dropna()))
    return [("corridors", rule) for rule in used]


def battle_map(
    campaign: Campaign,
    project_id: str,
    *,
    as_of: Any = None,
    edition: str | None = None,
    language: Language | None = None,
) -> folium.Map:
    """Draw the battle map of a project.

    Parameters
    ----------
    campaign : Campaign
        Opened from its store.
    project_id : str
        The project.
    as_of : day, optional
        The campaign's own day, or today, if not given.
    edition : {"internal", "village", "public"}, optional
        The campaign's own if not given.
    language : {"zh", "en"}, optional
        The campaign's own if not given.

    Returns
    -------
    folium.Map
        One page that opens without a network; layers may be added to it.

    Raises
    ------
    CampaignError
        If there is no such project, or the day lies ahead of today.
    """
    sheet = map_sheet(assess(campaign, as_of=as_of), project_id, edition=edition)
    return sheets.battle_map(sheet, language=language or campaign.settings.campaign.language)


def map_paths(
    settings: Settings,
    out: Path,
    *,
    as_of: pd.Timestamp,
    projects: Iterable[str],
    edition: str | None = None,
    language: Language,
) -> dict[str, Path]:
    """Return where each battle map goes: project, kind, edition and day are in its name."""
    named = word(f"in_name_{edition or settings.campaign.edition}", language)
    last = [word("battle_map", language), named, f"{as_of:%Y%m%d}"]
    return {one: out / "maps" / file_name([one, *last], ".html") for one in projects}


def write_battle_maps(
    assessment: Assessment,
    out: Path,
    *,
    projects: Iterable[str] | None = None,
    edition: str | None = None,
    language: Language | None = None,
    replace: bool = False,
    step: Step = silent,
) -> list[Path]:
    """Write the battle maps of some projects, or of all, into ``maps`` of a folder.

    Raises
    ------
    OutputError
        If a map is there already and `replace` is not set, or another program holds it.
    """
    campaign = assessment.campaign
    said = language or campaign.settings.campaign.language
    paths = map_paths(
        campaign.settings,
        out,
        as_of=assessment.as_of,
        projects=campaign.projects["project_id"] if projects is None else projects,
        edition=edition,
        language=said,
    )
    refuse_existing(paths.values(), replace=replace)
    written = []
    for done, (project_id, path) in enumerate(paths.items()):
        step(project_id, done, len(paths))
        sheet = map_sheet(assessment, project_id, edition=edition)
        page = sheets.battle_map(sheet, language=said).get_root().render()
        written.append(write_text(path, page, replace=replace))
    step("maps", len(paths), len(paths))
    return written
