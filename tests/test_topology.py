"""Findings on parcels: each kind planted once and found, and nothing found on clean ground."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from worlds import BOW_TIE, box, line, parcels, projects, ring, shuffled, two

from landgis.base.errors import CRSError, GeometryError, TableError
from landgis.base.findings import sentence
from landgis.base.units import M2_PER_MU
from landgis.spatial.areas import ellipsoidal_area, measured_areas, trapezoids
from landgis.spatial.codes import code_defect, looks_like_a_code
from landgis.spatial.topology import find_topology


def found(of, base=None, **knobs):
    """Return [(code, ids)] of the findings."""
    rows = find_topology(of, base=base, **knobs).to_dict("records")
    return [(row["code"], row["ids"]) for row in rows]


def test_clean_parcels_have_no_findings():
    of = parcels({"A": box(0, 0, 10, 10), "B": box(10, 0, 20, 10)}, stated_area_mu=100 / M2_PER_MU)
    findings = find_topology(of, base=projects({"P": box(0, 0, 20, 10)}))
    assert len(findings) == 0
    assert findings.crs == of.crs
    assert len(find_topology(of.iloc[:0], base=None)) == 0


def test_broken_and_missing_shapes():
    of = parcels({"A": BOW_TIE, "B": None, "C": shapely.Polygon(), "D": box(20, 0, 30, 10)})
    findings = find_topology(of, base=None)
    assert [(r["code"], r["ids"]) for r in findings.to_dict("records")] == [
        ("geometry_missing", ["B"]),
        ("geometry_missing", ["C"]),
        ("geometry_invalid", ["A"]),
    ]
    assert "Self-intersection" in json.loads(findings["facts"][2])["why"]
    assert findings.geometry[2].equals(BOW_TIE)


def facts_of(shape):
    rows = find_topology(parcels({"A": shape}), base=None)
    assert rows["code"].tolist() == ["geometry_invalid"]
    return json.loads(rows["facts"][0])


def test_a_bow_tie_is_said_as_such_with_its_place():
    facts = facts_of(BOW_TIE)
    assert facts == {"why": "Self-intersection (bow-tie)", "point": [38500005.0, 3800005.0]}
    row = find_topology(parcels({"A": BOW_TIE}), base=None).to_dict("records")[0]
    assert "bow-tie" in sentence(row, "en")
    assert "“8”字形" in sentence(row, "zh")
    assert "3800005" in sentence(row, "zh")


def test_other_crossings_are_no_bow_ties():
    loop = ring((0, 0), (10, 0), (10, 10), (4, 10), (4, 4), (6, 4), (6, 12), (0, 12))
    twice_round = ring((0, 0), (9, 0), (9, 9), (3, 9), (3, -3), (6, -3), (6, 6), (0, 6))
    for shape in (loop, twice_round):
        assert facts_of(shape)["why"].startswith("Self-intersection")
    outside = shapely.Polygon(
        box(0, 0, 10, 10).exterior.coords, [box(20, 20, 21, 21).exterior.coords]
    )
    assert facts_of(outside)["why"] == "Hole lies outside shell"
    touching = ring((0, 0), (5, 5), (10, 0), (10, 10), (5, 5), (0, 10))
    assert facts_of(touching)["why"] == "Ring Self-intersection"


def test_a_coordinate_that_is_no_number_stops_nothing():
    odd = shapely.Polygon([(38500000, 3800000), (np.inf, 3800000), (38500005, 3800005)])
    of = parcels({"A": box(0, 0, 10, 10), "B": odd, "C": box(9, 0, 20, 10)})
    rows = find_topology(of, base=projects({"P": box(0, 0, 30, 10)}))
    assert [(r["code"], r["ids"]) for r in rows.to_dict("records")] == [
        ("geometry_invalid", ["B"]),
        ("parcel_overlap", ["A", "C"]),
        ("parcel_gap", ["P"]),
    ]
    assert rows["area_m2"].tolist()[1:] == pytest.approx([10, 100])


def test_repeated_points_are_found_with_their_place():
    again = ring((0, 0), (10, 0), (10, 0), (10, 10), (10, 10.0009), (0, 10))
    rows = find_topology(parcels({"A": again, "B": box(20, 0, 20.5, 10)}), base=None)
    assert [(r["code"], r["ids"]) for r in rows.to_dict("records")] == [("points_repeated", ["A"])]
    assert json.loads(rows["facts"][0]) == {"vertices": 2}
    assert len(rows.geometry[0].geoms) == 2
    near = ring((0, 0), (10, 0), (10, 10), (10, 10.0011), (0, 10))
    assert found(parcels({"A": near})) == []


def test_repeated_points_are_found_in_holes_parts_and_broken_shapes():
    hole = ring((4, 4), (6, 4), (6, 4), (6, 6))
    holed = shapely.Polygon(box(0, 0, 10, 10).exterior.coords, [hole.exterior.coords])
    both = shapely.MultiPolygon([box(50, 0, 60, 10), ring((70, 0), (80, 0), (80, 0), (80, 10))])
    odd = ring((100, 0), (110, 10), (110, 10), (110, 0), (100, 10))
    codes = found(parcels({"A": holed, "B": both, "C": odd}))
    assert [(c, i) for c, i in codes if c == "points_repeated"] == [
        ("points_repeated", [one]) for one in "ABC"
    ]


SPIKE = ring((0, 0), (10, 0), (10, 5), (14, 5.03), (10, 5.06), (10, 10), (0, 10))
SLIT = ring((0, 0), (10, 0), (10, 10), (5.05, 10), (5, 2), (4.95, 10), (0, 10))
FIRST = ring((14, 0.02), (10, 0.04), (10, 10), (0, 10), (0, 0), (10, 0))
BLUNT = ring((0, 0), (10, 0), (10, 5), (14, 5.2), (10, 5.4), (10, 10), (0, 10))
ROOF = ring((0, 0), (5, 0.05), (10, 0), (10, 10), (0, 10))


@pytest.mark.parametrize(
    ("shape", "tips"), [(SPIKE, 1), (SLIT, 1), (FIRST, 1), (BLUNT, 0), (ROOF, 0)]
)
def test_spikes_and_slits(shape, tips):
    """BLUNT is 0.4 m wide at its foot; ROOF bends by a degree, which is no way back."""
    rows = find_topology(parcels({"A": shape}), base=None)
    assert rows["code"].tolist() == ["vertex_spike"] * (tips > 0)
    if tips:
        assert json.loads(rows["facts"][0]) == {"vertices": tips}


def test_a_thin_parcel_is_a_sliver_and_no_spike_beside():
    assert found(parcels({"A": ring((0, 0), (50, 0.05), (0, 0.1))})) == [("parcel_sliver", ["A"])]


def test_an_overlap_has_its_ground_and_its_area():
    findings = find_topology(parcels({"B": box(0, 0, 12, 10), "A": box(8, 0, 20, 10)}), base=None)
    assert findings["code"].tolist() == ["parcel_overlap"]
    assert findings["ids"][0] == ["A", "B"]
    assert findings["area_m2"][0] == pytest.approx(40)
    assert findings.geometry[0].symmetric_difference(box(8, 0, 12, 10)).area < 1e-6


def test_containment_is_an_overlap_and_the_same_ground_a_duplicate():
    assert found(parcels({"A": box(0, 0, 10, 10), "B": box(2, 2, 5, 5)})) == [
        ("parcel_overlap", ["A", "B"])
    ]
    turned = ring((10, 10), (0, 10), (0, 5), (0, 0), (10, 0))  # other start, one vertex more
    assert found(parcels({"A": box(0, 0, 10, 10), "B": turned})) == [
        ("parcel_duplicate", ["A", "B"])
    ]


@pytest.mark.parametrize(
    ("short", "code"),
    [
        (1e-6, "parcel_duplicate"),  # 1e-5 m² of 1000 m²
        (0.5, "parcel_overlap"),  # half a percent apart
    ],
)
def test_the_same_ground_is_so_within_what_a_file_rounds(short, code):
    of = parcels({"A": box(0, 0, 100, 10), "B": box(0, 0, 100 - short, 10)})
    assert (code, ["A", "B"]) in found(of)


@pytest.mark.parametrize(("depth", "code"), [(0.05, "parcel_sliver"), (0.2, "parcel_overlap")])
def test_a_thin_overlap_is_a_sliver(depth, code):
    of = parcels({"A": box(0, 0, 10 + depth, 50), "B": box(10, 0, 20, 50)})
    codes = [c for c, ids in found(of) if ids == ["A", "B"]]
    assert code in codes


def test_a_gap_inside_a_red_line():
    base = projects({"P": box(0, 0, 20, 15), "Q": None})
    findings = find_topology(two(), base=base)
    assert [(r["code"], r["ids"], r["project_id"]) for r in findings.to_dict("records")] == [
        ("parcel_gap", ["P"], "P")
    ]
    assert findings["area_m2"][0] == pytest.approx(100)
    assert findings.geometry[0].symmetric_difference(box(0, 10, 20, 15)).area < 1e-6
    assert found(two()) == []


def test_each_gap_is_one_and_a_thin_one_a_sliver():
    of = parcels({"A": box(0, 0, 10, 50), "B": box(10.05, 0, 20, 50)})
    codes = found(of, projects({"P": box(0, 0, 30, 50)}))
    assert ("parcel_gap", ["P"]) in codes
    assert ("parcel_sliver", ["P"]) in codes
    whats = find_topology(of, base=projects({"P": box(0, 0, 30, 50)}))
    thin = whats[whats["code"].eq("parcel_sliver")]
    assert json.loads(thin["facts"].iloc[0]) == {"what": "gap"}
    assert thin["area_m2"].iloc[0] == pytest.approx(2.5)


def test_a_hole_filled_by_a_broken_parcel_is_no_gap():
    of = parcels({"A": BOW_TIE, "B": box(10, 0, 20, 10)})
    rest = ring((0, 0), (10, 0), (5, 5)), ring((0, 10), (5, 5), (10, 10))
    of = pd.concat([of, parcels(dict(zip("CD", rest, strict=True)))], ignore_index=True)
    outline = ring((0, 0), (10, 0), (20, 0), (20, 10), (10, 10), (0, 10))
    codes = [code for code, _ in found(of, projects({"P": outline}))]
    assert "geometry_invalid" in codes
    assert "parcel_gap" not in codes


def test_a_parcel_thinner_than_the_survey_is_a_sliver():
    assert found(parcels({"A": box(0, 0, 0.09, 50)})) == [("parcel_sliver", ["A"])]
    assert found(parcels({"A": box(0, 0, 0.11, 50)})) == []


@pytest.mark.parametrize(
    ("off", "missed"), [(0.0, False), (0.001, False), (0.03, True), (0.099, True), (0.15, False)]
)
def test_a_vertex_beside_the_common_border(off, missed):
    of = parcels(
        {
            "A": box(0, 0, 10, 10),
            "B": ring((10, 0), (20, 0), (20, 10), (10, 10), (10 + off, 5)),
        }
    )
    rows = find_topology(of, base=None)
    near = rows[rows["code"].eq("vertex_near_miss")]
    assert (len(near) == 1) == missed
    if missed:
        assert near["ids"].iloc[0] == ["B", "A"]
        facts = json.loads(near["facts"].iloc[0])
        assert facts["vertices"] == 1
        assert facts["distance_m"] == pytest.approx(off, abs=1e-4)


AREAS = [
    (100 / M2_PER_MU, None),
    (99.92 / M2_PER_MU, None),
    (100.4 / M2_PER_MU, "info"),
    (100.8 / M2_PER_MU, "warning"),
    (101.5 / M2_PER_MU, "error"),
    (10 * 100 / M2_PER_MU, "error"),
    (None, None),
]


@pytest.mark.parametrize(("stated", "severity"), AREAS)
def test_stated_and_measured_areas(stated, severity):
    """A square of 100 m: twice the error of its area is 2 x 0.05 x sqrt(4 x 20 000 / 8) = 10 m²."""
    of = parcels({"A": box(0, 0, 100, 100)})
    stated = None if stated is None else stated * 100
    rows = find_topology(of.assign(stated_area_mu=[stated]), base=None)
    assert rows["severity"].tolist() == ([] if severity is None else [severity])


def test_an_area_written_to_two_digits_may_be_off_by_half_of_the_last():
    of = parcels({"A": box(0, 0, 5, 5), "B": box(50, 0, 55, 5)})
    rounded = [0.04, 0.03]  # 1.7 and 5.0 m² off; half of the last digit is 3.3 m²
    assert found(of.assign(stated_area_mu=rounded)) == [("area_differs", ["B"])]


def test_a_stated_ellipsoidal_area_is_right_too():
    """At the edge of the zone the two differ by 0.5 per mille, more than the survey's error."""
    far = shapely.transform(box(0, 0, 400, 400), lambda xy: xy + np.array([150_000, 0]))
    of = parcels({"A": far})
    areas = measured_areas(of).iloc[0]
    assert abs(areas["plane_m2"] - areas["ellipsoidal_m2"]) > 60
    for area in areas:
        assert found(of.assign(stated_area_mu=area / M2_PER_MU)) == []
    assert found(of.assign(stated_area_mu=(areas.mean() + 200) / M2_PER_MU)) != []


CODES = [
    ("450123001002JA00012", None),
    ("450123 001002 JA00012 ", None),
    ("４５０１２３001002JA00012", None),
    ("450123001002GB00012F00010001", None),
    ("450123001002GB00012W00000000", None),
    ("450123001002JA00012#2", None),
    ("450123001002JA0001", "length"),
    ("450123001002JA000123", "length"),
    ("45012300100OJA00012", "letter_o"),
    ("450123001002XA00012", "owner"),
    ("450123001002JZ00012", "right"),
    ("450123001002GA00012", "owner_right"),
    ("450123001002GC00012", "owner_right"),
    ("450123001002JA00000", "sequence"),
    ("450123001002GB00012W00000001", "fixture"),
    ("450123001002GB00012X00010001", "fixture"),
]


@pytest.mark.parametrize(("code", "defect"), CODES)
def test_codes(code, defect):
    assert looks_like_a_code(code)
    assert code_defect(code) == defect
    expected = [] if defect is None else [("code_malformed", [code])]
    assert found(parcels({code: box(0, 0, 10, 10)})) == expected


@pytest.mark.parametrize(
    "name", ["A", "青石村-3组-012", "123456789012", "parcels.shp#12", "2022-10-14"]
)
def test_other_names_are_no_codes(name):
    assert not looks_like_a_code(name)
    assert found(parcels({name: box(0, 0, 10, 10)})) == []


def test_every_finding_can_be_said_in_both_languages():
    shapes = {
        "A": BOW_TIE,
        "B": None,
        "C": box(10, 0, 20, 10),
        "D": box(18, 0, 30, 10),
        "E": box(18, 0, 30, 10),
        "F": box(30, 0, 30.05, 10),
        "450123001002XA00012": ring((40, 0), (50, 0), (50, 10), (40.05, 5), (40, 10)),
        "G": ring((40, 0), (30, 0), (30, 10), (40, 10)),
    }
    of = parcels(shapes, stated_area_mu=9.0, source_file="p.shp", source_row=4)
    rows = find_topology(of, base=projects({"P": box(0, 0, 60, 12)}))
    assert set(rows["code"]) == {
        "geometry_missing",
        "geometry_invalid",
        "parcel_overlap",
        "parcel_duplicate",
        "parcel_gap",
        "parcel_sliver",
        "vertex_near_miss",
        "vertex_spike",
        "area_differs",
        "code_malformed",
    }
    for row in rows.to_dict("records"):
        assert sentence(row, "zh") != sentence(row, "en")
    assert rows.loc[rows["code"].eq("geometry_missing"), "source_row"].tolist() == [4]


corner = st.tuples(*[st.integers(0, 24)] * 2, *[st.integers(1, 12)] * 2)


@settings(max_examples=25)
@given(corners=st.lists(corner, max_size=7), seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(corners, seed):
    of = parcels({f"P{k}": box(x, y, x + w, y + h) for k, (x, y, w, h) in enumerate(corners)})
    base = projects({"J": box(0, 0, 30, 30)})
    one, other = find_topology(of, base=base), find_topology(shuffled(of, seed), base=base)
    assert one["ids"].tolist() == other["ids"].tolist()
    assert one["facts"].tolist() == other["facts"].tolist()
    gaps = one.loc[one["code"].eq("parcel_gap"), "area_m2"].sum()
    covered = shapely.union_all(of.geometry.to_numpy()).intersection(base.geometry[0]).area
    assert gaps == pytest.approx(900 - covered, abs=1e-4)


REFUSALS = [
    (pd.concat([two()] * 2), None, TableError, "'parcel_id' repeats: A, B"),
    (parcels({"A": line((0, 0), (1, 1))}), None, GeometryError, "LineString"),
    (two().to_crs(4490), None, CRSError, "not in metres"),
    (two(), projects({"P": box(0, 0, 1, 1)}).to_crs(4547), CRSError, "parcels, projects"),
]


@pytest.mark.parametrize(("of", "base", "error", "says"), REFUSALS, ids=[r[3] for r in REFUSALS])
def test_refusals_say_what_and_where(of, base, error, says):
    with pytest.raises(error, match=says):
        find_topology(of, base=base)


# ---- areas --------------------------------------------------------------------------------------

#: offset from the central meridian (m) to the area (m²) of squares of 1 mu, 100 m and 1 km there
ELLIPSOIDAL = {
    0: (666.66667, 10_000.000, 999_999.992),
    50_000: (666.62549, 9_999.38141, 999_937.021),
    100_000: (666.5020, 9_997.5284, 999_750.610),
    150_000: (666.29631, 9_994.44189, 999_440.850),
}


@pytest.mark.parametrize("offset", ELLIPSOIDAL)
def test_ellipsoidal_areas_of_squares(offset):
    west, south = 37_500_000 + offset, 2_582_988
    sides = (np.sqrt(2000 / 3), 100.0, 1000.0)
    shapes = [shapely.box(west, south, west + s, south + s) for s in sides]
    found_ = ellipsoidal_area(gpd.GeoDataFrame(geometry=shapes, crs=4525))
    assert found_.to_numpy() == pytest.approx(ELLIPSOIDAL[offset], abs=1e-3)


def test_a_trapezoid_of_one_degree():
    ellipsoid = CRS(4525).ellipsoid
    degree, south, north = (np.radians([v]) for v in (1.0, 24.0, 25.0))
    assert trapezoids(degree, south, north, ellipsoid)[0] == pytest.approx(
        11_226_471_672.268, abs=1e-2
    )


def test_holes_parts_and_missing_shapes():
    holed = box(0, 0, 100, 100) - box(40, 40, 60, 60)
    both = shapely.MultiPolygon([box(0, 0, 10, 10), box(50, 0, 60, 10)])
    frame = parcels({"A": holed, "B": both, "C": None, "D": shapely.Polygon()})
    areas = measured_areas(frame.set_index(pd.Index([7, 8, 9, 10])))
    assert areas.index.tolist() == [7, 8, 9, 10]
    assert areas["plane_m2"].tolist() == pytest.approx([9600, 200, np.nan, 0], nan_ok=True)
    assert areas["ellipsoidal_m2"].tolist() == pytest.approx(
        [9600, 200, np.nan, 0], nan_ok=True, rel=1e-4
    )
