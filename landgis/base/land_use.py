"""Land-use codes and their schemes: a code means something only within its classification."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from landgis.base import text
from landgis.base.rules import load_rules

__all__ = [
    "SCHEME_MISSING_LINE",
    "Scheme",
    "land_use_code",
    "land_use_name",
    "named_uses",
    "scheme_of",
    "schemes",
]

#: what answers the question which scheme a source has
SCHEME_MISSING_LINE = 'land_use_scheme = "GB/T 21010-2017"'
_LIKE_A_CODE = re.compile(r"\d{2}(?:\d{2}|\dH\d|H\d)*[A-Z]?")
_QUOTES = str.maketrans("", "", "《》“”\"'()（）〔〕[] ")


@dataclass(frozen=True)
class Scheme:
    """One classification.

    Attributes
    ----------
    key : str
        How it is called in ``land_use_scheme``.
    title : tuple of str
        Its full name, Chinese and English.
    names : mapping
        Code to its Chinese and English name.
    """

    key: str
    title: tuple[str, str]
    names: Mapping[str, tuple[str, str]]

    def find(self, code: str) -> str | None:
        """Return a code as the scheme has it: as it stands, or without padding zeros; or None."""
        while code not in self.names:
            if len(code) <= 2 or not code.endswith("00"):
                return None
            code = code[:-2]
        return code


@cache
def schemes() -> dict[str, Scheme]:
    """Return the known classifications by key."""
    return {
        one["key"]: Scheme(
            one["key"],
            (one["title"][0], one["title"][1]),
            {code: (names[0], names[1]) for code, names in one["names"].items()},
        )
        for one in load_rules("land_use")["scheme"]
    }


def _plain(said: str) -> str:
    """Return a text without blanks, quotes and brackets, in lower case."""
    return unicodedata.normalize("NFKC", said).translate(_QUOTES).casefold()


@cache
def _aliases() -> dict[str, str]:
    """Return what schemes are called, to their keys."""
    known: dict[str, str] = {}
    for one in load_rules("land_use")["scheme"]:
        for name in (one["key"], *one["title"], *one["aliases"]):
            known[_plain(name)] = one["key"]
    return known


def scheme_of(said: str) -> Scheme | None:
    """Return the classification that a text names, None where it names none that is known."""
    key = _aliases().get(_plain(said))
    return None if key is None else schemes()[key]


def land_use_code(said: str) -> str | None:
    """Return a cell that is a land-use code in plain characters, None where it is a name."""
    plain = _plain(said).upper()
    return plain if _LIKE_A_CODE.fullmatch(plain) else None


def land_use_name(code: str, scheme: str, language: text.Language = "zh") -> str | None:
    """Return what a code means in a scheme, None where either is not known."""
    found, plain = scheme_of(scheme), land_use_code(code)
    if found is None or plain is None or (own := found.find(plain)) is None:
        return None
    return found.names[own][0 if language == "zh" else 1]


def named_uses(codes: pd.Series, stated: pd.Series, language: text.Language) -> pd.Series:
    """Return land uses with the names of their codes, where their scheme is stated."""
    said = codes.astype("object").where(codes.notna(), None)
    pairs = list(zip(said, stated.astype("object").where(stated.notna(), None), strict=True))
    names = {
        (code, scheme): land_use_name(code, scheme, language) if code and scheme else None
        for code, scheme in set(pairs)
    }
    shown = [f"{pair[0]} {names[pair]}" if names[pair] else pair[0] for pair in pairs]
    return pd.Series(shown, index=codes.index, dtype="str")
