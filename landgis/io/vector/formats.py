"""Vector formats: which room lists the layers of a file, and which reads one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyogrio

from landgis.base.errors import SourceError
from landgis.base.place_names import labels_of_data
from landgis.io.archive.archives import Dataset, unpacked
from landgis.io.files import refuse_other_kind, require_file
from landgis.io.vector.bulk import Bulk, gdal, read_bulk
from landgis.io.vector.companions import Notes, complete
from landgis.io.vector.edigeo import SUFFIX as EDIGEO
from landgis.io.vector.edigeo import require_companions
from landgis.io.vector.geojson import features_in, read_features, with_broken_shapes
from landgis.io.vector.kml import Kml, open_kml, read_folder
from landgis.io.vector.kml_folders import EVERY
from landgis.io.vector.parquet import list_parquet, read_parquet
from landgis.io.vector.pointers import refuse_pointer

__all__ = [
    "ALL_LAYERS",
    "REFUSED",
    "Content",
    "content_of",
    "list_layers",
    "opened",
    "read_layer",
]

#: suffix to the code of the sentence that says what to hand over instead
REFUSED = {".dwg": "file_dwg", ".mdb": "file_mdb", ".rar": "file_rar", ".7z": "file_rar"}
#: what a campaign writes for the layer where it wants all that fit
ALL_LAYERS = EVERY
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


@dataclass(frozen=True)
class Content:
    """The layers of a file by the names that a campaign knows them by.

    Attributes
    ----------
    layers : list of (str, str or None)
        Each with its geometry type (None: a plain table).
    own : mapping
        The same names, and others that a campaign may use, to those in the file.
    kml : Kml or None
        The file, where it is one.
    """

    layers: list[tuple[str, str | None]]
    own: Mapping[str, str]
    kml: Kml | None = None

    @property
    def withheld(self) -> int:
        """How many layers of several are known by number, for their names may be a person's."""
        several = len(self.own) > 1
        return sum(several and label != name for label, name in self.own.items())

    def called(self, wanted: str | None) -> str | None:
        """Return the layer that a campaign means: by our name, or else by the file's own."""
        if self.kml is not None and wanted is not None:
            return self.kml.folders.called(wanted) or wanted
        return next((label for label, name in self.own.items() if name == wanted), wanted)

    def joined(self, name: str) -> bool:
        """Tell whether a layer is made of several that only numbers tell apart."""
        return self.kml is not None and name in self.kml.folders.groups

    def parts(self, name: str) -> list[str]:
        """Return a layer, or the first of those that it is made of and the last."""
        if self.kml is None or name not in self.kml.folders.groups:
            return [name]
        own = self.kml.folders.groups[name]
        return [*own[:2], *(["…"] if len(own) > 3 else []), *own[2:][-1:]]


def list_layers(path: Path, source: str) -> list[tuple[str, str | None]]:
    """Return the layers of a vector file, each with its geometry type (None: a plain table).

    Raises
    ------
    SourceError
        If it cannot be opened.
    """
    with opened(path, source) as (whole, _):
        return content_of(whole, source).layers


def content_of(path: Path, source: str) -> Content:
    """Return the layers of a file that `opened` yields."""
    if path.suffix.lower() == ".kml":
        kml = open_kml(path, source)
        return Content(list(kml.folders.layers), kml.folders.own, kml)
    found = _layers_of(path, source)
    labels = labels_of_data([name for name, _ in found])
    pairs = list(zip(labels, found, strict=True))
    return Content([(one, kind) for one, (_, kind) in pairs], {one: own[0] for one, own in pairs})


def _layers_of(path: Path, source: str) -> list[tuple[str, str | None]]:
    """Return the layers of a file as it calls them."""
    suffix = path.suffix.lower()
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


def read_layer(path: Path, content: Content, name: str, source: str, encoding: str | None) -> Bulk:
    """Read one layer of a file that `opened` yields, shapefiles aside.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    if content.kml is not None:
        return read_folder(content.kml, name)
    suffix, own = path.suffix.lower(), content.own[name]
    if suffix in _PARQUET:
        return read_parquet(path, source)
    if suffix in _LINES:
        return read_features(path, source)
    if suffix not in _JSON:
        return read_bulk(path, own, source, encoding)
    try:
        bulk = read_bulk(path, own, source, encoding)
    except SourceError:
        return read_features(path, source)
    if features_in(path) <= len(bulk.raw):
        return with_broken_shapes(bulk, path, source)
    every = read_features(path, source)
    return every if len(every.raw) > len(bulk.raw) else with_broken_shapes(bulk, path, source)
