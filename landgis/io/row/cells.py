"""Cells of a column, read by its type: values, and for each cell that cannot be read the reason.

Every reader works on whole columns; a column that already has the right type passes untouched,
any other is read once per distinct cell.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from landgis.base.dates import DAY_DTYPE, parse_date
from landgis.base.errors import CellError
from landgis.base.schema import Column
from landgis.base.units import MISSING_MARKS, UNITS, Quantity, convert, is_error, parse_quantity
from landgis.base.words import VALUES
from landgis.io.ledger.spoilt_ids import zeros_lost
from landgis.io.row.distinct import (
    Cells,
    clean,
    each,
    each_text,
    is_blank,
    map_texts,
    spread,
    told_apart,
)
from landgis.io.row.places import group_name, plain_text, village_name

__all__ = [
    "Cells",
    "id_cells",
    "is_blank",
    "map_texts",
    "read_dates",
    "read_numbers",
    "read_texts",
    "read_truths",
    "status_word",
]

#: a number keeps fifteen decimal digits in Excel; what is longer has lost its end
_SAFE_DIGITS = 15
#: how Excel shows a long number: one digit, a dot, E+ (a lot may well be called 267E-242)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+\d{2,}")
_NUL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
#: numbers without unit, sign or separator: read in bulk
_PLAIN_NUMBER = r"[0-9]{1,15}(\.[0-9]{1,15})?"
_YES = frozenset({"是", "有", "已", "y", "yes", "true", "1", "√", "✓", "对"})
_NO = frozenset({"否", "无", "未", "n", "no", "false", "0", "×", "✗", "x"})
_DONE = re.compile(
    r"已(经)?(调查|确认|签(订|约|协议|字)?|付(款|清)?|支付|兑付|发放|腾空|搬(迁|离)?|交付|交地|清(表|理|除)"
    r"?|拆(除|完)?|迁(移|坟|改|走)?|完成|办结|通(路|水|电|车)?|开工|开学|竣工)(完毕|完成|了)?"
    r"|完成|是|√|✓|签|付|拆"
)
_NOT_DONE = re.compile(r"(未|没有|没|尚未|待|拟)(.{0,4})|否|×|✗")


def _number_text(cell: float | int, *, ident: bool) -> str:
    """Return a number as text: 3.0 is 3; an id that a float cannot hold is refused."""
    if isinstance(cell, float):
        if not math.isfinite(cell) or (ident and abs(cell) >= 10**_SAFE_DIGITS):
            raise CellError("id_unsafe" if ident else "number_unreadable")
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(int(cell))


def _text(cell: Any, *, ident: bool = False) -> str | None:
    """Return a cell as text without stray blanks and control characters."""
    if isinstance(cell, (bool, np.bool_)):
        return str(bool(cell)).lower()
    if isinstance(cell, (int, float, np.integer, np.floating)):
        plain = cell.item() if isinstance(cell, np.generic) else cell
        return _number_text(plain, ident=ident)
    if isinstance(cell, (dt.date, pd.Timestamp)):
        if ident:
            raise CellError("id_is_a_date")
        return f"{cell:%Y-%m-%d}"
    if not isinstance(cell, str):
        raise CellError("text_undecodable" if isinstance(cell, bytes) else "text_unreadable")
    said = _NUL.sub("", cell).strip().strip("\u3000\ufeff")
    if "\ufffd" in said:
        raise CellError("text_undecodable")
    if is_error(said):
        if ident:
            raise CellError("cell_failed")
        return None
    if ident:
        said = plain_text(said)
        if _SCIENTIFIC.fullmatch(said):
            raise CellError("id_unsafe")
    return None if said.casefold() in MISSING_MARKS else said


def id_cells(values: pd.Series) -> Cells:
    """Read ids as text: NFKC, no blanks; what a spreadsheet has spoilt is refused.

    That is a number of more than fifteen digits, 4.41E+11, a date, a formula that failed, and in a
    ledger a number that has lost the noughts its neighbours begin with.
    """
    cells = each_text(values, lambda cell: _text(cell, ident=True))
    if values.dtype != object:
        return cells
    lost = zeros_lost(values, cells.values)
    return Cells(cells.values.mask(lost), cells.defects.mask(lost, "id_zeros_lost"))


def _vocabulary(name: str) -> dict[str, str]:
    """Return what others write for the values of a column, to ours."""
    table = VALUES.get(name, {})
    return {
        plain_text(word).casefold(): ours
        for ours, words in table.items()
        for word in (ours, *words)
    }


def read_texts(values: pd.Series, column: Column) -> Cells:
    """Read texts; places in one way of writing, known words as ours, ids as ids."""
    if column.name.endswith("_id") or column.name == "household":
        return id_cells(values)
    words = _vocabulary(column.name)
    places = {"village": village_name, "group": group_name}

    def read(cell: Any) -> str | None:
        said = _text(cell)
        if said is None:
            return None
        if column.name in places:
            return places[column.name](said)
        return words.get(plain_text(said).casefold(), said) if words else said

    if not words and column.name not in places:
        return each_text(values, read)
    return Cells(*each(values, read, "str"))


def read_numbers(values: pd.Series, column: Column, unit: str | None) -> Cells:
    """Read numbers into the column's unit; the unit in a cell goes before that of the header."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        plain = values.astype("float64")
        defects = clean(values)
        defects[np.isinf(plain)] = "number_unreadable"
        scaled = plain.where(np.isfinite(plain)) * _factor(unit, column)
        return _whole(Cells(scaled, defects), column)
    texts = isinstance(values.dtype, pd.StringDtype) and len(values)
    if texts and values.str.fullmatch(_PLAIN_NUMBER, na=False).all():
        return read_numbers(values.astype("float64"), column, unit)
    at, cells = told_apart(values)
    read = [_number(cell, unit, column) for cell in cells]
    numbers, defects, units, approx = (
        spread([one[part] for one in read], at, values, dtype)
        for part, dtype in enumerate(("float64", "object", "object", "bool"))
    )
    return _whole(Cells(numbers, defects, units, approx), column)


def _number(
    cell: Any, header: str | None, column: Column
) -> tuple[float | None, str | None, str | None, bool]:
    """Return one cell's number in the column's unit, its defect, its own unit, and if it is 约."""
    quantity = Quantity(None)
    try:
        quantity = quantity if is_blank(cell) else parse_quantity(cell)
        return _converted(quantity, header, column), None, quantity.unit, quantity.approx
    except CellError as error:
        code = "unit_unfit" if error.code == "unit_wrong" else error.code
        return None, code, quantity.unit, quantity.approx


def _factor(unit: str | None, column: Column) -> float:
    """Return what turns a header's unit into the column's."""
    target = column.unit if column.unit in UNITS else None
    if unit is None or target is None or UNITS[unit][0] != UNITS[target][0]:
        return 1.0
    return convert(1.0, unit, target)


def _converted(quantity: Quantity, header: str | None, column: Column) -> float | None:
    """Return a quantity in the column's unit."""
    if quantity.value is None or column.unit not in UNITS:
        return quantity.value
    if quantity.unit is not None:
        return convert(quantity.value, quantity.unit, column.unit)
    return quantity.value * _factor(header, column)


def _whole(cells: Cells, column: Column) -> Cells:
    """Mark fractions in a column of whole numbers as unreadable."""
    if column.type != "int":
        return cells
    huge = cells.values.abs() >= 10**_SAFE_DIGITS
    odd = cells.values.notna() & (cells.values % 1 != 0)
    defects = cells.defects.mask(odd, "number_unreadable").mask(huge, "number_too_large")
    whole = cells.values.mask(odd | huge).astype("Int64")
    return Cells(whole, defects, cells.units, cells.approx)


def status_word(cell: Any) -> bool | None:
    """Tell what a bare status word says: True for 已签, False for 未签; None: no such word."""
    if isinstance(cell, (bool, np.bool_)):
        return bool(cell)
    if not isinstance(cell, str):
        return None
    said = plain_text(cell)
    if _NOT_DONE.fullmatch(said):
        return False
    return True if _DONE.fullmatch(said) else None


def read_dates(values: pd.Series, *, year: int | None = None) -> Cells:
    """Read days; a bare status word is no day and no defect: the caller gives it one."""
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.dt.tz_localize(None) if values.dt.tz is not None else values
        return Cells(days.dt.normalize().astype(DAY_DTYPE), clean(values))

    def read(cell: Any) -> pd.Timestamp | None:
        if is_error(cell):
            raise CellError("cell_failed")
        return None if status_word(cell) is not None else parse_date(cell, year=year)

    return Cells(*each(values, read, DAY_DTYPE))


def read_truths(values: pd.Series) -> Cells:
    """Read yes and no."""

    def read(cell: Any) -> bool | None:
        said = unicodedata.normalize("NFKC", str(_text(cell) or "")).casefold()
        if said in _YES or said in _NO:
            return said in _YES
        if not said or said in MISSING_MARKS:
            return None
        raise CellError("truth_unreadable")

    return Cells(*each(values, read, "boolean"))
