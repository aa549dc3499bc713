"""``index.html``: where a planner begins: what to do next, every project, every finding.

One page without scripts and without outside requests; links are relative to its folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from landgis.base.dates import show_day
from landgis.base.facts import listed
from landgis.base.findings import sentence, title
from landgis.base.text import Language, say, word
from landgis.base.units import to_mu
from landgis.outputs.files import write_text

__all__ = ["IndexSheet", "index_page", "write_index"]

_SEVERITIES = ("error", "question", "warning", "info")
_STATES = ("clean", "restricted", "blocked", "excluded")
_UNKNOWN = "—"
#: sentences of one kind that stand open, and those that the page holds at all
_SHOWN, _FOLDED = 5, 200


@dataclass(frozen=True, kw_only=True)
class IndexSheet:
    """What the index page shows, finished.

    Attributes
    ----------
    campaign_name : str
    as_of : Timestamp
    acquired_when : str
        The stage that counts as acquired; printed with the figures.
    projects : DataFrame
        project_id, name, verdict, area_m2, clean_m2, restricted_m2, blocked_m2, excluded_m2,
        land_rate (0–1, missing = not applicable), open_conditions (list), complete, clean_by,
        days_left, map (Path or None).
    findings : DataFrame
        The findings layer.
    rejected : sequence of Path
        Workbooks of rejected rows.
    rejected_rows : int
        How many rows they hold.
    receipt : Path
        The receipt of the load.
    """

    campaign_name: str
    as_of: pd.Timestamp
    acquired_when: str
    projects: pd.DataFrame
    findings: pd.DataFrame
    rejected: Sequence[Path]
    rejected_rows: int
    receipt: Path


def _told(key: str, language: Language, **facts: object) -> str:
    """Return a sentence of the page, escaped."""
    return escape(say("index", key, facts, language))


def _link(path: Path, base: Path, text: str) -> str:
    """Return a link to a file, relative to the page's folder."""
    target = path.resolve()
    folder = base.resolve()
    if target.is_relative_to(folder):
        address = target.relative_to(folder).as_posix()
    elif target.is_relative_to(folder.parent):
        address = "../" + target.relative_to(folder.parent).as_posix()
    else:
        return escape(text)
    return f'<a href="{quote(address)}">{escape(text)}</a>'


def _next_steps(sheet: IndexSheet, base: Path, language: Language) -> list[str]:
    """Return what to do next, most pressing first."""
    counts = sheet.findings["severity"].value_counts()
    steps = []
    if sheet.rejected:
        lists = "".join(f"<li>{_link(path, base, path.name)}</li>" for path in sheet.rejected)
        steps.append(
            f"{_told('next_rejected', language, count=sheet.rejected_rows)}<ul>{lists}</ul>"
        )
    for severity in ("question", "error"):
        if counts.get(severity, 0):
            told = _told(f"next_{severity}", language, count=int(counts[severity]))
            steps.append(f'<a href="#{severity}">{told}</a>')
    return [*steps, *_project_steps(sheet.projects, base, language)]


def _project_steps(projects: pd.DataFrame, base: Path, language: Language) -> list[str]:
    """Return what to do next for single projects."""
    overdue: list[Any] = list(
        projects[(projects["days_left"] < 0) & ~projects["complete"]].itertuples()
    )
    steps = [
        _told("next_overdue", language, project_id=row.project_id, days=-int(row.days_left))
        for row in overdue
    ]
    of: dict[Any, list[Any]] = {
        verdict: list(rows.itertuples()) for verdict, rows in projects.groupby("verdict")
    }
    for row in of.get("nearly", []):
        named = [word(f"condition_{name}", language) for name in row.open_conditions]
        what = listed(named, language, None) or say("index", "conditions", {}, language)
        facts = {"project_id": row.project_id, "conditions": what}
        steps.append(_told("next_nearly", language, **facts))
    for verdict in ("unknown", "ready"):
        if verdict in of:
            ids = listed((row.project_id for row in of[verdict]), language, None)
            steps.append(_told(f"next_{verdict}", language, project_id=ids))
    if "not_clean" in of:
        links = (
            escape(row.project_id) if row.map is None else _link(row.map, base, row.project_id)
            for row in of["not_clean"]
        )
        steps.append(_told("next_maps", language) + " " + listed(links, language, None))
    if projects.empty:
        return [_told("next_no_projects", language)]
    return steps


def _bar(row: Any, language: Language) -> str:
    """Return the ground of a project as a bar of its four states."""
    parts = []
    total = row.area_m2
    for state in _STATES:
        area = getattr(row, f"{state}_m2")
        if total > 0 and area > 0:
            label = (
                f"{word(f'state_{state}', language)} {to_mu(area):,.2f} {word('unit_mu', language)}"
            )
            width = 100 * area / total
            parts.append(
                f'<i class="{state}" style="width:{width:.2f}%" title="{escape(label)}"></i>'
            )
    return f'<span class="bar">{"".join(parts)}</span>' if parts else _UNKNOWN


def _ground(row: Any, language: Language) -> str:
    """Return the cells of area, states and share of clean land; unknown is a dash, not zero."""
    known = row.area_m2 > 0
    area = f"{to_mu(row.area_m2):,.2f}" if known else _UNKNOWN
    clean = f"{row.clean_m2 / row.area_m2:.1%}" if known else _UNKNOWN
    return f"<td class=n>{area}</td><td>{_bar(row, language)}</td><td class=n>{clean}</td>"


def _days_left(row: Any, language: Language) -> str:
    """Return the days to the deadline, or by how many it is past."""
    if pd.isna(row.days_left):
        return _UNKNOWN
    days = int(row.days_left)
    if days >= 0 or row.complete:
        return str(days)
    return f"<b class=late>{_told('late', language, days=-days)}</b>"


def _project_rows(sheet: IndexSheet, base: Path, language: Language) -> list[str]:
    """Return one row of the table per project."""
    rows = []
    projects: list[Any] = list(sheet.projects.itertuples())
    for row in projects:
        rate = _UNKNOWN if pd.isna(row.land_rate) else f"{row.land_rate:.1%}"
        name = row.project_id if pd.isna(row.name) else f"{row.project_id} {row.name}"
        opened = escape(name) if row.map is None else _link(row.map, base, name)
        done = f" <small>{_told('complete', language)}</small>" if row.complete else ""
        verdict = escape(word(f"verdict_{row.verdict}", language))
        rows.append(
            f'<tr><td>{opened}{done}</td><td><b class="v {row.verdict}">{verdict}</b></td>'
            f"{_ground(row, language)}<td class=n>{rate}</td>"
            f"<td class=n>{escape(show_day(row.clean_by, language))}</td>"
            f"<td class=n>{_days_left(row, language)}</td></tr>"
        )
    return rows


def _total_row(sheet: IndexSheet, language: Language) -> str:
    """Return the sum of all projects; where one is unknown, so is the sum."""
    columns = ["area_m2", *(f"{state}_m2" for state in _STATES)]
    unknown = ~(sheet.projects["area_m2"] > 0)
    total = sheet.projects[columns].sum() * (float("nan") if unknown.any() else 1.0)
    return (
        f"<tr><th>{_told('total', language)}</th><td></td>{_ground(total, language)}"
        "<td></td><td></td><td></td></tr>"
    )


def _table(sheet: IndexSheet, base: Path, language: Language) -> str:
    """Return the table of projects."""
    key = "".join(
        f'<span class="key"><i class="{state}"></i>{escape(named)}</span>'
        for state, named in ((one, word(f"state_{one}", language)) for one in _STATES)
    )
    heads = [
        f"<th{'' if name in ('project', 'verdict') else ' class=n'}>"
        f"{_told(f'head_{name}', language)}</th>"
        for name in ("project", "verdict", "area", "clean", "land", "due", "left")
    ]
    heads.insert(3, f"<th>{key}</th>")
    return (
        f"<table><thead><tr>{''.join(heads)}</tr></thead>"
        f"<tbody>{''.join(_project_rows(sheet, base, language))}</tbody>"
        f"<tfoot>{_total_row(sheet, language)}</tfoot></table>"
    )


def _finding_blocks(findings: pd.DataFrame, language: Language) -> list[str]:
    """Return the findings by severity and code: a count, the first sentences, then the others."""
    blocks = []
    for severity in _SEVERITIES:
        rows = findings[findings["severity"] == severity]
        if rows.empty:
            continue
        label = escape(word(f"severity_{severity}", language))
        blocks.append(
            f'<h3 id="{severity}" class="{severity}">{label} <small>{len(rows)}</small></h3>'
        )
        for code, group in rows.groupby("code", sort=True):
            opened = " open" if severity in ("error", "question") else ""
            named = escape(title(str(code), language))
            blocks.append(
                f'<details{opened}><summary><span title="{escape(str(code))}">{named}</span> '
                f"<small>{len(group)}</small></summary>{_sentences(group, language)}</details>"
            )
    return blocks or [f"<p>{_told('none', language)}</p>"]


def _sentences(group: pd.DataFrame, language: Language) -> str:
    """Return the sentences of one kind of finding: some open, more folded, the rest counted."""
    rows: list[Any] = group.head(_FOLDED).to_dict("records")
    said = [f"<li>{escape(sentence(row, language))}</li>" for row in rows]
    more = len(group) - _SHOWN
    if more <= 0:
        return f"<ul>{''.join(said)}</ul>"
    beyond = len(group) - len(rows)
    rest = said[_SHOWN:] + ([f"<li>{_told('more', language, count=beyond)}</li>"] if beyond else [])
    return (
        f"<ul>{''.join(said[:_SHOWN])}</ul><details><summary>{_told('more', language, count=more)}"
        f"</summary><ul>{''.join(rest)}</ul></details>"
    )


def index_page(sheet: IndexSheet, base: Path, language: Language) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    sheet : IndexSheet
        What it shows.
    base : Path
        The folder it will lie in; links are relative to it.
    language : {"zh", "en"}
    """
    style = (files("landgis.outputs") / "map" / "index.css").read_text(encoding="utf-8")
    steps = "".join(f"<li>{step}</li>" for step in _next_steps(sheet, base, language))
    complete = int(sheet.projects["complete"].sum())
    facts = {
        "day": show_day(sheet.as_of, language),
        "projects": len(sheet.projects),
        "complete": complete,
        "remaining": len(sheet.projects) - complete,
        "acquired": word(f"acquired_{sheet.acquired_when}", language),
    }
    code = "zh-CN" if language == "zh" else "en"
    return f"""<!doctype html>
<html lang="{code}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="renderer" content="webkit"><meta http-equiv="X-UA-Compatible" content="IE=edge">
<title>{escape(sheet.campaign_name)}</title><style>{style}</style></head><body>
<header><div><h1>{escape(sheet.campaign_name)}</h1>
<p>{_told("summary", language, **facts)}</p></div></header>
<main><section><h2>{_told("next", language)}</h2><ol>{steps}</ol></section>
<section><h2>{_told("projects", language)}</h2>{_table(sheet, base, language)}
<p class="note">{_told("note", language)}</p></section>
<section><h2>{_told("findings", language)}</h2>{"".join(_finding_blocks(sheet.findings, language))}
</section><section><h2>{_told("receipt", language)}</h2>
<p>{_link(sheet.receipt, base, sheet.receipt.name)} <small>{_told("receipt_note", language)}</small>
</p></section></main></body></html>
"""


def write_index(sheet: IndexSheet, path: Path, *, language: Language) -> Path:
    """Write the index page; landgis itself renews it, so an older one is written over.

    Raises
    ------
    OutputError
        If another program holds it.
    """
    return write_text(path, index_page(sheet, path.parent, language), replace=True)
