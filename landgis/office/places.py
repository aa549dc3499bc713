"""Which project, and which block, a parcel or a record belongs to: asked of the one kernel."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from landgis.spatial.attribution import attribute

__all__ = ["home_of", "largest_home", "project_of"]


def _homes(
    shapes: gpd.GeoDataFrame, row_id: str, areas: gpd.GeoDataFrame, area_id: str
) -> pd.DataFrame:
    """Attribute shapes to areas by place alone; return the kernel's links."""
    nothing = pd.array([pd.NA] * len(shapes), dtype="str")
    records = gpd.GeoDataFrame(
        {"record_id": shapes[row_id].to_numpy(), "parcel_id": nothing},
        geometry=shapes.geometry.to_numpy(),
        crs=shapes.crs,
    )
    there = areas[~(areas.geometry.isna() | areas.geometry.is_empty)]
    parcels = gpd.GeoDataFrame(
        {"parcel_id": there[area_id].to_numpy()}, geometry=there.geometry.to_numpy(), crs=areas.crs
    )
    return attribute(records, parcels, tolerance_m=0.0, prefer="place")


def largest_home(
    shapes: gpd.GeoDataFrame, row_id: str, areas: gpd.GeoDataFrame, area_id: str
) -> pd.Series:
    """Return the area that holds the largest share of each shape, the smallest id of equals.

    Parameters
    ----------
    shapes : GeoDataFrame
        Rows with unique ids in column `row_id`.
    areas : GeoDataFrame of (Multi)Polygon
        Red lines or blocks with unique ids in column `area_id`, in the same CRS.

    Returns
    -------
    Series of str
        Indexed by row id, of those rows that lie in an area.
    """
    links = _homes(shapes, row_id, areas, area_id)
    met = links[links["parcel_id"].notna()]
    best = met.sort_values(
        ["record_id", "share", "parcel_id"], ascending=[True, False, True], kind="stable"
    ).drop_duplicates("record_id")
    return best.set_index("record_id")["parcel_id"]


def project_of(
    records: gpd.GeoDataFrame,
    projects: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    links: pd.DataFrame,
) -> pd.Series:
    """Return the project of each record; missing where none is known.

    Parameters
    ----------
    records, projects, parcels : GeoDataFrame
        The layers.
    links : DataFrame
        Result of `landgis.attribute` for these records and parcels.

    Returns
    -------
    Series of str
        On the records' index, named ``project_id``.

    Notes
    -----
    The record's own ``project_id`` comes first, then the red line in which most of its shape lies,
    then, without a shape, the project that holds most of its parcel (of the one with its largest
    share).
    """
    home = home_of(records, projects, "project_id", parcels, links)
    out: pd.Series = records["project_id"].fillna(home)
    return out.rename("project_id")


def home_of(
    records: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    area_id: str,
    parcels: gpd.GeoDataFrame,
    links: pd.DataFrame,
) -> pd.Series:
    """Return the red line or block of each record, by its shape; without one, by its parcel.

    Parameters
    ----------
    records, areas, parcels : GeoDataFrame
        The layers; areas are red lines or blocks with unique ids in column `area_id`.
    links : DataFrame
        Result of `landgis.attribute` for these records and parcels.

    Returns
    -------
    Series of str
        On the records' index; missing where none is known.
    """
    by_shape = largest_home(records, "record_id", areas, area_id)
    parcel_home = largest_home(parcels, "parcel_id", areas, area_id)
    ranked = links[links["parcel_id"].notna()].sort_values(
        ["record_id", "share", "parcel_id"], ascending=[True, False, True], kind="stable"
    )
    first = ranked.drop_duplicates("record_id").set_index("record_id")["parcel_id"]
    shape = records.geometry
    shapeless = (shape.isna() | shape.is_empty).to_numpy()
    by_parcel = _looked_up(records["record_id"], _looked_up(first, parcel_home)).where(shapeless)
    return _looked_up(records["record_id"], by_shape).fillna(by_parcel)


def _looked_up(names: pd.Series, table: pd.Series) -> pd.Series:
    """Return what a table says of each name, as text on the names' index."""
    return pd.Series(table.reindex(names).to_numpy(), index=names.index, dtype="str")
