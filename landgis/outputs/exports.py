"""Layers and results as files that other people's software reads: one act, six formats.

Finished frames in, files out: GeoPackage, shapefile, DXF, Excel, GeoJSON (coordinate text is
written by its reader's wing). Only whitelisted columns of the edition; what a format cannot hold is
said, and stands whole beside where it would be cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import pyogrio

from landgis.base import text
from landgis.base.errors import OutputError
from landgis.base.findings import finding
from landgis.base.schema import Column, Layer
from landgis.outputs.exports_columns import EXPORTS, columns_for, heading
from landgis.outputs.exports_dxf import write_drawing
from landgis.outputs.exports_files import write_together
from landgis.outputs.exports_geojson import is_lonlat, write_geojson
from landgis.outputs.exports_shapefile import COMPANIONS, Written, write_shapefile
from landgis.outputs.exports_workbook import write_field_table, write_workbook
from landgis.outputs.layer_files import flat

__all__ = ["FORMATS", "Export", "Exported", "prepare", "write_export"]

Encoding = Literal["gb18030", "utf-8"]
#: format to its suffix
FORMATS = ("gpkg", "shp", "txt", "dxf", "xlsx", "geojson")
_WGS84 = 4326


@dataclass(frozen=True)
class Export:
    """A frame on its way out.

    Attributes
    ----------
    name : str
        Layer or result (`EXPORTS`).
    frame : DataFrame or GeoDataFrame
        Its rows, with the columns of the edition and no others.
    columns : tuple of Column
        Those columns, in order.
    edition : str
        ``internal``, ``village`` or ``public``.
    language : {"zh", "en"}
        Of headings and notes.
    facts : mapping of str to str
        What the file says of itself: campaign, project, day.
    findings : list of dict
        What was left out on the way.
    """

    name: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    edition: str
    language: text.Language
    facts: Mapping[str, str] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def layer(self) -> Layer:
        """The layer or result, with all its columns."""
        return EXPORTS[self.name]

    @property
    def title(self) -> str:
        """The name that a reader knows."""
        return text.word(f"layer_{self.name}", self.language)

    @property
    def drawn(self) -> bool:
        """Whether it has shapes, be it in no row."""
        return isinstance(self.frame, gpd.GeoDataFrame)

    def notes(self) -> dict[str, str]:
        """Return what the file says of itself: edition, CRS, and the facts."""
        crs = self.frame.crs if isinstance(self.frame, gpd.GeoDataFrame) else None
        said = {
            "edition": text.word(f"edition_{self.edition}", self.language)
            + text.word("note_mark", self.language)
            + text.say("map", f"edition_note_{self.edition}", {}, self.language)
        }
        return said | dict(self.facts) | ({} if crs is None else {"crs": _crs_name(crs)})


@dataclass(frozen=True)
class Exported:
    """Files written, and what the reader of them should know."""

    files: tuple[Path, ...]
    findings: list[dict[str, Any]]


def _crs_name(crs: Any) -> str:
    """Return EPSG:n and the name of a CRS."""
    code = crs.to_epsg()
    return f"EPSG:{code} {crs.name}" if code else str(crs.name)


def prepare(
    name: str,
    frame: pd.DataFrame,
    *,
    edition: str,
    language: text.Language,
    facts: Mapping[str, str] | None = None,
) -> Export:
    """Return a frame with the columns of an edition; what is left out is a finding.

    Raises
    ------
    OutputError
        If the edition does not hold the layer, or there is no such layer, result or edition.
    """
    columns = columns_for(name, edition)
    own = frame.reset_index(drop=True)
    there = tuple(one for one in columns if one.name in own.columns)
    listed = [one.name for one in there]
    shape = own.geometry.name if isinstance(own, gpd.GeoDataFrame) else None
    left = [one for one in own.columns if one not in listed and one != shape]
    left = [one for one in left if own[one].notna().any()]
    found = []
    if left:
        names = ", ".join(_named(str(one), EXPORTS[name], language) for one in left)
        found.append(finding("export_columns_left", layer=name, columns=names, edition=edition))
    kept = own[[*listed, *([shape] if shape else [])]]
    return Export(name, kept, there, edition, language, facts or {}, found)


def _named(column: str, layer: Layer, language: text.Language) -> str:
    """Return the heading of a column of a layer; another one by its word, or as it is."""
    if column in layer.names:
        return heading(layer.column(column), layer, language)
    known = language == "zh" and text.has("words", column)
    return text.word(column, language) if known else column


def write_export(
    export: Export, path: Path, form: str, *, encoding: Encoding | None, replace: bool
) -> Exported:
    """Write an export in one of `FORMATS` but coordinate text.

    Parameters
    ----------
    export : Export
        From `prepare`.
    path : Path
        The file; written beside and renamed, with all that belongs to it.
    form : str
        ``gpkg``, ``shp``, ``dxf``, ``xlsx`` or ``geojson``.
    encoding : str or None
        Of shapefiles (default ``gb18030``) and drawings (default ``utf-8``).
    replace : bool
        Whether older files are written over.

    Raises
    ------
    OutputError
        If the format cannot hold it (no shapes, too much, text that no encoding has), if it is
        there and `replace` is not set, or another program holds it.
    """
    found = list(export.findings)
    write: Callable[[Path], None] = {
        "gpkg": lambda beside: _geopackage(export, beside),
        "geojson": lambda beside: _geojson(export, beside, found),
        "xlsx": lambda beside: _workbook(export, beside, found),
        "dxf": lambda beside: _drawing(export, beside, encoding or "utf-8", found),
        "shp": lambda beside: _shapefile(export, beside, encoding or "gb18030", found),
    }[form]
    stale = COMPANIONS if form == "shp" else ()
    files = write_together(path, write, replace=replace, companions=stale)
    return Exported(tuple(files), found)


def _require_shapes(export: Export, form: str) -> gpd.GeoDataFrame:
    """Return the frame with its shapes, or refuse one that has none."""
    frame = export.frame
    if not isinstance(frame, gpd.GeoDataFrame) or not frame.geometry.notna().any():
        raise OutputError("export_without_shapes", form=form)
    return frame


def _geopackage(export: Export, path: Path) -> None:
    """Write a GeoPackage: every type as it is, the notes as metadata."""
    shape: dict[str, Any] = {"geometry_type": "Unknown"} if export.drawn else {}
    pyogrio.write_dataframe(
        flat(export.frame),
        path,
        layer=export.name,
        driver="GPKG",
        use_arrow=True,
        dataset_metadata=export.notes(),
        **shape,
    )


def _geojson(export: Export, path: Path, found: list[dict[str, Any]]) -> None:
    """Write GeoJSON, and say in which CRS."""
    frame = _require_shapes(export, "GeoJSON")
    write_geojson(frame, export.columns, path, name=export.name, notes=export.notes())
    if not is_lonlat(frame):
        found.append(finding("export_crs_named", layer=export.name, crs=export.notes()["crs"]))
    elif frame.crs.to_epsg() != _WGS84:
        found.append(finding("export_crs_equated", layer=export.name))


def _workbook(export: Export, path: Path, found: list[dict[str, Any]]) -> None:
    """Write a workbook: the table without its shapes."""
    note = "; ".join(export.notes().values())
    write_workbook(
        export.frame,
        export.columns,
        export.layer,
        path,
        language=export.language,
        title=export.title,
        note=note,
    )
    if export.drawn and export.frame["geometry"].notna().any():
        found.append(finding("export_shapes_left", layer=export.name, form="xlsx"))


def _drawing(export: Export, path: Path, encoding: Encoding, found: list[dict[str, Any]]) -> None:
    """Write a drawing, and say what it does not hold."""
    frame = _require_shapes(export, "DXF")
    told = write_drawing(
        frame,
        export.name,
        export.layer.id,
        path,
        encoding=encoding,
        language=export.language,
        notes=export.notes(),
    )
    rest = [one for one in export.columns[1:] if frame[one.name].notna().any()]
    names = [heading(one, export.layer, export.language) for one in rest]
    found.append(
        finding("export_only_ids", layer=export.name, form="DXF", columns=", ".join(names))
    )
    if told.holes:
        found.append(finding("export_holes_drawn", layer=export.name, count=told.holes))
    if told.without_shape:
        found.append(
            finding("export_rows_left", layer=export.name, form="DXF", count=told.without_shape)
        )


def _shapefile(export: Export, path: Path, encoding: Encoding, found: list[dict[str, Any]]) -> None:
    """Write shapefiles and what their fields mean, and say what the table cannot hold."""
    frame = _require_shapes(export, "shapefile")
    written = write_shapefile(frame, export.columns, path, encoding=encoding)
    name = f"{path.stem}_{text.word('field_book', export.language)}.xlsx"
    write_field_table(
        written.fields,
        export.layer,
        frame,
        path.with_name(name),
        language=export.language,
        notes=_worded(export.notes() | {"encoding": written.encoding.upper()}, export.language),
    )
    found += _said_of_shapefile(export, written, name)


def _worded(notes: Mapping[str, str], language: text.Language) -> dict[str, str]:
    """Return notes under the words of their keys."""
    return {text.word(f"note_{key}", language): said for key, said in notes.items()}


def _said_of_shapefile(export: Export, written: Written, name: str) -> list[dict[str, Any]]:
    """Return what a shapefile does not show by itself."""

    def say(code: str, **facts: Any) -> dict[str, Any]:
        return finding(code, layer=export.name, **facts)

    found = [say("export_fields_short", name=name)]
    long = [one.short for one in written.fields if one.longer]
    if long:
        count = sum(len(one.longer) for one in written.fields)
        found.append(say("export_text_longer", name=name, columns=", ".join(long), count=count))
    rows = len(export.frame)
    blank = [one.short for one in written.fields if 0 < one.missing < rows and one.kind in "NL"]
    if blank:
        found.append(say("export_numbers_missing", columns=", ".join(blank)))
    wide = [one.short for one in written.fields if one.kind == "C" and one.column.type == "int"]
    if wide:
        found.append(say("export_numbers_as_text", columns=", ".join(wide)))
    if len(written.kinds) > 1:
        found.append(say("export_split", count=len(written.kinds)))
    if written.without_shape:
        found.append(say("export_without_shape", count=written.without_shape))
    if written.encoding == "gb18030":
        found.append(say("export_beyond_gbk"))
    return found
