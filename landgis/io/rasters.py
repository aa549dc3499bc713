"""Orthophotos for a map: the part that is looked at, warped to Web Mercator, within a size."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform, transform_bounds

from landgis.base.crs import parse_crs
from landgis.base.errors import SourceError
from landgis.io.files import refuse_other_kind, require_file

__all__ = ["Picture", "describe_image", "is_height_grid", "read_image"]

_MAP_CRS, _DEGREES = "EPSG:3857", "EPSG:4326"
#: a first guess of bytes per pixel of a JPEG of fields and roofs
_BYTES_PER_PIXEL = 0.35
_QUALITY = 80
_MAX_SIDE = 6000
#: share of dark and bright pixels that a stretch to eight bits lets go
_CUT = (2.0, 98.0)


@dataclass(frozen=True)
class Picture:
    """A part of an orthophoto, ready for a web map.

    Attributes
    ----------
    rgb : array of uint8, (rows, columns, 3)
        North up, in EPSG:3857; white where the photo has nothing.
    jpeg : bytes
        The same, compressed.
    bounds : tuple of float
        West, south, east, north of its outer edges in degrees (WGS 84).
    crs : str
        CRS of the file.
    """

    rgb: np.ndarray
    jpeg: bytes
    bounds: tuple[float, float, float, float]
    crs: str


def read_image(
    path: Path,
    *,
    bounds: Sequence[float] | None = None,
    crs: Any = None,
    image_crs: str | None = None,
    budget_bytes: int = 1_500_000,
    source: str | None = None,
) -> Picture | None:
    """Read a part of an orthophoto, warped to Web Mercator.

    Parameters
    ----------
    path : Path
        A raster that GDAL reads, of one band, of three or more, or with a palette.
    bounds : sequence of 4 floats, optional
        West, south, east, north of what is wanted, in `crs`; all of the photo without it.
    crs : CRS, optional
        CRS of the bounds.
    image_crs : str, optional
        CRS of the photo, where its file does not name one.
    budget_bytes : int
        Size that the JPEG stays below; the resolution gives way.
    source : str, optional
        Name for messages; the file's own name without it.

    Returns
    -------
    Picture or None
        None where the photo does not meet the bounds.

    Raises
    ------
    SourceError
        If the file is missing or unreadable, or nothing names its CRS.
    """
    name = source or path.name
    require_file(path, name)
    refuse_other_kind(path, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as photo:
                own = parse_crs(image_crs, name).to_wkt() if image_crs else photo.crs
                if not own or photo.transform.is_identity:
                    raise SourceError("image_without_crs", source=name, line='crs = "EPSG:4526"')
                return _within(photo, own, bounds, crs, budget_bytes)
    except (RasterioError, CRSError, CPLE_BaseError, OSError, MemoryError):
        raise SourceError("file_unreadable", source=name) from None


def describe_image(path: Path, source: str) -> dict[str, Any]:
    """Return what a raster is, without reading its pixels.

    Returns
    -------
    dict
        ``driver``, ``columns``, ``rows``, ``bands``, ``pixel_type``, ``nodata``, ``crs`` (None
        where the file has none or no place on the map), ``pixel_east``, ``pixel_north`` (in units
        of the CRS), ``west, south, east, north`` and the same in degrees.

    Raises
    ------
    SourceError
        If the file is missing, is no raster, or cannot be opened.
    """
    require_file(path, source)
    refuse_other_kind(path, source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as photo:
                placed = bool(photo.crs) and not photo.transform.is_identity
                told = {
                    "driver": photo.driver,
                    "columns": photo.width,
                    "rows": photo.height,
                    "bands": photo.count,
                    "pixel_type": ", ".join(dict.fromkeys(photo.dtypes)),
                    "nodata": photo.nodata,
                    "crs": photo.crs.to_string() if placed else None,
                }
                return told | (_ground(photo) if placed else {})
    except (RasterioError, CRSError, CPLE_BaseError, OSError, MemoryError):
        raise SourceError("file_unreadable", source=source) from None


def is_height_grid(told: Mapping[str, Any]) -> bool:
    """Tell whether a raster, as described, holds heights (DSM, DTM) rather than a picture.

    One band of floating-point numbers is a measured quantity; photos come in whole numbers.
    """
    return told["bands"] == 1 and str(told["pixel_type"]).startswith("float")


def _ground(photo: Any) -> dict[str, Any]:
    """Return the pixel size and the bounds of a raster, in its CRS and in degrees."""
    names = ("west", "south", "east", "north")
    degrees = transform_bounds(photo.crs, _DEGREES, *photo.bounds)
    size = {"pixel_east": photo.res[0], "pixel_north": photo.res[1]}
    inside = ("lon_west", "lat_south", "lon_east", "lat_north")
    own = dict(zip(names, photo.bounds, strict=True))
    return size | own | dict(zip(inside, degrees, strict=True))


def _within(
    photo: Any, own: Any, bounds: Sequence[float] | None, crs: Any, budget_bytes: int
) -> Picture | None:
    """Read the part of a photo that lies within bounds."""
    native, width, height = calculate_default_transform(
        own, _MAP_CRS, photo.width, photo.height, *photo.bounds
    )
    west, north = native.c, native.f
    frame = (west, north + native.e * height, west + native.a * width, north)
    if bounds is not None:
        wanted = transform_bounds(crs, _MAP_CRS, *bounds)
        frame = (
            max(frame[0], wanted[0]),
            max(frame[1], wanted[1]),
            min(frame[2], wanted[2]),
            min(frame[3], wanted[3]),
        )
        if frame[0] >= frame[2] or frame[1] >= frame[3]:
            return None
    finest = (frame[2] - frame[0]) / native.a, (frame[3] - frame[1]) / -native.e
    pixels = budget_bytes / _BYTES_PER_PIXEL
    shrink = min(1.0, math.sqrt(pixels / (finest[0] * finest[1])), _MAX_SIDE / max(finest))
    while True:
        size = max(1, round(finest[0] * shrink)), max(1, round(finest[1] * shrink))
        rgb = _warped(photo, own, frame, size)
        jpeg = _jpeg(rgb)
        if len(jpeg) <= budget_bytes or max(size) <= 16:
            degrees = transform_bounds(_MAP_CRS, _DEGREES, *frame)
            return Picture(rgb, jpeg, degrees, rasterio.crs.CRS.from_user_input(own).to_string())
        shrink *= 0.95 * math.sqrt(budget_bytes / len(jpeg))


def _warped(
    photo: Any, own: Any, frame: tuple[float, float, float, float], size: tuple[int, int]
) -> np.ndarray:
    """Warp a part of a photo to so many columns and rows; white where it has nothing."""
    with WarpedVRT(
        photo,
        src_crs=own,
        crs=_MAP_CRS,
        transform=from_bounds(*frame, *size),
        width=size[0],
        height=size[1],
        resampling=Resampling.nearest if _has_palette(photo) else Resampling.average,
        add_alpha=not _has_alpha(photo) and photo.nodata is None,
    ) as warped:
        bands = _bands(photo)
        picture = warped.read(bands)
        seen = warped.dataset_mask() > 0
        palette = photo.colormap(1) if _has_palette(photo) else None
    if palette is not None:
        table = np.zeros((256, 3), dtype=np.uint8)
        for value, colour in palette.items():
            table[value] = colour[:3]
        rgb = table[picture[0]]
    else:
        rgb = np.moveaxis(_eight_bits(picture, seen), 0, -1)
    rgb = np.repeat(rgb, 3, axis=2) if rgb.shape[2] == 1 else rgb
    return np.where(seen[..., None], rgb, np.uint8(255))


def _has_palette(photo: Any) -> bool:
    """Tell whether the first band holds numbers of colours."""
    return bool(photo.colorinterp[0] == ColorInterp.palette and photo.dtypes[0] == "uint8")


def _has_alpha(photo: Any) -> bool:
    """Tell whether a band says where the photo is."""
    return ColorInterp.alpha in photo.colorinterp


def _bands(photo: Any) -> list[int]:
    """Return the bands that are red, green and blue, or the first one or three."""
    colours = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    if all(colour in photo.colorinterp for colour in colours):
        return [photo.colorinterp.index(colour) + 1 for colour in colours]
    plain = [
        band for band, what in enumerate(photo.colorinterp, start=1) if what != ColorInterp.alpha
    ]
    return plain[:3] if len(plain) >= 3 else plain[:1]


def _eight_bits(picture: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return bands as eight bits; other numbers are stretched between their common extremes."""
    if picture.dtype == np.uint8:
        return picture
    values = picture[:, seen].astype("float64")
    values = values[np.isfinite(values)]
    if not values.size:
        return np.zeros(picture.shape, dtype=np.uint8)
    low, high = np.percentile(values, _CUT)
    spread = (picture.astype("float64") - low) / max(high - low, 1e-12)
    return np.asarray(np.nan_to_num(np.clip(spread, 0, 1)) * 255, dtype=np.uint8)


def _jpeg(rgb: np.ndarray) -> bytes:
    """Compress a picture."""
    height, width, _ = rgb.shape
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(
            driver="JPEG", width=width, height=height, count=3, dtype="uint8", quality=_QUALITY
        ) as file:
            file.write(np.moveaxis(rgb, -1, 0))
        return bytes(memory.read())
