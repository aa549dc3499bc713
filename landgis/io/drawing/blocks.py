"""Blocks of a drawing, drawn where they are inserted: moved, scaled, turned, mirrored, in rows."""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
import shapely

from landgis.io.drawing.arcs import Budget, Frame, frame_of, placed
from landgis.io.drawing.drawn import Drawn, checked, shape_all
from landgis.io.drawing.entities import DRAWN, Head, draw, head_of
from landgis.io.drawing.tags import Entity, number_of, text_of

__all__ = ["MOST_PIECES", "Blocks"]

#: pieces that one insertion may draw; blocks within blocks multiply, and so do rows and columns
MOST_PIECES = 100_000
#: blocks within blocks, one in another
_DEEPEST = 100
#: what a piece costs besides its corners
_PIECE = 20
_BYLAYER = b"0"
_BROKEN = (ValueError, TypeError, KeyError, ArithmeticError, shapely.GEOSException)


@dataclass
class _Block:
    """A block as defined: its base point and its entities; what they draw, by how finely.

    `size` is how many pieces it draws and how many blocks stand one in another; None: not counted.
    """

    base: np.ndarray
    entities: list[Entity] = field(default_factory=list)
    pieces: dict[float, list[Drawn] | None] = field(default_factory=dict)
    size: tuple[int, int] | None = None


class _TooLargeError(ValueError):
    """An insertion would draw more than it may."""

    def __init__(self, pieces: int) -> None:
        super().__init__("too many pieces")
        self.pieces = pieces


class Blocks:
    """The blocks of a drawing, by name.

    Parameters
    ----------
    budget : Budget
        Pays for what insertions draw.
    """

    def __init__(self, budget: Budget) -> None:
        self._blocks: dict[bytes, _Block] = {}
        self._open: _Block | None = None
        self._budget = budget

    def define(self, entity: Entity) -> None:
        """Take in one entity of the section BLOCKS."""
        if entity.kind == "BLOCK":
            head, _ = head_of(entity)
            try:
                base = np.array([number_of(head.get(code, 0)) for code in (10, 20)])
            except ValueError:
                self._open = None
                return
            self._open = self._blocks[text_of(head.get(2, b"")).upper()] = _Block(base)
        elif entity.kind == "ENDBLK":
            self._open = None
        elif self._open is not None and (entity.kind in DRAWN or entity.kind == "INSERT"):
            self._open.entities.append(entity)

    def insert(self, entity: Entity, number: int) -> list[Drawn]:
        """Return what an INSERT draws: its point, its attributes, and the block's pieces.

        Parameters
        ----------
        entity : Entity
            The INSERT with its attributes.
        number : int
            Its place in the drawing.
        """
        head, parts = head_of(entity)
        spot = Entity(
            "POINT", entity.line, entity.codes[:parts], entity.values[:parts], entity.broken
        )
        own = draw(spot, number, self._budget)
        own.kind = "INSERT"
        if own.xy is None:
            return [own]
        try:
            own.xy = placed(own.xy, _frame(head))
            texts = _attributes(entity, parts, number, self._budget)
            self._require_bounded(head)
            return [own, *texts, *self._inserted(head, own, self._budget)]
        except _TooLargeError as error:
            lost = replace(own, what="broken", xy=None, defect="block_too_large")
            lost.text, lost.pieces = text_of(head.get(2, b"")), error.pieces
            return [own, lost]
        except _BROKEN:
            return [own, replace(own, what="broken", xy=None, defect="entity_unreadable")]

    def _require_bounded(self, head: Head) -> None:
        """Refuse an insertion by what it would draw, before anything is drawn.

        Raises
        ------
        ValueError
            If it draws too many pieces, or a block stands within itself.
        """
        block = self._blocks.get(text_of(head.get(2, b"")).upper())
        if block is None:
            return
        pieces, _ = self._size(block, set())
        if (count := pieces * _copies_of(head)) > MOST_PIECES:
            raise _TooLargeError(count)

    def _size(self, block: _Block, within: set[int]) -> tuple[int, int]:
        """Return how many pieces a block draws at most, and how deep blocks stand in it.

        Raises
        ------
        ValueError
            If it stands within itself, blocks are nested too deeply, or an insertion is broken.
        """
        if block.size is not None:
            return block.size
        if id(block) in within or len(within) > _DEEPEST:
            raise ValueError("block without end")
        pieces, depth = 0, 1
        for entity in block.entities:
            if entity.kind != "INSERT":
                pieces += 1
                continue
            head, _ = head_of(entity)
            inner = self._blocks.get(text_of(head.get(2, b"")).upper())
            if inner is not None:
                own = self._size(inner, within | {id(block)})
                pieces += own[0] * _copies_of(head)
                depth = max(depth, own[1] + 1)
        if depth > _DEEPEST:
            raise ValueError("block without end")
        block.size = (pieces, depth)
        return block.size

    def _inserted(self, head: Head, own: Drawn, budget: Budget) -> list[Drawn]:
        """Return the pieces of the block at every place of an insertion.

        Raises
        ------
        ValueError
            If the insertion is broken, endless or too large.
        """
        block = self._blocks.get(text_of(head.get(2, b"")).upper())
        if block is None:
            return []
        scale = max(abs(number_of(head.get(code, 1))) for code in (41, 42))
        pieces = self._pieces(block, budget.enlarged(2.0 ** math.ceil(math.log2(scale))))
        if not pieces:
            return []
        places = _copies(head)
        corners = int(sum(shapely.get_num_coordinates([one.shape for one in pieces])))
        try:
            budget.spend(len(places) * (corners + _PIECE * len(pieces)))
        except ValueError:
            raise _TooLargeError(len(places) * len(pieces)) from None
        shapes = np.array([one.shape for one in pieces], dtype=object)
        return [
            _at(piece, own, shape)
            for move in places
            for piece, shape in zip(pieces, _moved(shapes, head, block.base, move), strict=True)
        ]

    def _pieces(self, block: _Block, budget: Budget) -> list[Drawn]:
        """Return what a block draws, in its own coordinates; once per fineness of its arcs.

        Raises
        ------
        ValueError
            If the block stands within itself, or the budget is spent.
        """
        if budget.chord not in block.pieces:
            block.pieces[budget.chord] = None  # stays so if it fails, or is asked for within itself
            pieces: list[Drawn] = []
            for entity in block.entities:
                one = draw(entity, 0, budget)
                if entity.kind == "INSERT":
                    pieces += self._inserted(head_of(entity)[0], one, budget)
                else:
                    pieces.append(one)
            shape_all(pieces)
            block.pieces[budget.chord] = [one for one in pieces if one.shape is not None]
        known = block.pieces[budget.chord]
        if known is None:
            raise ValueError("block without end")
        return known


def _attributes(entity: Entity, parts: int, number: int, budget: Budget) -> list[Drawn]:
    """Return the visible attributes of an insertion as texts."""
    found: list[Entity] = []
    for code, value in islice(entity.tags, parts, None):
        if code == 0:
            found.append(Entity(text_of(value).decode("ascii", "replace"), entity.line))
        elif found:
            found[-1].codes.append(code)
            found[-1].values.append(value)
    shown = [one for one in found if one.kind == "ATTRIB" and _shown(one)]
    return [draw(one, number, budget) for one in shown]


def _shown(attribute: Entity) -> bool:
    """Tell whether an attribute is visible."""
    return not int(number_of(head_of(attribute)[0].get(70, 0))) & 1


def _frame(head: Head) -> Frame | None:
    """Return the plane that an insertion stands in."""
    x, y, z = (number_of(head.get(code, 0)) for code in (210, 220, 230))
    return frame_of((x, y, z), number_of(head.get(30, 0))) if 210 in head else None


def _rows_of(head: Head) -> tuple[int, int]:
    """Return the columns and rows of an insertion."""
    columns, rows = (max(1, int(number_of(head.get(code, 1)))) for code in (70, 71))
    return columns, rows


def _copies_of(head: Head) -> int:
    """Return how many copies of its block an insertion draws."""
    columns, rows = _rows_of(head)
    return columns * rows


def _copies(head: Head) -> np.ndarray:
    """Return how far each copy of an insertion in rows and columns is moved, before turning."""
    apart = [number_of(head.get(code, 0)) for code in (44, 45)]
    at = np.indices(_rows_of(head)).reshape(2, -1).T
    moves: np.ndarray = at * apart
    return moves


def _moved(shapes: np.ndarray, head: Head, base: np.ndarray, move: np.ndarray) -> list[Any]:
    """Return shapes of a block where one insertion of it stands."""
    scale = [number_of(head.get(code, 1)) for code in (41, 42)]
    angle = np.deg2rad(number_of(head.get(50, 0)))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    spot = [number_of(head[code]) for code in (10, 20)]
    plane = _frame(head)
    if 0.0 in scale:
        raise ValueError("scaled to nothing")
    placing = shapely.transform(
        shapes, lambda xy: placed(((xy - base) * scale + move) @ turn + spot, plane)
    )
    if len(shapes):
        checked(shapely.get_coordinates(placing))
    return list(placing)


def _at(piece: Drawn, own: Drawn, shape: shapely.Geometry) -> Drawn:
    """Return a piece of a block as the insertion draws it."""
    out = copy(piece)
    out.shape, out.inserted = shape, True
    out.layer = own.layer if piece.layer == _BYLAYER else piece.layer
    out.handle, out.line, out.number = own.handle, own.line, own.number
    return out
