"""Inspect: one screen that says what a file is, what is wrong with it, and how to use it."""

from __future__ import annotations

import gc
import json
import shutil
import unicodedata
import zipfile
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from drawn import blank, outline, saved
from drawn import box as corners
from handed_over import SAMPLE
from rasterio.transform import from_origin
from tiny_county import PERSON, answered, call, refused, write_county
from worlds import BOW_TIE, GK38, at, box

import landgis.cli
from landgis.io import vectors
from landgis.io.archive import members
from landgis.io.row.draft import SourceOptions
from landgis.workflow.assessment import assess
from landgis.workflow.inspection import inspect
from landgis.workflow.loading import load

ASKING = "（# 号开头的行待确认）"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "key"))
    return tmp_path


def parcels(**columns: Any) -> gpd.GeoDataFrame:
    """Return six parcels of one mu and a half each, the last of them a bow-tie."""
    shapes = [box(0, 31.622776 * i, 31.622776, 31.622776 * (i + 1)) for i in range(5)]
    table = {
        "宗地代码": [f"530129001001JB0000{i}" for i in range(1, 5)] + ["530129001001JB00004", None],
        "村": ["青石村"] * 6,
        "权利人": [PERSON[0]] * 6,
        "电话": [PERSON[2]] * 6,
        "备注": [f"{PERSON[0]}要求复核"] * 6,
        "征收面积": [1.5, 1.5, 1.5, 1.5, 3.0, 0.2],
        "签约日期": ["2022-09-01", None, "2022-09-20", None, None, None],
        "图幅": list("abcdef"),
    }
    return gpd.GeoDataFrame(table | columns, geometry=[*shapes, BOW_TIE], crs=GK38)


def screen_of(capsys, *words: object) -> SimpleNamespace:
    """Run inspect: exit code, the lines about the file, and the lines to paste."""
    told = call(capsys, "inspect", *words)
    assert told.err == ""
    above, _, below = told.out.rstrip("\n").partition("\n\n可直接写入")
    pasted = below.partition("\n")[2].splitlines()
    return SimpleNamespace(code=told.code, out=told.out, above=above, pasted=pasted)


def flat(said: str) -> str:
    """Return what is said in one line."""
    return said.replace("\n          ", "")


def wide(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


GOLDEN = """文件      宗地.shp，ESRI Shapefile，SIZE
图层      权属地块 parcels（按名称判断）
行数      读入 6 行，可入库 6 行，退回 0 行
图形      面 6，图形有错 1
文字编码  GBK/GB18030（按内容判断）
坐标系    EPSG:4526 CGCS2000 / 3-degree Gauss-Kruger zone 38（文件注明）
          东 38,500,000–38,500,032，北 3,800,000–3,800,158，
          经度 114.000°–114.000°，纬度 34.328°–34.329°，长度变形每千米 0.0 厘米
字段      宗地代码 → parcel_id；村 → village；征收面积 → stated_area_mu；
          签约日期 → 协议签订日期 agreed_on
          个人信息，不入库：权利人、电话
          自由文字，不入库：备注
          未识别，不入库：图幅
编号      共 6 行，无编号 1 行，重号 1 个，宗地（单元）代码 5 个，结构不符 0 个
面积      平面面积合计 7.50 亩，椭球面积合计 7.50 亩（1 个图形有错，未计入）
          报送面积 9.00 亩（5 行已填），这些行的平面面积 7.50 亩，相差 +20.00%
日期      签约日期 2/6 行（2022-09-01 至 2022-09-20）"""


def test_a_drawing_has_no_columns_that_anybody_sent(tmp_path):
    doc = blank()
    outline(doc.modelspace(), corners())
    assert inspect(saved(doc, tmp_path / "宗地.dxf")).tables["columns"].empty


@pytest.mark.parametrize(
    ("name", "kind", "way"),
    [
        ("dem.asc", "栅格", "[[image]]"),
        ("photo.PNG", "栅格", "GeoTIFF"),
        ("说明.md", "文字材料", "xlsx"),
        ("批复.docx", "文字材料", ".txt"),
        ("a.xyz", "无法读取 .xyz", "shp"),
    ],
)
def test_a_kind_that_is_no_layer_says_what_can_be_done(tmp_path, capsys, name, kind, way):
    (tmp_path / name).write_bytes(b"ncols 2\nnrows 2\n")
    for command in (
        ("inspect", tmp_path / name),
        ("export", tmp_path / name, tmp_path / "o.gpkg", "--layer", "parcels"),
    ):
        line = refused(capsys, *command)
        assert name in line
        assert way in line
        assert kind in line or command[0] == "export"
    assert ("另存为 shp" in line) == (name == "a.xyz")


def test_the_screen_of_a_gbk_shapefile(here, capsys):
    parcels().to_file(here / "宗地.shp", encoding="GBK")
    (here / "宗地.cpg").unlink()
    told = screen_of(capsys, "宗地.shp")
    size = sum(one.stat().st_size for one in here.glob("宗地.*"))
    head, _, problems = told.above.partition("\n核查发现  ")
    assert head == GOLDEN.replace("SIZE", f"{size / 1000:.1f} KB")
    kinds = [line.split("：")[0] for line in problems.split("\n          ") if line[0] == "["]
    assert kinds == [
        "[错误] 图形有错 1 条",
        "[错误] 面积不符 1 条",
        "[提醒] 缺少编号 1 条",
        "[提醒] 编号重复 1 条",
        "[说明] 文字编码推定、个人信息未入库、自由文字未入库",
    ]
    assert "权属地块 宗地.shp#6：图形有错" in flat(problems)
    assert told.pasted == [
        "[campaign]",
        'name = "宗地"',
        'crs = "EPSG:4526"',
        "[layers]",
        'parcels = "宗地.shp"',
    ]
    assert told.code == 1  # a broken shape is an error


GOLDEN_LEDGER = """File      台账.xlsx, Excel workbook, SIZE
Layer     records (by its name)
Rows      4 read, 3 fit to load, 1 rejected, 1 subtotal rows beside, not counted
Sheets    房屋: 3 rows, 1 rejected; 坟墓: 1 rows; 封面: left out (a summary or explanation)
Columns   房屋编号 → record_id; 宗地代码 → parcel_id; 建筑面积（㎡） → quantity, m²;
          协议签订日期 → agreed_on; 登记编号 → record_id; 调查日期 → surveyed_on
          personal, not kept: 户主, 身份证号
          not recognised, not kept: 层数
Ids       3 rows, all with ids, none twice
Days      协议签订日期: 1 of 3 rows (2022-09-01 to 2022-09-01);
          调查日期: 1 of 3 rows (2022-08-25 to 2022-08-25)"""


def write_ledger(path: Path) -> None:
    houses = pd.DataFrame(
        {
            "房屋编号": ["H1", "H2", "H3", "合计"],
            "户主": [PERSON[0], "慕容样本", "司马样例", None],
            "身份证号": [PERSON[1], "530199198502022345", "530199198603032346", None],
            "宗地代码": ["A0", "A1", "A2", None],
            "层数": [1, 2, 3, None],
            "建筑面积（㎡）": [100, "一百零二", 98, 198],
            "协议签订日期": ["2022-09-01", "2022-09-02", "已签", None],
        }
    )
    graves = pd.DataFrame({"登记编号": ["G1"], "宗地代码": ["A1"], "调查日期": ["2022-08-25"]})
    with pd.ExcelWriter(path) as book:
        houses.to_excel(book, sheet_name="房屋", index=False)
        graves.to_excel(book, sheet_name="坟墓", index=False)
        pd.DataFrame({"青石县": ["征地拆迁台账"]}).to_excel(book, sheet_name="封面", index=False)


def test_the_screen_of_a_ledger_in_english(here, capsys):
    write_ledger(here / "台账.xlsx")
    told = call(capsys, "inspect", "台账.xlsx", "--language", "en")
    size = (here / "台账.xlsx").stat().st_size / 1000
    above, _, rest = told.out.partition("\nFindings")
    assert above == GOLDEN_LEDGER.replace("SIZE", f"{size:.1f} KB")
    assert '"建筑面积（㎡）" 1 (row 3): ' in rest
    assert "[question] " in rest
    day = 'records = { path = "台账.xlsx", status_on = 2022-10-14 }'
    assert f"# {day}  # to confirm: the day that bare status words take" in rest
    assert told.code == 1


@pytest.mark.filterwarnings("ignore")  # shapefiles cut names, and GDAL says so in GBK
@pytest.mark.parametrize("kind", ["shp", "gpkg", "geojson", "fgb", "parquet", "kml", "zip", "xlsx"])
def test_no_person_is_ever_named(here, capsys, kind):
    frame = parcels()
    frame["户主"], frame["姓名"] = PERSON[0], PERSON[0]
    frame["身份证号"] = PERSON[1]
    frame["年龄"] = "四十四岁欧阳"
    path = here / f"{'房屋台账' if kind == 'xlsx' else '宗地'}.{kind}"
    if kind == "xlsx":
        pd.DataFrame(frame.drop(columns="geometry")).to_excel(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "zip":
        frame.to_file(here / "inner.gpkg")
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(here / "inner.gpkg", "宗地.gpkg")
    else:
        frame = frame.to_crs(4326) if kind in ("kml", "geojson") else frame
        frame.to_file(path, driver="KML" if kind == "kml" else None, engine="pyogrio")
    for words in ([], ["--json"], ["--layer", "tasks"]):
        told = call(capsys, "inspect", path.name, *words)
        said = told.out + told.err
        assert not [token for token in (*PERSON, "欧阳") if token in said], words
        assert told.code in (0, 1, 2)
    assert "权利人" in call(capsys, "inspect", path.name).out  # the column is named, not its cells


def answer_of(line: str) -> str:
    """Return a commented line as its answer."""
    return line.removeprefix("# ").partition("  #")[0]


def paste(folder: Path, lines: list[str], *, answered: str | None = None) -> Any:
    """Write the lines alone into a manifest, what is asked answered by a line, and load them.

    A question about the campaign's own CRS is answered as the line says.
    """
    taken = [
        answer_of(line) if line == answered or line.startswith("# crs = ") else line
        for line in lines
    ]
    kept = [line for line in taken if not line.startswith("#")]
    (folder / "campaign.toml").write_text("\n".join(kept), encoding="utf-8")
    loaded = load(folder, today="2022-12-01").campaign
    (folder / "campaign.toml").unlink()
    (folder / "campaign.gpkg").unlink()
    return loaded


def test_the_lines_of_a_clean_file_load_as_they_are(here, capsys):
    frame = parcels().iloc[:4].drop(columns="签约日期")
    frame.to_file(here / "宗地 一.gpkg")
    told = screen_of(capsys, "宗地 一.gpkg")
    assert told.code == 0
    assert not [line for line in told.pasted if line.startswith("#")]
    assert len(paste(here, told.pasted).parcels) == 4


def test_two_columns_for_one_role_are_asked_with_both_answers(here, capsys):
    parcels(面积=1.5).iloc[:4].to_file(here / "宗地.gpkg")
    told = screen_of(capsys, "宗地.gpkg")
    assert told.code == 0  # a question is no refusal
    assert "[待确认] 来源文件待确认 1 条：宗地.gpkg：征收面积、面积 都可能是“stated_area_mu”" in (
        flat(told.above)
    )
    assert "椭球面积合计 6.00 亩" in told.above  # everything else is told
    answers = [line for line in told.pasted if line.startswith("# parcels")]
    assert len(answers) == 2
    for answer, column in zip(answers, ("征收面积", "面积"), strict=True):
        assert f'columns = {{ "{column}" = "stated_area_mu" }}' in answer
        assert len(paste(here, told.pasted, answered=answer).parcels) == 4


def test_a_missing_zone_is_asked_and_the_rest_is_told(here, capsys):
    frame = parcels().iloc[:4]
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy - [38_000_000, 0])
    frame.to_file(here / "宗地.shp", encoding="GBK")
    (here / "宗地.prj").unlink()
    told = screen_of(capsys, "宗地.shp")
    assert told.code == 0
    assert "坐标系    无法判断，见下，坐标范围 500,000.00–500,031.62" in told.above
    assert "编号      共 4 行，编号齐全，无重号" in told.above
    line = next(line for line in told.pasted if line.startswith("# parcels"))
    assert 'crs = "EPSG:4547"' in line
    assert any(one.startswith('# crs = "EPSG:4547"') for one in told.pasted)  # the same answer
    assert len(paste(here, told.pasted, answered=line).parcels) == 4


def test_an_encoding_that_nothing_tells_is_asked(here, capsys):
    frame = parcels().iloc[:4][["宗地代码", "村", "geometry"]]
    frame.to_file(here / "宗地.shp", encoding="GBK")
    raw = (here / "宗地.dbf").read_bytes()
    (here / "宗地.dbf").write_bytes(
        raw.replace("青石村".encode("gbk"), b"\xc4\xe5\xff\xc4\xe5\xff")
    )
    (here / "宗地.cpg").unlink()
    told = screen_of(capsys, "宗地.shp")
    assert "文字编码  无法判断，见下" in told.above
    assert any('encoding = "GB18030"' in line for line in told.pasted)
    assert told.code in (0, 1)


def test_columns_of_square_metres_read_as_mu_are_noticed(here, capsys):
    frame = parcels(征收面积=[1000.0] * 6).iloc[:4]
    frame.to_file(here / "宗地.gpkg")
    above = screen_of(capsys, "宗地.gpkg").above
    assert "前者为后者的 666.7 倍" in above
    assert "从数值看，单位应为平方米，而非亩" in above
    named = frame.rename(columns={"征收面积": "征收面积(㎡)"})
    named.to_file(here / "宗地二.gpkg")
    above = screen_of(capsys, "宗地二.gpkg").above
    assert "从数值看" not in above
    assert "报送面积 6.00 亩（4 行已填），这些行的平面面积 6.00 亩，相差 +0.00%" in above


def test_the_role_is_told_by_name_columns_or_the_asker(here, capsys):
    plain = parcels().iloc[:4]
    plain.to_file(here / "data.gpkg")
    assert "权属地块 parcels（按字段判断，请核对）" in screen_of(capsys, "data.gpkg").above
    assert "（按 --layer 指定）" in screen_of(capsys, "data.gpkg", "--layer", "parcels").above
    plain[["图幅", "geometry"]].to_file(here / "other.gpkg")
    told = screen_of(capsys, "other.gpkg")
    assert "看不出是哪一图层" in told.above
    assert '# parcels = "other.gpkg"  # 待确认：权属地块' in told.pasted
    (here / "a.txt").write_text(SAMPLE, encoding="utf-8")
    told = screen_of(capsys, "a.txt")
    assert "可能是项目 projects、权属地块 parcels，请用 --layer 指明" in told.above
    assert '# projects = "a.txt"  # 待确认：项目' in told.pasted


def test_a_column_that_could_be_the_id_is_asked_for(here, capsys):
    frame = parcels(地块=list("uvwxyz"), 长=[0.1] * 6).iloc[:4].drop(columns="宗地代码")
    frame.to_file(here / "宗地.gpkg")
    told = screen_of(capsys, "宗地.gpkg")
    asked = [line for line in told.pasted if line.startswith("# ")]
    assert ['"地块" = "parcel_id"' in line for line in asked] == [False, True]
    assert '"图幅" = "parcel_id"' in asked[0]
    assert "均无编号" in told.above


def test_layers_of_one_file_are_told_briefly_and_one_in_full(here, capsys):
    parcels().iloc[:4].to_file(here / "all.gpkg", layer="宗地")
    graves = gpd.GeoDataFrame({"坟墓编号": ["G1"]}, geometry=[at(5, 5)], crs=GK38)
    graves.to_file(here / "all.gpkg", layer="坟墓", mode="a")
    told = screen_of(capsys, "all.gpkg")
    assert "宗地     权属地块 parcels       4     0  面 4  EPSG:4526" in told.above
    assert "坟墓     地上物登记 records     1     0  点 1  EPSG:4526" in told.above
    assert told.pasted[-2:] == [
        'parcels = { path = "all.gpkg", layer = "宗地" }',
        'records = { path = "all.gpkg", layer = "坟墓" }',
    ]
    one = screen_of(capsys, "all.gpkg", "--sheet", "宗地")
    assert "字段      宗地代码 → parcel_id" in one.above
    assert one.pasted[-1] == 'parcels = { path = "all.gpkg", layer = "宗地" }'
    assert "没有名为“无”的图层" in refused(capsys, "inspect", "all.gpkg", "--sheet", "无")


def test_within_a_campaign_a_file_is_named_as_the_manifest_names_it(here, capsys):
    county = write_county(here / "county")
    told = screen_of(capsys, county / "houses.xlsx")
    assert told.pasted == ["[layers]", 'records = "houses.xlsx"']


def test_a_picture_is_told_by_its_header(here, capsys):
    path = here / "ortho.tif"
    kind = {"driver": "GTiff", "width": 30, "height": 20, "count": 3, "dtype": "uint8"}
    place = {"crs": "EPSG:4526", "transform": from_origin(38_500_000, 2_600_000, 0.5, 0.5)}
    with rasterio.open(path, "w", **kind, **place):
        pass
    told = screen_of(capsys, "ortho.tif")
    assert "影像      30 × 20 像元，3 个波段（uint8）" in told.above
    assert "坐标系    EPSG:4526，像元 0.5 × 0.5" in told.above
    assert told.pasted == [
        "[campaign]",
        'name = "ortho"',
        'crs = "EPSG:4526"',
        "[[image]]",
        'path = "ortho.tif"',
        "# taken_on = 2022-08-01  # 待确认：拍摄日期",
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.dwg", b"AC1027" + bytes(90), "另存为 DXF"),
        ("a.mdb", bytes(90), "Access"),
        ("a.et", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "另存为 xlsx"),
        ("a.xyz", b"1 2 3", "无法读取 .xyz 这类文件"),
        ("a.shp", b"", "文件为空"),
        ("a.gpkg", b"hello", "内容却是“纯文本”"),
        ("campaign.toml", b"[campaign]", "landgis load"),
        ("~$b.xlsx", b"\x05demo" + bytes(160), "Excel、WPS 打开工作簿时留下的临时文件"),
        (".~b.et", b"demo", "Excel、WPS 打开工作簿时留下的临时文件"),
        ("b.xlsx", b"demo\n", "扩展名是 .xlsx，内容却是“纯文本”"),
    ],
)
def test_what_cannot_be_opened_is_one_line_with_the_step_that_mends_it(
    here, capsys, name, content, said
):
    (here / name).write_bytes(content)
    assert said in refused(capsys, "inspect", name)


def test_what_is_not_there_is_one_line(here, capsys):
    assert "找不到该文件" in refused(capsys, "inspect", "nothing.shp")
    (here / "folder").mkdir()
    assert "landgis new" in refused(capsys, "inspect", "folder")
    parcels().to_file(here / "宗地.gpkg")
    assert "没有名为“lots”的图层" in refused(capsys, "inspect", "宗地.gpkg", "--layer", "lots")


def test_a_file_that_does_not_fit_its_role_is_still_told(here, capsys):
    parcels().iloc[:4].to_file(here / "宗地.gpkg")
    told = screen_of(capsys, "宗地.gpkg", "--layer", "power_lines")
    assert told.code == 1
    assert "图层      不能作为电力线路 power_lines 读入，见下" in told.above
    assert "[错误] 未能按此图层读入 1 条：宗地.gpkg：图形类型为 面，应为 线、多线" in (
        flat(told.above)
    )
    assert "图形      面 4" in told.above
    assert "坐标系    EPSG:4526" in told.above


def test_the_answer_as_one_object(here, capsys):
    parcels().to_file(here / "宗地.gpkg")
    told = answered(capsys, "inspect", "宗地.gpkg")
    tables = told["tables"]
    assert [*tables] == [
        *("file", "layers", "sheets", "columns", "ids", "areas", "days", "rejected", "problems"),
        "manifest",
    ]
    assert tables["manifest"][-1] == {"line": 'parcels = "宗地.gpkg"'}
    fates = {row["sent"]: row["fate"] for row in tables["columns"]}
    assert fates == {
        **dict.fromkeys(["宗地代码", "村", "征收面积", "签约日期"], "role"),
        "权利人": "personal",
        "电话": "personal",
        "备注": "free_text",
        "图幅": "unknown",
    }
    assert tables["ids"] == [
        {
            "source_sheet": None,
            "column": "parcel_id",
            "rows": 6,
            "missing": 1,
            "repeated": 1,
            "codes": 5,
            "malformed": 0,
        }
    ]
    assert tables["areas"][0]["plane_mu"] == pytest.approx(7.5, abs=1e-4)
    assert {row["code"] for row in told["findings"]} >= {"geometry_invalid", "id_missing"}
    assert told["exit_code"] == 1
    refusal = call(capsys, "inspect", "nothing.shp", "--json")
    assert json.loads(refusal.out)["error"]["code"] == "file_missing"


def test_broken_and_null_shapes_are_told_of_a_file_that_is_no_layer_of_ours(here, capsys):
    shapes = [box(0, 0, 10, 10), None, BOW_TIE]
    table = gpd.GeoDataFrame({"POP2000": [1, 2, 3]}, geometry=shapes, crs=GK38)
    table.to_file(here / "abc.gpkg")
    told = screen_of(capsys, "abc.gpkg")
    assert told.code == 1
    assert "[错误] 图形有错 1 条：背景要素 abc.gpkg#3：图形有错" in flat(told.out)
    assert "[提醒] 缺少图形 1 条：背景要素 abc.gpkg#2：没有图形" in flat(told.out)
    drawn = screen_of(capsys, "abc.gpkg", "--layer", "context")
    assert drawn.code == 0  # what is only drawn is measured by nothing
    assert "[提醒] 图形有错 1 条" in drawn.out
    table.iloc[:1].to_file(here / "abd.gpkg")
    assert "没有核查发现" in screen_of(capsys, "abd.gpkg").out


LAMBERT = "EPSG:31370"  # Belgium, false easting 150 km: nobody measures at its origin


@pytest.mark.parametrize(
    ("crs", "places", "code", "rows", "shown"),
    [
        (LAMBERT, [(4.45, 51.08), (4.46, 51.08), (150_000, 170_000)], "像是经纬度", "#2", "东 4–"),
        (
            "EPSG:2435",
            [(-79, -25), (-54, 43)],
            "不在 EPSG:2435 的适用范围",
            "#2",
            "坐标范围 -79.00",
        ),
        ("EPSG:4326", [(-249, 626)], "不在 EPSG:4326 的适用范围", "#1", "坐标范围 -249.00"),
    ],
)
def test_coordinates_that_cannot_be_right_are_said(here, capsys, crs, places, code, rows, shown):
    points = gpd.GeoDataFrame(
        {"n": range(len(places))}, geometry=[shapely.Point(one) for one in places], crs=crs
    )
    points.to_file(here / "abc.gpkg")
    told = screen_of(capsys, "abc.gpkg")
    assert told.code == 1
    (line,) = [one for one in flat(told.out).splitlines() if "[错误]" in one]
    assert code in line
    assert f"abc.gpkg{rows}" in line
    assert "abc.gpkg#3" not in line
    assert shown in told.out
    assert not [one for one in told.pasted if one.startswith("crs")]
    assert "经度 -" not in told.out


def test_a_crs_that_a_campaign_names_is_doubted_as_well(here):
    points = [shapely.Point(4.45, 51.08), shapely.Point(150_000, 170_000)]
    table = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=points, crs=GK38)
    table.to_file(here / "abc.gpkg")
    options = SourceOptions(path="abc.gpkg", crs=LAMBERT)
    reading = vectors.read_vector(here / "abc.gpkg", "context", options)
    said = [(one["code"], one["ids"]) for one in reading.findings if one["severity"] == "error"]
    assert said == [("coordinates_degrees", ["abc.gpkg#1"])]


def test_a_part_of_a_shapefile_says_where_it_belongs(here, capsys):
    parcels().to_file(here / "宗地.shp", encoding="GBK")
    for suffix in (".dbf", ".shx", ".prj"):
        said = refused(capsys, "inspect", f"宗地{suffix}")
        assert f"宗地{suffix}：这是 宗地.shp 的附属文件" in said
        assert "landgis inspect 宗地.shp" in said
    (here / "宗地.shp").unlink()
    assert "缺少同名的 宗地.shp" in refused(capsys, "inspect", "宗地.dbf")
    assert "缺少同名的 宗地.shp" in refused(capsys, "topology", "宗地.dbf")


def test_load_names_a_crs_without_a_number_by_its_name(here, capsys):
    county = write_county(here / "county")
    local = pyproj.CRS.from_epsg(4526).to_wkt()
    local = local.replace('"CGCS2000 / 3-degree Gauss-Kruger zone 38"', '"县独立坐标系"')
    local = local.replace("38500000", "38500001").replace(',ID["EPSG",4526]', "")
    file = gpd.read_file(county / "graves.gpkg")
    file.set_crs(local, allow_override=True).to_file(county / "graves.gpkg")
    told = answered(capsys, "load", county)
    (row,) = [one for one in told["tables"]["files"] if one["source_file"] == "graves.gpkg"]
    assert row["crs"] == "县独立坐标系"
    assert "PROJCRS" not in call(capsys, "load", county).out


def test_areas_tell_what_they_leave_out(here, capsys):
    more = gpd.GeoDataFrame({"宗地代码": ["A"]}, geometry=[None], crs=GK38)
    pd.concat([parcels(), more], ignore_index=True).to_file(here / "宗地.gpkg")
    assert "亩（1 个图形有错、1 个无图形，未计入）" in flat(screen_of(capsys, "宗地.gpkg").out)
    english = call(capsys, "inspect", "宗地.gpkg", "--language", "en").out
    assert "(1 broken shapes, 1 without a shape: left out)" in " ".join(english.split())


def test_load_tells_of_broken_shapes_too_in_one_line(here, capsys):
    county = write_county(here / "county")
    bow_ties = [shapely.affinity.translate(BOW_TIE, 20 * i, 0) for i in range(7)]
    ids = [f"B{i}" for i in range(7)]
    rows = {"宗地代码": ids, "村": "青石村", "组": "1组", "征收面积": 0.1}
    gpd.GeoDataFrame(rows, geometry=bow_ties, crs=GK38).to_file(county / "parcels.gpkg")
    told = call(capsys, "load", county)
    assert told.code == 1
    assert told.out.count("图形有错（") == 1
    assert "[错误] 图形有错 7 条（第 1、2、3、4、5 行等）：权属地块 B0：图形有错（" in told.out
    said = answered(capsys, "load", county)["findings"]
    broken = [one["ids"] for one in said if one["code"] == "geometry_invalid"]
    assert broken == [[one] for one in ids]
    everything = assess(load(county).campaign).findings
    assert int((everything["code"] == "geometry_invalid").sum()) == 7  # and said once


def test_many_rows_without_an_id_are_one_sentence(here, capsys):
    county = write_county(here / "county")
    file = gpd.read_file(county / "parcels.gpkg")
    file.loc[1:, "宗地代码"] = None
    file.to_file(county / "parcels.gpkg")
    told = call(capsys, "load", county).out
    (line,) = [one for one in told.splitlines() if "没有编号" in one]
    assert "7 行没有编号" in line
    assert "等（另有 2 个）" in line


def test_a_file_is_read_once_whatever_is_asked_of_it(here, monkeypatch):
    parcels(面积=1.5, 编号=list("abcdef")).to_file(here / "data.gpkg")
    reads = []

    def counted(*given, **named):
        reads.append(given)
        return read(*given, **named)

    read = vectors.read_layer
    monkeypatch.setattr(vectors, "read_layer", counted)
    inspect(here / "data.gpkg")
    assert len(reads) == 1


def test_an_archive_is_unpacked_once_and_nothing_of_it_stays(here, monkeypatch):
    for name in ("a", "b"):
        parcels(编号=list("abcdef")).to_file(here / f"{name}.gpkg")
    with zipfile.ZipFile(here / "data.zip", "w") as archive:
        for name in ("a.gpkg", "b.gpkg"):
            archive.write(here / name, name)
    folders = []

    @contextmanager
    def counted(*given, **named):
        with unpacked(*given, **named) as datasets:
            folders.extend({one.path.parent.parent for one in datasets})
            yield datasets

    unpacked = members.unpacked
    monkeypatch.setattr(members, "unpacked", counted)
    inspect(here / "data.zip")
    assert len(folders) == 1
    gc.collect()
    assert not folders[0].exists()


def test_a_rejected_row_is_told_by_reason_and_row(here, capsys):
    frame = parcels(签约日期=["2099-01-01", "昨天", None, "2022-09-01", None, None]).iloc[:4]
    frame.to_file(here / "宗地.gpkg")
    told = screen_of(capsys, "宗地.gpkg")
    assert "读入 4 行，可入库 2 行，退回 2 行" in told.above
    assert "“签约日期”1 行（第 1 行）：日期晚于入库当天" in flat(told.above)
    assert "“签约日期”1 行（第 2 行）：无法识别为日期" in flat(told.above)
    assert told.code == 1


def test_a_long_look_is_shown_step_by_step(here):
    parcels().to_file(here / "宗地.gpkg")
    steps = []
    inspect(here / "宗地.gpkg", step=lambda *one: steps.append(one))
    assert steps == [("宗地.gpkg", 0, 2), ("宗地.gpkg", 1, 2), ("宗地.gpkg", 2, 2)]


DEMO = Path(landgis.cli.__file__).parent.parent / "layers" / "demo"


@pytest.mark.parametrize(
    "name", ["parcels.shp", "red_lines.txt", "houses.gpkg", "resettlements.xlsx", "roads.gpkg"]
)
def test_a_screen_holds_what_is_said_of_the_demo_county(capsys, name):
    told = screen_of(capsys, DEMO / name)
    assert told.out.count("\n") <= 40
    assert max(map(wide, told.above.splitlines())) <= 100


def test_the_real_scenes_are_told_on_one_screen(capsys, shared_data):
    scenes = [
        shared_data("cambridge_ma") / "utility_poles.geojson",
        shared_data("overlay_oracle_nybb") / "polydf.shp",
        shared_data("cn_parcel_txt") / "44120000105.txt",
        *sorted((shared_data("broken_vectors") / "issues").rglob("*.shp")),
        shared_data("raster_landsat_pair") / "pucallpa_1990.tif",
    ]
    for path in scenes:
        told = screen_of(capsys, path)
        assert told.code in (0, 1), path
        assert told.out.count("\n") <= 40, path


def test_the_layers_of_gdal_are_all_told(here, capsys):
    assert "OpenFileGDB" in pyogrio.list_drivers()
    frame = parcels().iloc[:4]
    frame.to_file(here / "库.gdb", driver="OpenFileGDB", layer="宗地")
    told = screen_of(capsys, "库.gdb")
    assert "权属地块 parcels（按名称判断）" in told.above
    assert told.pasted[-1] == 'parcels = "库.gdb"'
    assert len(paste(here, told.pasted).parcels) == 4


def test_codes_and_land_use_are_looked_at(here, capsys):
    frame = parcels(宗地代码=[*"abc", "530129001001JQ00004", *"de"], 地类编码=["0601"] * 6).iloc[:4]
    frame.to_file(here / "宗地.gpkg")
    told = screen_of(capsys, "宗地.gpkg")
    assert "宗地（单元）代码 1 个，结构不符 1 个" in told.above
    assert "[提醒] 编号结构不符 1 条：权属地块 530129001001JQ00004" in flat(told.above)
    assert "[待确认] 缺地类分类标准 1 条" in told.above
    line = 'parcels = { path = "宗地.gpkg", land_use_scheme = "GB/T 21010-2017" }'
    answer = next(one for one in told.pasted if line in one)
    above = [one for one in told.pasted if not one.startswith("parcels")]
    loaded = paste(here, above, answered=answer)
    assert set(loaded.parcels["land_use_scheme"]) == {"GB/T 21010-2017"}


def test_a_day_without_year_is_answered_by_the_year(here, capsys):
    frame = parcels(签约日期=["8月23日", None, None, None, None, None]).iloc[:4]
    frame.to_file(here / "宗地.gpkg")
    told = screen_of(capsys, "宗地.gpkg")
    answer = next(one for one in told.pasted if "year = 2022" in one)
    above = [one for one in told.pasted if not one.startswith("parcels")]
    loaded = paste(here, above, answered=answer)
    assert loaded.parcels["agreed_on"].dropna().tolist() == [pd.Timestamp("2022-08-23")]


def test_a_layer_named_after_parcels_leaves_others_to_ask(shared_data, here, capsys):
    source = next((shared_data("fr_cadastre_25354") / "edigeo").glob("*.tar.bz2"))
    shutil.copyfile(source, here / source.name)
    told = screen_of(capsys, source.name)
    parcel_lines = [one for one in told.pasted if one.lstrip("# ").startswith("parcels")]
    assert parcel_lines[0].endswith('layer = "PARCELLE_id" }')
    assert [one.startswith("#") for one in parcel_lines] == [False, True, True, True]
    assert not any("LABEL" in one for one in told.pasted)
    assert len(paste(here, told.pasted).parcels) == 22
