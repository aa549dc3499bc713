"""Areas on the ellipsoid: ours against loops over pyproj's Geod; ratios of medians, in one run.

A seeded layer of parcels (six corners, 1 mu or so) in zone 38. Contestants take turns: ours on the
plane coordinates; a loop over ``Geod.geometry_area_perimeter`` on shapes that were projected to
degrees beforehand, for nothing; the same loop on rings divided into pieces of 10 m, which is what
agrees with ours to 1e-3 m². The answers are compared before they count.

    python scripts/bench/bench_areas.py --parcels 100000 --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from landgis.spatial.areas import ellipsoidal_area

CRS = "EPSG:4526"
WEST, SOUTH, WIDE_M, HIGH_M = 38_480_000.0, 2_600_000.0, 40.0, 25.0
PIECE_M = 10.0
#: m²; how far ours may lie from the loop on divided rings
AGREES = 1e-3


def parcels(count: int, seed: int) -> gpd.GeoDataFrame:
    """Return parcels in rows and columns, their six corners moved by up to 5 m."""
    rng = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(count)))
    row, column = np.divmod(np.arange(count), columns)
    corners = np.array([(0, 0), (1, 0), (1, 0.5), (1, 1), (0.5, 1), (0, 1)]) * [WIDE_M, HIGH_M]
    origin = np.column_stack([WEST + column * WIDE_M, SOUTH + row * HIGH_M])
    moved = rng.uniform(-5, 5, (count, len(corners), 2))
    return gpd.GeoDataFrame(
        geometry=shapely.polygons(np.round(origin[:, None] + corners + moved, 3)), crs=CRS
    )


def in_degrees(shapes: np.ndarray) -> np.ndarray:
    """Return shapes of the plane with their vertices in longitude and latitude."""
    crs = pyproj.CRS(CRS)
    to_lonlat = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    moved: np.ndarray = shapely.transform(
        shapes, lambda xy: np.column_stack(to_lonlat.transform(xy[:, 0], xy[:, 1]))
    )
    return moved


def looped(shapes: np.ndarray, geod: pyproj.Geod) -> np.ndarray:
    """Return the areas of shapes in degrees, one after the other."""
    return np.abs([geod.geometry_area_perimeter(shape)[0] for shape in shapes])


def timed(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return seconds of every way, taking turns."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def main() -> None:
    """Compare, then time, then print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    frame = parcels(asked.parcels, asked.seed)
    plane = frame.geometry.to_numpy()
    geod = pyproj.CRS(CRS).get_geod()
    assert geod is not None
    drawn, divided = in_degrees(plane), in_degrees(shapely.segmentize(plane, PIECE_M))
    ours = ellipsoidal_area(frame).to_numpy()
    off = np.abs(ours - looped(divided, geod)).max()
    assert off < AGREES, off
    print(f"{len(frame)} parcels; from the loop on divided rings: at most {off:.1e} m²")
    ways = {
        "ours": lambda: ellipsoidal_area(frame),
        "loop over Geod, edges as drawn": lambda: looped(drawn, geod),
        "loop over Geod, edges divided": lambda: looped(divided, geod),
    }
    medians = {name: statistics.median(all_) for name, all_ in timed(ways, asked.rounds).items()}
    for name, seconds in medians.items():
        print(f"{name}: {seconds:.3f} s, {seconds / medians['ours']:.1f} × ours")


if __name__ == "__main__":
    main()
