"""Bounding boxes that meet: a tree of another library is the judge."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.spatial import compiling
from landgis.spatial.boxes import Boxes

SIZES = st.sampled_from([0.0, 1e-6, 0.5, 1.0, 2.0, 50.0, 1e4, 1e7])


@st.composite
def boxes(draw):
    """Draw boxes on a lattice (touching) or anywhere, of one size or many, near or far."""
    unit = draw(st.sampled_from([1.0, 0.1, 1e-3, 1e3]))
    far = draw(st.sampled_from([0.0, 38_500_000.0, -180.0]))
    lattice = st.integers(0, 20).map(float)
    place = st.one_of(lattice, st.floats(0, 20)) if draw(st.booleans()) else lattice
    rows = draw(st.lists(st.tuples(place, place, SIZES, SIZES), max_size=30))
    table = np.array(rows, dtype=float).reshape(-1, 4)
    low = far + unit * table[:, :2]
    return np.hstack([low, low + unit * table[:, 2:]])


def judged(others, known):
    tree = shapely.STRtree(shapely.box(*known.T))
    other, box = tree.query(shapely.box(*others.T))
    order = np.lexsort((box, other))
    return other[order].tolist(), box[order].tolist()


@given(boxes(), boxes())
@settings(max_examples=400, deadline=None)
def test_the_pairs_are_those_of_a_tree(others, known):
    other, box = Boxes(known).meeting(others)
    assert (other.tolist(), box.tolist()) == judged(others, known)


@given(boxes())
@settings(max_examples=100, deadline=None)
def test_boxes_meet_themselves_and_each_other_both_ways(known):
    one, other = Boxes(known).meeting(known)
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    assert {(k, k) for k in range(len(known))} <= pairs
    assert {(b, a) for a, b in pairs} == pairs


def test_what_is_no_box_meets_nothing():
    nan = np.full((1, 4), np.nan)
    some = np.array([[0.0, 0.0, 1.0, 1.0]])
    assert len(Boxes(np.vstack([nan, some])).meeting(nan)[0]) == 0
    assert Boxes(np.vstack([nan, some])).meeting(some)[1].tolist() == [1]
    assert len(Boxes(nan).meeting(some)[0]) == 0
    assert len(Boxes(np.zeros((0, 4))).meeting(np.zeros((0, 4)))[0]) == 0


@pytest.mark.parametrize("stray", [1e9, 1e15])
def test_a_stray_box_far_away_changes_nothing(stray):
    rng = np.random.default_rng(2)
    low = rng.uniform(0, 100, (500, 2))
    known = np.hstack([low, low + 1.5])
    far = np.vstack([known, [[stray, stray, stray + 1, stray + 1]]])
    one, other = Boxes(known).meeting(known)
    again, others = Boxes(far).meeting(known)
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(other, others)


def test_threads_change_nothing(monkeypatch):
    rng = np.random.default_rng(5)
    low = rng.uniform(0, 50, (3000, 2))
    known = np.hstack([low, low + rng.uniform(0, 3, (3000, 2))])
    alone = Boxes(known).meeting(known)
    monkeypatch.setattr(compiling, "_SHARD", 100)
    shared = Boxes(known).meeting(known)
    np.testing.assert_array_equal(alone[0], shared[0])
    np.testing.assert_array_equal(alone[1], shared[1])
