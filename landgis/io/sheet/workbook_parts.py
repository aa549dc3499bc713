"""The parts of an .xlsx before a library reads them: how much they are, how far their cells reach.

The library makes room for the whole rectangle between the first cell and the last, and ends the
program where there is none; and it reads a cell that failed to compute, or never was computed, as
an empty one. Both are told here from the bytes of the parts. Formats: ECMA-376 Part 1, 18.3.1.4.
"""

from __future__ import annotations

import html
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from landgis.base.errors import SourceError
from landgis.io.sheet.far_rows import PARTS, blocks_of, last_row, lies_far, rows_until

__all__ = ["Faults", "look_into"]

#: a cell far away makes a sheet of blanks; nobody keeps a ledger of this size
_MAX_CELLS = 20_000_000
_MAX_BYTES = 1 << 30
_MAX_PARTS = 10_000
#: what is another kind of package, by a part that only it has
_OTHERS = {"xl/workbook.bin": "file_xlsb", "content.xml": "file_ods"}
#: cells beyond column Z, beyond ZZ, from row 10 000 on, from row 700 000 on: one cheap search each
_WIDE, _WIDER, _TALL, _TALLER = (
    re.compile(rb'r="' + what)
    for what in (
        rb"[A-Za-z]{2}",
        rb"[A-Za-z]{3}",
        rb"[A-Za-z]*\d{5}",
        rb"[A-Za-z]*(?:[7-9]\d{5}|\d{7})",
    )
)
#: other ways of writing an attribute, which those searches would miss
_ODD = (b"r='", b"r =", b"r= ", b"r\t", b"r\n", b"r\r", b"r=\t", b"r=\n", b"r=\r")
_FILLED = re.compile(rb'<c r="([A-Za-z]+)(\d+)"(?:[^>]*[^/])?>(?!</c>)')
_ANY = re.compile(rb"<(?:\w+:)?(?:(row)|c)\b([^>]*?)(/?)>(\s*</(?:\w+:)?c>)?", re.DOTALL)
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*)(\d+)["']""")
_FAULT = re.compile(rb"""<(?:\w+:)?c\b([^>]*[^/>])>(.*?)</(?:\w+:)?c>""", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>([^<]+)<")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True)
class Faults:
    """Cells of a sheet (row and column from 0) that the library reads as empty; and where it ends.

    Attributes
    ----------
    part : str
        The part of the workbook that holds the sheet.
    errors : dict
        Cell to its error (#REF!).
    uncached : frozenset
        Formulas that no program has computed.
    last : int or None
        Number of the last row that says something, where cells lie far below the others.
    """

    part: str
    errors: dict[tuple[int, int], str]
    uncached: frozenset[tuple[int, int]]
    last: int | None = None


def look_into(path: Path, source: str) -> dict[str, Faults]:
    """Return the faults of each sheet by its name, once the workbook is known to be of bounds.

    Raises
    ------
    SourceError
        If it is another kind of file in disguise, broken, or larger than a ledger can be.
    """
    try:
        with zipfile.ZipFile(path) as book:
            infos = book.infolist()
            names = {info.filename for info in infos}
            for part, code in _OTHERS.items():
                if part in names and "xl/workbook.xml" not in names:
                    raise SourceError(code, source=source)
            if len(infos) > _MAX_PARTS or sum(info.file_size for info in infos) > _MAX_BYTES:
                raise SourceError("workbook_too_large", source=source)
            faults = {}
            left = _MAX_BYTES
            for info in infos:
                if info.filename.lower().endswith(PARTS):
                    found, size = _looked_at(book, info, left, source)
                    left -= size
                    faults[info.filename] = found
            return {
                name: faults[part]
                for name, part in _sheet_parts(book, names).items()
                if part in faults
            }
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        UnicodeDecodeError,
        ValueError,
    ) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError("file_unreadable", source=source) from None


def _looked_at(
    book: zipfile.ZipFile, info: zipfile.ZipInfo, left: int, source: str
) -> tuple[Faults, int]:
    """Return the faults of a part, and its size.

    Raises
    ------
    SourceError
        If it is more than is left of what a workbook may be, or its cells reach too far.
    """
    size = 0
    signs: set[object] = set()
    errors: dict[tuple[int, int], str] = {}
    uncached: set[tuple[int, int]] = set()
    rows = 0
    for block in blocks_of(book, info):
        size += len(block)
        rows += block.count(b"<row")
        if size > left:
            raise SourceError("workbook_too_large", source=source)
        signs |= _signs(block, signs)
        if b'"e"' in block or b"'e'" in block or b"<f" in block or b":f" in block:
            _note_faults(block, errors, uncached)
    last = last_row(book, info) if lies_far(rows, block) else None
    if _may_reach_far(signs):
        blocks = blocks_of(book, info)
        if _reach(blocks if last is None else rows_until(blocks, last)) > _MAX_CELLS:
            raise SourceError("workbook_too_large", source=source)
    return Faults(info.filename, errors, frozenset(uncached), last), size


def _signs(block: bytes, known: set[object]) -> set[object]:
    """Return what in a block says that cells may lie far out, beyond what is known."""
    found: set[object] = {
        sign for sign in (_WIDE, _WIDER, _TALL, _TALLER) if sign not in known and sign.search(block)
    }
    if any(way in block for way in _ODD):
        found.add("odd")
    return found


def _may_reach_far(signs: set[object]) -> bool:
    """Tell whether the rectangle of the cells may be more than a sheet may have."""
    return bool(signs & {_WIDER, _TALLER, "odd"}) or {_WIDE, _TALL} <= signs


def _reach(blocks: Iterator[bytes]) -> int:
    """Return the cells of the rectangle from A1 that holds all cells with something in them."""
    rows = columns = 1
    here = (-1, -1)
    for block in blocks:
        plain = block.count(b"<c ") == block.count(b'<c r="') and b":c " not in block
        if plain and b"<c>" not in block:
            found = _FILLED.findall(block)
            rows = max([rows, *(int(row) for _, row in found)])
            columns = max([columns, *(_column(one) + 1 for one in {one for one, _ in found})])
            continue
        for place, filled in _places(block, here):
            here = place
            if filled:
                rows, columns = max(rows, place[0] + 1), max(columns, place[1] + 1)
    return rows * columns


def _places(block: bytes, here: tuple[int, int]) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield row and column of each cell however it is written, and whether something is in it."""
    row, column = here
    for found in _ANY.finditer(block):
        said = _REFERENCE.search(found[2])
        if found[1]:
            row, column = (int(said[2]) - 1 if said else row + 1), -1
        else:
            column += 1
            if said:
                row, column = int(said[2]) - 1, _column(said[1])
        yield (row, column), not (found[1] or found[3] or found[4])


def _column(letters: bytes) -> int:
    """Return the position of a column from its letters, from 0."""
    at = 0
    for letter in letters.upper():
        at = at * 26 + letter - 64
    return at - 1


def _note_faults(
    block: bytes, errors: dict[tuple[int, int], str], uncached: set[tuple[int, int]]
) -> None:
    """Note the cells of a block that failed to compute, and the formulas without a value."""
    for found in _FAULT.finditer(block):
        place = _REFERENCE.search(found[1])
        if place is None:
            continue
        failed = b't="e"' in found[1] or b"t='e'" in found[1]
        formula = re.search(rb"<(?:\w+:)?f\b", found[2])
        if not failed and not formula:
            continue
        at = (int(place[2]) - 1, _column(place[1]))
        value = _VALUE.search(found[2])
        if failed:
            errors[at] = value[1].decode("ascii", "replace").strip() if value else "#N/A"
        elif value is None and not _is_text(found[1], found[2]):
            uncached.add(at)


def _is_text(attributes: bytes, inside: bytes) -> bool:
    """Tell whether a formula had the empty text as its value: then it was computed."""
    return b'"str"' in attributes and re.search(rb"<(?:\w+:)?v\b", inside) is not None


def _attributes(raw: bytes) -> dict[str, str]:
    """Return the attributes of a tag."""
    return {
        name.decode("ascii", "replace"): html.unescape((one or other).decode("utf-8", "replace"))
        for name, one, other in _ATTRIBUTE.findall(raw)
    }


def _sheet_parts(book: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    """Return each sheet's name and the part that holds it."""
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return {}
    targets = {}
    for raw in _RELATION.findall(book.read("xl/_rels/workbook.xml.rels")):
        said = _attributes(raw)
        if "Id" in said and "Target" in said:
            target = posixpath.normpath(posixpath.join("xl", said["Target"])).lstrip("/")
            targets[said["Id"]] = target
    found = {}
    for raw in _SHEET.findall(book.read("xl/workbook.xml")):
        said = _attributes(raw)
        number = next((value for name, value in said.items() if name.endswith(":id")), "")
        if number in targets and "name" in said:
            found[said["name"]] = targets[number]
    return found
