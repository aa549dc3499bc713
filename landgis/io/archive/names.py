"""Names of the members of archives: in whatever code page, safe to write, leading nowhere.

Format: PKWARE APPNOTE 6.3.10, 4.4.4 (bit 11: the name is UTF-8) and 4.6.9 (the Unicode path that
Info-ZIP writes beside a name).
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import PurePosixPath

from landgis.io.vector.dbf import weigh

__all__ = ["is_junk", "leads_out", "member_names", "safe_name"]

_UTF8_NAME = 0x800
_UNICODE_PATH = 0x7075
_JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*!]')
_NAME_BYTES = 120


def member_names(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """Return the names of members, parted by slashes.

    A name is Unicode where the archive says so. Others are bytes in the code page of whoever packed
    them (zipfile reads them as cp437): all of them together tell which.
    """
    raw = [None if info.flag_bits & _UTF8_NAME else _raw_name(info) for info in infos]
    told = weigh([one for one in raw if one is not None], "gb18030", "archive").encoding
    names = []
    for info, own in zip(infos, raw, strict=True):
        if own is None:
            name = info.filename
        else:
            name = _unicode_path(info.extra, own) or own.decode(told or "gb18030", "replace")
        names.append(name.replace("\\", "/"))
    return names


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    """Return the bytes of a name that zipfile read as cp437."""
    return info.orig_filename.split("\x00")[0].encode("cp437", "replace")


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the Unicode path that Info-ZIP writes beside a name, if it is of this name."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(body) > 5 and body[0] == 1:
            if struct.unpack_from("<I", body, 1)[0] == zlib.crc32(raw):
                return body[5:].decode("utf-8", "replace")
            return None
        at += 4 + size
    return None


def leads_out(name: str) -> bool:
    """Tell whether a path is absolute, names a drive or climbs."""
    return name.startswith("/") or ".." in name.split("/") or bool(re.match(r"[A-Za-z]:", name))


def is_junk(name: PurePosixPath) -> bool:
    """Tell whether a member is what an operating system or an open program left behind."""
    return any(part in _JUNK for part in name.parts) or name.name.startswith(("._", "~$", ".~"))


def safe_name(name: str) -> str:
    """Return a name that every file system takes and no library reads as a path."""
    plain = _UNFIT.sub("_", name).strip(" .")
    while len(plain.encode("utf-8", "replace")) > _NAME_BYTES:
        plain = plain[:-1]
    return plain.encode("utf-8", "replace").decode("utf-8") or "_"
