"""The versions that a figure depends on."""

from __future__ import annotations

import platform

import geopandas as gpd
import pyogrio
import pyproj
import shapely

import landgis

__all__ = ["versions"]


def versions() -> dict[str, str]:
    """Return landgis, Python, GDAL, GEOS and PROJ by name."""
    return {
        "landgis": landgis.__version__,
        "python": platform.python_version(),
        "geopandas": gpd.__version__,
        "shapely": shapely.__version__,
        "gdal": pyogrio.__gdal_version_string__,
        "geos": shapely.geos_version_string,
        "proj": pyproj.proj_version_str,
    }
