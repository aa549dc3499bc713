"""Coordinate text (勘测定界 / 国土报盘 TXT) to layers and back.

Coordinates are judged by magnitude: X is the northing by rule, but tools write either first; a zone
prefix goes before the header's 带号; the unit of the area is the one in which the stated areas fit.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.io.coordinate.areas import stated_areas, unlike_measured
from landgis.io.coordinate.grammar import Sheet, parse_text
from landgis.io.coordinate.lines import decode
from landgis.io.coordinate.notes import (
    produced_on,
    said_of_encoding,
    said_of_header,
    said_of_parcels,
)
from landgis.io.coordinate.places import locate_outlines
from landgis.io.coordinate.rings import assemble
from landgis.io.coordinate.writer import write_coordinate_text
from landgis.io.files import refuse_other_kind, require_file
from landgis.io.row.intake import Reading, Source, SourceOptions, shape_table

__all__ = ["read_coordinate_text", "write_coordinate_text"]

_AREA = "地块面积"


def read_coordinate_text(path: Path, layer_name: str, options: SourceOptions) -> Reading:
    """Read a coordinate text as a layer of polygons (projects, blocks, parcels, exclusions …).

    Parameters
    ----------
    path : Path
        The file: UTF-8 or GBK, with or without BOM.
    layer_name : str
        Layer of the schema. 地块编号 becomes its id, 地块名称 its name, the area
        ``stated_area_mu``, as far as the layer has these columns.
    options : SourceOptions
        What the campaign says of the source; its CRS and encoding win.

    Returns
    -------
    Reading
        One row per parcel (``source_row`` is the line of its header); parcels whose rings cross,
        have no area, are cut short or lie elsewhere than the others are rejected, with the line at
        fault. Parts that were written as records of their own (``A_1``, ``A_2``) stay rows of their
        own, which is said: nothing but their ids tells that they were one.

    Raises
    ------
    SourceError
        If the file is no coordinate text, points stand before any parcel, or its CRS cannot be told
        (coordinates without zone prefix and no 带号, a datum or projection that is not known).
    """
    source = options.path or path.as_posix()
    require_file(path, source)
    refuse_other_kind(path, source)
    decoded = decode(path.read_bytes(), source, options.encoding)
    sheet = parse_text(decoded.text, source)
    outlines = assemble(sheet.entries)
    located = locate_outlines(sheet, outlines, layer=layer_name, source=source, wanted=options.crs)
    areas, units = stated_areas(sheet.entries, located.shapes)
    own_area = "stated_area_mu" in LAYERS[layer_name].names
    raw = _table(sheet, areas if own_area or _AREA in options.columns else None)
    defects = pd.Series([one.defect for one in outlines], index=raw.index, dtype="object")
    lines = [
        one.defect_line or entry.line for one, entry in zip(outlines, sheet.entries, strict=True)
    ]
    reading = shape_table(
        raw,
        layer_name,
        _with_roles(options, layer_name),
        Source(source, None, pd.Series(lines, index=raw.index)),
        geometry=located.shapes,
        defects=defects,
    )
    findings = [
        *said_of_encoding(decoded, layer_name, source),
        *located.findings,
        *said_of_header(sheet, units, layer_name, source),
        *said_of_parcels(sheet.entries, outlines, layer_name, source),
        *([] if own_area else _unlike(sheet, located.shapes, units, layer_name, source)),
        *reading.findings,
    ]
    notes = {
        "driver": "coordinate text",
        "encoding": decoded.encoding,
        "encoding_from": decoded.told_by,
        "crs": None if located.shapes.crs is None else located.shapes.crs.to_string(),
        "crs_from": located.crs_from,
        "keys": sheet.keys,
        "produced_on": produced_on(sheet),
        "area_unit": units[0] if units else "ha",
        "sections_skipped": sheet.skipped,
    }
    return replace(reading, findings=findings, notes=notes | reading.notes)


def _table(sheet: Sheet, areas: list[Any] | None) -> pd.DataFrame:
    """Return the header fields as a table; areas where somebody wants them."""
    names = {"地块编号": "id", "地块名称": "name", "地块用途": "use", "地类编码": "land_class"}
    columns: dict[str, Any] = {
        sent: [entry.fields.get(name) or None for entry in sheet.entries]
        for sent, name in names.items()
    }
    if areas is not None:
        columns[_AREA] = areas
    return pd.DataFrame(columns, dtype="object")


def _unlike(
    sheet: Sheet, shapes: gpd.GeoSeries, units: tuple[str, ...], layer_name: str, source: str
) -> list[dict[str, Any]]:
    """Say which areas of a layer that has no column for them differ from the measured ones."""
    return [
        finding(
            "table_area_differs",
            layer=layer_name,
            ids=[sheet.entries[at].fields.get("id") or f"{source}#{sheet.entries[at].line}"],
            source_file=source,
            source_row=sheet.entries[at].line,
            stated=round(stated, 2),
            computed=round(computed, 2),
        )
        for at, stated, computed in unlike_measured(
            sheet.entries, shapes, units[0] if units else "ha"
        )
    ]


def _with_roles(options: SourceOptions, layer_name: str) -> SourceOptions:
    """Return options in which the header fields have their roles; the user's word wins."""
    layer = LAYERS[layer_name]
    roles = {
        "地块编号": layer.id,
        "地块名称": "name",
        "地块用途": "use",
        "地类编码": "land_use",
        _AREA: "stated_area_mu",
    }
    taken = set(options.columns.values())
    ours = {sent: role for sent, role in roles.items() if role in layer.names and role not in taken}
    return replace(options, columns=ours | dict(options.columns))
