"""项目表.xlsx: all that a planner edits. One row per project, its tasks, its land sale.

Sheets are found by name in either language; columns by their words in the string tables, so that a
workbook written in one language is read in the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.errors import SourceError
from landgis.base.schema import INDICATORS, conform
from landgis.io.row.places import plain_text
from landgis.io.sheet.sheets import read_grids
from landgis.io.workbook_tables import Row, WorkbookTable
from landgis.io.workbook_words import (
    CONDITIONS,
    DATES,
    PLAIN,
    SALE,
    STEPS,
    WORKBOOK,
    columns_of,
    role_of_sheet,
    sheet_name,
)
from landgis.io.workbook_writer import write_project_workbook

__all__ = ["WORKBOOK", "ProjectWorkbook", "read_project_workbook", "write_project_workbook"]


@dataclass(frozen=True)
class ProjectWorkbook:
    """What a planner wrote.

    Attributes
    ----------
    projects : list of dict
        One per project, as ``[[project]]`` in the manifest; what is left blank is left out.
    tasks : DataFrame
        Layer ``tasks``, with the source columns.
    """

    projects: list[dict[str, Any]] = field(default_factory=list)
    tasks: pd.DataFrame = field(default_factory=lambda: conform(pd.DataFrame(), "tasks"))


def read_project_workbook(path: Path) -> ProjectWorkbook:
    """Read 项目表.xlsx.

    Raises
    ------
    SourceError
        If the file cannot be read, has no sheet of projects, a project has no id or two have the
        same, a cell cannot be read, or tasks or a sale name a project that is not there; with sheet
        and row.
    """
    source = path.name
    tables: dict[str, WorkbookTable] = {}
    for grid in read_grids(path, source):
        role = role_of_sheet(grid.name or "")
        if role is not None and role not in tables:
            tables[role] = WorkbookTable(source, grid, columns_of(role))
    if "projects" not in tables:
        raise SourceError(
            "workbook_sheet_missing", source=source, sheet=sheet_name("projects", "zh")
        )
    projects = _projects(tables["projects"])
    if "land_sale" in tables:
        _add_sales(tables["land_sale"], projects)
    tasks = _tasks(tables["tasks"], projects) if "tasks" in tables else ProjectWorkbook().tasks
    return ProjectWorkbook(list(projects.values()), tasks)


def _projects(table: WorkbookTable) -> dict[str, dict[str, Any]]:
    """Return the projects by id, in the order written."""
    table.require("project_id")
    projects: dict[str, dict[str, Any]] = {}
    for row in table.rows():
        project_id = row.text("project_id")
        if project_id is None:
            raise row.wrong("project_id", "cell_required")
        if project_id in projects:
            raise row.wrong("project_id", "id_twice")
        said: dict[str, Any] = {name: row.word(name) for name in PLAIN}
        said["task_area_mu"] = row.number("task_area_mu", "mu")
        said |= {name: row.day(name) for name in DATES}
        steps = {name: row.day(name) for name in STEPS}
        conditions = {name: row.truth(name) for name in CONDITIONS}
        said["steps"] = _given(steps)
        said["conditions"] = _given(conditions)
        projects[project_id] = {name: value for name, value in _given(said).items() if value != {}}
    return projects


def _given(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was written, without blanks."""
    return {name: value for name, value in said.items() if value is not None}


def _known(row: Row, projects: Mapping[str, Any]) -> str:
    """Return the project of a row, or refuse one that is not there."""
    project_id = row.text("project_id")
    if project_id is None or project_id not in projects:
        raise row.wrong("project_id", "project_not_there")
    return project_id


def _tasks(table: WorkbookTable, projects: Mapping[str, Any]) -> pd.DataFrame:
    """Return the tasks: one row per indicator, or one per project with a column per indicator."""
    table.require("project_id")
    rows = []
    for row in table.rows():
        project_id = _known(row, projects)
        for indicator, quantity in _quantities(row):
            rows.append(
                {
                    "project_id": project_id,
                    "indicator": indicator,
                    "quantity": quantity,
                    "unit": INDICATORS[indicator][0],
                    "source_file": table.source,
                    "source_sheet": table.sheet,
                    "source_row": row.number_in_sheet,
                }
            )
    return conform(pd.DataFrame(rows, columns=None if rows else ["project_id"]), "tasks")


def _quantities(row: Row) -> list[tuple[str, float]]:
    """Return indicators and quantities of a row; a blank quantity is no task."""
    if row.has("indicator"):
        quantity = row.number("quantity", None)
        indicator = row.word("indicator")
        if quantity is None:
            return []
        if indicator not in INDICATORS:
            raise row.wrong("indicator", "indicator_unknown")
        return [(indicator, row.number("quantity", _counted(indicator)) or 0.0)]
    numbers = {name: row.number(name, _counted(name)) for name in INDICATORS}
    return [(name, number) for name, number in numbers.items() if number is not None]


def _counted(indicator: str) -> str | None:
    """Return the unit that numbers of an indicator are turned into, None for counts."""
    return "mu" if INDICATORS[indicator][0] == "mu" else None


def _add_sales(table: WorkbookTable, projects: dict[str, dict[str, Any]]) -> None:
    """Add the land sales to their projects; each row may add an instalment and a receipt."""
    table.require("project_id")
    for row in table.rows():
        project_id = _known(row, projects)
        if not any(row.has(name) for name in SALE):
            continue
        sale = projects[project_id].setdefault("land_sale", {})
        for name, value in (
            ("contract_signed_on", row.day("contract_signed_on")),
            ("total_yuan", row.number("total_yuan", "yuan")),
        ):
            if value is not None:
                sale[name] = value
        share = row.share("share")
        if share is not None:
            sale.setdefault("instalments", []).append(_due(row) | {"share": share})
        received = row.number("received_yuan", "yuan")
        if received is not None:
            on = row.day("received_on")
            if on is None:
                raise row.wrong("received_on", "cell_required")
            sale.setdefault("received", []).append({"on": on, "yuan": received})
        if "total_yuan" not in sale:
            raise row.wrong("total_yuan", "cell_required")


def _due(row: Row) -> dict[str, Any]:
    """Return when an instalment falls due: on clean land (净地), or months after (净地后5个月)."""
    said = row.text("instalment")
    if said is None:
        raise row.wrong("instalment", "cell_required")
    months = re.search(r"\d+", plain_text(said))
    if months is None and plain_text(said).casefold() in ("净地", "clean", "净地时", "净地当日"):
        return {"on": "clean"}
    if months is None:
        raise row.wrong("instalment", "number_unreadable")
    return {"months_after_clean": int(months.group())}
