"""KML as phones and globes write it: placemarks with their cells, always in WGS 84.

A reader of our own: GDAL's turns Chinese names of ``<Data>`` into underscores, drops a ring with a
full-width comma without a word, and fails on the whole file where one placemark is broken. Here a
broken placemark costs itself. Descriptions (pages of HTML) are free text and not read; links to
other files are not followed; a document type, and with it any entity, is refused. OGC 12-007r2.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from landgis.base.errors import SourceError
from landgis.io.vector.bulk import Bulk
from landgis.io.vector.dbf import codec_of, weigh
from landgis.io.vector.kml_folders import Folders, folders_of
from landgis.io.vector.kml_shapes import placemark_shape

__all__ = ["KML_CRS", "Kml", "open_kml", "read_folder"]

#: always, whatever the file says: longitude, latitude on WGS 84
KML_CRS = "EPSG:4326"
_PROLOG = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_TAG = re.compile(r"<(/?)(?:\w+:)?Placemark\b")
_PREFIX = re.compile(r"(?:</?|\s)([^\W\d][\w.-]*):(?=[^\W\d])")
_CHUNK = 1 << 20
_DEEPEST = 200


@dataclass
class Placemark:
    """One placemark: its folder, its cells, its shape and what is broken."""

    folder: str
    cells: dict[str, str] = field(default_factory=dict)
    shape: shapely.Geometry | None = None
    defect: str | None = None
    described: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Kml:
    """A KML that was read.

    Attributes
    ----------
    placemarks : list of Placemark
        In the order of the file.
    whole : bool
        Whether it is XML; if not, they are as far as they could be told.
    folders : Folders
        What its folders are called here.
    """

    placemarks: list[Placemark]
    whole: bool
    folders: Folders


def open_kml(path: Path, source: str) -> Kml:
    """Read a KML.

    Raises
    ------
    SourceError
        If it is no KML, or only points elsewhere.
    """
    found, whole = _placemarks(path, source)
    kinds: dict[str, set[str]] = {}
    for one in found:
        own = kinds.setdefault(one.folder, set())
        if one.shape is not None:
            own.add(("Point", "LineString", "Polygon")[shapely.get_dimensions(one.shape)])
    return Kml(found, whole, folders_of(kinds))


def read_folder(kml: Kml, name: str) -> Bulk:
    """Return the placemarks of one folder of a KML, or of the folders that are one layer.

    Parameters
    ----------
    kml : Kml
        As read.
    name : str
        The folder, as `Kml.folders` names it.

    Returns
    -------
    Bulk
        Cells ``name``, ``folder`` and those of ExtendedData; two-dimensional shapes in EPSG:4326.
        A placemark's number is that in its folder; where folders are one layer, in the file.
    """
    members = kml.folders.members(name)
    numbered = [(at, one) for at, one in enumerate(kml.placemarks, 1) if one.folder in members]
    own = [one for _, one in numbered]
    numbers = [at for at, _ in numbered] if len(members) > 1 else range(1, len(own) + 1)
    raw = pd.DataFrame([one.cells for one in own], dtype="object")
    shapes = np.empty(len(own), dtype=object)
    shapes[:] = [one.shape for one in own]
    notes: dict[str, Any] = {
        "driver": "KML",
        "encoding": "utf-8",
        "descriptions_dropped": sum(one.described for one in own),
        "rings_closed": [at for at, one in zip(numbers, own, strict=True) if one.closed],
    }
    if not kml.whole:
        notes["read"] = "record by record"
    index = raw.index
    return Bulk(
        raw,
        shapes,
        KML_CRS,
        pd.Series(numbers, index=index, dtype="int64"),
        pd.Series([one.defect for one in own], index=index, dtype="object"),
        notes,
    )


def _placemarks(path: Path, source: str) -> tuple[list[Placemark], bool]:
    """Return every placemark of a file, and whether it is XML; if not, as far as they can be told.

    Raises
    ------
    SourceError
        If there is none.
    """
    text = _text(path, source)
    whole = True
    try:
        found, links = _parsed(text)
    except ET.ParseError:
        found, links, whole = _pieces(text), 0, False
    if not found:
        code = "kml_only_links" if links else "kml_without_placemarks"
        raise SourceError(code, source=source)
    if all(one.defect == "record_unreadable" for one in found):
        raise SourceError("file_unreadable", source=source)
    return found, whole


def _text(path: Path, source: str) -> str:
    """Return a KML as text.

    Raises
    ------
    SourceError
        If it has a document type (entities), or is no XML, or its encoding cannot be told.
    """
    raw = path.read_bytes()
    text = raw.decode(_codec(raw), "replace").removeprefix("\ufeff")
    start = _PROLOG.match(text)
    rest = text[start.end() if start else 0 :][:200]
    if rest.startswith("<!"):
        raise SourceError("kml_document_type", source=source)
    if not re.match(r"<(?:\w+:)?(kml|Document|Folder|Placemark)\b", rest):
        raise SourceError("file_not_what_it_says", source=source, says=".kml", really="text")
    return text


def _codec(raw: bytes) -> str:
    """Return the encoding of a KML: by its mark, by its bytes, else as it says."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    named = _DECLARED.search(raw[:200])
    label = codec_of(named[1].decode("ascii")) if named else None
    return weigh([raw[:_CHUNK]], label, "file").encoding or "utf-8"


def _local(tag: object) -> str:
    """Return the name of an element without its namespace."""
    return str(tag).rpartition("}")[2]


@dataclass
class _Open:
    """An element that is being read: its name in XML, and what its ``<name>`` says."""

    tag: str
    element: ET.Element
    called: str = ""


def _parsed(text: str) -> tuple[list[Placemark], int]:
    """Return the placemarks of well-formed XML, and how many links it has."""
    parser: Any = ET.XMLPullParser(events=("start", "end"))
    found: list[Placemark] = []
    links = 0
    path: list[_Open] = []
    for chunk in _fed(parser, text):
        for event, element in chunk:
            if event == "start":
                path.append(_Open(_local(element.tag), element))
                if len(path) > _DEEPEST:
                    raise ET.ParseError
                continue
            tag = path.pop().tag
            links += tag == "NetworkLink"
            if tag == "Placemark":
                found.append(_placemark(element, _folder(path)))
            if any(one.tag == "Placemark" for one in path):
                continue
            if tag == "name" and path:
                path[-1].called = path[-1].called or _plain(element.text)
            element.clear()
            if path:
                path[-1].element.remove(element)
    return found, links


def _fed(parser: Any, text: str) -> Iterator[Any]:
    """Feed a text to a parser piece by piece; yield what each piece brings."""
    for at in range(0, len(text), _CHUNK):
        parser.feed(text[at : at + _CHUNK])
        yield parser.read_events()
    parser.close()
    yield parser.read_events()


def _folder(path: list[_Open]) -> str:
    """Return the names of the folders around an element, else that of its document."""
    folders = [one.called or "-" for one in path if one.tag == "Folder"]
    documents = [one.called or "-" for one in path if one.tag == "Document"]
    return "/".join(folders or documents[-1:]) or "-"


def _plain(text: str | None) -> str:
    """Return a text without breaks and outer blanks."""
    return " ".join((text or "").split())


def _placemark(element: ET.Element, folder: str) -> Placemark:
    """Return one placemark."""
    one = Placemark(folder, {"name": "", "folder": folder})
    for child in element:
        tag = _local(child.tag)
        if tag == "name":
            one.cells["name"] = _plain(child.text)
        elif tag == "ExtendedData":
            _read_cells(child, one.cells)
        elif tag in ("description", "Snippet"):
            one.described |= bool(_plain("".join(child.itertext())))
    one.shape, one.defect, one.closed = placemark_shape(element)
    return one


def _read_cells(element: ET.Element, cells: dict[str, str]) -> None:
    """Read ExtendedData: ``<Data name>``, ``<SimpleData name>`` and elements of other schemas."""
    for child in element.iter():
        tag, name = _local(child.tag), _plain(child.get("name"))
        if tag == "Data":
            said = next((one.text for one in child if _local(one.tag) == "value"), None)
        elif tag == "SimpleData":
            said = child.text
        elif tag in ("ExtendedData", "SchemaData", "value", "displayName") or len(child):
            continue
        else:
            name, said = _plain(tag), child.text
        if name and name not in ("name", "folder"):
            cells[name] = _plain(said)


def _pieces(text: str) -> list[Placemark]:
    """Return the placemarks of a text that is no XML, each by itself; without folders.

    One that begins and does not end, or ends and did not begin, is broken.
    """
    found = []
    start: int | None = None
    for tag in _TAG.finditer(text):
        if tag[1]:  # an end
            found.append(_lost() if start is None else _alone(text[start : tag.end()] + ">"))
            start = None
        else:
            found += [] if start is None else [_lost()]
            start = tag.start()
    return [*found, *([] if start is None else [_lost()])]


def _lost() -> Placemark:
    """Return a placemark that cannot be read."""
    return Placemark("-", {"folder": "-"}, defect="record_unreadable")


def _alone(piece: str) -> Placemark:
    """Return the placemark of a piece of text."""
    prefixes = sorted(set(_PREFIX.findall(piece)) - {"xml", "xmlns"})
    spaces = " ".join(f'xmlns:{one}="{one}"' for one in prefixes)
    try:
        return _placemark(ET.fromstring(f"<kml {spaces}>{piece}</kml>")[0], "-")
    except (ET.ParseError, IndexError):
        return _lost()
