"""Verify: whatever changed in sources, store, receipts or outputs is found, and said in words."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from handed_over import KEY, square, write_book, write_shapefile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_county import answered, call, change, refused, write_county

from landgis.base.errors import CampaignError
from landgis.io.receipts import file_hash, read_receipts, write_receipt
from landgis.io.store import STORE
from landgis.io.store_content import store_content
from landgis.workflow.loading import load
from landgis.workflow.verification import verify

BAD = [
    ["房屋编号", "类别", "宗地代码", "数量"],
    ["H1", "房屋", "A0", 1],
    ["H2", "房屋", "A1", "很多"],
]
LIST = "out/houses.xlsx_退回修改清单.xlsx"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Load a county three times: receipts 1 to 3, one list of rejected rows."""
    folder = tmp_path_factory.mktemp("verify")
    (folder / "key").write_bytes(KEY)
    county = write_county(folder / "county")
    write_book(county / "houses.xlsx", {"房屋": BAD})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDGIS_KEY", str(folder / "key"))
        for _ in range(3):
            load(county)
    return county


@pytest.fixture
def county(template, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(template.parent / "key"))
    return Path(shutil.copytree(template, tmp_path / "county"))


def found(county: Path, **options: str) -> list[tuple[str, str | None]]:
    """Return code and file of what verify finds."""
    table = verify(county, **options).findings
    out = []
    for code, file, facts in zip(table["code"], table["source_file"], table["facts"], strict=True):
        out.append((code, json.loads(facts).get("name") if pd.isna(file) else file))
    return out


def receipt(county: Path, number: int) -> Path:
    return county / "receipts" / f"{number:04d}.json"


def rewrite(path: Path, **facts: object) -> None:
    body = json.loads(path.read_text(encoding="utf-8"))
    text = json.dumps(body | facts, ensure_ascii=False, indent=1) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def sql(county: Path, *statements: str) -> None:
    with closing(sqlite3.connect(county / STORE)) as base:
        base.create_function("ST_IsEmpty", 1, lambda _shape: 0)
        for event in ("MinX", "MaxX", "MinY", "MaxY"):
            base.create_function(f"ST_{event}", 1, lambda _shape: 0.0)
        for one in statements:
            base.execute(one)
        base.commit()


# All right


def test_a_campaign_that_nobody_touched_is_all_right(county, capsys):
    said = answered(capsys, "verify", county)
    assert (said["exit_code"], said["findings"]) == (0, [])
    assert said["tables"]["checked"] == [
        {"checked": "receipts", "count": 3, "differing": 0},
        {"checked": "sources", "count": 7, "differing": 0},
        {"checked": "store", "count": 1, "differing": 0},
        {"checked": "outputs", "count": 1, "differing": 0},
    ]
    told = [(one["number"], one["command"]) for one in said["tables"]["receipts"]]
    assert told == [(1, "load"), (2, "load"), (3, "load")]


def test_a_reader_sees_what_was_checked_and_the_hash_to_note_down(county, capsys):
    answer = call(capsys, "verify", county)
    newest = hashlib.sha256(receipt(county, 3).read_bytes()).hexdigest()
    assert newest in answer.out
    assert "没有核查发现" in answer.out
    assert "--expect" in answer.out
    assert "No findings" in call(capsys, "verify", county, "--language", "en").out


def test_the_hash_of_a_receipt_is_that_of_any_other_program(county):
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("no sha256sum on this machine")
    told = subprocess.run([program, receipt(county, 3)], capture_output=True, text=True, check=True)
    assert verify(county).receipts["sha256"].iloc[-1] == told.stdout.split()[0]


def test_verify_writes_nothing(county):
    before = {path: path.read_bytes() for path in county.rglob("*") if path.is_file()}
    verify(county)
    assert {path: path.read_bytes() for path in county.rglob("*") if path.is_file()} == before


def test_what_a_map_program_does_to_the_store_by_looking_is_no_change(county):
    before = (county / STORE).read_bytes()
    sql(county, "PRAGMA journal_mode = WAL", "ANALYZE")
    sql(county, "UPDATE gpkg_contents SET last_change = '2030-01-01T00:00:00.000Z'")
    sql(county, "UPDATE gpkg_contents SET min_x = min_x - 1")
    with closing(sqlite3.connect(county / STORE)) as base:
        base.execute("VACUUM")
    assert (county / STORE).read_bytes() != before
    assert found(county) == []


# What changed


def test_a_changed_source_and_a_missing_one(county, capsys):
    write_book(county / "houses.xlsx", {"房屋": BAD[:2]})
    (county / "graves.gpkg").unlink()
    assert found(county) == [("source_gone", "graves.gpkg"), ("source_changed", "houses.xlsx")]
    answer = call(capsys, "verify", county)
    assert answer.code == 1
    assert "houses.xlsx：入库后内容有改动。请重新入库，或恢复原文件。" in answer.out


@pytest.mark.parametrize("name", ["campaign.toml", "项目表.xlsx"])
def test_a_changed_manifest_or_project_workbook(county, capsys, name):
    if name == "项目表.xlsx":
        write_book(county / name, {"项目": [["项目编号", "项目名称"], ["P01", "园区"]]})
        load(county)
        write_book(county / name, {"项目": [["项目编号", "项目名称"], ["P01", "新园区"]]})
    else:
        change(county, "试点县", "试点区")
    assert found(county) == [("source_changed", name)]
    assert call(capsys, "verify", county).code == 1


def test_a_manifest_that_cannot_be_read_hides_nothing(county):
    (county / "campaign.toml").write_text("[campaign\n", encoding="utf-8")
    sql(county, "DELETE FROM records WHERE rowid = 1")
    assert found(county) == [("source_changed", "campaign.toml"), ("store_changed", STORE)]


def test_a_sidecar_of_a_shapefile_is_part_of_it(county):
    fields = [("宗地代码", "C", 20, 0)]
    path = write_shapefile(county / "parcels.shp", [square()], fields, [["A0"]], crs="EPSG:4526")
    change(county, '"parcels.gpkg"', '"parcels.shp"')
    load(county)
    assert found(county) == []
    for suffix in (".dbf", ".shx", ".prj"):
        part = path.with_suffix(suffix)
        whole = part.read_bytes()
        part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert found(county) == [("source_changed", "parcels.shp")]
        part.rename(path.with_suffix(suffix.upper()))
        assert found(county) == [("source_changed", "parcels.shp")]
        path.with_suffix(suffix.upper()).rename(part)
        part.write_bytes(whole)
    assert found(county) == []


def test_a_file_that_was_never_loaded_is_said(county, capsys):
    write_book(county / "more.xlsx", {"房屋": BAD})
    change(county, '"houses.xlsx"', '"houses.xlsx", "more.xlsx"')
    assert found(county) == [
        ("source_changed", "campaign.toml"),
        ("source_not_loaded", "more.xlsx"),
    ]
    said = answered(capsys, "verify", county)
    assert [one["severity"] for one in said["findings"]] == ["error", "warning"]


FLIPS = {
    "a number": "UPDATE parcels SET stated_area_mu = stated_area_mu + 1e-9 WHERE parcel_id = 'A3'",
    "a text": "UPDATE parcels SET village = '青石村 ' WHERE parcel_id = 'A3'",
    "a day": "UPDATE parcels SET agreed_on = '2022-09-02' WHERE parcel_id = 'A3'",
    "a day taken away": "UPDATE parcels SET agreed_on = NULL WHERE parcel_id = 'A3'",
    "a type": "UPDATE parcels SET village = CAST(village AS BLOB) WHERE parcel_id = 'A3'",
    "a row taken out": "DELETE FROM parcels WHERE parcel_id = 'A3'",
    "a row put in": "INSERT INTO parcels (parcel_id) VALUES ('A9')",
    "two rows exchanged": "UPDATE parcels SET fid = 100 - fid WHERE parcel_id IN ('A3', 'A4')",
    "a shape": "UPDATE parcels SET geom = (SELECT geom FROM parcels WHERE parcel_id = 'A4')"
    " WHERE parcel_id = 'A3'",
    "a finding": "DELETE FROM findings WHERE rowid = 1",
    "a column": "ALTER TABLE parcels ADD COLUMN note TEXT",
    "a table emptied": "DELETE FROM findings",
    "a description": "UPDATE gpkg_contents SET description = 'Li, 138'",
    "a register emptied": "DELETE FROM gpkg_ogr_contents",
    "a CRS more": "INSERT INTO gpkg_spatial_ref_sys VALUES ('Li', 9, 'Li', 9, 'Li', '138')",
    "a trigger named as ours": "CREATE TRIGGER trigger_update_feature_count_parcels"
    " AFTER UPDATE ON parcels BEGIN DELETE FROM parcels; END",
    "a trigger taken out": "DROP TRIGGER rtree_parcels_geom_delete",
    "a layer hidden": "DELETE FROM gpkg_contents WHERE table_name = 'parcels'",
    "a CRS": "UPDATE gpkg_spatial_ref_sys SET definition = replace(definition, '38', '39')",
    "what the store remembers": "UPDATE landgis_meta SET json = replace(json, '2', '3')",
}


@pytest.mark.parametrize("statement", FLIPS.values(), ids=FLIPS)
def test_a_changed_store_is_found(county, capsys, statement):
    sql(county, statement)
    (one,) = answered(capsys, "verify", county)["findings"]
    assert one["code"] == "store_changed"
    assert "campaign.gpkg：内容与第 3 号回执不符，入库后被改动过" in one["message"]


def test_the_finding_names_the_tables(county, capsys):
    sql(county, FLIPS["a number"], FLIPS["a finding"])
    said = call(capsys, "verify", county).out
    assert "（核查发现、权属地块）" in said


HUNG = {
    "a bare table": ("CREATE TABLE 名单 (a TEXT)", "表：名单。"),
    "a table like ours": ("CREATE TABLE parcels_2 AS SELECT * FROM parcels", "表：parcels_2。"),
    "a view": ("CREATE VIEW who AS SELECT * FROM records", "视图：who。"),
    "a trigger": (
        "CREATE TRIGGER mend AFTER INSERT ON parcels BEGIN DELETE FROM findings; END",
        "触发器：mend。",
    ),
    "an index": ("CREATE INDEX quick ON parcels (village)", "索引：quick。"),
    "a register": (
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('ghost', 'attributes')",
        "表：ghost。",
    ),
}


@pytest.mark.parametrize(("statement", "words"), HUNG.values(), ids=HUNG)
def test_what_was_hung_in_the_store_is_named(county, capsys, statement, words):
    sql(county, statement)
    answer = call(capsys, "verify", county)
    assert answer.code == 1
    assert f"campaign.gpkg：库中多出入库时没有的{words}请查明由何人加入" in answer.out
    assert found(county) == [("store_added", STORE)]


def test_a_list_of_persons_written_as_a_layer_is_named_once(county):
    rows = gpd.GeoDataFrame({"户主": ["李"]}, geometry=[square()], crs="EPSG:4526")
    rows.to_file(county / STORE, layer="persons", driver="GPKG", mode="a")
    (row,) = verify(county).findings.to_dict("records")
    assert row["code"] == "store_added"
    assert json.loads(row["facts"])["names"] == ["persons"]
    load(county)
    assert found(county) == []


def test_a_table_of_another_name_and_a_layer_that_was_empty(county):
    sql(county, "CREATE TABLE grievances (household TEXT)")
    assert found(county) == [("store_changed", STORE)]
    sql(county, "ALTER TABLE parcels RENAME TO parcels_2")
    assert set(found(county)) == {("store_changed", STORE), ("store_added", STORE)}


def test_a_style_that_a_map_program_kept_in_the_store_is_to_be_looked_at(county, capsys):
    sql(county, "CREATE TABLE layer_styles (id INTEGER, styleName TEXT)")
    answer = call(capsys, "verify", county)
    assert answer.code == 0
    assert "layer_styles" in answer.out
    sql(county, "CREATE TABLE more (id INTEGER)")
    assert call(capsys, "verify", county).code == 1


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cell_of_the_store_is_covered(template, tmp_path, data):
    path = tmp_path / "one.gpkg"
    path.write_bytes((template / STORE).read_bytes())
    with closing(sqlite3.connect(path)) as base:
        names = [n for (n,) in base.execute("SELECT table_name FROM gpkg_contents ORDER BY 1")]
        name = data.draw(st.sampled_from(names))
        triggers = base.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [name]
        ).fetchall()
        for trigger, _ in triggers:
            base.execute(f'DROP TRIGGER "{trigger}"')
        columns = [one for (one,) in base.execute("SELECT name FROM pragma_table_info(?)", [name])]
        column = data.draw(st.sampled_from([one for one in columns if one != "fid"]))
        (rows,) = base.execute(f'SELECT count(*) FROM "{name}"').fetchone()
        at = data.draw(st.integers(0, rows - 1))
        cell = data.draw(st.one_of(st.text(max_size=5), st.floats(allow_nan=False), st.binary()))
        where = f'rowid = (SELECT rowid FROM "{name}" ORDER BY rowid LIMIT 1 OFFSET {at})'
        query = f'SELECT typeof("{column}"), "{column}" FROM "{name}" WHERE {where}'
        before = base.execute(query).fetchone()
        base.execute(f'UPDATE "{name}" SET "{column}" = ? WHERE {where}', [cell])
        for _, definition in triggers:
            base.execute(definition)
        base.commit()
        changed = base.execute(query).fetchone() != before
    whole, now = store_content(template / STORE), store_content(path)
    assert whole is not None
    assert now is not None
    assert (now.sha256 != whole.sha256) == changed
    assert {n for n in whole.tables if now.tables[n] != whole.tables[n]} == (
        {name} if changed else set()
    )


def test_a_store_that_is_none_and_one_that_is_gone(county):
    (county / STORE).write_bytes(b"SQLite format 3\x00" + bytes(5000))
    assert found(county) == [("store_unreadable", STORE)]
    (county / STORE).unlink()
    assert found(county) == [("store_gone", STORE)]


def test_the_store_of_an_earlier_load_is_not_this_one(county):
    old = (county / STORE).read_bytes()
    load(county)
    (county / STORE).write_bytes(old)
    assert found(county) == [("store_changed", STORE)]


def test_a_store_that_another_program_holds_cannot_be_answered(county, capsys):
    with closing(sqlite3.connect(county / STORE, isolation_level=None)) as base:
        base.execute("BEGIN EXCLUSIVE")
        assert "占用" in refused(capsys, "verify", county)


# Receipts


def test_a_changed_receipt(county):
    for number in (1, 2, 3):
        path = receipt(county, number)
        whole = path.read_bytes()
        rewrite(path, loaded_on="2022-01-01")
        assert ("receipt_changed", f"receipts/000{number}.json") in found(county)
        path.write_bytes(whole)
    assert found(county) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_receipt_taken_out(county, number):
    receipt(county, number).unlink()
    assert found(county) == [("receipt_gone", f"receipts/000{number}.json")]


def test_a_receipt_put_in_at_the_end(county):
    rewrite(receipt(county, 3), number=4, previous=file_hash(receipt(county, 3)))
    shutil.copy(receipt(county, 3), receipt(county, 4))
    assert ("receipt_unnamed", "receipts/0004.json") in found(county)


def test_a_receipt_put_in_between(county):
    for number in (3, 2):
        receipt(county, number).rename(receipt(county, number + 1))
    shutil.copy(receipt(county, 1), receipt(county, 2))
    codes = {code for code, _ in found(county)}
    assert codes & {"chain_broken", "receipt_changed", "receipt_unnamed"}


def test_receipts_exchanged(county):
    one, two = receipt(county, 1).read_bytes(), receipt(county, 2).read_bytes()
    receipt(county, 1).write_bytes(two)
    receipt(county, 2).write_bytes(one)
    assert found(county) == [
        ("receipt_changed", "receipts/0002.json"),
        ("chain_broken", "receipts/0001.json"),
    ]


def test_a_chain_that_does_not_begin_at_its_beginning(county):
    rewrite(receipt(county, 1), previous="0" * 64)
    for number in (2, 3):
        rewrite(receipt(county, number), previous=file_hash(receipt(county, number - 1)))
    rewrite(county / "receipts" / "last.json", sha256=file_hash(receipt(county, 3)))
    assert found(county) == [("chain_broken", "receipts/0001.json")]


def test_the_name_of_the_newest_receipt_is_covered_too(county):
    last = county / "receipts" / "last.json"
    rewrite(last, sha256="0" * 64)
    assert found(county) == [("receipt_changed", "receipts/0003.json")]
    rewrite(last, number=10**9)
    assert found(county) == [("receipt_changed", "receipts/last.json")]
    last.write_text("{}", encoding="utf-8")
    assert found(county) == [("receipt_changed", "receipts/last.json")]
    last.unlink()
    assert found(county) == [("receipt_gone", "receipts/last.json")]


def test_a_receipt_that_was_taken_out_stays_missing_after_the_next_load(county):
    receipt(county, 3).unlink()
    load(county)
    assert receipt(county, 4).is_file()
    assert found(county) == [("receipt_gone", "receipts/0003.json")]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_of_any_receipt_is_covered(template, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("flip")
    shutil.copytree(template / "receipts", folder / "receipts")
    shutil.copy(template / STORE, folder / STORE)
    name = data.draw(st.sampled_from(["0001.json", "0002.json", "0003.json", "last.json"]))
    path = folder / "receipts" / name
    raw = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(raw))
    codes = {code for code, _ in found(folder)}
    if name == "last.json" and json_or_none(raw) == json_or_none(
        (template / "receipts" / name).read_bytes()
    ):
        return  # blanks between the same words
    assert codes & {"receipt_changed", "receipt_gone", "receipt_unnamed", "chain_broken"}


def json_or_none(raw: bytes) -> object:
    try:
        return json.loads(bytes(raw))
    except ValueError:
        return None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_receipt_of_any_shape_is_answered(template, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("junk")
    shutil.copytree(template / "receipts", folder / "receipts")
    shutil.copy(template / STORE, folder / STORE)
    key = data.draw(st.sampled_from(["kind", "sources", "store", "outputs", "number", "previous"]))
    rewrite(receipt(folder, 3), **{key: data.draw(JUNK)})
    verify(folder)
    receipt(folder, 2).write_text(json.dumps(data.draw(JUNK)), encoding="utf-8")
    verify(folder)


def test_a_hash_that_was_noted_down(county, capsys):
    noted = verify(county).receipts["sha256"].iloc[1]
    assert found(county, expect=noted) == []
    assert found(county, expect=f" {noted[:16].upper()} ") == []
    other = "0" * 64
    (one,) = answered(capsys, "verify", county, "--expect", other)["findings"]
    assert one["code"] == "receipt_unexpected"
    assert other in one["message"]
    assert "不是校验值" in refused(capsys, "verify", county, "--expect", "abc")


def test_whoever_rewrites_everything_is_found_by_the_noted_hash_alone(county):
    noted = verify(county).receipts["sha256"].iloc[-1]
    change(county, "试点县", "试点区")
    shutil.rmtree(county / "receipts")
    load(county)
    assert found(county) == []
    assert found(county, expect=noted) == [("receipt_unexpected", None)]


# Outputs


def test_outputs_of_load_run_and_battle_map_are_covered(county, capsys):
    assert call(capsys, "run", county, "--replace").code < 2
    assert call(capsys, "battle-map", county, "--replace").code < 2
    assert found(county) == []
    told = verify(county)
    assert told.receipts["command"].tolist() == ["load"] * 4 + ["run", "battle-map"]
    assert told.checked.set_index("checked").loc["outputs", "count"] == 3
    (page,) = (county / "out" / "maps").glob("*.html")
    raw = page.read_bytes()
    for path, content in ((page, raw[:-2] + b"\n\n"), (county / "out" / "index.html", b"x")):
        path.write_bytes(content)
    (county / LIST).unlink()
    said = answered(capsys, "verify", county)
    assert sorted((one["code"], one["severity"]) for one in said["findings"]) == [
        ("output_changed", "error"),
        ("output_changed", "error"),
        ("output_gone", "warning"),
    ]
    assert call(capsys, "run", county, "--replace").code < 2
    assert found(county) == []


def test_a_list_whose_rows_are_mended_is_no_missing_output(county):
    write_book(county / "houses.xlsx", {"房屋": BAD[:2]})
    load(county)
    assert not (county / LIST).exists()
    assert found(county) == []


def test_a_campaign_that_cannot_be_written_gives_its_map_all_the_same(county, capsys, monkeypatch):
    def refuse(*_args, **_named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("landgis.workflow.receipt_facts.write_receipt", refuse)
    answer = call(capsys, "battle-map", county, "--out", county.parent / "maps")
    assert answer.code == 0
    assert "回执没有写成" in answer.err


# Loads that stop, and files that move


@pytest.mark.parametrize("stops", ["write_store", "load_receipt"])
def test_a_load_that_stops_between_leaves_whole_files_and_is_said(county, monkeypatch, stops):
    class Stopped(BaseException):
        pass

    def stop(*_args, **_named):
        raise Stopped

    change(county, "试点县", "试点区")
    with monkeypatch.context() as patch:
        patch.setattr(f"landgis.workflow.loading.{stops}", stop)
        with pytest.raises(Stopped):
            load(county)
    codes = [code for code, _ in found(county)]
    assert ("load_unfinished" in codes) == (stops == "load_receipt")
    assert "source_changed" in codes
    assert not [
        path for path in county.rglob("*") if ".part" in path.name or path.name.startswith(".~")
    ]
    load(county)
    assert found(county) == []


def test_a_receipt_that_nothing_names_yet_is_said_and_heals(county, monkeypatch):
    real = Path.replace

    def stop(self: Path, target: Path) -> Path:
        if target.name == "last.json":
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            load(county)
    assert found(county) == [("receipt_unnamed", "receipts/0004.json")]
    load(county)
    assert found(county) == []


def test_a_source_that_changes_while_it_is_read_is_refused(county, monkeypatch, capsys):
    from landgis.workflow import loading

    real = loading.read_source

    def meddling(layer, source, path, **options):
        reading = real(layer, source, path, **options)
        if path.name == "houses.xlsx":
            write_book(path, {"房屋": BAD[:2]})
        return reading

    monkeypatch.setattr(loading, "read_source", meddling)
    before = (county / STORE).read_bytes()
    line = refused(capsys, "load", county)
    assert line == "houses.xlsx：读取期间文件有改动。请待文件写完并关闭后重新入库。"
    assert (county / STORE).read_bytes() == before
    assert len(read_receipts(county)) == 3


# Questions that have no answer


def test_a_folder_that_was_never_loaded(tmp_path, capsys):
    county = write_county(tmp_path / "county")
    assert "请先运行 landgis load" in refused(capsys, "verify", county)
    with pytest.raises(CampaignError):
        verify(tmp_path / "nowhere")


# What a receipt says


def test_a_receipt_says_of_each_file_hash_size_rows_and_decisions(county):
    body = json.loads(receipt(county, 3).read_text(encoding="utf-8"))
    assert {"landgis", "gdal", "geos", "proj"} <= body["versions"].keys()
    assert body["previous"] == hashlib.sha256(receipt(county, 2).read_bytes()).hexdigest()
    for one in body["files"]:
        assert one["rows_read"] == one["accepted"] + one["rejected"]
        raw = (county / one["source_file"]).read_bytes()
        assert (one["sha256"], one["bytes"]) == (hashlib.sha256(raw).hexdigest(), len(raw))
        assert {"driver", "columns", "units", "mended"} <= one["decisions"].keys()
    assert body["store"]["tables"]["parcels"]["rows"] == 8
    raw = (county / LIST).read_bytes()
    assert body["outputs"][LIST]["sha256"] == hashlib.sha256(raw).hexdigest()


def test_the_hash_of_one_file_is_plain_and_that_of_several_covers_each(tmp_path):
    one = tmp_path / "a.txt"
    one.write_bytes(b"abc")
    assert file_hash(one) == hashlib.sha256(b"abc").hexdigest()
    base = tmp_path / "a.gdb"
    (base / "sub").mkdir(parents=True)
    (base / "x").write_bytes(b"1")
    (base / "sub" / "y").write_bytes(b"2")
    (base / "z.lock").write_bytes(b"3")
    first = file_hash(base)
    (base / "z.lock").unlink()
    assert file_hash(base) == first
    (base / "x").rename(base / "w")
    assert file_hash(base) != first
    (base / "w").rename(base / "x")
    (base / "sub" / "y").write_bytes(b"3")
    assert file_hash(base) != first


def test_what_a_geopackage_still_holds_in_its_journal_counts(tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"x")
    first = file_hash(path)
    journal = tmp_path / "a.gpkg-wal"
    journal.write_bytes(b"")
    assert file_hash(path) == first
    journal.write_bytes(b"y")
    assert file_hash(path) != first


def test_receipts_are_numbered_on(tmp_path):
    for number in (1, 2):
        path = write_receipt(tmp_path, {"kind": "outputs"})
        assert path.name == f"000{number}.json"
    bodies = [one.body or {} for one in read_receipts(tmp_path)]
    assert [one["previous"] for one in bodies] == [None, file_hash(path.with_name("0001.json"))]
