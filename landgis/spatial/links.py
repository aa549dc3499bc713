"""Rows of links: what a code says, what the place says, and what neither can.

Positions go in, rows of positions come out; `landgis.spatial.attribution` names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.spatial.drawn import Drawn
from landgis.spatial.flat import Plots
from landgis.spatial.joins import divide, shared
from landgis.spatial.shapes import TOUCH, Floats, Ints, Mask, Shapes, highest
from landgis.spatial.tables import text_of

__all__ = [
    "LINK_COLUMNS",
    "NEAREST_M",
    "Codes",
    "code_rows",
    "named_links",
    "place_rows",
    "read_codes",
    "rows_of",
]

#: m; how far beside a parcel a record may lie and still be its own
NEAREST_M = 2.0
#: by dimension
UNITS = ["count", "m", "m2"]
METHODS = ["code", "within", "overlap", "nearest", "outside", "unplaced", "invalid"]

LINK_COLUMNS = {
    "record_id": "str",
    "parcel_id": "str",
    "share": "float64",
    "overlap": "float64",
    "overlap_unit": "str",
    "method": "str",
    "distance_m": "float64",
    "contested": "bool",
}


@dataclass(frozen=True)
class Codes:
    """What the parcel codes of records say.

    Attributes
    ----------
    parcel : ndarray of int
        Position of the one parcel that bears the code; -1 where there is none or several.
    bearers : ndarray of int
        How many parcels bear it; 0 also where the record has no code.
    given : ndarray of bool
        Whether the record has a code.
    """

    parcel: Ints
    bearers: Ints
    given: Mask


def read_codes(records: pd.DataFrame, parcels: pd.DataFrame) -> Codes:
    """Return which parcel bears the code of each record, by position.

    A parcel bears its ``parcel_id`` and the id it had when it was handed over (``source_id``),
    so a code that several parcels bore on load is ambiguous although one of them kept it.
    """
    codes = text_of(records, "parcel_id")
    given = codes.notna().to_numpy()
    if not given.any():
        return Codes(np.full(len(records), -1), np.zeros(len(records), dtype=np.intp), given)
    bearer = pd.concat(
        [
            pd.DataFrame({"code": text_of(parcels, column), "at": np.arange(len(parcels))})
            for column in ("parcel_id", "source_id")
        ]
    )
    bearer = bearer.dropna().drop_duplicates()
    by_code = bearer.groupby("code")["at"].agg(["first", "size"])
    found = by_code.reindex(codes)
    bearers = found["size"].fillna(0).to_numpy().astype(np.intp)
    parcel = np.where(bearers == 1, found["first"].fillna(-1).to_numpy(), -1).astype(np.intp)
    return Codes(parcel, bearers, given)


def rows_of(
    record: Ints, parcel: Ints, method: str | Ints, **columns: npt.ArrayLike
) -> pd.DataFrame:
    """Return link rows by position; -1 is no parcel, a method is one of `METHODS`."""
    blank = {"share": 1.0, "overlap": np.nan, "distance_m": np.nan, "contested": False}
    code = METHODS.index(method) if isinstance(method, str) else method
    return pd.DataFrame({"record": record, "parcel": parcel, "method": code, **blank, **columns})


def code_rows(drawn: Drawn, grounds: Plots, known: Ints, at: Ints) -> pd.DataFrame:
    """Return the links of records that a code places, with what their shape really shares."""
    overlap, distance = np.full(len(at), np.nan), np.full(len(at), np.nan)
    placed = np.flatnonzero(drawn.usable[at])
    placed = placed[grounds.sound[known[placed]]]
    here, there = highest(drawn.shapes[at[placed]]), grounds.shapes[known[placed]]
    overlap[placed] = shared(here, there)
    distance[placed] = shapely.distance(here, there)
    return rows_of(at, known, "code", overlap=overlap, distance_m=distance)


def _nearest(shapes: Shapes, grounds: Plots, tolerance_m: float) -> tuple[Ints, Ints, Floats]:
    """Return (shape, ground, distance) of the first of the nearest grounds within reach."""
    reach = np.array([-1, -1, 1, 1]) * max(tolerance_m, TOUCH) * (1 + 1e-9)
    shape, ground = grounds.index.meeting(shapely.bounds(shapes) + reach)
    distance = shapely.distance(shapes[shape], grounds.shapes[ground])
    order = np.lexsort((ground, distance, shape))
    shape, ground, distance = shape[order], ground[order], distance[order]
    kept = (distance <= tolerance_m) & np.r_[True, np.diff(shape) > 0][: len(shape)]
    return shape[kept], ground[kept], distance[kept]


def place_rows(here: Drawn, grounds: Plots, at: Ints, tolerance_m: float) -> pd.DataFrame:
    """Return the links of records that their place decides, with a row for what lies outside.

    `here` has the usable shapes of the records at the positions `at`, without collections.
    """
    there, sound = grounds.of_sound
    found = divide(here, there)
    total = here.measures
    placed = np.bincount(found.shape, weights=found.part, minlength=len(at))
    met = np.bincount(found.shape, minlength=len(at))
    rest = np.where(met > 0, total - placed, total)
    outside = rest >= np.where(here.dimension == 0, 0.5, TOUCH)
    share = _whole(found.shape, found.part / total[found.shape], ~outside, len(at))
    alone_in = (met == 1) & ~outside
    method = np.where(alone_in, METHODS.index("within"), METHODS.index("overlap"))[found.shape]
    alone = np.flatnonzero(met == 0)
    near, ground, distance = _nearest(here.shapes[alone], there, tolerance_m)
    lost = np.setdiff1d(np.r_[np.flatnonzero((met > 0) & outside), alone], alone[near])
    given = np.bincount(found.shape, weights=share, minlength=len(at))
    parts = [
        rows_of(at[found.shape], sound[found.ground], method, share=share, overlap=found.overlap,
              distance_m=0.0, contested=found.contested),
        rows_of(at[alone[near]], sound[ground], "nearest", overlap=0.0, distance_m=distance),
        rows_of(at[lost], np.full(len(lost), -1), "outside", share=1 - given[lost],
              overlap=rest[lost]),
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _whole(shape: Ints, share: Floats, closed: Mask, n: int) -> Floats:
    """Return shares of which a remainder below the limit has joined the largest piece."""
    out = share.copy()
    order = np.lexsort((np.arange(len(shape)), -share, shape))
    first = order[np.r_[True, np.diff(shape[order]) > 0][: len(order)]]
    first = first[closed[shape[first]]]
    sums = np.bincount(shape, weights=share, minlength=n)
    out[first] += 1 - sums[shape[first]]
    return out


def named_links(
    rows: pd.DataFrame, records: pd.DataFrame, parcels: pd.DataFrame, dimension: Ints
) -> pd.DataFrame:
    """Return link rows with ids and units, sorted; a missing parcel comes last.

    `dimension` is that of the usable shape of each record, -1 where there is none.
    """
    record, parcel = rows["record"].to_numpy(np.intp), rows["parcel"].to_numpy(np.intp)
    places = len(parcels) + 1
    order = np.argsort(record * places + np.where(parcel < 0, len(parcels), parcel), kind="stable")
    record, parcel = record[order], parcel[order]
    rows = rows.take(order).reset_index(drop=True)
    unit = np.where(rows["overlap"].notna().to_numpy(), dimension[record], -1)
    found = {
        "record_id": _named(records["record_id"], record),
        "parcel_id": _named(parcels["parcel_id"], parcel),
        "share": rows["share"],
        "overlap": rows["overlap"],
        "overlap_unit": _named(pd.Series(UNITS, dtype="str"), unit),
        "method": _named(pd.Series(METHODS, dtype="str"), rows["method"].to_numpy(np.intp)),
        "distance_m": rows["distance_m"],
        "contested": rows["contested"],
    }
    return pd.DataFrame(found).astype(LINK_COLUMNS)


def _named(names: pd.Series, at: Ints) -> Any:
    """Return the texts at some positions, missing at -1."""
    return names.astype("str").array.take(at, allow_fill=True)
