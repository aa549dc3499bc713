"""Texts in a drawing that are codes of the outlines they stand in; what is none is never kept.

In a parcel stands its number, but also who owns it. So only a text that is a code from its first to
its last character is looked at: a parcel or unit code (不动产单元代码), or the office's own number.
The innermost outline around a text has it. Texts beside an outline, with or without a leader, are
not its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from landgis.io.drawing.drawn import Drawn
from landgis.io.drawing.whole import TextCode

__all__ = ["Label", "code_in", "labels_of", "own_labels"]

#: layers of CASS whose numbers are heights or control points
_OTHER_NUMBERS = frozenset({"GCD", "DGX", "KZD"})
#: structure of a parcel code, with or without the unit on it (GB/T 37346-2019)
_STRUCTURE = re.compile(r"[0-9]{12}[A-Z]{2}[0-9]{5}(?:[FLQ][0-9]{8}|W0{8})?")
_PART = r"[A-Z]{0,4}[0-9]{1,6}[A-Z]?"
_PLACE = (
    r"(?:[\u4e00-\u9fff]{1,8}(?:村|社区|居委会|村委会)-?)?"
    r"第?(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:村民小组|小组|组|社|队|屯)-?"
)
#: the office's own numbers: 012, P-012, 3-012, 001-002-GB00013, 0010020013, 青石村3组012
_OWN = re.compile(
    rf"(?:{_PLACE}|宗地?|地块|图斑)?(?:[A-Z]{{1,4}}-)?{_PART}(?:-{_PART}){{0,3}}号?|00[0-9]{{5,11}}"
)
#: boundary points (J1), days and telephone numbers look like numbers, but are none
_NO_CODE = re.compile(
    r"J[0-9]{1,4}|(?:19|20)[0-9]{2}-[0-9]{1,2}(?:-[0-9]{1,2})?"
    r"|1-?[3-9](?:-?[0-9]){9}|0[1-9][0-9](?:-?[0-9]){8}|0[1-9][0-9]{2}-(?:-?[0-9]){7}"
)
#: longer numbers are those of identity cards and bank accounts
_MOST_DIGITS = 13
#: full-width forms as half-width; circled and other dressed-up digits are left as they are
_HALF_WIDTH = {0xFF01 + at: 0x21 + at for at in range(94)} | {0x3000: 0x20}


@dataclass(frozen=True)
class Label:
    """A text that is a code: whether by the structure of parcel codes, and where it stands."""

    code: str
    by_structure: bool
    spot: shapely.Geometry


def code_in(text: str) -> tuple[str, bool] | None:
    """Return the code that a text is, and whether it is one by the structure of parcel codes.

    Parameters
    ----------
    text : str
        One line, without formatting.

    Returns
    -------
    tuple or None
        None where it is anything else: a name, an area, a day, a boundary point.
    """
    plain = text.translate(_HALF_WIDTH).strip()
    bare = "".join(plain.split()).upper()
    if _STRUCTURE.fullmatch(bare):
        return bare, True
    if not _OWN.fullmatch(bare) or _NO_CODE.fullmatch(bare) or len(bare) < len(plain):
        return None
    digits = sum(sign.isdigit() for sign in bare)
    return (plain, False) if digits <= _MOST_DIGITS else None


def labels_of(drawn: Iterable[Drawn], code: TextCode) -> tuple[list[Label], int]:
    """Return the texts of a drawing that are codes, and how many texts are none."""
    labels, others = [], 0
    for one in drawn:
        if one.what != "text" or one.shape is None or not one.text:
            continue
        layer = code.read(one.layer).upper()
        codes = [] if layer in _OTHER_NUMBERS else _codes(one, code)
        labels += [Label(said, by_structure, one.shape) for said, by_structure in codes]
        others += not codes
    return labels, others


def _codes(one: Drawn, code: TextCode) -> list[tuple[str, bool]]:
    """Return the codes among the lines of a text."""
    said = code.read(one.text)
    formatted = one.kind == "MTEXT"
    lines = [said]
    if "%%" in said or (formatted and any(sign in said for sign in "\\{^")):
        from landgis.io.drawing.curves import plain_label

        lines = plain_label(said, formatted=formatted)
    found = (code_in(line) for line in lines)
    return [pair for pair in found if pair is not None]


def own_labels(outlines: np.ndarray, labels: Sequence[Label]) -> list[list[str]]:
    """Return the different codes that stand in each outline and in none within it.

    Parameters
    ----------
    outlines : array of polygons
        In drawing units.
    labels : sequence of Label
        From `labels_of`.

    Returns
    -------
    list of list of str
        Per outline; where one of its codes is a code by structure, only those that are.
    """
    found: list[dict[str, bool]] = [{} for _ in outlines]
    spots = np.array([label.spot for label in labels], dtype=object)
    at, around = shapely.STRtree(outlines).query(spots, predicate="within")
    areas = shapely.area(outlines)
    least = np.full(len(labels), np.inf)
    np.minimum.at(least, at, areas[around])
    for label, outline in zip(at.tolist(), around.tolist(), strict=True):
        if areas[outline] <= least[label] * (1 + 1e-9):  # an outline drawn twice is labelled twice
            found[outline][labels[label].code] = labels[label].by_structure
    return [_leading(codes) for codes in found]


def _leading(codes: dict[str, bool]) -> list[str]:
    """Return the codes by structure, or all where there is none."""
    return [code for code, first in codes.items() if first] or list(codes)
