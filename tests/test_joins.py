"""The kernel: pieces worked by hand, what is conserved, and what may not matter."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import AWKWARD, EAST, NORTH, at, box, line

from landgis.spatial.drawn import Drawn
from landgis.spatial.flat import Plots
from landgis.spatial.joins import divide, meet, shared
from landgis.spatial.mosaic import mosaic_of, neighbours, overlapping
from landgis.spatial.shapes import TOUCH, highest, measures, moved

SQUARES = np.array([box(0, 0, 10, 10), box(10, 0, 20, 10)], dtype=object)


def divided(shapes, grounds):
    return divide(Drawn(np.asarray(shapes, dtype=object)), Plots(np.asarray(grounds, dtype=object)))


def parts(shape, grounds=SQUARES):
    """Return what each ground gets of one shape: {ground: (overlap, part, contested)}."""
    found = divided(np.array([shape], dtype=object), np.asarray(grounds, dtype=object))
    values = zip(found.overlap, found.part, found.contested, strict=True)
    return dict(zip(found.ground.tolist(), values, strict=True))


BY_HAND = [
    ("within", box(1, 1, 3, 4), {0: (6, 6, False)}),
    ("straddling", box(8, 1, 13, 2), {0: (2, 2, False), 1: (3, 3, False)}),
    ("the ground itself", box(0, 0, 10, 10), {0: (100, 100, False)}),
    ("partly outside", box(18, 1, 23, 2), {1: (2, 2, False)}),
    ("touching from outside", box(-5, 0, 0, 10), {}),
    ("point inside", at(3, 3), {0: (1, 1, False)}),
    ("point on the border", at(10, 3), {0: (1, 1, False)}),
    ("point on the rim", at(20, 3), {1: (1, 1, False)}),
    ("line on the border", line((10, 2), (10, 8)), {0: (6, 3, False), 1: (6, 3, False)}),
    ("line across", line((5, 5), (12, 5)), {0: (5, 5, False), 1: (2, 2, False)}),
    (
        "line across and along",
        line((5, 5), (10, 5), (10, 9), (15, 9)),
        {0: (9, 7, False), 1: (9, 7, False)},
    ),
    ("line retraced", line((2, 2), (8, 2), (2, 2)), {0: (12, 12, False)}),
    ("retraced across", line((8, 2), (12, 2), (8, 2)), {0: (4, 4, False), 1: (4, 4, False)}),
    ("ending on the border", line((5, 5), (10, 5)), {0: (5, 5, False)}),
    (
        "points",
        shapely.MultiPoint([at(1, 1), at(10, 1), at(11, 1), at(50, 50)]),
        {0: (2, 2, False), 1: (1, 1, False)},
    ),
]


@pytest.mark.parametrize(("name", "shape", "expected"), BY_HAND)
def test_pieces_worked_by_hand(name, shape, expected):
    found = parts(shape)
    assert found.keys() == expected.keys(), name
    for ground, values in expected.items():
        assert found[ground] == pytest.approx(values, abs=1e-9)


def test_ground_common_to_two_is_divided_and_overlap_is_not():
    grounds = [box(0, 0, 10, 10), box(5, 0, 15, 10)]
    assert parts(box(4, 1, 8, 2), grounds) == {
        0: pytest.approx((4, 2.5, True)),
        1: pytest.approx((3, 1.5, True)),
    }
    assert parts(box(1, 1, 3, 2), grounds) == {0: pytest.approx((2, 2, False))}


def test_only_the_parcels_over_the_common_piece_are_contested():
    grounds = [box(0, 0, 10, 10), box(5, 0, 15, 10), box(15, 0, 20, 10)]
    found = parts(box(4, 1, 18, 2), grounds)
    assert {k: v[2] for k, v in found.items()} == {0: True, 1: True, 2: False}
    assert [v[1] for v in found.values()] == pytest.approx([3.5, 7.5, 3])


def test_ground_common_to_three_is_divided_by_three():
    grounds = [box(0, 0, 10, 10), box(0, 0, 10, 10), box(5, 0, 10, 10)]
    found = parts(box(0, 0, 10, 1), grounds)
    assert {k: v[1] for k, v in found.items()} == pytest.approx(
        {0: 2.5 + 5 / 3, 1: 2.5 + 5 / 3, 2: 5 / 3}
    )


def test_a_hundred_parcels_on_the_same_ground_share_it():
    found = parts(box(1, 1, 2, 2), [box(0, 0, 10, 10)] * 100)
    assert [v[1] for v in found.values()] == pytest.approx([0.01] * 100)


def test_a_contested_line_and_a_contested_point_are_divided():
    grounds = [box(0, 0, 10, 10), box(5, 0, 15, 10)]
    assert parts(line((2, 5), (14, 5)), grounds) == {
        0: pytest.approx((8, 5.5, True)),
        1: pytest.approx((9, 6.5, True)),
    }
    assert parts(at(7, 5), grounds) == {0: (1, 0.5, True), 1: (1, 0.5, True)}
    # on the border of one, but inside the other
    assert parts(at(5, 5), grounds) == {0: (1, 1, False)}


@pytest.mark.parametrize(("width", "met"), [(0.9e-6, 1), (1.1e-6, 2)])
def test_on_which_side_of_a_touch_a_piece_falls(width, met):
    """Measured near the origin, where doubles can tell such widths apart."""
    grounds = moved(SQUARES, np.array([-EAST, -NORTH]))
    assert len(parts(shapely.box(5, 1, 10 + width, 2), grounds)) == met


def test_an_awkward_shape_measures_what_it_should():
    for name, (shape, total) in AWKWARD.items():
        assert measures(highest(np.array([shape], dtype=object)))[0] == pytest.approx(total), name


@pytest.mark.parametrize("name", AWKWARD)
def test_pieces_agree_with_one_intersection_at_a_time(name):
    shape = highest(np.array([AWKWARD[name][0]], dtype=object))
    found = divided(shape, SQUARES)
    for ground, overlap in zip(found.ground, found.overlap, strict=True):
        if shapely.get_dimensions(shape[0]) == 2:
            assert overlap == pytest.approx(shape[0].intersection(SQUARES[ground]).area, rel=1e-7)
        assert shared(shape, SQUARES[[ground]])[0] == pytest.approx(overlap) or name == "graves"


coordinate = st.integers(0, 24)
rectangle = st.tuples(coordinate, coordinate, st.integers(1, 9), st.integers(1, 9)).map(
    lambda r: box(r[0], r[1], r[0] + r[2], r[1] + r[3])
)
triangle = st.tuples(*[coordinate] * 6).map(
    lambda t: shapely.Polygon([(EAST + t[i], NORTH + t[i + 1]) for i in (0, 2, 4)])
)
path = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=5).map(lambda p: line(*p))
graves = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=4).map(
    lambda p: shapely.MultiPoint([at(*xy) for xy in p])
)
ground = (rectangle | triangle).filter(lambda g: g.is_valid and g.area > 0)
shape = (rectangle | triangle | path | graves).filter(lambda g: g.is_valid and not g.is_empty)


@settings(max_examples=60)
@given(shapes=st.lists(shape, min_size=1, max_size=6), grounds=st.lists(ground, max_size=6))
def test_every_piece_is_given_away_once(shapes, grounds):
    """Parts add up to what lies in the union of the grounds; overlaps are what GEOS says."""
    shapes, grounds = np.array(shapes, dtype=object), np.array(grounds, dtype=object)
    found = divided(shapes, grounds)
    covered = shapely.union_all(grounds)
    given_away = np.bincount(found.shape, weights=found.part, minlength=len(shapes))
    for k, one in enumerate(shapes):
        if shapely.get_dimensions(one) == 2:
            assert given_away[k] == pytest.approx(one.intersection(covered).area, abs=1e-5)
        elif shapely.get_dimensions(one) == 0:
            # asked of each ground: a union may move its border off a point by a rounding
            inside = sum(any(g.intersects(point) for g in grounds) for point in one.geoms)
            assert given_away[k] == pytest.approx(inside)
        else:
            edges = list(zip(one.coords[:-1], one.coords[1:], strict=True))
            length = sum(shapely.LineString(e).intersection(covered).length for e in edges)
            assert given_away[k] == pytest.approx(length, abs=1e-4)
    assert (found.part >= 0).all()
    assert (found.part <= found.overlap + 1e-6).all()


@settings(max_examples=40)
@given(
    shapes=st.lists(shape, min_size=1, max_size=5),
    grounds=st.lists(ground, min_size=1, max_size=5),
    east=st.integers(-400_000, 400_000),
    north=st.integers(-400_000, 400_000),
)
def test_shifting_the_world_changes_nothing(shapes, grounds, east, north):
    shapes, grounds = np.array(shapes, dtype=object), np.array(grounds, dtype=object)
    here = divided(shapes, grounds)
    by = np.array([east, north], dtype=float)
    there = divided(moved(shapes, by), moved(grounds, by))
    assert (here.shape == there.shape).all()
    assert (here.ground == there.ground).all()
    assert there.part == pytest.approx(here.part, abs=1e-6)
    assert (here.contested == there.contested).all()


@settings(max_examples=40)
@given(grounds=st.lists(ground, min_size=1, max_size=7))
def test_a_mosaic_covers_the_same_ground_once(grounds):
    grounds = moved(np.array(grounds, dtype=object), np.array([-EAST, -NORTH]))
    tiles = mosaic_of(grounds, *overlapping(grounds, *neighbours(grounds)))
    assert shapely.area(tiles.faces).sum() == pytest.approx(shapely.union_all(grounds).area)
    areas = shapely.area(tiles.faces)[tiles.face]
    by_ground = np.bincount(tiles.owner, weights=areas, minlength=len(grounds))
    assert by_ground == pytest.approx(shapely.area(grounds), abs=1e-6)
    assert shapely.is_valid(tiles.faces).all()


def test_meet_tells_common_ground_and_who_lies_inside():
    inner = np.array([box(1, 1, 2, 2), box(8, 0, 12, 10), box(20, 0, 30, 10)], dtype=object)
    polygon, ground_, area, inside = meet(Plots(inner), Plots(SQUARES))
    assert polygon.tolist() == [0, 1, 1]
    assert ground_.tolist() == [0, 0, 1]
    assert area == pytest.approx([1, 20, 20])
    assert inside.tolist() == [True, False, False]


def test_the_edges_of_nothing():
    none = np.zeros(0, dtype=object)
    assert len(divided(none, none).shape) == 0
    assert len(divided(SQUARES, none).shape) == 0
    assert len(divided(none, SQUARES).shape) == 0
    assert TOUCH == 1e-6
