"""Run: load, then every output of every project, and the index page that says what to do next."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.errors import CampaignError, OutputError
from landgis.base.text import Language
from landgis.campaign import Settings
from landgis.io.manifest import campaign_folder
from landgis.io.store import STORE, read_store
from landgis.office.progress import project_rows
from landgis.outputs.files import refuse_existing
from landgis.outputs.index_page import IndexSheet, write_index
from landgis.workflow.assessment import Assessment, assess, day_of
from landgis.workflow.loading import Loaded, Step, load, read_settings, silent
from landgis.workflow.maps import map_paths, write_battle_maps
from landgis.workflow.receipt_facts import record_outputs

__all__ = ["Ran", "demo", "demo_folder", "run"]

#: the card that tells a copy of the demo county from a campaign of somebody's own
_DEMO_CARD = "DEMO.md"


@dataclass(frozen=True)
class Ran:
    """What a run left behind.

    Attributes
    ----------
    loaded : Loaded
        The load.
    assessment : Assessment
        The figures.
    maps : tuple of Path
        The battle maps.
    index : Path
        The page to begin with.
    """

    loaded: Loaded
    assessment: Assessment
    maps: tuple[Path, ...]
    index: Path


def run(
    folder: Path | str,
    *,
    as_of: Any = None,
    language: Language | None = None,
    out: Path | None = None,
    replace: bool = False,
    step: Step = silent,
) -> Ran:
    """Load a campaign and write every output.

    Parameters
    ----------
    folder : Path
        The campaign.
    as_of : day, optional
        The day of every figure; the campaign's own, or today, if not given.
    language : {"zh", "en"}, optional
        The campaign's own if not given.
    out : Path, optional
        Where outputs go; ``out`` in the campaign if not given.
    replace : bool
        Whether maps of the same name are written over.
    step : callable, optional
        Told of every step.

    Raises
    ------
    LandgisError
        If the campaign cannot be loaded, or an output stands in the way.
    """
    root = campaign_folder(Path(folder))
    target = root / "out" if out is None else out
    settings, _ = read_settings(root)
    said = language or settings.campaign.language
    if not replace:
        _refuse_old_maps(root, settings, target, as_of, said)
    loaded = load(root, language=said, step=step)
    campaign = loaded.campaign
    paths = map_paths(
        campaign.settings,
        target,
        as_of=day_of(campaign.settings, as_of),
        projects=campaign.projects["project_id"],
        language=said,
    )
    refuse_existing(paths.values(), replace=replace)
    step("assess", 0, 1)
    assessment = assess(campaign, as_of=as_of)
    step("assess", 1, 1)
    maps = write_battle_maps(assessment, target, language=said, replace=replace, step=step)
    index = write_index(index_sheet(assessment, loaded, maps), target / "index.html", language=said)
    record_outputs(root, "run", [index, *maps], as_of=assessment.as_of)
    return Ran(loaded, assessment, tuple(maps), index)


def _refuse_old_maps(
    root: Path, settings: Settings, target: Path, as_of: Any, language: Language
) -> None:
    """Refuse, before the load, maps that stand in the way: those of the projects known so far.

    Raises
    ------
    OutputError
        Naming the first.
    """
    ids = {one.project_id for one in settings.project}
    if (root / STORE).is_file():
        ids |= set(read_store(root / STORE, settings.campaign.crs)["projects"]["project_id"])
    paths = map_paths(
        settings, target, as_of=day_of(settings, as_of), projects=sorted(ids), language=language
    )
    refuse_existing(paths.values(), replace=False)


def index_sheet(assessment: Assessment, loaded: Loaded, maps: Sequence[Path]) -> IndexSheet:
    """Return what the index page shows: every project with its figures, and what was found."""
    campaign = assessment.campaign
    projects = campaign.projects[["project_id", "name", "clean_by"]].merge(
        pd.DataFrame(assessment.clean.projects), on="project_id"
    )
    rows = project_rows(assessment.progress)
    land = rows[rows["indicator"] == "land"].set_index("project_id")["rate"]
    projects["land_rate"] = projects["project_id"].map(land)
    projects["complete"] = projects["project_id"].map(assessment.complete).astype(bool)
    projects["days_left"] = (projects["clean_by"] - assessment.as_of).dt.days
    projects["map"] = list(maps)
    return IndexSheet(
        campaign_name=campaign.settings.campaign.name,
        as_of=assessment.as_of,
        acquired_when=campaign.settings.campaign.acquired_when,
        projects=projects,
        findings=assessment.findings,
        rejected=loaded.rejected,
        rejected_rows=int(loaded.files["rejected"].sum()),
        receipt=loaded.receipt,
    )


def demo_folder() -> Path:
    """Return the folder of the demo county: in the installed package, or in the checkout.

    Raises
    ------
    CampaignError
        If it is in neither.
    """
    package = Path(str(files("landgis")))
    for folder in (package / "_demo", package.parent / "layers" / "demo"):
        if (folder / "campaign.toml").is_file():
            return folder
    raise CampaignError("demo_missing", folder=str(package / "_demo"))


def demo(
    folder: Path | str,
    *,
    language: Language | None = None,
    replace: bool = False,
    step: Step = silent,
) -> Ran:
    """Copy the demo county into a folder and run it.

    Raises
    ------
    OutputError
        If the folder holds something, unless it is an older demo and `replace` is set.
    """
    target = Path(folder)
    of_the_demo = (target / _DEMO_CARD).is_file()
    if target.exists() and any(target.iterdir()) and not (replace and of_the_demo):
        raise OutputError("folder_full", folder=str(target))
    (target / STORE).unlink(missing_ok=True)  # it may remember another office's key
    shutil.copytree(demo_folder(), target, dirs_exist_ok=True)
    return run(target, language=language, replace=replace, step=step)
