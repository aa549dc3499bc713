"""What each command answers: opened, asked, put into tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.crs import transform
from landgis.base.errors import CampaignError
from landgis.base.findings import findings_frame
from landgis.base.schema import LAYERS
from landgis.base.text import Language, word
from landgis.campaign import Campaign
from landgis.office.progress import progress, project_rows
from landgis.outputs.answers import Answer
from landgis.outputs.files import file_name, refuse_existing
from landgis.outputs.layer_files import require_output, write_layers
from landgis.spatial.attribution import attribute
from landgis.spatial.boundary import check_boundary
from landgis.workflow.assessment import Assessment, assess, attributed_records, day_of
from landgis.workflow.layer_answers import expect, opened, read_layer, unique_rows
from landgis.workflow.loading import Loaded, Step
from landgis.workflow.maps import map_paths, write_battle_maps
from landgis.workflow.receipt_facts import recorded
from landgis.workflow.running import Ran

__all__ = [
    "boundary_answer",
    "clean_land_answer",
    "load_answer",
    "map_answer",
    "progress_answer",
    "run_answer",
    "words_answer",
]

_PROJECT_COLUMNS = ["project_id", "verdict", "area_m2", "clean_m2", "restricted_m2", "blocked_m2"]
_PROJECT_COLUMNS += ["excluded_m2", "sliver_m2", "open_conditions"]


def load_answer(loaded: Loaded) -> Answer:
    """Return files and findings of a load."""
    return Answer(
        "load",
        tables={"files": loaded.files},
        findings=loaded.campaign.findings,
        files=(*loaded.rejected, loaded.receipt),
    )


def _projects_table(assessment: Assessment) -> pd.DataFrame:
    """Return the verdict and areas of every project with its name."""
    names = assessment.campaign.projects[["project_id", "name"]]
    table = pd.DataFrame(assessment.clean.projects)[_PROJECT_COLUMNS]
    joined: pd.DataFrame = names.merge(table, on="project_id")
    return joined


def run_answer(command: str, ran: Ran) -> Answer:
    """Return what a run found and wrote; the demo is done whatever it found."""
    return Answer(
        command,
        as_of=ran.assessment.as_of,
        tables={"projects": _projects_table(ran.assessment)},
        findings=ran.assessment.findings,
        files=(ran.index, *ran.maps, *ran.loaded.rejected, ran.loaded.receipt),
        done=command == "demo",
    )


def _only(frame: pd.DataFrame, project: str | None) -> pd.DataFrame:
    """Return the rows of one project, or all."""
    return frame if project is None else frame[frame["project_id"] == project]


def _known(campaign: Campaign, project: str | None) -> None:
    """Refuse a project that is not there."""
    ids = list(campaign.projects["project_id"])
    if project is not None and project not in ids:
        raise CampaignError("project_unknown", project_id=project, known=", ".join(ids))


def _of_codes(findings: gpd.GeoDataFrame, project: str | None) -> gpd.GeoDataFrame:
    """Return findings that speak of a project, or of none in particular."""
    if project is None:
        return findings
    return findings[findings["project_id"].isna() | (findings["project_id"] == project)]


def _layers_name(
    campaign: Campaign, project: str | None, day: pd.Timestamp, language: Language
) -> str:
    """Return the name of the file with the layers of clean land."""
    parts = [
        project or campaign.settings.campaign.name,
        word("clean_land", language),
        word("in_name_internal", language),
        f"{day:%Y%m%d}",
    ]
    return file_name(parts, ".gpkg")


def clean_land_answer(
    folder: Path,
    *,
    project: str | None,
    as_of: Any,
    out: Path | None,
    strict: bool,
    replace: bool,
    language: Language,
) -> Answer:
    """Tell the four states of the ground of a campaign and the verdicts."""
    campaign, notes = opened(folder, strict)
    _known(campaign, project)
    target = None
    if out is not None:
        day = day_of(campaign.settings, as_of)
        target = out / _layers_name(campaign, project, day, language)
        require_output(target, (".gpkg",), replace=replace)
    assessment = assess(campaign, as_of=as_of)
    clean = assessment.clean
    pieces = _only(clean.pieces, project)
    held = pieces[pieces["state"].isin(["blocked", "restricted"])]
    reasons = (
        held.groupby(["project_id", "state", "reason"], sort=True)["area_m2"]
        .agg(["sum", "size"])
        .reset_index()
        .rename(columns={"sum": "area_m2", "size": "count"})
    )
    files: tuple[Path, ...] = ()
    if target is not None:
        tables = {
            "projects": _only(clean.projects, project),
            "blocks": _only(clean.blocks, project),
            "parcels": _only(clean.parcels, project),
            "pieces": pieces,
        }
        files = (write_layers(tables, target, replace=replace),)
        notes += recorded(campaign.folder, "clean-land", files, as_of=assessment.as_of)
    return Answer(
        "clean-land",
        as_of=assessment.as_of,
        tables={
            "projects": _only(_projects_table(assessment), project),
            "blocks": _only(pd.DataFrame(clean.blocks), project),
            "reasons": reasons,
        },
        findings=_of_codes(assessment.findings, project),
        files=files,
        notes=notes,
    )


def progress_answer(
    folder: Path, *, project: str | None, as_of: Any, since: Any, strict: bool
) -> Answer:
    """Count the eight indicators of a campaign."""
    campaign, notes = opened(folder, strict)
    _known(campaign, project)
    day = day_of(campaign.settings, as_of)
    settings = campaign.settings.campaign
    records = attributed_records(campaign)
    table = progress(
        campaign.projects,
        campaign.parcels,
        records,
        links=attribute(records, campaign.parcels),
        tasks=campaign.layers["tasks"],
        as_of=day,
        since=since,
        blocks=campaign.blocks,
        acquired_when=settings.acquired_when,
        area_basis=settings.area_basis,
    )
    asked = _only(table, project)
    return Answer(
        "progress",
        as_of=day,
        tables={"progress": asked},
        digest=_digest(asked, project),
        notes=notes,
    )


def _digest(table: pd.DataFrame, project: str | None) -> dict[str, pd.DataFrame]:
    """Return progress as a person reads it: the sums, then the rates, a row per project."""
    if project is not None:
        return {"progress": table.dropna(axis="columns", how="all")}
    of_projects = project_rows(table)
    sums = table[table["project_id"].isna() & table["team"].isna()]
    rates = of_projects.pivot(index="project_id", columns="indicator", values="rate")
    rates = rates.reindex(columns=of_projects["indicator"].unique()).add_prefix("indicator_")
    return {
        "sums": sums.drop(columns=["project_id", "block_id", "team"]),
        "rates": rates.reset_index(),
    }


def boundary_answer(
    sources: list[Path], *, project: str | None, as_of: Any, tolerance_m: float, strict: bool
) -> Answer:
    """Check claimed clean boundaries, those of the campaign or of a file, project by project."""
    expect(sources, (1, 2), "check-boundary CAMPAIGN [CLAIM]")
    campaign, notes = opened(sources[0], strict)
    _known(campaign, project)
    claims = campaign.clean_claims
    read = None
    if len(sources) == 2:
        claims, found = unique_rows(read_layer(sources[1], "clean_claims"))
        read = findings_frame(found)
        claims = transform(claims, campaign.settings.campaign.crs, layer="clean_claims")
    claims = _only(claims, project)
    if claims.empty:
        raise CampaignError("claim_missing", project_id=project or "-")
    assessment = assess(campaign, as_of=as_of)
    pieces = assessment.clean.pieces
    checked = check_boundary(claims, _only(pieces, project), tolerance_m=tolerance_m)
    return Answer(
        "check-boundary",
        as_of=assessment.as_of,
        tables={
            "boundary": checked.projects,
            "boundary_reasons": checked.reasons,
            "differences": checked.differences,
        },
        digest={"boundary": checked.projects, "boundary_causes": _causes(checked.reasons)},
        findings=read,
        notes=notes,
    )


def _causes(reasons: pd.DataFrame) -> pd.DataFrame:
    """Return claimed ground that is not clean, summed over parcels."""
    groups = reasons.groupby(["project_id", "state", "reason"], dropna=False, sort=True)
    summed = groups.agg(area_m2=("area_m2", "sum"), parcels=("parcel_id", "nunique"))
    return summed.reset_index()


def map_answer(
    folder: Path,
    *,
    project: str | None,
    as_of: Any,
    out: Path | None,
    language: Language,
    strict: bool,
    replace: bool,
    step: Step,
) -> Answer:
    """Write the battle map of a project, or of all."""
    campaign, notes = opened(folder, strict)
    _known(campaign, project)
    target = campaign.folder / "out" if out is None else out
    ids = list(campaign.projects["project_id"]) if project is None else [project]
    day = day_of(campaign.settings, as_of)
    paths = map_paths(campaign.settings, target, as_of=day, projects=ids, language=language)
    refuse_existing(paths.values(), replace=replace)
    assessment = assess(campaign, as_of=day)
    files = write_battle_maps(
        assessment,
        target,
        projects=ids,
        language=language,
        replace=replace,
        step=step,
    )
    return Answer(
        "battle-map",
        as_of=assessment.as_of,
        tables={"projects": _only(_projects_table(assessment), project)},
        files=tuple(files),
        notes=notes + recorded(campaign.folder, "battle-map", files, as_of=assessment.as_of),
    )


def words_answer() -> Answer:
    """Return the word list as one table."""
    table = [
        {
            "layer": layer.name,
            "name": column.name,
            "type": column.type,
            "unit": column.unit,
            "required": column.required,
            "personal": column.personal,
            "aliases": list(column.aliases),
        }
        for layer in LAYERS.values()
        for column in layer.columns
    ]
    words = pd.DataFrame(table)
    typed = words.rename(columns={"layer": "in_layer", "name": "column", "unit": "counted_in"})
    return Answer("words", tables={"words": words}, digest={"words": typed}, most=None)
