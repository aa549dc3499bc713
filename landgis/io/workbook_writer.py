"""项目表.xlsx written for a planner to fill in: headers, words to choose from, what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from landgis.base import text
from landgis.base.errors import OutputError
from landgis.base.schema import INDICATORS
from landgis.base.words import VALUES
from landgis.io.files import written_beside
from landgis.io.workbook_words import (
    CONDITIONS,
    SALE,
    STEPS,
    columns_of,
    sheet_name,
    word_key,
)

__all__ = ["write_project_workbook"]


def write_project_workbook(
    path: Path,
    projects: Iterable[Mapping[str, Any]],
    *,
    language: text.Language = "zh",
    replace: bool = False,
) -> Path:
    """Write 项目表.xlsx for a planner to fill in.

    Parameters
    ----------
    path : Path
        The file; it is written beside and renamed.
    projects : iterable of mappings
        What is known of the projects, as `read_project_workbook` returns it.
    language : {"zh", "en"}
        Of sheets, headers and words.
    replace : bool
        Whether an older workbook is written over.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        If there is one and `replace` is not set, or it cannot be written.
    """
    if path.exists() and not replace:
        raise OutputError("output_exists", name=path.name)
    rows = [dict(one) for one in projects]
    with written_beside(path) as beside:
        book = xlsxwriter.Workbook(str(beside), {"strings_to_formulas": False})
        head = book.add_format(
            {"bold": True, "bg_color": "#E7E6E6", "border": 1, "text_wrap": True}
        )
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for role, table in _as_tables(rows, language).items():
            page = book.add_worksheet(sheet_name(role, language))
            for at, name in enumerate(table[0]):
                page.write_string(0, at, name, head)
            for number, cells in enumerate(table[1:], start=1):
                for at, cell in enumerate(cells):
                    _write_cell(page, number, at, cell, day)
            page.freeze_panes(1, 1)
            page.set_column(0, len(table[0]) - 1, 16)
            if role == "projects":
                _offer(page, table[0], language)
        book.close()
    return path


def _write_cell(page: Any, row: int, column: int, cell: Any, day: Any) -> None:
    """Write a cell by its type; text is never computed."""
    if cell is None:
        return
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        page.write_number(row, column, cell)
    elif hasattr(cell, "year"):
        page.write_datetime(row, column, cell, day)
    else:
        page.write_string(row, column, str(cell))


def _offer(page: Any, header: list[str], language: text.Language) -> None:
    """Offer the words that a column takes as a list to choose from."""
    offered = {
        name: [text.word(f"{name}_{one}", language) for one in VALUES[name]]
        for name in ("use", "corridor")
    }
    truths = [text.word("yes", language), text.word("no", language)]
    offered |= dict.fromkeys(CONDITIONS, truths)
    for name, words in offered.items():
        at = header.index(text.word(word_key(name), language))
        page.data_validation(1, at, 500, at, {"validate": "list", "source": words})


def _as_tables(rows: list[dict[str, Any]], language: text.Language) -> dict[str, list[list[Any]]]:
    """Return the sheets as rows of cells, headers first."""

    def header(*names: str) -> list[Any]:
        return [text.word(word_key(name), language) for name in names]

    columns = columns_of("projects")
    projects = [header(*columns)]
    projects += [[_cell(row, name, language) for name in columns] for row in rows]
    tasks = [header("project_id", "indicator", "quantity", "unit")]
    for row in rows:
        tasks += [
            [
                row["project_id"],
                text.word(f"indicator_{indicator}", language),
                None,
                text.word(f"unit_{unit}", language),
            ]
            for indicator, (unit, _) in INDICATORS.items()
        ]
    sales = [header("project_id", *SALE)]
    for row in rows:
        sales += _sale_rows(row, language)
    return {"projects": projects, "tasks": tasks, "land_sale": sales}


def _cell(row: Mapping[str, Any], name: str, language: text.Language) -> Any:
    """Return what is known of one column of a project, in words."""
    if name in STEPS:
        return row.get("steps", {}).get(name)
    if name in CONDITIONS:
        told = row.get("conditions", {}).get(name)
        return None if told is None else text.word("yes" if told else "no", language)
    value = row.get(name)
    if name in ("use", "corridor") and value is not None:
        return text.word(f"{name}_{value}", language)
    return value


def _sale_rows(row: Mapping[str, Any], language: text.Language) -> list[list[Any]]:
    """Return the rows of a project's land sale: instalments and receipts side by side."""
    sale = row.get("land_sale")
    if not sale:
        return []
    dues = [
        (
            text.word("instalment_clean", language)
            if "months_after_clean" not in one
            else one["months_after_clean"],
            one["share"],
        )
        for one in sale.get("instalments", [])
    ]
    paid = [(one["on"], one["yuan"]) for one in sale.get("received", [])]
    lines = []
    for at in range(max(1, len(dues), len(paid))):
        first = [sale.get("contract_signed_on"), sale["total_yuan"]] if at == 0 else [None, None]
        due = dues[at] if at < len(dues) else (None, None)
        receipt = paid[at] if at < len(paid) else (None, None)
        lines.append([row["project_id"], *first, *due, *receipt])
    return lines
