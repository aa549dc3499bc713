"""From cells of ground with their reasons to states, and to what is too narrow to count."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from landgis.base.schema import STATES
from landgis.spatial.ground import BIT, Cells
from landgis.spatial.shapes import Floats, Ints, Mask, Shapes, boundary_widths

__all__ = ["Slivers", "parts_near", "slivers_of", "states_of", "with_masks"]

_BLOCKING = sum(bit for reason, bit in BIT.items() if reason not in ("live_line", "exclusion"))


@dataclass(frozen=True)
class Slivers:
    """Gaps and overlaps that no document excludes, before anything else cuts them.

    Attributes
    ----------
    project, block : ndarray of int
    area_m2 : ndarray of float
        What of each is narrower than the limit.
    decides : ndarray of bool
        Whether a part of it is as wide as the limit.
    """

    project: Ints
    block: Ints
    area_m2: Floats
    decides: Mask


def parts_near(regions: Shapes, bases: Shapes) -> Shapes:
    """Return polygons near bases as parts of their union, which don't overlap."""
    near = np.unique(shapely.STRtree(bases).query(regions)[0])
    if not len(near):
        return np.zeros(0, dtype=object)
    parts = shapely.get_parts(shapely.disjoint_subset_union_all(regions[near]))
    out: Shapes = parts[shapely.get_dimensions(parts) == 2]
    return out


def with_masks(cells: Cells, parcels: Ints) -> Cells:
    """Return cells with the reasons for which whole parcels are blocked added to theirs."""
    cell, parcel = cells.owned()
    mask = cells.mask.copy()
    np.bitwise_or.at(mask, cell, parcels[parcel])
    return replace(cells, mask=mask)


def _soft(cells: Cells) -> Mask:
    """Tell which cells are gaps or lie under several parcels."""
    out: Mask = (cells.tile < 0) | (cells.depth > 1)
    return out


def slivers_of(cells: Cells, sliver_m: float) -> Slivers:
    """Measure the gaps and overlaps by the width of their parts."""
    at = np.flatnonzero(_soft(cells) & ((cells.mask & BIT["exclusion"]) == 0))
    parts, owner = shapely.get_parts(cells.shape[at], return_index=True)
    thin = boundary_widths(parts) < sliver_m
    area = np.bincount(
        owner, weights=np.where(thin, shapely.area(parts), 0), minlength=len(at)
    ).astype(np.float64)
    wide = np.bincount(owner[~thin], minlength=len(at)) > 0
    return Slivers(cells.project[at], cells.block[at], area, wide)


def states_of(cells: Cells, line_blocks: Mask) -> tuple[Ints, Mask]:
    """Return the state of each cell, and whether it decides that its project isn't clean.

    Parameters
    ----------
    line_blocks : ndarray of bool
        Per project, whether a live line's zone blocks by itself.

    Returns
    -------
    ndarray of int, ndarray of bool
        Position in `STATES`; blocked ground that is neither gap nor overlap.
    """
    live = (cells.mask & BIT["live_line"]) > 0
    blocked = ((cells.mask & _BLOCKING) > 0) | (live & line_blocks[cells.project])
    excluded = (cells.mask & BIT["exclusion"]) > 0
    names = np.select([excluded, blocked, live], ["excluded", "blocked", "restricted"], "clean")
    state = np.select([names == name for name in STATES], range(len(STATES)))
    return state, (names == "blocked") & ~_soft(cells)
