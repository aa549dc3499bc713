"""A hand-made project of sixty parcels with holes, multiparts and missing shapes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from landgis.outputs.map_sheet import MapSheet

CRS = "EPSG:4526"
EAST, NORTH = 38_500_000.0, 2_650_000.0
AS_OF = pd.Timestamp("2022-10-14")
STAGES = ("none", "surveyed", "agreed", "paid", "delivered", "cleared")
STEPS = ("surveyed_on", "agreed_on", "paid_on", "delivered_on", "cleared_on")


def frame(rows: list[dict[str, object]], shapes: list[object]) -> gpd.GeoDataFrame:
    """Build a layer of the world."""
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=list(shapes), crs=CRS)


def _bend(shape: Polygon) -> Polygon:
    """Turn and sway a rectangle, so that fields look like fields."""
    turned = affinity.rotate(shape.segmentize(12), 11, origin=(EAST, NORTH))
    return affinity.translate(turned, 0, 0)


def field_shapes() -> list[object]:
    """Sixty strip fields in ten columns; one with a pond left out, one in two parts."""
    shapes: list[object] = []
    for row in range(6):
        for column in range(10):
            west = EAST + column * 46 + 6 * (row % 2)
            south = NORTH + row * 72 + 4 * np.sin(column)
            shapes.append(_bend(box(west, south, west + 44, south + 70)))
    pond = _bend(box(EAST + 56, NORTH + 24, EAST + 74, NORTH + 46))
    shapes[1] = Polygon(shapes[1].exterior, [pond.exterior.coords])
    shapes[12] = MultiPolygon(
        [shapes[12], _bend(box(EAST + 480, NORTH + 90, EAST + 510, NORTH + 120))]
    )
    shapes[59] = None
    return shapes


def parcels() -> gpd.GeoDataFrame:
    """Return the parcels with every stage and its days."""
    rows = []
    for i in range(60):
        stage = STAGES[min(5, (i * 7) // 60 + (i % 3 == 0))]
        reached = STAGES.index(stage)
        days = {
            step: pd.Timestamp("2022-08-25") + pd.Timedelta(days=9 * k) if k < reached else pd.NaT
            for k, step in enumerate(STEPS)
        }
        area = 3080.0
        state = "clean" if stage == "cleared" else "restricted" if i % 11 == 0 else "blocked"
        rows.append(
            {
                "parcel_id": f"青石村-{i // 20 + 1}组-{i % 20 + 1:03d}",
                "village": "青石村",
                "group": f"{i // 20 + 1}组",
                "land_use": ("水田", "旱地", "果园", "坑塘水面")[i % 4],
                "stated_area_mu": 4.62,
                "area_m2": area,
                **{
                    f"{s}_m2": area * (s == state)
                    for s in ("clean", "restricted", "blocked", "excluded")
                },
                "stage": stage,
                "team": f"第{'一二三四'[i % 4]}工作组",
                **days,
                "source_file": "parcels.shp",
                "source_sheet": pd.NA,
                "source_row": i + 1,
                "户主": "张三",
            }
        )
    return frame(rows, field_shapes())


def pieces(fields: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one piece per parcel in its state, and a gap without a parcel."""
    states = ["clean", "restricted", "blocked", "excluded"]
    columns = [f"{state}_m2" for state in states]
    state = [states[k] for k in fields[columns].to_numpy().argmax(axis=1)]
    reason = pd.Series(state).map({"blocked": "not_acquired", "restricted": "live_line"})
    rows = [
        {"parcel_id": code, "state": s, "reason": r, "area_m2": 3080.0}
        for code, s, r in zip(fields["parcel_id"], state, reason, strict=True)
    ]
    gap = {"parcel_id": pd.NA, "state": "blocked", "reason": "gap", "area_m2": 900.0}
    hole = _bend(box(EAST - 40, NORTH, EAST - 10, NORTH + 30))
    return frame([*rows, gap], [*fields.geometry, hole])


def records(fields: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return houses, attachments, crops and graves: polygons, points, a line and no shape."""
    rows, shapes = [], []
    kinds = ["house", "attachment", "special_crop", "crop", "grave"]
    units = {"house": "building", "crop": "mu", "grave": "grave"}
    for i in range(45):
        kind = kinds[i % 5]
        home = fields.geometry.iloc[i]
        spot = home.representative_point()
        shape = {
            "house": box(spot.x - 9, spot.y - 6, spot.x + 6, spot.y + 6),
            "attachment": Point(spot.x + 8, spot.y - 14),
            "special_crop": home.buffer(-8) if i != 12 else None,
            "crop": affinity.scale(home, 0.6, 0.4),
            "grave": Point(spot.x - 10, spot.y + 20),
        }[kind]
        rows.append(
            {
                "record_id": f"{kind[0].upper()}-{i:03d}",
                "kind": kind,
                "parcel_id": fields["parcel_id"].iloc[i],
                "quantity": 120.5 if kind == "house" else float(1 + i % 4),
                "unit": units.get(kind, "household"),
                "structure": {"house": "砖混", "special_crop": "柑橘"}.get(kind, pd.NA),
                "stage": ("surveyed", "agreed", "paid", "removed")[i % 4],
                "built_on": pd.NaT,
                "agreed_on": AS_OF - pd.Timedelta(days=20),
                "paid_on": pd.NaT,
                "removed_on": AS_OF if i % 4 == 3 else pd.NaT,
                "source_file": "第1工作组.xlsx",
                "source_sheet": "房屋",
                "source_row": i + 4,
                "household": f"H{i}",
            }
        )
        shapes.append(shape)
    return frame(rows, shapes)


def power() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return three lines and their zones; the third line's voltage is missing."""
    axes = [
        LineString(
            [(EAST - 90, NORTH + 250), (EAST + 250, NORTH + 330), (EAST + 620, NORTH + 300)]
        ),
        LineString([(EAST + 300, NORTH - 80), (EAST + 330, NORTH + 640)]),
        LineString([(EAST - 60, NORTH + 80), (EAST + 560, NORTH - 30)]),
    ]
    facts = [("110kV云石线", 110.0, 14.0), ("10kV村支线", 10.0, 5.7), ("无名线", np.nan, np.nan)]
    lines = frame(
        [
            {
                "line_id": name,
                "voltage_kv": kv,
                "status": status,
                "relocated_on": moved,
                "source_file": "power_lines.geojson",
                "source_row": k + 1,
            }
            for k, ((name, kv, _), status, moved) in enumerate(
                zip(
                    facts,
                    ["to_relocate", "live", "live"],
                    [pd.Timestamp("2023-04-30"), pd.NaT, pd.NaT],
                    strict=True,
                )
            )
        ],
        axes,
    )
    zones = frame(
        [
            {
                "line_id": name,
                "zone": "protection",
                "voltage_kv": kv,
                "half_width_m": half,
                "offset_source": "default",
                "status": line["status"],
                "relocated_on": line["relocated_on"],
                "rule": "电力设施保护条例 第十条",
            }
            for (name, kv, half), line in zip(facts, lines.to_dict("records"), strict=True)
        ],
        [
            axis if half != half else axis.buffer(half)
            for axis, (_, _, half) in zip(axes, facts, strict=True)
        ],
    )
    return lines, zones


def sheet(**changes: object) -> MapSheet:
    """Return the sheet of the hand-made project; keywords replace single members."""
    fields = parcels()
    lines, zones = power()
    red = _bend(box(EAST - 45, NORTH - 8, EAST + 472, NORTH + 442))
    blocks = [
        _bend(box(EAST - 45, NORTH - 8, EAST + 230, NORTH + 442)),
        _bend(box(EAST + 230, NORTH - 8, EAST + 472, NORTH + 442)),
    ]
    homes = _bend(box(EAST + 500, NORTH + 150, EAST + 640, NORTH + 260))
    road = LineString(
        [(EAST - 250, NORTH - 40), (EAST + 200, NORTH - 25), (EAST + 800, NORTH - 60)]
    )
    river = LineString(
        [(EAST - 300, NORTH + 620), (EAST + 100, NORTH + 520), (EAST + 900, NORTH + 610)]
    ).buffer(22)
    indicators = pd.DataFrame(
        [
            ("land", "mu", 286.44, 203.15, 83.29, 0.7092, False),
            ("house_agreement", "building", 9, 6, 3, 0.6667, False),
            ("special_crop", "household", 9, 4, 5, 0.4444, False),
            ("attachment", "household", 9, 9, 0, 1.0, False),
            ("grave", "grave", 27, 12, 15, 0.4444, False),
            ("house_removal", "building", 9, 0, 9, 0.0, False),
            ("attachment_removal", "household", np.nan, np.nan, np.nan, np.nan, False),
            ("crop_clearing", "mu", 120.0, 88.0, 32.0, 0.7333, True),
        ],
        columns=["indicator", "unit", "task", "done", "left", "rate", "approx"],
    )
    blockers = pd.DataFrame(
        [
            ("not_acquired", 98_560.0, 32),
            ("house", 12_320.0, 4),
            ("live_line", 9_240.0, 3),
            ("gap", 900.0, 1),
        ],
        columns=["reason", "area_m2", "count"],
    )
    members: dict[str, object] = {
        "campaign_name": "云澜县重点项目用地保障攻坚行动",
        "project_id": "P01",
        "project_name": "青石片区标准厂房及配套道路工程",
        "as_of": AS_OF,
        "edition": "internal",
        "red_line": frame([{"project_id": "P01", "name": "青石片区"}], [red]),
        "blocks": frame(
            [{"block_id": "P01-1", "name": "A地块"}, {"block_id": "P01-2", "name": "B地块"}], blocks
        ),
        "parcels": fields,
        "records": records(fields),
        "zones": zones,
        "power_lines": lines,
        "resettlement_zones": frame(
            [
                {
                    "zone_id": "Z1",
                    "name": "青石安置区",
                    "mode": "rebuild",
                    "homes": 60,
                    "homes_unit": "plot",
                    "demand": 84,
                    "planned_on": pd.Timestamp("2023-06-30"),
                    "delivered_on": pd.NaT,
                }
            ],
            [homes],
        ),
        "pieces": pieces(fields),
        "context": frame(
            [
                {"name": "石云公路", "what": "road"},
                {"name": "青溪", "what": "water"},
                {"name": "青石村", "what": "village"},
            ],
            [road, river, box(EAST - 330, NORTH - 200, EAST + 900, NORTH + 700)],
        ),
        "verdict": "not_clean",
        "areas": {
            "clean": 64_680.0,
            "restricted": 9_240.0,
            "blocked": 112_420.0,
            "excluded": 4_620.0,
            "total": 190_960.0,
        },
        "indicators": indicators,
        "ones": [
            ("project", "青石片区标准厂房及配套道路工程"),
            ("leader", "县委副书记"),
            ("task_force", "青石片区工作专班"),
            ("plan", None),
            ("map", "P01_作战图_内部_20221014.html"),
        ],
        "deadlines": [
            ("clean_by", pd.Timestamp("2022-12-31"), 78),
            ("power_relocated_by", pd.Timestamp("2022-10-02"), -12),
        ],
        "open_conditions": ["soil_survey_passed", "approval_document"],
        "blockers": blockers,
        "rules": [("电力线路保护区", "电力设施保护条例（2011年修订）第十条")],
        "source_hashes": [
            ("parcels.shp", "9f86d081884c7d659a2feaa0c55ad015"),
            ("台账/第1工作组.xlsx", "60303ae22b998861bce3b28f33eec1be"),
        ],
    }
    return MapSheet(**{**members, **changes})
