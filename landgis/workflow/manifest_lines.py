"""The lines of a manifest for one file, ready to paste; what waits for an answer is commented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.schema import LAYERS
from landgis.base.text import Language, say, word
from landgis.io.memory import Memory
from landgis.io.row.columns import roles_of
from landgis.io.row.numbering import ID_LAYERS
from landgis.io.vector.bulk import Bulk
from landgis.workflow.found import Found, quoted, source_text
from landgis.workflow.source_answers import (
    CRS_EXAMPLE,
    answers_of,
    ask_mark,
    column_table,
    said_lines,
    why_asked,
)
from landgis.workflow.working_crs import WorkingCRS

__all__ = ["campaign_lines", "image_lines", "manifest_lines"]

_SHOWN = 6
_SHOWN_IDS = 3
#: most commented lines of a file, that they fit on a screen
_MOST_OPEN = 10
#: shapes to the layers that they may be, the likeliest first where the columns tell nothing
_BY_SHAPE = {
    "Polygon": ("parcels", "projects", "records", "context"),
    "LineString": ("context", "power_lines"),
    "Point": ("context", "records"),
}


def manifest_lines(
    found: Sequence[Found],
    findings: Sequence[Mapping[str, Any]],
    memory: Memory,
    *,
    head: Sequence[str],
    language: Language,
) -> list[str]:
    """Return the lines that use a file: the campaign, each layer, and what it asks.

    Parameters
    ----------
    found : sequence of Found
        The layers of the file.
    findings : sequence of dict
        Findings about them.
    memory : mapping
        What was read of the file.
    head : sequence of str
        The lines of the campaign; none where the file lies in one.
    language : {"zh", "en"}
        Of the remarks.
    """
    layers: list[str] = []
    for role in dict.fromkeys(one.roles[0] for one in found if one.roles):
        own = [one for one in found if one.roles[:1] == [role]]
        layers += _role_lines(role, own, language)
    known = any(one.roles for one in found)
    asked = [one for one in found if one.trouble is None and (one.roles or not known)]
    open_lines = _answer_lines([one for one in asked if not one.guesses], language)
    for one in found:
        if one.trouble is None:
            open_lines += _open_lines(one, findings, memory, language)
    layers += _capped(open_lines, language)
    return [*head, "[layers]", *layers] if layers else []


def _capped(lines: Sequence[str], language: Language) -> list[str]:
    """Return the first commented lines and how many more there are."""
    if len(lines) <= _MOST_OPEN:
        return list(lines)
    more = say("cli", "inspect_more_lines", {"count": len(lines) - _MOST_OPEN + 1}, language)
    return [*lines[: _MOST_OPEN - 1], f"# {more}"]


def campaign_lines(
    name: str, working: WorkingCRS, found: Sequence[Found], language: Language
) -> list[str]:
    """Return the lines of a campaign that holds a file: its name and its CRS.

    A CRS that nothing tells is an example, commented, and the same as the source's own.
    """
    lines = ["[campaign]", f"name = {quoted(name)}"]
    if working.placed:
        remark = "" if working.sure else f"  # {working.said(language)}"
        return [*lines, f"crs = {quoted(working.crs)}{remark}"]
    asked = {question.code for one in found for question in one.questions}
    crs = CRS_EXAMPLE if asked & {"crs_question", "meridian_question"} else working.crs
    return [*lines, f"# crs = {quoted(crs)}  # {say('cli', 'inspect_crs', {}, language)}"]


def _role_lines(role: str, own: Sequence[Found], language: Language) -> list[str]:
    """Return the line of a role; its layers that are settled in one list."""
    settled = [one for one in own if not one.questions and one.trouble is None]
    if not settled:
        return []
    asks = "" if all(one.sure for one in settled) else say("cli", "new_by_columns", {}, language)
    remark = f"  # {asks}" if asks else ""
    if len(settled) == 1:
        return [f"{role} = {source_text(settled[0])}{remark}"]
    lines = [f"    {source_text(one)}," for one in settled]
    return [f"{role} = [{remark}", *lines, "]"]


def _answer_lines(found: Sequence[Found], language: Language) -> list[str]:
    """Return commented lines for layers that ask, or that may be several things.

    Layers of a file with one and the same answer stand in one list, for they belong together.
    """
    values: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.roles and not one.questions:
            continue
        may_be = one.roles[:1] or _of_its_shape(one)
        for role in may_be if one.layer is None else may_be[:1]:
            answers = answers_of(one, role)
            shown = answers if role == may_be[0] else answers[:1]
            for number, answer in enumerate(shown):
                named = "" if one.roles else word(f"layer_{role}", language)
                remark = _remark([named, *why_asked(one, answer, language)], language)
                key = (role, remark + " " * number)
                values.setdefault(key, []).append(source_text(one, **answer))
    return [
        f"# {role} = {own[0] if len(own) == 1 else '[' + ', '.join(own) + ']'}  # {why.rstrip()}"
        for (role, why), own in values.items()
    ]


def _remark(why: Sequence[str], language: Language) -> str:
    """Return "to confirm" with what it is about."""
    said = ("；" if language == "zh" else "; ").join(part for part in why if part)
    return say("cli", "new_ask", {}, language) + said if said else ask_mark(language)


def _open_lines(
    found: Found, findings: Sequence[Mapping[str, Any]], memory: Memory, language: Language
) -> list[str]:
    """Return commented lines for what else a layer may be, and what can be said of it."""
    out = []
    for role in found.roles[1:] or found.guesses:
        for answer in answers_of(found, role):
            named = word(f"layer_{role}", language)
            remark = _remark([named, *why_asked(found, answer, language)], language)
            out.append(f"# {role} = {source_text(found, **answer)}  # {remark}")
    if not found.roles:
        return out[:_SHOWN]
    role = found.roles[0]
    for sent in _may_be_ids(found, memory):
        columns = column_table({sent: LAYERS[role].id})
        told = say("cli", "inspect_id_column", {}, language)
        out.append(f"# {role} = {source_text(found, columns=columns)}  # {told}")
    return out + said_lines(found, role, findings, language)


def _of_its_shape(found: Found) -> list[str]:
    """Return the layers that a layer of the file may be by its shapes, the likeliest first.

    The likelier is the one that knows more of its columns; background knows none of them.
    """
    frame = None if found.reading is None else found.reading.frame
    if found.reading is None or not isinstance(frame, gpd.GeoDataFrame):
        return []
    kinds = {kind.removeprefix("Multi") for kind in frame.geom_type.dropna()}
    roles = list(_BY_SHAPE.get(kinds.pop(), ()) if len(kinds) == 1 else ("context",))
    sent = {name for names in found.reading.notes.get("headers", {}).values() for name in names}

    def known(role: str) -> int:
        telling = (name for name in sent if not roles_of(name, "context"))
        return sum(bool(roles_of(name, role)) for name in telling)

    return sorted(roles, key=known, reverse=True)


def _may_be_ids(found: Found, memory: Memory) -> list[str]:
    """Return the columns not recognised that could be ids, where none is: all filled, none twice.

    Only names of columns are looked at that hold nothing personal.
    """
    reading, role = found.reading, found.roles[0]
    if reading is None or role not in ID_LAYERS or LAYERS[role].id in _ours(found):
        return []
    unused = set(reading.notes.get("columns_unused", []))
    own = (b for key, b in memory.items() if found.layer in (None, _layer_in(key)))
    raw = next((kept.raw for kept in own if isinstance(kept, Bulk)), None)
    if raw is None or not len(raw):
        return []
    names = [name for name in raw.columns if name in unused and _like_ids(raw[name])]
    return names[:_SHOWN_IDS]


def _like_ids(cells: pd.Series) -> bool:
    """Tell whether cells are texts or whole numbers, all there and none twice."""
    whole = pd.api.types.is_integer_dtype(cells) or pd.api.types.is_string_dtype(cells)
    return bool(whole and len(cells) > 1 and cells.notna().all() and cells.is_unique)


def _layer_in(key: Any) -> Any:
    """Return the layer that something in the memory of a file was read of."""
    return key[2] if isinstance(key, tuple) and len(key) > 2 else None


def _ours(found: Found) -> set[str]:
    """Return our columns that a layer of a file has."""
    assert found.reading is not None
    own = set(found.reading.notes.get("columns", {}).values())
    return own | ({"parcel_id"} if found.parcel_id else set())


def image_lines(name: str, told: Mapping[str, Any], language: Language) -> list[str]:
    """Return the lines that use a picture."""
    lines = ["[[image]]", f"path = {quoted(name)}"]
    if told["crs"] is None:
        lines.append(f'# crs = "{CRS_EXAMPLE}"  # {ask_mark(language)}')
    return [*lines, f"# taken_on = 2022-08-01  # {say('cli', 'new_taken', {}, language)}"]
