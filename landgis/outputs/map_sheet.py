"""What a battle map shows: the finished frames and figures of one project, named and documented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import geopandas as gpd
import pandas as pd

__all__ = ["BLOCKERS", "COLUMNS", "INDICATORS", "SOURCE", "MapSheet", "OrthoImage"]

SOURCE = ("source_file", "source_sheet", "source_row")

#: columns of the two tables of figures
INDICATORS = ("indicator", "unit", "task", "done", "left", "rate", "approx")
BLOCKERS = ("reason", "area_m2", "count")

#: layer to the only columns of it that a page may hold; the first names a row
COLUMNS: dict[str, tuple[str, ...]] = {
    "red_line": ("project_id", "name"),
    "blocks": ("block_id", "name", "priority"),
    "parcels": (
        "parcel_id",
        "village",
        "group",
        "land_use",
        "stated_area_mu",
        "area_m2",
        "clean_m2",
        "restricted_m2",
        "blocked_m2",
        "excluded_m2",
        "stage",
        "team",
        "surveyed_on",
        "agreed_on",
        "paid_on",
        "delivered_on",
        "cleared_on",
        *SOURCE,
    ),
    "pieces": ("parcel_id", "state", "reason", "area_m2"),
    "records": (
        "record_id",
        "kind",
        "parcel_id",
        "quantity",
        "unit",
        "structure",
        "stage",
        "built_on",
        "agreed_on",
        "paid_on",
        "removed_on",
        *SOURCE,
    ),
    "zones": (
        "line_id",
        "zone",
        "voltage_kv",
        "half_width_m",
        "offset_source",
        "status",
        "relocated_on",
        "rule",
    ),
    "power_lines": ("line_id", "voltage_kv", "status", "relocated_on", *SOURCE),
    "resettlement_zones": (
        "zone_id",
        "name",
        "mode",
        "homes",
        "homes_unit",
        "demand",
        "planned_on",
        "delivered_on",
    ),
    "context": ("name", "what"),
}


@dataclass(frozen=True)
class OrthoImage:
    """An orthophoto, warped to Web Mercator.

    Attributes
    ----------
    jpeg : bytes
        The picture (JPEG, PNG or WebP).
    bounds : tuple of float
        West, south, east, north of its outer edges in degrees (WGS 84).
    taken_on : Timestamp or None
        Day of the flight.
    name : str
        Name of the source file.
    """

    jpeg: bytes
    bounds: tuple[float, float, float, float]
    taken_on: pd.Timestamp | None = None
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class MapSheet:
    """What one project's map shows: finished frames and finished figures.

    The frames are GeoDataFrames in one CRS with the columns of `COLUMNS` (only the first is
    needed; columns beyond these are left out of the page). Shapes may be missing.

    Attributes
    ----------
    as_of : Timestamp
        The day of every figure.
    edition : str
        ``internal``, ``village`` or ``public``.
    parcels, records
        ``stage`` is the stage on `as_of`; a missing stage is ``none``.
    zones
        Result of protection_zones; a missing ``half_width_m`` is an unknown zone, and ``zone`` is
        ``lifted`` where the line is relocated by `as_of`.
    indicators
        ``indicator, unit, task, done, left, rate (0–1), approx``; missing is unknown, never zero.
    ones
        The five "ones" (五个一): ``project, leader, task_force, plan, map`` with value or None.
    deadlines
        Key, day, and days left counted from `as_of` (negative: overdue).
    areas
        ``clean, restricted, blocked, excluded, total`` in m².
    open_conditions
        Names of conditions that are not met or not known.
    blockers
        ``reason, area_m2, count``.
    rules
        Name and source of each rule used.
    source_hashes
        ``(file, hash)`` pairs, or bare names.
    """

    campaign_name: str
    project_id: str
    project_name: str
    as_of: pd.Timestamp
    edition: str
    red_line: gpd.GeoDataFrame
    blocks: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame
    records: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    power_lines: gpd.GeoDataFrame
    resettlement_zones: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame
    context: gpd.GeoDataFrame
    verdict: str
    areas: Mapping[str, float | None]
    indicators: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=INDICATORS))
    ones: Sequence[tuple[str, str | None]] = ()
    deadlines: Sequence[tuple[str, pd.Timestamp | None, int | None]] = ()
    open_conditions: Sequence[str] = ()
    blockers: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=BLOCKERS))
    rules: Sequence[tuple[str, str]] = ()
    image: OrthoImage | None = None
    source_hashes: Sequence[str | tuple[str, str]] = ()
