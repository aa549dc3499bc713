"""Polygons cut by polygons: GEOS draws the pieces, the kernel checks how large they must be.

GEOS 3.14 takes about one in ten thousand neighbours whose corners differ in the last digit for
copies of each other: it then returns all of a polygon as its intersection with one that only
touches it, nothing as its difference, and one of the two as their union. What two polygons have in
common is known from their coordinates (`landgis.spatial.slabs`), so such an answer is found out and
asked for again on a grid so fine that no corner moves by more than a hundredth of a micrometre.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from landgis.base.errors import GeometryError
from landgis.spatial.boxes import touching
from landgis.spatial.flat import Plots
from landgis.spatial.shapes import TOUCH, Floats, Ints, Mask, Shapes, polygons_of
from landgis.spatial.slabs import common_areas

__all__ = ["common_parts", "parted", "rests", "unions", "united"]

#: m; grids on which an overlay is asked for again, the finest first
_GRIDS_M = (1e-8, 1e-6)
#: by how much of its area a piece may differ beside `TOUCH`
_RELATIVE = 1e-9


def _wanted(shapes: Shapes, knives: Shapes) -> Floats:
    """Return the m² that each shape has in common with the knife beside it."""
    pairs = np.arange(len(shapes))
    return common_areas(Plots(shapes), Plots(knives), pairs, pairs)[0]


def _off(pieces: Shapes, wanted: Floats, scale: Floats) -> Mask:
    """Tell which pieces are not as large as they must be."""
    far: Mask = np.abs(shapely.area(pieces) - wanted) > TOUCH + _RELATIVE * scale
    return far


def _checked(
    overlay: Callable[..., Any], shapes: Shapes, knives: Shapes, wanted: Floats, scale: Floats
) -> Shapes:
    """Return the pieces of an overlay, asked for again where they are wrong."""
    pieces = polygons_of(overlay(shapes, knives))
    wrong = np.flatnonzero(_off(pieces, wanted, scale))
    for grid in _GRIDS_M:
        if not len(wrong):
            return pieces
        pieces[wrong] = polygons_of(overlay(shapes[wrong], knives[wrong], grid_size=grid))
        wrong = wrong[_off(pieces[wrong], wanted[wrong], scale[wrong])]
    if len(wrong):
        place = shapely.bounds(shapes[wrong[:1]])[0, :2].round(2).tolist()
        raise GeometryError("overlay_wrong", east=place[0], north=place[1])
    return pieces


def common_parts(shapes: Shapes, knives: Shapes) -> Shapes:
    """Return what each polygon has in common with the knife beside it.

    Parameters
    ----------
    shapes, knives : ndarray of valid Polygon or MultiPolygon
        Of the same length, near the origin.

    Returns
    -------
    ndarray of Polygon or MultiPolygon
        Empty where they only touch.

    Raises
    ------
    GeometryError
        If no grid gives pieces as large as they must be.
    """
    return _checked(
        shapely.intersection, shapes, knives, _wanted(shapes, knives), shapely.area(shapes)
    )


def rests(shapes: Shapes, knives: Shapes) -> Shapes:
    """Return what knives leave of the polygons beside them; see `common_parts`."""
    area = shapely.area(shapes)
    return _checked(shapely.difference, shapes, knives, area - _wanted(shapes, knives), area)


def parted(shapes: Shapes, knives: Shapes) -> tuple[Shapes, Shapes]:
    """Return what lies in the knives and what does not; see `common_parts`."""
    area, common = shapely.area(shapes), _wanted(shapes, knives)
    return (
        _checked(shapely.intersection, shapes, knives, common, area),
        _checked(shapely.difference, shapes, knives, area - common, area),
    )


def united(shapes: Shapes) -> Any:
    """Return the union of polygons.

    By Bonferroni a union is no larger than the sum of its members, and no smaller than that less
    what every two of them have in common.

    Parameters
    ----------
    shapes : ndarray of valid Polygon or MultiPolygon
        Near the origin.

    Returns
    -------
    Polygon or MultiPolygon
        Empty if there are none.

    Raises
    ------
    GeometryError
        If no grid gives a union within these bounds.
    """
    plots = Plots(shapes)
    left, right = touching(plots.boxes)
    total = float(plots.areas.sum())
    least = total - float(common_areas(plots, plots, left, right)[0].sum())
    least = max(least, float(plots.areas.max(initial=0.0)))
    slack = TOUCH + _RELATIVE * total
    for grid in (None, *_GRIDS_M):
        one = polygons_of(np.array([shapely.union_all(shapes, grid_size=grid)], dtype=object))[0]
        if least - slack <= one.area <= total + slack:
            return one
    west, south = shapely.total_bounds(shapes)[:2].round(2).tolist()
    raise GeometryError("overlay_wrong", east=west, north=south)


def unions(shapes: Shapes, group: Ints) -> Shapes:
    """Return the union of the shapes of each group 0, 1, 2 …; lone shapes as they are."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) > 0]) if len(group) else order
    out: Shapes = shapes[order[starts]].copy()
    sizes = np.diff(np.r_[starts, len(order)])
    for k in np.flatnonzero(sizes > 1):
        out[k] = united(shapes[order[starts[k] : starts[k] + sizes[k]]])
    return out
