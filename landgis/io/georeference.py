"""Where coordinates lie: the CRS a file names, checked against their magnitude, or inferred by it.

What was inferred is a finding; what magnitude cannot tell (a zone without prefix) is a question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from pyproj.exceptions import ProjError

from landgis.base.crs import crs_of_zone, infer_crs, parse_crs
from landgis.base.errors import SourceError
from landgis.base.findings import finding

__all__ = ["Located", "locate", "swap_axes"]

#: degrees beyond a CRS's area of use that a county-wide single zone may reach
_MARGIN_DEG = 3.0


@dataclass(frozen=True)
class Located:
    """Shapes with their CRS, what told it, and what was noticed on the way."""

    shapes: gpd.GeoSeries
    crs_from: str
    findings: list[dict[str, Any]]


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
        Datum that a header names: ``cgcs2000`` (also where none does), ``xian80``, ``beijing54``.

    Raises
    ------
    SourceError
        If nothing tells the CRS: a question with the line that answers it.
    CRSError
        If the user's CRS is none.
    """
    bounds = _bounds(shapes)
    say = _Speaker(layer, source, sheet)
    if wanted is not None:
        crs = parse_crs(wanted, source)
        swapped = bounds is not None and not _fits(crs, bounds) and _fits(crs, _turned(bounds))
        return _done(shapes, crs, "campaign", swapped, say)
    if bounds is None:
        return Located(shapes.set_crs(declared) if declared else shapes, declared_by, [])
    if declared is not None:
        return _declared(shapes, parse_crs(declared, source), declared_by, bounds, say)
    return _inferred(shapes, bounds, zone, datum or "cgcs2000", say)


@dataclass(frozen=True)
class _Speaker:
    """Adds layer and source to findings."""

    layer: str
    source: str
    sheet: str | None

    def __call__(self, code: str, **facts: Any) -> dict[str, Any]:
        """Return a finding about the source."""
        return finding(
            code, layer=self.layer, source_file=self.source, source_sheet=self.sheet, **facts
        )


def _bounds(shapes: gpd.GeoSeries) -> tuple[float, float, float, float] | None:
    """Return the bounds of the coordinates, None where there are none."""
    xy = shapely.get_coordinates(shapes.to_numpy())
    if not len(xy):
        return None
    low, high = xy.min(axis=0), xy.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _turned(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return bounds with their axes swapped."""
    return bounds[1], bounds[0], bounds[3], bounds[2]


def swap_axes(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return shapes with first and second coordinate swapped."""
    turned = shapely.transform(shapes.to_numpy(), lambda xy: xy[:, ::-1])
    return gpd.GeoSeries(turned, index=shapes.index, crs=shapes.crs)


def _fits(crs: pyproj.CRS, bounds: tuple[float, float, float, float]) -> bool:
    """Tell whether coordinates lie where a CRS is used."""
    middle = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    geodetic = crs.geodetic_crs
    if geodetic is None:
        return True
    try:
        transformer = pyproj.Transformer.from_crs(crs, geodetic, always_xy=True)
        lon, lat = transformer.transform(*middle)
    except ProjError:
        return True
    if not np.isfinite([lon, lat]).all() or abs(lat) > 90 or abs(lon) > 180:
        return False
    area = crs.area_of_use
    if area is None or area.west > area.east:
        return True
    return bool(
        area.west - _MARGIN_DEG <= lon <= area.east + _MARGIN_DEG
        and area.south - _MARGIN_DEG <= lat <= area.north + _MARGIN_DEG
    )


def _done(
    shapes: gpd.GeoSeries, crs: pyproj.CRS, told: str, swapped: bool, say: _Speaker, *found: Any
) -> Located:
    """Return located shapes, with axes swapped if need be, said."""
    turned = swap_axes(shapes) if swapped else shapes
    findings = [*found, say("axes_swapped", crs=_name(crs))] if swapped else list(found)
    return Located(turned.set_crs(crs), told, findings)


def _name(crs: pyproj.CRS) -> str:
    """Return EPSG:n, or the name of a CRS without a number."""
    code = crs.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else crs.name


def _declared(
    shapes: gpd.GeoSeries,
    crs: pyproj.CRS,
    declared_by: str,
    bounds: tuple[float, float, float, float],
    say: _Speaker,
) -> Located:
    """Return shapes in the CRS that the file names, if the numbers can be such coordinates."""
    if _fits(crs, bounds):
        return _done(shapes, crs, declared_by, False, say)
    if _fits(crs, _turned(bounds)):
        return _done(shapes, crs, declared_by, True, say)
    guess = infer_crs(bounds)
    better = guess.crs or _without_prefix(crs, guess.kind)
    if better is None:
        return _done(shapes, crs, declared_by, False, say)
    said = say("zone_conflict", declared=_name(crs), taken=better)
    return _done(shapes, parse_crs(better), "coordinates", guess.swapped, say, said)


def _without_prefix(crs: pyproj.CRS, kind: str) -> str | None:
    """Return the twin without zone prefix of a CGCS2000 CRS whose eastings carry one."""
    code = crs.to_epsg(min_confidence=70)
    if kind != "unprefixed" or code is None:
        return None
    zone = code - 4488 if 4513 <= code <= 4533 else code - 4478 if 4491 <= code <= 4501 else None
    return None if zone is None else crs_of_zone(zone, prefixed=False)


def _inferred(
    shapes: gpd.GeoSeries,
    bounds: tuple[float, float, float, float],
    zone: int | None,
    datum: str,
    say: _Speaker,
) -> Located:
    """Return shapes in the CRS that their magnitude tells, with a zone number where it needs one.

    Raises
    ------
    SourceError
        If neither tells.
    """
    guess = infer_crs(bounds)
    found = []
    crs = guess.crs
    if guess.kind == "prefixed":
        prefix = int(bounds[1 if guess.swapped else 0] // 1_000_000)
        crs = _zone_crs(prefix, datum, prefixed=True)
        if zone is not None and zone != prefix:
            found.append(say("zone_conflict", declared=str(zone), taken=str(crs)))
    elif guess.kind == "unprefixed" and zone is not None:
        crs = _zone_crs(zone, datum, prefixed=False)
    if crs is None:
        raise SourceError("crs_question", source=say.source, line=_LINE)
    if zone is None:
        found.append(say("crs_inferred", crs=crs, basis=guess.kind))
    told = "header" if zone is not None and not found else "coordinates"
    return _done(shapes, parse_crs(crs), told, guess.swapped, say, *found)


_LINE = 'crs = "EPSG:4547"'
#: datum to what is added to a zone number for its EPSG code: 3° with and without prefix, then 6°
#: (EPSG database as shipped with PROJ)
_CODES = {
    "cgcs2000": (4488, 4509, 4478, 4489),
    "xian80": (2324, 2345, 2314, 2325),
    "beijing54": (2376, 2397, 21400, 21440),
}


def _zone_crs(zone: int, datum: str, *, prefixed: bool) -> str | None:
    """Return the CRS of a zone number, None where there is no such zone."""
    wide = 13 <= zone <= 23
    if not wide and not 25 <= zone <= 45:
        return None
    return f"EPSG:{_CODES[datum][2 * wide + (not prefixed)] + zone}"
