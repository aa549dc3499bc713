"""The structure of parcel codes (不动产单元代码, GB/T 37346-2019), which have no check digit.

Nineteen characters name a parcel: county 6, cadastral area 3, sub-area 3, feature 2, sequence 5.
Twenty-eight name a unit on it: fixture 1 and number 8 more.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["code_defect", "looks_like_a_code"]

PARCEL_LENGTH, UNIT_LENGTH = 19, 28
#: second letters and, where the law leaves no choice, who owns the land
_RIGHTS = "ABSXCDEFHGWY"
_COLLECTIVE_ONLY = "AC"
_RENAMED = re.compile(r"#\d+$")
_LIKE_A_CODE = re.compile(r"[0-9O]{9}[0-9A-Z]{7,20}")
_PARCEL = re.compile(r"\d{12}[A-Z]{2}\d{5}")
_FIXTURE = re.compile(r"[FLQ]\d{8}|W0{8}")


def _bare(code: str) -> str:
    """Return a code without grouping spaces, full-width forms and the mark of a repeat."""
    plain = unicodedata.normalize("NFKC", _RENAMED.sub("", code))
    return "".join(plain.split()).upper()


def looks_like_a_code(code: str) -> bool:
    """Tell whether an id sets out to be a parcel or unit code: long, and nine digits in front."""
    return _LIKE_A_CODE.fullmatch(_bare(code)) is not None


def code_defect(code: str) -> str | None:
    """Return what is wrong with a code, or None.

    Returns
    -------
    str or None
        ``length``, ``digits`` (a letter where digits belong), ``owner`` (first letter),
        ``right`` (second letter unknown), ``owner_right`` (a right that only collective land
        has), ``sequence`` (00000), ``fixture``.
    """
    bare = _bare(code)
    if len(bare) not in (PARCEL_LENGTH, UNIT_LENGTH):
        return "length"
    parcel, fixture = bare[:PARCEL_LENGTH], bare[PARCEL_LENGTH:]
    if not _PARCEL.fullmatch(parcel):
        return "digits"
    owner, right, sequence = parcel[12], parcel[13], parcel[14:]
    if owner not in "GJZ":
        return "owner"
    if right not in _RIGHTS:
        return "right"
    if right in _COLLECTIVE_ONLY and owner != "J":
        return "owner_right"
    if sequence == "00000":
        return "sequence"
    if fixture and not _FIXTURE.fullmatch(fixture):
        return "fixture"
    return None
