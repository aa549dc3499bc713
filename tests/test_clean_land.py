"""Clean land: one sentence of the promise at a time, on ground that can be worked by hand."""

from __future__ import annotations

import dataclasses
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from worlds import (
    BOW_TIE,
    DAY,
    GK38,
    at,
    box,
    line,
    parcels,
    power_lines,
    projects,
    records,
    shuffled,
    two,
)

from landgis.base.errors import CampaignError, CRSError, GeometryError, LandgisError, TableError
from landgis.base.schema import REASONS, STATES
from landgis.spatial.attribution import attribute
from landgis.spatial.clean_land import (
    CONDITIONS,
    CleanLand,
    clean_areas,
    clean_land,
    find_clean_land,
)
from landgis.spatial.corridors import protection_zones

NO_LINES = power_lines({})
NO_RECORDS = records({})
ALL_MET = dict.fromkeys(CONDITIONS, True)
FIVE = ["area_m2", "clean_m2", "restricted_m2", "blocked_m2", "excluded_m2"]
PROJECTS = ["project_id", *FIVE, "sliver_m2", "verdict", "open_conditions"]
RED_LINE = projects({"P": box(0, 0, 20, 10)})
DAYS = pd.to_datetime


def ask(given_=NO_RECORDS, of=None, red_lines=RED_LINE, lines=NO_LINES, fast=False, **knobs):
    """Ask about a day; two agreed parcels that fill the red line unless told otherwise."""
    of = two() if of is None else of
    question = {"as_of": DAY, "acquired_when": "agreed", **knobs}
    question.setdefault("links", attribute(given_, of))
    zones = lines if "half_width_m" in lines else protection_zones(lines)
    function = clean_areas if fast else clean_land
    return function(red_lines, of, given_, zones, **question)


def ground(answer):
    """Return {(parcel, state, reasons): m²} of the pieces."""
    out = {}
    for row in answer.pieces.to_dict("records"):
        parcel = None if pd.isna(row["parcel_id"]) else row["parcel_id"]
        out[parcel, row["state"], "+".join(row["reasons"])] = round(row["area_m2"], 6)
    return out


def figures(answer):
    return answer.projects.iloc[0][FIVE].tolist()


def verdict(answer):
    return answer.projects["verdict"].iloc[0]


def test_the_tables_and_their_columns():
    answer = ask(blocks=projects({"P": box(0, 0, 5, 5)}).assign(block_id="b"))
    assert isinstance(answer, CleanLand)
    assert list(answer.projects.columns) == PROJECTS
    assert list(answer.blocks.columns) == ["block_id", *PROJECTS]
    assert list(answer.parcels.columns) == ["project_id", "parcel_id", *FIVE]
    assert list(answer.pieces.columns) == [
        "project_id",
        "block_id",
        "parcel_id",
        "state",
        "reason",
        "reasons",
        "area_m2",
        "geometry",
    ]
    assert answer.pieces.crs == GK38
    assert all(answer.projects[name].dtype == float for name in [*FIVE, "sliver_m2"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.projects = None


def test_nothing_in_nothing_out_with_the_same_columns():
    full = ask(blocks=projects({"P": box(0, 0, 5, 5)}).assign(block_id="b"))
    for fast in (False, True):
        none = ask(of=two().iloc[:0], red_lines=RED_LINE.iloc[:0], fast=fast)
        for name in ("projects", "blocks", "parcels"):
            wanted = getattr(full, name).iloc[:0]
            assert_frame_equal(getattr(none, name), wanted, check_index_type=False)
        assert_geodataframe_equal(none.pieces, full.pieces.iloc[:0], check_index_type=False)


def test_agreed_and_bare_ground_is_clean():
    answer = ask(conditions={"P": ALL_MET})
    assert ground(answer) == {("A", "clean", ""): 100, ("B", "clean", ""): 100}
    assert figures(answer) == [200, 200, 0, 0, 0]
    assert verdict(answer) == "ready"
    assert answer.projects["open_conditions"][0] == []
    assert answer.pieces["reason"].isna().all()


def test_without_parcels_the_red_line_is_a_gap():
    assert ground(ask(of=two().iloc[:0])) == {(None, "blocked", "gap"): 200}


def test_ground_between_parcels_and_red_line_is_a_gap():
    answer = ask(red_lines=projects({"P": box(5, 0, 25, 10)}))
    assert ground(answer) == {
        ("A", "clean", ""): 50,
        ("B", "clean", ""): 100,
        (None, "blocked", "gap"): 50,
    }
    assert verdict(answer) == "not_clean"
    assert answer.parcels["parcel_id"].tolist() == ["A", "B"]


@pytest.mark.parametrize("stage", ["agreed", "paid", "delivered"])
@pytest.mark.parametrize(
    ("day", "share", "acquired"),
    [
        (DAY, None, True),
        (DAY, 1.0, True),
        (DAY, 0.99, False),
        ("2022-10-15", None, False),
        (None, None, False),
    ],
)
def test_what_counts_as_acquired(stage, day, share, acquired):
    other = {"agreed_on": pd.NaT, "paid_on": pd.NaT, "delivered_on": pd.NaT}
    of = two().assign(**{**other, f"{stage}_on": DAYS([DAY, day]), "agreed_share": [None, share]})
    state = ("B", "clean", "") if acquired else ("B", "blocked", "not_acquired")
    assert ground(ask(of=of, acquired_when=stage)) == {("A", "clean", ""): 100, state: 100}


@pytest.mark.parametrize(
    ("since", "until", "disputed"),
    [
        (DAY, None, True),
        ("2022-10-15", None, False),
        ("2022-01-01", DAY, False),
        ("2022-01-01", "2022-10-15", True),
        (None, "2022-10-15", False),
    ],
)
def test_a_dispute_runs_from_a_day_until_a_day(since, until, disputed):
    of = two().assign(disputed_from=DAYS([None, since]), disputed_to=DAYS([None, until]))
    assert (("B", "blocked", "disputed") in ground(ask(of=of))) == disputed


def test_a_polygon_blocks_where_it_stands_and_nothing_else():
    answer = ask(records({"h": box(8, 2, 12, 4)}, parcel_id="A"))
    assert ground(answer) == {
        ("A", "clean", ""): 96,
        ("A", "blocked", "house"): 4,
        ("B", "clean", ""): 96,
        ("B", "blocked", "house"): 4,
    }


def test_a_point_blocks_the_parcel_it_stands_in_whatever_its_code():
    answer = ask(records({"g": at(12, 5)}, "grave", parcel_id="A"))
    assert ground(answer) == {("A", "clean", ""): 100, ("B", "blocked", "grave"): 100}


def test_a_point_blocks_what_of_its_parcel_lies_in_the_red_line():
    """The grave itself is outside; the parcel reaches in."""
    answer = ask(records({"g": at(2, 5)}, "grave"), red_lines=projects({"P": box(5, 0, 20, 10)}))
    assert ground(answer) == {("A", "blocked", "grave"): 50, ("B", "clean", ""): 100}


def test_a_line_blocks_every_parcel_it_stands_in():
    answer = ask(records({"w": line((8, 5), (12, 5))}, "attachment"))
    assert figures(answer) == [200, 0, 0, 200, 0]
    answer = ask(records({"w": line((8, 5), (10, 5))}, "attachment"))
    assert ground(answer)["B", "clean", ""] == 100


@pytest.mark.parametrize("code", [None, "B"])
def test_a_point_beside_every_parcel_blocks_the_nearest(code):
    answer = ask(records({"g": at(21, 5)}, "grave", parcel_id=code))
    assert ground(answer)["B", "blocked", "grave"] == 100


def test_a_point_far_from_every_parcel_blocks_none_though_it_has_a_code():
    answer = ask(records({"g": at(40, 5)}, "grave", parcel_id="B"))
    assert figures(answer) == [200, 200, 0, 0, 0]


@pytest.mark.parametrize("shape", [None, BOW_TIE])
def test_a_record_without_usable_shape_blocks_its_linked_parcel(shape):
    answer = ask(records({"h": shape}, parcel_id="B"))
    assert ground(answer) == {("A", "clean", ""): 100, ("B", "blocked", "house"): 100}


def test_land_never_blocks():
    shapes = {"p": at(5, 5), "a": box(1, 1, 2, 2), "n": None, "lost": None}
    answer = ask(
        records(shapes, "land", parcel_id=["A", "A", "A", None]), conditions={"P": ALL_MET}
    )
    assert verdict(answer) == "ready"


ENDS = [
    ("house", "removed_on", DAY, False),
    ("house", "removed_on", "2022-10-15", True),
    ("house", "vacated_on", DAY, True),
    ("house", "paid_on", DAY, True),
    ("attachment", "removed_on", DAY, False),
    ("grave", "removed_on", DAY, False),
    ("crop", "removed_on", DAY, False),
    ("special_crop", "removed_on", DAY, False),
    ("house", "built_on", DAY, True),
    ("house", "built_on", "2022-10-15", False),
]


@pytest.mark.parametrize(("kind", "column", "day", "stands"), ENDS)
@pytest.mark.parametrize("shape", [box(1, 1, 2, 2), at(1, 1), None])
def test_what_begins_and_ends_blocking(kind, column, day, stands, shape):
    given_ = records({"r": shape}, kind, parcel_id="A", **{column: DAYS([day])})
    assert (figures(ask(given_))[3] > 0) == stands


@pytest.mark.parametrize(
    ("kind", "stands"),
    [
        ("crop", False),
        ("special_crop", False),
        ("house", True),
        ("attachment", True),
        ("grave", True),
    ],
)
@pytest.mark.parametrize("shape", [box(1, 1, 12, 2), at(1, 1), None])
def test_clearing_a_parcel_ends_its_crops_and_only_them(kind, stands, shape):
    of = two().assign(cleared_on=DAYS([DAY, None]))
    found = ground(ask(records({"r": shape}, kind, parcel_id="A"), of=of))
    assert (("A", "blocked", kind) in found) == stands
    if shape is not None and shape.area > 0:
        assert found["B", "blocked", kind] == 2


def test_reasons_come_in_order_the_first_before_all():
    of = two().assign(agreed_on=DAYS([None, DAY]), disputed_from=DAYS([DAY, None]))
    kinds = ["grave", "crop", "special_crop", "attachment", "house"]
    given_ = records({k: box(1, 1, 2, 2) for k in kinds}, kinds)
    lines = power_lines({"L": line((-99, 1.5), (99, 1.5))}, "10", 0.0)
    refused = gpd.GeoDataFrame({"exclusion_id": ["e"]}, geometry=[box(1, 1, 2, 2)], crs=GK38)
    answer = ask(given_, of=of, lines=lines, exclusions=refused)
    piece = answer.pieces[answer.pieces["area_m2"].round(6).eq(1)].iloc[0]
    assert piece["reasons"] == list(REASONS[2:11])
    assert piece["reason"] == "not_acquired"


def exclusion(doc_no="X-1", approved_on=DAY, shape=None):
    table = {"exclusion_id": ["e"], "doc_no": [doc_no], "approved_on": DAYS([approved_on])}
    return gpd.GeoDataFrame(table, geometry=[shape or box(5, 0, 15, 10)], crs=GK38)


def test_an_approved_exclusion_goes_before_everything():
    of = two().assign(agreed_on=pd.NaT)
    lines = power_lines({"L": line((-99, 5), (99, 5))}, "10", 0.0)
    answer = ask(records({"h": box(6, 1, 7, 2), "g": at(9, 9)}, ["house", "grave"]), of=of,
                 lines=lines, exclusions=exclusion())  # fmt: skip
    assert figures(answer) == [200, 0, 0, 100, 100]
    assert ground(answer)["A", "excluded", "exclusion"] == 50
    gone = answer.pieces[answer.pieces["state"].eq("excluded")]
    assert gone["reason"].eq("exclusion").all()


@pytest.mark.parametrize(
    ("doc_no", "approved_on"), [(None, DAY), ("  ", DAY), ("X-1", None), ("X-1", "2022-10-15")]
)
def test_without_document_or_day_an_exclusion_blocks(doc_no, approved_on):
    answer = ask(exclusions=exclusion(doc_no, approved_on))
    assert ground(answer)["A", "blocked", "exclusion_unapproved"] == 50
    assert figures(answer) == [200, 100, 0, 100, 0]


LIVE = power_lines({"L": line((-99, 12), (99, 12))}, "10", 0.0)  # its zone reaches down to 7 m


@pytest.mark.parametrize(
    ("corridor", "doc_no", "state", "reasons"),
    [
        (None, None, "restricted", "live_line"),
        ("condition", None, "restricted", "live_line"),
        ("blocker", None, "blocked", "live_line"),
        ("excluded", "X-2", "excluded", "exclusion"),
        ("excluded", None, "blocked", "exclusion_unapproved+live_line"),
        ("excluded", " ", "blocked", "exclusion_unapproved+live_line"),
    ],
)
def test_what_the_contract_makes_of_a_live_line(corridor, doc_no, state, reasons):
    red_lines = RED_LINE.assign(corridor=[corridor], corridor_doc_no=[doc_no])
    answer = ask(lines=LIVE, red_lines=red_lines, conditions={"P": ALL_MET})
    assert ground(answer)["A", state, reasons] == pytest.approx(30)
    expected = {"restricted": "nearly", "blocked": "not_clean", "excluded": "ready"}
    assert verdict(answer) == expected[state]
    opened = answer.projects["open_conditions"][0]
    assert opened == (["live_line"] if state == "restricted" else [])


def test_blocked_goes_before_restricted():
    found = ground(ask(records({"h": box(1, 6, 2, 8)}), lines=LIVE))
    assert found["A", "blocked", "house"] == pytest.approx(1)
    assert found["A", "blocked", "house+live_line"] == pytest.approx(1)
    assert found["A", "restricted", "live_line"] == pytest.approx(29)


def test_a_relocated_line_and_a_planned_corridor_restrict_nothing():
    gone = LIVE.assign(status="relocated", relocated_on=DAYS([DAY]))
    assert figures(ask(lines=gone))[2] == 0
    far = power_lines({"L": line((-99, 30), (99, 30))}, "10", 0.0, planning_width_m=100.0)
    assert figures(ask(lines=far))[2] == 0
    assert figures(ask(lines=gone.assign(status="dead")))[2] == pytest.approx(60)


@pytest.mark.parametrize("kv", [None, "20"])
def test_an_unknown_zone_makes_the_projects_it_crosses_unknown(kv):
    red_lines = projects({"P": box(0, 0, 10, 10), "Q": box(10, 0, 20, 10)})
    lines = power_lines({"L": line((5, -5), (5, 25))}, kv)
    answer = ask(red_lines=red_lines, lines=lines)
    assert answer.projects["verdict"].tolist() == ["unknown", "nearly"]
    assert answer.projects["restricted_m2"].tolist() == [0, 0]
    gone = lines.assign(status="relocated", relocated_on=DAYS([DAY]))
    assert ask(red_lines=red_lines, lines=gone).projects["verdict"].tolist() == ["nearly"] * 2
    # something blocked goes before
    answer = ask(records({"h": box(1, 1, 2, 2)}), red_lines=red_lines, lines=lines)
    assert answer.projects["verdict"].tolist() == ["not_clean", "nearly"]


@pytest.mark.parametrize("shape", [None, BOW_TIE, shapely.Polygon()])
def test_without_a_red_line_nothing_can_be_told(shape):
    red_lines = projects({"P": box(0, 0, 20, 10), "Q": shape})
    for fast in (False, True):
        answer = ask(red_lines=red_lines, fast=fast)
        row = answer.projects.set_index("project_id").loc["Q"]
        assert row["verdict"] == "unknown"
        assert row[[*FIVE, "sliver_m2"]].isna().all()
        assert answer.projects["verdict"][0] == "nearly"


LOST = [
    ({"project_id": "Q"}, ["nearly", "unknown", "nearly"]),
    ({"project_id": "elsewhere"}, ["nearly", "nearly", "nearly"]),
    ({"village": "V", "group": "1"}, ["unknown", "nearly", "nearly"]),
    ({"village": "V", "group": "3"}, ["nearly", "nearly", "nearly"]),
    ({"village": "V", "group": "9"}, ["unknown", "unknown", "unknown"]),
    ({"village": "V"}, ["unknown", "unknown", "unknown"]),
    ({}, ["unknown", "unknown", "unknown"]),
    ({"project_id": "Q", "village": "V", "group": "1"}, ["nearly", "unknown", "nearly"]),
    ({"removed_on": DAYS([DAY])}, ["nearly", "nearly", "nearly"]),
    ({"kind": "land"}, ["nearly", "nearly", "nearly"]),
    ({"parcel_id": "A"}, ["not_clean", "nearly", "nearly"]),
]


@pytest.mark.parametrize(("said", "verdicts"), LOST)
@pytest.mark.parametrize("shape", [None, BOW_TIE])
def test_a_record_that_nothing_places_leaves_open_what_it_may_block(said, verdicts, shape):
    squares = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 0, 30, 10)]
    ground_ = dict(zip("ABCD", [*squares, box(90, 0, 99, 9)], strict=True))
    of = parcels(ground_, village="V", group=["1", "2", "2", "3"])
    red_lines = projects(dict(zip("PQR", squares, strict=True)))
    answer = ask(records({"r": shape}, **said), of=of, red_lines=red_lines)
    assert answer.projects["verdict"].tolist() == verdicts


def test_ground_under_two_parcels_is_one_piece_divided_in_the_parcel_table():
    of = parcels({"B": box(0, 0, 12, 10), "A": box(8, 0, 20, 10)})
    answer = ask(of=of)
    assert ground(answer) == {
        ("A", "clean", ""): 80,
        ("A", "blocked", "disputed"): 40,
        ("B", "clean", ""): 80,
    }
    assert answer.parcels["area_m2"].tolist() == pytest.approx([100, 100])
    assert answer.parcels["blocked_m2"].tolist() == pytest.approx([20, 20])
    assert verdict(answer) == "not_clean"


def test_contested_ground_carries_the_reasons_of_all_its_parcels():
    of = parcels({"A": box(0, 0, 12, 10), "B": box(8, 0, 20, 10)}).assign(
        agreed_on=DAYS([DAY, None])
    )
    found = ground(ask(records({"g": at(1, 1)}, "grave"), of=of))
    assert found == {
        ("A", "blocked", "grave"): 80,
        ("A", "blocked", "not_acquired+disputed+grave"): 40,
        ("B", "blocked", "not_acquired"): 80,
    }


def test_contested_ground_is_cleared_of_crops_when_all_its_parcels_are():
    shapes = {"A": box(0, 0, 12, 10), "B": box(8, 0, 20, 10)}
    crop = records({"c": box(9, 1, 10, 2)}, "crop")
    for days, stands in (([DAY, None], True), ([DAY, DAY], False)):
        found = ground(ask(crop, of=parcels(shapes, cleared_on=DAYS(days))))
        assert (("A", "blocked", "disputed+crop") in found) == stands


def test_the_ground_of_a_broken_parcel_is_its_outline_less_the_valid_ones():
    """The bow-tie is two triangles of 25 m² over A; half of them lies under B."""
    of = parcels({"A": BOW_TIE, "B": box(5, 0, 20, 10)})
    answer = ask(of=of)
    assert ground(answer) == {
        ("A", "blocked", "parcel_invalid"): 25,
        ("B", "clean", ""): 150,
        (None, "blocked", "gap"): 25,
    }
    assert answer.parcels.set_index("parcel_id")["blocked_m2"].to_dict() == {"A": 25, "B": 0}
    # only its code meets it
    found = ground(ask(records({"h": None}, parcel_id="A"), of=of))
    assert found["A", "blocked", "parcel_invalid+house"] == 25


def test_a_gap_and_an_overlap_as_thin_as_a_sliver_decide_nothing():
    of = parcels({"A": box(0, 0, 10.05, 10), "B": box(10, 0, 19.95, 10)})
    answer = ask(of=of, conditions={"P": ALL_MET})
    assert answer.projects["blocked_m2"][0] == pytest.approx(1.0)
    assert answer.projects["sliver_m2"][0] == pytest.approx(1.0)
    assert verdict(answer) == "ready"
    assert verdict(ask(of=of, conditions={"P": ALL_MET}, sliver_m=0.04)) == "not_clean"
    assert ask(of=of, sliver_m=0).projects["sliver_m2"][0] == 0


def test_an_excluded_sliver_is_no_sliver():
    of = parcels({"A": box(0, 0, 10, 10), "B": box(10.05, 0, 20, 10)})
    answer = ask(of=of, exclusions=exclusion(shape=box(9, 0, 11, 4)))
    assert answer.projects["sliver_m2"][0] == pytest.approx(0.3)
    assert answer.projects["blocked_m2"][0] == pytest.approx(0.3)


def test_other_thin_ground_does_decide():
    answer = ask(records({"wall": box(5, 0, 5.05, 10)}), conditions={"P": ALL_MET})
    assert verdict(answer) == "not_clean"
    assert answer.projects["sliver_m2"][0] == 0


def test_each_part_of_a_gap_is_measured_by_itself():
    of = parcels({"A": box(0, 0, 10, 10), "B": box(10.05, 0, 19, 10)})
    answer = ask(of=of)
    assert answer.projects["sliver_m2"][0] == pytest.approx(0.5)
    assert answer.projects["blocked_m2"][0] == pytest.approx(10.5)
    assert verdict(answer) == "not_clean"


def test_a_house_does_not_make_the_gap_it_stands_on_narrow():
    of = parcels({"A": box(0, 0, 10, 10), "B": box(10.15, 0, 20, 10)})
    given_ = records({"h": box(10.08, -1, 10.15, 11)})
    for fast in (False, True):
        answer = ask(given_, of=of, fast=fast)
        assert answer.projects["sliver_m2"][0] == 0
        assert verdict(answer) == "not_clean"


@pytest.mark.parametrize("missing", CONDITIONS)
@pytest.mark.parametrize("said", [{}, {"P": None}])
def test_a_condition_false_or_unknown_is_listed(missing, said):
    known = {**ALL_MET, missing: False}
    if not said:
        del known[missing]
    answer = ask(conditions={"P": known})
    assert verdict(answer) == "nearly"
    assert answer.projects["open_conditions"][0] == [missing]


def test_no_conditions_at_all_are_all_unknown():
    assert ask().projects["open_conditions"][0] == list(CONDITIONS)


BLOCKS = gpd.GeoDataFrame(
    {"block_id": ["b2", "b1"], "project_id": ["P", "P"]},
    geometry=[box(10, 0, 25, 5), box(-5, 0, 10, 10)],
    crs=GK38,
)


def test_blocks_have_their_own_areas_and_verdicts():
    answer = ask(records({"h": box(1, 1, 2, 2)}), blocks=BLOCKS, conditions={"P": ALL_MET})
    blocks = answer.blocks.set_index("block_id")
    assert blocks["area_m2"].to_dict() == {"b1": 100, "b2": 50}
    assert blocks["verdict"].to_dict() == {"b1": "not_clean", "b2": "ready"}
    outside = answer.pieces[answer.pieces["block_id"].isna()]
    assert outside["area_m2"].sum() == pytest.approx(50)
    assert verdict(answer) == "not_clean"


def test_an_unknown_zone_leaves_open_only_the_block_it_crosses():
    lines = power_lines({"L": line((15, -5), (15, 25))}, None)
    answer = ask(blocks=BLOCKS, lines=lines)
    assert answer.blocks["verdict"].tolist() == ["nearly", "unknown"]
    assert verdict(answer) == "unknown"


def test_blocks_that_overlap_share_nothing_and_those_without_ground_are_unknown():
    table = {"block_id": ["a", "b", "c", "d"], "project_id": "P"}
    shapes = [box(0, 0, 12, 10), box(8, 0, 20, 10), box(50, 0, 60, 10), None]
    answer = ask(blocks=gpd.GeoDataFrame(table, geometry=shapes, crs=GK38))
    assert answer.blocks["area_m2"].tolist() == pytest.approx([120, 80, 0, np.nan], nan_ok=True)
    assert answer.blocks["verdict"].tolist() == ["nearly", "nearly", "unknown", "unknown"]


def test_a_block_cuts_its_own_project_or_all():
    red_lines = projects({"P": box(0, 0, 20, 10), "Q": box(0, 0, 20, 10)})
    table = {"block_id": ["a", "b", "z"], "project_id": ["P", None, "elsewhere"]}
    shapes = [box(0, 0, 10, 10), box(15, 0, 20, 10), box(0, 0, 20, 10)]
    answer = ask(red_lines=red_lines, blocks=gpd.GeoDataFrame(table, geometry=shapes, crs=GK38))
    rows = answer.blocks[["block_id", "project_id", "area_m2"]].to_numpy(object).tolist()
    assert rows == [["a", "P", 100.0], ["b", "P", 50.0], ["b", "Q", 50.0]]


def test_projects_may_overlap_and_each_counts_the_ground():
    red_lines = projects({"P": box(0, 0, 15, 10), "Q": box(5, 0, 20, 10)})
    answer = ask(records({"h": box(9, 1, 11, 2)}), red_lines=red_lines)
    assert answer.projects["area_m2"].tolist() == [150, 150]
    assert answer.projects["blocked_m2"].tolist() == pytest.approx([2, 2])


def test_a_touch_blocks_nothing():
    answer = ask(records({"h": box(20, 0, 25, 10), "c": box(5, -5, 8, 0)}, ["house", "crop"]))
    assert figures(answer) == [200, 200, 0, 0, 0]


# ---- laws ---------------------------------------------------------------------------------------

grid = st.integers(0, 24)
corner = st.tuples(grid, grid, st.integers(1, 12), st.integers(1, 12))
rectangle = corner.map(lambda c: box(c[0], c[1], c[0] + c[2], c[1] + c[3]))
some_shape = (
    rectangle
    | corner.map(lambda c: at(c[0], c[1]))
    | corner.map(lambda c: line((c[0], c[1]), (c[0] + c[2], c[1] + c[3])))
    | st.sampled_from([None, BOW_TIE])
)
maybe_day = st.sampled_from([None, "2022-09-01", DAY, "2022-12-01"])


@st.composite
def worlds(draw):
    """Draw a county of a few overlapping rectangles, with every sort of trouble."""
    shapes = draw(st.lists(rectangle | st.just(BOW_TIE), max_size=6))
    of = parcels({f"A{k}": s for k, s in enumerate(shapes)})
    for column in ("agreed_on", "disputed_from", "cleared_on"):
        of[column] = DAYS([draw(maybe_day) for _ in shapes]).astype("datetime64[us]")
    stands = draw(st.lists(some_shape, max_size=5))
    kinds = [draw(st.sampled_from(["house", "crop", "grave", "land"])) for _ in stands]
    codes = [draw(st.sampled_from([None, "A0", "A1"])) for _ in stands]
    removed = DAYS([draw(maybe_day) for _ in stands]).astype("datetime64[us]")
    given_ = records({f"r{k}": s for k, s in enumerate(stands)}, kinds, parcel_id=codes)
    given_["removed_on"] = removed
    red_lines = projects(
        {f"P{k}": s for k, s in enumerate(draw(st.lists(rectangle, min_size=1, max_size=2)))}
    )
    red_lines["corridor"] = draw(st.sampled_from(["condition", "blocker", "excluded"]))
    lines = draw(
        st.lists(corner.map(lambda c: line((c[0], c[1]), (c[0] + c[2], c[1]))), max_size=2)
    )
    out = draw(st.lists(rectangle, max_size=2))
    approved = DAYS([draw(maybe_day) for _ in out]).astype("datetime64[us]")
    taken = {"exclusion_id": [f"e{k}" for k in range(len(out))], "doc_no": "X"}
    exclusions = gpd.GeoDataFrame(
        pd.DataFrame({**taken, "approved_on": approved}, index=range(len(out))),
        geometry=out,
        crs=GK38,
    )
    blocks = draw(st.lists(rectangle, max_size=2))
    cut = pd.DataFrame({"block_id": [f"b{k}" for k in range(len(blocks))]}).assign(project_id=None)
    return {
        "of": of,
        "given_": given_,
        "red_lines": red_lines,
        "lines": power_lines({f"L{k}": s for k, s in enumerate(lines)}, "10", 0.0),
        "exclusions": exclusions,
        "blocks": gpd.GeoDataFrame(cut, geometry=blocks, crs=GK38),
    }


@settings(max_examples=20)
@given(world=worlds())
def test_areas_add_up_and_pieces_are_valid(world):
    answer = ask(**world)
    pieces = answer.pieces
    assert pieces.is_valid.all()
    assert pieces.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    assert pieces["state"].isin(STATES).all()
    assert pieces.area.to_numpy() == pytest.approx(pieces["area_m2"].to_numpy(), abs=1e-5)
    base = world["red_lines"].set_index("project_id").area.sort_index()
    table = answer.projects.set_index("project_id")
    assert table["area_m2"].to_numpy() == pytest.approx(base.to_numpy(), rel=1e-6)
    assert table[FIVE[1:]].sum(axis=1).to_numpy() == pytest.approx(base.to_numpy(), rel=1e-6)
    in_parcels = pieces[pieces["parcel_id"].notna()].groupby("project_id")["area_m2"].sum()
    by_parcel = answer.parcels.groupby("project_id")["area_m2"].sum()
    assert by_parcel.to_numpy() == pytest.approx(in_parcels.to_numpy(), rel=1e-6)
    for _, own in pieces.groupby("project_id"):
        assert own.union_all().area == pytest.approx(own["area_m2"].sum(), rel=1e-6)
    assert not pieces[pieces["state"].eq("clean")]["reason"].notna().any()


@settings(max_examples=12)
@given(world=worlds())
def test_the_fast_way_gives_the_same_figures(world):
    full, fast = ask(**world), ask(**world, fast=True)
    for name in ("projects", "blocks", "parcels"):
        assert_frame_equal(getattr(full, name), getattr(fast, name), rtol=1e-9, atol=1e-6)
    assert len(fast.pieces) == 0


@settings(max_examples=12)
@given(world=worlds(), seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(world, seed):
    mixed = {name: shuffled(frame, seed + k) for k, (name, frame) in enumerate(world.items())}
    one, other = ask(**world), ask(**mixed)
    for name in ("projects", "blocks", "parcels"):
        assert_frame_equal(getattr(one, name), getattr(other, name))
    assert_geodataframe_equal(one.pieces, other.pieces)


@settings(max_examples=8)
@given(world=worlds())
def test_time_only_frees_ground_that_was_built_before(world):
    """With no dispute and no deadline ahead, clean ground grows from day to day."""
    of = world["of"].drop(columns="disputed_from")
    days = ["2022-08-01", "2022-09-15", DAY, "2023-01-01"]
    answers = [ask(**{**world, "of": of}, as_of=day) for day in days]
    for before, after in itertools.pairwise(answers):
        grown = after.projects["blocked_m2"] - before.projects["blocked_m2"]
        assert (grown < 1e-6).all()


@settings(max_examples=8)
@given(world=worlds(), cut=st.integers(1, 23))
def test_splitting_a_parcel_changes_no_project(world, cut):
    of = world["of"]
    whole = of[of.is_valid].reset_index(drop=True)
    west, east = box(0, 0, cut, 40), box(cut, 0, 40, 40)
    halves = [
        whole.assign(
            parcel_id=whole["parcel_id"].astype("str") + end, geometry=whole.intersection(side)
        )
        for end, side in (("w", west), ("e", east))
    ]
    split = pd.concat(halves, ignore_index=True)
    split = split[split.area > 0].reset_index(drop=True)
    given_ = world["given_"]
    areal = given_[given_.area > 0].assign(parcel_id=None)
    areal = areal[areal.is_valid].reset_index(drop=True)
    world = {**world, "given_": areal}
    one, other = ask(**{**world, "of": whole}), ask(**{**world, "of": split})
    assert_frame_equal(
        one.projects.drop(columns="sliver_m2"), other.projects.drop(columns="sliver_m2"), atol=1e-6
    )


def test_the_arguments_are_left_alone():
    frames = [RED_LINE.copy(), two(), records({"h": box(1, 1, 2, 2)}), protection_zones(LIVE)]
    before = [frame.copy(deep=True) for frame in frames]
    links = attribute(frames[2], frames[1])
    clean_land(*frames, links=links, as_of=DAY, acquired_when="agreed", blocks=BLOCKS)
    for frame, was in zip(frames, before, strict=True):
        assert_geodataframe_equal(frame, was)


# ---- refusals and findings ----------------------------------------------------------------------

REFUSALS = [
    ({"acquired_when": "signed"}, CampaignError, "acquired_when is signed.*agreed, paid"),
    ({"as_of": "soon"}, CampaignError, "'soon' is no day"),
    ({"sliver_m": -0.1}, CampaignError, "sliver_m is -0.1"),
    ({"of": two().drop(columns="agreed_on")}, TableError, "parcels: no column agreed_on"),
    ({"given_": records({"x": at(1, 1)}, "tree")}, TableError, "'kind' must be one of .* in 0"),
    ({"given_": records({"x": at(1, 1)}, None)}, TableError, "'kind' must be one of"),
    ({"red_lines": RED_LINE.assign(corridor="maybe")}, TableError, "'corridor' must be one of"),
    ({"red_lines": projects({"P": line((0, 0), (1, 1))})}, GeometryError, "projects: LineString"),
    ({"red_lines": RED_LINE.to_crs(4547)}, CRSError, "projects, parcels"),
    ({"red_lines": pd.concat([RED_LINE] * 2)}, TableError, "'project_id' repeats: P"),
    ({"exclusions": exclusion().to_crs(4547)}, CRSError, "exclusions, parcels"),
    ({"lines": protection_zones(LIVE).drop(columns="zone")}, TableError, "zones: no column zone"),
    (
        {"given_": records({"x": at(1, 1)}), "links": attribute(NO_RECORDS, two())},
        TableError,
        "no link for the records x",
    ),
    (
        {"links": attribute(records({"x": at(1, 1)}), two().assign(parcel_id=["Y", "Z"]))},
        TableError,
        "they name the parcels Y",
    ),
]


@pytest.mark.parametrize(("knobs", "error", "says"), REFUSALS, ids=[r[2] for r in REFUSALS])
def test_refusals_say_what_and_where(knobs, error, says):
    with pytest.raises(error, match=says) as caught:
        ask(**knobs)
    assert isinstance(caught.value, LandgisError)
    assert caught.value.say("zh") != str(caught.value)


def test_findings_on_red_lines_and_exclusions():
    red_lines = projects({"P": box(0, 0, 15, 10), "Q": box(5, 0, 20, 10), "R": None, "S": BOW_TIE})
    refused = pd.concat(
        [
            exclusion(None, None, box(12, 0, 18, 1)),
            exclusion().assign(exclusion_id="fine"),
            exclusion("X", None, box(80, 0, 90, 9)).assign(exclusion_id="elsewhere"),
        ]
    )
    found = find_clean_land(red_lines, refused, as_of=DAY)
    rows = [(r["code"], r["ids"], r["project_id"], r["area_m2"]) for r in found.to_dict("records")]
    assert rows[0][:3] == ("project_without_red_line", ["R"], "R")
    assert rows[1][:3] == ("project_without_red_line", ["S"], "S")
    assert (rows[2][0], rows[2][1], rows[2][3]) == ("project_overlap", ["P", "Q"], 100)
    assert [r[:3] for r in rows[3:]] == [
        ("exclusion_unapproved", ["e"], "P"),
        ("exclusion_unapproved", ["e"], "Q"),
    ]
    assert [r[3] for r in rows[3:]] == pytest.approx([3, 6])


def test_a_real_commune(shared_data):
    """Buildings as houses, a red line across the commune; QGIS is not asked, GEOS directly is."""
    source = shared_data("fr_cadastre_25354") / "cadastre_25354.gpkg"
    of = gpd.read_file(source, layer="parcels").to_crs(3947)
    of = of.assign(parcel_id=of["IDU"], agreed_on=pd.Timestamp(DAY))
    houses = gpd.read_file(source, layer="buildings").to_crs(3947)
    houses = houses.assign(record_id=[f"h{k}" for k in range(len(houses))], kind="house")
    assert (len(of), len(houses)) == (511, 252)
    west, south, east, north = of.total_bounds
    middle = shapely.box(west * 0.7 + east * 0.3, south, east, north)
    red_lines = gpd.GeoDataFrame({"project_id": ["P"]}, geometry=[middle], crs=3947)
    zones = protection_zones(
        gpd.GeoDataFrame(NO_LINES.drop(columns="geometry"), geometry=[], crs=3947)
    )
    links = attribute(houses, of)
    assert links.groupby("record_id")["share"].sum().to_numpy() == pytest.approx(1, abs=1e-9)
    answer = clean_land(
        red_lines, of, houses, zones, links=links, as_of=DAY, acquired_when="agreed"
    )
    row = answer.projects.iloc[0]
    ground_ = shapely.union_all(of[of.is_valid].geometry.to_numpy())
    standing = shapely.union_all(houses.geometry.to_numpy())
    free = middle.intersection(ground_).difference(standing).area
    disputed = answer.pieces[answer.pieces["reasons"].map(lambda r: "disputed" in r)]
    bare = disputed[disputed["reason"].eq("disputed") & disputed["reasons"].map(len).eq(1)]
    assert row["clean_m2"] + bare["area_m2"].sum() == pytest.approx(free, rel=1e-6)
    assert row[FIVE[1:]].sum() == pytest.approx(middle.area, rel=1e-6)
