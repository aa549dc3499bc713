"""Resettlement: how many homes a zone offers, and how many households count on it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from landgis.base.findings import finding

__all__ = ["find_homes", "homes_demand"]


def homes_demand(zones: pd.DataFrame, resettlements: pd.DataFrame) -> pd.Series:
    """Return how many distinct households count on each zone.

    Parameters
    ----------
    zones : DataFrame
        The layer ``resettlement_zones``.
    resettlements : DataFrame
        The layer ``resettlements``.

    Returns
    -------
    Series of Int64
        On the zones' index, named ``demand``; missing where the ledger names nobody for any zone,
        for then demand is unknown, not zero.
    """
    if resettlements["zone_id"].isna().all():
        return pd.Series(pd.NA, index=zones.index, dtype="Int64", name="demand")
    counts = resettlements.groupby("zone_id")["household"].nunique()
    demand = zones["zone_id"].map(counts).fillna(0)
    return demand.astype("Int64").rename("demand")


def find_homes(zones: pd.DataFrame, resettlements: pd.DataFrame) -> list[dict[str, Any]]:
    """Find zones with fewer homes than households that count on them."""
    demand = homes_demand(zones, resettlements)
    short = (zones["homes"] < demand).fillna(False).astype(bool)
    return [
        finding(
            "homes_short",
            layer="resettlement_zones",
            ids=[zone_id],
            homes=int(homes),
            demand=int(wanted),
            short=int(wanted - homes),
        )
        for zone_id, homes, wanted in zip(
            zones.loc[short, "zone_id"], zones.loc[short, "homes"], demand[short], strict=True
        )
    ]
