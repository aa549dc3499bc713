"""Ledgers row by row: sums of every layout, titles that speak, keys left blank, ids, people."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from handed_over import KEY, codes, require_one_line, write_book
from hypothesis import given, settings
from hypothesis import strategies as st
from old_books import write_old_book
from tiny_county import change, write_county

import landgis
from landgis.base.errors import CampaignError, LandgisError, SourceError
from landgis.base.findings import findings_frame, sentence
from landgis.campaign import parse_settings
from landgis.io.ledgers import read_ledger
from landgis.io.row.draft import Reading, SourceOptions

HEAD: list[object] = ["登记编号", "村", "组", "地块编号", "数量(亩)", "协议签订日期"]


def read(path: Path, role: str = "records", **options: object) -> Reading:
    given_options = {"path": path.name, "household_key": KEY, **options}
    return read_ledger(path, role, SourceOptions(**given_options))  # type: ignore[arg-type]


def book(tmp_path: Path, *rows: list[object], sheet: str = "一般青苗", **more: object) -> Path:
    return write_book(tmp_path / "台账.xlsx", {sheet: list(rows)}, **more)  # type: ignore[arg-type]


def facts(reading: Reading, code: str) -> list[dict[str, object]]:
    return [json.loads(row["facts"]) for row in reading.findings if row["code"] == code]


def row(number: int, quantity: object) -> list[object]:
    return [str(number), "甲村", "1组", str(number), quantity, None]


def total(word: str, quantity: object, *, at: int = 0) -> list[object]:
    cells: list[object] = [None] * 4 + [quantity, None]
    cells[at] = word
    return cells


# Sums: rows and, behind each sum, whether it is right.
SHEETS = {
    "grand total over subtotals": [
        *(row(1, 1.5), row(2, 2.5), (total("小计", 4), True)),
        *(row(3, 3), (total("小计", 3), True), (total("合计", 7), True)),
    ],
    "three levels": [
        *(row(1, 1), (total("一组小计", 1), True), row(2, 2), (total("二组小计", 2), True)),
        (total("甲村小计", 3), True),
        *(row(3, 4), (total("一组小计", 4), True), row(4, 8), (total("二组小计", 8), True)),
        *((total("乙村小计", 12), True), (total("总计", 15), True)),
    ],
    "a wrong one of three levels": [
        *(row(1, 1), (total("小计", 1), True), row(2, 2), (total("小计", 2), True)),
        *((total("合计", 4), False), row(3, 5), (total("小计", 5), True), (total("总计", 8), True)),
    ],
    "pages and running totals": [
        *(row(1, 1), row(2, 2), (total("本页小计", 3), True), (total("累计", 3), True)),
        *(row(3, 4), (total("本页小计", 4), True), (total("累计", 7), True)),
    ],
    "a wrong running total": [
        *(row(1, 1), (total("本页合计", 1), True), row(2, 2), (total("本页合计", 2), True)),
        (total("累计", 4), False),
    ],
    "sums before their rows": [
        *((total("合计", 10), True), (total("一组小计", 3), True), row(1, 1), row(2, 2)),
        *((total("二组小计", 7), True), row(3, 3), row(4, 4)),
    ],
    "a wrong sum before its rows": [
        *((total("合计", 10), True), (total("一组小计", 4), False), row(1, 1), row(2, 2)),
        *((total("二组小计", 7), True), row(3, 3), row(4, 4)),
    ],
    "total on top, subtotals below": [
        *((total("合计", 6), True), row(1, 1), row(2, 2), (total("小计", 3), True)),
        *(row(3, 3), (total("小计", 3), True)),
    ],
    "words with gaps, marks and units": [
        *(row(1, 1), (total("小　计：", 1), True), row(2, 2), (total("合  计（亩）", 4), False)),
    ],
    "a word in another column": [row(1, 1), (total("小计", 2, at=3), False)],
    "rounded": [
        row(1, 0.333),
        row(2, 0.333),
        (total("合计", 0.67), True),
        (total("总计", 1), True),
    ],
    "units of their own": [row(1, "1公顷"), row(2, 1), (total("合计", "16亩"), True)],
    "about": [row(1, "约3亩"), (total("合计", "约3亩"), True)],
}


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_sums_of_every_layout_are_checked(tmp_path, name, suffix):
    rows, wrong, records = [HEAD], [], 0
    for one in SHEETS[name]:
        right = one[1] if isinstance(one, tuple) else None
        rows.append(one[0] if isinstance(one, tuple) else one)
        records += right is None
        if right is False:
            wrong.append(len(rows))
    path = tmp_path / f"一般青苗{suffix}"
    if suffix == ".xlsx":
        write_book(path, {"一般青苗": rows})
    else:
        lines = [",".join("" if c is None else str(c) for c in cells) for cells in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
    reading = read(path)
    assert len(reading.frame) == records
    differing = [one for one in reading.findings if one["code"] == "subtotal_differs"]
    assert [one["source_row"] for one in differing] == wrong


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.integers(0, 999), min_size=1, max_size=4), min_size=1, max_size=5),
    st.booleans(),
    st.data(),
)
def test_right_sums_are_never_found_wrong_and_one_that_is_changed_is(
    tmp_path_factory, groups, ahead, data
):
    rows, sums = [HEAD], []
    for number, group in enumerate(groups):
        records = [row(10 * number + at, size / 100) for at, size in enumerate(group)]
        sums.append(len(rows) + (1 if ahead else len(records) + 1))
        one = total("小计", sum(group) / 100)
        rows += [one, *records] if ahead else [*records, one]
    rows.append(total("合计", sum(map(sum, groups)) / 100))
    path = tmp_path_factory.getbasetemp() / "sums.xlsx"
    write_book(path, {"一般青苗": rows})
    assert facts(read(path), "subtotal_differs") == []
    at = data.draw(st.sampled_from(sums))
    rows[at - 1] = total("小计", rows[at - 1][4] + 1000.01)
    write_book(path, {"一般青苗": rows})
    assert at in [r["source_row"] for r in read(path).findings if r["code"] == "subtotal_differs"]


def test_rows_that_look_like_titles_and_are_none(tmp_path):
    rows = [
        ["序号", *HEAD],
        [None, "0117"],  # a code and nothing else is a record
        [7],  # a running number alone is a line of a form not yet filled in
        ["一、甲村"],
        [1, "0001", "甲村", "1组", "5", 2, None],
        ["第2页"],
        ["序号", *HEAD],
        ["金额（大写）：壹万元整"],
        ["填表人：", None, None, "审核人："],
    ]
    reading = read(book(tmp_path, *rows))
    assert reading.frame["record_id"].tolist() == ["0117", "0001"]
    assert reading.notes["title_rows"] == 6


# Titles


def test_the_unit_above_the_table_counts_for_columns_without_one(tmp_path):
    head: list[object] = ["登记编号", "补偿金额", "面积", "单价(元)"]
    rows = [["补偿兑付表"], [None, None, "（单位：公顷、万元）"], head, ["1", 3.5, 2, 42]]
    frame = read(book(tmp_path, *rows)).frame
    assert frame["amount_yuan"].tolist() == [35_000.0]
    assert frame["quantity"].tolist() == [30.0]  # mu
    assert frame["unit_price_yuan"].tolist() == [42.0]  # its own word goes before
    said = facts(read(book(tmp_path, *rows)), "units_of_title")
    assert said == [{"columns": "补偿金额、面积", "units": "万元、公顷"}]


@pytest.mark.parametrize("line", ["填报单位：万元户工作组", "编制单位：元谋县", "单位名称：亩产办"])
def test_a_unit_that_is_an_office_is_none(tmp_path, line):
    rows: list[list[object]] = [[line], ["登记编号", "补偿金额"], ["1", 3.5]]
    reading = read(book(tmp_path, *rows))
    assert reading.frame["amount_yuan"].tolist() == [3.5]
    assert facts(reading, "units_of_title") == []


def test_household_forms_one_below_the_other(tmp_path):
    head: list[object] = ["登记编号", "品种", "单位", "数量", "金额"]
    rows: list[list[object]] = [
        ["青苗补偿兑付表"],
        ["村：青石村  组：三组", None, "户主：欧阳甲", None, "地块编号：A-1"],
        head,
        ["1", "稻", "亩", 1, 1000],
        ["合计", None, None, 1, 1000],
        ["户主：", "慕容乙", "身份证号：", "530199198502022345"],
        head,
        ["2", "稻", "亩", 2, 2000],
        ["村：柳湾村", None, "户主：欧阳甲"],
        head,
        ["3", "麦", "亩", 3, 3000],
    ]
    reading = read(book(tmp_path, *rows))
    frame = reading.frame
    assert frame["village"].tolist() == ["青石村", "青石村", "柳湾村"]
    assert frame["group"].fillna("-").tolist() == ["3组", "3组", "-"]
    assert frame["parcel_id"].fillna("-").tolist() == ["A-1", "-", "-"]
    assert frame["household_basis"].tolist() == [
        "village_group_name", "id_number", "village_group_name"
    ]  # fmt: skip
    assert frame["household"].nunique() == 3  # two of one name in two villages
    assert "personal_dropped" in codes(reading.findings)
    said = str([frame.to_dict(), reading.rejected.to_dict(), reading.findings, reading.notes])
    assert not [name for name in ("欧阳甲", "慕容乙", "530199198502022345") if name in said]


def test_what_the_form_says_of_itself_is_no_record(tmp_path):
    rows: list[list[object]] = [
        ["填报单位：第四工作组", None, None, "负责人：赵六", None, "日期：2022年10月"],
        HEAD,
        row(1, 1),
    ]
    reading = read(book(tmp_path, *rows))
    assert reading.frame["household"].isna().all()
    assert reading.frame["team"].isna().all()
    assert "赵六" not in str(reading.findings)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".xls"])
def test_a_header_of_two_rows_without_merged_cells(tmp_path, suffix):
    rows: list[list[object]] = [
        ["登记编号", "坐落", None, "青苗", None, "备注"],
        [None, "村", "组", "面积", "金额", None],
        ["1", "甲村", "1组", 2, 300, "难缠"],
        ["2", "甲村", "1组", 4, 500, None],
    ]
    path = tmp_path / f"一般青苗{suffix}"
    if suffix == ".csv":
        lines = [",".join("" if c is None else str(c) for c in cells) for cells in rows]
        path.write_text("\n".join(lines), encoding="gbk")
    elif suffix == ".xls":
        write_old_book(path, {"一般青苗": rows})
    else:
        write_book(path, {"一般青苗": rows})
    reading = read(path)
    assert reading.frame["record_id"].tolist() == ["1", "2"]
    assert reading.frame["quantity"].tolist() == [2.0, 4.0]
    assert reading.notes["columns"]["青苗/面积"] == "quantity"
    assert reading.notes["withheld"] == ["备注"]
    assert "难缠" not in str(reading.findings)


def test_two_lines_of_words_are_no_header_of_two_rows(tmp_path):
    rows: list[list[object]] = [
        ["填报单位：甲", None, None, "单位：亩", None, "二〇二二年"],
        HEAD,
        ["F1", "甲村", "一组", "B", None, "已签"],
    ]
    reading = read(book(tmp_path, *rows))
    assert set(reading.notes["columns"]) == set(HEAD)
    assert len(reading.frame) == 1


def test_people_alone_are_no_header(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Motel,Hotel (2)\nx,y\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no header was found"):
        read(path)


def test_keys_left_blank_are_those_of_the_household_above_and_said(tmp_path):
    head: list[object] = ["序号", "登记编号", "村", "户主", "身份证号", "数量"]
    rows: list[list[object]] = [
        head,
        [1, "a", "甲村", "欧阳甲", "530199198502022345", 1],
        [None, "b", None, None, None, 2],
        [None, "c", None, "慕容乙", None, 3],  # somebody else: nothing is taken over
        [2, "d", "乙村", "上官丙", None, 4],
        [None, "e", "乙村", None, None, 5],
    ]
    reading = read(book(tmp_path, *rows))
    frame = reading.frame
    assert frame["village"].fillna("-").tolist() == ["甲村", "甲村", "-", "乙村", "乙村"]
    codes_ = frame["household"].tolist()
    assert codes_[0] == codes_[1]
    assert codes_[3] == codes_[4]
    assert len(set(codes_)) == 3
    assert facts(reading, "keys_continued") == [
        {"columns": "村、户主、身份证号", "count": 2, "rows": [3, 6]}
    ]


# CSV


def test_line_breaks_within_quotes_and_marks_within_cells(tmp_path):
    path = tmp_path / "一般青苗.csv"
    text = '登记编号;村;备注;数量\r\n"1";"甲\r\n村";"a,b,c,d,e,f";2\r\n2;乙村;"x,y,z,u,v,w";3\r\n'
    path.write_bytes(text.encode("gbk"))
    reading = read(path)
    assert reading.frame["village"].tolist() == ["甲村", "乙村"]
    assert reading.frame["source_row"].tolist() == [2, 3]  # as Excel shows them
    assert reading.frame["quantity"].tolist() == [2.0, 3.0]
    assert facts(reading, "encoding_inferred") == [{"encoding": "GBK/GB18030"}]


def test_other_marks_of_lines_do_not_part_rows(tmp_path):
    path = tmp_path / "一般青苗.csv"
    path.write_text("登记编号,品种\n1,稻\u2028麦\n2,豆\x85薯\n", encoding="utf-8")
    assert read(path).frame["record_id"].tolist() == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        '登记编号,村,数量\n1,"甲村,2\n2,乙村,3\n3,丙村,4\n',
        '登记编号,村,数量\n1,"甲村,2\n2,乙村,3\n3,丙村",4\n',
    ],
)
def test_a_quote_left_open_swallows_no_rows(tmp_path, text):
    path = tmp_path / "一般青苗.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="row 2: a quotation mark is opened and never closed"):
        read(path)


def test_excels_own_line_that_names_the_mark(tmp_path):
    path = tmp_path / "一般青苗.csv"
    path.write_text("sep=;\r\n登记编号;数量\r\n1;2\r\n", encoding="utf-8-sig")
    reading = read(path)
    assert reading.frame[["quantity", "source_row"]].values.tolist() == [[2.0, 3]]


def test_one_broken_byte_costs_one_row(tmp_path):
    path = tmp_path / "一般青苗.csv"
    lines = ["登记编号,村,品种", *(f"{n},青石村,水稻和小麦" for n in range(30)), "30,青石村,"]
    path.write_bytes("\n".join(lines).encode() + b"\xe6\xb0" + "稻\n".encode())
    reading = read(path)
    assert len(reading.frame) == 30
    assert reading.rejected["defects"].tolist() == ["text_undecodable:品种"]


def test_mostly_plain_gbk_is_not_taken_for_broken_utf8(tmp_path):
    path = tmp_path / "records.csv"
    lines = ["record_id,village,structure", *(f"{n},Village,brick and timber" for n in range(300))]
    path.write_bytes(("\n".join(lines) + "\n300,青石村,砖木\n").encode("gbk"))
    reading = read(path, kind="house")
    assert reading.notes["encoding"] == "gb18030"
    assert reading.frame["structure"].iloc[-1] == "砖木"


# Ids that a spreadsheet has spoilt


def ids_of(reading: Reading) -> tuple[list[str], dict[int, str]]:
    rejected = dict(zip(reading.rejected["source_row"], reading.rejected["reason"], strict=True))
    return reading.frame["parcel_id"].tolist(), rejected


def lots(tmp_path: Path, *cells: object) -> Reading:
    rows = [["村", "地块编号"], *(["甲村", cell] for cell in cells)]
    return read(book(tmp_path, *rows, sheet="土地"))


def test_lost_noughts_are_rejected_and_never_put_back(tmp_path):
    assert ids_of(lots(tmp_path, "012", 13, "014")) == (["012", "014"], {3: "id_zeros_lost"})
    assert ids_of(lots(tmp_path, "012", "13", "014")) == (["012", "014"], {3: "id_zeros_lost"})
    village = "530102003201"
    assert ids_of(lots(tmp_path, village, village, 53010200320)) == (
        [village, village],
        {4: "id_zeros_lost"},
    )
    numbers = (530102003201, 530102003202, 53010200320)
    assert ids_of(lots(tmp_path, *numbers))[1] == {4: "id_zeros_lost"}


@pytest.mark.parametrize(
    "cells",
    [
        [1, 2, 10, 11, 100],
        ["01", "02", "99", "100"],
        [8, 9, "10", "11"],
        ["A-01", 2, 3],
        [53010200320, 53010200321],
        [0, 7],
    ],
)
def test_numbers_that_are_just_short_stay(tmp_path, cells):
    kept, rejected = ids_of(lots(tmp_path, *cells))
    assert rejected == {}
    assert kept == [str(cell) for cell in cells]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (530102003201001.0 * 1000, "id_unsafe"),
        ("4.41E+11", "id_unsafe"),
        ("４.41e+17", "id_unsafe"),
        ("530102003201001001", None),
        (999999999999999, None),
        ("#REF!", "cell_failed"),
    ],
)
@pytest.mark.parametrize("part", [False, True])
def test_long_numbers_are_refused_with_their_row_alone_or_as_a_part(tmp_path, cell, reason, part):
    rows: list[list[object]] = [["村", "组", "地块编号"], ["甲村", "1组", cell]]
    options = {"parcel_id": ("村", "组", "地块编号")} if part else {}
    reading = read(book(tmp_path, *rows, sheet="土地"), **options)
    kept, rejected = ids_of(reading)
    assert rejected == ({2: reason} if reason else {})
    said = "甲村-1组-" * part + str(cell)
    assert kept == ([] if reason else [said])


# Shares


@pytest.mark.parametrize(
    ("cells", "shares"),
    [
        (["85%", "100%", "50％"], [0.85, 1.0, 0.5]),
        ([0.85, 1, 0.5], [0.85, 1.0, 0.5]),
        ([85, 100, 50], [0.85, 1.0, 0.5]),
        ([85, "50%", 0], [0.85, 0.5, 0.0]),
    ],
)
def test_shares_are_told_by_the_column(tmp_path, cells, shares):
    rows = [["地块编号", "签约份额"], *([f"P{n}", cell] for n, cell in enumerate(cells))]
    assert read(book(tmp_path, *rows), "parcels").frame["agreed_share"].tolist() == shares


def test_a_share_that_may_be_two_things_is_refused(tmp_path):
    rows = [["地块编号", "签约份额"], ["A", 85], ["B", 0.5], ["C", 1], ["D", 120], ["E", -3]]
    reading = read(book(tmp_path, *rows), "parcels")
    assert reading.frame["agreed_share"].tolist() == [0.85]
    assert set(reading.rejected["reason"]) == {"share_unclear"}
    headed = [["地块编号", "签约份额(%)"], ["B", 0.5], ["C", 1]]
    assert read(book(tmp_path, *headed), "parcels").frame["agreed_share"].tolist() == [0.005, 0.01]


# The manifest


def lines_of(error: LandgisError) -> list[str]:
    return str(error.facts["line"]).split(" / ")


@pytest.mark.parametrize(
    "names",
    [("宗地代码", "地块编号"), ('宗地"代码', "地块\\编号"), ("宗地代码（新）", "宗地代码[旧]")],
)
def test_the_line_of_a_question_works_where_it_is_pasted(tmp_path, names):
    words = ["宗地代码", "地块编号"]
    rows: list[list[object]] = [[*names, "村"], ["A", "B", "甲村"]]
    path = book(tmp_path, *rows)
    if "\\" in names[1]:  # names that no word list knows: the user names both
        line = 'columns = { "宗地\\"代码" = "parcel_id" }'
        entry = tomllib.loads(f'parcels = {{ path = "台账.xlsx", {line} }}')["parcels"]
        assert read(path, "parcels", columns=entry["columns"]).frame["parcel_id"].tolist() == ["A"]
        return
    with pytest.raises(SourceError) as error:
        read(path, "parcels")
    require_one_line(error.value)
    for line, code in zip(lines_of(error.value), ["A", "B"], strict=True):
        entry = tomllib.loads(f'parcels = {{ path = "台账.xlsx", {line} }}')["parcels"]
        answered = read(path, "parcels", columns=entry["columns"])
        assert answered.frame["parcel_id"].tolist() == [code]
    assert words


def test_a_question_pasted_into_a_manifest_loads(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "household.key"))
    county = write_county(tmp_path / "county")
    rows = [["坟墓编号", "宗地代码", "地块编号", "穴数"], ["G9", "A1", "A2", 2]]
    write_book(county / "graves.xlsx", {"坟墓": rows})
    change(county, '"graves.gpkg"]', '"graves.gpkg", "graves.xlsx"]')
    with pytest.raises(SourceError) as error:
        landgis.load(county)
    line = lines_of(error.value)[1]
    change(county, '"graves.xlsx"]', f'{{ path = "graves.xlsx", {line} }}]')
    records = landgis.load(county).campaign.records.set_index("record_id")
    assert records.loc["G9", "parcel_id"] == "A2"


def test_the_year_of_days_without_one_is_named_in_the_manifest(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "household.key"))
    county = write_county(tmp_path / "county")
    rows = [
        ["坟墓编号", "宗地代码", "协议签订日期"],
        ["G9", "A1", "8月23日"],
        ["G8", "A1", "九月底"],
    ]
    write_book(county / "graves.xlsx", {"坟墓": rows})
    entry = '{ path = "graves.xlsx", year = 2022 }'
    change(county, '"graves.gpkg"]', f'"graves.gpkg", {entry}]')
    records = landgis.load(county).campaign.records.set_index("record_id")
    assert records.loc["G9", "agreed_on"] == pd.Timestamp("2022-08-23")
    change(county, "year = 2022", "year = 22")
    with pytest.raises(CampaignError, match="year"):
        landgis.load(county)


def test_a_lock_file_that_the_manifest_names_is_skipped_and_said(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "household.key"))
    county = write_county(tmp_path / "county")
    (county / "~$graves.xlsx").write_bytes(b"\x06user")
    change(county, '"graves.gpkg"]', '"graves.gpkg", "~$graves.xlsx", "*.xlsx"]')
    findings = landgis.load(county).campaign.findings
    skipped = findings[findings["code"] == "file_skipped"]
    assert skipped["source_file"].tolist() == ["~$graves.xlsx"]  # named once, by itself


def test_the_year_is_a_key_of_the_layers():
    manifest = {"campaign": {"name": "a", "crs": "EPSG:4526"}}
    layers = {"records": {"path": "a.xlsx", "year": 2022}}
    settings_ = parse_settings(manifest | {"layers": layers})
    assert settings_.layers["records"][0].year == 2022


# People


PEOPLE = (
    *(
        "户主",
        "户主姓名",
        "权利人",
        "身份证号",
        "证件号码",
        "联系电话",
        "手机号",
        "银行账号",
        "开户行",
    ),
    *(
        "家庭成员",
        "亲属",
        "社会关系",
        "工作单位",
        "政治面貌",
        "态度",
        "难易程度",
        "信访情况",
        "备注",
    ),
    *("联系人", "经办人", "情况描述", "性别", "出生日期", "家庭住址"),
)
TOKEN = st.integers(10**6, 10**7).map(lambda n: f"秘{n}密")


@settings(max_examples=40)
@given(
    columns=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=8, unique=True),
    tokens=st.lists(TOKEN, min_size=24, max_size=24, unique=True),
    spoilt=st.lists(st.booleans(), min_size=3, max_size=3),
    title=st.booleans(),
    wide=st.booleans(),
)
def test_no_personal_cell_in_anything_that_comes_out(
    tmp_path_factory, columns, tokens, spoilt, title, wide
):
    left = iter(tokens)
    kinds = ["房屋栋数", "坟墓(穴)"] if wide else ["数量(亩)"]
    head: list[object] = ["登记编号", "村", *columns, *kinds, "协议签订日期"]
    rows: list[list[object]] = [head]
    planted = []
    if title:
        planted.append(next(left))
        rows.insert(0, [f"村：甲村 户主：{planted[0]}"])
    for number, bad in enumerate(spoilt):
        cells = [next(left) if number < 2 else None for _ in columns][:7]
        cells += [None] * (len(columns) - len(cells))
        planted += [cell for cell in cells if cell]
        counts: list[object] = ["很多" if bad else 1, *[2] * (len(kinds) - 1)]
        rows.append([f"R{number}", "甲村", *cells, *counts, "22.8.1" if bad else None])
    named = title or columns[0] not in ("备注", "情况描述")
    sheet = planted[0] if planted and named else "一"
    path = tmp_path_factory.getbasetemp() / "一般青苗.xlsx"
    write_book(path, {sheet: rows, "另一张": rows[-2:]})
    try:
        reading = read(path, status_on=pd.Timestamp("2022-10-14"))
    except LandgisError as error:
        out = error.say("zh") + error.say("en")
    else:
        said = findings_frame(reading.findings).to_dict("records")
        out = str([reading.frame.to_dict(), reading.rejected.to_dict(), reading.notes, said])
        out += "".join(sentence(one, "zh") + sentence(one, "en") for one in said)
        assert "personal_dropped" in codes(reading.findings) or set(columns) <= {"备注", "情况描述"}
    assert [token for token in planted if token in out] == []


def test_sheets_named_after_people_bear_a_number(tmp_path):
    rows = [[*HEAD, "户主"], [*row(1, "很多"), "欧阳试样"], [*row(2, 1), "欧阳试样"]]
    other = [[*HEAD, "户主"], [*row(3, 1), "慕容样本"]]
    path = write_book(
        tmp_path / "青苗.xlsx", {"欧阳试样": rows, "慕容样本户": other, "三组": other}
    )
    reading = read(path, kind="crop")
    assert reading.frame["source_sheet"].tolist() == ["#1", "#2", "三组"]
    assert reading.rejected["source_sheet"].tolist() == ["#1"]
    said = str([reading.frame.to_dict(), reading.rejected.to_dict(), reading.findings])
    assert "欧阳" not in said
    assert "慕容" not in said


def test_nobody_is_no_household(tmp_path):
    head: list[object] = [*HEAD, "户主", "身份证号"]
    nobody = ["无", "—", "#N/A", "不详", None]
    rows = [[*row(n, 1), name, "不详"] for n, name in enumerate(nobody)]
    assert read(book(tmp_path, head, *rows)).frame["household"].isna().all()


def test_real_assessment_rows_ask_for_their_columns_and_then_load(shared_data):
    path = shared_data("cambridge_ma") / "assessing_fy2014_landuse.csv"
    for role in ("records", "parcels", "context"):
        with pytest.raises(SourceError, match="no header was found"):
            read(path, role)
    named = {"ML": "parcel_id", "LandArea": "quantity", "UseDescription": "structure"}
    reading = read(path, columns=named, kind="land")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert reading.rows_read == len(reading.frame) == len(lines) - 1 == 27_528
    assert reading.frame["quantity"].sum() == pytest.approx(
        pd.read_csv(path)["LandArea"].sum(), rel=1e-12
    )
    assert reading.frame["unit"].isna().all()  # square feet, which nobody said: not taken for mu
    assert reading.frame["parcel_id"].iloc[0] == "7-18"
    assert reading.notes["columns_unused"] == [
        *("UseCode", "StyleDesc", "GrossArea", "AYBYrBuilt", "BldgStories")
    ]
