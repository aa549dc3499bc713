"""Days that a cell does not give: 已签 takes that of its source, or is a question; 2022年9月."""

from __future__ import annotations

import pandas as pd

from landgis.base.dates import days, is_month
from landgis.io.row.cells import status_word
from landgis.io.row.draft import Draft

__all__ = ["date_statuses", "say_months"]

#: columns in which a month is what is asked for
_MONTHS = frozenset({"month"})


def date_statuses(draft: Draft, name: str) -> None:
    """Date the bare status words of a column, and say which rows took the day."""
    cells = draft.raw[draft.sent(name)]
    if pd.api.types.is_datetime64_any_dtype(cells) or pd.api.types.is_numeric_dtype(cells):
        return
    words = [cell for cell in cells.dropna().unique() if status_word(cell) is True]
    done = cells.isin(words) if words else pd.Series(False, index=cells.index)
    if not done.any():
        return
    day = draft.options.status_on
    if day is None:
        draft.say("status_undated", done, column=str(draft.sent(name)))
        return
    draft.columns[name] = days(draft.columns[name].mask(done, day))
    draft.say("status_dated", done, column=str(draft.sent(name)), day=f"{day:%Y-%m-%d}")


def say_months(draft: Draft, name: str) -> None:
    """Say which rows of a column name a month and no day; they took its last one."""
    cells = draft.raw[draft.sent(name)]
    if name in _MONTHS or pd.api.types.is_datetime64_any_dtype(cells):
        return
    months = [cell for cell in cells.dropna().unique() if is_month(cell)]
    taken = cells.isin(months) & draft.columns[name].notna()
    if months and taken.any():
        draft.say("month_end_taken", taken, column=str(draft.sent(name)))
