"""Datum shifts: formulas by hand and by PROJ, the manifest's section, control points, refusals."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from landgis.base.crs import parse_crs, transform
from landgis.base.datum import DatumShift, fitted_similarity, residuals, route_of
from landgis.base.errors import CampaignError, CRSError, LandgisError, SourceError
from landgis.base.findings import sentence
from landgis.io.control_points import read_control_points
from landgis.workflow import load, new

SEVEN = {
    "dx_m": -12.345,
    "dy_m": 98.7,
    "dz_m": 45.6,
    "rx_s": -1.2,
    "ry_s": 2.3,
    "rz_s": -3.1,
    "scale_ppm": 4.5,
}
FOUR = {"dx_m": -100.5, "dy_m": 38_400_000.25, "rotation_s": 9000.0, "scale_ppm": -30.0}
XIAN, CAMPAIGN = pyproj.CRS(2362), pyproj.CRS(4526)
TOWN = parse_crs("local:县独立坐标系")
EAST, NORTH = 38_500_000.0, 2_600_000.0


def seven(sense="position_vector", values=SEVEN, source=XIAN, target=CAMPAIGN):
    return DatumShift(source, target, "7", values, sense)


def four(sense="clockwise", values=FOUR):
    return DatumShift(TOWN, CAMPAIGN, "4", values, sense)


# ---- seven parameters ---------------------------------------------------------------------------


def by_hand(east, north, sense):
    """Shift a point of zone 38 from Xian 1980 by the formulas of the textbooks, step by step."""
    geodetic = pyproj.Transformer.from_crs(2362, 4610, always_xy=True).transform(east, north)
    lon, lat = np.radians(geodetic)
    a, f = 6378140.0, 1 / 298.257
    e2 = f * (2 - f)
    n = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    xyz = np.array(
        [
            n * np.cos(lat) * np.cos(lon),
            n * np.cos(lat) * np.sin(lon),
            n * (1 - e2) * np.sin(lat),
        ]
    )
    sign = 1 if sense == "position_vector" else -1
    rx, ry, rz = (sign * np.radians(SEVEN[name] / 3600) for name in ("rx_s", "ry_s", "rz_s"))
    turn = np.array([[1, -rz, ry], [rz, 1, -rx], [-ry, rx, 1]])
    moved = np.array([-12.345, 98.7, 45.6]) + (1 + 4.5e-6) * turn @ xyz
    a, f = 6378137.0, 1 / 298.257222101
    e2 = f * (2 - f)
    p = np.hypot(moved[0], moved[1])
    lat = np.arctan2(moved[2], p * (1 - e2))
    for _ in range(20):
        n = a / np.sqrt(1 - e2 * np.sin(lat) ** 2)
        height = p / np.cos(lat) - n
        lat = np.arctan2(moved[2], p * (1 - e2 * n / (n + height)))
    lonlat = np.degrees([np.arctan2(moved[1], moved[0]), lat])
    return pyproj.Transformer.from_crs(4490, 4526, always_xy=True).transform(*lonlat)


@pytest.mark.parametrize("sense", ["position_vector", "coordinate_frame"])
def test_seven_parameters_by_hand(sense):
    points = np.array([[EAST + 1000, NORTH], [EAST - 60_000, 3_900_000], [EAST + 90_000, 5.1e6]])
    found = seven(sense).forward(points)
    assert found == pytest.approx(np.array([by_hand(*one, sense) for one in points]), abs=1e-6)
    assert np.abs(found - points).max() > 50


def test_seven_parameters_as_proj_has_them_for_towgs84():
    told = "+towgs84=-12.345,98.7,45.6,-1.2,2.3,-3.1,4.5"
    gauss = "+proj=tmerc +lat_0=0 +lon_0=114 +k=1 +x_0=38500000 +y_0=0 +units=m +no_defs"
    source = f"{gauss} +a=6378140 +rf=298.257 {told}"
    target = f"{gauss} +ellps=GRS80 +towgs84=0,0,0"
    points = np.array([[EAST + 1000, NORTH], [EAST - 60_000, 3_900_000]])
    way = pyproj.Transformer.from_crs(source, target, always_xy=True)
    assert seven().forward(points) == pytest.approx(
        np.column_stack(way.transform(*points.T)), abs=1e-6
    )


def test_nothing_but_a_change_of_ellipsoid_where_all_are_nought():
    still = seven(values=dict.fromkeys(SEVEN, 0.0), source=CAMPAIGN)
    points = np.array([[EAST, NORTH]])
    assert still.forward(points) == pytest.approx(points, abs=1e-8)
    assert not still.turns
    assert seven().turns


around = st.tuples(st.floats(-150e3, 150e3), st.floats(-5e5, 2.5e6))


@given(at=around, sense=st.sampled_from(["position_vector", "coordinate_frame"]))
def test_seven_parameters_there_and_back(at, sense):
    point = np.array([[EAST + at[0], NORTH + at[1]]])
    shift = seven(sense)
    assert shift.backward(shift.forward(point)) == pytest.approx(point, abs=1e-6)
    assert shift.forward(shift.backward(point)) == pytest.approx(point, abs=1e-6)


# ---- four parameters ----------------------------------------------------------------------------


def test_four_parameters_by_hand():
    quarter = {"dx_m": 10.0, "dy_m": 20.0, "rotation_s": 90 * 3600.0, "scale_ppm": 0.0}
    north_one = np.array([[0.0, 1.0]])  # east 0, north 1
    assert four(values=quarter).forward(north_one)[0] == pytest.approx([21.0, 10.0])
    turned = four("anticlockwise", quarter).forward(north_one)[0]
    assert turned == pytest.approx([19.0, 10.0])
    double = {"dx_m": 0.0, "dy_m": 0.0, "rotation_s": 0.0, "scale_ppm": 1e6}
    assert four(values=double).forward(np.array([[3.0, 4.0]]))[0] == pytest.approx([6.0, 8.0])


@given(at=around, sense=st.sampled_from(["clockwise", "anticlockwise"]))
def test_four_parameters_there_and_back(at, sense):
    point = np.array([[EAST + at[0], NORTH + at[1]]])
    shift = four(sense)
    assert shift.backward(shift.forward(point)) == pytest.approx(point, abs=1e-6)


@given(
    dx=st.floats(-1e3, 1e3),
    dy=st.floats(-1e3, 1e3),
    rotation=st.floats(-3000, 3000),
    ppm=st.floats(-100, 100),
)
def test_a_fit_finds_what_the_points_were_moved_by(dx, dy, rotation, ppm):
    values = {"dx_m": dx, "dy_m": dy, "rotation_s": rotation, "scale_ppm": ppm}
    points = np.array([[1e3, 2e3], [9e3, 1e3], [5e3, 8e3], [2e3, 6e3]])
    moved = four(values=values).forward(points)
    found = fitted_similarity(points, moved)
    assert found == pytest.approx(values, abs=1e-5)
    assert residuals(four(values=found), points, moved) == pytest.approx(0, abs=1e-6)


# ---- which shift serves -------------------------------------------------------------------------


def square(crs, east=EAST, north=NORTH):
    return gpd.GeoDataFrame(geometry=[box(east, north, east + 100, north + 100)], crs=crs)


def test_a_shift_serves_every_zone_of_its_datums_and_both_ways():
    whole = transform(square("EPSG:2362"), "EPSG:4526", shifts=[seven()])
    bare = transform(square("EPSG:2383", 500_000), "EPSG:4547", shifts=[seven()])
    prefix = np.array([38e6, 0, 38e6, 0])
    assert bare.total_bounds + prefix == pytest.approx(whole.total_bounds, abs=1e-6)
    back = transform(whole, "EPSG:2362", shifts=[seven()])
    assert back.total_bounds == pytest.approx(square("EPSG:2362").total_bounds, abs=1e-6)


def test_a_shift_does_not_touch_what_needs_none():
    assert route_of([seven()], pyproj.CRS(4547), CAMPAIGN, "p") is None
    same = transform(square("EPSG:4547", 500_000), "EPSG:4526", shifts=[seven()])
    assert same.total_bounds[0] == pytest.approx(EAST, abs=1e-6)
    with pytest.raises(CRSError, match="different datums"):
        transform(square("EPSG:2414"), "EPSG:4526", shifts=[seven()])


def test_a_local_system_serves_only_itself():
    here = square(TOWN, 1000, 2000)
    moved = transform(here, "EPSG:4526", shifts=[four(values=FOUR | {"dx_m": 2.6e6})])
    assert moved.area[0] == pytest.approx(100 * 100 * (1 - 30e-6) ** 2, rel=1e-9)
    offset = {"dx_m": 5.0, "dy_m": 7.0, "rotation_s": 0.0, "scale_ppm": 0.0}
    own = DatumShift(pyproj.CRS(4547), CAMPAIGN, "4", offset, "clockwise")
    assert route_of([own], pyproj.CRS(4547), CAMPAIGN, "p") is not None
    assert route_of([own], pyproj.CRS(4546), CAMPAIGN, "p") is None
    assert route_of([own], pyproj.CRS(4490), CAMPAIGN, "p") is None


def test_the_very_system_goes_before_its_datum_and_two_alike_are_a_question():
    exact = seven(values=SEVEN | {"dx_m": 0.0})
    datum = seven(source=pyproj.CRS(4610))
    assert route_of([datum, exact], XIAN, CAMPAIGN, "p").shift is exact
    with pytest.raises(CRSError, match=r"several sets of parameters .*EPSG:2362 to EPSG:4526"):
        route_of([exact, seven()], XIAN, CAMPAIGN, "p")


# ---- control points -----------------------------------------------------------------------------

_FROM = np.array([[-1e3, -1e3], [10e3, 10e3], [-10e3, 12e3], [5e3, -10e3]])
POINTS = _FROM + np.array([EAST, NORTH])


def table(source, target, **columns):
    named = {
        "点名": [f"K{k}" for k in range(1, len(source) + 1)],
        "源X": source[:, 1],
        "源Y": source[:, 0],
        "目标X": target[:, 1],
        "目标Y": target[:, 0],
    }
    return pd.DataFrame(named | columns)


def test_control_points_are_read_with_x_north(tmp_path):
    path = tmp_path / "控制点.xlsx"
    frame = table(POINTS, POINTS + 1)
    with pd.ExcelWriter(path) as book:
        frame.to_excel(book, index=False, startrow=2, sheet_name="成果")
    found = read_control_points(path, "控制点.xlsx")
    assert found["name"].tolist() == ["K1", "K2", "K3", "K4"]
    assert found["source_x"].tolist() == POINTS[:, 1].tolist()
    assert found["target_y"].tolist() == (POINTS[:, 0] + 1).tolist()
    assert found["row"].tolist() == [4, 5, 6, 7]
    other = frame.rename(columns={"点名": "点号", "源X": "原坐标 X(m)", "源Y": "原坐标Y（米）"})
    other.to_csv(tmp_path / "k.csv", index=False, encoding="gb18030")
    assert read_control_points(tmp_path / "k.csv", "k.csv")["source_y"].iloc[0] == POINTS[0, 0]


BROKEN = [
    (table(POINTS, POINTS).drop(columns="源X"), "no header of control points.*点名, 源X"),
    (table(POINTS, POINTS).assign(点名=["a", "a", "b", "c"]), "row 3: a control point lacks"),
    (table(POINTS, POINTS).assign(点名=["a", None, "b", "c"]), "row 3: a control point lacks"),
    (table(POINTS, POINTS).assign(源X=["x", 1, 2, 3]), "row 2: a coordinate is no number"),
    (table(POINTS, POINTS).assign(源X=["3亩", 1, 2, 3]), "row 2: a coordinate is no number"),
    (table(POINTS, POINTS).iloc[:0], "no control point in the table"),
]


@pytest.mark.parametrize(("frame", "says"), BROKEN, ids=[says for _, says in BROKEN])
def test_tables_that_are_none(tmp_path, frame, says):
    frame.to_excel(tmp_path / "k.xlsx", index=False)
    with pytest.raises(SourceError, match=says):
        read_control_points(tmp_path / "k.xlsx", "k.xlsx")


# ---- the campaign -------------------------------------------------------------------------------


@pytest.fixture
def county(tmp_path, monkeypatch):
    """Write a campaign in CGCS2000 whose parcels came in Xian 1980; return how to load it."""
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "household.key"))
    folder = tmp_path / "county"
    folder.mkdir()
    parcels = [box(EAST + x, NORTH, EAST + x + 100, NORTH + 100) for x in (0, 100)]
    of = gpd.GeoDataFrame({"宗地代码": ["A", "B"]}, geometry=parcels, crs=XIAN)
    of.to_file(folder / "parcels.gpkg")
    red = gpd.GeoDataFrame({"项目编号": ["P1"]}, geometry=[parcels[0]], crs=CAMPAIGN)
    red.to_file(folder / "red.gpkg")
    noise = np.array([[0.01, 0], [-0.01, 0.01], [0, -0.02], [0.01, 0.01]])
    table(POINTS, seven().forward(POINTS) + noise).to_excel(folder / "控制点.xlsx", index=False)

    def loaded(*lines):
        head = '[campaign]\nname = "x"\ncrs = "EPSG:4526"\n'
        layers = '[layers]\nparcels = "parcels.gpkg"\nprojects = "red.gpkg"\n'
        text = "\n".join([head, layers, *lines])
        (folder / "campaign.toml").write_text(text, encoding="utf-8")
        return load(folder)

    loaded.folder = folder
    return loaded


def section(method="7", source="xian80", values=SEVEN, **keys):
    pairs = {"from": source, "method": method, **values, **keys}
    return "[[datum_shift]]\n" + "\n".join(
        f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in pairs.items()
    )


PV = {"convention": "position_vector"}
KP = {"control_points": "控制点.xlsx"}


def codes(loaded):
    return {row["code"]: row for row in loaded.campaign.findings.to_dict("records")}


def test_without_parameters_nothing_is_loaded(county):
    with pytest.raises(CRSError, match=r"parcels \(parcels.gpkg\).*different datums"):
        county()
    assert not (county.folder / "campaign.gpkg").exists()


def test_parameters_from_the_manifest_unchecked_are_a_warning(county):
    done = county(section(**PV))
    expected = seven().forward(np.array([[EAST, NORTH]]))[0]
    corner = np.array(done.campaign.parcels.geometry[0].exterior.coords)
    assert np.abs(corner - expected).sum(axis=1).min() < 1e-6
    said = codes(done)["datum_shifted_unchecked"]
    assert (said["severity"], said["source_file"]) == ("warning", "parcels.gpkg")
    assert "由 EPSG:2362" in sentence(said, "zh")
    assert "未经控制点检核" in sentence(said, "zh")


def test_control_points_check_them_and_the_values_are_told_nowhere(county):
    done = county(section(**PV, **KP))
    found = codes(done)
    assert found["datum_shifted"]["severity"] == "info"
    facts = json.loads(found["datum_residuals"]["facts"])
    assert (facts["points"], facts["worst"], facts["max_m"]) == (4, "K3", 0.02)
    assert facts["rms_m"] == pytest.approx(np.sqrt((1 + 2 + 4 + 2) / 4) / 100, abs=1e-4)
    receipt = done.receipt.read_text(encoding="utf-8")
    (note,) = json.loads(receipt)["datum_shifts"]
    assert [one["name"] for one in note["residuals"]] == ["K1", "K2", "K3", "K4"]
    assert note["residuals"][2] == {"name": "K3", "east_m": 0.0, "north_m": -0.02}
    assert note["sense_from"] == "campaign"
    everything = receipt + " ".join(
        sentence(row, language) for row in found.values() for language in ("zh", "en")
    )
    for value in SEVEN.values():
        assert str(value) not in everything


def test_a_changed_table_of_control_points_makes_the_store_stale(county):
    from landgis.workflow.loading import stale_sources

    done = county(section(**PV, **KP))
    assert stale_sources(done.campaign) == []
    table(POINTS, POINTS).to_excel(county.folder / "控制点.xlsx", index=False)
    assert stale_sources(done.campaign) == ["控制点.xlsx"]


def test_residuals_decide_which_way_rotations_turn_and_it_is_said(county):
    found = codes(county(section(**KP)))
    assert json.loads(found["datum_sense_by_points"]["facts"])["sense"] == "position_vector"
    assert found["datum_sense_by_points"]["severity"] == "info"


def test_residuals_beyond_the_limit(county):
    over = codes(county(section(**PV, **KP, limit_m=0.015)))["datum_residuals_over"]
    assert over["severity"] == "error"
    off = SEVEN | {"dx_m": SEVEN["dx_m"] + 0.5}
    default = codes(county(section(values=off, **PV, **KP)))["datum_residuals_over"]
    assert default["severity"] == "warning"
    third = '[rules.areas.points]\nclass = "III"\n'
    near = SEVEN | {"dx_m": SEVEN["dx_m"] + 0.13}
    assert "datum_residuals_over" in codes(county(section(values=near, **PV, **KP)))
    assert "datum_residuals" in codes(county(third, section(values=near, **PV, **KP)))


def test_nothing_turns_so_nothing_is_asked(county):
    still = dict.fromkeys(SEVEN, 0.0) | {"dx_m": 3.0}
    assert "datum_shifted_unchecked" in codes(county(section(values=still)))


def test_points_may_be_given_with_y_first_or_from_another_zone(county):
    moved = seven().forward(POINTS)
    swapped = table(POINTS[:, ::-1], moved)
    swapped.to_excel(county.folder / "控制点.xlsx", index=False)
    found = codes(county(section(**PV, **KP)))
    assert found["axes_swapped"]["source_file"] == "控制点.xlsx"
    assert json.loads(found["datum_residuals"]["facts"])["max_m"] == 0.0
    other = transform(
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(*moved.T), crs=CAMPAIGN), "EPSG:4525"
    ).get_coordinates()
    table(POINTS, other.to_numpy()).to_excel(county.folder / "控制点.xlsx", index=False)
    found = codes(county(section(**PV, **KP)))
    assert json.loads(found["datum_residuals"]["facts"])["max_m"] == 0.0


@pytest.mark.filterwarnings("ignore:.crs. was not provided:UserWarning")
def test_four_parameters_of_a_local_system(county):
    local = POINTS - [EAST, NORTH]
    of = gpd.read_file(county.folder / "parcels.gpkg")
    of = of.set_geometry(of.translate(-EAST, -NORTH)).set_crs(None, allow_override=True)
    of.to_file(county.folder / "parcels.geojson", driver="GeoJSON")
    values = {"dx_m": NORTH, "dy_m": EAST, "rotation_s": 100.0, "scale_ppm": 2.0}
    aim = four(values=values).forward(local)
    table(local, aim).to_excel(county.folder / "控制点.xlsx", index=False)
    parcels = 'parcels = { path = "parcels.geojson", crs = "local:县城" }'
    layer = f'[layers]\n{parcels}\nprojects = "red.gpkg"'
    head = '[campaign]\nname = "x"\ncrs = "EPSG:4526"\n'
    told = section("4", "local:县城", values, **KP)
    (county.folder / "campaign.toml").write_text("\n".join([head, layer, told]), encoding="utf-8")
    found = codes(load(county.folder))
    assert json.loads(found["datum_sense_by_points"]["facts"])["sense"] == "clockwise"
    fitting = section("4", "local:县城", {}, **KP)
    (county.folder / "campaign.toml").write_text(
        "\n".join([head, layer, fitting]), encoding="utf-8"
    )
    with pytest.raises(
        CampaignError, match=r"4 control points are fitted .*mean residual"
    ) as asked:
        load(county.folder)
    line = asked.value.facts["line"]
    assert line.startswith('rotation = "clockwise", dx_m = 2600000.0000, dy_m = 38500000.0000')
    assert "rotation_s = 100.000000, scale_ppm = 2.000000" in line


REFUSALS = [
    (section(), 'write convention = "position_vector" or convention = "coordinate_frame"'),
    (section(values={"dx_m": 1.0}, **PV), "dy_m, dz_m, rx_s, ry_s, rz_s, scale_ppm are missing"),
    (section("4", "EPSG:2362", FOUR), 'write rotation = "clockwise" or rotation = "anti'),
    (section("4", "EPSG:2362", FOUR, **PV), "convention are none of the 4 parameters"),
    (section(**PV, rotation_s=1.0), "rotation_s are none of the 7 parameters"),
    (section("4", "xian80", FOUR, rotation="clockwise"), "hold between two plane systems"),
    (section(source="local:县城", **PV), "has neither projection nor ellipsoid"),
    (section(source="EPSG:1", **PV), "'EPSG:1' is no CRS"),
    (section(source="nowhere", **PV), "'nowhere' is no CRS"),
    (section("5", **PV), "datum_shift.0.method' takes|method"),
    (section(**PV, control_points="k.xlsx"), "k.xlsx: no such file"),
    (section(convention="coordinate_frame", **KP), 'fit "position_vector" only'),
    (section(values=SEVEN | {"dy_m": -98.7}, **PV, **KP), "are off by up to 1[0-9]{2}"),
    (section(values=SEVEN | {"dy_m": -98.7}, **KP), "nothing tells which way"),
    (section("4", "EPSG:2362", {}), "dx_m, dy_m, rotation_s, scale_ppm are missing"),
    (section(**PV) + "\n" + section(**PV), "several sets of parameters lead"),
]


@pytest.mark.parametrize(("lines", "says"), REFUSALS, ids=[says for _, says in REFUSALS])
def test_refusals_say_what_and_where(county, lines, says):
    with pytest.raises(LandgisError, match=says) as refused:
        county(lines)
    assert "\n" not in str(refused.value)
    assert "\n" not in refused.value.say("zh")
    assert not (county.folder / "campaign.gpkg").exists()


def test_too_few_points_fit_nothing(county):
    table(POINTS[:2], POINTS[:2]).to_excel(county.folder / "控制点.xlsx", index=False)
    with pytest.raises(CampaignError, match="fewer than 3 control points"):
        county(section("4", "EPSG:2362", {}, **KP))


def test_points_that_lie_elsewhere(county):
    table(POINTS - [38e6, 0], POINTS).to_excel(county.folder / "控制点.xlsx", index=False)
    with pytest.raises(CampaignError, match="do not fit the systems of from and to"):
        county(section(**PV, **KP))  # xian80 without a zone, and no prefix
    done = county(section(source="EPSG:2362", **PV | KP, limit_m=200.0))  # the zone is told here
    assert "datum_residuals" in codes(done)


# ---- mixed zones, own meridians, questions ------------------------------------------------------


def test_sources_in_several_zones_are_said_once(county):
    for name, crs in (("a.gpkg", 4525), ("b.gpkg", 4547), ("c.gpkg", 4526), ("d.gpkg", 4490)):
        of = square("EPSG:4526").assign(房屋编号=[name], 类别="房屋").to_crs(crs)
        of.to_file(county.folder / name)
    layers = 'records = ["a.gpkg", "b.gpkg", "c.gpkg", "d.gpkg"]'
    done = county(layers, section(**PV))
    rows = done.campaign.findings
    (said,) = rows[rows["code"] == "crs_several"].to_dict("records")
    assert said["ids"] == ["parcels.gpkg", "a.gpkg", "b.gpkg"]
    assert "EPSG:4525 (1), EPSG:4547 (1)" in sentence(said, "en")
    together = done.campaign.records.total_bounds
    assert together == pytest.approx(square("EPSG:4526").total_bounds, abs=1e-3)


def test_a_meridian_of_its_own_goes_through_new_load_and_store(tmp_path, monkeypatch):
    from test_crs import LOCAL

    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "household.key"))
    folder = tmp_path / "county"
    folder.mkdir()
    shapes = [box(5e5 + x, NORTH, 5e5 + x + 100, NORTH + 100) for x in (0, 100)]
    of = gpd.GeoDataFrame({"宗地代码": ["A", "B"]}, geometry=shapes, crs=LOCAL)
    of.to_file(folder / "权属地块.shp", encoding="GBK")
    red = gpd.GeoDataFrame({"项目编号": ["P1"]}, geometry=[shapes[0]], crs=LOCAL)
    red.to_file(folder / "用地红线.gpkg")
    new(folder)
    campaign = load(folder).campaign
    assert campaign.parcels.crs.to_epsg() is None
    assert campaign.parcels.crs == pyproj.CRS(LOCAL)
    assert campaign.parcels.total_bounds.tolist() == [5e5, NORTH, 5e5 + 200, NORTH + 100]
    assert campaign.findings["code"].tolist() == []


@pytest.mark.filterwarnings("ignore:.crs. was not provided:UserWarning")
def test_the_meridians_that_fit_the_other_layers_are_put_beside_the_question(county):
    bare = square("EPSG:4547", 500_000).assign(宗地代码=["A"])
    (county.folder / "parcels.gpkg").unlink()
    bare.set_crs(None, allow_override=True).to_file(county.folder / "parcels.shp", encoding="GBK")
    (county.folder / "parcels.prj").unlink(missing_ok=True)
    head = '[campaign]\nname = "x"\ncrs = "EPSG:4526"\n'
    layers = '[layers]\nparcels = "parcels.shp"\nprojects = "red.gpkg"\n'
    (county.folder / "campaign.toml").write_text(head + layers, encoding="utf-8")
    with pytest.raises(SourceError, match="Placed as EPSG:4547 they lie beside") as asked:
        load(county.folder)
    assert 'parcels = { path = "parcels.shp", crs = "EPSG:4547" }' in str(asked.value)
    new(county.folder, replace=True)
    text = (county.folder / "campaign.toml").read_text(encoding="utf-8")
    assert "按 EPSG:4547 放置时与其他图层相邻" in text
