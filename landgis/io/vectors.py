"""Vector files as layers: which of their layers is meant, in which encoding, in which CRS.

A file is read in bulk, with the encoding said; where that fails it is read record by record, so
that one bad record costs one record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.base.projections import crs_text, name_of
from landgis.base.schema import LAYERS
from landgis.io.drawings import SHOWN, read_drawing
from landgis.io.memory import kept
from landgis.io.row.intake import Reading, Source, SourceOptions, shape_table
from landgis.io.row.joined import join_located
from landgis.io.row.noticed import encoding_findings, reader_findings, said_of_numbers
from landgis.io.vector.bulk import SHAPEFILE, Bulk, read_recoded
from landgis.io.vector.dbf import codec_of, read_evidence
from landgis.io.vector.edigeo import SUFFIX as EDIGEO
from landgis.io.vector.edigeo import main_layer, with_meaning
from landgis.io.vector.formats import (
    ALL_LAYERS,
    REFUSED,
    Content,
    content_of,
    list_layers,
    opened,
    read_layer,
)
from landgis.io.vector.georeference import locate
from landgis.io.vector.kml_names import names_as_ids

__all__ = ["REFUSED", "fits_layer", "list_layers", "read_vector"]

_KINDS = {
    "polygon": ("Polygon", "MultiPolygon"),
    "line": ("LineString", "MultiLineString", "LinearRing"),
    "point": ("Point", "MultiPoint"),
}


def read_vector(path: Path, layer_name: str, options: SourceOptions) -> Reading:
    """Read one layer of a vector file as a layer of the schema.

    Parameters
    ----------
    path : Path
        The file.
    layer_name : str
        Layer of the schema.
    options : SourceOptions
        What the campaign says of the source; its CRS and encoding win over the file's.

    Returns
    -------
    Reading
        A frame in the CRS of the file (GeoDataFrame where the layer has shapes), two-dimensional.

    Raises
    ------
    SourceError
        If the file is missing, empty, not what its name says or unreadable; if it has several
        layers and none is named; if its CRS or its encoding cannot be told.
    """
    source = options.path or path.as_posix()
    with opened(path, source) as (whole, missing):
        if whole.suffix.lower() == ".dxf":
            bulk, said = read_drawing(whole, source, layer_name, options)
            wanted = None if options.layer == ALL_LAYERS else options.layer
            place = Source(source, wanted, bulk.records)
            return _placed(bulk, said, layer_name, place, replace(options, shown=SHOWN))
        content = kept(
            options.memory,
            (source, options.member, None, "content"),
            partial(content_of, whole, source),
        )
        edigeo = whole.suffix.lower() == EDIGEO
        main = main_layer(layer_name, [name for name, _ in content.layers]) if edigeo else None
        wanted = content.called(options.layer) or main
        names = _choose_layers(content, source, layer_name, wanted)
        findings = [
            finding(code, layer=layer_name, source_file=source, **facts) for code, facts in missing
        ]
        findings += said_of_numbers(content.withheld, layer_name, source)
        readings = []
        for name in names:
            bulk, said = _read(whole, content, name, source, layer_name, options)
            sheet = name if len(content.layers) > 1 else None
            place, own = Source(source, sheet, bulk.records), options
            if edigeo:
                bulk, own = with_meaning(bulk, name, layer_name, options)
            readings.append(_placed(bulk, findings + said, layer_name, place, own))
            findings = []
    if not any(one.rows_read for one in readings):
        none = finding("no_rows", layer=layer_name, source_file=source)
        readings.append(replace(readings[0], findings=[none]))
    return join_located(readings, layer_name, source)


def _fitting_layers(layers: Sequence[tuple[str, str | None]], layer_name: str) -> list[str]:
    """Return the layers of a file that can be a layer of the schema, by the type of their shapes.

    Where a layer needs shapes, tables without them only count if there is nothing else.
    """
    drawn = [(name, kind) for name, kind in layers if kind is not None]
    if not drawn or LAYERS[layer_name].geometry == "none":
        return [name for name, _ in layers]
    fits = [name for name, kind in drawn if fits_layer(kind, layer_name)]
    return fits or [name for name, _ in drawn]


def fits_layer(kind: str | None, layer_name: str) -> bool:
    """Tell whether shapes of a type that GDAL names (None: a plain table) can be of a layer."""
    wanted = LAYERS[layer_name].geometry
    if kind is None or wanted in ("any", "none"):
        return kind is None or wanted == "any"
    named = [part.removesuffix("Z").removesuffix("M") for part in kind.split(" ")]
    return bool({*named} & {*_KINDS[wanted], "Unknown", "GeometryCollection"})


def _choose_layers(content: Content, source: str, layer_name: str, wanted: str | None) -> list[str]:
    """Return the layers to read.

    Raises
    ------
    SourceError
        If the wanted one is not there, or none is wanted and several fit.
    """
    names = [name for name, _ in content.layers]
    if wanted is not None and wanted != ALL_LAYERS:
        if wanted not in (*names, *content.own):
            there = ", ".join(names) or "-"
            raise SourceError("layer_not_there", source=source, name=wanted, there=there)
        return [wanted]
    fitting = _fitting_layers(content.layers, layer_name)
    if not fitting:
        raise SourceError("file_without_layers", source=source)
    if wanted is None and (len(fitting) > 1 or content.joined(fitting[0])):
        line = f'{layer_name} = {{ path = "{source}", layer = "{fitting[0]}" }}'
        layers = ", ".join(part for one in fitting for part in content.parts(one))
        raise SourceError("layer_question", source=source, layers=layers, line=line)
    return fitting


def _read(
    path: Path,
    content: Content,
    name: str,
    source: str,
    layer_name: str,
    options: SourceOptions,
) -> tuple[Bulk, list[dict[str, Any]]]:
    """Read a layer in bulk, else record by record; say how its encoding is known."""
    known = (source, options.member, name, options.encoding)
    if path.suffix.lower() not in SHAPEFILE:
        read = partial(read_layer, path, content, name, source, options.encoding)
        bulk = kept(options.memory, known, read).copy()
        column = None
        if path.suffix.lower() == ".kml":
            bulk.raw, column = names_as_ids(bulk.raw, layer_name, options.columns)
        return bulk, reader_findings(bulk.notes, source, layer_name, column)
    evidence = kept(options.memory, (*known, "text"), partial(read_evidence, path))
    encoding = _wanted_codec(options.encoding, source) or evidence.encoding
    if encoding is None:
        raise SourceError("encoding_question", source=source, line='encoding = "GB18030"')
    read = partial(read_recoded, path, content.own[name], source, encoding)
    bulk = kept(options.memory, known, read).copy()
    told = "campaign" if options.encoding else evidence.told_by
    bulk.notes |= {"encoding": encoding, "encoding_from": told}
    said = reader_findings(bulk.notes, source, layer_name, None)
    if told != "bytes":
        return bulk, said
    bulk.notes |= {"encoding_against": evidence.against} if evidence.against else {}
    return bulk, said + encoding_findings(evidence, source, layer_name)


def _wanted_codec(said: str | None, source: str) -> str | None:
    """Return the codec that a campaign names; GBK is read as GB18030, which holds it.

    Raises
    ------
    SourceError
        If there is no such encoding of text.
    """
    if said is None:
        return None
    codec = codec_of(said)
    if codec is None:
        raise SourceError("encoding_unknown", source=source, encoding=said)
    return codec


def _placed(
    bulk: Bulk,
    findings: list[dict[str, Any]],
    layer_name: str,
    source: Source,
    options: SourceOptions,
) -> Reading:
    """Give shapes their CRS, cells their meaning, rows their fate."""
    geometry = LAYERS[layer_name].geometry
    cut = str(bulk.notes["encoding"]) if bulk.notes.get("driver") == "ESRI Shapefile" else None
    if geometry == "none":
        shapes = None
    else:
        bulk.defects = _kinds_checked(bulk, layer_name, source)
        located = locate(
            gpd.GeoSeries(bulk.shapes, index=bulk.raw.index),
            layer=layer_name,
            source=source.file,
            sheet=source.sheet,
            wanted=options.crs,
            declared=bulk.crs,
            rows=bulk.records,
        )
        shapes = located.shapes
        if located.defects is not None:
            bulk.defects = bulk.defects.where(bulk.defects.notna(), located.defects)
        findings += located.findings
        bulk.notes |= {"crs": None if shapes.crs is None else crs_text(shapes.crs)}
        bulk.notes["crs_name"] = None if shapes.crs is None else name_of(shapes.crs)
        bulk.notes["crs_from"] = located.crs_from
    reading = shape_table(
        bulk.raw,
        layer_name,
        options,
        source,
        geometry=shapes,
        defects=bulk.defects,
        truncated_in=cut,
    )
    missing = _missing_shapes(reading, layer_name, source)
    return Reading(
        reading.frame,
        reading.rejected,
        findings + reading.findings + missing,
        reading.rows_read,
        bulk.notes | reading.notes,
    )


def _kinds_checked(bulk: Bulk, layer_name: str, source: Source) -> pd.Series:
    """Return the defects with shapes of a kind that the layer does not take.

    Raises
    ------
    SourceError
        If no shape of the file is of the right kind.
    """
    wanted = _KINDS.get(LAYERS[layer_name].geometry)
    there = ~shapely.is_missing(bulk.shapes)
    if wanted is None or not there.any():
        return bulk.defects
    kinds = gpd.GeoSeries(bulk.shapes, index=bulk.raw.index).geom_type
    odd = there & ~kinds.isin(wanted)
    if odd[there].all():
        raise SourceError(
            "shapes_of_other_kind",
            source=source.label,
            found=", ".join(sorted(kinds[odd].unique())),
            wanted=", ".join(wanted),
        )
    return bulk.defects.mask(odd & bulk.defects.isna(), "geometry_kind_unfit")


def _missing_shapes(reading: Reading, layer_name: str, source: Source) -> list[dict[str, Any]]:
    """Return a finding per accepted row without shape, in layers that live by their shapes."""
    if LAYERS[layer_name].geometry in ("none", "any"):
        return []
    frame = reading.frame
    lacking = frame[frame.geometry.isna()]
    column = LAYERS[layer_name].id
    return [
        finding(
            "geometry_missing",
            layer=layer_name,
            ids=[] if pd.isna(one) else [one],
            source_file=source.file,
            source_sheet=source.sheet,
            source_row=int(row),
        )
        for one, row in zip(lacking[column], lacking["source_row"], strict=True)
    ]
