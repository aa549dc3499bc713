"""How outputs reach the disk: safe names, whole or not at all, the old file kept."""

import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landgis.base.errors import OutputError
from landgis.outputs.files import file_name, refuse_existing, write_beside, write_text
from landgis.outputs.layer_files import write_layers, write_table

NAMES = [
    (["P01", "作战图", "内部", "20221014"], "P01_作战图_内部_20221014.html"),
    (['甲/乙:丙*?"<>|丁\\戊'], "甲_乙_丙______丁_戊.html"),
    (["CON"], "_CON.html"),
    (["com1.txt"], "_com1.txt.html"),
    (["a. . "], "a.html"),
    ([""], "_.html"),
    (["一\n二\t三"], "一_二_三.html"),
]


@pytest.mark.parametrize(("parts", "name"), NAMES)
def test_names_that_every_system_bears(parts, name):
    assert file_name(parts, ".html") == name


@given(st.lists(st.text(min_size=0, max_size=80), min_size=1, max_size=4))
def test_any_name_can_be_written(parts):
    name = file_name(parts, ".html")
    assert len(name.encode()) <= 200
    assert not set('/\\:*?"<>|\n') & set(name)
    assert name.endswith(".html")
    assert not name.startswith(" ")


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "maps" / "a.txt"
    write_text(path, "one\n", replace=False)
    with pytest.raises(OutputError, match=r"a\.txt is there already"):
        write_text(path, "two\n", replace=False)

    def crash(beside):
        beside.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"a\.txt: cannot be written"):
        write_beside(path, crash, replace=True)
    assert path.read_text() == "one\n"
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]
    write_text(path, "two\n", replace=True)
    assert path.read_bytes() == b"two\n"


def test_what_stands_in_the_way_is_said_before_anything_is_written(tmp_path):
    there = write_text(tmp_path / "b.txt", "x", replace=False)
    with pytest.raises(OutputError, match=r"b\.txt is there already"):
        refuse_existing([tmp_path / "a.txt", there], replace=False)
    refuse_existing([there], replace=True)


def test_tables_go_to_csv_excel_and_geopackage(tmp_path):
    table = pd.DataFrame({"项目": ["P01"], "rate": [0.5], "on": pd.to_datetime(["2022-10-14"])})
    write_table(table, tmp_path / "t.csv", replace=False)
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert pd.read_csv(tmp_path / "t.csv")["项目"].tolist() == ["P01"]
    write_table(table, tmp_path / "t.xlsx", replace=False)
    assert pd.read_excel(tmp_path / "t.xlsx", engine="calamine")["rate"].tolist() == [0.5]
    write_table(table, tmp_path / "t.gpkg", replace=False)
    with pytest.raises(OutputError, match=r"t\.doc: this kind of file cannot be written"):
        write_table(table, tmp_path / "t.doc", replace=False)
    with pytest.raises(OutputError, match="cannot be written"):
        write_layers({"a": table, "b": table}, tmp_path / "t.geojson", replace=False)


def test_the_front_door_is_light_and_declares_its_names():
    script = (
        "import sys, landgis; heavy = {'pandera', 'folium', 'numba', 'matplotlib', 'rasterio',"
        " 'fiona', 'geopandas'} & set(sys.modules); assert not heavy, heavy;"
        " assert landgis.__all__ == sorted(landgis.__all__, key=lambda n: (n.isupper() is False,"
        " n[0].islower(), n)), landgis.__all__;"
        " [getattr(landgis, name) for name in landgis.__all__]"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
