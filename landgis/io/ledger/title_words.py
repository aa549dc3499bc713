"""What the lines above a table say of it: its units, and its village, household or parcel.

A label and its value stand in one cell (村：青石村), or in two beside each other; one cell may hold
several. Labels that are columns of the layer count for the rows below, until the next line that
says otherwise; sums, and what the form says of itself, are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from landgis.base.privacy import ID_NUMBER, NAME, column_fate
from landgis.base.schema import LAYERS
from landgis.base.units import UNITS
from landgis.io.row.cells import is_blank
from landgis.io.row.columns import roles_of
from landgis.io.row.places import plain_text

__all__ = ["add_labels", "label_role", "labels_of", "pairs_of", "units_of_titles"]

_PAIR = re.compile(r"([^\s:;,()]{1,12})\s*:\s*")
#: labels of places that are no aliases of the columns
_PLACES = {
    "村": "村",
    "村委会": "村",
    "行政村": "村",
    "村名": "村",
    "组": "组",
    "村民小组": "组",
    "组别": "组",
}
#: what the form says of itself, not of its rows
_OWN = re.compile(r"(填表|填报|制表|编制|审核|复核|报送|经办|负责|单位|联系|备注|说明|注|页)")
_UNIT_LINE = re.compile(r"(?:^|[^一-鿿])(?:计量|面积|金额|货币|计价)?单位\s*:\s*([^)\]\n]+)")
_PARTED = re.compile(r"[、,，/;；\s和及]+")
#: labels that stay when another household begins
_LASTING = ("village", "group", "project_id", "team", "day")
_HOLDER = "household"


def labels_of(row: Sequence[Any], layer_name: str) -> dict[str, Any] | None:
    """Return the labels of a line with their values; None where it holds anything else.

    Only labels that name a column of the layer without numbers, or a person from whom a household
    is told apart, are returned; a line of others returns an empty mapping.
    """
    cells = [cell for cell in row if not is_blank(cell)]
    found: dict[str, Any] = {}
    waiting: str | None = None
    for cell in cells:
        pairs = _pairs(cell) if isinstance(cell, str) else []
        if not pairs:
            if waiting is None:
                return None
            found[waiting], waiting = cell, None
            continue
        found |= {label: value for label, value in pairs if value}
        waiting = pairs[-1][0] if not pairs[-1][1] else None
    if not cells or (not found and waiting is None):
        return None
    counting = {label: value for label, value in found.items() if _counts(label, layer_name)}
    return {_PLACES.get(label, label): value for label, value in counting.items()}


def pairs_of(
    row: Sequence[Any], is_label: Callable[[str], bool] = lambda _: False
) -> list[tuple[str, Any]]:
    """Return all labels of a line with their values, whatever else it holds.

    Parameters
    ----------
    row : sequence
        Its cells.
    is_label : callable
        Tells labels that count without a colon, before the cell of their value.
    """
    found: list[tuple[str, Any]] = []
    waiting: str | None = None
    for cell in row:
        if is_blank(cell):
            continue
        pairs = _pairs(cell, anywhere=True) if isinstance(cell, str) else []
        if pairs:
            found += [(label, value) for label, value in pairs if value]
            waiting = pairs[-1][0] if not pairs[-1][1] else None
        elif waiting is not None:
            found.append((waiting, cell))
            waiting = None
        elif isinstance(cell, str) and is_label(plain_text(cell)):
            waiting = plain_text(cell)
    return found


def _pairs(cell: str, *, anywhere: bool = False) -> list[tuple[str, str]]:
    """Return the labels of a cell with what stands behind each; none where it begins otherwise.

    With `anywhere` words before the first label are passed over.
    """
    said = unicodedata.normalize("NFKC", cell).strip().strip("()")
    parts = _PAIR.split(said)
    if len(parts) < 3 or (parts[0].strip() and not anywhere):
        return []
    return [
        (plain_text(label), value.strip(" \t\u3000;,、"))
        for label, value in zip(parts[1::2], parts[2::2], strict=True)
    ]


def _counts(label: str, layer_name: str) -> bool:
    """Tell whether a label speaks of the rows below."""
    if label in _PLACES:
        return True
    if NAME.search(label) or ID_NUMBER.search(label):
        return not _OWN.search(label)
    if column_fate(label) != "keep":
        return False
    layer = LAYERS[layer_name]
    roles = [layer.column(role) for role in roles_of(label, layer_name)]
    if [role.name for role in roles] == ["day"]:
        return True
    return len(roles) == 1 and roles[0].type in ("str", "date") and not _OWN.search(label)


def add_labels(told: dict[str, Any], new: dict[str, Any], layer_name: str) -> dict[str, Any]:
    """Return what holds below a line of labels: another household or village ends the old one's."""
    kept = dict(told)
    roles = {label: label_role(label, layer_name) for label in {*told, *new}}
    if any(roles[label] == _HOLDER for label in new):
        kept = {label: value for label, value in kept.items() if roles[label] in _LASTING}
    if any(roles[label] == "village" for label in new):
        kept = {label: value for label, value in kept.items() if roles[label] != "group"}
    return kept | new


def label_role(label: str, layer_name: str) -> str:
    """Return the column that a label or header names; a person's name names the household."""
    if label in _PLACES.values():
        return "village" if label == "村" else "group"
    plain = plain_text(label)
    if (NAME.search(plain) or ID_NUMBER.search(plain)) and not _OWN.search(plain):
        return _HOLDER
    return next(iter(roles_of(label, layer_name)), "")


def units_of_titles(rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """Return the units that the lines above a table name, by what they measure (area, money)."""
    found: dict[str, str] = {}
    for row in rows:
        for cell in row:
            if not isinstance(cell, str):
                continue
            said = unicodedata.normalize("NFKC", cell)
            for line in _UNIT_LINE.findall(said):
                for word in _PARTED.split(line.strip()):
                    if word in UNITS and UNITS[word][0] in ("area", "money"):
                        found.setdefault(UNITS[word][0], word)
    return found
