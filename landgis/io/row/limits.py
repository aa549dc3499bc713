"""Numbers that no row can mean: less than nothing, per cent of nothing, beyond all bounds.

The bounds are rules (``rules/numbers.toml``), which a campaign may override.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from landgis.base.schema import Column
from landgis.base.units import UNITS, convert
from landgis.io.row.cells import Cells
from landgis.io.row.draft import Draft

__all__ = ["most_of", "reject_impossible", "reject_quantities", "why_impossible"]

#: key of the bound of a dimension, and the unit that it is in; whatever else is counted has one
_BOUNDS = {"area": ("area_m2", "m2"), "money": ("money_yuan", "yuan"), "length": ("length_m", "m")}
#: amounts are kept as int64 fen
_MOST_YUAN = float((2**63 - 1) // 100)
_SHARES = frozenset(unit for unit, (dimension, _, _) in UNITS.items() if dimension == "share")


def most_of(unit: str | None, rules: Mapping[str, Any]) -> float:
    """Return the largest number that a row may have in a unit.

    Parameters
    ----------
    unit : str or None
        One of `landgis.base.units.UNITS`; any other is counted.
    rules : mapping
        The rules ``numbers``.
    """
    most = rules["most"]
    dimension = UNITS[unit][0] if unit in UNITS else "count"
    if unit is None or dimension not in _BOUNDS:
        return float(most["count"])
    key, own = _BOUNDS[dimension]
    bound = float(most[key])
    return convert(min(bound, _MOST_YUAN) if dimension == "money" else bound, own, unit)


def why_impossible(
    value: float | None, unit: str | None, rules: Mapping[str, Any], *, signed: bool = False
) -> str | None:
    """Return the code of what is wrong with a number in a unit, None where it may be meant."""
    if value is None or value != value:
        return None
    if unit in _SHARES:
        return "number_is_share"
    if value < 0 and not signed:
        return "number_negative"
    return "number_too_large" if abs(value) > most_of(unit, rules) else None


def reject_impossible(draft: Draft, column: Column, cells: Cells) -> None:
    """Reject the rows whose number in a column cannot be meant; shares have rules of their own."""
    if column.name.endswith(("_share", "_rate")):
        return
    rules = draft.options.limits
    numbers = cells.values.astype("float64")
    header = draft.plan.units.get(column.name)
    own = draft.blank() if cells.units is None else cells.units
    share = own.isin(_SHARES) | (own.isna() & (header in _SHARES))
    codes = draft.blank().mask(numbers.abs() > most_of(column.unit, rules), "number_too_large")
    if column.name not in rules["signed"]["columns"]:
        codes = codes.mask(numbers < 0, "number_negative")
    codes = codes.mask(share & numbers.notna(), "number_is_share")
    _reject(draft, column.name, codes)


def reject_quantities(draft: Draft) -> None:
    """Reject the rows whose quantity cannot be meant in the unit that it turned out to have."""
    numbers, units = draft.columns["quantity"], draft.columns["unit"]
    codes = draft.blank()
    for unit in units.dropna().unique():
        wrong = numbers.abs() > most_of(unit, draft.options.limits)
        code = "number_is_share" if unit in _SHARES else "number_too_large"
        codes = codes.mask((units == unit) & ((unit in _SHARES) | wrong) & numbers.notna(), code)
    _reject(draft, "quantity", codes)


def _reject(draft: Draft, name: str, codes: pd.Series) -> None:
    """Note codes of a column, whose cells count as nothing then."""
    draft.reject(name, codes)
    if codes.notna().any():
        draft.columns[name] = draft.columns[name].mask(codes.notna())
