"""Areas that the headers of a coordinate text state: their unit, and what the coordinates say.

Hectares by rule; tools also write m², mu and km², so the unit is the one in which they fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from landgis.base.errors import CellError
from landgis.base.units import UNITS, parse_quantity
from landgis.io.coordinate.grammar import Entry

__all__ = ["AREA_TOLERANCE", "stated_areas", "unlike_measured"]

#: share by which an area may differ from its coordinates' before it is said
AREA_TOLERANCE = 0.005
#: decimals of areas in mu (less than a square centimetre each): 0.04733333 ha are 0.71 mu
_MU_DECIMALS = 6
_AREA_UNITS = ("ha", "m2", "mu", "km2")
#: a stated area this many times off in every unit says nothing about the unit
_UNIT_REACH = 1.5
#: what can be an area in any of the units, from 1 m² in km² to a county in m²
_LEAST, _MOST = 1e-7, 1e12


def stated_areas(
    entries: Sequence[Entry], shapes: gpd.GeoSeries
) -> tuple[list[Any], tuple[str, ...]]:
    """Return stated areas in mu, and the unit that bare numbers are in.

    Parameters
    ----------
    entries : sequence of Entry
        Records with their header fields.
    shapes : GeoSeries
        Where they lie; missing where the record is broken.

    Returns
    -------
    areas : list
        A number with its unit (0.7655公顷) is taken by its word; zero states nothing; what is no
        number stays as it was sent, so that its row is rejected for it.
    units : tuple of str
        The unit of the bare numbers, none where there are none.
    """
    bare: list[float | None] = [None] * len(entries)
    areas: list[Any] = [None] * len(entries)
    for at, entry in enumerate(entries):
        said = entry.fields.get("area", "")
        try:
            quantity = parse_quantity(said)
        except CellError:
            areas[at] = said
            continue
        if quantity.unit is not None:
            areas[at] = said
        elif quantity.value:
            bare[at] = quantity.value
    if not any(bare):
        return areas, ()
    unit = _area_unit(bare, shapes)
    factor = float(UNITS[unit][2] / UNITS["mu"][2])
    found = [
        one if size is None else round(size * factor, _MU_DECIMALS)
        for one, size in zip(areas, bare, strict=True)
    ]
    return found, (unit,)


def _area_unit(stated: Sequence[float | None], shapes: gpd.GeoSeries) -> str:
    """Return the unit in which the stated areas fit the measured ones; hectares by rule."""
    if shapes.crs is None or not shapes.crs.is_projected:
        return "ha"
    measured = shapely.area(shapes.to_numpy())
    ratios = [
        size / one
        for one, size in zip(stated, measured, strict=True)
        if one is not None and _LEAST < one < _MOST and size > 0
    ]
    if not ratios:
        return "ha"
    ratio = math.log(float(np.median(ratios)))
    off = {unit: abs(ratio - math.log(float(UNITS[unit][2]))) for unit in _AREA_UNITS}
    best = min(off, key=off.__getitem__)
    return best if off[best] <= math.log(_UNIT_REACH) else "ha"


def unlike_measured(
    entries: Sequence[Entry], shapes: gpd.GeoSeries, unit: str
) -> list[tuple[int, float, float]]:
    """Return the stated areas that differ from the measured ones: position, stated, measured (m²).

    Parameters
    ----------
    entries : sequence of Entry
        Records with their header fields.
    shapes : GeoSeries
        Where they lie; missing where the record is broken.
    unit : str
        Unit of the areas that name none.

    Notes
    -----
    What is within `AREA_TOLERANCE` of the measured area, or within half of the last digit that was
    written, agrees with it.
    """
    if shapes.crs is None or not shapes.crs.is_projected:
        return []
    out = []
    for at, (entry, size) in enumerate(
        zip(entries, shapely.area(shapes.to_numpy()).tolist(), strict=True)
    ):
        said = entry.fields.get("area", "")
        try:
            quantity = parse_quantity(said)
        except CellError:
            continue
        kind, _, square_metres = UNITS.get(quantity.unit or unit, ("", "", 0))
        if not quantity.value or not size > 0 or kind != UNITS["m2"][0]:
            continue
        decimals = len(said.partition(".")[2].strip())
        half_digit = 0.5 * 10.0**-decimals * float(square_metres) if quantity.unit is None else 0.0
        stated = float(quantity.value) * float(square_metres)
        if abs(stated - size) > max(AREA_TOLERANCE * size, half_digit):
            out.append((at, stated, size))
    return out
