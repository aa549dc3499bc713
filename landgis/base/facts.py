"""How the facts of an error or a finding are said: codes as words, numbers short, days in full.

Facts travel as they are (codes, numbers, ISO days, lists); only here they become text. A fact that
is no code of ours stays as it was sent.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from landgis.base import text

__all__ = ["listed", "told"]

#: fact that holds a code (or several, parted by ", "): its word is PREFIX_CODE in section words
_CODED = {
    "basis": "basis",
    "choices": "choice",
    "current": "current",
    "dates": "date",
    "defect": "defect",
    "edition": "edition",
    "found": "shape",
    "indicator": "indicator",
    "kind": "kind",
    "layer": "layer",
    "tables": "layer",
    "metric": "metric",
    "object": "object",
    "owner": "owner",
    "really": "content",
    "code_owner": "owner",
    "unit": "unit",
    "wanted": "shape",
    "what": "sliver",
    "why": "why",
}
_DAYS = {
    "announced", "before", "built", "clean_by", "day", "received", "relocated", "step", "today"
}  # fmt: skip
_SHARES = {"rate", "share"}
#: names in a row, joined by ", " where they were found
_ROWS_OF_NAMES = {
    "aliases", "columns", "keys", "known", "layers", "names", "parcels", "there", "values", "words"
}  # fmt: skip
#: lists that are as long as the data: five names and a count
_MANY = {"names", "rows"}
_SHOWN = 5


def listed(names: Iterable[object], language: text.Language, most: int | None = _SHOWN) -> str:
    """Return the first names in a row, and how many more there are."""
    named = [str(name) for name in names]
    shown = text.word("list_mark", language).join(named[:most])
    more = 0 if most is None else len(named) - most
    if more <= 0:
        return shown
    return text.word("and_more", language).format_map({"shown": shown, "more": more})


def told(facts: Mapping[str, Any], language: text.Language) -> dict[str, Any]:
    """Return the facts as a reader of the language sees them.

    Codes become words, floats lose their idle zeros, shares become percent, days are written out,
    a list becomes names in a row (of rows five and a count), and what is missing is said to be
    missing. A place ``point`` (east, north) is added to the reason ``why``; ``places`` are names,
    each with its rows.
    """
    out = {name: _said(name, value, language) for name, value in facts.items()}
    if facts.get("point"):
        east, north = facts["point"]
        place = {"why": out["why"], "east": east, "north": north}
        out["why"] = text.word("why_at", language).format_map(place)
    if "places" in facts:
        out["places"] = _places(facts["places"], language)
    return out


def _places(places: Iterable[tuple[str, Iterable[int]]], language: text.Language) -> str:
    """Return which rows lie in which place: of each the first five and a count."""
    said = []
    for name, rows in places:
        numbers = [str(row) for row in rows]
        facts = {"name": name, "rows": listed(numbers, language), "count": len(numbers)}
        said.append(text.word("place_rows", language).format_map(facts))
    return text.word("place_mark", language).join(said)


def _said(name: str, value: Any, language: text.Language) -> Any:
    """Return one fact."""
    if value is None or value == "":
        return text.word("not_given", language)
    if isinstance(value, (list, tuple)):
        if name in _CODED:
            return listed((_word(name, str(one), language) for one in value), language, None)
        return listed(value, language, _SHOWN if name in _MANY else None)
    if isinstance(value, float):
        return f"{value:.1%}".replace(".0%", "%") if name in _SHARES else _number(value)
    if isinstance(value, str):
        return _text(name, value, language)
    return value


def _text(name: str, value: str, language: text.Language) -> str:
    """Return a fact that is text: a day, codes, names in a row, or itself."""
    if name in _DAYS:
        return _day(value, language)
    if name in _CODED:
        return listed((_word(name, one, language) for one in value.split(", ")), language, None)
    if name in _ROWS_OF_NAMES:
        return listed(re.split(r", |、", value), language, None)
    return value


def _number(value: float) -> str:
    """Return a number without idle zeros, to a tenth of a millimetre at most."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _day(value: str, language: text.Language) -> str:
    """Return a day as it is written in the language, anything else as it is."""
    try:
        return text.say_day(dt.date.fromisoformat(value), language)
    except ValueError:
        return value


def _word(name: str, value: str, language: text.Language) -> str:
    """Return the word of a code; the names of layers stay in English, for they are typed."""
    key = f"{_CODED[name]}_{re.sub(r'[^0-9A-Za-z]+', '_', value).strip('_')}"
    if (name == "layer" and language == "en") or not text.has("words", key):
        return value
    return text.word(key, language)
