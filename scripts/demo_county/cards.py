"""The cards: one short page per layer, and the county's story."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .delivery import Delivery
from .ledger_habits import COLUMNS, SHEETS

GRID = "EPSG:4526 (CGCS2000 / 3-degree Gauss-Kruger zone 38, easting with zone prefix)"


@dataclass(frozen=True)
class Card:
    """What a card says."""

    name: str
    files: str
    what: str
    crs: str
    fields: str
    rows: str


def _cards(d: Delivery, counts: Counter[str]) -> list[Card]:
    ledger = "; ".join(
        f"sheet {SHEETS[kind]}: " + ", ".join(name for _, name in COLUMNS[kind]) for kind in SHEETS
    )
    planted = Counter(plant.code for plant in d.planted)
    return [
        Card(
            "parcels",
            "parcels.shp (.shx, .dbf), parcels.dxf",
            "Parcels (权属地块) of six villages: strip fields, courtyards, gardens, orchards, "
            "ponds, eucalyptus, "
            "tracks, ditches. One coverage with shared vertices, but for the planted defects. "
            "The shapefile is in "
            "GBK and does not say so: no .cpg, language byte 0, no .prj; field names are cut "
            "at ten bytes "
            "(征收面积（). Numbers repeat per group: a parcel is village + group + number. "
            "The DXF (R12, ANSI_936) "
            "draws the same boundaries as CASS does: closed polylines on layer JZD with XDATA "
            "of SOUTH, numbers as "
            "texts on ZJ.",
            f"none stated; {GRID}",
            "村, 组, 编号, 权属性质, 地类编码 (GB/T 21010-2017), 征收面积（ (stated area, mu, "
            "two decimals), "
            "权利人名称 (personal), 工作组, 备注",
            f"{len(d.rows)}",
        ),
        Card(
            "red_lines",
            "red_lines.txt",
            "Red lines (项目用地红线) of the twelve projects as coordinate TXT: GBK, CRLF, "
            "northing "
            "first, easting with zone prefix, rings closed by repeating J1. Eleven follow "
            "parcel edges; P04, a road, "
            "cuts through parcels.",
            GRID,
            "界址点数, 地块面积 (ha), 地块编号 (project), 地块名称, 图形属性, 图幅号, 用途, "
            "地类编码",
            "12",
        ),
        Card(
            "blocks",
            "blocks.txt",
            "The two sale blocks (出让宗地) of P01, as coordinate TXT; the track between them "
            "is in neither.",
            GRID,
            "as red_lines",
            "2",
        ),
        Card(
            "houses",
            "houses.gpkg",
            "Houses and sheds, surveyed as polygons; within red lines with their dates.",
            GRID,
            "房屋编号, 村, 组, 地块编号, 户主姓名 and 身份证号 (personal), 房屋结构, 层数, "
            "建筑面积(㎡), 建成时间, 调查日期, 协议签订日期, "
            "付款日期, 腾空日期, 拆除日期, 工作组, 备注",
            str(counts["houses.gpkg"]),
        ),
        Card(
            "graves",
            "graves.gpkg",
            "Graves, surveyed as points; dates written 2022.9.3.",
            GRID,
            "坟墓编号, 村, 组, 地块编号, 联系人, 联系电话 and 身份证号 (personal), 类型, "
            "穴数, 调查日期, 协议签订日期, 付款日期, 迁移日期, 工作组",
            str(counts["graves.gpkg"]),
        ),
        Card(
            "crops",
            "crops.gpkg",
            "Special crops (特殊青苗) surveyed as polygons: orchards, eucalyptus, lotus. The "
            "others stand in "
            "the ledgers; nothing stands in both.",
            GRID,
            "登记编号, 类别, 村, 组, 地块编号, 户主 and 身份证号 (personal), 品种, 数量(亩), "
            "调查日期, 协议签订日期, 付款日期, 清除日期, 工作组",
            str(counts["crops.gpkg"]),
        ),
        Card(
            "ledgers",
            "台账/第一工作组.xlsx to 第六工作组.xlsx",
            "One ledger per team: title and reporting line, headers merged over two rows, "
            "villages and groups merged down, a subtotal per group and a total, dates in six "
            "manners, areas as 1.25, "
            "1.25亩 or 约1.3亩, — for nothing. A land row without parcel number speaks for "
            "the whole group. Team 4 "
            "asks for family members and difficulty, which nobody may keep.",
            "none (by parcel code)",
            ledger,
            str(sum(1 for r in d.records if not r.file)),
        ),
        Card(
            "power_lines",
            "power_lines.geojson",
            "Three overhead lines: 10 kV, relocated on 2022-09-20; 110 kV, due 2022-11-30; 220 kV, "
            "due 2023-04-30, four months after the projects it crosses are to be clean. The "
            "220 kV line is written in volts.",
            "EPSG:4490 (crs member)",
            "线路编号, 线路全称, 电压等级, 电流, 状态, 迁改完成日期 (planned where 拟迁改), "
            "边线距(米)",
            "3",
        ),
        Card(
            "resettlement_zones",
            "resettlement_zones.shp (.shx, .dbf, .prj, .cpg)",
            "Four resettlement zones, each with fewer homes than households that count on it.",
            GRID,
            "安置区编号, 名称, 安置方式, 宗数 (homes), 房源单位, 开工日期, 计划交付, "
            "通水日期, 通电日期",
            "4",
        ),
        Card(
            "resettlements",
            "resettlements.xlsx",
            "Households that agreed: zone, mode, when they moved out, when a home is due.",
            "none",
            "序号, 村, 组, 户主姓名, 身份证号, 联系电话 (personal), 安置区编号, 安置方式, "
            "人口, 安置面积, 搬离日期, 应交付日期, 交付日期, 周转房, 过渡费标准, 计费方式",
            "see file",
        ),
        Card(
            "exclusions",
            "exclusions.gpkg",
            "What is kept inside red lines: an ancestral hall and two ancient trees, "
            "approved; a shrine, not approved.",
            GRID,
            "除外编号, 除外原因, 名称, 批准文号, 批准日期",
            "4",
        ),
        Card(
            "context",
            "roads.gpkg, water.gpkg, villages.gpkg",
            "Road axes, the river and the ponds, names of villages and groups: drawn, never "
            "computed.",
            GRID,
            "名称, 要素类别",
            "see files",
        ),
        Card(
            "orthophotos",
            "ortho_before.tif (2022-08-01), ortho_after.tif (2022-10-10)",
            "Painted from the same mosaic: fields cleared, houses gone as 拆除日期 says, blue "
            "roofs that appear after the pre-announcement, one of them in no record.",
            GRID,
            "red, green, blue; 8 bit, 1.25 m, JPEG in GeoTIFF",
            "2723 x 2007 pixels",
        ),
        Card(
            "project_table",
            "项目表.xlsx",
            "What a planner edits: projects with posts, deadlines, statutory dates and "
            "conditions; tasks.",
            "none",
            "sheet 项目: 项目编号 …; sheet 任务: 项目编号, 指标, 数量, 单位",
            "12 projects",
        ),
        Card(
            "daily_reports",
            "daily_reports.xlsx",
            "Daily reports of land agreed (mu) per project since 2022-08-23; one day is "
            "missing, one report late.",
            "none",
            "项目编号, 督查日期, 指标, 当日完成, 累计完成, 反馈情况, 报送时间",
            "635",
        ),
        Card(
            "districts",
            "districts.xlsx",
            "The city's table: ten districts, four metrics; ties at the cut; one district "
            "without industrial projects.",
            "none",
            "县区, 考核指标, 完成, 任务, 备注",
            "40",
        ),
        Card(
            "clean_claims",
            "clean_claims.gpkg",
            "Boundaries that the projects claim to be clean: the three finished ones, and "
            "block A of P01, where much still stands.",
            GRID,
            "项目编号, 申报日期",
            "4",
        ),
        Card(
            "planted",
            "planted.csv",
            "Every defect planted in these files, complete for each code that it names: "
            + ", ".join(f"{code} {count}" for code, count in sorted(planted.items()))
            + ". `key` joins the sorted ids of "
            "the finding by |, or is file#sheet#row where a finding has none. A repeated id "
            "becomes ID#2, a missing one FILE#row.",
            "none",
            "code, layer, key, note",
            str(len(d.planted)),
        ),
    ]


STORY = """\
# The demo county 云澜县

A county that does not exist: six villages and twenty groups on both banks of the river 澜河. Every
name, person, number and boundary is made up by `scripts/make_demo.py` from one seed; running it
again with the same library versions gives the same bytes. Id numbers carry valid check digits on
the region code 999999, which nobody holds; phone numbers start with 100, accounts with 99999999.
Like the repository, the data are under the MIT licence.

Since 2022-08-23, when the expropriation was pre-announced, the county assembles land for twelve
projects; the day of the figures is 2022-10-14.

- P03 (hospital), P06 (waterworks) and P10 (school) are complete: all land agreed and paid,
  everything removed. They hurried: some statutory steps have no date.
- P01 (new town, two sale blocks), P02, P04, P09 and P12 are under way.
- P05, P07, P08 and P11 are industrial, and nobody has signed: a real 0 %.
- The 220 kV line over P01 and P04 moves on 2023-04-30; both are to be clean by 2022-12-31.
- Three groups signed as a whole; each has one land row for all its parcels.
- The four resettlement zones have homes for about six households in ten.
- The buyer of P01 has paid 20 million yuan of 480; half falls due when the whole land is clean.

{records}

Files come as offices send them; each has a card beside it. What is wrong with them on purpose
stands in `planted.csv`.
"""


def write_cards(folder: Path, delivery: Delivery) -> None:
    """Write the story and a card per layer."""
    counts = Counter(record.file for record in delivery.records)
    kinds = Counter(record.kind for record in delivery.records)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    text = STORY.format(
        records=f"In numbers: {len(delivery.rows)} parcels; records by kind: {said}."
    )
    (folder / "DEMO.md").write_text(text, encoding="utf-8", newline="\n")
    for card in _cards(delivery, counts):
        lines = (
            f"# {card.name}\n\n{card.what}\n\n- Files: {card.files}\n- CRS: {card.crs}\n- "
            f"Rows: {card.rows}\n"
            f"- Fields: {card.fields}\n- Made by: `scripts/make_demo.py` (invented, seeded)\n- "
            f"Licence: MIT\n"
        )
        (folder / f"{card.name}.md").write_text(lines, encoding="utf-8", newline="\n")
