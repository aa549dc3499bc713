"""Voltages as people write them: 110kV, 110千伏, ±800kV, 0.11MV, 110, 110000, 110000;20000."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = ["Voltage", "parse_voltage"]

_UNITS = {"v": 1e-3, "伏": 1e-3, "kv": 1.0, "千伏": 1.0, "mv": 1e3, "兆伏": 1e3}
_WITH_UNIT = re.compile(r"(±?)(\d+(?:\.\d+)?)(kv|mv|v|千伏|兆伏|伏)(?![a-z])")
_BARE = re.compile(r"(±?)(\d+(?:\.\d+)?)()")
_SEPARATORS = re.compile(r"[;、,/+]+")


class Voltage(NamedTuple):
    """What a cell says of a line's voltage.

    Attributes
    ----------
    kv : float
        Nominal voltage (kV) of the highest circuit; nan where the cell names none.
    dc : bool
        Whether it is written as a direct-current pair (±).
    in_volts : bool
        Whether a bare number was so large that it was read as volts.
    """

    kv: float
    dc: bool
    in_volts: bool


def parse_voltage(cell: Any, *, volts_from: float = 1500.0) -> Voltage:
    """Read a voltage such as ``110kV``, ``110千伏``, ``±800kV``, ``0.11MV``, ``110`` or ``110000``.

    Parameters
    ----------
    cell : object
        Text or a number; of several circuits (``110000;20000``) the highest counts.
    volts_from : float
        A bare number from here on is volts.
    """
    none = Voltage(np.nan, dc=False, in_volts=False)
    if cell is None or (not isinstance(cell, str) and pd.isna(cell)):
        return none
    said = unicodedata.normalize("NFKC", str(cell)).casefold().replace(" ", "")
    said = said.replace("+/-", "±").replace("+-", "±")
    said = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", said)
    circuits = [
        _voltage(found, volts_from)
        for part in _SEPARATORS.split(said)
        for found in (*_WITH_UNIT.finditer(part), _BARE.fullmatch(part))
        if found is not None
    ]
    return max(circuits, key=lambda one: one.kv, default=none)


def _voltage(found: re.Match[str], volts_from: float) -> Voltage:
    """Return the voltage that a number with or without a unit names."""
    sign, number, unit = found.groups()
    value = float(number)
    in_volts = not unit and value >= volts_from
    factor = 1e-3 if in_volts else _UNITS[unit or "kv"]
    return Voltage(round(value * factor, 9), dc=sign == "±", in_volts=in_volts)
