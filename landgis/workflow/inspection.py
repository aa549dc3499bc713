"""Inspect: what one file is, what is wrong with it, and the lines of the manifest to use it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.dates import as_day
from landgis.base.errors import CampaignError, LandgisError, SourceError
from landgis.base.findings import finding, findings_frame, sentence
from landgis.base.schema import LAYERS
from landgis.base.text import Language
from landgis.io.files import require_file
from landgis.io.manifest import MANIFEST
from landgis.io.rasters import describe_image, is_height_grid
from landgis.io.sheet.sheets import is_lock
from landgis.io.vectors import REFUSED
from landgis.outputs.answers import Answer
from landgis.outputs.inspected import screen
from landgis.workflow.asking import OF_THE_ROLE
from landgis.workflow.found import Found
from landgis.workflow.held import Held, faults_of, hold
from landgis.workflow.layer_facts import (
    area_row,
    column_rows,
    day_rows,
    id_row,
    layer_row,
    sheet_rows,
)
from landgis.workflow.loading import Step, silent
from landgis.workflow.manifest_lines import campaign_lines, image_lines, manifest_lines
from landgis.workflow.presumed import presumed_lines, unheaded
from landgis.workflow.roles import Look, look_at, name_parcels
from landgis.workflow.sources import READERS, refusal_of_kind
from landgis.workflow.working_crs import ask_ways, crs_of_image, working_crs

__all__ = ["Inspection", "inspect", "inspect_answer"]

_IMAGES = (".tif", ".tiff")
_SHOWN_ROWS = 5
_WORST = ("error", "question", "warning", "info")


@dataclass(frozen=True)
class Inspection:
    """What a file is.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        ``file`` (name, bytes), ``layers``, ``sheets``, ``columns``, ``ids``, ``areas``, ``days``,
        ``rejected`` (rows by reason and column), ``problems`` (findings by kind), ``manifest``
        (lines); of a picture ``file``, ``image`` and ``manifest``.
    findings : DataFrame
        What was noticed, and what was asked.
    """

    tables: Mapping[str, pd.DataFrame]
    findings: pd.DataFrame


def inspect(
    path: Path | str,
    *,
    layer: str | None = None,
    sheet: str | None = None,
    language: Language = "zh",
    step: Step = silent,
    today: Any = None,
) -> Inspection:
    """Tell what a file is, what is wrong with it, and which lines of the manifest use it.

    A question (two columns for one role, a CRS or an encoding that nothing tells) does not stop
    it: the rest is told on a provisional answer, and the question is among the findings.

    Parameters
    ----------
    path : Path
        Any file that a campaign may name.
    layer : str, optional
        Layer of the schema that it is; guessed by name and columns if not given.
    sheet : str, optional
        The one layer, sheet or member of the file that is looked at.
    language : {"zh", "en"}
        Of remarks in the lines of the manifest.
    step : callable, optional
        Told of what is being done.
    today : day, optional
        Day after which nothing has happened yet.

    Raises
    ------
    LandgisError
        If the file cannot be opened, or no reader knows it.
    """
    file = Path(path)
    name = _named(file)
    _require_known(file, name, layer)
    if file.suffix.lower() in _IMAGES:
        return _image(file, name, language)
    step(file.name, 0, 2)
    day = as_day(dt.date.today() if today is None else today)
    look = Look(asking=True, role=layer, part=sheet, load_day=day)
    found = look_at(file, name, look)
    if len(found) == 1 and (trouble := found[0].trouble) is not None:
        _require_openable(trouble, file)
    for one in found:
        _read_bare(one, look)
    name_parcels(found, look)
    step(file.name, 1, 2)
    working = working_crs(found)
    ask_ways(found, working)
    held = [own for one in found if (own := hold(one, working.crs)) is not None]
    findings = _findings(found, held)
    tables = _tables(file, found, held, findings, look, language)
    head = [] if _in_campaign(file) else campaign_lines(file.stem, working, found, language)
    lines = manifest_lines(found, findings, look.memory, head=head, language=language)
    if len(found) == 1 and (asked := presumed_lines(found[0], look, language)):
        lines = [*head, "[layers]", *asked]
    tables["manifest"] = pd.DataFrame({"line": lines}, dtype="str")
    step(file.name, 2, 2)
    return Inspection(tables, findings_frame(findings))


def inspect_answer(
    path: Path, *, layer: str | None, sheet: str | None, language: Language, step: Step
) -> Answer:
    """Return what ``landgis inspect`` says of a file."""
    told = inspect(path, layer=layer, sheet=sheet, language=language, step=step)
    lines = screen(told.tables, told.findings, language)
    return Answer("inspect", tables=told.tables, findings=told.findings, lines=tuple(lines))


def _in_campaign(path: Path) -> Path | None:
    """Return the folder of the nearest manifest above a file; None where there is none."""
    return next((one for one in path.resolve().parents if (one / MANIFEST).is_file()), None)


def _named(path: Path) -> str:
    """Return a file as its campaign would name it: from the nearest manifest above, or bare."""
    folder = _in_campaign(path)
    return path.name if folder is None else path.resolve().relative_to(folder).as_posix()


def _require_known(path: Path, name: str, layer: str | None) -> None:
    """Refuse what is no source of a campaign, with what to do instead.

    Raises
    ------
    LandgisError
        If the layer is none, the file is missing or empty, or no reader knows its kind.
    """
    known = [one for one in LAYERS if one != "findings"]
    if layer is not None and layer not in known:
        raise CampaignError("inspect_layer_unknown", name=layer, known=", ".join(known))
    require_file(path, name)
    suffix = path.suffix.lower()
    if is_lock(path):
        raise SourceError("inspect_lock", source=name)
    if path.name == MANIFEST:
        raise CampaignError("inspect_manifest", name=name)
    if path.is_dir() and suffix not in READERS:
        raise CampaignError("inspect_folder", name=name)
    if suffix not in READERS and suffix not in _IMAGES:
        raise refusal_of_kind(path, name)


def _require_openable(trouble: LandgisError, path: Path) -> None:
    """Refuse a file of which nothing can be told.

    Raises
    ------
    LandgisError
        What stood in the way.
    """
    if trouble.code not in OF_THE_ROLE or path.suffix.lower() in REFUSED:
        raise trouble


def _read_bare(found: Found, look: Look) -> None:
    """Read a layer that has no role, or does not fit the one it seemed to have, as mere shapes."""
    if found.reading is not None:
        return
    own = replace(look, role="context", part=found.layer)
    other = look_at(found.path, found.name, own)[0]
    found.reading, found.questions = other.reading, other.questions
    unheaded(found, look)


def _image(path: Path, name: str, language: Language) -> Inspection:
    """Tell what a picture is."""
    told = describe_image(path, name)
    lines = [] if is_height_grid(told) else image_lines(name, told, language)
    if lines and not _in_campaign(path):
        lines = [*campaign_lines(path.stem, crs_of_image(told), [], language), *lines]
    tables = {
        "file": _file_table(path, name),
        "image": pd.DataFrame([told]),
        "manifest": pd.DataFrame({"line": lines}, dtype="str"),
    }
    return Inspection(tables, findings_frame([]))


def _file_table(path: Path, name: str) -> pd.DataFrame:
    """Return name and size of a file, its companions or its folder's content included."""
    inside = path.rglob("*") if path.is_dir() else path.parent.glob(f"{_escaped(path.stem)}.*")
    beside = [path] if path.suffix.lower() != ".shp" and path.is_file() else list(inside)
    size = sum(one.stat().st_size for one in beside if one.is_file())
    return pd.DataFrame({"source_file": [name], "bytes": [size]})


def _escaped(stem: str) -> str:
    """Return a stem that a pattern takes literally."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in stem)


def _findings(found: Sequence[Found], held: Sequence[Held]) -> list[dict[str, Any]]:
    """Return everything noticed, the worst first; questions and refusals among it."""
    out: list[dict[str, Any]] = []
    for one in found:
        out += [_asked("source_asks", question, one) for question in one.questions]
        if one.trouble is not None:
            out.append(_asked("source_unread", one.trouble, one))
        if one.reading is not None:
            out += one.reading.findings
    for layer in held:
        out += [*layer.findings, *faults_of(layer)]
    return sorted(out, key=lambda row: _WORST.index(row["severity"]))


def _asked(code: str, error: LandgisError, found: Found) -> dict[str, Any]:
    """Return a question or a refusal as a finding."""
    return finding(
        code,
        layer=found.roles[0] if found.roles else None,
        source_file=found.name,
        source_sheet=found.layer,
        why_code=error.code,
        **{name: value for name, value in error.facts.items() if name != "layer"},
    )


def _tables(
    path: Path,
    found: Sequence[Found],
    held: Sequence[Held],
    findings: Sequence[dict[str, Any]],
    look: Look,
    language: Language,
) -> dict[str, pd.DataFrame]:
    """Return what is told as tables."""
    readings = [one.reading for one in found if one.reading is not None]
    rejected = pd.concat([one.rejected for one in readings]) if readings else pd.DataFrame()
    return {
        "file": _file_table(path, found[0].name if found else path.name),
        "layers": pd.DataFrame([layer_row(one, asked=look.role is not None) for one in found]),
        "sheets": pd.DataFrame([row for one in found for row in sheet_rows(one, look.memory)]),
        "columns": pd.DataFrame([row for one in found for row in column_rows(one)]),
        "ids": pd.DataFrame([row for one in held if (row := id_row(one))]),
        "areas": pd.DataFrame([row for one in held if (row := area_row(one))]),
        "days": pd.DataFrame([row for one in found for row in day_rows(one)]),
        "rejected": _by_reason(rejected),
        "problems": _problems(findings, language),
    }


def _by_reason(rejected: pd.DataFrame) -> pd.DataFrame:
    """Return rejected rows by reason and column, the first of their numbers beside."""
    if rejected.empty:
        return pd.DataFrame()
    groups = rejected.groupby(["reason", "column", "source_sheet"], sort=False, dropna=False)
    table = groups["source_row"].agg(count="size", rows=_first_rows)
    return table.reset_index().sort_values("count", ascending=False, kind="stable")


def _first_rows(rows: Iterable[Any]) -> list[int]:
    """Return the first of some row numbers."""
    return sorted({int(row) for row in rows if not pd.isna(row)})[:_SHOWN_ROWS]


def _problems(findings: Sequence[dict[str, Any]], language: Language) -> pd.DataFrame:
    """Return findings by kind: how many, in which rows first, and what the first of them says."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in findings:
        groups.setdefault((row["severity"], row["code"]), []).append(row)
    table = [
        {
            "severity": severity,
            "code": code,
            "count": len(rows),
            "rows": _first_rows(row["source_row"] for row in rows if row["source_row"]),
            "message": sentence(rows[0], language),
        }
        for (severity, code), rows in groups.items()
    ]
    return pd.DataFrame(table)
