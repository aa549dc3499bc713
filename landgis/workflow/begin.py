"""Begin: look at the files in a folder, give each a role, write a first manifest and workbook."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.dates import as_day
from landgis.base.errors import CampaignError, LandgisError, SourceError
from landgis.base.text import Language
from landgis.io.manifest import MANIFEST
from landgis.io.project_workbook import WORKBOOK, write_project_workbook
from landgis.io.rasters import describe_image, is_height_grid
from landgis.io.receipts import RECEIPTS
from landgis.io.returned.mark_sheet import RETURNED
from landgis.io.store import STORE
from landgis.outputs.files import refuse_existing, write_text
from landgis.workflow.crs_answers import ground_of, with_candidates
from landgis.workflow.first_manifest import Others, manifest_text
from landgis.workflow.found import Found
from landgis.workflow.loading import Step, silent
from landgis.workflow.roles import Look, look_at, name_parcels
from landgis.workflow.sources import READERS, source_files
from landgis.workflow.working_crs import ask_ways, working_crs

__all__ = ["Begun", "new"]

_IMAGES = (".tif", ".tiff")
_OWN = {"out", RECEIPTS, RETURNED}
#: what belongs to a file that is listed, or explains it
_COMPANIONS = (
    *(".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".xml", ".md", ".tfw"),
    *(".gen", ".geo", ".qal", ".dic", ".scd", ".vec"),  # of an EDIGEO sheet
)


@dataclass(frozen=True)
class Begun:
    """What `new` made.

    Attributes
    ----------
    roles : DataFrame
        file, layer, role, rows, note: one row per layer of a file.
    files : tuple of Path
        The manifest and the workbook.
    notes : tuple of LandgisError
        What was left as it was.
    """

    roles: pd.DataFrame
    files: tuple[Path, ...]
    notes: tuple[LandgisError, ...] = ()


def new(
    folder: Path | str, *, language: Language = "zh", replace: bool = False, step: Step = silent
) -> Begun:
    """Write a first ``campaign.toml`` and 项目表.xlsx for the files in a folder.

    Parameters
    ----------
    folder : Path
        A folder with the files as they came.
    language : {"zh", "en"}
        Of the comments.
    replace : bool
        Whether an older manifest and workbook are written over; without it an older workbook is
        kept, for a planner may have filled it in.

    Returns
    -------
    Begun
        The role of each file, and the two files written.

    Raises
    ------
    CampaignError
        If there is no such folder, or nothing in it that landgis can read.
    OutputError
        If there is a manifest already and `replace` is not set.
    """
    root = Path(folder)
    if not root.is_dir():
        raise CampaignError("folder_missing", folder=str(root))
    refuse_existing([root / MANIFEST], replace=replace)
    paths = _files(root)
    today = as_day(dt.date.today())
    found: list[Found] = []
    for done, path in enumerate(paths):
        step(path.name, done, len(paths))
        found += look_at(path, path.relative_to(root).as_posix(), Look(load_day=today))
    if not found:
        raise CampaignError("nothing_to_begin_with", folder=str(root))
    name_parcels(found)
    _ask_beside(found)
    working = working_crs(found)
    ask_ways(found, working)
    text = manifest_text(
        root.resolve().name, found, _others(root), working=working, language=language
    )
    workbook = root / WORKBOOK
    kept = workbook.exists() and not replace
    if not kept:
        write_project_workbook(workbook, _projects(found), language=language, replace=replace)
    manifest = write_text(root / MANIFEST, text, replace=replace)
    if kept:
        return Begun(_roles(found), (manifest,), (CampaignError("workbook_kept", name=WORKBOOK),))
    return Begun(_roles(found), (manifest, workbook))


def _skipped(path: Path, root: Path) -> bool:
    """Tell whether a file is ours, hidden or a lock."""
    parts = path.relative_to(root).parts
    own = parts[0] in _OWN or path.name in (MANIFEST, WORKBOOK, STORE)
    return own or any(part.startswith((".", "~$")) for part in parts)


def _files(root: Path) -> list[Path]:
    """Return the files that a reader knows, sorted by path."""
    return [
        path
        for path in source_files(root)
        if path.suffix.lower() in READERS and not _skipped(path, root)
    ]


def _others(root: Path) -> Others:
    """Return what else lies in a folder: pictures, and files that no reader knows."""
    rest = sorted(
        path.relative_to(root).as_posix()
        for path in source_files(root)
        if path.suffix.lower() not in READERS and not _skipped(path, root)
    )
    images = [one for one in rest if one.lower().endswith(_IMAGES) and _is_photo(root / one)]
    beside = [one for one in rest if one not in images and not one.lower().endswith(_COMPANIONS)]
    return Others(images, beside)


def _is_photo(path: Path) -> bool:
    """Tell whether a raster can be an orthophoto; one that cannot be opened is none."""
    try:
        return not is_height_grid(describe_image(path, path.name))
    except SourceError:
        return False


def _ask_beside(found: list[Found]) -> None:
    """Name the central meridians that fit the other files, where a file does not tell its own."""
    near = ground_of(one.reading.frame for one in found if one.reading is not None)
    for one in found:
        if one.trouble is not None:
            one.trouble = with_candidates(one.trouble, near)


def _projects(found: list[Found]) -> list[dict[str, Any]]:
    """Return the projects that the red lines name."""
    rows: list[dict[str, Any]] = []
    for one in found:
        if one.roles[:1] == ["projects"] and one.reading is not None:
            frame = one.reading.frame
            rows += [
                {"project_id": str(project_id), "name": None if pd.isna(name) else str(name)}
                for project_id, name in zip(frame["project_id"], frame["name"], strict=True)
                if not pd.isna(project_id)
            ]
    return rows


def _roles(found: list[Found]) -> pd.DataFrame:
    """Return one row per layer of a file: its role, rows and trouble."""
    rows = [
        {
            "source_file": one.name,
            "source_sheet": one.layer,
            "layer": one.roles[0] if one.roles else None,
            "rows": None if one.reading is None else len(one.reading.frame),
            "question": list(one.guesses or one.roles[1:]),
        }
        for one in found
    ]
    return pd.DataFrame(rows).astype({"rows": "Int64"})
