"""The encoding of a .dbf by its own bytes: names and text cells first, its labels last.

A .cpg is often missing or wrong and the language byte says ANSI for every language, so what the
bytes themselves can be is asked first (`landgis.io.vector.votes`). Only where that does not decide,
the language byte does, and last the .cpg; two of them that differ decide nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from landgis.io.files import find_sibling
from landgis.io.vector.votes import decode_text, share_read, vote

__all__ = [
    "TextEvidence",
    "broken_cells",
    "codec_of",
    "columns_of",
    "decode_cell",
    "decode_text",
    "is_text_codec",
    "read_evidence",
    "weigh",
]

_MAX_ROWS = 4000
_PADDING = b" \x00"
#: language byte to encoding, for those that name one; 0x57 (ANSI) and 0 name none
_LANGUAGES = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x26: "cp866",
    0x4D: "gb18030",
    0x4E: "cp949",
    0x4F: "cp950",
    0x50: "cp874",
    0x65: "cp866",
    0x7A: "gb18030",
    0x7B: "cp932",
    0xC8: "cp1250",
    0xC9: "cp1251",
}
_CHINESE = {
    *("gbk", "gb2312", "gb18030", "cp936", "936", "ansi936", "oem936", "ms936", "windows936"),
    *("eucgb2312", "euccn", "gb231280", "54936"),
}
#: Python's names for the code page of the machine that it runs on
_OF_THE_MACHINE = ("ansi", "oem", "mbcs", "dbcs", "acp", "locale")


@dataclass(frozen=True)
class TextEvidence:
    """Which encoding a table's text has, and what says so.

    Attributes
    ----------
    encoding : str or None
        A Python codec; None where neither bytes nor labels tell.
    told_by : str
        ``ascii``, ``bytes``, ``cpg``, ``language byte`` or ``nothing``.
    against : str or None
        A label that names another encoding than the bytes have, as the file writes it.
    labelled : bool
        Whether some label names the encoding.
    """

    encoding: str | None
    told_by: str
    against: str | None = None
    labelled: bool = False


@dataclass(frozen=True)
class _Label:
    """What a file says of its encoding: the codec that is meant, where and how it is said."""

    codec: str | None
    told_by: str
    said: str


def read_evidence(path: Path) -> TextEvidence:
    """Return the encoding of the .dbf beside (or at) a path."""
    table = find_sibling(path, ".dbf")
    if table is None:
        return TextEvidence("utf-8", "ascii")
    labels = _labels(path, table)
    named = [one for one in labels if one.codec is not None]
    evidence = _weighed(list(_texts(table)), named)
    if evidence.told_by != "bytes":
        return replace(evidence, labelled=bool(named))
    other = [one.said for one in labels if one.codec != evidence.encoding]
    agrees = any(one.codec == evidence.encoding for one in labels)
    return replace(evidence, against=other[-1] if other else None, labelled=agrees)


def weigh(texts: Iterable[bytes], label: str | None, told_by: str) -> TextEvidence:
    """Return the encoding of texts; what the file says (`label`) only if the bytes don't."""
    return _weighed(list(texts), [_Label(label, told_by, label)] if label else [])


def _weighed(texts: list[bytes], labels: list[_Label]) -> TextEvidence:
    """Return the encoding of texts by their bytes, else by the first label that reads them."""
    high = [text for text in texts if not text.isascii()]
    if not high:
        return TextEvidence((labels[0].codec if labels else None) or "utf-8", "ascii")
    if (told := vote(high)) is not None:
        return TextEvidence(told, "bytes")
    fitting = [one for one in labels if one.codec and share_read(high, one.codec) > 0.99]
    if len({one.codec for one in fitting}) != 1:
        return TextEvidence(None, "nothing")
    return TextEvidence(fitting[0].codec, fitting[0].told_by)


def broken_cells(path: Path, encoding: str) -> dict[int, dict[int, bytes]]:
    """Return the cells that are no text in an encoding: field position to record number to bytes.

    GDAL would drop what it cannot read there and say nothing. A column is decoded in one piece;
    only one that fails is looked at cell by cell.
    """
    table = find_sibling(path, ".dbf")
    found: dict[int, dict[int, bytes]] = {}
    for position, (_, cells) in enumerate(_columns(table) if table else []):
        if cells is None or not (cells > 127).any() or _reads(cells.tobytes(), encoding):
            continue
        hit = np.flatnonzero((cells > 127).any(axis=1))
        broken = {
            int(at): text.rstrip(_PADDING)
            for at, text in ((at, cells[at].tobytes()) for at in hit)
            if decode_cell(text, encoding) is None
        }
        if broken:
            found[position] = broken
    return found


def decode_cell(cell: bytes, encoding: str) -> str | None:
    """Decode a cell with its padding; only a full one may end in half a character. None: not so."""
    text = cell.rstrip(_PADDING)
    if len(text) == len(cell):
        return decode_text(text, encoding)
    try:
        return text.decode(encoding)
    except UnicodeDecodeError:
        return None


def _reads(text: bytes, encoding: str) -> bool:
    """Tell whether bytes are text in an encoding."""
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _columns(table: Path) -> list[tuple[bytes, np.ndarray | None]]:
    """Return the name of each field with its cells as rows of bytes; None for numbers and days."""
    return [(name, cells if kind in b"CM" else None) for name, kind, cells in columns_of(table)]


def columns_of(table: Path) -> list[tuple[bytes, bytes, np.ndarray | None]]:
    """Return name, type and cells (rows of bytes) of each field; None where no record has it."""
    try:
        raw = np.memmap(table, dtype=np.uint8, mode="r").view(np.ndarray)
    except (OSError, ValueError):
        return []
    if len(raw) < 33:
        return []
    count = int.from_bytes(raw[4:8].tobytes(), "little")
    start, width = (int.from_bytes(raw[at : at + 2].tobytes(), "little") for at in (8, 10))
    rows = min(count, max(0, len(raw) - start) // width) if width else 0
    body = raw[start : start + rows * width].reshape(rows, width) if rows else None
    columns: list[tuple[bytes, bytes, np.ndarray | None]] = []
    for name, kind, offset, length in _fields(raw[32:start].tobytes()):
        inside = body is not None and offset + length <= width
        columns.append((name, kind, body[:, offset : offset + length] if inside else None))  # type: ignore[index]
    return columns


def _texts(table: Path) -> Iterator[bytes]:
    """Yield field names and a sample of the text cells that hold high bytes."""
    for name, cells in _columns(table):
        yield name
        if cells is not None:
            hit = np.flatnonzero((cells > 127).any(axis=1))
            step = max(1, len(hit) // _MAX_ROWS)
            yield from (one.tobytes().rstrip(_PADDING) for one in cells[hit[::step]])


def _fields(header: bytes) -> Iterator[tuple[bytes, bytes, int, int]]:
    """Yield name, type, offset and length of each field."""
    offset = 1
    for at in range(0, len(header) - 31, 32):
        if header[at] == 0x0D:
            return
        entry = header[at : at + 32]
        yield entry[:11].split(b"\x00")[0], entry[11:12], offset, entry[16]
        offset += entry[16]


def _labels(path: Path, table: Path) -> list[_Label]:
    """Return what language byte and .cpg say, in the order in which they are believed."""
    labels = []
    with table.open("rb") as file:
        head = file.read(32)
    if len(head) > 29 and (language := _LANGUAGES.get(head[29])) is not None:
        labels.append(_Label(language, "language byte", f"LDID 0x{head[29]:02X}"))
    cpg = find_sibling(path, ".cpg")
    if cpg is not None:
        said = cpg.read_bytes()[:40].decode("ascii", "replace").strip()
        labels.append(_Label(codec_of(said), "cpg", f".cpg: {_printable(said)}"))
    return labels


def _printable(said: str) -> str:
    """Return what a .cpg says in a form that fits a sentence."""
    return "".join(sign if sign.isprintable() else " " for sign in said).strip() or "-"


def codec_of(said: str) -> str | None:
    """Return the codec that a label means: UTF-8, 65001, ANSI 936, ISO 88591, 1252; None if none.

    ``ANSI`` and ``OEM`` mean whatever machine wrote them, and name nothing.
    """
    plain = re.sub(r"[^a-z0-9]", "", said.casefold())
    if plain in ("65001", "utf8"):
        return "utf-8"
    if plain in _CHINESE:
        return "gb18030"
    number = re.fullmatch(r"(?:ansi|oem|cp|windows|ms|ibm)?(\d{3,5})", plain)
    iso = re.fullmatch(r"iso(?:8859)?8859?(\d{1,2})", plain)
    name = f"iso8859-{iso[1]}" if iso else f"cp{number[1]}" if number else plain
    return name if name not in _OF_THE_MACHINE and is_text_codec(name) else None


def is_text_codec(name: str) -> bool:
    """Tell whether an encoding is known and keeps ASCII as it is."""
    plain = bytes(range(32, 127))
    try:
        return plain.decode(name) == plain.decode("ascii")
    except (LookupError, ValueError, TypeError):
        return False
