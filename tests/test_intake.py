"""Intake: columns by their words, cells by their type, ids told apart, places in one writing."""

from __future__ import annotations

import pandas as pd
import pytest
from handed_over import KEY, codes
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.base import text
from landgis.base.errors import SourceError
from landgis.base.findings import SEVERITY, findings_frame, sentence
from landgis.base.rules import load_rules, override
from landgis.base.schema import LAYERS, conform
from landgis.io.row.cells import status_word
from landgis.io.row.columns import header_unit, plan_columns
from landgis.io.row.intake import Reading, Source, SourceOptions, shape_table, unique_ids
from landgis.io.row.joined import join_readings
from landgis.io.row.kinds import kind_of_name
from landgis.io.row.places import compound_code, group_name, village_name


def shape(columns: dict[str, list[object]], layer: str = "parcels", **options: object) -> Reading:
    raw = pd.DataFrame(columns, dtype="object")
    rows = pd.Series(range(2, len(raw) + 2), index=raw.index)
    return shape_table(
        raw, layer, SourceOptions(household_key=KEY, **options), Source("a.xlsx", "一", rows)
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sent", "ours", "unit"),
    [
        ("征收面积（亩）", "stated_area_mu", "亩"),
        ("征 收 面 积(㎡)", "stated_area_mu", "m2"),
        ("征收面积亩", "stated_area_mu", "亩"),
        ("TBMJ", "stated_area_mu", None),
        ("ＺＤＤＭ", "parcel_id", None),
        ("stated_area_mu", "stated_area_mu", None),
        ("协议签订日期", "agreed_on", None),
        ("坐落/村", "village", None),
        ("征收面积（", "stated_area_mu", None),
        ("面积[单位：公顷]", "stated_area_mu", "公顷"),
    ],
)
def test_columns_by_alias_with_their_units(sent, ours, unit):
    plan = plan_columns([sent], "parcels", source="a")
    assert plan.ours == {ours: sent}
    assert plan.units == ({ours: unit} if unit else {})


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("栋数", "栋"),
        ("穴数", "穴"),
        ("单价(元/亩)", "元"),
        ("金额（万元）", "万元"),
        ("户主", None),
        ("数量", None),
    ],
)
def test_units_of_headers(name, unit):
    assert header_unit(name) == unit


def test_every_alias_of_every_layer_means_one_column():
    twice = {}
    for name, layer in LAYERS.items():
        for column in layer.columns:
            for alias in column.aliases:
                roles = (
                    plan_columns([alias], name, source="a").ours
                    if "source" not in column.name
                    else {}
                )
                if roles and list(roles) != [column.name]:
                    twice[name, alias] = roles
    assert twice == {}


def test_our_own_word_goes_before_aliases_and_the_users_word_before_all():
    assert (
        plan_columns(["parcel_id", "地块编号"], "parcels", source="a").ours["parcel_id"]
        == "parcel_id"
    )
    told = plan_columns(
        ["parcel_id", "地块编号"], "parcels", source="a", columns={"地块编号": "parcel_id"}
    )
    assert told.ours["parcel_id"] == "地块编号"
    with pytest.raises(SourceError, match="columns = "):
        plan_columns(["宗地代码", "地块编号"], "parcels", source="a")


def test_unknown_columns_are_listed_and_not_kept():
    reading = shape({"地块编号": ["1"], "天气": ["晴"], "户主": ["张三"]})
    assert reading.notes["columns_unused"] == ["天气"]
    assert "晴" not in str(reading.frame.to_dict())


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("青石村委会", "青石村"),
        ("青石村民委员会", "青石村"),
        (" 青石　村 ", "青石村"),
        ("青石村", "青石村"),
        ("青石", "青石"),
        ("幸福社区", "幸福社区"),
    ],
)
def test_villages_in_one_writing(cell, name):
    assert village_name(cell) == name


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("第三组", "3组"),
        ("3小组", "3组"),
        ("三组", "3组"),
        ("３", "3组"),
        ("十二组", "12组"),
        ("二十一村民小组", "21组"),
        ("3队", "3组"),
        ("上屋组", "上屋组"),
        ("上屋", "上屋"),
    ],
)
def test_groups_in_one_writing(cell, name):
    assert group_name(cell) == name
    assert group_name(name) == name


def test_half_a_compound_code_is_none():
    assert (
        compound_code([("village", "青石村委会"), ("group", "第三组"), (None, "012")])
        == "青石村-3组-012"
    )
    assert compound_code([("village", "青石村"), ("group", None), (None, "012")]) is None


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("已签", True),
        ("已签订", True),
        ("已付清", True),
        ("已拆除完毕", True),
        ("√", True),
        ("是", True),
        ("已通水", True),
        ("未签", False),
        ("否", False),
        ("待拆", False),
        ("拟迁改", False),
        ("2022-8-23", None),
        ("张三", None),
        ("", None),
    ],
)
def test_status_words(cell, said):
    assert status_word(cell) is said


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("房屋", "house"),
        ("一般青苗", "crop"),
        ("特殊青苗", "special_crop"),
        ("地上附着物台账", "attachment"),
        ("坟山登记", "grave"),
        ("houses", "house"),
        ("青苗及附着物", None),
        ("Sheet1", None),
    ],
)
def test_kinds_by_the_names_of_sheets(name, kind):
    assert kind_of_name(name) == kind


def test_repeats_are_numbered_missing_ids_made_up_and_what_was_sent_is_kept():
    frame = conform(
        pd.DataFrame(
            {
                "parcel_id": ["A", "A", None, "A#2", "A", None],
                "source_file": "a.shp",
                "source_sheet": [None, None, None, None, None, "一"],
                "source_row": range(1, 7),
            }
        ),
        "parcels",
    )
    out, found = unique_ids(frame, "parcels")
    assert out["parcel_id"].tolist() == ["A", "A#3", "a.shp#3", "A#2", "A#4", "a.shp#一#6"]
    assert out["source_id"].fillna("-").tolist() == ["A", "A", "-", "A#2", "A", "-"]
    assert [(row["code"], row["ids"]) for row in found] == [
        ("id_missing", ["a.shp#3"]),
        ("id_missing", ["a.shp#一#6"]),
        ("id_repeated", ["A", "A#3", "A#4"]),
    ]
    assert frame["parcel_id"].fillna("-").tolist() == ["A", "A", "-", "A#2", "A", "-"]  # untouched


def test_a_sheet_without_any_id_is_one_finding_and_layers_without_ids_pass():
    frame = conform(
        pd.DataFrame(
            {
                "record_id": [None] * 3,
                "source_file": "a.xlsx",
                "source_sheet": "一",
                "source_row": [2, 3, 4],
            }
        ),
        "records",
    )
    out, found = unique_ids(frame, "records")
    assert out["record_id"].is_unique
    assert [row["code"] for row in found] == ["id_missing"]
    reports = conform(pd.DataFrame({"project_id": ["P", "P"]}), "daily_reports")
    assert unique_ids(reports, "daily_reports")[0]["project_id"].tolist() == ["P", "P"]


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["A", "B", "A#2", "B#3", "A#2#2", None]), max_size=12))
def test_ids_are_always_unique_and_never_change_twice(ids):
    frame = conform(
        pd.DataFrame({"parcel_id": ids, "source_file": "f", "source_row": range(1, len(ids) + 1)}),
        "parcels",
    )
    out, _ = unique_ids(frame, "parcels")
    assert out["parcel_id"].is_unique
    assert out["parcel_id"].notna().all()
    again, found = unique_ids(out, "parcels")
    assert again["parcel_id"].tolist() == out["parcel_id"].tolist()
    assert found == []


def test_a_row_with_two_defects_names_both_and_counts_once():
    reading = shape(
        {"地块编号": ["1", "2"], "征收面积": ["很大", 1], "协议签订日期": ["22.8.1", None]}
    )
    assert reading.rows_read == 2
    assert len(reading.rejected) == 1
    assert reading.rejected["defects"].tolist() == [
        "number_unreadable:征收面积; date_two_digit_year:协议签订日期"
    ]
    assert [row["source_row"] for row in reading.findings if row["code"] == "row_rejected"] == [2]


def test_no_rows_give_a_layer_without_rows_with_its_types():
    reading = shape({"地块编号": [], "征收面积": [], "协议签订日期": []})
    assert len(reading.frame) == 0
    for column in LAYERS["parcels"].columns:
        assert str(reading.frame[column.name].dtype) == column.dtype


def test_areas_of_crops_and_land_are_counted_in_mu():
    reading = shape(
        {
            "登记编号": ["1", "2"],
            "类别": ["一般青苗", "房屋"],
            "数量": [2000, 120],
            "单位": ["㎡", "㎡"],
        },
        "records",
    )
    assert reading.frame["quantity"].tolist() == pytest.approx([3.0, 120.0])
    assert reading.frame["unit"].tolist() == ["mu", "m2"]


# what stands in the cell, its header, and the first words of the reason (None: it may be meant)
NEGATIVE, SHARE, TOO_LARGE = "数值为负。", "此处应填数量，不能填百分数。", "数值超出合理范围，"
IMPOSSIBLE = [
    (-50, "数量（亩）", NEGATIVE),
    ("(12)", "数量（亩）", NEGATIVE),
    (-7, "补偿金额（元）", NEGATIVE),
    ("85%", "数量（亩）", SHARE),
    ("85%", "数量", SHARE),
    (85, "数量（%）", SHARE),
    (13800138000, "数量（亩）", TOO_LARGE),
    ("13800138000㎡", "数量（亩）", TOO_LARGE),
    (13800138000, "数量", TOO_LARGE),
    (1e300, "数量（亩）", TOO_LARGE),
    (1e21, "补偿金额（元）", TOO_LARGE),
    (9_300_000_000_000, "补偿金额（万元）", TOO_LARGE),
    (15_000_000, "数量（亩）", None),  # 10,000 km2
    (15_000_001, "数量（亩）", TOO_LARGE),
    (0, "数量（亩）", None),
    ("480,000,000", "补偿金额（元）", None),
]


@pytest.mark.parametrize(("cell", "header", "says"), IMPOSSIBLE)
def test_a_number_that_no_row_can_mean_goes_back_with_its_reason(cell, header, says):
    reading = shape(
        {"登记编号": ["1", "2"], "类别": ["一般青苗"] * 2, header: [3, cell]}, "records"
    )
    wrong = reading.rejected
    if says is None:
        assert wrong.empty
        return
    about = wrong[wrong["source_row"] == 3].iloc[0]
    assert text.say("errors", about["reason"], {}, "zh").startswith(says)
    assert about["column"] == header
    assert len(reading.frame) + len(wrong) == 2


def test_what_is_booked_back_may_be_negative_and_bounds_are_rules():
    columns = {"project_id": ["P1"], "month": ["2022-09-01"], "paid_yuan": [-7]}
    assert shape(columns, "funds").frame["paid_yuan"].tolist() == [-7]
    limits = override(load_rules("numbers"), {"most": {"count": 2}})
    homes = {"zone_id": ["1", "2"], "homes": [2, 3]}
    assert len(shape(homes, "resettlement_zones", limits=limits).rejected) == 1
    for beyond_a_whole_number in (1e300, 1e17):
        homes["homes"][1] = beyond_a_whole_number
        assert shape(homes, "resettlement_zones").rejected["reason"].tolist() == [
            "number_too_large"
        ]


def test_yuan_in_a_cell_go_before_the_header_and_are_said():
    sent = {
        "登记编号": ["1", "2"],
        "类别": ["房屋"] * 2,
        "补偿金额（万元）": ["￥32,000.00", "3.2"],
    }
    reading = shape(sent, "records")
    assert reading.frame["amount_yuan"].tolist() == [32_000, 32_000]
    (said,) = [one for one in reading.findings if one["code"] == "unit_conflict"]
    assert said["source_row"] == 2


def test_days_that_are_a_months_last_are_said_with_their_rows():
    days = ["2022年9月", "2022年9月30日", "2022年2月份", "2022年8月底", "2022年13月"]
    sent = {"登记编号": list("12345"), "类别": ["坟墓"] * 5, "协议签订日期": days}
    reading = shape(sent, "records")
    assert reading.frame["agreed_on"].dt.strftime("%m%d").tolist() == [
        *("0930", "0930", "0228", "0831")
    ]
    (said,) = [one for one in reading.findings if one["code"] == "month_end_taken"]
    assert sentence(said, "zh") == (
        "a.xlsx“一”：“协议签订日期”有 2 行只写到月份（第 2、4 行），按当月最后一日计。请补填日期。"
    )
    funds = {"project_id": ["P1"], "month": ["2022年9月"], "paid_yuan": [7]}
    assert shape(funds, "funds").findings == []


def test_readings_of_sheets_join_with_their_counts():
    one = shape({"地块编号": ["1"], "天气": ["晴"]})
    both = join_readings([one, shape({"地块编号": ["2"], "征收面积": ["很大"]})], "parcels")
    assert both.rows_read == 2
    assert (len(both.frame), len(both.rejected)) == (1, 1)
    assert both.notes["columns_unused"] == ["天气"]


def test_every_finding_of_the_intake_is_a_sentence_in_both_languages():
    reading = shape(
        {
            "登记编号": ["1", "2"],
            "类别": ["坟墓", "坟墓"],
            "户主": ["张三", "张三"],
            "备注": ["x", "y"],
            "协议签订日期": ["已签", "22.1.1"],
            "数量(亩)": ["5㎡", 1],
        },
        "records",
        status_on=pd.Timestamp("2022-10-14"),
    )
    found = findings_frame(reading.findings)
    assert codes(reading.findings) == {
        "status_dated",
        "unit_conflict",
        "personal_dropped",
        "free_text_dropped",
        "row_rejected",
    }
    for row in found.to_dict("records"):
        assert row["severity"] == SEVERITY[row["code"]]
        for language in ("zh", "en"):
            said = sentence(row, language)
            assert "张三" not in said
            assert "{" not in said


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.none(),
                st.text(max_size=6),
                st.integers(),
                st.floats(),
                st.booleans(),
                st.dates(),
                st.binary(max_size=3),
            ),
            st.one_of(st.none(), st.text(max_size=6), st.floats(), st.integers(), st.datetimes()),
            st.one_of(
                st.none(),
                st.text(max_size=10),
                st.floats(),
                st.integers(),
                st.datetimes(),
                st.dates(),
            ),
        ),
        max_size=10,
    )
)
def test_whatever_the_cells_every_row_is_accepted_or_rejected(rows):
    columns = dict(
        zip(
            ["地块编号", "征收面积", "协议签订日期"],
            [list(one) for one in zip(*rows, strict=True)] or [[], [], []],
            strict=True,
        )
    )
    reading = shape(columns, load_day=pd.Timestamp("2022-12-01"))
    assert len(reading.frame) + len(reading.rejected) == reading.rows_read == len(rows)
    assert (reading.frame["agreed_on"].dropna() <= pd.Timestamp("2022-12-01")).all()
