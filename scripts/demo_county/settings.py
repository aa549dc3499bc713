"""What the demo county is called and where it lies. Every name is made up."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 20221014
COUNTY = "云澜县"
CAMPAIGN = "云澜县重点项目用地保障攻坚行动"
CRS = "EPSG:4526"
EAST0 = 38_511_800.0
NORTH0 = 2_648_300.0
WIDTH_M = 3000.0
HEIGHT_M = 2120.0
RIVER = (930.0, 1010.0)  # the river's banks in plan coordinates (m from the south edge)
DAY0 = "2022-08-23"
AS_OF = "2022-10-14"
LAST_DAY = 52  # AS_OF counted from DAY0
IMAGE_DAY = 48  # 2022-10-10
M2_PER_MU = 2000.0 / 3.0

#: village: plan coordinates of its heart, number of groups, team that works there
VILLAGES: dict[str, tuple[float, float, int, str]] = {
    "青石村": (480.0, 1480.0, 4, "第一工作组"),
    "柳湾村": (1500.0, 1330.0, 3, "第二工作组"),
    "鹭洲村": (2540.0, 1560.0, 4, "第三工作组"),
    "枫溪村": (430.0, 560.0, 3, "第四工作组"),
    "云岭村": (1480.0, 420.0, 3, "第五工作组"),
    "荷塘村": (2520.0, 520.0, 3, "第六工作组"),
}
TEAMS = tuple(dict.fromkeys(team for *_, team in VILLAGES.values()))


@dataclass(frozen=True)
class Plan:
    """One project as the county planned it; `at` is a plan coordinate inside it."""

    project_id: str
    name: str
    use: str
    at: tuple[float, float]
    hectares: tuple[float, float]
    share: float  # of the land that is agreed on the day of the figures; 1 = complete
    clean_by: str
    trim: float  # how much of a corner the red line leaves out


PLANS: tuple[Plan, ...] = (
    Plan("P01", "云澜新城商住片区", "commercial", (1480, 1330), (15, 34), 0.80, "2022-12-31", 0.0),
    Plan("P02", "滨江安居小区", "residential", (2560, 1560), (8, 26), 0.55, "2022-12-31", 0.10),
    Plan(
        "P03", "县人民医院新院区", "public_service", (2150, 1180), (5, 20), 1.0, "2022-10-31", 0.2
    ),
    Plan("P04", "环城快速路东段", "infrastructure", (1500, 1800), (0, 0), 0.60, "2022-12-31", 0.0),
    Plan("P05", "智能装备产业园", "industrial", (480, 480), (8, 26), 0.0, "2023-03-31", 0.1),
    Plan("P06", "第三水厂", "infrastructure", (200, 1200), (4, 20), 1.0, "2022-10-31", 0.15),
    Plan("P07", "新能源材料产业园", "industrial", (2000, 230), (8, 26), 0.0, "2023-03-31", 0.12),
    Plan("P08", "农产品冷链物流园", "industrial", (2620, 430), (8, 26), 0.0, "2023-06-30", 0.10),
    Plan("P09", "职业教育中心", "public_service", (480, 1560), (8, 26), 0.38, "2022-12-31", 0.10),
    Plan("P10", "青石中心学校", "public_service", (850, 1580), (4, 16), 1.0, "2022-10-31", 0.12),
    Plan("P11", "电子信息产业园", "industrial", (260, 760), (5, 26), 0.0, "2023-03-31", 0.10),
    Plan("P12", "云岭文旅小镇", "commercial", (1380, 560), (8, 26), 0.24, "2023-06-30", 0.10),
)

#: land-use codes of GB/T 21010-2017
LAND_USE = {
    "paddy": "0101",
    "dry": "0103",
    "orchard": "0201",
    "eucalyptus": "0301",
    "pond": "1104",
    "plot": "0702",
    "garden": "0103",
    "lane": "1006",
    "track": "1006",
    "highway": "1003",
    "ditch": "1107",
}
