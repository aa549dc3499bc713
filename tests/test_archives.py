"""Archives: what is in them is read as if it lay beside; what is no data is refused in one line."""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from handed_over import (
    EAST,
    SAMPLE,
    codes,
    require_one_line,
    square,
    write_book,
    write_shapefile,
)

from landgis.base.errors import SourceError
from landgis.io.archive.archives import Limits, unpacked
from landgis.io.archive.names import safe_name
from landgis.io.row.draft import Reading, SourceOptions
from landgis.workflow.loading import load, stale_sources
from landgis.workflow.sources import READERS, layers_in

FIELDS = [("地块编号", "C", 20, 0), ("村", "C", 20, 0)]
ROWS = [["001", "青石村"], ["002", "柳湾村"]]
SHAPES = [square(), square(EAST + 200)]


def read(path: Path, role: str = "parcels", **options: object) -> Reading:
    chosen = SourceOptions(path=path.name, **options)  # type: ignore[arg-type]
    return READERS[path.suffix](path, role, chosen)


def refusal(path: Path, role: str = "parcels", **options: object) -> SourceError:
    with pytest.raises(SourceError) as error:
        read(path, role, **options)
    require_one_line(error.value)
    assert path.name in str(error.value)
    return error.value


def pack(path: Path, members: dict[str, Path | str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            raw = content.read_bytes() if isinstance(content, Path) else content
            archive.writestr(name, raw)
    return path


def shapefile(
    folder: Path, stem: str = "宗地", rows: list[list[object]] | None = None
) -> list[Path]:
    folder.mkdir(exist_ok=True)
    write_shapefile(folder / f"{stem}.shp", SHAPES, FIELDS, rows or ROWS, crs="EPSG:4526")
    return sorted(folder.iterdir())


def zipped(path: Path, parts: list[Path], folder: str = "") -> Path:
    return pack(path, {f"{folder}{one.name}": one for one in parts})


def renamed_members(path: Path, names: dict[str, bytes]) -> Path:
    """Write other bytes of the same length in place of the names of an archive, without a flag."""
    raw = path.read_bytes()
    for old, new in names.items():
        assert len(new) == len(old)
        raw = raw.replace(old.encode("ascii"), new)
    path.write_bytes(raw)
    return path


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path_factory, monkeypatch):
    """So that what other tests unpack meanwhile is not taken for a file left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


def files_left() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("landgis-*"))


def test_a_zipped_shapefile_is_read_as_if_it_lay_beside(tmp_path):
    parts = shapefile(tmp_path / "in")
    plain = READERS[".shp"](tmp_path / "in" / "宗地.shp", "parcels", SourceOptions(path="宗地.shp"))
    before = files_left()
    reading = read(zipped(tmp_path / "a.zip", parts, "报送/"))
    assert reading.frame.drop(columns="source_file").equals(plain.frame.drop(columns="source_file"))
    assert reading.frame["source_file"].tolist() == ["a.zip", "a.zip"]
    assert reading.frame["source_row"].tolist() == [1, 2]
    assert reading.frame["source_sheet"].isna().all()
    assert reading.notes["member"] == "报送/宗地.shp"
    assert reading.rows_read == 2
    assert files_left() == before


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_without_a_flag_are_in_the_code_page_of_the_sender(tmp_path, encoding):
    parts = {one.suffix: one for one in shapefile(tmp_path / "in")}
    name = "青石村宗地".encode(encoding)
    plain = "x" * len(name)
    path = pack(tmp_path / "a.zip", {f"{plain}{end}": one for end, one in parts.items()})
    renamed_members(path, {plain: name})
    with zipfile.ZipFile(path) as archive:
        assert "青" not in archive.namelist()[0]  # zipfile takes them for cp437
    reading = read(path)
    assert reading.notes["member"] == "青石村宗地.shp"
    assert reading.frame["village"].tolist() == ["青石村", "柳湾村"]


def test_the_unicode_path_of_info_zip_goes_before_the_bytes(tmp_path):
    raw = b"x.geojson"
    extra = struct.pack("<BI", 1, zlib.crc32(raw)) + "红线.geojson".encode()
    time = struct.pack("<HHBI", 0x5455, 5, 1, 1_660_000_000)  # the field that it writes first
    stale = struct.pack("<BI", 1, zlib.crc32(b"y")) + "旧.geojson".encode()
    for path, body, name in (
        (tmp_path / "a.zip", extra, "红线.geojson"),
        (tmp_path / "b.zip", stale, "x.geojson"),  # of a name that was changed since
    ):
        info = zipfile.ZipInfo("x.geojson")
        info.extra = time + struct.pack("<HH", 0x7075, len(body)) + body
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(info, geojson())
            archive.writestr("y.geojson", geojson())
        assert name in [one for one, _ in layers_in(path, path.name)]


def geojson() -> str:
    frame = gpd.GeoDataFrame({"parcel_id": ["1"]}, geometry=[square(114.0, 23.0, 0.001)], crs=4490)
    return frame.to_json(drop_id=True)


def test_companions_in_capitals_or_missing(tmp_path):
    parts = {one.suffix: one for one in shapefile(tmp_path / "in")}
    capitals = pack(
        tmp_path / "a.zip",
        {
            "Zd.SHP": parts[".shp"],
            "ZD.DBF": parts[".dbf"],
            "zd.Shx": parts[".shx"],
            "Zd.Prj": parts[".prj"],
        },
    )
    assert read(capitals).frame["village"].tolist() == ["青石村", "柳湾村"]
    assert "crs_inferred" not in codes(read(capitals).findings)
    no_index = pack(tmp_path / "b.zip", {f"a{end}": parts[end] for end in (".shp", ".dbf", ".prj")})
    assert "index_rebuilt" in codes(read(no_index).findings)
    assert read(no_index).frame["parcel_id"].tolist() == ["001", "002"]
    no_crs = pack(tmp_path / "c.zip", {f"a{end}": parts[end] for end in (".shp", ".dbf", ".shx")})
    assert "crs_inferred" in codes(read(no_crs).findings)
    no_table = pack(tmp_path / "d.zip", {f"a{end}": parts[end] for end in (".shp", ".shx", ".prj")})
    reading = read(no_table)
    assert "table_missing" in codes(reading.findings)
    assert (len(reading.frame), reading.frame.area.tolist()) == (2, [10_000, 10_000])


def test_mixed_case_beside_each_other_and_a_missing_table_need_no_archive(tmp_path):
    parts = {one.suffix: one for one in shapefile(tmp_path / "in")}
    (tmp_path / "b").mkdir()
    for end, name in ((".shp", "A!a.shp"), (".dbf", "a!A.Dbf"), (".shx", "A!a.Shx")):
        (tmp_path / "b" / name).write_bytes(parts[end].read_bytes())
    reading = read(tmp_path / "b" / "A!a.shp")
    assert reading.frame["village"].tolist() == ["青石村", "柳湾村"]
    assert sorted(one.name for one in (tmp_path / "b").iterdir()) == [
        "A!a.Shx",
        "A!a.shp",
        "a!A.Dbf",
    ]
    (tmp_path / "b" / "a!A.Dbf").unlink()
    assert "table_missing" in codes(read(tmp_path / "b" / "A!a.shp").findings)


def test_a_whole_shapefile_with_the_sign_of_an_archive_in_its_path(tmp_path):
    for folder, stem in ((tmp_path / "a!b", "c"), (tmp_path / "d", "e!f")):
        folder.mkdir()
        for one in shapefile(tmp_path / stem[0]):
            one.rename(folder / f"{stem}{one.suffix}")
        assert read(folder / f"{stem}.shp").frame["village"].tolist() == ["青石村", "柳湾村"]


def test_several_files_are_a_question_with_its_answer(tmp_path):
    old = shapefile(tmp_path / "old", "旧", [["101", "a"], ["102", "b"]])
    new = shapefile(tmp_path / "new", "新")
    path = pack(tmp_path / "a.zip", {f"{one.parent.name}/{one.name}": one for one in (*old, *new)})
    error = refusal(path)
    assert error.code == "archive_question"
    assert '{ path = "a.zip", layer = "old/旧.shp" }' in str(error)
    assert 'layer = "*"' in error.say("zh")
    for name in ("new/新.shp", "新.shp", "新"):
        reading = read(path, layer=name)
        assert reading.frame["parcel_id"].tolist() == ["001", "002"]
        assert reading.frame["source_sheet"].tolist() == ["new/新.shp"] * 2
        assert {row["source_sheet"] for row in reading.findings} == {"new/新.shp"}
    both = read(path, layer="*")
    assert both.frame["parcel_id"].tolist() == ["101", "102", "001", "002"]
    assert both.rows_read == 4
    assert set(both.notes["headers"]) == {"old/旧.shp", "new/新.shp"}
    there = refusal(path, layer="x")
    assert there.code == "layer_not_there"
    assert "old/旧.shp, new/新.shp" in str(there)


def test_layers_of_a_file_in_an_archive(tmp_path):
    book = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"parcel_id": ["1", "2"]}, geometry=SHAPES, crs=4526)
    pyogrio.write_dataframe(frame, book, layer="old")
    pyogrio.write_dataframe(frame, book, layer="new")
    alone = pack(tmp_path / "a.zip", {"x/a.gpkg": book})
    assert 'parcels = { path = "a.zip", layer = "old" }' in str(refusal(alone))
    assert read(alone, layer="new").frame["source_sheet"].tolist() == ["new", "new"]
    two = pack(tmp_path / "b.zip", {"x/a.gpkg": book, "y.geojson": geojson()})
    assert refusal(two).code == "archive_question"
    assert 'layer = "x/a.gpkg/old"' in str(refusal(two, layer="a.gpkg"))
    reading = read(two, layer="x/a.gpkg/new")
    assert reading.frame["source_sheet"].tolist() == ["x/a.gpkg/new"] * 2
    assert [name for name, _ in layers_in(two, "b.zip")] == [
        "x/a.gpkg/old",
        "x/a.gpkg/new",
        "y.geojson",
    ]
    assert layers_in(alone, "a.zip") == [("old", "Polygon"), ("new", "Polygon")]


def test_what_fits_the_layer_is_taken_and_notes_beside_it_are_left(tmp_path):
    parts = shapefile(tmp_path / "in")
    points = tmp_path / "points.gpkg"
    frame = gpd.GeoDataFrame(geometry=[shape.centroid for shape in SHAPES], crs=4526)
    pyogrio.write_dataframe(frame, points)
    book = write_book(tmp_path / "t.xlsx", {"安置": [["户编号", "人数"], ["H1", 4]]})
    path = pack(
        tmp_path / "a.zip",
        {
            **{one.name: one for one in parts},
            "points.gpkg": points,
            "说明.txt": "请查收。",
            "package.json": "{}",
            "图.pdf": b"%PDF-1.4",
            "旧.dwg": b"AC1027",
            "__MACOSX/._宗地.shp": b"\0",
            "~$t.xlsx": b"\0",
            "t.xlsx": book,
        },
    )
    assert read(path).notes["member"] == "宗地.shp"
    people = read(path, "resettlements", household_key=b"k" * 32)
    assert people.notes["member"] == "t.xlsx"
    assert [name for name, _ in layers_in(path, "a.zip")] == ["宗地.shp", "points.gpkg", "t.xlsx"]


def test_where_no_file_fits_the_layer_the_question_is_which(tmp_path):
    points = tmp_path / "points.gpkg"
    frame = gpd.GeoDataFrame(geometry=[shape.centroid for shape in SHAPES], crs=4526)
    pyogrio.write_dataframe(frame, points)
    error = refusal(pack(tmp_path / "a.zip", {"1.gpkg": points, "2.gpkg": points}))
    assert error.code == "archive_question"
    assert error.facts["layers"] == "1.gpkg, 2.gpkg"


def test_a_file_that_cannot_be_opened_might_be_the_one_that_is_meant(tmp_path):
    path = pack(tmp_path / "a.zip", {"a.geojson": geojson(), "b.gpkg": b"SQLite format 3\0"})
    error = refusal(path)
    assert error.code == "archive_question"
    assert error.facts["layers"] == "a.geojson, b.gpkg"


def test_a_name_that_two_files_have_names_neither(tmp_path):
    path = pack(tmp_path / "a.zip", {f"{at}/x.geojson": geojson() for at in "ab"})
    for name in ("x.geojson", "x"):
        assert refusal(path, layer=name).code == "layer_not_there"
    assert read(path, layer="b/x.geojson").notes["member"] == "b/x.geojson"


def test_a_table_alone_is_read_as_what_the_layer_is(tmp_path):
    book = write_book(tmp_path / "t.xlsx", {"宗地": [["地块编号"], ["001"]]})
    path = pack(tmp_path / "a.zip", {"t.xlsx": book})
    assert read(path).frame["parcel_id"].tolist() == ["001"]


def test_coordinate_text_and_drawings_in_archives(tmp_path):
    reading = read(pack(tmp_path / "a.zip", {"坐标.txt": SAMPLE}))
    assert reading.frame.area.tolist() == [10_000]
    assert refusal(pack(tmp_path / "b.zip", {"a.dwg": b"AC1027"})).code == "file_dwg"
    several = pack(tmp_path / "c.zip", {"1.txt": SAMPLE, "2.txt": SAMPLE})
    assert refusal(several).code == "archive_question"
    assert read(several, layer="*").frame["source_sheet"].tolist() == ["1.txt", "2.txt"]


def test_what_is_wrong_with_a_member_is_said_of_it(tmp_path):
    broken = refusal(pack(tmp_path / "a.zip", {"x/a.gpkg": b"<html></html>"}))
    assert broken.code == "file_not_what_it_says"
    assert "a.zip/x/a.gpkg" in str(broken)
    assert str(tmp_path) not in str(broken)


# In a campaign.

MANIFEST = """
[campaign]
name = "x"
district = "y"
crs = "EPSG:4526"
as_of = 2022-10-14
[layers]
parcels = "报送*.zip"
projects = { path = "红线.zip", layer = "红线" }
[[project]]
project_id = "P01"
name = "x"
use = "industrial"
"""


def campaign(folder: Path) -> Path:
    """Write a campaign whose sources are archives: by a pattern, and by a name within."""
    folder.mkdir()
    for name, rows in (("东", ROWS), ("西", [["003", "a"], ["004", b"\xff\xff\xff\xff"]])):
        zipped(folder / f"报送{name}.zip", shapefile(folder.parent / name, rows=rows))
    lines = gpd.GeoDataFrame({"project_id": ["P01"]}, geometry=[square(side=500)], crs=4526)
    book = folder.parent / "红线.gpkg"
    pyogrio.write_dataframe(lines, book)
    pack(folder / "红线.zip", {"x/红线.gpkg": book, "x/旧红线.gpkg": book})
    (folder / "campaign.toml").write_text(MANIFEST, encoding="utf-8")
    return folder


def test_a_load_takes_archives_and_knows_when_they_change(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "key"))
    folder = campaign(tmp_path / "c")
    loaded = load(folder, today="2022-11-01")
    parcels = loaded.campaign.layers["parcels"]
    assert parcels["parcel_id"].tolist() == ["001", "002", "003"]
    assert parcels["source_file"].tolist() == ["报送东.zip", "报送东.zip", "报送西.zip"]
    lines = loaded.campaign.layers["projects"]
    assert lines["source_sheet"].tolist() == ["x/红线.gpkg"]
    assert loaded.files["rows_read"].tolist() == [2, 2, 1]
    assert [path.name for path in loaded.rejected] == ["报送西.zip_退回修改清单.xlsx"]
    receipt = json.loads(loaded.receipt.read_text(encoding="utf-8"))
    raw = (folder / "红线.zip").read_bytes()
    assert receipt["sources"]["红线.zip"]["sha256"] == hashlib.sha256(raw).hexdigest()
    assert stale_sources(loaded.campaign) == []
    zipped(folder / "报送东.zip", shapefile(tmp_path / "东2", rows=[["9", "a"], ["8", "b"]]))
    assert stale_sources(loaded.campaign) == ["报送东.zip"]


# What is no data.


def test_rar_and_7z_are_refused_by_name(tmp_path):
    for name in ("a.rar", "a.7z"):
        (tmp_path / name).write_bytes(b"Rar!\x1a\x07\0" + b"\0" * 40)
        error = refusal(tmp_path / name)
        assert error.code == "file_rar"
        assert ".zip" in error.say("zh")
    (tmp_path / "b.zip").write_bytes(b"Rar!\x1a\x07\0" + b"\0" * 40)
    assert refusal(tmp_path / "b.zip").code == "file_not_what_it_says"


@pytest.mark.parametrize(
    "name",
    [
        "../a.geojson",
        "/etc/a.geojson",
        "x/../../a.geojson",
        "..\\a.geojson",
        "C:\\a.geojson",
        "c:a",
    ],
)
def test_paths_that_lead_out_are_refused(tmp_path, name):
    inside = tmp_path / "in"
    inside.mkdir()
    path = pack(inside / "a.zip", {"ok.geojson": geojson(), name: geojson()})
    assert refusal(path).code == "archive_unsafe"
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


def test_links_are_refused(tmp_path):
    info = zipfile.ZipInfo("a.geojson")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert refusal(tmp_path / "a.zip").code == "archive_unsafe"


def test_folders_with_the_rights_of_a_unix_are_plain(tmp_path):
    folder = zipfile.ZipInfo("报送/")
    folder.create_system = 3
    folder.external_attr = (stat.S_IFDIR | 0o755) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(folder, b"")
        archive.writestr("报送/a.geojson", geojson())
    assert read(tmp_path / "a.zip").notes["member"] == "报送/a.geojson"


def test_archives_in_archives_are_refused_where_there_is_nothing_else(tmp_path):
    inner = pack(tmp_path / "inner.zip", {"a.geojson": geojson()})
    assert refusal(pack(tmp_path / "a.zip", {"inner.zip": inner})).code == "archive_nested"
    beside = pack(tmp_path / "b.zip", {"inner.zip": inner, "a.geojson": geojson()})
    assert read(beside).notes["member"] == "a.geojson"


def test_nothing_that_can_be_read(tmp_path):
    assert refusal(pack(tmp_path / "a.zip", {"图.pdf": b"%PDF"})).code == "archive_without_files"
    assert refusal(pack(tmp_path / "b.zip", {})).code == "archive_without_files"
    with pytest.raises(SourceError, match="no file in the archive"):
        layers_in(tmp_path / "a.zip", "a.zip")


def changed(path: Path, at: int, raw: bytes) -> Path:
    body = bytearray(path.read_bytes())
    body[at : at + len(raw)] = raw
    path.write_bytes(bytes(body))
    return path


def directory_at(path: Path) -> int:
    return path.read_bytes().rfind(b"PK\x01\x02")


def test_passwords_odd_methods_and_broken_members(tmp_path):
    path = pack(tmp_path / "a.zip", {"a.geojson": geojson()})
    at = directory_at(path)
    locked = changed(pack(tmp_path / "b.zip", {"a.geojson": geojson()}), at + 8, b"\x01\x00")
    assert refusal(locked).code == "archive_encrypted"
    for method in (9, 12, 14, 93, 99):  # Deflate64, bzip2, LZMA, Zstandard, AES
        odd = pack(tmp_path / "c.zip", {"a.geojson": geojson()})
        changed(odd, at + 10, struct.pack("<H", method))
        changed(odd, 8, struct.pack("<H", method))
        assert refusal(odd).code == "archive_method"
    other = pack(tmp_path / "d.zip", {"a.geojson": geojson()})
    assert refusal(changed(other, at + 16, b"\0\0\0\0")).code == "archive_broken"  # its CRC-32
    cut = tmp_path / "e.zip"
    cut.write_bytes(path.read_bytes()[:-30])
    assert refusal(cut).code == "archive_broken"
    for size in (10, 10**6):  # it says less, or more, than there is
        lies = pack(tmp_path / "f.zip", {"a.geojson": geojson()})
        assert refusal(changed(lies, at + 24, struct.pack("<I", size))).code == "archive_broken"


def test_bombs_are_refused_before_they_burst(tmp_path):
    small = Limits(members=3, unpacked=1 << 20, ratio=20, ratio_from=1 << 16)
    zeros = {"a.geojson": b"\0" * (1 << 18)}
    bomb = pack(tmp_path / "a.zip", zeros)
    with (
        pytest.raises(SourceError) as error,
        unpacked(bomb, "a.zip", (".geojson",), small),
    ):
        pass
    assert error.value.code == "archive_too_large"
    wide = pack(tmp_path / "b.zip", {f"{at}.geojson": geojson() for at in range(4)})
    with pytest.raises(SourceError) as error, unpacked(wide, "b.zip", (".geojson",), small):
        pass
    assert error.value.code == "archive_too_many"
    loose = Limits(ratio_from=1 << 20)
    with unpacked(bomb, "a.zip", (".geojson",), loose) as inside:
        assert inside[0].path.stat().st_size == 1 << 18


def test_a_list_of_members_that_is_itself_a_bomb_is_not_read(tmp_path):
    path = pack(tmp_path / "a.zip", {"a.geojson": geojson()})
    at = path.read_bytes().rfind(b"PK\x05\x06")
    assert refusal(changed(path, at + 10, struct.pack("<H", 60_000))).code == "archive_too_many"
    whole = pack(tmp_path / "b.zip", {"a.geojson": geojson()})
    changed(whole, at + 12, struct.pack("<I", 0x7FFFFFFF))
    assert refusal(whole).code == "archive_too_many"
    wide = pack(tmp_path / "c.zip", {"a.geojson": geojson()})
    assert refusal(changed(wide, at + 10, b"\xff\xff")).code == "archive_broken"


def test_the_folder_is_removed_whatever_happens(tmp_path):
    before = files_left()
    path = pack(tmp_path / "a.zip", {"a.gpkg": b"SQLite format 3\0" + b"\0" * 200})
    assert refusal(path).code == "file_unreadable"
    with pytest.raises(ZeroDivisionError), unpacked(path, "a.zip", (".gpkg",)) as inside:
        1 / (inside[0].path.stat().st_size - 216)
    assert files_left() == before


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("宗地.shp", "宗地.shp"),
        ("a. . ", "a"),
        (" .a", "a"),
        ("...", "_"),
        ("", "_"),
        ("a!b:c|d\x00", "a_b_c_d_"),
        ("长" * 41, "长" * 40),  # 120 bytes
        ("\ud800", "?"),
    ],
)
def test_a_name_is_written_as_every_file_system_takes_it(name, written):
    assert safe_name(name) == written


def test_names_that_no_file_system_takes_are_written_under_others(tmp_path):
    long = "长" * 80
    path = pack(tmp_path / "a.zip", {f"ab:c?d!*{long}.geojson": geojson()})
    assert len(read(path).frame) == 1
