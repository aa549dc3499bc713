"""Metres, square metres, mu, hectares, yuan and counts: the only place that reads or converts them.

1 ha = 15 mu exactly, so 1 mu = 2000/3 m². Sums are made on unrounded numbers and rounded last.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from landgis.base.errors import CellError

__all__ = [
    "M2_PER_HA",
    "M2_PER_MU",
    "MISSING_MARKS",
    "UNITS",
    "Quantity",
    "convert",
    "fen_to_yuan",
    "is_error",
    "largest_remainder",
    "parse_quantity",
    "to_mu",
    "yuan_to_fen",
]

M2_PER_HA = 10_000.0
M2_PER_MU = 10_000.0 / 15

#: what offices write where they have no number; never zero
MISSING_MARKS = frozenset(
    {"", "-", "--", "---", "----", "—", "——", "―", "–", "/", "\\", "无", "空", "无项目", "不涉及"}
    | {"null", "none", "nan", "n/a"}
)
_SPREADSHEET_ERRORS = re.compile(
    r"#(REF|N/A|VALUE|DIV/0|NAME\?|NULL|NUM|SPILL|CALC|GETTING_DATA)!?", re.IGNORECASE
)

#: unit as written (after NFKC) to (dimension, canonical unit, factor to the canonical unit)
UNITS: dict[str, tuple[str, str, Fraction]] = {
    "m2": ("area", "m2", Fraction(1)),
    "平方米": ("area", "m2", Fraction(1)),
    "平米": ("area", "m2", Fraction(1)),
    "平方": ("area", "m2", Fraction(1)),
    "亩": ("area", "mu", Fraction(2000, 3)),
    "市亩": ("area", "mu", Fraction(2000, 3)),
    "mu": ("area", "mu", Fraction(2000, 3)),
    "公顷": ("area", "ha", Fraction(10_000)),
    "ha": ("area", "ha", Fraction(10_000)),
    "平方公里": ("area", "km2", Fraction(1_000_000)),
    "km2": ("area", "km2", Fraction(1_000_000)),
    "元": ("money", "yuan", Fraction(1)),
    "yuan": ("money", "yuan", Fraction(1)),
    "万元": ("money", "10k yuan", Fraction(10_000)),
    "亿元": ("money", "100m yuan", Fraction(100_000_000)),
    "米": ("length", "m", Fraction(1)),
    "m": ("length", "m", Fraction(1)),
    "公里": ("length", "km", Fraction(1000)),
    "千米": ("length", "km", Fraction(1000)),
    "km": ("length", "km", Fraction(1000)),
    "栋": ("building", "building", Fraction(1)),
    "幢": ("building", "building", Fraction(1)),
    "户": ("household", "household", Fraction(1)),
    "穴": ("grave", "grave", Fraction(1)),
    "座": ("grave", "grave", Fraction(1)),
    "冢": ("grave", "grave", Fraction(1)),
    "株": ("plant", "plant", Fraction(1)),
    "棵": ("plant", "plant", Fraction(1)),
    "人": ("person", "person", Fraction(1)),
    "个": ("project", "project", Fraction(1)),
    "宗": ("plot", "plot", Fraction(1)),
    "套": ("flat", "flat", Fraction(1)),
    "项": ("item", "item", Fraction(1)),
    "m3": ("volume", "m3", Fraction(1)),
    "立方米": ("volume", "m3", Fraction(1)),
    "立方": ("volume", "m3", Fraction(1)),
    "眼": ("well", "well", Fraction(1)),
    "口": ("well", "well", Fraction(1)),
    "处": ("place", "place", Fraction(1)),
    "间": ("room", "room", Fraction(1)),
    "根": ("pole", "pole", Fraction(1)),
    "条": ("strip", "strip", Fraction(1)),
    "头": ("animal", "animal", Fraction(1)),
    "%": ("share", "%", Fraction(1, 100)),
    "‰": ("share", "‰", Fraction(1, 1000)),
}

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_HEDGE = re.compile(r"^(约|大约|近|共|合计|计|¥|人民币)+")
#: what before a number says that it is money, in yuan unless a unit behind it says otherwise
_MONEY = re.compile(r"¥|人民币")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Quantity:
    """A number as an office writes it.

    Attributes
    ----------
    value : float or None
        The number in the unit written; None where the cell says "nothing here".
    unit : str or None
        Unit as written, one of `UNITS`; None where the cell names none.
    approx : bool
        Whether the cell says 约 (about).
    """

    value: float | None
    unit: str | None = None
    approx: bool = False


def is_error(cell: Any) -> bool:
    """Tell whether a cell is what a spreadsheet shows where it cannot compute (#REF!)."""
    return (
        isinstance(cell, str)
        and cell.lstrip().startswith(("#", "＃"))
        and _SPREADSHEET_ERRORS.fullmatch(unicodedata.normalize("NFKC", cell).strip()) is not None
    )


def parse_quantity(cell: Any) -> Quantity:
    """Read a number with its unit from a cell: 12.5亩, 约１，２３４㎡, (12), —.

    Raises
    ------
    CellError
        If the cell holds something that is no number. The message does not quote the cell.
    """
    if cell is None or isinstance(cell, bool):
        if cell is None:
            return Quantity(None)
        raise CellError("number_unreadable")
    if isinstance(cell, (int, float)):
        return Quantity(None) if cell != cell else Quantity(float(cell))
    if not isinstance(cell, str):
        raise CellError("number_unreadable")
    if any(unicodedata.category(mark) == "No" and mark not in "²³" for mark in cell):
        raise CellError("number_unreadable")  # NFKC would read the footnote ② as 2
    said = unicodedata.normalize("NFKC", cell).replace("\u3000", "").strip()
    if said.casefold() in MISSING_MARKS or _SPREADSHEET_ERRORS.fullmatch(said):
        return Quantity(None)
    bare = _HEDGE.sub("", said).strip()
    before = said[: len(said) - len(bare)]
    approx = "约" in before
    negative = bare.startswith("(") and bare.endswith(")")
    bare = _THOUSANDS.sub("", bare.strip("()") if negative else bare)
    found = _NUMBER.match(bare)
    if found is None:
        raise CellError("number_unreadable")
    unit = _unit(bare[found.end() :].strip())
    if _MONEY.search(before):
        unit = _of_money(unit)
    value = float(found.group())
    if value in (float("inf"), float("-inf")):
        raise CellError("number_unreadable")
    return Quantity(-value if negative else value, unit, approx)


def _unit(said: str) -> str | None:
    """Return the unit behind a number; of a price (元/亩) that of the money.

    Raises
    ------
    CellError
        If it is none.
    """
    if not said:
        return None
    parts = [part if part in UNITS else part.lower() for part in said.split("/", 1)]
    priced = len(parts) == 1 or UNITS.get(parts[0], ("",))[0] == "money"
    if not priced or any(part not in UNITS for part in parts):
        raise CellError("number_unreadable")
    return parts[0]


def _of_money(unit: str | None) -> str:
    """Return the unit of a number that ¥ stands before: yuan, or the one written behind it.

    Raises
    ------
    CellError
        If that one is no money.
    """
    if unit is not None and UNITS[unit][0] != "money":
        raise CellError("number_unreadable")
    return unit or "元"


def convert(value: float, unit: str, into: str) -> float:
    """Convert a value between two units of one dimension.

    Raises
    ------
    CellError
        If the units measure different things.
    """
    (dimension, _, factor), (wanted, _, divisor) = UNITS[unit], UNITS[into]
    if dimension != wanted:
        raise CellError("unit_wrong", unit=unit, into=into)
    return float(Fraction(value) * factor / divisor)


def to_mu(area_m2: Any) -> Any:
    """Return square metres as mu; works on numbers, arrays and Series."""
    return area_m2 * 15 / 10_000


def yuan_to_fen(yuan: float | int | str | Decimal) -> int:
    """Return an amount in fen, rounded half up to the fen."""
    return int((Decimal(str(yuan)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def fen_to_yuan(fen: int) -> Decimal:
    """Return an amount in yuan, exact to two decimals."""
    return (Decimal(int(fen)) / 100).quantize(Decimal("0.01"))


def largest_remainder(total: int, weights: Sequence[float]) -> list[int]:
    """Split an integer total by weights so that the parts add up to it exactly.

    The units left over by rounding down go to the largest remainders, the first of equals first.

    Raises
    ------
    ValueError
        If the weights are negative, or add up to nothing while the total does not.
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact, Fraction(0))
    if any(weight < 0 for weight in exact) or (whole == 0 and total != 0):
        raise ValueError("weights must not be negative and must add up to more than nothing")
    if whole == 0:
        return [0] * len(exact)
    quotas = [Fraction(total) * weight / whole for weight in exact]
    parts = [int(quota // 1) for quota in quotas]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - quotas[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
