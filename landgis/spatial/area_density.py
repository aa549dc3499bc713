"""How many square metres of the ellipsoid a square metre of the map is, from place to place.

The density is the derivative of the official series along the map: smooth, and nearly 1 within a
zone. It is measured with PROJ on a grid of Chebyshev nodes and kept as a polynomial that agrees
with it to 2e-11 between the nodes, so that a layer needs some hundred points projected and not
every vertex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
from numpy.polynomial import chebyshev

from landgis.spatial.area_series import from_equator, to_lonlat
from landgis.spatial.shapes import Floats

__all__ = ["Density", "density_over"]

#: m; the step of the differences: noise and truncation both stay under 5e-12
_STEP_M = 2000.0
#: the four neighbours of a difference of fourth order, and their weights
_AROUND = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))
_DEGREES = (3, 5, 8, 12)
_FIT = 2e-11
_TRIALS = 64


@dataclass(frozen=True)
class Density:
    """Square metres of the ellipsoid per square metre of the map, over a rectangle.

    Attributes
    ----------
    middle, half : ndarray of 2 floats
        The rectangle's middle and half its sides (m).
    terms : ndarray of shape (n, n)
        Coefficients of the Chebyshev polynomials of east and north.
    """

    middle: Floats
    half: Floats
    terms: Floats

    def _unit(self, xy: Floats) -> tuple[Floats, Floats]:
        """Return coordinates as shares of the rectangle, -1 to 1."""
        unit: Any = (xy - self.middle) / self.half
        return unit[:, 0], unit[:, 1]

    def at(self, xy: Floats) -> Floats:
        """Return the density at points of the map."""
        values = chebyshev.chebval2d(*self._unit(xy), self.terms)
        return np.asarray(values, dtype=np.float64)

    def curvature(self, xy: Floats) -> tuple[Floats, Floats, Floats]:
        """Return its second derivatives (1/m²) at points: east-east, east-north, north-north."""
        u, v = self._unit(xy)
        east = chebyshev.chebder(self.terms, axis=0)
        a, b = self.half
        return (
            chebyshev.chebval2d(u, v, chebyshev.chebder(east, axis=0)) / a**2,
            chebyshev.chebval2d(u, v, chebyshev.chebder(east, axis=1)) / (a * b),
            chebyshev.chebval2d(u, v, chebyshev.chebder(self.terms, m=2, axis=1)) / b**2,
        )


def _measured(xy: Floats, lonlat: pyproj.Transformer, ellipsoid: Any) -> Floats:
    """Return the density at points, from the projection itself."""
    x, y = xy[:, 0], xy[:, 1]
    here, _ = lonlat.transform(x, y, radians=True)
    slopes = np.zeros((2, 2, len(xy)))  # of longitude and area, along east and north
    for along, (dx, dy) in enumerate(((_STEP_M, 0.0), (0.0, _STEP_M))):
        for steps, weight in _AROUND:
            lon, lat = lonlat.transform(x + steps * dx, y + steps * dy, radians=True)
            slopes[0, along] += weight * (lon - here)
            slopes[1, along] += weight * from_equator(lat, ellipsoid)
    (lon_e, lon_n), (area_e, area_n) = slopes / _STEP_M
    out: Floats = np.abs(lon_e * area_n - lon_n * area_e)
    return out


def _fitted(
    low: Floats, high: Floats, degree: int, lonlat: pyproj.Transformer, ellipsoid: Any
) -> Density:
    """Return the polynomial through the density at the nodes of a rectangle."""
    nodes = chebyshev.chebpts1(degree + 1)
    middle, half = (low + high) / 2, (high - low) / 2
    u, v = np.meshgrid(nodes, nodes, indexing="ij")
    points = np.column_stack([u.ravel(), v.ravel()]) * half + middle
    values = _measured(points, lonlat, ellipsoid)
    to_terms = np.linalg.inv(chebyshev.chebvander(nodes, degree))
    return Density(middle, half, to_terms @ values.reshape(u.shape) @ to_terms.T)


def density_over(low: Floats, high: Floats, crs: pyproj.CRS) -> Density | None:
    """Return the density over a rectangle of the map; None where no polynomial follows it.

    Parameters
    ----------
    low, high : ndarray of 2 floats
        South-west and north-east corner, m.
    crs : CRS
        In metres.
    """
    trials = np.random.default_rng(0).uniform(low, high, (_TRIALS, 2))
    lonlat = to_lonlat(crs)
    with np.errstate(invalid="ignore"):
        truth = _measured(trials, lonlat, crs.ellipsoid)
        if not np.isfinite(truth).all():
            return None
        for degree in _DEGREES:
            fitted = _fitted(low, high, degree, lonlat, crs.ellipsoid)
            if np.abs(fitted.at(trials) - truth).max() < _FIT:
                return fitted
    return None
