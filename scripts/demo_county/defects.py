"""What is wrong with the delivery, on purpose: every defect is written down in planted.csv."""

from __future__ import annotations

from collections import Counter

import numpy as np
import shapely

from .delivery import Delivery
from .mosaic_defects import plant_extra_parcels, plant_mosaic, plant_parcel_table
from .people import Person
from .picker import Picker
from .record_defects import plant_codes, plant_dates
from .register import Record
from .settings import M2_PER_MU


def plant_late_houses(d: Delivery) -> None:
    """Houses that appear after the pre-announcement; two of them nobody registered."""
    wanted = [("P01", 2), ("P02", 1), ("P05", 2), ("P12", 1), ("", 2)]
    when = iter((20, 27, 16, 9, 24, 31, 22, 12))
    for project_id, count in wanted:
        for index in _empty_gardens(d, project_id, count + (project_id == "P05")):
            shape = _shed(d.rows[index].shape)  # type: ignore[arg-type]
            if project_id == "P05" and count == 0:
                d.built_later.append(shape)
                d.plant(
                    "change_unregistered",
                    "changes",
                    d.rows[index].parcel_id,
                    "a roof in the later picture that no record knows",
                )
                continue
            count -= 1
            number = next(when)
            built = np.datetime64("2022-08-23") + np.timedelta64(number, "D")
            year, month, dom = str(built).split("-")
            record = d.register.add(
                "H",
                "house",
                index,
                d.register.owner(index),
                structure="简易",
                quantity=round(shape.area, 2),
                unit="㎡",
                shape=shape,
                built=f"{year}年{int(month)}月{int(dom)}日",
                file="houses.gpkg",
            )
            record.text["层数"] = "1"
            record.note = "现场巡查发现"
            if project_id:
                record.surveyed = number + 2
                d.plant(
                    "built_after_announcement",
                    "records",
                    record.record_id,
                    f"built on day {number} inside {project_id}",
                )


def _empty_gardens(d: Delivery, project_id: str, count: int) -> list[int]:
    """Return gardens with room for a shed, all within a project or outside of every one."""
    project = next((p for p in d.projects if p.project_id == project_id), None)
    pool = (
        project.whole()
        if project
        else [i for i in range(len(d.ground.parcels)) if i not in d.story.fates]
    )
    kept = [row["shape"] for row in d.exclusions]
    fits = [
        i
        for i in pool
        if d.rows[i].use == "garden"
        and d.rows[i].shape is not None
        and d.rows[i].shape.is_valid
        and d.rows[i].shape.area > 190
        and not any(d.rows[i].shape.intersects(k) for k in kept)  # type: ignore[union-attr]
    ]
    return fits[2 :: max(1, len(fits) // (count + 1))][:count]


def _shed(plot: shapely.Polygon) -> shapely.Polygon:
    """Return a shed in the middle of a plot."""
    box = shapely.get_coordinates(shapely.oriented_envelope(plot))[:4]
    along = (box[1] - box[0]) / np.hypot(*(box[1] - box[0]))
    across = np.array([-along[1], along[0]])
    middle = shapely.get_coordinates(plot.centroid)[0]
    for half in (5.2, 4.6, 4.0, 3.4, 2.8):
        corners = [
            middle + along * a * half + across * b * half
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        shape = shapely.Polygon(np.round(corners, 3))
        if plot.buffer(-0.5).covers(shape):
            return shape
    raise AssertionError("no room for a shed")


def _joined(records: list[Record]) -> str:
    """Return the ids of records as planted.csv joins them."""
    return "|".join(sorted(record.record_id for record in records))


def plant_ledger_cells(d: Delivery) -> None:
    """Cells that no reader can believe: days to come, numbers in words, bare 已签, other units."""

    def rows(kind: str, team: str, project_id: str, **has: bool) -> list[Record]:
        return [
            r
            for r in d.records
            if r.kind == kind
            and not r.file
            and r.team == team
            and r.parcel >= 0
            and d.story.fates[r.parcel].project_id == project_id
            and all((getattr(r, name) is not None) == want for name, want in has.items())
        ]

    def reject(record: Record, column: str, cell: str, note: str) -> None:
        record.text[column] = cell
        d.rejected.add(record.record_id)
        d.plant("row_rejected", "records", f"row:{record.record_id}", note)

    crops = rows("crop", "第六工作组", "P08")
    reject(crops[8], "quantity", "三亩半左右", "an area in words")
    reject(rows("attachment", "第六工作组", "P08")[5], "surveyed", "2099-09-03", "surveyed in 2099")
    reject(
        rows("attachment", "第三工作组", "P02", agreed=True, paid=False)[1],
        "agreed",
        "2022年9月31日",
        "a day that September does not have",
    )
    reject(
        rows("crop", "第一工作组", "P09", agreed=False)[2],
        "surveyed",
        "22.9.3",
        "a year of two digits",
    )
    unit = [rows("crop", "第三工作组", "P02", agreed=False)[k] for k in (1, 4)]
    for record, area in zip(unit, (1200, 800), strict=True):
        record.quantity = round(area / M2_PER_MU, 2)
        record.text["quantity"] = f"{area}㎡"
    d.plant("unit_conflict", "records", _joined(unit), "1200㎡ and 800㎡ under a header in mu")
    signed = rows("attachment", "第一工作组", "P09", agreed=False)[4:40:13]
    for record in signed:
        record.text["agreed"] = "已签"
        record.agreed = 52
    d.plant("status_dated", "records", _joined(signed), "已签 without a day; status_on is taken")
    record = rows("crop", "第五工作组", "P12", agreed=False)[3]
    record.text["agreed"] = "已签"
    d.plant("status_undated", "records", record.record_id, "已签 without a day, and no status_on")
    d.wrong_subtotals |= {("第二工作组", "一般青苗", "1组"), ("第五工作组", "一般青苗", "1组")}


def plant_same_name(d: Delivery) -> None:
    """Two households of one name in one group."""
    houses = [
        r
        for r in d.records
        if r.kind == "house"
        and r.parcel not in d.story.fates
        and r.record_id
        and (r.village, r.group) == ("荷塘村", "1组")
    ]
    counts = Counter(r.person.id_number for r in d.records)
    per_home = Counter(r.parcel for r in houses)
    alone = [r for r in houses if counts[r.person.id_number] == 1 and per_home[r.parcel] == 1]
    one, two = alone[1], alone[6]
    two.person = Person(one.person.name, two.person.id_number, two.person.phone, two.person.account)
    d.rows[two.parcel].owner = one.person.name
    key = "|".join(sorted((one.record_id, two.record_id)))
    d.plant(
        "household_same_name",
        "records",
        key,
        f"{one.record_id} and {two.record_id}: two id numbers, one name, one group",
    )


def plant_lines_and_rest(d: Delivery) -> None:
    """Lines that outlive their project, an exclusion nobody approved, zones too small."""
    d.plant("voltage_in_volts", "power_lines", "XL-220", "220000 is volts")
    d.plant(
        "edge_offset_default", "power_lines", "XL-010", "no distance to the outermost conductor"
    )
    zone = {10: 5.0, 110: 10.0, 220: 15.0}
    for line in d.lines:
        reach = line.shape.buffer(zone[int(line.kv)] + (line.offset_m or 0.7))
        for project in d.projects:
            met = reach.intersection(project.shape).area > 1.0
            if met and line.status == "拟迁改" and line.relocated_on > project.plan.clean_by:
                d.plant(
                    "line_after_deadline",
                    "power_lines",
                    line.line_id,
                    f"due {line.relocated_on}; {project.project_id} is to be clean by "
                    f"{project.plan.clean_by}",
                )
    d.plant("exclusion_unapproved", "exclusions", "CW-03", "a shrine without document and day")
    d.plant("report_missing", "daily_reports", "P09/2022-09-17", "nobody reported that day")
    d.plant(
        "district_no_project",
        "districts",
        "兰陂区/industrial_land",
        "no industrial project: 无项目, not 0 %",
    )


def spoil(d: Delivery) -> None:
    """Plant everything."""
    pick = Picker(d)
    pick.used |= {
        i for row in d.exclusions for i, r in enumerate(d.rows) if r.shape.intersects(row["shape"])
    }  # type: ignore[union-attr]
    disputed = plant_mosaic(d, pick)
    plant_extra_parcels(d, pick)
    plant_parcel_table(d, pick)
    plant_codes(d, disputed)
    plant_dates(d)
    plant_late_houses(d)
    plant_ledger_cells(d)
    plant_same_name(d)
    plant_lines_and_rest(d)
    for record in d.records:
        if record.kind == "land" and record.number and record.text.get("quantity") is None:
            record.quantity = d.rows[record.parcel].stated_mu
    d.task_changes = {
        ("P01", "house_agreement"): -3,
        ("P09", "attachment"): 4,
        ("P03", "attachment"): -2,
    }
