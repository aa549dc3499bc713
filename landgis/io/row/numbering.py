"""Ids: made of several cells, made up where missing, told apart where they repeat."""

from __future__ import annotations

from functools import reduce
from typing import Any, TypeVar

import pandas as pd

from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.io.row.cells import id_cells, map_texts, read_texts
from landgis.io.row.draft import Draft
from landgis.io.row.places import compound_code

__all__ = ["ID_LAYERS", "compound_ids", "unique_ids"]

Frame = TypeVar("Frame", bound=pd.DataFrame)

#: layers whose first column names a row
ID_LAYERS = (
    "projects",
    "blocks",
    "parcels",
    "exclusions",
    "records",
    "power_lines",
    "resettlement_zones",
    "issues",
    "grievances",
    "rate_zones",
)


def compound_ids(draft: Draft) -> None:
    """Fill in parcel_id from the sent columns that the campaign names for it."""
    names = draft.options.parcel_id
    if not names or not draft.has("parcel_id"):
        return
    roles = {sent: ours for ours, sent in draft.plan.ours.items()}
    parts = []
    for name in names:
        if name not in draft.raw.columns:
            there = ", ".join(map(str, draft.raw.columns)) or "-"
            raise SourceError(
                "column_not_there", source=draft.source.label, column=name, there=there
            )
        role = roles.get(name)
        if role in ("village", "group"):
            cells = read_texts(draft.raw[name], draft.layer.column(role))
        else:
            cells = id_cells(draft.raw[name])
        draft.reject(name, cells.defects)
        parts.append((role, cells.values))
    draft.columns["parcel_id"] = _joined_codes(parts)


def _joined_codes(parts: list[tuple[str | None, pd.Series]]) -> pd.Series:
    """Return what `compound_code` makes of every row, each distinct cell written once."""
    said = []
    for role, cells in parts:

        def code(cell: str, role: str | None = role) -> str | None:
            return compound_code([(role, cell)])

        said.append(map_texts(cells, code, normal=role not in ("village", "group")))
    return reduce(lambda codes, cells: codes + "-" + cells, said)


def unique_ids(frame: Frame, layer_name: str) -> tuple[Frame, list[dict[str, Any]]]:
    """Make the ids of a layer unique: a repeat becomes ``ID#2``, a missing one ``FILE#row``.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        All rows of a layer, from all its sources, with the source columns.
    layer_name : str
        Layer of the schema; layers whose rows have no id of their own pass unchanged.

    Returns
    -------
    frame
        The same rows with unique ids; the id as sent stays in ``source_id``.
    findings : list of dict
        id_missing per sheet, id_repeated per id.
    """
    out = frame.copy(deep=False)
    if layer_name not in ID_LAYERS:
        return out, []
    column = LAYERS[layer_name].id
    sent = out[column].astype("str")
    out["source_id"] = sent
    made = sent.where(sent.notna(), _made_up(out)) if sent.isna().any() else sent
    if made.is_unique:
        out[column] = made
        return out, _missing(out, sent, layer_name, column)
    out[column] = _told_apart(made)
    found = _missing(out, sent, layer_name, column) + _repeats(out, made, layer_name, column)
    return out, found


def _told_apart(made: pd.Series) -> pd.Series:
    """Return ids with repeats numbered: ID, ID#2, ID#3."""
    again = made.groupby(made, sort=False).cumcount()
    taken = set(made)
    ids = made.tolist()
    for at in again.to_numpy().nonzero()[0]:
        number = int(again.iloc[at]) + 1
        while f"{ids[at]}#{number}" in taken:
            number += 1
        ids[at] = f"{ids[at]}#{number}"
        taken.add(ids[at])
    return pd.Series(ids, index=made.index, dtype="str")


def _made_up(frame: pd.DataFrame) -> pd.Series:
    """Return FILE#row, or FILE#sheet#row for rows of a workbook."""
    sheets = frame["source_sheet"].astype("str")
    between = ("#" + sheets).where(sheets.notna(), "")
    return frame["source_file"].astype("str") + between + "#" + frame["source_row"].astype("str")


def _missing(
    frame: pd.DataFrame, sent: pd.Series, layer_name: str, column: str
) -> list[dict[str, Any]]:
    """Return a finding per sheet in which rows have no id."""
    if not sent.isna().any():
        return []
    found = []
    sources = [frame["source_file"].fillna(""), frame["source_sheet"].fillna("")]
    lacking = sent.isna()
    for _, group in sent[lacking].groupby([one[lacking] for one in sources], sort=False):
        rows = frame.loc[group.index]
        found.append(
            finding(
                "id_missing",
                layer=layer_name,
                ids=rows[column],
                source_file=rows["source_file"].iloc[0],
                source_sheet=_or_none(rows["source_sheet"].iloc[0]),
                source_row=int(rows["source_row"].iloc[0]) if len(rows) == 1 else None,
                count=len(rows),
            )
        )
    return found


def _repeats(
    frame: pd.DataFrame, made: pd.Series, layer_name: str, column: str
) -> list[dict[str, Any]]:
    """Return a finding per id that several rows bear."""
    twice = made[made.duplicated(keep=False)]
    found = []
    for name, group in twice.groupby(twice, sort=True):
        first = frame.loc[group.index[1]]
        found.append(
            finding(
                "id_repeated",
                layer=layer_name,
                ids=frame.loc[group.index, column],
                source_file=first["source_file"],
                source_sheet=_or_none(first["source_sheet"]),
                source_row=int(first["source_row"]),
                id=str(name),
            )
        )
    return found


def _or_none(value: Any) -> Any:
    """Return None for a missing value."""
    return None if pd.isna(value) else value
