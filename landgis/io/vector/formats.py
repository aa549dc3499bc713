"""Vector formats: which room lists the layers of a file, and which reads one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyogrio

from landgis.base.errors import SourceError
from landgis.io.archive.archives import Dataset, unpacked
from landgis.io.files import refuse_other_kind, require_file
from landgis.io.vector.bulk import Bulk, gdal, read_bulk
from landgis.io.vector.companions import Notes, complete
from landgis.io.vector.edigeo import SUFFIX as EDIGEO
from landgis.io.vector.edigeo import require_companions
from landgis.io.vector.geojson import features_in, read_features, with_broken_shapes
from landgis.io.vector.kml import list_kml, read_kml
from landgis.io.vector.parquet import list_parquet, read_parquet
from landgis.io.vector.pointers import refuse_pointer

__all__ = ["ALL_LAYERS", "REFUSED", "layers_of", "list_layers", "opened", "read_layer"]

#: suffix to the code of the sentence that says what to hand over instead
REFUSED = {".dwg": "file_dwg", ".mdb": "file_mdb", ".rar": "file_rar", ".7z": "file_rar"}
#: what a campaign writes for the layer where it wants all that fit
ALL_LAYERS = "*"
_PARQUET = (".parquet", ".geoparquet")
_JSON = (".geojson", ".json")
_LINES = (".geojsonl", ".ndjson")


@contextmanager
def opened(path: Path, source: str) -> Iterator[tuple[Path, Notes]]:
    """Yield a path at which a reader finds all of a file, and what was missing or mended.

    Raises
    ------
    SourceError
        If the file is missing, empty, refused by its kind, not what its name says, or only points
        to other data.
    """
    require_file(path, source)
    if (refused := REFUSED.get(path.suffix.lower())) is not None:
        raise SourceError(refused, source=source)
    refuse_other_kind(path, source)
    if path.suffix.lower() == ".kmz":
        with unpacked(path, source, (".kml",)) as inside:
            yield _document(inside, source), []
        return
    refuse_pointer(path, source)
    if path.suffix.lower() == EDIGEO:
        require_companions(path, source)
    with complete(path) as (whole, missing):
        yield whole, missing


def _document(inside: list[Dataset], source: str) -> Path:
    """Return the document of a KMZ: doc.kml, else the first KML at its root (OGC 12-007r2, C.3).

    Raises
    ------
    SourceError
        If there is none.
    """
    called = [one for one in inside if one.name.casefold() == "doc.kml"]
    root = [one for one in inside if "/" not in one.name]
    if not inside:
        raise SourceError("kml_without_placemarks", source=source)
    return (called or root or inside)[0].path


def list_layers(path: Path, source: str) -> list[tuple[str, str | None]]:
    """Return the layers of a vector file, each with its geometry type (None: a plain table).

    Raises
    ------
    SourceError
        If it cannot be opened.
    """
    with opened(path, source) as (whole, _):
        return layers_of(whole, source)


def layers_of(path: Path, source: str) -> list[tuple[str, str | None]]:
    """Return the layers of a file that `opened` yields."""
    suffix = path.suffix.lower()
    if suffix == ".kml":
        return list_kml(path, source)
    if suffix in _PARQUET:
        return list_parquet(path, source)
    if suffix == ".dxf":  # its layers are pens; what is an outline is told when it is read
        return [("entities", "Unknown")]
    if suffix in (*_LINES, *_JSON):
        return _json_layers(path, source)
    with gdal(source):
        return [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    raise AssertionError


def _json_layers(path: Path, source: str) -> list[tuple[str, str | None]]:
    """Return the layers of a GeoJSON; its features are one where GDAL cannot open it."""
    try:
        with gdal(source):
            return [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    except SourceError:
        read_features(path, source)
    return [(path.stem, "Unknown")]


def read_layer(path: Path, name: str, source: str, encoding: str | None) -> Bulk:
    """Read one layer of a file that `opened` yields, shapefiles aside.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".kml":
        return read_kml(path, name, source)
    if suffix in _PARQUET:
        return read_parquet(path, source)
    if suffix in _LINES:
        return read_features(path, source)
    if suffix not in _JSON:
        return read_bulk(path, name, source, encoding)
    try:
        bulk = read_bulk(path, name, source, encoding)
    except SourceError:
        return read_features(path, source)
    if features_in(path) <= len(bulk.raw):
        return with_broken_shapes(bulk, path, source)
    every = read_features(path, source)
    return every if len(every.raw) > len(bulk.raw) else with_broken_shapes(bulk, path, source)
