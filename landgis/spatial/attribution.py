"""Whose land a record belongs to: links between records and parcels.

A link says whom a record belongs to. What stands in the way of clean land is always where its
shape stands; that is for `landgis.spatial.clean_land` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.base.checks import (
    has_shapes,
    require_frame,
    require_geometry,
    require_metric_crs,
    require_same_crs,
    require_unique_ids,
)
from landgis.base.errors import CampaignError
from landgis.spatial.drawn import Drawn
from landgis.spatial.flat import Plots
from landgis.spatial.joins import meet
from landgis.spatial.link_findings import find_attribution
from landgis.spatial.links import (
    NEAREST_M,
    code_rows,
    named_links,
    place_rows,
    read_codes,
    rows_of,
)
from landgis.spatial.shapes import POLYGONAL, Ints
from landgis.spatial.tables import by_id

__all__ = ["attribute", "find_attribution", "parcels_in"]

PREFER = ("code", "place")


def _require(records: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> None:
    """Refuse what cannot be attributed."""
    require_frame(records, "records")
    require_unique_ids(records, "records", "record_id")
    require_unique_ids(parcels, "parcels", "parcel_id")
    require_geometry(parcels, "parcels", POLYGONAL)
    require_metric_crs(parcels, "parcels")
    if has_shapes(records):
        require_same_crs(records, parcels, "records, parcels")


def attribute(
    records: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    tolerance_m: float = NEAREST_M,
    prefer: str = "code",
) -> pd.DataFrame:
    """Return the parcels that records belong to, and by what share.

    Parameters
    ----------
    records : GeoDataFrame
        Points, lines, polygons, collections or no shape; ``record_id`` and, where known,
        ``parcel_id`` (a code).
    parcels : GeoDataFrame of (Multi)Polygon
        ``parcel_id`` and, where a loader renamed repeats, ``source_id``; in a CRS true to the
        metre. Parcels without a usable shape are met by code only.
    tolerance_m : float
        How far (m) from a parcel a record that meets none may lie to be its ``nearest``.
    prefer : {"code", "place"}
        What decides where both speak. With ``place`` a code serves records without shape.

    Returns
    -------
    DataFrame
        One row per pair and at most one per record without ``parcel_id``, sorted by both;
        ``share`` (of the record, sums to 1), ``overlap`` (undivided) in ``overlap_unit`` (m2, m,
        count), ``method`` (code, within, overlap, nearest, outside, unplaced, invalid),
        ``distance_m`` (between shape and parcel), ``contested``.

    Raises
    ------
    CRSError, GeometryError, TableError
        Before anything is measured: a CRS not in metres, two CRSs, ids missing or repeated,
        parcels that are no polygons.
    CampaignError
        If `prefer` or `tolerance_m` is no choice.

    Notes
    -----
    A meeting of less than 1e-6 m² or m is a touch and dropped; one of exactly that stays. A line
    that retraces itself counts each time, as its length does.
    """
    _require(records, parcels)
    if prefer not in PREFER:
        raise CampaignError("choice_wrong", name="prefer", value=prefer, choices=", ".join(PREFER))
    if not tolerance_m >= 0:
        raise CampaignError(
            "choice_wrong", name="tolerance_m", value=tolerance_m, choices="at_least_zero"
        )
    records, parcels = by_id(records, "record_id"), by_id(parcels, "parcel_id")
    rows, dimension = _linked(records, parcels, tolerance_m, prefer)
    return named_links(rows, records, parcels, dimension)


def _linked(
    records: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, tolerance_m: float, prefer: str
) -> tuple[pd.DataFrame, Ints]:
    """Return rows of links by position, and the dimension of each usable record, else -1.

    What was computed on is let go before the rows get their names.
    """
    drawn, grounds = Drawn(records.geometry.to_numpy()), Plots(parcels.geometry.to_numpy())
    there, usable = drawn.there, drawn.usable
    known = read_codes(records, parcels).parcel
    coded = (known >= 0) & (~usable | (prefer == "code"))
    by_code, by_place = np.flatnonzero(coded), np.flatnonzero(usable & ~coded)
    unplaced, broken = np.flatnonzero(~there & ~coded), np.flatnonzero(there & ~usable & ~coded)
    rows = [
        code_rows(drawn, grounds, known[by_code], by_code),
        place_rows(drawn.some(by_place).highest(), grounds, by_place, tolerance_m),
        rows_of(unplaced, np.full(len(unplaced), -1), "unplaced"),
        rows_of(broken, np.full(len(broken), -1), "invalid"),
    ]
    dimension = np.where(usable, drawn.highest().dimension, -1)
    return pd.concat(rows, ignore_index=True), dimension


def parcels_in(
    areas: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, id_column: str = "project_id"
) -> pd.DataFrame:
    """Return the parcels that lie in projects (or blocks), by the kernel that attributes records.

    Parameters
    ----------
    areas, parcels : GeoDataFrame of (Multi)Polygon
        In one CRS in metres; `areas` with the ids of `id_column`. Shapes that are missing, empty
        or invalid meet nothing.

    Returns
    -------
    DataFrame
        `id_column`, ``parcel_id``, ``area_m2`` (common ground), ``share`` (of the parcel), sorted.
        Areas that overlap count their ground once each.
    """
    layer = f"{id_column.removesuffix('_id')}s"
    require_unique_ids(areas, layer, id_column)
    require_unique_ids(parcels, "parcels", "parcel_id")
    for name, frame in ((layer, areas), ("parcels", parcels)):
        require_geometry(frame, name, POLYGONAL)
        require_metric_crs(frame, name)
    require_same_crs(areas, parcels, f"{layer}, parcels")
    areas, parcels = by_id(areas, id_column), by_id(parcels, "parcel_id")
    outlines, some = Plots(areas.geometry.to_numpy()).of_sound
    grounds, sound = Plots(parcels.geometry.to_numpy()).of_sound
    ground, outline, area, _ = meet(grounds, outlines)
    order = np.lexsort((ground, outline))
    ground, outline, area = ground[order], outline[order], area[order]
    found: Mapping[str, Any] = {
        id_column: areas[id_column].to_numpy(object)[some[outline]],
        "parcel_id": parcels["parcel_id"].to_numpy(object)[sound[ground]],
        "area_m2": area,
        "share": np.minimum(area / grounds.areas[ground], 1.0),
    }
    return pd.DataFrame(found).astype({id_column: "str", "parcel_id": "str"})
