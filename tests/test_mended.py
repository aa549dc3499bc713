"""Mended rows come back: only they change, nobody is named, and no guess about the layout."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from handed_over import KEY, square, write_book, write_shapefile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from returned import HEAD, column_of, edit, mend, row_of
from tiny_county import PERSON, answered, call, change, everything, refused, write_county

from landgis.base.errors import SourceError
from landgis.base.privacy import household_code
from landgis.io.returned.mark_sheet import Mark, Page, from_rows, to_rows
from landgis.io.returned.mended import read_mended
from landgis.io.returned.mends import RowMend, mend_cells, page_text, typed_text
from landgis.io.store import STORE, read_store
from landgis.workflow.loading import load
from landgis.workflow.running import demo_folder

TITLES: list[object] = [
    *("房屋编号", "户主", "身份证号", "类别", "村", "组"),
    *("宗地代码", "数量", "调查日期", "拆除日期", "备注"),
]  # fmt: skip
TOLD, VILLAGE = ("慕容样本", "530199198502022345"), ("房屋", "青石村")
ROWS: list[list[object]] = [
    ["H1", *TOLD, *VILLAGE, "1组", "A0", 1, "2022-08-25", None, "甲"],
    ["H2", *PERSON[:2], *VILLAGE, "1组", "A6", "很多", "22.8.1", "2022-10-01", "乙"],
    ["H3", "上官样例", None, *VILLAGE, "2组", "A1", 1, "2022-08-26", None, None],
    ["H4", "司徒样张", None, *VILLAGE, "2组", "A2", "=1+1", "2022-08-26", None, None],
]
SECRETS = (*PERSON, "慕容样本", "530199198502022345", "上官样例", "司徒样张")
LIST = "houses.xlsx_退回修改清单.xlsx"


LAYERS = """projects = "red_lines.gpkg"
parcels = "parcels.gpkg"
records = ["houses.xlsx", "graves.gpkg"]
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Load a county whose ledger of houses has two bad rows of four: Excel's rows 3 and 5."""
    folder = tmp_path_factory.mktemp("mended")
    (folder / "key").write_bytes(KEY)
    county = write_county(folder / "county")
    text = (county / "campaign.toml").read_text(encoding="utf-8")
    head, project = text.split("[layers]")[0], text[text.index("[[project]]") :]
    manifest = f"{head}[layers]\n{LAYERS}\n{project}"
    (county / "campaign.toml").write_text(manifest, encoding="utf-8")
    write_book(county / "houses.xlsx", {"房屋": [TITLES, *ROWS]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDGIS_KEY", str(folder / "key"))
        load(county)
    return county


@pytest.fixture
def county(template, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(template.parent / "key"))
    return Path(shutil.copytree(template, tmp_path / "county"))


def the_list(county: Path) -> Path:
    return county / "out" / LIST


def sent_back(county: Path, *, to: str = "back.xlsx", **cells: object) -> Path:
    """Mend row 3 and keep the list elsewhere, as a sender does."""
    wanted = cells or {"数量": "1", "调查日期": "2022-08-01"}
    return mend(the_list(county), {("房屋", 3): wanted}, county.parent / to)


def tables(county: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every layer of the store as the database holds it."""
    with closing(sqlite3.connect(county / STORE)) as base:
        names = [
            name
            for (name,) in base.execute("SELECT table_name FROM gpkg_contents")
            if not name.startswith("landgis_")
        ]
        query = 'SELECT * FROM "{}" ORDER BY rowid'
        return {name: list(base.execute(query.format(name))) for name in names}


def found_in(county: Path) -> list[tuple[object, ...]]:
    frame = read_store(county / STORE, "EPSG:4526")["findings"]
    told = frame[["code", "source_file", "source_row", "facts"]].astype(str)
    return list(told.itertuples(index=False, name=None))


def records(county: Path) -> pd.DataFrame:
    frame = read_store(county / STORE, "EPSG:4526")["records"]
    return frame[frame["source_file"] == "houses.xlsx"].set_index("source_row")


def last_receipt(county: Path) -> dict[str, object]:
    path = max((county / "receipts").glob("[0-9]*.json"))
    return json.loads(path.read_text(encoding="utf-8"))


# The round trip


def test_a_mended_row_is_taken_and_nothing_else_changes(county):
    book = sent_back(county)
    before = tables(county)
    loaded = load(county, mended=[book])
    after = tables(county)
    new = [row for row in after["records"] if row not in before["records"]]
    assert [row for row in after["records"] if row in before["records"]] == before["records"]
    assert len(new) == 1
    for name in before.keys() - {"records", "findings"}:
        assert after[name] == before[name], name
    row = records(county).loc[3]
    assert (row["record_id"], row["quantity"], row["parcel_id"]) == ("H2", 1.0, "A6")
    assert row["surveyed_on"] == pd.Timestamp("2022-08-01")
    assert row["removed_on"] == pd.Timestamp("2022-10-01")
    files = loaded.files.set_index("source_file").loc["houses.xlsx"]
    assert files[["rows_read", "accepted", "rejected", "mended"]].tolist() == [4, 3, 1, 1]


def test_findings_change_only_by_the_mended_row(county):
    book = sent_back(county)
    before = found_in(county)
    load(county, mended=[book])
    after = found_in(county)
    assert [one[0] for one in before if one not in after] == ["row_rejected"]
    assert [one[0] for one in after if one not in before] == ["rows_mended"]


def test_a_mended_row_stands_as_if_it_had_been_right_from_the_start(county, tmp_path):
    load(county, mended=[sent_back(county)])
    right = write_county(tmp_path / "right")
    rows = [list(row) for row in ROWS]
    rows[1][7:9] = ["1", "2022-08-01"]
    write_book(right / "houses.xlsx", {"房屋": [TITLES, *rows]})
    shutil.copy(county / "campaign.toml", right)
    load(right)
    pd.testing.assert_frame_equal(
        pd.DataFrame(records(county).sort_index()), pd.DataFrame(records(right).sort_index())
    )


def test_the_household_is_made_of_the_source_and_not_of_the_list(county):
    load(county, mended=[sent_back(county)])
    assert records(county).loc[3, "household"] == household_code(KEY, PERSON[1])


def test_a_personal_cell_may_be_mended_too_and_is_quoted_nowhere(county, capsys):
    other = "530199199001015678"
    book = sent_back(county, 身份证号=other, 数量="1", 调查日期="2022-08-01")
    answer = call(capsys, "load", county, "--mended", book)
    assert records(county).loc[3, "household"] == household_code(KEY, other)
    said = answer.out + answer.err + json.dumps(last_receipt(county), ensure_ascii=False)
    assert "身份证号" in said
    for secret in (*SECRETS, other):
        assert secret not in said
        assert secret.encode() not in (county / STORE).read_bytes()


def test_it_stays_mended_at_every_later_load(county):
    load(county, mended=[sent_back(county)])
    first = tables(county)
    again = load(county)
    assert [path.name for path in (county / "退回修改").iterdir()] == ["back.xlsx"]
    now = tables(county)
    assert {k: v for k, v in now.items() if k != "findings"} == {
        k: v for k, v in first.items() if k != "findings"
    }
    assert again.files["mended"].sum() == 1


def test_a_list_that_lies_there_and_was_not_taken_yet_makes_the_store_old(county, capsys):
    (county / "退回修改").mkdir()
    mend(the_list(county), {("房屋", 5): {"数量": 2}}, county / "退回修改" / "甲村.xlsx")
    assert "退回修改/甲村.xlsx" in call(capsys, "progress", county).err
    assert "退回修改/甲村.xlsx" in refused(capsys, "progress", county, "--strict")


def test_a_list_put_into_the_folder_is_taken_by_a_plain_load(county):
    (county / "退回修改").mkdir()
    mend(the_list(county), {("房屋", 5): {"数量": 2}}, county / "退回修改" / "甲村.xlsx")
    (county / "退回修改" / "~$甲村.xlsx").write_bytes(b"lock")
    (county / "退回修改" / "收文.txt").write_text("x", encoding="utf-8")
    load(county)
    assert records(county).loc[5, "quantity"] == 2.0


def test_the_receipt_says_what_was_mended_by_whom_and_what_became_of_it(county):
    book = sent_back(county, 数量="1", 调查日期="2099-01-01")
    load(county, mended=[book])
    receipt = last_receipt(county)
    (told,) = receipt["mended"]
    assert (told["workbook"], told["source_file"], told["rows"]) == ("back.xlsx", "houses.xlsx", 1)
    assert len(told["sha256"]) == 64
    (houses,) = [one for one in receipt["files"] if one["source_file"] == "houses.xlsx"]
    assert houses["decisions"]["mended"] == {
        "房屋!3": {
            "sheet": "房屋",
            "row": 3,
            "workbooks": ["back.xlsx"],
            "changed": {"数量": ["很多", "1"], "调查日期": ["22.8.1", "2099-01-01"]},
            "withheld": [],
            "accepted": False,
        }
    }
    assert houses["rows_read"] == houses["accepted"] + houses["rejected"] == 4


def test_an_emptied_cell_is_emptied(county):
    load(county, mended=[sent_back(county, 数量=None, 调查日期="2022-08-01", 拆除日期="")])
    row = records(county).loc[3]
    assert pd.isna(row["quantity"])
    assert pd.isna(row["removed_on"])


@pytest.mark.parametrize("cell", ["(已略)", "(left out)", " (已略) "])
def test_left_out_means_as_in_the_source_wherever_it_stands(county, cell):
    book = sent_back(county, 数量="1", 调查日期="2022-08-01", 宗地代码=cell)
    assert read_mended(book).cells[("records", "房屋", 3)].keys() == {"数量", "调查日期"}


def test_a_cell_left_out_for_a_person_in_it_is_mended_like_any_other(
    template, tmp_path, monkeypatch
):
    monkeypatch.setenv("LANDGIS_KEY", str(template.parent / "key"))
    county = Path(shutil.copytree(template, tmp_path / "county"))
    rows = [*ROWS[:3], [*ROWS[3][:8], "张伟13800138000代签", *ROWS[3][9:]]]
    write_book(county / "houses.xlsx", {"房屋": [TITLES, *rows]})
    load(county)
    first = mend(the_list(county), {("房屋", 5): {"数量": 2}}, tmp_path / "first.xlsx")
    load(county, mended=[first])
    assert 5 not in records(county).index  # the day is still what it was
    for day in ("2022-08-03", "2022-08-04"):  # each takes the place of nothing, or is refused
        last = mend(the_list(county), {("房屋", 5): {"调查日期": day}}, tmp_path / f"{day}.xlsx")
        assert read_mended(last).identity != read_mended(first).identity
    ids = {read_mended(tmp_path / f"2022-08-0{n}.xlsx").identity for n in (3, 4)}
    assert len(ids) == 2
    load(county, mended=[tmp_path / "2022-08-04.xlsx"])
    assert records(county).loc[5, "surveyed_on"] == pd.Timestamp("2022-08-04")
    assert "13800138000" not in json.dumps(last_receipt(county), ensure_ascii=False)


def test_a_cell_of_blanks_is_an_empty_one(county):
    book = sent_back(county, 数量="   ", 拆除日期="\u3000")
    assert read_mended(book).cells[("records", "房屋", 3)] == {"数量": None, "拆除日期": None}


def test_cells_typed_as_numbers_and_days_are_read_as_such(county):
    load(county, mended=[sent_back(county, 数量=3, 调查日期=pd.Timestamp("2022-08-02"))])
    row = records(county).loc[3]
    assert (row["quantity"], row["surveyed_on"]) == (3.0, pd.Timestamp("2022-08-02"))


def test_a_row_that_is_mended_wrongly_comes_back_with_its_new_reason(county):
    load(county, mended=[sent_back(county, 数量="1", 调查日期="2099-01-01")])
    sheet = openpyxl.load_workbook(the_list(county))["房屋"]
    at = row_of(sheet, 3)
    assert sheet.cell(at, column_of(sheet, "数量")).value == "1"
    assert sheet.cell(at, column_of(sheet, "调查日期")).value == "2099-01-01"
    assert sheet.cell(at, 2).value == (
        "调查日期：日期晚于入库当天，尚未发生的事不能登记为已完成。请核对日期。"
    )


def test_a_second_round_builds_on_the_first(county):
    load(county, mended=[sent_back(county, 数量="1", 身份证号="530199199001015678")])
    second = mend(the_list(county), {("房屋", 3): {"调查日期": "2022-08-01"}}, county / "two.xlsx")
    load(county, mended=[second])
    load(county)
    row = records(county).loc[3]
    assert (row["quantity"], row["surveyed_on"]) == (1.0, pd.Timestamp("2022-08-01"))
    assert row["household"] == household_code(KEY, "530199199001015678")
    assert len(list((county / "退回修改").iterdir())) == 2


def test_a_second_round_may_mend_a_cell_again(county):
    load(county, mended=[sent_back(county, 数量="二十几", 调查日期="2022-08-01")])
    load(county, mended=[mend(the_list(county), {("房屋", 3): {"数量": 7}}, county / "a.xlsx")])
    load(county)
    assert records(county).loc[3, "quantity"] == 7.0


def test_a_second_round_without_the_first_is_refused(county, capsys):
    load(county, mended=[sent_back(county, 数量="1")])
    second = mend(the_list(county), {("房屋", 3): {"调查日期": "2022-08-01"}}, county / "two.xlsx")
    (county / "退回修改" / "back.xlsx").unlink()
    line = refused(capsys, "load", county, "--mended", second)
    assert line.startswith("two.xlsx：清单是在先前的退回修改之上写出的")


def test_two_halves_of_one_list_come_together(county):
    one = mend(
        the_list(county), {("房屋", 3): {"数量": 1, "调查日期": "2022-8-1"}}, county / "1.xlsx"
    )
    two = mend(the_list(county), {("房屋", 5): {"数量": 2}}, county / "2.xlsx")
    loaded = load(county, mended=[one, two])
    assert loaded.rejected == ()
    assert not the_list(county).exists()
    assert records(county)["quantity"].to_dict() == {2: 1.0, 4: 1.0, 3: 1.0, 5: 2.0}


def test_two_lists_that_contradict_each_other_are_refused(county, capsys):
    one = mend(the_list(county), {("房屋", 5): {"数量": 1}}, county / "1.xlsx")
    two = mend(the_list(county), {("房屋", 5): {"数量": 2}}, county / "2.xlsx")
    same = mend(the_list(county), {("房屋", 5): {"数量": "1"}}, county / "3.xlsx")
    before = everything(county)
    line = refused(capsys, "load", county, "--mended", one, "--mended", two)
    assert "2.xlsx和1.xlsx" in line or "2.xlsx与1.xlsx" in line
    assert "第 5 行“数量”的修改不一致" in line
    assert everything(county) == before
    assert call(capsys, "load", county, "--mended", one, "--mended", same).code < 2


def test_an_id_that_another_row_bears_does_not_take_it_away(county):
    rows = [list(row) for row in ROWS]
    rows[1][0] = "H3"  # the rejected row 3 stands before row 4, which bears the same id
    write_book(county / "houses.xlsx", {"房屋": [TITLES, *rows]})
    load(county)
    load(county, mended=[sent_back(county)])
    assert records(county)["record_id"].to_dict() == {2: "H1", 4: "H3", 3: "H3#2"}


def test_a_list_mended_where_it_lies_is_not_written_over(county, capsys):
    mend(the_list(county), {("房屋", 5): {"数量": 2}})
    before = everything(county)
    line = refused(capsys, "load", county)
    assert line.startswith(f"{LIST}：清单已有修改")
    assert "--mended" in line
    assert everything(county) == before
    assert call(capsys, "load", county, "--mended", the_list(county)).code < 2
    assert records(county).loc[5, "quantity"] == 2.0
    assert call(capsys, "load", county).code < 2


def test_a_list_that_was_only_opened_and_saved_is_renewed(county):
    edit(the_list(county), lambda _book: None)
    load(county)
    assert records(county).index.tolist() == [2, 4]


# What is refused, and what is only said


def rename_sheet(book):
    book["房屋"].title = "房屋（已改）"


def rename_column(book):
    book["房屋"].cell(HEAD, column_of(book["房屋"], "数量")).value = "幢数"


def delete_column(book):
    book["房屋"].delete_cols(column_of(book["房屋"], "数量"))


def double_column(book):
    book["房屋"].cell(HEAD, book["房屋"].max_column + 1).value = "数量"


def delete_header(book):
    book["房屋"].delete_rows(HEAD)


def add_row(book):
    book["房屋"].append([9, "", "H9"])


def unnumbered_row(book):
    book["房屋"].append([None, "", "H9"])


def double_row(book):
    sheet = book["房屋"]
    sheet.append([cell.value for cell in sheet[HEAD + 1]])


def formula(book):
    sheet = book["房屋"]
    sheet.cell(row_of(sheet, 3), column_of(sheet, "数量")).value = "=2*3"


def touched_mark(book):
    book["勿改"].cell(6, 3).value = "8"


def no_mark(book):
    book.remove(book["勿改"])


REFUSALS = [
    (rename_sheet, "mended_sheet_gone", "缺少“房屋”工作表"),
    (rename_column, "mended_column_gone", "“房屋”：缺少“数量”列，可能已删除或改名"),
    (delete_column, "mended_column_gone", "“房屋”：缺少“数量”列"),
    (double_column, "mended_column_twice", "“数量”列出现不止一次"),
    (delete_header, "mended_header_gone", "找不到表头“行号”"),
    (add_row, "mended_row_unknown", "第 6 行：行号 9 不在清单中"),
    (unnumbered_row, "mended_row_unnumbered", "第 6 行：没有行号"),
    (double_row, "mended_row_twice", "行号 3 出现不止一次"),
    (touched_mark, "mended_mark_changed", "“勿改”工作表已被改动"),
    (no_mark, "mended_not_ours", "不是本程序写出的退回修改清单"),
]


@pytest.mark.parametrize(("change_it", "code", "says"), REFUSALS, ids=[one[1] for one in REFUSALS])
def test_a_layout_that_cannot_be_told_is_one_line(county, capsys, change_it, code, says):
    book = edit(sent_back(county), change_it)
    with pytest.raises(SourceError) as error:
        read_mended(book)
    assert error.value.code == code
    before = everything(county)
    line = refused(capsys, "load", county, "--mended", book)
    assert line.startswith("back.xlsx")
    assert says in line
    assert everything(county) == before


def test_a_formula_costs_its_row_and_no_other(county, capsys):
    book = mend(sent_back(county), {("房屋", 5): {"数量": 2}})
    edit(book, formula)
    told = call(capsys, "load", county, "--mended", book)
    assert told.code < 2
    assert "“房屋”：1 个单元格是公式或错误值（J4），所在行未采用" in told.out.replace("\n", "")
    assert records(county).index.tolist() == [2, 4, 5]
    left = openpyxl.load_workbook(the_list(county))["房屋"].iter_rows(min_row=HEAD + 1)
    assert [row[0].value for row in left] == [3]  # the row with the formula is on the list again


def test_a_list_with_nothing_but_a_formula_is_not_written_over_before_it_is_kept(county, capsys):
    edit(the_list(county), formula)
    before = everything(county)
    assert refused(capsys, "load", county).startswith(f"{LIST}：清单已有修改")
    assert everything(county) == before
    assert call(capsys, "load", county, "--mended", the_list(county)).code < 2
    kept = list((county / "退回修改").iterdir())
    assert len(kept) == 1
    assert call(capsys, "load", county, "--mended", kept[0]).code < 2
    assert list((county / "退回修改").iterdir()) == kept


def test_another_kind_of_file_is_refused_with_what_to_do(county, capsys, tmp_path):
    for name in ("back.xls", "back.csv", "back.et"):
        book = Path(shutil.copy(sent_back(county), tmp_path / name))
        assert "另存为 xlsx" in refused(capsys, "load", county, "--mended", book)
    (tmp_path / "text.xlsx").write_text("数量", encoding="utf-8")
    assert "另存为 xlsx" in refused(capsys, "load", county, "--mended", tmp_path / "text.xlsx")
    assert "找不到" in refused(capsys, "load", county, "--mended", tmp_path / "none.xlsx")


def test_rows_taken_out_and_columns_moved_or_added_are_said(county):
    def shuffle(book):
        sheet = book["房屋"]
        sheet.delete_rows(row_of(sheet, 5))
        sheet.move_range(f"C{HEAD}:C{HEAD + 1}", cols=sheet.max_column)  # the ids, to the end
        sheet.cell(HEAD, sheet.max_column + 1).value = "经办意见"

    load(county, mended=[edit(sent_back(county), shuffle)])
    found = read_store(county / STORE, "EPSG:4526")["findings"].set_index("code")
    assert found.loc["mended_rows_left", "severity"] == "warning"
    assert json.loads(found.loc["mended_rows_left", "facts"]) == {"rows": [5], "rows_left": 1}
    assert json.loads(found.loc["mended_columns_more", "facts"]) == {"columns": "经办意见"}
    assert "mended_columns_moved" in found.index
    assert records(county).loc[3, "record_id"] == "H2"


def test_rows_in_another_order_are_still_the_same_rows(county):
    def swap(book):
        sheet = book["房屋"]
        first, second = ([cell.value for cell in sheet[at]] for at in (HEAD + 1, HEAD + 2))
        for cell, value in zip(sheet[HEAD + 1], second, strict=True):
            cell.value = value
        for cell, value in zip(sheet[HEAD + 2], first, strict=True):
            cell.value = value

    load(county, mended=[edit(sent_back(county), swap)])
    assert records(county).loc[3, "record_id"] == "H2"


def test_a_list_without_a_mend_is_said(county, capsys):
    untouched = Path(shutil.copy(the_list(county), county.parent / "same.xlsx"))
    said = answered(capsys, "load", county, "--mended", untouched)
    assert "mended_nothing" in {one["code"] for one in said["findings"]}
    assert not (county / "退回修改").exists()


def test_a_source_that_changed_meanwhile_is_refused(county, capsys):
    book = sent_back(county)
    write_book(county / "houses.xlsx", {"房屋": [TITLES, *ROWS, ROWS[0]]})
    before = everything(county)
    line = refused(capsys, "load", county, "--mended", book)
    assert line.startswith("back.xlsx：清单针对的 houses.xlsx 已更换或改动")
    assert everything(county) == before
    change(county, '"houses.xlsx", ', "")
    assert "不在本次入库的资料中" in refused(capsys, "load", county, "--mended", book)


def test_a_kept_list_of_an_earlier_source_is_left_out_and_said(county, capsys):
    load(county, mended=[sent_back(county)])
    write_book(county / "houses.xlsx", {"房屋": [TITLES, *ROWS, ["H5", *ROWS[0][1:]]]})
    said = answered(capsys, "load", county)
    (found,) = [one for one in said["findings"] if one["code"] == "mended_outdated"]
    assert found["severity"] == "error"
    assert "houses.xlsx" in found["message"]
    assert 3 not in records(county).index
    assert said["exit_code"] == 1


def test_a_source_under_another_name_is_known_by_its_bytes(county):
    book = sent_back(county)
    (county / "houses.xlsx").rename(county / "房屋台账.xlsx")
    change(county, '"houses.xlsx"', '"房屋台账.xlsx"')
    load(county, mended=[book])
    frame = read_store(county / STORE, "EPSG:4526")["records"]
    assert "H2" in set(frame["record_id"])


def test_mends_that_meet_no_row_are_said(county):
    graves = [["坟墓编号", "类别", "数量"], ["G7", "坟墓", 1], ["G8", "坟墓", 1]]
    write_book(county / "houses.xlsx", {"房屋": [TITLES, *ROWS], "坟墓": graves})
    load(county)
    load(county, mended=[sent_back(county)])
    change(county, '["houses.xlsx", ', '[{ path = "houses.xlsx", layer = "坟墓" }, ')
    load(county)
    assert records(county)["record_id"].tolist() == ["G7", "G8"]
    found = read_store(county / STORE, "EPSG:4526")["findings"]
    (one,) = found[found["code"] == "mended_unplaced"].to_dict("records")
    assert json.loads(one["facts"]) == {"file": "houses.xlsx", "rows": [3]}
    assert (one["severity"], one["source_file"]) == ("error", "退回修改/back.xlsx")


def test_a_list_among_the_sources_is_refused_with_its_place(county, capsys):
    shutil.copy(the_list(county), county / "zz.xlsx")
    change(county, '"houses.xlsx", ', '"houses.xlsx", "zz.xlsx", ')
    line = refused(capsys, "load", county)
    assert line.startswith("zz.xlsx：这是退回修改清单，不是报送资料。请移入“退回修改”文件夹")


def test_a_load_that_fails_loses_no_mended_list(county, monkeypatch):
    mend(the_list(county), {("房屋", 5): {"数量": 2}})

    def full(*_args, **_named):
        raise OSError(28, "no space")

    with monkeypatch.context() as patch:
        patch.setattr("landgis.workflow.loading.write_store", full)
        with pytest.raises(OSError, match="no space"):
            load(county, mended=[the_list(county)])
    load(county)
    assert records(county).loc[5, "quantity"] == 2.0


# The demo county


def test_every_rejected_row_of_the_demo_county_can_come_back(tmp_path, monkeypatch):
    """Empty the wrong cells of every list: what is rejected for a cell is then accepted."""
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "key"))
    demo = Path(shutil.copytree(demo_folder(), tmp_path / "demo"))
    first = load(demo)
    before = tables(demo)
    lists = [shutil.copy(path, tmp_path / path.name) for path in first.rejected]
    assert lists
    for path in lists:
        edit(path, empty_what_is_marked)
    second = load(demo, mended=lists)
    read = ["source_file", "rows_read"]
    pd.testing.assert_frame_equal(second.files[read], first.files[read])
    assert (second.files["rows_read"] == second.files[["accepted", "rejected"]].sum(axis=1)).all()
    assert second.files["mended"].sum() == first.files["rejected"].sum()
    assert second.files["rejected"].sum() < first.files["rejected"].sum()
    after = tables(demo)
    for name in before.keys() - {"findings"}:
        assert after[name][: len(before[name])] == before[name], name


def empty_what_is_marked(book):
    for sheet in book:
        for row in sheet.iter_rows(min_row=HEAD + 1):
            for cell in row:
                if cell.fill.fgColor.rgb == "FFFFC7CE":
                    cell.value = None


# Other kinds of source


def test_a_csv_in_gbk_comes_back(county):
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in [TITLES, *ROWS]]
    (county / "houses.csv").write_bytes("\r\n".join(lines).encode("gbk"))
    change(county, '"houses.xlsx"', '"houses.csv"')
    load(county)
    (path,) = (county / "out").glob("*.xlsx")
    sheet = openpyxl.load_workbook(path).sheetnames[0]
    load(
        county,
        mended=[mend(path, {(sheet, 3): {"数量": 1, "调查日期": "2022-08-01"}}, county / "b.xlsx")],
    )
    frame = read_store(county / STORE, "EPSG:4526")["records"]
    assert frame.set_index("record_id").loc["H2", "household"] == household_code(KEY, PERSON[1])


FIELDS = [
    ("宗地代码", "C", 20, 0),
    ("面积亩", "C", 12, 0),
    ("权利人", "C", 20, 0),
    ("流水号", "N", 8, 0),
]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_attributes_of_a_shapefile_come_back(county, encoding):
    squares = [square(side=100), square(east=38_500_200.0, side=100)]
    rows = [["B1", "15", "欧阳试样", 7], ["B2", "很多", "慕容样本", 8]]
    write_shapefile(county / "宗地.shp", squares, FIELDS, rows, encoding)
    change(
        county,
        'parcels = "parcels.gpkg"',
        'parcels = { path = "宗地.shp", columns = { "面积亩" = "stated_area_mu" } }',
    )
    load(county)
    before = tables(county)["parcels"]
    (path,) = (county / "out").glob("宗地*.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book[book.sheetnames[0]]
    assert "图形有误的，请在原文件中更正" in sheet["A2"].value
    cut = [name.encode(encoding)[:10].decode(encoding, "ignore") for name, *_ in FIELDS]
    assert [cell.value for cell in sheet[HEAD]][2:] == cut
    assert [cell.value for cell in sheet[HEAD + 1]][2:] == ["B2", "很多", "(已略)", "(已略)"]
    load(county, mended=[mend(path, {(sheet.title, 2): {"面积亩": "15.5"}}, county / "b.xlsx")])
    after = tables(county)["parcels"]
    assert after[: len(before)] == before
    parcels = read_store(county / STORE, "EPSG:4526")["parcels"].set_index("parcel_id")
    assert parcels.loc["B2", "stated_area_mu"] == 15.5
    assert parcels.loc["B2", "geometry"].area == pytest.approx(10_000)


def test_typed_columns_of_a_geopackage_keep_their_other_cells(county):
    frame = gpd.GeoDataFrame(
        {
            "宗地代码": ["A8", "A9", "A10"],
            "征收面积": [0.1 + 0.2, 1e300, 15.0],
            "协议签订日期": pd.to_datetime(["2022-09-01", None, "2099-01-01"]),
            "流水号": [1, 2, 3],
        },
        geometry=[square(), square(east=38_500_200.0), square(east=38_500_400.0)],
        crs=4526,
    )
    frame.to_file(county / "parcels.gpkg")
    load(county)
    before = tables(county)["parcels"]
    (path,) = (county / "out").glob("parcels*.xlsx")
    sheet = openpyxl.load_workbook(path).sheetnames[0]
    cells = {"征收面积": "12.5", "协议签订日期": "2022年9月3日"}
    load(county, mended=[mend(path, {(sheet, 3): cells}, county / "b.xlsx")])
    after = tables(county)["parcels"]
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1
    parcels = read_store(county / STORE, "EPSG:4526")["parcels"].set_index("parcel_id")
    assert parcels.loc["A10", "stated_area_mu"] == 12.5
    assert parcels.loc["A10", "agreed_on"] == pd.Timestamp("2022-09-03")


# Laws


CELLS = st.one_of(
    st.none(), st.text(max_size=40), st.integers(), st.floats(allow_nan=False), st.dates()
)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)


@st.composite
def marks(draw):
    pages = []
    for at in range(draw(st.integers(0, 3))):
        header = tuple(draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)))
        shown = st.tuples(*[st.text(max_size=6).map(page_text) for _ in header])
        rows = draw(st.lists(st.tuples(st.integers(1, 10**6), shown), max_size=4))
        pages.append(
            Page(f"页{at}", draw(st.sampled_from(["", "房屋"])), "records", "行号", header, rows)
        )
    after = tuple(draw(st.lists(NAMES, max_size=2)))
    return Mark(draw(NAMES), "a" * 64, after, "(已略)", tuple(pages))


@given(marks())
def test_a_mark_read_back_is_the_mark(mark):
    assert from_rows(to_rows(mark)) == mark


@given(marks(), st.data())
def test_a_mark_with_any_cell_changed_is_refused(mark, data):
    rows = to_rows(mark)
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[at]) - 1))
    rows[at][column] += "改"
    with pytest.raises(ValueError, match=r"no mark|changed"):
        from_rows(rows)


STARTS = st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", "'", "'=", "=-"])


@given(st.builds(str.__add__, STARTS, st.text(max_size=30)))
def test_no_text_is_a_formula_on_the_page_and_all_come_back(cell):
    shown = page_text(cell)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    if "\r" not in cell and not set(cell) & set(map(chr, (*range(9), 11, 12, *range(14, 32), 127))):
        assert typed_text(shown) == cell or cell.startswith("'")


COLUMNS = st.sampled_from(
    [
        pd.Series([1, 2, 3]),
        pd.Series([0.1, float("nan"), 1e300]),
        pd.Series(["a", None, "c"], dtype="str"),
        pd.Series(["a", None, 3.5], dtype="object"),
        pd.Series([True, False, True]),
        pd.Series(pd.to_datetime(["2022-01-01", None, "2022-01-03"])),
    ]
)


@given(column=COLUMNS, at=st.integers(0, 2), cell=CELLS)
def test_a_mend_changes_one_cell_and_leaves_the_table_alone(column, at, cell):
    raw = pd.DataFrame({"x": column, "y": [1, 2, 3]})
    kept = raw.copy(deep=True)
    rows = pd.Series([4, 7, 9])
    out, mended = mend_cells(raw, "页", rows, {("页", int(rows[at])): RowMend({"x": cell}, ("b",))})
    pd.testing.assert_frame_equal(raw, kept)
    assert [(one.row, one.column) for one in mended] == [(rows[at], "x")]
    for other in {0, 1, 2} - {at}:
        before, after = raw["x"][other], out["x"][other]
        assert after == before or (pd.isna(after) and pd.isna(before))
    assert out["y"].equals(raw["y"])


def test_a_row_of_another_sheet_is_another_row():
    raw = pd.DataFrame({"x": [1, 2]})
    mends = {("甲", 4): RowMend({"x": 9}, ("b",))}
    for sheet, cells in (("甲", [9, 2]), ("乙", [1, 2]), (None, [1, 2])):
        out, _ = mend_cells(raw, sheet, pd.Series([4, 5]), mends)
        assert out["x"].tolist() == cells


def test_rows_that_share_a_number_are_mended_by_nobody():
    raw = pd.DataFrame({"x": [1, 2, 3]})
    out, mended = mend_cells(raw, None, pd.Series([4, 4, 5]), {("", 4): RowMend({"x": 9}, ("b",))})
    assert mended == []
    assert out["x"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("cell", ["12_000", "１２", "nan", "1e3", "约15亩"])
def test_numbers_are_read_by_our_rules_alone(cell):
    for column in ([1, 2], [1.5, 2.5]):
        raw = pd.DataFrame({"x": column})
        out, _ = mend_cells(raw, None, pd.Series([1, 2]), {("", 1): RowMend({"x": cell}, ("b",))})
        assert out["x"].tolist() == [cell, column[1]]


def test_words_of_truth_are_not_taken_by_pandas():
    raw = pd.DataFrame({"x": [True, False]})
    out, _ = mend_cells(raw, None, pd.Series([1, 2]), {("", 1): RowMend({"x": "否"}, ("b",))})
    assert out["x"].tolist() == ["否", False]
    days = pd.DataFrame({"x": pd.to_datetime(["2022-01-01", "2022-01-02"])})
    out, _ = mend_cells(days, None, pd.Series([1, 2]), {("", 1): RowMend({"x": "22.8.1"}, ("b",))})
    assert out["x"].tolist() == ["22.8.1", pd.Timestamp("2022-01-02")]


# Hostile workbooks


@pytest.fixture(scope="module")
def good_bytes(template):
    return the_list(template).read_bytes()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutilated_workbook_is_one_line(good_bytes, tmp_path, data):
    raw = bytearray(good_bytes)
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(len(raw) // 2, len(raw)))
    path = tmp_path / "b.xlsx"
    path.write_bytes(bytes(raw[:cut]))
    with suppress(SourceError):
        read_mended(path)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, good_bytes):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(good_bytes)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/x.bin", bytes(60_000_000))
    with pytest.raises(SourceError) as error:
        read_mended(path)
    assert error.value.code == "file_unreadable"


def test_a_stray_cell_far_away_costs_nothing(tmp_path, good_bytes):
    path = tmp_path / "far.xlsx"
    path.write_bytes(good_bytes)
    edit(path, lambda book: book["房屋"].cell(1_048_576, 16_384).__setattr__("value", "x"))
    assert read_mended(path).cells == read_mended_of(good_bytes, tmp_path).cells


def read_mended_of(raw, folder):
    path = folder / "plain.xlsx"
    path.write_bytes(raw)
    return read_mended(path)


def test_entities_are_not_expanded(tmp_path, good_bytes):
    path = tmp_path / "laughs.xlsx"
    path.write_bytes(good_bytes)
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
    )
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    xml = parts["xl/sharedStrings.xml"].decode()
    start = xml.index("<sst")
    parts["xl/sharedStrings.xml"] = (
        xml[:start] + laughs + "]>" + xml[start:].replace("</t>", "&m;</t>", 1)
    ).encode()
    with zipfile.ZipFile(path, "w") as packed:
        for name, raw in parts.items():
            packed.writestr(name, raw)
    with pytest.raises(SourceError):
        read_mended(path)
