"""Stages: how far a parcel or a record has come on a day, and the dates that say so.

Every status is a date. A parcel handed over by surveyors carries none: agreements of kind
``land`` date it, by code, or for every parcel of a village and group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.base.checks import require_columns
from landgis.base.dates import DAY_DTYPE, as_day
from landgis.base.findings import finding

__all__ = ["PARCEL_STAGES", "RECORD_STAGES", "date_parcels", "reached", "stage_on"]

#: stage to the date that reaches it, least first
PARCEL_STAGES = {
    "surveyed": "surveyed_on",
    "agreed": "agreed_on",
    "paid": "paid_on",
    "delivered": "delivered_on",
    "cleared": "cleared_on",
}
RECORD_STAGES = {
    "surveyed": "surveyed_on",
    "agreed": "agreed_on",
    "paid": "paid_on",
    "vacated": "vacated_on",
    "removed": "removed_on",
}
#: date of a land record to the date of the parcel that it sets
_LAND_DATES = {
    "surveyed_on": "surveyed_on",
    "agreed_on": "agreed_on",
    "paid_on": "paid_on",
    "vacated_on": "delivered_on",
    "removed_on": "cleared_on",
}


def reached(dates: pd.Series, as_of: Any) -> pd.Series:
    """Tell which dates have come by a day; a missing date means not yet."""
    return dates.notna() & (dates <= as_day(as_of))


def stage_on(frame: pd.DataFrame, stages: Mapping[str, str], as_of: Any) -> pd.Series:
    """Return the highest stage of each row on a day.

    Parameters
    ----------
    frame : DataFrame
        With the date columns that `stages` names.
    stages : mapping of str to str
        `PARCEL_STAGES` or `RECORD_STAGES`: stage to date column, least first.
    as_of : day
        The day of the question.

    Returns
    -------
    Series of str
        On the frame's index, named ``stage``; ``none`` where no date has come.
    """
    require_columns(frame, "stages", stages.values())
    out = pd.Series("none", index=frame.index, name="stage", dtype="str")
    for stage, column in stages.items():
        out[reached(frame[column], as_of)] = stage
    return out


def _latest(land: pd.DataFrame, keys: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return per key the latest of each date, and whether its dates differ."""
    dates = land.groupby(keys)[list(_LAND_DATES)]
    return dates.max(), dates.max() > dates.min()


def date_parcels(
    parcels: gpd.GeoDataFrame, records: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Date parcels by the land records that speak of them.

    Parameters
    ----------
    parcels : GeoDataFrame
        The layer ``parcels``.
    records : DataFrame
        The layer ``records``; rows of kind ``land`` are read: one with a known ``parcel_id`` dates
        that parcel, one with neither code nor shape dates every parcel of its village and group.
        ``vacated_on`` of a land record is the parcel's ``delivered_on``, ``removed_on`` its
        ``cleared_on``.

    Returns
    -------
    parcels : GeoDataFrame
        Same rows and index, dates and team filled in.
    findings : list
        ``date_sources_differ`` where two sources give one parcel different dates.

    Notes
    -----
    Precedence: the parcel's own date, then a record that names the parcel, then one that names
    the group. Among records of equal rank the later date counts, for a stage is reached when the
    last agreement that it needs is there.
    """
    land = records[records["kind"] == "land"]
    by_code = land[land["parcel_id"].notna()]
    by_group = land[land["parcel_id"].isna() & land["village"].notna() & land["group"].notna()]
    out = parcels.copy()
    codes = pd.Index(out["parcel_id"])
    places = pd.MultiIndex.from_frame(out[["village", "group"]])
    ranks = []
    differ = pd.DataFrame(False, index=out.index, columns=list(_LAND_DATES))
    for rows, keys, target in (
        (by_code, ["parcel_id"], codes),
        (by_group, ["village", "group"], places),
    ):
        latest, several = _latest(rows, keys)
        ranks.append(latest.reindex(target).set_axis(out.index))
        differ |= several.reindex(target, fill_value=False).set_axis(out.index)
    for source, column in _LAND_DATES.items():
        candidates = [out[column], *(rank[source] for rank in ranks)]
        table = pd.concat(candidates, axis=1, keys=range(len(candidates)))
        differ[source] |= table.max(axis=1) > table.min(axis=1)
        out[column] = table.bfill(axis=1)[0].astype(DAY_DTYPE)
    out["team"] = _teams(out, by_code, by_group, codes, places)
    return out, _differing(out, differ)


def _teams(
    parcels: pd.DataFrame,
    by_code: pd.DataFrame,
    by_group: pd.DataFrame,
    codes: pd.Index,
    places: pd.MultiIndex,
) -> pd.Series:
    """Return the team of each parcel: its own, or that of the record that dates it."""
    team = parcels["team"]
    for rows, keys, target in (
        (by_code, ["parcel_id"], codes),
        (by_group, ["village", "group"], places),
    ):
        first = rows.dropna(subset=["team"]).groupby(keys)["team"].min().reindex(target)
        team = team.fillna(pd.Series(first.to_numpy(), index=parcels.index))
    return team.astype("str")


def _differing(parcels: pd.DataFrame, differ: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one finding for each parcel whose sources differ, naming the dates that do."""
    columns = np.array([_LAND_DATES[name] for name in differ.columns])
    odd = differ.to_numpy()
    return [
        finding(
            "date_sources_differ",
            layer="parcels",
            ids=[parcel_id],
            dates=list(columns[odd[i]]),
        )
        for i, parcel_id in enumerate(parcels["parcel_id"])
        if odd[i].any()
    ]
