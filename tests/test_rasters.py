"""Orthophotos: warped to where they are, within their budget, white where they have nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio
from handed_over import require_one_line
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from landgis.base.errors import CRSError, LandgisError, SourceError
from landgis.io.rasters import read_image

EAST, NORTH = 38_511_000.0, 2_650_000.0


def photo(path: Path, bands: np.ndarray, crs: str | None = "EPSG:4526", **more: object) -> Path:
    """Write an image of 1 m pixels whose north-west corner is EAST, NORTH."""
    count, height, width = bands.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=count,
        height=height,
        width=width,
        dtype=bands.dtype,
        crs=crs,
        transform=from_origin(EAST, NORTH, 1.0, 1.0),
        **more,
    ) as file:
        file.write(bands)
    return path


def halves(height: int = 80, width: int = 60) -> np.ndarray:
    """West red, east green."""
    bands = np.zeros((3, height, width), dtype=np.uint8)
    bands[0, :, : width // 2] = 200
    bands[1, :, width // 2 :] = 200
    return bands


def test_colours_lie_where_they_lay(tmp_path):
    picture = read_image(photo(tmp_path / "a.tif", halves()))
    assert picture is not None
    middle = picture.rgb[picture.rgb.shape[0] // 2]
    assert middle[len(middle) // 4].tolist() == [200, 0, 0]
    assert middle[3 * len(middle) // 4].tolist() == [0, 200, 0]
    assert picture.crs == "EPSG:4526"


def test_bounds_are_those_of_the_ground_in_degrees(tmp_path):
    picture = read_image(photo(tmp_path / "a.tif", halves()))
    assert picture is not None
    to_lonlat = pyproj.Transformer.from_crs(4526, 4490, always_xy=True)
    west, north = to_lonlat.transform(EAST, NORTH)
    east, south = to_lonlat.transform(EAST + 60, NORTH - 80)
    assert picture.bounds == pytest.approx((west, south, east, north), abs=2e-5)  # a pixel or two


def test_a_part_is_cut_out_and_what_does_not_meet_is_none(tmp_path):
    path = photo(tmp_path / "a.tif", halves())
    part = read_image(path, bounds=(EAST + 5, NORTH - 40, EAST + 25, NORTH - 20), crs="EPSG:4526")
    assert part is not None
    assert np.abs(part.rgb.astype(int) - [200, 0, 0]).max() == 0  # all in the red half
    assert (
        read_image(path, bounds=(EAST + 500, NORTH, EAST + 600, NORTH + 50), crs="EPSG:4526")
        is None
    )


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_the_jpeg_stays_within_its_budget_and_shows_the_same(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (3, 900, 900), dtype=np.uint8)
    picture = read_image(photo(tmp_path / "a.tif", noise), budget_bytes=40_000)
    assert picture is not None
    assert len(picture.jpeg) <= 40_000
    with MemoryFile(picture.jpeg) as memory, memory.open() as file:
        assert (file.height, file.width) == picture.rgb.shape[:2]


def test_grey_palette_sixteen_bit_alpha_and_nodata(tmp_path):
    grey = read_image(photo(tmp_path / "g.tif", np.full((1, 20, 20), 99, dtype=np.uint8)))
    assert grey is not None
    assert grey.rgb[10, 10].tolist() == [99, 99, 99]
    wide = np.linspace(0, 60_000, 400).astype(np.uint16).reshape(1, 20, 20).repeat(3, axis=0)
    stretched = read_image(photo(tmp_path / "w.tif", wide))
    assert stretched is not None
    assert stretched.rgb[2, 10, 0] < 60 < 200 < stretched.rgb[-3, 10, 0]
    alpha = np.concatenate([halves(40, 40), np.zeros((1, 40, 40), dtype=np.uint8)])
    hidden = read_image(photo(tmp_path / "h.tif", alpha, photometric="RGB", alpha="YES"))
    assert hidden is not None
    assert (hidden.rgb == 255).all()
    empty = read_image(photo(tmp_path / "n.tif", np.zeros((3, 20, 20), dtype=np.uint8), nodata=0))
    assert empty is not None
    assert (empty.rgb == 255).all()
    path = photo(tmp_path / "p.tif", np.full((1, 20, 20), 7, dtype=np.uint8), photometric="PALETTE")
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {7: (10, 20, 30, 255)})
    coloured = read_image(path)
    assert coloured is not None
    assert coloured.rgb[10, 10].tolist() == [10, 20, 30]


def test_no_crs_is_one_line_and_the_campaign_can_name_it(tmp_path):
    path = photo(tmp_path / "a.tif", halves(), crs=None)
    with pytest.raises(SourceError, match='crs = "EPSG:4526"'):
        read_image(path)
    assert read_image(path, image_crs="EPSG:4526") is not None
    with pytest.raises(CRSError):
        read_image(path, image_crs="EPSG:99")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "file_empty"),
        (b"GIF89a", "file_not_what_it_says"),
        (b"II*\x00" + b"\0" * 60, "file_unreadable"),
        (None, "file_missing"),
    ],
)
def test_what_is_no_image_is_one_line(tmp_path, raw, code):
    path = tmp_path / "a.tif"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(SourceError) as error:
        read_image(path)
    assert error.value.code == code


def test_a_real_tilted_footprint_is_white_outside(shared_data):
    path = shared_data("raster_ortho_drone") / "pix4d_alpha_nodata.tif"
    picture = read_image(path, budget_bytes=200_000)
    assert picture is not None
    assert picture.crs == "EPSG:32750"
    assert (picture.rgb[0, 0] == 255).all()
    assert (picture.rgb[-1, -1] == 255).all()
    white = (picture.rgb == 255).all(axis=2).mean()
    assert 0.05 < white < 0.6


@settings(max_examples=60)
@given(data=st.data())
def test_whatever_the_bytes_it_ends_in_an_answer_or_one_line(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "noise.tif"
    path.unlink(missing_ok=True)
    photo(path, halves(20, 20))
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw[: data.draw(st.integers(1, len(raw)))]))
    try:
        read_image(path, budget_bytes=20_000)
    except LandgisError as error:
        require_one_line(error)
