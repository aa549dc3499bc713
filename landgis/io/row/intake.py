"""From cells as sent to rows of a layer: accepted, or rejected with a reason. None vanishes.

Every reader ends here: columns are recognised, personal ones dropped, cells read by type, status
words dated, households named by a code. What was inferred is a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.errors import SourceError
from landgis.base.schema import LAYERS, Column, conform, status_dates
from landgis.io.returned.mends import mend_cells
from landgis.io.row.cells import Cells, read_dates, read_numbers, read_texts, read_truths
from landgis.io.row.columns import plan_columns
from landgis.io.row.decisions import decisions, say_mended
from landgis.io.row.draft import Draft, Reading, Source, SourceOptions
from landgis.io.row.households import name_households, namesakes
from landgis.io.row.kinds import fill_kinds
from landgis.io.row.limits import reject_impossible, reject_quantities
from landgis.io.row.numbering import ID_LAYERS, compound_ids, unique_ids
from landgis.io.row.schemes import fill_scheme
from landgis.io.row.sent_back import (
    reasons_of,
    rejected_rows,
    row_findings,
    shown_columns,
    source_columns,
)
from landgis.io.row.shares import read_shares
from landgis.io.row.statuses import date_statuses, say_months
from landgis.io.row.unit_words import fill_units, find_unit_conflicts

__all__ = ["Reading", "Source", "SourceOptions", "shape_table", "unique_ids"]


def shape_table(
    raw: pd.DataFrame,
    layer_name: str,
    options: SourceOptions,
    source: Source,
    *,
    geometry: gpd.GeoSeries | None = None,
    defects: pd.Series | None = None,
    truncated_in: str | None = None,
    units: Mapping[str, str] | None = None,
) -> Reading:
    """Turn a table of cells as sent into rows of a layer.

    Parameters
    ----------
    raw : DataFrame
        Cells under the sent names, one row per row of the source.
    layer_name : str
        Layer of the schema.
    options : SourceOptions
        What the campaign says of the source.
    source : Source
        File, sheet and row numbers.
    geometry : GeoSeries, optional
        Shapes on the index of `raw`, with their CRS.
    defects : Series, optional
        Codes of what the reader itself could not read, on the index of `raw`.
    truncated_in : str, optional
        Encoding in which column names may be cut at ten bytes (shapefiles).
    units : mapping, optional
        Units of sent columns whose own names have none, from elsewhere in the source.

    Returns
    -------
    Reading
        ``rows_read == len(frame) + len(rejected)``. Ids are as sent: `unique_ids` mends them once
        all sources of a layer are together.

    Raises
    ------
    SourceError
        If two columns fit one role, a required column is missing, a column the user named is not
        there, or nothing tells the kind of the records.
    """
    layer = LAYERS[layer_name]
    source = source.within(options.member)
    raw, mended = mend_cells(raw, source.sheet, source.rows, options.mended)
    plan = plan_columns(
        list(raw.columns),
        layer_name,
        source=source.label,
        columns=options.columns,
        keep=options.keep,
        reserved=("parcel_id",) if options.parcel_id else (),
        truncated_in=truncated_in,
    )
    if units:
        told = {ours: units[sent] for ours, sent in plan.ours.items() if sent in units}
        plan = replace(plan, units=told | plan.units)
    draft = Draft(raw, layer, plan, source, options, mended)
    if defects is not None:
        draft.reject("geometry", defects)
    _read_columns(draft)
    fill_scheme(draft)
    compound_ids(draft)
    if layer_name == "records":
        fill_kinds(draft)
        if fill_units(draft):
            reject_quantities(draft)
    people = _fill_households(draft)
    _require(draft)
    _say_dropped(draft)
    say_mended(draft)
    return _settled(draft, geometry, people)


def _cells(draft: Draft, column: Column) -> Cells:
    """Read one column by its type."""
    values = draft.raw[draft.plan.ours[column.name]]
    if column.type == "date":
        return read_dates(values, year=draft.options.year)
    if column.name.endswith("_share"):
        return read_shares(values, column, draft.plan.units.get(column.name))
    if column.type in ("float", "int"):
        return read_numbers(values, column, draft.plan.units.get(column.name))
    return read_truths(values) if column.type == "bool" else read_texts(values, column)


def _read_columns(draft: Draft) -> None:
    """Read every recognised column; date bare status words; refuse days after the load."""
    for column in draft.layer.columns:
        if column.name not in draft.plan.ours:
            continue
        cells = _cells(draft, column)
        draft.columns[column.name] = cells.values
        draft.reject(column.name, cells.defects)
        if column.type in ("float", "int"):
            find_unit_conflicts(draft, column.name, cells)
            reject_impossible(draft, column, cells)
    for column in draft.layer.columns:
        if column.name in draft.plan.ours and column.type == "date":
            date_statuses(draft, column.name)
            say_months(draft, column.name)
    load_day = draft.options.load_day
    for name in status_dates(draft.layer.name):
        if load_day is not None and name in draft.columns:
            late = draft.columns[name] > load_day
            draft.reject(name, draft.blank().mask(late, "date_after_load"))


def _fill_households(draft: Draft) -> pd.DataFrame | None:
    """Fill in household and its basis; return what tells namesakes apart."""
    if not draft.has("household"):
        return None
    frame = pd.DataFrame(draft.columns, index=draft.raw.index)
    personal = (*draft.plan.personal, *draft.plan.kept)
    coded = name_households(draft.raw, frame, personal, draft.options.household_key)
    draft.columns["household"] = coded["household"].astype("str")
    if draft.has("household_basis"):
        draft.columns["household_basis"] = coded["household_basis"].astype("str")
    own = draft.columns.get(draft.layer.id, draft.blank())
    return coded.assign(id=own, source_sheet=draft.source.sheet, source_row=draft.source.rows)


def _require(draft: Draft) -> None:
    """Reject rows that lack a required cell; refuse a table that lacks a required column.

    Raises
    ------
    SourceError
        Naming the column and those that are there.
    """
    for column in draft.layer.columns:
        own_id = column.name == draft.layer.id and draft.layer.name in ID_LAYERS
        unnamed = column.name == "household" and draft.options.household_key is None
        if not column.required or own_id or unnamed:
            continue
        if column.name not in draft.columns:
            raise SourceError(
                "column_missing",
                source=draft.source.label,
                column=column.name,
                aliases=", ".join(column.aliases) or column.name,
                there=", ".join(map(str, draft.raw.columns)) or "-",
            )
        lacking = draft.columns[column.name].isna()
        draft.reject(column.name, draft.blank().mask(lacking, "cell_required"))


def _say_dropped(draft: Draft) -> None:
    """Say which personal and free-text columns were dropped, and which names were cut off."""
    if draft.plan.personal:
        draft.say("personal_dropped", columns=_listed(draft.plan.personal))
    if draft.plan.free_text:
        draft.say("free_text_dropped", columns=_listed(draft.plan.free_text))
    if draft.plan.truncated:
        pairs = [f"{sent} = {ours}" for sent, ours in draft.plan.truncated.items()]
        draft.say("columns_recognised", columns=_listed(pairs))


def _listed(names: Iterable[str]) -> str:
    """Return names in a row."""
    return "、".join(names)


def _settled(draft: Draft, geometry: gpd.GeoSeries | None, people: pd.DataFrame | None) -> Reading:
    """Part the rows into accepted and rejected."""
    reasons = reasons_of(draft)
    good = ~draft.raw.index.isin(reasons.index)
    frame = _accepted(draft, geometry, good)
    rejected = rejected_rows(draft, reasons)
    findings = draft.findings + row_findings(draft, reasons)
    if people is not None:
        findings += namesakes(people[good], draft.layer.name, draft.source.file)
    return Reading(
        frame, rejected, findings, len(draft.raw), decisions(draft, shown_columns(draft))
    )


def _accepted(draft: Draft, geometry: gpd.GeoSeries | None, good: Any) -> pd.DataFrame:
    """Return the accepted rows with the layer's columns, kept columns and source columns."""
    kept = {name: draft.raw[name] for name in draft.plan.kept}
    columns = {name: values[good] for name, values in draft.columns.items()}
    columns |= {name: read_texts(cells[good], Column(name)).values for name, cells in kept.items()}
    index = draft.raw.index[good]
    where = source_columns(draft.source, good)
    plain = pd.DataFrame(columns | where, index=index).reset_index(drop=True)
    if draft.layer.geometry == "none":
        return conform(plain, draft.layer.name)
    shapes = gpd.GeoSeries([None] * len(index)) if geometry is None else geometry[good]
    crs = None if geometry is None else geometry.crs
    framed: pd.DataFrame = gpd.GeoDataFrame(plain, geometry=shapes.to_numpy(), crs=crs)
    return conform(framed, draft.layer.name)
