"""Shares as offices write them: 0.85, 85 or 85 %, told column by column and never cell by cell."""

from __future__ import annotations

import pandas as pd

from landgis.base.schema import Column
from landgis.base.units import UNITS
from landgis.io.row.cells import Cells, read_numbers

__all__ = ["read_shares"]

_WHOLE = 100.0


def read_shares(values: pd.Series, column: Column, unit: str | None) -> Cells:
    """Read shares of one.

    A cell that says % is a hundredth part. The others are per cent where the header says so, or
    where one of them is more than one; then one that is not more than one may be either, and is
    refused, as is a share that is less than nothing or more than the whole.

    Parameters
    ----------
    values : Series
        Cells as sent.
    column : Column
        The column.
    unit : str or None
        Unit of its header.
    """
    cells = read_numbers(values, column, None)
    said = cells.values.astype("float64")
    own = pd.Series(None, index=said.index, dtype="object") if cells.units is None else cells.units
    factor = own.map(lambda one: float(UNITS[one][2]) if isinstance(one, str) else None)
    plain = said.notna() & factor.isna()
    unclear = pd.Series(False, index=said.index)
    if unit in ("%", "‰"):
        factor = factor.where(~plain, float(UNITS[unit][2]))
    elif (said[plain] > 1).any():
        factor = factor.where(~plain, 1 / _WHOLE)
        unclear = plain & (said > 0) & (said <= 1)
    shares = said * factor.astype("float64").fillna(1.0)
    unclear |= (shares < 0) | (shares > 1)
    defects = cells.defects.mask(unclear, "share_unclear")
    return Cells(shares.mask(unclear), defects, None, cells.approx)
