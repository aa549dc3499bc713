"""What is written of a project, laid on its red line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.schema import conform
from landgis.campaign import Settings

__all__ = ["lay_under", "project_frame"]

_COLUMNS = (
    "name",
    "use",
    "task_area_mu",
    "corridor",
    "corridor_doc_no",
    "clean_by",
    "power_relocated_by",
)


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return one table laid over another, tables inside likewise."""
    out = dict(under)
    for name, value in over.items():
        both = isinstance(value, Mapping) and isinstance(out.get(name), Mapping)
        out[name] = _merged(out[name], value) if both else value
    return out


def lay_under(
    manifest: Iterable[Mapping[str, Any]], workbook: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the projects of the workbook with those of the manifest laid over them, by id."""
    rows = [dict(row) for row in workbook]
    for section in manifest:
        same = [row for row in rows if row["project_id"] == section.get("project_id")]
        if same:
            same[0].update(_merged(same[0], section))
        else:
            rows.append(dict(section))
    return rows


def project_frame(lines: gpd.GeoDataFrame, settings: Settings) -> gpd.GeoDataFrame:
    """Return the layer ``projects``: red lines with what the settings say of each.

    A project that is only written about has a row without shape: its verdict is unknown.
    """
    said = pd.DataFrame(
        [
            {"project_id": one.project_id} | {name: getattr(one, name) for name in _COLUMNS}
            for one in settings.project
        ],
        columns=["project_id", *_COLUMNS],
    ).set_index("project_id")
    drawn = lines.set_index("project_id")
    missing = [one for one in said.index if one not in drawn.index]
    if missing:
        drawn = drawn.reindex([*drawn.index, *missing])
    for name in _COLUMNS:
        values = said[name].reindex(drawn.index)
        drawn[name] = values.where(values.notna(), drawn[name].astype("object"))
    drawn["corridor"] = drawn["corridor"].fillna("condition")
    frame = gpd.GeoDataFrame(
        drawn.reset_index(), geometry="geometry", crs=lines.crs or settings.campaign.crs
    )
    return conform(frame, "projects")
