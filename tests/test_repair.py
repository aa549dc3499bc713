"""Mending within a budget: by hand, by law, never on a dispute; and on real parcels."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_coverage import DEFECTS, layered, spoilt
from tiny_county import answered, call, refused
from worlds import BOW_TIE, GK38, box, line, parcels, projects, ring, shuffled, two

from landgis.base.errors import CRSError, GeometryError, TableError
from landgis.spatial.redrawing import redrawn, without_repeats
from landgis.spatial.repair import repair_topology
from landgis.spatial.topology import find_topology

AMPLE = {"budget_m2": 1e6, "budget_share": 1.0, "total_m2": 1e9}


def shape_of(done, parcel_id):
    return done.parcels.set_index("parcel_id").geometry[parcel_id]


def codes(found):
    return sorted(found["code"])


def same(one, other):
    return one.normalize().equals_exact(other.normalize(), 1e-6)


def test_what_is_in_order_stays_as_it_is_to_the_bit():
    of = two().assign(note=["x", None])
    done = repair_topology(of)
    pd.testing.assert_frame_equal(pd.DataFrame(done.parcels), pd.DataFrame(of))
    assert done.parcels.geometry.tolist() == of.geometry.tolist()
    assert len(done.changes) == len(done.left) == len(done.findings) == 0
    assert len(repair_topology(of.iloc[:0]).parcels) == 0


# ---- each kind of mending, areas by hand --------------------------------------------------------


def test_a_vertex_beside_the_border_goes_onto_it_and_the_border_gets_a_vertex():
    """B's vertex is 3 cm short of A's border 10 m long: 10 x 0.03 / 2 = 0.15 m²."""
    bent = ring((10, 0), (20, 0), (20, 10), (10, 10), (10.03, 5))
    of = parcels({"A": box(0, 0, 10, 10), "B": bent})
    assert codes(find_topology(of, base=None)) == ["vertex_near_miss"]
    done = repair_topology(of, budget_share=0.01)
    assert len(done.findings) == 0
    assert same(shape_of(done, "A"), ring((0, 0), (10, 0), (10, 5), (10, 10), (0, 10)))
    assert same(shape_of(done, "B"), ring((10, 0), (20, 0), (20, 10), (10, 10), (10, 5)))
    change = done.changes.set_index("parcel_id").loc["B"]
    assert change["change"] == "border_snapped"
    assert change["area_before_m2"] == pytest.approx(99.85)
    assert change["area_after_m2"] == pytest.approx(100)
    assert change["changed_m2"] == pytest.approx(0.15)
    assert change["moved_m"] == pytest.approx(0.03)
    assert change["vertices"] == 2  # one is gone, one is new
    assert done.changes.set_index("parcel_id").loc["A", "changed_m2"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("reach", [0.05, -0.05])
def test_a_thin_overlap_and_a_thin_gap_are_closed_onto_the_border_that_stands(reach):
    """A strip 50 m long and 5 cm wide: 2.5 m²; the smaller id stands."""
    of = parcels({"A": box(0, 0, 10, 50), "B": box(10 - reach, 0, 20, 50)})
    done = repair_topology(of, base=projects({"P": box(1, 1, 19, 49)}), **AMPLE)
    assert len(done.findings) == 0
    assert same(shape_of(done, "A"), box(0, 0, 10, 50))
    assert same(shape_of(done, "B"), box(10, 0, 20, 50))
    assert done.changes["changed_m2"].sum() == pytest.approx(2.5)


def test_who_was_surveyed_first_stands():
    of = parcels({"A": box(0, 0, 10.05, 50), "B": box(10, 0, 20, 50)})
    days = pd.to_datetime(["2022-03-01", "2021-03-01"])
    done = repair_topology(of.assign(surveyed_on=days), **AMPLE)
    assert same(shape_of(done, "A"), box(0, 0, 10, 50))
    done = repair_topology(of.assign(surveyed_on=[pd.NaT, days[0]]), **AMPLE)
    assert same(shape_of(done, "A"), box(0, 0, 10, 50))
    done = repair_topology(of, **AMPLE)
    assert same(shape_of(done, "B"), box(10.05, 0, 20, 50))


def test_the_vertex_that_more_parcels_have_stands():
    """A was drawn 4 cm too far; B and C agree on the corner between them, whatever their ids."""
    of = parcels({"A": box(0, 0, 10.04, 20), "B": box(10, 0, 20, 10), "C": box(10, 10, 20, 20)})
    done = repair_topology(of, **AMPLE)
    assert len(done.findings) == 0
    corner = shapely.Point(shapely.get_coordinates(box(10, 10, 11, 11)).min(axis=0))
    assert all(shapely.distance(corner, shapely.boundary(s)) == 0 for s in done.parcels.geometry)


def test_a_parcel_shifted_as_a_whole_comes_back():
    corners = [(r, c) for r in range(3) for c in range(3)]
    cells = {f"{r}{c}": box(10 * c, 10 * r, 10 * c + 10, 10 * r + 10) for r, c in corners}
    of = parcels(cells | {"11": box(10.06, 10, 20.06, 20)})
    done = repair_topology(of, **AMPLE)
    assert len(done.findings) == 0
    assert same(shape_of(done, "11"), cells["11"])
    assert done.changes["parcel_id"].tolist() == ["11"]


def test_a_border_a_millimetre_off_beside_a_sliver_goes_through_the_vertex():
    """The vertex itself lies on the border, as far as a survey can tell; it stays where it is."""
    bent = ring((10, 0), (20, 0), (20, 40), (10, 40), (10.001, 20))
    of = parcels({"A": box(0, 0, 10, 40), "B": bent})
    base = projects({"P": box(5, 5, 15, 35)})
    assert codes(find_topology(of, base=base)) == ["parcel_sliver"]
    done = repair_topology(of, base=base)
    assert len(done.findings) == 0
    assert same(shape_of(done, "B"), bent)
    assert same(shape_of(done, "A"), ring((0, 0), (10, 0), (10.001, 20), (10, 40), (0, 40)))


def test_repeated_points_go_and_the_one_a_neighbour_has_stays():
    again = ring((10, 0), (20, 0), (20, 10), (20, 10), (10, 10), (10, 9.9995))
    of = parcels({"A": box(0, 0, 10, 10), "B": again})
    found = find_topology(of, base=None)
    assert codes(found) == ["points_repeated"]
    assert json.loads(found["facts"][0]) == {"vertices": 2}
    done = repair_topology(of)
    assert same(shape_of(done, "B"), box(10, 0, 20, 10))
    assert done.changes[["parcel_id", "change"]].to_numpy().tolist() == [["B", "points_repeated"]]
    assert len(done.findings) == 0
    twice = parcels({"B": ring((10, 0), (20, 0), (20, 10), (20, 10), (10, 10))})
    without = repair_topology(twice, budget_m2=0.0)
    assert without.changes["change"].tolist() == ["points_repeated"]


def test_points_repeated_in_both_parcels_go_in_both():
    twin = ((10, 5), (10.0004, 5.0004))
    of = parcels(
        {
            "A": ring((0, 0), (10, 0), *twin, (10, 10), (0, 10)),
            "B": ring((10, 0), (20, 0), (20, 10), (10, 10), *twin[::-1]),
        }
    )
    done = repair_topology(of)
    assert len(done.findings) == 0
    assert set(done.changes["change"]) == {"points_repeated"}
    assert shapely.coverage_is_valid(done.parcels.geometry.to_numpy())


def test_a_small_bow_tie_is_unfolded_and_a_large_one_is_not():
    """Two corners 10 cm apart in the wrong order: the small lobe has about 0.005 m²."""
    small = ring((0, 0), (20, 0), (20, 20.1), (20, 20), (0, 20), (0, 0.05))
    crossed = ring((0, 0), (20, 0), (20, 20), (19.9, 20.1), (20, 20.1), (0, 20))
    of = parcels({"A": crossed, "B": shapely.transform(BOW_TIE, lambda xy: xy + 100), "C": small})
    broken = find_topology(of, base=None)
    assert (
        broken.loc[broken["ids"].map(lambda ids: ids[0]).isin(["A", "B"]), "code"]
        .eq("geometry_invalid")
        .all()
    )
    done = repair_topology(of)
    assert shape_of(done, "A").is_valid
    assert not shape_of(done, "B").is_valid
    change = done.changes.set_index("parcel_id").loc["A"]
    assert change["change"] == "self_intersection"
    assert change["changed_m2"] < 0.05
    left = done.left.set_index("parcel_id").loc["B"]
    assert (left["change"], left["left_because"]) == ("self_intersection", "budget")
    assert left["changed_m2"] == pytest.approx(50)
    assert "geometry_invalid" in codes(done.findings)


def test_a_hole_that_runs_the_way_of_its_shell_is_turned():
    shell, hole = box(0, 0, 10, 10), box(4, 4, 6, 6)
    wrong = shapely.Polygon(shell.exterior.coords, [hole.exterior.coords])
    assert shapely.is_ccw(wrong.exterior) == shapely.is_ccw(wrong.interiors[0])
    done = repair_topology(parcels({"A": wrong}))
    mended = shape_of(done, "A")
    assert shapely.is_ccw(mended.exterior) == shapely.is_ccw(wrong.exterior)
    assert shapely.is_ccw(mended.exterior) != shapely.is_ccw(mended.interiors[0])
    assert done.changes[["change", "changed_m2"]].to_numpy().tolist() == [["orientation", 0.0]]


def corners_of(shape):
    """Return the corners of each ring of a polygon, none closed, as complex numbers."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    return [[complex(x, y) for x, y in shapely.get_coordinates(ring)[:-1]] for ring in rings]


@pytest.mark.parametrize("turn", [1, -1])
def test_points_are_put_in_along_the_way_a_ring_runs_whoever_names_the_edge(turn):
    square = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)][::turn])
    inserts = [(10 + 0j, 10 + 10j, 10 + 7j), (10 + 10j, 10 + 0j, 10 + 3j)]
    wanted = [0j, 10 + 0j, 10 + 3j, 10 + 7j, 10 + 10j, 10j][::turn]
    assert corners_of(redrawn(square, {}, inserts)) == [wanted]
    away = redrawn(square, {10 + 3j: 11 + 3j, 0j: 10 + 0j}, inserts)
    assert corners_of(away) == [[11 + 3j if p == 10 + 3j else p for p in wanted if p != 0j]]


def test_a_ring_without_area_is_none_be_it_a_hole():
    shell, hole = [(0, 0), (10, 0), (10, 10), (0, 10)], [(4, 4), (4, 6), (6, 4)]
    holed = shapely.Polygon(shell, [hole])
    assert redrawn(holed, {4 + 6j: 4 + 5j}, []).area == pytest.approx(99)
    assert redrawn(holed, {4 + 6j: 4 + 4j}, []) is None
    assert redrawn(shapely.MultiPolygon([holed]), {}, []).equals(holed)


def test_of_repeated_points_the_one_stands_that_is_shared_else_the_western_one():
    near = [(0, 0), (10, 0), (10.0004, 0), (10.0008, 0), (10, 10), (0, 10), (0, 0.0004)]
    square = shapely.Polygon(near)
    assert corners_of(without_repeats(square, set())) == [[0j, 10 + 0j, 10 + 10j, 10j]]
    shared = {10.0004 + 0j, 0.0004j}
    kept = [0.0004j, 10.0004 + 0j, 10 + 10j, 10j]
    assert corners_of(without_repeats(square, shared)) == [kept]
    assert without_repeats(shapely.Polygon([(0, 0), (0.0004, 0), (5, 5)]), set()) is None


def test_what_a_parcel_has_spent_counts_in_what_follows():
    """A lobe is unfolded first; then the vertex beside the border wants the rest of the budget."""
    crossed = [(10, 0), (20, 0), (20, 20), (19.9, 20.1), (20, 20.1), (10, 20), (10.03, 10)]
    of = parcels({"A": box(0, 0, 10, 20), "B": ring(*crossed)})
    done = repair_topology(of, **AMPLE)
    costs = done.changes[done.changes["parcel_id"].eq("B")].set_index("change")["changed_m2"]
    assert set(costs.index) == {"self_intersection", "border_snapped"}
    less, more = costs.sum() - costs.min() / 2, costs.sum() * 1.01
    tight = repair_topology(of, **AMPLE | {"budget_m2": less})
    assert tight.changes["change"].tolist() == ["self_intersection"]
    left = tight.left.set_index("parcel_id").loc["B"]
    assert (left["change"], left["left_because"]) == ("border_snapped", "budget")
    assert left["changed_m2"] == pytest.approx(costs.sum())
    ample = repair_topology(of, **AMPLE | {"budget_m2": more})
    assert "vertex_near_miss" in codes(tight.findings)
    assert "vertex_near_miss" not in codes(ample.findings)


# ---- what is left alone -------------------------------------------------------------------------


def test_overlaps_gaps_and_duplicates_are_for_others_to_decide():
    of = parcels(
        {
            "A": box(0, 0, 12, 10),
            "B": box(10, 0, 20, 10),
            "C": box(22, 0, 30, 10),
            "D": box(22, 0, 30, 10),
        }
    )
    base = projects({"P": box(0, 0, 30, 10)})
    done = repair_topology(of, base=base, **AMPLE)
    assert done.parcels.geometry.tolist() == of.geometry.tolist()
    assert codes(done.findings) == ["parcel_duplicate", "parcel_gap", "parcel_overlap"]
    assert len(done.left) == 0


def test_nothing_moves_between_two_who_overlap():
    """The same pair has an overlap of 2 m and, further on, a vertex 3 cm short."""
    one = ring((0, 0), (10, 0), (12, 5), (10, 10), (10, 40), (0, 40))
    other = ring((10, 0), (20, 0), (20, 40), (10, 40), (10.03, 25), (10, 10))
    of = parcels({"A": one, "B": other})
    assert codes(find_topology(of, base=None)) == ["parcel_overlap", "vertex_near_miss"]
    done = repair_topology(of, **AMPLE)
    assert done.parcels.geometry.tolist() == of.geometry.tolist()


@pytest.mark.parametrize("who", ["A", "B"])
def test_a_parcel_in_dispute_stays_and_so_does_its_neighbour_beside_it(who):
    bent = ring((10, 0), (20, 0), (20, 10), (10, 10), (10.03, 5))
    of = parcels({"A": box(0, 0, 10, 10), "B": bent})
    of["disputed_from"] = pd.Series({"AB".index(who): pd.Timestamp("2022-01-01")})
    done = repair_topology(of.assign(disputed_to=pd.NaT), **AMPLE)
    assert done.parcels.geometry.tolist() == of.geometry.tolist()
    ended = of.assign(disputed_to=pd.Timestamp("2022-05-01"))
    assert len(repair_topology(ended, **AMPLE).findings) == 0


def test_over_its_budget_a_parcel_stays_as_a_whole_and_nobody_moves_towards_it():
    """B wants 0.15 m² at one vertex and 0.15 m² at another."""
    bent = ring((10, 0), (20, 0), (20, 20), (10, 20), (10.03, 15), (10, 10), (10.03, 5))
    of = parcels({"A": box(0, 0, 10, 20), "B": bent})
    done = repair_topology(of, budget_m2=0.29)
    assert done.parcels.geometry.tolist() == of.geometry.tolist()
    assert done.left[["parcel_id", "left_because"]].to_numpy().tolist() == [["B", "budget"]]
    assert done.left["changed_m2"][0] == pytest.approx(0.3, abs=1e-3)
    assert len(repair_topology(of, budget_m2=0.31).findings) == 0
    share = 0.3 / 199.7
    assert len(repair_topology(of, budget_share=share * 0.99).changes) == 0
    assert len(repair_topology(of, budget_share=share * 1.01).findings) == 0


def test_over_the_budget_of_all_nothing_is_changed():
    bent = ring((10, 0), (20, 0), (20, 10), (10, 10), (10.03, 5))
    of = parcels({"A": box(0, 0, 10, 10), "B": bent})
    done = repair_topology(of, total_m2=0.14, budget_share=0.01)
    assert done.parcels.geometry.tolist() == of.geometry.tolist()
    assert len(done.changes) == 0
    assert set(done.left["left_because"]) == {"total"}
    assert done.left["changed_m2"].sum() == pytest.approx(0.15)
    assert len(repair_topology(of, total_m2=0.16, budget_share=0.01).findings) == 0


def test_a_move_that_would_break_a_shape_is_left():
    """A strip 8 cm wide: its far corners are as near to the border as its near ones."""
    of = parcels({"A": box(0, 0, 10, 50), "B": box(10.03, 0, 10.11, 50), "C": box(30, 0, 40, 50)})
    done = repair_topology(of, sliver_m=0.2, **AMPLE)
    assert done.parcels.is_valid.all()
    assert done.parcels.geometry.area.min() > 0


def test_broken_missing_and_empty_shapes_stop_nothing():
    bent = ring((10, 0), (20, 0), (20, 10), (10, 10), (10.03, 5))
    far = shapely.transform(BOW_TIE, lambda xy: xy + 100)
    of = parcels({"A": box(0, 0, 10, 10), "B": bent, "C": None, "D": shapely.Polygon(), "E": far})
    done = repair_topology(of, budget_share=0.01)
    assert set(done.changes["parcel_id"]) == {"A", "B"}
    assert shape_of(done, "C") is None
    assert codes(done.findings) == ["geometry_invalid", "geometry_missing", "geometry_missing"]


REFUSALS = [
    (pd.concat([two()] * 2), None, TableError, "'parcel_id' repeats: A, B"),
    (parcels({"A": line((0, 0), (1, 1))}), None, GeometryError, "LineString"),
    (two().to_crs(4490), None, CRSError, "not in metres"),
    (two(), projects({"P": box(0, 0, 1, 1)}).to_crs(4547), CRSError, "parcels, projects"),
]


@pytest.mark.parametrize(("of", "base", "error", "says"), REFUSALS, ids=[r[3] for r in REFUSALS])
def test_refusals_say_what_and_where(of, base, error, says):
    with pytest.raises(error, match=says):
        repair_topology(of, base=base)


# ---- laws ---------------------------------------------------------------------------------------


def jolted(cells, k, rng):
    """One vertex of one parcel a few centimetres away."""
    xy = shapely.get_coordinates(cells[k])[:-1]
    xy[rng.integers(len(xy))] += np.round(rng.uniform(-0.06, 0.06, 2), 3)
    return [*cells[:k], shapely.Polygon(xy), *cells[k + 1 :]]


def slid(cells, k, rng):
    """One parcel a few centimetres away."""
    shift = np.round(rng.uniform(-0.04, 0.04, 2), 3)
    return [*cells[:k], shapely.transform(cells[k], lambda xy: xy + shift), *cells[k + 1 :]]


def stuttered(cells, k, rng):
    xy = shapely.get_coordinates(cells[k])
    twice = np.insert(xy, 1, xy[1] + np.round(rng.uniform(-3e-4, 3e-4, 2), 4), axis=0)
    return [*cells[:k], shapely.Polygon(twice), *cells[k + 1 :]]


SMALL = [jolted, slid, stuttered]
WORLDS = {
    "defects": st.lists(
        st.sampled_from([*SMALL, *SMALL, *(d for d in DEFECTS if d is not layered)]), max_size=6
    ),
    "seed": st.integers(0, 9999),
    "budget_m2": st.sampled_from([0.1, 1.0, 100.0]),
}


def world(defects, seed):
    shapes = spoilt(4, 3, defects, seed)
    rng = np.random.default_rng(seed)
    days = pd.to_datetime("2022-01-01") + pd.to_timedelta(rng.integers(0, 3, len(shapes)), "D")
    of = parcels({f"P{k:02d}": shape for k, shape in enumerate(shapes)}, surveyed_on=days)
    return of, projects({"J": box(-5, 2, 36, 35)})


def area_of_all(frame):
    near = frame.geometry.translate(-frame.total_bounds[0] // 1, -frame.total_bounds[1] // 1)
    return shapely.union_all(near[near.is_valid].to_numpy()).area


def keeps_the_law(defects, seed, budget_m2):
    of, base = world(defects, seed)
    knobs = {"base": base, "budget_m2": budget_m2, "budget_share": 0.02}
    done = repair_topology(of, **knobs)
    kept = done.parcels.drop(columns="geometry")
    pd.testing.assert_frame_equal(kept, of.drop(columns="geometry"))
    assert done.parcels.is_valid[of.is_valid].all()
    assert (done.changes.groupby("parcel_id")["changed_m2"].sum() <= budget_m2 * (1 + 1e-9)).all()
    same_ = [a is b or a == b for a, b in zip(of.geometry, done.parcels.geometry, strict=True)]
    assert set(of.loc[~np.array(same_), "parcel_id"]) <= set(done.changes["parcel_id"])
    if of.is_valid.all():
        moved_m2 = abs(area_of_all(done.parcels) - area_of_all(of))
        assert moved_m2 <= done.changes["changed_m2"].sum() + 1e-6
    return of, knobs, done


@settings(max_examples=30)
@given(**WORLDS)
def test_only_what_is_reported_changes_and_within_the_budget(defects, seed, budget_m2):
    keeps_the_law(defects, seed, budget_m2)


@settings(max_examples=15)
@given(**WORLDS)
def test_a_second_repair_changes_nothing_and_order_does_not_matter(defects, seed, budget_m2):
    of, knobs, done = keeps_the_law(defects, seed, budget_m2)
    again = repair_topology(done.parcels, **knobs)
    assert len(again.changes) == 0
    other = repair_topology(shuffled(of, seed), **knobs)
    sort = other.parcels.sort_values("parcel_id").geometry.tolist()
    assert sort == done.parcels.sort_values("parcel_id").geometry.tolist()
    pd.testing.assert_frame_equal(other.changes, done.changes)
    pd.testing.assert_frame_equal(other.left, done.left)


@settings(max_examples=15)
@given(defects=st.lists(st.sampled_from([jolted, stuttered]), max_size=4), seed=WORLDS["seed"])
def test_small_defects_alone_become_fewer_and_a_valid_coverage_stays_one(defects, seed):
    of, base = world(defects, seed)
    before = find_topology(of, base=base)
    done = repair_topology(of, base=base, **AMPLE)
    assert len(done.findings) <= len(before)
    if not defects:
        assert shapely.coverage_is_valid(done.parcels.geometry.to_numpy())


@pytest.mark.slow
@settings(max_examples=300)
@given(**WORLDS)
def test_the_laws_in_many_worlds(defects, seed, budget_m2):
    _, knobs, done = keeps_the_law(defects, seed, budget_m2)
    assert len(repair_topology(done.parcels, **knobs).changes) == 0


# ---- real parcels -------------------------------------------------------------------------------


def real(frame, crs):
    frame = frame.to_crs(crs)
    ids = [f"{k:06d}" for k in range(len(frame))]
    return gpd.GeoDataFrame({"parcel_id": ids}, geometry=frame.geometry.to_numpy(), crs=crs)


def test_a_french_commune_jolted(shared_data):
    """Its cadastre is in order; 25 vertices are moved by 2.5 cm, and most come back."""
    layer = shared_data("fr_cadastre_25354") / "cadastre_25354.gpkg"
    of = real(gpd.read_file(layer, layer="parcels"), 3947)
    assert len(repair_topology(of).changes) == len(find_topology(of, base=None)) == 0
    rng = np.random.default_rng(3)
    shapes = of.geometry.to_numpy().copy()
    for k in rng.choice(len(of), 25, replace=False):
        if len(shapely.get_rings(shapes[k])) == 1:
            xy = shapely.get_coordinates(shapes[k])[:-1]
            xy[rng.integers(len(xy))] += [0.02, -0.015]
            shapes[k] = shapely.Polygon(xy)
    marred = of.set_geometry(gpd.GeoSeries(shapes, crs=of.crs))
    before = find_topology(marred, base=None)
    done = repair_topology(marred)
    assert len(before) > 50
    assert len(done.findings) < len(before) / 4
    assert (done.changes["changed_m2"] <= 1.0).all()
    assert (done.changes["moved_m"] <= 0.025 + 1e-6).all()
    assert set(done.left["left_because"]) == {"budget"}
    assert len(repair_topology(done.parcels).changes) == 0


@pytest.mark.slow
def test_the_parcels_of_cambridge(shared_data):
    of = real(gpd.read_file(shared_data("cambridge_ma") / "parcels_fy2014.gpkg"), 26986)
    done = repair_topology(of)
    sound = of.is_valid
    assert sound.sum() < done.parcels.is_valid.sum()
    before, after = of.area[sound], done.parcels.area[sound]
    assert (before - after).abs().max() <= 1.0
    assert len(repair_topology(done.parcels).changes) == 0
    assert of.crs == done.parcels.crs


def test_the_crs_and_the_name_of_the_shapes_stay():
    of = two().rename_geometry("shape")
    done = repair_topology(of)
    assert done.parcels.geometry.name == "shape"
    assert done.parcels.crs == GK38


# ---- the command --------------------------------------------------------------------------------


def write_marred(path):
    bent = ring((10, 0), (20, 0), (20, 10), (10, 10), (10.03, 5))
    of = parcels({"A": box(0, 0, 10, 10), "B": bent, "C": box(18, 0, 30, 10)})
    of.drop(columns="agreed_on").to_file(path, layer="parcels")
    return path


def test_the_command_writes_parcels_and_report_and_leaves_the_source(tmp_path, capsys):
    source, out = write_marred(tmp_path / "in.gpkg"), tmp_path / "out.gpkg"
    before = source.read_bytes()
    told = answered(capsys, "repair-topology", source, out, "--budget-share", 0.01)
    assert told["exit_code"] == 1  # an overlap is left, and is an error
    assert [row["parcel_id"] for row in told["tables"]["changes"]] == ["A", "B"]
    assert told["tables"]["left"] == []
    assert [row["code"] for row in told["findings"]] == ["parcel_overlap"]
    assert source.read_bytes() == before
    mended = gpd.read_file(out, layer="parcels")
    assert mended.geometry.area.tolist() == pytest.approx([100, 100, 120])
    assert gpd.read_file(out, layer="changes")["change"].tolist() == ["border_snapped"] * 2
    assert gpd.read_file(out, layer="findings")["code"].tolist() == ["parcel_overlap"]
    assert len(gpd.read_file(out, layer="left")) == 0


def test_the_command_says_what_it_left_and_why(tmp_path, capsys):
    source = write_marred(tmp_path / "in.gpkg")
    words = ("repair-topology", source, tmp_path / "out.gpkg", "--total-m2", 0.01)
    said = call(capsys, *words, "--budget-share", 0.01, "--language", "zh").out
    assert "超出改动总限额" in said
    assert "界址点归到公共界线" in said
    assert call(capsys, *words, "--replace", "--language", "en").out.count("over the budget") == 1


def test_the_command_refuses_what_it_cannot_do(tmp_path, capsys):
    source = write_marred(tmp_path / "in.gpkg")
    assert "repair-topology" in refused(capsys, "repair-topology", source)
    assert "geojson" in refused(capsys, "repair-topology", source, tmp_path / "out.geojson")
    assert "--replace" in refused(
        capsys, "repair-topology", source, write_marred(tmp_path / "o.gpkg")
    )


def test_the_command_takes_coordinate_files(shared_data, tmp_path, capsys):
    source = next(iter(sorted(shared_data("cn_parcel_txt").glob("*.txt"))))
    told = answered(capsys, "repair-topology", source, tmp_path / "out.gpkg")
    assert told["error"] is None
    assert len(gpd.read_file(tmp_path / "out.gpkg", layer="parcels")) > 0
