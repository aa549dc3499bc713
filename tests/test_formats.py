"""The rarer formats: KML and KMZ, file geodatabases, FlatGeobuf, GeoParquet, GeoJSON lines."""

from __future__ import annotations

import http.server
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from handed_over import EAST, NORTH, codes, require_one_line, square, write_shapefile

from landgis.base.errors import SourceError
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.vector import salvage
from landgis.io.vector.kml import open_kml, read_folder
from landgis.io.vectors import list_layers, read_vector
from landgis.workflow.begin import new
from landgis.workflow.sources import READERS, files_of

SHAPES = [square(), square(EAST + 200)]
CELLS = {
    "地块编号": ["001", "002"],
    "村": ["青石村", "柳湾村"],
    "征收面积（亩）": [15.0, 7.5],
    "户主": ["张三", "李四"],
}


def read(path: Path, role: str = "parcels", **options: object) -> Reading:
    chosen = SourceOptions(path=path.name, **options)  # type: ignore[arg-type]
    return READERS[path.suffix.lower()](path, role, chosen)


def refusal(path: Path, role: str = "parcels", **options: object) -> SourceError:
    with pytest.raises(SourceError) as error:
        read(path, role, **options)
    require_one_line(error.value)
    return error.value


def parcels(crs: int = 4526) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(CELLS, geometry=SHAPES, crs=4526).to_crs(crs)


# Each format holds the same.


def written(folder: Path, suffix: str) -> Path:
    path = folder / f"a{suffix}"
    drivers = {".gdb": "OpenFileGDB", ".fgb": "FlatGeobuf", ".gpkg": "GPKG"}
    if suffix in drivers:
        pyogrio.write_dataframe(parcels(), path, driver=drivers[suffix])
    elif suffix == ".geojsonl":
        pyogrio.write_dataframe(parcels(4490), path, driver="GeoJSONSeq")
    elif suffix == ".geoparquet":
        parcels().to_parquet(path, geometry_encoding="geoarrow")
    else:
        parcels().to_parquet(path, write_covering_bbox=True)
    return path


@pytest.mark.parametrize(
    ("suffix", "driver"),
    [
        (".gdb", "OpenFileGDB"),
        (".fgb", "FlatGeobuf"),
        (".parquet", "Parquet"),
        (".geoparquet", "Parquet"),
        (".geojsonl", "GeoJSONSeq"),
        (".gpkg", "GPKG"),
    ],
)
def test_what_was_written_is_read(tmp_path, suffix, driver):
    reading = read(written(tmp_path, suffix))
    frame = reading.frame.sort_values("parcel_id")  # FlatGeobuf sorts by place
    assert frame["parcel_id"].tolist() == ["001", "002"]
    assert frame["village"].tolist() == ["青石村", "柳湾村"]
    assert frame["stated_area_mu"].tolist() == [15.0, 7.5]
    assert sorted(frame["source_row"]) == [1, 2]
    assert frame.crs.to_epsg() == (4490 if suffix == ".geojsonl" else 4526)
    assert frame.to_crs(4526).area.tolist() == pytest.approx([10_000, 10_000], abs=2)
    assert reading.notes["driver"] == driver
    assert "张三" not in str(frame.to_dict()) + str(reading.findings) + str(reading.notes)
    assert "personal_dropped" in codes(reading.findings)


def test_a_geodatabase_is_a_folder_and_several_layers_are_a_question(tmp_path):
    path = written(tmp_path, ".gdb")
    pyogrio.write_dataframe(parcels(), path, driver="OpenFileGDB", layer="第二", append=True)
    assert 'layer = "a"' in str(refusal(path))
    assert read(path, layer="第二").frame["source_sheet"].tolist() == ["第二"] * 2
    assert len(read(path, layer="*").frame) == 4
    assert [name for name, _ in list_layers(path, "a.gdb")] == ["a", "第二"]
    (tmp_path / "b.gdb").write_text("x")
    assert refusal(tmp_path / "b.gdb").code == "file_not_what_it_says"
    (tmp_path / "c.gdb").mkdir()
    assert refusal(tmp_path / "c.gdb").code == "file_unreadable"


def test_a_geodatabase_zipped_with_its_folder_or_without(tmp_path):
    parts = sorted(written(tmp_path, ".gdb").iterdir())
    for name, folder in (("宗地.gdb.zip", "宗地.gdb/"), ("宗地.zip", "")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for one in parts:
                archive.write(one, f"{folder}{one.name}")
        reading = read(tmp_path / name)
        assert reading.frame["parcel_id"].tolist() == ["001", "002"]
        assert reading.notes["member"] == "宗地.gdb"


def test_a_folder_that_is_a_source_is_found_by_name_and_pattern(tmp_path):
    written(tmp_path, ".gdb")
    from landgis.campaign import LayerSource

    for said in ("a.gdb", "*.gdb"):
        found = files_of(LayerSource(path=said), "parcels", tmp_path)
        assert [one.name for one in found] == ["a.gdb"]
    written(tmp_path, ".fgb")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(tmp_path / "a.fgb", "宗地.fgb")
    found = files_of(LayerSource(path="*"), "parcels", tmp_path)
    assert [one.name for one in found] == ["a.fgb", "a.gdb", "b.zip"]
    begun = new(tmp_path)
    assert sorted(begun.roles["source_file"]) == ["a.fgb", "a.gdb", "b.zip"]


# GeoParquet.


def with_geo(path: Path, change: dict[str, object | None]) -> Path:
    """Write a GeoParquet whose column has other metadata; None takes a key out."""
    parcels(4490).to_parquet(path)
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    own = geo["columns"]["geometry"]
    for key, value in change.items():
        own.pop(key, None)
        own |= {} if value is None else {key: value}
    table = table.replace_schema_metadata({b"geo": json.dumps(geo).encode()})
    pq.write_table(table, path)
    return path


def test_a_geoparquet_without_crs_is_in_degrees_of_wgs84_and_null_means_unknown(tmp_path):
    assert (
        read(with_geo(tmp_path / "a.parquet", {"crs": None})).frame.crs.to_string() == "OGC:CRS84"
    )
    path = with_geo(tmp_path / "b.parquet", {})
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    geo["columns"]["geometry"]["crs"] = None
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(geo).encode()}), path)
    reading = read(path)
    assert "crs_inferred" in codes(reading.findings)
    assert reading.frame.crs.to_epsg() == 4490


def test_a_plain_parquet_is_a_table_without_shapes(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"户编号": ["H1"], "人数": [4]}).to_parquet(path)
    assert read(path, "resettlements", household_key=b"k" * 32).frame["persons"].tolist() == [4]
    assert list_layers(path, "a.parquet") == [("a", None)]
    pd.DataFrame(CELLS).to_parquet(path)
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["001", "002"]
    assert [row["code"] for row in reading.findings].count("geometry_missing") == 2


def test_cells_that_a_frame_cannot_hold_are_text_or_left_out(tmp_path):
    path = tmp_path / "a.parquet"
    parcels().to_parquet(path)
    table = pq.read_table(path)
    extra = {
        "组": pa.array(["一组", "二组"]).dictionary_encode(),
        "面积": pa.array([15, None], pa.decimal128(10, 2)),
        "协议签订日期": pa.array([0, 86_400_000_000], pa.timestamp("us", tz="UTC")),
        "照片": pa.array([b"\x89PNG", None]),
        "多个": pa.array([[1], []], pa.list_(pa.int64())),
    }
    table = table.drop_columns(["征收面积（亩）"])
    for name, cells in extra.items():
        table = table.append_column(name, cells)
    pq.write_table(table, path)
    reading = read(path)
    assert reading.frame["group"].tolist() == ["1组", "2组"]
    assert reading.frame["stated_area_mu"].iloc[0] == 15.0
    assert reading.frame["agreed_on"].astype(str).tolist() == ["1970-01-01", "1970-01-02"]
    assert reading.notes["columns_nested"] == ["照片", "多个"]


def test_a_broken_row_group_costs_its_rows_and_none_vanishes(tmp_path):
    path = tmp_path / "a.parquet"
    rows = 400
    shapes = shapely.box(EAST + np.arange(rows), NORTH, EAST + np.arange(rows) + 1, NORTH + 1)
    frame = gpd.GeoDataFrame(
        {"parcel_id": [f"P{k}" for k in range(rows)]}, geometry=shapes, crs=4526
    )
    frame.to_parquet(path, row_group_size=100, compression="zstd")
    raw = bytearray(path.read_bytes())
    at = pq.ParquetFile(path).metadata.row_group(1).column(1).data_page_offset
    raw[at : at + 20] = b"\xff" * 20
    path.write_bytes(bytes(raw))
    with pytest.raises((OSError, pa.ArrowException)):
        gpd.read_parquet(path)
    reading = read(path)
    assert reading.rows_read == rows
    assert reading.rejected["source_row"].tolist() == list(range(101, 201))
    assert set(reading.rejected["reason"]) == {"record_unreadable"}
    assert reading.frame["parcel_id"].iloc[100] == "P200"


@pytest.mark.parametrize(
    "geo",
    [b"no json", b"[]", b"{}", b'{"primary_column": "geometry", "columns": {}}', b"[" * 100_000],
)
def test_metadata_that_make_no_sense_are_one_line(tmp_path, geo):
    path = tmp_path / "a.parquet"
    parcels().to_parquet(path)
    pq.write_table(pq.read_table(path).replace_schema_metadata({b"geo": geo}), path)
    assert refusal(path).code == "file_unreadable"


# KML.

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
RING = "114.1,23.1,5 114.101,23.1,5 114.101,23.101,5 114.1,23.101,5 114.1,23.1,5"


def ring(coordinates: str = RING, boundary: str = "outerBoundaryIs") -> str:
    inner = f"<LinearRing><coordinates>{coordinates}</coordinates></LinearRing>"
    return f"<{boundary}>{inner}</{boundary}>"


def placemark(name: str, shape: str = f"<Polygon>{ring()}</Polygon>", more: str = "") -> str:
    return f"<Placemark><name>{name}</name>{more}{shape}</Placemark>"


def folder(name: str, *placemarks: str) -> str:
    return f"<Folder><name>{name}</name>{''.join(placemarks)}</Folder>"


def kml(path: Path, *body: str, head: str = HEAD, encoding: str = "utf-8") -> Path:
    text = f"{head}<Document><name>手机</name>{''.join(body)}</Document></kml>"
    path.write_bytes(text.encode(encoding))
    return path


def extended(**cells: str) -> str:
    rows = "".join(
        f'<Data name="{name}"><value>{cell}</value></Data>' for name, cell in cells.items()
    )
    return f"<ExtendedData>{rows}</ExtendedData>"


def test_names_and_extended_data_are_cells_and_heights_are_dropped(tmp_path):
    schema = (
        '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="村">柳湾村</SimpleData>'
        '<SimpleData name="征收面积（亩）">7.5</SimpleData></SchemaData></ExtendedData>'
    )
    path = kml(
        tmp_path / "a.kml",
        '<Schema name="s" id="s"><SimpleField type="string" name="村"/></Schema>',
        placemark("001", more=extended(村="青石村", 户主="张三")),
        placemark("002", more=schema),
        placemark("003"),
    )
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["001", "002", "003"]
    assert reading.frame["village"].fillna("-").tolist() == ["青石村", "柳湾村", "-"]
    assert reading.frame["stated_area_mu"].iloc[1] == 7.5
    assert reading.frame.crs.to_epsg() == 4326
    assert not reading.frame.has_z.any()
    assert reading.frame.geometry.iloc[0].equals(shapely.box(114.1, 23.1, 114.101, 23.101))
    assert {"names_as_ids", "personal_dropped"} <= codes(reading.findings)
    assert "张三" not in str(reading.frame.to_dict()) + str(reading.findings)
    # GDAL turns the names of <Data> into underscores: why there is a reader of our own
    kml(tmp_path / "b.kml", placemark("1", more=extended(村="青石村", 组="1组")))
    assert pyogrio.read_info(tmp_path / "b.kml")["fields"].tolist().count("___") == 1


def test_names_that_are_no_codes_stay_names(tmp_path):
    people = read(kml(tmp_path / "a.kml", placemark("001"), placemark("张三家")))
    assert people.frame["parcel_id"].isna().all()
    assert people.notes["columns_unused"] == ["name", "folder"]
    assert "张三" not in str(people.frame.to_dict()) + str(people.findings) + str(people.notes)
    mapped = read(tmp_path / "a.kml", columns={"name": "parcel_id"})
    assert mapped.frame["parcel_id"].tolist() == ["001", "张三家"]
    own = read(kml(tmp_path / "b.kml", placemark("7", more=extended(地块编号="P-1"))))
    assert own.frame["parcel_id"].tolist() == ["P-1"]


def test_descriptions_are_free_text_and_not_read(tmp_path):
    table = "<!DOCTYPE html><table><tr><td>户主</td><td>张三</td></tr></table>"
    page = f"<description><![CDATA[{table}]]></description>"
    reading = read(kml(tmp_path / "a.kml", placemark("1", more=page)))
    assert "free_text_dropped" in codes(reading.findings)
    assert "张三" not in str(reading.frame.to_dict()) + str(reading.findings) + str(reading.notes)


def test_shapes_of_every_kind(tmp_path):
    hole = "114.1002,23.1002 114.1004,23.1002 114.1004,23.1004 114.1002,23.1002"
    shapes = {
        "hole": f"<Polygon>{ring()}{ring(hole, 'innerBoundaryIs')}</Polygon>",
        "blanks": f"<Polygon>{ring(RING.replace(',', ', '))}</Polygon>",
        "lines": f"<Polygon>{ring(RING.replace(' ', chr(10)))}</Polygon>",
        "open": f"<Polygon>{ring(RING.rsplit(' ', 1)[0])}</Polygon>",
        "parts": f"<MultiGeometry><Polygon>{ring()}</Polygon><MultiGeometry><Polygon>"
        f"{ring(RING.replace('114.', '115.'))}</Polygon></MultiGeometry></MultiGeometry>",
        "label": "<MultiGeometry><Point><coordinates>114.1,23.1</coordinates></Point>"
        f"<Polygon>{ring()}</Polygon></MultiGeometry>",
        "none": "",
        "empty": f"<Polygon>{ring('')}</Polygon>",
    }
    reading = read(kml(tmp_path / "a.kml", *(placemark(name, one) for name, one in shapes.items())))
    box = shapely.box(114.1, 23.1, 114.101, 23.101)
    triangle = shapely.Polygon([tuple(map(float, one.split(","))) for one in hole.split()])
    wanted = {
        "hole": box - triangle,
        "parts": shapely.MultiPolygon([box, shapely.box(115.1, 23.1, 115.101, 23.101)]),
        "none": None,
        "empty": None,
    }
    for name, shape in zip(shapes, reading.frame.geometry, strict=True):
        expected = wanted.get(name, box)
        assert shape is None if expected is None else shape.equals(expected), name
    open_rings = [row["source_row"] for row in reading.findings if row["code"] == "ring_not_closed"]
    assert open_rings == [4]
    others = kml(
        tmp_path / "b.kml",
        placemark("1", "<Point><coordinates>114.1,23.1,7</coordinates></Point>"),
        placemark("2", "<LineString><coordinates>114,23 114.1,23.1</coordinates></LineString>"),
    )
    kinds = read(others, "records", kind="house").frame.geom_type.tolist()
    assert kinds == ["Point", "LineString"]


@pytest.mark.parametrize(
    ("coordinates", "reason"),
    [
        ("114.1，23.1 114.2，23.1 114.2，23.2", "geometry_unreadable"),  # full-width commas
        ("114.1,abc 114.2,23.1 114.2,23.2", "geometry_unreadable"),
        ("114.1 23.1 114.2 23.1 114.2 23.2", "geometry_unreadable"),
        ("114.1,23.1 114.2,nan 114.2,23.2", "geometry_unreadable"),
        ("114.1,23.1 1e999,23.1 114.2,23.2", "geometry_unreadable"),
        ("114.1,23.1,0,0 114.2,23.1,0,0 114.2,23.2,0,0", "geometry_unreadable"),
        ("114.1,23.1 114.2,23.1 114.1,23.1", "ring_without_area"),
    ],
)
def test_a_broken_shape_costs_its_placemark(tmp_path, coordinates, reason):
    shape = f"<Polygon>{ring(coordinates)}</Polygon>"
    reading = read(kml(tmp_path / "a.kml", placemark("1", shape), placemark("2")))
    assert reading.frame["parcel_id"].tolist() == ["2"]
    assert reading.rejected[["source_row", "reason"]].values.tolist() == [[1, reason]]


def test_a_broken_placemark_costs_itself_and_a_cut_file_its_last(tmp_path):
    good = [placemark(str(at)) for at in range(1, 4)]
    text = kml(tmp_path / "a.kml", *good).read_text(encoding="utf-8")
    (tmp_path / "a.kml").write_text(text.replace("<name>2<", "<name>2 & 3<"), encoding="utf-8")
    reading = read(tmp_path / "a.kml")
    assert reading.frame["parcel_id"].tolist() == ["1", "3"]
    assert reading.rejected[["source_row", "reason"]].values.tolist() == [[2, "record_unreadable"]]
    (tmp_path / "b.kml").write_text(text[: text.index("</Placemark>", text.index(">3<")) - 20])
    cut = read(tmp_path / "b.kml")
    assert cut.frame["parcel_id"].tolist() == ["1", "2"]
    assert cut.rejected["source_row"].tolist() == [3]


def test_folders_are_layers_asked_for_or_joined(tmp_path):
    path = kml(
        tmp_path / "a.kml",
        folder("青石村", placemark("1"), folder("二组", placemark("2"))),
        folder("柳湾村", placemark("3")),
        folder("标注", placemark("张三", "<Point><coordinates>114,23</coordinates></Point>")),
    )
    assert list_layers(path, "a.kml") == [
        ("青石村", "Polygon"),
        ("青石村/二组", "Polygon"),
        ("柳湾村", "Polygon"),
        ("标注", "Point"),
    ]
    error = refusal(path)
    assert error.code == "layer_question"
    assert 'layer = "青石村"' in str(error)
    assert "标注" not in str(error)
    assert read(path, layer="青石村/二组").frame["parcel_id"].tolist() == ["2"]
    every = read(path, layer="*", columns={"folder": "village"})
    assert every.frame["parcel_id"].tolist() == ["1", "2", "3"]
    assert every.frame["village"].tolist() == ["青石村", "青石村/二组", "柳湾村"]
    assert every.frame["source_sheet"].tolist() == ["青石村", "青石村/二组", "柳湾村"]
    single = kml(tmp_path / "b.kml", folder("面", placemark("1")), folder("空"))
    assert read(single).frame["source_sheet"].isna().all()


def folder_of(path, name):
    kml = open_kml(path, "a.kml")
    return read_folder(kml, kml.folders.called(name))


def test_the_folders_of_a_kml_are_called_by_their_first_name_or_by_their_document(tmp_path):
    two = "<Folder><name>甲</name><name>乙</name>" + placemark("1") + "</Folder>"
    nameless = "<Folder>" + folder("丙", placemark("2")) + "</Folder>"
    inner = "<Document><name>里</name>" + placemark("3") + "</Document>"
    dot = placemark("5", "<Point><coordinates>114,23</coordinates></Point>")
    mixed = folder("丁", placemark("4"), dot)
    path = kml(tmp_path / "a.kml", two, nameless, inner, mixed, folder("戊", placemark("6", "")))
    marks = open_kml(path, "a.kml").placemarks
    assert [one.folder for one in marks] == ["甲", "-/丙", "里", "丁", "丁", "戊"]


def test_folders_within_folders_without_end_are_none(tmp_path):
    deep = "<Folder>" * 300 + placemark("1") + "</Folder>" * 300
    path = kml(tmp_path / "a.kml", deep)
    assert [one.folder for one in open_kml(path, "a.kml").placemarks] == ["-"]
    assert read(path).frame["parcel_id"].tolist() == ["1"]


def test_extended_data_cannot_take_the_place_of_name_and_folder(tmp_path):
    cells = extended(name="张三", folder="李四", 村="青石村")
    odd = "<ExtendedData xmlns:x='urn:x'><x:组><a>1</a></x:组><x:编号>7</x:编号></ExtendedData>"
    path = kml(
        tmp_path / "a.kml", folder("甲", placemark("1", more=cells)), placemark("2", more=odd)
    )
    raw = folder_of(path, "甲").raw
    assert raw.to_dict("records") == [{"name": "1", "folder": "甲", "村": "青石村"}]
    raw = folder_of(path, "手机").raw
    assert raw.to_dict("records") == [{"name": "2", "folder": "手机", "a": "1", "编号": "7"}]


def test_an_empty_description_is_not_worth_a_word(tmp_path):
    blank = "<description> \n</description><Snippet/>"
    reading = read(kml(tmp_path / "a.kml", placemark("1", more=blank)))
    assert "free_text_dropped" not in codes(reading.findings)


def test_lines_and_faces_that_are_none_cost_their_placemark(tmp_path):
    shapes = {
        "1": f"<Polygon>{ring()}</Polygon>",
        "2": f"<Polygon>{ring()}{ring(RING.replace('114.', '115.'))}</Polygon>",
        "3": f"<Polygon>{ring(RING, 'innerBoundaryIs')}</Polygon>",
        "4": "<LineString><coordinates>114,23</coordinates></LineString>",
        "5": "<Model><Location/></Model>",
    }
    path = kml(tmp_path / "a.kml", *(placemark(name, one) for name, one in shapes.items()))
    defects = folder_of(path, "手机").defects.tolist()
    assert defects == [None, *["geometry_unreadable"] * 3, "geometry_kind_unfit"]


def test_an_open_ring_among_several_is_closed_and_said(tmp_path):
    opened = ring(RING.replace("114.", "115.").rsplit(" ", 1)[0])
    parts = f"<Polygon>{ring()}</Polygon><Polygon>{opened}</Polygon>"
    reading = read(
        kml(tmp_path / "a.kml", placemark("1", f"<MultiGeometry>{parts}</MultiGeometry>"))
    )
    assert "ring_not_closed" in codes(reading.findings)
    assert reading.frame.geometry.iloc[0].bounds == (114.1, 23.1, 115.101, 23.101)


@pytest.mark.parametrize("name", ["gx:code", "gx:编号", "本:编号"])
def test_pieces_of_a_broken_kml_keep_their_prefixes_and_those_without_an_end_are_rows(
    tmp_path, name
):
    cells = f'<ExtendedData><{name} xml:lang="zh">7</{name}></ExtendedData>'
    body = [placemark("1 & 2"), placemark("3", more=cells), "<Placemark><name>4</name>"]
    reading = read(kml(tmp_path / "a.kml", *body, placemark("5")))
    assert reading.frame["source_row"].tolist() == [2, 4]
    assert reading.rejected["source_row"].tolist() == [1, 3]
    assert reading.rejected["reason"].tolist() == ["record_unreadable"] * 2


def test_swapped_axes_and_metres_in_a_kml_are_said(tmp_path):
    swapped = " ".join(",".join(one.split(",")[1::-1]) for one in RING.split())
    turned = read(kml(tmp_path / "a.kml", placemark("1", f"<Polygon>{ring(swapped)}</Polygon>")))
    assert "axes_swapped" in codes(turned.findings)
    assert turned.frame.total_bounds[0] == pytest.approx(114.1)
    metres = " ".join(f"{x},{y}" for x, y in shapely.get_coordinates(square()))
    reading = read(kml(tmp_path / "b.kml", placemark("1", f"<Polygon>{ring(metres)}</Polygon>")))
    assert reading.frame.crs.to_epsg() == 4526
    assert "zone_conflict" in codes(reading.findings)


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("gbk", '<?xml version="1.0" encoding="GBK"?><kml>'),
        ("gbk", '<?xml version="1.0" encoding="UTF-8"?><kml>'),
        ("gbk", "<kml>"),
        ("utf-8-sig", HEAD),
        ("utf-16", '<?xml version="1.0" encoding="UTF-16"?><kml>'),
        ("utf-16", "<kml>"),
        ("utf-8", "\n<!-- x --><kml:kml xmlns:kml='http://earth.google.com/kml/2.0'>"),
    ],
)
def test_encodings_and_heads_of_all_kinds(tmp_path, encoding, head):
    path = kml(
        tmp_path / "a.kml", placemark("1", more=extended(村="青石村")), head=head, encoding=encoding
    )
    if "kml:kml" in head:
        path.write_text(path.read_text(encoding="utf-8").replace("</kml>", "</kml:kml>"))
    assert read(path).frame["village"].tolist() == ["青石村"]


def test_no_entity_is_expanded_and_no_link_followed(tmp_path):
    bomb = '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for head in (
        HEAD.replace("<kml", f"{bomb}<kml"),
        f"<!-- a --><?b c?>\n{bomb}<kml>",
        f"{bomb}<kml>",
    ):
        path = kml(tmp_path / "a.kml", placemark("&x;"), head=head)
        assert refusal(path).code == "kml_document_type"
    wide = kml(tmp_path / "b.kml", placemark("1"), head=f"{bomb}<kml>", encoding="utf-16")
    assert refusal(wide).code == "kml_document_type"
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink>"
    assert refusal(kml(tmp_path / "c.kml", link)).code == "kml_only_links"
    assert len(read(kml(tmp_path / "d.kml", link, placemark("1"))).frame) == 1
    assert refusal(kml(tmp_path / "e.kml")).code == "kml_without_placemarks"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "file_empty"),
        (b"<html><body>404</body></html>", "file_not_what_it_says"),
        (b"PK\x03\x04" + b"\0" * 40, "file_not_what_it_says"),
        (b"hello", "file_not_what_it_says"),
        (b"<gpx></gpx>", "file_not_what_it_says"),
        (b"<kml><Placemark", "file_unreadable"),
    ],
)
def test_what_is_no_kml_is_one_line(tmp_path, raw, code):
    (tmp_path / "a.kml").write_bytes(raw)
    assert refusal(tmp_path / "a.kml").code == code


def test_a_kml_made_to_be_slow_is_not(tmp_path):
    began = time.process_time()
    (tmp_path / "a.kml").write_text(HEAD + "<Placemark>" * 50_000)
    assert refusal(tmp_path / "a.kml").code == "file_unreadable"
    (tmp_path / "b.kml").write_text(HEAD + "<Folder>" * 50_000 + placemark("1"))
    read(tmp_path / "b.kml")
    kml(tmp_path / "c.kml", "<MultiGeometry>" * 20_000, placemark("1"))
    read(tmp_path / "c.kml")
    assert time.process_time() - began < 60  # squares of these would take hours


def test_kmz_is_the_document_in_it(tmp_path):
    document = kml(tmp_path / "x.kml", placemark("1")).read_bytes()
    other = kml(tmp_path / "y.kml", placemark("2")).read_bytes()
    for names, wanted in (
        (["doc.kml"], "1"),
        (["files/other.kml", "DOC.KML"], "1"),
        (["我的地图.kml", "files/other.kml"], "1"),
        (["files/other.kml", "我的地图.kml"], "1"),
        (["other.kml", "doc.kml"], "1"),
        (["other.kml", "DOC.KML"], "1"),
    ):
        with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
            for name in names:
                archive.writestr(name, other if "other" in name else document)
            archive.writestr("files/icon.png", b"\x89PNG")
        assert read(tmp_path / "a.kmz").frame["parcel_id"].tolist() == [wanted]
    with zipfile.ZipFile(tmp_path / "b.kmz", "w") as archive:
        archive.writestr("files/icon.png", b"\x89PNG")
    assert refusal(tmp_path / "b.kmz").code == "kml_without_placemarks"
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.write(tmp_path / "a.kmz", "手机/a.kmz")
    assert read(tmp_path / "c.zip").notes["member"] == "手机/a.kmz"


# GDAL goes by content: it is not led elsewhere.


@pytest.fixture
def server() -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as one:
        thread = threading.Thread(target=one.serve_forever, daemon=True)
        thread.start()
        yield one.server_port, asked
        one.shutdown()


FEATURE = (
    '"features": [{"type": "Feature", "properties": {"parcel_id": "1"}, "geometry":'
    ' {"type": "Polygon", "coordinates": [[[114, 23], [114.1, 23], [114.1, 23.1], [114, 23]]]}}]'
)


@pytest.mark.parametrize(
    "crs",
    [
        '"crs": {"type": "link", "properties": {"href": "ADDRESS", "type": "esriwkt"}}',
        '"crs": {"type": "URL", "properties": {"url": "ADDRESS"}}',
        r'"\u0063\u0072s" : {"type": "l\u0069nk", "properties": {"hr\u0065f": "ADDRESS"}}',
        '"CRS": {"type": "link", "properties": {"href": "ADDRESS"}}',
    ],
)
def test_a_crs_that_is_a_link_is_refused_and_nobody_is_asked(tmp_path, server, crs):
    port, asked = server
    said = crs.replace("ADDRESS", f"http://127.0.0.1:{port}/crs")
    for text in (
        f'{{"type": "FeatureCollection", {FEATURE}, {said}}}',
        f'{{"type": "FeatureCollection", {said}, {FEATURE}}}',
    ):
        (tmp_path / "a.geojson").write_text(text)
        assert refusal(tmp_path / "a.geojson").code == "file_points_elsewhere"
        with pytest.raises(SourceError):
            list_layers(tmp_path / "a.geojson", "a.geojson")
    assert asked == []
    pyogrio.read_arrow(tmp_path / "a.geojson")
    assert asked  # so GDAL would have


@pytest.mark.parametrize("suffix", [".geojson", ".json", ".dxf", ".kml", ".fgb", ".gpkg", ".shp"])
def test_a_virtual_dataset_is_refused_under_any_name(tmp_path, suffix):
    secret = tmp_path / "secret.gpkg"
    pyogrio.write_dataframe(parcels(), secret)
    for text in (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>",
        f'{{}}<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        f'{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {secret}'
        ' ! write --of stream streamed_dataset"}',
    ):
        (tmp_path / f"a{suffix}").write_text(text)
        error = refusal(tmp_path / f"a{suffix}", "context")
        assert error.code in ("file_points_elsewhere", "file_not_what_it_says", "file_unreadable")
        assert str(tmp_path) not in str(error)


def test_other_formats_under_these_names_are_refused(tmp_path):
    geojson = '{"type": "FeatureCollection", ' + FEATURE + "}"
    for suffix in (".fgb", ".parquet", ".gpkg", ".dxf", ".kml", ".kmz", ".zip"):
        (tmp_path / f"a{suffix}").write_text(geojson)
        assert refusal(tmp_path / f"a{suffix}").code == "file_not_what_it_says"


# GeoJSON.


def collection(path: Path, *features: str, tail: str = "]}", encoding: str = "utf-8") -> Path:
    text = '{"type": "FeatureCollection", "features": [' + ", ".join(features) + tail
    path.write_bytes(text.encode(encoding))
    return path


def feature(name: str, kind: str = "Feature", **cells: object) -> str:
    shape = shapely.geometry.mapping(square(114.0, 23.0, 0.001))
    cells = {"parcel_id": name, **cells}
    return json.dumps({"type": kind, "properties": cells, "geometry": shape}, ensure_ascii=False)


def test_a_broken_feature_costs_itself(tmp_path):
    good = [feature(str(at), 村="青石村") for at in range(1, 5)]
    for broken, wanted in (
        (good[1].replace('"properties"', '"properties'), ["1", "3", "4"]),  # no JSON from there
        (good[1].replace("Feature", "Feeture"), ["1", "3", "4"]),  # GDAL leaves it out
        (good[1].replace("}", "", 1), ["1", "3", "4"]),
        ("null", ["1", "3", "4"]),
    ):
        reading = read(collection(tmp_path / "a.geojson", good[0], broken, *good[2:]))
        assert reading.frame["parcel_id"].tolist() == wanted
        assert reading.frame["village"].unique().tolist() == ["青石村"]
        assert reading.frame.crs.to_epsg() == 4490
        if "null" not in broken:
            assert reading.rejected["source_row"].tolist() == [2]
            assert "read_by_record" in codes(reading.findings)
    cut = read(collection(tmp_path / "b.geojson", *good[:3], good[3][:80], tail=""))
    assert cut.frame["parcel_id"].tolist() == ["1", "2", "3"]
    assert cut.rejected["reason"].tolist() == ["record_unreadable"]


def test_a_broken_line_of_a_sequence_costs_itself(tmp_path):
    lines = [feature("1"), "{broken", "", feature("3"), '{"type": "Nothing"}', feature("5")]
    (tmp_path / "a.geojsonl").write_text("\n".join(lines), encoding="utf-8")
    reading = read(tmp_path / "a.geojsonl")
    assert reading.frame["parcel_id"].tolist() == ["1", "3", "5"]
    assert reading.rejected["source_row"].tolist() == [2, 4]
    assert pyogrio.read_arrow(tmp_path / "a.geojsonl")[1].num_rows < 5  # GDAL says nothing
    (tmp_path / "b.ndjson").write_text("\x1e" + "\n\x1e".join(lines[:1]), encoding="utf-8")
    assert len(read(tmp_path / "b.ndjson").frame) == 1


def test_features_read_one_by_one_are_as_gdal_reads_them(tmp_path):
    good = [
        feature(str(at), 村="青石村", 征收面积=1.5 * at, 多=[1, {"a": "乙"}]) for at in range(9)
    ]
    bulk = read(collection(tmp_path / "a.geojson", *good))
    single = read(collection(tmp_path / "b.geojson", *good, "{", tail=""))
    assert single.notes["read"] == "record by record"
    assert "read" not in bulk.notes
    columns = ["parcel_id", "village", "stated_area_mu", "geometry", "source_row"]
    assert single.frame[columns].equals(bulk.frame[columns])
    assert len(single.rejected) == 1


def test_geojson_in_gbk_is_read_and_said(tmp_path):
    path = collection(tmp_path / "a.geojson", feature("1", 村="青石村"), encoding="gbk")
    reading = read(path)
    assert reading.frame["village"].tolist() == ["青石村"]
    assert "encoding_inferred" in codes(reading.findings)


def test_a_crs_member_holds_for_features_read_one_by_one(tmp_path):
    named = '"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4526"}}'
    text = "{" + named + ', "features": [' + feature("1") + ", {"
    path = tmp_path / "a.geojson"
    path.write_text(text.replace("114.0", f"{EAST}").replace("114.001", f"{EAST + 50}"))
    reading = read(path)
    assert reading.notes["crs_from"] in ("file", "coordinates")


# Shapefiles whose parts do not fit each other.


def zd(folder: Path, count: int = 3) -> Path:
    rows = [[f"{at:03d}", "青石村"] for at in range(count)]
    shapes = [square(EAST + 200 * at) for at in range(count)]
    fields = [("地块编号", "C", 10, 0), ("村", "C", 10, 0)]
    return write_shapefile(folder / "a.shp", shapes, fields, rows, crs="EPSG:4526")


def with_rows(path: Path, count: int, stated: int | None = None) -> None:
    """Let a table end after some rows, repeating its last."""
    dbf = path.with_suffix(".dbf")
    raw = dbf.read_bytes()
    start, width = int.from_bytes(raw[8:10], "little"), int.from_bytes(raw[10:12], "little")
    rows = [raw[at : at + width] for at in range(start, len(raw) - 1, width)]
    rows = (rows + rows[-1:] * count)[:count]
    head = raw[:4] + (count if stated is None else stated).to_bytes(4, "little") + raw[8:start]
    dbf.write_bytes(head + b"".join(rows) + b"\x1a")


def test_a_table_with_fewer_rows_than_shapes_loses_no_shape(tmp_path):
    path = zd(tmp_path)
    with_rows(path, 2)
    assert len(pyogrio.read_dataframe(path, encoding="GBK")) == 2  # GDAL says nothing
    reading = read(path)
    assert reading.frame["parcel_id"].fillna("-").tolist() == ["000", "001", "-"]
    assert reading.frame.geometry.notna().all()
    said = [row for row in reading.findings if row["code"] == "rows_differ"]
    assert json.loads(said[0]["facts"]) == {"rows": 2, "shapes": 3}


def test_a_table_with_more_rows_than_shapes_loses_no_row(tmp_path):
    path = zd(tmp_path)
    with_rows(path, 5)
    reading = read(path)
    assert reading.rows_read == 5
    assert reading.frame.geometry.isna().tolist() == [False, False, False, True, True]
    assert {"rows_differ", "geometry_missing"} <= codes(reading.findings)
    path.with_suffix(".shx").unlink()
    assert read(path).rows_read == 5


def test_a_table_that_states_a_wrong_number_is_counted(tmp_path):
    path = zd(tmp_path)
    for stated in (0, 1, 4, 2**31):
        with_rows(path, 3, stated)
        reading = read(path)
        assert reading.frame["parcel_id"].tolist() == ["000", "001", "002"]


def test_deleted_rows_are_left_out_and_said(tmp_path):
    path = zd(tmp_path)
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    start, width = int.from_bytes(raw[8:10], "little"), int.from_bytes(raw[10:12], "little")
    raw[start + width] = ord("*")
    path.with_suffix(".dbf").write_bytes(bytes(raw))
    reading = read(path)
    assert reading.frame["source_row"].tolist() == [1, 3]
    said = [row for row in reading.findings if row["code"] == "rows_deleted"]
    assert json.loads(said[0]["facts"]) == {"count": 1}


@pytest.mark.parametrize("at", [0, 27, 100, 104, 108, 116])
def test_an_index_that_leads_astray_is_made_anew(tmp_path, at):
    path = zd(tmp_path)
    index = bytearray(path.with_suffix(".shx").read_bytes())
    index[at] ^= 0x55
    path.with_suffix(".shx").write_bytes(bytes(index))
    before = path.with_suffix(".shx").read_bytes()
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["000", "001", "002"]
    assert "index_rebuilt" in codes(reading.findings)
    assert path.with_suffix(".shx").read_bytes() == before
    assert pyogrio.get_gdal_config_option("SHAPE_RESTORE_SHX") is None


def test_a_short_index_hides_no_record(tmp_path):
    path = zd(tmp_path)
    index = bytearray(path.with_suffix(".shx").read_bytes()[:-8])
    index[24:28] = (len(index) // 2).to_bytes(4, "big")
    path.with_suffix(".shx").write_bytes(bytes(index))
    assert len(read(path).frame) == 3


def test_an_index_that_cannot_be_made_anew_is_left(tmp_path):
    """A header before the second record that states another length: it leads past the third."""
    path = zd(tmp_path)
    index = path.with_suffix(".shx").read_bytes()
    second = int.from_bytes(index[108:112], "big") * 2
    raw = bytearray(path.read_bytes())
    raw[second + 4 : second + 8] = (10**6).to_bytes(4, "big")
    path.write_bytes(bytes(raw))
    there = {*read(path).frame["parcel_id"]}
    assert {"000", "002"} <= there


def test_a_prj_in_gbk_is_read_and_a_broken_one_said(tmp_path):
    path = zd(tmp_path)
    text = path.with_suffix(".prj").read_text()
    path.with_suffix(".prj").write_bytes(
        text.replace("CGCS2000_3_Degree_GK_Zone_38", "国家2000坐标系38带").encode("gbk")
    )
    reading = read(path)
    assert reading.frame.crs.to_wkt() != ""
    assert reading.notes["crs_from"] == "file"
    assert "prj_unreadable" not in codes(reading.findings)
    for raw in (b"\x00\xff\xfe" * 20, text[:90].encode(), b"", b"unknown"):
        path.with_suffix(".prj").write_bytes(raw)
        reading = read(path)
        assert {"prj_unreadable", "crs_inferred"} <= codes(reading.findings)
        assert reading.frame.crs.to_epsg() == 4526


# One bad record costs one record, with fiona or without.


def broken_page(path: Path, count: int = 3000) -> Path:
    shapes = shapely.box(EAST + np.arange(count), NORTH, EAST + np.arange(count) + 1, NORTH + 1)
    cells = {"parcel_id": [f"P{k}" for k in range(count)]}
    pyogrio.write_dataframe(gpd.GeoDataFrame(cells, geometry=shapes, crs=4526), path)
    raw = bytearray(path.read_bytes())
    page = raw.find(b"P1500") // 4096
    raw[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    path.write_bytes(bytes(raw))
    return path


def test_bisection_finds_the_same_records_as_fiona(tmp_path, monkeypatch):
    path = broken_page(tmp_path / "a.gpkg")
    by_record = read(path)
    monkeypatch.setattr(fiona, "supported_drivers", {})
    by_pieces = read(path)
    assert by_pieces.rows_read == by_record.rows_read == 3000
    assert len(by_pieces.rejected) < 100
    assert by_pieces.rejected["source_row"].tolist() == by_record.rejected["source_row"].tolist()
    assert by_pieces.frame["parcel_id"].tolist() == by_record.frame["parcel_id"].tolist()
    assert by_pieces.frame.geometry.geom_equals(by_record.frame.geometry).all()
    monkeypatch.setattr(salvage, "_MOST_READS", 5)
    assert refusal(path).code == "file_unreadable"


def test_a_count_that_cannot_be_is_not_believed(tmp_path):
    path = written(tmp_path, ".fgb")
    raw = bytearray(path.read_bytes())
    huge = (1 << 40).to_bytes(8, "little")
    at = raw.find((2).to_bytes(8, "little"))
    if at > 0:
        raw[at : at + 8] = huge
        path.write_bytes(bytes(raw))
    try:
        assert read(path).rows_read <= 2
    except SourceError as error:
        require_one_line(error)


def test_a_shapefile_in_capitals_throughout(tmp_path):
    path = write_shapefile(
        tmp_path / "a.shp", SHAPES, [("地块编号", "C", 20, 0)], [["1"], ["2"]], crs="EPSG:4526"
    )
    for one in list(tmp_path.iterdir()):
        one.rename(one.with_name(one.name.upper()))
    reading = read_vector(path.with_name("A.SHP"), "parcels", SourceOptions(path="A.SHP"))
    assert reading.frame["parcel_id"].tolist() == ["1", "2"]
    assert reading.frame.crs.to_epsg() == 4526
