"""Readings of several sheets of one file in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from landgis.base.schema import conform
from landgis.io.draft import Reading

__all__ = ["join_readings"]


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
