"""The ledgers of the teams: a workbook each, with titles, merged headers and subtotals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from .delivery import Delivery
from .ledger_habits import (
    AREAS,
    COLUMNS,
    DATES,
    HABITS,
    SHEETS,
    ZH,
    area_cell,
    date_cell,
    make_formats,
    open_book,
)
from .register import Record
from .settings import CAMPAIGN, TEAMS


class Sheet:
    """One sheet being written; remembers the row of each record."""

    def __init__(self, book: Any, kind: str, team: str, formats: dict[str, Any]) -> None:
        self.sheet = book.add_worksheet(SHEETS[kind])
        self.kind, self.team, self.habit, self.formats = kind, team, HABITS[team], formats
        extra: tuple[tuple[str, str], ...] = ()
        if self.habit.improper and kind == "land":
            extra = (("家庭情况", "家庭成员"), ("家庭情况", "难易程度"))
        self.columns = (*COLUMNS[kind][:-1], *extra, COLUMNS[kind][-1])
        self.at = 0
        self.rows: dict[str, int] = {}

    def head(self) -> None:
        """Write the title, the reporting line and the two header rows."""
        last = len(self.columns) - 1
        sheet, bold = self.sheet, self.formats["head"]
        sheet.merge_range(
            0, 0, 0, last, f"{CAMPAIGN}{SHEETS[self.kind]}登记台账", self.formats["title"]
        )
        sheet.merge_range(
            1,
            0,
            1,
            last,
            f"填报单位：{self.team}        填报日期：2022年10月14日",
            self.formats["plain"],
        )
        start = 0
        while start <= last:
            group, name = self.columns[start]
            end = start
            while group and end < last and self.columns[end + 1][0] == group:
                end += 1
            if not group:
                sheet.merge_range(2, start, 3, start, name, bold)
            else:
                sheet.merge_range(2, start, 2, end, group, bold)
                for at in range(start, end + 1):
                    sheet.write(3, at, self.columns[at][1], bold)
            start = end + 1
        sheet.set_column(0, last, 11)
        sheet.freeze_panes(4, 0)
        self.at = 4

    def body(self, records: list[Record], wrong: set[tuple[str, str, str]]) -> None:
        """Write the rows by group: places merged down, a subtotal after every group, a total."""
        order = sorted(records, key=lambda r: (r.village, r.group))
        groups = list(dict.fromkeys((r.village, r.group) for r in order))
        count, total = 0, 0.0
        for village, group in groups:
            first = self.at
            members = [r for r in order if (r.village, r.group) == (village, group)]
            for record in members:
                count += 1
                self._row(record, count)
            self._place(first, village, group)
            part = self._sum(members)
            total += part
            shown = part + (10.0 if (self.team, SHEETS[self.kind], group) in wrong else 0.0)
            self._sum_row("小计", shown, len(members))
        self._sum_row("合计", total, count)

    def _sum(self, members: list[Record]) -> float:
        """Return the area of rows whose cell holds one."""
        unread = {r.record_id for r in members if r.text.get("quantity", "").endswith("左右")}
        return round(sum(float(r.quantity or 0) for r in members if r.record_id not in unread), 2)

    def _sum_row(self, word: str, area: float, count: int) -> None:
        form = self.formats["sum"]
        self.sheet.merge_range(self.at, 0, self.at, 4, word, form)
        for at, (_, name) in enumerate(self.columns):
            if name in AREAS:
                value = round(area, 2)
                text = f"{value:,.2f}亩" if self.habit.area == "text" else value
                self.sheet.write(self.at, at, text, form)
        if not any(name in AREAS for _, name in self.columns):
            self.sheet.write(self.at, len(self.columns) - 1, f"共{count}项", form)
        self.at += 1

    def _place(self, first: int, village: str, group: str) -> None:
        habit, last = self.habit, self.at - 1
        number = group.removesuffix("组")
        texts = (
            habit.village.format(village.removesuffix("村")),
            habit.group.format(number, zh=ZH[int(number)]),
        )
        for at, text in zip((2, 3), texts, strict=True):
            if last > first:
                self.sheet.merge_range(first, at, last, at, text, self.formats["cell"])
            else:
                self.sheet.write(first, at, text, self.formats["cell"])

    def _row(self, record: Record, count: int) -> None:
        self.rows[record.record_id] = self.at + 1
        for at, (_, name) in enumerate(self.columns):
            if name in ("村", "组"):
                continue
            value = self._cell(record, name, count)
            if isinstance(value, dt.date):
                self.sheet.write_datetime(
                    self.at, at, dt.datetime.combine(value, dt.time()), self.formats["date"]
                )
            elif isinstance(value, str):
                self.sheet.write_string(self.at, at, value, self.formats["cell"])
            else:
                self.sheet.write(self.at, at, value, self.formats["cell"])
        self.at += 1

    def _cell(self, record: Record, name: str, count: int) -> Any:
        person = record.person
        if name in DATES:
            column = DATES[name]
            return record.text.get(column, date_cell(getattr(record, column), self.habit.dates))
        if name in AREAS:
            if record.quantity is None:
                return "—"
            return record.text.get(
                "quantity", area_cell(float(record.quantity), count, self.habit.area)
            )
        if name == "数量":
            value = float(record.quantity or 0)
            return f"{value * 1:,.0f}" if self.habit.area == "text" else value
        return {
            "序号": count,
            "登记编号": record.record_id,
            "地块编号": record.number or ("—" if record.kind == "land" else ""),
            "户主（权利人）": person.name,
            "户主": person.name,
            "身份证号": person.id_number,
            "联系电话": person.phone,
            "银行账号": person.account,
            "地类": record.structure,
            "品种": record.structure,
            "名称规格": record.structure,
            "单位": record.unit,
            "家庭成员": f"{person.name}等{2 + count % 5}人",
            "难易程度": ("易", "中", "难")[count % 3],
            "备注": self._note(record, count),
        }[name]

    def _note(self, record: Record, count: int) -> str:
        if record.note:
            return record.note
        if count % 23 == 7:
            return f"{record.person.name}在外务工，由亲属代签"
        return "已现场核对" if count % 17 == 3 else ""


def _guide(book: Any, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet("填表说明")
    lines = (
        "填 表 说 明",
        "一、面积以亩为单位，保留两位小数；估算的请注明“约”。",
        "二、与村民小组整体签订协议的，地块编号一栏填“—”。",
        "三、未办理的日期留空或填“—”，不得填预计日期。",
    )
    for at, line in enumerate(lines):
        sheet.write(at, 0, line, formats["plain"])
    sheet.set_column(0, 0, 60)


def write_ledgers(folder: Path, delivery: Delivery) -> dict[str, str]:
    """Write the teams' workbooks; return for each record ``file#sheet#row`` as Excel shows it."""
    folder.joinpath("台账").mkdir(parents=True, exist_ok=True)
    places: dict[str, str] = {}
    for team in TEAMS:
        path = folder / "台账" / f"{team}.xlsx"
        book = open_book(path)
        formats = make_formats(book)
        if HABITS[team].guide:
            _guide(book, formats)
        for kind, name in SHEETS.items():
            records = [
                r for r in delivery.records if r.kind == kind and r.team == team and not r.file
            ]
            if not records:
                continue
            sheet = Sheet(book, kind, team, formats)
            sheet.head()
            sheet.body(records, delivery.wrong_subtotals)
            places |= {key: f"台账/{team}.xlsx#{name}#{row}" for key, row in sheet.rows.items()}
            for wrong_team, wrong_name, group in sorted(delivery.wrong_subtotals):
                if (wrong_team, wrong_name) == (team, name):
                    last = max(sheet.rows[r.record_id] for r in records if r.group == group)
                    key = f"台账/{team}.xlsx#{name}#{last + 1}"
                    delivery.plant(
                        "subtotal_differs",
                        "records",
                        key,
                        f"the subtotal of {group} is 10 mu too high",
                    )
        book.close()
    return places
