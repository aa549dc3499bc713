"""Overlaps and gaps from loose edges: the same as by comparing every parcel with every other."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from worlds import EAST, NORTH, box, parcels, projects, ring, shuffled

import landgis.spatial.common_ground as common_ground_room
import landgis.spatial.coverage as coverage_room
from landgis.spatial.common_ground import common_ground, grounds_of, overlaps, unowned_ground
from landgis.spatial.coverage import borders_of, loose_edges, uneven
from landgis.spatial.shapes import TOUCH, moved, origin_of
from landgis.spatial.topology import find_topology

ORIGIN = np.array([EAST, NORTH])
ALWAYS, NEVER = -1.0, 2.0  # as share of parcels with loose edges: compare all, or never all


def loose_of(*shapes):
    shapes = np.array(shapes, dtype=object)
    borders = borders_of(shapes, origin_of(shapes))
    return loose_edges(borders, np.ones(len(shapes), dtype=bool))


def count_of(*shapes):
    return len(loose_of(*shapes).start)


# ---- edges --------------------------------------------------------------------------------------


def test_what_two_parcels_share_is_not_loose():
    assert count_of(box(0, 0, 10, 10)) == 4
    assert count_of(box(0, 0, 10, 10), box(10, 0, 20, 10)) == 6
    south, north = (
        (box(0, 0, 10, 10), box(10, 0, 20, 10)),
        (box(0, 10, 10, 20), box(10, 10, 20, 20)),
    )
    assert count_of(*south, *north) == 8


@pytest.mark.parametrize("turn", [shapely.reverse, shapely.normalize])
def test_the_way_a_ring_is_drawn_does_not_matter(turn):
    one, other = box(0, 0, 10, 10), box(10, 0, 20, 10)
    assert count_of(turn(one), other) == count_of(one, turn(other)) == 6


def test_an_island_answers_the_hole_it_fills():
    holed = box(0, 0, 10, 10) - box(4, 4, 6, 6)
    assert count_of(holed, box(4, 4, 6, 6)) == 4
    assert count_of(shapely.reverse(holed), box(4, 4, 6, 6)) == 4
    assert count_of(holed) == 8


def test_parts_and_repeated_points_and_heights():
    both = shapely.MultiPolygon([box(0, 0, 10, 10), box(20, 0, 30, 10)])
    assert count_of(shapely.force_3d(both, 80.0), box(10, 0, 20, 10)) == 8
    again = ring((10, 0), (20, 0), (20, 0), (20, 10), (10, 10), (10, 10))
    assert count_of(both, again) == 8


def test_the_same_border_walked_twice_one_way_is_loose():
    one = box(0, 0, 10, 10)
    assert count_of(one, one) == 8
    assert count_of(one, one, box(10, 0, 20, 10)) == 6 + 3 + 3  # the common edge: two against one


def test_loose_edges_say_whose_they_are_and_have_the_ground_on_the_left():
    loose = loose_of(shapely.reverse(box(0, 0, 10, 10)), box(10, 0, 20, 10))
    assert sorted(loose.shape.tolist()) == [0, 0, 0, 1, 1, 1]
    signed = (loose.tail.conjugate() * loose.head).imag.sum() / 2
    assert signed == pytest.approx(200)
    assert loose.share == 6 / 8


def test_chance_may_give_all_edges_one_key(monkeypatch):
    """Keys only propose; true coordinates decide."""
    cells = wall(3, 3, 5)
    apart = loose_of(*cells)
    monkeypatch.setattr(
        coverage_room, "_edge_keys", lambda xy: np.zeros(len(xy) - 1, dtype=np.uint64)
    )
    together = loose_of(*cells)
    assert together.start.tolist() == apart.start.tolist()
    assert 0 < len(apart.start) < 36


def test_a_vertex_more_on_a_straight_border_is_no_defect():
    one = ring((0, 0), (10, 0), (10, 3.25), (10, 7.125), (10, 10), (0, 10))
    shapes = np.array([one, box(10, 0, 20, 5), box(10, 5, 20, 10)], dtype=object)
    loose = loose_edges(borders_of(shapes, ORIGIN), np.ones(3, dtype=bool))
    assert uneven(loose, 3).all()  # their outer borders are open
    inner = np.isclose(loose.tail.real, 10) & np.isclose(loose.head.real, 10)
    assert inner.sum() == 5
    alone = coverage_room.Loose(
        loose.tail[inner], loose.head[inner], loose.start[inner], loose.shape[inner], 1.0
    )
    assert not uneven(alone, 3).any()
    bent = coverage_room.Loose(
        np.where(alone.tail.imag == 3.25, alone.tail + 1e-3, alone.tail),
        np.where(alone.head.imag == 3.25, alone.head + 1e-3, alone.head),
        alone.start, alone.shape, 1.0,
    )  # fmt: skip
    assert uneven(bent, 3).any()


@pytest.mark.parametrize(("square_metres", "even"), [(TOUCH / 20, True), (TOUCH * 5, False)])
def test_a_border_may_bend_by_less_than_what_counts_as_touching(square_metres, even):
    """The corner in the middle of a border of 10 m is off: a triangle of 5 m times that."""
    off = square_metres / 5
    tail = np.array([10 + 0j, 10 + off + 5j, 10 + 10j])
    head = np.array([10 + off + 5j, 10 + 10j, 10 + 0j])
    at = np.arange(3)
    loose = coverage_room.Loose(tail, head, at, np.array([0, 0, 1]), 1.0)
    assert uneven(loose, 2).any() != even


def test_a_closed_run_of_almost_straight_edges_comes_to_an_end():
    """A ring of 400 vertices turns by less than a degree at each."""
    round_ = shapely.Point(EAST, NORTH).buffer(1e-4, quad_segs=100)
    loose = loose_of(round_)
    assert uneven(loose, 1).all() or shapely.area(round_) < 1e-6


# ---- overlaps and gaps, against all pairs -------------------------------------------------------


def wall(columns, rows, seed):
    """Return quadrangles with shaken common corners, in whole millimetres."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(columns + 1) * 10.0, np.arange(rows + 1) * 10.0)
    corners = np.round(np.stack([x, y], axis=-1) + rng.uniform(-3, 3, (*x.shape, 2)), 3) + ORIGIN
    return [
        shapely.Polygon(
            [corners[r, c], corners[r, c + 1], corners[r + 1, c + 1], corners[r + 1, c]]
        )
        for r in range(rows)
        for c in range(columns)
    ]


def pushed(cells, k, rng):
    xy = shapely.get_coordinates(cells[k])[:-1]
    at = rng.integers(len(xy))
    xy[at] += np.round(rng.uniform(-4, 4, 2), 3)
    shape = shapely.Polygon(xy)
    return [*cells[:k], shape, *cells[k + 1 :]]


def split(cells, k, _rng):
    """Put a vertex in the middle of each edge: far from the origin not quite on it."""
    xy = shapely.get_coordinates(cells[k])
    middle = (xy[:-1] + xy[1:]) / 2
    shape = shapely.Polygon(np.stack([xy[:-1], middle], axis=1).reshape(-1, 2))
    return [*cells[:k], shape, *cells[k + 1 :]]


def doubled(cells, k, _rng):
    return [*cells, cells[k]]


def dropped(cells, k, _rng):
    return [*cells[:k], *cells[k + 1 :]] if len(cells) > 1 else cells


def joined(cells, k, rng):
    """Two cells in one: touching at a corner, apart, or side by side."""
    other = int(rng.integers(len(cells)))
    if other == k or not shapely.is_valid([cells[k], cells[other]]).all():
        return cells
    both = shapely.union_all([cells[k], cells[other]])
    return [both, *(c for j, c in enumerate(cells) if j not in (k, other))]


def holed(cells, k, rng):
    if not cells[k].is_valid:
        return cells
    inner = shapely.affinity.scale(cells[k], 0.4, 0.4)
    islands = [inner] if rng.random() < 0.5 else []
    return [*cells[:k], cells[k] - inner, *islands, *cells[k + 1 :]]


def nested(cells, k, _rng):
    return [*cells, shapely.affinity.scale(cells[k], 0.5, 0.5)]


def layered(cells, _k, _rng):
    """Lay the same cells over all, merged two by two, where they stay one part."""
    sound = [cell for cell in cells if cell.is_valid]
    merged = [shapely.union_all(sound[j : j + 2]) for j in range(0, len(sound), 2)]
    return [*cells, *merged]


def broken(cells, k, _rng):
    xy = shapely.get_coordinates(cells[k])
    xy[[1, 2]] = xy[[2, 1]]
    return [*cells[:k], shapely.Polygon(xy), *cells[k + 1 :]]


def turned(cells, k, _rng):
    return [*cells[:k], shapely.reverse(cells[k]), *cells[k + 1 :]]


DEFECTS = (
    pushed, split, doubled, dropped, joined, holed, nested, layered, broken, turned,
)  # fmt: skip


def spoilt(columns, rows, defects, seed):
    rng = np.random.default_rng(seed)
    cells = wall(columns, rows, seed)
    for defect in defects:
        cells = defect(cells, int(rng.integers(len(cells))), rng)
    return np.array([*cells, None], dtype=object)[:-1]


def by_all_pairs(shapes):
    """Return {pair: common area} and the union, by intersecting every two valid shapes."""
    near = moved(shapes, -ORIGIN)
    sound = np.flatnonzero(shapely.is_valid(near))
    left, right = (sound[side] for side in np.triu_indices(len(sound), 1))
    area = shapely.area(shapely.intersection(near[left], near[right]))
    pairs = {(int(a), int(b)): m2 for a, b, m2 in zip(left, right, area, strict=True) if m2 >= 1e-6}
    return pairs, shapely.union_all(near[sound])


def by_grounds(shapes, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common_ground_room, "MOST", most)
        grounds = grounds_of(shapes)
    table = overlaps(grounds, 0.1)
    area = shapely.area(table["ground"].to_numpy(object))
    pairs = zip(table["left"].tolist(), table["right"].tolist(), strict=True)
    return dict(zip(pairs, area.tolist(), strict=True)), grounds


def agrees(shapes, sizes):
    expected, union = by_all_pairs(shapes)
    line = shapely.box(-5, 2, sizes[0] * 10 - 4, sizes[1] * 10 + 5)
    for most in (ALWAYS, NEVER):
        found, grounds = by_grounds(shapes, most)
        clear = {pair for pair, m2 in expected.items() if m2 > 2e-6}
        assert clear <= found.keys() <= expected.keys() | clear
        for pair in clear:
            assert found[pair] == pytest.approx(expected[pair], abs=1e-6)
        here = moved(np.array([line]), ORIGIN - grounds.origin)[0]
        gaps = unowned_ground(grounds, here)
        open_ = line - union - shapely.union_all(moved(grounds.meant, grounds.origin - ORIGIN))
        assert shapely.area(gaps).sum() == pytest.approx(open_.area, abs=1e-4)
        away = moved(gaps, grounds.origin - ORIGIN)
        assert shapely.symmetric_difference(shapely.union_all(away), open_).area < 1e-4


SIZES = st.tuples(st.integers(1, 5), st.integers(1, 5))


@settings(max_examples=40)
@given(
    sizes=SIZES, defects=st.lists(st.sampled_from(DEFECTS), max_size=5), seed=st.integers(0, 999)
)
@example(sizes=(4, 4), defects=[layered], seed=1)
@example(sizes=(4, 4), defects=[layered, doubled, split, split, split], seed=2)
@example(sizes=(3, 3), defects=[broken, holed, joined], seed=3)
def test_loose_edges_find_what_all_pairs_find(sizes, defects, seed):
    agrees(spoilt(*sizes, defects, seed), sizes)


@pytest.mark.slow
@settings(max_examples=500)
@given(
    sizes=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    defects=st.lists(st.sampled_from(DEFECTS), max_size=12),
    seed=st.integers(0, 10**6),
)
def test_loose_edges_find_what_all_pairs_find_in_many_worlds(sizes, defects, seed):
    agrees(spoilt(*sizes, defects, seed), sizes)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_ten_thousand_parcels_either_way(seed):
    defects = [*(d for d in DEFECTS if d is not layered)] * 4
    shapes = spoilt(100, 100, defects, seed)
    base = projects({"J": box(15, 15, 985, 985)})
    of = parcels({f"P{k:05d}": shape for k, shape in enumerate(shapes)})
    found = []
    for most in (ALWAYS, NEVER):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(common_ground_room, "MOST", most)
            found.append(find_topology(of, base=base))
    assert found[0]["ids"].tolist() == found[1]["ids"].tolist()
    assert found[0]["facts"].tolist() == found[1]["facts"].tolist()
    assert found[0].attrs["path"] != found[1].attrs["path"]


@settings(max_examples=10)
@given(defects=st.lists(st.sampled_from(DEFECTS), max_size=4), seed=st.integers(0, 99))
def test_findings_do_not_depend_on_place_order_or_path(defects, seed):
    shapes = spoilt(4, 3, defects, seed)
    of = parcels({f"P{k:02d}": shape for k, shape in enumerate(shapes)})
    base = projects({"J": box(-5, 2, 36, 35)})
    one = find_topology(of, base=base)

    def moved_frame(frame):
        return frame.set_geometry(frame.geometry.translate(-40_000, 120_000))

    others = [
        find_topology(shuffled(of, seed), base=base),
        find_topology(moved_frame(of), base=moved_frame(base)),
    ]
    for most in (ALWAYS, NEVER):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(common_ground_room, "MOST", most)
            others.append(find_topology(of, base=base))
    for other in others:
        assert other["code"].tolist() == one["code"].tolist()
        assert other["ids"].tolist() == one["ids"].tolist()
        assert other["area_m2"].tolist() == pytest.approx(
            one["area_m2"].tolist(), abs=1e-5, nan_ok=True
        )


# ---- the path -----------------------------------------------------------------------------------


def test_the_path_is_said():
    whole = parcels({f"P{k:03d}": cell for k, cell in enumerate(wall(12, 12, 4))})
    found = find_topology(whole, base=None)
    assert found.attrs["path"] == "edges"
    assert found.attrs["loose_share"] == 48 / (144 * 4)
    apart = parcels({"A": box(0, 0, 10, 10), "B": box(20, 0, 30, 10)})
    assert find_topology(apart, base=None).attrs["path"] == "pairs"
    assert find_topology(apart.iloc[:0], base=None).attrs == {"path": "edges", "loose_share": 0.0}


def test_straight_t_junctions_do_not_change_the_path():
    cells = wall(12, 12, 4)
    rng = np.random.default_rng(0)
    for k in range(0, 144, 5):
        cells = split(cells, k, rng)
    found = find_topology(parcels({f"P{k:03d}": c for k, c in enumerate(cells)}), base=None)
    assert found.attrs["loose_share"] > 0.3
    assert found.attrs["path"] == "edges"
    assert len(found) == 0


def test_few_parcels_are_compared_where_few_edges_are_loose(monkeypatch):
    cells = np.array(wall(20, 20, 4), dtype=object)
    cells[210] = pushed(list(cells), 210, np.random.default_rng(1))[210]
    asked = []
    honest = common_ground_room.overlapping

    def counted(grounds, left, right):
        asked.append(len(left))
        return honest(grounds, left, right)

    monkeypatch.setattr(common_ground_room, "overlapping", counted)
    left, right = common_ground(grounds_of(cells))
    assert 210 in {*left.tolist(), *right.tolist()}
    pairs = np.sum(shapely.STRtree(cells).query(cells)[0] < shapely.STRtree(cells).query(cells)[1])
    assert sum(asked) < pairs / 2


# ---- another program's answer -------------------------------------------------------------------


@settings(max_examples=40)
@given(
    sizes=SIZES,
    defects=st.lists(st.sampled_from([pushed, doubled, dropped, turned, nested]), max_size=3),
    seed=st.integers(0, 999),
)
def test_the_validator_of_coverages_agrees(sizes, defects, seed):
    """`shapely.coverage_invalid_edges` marks overlaps by their edges; it does not know gaps."""
    shapes = spoilt(*sizes, defects, seed)
    if not shapely.is_valid(shapes).all():
        return
    marked = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
    found, _ = by_grounds(shapes, NEVER)
    assert all(marked[[*pair]].any() for pair, m2 in found.items() if m2 > 1e-4)
    if shapely.coverage_is_valid(shapes):
        assert not found


def test_real_parcels_as_the_validator_sees_them(shared_data):
    import geopandas as gpd

    source = gpd.read_file(shared_data("cambridge_ma") / "parcels_fy2014.gpkg").to_crs(26986)
    shapes = source.geometry.to_numpy()
    shapes = shapes[shapely.is_valid(shapes) & ~shapely.is_empty(shapes)]
    for most in (ALWAYS, NEVER):
        found, grounds = by_grounds(shapes, most)
        assert len(found) == 26
    marked = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
    assert all(marked[[*pair]].any() for pair, m2 in found.items() if m2 > 1e-3)
    assert grounds.sound.all()
