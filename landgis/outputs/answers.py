"""What a command answers: one JSON object, or tables and sentences for a reader."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from landgis.base import text
from landgis.base.dates import show_day
from landgis.base.errors import LandgisError
from landgis.base.facts import listed
from landgis.base.findings import sentence, title
from landgis.base.text import Language
from landgis.outputs.shown import table_lines

__all__ = ["Answer", "answer_json", "answer_lines", "error_json", "exit_code"]

_SHOWN_FINDINGS = 20
#: findings of one kind in one file that are said one by one; of more the first, with their rows
_FEW = 5
#: findings that tell different things of each row
_EACH = ("row_rejected",)
_SHOWN_ROWS = 40
_ORDER = ("error", "question", "warning", "info")


@dataclass(frozen=True)
class Answer:
    """What a command found.

    Attributes
    ----------
    command : str
        Name of the command.
    as_of : Timestamp or None
        Day of the figures.
    tables : mapping of str to DataFrame
        Figures by name, as ``--json`` gives them; shapes are left out.
    digest : mapping of str to DataFrame, optional
        What a person is shown in place of tables that would flood a console.
    most : int or None
        Rows of a table that a person is shown; None: all.
    findings : DataFrame or None
        Rows of the findings layer.
    files : tuple of Path
        Files written.
    done : bool
        Whether the exit code stays 0 whatever was found (``demo``).
    notes : tuple of LandgisError
        What the reader should know beside, such as a store older than its sources.
    lines : tuple of str or None
        What a person is shown in place of everything else.
    """

    command: str
    as_of: Any = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    digest: Mapping[str, pd.DataFrame] | None = None
    most: int | None = _SHOWN_ROWS
    findings: pd.DataFrame | None = None
    files: tuple[Path, ...] = ()
    done: bool = False
    notes: tuple[LandgisError, ...] = ()
    lines: tuple[str, ...] | None = None


def exit_code(answer: Answer) -> int:
    """Return 1 if there are findings of severity error, else 0."""
    if answer.done or answer.findings is None:
        return 0
    return int((answer.findings["severity"] == "error").any())


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: days as text, missing as null."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, (pd.Timestamp, dt.date)):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, np.generic):
        return value.item()
    return value


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as JSON rows, without its shapes."""
    plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    names = [str(name) for name in plain.columns]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in plain.itertuples(index=False, name=None)
    ]


def _finding_rows(findings: pd.DataFrame | None, language: Language) -> list[dict[str, Any]]:
    """Return findings as JSON rows, each with its sentence."""
    if findings is None:
        return []
    rows = _rows(findings)
    for row in rows:
        row["message"] = sentence(row, language)
        row["facts"] = json.loads(row["facts"])
    return rows


def answer_json(answer: Answer, version: str, language: Language) -> dict[str, Any]:
    """Return an answer as the one object of ``--json``."""
    return {
        "command": answer.command,
        "version": version,
        "as_of": _plain(answer.as_of),
        "exit_code": exit_code(answer),
        "tables": {name: _rows(table) for name, table in answer.tables.items()},
        "findings": _finding_rows(answer.findings, language),
        "files": [str(path) for path in answer.files],
        "error": None,
    }


def error_json(
    command: str | None, error: LandgisError, version: str, language: Language
) -> dict[str, Any]:
    """Return a refusal as the one object of ``--json``."""
    return {
        "command": command,
        "version": version,
        "as_of": None,
        "exit_code": 2,
        "tables": {},
        "findings": [],
        "files": [],
        "error": {"code": error.code, "message": error.say(language)},
    }


def _finding_lines(findings: pd.DataFrame, language: Language) -> list[str]:
    """Return the worst findings as sentences, then a count of each kind."""
    if findings.empty:
        return [text.say("cli", "no_findings", {}, language)]
    counts = findings["severity"].value_counts()
    tally = [
        f"{text.word(f'severity_{name}', language)} {counts[name]}"
        for name in _ORDER
        if name in counts
    ]
    facts = {
        "count": len(findings),
        "tally": "，".join(tally) if language == "zh" else ", ".join(tally),
    }
    lines = [text.say("cli", "findings_head", facts, language)]
    order = findings["severity"].map({name: i for i, name in enumerate(_ORDER)})
    told = findings.loc[order[order < 3].sort_values(kind="stable").index]
    groups = _groups(told)
    for rows in groups[:_SHOWN_FINDINGS]:
        lines.append(f"  {_finding_line(rows, language)}")
    more = sum(map(len, groups[_SHOWN_FINDINGS:]))
    if more > 0:
        lines.append("  " + text.say("cli", "more_rows", {"count": more}, language))
    return lines


def _groups(findings: pd.DataFrame) -> list[list[Any]]:
    """Return findings in order, those of one kind about many rows of a file together."""
    alike: dict[Any, list[Any]] = {}
    for at, row in enumerate(findings.to_dict("records")):
        one_of_many = row["code"] not in _EACH and not pd.isna(row["source_row"])
        place = (str(row["source_file"]), str(row["source_sheet"]))
        key = (row["severity"], row["code"], row["layer"], *place) if one_of_many else at
        alike.setdefault(key, []).append(row)
    out: list[list[Any]] = []
    for rows in alike.values():
        out += [rows] if len(rows) > _FEW else [[row] for row in rows]
    return out


def _finding_line(rows: Sequence[Any], language: Language) -> str:
    """Return a finding as a line; of many alike how many, five of their rows, and the first."""
    first = rows[0]
    severity = text.word(f"severity_{first['severity']}", language)
    said = sentence(first, language)
    if len(rows) == 1:
        return f"[{severity}] {said}"
    facts = {"severity": severity, "title": title(first["code"], language), "count": len(rows)}
    numbers = sorted({int(row["source_row"]) for row in rows})[:_FEW]
    shown = listed(numbers, language)
    kind = text.say("inspect", "problem", facts, language)
    where = text.say("inspect", "problem_rows_more", {"rows": shown}, language)
    return f"{kind}{where}{'：' if language == 'zh' else ': '}{said}"


def _heading(name: str, language: Language) -> str:
    """Return the title of a table."""
    key = f"table_{name}"
    return text.word(key, language) if text.has("words", key) else name


def _left_out(answer: Answer, listed: Mapping[str, pd.DataFrame], language: Language) -> list[str]:
    """Return a line that names the tables which only ``--json`` gives, with their rows."""
    tables = [
        f"{_heading(name, language)} {len(table):,}"
        for name, table in answer.tables.items()
        if len(table) and (name not in listed or len(listed[name]) < len(table))
    ]
    if not tables:
        return []
    mark = "、" if language == "zh" else ", "
    return ["", text.say("cli", "more_in_json", {"tables": mark.join(tables)}, language)]


def answer_lines(answer: Answer, language: Language) -> list[str]:
    """Return an answer as lines for a reader."""
    if answer.lines is not None:
        return list(answer.lines)
    lines: list[str] = []
    if answer.as_of is not None:
        day = show_day(answer.as_of, language)
        lines.append(text.say("cli", "as_of", {"day": day}, language))
    listed = answer.tables if answer.digest is None else answer.digest
    for name, table in listed.items():
        lines += ["", _heading(name, language), *table_lines(table, language, answer.most)]
    lines += _left_out(answer, listed, language)
    if answer.findings is not None:
        lines += ["", *_finding_lines(answer.findings, language)]
    if answer.files:
        lines += [
            "",
            text.say("cli", "files_head", {}, language),
            *(f"  {p}" for p in answer.files),
        ]
    return lines
