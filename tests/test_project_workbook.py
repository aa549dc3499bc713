"""项目表.xlsx: what is written comes back, in either language; a wrong cell is one line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from handed_over import require_one_line, write_book
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.base.errors import LandgisError, OutputError, SourceError
from landgis.io.project_workbook import read_project_workbook, write_project_workbook

PROJECTS = [
    {
        "project_id": "P01",
        "name": "=产业园（一期）",
        "use": "industrial",
        "leader": "副县长",
        "task_force": "第一专班",
        "plan": "方案/P01.docx",
        "task_area_mu": 120.5,
        "corridor": "excluded",
        "corridor_doc_no": "府函〔2022〕1号",
        "clean_by": dt.date(2022, 12, 31),
        "steps": {"pre_announced_on": dt.date(2022, 8, 23)},
        "conditions": {"soil_survey_passed": True, "approval_document": False},
        "land_sale": {
            "contract_signed_on": dt.date(2022, 3, 1),
            "total_yuan": 480_000_000.0,
            "instalments": [{"on": "clean", "share": 0.5}, {"months_after_clean": 5, "share": 1.0}],
            "received": [{"on": dt.date(2022, 11, 1), "yuan": 1e6}],
        },
    },
    {"project_id": "P02"},
]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_written_comes_back(tmp_path, language):
    path = write_project_workbook(tmp_path / "项目表.xlsx", PROJECTS, language=language)
    book = read_project_workbook(path)
    by_keys = [dict(sorted(one.items())) for one in book.projects]
    assert by_keys == [dict(sorted(one.items())) for one in PROJECTS]
    assert len(book.tasks) == 0  # offered, not yet filled in


def test_tasks_by_row_or_by_column_in_their_units(tmp_path):
    projects = [["项目编号"], ["P01"], ["P02"]]
    rows = [
        ["项目编号", "指标", "数量", "单位"],
        ["P01", "土地征收", "2公顷", "亩"],
        ["P01", "坟墓", 12, "穴"],
        ["P02", "拆除房屋", None, "栋"],
    ]
    tasks = read_project_workbook(
        write_book(tmp_path / "a.xlsx", {"项目": projects, "任务": rows})
    ).tasks
    assert tasks[["project_id", "indicator", "quantity", "unit", "source_row"]].values.tolist() == [
        ["P01", "land", 30.0, "mu", 2],
        ["P01", "grave", 12.0, "grave", 3],
    ]
    wide = [["项目编号", "土地征收（亩）", "拆除房屋（栋）"], ["P01", 100, 3], ["P02", None, 0]]
    tasks = read_project_workbook(
        write_book(tmp_path / "b.xlsx", {"项目": projects, "任务": wide})
    ).tasks
    assert tasks[["project_id", "indicator", "quantity"]].values.tolist() == [
        ["P01", "land", 100.0],
        ["P01", "house_removal", 3.0],
        ["P02", "house_removal", 0.0],
    ]


def test_sales_in_ten_thousands_and_per_cent(tmp_path):
    rows = [
        [
            "项目编号",
            "合同签订日期",
            "总价款（万元）",
            "付款节点",
            "付至比例",
            "到账日期",
            "到账金额（万元）",
        ],
        ["P01", "2022年3月1日", 48000, "净地", "50%", "2022-11-1", 100],
        ["P01", None, None, "净地后5个月", 100, None, None],
    ]
    rows[0][3:5] = ["instalment", "share"]
    book = read_project_workbook(
        write_book(tmp_path / "a.xlsx", {"项目": [["项目编号"], ["P01"]], "出让": rows})
    )
    assert book.projects[0]["land_sale"] == PROJECTS[0]["land_sale"]


@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        ({"任务": [["项目编号"], ["P01"]]}, "没有“项目”工作表"),
        ({"项目": [["名称"], ["x"]]}, "缺少必需的列“project_id”"),
        ({"项目": [["项目编号", "名称"], [None, "x"]]}, "“项目”第 2 行“项目编号”：此项必填"),
        ({"项目": [["项目编号"], ["P01"], ["P01"]]}, "第 3 行“项目编号”：编号重复"),
        ({"项目": [["项目编号", "净地时限"], ["P01", "年底"]]}, "第 2 行“净地"),
        ({"项目": [["项目编号", "任务面积（亩）"], ["P01", "很大"]]}, "无法识别为数字"),
        (
            {
                "项目": [["项目编号"], ["P01"]],
                "任务": [["项目编号", "指标", "数量"], ["P09", "坟墓", 1]],
            },
            "没有这个项目",
        ),
        (
            {
                "项目": [["项目编号"], ["P01"]],
                "任务": [["项目编号", "指标", "数量"], ["P01", "水井", 1]],
            },
            "指标无法识别",
        ),
    ],
)
def test_a_wrong_cell_is_one_line_with_sheet_and_row(tmp_path, sheets, said):
    with pytest.raises(SourceError) as error:
        read_project_workbook(write_book(tmp_path / "项目表.xlsx", sheets))
    assert said in error.value.say("zh")
    assert "\n" not in error.value.say("zh") + error.value.say("en")


def test_an_older_workbook_stays_unless_it_may_be_replaced(tmp_path):
    path = tmp_path / "项目表.xlsx"
    path.write_bytes(b"mine")
    with pytest.raises(OutputError):
        write_project_workbook(path, PROJECTS)
    assert path.read_bytes() == b"mine"
    write_project_workbook(path, PROJECTS, replace=True)
    assert len(read_project_workbook(path).projects) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["项目表.xlsx"]


def test_the_demo_countys_workbook():
    path = Path(__file__).parent.parent / "layers" / "demo" / "项目表.xlsx"
    if not path.exists():
        pytest.skip("the demo county is not made: run scripts/make_demo.py")
    book = read_project_workbook(path)
    assert len(book.projects) == 12
    assert {one["use"] for one in book.projects} >= {"industrial"}
    assert set(book.tasks["project_id"]) <= {one["project_id"] for one in book.projects}


@settings(max_examples=50)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(),
                st.text("PA01净地是否年月日 .-", max_size=8),
                st.floats(-1e6, 1e6),
                st.integers(0, 99_999),
            ),
            min_size=6,
            max_size=6,
        ),
        max_size=5,
    )
)
def test_whatever_the_cells_it_ends_in_an_answer_or_one_line(tmp_path_factory, rows):
    head = ["项目编号", "名称", "净地时限", "任务面积（亩）", "土壤污染状况调查合格", "预公告日期"]
    path = write_book(tmp_path_factory.getbasetemp() / "cells.xlsx", {"项目": [head, *rows]})
    try:
        book = read_project_workbook(path)
    except LandgisError as error:
        require_one_line(error)
    else:
        assert len({one["project_id"] for one in book.projects}) == len(book.projects)
