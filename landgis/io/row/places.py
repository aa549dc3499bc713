"""Names of villages and groups, and compound codes, in one way of writing."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

__all__ = ["compound_code", "group_name", "plain_text", "village_name"]

_BLANK = re.compile(r"\s+")
_DASHES = str.maketrans(dict.fromkeys("－﹣−—–‐‑", "-"))
_VILLAGE = re.compile(r"(村民委员会|村委会|村委)$")
_GROUP = re.compile(
    r"第?\s*([0-9]+|[〇零一二三四五六七八九十]+)\s*(?:村民小组|村小组|小组|生产队|组|队)?"
)
_DIGITS = {mark: value for value, mark in enumerate("〇一二三四五六七八九")} | {"零": 0}


def plain_text(cell: str) -> str:
    """Return a text after NFKC without blanks, with one kind of dash."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", cell)).translate(_DASHES)


def village_name(cell: str) -> str:
    """Return a village's name: 青石村委会 and 青石村民委员会 are 青石村."""
    plain = plain_text(cell)
    bare = _VILLAGE.sub("", plain)
    if bare == plain or not bare:
        return plain
    return bare if bare.endswith("村") else bare + "村"


def _chinese_number(said: str) -> int | None:
    """Return a Chinese number below a hundred, or None."""
    if "十" not in said:
        return _DIGITS[said] if len(said) == 1 else None
    tens, _, ones = said.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def group_name(cell: str) -> str:
    """Return a group's name: 第三组, 3小组, 三组 and 3 are 3组; a name stays a name."""
    plain = plain_text(cell)
    found = _GROUP.fullmatch(plain)
    if not found:
        return plain
    number = int(found[1]) if found[1].isdecimal() else _chinese_number(found[1])
    return plain if number is None else f"{number}组"


def compound_code(parts: list[tuple[str | None, Any]]) -> str | None:
    """Return a code made of several cells: 青石村, 三组, 012 is 青石村-3组-012.

    Parameters
    ----------
    parts : list of (role, text)
        ``village`` and ``group`` are normalised as such; the rest as text. A missing part makes the
        whole code missing: half a code names another parcel.
    """
    ways = {"village": village_name, "group": group_name}
    said = [ways.get(role or "", plain_text)(cell) for role, cell in parts if isinstance(cell, str)]
    return "-".join(said) if len(said) == len(parts) and all(said) else None
