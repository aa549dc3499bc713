"""退回修改清单: one workbook per source, rows as sent with what is wrong, people left out."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from handed_over import KEY, write_book

from landgis.base.errors import OutputError
from landgis.io.draft import Reading, SourceOptions
from landgis.io.ledgers import read_ledger
from landgis.io.rejected import write_rejected

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


def cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path)
    table = {
        sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book
    }
    book.close()
    return table


def test_rows_stand_as_sent_with_their_reasons_and_without_people(tmp_path):
    (path,) = write_rejected(tmp_path / "out", [reading(tmp_path)])
    assert path.name == "台账_第一工作组.xlsx_退回修改清单.xlsx"
    book = cells(path)
    assert list(book) == ["坟墓", "一般青苗"]
    title, _, head, row = book["坟墓"]
    assert title[0] == "退回修改清单: 台账/第一工作组.xlsx"
    assert head == ("行号", "退回原因", *HEAD)
    assert row[0] == 2
    assert row[1].splitlines() == [
        "数量: 无法识别为数字。请填写数字，必要时注明单位。",
        "协议签订日期: 年份只有两位数。请写成 2022-08-23 的形式。",
    ]
    assert row[2:] == ("'=1+1", "青石村", "(已略)", "(已略)", "很多", "22.8.1", "(已略)", "(已略)")
    said = str(book)
    assert not [one for one in ("张三丰", "110101199003070011", "难缠", "李四") if one in said]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)"])
def test_nothing_is_computed_by_a_spreadsheet(tmp_path, cell):
    (path,) = write_rejected(tmp_path / "out", [reading(tmp_path, rows=[[cell, *BAD[1:]]])])
    book = openpyxl.load_workbook(path)
    assert book["坟墓"]["C4"].data_type == "s"
    assert str(book["坟墓"]["C4"].value).startswith("'")
    book.close()


def test_what_is_mended_leaves_no_workbook_behind(tmp_path):
    out = tmp_path / "out"
    write_rejected(out, [reading(tmp_path), reading(tmp_path, "b:c?.xlsx")])
    assert sorted(one.name for one in out.iterdir()) == [
        "b_c_.xlsx_退回修改清单.xlsx",
        "台账_第一工作组.xlsx_退回修改清单.xlsx",
    ]
    (out / "mine.xlsx").write_bytes(b"mine")
    write_rejected(out, [reading(tmp_path)])
    assert sorted(one.name for one in out.iterdir()) == [
        "mine.xlsx",
        "台账_第一工作组.xlsx_退回修改清单.xlsx",
    ]


def test_english_reasons_on_request(tmp_path):
    (path,) = write_rejected(tmp_path / "out", [reading(tmp_path)], language="en")
    assert "This is no number" in str(cells(path)["坟墓"][3][1])


def test_an_output_that_cannot_be_written_is_one_line_and_the_old_one_stays(tmp_path, monkeypatch):
    one = reading(tmp_path)
    (path,) = write_rejected(tmp_path / "out", [one])
    before = path.read_bytes()

    def held(self: Path, target: Path) -> Path:  # noqa: ARG001 - as another program holds it on Windows
        raise PermissionError

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(OutputError):
        write_rejected(tmp_path / "out", [one])
    assert path.read_bytes() == before
    assert [p.name for p in (tmp_path / "out").iterdir()] == [path.name]
