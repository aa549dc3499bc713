"""GCJ-02: recognised where a file lies off its neighbours by just this offset, and nowhere else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis import demo_folder
from landgis.base.errors import CRSError
from landgis.base.findings import sentence
from landgis.spatial.gcj02 import gcj02_offset
from landgis.spatial.shifted import DrawnSource, find_shifted
from landgis.workflow.loading import load

CRS = "EPSG:4526"
EAST, NORTH = 38_520_000.0, 2_580_000.0


@pytest.mark.parametrize(
    ("lat", "lon", "shown_lat", "shown_lon"),
    [  # test data of the library eviltransform
        (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
        (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
        (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),
    ],
)
def test_the_offset_is_that_of_the_published_vectors(lat, lon, shown_lat, shown_lon):
    east, north = gcj02_offset(np.array([lon]), np.array([lat]))
    assert lon + east[0] == pytest.approx(shown_lon, abs=1e-12)
    assert lat + north[0] == pytest.approx(shown_lat, abs=1e-12)


def village(count: int = 60, seed: int = 0, side: float = 900.0) -> list[shapely.Geometry]:
    """Fields of a village: the cells of scattered points."""
    rng = np.random.default_rng(seed)
    seeds = shapely.MultiPoint(np.add(rng.uniform(0, side, (count, 2)), [EAST, NORTH]))
    hull = shapely.box(EAST, NORTH, EAST + side, NORTH + side)
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=hull))
    return list(shapely.intersection(cells, hull))


def frame(shapes: list[shapely.Geometry], layer: str = "parcels", ids: list[str] | None = None):
    column = {"parcels": "parcel_id", "projects": "project_id"}.get(layer, "record_id")
    names = ids or [f"P{at}" for at in range(len(shapes))]
    return gpd.GeoDataFrame({column: pd.Series(names, dtype="str")}, geometry=shapes, crs=CRS)


def on_a_phone(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Return shapes as a phone map draws them, point by point."""
    degrees = gpd.GeoSeries(shapes, crs=CRS).to_crs(4490)

    def moved(xy: np.ndarray) -> np.ndarray:
        return xy + np.column_stack(gcj02_offset(xy[:, 0], xy[:, 1]))

    shown = gpd.GeoSeries(shapely.transform(degrees.to_numpy(), moved), crs=4490)
    return shown.to_crs(CRS).tolist()


def traced_by_hand(cell: shapely.Polygon, rng: np.random.Generator) -> shapely.Polygon:
    """Return an outline whose corners are a metre or two off."""
    corners = shapely.get_coordinates(cell)[:-1]
    return shapely.Polygon(corners + rng.normal(0, 1.5, corners.shape))


def facts(found: list[dict[str, object]]) -> dict[str, object]:
    assert [row["code"] for row in found] == ["gcj02_suspected"]
    assert found[0]["severity"] == "warning"
    return json.loads(str(found[0]["facts"]))


def source(
    shapes: list[shapely.Geometry],
    file: str = "a.kml",
    layer: str = "parcels",
    degrees: bool = True,
    ids: list[str] | None = None,
) -> DrawnSource:
    return DrawnSource(file, layer, frame(shapes, layer, ids), degrees)


def surveyed(shapes: list[shapely.Geometry], layer: str = "parcels") -> DrawnSource:
    return source(shapes, "a.shp", layer, False, [f"S{at}" for at in range(len(shapes))])


def test_fields_traced_on_a_phone_fit_the_survey_once_the_offset_is_off():
    cells = village()
    rng = np.random.default_rng(1)
    traced = [traced_by_hand(one, rng) for one in cells[:20]]
    found = find_shifted([surveyed(cells), source(on_a_phone(traced))])
    said = facts(found)
    assert 400 <= said["distance_m"] <= 700
    assert said["basis"] == "outlines"
    assert said["matched"] >= 15
    assert said["before"] <= 3
    assert said["shapes"] == 20
    assert (found[0]["layer"], found[0]["source_file"]) == ("parcels", "a.kml")


def test_one_red_line_is_enough():
    line = shapely.unary_union(village()[:25])
    line = line if line.geom_type == "Polygon" else line.geoms[0]
    assert (
        facts(
            find_shifted(
                [surveyed([line], "projects"), source(on_a_phone([line]), layer="projects")]
            )
        )["shapes"]
        == 1
    )


def test_parcels_of_the_same_codes_are_compared_with_themselves():
    cells = village()
    names = [f"S{at}" for at in range(len(cells))]
    said = facts(find_shifted([surveyed(cells), source(on_a_phone(cells), ids=names)]))
    assert said["basis"] == "codes"
    assert said["matched"] == len(cells)


def test_graves_as_points_lie_on_the_ground_of_the_campaign():
    line = shapely.box(EAST, NORTH, EAST + 400, NORTH + 400)
    rng = np.random.default_rng(2)
    graves = list(shapely.points(np.add(rng.uniform(20, 380, (30, 2)), [EAST, NORTH])))
    shifted = find_shifted(
        [surveyed([line], "projects"), source(on_a_phone(graves), layer="records")]
    )
    assert facts(shifted)["basis"] == "ground"
    assert find_shifted([surveyed([line], "projects"), source(graves, layer="records")]) == []


def test_few_shapes_or_few_that_fit_are_no_evidence():
    line = shapely.box(EAST, NORTH, EAST + 200, NORTH + 200)
    rng = np.random.default_rng(2)
    graves = list(shapely.points(np.add(rng.uniform(20, 180, (30, 2)), [EAST, NORTH])))
    ground = surveyed([line], "projects")

    def suspected(*some):
        return len(find_shifted([ground, source(on_a_phone([*some]), layer="records")]))

    assert [suspected(*graves[:count]) for count in (4, 5)] == [0, 1]
    far = [shapely.Point(EAST + 2000 + 9 * at, NORTH + 2000) for at in range(15)]
    assert [suspected(*graves[:count], *far) for count in (14, 16)] == [0, 1]


def test_what_fits_as_it_lies_is_not_suspected():
    """Six of thirty graves may lie on other ground by chance, but not seven."""
    line = shapely.box(EAST, NORTH, EAST + 200, NORTH + 200)
    rng = np.random.default_rng(2)
    graves = list(shapely.points(np.add(rng.uniform(20, 180, (30, 2)), [EAST, NORTH])))
    shown = on_a_phone(graves)
    found = []
    for count in (6, 7):
        others = [one.buffer(1) for one in shown[:count]]
        sources = [surveyed([line, *others], "projects"), source(shown, layer="records")]
        found.append(len(find_shifted(sources)))
    assert found == [1, 0]


def test_fields_of_one_size_fit_in_many_places_and_tell_nothing():
    corners = [(EAST + 40 * x, NORTH + 40 * y) for x in range(30) for y in range(30)]
    cells = [shapely.box(x, y, x + 40, y + 40) for x, y in corners]
    assert find_shifted([surveyed(cells), source(on_a_phone(cells[400:420]))]) == []


def test_a_file_that_lies_right_is_not_suspected():
    cells = village()
    assert find_shifted([surveyed(cells), source(cells[:20])]) == []
    assert find_shifted([surveyed(cells[:30]), source(cells[30:])]) == []  # next to each other
    assert find_shifted([surveyed(cells), source(village(seed=9))]) == []  # other fields


def test_only_files_in_degrees_and_only_against_others():
    cells = village()
    phone = on_a_phone(cells)
    assert find_shifted([surveyed(cells), source(phone, degrees=False)]) == []
    assert find_shifted([source(phone)]) == []
    assert find_shifted([source(phone), source(cells)]) == []  # one file
    both = [source(phone), source(cells, "b.geojson", ids=[f"B{at}" for at in range(60)])]
    assert facts(find_shifted(both))["basis"] == "outlines"  # and only of the one that is off
    two = [surveyed(cells), source(phone[:30]), source(phone[30:], "b.kml")]
    assert [row["source_file"] for row in find_shifted(two)] == ["a.kml", "b.kml"]


def test_abroad_there_is_no_such_offset():
    cells = gpd.GeoSeries(village(), crs=CRS)
    away = shapely.transform(cells.to_numpy(), lambda xy: xy - [EAST - 500_000, NORTH - 5_500_000])
    there = gpd.GeoDataFrame({"parcel_id": ["x"] * 60}, geometry=away, crs="EPSG:25832")
    moved = there.assign(geometry=there.translate(400, -300))
    sources = [
        DrawnSource("a.shp", "parcels", there, False),
        DrawnSource("a.kml", "parcels", moved, True),
    ]
    assert find_shifted(sources) == []


def test_empty_broken_and_missing_shapes_are_borne():
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    odd = [None, bow_tie, shapely.Point(EAST, NORTH)]
    assert find_shifted([surveyed(odd), source(odd)]) == []
    assert find_shifted([surveyed(village()), source([None, None])]) == []
    assert find_shifted([]) == []


# In a campaign.

MANIFEST = """
[campaign]
name = "x"
district = "y"
crs = "EPSG:4526"
as_of = 2022-10-14
[layers]
parcels = "parcels.shp"
projects = "red.gpkg"
records = { path = "手机.kml", kind = "house"SAID }
[[project]]
project_id = "P01"
name = "x"
use = "industrial"
"""


def phone_kml(path: Path, shapes: list[shapely.Geometry]) -> None:
    body = ""
    for at, shape in enumerate(gpd.GeoSeries(shapes, crs=CRS).to_crs(4490)):
        ring = " ".join(f"{x:.8f},{y:.8f},0" for x, y in shapely.get_coordinates(shape))
        body += (
            f"<Placemark><name>K{at}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
            f"{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        )
    path.write_text(f"<kml><Document>{body}</Document></kml>", encoding="utf-8")


def test_a_phone_kml_is_suspected_by_a_load_and_not_moved(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "key"))
    folder = tmp_path / "c"
    folder.mkdir()
    cells = village()
    frame(cells, ids=[f"S{at}" for at in range(60)]).to_file(folder / "parcels.shp")
    line = gpd.GeoDataFrame({"project_id": ["P01"]}, geometry=[shapely.union_all(cells)], crs=CRS)
    line.to_file(folder / "red.gpkg")
    shown = on_a_phone(cells[:20])
    phone_kml(folder / "手机.kml", shown)
    manifest = folder / "campaign.toml"
    manifest.write_text(MANIFEST.replace("SAID", ""), encoding="utf-8")
    with pytest.raises(CRSError, match="EPSG:4490"):  # WGS 84 is not CGCS2000 until somebody says
        load(folder, today="2022-11-01")
    manifest.write_text(MANIFEST.replace("SAID", ', crs = "EPSG:4490"'), encoding="utf-8")
    layers = load(folder, today="2022-11-01").campaign.layers
    found = layers["findings"][layers["findings"]["code"] == "gcj02_suspected"]
    assert found["source_file"].tolist() == ["手机.kml"]
    assert "GCJ-02" in sentence(found.iloc[0].to_dict(), "zh")
    there = layers["records"].geometry
    assert there.geom_equals_exact(gpd.GeoSeries(shown, crs=CRS), 0.01).all()


def test_nothing_in_the_demo_county_is_suspected(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "key"))
    shutil.copytree(demo_folder(), tmp_path / "demo")
    layers = load(tmp_path / "demo", today="2022-11-01").campaign.layers
    assert "gcj02_suspected" not in set(layers["findings"]["code"])
    names = ("projects", "parcels", "records", "power_lines", "resettlement_zones")
    for suspect in names:  # nor if its files had been in degrees
        sources = [
            DrawnSource(name, name, layers[name], name == suspect)
            for name in names
            if len(layers[name])
        ]
        assert find_shifted(sources) == []


@settings(max_examples=40)
@given(
    st.floats(0, 360),
    st.floats(0, 900),
    st.integers(0, 5),
    st.booleans(),
)
def test_no_other_shift_is_taken_for_it(direction, distance, seed, grid):
    cells = (
        [
            shapely.box(x, y, x + 60, y + 40)
            for x in EAST + 60 * np.arange(15)
            for y in NORTH + 40 * np.arange(20)
        ]
        if grid
        else village(seed=seed)
    )
    way = distance * np.array([np.cos(np.radians(direction)), np.sin(np.radians(direction))])
    phone = np.array(shapely.get_coordinates(on_a_phone([shapely.Point(EAST, NORTH)]))[0])
    if np.hypot(*(way - (phone - [EAST, NORTH]))) < 60:
        return
    moved = [shapely.transform(one, lambda xy: xy + way) for one in cells[:30]]
    found = find_shifted([surveyed(cells), source(moved)])
    assert found == []
