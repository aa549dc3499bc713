"""Load: every source once into the store, with a receipt and the rejected rows to send back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.checks import require_metric_crs
from landgis.base.crs import parse_crs
from landgis.base.dates import as_day
from landgis.base.errors import CampaignError, CRSError
from landgis.base.findings import findings_frame
from landgis.base.privacy import fingerprint
from landgis.base.schema import LAYERS, conform, empty_layer
from landgis.base.text import Language
from landgis.campaign import Campaign, Settings, parse_settings
from landgis.io.draft import Reading
from landgis.io.keys import household_key, key_path
from landgis.io.manifest import MANIFEST, campaign_folder, read_manifest
from landgis.io.numbering import unique_ids
from landgis.io.project_workbook import WORKBOOK, read_project_workbook
from landgis.io.receipts import source_state, write_receipt
from landgis.io.rejected import write_rejected
from landgis.io.store import STORE, read_meta, read_store, write_store
from landgis.office.stages import date_parcels
from landgis.workflow.projects import lay_under, project_frame
from landgis.workflow.sources import read_source, sources_of
from landgis.workflow.versions import versions

__all__ = ["Loaded", "Step", "load", "open_campaign", "read_settings", "silent", "stale_sources"]

_FILE_COLUMNS = ["source_file", "layer", "rows_read", "accepted", "rejected", "encoding", "crs"]
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
        source_file, layer, rows_read, accepted, rejected, encoding, crs: one row per file.
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
    language: Language | None = None,
    step: Step = silent,
    today: Any = None,
) -> Loaded:
    """Read every source of a campaign into its store.

    Parameters
    ----------
    folder : Path
        The campaign: a folder with ``campaign.toml``, or that file.
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
        If the manifest, a source as a whole or the key cannot be used; nothing is written then.
    """
    root = campaign_folder(Path(folder))
    settings, tasks = read_settings(root)
    require_metric_crs(_nothing_in(settings), MANIFEST)
    load_day = as_day(dt.date.today() if today is None else today)
    store = root / STORE
    remembered = read_meta(store).get("key") if store.is_file() else None
    key = household_key(key_path(), remembered=remembered)
    listed = list(sources_of(settings, root))
    readings: list[tuple[str, Path, Reading]] = []
    for done, (layer, source, path) in enumerate(listed):
        step(path.name, done, len(listed) + 1)
        readings.append(
            (
                layer,
                path,
                read_source(
                    layer, source, path, folder=root, settings=settings, load_day=load_day, key=key
                ),
            )
        )
    step(STORE, len(listed), len(listed) + 1)
    layers = _layers(readings, settings, tasks)
    for name in ("projects", "parcels"):
        require_metric_crs(layers[name], f"{MANIFEST} ({name})")
    sources = source_state([path for _, path, _ in readings], root)
    files = _files(readings, root)
    meta = {
        "versions": versions(),
        "loaded_on": load_day.date(),
        "key": fingerprint(key),
        "sources": sources | source_state(_own_files(root), root),
    }
    said = language or settings.campaign.language
    lists = write_rejected(root / "out", [one for _, _, one in readings], language=said)
    write_store(store, layers, meta)
    receipt = write_receipt(root, _receipt(meta, files, readings))
    step(STORE, len(listed) + 1, len(listed) + 1)
    return Loaded(open_campaign(root), files, tuple(lists), receipt)


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


def _joined(name: str, frames: list[Any], crs: str) -> Any:
    """Join the frames of a layer from several sources."""
    full = [frame for frame in frames if len(frame)]
    if not full:
        return empty_layer(name, crs)
    out = pd.concat(full, ignore_index=True)
    if LAYERS[name].geometry == "none":
        return conform(pd.DataFrame(out), name)
    shapes = out["geometry"] if "geometry" in out else gpd.GeoSeries([None] * len(out))
    return conform(gpd.GeoDataFrame(out, geometry=gpd.GeoSeries(shapes.to_numpy(), crs=crs)), name)


def _layers(
    readings: list[tuple[str, Path, Reading]], settings: Settings, tasks: pd.DataFrame | None
) -> dict[str, pd.DataFrame]:
    """Return all layers of a campaign, ids unique, parcels dated, findings of the intake beside."""
    crs = settings.campaign.crs
    noted = [row for _, _, reading in readings for row in reading.findings]
    frames: dict[str, Any] = {}
    for name in LAYERS:
        if name == "findings":
            continue
        own = [reading.frame for layer, _, reading in readings if layer == name]
        if name == "tasks" and tasks is not None:
            own.append(tasks)
        frames[name], repeats = unique_ids(_joined(name, own, crs), name)
        noted += repeats
    frames["projects"] = project_frame(frames["projects"], settings)
    frames["parcels"], differing = date_parcels(frames["parcels"], frames["records"])
    frames["findings"] = findings_frame([*noted, *differing], crs)
    return frames


def _files(readings: list[tuple[str, Path, Reading]], root: Path) -> pd.DataFrame:
    """Return one row per file: what was read, accepted and rejected, and how."""
    rows = [
        {
            "source_file": path.relative_to(root).as_posix()
            if path.is_relative_to(root)
            else path.as_posix(),
            "layer": layer,
            "rows_read": reading.rows_read,
            "accepted": len(reading.frame),
            "rejected": len(reading.rejected),
            "encoding": reading.notes.get("encoding"),
            "crs": reading.notes.get("crs"),
        }
        for layer, path, reading in readings
    ]
    return pd.DataFrame(rows, columns=_FILE_COLUMNS)


def _receipt(
    meta: Mapping[str, Any], files: pd.DataFrame, readings: list[tuple[str, Path, Reading]]
) -> dict[str, Any]:
    """Return the facts of the receipt."""
    rows = files.astype("object").where(files.notna(), None).to_dict("records")
    for row, (_, _, reading) in zip(rows, readings, strict=True):
        row["decisions"] = reading.notes
    return {**meta, "files": rows}


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
    """Return the files that are no longer those that were loaded, by name."""
    before = campaign.meta["sources"]
    paths = [path for name in before if (path := campaign.folder / name).is_file()]
    now = source_state(paths, campaign.folder)
    return sorted(name for name, state in before.items() if now.get(name) != state)
