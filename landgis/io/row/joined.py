"""Readings of several sheets, layers or members of one file in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.errors import SourceError
from landgis.base.schema import conform
from landgis.io.row.draft import Reading

__all__ = ["join_located", "join_readings"]


def join_readings(readings: Sequence[Reading], layer_name: str) -> Reading:
    """Join the readings of several sheets of one file into one."""
    if len(readings) == 1:
        return readings[0]
    frames = [one.frame for one in readings]
    frame = conform(pd.concat(frames, ignore_index=True), layer_name)
    rejected = pd.concat([one.rejected for one in readings], ignore_index=True)
    notes: dict[str, Any] = {}
    for one in readings:
        for name, value in one.notes.items():
            notes[name] = _joined(notes.get(name), value)
    findings = [row for one in readings for row in one.findings]
    return Reading(frame, rejected, findings, sum(one.rows_read for one in readings), notes)


def join_located(readings: Sequence[Reading], layer_name: str, source: str) -> Reading:
    """Join the readings of several layers of one file, which all lie in one CRS.

    Raises
    ------
    SourceError
        If they lie in several.
    """
    drawn = [one.frame for one in readings if isinstance(one.frame, gpd.GeoDataFrame)]
    crs = [frame.crs for frame in drawn if len(frame)]
    if any(one != crs[0] for one in crs):
        named = ", ".join(sorted({str(one.notes.get("crs")) for one in readings}))
        raise SourceError("layers_differ_in_crs", source=source, crs=named)
    for frame in drawn if crs else []:
        frame.set_crs(crs[0], inplace=True, allow_override=True)
    return join_readings(readings, layer_name)


def _joined(old: Any, new: Any) -> Any:
    """Return two notes of one name in one: counts add up, lists and mappings unite."""
    if old is None:
        return new
    if isinstance(new, dict):
        return old | new
    if isinstance(new, int):
        return old + new
    if isinstance(new, list):
        return list(dict.fromkeys([*old, *new]))
    return old
