"""A frame on its way out: into its CRS and edition, then to the wing that writes its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.crs import parse_crs, to_display, transform
from landgis.base.errors import OutputError
from landgis.base.findings import finding
from landgis.base.text import Language
from landgis.base.zones import datum_of
from landgis.io.coordinate.writer import TEXT_COLUMNS, write_coordinate_text
from landgis.outputs.exports import Export, Exported, prepare, write_export
from landgis.outputs.exports_columns import EXPORTS, LEAST_GROUP, heading, suppress_small
from landgis.outputs.exports_files import write_together

__all__ = ["readied", "written"]

_WGS84 = 4326


def readied(
    name: str,
    frame: pd.DataFrame,
    form: str,
    *,
    edition: str,
    crs: str | None,
    facts: Mapping[str, str],
    language: Language,
) -> Export:
    """Return a frame in its CRS with the columns of its edition.

    Raises
    ------
    LandgisError
        If it has no rows, there is no known way into the CRS, or the edition does not hold it.
    """
    if not len(frame):
        raise OutputError("export_empty", layer=name)
    said: list[dict[str, Any]] = []
    if edition != "internal" and name == "progress":
        frame = frame[frame["team"].isna()]  # a sum without its team would stand for all
    if edition == "public" and name == "progress":
        frame, hidden = suppress_small(frame)
        if hidden:
            said.append(finding("export_suppressed", layer=name, least=LEAST_GROUP, count=hidden))
    if crs is not None and isinstance(frame, gpd.GeoDataFrame):
        frame, equated = _in_crs(frame, crs, name)
        said += equated
    if form == "xlsx" and isinstance(frame, gpd.GeoDataFrame):
        frame = _with_area(frame, name)
    export = prepare(name, frame, edition=edition, language=language, facts=facts)
    return replaced(export, findings=said + export.findings)


def _in_crs(
    frame: gpd.GeoDataFrame, crs: str, name: str
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Return a frame in another CRS; CGCS2000 is taken as equal to WGS 84, which is said."""
    target = parse_crs(crs, name)
    if not frame.geometry.notna().any():
        return frame.set_crs(target, allow_override=True), []
    if target.to_epsg() == _WGS84 and frame.crs is not None and datum_of(frame.crs) == "cgcs2000":
        return to_display(frame, layer=name), [finding("export_crs_equated", layer=name)]
    return transform(frame, target, layer=name), []


def _with_area(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return polygons with their plane area (m²) where a table would lose it with the shapes."""
    if EXPORTS[name].geometry != "polygon" or "area_m2" in frame.columns:
        return frame
    metric = frame.crs is not None and frame.crs.is_projected
    return frame.assign(measured_m2=frame.area.where(frame.geometry.notna())) if metric else frame


def written(
    export: Export,
    path: Path,
    form: str,
    *,
    encoding: Any,
    parts: Any,
    day: pd.Timestamp | None,
    replace: bool,
) -> Exported:
    """Write an export in its format; coordinate text by the room that also reads it."""
    if form != "txt":
        return write_export(export, path, form, encoding=encoding, replace=replace)
    return _as_text(export, path, encoding or "gb18030", parts or "records", day, replace=replace)


def _as_text(
    export: Export, path: Path, encoding: Any, parts: Any, day: Any, *, replace: bool
) -> Exported:
    """Write coordinate text, and say what its eight fields do not hold."""
    frame = export.frame
    if not isinstance(frame, gpd.GeoDataFrame):
        raise OutputError("export_without_shapes", form="TXT")
    drawn = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    found = list(export.findings)
    if len(drawn) < len(frame):
        count = len(frame) - len(drawn)
        found.append(finding("export_rows_left", layer=export.name, form="TXT", count=count))
    held = {export.layer.id, *TEXT_COLUMNS}
    rest = [one for one in export.columns if one.name not in held]
    rest = [one for one in rest if frame[one.name].notna().any()]
    lost = ", ".join(heading(one, export.layer, export.language) for one in rest)
    if lost:
        said = finding("export_columns_not_held", layer=export.name, form="TXT", columns=lost)
        found.append(said)

    def write(beside: Path) -> None:
        noted = write_coordinate_text(
            drawn,
            path,
            export.name,
            encoding=encoding,
            parts=parts,
            id_column=export.layer.id,
            produced_on=day,
            beside=beside,
        )
        found.extend(noted)

    return Exported(tuple(write_together(path, write, replace=replace)), found)
