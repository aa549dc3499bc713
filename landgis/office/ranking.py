"""The city's table of districts: rates by metric. 0 of 0 is no project, not a rate of zero."""

from __future__ import annotations

from typing import Any

import pandas as pd

from landgis.base.findings import finding

__all__ = ["district_rates", "find_districts"]


def district_rates(districts: pd.DataFrame) -> pd.DataFrame:
    """Return the table of districts with its rates.

    Parameters
    ----------
    districts : DataFrame
        The layer ``districts``: district, metric, done, task.

    Returns
    -------
    DataFrame
        Same rows, plus ``rate`` (0–1), missing where the task is 0 or unknown.
    """
    rate = (districts["done"] / districts["task"]).where(districts["task"] > 0)
    return districts.assign(rate=rate)


def find_districts(districts: pd.DataFrame) -> list[dict[str, Any]]:
    """Find districts without a project under a metric: they stay out of its ranking."""
    table = district_rates(districts)
    none = table[table["rate"].isna()]
    return [
        finding(
            "district_no_project",
            layer="districts",
            ids=[f"{district}/{metric}"],
            district=district,
            metric=metric,
        )
        for district, metric in zip(none["district"], none["metric"], strict=True)
    ]
