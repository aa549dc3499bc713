"""CRS: zone table and magnitudes of the survey norms, the gate that measures, the refusals."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from landgis.base.checks import require_metric_crs, require_same_crs
from landgis.base.crs import crs_of_zone, infer_crs, parse_crs, to_display, transform
from landgis.base.errors import CRSError


def test_zones_have_the_codes_of_the_epsg_database():
    assert crs_of_zone(37, prefixed=True) == "EPSG:4525"
    assert crs_of_zone(37, prefixed=False) == "EPSG:4546"
    assert crs_of_zone(19, prefixed=True) == "EPSG:4497"
    assert crs_of_zone(19, prefixed=False) == "EPSG:4508"
    assert crs_of_zone(38, prefixed=False) == "EPSG:4547"
    with pytest.raises(CRSError, match="24 is no zone number"):
        crs_of_zone(24, prefixed=True)


def test_the_vector_of_zone_37():
    there = gpd.GeoDataFrame(geometry=[Point(37_500_000, 2_582_988)], crs="EPSG:4525")
    lonlat = transform(there, "EPSG:4490").geometry[0]
    assert (lonlat.x, lonlat.y) == pytest.approx((111.0, 23.347193280570146), abs=1e-9)


@given(zone=st.integers(25, 45), lat=st.floats(18, 53.5), off=st.floats(-1.4, 1.4))
def test_magnitude_finds_zone_and_order(zone, lat, off):
    crs = crs_of_zone(zone, prefixed=True)
    to = pyproj.Transformer.from_crs(4490, crs, always_xy=True)
    east, north = to.transform(3 * zone + off, lat)
    assert infer_crs((east, north, east, north)) == infer_crs((east, north, east + 1, north + 1))
    guess = infer_crs((east, north, east, north))
    assert (guess.crs, guess.swapped) == (crs, False)
    turned = infer_crs((north, east, north, east))
    assert (turned.crs, turned.swapped) == (crs, True)


def test_what_magnitude_cannot_tell():
    assert infer_crs((500_000, 2_600_000, 501_000, 2_601_000)).kind == "unprefixed"
    assert infer_crs((113.1, 24.0, 113.2, 24.1)).crs == "EPSG:4490"
    assert infer_crs((24.0, 113.1, 24.1, 113.2)).swapped
    assert infer_crs((0, 0, 10, 10)).kind == "unclear"
    assert infer_crs((np.nan, 0, 10, 10)).kind == "unclear"
    assert infer_crs((38_900_000, 2_600_000, 38_900_001, 2_600_001)).crs is None


def a_layer(crs, west=38_500_000.0, south=2_650_000.0):
    return gpd.GeoDataFrame(geometry=[box(west, south, west + 10, south + 10)], crs=crs)


REFUSALS = [
    (a_layer(None), "parcels: no CRS"),
    (a_layer("EPSG:4490", 113, 24), "EPSG:4490 is not in metres"),
    (a_layer("EPSG:3857", 12_746_000, 4_163_881), r"a metre on the ground measures 1\.2"),
    (a_layer("EPSG:4526", 38_800_000), "a metre on the ground measures 1.001"),
    (a_layer("EPSG:2263", 980_000, 200_000), "EPSG:2263 is not in metres"),
]


@pytest.mark.parametrize(("layer", "says"), REFUSALS)
def test_only_a_crs_true_on_the_ground_passes(layer, says):
    with pytest.raises(CRSError, match=says):
        require_metric_crs(layer, "parcels")


def test_a_zone_at_home_and_an_empty_layer_pass():
    require_metric_crs(a_layer("EPSG:4526"), "parcels")
    require_metric_crs(a_layer("EPSG:4526").iloc[:0], "parcels")


def test_two_crss_never_meet():
    with pytest.raises(CRSError, match="one is in EPSG:4526, the other in EPSG:4490"):
        require_same_crs(a_layer("EPSG:4526"), a_layer("EPSG:4490", 113, 24), "records, parcels")


def test_old_datums_are_refused_without_parameters():
    with pytest.raises(CRSError, match="no transformation of known accuracy"):
        transform(a_layer("EPSG:2362"), "EPSG:4526")


def test_coordinates_that_leave_the_world_are_refused():
    with pytest.raises(CRSError, match="do not lie in the area"):
        transform(a_layer("EPSG:4547"), "EPSG:4526")


def test_an_unknown_crs_is_said():
    with pytest.raises(CRSError, match="'EPSG:1' is no CRS"):
        parse_crs("EPSG:1")


def test_display_keeps_rows_and_columns():
    shown = to_display(a_layer("EPSG:4525", 37_500_000, 2_582_988).assign(code="a"))
    assert shown.crs == "EPSG:4326"
    assert shown["code"].tolist() == ["a"]
    assert shown.total_bounds[:2] == pytest.approx([111.0, 23.347193280570146], abs=1e-8)
