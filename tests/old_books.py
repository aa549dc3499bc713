"""Workbooks of the old format (.xls) and parts of new ones, written byte by byte.

Records by Microsoft's [MS-XLS] and [MS-CFB]; nothing here knows how landgis reads them.
"""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

ERRORS = {"#REF!": 0x17, "#N/A": 0x2A, "#DIV/0!": 0x07}
END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
GENERAL, A_DAY = 0, 1
MERGED = list[tuple[int, int, int, int]]
XML = '<?xml version="1.0"?>'

_TYPES = """<?xml version="1.0"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
</Types>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_parts(
    rows: str, *, name: str = "土地", before: str = "", after: str = ""
) -> dict[str, str]:
    """Return the parts of a workbook of one sheet from the XML of its rows."""
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{_RELATIONS}"><Relationship '
        f'Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f'<sheets><sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'{before or XML}<worksheet xmlns="{_MAIN}"><sheetData>{rows}'
        f"</sheetData>{after}</worksheet>",
    }


def inline(row: int, *texts: str) -> str:
    """Return the XML of a row of texts."""
    cells = "".join(
        f'<c r="{chr(65 + at)}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
        for at, text in enumerate(texts)
    )
    return f'<row r="{row}">{cells}</row>'


def pack(path: Path, parts: dict[str, str | bytes], level: int = 6) -> Path:
    """Write parts as a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as book:
        for name, raw in parts.items():
            book.writestr(name, raw)
    return path


def write_ole(path: Path, streams: dict[str, bytes]) -> Path:
    """Write a compound file of large streams, one after the other, sectors of 512 bytes."""
    padded = {
        name: raw.ljust(max(4096, -(-len(raw) // 512) * 512), b"\0")
        for name, raw in streams.items()
    }
    chains: list[int] = [TABLE]
    entries = [_entry("Root Entry", 5, END, 0)]
    tables = 1
    while True:  # the table has to hold itself
        sectors = tables + 1 + sum(len(raw) // 512 for raw in padded.values())
        if sectors <= tables * 128:
            break
        tables += 1
    chains = [TABLE] * tables + [END]
    for name, raw in padded.items():
        start, count = len(chains), len(raw) // 512
        chains += [*range(start + 1, start + count), END]
        entries.append(_entry(name, 2, start, max(len(streams[name]), 4096)))
    chains += [FREE] * (tables * 128 - len(chains))
    directory = b"".join(entries).ljust(512, b"\0")
    assert len(directory) == 512
    numbers = [*range(tables), *[FREE] * (109 - tables)]
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
        + struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, END, 0, END, 0)
        + struct.pack("<109I", *numbers)
    )
    table = struct.pack(f"<{len(chains)}I", *chains)
    path.write_bytes(head + table + directory + b"".join(padded.values()))
    return path


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return raw.ljust(64, b"\0") + struct.pack(
        "<HBBIII16x4x16xIQ", len(raw), kind, 1, FREE, FREE, FREE if kind == 2 else 1, start, size
    )


def record(kind: int, data: bytes = b"") -> bytes:
    """Return a record."""
    return struct.pack("<HH", kind, len(data)) + data


def _text(said: str) -> bytes:
    wide = not all(ord(mark) < 256 for mark in said)
    raw = said.encode("utf-16-le" if wide else "latin-1")
    return struct.pack("<HB", len(raw) // (2 if wide else 1), wide) + raw


def _strings(texts: Sequence[str]) -> bytes:
    """Return the shared texts; a record is full at 8224 bytes, a text goes on in the next."""
    whole = struct.pack("<II", len(texts), len(texts))
    out, room = [bytearray(whole)], 8224
    for said in texts:
        wide = not all(ord(mark) < 256 for mark in said)
        width = 2 if wide else 1
        raw = said.encode("utf-16-le" if wide else "latin-1")
        head = struct.pack("<HB", len(raw) // width, wide)
        if room - len(out[-1]) < len(head) + width:
            out.append(bytearray())
        out[-1] += head
        while raw:
            here = (room - len(out[-1])) // width * width
            if here == 0:
                out.append(bytearray([wide]))
                continue
            out[-1] += raw[:here]
            raw = raw[here:]
    return record(0xFC, bytes(out[0])) + b"".join(record(0x3C, bytes(one)) for one in out[1:])


def old_stream(
    sheets: dict[str, list[list[object]]],
    merged: dict[str, MERGED] | None = None,
    *,
    password: bool = False,
    hidden: Sequence[str] = (),
) -> bytes:
    """Return the stream of a workbook of Excel 97."""
    texts = list(
        dict.fromkeys(
            cell
            for rows in sheets.values()
            for row in rows
            for cell in row
            if isinstance(cell, str) and cell not in ERRORS
        )
    )
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x1234, 1997, 0, 6))
    if password:
        head += record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    head += record(0x42, struct.pack("<H", 1200))
    for number in (0, 14):
        head += record(0xE0, struct.pack("<HH16x", 0, number))
    tail = _strings(texts) + record(0x0A)
    bodies = [_body(rows, texts, (merged or {}).get(name, [])) for name, rows in sheets.items()]
    names = [name.encode("utf-16-le") for name in sheets]
    at = len(head) + sum(4 + 8 + len(name) for name in names) + len(tail)
    bounds = b""
    for called, name, body in zip(sheets, names, bodies, strict=True):
        state = 1 if called in hidden else 0
        bounds += record(0x85, struct.pack("<IBBBB", at, state, 0, len(name) // 2, 1) + name)
        at += len(body)
    return head + bounds + tail + b"".join(bodies)


def _body(rows: list[list[object]], texts: list[str], merged: MERGED) -> bytes:
    width = max((len(row) for row in rows), default=0)
    out = record(0x809, struct.pack("<HHHHII", 0x600, 16, 0x1234, 1997, 0, 6))
    out += record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            place = struct.pack("<HHH", at, column, A_DAY if isinstance(cell, dt.date) else GENERAL)
            if cell is None:
                continue
            if isinstance(cell, bool):
                out += record(0x205, place + struct.pack("<BB", cell, 0))
            elif cell in ERRORS:
                out += record(0x205, place + struct.pack("<BB", ERRORS[str(cell)], 1))
            elif isinstance(cell, str):
                out += record(0xFD, place + struct.pack("<I", texts.index(cell)))
            elif isinstance(cell, dt.date):
                out += record(0x203, place + struct.pack("<d", (cell - dt.date(1899, 12, 30)).days))
            elif isinstance(cell, int) and abs(cell) < 2**29:
                out += record(0x27E, place + struct.pack("<i", cell << 2 | 2))
            else:
                out += record(0x203, place + struct.pack("<d", cell))
    if merged:
        areas = [struct.pack("<4H", one[0], one[2], one[1], one[3]) for one in merged]
        out += record(0xE5, struct.pack("<H", len(areas)) + b"".join(areas))
    return out + record(0x0A)


def write_old_book(path: Path, sheets: dict[str, list[list[object]]], **more: object) -> Path:
    """Write a workbook of Excel 97; ``merged``: sheet to (top, left, bottom, right)."""
    return write_ole(path, {"Workbook": old_stream(sheets, **more)})  # type: ignore[arg-type]
