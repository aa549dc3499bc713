"""Choosing parcels for defects, the same ones at every run."""

from __future__ import annotations

import numpy as np
import shapely

from .delivery import Delivery
from .table import Row, stated


class Picker:
    """Chooses parcels that nothing else has been done to, the same ones at every run."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.used: set[int] = set()
        self.project = delivery.project_of()
        self.recorded = {r.parcel for r in delivery.records if r.kind != "land"}
        self.corners: dict[tuple[float, float], set[int]] = {}
        for index, row in enumerate(delivery.rows):
            assert row.shape is not None
            for x, y in shapely.get_coordinates(row.shape)[:-1].tolist():
                self.corners.setdefault((x, y), set()).add(index)

    def _free(self, index: int) -> bool:
        around = {i for c in self._ring(index) for i in self.corners[c]}
        return not around & self.used

    def _ring(self, index: int) -> list[tuple[float, float]]:
        shape = self.delivery.ground.parcels[index].shape
        return [(x, y) for x, y in shapely.get_coordinates(shape)[:-1].tolist()]

    def take(self, index: int) -> int:
        """Mark a parcel and its neighbours as used."""
        self.used |= {i for c in self._ring(index) for i in self.corners[c]}
        return index

    def parcels(
        self,
        uses: tuple[str, ...],
        project_id: str | None,
        count: int,
        *,
        bare: bool = False,
        village: str = "",
    ) -> list[int]:
        """Return parcels of some uses within a project (None: outside all), spread widely."""
        fits = []
        for index in range(len(self.delivery.ground.parcels)):
            row = self.delivery.rows[index]
            project = self.project.get(index)
            inside = project.project_id if project and project.shares[index] > 1 - 1e-9 else None
            if row.use not in uses or inside != project_id or (project and inside is None):
                continue
            if (bare and index in self.recorded) or (village and row.village != village):
                continue
            fits.append(index)
        out: list[int] = []
        for start in np.linspace(0, len(fits), count, endpoint=False).astype(int).tolist():
            found = next(i for i in fits[start:] + fits[:start] if self._free(i))
            out.append(self.take(found))
        return out

    def bend_at(self, index: int) -> tuple[int, int]:
        """Return a vertex in the middle of an edge, shared with exactly one neighbour, and it."""
        ring = self._ring(index)
        project = self.project.get(index)
        for at, corner in enumerate(ring):
            others = self.corners[corner] - {index}
            before, after = self.corners[ring[at - 1]], self.corners[ring[(at + 1) % len(ring)]]
            if len(others) == 1 and others <= before and others <= after:
                other = next(iter(others))
                if self.project.get(other) is project:
                    return at, other
        raise AssertionError(f"parcel {index} has no such vertex")


def move_vertex(row: Row, at: int, metres: float) -> None:
    """Push a vertex of a parcel outwards (or inwards, where metres is negative)."""
    assert row.shape is not None
    ring = shapely.get_coordinates(row.shape)[:-1]
    step = ring[(at + 1) % len(ring)] - ring[at - 1]
    side = np.array([step[1], -step[0]]) / np.hypot(*step)
    for sign in (1, -1):
        new = ring.copy()
        new[at] = np.round(ring[at] + sign * metres * side, 3)
        shape = shapely.Polygon(new)
        if (shape.area > row.shape.area) == (metres > 0):
            row.shape = shape
            row.stated_mu = stated(shape.area)
            return
    raise AssertionError("a vertex cannot be moved")


def bow_tie(row: Row) -> None:
    """Turn a run of vertices round; the stated area is left blank."""
    assert row.shape is not None
    ring = shapely.get_coordinates(row.shape)[:-1]
    half = len(ring) // 2
    for low in range(half):
        new = np.vstack([ring[:low], ring[low : low + half][::-1], ring[low + half :]])
        shape = shapely.Polygon(new)
        if not shape.is_valid and row.shape.buffer(0.5).covers(shapely.LineString([*new, new[0]])):
            row.shape, row.stated_mu = shape, None
            return
    raise AssertionError("no bow-tie fits")


def spike(row: Row) -> None:
    """Let the boundary run to a point inside and back again: the area stays."""
    assert row.shape is not None
    ring = shapely.get_coordinates(row.shape)[:-1]
    inside = np.round(shapely.get_coordinates(row.shape.point_on_surface())[0], 3)
    row.shape = shapely.Polygon(np.vstack([ring[:2], inside, ring[1:]]))


def next_number(d: Delivery, like: Row) -> str:
    """Return the first number that the group has not given out."""
    taken = [
        int(r.number)
        for r in d.rows
        if (r.village, r.group) == (like.village, like.group) and r.number
    ]
    return f"{max(taken) + 1:03d}"


def add_row(d: Delivery, like: Row, shape: shapely.Polygon | None, note: str) -> Row:
    """Append a parcel like another."""
    area = stated(shape.area) if shape is not None else None
    row = Row(
        like.village,
        like.group,
        next_number(d, like),
        like.ownership,
        like.land_use,
        area,
        like.owner,
        like.team,
        shape,
        like.use,
        note,
    )
    d.rows.append(row)
    return row
