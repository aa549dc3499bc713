"""The lines of a manifest for one file, ready to paste; what waits for an answer is commented."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.projections import degrees_of
from landgis.base.schema import LAYERS
from landgis.base.text import Language, say, word
from landgis.io.memory import Memory
from landgis.io.row.numbering import ID_LAYERS
from landgis.io.vector.bulk import Bulk
from landgis.workflow.first_manifest import Found, quoted, source_text
from landgis.workflow.roles import shapes_of

__all__ = ["image_lines", "manifest_lines"]

_SHOWN = 6
_SHOWN_IDS = 3
#: what a manifest can say of a source: kind of finding (or reason of rejection), key, a value
_SAID_IN_MANIFEST = (
    ("status_undated", "status_on", "2022-10-14"),
    ("date_without_year", "year", "2022"),
    ("land_use_scheme_missing", "land_use_scheme", '"GB/T 21010-2017"'),
)
#: shapes to the layers that they may be
_BY_SHAPE = {
    "Polygon": ("parcels", "projects", "records", "context"),
    "LineString": ("power_lines", "context"),
    "Point": ("records", "context"),
}
_CRS_QUESTIONS = ("crs_question", "meridian_question", "places_mixed")


def manifest_lines(
    found: Sequence[Found],
    findings: Sequence[Mapping[str, Any]],
    memory: Memory,
    *,
    crs: str,
    sure: bool,
    language: Language,
) -> list[str]:
    """Return the lines that use a file: the working CRS, each layer, and what it asks.

    Parameters
    ----------
    found : sequence of Found
        The layers of the file.
    findings : sequence of dict
        Findings about them.
    memory : mapping
        What was read of the file.
    crs : str
        Working CRS.
    sure : bool
        Whether the file itself is in it.
    language : {"zh", "en"}
        Of the remarks.
    """
    layers: list[str] = []
    for role in dict.fromkeys(one.roles[0] for one in found if one.roles):
        own = [one for one in found if one.roles[:1] == [role]]
        layers += _role_lines(role, own, language)
    known = any(one.roles for one in found)
    for one in found:
        if one.roles or one.guesses or not known:
            layers += _open_lines(one, findings, memory, language)
    if not layers:
        return []
    if not any(_is_placed(one) for one in found):
        return ["[layers]", *layers]
    ask = "" if sure else f"  # {say('cli', 'new_crs_ask', {}, language)}"
    return ["[campaign]", f'crs = "{crs}"{ask}', "[layers]", *layers]


def _is_placed(found: Found) -> bool:
    """Tell whether the shapes of a layer have a known place on the earth."""
    shapes = shapes_of(found)
    return shapes is not None and degrees_of(shapes.crs, shapes.total_bounds) is not None


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


def _open_lines(
    found: Found, findings: Sequence[Mapping[str, Any]], memory: Memory, language: Language
) -> list[str]:
    """Return commented lines for what a layer leaves open."""
    if found.trouble is not None:
        return []
    ask = say("cli", "new_ask", {}, language)
    may_be = found.roles[1:] or found.guesses or ([] if found.roles else _of_its_shape(found))
    answers = _answers(found)
    out = []
    for role in may_be if found.layer is None or found.guesses else may_be[:1]:
        named = word(f"layer_{role}", language)
        for keys in answers or [{}]:
            out.append(f"# {role} = {source_text(found, **keys)}  # {ask}{named}")
    if not found.roles:
        return out[:_SHOWN]
    role = found.roles[0]
    for keys in answers:
        out.append(f"# {role} = {source_text(found, **keys)}  # {ask.rstrip('：: ')}")
    for sent in _may_be_ids(found, memory):
        columns = _table({sent: LAYERS[role].id})
        told = say("cli", "inspect_id_column", {}, language)
        out.append(f"# {role} = {source_text(found, columns=columns)}  # {told}")
    for code, key, value in _SAID_IN_MANIFEST:
        if any(_is_about(row, code, found) for row in findings):
            told = say("cli", f"inspect_{key}", {}, language)
            out.append(f"# {role} = {source_text(found, **{key: value})}  # {told}")
    return out


def _of_its_shape(found: Found) -> list[str]:
    """Return the layers that a layer of the file may be by its shapes, the likeliest first."""
    frame = None if found.reading is None else found.reading.frame
    if not isinstance(frame, gpd.GeoDataFrame):
        return []
    kinds = {kind.removeprefix("Multi") for kind in frame.geom_type.dropna()}
    return list(_BY_SHAPE.get(kinds.pop(), ()) if len(kinds) == 1 else ("context",))


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


def _is_about(row: Mapping[str, Any], code: str, found: Found) -> bool:
    """Tell whether a finding is of a kind, or a row rejected for a reason, in a layer of a file."""
    why = json.loads(row["facts"]).get("reason") if row["code"] == "row_rejected" else row["code"]
    inside = found.layer is None or row["source_sheet"] in (None, found.layer)
    return bool(why == code and inside)


def _answers(found: Found) -> list[dict[str, str]]:
    """Return the answers that a layer's questions have: one each, as keys of the manifest."""
    if not found.questions:
        return []
    columns: list[dict[str, str]] = [{}]
    keys: dict[str, str] = {}
    for question in found.questions:
        code, facts = question.code, question.facts
        if code in ("column_question", "role_question", "wide_question", "wide_twice"):
            pairs = _pairs(code, facts)
            columns = [known | pair for known in columns for pair in pairs][:_SHOWN]
        elif code in _CRS_QUESTIONS:
            keys["crs"] = quoted("EPSG:4547")
        elif code == "encoding_question":
            keys["encoding"] = quoted("GB18030")
        elif code == "kind_question":
            keys["kind"] = quoted("house")
    return [({"columns": _table(named)} if named else {}) | keys for named in columns]


def _pairs(code: str, facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the answers to a question about columns, each as sent column to ours."""
    if code in ("wide_question", "wide_twice"):
        return list(facts["answers"])
    if code == "column_question":
        return [{sent: facts["column"]} for sent in facts["candidates"]]
    return [{facts["column"]: role} for role in facts["candidates"]]


def _table(columns: Mapping[str, str]) -> str:
    """Return columns as an inline table of TOML."""
    pairs = (f"{quoted(sent)} = {json.dumps(ours)}" for sent, ours in columns.items())
    return "{ " + ", ".join(pairs) + " }"


def image_lines(name: str, told: Mapping[str, Any], language: Language) -> list[str]:
    """Return the lines that use a picture."""
    lines = ["[[image]]", f"path = {quoted(name)}"]
    if told["crs"] is None:
        lines.append(f'# crs = "EPSG:4526"  # {say("cli", "new_ask", {}, language).rstrip("：: ")}')
    return [*lines, f"# taken_on = 2022-08-01  # {say('cli', 'new_taken', {}, language)}"]
