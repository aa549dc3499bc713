"""Exports: what goes out comes back, by our readers and by others; editions hold what they may."""

from __future__ import annotations

import json
import shutil
import struct
import zipfile
from pathlib import Path
from typing import Any

import ezdxf
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_county import PERSON, answered, call, everything, refused, write_county

import landgis
from landgis.base import text
from landgis.base.errors import LandgisError, OutputError
from landgis.base.schema import KINDS, LAYERS, SOURCE_COLUMNS, conform
from landgis.io.row.columns import plan_columns
from landgis.io.row.draft import Reading, SourceOptions
from landgis.outputs import exports_shapefile
from landgis.outputs.exports import FORMATS, prepare
from landgis.outputs.exports_columns import (
    EDITIONS,
    EXPORTS,
    RESULTS,
    columns_for,
    heading,
    suppress_small,
)
from landgis.outputs.exports_files import write_together
from landgis.outputs.exports_shapefile import short_names
from landgis.workflow import export_frames, exports
from landgis.workflow.export_writing import readied, written
from landgis.workflow.sources import READERS

E, N = 38_500_000.0, 2_600_000.0
#: shapefile and table: names as landgis keeps them, so that reading does not change them
PLACES = ["青石村", "白石村", "柳湾社区"]
WORDS = st.text(st.characters(categories=["Lo", "Lu", "Nd"], codec="utf-8"), min_size=1, max_size=9)
TEXTS = st.one_of(
    st.sampled_from(
        ["第一工作组", "㙍塘组", "𬭊", "=1+1", "+86", "@SUM(A1)", 'a,b;c"d', "1e5", "007"]
    ),
    WORDS.map(lambda said: f"队{said}"),
)
DAYS = st.dates(pd.Timestamp("1950-01-01").date(), pd.Timestamp("2022-12-31").date())
AMOUNTS = st.one_of(
    st.floats(1e-6, 1e7, allow_nan=False),  # below the bounds of rules/numbers.toml
    st.integers(0, 10**7).map(lambda fen: fen / 100),
    st.sampled_from([0.0, 1 / 3, 0.1, 12345678.912345678, 1e-20, 9876543.210987654]),
)


@st.composite
def polygons(draw: st.DrawFn) -> Any:
    """Draw a polygon with a hole or two, in one part or several, on millimetres or off them."""
    parts = []
    for k in range(draw(st.integers(1, 2))):
        side = draw(st.integers(10_000, 90_000)) / 1000
        west = draw(st.sampled_from([0.0, 0.1234567, 71.5])) + 200 * k
        outer = shapely.box(west, 5.0, west + side, 5.0 + side)
        holes = [
            shapely.box(west + side * a, 5 + side * 0.2, west + side * (a + 0.1), 5 + side * 0.5)
            for a in (0.1, 0.6)[: draw(st.integers(0, 2))]
        ]
        parts.append(shapely.Polygon(outer.exterior, [hole.exterior for hole in holes]))
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return shapely.transform(shape, lambda xy: xy + np.array([E, N]))


def column(draw: st.DrawFn, rows: int, values: st.SearchStrategy[Any]) -> list[Any]:
    return [draw(st.none() | values) for _ in range(rows)]


@st.composite
def parcel_frames(draw: st.DrawFn) -> gpd.GeoDataFrame:
    rows = draw(st.integers(1, 4))
    frame = gpd.GeoDataFrame(
        {
            "parcel_id": [
                f"{draw(st.sampled_from(['P', '530112001002JA0000', '007']))}{k}"
                for k in range(rows)
            ],
            "village": column(draw, rows, st.sampled_from(PLACES)),
            "group": column(draw, rows, st.sampled_from(["1组", "12组"])),
            "land_use": column(draw, rows, st.sampled_from(["0101", "1001", "06"])),
            "stated_area_mu": column(draw, rows, AMOUNTS),
            "team": column(draw, rows, TEXTS),
            "agreed_share": column(draw, rows, st.sampled_from([0.25, 1.0, 1 / 3])),
            "surveyed_on": column(draw, rows, DAYS),
            "agreed_on": column(draw, rows, DAYS),
            "disputed_from": column(draw, rows, DAYS),
        },
        geometry=[draw(polygons()) for _ in range(rows)],
        crs=draw(st.sampled_from([4526, 4547, 2362])),
    )
    if frame.crs.to_epsg() == 4547:
        frame["geometry"] = frame.translate(-38e6)
    return conform(frame, "parcels")


@st.composite
def record_frames(draw: st.DrawFn) -> gpd.GeoDataFrame:
    rows = draw(st.integers(2, 5))
    shapes: list[Any] = [shapely.Point(E, N)]
    for _ in range(rows - 1):
        shapes.append(draw(st.none() | st.sampled_from([shapely.Point(E + 1, N)]) | polygons()))
    kinds = [draw(st.sampled_from(sorted(KINDS))) for _ in range(rows)]
    frame = gpd.GeoDataFrame(
        {
            "record_id": [f"R{k}" for k in range(rows)],
            "kind": kinds,
            "household": column(draw, rows, st.sampled_from(["Q001", "HA12"])),
            "structure": column(draw, rows, TEXTS),
            "quantity": column(draw, rows, AMOUNTS),
            "unit": [KINDS[kind] for kind in kinds],
            "approx": column(draw, rows, st.booleans()),
            "amount_yuan": column(draw, rows, AMOUNTS),
            "removed_on": column(draw, rows, DAYS),
        },
        geometry=shapes,
        crs=4526,
    )
    return conform(frame, "records")


def write(frame: pd.DataFrame, name: str, path: Path, **options: Any) -> list[dict[str, Any]]:
    """Export a frame as the command does; return what is said."""
    form = path.suffix[1:]
    export = readied(
        name,
        frame,
        form,
        edition=options.pop("edition", "internal"),
        crs=options.pop("crs", None),
        facts={"as_of": "2022-10-14"},
        language=options.pop("language", "zh"),
    )
    told = written(
        export,
        path,
        form,
        encoding=options.pop("encoding", None),
        parts=options.pop("parts", None),
        day=None,
        replace=options.pop("replace", False),
    )
    assert path in told.files or form == "shp"
    assert all(one.is_file() for one in told.files)
    assert not [one for one in path.parent.iterdir() if one.name.startswith(".")]
    return told.findings


def read(path: Path, name: str, **options: Any) -> Reading:
    reading: Reading = READERS[path.suffix](path, name, SourceOptions(path=path.name, **options))
    assert not len(reading.rejected), reading.rejected.to_dict("records")
    return reading


def same(before: pd.DataFrame, after: pd.DataFrame, name: str, *, rel: float = 0.0) -> None:
    """Demand the same cells in all columns of a layer but those that say where a row was read."""
    assert len(before) == len(after)
    for one in LAYERS[name].columns:
        if one.name in (*SOURCE_COLUMNS, "household_basis"):
            continue
        left, right = (
            before[one.name].reset_index(drop=True),
            after[one.name].reset_index(drop=True),
        )
        if one.type == "float":
            assert np.allclose(left, right, rtol=rel, atol=0, equal_nan=True), one.name
        else:
            pd.testing.assert_series_equal(left, right, check_names=False, obj=one.name)


def same_shapes(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, tolerance: float = 0.0) -> None:
    assert after.crs == before.crs
    for left, right in zip(before.geometry, after.geometry, strict=True):
        if left is None or left.is_empty:
            assert right is None
            continue
        assert shapely.equals_exact(normal(left), normal(right), tolerance)


def normal(shape: Any) -> Any:
    """Return a shape so that one part in a collection is that part, and rings begin alike."""
    parts = shapely.get_parts(shape)
    return shapely.normalize(parts[0] if len(parts) == 1 else shape)


def of_codes(found: list[dict[str, Any]]) -> set[str]:
    return {row["code"] for row in found}


FEW = {"max_examples": 10}


@settings(**FEW)
@given(frame=parcel_frames())
def test_a_geopackage_comes_back_as_it_went(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("out") / "a.gpkg"
    write(frame, "parcels", path)
    again = read(path, "parcels").frame
    same(frame, again, "parcels")
    same_shapes(frame, again)
    others = gpd.read_file(path)
    assert others["parcel_id"].tolist() == frame["parcel_id"].tolist()
    assert (
        others["stated_area_mu"].fillna(-1).tolist() == frame["stated_area_mu"].fillna(-1).tolist()
    )
    assert pyogrio.read_info(path)["dataset_metadata"]["edition"].startswith("内部版")


@settings(**FEW)
@given(frame=parcel_frames(), encoding=st.sampled_from(["gb18030", "utf-8"]))
def test_a_shapefile_comes_back_as_it_went(tmp_path_factory, frame, encoding):
    path = tmp_path_factory.mktemp("out") / "a.shp"
    write(frame, "parcels", path, encoding=encoding)
    again = read(path, "parcels").frame
    same(frame, again, "parcels")
    same_shapes(frame, again)
    others = gpd.read_file(path)  # GDAL by the .cpg alone
    assert others["team"].fillna("").tolist() == frame["team"].fillna("").tolist()
    assert others["stated_are"].fillna(-1).tolist() == frame["stated_area_mu"].fillna(-1).tolist()
    assert all(name.isascii() and len(name) <= 10 for name in others.columns)


@settings(**FEW)
@given(frame=parcel_frames())
def test_geojson_comes_back_as_it_went(tmp_path_factory, frame):
    path = tmp_path_factory.mktemp("out") / "a.geojson"
    assert "export_crs_named" in of_codes(write(frame, "parcels", path))
    again = read(path, "parcels").frame
    same(frame, again, "parcels")
    same_shapes(frame, again)
    assert gpd.read_file(path).crs.to_epsg() == frame.crs.to_epsg()


@settings(**FEW)
@given(frame=parcel_frames())
def test_a_workbook_comes_back_as_it_went(tmp_path_factory, frame):
    for language in ("zh", "en"):
        path = tmp_path_factory.mktemp("out") / "a.xlsx"
        assert of_codes(write(frame, "parcels", path, language=language)) == {"export_shapes_left"}
        again = read(path, "parcels").frame
        same(frame, again, "parcels", rel=1e-15)  # a spreadsheet keeps sixteen digits of a number


@settings(**FEW)
@given(frame=record_frames())
def test_records_come_back_from_every_table(tmp_path_factory, frame):
    folder = tmp_path_factory.mktemp("out")
    for form in ("gpkg", "geojson", "xlsx"):
        write(frame, "records", folder / f"a.{form}")
        again = read(folder / f"a.{form}", "records").frame
        same(frame, again, "records", rel=1e-15)
        if form != "xlsx":
            same_shapes(frame, again)


@settings(**FEW)
@given(frame=record_frames())
def test_a_layer_of_several_kinds_of_shapes_is_parted_and_no_row_is_lost(tmp_path_factory, frame):
    folder = tmp_path_factory.mktemp("out")
    found = write(frame, "records", folder / "a.shp")
    paths = sorted(folder.glob("*.shp"))
    drawn = frame.geometry.dropna().geom_type.str.replace("Multi", "").nunique()
    assert len(paths) == drawn
    assert ("export_split" in of_codes(found)) == (drawn > 1)
    assert ("export_without_shape" in of_codes(found)) == bool(frame.geometry.isna().any())
    again = pd.concat([read(path, "records").frame for path in paths], ignore_index=True)
    again = again.set_index("record_id").loc[frame["record_id"]].reset_index()
    same(frame, again, "records")
    same_shapes(frame, gpd.GeoDataFrame(again, crs=frame.crs))


@settings(**FEW)
@given(frame=parcel_frames(), encoding=st.sampled_from(["gb18030", "utf-8"]))
def test_coordinate_text_comes_back_as_far_as_it_goes(tmp_path_factory, frame, encoding):
    path = tmp_path_factory.mktemp("out") / "a.txt"
    write(frame, "parcels", path, encoding=encoding, parts="rings")
    reading = read(path, "parcels")
    again = reading.frame
    assert again["parcel_id"].tolist() == frame["parcel_id"].tolist()
    assert again["land_use"].fillna("").tolist() == frame["land_use"].fillna("").tolist()
    measured = (frame.area / 1e4).round(4) * 15
    stated = frame["stated_area_mu"].fillna(measured)
    given = stated > 5e-7  # what rounds to nothing says nothing
    if "area_unit_inferred" not in of_codes(reading.findings):  # an odd area fits another unit
        back = again["stated_area_mu"]
        assert np.allclose(back[given], stated[given], rtol=1e-12, atol=6e-7)
    millimetres = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy.round(3))
    same_shapes(frame.set_geometry(millimetres, crs=frame.crs), again, 1e-8)


@settings(**FEW)
@given(frame=parcel_frames(), encoding=st.sampled_from(["gb18030", "utf-8"]))
def test_a_drawing_has_every_ring_and_every_id(tmp_path_factory, frame, encoding):
    path = tmp_path_factory.mktemp("out") / "a.dxf"
    frame["team"] = frame["team"].where(frame["team"].str.contains("工作组"))
    write(frame, "parcels", path, encoding=encoding)
    drawing = ezdxf.readfile(path)
    audit = drawing.audit()
    assert not audit.errors
    assert not audit.fixes
    assert drawing.dxfversion == ("AC1024" if encoding == "utf-8" else "AC1018")
    assert drawing.header["$DWGCODEPAGE"] == ("ANSI_1252" if encoding == "utf-8" else "ANSI_936")
    rings: dict[tuple[str, int], list[Any]] = {}
    for one in drawing.modelspace().query("LWPOLYLINE"):
        assert one.closed
        (_, said), (_, part), (_, ring) = one.get_xdata("LANDGIS")
        rings.setdefault((said.removeprefix("id="), part), []).append((ring, list(one.vertices())))
        assert one.dxf.layer.startswith("扣除") == (ring > 1)
    shapes: dict[str, list[Any]] = {}
    for (said, _), drawn in sorted(rings.items()):
        outer, *holes = [corners for _, corners in sorted(drawn)]
        shapes.setdefault(said, []).append(shapely.Polygon(outer, holes))
    made = [shapely.MultiPolygon(shapes[one]) for one in frame["parcel_id"]]
    again = gpd.GeoDataFrame(geometry=made, crs=frame.crs)
    same_shapes(frame, again, 1e-6)
    labels = [one.dxf.text for one in drawing.modelspace().query("TEXT")]
    assert sorted(labels) == sorted(frame["parcel_id"])


def test_our_own_reader_takes_a_drawing_back(tmp_path):
    boxes = [shapely.box(E + 20 * k, N, E + 20 * k + 10, N + 10.5) for k in range(5)]
    ids = [f"530112001002JA0000{k}" for k in range(5)]
    frame = gpd.GeoDataFrame({"parcel_id": ids, "team": "第一组"}, geometry=boxes, crs=4526)
    write(conform(frame, "parcels"), "parcels", tmp_path / "a.dxf")
    again = read(tmp_path / "a.dxf", "parcels", crs="EPSG:4526").frame
    assert again["parcel_id"].tolist() == ids
    same_shapes(frame, again, 1e-6)
    hole = shapely.box(E + 2, N + 2, E + 4, N + 4)
    frame.loc[0, "geometry"] = shapely.Polygon(boxes[0].exterior, [hole.exterior])
    found = write(conform(frame, "parcels"), "parcels", tmp_path / "b.dxf")
    assert "export_holes_drawn" in of_codes(found)
    reading = read(tmp_path / "b.dxf", "parcels", crs="EPSG:4526")
    assert reading.frame["parcel_id"].tolist() == ids  # the hole is no parcel
    assert reading.notes["layers_left"] == {"扣除_第一组": 1}  # and that it was left is noted


# tables and their limits


@pytest.mark.parametrize("name", LAYERS)
def test_the_headings_of_a_workbook_are_read_as_the_columns_they_stand_for(name):
    layer = LAYERS[name]
    columns = columns_for(name, "internal")
    sent = {heading(one, layer, "zh"): one.name for one in columns}
    assert len(sent) == len(columns)
    plan = plan_columns(list(sent), name, source="a.xlsx", keep={})
    unread = {*SOURCE_COLUMNS, "source_id", "measured_m2", "household_basis"}
    wanted = {ours: said for said, ours in sent.items() if ours not in unread}
    if name != "findings":  # no source of anybody's
        assert plan.ours == wanted
    assert not plan.personal


@pytest.mark.parametrize("name", RESULTS)
def test_the_headings_of_a_result_differ_and_are_words(name):
    columns = columns_for(name, "internal")
    said = [heading(one, RESULTS[name], "zh") for one in columns]
    assert len(set(said)) == len(said)
    assert not [one for one in said if one.isascii()]


def test_short_names_are_ascii_and_never_meet():
    names = ["long_name_one", "long_name_two", "long_name_", "LONG_NAME_", "征收面积", "x"]
    short = short_names(names)
    assert list(short.values()) == [
        *("long_name_", "long_nam_2", "long_nam_3", "LONG_NAM_4", "____", "x")
    ]
    for layer in EXPORTS.values():
        own = short_names(layer.names)
        assert len({one.casefold() for one in own.values()}) == len(layer.columns)


def table(**columns: Any) -> gpd.GeoDataFrame:
    rows = len(next(iter(columns.values())))
    boxes = [shapely.box(E + 20 * k, N, E + 20 * k + 10, N + 10) for k in range(rows)]
    ids = {"parcel_id": [f"P{k}" for k in range(rows)]}
    return conform(gpd.GeoDataFrame(ids | columns, geometry=boxes, crs=4526), "parcels")


def dbf(path: Path) -> tuple[dict[str, tuple[str, int, int]], list[bytes], int]:
    """Return fields (kind, width, decimals), records and language byte of a table, by hand."""
    raw = path.read_bytes()
    rows, start, width = struct.unpack("<IHH", raw[4:12])
    fields = {}
    for at in range(32, start - 1, 32):
        name = raw[at : at + 11].split(b"\0")[0].decode("ascii")
        fields[name] = (chr(raw[at + 11]), raw[at + 16], raw[at + 17])
    records = [raw[start + width * k : start + width * (k + 1)] for k in range(rows)]
    assert raw[start + width * rows :] == b"\x1a"
    assert sum(size for _, size, _ in fields.values()) + 1 == width
    return fields, records, raw[29]


def test_the_bytes_of_a_shapefile_say_what_they_are(tmp_path):
    frame = table(
        village=["青石村", None], stated_area_mu=[1 / 3, None], agreed_on=["2022-09-01", None]
    )
    write(frame, "parcels", tmp_path / "a.shp")
    fields, records, language = dbf(tmp_path / "a.dbf")
    assert fields["village"] == ("C", 6, 0)
    assert fields["stated_are"] == ("N", 18, 15)
    assert fields["agreed_on"] == ("D", 8, 0)
    assert (language, (tmp_path / "a.cpg").read_text()) == (0x4D, "GBK")
    assert "青石村".encode("gbk") in records[0]
    assert b"0.3333333333333333" in records[0]
    assert b"20220901" in records[0]
    assert records[1].strip() == b"P1"
    assert "CGCS2000" in (tmp_path / "a.prj").read_text()
    for encoding, team, label, byte in (
        ("gb18030", "㙍𬭊", "GB18030", 0),
        ("utf-8", "青石", "UTF-8", 0),
    ):
        found = write(
            table(team=[team]), "parcels", tmp_path / f"{byte}{label}.shp", encoding=encoding
        )
        fields, records, language = dbf(tmp_path / f"{byte}{label}.dbf")
        assert team.encode(encoding) in records[0]
        assert (tmp_path / f"{byte}{label}.cpg").read_text() == label
        assert language == byte
        assert ("export_beyond_gbk" in of_codes(found)) == (label == "GB18030")


def test_what_the_fields_mean_stands_beside(tmp_path):
    write(table(team=["甲"], stated_area_mu=[1.5]), "parcels", tmp_path / "a.shp")
    book = openpyxl.load_workbook(tmp_path / "a_字段对照表.xlsx")
    rows = {row[0]: row for row in book["字段"].iter_rows(values_only=True)}
    assert rows["字段名"][:4] == ("字段名", "列名", "中文名", "类型")
    assert rows["stated_are"][:4] == ("stated_are", "stated_area_mu", "征收面积（亩）", "数字")
    fields, _, _ = dbf(tmp_path / "a.dbf")
    assert list(rows)[1:] == list(fields)
    notes = dict(row[:2] for row in book["说明"].iter_rows(values_only=True))
    assert notes["版本"].startswith("内部版")
    assert notes["坐标系"].startswith("EPSG:4526")
    assert notes["文字编码"] == "GBK"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize(
    "said", ["长" * 200, "a" * 255, "a" * 253 + "长", "末尾空格 ", "x" * 40_000]
)
def test_a_text_that_does_not_fit_stands_whole_beside(tmp_path, encoding, said):
    frame = table(team=["短", said])
    if len(said) > 32_767:
        with pytest.raises(OutputError, match="too long"):
            write(frame, "parcels", tmp_path / "a.shp", encoding=encoding)
        assert list(tmp_path.iterdir()) == []
        return
    found = write(frame, "parcels", tmp_path / "a.shp", encoding=encoding)
    told = next(row for row in found if row["code"] == "export_text_longer")
    assert json.loads(told["facts"])["count"] == 1
    book = openpyxl.load_workbook(tmp_path / "a_字段对照表.xlsx")
    assert [*book["长文本"].iter_rows(min_row=2, values_only=True)] == [(2, "P1", "team", said)]
    kept = read(tmp_path / "a.shp", "parcels").frame["team"][1]
    assert said.startswith(kept)
    assert len(kept.encode(encoding)) > 250 or kept == said.strip()


def test_whole_numbers_of_more_than_eighteen_digits_are_text(tmp_path):
    columns = [EXPORTS["parcels"].columns[0], landgis.base.schema.Column("n", "int")]
    frame = table(team=["a", "b", "c"]).assign(n=pd.array([10**18, None, -5], dtype="Int64"))
    written_now = exports_shapefile.write_shapefile(
        frame, columns, tmp_path / "a.shp", encoding="utf-8"
    )
    assert written_now.fields[1].kind == "C"
    assert gpd.read_file(tmp_path / "a.shp")["n"].fillna("").tolist() == [f"{10**18}", "", "-5"]
    short = frame.assign(n=pd.array([10**17, None, -5], dtype="Int64"))
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    exports_shapefile.write_shapefile(short, columns, tmp_path / "a.shp", encoding="utf-8")
    fields, records, _ = dbf(tmp_path / "a.dbf")
    assert fields["n"][0] == "N"
    assert records[1].strip() == b"P1"  # a missing number is blank, not zero
    assert gpd.read_file(tmp_path / "a.shp")["n"].tolist()[::2] == [10**17, -5]


def test_missing_numbers_are_said_where_some_are_there(tmp_path):
    found = write(table(stated_area_mu=[1.0, None]), "parcels", tmp_path / "a.shp")
    told = [json.loads(row["facts"]) for row in found if row["code"] == "export_numbers_missing"]
    assert told == [{"columns": "stated_are"}]


@pytest.mark.parametrize(("form", "limit"), [("shapefile", 200), ("dbf", 1000)])
def test_a_shapefile_beyond_two_gigabytes_is_refused(tmp_path, monkeypatch, form, limit):
    monkeypatch.setattr(exports_shapefile, "_MOST_BYTES", limit)
    if form == "dbf":
        monkeypatch.setattr(exports_shapefile, "_require_small", lambda _: None)
    with pytest.raises(OutputError, match=f"pass the limit of {form}"):
        write(table(team=["a" * 200] * 4), "parcels", tmp_path / "a.shp")
    assert list(tmp_path.iterdir()) == []


def test_a_collection_of_kinds_in_one_row_is_no_shapefile(tmp_path):
    frame = table(team=["a"])
    frame["geometry"] = [shapely.GeometryCollection([shapely.Point(E, N), frame.geometry[0]])]
    with pytest.raises(OutputError, match="no shapes that shapefile can hold"):
        write(frame, "parcels", tmp_path / "a.shp")


def test_no_cell_of_a_workbook_is_computed(tmp_path):
    evil = ["=1+1", "+86", "-x", "@SUM(A1)", "\t=2", "http://a.b", '=HYPERLINK("x")', "普通"]
    write(table(team=evil), "parcels", tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    cells = [row[heads.index("工作组")] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == evil
    assert {cell.data_type for cell in cells} == {"s"}
    assert [bool(cell.quotePrefix) for cell in cells] == [True] * 5 + [False, True, False]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        parts = {
            name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")
        }
    assert "<f>" not in parts["xl/worksheets/sheet1.xml"]
    assert not [name for name in parts if "externalLink" in name or "hyperlink" in parts[name]]


def test_a_workbook_has_days_as_days_ids_as_text_and_long_numbers_as_text(tmp_path):
    frame = table(surveyed_on=["2022-08-23", "1899-12-31"], stated_area_mu=[1.25, None])
    frame["parcel_id"] = ["5301120010020000001", "007"]
    write(frame, "parcels", tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    first, second = ([*row] for row in sheet.iter_rows(min_row=2))
    assert (first[0].value, first[0].data_type) == ("5301120010020000001", "s")
    assert (second[0].value, second[0].number_format) == ("007", "@")
    day = heads.index("调查日期")
    assert first[day].is_date
    assert f"{first[day].value:%Y-%m-%d}" == "2022-08-23"
    assert second[day].value == "1899-12-31"  # before Excel's calendar: text
    area = heads.index("征收面积（亩）")
    assert (first[area].value, second[area].value) == (1.25, None)
    measured = heads.index("量算面积（平方米）")
    assert first[measured].value == 100.0
    assert sheet.freeze_panes == "B2"


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("landgis.outputs.exports_workbook._MOST_ROWS", 2)
    with pytest.raises(OutputError, match="pass the limit of xlsx"):
        write(table(team=["a", "b", "c"]), "parcels", tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_geojson_in_degrees_is_rfc_7946(tmp_path):
    frame = table(team=["a"])
    hole = shapely.box(E + 2, N + 2, E + 4, N + 4)
    frame["geometry"] = [shapely.Polygon(frame.geometry[0].exterior, [hole.exterior])]
    found = write(frame, "parcels", tmp_path / "a.geojson", crs="EPSG:4490")
    assert "export_crs_equated" in of_codes(found)
    said = json.loads((tmp_path / "a.geojson").read_text("utf-8"))
    assert "crs" not in said
    assert said["metadata"]["edition"].startswith("内部版")
    outer, inner = said["features"][0]["geometry"]["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(inner).is_ccw
    assert all(round(one, 9) == one for point in outer for one in point)
    west, south, east, north = said["bbox"]
    assert 111 < west < east < 115
    assert 23 < south < north < 24
    again = read(tmp_path / "a.geojson", "parcels", crs="EPSG:4490").frame.to_crs(4526)
    assert shapely.hausdorff_distance(again.geometry[0], frame.geometry[0]) < 1e-3
    same = write(frame, "parcels", tmp_path / "b.geojson", crs="EPSG:4326")
    assert "export_crs_equated" in of_codes(same)
    assert json.loads((tmp_path / "b.geojson").read_text("utf-8"))["bbox"] == said["bbox"]


def test_an_old_datum_is_never_taken_for_wgs_84(tmp_path):
    frame = table(team=["a"]).set_crs(2362, allow_override=True)
    for crs in ("EPSG:4326", "EPSG:4490"):
        with pytest.raises(LandgisError):
            write(frame, "parcels", tmp_path / "a.geojson", crs=crs)
    assert list(tmp_path.iterdir()) == []


def test_a_custom_meridian_is_no_geojson_but_a_geopackage_keeps_it(tmp_path):
    wkt = "+proj=tmerc +lat_0=0 +lon_0=112.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    frame = table(team=["a"]).translate(-38e6)
    frame = gpd.GeoDataFrame({"parcel_id": ["P0"]}, geometry=frame.geometry.to_numpy(), crs=wkt)
    with pytest.raises(OutputError, match="EPSG number"):
        write(conform(frame, "parcels"), "parcels", tmp_path / "a.geojson")
    with pytest.raises(OutputError, match="no Gauss-Kruger zone"):
        write(conform(frame, "parcels"), "parcels", tmp_path / "a.txt")
    write(conform(frame, "parcels"), "parcels", tmp_path / "a.gpkg")
    assert gpd.read_file(tmp_path / "a.gpkg").crs == frame.crs


def test_rare_characters_are_refused_by_an_old_drawing(tmp_path):
    with pytest.raises(OutputError, match="--encoding utf-8"):
        write(table(team=["𬭊"]), "parcels", tmp_path / "a.dxf", encoding="gb18030")
    assert list(tmp_path.iterdir()) == []
    write(table(team=["𬭊/队"]), "parcels", tmp_path / "a.dxf")
    layers = {one.dxf.name for one in ezdxf.readfile(tmp_path / "a.dxf").layers}
    assert {"权属地块_𬭊_队", "权属地块_𬭊_队_注记"} <= layers


def test_text_for_county_tools_parts_its_parcels_unless_told_otherwise(tmp_path):
    frame = table(team=["a"], stated_area_mu=[3.0])
    both = shapely.MultiPolygon([frame.geometry[0], shapely.box(E + 50, N, E + 60, N + 10)])
    frame["geometry"] = [both]
    assert "text_parts_as_records" in of_codes(write(frame, "parcels", tmp_path / "a.txt"))
    assert read(tmp_path / "a.txt", "parcels").frame["parcel_id"].tolist() == ["P0_1", "P0_2"]
    found = write(frame, "parcels", tmp_path / "b.txt", parts="rings")
    assert {"text_parts_as_rings", "export_columns_not_held"} <= of_codes(found)
    assert read(tmp_path / "b.txt", "parcels").frame["parcel_id"].tolist() == ["P0"]


# several files as one


def test_files_that_belong_together_change_together_or_not_at_all(tmp_path, monkeypatch):
    write(table(team=["alt"]), "parcels", tmp_path / "a.shp")
    (tmp_path / "a.qix").write_bytes(b"stale index")
    before = everything(tmp_path)
    with pytest.raises(OutputError, match=r"a\.shp is there already"):
        write(table(team=["neu"]), "parcels", tmp_path / "a.shp")
    assert everything(tmp_path) == before

    rename = Path.replace

    def refuse(self: Path, target: Any) -> Path:
        if self == tmp_path / "a.dbf":
            raise PermissionError(13, "in use", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match=r"a\.dbf: cannot be written"):
        write(table(team=["neu"]), "parcels", tmp_path / "a.shp", replace=True)
    assert everything(tmp_path) == before
    monkeypatch.undo()
    write(table(team=["neu"]), "parcels", tmp_path / "a.shp", replace=True)
    assert not (tmp_path / "a.qix").exists()
    assert read(tmp_path / "a.shp", "parcels").frame["team"].tolist() == ["neu"]


def test_a_shapefile_that_is_parted_now_leaves_no_old_whole_behind(tmp_path):
    write(table(team=["alt"]), "parcels", tmp_path / "a.shp")
    boxes = [shapely.box(E, N, E + 1, N + 1), shapely.Point(E, N)]
    mixed = gpd.GeoDataFrame({"record_id": ["1", "2"], "kind": "house"}, geometry=boxes, crs=4526)
    write(conform(mixed, "records"), "records", tmp_path / "a.shp", replace=True)
    left = {one.name for one in tmp_path.iterdir()}
    kinds = {
        f"a_{kind}.{end}" for kind in ("polygon", "point") for end in "shp shx dbf prj cpg".split()
    }
    assert left == kinds | {"a_字段对照表.xlsx"}


def test_a_crash_while_writing_leaves_nothing_behind(tmp_path):
    def crash(beside: Path) -> None:
        beside.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"a\.gpkg: cannot be written"):
        write_together(tmp_path / "a.gpkg", crash, replace=False)
    assert list(tmp_path.iterdir()) == []


# editions


def test_every_edition_holds_less_than_the_one_before():
    for name in EXPORTS:
        internal, village, public = (held(name, edition) for edition in EDITIONS)
        assert public <= village <= internal
        assert internal >= set(EXPORTS[name].names)


def held(name: str, edition: str) -> set[str]:
    """Return the columns of an edition, none where it does not hold the layer."""
    try:
        return {one.name for one in columns_for(name, edition)}
    except OutputError:
        return set()


def test_columns_left_out_are_named_as_a_reader_knows_them():
    days = [pd.Timestamp("2023-04-30")]
    frame = gpd.GeoDataFrame(
        {"project_id": ["P01"], "corridor": ["blocker"], "power_relocated_by": days, "x7": [1]},
        geometry=[shapely.box(E, N, E + 1, N + 1)],
        crs=4526,
    )
    for language, names in (
        ("zh", "高压线处理、线路迁改时限、x7"),
        ("en", "corridor, power_relocated_by, x7"),
    ):
        (row,) = prepare("projects", frame, edition="public", language=language).findings
        assert names in landgis.base.findings.sentence(row, language)


def test_the_public_edition_holds_no_row_of_a_person_and_no_power_line():
    for name in (
        *("parcels", "records", "power_lines", "protection_zones", "pieces", "links", "findings"),
        *("resettlements", "grievances", "issues", "daily_reports", "clean_parcels", "funds"),
    ):
        with pytest.raises(OutputError, match="does not hold"):
            columns_for(name, "public")
    for name in EXPORTS:
        for edition in ("village", "public"):
            own = held(name, edition)
            assert not own & {*SOURCE_COLUMNS, "source_id", "team", "household_basis", "feedback"}
            assert edition == "village" or "household" not in own
            assert not own & {"disputed_from", "disputed_to"}


def test_a_column_that_nobody_listed_goes_nowhere(tmp_path):
    frame = table(team=["甲"]).assign(负责人="张三", source_id="P0")
    export = prepare("parcels", frame, edition="internal", language="zh")
    assert "负责人" not in export.frame.columns
    told = [json.loads(row["facts"]) for row in export.findings]
    assert told == [{"columns": "负责人", "edition": "internal"}]
    village = prepare("parcels", frame, edition="village", language="zh")
    assert {"team", "source_id", "source_file"}.isdisjoint(village.frame.columns)
    for form in ("gpkg", "geojson", "shp", "xlsx", "dxf", "txt"):
        write(frame, "parcels", tmp_path / form / f"a.{form}", edition="village")
    assert "张三".encode() not in b"".join(everything(tmp_path).values())
    assert "张三".encode("gbk") not in b"".join(everything(tmp_path).values())


def progress_rows(*rows: tuple[str | None, str | None, str, float | None]) -> pd.DataFrame:
    """Rows of progress: project, team, indicator (its unit is that of graves or mu), task."""
    return pd.DataFrame(
        {
            "project_id": pd.Series([row[0] for row in rows], dtype="str"),
            "block_id": pd.Series([None] * len(rows), dtype="str"),
            "team": pd.Series([row[1] for row in rows], dtype="str"),
            "indicator": [row[2] for row in rows],
            "unit": ["mu" if row[2] == "land" else "grave" for row in rows],
            "task": [row[3] for row in rows],
            "done": 1.0,
            "left": 1.0,
            "rate": 0.5,
        }
    )


def test_small_counts_are_not_shown_nor_to_be_told_from_the_sum():
    table = progress_rows(
        ("P1", None, "grave", 2.0),
        ("P2", None, "grave", 3.0),
        (None, None, "grave", 5.0),
        (None, "第一组", "grave", 5.0),
        ("P1", None, "land", 1.0),
        (None, None, "land", 1.0),
    )
    shown, hidden = suppress_small(table)
    assert hidden == 2  # the two graves, and the sum, from which they could be told
    assert shown["team"].isna().all()
    assert shown["task"].fillna(-1).tolist() == [-1, 3, -1, 1, 1]
    assert shown["rate"].fillna(-1).tolist() == [-1, 0.5, -1, 0.5, 0.5]
    several = progress_rows(
        ("P1", None, "grave", 2.0), ("P2", None, "grave", 1.0), (None, None, "grave", 3.0)
    )
    shown, hidden = suppress_small(several)
    assert shown["task"].fillna(-1).tolist() == [-1, -1, 3]
    assert hidden == 2
    nothing = progress_rows(("P1", None, "grave", 0.0), ("P2", None, "grave", None))
    assert suppress_small(nothing)[1] == 0


def test_who_works_where_leaves_with_the_team(tmp_path):
    table = progress_rows(("P1", None, "grave", 9.0), (None, "第一组", "grave", 9.0))
    for edition, rows in (("internal", 2), ("village", 1), ("public", 1)):
        write(table, "progress", tmp_path / f"{edition}.xlsx", edition=edition)
        sheet = openpyxl.load_workbook(tmp_path / f"{edition}.xlsx").active
        assert sheet.max_row == 1 + rows
        assert ("工作组" in {cell.value for cell in sheet[1]}) == (edition == "internal")


# the command


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


def test_the_name_says_whose_what_which_edition_and_when(capsys, county):
    said = answered(capsys, "export", county, "parcels")
    assert [Path(one).name for one in said["files"]] == ["试点县_权属地块_内部_20221014.gpkg"]
    assert Path(said["files"][0]).parent == county / "out"
    assert said["tables"]["export"] == [
        {"layer": "parcels", "rows": 8, "format": "gpkg", "edition": "internal"}
    ]
    said = answered(
        capsys, "export", county, "权属地块", "--format", "xlsx", "--edition", "village",
        "--project", "P01",
    )  # fmt: skip
    assert [Path(one).name for one in said["files"]] == ["P01_权属地块_公示_20221014.xlsx"]
    assert said["tables"]["export"][0]["rows"] == 8
    assert said["exit_code"] == 0


def test_every_layer_and_result_goes_into_every_format_or_says_why_not(
    capsys, county, tmp_path, monkeypatch
):
    """And nothing that was dropped at reading is in any of the files."""
    campaign = landgis.open_campaign(county)
    assessed = landgis.workflow.assess(campaign)
    monkeypatch.setattr(exports, "opened", lambda *_: (campaign, ()))
    monkeypatch.setattr(exports, "recorded", lambda *_, **__: ())
    monkeypatch.setattr(export_frames, "assess", lambda *_, **__: assessed)
    rows: dict[str, int] = {}
    for name in EXPORTS:
        for form in FORMATS:
            out = tmp_path / "out" / name / f"{name}.{form}"
            told = call(capsys, "export", county, name, out, "--json")
            said = json.loads(told.out)
            if told.code == 2:
                assert said["error"]["code"] in (
                    *("export_empty", "export_without_shapes"),
                    *("text_needs_polygons", "text_nothing_to_write"),
                )
                assert not out.exists()
                continue
            assert said["error"] is None
            rows.setdefault(name, said["tables"]["export"][0]["rows"])
            assert rows[name] == said["tables"]["export"][0]["rows"]
    assert rows["parcels"] == 8
    assert {"links", "pieces", "clean_projects", "progress", "findings"} <= set(rows)
    for name, count in rows.items():
        again = pyogrio.read_dataframe(tmp_path / "out" / name / f"{name}.gpkg", layer=name)
        assert len(again) == count
    raw = b"".join(everything(tmp_path / "out").values())
    for path in (tmp_path / "out").rglob("*.xlsx"):
        with zipfile.ZipFile(path) as book:
            raw += b"".join(book.read(one) for one in book.namelist())
    for person in PERSON:
        for encoding in ("utf-8", "gbk", "utf-16-le"):
            assert person.encode(encoding) not in raw


def test_results_say_in_words_what_they_found(capsys, county, tmp_path):
    call(capsys, "export", county, "pieces", tmp_path / "p.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "p.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    states = {row[heads.index("状态")] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert states <= {"净地", "受限", "未净", "除外"}
    call(capsys, "export", county, "findings", tmp_path / "f.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    first = next(sheet.iter_rows(min_row=2, values_only=True))
    assert len(first[heads.index("说明")]) > 5


def test_the_areas_of_clean_land_are_those_that_the_command_tells(capsys, county, tmp_path):
    told = answered(capsys, "clean-land", county)["tables"]["projects"]
    call(capsys, "export", county, "clean_projects", tmp_path / "c.gpkg")
    frame = gpd.read_file(tmp_path / "c.gpkg")
    assert frame["clean_m2"].tolist() == [row["clean_m2"] for row in told]
    assert frame["verdict"].tolist() == [row["verdict"] for row in told]
    call(capsys, "export", county, "pieces", tmp_path / "p.gpkg")
    pieces = gpd.read_file(tmp_path / "p.gpkg")
    assert pieces.area.sum() == pytest.approx(frame["area_m2"].sum())
    assert pieces["piece_id"].is_unique


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("export", "{}", "nonsense"), "There is no layer or result nonsense"),
        (("export", "{}"), "landgis export CAMPAIGN LAYER"),
        (("export", "{}", "parcels", "a.doc"), "this kind of file cannot be written"),
        (("export", "{}", "parcels", "a.gpkg", "--format", "shp"), "is not that of --format shp"),
        (("export", "{}", "parcels", "--format", "dwg"), "gpkg, shp, txt, dxf, xlsx, geojson"),
        (("export", "{}", "parcels", "--edition", "secret"), "internal, village, public"),
        (("export", "{}", "parcels", "--edition", "public"), "public edition does not hold"),
        (("export", "{}", "parcels", "--project", "P99"), "P99"),
        (("export", "{}", "issues"), "has no rows"),
        (("export", "{}", "progress", "a.shp"), "no shapes that shapefile can hold"),
        (("export", "{}", "parcels", "a.xlsx", "--encoding", "utf-8"), "--encoding means nothing"),
        (("export", "{}", "parcels", "a.gpkg", "--parts", "rings"), "--parts means nothing"),
        (("export", "{}", "parcels", "--crs", "EPSG:99"), "EPSG:99"),
        (("export", "{}", "parcels", "--as-of", "2999-01-01"), "2999"),
        (("export", "{}/parcels.gpkg", "a.txt"), "--layer parcels"),
        (("export", "{}/parcels.gpkg", "a.txt", "--layer", "links"), "--layer parcels"),
        (("export", "{}/missing.gpkg", "a.txt", "--layer", "parcels"), "missing.gpkg"),
    ],
)
def test_refusals_are_one_line(capsys, county, tmp_path, monkeypatch, words, line):
    monkeypatch.chdir(tmp_path)
    said = refused(capsys, *(one.format(county) for one in words), "--language", "en")
    assert line in said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["county"]


def test_nothing_is_written_over_unless_told(capsys, county, tmp_path):
    out = tmp_path / "a.xlsx"
    assert call(capsys, "export", county, "parcels", out).code == 0
    first = out.read_bytes()
    assert "--replace" in refused(capsys, "export", county, "parcels", out)
    assert out.read_bytes() == first
    assert call(capsys, "export", county, "tasks", out, "--replace").code == 2  # no rows: kept
    assert out.read_bytes() == first
    assert call(capsys, "export", county, "parcels", out, "--replace").code == 0


def test_a_file_of_a_surveyor_becomes_another_kind_of_file(capsys, county, tmp_path):
    out = tmp_path / "red.txt"
    source = county / "parcels.gpkg"
    said = answered(capsys, "export", source, out, "--layer", "parcels")
    assert said["exit_code"] == 0
    again = read(out, "parcels").frame
    assert again["parcel_id"].tolist() == [f"A{k}" for k in range(8)]
    assert again.area.tolist() == pytest.approx([10_000.0] * 8)
    back = tmp_path / "back.shp"
    assert call(capsys, "export", out, back, "--layer", "parcels").code == 0
    assert gpd.read_file(back).area.tolist() == pytest.approx([10_000.0] * 8)


def test_a_row_that_could_not_be_read_is_said_and_makes_the_exit_code(capsys, tmp_path):
    boxes = [shapely.box(E, N, E + 1, N + 1), shapely.box(E + 5, N, E + 6, N + 1)]
    frame = gpd.GeoDataFrame(
        {"宗地代码": ["A", "B"], "面积": ["1.5", "约莫"]}, geometry=boxes, crs=4526
    )
    frame.to_file(tmp_path / "a.gpkg")
    said = answered(capsys, "export", tmp_path / "a.gpkg", tmp_path / "b.shp", "--layer", "parcels")
    assert said["exit_code"] == 1
    assert "row_rejected" in {row["code"] for row in said["findings"]}
    assert said["tables"]["export"][0]["rows"] == 1


def test_everything_that_is_said_is_said_in_both_languages(tmp_path):
    frame = table(team=["甲" * 200, "㙍"], stated_area_mu=[1.0, None])
    frame.loc[1, "geometry"] = None
    found = write(frame.assign(x="1"), "parcels", tmp_path / "a.shp")
    found += write(frame, "parcels", tmp_path / "a.dxf")
    found += write(frame, "parcels", tmp_path / "a.txt")
    found += write(frame, "parcels", tmp_path / "a.geojson")
    assert len(of_codes(found)) > 8
    for row in found:
        for language in text.LANGUAGES:
            said = landgis.base.findings.sentence(row, language)
            assert "{" not in said
            assert len(landgis.base.findings.title(row["code"], language)) > 2
