"""The structure of parcel codes (不动产单元代码, GB/T 37346-2019), which have no check digit.

Nineteen characters name a parcel: county 6, cadastral area 3, sub-area 3, feature 2, sequence 5.
Twenty-eight name a unit on it: fixture 1 and number 8 more. The letters are data:
``landgis/base/rules/codes.toml``. Administrative codes (GB/T 2260) are digits only.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd

from landgis.base.rules import load_rules
from landgis.spatial.shapes import Mask

__all__ = [
    "PARCEL_LENGTH",
    "UNIT_LENGTH",
    "admin_code_defect",
    "bare_code",
    "code_defect",
    "looks_like_a_code",
    "may_be_malformed",
    "sound_codes",
]

PARCEL_LENGTH, UNIT_LENGTH = 19, 28
_RULES = load_rules("codes")
#: first letters, second letters, and second letters that leave no choice who owns the land
_OWNERS, _RIGHTS = _RULES["parcel"]["owners"], _RULES["parcel"]["rights"]
_COLLECTIVE_ONLY = _RULES["parcel"]["collective_only"]
_COLLECTIVE = "J"
_PROVINCES = frozenset(_RULES["administrative"]["provinces"].split())
_LENGTHS = tuple(_RULES["administrative"]["lengths"])
_RENAMED = re.compile(r"#\d+$")
_LIKE_A_CODE = re.compile(r"[0-9O]{9}[0-9A-Z]{7,20}")
_PARCEL = re.compile(r"[0-9]{12}[A-Z]{2}[0-9]{5}")
#: the same with the letter O where a digit belongs
_PARCEL_O = re.compile(r"[0-9O]{12}[A-Z]{2}[0-9O]{5}")
_FIXTURE = re.compile(
    rf"[{_RULES['parcel']['fixtures']}][0-9]{{8}}|{_RULES['parcel']['no_fixture']}"
)
# what needs no second look: a parcel code without a fault, and plain names that begin otherwise
_FREE = "".join(letter for letter in _RIGHTS if letter not in _COLLECTIVE_ONLY)
_SOUND = rf"[0-9]{{12}}(?:[{_OWNERS}][{_FREE}]|{_COLLECTIVE}[{_COLLECTIVE_ONLY}])[0-9]{{5}}"
_PLAIN = "[!-~一-鿿]*"
_BEGINS = r"[0-9Oo]{9}"


def bare_code(code: str) -> str:
    """Return a code without grouping spaces, full-width forms and the mark of a repeat."""
    plain = unicodedata.normalize("NFKC", _RENAMED.sub("", code))
    return "".join(plain.split()).upper()


def looks_like_a_code(code: str) -> bool:
    """Tell whether an id sets out to be a parcel or unit code: long, and nine digits in front."""
    return _LIKE_A_CODE.fullmatch(bare_code(code)) is not None


def may_be_malformed(ids: pd.Series) -> Mask:
    """Tell quickly which of many ids `code_defect` has to look at; the others are in order."""
    said = ids.astype("str").str
    sound = said.fullmatch(_SOUND) & ~said.endswith("00000")
    name = said.fullmatch(_PLAIN) & ~said.match(_BEGINS)
    return np.asarray(~(sound | name), dtype=np.bool_)


def sound_codes(ids: pd.Series) -> pd.Series:
    """Return the ids that are parcel or unit codes without a defect, bare, on their index."""
    said = ids.dropna().astype("str")
    said = said[said.str.len() >= PARCEL_LENGTH]
    sound = said.str.fullmatch(_SOUND) & ~said.str.endswith("00000")
    rest = said[~sound].map(bare_code)
    kept = [looks_like_a_code(one) and code_defect(one) is None for one in rest]
    out: pd.Series = pd.concat([said[sound], rest[kept]]).reindex(said.index).dropna()
    return out


def code_defect(code: str) -> str | None:
    """Return what is wrong with a code, or None.

    Returns
    -------
    str or None
        ``length``, ``letter_o`` (the letter O where the digit 0 belongs), ``digits`` (another
        letter where digits belong), ``owner`` (first letter), ``right`` (second letter unknown),
        ``owner_right`` (a right that only collective land has), ``sequence`` (00000),
        ``fixture``.
    """
    bare = bare_code(code)
    if len(bare) not in (PARCEL_LENGTH, UNIT_LENGTH):
        return "length"
    parcel, fixture = bare[:PARCEL_LENGTH], bare[PARCEL_LENGTH:]
    if not _PARCEL.fullmatch(parcel):
        return "letter_o" if _PARCEL_O.fullmatch(parcel) else "digits"
    owner, right, sequence = parcel[12], parcel[13], parcel[14:]
    if owner not in _OWNERS:
        return "owner"
    if right not in _RIGHTS:
        return "right"
    if right in _COLLECTIVE_ONLY and owner != _COLLECTIVE:
        return "owner_right"
    if sequence == "00000":
        return "sequence"
    if fixture and not _FIXTURE.fullmatch(fixture):
        return "letter_o" if _FIXTURE.fullmatch(fixture.replace("O", "0")) else "fixture"
    return None


def admin_code_defect(code: str) -> str | None:
    """Return what is wrong with an administrative code (GB/T 2260 and longer), or None.

    Returns
    -------
    str or None
        ``admin_digits``, ``admin_length`` (6 county, 9 township, 12 village), ``admin_province``
        (its first two digits are no province's).
    """
    bare = bare_code(code)
    if not re.fullmatch(r"[0-9]+", bare):
        return "admin_digits"
    if len(bare) not in _LENGTHS:
        return "admin_length"
    return None if bare[:2] in _PROVINCES else "admin_province"
