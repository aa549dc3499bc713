"""Layers, sheets, folders and members called after people: known by number, whoever reads them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from test_demo_county import texts_of
from tiny_county import MANIFEST, PERSON, call, change, everything, write_county

from landgis.base.place_names import is_common, labels_of
from landgis.base.privacy import speaks_of_person

NAME, ID, PHONE = PERSON
WHO = [f"{NAME}{PHONE}", "慕容样本", NAME]
WEST, SOUTH = 114.0, 34.3


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path.parent / f"{tmp_path.name}.key"))
    return tmp_path


def folder(name: str, number: int, shape: str = "Polygon") -> str:
    """Return a folder with one placemark, a parcel 90 m wide or a point."""
    west, south = WEST + number * 0.002, SOUTH
    spots = [(0, 0), (0.001, 0), (0.001, 0.001), (0, 0.001), (0, 0)]
    corners = " ".join(f"{west + x:.4f},{south + y:.4f}" for x, y in spots)
    ring = f"<LinearRing><coordinates>{corners}</coordinates></LinearRing>"
    drawn = {
        "Polygon": f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>",
        "Point": f"<Point><coordinates>{west},{south}</coordinates></Point>",
    }[shape]
    mark = f"<Placemark><name>B{number}</name>{drawn}</Placemark>"
    return f"<Folder><name>{name}</name>{mark}</Folder>"


def phone(path: Path, *folders: str) -> Path:
    head = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
    path.write_text(f"{head}<Document>{''.join(folders)}</Document></kml>", encoding="utf-8")
    return path


def book(path: Path, *names: str) -> Path:
    """Write a ledger with a sheet of one record under each name."""
    with pd.ExcelWriter(path) as writer:
        for at, name in enumerate(names):
            row = {"房屋编号": [f"H{at}"], "户主": [NAME], "类别": ["房屋"], "宗地代码": ["A0"]}
            pd.DataFrame(row).to_excel(writer, sheet_name=name, index=False)
    return path


def package(path: Path, *names: str) -> Path:
    """Write a GeoPackage with a layer of one parcel under each name."""
    for at, name in enumerate(names):
        square = shapely.box(WEST, SOUTH + at, WEST + 0.001, SOUTH + at + 0.001)
        frame = gpd.GeoDataFrame({"宗地代码": [f"Z{at}"]}, geometry=[square], crs=4490)
        frame.to_crs(4526).to_file(path, layer=name, driver="GPKG")
    return path


@pytest.mark.parametrize(
    "name", ["宗地", "青石村三组", "房屋和坟墓", "2022年现状", "Power Lines", "-"]
)
def test_words_of_the_trade_places_and_ordinals_are_common(name):
    assert is_common(name)


@pytest.mark.parametrize(
    "name", [*WHO, "Zhang Wei", "zhangwei", "宗地 13800138000", "李面", "某某家"]
)
def test_what_may_be_a_person_is_not(name):
    assert not is_common(name)


NUMBERS = [
    PHONE,
    ID,
    "138 0013-8000",
    "＋8613800138000",
    "013800138000",
    "0771-1234567",
    "宗地" + ID,
]


@pytest.mark.parametrize("text", [*NUMBERS, "6222020200112233445"])
def test_numbers_of_people_are_seen_wherever_they_stand(text):
    assert speaks_of_person(f"a_{text}户")


@pytest.mark.parametrize(
    "text", ["2022-10-14", "530129001001JB00001", "530129001001", "parcels_2014"]
)
def test_days_and_codes_are_no_numbers_of_people(text):
    assert not speaks_of_person(text)


def test_labels_number_what_is_withheld_and_never_meet():
    names = ["宗地/张三/李四", "张三/宗地", "#2", "宗地", "*"]
    assert labels_of(names, is_common) == ["宗地/#1", "#2/宗地", "#3", "宗地", "#5"]


def held(found: list[str], folder: Path, said: str, inputs: set[str]) -> None:
    """Require that no name or number is in what was written or said."""
    for name, _ in everything(folder).items():
        if name not in inputs:
            text = texts_of(folder / name)
            assert not [one for one in found if one in text or one in name], name
    assert not [one for one in found if one in said]


def test_a_phone_with_a_folder_per_household_tells_nobody(here, capsys):
    county = write_county(here / "county")
    (county / "parcels.gpkg").unlink()
    folders = [folder(name, at) for at, name in enumerate(WHO)]
    phone(county / "parcels.kml", *folders, folder("房屋", 8), folder("界桩", 9, "Point"))
    book(county / "houses.xlsx", *WHO)
    change(county, '"parcels.gpkg"', '{ path = "parcels.kml", layer = "*", crs = "EPSG:4490" }')
    inputs = set(everything(county))
    said = ""
    for words in (
        ["inspect", county / "parcels.kml"],
        ["inspect", county / "parcels.kml", "--json"],
        ["inspect", county / "houses.xlsx"],
        ["load", county],
        ["load", county, "--json"],
        ["verify", county],
        ["export", county, "parcels", here / "o.xlsx"],
        ["export", county, "parcels", here / "o.geojson"],
    ):
        told = call(capsys, *words)
        assert told.code in (0, 1), told.err
        said += told.out + told.err
    held([*WHO, PHONE, "慕容样本"], here, said, {f"county/{one}" for one in inputs})
    assert "名称改以序号表示" in said
    frame = gpd.read_file(county / "campaign.gpkg", layer="parcels")
    places = frame[["parcel_id", "source_sheet", "source_row"]].to_numpy().tolist()
    # three folders are one layer, numbered as the file goes; 房屋 keeps its name
    assert places == [
        ["B0", "#Polygon", 1],
        ["B1", "#Polygon", 2],
        ["B2", "#Polygon", 3],
        ["B8", "房屋", 1],
    ]


def test_folders_known_by_number_are_offered_as_one_and_can_be_asked_for(here, capsys):
    phone(here / "宗地.kml", *(folder(name, at) for at, name in enumerate(WHO)))
    told = call(capsys, "inspect", "宗地.kml")
    assert '# parcels = { path = "宗地.kml", layer = "*", crs = "EPSG:4490" }' in told.out
    one = call(capsys, "inspect", "宗地.kml", "--sheet", "#2")
    assert "读入 1 行" in one.out
    asked = call(capsys, "inspect", "宗地.kml", "--sheet", "慕容样本")  # its sender's own name
    assert "读入 1 行" in asked.out
    (here / "campaign.toml").write_text(
        MANIFEST.split("projects")[0] + 'parcels = "宗地.kml"\n', encoding="utf-8"
    )
    refused = call(capsys, "load", ".")
    assert refused.code == 2
    assert "#1、#2、#3" in refused.err
    assert 'layer = "*"' in refused.err


def test_a_folder_per_parcel_is_one_layer(here, capsys):
    phone(here / "宗地.kml", *(folder(f"第{at}户", at) for at in range(30)))
    told = call(capsys, "inspect", "宗地.kml")
    assert '# parcels = { path = "宗地.kml", layer = "*", crs = "EPSG:4490" }' in told.out
    assert "读入 30 行" in told.out
    phone(here / "few.kml", *(folder(f"{at}组", at) for at in range(1, 4)))
    few = call(capsys, "inspect", "few.kml", "--layer", "parcels", "--json")
    assert all(f"{at}组" in few.out for at in range(1, 4))  # places that a campaign may choose


@pytest.mark.parametrize("kind", ["gpkg", "zip", "xlsx"])
def test_a_telephone_in_a_layer_a_member_or_a_sheet_is_withheld(here, capsys, kind):
    names = [f"{NAME}{PHONE}", f"宗地{ID}"]
    path = here / f"宗地.{kind}"
    if kind == "gpkg":
        package(path, *names)
    elif kind == "xlsx":
        book(path, *names)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.write(package(here / "inner.gpkg", "a"), f"{name}/宗地.gpkg")
        (here / "inner.gpkg").unlink()
    role = "records" if kind == "xlsx" else "parcels"
    manifest = MANIFEST.split("projects")[0] + f'{role} = {{ path = "{path.name}", layer = "*" }}\n'
    if kind == "xlsx":
        manifest = manifest.replace(', layer = "*"', "")
    (here / "campaign.toml").write_text(manifest, encoding="utf-8")
    said = ""
    for words in (
        ["inspect", path.name],
        ["inspect", path.name, "--layer", "tasks"],
        ["inspect", path.name, "--json"],
        ["load", "."],
        ["export", ".", role, "o.xlsx"],
    ):
        told = call(capsys, *words)
        said += told.out + told.err
    held([*names, NAME, PHONE, ID], here, said, {path.name})
    assert "#1" in said
    assert "#2" in said
    assert "places_numbered" in said
    part = {"gpkg": "#2", "zip": "#2/宗地.gpkg", "xlsx": "#2"}[kind]
    assert "读入 1 行" in call(capsys, "inspect", path.name, "--layer", role, "--sheet", part).out
