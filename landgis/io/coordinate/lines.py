"""From the bytes of a coordinate text to its lines: which encoding, and what told it.

A byte order mark tells; else strict UTF-8, then GB18030 (which holds GBK and GB2312). Two files
put one behind the other may mix both: then each line is read by its own bytes, and that is said.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from landgis.base.errors import SourceError

__all__ = ["Decoded", "decode"]

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
#: Chinese in UTF-8: three bytes a character; two of them running are no accident of GBK
_CHINESE_UTF8 = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2}")


@dataclass(frozen=True)
class Decoded:
    """A text and how it was read.

    Attributes
    ----------
    text : str
        The text; a character that no encoding knows is U+FFFD.
    encoding : str
        ``utf-8``, ``gb18030``, ``utf-16``, or as the campaign named it.
    told_by : str
        ``campaign``, ``mark`` or ``bytes``.
    others : tuple of int
        Lines that are in the other encoding.
    """

    text: str
    encoding: str
    told_by: str
    others: tuple[int, ...] = ()


def decode(raw: bytes, source: str, wanted: str | None) -> Decoded:
    """Return the text of a file.

    Parameters
    ----------
    raw : bytes
        The file.
    source : str
        The file as the campaign names it.
    wanted : str or None
        The campaign's word; it wins.

    Raises
    ------
    SourceError
        If the bytes are no text in the wanted encoding, or in none.
    """
    if wanted is not None:
        return Decoded(_strictly(raw, source, wanted), wanted, "campaign")
    for mark, encoding in _MARKS:
        if raw.startswith(mark) and encoding == "utf-16":
            return Decoded(_strictly(raw, source, encoding), encoding, "mark")
    marked = raw.startswith(_MARKS[0][0])
    bare = raw[3:] if marked else raw
    try:
        return Decoded(bare.decode("utf-8"), "utf-8", "mark" if marked else "bytes")
    except UnicodeDecodeError:
        pass
    if not _CHINESE_UTF8.search(bare):
        with suppress(UnicodeDecodeError):
            return Decoded(bare.decode("gb18030"), "gb18030", "bytes")
    return _line_by_line(bare, source)


def _strictly(raw: bytes, source: str, encoding: str) -> str:
    """Return the text in one encoding, or refuse."""
    try:
        return raw.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise SourceError("encoding_unknown", source=source, encoding=encoding) from None
    except UnicodeError:
        raise SourceError("encoding_wrong", source=source, encoding=encoding) from None


def _line_by_line(raw: bytes, source: str) -> Decoded:
    """Return a text that is not UTF-8 as a whole: GB18030, with the lines that are UTF-8."""
    lines = raw.split(b"\n")
    texts: list[str] = []
    others, broken, odd = [], 0, 0
    for number, line in enumerate(lines, start=1):
        odd += not line.isascii()
        if _is_utf8(line):
            others.append(number)
            texts.append(line.decode("utf-8").removeprefix("\ufeff"))
            continue
        try:
            texts.append(line.decode("gb18030"))
        except UnicodeDecodeError:
            broken += 1
            texts.append(line.decode("gb18030", "replace"))
    if broken * 2 > odd:
        raise SourceError("encoding_question", source=source, line='encoding = "GB18030"')
    return Decoded("\n".join(texts), "gb18030", "bytes", tuple(others))


def _is_utf8(line: bytes) -> bool:
    """Tell whether a line is Chinese in UTF-8: as a whole, with two characters running."""
    if not _CHINESE_UTF8.search(line):
        return False
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
