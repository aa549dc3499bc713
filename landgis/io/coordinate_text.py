"""Coordinate text (勘测定界 / 国土报盘 TXT) to layers and back.

Coordinates are judged by magnitude: X is the northing by rule, but tools write either first; a zone
prefix goes before the header's 带号; the unit of the area is the one in which the stated areas fit.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.base.units import UNITS
from landgis.io.coordinate_grammar import Entry, Sheet, parse_text
from landgis.io.coordinate_writer import write_coordinate_text
from landgis.io.files import refuse_other_kind, require_file
from landgis.io.georeference import Located, locate
from landgis.io.intake import Reading, Source, SourceOptions, shape_table
from landgis.io.rings import Outline, assemble

__all__ = ["read_coordinate_text", "write_coordinate_text"]

#: keys that say where and in what the coordinates are
_NEEDED_KEYS = ("坐标系", "几度分带", "计量单位", "带号")
_DATUMS = {"2000": "cgcs2000", "80": "xian80", "54": "beijing54"}
_AREA_UNITS = ("ha", "m2", "mu", "km2")
#: a stated area this many times off in every unit says nothing about the unit
_UNIT_REACH = 1.5


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
        One row per parcel (``source_row`` is the line of its header); parcels whose ring is open,
        crosses itself or has no area are rejected, with the line at fault.

    Raises
    ------
    SourceError
        If the file is no coordinate text, points stand before any parcel, or its CRS cannot be told
        (coordinates without zone prefix and no 带号).
    """
    source = options.path or path.as_posix()
    require_file(path, source)
    refuse_other_kind(path, source)
    text, encoding, told = _decoded(path, source, options.encoding)
    sheet = parse_text(text, source)
    outlines = [assemble(entry) for entry in sheet.entries]
    located = _located(sheet, outlines, layer_name, source, options)
    raw, unit = _table(sheet, located, layer_name)
    defects = pd.Series([one.defect for one in outlines], index=raw.index, dtype="object")
    rows = pd.Series([entry.defect_line or entry.line for entry in sheet.entries], index=raw.index)
    reading = shape_table(
        raw,
        layer_name,
        _with_roles(options, layer_name),
        Source(source, None, rows),
        geometry=located.shapes,
        defects=defects,
    )
    findings = list(located.findings)
    if told == "bytes" and encoding != "utf-8":
        said = "GBK/GB18030"
        findings.append(
            finding("encoding_inferred", layer=layer_name, source_file=source, encoding=said)
        )
    findings += _said_of_header(sheet, unit, layer_name, source)
    findings += _said_of_parcels(sheet.entries, outlines, layer_name, source)
    notes = {
        "driver": "coordinate text",
        "encoding": encoding,
        "encoding_from": told,
        "crs": None if located.shapes.crs is None else located.shapes.crs.to_string(),
        "crs_from": located.crs_from,
        "keys": sheet.keys,
        "area_unit": unit,
    }
    return replace(reading, findings=findings + reading.findings, notes=notes | reading.notes)


def _decoded(path: Path, source: str, wanted: str | None) -> tuple[str, str, str]:
    """Return text, encoding and what told it: the campaign, a byte order mark, or the bytes.

    Raises
    ------
    SourceError
        If the bytes are text in none of the encodings.
    """
    raw = path.read_bytes()
    if wanted is not None:
        try:
            return raw.decode(wanted), wanted, "campaign"
        except LookupError:
            raise SourceError("encoding_unknown", source=source, encoding=wanted) from None
        except UnicodeDecodeError:
            raise SourceError("encoding_wrong", source=source, encoding=wanted) from None
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace").removeprefix("\ufeff"), encoding, "mark"
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding), encoding, "bytes"
        except UnicodeDecodeError:
            continue
    raise SourceError("encoding_question", source=source, line='encoding = "GB18030"')


def _located(
    sheet: Sheet, outlines: Sequence[Outline], layer_name: str, source: str, options: SourceOptions
) -> Located:
    """Give the outlines their CRS, from header and magnitude."""
    shapes = gpd.GeoSeries([one.shape for one in outlines])
    return locate(
        shapes,
        layer=layer_name,
        source=source,
        wanted=options.crs,
        zone=_zone(sheet.keys.get("带号", "")),
        datum=_datum(sheet.keys.get("坐标系", "")),
    )


def _zone(said: str) -> int | None:
    """Return the zone number of a header, None where it names none."""
    plain = unicodedata.normalize("NFKC", said).removesuffix("带").strip()
    return int(plain) if plain.isdecimal() else None


def _datum(said: str) -> str | None:
    """Return the datum a header names by its year."""
    plain = unicodedata.normalize("NFKC", said)
    return next((datum for year, datum in _DATUMS.items() if year in plain), None)


def _table(sheet: Sheet, located: Located, layer_name: str) -> tuple[pd.DataFrame, str]:
    """Return the header fields as a table, and the unit of its areas."""
    columns: dict[str, Any] = {
        "地块编号": [entry.fields.get("id") or None for entry in sheet.entries],
        "地块名称": [entry.fields.get("name") or None for entry in sheet.entries],
        "地块用途": [entry.fields.get("use") or None for entry in sheet.entries],
        "地类编码": [entry.fields.get("land_class") or None for entry in sheet.entries],
    }
    stated = [_number(entry.fields.get("area", "")) for entry in sheet.entries]
    unit = _area_unit(stated, located.shapes)
    if "stated_area_mu" in LAYERS[layer_name].names:
        factor = float(UNITS[unit][2] / UNITS["mu"][2])
        columns["地块面积"] = [None if one is None else one * factor for one in stated]
    return pd.DataFrame(columns, dtype="object"), unit


def _number(said: str) -> float | None:
    """Return a plain positive number, None where there is none."""
    try:
        number = float(unicodedata.normalize("NFKC", said))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def _area_unit(stated: Sequence[float | None], shapes: gpd.GeoSeries) -> str:
    """Return the unit in which the stated areas fit the measured ones; hectares by rule."""
    if shapes.crs is None or not shapes.crs.is_projected:
        return "ha"
    measured = shapely.area(shapes.to_numpy())
    pairs = [(one, size) for one, size in zip(stated, measured, strict=True) if one and size > 0]
    if not pairs:
        return "ha"
    ratio = math.log(float(np.median([size / one for one, size in pairs])))
    off = {unit: abs(ratio - math.log(float(UNITS[unit][2]))) for unit in _AREA_UNITS}
    best = min(off, key=off.__getitem__)
    return best if off[best] <= math.log(_UNIT_REACH) else "ha"


def _with_roles(options: SourceOptions, layer_name: str) -> SourceOptions:
    """Return options in which the header fields have their roles; the user's word wins."""
    layer = LAYERS[layer_name]
    roles = {
        "地块编号": layer.id,
        "地块名称": "name",
        "地块用途": "use",
        "地类编码": "land_use",
        "地块面积": "stated_area_mu",
    }
    taken = set(options.columns.values())
    ours = {sent: role for sent, role in roles.items() if role in layer.names and role not in taken}
    return replace(options, columns=ours | dict(options.columns))


def _said_of_header(sheet: Sheet, unit: str, layer_name: str, source: str) -> list[dict[str, Any]]:
    """Say which needed keys are missing, and that areas are not in hectares."""
    found = []
    missing = [key for key in _NEEDED_KEYS if not sheet.keys.get(key)]
    if missing:
        found.append(
            finding(
                "header_incomplete", layer=layer_name, source_file=source, keys="、".join(missing)
            )
        )
    if unit != "ha":
        found.append(finding("area_unit_inferred", layer=layer_name, source_file=source, unit=unit))
    return found


def _said_of_parcels(
    entries: Sequence[Entry], outlines: Sequence[Outline], layer_name: str, source: str
) -> list[dict[str, Any]]:
    """Say what was noticed on single parcels."""
    found = []
    for entry, outline in zip(entries, outlines, strict=True):
        name = entry.fields.get("id")

        def say(code: str, entry: Entry = entry, name: str | None = name, **facts: Any) -> None:
            found.append(
                finding(
                    code,
                    layer=layer_name,
                    ids=[name] if name else [],
                    source_file=source,
                    source_row=entry.line,
                    **facts,
                )
            )

        for note in dict.fromkeys(outline.notes):
            say(note)
        _count_checked(entry, outline, say)
    return found


def _count_checked(entry: Entry, outline: Outline, say: Callable[..., None]) -> None:
    """Say where the number of points in a header is not that of the rows, closing rows aside."""
    stated = entry.fields.get("count", "")
    if outline.defect or not stated.isdecimal():
        return
    rows = outline.points
    if int(stated) not in (rows, rows - outline.rings, rows + outline.rings):
        say("point_count_differs", stated=int(stated), counted=rows)
