"""Vector files: shapefiles with their encodings, GeoPackage, GeoJSON, DXF and what GDAL reads.

A file is read in bulk, with the encoding said; where that fails it is read record by record, so
that one bad record costs one record.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.io.bulk import SHAPEFILE, Bulk, gdal, read_bulk, read_recoded
from landgis.io.dbf import read_evidence
from landgis.io.drawings import closed_outlines
from landgis.io.files import find_sibling, refuse_other_kind, require_file
from landgis.io.georeference import locate
from landgis.io.intake import Reading, Source, SourceOptions, shape_table

__all__ = ["REFUSED", "list_layers", "read_vector"]

REFUSED = {".dwg": "file_dwg", ".mdb": "file_mdb"}
_KINDS = {
    "polygon": ("Polygon", "MultiPolygon"),
    "line": ("LineString", "MultiLineString", "LinearRing"),
    "point": ("Point", "MultiPoint"),
}


def list_layers(path: Path, source: str) -> list[tuple[str, str | None]]:
    """Return the layers of a vector file, each with its geometry type (None: a plain table).

    Raises
    ------
    SourceError
        If GDAL cannot open the file.
    """
    with gdal(source):
        return [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    raise AssertionError


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
    require_file(path, source)
    if (refused := REFUSED.get(path.suffix.lower())) is not None:
        raise SourceError(refused, source=source)
    refuse_other_kind(path, source)
    with _complete(path) as (whole, rebuilt):
        name, several = _choose_layer(whole, source, layer_name, options.layer)
        bulk, findings = _read(whole, name, source, layer_name, options)
    sheet = name if several else None
    if path.suffix.lower() == ".dxf":
        bulk = _outlines(bulk, layer_name)
    if rebuilt:
        findings.append(finding("index_rebuilt", layer=layer_name, source_file=source))
    return _placed(bulk, findings, layer_name, Source(source, sheet, bulk.records), options)


@contextmanager
def _complete(path: Path) -> Iterator[tuple[Path, bool]]:
    """Yield a shapefile with its .shx: one that lacks it is copied and indexed elsewhere."""
    if path.suffix.lower() != ".shp" or find_sibling(path, ".shx") is not None:
        yield path, False
        return
    from landgis.io.salvage import with_index

    with with_index(path) as copy:
        yield copy, True


def _choose_layer(path: Path, source: str, layer_name: str, wanted: str | None) -> tuple[str, bool]:
    """Return the layer to read, and whether the file has several.

    Raises
    ------
    SourceError
        If the wanted one is not there, or none is wanted and there are several.
    """
    layers = list_layers(path, source)
    names = [name for name, _ in layers]
    if wanted is not None:
        if wanted not in names:
            there = ", ".join(names) or "-"
            raise SourceError("layer_not_there", source=source, name=wanted, there=there)
        return wanted, len(names) > 1
    drawn = [name for name, kind in layers if kind is not None]
    fitting = drawn if drawn and LAYERS[layer_name].geometry != "none" else names
    if not fitting:
        raise SourceError("file_without_layers", source=source)
    if len(fitting) > 1:
        line = f'{layer_name} = {{ path = "{source}", layer = "{fitting[0]}" }}'
        raise SourceError("layer_question", source=source, layers=", ".join(fitting), line=line)
    return fitting[0], len(names) > 1


def _read(
    path: Path, name: str, source: str, layer_name: str, options: SourceOptions
) -> tuple[Bulk, list[dict[str, Any]]]:
    """Read a layer in bulk, else record by record; say how its encoding is known."""
    if path.suffix.lower() not in SHAPEFILE:
        return read_bulk(path, name, source, options.encoding), []
    evidence = read_evidence(path)
    encoding = options.encoding or evidence.encoding
    told = "campaign" if options.encoding else evidence.told_by
    if encoding is None:
        raise SourceError("encoding_question", source=source, line='encoding = "GB18030"')
    try:
        "".encode(encoding)
    except LookupError:
        raise SourceError("encoding_unknown", source=source, encoding=encoding) from None
    bulk = read_recoded(path, name, source, encoding)
    bulk.notes |= {"encoding": encoding, "encoding_from": told}
    findings = []
    if told == "bytes":
        findings.append(
            finding(
                "encoding_inferred",
                layer=layer_name,
                source_file=source,
                encoding="GBK/GB18030" if encoding == "gb18030" else encoding.upper(),
            )
        )
    return bulk, findings


def _outlines(bulk: Bulk, layer_name: str) -> Bulk:
    """Return the closed polylines of a drawing as polygons, where a layer wants polygons."""
    if LAYERS[layer_name].geometry != "polygon":
        return bulk
    keep, shapes = closed_outlines(bulk.shapes)
    index = bulk.raw.index[keep]
    notes = bulk.notes | {"entities_ignored": int((~keep).sum())}
    defects = bulk.defects.loc[index]
    return Bulk(
        bulk.raw.loc[index], shapes[keep], bulk.crs, bulk.records.loc[index], defects, notes
    )


def _placed(
    bulk: Bulk,
    findings: list[dict[str, Any]],
    layer_name: str,
    source: Source,
    options: SourceOptions,
) -> Reading:
    """Give shapes their CRS, cells their meaning, rows their fate."""
    geometry = LAYERS[layer_name].geometry
    cut = str(bulk.notes["encoding"]) if "encoding" in bulk.notes else None
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
        )
        shapes = located.shapes
        findings += located.findings
        bulk.notes |= {"crs": None if shapes.crs is None else shapes.crs.to_string()}
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
            wanted=" / ".join(wanted),
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
