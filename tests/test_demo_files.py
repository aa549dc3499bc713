"""The demo county's files: remade byte for byte, nobody real in them, every defect listed."""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

import ezdxf
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "layers" / "demo"
WEIGHTS = [pow(2, 17 - k, 11) for k in range(17)]  # GB 11643: 2^(18-i) mod 11
ADMINISTRATIVE = tuple(f"{first}" for first in range(1, 9))  # no region code starts with 9


@pytest.fixture(scope="module")
def maker():
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import make_demo
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    return make_demo


@pytest.fixture(scope="module")
def remade(maker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    maker.make_demo(folder, pictures=False)
    return folder


@pytest.fixture(scope="module")
def planted():
    with (DEMO / "planted.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def parcels():
    # the .shp says neither encoding nor CRS: whoever sent it does
    frame = pyogrio.read_dataframe(DEMO / "parcels.shp", encoding="GBK")
    frame = frame.set_crs("EPSG:4526")
    code = frame["村"] + "-" + frame["组"] + "-" + frame["编号"].fillna("")
    again = code.groupby(code).cumcount()
    frame["parcel_id"] = np.where(again > 0, code + "#" + (again + 1).astype(str), code)
    return frame


@pytest.fixture(scope="module")
def red_lines():
    return read_coordinates("red_lines.txt")


def read_coordinates(name):
    """Read a coordinate TXT with nothing but string methods: {code: polygon}."""
    lines = (DEMO / name).read_bytes().decode("gbk").split("\r\n")
    shapes, code, ring = {}, None, []
    for line in [*lines[lines.index("[地块坐标]") + 1 :], ",,,@"]:
        parts = line.split(",")
        if parts[-1] == "@":
            if code is not None:
                shapes[code] = shapely.Polygon(ring)
            code, ring = parts[2], []
        elif len(parts) == 4:
            ring.append((float(parts[3]), float(parts[2])))
    return shapes


def keys(planted, code):
    return sorted(row["key"] for row in planted if row["code"] == code)


def test_remaking_gives_the_same_bytes(remade):
    made = {path.relative_to(remade): path for path in remade.rglob("*") if path.is_file()}
    kept = {path.relative_to(DEMO) for path in DEMO.rglob("*") if path.is_file()}
    assert kept - set(made) == {Path("ortho_before.tif"), Path("ortho_after.tif")}
    assert [str(n) for n, p in made.items() if p.read_bytes() != (DEMO / n).read_bytes()] == []


@pytest.mark.slow
def test_repainting_gives_the_same_bytes(maker, tmp_path):
    maker.make_demo(tmp_path)
    for name in ("ortho_before.tif", "ortho_after.tif"):
        assert (tmp_path / name).read_bytes() == (DEMO / name).read_bytes()


def test_the_folder_is_small_and_every_file_has_a_card():
    files = [path for path in DEMO.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 15_000_000
    cards = "".join(path.read_text(encoding="utf-8") for path in DEMO.glob("*.md"))
    for path in files:
        if path.suffix not in (".md", ".toml", ".shx", ".dbf", ".cpg", ".prj"):
            stem = "台账" if path.parent.name == "台账" else path.name
            assert stem in cards, path.name


def test_it_is_as_large_as_a_county_office_would_send(parcels):
    counts = {
        name: pyogrio.read_info(DEMO / f"{name}.gpkg")["features"] for name in ("houses", "graves")
    }
    assert 5500 < len(parcels) < 6600
    assert 1900 < counts["houses"] < 2150
    assert counts["graves"] == 900
    assert 2400 < sum(ledger_rows().values()) - ledger_rows()["土地"] < 3300
    lines = json.loads((DEMO / "power_lines.geojson").read_text(encoding="utf-8"))
    assert lines["crs"]["properties"]["name"].endswith("4490")
    assert len(lines["features"]) == 3


def ledger_sheets():
    """Return every sheet of every ledger as (title, rows)."""
    out = []
    for path in sorted((DEMO / "台账").glob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        out += [(sheet.title, list(sheet.iter_rows(values_only=True))) for sheet in book]
    return out


def ledger_rows():
    """Count the rows with a record id, per sheet name."""
    counts = Counter()
    for title, rows in ledger_sheets():
        counts[title] += len(record_ids(rows))
    return counts


def record_ids(rows):
    """Return the second cells that look like F00012."""
    cells = [row[1] for row in rows if len(row) > 1]
    return [cell for cell in cells if isinstance(cell, str) and cell[1:].isdigit()]


def test_the_shapefile_says_neither_encoding_nor_crs():
    head = (DEMO / "parcels.dbf").read_bytes()[:512]
    assert head[29] == 0
    assert "征收面积（".encode("gbk") in head
    assert not (DEMO / "parcels.cpg").exists()
    assert not (DEMO / "parcels.prj").exists()


def test_the_mosaic_is_clean_but_for_what_is_planted(parcels, planted):
    sound = parcels[parcels.geometry.notna() & parcels.geometry.is_valid]
    broken = parcels[parcels.geometry.notna() & ~parcels.geometry.is_valid]
    assert sorted(broken["parcel_id"]) == keys(planted, "geometry_invalid")
    assert sorted(parcels[parcels.geometry.isna()]["parcel_id"]) == keys(
        planted, "geometry_missing"
    )
    shapes = sound.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    area = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    ids = sound["parcel_id"].to_numpy()
    pairs = {
        "|".join(sorted((ids[a], ids[b])))
        for a, b in zip(left[area > 1e-6], right[area > 1e-6], strict=True)
    }
    assert sorted(pairs) == sorted(
        keys(planted, "parcel_overlap") + keys(planted, "parcel_duplicate")
    )
    thin = ids[2 * shapely.area(shapes) / shapely.length(shapes) < 0.2]
    assert sorted(thin) == keys(planted, "parcel_sliver")


def test_coordinates_are_written_to_the_millimetre_in_zone_38(parcels):
    xy = shapely.get_coordinates(parcels.geometry.dropna().to_numpy())
    assert (np.round(xy, 3) == xy).all()
    assert ((xy[:, 0] > 38_400_000) & (xy[:, 0] < 38_600_000)).all()
    assert ((xy[:, 1] > 2.6e6) & (xy[:, 1] < 2.7e6)).all()


def test_gaps_lie_only_where_they_are_planted(parcels, red_lines, planted):
    shapes = parcels.geometry.dropna().to_numpy()
    shapes = np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes))
    gaps = [
        code for code, line in red_lines.items()
        if line.difference(shapely.union_all(shapes[shapely.intersects(shapes, line)])).area > 1e-6
    ]  # fmt: skip
    assert gaps == keys(planted, "parcel_gap")


def test_stated_areas_agree_to_the_last_digit_but_for_the_planted(parcels, planted):
    sound = parcels[parcels.geometry.notna() & parcels.geometry.is_valid]
    away = (sound["征收面积（"] - sound.area * 15 / 10_000).abs()
    assert sorted(sound.loc[away > 0.0051, "parcel_id"]) == keys(planted, "area_differs")


def test_red_lines_do_not_overlap_and_one_cuts_parcels(parcels, red_lines):
    lines = np.array(list(red_lines.values()))
    assert len(lines) == 12
    assert shapely.is_valid(lines).all()
    assert shapely.area(lines).sum() == pytest.approx(shapely.union_all(lines).area, abs=1e-6)
    sound = parcels.geometry.dropna().to_numpy()
    sound = sound[shapely.is_valid(sound)]
    cut = {}
    for code, line in red_lines.items():
        share = shapely.area(shapely.intersection(sound, line)) / shapely.area(sound)
        cut[code] = int(((share > 1e-6) & (share < 0.98)).sum())
    assert cut.pop("P04") > 100
    assert set(cut.values()) == {0}
    blocks = read_coordinates("blocks.txt")
    assert all(red_lines["P01"].buffer(1e-6).covers(block) for block in blocks.values())


def test_id_numbers_are_valid_and_nobody_can_hold_them():
    numbers = set(gpd.read_file(DEMO / "houses.gpkg")["身份证号"])
    cells = {cell for _, rows in ledger_sheets() for row in rows for cell in row}
    texts = {cell for cell in cells if isinstance(cell, str) and len(cell) == 18}
    numbers |= {cell for cell in texts if cell[:17].isdigit()}
    assert len(numbers) > 1200
    for number in numbers:
        total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
        assert "10X98765432"[total % 11] == number[17]
        assert not number.startswith(ADMINISTRATIVE)


def test_every_person_in_the_files_is_on_the_makers_list(maker):
    known = set(maker.personal_values())
    houses, graves = gpd.read_file(DEMO / "houses.gpkg"), gpd.read_file(DEMO / "graves.gpkg")
    assert set(houses["户主姓名"]) | set(houses["身份证号"]) <= known
    assert set(graves["联系人"]) | set(graves["联系电话"]) | set(graves["身份证号"]) <= known
    sheet = pd.read_excel(DEMO / "resettlements.xlsx", header=1, dtype=str, engine="openpyxl")
    assert set(sheet["户主姓名"]) | set(sheet["身份证号"]) | set(sheet["联系电话"]) <= known


def test_nothing_is_registered_twice():
    ids = []
    for name, column in (("houses", "房屋编号"), ("graves", "坟墓编号"), ("crops", "登记编号")):
        ids += gpd.read_file(DEMO / f"{name}.gpkg")[column].dropna().tolist()
    for _, rows in ledger_sheets():
        ids += record_ids(rows)
    assert len(ids) == len(set(ids))


def test_the_drawing_holds_the_same_boundaries_as_the_shapefile(parcels):
    drawing = ezdxf.readfile(DEMO / "parcels.dxf")
    assert drawing.encoding == "gbk"
    outlines = [entity for entity in drawing.modelspace() if entity.dxftype() == "POLYLINE"]
    drawn = parcels[parcels.geometry.notna()]
    assert {(one.dxf.layer, one.is_closed) for one in outlines} == {("JZD", True)}
    assert outlines[7].get_xdata("SOUTH")[0].value == "300000"
    areas = [shapely.Polygon([(p.x, p.y) for p in one.points()]).area for one in outlines]
    assert areas == pytest.approx(drawn.area.tolist(), abs=1e-3)


def test_at_least_forty_defects_are_planted(planted):
    assert len(planted) >= 40
    assert len({row["code"] for row in planted}) >= 30
    assert list(planted[0]) == ["code", "layer", "key", "note"]


def test_the_orthophotos_share_a_grid_and_show_the_change(red_lines):
    pictures = []
    for name in ("ortho_before.tif", "ortho_after.tif"):
        with rasterio.open(DEMO / name) as source:
            assert source.crs.to_epsg() == 4526
            assert source.dtypes == ("uint8",) * 3
            window = source.window(*red_lines["P06"].buffer(-40).bounds)
            pictures.append((source.transform, source.read(window=window).astype(float)))
    (first, before), (second, after) = pictures
    assert first == second
    assert after[0].mean() > before[0].mean() + 40  # green fields became bare, reddish soil
