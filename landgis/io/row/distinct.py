"""Columns read cell by cell, but every distinct cell only once.

A column that already is as reading would leave it passes in bulk.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from landgis.base.errors import CellError

__all__ = ["Cells", "clean", "each", "each_text", "is_blank", "map_texts", "spread", "told_apart"]

#: texts that reading leaves as they are, told in bulk: Chinese characters and plain ASCII with a
#: digit (no mark of nothing has one), without + (4.41E+11) and blanks
_UNTOUCHED = "[!-*,-~一-鿿]*[0-9][!-*,-~一-鿿]*"


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
    if isinstance(cell, str):
        begins = cell[:1].isalnum()  # as most do, and stripping takes its time
        return not begins and not cell.strip().strip("\u3000\ufeff\x00")
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return True
    return isinstance(cell, float) and math.isnan(cell)


def told_apart(values: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Return for every cell the position of its like among the distinct ones, and those.

    In a column of objects 1, 1.0, True and "1" are four cells.
    """
    if values.dtype != object:
        at, distinct = values.factorize(use_na_sentinel=False)
        return at, distinct.tolist()
    known: dict[tuple[type, Any], int] = {}
    places = [known.setdefault((type(cell), cell), len(known)) for cell in values.tolist()]
    return np.array(places, dtype="int64"), [cell for _, cell in known]


def each(values: pd.Series, read: Callable[[Any], Any], dtype: Any) -> tuple[pd.Series, pd.Series]:
    """Read every distinct cell once; return values in a type, and defects."""
    at, cells = told_apart(values)
    out: list[Any] = []
    defects: list[str | None] = []
    for cell in cells:
        value, defect = None, None
        try:
            value = None if is_blank(cell) else read(cell)
        except CellError as error:
            defect = error.code
        out.append(value)
        defects.append(defect)
    return spread(out, at, values, dtype), spread(defects, at, values, "object")


def spread(told: list[Any], at: np.ndarray, like: pd.Series, dtype: Any) -> pd.Series:
    """Return what was told of the distinct cells for every cell of a column."""
    made: pd.Series = pd.Series(told, dtype=dtype).take(at).set_axis(like.index)
    return made


def each_text(values: pd.Series, read: Callable[[Any], str | None]) -> Cells:
    """Read texts as `each` does; those that reading would leave as they are, in bulk."""
    if not isinstance(values.dtype, pd.StringDtype):
        return Cells(*each(values, read, "str"))
    plain = values.str.fullmatch(_UNTOUCHED, na=False).to_numpy(dtype=bool)
    out, defects = values.astype("str"), clean(values)
    if not plain.all():
        told, codes = each(values[~plain], read, "str")
        out = out.copy()
        out[~plain], defects[~plain] = told.array, codes.array
    return Cells(out, defects)


def clean(like: pd.Series) -> pd.Series:
    """Return a Series without defects."""
    return pd.Series(None, index=like.index, dtype="object")


def map_texts(
    values: pd.Series, write: Callable[[str], str | None], *, normal: bool = False
) -> pd.Series:
    """Write every distinct text once in another way.

    Parameters
    ----------
    values : Series of str
    write : callable
        Text to text, or to None.
    normal : bool
        Whether `write` leaves plain ids as they are, so that those pass in bulk.
    """
    if normal:
        return each_text(values, write).values
    return each(values, write, "str")[0]
