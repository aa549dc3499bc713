"""Where coordinates lie: the CRS a file names, checked against their magnitude, or inferred by it.

What was inferred is a finding; what magnitude cannot tell (a zone without prefix) is a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.base.crs import CRSGuess, infer_crs, parse_crs
from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.base.projections import (
    Bounds,
    degrees_off_meridian,
    inside_area,
    name_of,
    rows_inside_area,
    rows_like_degrees,
)
from landgis.base.zones import DATUM_CRS, REACH_DEG, crs_of_zone, datum_of, zone_of
from landgis.io.vector.astray import Settled, settle_by_crs, settle_by_magnitude, swap_axes

__all__ = ["Located", "locate", "swap_axes"]


@dataclass(frozen=True)
class Located:
    """Shapes with their CRS, what told it, and what was noticed on the way.

    Attributes
    ----------
    shapes : GeoSeries
        With their CRS, east before north.
    crs_from : str
        ``campaign``, ``file``, ``prj``, ``header`` or ``coordinates``.
    findings : list of dict
        Rows of `landgis.base.findings.finding`.
    defects : Series or None
        Codes of the rows that lie elsewhere (they have lost their shape), None where none does.
    """

    shapes: gpd.GeoSeries
    crs_from: str
    findings: list[dict[str, Any]]
    defects: pd.Series | None = None


def locate(
    shapes: gpd.GeoSeries,
    *,
    layer: str,
    source: str,
    sheet: str | None = None,
    wanted: str | None = None,
    declared: Any = None,
    declared_by: str = "file",
    zone: int | None = None,
    datum: str | None = None,
    rows: pd.Series | None = None,
    ids: Sequence[str | None] = (),
) -> Located:
    """Give shapes their CRS.

    Parameters
    ----------
    shapes : GeoSeries
        Shapes as stored, without CRS, first coordinate first.
    layer, source, sheet : str
        For findings and messages.
    wanted : str, optional
        The user's word; it wins.
    declared : CRS, optional
        What the file says.
    declared_by : str
        What says it: ``file``, ``prj``, ``header``.
    zone : int, optional
        Zone number (带号) that a header names, for coordinates without prefix.
    datum : str, optional
        Datum that a header names, one of `landgis.base.zones.DATUMS`; ``cgcs2000`` where none does.
    rows : Series of int, optional
        Row numbers in the source, on the index of the shapes; counted from 1 if not given.
    ids : sequence of str or None
        What the sender calls the rows, where known: a finding names them so.

    Raises
    ------
    SourceError
        If nothing tells the CRS, or the rows lie in several places: a question with the line that
        answers it.
    CRSError
        If the user's CRS is none.
    """
    bounds = _bounds(shapes)
    say = _Speaker(layer, source, sheet, rows, tuple(ids))
    crs = None if wanted is None else parse_crs(wanted, source)
    if bounds is None:
        told = "campaign" if crs is not None else declared_by
        known = declared if crs is None else crs
        return Located(shapes.set_crs(known) if known else shapes, told, [])
    if crs is not None:
        located = _as_told(shapes, crs, "campaign", bounds, say)
        found = located or Located(shapes.set_crs(crs), "campaign", [])
    elif declared is not None:
        found = _declared(shapes, parse_crs(declared, source), declared_by, bounds, say)
    else:
        found = _inferred(shapes, bounds, zone, datum or "cgcs2000", say)
    doubts = _doubts(found, say)
    if doubts:
        return replace(found, findings=[*found.findings, *doubts])
    return _far_said(found, say)


@dataclass(frozen=True)
class _Speaker:
    """Adds layer and source to findings."""

    layer: str
    source: str
    sheet: str | None
    rows: pd.Series | None = None
    ids: tuple[str | None, ...] = ()

    def __call__(self, code: str, **facts: Any) -> dict[str, Any]:
        """Return a finding about the source."""
        return finding(
            code, layer=self.layer, source_file=self.source, source_sheet=self.sheet, **facts
        )

    def names(self, where: Any) -> list[str]:
        """Return rows of the source by their ids, else by file and number."""
        numbers = np.flatnonzero(where) + 1 if self.rows is None else self.rows[where]
        ids = [self.ids[at] for at in np.flatnonzero(where)] if self.ids else [None] * len(numbers)
        return [
            own or f"{self.source}#{int(number)}" for own, number in zip(ids, numbers, strict=True)
        ]


def _bounds(shapes: gpd.GeoSeries) -> tuple[float, float, float, float] | None:
    """Return the bounds of the coordinates, None where there are none."""
    boxes = shapely.bounds(shapes.to_numpy())
    boxes = boxes[~np.isnan(boxes[:, 0])]
    if not len(boxes):
        return None
    low, high = boxes.min(axis=0), boxes.max(axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def _turned(bounds: Bounds) -> tuple[float, float, float, float]:
    """Return bounds with their axes swapped."""
    return bounds[1], bounds[0], bounds[3], bounds[2]


def _done(
    shapes: gpd.GeoSeries, crs: pyproj.CRS, told: str, swapped: bool, say: _Speaker, *found: Any
) -> Located:
    """Return located shapes, with axes swapped if need be, said."""
    turned = swap_axes(shapes) if swapped else shapes
    findings = [*found, say("axes_swapped", crs=name_of(crs))] if swapped else list(found)
    return Located(turned.set_crs(crs), told, findings)


def _parted(located: Located, settled: Settled, say: _Speaker) -> Located:
    """Return located shapes with what became of single rows."""
    turned = say.names(settled.turned)
    said = [say("axes_swapped_some", ids=turned)] if turned else []
    findings = [*located.findings, *said]
    return replace(located, findings=findings, defects=settled.defects())


def _as_told(
    shapes: gpd.GeoSeries, crs: pyproj.CRS, told: str, bounds: Bounds, say: _Speaker
) -> Located | None:
    """Return shapes in the CRS that somebody named, if most of them can lie in it; else None."""
    if inside_area(crs, bounds):
        return _done(shapes, crs, told, False, say)
    if inside_area(crs, _turned(bounds)):
        return _done(shapes, crs, told, True, say)
    settled = settle_by_crs(shapes, crs)
    if settled is None:
        return None
    return _parted(_done(settled.shapes, crs, told, False, say), settled, say)


def _declared(
    shapes: gpd.GeoSeries, crs: pyproj.CRS, declared_by: str, bounds: Bounds, say: _Speaker
) -> Located:
    """Return shapes in the CRS that the file names, if the numbers can be such coordinates."""
    located = _as_told(shapes, crs, declared_by, bounds, say)
    if located is not None:
        return located
    settled, guess = _guessed(shapes, bounds, say)
    better = _better(crs, guess.kind, guess.zone)
    if better is None:
        return _done(shapes, crs, declared_by, False, say)
    said = say("zone_conflict", declared=name_of(crs), taken=name_of(better))
    own = shapes if settled is None else settled.shapes
    found = _done(own, better, "coordinates", guess.swapped, say, said)
    return found if settled is None else _parted(found, settled, say)


def _guessed(
    shapes: gpd.GeoSeries, bounds: Bounds, say: _Speaker
) -> tuple[Settled | None, CRSGuess]:
    """Return what magnitude tells of the whole, or of most rows, parted from the others.

    Raises
    ------
    SourceError
        If the rows lie in several places, and most of them in none.
    """
    guess = infer_crs(bounds)
    if guess.kind != "unclear":
        return None, guess
    settled = settle_by_magnitude(shapes, say.source, say.rows)
    return settled, infer_crs(_bounds(settled.shapes) or bounds)


def _better(crs: pyproj.CRS, kind: str, zone: int | None) -> pyproj.CRS | None:
    """Return the CRS of the same datum that numbers fit which do not fit the one that was named."""
    named = zone_of(crs)
    if kind == "degrees":
        return crs.geodetic_crs
    if zone is not None:
        return parse_crs(crs_of_zone(zone, prefixed=True, datum=datum_of(crs) or "cgcs2000"))
    if kind == "unprefixed" and named is not None and named.prefixed:
        return parse_crs(crs_of_zone(named.number, prefixed=False, datum=named.datum))
    return None


def _inferred(
    shapes: gpd.GeoSeries, bounds: Bounds, zone: int | None, datum: str, say: _Speaker
) -> Located:
    """Return shapes in the CRS that their magnitude tells, with a zone number where it needs one.

    Raises
    ------
    SourceError
        If neither tells, or rows lie in several places and most of them in none.
    """
    settled, guess = _guessed(shapes, bounds, say)
    if settled is not None:
        shapes = settled.shapes
        bounds = _bounds(shapes) or bounds
    found = []
    crs = None
    if guess.zone is not None:
        crs = crs_of_zone(guess.zone, prefixed=True, datum=datum)
        if zone is not None and zone != guess.zone:
            found.append(say("zone_conflict", declared=str(zone), taken=crs))
    elif guess.kind == "unprefixed" and zone is not None:
        crs = crs_of_zone(zone, prefixed=False, datum=datum)
    elif guess.kind == "degrees":
        crs = DATUM_CRS[datum]
    if crs is None:
        east_first = _turned(bounds) if guess.swapped else bounds
        raise _question(say, guess.kind, list(east_first), datum)
    if zone is None:
        found.append(say("crs_inferred", crs=crs, basis=guess.kind))
    told = "header" if zone is not None and not found else "coordinates"
    located = _done(shapes, parse_crs(crs), told, guess.swapped, say, *found)
    return located if settled is None else _parted(located, settled, say)


def _question(say: _Speaker, kind: str, bounds: list[float], datum: str) -> SourceError:
    """Return what is asked where the numbers do not tell the CRS."""
    line = f'{say.layer} = {{ path = "{say.source}", crs = "EPSG:4547" }}'
    code = "meridian_question" if kind == "unprefixed" else "crs_question"
    facts = {"bounds": bounds, "datum": datum, "layer": say.layer}
    return SourceError(code, source=say.source, line=line, **facts)


def _doubts(located: Located, say: _Speaker) -> list[dict[str, Any]]:
    """Return what speaks against the coordinates: numbers of degrees, or no place of the CRS."""
    crs = located.shapes.crs
    if crs is None:
        return []
    boxes = shapely.bounds(located.shapes.to_numpy())
    drawn = ~np.isnan(boxes[:, 0])
    degrees = drawn & rows_like_degrees(crs, boxes)
    outside = drawn & ~degrees & ~rows_inside_area(crs, boxes)
    return [
        say(code, ids=say.names(where), crs=name_of(crs))
        for code, where in (("coordinates_degrees", degrees), ("coordinates_outside", outside))
        if where.any()
    ]


def _far_said(located: Located, say: _Speaker) -> Located:
    """Say of coordinates on China's datums that they lie far from their central meridian."""
    crs, bounds = located.shapes.crs, _bounds(located.shapes)
    if crs is None or bounds is None or datum_of(crs) is None:
        return located
    off = degrees_off_meridian(crs, bounds)
    if off is None or off <= REACH_DEG:
        return located
    said = say("meridian_far", crs=name_of(crs), off=round(off, 1), reach=REACH_DEG)
    return replace(located, findings=[*located.findings, said])
