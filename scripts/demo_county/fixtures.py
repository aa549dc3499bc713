"""What the county holds beside parcels: lines, exclusions, resettlement zones, the river."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .county import Ground
from .projects import Project
from .settings import RIVER, WIDTH_M
from .table import Row


@dataclass
class Line:
    """A power line."""

    line_id: str
    name: str
    voltage: str
    kv: float
    status: str
    relocated_on: str
    offset_m: float | None
    shape: shapely.LineString


def _path(*points: tuple[float, float]) -> shapely.LineString:
    """Return a line of towers about every 250 m through points (m from 38511000, 2648000)."""
    line = shapely.segmentize(shapely.LineString(points), 260.0)
    return shapely.LineString(
        np.round(shapely.get_coordinates(line) + np.array([38_511_000.0, 2_648_000.0]), 3)
    )


def make_lines() -> list[Line]:
    """Return the three lines."""
    return [
        Line(
            "XL-010",
            "10千伏青石支线",
            "10千伏",
            10,
            "已迁改",
            "2022-09-20",
            None,
            _path((690, 1230), (960, 1430), (1160, 1495), (1390, 1600)),
        ),
        Line(
            "XL-110",
            "110kV云柳线",
            "110kV",
            110,
            "拟迁改",
            "2022-11-30",
            4.0,
            _path((560, 480), (1450, 610), (2200, 450), (2700, 560), (3480, 500), (4100, 640)),
        ),
        Line(
            "XL-220",
            "220千伏澜鹭线",
            "220000",
            220,
            "拟迁改",
            "2023-04-30",
            7.0,
            _path((1900, 2760), (2330, 1700), (2420, 1500), (2560, 1050), (2430, 150)),
        ),
    ]


def river_shape(ground: Ground) -> shapely.Polygon:
    """Return the river between its banks, running on a little beyond the survey."""
    low, high = RIVER
    u = np.arange(-260.0, WIDTH_M + 261.0, 15.0)
    ring = np.vstack(
        [
            np.column_stack([u, np.full_like(u, low + 6)]),
            np.column_stack([u, np.full_like(u, high - 6)])[::-1],
        ]
    )
    return shapely.Polygon(ground.bend.ground(ring))


def _disc(centre: shapely.Point, radius: float) -> shapely.Polygon:
    ring = shapely.get_coordinates(centre.buffer(radius, quad_segs=4))
    return shapely.Polygon(np.round(ring, 3))


def make_exclusions(projects: list[Project], rows: list[Row]) -> list[dict[str, object]]:
    """Return what is kept within the red lines: hall, trees, shrine, road."""
    by_id = {project.project_id: project for project in projects}

    def spot(project_id: str, use: str, order: int) -> shapely.Polygon:
        found = [i for i in by_id[project_id].whole() if rows[i].use == use]
        return found[order]

    hall = rows[spot("P01", "garden", 30)].shape.buffer(-0.8, join_style="mitre")
    shrine = rows[spot("P02", "garden", 14)].shape.centroid
    tree = rows[spot("P03", "paddy", 20)].shape.centroid
    tree2 = rows[spot("P09", "garden", 9)].shape.centroid
    return [
        {
            "除外编号": "CW-01",
            "除外原因": "祠堂",
            "名称": "澜川宗祠",
            "批准文号": "云澜府函〔2022〕58号",
            "批准日期": "2022-09-05",
            "shape": shapely.set_precision(hall, 0.001),
        },
        {
            "除外编号": "CW-02",
            "除外原因": "古树",
            "名称": "古樟一株",
            "批准文号": "云澜林字〔2022〕12号",
            "批准日期": "2022-09-01",
            "shape": _disc(tree, 8.0),
        },
        {
            "除外编号": "CW-03",
            "除外原因": "神龛",
            "名称": "社公庙",
            "批准文号": "",
            "批准日期": "",
            "shape": _disc(shrine, 5.0),
        },
        {
            "除外编号": "CW-04",
            "除外原因": "古树",
            "名称": "古榕一株",
            "批准文号": "云澜林字〔2022〕15号",
            "批准日期": "2022-09-14",
            "shape": _disc(tree2, 9.0),
        },
    ]


def make_zones(ground: Ground, rows: list[Row], taken: set[int]) -> list[dict[str, object]]:
    """Return four resettlement zones on ground that no project takes, beside the villages."""
    wanted = [
        ("AZ-1", "青石回建安置区", "回建", "宗", (640, 1270)),
        ("AZ-2", "柳湾公寓安置小区", "上楼", "套", (1130, 1330)),
        ("AZ-3", "鹭洲回建安置区", "回建", "宗", (2500, 1300)),
        ("AZ-4", "云岭安置点", "回建", "宗", (1150, 520)),
    ]
    out = []
    centres = shapely.points([parcel.plan[:-1].mean(axis=0) for parcel in ground.parcels])
    for zone_id, name, mode, unit, at in wanted:
        near = shapely.distance(centres, shapely.Point(at))
        free = [
            i
            for i in np.argsort(near).tolist()
            if i not in taken and rows[i].use in ("paddy", "dry", "ditch", "track", "orchard")
        ]
        block = ground.parcels[free[0]].block
        inside = [i for i in free if ground.parcels[i].block == block and near[i] < 105.0]
        parts = shapely.get_parts(
            shapely.coverage_union_all(np.array([ground.parcels[i].shape for i in inside]))
        )
        shape = shapely.Polygon(max(parts, key=shapely.area).exterior)
        out.append({"zone_id": zone_id, "name": name, "mode": mode, "unit": unit, "shape": shape})
    return out
