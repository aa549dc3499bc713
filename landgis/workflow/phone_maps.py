"""Coordinates of phone maps among the files of a campaign: suspected beside what was surveyed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd

from landgis.base.crs import parse_crs
from landgis.io.receipts import name_in
from landgis.io.row.draft import Reading
from landgis.spatial.shifted import DrawnSource, find_shifted

__all__ = ["said_of_phone_maps"]


def said_of_phone_maps(
    readings: Sequence[tuple[str, Path, Reading]], root: Path
) -> list[dict[str, Any]]:
    """Say which files lie off their neighbours as GCJ-02 does; nothing is moved.

    Parameters
    ----------
    readings : sequence
        Layer, file and what became of it, shapes in the campaign CRS.
    root : Path
        The campaign.
    """
    drawn = []
    for layer, path, reading in readings:
        told, frame = reading.notes.get("crs"), reading.frame
        if told is None or not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
            continue
        degrees = parse_crs(told).is_geographic
        drawn.append(DrawnSource(name_in(root, path), layer, frame, degrees))
    return find_shifted(drawn) if any(one.degrees for one in drawn) else []
