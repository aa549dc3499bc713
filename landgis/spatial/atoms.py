"""Shapes taken apart into what can be measured one by one: polygons, simple lines, points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from landgis.spatial.drawn import Drawn
from landgis.spatial.flat import Plots
from landgis.spatial.shapes import Ints, Mask, Shapes

__all__ = ["Atoms", "atoms_of"]


@dataclass(frozen=True)
class Atoms:
    """Polygons, simple lines or single points, and the shape each comes from."""

    shapes: Shapes
    owner: Ints

    @cached_property
    def plots(self) -> Plots:
        """The polygons."""
        return Plots(self.shapes)

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


def _points(shapes: Shapes, at: Ints) -> tuple[Shapes, Ints]:
    """Return single points, and the shape each comes from; only those of several are copied."""
    alone = shapely.get_type_id(shapes[at]) == 0
    parts, part_of = shapely.get_parts(shapes[at[~alone]], return_index=True)
    points = np.concatenate([shapes[at[alone]], parts])
    return points, np.concatenate([at[alone], at[~alone][part_of]])


def atoms_of(drawn: Drawn) -> tuple[Atoms, Atoms, Atoms]:
    """Take usable shapes apart as far as measuring needs it.

    Returns
    -------
    polygons, lines, points : Atoms
        Of collections only the parts of the highest dimension.
    """
    drawn = drawn.highest()
    polygons = Atoms(drawn.plots.shapes, drawn.at(2))
    polygons.__dict__["plots"] = drawn.plots
    lines = drawn.at(1)
    crossing = ~shapely.is_simple(drawn.shapes[lines])
    segments, segment_of = _segments(drawn.shapes[lines[crossing]], lines[crossing])
    simple = lines[~crossing]
    points, point_of = _points(drawn.shapes, drawn.at(0))
    return (
        polygons,
        Atoms(
            np.concatenate([drawn.shapes[simple], segments]), np.concatenate([simple, segment_of])
        ),
        Atoms(points, point_of),
    )
