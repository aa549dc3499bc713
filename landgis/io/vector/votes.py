"""Which codec Chinese text is in, by its bytes: UTF-8 against GB18030, with Big5 beside them.

Valid UTF-8 of three bytes a character is hardly ever anything else. GB18030 reads almost anything,
so what counts is whether it reads *common* text: in Chinese nearly every character stands in the
zone of GB 2312-1980 (first byte B0–F7, second A1–FE), which other text read as GB18030 leaves.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Sequence

__all__ = ["decode_text", "share_read", "vote"]

#: pattern of a character and how common it is in text of that codec
_GB = (
    (rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]", 0.8),  # four bytes: rare characters
    (rb"[\xb0-\xf7\xa1-\xa3][\xa1-\xfe]", 1.0),  # GB 2312: characters and punctuation
    (rb"[\x81-\xfe][\x80-\xfe]", 0.4),  # GBK beyond it
    (rb"[\x81-\xfe][\x40-\x7e]", 0.3),  # the same, but Latin text looks like this too
)
_BIG5 = (
    (rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]", 1.0),  # level 1 and punctuation
    (rb"[\xc9-\xf9][\x40-\x7e\xa1-\xfe]", 0.3),  # level 2
)
_UTF8_WIDE = re.compile(rb"[\xe2-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_UTF8_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]")
#: a Latin letter with an accent inside a word
_LATIN = re.compile(rb"(?:[A-Za-z]\xc3[\x80-\xbf]|\xc3[\x80-\xbf][A-Za-z])")
_ASCII = bytes(range(128))
#: so many different pairs that are all valid UTF-8 are no accident (each is by 1 in 6 in GBK)
_ENOUGH_PAIRS = 6
_LEAST, _MARGIN = 0.35, 0.1
#: Big5 is expected of nobody in a mainland county: it has to win by more, and on more than a word
_BIG5_MARGIN, _BIG5_BYTES = 0.2, 8


def vote(texts: Sequence[bytes]) -> str | None:
    """Return the codec of texts that all hold bytes above 127, None where the bytes don't tell.

    Parameters
    ----------
    texts : sequence of bytes
        Cells and field names.
    """
    valid = {text for text in set(texts) if _reads(text, "utf-8")}
    share = sum(text in valid for text in texts) / len(texts)
    utf8 = share * _utf8_weight([text for text in texts if text in valid])
    gb = share_read(texts, "gb18030") * _commonness(texts, _GB)
    if _is_mixed(texts, valid):
        return None
    big5 = share_read(texts, "big5") * _commonness(texts, _BIG5)
    if utf8 >= _LEAST and utf8 >= gb + _MARGIN:
        return "utf-8"
    high = sum(len(text.translate(None, _ASCII)) for text in texts)
    if big5 >= max(gb, utf8) + _BIG5_MARGIN and high >= _BIG5_BYTES:
        return "big5"
    return "gb18030" if gb >= _LEAST and gb >= utf8 + _MARGIN else None


def decode_text(text: bytes, encoding: str) -> str | None:
    """Decode a cell; the half of a character that a full cell cut off is dropped. None: not so."""
    try:
        return text.decode(encoding)
    except UnicodeDecodeError:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        said = decoder.decode(text, final=False)
    except UnicodeDecodeError:
        return None
    pending = decoder.getstate()[0]
    return said if len(pending) < 4 else None


def share_read(texts: Sequence[bytes], encoding: str) -> float:
    """Return the share of texts that an encoding can read."""
    reads = {text: _reads(text, encoding) for text in set(texts)}
    return sum(reads[text] for text in texts) / len(texts)


def _is_mixed(texts: Sequence[bytes], valid: set[bytes]) -> bool:
    """Tell whether a good part of texts is surely UTF-8 (`valid` ones may be), another not."""
    sure = {text for text in valid if _UTF8_WIDE.search(text)}
    odd = {text for text in set(texts) - valid if _reads(text, "gb18030")}
    wide, other = sum(text in sure for text in texts), sum(text in odd for text in texts)
    return min(wide, other) > _MARGIN * len(texts)


def _reads(text: bytes, encoding: str) -> bool:
    """Tell whether a text is one in an encoding, but for the end that a full cell cut off."""
    return decode_text(text, encoding) is not None


def _utf8_weight(texts: Sequence[bytes]) -> float:
    """Return how much it says that texts are valid UTF-8: little where there are but few pairs."""
    whole = b"\n".join(texts)
    if _UTF8_WIDE.search(whole) or len(set(_UTF8_PAIR.findall(whole))) >= _ENOUGH_PAIRS:
        return 1.2
    return 1.2 if _LATIN.search(whole) else 0.3


def _commonness(texts: Sequence[bytes], kinds: Sequence[tuple[bytes, float]]) -> float:
    """Return how common the characters of texts are when read in a codec, from 0 to 1."""
    either = b"|".join(b"(" + pattern + b")" for pattern, _ in kinds)
    token = re.compile(rb"[\x00-\x7f]+|" + either + rb"|.", re.DOTALL)
    weights = [weight for _, weight in kinds]
    common = characters = 0.0
    for text, times in Counter(texts).items():
        high = (one for one in token.finditer(text) if one[0][0] > 127)
        said = [weights[one.lastindex - 1] if one.lastindex else 0.0 for one in high]
        common += times * sum(said)
        characters += times * len(said)
    return common / characters if characters else 0.0
