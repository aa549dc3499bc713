"""Parcels that overlap, taken apart into ground that does not.

Where two parcels overlap in area, whatever is said about the common piece is said about both.
A mosaic is the same ground cut along every border, so that no two faces overlap and each face
knows the parcels it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from landgis.spatial.boxes import touching
from landgis.spatial.flat import Plots
from landgis.spatial.shapes import TOUCH, Ints, Shapes
from landgis.spatial.slabs import common_areas

__all__ = ["Mosaic", "crossing", "mosaic_of", "neighbours", "overlapping"]


@dataclass(frozen=True)
class Mosaic:
    """Faces without overlap, and whose ground each of them is.

    Attributes
    ----------
    faces : ndarray of Polygon or MultiPolygon
    face, owner : ndarray of int
        One entry per face and ground it belongs to, by position, sorted by both.
    """

    faces: Shapes
    face: Ints
    owner: Ints

    @property
    def depth(self) -> Ints:
        """Return how many grounds lie over each other in each face."""
        return np.bincount(self.face, minlength=len(self.faces))


def neighbours(grounds: Shapes) -> tuple[Ints, Ints]:
    """Return the pairs (i < j) of grounds whose bounding boxes meet."""
    left, right = shapely.STRtree(grounds).query(grounds)
    once = left < right
    left, right = left[once], right[once]
    order = np.lexsort((right, left))
    return left[order], right[order]


def overlapping(grounds: Shapes, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Return those of the pairs that have at least `TOUCH` m² in common."""
    plots = Plots(grounds)
    common, _ = common_areas(plots, plots, left, right)
    return left[common >= TOUCH], right[common >= TOUCH]


def crossing(grounds: Plots) -> tuple[Ints, Ints]:
    """Return the pairs (i < j) of grounds that have at least `TOUCH` m² in common."""
    left, right = touching(grounds.boxes)
    common, _ = common_areas(grounds, grounds, left, right)
    return left[common >= TOUCH], right[common >= TOUCH]


def _cut(grounds: Shapes) -> Mosaic:
    """Cut grounds along all their borders; faces of no ground are left out."""
    noded = shapely.union_all(shapely.boundary(grounds))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(faces)
    face, owner = shapely.STRtree(grounds).query(inside, predicate="intersects")
    order = np.lexsort((owner, face))
    face, owner = face[order], owner[order]
    used, face = np.unique(face, return_inverse=True)
    return Mosaic(faces[used], face, owner)


def mosaic_of(grounds: Shapes, left: Ints, right: Ints) -> Mosaic:
    """Return the mosaic of grounds of which the pairs (left, right) overlap.

    A ground in no pair is its own face, untouched; so two faces never overlap if `left` and
    `right` name every overlapping pair.
    """
    involved = np.unique(np.r_[left, right])
    alone = np.setdiff1d(np.arange(len(grounds)), involved)
    if not len(involved):
        return Mosaic(grounds, alone, alone)
    cut = _cut(grounds[involved])
    faces = np.concatenate([grounds[alone], cut.faces])
    face = np.r_[np.arange(len(alone)), cut.face + len(alone)]
    return Mosaic(faces, face.astype(np.intp), np.r_[alone, involved[cut.owner]])
