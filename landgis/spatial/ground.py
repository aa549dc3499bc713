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
from landgis.spatial.boxes import touching
from landgis.spatial.cutting import common_parts, rests, unions
from landgis.spatial.flat import Plots
from landgis.spatial.gaps import Cadastre, gaps_in
from landgis.spatial.joins import meet
from landgis.spatial.mosaic import Mosaic, crossing, mosaic_of
from landgis.spatial.shapes import TOUCH, Ints, Mask, Shapes, outlines_of
from landgis.spatial.slabs import common_areas

__all__ = ["BIT", "Cells", "cut_by_blocks", "ground_of", "joined"]

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
    first, owner : ndarray of int
        ``owner[first[t] : first[t + 1]]`` are the positions of the parcels whose ground tile t is.
    """

    shape: Shapes
    project: Ints
    block: Ints
    tile: Ints
    mask: Ints
    first: Ints
    owner: Ints

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
        depth: Ints = np.r_[np.diff(self.first), 0][self.tile]
        return depth

    @property
    def holder(self) -> Ints:
        """Return the first parcel that owns each cell; -1 for a gap."""
        return np.where(self.tile < 0, -1, np.r_[self.owner, -1][self.first[self.tile]])

    def owned(self) -> tuple[Ints, Ints]:
        """Return (cell, parcel) for every parcel that owns a cell."""
        depth = self.depth
        if (depth == 1).all():
            return np.arange(len(depth)), self.holder
        cell = np.repeat(np.arange(len(self.tile)), depth)
        step = np.arange(len(cell)) - np.repeat(np.cumsum(depth) - depth, depth)
        return cell, self.owner[self.first[self.tile[cell]] + step]

    def all_of(self, parcels: Mask) -> Mask:
        """Return, per tile and for the gap at last, whether all its parcels are among some."""
        others = np.bincount(self._of_owners(), weights=~parcels[self.owner], minlength=self.tiles)
        out: Mask = np.r_[others == 0, False]
        return out

    @property
    def tiles(self) -> int:
        """Return the number of tiles."""
        return len(self.first) - 1

    def _of_owners(self) -> Ints:
        """Return the tile of each owner."""
        return np.repeat(np.arange(self.tiles), np.diff(self.first))


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


def _grouped(tiles: Mosaic) -> Mosaic:
    """Return a mosaic with the faces of the same parcels together."""
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


def _inside(shapes: Shapes, bases: Shapes, inside: Mask) -> Shapes:
    """Return what of each shape lies in the base beside it; nothing is cut that lies inside."""
    out, cut = shapes.copy(), ~inside
    out[cut] = common_parts(shapes[cut], bases[cut])
    return out


def _of_parcels(bases: Plots, parcels: Plots, found: tuple[Ints, Ints, Mask]) -> Cells:
    """Return the cells of parcels, of which `found` names those that meet bases."""
    near, base, inside = found
    chosen = np.unique(near)
    left, right = (chosen[side] for side in touching(parcels.boxes[chosen]))
    over = common_areas(parcels, parcels, left, right)[0] >= TOUCH
    left, right = left[over], right[over]
    involved = np.unique(np.r_[left, right])
    whole = np.setdiff1d(chosen, involved)
    alone = ~np.isin(near, involved)
    shape = _inside(parcels.shapes[near[alone]], bases.shapes[base[alone]], inside[alone])
    pairs = (np.searchsorted(involved, side) for side in (left, right))
    tiles = _grouped(mosaic_of(parcels.shapes[involved], *pairs))
    tile, under, _, within = meet(Plots(tiles.faces), bases)
    pieces = _inside(tiles.faces[tile], bases.shapes[under], within)
    ends = len(whole) + np.cumsum(tiles.depth)
    disputed = np.where(tiles.depth > 1, BIT["disputed"], 0)[tile]
    cells = len(shape) + len(pieces)
    return Cells(
        shape=np.concatenate([shape, pieces]),
        project=np.r_[base[alone], under],
        block=np.full(cells, -1),
        tile=np.r_[np.searchsorted(whole, near[alone]), len(whole) + tile],
        mask=np.r_[np.zeros(len(shape), dtype=np.intp), disputed],
        first=np.r_[np.arange(len(whole) + 1), ends].astype(np.intp),
        owner=np.r_[whole, involved[tiles.owner]],
    )


def ground_of(bases: Shapes, parcels: Plots) -> Cells:
    """Return the cells of projects.

    Parameters
    ----------
    bases : ndarray of usable Polygon or MultiPolygon
        Red lines; they may overlap, then their ground is there once each.
    parcels : Plots
        In the order of their ids. Of a broken shape the outline of its `shapely.make_valid`
        counts where no sound parcel lies; shapes that are missing or empty have no ground.

    Returns
    -------
    Cells
        With the reasons that lie in the ground itself: gap, parcel_invalid, disputed (overlap).
    """
    sound, at = parcels.of_sound
    near, of_base, _, inside = meet(sound, Plots(bases))
    cells = _of_parcels(Plots(bases), sound, (near, of_base, inside))
    broken = np.flatnonzero(~parcels.sound)
    shapes = parcels.shapes[broken]
    broken = broken[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    outlines = outlines_of(parcels.shapes[broken])
    covered = np.bincount(cells.project, weights=shapely.area(cells.shape), minlength=len(bases))
    tiles = cells.tiles
    cells = replace(
        cells,
        first=np.r_[cells.first, cells.first[-1] + 1 + np.arange(len(broken))],
        owner=np.r_[at[cells.owner], broken],
    )
    cadastre = Cadastre(sound)
    found: list[tuple[Shapes, int, int, int]] = []
    for base in range(len(bases)):
        rest = gaps_in(bases[[base]], cadastre, near[of_base == base], covered[base])
        for k in range(len(broken)):
            inner = _clip(rest, outlines[k])
            if len(inner):
                found.append((inner, base, tiles + k, BIT["parcel_invalid"]))
                rest = _clip(rest, outlines[k], away=True)
        found.append((rest, base, -1, BIT["gap"]))
    return _with(cells, found)


def _clip(parts: Shapes, outline: shapely.Geometry, *, away: bool = False) -> Shapes:
    """Return what of polygons lies in an outline, or away from it."""
    if not len(parts) or not shapely.intersects(parts, outline).any():
        return parts if away else parts[:0]
    cut = rests if away else common_parts
    pieces = shapely.get_parts(cut(parts, np.full(len(parts), outline, dtype=object)))
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
    for first, second in zip(*crossing(Plots(blocks)), strict=True):
        if project[first] == project[second]:
            blocks[[second]] = rests(blocks[[second]], blocks[[first]])
    cell, block, area, _ = meet(Plots(cells.shape), Plots(blocks))
    own = cells.project[cell] == project[block]
    cell, block, area = cell[own], block[own], area[own]
    whole = area > shapely.area(cells.shape[cell]) - TOUCH
    held = cells.block.copy()
    held[cell[whole]] = block[whole]
    cell, block = cell[~whole], block[~whole]
    if not len(cell):
        return replace(cells, block=held)
    inner = common_parts(cells.shape[cell], blocks[block])
    inner_cells = replace(cells.taken(cell, inner), block=block)
    where, rank = np.unique(cell, return_inverse=True)
    outer = cells.shape.copy()
    outer[where] = rests(cells.shape[where], unions(blocks[block], rank))
    left = np.ones(len(outer), dtype=bool)
    left[where] = shapely.area(outer[where]) >= TOUCH
    kept = np.flatnonzero(left)
    return joined(replace(cells, block=held).taken(kept, outer[kept]), inner_cells)
