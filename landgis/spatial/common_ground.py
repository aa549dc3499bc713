"""Ground of several parcels, and ground of none: found from the loose edges of their borders.

Both are looked for only where loose edges are. Where most parcels have some, nothing is gained by
that, and every parcel is compared with every neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from landgis.spatial.coverage import Borders, Loose, borders_of, loose_edges, uneven
from landgis.spatial.mosaic import overlapping
from landgis.spatial.shapes import (
    TOUCH,
    Floats,
    Ints,
    Mask,
    Shapes,
    boundary_widths,
    is_usable,
    moved,
    origin_of,
    outlines_of,
    polygons_of,
)

__all__ = ["Grounds", "common_ground", "grounds_of", "overlaps", "unowned_ground"]

#: two parcels whose ground differs by less than this share are the same one
SAME = 1e-6

#: share of parcels with loose edges from which on all are compared with all their neighbours
MOST = 0.5


@dataclass(frozen=True)
class Grounds:
    """Parcels made ready for comparison.

    Attributes
    ----------
    shapes : ndarray of geometry
        As they came; sound or not.
    sound : ndarray of bool
        Which of them are valid polygons.
    tree : shapely.STRtree
        Of all shapes.
    origin : ndarray of float
        To be taken off before anything is cut.
    borders : Borders
    loose : Loose
    open : ndarray of bool
        The sound shapes with a loose edge that matters, or all of them.
    path : str
        ``edges`` if only those were compared, ``pairs`` if all were.
    """

    shapes: Shapes
    sound: Mask
    tree: shapely.STRtree
    origin: Floats
    borders: Borders
    loose: Loose
    open: Mask
    path: str

    @cached_property
    def meant(self) -> Shapes:
        """Return what the broken shapes may have meant, near the origin."""
        there = ~(shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes))
        return outlines_of(self.near(np.flatnonzero(there & ~self.sound)))

    def near(self, at: Ints) -> Shapes:
        """Return some shapes near the origin."""
        return moved(self.shapes[at], -self.origin)


def grounds_of(shapes: Shapes) -> Grounds:
    """Return polygons ready for comparison, with the path that suits their borders."""
    sound = is_usable(shapes)
    origin = origin_of(shapes[sound])
    borders = borders_of(shapes, origin)
    loose = loose_edges(borders, sound)
    some = uneven(loose, len(shapes))
    path = "pairs" if some.sum() > MOST * sound.sum() else "edges"
    drawn = shapes.copy()
    drawn[~sound] = None
    tree = shapely.STRtree(drawn)
    return Grounds(
        shapes, sound, tree, origin, borders, loose, sound if path == "pairs" else some, path
    )


def common_ground(grounds: Grounds) -> tuple[Ints, Ints]:
    """Return the pairs (i < j) of sound shapes that have at least `TOUCH` m² in common, in order.

    Around overlapping shapes all neighbours are compared too, until no further overlap turns up:
    so ground that lies double far from any loose edge (two whole layers) is found as well.
    """
    asked = np.zeros(len(grounds.shapes), dtype=np.bool_)
    fresh = np.flatnonzero(grounds.open)
    found = [np.zeros((2, 0), dtype=np.intp)]
    while len(fresh):
        hits = common_ground_of(grounds, fresh, asked)
        asked[fresh] = True
        found.append(hits)
        _, around = grounds.tree.query(grounds.shapes[np.unique(hits)])
        around = np.unique(around)
        fresh = around[~asked[around]]
    left, right = np.concatenate(found, axis=1)
    order = np.lexsort((right, left))
    return left[order], right[order]


def common_ground_of(grounds: Grounds, some: Ints, but: Mask) -> Ints:
    """Return the pairs (i < j) of some sound shapes with others that overlap, in two rows.

    Parameters
    ----------
    but : ndarray of bool
        Shapes that are not compared with.
    """
    one, other = grounds.tree.query(grounds.shapes[some])
    one = some[one]
    both = np.zeros(len(grounds.shapes), dtype=np.bool_)
    both[some] = True
    new = (one != other) & ~but[other] & ((one < other) | ~both[other])
    left, right = np.minimum(one, other)[new], np.maximum(one, other)[new]
    return np.stack(overlapping(grounds.shapes, left, right))


def overlaps(grounds: Grounds, sliver_m: float, some: Ints | None = None) -> pd.DataFrame:
    """Return the overlaps of sound shapes, or of some of them, with their ground near the origin.

    Returns
    -------
    DataFrame
        ``left, right`` (positions), ``ground``, ``code``: parcel_duplicate where both are the same
        ground, parcel_overlap where a part is `sliver_m` or wider, else parcel_sliver.
    """
    if some is None:
        left, right = common_ground(grounds)
    else:
        nobody = np.zeros(len(grounds.shapes), dtype=np.bool_)
        left, right = common_ground_of(grounds, some[grounds.sound[some]], nobody)
    one, other = grounds.near(left), grounds.near(right)
    common = polygons_of(shapely.intersection(one, other))
    area, of_left, of_right = (shapely.area(s) for s in (common, one, other))
    same = of_left + of_right - 2 * area < SAME * np.maximum(of_left, of_right)
    parts, pair = shapely.get_parts(common, return_index=True)
    wide = np.bincount(pair[boundary_widths(parts) >= sliver_m], minlength=len(left)) > 0
    code = np.select([same, wide], ["parcel_duplicate", "parcel_overlap"], "parcel_sliver")
    return pd.DataFrame({"left": left, "right": right, "ground": common, "code": code})


def unowned_ground(grounds: Grounds, outline: shapely.Geometry) -> Shapes:
    """Return the parts of an outline (near the origin) that no shape covers, from west to east.

    Only sound shapes with loose edges are cut away, for only those have ground beside them that
    nobody has; what the others cover comes out as parts of its own, and is dropped. Of a broken
    shape the outline of its `shapely.make_valid` is taken off.
    """
    here = shapely.transform(outline, lambda xy: xy + grounds.origin)
    around = grounds.tree.query(here)
    knives = grounds.near(np.sort(around[grounds.open[around]]))
    rest = shapely.difference(outline, shapely.union_all(knives))
    parts = shapely.get_parts(polygons_of(np.array([rest], dtype=object)))
    parts = parts[shapely.area(parts) >= TOUCH]
    parts = _without(parts[~_covered(grounds, parts)], grounds.meant)
    out: Shapes = parts[np.lexsort(shapely.bounds(parts).T[::-1])]
    return out


def _without(parts: Shapes, outlines: Shapes) -> Shapes:
    """Return what outlines leave of polygons."""
    meet = shapely.STRtree(outlines).query(parts, predicate="intersects")
    if not meet.size:
        return parts
    met = np.unique(meet[0])
    knives = shapely.union_all(outlines[np.unique(meet[1])])
    left = shapely.get_parts(polygons_of(shapely.difference(parts[met], knives)))
    out: Shapes = np.r_[np.delete(parts, met), left[shapely.area(left) >= TOUCH]]
    return out


def _covered(grounds: Grounds, parts: Shapes) -> Mask:
    """Tell which parts near the origin have a sound shape in their middle."""
    inside = shapely.point_on_surface(parts)
    spots = shapely.transform(shapely.buffer(inside, 1e-3), lambda xy: xy + grounds.origin)
    part, shape = grounds.tree.query(spots)
    out = np.zeros(len(parts), dtype=np.bool_)
    out[part[shapely.intersects(grounds.near(shape), inside[part])]] = True
    return out
