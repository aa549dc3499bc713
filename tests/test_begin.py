"""`landgis new`: loose files to a manifest and a workbook that load and run as they are."""

import shutil
import tomllib
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from handed_over import write_book
from tiny_county import answered, call, frame, refused, write_county
from worlds import box

import landgis
from landgis.io.manifest import parse_manifest
from landgis.io.project_workbook import read_project_workbook

DEMO = Path(__file__).resolve().parent.parent / "layers" / "demo"


@pytest.fixture(autouse=True)
def _a_key_of_their_own(monkeypatch, tmp_path):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "office" / "household.key"))


@pytest.fixture
def loose(tmp_path):
    """Return the tiny county as loose files."""
    folder = write_county(tmp_path / "loose")
    (folder / "campaign.toml").unlink()
    return folder


def begun(folder, language="zh"):
    """Begin, and return the text of the manifest and what it says."""
    landgis.new(folder, language=language, replace=True)
    text = (folder / "campaign.toml").read_text(encoding="utf-8")
    return text, parse_manifest(text)


def test_loose_files_load_and_run_as_they_are(loose, capsys):
    made = answered(capsys, "new", loose)
    assert made["exit_code"] == 0
    assert [Path(name).name for name in made["files"]] == ["campaign.toml", "项目表.xlsx"]
    assert {row["layer"] for row in made["tables"]["roles"]} == {
        *("projects", "parcels", "records", "power_lines", "clean_claims")
    }
    text = (loose / "campaign.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    assert said["campaign"]["crs"] == "EPSG:4526"
    assert said["layers"]["parcels"] == "parcels.gpkg"
    assert "待确认" not in text.split("\n", 1)[1], "nothing here fits two ways"
    assert [one["project_id"] for one in read_project_workbook(loose / "项目表.xlsx").projects] == [
        "P01"
    ]
    assert call(capsys, "run", loose, "--as-of", "2022-10-14").code < 2
    assert (loose / "out" / "index.html").is_file()
    assert len(list((loose / "out" / "maps").glob("P01_*.html"))) == 1


def test_what_has_not_happened_yet_counts_nowhere(tmp_path, capsys):
    head = ["登记编号", "类别", "数量（穴）", "迁移日期"]
    rows = [head, ["1", "坟墓", 1, "2022-09-09"], ["2", "坟墓", 1, "2099-01-01"]]
    folder = tmp_path / "loose"
    folder.mkdir()
    book = write_book(folder / "坟墓台账.xlsx", {"坟墓": rows})
    (role,) = answered(capsys, "new", folder)["tables"]["roles"]
    assert role["rows"] == 1
    out = tmp_path / "out.xlsx"
    told = call(capsys, "export", book, out, "--layer", "records")
    assert told.code < 2
    assert "日期晚于入库当天" in told.out.replace("\n", "")
    days = [str(cell.value) for row in openpyxl.load_workbook(out).worksheets[0] for cell in row]
    assert sum("2022-09-09" in day for day in days) == 1
    assert not [day for day in days if "2099" in day]


def test_two_files_of_the_same_ground_are_a_question(loose):
    bare = gpd.read_file(loose / "parcels.gpkg")[["geometry"]]
    bare.to_file(loose / "a_parcels.geojson", driver="GeoJSON")
    text, said = begun(loose)
    assert said["layers"]["parcels"] == "parcels.gpkg", "the one that says more"
    asked = [line for line in text.splitlines() if "a_parcels.geojson" in line]
    assert len(asked) == 1
    assert asked[0].startswith("# parcels = ")
    assert "待确认" in asked[0]
    assert "待确认" in next(line for line in text.splitlines() if line.startswith("parcels = "))


def test_two_files_of_different_ground_are_both_used(loose):
    cells = [box(100 * c, 200, 100 * c + 100, 300) for c in range(3)]
    frame(cells, 宗地代码=["B1", "B2", "B3"]).to_file(loose / "parcels_2.gpkg")
    _, said = begun(loose)
    assert sorted(said["layers"]["parcels"]) == ["parcels.gpkg", "parcels_2.gpkg"]
    assert len(landgis.load(loose).campaign.parcels) == 11


def test_numbers_that_repeat_per_group_are_read_with_village_and_group(tmp_path):
    cells = [box(100 * c, 0, 100 * c + 100, 100) for c in range(4)]
    places = {"村": ["青石村"] * 4, "组": ["1组", "1组", "2组", "2组"]}
    frame(cells, **places, 编号=["1", "2", "1", "2"]).to_file(tmp_path / "parcels.gpkg")
    inside = [one.buffer(-20) for one in cells]
    houses = frame(inside, **places, 地块编号=["1", "2", "1", "2"], 房屋编号=list("abcd"))
    houses.to_file(tmp_path / "houses.gpkg")
    _, said = begun(tmp_path)
    assert said["layers"]["parcels"]["parcel_id"] == ["村", "组", "编号"]
    assert said["layers"]["records"]["parcel_id"] == ["村", "组", "地块编号"]
    campaign = landgis.load(tmp_path).campaign
    links = landgis.attribute(campaign.records, campaign.parcels)
    assert set(links["method"]) == {"code"}


def test_a_file_without_a_telling_name_is_known_by_its_columns_and_said(tmp_path, capsys):
    frame([box(0, 0, 10, 10)], 宗地代码=["A"]).to_file(tmp_path / "新建.gpkg")
    frame([box(0, 0, 10, 10)], x=[1]).to_file(tmp_path / "图层1.gpkg")
    (tmp_path / "附件.pdf").write_bytes(b"%PDF")
    (tmp_path / "图.dwg").write_bytes(b"AC1027 and more")
    text, said = begun(tmp_path)
    assert said["layers"] == {"parcels": "新建.gpkg"}
    lines = text.splitlines()
    assert "待确认" in next(line for line in lines if line.startswith("parcels"))
    assert "待确认" in next(line for line in lines if "图层1.gpkg" in line)
    assert "DXF" in next(line for line in lines if "图.dwg" in line)
    assert "附件.pdf" in next(line for line in lines if "没有读取" in line)
    assert "红线" in text
    assert call(capsys, "load", tmp_path).code == 0


def test_coordinate_texts_of_no_name_are_a_question(shared_data, tmp_path, capsys):
    for path in shared_data("cn_parcel_txt").glob("*.txt"):
        shutil.copyfile(path, tmp_path / path.name)
    text, said = begun(tmp_path)
    assert said["layers"] == {}
    assert said["campaign"]["crs"] == "EPSG:4526"
    assert 'crs = "EPSG:4526"  # 待确认' not in text, "the files say it"
    assert call(capsys, "run", tmp_path).code == 0
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "还没有项目" in page
    answer = "\n".join(
        line.removeprefix("# ") if line.startswith("# projects") else line
        for line in text.splitlines()
    )
    (tmp_path / "campaign.toml").write_text(answer, encoding="utf-8")
    assert call(capsys, "run", tmp_path).code < 2
    assert len(list((tmp_path / "out" / "maps").glob("*.html"))) == 5


def test_the_layers_of_a_geopackage_are_told_by_their_own_names(shared_data, tmp_path, capsys):
    source = shared_data("fr_cadastre_25354") / "cadastre_25354.gpkg"
    shutil.copyfile(source, tmp_path / source.name)
    text, said = begun(tmp_path, "en")
    assert said["layers"]["parcels"]["layer"] == "parcels"
    assert said["layers"]["records"]["layer"] == "buildings"
    assert said["layers"]["context"]["layer"] == "road_axes"
    assert said["campaign"]["language"] == "en"
    for name in ("place_names", "sections", "surfaces", "boundary_stones"):
        lines = text.splitlines()
        at = next(at for at, line in enumerate(lines) if name in line)
        assert lines[at].startswith("#")
        assert "to confirm" in lines[at] + lines[at - 1]
    assert call(capsys, "run", tmp_path).code < 2
    assert len(landgis.open_campaign(tmp_path).parcels) == 511


def test_files_of_the_demo_county_get_the_lines_of_its_own_manifest(tmp_path):
    parcels = [path.name for path in DEMO.glob("parcels.*")]
    for name in (
        *parcels,
        "red_lines.txt",
        "houses.gpkg",
        "台账/第一工作组.xlsx",
        "ortho_after.tif",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(DEMO / name, tmp_path / name)
    text, said = begun(tmp_path)
    ours = tomllib.loads((DEMO / "campaign.toml").read_text("utf-8"))["layers"]
    assert said["layers"]["projects"] == ours["projects"]
    assert said["layers"]["parcels"] == ours["parcels"], "the shapefile says more than the DXF"
    codes = {one["path"]: one["parcel_id"] for one in ours["records"]}
    for one in said["layers"]["records"]:
        assert one["parcel_id"] == codes[one["path"]]
    assert said["image"] == [{"path": "ortho_after.tif"}]
    assert '# parcels = "parcels.dxf"' in text
    assert "status_on" in text, "bare states are asked about"


def test_what_is_there_is_not_written_over(loose, capsys):
    call(capsys, "new", loose)
    workbook = (loose / "项目表.xlsx").read_bytes()
    assert "--replace" in refused(capsys, "new", loose)
    (loose / "campaign.toml").unlink()
    answer = call(capsys, "new", loose)
    assert answer.code == 0
    assert "项目表.xlsx" in answer.err, "a planner's workbook is kept, and said"
    assert (loose / "项目表.xlsx").read_bytes() == workbook
    assert call(capsys, "new", loose, "--replace").code == 0


def test_a_folder_with_nothing_to_read(tmp_path, capsys):
    assert "nowhere" in refused(capsys, "new", tmp_path / "nowhere")
    (tmp_path / "a.docx").write_bytes(b"x")
    assert refused(capsys, "new", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.docx"]
