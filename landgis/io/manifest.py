"""The campaign's manifest, read as Notepad writes it.

UTF-8 with or without a mark, UTF-16 or GBK; a backslash in a quoted path separates folders, as on
Windows. What TOML cannot bear is one line with its number and the corrected line.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

from landgis.base.errors import CampaignError

__all__ = ["MANIFEST", "campaign_folder", "decode_text", "parse_manifest", "read_manifest"]

MANIFEST = "campaign.toml"

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "＂": '"', "＇": "'"})
_BASIC_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_PLACE = re.compile(r"at line (\d+)")


def decode_text(raw: bytes, name: str) -> tuple[str, str]:
    """Return the text of a file and the encoding it was read with.

    Raises
    ------
    CampaignError
        If it is neither Unicode nor GB 18030.
    """
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    codecs = ["utf-16"] if wide else ["utf-8-sig", "gb18030"]
    for codec in codecs:
        try:
            return raw.decode(codec), codec
        except UnicodeDecodeError:
            continue
    raise CampaignError("manifest_encoding", name=name)


def _slashes(line: str) -> str:
    """Write the backslashes of quoted paths as slashes; an escaped quote stays one."""
    if line.lstrip().startswith("#"):
        return line
    return _BASIC_STRING.sub(
        lambda found: re.sub(r'\\(?!")', "/", found.group().replace("\\\\", "/")), line
    )


def _mended(line: str) -> str:
    """Return a line with the quotes and signs that a Chinese keyboard leaves behind made plain."""
    plain = line.translate(_QUOTES)
    outside = re.split(r'("[^"]*"|\'[^\']*\')', plain)
    for i in range(0, len(outside), 2):
        outside[i] = unicodedata.normalize("NFKC", outside[i])
    return "".join(outside).strip()


def parse_manifest(text: str, name: str = MANIFEST) -> dict[str, Any]:
    """Parse a manifest.

    Raises
    ------
    CampaignError
        With the number of the line that TOML cannot bear, and how to write it.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        return tomllib.loads("\n".join(map(_slashes, lines)))
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        number = min(int(found.group(1)), len(lines)) if found else len(lines)
        line = lines[number - 1].strip()
        mended = _mended(line)
        code = "manifest_line" if mended == line else "manifest_line_mended"
        raise CampaignError(code, name=name, line=number, said=line, mended=mended) from None


def campaign_folder(path: Path) -> Path:
    """Return the folder of a campaign named by itself or by its manifest.

    Raises
    ------
    CampaignError
        If there is no such folder, or the manifest has another name.
    """
    if path.suffix.lower() == ".toml" and not path.is_dir():
        if path.name.lower() != MANIFEST:
            raise CampaignError("manifest_name", name=path.name, wanted=MANIFEST)
        path = path.parent
    if not path.is_dir():
        raise CampaignError("folder_missing", folder=str(path))
    return path


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read ``campaign.toml`` in a folder.

    Raises
    ------
    CampaignError
        If there is none, or it cannot be parsed.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise CampaignError("manifest_missing", folder=str(folder), name=MANIFEST)
    text, _ = decode_text(path.read_bytes(), MANIFEST)
    return parse_manifest(text)
