"""Defects of records: codes that name nothing, places outside, days out of order."""

from __future__ import annotations

from collections import Counter

import numpy as np
import shapely

from .delivery import Delivery
from .ground import Array
from .register import Record
from .story import Fate


def homes_of(d: Delivery, project_id: str, **has: bool) -> list[Record]:
    """Return a project's houses, one per parcel, that have or lack some days."""
    project = next(p for p in d.projects if p.project_id == project_id)
    whole = set(project.whole())
    houses = [r for r in d.records if r.kind == "house" and r.parcel in whole and r.record_id]
    alone = Counter(r.parcel for r in houses)
    return [
        r
        for r in houses
        if alone[r.parcel] == 1
        and all((getattr(r, name) is not None) == want for name, want in has.items())
    ]


def plant_codes(d: Delivery, disputed: Array) -> None:
    """Plant codes that name nothing, something else, or are not there."""
    houses = homes_of(d, "P02", agreed=False)
    for record, number in zip(houses[:2], ("971", "985"), strict=True):
        record.number = number
        d.plant(
            "code_unknown",
            "records",
            record.record_id,
            "no parcel bears this number; place decides",
        )
    for record in houses[2:5]:
        other = next(
            i
            for i in next(p for p in d.projects if p.project_id == "P02").whole()
            if d.rows[i].use == "plot"
            and (d.rows[i].village, d.rows[i].group) == (record.village, record.group)
            and d.rows[i].shape.distance(record.shape) > 60.0  # type: ignore[union-attr]
        )
        record.number = d.rows[other].number
        d.plant(
            "code_conflict",
            "records",
            record.record_id,
            f"stands on {d.rows[record.parcel].parcel_id}",
        )
    ledger = [
        r
        for r in d.records
        if r.kind == "attachment" and d.story.fates[r.parcel].project_id == "P08"
    ]
    crops = [
        r for r in d.records if r.kind == "crop" and d.story.fates[r.parcel].project_id == "P07"
    ]
    for record, number in ((ledger[3], "977"), (crops[5], "988")):
        record.number, record.parcel = number, -1
        d.plant(
            "code_unknown",
            "records",
            record.record_id,
            "no parcel bears this number, and it has no shape",
        )
        d.plant("record_unplaced_code", "records", record.record_id, "unknown number and no shape")
    for record in (ledger[11], crops[17]):
        record.number, record.parcel = "", -1
        d.plant("record_unplaced", "records", record.record_id, "neither number nor shape")
    _plant_graves(d, disputed)
    broken = next(
        r
        for r in d.records
        if r.file == "crops.gpkg" and d.story.fates[r.parcel].project_id == "P08"
    )
    ring = shapely.get_coordinates(broken.shape)[:-1]
    half = len(ring) // 2
    broken.shape = shapely.Polygon(np.vstack([ring[:half], ring[half:][::-1]]))
    if broken.shape.is_valid:
        raise AssertionError("the broken crop is valid")
    broken.number, broken.parcel = "", -1
    d.plant("record_invalid", "records", broken.record_id, "a broken outline and no number")
    house = [r for r in d.records if r.kind == "house" and r.parcel not in d.story.fates][300]
    row = [r for r in d.records if r.file == "houses.gpkg"].index(house) + 1
    house.record_id = ""
    d.plant("id_missing", "records", f"houses.gpkg#{row}", "a house without number")


def _plant_graves(d: Delivery, disputed: Array) -> None:
    """Graves outside the survey, a step beside it, and on ground that two parcels claim."""
    whole = shapely.coverage_union_all(np.array([p.shape for p in d.ground.parcels]))
    outer = max(shapely.get_parts(whole), key=shapely.area).exterior
    graves = [r for r in d.records if r.kind == "grave" and r.parcel not in d.story.fates]
    spots = {}
    for start, away in ((0.08, 34.0), (0.3, 55.0), (0.6, 1.1)):
        spots[away] = next(
            spot
            for share in np.arange(start, 1.0, 0.013).tolist()
            for spot in _beside(outer, share, away)
            if 0.9 * away < whole.distance(shapely.Point(spot)) <= away + 0.01
        )
    plan = [
        (spots[34.0], "record_outside", "34 m outside the survey, without number"),
        (spots[55.0], "record_outside", "55 m outside the survey, without number"),
        (spots[1.1], "record_nearest", "1.1 m outside the survey, without number"),
        (disputed, "record_contested", "on ground that two parcels claim, without number"),
    ]
    for record, (spot, code, note) in zip(graves[7::50], plan, strict=False):
        record.shape, record.number, record.parcel = shapely.Point(spot), "", -1
        d.plant(code, "records", record.record_id, note)


def _beside(line: shapely.LinearRing, share: float, away: float) -> list[Array]:
    """Return the two points at a distance to either side of a line."""
    at = shapely.get_coordinates(line.interpolate(share, normalized=True))[0]
    ahead = shapely.get_coordinates(line.interpolate(share + 1e-5, normalized=True))[0]
    side = np.array([ahead[1] - at[1], at[0] - ahead[0]])
    side = side / np.hypot(*side)
    return [np.round(at + side * away, 3), np.round(at - side * away, 3)]


def plant_dates(d: Delivery) -> None:
    """Days in an order the law does not know."""
    first, second, third = [r for r in homes_of(d, "P01", removed=True) if (r.removed or 0) < 47][
        3:6
    ]
    first.paid, first.agreed = (first.agreed or 0), first.paid
    d.plant(
        "paid_before_agreed", "records", first.record_id, "paid before the agreement was signed"
    )
    second.paid = None
    d.plant("removed_before_paid", "records", second.record_id, "pulled down, and never paid")
    third.paid = (third.removed or 0) + 3
    third.vacated = (third.removed or 0) - 1
    d.plant(
        "removed_before_paid", "records", third.record_id, "pulled down three days before payment"
    )
    ledger = [
        r
        for r in d.records
        if r.kind == "attachment" and d.story.fates.get(r.parcel, Fate()).project_id == "P01"
    ]
    paid = [r for r in ledger if r.paid is not None and r.removed is None]
    paid[4].paid = (paid[4].agreed or 0) - 4
    d.plant(
        "paid_before_agreed", "records", paid[4].record_id, "paid four days before the agreement"
    )
    gone = [r for r in ledger if r.removed is not None]
    gone[9].paid = None
    d.plant("removed_before_paid", "records", gone[9].record_id, "removed, and never paid")
    graves = [
        r
        for r in d.records
        if r.kind == "grave"
        and r.removed is not None
        and d.story.fates[r.parcel].project_id == "P04"
    ]
    graves[2].paid = None
    d.plant("removed_before_paid", "records", graves[2].record_id, "moved, and never paid")
    land = [
        r
        for r in d.records
        if r.kind == "land"
        and r.number
        and d.story.fates[r.parcel].project_id == "P02"
        and r.paid is not None
        and r.vacated is None
        and d.rows[r.parcel].use in ("garden", "paddy")
    ]
    for record in land[:2]:
        record.agreed, record.paid, record.removed = 36, None, 31
        fate = d.story.fates[record.parcel]
        fate.agreed, fate.paid, fate.cleared = 36, None, 31
        d.plant(
            "cleared_before_agreed",
            "parcels",
            d.rows[record.parcel].parcel_id,
            "cleared five days before the agreement",
        )
    _plant_second_sources(d)


def _plant_second_sources(d: Delivery) -> None:
    """Parcels of a group that signed as a whole, dated once more by a row of their own."""
    for key, project_id, shift in ((("柳湾村", "3组"), "P01", 5), (("鹭洲村", "2组"), "P04", -3)):
        index = next(
            i
            for i, fate in d.story.fates.items()
            if fate.project_id == project_id
            and (d.rows[i].village, d.rows[i].group) == key
            and d.rows[i].use in ("paddy", "orchard", "dry")
        )
        agreed, paid = d.story.by_group[key]
        d.register.add(
            "D",
            "land",
            index,
            d.register.owner(index),
            quantity=d.rows[index].stated_mu,
            unit="亩",
            structure=d.rows[index].land_use,
            surveyed=5,
            agreed=agreed + shift,
            paid=paid + shift if shift > 0 else paid,
        )
        d.plant(
            "date_sources_differ",
            "parcels",
            d.rows[index].parcel_id,
            f"its own row and the group's differ by {abs(shift)} days",
        )
