"""Load: every source once into the store, with a receipt and the rejected rows to send back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.checks import require_metric_crs
from landgis.base.crs import parse_crs
from landgis.base.dates import as_day
from landgis.base.errors import CampaignError, CRSError, SourceError
from landgis.base.privacy import fingerprint
from landgis.base.text import Language
from landgis.campaign import Campaign, Settings, parse_settings
from landgis.io.manifest import MANIFEST, campaign_folder, read_manifest
from landgis.io.project_workbook import WORKBOOK, read_project_workbook
from landgis.io.receipts import last_load, name_in, next_number, read_receipts, source_state
from landgis.io.returned.mended import returned_books
from landgis.io.returned.rejected import write_rejected
from landgis.io.row.draft import Reading
from landgis.io.row.keys import household_key, key_path
from landgis.io.store import STORE, read_meta, read_store, write_store
from landgis.workflow.crs_answers import ask_beside, said_of_systems
from landgis.workflow.datum_shifts import campaign_shifts
from landgis.workflow.mending import (
    Mending,
    keep_given,
    plan_mending,
    read_books,
    refuse_edited,
)
from landgis.workflow.phone_maps import said_of_phone_maps
from landgis.workflow.projects import lay_under
from landgis.workflow.receipt_facts import files_table, load_receipt
from landgis.workflow.sources import read_source, sources_of
from landgis.workflow.stacking import stack_layers
from landgis.workflow.versions import versions

__all__ = ["Loaded", "Step", "load", "open_campaign", "read_settings", "silent", "stale_sources"]

#: called with what is being done, how many steps are done and how many there are
Step = Callable[[str, int, int], None]


def silent(what: str, done: int, of: int) -> None:
    """Say nothing: the step of a run that nobody watches."""


@dataclass(frozen=True)
class Loaded:
    """What a load left behind.

    Attributes
    ----------
    campaign : Campaign
        As it now stands in the store.
    files : DataFrame
        source_file, layer, rows_read, accepted, rejected, mended, encoding, crs: one row per file.
    rejected : tuple of Path
        Workbooks of rejected rows to send back.
    receipt : Path
        The receipt.
    """

    campaign: Campaign
    files: pd.DataFrame
    rejected: tuple[Path, ...]
    receipt: Path


def read_settings(folder: Path) -> tuple[Settings, pd.DataFrame | None]:
    """Read the manifest and the project workbook.

    Returns
    -------
    settings : Settings
        The manifest; what it says of a project goes before what the workbook says.
    tasks : DataFrame or None
        The tasks of the workbook.
    """
    manifest = read_manifest(folder)
    path = folder / WORKBOOK
    if not path.is_file():
        return parse_settings(manifest), None
    book = read_project_workbook(path)
    manifest["project"] = lay_under(manifest.get("project", []), book.projects)
    return parse_settings(manifest), book.tasks


def load(
    folder: Path | str,
    *,
    mended: Sequence[Path] = (),
    language: Language | None = None,
    step: Step = silent,
    today: Any = None,
) -> Loaded:
    """Read every source of a campaign into its store.

    Parameters
    ----------
    folder : Path
        The campaign: a folder with ``campaign.toml``, or that file.
    mended : sequence of Path
        Lists of rejected rows that came back mended; they are kept in the folder 退回修改 of the
        campaign and taken again at every load, as long as their source is the same file.
    language : {"zh", "en"}, optional
        Of the workbooks of rejected rows; the campaign's own if not given.
    step : callable, optional
        Told of every file.
    today : day, optional
        The day of the load; a status dated later is a rejected row.

    Returns
    -------
    Loaded
        The campaign as stored, counts per file, workbooks of rejected rows, the receipt.

    Raises
    ------
    LandgisError
        If the manifest, a source as a whole, a mended list or the key cannot be used, or a source
        changes while it is read; nothing is written then.

    Notes
    -----
    Lists, store and receipt are each written beside and renamed, in this order. A load that stops
    between leaves whole files, and `landgis.workflow.verification` says which is missing.
    """
    root = campaign_folder(Path(folder))
    own = source_state(_own_files(root), root)
    settings, tasks = read_settings(root)
    require_metric_crs(_nothing_in(settings), MANIFEST)
    load_day = as_day(dt.date.today() if today is None else today)
    key = household_key(key_path(), remembered=_remembered_key(root / STORE))
    listed = list(sources_of(settings, root))
    shifts = campaign_shifts(settings, root)
    states = source_state([*(path for _, _, path in listed), *shifts.files], root)
    kept, given = read_books(root, mended)
    mending = plan_mending(kept, given, states)

    def read(at: int) -> Reading:
        layer, source, path = listed[at]
        return read_source(
            layer,
            source,
            path,
            folder=root,
            settings=settings,
            load_day=load_day,
            key=key,
            mended=mending.of(name_in(root, path), layer),
            shifts=shifts,
        )

    readings: list[tuple[str, Path, Reading]] = []
    for done, (layer, _, path) in enumerate(listed):
        step(path.name, done, len(listed) + 1)
        try:
            reading = read(done)
        except SourceError as question:
            raise ask_beside(question, readings, read, range(done + 1, len(listed))) from None
        readings.append((layer, path, reading))
    step(STORE, len(listed), len(listed) + 1)
    _require_unchanged(root, states | own)
    noted = _said_of_mends(mending, readings, root) + shifts.findings
    noted += said_of_systems(readings, settings.campaign.crs, root)
    noted += said_of_phone_maps(readings, root)
    layers = stack_layers(readings, settings, tasks, noted)
    for name in ("projects", "parcels"):
        require_metric_crs(layers[name], f"{MANIFEST} ({name})")
    before = _outputs_before(root)
    refuse_edited(root / "out", (*kept, *given), before.values())
    wanted = [one for one in given if one.identity in mending.files or one.computed]
    books = keep_given(root, wanted)
    meta = {
        "versions": versions(),
        "loaded_on": load_day.date(),
        "key": fingerprint(key),
        "sources": states | own | source_state(books, root),
        "load": next_number(root),
        "datum_shifts": shifts.notes,
    }
    said = language or settings.campaign.language
    lists = _write(root, layers, meta, readings, mending, said)
    receipt = load_receipt(root, meta, readings, mending=mending, lists=lists, before=before)
    step(STORE, len(listed) + 1, len(listed) + 1)
    return Loaded(open_campaign(root), files_table(readings, root), tuple(lists), receipt)


def _remembered_key(store: Path) -> str | None:
    """Return the fingerprint of the key that a store was made with."""
    return read_meta(store).get("key") if store.is_file() else None


def _require_unchanged(root: Path, states: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse files that changed while they were read.

    Raises
    ------
    SourceError
        Naming the first.
    """
    for name, state in states.items():
        path = root / name
        if not path.exists() or source_state([path], root)[name] != state:
            raise SourceError("source_moving", source=name)


def _said_of_mends(
    mending: Mending, readings: Sequence[tuple[str, Path, Reading]], root: Path
) -> list[dict[str, Any]]:
    """Return what was noticed in mended lists, and what of them met no row."""
    named = [(name_in(root, path), layer, reading) for layer, path, reading in readings]
    return mending.findings + mending.find_unplaced(named)


def _outputs_before(root: Path) -> dict[str, str]:
    """Return the lists of rejected rows of the load before, by path, with their hashes."""
    last = last_load(read_receipts(root))
    told = last.states("outputs") if last else {}
    return {name: state for name, state in told.items() if state is not None}


def _write(
    root: Path,
    layers: Mapping[str, pd.DataFrame],
    meta: Mapping[str, Any],
    readings: Sequence[tuple[str, Path, Reading]],
    mending: Mending,
    language: Language,
) -> list[Path]:
    """Write lists of rejected rows and the store; return the lists."""
    hashes = {name: state["sha256"] for name, state in meta["sources"].items()}
    rejected = [reading for _, _, reading in readings]
    after = mending.after()
    lists = write_rejected(root / "out", rejected, hashes, after=after, language=language)
    write_store(root / STORE, layers, meta)
    return lists


def _nothing_in(settings: Settings) -> gpd.GeoDataFrame:
    """Return no shapes in the working CRS.

    Raises
    ------
    CRSError
        If PROJ does not know it, or it is that of web maps, whose metres are none.
    """
    crs = parse_crs(settings.campaign.crs, MANIFEST)
    if crs.coordinate_operation and "Pseudo" in crs.coordinate_operation.method_name:
        raise CRSError("crs_of_web_maps", layer=MANIFEST, crs=settings.campaign.crs)
    return gpd.GeoDataFrame(geometry=[], crs=crs)


def _own_files(root: Path) -> list[Path]:
    """Return the manifest and the project workbook."""
    return [path for name in (MANIFEST, WORKBOOK) if (path := root / name).is_file()]


def open_campaign(folder: Path | str) -> Campaign:
    """Return a campaign from its store.

    Raises
    ------
    CampaignError
        If it was never loaded, or by another version of landgis, or into another CRS, or the
        manifest cannot be read.
    """
    root = campaign_folder(Path(folder))
    settings, _ = read_settings(root)
    store = root / STORE
    meta = read_meta(store)
    made_by, here = meta["versions"]["landgis"], versions()["landgis"]
    if made_by != here:
        raise CampaignError("store_version", name=STORE, made_by=made_by, here=here)
    layers = read_store(store, settings.campaign.crs)
    if layers["projects"].crs != parse_crs(settings.campaign.crs, MANIFEST):
        raise CampaignError("store_crs", name=STORE, crs=settings.campaign.crs)
    return Campaign(root, settings, layers, meta)


def stale_sources(campaign: Campaign) -> list[str]:
    """Return the files that are no longer those that were loaded, by name; new mended lists too."""
    root, before = campaign.folder, campaign.meta["sources"]
    paths = [path for name in before if (path := root / name).exists()]
    now = source_state([*paths, *returned_books(root)], root)
    return sorted(name for name in {*before, *now} if now.get(name) != before.get(name))
