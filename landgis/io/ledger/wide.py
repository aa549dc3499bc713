"""Wide ledgers: one row per household, a block of columns per kind of thing; a record for each.

A row is accepted or rejected as a whole, so that a mended row brings all its records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from landgis.base.errors import CellError
from landgis.base.findings import finding
from landgis.base.privacy import masked
from landgis.base.schema import LAYERS, code_columns
from landgis.base.units import MISSING_MARKS, is_error, parse_quantity
from landgis.io.ledger.wide_plans import COUNTED, WidePlan
from landgis.io.ledger.wide_words import fits_kind
from landgis.io.returned.mends import mend_cells, shown_text
from landgis.io.row.cells import is_blank
from landgis.io.row.draft import Reading, Source, SourceOptions
from landgis.io.row.intake import shape_table
from landgis.io.row.joined import join_readings

__all__ = ["read_wide"]

_SHOWN_ROWS = 20


def read_wide(
    raw: pd.DataFrame,
    plan: WidePlan,
    options: SourceOptions,
    source: Source,
    units: Mapping[str, str],
) -> Reading:
    """Read a wide ledger: a record for each kind and item that a row counts.

    Parameters
    ----------
    raw : DataFrame
        Cells as sent, one row per household.
    plan : WidePlan
        Its blocks.
    options : SourceOptions
        What the campaign says of the source.
    source : Source
        File, sheet and row numbers.
    units : mapping
        Units of columns whose own names have none.

    Returns
    -------
    Reading
        Rows that count nothing make no record and are a finding.
    """
    mended, _ = mend_cells(raw, source.within(options.member).sheet, source.rows, options.mended)
    readings = []
    counting = pd.Series(False, index=raw.index)
    for (kind, item), roles in plan.blocks.items():
        cells = mended[[roles[role] for role in COUNTED if role in roles]]
        here = pd.Series([any(map(_says, row)) for row in cells.to_numpy()], index=raw.index)
        counting |= here
        if here.any():
            readings.append(_block(raw[here], kind, item, roles, plan, options, source, units))
    if not readings:
        kind, item = next(iter(plan.blocks))
        roles = plan.blocks[kind, item]
        readings.append(_block(raw[:0], kind, item, roles, plan, options, source, units))
    whole = _whole(readings)
    whole = replace(whole, rejected=_with_cells(whole, raw, source))
    findings = whole.findings + _said(plan, len(whole.frame), source, ~counting)
    notes = whole.notes | {
        "columns_unused": [n for n in raw.columns if n in _unused(readings, plan)],
        "headers": {source.within(options.member).sheet or "": [str(n) for n in raw.columns]},
    }
    return replace(whole, findings=findings, notes=notes)


def _says(cell: Any) -> bool:
    """Tell whether a cell counts something: not blank, not 无, not zero."""
    if is_blank(cell):
        return False
    if is_error(cell):
        return True
    if isinstance(cell, str) and cell.strip().casefold() in MISSING_MARKS:
        return False
    try:
        value = parse_quantity(cell).value
    except CellError:
        return True  # which rejects the row
    return value is not None and value != 0


def _block(
    raw: pd.DataFrame,
    kind: str,
    item: str,
    roles: Mapping[str, str],
    plan: WidePlan,
    options: SourceOptions,
    source: Source,
    units: Mapping[str, str],
) -> Reading:
    """Read the records of one kind and item."""
    shared = [name for name in plan.shared if fits_kind(name, kind) or name in options.columns]
    taken = set(roles.values())
    names = [name for name in raw.columns if name in taken or name in shared]
    columns = {name: role for name, role in options.columns.items() if name in shared}
    own = replace(
        options,
        kind=kind,
        columns=columns | {name: role for role, name in roles.items()},
        parcel_id=tuple(options.parcel_id),
    )
    where = Source(source.file, source.sheet, source.rows[raw.index])
    reading = shape_table(raw[names], "records", own, where, units=units)
    frame = reading.frame
    if item:
        frame["structure"] = frame["structure"].fillna(item)
    end = f"-{kind}-{item}" if item else f"-{kind}"
    frame["record_id"] = frame["record_id"].where(frame["record_id"].notna(), _row_names(frame))
    frame["record_id"] = frame["record_id"] + end
    return reading


def _row_names(frame: pd.DataFrame) -> pd.Series:
    """Return FILE#row, or FILE#sheet#row, as for rows without an id of their own."""
    sheets = frame["source_sheet"].astype("str")
    between = ("#" + sheets).where(sheets.notna(), "")
    return frame["source_file"].astype("str") + between + "#" + frame["source_row"].astype("str")


def _whole(readings: Sequence[Reading]) -> Reading:
    """Join the readings of all blocks; a row that one of them rejects is rejected as a whole."""
    joined = join_readings(readings, "records")
    rejected = joined.rejected
    if len(rejected):
        rows = rejected.groupby("source_row", sort=True)
        every = rows["defects"].agg(_every)
        rejected = rows.first().assign(defects=every).reset_index()[list(rejected.columns)]
    frame = joined.frame[~joined.frame["source_row"].isin(rejected["source_row"])]
    frame = frame.sort_values(["source_row"], kind="stable").reset_index(drop=True)
    findings: dict[str, dict[str, Any]] = {}
    for one in joined.findings:
        row = one["code"] == "row_rejected"
        key = f"row {one['source_row']}" if row else json.dumps(one, default=str, sort_keys=True)
        findings.setdefault(key, one)
    count = len(frame) + len(rejected)
    return Reading(frame, rejected, list(findings.values()), count, joined.notes)


def _with_cells(whole: Reading, raw: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Return the rejected rows with the cells of all blocks, also of those without a defect."""
    rows = pd.Series(raw.index, index=source.rows.to_numpy())[whole.rejected["source_row"]]
    shown = [n for n in raw.columns if n in set(whole.notes["columns"])]
    own = [n for n in whole.rejected.columns if n.strip() not in shown]
    ours, codes = whole.notes["columns"], code_columns(LAYERS["records"])
    cells = {
        name: [
            masked(shown_text(cell), code=ours.get(name) in codes) or None
            for cell in raw.loc[rows, name]
        ]
        for name in shown
        if name not in whole.notes["withheld"]
    }
    clash = {name: f"{name} " for name in cells if name in own}
    table = pd.DataFrame(cells, index=whole.rejected.index, dtype="str").rename(columns=clash)
    return pd.concat([whole.rejected[own], table], axis=1)


def _every(defects: pd.Series) -> str:
    """Return the defects of a row, each once."""
    return "; ".join(dict.fromkeys("; ".join(defects).split("; ")))


def _unused(readings: Sequence[Reading], plan: WidePlan) -> set[str]:
    """Return the sent columns that no block uses."""
    ways = [set(one.notes["columns"]) for one in readings]
    used = set().union(*ways) | {n for one in readings for n in one.notes["withheld"]}
    return {*plan.unused, *(name for name in plan.shared if name not in used)}


def _said(plan: WidePlan, records: int, source: Source, empty: pd.Series) -> list[dict[str, Any]]:
    """Say that rows were taken apart, and which rows count nothing."""
    where: dict[str, Any] = {
        "layer": "records",
        "source_file": source.file,
        "source_sheet": source.sheet,
    }
    kinds = list(dict.fromkeys(kind for kind, _ in plan.blocks))
    found = [finding("wide_ledger", **where, kind=kinds, count=records)]
    if empty.any():
        rows = [int(one) for one in source.rows[empty]]
        found.append(finding("rows_of_nothing", **where, rows=rows[:_SHOWN_ROWS], count=len(rows)))
    return found
