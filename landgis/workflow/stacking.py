"""From the readings of all files to the layers of a campaign: joined, ids unique, parcels dated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.findings import findings_frame
from landgis.base.schema import LAYERS, conform, empty_layer
from landgis.campaign import Settings
from landgis.io.row.draft import Reading
from landgis.io.row.numbering import unique_ids
from landgis.office.stages import date_parcels
from landgis.workflow.mending import is_mended
from landgis.workflow.projects import project_frame
from landgis.workflow.shape_faults import find_broken

__all__ = ["stack_layers"]


def _joined(name: str, frames: list[Any], crs: str) -> Any:
    """Join the frames of a layer from several sources."""
    full = [frame for frame in frames if len(frame)]
    if not full:
        return empty_layer(name, crs)
    out = pd.concat(full, ignore_index=True)
    if LAYERS[name].geometry == "none":
        return conform(pd.DataFrame(out), name)
    shapes = out["geometry"] if "geometry" in out else gpd.GeoSeries([None] * len(out))
    return conform(gpd.GeoDataFrame(out, geometry=gpd.GeoSeries(shapes.to_numpy(), crs=crs)), name)


def stack_layers(
    readings: Sequence[tuple[str, Path, Reading]],
    settings: Settings,
    tasks: pd.DataFrame | None,
    said: list[dict[str, Any]],
) -> dict[str, pd.DataFrame]:
    """Return all layers of a campaign, ids unique, parcels dated, findings of the intake beside.

    Mended rows come last in their layer, so that no other row moves or gets another id.
    """
    crs = settings.campaign.crs
    noted = [row for _, _, reading in readings for row in reading.findings] + said
    frames: dict[str, Any] = {}
    for name in LAYERS:
        if name == "findings":
            continue
        first, last = _parted([reading for layer, _, reading in readings if layer == name])
        if name == "tasks" and tasks is not None:
            first.append(tasks)
        frames[name], repeats = unique_ids(_joined(name, first + last, crs), name)
        noted += repeats
        drawn_only = name == "context"
        noted += find_broken(frames[name], name, drawn_only=drawn_only, shapes=True)
    frames["projects"] = project_frame(frames["projects"], settings)
    frames["parcels"], differing = date_parcels(frames["parcels"], frames["records"])
    frames["findings"] = findings_frame([*noted, *differing], crs)
    return frames


def _parted(readings: Sequence[Reading]) -> tuple[list[Any], list[Any]]:
    """Return the frames of readings without their mended rows, and the mended rows."""
    first, last = [], []
    for reading in readings:
        mended = is_mended(reading)
        some = bool(mended.any())
        first.append(reading.frame[~mended] if some else reading.frame)
        last += [reading.frame[mended]] if some else []
    return first, last
