"""The commands: help, tables, one object, exit codes; on a campaign and on plain layer files."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from tiny_county import answered, call, frame, refused, write_county
from worlds import box

import landgis
from landgis import layer_commands, source_commands
from landgis.cli import app
from landgis.outputs.shown import table_lines

GROUPS = (app, layer_commands.app, source_commands.app)
COMMANDS = [one.name for group in GROUPS for one in group.registered_commands]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("LANDGIS_KEY", str(tmp_path_factory.mktemp("office") / "household.key"))
    folder = write_county(tmp_path_factory.mktemp("county") / "loaded")
    landgis.load(folder)
    yield folder
    patch.undo()


@pytest.fixture
def county(template, tmp_path):
    return Path(shutil.copytree(template, tmp_path / "county"))


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_has_help(capsys, command):
    told = call(capsys, *command, "--help")
    assert told.code == 0
    assert "--help" in told.out
    assert len(told.out.splitlines()) > 5
    if command:
        assert "--json" in told.out
        assert "--language" in told.out


def test_the_versions_that_figures_depend_on(capsys):
    told = call(capsys, "--version")
    assert told.code == 0
    assert f"landgis {landgis.__version__}" in told.out
    for name in ("gdal", "geos", "proj"):
        assert name in told.out


def test_the_module_runs_as_the_command_does():
    run = [sys.executable, "-m", "landgis"]
    done = subprocess.run([*run, "words", "--json"], capture_output=True, check=True)
    words = json.loads(done.stdout.decode("utf-8"))["tables"]["words"]
    assert {row["layer"] for row in words} == set(landgis.LAYERS)


def test_clean_land_says_what_the_library_says(county, capsys):
    said = answered(capsys, "clean-land", county, "--as-of", "2022-09-15")
    assert said["as_of"] == "2022-09-15"
    ours = landgis.assess(landgis.open_campaign(county), as_of="2022-09-15").clean
    row, own = said["tables"]["projects"][0], ours.projects.iloc[0]
    for name in ("verdict", "area_m2", "clean_m2", "restricted_m2", "blocked_m2", "excluded_m2"):
        assert row[name] == own[name]
    states = [row[f"{name}_m2"] for name in ("clean", "restricted", "blocked", "excluded")]
    assert sum(states) == pytest.approx(60_000)
    held = ours.pieces[ours.pieces["state"].isin(["blocked", "restricted"])]
    assert sum(one["area_m2"] for one in said["tables"]["reasons"]) == held["area_m2"].sum()


def test_exit_codes(county, capsys):
    assert call(capsys, "clean-land", county).code == 1, "a removal before its payment"
    assert call(capsys, "progress", county).code == 0
    assert call(capsys, "progress", county, "--project", "P99").code == 2


def test_a_person_reads_words_and_no_codes(county, capsys):
    told = call(capsys, "clean-land", county).out
    for word in ("未净地", "坟墓未迁移", "带电线路保护区", "受限", "规划条件已明确"):
        assert word in told
    for code in ("not_clean", "live_line", "restricted", "planning_conditions_set", "_m2"):
        assert code not in told
    told = call(capsys, "protection-zones", county).out
    assert "电力线路保护区" in told
    assert "protection" not in told
    told = call(capsys, "attribute", county, "--language", "en").out
    assert "links 4" in told, "a table that would flood the console is named, not listed"


def test_progress_by_project_and_in_sum(county, capsys):
    rows = pd.DataFrame(answered(capsys, "progress", county)["tables"]["progress"])
    sums = rows[rows["project_id"].isna() & rows["team"].isna()].set_index("indicator")
    assert sums.loc["land", "done"] == pytest.approx(75)
    assert sums.loc["grave", "left"] == 2
    told = call(capsys, "progress", county).out
    assert "83.3%" in told
    before = call(capsys, "progress", county, "--since", "2022-09-30", "--project", "P01")
    assert "拆除房屋" in before.out
    assert before.code == 0


def test_out_takes_the_layers_of_clean_land(county, tmp_path, capsys):
    said = answered(capsys, "clean-land", county, "--project", "P01", "--out", tmp_path / "o")
    [path] = map(Path, said["files"])
    assert path.name == "P01_净地分析_内部_20221014.gpkg"
    pieces = gpd.read_file(path, layer="pieces")
    assert pieces.crs == "EPSG:4526"
    assert pieces.area.sum() == pytest.approx(60_000)
    assert set(gpd.list_layers(path)["name"]) == {"projects", "blocks", "parcels", "pieces"}


def test_out_takes_the_maps(county, tmp_path, capsys):
    said = answered(capsys, "battle-map", county, "--out", tmp_path / "o")
    assert [Path(name) for name in said["files"]] == [
        tmp_path / "o" / "maps" / "P01_作战图_内部_20221014.html"
    ]
    assert not (county / "out").exists()


def test_attribute_on_plain_files(county, tmp_path, capsys):
    graves, parcels = county / "graves.gpkg", county / "parcels.gpkg"
    out = tmp_path / "links.csv"
    said = answered(capsys, "attribute", graves, parcels, out, "--kind", "grave")
    assert [row["parcel_id"] for row in said["tables"]["links"]] == ["A1", "A2"]
    links = pd.read_csv(out)
    assert links["share"].tolist() == [1, 1]
    assert "--replace" in refused(capsys, "attribute", graves, parcels, out, "--kind", "grave")
    book = tmp_path / "links.xlsx"
    assert call(capsys, "attribute", graves, parcels, book, "--kind", "grave").code == 0
    assert len(pd.read_excel(book, engine="openpyxl")) == 2


def test_protection_zones_on_plain_files(county, tmp_path, capsys):
    lines = county / "power_lines.geojson"
    assert "EPSG:4490" in refused(capsys, "protection-zones", lines, tmp_path / "zones.gpkg")
    gpd.read_file(lines).to_crs(4526).to_file(tmp_path / "lines.gpkg")
    out = tmp_path / "zones.gpkg"
    assert call(capsys, "protection-zones", tmp_path / "lines.gpkg", out).code == 0
    assert gpd.read_file(out)["half_width_m"].tolist() == [14.0]


def test_topology_on_plain_files(county, tmp_path, capsys):
    bad = frame([box(0, 0, 10, 10), box(9, 0, 20, 10)], 宗地代码=["A", "B"])
    bad.to_file(tmp_path / "bad.gpkg")
    told = answered(capsys, "topology", tmp_path / "bad.gpkg", tmp_path / "found.gpkg")
    assert told["exit_code"] == 1
    assert [row["code"] for row in told["tables"]["codes"]] == ["parcel_overlap"]
    assert len(gpd.read_file(tmp_path / "found.gpkg")) == 1
    assert call(capsys, "topology", county).code == 0


def test_plain_files_get_the_ids_that_inspect_and_load_give_them(tmp_path, capsys):
    boxes = [box(20 * k, 0, 20 * k + 20, 20) for k in range(4)]
    groups = ["1组", "1组", "2组", "2组"]
    sent = frame(boxes, 村=["青石村"] * 4, 组=groups, 编号=["1", "2", "1", "2"])
    source = tmp_path / "宗地.gpkg"
    sent.to_file(source)
    ids = ["青石村-1组-1", "青石村-1组-2", "青石村-2组-1", "青石村-2组-2"]
    told = answered(capsys, "inspect", source)
    assert told["tables"]["layers"][0]["parcel_id"] == ["村", "组", "编号"]
    out, repaired = tmp_path / "out.geojson", tmp_path / "repaired.gpkg"
    words = {
        "export": (source, out, "--layer", "parcels"),
        "repair-topology": (source, repaired),
        "topology": (source,),
    }
    for command, given in words.items():
        said = call(capsys, command, *given)
        assert said.code == 0
        assert "编号由 村、组、编号 各列组成" in said.err
    assert gpd.read_file(out).iloc[:, 0].tolist() == ids
    assert gpd.read_file(repaired, layer="parcels")["parcel_id"].tolist() == ids
    graves = frame(
        [one.centroid for one in (boxes[0], boxes[3])],
        村=["青石村"] * 2,
        组=["1组", "2组"],
        编号=["1", "2"],
    )
    graves.to_file(tmp_path / "坟墓.gpkg")
    links = tmp_path / "links.csv"
    given = (tmp_path / "坟墓.gpkg", source, links, "--kind", "grave")
    said = call(capsys, "attribute", *given)
    assert said.code == 0
    assert pd.read_csv(links)["parcel_id"].tolist() == [ids[0], ids[3]]
    assert pd.read_csv(links)["method"].tolist() == ["code", "code"]


def test_ids_that_are_unique_are_not_joined(tmp_path, capsys):
    sent = frame([box(0, 0, 9, 9), box(9, 0, 18, 9)], 村=["青石村"] * 2, 宗地代码=["A", "B"])
    sent.to_file(tmp_path / "a.gpkg")
    said = call(capsys, "export", tmp_path / "a.gpkg", tmp_path / "b.geojson", "--layer", "parcels")
    assert said.err == ""
    assert gpd.read_file(tmp_path / "b.geojson").iloc[:, 0].tolist() == ["A", "B"]


def test_check_boundary_on_the_campaign_and_on_a_file(county, tmp_path, capsys):
    told = call(capsys, "check-boundary", county)
    assert told.code == 0
    assert "30,000.00" in told.out
    claim = frame([box(300, 0, 400, 100)], 项目编号=["P01"]).to_crs(4490)
    claim.to_file(tmp_path / "claim.geojson", driver="GeoJSON")
    said = answered(capsys, "check-boundary", county, tmp_path / "claim.geojson")
    assert said["tables"]["boundary"][0]["common_m2"] == pytest.approx(10_000, rel=1e-4)
    assert "P01" in refused(capsys, "check-boundary", county, "--project", "P9")


def test_the_demo_refuses_a_folder_of_somebody(county, capsys):
    assert refused(capsys, "demo", county)
    assert refused(capsys, "demo", county, "--replace"), "it is no older demo"


def test_a_table_is_aligned_and_says_what_it_cut():
    table = pd.DataFrame({"name": ["园区", "b", None], "area_m2": [1234.5, 0.0, float("nan")]})
    lines = table_lines(table, "zh", 2)
    assert lines[1] == "园区        1,234.50"
    assert lines[2] == "b               0.00"
    assert lines[3] == "……另有 1 行"
    assert table_lines(table.head(0), "zh") == ["—"]
