"""Stated areas against measured ones: within the last digit and the error of the points, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.errors import CampaignError
from landgis.base.rules import load_rules
from landgis.base.units import M2_PER_MU
from landgis.spatial.areas import measured_areas
from landgis.spatial.shapes import TOUCH, Floats, Ints, Shapes
from landgis.spatial.tables import numbers_of

__all__ = ["area_differences", "area_errors", "last_digit_mu"]

_DECIMALS = range(6)
_COLUMNS = ("at", "stated", "plane", "ellipsoidal", "off", "share", "severity")


def last_digit_mu(stated_mu: Floats) -> float:
    """Return the last digit (mu) that a column of areas in mu is written to.

    Areas that were sent in another unit are round in no mu: they are taken as exact, and the error
    of the points alone tells what they may differ by.
    """
    known = stated_mu[~np.isnan(stated_mu)]
    for decimals in _DECIMALS:
        if np.allclose(np.round(known, decimals), known, rtol=0, atol=1e-9):
            return float(10.0**-decimals)
    return 0.0


def area_errors(shapes: Shapes, point_error_m: float) -> Floats:
    """Return the mean error (m²) of areas from that of their points: m · sqrt(Σ d² / 8).

    Parameters
    ----------
    shapes : ndarray of (Multi)Polygon
        Coordinates in m; d is the diagonal from the vertex before to the vertex after.
    point_error_m : float
        Mean error of a boundary point.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.r_[np.diff(ring) > 0, True]
    xy, ring = xy[~last], ring[~last]
    first = np.searchsorted(ring, np.arange(len(rings)))
    count = np.bincount(ring, minlength=len(rings))
    step = np.arange(len(ring)) - first[ring]
    before = first[ring] + (step - 1) % count[ring]
    after = first[ring] + (step + 1) % count[ring]
    squares = ((xy[after] - xy[before]) ** 2).sum(axis=1)
    total = np.bincount(owner[part[ring]], weights=squares, minlength=len(shapes))
    out: Floats = point_error_m * np.sqrt(total / 8)
    return out


def area_differences(
    parcels: gpd.GeoDataFrame, at: Ints, rules: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return the stated areas that are neither the plane nor the ellipsoidal one.

    Parameters
    ----------
    parcels : GeoDataFrame of (Multi)Polygon
        With ``stated_area_mu`` where known; in a CRS true to the metre.
    at : ndarray of int
        Positions of the parcels whose shapes can be measured.
    rules : mapping, optional
        ``areas`` of the package's rules with a campaign's changes: class of the points, shares
        up to which a difference is said or warned of.

    Returns
    -------
    DataFrame
        ``at`` (position), ``stated``, ``plane``, ``ellipsoidal``, ``off`` (m², from the nearer of
        both), ``share`` (of the plane area), ``severity``: info, warning or error.
    """
    known = rules if rules is not None else load_rules("areas")
    point_error = _point_class(known)["mean_m"]
    stated_mu = numbers_of(parcels, "stated_area_mu")
    told = at[~np.isnan(stated_mu[at])]
    stated_m2 = stated_mu * M2_PER_MU
    digit = last_digit_mu(stated_mu) * M2_PER_MU / 2
    plane = shapely.area(parcels.geometry.to_numpy()[told])
    told = told[np.abs(stated_m2[told] - plane) > digit + TOUCH]  # the others agree already
    if not len(told):
        return pd.DataFrame(columns=_COLUMNS)
    stated = stated_m2[told]
    own = parcels.iloc[told]
    plane, ellipsoidal = measured_areas(own).to_numpy().T
    off = np.minimum(np.abs(stated - plane), np.abs(stated - ellipsoidal))
    difference = known["difference"]
    error = difference["times_error"] * area_errors(own.geometry.to_numpy(), point_error)
    allowed = np.maximum(digit, error)
    share = off / plane
    judged = np.select(
        [share <= difference["said"], share <= difference["warned"]], ["info", "warning"], "error"
    )
    columns = (told, stated, plane, ellipsoidal, off, share, judged)
    table = pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))
    out: pd.DataFrame = table[off > allowed + TOUCH].reset_index(drop=True)
    return out


def _point_class(rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the accuracy class of the boundary points that a survey has.

    Raises
    ------
    CampaignError
        If there is no such class.
    """
    name = rules["points"]["class"]
    if name not in rules["point_class"]:
        known = ", ".join(rules["point_class"])
        raise CampaignError("rule_unknown", name=f"areas.points.class = {name}", known=known)
    found: Mapping[str, Any] = rules["point_class"][name]
    return found
