"""GeoPackages and GeoJSON, as offices send them."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from .delivery import Delivery
from .fixtures import river_shape
from .register import Record
from .settings import CRS, VILLAGES
from .story import day

CLOCK = "2022-10-14T00:00:00.000Z"


def _gpkg(
    path: Path, layer: str, table: dict[str, list[object]], shapes: list[object], kind: str
) -> None:
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=CRS), crs=CRS)
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": CLOCK})
    pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", geometry_type=kind)


def date_text(number: int | None, style: int = 0) -> str | None:
    """Return a day as one of the ways offices write it."""
    value = day(number)
    if value is None:
        return None
    return (
        f"{value:%Y-%m-%d}",
        f"{value.year}年{value.month}月{value.day}日",
        f"{value.year}.{value.month}.{value.day}",
    )[style]


def _cell(record: Record, column: str, number: int | None) -> str | None:
    return record.text.get(column, date_text(number))


def write_houses(path: Path, records: list[Record]) -> None:
    """Write houses.gpkg."""
    table: dict[str, list[object]] = {
        "房屋编号": [r.record_id or None for r in records],
        "村": [r.village for r in records],
        "组": [r.group for r in records],
        "地块编号": [r.number or None for r in records],
        "户主姓名": [r.person.name for r in records],
        "身份证号": [r.person.id_number for r in records],
        "房屋结构": [r.structure for r in records],
        "层数": [int(r.text.get("层数", "1")) for r in records],
        "建筑面积(㎡)": [r.quantity for r in records],
        "建成时间": [r.built or None for r in records],
        "调查日期": [_cell(r, "surveyed", r.surveyed) for r in records],
        "协议签订日期": [_cell(r, "agreed", r.agreed) for r in records],
        "付款日期": [_cell(r, "paid", r.paid) for r in records],
        "腾空日期": [_cell(r, "vacated", r.vacated) for r in records],
        "拆除日期": [_cell(r, "removed", r.removed) for r in records],
        "工作组": [r.team for r in records],
        "备注": [r.note or None for r in records],
    }
    _gpkg(path, "houses", table, [r.shape for r in records], "Polygon")


def write_graves(path: Path, records: list[Record]) -> None:
    """Write graves.gpkg."""
    table: dict[str, list[object]] = {
        "坟墓编号": [r.record_id for r in records],
        "村": [r.village for r in records],
        "组": [r.group for r in records],
        "地块编号": [r.number or None for r in records],
        "联系人": [r.person.name for r in records],
        "联系电话": [r.person.phone for r in records],
        "身份证号": [r.person.id_number for r in records],
        "类型": [r.structure for r in records],
        "穴数": [1 for _ in records],
        "调查日期": [date_text(r.surveyed, 2) for r in records],
        "协议签订日期": [date_text(r.agreed, 2) for r in records],
        "付款日期": [date_text(r.paid, 2) for r in records],
        "迁移日期": [date_text(r.removed, 2) for r in records],
        "工作组": [r.team for r in records],
    }
    _gpkg(path, "graves", table, [r.shape for r in records], "Point")


def write_crops(path: Path, records: list[Record]) -> None:
    """Write crops.gpkg: the special crops that were surveyed as polygons."""
    table: dict[str, list[object]] = {
        "登记编号": [r.record_id for r in records],
        "类别": ["特殊青苗" for _ in records],
        "村": [r.village for r in records],
        "组": [r.group for r in records],
        "地块编号": [r.number or None for r in records],
        "户主": [r.person.name for r in records],
        "身份证号": [r.person.id_number for r in records],
        "品种": [r.structure for r in records],
        "数量(亩)": [r.quantity for r in records],
        "调查日期": [date_text(r.surveyed, 1) for r in records],
        "协议签订日期": [date_text(r.agreed, 1) for r in records],
        "付款日期": [date_text(r.paid, 1) for r in records],
        "清除日期": [date_text(r.removed, 1) for r in records],
        "工作组": [r.team for r in records],
    }
    _gpkg(path, "crops", table, [r.shape for r in records], "Polygon")


def write_lines(path: Path, delivery: Delivery) -> None:
    """Write power_lines.geojson in EPSG:4490, with the crs member that says so."""
    turn = pyproj.Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
    features = []
    for line in delivery.lines:
        x, y = turn.transform(*shapely.get_coordinates(line.shape).T)
        points = [[round(a, 9), round(b, 9)] for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        properties = {
            "线路编号": line.line_id,
            "线路全称": line.name,
            "电压等级": line.voltage,
            "电流": "ac",
            "状态": line.status,
            "迁改完成日期": line.relocated_on or None,
            "边线距(米)": line.offset_m,
        }
        features.append(
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "LineString", "coordinates": points},
            }
        )
    whole = {
        "type": "FeatureCollection",
        "name": "power_lines",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}},
        "features": features,
    }
    path.write_text(
        json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
    )


def write_exclusions(path: Path, exclusions: list[dict[str, object]]) -> None:
    """Write exclusions.gpkg."""
    names = ("除外编号", "除外原因", "名称", "批准文号", "批准日期")
    table: dict[str, list[object]] = {n: [row[n] or None for row in exclusions] for n in names}
    _gpkg(path, "exclusions", table, [row["shape"] for row in exclusions], "Polygon")


def write_claims(path: Path, claims: list[tuple[str, str, shapely.Polygon]]) -> None:
    """Write clean_claims.gpkg."""
    table: dict[str, list[object]] = {
        "项目编号": [one for one, _, _ in claims],
        "申报日期": [when for _, when, _ in claims],
    }
    _gpkg(path, "clean_claims", table, [shape for *_, shape in claims], "Polygon")


def _middle(ground_ring: np.ndarray) -> shapely.LineString:
    return shapely.LineString(np.round(ground_ring, 3))


def write_context(folder: Path, delivery: Delivery) -> None:
    """Write roads.gpkg, water.gpkg and villages.gpkg: what is drawn and never computed."""
    ground = delivery.ground
    u = np.arange(-200.0, 3201.0, 20.0)
    axes = [
        ("澜北公路", _middle(ground.bend.ground(np.column_stack([u, np.full_like(u, 1668.0)]))))
    ]
    for number, band in enumerate(b for root in ground.roots for b in root.bands()):
        a, b, c, d = band
        across = np.hypot(*(b - a)) > np.hypot(*(d - a))
        ends = ((a + d) / 2, (b + c) / 2) if across else ((a + b) / 2, (d + c) / 2)
        steps = np.linspace(0.0, 1.0, 1 + max(2, int(np.hypot(*(ends[1] - ends[0])) / 25)))[:, None]
        axes.append(
            (
                f"村道{number + 1:02d}",
                _middle(ground.bend.ground(ends[0] + (ends[1] - ends[0]) * steps)),
            )
        )
    _gpkg(
        folder / "roads.gpkg",
        "roads",
        {"名称": [n for n, _ in axes], "要素类别": ["road"] * len(axes)},
        [s for _, s in axes],
        "LineString",
    )
    ponds = [p.shape.buffer(-2.5) for p in ground.parcels if p.use == "pond"]
    shapes = [river_shape(ground), *shapely.set_precision(np.array(ponds), 0.001).tolist()]
    names = ["澜河", *[f"鱼塘{k + 1}" for k in range(len(ponds))]]
    _gpkg(
        folder / "water.gpkg",
        "water",
        {"名称": names, "要素类别": ["water"] * len(names)},
        shapes,
        "Polygon",
    )
    spots = (
        pd.DataFrame(
            [(p.village, p.group, *p.shape.centroid.coords[0]) for p in ground.parcels if p.home],
            columns=["village", "group", "x", "y"],
        )
        .groupby(["village", "group"], sort=True)
        .mean()
    )
    labels = [f"{village}{group}" for village, group in spots.index]
    points = shapely.points(np.round(spots[["x", "y"]].to_numpy(), 3)).tolist()
    for village in VILLAGES:
        labels.append(village)
        points.append(shapely.Point(np.round(spots.loc[village].mean().to_numpy(), 3)))
    _gpkg(
        folder / "villages.gpkg",
        "villages",
        {"名称": labels, "要素类别": ["village"] * len(labels)},
        points,
        "Point",
    )
