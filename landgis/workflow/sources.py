"""From the manifest's lines to readings: which files, which reader, in which CRS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd

from landgis.base.crs import transform
from landgis.base.errors import CampaignError, SourceError
from landgis.campaign import LayerSource, Settings
from landgis.io.coordinate_text import read_coordinate_text
from landgis.io.draft import Reading, SourceOptions
from landgis.io.ledgers import read_ledger
from landgis.io.vectors import read_vector

__all__ = ["READERS", "files_of", "read_source"]

#: file suffix to its reader
READERS = {
    **dict.fromkeys((".shp", ".gpkg", ".geojson", ".json", ".kml", ".dxf", ".fgb"), read_vector),
    **dict.fromkeys((".dwg", ".mdb"), read_vector),  # which says what to save them as
    **dict.fromkeys((".txt",), read_coordinate_text),
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".csv"), read_ledger),
    **dict.fromkeys((".et", ".ods", ".xlsb"), read_ledger),
}


def files_of(source: LayerSource, layer: str, folder: Path) -> list[Path]:
    """Return the files that a line of the manifest names, sorted; lock files are left out.

    Raises
    ------
    CampaignError
        If there is none.
    """
    found = [path] if (path := folder / source.path).is_file() else []
    if not found and any(sign in source.path for sign in "*?["):
        pattern = Path(source.path)
        base = Path(pattern.anchor) if pattern.is_absolute() else folder
        matching = base.glob(str(pattern.relative_to(pattern.anchor)))
        found = sorted(path for path in matching if path.is_file())
    kept = [path for path in found if not path.name.startswith(("~$", ".~"))]
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


def read_source(
    layer: str,
    source: LayerSource,
    path: Path,
    *,
    folder: Path,
    settings: Settings,
    load_day: pd.Timestamp,
    key: bytes | None,
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
        raise SourceError("source_kind_unknown", layer=layer, name=path.name)
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
        keep=settings.campaign.keep,
        load_day=load_day,
        household_key=key,
    )
    reading = reader(path, layer, options)
    frame = reading.frame
    if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.notna().any():
        frame = transform(frame, settings.campaign.crs, layer=f"{layer} ({name})")
    elif isinstance(frame, gpd.GeoDataFrame):
        frame = frame.set_crs(settings.campaign.crs, allow_override=True)
    return Reading(frame, reading.rejected, reading.findings, reading.rows_read, reading.notes)
