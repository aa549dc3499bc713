"""Files that hold no shapes but say where others are, or make the reader ask the network: refused.

GDAL goes by content, not by name: a virtual dataset called ``.geojson`` or ``.dxf`` would be read,
and with it any file that it names. The old GeoJSON of 2008 lets ``crs`` be a link, which GDAL
follows.
"""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from landgis.base.errors import SourceError

__all__ = ["refuse_pointer"]

#: OGR virtual dataset, WFS and CSW descriptions, GDAL pipeline: looked for by GDAL near the start
_MARKS = (b"<OGRVRTDataSource", b"<OGRWFSDataSource", b"<OGRCSWDataSource", b"gdal_streamed_alg")
_START = 1 << 20
_JSON = (".geojson", ".json", ".geojsonl", ".ndjson")
#: the member "crs" as an object, its letters escaped or not; a type other than "name" is a link
_CRS = re.compile(rb'"(?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)"\s*:\s*\{', re.I)
_OBJECT = 4096
_ESCAPE = re.compile(rb"\\u00([0-9a-f]{2})", re.I)
_LINK = re.compile(rb'"(?:link|url|href)"', re.I)


def refuse_pointer(path: Path, source: str) -> None:
    """Refuse a file that only says where shapes, or what describes them, are.

    Raises
    ------
    SourceError
        Naming the file.
    """
    if path.is_dir():
        return
    with path.open("rb") as file:
        start = file.read(_START)
        if any(mark in start for mark in _MARKS):
            raise SourceError("file_points_elsewhere", source=source)
        if path.suffix.lower() in _JSON and start:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
                objects = [whole[at.end() - 1 : at.end() + _OBJECT] for at in _CRS.finditer(whole)]
            if any(_is_link(one) for one in objects):
                raise SourceError("file_points_elsewhere", source=source)


def _is_link(text: bytes) -> bool:
    """Tell whether the object that a text begins with names a link."""
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text)
    depth = 0
    for at, sign in enumerate(plain):
        depth += (sign == ord("{")) - (sign == ord("}"))
        if depth == 0:
            return bool(_LINK.search(plain[: at + 1]))
    return bool(_LINK.search(plain))
