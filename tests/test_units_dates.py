"""Units, money and days: vectors worked by hand, laws, refusals."""

import datetime as dt
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.base.dates import add_months, as_day, is_month, parse_date, show_day
from landgis.base.errors import CampaignError, CellError
from landgis.base.units import (
    M2_PER_MU,
    convert,
    fen_to_yuan,
    largest_remainder,
    parse_quantity,
    to_mu,
    yuan_to_fen,
)


def test_fifteen_mu_are_one_hectare():
    assert to_mu(10_000.0) == 15.0
    assert Fraction(M2_PER_MU).limit_denominator(10) == Fraction(2000, 3)
    assert convert(1.0, "公顷", "亩") == pytest.approx(15.0, abs=1e-12)
    assert convert(12.5, "亩", "m2") == pytest.approx(8333.3333333, abs=1e-6)
    assert convert(3.0, "万元", "元") == 30_000


CELLS = [
    ("12.5亩", 12.5, "亩", False),
    ("１２．５亩", 12.5, "亩", False),
    ("约3亩", 3.0, "亩", True),
    ("1,234.5㎡", 1234.5, "m2", False),
    ("１，２３４", 1234.0, None, False),
    ("(12)", -12.0, None, False),
    ("合计 7 穴", 7.0, "穴", False),
    ("-4", -4.0, None, False),
    ("85％", 85.0, "%", False),
    (3, 3.0, None, False),
    ("￥32,000.00", 32_000.0, "元", False),
    ("人民币 5", 5.0, "元", False),
    ("约¥3.2万元", 3.2, "万元", True),
]


@pytest.mark.parametrize(("cell", "value", "unit", "approx"), CELLS)
def test_numbers_as_offices_write_them(cell, value, unit, approx):
    quantity = parse_quantity(cell)
    assert (quantity.value, quantity.unit, quantity.approx) == (value, unit, approx)


@pytest.mark.parametrize(
    "cell", ["—", "-", "/", "无", "", " ", "NULL", "#REF!", None, float("nan")]
)
def test_nothing_written_is_missing_and_never_zero(cell):
    assert parse_quantity(cell).value is None


@pytest.mark.parametrize(
    "cell", ["②", "十二", "12.5.3亩", "3亩5分", "1e999", "12,34", True, "½", "￥3亩"]
)
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(CellError, match="no number that can be read"):
        parse_quantity(cell)


def test_units_of_different_things_are_never_converted():
    with pytest.raises(CellError, match="'栋' cannot be counted in '亩'"):
        convert(1, "栋", "亩")


@given(total=st.integers(0, 10**9), weights=st.lists(st.floats(0.001, 1e6), min_size=1, max_size=9))
def test_shares_of_money_add_up_to_the_fen(total, weights):
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    exact = [Fraction(total) * Fraction(w) / sum(map(Fraction, weights)) for w in weights]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


def test_one_yuan_in_three_gives_the_odd_fen_to_the_first():
    assert largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert largest_remainder(0, [0, 0]) == [0, 0]
    with pytest.raises(ValueError, match="add up"):
        largest_remainder(1, [0, 0])


def test_fen_round_half_up():
    assert yuan_to_fen("0.125") == 13
    assert yuan_to_fen(1.005) == 101  # the decimal that is written, not the float behind it
    assert str(fen_to_yuan(101)) == "1.01"


AUGUST = pd.Timestamp("2022-08-23")
DAYS = ["2022年8月23日", "2022.8.23", "2022-8-23", "2022/8/23", "20220823", "２０２２年８月２３日"]
DAYS += [44796, 44796.0, 20220823, dt.date(2022, 8, 23), dt.datetime(2022, 8, 23, 9, 30)]
DAYS += ["2022-08-23 00:00:00", "44796"]


@pytest.mark.parametrize("cell", DAYS)
def test_the_same_day_in_many_hands(cell):
    assert parse_date(cell) == AUGUST


def test_serial_of_the_story_and_months():
    assert parse_date(44848) == pd.Timestamp("2022-10-14")
    assert parse_date("2022年2月") == pd.Timestamp("2022-02-28")
    assert parse_date("10月底", year=2022) == pd.Timestamp("2022-10-31")
    assert parse_date("8月23日", year=2022) == AUGUST
    assert parse_date("—") is None


@pytest.mark.parametrize("cell", ["2022年9月", "２０２２年9月份", "二〇二二年九月"])
def test_a_month_is_told_from_a_day(cell):
    assert is_month(cell)
    assert parse_date(cell) == pd.Timestamp("2022-09-30")


@pytest.mark.parametrize("cell", ["2022年9月底", "2022年9月末", "2022-09-30", "9月底", 44834, None])
def test_a_day_is_no_month(cell):
    assert not is_month(cell)


REFUSED = [
    (2022.1, "no date that can be read"),  # 2022.10 as a float
    ("22.8.23", "year of two digits"),
    ("8月23日", "no year"),
    ("2022-13-01", "no date that can be read"),
    ("2022-02-30", "no date that can be read"),
    ("soon", "no date that can be read"),
    (19_999, "no date that can be read"),
    (60_001, "no date that can be read"),
]


@pytest.mark.parametrize(("cell", "says"), REFUSED)
def test_doubtful_days_are_refused(cell, says):
    with pytest.raises(CellError, match=says):
        parse_date(cell)


def test_months_end_as_the_civil_code_says():
    assert add_months(as_day("2022-09-30"), 5) == pd.Timestamp("2023-02-28")
    assert add_months(as_day("2022-12-31"), 5) == pd.Timestamp("2023-05-31")


def test_a_day_is_asked_for_and_shown():
    assert show_day(AUGUST, "zh") == "2022年8月23日"
    assert show_day(None, "zh") == "—"
    with pytest.raises(CampaignError, match="'soon' is no day"):
        as_day("soon")
