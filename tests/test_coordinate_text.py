"""Coordinate text: the frozen sample, the dialects T1-T21, identity, real files, noise."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from handed_over import SAMPLE, codes, corners, parcel_rows, require_one_line, text_file
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.base.errors import OutputError, SourceError
from landgis.base.findings import sentence
from landgis.base.units import MISSING_MARKS
from landgis.base.zones import DATUMS, crs_of_zone
from landgis.io.coordinate.grammar import KEYS
from landgis.io.coordinate.writer import _hectares
from landgis.io.coordinate_text import read_coordinate_text, write_coordinate_text
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.row.numbering import unique_ids

N, E = 2_585_000.0, 38_378_000.0
SQUARE = corners(N, E, 100.0)
FIELDS = "5,1.0000,1,一号,面,,,,"
HEAD = "坐标系=2000国家大地坐标系\n几度分带=3\n计量单位=米\n带号=38\n"


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


# T1 to T21: the rows of the table of dialects and defects, each by its name


@pytest.mark.parametrize(
    "marks", ["【{}】", "［{}］", "[{}]", "[ {} ]", "〔{}〕", "〖{}〗", "（{}）"]
)
def test_t01_section_marks(tmp_path, marks):
    text = text_file(parcel_rows([SQUARE]))
    for name in ("属性描述", "地块坐标"):
        text = text.replace(f"[{name}]", marks.format(name))
    reading = read(tmp_path, text)
    assert reading.frame.area.tolist() == [10_000]
    assert reading.notes["keys"]["带号"] == "38"
    assert codes(reading.findings) == set()


@pytest.mark.parametrize(
    ("encoding", "named", "told"),
    [
        ("utf-8", "utf-8", "bytes"),
        ("utf-8-sig", "utf-8", "mark"),
        ("gbk", "gb18030", "bytes"),
        ("gb18030", "gb18030", "bytes"),
        ("utf-16", "utf-16", "mark"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_t02_encodings_and_line_ends(tmp_path, encoding, named, told, ends):
    rows = text_file(parcel_rows([SQUARE], "5,1.0,1,一号镕㙍,面,,,,"))
    if encoding == "gbk":
        rows = rows.replace("㙍", "")
    reading = read(tmp_path, rows.replace("\n", ends), "blocks", encoding)
    assert reading.frame["name"].tolist() == ["一号镕" if encoding == "gbk" else "一号镕㙍"]
    assert reading.frame["source_row"].tolist() == [7]
    assert (reading.notes["encoding"], reading.notes["encoding_from"]) == (named, told)
    assert ("encoding_inferred" in codes(reading.findings)) == (named == "gb18030")


def test_t02_two_files_in_one_are_read_line_by_line_and_said(tmp_path):
    head, tail = text_file(parcel_rows([SQUARE])), parcel_rows([corners(N + 200, E, 10.0)])
    (tmp_path / "a.txt").write_bytes(
        head.encode("gbk") + tail.replace(",1,一号", ",2,二号地块").encode("utf-8")
    )
    reading = read_coordinate_text(tmp_path / "a.txt", "blocks", SourceOptions(path="a.txt"))
    assert reading.frame["name"].tolist() == ["一号", "二号地块"]
    said = next(row for row in reading.findings if row["code"] == "encodings_mixed")
    assert json.loads(said["facts"]) == {"rows": [13], "count": 1}


def test_t02_a_gbk_name_that_might_be_utf8_by_accident_stays_gbk(tmp_path):
    name = bytes.fromhex("E4B8AD41").decode("gbk")  # the bytes of 中A in UTF-8
    reading = read(
        tmp_path, text_file(parcel_rows([SQUARE], f"5,1.0,1,{name},面,,,,")), "blocks", "gbk"
    )
    assert reading.frame["name"].tolist() == [name]
    assert "encodings_mixed" not in codes(reading.findings)


def test_t03_seven_keys_blank_values_and_misspelt_keys(tmp_path):
    head = "坐标系=CGCS2000\n计量单位=\n带号=38\n精度=\n转换坐标=0,0,0,0,0,0\n"
    reading = read(tmp_path, text_file(parcel_rows([SQUARE]), head=head))
    assert reading.notes["keys"]["转换坐标"] == "0,0,0,0,0,0"
    said = next(row for row in reading.findings if row["code"] == "header_incomplete")
    assert json.loads(said["facts"]) == {"keys": "几度分带、计量单位"}
    assert said["severity"] == "info"
    assert codes(reading.findings) == {"header_incomplete"}


@pytest.mark.parametrize("said", ["1.01版本", "1．01版本", ""])
def test_t04_the_version_is_free_text(tmp_path, said):
    head = f"格式版本号={said}\n{HEAD}"
    reading = read(tmp_path, text_file(parcel_rows([SQUARE]), head=head))
    assert reading.notes["keys"]["格式版本号"] == said
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
        ("EPSG:4526", 4526),
    ],
)
def test_t05_datum_by_its_year(tmp_path, said, epsg):
    head = f"坐标系={said}\n几度分带=3\n计量单位=米\n带号=38\n"
    assert read(tmp_path, text_file(parcel_rows([SQUARE]), head=head)).frame.crs.to_epsg() == epsg


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("坐标系", "WGS84"),
        ("坐标系", "本市独立坐标系"),
        ("坐标系", "1980西安转2000国家大地坐标系"),
        ("投影类型", "UTM"),
        ("计量单位", "毫米"),
    ],
)
def test_t05_a_header_that_names_what_we_do_not_know_is_a_question(tmp_path, key, value):
    rows = parcel_rows([SQUARE])
    text = text_file(rows, head=re.sub(rf"{key}=.*\n", "", HEAD) + f"{key}={value}\n")
    with pytest.raises(SourceError, match=f"cannot be told from {key}={value}.*crs = ") as error:
        read(tmp_path, text)
    require_one_line(error.value)
    assert read(tmp_path, text, crs="EPSG:4526").frame.area.tolist() == [10_000]


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
    head = f"坐标系={datum}\n几度分带={3 if zone > 23 else 6}\n计量单位=米\n带号={zone}\n"
    text = text_file(parcel_rows([corners(N, east, 100.0)]), head=head)
    assert read(tmp_path, text).frame.crs.to_epsg() == epsg


def test_t06_the_prefix_goes_before_a_wrong_zone_number_and_the_user_before_both(tmp_path):
    text = text_file(parcel_rows([SQUARE])).replace("带号=38", "带号=3")
    reading = read(tmp_path, text)
    assert reading.frame.crs.to_epsg() == 4526
    said = next(row for row in reading.findings if row["code"] == "zone_conflict")
    assert said["severity"] == "error"
    told = read(tmp_path, text, crs="EPSG:4526")
    assert told.frame.crs.to_epsg() == 4526
    assert "zone_conflict" not in codes(told.findings)


def test_t06_without_prefix_a_zone_number_of_another_width_is_a_question(tmp_path):
    text = text_file(parcel_rows([corners(N, 500_000.0, 100.0)])).replace("带号=38", "带号=20")
    with pytest.raises(SourceError, match="几度分带=3, 带号=20"):
        read(tmp_path, text)
    six = text.replace("几度分带=3", "几度分带=6")
    assert read(tmp_path, six).frame.crs.to_epsg() == 4489 + 20


def test_t06_a_prefix_needs_no_width(tmp_path):
    text = text_file(parcel_rows([SQUARE])).replace("几度分带=3", "几度分带=6")
    assert read(tmp_path, text).frame.crs.to_epsg() == 4526


@pytest.mark.parametrize("said", ["0.01", "0.001", "0.0001", "3", ""])
def test_t07_precision_in_metres_or_digits_only_informs(tmp_path, said):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE]), head=HEAD + f"精度={said}\n"))
    assert reading.frame.area.tolist() == [10_000]
    assert reading.notes["keys"]["精度"] == said


def test_t08_without_prefix_the_zone_number_or_the_user_tells(tmp_path):
    bare = text_file(parcel_rows([corners(3456789.12, 423456.78, 50.0)]))
    assert read(tmp_path, bare).frame.crs.to_epsg() == 4547
    unknown = bare.replace("带号=38\n", "")
    with pytest.raises(SourceError, match="crs = "):
        read(tmp_path, unknown)
    assert read(tmp_path, unknown, crs="EPSG:4546").frame.crs.to_epsg() == 4546


def test_t09_easting_first_is_turned_and_said(tmp_path):
    turned = [(east, north) for north, east in SQUARE]
    reading = read(tmp_path, text_file(parcel_rows([turned])))
    assert reading.frame.total_bounds.tolist() == [E, N, E + 100, N + 100]
    said = next(row for row in reading.findings if row["code"] == "axes_swapped")
    assert said["severity"] == "warning"


def test_t09_one_parcel_with_easting_first_is_turned_alone(tmp_path):
    turned = [(east, north) for north, east in corners(N + 300, E, 10.0)]
    rows = [parcel_rows([SQUARE]), parcel_rows([turned], "5,0.01,9,九号,面,,,,")]
    rows.append(parcel_rows([corners(N + 500, E, 10.0)], "5,0.01,7,七号,面,,,,"))
    reading = read(tmp_path, text_file(*rows))
    assert reading.frame.total_bounds.tolist() == [E, N, E + 100, N + 510]
    said = next(row for row in reading.findings if row["code"] == "axes_swapped_some")
    assert said["ids"] == ["9"]


@pytest.mark.parametrize(
    ("close", "label", "said"), [(True, "J5", False), (True, "J1", False), (False, None, True)]
)
def test_t10_rings_closed_by_label_by_a_new_label_or_not_at_all(tmp_path, close, label, said):
    rows = parcel_rows([SQUARE], close=close)
    if label:
        rows = rows.replace("J5,", f"{label},")
    reading = read(tmp_path, text_file(rows))
    assert reading.frame.area.tolist() == [10_000]
    assert shapely.get_num_coordinates(reading.frame.geometry.iloc[0]) == 5
    assert ("ring_not_closed" in codes(reading.findings)) == said


@pytest.mark.parametrize(("off_m", "corners_left"), [(0.0, 4), (0.001, 4), (0.0021, 5)])
def test_t10_the_last_point_is_the_first_within_a_millimetre(tmp_path, off_m, corners_left):
    rows = parcel_rows([SQUARE]).splitlines()
    rows[-1] = f"J5,1,{N - off_m:.4f},{E - off_m:.4f}"
    shape = read(tmp_path, text_file("\n".join(rows))).frame.geometry.iloc[0]
    assert shapely.get_num_coordinates(shape) == corners_left + 1


def test_t10_a_ring_closed_twice_over_is_one_ring(tmp_path):
    rows = parcel_rows([SQUARE])
    reading = read(tmp_path, text_file(rows + "\n" + rows.splitlines()[-1]))
    assert reading.frame.area.tolist() == [10_000]
    assert codes(reading.findings) == set()


@pytest.mark.parametrize(
    ("count", "said"), [(5, False), (4, False), (6, False), (9, True), (3, True)]
)
def test_t11_point_counts_with_and_without_closing_rows(tmp_path, count, said):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE], f"{count},1.0,1,一号,面,,,,")))
    assert ("point_count_differs" in codes(reading.findings)) == said
    assert len(reading.frame) == 1


def test_t11_many_counts_that_differ_are_one_line(tmp_path):
    rows = [
        parcel_rows([corners(N + 20 * k, E, 10.0)], f"44,0.01,{k},甲,面,,,,") for k in range(1, 8)
    ]
    reading = read(tmp_path, text_file(*rows))
    said = [row for row in reading.findings if row["code"].startswith("point_count")]
    assert [(row["code"], row["ids"]) for row in said] == [
        ("point_counts_differ", ["1", "2", "3", "4", "5", "6", "7"])
    ]


def test_t11_a_file_that_was_cut_off_costs_its_last_parcel_and_says_where(tmp_path):
    rows = [parcel_rows([SQUARE]), parcel_rows([corners(N + 200, E, 50.0)], "9,0.25,2,甲,面,,,,")]
    text = text_file(*rows)
    cut = "\n".join(text.splitlines()[:-2]) + "\n"
    reading = read(tmp_path, cut)
    assert reading.frame["parcel_id"].tolist() == ["1"]
    assert reading.rejected["reason"].tolist() == ["text_points_missing"]
    assert reading.rejected["source_row"].tolist() == [16]  # the last row there is


@pytest.mark.parametrize("restart", [False, True])
def test_t12_labels_never_split_rings(tmp_path, restart):
    rows = parcel_rows([SQUARE, corners(N + 20, E + 20, 10.0)], "10,0.99,1,一号,面,,,,")
    if restart:
        rows = rows.replace("J6,", "J1,").replace("J7,", "J2,").replace("J8,", "J3,")
    plain = re.sub(r"^J", "", rows, flags=re.MULTILINE)
    for one in (rows, plain, re.sub(r"^J\d+", "J1", rows, flags=re.MULTILINE)):
        shape = read(tmp_path, text_file(one)).frame.geometry.iloc[0]
        assert shape.area == 10_000 - 100
        assert len(shape.interiors) == 1


def test_t13_a_ring_inside_is_a_hole_whatever_its_number(tmp_path):
    island = corners(N + 22, E + 22, 4.0)
    rows = parcel_rows([corners(N + 20, E + 20, 10.0), SQUARE, island])
    shape = read(tmp_path, text_file(rows)).frame.geometry.iloc[0]
    assert shape.is_valid
    assert shape.area == 10_000 - 100 + 16  # an island in the hole is a part again


def test_t13_a_ring_apart_is_another_part_not_an_invalid_hole(tmp_path):
    rows = parcel_rows([SQUARE, corners(N + 500, E, 10.0)])
    reading = read(tmp_path, text_file(rows))
    shape = reading.frame.geometry.iloc[0]
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == 10_100
    said = next(row for row in reading.findings if row["code"] == "ring_is_a_part")
    assert (said["severity"], said["source_row"]) == ("warning", 7)


def test_t13_rings_that_all_bear_one_number_are_parted_where_they_close(tmp_path):
    rows = parcel_rows([SQUARE, corners(N + 500, E, 10.0), corners(N + 20, E + 20, 10.0)])
    one = re.sub(r"^(J\d+),\d,", r"\1,1,", rows, flags=re.MULTILINE)
    reading = read(tmp_path, text_file(one))
    assert reading.frame.area.tolist() == [10_000 + 100 - 100]
    assert {"rings_unnumbered", "ring_is_a_part"} <= codes(reading.findings)


@pytest.mark.parametrize(
    "other",
    [corners(N + 50, E + 50, 100.0), SQUARE, corners(N + 20, E, 30.0)],
    ids=["crossing", "the same again", "a hole along the edge"],
)
def test_t13_rings_that_cross_or_repeat_cost_the_parcel(tmp_path, other):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE, other]), parcel_rows([SQUARE])))
    assert reading.rejected["reason"].tolist() == ["rings_cross"]
    assert reading.rejected["source_row"].tolist() == [7]
    assert len(reading.frame) == 1


def test_t13_parts_that_share_an_edge_are_one_shape(tmp_path):
    rows = parcel_rows([SQUARE, corners(N + 100, E, 100.0)])
    shape = read(tmp_path, text_file(rows)).frame.geometry.iloc[0]
    assert shape.is_valid
    assert shape.area == 20_000


def test_t14_a_lone_row_of_another_ring_that_closes_this_one_is_its_closure(tmp_path):
    rows = parcel_rows([SQUARE]).replace("J5,1,", "J1,3,")
    reading = read(tmp_path, text_file(rows))
    assert reading.frame.area.tolist() == [10_000]
    assert "ring_number_mended" in codes(reading.findings)
    stray = rows.replace(f"J1,3,{N:.3f}", f"J1,3,{N + 7:.3f}")
    rejected = read(tmp_path, text_file(stray)).rejected
    assert rejected["reason"].tolist() == ["ring_without_area"]
    assert rejected["source_row"].tolist() == [12]  # the stray row itself


@pytest.mark.parametrize(
    ("stated", "unit"), [("1.0000", None), ("10000", "m2"), ("15.0", "mu"), ("0.01", "km2")]
)
def test_t15_the_unit_of_the_area_is_the_one_that_fits(tmp_path, stated, unit):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE], f"5,{stated},1,一号,面,,,,")))
    assert reading.frame["stated_area_mu"].tolist() == pytest.approx([15.0])
    assert reading.notes["area_unit"] == (unit or "ha")
    assert ("area_unit_inferred" in codes(reading.findings)) == (unit is not None)


@pytest.mark.parametrize(
    ("said", "mu"),
    [
        ("1公顷", 15.0),
        ("10000平方米", 15.0),
        ("15亩", 15.0),
        ("", None),
        ("0", None),
        ("0.00", None),
    ],
)
def test_t15_an_area_with_its_unit_is_taken_by_its_word_and_zero_states_nothing(tmp_path, said, mu):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE], f"5,{said},1,一号,面,,,,")))
    stated = reading.frame["stated_area_mu"].tolist()
    assert stated == ([pytest.approx(mu)] if mu else [pytest.approx(np.nan, nan_ok=True)])
    assert codes(reading.findings) == set()


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ("3.7", 37_000.0),  # the square is a hectare
        ("1.0051", 10_051.0),
        ("1.0050", None),
        ("1.0", None),
        ("15", None),  # mu, which is said
        ("2公顷", 20_000.0),
        ("15亩", None),
        ("2米", None),  # no area
        ("约莫", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("layer", ["projects", "blocks"])
def test_t15_an_area_of_a_layer_without_a_column_for_it_is_checked(tmp_path, layer, stated, says):
    text = text_file(parcel_rows([SQUARE], f"5,{stated},P01,一号,面,,,,"))
    reading = read(tmp_path, text, layer)
    rows = [one for one in reading.findings if one["code"] == "table_area_differs"]
    assert len(reading.frame) == 1
    assert [(one["ids"], one["source_row"]) for one in rows] == ([(["P01"], 7)] if says else [])
    for row in rows:
        assert json.loads(row["facts"]) == {"stated": says, "computed": 10_000.0}
        assert f"注明面积 {says:.0f} 平方米，按坐标计算为 10000 平方米" in sentence(row, "zh")


def test_t15_the_area_of_a_red_line_is_its_task_where_the_campaign_says_so(tmp_path):
    text = text_file(parcel_rows([SQUARE], "5,1.0000,P01,一号,面,,,,"))
    told = {"地块面积": "task_area_mu"}
    assert read(tmp_path, text, "projects", columns=told).frame["task_area_mu"].tolist() == [15.0]


def test_t15_zero_among_areas_is_no_area(tmp_path):
    rows = [
        parcel_rows([corners(N + 200 * k, E, 100.0)], f"5,{said},{k},一号,面,,,,")
        for k, said in enumerate(["1.0", "0", "15亩"])
    ]
    stated = read(tmp_path, text_file(*rows)).frame["stated_area_mu"]
    assert stated.fillna(-1).tolist() == [15.0, -1.0, 15.0]


def test_t15_an_area_that_is_no_number_costs_its_row(tmp_path):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE], "5,约莫,1,一号,面,,,,")))
    assert reading.rejected["reason"].tolist() == ["number_unreadable"]
    assert reading.rejected["column"].tolist() == ["地块面积"]


def test_t16_stray_blanks_pass_and_a_fullwidth_comma_costs_its_parcel_with_the_line(tmp_path):
    good = parcel_rows([SQUARE], "5, 1.0 ,1, 一号 ,面, , , ,").replace(",1,", ", 1 , ")
    bad = parcel_rows([corners(N + 200, E, 50.0)], "5,0.25,2,二号,面,,,,").splitlines()
    bad[2] = bad[2].replace(",", "，", 1)
    reading = read(tmp_path, text_file(good, "\n".join(bad)))
    assert reading.frame["parcel_id"].tolist() == ["1"]
    rejected = reading.rejected.iloc[0]
    assert rejected["reason"] == "text_fullwidth_comma"
    assert rejected["source_row"] == 6 + 6 + 3


def test_t16_a_fullwidth_comma_between_header_fields_costs_the_parcel_one_in_a_name_does_not(
    tmp_path,
):
    good = read(tmp_path, text_file(parcel_rows([SQUARE], "5,1.0,1,甲，乙,面,,,,")), "blocks")
    assert good.frame["name"].tolist() == ["甲，乙"]
    bad = read(tmp_path, text_file(parcel_rows([SQUARE], "5,1.0,1,甲，面,,,,")))
    assert bad.rejected["reason"].tolist() == ["text_fullwidth_comma"]
    assert bad.rejected["source_row"].tolist() == [7]


def test_t16_fullwidth_digits_are_digits(tmp_path):
    rows = parcel_rows([SQUARE]).replace(f"{N:.3f}", "２５８５０００．０００")
    assert read(tmp_path, text_file(rows)).frame.area.tolist() == [10_000]


def test_t17_repeated_and_empty_ids_are_kept_and_told_apart(tmp_path):
    rows = [
        parcel_rows([corners(N + k * 200, E, 50.0)], f"5,0.25,{name},,面,,,,")
        for k, name in enumerate(["A", "A", ""])
    ]
    frame = read(tmp_path, text_file(*rows)).frame
    assert frame["parcel_id"].fillna("-").tolist() == ["A", "A", "-"]
    unique, found = unique_ids(frame, "parcels")
    assert unique["parcel_id"].tolist() == ["A", "A#2", "a.txt#19"]
    assert codes(found) == {"id_repeated", "id_missing"}


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        (SQUARE[:2], "ring_without_area"),
        ([SQUARE[0]] * 4, "ring_without_area"),
        ([(N, E), (N + 1, E + 1), (N + 2, E + 2)], "ring_without_area"),
        ([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], "ring_crosses_itself"),
        ([SQUARE[0], SQUARE[2], SQUARE[1], (N + 30, E + 120)], "ring_crosses_itself"),
    ],
)
def test_t18_a_broken_parcel_costs_itself_and_no_other(tmp_path, ring, reason):
    good = parcel_rows([SQUARE], FIELDS)
    bad = parcel_rows([ring], "4,1.0,2,二号,面,,,,")
    reading = read(tmp_path, text_file(bad, good))
    assert reading.frame["parcel_id"].tolist() == ["1"]
    assert reading.rejected["reason"].tolist() == [reason]
    assert reading.rejected["source_row"].tolist() == [8]  # where the ring begins
    assert reading.rows_read == 2


def test_t18_a_parcel_in_another_zone_costs_itself_and_no_other(tmp_path):
    rows = [parcel_rows([corners(N + 20 * k, E, 10.0)], f"5,0.01,{k},甲,面,,,,") for k in range(3)]
    slip = rows[1].replace("3837", "3937")
    reading = read(tmp_path, text_file(rows[0], slip, rows[2]))
    assert reading.frame["parcel_id"].tolist() == ["0", "2"]
    assert reading.rejected["reason"].tolist() == ["coordinates_astray"]
    with pytest.raises(SourceError, match=r"38.*39"):
        read(tmp_path, text_file(rows[0], slip))


def test_t19_parts_are_written_as_records_of_their_own_on_request(tmp_path):
    parts = shapely.MultiPolygon(
        [shapely.box(E, N, E + 10, N + 10), shapely.box(E + 50, N, E + 60, N + 10)]
    )
    frame = gpd.GeoDataFrame(
        {"parcel_id": ["A"], "name": ["甲"], "stated_area_mu": [15.0]}, geometry=[parts], crs=4526
    )
    path = tmp_path / "b.txt"
    said = write_coordinate_text(frame, path, "parcels", parts="records")
    assert [(row["code"], row["ids"]) for row in said] == [("text_parts_as_records", ["A"])]
    assert "5,0.0100,A_1,甲_1,面,,,,@" in path.read_bytes().decode("gbk")
    reading = read_coordinate_text(path, "parcels", SourceOptions())
    assert reading.frame["parcel_id"].tolist() == ["A_1", "A_2"]
    assert reading.frame["stated_area_mu"].tolist() == [0.15, 0.15]  # each part its own
    doubt = next(row for row in reading.findings if row["code"] == "parts_as_records")
    assert (doubt["severity"], doubt["ids"]) == ("info", ["A_1", "A_2"])


def test_t20_points_before_any_parcel_are_one_line_with_its_number(tmp_path):
    for text in (
        text_file("J1,1,2585000.0,38378000.0"),
        "[属性描述]\n" + HEAD + "\n\nJ1,1,2585000.0,38378000.0\n",
        "\n" * 6 + "J1,1,2585000.0,38378000.0\n",
    ):
        line = text.split("J1,")[0].count("\n") + 1
        with pytest.raises(SourceError, match=f"line {line}: a point stands before") as error:
            read(tmp_path, text)
        require_one_line(error.value)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2025-6-15", "2025-06-15"),
        ("2025年6月15日", "2025-06-15"),
        ("2025/6/15 10:30:00", "2025-06-15"),
        ("2077", None),
        ("Sunday, 15 June 2025", None),
        ("", None),
    ],
)
def test_t21_the_day_of_making_is_read_where_it_is_one(tmp_path, said, day):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE]), head=HEAD + f"数据产生日期={said}\n"))
    assert reading.notes["produced_on"] == day
    assert reading.notes["keys"]["数据产生日期"] == said
    assert codes(reading.findings) == set()


# the grammar around the table


def test_other_sections_are_not_read_and_that_is_said(tmp_path):
    first = "[项目信息]\n项目名称=某园区\n联系人=张三丰\n坐标系=1980西安坐标系\n1,2,3,4\n"
    after = "[控制点]\nK1,1,2585000.0,38378000.0\n"
    reading = read(tmp_path, first + text_file(parcel_rows([SQUARE])) + after)
    assert reading.frame.crs.to_epsg() == 4526
    assert reading.frame.area.tolist() == [10_000]
    said = next(row for row in reading.findings if row["code"] == "sections_skipped")
    assert json.loads(said["facts"]) == {"names": "[项目信息]、[控制点]", "count": 5}
    assert "张三丰" not in json.dumps([reading.notes, reading.findings], default=str)


def test_a_personal_key_among_the_attributes_is_not_kept(tmp_path):
    reading = read(
        tmp_path,
        text_file(parcel_rows([SQUARE]), head=HEAD + "联系人=张三丰\n联系电话=13800000000\n"),
    )
    kept = json.dumps([reading.notes, reading.findings], ensure_ascii=False, default=str)
    assert "张三丰" not in kept
    assert "13800000000" not in kept


def test_two_attribute_sections_that_differ_in_their_crs_are_refused(tmp_path):
    one, other = (
        text_file(parcel_rows([SQUARE])),
        text_file(parcel_rows([corners(N + 200, E, 9.0)])),
    )
    assert len(read(tmp_path, one + other).frame) == 2
    later = other.replace("带号=38", "带号=38\n数据产生日期=2022-10-14")
    earlier = one.replace("带号=38", "带号=38\n数据产生日期=2022-08-23")
    assert read(tmp_path, earlier + later).notes["produced_on"] == "2022-08-23"
    with pytest.raises(SourceError, match="line 17: 带号 differs"):
        read(tmp_path, one + other.replace("带号=38", "带号=39"))


def test_coordinates_alone_take_zone_and_crs_from_prefix_or_user(tmp_path):
    rows = parcel_rows([SQUARE], "5,1.0,1,一号,面,,,,")
    for text in (rows, f"[地块坐标]\n{rows}\n"):
        reading = read(tmp_path, text)
        assert reading.frame.crs.to_epsg() == 4526
        assert {"crs_inferred", "header_incomplete"} <= codes(reading.findings)
        bare = text.replace(",383", ",3").replace(",378", ",378")
        with pytest.raises(SourceError, match="crs = "):
            read(tmp_path, bare)
        assert read(tmp_path, bare, crs="EPSG:4547").frame.crs.to_epsg() == 4547


def test_degrees_have_their_own_tolerance(tmp_path):
    rows = (
        "4,0,1,一号,面,,,,@\nJ1,1,23.3,111.0\nJ2,1,23.3005,111.0\n"
        "J3,1,23.3005,111.0005\nJ4,1,23.3,111.0005\n"
    )
    reading = read(tmp_path, f"[地块坐标]\n{rows}")
    assert reading.frame.crs.to_epsg() == 4490
    assert shapely.get_num_coordinates(reading.frame.geometry.iloc[0]) == 5
    old = read(tmp_path, f"[属性描述]\n坐标系=1980西安坐标系\n[地块坐标]\n{rows}")
    assert old.frame.crs.to_epsg() == 4610  # never CGCS2000 where the header says another datum


@pytest.mark.parametrize(
    "fields",
    [
        "5,1.0,1,一号,面,,水田,0101,甲,",  # nine
        "5,1.0,1,一号,面,,水田,0101,甲,乙,7,8,",  # twelve
        "5,1.0,1,一号,面,,水田,0101,甲,乙,7,8,备注,",  # thirteen, of land consolidation
        "5,1.0,1,一号,面,,水田,,甲,0101,7,8,备注,",  # the land class in its own field
        "5,1.0,1,一号,面,,水田,0101,",
    ],
)
def test_headers_of_eight_to_thirteen_fields(tmp_path, fields):
    frame = read(tmp_path, text_file(parcel_rows([SQUARE], fields))).frame
    assert frame["land_use"].tolist() == ["0101"]
    assert frame["parcel_id"].tolist() == ["1"]
    assert "备注" not in frame.to_string()


def test_a_header_without_its_mark_is_a_header_by_its_figure(tmp_path):
    rows = [parcel_rows([corners(N + 20 * k, E, 10.0)], f"5,0.01,{k},甲,面,,,,") for k in range(3)]
    reading = read(tmp_path, text_file(*rows).replace("1,甲,面,,,,@", "1,甲,面,,,,"))
    assert reading.frame["parcel_id"].tolist() == ["0", "1", "2"]
    said = next(row for row in reading.findings if row["code"] == "header_mark_missing")
    assert json.loads(said["facts"]) == {"rows": [13], "count": 1}


@pytest.mark.parametrize("figure", ["线", "点"])
def test_a_record_that_draws_no_area_is_no_parcel(tmp_path, figure):
    reading = read(tmp_path, text_file(parcel_rows([SQUARE], f"5,1.0,1,一号,{figure},,,,")))
    assert reading.rejected["reason"].tolist() == ["geometry_kind_unfit"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("J3,1,2585100.0", "text_row_unreadable"),
        ("J3 1 2585100.0 38378100.0", "text_row_unreadable"),
        ("J3,1,nan,38378100.0", "text_row_unreadable"),
        ("J3,1,inf,38378100.0", "text_row_unreadable"),
        ("J3,1,1e400,38378100.0", "text_coordinate_impossible"),
        ("J3,1,2585100000.0,38378100.0", "text_coordinate_impossible"),
        ("J3,1,①,38378100.0", "text_row_unreadable"),
    ],
)
def test_a_row_that_is_no_point_costs_its_parcel_and_names_its_line(tmp_path, row, reason):
    rows = parcel_rows([SQUARE]).splitlines()
    rows[3] = row
    reading = read(tmp_path, text_file("\n".join(rows), parcel_rows([SQUARE], FIELDS)))
    assert reading.rejected["reason"].tolist() == [reason]
    assert reading.rejected["source_row"].tolist() == [10]
    assert len(reading.frame) == 1


@pytest.mark.parametrize(
    ("values", "count"),
    [(",,,,,,", 0), ("0,0,0,0,0,0,0", 0), ("0.0,-0,0,0,0,0,1", 1), ("12.1,-3,4,.1,.2,.3,5e-6", 7)],
)
def test_transformation_parameters_are_kept_and_said_never_applied(tmp_path, values, count):
    head = HEAD + f"转换参数={values}\n"
    reading = read(tmp_path, text_file(parcel_rows([SQUARE]), head=head))
    assert reading.frame.total_bounds.tolist() == [E, N, E + 100, N + 100]
    assert reading.notes["keys"]["转换参数"] == values
    said = [row for row in reading.findings if row["code"] == "shift_not_applied"]
    assert [json.loads(row["facts"]) for row in said] == ([{"count": count}] if count else [])


@pytest.mark.parametrize("text", ["", "hello\n", "[属性描述]\n带号=38\n[地块坐标]\n"])
def test_what_is_no_coordinate_text_is_one_line(tmp_path, text):
    with pytest.raises(SourceError):
        read(tmp_path, text)


# writing


def test_the_frozen_sample_is_written_as_it_stands(tmp_path):
    frame = read(tmp_path, SAMPLE).frame
    frame["stated_area_mu"] = np.nan
    write_coordinate_text(frame, tmp_path / "b.txt", "parcels")
    written = (tmp_path / "b.txt").read_bytes().decode("gbk")
    keys = SAMPLE.split("[地块坐标]\n")[0].splitlines()
    assert [line for line in keys if line not in written.split("\r\n")] == []
    rows = SAMPLE.split("[地块坐标]\n")[1].replace("5,,1,", "5,1.0000,1,")
    assert written.split("[地块坐标]\r\n")[1] == rows.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        (15.0, "1.0000"),
        (1.2, "0.0800"),
        (0.71, "0.04733333"),
        (0.715, "0.04766667"),
        (12.34, "0.82266667"),
        (0.0015, "0.0001"),
        (98765.43, "6584.3620"),
    ],
)
def test_a_stated_area_comes_back_as_it_was_stated(tmp_path, stated, field):
    frame = gpd.GeoDataFrame(
        {"parcel_id": ["1"], "stated_area_mu": [stated]},
        geometry=[shapely.box(E, N, E + 25, N + 19)],
        crs=4526,
    )
    write_coordinate_text(frame, tmp_path / "b.txt", "parcels")
    written = (tmp_path / "b.txt").read_bytes().decode("gbk").split("[地块坐标]\r\n")[1]
    assert written.split(",")[1] == field
    again = read_coordinate_text(tmp_path / "b.txt", "parcels", SourceOptions()).frame
    if 0.5 < stated < 1:  # the square is 0.7125 mu: it fits in hectares only
        assert again["stated_area_mu"].tolist() == [stated]


@given(fen=st.integers(1, 10**7))
def test_stated_areas_to_the_hundredth_of_a_mu_survive_hectares(fen):
    text = _hectares(fen / 100)
    assert round(Fraction(text) * 15, 6) == Fraction(fen, 100)


def test_all_ten_keys_stand_in_their_order_with_the_day(tmp_path):
    frame = gpd.GeoDataFrame(
        {"parcel_id": ["1"]}, geometry=[shapely.box(E, N, E + 1, N + 1)], crs=4526
    )
    day = pd.Timestamp("2022-10-14")
    write_coordinate_text(frame, tmp_path / "b.txt", "parcels", produced_on=day)
    reading = read_coordinate_text(tmp_path / "b.txt", "parcels", SourceOptions())
    assert tuple(reading.notes["keys"]) == KEYS
    assert reading.notes["produced_on"] == "2022-10-14"


@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize(("zone", "prefixed"), [(38, True), (38, False), (20, True), (20, False)])
def test_every_datum_and_width_is_read_back_as_it_was(tmp_path, datum, zone, prefixed):
    crs = crs_of_zone(zone, prefixed=prefixed, datum=datum)
    east = 500_000 + (zone * 1_000_000 if prefixed else 0)
    frame = gpd.GeoDataFrame(
        {"parcel_id": ["1"]}, geometry=[shapely.box(east, N, east + 9, N + 9)], crs=crs
    )
    write_coordinate_text(frame, tmp_path / "b.txt", "parcels")
    again = read_coordinate_text(tmp_path / "b.txt", "parcels", SourceOptions()).frame
    assert again.crs == frame.crs
    assert again.geometry.iloc[0].equals(frame.geometry.iloc[0])


def test_rare_characters_are_written_and_said(tmp_path):
    frame = gpd.GeoDataFrame(
        {"block_id": ["1", "2"], "name": ["㙍塘", "𬭊岭"]},
        geometry=[shapely.box(E, N, E + 1, N + 1), shapely.box(E + 5, N, E + 6, N + 1)],
        crs=4526,
    )
    said = write_coordinate_text(frame, tmp_path / "b.txt", "blocks")
    assert [(row["code"], json.loads(row["facts"])) for row in said] == [
        ("text_beyond_gbk", {"count": 2})
    ]
    again = read_coordinate_text(tmp_path / "b.txt", "blocks", SourceOptions()).frame
    assert again["name"].tolist() == ["㙍塘", "𬭊岭"]
    assert write_coordinate_text(frame, tmp_path / "c.txt", "blocks", encoding="utf-8") == []


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
            gpd.GeoDataFrame({"parcel_id": ["1"]}, geometry=[shapely.Polygon()], crs=4526),
            "text_needs_polygons",
        ),
        (gpd.GeoDataFrame({"parcel_id": []}, geometry=[], crs=4526), "text_nothing_to_write"),
        (
            gpd.GeoDataFrame(
                {"parcel_id": ["1,2"]}, geometry=[shapely.box(E, N, E + 1, N + 1)], crs=4526
            ),
            "text_field_breaks_row",
        ),
        (
            gpd.GeoDataFrame(
                {"parcel_id": ["1"], "name": ["a\nb"]},
                geometry=[shapely.box(E, N, E + 1, N + 1)],
                crs=4526,
            ),
            "text_field_breaks_row",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(tmp_path, frame, code):
    with pytest.raises(OutputError) as error:
        write_coordinate_text(frame, tmp_path / "b.txt", "parcels")
    assert error.value.code == code
    require_one_line(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_breaks_the_row_is_not_quoted(tmp_path):
    frame = gpd.GeoDataFrame(
        {"block_id": ["B7"], "name": ["张,三"]},
        geometry=[shapely.box(E, N, E + 1, N + 1)],
        crs=4526,
    )
    with pytest.raises(OutputError, match="B7") as error:
        write_coordinate_text(frame, tmp_path / "b.txt", "blocks")
    assert "张" not in error.value.say("zh")


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


ZONES = [(4526, 38.5e6), (4547, 5e5), (4497, 19.5e6), (4508, 5e5), (2362, 38.5e6), (2434, 5e5)]
NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
#: rare characters of place names: beyond GBK, beyond the first plane of Unicode
RARE = st.sampled_from(["㙍塘", "𬭊岭", "䶮村", "镕", "（东）3-2#", "甲，乙", "a b　c", "=1+1"])


@settings(max_examples=60)
@given(
    shapes=st.lists(parcels(), min_size=1, max_size=4),
    zone=st.sampled_from(ZONES),
    encoding=st.sampled_from(["gb18030", "utf-8"]),
    name=NAMES | RARE,
    hectares=st.integers(0, 10**9),
)
def test_parse_write_parse_is_the_identity(
    tmp_path_factory, shapes, zone, encoding, name, hectares
):
    epsg, east = zone
    moved = [shapely.transform(shape, lambda xy: xy + np.array([east, 0.0])) for shape in shapes]
    ids = [f"{k}号" for k in range(len(moved))]
    frame = gpd.GeoDataFrame({"block_id": ids, "name": name}, geometry=moved, crs=epsg)
    folder = tmp_path_factory.mktemp("identity")
    write_coordinate_text(frame, folder / "1.txt", "blocks", encoding=encoding)
    first = read_coordinate_text(folder / "1.txt", "blocks", SourceOptions(path="a.txt"))
    assert not len(first.rejected)
    assert first.frame.crs.to_epsg() == epsg
    assert first.frame["block_id"].tolist() == ids
    if name.casefold() not in MISSING_MARKS:
        assert first.frame["name"].tolist() == [name.strip()] * len(ids)
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
    told = frame.rename(columns={"block_id": "parcel_id"}).assign(stated_area_mu=hectares * 15e-4)
    write_coordinate_text(told, folder / "3.txt", "parcels", encoding=encoding)
    rows = [row for row in (folder / "3.txt").read_text(encoding).splitlines() if row[-1] == "@"]
    assert [row.split(",")[1] for row in rows] == [f"{hectares / 1e4:.4f}"] * len(ids)


@settings(max_examples=60)
@given(
    shape=parcels(),
    east=st.integers(-30_000, 30_000),
    north=st.integers(-90_000, 900_000),
    relabel=st.sampled_from(["J1", "1", "界", ""]),
    order=st.randoms(use_true_random=False),
)
def test_a_parcel_that_is_moved_relabelled_or_turned_round_is_the_same_parcel(
    tmp_path_factory, shape, east, north, relabel, order
):
    """Shift invariance; labels say nothing; rings run either way, from any corner, in any order."""
    folder = tmp_path_factory.mktemp("moved")
    here = shapely.transform(shape, lambda xy: xy + np.array([38.5e6, 0.0]))
    there = shapely.transform(here, lambda xy: xy + np.array([east, north]))
    rings = [
        shapely.get_coordinates(ring)[:-1]
        for part in shapely.get_parts(there)
        for ring in (part.exterior, *part.interiors)
    ]
    order.shuffle(rings)
    rows = [f"{sum(map(len, rings))},0,A,,面,,,,@"]
    for number, ring in enumerate(rings, start=1):
        turned = np.roll(ring[:: order.choice([1, -1])], order.randrange(len(ring)), axis=0)
        rows += [f"{relabel},{number},{y:.3f},{x:.3f}" for x, y in [*turned, turned[0]]]
    (folder / "a.txt").write_text(text_file("\n".join(rows)), encoding="utf-8")
    found = read_coordinate_text(folder / "a.txt", "blocks", SourceOptions()).frame
    back = shapely.transform(found.geometry.iloc[0], lambda xy: xy - np.array([east, north]))
    assert shapely.equals_exact(back.normalize(), here.normalize(), 2e-3)


def test_two_thousand_parcels_are_read_and_written_whole(tmp_path):
    side = np.arange(2_000)
    boxes = shapely.box(E + side * 7.0, N, E + side * 7.0 + 5, N + 4)
    frame = gpd.GeoDataFrame({"parcel_id": side.astype(str)}, geometry=boxes, crs=4526)
    write_coordinate_text(frame, tmp_path / "b.txt", "parcels")
    reading = read_coordinate_text(tmp_path / "b.txt", "parcels", SourceOptions())
    assert reading.frame["parcel_id"].tolist() == frame["parcel_id"].tolist()
    assert reading.frame.geometry.geom_equals(frame.geometry).all()
    assert reading.findings[1:] == []  # the encoding only


#: id: area in hectares that the file states, rows of points
ZHAOQING = {
    "44120000105": (8.7423, 50),
    "44120000120": (2.6708, 9),
    "44120000326": (0.01, 5),
    "44120000957": (0.7749, 5),
    "44120001225": (0.0363, 9),
}


def test_real_files_of_zhaoqing_have_the_areas_that_they_state(shared_data):
    paths = sorted(shared_data("cn_parcel_txt").glob("*.txt"))
    assert [path.stem for path in paths] == list(ZHAOQING)
    for path in paths:
        stated, rows = ZHAOQING[path.stem]
        reading = read_coordinate_text(path, "parcels", SourceOptions(path=path.name))
        frame = reading.frame
        assert frame.crs.to_epsg() == 4526
        assert frame["stated_area_mu"].tolist() == [pytest.approx(stated * 15)]
        assert shapely.get_num_coordinates(frame.geometry.iloc[0]) == rows
        assert frame.area.iloc[0] == pytest.approx(shoelace(path), abs=1e-6)
        assert round(frame.area.iloc[0] / 1e4, 4) == stated
        assert codes(reading.findings) == set()  # nothing to mend, so nothing is said
        assert (len(reading.rejected), reading.rows_read) == (0, 1)
        assert frame["land_use"].tolist() == ["DLBM"]  # a placeholder of the sender's, kept


def shoelace(path: Path) -> float:
    """Return the area of the rows of a file by hand: half the sum of cross products, from 0."""
    rows = [line.split(",") for line in path.read_text("utf-8").splitlines() if line[:1] == "J"]
    points = [(Fraction(y), Fraction(x)) for _, _, x, y in rows]
    twice = sum(a * d - c * b for (a, b), (c, d) in pairwise(points))
    return abs(float(twice)) / 2
