"""Daily reports: which day none came, and which came late. No report is not no progress."""

from __future__ import annotations

from typing import Any

import pandas as pd

from landgis.base.dates import as_day
from landgis.base.findings import finding

__all__ = ["find_reports"]


def find_reports(reports: pd.DataFrame, *, as_of: Any) -> list[dict[str, Any]]:
    """Find days without a report and reports that came after their day.

    Parameters
    ----------
    reports : DataFrame
        The layer ``daily_reports``.
    as_of : day
        Last day looked at; a project's first report is its first day.

    Returns
    -------
    list of findings
        ``report_missing`` with id ``PROJECT/DAY``; ``report_late`` likewise, with the row.
    """
    rows = reports[reports["day"] <= as_day(as_of)]
    if rows.empty:
        return []
    out = []
    for project_id, days in rows.groupby("project_id")["day"]:
        every = pd.date_range(days.min(), as_day(as_of), freq="D", unit="us")
        out += [
            finding(
                "report_missing",
                layer="daily_reports",
                project_id=str(project_id),
                ids=[f"{project_id}/{day:%Y-%m-%d}"],
                day=f"{day:%Y-%m-%d}",
            )
            for day in every.difference(pd.DatetimeIndex(days))
        ]
    late = rows[rows["received_at"] > rows["day"]]
    return out + [
        finding(
            "report_late",
            layer="daily_reports",
            project_id=project_id,
            ids=[f"{project_id}/{day:%Y-%m-%d}"],
            source_file=file,
            source_sheet=sheet,
            source_row=row,
            day=f"{day:%Y-%m-%d}",
            received=f"{came:%Y-%m-%d}",
        )
        for project_id, day, came, file, sheet, row in zip(
            late["project_id"],
            late["day"],
            late["received_at"],
            late["source_file"],
            late["source_sheet"],
            late["source_row"],
            strict=True,
        )
    ]
