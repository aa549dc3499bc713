"""The county's mosaic: what each block of the plan is, its cells, its groups and parcel numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .ground import Array, Bend, Node, densify, node_cells, plan_tree, sides, strips
from .settings import LAND_USE, RIVER, SEED, VILLAGES


@dataclass
class Parcel:
    """One parcel of the mosaic, before anything is planted in it."""

    village: str
    group: str
    number: str
    use: str
    block: int
    plan: Array  # ring in plan coordinates
    shape: shapely.Polygon  # on the ground, 0.001 m
    home: bool = False

    @property
    def parcel_id(self) -> str:
        """The compound code."""
        return f"{self.village}-{self.group}-{self.number}"

    @property
    def land_use(self) -> str:
        """The land-use code."""
        return LAND_USE[self.use]


@dataclass
class Ground:
    """The mosaic and the plan it came from."""

    roots: list[Node]
    bend: Bend
    parcels: list[Parcel]
    kinds: dict[int, str]
    highway: Array


def block_kinds(
    leaves: list[Node], rng: np.random.Generator
) -> tuple[dict[int, str], dict[int, tuple[str, str]]]:
    """Return what each block is, and the hamlets' groups."""
    centres = np.array([leaf.centre for leaf in leaves])
    kinds: dict[int, str] = {}
    hamlets: dict[int, tuple[str, str]] = {}
    for village, (u, v, groups, _) in VILLAGES.items():
        order = np.argsort(np.hypot(centres[:, 0] - u, (centres[:, 1] - v) * 1.3))
        free = [int(i) for i in order if int(i) not in hamlets]
        nearest = [free[0], free[1], free[3], free[6]][:groups]
        for group, number in enumerate(nearest, start=1):
            hamlets[number] = (village, f"{group}组")
            kinds[number] = "hamlet"
    for number, (u, v) in enumerate(centres):
        if number in kinds:
            continue
        bank = min(abs(v - RIVER[0]), abs(v - RIVER[1]))
        hill = max(0.0, (v - 1750) / 400, (330 - v) / 330, (260 - u) / 400, (u - 2740) / 400)
        draw = rng.random()
        if bank < 190 and draw < 0.22:
            kinds[number] = "ponds"
        elif hill > 0 and draw < 0.25 + 0.45 * hill:
            kinds[number] = "eucalyptus" if draw < 0.12 + 0.2 * hill else "orchard"
        elif draw < 0.09:
            kinds[number] = "orchard"
        elif draw > 0.82:
            kinds[number] = "dry"
        else:
            kinds[number] = "paddy"
    return kinds, hamlets


def cut_block(quad: Array, kind: str, rng: np.random.Generator) -> list[tuple[Array, str]]:
    """Return the cells of one block with their use."""
    if kind == "hamlet":
        return cut_hamlet(quad, rng)
    along, across = sides(quad)
    axis = int(along < across)
    depth, width, band = {
        "paddy": (80.0, 15.0, 1.8),
        "dry": (58.0, 15.5, 1.5),
        "orchard": (75.0, 50.0, 3.0),
        "ponds": (62.0, 44.0, 3.5),
        "eucalyptus": (95.0, 70.0, 3.0),
    }[kind]
    use = "pond" if kind == "ponds" else kind
    length = sides(quad)[axis]
    sheets, bands = strips(quad, axis, max(1, round(length / depth)), rng, 0.18, band)
    between = "ditch" if kind in ("paddy", "dry") else "track"
    cells: list[tuple[Array, str]] = [(strip, between) for strip in bands]
    for sheet in sheets:
        long = sides(sheet)[1 - axis]
        count = max(2, round(long / (width * rng.uniform(0.85, 1.2))))
        fields, _ = strips(sheet, 1 - axis, count, rng, 0.3)
        for cell in fields:
            if kind in ("paddy", "dry") and rng.random() < 0.07:
                halves, _ = strips(cell, axis, 2, rng, 0.3)
                cells += [(half, use) for half in halves]
            else:
                cells.append((cell, use))
    return cells


def cut_hamlet(quad: Array, rng: np.random.Generator) -> list[tuple[Array, str]]:
    """Return rows of courtyards along lanes, gardens between them."""
    axis = int(rng.integers(0, 2))
    length = sides(quad)[axis]
    pairs, lanes = strips(quad, axis, max(2, round(length / 47.0)), rng, 0.1, 3.6)
    cells: list[tuple[Array, str]] = [(lane, "lane") for lane in lanes]
    for pair in pairs:
        rows, _ = strips(pair, axis, 2, rng, 0.08)
        for row in rows:
            count = max(2, round(sides(row)[1 - axis] / rng.uniform(16.5, 19.5)))
            plots, _ = strips(row, 1 - axis, count, rng, 0.22)
            for plot in plots:
                centre = np.abs(plot.mean(axis=0) - quad.mean(axis=0))
                edge = float((centre / np.array(sides(quad))).max()) * 2
                cells.append((plot, "garden" if rng.random() < 0.10 + 0.42 * edge**2 else "plot"))
    return cells


def make_ground() -> Ground:
    """Return the whole mosaic, numbered by group."""
    rng = np.random.default_rng([SEED, 1])
    roots, highway = plan_tree(rng)
    bend = Bend(rng)
    leaves = [leaf for root in roots for leaf in root.leaves()]
    kinds, hamlets = block_kinds(leaves, rng)
    cells: list[tuple[Array, str, int]] = []
    for leaf in leaves:
        cells += [
            (quad, use, leaf.number) for quad, use in cut_block(leaf.quad, kinds[leaf.number], rng)
        ]
    bands = [band for root in roots for band in root.bands()]
    cells += [(band, "track", -1) for band in bands]
    cells += [(part, "highway", -1) for part in strips(highway, 0, 6, rng, 0.2)[0]]
    rings = node_cells([quad for quad, _, _ in cells])
    parcels = number_parcels(cells, rings, leaves, hamlets, bend)
    return Ground(roots, bend, parcels, kinds, highway)


def number_parcels(
    cells: list[tuple[Array, str, int]],
    rings: list[Array],
    leaves: list[Node],
    hamlets: dict[int, tuple[str, str]],
    bend: Bend,
) -> list[Parcel]:
    """Return parcels: each block belongs to the nearest hamlet, numbers run anew in each group."""
    seats = list(hamlets)
    seat_at = np.array([leaves[number].centre for number in seats])
    counters: dict[tuple[str, str], int] = {}
    parcels = []
    for (quad, use, block), ring in zip(cells, rings, strict=True):
        centre = leaves[block].centre if block >= 0 else quad.mean(axis=0)
        away = np.hypot(*(seat_at - centre).T)
        # the river parts the villages: a hamlet on the other bank is far
        away = away + 2000.0 * ((seat_at[:, 1] > RIVER[0]) != (centre[1] > RIVER[0]))
        village, group = hamlets[seats[int(np.argmin(away))]]
        counters[village, group] = counters.get((village, group), 0) + 1
        dense = densify(ring)
        parcels.append(
            Parcel(
                village,
                group,
                f"{counters[village, group]:03d}",
                use,
                block,
                dense,
                shapely.Polygon(bend.ground(dense)),
                use == "plot",
            )
        )
    return parcels
