"""What is wrong is handled or one line with exit code 2; nothing is left half-written."""

import ast
import io
import json
import math
import os
import shutil
import sqlite3
import string
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from handed_over import EAST, square, write_shapefile
from tiny_county import PERSON, answered, call, change, everything, frame, refused, write_county
from worlds import box

import landgis
import landgis.cli
from landgis.base.text import has, section
from landgis.base.troubles import trouble_of
from landgis.workflow.loading import read_settings

ROOT = Path(__file__).resolve().parent.parent
CAMPAIGN_COMMANDS = ["load", "run", "clean-land", "progress", "check-boundary", "battle-map"]
CAMPAIGN_COMMANDS += ["attribute", "protection-zones", "topology"]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Return a folder with the county, the same loaded, and the key of its office."""
    home = tmp_path_factory.mktemp("office")
    write_county(home / "county")
    shutil.copytree(home / "county", home / "loaded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDGIS_KEY", str(home / "household.key"))
        landgis.load(home / "loaded")
    return home


@pytest.fixture(autouse=True)
def _a_key_of_their_own(template, monkeypatch, tmp_path):
    (tmp_path / "office").mkdir()
    key = shutil.copy(template / "household.key", tmp_path / "office")
    monkeypatch.setenv("LANDGIS_KEY", str(key))


@pytest.fixture
def county(template, tmp_path):
    """Return a county that was never loaded."""
    return Path(shutil.copytree(template / "county", tmp_path / "county"))


@pytest.fixture
def loaded(template, tmp_path):
    """Return a county in its store."""
    return Path(shutil.copytree(template / "loaded", tmp_path / "county"))


def refuses_and_changes_nothing(capsys, folder, *words):
    before = everything(folder)
    line = refused(capsys, *words)
    assert everything(folder) == before
    return line


# Files


def test_a_missing_layer_file(county, capsys):
    (county / "parcels.gpkg").unlink()
    line = refuses_and_changes_nothing(capsys, county, "load", county)
    assert "parcels.gpkg" in line
    assert "找不到" in line


def test_a_wrong_column(county, capsys):
    change(
        county,
        'parcels = "parcels.gpkg"',
        'parcels = { path = "parcels.gpkg", columns = { "面积x" = "stated_area_mu" } }',
    )
    line = refuses_and_changes_nothing(capsys, county, "load", county)
    assert "面积x" in line
    assert "宗地代码" in line, "it says which columns there are"


EMPTY = ["parcels.gpkg", "houses.xlsx", "power_lines.geojson"]
EMPTY_TOO = ["p.shp", "p.txt", "p.dxf", "p.kml", "p.csv", "p.xls"]


@pytest.mark.parametrize("name", [*EMPTY, *EMPTY_TOO])
def test_an_empty_file_of_each_kind(county, capsys, name):
    (county / name).write_bytes(b"")
    if name in EMPTY_TOO:
        change(county, '"graves.gpkg"', f'{{ path = "{name}", kind = "grave" }}')
    line = refuses_and_changes_nothing(capsys, county, "load", county)
    assert name in line
    assert "空" in line


@pytest.mark.parametrize("name", ["parcels.gpkg", "houses.xlsx"])
@pytest.mark.parametrize(
    ("content", "really"), [(b"%PDF-1.7 ...", "PDF"), (b"just words", "text"), (b"\0" * 99, "bin")]
)
def test_a_file_that_is_not_what_its_name_says(county, capsys, name, content, really):
    (county / name).write_bytes(content)
    line = refuses_and_changes_nothing(capsys, county, "load", county, "--language", "en")
    assert name in line
    assert really in line


@pytest.mark.parametrize("name", ["parcels.gpkg", "houses.xlsx", "power_lines.geojson"])
def test_a_file_cut_off_in_the_middle(county, capsys, name):
    whole = (county / name).read_bytes()
    (county / name).write_bytes(whole[: len(whole) // 3])
    assert name in refuses_and_changes_nothing(capsys, county, "load", county)


@pytest.mark.parametrize("name", ["a.dwg", "a.mdb", "a.et", "a.ods", "a.docx"])
def test_a_kind_of_file_that_is_not_read_says_what_to_save_it_as(county, capsys, name):
    (county / name).write_bytes(b"something")
    change(county, '"graves.gpkg"', f'"{name}"')
    line = refuses_and_changes_nothing(capsys, county, "load", county)
    assert name in line
    assert "存为" in line or "导出" in line


def test_a_file_name_with_brackets_is_no_pattern(county):
    (county / "graves.gpkg").rename(county / "graves[1] 坟.gpkg")
    change(county, "graves.gpkg", "graves[1] 坟.gpkg")
    assert len(landgis.load(county).campaign.records) == 4


def test_a_pattern_may_be_absolute(county):
    change(county, '"houses.xlsx"', json.dumps(f"{county.as_posix()}/house*.xlsx"))
    assert len(landgis.load(county).campaign.records) == 4


# Coordinates


@pytest.mark.parametrize(
    ("crs", "says"),
    [("EPSG:4490", "EPSG:4490"), ("EPSG:4326", "EPSG:4326"), ("EPSG:3857", "3857"), ("x", "x")],
)
def test_degrees_and_web_mercator_are_no_working_crs(county, capsys, crs, says):
    change(county, "EPSG:4526", crs)
    line = refuses_and_changes_nothing(capsys, county, "load", county)
    assert says in line
    assert "campaign.toml" in line


def test_a_working_crs_changed_after_the_load(loaded, capsys):
    change(loaded, "EPSG:4526", "EPSG:4527")
    assert "EPSG:4527" in refuses_and_changes_nothing(capsys, loaded, "clean-land", loaded)


def test_two_datums_are_never_mixed_in_silence(county, capsys):
    other = frame([box(0, 0, 10, 10)], 项目编号=["P02"]).set_crs("EPSG:2362", allow_override=True)
    other.to_file(county / "red_lines.gpkg")
    line = refuses_and_changes_nothing(capsys, county, "load", county)
    assert "red_lines.gpkg" in line
    assert "EPSG:2362" in line


# Days


def test_a_day_that_has_not_come(loaded, capsys):
    for command in ("clean-land", "progress", "battle-map", "run"):
        line = refuses_and_changes_nothing(capsys, loaded, command, loaded, "--as-of", "2199-01-01")
        assert "2199年1月1日" in line


@pytest.mark.parametrize("day", ["soon", "2022-13-01", "2022", "20221332"])
def test_a_day_that_cannot_be_read(loaded, capsys, day):
    for command in ("clean-land", "run"):
        line = refuses_and_changes_nothing(capsys, loaded, command, loaded, "--as-of", day)
        assert day in line
    assert day in refused(capsys, "progress", loaded, "--since", day)


def test_a_status_after_the_day_of_the_load_is_a_rejected_row_and_no_stop(county, capsys):
    answer = call(capsys, "load", county)
    assert answer.code == 0
    loaded = landgis.load(county, today="2022-09-15")
    assert loaded.files["rejected"].sum() == 1, "the removal of 2022-10-01"
    assert len(loaded.rejected) == 1
    found = loaded.campaign.findings
    assert "date_after_load" in found.loc[found["code"] == "row_rejected", "facts"].iloc[0]


# The manifest


def test_a_manifest_saved_by_notepad(county, capsys):
    text = (county / "campaign.toml").read_text(encoding="utf-8")
    (county / "data").mkdir()
    (county / "parcels.gpkg").rename(county / "data" / "new.gpkg")
    text = text.replace("parcels.gpkg", ".\\data\\new.gpkg").replace("\n", "\r\n")
    for codec in ("utf-8-sig", "utf-16", "gbk"):
        (county / "campaign.toml").write_bytes(text.encode(codec))
        assert read_settings(county)[0].project[0].name == "园区"
    assert call(capsys, "load", county).code == 0


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("name = “试点县”", 'name = "试点县"'),
        ("name ＝ ＂试点县＂", 'name = "试点县"'),
        ('name = "试点县', "name"),
    ],
)
def test_what_a_chinese_keyboard_leaves_is_one_line_with_its_number(county, capsys, line, mended):
    change(county, 'name = "试点县"', line)
    said = refuses_and_changes_nothing(capsys, county, "load", county)
    assert "第 2 行" in said
    assert mended in said


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("as_of =", "asof =", "campaign.asof"),
        ("parcels =", "parcel =", "parcel"),
        ("clean_by =", "clean_bye =", "project.0.clean_bye"),
        ('crs = "EPSG:4526"', "", "campaign.crs"),
        ("2022-10-14", '"soon"', "campaign.as_of"),
        ('crs = "EPSG:4526"', 'crs = "EPSG:4526"\nedition = "all"', "campaign.edition"),
        ('parcels = "parcels.gpkg"', "parcels = 3", "layers.parcels"),
    ],
)
def test_a_misspelt_key_is_named(county, capsys, old, new, key):
    change(county, old, new)
    assert key in refuses_and_changes_nothing(capsys, county, "load", county)


def test_what_is_no_campaign(tmp_path, county, capsys):
    for command in CAMPAIGN_COMMANDS:
        assert "nowhere" in refused(capsys, command, tmp_path / "nowhere")
        (tmp_path / "empty").mkdir(exist_ok=True)
        assert "landgis new" in refused(capsys, command, tmp_path / "empty")
    (county / "other.toml").write_text("x = 1", encoding="utf-8")
    assert "campaign.toml" in refused(capsys, "load", county / "other.toml")


def test_a_campaign_may_be_named_by_its_manifest(county, capsys):
    for command in ("run", "load", "progress", "topology"):
        assert call(capsys, command, county / "campaign.toml").code < 2
    assert (county / "out" / "index.html").is_file()


# The store


def test_no_store_yet(county, capsys):
    for command in CAMPAIGN_COMMANDS[2:]:
        assert "landgis load" in refuses_and_changes_nothing(capsys, county, command, county)


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"\1" * 99])
def test_a_store_that_is_no_database(county, capsys, content):
    (county / "campaign.gpkg").write_bytes(content)
    for command in CAMPAIGN_COMMANDS:
        line = refuses_and_changes_nothing(capsys, county, command, county)
        assert "campaign.gpkg" in line


def test_a_geopackage_of_somebody_else_is_not_written_over(county, capsys):
    shutil.copy(county / "parcels.gpkg", county / "campaign.gpkg")
    assert "移到别处" in refuses_and_changes_nothing(capsys, county, "load", county)


def test_a_store_that_another_program_holds(loaded, capsys):
    held = sqlite3.connect(loaded / "campaign.gpkg")
    held.execute("BEGIN EXCLUSIVE")
    try:
        line = refused(capsys, "clean-land", loaded)
    finally:
        held.close()
    assert "campaign.gpkg" in line
    assert "占用" in line


def test_a_store_older_than_its_sources_is_said(loaded, capsys):
    os.utime(loaded / "graves.gpkg")
    assert call(capsys, "progress", loaded).err == "", "only the content counts"
    (loaded / "houses.xlsx").unlink()
    change(loaded, "clean_by = 2022-12-31", "clean_by = 2022-12-30")
    for command in CAMPAIGN_COMMANDS[2:]:
        assert "landgis load" in refused(capsys, command, loaded, "--strict")
    for command in ("progress", "attribute", "protection-zones", "topology"):
        answer = call(capsys, command, loaded)
        assert answer.code < 2
        assert "houses.xlsx" in answer.err
        assert "campaign.toml" in answer.err


def test_the_key_of_the_store_is_missing_or_another(loaded, capsys):
    key = Path(os.environ["LANDGIS_KEY"])
    old = key.read_bytes()
    key.unlink()
    assert str(key) in refuses_and_changes_nothing(capsys, loaded, "load", loaded)
    key.write_bytes(b"0123456789abcdef" * 4)
    assert str(key) in refuses_and_changes_nothing(capsys, loaded, "load", loaded)
    key.write_bytes(b"short")
    assert str(key) in refuses_and_changes_nothing(capsys, loaded, "load", loaded)
    key.write_bytes(old)
    assert call(capsys, "load", loaded).code == 0


# Outputs


def test_old_outputs_are_refused_before_any_work(loaded, capsys):
    assert call(capsys, "run", loaded).code < 2
    for command in ("run", "battle-map"):
        line = refuses_and_changes_nothing(capsys, loaded, command, loaded)
        assert "--replace" in line
        assert "P01_作战图_内部_20221014.html" in line
    out = loaded / "layers"
    assert call(capsys, "clean-land", loaded, "--out", out).code < 2
    assert "--replace" in refuses_and_changes_nothing(
        capsys, loaded, "clean-land", loaded, "--out", out
    )


def test_an_output_that_is_a_folder(loaded, capsys):
    (loaded / "out" / "maps" / "P01_作战图_内部_20221014.html").mkdir(parents=True)
    for words in ([], ["--replace"]):
        assert "文件夹" in refused(capsys, "battle-map", loaded, *words)
    links = loaded / "links.csv"
    links.mkdir()
    for words in ([], ["--replace"]):
        line = refused(
            capsys, "attribute", loaded / "houses.xlsx", loaded / "parcels.gpkg", links, *words
        )
        assert "文件夹" in line


def test_an_output_under_a_file(loaded, capsys):
    line = refused(capsys, "clean-land", loaded, "--out", loaded / "houses.xlsx" / "out")
    assert "文件夹" in line


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid"), reason="permissions of another kind"
)
def test_no_permission(county, capsys, monkeypatch):
    def refuse(*_args, **_named):
        raise PermissionError(13, "Permission denied", "campaign.gpkg")

    monkeypatch.setattr(Path, "replace", refuse)
    before = everything(county)
    line = refused(capsys, "load", county)
    assert "没有权限" in line
    assert "Permission" not in line, "the words are ours, not the system's"
    assert everything(county) == before
    assert not (county / "receipts").exists()


def test_any_trouble_with_a_file_is_one_line(county, capsys, monkeypatch):
    def full(*_args, **_named):
        raise OSError(28, os.strerror(28), "receipts/0001.json")

    monkeypatch.setattr("landgis.workflow.receipt_facts.write_receipt", full)
    line = refused(capsys, "load", county)
    assert "0001.json" in line
    assert "已满" in line


@pytest.mark.parametrize("number", [1, 2, 5, 13, 16, 17, 20, 21, 28, 30, 36, 9999])
def test_what_the_system_says_has_a_word(number):
    code = trouble_of(OSError(number, "words of the system"))
    assert has("words", f"why_{code}")


def test_the_wrong_kind_of_output(loaded, capsys):
    houses, parcels = loaded / "houses.xlsx", loaded / "parcels.gpkg"
    for name in ("links.docx", "links"):
        assert ".csv" in refused(capsys, "attribute", houses, parcels, loaded / name)
    assert ".gpkg" in refused(
        capsys, "protection-zones", loaded / "power_lines.geojson", loaded / "zones.shp"
    )


# Names


@pytest.mark.parametrize("name", ["征地 2022\\攻坚（一）", "a'b #1 [x]* 100%"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_folder_of_any_name(template, tmp_path, capsys, name):
    folder = Path(shutil.copytree(template / "county", tmp_path / name / name))
    (folder / "campaign.toml").unlink()
    assert call(capsys, "new", folder).code == 0
    assert call(capsys, "run", folder).code < 2
    assert (folder / "out" / "index.html").is_file()


def test_names_and_ids_that_no_file_system_bears(county, capsys):
    change(county, 'name = "园区"', "name = '''a/b\\c:d*e?f\"g<h>i|j\nk'''")
    change(county, 'name = "试点县"', 'name = "试/点:县?"')
    frame([box(0, 0, 400, 150)], 项目编号=["P/0:1*"]).to_file(county / "red_lines.gpkg")
    change(county, 'project_id = "P01"', 'project_id = "P/0:1*"')
    assert call(capsys, "run", county).code < 2
    assert (county / "out" / "maps" / "P_0_1__作战图_内部_20221014.html").is_file()
    shown = call(capsys, "clean-land", county, "--out", county / "out").out
    assert 'a/b\\c:d*e?f"g<h>i|j k' in shown, "a name with a line break keeps to its line"
    names = [path.name for path in (county / "out").rglob("*") if path.is_file()]
    assert not [name for name in names if set(name) & set('\\/:*?"<>|\n\t')]


# The command line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["frobnicate"], "battle-map"),
        (["load"], "FOLDER"),
        (["load", "a", "b"], "landgis load --help"),
        (["load", "a", "--frob"], "--frob"),
        (["progress", "a", "--as-of"], "--as-of"),
        (["attribute", "a", "--tolerance-m", "wide"], "--tolerance-m"),
        (["attribute", "a.gpkg", "b.gpkg"], "RECORDS PARCELS OUT"),
        (["clean-land", "a", "--language", "fr"], "fr"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wrong_command_is_one_line(capsys, words, says, language):
    spoken = [] if "--language" in words else ["--language", language]
    line = refused(capsys, *words[:1], *spoken, *words[1:])
    assert says in line
    if language == "en" and spoken:
        assert line.isascii()


def test_what_cannot_be_chosen(loaded, capsys):
    assert "P01" in refused(capsys, "clean-land", loaded, "--project", "P99")
    assert "place" in refused(capsys, "attribute", loaded, "--prefer", "luck")
    assert refused(capsys, "attribute", loaded, "--tolerance-m", "-1")
    assert refused(capsys, "check-boundary", loaded, "--tolerance-m", "-1")


def test_json_of_a_refusal_is_one_object(county, capsys):
    for words, code in (
        (["clean-land", county], "store_missing"),
        (["load", county / "no"], "folder_missing"),
        (["load", county, "--frob"], "option_unknown"),
        (["frobnicate"], "command_unknown"),
        (["load", "--language", "en"], "argument_missing"),
        (["load", county, "--language", "xx"], "language_unknown"),
    ):
        said = answered(capsys, *words)
        assert said["exit_code"] == 2
        assert said["command"] == words[0]
        assert list(said["error"]) == ["code", "message"]
        assert said["error"]["code"] == code
        assert said["version"] == landgis.__version__


def test_json_of_a_success_is_one_object(county, capsys):
    for command in ("load", "run", "protection-zones"):
        said = answered(capsys, command, county)
        assert said["command"] == command
        assert said["error"] is None
        severities = {row["severity"] for row in said["findings"]}
        assert said["exit_code"] == int("error" in severities)
        assert all(Path(name).exists() for name in said["files"])


@pytest.fixture
def console(monkeypatch):
    """Return stdout of a console that knows one encoding only."""

    def open_one(coding):
        console = io.TextIOWrapper(io.BytesIO(), encoding=coding)
        monkeypatch.setattr(sys, "stdout", console)
        return console.buffer

    return open_one


def test_a_console_that_is_not_unicode(loaded, console):
    for coding, word in (("gbk", "园区"), ("ascii", "P01")):
        told = console(coding)
        assert landgis.cli.main(["clean-land", str(loaded)]) == 1
        assert word in told.getvalue().decode(coding)
        told = console(coding)
        assert landgis.cli.main(["progress", str(loaded), "--json"]) == 0
        assert json.loads(told.getvalue().decode("ascii"))["error"] is None


def test_a_console_in_cp936(loaded):
    environ = os.environ | {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0"}
    run = [sys.executable, "-m", "landgis", "check-boundary", loaded, "--project", "园区²"]
    done = subprocess.run(run, capture_output=True, env=environ, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert "没有项目" in done.stderr.decode("gbk")
    assert b"Traceback" not in done.stderr


# People


def test_no_message_and_no_json_quotes_a_person(county, capsys):
    change(county, "clean_claims = ", "context = ")
    said = [call(capsys, "load", county)]
    (county / "houses.xlsx").rename(county / "houses2.xlsx")
    change(county, '"houses.xlsx"', '{ path = "houses2.xlsx", columns = { "户主" = "team" } }')
    said.append(call(capsys, "load", county))
    assert said[-1].code == 2
    change(county, '{ "户主" = "team" }', '{ "户型" = "team" }')
    said.append(call(capsys, "load", county))
    assert said[-1].code == 2
    (county / "houses2.xlsx").rename(county / "houses.xlsx")
    change(county, '{ path = "houses2.xlsx", columns = { "户型" = "team" } }', '"houses.xlsx"')
    for command in ("attribute", "clean-land"):
        said.append(call(capsys, command, county, "--replace", "--json"))
    for answer in said:
        assert not [cell for cell in PERSON if cell in answer.out + answer.err]
    for raw in everything(county / "out").values():
        assert not [cell for cell in PERSON if cell.encode() in raw]
    assert not [c for c in PERSON if c.encode() in (county / "campaign.gpkg").read_bytes()]


def test_the_load_of_the_demo_county_quotes_no_person(tmp_path, capsys):
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from demo_county.people import personal_values
    finally:
        sys.path.pop(0)
    personal = personal_values()
    assert len(personal) > 1000
    county = Path(shutil.copytree(ROOT / "layers" / "demo", tmp_path / "demo"))
    answer = call(capsys, "load", county, "--json")
    assert answer.code == 1
    assert len(json.loads(answer.out)["findings"]) > 90
    assert not [cell for cell in personal if cell in answer.out + answer.err]


# Sentences


def test_every_refusal_has_the_facts_its_sentence_names():
    known = section("errors", "en")
    wrong = []
    for path in sorted((ROOT / "landgis").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", "")
            first = node.args[0]
            if not name.endswith("Error") or not isinstance(first, ast.Constant):
                continue
            given = {one.arg for one in node.keywords}
            if str(first.value) not in known or None in given or "why_code" in given:
                continue
            parts = string.Formatter().parse(known[str(first.value)])
            missing = {part for _, part, _, _ in parts if part} - given
            if missing:
                wrong.append(f"{path.name}:{node.lineno} {first.value} lacks {missing}")
    assert wrong == []


def test_english_is_english_and_chinese_is_the_default(county, capsys):
    for command in ("load", "clean-land", "progress", "protection-zones"):
        zh = call(capsys, command, county)
        en = call(capsys, command, county, "--language", "en")
        assert any("一" <= sign <= "鿿" for sign in zh.out), command
        ours = en.out.replace("园区", "").replace("青石村", "").replace("组", "")
        ours = "".join(line for line in ours.splitlines(keepends=True) if "条例" not in line)
        assert not [sign for sign in ours if "一" <= sign <= "鿿"], (command, ours)
    assert refused(capsys, "clean-land", county, "--project", "x", "--language", "en").isascii()
    change(county, "as_of = 2022-10-14", 'as_of = 2022-10-14\nlanguage = "en"')
    assert refused(capsys, "clean-land", county, "--project", "x").isascii()


@pytest.mark.parametrize("command", ["topology", "repair-topology"])
def test_rows_of_a_file_that_could_not_be_read_are_named(tmp_path, capsys, command):
    shapes = [square(), square(EAST + 200)]
    fields = [("宗地代码", "C", 20, 0)]
    path = write_shapefile(tmp_path / "a.shp", shapes, fields, [["A"], ["B"]], crs="EPSG:4526")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<d", raw, 100 + 136 + 8 + 48, math.nan)  # an easting of the second square
    path.write_bytes(bytes(raw))
    out = [tmp_path / "out.gpkg"] if command == "repair-topology" else []
    told = call(capsys, command, path, *out)
    assert told.code == 1
    assert "a.shp 第 2 行“图形”：图形损坏，无法读出" in told.out
    path = write_shapefile(tmp_path / "b.shp", shapes[:1], fields, [["A"]], crs="EPSG:4526")
    told = call(capsys, command, path, *([tmp_path / "two.gpkg"] if out else []))
    assert (told.code, "无法读出" in told.out) == (0, False)
