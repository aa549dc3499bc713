"""Households: the office's own code, or a keyed pseudonym; never a name.

The pseudonym is made of the id number where the ledger has one, else of village, group and name.
Two people of one name in one group, told apart by their id numbers, stay two households.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from landgis.base.findings import finding
from landgis.base.privacy import ID_NUMBER, NAME, household_code
from landgis.base.units import MISSING_MARKS, is_error
from landgis.io.row.cells import is_blank
from landgis.io.row.places import plain_text

__all__ = ["household_columns", "name_households", "namesakes"]

_AN_ID_NUMBER = re.compile(r"\d{15}|\d{17}[\dXx]")
_NOBODY = ("不详", "未知", "待查", "待定", "同上")
#: the holder's name goes before that of a contact; an officer's name is none of the household
_CONTACT = ("联系人", "代理人", "领款人")
_OFFICER = ("经办人", "负责人")


def household_columns(personal: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the sent columns of the id number and of the holder's name, where there are any."""
    ids = [name for name in personal if ID_NUMBER.search(plain_text(name))]
    names = [
        name
        for name in personal
        if NAME.search(plain_text(name))
        and name not in ids
        and not any(word in name for word in _OFFICER)
    ]
    names.sort(key=lambda name: any(word in name for word in _CONTACT))
    return (ids[0] if ids else None, names[0] if names else None)


def _said(cell: Any) -> str | None:
    """Return a personal cell as text, or None: 无, 不详 or #N/A name nobody."""
    if is_blank(cell) or is_error(cell):
        return None
    said = plain_text(str(cell))
    return None if said.casefold() in MISSING_MARKS or said in _NOBODY else said


def _id_number(cell: Any) -> str | None:
    """Return an id number as text, or None: a float has lost its end, 不详 is none."""
    said = _said(cell)
    return said if said and _AN_ID_NUMBER.fullmatch(said) else None


def name_households(
    raw: pd.DataFrame, frame: pd.DataFrame, personal: Sequence[str], key: bytes | None
) -> pd.DataFrame:
    """Return household and household_basis, and what tells namesakes apart, on the frame's index.

    Parameters
    ----------
    raw : DataFrame
        Cells as sent, personal ones included; not returned.
    frame : DataFrame
        The same rows as read: village, group and the office's own code in ``household``.
    personal : sequence of str
        Personal columns of `raw`.
    key : bytes or None
        The office's key; without it only the office's own codes are kept.

    Returns
    -------
    DataFrame
        household, household_basis (``office_code``, ``id_number`` or ``village_group_name``),
        ``namesake`` (a keyed code of village, group and name), ``person`` (one of the id number).
    """
    id_column, name_column = household_columns(personal)
    blank = pd.Series(None, index=frame.index, dtype="object")
    columns = (
        frame.get("household", blank),
        raw[id_column].map(_id_number) if id_column else blank,
        raw[name_column].map(_said) if name_column else blank,
        frame.get("village", blank),
        frame.get("group", blank),
    )
    texts = [[cell if isinstance(cell, str) else None for cell in one] for one in columns]
    rows = [_coded(key, *row) for row in zip(*texts, strict=True)]
    names = ["household", "household_basis", "namesake", "person"]
    return pd.DataFrame(rows, columns=names, index=frame.index, dtype="object")


def _coded(
    key: bytes | None,
    code: str | None,
    number: str | None,
    name: str | None,
    village: str | None,
    group: str | None,
) -> tuple[str | None, str | None, str | None, str | None]:
    """Return household, basis, namesake and person of one row."""
    place = (village or "", group or "")
    namesake = household_code(key, "namesake", *place, name) if key and name else None
    person = household_code(key, number) if key and number else None
    if code:
        return code, "office_code", namesake, person
    if person:
        return person, "id_number", namesake, person
    if key and name:
        return household_code(key, *place, name), "village_group_name", namesake, None
    return None, None, namesake, None


def namesakes(coded: pd.DataFrame, layer_name: str, source_file: str) -> list[dict[str, Any]]:
    """Return a finding for each name in a group that several id numbers bear; rows by number."""
    told = coded.dropna(subset=["namesake", "person", "household"])
    found = []
    for _, rows in told.groupby("namesake", sort=False):
        if rows["person"].nunique() > 1:
            found.append(
                finding(
                    "household_same_name",
                    layer=layer_name,
                    ids=sorted(set(rows["id"].dropna())) or sorted(set(rows["household"])),
                    source_file=source_file,
                    source_sheet=rows["source_sheet"].iloc[0],
                    rows=sorted({int(row) for row in rows["source_row"]}),
                )
            )
    return found
