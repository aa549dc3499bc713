"""The offset of GCJ-02, the coordinates of Chinese phone maps (火星坐标).

The formula is not official: it was published from the coordinates of such maps and agrees with them
to about a metre (https://en.wikipedia.org/wiki/Restrictions_on_geographic_data_in_China, "GCJ-02";
library eviltransform). It serves here to recognise such coordinates. Nothing is ever moved by it:
survey data have no business in it (domain rule, see `landgis.spatial.shifted`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["gcj02_offset"]

Array = npt.NDArray[np.float64]

#: the ellipsoid of the formula (Krassowsky): semi-major axis in metres, squared eccentricity
_A, _E2 = 6378245.0, 0.00669342162296594323


def _waves(value: Array, *terms: tuple[float, float]) -> Array:
    """Return a sum of sines: amplitude and period factor of each."""
    total = np.zeros_like(value)
    for amplitude, factor in terms:
        total += amplitude * np.sin(value * factor * np.pi)
    return total * 2 / 3


def gcj02_offset(lon: Array, lat: Array) -> tuple[Array, Array]:
    """Return how far GCJ-02 lies from WGS 84 at places in mainland China.

    Parameters
    ----------
    lon, lat : array
        Degrees on WGS 84 (or CGCS2000, which is the same here).

    Returns
    -------
    tuple of arrays
        Offset in longitude and in latitude, degrees; about 100 to 700 m together.
    """
    x, y = np.asarray(lon) - 105.0, np.asarray(lat) - 35.0
    both = _waves(x, (20.0, 6.0), (20.0, 2.0))
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root + both
    north += _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    east = 300.0 + x + 2.0 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root + both
    east += _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    sine = np.sin(np.radians(lat))
    magic = 1 - _E2 * sine**2
    meridian = _A * (1 - _E2) / magic**1.5
    parallel = _A / np.sqrt(magic) * np.cos(np.radians(lat))
    return np.degrees(east / parallel), np.degrees(north / meridian)
