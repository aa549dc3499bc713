"""Begin: look at the files in a folder, give each a role, write a first manifest and workbook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.checks import require_metric_crs
from landgis.base.crs import crs_of_zone
from landgis.base.errors import CampaignError, CRSError, LandgisError
from landgis.base.schema import LAYERS
from landgis.base.text import Language
from landgis.base.words import FILE_WORDS
from landgis.io.draft import SourceOptions
from landgis.io.manifest import MANIFEST
from landgis.io.project_workbook import WORKBOOK, write_project_workbook
from landgis.io.store import STORE
from landgis.io.vectors import list_layers, read_vector
from landgis.outputs.files import write_text
from landgis.workflow.first_manifest import Found, manifest_text
from landgis.workflow.loading import Step, silent
from landgis.workflow.sources import READERS

__all__ = ["Begun", "new"]

_IMAGES = (".tif", ".tiff")
_OWN = {"out", "receipts", "maps"}
_NUMBERS = ("编号", "序号", "号", "地块号", "no", "number", "id")
_KINDS = {
    "polygon": ("Polygon", "MultiPolygon", "Unknown", "GeometryCollection"),
    "line": ("LineString", "MultiLineString", "Unknown"),
}


@dataclass(frozen=True)
class Begun:
    """What `new` made.

    Attributes
    ----------
    roles : DataFrame
        file, layer, role, rows, note: one row per layer of a file.
    files : tuple of Path
        The manifest and the workbook.
    """

    roles: pd.DataFrame
    files: tuple[Path, ...]


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
        Whether an older manifest and workbook are written over.

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
    paths = _files(root)
    found: list[Found] = []
    for done, path in enumerate(paths):
        step(path.name, done, len(paths))
        found += _looked_at(path, root)
    images = [p for p in root.rglob("*") if p.suffix.lower() in _IMAGES and not _skipped(p, root)]
    if not found:
        raise CampaignError("nothing_to_begin_with", folder=str(root))
    crs, known = _crs(found)
    text = manifest_text(root.resolve().name, found, sorted(images), root, crs, known, language)
    manifest = write_text(root / MANIFEST, text, replace=replace)
    workbook = write_project_workbook(
        root / WORKBOOK, _projects(found), language=language, replace=replace
    )
    return Begun(_roles(found), (manifest, workbook))


def _skipped(path: Path, root: Path) -> bool:
    """Tell whether a file is ours, hidden or a lock."""
    parts = path.relative_to(root).parts
    own = parts[0] in _OWN or path.name in (MANIFEST, WORKBOOK, STORE)
    return own or any(part.startswith((".", "~$")) for part in parts)


def _files(root: Path) -> list[Path]:
    """Return the files that a reader knows, sorted by path."""
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and path.suffix.lower() in READERS and not _skipped(path, root)
    )


def _roles_of(name: str, kind: str | None) -> list[str]:
    """Return the layers that a name calls, those first that are named in more words."""
    low = name.lower()
    drawn = kind is not None
    return [
        layer
        for layer, words in FILE_WORDS.items()
        if any(one in low for one in words) and _fits(layer, kind, drawn)
    ]


def _fits(layer: str, kind: str | None, drawn: bool) -> bool:
    """Tell whether a layer can hold a geometry type."""
    wanted = LAYERS[layer].geometry
    if wanted in ("any",):
        return True
    if wanted == "none":
        return not drawn
    return drawn and (kind or "").split(" ")[-1].removesuffix("Z") in (*_KINDS[wanted], "25D")


def _looked_at(path: Path, root: Path) -> list[Found]:
    """Return the layers of a file with their roles, each read once as its first role."""
    name = path.relative_to(root).as_posix()
    reader = READERS[path.suffix.lower()]
    try:
        layers: list[tuple[str | None, str | None]] = [(None, None)]
        if reader is read_vector:
            layers = list(list_layers(path, name))
    except LandgisError as trouble:
        return [Found(path, name, None, [], trouble=trouble)]
    several = len(layers) > 1
    kind_of_text = "Polygon" if path.suffix.lower() == ".txt" else None
    out = []
    for layer, kind in layers:
        called = f"{path.stem} {layer}" if several else name
        roles = _roles_of(called, kind or kind_of_text)
        found = Found(path, name, layer if several else None, roles)
        out.append(_read(found))
    return out


def _read(found: Found) -> Found:
    """Read a layer of a file as its first role, and note what the manifest has to say of it."""
    if not found.roles:
        return found
    options = SourceOptions(path=found.name, layer=found.layer)
    try:
        found.reading = READERS[found.path.suffix.lower()](found.path, found.roles[0], options)
    except LandgisError as trouble:
        found.trouble = trouble
        return found
    notes = found.reading.notes
    if found.roles[0] == "parcels" and "parcel_id" not in notes.get("columns", {}).values():
        found.extra["parcel_id"] = _compound(notes)
    return found


def _compound(notes: dict[str, Any]) -> list[str]:
    """Return village, group and number columns that together can be a parcel's code."""
    ours = {name: sent for sent, name in notes.get("columns", {}).items()}
    numbers = [one for one in notes.get("columns_unused", []) if one.strip().lower() in _NUMBERS]
    parts = [ours.get("village"), ours.get("group"), *numbers[:1]]
    return [one for one in parts if one] if numbers else []


def _crs(found: list[Found]) -> tuple[str, bool]:
    """Return the working CRS that red lines or parcels name, and whether it is sure."""
    drawn = [one for one in found if _shapes(one) is not None]
    order = ("projects", "parcels", "blocks", "records")
    drawn.sort(key=lambda one: order.index(one.roles[0]) if one.roles[0] in order else len(order))
    for one in drawn:
        shapes = _shapes(one)
        assert shapes is not None
        try:
            require_metric_crs(shapes, one.name)
        except CRSError:
            continue
        return shapes.crs.to_string(), True
    for one in drawn:
        shapes = _shapes(one)
        assert shapes is not None
        west, _, east, _ = shapes.to_crs(4326).total_bounds
        zone = int(((west + east) / 2 + 1.5) // 3)
        if 25 <= zone <= 45:
            return crs_of_zone(zone, prefixed=True), False
        return shapes.estimate_utm_crs().to_string(), False
    return "EPSG:4526", False


def _shapes(found: Found) -> gpd.GeoDataFrame | None:
    """Return the frame of a layer that has shapes and a CRS."""
    frame = None if found.reading is None else found.reading.frame
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return None
    return frame if frame.geometry.notna().any() else None


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
            "question": one.roles[1] if len(one.roles) > 1 else None,
        }
        for one in found
    ]
    return pd.DataFrame(rows)
