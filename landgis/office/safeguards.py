"""Safeguards: the lawful order of steps, checked on dates.

Compensation goes before moving out (土地管理法 2019 第四十八条第四款), an agreement before its
payment; what is built or planted after the pre-announcement inside the announced range gets no
compensation (土地管理法实施条例 2021 第二十六条). A finding names the rows; an officer looks at the
evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.dates import as_day
from landgis.base.findings import finding
from landgis.office.places import project_of

__all__ = ["find_built_after_announcement", "find_line_after_deadline", "find_order"]

_LAW_ORDER = "LAL 2019 Art. 48(4)"
_LAW_FREEZE = "IR 2021 Art. 26"

#: code: layer, the step that comes too early, the step that should have gone before, rule
_ORDER = (
    ("paid_before_agreed", "records", "paid_on", "agreed_on", None),
    ("removed_before_paid", "records", "removed_on", "paid_on", _LAW_ORDER),
    ("cleared_before_agreed", "parcels", "cleared_on", "agreed_on", _LAW_ORDER),
)


def find_order(parcels: pd.DataFrame, records: pd.DataFrame, *, as_of: Any) -> list[dict[str, Any]]:
    """Find steps taken before the step that has to go before them.

    Parameters
    ----------
    parcels, records : DataFrame
        The layers; land records are left to the parcels that they date.
    as_of : day
        Steps after this day are not looked at.

    Returns
    -------
    list of findings
        ``paid_before_agreed``, ``removed_before_paid``, ``cleared_before_agreed``; one a row, with
        both dates (``before`` missing where the earlier step has no date at all).
    """
    day = as_day(as_of)
    frames = {"parcels": parcels, "records": records[records["kind"] != "land"]}
    out = []
    for code, layer, late, early, rule in _ORDER:
        frame = frames[layer]
        taken = frame[frame[late].notna() & (frame[late] <= day)]
        odd = taken[~(taken[early] <= taken[late])]
        out += [
            finding(
                code,
                layer=layer,
                ids=[row_id],
                rule=rule,
                geometry=shape,
                source_file=file,
                source_sheet=sheet,
                source_row=row,
                step=f"{then:%Y-%m-%d}",
                before=None if pd.isna(first) else f"{first:%Y-%m-%d}",
            )
            for row_id, then, first, shape, file, sheet, row in zip(
                odd[f"{layer[:-1]}_id"],
                odd[late],
                odd[early],
                odd["geometry"],
                odd["source_file"],
                odd["source_sheet"],
                odd["source_row"],
                strict=True,
            )
        ]
    return out


def find_built_after_announcement(
    projects: gpd.GeoDataFrame,
    records: gpd.GeoDataFrame,
    links: pd.DataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    announced: Mapping[str, Any],
    as_of: Any,
) -> list[dict[str, Any]]:
    """Find what was built or planted on or after the pre-announcement, inside the red line.

    Parameters
    ----------
    projects, records, links, parcels : frames
        The layers, and the links of `landgis.attribute`.
    announced : mapping of str to day
        Day of the pre-announcement by project; projects without one are left out.
    as_of : day
        What is built later is not looked at.
    """
    dated = records[records["built_on"].notna() & (records["built_on"] <= as_day(as_of))]
    if dated.empty or not announced:
        return []
    where = project_of(dated, projects, parcels, links)
    day = where.map({p: as_day(d) for p, d in announced.items()}).astype("datetime64[us]")
    late = dated[(dated["built_on"] >= day).to_numpy()]
    return [
        finding(
            "built_after_announcement",
            layer="records",
            ids=[record_id],
            project_id=where[index],
            rule=_LAW_FREEZE,
            geometry=shape,
            source_file=file,
            source_sheet=sheet,
            source_row=row,
            built=f"{built:%Y-%m-%d}",
            announced=f"{day[index]:%Y-%m-%d}",
        )
        for index, record_id, built, shape, file, sheet, row in zip(
            late.index,
            late["record_id"],
            late["built_on"],
            late.geometry,
            late["source_file"],
            late["source_sheet"],
            late["source_row"],
            strict=True,
        )
    ]


def find_line_after_deadline(
    projects: gpd.GeoDataFrame, zones: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    """Find lines still live when the project they cross should be clean.

    Parameters
    ----------
    projects : GeoDataFrame
        With ``clean_by``.
    zones : GeoDataFrame
        Result of `landgis.protection_zones`: a line outlives a deadline if it is not relocated by
        then, or has no day of relocation.
    """
    law = zones[(zones["zone"] == "protection") & (zones["status"].fillna("live") != "relocated")]
    due = projects[projects["clean_by"].notna() & ~projects.geometry.isna()]
    if law.empty or due.empty:
        return []
    left, right = due.sindex.query(law.geometry, predicate="intersects")
    pairs = pd.DataFrame(
        {
            "line_id": law["line_id"].to_numpy()[left],
            "relocated_on": law["relocated_on"].to_numpy()[left],
            "project_id": due["project_id"].to_numpy()[right],
            "clean_by": due["clean_by"].to_numpy()[right],
        }
    ).sort_values(["project_id", "line_id"])
    late = pairs[~(pairs["relocated_on"] <= pairs["clean_by"])]
    return [
        finding(
            "line_after_deadline",
            layer="power_lines",
            ids=[line_id],
            project_id=project_id,
            relocated=None if pd.isna(when) else f"{when:%Y-%m-%d}",
            clean_by=f"{due_on:%Y-%m-%d}",
        )
        for line_id, when, project_id, due_on in zip(
            late["line_id"],
            late["relocated_on"],
            late["project_id"],
            late["clean_by"],
            strict=True,
        )
    ]
