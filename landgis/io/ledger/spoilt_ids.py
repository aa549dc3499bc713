"""Ids that a spreadsheet has turned into numbers, and so cut off the noughts they began with."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["zeros_lost"]

#: digits of a village's code in the statistics (domain: GB/T 2260 and its extensions)
_VILLAGE_CODE = 12
#: a text of digits at least so long is a code, whose like all have its length
_A_CODE = 6


def zeros_lost(sent: pd.Series, ids: pd.Series) -> pd.Series:
    """Tell which ids of a column are shorter than they were.

    Parameters
    ----------
    sent : Series of object
        Cells as sent: a number is one that its program took for a number.
    ids : Series of str
        The same cells as ids.

    Returns
    -------
    Series of bool
        True where an id of digits is shorter than its neighbours that begin with a nought, all of
        one length and none longer (012, 013, 14); where a number stands among codes written as
        text, all of one length; and where a number of eleven digits stands among village codes of
        twelve.
    """
    digits = ids.str.fullmatch("[0-9]+", na=False)
    lost = pd.Series(False, index=ids.index)
    if not digits.any():
        return lost
    length = ids.str.len().where(digits, 0).fillna(0).astype("int64")
    typed = pd.Series(
        [isinstance(cell, (int, float, np.number)) for cell in sent.tolist()], index=ids.index
    )
    led = digits & ids.str.startswith("0", na=False) & (length > 1)
    wanted = set(length[led])
    if len(wanted) == 1 and length.max() == max(wanted):
        lost |= digits & (length < length.max())
    texts = set(length[digits & ~typed])
    if len(texts) == 1 and max(texts) >= _A_CODE:
        lost |= digits & typed & (length < max(texts))
    whole = int((digits & typed & (length == _VILLAGE_CODE)).sum())
    short = digits & typed & (length == _VILLAGE_CODE - 1)
    if whole > int(short.sum()):
        lost |= short
    return lost
