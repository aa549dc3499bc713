"""What the eight indicators count: one row per parcel or record, with amount and day.

Houses in buildings, special crops and attachments in distinct households, graves in pits, land and
cleared crops in mu; they are never added across units.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.base.errors import CampaignError
from landgis.base.schema import INDICATORS
from landgis.base.units import M2_PER_MU, to_mu
from landgis.office.places import home_of, largest_home, project_of
from landgis.spatial.areas import ellipsoidal_area
from landgis.spatial.attribution import parcels_in

__all__ = ["ACQUIRED", "land_items", "record_items"]

#: stage that counts as acquired, to the date of the parcel and of the record that reaches it
ACQUIRED = {
    "agreed": ("agreed_on", "agreed_on"),
    "paid": ("paid_on", "paid_on"),
    "delivered": ("delivered_on", "paid_on"),
}
_REMOVALS = ("grave", "house_removal", "attachment_removal")
_ITEM = ["project_id", "block_id", "team", "indicator", "item", "amount", "when", "approx"]


def _areas(parcels: gpd.GeoDataFrame, basis: str) -> tuple[np.ndarray, np.ndarray]:
    """Return each parcel's area (mu) on a basis, and whether it had to be measured instead."""
    plane = to_mu(parcels.geometry.area.fillna(0.0).to_numpy())
    if basis == "plane":
        return plane, np.zeros(len(parcels), dtype=bool)
    if basis == "ellipsoidal":
        return to_mu(ellipsoidal_area(parcels).to_numpy()), np.zeros(len(parcels), dtype=bool)
    if basis != "stated":
        raise CampaignError("area_basis_unknown", value=basis)
    stated = parcels["stated_area_mu"].to_numpy(dtype="float64")
    missing = np.isnan(stated)
    return np.where(missing, plane, stated), missing


def land_items(
    projects: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame | None,
    acquired_when: str,
    basis: str,
) -> pd.DataFrame:
    """Return one row per parcel and project: mu inside the red line and the day it was acquired."""
    area_mu, measured = _areas(parcels, basis)
    whole = parcels["agreed_share"].isna() | (parcels["agreed_share"] >= 1)
    acquired = parcels[ACQUIRED[acquired_when][0]].where(whole)
    known = pd.DataFrame(
        {
            "item": parcels["parcel_id"],
            "area_mu": area_mu,
            "approx": measured,
            "team": parcels["team"],
            "when": acquired,
        }
    )
    inside = parcels_in(projects, parcels)
    rows = inside.merge(known, left_on="parcel_id", right_on="item", how="left")
    rows["amount"] = rows["area_mu"] * rows["share"]
    rows["block_id"] = pd.Series(pd.NA, index=rows.index, dtype="str")
    if blocks is not None and not blocks.empty:
        home = largest_home(parcels, "parcel_id", blocks, "block_id")
        rows["block_id"] = home.reindex(rows["parcel_id"]).to_numpy()
    return rows.assign(indicator="land")[_ITEM]


def _blocks_of(
    records: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    links: pd.DataFrame,
    blocks: gpd.GeoDataFrame | None,
) -> pd.Series:
    """Return the block of each record; none without blocks."""
    if blocks is None or blocks.empty:
        return pd.Series(pd.NA, index=records.index, dtype="str")
    return home_of(records, blocks, "block_id", parcels, links)


def _crop_mu(records: gpd.GeoDataFrame) -> pd.Series:
    """Return the mu of crop records: the quantity written, or else the drawn area."""
    per_unit = {"mu": 1.0, "m2": 1 / M2_PER_MU, "ha": 15.0}
    factor = records["unit"].fillna("mu").map(per_unit).astype("float64")  # of no rows: str
    drawn = to_mu(records.geometry.area)
    amount: pd.Series = (records["quantity"] * factor).fillna(drawn).fillna(0.0)
    return amount


def _looked_up(names: pd.Series, days: pd.Series) -> pd.Series:
    """Return the day of each name; none of nothing is no error, as it is for ``map``."""
    found = days.reindex(names).to_numpy()
    return pd.Series(found, index=names.index).astype("datetime64[us]")


def _cleared(records: pd.DataFrame, parcels: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Return when a crop was gone: its own day, or when the last of its parcels was cleared."""
    cleared = _looked_up(links["parcel_id"], parcels.set_index("parcel_id")["cleared_on"])
    groups = cleared.groupby(links["record_id"])
    by_record = groups.max().where(groups.count() == groups.size())
    parcel_day = _looked_up(records["record_id"], by_record)
    return records["removed_on"].where(
        records["removed_on"].notna() & ~(parcel_day < records["removed_on"]), parcel_day
    )


def record_items(
    projects: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    records: gpd.GeoDataFrame,
    links: pd.DataFrame,
    blocks: gpd.GeoDataFrame | None,
    acquired_when: str,
) -> pd.DataFrame:
    """Return one row per record and indicator, households gathered to one row each."""
    counted = records[records["kind"] != "land"]
    crop = counted["kind"] == "crop"
    buildings = (counted["kind"] == "house") & (counted["unit"] == "building")
    amount = counted["quantity"].where((counted["kind"] == "grave") | buildings).fillna(1.0)
    amount = amount.where(~crop, _crop_mu(counted))
    known = pd.DataFrame(
        {
            "project_id": project_of(counted, projects, parcels, links),
            "block_id": _blocks_of(counted, parcels, links, blocks),
            "team": counted["team"],
            "kind": counted["kind"],
            "item": counted["record_id"],
            "household": counted["household"].fillna(counted["record_id"]),
            "amount": amount,
            "approx": counted["approx"].fillna(False).astype(bool),
            "paid": counted[ACQUIRED[acquired_when][1]],
            "gone": counted["removed_on"].where(~crop, _cleared(counted, parcels, links)),
        }
    ).dropna(subset=["project_id"])
    tables = []
    for indicator, (unit, kind) in INDICATORS.items():
        if indicator == "land":
            continue
        rows = known[known["kind"] == kind].assign(indicator=indicator)
        gone = indicator in _REMOVALS or indicator == "crop_clearing"
        rows["when"] = rows["gone"] if gone else rows["paid"]
        if unit == "household":
            rows = _households(rows)
        tables.append(rows[_ITEM])
    return pd.concat(tables, ignore_index=True)


def _households(rows: pd.DataFrame) -> pd.DataFrame:
    """Gather records to distinct households: done on the day of the last, approx if any is."""
    keys = ["project_id", "household", "indicator"]
    groups = rows.groupby(keys, dropna=False, sort=True)
    one = groups.agg(block_id=("block_id", "first"), team=("team", "first"))
    one["approx"] = groups["approx"].any()
    one["when"] = groups["when"].max().where(groups["when"].count() == groups.size())
    one = one.reset_index()
    one["item"] = one["household"]
    return one.assign(amount=1.0)
