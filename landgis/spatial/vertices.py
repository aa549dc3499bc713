"""Vertices that are wrong by themselves: beside a neighbour's border, or there twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from landgis.spatial.common_ground import Grounds
from landgis.spatial.coverage import Borders, vertex_keys
from landgis.spatial.shapes import Floats, Ints

__all__ = [
    "ON_BORDER_M",
    "REPEATED_M",
    "beside_borders",
    "near_misses",
    "perhaps_loose",
    "repeated_points",
    "spikes",
]

#: a vertex nearer than this to a neighbour's border lies on it, as far as millimetres tell
ON_BORDER_M = 1.5e-3
#: vertices in a row nearer than this are one: boundary points are written in millimetres
REPEATED_M = 1e-3
#: tangent of the angle under which two sides of a spike meet at most (10°)
_SHARP = float(np.tan(np.radians(10)))
_CHUNK = 1 << 18
#: m; added to a search far from the origin, where doubles have a grain of 7e-9 m
_GRAIN = 1e-6


def perhaps_loose(grounds: Grounds) -> Ints:
    """Return the vertices of sound shapes where loose edges end, with a few others.

    Vertices in one place are all among them or none is: a table of bits tells, by their keys.
    """
    borders, start = grounds.borders, grounds.loose.start
    bits = max(20, int(8 * len(start)).bit_length())
    key = vertex_keys(borders.xy)
    key >>= np.uint64(64 - bits)
    known = np.zeros(1 << bits, dtype=np.bool_)
    known[key[start]] = known[key[start + 1]] = True
    at = np.flatnonzero(known[key])
    out: Ints = at[grounds.sound[borders.shape[borders.ring_at(at)]]]
    return out


def _lone_vertices(grounds: Grounds) -> tuple[Floats, Ints]:
    """Return the vertices (near the origin) that only one sound shape has, and which.

    Such a vertex stands between two loose edges.
    """
    at = perhaps_loose(grounds)
    xy = grounds.borders.xy[at]
    shape = grounds.borders.shape[grounds.borders.ring_at(at)]
    once = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "shape": shape}).drop_duplicates()
    alone = once[~once.duplicated(["x", "y"], keep=False)]
    return alone[["x", "y"]].to_numpy(), alone["shape"].to_numpy(np.intp)


def near_misses(grounds: Grounds, reach: float) -> pd.DataFrame:
    """Return vertices that lie beside a neighbour's border, neither on it nor clearly off it.

    Parameters
    ----------
    reach : float
        m; from here on a vertex is clearly off.

    Returns
    -------
    DataFrame
        ``one, other`` (positions of shapes), ``vertices``, ``distance`` (m, the greatest to the
        border of `other`), ``spots`` (the vertices of `one`, near the origin), sorted by the two.
    """
    xy, shape = _lone_vertices(grounds)
    point, other, distance = beside_borders(grounds, xy, reach)
    miss = (shape[point] != other) & (distance > ON_BORDER_M)
    columns = {"one": shape[point], "other": other, "distance": distance}
    table = pd.DataFrame(columns | {"x": xy[point, 0], "y": xy[point, 1]})[miss]
    return _gathered(table.sort_values(["one", "other"], kind="stable"), ["one", "other"])


def beside_borders(grounds: Grounds, xy: Floats, reach: float) -> tuple[Ints, Ints, Floats]:
    """Return which points (near the origin) lie nearer than `reach` to which sound shape's border.

    Returns
    -------
    point, shape : ndarray of int
    distance : ndarray of float
        m.
    """
    far: Any = shapely.points(xy + grounds.origin)
    point, shape = grounds.tree.query(far, "dwithin", distance=reach + _GRAIN)
    known, at = np.unique(shape, return_inverse=True)
    borders = shapely.boundary(grounds.near(known))
    distance = shapely.distance(shapely.points(xy[point]), borders[at])
    near = distance < reach
    return point[near], shape[near], distance[near]


def repeated_points(borders: Borders) -> pd.DataFrame:
    """Return vertices that follow another of their ring within `REPEATED_M`.

    Returns
    -------
    DataFrame
        ``shape`` (position), ``vertices``, ``spots`` (near the origin), sorted by shape.
    """
    x, y = borders.xy[:, 0], borders.xy[:, 1]
    at = np.flatnonzero(np.abs(np.diff(x)) < REPEATED_M)
    at = at[np.hypot(x[at + 1] - x[at], y[at + 1] - y[at]) < REPEATED_M]
    at = at[borders.begins[at]]
    shape = borders.shape[borders.ring_at(at)]
    table = pd.DataFrame({"shape": shape, "x": x[at], "y": y[at]})
    return _gathered(table.sort_values("shape", kind="stable"), ["shape"])


def spikes(borders: Borders, width_m: float) -> pd.DataFrame:
    """Return vertices where a ring turns back so sharply that its sides almost touch.

    The sides meet under less than 10° and are nowhere further apart than `width_m` along the
    shorter one: a spike, or where the ground lies outside, a slit.

    Returns
    -------
    DataFrame
        ``shape`` (position), ``vertices``, ``spots`` (near the origin), sorted by shape.
    """
    found = [np.zeros(0, dtype=np.intp)]
    for start in range(0, len(borders.xy), _CHUNK):  # small enough to stay in the cache
        found.append(_turning_back(borders, start, min(start + _CHUNK, len(borders.xy) - 1)))
    inner = np.concatenate(found)
    inner = inner[borders.begins[inner] & borders.begins[inner - 1]]
    first = borders.first[:-1]
    before, at = np.r_[inner - 1, borders.first[1:] - 2], np.r_[inner, first]
    points = borders.points
    one, other = points[before] - points[at], points[at + 1] - points[at]
    turn = one.conjugate() * other
    longer = np.maximum(np.abs(one), np.abs(other))
    back = (turn.real > 0) & (np.abs(turn.imag) < _SHARP * turn.real)
    at = np.sort(at[back & (np.abs(turn.imag) < width_m * longer)])
    shape = borders.shape[borders.ring_at(at)]
    table = pd.DataFrame({"shape": shape, "x": borders.xy[at, 0], "y": borders.xy[at, 1]})
    return _gathered(table.sort_values("shape", kind="stable"), ["shape"])


def _turning_back(borders: Borders, start: int, stop: int) -> Ints:
    """Return the vertices between two places that have a sharp angle to both sides of them."""
    step = np.diff(borders.points[max(start - 1, 0) : stop + 1])
    turn = step[:-1].conjugate() * step[1:]
    sharp = np.abs(turn.imag) < -_SHARP * turn.real
    out: Ints = np.flatnonzero(sharp) + max(start - 1, 0) + 1
    return out


def _gathered(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one row per key of a sorted table: its vertices as one shape, their greatest rest."""
    groups = table.groupby(keys, sort=False)
    out = groups.max().drop(columns=["x", "y"]).assign(vertices=groups.size())
    spots: Any = shapely.points(table[["x", "y"]].to_numpy())
    out["spots"] = np.asarray(shapely.multipoints(spots, indices=groups.ngroup().to_numpy()))
    return out.reset_index()
