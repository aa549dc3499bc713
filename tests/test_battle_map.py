"""The battle map in headless Chromium with the network off, on a hand-made project."""

import base64
import json
import re

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from browser import chromium, opened
from map_world import AS_OF, CRS, EAST, NORTH, STAGES, frame, parcels, sheet
from shapely import Point, STRtree, box, polygons
from shapely import points as make_points

from landgis.base.crs import to_display
from landgis.base.errors import OutputError, TableError
from landgis.outputs.battle_map import COLUMNS, OrthoImage, battle_map

#: one grey pixel
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mM0Nzf/DwAD2AG+Jh1BuQAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def world():
    bounds = to_display(parcels().iloc[:59]).total_bounds
    return sheet(image=OrthoImage(PICTURE, tuple(bounds), AS_OF, "ortho.tif"))


@pytest.fixture(scope="module")
def maps(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    paths = {}
    for language in ("zh", "en"):
        paths[language] = folder / f"{language}.html"
        battle_map(world, language=language).save(paths[language])
    return paths


@pytest.fixture
def zh(browser, maps):
    with opened(browser, maps["zh"]) as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        yield seen
        assert seen.requests == []
        assert seen.words == []


def click_at(seen, shape):
    """Click the map where a shape in degrees lies; return the cards that answer."""
    x, y = seen.ask(
        "([y, x]) => { const p = landgis.map.latLngToContainerPoint([y, x]);"
        " const b = landgis.map.getContainer().getBoundingClientRect();"
        " return [p.x + b.left, p.y + b.top]; }",
        [shape.y, shape.x],
    )
    seen.page.mouse.click(x, y)
    return seen.ask(
        "() => [...document.querySelectorAll('.card')].map(c => [c.dataset.layer, c.dataset.id])"
    )


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080), (390, 844)])
def test_it_opens_offline_without_a_word_and_is_not_blank(browser, maps, size):
    with opened(browser, maps["zh"], width=size[0], height=size[1]) as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        seen.page.wait_for_timeout(300)
        colours = seen.ask(
            "() => { const c = document.querySelector('.folium-map canvas');"
            " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            " const s = new Set(); for (let i = 0; i < d.length; i += 4)"
            " s.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]); return s.size; }"
        )
        assert colours > 20
        assert not seen.ask("() => document.documentElement.scrollWidth > innerWidth")
        assert seen.requests == []
        assert seen.words == []


def test_a_click_finds_the_parcel_that_geopandas_finds(zh, world):
    fields = to_display(world.parcels)
    drawn = fields[fields.geometry.notna()]
    points = drawn.representative_point()
    tree = STRtree(drawn.geometry.to_numpy())
    clicked = 0
    for point in points.iloc[::4]:
        # the legend and the search card lie on the map; a click there is not one on the ground
        covered = zh.ask(
            "([y, x]) => { const p = landgis.map.latLngToContainerPoint([y, x]);"
            " const b = landgis.map.getContainer().getBoundingClientRect();"
            " const e = document.elementFromPoint(p.x + b.left, p.y + b.top);"
            " return !landgis.map.getContainer().contains(e) || !!e.closest('.leaflet-control'); }",
            [point.y, point.x],
        )
        if covered:
            continue
        clicked += 1
        expected = set(drawn["parcel_id"].iloc[tree.query(point, predicate="intersects")])
        cards = click_at(zh, point)
        assert {code for layer, code in cards if layer == "parcels"} == expected
    assert clicked >= 8


def test_a_hole_and_a_place_outside_answer_with_nothing(zh, world):
    fields = to_display(world.parcels)
    holed = next(
        shape for shape in fields.geometry if shape is not None and getattr(shape, "interiors", ())
    )
    from shapely import Polygon

    cards = click_at(zh, Polygon(holed.interiors[0]).representative_point())
    assert [card for card in cards if card[0] == "parcels"] == []


def test_search_finds_exact_partial_and_says_when_nothing(zh, world):
    code = "青石村-2组-007"
    zh.page.fill("#landgis-search", "2组-007")
    assert zh.ask(
        "() => [...document.querySelectorAll('#landgis-found li')].map(l => l.dataset.code)"
    ) == [code]
    zh.page.press("#landgis-search", "Enter")
    assert zh.ask("() => document.querySelector('.card').dataset.id") == code
    shape = to_display(world.parcels).set_index("parcel_id").geometry[code]
    south, west, north, east = zh.ask(
        "() => { const b = landgis.map.getBounds();"
        " return [b.getSouth(), b.getWest(), b.getNorth(), b.getEast()]; }"
    )
    assert box(west, south, east, north).contains(shape)
    zh.page.fill("#landgis-search", "不存在")
    assert "不存在" in zh.ask("() => document.querySelector('.found-note').textContent")
    zh.page.fill("#landgis-search", "青石村")
    assert zh.ask("() => document.querySelectorAll('#landgis-found li').length") == 12


def test_the_keyboard_chooses_from_the_list(zh):
    zh.page.fill("#landgis-search", "1组-01")
    codes = zh.ask(
        "() => [...document.querySelectorAll('#landgis-found li')].map(l => l.dataset.code)"
    )
    zh.page.press("#landgis-search", "ArrowDown")
    zh.page.press("#landgis-search", "Enter")
    assert zh.ask("() => document.querySelector('.card').dataset.id") == codes[1]
    zh.page.keyboard.press("Escape")
    assert zh.ask("() => document.querySelectorAll('.card').length") == 0


def test_a_story_tells_dates_and_source_and_no_person(zh, world):
    code = "青石村-1组-006"
    zh.ask(
        "code => { const { parcel_id } = landgis.sheet.layers.parcels.columns;"
        " landgis.choose([{ name: 'parcels', i: parcel_id.indexOf(code) }], true); }",
        code,
    )
    told = zh.page.inner_text(".card")
    row = world.parcels.set_index("parcel_id").loc[code]
    assert "parcels.shp" in told
    assert str(row["source_row"]) in told
    assert row["team"] in told
    assert "4.62" in told
    assert "张三" not in zh.page.content()


def test_the_panel_tells_figures_and_unknown_is_not_zero(zh):
    told = zh.page.inner_text("#landgis-panel")
    for words in (
        "未净地",
        "净地期限",
        "还有 78 天",
        "坟墓",
        "203.15",
        "286.44",
        "县委副书记",
        "97.02",
    ):
        assert words in told, words
    rows = zh.ask(
        "() => [...document.querySelectorAll('.indicators tbody tr')].map(r => r.innerText)"
    )
    removal = next(row for row in rows if "拆除地上附着物" in row)
    assert "—" in removal
    assert "0" not in removal
    assert "约" in next(row for row in rows if "清表青苗" in row)


def test_layers_can_be_switched_and_the_ground_recoloured(zh):
    shown = "() => landgis.sheet.shown.kind_house"
    assert zh.ask(shown)
    zh.page.uncheck("[data-toggle=kind_house]")
    assert not zh.ask(shown)
    assert zh.page.locator(".leaflet-image-layer").count() == 1
    zh.page.uncheck("[data-toggle=image]")
    assert zh.page.locator(".leaflet-image-layer").count() == 0
    zh.page.locator("input[name=ground][value=state]").check(force=True)
    legend = zh.page.inner_text("#landgis-legend")
    assert "受限" in legend
    assert "已签协议" not in legend


def test_a_click_on_a_zone_tells_voltage_and_relocation(zh, world):
    axis = to_display(world.power_lines).geometry.iloc[0]
    cards = click_at(zh, axis.interpolate(0.03, normalized=True))
    assert ("zones", "110kV云石线") in {tuple(card) for card in cards} or (
        "power_lines",
        "110kV云石线",
    ) in {tuple(card) for card in cards}
    told = zh.page.inner_text("#landgis-panel")
    assert "110" in told
    assert "2023年4月30日" in told


def test_english_speaks_english(browser, maps):
    with opened(browser, maps["en"]) as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        told = seen.page.inner_text("#landgis-panel") + seen.page.inner_text("#landgis-legend")
        for words in ("Not clean", "not clean", "protection zone"):
            if words in told:
                break
        else:
            pytest.fail("no English words")
        assert "未净地" not in told
        assert seen.words == []


HOSTILE = '</script><img src=x onerror="window.hacked=1"><b>'


def test_hostile_values_do_nothing(browser, tmp_path):
    fields = parcels()
    fields["parcel_id"] = [f"{HOSTILE}{i}" for i in range(60)]
    fields["land_use"] = HOSTILE
    made = battle_map(
        sheet(parcels=fields, project_name=HOSTILE, campaign_name="${1}{{7*7}}" + HOSTILE)
    )
    made.save(tmp_path / "m.html")
    with opened(browser, tmp_path / "m.html") as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        seen.ask("() => landgis.choose([{name: 'parcels', i: 3}], true)")
        seen.page.fill("#landgis-search", "img")
        assert seen.ask("() => window.hacked") is None
        assert seen.ask("() => document.images.length") == 0
        assert HOSTILE in seen.page.inner_text(".card h2")
        assert (seen.requests, seen.words) == ([], [])


def test_a_users_own_layers_with_popups_work_offline(browser, world, tmp_path):
    made = battle_map(world)
    spot = to_display(parcels().iloc[:1]).geometry.iloc[0].representative_point()
    folium.Marker([spot.y, spot.x], popup="自己的点", tooltip="t").add_to(made)
    shape = gpd.GeoDataFrame({"name": ["x"]}, geometry=[spot.buffer(1e-4)], crs=4326)
    folium.GeoJson(shape, popup=folium.GeoJsonPopup(["name"])).add_to(made)
    made.save(tmp_path / "m.html")
    with opened(browser, tmp_path / "m.html") as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        seen.page.locator(".leaflet-marker-icon").click()
        seen.page.wait_for_selector(".leaflet-popup-content")
        assert "自己的点" in seen.page.inner_text(".leaflet-popup-content")
        assert (seen.requests, seen.words) == ([], [])


@pytest.mark.parametrize(
    "layer",
    [
        folium.TileLayer("https://tiles.example.org/{z}/{x}/{y}.png", attr="x"),
        folium.Marker([24, 114], icon=folium.Icon(color="red")),
    ],
    ids=["tiles", "awesome icon"],
)
def test_a_layer_that_needs_an_outside_address_is_refused(world, layer):
    made = battle_map(world)
    layer.add_to(made)
    with pytest.raises(OutputError, match=r"https?://"):
        made.get_root().render()


def embedded(made):
    page = made.get_root().render()
    found = re.search(
        r'<script type="application/json" id="landgis-data">(.*?)</script>', page, re.S
    )
    return json.loads(found[1]), page


def test_only_listed_columns_are_in_the_page(world):
    data, page = embedded(battle_map(world))
    for name, layer in data["layers"].items():
        own = {column for column in layer["columns"] if not column.endswith("_word")} - {"gone"}
        assert own <= set(COLUMNS[name]), name
    assert "张三" not in page
    assert "H12" not in json.dumps(data["layers"]["records"])  # households stay in the office


def test_other_editions_tell_less():
    public, page = embedded(battle_map(sheet(edition="public")))
    for name in ("parcels", "pieces", "records", "zones", "power_lines"):
        assert public["layers"][name]["size"] == 0
    assert "县委副书记" not in page
    assert "第1工作组.xlsx" not in page
    village, page = embedded(battle_map(sheet(edition="village")))
    assert village["layers"]["parcels"]["size"] == 60
    assert "第一工作组" not in json.dumps(village, ensure_ascii=False)


def test_the_same_sheet_gives_the_same_bytes(world):
    assert battle_map(world).get_root().render() == battle_map(world).get_root().render()


REFUSALS = [
    ({"verdict": "great"}, OutputError, "great"),
    ({"edition": "secret"}, OutputError, "secret"),
    ({"parcels": parcels().assign(stage="dancing")}, OutputError, "dancing"),
    ({"parcels": parcels().drop(columns="parcel_id")}, TableError, "parcel_id"),
]


@pytest.mark.parametrize(("change", "error", "says"), REFUSALS)
def test_what_has_no_style_or_no_name_is_refused(change, error, says):
    with pytest.raises(error, match=says):
        battle_map(sheet(**change))


def test_an_old_browser_gets_a_sentence(maps):
    page = maps["zh"].read_text(encoding="utf-8")
    assert '<meta name="renderer" content="webkit">' in page
    assert 'class="old-browser"' in page
    plain = re.sub(r"<script>.*?</script>|/\*.*?\*/", "", page, flags=re.DOTALL)
    assert "://" not in plain


def test_a_sheet_of_nothing_still_opens(browser, tmp_path):
    whole = sheet()
    nothing = {name: getattr(whole, name).iloc[:0] for name in COLUMNS}
    battle_map(sheet(**nothing)).save(tmp_path / "m.html")
    with opened(browser, tmp_path / "m.html") as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        assert seen.words == []


def test_points_answer_within_reach(zh, world):
    graves = to_display(world.records[world.records["kind"] == "grave"])
    spot: Point = graves.geometry.iloc[0]
    zh.ask("([y, x]) => landgis.map.setView([y, x], 19, {animate: false})", [spot.y, spot.x])
    cards = click_at(zh, spot)
    assert ["records", graves["record_id"].iloc[0]] in cards


def drawn_length(points):
    """Return how many records of the page have a shape."""
    return int(points.geometry.notna().sum())


def test_the_legend_counts_what_is_drawn_and_says_what_has_no_shape(zh, world):
    crops = world.records[world.records["kind"] == "special_crop"]
    entry = zh.page.locator(".entry", has=zh.page.locator("[data-toggle=kind_special_crop]"))
    assert entry.locator("small").inner_text() == str(drawn_length(crops))
    missing = len(world.records) - drawn_length(world.records)
    assert missing > 0
    assert f"{missing} 项登记没有图形" in zh.page.inner_text("#landgis-legend")


def test_a_lifted_zone_is_told_from_one_that_holds(browser, world, tmp_path):
    zones = world.zones.assign(
        zone=["lifted", "protection", "protection"],
        status=["relocated", "live", "live"],
        relocated_on=[AS_OF, pd.NaT, pd.NaT],
    )
    battle_map(sheet(zones=zones)).save(tmp_path / "m.html")
    with opened(browser, tmp_path / "m.html") as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        entries = seen.ask(
            "() => [...document.querySelectorAll('[data-group=power] [data-toggle^=zone_]')]"
            ".map(e => e.dataset.toggle)"
        )
        assert entries == ["zone_protection", "zone_lifted", "zone_unknown"]
        assert seen.words == []


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_the_meaning_of_the_colours_is_in_sight_at_once(browser, maps, size):
    with opened(browser, maps["zh"], width=size[0], height=size[1]) as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        assert seen.page.get_by_text("已签协议").first.is_visible()
        hidden = seen.ask(
            "() => { const b = document.getElementById('landgis-legend').getBoundingClientRect();"
            " return b.bottom > innerHeight || b.right > innerWidth; }"
        )
        assert not hidden
        assert seen.page.locator("[data-toggle=kind_house]").is_visible() == (size[0] > 1200)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_figure_is_cut_off_on_a_small_screen(browser, maps, language):
    with opened(browser, maps[language], width=1024, height=768) as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        room = "e => e.scrollWidth - e.clientWidth"
        assert seen.page.locator("#landgis-panel-body").evaluate(room) == 0
        assert seen.page.locator("#landgis-legend").evaluate(room) == 0


def test_the_panel_folds_and_the_map_takes_its_room(zh):
    width = "() => landgis.map.getSize().x"
    before = zh.ask(width)
    zh.page.click("#landgis-fold")
    assert zh.ask(width) > before + 200
    zh.page.click("#landgis-fold")
    assert zh.ask(width) == before


def large_sheet(parcels_count, points_count):
    """Return a sheet of round fields in rows with graves strewn over them, from a fixed seed."""
    random = np.random.default_rng(7)
    side = int(np.ceil(np.sqrt(parcels_count)))
    number = np.arange(parcels_count)
    turn = np.linspace(0, 2 * np.pi, 15)[:-1]
    middle = np.column_stack([EAST + number % side * 40, NORTH + number // side * 40])
    ring = 18 * np.column_stack([np.cos(turn), np.sin(turn)])
    fields = gpd.GeoDataFrame(
        {
            "parcel_id": [f"S-{k:05d}" for k in number],
            "stage": np.array(STAGES)[random.integers(0, len(STAGES), parcels_count)],
        },
        geometry=polygons(middle[:, None, :] + ring[None, :, :]),
        crs=CRS,
    )
    at = random.uniform(0, side * 40, (points_count, 2)) + np.array([EAST, NORTH])
    graves = gpd.GeoDataFrame(
        {"record_id": [f"G{k}" for k in range(points_count)], "kind": "grave", "stage": "surveyed"},
        geometry=make_points(at),
        crs=CRS,
    )
    red = frame([{"project_id": "P"}], [box(*fields.total_bounds)])
    return sheet(
        parcels=fields,
        records=graves,
        pieces=fields.iloc[:0][["parcel_id", "geometry"]],
        red_line=red,
    )


def test_thirteen_thousand_parcels_and_forty_thousand_graves(browser, tmp_path):
    battle_map(large_sheet(13_000, 40_000)).save(tmp_path / "m.html")
    assert (tmp_path / "m.html").stat().st_size < 10_000_000
    with opened(browser, tmp_path / "m.html", width=1920, height=1080) as seen:
        seen.page.wait_for_selector("body[data-ready=yes]")
        seen.page.fill("#landgis-search", "S-12999")
        seen.page.press("#landgis-search", "Enter")
        assert seen.ask("() => document.querySelector('.card').dataset.id") == "S-12999"
        assert (seen.requests, seen.words) == ([], [])
