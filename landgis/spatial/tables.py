"""Columns that may be absent, and frames in the order of their ids."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

from landgis.base.dates import DAY_DTYPE
from landgis.spatial.shapes import Floats, Ints

__all__ = ["by_id", "dates_of", "numbers_of", "positions_of", "text_of"]

Frame = TypeVar("Frame", bound=pd.DataFrame)


def text_of(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as text, missing throughout where the frame has none."""
    if column not in frame.columns:
        return pd.Series(np.nan, index=frame.index, dtype="str")
    out: pd.Series = frame[column].astype("str")
    return out


def dates_of(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as days, missing throughout where the frame has none."""
    if column not in frame.columns:
        return pd.Series(pd.NaT, index=frame.index, dtype=DAY_DTYPE)
    out: pd.Series = pd.to_datetime(frame[column]).astype(DAY_DTYPE)
    return out


def numbers_of(frame: pd.DataFrame, column: str) -> Floats:
    """Return a column as floats, missing throughout where the frame has none."""
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    return np.asarray(frame[column].astype("float64"), dtype=np.float64)


def by_id(frame: Frame, column: str) -> Frame:
    """Return a frame in the order of its ids, which are text, with a fresh index."""
    ids = frame[column].astype("str")
    words = ids.to_numpy(object)
    if ids.notna().all() and (words[:-1] <= words[1:]).all():
        return frame.assign(**{column: ids}).reset_index(drop=True)
    return frame.assign(**{column: ids}).sort_values(column, kind="stable", ignore_index=True)


def positions_of(ids: pd.Series, among: pd.Series) -> Ints:
    """Return the position of each id among others, -1 where it is missing or not among them."""
    both = pd.concat([among.astype("str"), ids.astype("str")], ignore_index=True)
    code, _ = pd.factorize(both)
    known, wanted = code[: len(among)], code[len(among) :]
    place = np.full(int(code.max(initial=-1)) + 2, -1, dtype=np.intp)
    there = np.flatnonzero(known >= 0)
    place[known[there]] = there
    return place[wanted]
