"""EDIGEO against the same sheets as GeoPackage, read by another program."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from handed_over import codes, require_one_line

from landgis.base.crs import transform
from landgis.base.errors import SourceError
from landgis.base.units import to_mu
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.vector.bulk import Bulk
from landgis.io.vector.edigeo import with_meaning
from landgis.workflow.sources import READERS

SHEETS = ("AB01", "AK01", "ZB01", "ZC01", "ZD01", "ZE01", "ZH01", "ZI01")


def read(path: Path, role: str = "parcels", **options: object) -> Reading:
    return READERS[path.suffix.lower()](path, role, SourceOptions(path=path.name, **options))  # type: ignore[arg-type]


@pytest.fixture
def scene(shared_data) -> Path:
    return shared_data("fr_cadastre_25354")


@pytest.fixture
def sheet(scene, tmp_path) -> Path:
    """Unpack one sheet; return its .THF."""
    with tarfile.open(scene / "edigeo" / "edigeo-25354000AB01.tar.bz2") as archive:
        archive.extractall(tmp_path / "sheet", filter="data")
    return next((tmp_path / "sheet").glob("*.THF"))


def test_the_parcels_are_those_of_the_geopackage(scene):
    oracle = gpd.read_file(scene / "cadastre_25354.gpkg", layer="parcels").set_index("IDU")
    readings = [read(one) for one in sorted((scene / "edigeo").glob("*.tar.bz2"))]
    assert len(readings) == len(SHEETS)
    for reading in readings:
        assert reading.frame.crs.to_epsg() == 2154
        assert reading.rejected.empty
        assert reading.notes["driver"] == "EDIGEO"
        assert (reading.frame["source_sheet"] == "PARCELLE_id").all()
    ours = pd.concat([one.frame for one in readings]).set_index("parcel_id")
    assert ours.index.is_unique
    assert set(ours.index) == set(oracle.index)
    ours = ours.loc[oracle.index]
    assert ours["stated_area_mu"].tolist() == pytest.approx((oracle["SUPF"] / 2000 * 3).tolist())
    assert gpd.GeoSeries(ours.geometry).geom_equals(oracle.geometry).all()
    here = transform(gpd.GeoDataFrame(ours, crs=2154), "EPSG:2154", layer="parcels")
    assert here.geometry.geom_equals(oracle.geometry).all()


def test_the_unit_of_the_stated_area_is_square_metres(sheet):
    reading = read(sheet)
    first = reading.frame.set_index("parcel_id").loc["354000AB0001"]
    assert first["stated_area_mu"] == pytest.approx(to_mu(226_060)) == pytest.approx(339.09)
    assert reading.notes["columns"] == {"IDU": "parcel_id", "SUPF (m2)": "stated_area_mu"}
    assert "unit_conflict" not in codes(reading.findings)


def test_the_user_may_name_columns_as_they_are_sent(sheet):
    reading = read(sheet, columns={"SUPF": "stated_area_mu", "IDU": "parcel_id"})
    assert reading.frame["stated_area_mu"].max() == pytest.approx(to_mu(226_060))


@pytest.mark.parametrize(
    ("name", "layer", "said", "meant"),
    [
        ("PARCELLE_id", "parcels", {}, {"SUPF (m2)": "stated_area_mu"}),
        ("PARCELLE_id", "parcels", {"SUPF": "note"}, {"SUPF (m2)": "note"}),
        ("PARCELLE_id", "parcels", {"X": "stated_area_mu"}, {"X": "stated_area_mu"}),
        ("SUBDFISC_id", "parcels", {}, {}),
        ("PARCELLE_id", "context", {}, {}),
    ],
)
def test_the_stated_area_is_that_of_parcels_unless_the_user_says_otherwise(
    name, layer, said, meant
):
    raw = pd.DataFrame({"SUPF": [1.0], "X": [2.0]})
    one = pd.Series([1])
    bulk = Bulk(raw, np.array([None], dtype=object), None, one, one, {})
    bulk, options = with_meaning(bulk, name, layer, SourceOptions(columns=said))
    assert dict(options.columns) == meant
    area = "SUPF (m2)" if (name, layer) == ("PARCELLE_id", "parcels") else "SUPF"
    assert list(bulk.raw) == [area, "X"]
    assert options.shown == ("OBJECT_RID",)


def test_other_classes_are_read_by_their_names(scene):
    oracle = gpd.read_file(scene / "cadastre_25354.gpkg", layer="buildings")
    path = scene / "edigeo" / "edigeo-25354000AK01.tar.bz2"
    houses = read(path, "records", layer="BATIMENT_id", kind="house").frame
    expected = oracle[oracle["sheet"] == "AK01"]
    assert len(houses) == len(expected) > 50
    assert houses.area.sum() == pytest.approx(expected.area.sum())
    stones = read(path, "records", layer="BORNE_id", kind="grave").frame
    assert set(stones.geom_type) == {"Point"}
    with pytest.raises(SourceError) as caught:
        read(path, "context")
    assert caught.value.code == "layer_question"
    require_one_line(caught.value)
    with pytest.raises(SourceError) as caught:
        read(path, layer="PARCELLES")
    assert caught.value.code == "layer_not_there"
    assert "PARCELLE_id" in str(caught.value)


def test_accents_are_those_of_the_file(sheet):
    for one in sheet.parent.glob("*.VEC"):
        raw = one.read_bytes().replace(b"SOIGNEMONS", b"SOIGN\xc9M\xd4NS")
        one.write_bytes(raw)
    names = read(sheet, "context", layer="LIEUDIT_id", columns={"TEX": "name"}).frame["name"]
    assert "BOIS DES SOIGNÉMÔNS" in names.tolist()


@pytest.mark.parametrize("gone", ["EDAB01T1.VEC", "EDAB01S1.VEC", "EDAB01SE.SCD", "EDAB01SE.GEO"])
def test_a_missing_file_of_a_sheet_is_named(sheet, gone):
    (sheet.parent / gone).unlink()
    with pytest.raises(SourceError) as caught:
        read(sheet)
    assert caught.value.code == "edigeo_incomplete"
    assert caught.value.facts["names"] == gone
    require_one_line(caught.value)


def test_names_in_small_letters_are_the_same_files(sheet):
    for one in list(sheet.parent.iterdir()):
        one.rename(one.with_name(one.name.lower()))
    assert len(read(sheet.parent / sheet.name.lower()).frame) == 14


def test_several_sheets_in_one_archive_are_a_question_and_all_on_demand(scene, tmp_path):
    path = tmp_path / "commune.tar.bz2"
    with tarfile.open(path, "w:bz2") as out:
        for name in SHEETS[:2]:
            with tarfile.open(scene / "edigeo" / f"edigeo-25354000{name}.tar.bz2") as archive:
                archive.extractall(tmp_path / name, filter="data")
            for one in sorted((tmp_path / name).iterdir()):
                out.add(one, f"{name}/{one.name}")
            shutil.rmtree(tmp_path / name)
    with pytest.raises(SourceError) as caught:
        read(path)
    assert caught.value.code == "archive_question"
    assert "AB01/E000AB01.THF" in str(caught.value)
    assert len(read(path, layer="AB01/E000AB01.THF").frame) == 14
    whole = read(path, layer="*")
    assert len(whole.frame) == 14 + 142
    assert whole.frame["parcel_id"].is_unique


def test_a_sheet_of_broken_bytes_is_an_answer_or_one_line(sheet):
    import random

    rng = random.Random(3)
    parts = [
        one for one in sheet.parent.iterdir() if one.suffix in (".VEC", ".SCD", ".GEO", ".DIC")
    ]
    sound = {one: one.read_bytes() for one in parts}
    for _ in range(30):
        one = rng.choice(parts)
        raw = bytearray(sound[one])
        for _ in range(rng.randint(1, 20)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        one.write_bytes(raw)
        try:
            reading = read(sheet)
        except SourceError as error:
            require_one_line(error)
        else:
            assert reading.rows_read == len(reading.frame) + len(reading.rejected)
        one.write_bytes(sound[one])
