"""What an office should look at among the links of its records: codes, places, doubts."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.checks import require_columns, require_unique_ids
from landgis.base.findings import finding, findings_frame
from landgis.spatial.joins import shared
from landgis.spatial.links import LINK_COLUMNS, NEAREST_M, read_codes
from landgis.spatial.shapes import defect_of, highest, is_usable, measures
from landgis.spatial.tables import by_id

__all__ = ["find_attribution"]


def find_attribution(
    links: pd.DataFrame,
    records: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    tolerance_m: float = NEAREST_M,
) -> gpd.GeoDataFrame:
    """Return findings on links.

    Parameters
    ----------
    links : DataFrame
        What `landgis.spatial.attribution.attribute` returned for these records and parcels.
    records, parcels : GeoDataFrame
    tolerance_m : float
        As in `attribute`: a code and a place disagree if less than half of the shape lies within
        this distance (m) of the parcel that the code names.

    Returns
    -------
    GeoDataFrame
        The findings layer, one row per record and code: ``code_unknown``, ``code_ambiguous``,
        ``code_conflict``, ``record_outside`` (area_m2: what lies outside, if it is an area),
        ``record_nearest``, ``record_unplaced`` (neither shape nor usable code),
        ``record_unplaced_code`` (no shape, and no parcel bears the code), ``record_invalid`` (a
        broken shape, whether a code places it or not), ``record_contested``.
    """
    require_columns(links, "links", list(LINK_COLUMNS))
    require_unique_ids(records, "records", "record_id")
    require_unique_ids(parcels, "parcels", "parcel_id")
    records, parcels = by_id(records, "record_id"), by_id(parcels, "parcel_id")
    known = links["record_id"].isin(records["record_id"])
    position = pd.Series(np.arange(len(records)), index=records["record_id"])
    links = links[known].assign(record=position.reindex(links["record_id"][known]).to_numpy())
    found = [
        *_on_codes(records, parcels),
        *_on_conflicts(links, records, parcels, tolerance_m),
        *_on_places(links, records),
        *_on_shapes(links, records, parcels),
    ]
    return findings_frame(found, records.crs)


def _about(code: str, record: Any, **facts: Any) -> dict[str, Any]:
    """Return a finding on one record."""
    columns = ("source_file", "source_sheet", "source_row")
    source = {name: record[name] for name in columns if name in record and pd.notna(record[name])}
    shape = record["geometry"]
    return finding(
        code, layer="records", ids=[record["record_id"]], geometry=shape, **source, **facts
    )


def _rows(records: gpd.GeoDataFrame, at: Any) -> list[Any]:
    """Return some records as mappings, their shape under ``geometry``."""
    some = records.iloc[np.asarray(at, dtype=np.intp)]
    table = pd.DataFrame(some).assign(geometry=some.geometry.to_numpy())
    return list(table.to_dict("records"))


def _on_codes(records: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Find codes that no parcel or several bear."""
    codes = read_codes(records, parcels)
    unknown = np.flatnonzero(codes.given & (codes.bearers == 0))
    several = np.flatnonzero(codes.bearers > 1)
    bearers = {k: int(codes.bearers[k]) for k in several}
    return [
        *(_about("code_unknown", row, said=row["parcel_id"]) for row in _rows(records, unknown)),
        *(
            _about("code_ambiguous", row, said=row["parcel_id"], parcels=bearers[k])
            for k, row in zip(several, _rows(records, several), strict=True)
        ),
    ]


def _on_conflicts(
    links: pd.DataFrame, records: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, tolerance_m: float
) -> list[dict[str, Any]]:
    """Find codes whose parcel is not where the shape stands."""
    rows = links[links["method"].eq("code") & links["overlap"].notna()]
    ground = pd.Series(np.arange(len(parcels)), index=parcels["parcel_id"])
    record = rows["record"].to_numpy(np.intp)
    parcel = ground.reindex(rows["parcel_id"]).to_numpy(np.intp)
    shapes = highest(records.geometry.to_numpy()[record])
    total = measures(shapes)
    doubt = np.flatnonzero(rows["overlap"].to_numpy() < total / 2)
    around = shapely.buffer(parcels.geometry.to_numpy()[parcel[doubt]], tolerance_m)
    within = shared(shapes[doubt], around)
    apart = doubt[within < total[doubt] / 2 * (1 - 1e-9)]
    pairs = zip(apart, _rows(records, record[apart]), strict=True)
    return [
        _about(
            "code_conflict", row, said=row["parcel_id"], parcel_id=rows["parcel_id"].iloc[k],
            distance_m=round(float(rows["distance_m"].iloc[k]), 2),
        )
        for k, row in pairs
    ]  # fmt: skip


def _on_places(links: pd.DataFrame, records: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Find records outside every parcel, beside one, or on contested ground."""
    found = []
    outside = links[links["method"].eq("outside")]
    for link, row in _joined(outside, records):
        area = float(link["overlap"]) if link["overlap_unit"] == "m2" else None
        found.append(
            _about("record_outside", row, area_m2=area, share=round(float(link["share"]), 6))
        )
    for link, row in _joined(links[links["method"].eq("nearest")], records):
        distance = round(float(link["distance_m"]), 2)
        found.append(
            _about("record_nearest", row, parcel_id=link["parcel_id"], distance_m=distance)
        )
    contested = links[links["contested"]].groupby("record")["parcel_id"].agg(", ".join)
    for row, named in zip(_rows(records, contested.index), contested, strict=True):
        found.append(_about("record_contested", row, parcels=named))
    return found


def _joined(links: pd.DataFrame, records: gpd.GeoDataFrame) -> Any:
    """Return pairs of a link and its record."""
    return zip(links.to_dict("records"), _rows(records, links["record"]), strict=True)


def _on_shapes(
    links: pd.DataFrame, records: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    """Find records that nothing places, and those with a broken shape."""
    lost = links.loc[links["method"].eq("unplaced"), "record"].to_numpy(np.intp)
    codes = read_codes(records, parcels)
    strange = codes.given & (codes.bearers == 0)
    shapes = records.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    broken = np.flatnonzero(there & ~is_usable(shapes))
    coded = set(links.loc[links["method"].eq("code"), "record"])
    return [
        *(_about("record_unplaced", row) for row in _rows(records, lost[~strange[lost]])),
        *(
            _about("record_unplaced_code", row, said=row["parcel_id"])
            for row in _rows(records, lost[strange[lost]])
        ),
        *(
            _about(
                "record_invalid", row, **defect_of(row["geometry"]),
                placed="code" if k in coded else "nowhere",
            )
            for k, row in zip(broken, _rows(records, broken), strict=True)
        ),
    ]  # fmt: skip
