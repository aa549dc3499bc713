"""What the entities of a drawing draw: outlines, lines, points, texts; one bad entity costs itself.

Three-dimensional lines are seen from above. Arcs are chords (`dxf_arcs`). Blocks are drawn where
they are inserted. What only looks like something (dimensions, images, faces, leaders) draws nothing
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import shapely

from landgis.io.drawing.arcs import Budget, Frame, arc_points, frame_of, placed, with_bulges
from landgis.io.drawing.drawn import FARTHEST, Drawn, checked, drawn_as, line_or_outline
from landgis.io.drawing.tags import Entity, number_of, text_of

__all__ = ["DRAWN", "OUTLINES", "Head", "draw", "head_of"]

_APPLICATION = b"SOUTH"
#: bits of a POLYLINE (70): closed, curve fitted, spline fitted, 3D, meshes; of its corners: control
_CLOSED, _FITTED, _IN_SPACE, _SURFACE, _CONTROL = 1, 4, 8, 16 | 64, 16
#: group codes of corners to their place in a table of x, y, bulge, flags
_OF_CORNERS = {10: 0, 20: 1, 42: 2, 70: 3}

#: pairs of an entity without its parts, the first of each code
Head = dict[int, Any]


@dataclass(frozen=True, slots=True)
class _Item:
    """An entity on its way to what it draws: its pairs, those of its head, who pays for arcs."""

    entity: Entity
    head: Head
    parts: int
    budget: Budget


def head_of(entity: Entity) -> tuple[Head, int]:
    """Return the first value of each group code before the parts, and where the parts begin."""
    parts = entity.codes.index(0) if 0 in entity.codes else len(entity.codes)
    return dict(zip(entity.codes[:parts][::-1], entity.values[:parts][::-1], strict=True)), parts


def draw(entity: Entity, number: int, budget: Budget) -> Drawn:
    """Return what an entity draws; inserted blocks and their attributes are not drawn here.

    Parameters
    ----------
    entity : Entity
        From `read_entities`.
    number : int
        Its place in the drawing.
    budget : Budget
        Pays for the corners of arcs.
    """
    head, parts = head_of(entity)
    own = Drawn(
        "nothing",
        entity.kind,
        layer=text_of(head.get(8, b"0")),
        handle=text_of(head.get(5, b"")).decode("ascii", "replace"),
        line=entity.line,
        number=number,
    )
    drawing = _DRAWING.get(entity.kind)
    if drawing is None or _hidden(head):
        return own
    try:
        if entity.broken:
            raise ValueError("broken")
        if 1001 in head:
            own.data = tuple(_strings(islice(entity.tags, parts)))
        return drawing(own, _Item(entity, head, parts, budget))
    except (ValueError, TypeError, KeyError, ArithmeticError, shapely.GEOSException):
        own.defect = "entity_unreadable"
        return drawn_as(own, "broken", None)


def _hidden(head: Head) -> bool:
    """Tell whether an entity stands on a sheet of paper, or is switched off itself."""
    return text_of(head.get(67, b"")) == b"1" or text_of(head.get(60, b"")) == b"1"


def _strings(tags: Iterable[tuple[int, Any]]) -> Iterator[bytes]:
    """Yield the strings that CASS attached to an entity."""
    ours = False
    for code, value in tags:
        if code == 1001:
            ours = text_of(value).upper() == _APPLICATION
        elif code == 1000 and ours:
            yield text_of(value)


def _plane(head: Head, elevation: int = 30) -> Frame | None:
    """Return the plane that an entity is drawn in (`elevation`: group code of its height)."""
    if 210 not in head and 230 not in head:
        return None
    return frame_of(_normal(head), number_of(head.get(elevation, 0)))


def _flags(head: Head) -> int:
    """Return the flags of an entity (group code 70)."""
    return int(number_of(head.get(70, 0)))


def _normal(head: Head) -> tuple[float, float, float]:
    """Return the direction that an entity faces."""
    x, y, z = (
        number_of(head.get(code, default)) for code, default in ((210, 0), (220, 0), (230, 1))
    )
    return x, y, z


def _point(head: Head, first: int = 10) -> tuple[float, float]:
    """Return the point of a group code."""
    x, y = float(head[first]), float(head[first + 10])
    if not (abs(x) < FARTHEST and abs(y) < FARTHEST):
        raise ValueError("point")
    return x, y


def _spot(at: tuple[float, float], plane: Frame | None) -> np.ndarray:
    """Return a point of a plane in the drawing's own coordinates."""
    return placed(np.array(at), plane)


def _lwpolyline(own: Drawn, item: _Item) -> Drawn:
    """Draw a polyline whose corners stand in its own pairs."""
    table = _corners(item.entity, 0)
    if 90 in item.head and int(item.head[90]) != len(table):
        raise ValueError("corners are missing")
    return _path(own, table, bool(_flags(item.head) & _CLOSED), _plane(item.head, 38), item.budget)


def _polyline(own: Drawn, item: _Item) -> Drawn:
    """Draw a polyline whose corners are parts of it."""
    flags = _flags(item.head)
    if flags & _SURFACE:
        return own
    table = _corners(item.entity, item.parts)
    if flags & _FITTED:
        table = table[(table[:, 3].astype("int64") & _CONTROL) == 0]
    frame = None if flags & _IN_SPACE else _plane(item.head)
    return _path(own, table, bool(flags & _CLOSED), frame, item.budget)


def _corners(entity: Entity, parts: int) -> np.ndarray:
    """Return x, y, bulge and flags of the corners.

    Parameters
    ----------
    entity : Entity
        A polyline.
    parts : int
        Where the corners of a POLYLINE begin; a LWPOLYLINE has them among its own pairs.

    Raises
    ------
    ValueError
        If a corner lacks a coordinate, or one is no number.
    """
    codes, values = entity.codes[parts:], entity.values[parts:]
    each = [10, 20] if entity.kind == "LWPOLYLINE" else [0, 10, 20]
    order = [code for code in codes if code in each]
    count = order.count(10)
    table = np.zeros((count, 4))
    if 42 in codes or (parts and 70 in codes) or order[: count * len(each)] != each * count:
        return _each_corner(zip(codes, values, strict=True), each[0])
    table[:, 0] = [float(value) for code, value in zip(codes, values, strict=True) if code == 10]
    table[:, 1] = [float(value) for code, value in zip(codes, values, strict=True) if code == 20]
    return checked(table)


def _each_corner(tags: Iterable[tuple[int, Any]], opening: int) -> np.ndarray:
    """Return x, y, bulge and flags of corners that are bent, marked, or not in the usual order."""
    corners: list[list[float]] = []
    aside = [0.0, 0.0, 0.0, 0.0]
    one = aside
    for code, value in tags:
        if code == opening:
            one = aside
            if code or value == b"VERTEX":
                one = [np.nan, np.nan, 0.0, 0.0]
                corners.append(one)
        if code and code in _OF_CORNERS:
            one[_OF_CORNERS[code]] = float(value)
    return checked(np.array(corners))


def _path(own: Drawn, table: np.ndarray, closed: bool, frame: Any, budget: Budget) -> Drawn:
    """Return a polyline of x, y, bulge as outline or line."""
    xy, bulges = table[:, :2], table[:, 2]
    if bulges.any():
        xy = with_bulges(xy, bulges.tolist(), closed, budget)
    return line_or_outline(own, placed(xy, frame), closed)


def _circle(own: Drawn, item: _Item) -> Drawn:
    """Draw a circle, or the part of it that an ARC is (degrees, anticlockwise)."""
    radius = number_of(item.head[40])
    axes = np.array([radius, 0.0]), np.array([0.0, radius])
    closed = item.entity.kind == "CIRCLE"
    span = (0.0, 2 * np.pi)
    if not closed:
        span = np.deg2rad(number_of(item.head[50])), np.deg2rad(number_of(item.head[51]))
    xy = arc_points(np.array(_point(item.head)), axes, span, item.budget)
    return line_or_outline(own, placed(xy, _plane(item.head)), closed)


def _ellipse(own: Drawn, item: _Item) -> Drawn:
    """Draw an ellipse: its centre and major axis stand in the drawing's own coordinates."""
    x, y = number_of(item.head[11]), number_of(item.head[21])
    major = np.array([x, y, number_of(item.head.get(31, 0))])
    normal = np.array(_normal(item.head))
    minor = np.cross(normal / np.linalg.norm(normal), major) * number_of(item.head[40])
    start, end = number_of(item.head.get(41, 0)), number_of(item.head.get(42, 2 * np.pi))
    xy = arc_points(np.array(_point(item.head)), (major[:2], minor[:2]), (start, end), item.budget)
    turn = (end - start) % (2 * np.pi)
    return line_or_outline(own, xy, bool(min(turn, 2 * np.pi - turn) < 1e-9))


def _straight(own: Drawn, item: _Item) -> Drawn:
    """Draw a LINE."""
    return line_or_outline(own, np.array([_point(item.head), _point(item.head, 11)]), False)


def _dot(own: Drawn, item: _Item) -> Drawn:
    """Draw a POINT."""
    return drawn_as(own, "point", _spot(_point(item.head), None))


def _spline(own: Drawn, item: _Item) -> Drawn:
    """Draw a SPLINE."""
    from landgis.io.drawing.curves import spline_points

    return line_or_outline(
        own, checked(spline_points(item.entity, item.budget)), bool(_flags(item.head) & _CLOSED)
    )


def _hatch(own: Drawn, item: _Item) -> Drawn:
    """Draw the boundary of a HATCH."""
    from landgis.io.drawing.curves import hatch_shape

    shape = hatch_shape(item.entity, item.budget)
    checked(shapely.get_coordinates(shape))
    own.what, own.shape = "outline", shape
    return own


def _text(own: Drawn, item: _Item) -> Drawn:
    """Place a text by the point that it is aligned to."""
    own.text = text_of(item.head.get(1, b""))
    if item.entity.kind == "MTEXT":
        pieces = [
            bytes(value).rstrip(b"\r\n") for code, value in item.entity.tags if code in (1, 3)
        ]
        own.text = b"".join(pieces).strip()
        return drawn_as(own, "text", _spot(_point(item.head), None))
    across, upward = (
        int(number_of(item.head.get(code, 0)))
        for code in (72, 74 if item.entity.kind == "ATTRIB" else 73)
    )
    at = _point(item.head)
    if (across or upward) and 11 in item.head:
        end = _point(item.head, 11)
        at = ((at[0] + end[0]) / 2, (at[1] + end[1]) / 2) if across in (3, 5) else end
    return drawn_as(own, "text", _spot(at, _plane(item.head)))


_DRAWING: dict[str, Callable[[Drawn, _Item], Drawn]] = {
    "LWPOLYLINE": _lwpolyline,
    "POLYLINE": _polyline,
    "CIRCLE": _circle,
    "ARC": _circle,
    "ELLIPSE": _ellipse,
    "LINE": _straight,
    "POINT": _dot,
    "SPLINE": _spline,
    "HATCH": _hatch,
    "MPOLYGON": _hatch,
    "TEXT": _text,
    "ATTRIB": _text,
    "MTEXT": _text,
}
#: kinds that are drawn, and those that may be outlines: a broken one of them is a row that is lost
DRAWN = frozenset(_DRAWING)
OUTLINES = frozenset({"LWPOLYLINE", "POLYLINE", "CIRCLE", "ELLIPSE", "SPLINE", "HATCH", "MPOLYGON"})
