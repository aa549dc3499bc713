"""The ground of projects as cells: by project, block and parcel, without overlap and without rest.

Every square metre inside a red line is one cell's: that of the parcels lying there (several where
they overlap), of the outline of a parcel with a broken shape, or a gap in the cadastre.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from landgis.base.schema import REASONS
from landgis.spatial.joins import meet
from landgis.spatial.mosaic import Mosaic, mosaic_of, neighbours, overlapping
from landgis.spatial.shapes import (
    TOUCH,
    Ints,
    Mask,
    Shapes,
    is_usable,
    outlines_of,
    polygons_of,
    unions,
)

__all__ = ["BIT", "Cells", "cut_by_blocks", "ground_of", "split"]

#: reason to its bit in a cell's mask, in the order in which reasons are named
BIT = {reason: 1 << place for place, reason in enumerate(REASONS)}


@dataclass(frozen=True)
class Cells:
    """Pieces of ground and what is known of them, by position.

    Attributes
    ----------
    shape : ndarray of Polygon or MultiPolygon
    project, block, tile : ndarray of int
        Positions; no block and no parcel are -1.
    mask : ndarray of int
        Reasons so far, as bits of `BIT`.
    owners : tuple of tuple of int
        Per tile, the positions of the parcels whose ground it is.
    """

    shape: Shapes
    project: Ints
    block: Ints
    tile: Ints
    mask: Ints
    owners: tuple[tuple[int, ...], ...]

    def taken(self, at: Ints, shape: Shapes) -> Cells:
        """Return the cells at `at`, with other shapes."""
        return replace(
            self,
            shape=shape,
            project=self.project[at],
            block=self.block[at],
            tile=self.tile[at],
            mask=self.mask[at],
        )

    @property
    def depth(self) -> Ints:
        """Return how many parcels own each cell; a gap has none."""
        counts = np.array([*map(len, self.owners), 0], dtype=np.intp)
        return counts[self.tile]

    def owned(self) -> tuple[Ints, Ints]:
        """Return (cell, parcel) for every parcel that owns a cell."""
        first = np.r_[0, np.cumsum([len(one) for one in self.owners])].astype(np.intp)
        flat = np.array([p for one in self.owners for p in one], dtype=np.intp)
        depth = self.depth
        cell = np.repeat(np.arange(len(self.tile)), depth)
        step = np.arange(len(cell)) - np.repeat(np.cumsum(depth) - depth, depth)
        return cell, flat[first[self.tile[cell]] + step]


def joined(one: Cells, other: Cells) -> Cells:
    """Return the cells of both; they have the same tiles."""
    return replace(
        one,
        shape=np.concatenate([one.shape, other.shape]),
        project=np.r_[one.project, other.project],
        block=np.r_[one.block, other.block],
        tile=np.r_[one.tile, other.tile],
        mask=np.r_[one.mask, other.mask],
    )


def split(cells: Cells, regions: Shapes, eligible: Mask) -> tuple[Cells, Mask]:
    """Cut cells by regions that don't overlap each other.

    Parameters
    ----------
    regions : ndarray of Polygon
        The parts of one union: their sets are valid multipolygons.
    eligible : ndarray of bool
        Cells that may be cut.

    Returns
    -------
    Cells, ndarray of bool
        All cells, and which lie in a region. A side of less than `TOUCH` m² goes to the other.
    """
    some = np.flatnonzero(eligible)
    hits = np.zeros(len(eligible), dtype=bool)
    if not len(some) or not len(regions):
        return cells, hits
    region, at = shapely.STRtree(cells.shape[some]).query(regions, predicate="intersects")
    inside = shapely.contains_properly(regions[region], cells.shape[some[at]])
    hits[some[at[inside]]] = True
    region, at = region[~hits[some[at]]], some[at[~hits[some[at]]]]
    if not len(at):
        return cells, hits
    where, rank = np.unique(at, return_inverse=True)
    order = np.lexsort((region, rank))
    knives = shapely.multipolygons(regions[region[order]], indices=rank[order])
    return _cut(cells, hits, where, knives)


def _cut(cells: Cells, hits: Mask, where: Ints, knives: Shapes) -> tuple[Cells, Mask]:
    """Cut the cells at `where`, each by the knife beside it."""
    inner = polygons_of(shapely.intersection(cells.shape[where], knives))
    outer = polygons_of(shapely.difference(cells.shape[where], knives))
    outer_thin = shapely.area(outer) < TOUCH
    inner_thin = (shapely.area(inner) < TOUCH) & ~outer_thin
    hits[where[outer_thin]] = True
    both = ~outer_thin & ~inner_thin
    where, inner, outer = where[both], inner[both], outer[both]
    shape = cells.shape.copy()
    shape[where] = outer
    rest = replace(cells, shape=shape)
    out = joined(rest, cells.taken(where, inner))
    return out, np.r_[hits, np.ones(len(where), dtype=bool)]


def _tiles(parcels: Shapes) -> Mosaic:
    """Return the mosaic of parcels, with the faces of the same parcels together."""
    tiles = mosaic_of(parcels, *overlapping(parcels, *neighbours(parcels)))
    starts = np.searchsorted(tiles.face, np.arange(len(tiles.faces) + 1))
    names = [tiles.owner[a:b].tobytes() for a, b in pairwise(starts)]
    keys = np.array(names, dtype=object)
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) == len(tiles.faces):
        return tiles
    order = np.argsort(group, kind="stable")
    parts, owner = shapely.get_parts(tiles.faces[order], return_index=True)
    faces: Any = shapely.multipolygons(parts, indices=group[order][owner])
    depth = tiles.depth[first]
    kept = np.concatenate([np.arange(starts[f], starts[f + 1]) for f in first])
    return Mosaic(faces, np.repeat(np.arange(len(first)), depth), tiles.owner[kept])


def _of_parcels(bases: Shapes, parcels: Shapes, sound: Ints) -> Cells:
    """Return the cells of parcels with a sound shape."""
    near, _, _, _ = meet(parcels[sound], bases)
    chosen = sound[np.unique(near)]
    tiles = _tiles(parcels[chosen])
    tile, base, _, inside = meet(tiles.faces, bases)
    shape = tiles.faces[tile].copy()
    cut = ~inside
    shape[cut] = polygons_of(shapely.intersection(shape[cut], bases[base[cut]]))
    starts = np.searchsorted(tiles.face, np.arange(len(tiles.faces) + 1))
    owners = tuple(tuple(int(chosen[p]) for p in tiles.owner[a:b]) for a, b in pairwise(starts))
    overlap = np.where(tiles.depth > 1, BIT["disputed"], 0)
    return Cells(shape, base, np.full(len(tile), -1), tile, overlap[tile], owners)


def _rest(base: Shapes, parcels: Shapes, covered: float) -> Shapes:
    """Return what parcels leave of one base, as polygons; nothing where areas already add up."""
    left = shapely.area(base[0]) - covered
    if left < TOUCH + 1e-12 * shapely.area(base[0]):
        return np.zeros(0, dtype=object)
    rest = shapely.difference(base, shapely.union_all(parcels))
    parts = shapely.get_parts(polygons_of(rest))
    out: Shapes = parts[shapely.area(parts) >= TOUCH]
    return out


def ground_of(bases: Shapes, parcels: Shapes) -> Cells:
    """Return the cells of projects.

    Parameters
    ----------
    bases : ndarray of usable Polygon or MultiPolygon
        Red lines; they may overlap, then their ground is there once each.
    parcels : ndarray of geometry
        In the order of their ids. Of a broken shape the outline of its `shapely.make_valid`
        counts where no sound parcel lies; shapes that are missing or empty have no ground.

    Returns
    -------
    Cells
        With the reasons that lie in the ground itself: gap, parcel_invalid, disputed (overlap).
    """
    usable = is_usable(parcels)
    sound = np.flatnonzero(usable)
    cells = _of_parcels(bases, parcels, sound)
    there = ~(shapely.is_missing(parcels) | shapely.is_empty(parcels))
    broken = np.flatnonzero(there & ~usable)
    outlines = outlines_of(parcels[broken])
    pairs = meet(parcels[sound], bases)
    covered = np.bincount(cells.project, weights=shapely.area(cells.shape), minlength=len(bases))
    owners = cells.owners + tuple((int(p),) for p in broken)
    found: list[tuple[Shapes, int, int, int]] = []
    for base in range(len(bases)):
        near = parcels[sound[pairs[0][pairs[1] == base]]]
        rest = _rest(bases[[base]], near, covered[base])
        for k in range(len(broken)):
            inner = _clip(rest, outlines[k])
            if len(inner):
                found.append((inner, base, len(cells.owners) + k, BIT["parcel_invalid"]))
                rest = _clip(rest, outlines[k], away=True)
        found.append((rest, base, -1, BIT["gap"]))
    return _with(replace(cells, owners=owners), found)


def _clip(parts: Shapes, outline: shapely.Geometry, *, away: bool = False) -> Shapes:
    """Return what of polygons lies in an outline, or away from it."""
    if not len(parts) or not shapely.intersects(parts, outline).any():
        return parts if away else parts[:0]
    cut = shapely.difference if away else shapely.intersection
    pieces = shapely.get_parts(polygons_of(cut(parts, outline)))
    out: Shapes = pieces[shapely.area(pieces) >= TOUCH]
    return out


def _with(cells: Cells, found: list[tuple[Shapes, int, int, int]]) -> Cells:
    """Add ground of no sound parcel, one cell per base and tile."""
    found = [one for one in found if len(one[0])]
    if not found:
        return cells
    shape = np.array([shapely.multipolygons(one[0]) for one in found], dtype=object)
    project, tile, mask = (np.array([one[k] for one in found], dtype=np.intp) for k in (1, 2, 3))
    more = replace(
        cells, shape=shape, project=project, tile=tile, mask=mask, block=np.full(len(shape), -1)
    )
    return joined(cells, more)


def cut_by_blocks(cells: Cells, blocks: Shapes, project: Ints) -> Cells:
    """Cut cells by the blocks of their project; where blocks overlap, the first has the ground.

    Parameters
    ----------
    blocks : ndarray of usable Polygon or MultiPolygon
    project : ndarray of int
        The project each of them cuts.
    """
    blocks = blocks.copy()
    for first, second in zip(*overlapping(blocks, *neighbours(blocks)), strict=True):
        if project[first] == project[second]:
            blocks[second] = polygons_of(shapely.difference(blocks[[second]], blocks[first]))[0]
    block, cell = shapely.STRtree(cells.shape).query(blocks, predicate="intersects")
    own = cells.project[cell] == project[block]
    block, cell = block[own], cell[own]
    if not len(cell):
        return cells
    inside = shapely.contains_properly(blocks[block], cells.shape[cell])
    inner = cells.shape[cell].copy()
    inner[~inside] = polygons_of(shapely.intersection(inner[~inside], blocks[block[~inside]]))
    some = shapely.area(inner) >= TOUCH
    block, cell, inner = block[some], cell[some], inner[some]
    inner_cells = replace(cells.taken(cell, inner), block=block)
    where, rank = np.unique(cell, return_inverse=True)
    outer = cells.shape.copy()
    outer[where] = polygons_of(shapely.difference(cells.shape[where], unions(blocks[block], rank)))
    left = np.ones(len(outer), dtype=bool)
    left[where] = shapely.area(outer[where]) >= TOUCH
    kept = np.flatnonzero(left)
    return joined(cells.taken(kept, outer[kept]), inner_cells)
