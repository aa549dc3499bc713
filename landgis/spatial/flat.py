"""Polygons as flat arrays of coordinates, for the compiled rooms of this wing.

Coordinates are taken out of their objects once; boxes, areas and soundness are read off the arrays.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely

from landgis.spatial.boxes import Boxes
from landgis.spatial.compiling import compiled, sharded
from landgis.spatial.rings import Rings, rings_of
from landgis.spatial.shapes import Floats, Ints, Mask, Shapes
from landgis.spatial.sound import surely_sound
from landgis.spatial.strips import Strips, strips_of

__all__ = ["Plots"]


class Plots:
    """Polygons that are asked several things; what is measured of all is measured once.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon
        Those that are empty or not valid are `sound` in nothing and measured at one's own risk.
    """

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes

    def __len__(self) -> int:
        return len(self.shapes)

    @cached_property
    def rings(self) -> Rings:
        """The coordinates as flat arrays."""
        return rings_of(self.shapes)

    @cached_property
    def strips(self) -> Strips:
        """The edges of large shapes by strips of eastings."""
        return strips_of(self.rings, self.boxes)

    @cached_property
    def boxes(self) -> Floats:
        """The bounding boxes: west, south, east, north; not a number for empty shapes."""
        return self._measured[0]

    @cached_property
    def areas(self) -> Floats:
        """The areas (m²)."""
        return self._measured[1]

    @cached_property
    def _measured(self) -> tuple[Floats, Floats]:
        boxes, areas, rings = np.empty((len(self), 4)), np.empty(len(self)), self.rings

        def work(some: slice) -> None:
            _measure(rings.first[some], rings.last[some], rings.xy, rings.start, rings.sign,
                     boxes[some], areas[some])  # fmt: skip

        sharded(work, len(self))
        return boxes, areas

    @cached_property
    def sound(self) -> Mask:
        """Which shapes are neither empty nor invalid; GEOS decides where doubles cannot tell."""
        out, rings = np.zeros(len(self), dtype=np.int8), self.rings

        def work(some: slice) -> None:
            surely_sound(rings.first[some], rings.last[some], rings.xy, rings.start, out[some])

        sharded(work, len(self))
        doubtful = np.flatnonzero(out < 0)
        some = self.shapes[doubtful]
        out[doubtful] = shapely.is_valid(some) & ~shapely.is_empty(some)
        return out > 0

    @cached_property
    def index(self) -> Boxes:
        """The bounding boxes, to be asked which of them meet others."""
        return Boxes(self.boxes)

    @cached_property
    def of_sound(self) -> tuple[Plots, Ints]:
        """The sound plots, and their positions among all."""
        at = np.flatnonzero(self.sound)
        return (self if len(at) == len(self) else Plots(self.shapes[at])), at

    def some(self, at: Ints) -> tuple[Plots, Ints]:
        """Return only the plots that a few positions name, and where they are; all for many."""
        if "rings" in self.__dict__ or len(at) > len(self) // 4:
            return self, at
        named, places = np.unique(at, return_inverse=True)
        return Plots(self.shapes[named]), places


@compiled
def _measure(first: Ints, last: Ints, xy: Floats, start: Ints, sign: Floats, boxes: Floats,
             areas: Floats) -> None:  # fmt: skip
    """Fill in the bounding box and the area of each shape."""
    for k in range(len(first)):
        west, south, east, north, area = np.inf, np.inf, -np.inf, -np.inf, 0.0
        for ring in range(first[k], last[k]):
            if start[ring] == start[ring + 1]:
                continue
            x, y, twice = xy[start[ring], 0], xy[start[ring], 1], 0.0
            for i in range(start[ring], start[ring + 1] - 1):
                west, east = min(west, xy[i, 0]), max(east, xy[i, 0])
                south, north = min(south, xy[i, 1]), max(north, xy[i, 1])
                twice += (xy[i, 0] - x) * (xy[i + 1, 1] - y) - (xy[i + 1, 0] - x) * (xy[i, 1] - y)
            area += 0.5 * twice * sign[ring]
        if west > east:
            west = south = east = north = np.nan
        boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3] = west, south, east, north
        areas[k] = area
