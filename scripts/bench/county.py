"""A seeded county for benchmarks: parcels that share every vertex of their borders.

A honeycomb with shaken corners and wiggly edges: like a Voronoi diagram three borders meet in
each corner, but the ground is divided exactly and a million parcels are drawn in seconds.
Coordinates are whole millimetres, as survey software writes them.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

__all__ = ["make_county", "make_records", "make_red_lines", "plant_defects", "split_edges"]

Floats = npt.NDArray[np.float64]

CRS = "EPSG:4526"
EAST, NORTH = 38_480_000.0, 2_560_000.0
MEAN_M2 = 2000.0
M2_PER_MU = 2000 / 3
#: m; side of a regular hexagon of the mean area
SIDE = float(np.sqrt(MEAN_M2 * 2 / (3 * np.sqrt(3))))
#: most vertices within an edge; three in four edges out of eight
INNER = 4
USES = ("0101", "0102", "0103", "0301", "0702", "1006")


def _corners(rows: int, columns: int, rng: np.random.Generator) -> Floats:
    """Return the corners of the honeycomb, (rows + 1, 2 columns + 2, 2)."""
    row, column = np.mgrid[0 : rows + 1, 0 : 2 * columns + 2]
    high = (row + column) % 2 == 0
    x = column * SIDE * np.sqrt(3) / 2
    y = (row * 1.5 + np.where(high, 0.5, 0.0)) * SIDE
    corners = np.stack([x, y], axis=-1) + rng.uniform(-0.18, 0.18, (*x.shape, 2)) * SIDE
    return corners + np.array([EAST, NORTH])


def _edges(start: Floats, end: Floats, rng: np.random.Generator) -> Floats:
    """Return the vertices of edges from their start on, (…, 1 + INNER, 2); absent ones are nan."""
    count = rng.integers(INNER - 1, INNER + 1, start.shape[:-1])
    step = np.arange(1, INNER + 1) / (count[..., None] + 1)
    way = (end - start)[..., None, :]
    side = np.stack([-way[..., 1], way[..., 0]], axis=-1)
    wiggle = rng.uniform(-0.05, 0.05, step.shape)
    inner = start[..., None, :] + way * step[..., None] + side * wiggle[..., None]
    inner[step >= 1] = np.nan
    return np.round(np.concatenate([start[..., None, :], inner], axis=-2), 3)


def _backwards(edges: Floats, end: Floats) -> Floats:
    """Return edges as the parcel on their other side walks them: from the end on."""
    inner = edges[..., :0:-1, :]
    return np.concatenate([np.round(end, 3)[..., None, :], inner], axis=-2)


def _shapes(n: int, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Return n parcels, row by row from the south."""
    columns = int(np.ceil(np.sqrt(n * np.sqrt(3) / 2)))
    rows = -(-n // columns)
    corners = _corners(rows, columns, rng)
    along = _edges(corners[:, :-1], corners[:, 1:], rng)
    up = _edges(corners[:-1], corners[1:], rng)
    i, j = (axis.ravel()[:n] for axis in np.mgrid[0:rows, 0:columns])
    c = 2 * j + i % 2
    walk = [
        along[i, c],
        along[i, c + 1],
        up[i, c + 2],
        _backwards(along[i + 1, c + 1], corners[i + 1, c + 2]),
        _backwards(along[i + 1, c], corners[i + 1, c + 1]),
        _backwards(up[i, c], corners[i + 1, c]),
    ]
    closing = np.round(corners[i, c], 3)[:, None, :]
    ring = np.concatenate([*walk, closing], axis=1)
    there = ~np.isnan(ring[..., 0])
    ends = np.r_[0, np.cumsum(there.sum(axis=1))]
    kind = shapely.GeometryType.POLYGON
    shapes: Any = shapely.from_ragged_array(kind, ring[there], (ends, np.arange(n + 1)))
    return np.asarray(shapes, dtype=object)


def make_county(n: int, seed: int = 0) -> gpd.GeoDataFrame:
    """Return n parcels with matched nodes, about 27 vertices and 2000 m² each.

    Returns
    -------
    GeoDataFrame
        ``parcel_id`` (19 characters, GB/T 37346), ``village``, ``group``, ``ownership``,
        ``land_use``, ``stated_area_mu`` (to four decimals) in zone 38 metres.
    """
    rng = np.random.default_rng(seed)
    shapes = _shapes(n, rng)
    sheet, number = np.divmod(np.arange(n), 5000)
    names = pd.Series(sheet).map("450123001{:03d}".format) + "JA"
    table = {
        "parcel_id": names + pd.Series(number + 1).map("{:05d}".format),
        "village": pd.Series(sheet + 1).map("第{}村".format),
        "group": pd.Series(number // 500 + 1).map("{}组".format),
        "ownership": "collective",
        "land_use": np.asarray(USES)[rng.integers(0, len(USES), n)],
        "stated_area_mu": np.round(shapely.area(shapes) / M2_PER_MU, 4),
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)


def make_records(county: gpd.GeoDataFrame, n: int, seed: int = 0) -> gpd.GeoDataFrame:
    """Return n records on a county: a quarter points, buildings (60 %), crops (15 %).

    Buildings are turned rectangles of some 100 m², of which about one in twenty lies over a border;
    crops are blobs of some 300 m² around points of parcels, of which about every second does.

    Returns
    -------
    GeoDataFrame
        ``record_id``, ``parcel_id`` (missing) in the county's CRS.
    """
    rng = np.random.default_rng([seed, 3])
    kind = np.repeat([0, 1, 2], [n // 4, n - n // 4 - n * 15 // 100, n * 15 // 100])
    home = rng.integers(0, len(county), n)
    middle = shapely.get_coordinates(shapely.centroid(county.geometry.to_numpy()))[home]
    reach = np.choose(kind, [0.9, 0.55, 0.8]) * SIDE * np.sqrt(rng.random(n))
    angle = rng.uniform(0, 2 * np.pi, n)
    at = middle + reach[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    shapes = shapely.points(at)
    shapes[kind == 1] = _blobs(at[kind == 1], 4, (4.0, 7.5), rng)
    shapes[kind == 2] = _blobs(at[kind == 2], 12, (8.0, 12.0), rng)
    order = rng.permutation(n)
    table = {"record_id": [f"R{k:07d}" for k in range(n)], "parcel_id": None}
    return gpd.GeoDataFrame(table, geometry=shapes[order], crs=county.crs)


def _blobs(
    at: Floats, corners: int, radius_m: tuple[float, float], rng: np.random.Generator
) -> npt.NDArray[np.object_]:
    """Return polygons of some corners around points."""
    turn = rng.uniform(0, 2 * np.pi, (len(at), 1)) + np.arange(corners) * 2 * np.pi / corners
    radius = rng.uniform(*radius_m, (len(at), 1)) * rng.uniform(0.85, 1.0, turn.shape)
    way = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    shapes: Any = shapely.polygons(np.round(at[:, None, :] + radius[..., None] * way, 3))
    return np.asarray(shapes, dtype=object)


def make_red_lines(county: gpd.GeoDataFrame, count: int = 12) -> gpd.GeoDataFrame:
    """Return rectangles inside the county, side by side in two rows, with ``project_id``."""
    west, south, east, north = county.total_bounds + SIDE * np.array([4, 4, -4, -4])
    x = np.linspace(west, east, count // 2 + 1)
    y = np.linspace(south, (south + north) / 2, 2)
    y = np.r_[y, north]
    boxes = [shapely.box(x[k], y[m], x[k + 1], y[m + 1]) for m in (0, 1) for k in range(count // 2)]
    ids = [f"P{k + 1:02d}" for k in range(len(boxes))]
    return gpd.GeoDataFrame({"project_id": ids}, geometry=boxes, crs=county.crs)


def _moved(shape: Any, rng: np.random.Generator, by_m: float) -> Any:
    """Return a parcel with one vertex moved."""
    xy = shapely.get_coordinates(shape)
    at, angle = rng.integers(1, len(xy) - 1), rng.uniform(0, 2 * np.pi)
    xy[at] = np.round(xy[at] + by_m * np.array([np.cos(angle), np.sin(angle)]), 3)
    return shapely.Polygon(xy)


def plant_defects(
    county: gpd.GeoDataFrame, share: float = 0.001, seed: int = 0
) -> gpd.GeoDataFrame:
    """Return the county with defects in a share of its parcels, at least 20.

    In turn: a vertex pushed by 1 m (an overlap and a gap), one pushed by 3 cm (near miss), a parcel
    left out, a parcel handed over twice, one shifted by 6 cm (slivers), a bow-tie.
    """
    rng = np.random.default_rng([seed, 1])
    count = max(20, round(share * len(county)))
    chosen = np.sort(rng.choice(len(county), count, replace=False))
    shapes = county.geometry.to_numpy().copy()
    kind = np.arange(count) % 6
    for at, what in zip(chosen, kind, strict=True):
        if what in (0, 1):
            shapes[at] = _moved(shapes[at], rng, (1.0, 0.03)[what])
        elif what == 4:
            shapes[at] = shapely.transform(
                shapes[at], lambda xy: np.round(xy + np.array([0.06, 0]), 3)
            )
        elif what == 5:
            xy = shapely.get_coordinates(shapes[at])
            xy[[3, 9]] = xy[[9, 3]]
            shapes[at] = shapely.Polygon(xy)
    marred = county.set_geometry(gpd.GeoSeries(shapes, index=county.index, crs=county.crs))
    again = marred.iloc[chosen[kind == 3]]
    again = again.assign(parcel_id=[f"{one}#2" for one in again["parcel_id"]])
    kept = marred.drop(index=marred.index[chosen[kind == 2]])
    return pd.concat([kept, again], ignore_index=True)


def split_edges(county: gpd.GeoDataFrame, share: float = 0.2, seed: int = 0) -> gpd.GeoDataFrame:
    """Return the county with a vertex more in each edge of a share of its parcels: T-junctions."""
    rng = np.random.default_rng([seed, 2])
    chosen = np.flatnonzero(rng.random(len(county)) < share)
    shapes = county.geometry.to_numpy().copy()
    xy, ring = shapely.get_coordinates(shapes[chosen], return_index=True)
    same = np.flatnonzero(ring[:-1] == ring[1:])
    middle = (xy[same] + xy[same + 1]) / 2
    order = np.argsort(np.r_[np.arange(len(xy)), same + 0.5], kind="stable")
    rings = shapely.linearrings(np.r_[xy, middle][order], indices=np.r_[ring, ring[same]][order])
    shapes[chosen] = shapely.polygons(rings)
    return county.set_geometry(gpd.GeoSeries(shapes, index=county.index, crs=county.crs))
