"""What a manifest can answer to what a source asks: keys and values, ready to be written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from landgis.base.text import Language, say
from landgis.io.row.columns import roles_of
from landgis.io.row.kinds import kind_of_name
from landgis.workflow.asking import KIND
from landgis.workflow.found import Found, quoted, source_text

__all__ = ["CRS_EXAMPLE", "answers_of", "ask_mark", "column_table", "said_lines", "why_asked"]

#: a zone of CGCS2000 without prefix, as an example of what a survey office will answer
CRS_EXAMPLE = "EPSG:4547"
_CRS_QUESTIONS = ("crs_question", "meridian_question")
_WAY_QUESTIONS = ("gps_question", "datum_question", "way_question")
#: questions that no word in the manifest answers
_UNANSWERED = ("places_mixed",)
_COLUMN_QUESTIONS = ("column_question", "role_question", "wide_question", "wide_twice")
_SHOWN = 6
#: what a manifest can say of a source: kind of finding (or reason of rejection), key, a value
_SAID_IN_MANIFEST = (
    ("status_undated", "status_on", "2022-10-14"),
    ("date_without_year", "year", "2022"),
    ("land_use_scheme_missing", "land_use_scheme", '"GB/T 21010-2017"'),
)


def answers_of(found: Found, role: str) -> list[dict[str, str]]:
    """Return the answers that a layer's questions have: one each, as keys of the manifest.

    Parameters
    ----------
    found : Found
        The layer of the file.
    role : str
        Layer of the schema as which it is named.

    Returns
    -------
    list of dict
        One empty answer where nothing is asked; none where nothing in the manifest can answer.
    """
    columns: list[dict[str, str]] = [{}]
    systems: list[dict[str, str]] = [{}]
    keys: dict[str, str] = {}
    for question in found.questions:
        code, facts = question.code, question.facts
        if code in _UNANSWERED:
            return []
        if code in _COLUMN_QUESTIONS:
            pairs = _pairs(code, facts)
            columns = [known | pair for known in columns for pair in pairs][:_SHOWN]
        elif code in _CRS_QUESTIONS:
            systems = [{"crs": quoted(CRS_EXAMPLE)}]
        elif code in _WAY_QUESTIONS:
            systems = [{"crs": quoted(one)} for one in facts["answers"]]
        elif code == "encoding_question":
            keys["encoding"] = quoted("GB18030")
        elif code == "kind_question":
            keys["kind"] = quoted(KIND)
    if _kind_untold(found, role):
        keys["kind"] = quoted(KIND)
    return [
        ({"columns": column_table(named)} if named else {}) | keys | system
        for named in columns
        for system in systems
    ]


def _kind_untold(found: Found, role: str) -> bool:
    """Tell whether a layer that was not read as records would ask for their kind."""
    if role != "records" or found.roles[:1] == ["records"] or found.reading is None:
        return False
    names = (found.layer or "", PurePath(found.name).stem)
    if any(kind_of_name(name) for name in names):
        return False
    sent = [name for names in found.reading.notes.get("headers", {}).values() for name in names]
    return not any("kind" in roles_of(name, "records") for name in sent)


def _pairs(code: str, facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the answers to a question about columns, each as sent column to ours."""
    if code in ("wide_question", "wide_twice"):
        return list(facts["answers"])
    if code == "column_question":
        return [{sent: facts["column"]} for sent in facts["candidates"]]
    return [{facts["column"]: role} for role in facts["candidates"]]


def column_table(columns: Mapping[str, str]) -> str:
    """Return columns as an inline table of TOML."""
    pairs = (f"{quoted(sent)} = {json.dumps(ours)}" for sent, ours in columns.items())
    return "{ " + ", ".join(pairs) + " }"


def ask_mark(language: Language) -> str:
    """Return the bare words "to confirm"."""
    return say("cli", "new_ask", {}, language).rstrip("：: ")


def why_asked(found: Found, answer: Mapping[str, str], language: Language) -> list[str]:
    """Return in a few words why a line waits for an answer."""
    asked = {question.code for question in found.questions}
    told = [code for code in ("gps_question", "datum_question") if code in asked]
    keys = [*told, *(["kind_question"] if "kind" in answer else [])]
    return [say("cli", f"why_{key}", {}, language) for key in keys]


def said_lines(
    found: Found, role: str, findings: Sequence[Mapping[str, Any]], language: Language
) -> list[str]:
    """Return commented lines that answer findings: a day, a year, a classification."""
    out = []
    for code, key, value in _SAID_IN_MANIFEST:
        if any(_is_about(row, code, found) for row in findings):
            told = say("cli", f"inspect_{key}", {}, language)
            out.append(f"# {role} = {source_text(found, **{key: value})}  # {told}")
    return out


def _is_about(row: Mapping[str, Any], code: str, found: Found) -> bool:
    """Tell whether a finding is of a kind, or a row rejected for a reason, in a layer of a file."""
    why = json.loads(row["facts"]).get("reason") if row["code"] == "row_rejected" else row["code"]
    inside = found.layer is None or row["source_sheet"] in (None, found.layer)
    return bool(why == code and inside)
