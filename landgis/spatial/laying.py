"""Overlays laid over cells of ground: cells are cut where something lies over a part of them.

How much of each cell a region covers is known from coordinates before anything is cut, so most
cells are never cut at all, and a house in the middle of a parcel becomes a hole in it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from landgis.spatial.boxes import Boxes
from landgis.spatial.cutting import parted
from landgis.spatial.flat import Plots
from landgis.spatial.ground import BIT, Cells, joined
from landgis.spatial.shapes import TOUCH, Floats, Ints, Mask, Shapes
from landgis.spatial.slabs import common_areas

__all__ = ["Overlay", "laid_over"]


@dataclass(frozen=True)
class Overlay:
    """Regions that give their ground reasons.

    Attributes
    ----------
    bits : int
        The reasons, as bits of `BIT`.
    regions : ndarray of Polygon
        Without overlap, see `landgis.spatial.states.parts_near`.
    projects : ndarray of bool
        The projects in which they count.
    crops : bool
        Whether ground that is cleared of crops is free of them.
    """

    bits: int
    regions: Shapes
    projects: Mask
    crops: bool = False


@dataclass(frozen=True)
class _Pairs:
    """Regions of an overlay and cells before any cut: common m², and whether it lies inside."""

    region: Ints
    cell: Ints
    area: Floats
    inside: Mask

    def kept(self, some: Mask) -> _Pairs:
        """Return some of the pairs."""
        return _Pairs(self.region[some], self.cell[some], self.area[some], self.inside[some])


def laid_over(cells: Cells, overlays: Sequence[Overlay], cleared: Mask, *, fast: bool) -> Cells:
    """Return cells cut by overlays, with their reasons.

    Parameters
    ----------
    overlays : sequence of Overlay
    cleared : ndarray of bool
        Per tile of `cells` and one for the gap: whether it is cleared of crops.
    fast : bool
        Leave ground whose state is known already uncut: right areas, not all reasons.
    """
    meetings = _meetings(cells, overlays)
    origin = np.arange(len(cells.mask))
    for overlay, pairs in zip(overlays, meetings, strict=True):
        free = (cells.mask & BIT["exclusion"]) == 0
        open_ = cells.mask == 0 if fast else (cells.mask & overlay.bits) != overlay.bits
        if overlay.bits & BIT["exclusion"]:
            open_ = free
        eligible = open_ & free & overlay.projects[cells.project]
        if overlay.crops:
            eligible &= ~cleared[cells.tile]
        now = _of_today(pairs, cells, overlay.regions, origin, eligible)
        cells, inside, parents = _split(cells, overlay.regions, now)
        origin = np.r_[origin, origin[parents]]
        cells = replace(cells, mask=np.where(inside, cells.mask | overlay.bits, cells.mask))
    return cells


def _meetings(cells: Cells, overlays: Sequence[Overlay]) -> list[_Pairs]:
    """Return, per overlay, its regions that cover ground of cells."""
    regions = np.concatenate([np.zeros(0, dtype=object), *(one.regions for one in overlays)])
    ends = np.cumsum([0, *(len(one.regions) for one in overlays)])
    plots = Plots(regions)
    region, cell = Boxes(shapely.bounds(cells.shape)).meeting(plots.boxes)
    some, place = np.unique(cell, return_inverse=True)
    area, inside = common_areas(plots, Plots(cells.shape[some]), region, place)
    kept = area >= TOUCH
    region, cell, area, inside = region[kept], cell[kept], area[kept], inside[kept]
    cuts = np.searchsorted(region, ends)
    return [
        _Pairs(region[a:b] - end, cell[a:b], area[a:b], inside[a:b])
        for a, b, end in zip(cuts[:-1], cuts[1:], ends[:-1], strict=True)
    ]


def _of_today(pairs: _Pairs, cells: Cells, regions: Shapes, origin: Ints, eligible: Mask) -> _Pairs:
    """Return the pairs with what has become of their cells meanwhile, as far as eligible."""
    order = np.argsort(origin, kind="stable")
    first = np.searchsorted(origin[order], pairs.cell, side="left")
    count = np.searchsorted(origin[order], pairs.cell, side="right") - first
    pair = np.repeat(np.arange(len(first)), count)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    cell = order[first[pair] + step]
    pair, cell = pair[eligible[cell]], cell[eligible[cell]]
    area, inside = pairs.area[pair], pairs.inside[pair]
    again = np.flatnonzero(count[pair] > 1)
    area[again], inside[again] = common_areas(
        Plots(regions), Plots(cells.shape), pairs.region[pair[again]], cell[again]
    )
    return _Pairs(pairs.region[pair], cell, area, inside).kept(area >= TOUCH)


def _split(cells: Cells, regions: Shapes, pairs: _Pairs) -> tuple[Cells, Mask, Ints]:
    """Cut cells by regions that don't overlap each other.

    Returns
    -------
    Cells, ndarray of bool, ndarray of int
        All cells, which lie in a region, and of which cell each new one is a part. A side of less
        than `TOUCH` m² goes to the other.
    """
    covered = np.bincount(pairs.cell, weights=pairs.area, minlength=len(cells.mask))
    some = np.unique(pairs.cell)
    left = shapely.area(cells.shape[some]) - covered[some]
    hits = np.zeros(len(cells.mask), dtype=bool)
    hits[some[left < TOUCH]] = True
    pairs = pairs.kept(~hits[pairs.cell])
    punched, outer, inner = _punched(cells.shape, regions, pairs)
    pairs = pairs.kept(~np.isin(pairs.cell, punched))
    where, rank = np.unique(pairs.cell, return_inverse=True)
    order = np.lexsort((pairs.region, rank))
    if len(where):
        knives: Any = shapely.multipolygons(regions[pairs.region[order]], indices=rank[order])
        cut_inner, cut_outer = parted(cells.shape[where], knives)
        where, inner = np.r_[punched, where], np.concatenate([inner, cut_inner])
        outer = np.concatenate([outer, cut_outer])
    else:
        where = punched
    shape = cells.shape.copy()
    shape[where] = outer
    out = joined(replace(cells, shape=shape), cells.taken(where, inner))
    return out, np.r_[hits, np.ones(len(where), dtype=bool)], where


def _punched(shapes: Shapes, regions: Shapes, pairs: _Pairs) -> tuple[Ints, Shapes, Shapes]:
    """Return cells in whose interior all their regions lie: which, with the holes, the regions."""
    plain = (shapely.get_type_id(regions) == 3) & (shapely.get_num_interior_rings(regions) == 0)
    inside = pairs.inside.copy()
    close = np.flatnonzero(~inside & (pairs.area >= shapely.area(regions[pairs.region]) - TOUCH))
    inside[close] = shapely.contains_properly(
        shapes[pairs.cell[close]], regions[pairs.region[close]]
    )
    inside &= plain[pairs.region] & (shapely.get_type_id(shapes[pairs.cell]) == 3)
    holed = np.setdiff1d(pairs.cell, pairs.cell[~inside])
    pairs = pairs.kept(np.isin(pairs.cell, holed))
    order = np.lexsort((pairs.region, pairs.cell))
    rank, region = np.searchsorted(holed, pairs.cell[order]), pairs.region[order]
    own, own_of = shapely.get_rings(shapes[holed], return_index=True)
    rings = np.concatenate([own, shapely.get_exterior_ring(regions[region])])
    of = np.r_[own_of, rank]
    by_cell = np.argsort(of, kind="stable")
    outer: Any = shapely.polygons(rings[by_cell], indices=of[by_cell])
    inner: Any = shapely.multipolygons(regions[region], indices=rank)
    # regions that touch each other may cut the ground between them off
    several = np.flatnonzero(np.bincount(rank, minlength=len(holed)) > 1)
    broken = several[~shapely.is_valid(outer[several])]
    return np.delete(holed, broken), np.delete(outer, broken), np.delete(inner, broken)
