"""The records of a .shp that GDAL gives back as no shape: null shapes, and those that are broken.

GDAL says the same of both. A record that is there is a null shape or has no points (then there is
no shape), or it cannot be read; a record beyond the end of the file was cut off. Format: ESRI
Shapefile Technical Description, July 1998.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from landgis.io.files import find_sibling

__all__ = ["HEAD", "MAGIC", "broken_records", "entries_in", "stated_bytes", "write_index"]

HEAD = 100
MAGIC = 9994
_NULL_SHAPE = 0
#: where a record names the number of its points, by type of shape; a single point names none
_COUNT_AT = {3: 40, 5: 40, 8: 36, 13: 40, 15: 40, 18: 36, 23: 40, 25: 40, 28: 36, 31: 40}


def stated_bytes(shp: Path) -> int:
    """Return how long a .shp is by its header, 0 where it has none."""
    with shp.open("rb") as file:
        head = file.read(HEAD)
    if len(head) < HEAD or struct.unpack_from(">i", head)[0] != MAGIC:
        return 0
    return 2 * int(struct.unpack_from(">i", head, 24)[0])


def entries_in(shp: Path, shx: Path | None) -> np.ndarray:
    """Return start and length (bytes) of the records: by the index, else as they follow each other.

    The last one may lead beyond the end of the file.
    """
    raw = b"" if shx is None else shx.read_bytes()
    whole = len(raw) - (len(raw) - HEAD) % 8
    if len(raw) > HEAD and struct.unpack_from(">i", raw)[0] == MAGIC:
        told = np.frombuffer(raw[HEAD:whole], ">i4").reshape(-1, 2).astype("int64") * 2
        return np.asarray(told)
    body, at, entries = shp.read_bytes(), HEAD, []
    while at + 8 <= len(body):
        length = 2 * struct.unpack_from(">i", body, at + 4)[0]
        if length < 4:
            break
        entries.append((at, length))
        at += 8 + length
    return np.array(entries, dtype="int64").reshape(-1, 2)


def write_index(shp: Path, entries: np.ndarray, count: int) -> None:
    """Write the .shx of a .shp that was cut off; what is missing lies beyond its end."""
    end = max(stated_bytes(shp), int(entries.sum(axis=1).max(initial=HEAD)) + 8)
    missing = np.tile([end, 4], (max(0, count - len(entries)), 1))
    words = np.vstack([entries, missing])[:count] // 2
    with shp.open("rb") as file:
        head = bytearray(file.read(HEAD))
    struct.pack_into(">i", head, 24, HEAD // 2 + 4 * len(words))
    shp.with_suffix(".shx").write_bytes(bytes(head) + words.astype(">i4").tobytes())


def broken_records(shp: Path, numbers: np.ndarray) -> np.ndarray:
    """Tell which records hold something, or should, of which no shape could be made.

    Parameters
    ----------
    shp : Path
        The file, as it was read.
    numbers : ndarray of int
        Records (from 1) that gave no shape.
    """
    entries = entries_in(shp, find_sibling(shp, ".shx"))
    size = shp.stat().st_size
    out = np.zeros(len(numbers), dtype=bool)
    with shp.open("rb") as file:
        for at, number in enumerate(numbers.tolist()):
            if number > len(entries):
                continue  # a row of the table beyond the last record
            start, length = entries[number - 1].tolist()
            file.seek(min(start + 8, size))
            out[at] = start + 8 + length > size or not _is_empty(file.read(min(length, 44)))
    return out


def _is_empty(record: bytes) -> bool:
    """Tell whether a record says that it is a null shape, or that it has no points."""
    if len(record) < 4:
        return False
    (kind,) = struct.unpack_from("<i", record)
    if kind == _NULL_SHAPE:
        return True
    at = _COUNT_AT.get(kind)
    return at is not None and len(record) >= at + 4 and record[at : at + 4] == bytes(4)
