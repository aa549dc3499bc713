"""The twelve red lines: eleven follow parcel edges, the road cuts right through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .county import Ground, Parcel
from .ground import Array, Node, densify
from .settings import PLANS, Plan

ROAD_HALF_WIDTH_M = 18.0


@dataclass
class Project:
    """One project with its red line, the parcels inside it and the share of each."""

    plan: Plan
    shape: shapely.Polygon
    shares: dict[int, float]  # parcel index to the share of its area inside
    blocks: list[tuple[str, shapely.Polygon]]

    @property
    def project_id(self) -> str:
        """The project's id."""
        return self.plan.project_id

    def whole(self) -> list[int]:
        """Return the parcels that lie wholly inside."""
        return [index for index, share in self.shares.items() if share > 1 - 1e-9]


def road_line(ground: Ground) -> shapely.Polygon:
    """Return the red line of the ring road: a smooth band that minds no parcel."""
    u = np.arange(60.0, 2941.0, 20.0)
    v = 1812.0 + 62.0 * np.sin(u / 460.0) + 24.0 * np.sin(u / 190.0 + 1.0)
    axis = shapely.LineString(ground.bend(np.column_stack([u, v])))
    band = axis.buffer(ROAD_HALF_WIDTH_M, cap_style="flat", quad_segs=4).simplify(0.05)
    corner = ground.bend.ground(np.zeros((1, 2))) - ground.bend(np.zeros((1, 2)))
    ring = np.round(shapely.get_coordinates(band) + np.round(corner), 3)
    return shapely.Polygon(ring)


def _pick(roots: list[Node], plan: Plan, taken: list[shapely.Polygon]) -> Node:
    """Return the node of the plan that holds the project's place and has about its size."""
    spot = shapely.Point(plan.at)
    low, high = plan.hectares
    fits = []
    for node in (node for root in roots for node in root.all()):
        shape = shapely.Polygon(node.quad)
        free = not any(shape.intersection(other).area > 1.0 for other in taken)
        if low <= node.hectares <= high and shape.covers(spot) and free:
            fits.append(node)
    if not fits:
        raise AssertionError(f"no node fits {plan.project_id}")
    return max(fits, key=lambda node: node.hectares)


def _members(parcels: list[Parcel], quad: Array, trim: float) -> list[int]:
    """Return the parcels whose plan centre lies in a quadrilateral less one corner."""
    a, b, c, d = quad
    ring = [a, b, c, d]
    if trim:
        ring = [a, b, c + (d - c) * trim, c + (b - c) * trim * 0.3, d]
        ring = [a, b + (c - b) * (1 - trim * 0.9), c + (d - c) * trim * 1.4, d]
    shape = shapely.Polygon(ring)
    shapely.prepare(shape)
    centres = shapely.points([parcel.plan[:-1].mean(axis=0) for parcel in parcels])
    return np.flatnonzero(shapely.covers(shape, centres)).tolist()


def _largest(parcels: list[Parcel], members: list[int]) -> tuple[shapely.Polygon, list[int]]:
    """Return the largest connected outline of some parcels, and the parcels in it."""
    shapes = np.array([parcels[index].shape for index in members])
    parts = shapely.get_parts(shapely.coverage_union_all(shapes))
    outline = max(parts, key=shapely.area)
    outline = shapely.Polygon(outline.exterior)
    shapely.prepare(outline)
    spots = shapely.point_on_surface([parcel.shape for parcel in parcels])
    return outline, np.flatnonzero(shapely.covers(outline, spots)).tolist()


def make_projects(ground: Ground) -> list[Project]:
    """Return the projects in the order of their ids."""
    road = road_line(ground)
    parcels = ground.parcels
    shapes = np.array([parcel.shape for parcel in parcels])
    near_road = shapely.dwithin(shapes, road, 2.0)
    taken: list[shapely.Polygon] = []
    out = []
    for plan in PLANS:
        if plan.project_id == "P04":
            out.append(Project(plan, road, _road_shares(shapes, road), []))
            continue
        node = _pick(ground.roots, plan, taken)
        taken.append(shapely.Polygon(node.quad))
        members = [i for i in _members(parcels, node.quad, plan.trim) if not near_road[i]]
        outline, members = _largest(parcels, members)
        blocks = []
        if plan.project_id == "P01":
            for letter, child in zip("AB", node.children, strict=True):
                inner = [i for i in _members(parcels, child.quad, 0.0) if i in set(members)]
                blocks.append((f"P01-{letter}", _largest(parcels, inner)[0]))
        out.append(Project(plan, outline, dict.fromkeys(members, 1.0), blocks))
    return out


def _road_shares(shapes: Array, road: shapely.Polygon) -> dict[int, float]:
    """Return the parcels that the road meets, with the share inside its red line."""
    met = np.flatnonzero(shapely.intersects(shapes, road))
    shares = shapely.area(shapely.intersection(shapes[met], road)) / shapely.area(shapes[met])
    return {int(i): float(s) for i, s in zip(met, shares, strict=True) if s > 1e-9}


def ring_of(ground: Ground, plan: Array) -> Array:
    """Return a plan ring on the ground."""
    return ground.bend.ground(densify(plan))
