"""Rejected rows, back to their senders: one workbook per source file, 退回修改清单.

Each row stands with its sheet, row number, what is wrong in which column, and its cells as sent;
personal and unknown cells are left out, cells that a spreadsheet would compute are shown as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from landgis.base import text
from landgis.base.errors import OutputError
from landgis.base.schema import SOURCE_COLUMNS
from landgis.io.draft import Reading
from landgis.io.files import written_beside

__all__ = ["write_rejected"]

_OWN = (*SOURCE_COLUMNS, "reason", "column", "defects")
#: what makes a spreadsheet compute a cell
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHEET_NAME = 31
_BAD_IN_SHEET = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_BAD_IN_FILE = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))


def write_rejected(
    folder: Path, readings: Iterable[Reading], *, language: text.Language = "zh"
) -> list[Path]:
    """Write the rejected rows of each source file to a workbook of its own.

    Parameters
    ----------
    folder : Path
        Where to; made if need be.
    readings : iterable of Reading
        What became of the files. Those without rejected rows make no workbook; one that an earlier
        load made for them is removed.
    language : {"zh", "en"}
        Of the reasons.

    Returns
    -------
    list of Path
        The workbooks, by source file.

    Raises
    ------
    OutputError
        If one cannot be written, or is open in another program; the old one stays.
    """
    by_file: dict[str, list[Reading]] = {}
    for reading in readings:
        for file in reading.rejected["source_file"].dropna().unique():
            by_file.setdefault(str(file), []).append(reading)
    written = []
    for file in sorted(by_file):
        path = folder / f"{_file_name(file)}_{text.word('rejected_list', language)}.xlsx"
        _write(path, file, by_file[file], language)
        written.append(path)
    _clear(folder, written)
    return written


def _file_name(source: str) -> str:
    """Return the name of a source file as part of a file name; folders become underscores."""
    return source.translate(_BAD_IN_FILE).strip(" .")


def _clear(folder: Path, written: list[Path]) -> None:
    """Remove workbooks of earlier loads, in any language, whose rows are mended."""
    for language in text.LANGUAGES:
        for path in folder.glob(f"*_{text.word('rejected_list', language)}.xlsx"):
            if path not in written:
                try:
                    path.unlink()
                except OSError:
                    raise OutputError("output_in_use", path=path.name) from None


def _write(path: Path, file: str, readings: list[Reading], language: text.Language) -> None:
    """Write one workbook."""
    with written_beside(path) as beside:
        book = xlsxwriter.Workbook(
            str(beside), {"strings_to_formulas": False, "strings_to_urls": False}
        )
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "note": book.add_format({"font_color": "#666666"}),
            "head": book.add_format({"bold": True, "bg_color": "#E7E6E6", "border": 1}),
            "why": book.add_format({"text_wrap": True, "border": 1, "font_color": "#9C0006"}),
            "cell": book.add_format({"border": 1, "num_format": "@"}),
            "wrong": book.add_format({"border": 1, "num_format": "@", "bg_color": "#FFC7CE"}),
        }
        taken: set[str] = set()
        for reading in readings:
            own = reading.rejected[reading.rejected["source_file"] == file]
            for sheet, rows in own.groupby(own["source_sheet"].fillna(""), sort=False):
                name = _sheet_name(str(sheet) or text.word("rejected_list", language), taken)
                page = book.add_worksheet(name)
                _fill(page, file, str(sheet), rows, reading.notes, styles, language)
        book.close()


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a sheet name that a workbook takes, told apart from the others."""
    plain = wanted.translate(_BAD_IN_SHEET).strip("' ")[:_SHEET_NAME] or "1"
    name, number = plain, 2
    while name.casefold() in taken:
        end = f" ({number})"
        name, number = plain[: _SHEET_NAME - len(end)] + end, number + 1
    taken.add(name.casefold())
    return name


def _fill(
    page: Any,
    file: str,
    sheet: str,
    rows: pd.DataFrame,
    notes: dict[str, Any],
    styles: dict[str, Any],
    language: text.Language,
) -> None:
    """Fill one sheet: title, what to do, header, rows."""
    header = notes.get("headers", {}).get(sheet) or [n for n in rows.columns if n not in _OWN]
    withheld = text.word("withheld", language)
    page.write_string(0, 0, f"{text.word('rejected_list', language)}: {file}", styles["title"])
    page.write_string(1, 0, text.word("rejected_how", language), styles["note"])
    lead = [text.word(name, language) for name in ("source_row", "rejected_why")]
    for at, name in enumerate([*lead, *header]):
        page.write_string(2, at, _safe(str(name)), styles["head"])
    for at, (_, row) in enumerate(zip(rows.index, rows.to_dict("records"), strict=True), start=3):
        page.write_number(at, 0, int(row["source_row"]), styles["cell"])
        page.write_string(at, 1, _why(row, language), styles["why"])
        wrong = {part.partition(":")[2] for part in str(row["defects"]).split("; ")}
        for column, name in enumerate(header, start=2):
            shown = name if name in rows.columns else f"{name} "
            cell = row[shown] if shown in row and name not in _OWN else row.get(f"{name} ")
            said = withheld if shown not in rows.columns else "" if pd.isna(cell) else str(cell)
            page.write_string(at, column, _safe(said), styles["wrong" if name in wrong else "cell"])
    page.freeze_panes(3, 2)
    page.set_column(0, 0, 8)
    page.set_column(1, 1, 44)
    page.set_column(2, 1 + max(1, len(header)), 14)


def _why(row: Mapping[Any, Any], language: text.Language) -> str:
    """Return what is wrong with a row, column by column."""
    said = []
    for part in str(row["defects"]).split("; "):
        code, _, column = part.partition(":")
        said.append(f"{column}: {text.say('errors', code, {}, language)}")
    return "\n".join(said)


def _safe(cell: str) -> str:
    """Return a cell that no spreadsheet computes."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
