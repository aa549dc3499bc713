"""The lines that inspect and new print load when pasted alone; what cannot load has no line."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from test_inspect import answer_of, paste, screen_of
from tiny_county import PERSON, call
from worlds import GK38, at, box

import landgis


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "key"))
    return tmp_path


def flat(said: str) -> str:
    """Return what is said without blanks and breaks."""
    return "".join(said.split())


def squares(count: int = 6, **columns: Any) -> gpd.GeoDataFrame:
    """Return squares of 100 m in Gauss-Kruger zone 38."""
    shapes = [box(0, 100 * i, 100, 100 * i + 100) for i in range(count)]
    return gpd.GeoDataFrame({"图幅": list("abcdef")[:count]} | columns, geometry=shapes, crs=GK38)


def asked(pasted: list[str], role: str) -> list[str]:
    """Return the commented lines of a layer."""
    return [line for line in pasted if line.startswith(f"# {role} = ")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["kml", "geojson", "shp", "gpkg"])
def test_degrees_of_phones_are_a_question_with_the_answer_that_loads(here, capsys, kind):
    frame = squares(宗地代码=list("uvwxyz"), Name=list("uvwxyz")).set_crs(GK38).to_crs(4326)
    frame.to_file(here / f"parcels.{kind}", driver="KML" if kind == "kml" else None)
    told = screen_of(capsys, f"parcels.{kind}")
    assert "EPSG:4326（手机、手持机常用），到EPSG:4526没有已知精度的转换方法" in flat(told.above)
    assert not [line for line in told.pasted if line.startswith("parcels")]
    line = asked(told.pasted, "parcels")[0]
    assert 'crs = "EPSG:4490" }  # 待确认：手机、手持机坐标，仅作示意' in line
    loaded = paste(here, told.pasted, answered=line)
    assert loaded.settings.campaign.name == "parcels"
    assert loaded.parcels.area.sum() == pytest.approx(6 * 100 * 100, rel=1e-3)
    landgis.new(here)
    text = (here / "campaign.toml").read_text(encoding="utf-8")
    assert "没有已知精度的转换方法" in text
    answer = next(one for one in text.splitlines() if 'crs = "EPSG:4490" }' in one)
    assert answer.startswith("# parcels")
    (here / "campaign.toml").write_text(text.replace(answer, answer_of(answer)), "utf-8")
    assert len(landgis.load(here).campaign.parcels) == 6


def test_records_offered_for_a_file_of_no_role_say_their_kind(here, capsys):
    points = gpd.GeoDataFrame({"x": [1, 2]}, geometry=[at(5, 5), at(9, 9)], crs=GK38)
    points.to_file(here / "data.gpkg")
    told = screen_of(capsys, "data.gpkg")
    offered = [line.split()[1] for line in told.pasted if line.startswith("# ")]
    assert offered == ["context", "records"], "background comes first where nothing tells"
    line = asked(told.pasted, "records")[0]
    assert 'kind = "house"' in line
    assert "请写明登记的类别" in line
    assert set(paste(here, told.pasted, answered=line).records["kind"]) == {"house"}
    assert len(paste(here, told.pasted, answered=asked(told.pasted, "context")[0]).context) == 2


def test_the_question_for_the_kind_keeps_the_layer(here, capsys):
    points = gpd.GeoDataFrame({"x": [1]}, geometry=[at(5, 5)], crs=GK38)
    for name in ("一", "二"):
        points.to_file(here / "data.gpkg", layer=name, mode="a" if name == "二" else "w")
    lines = '[campaign]\nname="a"\ncrs="EPSG:4526"\n[layers]\n'
    source = '{ path = "data.gpkg", layer = "二" }'
    (here / "campaign.toml").write_text(f"{lines}records = {source}", encoding="utf-8")
    said = call(capsys, "load", here).err
    assert 'records = { path = "data.gpkg", layer = "二", kind = "house" }' in said


def test_parcels_are_told_by_village_group_number_and_area(here, capsys):
    frame = squares(
        村=["青石村"] * 6,
        组=["1组"] * 3 + ["2组"] * 3,
        编号=["1", "2", "3"] * 2,
        权利人名称=[PERSON[0]] * 6,
        征收面积=[15.0] * 6,
    )
    frame.to_file(here / "图层1.shp", encoding="GBK")
    told = screen_of(capsys, "图层1.shp")
    assert "权属地块 parcels（按字段判断，请核对）" in told.above
    line = told.pasted[-1]
    assert line.startswith('parcels = { path = "图层1.shp", parcel_id = ["村", "组", "编号"] }')
    assert "待确认" in line
    assert paste(here, told.pasted).parcels["parcel_id"].is_unique
    landgis.new(here)
    assert 'parcel_id = ["村", "组", "编号"]' in (here / "campaign.toml").read_text("utf-8")


def test_columns_are_not_judged_before_the_layer_is_known(here, capsys):
    squares(长=[1.0] * 6).to_file(here / "data.gpkg")
    told = screen_of(capsys, "data.gpkg")
    assert "图层确定后识别：图幅、长" in told.above
    assert "未识别，不入库" not in told.above
    told = screen_of(capsys, "data.gpkg", "--layer", "parcels")
    assert "未识别，不入库：图幅、长" in told.above


@pytest.mark.parametrize(
    ("bands", "dtype", "offered"), [(1, "float32", 0), (3, "float32", 1), (1, "uint8", 1)]
)
def test_heights_are_no_orthophoto(here, capsys, bands, dtype, offered):
    place = {"crs": GK38, "transform": from_origin(38_500_000, 2_600_000, 0.5, 0.5)}
    size = {"driver": "GTiff", "width": 9, "height": 9, "count": bands, "dtype": dtype}
    with rasterio.open(here / "dsm.tif", "w", **size, **place) as file:
        file.write(np.ones((bands, 9, 9), dtype))
    told = call(capsys, "inspect", "dsm.tif")
    assert told.out.count("[[image]]") == offered
    assert ("应为高程" in told.out) == (not offered)
    squares(宗地代码=list("uvwxyz")).to_file(here / "parcels.gpkg")
    landgis.new(here)
    text = (here / "campaign.toml").read_text(encoding="utf-8")
    assert text.count("[[image]]") == offered
    assert ("没有读取的文件 1 个：dsm.tif" in text) == (not offered)


def test_a_picture_without_place_is_asked_and_its_lines_load(here, capsys):
    size = {"driver": "GTiff", "width": 9, "height": 9, "count": 3, "dtype": "uint8"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(here / "ortho.tif", "w", **size) as file:
            file.write(np.ones((3, 9, 9), "uint8"))
    told = screen_of(capsys, "ortho.tif")
    assert [one for one in told.pasted if one.startswith("# crs = ")]
    loaded = paste(here, told.pasted)
    assert [one.path for one in loaded.settings.image] == ["ortho.tif"]


def mixed(where: str) -> gpd.GeoDataFrame:
    """Return parcels, three of zone 38 and as many elsewhere."""
    frame = squares(宗地代码=list("uvwxyz"))
    far = frame.geometry.translate(1e6) if where == "39" else frame.to_crs(4490).geometry
    shapes = [*frame.geometry[:3], *far[3:]]
    return frame.set_crs(None, allow_override=True).set_geometry(gpd.GeoSeries(shapes))


@pytest.mark.filterwarnings("ignore")  # GDAL says that there is no .prj
@pytest.mark.parametrize("where", ["39", "°"])
def test_rows_in_several_zones_get_no_line_but_are_named(here, capsys, where):
    mixed(where).to_file(here / "宗地.shp", encoding="GBK")
    told = call(capsys, "inspect", "宗地.shp")
    said = flat(told.out)
    assert "38：第1、2、3行，共3行" in said
    assert f"{where}：第4、5、6行，共3行" in said
    assert "crs =" not in told.out
    assert "暂不能给出 campaign.toml 的写法，原因见上" in told.out
    english = call(capsys, "inspect", "宗地.shp", "--language", "en").out
    assert f"{where}:rows4,5,6(3inall)" in flat(english)


FEET = (
    'PROJCS["Lambert_Conformal_Conic",GEOGCS["GCS_GRS 1980",DATUM["D_unknown",'
    'SPHEROID["GRS80",6378137,298.257222101]],PRIMEM["Greenwich",0],'
    'UNIT["Degree",0.017453292519943295]],PROJECTION["Lambert_Conformal_Conic"],'
    'PARAMETER["standard_parallel_1",40.66666666666666],'
    'PARAMETER["standard_parallel_2",41.03333333333333],'
    'PARAMETER["latitude_of_origin",40.16666666666666],'
    'PARAMETER["central_meridian",-74],PARAMETER["false_easting",984250],'
    'PARAMETER["false_northing",0],UNIT["Foot_US",0.30480060960121924]]'
)


@pytest.mark.filterwarnings("ignore")  # GDAL says that there is no .prj
def test_an_unknown_datum_is_asked_with_the_systems_of_that_projection(here, capsys):
    shapes = [
        shapely.box(1_000_000, 200_000 + 500 * i, 1_000_400, 200_400 + 500 * i) for i in (0, 1)
    ]
    gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=shapes).to_file(here / "parcels.shp")
    (here / "parcels.prj").write_text(FEET)
    told = screen_of(capsys, "parcels.shp")
    assert "没有写明可识别的大地基准" in flat(told.above)
    crs = next(line for line in told.pasted if line.startswith("crs = "))
    assert crs.startswith('crs = "EPSG:32618"')
    assert "以英尺（US survey foot）为单位" in crs
    answers = asked(told.pasted, "parcels")
    assert 'crs = "EPSG:2263"' in answers[0]  # NAD83 / New York Long Island (ftUS)
    for line in answers:
        loaded = paste(here, told.pasted, answered=line).parcels
        foot = 1200 / 3937
        assert loaded.area.sum() == pytest.approx(2 * (400 * foot) ** 2, rel=2e-3)


def test_a_system_too_far_from_scale_is_passed_over_and_said(here, capsys):
    place = gpd.GeoSeries(gpd.points_from_xy([6.03], [47.07]), crs=4326).to_crs(2154).buffer(50)
    frame = gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=place.to_list(), crs=2154)
    frame.to_file(here / "parcels.gpkg")
    told = screen_of(capsys, "parcels.gpkg")
    crs = next(line for line in told.pasted if line.startswith("crs = "))
    assert crs.startswith('crs = "EPSG:32632"')
    said = float(crs.partition("每千米 ")[2].partition(" ")[0])
    ends = gpd.GeoSeries(gpd.points_from_xy([6.03, 6.04], [47.07] * 2), crs=4326)
    ground = pyproj.Geod(ellps="GRS80").inv(6.03, 47.07, 6.04, 47.07)[2]
    drawn = shapely.length(shapely.LineString(ends.to_crs(2154).to_list()))
    assert said == pytest.approx((drawn / ground - 1) * 1e5, abs=0.2)  # cm per km
    assert "EPSG:2154" in crs
    assert "超过 50 厘米" in crs
    assert len(paste(here, told.pasted).parcels) == 1


def test_new_asks_for_the_year_as_inspect_does(here, capsys):
    frame = squares(宗地代码=list("uvwxyz"), 签约日期=["10月底", "10月8日", *[None] * 4])
    frame.to_file(here / "parcels.gpkg")
    told = screen_of(capsys, "parcels.gpkg")
    landgis.new(here)
    text = (here / "campaign.toml").read_text(encoding="utf-8")
    line = next(one for one in told.pasted if "year = 2022" in one)
    assert line in text.splitlines()
    (here / "campaign.toml").write_text(
        text.replace('\nparcels = "parcels.gpkg"', "\n#").replace(line, answer_of(line)), "utf-8"
    )
    days = landgis.load(here, today="2022-12-01").campaign.parcels["agreed_on"].dropna()
    assert pd.Timestamp("2022-10-08") in days.tolist()


def write_unknown(path: Path) -> None:
    """Write a table none of whose columns is ours."""
    table = {"UseCode": [337, 316, 337], "ML": ["7-18", "7-19", "7-29"], "Area": [1.5, 2.5, 3.5]}
    pd.DataFrame(table).to_csv(path, index=False)


@pytest.mark.parametrize("words", [[], ["--layer", "records"]])
def test_a_table_of_unknown_columns_is_answered_by_its_ids(here, capsys, words):
    write_unknown(here / "房屋.csv")
    told = screen_of(capsys, "房屋.csv", *words)
    assert "把第1行当作表头，列名有：UseCode、ML、Area" in flat(told.above)
    lines = asked(told.pasted, "records")
    assert ['"ML" = "record_id"' in line for line in lines] == [True, False]
    loaded = paste(here, told.pasted, answered=lines[0])
    assert sorted(loaded.records["record_id"]) == ["7-18", "7-19", "7-29"]
    if words:
        assert "请用 --layer" not in told.out


def test_a_row_about_a_person_passes_for_no_header(here, capsys):
    (here / "名单.csv").write_text(f"{PERSON[0]},甲村\n慕容样本,乙村\n司马样例,丙村\n", "utf-8")
    for words in ([], ["--layer", "records"]):
        told = call(capsys, "inspect", "名单.csv", *words)
        assert told.code in (1, 2)
        assert not [one for one in (PERSON[0], "慕容", "司马") if one in told.out + told.err]
        assert ("请用 --layer" in told.out + told.err) == (not words)


def test_a_campaign_is_not_begun_twice(here, capsys):
    squares(宗地代码=list("uvwxyz")).to_file(here / "parcels.gpkg")
    (here / "campaign.toml").write_text('[campaign]\nname = "a"\ncrs = "EPSG:4526"\n')
    assert screen_of(capsys, "parcels.gpkg").pasted == ["[layers]", 'parcels = "parcels.gpkg"']


def test_the_lines_of_a_file_of_many_layers_fit_on_a_screen(here, capsys):
    for number in range(30):
        mode = "a" if number else "w"
        squares(2).to_file(here / "all.gpkg", layer=f"part_{number:02}", mode=mode)
    squares(宗地代码=list("uvwxyz")).to_file(here / "all.gpkg", layer="宗地", mode="a")
    told = screen_of(capsys, "all.gpkg")
    assert told.out.count("\n") <= 40
    assert len(paste(here, told.pasted).parcels) == 6
