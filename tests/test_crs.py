"""CRS: the zone table against PROJ's own, magnitudes, rows astray, the gate, the refusals."""

from __future__ import annotations

import itertools
import re

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj.database import query_crs_info
from shapely import Point, box

from landgis.base.checks import require_metric_crs, require_same_crs
from landgis.base.crs import (
    CRSGuess,
    candidate_meridians,
    crs_of_zone,
    infer_crs,
    parse_crs,
    to_display,
    transform,
)
from landgis.base.errors import CRSError, SourceError
from landgis.base.findings import sentence
from landgis.base.projections import degrees_off_meridian, inside_area, name_of
from landgis.base.zones import DATUMS, Zone, central_meridian, datum_of, meridian_of_zone, zone_of
from landgis.io.vector.georeference import locate

#: an independent local system, as ESRI writes it: a central meridian that no EPSG code has
LOCAL = (
    'PROJCS["CGCS2000_Local_113_15",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",113.25],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)

# ---- the zone table -----------------------------------------------------------------------------

#: datum and width of a zone's name in the EPSG database
NAMES = {"CGCS2000": "cgcs2000", "Xian 1980": "xian80", "Beijing 1954": "beijing54"}
NAMES |= {"New Beijing": "new_beijing"}
NAME = re.compile(
    rf"({'|'.join(NAMES)}) / (3-degree )?Gauss-Kruger (?:zone (\d+)|CM (\d+)E)", re.ASCII
)


def epsg_zones():
    """Return every zone that PROJ's database knows by name: code to datum, width, zone, prefix."""
    found = {}
    for info in query_crs_info(auth_name="EPSG", pj_types="PROJECTED_CRS"):
        told = NAME.fullmatch(info.name)
        if told is None:
            continue
        datum, three, zone, meridian = told.groups()
        width = 3 if three else 6
        number = int(zone) if zone else (int(meridian) + (0 if three else 3)) // width
        found[int(info.code)] = Zone(NAMES[datum], number, width, zone is not None)
    return found


def test_every_zone_has_its_code_in_projs_own_database():
    known = epsg_zones()
    assert len(known) == 4 * (11 + 21) * 2
    for code, zone in known.items():
        said = crs_of_zone(zone.number, prefixed=zone.prefixed, datum=zone.datum)
        assert said == f"EPSG:{code}", zone


@pytest.mark.parametrize("datum", DATUMS)
def test_every_zone_is_drawn_about_its_meridian_with_its_false_easting(datum):
    for zone, prefixed in itertools.product([*range(13, 24), *range(25, 46)], (True, False)):
        crs = pyproj.CRS(crs_of_zone(zone, prefixed=prefixed, datum=datum))
        given_ = {one.name: one.value for one in crs.coordinate_operation.params}
        assert given_["Longitude of natural origin"] == meridian_of_zone(zone)
        assert meridian_of_zone(zone) == (3 * zone if zone >= 25 else 6 * zone - 3)
        assert given_["Scale factor at natural origin"] == 1
        assert given_["False easting"] == 500_000 + (1_000_000 * zone if prefixed else 0)
        assert central_meridian(crs) == meridian_of_zone(zone)
        assert datum_of(crs) == datum
        assert zone_of(crs) == Zone(datum, zone, 3 if zone >= 25 else 6, prefixed)


VECTORS = [  # domain 13.2
    ("cgcs2000", 37, 4525, 4546),
    ("cgcs2000", 19, 4497, 4508),
    ("beijing54", 37, 2413, 2434),
    ("xian80", 37, 2361, 2382),
    ("cgcs2000", 38, 4526, 4547),
    ("new_beijing", 29, 4656, 4786),
    ("new_beijing", 45, 4781, 4822),
]


@pytest.mark.parametrize(("datum", "zone", "prefixed", "bare"), VECTORS)
def test_the_vectors_of_the_zone_table(datum, zone, prefixed, bare):
    assert crs_of_zone(zone, prefixed=True, datum=datum) == f"EPSG:{prefixed}"
    assert crs_of_zone(zone, prefixed=False, datum=datum) == f"EPSG:{bare}"


@pytest.mark.parametrize("zone", [0, 12, 24, 46])
def test_there_are_no_other_zones(zone):
    with pytest.raises(CRSError, match=f"{zone} is no zone number"):
        crs_of_zone(zone, prefixed=True)
    with pytest.raises(CRSError, match=f"{zone} is no zone number"):
        meridian_of_zone(zone)


def test_what_is_no_zone():
    assert zone_of(pyproj.CRS(LOCAL)) is None
    assert central_meridian(pyproj.CRS(LOCAL)) == 113.25
    assert datum_of(pyproj.CRS(LOCAL)) == "cgcs2000"
    assert central_meridian(pyproj.CRS(4490)) is None
    assert central_meridian(pyproj.CRS(2154)) is None
    assert datum_of(pyproj.CRS(32650)) is None
    assert zone_of(pyproj.CRS(21473)) is None  # the deprecated twin
    esri = pyproj.CRS(4525).to_wkt("WKT1_ESRI")
    assert zone_of(pyproj.CRS(esri)) == Zone("cgcs2000", 37, 3, True)


def test_the_vector_of_zone_37():
    there = gpd.GeoDataFrame(geometry=[Point(37_500_000, 2_582_988)], crs="EPSG:4525")
    lonlat = transform(there, "EPSG:4490").geometry[0]
    assert (lonlat.x, lonlat.y) == pytest.approx((111.0, 23.347193280570146), abs=1e-9)


# ---- magnitude ----------------------------------------------------------------------------------


@given(zone=st.sampled_from([*range(13, 24), *range(25, 46)]), lat=st.floats(18.1, 53.5),
       off=st.floats(-3.4, 3.4))  # fmt: skip
def test_magnitude_finds_zone_and_order(zone, lat, off):
    crs = crs_of_zone(zone, prefixed=True)
    to = pyproj.Transformer.from_crs(4490, crs, always_xy=True)
    east, north = to.transform(meridian_of_zone(zone) + off, lat)
    assert infer_crs((east, north, east, north)) == CRSGuess(crs, False, "prefixed", zone)
    assert infer_crs((north, east, north, east)) == CRSGuess(crs, True, "prefixed", zone)
    bare = (east - 1e6 * zone, north, east - 1e6 * zone, north)
    assert infer_crs(bare) == CRSGuess(None, False, "unprefixed")
    assert infer_crs((bare[1], bare[0], bare[3], bare[2])) == CRSGuess(None, True, "unprefixed")


@given(lon=st.floats(73, 135), lat=st.floats(3, 54))
def test_degrees_are_degrees_in_either_order(lon, lat):
    assert infer_crs((lon, lat, lon, lat)) == CRSGuess("EPSG:4490", False, "degrees")
    assert infer_crs((lat, lon, lat, lon)) == CRSGuess("EPSG:4490", True, "degrees")


def test_the_reach_of_a_zone_depends_on_the_latitude():
    """3.5 degrees are 370 km at 18 N, and 232 km at 53 N."""
    south, north = 2_000_000.0, 5_880_000.0
    assert infer_crs((38_860_000, south, 38_860_000, south)).zone == 38
    assert infer_crs((38_860_000, north, 38_860_000, north)).kind == "unclear"
    assert infer_crs((38_730_000, north, 38_730_000, north)).zone == 38
    assert infer_crs((38_880_000, south, 38_880_000, south)).crs is None


def test_what_magnitude_cannot_tell():
    assert infer_crs((500_000, 2_600_000, 501_000, 2_601_000)).kind == "unprefixed"
    assert infer_crs((0, 0, 10, 10)).kind == "unclear"
    assert infer_crs((np.nan, 0, 10, 10)).kind == "unclear"
    assert infer_crs((np.inf, 0, np.inf, 10)).kind == "unclear"
    assert infer_crs((24_500_000, 2_600_000, 24_500_001, 2_600_001)).crs is None
    assert infer_crs((37_500_000, 2_600_000, 38_500_000, 2_600_001)).crs is None
    assert infer_crs((38_500_000, 900_000, 38_500_001, 900_001)).crs is None  # South China Sea: ask


def test_meridians_are_named_only_where_others_tell_the_county():
    bounds = (505_000.0, 2_600_000.0, 506_000.0, 2_601_000.0)
    assert candidate_meridians(bounds, None) == []
    assert candidate_meridians(bounds, (114.0, 23.4, 114.1, 23.6)) == ["EPSG:4547"]
    assert candidate_meridians(bounds, (114.0, 23.4, 114.1, 23.6), "xian80") == ["EPSG:2383"]
    assert candidate_meridians(bounds, (114.0, 30.0, 114.1, 30.1)) == []
    between = (112.0, 23.4, 114.0, 23.6)
    assert candidate_meridians(bounds, between) == ["EPSG:4547"]
    assert candidate_meridians(bounds, (111.2, 23.4, 113.8, 23.6)) == ["EPSG:4546", "EPSG:4547"]


# ---- locating -----------------------------------------------------------------------------------


def cell(east, north, side=10.0):
    return box(east, north, east + side, north + side)


def placed(*shapes, **knobs):
    located = locate(gpd.GeoSeries(list(shapes)), layer="parcels", source="p.shp", **knobs)
    return located, [one["code"] for one in located.findings]


E38, N = 38_500_000.0, 2_600_000.0


def test_a_row_astray_costs_itself():
    for stray in (cell(37_500_000, N), cell(0, 0), cell(114, 23, 0.1), cell(500_000, N)):
        located, codes = placed(cell(E38, N), cell(E38 + 20, N), stray)
        assert located.shapes.crs.to_epsg() == 4526
        assert codes == ["crs_inferred"]
        assert located.defects.tolist() == [None, None, "coordinates_astray"]
        assert located.shapes.isna().tolist() == [False, False, True]


def test_single_rows_are_turned_back_and_said():
    located, codes = placed(cell(E38, N), cell(N, E38 + 20), cell(E38 + 40, N))
    assert codes == ["crs_inferred", "axes_swapped_some"]
    assert located.findings[1]["ids"] == ["p.shp#2"]
    assert located.shapes[1].equals(cell(E38 + 20, N))
    assert located.defects is None


def test_a_file_half_in_one_zone_and_half_in_another_is_a_question():
    rows = r"\(37: rows 2 \(1 in all\); 38: rows 1 \(1 in all\)\)"
    with pytest.raises(SourceError, match=rf"several places {rows}\. Split the file"):
        placed(cell(E38, N), cell(37_500_000, N))


def test_rows_in_a_declared_zone_and_rows_out_of_it():
    located, codes = placed(cell(E38, N), cell(E38, N), cell(0, 0), declared="EPSG:4526")
    assert (codes, located.defects.notna().sum()) == ([], 1)
    located, codes = placed(cell(E38, N), cell(E38, N), cell(N, E38), declared="EPSG:4526")
    assert codes == ["axes_swapped_some"]
    assert located.shapes[2].equals(cell(E38, N))
    other, codes = placed(cell(E38, N), cell(E38, N), cell(37.5e6, N), declared="EPSG:4525")
    assert (other.shapes.crs.to_epsg(), codes) == (4526, ["zone_conflict"])
    assert other.defects.notna().tolist() == [False, False, True]


CONFLICTS = [
    ("EPSG:4526", cell(500_000, N), 4547),
    ("EPSG:2362", cell(500_000, N), 2383),
    ("EPSG:4547", cell(E38, N), 4526),
    ("EPSG:2383", cell(E38, N), 2362),
    ("EPSG:2414", cell(37_500_000, N), 2413),
    ("EPSG:4526", cell(114, 23, 0.1), 4490),
    ("EPSG:2362", cell(114, 23, 0.1), 4610),
]


@pytest.mark.parametrize(("declared", "shape", "taken"), CONFLICTS)
def test_a_wrong_zone_is_said_and_its_datum_is_kept(declared, shape, taken):
    located, codes = placed(shape, declared=declared)
    assert (codes, located.shapes.crs.to_epsg()) == (["zone_conflict"], taken)
    assert located.crs_from == "coordinates"


def test_the_users_word_wins():
    located, codes = placed(cell(500_000, N), wanted="EPSG:4546", declared="EPSG:4526")
    assert (located.shapes.crs.to_epsg(), located.crs_from, codes) == (4546, "campaign", [])
    located, codes = placed(cell(N, 500_000), wanted="EPSG:4546")
    assert codes == ["axes_swapped"]
    located, codes = placed(cell(0, 0), wanted="EPSG:4546")
    assert (located.shapes.crs.to_epsg(), codes) == (4546, ["coordinates_outside"])


def test_a_zone_without_prefix_is_asked_for_with_the_line():
    with pytest.raises(SourceError) as asked:
        placed(cell(500_000, N))
    assert asked.value.code == "meridian_question"
    assert 'parcels = { path = "p.shp", crs = "EPSG:4547" }' in str(asked.value)
    assert asked.value.facts["bounds"] == [500_000, N, 500_010, N + 10]
    with pytest.raises(SourceError, match="it names no CRS and its coordinates do not tell one"):
        placed(cell(0, 0))
    located, codes = placed(cell(500_000, N), zone=38, datum="new_beijing")
    assert (located.shapes.crs.to_epsg(), codes) == (4795, [])


def test_beyond_three_and_a_half_degrees_is_warned_of():
    at_edge = pyproj.Transformer.from_crs(4490, 4526, always_xy=True)
    near, far = (at_edge.transform(114 + off, 24) for off in (3.4, 3.6))
    assert placed(cell(*near), declared="EPSG:4526")[1] == []
    located, codes = placed(cell(*far), declared="EPSG:4526")
    assert codes == ["meridian_far"]
    assert "3.6 degrees" in sentence({**located.findings[0]}, "en")
    local = pyproj.CRS(LOCAL)
    to_local = pyproj.Transformer.from_crs(local.geodetic_crs, local, always_xy=True)
    assert placed(cell(*to_local.transform(116.9, 24)), declared=LOCAL)[1] == ["meridian_far"]
    assert placed(cell(400_000, 300_000), declared="EPSG:27700")[1] == []  # other datums: not ours


@given(seed=st.integers(0, 50))
def test_the_order_of_rows_does_not_matter(seed):
    shapes = [cell(E38, N), cell(E38 + 20, N), cell(E38 + 40, N), cell(N, E38), cell(0, 0)]
    order = np.random.default_rng(seed).permutation(len(shapes))
    located, codes = placed(*(shapes[k] for k in order))
    assert codes == ["crs_inferred", "axes_swapped_some"]
    defects = located.defects.tolist()
    assert [defects[list(order).index(k)] for k in range(5)] == [None] * 4 + ["coordinates_astray"]


# ---- the gates ----------------------------------------------------------------------------------


def a_layer(crs, west=38_500_000.0, south=2_650_000.0):
    named = parse_crs(crs) if crs else None
    return gpd.GeoDataFrame(geometry=[box(west, south, west + 10, south + 10)], crs=named)


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
    require_metric_crs(a_layer(LOCAL, 500_000), "parcels")


def test_two_crss_never_meet():
    with pytest.raises(CRSError, match="one is in EPSG:4526, the other in EPSG:4490"):
        require_same_crs(a_layer("EPSG:4526"), a_layer("EPSG:4490", 113, 24), "records, parcels")


@pytest.mark.parametrize("old", ["EPSG:2362", "EPSG:2414", "EPSG:4774", "EPSG:4610", "local:县"])
def test_old_datums_are_refused_without_parameters_and_told_what_to_add(old):
    layer = a_layer(old, *((114, 23) if old == "EPSG:4610" else (38_500_000, 2_650_000)))
    with pytest.raises(CRSError) as refused:
        transform(layer, "EPSG:4526", layer="parcels")
    said = str(refused.value)
    for part in ("[[datum_shift]]", 'from = "', 'to = "EPSG:4526"', "convention", "rotation_s"):
        assert part in said
    assert "\n" not in said
    with pytest.raises(CRSError, match="without parameters"):
        transform(a_layer("EPSG:4526"), old)


def test_phones_are_told_what_they_may_be_used_for():
    with pytest.raises(CRSError, match=r'hand-held.*crs = "EPSG:4490"'):
        transform(a_layer("EPSG:4326", 114, 23), "EPSG:4526")
    with pytest.raises(CRSError, match="no transformation of known accuracy from EPSG:2263"):
        transform(a_layer("EPSG:2263", 980_000, 200_000), "EPSG:4526")


def test_coordinates_that_leave_the_world_are_refused_by_row():
    rows = [box(5e5, 2.6e6, 5e5 + 1, 2.6e6 + 1), box(0, 0, 1, 1), Point(38.5e6, 2.6e6), None]
    frame = gpd.GeoDataFrame({"source_row": [2, 3, 4, 5]}, geometry=rows, crs="EPSG:4547")
    with pytest.raises(CRSError, match="of rows 3, 4 do not lie in the area") as refused:
        transform(frame, "EPSG:4526", layer="parcels")
    assert refused.value.facts["rows"] == ["3", "4"]
    with pytest.raises(CRSError, match="do not lie in the area"):
        transform(a_layer("EPSG:4547"), "EPSG:4526")
    many = gpd.GeoDataFrame(geometry=[Point(k, 0) for k in range(9)], crs="EPSG:4547")
    with pytest.raises(CRSError, match=r"0, 1, 2, 3, 4 and 4 more|0, 1, 2, 3, 4"):
        transform(many, "EPSG:4526")


def test_a_point_within_a_shape_that_leaves_the_world_is_seen():
    ring = shapely.Polygon([(5e5, 2.6e6), (5e5 + 9, 2.6e6), (4e9, 2.6e6), (5e5, 2.6e6 + 9)])
    with pytest.raises(CRSError, match="of rows 0"):
        transform(gpd.GeoDataFrame(geometry=[ring], crs="EPSG:4547"), "EPSG:4526")


def test_ground_beyond_the_campaigns_zone_is_refused_and_a_neighbouring_zone_is_not():
    there = a_layer("EPSG:4490", 114 + 4.4, 24).set_geometry([Point(114 + 4.4, 24)])
    transform(there, "EPSG:4526")
    away = there.set_geometry([Point(114 + 4.6, 24)])
    with pytest.raises(CRSError, match="leave that of EPSG:4526"):
        transform(away, "EPSG:4526")
    with pytest.raises(CRSError, match="leave that of CGCS2000_Local_113_15"):
        transform(away, LOCAL)


@given(lon=st.floats(112.6, 115.4), lat=st.floats(22, 45))
def test_there_and_back_again(lon, lat):
    start = gpd.GeoDataFrame(geometry=[Point(lon, lat)], crs="EPSG:4490")
    for crs in ("EPSG:4526", "EPSG:4547", "EPSG:4497", LOCAL):
        back = transform(transform(start, crs), "EPSG:4490").geometry[0]
        assert (back.x, back.y) == pytest.approx((lon, lat), abs=1e-11)


def test_an_unknown_crs_is_said():
    with pytest.raises(CRSError, match="'EPSG:1' is no CRS"):
        parse_crs("EPSG:1")


def test_a_local_system_has_a_name_and_no_place():
    local = parse_crs("local:县独立坐标系")
    assert name_of(local) == "县独立坐标系"
    assert local.geodetic_crs is None
    assert inside_area(local, (0, 0, 1, 1))
    assert degrees_off_meridian(local, (0, 0, 1, 1)) is None
    assert parse_crs("local:县独立坐标系") == local
    assert name_of(pyproj.CRS(LOCAL)) == "CGCS2000_Local_113_15"


def test_display_keeps_rows_and_columns():
    shown = to_display(a_layer("EPSG:4525", 37_500_000, 2_582_988).assign(code="a"))
    assert shown.crs == "EPSG:4326"
    assert shown["code"].tolist() == ["a"]
    assert shown.total_bounds[:2] == pytest.approx([111.0, 23.347193280570146], abs=1e-8)
