"""Ground inside red lines that no sound parcel covers.

A gap is bounded by edges that no neighbour answers, so only parcels with such edges are cut away
from the red line; what the others cover comes out as parts of its own and is dropped. The sum must
be what areas leave over; where it is not, all parcels are cut away.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely

from landgis.spatial.coverage import borders_of, loose_edges, uneven
from landgis.spatial.cutting import rests, united
from landgis.spatial.flat import Plots
from landgis.spatial.shapes import TOUCH, Ints, Mask, Shapes
from landgis.spatial.slabs import points_inside

__all__ = ["Cadastre", "gaps_in"]

#: share of a red line by which sums of areas may differ from it without a gap
_EVEN = 1e-12
#: by how much of a red line the parts found may differ from what areas leave
_AGREES = 1e-9


class Cadastre:
    """Sound parcels of which some have an edge that no neighbour answers.

    Parameters
    ----------
    parcels : Plots
        Sound polygons near the origin.
    """

    def __init__(self, parcels: Plots) -> None:
        self.parcels = parcels

    @cached_property
    def open(self) -> Mask:
        """Which parcels have an edge that no neighbour answers."""
        borders = borders_of(self.parcels.shapes, np.zeros(2))
        sound = np.ones(len(self.parcels), dtype=np.bool_)
        return uneven(loose_edges(borders, sound), len(self.parcels))


def _parts(base: Shapes, knives: Shapes) -> Shapes:
    """Return the polygons that knives leave of one red line, touches left out."""
    parts = shapely.get_parts(rests(base, np.array([united(knives)], dtype=object)))
    out: Shapes = parts[shapely.area(parts) >= TOUCH]
    return out


def _covered(parts: Shapes, parcels: Plots) -> Mask:
    """Tell which parts have a parcel in their middle."""
    middle = shapely.point_on_surface(parts)
    at = shapely.get_coordinates(middle)
    part, parcel = parcels.index.meeting(np.hstack([at, at]))
    meets, _ = points_inside(middle, parcels, part, parcel)
    out = np.zeros(len(parts), dtype=np.bool_)
    out[part[meets]] = True
    return out


def gaps_in(base: Shapes, cadastre: Cadastre, near: Ints, covered_m2: float) -> Shapes:
    """Return the parts of a red line that no parcel covers.

    Parameters
    ----------
    base : ndarray of one usable Polygon or MultiPolygon
    cadastre : Cadastre
    near : ndarray of int
        The parcels that have ground in it.
    covered_m2 : float
        How much of it parcels cover, common ground counted once.

    Returns
    -------
    ndarray of Polygon
        None where areas already add up.
    """
    area = float(shapely.area(base[0]))
    left = area - float(covered_m2)
    if left < TOUCH + _EVEN * area:
        return np.zeros(0, dtype=object)
    shapes = cadastre.parcels.shapes
    parts = _parts(base, shapes[near[cadastre.open[near]]])
    parts = parts[~_covered(parts, cadastre.parcels)]
    if abs(float(shapely.area(parts).sum()) - left) > TOUCH * (1 + len(near)) + _AGREES * area:
        parts = _parts(base, shapes[near])
    return parts
