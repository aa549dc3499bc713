"""The CRS in which a campaign works: a file's own, or one for the place; which files lead to it.

A proposal is one to which the files can be transformed with known accuracy. A file that cannot
asks for the word that lets it in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import geopandas as gpd
import pyproj
import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import ProjError

from landgis.base.checks import require_metric_crs
from landgis.base.crs import MAX_SCALE_ERROR, crs_of_zone, transform
from landgis.base.errors import CRSError, SourceError
from landgis.base.projections import (
    crs_text,
    degrees_of,
    ground_scale,
    name_of,
    parse_crs,
    rows_inside_area,
    rows_like_degrees,
    transformer,
)
from landgis.base.text import Language, say
from landgis.base.zones import datum_of
from landgis.workflow.found import Found, shapes_of

__all__ = ["WorkingCRS", "ask_ways", "crs_of_image", "working_crs"]

#: layers in whose CRS a campaign works, the first that is there
_CRS_ORDER = ("projects", "parcels", "blocks", "records")
_FALLBACK = "EPSG:4526"
#: the datum of China for coordinates of phones, where they serve for orientation
_AS_CGCS2000 = "EPSG:4490"
_WGS84 = "WGS 84"
_CM_PER_KM = 1e5
_MOST_ANSWERS = 3
#: digits to which the parameters of two projections are the same
_SAME_DIGITS = 6


@dataclass(frozen=True)
class WorkingCRS:
    """The CRS in which a campaign works.

    Attributes
    ----------
    crs : str
        As the manifest writes it.
    sure : bool
        Whether a file is in it.
    placed : bool
        Whether a file tells where on the earth it lies; if not, the CRS is a mere example.
    remark : str
        Key of the sentence that says why it is proposed.
    facts : mapping
        What that sentence names: the file's own CRS that was passed over.
    """

    crs: str
    sure: bool = False
    placed: bool = True
    remark: str = "new_crs_ask"
    facts: Mapping[str, Any] = field(default_factory=dict)

    def said(self, language: Language) -> str:
        """Return why it is proposed."""
        return say("cli", self.remark, self.facts, language)


def working_crs(found: Sequence[Found]) -> WorkingCRS:
    """Return the working CRS that red lines or parcels name, or one for where they lie.

    Coordinates that do not lie where their CRS is used tell none.
    """
    drawn = [
        (one, shapes)
        for one in found
        if (shapes := shapes_of(one)) is not None and _lies_in_its_crs(shapes)
    ]
    first = {role: at for at, role in enumerate(_CRS_ORDER)}
    drawn.sort(key=lambda one: first.get((one[0].roles or [""])[0], len(_CRS_ORDER)))
    for one, shapes in drawn:
        try:
            require_metric_crs(shapes, one.name)
        except CRSError:
            continue
        return WorkingCRS(crs_text(shapes.crs), sure=True)
    for _, shapes in drawn:
        there = degrees_of(shapes.crs, shapes.total_bounds)
        if there is not None and _on_earth(there):
            crs = _proposed(shapes.crs, (there[0] + there[2]) / 2, there[1])
            remark, facts = _passed(shapes.crs, shapes.total_bounds)
            return WorkingCRS(crs, remark=remark, facts=facts)
    return WorkingCRS(_FALLBACK, placed=False)


def _lies_in_its_crs(frame: gpd.GeoDataFrame) -> bool:
    """Tell whether all shapes of a layer lie where its CRS is used, in its own unit."""
    boxes = shapely.bounds(frame.geometry.dropna().to_numpy())
    odd = ~rows_inside_area(frame.crs, boxes) | rows_like_degrees(frame.crs, boxes)
    return not odd.any()


def _on_earth(degrees: Sequence[float]) -> bool:
    """Tell whether bounds are longitudes and latitudes; spoilt numbers are none."""
    west, south, east, north = degrees
    return west >= -180 and east <= 180 and south >= -90 and north <= 90


def crs_of_image(told: Mapping[str, Any]) -> WorkingCRS:
    """Return the working CRS of a campaign that has but a picture, by what is told of it."""
    if told["crs"] is None:
        return WorkingCRS(_FALLBACK, placed=False)
    own = parse_crs(told["crs"])
    bounds = [told[side] for side in ("west", "south", "east", "north")]
    if _is_metric(own, bounds):
        return WorkingCRS(crs_text(own), sure=True)
    remark, facts = _passed(own, bounds)
    lon = (told["lon_west"] + told["lon_east"]) / 2
    return WorkingCRS(_proposed(own, lon, told["lat_south"]), remark=remark, facts=facts)


def _is_metric(crs: pyproj.CRS, bounds: Any) -> bool:
    """Tell whether a metre on the map is one on the ground, in a CRS at a place."""
    frame = gpd.GeoDataFrame(geometry=[shapely.box(*bounds)], crs=crs)
    try:
        require_metric_crs(frame, "image")
    except CRSError:
        return False
    return True


def _proposed(own: pyproj.CRS, lon: float, lat: float) -> str:
    """Return a metric CRS for a place to which coordinates can be transformed."""
    there = list(dict.fromkeys((_crs_at(lon, lat, datum_of(own)), _utm_at(lon, lat))))
    if own.is_projected or not _of_phones(own):
        return next((one for one in there if _leads(own, parse_crs(one))), there[0])
    return there[0]  # degrees of phones may be taken for those of CGCS2000: a question


def _crs_at(lon: float, lat: float, datum: str | None = None) -> str:
    """Return a metric CRS for a place: its 3° zone of China's datum, or of UTM outside China."""
    zone = int((lon + 1.5) // 3)
    if 25 <= zone <= 45 and lat >= 0:
        return crs_of_zone(zone, prefixed=True, datum=datum or "cgcs2000")
    return _utm_at(lon, lat)


def _utm_at(lon: float, lat: float) -> str:
    """Return the zone of UTM of a place."""
    return f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180) // 6 % 60) + 1}"


def _passed(own: pyproj.CRS, bounds: Any) -> tuple[str, dict[str, Any]]:
    """Return why a file's own CRS is not the campaign's, as a sentence's key and its facts."""
    if not own.is_projected:
        return "new_crs_ask", {}
    unit = own.axis_info[0].unit_name
    if unit not in ("metre", "meter"):
        key = "new_crs_feet" if "foot" in unit.lower() or "feet" in unit.lower() else "new_crs_unit"
        return key, {"crs": name_of(own), "unit": unit}
    off = (ground_scale(own, bounds) - 1) * _CM_PER_KM
    limit = MAX_SCALE_ERROR * _CM_PER_KM
    return "new_crs_scale", {"crs": name_of(own), "cm": f"{off:+.1f}", "limit": f"{limit:.0f}"}


def _of_phones(crs: pyproj.CRS) -> bool:
    """Tell whether a CRS is on the datum of satellite receivers."""
    return crs.geodetic_crs is not None and crs.geodetic_crs.name.startswith(_WGS84)


@cache
def _leads(own: pyproj.CRS, target: pyproj.CRS) -> bool:
    """Tell whether there is a transformation of known accuracy."""
    if own == target:
        return True
    try:
        transformer(own.to_wkt(), target.to_wkt(), False)
    except ProjError:
        return False
    return True


def ask_ways(found: Sequence[Found], working: WorkingCRS) -> None:
    """Add a question to each layer that cannot be transformed to the working CRS.

    Its fact ``answers`` are the words for ``crs`` that let it in; there may be none.
    """
    if not working.placed:
        return
    target = parse_crs(working.crs)
    for one in found:
        shapes = shapes_of(one)
        if shapes is not None and (question := _way_question(one, shapes, target)) is not None:
            one.questions = (*one.questions, question)


def _way_question(found: Found, shapes: gpd.GeoDataFrame, target: pyproj.CRS) -> SourceError | None:
    """Return what is asked where nothing leads from the CRS of a layer to another; else None."""
    own = shapes.crs
    try:
        transform(shapes.iloc[:0], target, layer=found.name)
    except CRSError as trouble:
        reason = trouble.code
    else:
        return None
    facts: dict[str, Any] = {
        "source": found.name,
        "crs": name_of(own),
        "target": name_of(target),
        "answers": [],
    }
    if reason == "crs_gps" and own.is_geographic:
        return SourceError("gps_question", **facts | {"answers": [_AS_CGCS2000]})
    if datum_of(own) is None and not _of_phones(own):
        facts["answers"] = list(_alike(own, shapes, target))[:_MOST_ANSWERS]
        datum = "" if own.geodetic_crs is None else own.geodetic_crs.name
        return SourceError("datum_question", datum=datum, **facts)
    return SourceError("way_question", **facts)


def _alike(own: pyproj.CRS, shapes: gpd.GeoDataFrame, target: pyproj.CRS) -> Iterator[str]:
    """Yield the known CRSs of a place with the same projection and unit that lead to another."""
    there = degrees_of(own, shapes.total_bounds)
    if there is None or not own.is_projected:
        return
    listed = query_crs_info(
        auth_name="EPSG",
        pj_types=PJType.PROJECTED_CRS,
        area_of_interest=AreaOfInterest(*there),
        contains=True,
    )
    wanted = _parameters(own)
    for code in sorted(int(one.code) for one in listed):
        known = pyproj.CRS.from_epsg(code)
        if _parameters(known) == wanted and _leads(known, target):
            yield f"EPSG:{code}"


def _parameters(crs: pyproj.CRS) -> tuple[Any, ...]:
    """Return the method, the parameters (in SI units) and the unit of a projection."""
    operation = crs.coordinate_operation
    if operation is None:
        return ()
    values = (float(one.value) * one.unit_conversion_factor for one in operation.params)
    unit = round(crs.axis_info[0].unit_conversion_factor, 2 * _SAME_DIGITS)
    method = operation.method_name.split(" (")[0]
    return (method, unit, *sorted(round(value, _SAME_DIGITS) for value in values))
