"""The project workbook: projects, statutory dates, tasks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from .delivery import Delivery
from .ledger_habits import make_formats, open_book
from .story import day

USES = {
    "industrial": "工业",
    "residential": "居住",
    "commercial": "商业",
    "infrastructure": "基础设施",
    "public_service": "公共服务",
}


LEADERS = (
    "县委书记",
    "县长",
    "县委副书记",
    "常务副县长",
    "县委组织部部长",
    "县委政法委书记",
    "县委统战部部长",
    "副县长（工业）",
    "副县长（教育）",
    "县人大常委会主任",
    "县政协主席",
    "副县长（文旅）",
)


STEPS = (
    "预公告日期",
    "预公告截止",
    "现状调查完成",
    "风险评估日期",
    "补偿安置方案公告日期",
    "补偿安置方案公告截止",
    "补偿登记截止",
    "协议签订完成",
    "资金到位日期",
    "报批日期",
    "收到批复日期",
    "征收土地公告日期",
)


#: days of the steps; the three finished projects hurried, and it shows
STEP_DAYS: dict[str, tuple[int | None, ...]] = {
    "P03": (0, 14, 10, 12, 13, 44, 45, 25, 16, None, None, None),
    "P06": (0, 14, 9, 11, 12, 43, 44, 24, 15, None, None, None),
    "P10": (0, 14, 8, 12, 13, 31, 32, 12, 20, None, None, None),
}


PROGRESS_STEPS = (0, 14, 16, 18, 20, None, None, None, None, None, None, None)


IDLE_STEPS = (0, 14, None, None, None, None, None, None, None, None, None, None)


CONDITIONS = (
    "无诉讼、抵押和查封",
    "规划条件已明确",
    "通路及水电具备",
    "土壤污染状况调查合格",
    "用地批准文件",
)


INDICATORS = (
    ("house_agreement", "房屋补偿安置协议", "栋"),
    ("house_removal", "拆除房屋", "栋"),
    ("special_crop", "特殊青苗", "户"),
    ("attachment", "地上附着物", "户"),
    ("attachment_removal", "拆除地上附着物", "户"),
    ("grave", "坟墓", "穴"),
)


def write_table(path: Path, sheets: list[tuple[str, str, list[str], list[list[Any]]]]) -> None:
    """Write plain tables: a title over each, if it has one, then headers and rows."""
    book = open_book(path)
    formats = make_formats(book)
    for name, title, headers, rows in sheets:
        sheet = book.add_worksheet(name)
        start = 0
        if title:
            sheet.merge_range(0, 0, 0, max(1, len(headers) - 1), title, formats["title"])
            start = 1
        for at, header in enumerate(headers):
            sheet.write(start, at, header, formats["head"])
        for line, row in enumerate(rows, start=start + 1):
            for at, value in enumerate(row):
                if isinstance(value, dt.date):
                    when = dt.datetime.combine(value, dt.time())
                    sheet.write_datetime(line, at, when, formats["date"])
                elif value is None:
                    sheet.write_blank(line, at, None, formats["cell"])
                else:
                    sheet.write(line, at, value, formats["cell"])
        sheet.set_column(0, len(headers) - 1, 13)
        sheet.freeze_panes(start + 1, 1)
    book.close()


def counted(delivery: Delivery) -> dict[tuple[str, str], int]:
    """Return the surveyed counts by project and indicator, as a careful clerk would count them."""
    owner = {i: p.project_id for i, p in delivery.project_of().items()}
    sets: dict[tuple[str, str], set[str]] = {}
    for record in delivery.records:
        project_id = owner.get(record.parcel, "")
        if not project_id or record.record_id in delivery.rejected:
            continue
        if record.kind == "house":
            keys: tuple[str, ...] = ("house_agreement", "house_removal")
            who = f"{record.file}{id(record)}"
        elif record.kind == "attachment":
            keys, who = ("attachment", "attachment_removal"), record.person.id_number
        elif record.kind in ("special_crop", "grave"):
            keys = (record.kind,)
            who = record.person.id_number if record.kind == "special_crop" else record.record_id
        else:
            continue
        for key in keys:
            sets.setdefault((project_id, key), set()).add(who)
    return {key: len(members) for key, members in sets.items()}


def land_mu(delivery: Delivery, project_id: str, *, until: int | None = None) -> float:
    """Return the stated land of a project (mu), all of it or what was agreed by a day."""
    project = next(p for p in delivery.projects if p.project_id == project_id)
    total = 0.0
    for index, share in project.shares.items():
        agreed = delivery.story.fates[index].agreed
        if until is None or (agreed is not None and agreed <= until):
            total += (delivery.rows[index].stated_mu or 0.0) * share
    return round(total, 2)


def write_projects(path: Path, delivery: Delivery) -> None:
    """Write 项目表.xlsx: projects, tasks."""
    headers = [
        "项目编号",
        "项目名称",
        "用途",
        "责任领导",
        "工作专班",
        "细化方案",
        "净地期限",
        "线路迁改期限",
        "高压线处理",
        "线路文号",
        *STEPS,
        *CONDITIONS,
    ]
    rows: list[list[Any]] = []
    for number, project in enumerate(delivery.projects):
        plan = project.plan
        steps = STEP_DAYS.get(plan.project_id, PROGRESS_STEPS if plan.share > 0 else IDLE_STEPS)
        corridor = {"P08": "除外"}.get(plan.project_id, "条件")
        due = {
            "P01": dt.date(2023, 4, 30),
            "P04": dt.date(2023, 4, 30),
            "P07": dt.date(2022, 11, 30),
        }
        known = plan.share >= 1
        conditions = ["是" if known else None] * 5
        if plan.project_id == "P03":
            conditions = ["是", "是", "是", None, "是"]
        if plan.project_id == "P01":
            conditions = ["是", "是", "否", None, None]
        rows.append(
            [
                plan.project_id,
                plan.name,
                USES[plan.use],
                LEADERS[number],
                f"{plan.name}工作专班",
                None if plan.project_id == "P12" else f"方案/{plan.project_id}.docx",
                dt.date.fromisoformat(plan.clean_by),
                due.get(plan.project_id),
                corridor,
                "云澜供电函〔2022〕31号" if corridor == "除外" else None,
                *[day(s) for s in steps],
                *conditions,
            ]
        )
    write_table(
        path,
        [
            ("项目", "", headers, rows),
            ("任务", "", ["项目编号", "指标", "数量", "单位"], _tasks(delivery)),
        ],
    )


def _tasks(delivery: Delivery) -> list[list[Any]]:
    """Return the tasks: the clerk's counts, but for those that were changed on purpose."""
    counts = counted(delivery)
    rows: list[list[Any]] = []
    for project in delivery.projects:
        project_id = project.project_id
        if project_id == "P04":
            continue
        if project_id not in ("P02", "P12"):
            rows.append([project_id, "土地征收", land_mu(delivery, project_id), "亩"])
        for key, word, unit in INDICATORS:
            count = counts.get((project_id, key), 0)
            if not count:
                continue
            change = delivery.task_changes.get((project_id, key), 0)
            rows.append([project_id, word, count + change, unit])
            if change:
                ids = f"{project_id}/{key}"
                delivery.plant(
                    "task_differs", "tasks", ids, f"task {count + change}, surveyed {count}"
                )
                if change < 0 and project.plan.share >= 1:
                    delivery.plant(
                        "rate_over_one", "tasks", ids, f"done {count} of {count + change}"
                    )
    return rows
