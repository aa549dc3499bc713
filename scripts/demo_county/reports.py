"""Workbooks of others: resettlement, daily reports, the city's table."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from .delivery import Delivery
from .offices import land_mu, write_table
from .register import Record
from .settings import COUNTY, LAST_DAY, SEED
from .story import day


def write_resettlements(path: Path, delivery: Delivery) -> None:
    """Write resettlements.xlsx and set the homes of the zones: too few in each."""
    rng = np.random.default_rng([SEED, 5])
    zone_of = {"青石村": 0, "柳湾村": 1, "鹭洲村": 2, "云岭村": 3, "荷塘村": 3, "枫溪村": 3}
    seen: dict[str, Record] = {}
    sizes: Counter[str] = Counter()
    for record in delivery.records:
        if record.kind == "house" and record.agreed is not None and "agreed" not in record.text:
            first = seen.setdefault(record.person.id_number, record)
            sizes[first.person.id_number] += int(float(record.quantity or 0) * 100)
    rows: list[list[Any]] = []
    demand: Counter[str] = Counter()
    for order, record in enumerate(seen.values()):
        zone = delivery.zones[zone_of[record.village]]
        cash = rng.random() < 0.08
        mode = "货币" if cash else zone["mode"]
        demand[str(zone["zone_id"])] += not cash
        moved = day(record.vacated)
        due = dt.date(2024, 4, 30) if zone["unit"] == "宗" else dt.date(2024, 10, 31)
        rows.append(
            [
                order + 1,
                record.village,
                record.group,
                record.person.name,
                record.person.id_number,
                record.person.phone,
                None if cash else zone["zone_id"],
                mode,
                int(rng.integers(2, 8)),
                sizes[record.person.id_number] / 100,
                moved,
                None if cash else due,
                None,
                "是" if rng.random() < 0.1 else "否",
                None if cash else 8,
                None if cash else "per_m2",
            ]
        )
    headers = [
        "序号",
        "村",
        "组",
        "户主姓名",
        "身份证号",
        "联系电话",
        "安置区编号",
        "安置方式",
        "人口",
        "安置面积（㎡）",
        "搬离日期",
        "应交付日期",
        "交付日期",
        "周转房",
        "过渡费标准（元）",
        "计费方式",
    ]
    write_table(path, [("安置台账", f"{COUNTY}拆迁安置登记表", headers, rows)])
    plans = (
        ("2022-09-15", "2024-04-30", "", ""),
        ("2022-06-01", "2024-10-31", "2022-09-20", ""),
        ("", "2024-04-30", "", ""),
        ("2022-10-08", "2024-04-30", "", ""),
    )
    for zone, (started, planned, water, power) in zip(delivery.zones, plans, strict=True):
        wanted = demand[str(zone["zone_id"])]
        zone |= {
            "homes": int(wanted * 0.6),
            "started": started,
            "planned": planned,
            "water": water,
            "power": power,
        }
        delivery.plant(
            "homes_short",
            "resettlement_zones",
            str(zone["zone_id"]),
            f"{zone['homes']} homes for {wanted} households",
        )


def write_daily(path: Path, delivery: Delivery) -> None:
    """Write daily_reports.xlsx: land per project and day; one day is missing, one came late."""
    rows: list[list[Any]] = []
    headers = ["项目编号", "督查日期", "指标", "当日完成", "累计完成", "反馈情况", "报送时间"]
    for number in range(LAST_DAY + 1):
        for project in delivery.projects:
            when = day(number)
            assert when is not None
            total = land_mu(delivery, project.project_id, until=number)
            before = land_mu(delivery, project.project_id, until=number - 1)
            if project.project_id == "P09" and number == 25:
                continue
            late = project.project_id == "P02" and number == 38
            sent = when + dt.timedelta(days=1) if late else when
            clock = "09:40" if late else f"21:{5 + (number * 7 + len(rows)) % 40:02d}"
            note = "无进展" if total == before else "按计划推进"
            rows.append(
                [
                    project.project_id,
                    when,
                    "土地征收",
                    round(total - before, 2),
                    total,
                    note,
                    f"{sent:%Y-%m-%d} {clock}",
                ]
            )
            if late:
                key = f"{project.project_id}/{when:%Y-%m-%d}"
                delivery.plant(
                    "report_late",
                    "daily_reports",
                    key,
                    "P02's report of 2022-09-30 came a day late",
                )
    write_table(path, [("督查日报", "每日督查反馈表", headers, rows)])


def write_districts(path: Path, delivery: Delivery) -> None:
    """Write districts.xlsx: ten districts, four metrics, ties at the cut, one without projects."""
    ours = {
        p.project_id: (
            land_mu(delivery, p.project_id, until=LAST_DAY),
            land_mu(delivery, p.project_id),
        )
        for p in delivery.projects
    }
    done, task = (
        round(sum(a for a, _ in ours.values()), 2),
        round(sum(b for _, b in ours.values()), 2),
    )
    factory = round(
        sum(ours[p.project_id][1] for p in delivery.projects if p.plan.use == "industrial"), 2
    )
    names = (
        "桐岭区",
        "沅浦县",
        "兰陂区",
        "栖梧县",
        COUNTY,
        "汀溪县",
        "松坞县",
        "砚山区",
        "渚北县",
        "槐荫新区",
    )
    base = done / task
    land = [
        (0.93, 1480.0),
        (0.88, 2210.5),
        (0.81, 1120.0),
        (0.77, 1905.2),
        (0, 0),
        (0.70, 2480.0),
        (0.66, 990.6),
        (0, 0),
        (0.41, 1760.0),
        (0.33, 2050.0),
    ]
    started = [
        (9, 10),
        (11, 12),
        (7, 8),
        (10, 12),
        (8, 12),
        (11, 13),
        (9, 12),
        (6, 9),
        (6, 10),
        (5, 12),
    ]
    clean = [(5, 10), (6, 12), (3, 8), (4, 12), (3, 12), (5, 13), (4, 12), (1, 9), (2, 10), (1, 12)]
    plant = [
        (410.0, 520.0),
        (300.0, 460.5),
        None,
        (288.8, 400.0),
        (0.0, factory),
        (350.0, 610.0),
        (120.5, 300.0),
        (96.4, 241.0),
        (80.0, 305.0),
        (61.0, 322.0),
    ]
    rows: list[list[Any]] = []
    for at, name in enumerate(names):
        share, size = land[at]
        if not share:
            pair = (done, task) if name == COUNTY else (round(done * 2, 2), round(task * 2, 2))
        else:
            pair = (round(size * (share if at > 7 or share > base else base * 0.9), 2), size)
        rows.append([name, "土地征收", *pair, None])
        rows.append([name, "有进度项目", *started[at], None])
        rows.append([name, "净地项目", *clean[at], None])
        factories = plant[at]
        rows.append([name, "工业用地", *(factories or (0, 0)), None if factories else "无项目"])
    write_table(
        path,
        [
            (
                "全市进度",
                "全市重点项目用地保障进度表（截至2022年10月14日）",
                ["县区", "考核指标", "完成", "任务", "备注"],
                rows,
            )
        ],
    )
