"""Ledgers: headers found, merged cells, subtotals, units, dates, sheets; people stay out."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from handed_over import KEY, codes, require_one_line, write_book
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.base.errors import LandgisError, SourceError
from landgis.io.ledgers import read_ledger
from landgis.io.row.draft import Reading, SourceOptions

HEAD: list[object] = ["登记编号", "村", "组", "地块编号", "数量(亩)", "协议签订日期"]


def read(path: Path, role: str = "records", **options: object) -> Reading:
    return read_ledger(
        path, role, SourceOptions(**{"path": path.name, "household_key": KEY, **options})
    )  # type: ignore[arg-type]


def book(
    tmp_path: Path, *rows: list[object], sheet: str = "一般青苗", merged: list[str] | None = None
) -> Path:
    return write_book(tmp_path / "台账.xlsx", {sheet: list(rows)}, {sheet: merged or []})


def test_a_header_below_titles_of_two_rows_with_merged_cells_is_joined(tmp_path):
    rows: list[list[object]] = [
        ["青石村房屋征收台账"],
        ["填报单位：第四工作组", None, None, None, None, "2022年10月14日"],
        ["序号", "坐落", None, "房屋", None, "办理情况", None],
        [None, "村", "组", "结构", "建筑面积\n(㎡)", "协议签订\n日期", "拆除日期"],
        [1, "青石村", "三组", "砖混", 120.5, "2022.8.23", None],
    ]
    merged = ["A1:G1", "A3:A4", "B3:C3", "D3:E3", "F3:G3"]
    reading = read(book(tmp_path, *rows, sheet="房屋", merged=merged))
    row = reading.frame.iloc[0]
    assert (row["village"], row["group"], row["structure"], row["quantity"]) == (
        "青石村",
        "3组",
        "砖混",
        120.5,
    )
    assert row["agreed_on"] == pd.Timestamp("2022-08-23")
    assert (row["source_sheet"], row["source_row"]) == ("房屋", 5)
    assert reading.notes["columns"]["房屋/结构"] == "structure"


def test_merged_words_are_filled_down_and_merged_money_is_not_multiplied(tmp_path):
    head: list[object] = ["村", "组", "地块编号", "品种", "数量", "补偿金额(元)"]
    rows: list[list[object]] = [
        head,
        ["青石村", "1组", "001", "稻", 1, 1000],
        [None, None, "002", "稻", 2, None],
        [None, None, "003", "稻", 3, None],
    ]
    frame = read(book(tmp_path, *rows, merged=["A2:A4", "B2:B3", "F2:F4"])).frame
    assert frame["village"].tolist() == ["青石村"] * 3
    assert frame["group"].fillna("-").tolist() == ["1组", "1组", "-"]
    assert frame["amount_yuan"].sum() == 1000


def test_subtotals_are_no_records_and_are_checked_against_the_rows_above(tmp_path):
    rows: list[list[object]] = [
        HEAD,
        ["1", "青石村", "1组", "001", 1.25, None],
        ["2", "青石村", "1组", "002", "800㎡", None],
        ["一组小计", None, None, None, 2.45, None],
        ["3", "青石村", "2组", "003", 4, None],
        ["小计", None, None, None, 5, None],
        ["合 计", None, None, None, 6.45, None],
        ["填表人：", "审核人："],
    ]
    reading = read(book(tmp_path, *rows))
    assert reading.frame["record_id"].tolist() == ["1", "2", "3"]
    assert reading.rows_read == 3
    assert (reading.notes["subtotal_rows"], reading.notes["title_rows"]) == (3, 1)
    differing = [row for row in reading.findings if row["code"] == "subtotal_differs"]
    assert [row["source_row"] for row in differing] == [6]
    assert '"stated": 5.0' in differing[0]["facts"]
    assert '"summed": 4.0' in differing[0]["facts"]


def test_a_sum_over_a_cell_that_cannot_be_read_is_not_judged(tmp_path):
    rows: list[list[object]] = [
        HEAD,
        ["1", "甲村", "1组", "1", "三亩半", None],
        ["小计", None, None, None, 3.5, None],
        ["2", "甲村", "1组", "2", 1, None],
        ["小计", None, None, None, 2, None],
        ["合计", None, None, None, 9, None],
    ]
    reading = read(book(tmp_path, *rows))
    assert [row["source_row"] for row in reading.findings if row["code"] == "subtotal_differs"] == [
        5
    ]


def test_units_of_header_and_cell(tmp_path):
    head: list[object] = ["登记编号", "村", "数量(亩)", "补偿金额（万元）", "单价"]
    rows: list[list[object]] = [
        head,
        ["1", "甲村", "１２．５亩", 3.5, "1,300"],
        ["2", "甲村", "约800平方米", "3500元", "—"],
        ["3", "甲村", "/", "无", None],
    ]
    reading = read(book(tmp_path, *rows))
    frame = reading.frame
    assert frame["quantity"].tolist()[:2] == pytest.approx([12.5, 1.2])
    assert frame["unit"].tolist() == ["mu", "mu", "mu"]
    assert frame["approx"].tolist() == [False, True, False]
    assert frame["amount_yuan"].tolist()[:2] == [35_000.0, 3_500.0]
    assert frame["unit_price_yuan"].tolist()[0] == 1300.0
    assert frame[["quantity", "amount_yuan"]].isna().iloc[2].all()
    assert [row["ids"] for row in reading.findings if row["code"] == "unit_conflict"] == [
        ["2"],
        ["2"],
    ]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2022年8月23日", "2022-08-23"),
        ("2022.8.23", "2022-08-23"),
        ("2022/8/23", "2022-08-23"),
        ("20220823", "2022-08-23"),
        (44796, "2022-08-23"),
        (44848, "2022-10-14"),
        ("—", None),
        ("未签", None),
    ],
)
def test_dates_as_offices_write_them(tmp_path, cell, day):
    found = (
        read(book(tmp_path, HEAD, ["1", "甲村", "1组", "1", 1, cell])).frame["agreed_on"].iloc[0]
    )
    assert found is pd.NaT if day is None else found == pd.Timestamp(day)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("22.8.23", "date_two_digit_year"),
        (2022.1, "date_unreadable"),
        ("8月23日", "date_without_year"),
        ("2022-9-31", "date_unreadable"),
        ("2022-12-02", "date_after_load"),
    ],
)
def test_days_that_cannot_be_told_cost_their_row_with_the_column(tmp_path, cell, reason):
    reading = read(
        book(
            tmp_path, HEAD, ["1", "甲村", "1组", "1", 1, cell], ["2", "甲村", "1组", "2", 1, None]
        ),
        load_day=pd.Timestamp("2022-12-01"),
    )
    assert reading.frame["record_id"].tolist() == ["2"]
    rejected = reading.rejected.iloc[0]
    assert (rejected["reason"], rejected["column"], rejected["source_row"]) == (
        reason,
        "协议签订日期",
        2,
    )
    finding = next(row for row in reading.findings if row["code"] == "row_rejected")
    assert (finding["source_sheet"], finding["source_row"]) == ("一般青苗", 2)


def test_a_declared_year_dates_days_without_one(tmp_path):
    path = book(
        tmp_path,
        HEAD,
        ["1", "甲村", "1组", "1", 1, "8月23日"],
        ["2", "甲村", "1组", "2", 1, "10月底"],
    )
    assert read(path, year=2022).frame["agreed_on"].dt.strftime("%m-%d").tolist() == [
        "08-23",
        "10-31",
    ]


def test_bare_status_words_take_the_day_of_the_layer_or_are_a_question(tmp_path):
    path = book(
        tmp_path,
        HEAD,
        ["1", "甲村", "1组", "1", 1, "已签"],
        ["2", "甲村", "1组", "2", 1, "未签"],
        ["3", "甲村", "1组", "3", 1, "2022-9-1"],
    )
    dated = read(path, status_on=pd.Timestamp("2022-10-14"))
    assert dated.frame["agreed_on"].dt.strftime("%Y-%m-%d").fillna("-").tolist() == [
        "2022-10-14",
        "-",
        "2022-09-01",
    ]
    assert [row["ids"] for row in dated.findings if row["code"] == "status_dated"] == [["1"]]
    asked = read(path)
    assert asked.frame["agreed_on"].isna().tolist() == [True, True, False]
    assert [
        (row["ids"], row["severity"]) for row in asked.findings if row["code"] == "status_undated"
    ] == [(["1"], "question")]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("012", "012"),
        (13, "13"),
        ("４５０１２３", "450123"),
        (450123001001234560, "id_unsafe"),
        ("4.41E+11", "id_unsafe"),
        (dt.date(2022, 1, 2), "id_is_a_date"),
    ],
)
def test_ids_stay_text_and_what_a_spreadsheet_spoilt_is_rejected(tmp_path, cell, found):
    path = write_book(
        tmp_path / "a.xlsx", {"土地": [["村", "组", "地块编号"], ["甲村", "1组", None]]}
    )
    import openpyxl

    sheet = openpyxl.load_workbook(path)
    sheet["土地"]["C2"] = cell
    sheet.save(path)
    sheet.close()
    reading = read(path)
    told = reading.rejected["reason"] if len(reading.rejected) else reading.frame["parcel_id"]
    assert told.tolist() == [found]


def test_compound_codes_are_written_in_one_way(tmp_path):
    rows: list[list[object]] = [
        HEAD,
        ["1", "青石村委会", "第三组", "012", 1, None],
        ["2", "青石村民委员会", "三组", " 012 ", 1, None],
        ["3", "青石 村", "3小组", "０１２", 1, None],
        ["4", "青石村", None, "012", 1, None],
    ]
    frame = read(book(tmp_path, *rows), parcel_id=("村", "组", "地块编号")).frame
    assert frame["parcel_id"].fillna("-").tolist() == ["青石村-3组-012"] * 3 + ["-"]


def test_sheets_by_kind_and_summaries_and_notes_left_out(tmp_path):
    path = write_book(
        tmp_path / "a.xlsx",
        {
            "填表说明": [["请逐户填写"]],
            "房屋": [["房屋编号", "村"], ["F1", "甲村"]],
            "特殊青苗": [["登记编号", "村"], ["T1", "甲村"]],
            "坟墓": [["坟墓编号", "村", "穴数"], ["G1", "甲村", 2]],
            "汇总": [["村", "数量"], ["甲村", 3]],
        },
    )
    reading = read(path)
    assert reading.frame[["record_id", "kind"]].values.tolist() == [
        ["F1", "house"],
        ["T1", "special_crop"],
        ["G1", "grave"],
    ]
    assert reading.frame["unit"].fillna("-").tolist()[-1] == "grave"
    assert [row["source_sheet"] for row in reading.findings if row["code"] == "file_skipped"] == [
        "填表说明",
        "汇总",
    ]


def test_personal_columns_never_leave_the_reader(tmp_path):
    head: list[object] = [
        "登记编号",
        "村",
        "组",
        "户主姓名",
        "身份证号",
        "联系电话",
        "银行账号",
        "家庭成员",
        "难易程度",
        "备注",
        "数量",
    ]
    person: list[object] = [
        "张三丰",
        "110101199003070011",
        "13800000000",
        "6222000000000000",
        "妻李四",
        "难以沟通",
        "有抵触情绪",
    ]
    rows: list[list[object]] = [
        head,
        ["1", "甲村", "1组", *person, 1],
        ["2", "甲村", "1组", *person, "看不清"],
    ]
    reading = read(
        book(tmp_path, *rows), keep={"家庭成员": "listed, yet never kept", "户主姓名": "listed"}
    )
    said = " ".join(
        map(
            str,
            (
                reading.frame.drop(columns="户主姓名").to_dict(),
                reading.rejected.to_dict(),
                reading.findings,
                reading.notes,
            ),
        )
    )
    assert not [cell for cell in person if str(cell) in said]
    assert reading.frame["户主姓名"].tolist() == ["张三丰"]  # listed with a purpose
    assert {"personal_dropped", "free_text_dropped"} <= codes(reading.findings)


def test_households_by_office_code_by_id_number_or_by_place_and_name(tmp_path):
    head: list[object] = ["登记编号", "村", "组", "户主", "身份证号", "户编号"]
    rows: list[list[object]] = [
        head,
        ["1", "甲村", "1组", "李四", "110101199003070011", None],
        ["2", "甲村", "一组", "李四", "110101199003070011", None],
        ["3", "甲村", "1组", "李四", "110101199003070022", None],
        ["4", "甲村", "2组", "李四", None, None],
        ["5", "甲村", "2组", " 李四 ", None, None],
        ["6", "甲村", "2组", "王五", None, "HB-7"],
    ]
    frame = read(book(tmp_path, *rows)).frame
    codes_ = frame["household"].tolist()
    assert codes_[0] == codes_[1] != codes_[2]
    assert codes_[3] == codes_[4] not in codes_[:3]
    assert codes_[5] == "HB-7"
    assert frame["household_basis"].tolist() == ["id_number"] * 3 + ["village_group_name"] * 2 + [
        "office_code"
    ]
    other = read(book(tmp_path, *rows), household_key=b"another key of thirty-two bytes!").frame
    assert not set(other["household"]) & set(codes_) - {"HB-7"}
    same = [
        row for row in read(book(tmp_path, *rows)).findings if row["code"] == "household_same_name"
    ]
    assert [row["ids"] for row in same] == [["1", "2", "3"]]


def test_two_columns_for_one_role_are_a_question_whose_answer_works(tmp_path):
    path = book(tmp_path, ["宗地代码", "地块编号", "村"], ["A", "B", "甲村"])
    with pytest.raises(SourceError) as error:
        read(path, "parcels")
    assert 'columns = { "宗地代码" = "parcel_id" } / columns = { "地块编号" = "parcel_id" }' in str(
        error.value
    )
    assert read(path, "parcels", columns={"宗地代码": "parcel_id"}).frame["parcel_id"].tolist() == [
        "A"
    ]


def test_columns_that_are_not_there_roles_that_are_not_known_and_people_are_one_line(tmp_path):
    path = book(tmp_path, HEAD, ["1", "甲村", "1组", "1", 1, None])
    with pytest.raises(SourceError, match='no column "地块号码"; there are 登记编号, 村'):
        read(path, columns={"地块号码": "parcel_id"})
    with pytest.raises(SourceError, match='no "parcel"; known: record_id'):
        read(path, columns={"地块编号": "parcel"})
    people = book(tmp_path, [*HEAD, "户主"], ["1", "甲村", "1组", "1", 1, None, "张三"])
    with pytest.raises(SourceError, match='"户主" is personal'):
        read(people, columns={"户主": "household"})


def test_the_users_names_find_joined_headers_and_only_the_sheets_that_have_them(tmp_path):
    joined: list[list[object]] = [
        ["登记编号", "坐落", None],
        [None, "村", "号"],
        ["1", "甲村", "7"],
    ]
    path = write_book(
        tmp_path / "a.xlsx",
        {"一般青苗": joined, "坟墓": [["坟墓编号", "村"], ["G1", "甲村"]]},
        {"一般青苗": ["A1:A2", "B1:C1"]},
    )
    frame = read(path, parcel_id=("村", "号")).frame
    assert frame["parcel_id"].fillna("-").tolist() == ["甲村-7", "-"]


def test_required_columns_and_cells(tmp_path):
    path = write_book(
        tmp_path / "a.xlsx",
        {"x": [["项目编号", "督查日期", "当日完成"], ["P01", "2022-9-1", 3], ["P01", None, 4]]},
    )
    reading = read(path, "daily_reports")
    assert reading.frame["increment"].tolist() == [3.0]
    assert reading.rejected["reason"].tolist() == ["cell_required"]
    with pytest.raises(SourceError, match='no column for "day"'):
        read(
            write_book(tmp_path / "b.xlsx", {"x": [["项目编号", "当日完成"], ["P01", 3]]}),
            "daily_reports",
        )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gbk", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_in_every_dress(tmp_path, encoding, mark):
    path = tmp_path / "坟墓.csv"
    path.write_bytes(f"坟墓编号{mark}村{mark}穴数\r\nG1{mark}青石村{mark}2\r\n".encode(encoding))
    reading = read(path)
    assert reading.frame[["record_id", "village", "quantity"]].values.tolist() == [
        ["G1", "青石村", 2.0]
    ]


def test_villages_named_in_title_rows(tmp_path):
    rows: list[list[object]] = [
        ["村:青石村"],
        ["登记编号", "组", "品种", "数量"],
        ["1", "1组", "稻", 1],
        ["村：柳湾村"],
        ["2", "1组", "稻", 1],
    ]
    assert read(book(tmp_path, *rows)).frame["village"].tolist() == ["青石村", "柳湾村"]


def test_lock_files_are_skipped_and_said(tmp_path):
    (tmp_path / "~$台账.xlsx").write_bytes(b"\x05user")
    reading = read(tmp_path / "~$台账.xlsx")
    assert (len(reading.frame), reading.rows_read) == (0, 0)
    assert codes(reading.findings) == {"file_skipped"}


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("a.xlsx", b"", "file_empty"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_password"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "file_html_as_xls"),
        ("a.xlsx", b"PK\x03\x04broken", "file_unreadable"),
        ("a.xlsx", b"hello", "file_not_what_it_says"),
        ("a.et", b"\xd0\xcf\x11\xe0", "file_et"),
        ("a.ods", b"PK\x03\x04", "file_ods"),
        ("a.csv", b"\xff\xff\xff,\x81", "encoding_question"),
        ("a.csv", "甲,乙\n1,2\n".encode(), "header_not_found"),
    ],
)
def test_what_is_refused_is_refused_by_name_in_one_line(tmp_path, name, raw, code):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(SourceError) as error:
        read(tmp_path / name)
    assert error.value.code == code
    assert "\n" not in error.value.say("zh")


@settings(max_examples=80)
@given(data=st.data())
def test_whatever_the_cells_no_row_vanishes(tmp_path_factory, data):
    cell = st.one_of(
        st.none(),
        st.text(max_size=8).filter(
            lambda t: not any(ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF for c in t)
        ),
        st.floats(allow_nan=False, allow_infinity=False),
        st.integers(-(10**6), 10**6),
        st.sampled_from(["合计", "小计", "已签", "12.5亩", "—", "2022年8月23日", "村:甲村"]),
    )
    rows = data.draw(st.lists(st.lists(cell, min_size=6, max_size=6), max_size=8))
    path = tmp_path_factory.getbasetemp() / "cells.xlsx"
    write_book(path, {"一般青苗": [HEAD, *rows]})
    try:
        reading = read(path)
    except LandgisError as error:
        require_one_line(error)
        return
    assert reading.rows_read == len(reading.frame) + len(reading.rejected)
    said = reading.rows_read + reading.notes["subtotal_rows"] + reading.notes["title_rows"]
    full = sum(
        any(one is not None and str(one).strip("\u3000\ufeff\x00 \t\n") for one in row)
        for row in rows
    )
    assert said <= full  # rows of blanks are none
    assert full - said <= sum(
        all(one is None or not str(one).strip() for one in row) for row in rows
    )


@cache
def sound_parts() -> dict[str, bytes]:
    """Return the parts of a sound workbook; made once, since workbooks carry their hour."""
    rows: list[list[object]] = [
        HEAD,
        ["1", "甲村", "1组", "1", 1, "已签"],
        ["小计", None, None, None, 1, None],
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = write_book(Path(folder) / "a.xlsx", {"一般青苗": rows}, {"一般青苗": ["B2:B3"]})
        with zipfile.ZipFile(path) as book:
            return {name: book.read(name) for name in sorted(book.namelist())}


def packed(parts: dict[str, bytes]) -> bytes:
    """Return parts as a workbook of always the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, raw in parts.items():
            book.writestr(zipfile.ZipInfo(name), raw)
    return out.getvalue()


@settings(max_examples=100)
@given(data=st.data())
def test_whatever_the_bytes_it_ends_in_an_answer_or_one_line(tmp_path_factory, data):
    parts = dict(sound_parts())
    if data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(parts)))
        raw = bytearray(parts[name])
        for _ in range(data.draw(st.integers(1, 6))):
            at = data.draw(st.integers(0, len(parts[name]) - 1))
            raw[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
        parts[name] = bytes(raw)
        whole = bytearray(packed(parts))
    else:
        whole = bytearray(packed(parts))
        for _ in range(data.draw(st.integers(1, 6))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        del whole[data.draw(st.integers(1, len(whole))) :]
    path = tmp_path_factory.getbasetemp() / "noise.xlsx"
    path.write_bytes(bytes(whole))
    try:
        reading = read(path)
    except LandgisError as error:
        require_one_line(error)
    else:
        assert reading.rows_read == len(reading.frame) + len(reading.rejected)
