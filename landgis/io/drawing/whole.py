"""A whole drawing: what its entities draw, its header, and its texts in their encoding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from landgis.base.errors import SourceError
from landgis.io.drawing.arcs import Budget
from landgis.io.drawing.blocks import Blocks
from landgis.io.drawing.drawn import Drawn, shape_all
from landgis.io.drawing.entities import draw
from landgis.io.drawing.tags import Entity, read_entities, text_of
from landgis.io.vector.dbf import codec_of, weigh

__all__ = ["Drawing", "TextCode", "open_drawing", "text_code"]

#: first version whose texts are in UTF-8 (AutoCAD 2007)
_UNICODE = "AC1021"
_CHINESE = "gb18030"
_ESCAPED = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_ESCAPED_CHINESE = re.compile(r"\\M\+5([0-9A-Fa-f]{4})")


@dataclass
class Drawing:
    """What a DXF file holds.

    Attributes
    ----------
    header : dict
        Variables of the header, as written: ``$ACADVER``, ``$DWGCODEPAGE``, ``$INSUNITS``.
    drawn : list of Drawn
        What the entities of model space draw, in the order of the file.
    complete : bool
        Whether the file has its end.
    binary : bool
        Whether it is a binary file, whose texts were decoded by its header.
    """

    header: dict[str, bytes] = field(default_factory=dict)
    drawn: list[Drawn] = field(default_factory=list)
    complete: bool = False
    binary: bool = False


@dataclass(frozen=True)
class TextCode:
    """The encoding of a drawing's texts, what tells it, and whether it differs from the header."""

    encoding: str
    told_by: str
    differs: bool = False

    def read(self, text: bytes) -> str:
        """Return a text; CAD's own escapes for characters are resolved."""
        said = text.decode(self.encoding, "replace")
        if "\\" not in said:
            return said
        said = _ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), said)
        return _ESCAPED_CHINESE.sub(
            lambda hit: bytes.fromhex(hit[1]).decode(_CHINESE, "replace"), said
        )


def open_drawing(path: Path, source: str) -> Drawing:
    """Read a DXF file: text or binary, of any version, also one that is cut off.

    Raises
    ------
    SourceError
        If it holds no entities section.
    """
    drawing = Drawing()
    with np.errstate(all="ignore"):  # what numbers come out as is checked
        sections = _fill(drawing, path, source)
        shape_all(drawing.drawn)
    if b"ENTITIES" not in sections:
        raise SourceError("file_unreadable", source=source)
    return drawing


def _fill(drawing: Drawing, path: Path, source: str) -> set[bytes]:
    """Fill in what a file holds, entity by entity; return its sections."""
    budget = Budget()
    blocks = Blocks(budget)
    section, sections, number = b"", set(), 0
    for entity in read_entities(path, source):
        if entity.kind == "SECTION":
            drawing.binary = entity.line == 0
            section = text_of(next((value for code, value in entity.tags if code == 2), b""))
            sections.add(section)
            if section == b"HEADER":
                drawing.header = _variables(entity)
        elif entity.kind == "ENDSEC":
            section = b""
        elif entity.kind == "EOF":
            drawing.complete = True
        elif section == b"BLOCKS":
            blocks.define(entity)
        elif section == b"ENTITIES":
            number += 1
            inserted = entity.kind == "INSERT"
            drawing.drawn += (
                blocks.insert(entity, number) if inserted else [draw(entity, number, budget)]
            )
    return sections


def _variables(entity: Entity) -> dict[str, bytes]:
    """Return the variables of a header, each with the first value behind its name."""
    out: dict[str, bytes] = {}
    name = None
    for code, value in entity.tags:
        if code == 9:
            name = text_of(value).decode("ascii", "replace").upper()
        elif name is not None:
            out[name] = text_of(value)
            name = None
    return out


def text_code(drawing: Drawing, wanted: str | None, source: str) -> TextCode:
    """Return the encoding of a drawing's texts: the user's word, the bytes, the header.

    Raises
    ------
    SourceError
        If the user's word is no encoding.
    """
    if drawing.binary:
        return TextCode("utf-8", "header")
    if wanted is not None:
        if (codec := codec_of(wanted)) is None:
            raise SourceError("encoding_unknown", source=source, encoding=wanted)
        return TextCode(codec, "campaign")
    version = drawing.header.get("$ACADVER", b"").decode("ascii", "replace")
    page = drawing.header.get("$DWGCODEPAGE", b"").decode("ascii", "replace")
    stated = "utf-8" if version >= _UNICODE else codec_of(page)
    evidence = weigh(_texts(drawing.drawn), stated, "header")
    encoding = evidence.encoding or stated or _CHINESE
    if evidence.told_by == "ascii":  # whatever the header says, nothing is read by it
        return TextCode(encoding, "ascii")
    differs = evidence.told_by == "bytes" and encoding != stated
    return TextCode(encoding, "bytes" if differs else "header" if stated else "ascii", differs)


def _texts(drawn: Iterable[Drawn]) -> list[bytes]:
    """Return the different texts of a drawing: layers, contents, attached strings."""
    found: dict[bytes, None] = {}
    for one in drawn:
        found[one.layer] = None
        found[one.text] = None
        found.update(dict.fromkeys(one.data))
    return list(found)
