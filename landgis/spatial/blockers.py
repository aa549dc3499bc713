"""What still stands on the land on a day, and what it blocks.

A polygon blocks where it stands. A point or a line blocks every parcel it stands in, whatever its
code says. A record without a usable shape blocks the parcels it is linked to. One that nothing
places leaves open what it blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.schema import KINDS
from landgis.spatial.drawn import Drawn
from landgis.spatial.flat import Plots
from landgis.spatial.ground import BIT
from landgis.spatial.joins import divide
from landgis.spatial.links import NEAREST_M
from landgis.spatial.shapes import Ints, Mask, Shapes, highest, is_usable
from landgis.spatial.tables import dates_of, positions_of, text_of

__all__ = ["BLOCKING_KINDS", "CROPS", "Standing", "parcel_masks", "standing", "unplaceable"]

BLOCKING_KINDS = tuple(kind for kind in KINDS if kind != "land")
CROPS = ("special_crop", "crop")


@dataclass(frozen=True)
class Standing:
    """The records that stand on a day.

    Attributes
    ----------
    records : GeoDataFrame
        Those rows, with a fresh index.
    shapes : ndarray of geometry
        Collections cut down; None where unusable.
    links : DataFrame
        ``record`` and ``parcel`` by position (-1: no parcel), ``method``, ``distance_m``.
    """

    records: gpd.GeoDataFrame
    shapes: Shapes
    links: pd.DataFrame


def standing(
    records: gpd.GeoDataFrame, links: pd.DataFrame, parcels: gpd.GeoDataFrame, as_of: pd.Timestamp
) -> Standing:
    """Return the records that can block on a day: built, not removed, not land."""
    built, removed = dates_of(records, "built_on"), dates_of(records, "removed_on")
    stands = ~(built > as_of) & ~(removed <= as_of) & records["kind"].isin(BLOCKING_KINDS)
    records = records[stands].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "record": positions_of(links["record_id"], records["record_id"]),
            "parcel": positions_of(links["parcel_id"], parcels["parcel_id"]),
            "method": links["method"].to_numpy(object),
            "distance_m": links["distance_m"].to_numpy(float),
        }
    )
    table = table[table["record"] >= 0].reset_index(drop=True)
    shapes = records.geometry.to_numpy().copy()
    shapes[~is_usable(shapes)] = None
    return Standing(records, highest(shapes), table)


def _stood_in(now: Standing, parcels: Plots) -> tuple[Ints, Ints]:
    """Return (record, parcel): the parcels that points and lines stand in."""
    drawn = np.flatnonzero(np.isin(shapely.get_dimensions(now.shapes), (0, 1)))
    grounds, sound = parcels.of_sound
    found = divide(Drawn(now.shapes[drawn]), grounds)
    record, parcel = drawn[found.shape], sound[found.ground]
    # a shape beside every parcel belongs to the one it is nearest to, by its link
    beside = np.setdiff1d(drawn, record)
    near = now.links["method"].eq("nearest") | (
        now.links["method"].eq("code") & now.links["distance_m"].le(NEAREST_M)
    )
    rows = now.links[near & now.links["record"].isin(beside) & (now.links["parcel"] >= 0)]
    return np.r_[record, rows["record"]], np.r_[parcel, rows["parcel"]]


def parcel_masks(now: Standing, parcels: Plots, cleared: Mask) -> Ints:
    """Return, per parcel, the reasons for which it is blocked as a whole.

    Parameters
    ----------
    now : Standing
    parcels : Plots
    cleared : ndarray of bool
        Parcels that are cleared of crops.
    """
    record, parcel = _stood_in(now, parcels)
    shapeless = shapely.is_missing(now.shapes)
    rows = now.links[shapeless[now.links["record"]] & (now.links["parcel"] >= 0)]
    record = np.r_[record, rows["record"].to_numpy(np.intp)]
    parcel = np.r_[parcel, rows["parcel"].to_numpy(np.intp)]
    kind = now.records["kind"].to_numpy(object)[record]
    ended = np.isin(kind, CROPS) & cleared[parcel]
    bits = np.array([BIT[one] for one in kind[~ended]], dtype=np.intp)
    masks = np.zeros(len(parcels), dtype=np.intp)
    np.bitwise_or.at(masks, parcel[~ended], bits)
    return masks


def unplaceable(now: Standing, projects: pd.Series, parcels: pd.DataFrame, within: Mask) -> Mask:
    """Tell which projects may hold a record that neither code nor shape places.

    Parameters
    ----------
    projects : Series of str
        Their ids, by position.
    parcels : DataFrame
        With ``village`` and ``group``, if known.
    within : ndarray of bool, shape (parcels, projects)
        Which parcels have ground in which project.

    Returns
    -------
    ndarray of bool
        By its ``project_id``; else every project with parcels of its village and group; else all.
    """
    lost = now.links["method"].isin(["unplaced", "invalid"])
    records = now.records.iloc[now.links.loc[lost, "record"].unique()]
    named = text_of(records, "project_id")
    open_ = projects.isin(named).to_numpy().copy()
    rest = records[named.isna().to_numpy()]
    if rest.empty:
        return open_
    homes = set(zip(text_of(parcels, "village"), text_of(parcels, "group"), strict=True))
    for village, group in set(zip(text_of(rest, "village"), text_of(rest, "group"), strict=True)):
        if pd.isna(village) or pd.isna(group) or (village, group) not in homes:
            open_[:] = True
            break
        same = text_of(parcels, "village").eq(village) & text_of(parcels, "group").eq(group)
        open_ |= within[same.fillna(False).to_numpy(bool)].any(axis=0)
    return open_
