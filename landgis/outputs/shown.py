"""Tables as a reader sees them: codes as words, unknown as a dash, wide characters aligned."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from landgis.base import text
from landgis.base.dates import show_day
from landgis.base.text import Language

__all__ = ["shown", "table_lines", "width_of"]

#: column that holds a code (or a list of them): its word is PREFIX_CODE in section words
_CODED = {
    "change": "change",
    "checked": "checked",
    "corridor": "corridor",
    "difference": "difference",
    "edition": "edition",
    "indicator": "indicator",
    "kind": "kind",
    "layer": "layer",
    "left_because": "left",
    "looked_for": "looked_for",
    "method": "method",
    "mode": "mode",
    "offset_source": "offset_source",
    "open_conditions": "condition",
    "overlap_unit": "unit",
    "question": "layer",
    "reason": "reason",
    "reasons": "reason",
    "rule": "mend",
    "severity": "severity",
    "state": "state",
    "status": "status",
    "task_source": "source",
    "type": "type",
    "unit": "unit",
    "use": "use",
    "verdict": "verdict",
    "zone": "zone",
}
#: column whose heading is another word
_HEADS = {"code": "layer_findings"}
_EXACT = ("_m2", "_mu", "_yuan")
_SHARES = ("rate", "iou", "loose_share")
_DASH = "—"


def shown(value: Any, column: str, language: Language) -> str:
    """Return one cell as a reader sees it: unknown is a dash, never zero.

    Parameters
    ----------
    value : object
        A cell, or a list of them.
    column : str
        Where it stands; columns named ``indicator_…`` hold shares.
    """
    if isinstance(value, (list, tuple, np.ndarray)):
        said = [shown(one, column, language) for one in value]
        mark = ("；" if any("、" in one for one in said) else "、") if language == "zh" else ", "
        return mark.join(said) or _DASH
    if value is None or pd.isna(value):
        return _DASH
    if isinstance(value, (bool, np.bool_)):
        return text.word("yes" if value else "no", language)
    if isinstance(value, pd.Timestamp):
        return show_day(value, language)
    if isinstance(value, (int, np.integer)):
        return f"{value:,}"
    if isinstance(value, (float, np.floating)):
        return _number(float(value), column)
    return _word(str(value), column, language)


def _number(value: float, column: str) -> str:
    """Return a number: areas to two decimals, shares in percent, others without idle zeros."""
    if column in _SHARES or column.startswith("indicator_"):
        return f"{value:.1%}"
    said = f"{value:,.2f}"
    return said if column.endswith(_EXACT) else said.rstrip("0").rstrip(".")


def _word(value: str, column: str, language: Language) -> str:
    """Return the word of a code, or the text itself."""
    if column == "code":
        return text.say("titles", value, {}, language) if text.has("titles", value) else value
    key = f"{_CODED.get(column)}_{value}"
    return text.word(key, language) if text.has("words", key) else " ".join(value.split())


def _named(column: str, language: Language) -> str:
    """Return the heading of a column."""
    name = _HEADS.get(column, column)
    return text.word(name, language) if text.has("words", name) else column


def width_of(line: str) -> int:
    """Return how many columns of a console a text fills."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


def table_lines(frame: pd.DataFrame, language: Language, most: int | None = None) -> list[str]:
    """Return a table as lines of text, numbers to the right; what is cut is said."""
    plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    if plain.empty:
        return [_DASH]
    cut = plain if most is None else plain.head(most)
    columns = []
    for name in map(str, cut.columns):
        cells = [_named(name, language), *(shown(v, name, language) for v in cut[name])]
        right = pd.api.types.is_numeric_dtype(cut[name]) and not pd.api.types.is_bool_dtype(
            cut[name]
        )
        wide = max(map(width_of, cells))
        pads = [" " * (wide - width_of(cell)) for cell in cells]
        columns.append([p + c if right else c + p for p, c in zip(pads, cells, strict=True)])
    lines = ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]
    if len(plain) > len(cut):
        lines.append(text.say("cli", "more_rows", {"count": len(plain) - len(cut)}, language))
    return lines
