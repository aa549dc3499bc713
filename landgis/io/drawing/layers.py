"""Which things of a drawing are meant: by the layer the user names, by CASS, by what layers say.

In CASS, layer JZD holds the ownership boundaries; their extended data begin with 300000. A drawing
without them is read by layers that are called as parcels are; where none is, all of it is read and
the user is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely

from landgis.base.errors import SourceError
from landgis.base.schema import LAYERS
from landgis.base.words import FILE_WORDS
from landgis.io.drawing.blocks import MOST_PIECES
from landgis.io.drawing.data import BOUNDARY
from landgis.io.drawing.drawn import Drawn
from landgis.io.drawing.entities import OUTLINES
from landgis.io.drawing.whole import TextCode

__all__ = ["ALL_LAYERS", "Choice", "choose", "large_block"]

#: what a campaign writes for the layer where it wants all
ALL_LAYERS = "*"
#: layer of the ownership boundaries in CASS
_CASS = {"parcels": frozenset({"JZD"})}
#: circles, hatches and parts of blocks below this are marks of boundary points (drawing units ²)
_MARK_M2 = 1.0
_MARKS = frozenset({"CIRCLE", "ELLIPSE", "HATCH", "MPOLYGON"})
#: an open line was meant as an outline if its ends are closer than this part of its length:
#: anywhere; beside outlines that are read (a square without a side: 1/3); on layers of boundaries
_MEANT, _MEANT_BESIDE, _MEANT_AS_BOUNDARY = 0.1, 0.5, 0.8
#: a fill is that of an outline if it has its centre (drawing units) and its area (part of it)
_SAME_CENTRE, _SAME_AREA = 0.01, 1e-4


@dataclass
class Choice:
    """What is read of a drawing, and what is left.

    Attributes
    ----------
    rows : list of Drawn
        Outlines (or whatever the layer of the schema wants), also broken ones and those that were
        meant as outlines but are open (defect ``outline_open``), in the order of the drawing.
    layers : dict
        Layer of the drawing to the number of rows on it.
    left : dict
        Layer to the number of closed outlines on it that are not read.
    marks, fills : int
        Small circles and the like, fills of outlines: not read.
    open_lines : dict
        Layer to the number of open lines on it, of the layers that are read: not read either.
    broken : int
        Broken entities elsewhere, and broken texts and lines.
    too_large : list of Drawn
        Insertions that would draw more than they may, wherever they stand.
    asked : bool
        Whether all layers were taken because none is known.
    """

    rows: list[Drawn] = field(default_factory=list)
    layers: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    marks: int = 0
    fills: int = 0
    open_lines: dict[str, int] = field(default_factory=dict)
    broken: int = 0
    too_large: list[Drawn] = field(default_factory=list)
    asked: bool = False


def choose(
    drawn: list[Drawn], code: TextCode, layer_name: str, wanted: str | None, source: str
) -> Choice:
    """Return what of a drawing is meant as a layer of the schema.

    Parameters
    ----------
    drawn : list of Drawn
        From `open_drawing`.
    code : TextCode
        Encoding of the names.
    layer_name : str
        Layer of the schema.
    wanted : str or None
        Layer of the drawing that the user names; case does not matter, as in CAD. ``*``: all.
    source : str
        For messages.

    Raises
    ------
    SourceError
        If the drawing has no such layer, or nothing on it (or at all) is of the right kind.
    """
    names = {raw: code.read(raw) for raw in {one.layer for one in drawn}}
    called = _called(names, wanted)
    here = [one for one in drawn if called is None or called(one)]
    if drawn and not here:
        there = ", ".join(sorted(set(names.values())))
        raise SourceError("layer_not_there", source=source, name=wanted, there=there)
    fitting = [one for one in here if _fits(one, layer_name)]
    too_large = [one for one in drawn if one.defect == "block_too_large"]
    if not fitting and too_large:
        raise SourceError("block_too_large", **large_block(too_large[0], code), source=source)
    if not fitting:
        layers = ", ".join(_counted((one for one in drawn if one.what == "outline"), names))
        raise SourceError(
            "drawing_without_outlines", source=source, layer=layer_name, layers=layers
        )
    known = _known_by(fitting, names, layer_name) if wanted is None else called
    choice = _chosen(drawn, fitting, known, names, layer_name)
    choice.too_large = too_large
    choice.broken -= len(too_large)
    choice.asked = wanted is None and known is None and len(choice.layers) > 1
    return choice


def large_block(one: Drawn, code: TextCode) -> dict[str, Any]:
    """Return what is said of an insertion that is too large."""
    name = code.read(one.text) or "-"
    return {"name": name, "pieces": one.pieces, "limit": MOST_PIECES, "handle": one.handle or "-"}


def _called(names: dict[bytes, str], wanted: str | None) -> Callable[[Drawn], bool] | None:
    """Return what tells things on the layer that the user names; None where all are wanted."""
    if wanted is None or wanted == ALL_LAYERS:
        return None
    layer = wanted.strip().casefold()
    return lambda one: names[one.layer].casefold() == layer


def _fits(one: Drawn, layer_name: str) -> bool:
    """Tell whether a thing can be of a layer of the schema, or could, were it not broken."""
    geometry = LAYERS[layer_name].geometry
    if geometry == "polygon":
        return one.what == "outline" or _lost(one)
    if geometry == "line":
        return one.what in ("outline", "line") or _lost(one)
    # a symbol is its point, not what it is drawn of
    return (one.what in ("outline", "line", "point") or _lost(one)) and not one.inserted


def _lost(one: Drawn) -> bool:
    """Tell whether a broken entity may have been an outline."""
    return one.what == "broken" and one.kind in OUTLINES


def _known_by(
    fitting: list[Drawn], names: dict[bytes, str], layer_name: str
) -> Callable[[Drawn], bool] | None:
    """Return what tells things that are meant: CASS, or the names of layers; None: nothing does."""
    cass = _CASS.get(layer_name)
    words = FILE_WORDS.get(layer_name, ())

    def by_cass(one: Drawn) -> bool:
        return cass is not None and _is_boundary(one, names[one.layer], cass)

    def by_word(one: Drawn) -> bool:
        return any(word in names[one.layer].lower() for word in words)

    return next((test for test in (by_cass, by_word) if any(map(test, fitting))), None)


def _is_boundary(one: Drawn, layer: str, cass: frozenset[str]) -> bool:
    """Tell whether CASS made something as a boundary: by its code, else by its layer."""
    return one.data[0] == BOUNDARY if one.data else layer.upper() in cass


def _counted(some: Iterable[Drawn], names: dict[bytes, str]) -> dict[str, int]:
    """Return layer to number of things on it, most first."""
    return dict(Counter(names[one.layer] for one in some).most_common())


def _chosen(
    drawn: list[Drawn],
    fitting: list[Drawn],
    known: Callable[[Drawn], bool] | None,
    names: dict[bytes, str],
    layer_name: str,
) -> Choice:
    """Part what is meant from marks, fills and open lines; count what is left."""
    polygons = LAYERS[layer_name].geometry == "polygon"
    meant = [one for one in fitting if known is None or known(one)]
    marks = {id(one) for one in meant if polygons and _is_mark(one)}
    rows = [one for one in meant if id(one) not in marks]
    fills = _fills(rows) if polygons else set()
    rows = [one for one in rows if id(one) not in fills]
    taken = {id(one) for one in rows} | marks | fills
    lines = [one for one in drawn if one.what == "line" and (known is None or known(one))]
    opened = lines if polygons else []
    boundary = known or _known_by(opened, names, layer_name)
    beside = {one.layer for one in rows}
    open_lines, back = [], []
    for one in opened:
        if _meant_closed(one, _meant_within(one, boundary, beside)):
            back.append(replace(one, defect="outline_open"))
        else:
            open_lines.append(one)
    left = [one for one in drawn if one.what == "outline" and id(one) not in taken]
    return Choice(
        rows=sorted([*rows, *back], key=lambda one: one.number),
        layers=_counted((one for one in rows if not _lost(one)), names),
        left=_counted(left, names) if polygons else {},
        marks=len(marks),
        fills=len(fills),
        open_lines=_counted(open_lines, names),
        broken=sum(one.what == "broken" and id(one) not in taken for one in drawn),
    )


def _is_mark(one: Drawn) -> bool:
    """Tell whether an outline is a symbol: small, and a circle, a fill or part of a block."""
    symbol = one.kind in _MARKS or one.inserted
    return symbol and one.shape is not None and bool(shapely.area(one.shape) < _MARK_M2)


def _meant_within(
    one: Drawn, boundary: Callable[[Drawn], bool] | None, beside: set[bytes]
) -> float:
    """Return how near its length the ends of an open line may be, if it was meant as an outline."""
    if one.kind == "ARC":  # a bow by itself; as a boundary it is part of one
        return _MEANT
    if boundary is not None and boundary(one):
        return _MEANT_AS_BOUNDARY
    return _MEANT_BESIDE if one.layer in beside else _MEANT


def _meant_closed(one: Drawn, within: float) -> bool:
    """Tell whether an open line was meant as an outline: CASS says so, or its ends come back."""
    if one.shape is None or shapely.get_num_coordinates(one.shape) < 3:
        return False
    if one.inserted and shapely.area(shapely.convex_hull(one.shape)) < _MARK_M2:
        return False  # part of a symbol
    return one.data[:1] == (BOUNDARY,) or one.gap < within * float(shapely.length(one.shape))


def _fills(rows: list[Drawn]) -> set[int]:
    """Return the hatches that fill an outline which is drawn itself."""
    hatches = [one for one in rows if one.kind in ("HATCH", "MPOLYGON") and one.shape is not None]
    outlines = [one.shape for one in rows if one.kind not in ("HATCH", "MPOLYGON") and one.shape]
    if not hatches or not outlines:
        return set()
    tree = shapely.STRtree(shapely.centroid(outlines))
    areas = shapely.area(outlines)
    centres = shapely.centroid([one.shape for one in hatches])
    at, beside = tree.query(centres, predicate="dwithin", distance=_SAME_CENTRE)
    filled = shapely.area([one.shape for one in hatches])
    same = np.abs(filled[at] - areas[beside]) <= _SAME_AREA * areas[beside]
    return {id(hatches[one]) for one in at[same].tolist()}
