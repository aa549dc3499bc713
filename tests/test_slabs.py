"""Common areas without cutting: GEOS near the origin is the judge."""

from __future__ import annotations

import subprocess
import sys

import numba
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.spatial import compiling, strips
from landgis.spatial.compiling import compiled
from landgis.spatial.flat import Plots
from landgis.spatial.slabs import common_areas, points_inside

FAR = np.array([38_500_000.0, 4_400_000.0])


def polygon_array(*shapes):
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def all_pairs(n, m):
    one, other = np.divmod(np.arange(n * m), m)
    return one.astype(np.intp), other.astype(np.intp)


def judged(shapes, grounds, pairs, *, grid_size=None):
    cut = shapely.intersection(shapes[pairs[0]], grounds[pairs[1]], grid_size=grid_size)
    return shapely.area(cut)


def moved(shapes, by):
    return shapely.transform(shapes, lambda xy: xy + by)


@st.composite
def ground(draw):
    """Draw boxes on a lattice, joined and cut from one another: shared edges, holes, parts."""
    cells = draw(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=14))
    boxes = [shapely.box(x * 3, y * 3, x * 3 + 3, y * 3 + 3) for x, y in sorted(cells)]
    shape = shapely.union_all(boxes)
    holes = draw(st.lists(st.tuples(*[st.integers(0, 17)] * 2, st.integers(1, 4)), max_size=2))
    for x, y, size in holes:
        shape = shape.difference(shapely.box(x, y, x + size, y + 1))
    angle = draw(st.sampled_from([0.0, 0.0, 0.0, 0.3, np.pi / 4, 1.1]))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shape = shapely.transform(shape, lambda xy: xy @ turn)
    return shape if shape.geom_type in ("Polygon", "MultiPolygon") else shapely.box(0, 0, 1, 1)


grounds_drawn = st.lists(ground(), min_size=1, max_size=4)


@given(grounds_drawn, grounds_drawn, st.booleans())
@settings(max_examples=300, deadline=None)
def test_areas_are_those_that_an_overlay_cuts(one, other, far):
    shapes, grounds = polygon_array(*one), polygon_array(*other)
    usable = shapely.is_valid(shapes).all() and shapely.is_valid(grounds).all()
    pairs = all_pairs(len(shapes), len(grounds))
    wanted = judged(shapes, grounds, pairs) if usable else None
    by = FAR if far else np.zeros(2)
    shapes, grounds = moved(shapes, by), moved(grounds, by)
    if usable and shapely.is_valid(shapes).all() and shapely.is_valid(grounds).all():
        area, inside = common_areas(Plots(shapes), Plots(grounds), *pairs)
        np.testing.assert_allclose(area, wanted, atol=2e-6 if far else 1e-11)
        within = shapely.contains_properly(grounds[pairs[1]], shapes[pairs[0]])
        assert not (inside & ~within).any()


@pytest.mark.slow
@given(grounds_drawn, grounds_drawn, st.floats(-1e3, 1e3), st.floats(0.001, 50))
@settings(max_examples=10_000, deadline=None)
def test_areas_on_ten_thousand_cases(one, other, shift, size):
    shapes = shapely.transform(polygon_array(*one), lambda xy: xy * size)
    grounds = shapely.transform(polygon_array(*other), lambda xy: xy * size + shift)
    if shapely.is_valid(shapes).all() and shapely.is_valid(grounds).all():
        pairs = all_pairs(len(shapes), len(grounds))
        area, _ = common_areas(Plots(shapes), Plots(grounds), *pairs)
        # on a fine grid: without one, GEOS 3.14 takes some neighbours for copies (see below)
        wanted = judged(shapes, grounds, pairs, grid_size=1e-10)
        np.testing.assert_allclose(area, wanted, atol=1e-7 * max(size, 1.0), rtol=1e-9)


@pytest.mark.parametrize("angle", [0.3, np.pi / 4, 1.1])
def test_neighbours_a_last_digit_apart_share_nothing(angle):
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    squares = polygon_array(*(shapely.box(x, y, x + 3, y + 3) for x in (0, 3, 6) for y in (0, 3)))
    squares = shapely.transform(squares, lambda xy: 6 * (xy @ turn))
    for by in (0.0, 2e-16, 4e-16, 8.9e-16, 1e-15, 1e-14):
        others = shapely.transform(squares, lambda xy, by=by: xy + by)
        pairs = all_pairs(len(squares), len(others))
        area, _ = common_areas(Plots(squares), Plots(others), *pairs)
        np.testing.assert_allclose(area, np.where(pairs[0] == pairs[1], 324.0, 0.0), atol=1e-11)


def test_an_edge_of_no_width_in_doubles_is_upright():
    least = 5e-324
    shape = polygon_array(shapely.Polygon([(0, 0), (-8 * least, 20), (30, 20), (30, 0)]))
    other = polygon_array(shapely.Polygon([(7 * least, 10), (-7 * least, 30), (30, 30), (30, 10)]))
    area, _ = common_areas(Plots(shape), Plots(other), *all_pairs(1, 1))
    assert area.tolist() == [300.0]


@given(ground(), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_partition_gives_the_whole_away(whole, count, seed):
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(rng.random((count + 2, 2)) * 40 - 10)
    frame = shapely.box(-60, -60, 60, 60)
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame))
    shapes = polygon_array(whole)
    pairs = all_pairs(1, len(cells))
    area, _ = common_areas(Plots(shapes), Plots(cells), *pairs)
    inside = shapely.area(shapely.intersection(whole, shapely.union_all(cells)))
    assert area.sum() == pytest.approx(inside, abs=1e-9)


@given(ground(), ground())
@settings(max_examples=60, deadline=None)
def test_neither_side_comes_first(one, other):
    pair = np.zeros(1, dtype=np.intp)
    there, _ = common_areas(Plots(polygon_array(one)), Plots(polygon_array(other)), pair, pair)
    back, _ = common_areas(Plots(polygon_array(other)), Plots(polygon_array(one)), pair, pair)
    assert there[0] == pytest.approx(back[0], abs=1e-10)


def test_a_copy_shares_its_whole_area_and_is_not_inside():
    shape = polygon_array(shapely.Polygon([(0, 0), (7, 1), (9, 8), (2, 5)]))
    pair = np.zeros(1, dtype=np.intp)
    area, inside = common_areas(Plots(shape), Plots(shape), pair, pair)
    assert area[0] == pytest.approx(shapely.area(shape[0]), abs=1e-12)
    assert not inside[0]


def test_a_hole_is_not_shared_and_what_stands_in_it_is_outside():
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    shapes = polygon_array(
        shapely.box(12, 12, 18, 18), shapely.box(5, 5, 15, 15), shapely.box(2, 2, 4, 4)
    )
    at = np.arange(3)
    area, inside = common_areas(Plots(shapes), Plots(polygon_array(ring)), at, np.zeros(3, np.intp))
    np.testing.assert_allclose(area, [0.0, 75.0, 4.0], atol=1e-12)
    assert inside.tolist() == [False, False, True]


def wheel(corners, radius=50.0, wobble=0.2, at=(0.0, 0.0)):
    """Return a star with many corners, whose border goes to and fro in east and north."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    far = radius * (1 + wobble * np.cos(np.arange(corners) * np.pi))
    return shapely.Polygon(np.c_[far * np.cos(turn), far * np.sin(turn)] + np.array(at))


@pytest.mark.parametrize("corners", [strips.LARGE - 2, strips.LARGE, 1000, 5000])
def test_large_shapes_give_what_an_overlay_gives(corners):
    rng = np.random.default_rng(corners)
    grounds = polygon_array(wheel(corners), wheel(corners, at=(70, 10)))
    middles = rng.random((200, 2)) * 160 - 60
    shapes = shapely.buffer(shapely.points(middles), rng.random(200) * 20 + 0.1)
    pairs = all_pairs(len(shapes), 2)
    wanted = judged(shapes, grounds, pairs)
    area, _ = common_areas(Plots(shapes), Plots(grounds), *pairs)
    np.testing.assert_allclose(area, wanted, atol=1e-8)
    other_way, _ = common_areas(Plots(grounds), Plots(shapes), *pairs[::-1])
    np.testing.assert_allclose(other_way, wanted, atol=1e-8)


def test_two_large_shapes_are_left_to_an_overlay():
    grounds = polygon_array(wheel(3000), wheel(2999, at=(3, 4)))
    pair = np.array([0]), np.array([1])
    wanted = judged(grounds, grounds, pair)
    area, _ = common_areas(Plots(grounds), Plots(grounds), *pair)
    np.testing.assert_allclose(area, wanted, rtol=1e-12)


def test_points_inside_outside_and_on_the_border():
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    places = [(5, 5), (15, 15), (10, 15), (30, 30), (31, 3), (0, 7), (20, 25), (5, 30), (-1, 30)]
    points = shapely.points(np.array(places, dtype=float))
    at = np.arange(len(points))
    meets, inside = points_inside(points, Plots(polygon_array(ring)), at, np.zeros_like(at))
    assert meets.tolist() == [True, False, True, True, False, True, True, True, False]
    assert inside.tolist() == [True, False, False, False, False, False, True, False, False]


@given(ground(), st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=100, deadline=None)
def test_points_are_where_the_judge_says(drawn, seed, far):
    rng = np.random.default_rng(seed)
    grounds = moved(polygon_array(drawn, wheel(400, 15)), FAR if far else np.zeros(2))
    corners = shapely.get_coordinates(grounds)
    halfway = (corners[1:] + corners[:-1]) / 2
    low, high = corners.min(axis=0), corners.max(axis=0)
    some = low + rng.random((50, 2)) * (high - low)
    points = shapely.points(np.concatenate([corners, halfway, some]))
    if shapely.is_valid(grounds).all():
        pairs = all_pairs(len(points), 2)
        meets, inside = points_inside(points, Plots(grounds), *pairs)
        judge = grounds[pairs[1]], points[pairs[0]]
        np.testing.assert_array_equal(meets, shapely.intersects(*judge))
        np.testing.assert_array_equal(inside, shapely.contains_properly(*judge))


def test_nothing_meets_nothing():
    none = np.zeros(0, dtype=np.intp)
    empty = np.empty(0, dtype=object)
    area, inside = common_areas(Plots(empty), Plots(empty), none, none)
    assert len(area) == len(inside) == 0
    assert [len(one) for one in points_inside(empty, Plots(empty), none, none)] == [0, 0]


def test_threads_change_nothing(monkeypatch):
    rng = np.random.default_rng(5)
    shapes = shapely.buffer(shapely.points(rng.random((3000, 2)) * 400), 9)
    pairs = shapely.STRtree(shapes).query(shapes)
    alone, _ = common_areas(Plots(shapes), Plots(shapes), *pairs)
    monkeypatch.setattr(compiling, "_SHARD", 100)
    sharded, _ = common_areas(Plots(shapes), Plots(shapes), *pairs)
    np.testing.assert_array_equal(alone, sharded)


def test_a_machine_that_keeps_no_machine_code_compiles_anew(monkeypatch):
    real = numba.njit

    def without_a_place(*, cache=False, nogil):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return real(nogil=nogil)

    monkeypatch.setattr(numba, "njit", without_a_place)
    assert compiled(lambda x: x + 1)(2) == 3


def test_importing_landgis_compiles_nothing():
    code = "import sys, landgis; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@st.composite
def outline(draw):
    """Draw a ring of a few corners, on a lattice (degenerate) or anywhere, near or far."""
    n = draw(st.integers(3, 12))
    whole = st.tuples(st.integers(0, 4), st.integers(0, 4))
    anywhere = st.tuples(*[st.floats(0, 4, width=32)] * 2)
    corners = draw(st.lists(st.one_of(whole, anywhere) if n % 2 else whole, min_size=n, max_size=n))
    far = FAR if draw(st.booleans()) else 0.0
    angle = draw(st.sampled_from([0.0, 0.3]))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    if draw(st.booleans()):  # a star around a point: mostly sound
        corners = sorted(corners, key=lambda xy: np.arctan2(xy[1] - 2.2, xy[0] - 1.9))
    return shapely.Polygon(np.array([*corners, corners[0]], dtype=float) @ turn + far)


@given(st.lists(st.one_of(outline(), ground()), min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_soundness_is_what_geos_says(shapes):
    shapes = polygon_array(*shapes)
    assert Plots(shapes).sound.tolist() == shapely.is_valid(shapes).tolist()


def test_soundness_of_what_is_hardly_a_shape():
    with np.errstate(invalid="ignore"):
        no_number = [shapely.Polygon([(0, 0), (1, 0), (bad, 1)]) for bad in (np.nan, np.inf)]
    odd = polygon_array(
        shapely.Polygon(),
        shapely.MultiPolygon(),
        *no_number,
        shapely.Polygon([(0, 0), (1, 1), (2, 2)]),
        shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]),
        shapely.Polygon([(0, 0), (2, 0), (2, 0), (2, 2)]),
        shapely.Polygon([(0, 0), (1, 0), (2, 0), (2, 2)]),
        shapely.Polygon([(0, 0), (3, 0), (1, 0), (2, 2)]),
        None,
    )
    assert Plots(odd).sound.tolist() == [*[False] * 6, True, True, False, False]
