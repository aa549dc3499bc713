"""The encoding of a .dbf by its own bytes: names and text cells first, its labels last.

A .cpg is often missing or wrong and the language byte says ANSI for every language, so what the
bytes themselves can be is asked first: strict UTF-8, then GB18030, where Chinese text almost only
uses pairs of high bytes. Only where that does not decide, the language byte or .cpg does.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landgis.io.files import find_sibling

__all__ = ["TextEvidence", "broken_cells", "decode_text", "read_evidence", "weigh"]

_MAX_ROWS = 4000
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
_CHINESE = {"gbk", "gb2312", "gb18030", "cp936", "936", "ansi936", "oem936", "eucgb2312"}


@dataclass(frozen=True)
class TextEvidence:
    """Which encoding a table's text has, and what says so.

    Attributes
    ----------
    encoding : str or None
        A Python codec; None where neither bytes nor labels tell.
    told_by : str
        ``ascii``, ``bytes``, ``cpg``, ``language byte`` or ``nothing``.
    """

    encoding: str | None
    told_by: str


def read_evidence(path: Path) -> TextEvidence:
    """Return the encoding of the .dbf beside (or at) a path."""
    table = find_sibling(path, ".dbf")
    if table is None:
        return TextEvidence("utf-8", "ascii")
    texts = list(_texts(table))
    return weigh(texts, *_labels(path, table))


def weigh(texts: Iterable[bytes], label: str | None, told_by: str) -> TextEvidence:
    """Return the encoding of texts; what the file says (`label`) only if the bytes don't."""
    high = [text for text in texts if any(byte > 127 for byte in text)]
    if not high:
        return TextEvidence(label or "utf-8", "ascii")
    if _share(high, "utf-8") == 1.0:
        return TextEvidence("utf-8", "bytes")
    if _share(high, "gb18030") >= 0.99 and _paired(high) >= 0.5:
        return TextEvidence("gb18030", "bytes")
    if label is not None and _share(high, label) > 0.99:
        return TextEvidence(label, told_by)
    if _share(high, "utf-8") > 0.9:
        return TextEvidence("utf-8", "bytes")
    return TextEvidence(None, "nothing")


def decode_text(text: bytes, encoding: str) -> str | None:
    """Decode a cell; the half of a character that a full cell cut off is dropped. None: not so."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        said = decoder.decode(text, final=False)
    except UnicodeDecodeError:
        return None
    pending = decoder.getstate()[0]
    return said if len(pending) < 4 else None


def _share(texts: list[bytes], encoding: str) -> float:
    """Return the share of texts that an encoding can read."""
    return sum(decode_text(text, encoding) is not None for text in texts) / len(texts)


def _paired(texts: list[bytes]) -> float:
    """Return the share of high bytes that stand in pairs, as they do in Chinese text."""
    pairs = re.compile(rb"[\x81-\xfe][\xa1-\xfe]")
    high = sum(byte > 127 for text in texts for byte in text)
    return sum(2 * len(pairs.findall(text)) for text in texts) / high


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
        texts = ((int(at), cells[at].tobytes().rstrip(b" \x00")) for at in hit)
        broken = {at: text for at, text in texts if decode_text(text, encoding) is None}
        if broken:
            found[position] = broken
    return found


def _reads(text: bytes, encoding: str) -> bool:
    """Tell whether bytes are text in an encoding."""
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _columns(table: Path) -> list[tuple[bytes, np.ndarray | None]]:
    """Return the name of each field with its cells as rows of bytes; None for numbers and days."""
    try:
        raw = np.memmap(table, dtype=np.uint8, mode="r")
    except (OSError, ValueError):
        return []
    if len(raw) < 33:
        return []
    count = int.from_bytes(raw[4:8].tobytes(), "little")
    start, width = (int.from_bytes(raw[at : at + 2].tobytes(), "little") for at in (8, 10))
    rows = min(count, max(0, len(raw) - start) // width) if width else 0
    body = raw[start : start + rows * width].reshape(rows, width) if rows else None
    columns: list[tuple[bytes, np.ndarray | None]] = []
    for name, kind, offset, length in _fields(raw[32:start].tobytes()):
        inside = body is not None and kind in b"CM" and offset + length <= width
        columns.append((name, body[:, offset : offset + length] if inside else None))  # type: ignore[index]
    return columns


def _texts(table: Path) -> Iterator[bytes]:
    """Yield field names and a sample of the text cells that hold high bytes."""
    for name, cells in _columns(table):
        yield name
        if cells is not None:
            hit = np.flatnonzero((cells > 127).any(axis=1))
            step = max(1, len(hit) // _MAX_ROWS)
            yield from (cells[at].tobytes().rstrip(b" \x00") for at in hit[::step])


def _fields(header: bytes) -> Iterator[tuple[bytes, bytes, int, int]]:
    """Yield name, type, offset and length of each field."""
    offset = 1
    for at in range(0, len(header) - 31, 32):
        if header[at] == 0x0D:
            return
        entry = header[at : at + 32]
        yield entry[:11].split(b"\x00")[0], entry[11:12], offset, entry[16]
        offset += entry[16]


def _labels(path: Path, table: Path) -> tuple[str | None, str]:
    """Return the encoding that .cpg or language byte name."""
    cpg = find_sibling(path, ".cpg")
    if cpg is not None and (named := _codec(cpg.read_bytes()[:40].decode("ascii", "ignore"))):
        return named, "cpg"
    with table.open("rb") as file:
        head = file.read(32)
    language = _LANGUAGES.get(head[29]) if len(head) > 29 else None
    return language, "language byte"


def _codec(said: str) -> str | None:
    """Return the Python codec that a .cpg means: UTF-8, 65001, ANSI 936, ISO 88591, 1252."""
    plain = re.sub(r"[^a-z0-9]", "", said.casefold())
    if plain in ("65001", "utf8"):
        return "utf-8"
    if plain in _CHINESE:
        return "gb18030"
    number = re.fullmatch(r"(?:ansi|oem|cp|windows)?(\d{3,5})", plain)
    iso = re.fullmatch(r"iso(?:8859)?8859?(\d{1,2})", plain)
    name = f"iso8859-{iso[1]}" if iso else f"cp{number[1]}" if number else plain
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
