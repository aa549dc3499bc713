"""Which number formats of a workbook show days, and the day that a serial number is.

Formats 14 to 22, 27 to 36, 45 to 47 and 50 to 58 are built in as days or times (ECMA-376 Part 1,
18.8.30; the second and fourth group in the Chinese edition). Others tell it by their letters.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

__all__ = ["day_of_serial", "is_date_format"]

_BUILT_IN = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
#: what is shown as it stands: quoted, escaped, a colour or a locale in brackets
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_EPOCH = dt.datetime(1899, 12, 30)
#: 31 December 9999
_LAST_SERIAL = 2_958_466
_DAYS_TO_1904 = 1462


@cache
def is_date_format(number: int, code: str | None = None) -> bool:
    """Tell whether a number format shows days or times, by its number or else its code."""
    if code is None:
        return number in _BUILT_IN
    bare = _LITERAL.sub("", code.split(";")[0])
    return bool(_LETTERS.search(bare)) and "general" not in bare.casefold()


def day_of_serial(
    serial: float, *, from_1904: bool = False
) -> dt.date | dt.datetime | dt.time | None:
    """Return the day of a serial number, with its hour where it has one; None: no day has it.

    Parameters
    ----------
    serial : float
        Days since 1899-12-30.
    from_1904 : bool
        Whether the workbook counts from 1904-01-01 (Excel for the Mac).
    """
    days = serial + _DAYS_TO_1904 if from_1904 else serial
    if not 0 <= days < _LAST_SERIAL:
        return None
    moment = _EPOCH + dt.timedelta(milliseconds=round(days * 86_400_000))
    if days < 1:
        return moment.time()
    return moment.date() if moment.time() == dt.time() else moment
