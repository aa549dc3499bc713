"""Everything a user reads, in Chinese and English, from one string table per language.

A sentence is found by section and key and filled with facts; the computing rooms only carry
the key and the facts. The two tables must have the same keys (a test compares them).
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

__all__ = ["LANGUAGES", "Language", "has", "say", "say_day", "section", "word"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def _table(language: Language) -> dict[str, dict[str, str]]:
    """Read one language's table from the package."""
    source = files("landgis.base") / "texts" / f"{language}.toml"
    table: dict[str, dict[str, str]] = tomllib.loads(source.read_text(encoding="utf-8"))
    return table


def section(name: str, language: Language) -> dict[str, str]:
    """Return a copy of one section of a language's table: key to sentence."""
    return dict(_table(language)[name])


def has(name: str, key: str) -> bool:
    """Tell whether the tables hold a sentence of this section and key."""
    return key in _table("en")[name]


def say(name: str, key: str, facts: Mapping[str, Any], language: Language) -> str:
    """Return the sentence `key` of section `name`, filled with `facts`.

    Raises
    ------
    KeyError
        If the table has no such sentence, or the sentence names a fact that is not given.
    """
    return _table(language)[name][key].format_map(facts)


def say_day(day: dt.date, language: Language) -> str:
    """Return a day as officials write it: 2022年10月14日, or 2022-10-14."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day:%Y-%m-%d}"


def word(key: str, language: Language) -> str:
    """Return the word for a column, kind, stage, state, reason or verdict.

    Raises
    ------
    KeyError
        If the table has no such word.
    """
    return _table(language)["words"][key]
