"""Coordinate text: the frozen sample, the dialects T1-T21, identity, real files, noise."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from handed_over import SAMPLE, codes, corners, parcel_rows, require_one_line, text_file
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.base.errors import LandgisError, OutputError, SourceError
from landgis.io.coordinate_text import read_coordinate_text, write_coordinate_text
from landgis.io.draft import Reading, SourceOptions

N, E = 2_585_000.0, 38_378_000.0
SQUARE = corners(N, E, 100.0)
FIELDS = "5,1.0000,1,一号,面,,,,"


def read(
    tmp_path: Path, text: str, layer: str = "parcels", encoding: str = "utf-8", **options: object
) -> Reading:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    return read_coordinate_text(path, layer, SourceOptions(path="a.txt", **options))  # type: ignore[arg-type]


def test_the_frozen_sample_is_a_hectare_in_zone_38(tmp_path):
    frame = read(tmp_path, SAMPLE).frame
    assert frame.crs.to_epsg() == 4547  # 4509 + 38: 带号 without prefix
    assert frame.total_bounds.tolist() == [500_000, 3_000_000, 500_100, 3_000_100]
    assert frame.area.tolist() == [10_000]
    assert frame["parcel_id"].tolist() == ["1"]


def test_header_fields_become_columns_by_layer(tmp_path):
    text = text_file(parcel_rows([SQUARE], "5,1.0000,P01,产业园,面,,工业用地,0601,"))
    project = read(tmp_path, text, "projects").frame.iloc[0]
    assert (project["project_id"], project["name"], project["use"]) == (
        "P01",
        "产业园",
        "industrial",
    )
    block = read(tmp_path, text, "blocks").frame.iloc[0]
    assert (block["block_id"], block["name"]) == ("P01", "产业园")
    parcel = read(tmp_path, text, "parcels").frame.iloc[0]
    assert (parcel["parcel_id"], parcel["land_use"], parcel["stated_area_mu"]) == (
        "P01",
        "0601",
        15.0,
    )
    assert (parcel["source_file"], parcel["source_row"]) == ("a.txt", 7)


@pytest.mark.parametrize("marks", ["【{}】", "［{}］", "[{}]", "[ {} ]", "〔{}〕"])
def test_t1_section_marks(tmp_path, marks):
    text = text_file(parcel_rows([SQUARE]))
    for name in ("属性描述", "地块坐标"):
        text = text.replace(f"[{name}]", marks.format(name))
    assert len(read(tmp_path, text).frame) == 1


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_t2_encodings_and_line_ends(tmp_path, encoding, named, ends):
    reading = read(
        tmp_path, text_file(parcel_rows([SQUARE])).replace("\n", ends), "blocks", encoding
    )
    assert reading.frame["name"].tolist() == ["一号"]
    assert reading.notes["encoding"] == named
    assert ("encoding_inferred" in codes(reading.findings)) == (named == "gb18030")


def test_t3_t4_t7_t21_keys_are_kept_as_they_are_and_missing_ones_said(tmp_path):
    head = (
        "格式版本号=1．01版本\n坐标系=CGCS2000\n精度=3\n"
        "转换坐标=0,0,0,0,0,0\n数据产生日期=2077\n带号=38\n"
    )
    reading = read(tmp_path, text_file(parcel_rows([SQUARE]), head=head))
    assert reading.notes["keys"]["转换坐标"] == "0,0,0,0,0,0"
    assert reading.notes["keys"]["格式版本号"] == "1．01版本"
    facts = next(row["facts"] for row in reading.findings if row["code"] == "header_incomplete")
    assert "几度分带" in facts
    assert len(reading.frame) == 1


@pytest.mark.parametrize(
    ("said", "epsg"),
    [
        ("2000国家大地坐标系", 4526),
        ("CGCS2000", 4526),
        ("80国家大地坐标系", 2362),
        ("1980西安坐标系", 2362),
        ("1980西安国家大地坐标系", 2362),
        ("1954年北京坐标系", 2414),
    ],
)
def test_t5_datum_by_its_year(tmp_path, said, epsg):
    head = f"坐标系={said}\n几度分带=3\n计量单位=米\n带号=38\n"
    assert read(tmp_path, text_file(parcel_rows([SQUARE]), head=head)).frame.crs.to_epsg() == epsg


@pytest.mark.parametrize(
    ("zone", "cm", "datum", "epsg"),
    [
        (37, False, "2000", 4525),
        (37, True, "2000", 4546),
        (19, False, "2000", 4497),
        (19, True, "2000", 4508),
        (37, False, "54", 2413),
        (37, True, "54", 2434),
        (37, False, "80", 2361),
        (37, True, "80", 2382),
    ],
)
def test_zone_table_of_the_vectors(tmp_path, zone, cm, datum, epsg):
    east = 500_000.0 if cm else zone * 1e6 + 500_000
    head = f"坐标系={datum}\n几度分带=3\n计量单位=米\n带号={zone}\n"
    text = text_file(parcel_rows([corners(N, east, 100.0)]), head=head)
    assert read(tmp_path, text).frame.crs.to_epsg() == epsg


def test_t6_the_prefix_goes_before_a_wrong_zone_number_and_the_user_before_both(tmp_path):
    text = text_file(parcel_rows([SQUARE])).replace("带号=38", "带号=3")
    reading = read(tmp_path, text)
    assert reading.frame.crs.to_epsg() == 4526
    assert "zone_conflict" in codes(reading.findings)
    told = read(tmp_path, text, crs="EPSG:4526")
    assert told.frame.crs.to_epsg() == 4526
    assert "zone_conflict" not in codes(told.findings)


def test_t8_without_prefix_the_zone_number_or_the_user_tells(tmp_path):
    bare = text_file(parcel_rows([corners(3456789.12, 423456.78, 50.0)]))
    assert read(tmp_path, bare).frame.crs.to_epsg() == 4547
    unknown = bare.replace("带号=38\n", "")
    with pytest.raises(SourceError, match='crs = "EPSG:4547"'):
        read(tmp_path, unknown)
    assert read(tmp_path, unknown, crs="EPSG:4546").frame.crs.to_epsg() == 4546


def test_t9_easting_first_is_turned_and_said(tmp_path):
    turned = [(east, north) for north, east in SQUARE]
    reading = read(tmp_path, text_file(parcel_rows([turned])))
    assert reading.frame.total_bounds.tolist() == [E, N, E + 100, N + 100]
    assert "axes_swapped" in codes(reading.findings)


@pytest.mark.parametrize(
    ("close", "label", "said"), [(True, "J5", False), (True, "J1", False), (False, None, True)]
)
def test_t10_rings_closed_by_label_by_a_new_label_or_not_at_all(tmp_path, close, label, said):
    rows = parcel_rows([SQUARE], close=close)
    if label:
        rows = rows.replace("J5,", f"{label},")
    reading = read(tmp_path, text_file(rows))
    assert reading.frame.area.tolist() == [10_000]
    assert ("ring_not_closed" in codes(reading.findings)) == said


@pytest.mark.parametrize(("count", "said"), [(5, False), (4, False), (6, False), (9, True)])
def test_t11_point_counts_with_and_without_closing_rows(tmp_path, count, said):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE], f"{count},1.0,1,一号,面,,,,")))
    assert ("point_count_differs" in codes(reading.findings)) == said


@pytest.mark.parametrize("restart", [False, True])
def test_t12_t13_labels_never_split_rings_and_a_ring_inside_is_a_hole(tmp_path, restart):
    rows = parcel_rows([SQUARE, corners(N + 20, E + 20, 10.0)], "10,0.99,1,一号,面,,,,")
    if restart:
        rows = rows.replace("J6,", "J1,").replace("J7,", "J2,").replace("J8,", "J3,")
    shape = read(tmp_path, text_file(rows)).frame.geometry.iloc[0]
    assert shape.is_valid
    assert shape.area == 10_000 - 100
    assert len(shape.interiors) == 1


def test_t13_a_ring_apart_is_another_part_not_an_invalid_hole(tmp_path):
    rows = parcel_rows([SQUARE, corners(N + 500, E, 10.0)])
    reading = read(tmp_path, text_file(rows))
    shape = reading.frame.geometry.iloc[0]
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == 10_100
    assert "ring_is_a_part" in codes(reading.findings)


def test_t14_a_lone_row_of_another_ring_that_closes_this_one_is_its_closure(tmp_path):
    rows = parcel_rows([SQUARE]).replace("J5,1,", "J1,3,")
    reading = read(tmp_path, text_file(rows))
    assert reading.frame.area.tolist() == [10_000]
    assert "ring_number_mended" in codes(reading.findings)


@pytest.mark.parametrize(
    ("stated", "unit"), [("1.0000", None), ("10000", "m2"), ("15.0", "mu"), ("0.01", "km2")]
)
def test_t15_the_unit_of_the_area_is_the_one_that_fits(tmp_path, stated, unit):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE], f"5,{stated},1,一号,面,,,,")))
    assert reading.frame["stated_area_mu"].tolist() == pytest.approx([15.0])
    assert reading.notes["area_unit"] == (unit or "ha")
    assert ("area_unit_inferred" in codes(reading.findings)) == (unit is not None)


def test_t16_stray_blanks_pass_and_a_fullwidth_comma_costs_its_parcel_with_the_line(tmp_path):
    good = parcel_rows([SQUARE], "5, 1.0 ,1, 一号 ,面, , , ,").replace(",1,", ", 1 , ")
    bad = parcel_rows([corners(N + 200, E, 50.0)], "5,0.25,2,二号,面,,,,").splitlines()
    bad[2] = bad[2].replace(",", "，", 1)
    reading = read(tmp_path, text_file(good, "\n".join(bad)))
    assert reading.frame["parcel_id"].tolist() == ["1"]
    rejected = reading.rejected.iloc[0]
    assert rejected["reason"] == "text_fullwidth_comma"
    assert rejected["source_row"] == 6 + 6 + 3


def test_t17_repeated_and_empty_ids_are_kept(tmp_path):
    rows = [
        parcel_rows([corners(N + k * 200, E, 50.0)], f"5,0.25,{name},,面,,,,")
        for k, name in enumerate(["A", "A", ""])
    ]
    reading = read(tmp_path, text_file(*rows))
    assert reading.frame["parcel_id"].fillna("-").tolist() == ["A", "A", "-"]


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        (SQUARE[:2], "ring_without_area"),
        ([(N, E), (N + 1, E + 1), (N + 2, E + 2)], "ring_without_area"),
        ([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], "ring_crosses_itself"),
    ],
)
def test_t18_a_broken_parcel_costs_itself_and_no_other(tmp_path, ring, reason):
    good = parcel_rows([SQUARE], FIELDS)
    bad = parcel_rows([ring], "4,1.0,2,二号,面,,,,")
    reading = read(tmp_path, text_file(bad, good))
    assert reading.frame["parcel_id"].tolist() == ["1"]
    assert reading.rejected["reason"].tolist() == [reason]
    assert reading.rows_read == 2


def test_t19_parts_are_written_as_records_of_their_own_on_request(tmp_path):
    parts = shapely.MultiPolygon(
        [shapely.box(E, N, E + 10, N + 10), shapely.box(E + 50, N, E + 60, N + 10)]
    )
    frame = gpd.GeoDataFrame({"parcel_id": ["A"]}, geometry=[parts], crs=4526)
    path = tmp_path / "b.txt"
    write_coordinate_text(frame, path, "parcels", parts="records")
    assert read_coordinate_text(path, "parcels", SourceOptions()).frame["parcel_id"].tolist() == [
        "A_1",
        "A_2",
    ]


def test_t20_points_before_any_parcel_are_one_line_with_its_number(tmp_path):
    with pytest.raises(SourceError, match="line 7: a point stands before"):
        read(tmp_path, text_file("J1,1,2585000.0,38378000.0"))


def test_thirteen_fields_of_land_consolidation(tmp_path):
    rows = parcel_rows([SQUARE], "5,1.0,1,一号,面,,水田,0101,甲,乙,7,8,备注,")
    frame = read(tmp_path, text_file(rows)).frame
    assert frame["land_use"].tolist() == ["0101"]


@pytest.mark.parametrize("text", ["", "hello\n", "[属性描述]\n带号=38\n[地块坐标]\n"])
def test_what_is_no_coordinate_text_is_one_line(tmp_path, text):
    with pytest.raises(SourceError):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (
            gpd.GeoDataFrame({"parcel_id": ["1"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=3857),
            "text_crs_without_zone",
        ),
        (
            gpd.GeoDataFrame({"parcel_id": ["1"]}, geometry=[shapely.Point(0, 0)], crs=4526),
            "text_needs_polygons",
        ),
        (
            gpd.GeoDataFrame(
                {"parcel_id": ["1,2"]}, geometry=[shapely.box(E, N, E + 1, N + 1)], crs=4526
            ),
            "text_field_breaks_row",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(tmp_path, frame, code):
    with pytest.raises(OutputError) as error:
        write_coordinate_text(frame, tmp_path / "b.txt", "parcels")
    assert error.value.code == code
    assert list(tmp_path.iterdir()) == []


@st.composite
def parcels(draw: st.DrawFn) -> shapely.Geometry:
    """Draw a parcel of one to three parts, each with up to two holes."""
    parts = []
    for k in range(draw(st.integers(1, 3))):
        east, north = (
            draw(st.integers(0, 50_000)) / 1000,
            draw(st.integers(0, 50_000)) / 1000 + k * 1000,
        )
        side = draw(st.integers(20_000, 300_000)) / 1000
        outer = shapely.box(east, north, east + side, north + side)
        holes = [
            shapely.box(
                east + side * a, north + side * 0.2, east + side * (a + 0.1), north + side * 0.7
            )
            for a in (0.1, 0.6)[: draw(st.integers(0, 2))]
        ]
        outer = shapely.Polygon(outer.exterior, [hole.exterior for hole in holes])
        parts.append(outer)
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return shapely.set_precision(
        shapely.transform(shape, lambda xy: xy + np.array([0.0, N])), 0.001
    )


@settings(max_examples=60)
@given(
    shapes=st.lists(parcels(), min_size=1, max_size=4),
    zone=st.sampled_from([(4526, 38.5e6), (4547, 5e5), (4497, 19.5e6), (4508, 5e5)]),
    encoding=st.sampled_from(["gb18030", "utf-8"]),
    name=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8),
)
def test_parse_write_parse_is_the_identity(tmp_path_factory, shapes, zone, encoding, name):
    epsg, east = zone
    moved = [shapely.transform(shape, lambda xy: xy + np.array([east, 0.0])) for shape in shapes]
    ids = [f"{name}{k}" for k in range(len(moved))]
    frame = gpd.GeoDataFrame({"block_id": ids, "name": name}, geometry=moved, crs=epsg)
    folder = tmp_path_factory.mktemp("identity")
    write_coordinate_text(frame, folder / "1.txt", "blocks", encoding=encoding)
    first = read_coordinate_text(folder / "1.txt", "blocks", SourceOptions(path="a.txt"))
    assert not len(first.rejected)
    assert first.frame.crs.to_epsg() == epsg
    assert shapely.equals_exact(
        first.frame.geometry.normalize(), frame.geometry.normalize(), 5e-4
    ).all()
    write_coordinate_text(first.frame, folder / "2.txt", "blocks", encoding=encoding)
    second = read_coordinate_text(folder / "2.txt", "blocks", SourceOptions(path="a.txt"))
    pd.testing.assert_frame_equal(
        pd.DataFrame(first.frame.drop(columns="geometry")),
        pd.DataFrame(second.frame.drop(columns="geometry")),
    )
    assert first.frame.geometry.geom_equals_exact(second.frame.geometry, 0.0).all()


def test_real_files_of_zhaoqing_have_the_areas_that_they_state(shared_data):
    for path in sorted(shared_data("cn_parcel_txt").glob("*.txt")):
        reading = read_coordinate_text(path, "parcels", SourceOptions())
        frame = reading.frame
        assert frame.crs.to_epsg() == 4526
        assert frame.area.sum() / 1e4 == pytest.approx(
            frame["stated_area_mu"].sum() / 15, abs=5.1e-5
        )
        assert not len(reading.rejected)


@settings(max_examples=150)
@given(data=st.data())
def test_whatever_the_bytes_it_ends_in_an_answer_or_one_line(tmp_path_factory, data):
    raw = bytearray(
        text_file(
            parcel_rows([SQUARE, corners(N + 20, E + 20, 10.0)]), parcel_rows([SQUARE])
        ).encode(data.draw(st.sampled_from(["utf-8", "gbk"])))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        how = data.draw(st.sampled_from(["set", "cut", "insert"]))
        if how == "set":
            raw[at] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del raw[at : at + data.draw(st.integers(1, 40))]
        else:
            raw[at:at] = data.draw(
                st.sampled_from(
                    [b",", b"@", b"\n", b"nan", b"1e400", "，".encode(), b"J9,9,1,1\n", b"-"]
                )
            )
        if not raw:
            raw = bytearray(b"\n")
    path = tmp_path_factory.getbasetemp() / "noise.txt"
    path.write_bytes(bytes(raw))
    try:
        reading = read_coordinate_text(path, "parcels", SourceOptions())
    except LandgisError as error:
        require_one_line(error)
    else:
        assert reading.rows_read == len(reading.frame) + len(reading.rejected)
