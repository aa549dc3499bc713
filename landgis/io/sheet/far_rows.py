"""Blank cells far below a table: a sheet is cut behind the last row that says something.

A blank typed into the last row of a sheet makes the library lay out a million rows. Looked for
only where far fewer rows are written than the last one's number says.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["PARTS", "blocks_of", "last_row", "lies_far", "rows_until", "without_far_rows"]

#: parts of a workbook with cells, or what leads to them
PARTS = (".xml", ".rels")
_BLOCK = 1 << 22
#: rows that may be missing between the first and the last before it matters
_MISSING = 10_000
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"[^>]*?(?:/>|>(.*?)</row>)', re.DOTALL)
_ROW_NUMBER = re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_CELL = re.compile(rb"<c\b([^>]*[^/>])?>(.*?)</c>", re.DOTALL)
#: cells and texts written in ways that are not looked into: such a row stays
_ODD = re.compile(rb"<!|<\w+:")
_FORMULA = re.compile(rb"<f\b")
_SAID = re.compile(rb"<(?:v|t)\b[^>]*>([^<]*)<")
_STRING = re.compile(rb"<si\b[^>]*?(?:/>|>(.*?)</si>)", re.DOTALL)
_STRINGS = "xl/sharedStrings.xml"


def blocks_of(book: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part in blocks that end between rows."""
    rest = b""
    with book.open(info) as part:
        while block := part.read(_BLOCK):
            whole = rest + block
            cut = whole.rfind(b"<row")
            if cut <= 0:
                cut = whole.rfind(b"<c ") if len(whole) > 4 * _BLOCK else 0
            yield whole[:cut]
            rest = whole[cut:]
    yield rest


def lies_far(rows: int, last_block: bytes) -> bool:
    """Tell whether the last row of a part lies far below the others.

    Parameters
    ----------
    rows : int
        Rows that are written.
    last_block : bytes
        Where the last one stands.
    """
    numbers = _ROW_NUMBER.findall(last_block)
    return bool(numbers) and int(numbers[-1]) - rows > _MISSING


def last_row(book: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """Return the number of the last row that says something, 0 where none does."""
    blank: set[bytes] | None = None
    last = 0
    for block in blocks_of(book, info):
        for found in _ROW.finditer(block):
            cells = _CELL.findall(found[2] or b"")
            odd = _ODD.search(found[2] or b"") is not None
            if blank is None and any(b't="s"' in kind for kind, _ in cells):
                blank = _blank_strings(book)
            if odd or any(_says(kind, inside, blank or set()) for kind, inside in cells):
                last = max(last, int(found[1]))
    return last


def rows_until(blocks: Iterator[bytes], last: int) -> Iterator[bytes]:
    """Yield the blocks of a part without the rows behind one."""

    def kept(found: re.Match[bytes]) -> bytes:
        return b"" if int(found[1]) > last else found[0]

    return (_ROW.sub(kept, block) for block in blocks)


def without_far_rows(path: Path, lasts: Mapping[str, int]) -> io.BytesIO:
    """Return a workbook whose sheets end with the rows that say something; pictures are left out.

    Parameters
    ----------
    path : Path
        The workbook.
    lasts : mapping
        Name of a part to the last row that stays.
    """
    out = io.BytesIO()
    with (
        zipfile.ZipFile(path) as book,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as cut,
    ):
        for info in book.infolist():
            if not info.filename.lower().endswith(PARTS):
                continue
            blocks = blocks_of(book, info)
            if info.filename in lasts:
                blocks = rows_until(blocks, lasts[info.filename])
            with cut.open(info.filename, "w") as part:
                for block in blocks:
                    part.write(block)
    out.seek(0)
    return out


def _says(kind: bytes, inside: bytes, blank: set[bytes]) -> bool:
    """Tell whether a cell says something: a formula, an error, or what is no blank."""
    if _FORMULA.search(inside) or b't="e"' in kind:
        return True
    said = [_text(one) for one in _SAID.findall(inside)]
    if b't="s"' in kind:
        return any(one not in blank for one in said)
    return any(one.strip() for one in said)


def _text(raw: bytes) -> bytes:
    """Return the text between two tags."""
    return html.unescape(raw.decode("utf-8", "replace")).strip().encode()


def _blank_strings(book: zipfile.ZipFile) -> set[bytes]:
    """Return the numbers of the shared strings that are blank."""
    if _STRINGS not in book.namelist():
        return set()
    raw = book.read(_STRINGS)
    if _ODD.search(raw.partition(b"<si")[2]):
        return set()
    strings = _STRING.finditer(raw)
    return {
        str(at).encode()
        for at, found in enumerate(strings)
        if not any(_text(one) for one in _SAID.findall(found[1] or b""))
    }
