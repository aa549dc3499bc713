"""Arcs of drawings as chords, and the tilted or mirrored systems that entities are drawn in.

An arc becomes as many equal chords as keep each within `CHORD_M` of it; the corners lie on the arc,
so an outline loses at most that much at its bows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["CHORD_M", "Budget", "Frame", "arc_points", "frame_of", "placed", "with_bulges"]

#: greatest distance of a chord from its arc, in drawing units (metres)
CHORD_M = 1e-3
#: chords of one arc; kept within CHORD_M up to 5 km of radius
_MOST_CHORDS = 5000
#: below this, a direction is taken as that of the world's axis (arbitrary axis algorithm of DXF)
_NEAR_AXIS = 1 / 64

#: x and y axis and origin of a plane, seen from above: (2, 2) and (2,)
Frame = tuple[np.ndarray, np.ndarray]


class Budget:
    """How many corners a drawing may grow by arcs and blocks, so that memory is bounded.

    Parameters
    ----------
    corners : int
        What may be spent.

    Attributes
    ----------
    chord : float
        Greatest distance of a chord from its arc, in the units of what is drawn.
    """

    def __init__(self, corners: int = 20_000_000) -> None:
        self._purse = [corners]
        self.chord = CHORD_M

    def enlarged(self, scale: float) -> Budget:
        """Return the same budget for what is enlarged afterwards: its chords are shorter."""
        out = Budget()
        out._purse, out.chord = self._purse, self.chord / scale
        return out

    def spend(self, corners: float) -> None:
        """Take corners from the budget.

        Raises
        ------
        ValueError
            If there are not as many left; nothing is taken then.
        """
        if not corners <= self._purse[0]:
            raise ValueError("too many corners")
        self._purse[0] -= int(corners)

    def chords(self, radius: float, angle: float) -> int:
        """Return into how many chords an arc is divided (angle in radians), and pay for them.

        Raises
        ------
        ValueError
            If the budget is spent.
        """
        step = 2 * np.arccos(max(0.0, 1 - self.chord / radius)) if radius > 0 else np.pi
        count = int(np.clip(np.ceil(abs(angle) / max(float(step), 1e-9)), 1, _MOST_CHORDS))
        self.spend(count)
        return count


def with_bulges(
    xy: np.ndarray, bulges: Sequence[float], closed: bool, budget: Budget
) -> np.ndarray:
    """Return the corners of a polyline with its bulged segments as chords.

    Parameters
    ----------
    xy : array (n, 2)
        Corners, the first not repeated.
    bulges : sequence of float
        Per corner, the tangent of a quarter of the arc's angle to the next one; positive: the arc
        runs anticlockwise.
    closed : bool
        Whether the last corner is joined to the first.
    budget : Budget
        Pays for the corners.

    Raises
    ------
    ValueError
        If a bulge is not finite, or the budget is spent.
    """
    points = xy[:, 0] + 1j * xy[:, 1]
    bent = np.asarray(bulges, dtype="float64")
    if not np.isfinite(bent).all():
        raise ValueError("bulge")
    pieces = []
    for at, start in enumerate(points):
        last = at == len(points) - 1
        chord = points[(at + 1) % len(points)] - start
        if bent[at] == 0.0 or chord == 0 or (last and not closed):
            pieces.append(np.array([start]))
            continue
        center = start + chord * (0.5 + 1j * (1 - bent[at] ** 2) / (4 * bent[at]))
        angle = 4 * np.arctan(bent[at])
        count = budget.chords(abs(start - center), angle)
        turn = np.exp(1j * angle * np.arange(count) / count)
        pieces.append(center + (start - center) * turn)
    out = np.concatenate(pieces)
    return np.column_stack([out.real, out.imag])


def arc_points(
    center: np.ndarray,
    axes: tuple[np.ndarray, np.ndarray],
    span: tuple[float, float],
    budget: Budget,
) -> np.ndarray:
    """Return points on (part of) an ellipse: center + cos t * first axis + sin t * second axis.

    Parameters
    ----------
    center, axes : arrays (2,)
        In drawing units.
    span : tuple of float
        First and last t in radians; a full turn leaves out the last point, which is the first.
    budget : Budget
        Pays for the corners.

    Raises
    ------
    ValueError
        If the ellipse has no extent or the span is none.
    """
    start, end = span
    radius = float(max(np.hypot(*axes[0]), np.hypot(*axes[1])))
    if not (np.isfinite([radius, start, end]).all() and radius > 0):
        raise ValueError("arc")
    turn = (end - start) % (2 * np.pi)
    full = turn < 1e-9 or 2 * np.pi - turn < 1e-9
    turn = 2 * np.pi if full else turn
    count = max(3, budget.chords(radius, turn))
    t = start + turn * np.arange(count + (not full)) / count
    arc: np.ndarray = center + np.outer(np.cos(t), axes[0]) + np.outer(np.sin(t), axes[1])
    return arc


def frame_of(normal: tuple[float, float, float], elevation: float = 0.0) -> Frame | None:
    """Return the plane that a DXF normal and elevation mean; None where it is the drawing's own.

    Raises
    ------
    ValueError
        If the normal has no direction.
    """
    n = np.array(normal, dtype="float64")
    length = float(np.linalg.norm(n))
    if not (np.isfinite(length) and length > 0):
        raise ValueError("normal")
    n /= length
    if n[0] == n[1] == 0.0 and n[2] > 0:
        return None
    upright = abs(n[0]) < _NEAR_AXIS and abs(n[1]) < _NEAR_AXIS
    x = np.cross((0.0, 1.0, 0.0) if upright else (0.0, 0.0, 1.0), n)
    x /= np.linalg.norm(x)
    y = np.cross(n, x)
    return np.array([x[:2], y[:2]]), elevation * n[:2]


def placed(xy: np.ndarray, frame: Frame | None) -> np.ndarray:
    """Return points of a plane in the drawing's own coordinates."""
    if frame is None:
        return xy
    moved: np.ndarray = xy @ frame[0] + frame[1]
    return moved
