"""退回修改清单: one workbook per source, rows as sent with what is wrong, people left out."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from handed_over import KEY, square, write_book, write_shapefile

from landgis.base import text
from landgis.base.errors import OutputError
from landgis.io.ledgers import read_ledger
from landgis.io.returned.mark_sheet import MARK_SHEET, from_rows
from landgis.io.returned.mends import page_text
from landgis.io.returned.rejected import write_rejected
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.vectors import read_vector

HEAD: list[object] = [
    "登记编号",
    "村",
    "户主姓名",
    "身份证号",
    "数量",
    "协议签订日期",
    "天气",
    "备注",
]
BAD: list[object] = [
    "=1+1",
    "青石村",
    "张三丰",
    "110101199003070011",
    "很多",
    "22.8.1",
    "晴",
    "难缠",
]


def reading(
    tmp_path: Path, name: str = "台账/第一工作组.xlsx", rows: list[list[object]] | None = None
) -> Reading:
    path = tmp_path / "a.xlsx"
    write_book(
        path,
        {
            "坟墓": [HEAD, *(rows or [BAD])],
            "一般青苗": [HEAD, ["2", "柳湾村", "李四", None, 1, "2022-9-31", None, None]],
        },
    )
    return read_ledger(path, "records", SourceOptions(path=name, household_key=KEY))


def written(folder: Path, *readings: Reading, language: text.Language = "zh") -> list[Path]:
    hashes = {str(one.rejected["source_file"].iloc[0]): "a" * 64 for one in readings}
    return write_rejected(folder, readings, hashes, language=language)


def cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path)
    table = {
        sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)]
        for sheet in book
        if sheet.sheet_state == "visible"
    }
    book.close()
    return table


def test_rows_stand_as_sent_with_their_reasons_and_without_people(tmp_path):
    (path,) = written(tmp_path / "out", reading(tmp_path))
    assert path.name == "台账_第一工作组.xlsx_退回修改清单.xlsx"
    book = cells(path)
    assert list(book) == ["坟墓", "一般青苗"]
    title, _, head, row = book["坟墓"]
    assert title[0] == "退回修改清单：台账/第一工作组.xlsx"
    assert head == ("行号", "退回原因", *HEAD)
    assert row[0] == 2
    assert row[1].splitlines() == [
        "数量：无法识别为数字。请填写数字，必要时注明单位。",
        "协议签订日期：年份只有两位数。请写成 2022-08-23 的形式。",
    ]
    assert row[2:] == ("'=1+1", "青石村", "(已略)", "(已略)", "很多", "22.8.1", "(已略)", "(已略)")
    said = str(book)
    assert not [one for one in ("张三丰", "110101199003070011", "难缠", "李四") if one in said]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)"])
def test_nothing_is_computed_by_a_spreadsheet(tmp_path, cell):
    (path,) = written(tmp_path / "out", reading(tmp_path, rows=[[cell, *BAD[1:]]]))
    book = openpyxl.load_workbook(path)
    assert book["坟墓"]["C4"].data_type == "s"
    assert str(book["坟墓"]["C4"].value).startswith("'")
    book.close()


def test_what_is_mended_leaves_no_workbook_behind(tmp_path):
    out = tmp_path / "out"
    written(out, reading(tmp_path), reading(tmp_path, "b:c?.xlsx"))
    assert sorted(one.name for one in out.iterdir()) == [
        "b_c_.xlsx_退回修改清单.xlsx",
        "台账_第一工作组.xlsx_退回修改清单.xlsx",
    ]
    (out / "mine.xlsx").write_bytes(b"mine")
    written(out, reading(tmp_path))
    assert sorted(one.name for one in out.iterdir()) == [
        "mine.xlsx",
        "台账_第一工作组.xlsx_退回修改清单.xlsx",
    ]


def test_numbers_of_people_in_ordinary_columns_are_nowhere_on_the_list(tmp_path):
    typed = "张伟13800138000代签"
    row = ["8", "青石村110101199003077758", "张三丰", None, "13800138000", typed, None, None]
    sent = reading(tmp_path, rows=[row])
    (path,) = written(tmp_path / "out", sent)
    (line,) = cells(path)["坟墓"][3:]
    left_out = "(含个人信息，已略)"
    assert line[2:8] == ("8", left_out, "(已略)", "(已略)", left_out, left_out)
    with zipfile.ZipFile(path) as book:
        inside = b"".join(book.read(name) for name in book.namelist()).decode("utf-8", "replace")
    for secret in ("13800138000", "110101199003077758", "张伟"):
        assert secret not in inside
        assert secret not in str(sent)
    mark = from_rows([[cell or "" for cell in one] for one in rows_of_mark(path)[1:]])
    assert mark.pages[0].rows[0][1][5] == left_out


def rows_of_mark(path: Path) -> list[tuple[str | None, ...]]:
    book = openpyxl.load_workbook(path)
    found = list(book[MARK_SHEET].iter_rows(values_only=True))
    book.close()
    return found


def test_english_reasons_on_request(tmp_path):
    (path,) = written(tmp_path / "out", reading(tmp_path), language="en")
    assert "This is no number" in str(cells(path)["坟墓"][3][1])


def test_an_output_that_cannot_be_written_is_one_line_and_the_old_one_stays(tmp_path, monkeypatch):
    one = reading(tmp_path)
    (path,) = written(tmp_path / "out", one)
    before = path.read_bytes()

    def held(self: Path, target: Path) -> Path:  # noqa: ARG001 - as another program holds it on Windows
        raise PermissionError

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(OutputError):
        written(tmp_path / "out", one)
    assert path.read_bytes() == before
    assert [p.name for p in (tmp_path / "out").iterdir()] == [path.name]


def test_the_wrong_cells_are_marked_and_the_rest_is_not(tmp_path):
    (path,) = written(tmp_path / "out", reading(tmp_path))
    sheet = openpyxl.load_workbook(path)["坟墓"]
    marked = [c.column_letter for c in sheet[4] if c.fill.fgColor.rgb == "FFFFC7CE"]
    assert [sheet[f"{one}3"].value for one in marked] == ["数量", "协议签订日期"]
    assert {cell.number_format for cell in sheet[4][2:]} == {"@"}
    assert sheet.freeze_panes == "C4"


def test_a_hidden_sheet_says_which_rows_of_which_bytes_these_are(tmp_path):
    one = reading(tmp_path)
    file = "台账/第一工作组.xlsx"
    (path,) = write_rejected(tmp_path / "out", [one], {file: "0f" * 32}, after={file: ["m1", "m2"]})
    sheet = openpyxl.load_workbook(path)[MARK_SHEET]
    assert sheet.sheet_state == "hidden"
    assert sheet.protection.sheet
    rows = [[cell or "" for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
    mark = from_rows(rows)
    assert (mark.source, mark.sha256, mark.after) == (file, "0f" * 32, ("m1", "m2"))
    assert [(p.title, p.sheet, p.layer, [n for n, _ in p.rows]) for p in mark.pages] == [
        ("坟墓", "坟墓", "records", [2]),
        ("一般青苗", "一般青苗", "records", [2]),
    ]
    said = str(rows)
    assert not [one for one in ("张三丰", "110101199003070011", "难缠", "李四") if one in said]


def test_a_drawing_gives_its_attributes_and_says_where_shapes_are_mended(tmp_path):
    fields = [("地块编号", "C", 20, 0), ("权利人", "C", 20, 0), ("征收面积", "C", 20, 0)]
    rows = [["A1", "张三丰", "15"], ["A2", "李四", "很多"]]
    path = write_shapefile(tmp_path / "宗地.shp", [square(), square(side=50)], fields, rows)
    (book,) = written(
        tmp_path / "out", read_vector(path, "parcels", SourceOptions(path="宗地.shp"))
    )
    ((_, rows_of),) = cells(book).items()
    assert "图形有误的，请在原文件中更正后重新报送" in str(rows_of[1][0])
    assert rows_of[2][2:] == ("地块编号", "权利人", "征收面积")
    assert rows_of[3][0] == 2
    assert rows_of[3][2:] == ("A2", "(已略)", "很多")


def test_a_defect_of_a_shape_is_named_in_words(tmp_path):
    one = reading(tmp_path)
    one.rejected["defects"] = "ring_crosses_itself:geometry"
    (path,) = written(tmp_path / "out", one)
    assert cells(path)["坟墓"][3][1] == "图形：界址线自相交。请核对点序。"


@pytest.mark.parametrize("name", ["数量; 说明", "a: b; c:d", "number_unreadable:数量"])
def test_a_header_of_any_words_is_no_stumbling_block(tmp_path, name):
    one = reading(tmp_path)
    one.notes["headers"]["坟墓"][4] = name
    rejected = one.rejected.rename(columns={"数量": name})
    rejected["defects"] = f"number_unreadable:{name}; date_unreadable:协议签订日期"
    (path,) = written(tmp_path / "out", Reading(one.frame, rejected, [], 2, one.notes))
    row = cells(path)["坟墓"][3]
    assert str(row[1]).splitlines()[-1].startswith("协议签订日期：")
    assert cells(path)["坟墓"][2][6] == name


def test_columns_called_as_ours_are_told_apart(tmp_path):
    rows: list[list[object]] = [
        ["行号", "退回原因", "reason", "村", "数量"],
        [7, "x", "y", "青石村", "很多"],
    ]
    path = write_book(tmp_path / "a.xlsx", {"坟墓": rows})
    (book,) = written(tmp_path / "out", read_ledger(path, "records", SourceOptions(path="a.xlsx")))
    _, _, head, row = cells(book)["坟墓"]
    assert head == ("行号 *", "退回原因 *", *rows[0])
    assert (row[0], row[5], row[6]) == (2, "青石村", "很多")


def test_no_row_is_lost_where_a_sheet_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("landgis.io.returned.rejected._MOST_ROWS", 2)
    rows = [[f"{at}", *BAD[1:]] for at in range(5)]
    (path,) = written(tmp_path / "out", reading(tmp_path, rows=rows))
    book = cells(path)
    assert list(book) == ["坟墓", "坟墓 (2)", "坟墓 (3)", "一般青苗"]
    told = [row[2] for name in list(book)[:3] for row in book[name][3:]]
    assert told == ["0", "1", "2", "3", "4"]


def test_cells_that_no_workbook_holds_are_shown_as_far_as_it_can(tmp_path):
    one = reading(tmp_path)
    one.rejected["村"] = "青\x00石\x0b村\ufffe" + "长" * 40_000
    (path,) = written(tmp_path / "out", one)
    said = str(cells(path)["坟墓"][3][3])
    assert said.startswith("青石村长长")
    assert len(said) == 32_000
    assert page_text("a\ud800b") == "a?b"
