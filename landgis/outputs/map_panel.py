"""The words and figures of the panel beside the map, as the page's scripts read them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from landgis.base.checks import require_columns
from landgis.base.dates import show_day
from landgis.base.text import Language, has, say, word
from landgis.outputs.map_sheet import BLOCKERS, INDICATORS, MapSheet
from landgis.outputs.packing import count_day, plain_number
from landgis.outputs.style import style_of

__all__ = ["label", "panel"]

#: counts under this are not told in the public edition: their households could be known
SMALL_GROUP = 3


def label(key: str, language: Language) -> str:
    """Return the word of a prefixed key, or what follows the prefix where there is none."""
    for name in ("map", "words"):
        if has(name, key):
            return say(name, key, {}, language)
    return key.split("_", 1)[1]


def panel(sheet: MapSheet, language: Language) -> dict[str, Any]:
    """Return what stands in the panel beside the map."""
    return {
        "as_of": count_day(sheet.as_of),
        "verdict": style_of("verdict", sheet.verdict).key,
        "areas": {key: plain_number(value) for key, value in sheet.areas.items()},
        "ones": _ones(sheet, language),
        "deadlines": _deadlines(sheet, language),
        "indicators": _indicators(sheet, language),
        "open_conditions": [label(f"condition_{key}", language) for key in sheet.open_conditions],
        "blockers": _blockers(sheet, language),
        "rules": [
            {"name": label(f"rule_{name}", language), "source": source}
            for name, source in sheet.rules
        ],
        "sources": _sources(sheet),
        "image": _image_source(sheet, language),
        "caution": say("map", "caution", {}, language),
    }


def _ones(sheet: MapSheet, language: Language) -> list[dict[str, str | None]]:
    """Return the five "ones"; a leader's name stays in the internal edition."""
    shown = [one for one in sheet.ones if sheet.edition == "internal" or one[0] != "leader"]
    return [{"label": label(f"one_{key}", language), "value": _text(value)} for key, value in shown]


def _deadlines(sheet: MapSheet, language: Language) -> list[dict[str, Any]]:
    """Return the deadlines with the days left."""
    return [
        {
            "label": label(f"deadline_{key}", language),
            "date": count_day(day),
            "days_left": None if left is None or pd.isna(left) else int(left),
        }
        for key, day, left in sheet.deadlines
    ]


def _records(table: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return a table's rows."""
    return table.astype("object").to_dict(orient="records")


def _indicators(sheet: MapSheet, language: Language) -> list[dict[str, Any]]:
    """Return the rows of the indicator table; the public edition tells no small group."""
    require_columns(sheet.indicators, "indicators", INDICATORS)
    table = sheet.indicators[list(INDICATORS)]
    names = ["task", "done", "left", "rate"]
    figures = pd.DataFrame({name: pd.to_numeric(table[name]) for name in names}, dtype="float64")
    if sheet.edition == "public":
        small = figures["task"].lt(SMALL_GROUP) & table["unit"].ne("mu")
        figures.loc[small] = np.nan
    figures = figures.assign(
        indicator=table["indicator"],
        unit=table["unit"],
        approx=table["approx"].astype("boolean").fillna(False),
    )
    return [
        {
            "key": row["indicator"],
            "label": word(f"indicator_{row['indicator']}", language),
            "unit": word(f"unit_{row['unit']}", language),
            "unit_key": row["unit"],
            "approx": bool(row["approx"]),
            **{name: plain_number(row[name], 6) for name in names},
        }
        for row in _records(figures)
    ]


def _blockers(sheet: MapSheet, language: Language) -> list[dict[str, Any]]:
    """Return what stands in the way, by reason."""
    require_columns(sheet.blockers, "blockers", BLOCKERS)
    return [
        {
            "label": label(f"reason_{row['reason']}", language),
            "area_m2": plain_number(row["area_m2"]),
            "count": plain_number(row["count"]),
        }
        for row in _records(sheet.blockers)
    ]


def _sources(sheet: MapSheet) -> list[dict[str, str]]:
    """Return the source files with their hashes; other editions tell no file names."""
    if sheet.edition != "internal":
        return []
    pairs = [(one, "") if isinstance(one, str) else one for one in sheet.source_hashes]
    return [{"file": file, "hash": digest} for file, digest in pairs]


def _image_source(sheet: MapSheet, language: Language) -> str | None:
    """Say which orthophoto lies below the parcels."""
    if sheet.image is None:
        return None
    day = show_day(sheet.image.taken_on, language)
    return say("map", "image_source", {"name": sheet.image.name, "day": day}, language)


def _text(value: object) -> str | None:
    """Return a value as text, None where it is missing or blank."""
    if value is None or value is pd.NA or value != value:
        return None
    return str(value).strip() or None
