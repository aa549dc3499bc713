"""Columns of the ledgers, and how each team fills in its cells."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from .story import day

CREATED = dt.datetime(2022, 10, 14, 18, 0, 0)


SHEETS = {
    "land": "土地",
    "special_crop": "特殊青苗",
    "crop": "一般青苗",
    "attachment": "地上附着物",
}


#: per kind: (group header or "", header) in order; what fills a column is told by its header
COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "land": (
        ("", "序号"),
        ("", "登记编号"),
        ("", "村"),
        ("", "组"),
        ("", "地块编号"),
        ("权利人信息", "户主（权利人）"),
        ("权利人信息", "身份证号"),
        ("权利人信息", "联系电话"),
        ("", "地类"),
        ("", "征收面积（亩）"),
        ("办理情况", "调查日期"),
        ("办理情况", "协议签订日期"),
        ("办理情况", "付款日期"),
        ("办理情况", "交地日期"),
        ("办理情况", "清表日期"),
        ("", "备注"),
    ),
    "special_crop": (
        ("", "序号"),
        ("", "登记编号"),
        ("", "村"),
        ("", "组"),
        ("", "地块编号"),
        ("权利人信息", "户主"),
        ("权利人信息", "身份证号"),
        ("权利人信息", "联系电话"),
        ("", "品种"),
        ("", "数量（亩）"),
        ("办理情况", "调查日期"),
        ("办理情况", "协议签订日期"),
        ("办理情况", "付款日期"),
        ("办理情况", "清除日期"),
        ("", "备注"),
    ),
    "crop": (
        ("", "序号"),
        ("", "登记编号"),
        ("", "村"),
        ("", "组"),
        ("", "地块编号"),
        ("权利人信息", "户主"),
        ("权利人信息", "身份证号"),
        ("", "品种"),
        ("", "青苗面积（亩）"),
        ("办理情况", "调查日期"),
        ("办理情况", "协议签订日期"),
        ("办理情况", "付款日期"),
        ("办理情况", "清除日期"),
        ("", "备注"),
    ),
    "attachment": (
        ("", "序号"),
        ("", "登记编号"),
        ("", "村"),
        ("", "组"),
        ("", "地块编号"),
        ("权利人信息", "户主"),
        ("权利人信息", "身份证号"),
        ("权利人信息", "银行账号"),
        ("", "名称规格"),
        ("", "数量"),
        ("", "单位"),
        ("办理情况", "调查日期"),
        ("办理情况", "协议签订日期"),
        ("办理情况", "付款日期"),
        ("办理情况", "拆除日期"),
        ("", "备注"),
    ),
}


DATES = {
    "调查日期": "surveyed",
    "协议签订日期": "agreed",
    "付款日期": "paid",
    "交地日期": "vacated",
    "清表日期": "removed",
    "清除日期": "removed",
    "拆除日期": "removed",
}


AREAS = ("征收面积（亩）", "数量（亩）", "青苗面积（亩）")


NAMES = ("户主（权利人）", "户主")


@dataclass(frozen=True)
class Habit:
    """How a team fills in its cells."""

    village: str  # what it writes for its village, {} = the name without 村
    group: str
    dates: str  # zh, dots, date (a date cell), iso, slash, serial
    area: str  # number, text, approx
    guide: bool = False
    improper: bool = False  # asks what nobody may ask


HABITS = {
    "第一工作组": Habit("{}村", "{}组", "zh", "number", guide=True),
    "第二工作组": Habit("{}村委会", "第{}组", "dots", "text"),
    "第三工作组": Habit("{}村", "{}组", "date", "approx"),
    "第四工作组": Habit("{}村民委员会", "{}组", "iso", "number", improper=True),
    "第五工作组": Habit("{}村", "第{zh}组", "slash", "text", guide=True),
    "第六工作组": Habit("{} 村", "{}小组", "serial", "number"),
}


ZH = "〇一二三四五六七八九"


def date_cell(number: int | None, style: str) -> Any:
    """Return a day in a team's manner; — where there is none."""
    value = day(number)
    if value is None:
        return "—" if style in ("zh", "dots") else ""
    if style == "date":
        return value
    if style == "serial":
        return (value - dt.date(1899, 12, 30)).days
    return {
        "zh": f"{value.year}年{value.month}月{value.day}日",
        "dots": f"{value.year}.{value.month}.{value.day}",
        "iso": f"{value:%Y-%m-%d}",
        "slash": f"{value.year}/{value.month}/{value.day}",
    }[style]


def area_cell(value: float, order: int, habit: str) -> Any:
    """Return an area in a team's manner: 1.25, "1.25亩", now and then "约1.3亩"."""
    if habit == "text":
        return f"{value:.2f}亩"
    if habit == "approx" and order % 9 == 4:
        return f"约{value:g}亩"
    return value


def make_formats(book: Any) -> dict[str, Any]:
    """Return the cell formats of a workbook."""
    thin = {"border": 1, "font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    return {
        "title": book.add_format(
            {"bold": True, "font_size": 16, "align": "center", "font_name": "黑体"}
        ),
        "plain": book.add_format({"font_name": "宋体", "font_size": 10}),
        "head": book.add_format(
            {**thin, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#D9E2F3"}
        ),
        "cell": book.add_format(thin),
        "sum": book.add_format({**thin, "bold": True, "bg_color": "#FFF2CC"}),
        "date": book.add_format({**thin, "num_format": "yyyy/m/d"}),
    }


def open_book(path: Path) -> Any:
    """Return a workbook whose clock stands still."""
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": path.stem, "author": "云澜县攻坚行动指挥部", "created": CREATED})
    return book
