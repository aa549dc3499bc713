"""A claimed boundary against the computed one, on squares and one shifted edge."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import BOW_TIE, GK38, box, line

from landgis.base.errors import CampaignError, CRSError, GeometryError, TableError
from landgis.spatial.boundary import check_boundary


def pieces(*rows):
    """Return pieces from (project, parcel, state, reason, shape)."""
    columns = ["project_id", "parcel_id", "state", "reason", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=GK38)


#: 100 m by 50 m clean, the same blocked, a strip restricted, one excluded
PIECES = pieces(
    ("P", "A", "clean", None, box(0, 0, 60, 50)),
    ("P", "B", "clean", None, box(60, 0, 100, 50)),
    ("P", "B", "blocked", "house", box(100, 0, 150, 50)),
    ("P", "C", "blocked", "not_acquired", box(150, 0, 200, 50)),
    ("P", "C", "restricted", "live_line", box(0, 50, 100, 60)),
    ("P", None, "excluded", "exclusion", box(0, 60, 100, 70)),
)


def claimed(*shapes, project="P"):
    return gpd.GeoDataFrame(
        {"project_id": project}, geometry=list(shapes), crs=GK38, index=range(len(shapes))
    )


def one(answer):
    return answer.projects.iloc[0]


def test_a_claim_that_is_right():
    answer = check_boundary(claimed(box(0, 0, 100, 50)), PIECES, tolerance_m=0.1)
    row = one(answer)
    assert row[["claimed_m2", "clean_m2", "common_m2"]].tolist() == pytest.approx([5000] * 3)
    assert row[["claimed_not_clean_m2", "clean_not_claimed_m2", "sliver_m2"]].tolist() == [0] * 3
    assert (row["iou"], row["distance_m"]) == (1, 0)
    assert len(answer.reasons) == len(answer.differences) == 0


def test_ground_claimed_but_blocked_by_reason_and_parcel():
    answer = check_boundary(claimed(box(0, 0, 170, 50)), PIECES, tolerance_m=0.1)
    rows = answer.reasons[["state", "reason", "parcel_id", "area_m2"]].to_numpy(object).tolist()
    assert rows == [
        ["blocked", "house", "B", pytest.approx(2500)],
        ["blocked", "not_acquired", "C", pytest.approx(1000)],
    ]
    row = one(answer)
    assert row["claimed_not_clean_m2"] == pytest.approx(3500)
    assert row["distance_m"] == pytest.approx(70)
    assert row["iou"] == pytest.approx(5000 / 8500)


def test_restricted_excluded_and_outside_are_not_clean_either():
    answer = check_boundary(claimed(box(0, 0, 100, 80)), PIECES, tolerance_m=0.1)
    states = answer.reasons.set_index("state")["area_m2"].to_dict()
    assert states == pytest.approx({"excluded": 1000, "outside": 1000, "restricted": 1000})


def test_ground_clean_but_not_claimed():
    answer = check_boundary(claimed(box(0, 0, 50, 50)), PIECES, tolerance_m=0.1)
    row = one(answer)
    assert row["clean_not_claimed_m2"] == pytest.approx(2500)
    assert row["distance_m"] == pytest.approx(50)
    left = answer.differences[answer.differences["difference"].eq("clean_not_claimed")]
    assert left.groupby("parcel_id")["area_m2"].sum().to_dict() == pytest.approx(
        {"A": 500, "B": 2000}
    )


@pytest.mark.parametrize(
    ("tolerance", "sliver"), [(0.1, True), (0.06, True), (0.04, False), (0.0, False)]
)
def test_strips_narrower_than_the_tolerance_are_set_aside(tolerance, sliver):
    """The whole claim 5 cm too far east: a strip too many, a strip too few."""
    answer = check_boundary(claimed(box(0.05, 0, 100.05, 50)), PIECES, tolerance_m=tolerance)
    row = one(answer)
    real = row["claimed_not_clean_m2"] + row["clean_not_claimed_m2"]
    assert (row["sliver_m2"], real) == pytest.approx((5, 0) if sliver else (0, 5))
    assert answer.differences["sliver"].tolist() == [sliver] * 2
    assert row["distance_m"] == pytest.approx(0.05)
    assert len(answer.reasons) == (0 if sliver else 1)


def test_a_strip_does_not_hide_the_ground_it_leads_to():
    """A strip of 5 cm along 90 m, and at its end a shed of 3 m by 3 m."""
    claim = box(0, 0, 100.05, 50) | box(100, 20, 103, 23)
    row = one(check_boundary(claimed(claim), PIECES, tolerance_m=0.1))
    assert row["claimed_not_clean_m2"] == pytest.approx(9, abs=0.05)
    assert row["claimed_not_clean_m2"] + row["sliver_m2"] == pytest.approx(9 + 47 * 0.05)


def test_a_pointed_corner_is_no_sliver():
    claim = box(0, 0, 100, 50) | shapely.Polygon(
        [(38500100, 3800010), (38500100, 3800016), (38500130, 3800013)]
    )
    row = one(check_boundary(claimed(claim), PIECES, tolerance_m=0.1))
    assert row["claimed_not_clean_m2"] == pytest.approx(90, abs=0.2)


def test_the_distance_is_taken_along_edges_and_not_at_corners_only():
    """A dent between two corners that agree."""
    dent = shapely.Polygon([(38500040, 3800050), (38500060, 3800050), (38500050, 3800030)])
    row = one(check_boundary(claimed(box(0, 0, 100, 50) - dent), PIECES, tolerance_m=0.1))
    assert row["distance_m"] == pytest.approx(20, abs=0.03)


def test_several_rows_are_one_claim_and_projects_are_kept_apart():
    both = pd.concat([PIECES, PIECES.assign(project_id="Q")], ignore_index=True)
    claims = pd.concat(
        [claimed(box(0, 0, 70, 50), box(50, 0, 100, 50)), claimed(box(0, 0, 50, 50), project="Q")]
    )
    answer = check_boundary(claims, both, tolerance_m=0.1)
    assert answer.projects["project_id"].tolist() == ["P", "Q"]
    assert answer.projects["iou"].tolist() == pytest.approx([1, 0.5])


def test_a_claim_without_project_is_that_of_the_only_one():
    bare = claimed(box(0, 0, 100, 50)).drop(columns="project_id")
    assert check_boundary(bare, PIECES, tolerance_m=0.1).projects["project_id"].tolist() == ["P"]
    both = pd.concat([PIECES, PIECES.assign(project_id="Q")], ignore_index=True)
    with pytest.raises(TableError, match="clean_claims: no column project_id"):
        check_boundary(bare, both, tolerance_m=0.1)


def test_nothing_is_clean():
    blocked = PIECES.assign(state="blocked")
    row = one(check_boundary(claimed(box(0, 0, 10, 10)), blocked, tolerance_m=0.1))
    assert (row["clean_m2"], row["iou"]) == (0, 0)
    assert pd.isna(row["distance_m"])


def test_nothing_is_claimed():
    answer = check_boundary(claimed(), PIECES, tolerance_m=0.1)
    full = check_boundary(claimed(box(0, 0, 170, 50)), PIECES, tolerance_m=0.1)
    for name in ("projects", "reasons", "differences"):
        found, wanted = getattr(answer, name), getattr(full, name)
        assert len(found) == 0
        assert found.dtypes.equals(wanted.dtypes)


corner = st.tuples(*[st.integers(-20, 220)] * 2, *[st.integers(1, 120)] * 2)


@settings(max_examples=30)
@given(corner=corner, tolerance=st.sampled_from([0.0, 0.1, 1.0]))
def test_laws(corner, tolerance):
    """What is claimed is common, wrong or set aside; and nothing is counted twice."""
    west, south, width, depth = corner
    claim = claimed(box(west, south, west + width, south + depth))
    answer = check_boundary(claim, PIECES, tolerance_m=tolerance)
    row, parts = one(answer), answer.differences
    by_side = parts.groupby("difference")["area_m2"].sum()
    wrong, left = by_side.get("claimed_not_clean", 0), by_side.get("clean_not_claimed", 0)
    assert row["common_m2"] + wrong == pytest.approx(row["claimed_m2"])
    assert row["common_m2"] + left == pytest.approx(row["clean_m2"])
    real = row["claimed_not_clean_m2"] + row["clean_not_claimed_m2"]
    assert real + row["sliver_m2"] == pytest.approx(wrong + left)
    assert answer.reasons["area_m2"].sum() == pytest.approx(row["claimed_not_clean_m2"])
    assert 0 <= row["iou"] <= 1
    assert parts.is_valid.all()


REFUSALS = [
    (claimed(BOW_TIE), GeometryError, "missing or broken shapes in 0"),
    (claimed(None), GeometryError, "missing or broken shapes in 0"),
    (claimed(line((0, 0), (1, 1))), GeometryError, "LineString"),
    (claimed(box(0, 0, 1, 1)).to_crs(4547), CRSError, "EPSG:4547.*EPSG:4526"),
    (claimed(box(0, 0, 1, 1)).to_crs(4490), CRSError, "not in metres"),
    (claimed(box(0, 0, 1, 1), project="Q"), CampaignError, "no pieces of project Q"),
]


@pytest.mark.parametrize(("claim", "error", "says"), REFUSALS, ids=[r[2] for r in REFUSALS])
def test_refusals_say_what_and_where(claim, error, says):
    with pytest.raises(error, match=says):
        check_boundary(claim, PIECES, tolerance_m=0.1)


@pytest.mark.parametrize("tolerance", [-1, float("nan")])
def test_a_tolerance_is_no_less_than_nothing(tolerance):
    with pytest.raises(CampaignError, match="tolerance_m"):
        check_boundary(claimed(box(0, 0, 1, 1)), PIECES, tolerance_m=tolerance)
