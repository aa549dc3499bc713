"""The grid of the orthophotos, their noise and their colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin

from .delivery import Delivery

Array = NDArray[np.float64]


PIXEL_M = 1.25


MARGIN_M = 110.0


#: base colour of the ground per use: several, one is drawn per parcel
COLOURS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "paddy": ((96, 128, 66), (108, 138, 72), (86, 118, 62), (120, 142, 82)),
    "dry": ((132, 128, 84), (116, 132, 76), (148, 134, 98), (98, 120, 68)),
    "orchard": ((134, 122, 88), (126, 120, 84)),
    "eucalyptus": ((66, 92, 60), (74, 98, 66)),
    "pond": ((62, 84, 76), (70, 94, 84), (84, 104, 88)),
    "plot": ((168, 162, 150), (158, 150, 136), (176, 170, 160), (148, 146, 128)),
    "garden": ((104, 122, 74), (118, 124, 84), (92, 114, 68)),
    "lane": ((192, 188, 178),),
    "track": ((188, 178, 156), (182, 174, 150)),
    "highway": ((142, 142, 144),),
    "ditch": ((84, 104, 72),),
}


RIPE: dict[str, tuple[tuple[int, int, int], ...]] = {
    "paddy": ((176, 158, 84), (158, 150, 80), (138, 142, 76), (170, 160, 104)),
    "dry": ((142, 130, 88), (126, 128, 78), (156, 140, 106), (112, 120, 70)),
}


ROOFS = {
    "砖混": ((178, 172, 166), (150, 146, 142), (176, 96, 78)),
    "框架": ((196, 194, 190), (164, 84, 70), (186, 180, 170)),
    "砖木": ((124, 92, 80), (112, 100, 92)),
    "土木": ((120, 108, 92), (104, 96, 86)),
    "简易": ((150, 152, 152), (92, 124, 168)),
}


NEW_ROOF = (64, 122, 196)


SOIL = np.array([172.0, 138.0, 102.0])


RUBBLE = np.array([166.0, 156.0, 144.0])


@dataclass
class Canvas:
    """The grid of both pictures."""

    shape: tuple[int, int]
    transform: Affine
    east: Array  # of each column (m from the left edge)
    north: Array  # of each row (m from the upper edge, downwards)


def make_canvas(delivery: Delivery) -> Canvas:
    """Return a grid over the survey and a margin around it."""
    low_x, low_y, high_x, high_y = shapely.total_bounds(
        np.array([parcel.shape for parcel in delivery.ground.parcels])
    )
    left, top = np.floor((low_x - MARGIN_M) / 10) * 10, np.ceil((high_y + MARGIN_M) / 10) * 10
    width = int(np.ceil((high_x + MARGIN_M - left) / PIXEL_M))
    height = int(np.ceil((top - low_y + MARGIN_M) / PIXEL_M))
    return Canvas(
        (height, width),
        from_origin(left, top, PIXEL_M, PIXEL_M),
        (np.arange(width) + 0.5) * PIXEL_M,
        (np.arange(height) + 0.5) * PIXEL_M,
    )


def noise(canvas: Canvas, size_m: float, rng: np.random.Generator) -> Array:
    """Return smooth noise in [0, 1) whose spots are about `size_m` wide."""
    out = np.empty(canvas.shape)
    rows, columns = canvas.north / size_m, canvas.east / size_m
    grid = rng.random((int(rows[-1]) + 2, int(columns[-1]) + 2))
    r0, c0 = rows.astype(int), columns.astype(int)
    fr, fc = rows - r0, columns - c0
    fr, fc = fr * fr * (3 - 2 * fr), fc * fc * (3 - 2 * fc)
    upper = grid[r0][:, c0] * (1 - fc) + grid[r0][:, c0 + 1] * fc
    lower = grid[r0 + 1][:, c0] * (1 - fc) + grid[r0 + 1][:, c0 + 1] * fc
    out[:] = upper * (1 - fr)[:, None] + lower * fr[:, None]
    return out


def cloudy(canvas: Canvas, size_m: float, rng: np.random.Generator, octaves: int = 4) -> Array:
    """Return noise of several sizes around 0, about -1 to 1."""
    total = np.zeros(canvas.shape)
    weight = 1.0
    for _ in range(octaves):
        total += (noise(canvas, size_m, rng) - 0.5) * weight
        size_m, weight = max(size_m / 2.2, PIXEL_M), weight * 0.62
    return total


def burn(canvas: Canvas, shapes: list[tuple[shapely.Geometry, int]]) -> NDArray[np.int32]:
    """Return the number of the shape that covers each pixel's centre, 0 where none does."""
    if not shapes:
        return np.zeros(canvas.shape, dtype=np.int32)
    return rasterize(shapes, out_shape=canvas.shape, transform=canvas.transform, dtype="int32")


def direction(shape: shapely.Polygon) -> tuple[float, float]:
    """Return the unit vector along a parcel's longer side."""
    box = shapely.get_coordinates(shapely.oriented_envelope(shape))[:4]
    one, two = box[1] - box[0], box[2] - box[1]
    long = one if np.hypot(*one) >= np.hypot(*two) else two
    long = long / np.hypot(*long)
    return float(long[0]), float(long[1])
