"""Vector files with their bytes mangled: an answer or one line, and no row without a fate."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from handed_over import EAST, NORTH, require_one_line, write_shapefile

from landgis.base.errors import LandgisError
from landgis.io.row.draft import Reading, SourceOptions
from landgis.workflow.sources import READERS, layers_in

ROWS = 12
QUICK, SLOW = 60, 1000
KML = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'


def parcels(crs: int = 4526) -> gpd.GeoDataFrame:
    at = np.arange(ROWS)
    shapes = shapely.box(EAST + 100 * at, NORTH, EAST + 100 * at + 80, NORTH + 80)
    cells = {
        "地块编号": [f"{one:03d}" for one in at],
        "村": ["青石村", "柳湾村", None] * (ROWS // 3),
        "征收面积": at * 1.5,
    }
    return gpd.GeoDataFrame(cells, geometry=shapes, crs=4526).to_crs(crs)


def kml() -> str:
    body = ""
    for name, shape in zip(parcels()["地块编号"], parcels(4490).geometry, strict=True):
        ring = " ".join(f"{x:.7f},{y:.7f},0" for x, y in shapely.get_coordinates(shape))
        body += (
            (
                f"<Folder><Placemark><name>{name}</name><ExtendedData><Data name='村'><value>青石村"
                "</value></Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>"
                f"{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>"
            )
            .replace("<Folder>", "")
            .replace("</Folder>", "")
        )
    return KML + body + "</Document></kml>"


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(zipfile.ZipInfo(name), raw)
    return out.getvalue()


@cache
def sound(kind: str) -> dict[str, bytes]:
    """Return a sound file of a kind with its companions, by path."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if kind in ("shp", "dbf", "shx", "prj", "cpg"):
            fields = [("地块编号", "C", 10, 0), ("村", "C", 12, 0), ("征收面积", "N", 12, 2)]
            rows = [[f"{at:03d}", "青石村", at * 1.5] for at in range(ROWS)]
            shapes = parcels().geometry.tolist()
            write_shapefile(folder / "a.shp", shapes, fields, rows, "gbk", 0x4D, "EPSG:4526")
            (folder / "a.cpg").write_text("GBK")
        elif kind in ("gpkg", "fgb", "gdb"):
            driver = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "gdb": "OpenFileGDB"}[kind]
            pyogrio.write_dataframe(parcels(), folder / f"a.{kind}", driver=driver)
        elif kind in ("geojson", "geojsonl"):
            driver = {"geojson": "GeoJSON", "geojsonl": "GeoJSONSeq"}[kind]
            pyogrio.write_dataframe(parcels(4490), folder / f"a.{kind}", driver=driver)
        elif kind == "parquet":
            parcels().to_parquet(folder / "a.parquet", row_group_size=4)
        elif kind == "kml":
            (folder / "a.kml").write_text(kml(), encoding="utf-8")
        elif kind == "kmz":
            (folder / "a.kmz").write_bytes(packed({"doc.kml": kml().encode()}))
        else:
            inner = {f"宗地/{path}": raw for path, raw in sound("shp").items()}
            (folder / "a.zip").write_bytes(packed(inner | {"说明.txt": b"x"}))
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


HUGE = (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x01")


def mangled(raw: bytes, rng: np.random.Generator) -> bytes:
    """Return bytes with a few set, put in, taken out, moved, or the rest cut off."""
    out = bytearray(raw)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(0, max(1, len(out))))
        how = int(rng.integers(0, 7))
        size = int(rng.integers(1, 40))
        if how == 0 and out:
            out[at] = int(rng.integers(0, 256))
        elif how == 1:
            some = HUGE[int(rng.integers(0, len(HUGE)))]
            out[at : at + len(some)] = some
        elif how == 2:
            del out[at : at + size]
        elif how == 3:
            out[at:at] = rng.bytes(size)
        elif how == 4:
            other = int(rng.integers(0, max(1, len(out))))
            out[at : at + size] = out[other : other + size]
        elif how == 5 and out:
            out[at] ^= 1 << int(rng.integers(0, 8))
        elif rng.integers(0, 4) == 0:
            del out[max(1, at) :]
    return bytes(out)


#: archives: what is mangled inside them, and the folder that it lies in
INNER = {"zip": ("shp", "宗地/"), "kmz": ("kml", "")}


def one_case(kind: str, seed: int, folder: Path) -> str:
    """Read a mangled file; return how it ended."""
    rng = np.random.default_rng([seed, len(kind), *kind.encode()])
    parts = sound(kind)
    if kind in INNER and rng.integers(0, 2):
        parts = {f"a.{kind}": packed_mangled(kind, rng)}
        return ending(kind, folder, parts, rng)
    struck = [name for name in parts if name.endswith(f".{kind}")] or sorted(parts)
    hit = struck[int(rng.integers(0, len(struck)))]
    parts = {name: mangled(raw, rng) if name == hit else raw for name, raw in parts.items()}
    return ending(kind, folder, parts, rng)


def packed_mangled(kind: str, rng: np.random.Generator) -> bytes:
    """Return an archive that is sound around a member that is not."""
    inner, folder = INNER[kind]
    parts = sound(inner)
    hit = sorted(parts)[int(rng.integers(0, len(parts)))]
    name = "doc.kml" if inner == "kml" else None
    return packed(
        {
            folder + (name or path): mangled(raw, rng) if path == hit else raw
            for path, raw in parts.items()
        }
    )


def ending(kind: str, folder: Path, parts: dict[str, bytes], rng: np.random.Generator) -> str:
    """Write the files, read them; return how it ended."""
    for name, raw in parts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    path = folder / ("a.shp" if kind in ("dbf", "shx", "prj", "cpg") else f"a.{kind}")
    options = SourceOptions(path=path.name, crs="EPSG:4526" if rng.integers(0, 3) == 0 else None)
    try:
        layers_in(path, path.name)
        reading = READERS[path.suffix](path, "parcels", options)
    except LandgisError as error:
        require_one_line(error, without=str(folder))
        return error.code
    assert reading.rows_read == len(reading.frame) + len(reading.rejected)
    assert reading.rows_read == len(set(zip(*_places(reading), strict=True)))
    assert reading.rejected["reason"].notna().all()
    if kind in ("shx", "prj", "cpg"):  # nothing of the rows stands in them
        assert reading.rows_read == ROWS
    if kind == "dbf":  # a shape without its row is still a row
        deleted = [json.loads(row["facts"])["count"] for row in _said(reading, "rows_deleted")]
        assert reading.rows_read + sum(deleted) >= ROWS
    return "read"


def _said(reading: Reading, code: str) -> list[dict[str, Any]]:
    return [row for row in reading.findings if row["code"] == code]


def _places(reading: Reading) -> tuple[list[object], list[object]]:
    """Return sheet and row of every row, accepted or rejected."""
    frames = [reading.frame, reading.rejected]
    sheets = [str(one) for frame in frames for one in frame["source_sheet"]]
    return sheets, [int(one) for frame in frames for one in frame["source_row"]]


KINDS = ["shp", "dbf", "shx", "prj", "cpg", "gpkg", "geojson", "geojsonl", "kml", "kmz"]
KINDS += ["fgb", "parquet", "gdb", "zip"]


def sweep(kind: str, seeds: range) -> dict[str, int]:
    ends: dict[str, int] = {}
    for seed in seeds:
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            end = one_case(kind, seed, folder)
        finally:
            shutil.rmtree(folder)
        ends[end] = ends.get(end, 0) + 1
    return ends


@pytest.mark.parametrize("kind", KINDS)
def test_mangled_files_end_in_an_answer_or_one_line(kind):
    ends = sweep(kind, range(QUICK))
    assert sum(ends.values()) == QUICK
    assert ends.get("read", 0) < QUICK or kind in (
        "cpg",
        "dbf",
        "prj",
        "shx",
    )  # may be done without


@pytest.mark.parametrize("kind", KINDS)
def test_sound_files_are_read_whole(kind, tmp_path):
    for name, raw in sound(kind).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    path = tmp_path / ("a.shp" if kind in ("dbf", "shx", "prj", "cpg") else f"a.{kind}")
    reading = READERS[path.suffix](path, "parcels", SourceOptions(path=path.name))
    assert len(reading.frame) == ROWS


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_mangled_files(kind):
    ends = sweep(kind, range(QUICK, QUICK + SLOW))
    assert sum(ends.values()) == SLOW
