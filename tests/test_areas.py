"""Areas: the table and the trapezoid of the survey norms, pyproj's geodesics, laws; tolerances."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import BOW_TIE, box, parcels, shuffled

from landgis.base.errors import CampaignError, CRSError, GeometryError
from landgis.base.rules import load_rules, override
from landgis.base.units import M2_PER_MU
from landgis.spatial.area_density import density_over
from landgis.spatial.area_series import areas_by_series, trapezoids
from landgis.spatial.areas import ellipsoidal_area, measured_areas
from landgis.spatial.stated_areas import area_differences, area_errors, last_digit_mu
from landgis.spatial.topology import find_topology

#: offset from the central meridian (m) to the area (m²) of squares of 1 mu, 100 m and 1 km there
TABLE = {
    0: (666.66667, 10_000.000, 999_999.992),
    50_000: (666.62549, 9_999.38141, 999_937.021),
    100_000: (666.5020, 9_997.5284, 999_750.610),
    150_000: (666.29631, 9_994.44189, 999_440.850),
}
SIDES = (np.sqrt(2000 / 3), 100.0, 1000.0)


def squares(offset):
    west, south = 37_500_000 + offset, 2_582_988
    return [shapely.box(west, south, west + s, south + s) for s in SIDES]


def area(shapes, crs=4525):
    return ellipsoidal_area(gpd.GeoDataFrame(geometry=list(shapes), crs=crs)).to_numpy()


def by_geod(shape, crs, piece_m=10.0):
    """Return the area by pyproj's geodesics on rings divided on the map."""
    crs = pyproj.CRS(crs)
    way = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    total = 0.0
    for part in shapely.get_parts(shapely.segmentize(shape, piece_m)):
        for k, ring in enumerate([part.exterior, *part.interiors]):
            lon, lat = way.transform(*shapely.get_coordinates(ring)[:-1].T)
            own = abs(crs.get_geod().polygon_area_perimeter(lon, lat)[0])
            total += own if k == 0 else -own
    return total


@pytest.mark.parametrize("offset", TABLE)
def test_the_table_of_the_norms(offset):
    assert area(squares(offset)) == pytest.approx(TABLE[offset], abs=1e-3)


@pytest.mark.parametrize("offset", TABLE)
def test_the_series_as_drawn_is_the_table_too(offset):
    drawn = areas_by_series(np.array(squares(offset)), pyproj.CRS(4525), edge_m=None)
    assert drawn == pytest.approx(TABLE[offset], abs=1.5e-3)


def test_a_meridian_of_its_own_keeps_the_digits():
    mu = np.array(squares(0)[:1])
    assert areas_by_series(mu, pyproj.CRS(4525), edge_m=None)[0] == pytest.approx(
        666.66667, abs=1e-5
    )


def test_the_trapezoid_of_one_degree():
    degree, south, north = (np.radians([v]) for v in (1.0, 24.0, 25.0))
    found = trapezoids(degree, south, north, pyproj.CRS(4490).ellipsoid)
    assert found[0] == pytest.approx(11_226_471_672.268, abs=1e-3)


def star(rng, west, south, radius):
    """Return a ragged polygon with edges of at most a kilometre."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(5, 14))))
    reach = rng.uniform(0.6, 1.0, len(angles)) * radius
    xy = np.column_stack([west + reach * np.cos(angles), south + reach * np.sin(angles)])
    return shapely.segmentize(shapely.Polygon(xy), 1000)


@pytest.mark.parametrize("radius", [15, 100, 320, 700, 2600])
@pytest.mark.parametrize(
    ("crs", "west", "south"),
    [
        (4525, 37_500_000, 2_583_000),
        (4525, 37_500_000, 5_700_000),
        (4497, 19_500_000, 3_320_000),
        (4547, 500_000, 3_900_000),
        (2154, 700_000, 6_650_000),
    ],
)
def test_as_geodesics_have_it_far_from_the_meridian_too(crs, west, south, radius):
    rng = np.random.default_rng(radius + crs)
    shapes = []
    while len(shapes) < 6:
        east, north = west + rng.uniform(-150e3, 150e3), south + rng.uniform(-80e3, 80e3)
        one = star(rng, east, north, radius)
        if one.is_valid and one.area > radius:
            hole = one.representative_point().buffer(radius / 50, quad_segs=2)
            shapes.append(one.difference(hole) if len(shapes) % 2 else one)
    truth = [by_geod(one, crs) for one in shapes]
    assert area(shapes, crs) == pytest.approx(truth, abs=1e-3)


def test_wide_ground_is_measured_by_the_series():
    wide = shapely.segmentize(shapely.box(37_600_000, 2_600_000, 37_609_000, 2_607_000), 900)
    assert wide.bounds[2] - wide.bounds[0] > 5000
    truth = by_geod(wide, 4525)
    assert area([wide])[0] == pytest.approx(truth, abs=5e-3)  # the geodesics' own noise here


@settings(max_examples=40, deadline=None)
@given(
    east=st.floats(-150e3, 150e3),
    north=st.floats(-3e5, 3e6),
    side=st.sampled_from([5.0, 60.0, 290.0, 310.0, 900.0, 4000.0]),
    share=st.floats(0.1, 0.9),
    turn=st.floats(-0.4, 0.4),
)
def test_parts_add_up_to_the_whole(east, north, side, share, turn):
    west, south = 37_500_000 + east, 2_600_000 + north
    corner = np.array([west, south])
    corners = np.array([(0, 0), (1, 0.1 * turn), (1.1, 1), (0, 1 + turn / 2)]) * side
    whole = shapely.Polygon(corners + corner)
    cut = np.array([(-side, share * side), (3 * side, (share + turn) * side)])
    line = shapely.LineString(cut + corner)
    parts = shapely.get_parts(shapely.ops.split(whole, line))
    first, *rest = area([whole, *parts])
    assert sum(rest) == pytest.approx(first, abs=1e-9 * first + 1e-6)


def test_a_shape_measures_the_same_alone_and_among_others():
    rng = np.random.default_rng(5)
    shapes = [star(rng, 37.5e6 + x, 2.6e6 + x, 40) for x in rng.uniform(-1e5, 1e5, 30)]
    alone = [area([one])[0] for one in shapes]
    assert area(shapes) == pytest.approx(alone, abs=1e-6)
    far = [shapely.box(37.5e6, 5.0e6, 37.5e6 + 50, 5.0e6 + 50), shapely.box(0, 0, 10, 10)]
    together = area([*shapes, *far])
    assert together[:-2] == pytest.approx(alone, abs=1e-6)
    assert not np.isfinite(together[-1])  # it lies on no map of zone 37


def test_holes_parts_and_missing_shapes():
    holed = box(0, 0, 100, 100) - box(40, 40, 60, 60)
    both = shapely.MultiPolygon([box(0, 0, 10, 10), box(50, 0, 60, 10)])
    frame = parcels({"A": holed, "B": both, "C": None, "D": shapely.Polygon(), "E": BOW_TIE})
    areas = measured_areas(frame.set_index(pd.Index([7, 8, 9, 10, 11])))
    assert areas.index.tolist() == [7, 8, 9, 10, 11]
    expected = [9600, 200, np.nan, 0, 0]
    assert areas["plane_m2"].tolist() == pytest.approx(expected, nan_ok=True)
    assert areas["ellipsoidal_m2"].tolist() == pytest.approx(expected, nan_ok=True, rel=1e-4)
    holes = areas["ellipsoidal_m2"][7] - (
        areas["plane_m2"][7] * areas["ellipsoidal_m2"][8] / areas["plane_m2"][8]
    )
    assert abs(holes) < 1e-3
    assert ellipsoidal_area(frame.iloc[:0]).empty


def test_no_polynomial_is_laid_over_what_is_no_map():
    low, high = np.array([0.0, 0.0]), np.array([1000.0, 1000.0])
    assert density_over(low, high, pyproj.CRS(4526)) is None
    corner = np.array([38.4e6, 2.6e6])
    density = density_over(corner + low, corner + high, pyproj.CRS(4526))
    assert density is not None
    middle = np.array([[38.4005e6, 2.6005e6]])
    km = shapely.box(38.4e6, 2.6e6, 38.401e6, 2.601e6)
    assert density.at(middle)[0] == pytest.approx(by_geod(km, 4526) / 1e6, abs=3e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(seed):
    frame = parcels({f"P{k}": box(50 * k, 0, 50 * k + 40, 20 + k) for k in range(9)})
    mixed = shuffled(frame, seed)
    one = dict(zip(frame["parcel_id"], ellipsoidal_area(frame), strict=True))
    other = dict(zip(mixed["parcel_id"], ellipsoidal_area(mixed), strict=True))
    assert other == pytest.approx(one, abs=1e-9)


def test_only_metres_and_polygons_are_measured():
    with pytest.raises(CRSError, match="EPSG:4490 is not in metres"):
        measured_areas(parcels({"A": box(0, 0, 1, 1)}).to_crs(4490))
    with pytest.raises(GeometryError, match="Point"):
        measured_areas(parcels({"A": shapely.Point(38.5e6, 3.8e6)}))


# ---- stated areas -------------------------------------------------------------------------------


def test_the_error_of_an_area_by_hand():
    """A square of 10 m: four diagonals of d² = 200, so m · sqrt(800 / 8) = 10 m."""
    shapes = np.array([box(0, 0, 10, 10), shapely.MultiPolygon([box(0, 0, 10, 10)] * 2)])
    assert area_errors(shapes, 0.05) == pytest.approx([0.5, 0.5 * np.sqrt(2)])


@pytest.mark.parametrize(
    ("stated", "digit"),
    [([1.23, 4.5], 0.01), ([15.0, 30.0], 1.0), ([0.5678, 2.5], 1e-4), ([np.pi, 1.0], 0.0)],
)
def test_the_last_digit_a_column_is_written_to(stated, digit):
    assert last_digit_mu(np.array([*stated, np.nan])) == digit


def differing(stated_m2, side=100.0, rules=None):
    """Return severity by parcel; one more parcel makes the last digit a square millimetre."""
    shapes = {f"P{k}": box(200 * k, 0, 200 * k + side, side) for k in range(len(stated_m2) + 1)}
    stated = np.array([*stated_m2, side * side + np.pi / 1e4]) / M2_PER_MU
    of = parcels(shapes, stated_area_mu=stated)
    table = area_differences(of, np.arange(len(of)), rules)
    return dict(zip(table["at"], table["severity"], strict=True))


def test_tolerances_of_stated_areas():
    # 2 m_P of a square of 100 m is 2 · 0.05 · 100 = 10 m²; 0.5 % are 50, 1 % are 100 m²
    found = differing([10_009.9, 9_990.1, 10_010.2, 9_949.9, 9_899.8, 10_101.0])
    assert found == {2: "info", 3: "warning", 4: "error", 5: "error"}
    assert differing([10_049.9, 10_050.2, 10_099.9]) == {0: "info", 1: "warning", 2: "warning"}


def test_the_class_of_the_points_is_the_campaigns():
    package = load_rules("areas")
    third = override(package, {"points": {"class": "III"}})
    assert differing([10_015.0]) == {0: "info"}
    assert differing([10_015.0], rules=third) == {}
    with pytest.raises(CampaignError, match=r"areas\.points\.class = IV.*I, II, III"):
        differing([1.0], rules=override(package, {"points": {"class": "IV"}}))
    assert [package["point_class"][k]["mean_m"] for k in ("I", "II", "III")] == [0.05, 0.075, 0.10]
    assert [package["point_class"][k]["limit_m"] for k in ("I", "II", "III")] == [0.10, 0.15, 0.20]


def test_half_of_the_last_digit_is_no_difference():
    # 16 m² are 0.024 mu; written to 0.01 mu that is 0.02, and 2 m_P is only 0.4 m²
    of = parcels({"A": box(0, 0, 4, 4), "B": None})
    assert find_topology(of.assign(stated_area_mu=[0.02, 1.11]), base=None).code.tolist() == [
        "geometry_missing"
    ]
    finer = of.assign(stated_area_mu=[0.02, 1.111])
    assert set(find_topology(finer, base=None)["code"]) == {"geometry_missing", "area_differs"}


def test_the_last_digit_and_the_points_are_not_added_up():
    # 18.17 mu are 12 113.3 m²; half of a hundredth of a mu is 3.3 m², 2 m_P are 11 m²
    of = parcels({"A": box(0, 0, 110, 110), "B": box(200, 0, 310, 110)})
    of["stated_area_mu"] = [18.17, 18.16]  # 13.3 m² and 6.7 m² more than 12 100
    assert area_differences(of, np.arange(2))["at"].tolist() == [0]


def test_rules_reach_the_findings():
    of = parcels({"A": box(0, 0, 100, 100)}, stated_area_mu=15.0225)
    assert find_topology(of, base=None)["severity"].tolist() == ["info"]
    third = override(load_rules("areas"), {"points": {"class": "III"}})
    assert find_topology(of, base=None, rules=third).empty
    strict = override(load_rules("areas"), {"difference": {"said": 0.0001, "warned": 0.001}})
    assert find_topology(of, base=None, rules=strict)["severity"].tolist() == ["error"]
