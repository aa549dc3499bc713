"""The ground: a mosaic of fields, plots and tracks whose edges are shared to the millimetre.

It is planned in straight quadrilaterals, noded once, and only then bent: each segment is densified
from its smaller end, so that two neighbours get the same vertices, and the bent coordinates are
rounded to 0.001 m.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from .settings import EAST0, HEIGHT_M, NORTH0, RIVER, WIDTH_M

Array = NDArray[np.float64]
STEP_M = 20.0


@dataclass
class Node:
    """A piece of the plan: cut into children with a band between them, or a leaf (a block)."""

    quad: Array
    depth: int
    children: list[Node] = field(default_factory=list)
    band: Array | None = None
    number: int = -1

    def leaves(self) -> list[Node]:
        """Return the blocks within."""
        if not self.children:
            return [self]
        return [leaf for child in self.children for leaf in child.leaves()]

    def bands(self) -> list[Array]:
        """Return the tracks within."""
        own = [] if self.band is None else [self.band]
        return own + [band for child in self.children for band in child.bands()]

    def all(self) -> list[Node]:
        """Return this piece and every piece within."""
        return [self] + [node for child in self.children for node in child.all()]

    @property
    def hectares(self) -> float:
        """Area in the plan (ha)."""
        return float(shapely.area(shapely.polygons(self.quad))) / 1e4

    @property
    def centre(self) -> Array:
        """Mean of the corners."""
        return self.quad.mean(axis=0)


def rectangle(left: float, low: float, right: float, high: float) -> Array:
    """Return a rectangle of the plan."""
    return np.array([[left, low], [right, low], [right, high], [left, high]])


def sides(quad: Array) -> tuple[float, float]:
    """Return the mean lengths (m) of a quadrilateral along its first and second direction."""
    a, b, c, d = quad
    along = (np.hypot(*(b - a)) + np.hypot(*(c - d))) / 2
    across = (np.hypot(*(d - a)) + np.hypot(*(c - b))) / 2
    return float(along), float(across)


def slice_quad(
    quad: Array, axis: int, low: tuple[float, float], high: tuple[float, float]
) -> Array:
    """Return the part between two cuts; a cut is its fraction on one side and on the other."""
    a, b, c, d = quad
    if axis == 0:
        return np.array(
            [
                a + (b - a) * low[0],
                a + (b - a) * high[0],
                d + (c - d) * high[1],
                d + (c - d) * low[1],
            ]
        )
    return np.array(
        [a + (d - a) * low[0], b + (c - b) * low[1], b + (c - b) * high[1], a + (d - a) * high[0]]
    )


def strips(
    quad: Array, axis: int, count: int, rng: np.random.Generator, jitter: float, band_m: float = 0.0
) -> tuple[list[Array], list[Array]]:
    """Cut a quadrilateral into strips, with a band (a ditch, a lane) after every strip or none."""
    if count < 2:
        return [quad], []
    length = sides(quad)[axis]
    base = np.arange(1, count) / count
    near = base + rng.uniform(-jitter, jitter, count - 1) / count
    far = near + rng.uniform(-jitter, jitter, count - 1) / count * 0.5
    half = band_m / 2 / length
    pieces, bands = [], []
    low = (0.0, 0.0)
    for here, there in zip(near, far, strict=True):
        pieces.append(slice_quad(quad, axis, low, (here - half, there - half)))
        low = (here + half, there + half)
        if band_m:
            bands.append(slice_quad(quad, axis, (here - half, there - half), low))
    pieces.append(slice_quad(quad, axis, low, (1.0, 1.0)))
    return pieces, bands


def grow(quad: Array, depth: int, rng: np.random.Generator, leaf_ha: float) -> Node:
    """Cut the plan into blocks of about `leaf_ha`, with tracks between them."""
    node = Node(quad, depth)
    if node.hectares < leaf_ha * rng.uniform(1.1, 1.75):
        return node
    along, across = sides(quad)
    axis = 0 if along * rng.uniform(0.85, 1.15) > across else 1
    length = (along, across)[axis]
    near = rng.uniform(0.4, 0.6)
    far = near + rng.uniform(-0.07, 0.07)
    half = (9.0, 6.0, 5.0, 4.0)[min(depth, 3)] / 2 / length
    cut = ((near - half, far - half), (near + half, far + half))
    node.band = slice_quad(quad, axis, cut[0], cut[1])
    node.children = [
        grow(slice_quad(quad, axis, (0.0, 0.0), cut[0]), depth + 1, rng, leaf_ha),
        grow(slice_quad(quad, axis, cut[1], (1.0, 1.0)), depth + 1, rng, leaf_ha),
    ]
    return node


def plan_tree(rng: np.random.Generator) -> tuple[list[Node], Array]:
    """Return the roots of the plan (south bank, north bank, beyond the highway) and the highway."""
    road = 1660.0
    south = grow(rectangle(0, 0, WIDTH_M, RIVER[0]), 0, rng, 4.2)
    middle = grow(rectangle(0, RIVER[1], WIDTH_M, road), 0, rng, 4.2)
    north = grow(rectangle(0, road + 16, WIDTH_M, HEIGHT_M), 0, rng, 4.2)
    leaves = [leaf for root in (south, middle, north) for leaf in root.leaves()]
    for number, leaf in enumerate(leaves):
        leaf.number = number
    return [south, middle, north], rectangle(0, road, WIDTH_M, road + 16)


class Bend:
    """The smooth map from the straight plan to the ground: a meander, and ever smaller waves."""

    def __init__(self, rng: np.random.Generator) -> None:
        waves = []
        for length, height, count in ((900.0, 16.0, 3), (330.0, 5.0, 4), (110.0, 1.25, 5)):
            for _ in range(count):
                turn = rng.uniform(0, 2 * np.pi)
                size = 2 * np.pi / (length * rng.uniform(0.8, 1.25))
                waves.append(
                    (
                        size * np.cos(turn),
                        size * np.sin(turn),
                        rng.uniform(0, 2 * np.pi),
                        rng.uniform(0, 2 * np.pi),
                        height,
                    )
                )
        self.waves = waves

    def __call__(self, plan: Array) -> Array:
        """Return east and north (m, from the county's corner) of plan coordinates, not rounded."""
        u, v = plan[:, 0], plan[:, 1]
        near_river = np.exp(-(((v - sum(RIVER) / 2) / 950.0) ** 2))
        east = u + 70.0 * np.sin(2 * np.pi * v / 2300.0 + 0.6)
        north = v + 150.0 * np.sin(2 * np.pi * u / 2700.0 - 0.9) * near_river
        for ku, kv, one, two, height in self.waves:
            east = east + height * np.sin(ku * u + kv * v + one)
            north = north + height * np.sin(ku * u + kv * v + two)
        return np.column_stack([east, north])

    def ground(self, plan: Array) -> Array:
        """Return grid coordinates (EPSG:4526), rounded to the millimetre."""
        bent = self(plan)
        return np.round(bent + np.array([EAST0, NORTH0]), 3)


def densify(ring: Array) -> Array:
    """Return the ring with vertices about every `STEP_M`, the same whichever way a segment runs."""
    out = []
    for start, end in itertools.pairwise(ring):
        forward = tuple(start) <= tuple(end)
        low, high = (start, end) if forward else (end, start)
        count = max(1, int(np.ceil(np.hypot(*(high - low)) / STEP_M)))
        points = low + (high - low) * (np.arange(count + 1) / count)[:, None]
        out.append((points if forward else points[::-1])[:-1])
    return np.vstack([*out, out[0][:1]])


def node_cells(quads: list[Array]) -> list[Array]:
    """Return each cell's ring with every neighbour's corner on it (plan coordinates, 0.001 m)."""
    polygons = shapely.polygons(np.stack(quads))
    lines = shapely.union_all(shapely.boundary(polygons), grid_size=0.001)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.point_on_surface(faces)
    tree = shapely.STRtree(polygons)
    face_at, cell_at = tree.query(inside, predicate="within")
    rings: list[Array | None] = [None] * len(quads)
    for face, cell in zip(face_at, cell_at, strict=True):
        if rings[cell] is not None:
            raise AssertionError(f"cell {cell} fell into two faces")
        rings[cell] = shapely.get_coordinates(faces[face])
    missing = [number for number, ring in enumerate(rings) if ring is None]
    if missing:
        raise AssertionError(f"cells without a face: {missing[:5]}")
    return [ring for ring in rings if ring is not None]
