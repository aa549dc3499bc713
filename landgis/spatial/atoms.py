"""Shapes taken apart into what can be measured one by one: polygons, simple lines, points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from landgis.spatial.shapes import Ints, Mask, Shapes, highest

__all__ = ["Atoms", "atoms_of"]


@dataclass(frozen=True)
class Atoms:
    """Polygons, simple lines and single points, and the shape each comes from."""

    shapes: Shapes
    owner: Ints

    def of(self, dimension: int) -> Atoms:
        """Return the atoms of one dimension."""
        chosen = shapely.get_dimensions(self.shapes) == dimension
        return Atoms(self.shapes[chosen], self.owner[chosen])

    def owned_by(self, owners: Mask) -> Atoms:
        """Return the atoms of some shapes."""
        chosen = owners[self.owner]
        return Atoms(self.shapes[chosen], self.owner[chosen])


def _segments(lines: Shapes, owner: Ints) -> tuple[Shapes, Ints]:
    """Return the segments of lines that cross or retrace themselves: each counts by itself."""
    parts, part_of = shapely.get_parts(lines, return_index=True)
    xy, of_part = shapely.get_coordinates(parts, return_index=True)
    first = np.flatnonzero((of_part[:-1] == of_part[1:]) & (xy[:-1] != xy[1:]).any(axis=1))
    cut: Any = shapely.linestrings(np.stack([xy[first], xy[first + 1]], axis=1))
    return cut, owner[part_of[of_part[first]]]


def atoms_of(shapes: Shapes) -> Atoms:
    """Take shapes apart as far as measuring needs it."""
    shapes = highest(shapes)
    dimension = shapely.get_dimensions(shapes)
    position = np.arange(len(shapes))
    points, point_of = shapely.get_parts(shapes[dimension == 0], return_index=True)
    crossing = dimension == 1
    crossing[crossing] = ~shapely.is_simple(shapes[crossing])
    segments, segment_of = _segments(shapes[crossing], position[crossing])
    whole = (dimension > 0) & ~crossing
    return Atoms(
        np.concatenate([shapes[whole], segments, points]),
        np.concatenate([position[whole], segment_of, position[dimension == 0][point_of]]),
    )
