"""Progress, stages, safeguards, reports, homes: a village small enough to count by hand."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from landgis.base.errors import CampaignError, TableError
from landgis.base.schema import conform, empty_layer
from landgis.office.progress import complete_projects, find_progress, progress, project_rows
from landgis.office.ranking import district_rates, find_districts
from landgis.office.reports import find_reports
from landgis.office.resettlement import find_homes, homes_demand
from landgis.office.safeguards import (
    find_built_after_announcement,
    find_line_after_deadline,
    find_order,
)
from landgis.office.stages import PARCEL_STAGES, date_parcels, stage_on
from landgis.spatial.attribution import attribute
from landgis.spatial.corridors import protection_zones

GK38 = "EPSG:4526"
E, N = 38_500_000.0, 2_650_000.0
AS_OF = "2022-10-14"


def a_box(west, south, east, north):
    return box(E + west, N + south, E + east, N + north)


def frame(layer, rows, shapes=None):
    table = pd.DataFrame(rows)
    if shapes is None:
        return conform(table, layer)
    return conform(gpd.GeoDataFrame(table, geometry=shapes, crs=GK38), layer)


def day(text):
    return pd.Timestamp(text)


def the_projects():
    rows = {"project_id": ["P01", "P02"], "clean_by": [day("2022-12-31"), pd.NaT]}
    return frame("projects", rows, [a_box(0, 0, 100, 100), a_box(200, 0, 300, 100)])


def the_parcels():
    """Two parcels of 10 mu, the second half outside P01; one in P02 without stated area."""
    rows = {
        "parcel_id": ["A", "B", "C"],
        "village": "青石村",
        "group": ["1组", "1组", "2组"],
        "stated_area_mu": [10.0, 10.0, None],
        "agreed_on": [day("2022-09-01"), pd.NaT, pd.NaT],
        "team": ["一组", "一组", "二组"],
    }
    return frame(
        "parcels", rows, [a_box(0, 0, 50, 100), a_box(50, 0, 150, 100), a_box(200, 0, 300, 100)]
    )


def the_records():
    """Houses on A and B, two special crops of one household, graves of three pits, crops, land."""
    rows = {
        "record_id": ["h1", "h2", "s1", "s2", "g1", "c1", "L1"],
        "kind": ["house", "house", "special_crop", "special_crop", "grave", "crop", "land"],
        "parcel_id": [None, None, "A", "B", "A", "A", "A"],
        "household": ["H1", "H1", "H2", "H2", None, None, None],
        "quantity": [None, None, 2.0, 3.0, 3.0, 12.5, 10.0],
        "unit": [None, None, "mu", "mu", "grave", "mu", "mu"],
        "approx": [False, False, False, False, False, True, False],
        "agreed_on": [day("2022-09-01"), pd.NaT, day("2022-09-01"), day("2022-10-20")]
        + [pd.NaT] * 3,
        "removed_on": [pd.NaT] * 4 + [day("2022-10-01"), day("2022-10-14"), pd.NaT],
        "team": "一组",
    }
    shapes = [a_box(10, 10, 20, 20), a_box(60, 10, 70, 20), None, None, None, None, None]
    return frame("records", rows, shapes)


def figures(tasks=None, **options):
    parcels, records = the_parcels(), the_records()
    return progress(
        the_projects(),
        parcels,
        records,
        links=attribute(records, parcels),
        tasks=empty_layer("tasks") if tasks is None else tasks,
        as_of=options.pop("as_of", AS_OF),
        **options,
    )


def row(table, indicator, project_id="P01"):
    rows = project_rows(table)
    return rows[(rows["project_id"] == project_id) & (rows["indicator"] == indicator)].iloc[0]


def test_land_counts_stated_area_by_the_share_inside():
    land = row(figures(), "land")
    assert land["task"] == pytest.approx(15.0)  # 10 mu, and half of the next 10
    assert land["done"] == pytest.approx(10.0)
    assert land["left"] == pytest.approx(5.0)
    assert land["rate"] == pytest.approx(2 / 3)
    assert land["unit"] == "mu"


def test_land_by_plane_area_and_without_a_stated_one():
    plane = row(figures(area_basis="plane"), "land")
    assert plane["task"] == pytest.approx(15.0)  # 100 m x 100 m are 15 mu, half of them in A
    bare = row(figures(), "land", "P02")
    assert (bare["task"], bare["approx"], bare["done"]) == (pytest.approx(15.0), True, 0.0)


def test_houses_are_buildings_and_crops_distinct_households():
    table = figures()
    assert row(table, "house_agreement")[["task", "done", "left"]].tolist() == [2, 1, 1]
    assert row(table, "house_removal")[["task", "done", "left"]].tolist() == [2, 0, 2]
    assert row(table, "special_crop")[["task", "done"]].tolist() == [1, 0]  # the second came later
    assert row(figures(as_of="2022-10-20"), "special_crop")["done"] == 1


def test_graves_count_pits_and_cleared_crops_mu():
    assert row(figures(), "grave")[["task", "done", "rate"]].tolist() == [3, 3, 1.0]
    crop = row(figures(), "crop_clearing")
    assert (crop["task"], crop["done"], crop["approx"]) == (12.5, 12.5, True)
    assert row(figures(as_of="2022-10-13"), "crop_clearing")["done"] == 0


def test_since_counts_what_came_after_and_leaves_what_is_left():
    recent = row(figures(since="2022-10-01"), "crop_clearing")
    assert (recent["done"], recent["left"]) == (12.5, 0)
    assert row(figures(since="2022-10-01"), "grave")["done"] == 0
    assert row(figures(since="2022-09-30"), "grave")["done"] == 3


def test_a_task_goes_before_the_survey_and_zero_of_zero_is_no_rate():
    tasks = frame(
        "tasks", {"project_id": "P01", "indicator": ["grave", "attachment"], "quantity": [4.0, 0.0]}
    )
    table = figures(tasks)
    grave = row(table, "grave")
    assert (grave["task"], grave["left"], grave["task_source"]) == (4, 1, "task")
    attachment = row(table, "attachment")
    assert (attachment["task"], attachment["left"]) == (0, 0)
    assert pd.isna(attachment["rate"])
    assert pd.isna(row(figures(), "attachment")["task"])  # nothing surveyed: unknown, not zero


def test_blocks_teams_and_the_sum_have_rows_of_their_own():
    blocks = frame("blocks", {"block_id": ["B1"], "project_id": ["P01"]}, [a_box(0, 0, 50, 100)])
    table = figures(blocks=blocks)
    block = table[(table["block_id"] == "B1") & (table["indicator"] == "house_agreement")].iloc[0]
    assert (block["project_id"], block["task"], block["done"]) == ("P01", 1, 1)
    team = table[(table["team"] == "一组") & (table["indicator"] == "land")].iloc[0]
    assert team["task"] == pytest.approx(15.0)
    heads = table[["project_id", "block_id", "team"]].isna().all(axis=1)
    total = table[heads & (table["indicator"] == "land")].iloc[0]
    assert total["task"] == pytest.approx(30.0)


def test_what_has_no_shape_belongs_to_the_block_of_its_parcel():
    blocks = frame("blocks", {"block_id": ["B1"], "project_id": ["P01"]}, [a_box(0, 0, 50, 100)])
    table = figures(blocks=blocks)
    of_block = table[table["block_id"] == "B1"].set_index("indicator")["task"]
    assert of_block[["grave", "crop_clearing"]].tolist() == [3, 12.5]


def test_a_campaign_without_records_has_unknown_figures():
    nothing = empty_layer("records", GK38)
    parcels = the_parcels()
    table = progress(
        the_projects(),
        parcels,
        nothing,
        links=attribute(nothing, parcels),
        tasks=empty_layer("tasks"),
        as_of=AS_OF,
    )
    assert row(table, "land")["task"] == pytest.approx(15.0)
    assert pd.isna(row(table, "house_removal")["task"])


def test_a_partial_agreement_is_not_an_acquisition():
    parcels = the_parcels()
    parcels["agreed_share"] = [0.5, None, None]
    records = the_records()
    table = progress(
        the_projects(),
        parcels,
        records,
        links=attribute(records, parcels),
        tasks=empty_layer("tasks"),
        as_of=AS_OF,
    )
    assert row(table, "land")["done"] == 0


@settings(max_examples=15, deadline=None)
@given(shuffle=st.permutations(range(7)))
def test_the_order_of_records_changes_nothing(shuffle):
    parcels, records = the_parcels(), the_records().iloc[shuffle]
    again = progress(
        the_projects(),
        parcels,
        records,
        links=attribute(records, parcels),
        tasks=empty_layer("tasks"),
        as_of=AS_OF,
    )
    pd.testing.assert_frame_equal(again, figures())


def test_complete_means_nothing_left_anywhere():
    complete = complete_projects(figures())
    assert complete.to_dict() == {"P01": False, "P02": False}
    done = figures().assign(left=0.0)
    assert complete_projects(done)["P01"]


def test_tasks_that_differ_and_rates_over_one_are_found():
    tasks = frame(
        "tasks",
        {
            "project_id": "P01",
            "indicator": ["grave", "land", "crop_clearing"],
            "quantity": [2.0, 15.05, 12.5],
        },
    )
    found = find_progress(figures(), tasks)
    assert [(one["code"], one["ids"]) for one in found] == [
        ("task_differs", ["P01/grave"]),
        ("rate_over_one", ["P01/grave"]),
    ]


def test_refusals_of_progress():
    with pytest.raises(CampaignError, match="acquired_when cannot be 'signed'"):
        figures(acquired_when="signed")
    with pytest.raises(CampaignError, match="area_basis cannot be 'map'"):
        figures(area_basis="map")
    with pytest.raises(TableError, match="no column indicator, quantity"):
        figures(pd.DataFrame({"project_id": ["P01"]}))


def test_a_stage_is_the_highest_date_that_has_come():
    parcels = the_parcels()
    parcels["paid_on"] = [day("2022-10-14"), pd.NaT, day("2022-10-15")]
    assert stage_on(parcels, PARCEL_STAGES, AS_OF).tolist() == ["paid", "none", "none"]
    assert stage_on(parcels, PARCEL_STAGES, "2022-10-13").tolist() == ["agreed", "none", "none"]


def land(**columns):
    rows = {"record_id": ["L1", "L2"], "kind": "land"} | columns
    return frame("records", rows, [None, None])


def test_land_records_date_their_parcel_and_groups_date_all_of_theirs():
    records = land(
        parcel_id=["C", None],
        village=[None, "青石村"],
        group=[None, "1组"],
        agreed_on=[day("2022-09-05"), day("2022-09-09")],
        vacated_on=[day("2022-09-30"), pd.NaT],
        team=["三组", None],
    )
    dated, found = date_parcels(the_parcels(), records)
    assert dated["agreed_on"].tolist() == [day("2022-09-01"), day("2022-09-09"), day("2022-09-05")]
    assert dated["delivered_on"].tolist()[2] == day("2022-09-30")
    assert [(one["code"], one["ids"]) for one in found] == [("date_sources_differ", ["A"])]
    assert the_parcels()["agreed_on"].isna().sum() == 2  # the argument was left alone


def test_of_two_equal_sources_the_later_date_counts_and_is_said():
    records = land(parcel_id=["B", "B"], agreed_on=[day("2022-09-05"), day("2022-09-09")])
    dated, found = date_parcels(the_parcels(), records)
    assert dated["agreed_on"].tolist()[1] == day("2022-09-09")
    assert [one["ids"] for one in found] == [["B"]]


def test_no_land_records_change_nothing():
    dated, found = date_parcels(the_parcels(), empty_layer("records", GK38))
    pd.testing.assert_frame_equal(pd.DataFrame(dated), pd.DataFrame(the_parcels()))
    assert found == []


def test_steps_out_of_order_are_found_once_each():
    records = the_records()
    records["paid_on"] = [
        day("2022-08-31"),
        pd.NaT,
        pd.NaT,
        pd.NaT,
        day("2022-10-01"),
        pd.NaT,
        pd.NaT,
    ]
    parcels = the_parcels()
    parcels["cleared_on"] = [day("2022-09-02"), day("2022-09-02"), day("2022-12-01")]
    found = find_order(parcels, records, as_of=AS_OF)
    assert [(one["code"], one["ids"]) for one in found] == [
        ("paid_before_agreed", ["h1"]),
        ("paid_before_agreed", ["g1"]),  # paid with no agreement at all
        ("removed_before_paid", ["c1"]),
        ("cleared_before_agreed", ["B"]),
    ]


def test_what_is_built_after_the_announcement_inside_the_line_is_found():
    records, parcels = the_records(), the_parcels()
    records["built_on"] = [day("2022-08-23"), day("2022-08-22")] + [pd.NaT] * 5
    found = find_built_after_announcement(
        the_projects(),
        records,
        attribute(records, parcels),
        parcels,
        announced={"P01": "2022-08-23"},
        as_of=AS_OF,
    )
    assert [(one["ids"], one["project_id"]) for one in found] == [(["h1"], "P01")]


def test_a_line_that_outlives_the_deadline_is_found():
    lines = frame(
        "power_lines",
        {
            "line_id": ["L1", "L2"],
            "voltage_kv": "110",
            "status": ["to_relocate", "relocated"],
            "relocated_on": [day("2023-04-30"), day("2022-09-01")],
        },
        [Point(E, N + 50).buffer(1).boundary, Point(E, N + 50).buffer(1).boundary],
    )
    found = find_line_after_deadline(the_projects(), protection_zones(lines))
    assert [(one["ids"], one["project_id"]) for one in found] == [(["L1"], "P01")]


def test_missing_and_late_reports():
    rows = {
        "project_id": ["P01"] * 3,
        "day": [day("2022-10-11"), day("2022-10-12"), day("2022-10-14")],
        "received_at": [day("2022-10-11"), day("2022-10-13"), pd.NaT],
    }
    found = find_reports(frame("daily_reports", rows), as_of=AS_OF)
    assert [(one["code"], one["ids"]) for one in found] == [
        ("report_missing", ["P01/2022-10-13"]),
        ("report_late", ["P01/2022-10-12"]),
    ]
    assert find_reports(empty_layer("daily_reports"), as_of=AS_OF) == []


def test_homes_short_of_demand():
    zones = frame(
        "resettlement_zones",
        {"zone_id": ["Z1", "Z2", "Z3"], "homes": [2, 1, None]},
        [a_box(0, 0, 1, 1)] * 3,
    )
    homes = frame(
        "resettlements", {"household": ["a", "b", "b", "c"], "zone_id": ["Z1", "Z2", "Z2", "Z2"]}
    )
    assert homes_demand(zones, homes).tolist() == [1, 2, 0]
    assert [one["ids"] for one in find_homes(zones, homes)] == [["Z2"]]
    assert homes_demand(zones, empty_layer("resettlements")).isna().all()


def test_a_district_without_projects_has_no_rate_and_zero_of_five_is_zero():
    rows = {
        "district": ["甲", "乙"],
        "metric": "industrial_land",
        "done": [0.0, 0.0],
        "task": [0.0, 5.0],
    }
    table = district_rates(frame("districts", rows))
    assert pd.isna(table["rate"][0])
    assert table["rate"][1] == 0
    assert [one["ids"] for one in find_districts(table)] == [["甲/industrial_land"]]


def test_bare_frames_are_enough():
    bare = progress(
        the_projects()[["project_id", "geometry"]],
        the_parcels()[["parcel_id", "geometry"]],
        the_records().iloc[:2][["record_id", "kind", "geometry"]],
        links=attribute(the_records().iloc[:2], the_parcels()),
        tasks=pd.DataFrame({"project_id": ["P01"], "indicator": ["house_removal"], "quantity": 3}),
        as_of=AS_OF,
    )
    houses = row(bare, "house_removal")
    assert houses[["task", "done", "left"]].tolist() == [3, 0, 3]
    assert row(bare, "land")["approx"]  # nobody stated an area, so the drawn one counts


def test_a_whole_share_is_an_acquisition():
    parcels = the_parcels()
    parcels["agreed_share"] = [1.0, None, None]
    records = the_records()
    links = attribute(records, parcels)
    table = progress(
        the_projects(), parcels, records, links=links, tasks=empty_layer("tasks"), as_of=AS_OF
    )
    assert row(table, "land")["done"] == pytest.approx(10.0)


def test_a_crop_on_two_parcels_is_gone_when_both_are_cleared():
    parcels = the_parcels()
    parcels["cleared_on"] = [day("2022-10-01"), pd.NaT, pd.NaT]
    shape = [a_box(40, 0, 60, 100)]  # half on A, half on B
    crop = frame("records", {"record_id": ["c"], "kind": "crop", "quantity": [3.0]}, shape)

    def done(parcels):
        links = attribute(crop, parcels)
        table = progress(
            the_projects(), parcels, crop, links=links, tasks=empty_layer("tasks"), as_of=AS_OF
        )
        return row(table, "crop_clearing")["done"]

    assert done(parcels) == 0
    parcels["cleared_on"] = [day("2022-10-01"), day("2022-10-02"), pd.NaT]
    assert done(parcels) == 3


def test_what_was_done_before_is_not_left_again():
    assert row(figures(since="2022-10-14"), "grave")[["done", "left"]].tolist() == [0, 0]


def test_more_than_a_task_of_nothing_has_no_rate():
    tasks = frame("tasks", {"project_id": ["P01"], "indicator": "grave", "quantity": 0.0})
    assert pd.isna(row(figures(tasks), "grave")["rate"])


def test_homes_enough_are_no_finding():
    zones = frame("resettlement_zones", {"zone_id": ["Z"], "homes": [2]}, [a_box(0, 0, 1, 1)])
    homes = frame("resettlements", {"household": ["a", "b"], "zone_id": ["Z", "Z"]})
    assert find_homes(zones, homes) == []


def test_what_one_does_too_much_leaves_the_other_what_is_left():
    tasks = frame(
        "tasks", {"project_id": ["P01", "P02"], "indicator": "grave", "quantity": [1.0, 4.0]}
    )
    table = figures(tasks)  # three graves moved in P01, where the task was one
    heads = table[["project_id", "block_id", "team"]].isna().all(axis=1)
    total = table[heads & (table["indicator"] == "grave")].iloc[0]
    assert total[["task", "done", "left"]].tolist() == [5, 3, 4]
