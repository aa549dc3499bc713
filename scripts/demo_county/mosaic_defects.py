"""Defects of the parcels: overlaps, gaps, broken rings, wrong areas and numbers."""

from __future__ import annotations

import numpy as np
import shapely

from .delivery import Delivery
from .ground import Array
from .picker import Picker, add_row, bow_tie, move_vertex, spike
from .settings import M2_PER_MU
from .table import stated

DEEP_M = 1.2


def plant_mosaic(d: Delivery, pick: Picker) -> Array:
    """Overlaps, a gap, duplicates, slivers, broken rings; returns a point on a disputed strip."""
    pairs = []
    for project_id, count in ((None, 3), ("P02", 1)):
        for index in pick.parcels(("paddy",), project_id, count):
            at, other = pick.bend_at(index)
            move_vertex(d.rows[index], at, 1.6)
            pairs.append((index, other))
            key = "|".join(sorted((d.rows[index].parcel_id, d.rows[other].parcel_id)))
            where = f"inside {project_id}" if project_id else "outside every project"
            d.plant(
                "parcel_overlap",
                "parcels",
                key,
                f"boundary pushed 1.6 m into the neighbour, {where}",
            )
    for project_id in ("P08", "P09", "P12"):
        index = pick.parcels(("paddy", "dry"), project_id, 1)[0]
        at, other = pick.bend_at(index)
        move_vertex(d.rows[index], at, -DEEP_M)
        near = f"{d.rows[index].parcel_id} and {d.rows[other].parcel_id}"
        d.plant("parcel_gap", "parcels", project_id, f"ground between {near} belongs to nobody")
    for index in pick.parcels(("paddy", "dry"), None, 2, bare=True):
        bow_tie(d.rows[index])
        d.plant(
            "geometry_invalid",
            "parcels",
            d.rows[index].parcel_id,
            "corners in the wrong order (bow-tie)",
        )
    index = pick.parcels(("ditch", "track"), "P12", 1, bare=True)[0]
    spike(d.rows[index])
    d.plant(
        "geometry_invalid",
        "parcels",
        d.rows[index].parcel_id,
        "a spike into the parcel, inside P12",
    )
    first, other = pairs[0]
    shape, second = d.rows[first].shape, d.rows[other].shape
    assert shape is not None
    assert second is not None
    return np.round(shapely.get_coordinates(shape.intersection(second).point_on_surface())[0], 3)


def plant_extra_parcels(d: Delivery, pick: Picker) -> None:
    """Duplicates, slivers, a parcel without shape: rows behind the mosaic."""
    for index in pick.parcels(("orchard", "dry"), None, 2, bare=True):
        row = add_row(d, d.rows[index], d.rows[index].shape, "")
        key = "|".join(sorted((row.parcel_id, d.rows[index].parcel_id)))
        d.plant("parcel_duplicate", "parcels", key, "the same boundary handed over twice")
    for index in pick.parcels(("paddy",), None, 2, bare=True):
        at, _ = pick.bend_at(index)
        shape = d.rows[index].shape
        assert shape is not None
        ring = shapely.get_coordinates(shape)[:-1]
        ring = np.roll(ring, -at, axis=0)
        step = ring[1] - ring[0]
        side = np.array([step[1], -step[0]]) / np.hypot(*step) * 0.11
        middle = (ring[0] + ring[1]) / 2
        spot = np.round(
            next(p for p in (middle + side, middle - side) if shape.contains(shapely.Point(p))), 3
        )
        d.rows[index].shape = shapely.Polygon(np.vstack([ring[:1], spot, ring[1:]]))
        row = add_row(d, d.rows[index], shapely.Polygon([ring[0], ring[1], spot]), "")
        d.plant("parcel_sliver", "parcels", row.parcel_id, "a sliver 0.1 m wide along an edge")
    like = d.rows[pick.parcels(("dry",), None, 1)[0]]
    row = add_row(d, like, None, "界址未实测")
    d.plant("geometry_missing", "parcels", row.parcel_id, "a row of the table without a boundary")


def plant_parcel_table(d: Delivery, pick: Picker) -> None:
    """Wrong areas, repeated and missing numbers."""
    chosen = [*pick.parcels(("paddy", "dry"), None, 4), *pick.parcels(("dry",), "P01", 1)]
    for index, factor in zip(chosen, (1.08, 0.93, 10.0, 1.05, 1.06), strict=True):
        row = d.rows[index]
        assert row.shape is not None
        row.stated_mu = stated(row.shape.area * factor)
        d.plant(
            "area_differs",
            "parcels",
            row.parcel_id,
            f"stated {row.stated_mu} mu, measured {row.shape.area / M2_PER_MU:.2f} mu",
        )
    bare = pick.parcels(("paddy",), None, 1, bare=True)[0]
    home = next(i for i in pick.parcels(("plot",), None, 4) if i in pick.recorded)
    for index, uses in ((bare, ("paddy",)), (home, ("plot",))):
        like = d.rows[index]
        twin = next(
            i
            for i, r in enumerate(d.rows)
            if i > index
            and r.use in uses
            and (r.village, r.group) == (like.village, like.group)
            and i not in d.story.fates
            and i not in pick.used
            and (i in pick.recorded) == (index in pick.recorded)
        )
        pick.take(twin)
        d.rows[twin].number = like.number
        d.plant(
            "id_repeated",
            "parcels",
            f"{like.parcel_id}|{like.parcel_id}#2",
            "two parcels bear one number",
        )
        for record in d.records:
            if record.parcel in (index, twin):
                record.number = like.number
                d.plant(
                    "code_ambiguous", "records", record.record_id, "its code belongs to two parcels"
                )
    nameless = pick.parcels(("dry",), None, 1, bare=True)[0]
    d.rows[nameless].number = ""
    d.plant("id_missing", "parcels", f"parcels.shp#{nameless + 1}", "a parcel without number")
