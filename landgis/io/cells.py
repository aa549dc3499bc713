"""Cells of a column, read by its type: values, and for each cell that cannot be read the reason.

Every reader works on whole columns; a column that already has the right type passes untouched,
any other is read once per distinct cell.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from landgis.base.dates import DAY_DTYPE, parse_date
from landgis.base.errors import CellError
from landgis.base.schema import Column
from landgis.base.units import MISSING_MARKS, UNITS, Quantity, convert, parse_quantity
from landgis.base.words import VALUES
from landgis.io.places import group_name, plain_text, village_name

__all__ = [
    "Cells",
    "id_cells",
    "is_blank",
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
_YES = frozenset({"是", "有", "已", "y", "yes", "true", "1", "√", "✓", "对"})
_NO = frozenset({"否", "无", "未", "n", "no", "false", "0", "×", "✗", "x"})
_DONE = re.compile(
    r"已(经)?(调查|确认|签(订|约|协议|字)?|付(款|清)?|支付|兑付|发放|腾空|搬(迁|离)?|交付|交地|清(表|理|除)"
    r"?|拆(除|完)?|迁(移|坟|改|走)?|完成|办结|通(路|水|电|车)?|开工|开学|竣工)(完毕|完成|了)?"
    r"|完成|是|√|✓|签|付|拆"
)
_NOT_DONE = re.compile(r"(未|没有|没|尚未|待|拟)(.{0,4})|否|×|✗")


@dataclass(frozen=True)
class Cells:
    """A column as read.

    Attributes
    ----------
    values : Series
        Values in the column's type, missing where the cell says nothing or cannot be read.
    defects : Series of object
        Code of the reason per cell that cannot be read; missing elsewhere.
    units : Series of object
        Unit written in the cell, for numbers; missing elsewhere.
    approx : Series of bool
        Whether the cell says 约 (about).
    """

    values: pd.Series
    defects: pd.Series
    units: pd.Series | None = None
    approx: pd.Series | None = None


def is_blank(cell: Any) -> bool:
    """Tell whether a cell holds nothing."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return True
    if isinstance(cell, str):
        return not cell.strip().strip("\u3000\ufeff\x00")
    return isinstance(cell, float) and math.isnan(cell)


def _each(values: pd.Series, read: Callable[[Any], Any]) -> tuple[list[Any], list[str | None]]:
    """Read every distinct cell once; return values and defects."""
    known: dict[tuple[type, Any], tuple[Any, str | None]] = {}
    out: list[Any] = []
    defects: list[str | None] = []
    for cell in values.tolist():
        key = (type(cell), cell)
        if key not in known:
            try:
                known[key] = (None if is_blank(cell) else read(cell), None)
            except CellError as error:
                known[key] = (None, error.code)
        value, defect = known[key]
        out.append(value)
        defects.append(defect)
    return out, defects


def _series(values: list[Any], like: pd.Series, dtype: Any) -> pd.Series:
    """Return values as a Series on the index of another."""
    made: pd.Series = pd.Series(values, index=like.index, dtype=dtype)
    return made


def _clean(like: pd.Series) -> pd.Series:
    """Return a Series without defects."""
    return pd.Series(None, index=like.index, dtype="object")


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
    if ident:
        said = plain_text(said)
        if _SCIENTIFIC.fullmatch(said):
            raise CellError("id_unsafe")
    return None if said.casefold() in MISSING_MARKS else said


def id_cells(values: pd.Series) -> Cells:
    """Read ids as text: NFKC, no blanks; a number of more than fifteen digits is refused."""
    out, defects = _each(values, lambda cell: _text(cell, ident=True))
    return Cells(_series(out, values, "str"), _series(defects, values, "object"))


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
    if column.name.endswith("_id"):
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

    out, defects = _each(values, read)
    return Cells(_series(out, values, "str"), _series(defects, values, "object"))


def read_numbers(values: pd.Series, column: Column, unit: str | None) -> Cells:
    """Read numbers into the column's unit; the unit in a cell goes before that of the header."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        plain = values.astype("float64")
        defects = _clean(values)
        defects[np.isinf(plain)] = "number_unreadable"
        scaled = plain.where(np.isfinite(plain)) * _factor(unit, column)
        return _whole(Cells(scaled, defects), column)
    quantities, defect_codes = _each(values, parse_quantity)
    found = [q if isinstance(q, Quantity) else Quantity(None) for q in quantities]
    numbers: list[float | None] = []
    for at, quantity in enumerate(found):
        try:
            numbers.append(_converted(quantity, unit, column))
        except CellError as error:
            numbers.append(None)
            defect_codes[at] = "unit_unfit" if error.code == "unit_wrong" else error.code
    return _whole(
        Cells(
            _series(numbers, values, "float64"),
            _series(defect_codes, values, "object"),
            _series([q.unit for q in found], values, "object"),
            _series([q.approx for q in found], values, "bool"),
        ),
        column,
    )


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
    odd = cells.values.notna() & (cells.values % 1 != 0)
    defects = cells.defects.mask(odd, "number_unreadable")
    return Cells(cells.values.mask(odd).astype("Int64"), defects, cells.units, cells.approx)


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
        return Cells(days.dt.normalize().astype(DAY_DTYPE), _clean(values))

    def read(cell: Any) -> pd.Timestamp | None:
        return None if status_word(cell) is not None else parse_date(cell, year=year)

    out, defects = _each(values, read)
    return Cells(_series(out, values, DAY_DTYPE), _series(defects, values, "object"))


def read_truths(values: pd.Series) -> Cells:
    """Read yes and no."""

    def read(cell: Any) -> bool | None:
        said = unicodedata.normalize("NFKC", str(_text(cell) or "")).casefold()
        if said in _YES or said in _NO:
            return said in _YES
        if not said or said in MISSING_MARKS:
            return None
        raise CellError("truth_unreadable")

    out, defects = _each(values, read)
    return Cells(_series(out, values, "boolean"), _series(defects, values, "object"))
