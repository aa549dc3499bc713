"""The word list, and the store: what goes in comes out the same, and a crash leaves the old one."""

import geopandas as gpd
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from shapely import LineString, Point, box

from landgis.base.errors import CampaignError, OutputError
from landgis.base.findings import finding, findings_frame, sentence
from landgis.base.schema import LAYERS, SOURCE_COLUMNS, conform, empty_layer, status_dates
from landgis.io.store import read_meta, read_store, write_store

GK38 = "EPSG:4526"


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_has_its_source_columns_and_an_empty_frame(name):
    frame = empty_layer(name, GK38)
    assert frame.empty
    assert [*LAYERS[name].names][-3:] == [*SOURCE_COLUMNS]
    assert isinstance(frame, gpd.GeoDataFrame) == (LAYERS[name].geometry != "none")
    assert_frame_equal(conform(frame, name), frame)


def test_dates_that_have_happened():
    assert "removed_on" in status_dates("records")
    assert "disputed_to" not in status_dates("parcels")
    assert status_dates("power_lines") == ()


def some_records():
    frame = pd.DataFrame(
        {
            "record_id": ["a", "b", "c"],
            "kind": ["house", "grave", "land"],
            "approx": [True, None, False],
            "quantity": [1.0, None, 12.5],
            "removed_on": pd.to_datetime(["2022-09-30", None, None]),
            "source_row": [1, 2, None],
        }
    )
    shapes = [box(0, 0, 1, 1), Point(2, 2), None]
    return conform(gpd.GeoDataFrame(frame, geometry=shapes, crs=GK38), "records")


def test_the_store_gives_back_what_it_was_given(tmp_path):
    records = some_records()
    found = findings_frame(
        [finding("code_unknown", layer="records", ids=["a", "b"], geometry=Point(1, 1), said="x")],
        GK38,
    )
    rows = {"project_id": ["P01"], "indicator": ["land"], "quantity": 3.0}
    tasks = conform(pd.DataFrame(rows), "tasks")
    meta = {"key": "k", "名": ["一"]}
    path = tmp_path / "campaign.gpkg"
    for _ in range(2):  # renewing is no trouble
        write_store(path, {"records": records, "findings": found, "tasks": tasks}, meta)
    layers = read_store(path, GK38)
    assert_frame_equal(pd.DataFrame(layers["records"]), pd.DataFrame(records))
    assert layers["records"].crs == records.crs
    assert layers["findings"]["ids"].tolist() == [["a", "b"]]
    assert_frame_equal(layers["tasks"], tasks)
    assert layers["parcels"].empty
    assert read_meta(path) == meta
    assert [one.name for one in tmp_path.iterdir()] == ["campaign.gpkg"]


def test_a_store_that_cannot_be_written_leaves_no_half_file(tmp_path):
    path = tmp_path / "campaign.gpkg"
    path.mkdir()  # what stands in the way cannot be replaced
    with pytest.raises(OutputError, match=r"campaign\.gpkg: cannot be written \("):
        write_store(path, {"records": some_records()}, {"n": 2})
    assert [one.name for one in tmp_path.iterdir()] == ["campaign.gpkg"]


def test_no_store_and_no_database_are_said(tmp_path):
    with pytest.raises(CampaignError, match=r"no store campaign.gpkg. Run landgis load"):
        read_store(tmp_path / "campaign.gpkg", GK38)
    (tmp_path / "campaign.gpkg").write_bytes(b"not a database at all")
    with pytest.raises(CampaignError, match="not a landgis store"):
        read_meta(tmp_path / "campaign.gpkg")


def test_a_finding_names_five_rows_and_a_count():
    row = finding("date_sources_differ", layer="parcels", ids=list("abcdefg"), dates=["agreed_on"])
    assert "a, b, c, d, e and 2 more" in sentence(row, "en")
    assert "另有 2 个" in sentence(row, "zh")


def test_an_empty_table_of_findings_has_its_columns():
    assert findings_frame([], GK38).columns.tolist() == empty_layer("findings").columns.tolist()


def test_lines_are_not_lost_in_a_mixed_layer(tmp_path):
    frame = conform(
        gpd.GeoDataFrame(
            {"name": ["road", "pond"]},
            geometry=[LineString([(0, 0), (1, 1)]), box(0, 0, 2, 2)],
            crs=GK38,
        ),
        "context",
    )
    write_store(tmp_path / "c.gpkg", {"context": frame}, {})
    back = read_store(tmp_path / "c.gpkg", GK38)["context"]
    assert back.geom_type.tolist() == ["LineString", "Polygon"]
