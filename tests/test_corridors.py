"""Protection zones: the article's table, shapes worked by hand, laws, findings, refusals."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import ZERO_LINE, box, line, power_lines

from landgis.base.errors import CRSError, GeometryError, TableError
from landgis.base.rules import load_rules, override
from landgis.spatial.corridors import find_corridors, protection_zones, still_there
from landgis.spatial.voltages import parse_voltage

STRAIGHT = line((0, 0), (1000, 0))
#: kV to metres, from the text of Article 10(1)
ARTICLE_10 = {1: 5, 6: 5, 10: 5, 35: 10, 66: 10, 110: 10, 154: 15, 220: 15, 330: 15, 500: 20}
UNNAMED = [0.4, 15, 20, 34.9, 110.1, 132, 345, 400, 750, 800, 1000, "±500kV", "±660", "±1100kV"]


def zone(kv="110", offset=4.0, shape=STRAIGHT, **knobs):
    return protection_zones(power_lines({"L": shape}, kv, offset), **knobs).iloc[0]


def test_a_straight_line_worked_by_hand():
    """110 kV, 4 m to the conductor: 14 m to each side, flat ends, 1 km: 28 000 m²."""
    row = zone()
    assert row.geometry.area == pytest.approx(28_000)
    assert (row["distance_m"], row["half_width_m"], row["offset_source"]) == (10, 14, "given")
    assert row.geometry.equals(box(0, -14, 1000, 14))


@pytest.mark.parametrize(("kv", "metres"), ARTICLE_10.items())
def test_distances_are_those_of_the_article(kv, metres):
    row = zone(kv, 0.0)
    assert row["distance_m"] == metres
    assert row.geometry.area == pytest.approx(2 * metres * 1000)
    assert "第十条" in row["rule"]


def test_direct_current_has_a_class_of_its_own():
    assert zone("±800kV")["distance_m"] == 30
    lines = power_lines({"L": STRAIGHT}, "800", current="dc")
    assert protection_zones(lines)["distance_m"][0] == 30


@pytest.mark.parametrize("kv", UNNAMED)
def test_no_rule_no_width(kv):
    row = zone(kv)
    assert np.isnan(row["half_width_m"])
    assert np.isnan(row["distance_m"])
    assert pd.isna(row["rule"])
    assert pd.isna(row["offset_source"])
    assert row.geometry.equals(STRAIGHT)


def test_a_campaign_may_name_what_the_law_does_not():
    law = load_rules("corridors")
    local = {"current": "ac", "from_kv": 20, "to_kv": 20, "distance_m": 7.5, "rule": "local rule 3"}
    rules = override(law, {"class": [*law["class"], local]})
    assert zone("20", 1.0, rules=rules)["half_width_m"] == 8.5
    assert zone("20", 1.0, rules=rules)["rule"] == "local rule 3"


DEFAULTS = {10: 0.7, 35: 2, 66: 4, 110: 4, 220: 7, 330: 12, 500: 12}


@pytest.mark.parametrize(("kv", "offset"), DEFAULTS.items())
def test_a_missing_offset_is_a_default_that_is_said(kv, offset):
    row = zone(kv, None)
    assert row["half_width_m"] == ARTICLE_10[kv] + offset
    assert row["offset_source"] == "default"


def test_without_offset_and_default_the_zone_is_unknown():
    assert np.isnan(zone("±800kV", None)["half_width_m"])


VOLTAGES = [
    ("110kV", 110, False, False),
    ("110千伏", 110, False, False),
    ("10 千伏", 10, False, False),
    ("35KV线", 35, False, False),
    ("架空220kV青山线", 220, False, False),
    ("±800kV", 800, True, False),
    ("+/-500 kV", 500, True, False),
    ("0.11MV", 110, False, False),
    ("110000V", 110, False, False),
    ("１１０", 110, False, False),
    ("110", 110, False, False),
    (110, 110, False, False),
    (110000.0, 110, False, True),
    ("110000", 110, False, True),
    ("110,000", 110, False, True),
    ("110000;20000", 110, False, True),
    ("10kV、35kV", 35, False, False),
    ("380/220kV", 380, False, False),
    (1499, 1499, False, False),
    (1500, 1.5, False, True),
    ("1500kV", 1500, False, False),
    ("0.4kV", 0.4, False, False),
    (None, np.nan, False, False),
    (np.nan, np.nan, False, False),
    (pd.NA, np.nan, False, False),
    ("—", np.nan, False, False),
    ("", np.nan, False, False),
    ("高压", np.nan, False, False),
]


@pytest.mark.parametrize(("cell", "kv", "dc", "in_volts"), VOLTAGES)
def test_voltages_as_people_write_them(cell, kv, dc, in_volts):
    assert parse_voltage(cell) == (pytest.approx(kv, nan_ok=True), dc, in_volts)


def test_an_angle_is_rounded_and_ends_are_flat():
    """Two arms: their bands, less the inner corner, and a quarter of a disc outside."""
    row = zone(shape=line((0, 0), (600, 0), (600, 500)))
    assert row.geometry.area == pytest.approx(28 * 1100 - 14**2 + np.pi * 14**2 / 4, rel=1e-4)
    assert row.geometry.bounds[0] == pytest.approx(38_500_000)


def test_spans_of_one_line_are_merged_and_rows_that_go_on_leave_no_notch():
    spans = [line((0, 0), (600, 0)), line((600, 0), (600, 500))]
    one = zone(shape=shapely.MultiLineString(spans)).geometry
    assert one.area == pytest.approx(zone(shape=line((0, 0), (600, 0), (600, 500))).geometry.area)
    rows = protection_zones(power_lines({"L1": spans[0], "L2": spans[1]}))
    assert rows.union_all().area == pytest.approx(one.area, rel=1e-4)
    # another width is another line: its terminal stays flat
    apart = protection_zones(power_lines({"L1": spans[0], "L2": spans[1]}, ["110", "220"]))
    assert apart.area[0] == pytest.approx(28 * 600)


def test_the_planned_corridor_is_a_zone_of_its_own():
    lines = power_lines(
        {"L": STRAIGHT, "M": STRAIGHT}, ["110", None], planning_width_m=[50.0, 30.0]
    )
    zones = protection_zones(lines)
    assert zones["line_id"].tolist() == ["L", "L", "M", "M"]
    assert zones["zone"].tolist() == ["protection", "planning", "protection", "planning"]
    assert zones["half_width_m"].tolist() == pytest.approx([14, 25, np.nan, 15], nan_ok=True)
    assert zones.area[1] == pytest.approx(50_000)


def test_columns_types_and_nothing():
    zones = protection_zones(power_lines({"L": STRAIGHT}, status="live", relocated_on=None))
    assert list(zones.columns) == [
        "line_id",
        "zone",
        "voltage_kv",
        "distance_m",
        "half_width_m",
        "offset_source",
        "status",
        "relocated_on",
        "rule",
        "geometry",
    ]
    none = protection_zones(power_lines({"L": STRAIGHT}, status="live").iloc[:0])
    assert_geodataframe_equal(none, zones.iloc[:0], check_index_type=False)


def test_rows_keep_their_status_and_the_argument_is_left_alone():
    days = pd.to_datetime(["2022-09-01", None])
    lines = power_lines(
        {"M": STRAIGHT, "L": STRAIGHT}, status=["relocated", "live"], relocated_on=days
    )
    before = lines.copy(deep=True)
    zones = protection_zones(lines)
    assert_geodataframe_equal(lines, before)
    assert zones["line_id"].tolist() == ["L", "M"]
    assert zones["status"].tolist() == ["live", "relocated"]
    assert zones["relocated_on"][1] == days[0]


@pytest.mark.parametrize("shape", [None, shapely.LineString(), ZERO_LINE])
def test_a_broken_axis_is_an_unknown_zone(shape):
    row = zone(shape=shape)
    assert np.isnan(row["half_width_m"])


@settings(max_examples=40)
@given(
    kv=st.tuples(*[st.sampled_from(sorted(ARTICLE_10))] * 2),
    offset=st.floats(0, 30),
    bend=st.tuples(st.integers(-300, 300), st.integers(-300, 300)).filter(any),
)
def test_a_higher_voltage_never_has_a_smaller_zone(kv, offset, bend):
    shape = line((0, 0), (100, 0), bend)
    low, high = (zone(v, offset, shape).geometry for v in sorted(kv))
    assert high.is_valid
    assert high.buffer(1e-6).covers(low)


LIFTED = [
    ("2022-10-14", "relocated", True),
    ("2022-10-14", None, True),
    ("2022-10-15", "relocated", False),
    (None, "relocated", False),
    ("2022-10-14", "to_relocate", False),
    ("2022-10-14", "dead", False),
    (None, "live", False),
]


@pytest.mark.parametrize(("day", "status", "lifted"), LIFTED)
def test_a_zone_is_lifted_by_relocation_only(day, status, lifted):
    lines = power_lines({"L": STRAIGHT}, status=[status], relocated_on=pd.to_datetime([day]))
    stands = still_there(protection_zones(lines), pd.Timestamp("2022-10-14"))
    assert stands.tolist() == [not lifted]


def test_findings():
    shapes = dict.fromkeys("abcdefg", STRAIGHT) | {"h": None, "i": ZERO_LINE}
    kv = ["110", "—", "20", "220000", "220kV", "±800kV", None, "110", "110"]
    offset = [4, 4, 4, 4, None, None, None, 4, 4]
    found = find_corridors(power_lines(shapes, kv, offset, source_file="lines.geojson"))
    by_code = found.explode("ids").groupby("code")["ids"].agg(sorted).to_dict()
    assert by_code == {
        "voltage_missing": ["b", "g"],
        "voltage_unknown": ["c"],
        "voltage_in_volts": ["d"],
        "edge_offset_default": ["e"],
        "edge_offset_missing": ["f"],
        "geometry_missing": ["h"],
        "geometry_invalid": ["i"],
    }
    volts = found[found["code"].eq("voltage_in_volts")].iloc[0]
    assert json.loads(volts["facts"]) == {"said": "220000", "voltage_kv": 220.0}
    assert volts["source_file"] == "lines.geojson"


REFUSALS = [
    (power_lines({"L": STRAIGHT}, offset=-1.0), TableError, "'edge_offset_m'.*at least 0 in L"),
    (power_lines({"L": STRAIGHT}, planning_width_m=-1.0), TableError, "'planning_width_m'"),
    (power_lines({"L": STRAIGHT}).drop(columns="voltage_kv"), TableError, "no column voltage_kv"),
    (power_lines({"L": box(0, 0, 1, 1)}), GeometryError, "Polygon"),
    (power_lines({"L": STRAIGHT}).to_crs(4490), CRSError, "not in metres"),
    (pd.concat([power_lines({"L": STRAIGHT})] * 2), TableError, "'line_id' repeats: L"),
]


@pytest.mark.parametrize(("lines", "error", "says"), REFUSALS, ids=[r[2] for r in REFUSALS])
def test_refusals_say_what_and_where(lines, error, says):
    with pytest.raises(error, match=says):
        protection_zones(lines)
    with pytest.raises(error, match=says):
        find_corridors(lines)


def test_real_lines(shared_data):
    """Bayreuth: two lines say 110000, the others nothing; 27 closed ways are generators."""
    folder = shared_data("bayreuth_osm")
    lines = gpd.read_file(folder / "bayreuth.gpkg", layer="power_lines").to_crs(25832)
    lines = lines[lines.geom_type.isin(["LineString", "MultiLineString"])]
    lines = lines.assign(line_id=[f"L{k}" for k in range(len(lines))], voltage_kv=lines["voltage"])
    zones = protection_zones(lines)
    assert len(zones) == len(lines)
    assert zones["voltage_kv"].dropna().tolist() == [110.0, 110.0]
    known = zones[zones["half_width_m"].notna()]
    assert known["half_width_m"].tolist() == [14.0, 14.0]
    codes = find_corridors(lines)["code"].value_counts()
    assert codes["voltage_missing"] == len(lines) - 2
    assert codes["voltage_in_volts"] == codes["edge_offset_default"] == 2
