"""Rows that go back to their sender: why, and the cells of them that may be shown.

A cell is shown if its column is recognised and speaks of no person, and has no number of a person
typed into it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from landgis.base.findings import finding
from landgis.base.privacy import masked
from landgis.base.schema import SOURCE_COLUMNS, code_columns
from landgis.io.row.cells import is_blank
from landgis.io.row.draft import Draft, Source

__all__ = ["reasons_of", "rejected_rows", "row_findings", "shown_columns", "source_columns"]


def reasons_of(draft: Draft) -> pd.DataFrame:
    """Return the first code and column of every row with a defect, and all of them."""
    rows = [
        pd.DataFrame({"reason": codes.dropna(), "column": draft.sent(name), "order": at})
        for at, (name, codes) in enumerate(draft.defects)
    ]
    if not rows:
        return pd.DataFrame({"reason": [], "column": [], "defects": []}, dtype="str")
    table = pd.concat(rows)
    table["at"] = draft.raw.index.get_indexer(table.index)
    table = table.sort_values(["at", "order"], kind="stable")
    table["defects"] = table["reason"] + ":" + table["column"].astype("str")
    first = ~table.index.duplicated()
    every = table.groupby("at", sort=True)["defects"].agg(lambda one: "; ".join(dict.fromkeys(one)))
    return table[first].drop(columns=["order", "at", "defects"]).assign(defects=every.to_numpy())


def source_columns(source: Source, where: Any) -> dict[str, pd.Series]:
    """Return the source columns of some rows."""
    rows = source.rows[where]
    file = pd.Series(source.file, index=rows.index, dtype="str")
    sheet = pd.Series(source.sheet, index=rows.index, dtype="str")
    return dict(zip(SOURCE_COLUMNS, (file, sheet, rows.astype("Int64")), strict=True))


def shown_columns(draft: Draft) -> list[str]:
    """Return the sent columns whose cells a rejected row may show: recognised and not personal."""
    known = {*draft.plan.ours.values(), *draft.options.parcel_id, *draft.options.shown}
    return [name for name in draft.raw.columns if name in known - {*draft.plan.withheld}]


def rejected_rows(draft: Draft, reasons: pd.DataFrame) -> pd.DataFrame:
    """Return the rejected rows with their reasons and the cells that may be shown."""
    rows = draft.raw.index.isin(reasons.index)
    where = pd.DataFrame(source_columns(draft.source, rows))
    codes = {*draft.options.parcel_id, *(draft.sent(name) for name in code_columns(draft.layer))}
    cells = {
        name: _as_text(draft.raw.loc[rows, name], code=name in codes)
        for name in shown_columns(draft)
    }
    clash = {name: f"{name} " for name in cells if name in (*where.columns, *reasons.columns)}
    shown = pd.DataFrame(cells, index=where.index).rename(columns=clash)
    return pd.concat([where, reasons, shown], axis=1).reset_index(drop=True)


def row_findings(draft: Draft, reasons: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a finding per rejected row."""
    numbers = draft.source.rows.loc[reasons.index]
    return [
        finding(
            "row_rejected",
            layer=draft.layer.name,
            source_file=draft.source.file,
            source_sheet=draft.source.sheet,
            source_row=int(number),
            reason=reason,
            column=str(column),
        )
        for number, reason, column in zip(
            numbers, reasons["reason"], reasons["column"], strict=True
        )
    ]


def _as_text(cells: pd.Series, *, code: bool) -> pd.Series:
    """Return cells as their sender sees them, as text; those that speak of people are masked."""
    said = [None if is_blank(cell) else masked(_seen(cell), code=code) for cell in cells.tolist()]
    return pd.Series(said, index=cells.index, dtype="str")


def _seen(cell: Any) -> str:
    """Return a cell as a spreadsheet shows it: 13.0 is 13, a day has no clock."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, bytes):
        return cell.decode("gb18030", "replace")
    return f"{cell:%Y-%m-%d}" if isinstance(cell, dt.date) else str(cell)
