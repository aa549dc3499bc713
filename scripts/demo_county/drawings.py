"""Coordinate TXT and DXF, as surveyors send them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from .table import Row


def _dxf(*pairs: tuple[int, object]) -> str:
    return "".join(f"{code}\r\n{value}\r\n" for code, value in pairs)


def write_dxf(path: Path, rows: list[Row]) -> None:
    """Write the parcels as CASS draws them: closed polylines on JZD, XDATA of SOUTH, texts."""
    shapes = [row.shape for row in rows if row.shape is not None]
    low_x, low_y, high_x, high_y = shapely.total_bounds(np.array(shapes))
    out = [
        _dxf(
            (0, "SECTION"),
            (2, "HEADER"),
            (9, "$ACADVER"),
            (1, "AC1009"),
            (9, "$DWGCODEPAGE"),
            (3, "ANSI_936"),
            (9, "$EXTMIN"),
            (10, low_x),
            (20, low_y),
            (30, 0.0),
            (9, "$EXTMAX"),
            (10, high_x),
            (20, high_y),
            (30, 0.0),
            (0, "ENDSEC"),
            (0, "SECTION"),
            (2, "TABLES"),
            (0, "TABLE"),
            (2, "LTYPE"),
            (70, 1),
            (0, "LTYPE"),
            (2, "CONTINUOUS"),
            (70, 0),
            (3, "Solid"),
            (72, 65),
            (73, 0),
            (40, 0.0),
            (0, "ENDTAB"),
            (0, "TABLE"),
            (2, "LAYER"),
            (70, 3),
            (0, "LAYER"),
            (2, "0"),
            (70, 0),
            (62, 7),
            (6, "CONTINUOUS"),
            (0, "LAYER"),
            (2, "JZD"),
            (70, 0),
            (62, 1),
            (6, "CONTINUOUS"),
            (0, "LAYER"),
            (2, "ZJ"),
            (70, 0),
            (62, 2),
            (6, "CONTINUOUS"),
            (0, "ENDTAB"),
            (0, "TABLE"),
            (2, "STYLE"),
            (70, 1),
            (0, "STYLE"),
            (2, "STANDARD"),
            (70, 0),
            (40, 0.0),
            (41, 1.0),
            (50, 0.0),
            (71, 0),
            (42, 2.5),
            (3, "txt"),
            (4, "hztxt"),
            (0, "ENDTAB"),
            (0, "TABLE"),
            (2, "APPID"),
            (70, 1),
            (0, "APPID"),
            (2, "SOUTH"),
            (70, 0),
            (0, "ENDTAB"),
            (0, "ENDSEC"),
            (0, "SECTION"),
            (2, "ENTITIES"),
        ),
    ]
    for row in rows:
        if row.shape is None:
            continue
        out.append(
            _dxf(
                (0, "POLYLINE"),
                (8, "JZD"),
                (66, 1),
                (10, 0),
                (20, 0),
                (30, 0),
                (70, 1),
                (1001, "SOUTH"),
                (1000, "300000"),
                (1000, f"{row.village}{row.group}{row.number}"),
                (1000, f"{row.village}{row.group}"),
                (1000, row.land_use),
            )
        )
        out += [
            f"0\r\nVERTEX\r\n8\r\nJZD\r\n10\r\n{x:.3f}\r\n20\r\n{y:.3f}\r\n"
            for x, y in shapely.get_coordinates(row.shape.exterior)[:-1].tolist()
        ]
        spot = shapely.get_coordinates(shapely.centroid(row.shape))[0]
        out.append(
            _dxf(
                (0, "SEQEND"),
                (8, "JZD"),
                (0, "TEXT"),
                (8, "ZJ"),
                (10, f"{spot[0]:.3f}"),
                (20, f"{spot[1]:.3f}"),
                (40, 1.5),
                (1, row.number or "无号"),
            )
        )
    out.append(_dxf((0, "ENDSEC"), (0, "EOF")))
    path.write_bytes("".join(out).encode("gbk"))


def _txt_record(code: str, name: str, use: str, shape: shapely.Polygon) -> list[str]:
    """Return one parcel of a coordinate TXT: northing first, closed by repeating J1."""
    ring = shapely.get_coordinates(shape.exterior)
    if shapely.is_ccw(shape.exterior):
        ring = ring[::-1]
    start = int(np.lexsort((ring[:-1, 0], ring[:-1, 1]))[0])
    ring = np.vstack([np.roll(ring[:-1], -start, axis=0), ring[start]])
    lines = [f"{len(ring)},{shape.area / 1e4:.4f},{code},{name},面,,{use},,@"]
    labels = [*range(1, len(ring)), 1]
    lines += [f"J{k},1,{y:.3f},{x:.3f}" for k, (x, y) in zip(labels, ring.tolist(), strict=True)]
    return lines


def write_coordinates(path: Path, records: list[tuple[str, str, str, shapely.Polygon]]) -> None:
    """Write a coordinate TXT (GBK, CRLF, zone prefix in the easting)."""
    head = [
        "[属性描述]",
        "格式版本号=1.01版本",
        "数据产生单位=云澜县测绘队",
        "数据产生日期=2022-8-23",
        "坐标系=2000国家大地坐标系",
        "几度分带=3",
        "投影类型=高斯克吕格",
        "计量单位=米",
        "带号=38",
        "精度=0.001",
        "转换参数=,,,,,,",
        "[地块坐标]",
    ]
    lines = head + [line for record in records for line in _txt_record(*record)]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("gbk"))
