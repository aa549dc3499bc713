"""The chain on real scenes: a French commune, a German town with power lines, an American city."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from browser import chromium, opened

from landgis.base.units import to_mu
from landgis.outputs.battle_map import battle_map
from landgis.workflow import assess, load, new, open_campaign
from landgis.workflow.maps import map_sheet

CAMBRIDGE = "EPSG:26986"


@pytest.fixture(autouse=True)
def _a_key_of_their_own(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path_factory.mktemp("office") / "household.key"))


def a_campaign(folder, crs, red_line, layers):
    """Write a campaign of one project over files that lie elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = gpd.GeoDataFrame({"project_id": ["P1"], "name": ["a"]}, geometry=[red_line], crs=crs)
    lines.to_file(folder / "red_lines.gpkg")
    manifest = [
        "[campaign]",
        'name = "a scene"',
        f"crs = {json.dumps(crs)}",
        "as_of = 2024-01-01",
        "[layers]",
        'projects = "red_lines.gpkg"',
        *layers,
    ]
    (folder / "campaign.toml").write_text("\n".join(manifest), encoding="utf-8")
    return folder


def a_source(role, path, **said):
    """Return one line of [layers]."""
    parts = [f"path = {json.dumps(path.as_posix())}"]
    parts += [f"{key} = {json.dumps(value)}" for key, value in said.items() if key != "columns"]
    if columns := said.get("columns"):
        parts.append(
            "columns = { " + ", ".join(f'"{k}" = "{v}"' for k, v in columns.items()) + " }"
        )
    return f"{role} = {{ {', '.join(parts)} }}"


def nothing_is_lost(loaded, assessment):
    """Conservation: rows, shares and areas."""
    files = loaded.files
    assert (files["rows_read"] == files["accepted"] + files["rejected"]).all()
    shares = assessment.links.groupby("record_id")["share"].sum()
    assert set(shares.index) == set(loaded.campaign.records["record_id"])
    assert (shares - 1).abs().max() <= 1e-9
    projects = assessment.clean.projects
    states = projects[["clean_m2", "restricted_m2", "blocked_m2", "excluded_m2"]].sum(axis=1)
    assert (states - projects["area_m2"]).abs().max() <= 1e-6 * projects["area_m2"].max()
    pieces = assessment.clean.pieces
    assert pieces.is_valid.all()
    assert pieces["area_m2"].sum() == pytest.approx(projects["area_m2"].sum(), rel=1e-6)


@pytest.fixture(scope="module")
def commune(shared_data, tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("LANDGIS_KEY", str(tmp_path_factory.mktemp("office") / "household.key"))
    source = shared_data("fr_cadastre_25354") / "cadastre_25354.gpkg"
    parcels = gpd.read_file(source, layer="parcels").to_crs(3947)
    red = parcels.union_all().centroid.buffer(600)
    folder = a_campaign(
        tmp_path_factory.mktemp("commune"),
        "EPSG:3947",
        red,
        [
            a_source("parcels", source, layer="parcels", columns={"IDU": "parcel_id"}),
            a_source(
                "records",
                source,
                layer="buildings",
                kind="house",
                columns={"OBJECT_RID": "record_id"},
            ),
        ],
    )
    loaded = load(folder)
    patch.undo()
    return loaded, assess(loaded.campaign), parcels, red


def test_commune_counts_are_those_of_its_card(commune):
    loaded, assessment, _, _ = commune
    assert (len(loaded.campaign.parcels), len(loaded.campaign.records)) == (511, 252)
    assert loaded.files["rejected"].sum() == 0
    nothing_is_lost(loaded, assessment)


def test_commune_sheets_join_without_overlap(commune):
    _, assessment, _, _ = commune
    assert "parcel_overlap" not in set(assessment.findings["code"])
    assert not assessment.links["contested"].any()


def test_commune_straddlers_agree_with_a_plain_overlay(commune):
    loaded, assessment, _, _ = commune
    records, parcels = loaded.campaign.records, loaded.campaign.parcels
    overlay = gpd.overlay(
        records[["record_id", "geometry"]],
        parcels[["parcel_id", "geometry"]],
        how="intersection",
        keep_geom_type=True,
    )
    overlay["area"] = overlay.area
    overlay = overlay[overlay["area"] > 1e-6]
    links = assessment.links
    placed = links[links["method"].isin(["within", "overlap"]) & links["parcel_id"].notna()]
    both = overlay.merge(placed, on=["record_id", "parcel_id"], how="outer", indicator=True)
    assert (both["_merge"] == "both").all()
    assert (both["area"] - both["overlap"]).abs().max() < 1e-6
    assert 5 <= links.loc[links["method"] == "overlap", "record_id"].nunique() <= 20  # a few


def test_commune_red_line_is_blocked_until_it_is_acquired(commune):
    _, assessment, parcels, red = commune
    project = assessment.clean.projects.iloc[0]
    assert project["area_m2"] == pytest.approx(red.area, rel=1e-9)
    assert (project["verdict"], project["clean_m2"]) == ("not_clean", 0.0)
    pieces = assessment.clean.pieces
    gap = pieces.loc[pieces["reason"] == "gap", "area_m2"].sum()
    assert gap == pytest.approx(red.difference(parcels.union_all()).area, rel=1e-6)


def test_commune_is_clean_but_for_its_houses_once_acquired(commune):
    from landgis import clean_land, protection_zones

    loaded, assessment, parcels, red = commune
    campaign = loaded.campaign
    acquired = campaign.parcels.assign(agreed_on=pd.Timestamp("2023-01-01"))
    clean = clean_land(
        campaign.projects,
        acquired,
        campaign.records,
        protection_zones(campaign.power_lines),
        links=assessment.links,
        as_of="2024-01-01",
        acquired_when="agreed",
    )
    houses = campaign.records.union_all()
    expected = red.intersection(parcels.union_all()).difference(houses).area
    assert clean.projects["clean_m2"].iloc[0] == pytest.approx(expected, rel=1e-6)
    stated = campaign.parcels["stated_area_mu"]
    assert stated.isna().all()  # SUPF is in m2 and nobody said so; nothing is guessed
    assert to_mu(parcels.area.sum()) > 0


def test_commune_map_opens_and_finds_its_parcels(commune, tmp_path):
    _, assessment, parcels, red = commune
    made = battle_map(map_sheet(assessment, "P1"), language="en")
    made.save(tmp_path / "commune.html")
    inside = parcels[parcels.intersection(red).area > 1e-6]
    with chromium() as browser, opened(browser, tmp_path / "commune.html") as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        codes = seen.ask("() => landgis.sheet.layers.parcels.columns.parcel_id")
        assert set(codes) == set(inside["IDU"])
        seen.page.fill("#landgis-search", codes[0])
        seen.page.press("#landgis-search", "Enter")
        assert seen.ask("() => document.querySelector('.card').dataset.id") == codes[0]
        assert (seen.requests, seen.words) == ([], [])


@pytest.fixture(scope="module")
def town(shared_data, tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("LANDGIS_KEY", str(tmp_path_factory.mktemp("office") / "household.key"))
    source = shared_data("bayreuth_osm") / "bayreuth.gpkg"
    lines = gpd.read_file(source, layer="power_lines").to_crs(25832)
    red = lines[lines["voltage"].notna()].union_all().centroid.buffer(800)
    folder = a_campaign(
        tmp_path_factory.mktemp("town"),
        "EPSG:25832",
        red,
        [
            a_source("power_lines", source, layer="power_lines", columns={"osm_ref": "line_id"}),
            a_source("parcels", source, layer="landuse", columns={"osm_ref": "parcel_id"}),
            a_source(
                "records", source, layer="buildings", kind="house", columns={"osm_ref": "record_id"}
            ),
        ],
    )
    loaded = load(folder)
    patch.undo()
    return loaded, assess(loaded.campaign), lines


def test_town_has_two_lines_of_110_kv_and_the_rest_is_unknown(town):
    loaded, assessment, lines = town
    zones = assessment.zones
    known = zones[zones["half_width_m"].notna()]
    assert known["voltage_kv"].tolist() == [110.0, 110.0]
    assert (known["distance_m"] == 10.0).all()  # Article 10: 35-110 kV
    counts = assessment.findings["code"].value_counts()
    assert counts["voltage_missing"] == len(lines) - 2 == 49
    assert counts["voltage_in_volts"] == 2  # OSM writes 110000
    assert counts["edge_offset_default"] == 2
    nothing_is_lost(loaded, assessment)


def test_town_zones_are_bands_along_their_axes(town):
    _, assessment, lines = town
    zones = assessment.zones.set_index("line_id")
    axes = lines.set_index("osm_ref")
    for line_id in zones.index[zones["half_width_m"].notna()]:
        half = zones.loc[line_id, "half_width_m"]
        axis = axes.geometry[line_id]
        band = zones.geometry[line_id]
        # round at the angle towers, flat at the ends: near 2 x half-width x length
        assert band.area == pytest.approx(2 * half * axis.length, rel=0.01)
        assert shapely.hausdorff_distance(band, axis) <= half * 1.01


def test_town_what_the_zones_meet_agrees_with_a_distance(town):
    loaded, assessment, lines = town
    law = assessment.zones[assessment.zones["half_width_m"].notna()]
    met = gpd.sjoin(loaded.campaign.records, law[["line_id", "geometry"]], predicate="intersects")
    axes = lines[lines["voltage"].notna()].union_all()
    near = loaded.campaign.records.distance(axes) < law["half_width_m"].iloc[0]
    assert set(met["record_id"]) == set(loaded.campaign.records.loc[near, "record_id"])


def test_town_missing_voltages_leave_no_silent_verdict(town):
    _, assessment, _ = town
    project = assessment.clean.projects.iloc[0]
    assert project["verdict"] == "not_clean"  # nothing is acquired, which is known
    assert project["clean_m2"] == 0


@pytest.fixture(scope="module")
def city(shared_data, tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("LANDGIS_KEY", str(tmp_path_factory.mktemp("office") / "household.key"))
    source = shared_data("cambridge_ma")
    stones = gpd.read_file(source / "headstones.gpkg").to_crs(CAMBRIDGE)
    red = stones.union_all().centroid.buffer(700)
    folder = a_campaign(
        tmp_path_factory.mktemp("city"),
        CAMBRIDGE,
        red,
        [
            a_source("parcels", source / "parcels_fy2014.gpkg", columns={"ML": "parcel_id"}),
            a_source(
                "records", source / "headstones.gpkg", kind="grave", columns={"id": "record_id"}
            ),
        ],
    )
    loaded = load(folder)
    patch.undo()
    raw = gpd.read_file(source / "parcels_fy2014.gpkg")
    return loaded, assess(loaded.campaign), raw


def test_city_nothing_vanishes(city):
    loaded, assessment, _ = city
    assert (len(loaded.campaign.parcels), len(loaded.campaign.records)) == (13_116, 41_673)
    assert loaded.files["rejected"].sum() == 0
    nothing_is_lost(loaded, assessment)


def test_city_every_oddity_is_a_finding(city):
    loaded, assessment, raw = city
    found = assessment.findings
    invalid = {one for ids in found.loc[found["code"] == "geometry_invalid", "ids"] for one in ids}
    parcels = loaded.campaign.parcels
    drawn = parcels.geometry.notna()
    assert invalid == set(parcels.loc[drawn & ~parcels.is_valid, "parcel_id"])
    # 37 in degrees by GEOS; reprojecting heals or breaks a few at the last digit
    assert abs(len(invalid) - int((~raw.is_valid).sum())) <= 3
    assert raw.is_empty.sum() == (~drawn).sum() == 1
    dashes = raw["ML"].fillna("-").str.fullmatch(r"-+")  # "-" and "---" are no ids
    made_up = parcels["parcel_id"].str.contains("#").sum()
    assert made_up == dashes.sum() + raw.loc[~dashes, "ML"].duplicated().sum()
    assert parcels["parcel_id"].is_unique
    assert {"parcel_overlap", "id_repeated", "id_missing", "geometry_missing"} <= set(found["code"])


def test_city_overlaps_agree_with_a_self_join(city):
    loaded, assessment, _ = city
    parcels = loaded.campaign.parcels
    usable = parcels[parcels.geometry.notna() & parcels.is_valid]
    left, right = usable.sindex.query(usable.geometry, predicate="intersects")
    pairs = left < right
    shapes = usable.geometry.to_numpy()
    common = shapely.area(shapely.intersection(shapes[left[pairs]], shapes[right[pairs]]))
    found = assessment.findings
    codes = ["parcel_overlap", "parcel_duplicate", "parcel_sliver"]
    listed = found[found["code"].isin(codes) & (found["ids"].str.len() == 2)]
    assert listed["area_m2"].max() == pytest.approx(common.max(), abs=1e-6)
    assert listed["area_m2"].sum() == pytest.approx(common[common > 1e-6].sum(), rel=1e-3)


def test_city_graves_outside_every_parcel_keep_a_row(city):
    loaded, assessment, _ = city
    links = assessment.links
    outside = links[links["method"] == "outside"]
    assert outside["parcel_id"].isna().all()
    usable = loaded.campaign.parcels
    usable = usable[usable.geometry.notna() & usable.is_valid]
    stones = loaded.campaign.records
    tree = shapely.STRtree(usable.geometry.to_numpy())
    near, _ = tree.query(stones.geometry.to_numpy(), predicate="dwithin", distance=2.0)
    assert len(outside) == len(stones) - len(set(near))


def test_new_on_a_commune_gives_a_campaign_that_loads(shared_data, tmp_path):
    source = shared_data("fr_cadastre_25354") / "cadastre_25354.gpkg"
    county = tmp_path / "county"
    county.mkdir()
    for layer in ("parcels", "buildings"):
        frame = gpd.read_file(source, layer=layer)
        frame.to_file(county / f"{layer}.gpkg")
    begun = new(county, language="en")
    assert dict(zip(begun.roles["source_file"], begun.roles["layer"], strict=True)) == {
        "buildings.gpkg": "records",
        "parcels.gpkg": "parcels",
    }
    load(county)
    campaign = open_campaign(county)
    assert (len(campaign.parcels), len(campaign.records)) == (511, 252)
    # Lambert-93 is 9e-4 off the ground here, so a CRS that is true was proposed instead
    assert campaign.settings.campaign.crs != "EPSG:2154"
    assess(campaign)
