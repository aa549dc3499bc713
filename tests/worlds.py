"""Tiny worlds: frames from a few numbers, far from the origin, and every awkward shape there is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

GK38 = "EPSG:4526"  # CGCS2000, 3-degree Gauss-Kruger zone 38: eastings carry the zone number
EAST, NORTH = 38_500_000.0, 3_800_000.0
Named = dict[str, BaseGeometry | None]
DAY = "2022-10-14"
AGREED = "2022-09-01"


def box(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """Return a rectangle, in metres from the corner of the world."""
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def at(east: float, north: float) -> BaseGeometry:
    return shapely.Point(EAST + east, NORTH + north)


def line(*xy: tuple[float, float]) -> BaseGeometry:
    return shapely.LineString([(EAST + x, NORTH + y) for x, y in xy])


def ring(*xy: tuple[float, float]) -> BaseGeometry:
    return shapely.Polygon([(EAST + x, NORTH + y) for x, y in xy])


BOW_TIE = ring((0, 0), (10, 10), (10, 0), (0, 10))
ZERO_LINE = line((3, 3), (3, 3))

#: every awkward shape that is usable, with what it measures (m2, m or count)
AWKWARD: dict[str, tuple[BaseGeometry, float]] = {
    "hole": (box(2, 2, 18, 8) - box(8, 4, 12, 6), 88.0),
    "multipart": (shapely.MultiPolygon([box(1, 1, 3, 3), box(15, 1, 25, 3)]), 24.0),
    "sliver": (box(0, 5, 20, 5.001), 0.02),
    "corner touch": (box(20, 10, 24, 14), 16.0),
    "a parcel itself": (box(0, 0, 10, 10), 100.0),
    "on the border": (line((10, 0), (10, 10)), 10.0),
    "along two parcels": (line((0, 5), (20, 5)), 20.0),
    "retraced": (line((2, 2), (8, 2), (2, 2)), 12.0),
    "figure of eight": (line((2, 2), (8, 8), (8, 2), (2, 8)), 2 * 72**0.5 + 6),
    "graves": (shapely.MultiPoint([at(5, 5), at(10, 5), at(15, 5), at(90, 90)]), 4.0),
    "mixed": (
        shapely.GeometryCollection([at(5, 5), line((0, 0), (9, 9)), box(8, 1, 12, 2)]),
        4.0,
    ),
    "nested": (
        shapely.GeometryCollection(
            [shapely.GeometryCollection([line((1, 1), (4, 1)), at(1, 1)]), line((5, 1), (6, 1))]
        ),
        4.0,
    ),
    "with heights": (shapely.force_3d(box(8, 6, 12, 7), 80.0), 4.0),
}


def parcels(shapes: Named, crs: str = GK38, **columns: object) -> gpd.GeoDataFrame:
    """Parcels by id, agreed before the day."""
    table = {"parcel_id": list(shapes), "agreed_on": pd.Timestamp(AGREED), **columns}
    frame = pd.DataFrame(table, index=range(len(shapes)))
    return gpd.GeoDataFrame(frame, geometry=[*shapes.values()], crs=crs)


def records(shapes: Named, kind: object = "house", **columns: object) -> gpd.GeoDataFrame:
    table = {"record_id": list(shapes), "kind": kind, **columns}
    frame = pd.DataFrame(table, index=range(len(shapes)))
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([*shapes.values()], crs=GK38), crs=GK38)


def projects(shapes: Named, **columns: object) -> gpd.GeoDataFrame:
    frame = pd.DataFrame({"project_id": list(shapes), **columns}, index=range(len(shapes)))
    return gpd.GeoDataFrame(frame, geometry=[*shapes.values()], crs=GK38)


def power_lines(
    shapes: Named,
    kv: object = "110",
    offset: object = 4.0,
    **columns: object,
) -> gpd.GeoDataFrame:
    table = {"line_id": list(shapes), "voltage_kv": kv, "edge_offset_m": offset, **columns}
    frame = pd.DataFrame(table, index=range(len(shapes)))
    return gpd.GeoDataFrame(frame, geometry=[*shapes.values()], crs=GK38)


def two() -> gpd.GeoDataFrame:
    """Two squares of 100 m² side by side."""
    return parcels({"A": box(0, 0, 10, 10), "B": box(10, 0, 20, 10)})


def shuffled(frame: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    """Return the same rows in another order, under another index."""
    order = np.random.default_rng(seed).permutation(len(frame))
    return frame.iloc[order].set_index(pd.Index(order * 7 + 3))
