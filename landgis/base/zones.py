"""Gauss-Kruger zones of the four datums of China's surveys: EPSG codes, meridians, reach.

All numbers are those of the EPSG database as shipped with PROJ; tests/test_crs.py asks it for every
zone. With zone prefix the false easting is n·1 000 000 + 500 000 m, without it 500 000 m; the scale
on the central meridian is 1. The zone numbers of 3° zones (25–45) and of 6° zones (13–23) do not
meet, so an easting of eight digits tells both.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyproj

from landgis.base.errors import CRSError

__all__ = [
    "DATUMS",
    "DATUM_CRS",
    "REACH_DEG",
    "Zone",
    "central_meridian",
    "crs_of_zone",
    "datum_of",
    "meridian_of_zone",
    "zone_of",
]

#: degrees from the central meridian beyond which coordinates of a zone are warned of
REACH_DEG = 3.5
_ZONES_3, _ZONES_6 = range(25, 46), range(13, 24)
#: datum: what is added to a zone number for its EPSG code: 3° with and without prefix, then 6°
_CODES = {
    "cgcs2000": (4488, 4509, 4478, 4489),
    "xian80": (2324, 2345, 2314, 2325),
    "beijing54": (2376, 2397, 21400, 21440),
    "new_beijing": (4736, 4757, 4555, 4566),
}
#: the codes that stand out of their row: 3° zones 25–29 with prefix, 44 and 45 without
_ODD = {("new_beijing", zone, True): 4627 + zone for zone in range(25, 30)} | {
    ("new_beijing", 44, False): 4812,
    ("new_beijing", 45, False): 4822,
}
#: datums by the name that PROJ gives them
_NAMES = {
    "China 2000": "cgcs2000",
    "Xian 1980": "xian80",
    "Beijing 1954": "beijing54",
    "New Beijing": "new_beijing",
}
DATUMS = tuple(_CODES)
#: the geographic CRS of a datum
DATUM_CRS = {
    "cgcs2000": "EPSG:4490",
    "xian80": "EPSG:4610",
    "beijing54": "EPSG:4214",
    "new_beijing": "EPSG:4555",
}


@dataclass(frozen=True)
class Zone:
    """What the EPSG code of a zone stands for.

    Attributes
    ----------
    datum : str
        One of `DATUMS`.
    number : int
        13–23 (6° zones) or 25–45 (3° zones).
    width : int
        3 or 6 degrees.
    prefixed : bool
        Whether eastings carry the zone number.
    """

    datum: str
    number: int
    width: int
    prefixed: bool


def _width(zone: int) -> int:
    """Return the width (degrees) of the zone of a number.

    Raises
    ------
    CRSError
        If no zone of the mainland has that number.
    """
    if zone in _ZONES_3 or zone in _ZONES_6:
        return 3 if zone in _ZONES_3 else 6
    raise CRSError("zone_unknown", zone=zone)


def crs_of_zone(zone: int, *, prefixed: bool, datum: str = "cgcs2000") -> str:
    """Return ``EPSG:…`` of a zone number (13–23 are 6°, 25–45 are 3° zones).

    Parameters
    ----------
    zone : int
        The zone number (带号).
    prefixed : bool
        Whether eastings carry it.
    datum : str
        One of `DATUMS`.

    Raises
    ------
    CRSError
        If no zone of the mainland has that number.
    """
    return f"EPSG:{_code(datum, zone, prefixed)}"


def _code(datum: str, zone: int, prefixed: bool) -> int:
    """Return the EPSG code of a zone."""
    three, three_bare, six, six_bare = _CODES[datum]
    add = (three, three_bare) if _width(zone) == 3 else (six, six_bare)
    return _ODD.get((datum, zone, prefixed), zone + add[not prefixed])


def meridian_of_zone(zone: int) -> int:
    """Return the central meridian (degrees east) of a zone number.

    Raises
    ------
    CRSError
        If no zone of the mainland has that number.
    """
    return 3 * zone if _width(zone) == 3 else 6 * zone - 3


_ZONE_OF = {
    _code(datum, number, prefixed): Zone(datum, number, _width(number), prefixed)
    for datum in DATUMS
    for number in (*_ZONES_6, *_ZONES_3)
    for prefixed in (True, False)
}


def zone_of(crs: pyproj.CRS) -> Zone | None:
    """Return the zone that a CRS is, None where it is none (an independent local system, say)."""
    code = crs.to_epsg(min_confidence=70)
    return None if code is None else _ZONE_OF.get(code)


def datum_of(crs: pyproj.CRS) -> str | None:
    """Return which of `DATUMS` a CRS has, None where it has another."""
    datum = None if crs.geodetic_crs is None else crs.geodetic_crs.datum
    return None if datum is None else _NAMES.get(datum.name)


def central_meridian(crs: pyproj.CRS) -> float | None:
    """Return the meridian (degrees) about which a CRS is drawn, None where it is no such map."""
    operation = crs.coordinate_operation
    if operation is None or not operation.method_name.startswith("Transverse Mercator"):
        return None
    for parameter in operation.params:
        if parameter.name == "Longitude of natural origin":
            return float(parameter.value)
    return None
