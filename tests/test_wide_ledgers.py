"""Wide ledgers: one row per household, blocks of columns per kind; what each block counts."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from handed_over import KEY, codes, require_one_line, write_book
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from landgis.base.errors import SourceError
from landgis.base.findings import findings_frame, sentence
from landgis.base.schema import conform
from landgis.io.ledger.wide_words import place_of
from landgis.io.ledgers import read_ledger
from landgis.io.row.draft import Reading, SourceOptions
from landgis.office.indicators import record_items

HEAD: list[object] = [
    *("序号", "村", "组", "户主", "征收面积(亩)", "房屋栋数", "房屋面积(㎡)", "房屋结构"),
    *("附着物数量(处)", "附着物补偿费", "青苗面积(亩)", "坟墓穴数", "协议签订日期", "拆除日期"),
]
ROW: list[object] = [
    *(1, "青石村", "1组", "欧阳甲", 2.5, 2, 240, "砖混", 3, 1500, 1.2, 0, "2022.8.23", "2022.9.1"),
]


def read(path: Path, **options: object) -> Reading:
    given_options = {"path": path.name, "household_key": KEY, **options}
    return read_ledger(path, "records", SourceOptions(**given_options))  # type: ignore[arg-type]


def book(tmp_path: Path, *rows: list[object], sheet: str = "Sheet1", **more: object) -> Path:
    return write_book(tmp_path / "登记表.xlsx", {sheet: list(rows)}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kind", "item", "role"),
    [
        ("房屋栋数", "house", "", "quantity"),
        ("房屋建筑面积（㎡）", "house", "", "quantity"),
        ("建筑面积(㎡)", "house", "", "quantity"),
        ("房屋结构", "house", "", "structure"),
        ("房屋协议签订日期", "house", "", "agreed_on"),
        ("地上附着物数量", "attachment", "", "quantity"),
        ("附着物补偿费（元）", "attachment", "", "amount_yuan"),
        ("特殊青苗面积", "special_crop", "", "quantity"),
        ("耕地青苗面积", "crop", "", "quantity"),
        ("青苗补偿标准", "crop", "", "unit_price_yuan"),
        ("青苗(亩)", "crop", "", "quantity"),
        ("青苗（元）", "crop", "", "amount_yuan"),
        ("青苗", "crop", "", ""),
        ("坟墓（穴）", "grave", "", "quantity"),
        ("穴数", "grave", "", "quantity"),
        ("征收面积（亩）", "land", "", "quantity"),
        ("土地补偿费", "land", "", "amount_yuan"),
        ("房屋/面积", "house", "", "quantity"),
        ("房屋/拆除日期", "house", "", "removed_on"),
        ("地上附着物/水井(眼)", "attachment", "水井", "quantity"),
        ("地上附着物/水井(元)", "attachment", "水井", "amount_yuan"),
        ("坟墓(座)/土坟", "grave", "土坟", "quantity"),
        ("坟墓/小计", None, "", ""),
        ("房屋坐落", None, "", ""),
        ("房屋权证号", None, "", ""),
        ("土地用途", None, "", ""),
        ("是否有房屋", None, "", ""),
        ("户主", None, "", ""),
        ("村", None, "", ""),
        ("合计", None, "", ""),
    ],
)
def test_what_a_column_counts(name, kind, item, role):
    place = place_of(name)
    told = (None, "", "") if place is None else (place.kind, place.item, place.role)
    assert told == (kind, item, role)


def test_a_row_becomes_a_record_of_each_kind_that_it_counts(tmp_path):
    reading = read(book(tmp_path, HEAD, ROW))
    frame = reading.frame.set_index("kind")
    assert frame.index.tolist() == ["land", "house", "attachment", "crop"]  # no graves
    assert frame["quantity"].tolist() == [2.5, 2.0, 3.0, 1.2]
    assert frame["unit"].tolist() == ["mu", "building", "place", "mu"]
    assert frame["structure"].fillna("-").tolist() == ["-", "砖混", "-", "-"]
    assert frame["amount_yuan"].fillna(0).tolist() == [0, 0, 1500, 0]
    assert (frame["agreed_on"] == pd.Timestamp("2022-08-23")).all()
    removed = frame["removed_on"].dt.strftime("%m-%d").fillna("-").tolist()
    assert removed == ["-", "09-01", "09-01", "-"]  # crops are not demolished, land is not
    assert frame["household"].nunique() == 1
    assert frame["record_id"].tolist() == [f"登记表.xlsx#Sheet1#2-{kind}" for kind in frame.index]
    assert set(frame["source_row"]) == {2}
    assert reading.notes["columns_unused"] == ["序号", "房屋面积(㎡)"]
    said = [json.loads(r["facts"]) for r in reading.findings if r["code"] == "wide_ledger"]
    assert said == [{"count": 4, "kind": ["land", "house", "attachment", "crop", "grave"]}]


def test_a_row_is_rejected_once_and_as_a_whole(tmp_path):
    bad = [
        2,
        "青石村",
        "1组",
        "慕容乙",
        1,
        1,
        None,
        None,
        "几处",
        None,
        "很多",
        None,
        "22.8.1",
        None,
    ]
    reading = read(book(tmp_path, HEAD, ROW, bad))
    assert set(reading.frame["source_row"]) == {2}
    assert reading.rows_read == len(reading.frame) + len(reading.rejected) == 5
    rejected = reading.rejected.iloc[0]
    assert rejected["source_row"] == 3
    assert set(rejected["defects"].split("; ")) == {
        "number_unreadable:附着物数量(处)",
        "number_unreadable:青苗面积(亩)",
        "date_two_digit_year:协议签订日期",
    }
    assert rejected["征收面积(亩)"] == "1"  # what was right is shown too
    assert len([r for r in reading.findings if r["code"] == "row_rejected"]) == 1
    assert "慕容" not in str([reading.rejected.to_dict(), reading.findings])


def test_rows_that_count_nothing_are_said_and_make_no_record(tmp_path):
    nothing = [2, "青石村", "1组", "慕容乙", None, 0, "0", None, "无", "—", "/", "0穴", None, None]
    reading = read(book(tmp_path, HEAD, ROW, nothing))
    assert set(reading.frame["source_row"]) == {2}
    assert len(reading.rejected) == 0
    said = [json.loads(r["facts"]) for r in reading.findings if r["code"] == "rows_of_nothing"]
    assert said == [{"count": 1, "rows": [3]}]


def test_sums_below_are_checked_in_every_block(tmp_path):
    total = ["合计", None, None, None, 2.5, 2, 240, None, 3, 1600, 1.2, 1, None, None]
    reading = read(book(tmp_path, HEAD, ROW, total))
    wrong = [json.loads(r["facts"]) for r in reading.findings if r["code"] == "subtotal_differs"]
    assert [one["column"] for one in wrong] == ["附着物补偿费", "坟墓穴数"]


def test_blocks_under_merged_heads_with_items(tmp_path):
    head = ["村", "土地补偿面积(亩)", None, None, "地上附着物", None, "坟墓(座)", None]
    parts = [None, "分户", "村集体", "小计", "浆砌水池(m3)", "水井(眼)", "土坟", "石坟"]
    rows = [head, parts, ["青石村", "12.5亩", 3, 15.5, "30m3", 2, 3, 1]]
    merged = {"Sheet1": ["A1:A2", "B1:D1", "E1:F1", "G1:H1"]}
    frame = read(book(tmp_path, *rows, merged=merged)).frame
    told = frame[["kind", "structure", "quantity", "unit"]].values.tolist()
    assert told == [
        ["land", "分户", 12.5, "mu"],
        ["land", "村集体", 3.0, "mu"],  # and not the sum of both once more
        ["attachment", "浆砌水池", 30.0, "m3"],
        ["attachment", "水井", 2.0, "well"],
        ["grave", "土坟", 3.0, "grave"],
        ["grave", "石坟", 1.0, "grave"],
    ]


def test_the_columns_met_in_practice_are_a_question_whose_line_works(tmp_path):
    head: list[object] = (
        "序号 村 组 户主(权利人) 身份证号 联系电话 地块编号 地类 征收面积(亩) 补偿标准 土地补偿费"
        " 安置补助费 青苗 附着物 房屋结构 层数 建筑面积(㎡) 合法面积 坟墓(穴) 搬迁费 过渡费 奖励"
        " 合计 协议签订日期 付款日期 腾空日期 拆除日期 责任领导 工作组 备注"
    ).split()  # type: ignore[assignment]
    cells = {
        "村": "青石村", "征收面积(亩)": 2.5, "土地补偿费": 105_000, "青苗": 3000, "附着物": 1200,
        "房屋结构": "砖混", "建筑面积(㎡)": 120.5, "坟墓(穴)": 3, "合计": 120_000,
        "户主(权利人)": "欧阳甲", "协议签订日期": "2022-8-23",
    }  # fmt: skip
    path = book(tmp_path, head, [cells.get(str(name)) for name in head])
    with pytest.raises(SourceError) as error:
        read(path)
    require_one_line(error.value)
    assert error.value.code == "wide_question"
    entry = tomllib.loads(f'records = {{ path = "登记表.xlsx", {error.value.facts["line"]} }}')
    reading = read(path, columns=entry["records"]["columns"])
    told = reading.frame[["kind", "quantity", "amount_yuan"]].fillna(-1).values.tolist()
    assert told == [
        ["land", 2.5, 105_000.0],
        ["crop", -1, 3000.0],
        ["attachment", -1, 1200.0],
        ["house", 120.5, -1],
        ["grave", 3.0, -1],
    ]
    assert "合计" in reading.notes["columns_unused"]  # money is not given to every kind again
    counted = {"青苗": "crop.quantity", "附着物": "attachment.quantity"}
    assert read(path, columns=counted).frame["quantity"].tolist() == [2.5, 3000, 1200, 120.5, 3]


def test_two_columns_that_count_the_same_are_a_question(tmp_path):
    head = ["村", "房屋数量", "房屋个数", "坟墓(穴)"]
    path = book(tmp_path, head, ["甲村", 1, 2, 3])
    with pytest.raises(SourceError) as error:
        read(path)
    lines = error.value.facts["line"].split(" / ")
    found = [
        read(path, columns=tomllib.loads(line)["columns"]).frame["quantity"].tolist()
        for line in lines
    ]
    assert found == [[1.0, 3.0], [2.0, 3.0]]


@pytest.mark.parametrize(
    ("column", "code"), [("boat.quantity", "role_unknown"), ("house.voltage_kv", "role_unknown")]
)
def test_blocks_that_are_none_are_refused(tmp_path, column, code):
    path = book(tmp_path, HEAD, ROW)
    with pytest.raises(SourceError) as error:
        read(path, columns={"房屋栋数": column})
    assert error.value.code == code


def test_ledgers_of_one_kind_stay_as_they_are(tmp_path):
    head = ["房屋编号", "村", "房屋结构", "建筑面积(㎡)", "土地面积(㎡)"]
    reading = read(book(tmp_path, head, ["F1", "甲村", "砖混", 120, 90], sheet="房屋"))
    assert reading.frame[["record_id", "kind", "quantity"]].values.tolist() == [
        ["F1", "house", 120.0]
    ]
    assert "wide_ledger" not in codes(reading.findings)
    typed = [*HEAD, "类别"]
    assert "wide_ledger" not in codes(
        read(book(tmp_path, typed, [*ROW, "房屋"]), columns={"征收面积(亩)": "quantity"}).findings
    )


def test_ids_of_rows_are_told_apart_by_kind(tmp_path):
    head = ["登记编号", "房屋栋数", "坟墓(穴)"]
    frame = read(book(tmp_path, head, ["R1", 1, 2], ["R2", 0, 1])).frame
    assert frame["record_id"].tolist() == ["R1-house", "R1-grave", "R2-grave"]


def test_what_is_said_is_said_in_both_languages(tmp_path):
    nothing = [2, "青石村", *[None] * 12]
    reading = read(book(tmp_path, HEAD, ROW, nothing))
    for row in findings_frame(reading.findings).to_dict("records"):
        for language in ("zh", "en"):
            said = sentence(row, language)
            assert "{" not in said
            assert "\n" not in said


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.integers(0, 5), st.just("无"))] * 3),
        min_size=1,
        max_size=8,
    )
)
def test_every_count_is_one_record_and_every_row_is_told_of(tmp_path_factory, rows):
    head = ["登记编号", "房屋栋数", "青苗面积(亩)", "坟墓穴数"]
    path = tmp_path_factory.getbasetemp() / "counts.xlsx"
    write_book(path, {"Sheet1": [head, *([f"R{n}", *row] for n, row in enumerate(rows))]})
    reading = read(path)
    counts = [cell for row in rows for cell in row if isinstance(cell, int) and cell > 0]
    assert sorted(reading.frame["quantity"]) == sorted(counts)
    silent = {r["code"]: json.loads(r["facts"]) for r in reading.findings}.get("rows_of_nothing")
    empty = sum(not any(isinstance(c, int) and c > 0 for c in row) for row in rows)
    assert (silent["count"] if silent else 0) == empty


def test_two_buildings_of_one_row_count_as_two(tmp_path):
    head = ["登记编号", "项目编号", "房屋栋数", "坟墓(穴)"]
    frame = read(book(tmp_path, head, ["R1", "P01", 2, 3])).frame
    crs, area = "EPSG:4526", box(38_500_000, 2_650_000, 38_500_100, 2_650_100)
    projects = conform(
        gpd.GeoDataFrame({"project_id": ["P01"]}, geometry=[area], crs=crs), "projects"
    )
    parcels = conform(gpd.GeoDataFrame({"parcel_id": ["A"]}, geometry=[area], crs=crs), "parcels")
    placed = frame.set_geometry([Point(38_500_050, 2_650_050)] * 2, crs=crs)
    links = pd.DataFrame(
        {"record_id": placed["record_id"], "parcel_id": "A", "share": 1.0, "method": "code"}
    )
    items = record_items(projects, parcels, placed, links, None, "agreed")
    amounts = items.groupby("indicator")["amount"].sum()
    assert amounts["house_agreement"] == amounts["house_removal"] == 2
    assert amounts["grave"] == 3
