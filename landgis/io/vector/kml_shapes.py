"""Shapes of KML: longitude, latitude and height as text, rings that should be closed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import shapely

from landgis.io.vector.arrow import FARTHEST

__all__ = ["placemark_shape"]

_AROUND_COMMA = re.compile(r"\s*,\s*")
_SIMPLE = ("Point", "LineString", "LinearRing", "Polygon")
#: what stands for a shape and is none of the plane
_OTHER = ("Model", "Track", "MultiTrack")


class _ShapeError(ValueError):
    """A shape that cannot be read; its code is its only argument."""


def placemark_shape(element: ET.Element) -> tuple[shapely.Geometry | None, str | None, bool]:
    """Return the shape of a placemark, what is broken, and whether a ring had to be closed.

    Parameters
    ----------
    element : Element
        ``<Placemark>``. Where it holds shapes of several dimensions (an outline and its label) the
        highest counts. Heights are dropped.
    """
    parts, closed = [], False
    try:
        for one in _simple(element):
            shape, mended = _shape(one)
            closed |= mended
            parts += [] if shape is None else [shape]
    except _ShapeError as broken:
        return None, str(broken.args[0]), False
    if not parts:
        odd = any(_local(one.tag) in _OTHER for one in element.iter())
        return None, "geometry_kind_unfit" if odd else None, False
    if len(parts) == 1:
        return parts[0], None, closed
    highest = max(shapely.get_dimensions(parts))
    kept = [one for one in parts if shapely.get_dimensions(one) == highest]
    if len(kept) == 1:
        return kept[0], None, closed
    whole: Any = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[highest]
    return whole(kept), None, closed


def _local(tag: object) -> str:
    """Return the name of an element without its namespace."""
    return str(tag).rpartition("}")[2]


def _simple(element: ET.Element) -> list[ET.Element]:
    """Return the points, lines and polygons of a placemark; rings of polygons belong to these."""
    within = {
        id(ring)
        for polygon in element.iter()
        if _local(polygon.tag) == "Polygon"
        for ring in polygon.iter()
        if ring is not polygon
    }
    return [one for one in element.iter() if _local(one.tag) in _SIMPLE and id(one) not in within]


def _shape(element: ET.Element) -> tuple[shapely.Geometry | None, bool]:
    """Return one shape without heights, None where it has no coordinates; whether it was closed."""
    tag = _local(element.tag)
    if tag == "Polygon":
        return _polygon(element)
    xy = _coordinates(element)
    if not len(xy):
        return None, False
    if tag == "Point":
        return shapely.Point(xy[0]), False
    if len(xy) < 2:
        raise _ShapeError("geometry_unreadable")
    return shapely.LineString(xy), False


def _polygon(element: ET.Element) -> tuple[shapely.Geometry | None, bool]:
    """Return a polygon with its holes, and whether a ring had to be closed."""
    outer: list[np.ndarray] = []
    holes: list[np.ndarray] = []
    closed = False
    for boundary in element:
        for ring in boundary.iter():
            if _local(ring.tag) == "LinearRing" and len(xy := _coordinates(ring)):
                whole, mended = _ring(xy)
                (outer if _local(boundary.tag) == "outerBoundaryIs" else holes).append(whole)
                closed |= mended
    if not outer and not holes:
        return None, False
    if len(outer) != 1:
        raise _ShapeError("geometry_unreadable")
    return shapely.Polygon(outer[0], holes), closed


def _ring(xy: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return a closed ring, and whether it was open."""
    if len({(x, y) for x, y in xy.tolist()}) < 3:
        raise _ShapeError("ring_without_area")
    if (xy[0] == xy[-1]).all():
        return xy, False
    return np.vstack([xy, xy[:1]]), True


def _coordinates(element: ET.Element) -> np.ndarray:
    """Return longitudes and latitudes below an element."""
    said = next((one.text for one in element.iter() if _local(one.tag) == "coordinates"), None)
    rows = [one.split(",") for one in _AROUND_COMMA.sub(",", said or "").split()]
    if not rows:
        return np.empty((0, 2))
    try:
        xy = np.array([[float(cell) for cell in row[:2]] for row in rows], dtype="float64")
    except ValueError:
        raise _ShapeError("geometry_unreadable") from None
    if xy.shape != (len(rows), 2) or not (np.abs(xy) < FARTHEST).all():
        raise _ShapeError("geometry_unreadable")
    if any(len(row) > 3 for row in rows):
        raise _ShapeError("geometry_unreadable")
    return xy
