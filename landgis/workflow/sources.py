"""From the manifest's lines to readings: which files, which reader, in which CRS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd

from landgis.base.crs import transform
from landgis.base.errors import CampaignError, SourceError
from landgis.base.land_use import scheme_of, schemes
from landgis.base.rules import load_rules, override
from landgis.campaign import LayerSource, Settings
from landgis.io.archive.members import ARCHIVES, Reader, list_archive, read_archive
from landgis.io.coordinate_text import read_coordinate_text
from landgis.io.files import refuse_part
from landgis.io.ledgers import read_ledger
from landgis.io.memory import Memory
from landgis.io.returned.mends import Mends
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.sheet.sheets import is_lock
from landgis.io.vectors import list_layers, read_vector
from landgis.workflow.datum_shifts import NO_SHIFTS, CampaignShifts, said_of_shift

__all__ = ["READERS", "files_of", "layers_in", "read_source", "refusal_of_kind", "source_files"]

#: files that are no layer, whatever they are saved as, to the sentence that says what can be done
_NO_LAYERS = {
    **dict.fromkeys((".asc", ".grd", ".dem", ".img", ".vrt", ".nc", ".adf"), "file_is_grid"),
    **dict.fromkeys((".tif", ".tiff", ".jp2", ".ecw", ".sid", ".hgt", ".bil"), "file_is_grid"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".gif"), "file_is_grid"),
    **dict.fromkeys((".md", ".doc", ".docx", ".wps", ".rtf", ".odt"), "file_is_prose"),
    **dict.fromkeys((".pdf", ".ppt", ".pptx", ".htm", ".html", ".xml"), "file_is_prose"),
}


def _read_zip(path: Path, layer: str, options: SourceOptions) -> Reading:
    """Read what an archive holds."""
    return read_archive(path, layer, options, READERS)


#: file suffix to its reader; a file geodatabase (.gdb) is a folder
READERS: dict[str, Reader] = {
    **dict.fromkeys((".shp", ".gpkg", ".geojson", ".json", ".kml", ".dxf", ".fgb"), read_vector),
    **dict.fromkeys((".kmz", ".gdb", ".parquet", ".geoparquet"), read_vector),
    **dict.fromkeys((".geojsonl", ".ndjson", ".thf"), read_vector),
    **dict.fromkeys((".dwg", ".mdb", ".rar", ".7z"), read_vector),  # which says what to do
    **dict.fromkeys(ARCHIVES, _read_zip),
    **dict.fromkeys((".txt",), read_coordinate_text),
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".csv"), read_ledger),
    **dict.fromkeys((".et", ".ods", ".xlsb", ".accdb"), read_ledger),  # which says so too
}


def source_files(folder: Path) -> list[Path]:
    """Return what a reader may know in a folder and below, sorted: files and file geodatabases."""
    return [one for one in sorted(folder.rglob("*")) if _is_source(one)]


def _is_source(path: Path) -> bool:
    """Tell whether a path is a file, or a file geodatabase, and no part of one."""
    inside = any(one.suffix.lower() == ".gdb" for one in path.parents)
    return not inside and (path.is_file() or (path.is_dir() and path.suffix.lower() == ".gdb"))


def layers_in(
    path: Path, name: str, memory: Memory | None = None
) -> list[tuple[str | None, str | None]]:
    """Return the layers of a file that a campaign may name, each with its geometry type.

    Raises
    ------
    LandgisError
        If it cannot be opened.
    """
    suffix = path.suffix.lower()
    if READERS[suffix] is _read_zip:
        return list(list_archive(path, name, READERS, memory))
    return list(list_layers(path, name)) if READERS[suffix] is read_vector else [(None, None)]


def files_of(source: LayerSource, layer: str, folder: Path) -> list[Path]:
    """Return the files that a line of the manifest names, sorted.

    Lock files of other programs are left out of a pattern; one that is named is read as nothing.

    Raises
    ------
    CampaignError
        If there is none.
    """
    found = [path] if _is_source(path := folder / source.path) else []
    if not found and any(sign in source.path for sign in "*?["):
        pattern = Path(source.path)
        base = Path(pattern.anchor) if pattern.is_absolute() else folder
        matching = base.glob(str(pattern.relative_to(pattern.anchor)))
        found = sorted(path for path in matching if _is_source(path))
    kept = [path for path in found if path.name == Path(source.path).name or not is_lock(path)]
    if not kept:
        raise CampaignError("source_missing", layer=layer, path=source.path, folder=str(folder))
    return kept


def sources_of(settings: Settings, folder: Path) -> Iterator[tuple[str, LayerSource, Path]]:
    """Yield layer, line of the manifest and file, for every file of a campaign."""
    for layer, sources in settings.layers.items():
        for source in sources:
            for path in files_of(source, layer, folder):
                yield layer, source, path


def _relative(path: Path, folder: Path) -> str:
    """Return a path as the campaign names it."""
    inside = path.is_relative_to(folder)
    return (path.relative_to(folder) if inside else path).as_posix()


def _scheme(source: LayerSource, name: str) -> str | None:
    """Return the classification of land-use codes that a line of the manifest names.

    Raises
    ------
    CampaignError
        If it is none that is known.
    """
    said = source.land_use_scheme
    if said is None:
        return None
    scheme = scheme_of(said)
    if scheme is None:
        raise CampaignError("scheme_unknown", source=name, said=said, known=", ".join(schemes()))
    return scheme.key


def refusal_of_kind(path: Path, source: str, layer: str | None = None) -> SourceError:
    """Return what is said of a file that no reader knows: what can be done with one of its kind."""
    refuse_part(path, source)
    suffix = path.suffix.lower()
    if suffix in _NO_LAYERS:
        return SourceError(_NO_LAYERS[suffix], source=source, kind=suffix)
    if layer is not None:
        return SourceError("source_kind_unknown", layer=layer, name=source)
    return SourceError("inspect_kind_unknown", source=source, kind=suffix or "-")


def read_source(
    layer: str,
    source: LayerSource,
    path: Path,
    *,
    folder: Path,
    settings: Settings,
    load_day: pd.Timestamp,
    key: bytes | None,
    mended: Mends | None = None,
    shifts: CampaignShifts = NO_SHIFTS,
) -> Reading:
    """Read one file into rows of a layer, shapes in the campaign CRS.

    Raises
    ------
    SourceError
        If no reader knows the kind of file, or the file cannot be used as it is.
    CRSError
        If its coordinates have no CRS, or there is no known way to the campaign's.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise refusal_of_kind(path, path.name, layer)
    name = _relative(path, folder)
    options = SourceOptions(
        path=name,
        layer=source.layer,
        crs=source.crs,
        encoding=source.encoding,
        status_on=None if source.status_on is None else pd.Timestamp(source.status_on),
        parcel_id=tuple(source.parcel_id),
        columns=source.columns,
        kind=source.kind,
        year=source.year,
        keep=settings.campaign.keep,
        load_day=load_day,
        household_key=key,
        land_use_scheme=_scheme(source, name),
        mended=mended or {},
        limits=override(load_rules("numbers"), settings.rules.get("numbers", {})),
    )
    reading = reader(path, layer, options)
    frame = reading.frame
    findings = reading.findings
    if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.notna().any():
        findings = findings + said_of_shift(frame.crs, settings.campaign.crs, shifts, layer, name)
        frame = transform(
            frame, settings.campaign.crs, layer=f"{layer} ({name})", shifts=shifts.shifts
        )
    elif isinstance(frame, gpd.GeoDataFrame):
        frame = frame.set_crs(settings.campaign.crs, allow_override=True)
    return Reading(frame, reading.rejected, findings, reading.rows_read, reading.notes)
