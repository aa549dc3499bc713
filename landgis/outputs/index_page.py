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
from landgis.base.findings import sentence
from landgis.base.text import Language, say, word
from landgis.base.units import to_mu
from landgis.outputs.files import write_text

__all__ = ["IndexSheet", "index_page", "write_index"]

_SEVERITIES = ("error", "question", "warning", "info")
_SHOWN = 5


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
        land_rate (0–1, missing = not applicable), complete, clean_by, days_left, map (Path or
        None).
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
        named = "、" if language == "zh" else ", "
        links = named.join(_link(path, base, path.name) for path in sheet.rejected)
        steps.append(_told("next_rejected", language, count=sheet.rejected_rows) + " " + links)
    for severity in ("question", "error"):
        if counts.get(severity, 0):
            facts = {"count": int(counts[severity])}
            steps.append(
                f'<a href="#{severity}">{_told(f"next_{severity}", language, **facts)}</a>'
            )
    overdue = sheet.projects[(sheet.projects["days_left"] < 0) & ~sheet.projects["complete"]]
    listed: list[Any] = list(overdue.itertuples())
    for row in listed:
        facts = {"project_id": row.project_id, "days": -int(row.days_left)}
        steps.append(_told("next_overdue", language, **facts))
    nearly = sheet.projects[sheet.projects["verdict"] == "nearly"]
    for row in nearly.itertuples():
        steps.append(_told("next_nearly", language, project_id=row.project_id))
    steps.append(_told("next_maps", language))
    return steps


def _bar(row: Any, language: Language) -> str:
    """Return the ground of a project as a bar of its four states."""
    parts = []
    total = row.area_m2
    for state in ("clean", "restricted", "blocked", "excluded"):
        area = getattr(row, f"{state}_m2")
        if total > 0 and area > 0:
            label = (
                f"{word(f'state_{state}', language)} {to_mu(area):,.2f} {word('unit_mu', language)}"
            )
            width = 100 * area / total
            parts.append(
                f'<i class="{state}" style="width:{width:.2f}%" title="{escape(label)}"></i>'
            )
    return f'<span class="bar">{"".join(parts)}</span>'


def _project_rows(sheet: IndexSheet, base: Path, language: Language) -> list[str]:
    """Return one row of the table per project."""
    rows = []
    listed: list[Any] = list(sheet.projects.itertuples())
    for row in listed:
        rate = "—" if pd.isna(row.land_rate) else f"{row.land_rate:.1%}"
        clean = "—" if not row.area_m2 else f"{row.clean_m2 / row.area_m2:.1%}"
        left = "—" if pd.isna(row.days_left) else f"{int(row.days_left)}"
        name = row.project_id if pd.isna(row.name) else f"{row.project_id} {row.name}"
        opened = escape(name) if row.map is None else _link(row.map, base, name)
        verdict = escape(word(f"verdict_{row.verdict}", language))
        rows.append(
            f"<tr><td>{opened}</td><td><b class='v {row.verdict}'>{verdict}</b></td>"
            f"<td class=n>{to_mu(row.area_m2):,.2f}</td><td>{_bar(row, language)}</td>"
            f"<td class=n>{clean}</td><td class=n>{rate}</td>"
            f"<td>{escape(show_day(row.clean_by, language))}</td><td class=n>{left}</td></tr>"
        )
    return rows


def _finding_blocks(findings: pd.DataFrame, language: Language) -> list[str]:
    """Return the findings by severity and code: a count and the first few sentences."""
    blocks = []
    for severity in _SEVERITIES:
        rows = findings[findings["severity"] == severity]
        if rows.empty:
            continue
        label = escape(word(f"severity_{severity}", language))
        blocks.append(f'<h3 id="{severity}">{label} <small>{len(rows)}</small></h3>')
        for code, group in rows.groupby("code", sort=True):
            listed: list[dict[str, object]] = group.head(_SHOWN).to_dict("records")  # type: ignore[assignment]
            said = "".join(f"<li>{escape(sentence(one, language))}</li>" for one in listed)
            more = len(group) - _SHOWN
            if more > 0:
                said += f"<li>{_told('more', language, count=more)}</li>"
            opened = " open" if severity in ("error", "question") else ""
            blocks.append(
                f"<details{opened}><summary><code>{escape(str(code))}</code> "
                f"<small>{len(group)}</small></summary><ul>{said}</ul></details>"
            )
    return blocks


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
    heads = "".join(
        f"<th>{_told(f'head_{name}', language)}</th>"
        for name in ("project", "verdict", "area", "states", "clean", "land", "due", "left")
    )
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
<header><h1>{escape(sheet.campaign_name)}</h1><p>{_told("summary", language, **facts)}</p></header>
<main><section><h2>{_told("next", language)}</h2><ol>{steps}</ol></section>
<section><h2>{_told("projects", language)}</h2><table><thead><tr>{heads}</tr></thead>
<tbody>{"".join(_project_rows(sheet, base, language))}</tbody></table>
<p class="note">{_told("note", language, **facts)}</p></section>
<section><h2>{_told("findings", language)}</h2>{"".join(_finding_blocks(sheet.findings, language))}
</section><section><h2>{_told("receipt", language)}</h2>
<p>{_link(sheet.receipt, base, sheet.receipt.name)}</p></section></main></body></html>
"""


def write_index(sheet: IndexSheet, path: Path, *, language: Language) -> Path:
    """Write the index page; landgis itself renews it, so an older one is written over.

    Raises
    ------
    OutputError
        If another program holds it.
    """
    return write_text(path, index_page(sheet, path.parent, language), replace=True)
