"""What ezdxf knows better: splines, hatch boundaries, formatted text.

Only entities of these kinds pay for it. What is broken raises ValueError, whatever ezdxf says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import shapely
from ezdxf.entities import Hatch, factory
from ezdxf.entities.mpolygon import MPolygon
from ezdxf.entities.spline import Spline
from ezdxf.lldxf.const import DXFError
from ezdxf.lldxf.extendedtags import ExtendedTags
from ezdxf.lldxf.tagger import tag_compiler
from ezdxf.lldxf.types import DXFBinaryTag, DXFTag
from ezdxf.path import Path, from_hatch, make_path
from ezdxf.tools.text import plain_mtext, plain_text

from landgis.io.drawing.arcs import Budget
from landgis.io.drawing.tags import Entity

__all__ = ["hatch_shape", "plain_label", "spline_points"]

_MOST_DEGREE = 11
_MOST_POINTS = 20_000
_MOST_RINGS = 500
_FARTHEST = 1e9
#: a curve is never divided finer than this part of its extent; of very many points, coarser
_FINEST, _MANY = 1e-6, 2_000
#: group codes of x coordinates, and of all coordinates
_X_CODES, _POINT_CODES = range(10, 19), range(10, 40)


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn what ezdxf raises on broken numbers into a ValueError."""
    try:
        yield
    except (
        DXFError,
        ArithmeticError,
        LookupError,
        TypeError,
        AttributeError,
        AssertionError,
        RecursionError,
        shapely.GEOSException,
    ) as trouble:
        raise ValueError(str(trouble)) from None


def _load(entity: Entity) -> object:
    """Return an entity as ezdxf's; its numbers are bounded before anything is computed."""
    _require_bounded(entity.tags)
    pairs = [_typed(tag) for tag in entity.tags]
    tags = ExtendedTags(tag_compiler(iter([DXFTag(0, entity.kind), *pairs])))
    return factory.load(tags)


def _typed(tag: tuple[int, Any]) -> DXFTag:
    """Return a pair as ezdxf's loaders hand it to its compiler."""
    code, value = tag
    if isinstance(value, bytes):
        if code in (310, 1004):
            return DXFBinaryTag(code, b"")
        return DXFTag(code, value.decode("latin-1").rstrip("\r\n"))
    return DXFTag(code, str(value))


def _require_bounded(tags: Iterable[tuple[int, Any]]) -> None:
    """Refuse numbers that no drawing of land has, and counts that take too long."""
    points = 0
    for code, value in tags:
        if code in _POINT_CODES:
            points += code in _X_CODES
            if not abs(float(value)) < _FARTHEST:
                raise ValueError("too far")
    if points > _MOST_POINTS:
        raise ValueError("too many points")


def _flattened(path: Path, budget: Budget) -> np.ndarray:
    """Return a path as the corners of chords."""
    corners = np.array([(p.x, p.y) for p in path.control_vertices()])
    if len(corners) < 2 or not (np.abs(corners) < _FARTHEST).all():
        raise ValueError("path")
    extent = float(np.ptp(corners, axis=0).max())
    finest = extent * _FINEST * max(1.0, len(corners) / _MANY) ** 2
    points = np.array([(p.x, p.y) for p in path.flattening(max(budget.chord, finest))])
    budget.spend(len(points))
    return points


def spline_points(entity: Entity, budget: Budget) -> np.ndarray:
    """Return the corners of a SPLINE's chords, the last as drawn.

    Raises
    ------
    ValueError
        If it is broken.
    """
    with _plainly():
        spline = _load(entity)
        if not isinstance(spline, Spline) or spline.dxf.degree > _MOST_DEGREE:
            raise ValueError("spline")
        return _flattened(make_path(spline), budget)


def hatch_shape(entity: Entity, budget: Budget) -> shapely.Geometry:
    """Return the boundary of a HATCH or MPOLYGON; a ring inside another is a hole.

    Raises
    ------
    ValueError
        If it is broken, or bounds nothing.
    """
    with _plainly():
        hatch = _load(entity)
        if not isinstance(hatch, (Hatch, MPolygon)):
            raise ValueError("hatch")
        rings = [_flattened(path, budget) for path in from_hatch(hatch)]
        rings = [ring for ring in rings if len(np.unique(ring, axis=0)) >= 3]
        if not 0 < len(rings) <= _MOST_RINGS:
            raise ValueError("hatch without boundary")
        return _nested([shapely.Polygon(ring) for ring in rings])


def _nested(faces: list[shapely.Polygon]) -> shapely.Geometry:
    """Return faces as one area: what lies inside an odd number of others is a hole."""
    holes: dict[int, list[shapely.LinearRing]] = {}
    around: list[int] = []
    for at in sorted(range(len(faces)), key=lambda at: -faces[at].area):
        inside = faces[at].representative_point()
        holders = [other for other in around if faces[other].contains(inside)]
        around.append(at)
        if len(holders) % 2 == 0:
            holes[at] = []
        else:
            outer = min((one for one in holders if one in holes), key=lambda one: faces[one].area)
            holes[outer].append(faces[at].exterior)
    parts = [shapely.Polygon(faces[at].exterior, inner) for at, inner in holes.items()]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def plain_label(text: str, *, formatted: bool) -> list[str]:
    """Return the lines of a text without its formatting.

    Parameters
    ----------
    text : str
        Content of a TEXT, or (`formatted`) of an MTEXT with its codes.
    """
    if not formatted:
        return [plain_text(text)]
    try:
        with _plainly():
            return list(plain_mtext(text, split=True))
    except ValueError:
        return re.split(r"\\[Pp]|\n", text)
