"""The shapes of a layer, and what every computation asks of all of them: asked once.

Each question that goes to the objects walks through all of memory again; kinds, coordinates and
soundness are therefore kept with the shapes they are true of.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely

from landgis.spatial.flat import Plots
from landgis.spatial.shapes import Floats, Ints, Mask, Shapes, count_of, highest, is_usable

__all__ = ["Drawn"]

#: dimension by GEOS kind: point, line, ring, polygon, their collections, mixed, missing (-1)
_DIMENSIONS = np.array([0, 1, 1, 2, 0, 1, 2, 3, -1])
_MIXED = 3


class Drawn:
    """Shapes of any kind.

    Parameters
    ----------
    shapes : ndarray of shapes
        Missing, empty and invalid ones included.

    Attributes
    ----------
    dimension : ndarray of int
        0 points, 1 lines, 2 polygons, 3 mixed collections, -1 missing.
    """

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.dimension: Ints = _DIMENSIONS[shapely.get_type_id(shapes)]

    def __len__(self) -> int:
        return len(self.shapes)

    def at(self, dimension: int) -> Ints:
        """Return the positions of the shapes of a dimension."""
        return np.flatnonzero(self.dimension == dimension)

    @cached_property
    def plots(self) -> Plots:
        """The polygons."""
        at = self.at(2)
        return Plots(self.shapes if len(at) == len(self) else self.shapes[at])

    @cached_property
    def usable(self) -> Mask:
        """Which shapes are there, not empty and valid."""
        out = np.zeros(len(self), dtype=np.bool_)
        flat = self.dimension == 2
        out[flat] = self.plots.sound
        out[~flat] = is_usable(self.shapes[~flat])
        return out

    @cached_property
    def there(self) -> Mask:
        """Which shapes are neither missing nor empty."""
        out = self.usable.copy()
        rest = np.flatnonzero(~out & (self.dimension >= 0))
        out[rest] = ~shapely.is_empty(self.shapes[rest])
        return out

    def some(self, at: Ints) -> Drawn:
        """Return the shapes of some positions (no position twice); all of them as they are."""
        return self if len(at) == len(self) else Drawn(self.shapes[at])

    def highest(self) -> Drawn:
        """Return the shapes with collections cut down to their parts of the highest dimension."""
        return Drawn(highest(self.shapes)) if (self.dimension == _MIXED).any() else self

    @cached_property
    def measures(self) -> Floats:
        """Area (m²), length (m) or number of points, by the dimension of each shape."""
        out = np.zeros(len(self))
        out[self.at(2)] = self.plots.areas
        for dimension, measure in ((1, shapely.length), (0, count_of)):
            at = self.at(dimension)
            out[at] = measure(self.shapes[at])
        return out
