"""Units of counted quantities: from the cell, the unit column, or the header, in this order."""

from __future__ import annotations

import pandas as pd

from landgis.base.schema import KINDS
from landgis.base.units import UNITS, convert
from landgis.io.row.cells import Cells, read_numbers
from landgis.io.row.draft import Draft

__all__ = ["fill_units", "find_unit_conflicts"]


def find_unit_conflicts(draft: Draft, name: str, cells: Cells) -> None:
    """Say where a cell names another unit than its header; the cell's own unit was taken."""
    header = draft.plan.units.get(name)
    if header is None or cells.units is None:
        return
    canonical = cells.units.map(lambda unit: UNITS[unit][1] if isinstance(unit, str) else None)
    other = canonical.notna() & (canonical != UNITS[header][1])
    if other.any():
        draft.say("unit_conflict", other, column=str(draft.sent(name)), unit=UNITS[header][1])


def fill_units(draft: Draft) -> bool:
    """Fill in the unit of every quantity and whether it is a rough one (约); tell if it has any."""
    if "quantity" not in draft.plan.ours:
        return False
    cells = read_numbers(draft.raw[draft.sent("quantity")], draft.layer.column("quantity"), None)
    unit = draft.columns.get("unit", draft.blank().astype("str")).astype("object")
    if cells.units is not None:
        own = cells.units.map(lambda said: UNITS[said][1] if isinstance(said, str) else None)
        unit = own.where(own.notna(), unit)
    header = draft.plan.units.get("quantity")
    if header is not None:
        unit = unit.where(unit.notna(), UNITS[header][1])
    draft.columns["unit"] = unit.astype("str")
    _into_mu(draft)
    _not_graves(draft)
    if cells.approx is not None and cells.approx.any():
        told = draft.columns.get("approx", pd.Series(pd.NA, index=unit.index, dtype="boolean"))
        draft.columns["approx"] = told.fillna(False) | cells.approx.astype("boolean")
    return True


def _not_graves(draft: Draft) -> None:
    """Tell a 座 that counts ponds or towers from one that counts graves."""
    other = (draft.columns["unit"] == "grave") & (draft.columns["kind"] != "grave")
    draft.columns["unit"] = draft.columns["unit"].mask(other.fillna(False), "piece")


def _into_mu(draft: Draft) -> None:
    """Turn areas of land and crops into mu, the unit in which their kinds are counted."""
    in_mu = draft.columns["kind"].map(KINDS) == "mu"
    for said in ("m2", "ha", "km2"):
        rows = in_mu & (draft.columns["unit"] == said)
        if rows.any():
            factor = convert(1.0, said, "mu")
            draft.columns["quantity"] = draft.columns["quantity"].mask(
                rows, draft.columns["quantity"] * factor
            )
            draft.columns["unit"] = draft.columns["unit"].mask(rows, "mu")
