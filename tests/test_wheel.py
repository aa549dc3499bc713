"""The wheel is whole: rules, texts, map scripts and the demo county travel in it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.build import build_editable

ROOT = Path(__file__).resolve().parent.parent
CARRIED = {"landgis/base/rules/*.toml", "landgis/base/texts/*.toml", "landgis/outputs/map/*"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel from the checkout, with the build backend as it is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, check=True, cwd=ROOT, capture_output=True)
    (made,) = folder.glob("landgis-*.whl")
    return made


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory) -> Path:
    """Unpack the wheel into a folder of its own, as an installation would."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def installed(unpacked: Path, code: str) -> str:
    """Return what a Python prints that sees the wheel's landgis and not the checkout's."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(unpacked)!r}); {code}"],
        capture_output=True,
        check=True,
        cwd=unpacked,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    return told.stdout.strip()


@pytest.mark.parametrize("pattern", sorted({*CARRIED, "landgis/py.typed"}))
def test_the_data_of_the_package_is_carried(unpacked, pattern):
    here = {path.relative_to(ROOT): path.read_bytes() for path in ROOT.glob(pattern)}
    here = {name: data for name, data in here.items() if not name.name.endswith(".py")}
    assert here
    there = {name: (unpacked / name).read_bytes() for name in here if (unpacked / name).exists()}
    assert there == here


def test_the_demo_county_is_carried_byte_for_byte(unpacked):
    county = ROOT / "layers" / "demo"
    files = sorted(path.relative_to(county) for path in county.rglob("*") if path.is_file())
    assert Path("campaign.toml") in files
    carried = unpacked / "landgis" / "_demo"
    assert [
        name for name in files if (carried / name).read_bytes() != (county / name).read_bytes()
    ] == []


def test_an_installed_landgis_finds_its_demo_and_tells_its_version(unpacked):
    asked = "import landgis; print(landgis.__file__); print(landgis.demo_folder())"
    package, demo = installed(unpacked, asked).splitlines()
    assert Path(package) == unpacked / "landgis" / "__init__.py"
    assert Path(demo) == unpacked / "landgis" / "_demo"
    said = installed(unpacked, "from landgis.cli import main; main(['--version'])")
    assert said.splitlines()[0].startswith("landgis 0.")


def test_nothing_else_is_carried(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"landgis"}
    assert [
        name for name in names if "__pycache__" in name or name.endswith((".key", ".gpkg-wal"))
    ] == []


def test_an_editable_installation_lays_no_folder_in_the_way_of_the_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / build_editable(str(tmp_path))) as archive:
        names = {name.split("/")[0] for name in archive.namelist()}
    assert {name for name in names if not name.endswith((".dist-info", ".pth", ".py"))} == set()
