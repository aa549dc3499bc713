"""Days as offices write them, and the arithmetic of the Civil Code.

Months end on the corresponding day, or on the last day of a shorter month (民法典 第二百零二条).
Dates are naive, at midnight, ``datetime64[us]`` in frames.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from typing import Any, Literal

import pandas as pd

from landgis.base import text
from landgis.base.errors import CampaignError, CellError
from landgis.base.units import MISSING_MARKS

__all__ = ["DAY_DTYPE", "add_months", "as_day", "days", "is_month", "parse_date", "show_day"]

DAY_DTYPE: Literal["datetime64[us]"] = "datetime64[us]"
#: Excel's day zero (1900 system), and the serials that can be a day of our century
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_SERIALS = range(20_000, 60_001)

_FULL = re.compile(r"(\d{4})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?")
_MONTH = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月(底|末|份)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT_YEAR = re.compile(r"(\d{2})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?")
_NO_YEAR = re.compile(r"(\d{1,2})\s*月\s*(?:(\d{1,2})\s*[日号]|(底|末))")
_NUMERALS = {mark: value for value, mark in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_CHINESE = re.compile(
    r"(?:([〇○零一二三四五六七八九]{4})年)?([一二三四五六七八九]?十?[一二三四五六七八九]?)月"
    r"(?:([一二三四五六七八九]?十?[一二三四五六七八九]?)[日号])?"
)
_CLOCK = re.compile(r"[T ]\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")


def as_day(value: Any) -> pd.Timestamp:
    """Return a day (a date, a Timestamp, text such as ``"2022-10-14"``) as a midnight Timestamp.

    Raises
    ------
    CampaignError
        If the value is no day.
    """
    try:
        day: Any = parse_date(value) if isinstance(value, str) else pd.Timestamp(value)
    except (ValueError, TypeError):
        raise CampaignError("day_unreadable", value=str(value)) from None
    if day is None or pd.isna(day):
        raise CampaignError("day_unreadable", value=str(value))
    stamp: pd.Timestamp = day.tz_localize(None).normalize().as_unit("us")
    return stamp


def days(values: Any) -> pd.Series:
    """Return values as a Series of days, missing where there is none."""
    return pd.Series(pd.to_datetime(values), dtype="datetime64[us]")


def add_months(day: pd.Timestamp, months: int) -> pd.Timestamp:
    """Return the corresponding day so many months later, or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return as_day(dt.date(year, month + 1, min(day.day, last)))


def show_day(day: Any, language: text.Language) -> str:
    """Return a day as officials write it: 2022年10月14日, or 2022-10-14."""
    if day is None or pd.isna(day):
        return "—"
    return text.say_day(pd.Timestamp(day), language)


def _day(year: int, month: int, day: int) -> pd.Timestamp:
    """Build a day, or refuse one that no calendar has."""
    try:
        return as_day(dt.date(year, month, day))
    except ValueError:
        raise CellError("date_unreadable") from None


def _from_number(number: float) -> pd.Timestamp:
    """Read an Excel serial, or a compact 20220823; refuse 2022.1, which may be October."""
    if float(number).is_integer():
        whole = int(number)
        if whole in _SERIALS:
            return as_day(_EXCEL_EPOCH + dt.timedelta(days=whole))
        if found := _COMPACT.fullmatch(str(whole)):
            return _day(*(int(part) for part in found.groups()))
    raise CellError("date_unreadable")


def parse_date(cell: Any, *, year: int | None = None) -> pd.Timestamp | None:
    """Read a day from a cell.

    Parameters
    ----------
    cell : object
        Text such as 2022年8月23日, 2022.8.23, 2022-8-23, 20220823, 2022年8月 (its last day, which
        whoever reads it must say: `is_month`), a date, or an Excel serial between 20000 and 60000.
    year : int, optional
        The year of days written without one (8月23日, 10月底); without it they are refused.

    Returns
    -------
    Timestamp or None
        None where the cell says "nothing here".

    Raises
    ------
    CellError
        If the cell is no day, or may be several (a two-digit year, a month as a decimal).
    """
    if cell is None or cell is pd.NaT:
        return None
    if isinstance(cell, (pd.Timestamp, dt.datetime, dt.date)):
        return as_day(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return None if cell != cell else _from_number(cell)
    if not isinstance(cell, str):
        raise CellError("date_unreadable")
    said = unicodedata.normalize("NFKC", cell).strip()
    if said.casefold() in MISSING_MARKS:
        return None
    return _from_text(_in_digits(_CLOCK.sub("", said).strip()), year)


def is_month(cell: Any) -> bool:
    """Tell whether a cell names a month and no day of it: 2022年9月, but not 2022年9月底."""
    if not isinstance(cell, str):
        return False
    found = _MONTH.fullmatch(_in_digits(unicodedata.normalize("NFKC", cell).strip()))
    return found is not None and found[3] in (None, "份")


def _in_digits(said: str) -> str:
    """Return a day in Chinese numerals (二〇二二年八月二十三日) in digits; other text as it is."""
    found = _CHINESE.fullmatch(said)
    if not found:
        return said
    year = "".join(str(_NUMERALS[mark]) for mark in found[1] or "")
    parts = [(year, "年"), (_below_hundred(found[2]), "月"), (_below_hundred(found[3]), "日")]
    return "".join(f"{number}{mark}" for number, mark in parts if number)


def _below_hundred(said: str | None) -> str:
    """Return a Chinese number below a hundred in digits, nothing for none."""
    if not said:
        return ""
    tens, ten, ones = said.rpartition("十")
    if not ten:
        return "".join(str(_NUMERALS[mark]) for mark in said)
    return str(10 * (_NUMERALS[tens] if tens else 1) + (_NUMERALS[ones] if ones else 0))


def _from_text(said: str, year: int | None) -> pd.Timestamp:
    """Read a day from normalised text."""
    if found := _FULL.fullmatch(said) or _COMPACT.fullmatch(said):
        return _day(*(int(part) for part in found.groups()))
    if found := _MONTH.fullmatch(said):
        return _month_end(int(found[1]), int(found[2]))
    if found := _NO_YEAR.fullmatch(said):
        if year is None:
            raise CellError("date_without_year")
        if found[2] is None:
            return _month_end(year, int(found[1]))
        return _day(year, int(found[1]), int(found[2]))
    if _SHORT_YEAR.fullmatch(said):
        raise CellError("date_two_digit_year")
    if re.fullmatch(r"\d{5}", said):
        return _from_number(int(said))
    raise CellError("date_unreadable")


def _month_end(year: int, month: int) -> pd.Timestamp:
    """Return the last day of a month."""
    if not (1 <= month <= 12 and 1 <= year <= 9999):
        raise CellError("date_unreadable")
    return _day(year, month, calendar.monthrange(year, month)[1])
