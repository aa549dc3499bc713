"""The files of a shapefile against each other: how many records each holds, and whether they agree.

GDAL believes the shorter of .shp and .dbf and says nothing of what the longer one has more, and it
follows an index wherever that leads. Format: ESRI Shapefile Technical Description, July 1998.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landgis.io.vector.shapefile_records import HEAD, MAGIC, entries_in, stated_bytes

__all__ = ["Parts", "even_out", "look_at_parts"]

_NULL_SHAPE = 0
_DELETED = ord("*")


@dataclass(frozen=True)
class Parts:
    """What the files of a shapefile hold.

    Attributes
    ----------
    shapes : int or None
        Records of the .shp; None where they cannot be told.
    rows : int or None
        Rows of the .dbf, deleted ones too; None without a .dbf.
    stated : int or None
        Rows of the .dbf as its header says.
    deleted : int
        Rows that are marked as deleted.
    index_sound : bool
        Whether there is an index and it leads to every record.
    rebuildable : bool
        Whether the records of the .shp follow each other to its end, so that an index can be made.
    cut : int
        Bytes that the .shp should have, where it ends before them and records are missing; else 0.
    """

    shapes: int | None
    rows: int | None
    stated: int | None
    deleted: int
    index_sound: bool
    rebuildable: bool
    cut: int = 0

    @property
    def differ(self) -> bool:
        """Whether there are more shapes than rows, or fewer."""
        return self.shapes is not None and self.rows is not None and self.shapes != self.rows

    @property
    def uneven(self) -> bool:
        """Whether GDAL would leave out rows or shapes."""
        return self.differ or (self.shapes is not None and self.rows != self.stated)


def look_at_parts(shp: Path, shx: Path | None, dbf: Path | None) -> Parts:
    """Return what the files of a shapefile hold."""
    shapes = None if shx is None else _indexed(shp, shx)
    sound = shapes is not None
    chained = None if sound else _chained(shp)
    shapes = shapes if sound else chained
    rows, stated, deleted = (None, None, 0) if dbf is None else _rows(dbf, shapes)
    said = stated_bytes(shp)
    if sound or said <= shp.stat().st_size or (shapes is not None and shapes == rows):
        return Parts(shapes, rows, stated, deleted, sound, chained is not None)
    shapes = max(len(entries_in(shp, shx)), rows or 0)
    return Parts(shapes, rows, stated, deleted, sound, rebuildable=False, cut=said)


def _indexed(shp: Path, shx: Path) -> int | None:
    """Return how many records an index leads to; None where it leads astray or not to the end."""
    raw = shx.read_bytes()
    if len(raw) < HEAD or (len(raw) - HEAD) % 8 or struct.unpack_from(">i", raw)[0] != MAGIC:
        return None
    if 2 * struct.unpack_from(">i", raw, 24)[0] != len(raw):
        return None
    size = shp.stat().st_size
    entries = np.frombuffer(raw, ">i4", offset=HEAD).reshape(-1, 2).astype("int64") * 2
    start, length = entries[:, 0], entries[:, 1]
    if len(entries) == 0:
        return 0 if size < HEAD + 12 else None
    end = start + 8 + length
    if (start < HEAD).any() or (length < 4).any() or (end > size).any():
        return None
    body = np.memmap(shp, dtype=np.uint8, mode="r")
    said = body[start[:, None] + np.arange(4, 8)].astype("int64") @ [1 << 24, 1 << 16, 1 << 8, 1]
    return len(entries) if (2 * said == length).all() and end.max() + 12 > size else None


def _chained(shp: Path) -> int | None:
    """Return how many records follow each other to the end of a .shp; None where they do not."""
    raw = shp.read_bytes()
    at, count = HEAD, 0
    while at + 12 <= len(raw):
        length = 2 * struct.unpack_from(">i", raw, at + 4)[0]
        if length < 4:
            return None
        at += 8 + length
        count += 1
    return count if at == len(raw) else None


def _rows(dbf: Path, shapes: int | None) -> tuple[int | None, int | None, int]:
    """Return how many rows a table has, how many it says, and how many of them are deleted.

    Where its header says another number than fits into the file, the file counts if it has a row
    for each shape, else the smaller of the two.
    """
    size = dbf.stat().st_size
    with dbf.open("rb") as file:
        head = file.read(32)
    if len(head) < 32:
        return None, None, 0
    stated, start, width = struct.unpack_from("<IHH", head, 4)
    if width == 0 or start < 33 or start > size:
        return None, None, 0
    there = (size - start) // width
    rows = there if there == shapes else min(stated, there)
    marks = np.memmap(dbf, dtype=np.uint8, mode="r")[start : start + rows * width : width]
    return int(rows), int(stated), int((marks == _DELETED).sum())


def even_out(copy: Path, parts: Parts) -> None:
    """Give a copy of a shapefile as many rows as shapes: empty rows, or shapes that are none.

    Parameters
    ----------
    copy : Path
        The .shp of the copy, with companions of the same stem in lower case.
    parts : Parts
        What the files hold; both numbers are known.
    """
    assert parts.shapes is not None
    assert parts.rows is not None
    _set_rows(copy.with_suffix(".dbf"), parts.rows, max(parts.shapes, parts.rows))
    if parts.rows > parts.shapes:
        _add_shapes(copy, parts.shapes, parts.rows - parts.shapes)


def _set_rows(dbf: Path, there: int, wanted: int) -> None:
    """Make a table end after its rows, with as many empty ones as are wanted, and say so."""
    raw = bytearray(dbf.read_bytes())
    start, width = struct.unpack_from("<HH", raw, 8)
    body = raw[start : start + there * width] + b" " * width * (wanted - there)
    struct.pack_into("<I", raw, 4, wanted)
    dbf.write_bytes(bytes(raw[:start]) + bytes(body) + b"\x1a")


def _add_shapes(shp: Path, there: int, count: int) -> None:
    """Add shapes that are none to a .shp and its index, if it has one."""
    raw = bytearray(shp.read_bytes())
    shx = shp.with_suffix(".shx")
    index = bytearray(shx.read_bytes()) if shx.is_file() else None
    for number in range(there + 1, there + count + 1):
        if index is not None:
            index += struct.pack(">ii", len(raw) // 2, 2)
        raw += struct.pack(">ii", number, 2) + struct.pack("<i", _NULL_SHAPE)
    for path, body in ((shp, raw), (shx, index)):
        if body is not None:
            struct.pack_into(">i", body, 24, len(body) // 2)
            path.write_bytes(bytes(body))
