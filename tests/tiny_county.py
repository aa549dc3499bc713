"""A county of eight parcels and one project, as files on a disk: quick to load, all kinds there."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
from worlds import EAST, GK38, NORTH, at, box, line

import landgis.cli

#: a person who must not survive reading; nobody bears this name or number
PERSON = ("欧阳试样", "530199199001011234", "13900000000")

MANIFEST = """[campaign]
name = "试点县"
crs = "EPSG:4526"
as_of = 2022-10-14

[layers]
projects = "red_lines.gpkg"
parcels = "parcels.gpkg"
records = ["houses.xlsx", "graves.gpkg"]
power_lines = "power_lines.geojson"
clean_claims = "clean_claims.gpkg"

[[project]]
project_id = "P01"
name = "园区"
clean_by = 2022-12-31
"""


def frame(shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    """Return shapes with columns in the CRS of the county."""
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=GK38)


def write_county(folder: Path) -> Path:
    """Write the county into a folder: one house and one grave stand on agreed ground."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = [(row, column) for row in range(2) for column in range(4)]
    parcels = frame(
        [box(100 * c, 100 * r, 100 * c + 100, 100 * r + 100) for r, c in cells],
        宗地代码=[f"A{i}" for i in range(8)],
        村=["青石村"] * 8,
        组=["1组"] * 8,
        征收面积=[15.0] * 8,
        协议签订日期=["2022-09-01"] * 6 + [None, None],
    )
    parcels.to_file(folder / "parcels.gpkg")
    red = frame([box(0, 0, 400, 150)], 项目编号=["P01"])
    red.to_file(folder / "red_lines.gpkg")
    frame([box(0, 0, 300, 100)], 项目编号=["P01"]).to_file(folder / "clean_claims.gpkg")
    frame([at(150, 50), at(250, 50)], 坟墓编号=["G1", "G2"]).to_file(folder / "graves.gpkg")
    wires = frame([line((0, 120), (400, 120))], 线路编号=["L1"], 电压=["110"], 边线距=[4.0])
    wires.to_crs(4490).to_file(folder / "power_lines.geojson", driver="GeoJSON")
    houses = pd.DataFrame(
        {
            "房屋编号": ["H1", "H2"],
            "户主": [PERSON[0], "慕容样本"],
            "身份证号": [PERSON[1], "530199198502022345"],
            "联系电话": [PERSON[2], "13900000001"],
            "类别": ["房屋", "房屋"],
            "宗地代码": ["A0", "A6"],
            "调查日期": ["2022-08-25", "2022-08-26"],
            "拆除日期": [None, "2022-10-01"],
        }
    )
    houses.to_excel(folder / "houses.xlsx", index=False, sheet_name="房屋")
    (folder / "campaign.toml").write_text(MANIFEST, encoding="utf-8")
    return folder


def degrees() -> tuple[float, float]:
    """Return where the county lies, longitude and latitude."""
    middle = gpd.GeoSeries([at(0, 0)], crs=GK38).to_crs(4490).iloc[0]
    return middle.x, middle.y


def change(folder: Path, old: str, new: str) -> None:
    """Change the manifest."""
    path = folder / "campaign.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes: what must not change by a refusal."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def call(capsys: Any, *words: object) -> SimpleNamespace:
    """Run a command: exit code, what it said on stdout and on stderr."""
    capsys.readouterr()
    code = landgis.cli.main([str(word) for word in words])
    said = capsys.readouterr()
    return SimpleNamespace(code=code, out=said.out, err=said.err)


def refused(capsys: Any, *words: object) -> str:
    """Run a command that must refuse: exit code 2 and one line; return the line."""
    answer = call(capsys, *words)
    assert answer.code == 2, answer
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err
    return answer.err.strip()


def answered(capsys: Any, *words: object) -> dict[str, Any]:
    """Run a command with --json and return its one object; its exit code is the process's."""
    answer = call(capsys, *words, "--json")
    said: dict[str, Any] = json.loads(answer.out)
    assert said["exit_code"] == answer.code
    assert list(said) == [
        *("command", "version", "as_of", "exit_code", "tables", "findings", "files", "error")
    ]
    return said


__all__ = [
    "EAST", "MANIFEST", "NORTH", "PERSON", "answered", "call", "change", "degrees", "everything",
    "frame", "refused", "write_county",
]  # fmt: skip
