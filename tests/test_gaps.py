"""Ground inside a red line that nobody's parcel covers, against plain unions on small lattices."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.spatial import gaps
from landgis.spatial.flat import Plots
from landgis.spatial.gaps import Cadastre, gaps_in

LATTICE = [(x, y) for x in range(4) for y in range(4)]


def polygon_array(*shapes):
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def cell(x, y, width=1):
    return shapely.box(10 * x, 10 * y, 10 * (x + width), 10 * (y + 1))


def found(base, parcels):
    parcels = polygon_array(*parcels)
    covered = shapely.intersection(base, shapely.union_all(parcels)).area
    near = np.flatnonzero(shapely.area(shapely.intersection(parcels, base)) > 0)
    return gaps_in(polygon_array(base), Cadastre(Plots(parcels)), near, covered)


def test_a_parcel_left_out_is_a_gap_and_the_road_around_is_another():
    parcels = [cell(x, y) for x, y in LATTICE if (x, y) != (1, 2)]
    parts = found(shapely.box(-5, 0, 40, 40), parcels)
    assert sorted(part.bounds for part in parts) == [(-5, 0, 0, 40), (10, 20, 20, 30)]


def test_where_areas_add_up_nothing_is_cut(monkeypatch):
    monkeypatch.setattr(gaps, "united", None)
    assert len(found(shapely.box(5, 5, 35, 35), [cell(x, y) for x, y in LATTICE])) == 0


def test_only_parcels_beside_gaps_are_cut_away(monkeypatch):
    honest, asked = gaps.united, []
    monkeypatch.setattr(gaps, "united", lambda shapes: asked.append(len(shapes)) or honest(shapes))
    many = [(x, y) for x in range(9) for y in range(9)]
    parts = found(shapely.box(0, 0, 90, 90), [cell(x, y) for x, y in many if (x, y) != (4, 4)])
    assert [part.area for part in parts] == [100.0]
    assert len(asked) == 1
    assert 4 <= asked[0] < 80 - 30  # the four beside it and those along the rim, not all


def test_a_layer_handed_over_twice_hides_no_gap():
    parcels = [cell(x, y) for x, y in LATTICE if (x, y) != (1, 2)]
    parts = found(shapely.box(0, 0, 40, 40), parcels + parcels)
    assert [part.bounds for part in parts] == [(10, 20, 20, 30)]


@given(
    st.lists(st.tuples(st.sampled_from(LATTICE), st.sampled_from([1, 1, 1, 2])), min_size=1),
    st.sampled_from([(0, 0, 40, 40), (-7, 3, 33, 60), (12, 12, 18, 18), (0, 0, 10, 40)]),
    st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=200, deadline=None)
def test_gaps_are_what_a_union_leaves(cells, bounds, angle):
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    base, *parcels = shapely.transform(
        polygon_array(shapely.box(*bounds), *(cell(*at, width) for at, width in cells)),
        lambda xy: xy @ turn,
    )
    wanted = shapely.difference(base, shapely.union_all(parcels, grid_size=1e-9), grid_size=1e-9)
    parts = found(base, parcels)
    assert shapely.area(parts).sum() == pytest.approx(wanted.area, abs=1e-4)
    assert shapely.union_all(parts).symmetric_difference(wanted).area < 1e-4
