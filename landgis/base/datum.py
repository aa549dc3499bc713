"""Datum shifts with the parameters of the survey office: 7 (Bursa-Wolf) and 4 (plane similarity).

PROJ knows no operation of stated accuracy between China's old datums and CGCS2000; what it offers
is off by as much as the datums are. Parameters are controlled survey data: they come from the
manifest, and neither findings nor receipts repeat their values.

Seven parameters, small angles, as the norms have it (EPSG 9606 and 9607, heights taken as 0)::

    X' = T + (1 + s) (X + r × X)     position_vector; coordinate_frame turns the other way

Four parameters between two plane systems, N north, E east, k = 1 + s::

    N' = dx + k (N cos a - E sin a)     clockwise on the map; anticlockwise takes -a
    E' = dy + k (N sin a + E cos a)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import ProjError

from landgis.base.errors import CRSError
from landgis.base.projections import name_of, transformer

__all__ = [
    "PARAMETERS",
    "SENSES",
    "DatumShift",
    "Route",
    "fitted_similarity",
    "residuals",
    "route_of",
]

Floats = npt.NDArray[np.float64]
Method = Literal["4", "7"]

#: the parameters of a method, in the manifest's names: m, seconds of arc, parts per million
PARAMETERS: dict[str, tuple[str, ...]] = {
    "7": ("dx_m", "dy_m", "dz_m", "rx_s", "ry_s", "rz_s", "scale_ppm"),
    "4": ("dx_m", "dy_m", "rotation_s", "scale_ppm"),
}
#: the two senses of a method's rotations: the one of the formula above first
SENSES: dict[str, tuple[str, str]] = {
    "7": ("position_vector", "coordinate_frame"),
    "4": ("clockwise", "anticlockwise"),
}
_ROTATIONS = ("rx_s", "ry_s", "rz_s", "rotation_s")
_SECOND = np.pi / (180 * 3600)
#: each turn brings the way back nearer by a factor of the rotations, 1e-5 or less
_TURNS = 6


@dataclass(frozen=True)
class DatumShift:
    """One set of parameters.

    Attributes
    ----------
    source, target : CRS
        Between which they hold: any CRS of either datum for 7, the very two plane systems for 4.
    method : {"7", "4"}
    values : mapping
        The parameters by their names in `PARAMETERS`.
    sense : str
        Which way rotations turn, one of `SENSES`.
    place : str
        Where they stand: ``[[datum_shift]] 1``.
    """

    source: pyproj.CRS
    target: pyproj.CRS
    method: Method
    values: Mapping[str, float]
    sense: str
    place: str = "[[datum_shift]]"

    @property
    def turns(self) -> bool:
        """Tell whether anything is rotated: otherwise both senses are the same."""
        return any(self.values.get(name, 0.0) != 0.0 for name in _ROTATIONS)

    def other_sense(self) -> DatumShift:
        """Return the same parameters read in the other sense."""
        one, other = SENSES[self.method]
        return replace(self, sense=other if self.sense == one else one)

    def forward(self, xy: Floats) -> Floats:
        """Return coordinates (n, 2; east before north) of the source in the target."""
        return self._plane(xy) if self.method == "4" else self._space(xy)

    def backward(self, xy: Floats) -> Floats:
        """Return coordinates of the target in the source."""
        return self._plane_back(xy) if self.method == "4" else self._space_back(xy)

    def _similarity(self) -> tuple[float, float, float, float]:
        """Return dx, dy and k cos a, k sin a of the formula."""
        angle = self.values["rotation_s"] * _SECOND
        if self.sense == SENSES["4"][1]:
            angle = -angle
        k = 1 + self.values["scale_ppm"] * 1e-6
        return self.values["dx_m"], self.values["dy_m"], k * np.cos(angle), k * np.sin(angle)

    def _plane(self, xy: Floats) -> Floats:
        dx, dy, c, s = self._similarity()
        east, north = xy[:, 0], xy[:, 1]
        return np.column_stack([dy + north * s + east * c, dx + north * c - east * s])

    def _plane_back(self, xy: Floats) -> Floats:
        dx, dy, c, s = self._similarity()
        east, north = xy[:, 0] - dy, xy[:, 1] - dx
        k2 = c * c + s * s
        return np.column_stack([(east * c - north * s) / k2, (north * c + east * s) / k2])

    def _space(self, xy: Floats) -> Floats:
        lonlat = _between(self.source, self.source.geodetic_crs, xy)
        return _between(self.target.geodetic_crs, self.target, self._degrees(lonlat))

    def _space_back(self, xy: Floats) -> Floats:
        wanted = _between(self.target, self.target.geodetic_crs, xy)
        lonlat = wanted
        for _ in range(_TURNS):  # heights are 0 on either side, so the way back is sought
            lonlat = lonlat + (wanted - self._degrees(lonlat))
        return _between(self.source.geodetic_crs, self.source, lonlat)

    def _degrees(self, lonlat: Floats) -> Floats:
        """Shift longitude and latitude (degrees), height 0."""
        lon, lat = _pipeline(
            _ellipsoid(self.source),
            _ellipsoid(self.target),
            tuple(self.values[name] for name in PARAMETERS["7"]),
            self.sense,
        ).transform(lonlat[:, 0], lonlat[:, 1])
        return np.column_stack([lon, lat])


def _ellipsoid(crs: pyproj.CRS) -> str:
    """Return a CRS's ellipsoid as PROJ writes it."""
    ellipsoid: Any = crs.ellipsoid
    return f"+a={ellipsoid.semi_major_metre!r} +rf={ellipsoid.inverse_flattening!r}"


@cache
def _pipeline(
    source: str, target: str, values: tuple[float, ...], sense: str
) -> pyproj.Transformer:
    """Return PROJ's seven-parameter shift of degrees: geodetic, geocentric, and back."""
    names = ("x", "y", "z", "rx", "ry", "rz", "s")
    helmert = " ".join(f"+{name}={value!r}" for name, value in zip(names, values, strict=True))
    return pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad"
        f" +step +proj=cart {source}"
        f" +step +proj=helmert {helmert} +convention={sense}"
        f" +step +inv +proj=cart {target}"
        " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


def _between(source: pyproj.CRS | None, target: pyproj.CRS | None, xy: Floats) -> Floats:
    """Return coordinates in another CRS of the same datum."""
    assert source is not None
    assert target is not None
    if source == target:
        return xy
    way = transformer(source.to_wkt(), target.to_wkt(), False)
    return np.column_stack(way.transform(xy[:, 0], xy[:, 1]))


def _known_way(source: pyproj.CRS, target: pyproj.CRS) -> bool:
    """Tell whether PROJ knows an operation of stated accuracy."""
    if source == target:
        return True
    try:
        transformer(source.to_wkt(), target.to_wkt(), False)
    except ProjError:
        return False
    return True


@dataclass(frozen=True)
class Route:
    """A way between two CRSs over a datum shift.

    Attributes
    ----------
    shift : DatumShift
    back : bool
        Whether the shift is gone backwards.
    move : callable
        Coordinates (n, 2; east before north) of the one in the other.
    """

    shift: DatumShift
    back: bool
    move: Callable[[Floats], Floats]


def route_of(
    shifts: Iterable[DatumShift], source: pyproj.CRS, target: pyproj.CRS, layer: str
) -> Route | None:
    """Return the way over one of the shifts; None where none serves.

    A shift between exactly these systems goes before one between their datums; one between two
    systems of the same datum (a local system) serves only exactly its own.

    Raises
    ------
    CRSError
        If two shifts serve equally well.
    """
    exact, fitting = [], []
    for shift in shifts:
        for back in (False, True):
            a, b = (shift.target, shift.source) if back else (shift.source, shift.target)
            if not _known_way(b, target):
                continue
            if source == a:
                exact.append((shift, back))
            elif _known_way(source, a) and not _known_way(a, b):
                fitting.append((shift, back))
    found = exact or fitting
    if not found:
        return None
    if len(found) > 1:
        places = ", ".join(shift.place for shift, _ in found)
        raise CRSError(
            "datum_several",
            layer=layer,
            source=name_of(source),
            target=name_of(target),
            sets=places,
        )
    shift, back = found[0]
    return Route(shift, back, _moving(shift, back, source, target))


def _moving(
    shift: DatumShift, back: bool, source: pyproj.CRS, target: pyproj.CRS
) -> Callable[[Floats], Floats]:
    """Return the function that goes from source to target over a shift."""
    a, b = (shift.target, shift.source) if back else (shift.source, shift.target)
    step = shift.backward if back else shift.forward

    def move(xy: Floats) -> Floats:
        return _between(b, target, step(_between(source, a, xy)))

    return move


def residuals(shift: DatumShift, source: Floats, target: Floats) -> Floats:
    """Return given less computed coordinates (m; east, north) of control points.

    Parameters
    ----------
    shift : DatumShift
        Its target is in metres.
    source, target : ndarray of shape (n, 2)
        The points in either CRS of the shift, east before north.
    """
    return target - shift.forward(source)


def fitted_similarity(source: Floats, target: Floats) -> dict[str, float]:
    """Return the four parameters (clockwise sense) that fit control points best.

    Least squares about the centres of gravity; east before north, m.
    """
    middle, aim = source.mean(axis=0), target.mean(axis=0)
    (e, n), (e2, n2) = (source - middle).T, (target - aim).T
    whole = (e * e + n * n).sum()
    c, s = (e * e2 + n * n2).sum() / whole, (n * e2 - e * n2).sum() / whole
    return {
        "dx_m": float(aim[1] - (middle[1] * c - middle[0] * s)),
        "dy_m": float(aim[0] - (middle[1] * s + middle[0] * c)),
        "rotation_s": float(np.arctan2(s, c) / _SECOND),
        "scale_ppm": float((np.hypot(c, s) - 1) * 1e6),
    }
