"""The one kernel: who meets whom, and by how many m², m or pieces.

Pairs of bounding boxes come from a tree; areas and points are measured on flat coordinates by
`landgis.spatial.slabs`, lines are cut by GEOS near the origin. Every room that asks "who
stands where" asks here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from landgis.spatial.atoms import Atoms, atoms_of
from landgis.spatial.boxes import touching
from landgis.spatial.drawn import Drawn
from landgis.spatial.flat import Plots
from landgis.spatial.mosaic import mosaic_of, neighbours
from landgis.spatial.shapes import (
    TOUCH,
    Floats,
    Ints,
    Mask,
    Shapes,
    added,
    moved,
    origin_of,
)
from landgis.spatial.slabs import common_areas, points_inside

__all__ = ["Meetings", "divide", "meet", "shared"]


@dataclass(frozen=True)
class Meetings:
    """Pairs of a shape and a ground, by position, sorted by both.

    Attributes
    ----------
    shape, ground : ndarray of int
    overlap : ndarray of float
        What of the shape lies in the ground: m², m or number of points.
    part : ndarray of float
        The same after ground common to several has been divided equally between them.
    contested : ndarray of bool
        Whether some of it lies where grounds overlap in area.
    """

    shape: Ints
    ground: Ints
    overlap: Floats
    part: Floats
    contested: Mask


def _line_pairs(lines: Shapes, grounds: Shapes) -> tuple[Ints, Ints, Mask]:
    """Return the pairs that meet, sorted, and whether the line lies in the ground's interior."""
    ground, line = shapely.STRtree(lines).query(grounds, predicate="intersects")
    order = np.lexsort((ground, line))
    ground, line = ground[order], line[order]
    return line, ground, shapely.contains_properly(grounds[ground], lines[line])


def _near(shapes: Shapes, grounds: Shapes, shape: Ints, ground: Ints) -> tuple[Shapes, Shapes]:
    """Return both sides of pairs moved near the origin, each shape moved once."""
    some, at_shape = np.unique(shape, return_inverse=True)
    others, at_ground = np.unique(ground, return_inverse=True)
    back = -origin_of(shapes[some], grounds[others])
    return moved(shapes[some], back)[at_shape], moved(grounds[others], back)[at_ground]


def _halved_borders(atoms: Shapes, grounds: Shapes, shape: Ints, ground: Ints) -> Floats:
    """Return what each pair of a line and a ground yields to the ground beyond their border.

    Grounds that don't overlap have at most two sides to a border, so half of what two of them
    have in common of a line is the other's.
    """
    yields = np.zeros(len(shape))
    if not len(shape):
        return yields
    lines, near = _near(atoms, grounds, shape, ground)
    along = shapely.intersection(lines, shapely.boundary(near))
    on_border = np.flatnonzero(shapely.length(along) > 0)
    if not len(on_border):
        return yields
    left, right = neighbours(along[on_border])
    left, right = on_border[left], on_border[right]
    same = (shape[left] == shape[right]) & (ground[left] != ground[right])
    left, right = left[same], right[same]
    half = shapely.length(shapely.intersection(along[left], along[right])) / 2
    np.add.at(yields, left, half)
    np.add.at(yields, right, half)
    return yields


def _lengths(lines: Shapes, grounds: Shapes, line: Ints, ground: Ints, inside: Mask) -> Floats:
    """Return the m that pairs of a line and a ground have in common."""
    length = np.zeros(len(line))
    length[inside] = shapely.length(lines[line[inside]])
    cut = np.flatnonzero(~inside)
    if len(cut):
        pieces = shapely.intersection(*_near(lines, grounds, line[cut], ground[cut]))
        length[cut] = shapely.length(pieces)
    return length


def _measured(atoms: Atoms, grounds: Plots) -> tuple[Ints, Ints, Floats, Floats]:
    """Return (atom, ground, overlap, part) of polygons and lines on grounds that don't overlap."""
    if not len(atoms.shapes):
        none = np.zeros(0, dtype=np.intp)
        return none, none, np.zeros(0), np.zeros(0)
    if shapely.get_dimensions(atoms.shapes[0]) == 2:
        atom, ground = grounds.index.meeting(atoms.plots.boxes)
        overlap, _ = common_areas(atoms.plots, grounds, atom, ground)
        kept = overlap > 0
        return atom[kept], ground[kept], overlap[kept], overlap[kept]
    line, ground, inside = _line_pairs(atoms.shapes, grounds.shapes)
    overlap = _lengths(atoms.shapes, grounds.shapes, line, ground, inside)
    part = overlap.copy()
    cut = np.flatnonzero(~inside)
    part[cut] -= _halved_borders(atoms.shapes, grounds.shapes, line[cut], ground[cut])
    return line, ground, overlap, part


def _summed(owner: Ints, ground: Ints, n: int, *values: Any) -> tuple[Ints, Ints, list[Floats]]:
    """Add values up per pair of owner and ground; pairs come out sorted."""
    key = owner * n + ground
    if (key[1:] > key[:-1]).all():
        return owner, ground, list(values)
    key, at = np.unique(key, return_inverse=True)
    sums = [added(value, at, len(key)) for value in values]
    return key // max(n, 1), key % max(n, 1), sums


def _rivals(grounds: Plots, shape: Ints, ground: Ints) -> tuple[Ints, Ints, Ints]:
    """Return pairs of overlapping grounds that some shape meets both, and those shapes."""
    several = np.bincount(shape, minlength=1)[shape] > 1 if len(shape) else np.zeros(0, bool)
    shape, ground = shape[several], ground[several]
    none = np.zeros(0, dtype=np.intp)
    if not len(shape):
        return none, none, none
    candidates = np.unique(ground)
    left, right = (candidates[side] for side in touching(grounds.boxes[candidates]))
    by_ground = np.argsort(ground, kind="stable")
    first = np.searchsorted(ground[by_ground], left, side="left")
    count = np.searchsorted(ground[by_ground], left, side="right") - first
    pair = np.repeat(np.arange(len(left)), count)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    who = shape[by_ground[first[pair] + step]]
    known = np.unique(shape * len(grounds) + ground)
    both = np.isin(who * len(grounds) + right[pair], known)
    pair, who = pair[both], who[both]
    tried, at = np.unique(pair, return_inverse=True)
    left, right = left[tried], right[tried]
    over = common_areas(grounds, grounds, left, right)[0] >= TOUCH
    return left[over], right[over], np.unique(who[over[at]])


def _on_area(atoms: Atoms, grounds: Plots) -> Meetings:
    """Divide polygons and lines among grounds."""
    n = len(grounds)
    atom, ground, overlap, part = _measured(atoms, grounds)
    owner, ground, (overlap, part) = _summed(atoms.owner[atom], ground, n, overlap, part)
    kept = overlap >= TOUCH
    owner, ground, overlap, part = owner[kept], ground[kept], overlap[kept], part[kept]
    contested = np.zeros(len(owner), dtype=bool)
    left, right, disputed = _rivals(grounds, owner, ground)
    if len(disputed):
        again = np.isin(owner, disputed)
        part[again], contested[again] = _on_mosaic(
            atoms, grounds.shapes, (left, right), owner[again], ground[again]
        )
    return Meetings(owner, ground, overlap, part, contested)


def _on_mosaic(
    atoms: Atoms, grounds: Shapes, rivals: tuple[Ints, Ints], owner: Ints, ground: Ints
) -> tuple[Floats, Mask]:
    """Return part and contested of pairs, on the mosaic of the grounds they name."""
    some = np.unique(np.r_[ground, *rivals])
    concerned = np.zeros(int(atoms.owner.max()) + 1, dtype=bool)
    concerned[owner] = True
    atoms = atoms.owned_by(concerned)
    back = -origin_of(atoms.shapes, grounds[some])
    left, right = (np.searchsorted(some, side) for side in rivals)
    tiles = mosaic_of(moved(grounds[some], back), left, right)
    near = Atoms(moved(atoms.shapes, back), atoms.owner)
    atom, face, _, part = _measured(near, Plots(tiles.faces))
    depth = tiles.depth
    first = np.searchsorted(tiles.face, face)
    row = np.repeat(np.arange(len(face)), depth[face])
    step = np.arange(len(row)) - np.repeat(np.cumsum(depth[face]) - depth[face], depth[face])
    holder = some[tiles.owner[first[row] + step]]
    shared = np.where(depth[face] > 1, part, 0.0)
    who, where, (divided, common) = _summed(
        near.owner[atom[row]], holder, len(grounds), (part / depth[face])[row], shared[row]
    )
    known, wanted = who * len(grounds) + where, owner * len(grounds) + ground
    found = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    there = known[found] == wanted
    return np.where(there, divided[found], 0.0), there & (common[found] >= TOUCH)


def _on_points(atoms: Atoms, grounds: Plots) -> Meetings:
    """Give points to grounds: by their interior, else on a border the first ground."""
    at = shapely.get_coordinates(atoms.shapes)
    atom, ground = grounds.index.meeting(np.hstack([at, at]))
    meets, inside = points_inside(atoms.shapes, grounds, atom, ground)
    atom, ground, inside = atom[meets], ground[meets], inside[meets]
    within = np.bincount(atom[inside], minlength=len(atoms.shapes))
    first = np.r_[True, np.diff(atom) > 0] if len(atom) else np.zeros(0, dtype=bool)
    kept = np.where(within[atom] > 0, inside, first)
    atom, ground = atom[kept], ground[kept]
    sharing = np.maximum(within[atom], 1)
    owner, ground, (overlap, part, contested) = _summed(
        atoms.owner[atom], ground, len(grounds), np.ones(len(atom)), 1 / sharing, sharing > 1.0
    )
    return Meetings(owner, ground, overlap, part, contested > 0)


def divide(shapes: Drawn, grounds: Plots) -> Meetings:
    """Return who stands on which ground by how much, every piece given away once.

    Parameters
    ----------
    shapes : Drawn
        Usable shapes of any kind; each is measured in its highest dimension.
    grounds : Plots
        Usable. They may overlap. Their order decides ties, so the caller sorts them by id.

    Returns
    -------
    Meetings
        Pairs of at least `TOUCH` m² or m. On a border that two grounds share, a point goes to the
        first ground and a piece of line is halved. Ground common to several is divided equally.
    """
    polygons, lines, points = atoms_of(shapes)
    found = _on_area(polygons, grounds), _on_area(lines, grounds), _on_points(points, grounds)
    shape = np.concatenate([one.shape for one in found])
    ground = np.concatenate([one.ground for one in found])
    order = np.argsort(shape * len(grounds) + ground, kind="stable")
    return Meetings(
        shape[order],
        ground[order],
        np.concatenate([one.overlap for one in found])[order],
        np.concatenate([one.part for one in found])[order],
        np.concatenate([one.contested for one in found])[order],
    )


def meet(polygons: Plots, grounds: Plots) -> tuple[Ints, Ints, Floats, Mask]:
    """Return the pairs of polygons and grounds with their common m², undivided.

    Returns
    -------
    polygon, ground : ndarray of int
        Positions, sorted by both; pairs below `TOUCH` m² are left out.
    area_m2 : ndarray of float
    inside : ndarray of bool
        Whether the polygon lies in the ground's interior, so that nothing need be cut.
    """
    polygon, ground = grounds.index.meeting(polygons.boxes)
    area, inside = common_areas(polygons, grounds, polygon, ground)
    kept = area >= TOUCH
    polygon, ground, area, inside = polygon[kept], ground[kept], area[kept], inside[kept]
    close = np.flatnonzero(~inside & (area >= polygons.areas[polygon] - TOUCH))
    inside[close] = shapely.contains_properly(
        grounds.shapes[ground[close]], polygons.shapes[polygon[close]]
    )
    return polygon, ground, area, inside


def shared(shapes: Shapes, grounds: Shapes) -> Floats:
    """Return the m², m or points that each shape has in common with the ground beside it."""
    each = np.zeros(len(shapes))
    polygons, lines, points = atoms_of(Drawn(shapes))
    for atoms, measure in ((polygons, _areas), (lines, _lengths_of), (points, _counts)):
        each += added(measure(atoms, grounds), atoms.owner, len(shapes))
    return each


def _areas(atoms: Atoms, grounds: Shapes) -> Floats:
    """Return the m² of each polygon on the ground of its owner."""
    return common_areas(atoms.plots, Plots(grounds), np.arange(len(atoms.owner)), atoms.owner)[0]


def _lengths_of(atoms: Atoms, grounds: Shapes) -> Floats:
    """Return the m of each line on the ground of its owner."""
    inside = shapely.contains_properly(grounds[atoms.owner], atoms.shapes)
    return _lengths(atoms.shapes, grounds, np.arange(len(inside)), atoms.owner, inside)


def _counts(atoms: Atoms, grounds: Shapes) -> Floats:
    """Return 1 for each point that meets the ground of its owner."""
    met: Floats = shapely.intersects(grounds[atoms.owner], atoms.shapes).astype(np.float64)
    return met
