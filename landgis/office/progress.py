"""Progress: the eight indicators against their tasks, on a day.

Indicators (domain: units of the eight-indicator ledger): land in mu, houses in buildings,
special crops and attachments in distinct households, graves in pits, cleared crops in mu. They
are never added across units. 0 of 0 is not zero: it is not applicable.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.base.checks import require_columns, require_unique_ids
from landgis.base.dates import as_day
from landgis.base.errors import CampaignError
from landgis.base.findings import finding
from landgis.base.schema import INDICATORS, conform
from landgis.office.indicators import ACQUIRED, land_items, record_items
from landgis.office.stages import reached

__all__ = ["COLUMNS", "complete_projects", "find_progress", "progress", "project_rows"]

COLUMNS = ["project_id", "block_id", "team", "indicator", "unit"]
COLUMNS += ["task", "task_source", "done", "left", "rate", "approx"]


def progress(
    projects: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    records: gpd.GeoDataFrame,
    *,
    links: pd.DataFrame,
    tasks: pd.DataFrame,
    as_of: Any,
    since: Any = None,
    blocks: gpd.GeoDataFrame | None = None,
    acquired_when: str = "agreed",
    area_basis: str = "stated",
) -> pd.DataFrame:
    """Count the eight indicators per project, block, team and in sum.

    Parameters
    ----------
    projects, parcels, records : GeoDataFrame
        The layers, in one metric CRS; a column that is absent says nothing, as if it were empty.
    links : DataFrame
        Result of `landgis.attribute` for these records and parcels.
    tasks : DataFrame
        The layer ``tasks``: project_id, indicator, quantity.
    as_of : day
        The day of the question.
    since : day, optional
        With it ``done`` counts what came after this day, up to `as_of`; ``left`` and ``rate`` stay
        those of `as_of`.
    blocks : GeoDataFrame, optional
        The layer ``blocks``; with it there are rows per block.
    acquired_when : {"agreed", "paid", "delivered"}
        The stage that counts as acquired, for land and for houses, special crops and attachments
        (of which ``delivered`` asks for the payment).
    area_basis : {"stated", "plane", "ellipsoidal"}
        Which area of a parcel makes the figure; a parcel cut by the red line counts by the share
        that lies inside. A parcel without stated area counts by its plane area, as approximate.

    Returns
    -------
    DataFrame
        ``project_id, block_id, team, indicator, unit, task, task_source, done, left, rate,
        approx``: rows with a project only, with project and block, with a team only, and with none
        (the sum). ``task_source`` is ``task``, or ``survey`` where the surveyed count stands in
        for a missing task row; both missing where nothing was surveyed either: unknown, not zero.
        ``rate`` is a share (0–1), missing where the task is 0.

    Raises
    ------
    TableError, CampaignError
        For missing columns, repeated ids, an unknown `acquired_when` or `area_basis`.
    """
    if acquired_when not in ACQUIRED:
        raise CampaignError("acquired_when_unknown", value=acquired_when)
    require_unique_ids(projects, "projects", "project_id")
    require_unique_ids(parcels, "parcels", "parcel_id")
    require_unique_ids(records, "records", "record_id")
    require_columns(tasks, "tasks", ["project_id", "indicator", "quantity"])
    parcels, records = conform(parcels, "parcels"), conform(records, "records")
    items = pd.concat(
        [
            land_items(projects, parcels, blocks, acquired_when, area_basis),
            record_items(projects, parcels, records, links, blocks, acquired_when),
        ],
        ignore_index=True,
    )
    day, start = as_day(as_of), None if since is None else as_day(since)
    tables = [
        _counted(items, ["project_id"], projects["project_id"], day, start),
        _counted(items, ["project_id", "block_id"], None, day, start),
        _counted(items, ["team"], None, day, start),
    ]
    tables[0] = _with_tasks(tables[0], tasks)
    total = _summed(tables[0])
    return _finished(pd.concat([*tables, total], ignore_index=True))


def _counted(
    items: pd.DataFrame, keys: list[str], every: pd.Series | None, day: Any, start: Any
) -> pd.DataFrame:
    """Sum amounts surveyed, done and done since a day over groups; all indicators of each group."""
    rows = items.dropna(subset=keys)
    done = reached(rows["when"], day)
    recent = done if start is None else done & (rows["when"] > start)
    table = rows.assign(
        surveyed=rows["amount"],
        reached=rows["amount"].where(done, 0.0),
        done=rows["amount"].where(recent, 0.0),
    )
    groups = table.groupby([*keys, "indicator"])
    sums = groups[["surveyed", "reached", "done"]].sum().join(groups["approx"].any())
    heads = sums.reset_index()[keys].drop_duplicates()
    if every is not None:
        heads = pd.DataFrame({keys[0]: every.sort_values()})
    whole = heads.merge(pd.DataFrame({"indicator": list(INDICATORS)}), how="cross")
    out = whole.merge(sums.reset_index(), on=[*keys, "indicator"], how="left")
    return out.assign(
        task=out["surveyed"], task_source=out["surveyed"].notna().map({True: "survey", False: None})
    )


def _with_tasks(table: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    """Lay tasks over surveyed counts; what has a task but was never surveyed is not done."""
    wanted = tasks.groupby(["project_id", "indicator"])["quantity"].sum().rename("wanted")
    out = table.merge(wanted.reset_index(), on=["project_id", "indicator"], how="left")
    given = out["wanted"].notna()
    for name in ("reached", "done"):
        out[name] = out[name].where(~(given & out[name].isna()), 0.0)
    out["task"] = out["wanted"].where(given, out["task"])
    out["task_source"] = np.where(given, "task", out["task_source"])
    return out.drop(columns="wanted")


def _summed(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the project rows, indicator by indicator; unknown where no project is known."""
    groups = table.groupby("indicator", sort=False)
    sums = groups[["surveyed", "task", "reached", "done"]].sum(min_count=1)
    # what one project did beyond its task does not make up for what another has left
    left = (table["task"] - table["reached"]).clip(lower=0.0)
    sums["left"] = left.groupby(table["indicator"]).sum(min_count=1)
    survey = groups["task_source"].agg(lambda s: "survey" if (s == "survey").any() else "task")
    sums["task_source"] = survey.where(sums["task"].notna(), None)
    sums["approx"] = groups["approx"].agg(lambda s: bool(s.fillna(False).astype(bool).any()))
    return sums.reset_index()


def _finished(table: pd.DataFrame) -> pd.DataFrame:
    """Add unit, left and rate, and put columns and types in order."""
    out = table.copy()
    for name in ("project_id", "block_id", "team", "task_source"):
        column = out[name] if name in out else pd.Series(pd.NA, index=out.index)
        out[name] = column.astype("str")
    out["unit"] = out["indicator"].map({name: unit for name, (unit, _) in INDICATORS.items()})
    out["left"] = out["left"].fillna((out["task"] - out["reached"]).clip(lower=0.0))
    out["rate"] = (out["reached"] / out["task"]).where(out["task"] > 0)
    out["approx"] = out["approx"].fillna(False).astype(bool)
    return out[COLUMNS].reset_index(drop=True)


def project_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `progress` that stand for whole projects."""
    return table[table["project_id"].notna() & table["block_id"].isna() & table["team"].isna()]


def complete_projects(table: pd.DataFrame) -> pd.Series:
    """Tell which projects are complete: for every indicator nothing is left.

    Parameters
    ----------
    table : DataFrame
        Result of `progress`.

    Returns
    -------
    Series of bool
        By project_id. An indicator that is unknown (no task, nothing surveyed) is left out; a
        project of which nothing is known is not complete.
    """
    rows = project_rows(table)
    known = rows["left"].notna()
    nothing_left = rows["left"].fillna(0.0).round(6) == 0
    groups = pd.DataFrame({"known": known, "done": nothing_left}).groupby(rows["project_id"])
    return groups["known"].any() & groups["done"].all()


def find_progress(table: pd.DataFrame, tasks: pd.DataFrame) -> list[dict[str, Any]]:
    """Find tasks that differ from the surveyed count, and rates over one.

    Parameters
    ----------
    table : DataFrame
        Result of `progress` with an empty table of tasks: the surveyed counts.
    tasks : DataFrame
        The layer ``tasks``.

    Notes
    -----
    Counts must agree exactly; mu may differ by 0.5 % of the task, as rounding and area basis do.
    """
    rows = project_rows(table)
    wanted = tasks.merge(rows, on=["project_id", "indicator"], how="inner", suffixes=("_given", ""))
    allowed = np.where(wanted["unit"] == "mu", 0.005 * wanted["quantity"].abs(), 0.0)
    surveyed = wanted["task"].fillna(0.0)
    differ = (wanted["quantity"] - surveyed).abs() > allowed + 1e-6
    odd = wanted[differ].assign(surveyed=surveyed)
    return [
        finding(
            "task_differs",
            layer="tasks",
            project_id=project_id,
            ids=[f"{project_id}/{indicator}"],
            indicator=indicator,
            task=round(float(quantity), 2),
            surveyed=round(float(count), 2),
        )
        for project_id, indicator, quantity, count in zip(
            odd["project_id"], odd["indicator"], odd["quantity"], odd["surveyed"], strict=True
        )
    ] + [
        finding(
            "rate_over_one",
            layer="tasks",
            project_id=project_id,
            ids=[f"{project_id}/{indicator}"],
            indicator=indicator,
            rate=round(float(done / quantity), 4),
        )
        for project_id, indicator, quantity, done in zip(
            wanted["project_id"],
            wanted["indicator"],
            wanted["quantity"],
            wanted["done"],
            strict=True,
        )
        if quantity > 0 and done > quantity * 1.005 + 1e-6
    ]
