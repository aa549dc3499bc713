"""Cutting polygons by polygons where GEOS alone is known to go wrong, and where it is not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.base.errors import GeometryError
from landgis.spatial import cutting
from landgis.spatial.cutting import common_parts, parted, rests, unions, united


def squares(angle, by=0.0):
    """Squares of 18 m in two columns and three rows, turned."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    flat = np.array([shapely.box(x, y, x + 3, y + 3) for x in (0, 3, 6) for y in (0, 3)])
    return shapely.transform(flat, lambda xy: 6 * (xy @ turn) + by)


def all_pairs(shapes, others):
    one, other = np.divmod(np.arange(len(shapes) * len(others)), len(others))
    return shapes[one], others[other], one == other


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 1.1])
@pytest.mark.parametrize("by", [0.0, 2e-16, 4e-16, 8.9e-16, 1e-15, 1e-14])
def test_neighbours_a_last_digit_apart_are_not_taken_for_copies(angle, by):
    shapes, others, same = all_pairs(squares(angle), squares(angle, by))
    inner, outer = parted(shapes, others)
    np.testing.assert_allclose(shapely.area(inner), np.where(same, 324.0, 0.0), atol=1e-6)
    np.testing.assert_allclose(shapely.area(outer), np.where(same, 0.0, 324.0), atol=1e-6)
    np.testing.assert_allclose(shapely.area(common_parts(shapes, others)), shapely.area(inner))
    np.testing.assert_allclose(shapely.area(rests(shapes, others)), shapely.area(outer))


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 1.1])
@pytest.mark.parametrize("by", [0.0, 2e-16, 4e-16, 8.9e-16, 1e-15, 1e-14])
def test_no_neighbour_a_last_digit_apart_is_lost_in_a_union(angle, by):
    chequered = np.array([squares(angle, by * (k % 2))[k] for k in range(6)])
    for count in range(2, 7):
        assert united(chequered[:count]).area == pytest.approx(324.0 * count, abs=1e-6)


@st.composite
def cells(draw):
    """Draw quadrilaterals side by side, each with its own last digits."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    corners = np.stack(np.mgrid[0:4, 0:4], axis=-1) * [30.0, 20.0] + rng.normal(0, 3, (4, 4, 2))
    angle = draw(st.sampled_from([0.0, 0.3, np.pi / 4]))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    i, j = (side.ravel() for side in np.mgrid[0:3, 0:3])
    rings = np.stack(
        [corners[i, j], corners[i + 1, j], corners[i + 1, j + 1], corners[i, j + 1]], 1
    )
    rings = rings @ turn
    digits = draw(st.sampled_from([0, 1, 2, 8]))
    return shapely.polygons(
        rings + rng.integers(-digits, digits + 1, rings.shape) * np.spacing(rings)
    )


@given(cells())
@settings(max_examples=150, deadline=None)
def test_pieces_add_up_and_touching_is_not_sharing(cells):
    shapes, others, same = all_pairs(cells, cells)
    inner, outer = parted(shapes, others)
    area = shapely.area(shapes)
    np.testing.assert_allclose(shapely.area(inner), np.where(same, area, 0.0), atol=1e-5)
    np.testing.assert_allclose(shapely.area(inner) + shapely.area(outer), area, atol=1e-5)
    assert united(cells).area == pytest.approx(shapely.area(cells).sum(), abs=1e-5)
    assert united(cells[::-1]).area == pytest.approx(united(cells).area, abs=1e-6)


def test_what_is_common_is_counted_once():
    shapes = np.array([shapely.box(0, 0, 4, 4), shapely.box(2, 0, 6, 4), shapely.box(2, 0, 4, 9)])
    assert united(shapes).area == 24 + 10
    both = unions(np.r_[shapes, shapes[:1]], np.array([0, 0, 1, 2]))
    assert shapely.area(both).tolist() == [24.0, 18.0, 16.0]
    assert united(shapes[:0]).is_empty


def test_pieces_of_the_wrong_size_are_refused(monkeypatch):
    one, other = squares(0.0)[:1], squares(0.0)[1:2]
    monkeypatch.setattr(cutting.shapely, "intersection", lambda one, *_, **__: one)
    with pytest.raises(GeometryError, match=r"near 0, 0 .* could not be cut: the pieces"):
        common_parts(one, other)
    monkeypatch.setattr(cutting.shapely, "union_all", lambda shapes, **_: shapes[0])
    with pytest.raises(GeometryError, match=r"near 0, 0 .* could not be cut: the pieces"):
        united(np.r_[one, other])
