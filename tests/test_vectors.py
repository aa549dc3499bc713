"""Vector files: encodings told by bytes, names cut off, CRS by magnitude, bad records."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from handed_over import EAST, NORTH, codes, require_one_line, square, write_shapefile
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.base.errors import LandgisError, SourceError
from landgis.base.findings import sentence
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.vector.dbf import read_evidence
from landgis.io.vectors import list_layers, read_vector

FIELDS = [
    ("地块编号", "C", 20, 0),
    ("村", "C", 20, 0),
    ("征收面积（亩）", "N", 12, 2),
    ("权利人名称", "C", 20, 0),
]
ROWS = [["001", "青石村", 15.0, "张三"], ["002", "柳湾村", 7.5, "李四"]]
SHAPES = [square(), square(EAST + 200)]


def read(path: Path, role: str = "parcels", **options: object) -> Reading:
    return read_vector(path, role, SourceOptions(path=path.name, **options))  # type: ignore[arg-type]


def write_gpkg(
    path: Path,
    columns: dict[str, list[object]],
    shapes: list[object] | None = None,
    crs: object = 4526,
    layer: str | None = None,
) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=shapes or SHAPES, crs=crs)
    pyogrio.write_dataframe(frame, path, layer=layer or path.stem, driver="GPKG")
    return path


def geojson(
    path: Path, east: float, north: float, crs: str | None = None, swap: bool = False
) -> Path:
    ring = shapely.get_coordinates(shapely.box(east, north, east + 0.001, north + 0.001))
    ring = ring[:, ::-1] if swap else ring
    body: dict[str, object] = {"type": "FeatureCollection"}
    if crs:
        body["crs"] = {"type": "name", "properties": {"name": crs}}
    body["features"] = [
        {
            "type": "Feature",
            "properties": {"parcel_id": "1"},
            "geometry": {"type": "Polygon", "coordinates": [ring.tolist()]},
        }
    ]
    path.write_text(json.dumps(body))
    return path


def test_a_gbk_shapefile_without_cpg_and_prj_is_read_right_and_says_how(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", SHAPES, FIELDS, ROWS)
    reading = read(path)
    frame = reading.frame
    assert frame["parcel_id"].tolist() == ["001", "002"]
    assert frame["village"].tolist() == ["青石村", "柳湾村"]
    assert frame["stated_area_mu"].tolist() == [15.0, 7.5]
    assert frame.crs.to_epsg() == 4526
    assert frame["source_row"].tolist() == [1, 2]
    assert {"encoding_inferred", "crs_inferred", "personal_dropped"} <= codes(reading.findings)
    assert "张三" not in str(frame.to_dict()) + str(reading.findings) + str(reading.notes)


@pytest.mark.parametrize(
    ("encoding", "language", "cpg", "told"),
    [
        ("gbk", 0x00, None, "gb18030"),  # domain 10.1: read as ISO-8859-1 by GDAL, no warning
        ("gbk", 0x57, None, "gb18030"),
        ("gbk", 0x4D, None, "gb18030"),
        ("gbk", 0x4E, None, "gb18030"),  # says Korean
        ("gbk", 0x00, "UTF-8", "gb18030"),  # says UTF-8
        ("gbk", 0x4D, "ANSI 936", "gb18030"),
        ("gbk", 0x4D, "65001", "gb18030"),
        ("utf-8", 0x00, None, "utf-8"),
        ("utf-8", 0x57, None, "utf-8"),
        ("utf-8", 0x4D, "GBK", "utf-8"),
        ("utf-8", 0x00, "ANSI", "utf-8"),
    ],
)
def test_bytes_go_before_what_a_table_says_of_its_encoding(tmp_path, encoding, language, cpg, told):
    path = write_shapefile(tmp_path / "a.shp", SHAPES, FIELDS, ROWS, encoding, language)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    assert read_evidence(path).encoding == told
    assert read(path).frame["village"].tolist() == ["青石村", "柳湾村"]


def test_latin_text_keeps_the_encoding_that_its_label_names(tmp_path):
    fields = [("parcel_id", "C", 10, 0), ("village", "C", 30, 0)]
    path = write_shapefile(
        tmp_path / "a.shp", SHAPES, fields, [["1", "Besançon"], ["2", "Évian"]], "cp1252", 0x03
    )
    assert read(path).frame["village"].tolist() == ["Besançon", "Évian"]
    path.with_suffix(".dbf").write_bytes(
        path.with_suffix(".dbf").read_bytes()[:29]
        + b"\x57"
        + path.with_suffix(".dbf").read_bytes()[30:]
    )
    with pytest.raises(SourceError, match='encoding = "GB18030"'):
        read(path)
    assert read(path, encoding="cp1252").frame["village"].tolist() == ["Besançon", "Évian"]


def test_names_cut_in_the_middle_of_a_character_still_find_their_column(tmp_path):
    path = write_shapefile(
        tmp_path / "a.shp",
        SHAPES,
        [("权属地块编号", "C", 10, 0), ("征收面积（亩）", "N", 12, 2)],
        [["1", 15.0], ["2", 7.5]],
        "utf-8",
    )
    reading = read(path)  # GDAL refuses the whole file
    assert reading.frame["stated_area_mu"].tolist() == [15.0, 7.5]
    assert reading.notes["columns"] == {"权属地": "parcel_id", "征收面": "stated_area_mu"}
    assert "columns_recognised" in codes(reading.findings)


def test_a_cut_name_that_fits_two_columns_fits_none(tmp_path):
    path = write_shapefile(
        tmp_path / "a.shp",
        SHAPES,
        [("parcel_id", "C", 10, 0), ("协议签订日期", "C", 20, 0), ("争议开始日", "C", 20, 0)],
        [["1", "", ""], ["2", "", ""]],
    )
    assert read(path).notes["columns"] == {
        "parcel_id": "parcel_id",
        "协议签订日": "agreed_on",
        "争议开始日": "disputed_from",
    }
    cut = write_shapefile(
        tmp_path / "b.shp",
        SHAPES,
        [("parcel_id", "C", 10, 0), ("land_use_sc", "C", 20, 0), ("disputed_f", "C", 10, 0)],
        [["1", "a", ""], ["2", "b", ""]],
    )
    assert read(cut).notes["columns"]["disputed_f"] == "disputed_from"


def test_one_cell_in_another_encoding_costs_its_row(tmp_path):
    rows = [
        ["001", "青石村", 1.0, ""],
        ["002", "柳湾村", 2.0, b"\xff\xff"],
        ["003", b"\xff\xff\xff\xff", 3.0, ""],
    ]
    path = write_shapefile(tmp_path / "a.shp", [*SHAPES, square(EAST + 400)], FIELDS, rows)
    reading = read(path, encoding="gb18030")  # the second row's broken cell is dropped anyway
    assert reading.rows_read == 3
    assert reading.rejected[["source_row", "reason", "column"]].values.tolist() == [
        [3, "text_undecodable", "村"]
    ]


def test_ids_keep_their_zeros_and_whole_numbers_stay_whole(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"地块编号": ["007", None], "村": ["甲", "乙"]})
    assert read(path).frame["parcel_id"].fillna("-").tolist() == ["007", "-"]
    numbers = write_gpkg(
        tmp_path / "b.gpkg", {"地块编号": np.array([450123001001, 2], dtype="int64")}
    )  # type: ignore[dict-item]
    assert read(numbers).frame["parcel_id"].tolist() == ["450123001001", "2"]


def test_several_layers_are_a_question_with_its_answer_and_tables_of_style_are_none(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", {"parcel_id": ["1", "2"]}, layer="old")
    write_gpkg(path, {"parcel_id": ["3", "4"]}, layer="new")
    with pytest.raises(
        SourceError, match=r'\(old, new\).*parcels = \{ path = "a.gpkg", layer = "old" \}'
    ):
        read(path)
    reading = read(path, layer="new")
    assert reading.frame["parcel_id"].tolist() == ["3", "4"]
    assert reading.frame["source_sheet"].tolist() == ["new", "new"]
    with pytest.raises(SourceError, match='no layer or sheet "nwe"'):
        read(path, layer="nwe")
    single = write_gpkg(tmp_path / "b.gpkg", {"parcel_id": ["1", "2"]})
    with sqlite3.connect(single) as book:
        book.execute("create table layer_styles (id integer primary key, styleqml text)")
        book.execute(
            "insert into gpkg_contents (table_name, data_type, identifier)"
            " values ('layer_styles', 'attributes', 'layer_styles')"
        )
    book.close()
    assert {name for name, _ in list_layers(single, "b.gpkg")} == {"b", "layer_styles"}
    assert len(read(single).frame) == 2


@pytest.mark.parametrize(
    ("crs", "east", "epsg"),
    [
        (None, 114.05, 4490),
        (None, -71.1, 4326),
        ("urn:ogc:def:crs:EPSG::4490", 114.05, 4490),
        ("urn:ogc:def:crs:EPSG::4526", EAST, 4526),
        (None, EAST, 4526),
    ],
)
def test_geojson_by_its_crs_member_by_its_rule_or_by_magnitude(tmp_path, crs, east, epsg):
    reading = read(geojson(tmp_path / "a.geojson", east, 23.3 if east < 180 else NORTH, crs))
    assert reading.frame.crs.to_epsg() == epsg
    assert ("crs_inferred" in codes(reading.findings)) == (crs is None and east > 0)
    assert reading.frame.total_bounds[0] == pytest.approx(east)


def test_swapped_axes_are_turned_and_a_wrong_zone_is_said(tmp_path):
    turned = [shapely.transform(shape, lambda xy: xy[:, ::-1]) for shape in SHAPES]
    reading = read(write_shapefile(tmp_path / "a.shp", turned, FIELDS, ROWS))
    assert "axes_swapped" in codes(reading.findings)
    assert reading.frame.total_bounds[:2].tolist() == [EAST, NORTH]
    other = read(write_shapefile(tmp_path / "b.shp", SHAPES, FIELDS, ROWS, crs="EPSG:4525"))
    assert other.frame.crs.to_epsg() == 4526
    assert "zone_conflict" in codes(other.findings)
    neighbour = [square(38_620_000.0)]  # one zone for a whole county is lawful
    assert "zone_conflict" not in codes(
        read(
            write_shapefile(tmp_path / "c.shp", neighbour, FIELDS, ROWS[:1], crs="EPSG:4526")
        ).findings
    )


def test_without_prefix_and_prj_the_crs_is_a_question_that_the_user_answers(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", [square(500_000.0)], FIELDS, ROWS[:1])
    with pytest.raises(SourceError, match="crs = "):
        read(path)
    assert read(path, crs="EPSG:4547").frame.crs.to_epsg() == 4547


def test_missing_shapes_stay_and_broken_or_foreign_ones_cost_their_row(tmp_path):
    path = write_gpkg(
        tmp_path / "a.gpkg",
        {"parcel_id": ["1", "2", "3", "4"]},
        [square(), None, square(EAST + 200), shapely.Point(EAST, NORTH)],
    )
    with sqlite3.connect(path) as book:
        for (name,) in book.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            book.execute(f'drop trigger "{name}"')
        (blob,) = book.execute("select geom from a where parcel_id = '3'").fetchone()
        book.execute("update a set geom = ? where parcel_id = '3'", (blob[:60],))
    book.close()
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["1", "2"]
    assert reading.frame.geometry.isna().tolist() == [False, True]
    assert reading.rejected["reason"].tolist() == ["geometry_unreadable", "geometry_kind_unfit"]
    assert reading.rejected["source_row"].tolist() == [3, 4]
    assert [row["ids"] for row in reading.findings if row["code"] == "geometry_missing"] == [["2"]]


def test_a_broken_page_costs_its_records_and_none_vanishes(tmp_path):
    count = 3000
    shapes = list(
        shapely.box(EAST + np.arange(count), NORTH, EAST + np.arange(count) + 1, NORTH + 1)
    )
    path = write_gpkg(tmp_path / "a.gpkg", {"parcel_id": [f"P{k}" for k in range(count)]}, shapes)
    raw = bytearray(path.read_bytes())
    page = raw.find(b"P1500") // 4096
    raw[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    path.write_bytes(bytes(raw))
    assert pyogrio.read_arrow(path)[1].num_rows < count / 2  # GDAL ends there and says nothing
    reading = read(path)
    assert reading.rows_read == count
    assert 0 < len(reading.rejected) < 100
    assert set(reading.rejected["reason"]) == {"record_unreadable"}
    assert reading.notes["read"] == "record by record"


def test_closed_polylines_of_a_drawing_are_parcels_and_its_ink_is_not(tmp_path):
    ring = [(EAST, NORTH), (EAST + 100, NORTH), (EAST + 100, NORTH + 100), (EAST, NORTH + 100)]
    body = ["0", "SECTION", "2", "ENTITIES"]
    for closed in (1, 0):
        body += ["0", "POLYLINE", "8", "JZD", "66", "1", "70", str(closed)]
        for x, y in ring:
            body += ["0", "VERTEX", "8", "JZD", "10", f"{x}", "20", f"{y}"]
        body += ["0", "SEQEND"]
    body += [
        "0",
        "TEXT",
        "8",
        "ZJ",
        "10",
        f"{EAST}",
        "20",
        f"{NORTH}",
        "40",
        "1.5",
        "1",
        "012",
        "0",
        "ENDSEC",
        "0",
        "EOF",
    ]
    path = tmp_path / "a.dxf"
    path.write_text("\n".join(body) + "\n", encoding="gbk")
    reading = read(path)
    assert reading.frame.area.tolist() == [10_000]
    assert reading.frame.crs.to_epsg() == 4526
    assert reading.rejected["reason"].tolist() == ["outline_open"]
    assert reading.notes["entities_ignored"] == 1


def test_an_index_that_is_missing_is_rebuilt_elsewhere(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", SHAPES, FIELDS, ROWS)
    path.with_suffix(".shx").unlink()
    before = sorted(tmp_path.iterdir())
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["001", "002"]
    assert "index_rebuilt" in codes(reading.findings)
    assert sorted(tmp_path.iterdir()) == before


#: bytes of a .shp with three squares: a head of 100, then 136 each (ESRI 1998, pages 4 and 8)
WHOLE = 100 + 3 * 136


@pytest.mark.parametrize("without", ["", ".shx", ".dbf", ".shx.dbf"])
@pytest.mark.parametrize(
    ("there", "sound"), [(WHOLE - 1, 2), (WHOLE - 136, 2), (WHOLE - 137, 1), (237, 1)]
)
def test_a_shapefile_that_was_cut_off_loses_no_row_and_says_so(tmp_path, there, sound, without):
    rows = [*ROWS, ["003", "石桥村", 5.0, "王五"]]
    path = write_shapefile(tmp_path / "a.shp", [*SHAPES, square(EAST + 400)], FIELDS, rows)
    for suffix in filter(None, without.split(".")):
        path.with_suffix(f".{suffix}").unlink()
    path.write_bytes(path.read_bytes()[:there])
    reading = read(path, "context")
    assert reading.frame.geometry.notna().tolist() == [True] * sound
    (said,) = [row for row in reading.findings if row["code"] == "file_cut"]
    assert said["severity"] == "error"
    assert f"文件没有传完整（应有 {WHOLE} 字节，实有 {there} 字节）" in sentence(said, "zh")
    assert "index_rebuilt" not in codes(reading.findings)
    if without in ("", ".shx"):  # without a table nothing tells how many rows there were
        assert reading.rejected["source_row"].tolist() == list(range(sound + 1, 4))
        assert set(reading.rejected["reason"]) == {"geometry_unreadable"}


def test_a_shape_of_more_points_than_the_file_holds_is_broken_and_a_null_shape_is_none(tmp_path):
    rows = [*ROWS, ["003", "石桥村", 5.0, "王五"]]
    path = write_shapefile(tmp_path / "a.shp", [*SHAPES, None], FIELDS, rows)
    raw = bytearray(path.read_bytes())
    raw[100 + 8 + 40 : 100 + 8 + 44] = (2**31 - 1).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    reading = read(path)
    assert reading.rejected["source_row"].tolist() == [1]
    assert reading.rejected["reason"].tolist() == ["geometry_unreadable"]
    assert reading.frame["parcel_id"].tolist() == ["002", "003"]
    (missing,) = [row for row in reading.findings if row["code"] == "geometry_missing"]
    assert missing["source_row"] == 3
    assert "file_cut" not in codes(reading.findings)


def test_a_head_that_says_too_much_is_no_cut_where_nothing_is_missing(tmp_path):
    path = write_shapefile(tmp_path / "a.shp", SHAPES, FIELDS, ROWS)
    raw = bytearray(path.read_bytes())
    raw[24:28] = (10**6).to_bytes(4, "big")
    path.write_bytes(bytes(raw))
    reading = read(path)
    assert len(reading.frame) == 2
    assert "file_cut" not in codes(reading.findings)


def test_a_geojson_shape_of_words_is_broken_and_null_is_none(tmp_path):
    path = geojson(tmp_path / "a.geojson", 114.1, 23.9)
    body = json.loads(path.read_text(encoding="utf-8"))
    (whole,) = body["features"][:1]
    ring = [["a", "b"], *whole["geometry"]["coordinates"][0][1:]]
    broken = [
        whole | {"geometry": {"type": "Polygon", "coordinates": [ring]}},
        whole | {"geometry": {"type": "Polygn", "coordinates": whole["geometry"]["coordinates"]}},
    ]
    none = [
        whole | {"geometry": None},
        whole | {"geometry": {"type": "Polygon", "coordinates": []}},
    ]
    body["features"] = [whole, *broken, *none]
    path.write_text(json.dumps(body), encoding="utf-8")
    reading = read(path)
    assert reading.rejected["source_row"].tolist() == [2, 3]
    assert set(reading.rejected["reason"]) == {"geometry_unreadable"}
    assert reading.frame.geometry.isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("a.shp", b"", "file_empty"),
        ("a.shp", b"PK\x03\x04" + b"\0" * 100, "file_not_what_it_says"),
        ("a.gpkg", b"<html><body>404</body></html>", "file_not_what_it_says"),
        ("a.gpkg", b"SQLite format 3\x00" + b"\0" * 200, "file_unreadable"),
        ("a.geojson", b"\x89PNG\r\n", "file_not_what_it_says"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": [', "file_unreadable"),
        ("a.dwg", b"AC1027", "file_dwg"),
        ("a.dxf", b"AC1027\0\0\0", "file_not_what_it_says"),
        ("a.mdb", b"\0\1\0\0Standard Jet DB", "file_mdb"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_one_line(tmp_path, name, raw, code):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(SourceError) as error:
        read(tmp_path / name)
    assert error.value.code == code
    assert "\n" not in error.value.say("zh")


def test_a_missing_file_and_points_for_parcels_are_one_line(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        read(tmp_path / "none.shp")
    points = write_gpkg(tmp_path / "p.gpkg", {"parcel_id": ["1"]}, [shapely.Point(EAST, NORTH)])
    with pytest.raises(SourceError, match="its shapes are Point; expected Polygon"):
        read(points)


def test_records_take_their_kind_from_column_option_or_file_name(tmp_path):
    houses = read(write_gpkg(tmp_path / "houses.gpkg", {"record_id": ["1", "2"]}), "records")
    assert houses.frame["kind"].tolist() == ["house", "house"]
    assert "kind_inferred" in codes(houses.findings)
    plain = write_gpkg(tmp_path / "x.gpkg", {"record_id": ["1", "2"], "类别": ["坟墓", None]})
    assert read(plain, "records").rejected["reason"].tolist() == ["kind_unknown"]
    assert read(plain, "records", kind="crop").frame["kind"].tolist() == ["grave", "crop"]
    with pytest.raises(SourceError, match='kind = "house"'):
        read(write_gpkg(tmp_path / "y.gpkg", {"record_id": ["1", "2"]}), "records")


#: each real broken file to how it ends: rows and rejected rows, or the code of its refusal; and
#: what has to be said of it (SOURCES.md of the folder tells what is wrong with which)
BROKEN: dict[str, tuple[tuple[int, int] | str, set[str]]] = {
    "dbf/duplicate_fields.dbf": ((5, 0), set()),
    "dbf/gb2312.dbf": ((1, 0), {"encoding_inferred"}),
    "dbf/gbk.dbf": ((1, 0), {"encoding_inferred"}),
    "dbf/utf8.dbf": ((1, 0), {"encoding_inferred"}),
    "dbf/ldid/chinese.shp": ((1, 0), set()),  # its language byte tells the same as its bytes
    "geofileops/linestring-row-trees.gpkg": ((22, 0), set()),
    "geofileops/point.gpkg": ((50, 0), set()),
    "geofileops/polygon-parcel.gpkg": ((48, 0), set()),
    "geofileops/polygon-zone.gpkg": ((5, 0), set()),
    "gisdata/grid_without_projection.asc": ("file_unreadable", set()),
    "gisdata/points_epsg2249_no_prj.shp": ("crs_question", set()),
    "issues/193/gauss_kruger.shp": ((3, 0), {"index_rebuilt", "table_missing"}),
    "issues/193/three_points.shp": ((3, 0), set()),
    "issues/518_519_shp_reading/data_corruption_error.shp": ((8, 0), set()),
    "issues/invalid_coords/invalid_coordinates.shp": ((1, 1), {"row_rejected"}),
    "shapefile/polygons.shp": ("crs_question", set()),
    "shapefile/shplib/csah.shp": ("meridian_question", set()),
    "shapefile/six_counties.shp": ((6, 0), set()),
}


def broken_files(folder: Path) -> list[Path]:
    """Return what somebody would hand over: tables of shapefiles belong to them."""
    kinds = (".shp", ".dbf", ".gpkg", ".asc")
    found = [path for path in sorted(folder.rglob("*")) if path.suffix in kinds]
    return [p for p in found if p.suffix != ".dbf" or not p.with_suffix(".shp").exists()]


def test_real_broken_files_each_end_as_expected(shared_data):
    folder = shared_data("broken_vectors")
    names = [path.relative_to(folder).as_posix() for path in broken_files(folder)]
    assert names == sorted(BROKEN)
    for name, (end, said) in BROKEN.items():
        ended, found = how_it_ends(folder / name)
        assert ended == end, name
        assert said <= found, name


def how_it_ends(path: Path) -> tuple[tuple[int, int] | str, set[object]]:
    """Return rows and rejected rows with the codes of findings, or the code of the refusal."""
    try:
        reading = read(path, "context")
    except LandgisError as error:
        require_one_line(error)
        return error.code, set()
    assert reading.rows_read == len(reading.frame) + len(reading.rejected)
    return (reading.rows_read, len(reading.rejected)), codes(reading.findings)


def test_real_files_without_a_crs_are_read_once_it_is_named(shared_data):
    folder = shared_data("broken_vectors")
    outlines = read(folder / "shapefile" / "polygons.shp", "context", crs="EPSG:4326")
    assert {"index_rebuilt", "table_missing"} <= codes(outlines.findings)
    assert outlines.frame.total_bounds.tolist() == [0, 0, 5, 5]
    nulls = read(folder / "shapefile" / "shplib" / "csah.shp", "context", crs="EPSG:4547")
    assert nulls.rows_read == 124
    assert int(nulls.frame.geometry.isna().sum()) == 24
    assert (
        read(folder / "dbf" / "ldid" / "chinese.shp", "context")
        .frame["name"]
        .str.contains(r"[一-鿿]")
        .all()
    )


@pytest.mark.parametrize(
    ("name", "layer", "rows"),
    [
        ("cambridge_ma/parcels_fy2014.gpkg", None, 13_116),
        ("cambridge_ma/porches.geojson", None, 4838),
        ("cambridge_ma/headstones.gpkg", None, 41_673),
        ("bayreuth_osm/bayreuth.gpkg", "buildings", 4267),
        ("krems_osm/krems.gpkg", "power_lines", 12),
        ("fr_cadastre_25354/cadastre_25354.gpkg", "parcels", 511),
        ("elevation_buildings/buildings.shp", None, 84),
        ("overlay_oracle_nybb/qgis-intersection.shp", None, 15),
    ],
)
def test_real_files_are_read_whole(shared_data, name, layer, rows):
    folder, _, rest = name.partition("/")
    reading = read(shared_data(folder) / rest, "context", layer=layer)
    assert (reading.rows_read, len(reading.rejected)) == (rows, 0)
    assert not {"read_by_record", "rows_differ", "index_rebuilt"} & codes(reading.findings)


@pytest.mark.parametrize(
    ("name", "encoding"), [("gbk", "gb18030"), ("gb2312", "gb18030"), ("utf8", "utf-8")]
)
def test_real_tables_without_cpg(shared_data, name, encoding):
    assert read_evidence(shared_data("broken_vectors") / "dbf" / f"{name}.dbf").encoding == encoding


def _mangled(data: st.DataObject, raw: bytes) -> bytes:
    """Bytes with some changed, cut out or put in."""
    out = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, max(0, len(out) - 1)))
        how = data.draw(st.sampled_from(["set", "cut", "end"]))
        if how == "set" and out:
            out[at] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del out[at : at + data.draw(st.integers(1, 30))]
        else:
            del out[max(1, at) :]
    return bytes(out)


@cache
def sound_files(kind: str) -> dict[str, bytes]:
    """Return a sound file with its companions; made once, since some formats carry their hour."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if kind in ("shp", "dbf"):
            write_shapefile(folder / "a.shp", SHAPES, FIELDS, ROWS)
        elif kind == "gpkg":
            write_gpkg(folder / "a.gpkg", {"地块编号": ["1", "2"]})
        elif kind == "geojson":
            geojson(folder / "a.geojson", 114.0, 23.0)
        else:
            ring = "0\nPOLYLINE\n8\n0\n66\n1\n70\n1\n"
            for x, y in ((0, 0), (5, 0), (5, 5)):
                ring += f"0\nVERTEX\n8\n0\n10\n{x}\n20\n{y}\n"
            body = f"0\nSECTION\n2\nENTITIES\n{ring}0\nSEQEND\n0\nENDSEC\n0\nEOF\n"
            (folder / "a.dxf").write_text(body)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@settings(max_examples=100)
@given(data=st.data())
def test_whatever_the_bytes_it_ends_in_an_answer_or_one_line(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("noise")
    kind = data.draw(st.sampled_from(["shp", "dbf", "gpkg", "geojson", "dxf"]))
    for name, raw in sound_files(kind).items():
        mangled = _mangled(data, raw) if name.endswith(kind) else raw
        (folder / name).write_bytes(mangled)
    path = folder / ("a.shp" if kind == "dbf" else f"a.{kind}")
    try:
        reading = read(path, crs=data.draw(st.sampled_from([None, "EPSG:4526"])))
    except LandgisError as error:
        require_one_line(error)
    else:
        assert reading.rows_read == len(reading.frame) + len(reading.rejected)
