"""From a campaign to the frame of one layer or result, of all projects or of one."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from landgis.base.errors import OutputError
from landgis.base.findings import sentence
from landgis.base.text import Language
from landgis.campaign import Campaign
from landgis.outputs.exports_columns import RESULTS
from landgis.spatial.attribution import attribute, parcels_in
from landgis.workflow.assessment import Assessment, assess, attributed_records

__all__ = ["frame_of"]


def frame_of(
    campaign: Campaign, name: str, *, project: str | None, as_of: Any, language: Language
) -> pd.DataFrame:
    """Return a layer of a campaign, or a result computed for a day.

    Parameters
    ----------
    campaign : Campaign
        Opened from its store.
    name : str
        A layer of the word list, or one of the results.
    project : str or None
        Only what belongs to this project: by its column, by its parcels, or where it stands.
    as_of : day or None
        For results.
    language : {"zh", "en"}
        Of the sentences of findings.

    Raises
    ------
    OutputError
        If the layer is not by project and one was asked for.
    """
    if name not in RESULTS:
        return _of_project(campaign, name, campaign.layers[name], project)
    assessment = assess(campaign, as_of=as_of)
    return _of_project(campaign, name, _result(assessment, name, language), project)


def _result(assessment: Assessment, name: str, language: Language) -> pd.DataFrame:
    """Return a result as a table with its columns."""
    clean = assessment.clean
    if name == "pieces":
        number = clean.pieces.groupby("project_id").cumcount() + 1
        ids = clean.pieces["project_id"] + "-" + number.astype("str")
        pieces: pd.DataFrame = clean.pieces.assign(piece_id=ids)
        return pieces
    if name in ("clean_projects", "clean_blocks", "clean_parcels"):
        return _with_shapes(assessment, name.removeprefix("clean_"))
    if name == "findings":
        rows: list[Any] = assessment.findings.to_dict("records")
        said = [sentence(row, language) for row in rows]
        found: pd.DataFrame = assessment.findings.assign(message=pd.Series(said, dtype="str"))
        return found
    tables: dict[str, pd.DataFrame] = {
        "links": assessment.links,
        "protection_zones": assessment.zones,
        "progress": assessment.progress,
    }
    return tables[name]


def _with_shapes(assessment: Assessment, name: str) -> pd.DataFrame:
    """Return the areas of projects, blocks or parcels with their shapes and names."""
    table = pd.DataFrame(getattr(assessment.clean, name))
    layer = assessment.campaign.layers[name]
    key = f"{name.removesuffix('s')}_id"
    own = [key, "geometry", *(["name"] if name == "projects" else [])]
    joined = table.merge(pd.DataFrame(layer[own]), on=key, how="left")
    drawn: pd.DataFrame = gpd.GeoDataFrame(joined, geometry="geometry", crs=layer.crs)
    return drawn


def _of_project(
    campaign: Campaign, name: str, frame: pd.DataFrame, project: str | None
) -> pd.DataFrame:
    """Return the rows that belong to a project."""
    if project is None:
        return frame
    own: pd.DataFrame = frame[_belongs(campaign, name, frame, project)]
    return own


def _belongs(campaign: Campaign, name: str, frame: pd.DataFrame, project: str) -> pd.Series:
    """Tell which rows belong to a project."""
    if name == "findings":
        return frame["project_id"].isna() | (frame["project_id"] == project)
    if name in ("records", "links"):
        return frame["record_id"].isin(_records(campaign, project))
    if name == "parcels":
        return frame["parcel_id"].isin(_parcels(campaign, project))
    if "project_id" in frame.columns:
        return frame["project_id"] == project
    if not isinstance(frame, gpd.GeoDataFrame):
        raise OutputError("export_not_by_project", layer=name)
    lines = campaign.projects
    red_line = lines.loc[lines["project_id"] == project, "geometry"].iloc[0]
    if red_line is None or shapely.is_empty(red_line):
        return pd.Series(False, index=frame.index)
    meets: pd.Series = frame.intersects(red_line)
    return meets


def _parcels(campaign: Campaign, project: str) -> pd.Series:
    """Return the parcels of a project."""
    inside = parcels_in(campaign.projects, campaign.parcels)
    own: pd.Series = inside.loc[inside["project_id"] == project, "parcel_id"]
    return own


def _records(campaign: Campaign, project: str) -> set[str]:
    """Return the records of a project: those that name it, and those on its parcels."""
    records = campaign.records
    links = attribute(attributed_records(campaign), campaign.parcels)
    on = links[links["parcel_id"].isin(_parcels(campaign, project))]
    named = records.loc[records["project_id"] == project, "record_id"]
    elsewhere = records.loc[records["project_id"].notna() & ~records["record_id"].isin(named)]
    return (set(on["record_id"]) - set(elsewhere["record_id"])) | set(named)
