"""A thing that a drawing draws, and how its corners become a shape: outlines close, or nearly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

__all__ = [
    "CLOSING_M",
    "FARTHEST",
    "NEARLY_M",
    "Drawn",
    "What",
    "checked",
    "drawn_as",
    "line_or_outline",
    "shape_all",
]

#: gap between the ends of a polyline that counts as closed, in drawing units (metres)
CLOSING_M = 1e-3
#: gap that is closed and said; a wider one is an open line
NEARLY_M = 0.1
#: coordinates beyond are none of land
FARTHEST = 1e12
#: twice the area below which an outline is a line (m²)
_TWICE_AREA = 1e-8

What = Literal["outline", "line", "point", "text", "broken", "nothing"]


@dataclass(slots=True)
class Drawn:
    """One thing that an entity draws.

    Attributes
    ----------
    what : str
        ``outline`` (a polygon), ``line``, ``point`` or ``text`` (a point), ``broken``, ``nothing``.
    kind : str
        Name of the entity in the file.
    layer : bytes
        As written.
    handle : str
        The entity's handle, empty in files that have none.
    line : int
        Line in the file where it begins, 0 in a binary one.
    number : int
        Place among the entities of the drawing, from 1.
    inserted : bool
        Whether it is part of a block that was inserted.
    xy : array (n, 2) or None
        Its corners seen from above, in drawing units, until `shape_all` makes them the shape.
    shape : geometry or None
        Seen from above, in drawing units.
    gap : float
        Distance between the ends of a line; of an outline, what was closed.
    text : bytes
        Content of a text, as written.
    data : tuple of bytes
        Strings that CASS attached (extended data of SOUTH), as written.
    defect : str or None
        Why an outline has no area, or the entity cannot be read.
    pieces : int
        Of an insertion that is too large: what it would draw; `text` is the name of its block.
    """

    what: What
    kind: str
    layer: bytes = b"0"
    handle: str = ""
    line: int = 0
    number: int = 0
    inserted: bool = False
    xy: np.ndarray | None = None
    shape: shapely.Geometry | None = None
    gap: float = 0.0
    text: bytes = b""
    data: tuple[bytes, ...] = ()
    defect: str | None = None
    pieces: int = 0


def drawn_as(own: Drawn, what: What, xy: np.ndarray | None) -> Drawn:
    """Fill in what an entity draws."""
    own.what, own.xy = what, xy
    return own


def checked(xy: np.ndarray) -> np.ndarray:
    """Return corners; each has to be a number that land may have.

    Raises
    ------
    ValueError
        If one is not, or there is none.
    """
    if not (len(xy) and (np.abs(xy) < FARTHEST).all()):
        raise ValueError("corners")
    return xy


def line_or_outline(own: Drawn, xy: np.ndarray, closed: bool) -> Drawn:
    """Return corners as an outline if they close, or nearly; else as a line."""
    checked(xy)
    (x0, y0), (x1, y1) = xy[0].tolist(), xy[-1].tolist()
    gap = math.hypot(x1 - x0, y1 - y0)
    if not closed and not (gap <= NEARLY_M and len(xy) >= 4):
        if len(xy) < 2:
            raise ValueError("line of one point")
        own.gap = gap
        return drawn_as(own, "line", xy)
    own.gap = gap if not closed and gap > CLOSING_M else 0.0
    if gap <= CLOSING_M and len(xy) > 1:
        xy = xy[:-1]
    if len(xy) < 3:
        own.defect = "ring_without_area"
    return drawn_as(own, "outline", None if own.defect else xy)


def shape_all(drawn: list[Drawn]) -> None:
    """Turn corners into shapes, all at once; an outline without area gets its defect."""
    for what, made in (
        ("point", _points),
        ("text", _points),
        ("line", _lines),
        ("outline", _faces),
    ):
        some = [one for one in drawn if one.what == what and one.xy is not None]
        if some:
            for one, shape in zip(some, made([one.xy for one in some]), strict=True):  # type: ignore[misc]
                one.shape, one.xy = shape, None
    outlines = [one for one in drawn if one.what == "outline"]
    areas = shapely.area([one.shape for one in outlines])
    for one, area in zip(outlines, areas.tolist(), strict=True):
        if one.shape is None:
            continue
        if one.gap:
            one.shape = _without_overshoot(one.shape)
        if area <= _TWICE_AREA and 2 * shapely.area(shapely.convex_hull(one.shape)) <= _TWICE_AREA:
            one.shape, one.defect = None, "ring_without_area"  # a bow-tie of no area has a hull


def _points(spots: list[np.ndarray]) -> np.ndarray:
    """Return points."""
    return np.asarray(shapely.points(np.array(spots)))


def _indexed(paths: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of all paths in one, and to which path each belongs."""
    return np.concatenate(paths), np.repeat(np.arange(len(paths)), [len(path) for path in paths])


def _lines(paths: list[np.ndarray]) -> np.ndarray:
    """Return lines."""
    xy, at = _indexed(paths)
    return np.asarray(shapely.linestrings(xy, indices=at))


def _faces(paths: list[np.ndarray]) -> np.ndarray:
    """Return polygons."""
    xy, at = _indexed(paths)
    return np.asarray(shapely.polygons(shapely.linearrings(xy, indices=at)))


def _without_overshoot(face: shapely.Geometry) -> shapely.Geometry:
    """Return a nearly closed outline without its last corner, if that overshot the first."""
    xy = shapely.get_coordinates(face)[:-1]
    if len(xy) <= 3 or shapely.is_valid(face):
        return face
    shorter = shapely.Polygon(xy[:-1])
    return shorter if shapely.is_valid(shorter) else face
