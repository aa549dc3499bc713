"""What was decided about a table as it was read: for its receipt, and said of mended rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from landgis.io.returned.mends import mend_notes
from landgis.io.row.draft import Draft

__all__ = ["decisions", "say_mended"]


def say_mended(draft: Draft) -> None:
    """Say which rows were mended by their sender, and in which workbooks."""
    if draft.mended:
        books = "、".join(dict.fromkeys(name for one in draft.mended for name in one.workbooks))
        rows = draft.source.rows.isin([one.row for one in draft.mended])
        draft.say("rows_mended", rows, workbooks=books)


def decisions(draft: Draft, shown: Collection[str]) -> dict[str, Any]:
    """Return what was decided about the columns and cells of a table.

    Parameters
    ----------
    draft : Draft
        The table.
    shown : collection of str
        Columns whose cells may be told.
    """
    used = set(draft.options.parcel_id)
    sheet = draft.source.sheet or ""
    return {
        "columns": {sent: ours for ours, sent in draft.plan.ours.items()},
        "columns_unused": [name for name in draft.plan.unused if name not in used],
        "headers": {sheet: [str(name) for name in draft.raw.columns]},
        "withheld": list(draft.plan.withheld),
        "layer": draft.layer.name,
        "units": _units(draft),
        "mended": mend_notes(draft.mended, shown),
    }


def _units(draft: Draft) -> dict[str, str]:
    """Return the unit of each sent column of numbers whose header names one."""
    numbers = {column.name for column in draft.layer.columns if column.type in ("float", "int")}
    ours = draft.plan.ours
    return {ours[name]: unit for name, unit in draft.plan.units.items() if name in numbers}
