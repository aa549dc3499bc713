"""Rejected rows, back to their senders: one workbook per source file, 退回修改清单.

Sheets, columns and header words are the source's; before them stand the row number of the source
and what is wrong, and the wrong cells are marked. Personal and unknown cells are left out, cells
that a spreadsheet would compute are shown as text. A hidden sheet says which rows of which bytes
these are, so that the mended workbook can come back (`landgis.io.returned.mended`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from landgis.base import text
from landgis.base.errors import OutputError
from landgis.base.privacy import MASKED
from landgis.base.schema import SOURCE_COLUMNS
from landgis.io.files import written_beside
from landgis.io.returned.mark_sheet import MARK_SHEET, Mark, Page, to_rows
from landgis.io.returned.mends import page_text
from landgis.io.row.draft import Reading

__all__ = ["rejected_lists", "write_rejected"]

_OWN = (*SOURCE_COLUMNS, "reason", "column", "defects")
#: rows of one sheet; a spreadsheet ends at 1,048,576
_MOST_ROWS = 1_000_000
_SHEET_NAME = 31
_BAD_IN_SHEET = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_BAD_IN_FILE = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
_DEFECT = re.compile(r"(?:^|; )([a-z0-9_]+):")
#: drivers whose rows are cells and nothing else
_TABLES = ("xlsx", "xlsm", "xls", "csv")
_HEAD_ROWS = 3
#: the same rows make the same bytes, whenever they are written
_NO_TIME = dt.datetime(2000, 1, 1)
_NARROW, _WIDE = 8, 36


def write_rejected(
    folder: Path,
    readings: Iterable[Reading],
    hashes: Mapping[str, str],
    *,
    after: Mapping[str, Sequence[str]] | None = None,
    language: text.Language = "zh",
) -> list[Path]:
    """Write the rejected rows of each source file to a workbook of its own.

    Parameters
    ----------
    folder : Path
        Where to; made if need be.
    readings : iterable of Reading
        What became of the files. Those without rejected rows make no workbook; one that an earlier
        load made for them is removed.
    hashes : mapping of str to str
        SHA-256 of each source file as it was read.
    after : mapping of str to sequence of str, optional
        Mends of each source file that the rows shown already contain.
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
        mends = tuple((after or {}).get(file, ()))
        _write(path, file, by_file[file], (hashes[file], mends), language)
        written.append(path)
    for path in rejected_lists(folder):
        if path not in written:
            _remove(path)
    return written


def rejected_lists(folder: Path) -> list[Path]:
    """Return the workbooks of rejected rows in a folder, in any language."""
    words = {text.word("rejected_list", language) for language in text.LANGUAGES}
    found = {path for word in words for path in folder.glob(f"*_{word}.xlsx")}
    return sorted(path for path in found if not path.name.startswith((".~", "~$")))


def _file_name(source: str) -> str:
    """Return the name of a source file as part of a file name; folders become underscores."""
    return source.translate(_BAD_IN_FILE).strip(" .")


def _remove(path: Path) -> None:
    """Remove a workbook of an earlier load, whose rows are mended."""
    try:
        path.unlink()
    except OSError:
        raise OutputError("output_in_use", path=path.name) from None


def _write(
    path: Path,
    file: str,
    readings: list[Reading],
    state: tuple[str, tuple[str, ...]],
    language: text.Language,
) -> None:
    """Write one workbook: a sheet per sheet of the source, and the mark."""
    with written_beside(path) as beside:
        book = xlsxwriter.Workbook(
            str(beside), {"strings_to_formulas": False, "strings_to_urls": False}
        )
        book.set_properties({"created": _NO_TIME})
        styles = _styles(book)
        taken = {MARK_SHEET}
        pages = []
        for reading in readings:
            own = reading.rejected[reading.rejected["source_file"] == file]
            for sheet, rows in own.groupby(own["source_sheet"].fillna(""), sort=False):
                for start in range(0, len(rows), _MOST_ROWS):
                    part = rows.iloc[start : start + _MOST_ROWS]
                    wanted = str(sheet) or text.word("rejected_list", language)
                    page = _page(_sheet_name(wanted, taken), str(sheet), part, reading, language)
                    _fill(
                        book.add_worksheet(page.title), file, page, part, reading, styles, language
                    )
                    pages.append(page)
        withheld = text.word("withheld", language)
        _write_mark(book, Mark(file, *state, withheld, tuple(pages)), language)
        book.close()


def _styles(book: Any) -> dict[str, Any]:
    """Return the formats of a list; cells are text, so that no program turns them into others."""
    cell = {"border": 1, "num_format": "@", "valign": "top"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "note": book.add_format({"font_color": "#666666"}),
        "head": book.add_format(
            {"bold": True, "bg_color": "#E7E6E6", "border": 1, "text_wrap": True, "valign": "top"}
        ),
        "row": book.add_format({"border": 1, "valign": "top", "bg_color": "#F2F2F2"}),
        "why": book.add_format(
            {"text_wrap": True, "border": 1, "font_color": "#9C0006", "valign": "top"}
        ),
        "cell": book.add_format(cell),
        "hidden": book.add_format(cell | {"font_color": "#808080"}),
        "wrong": book.add_format(cell | {"bg_color": "#FFC7CE"}),
    }


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """Return a sheet name that a workbook takes, told apart from the others."""
    plain = page_text(wanted).translate(_BAD_IN_SHEET).strip("' ")[:_SHEET_NAME] or "1"
    name, number = plain, 2
    while name.casefold() in taken:
        end = f" ({number})"
        name, number = plain[: _SHEET_NAME - len(end)] + end, number + 1
    taken.add(name.casefold())
    return name


def _page(
    title: str, sheet: str, rows: pd.DataFrame, reading: Reading, language: text.Language
) -> Page:
    """Return a sheet of the list: the source's columns, and the rejected rows as they are shown."""
    told = reading.notes.get("headers", {}).get(sheet)
    header = told or [name for name in rows.columns if name not in _OWN]
    withheld, masked = text.word("withheld", language), text.word("masked", language)
    columns = []
    for name in header:
        shown = f"{name} " if name in _OWN else name
        known = shown in rows.columns
        cells = rows[shown].fillna("").astype(str).tolist() if known else [withheld] * len(rows)
        cells = [masked if cell == MASKED else cell for cell in cells]
        columns.append([page_text(cell) for cell in cells])
    names = tuple(page_text(str(name)) for name in header)
    numbers = [int(row) for row in rows["source_row"]]
    table = zip(*columns, strict=True) if columns else [()] * len(rows)
    return Page(
        title,
        sheet,
        str(reading.notes.get("layer", "")),
        _apart(text.word("source_row", language), names),
        names,
        list(zip(numbers, table, strict=True)),
    )


def _apart(word: str, header: Sequence[str]) -> str:
    """Return a header word of ours that no column of the source bears."""
    while word in header:
        word += " *"
    return word


def _fill(
    sheet: Any,
    file: str,
    page: Page,
    rows: pd.DataFrame,
    reading: Reading,
    styles: dict[str, Any],
    language: text.Language,
) -> None:
    """Fill one sheet: title, what to do, header, rows."""
    title = text.word("rejected_of", language).format_map({"file": file})
    how = "rejected_how" if reading.notes.get("driver") in _TABLES else "rejected_how_shapes"
    sheet.write_string(0, 0, page_text(title), styles["title"])
    sheet.write_string(1, 0, text.word(how, language), styles["note"])
    why = _apart(text.word("rejected_why", language), page.header)
    for at, name in enumerate([page.lead, why, *page.header]):
        sheet.write_string(_HEAD_ROWS - 1, at, name, styles["head"])
    withheld = text.word("withheld", language)
    defects = rows["defects"].astype(str)
    lines = zip(page.rows, defects, strict=True)
    for at, ((number, cells), told) in enumerate(lines, start=_HEAD_ROWS):
        found = _defects(told)
        wrong = {page_text(column) for _, column in found}
        sheet.write_number(at, 0, number, styles["row"])
        sheet.write_string(at, 1, _why(found, page.header, language), styles["why"])
        for column, (name, cell) in enumerate(zip(page.header, cells, strict=True), start=2):
            style = "wrong" if name in wrong else "hidden" if cell == withheld else "cell"
            if cell:
                sheet.write_string(at, column, cell, styles[style])
            else:
                sheet.write_blank(at, column, None, styles[style])
    _lay_out(sheet, page)


def _lay_out(sheet: Any, page: Page) -> None:
    """Set widths, what stays in sight, and how the sheet prints."""
    sheet.freeze_panes(_HEAD_ROWS, 2)
    sheet.set_column(0, 0, _NARROW)
    sheet.set_column(1, 1, 44)
    sample = [cells for _, cells in page.rows[:200]]
    for at, name in enumerate(page.header):
        longest = max([_width(name), *(_width(cells[at]) for cells in sample)])
        sheet.set_column(at + 2, at + 2, min(max(longest + 2, _NARROW), _WIDE))
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROWS - 1)


def _width(cell: str) -> int:
    """Return the width of a cell in characters; a Chinese one is as wide as two."""
    lines = cell[: 2 * _WIDE].split("\n")
    return max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in x) for x in lines)


def _write_mark(book: Any, mark: Mark, language: text.Language) -> None:
    """Write the hidden sheet that says what the list is about."""
    sheet = book.add_worksheet(MARK_SHEET)
    plain = book.add_format({"num_format": "@"})
    for at, row in enumerate([[text.word("rejected_mark", language)], *to_rows(mark)]):
        for column, cell in enumerate(row):
            sheet.write_string(at, column, cell, plain)
    sheet.protect()
    sheet.hide()


def _defects(told: str) -> list[tuple[str, str]]:
    """Return what is wrong with a row: (code, column), column by column."""
    starts = [one for one in _DEFECT.finditer(told) if text.has("errors", one.group(1))]
    ends = [one.start() for one in starts[1:]] + [len(told)]
    return [(one.group(1), told[one.end() : end]) for one, end in zip(starts, ends, strict=True)]


def _why(defects: Sequence[tuple[str, str]], header: Sequence[str], language: text.Language) -> str:
    """Return what is wrong with a row in words; a column of ours that was not sent by its name."""
    said = []
    for code, column in defects:
        shown = page_text(column)
        ours = shown not in header and text.has("words", column)
        name = text.word(column, language) if ours else shown
        told = {"column": name, "why": text.say("errors", code, {}, language)}
        said.append(text.word("rejected_reason", language).format_map(told))
    return "\n".join(said)
