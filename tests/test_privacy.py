"""People are not features: the never-kept list, names, free text, keyed codes, the key file."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.base.errors import CampaignError
from landgis.base.privacy import column_fate, fingerprint, household_code, speaks_of_person
from landgis.io.row.keys import household_key, key_path

NEVER = "身份证号 身份证号码 联系电话 手机 银行账号 开户行 家庭成员 亲属"
NEVER += " 社会关系 工作单位 政治面貌 态度 难易程度 信访情况"
NAMES = "户主 姓名 权利人 户主(权利人) 被征收人 联系人 QLRMC"
KEPT = "村 组 编号 征收面积（亩） 协议签订日期 房屋结构 工作组 户编号 地类编码"


@pytest.mark.parametrize("column", NEVER.split())
def test_some_columns_are_never_kept_whatever_is_listed(column):
    assert column_fate(column, {column: "needed"}) == "never"


@pytest.mark.parametrize("column", NAMES.split())
def test_names_are_dropped_unless_listed(column):
    assert column_fate(column) == "name"
    assert column_fate(column, {column: "public office"}) == "keep"


def test_free_text_is_dropped_and_the_rest_is_kept():
    assert column_fate("备注") == "free_text"
    assert {column_fate(column) for column in KEPT.split()} == {"keep"}


# invented numbers; the card's last digit checks
PERSONAL = [
    *("张伟13800138000代签", "13800138000", "电话：138 0013 8000", "+86 138-0013-8000"),
    "8613800138000",
    *("１３８００１３８０００", "0771-12345678", "110101199003077758", "11010119900307775X收"),
    *("110101900307775", "110101 19900307 7758", "6222021234567890128", "6222 0212 3456 7890 128"),
    *("4.41202199001011E+17", "卡号622848123456789012"),
]
PLAIN = [
    *("2022年9月9日", "2022.9.9-2022.9.12", "20220909", "2022-09-09 08:30:00", "12.5亩", "44834"),
    *("3.9130434782608696", "0.13800138000", "38511700.138001380005", "441202001001JC00001"),
    "很多",
    *("13号院2栋", "441202001001", "5321.138000", "1380013800", "138001380001"),
]


@pytest.mark.parametrize("cell", PERSONAL)
def test_a_number_of_a_person_is_told_wherever_it_stands(cell):
    assert speaks_of_person(cell)


@pytest.mark.parametrize("cell", PLAIN)
def test_days_areas_and_codes_are_no_persons(cell):
    assert not speaks_of_person(cell)


@pytest.mark.parametrize(
    ("cell", "person"),
    [
        ("4412020010010100123", False),  # a contracted parcel has nineteen digits
        ("441202001001010012", False),  # a contractor's code has eighteen
        ("110101199003077758", True),
        ("6222021234567890128", True),
        ("6222021234567890129", False),  # its last digit does not check
    ],
)
def test_codes_of_land_are_told_from_cards_and_citizens(cell, person):
    assert speaks_of_person(cell, code=True) is person


@given(key=st.binary(min_size=16, max_size=40), other=st.binary(min_size=16, max_size=40))
def test_a_code_depends_on_the_key_and_tells_nothing(key, other):
    code = household_code(key, "青石村", "3组", "某某")
    assert re.fullmatch(r"H[0-9a-f]{16}", code)
    assert code == household_code(key, "青石村 ", "3组", "某 某")
    assert (code == household_code(other, "青石村", "3组", "某某")) == (key == other)
    assert fingerprint(key) not in (key.hex(), code)


def test_parts_of_a_code_do_not_run_together():
    assert household_code(b"k" * 16, "ab", "c") != household_code(b"k" * 16, "a", "bc")


def test_a_key_is_made_once_and_then_asked_for(tmp_path):
    path = tmp_path / "office" / "household.key"
    key = household_key(path, remembered=None)
    assert household_key(path, remembered=fingerprint(key)) == key
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    path.unlink()
    with pytest.raises(CampaignError, match="made with is missing"):
        household_key(path, remembered=fingerprint(key))
    path.write_bytes(b"x" * 32)
    with pytest.raises(CampaignError, match="not the key that the store was made with"):
        household_key(path, remembered=fingerprint(key))
    path.write_bytes(b"short")
    with pytest.raises(CampaignError, match="too short"):
        household_key(path, remembered=None)


def test_the_key_lies_where_the_office_says():
    assert str(key_path({"LANDGIS_KEY": "office.key"})) == "office.key"
    assert key_path({}).name == "household.key"
