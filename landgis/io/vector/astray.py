"""Rows whose coordinates lie elsewhere than those of most rows of their file.

Zone prefix, degrees and the order of the axes can be told from one row alone. A row that lies
elsewhere than the most is sent back; where there is no most, the file is a question. Northing and
easting of single rows are turned back and said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from landgis.base.errors import SourceError
from landgis.base.projections import rows_inside_area

__all__ = ["Settled", "settle_by_crs", "settle_by_magnitude", "swap_axes", "turned_boxes"]

Boxes = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_NORTHINGS = (1_990_000.0, 5_942_000.0)
_LONGITUDES, _LATITUDES = (73.0, 135.1), (3.0, 54.0)
_ZONES = (*range(13, 24), *range(25, 46))
#: m from the false easting: 3.5 degrees at 18 N
_REACH_M = 372_000.0
_NOWHERE, _UNPREFIXED, _DEGREES = -3, -2, -1
_PLACES = {_NOWHERE: "-", _UNPREFIXED: "Y = 500000 ± …", _DEGREES: "°"}
_SHOWN = 4


@dataclass(frozen=True)
class Settled:
    """Rows of a file that lie in one place, and those that do not.

    Attributes
    ----------
    shapes : GeoSeries
        Rows astray have lost their shape; turned rows are turned back.
    astray, turned : ndarray of bool
        Which rows are which.
    """

    shapes: gpd.GeoSeries
    astray: Mask
    turned: Mask

    def defects(self) -> pd.Series | None:
        """Return the code of the rows astray on the index of the shapes; None where none is."""
        if not self.astray.any():
            return None
        codes = np.full(len(self.astray), None, dtype=object)
        codes[self.astray] = "coordinates_astray"
        return pd.Series(codes, index=self.shapes.index, dtype="object")


def swap_axes(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return shapes with first and second coordinate swapped."""
    turned = shapely.transform(shapes.to_numpy(), lambda xy: xy[:, ::-1])
    return gpd.GeoSeries(turned, index=shapes.index, crs=shapes.crs)


def turned_boxes(boxes: Boxes) -> Boxes:
    """Return bounds with their axes swapped."""
    return boxes[:, [1, 0, 3, 2]]


def _settled(shapes: gpd.GeoSeries, astray: Mask, turned: Mask) -> Settled:
    """Return shapes with rows turned back and rows astray taken out."""
    own = shapes.to_numpy().copy()
    own[astray] = None
    if turned.any():
        own[turned] = swap_axes(gpd.GeoSeries(own[turned])).to_numpy()
    return Settled(gpd.GeoSeries(own, index=shapes.index), astray, turned)


def settle_by_crs(shapes: gpd.GeoSeries, crs: pyproj.CRS) -> Settled | None:
    """Part the rows by whether they lie where a CRS is used; None where most of them do not."""
    boxes = shapely.bounds(shapes.to_numpy())
    drawn = ~np.isnan(boxes[:, 0])
    fits = drawn & rows_inside_area(crs, boxes)
    turned = drawn & ~fits & rows_inside_area(crs, turned_boxes(boxes))
    if 2 * (fits | turned).sum() <= drawn.sum():
        return None
    return _settled(shapes, drawn & ~fits & ~turned, turned)


def settle_by_magnitude(
    shapes: gpd.GeoSeries, source: str, rows: pd.Series | None = None
) -> Settled:
    """Part the rows by what their own numbers say: zone prefix, degrees, no prefix, nothing.

    `rows` are the row numbers in the source, counted from 1 if not given.

    Raises
    ------
    SourceError
        If no place has more than half of the rows.
    """
    boxes = shapely.bounds(shapes.to_numpy())
    drawn = ~np.isnan(boxes[:, 0])
    place, turned = _places(boxes)
    values, counts = np.unique(place[drawn], return_counts=True)
    most = values[counts.argmax()]
    if 2 * counts.max() <= drawn.sum():
        order = np.argsort(-counts, kind="stable")[:_SHOWN]
        numbers = np.arange(1, len(boxes) + 1) if rows is None else rows.to_numpy()
        where = [numbers[drawn & (place == values[k])].tolist() for k in order]
        places = [[_name(values[k]), own] for k, own in zip(order, where, strict=True)]
        raise SourceError("places_mixed", source=source, places=places)
    kept = drawn & (place == most)
    whole = bool(turned[kept].all())  # that is seen from the file as a whole
    return _settled(shapes, drawn & ~kept, np.zeros_like(kept) if whole else kept & turned)


def _name(place: Any) -> str:
    """Return how a place is called: the zone number, or the looks of the numbers."""
    return _PLACES.get(int(place), str(int(place)))


def _between(boxes: Boxes, axis: int, limits: Sequence[float]) -> Mask:
    """Tell which bounds lie within limits along an axis."""
    return (boxes[:, axis] >= limits[0]) & (boxes[:, axis + 2] <= limits[1])


def _places(boxes: Boxes) -> tuple[npt.NDArray[np.int64], Mask]:
    """Return where each row lies by its numbers, and whether its northing comes first."""
    place = np.full(len(boxes), _NOWHERE, dtype=np.int64)
    swapped = np.zeros(len(boxes), dtype=bool)
    with np.errstate(invalid="ignore"):
        for turned, own in ((False, boxes), (True, turned_boxes(boxes))):
            degrees = _between(own, 0, _LONGITUDES) & _between(own, 1, _LATITUDES)
            zone = np.floor(own[:, 0] / 1e6)
            middle = zone * 1e6 + 500_000
            near = (own[:, 0] >= middle - _REACH_M) & (own[:, 2] <= middle + _REACH_M)
            flat = near & _between(own, 1, _NORTHINGS)
            for here, where in (
                (degrees, np.full(len(boxes), _DEGREES)),
                (flat & (zone == 0), np.full(len(boxes), _UNPREFIXED)),
                (flat & np.isin(zone, _ZONES), np.nan_to_num(zone)),
            ):
                new = here & (place == _NOWHERE)
                place[new] = where[new]
                swapped[new] = turned
    return place, swapped
