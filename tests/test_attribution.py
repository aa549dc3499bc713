"""Links: every sentence of the promise, on worlds small enough to work by hand."""

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
from pandas.testing import assert_frame_equal
from worlds import (
    AWKWARD,
    BOW_TIE,
    GK38,
    ZERO_LINE,
    at,
    box,
    line,
    parcels,
    projects,
    records,
    shuffled,
    two,
)

from landgis.base.errors import CampaignError, CRSError, GeometryError, TableError
from landgis.spatial.attribution import attribute, find_attribution, parcels_in

COLUMNS = [
    "record_id",
    "parcel_id",
    "share",
    "overlap",
    "overlap_unit",
    "method",
    "distance_m",
    "contested",
]


def link(shape, code=None, of=None, **knobs):
    """Return the links of one record, as tuples of parcel, share, overlap, unit, method."""
    found = attribute(records({"r": shape}, parcel_id=code), two() if of is None else of, **knobs)
    rows = found[["parcel_id", "share", "overlap", "overlap_unit", "method"]]
    return [tuple(None if pd.isna(v) else v for v in row) for row in rows.to_numpy(object)]


def test_the_columns_and_their_types():
    found = attribute(records({"r": at(1, 1)}), two())
    assert list(found.columns) == COLUMNS
    types = [str(t) for t in found.dtypes]
    assert types == ["str", "str", "float64", "float64", "str", "str", "float64", "bool"]


@pytest.mark.parametrize("nothing", [records({}), records({}).iloc[:0]])
def test_nothing_in_nothing_out_with_the_same_columns(nothing):
    found = attribute(nothing, two())
    assert_frame_equal(found, attribute(records({"r": at(1, 1)}), two()).iloc[:0])


def test_without_parcels_everything_lies_outside():
    assert link(box(0, 0, 1, 1), of=two().iloc[:0]) == [(None, 1.0, 1.0, "m2", "outside")]


def test_by_place():
    assert link(box(1, 1, 2, 3)) == [("A", 1.0, 2.0, "m2", "within")]
    assert link(line((1, 1), (4, 5))) == [("A", 1.0, 5.0, "m", "within")]
    assert link(at(12, 1)) == [("B", 1.0, 1.0, "count", "within")]
    assert link(box(8, 0, 13, 1)) == [
        ("A", pytest.approx(0.4), pytest.approx(2), "m2", "overlap"),
        ("B", pytest.approx(0.6), pytest.approx(3), "m2", "overlap"),
    ]


def test_what_lies_outside_has_a_row_of_its_own():
    assert link(box(15, 0, 25, 1)) == [
        ("B", pytest.approx(0.5), pytest.approx(5), "m2", "overlap"),
        (None, pytest.approx(0.5), pytest.approx(5), "m2", "outside"),
    ]
    assert link(at(50, 50)) == [(None, 1.0, 1.0, "count", "outside")]
    assert link(shapely.MultiPoint([at(1, 1), at(50, 50)])) == [
        ("A", 0.5, 1.0, "count", "overlap"),
        (None, 0.5, 1.0, "count", "outside"),
    ]


def test_a_remainder_below_the_limit_joins_the_largest_piece():
    found = attribute(records({"r": box(4, 1, 20 + 5e-8, 2)}), two())
    assert found["parcel_id"].tolist() == ["A", "B"]
    assert found["share"].sum() == pytest.approx(1, abs=1e-12)
    assert found["share"][1] > 10 / 16


@pytest.mark.parametrize(
    ("east", "tolerance", "method"),
    [(22, 2.0, "nearest"), (22.001, 2.0, "outside"), (22, 1.9, "outside"), (20.5, 0.5, "nearest")],
)
def test_nearest_only_within_the_tolerance(east, tolerance, method):
    found = attribute(records({"r": at(east, 5)}), two(), tolerance_m=tolerance)
    assert found["method"].tolist() == [method]
    if method == "nearest":
        assert found["parcel_id"].tolist() == ["B"]
        assert found["distance_m"][0] == pytest.approx(east - 20)
        assert found["overlap"][0] == 0


def test_nearest_only_if_it_meets_no_parcel():
    assert [row[4] for row in link(box(19, 1, 21, 2))] == ["overlap", "outside"]


def test_a_neighbour_that_only_touches_is_nearest_at_no_distance():
    assert link(box(20, 0, 25, 10)) == [("B", 1.0, 0.0, "m2", "nearest")]


def test_of_two_equally_near_the_smaller_id_holds():
    of = parcels({"Z": box(0, 0, 10, 10), "C": box(12, 0, 20, 10)})
    assert link(at(11, 5), of=of)[0][0] == "C"


def test_a_point_on_a_border_goes_to_the_smaller_id_whatever_the_order():
    of = parcels({"Z": box(0, 0, 10, 10), "C": box(10, 0, 20, 10)})
    assert link(at(10, 5), of=of) == [("C", 1.0, 1.0, "count", "within")]


def test_a_line_on_a_border_is_halved():
    rows = link(line((10, 0), (10, 10)))
    assert [(r[0], r[1], r[2]) for r in rows] == [("A", 0.5, 10.0), ("B", 0.5, 10.0)]


def test_contested_ground_is_divided_and_said():
    of = parcels({"A": box(0, 0, 10, 10), "B": box(6, 0, 16, 10)})
    found = attribute(records({"r": box(7, 1, 9, 2), "s": box(1, 1, 2, 2)}), of)
    assert found["parcel_id"].tolist() == ["A", "B", "A"]
    assert found["share"].tolist() == pytest.approx([0.5, 0.5, 1])
    assert found["overlap"].tolist() == pytest.approx([2, 2, 1])
    assert found["contested"].tolist() == [True, True, False]


def test_a_known_code_gives_one_row_and_says_what_the_shape_shares():
    assert link(box(8, 0, 13, 1), "A") == [("A", 1.0, pytest.approx(2), "m2", "code")]
    assert link(box(12, 0, 13, 1), "A") == [("A", 1.0, 0.0, "m2", "code")]
    assert link(None, "A") == [("A", 1.0, None, None, "code")]
    assert link(shapely.Point(), "A") == [("A", 1.0, None, None, "code")]
    assert link(BOW_TIE, "A") == [("A", 1.0, None, None, "code")]


def test_place_first_leaves_codes_to_records_without_shape():
    assert link(box(12, 0, 13, 1), "A", prefer="place") == [("B", 1.0, 1.0, "m2", "within")]
    assert link(None, "A", prefer="place") == [("A", 1.0, None, None, "code")]
    assert link(BOW_TIE, "A", prefer="place") == [("A", 1.0, None, None, "code")]
    assert link(at(50, 50), "A", prefer="place")[0][4] == "outside"


@pytest.mark.parametrize(
    ("shape", "method"), [(None, "unplaced"), (BOW_TIE, "invalid"), (ZERO_LINE, "invalid")]
)
@pytest.mark.parametrize("code", [None, "X"])
def test_neither_code_nor_usable_shape(shape, method, code):
    assert link(shape, code) == [(None, 1.0, None, None, method)]


def test_an_unknown_code_lets_the_place_decide():
    assert link(at(12, 1), "X") == [("B", 1.0, 1.0, "count", "within")]


def test_a_code_that_several_parcels_bore_on_load_lets_the_place_decide():
    of = two().assign(parcel_id=["7", "7#2"], source_id=["7", "7"])
    assert link(at(12, 1), "7", of=of)[0][::4] == ("7#2", "within")
    assert link(None, "7", of=of)[0][::4] == (None, "unplaced")
    assert link(None, "7#2", of=of)[0][::4] == ("7#2", "code")
    # one bearer only, though under another name now
    assert link(None, "9", of=two().assign(source_id=[None, "9"]))[0][::4] == ("B", "code")


@pytest.mark.parametrize("broken", [BOW_TIE, None, shapely.Polygon()])
def test_a_parcel_with_a_broken_shape_is_met_by_code_only(broken):
    of = parcels({"A": broken, "B": box(10, 0, 20, 10)})
    assert link(at(2, 1), of=of)[0][4] == "outside"
    assert link(at(2, 1), "A", of=of) == [("A", 1.0, None, None, "code")]


def test_ids_are_text_whatever_they_were():
    of = two().assign(parcel_id=[1, 2])
    assert link(None, "2", of=of)[0][0] == "2"


@pytest.mark.parametrize("name", AWKWARD)
def test_shares_of_awkward_shapes_add_up(name):
    shape, total = AWKWARD[name]
    found = attribute(records({"r": shape}), two())
    assert found["share"].sum() == pytest.approx(1, abs=1e-9)
    assert (found["overlap"] <= total + 1e-9).all()


def test_the_arguments_are_left_alone():
    of, given_ = two(), records({"r": box(8, 0, 13, 1)}, parcel_id="A")
    before = of.copy(deep=True), given_.copy(deep=True)
    attribute(given_, of)
    assert_geodataframe_equal(of, before[0])
    assert_geodataframe_equal(given_, before[1])


grid = st.integers(0, 30)
corner = st.tuples(grid, grid, st.integers(1, 12), st.integers(1, 12))
rectangles = st.lists(corner, min_size=1, max_size=7).map(
    lambda cs: [box(x, y, x + w, y + h) for x, y, w, h in cs]
)
anything = st.lists(
    corner.map(lambda c: box(c[0], c[1], c[0] + c[2], c[1] + c[3]))
    | corner.map(lambda c: line((c[0], c[1]), (c[0] + c[2], c[1]), (c[0] + c[2], c[1] + c[3])))
    | corner.map(lambda c: at(c[0], c[1]))
    | st.just(None)
    | st.just(BOW_TIE),
    min_size=1,
    max_size=8,
)


@settings(max_examples=50)
@given(
    shapes=anything,
    grounds=rectangles,
    seed=st.integers(0, 99),
    prefer=st.sampled_from(["code", "place"]),
)
def test_laws(shapes, grounds, seed, prefer):
    """Every record has rows, shares sum to one, and the order of rows changes nothing."""
    rng = np.random.default_rng(seed)
    of = parcels({f"P{k}": one for k, one in enumerate(grounds)})
    codes = rng.choice(["P0", "P1", "X", None], len(shapes)).tolist()
    given_ = records({f"r{k}": one for k, one in enumerate(shapes)}, parcel_id=codes)
    found = attribute(given_, of, prefer=prefer)
    sums = found.groupby("record_id")["share"].sum()
    assert set(sums.index) == set(given_["record_id"])
    assert sums.to_numpy() == pytest.approx(1, abs=1e-9)
    assert not found.duplicated(["record_id", "parcel_id"]).any()
    assert (found["parcel_id"].isna().groupby(found["record_id"]).sum() <= 1).all()
    assert (
        found["parcel_id"].isna().equals(found["method"].isin(["outside", "unplaced", "invalid"]))
    )
    again = attribute(shuffled(given_, seed), shuffled(of, seed + 1), prefer=prefer)
    assert_frame_equal(found, again)


@settings(max_examples=30)
@given(shapes=rectangles, cut=st.integers(1, 29))
def test_splitting_a_parcel_splits_its_share(shapes, cut):
    whole = parcels({"A": box(0, 0, 30, 30)})
    split = parcels({"A1": box(0, 0, cut, 30), "A2": box(cut, 0, 30, 30)})
    given_ = records({f"r{k}": one for k, one in enumerate(shapes)})

    def inside(found):
        known = found[found["parcel_id"].notna() & ~found["method"].eq("nearest")]
        return known.groupby("record_id")["share"].sum()

    one, other = inside(attribute(given_, whole)), inside(attribute(given_, split))
    assert one.index.equals(other.index)
    assert one.to_numpy() == pytest.approx(other.to_numpy(), abs=1e-9)


REFUSALS = [
    ({"of": parcels({"A": box(0, 0, 1, 1)}, crs="EPSG:4490")}, CRSError, "not in metres"),
    ({"of": parcels({"A": box(0, 0, 1, 1)}, crs="EPSG:3857")}, CRSError, "a metre on the ground"),
    ({"of": two().to_crs("EPSG:4547")}, CRSError, "EPSG:4526.*EPSG:4547"),
    ({"of": two().assign(parcel_id="A")}, TableError, "'parcel_id' repeats: A"),
    ({"of": two().drop(columns="parcel_id")}, TableError, "no column parcel_id"),
    ({"of": parcels({"A": line((0, 0), (1, 1))})}, GeometryError, "LineString"),
    ({"prefer": "luck"}, CampaignError, "prefer is luck"),
    ({"tolerance_m": -1}, CampaignError, "tolerance_m is -1"),
    ({"tolerance_m": float("nan")}, CampaignError, "tolerance_m is nan"),
]


@pytest.mark.parametrize(("knobs", "error", "says"), REFUSALS, ids=[r[2] for r in REFUSALS])
def test_refusals_say_what_and_where(knobs, error, says):
    knobs = {"of": two(), **knobs}
    with pytest.raises(error, match=says):
        attribute(records({"r": at(1, 1)}), knobs.pop("of"), **knobs)


def test_repeated_records_are_refused():
    twice = pd.concat([records({"r": at(1, 1)})] * 2)
    with pytest.raises(TableError, match="records: 'record_id' repeats: r"):
        attribute(twice, two())
    with pytest.raises(TableError, match="GeoDataFrame"):
        attribute(pd.DataFrame({"record_id": ["r"]}), two())


def found_by_code(given_, of, **knobs):
    findings = find_attribution(attribute(given_, of, **knobs), given_, of)
    return {
        code: sorted(one for ids in rows for one in ids)
        for code, rows in findings.groupby("code")["ids"]
    }


def test_findings():
    of = parcels({"A": box(0, 0, 10, 10), "B": box(10, 0, 20, 10), "C": box(18, 0, 30, 10)})
    of = of.assign(source_id=["A", "A", None])
    given_ = records(
        {
            "agrees": at(19, 1),
            "conflict": box(1, 1, 2, 2),
            "half": box(8, 1, 12, 2),
            "unknown": at(1, 1),
            "several": at(2, 2),
            "outside": box(28, 0, 32, 1),
            "near": at(31, 5),
            "lost": None,
            "lost with code": None,
            "broken": BOW_TIE,
            "broken with code": BOW_TIE,
            "contested": at(19, 5),
        },
        parcel_id=["C", "C", "B", "X", "A", None, None, None, "Y", None, "C", None],
    )
    assert found_by_code(given_, of) == {
        "code_conflict": ["conflict"],
        "code_unknown": ["lost with code", "unknown"],
        "code_ambiguous": ["several"],
        "record_outside": ["outside"],
        "record_nearest": ["near"],
        "record_unplaced": ["lost"],
        "record_unplaced_code": ["lost with code"],
        "record_invalid": ["broken", "broken with code"],
        "record_contested": ["contested"],
    }


def test_a_finding_names_its_facts_and_its_row():
    given_ = records({"r": box(12, 1, 13, 2)}, parcel_id="A", source_file="a.xlsx", source_row=7)
    row = find_attribution(attribute(given_, two()), given_, two()).iloc[0]
    assert (row["code"], row["source_file"], row["source_row"]) == ("code_conflict", "a.xlsx", 7)
    assert json.loads(row["facts"]) == {"said": "A", "parcel_id": "A", "distance_m": 2.0}
    assert row.geometry.equals(box(12, 1, 13, 2))


@pytest.mark.parametrize(("west", "conflict"), [(9.5, False), (11.4, False), (11.6, True)])
def test_a_code_conflicts_if_less_than_half_lies_within_the_tolerance(west, conflict):
    """A is 0 to 10 m; with the tolerance of 2 m its reach ends at 12 m."""
    given_ = records({"r": box(west, 4, west + 1, 5)}, parcel_id="A")
    assert found_by_code(given_, two()) == ({"code_conflict": ["r"]} if conflict else {})


def test_clean_links_have_no_findings():
    given_ = records({"r": box(1, 1, 2, 2), "s": at(12, 2)}, parcel_id=["A", None])
    assert len(find_attribution(attribute(given_, two()), given_, two())) == 0


def test_parcels_in_projects_are_cut_by_the_red_line_and_counted_in_each():
    areas = projects({"P2": box(5, 0, 15, 10), "P1": box(0, 0, 15, 10), "P3": None})
    found = parcels_in(areas, two())
    assert found["project_id"].tolist() == ["P1", "P1", "P2", "P2"]
    assert found["parcel_id"].tolist() == ["A", "B", "A", "B"]
    assert found["area_m2"].tolist() == pytest.approx([100, 50, 50, 50])
    assert found["share"].tolist() == pytest.approx([1, 0.5, 0.5, 0.5])


def test_qgis_agrees(shared_data):
    """Five boroughs and eleven circles, overlaid by QGIS; areas to its own rounding."""
    folder = shared_data("overlay_oracle_nybb")
    # the two layers are in US feet, which nobody measures land in here
    boroughs = gpd.read_file(folder / "polydf.shp").to_crs(32118)
    circles = gpd.read_file(folder / "polydf2.shp").to_crs(32118)
    oracle = gpd.read_file(folder / "qgis-intersection.shp").to_crs(32118)
    of = boroughs.assign(parcel_id=boroughs["BoroCode"].astype(str))
    given_ = circles.assign(
        record_id=circles["value1"].astype(str) + "/" + circles["value2"].astype(str)
    )
    links = attribute(given_, of)
    met = links[links["parcel_id"].notna()].set_index(["record_id", "parcel_id"])["overlap"]
    oracle["record_id"] = oracle["value1"].astype(str) + "/" + oracle["value2"].astype(str)
    oracle["parcel_id"] = oracle["BoroCode"].astype(str)
    expected = oracle.assign(area=oracle.area).set_index(["record_id", "parcel_id"])["area"]
    assert len(expected) == 15
    both = pd.concat([met, expected], axis=1)
    assert both.notna().all().all()
    assert both["overlap"].to_numpy() == pytest.approx(both["area"].to_numpy(), rel=1e-6)
    difference = gpd.read_file(folder / "qgis-difference.shp").to_crs(32118)
    rest = (
        boroughs.area.sum()
        - shapely.union_all(
            [a.intersection(b) for a in boroughs.geometry for b in circles.geometry]
        ).area
    )
    assert difference.area.sum() == pytest.approx(rest, rel=1e-6)
    assert circles.crs != GK38
