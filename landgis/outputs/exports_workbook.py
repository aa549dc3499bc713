"""Tables as Excel workbooks that a person reads and landgis reads back.

Ids are text (a number of 19 digits would lose its end), days are days, what a spreadsheet might
compute is marked as text (quote prefix), nothing is shortened. Codes stand in words.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from landgis.base import text
from landgis.base.errors import OutputError
from landgis.base.schema import Column, Layer
from landgis.base.words import VALUES
from landgis.outputs.exports_columns import RESULTS, heading
from landgis.outputs.exports_shapefile import Field
from landgis.outputs.shown import shown

__all__ = ["write_field_table", "write_workbook"]

_MOST_ROWS, _MOST_CHARACTERS, _SHEET_NAME = 1_048_575, 32_767, 31
#: a spreadsheet keeps fifteen digits of a number
_SAFE = 10**15
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_FIRST_DAY = dt.date(1900, 3, 1)  # before it Excel counts a day that never was
_WIDTH = 14
_BAD_IN_SHEET = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
#: columns of results that hold text, not codes
_FREE = frozenset({"message", "facts", "rule", "name", "source_file", "source_sheet"})


def write_workbook(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    layer: Layer,
    path: Path,
    *,
    language: text.Language,
    title: str,
    note: str,
) -> None:
    """Write a table as one sheet: headings in the first row, then the rows.

    Parameters
    ----------
    frame : DataFrame
        Rows with the columns; shapes are left out.
    columns : sequence of Column
        What the sheet holds, in order.
    layer : Layer
        The layer or result that they are of.
    path : Path
        The workbook. Nothing may be there yet.
    language : {"zh", "en"}
        Of headings and words.
    title, note : str
        For the properties of the workbook and the foot of a printed page.

    Raises
    ------
    OutputError
        If there are more rows, or longer texts, than a sheet can hold.
    """
    book, styles = _book(path, title, note)
    sheet = book.add_worksheet(_sheet_name(title))
    headings = [heading(one, layer, language) for one in columns]
    cells = [_cells(frame[one.name], one, layer, language) for one in columns]
    units = [one.unit if one.unit in ("m2", "mu", "yuan") else "number" for one in columns]
    _fill(sheet, headings, cells, styles, units)
    sheet.set_footer(f"&L{note.replace('&', '&&')}&R&P / &N")
    book.close()


def write_field_table(
    fields: Sequence[Field],
    layer: Layer,
    frame: pd.DataFrame,
    path: Path,
    *,
    language: text.Language,
    notes: Mapping[str, str],
) -> None:
    """Write what the fields of a shapefile mean, and the texts that they could not hold.

    Parameters
    ----------
    fields : sequence of Field
        From `write_shapefile`.
    layer : Layer
        The layer or result that they are of.
    frame : DataFrame
        Its rows, for the ids of long texts.
    path : Path
        The workbook.
    language : {"zh", "en"}
        Of the words.
    notes : mapping
        What else is said of the file: edition, day, CRS, encoding.
    """
    book, styles = _book(path, path.stem, "")

    def page(name: str, table: Sequence[Sequence[Any]], *heads: str) -> None:
        columns = [list(one) for one in zip(*table, strict=True)] or [[] for _ in heads]
        said = [text.word(f"field_{head}", language) for head in heads]
        sheet = book.add_worksheet(_sheet_name(text.word(f"field_{name}", language)))
        _fill(sheet, said, columns, styles)

    rows = [
        [
            one.short,
            one.column.name,
            heading(one.column, layer, "zh"),
            text.word(f"field_type_{one.kind}", language),
            one.width,
            one.missing,
            len(one.longer),
        ]
        for one in fields
    ]
    page("table", rows, "short", "name", "alias", "type", "width", "missing", "longer")
    ids = frame[layer.id].tolist()
    longer = [
        [row + 1, str(ids[row]), one.short, said] for one in fields for row, said in one.longer
    ]
    if longer:
        page("longer_table", longer, "row", "id", "short", "text")
    page("notes", list(notes.items()), "what", "said")
    book.close()


def _book(path: Path, title: str, note: str) -> tuple[Any, dict[str, Any]]:
    """Begin a workbook; nothing in it is computed or linked."""
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), plain)
    book.set_properties({"title": title, "comments": note, "author": "landgis"})
    cell = {"num_format": "@"}
    styles = {
        "head": book.add_format({"bold": True, "bg_color": "#E7E6E6", "border": 1}),
        "text": book.add_format(cell),
        "quoted": book.add_format(cell | {"quote_prefix": True}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "number": book.add_format({"num_format": "General"}),
        "m2": book.add_format({"num_format": "#,##0.00"}),
        "mu": book.add_format({"num_format": "0.00##"}),
        "yuan": book.add_format({"num_format": "#,##0.00"}),
    }
    return book, styles


def _sheet_name(title: str) -> str:
    """Return a sheet name that a workbook takes."""
    plain = title.translate(_BAD_IN_SHEET).strip("' ")
    return plain[:_SHEET_NAME] or "1"


def _fill(
    sheet: Any,
    headings: Sequence[str],
    columns: Sequence[Sequence[Any]],
    styles: Mapping[str, Any],
    units: Sequence[str] = (),
) -> None:
    """Fill a sheet column by column.

    Raises
    ------
    OutputError
        If a sheet cannot hold it.
    """
    rows = len(columns[0]) if columns else 0
    if rows > _MOST_ROWS:
        raise OutputError("export_too_large", form="xlsx", size=f"{rows:,}")
    for at, (name, cells) in enumerate(zip(headings, columns, strict=True)):
        sheet.write_string(0, at, name, styles["head"])
        number = styles[units[at] if units else "number"]
        for row, cell in enumerate(cells, start=1):
            _write(sheet, row, at, cell, styles, number)
        sheet.set_column(at, at, max(_WIDTH, 2 * len(name) + 2))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(rows, 1), max(len(headings) - 1, 0))


def _write(
    sheet: Any, row: int, column: int, cell: Any, styles: Mapping[str, Any], number: Any
) -> None:
    """Write a cell by its type; text is never computed."""
    if cell is None:
        return
    if isinstance(cell, dt.date):
        sheet.write_datetime(
            row, column, dt.datetime(cell.year, cell.month, cell.day), styles["day"]
        )
    elif isinstance(cell, (int, float)):
        sheet.write_number(row, column, cell, number)
    else:
        said = str(cell)
        if len(said) > _MOST_CHARACTERS:
            raise OutputError("export_text_unwritable", form="xlsx")
        sheet.write_string(row, column, said, styles["quoted" if said[:1] in _FORMULA else "text"])


def _cells(values: pd.Series, column: Column, layer: Layer, language: text.Language) -> list[Any]:
    """Return the cells of a column as a sheet takes them, codes in words."""
    words = _words(column, layer, language)
    return [_cell(value, column, words, layer, language) for value in values.tolist()]


def _words(column: Column, layer: Layer, language: text.Language) -> dict[str, str]:
    """Return the word of each code of a layer's column, one that landgis reads as that code."""
    if language == "en" or layer.name in RESULTS:
        return {}
    out = {}
    for code, known in VALUES.get(column.name, {}).items():
        key = f"{column.name}_{code}"
        said = text.word(key, language) if text.has("words", key) else known[0]
        out[code] = said if said in known else known[0]
    return out


def _cell(
    value: Any, column: Column, words: Mapping[str, str], layer: Layer, language: text.Language
) -> Any:
    """Return one cell: a day, a number, a text, or None."""
    result = layer.name in RESULTS and column.name not in _FREE
    if isinstance(value, (list, tuple, np.ndarray)):
        if not len(value):
            return None
        return shown(value, column.name, language) if result else _json(value)
    if value is None or pd.isna(value):
        return None
    if column.type == "date":
        day = pd.Timestamp(value).date()
        return day if day >= _FIRST_DAY else f"{day:%Y-%m-%d}"
    if column.type == "bool":
        return text.word("yes" if value else "no", language)
    if column.type in ("int", "float"):
        return _number(value, column)
    return shown(str(value), column.name, language) if result else words.get(value, str(value))


def _number(value: Any, column: Column) -> int | float | str | None:
    """Return a number as a sheet keeps it: whole ones of more than fifteen digits as text."""
    if column.type == "int":
        return int(value) if abs(int(value)) < _SAFE else str(int(value))
    number = float(value)
    return number if np.isfinite(number) else None


def _json(value: Any) -> str:
    """Return a list as JSON."""
    return json.dumps(list(value), ensure_ascii=False)
