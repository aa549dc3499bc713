"""What one layer of a file holds, as rows of tables: shapes, place, columns, ids, areas, days."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.base.privacy import column_fate
from landgis.base.projections import degrees_of, ground_scale, inside_area, name_of
from landgis.base.schema import LAYERS
from landgis.base.units import M2_PER_MU, UNITS, to_mu
from landgis.io.memory import Memory
from landgis.io.row.numbering import ID_LAYERS
from landgis.io.sheet.sheets import Grid
from landgis.spatial.areas import measured_areas
from landgis.workflow.asking import NO_CRS
from landgis.workflow.found import Found
from landgis.workflow.held import Held, malformed_codes

__all__ = ["area_row", "column_rows", "day_rows", "id_row", "layer_row", "sheet_rows"]

_STATED = ("stated_area_mu", "task_area_mu")
_CODE_BEGINS = r"[0-9Oo]{9}"
#: how far the numbers of a column may be from a unit that they fit
_UNIT_REACH = float(np.log(1.5))
_AREA_UNITS = ("mu", "m2", "ha")


def _shapes(found: Found) -> gpd.GeoSeries | None:
    """Return the shapes of a layer, None where it has none."""
    frame = None if found.reading is None else found.reading.frame
    if not isinstance(frame, gpd.GeoDataFrame) or not frame.geometry.notna().any():
        return None
    return frame.geometry


def layer_row(found: Found, *, asked: bool = False) -> dict[str, Any]:
    """Return what a layer is: role (`asked`: somebody told it), rows, shapes, encoding, place."""
    reading = found.reading
    row: dict[str, Any] = {
        "source_file": found.name,
        "source_sheet": found.layer,
        "role": found.roles[0] if found.roles and found.trouble is None else None,
        "unfit": found.roles[0] if found.roles and found.trouble is not None else None,
        "role_from": _told_by(found, asked),
        "roles_fit": found.roles[1:] or found.guesses,
    }
    if reading is None:
        return row
    notes = reading.notes
    row |= {
        "read_as": notes.get("layer"),
        "driver": notes.get("driver"),
        "rows_read": reading.rows_read,
        "accepted": len(reading.frame),
        "rejected": len(reading.rejected),
        "subtotal_rows": notes.get("subtotal_rows"),
        "encoding": notes.get("encoding"),
        "encoding_from": notes.get("encoding_from"),
    }
    row["parcel_id"] = list(found.parcel_id)
    if any(question.code == "encoding_question" for question in found.questions):
        row |= {"encoding": None, "encoding_from": "nothing"}
    shapes = _shapes(found)
    if shapes is None:
        return row
    kinds = shapes.geom_type.value_counts()
    row |= {"shapes": kinds.to_dict(), "without_shape": int(shapes.isna().sum())}
    return row | _place(shapes, notes)


def _told_by(found: Found, asked: bool) -> str | None:
    """Return what told the role of a layer: somebody, its name or its columns."""
    if not found.roles:
        return None
    return "asked" if asked else "name" if found.sure else "columns"


def _place(shapes: gpd.GeoSeries, notes: dict[str, Any]) -> dict[str, Any]:
    """Return where shapes lie and how true their CRS is there."""
    bounds = shapes.total_bounds.tolist()
    row: dict[str, Any] = dict(zip(("west", "south", "east", "north"), bounds, strict=True))
    crs = shapes.crs
    if crs is None or crs == NO_CRS:
        return row
    row |= {"crs": name_of(crs), "crs_name": crs.name, "crs_from": notes.get("crs_from")}
    row["geographic"] = crs.is_geographic
    row["inside_area"] = inside_area(crs, bounds)
    if not row["inside_area"]:
        return row
    there = degrees_of(crs, bounds)
    if there is not None:
        names = ("lon_west", "lat_south", "lon_east", "lat_north")
        row |= dict(zip(names, there, strict=True))
    if crs.is_projected and crs.axis_info[0].unit_name in ("metre", "meter"):
        row["ground_scale"] = ground_scale(crs, bounds)
    return row


def column_rows(found: Found) -> list[dict[str, Any]]:
    """Return what becomes of each sent column: its role and unit, or why it is left out."""
    if found.reading is None:
        return []
    notes = found.reading.notes
    if notes.get("driver") == "DXF":
        return []  # nobody sent columns: they are our words for what an entity is
    ours, units = notes.get("columns", {}), notes.get("units", {})
    withheld = set(notes.get("withheld", []))
    out = []
    for sheet, names in notes.get("headers", {}).items():
        for name in names:
            role = ours.get(name) or ("parcel_id" if name in found.parcel_id else None)
            fate = "role" if role else "unknown"
            if name in withheld:
                fate = "free_text" if column_fate(name) == "free_text" else "personal"
            unit = units.get(name)
            out.append(
                {
                    "source_sheet": sheet or found.layer,
                    "sent": name,
                    "role": role,
                    "unit": UNITS[unit][1] if unit in UNITS else None,
                    "fate": fate,
                }
            )
    return out


def id_row(held: Held) -> dict[str, Any] | None:
    """Return whether the rows of a layer are told apart, None for one whose rows have no ids."""
    if held.role not in ID_LAYERS:
        return None
    sent = held.frame["source_id"]
    named = sent.dropna()
    row = {
        "source_sheet": held.found.layer,
        "column": LAYERS[held.role].id,
        "rows": len(sent),
        "missing": int(sent.isna().sum()),
        "repeated": int(named[named.duplicated()].nunique()),
    }
    if held.role != "parcels":
        return row
    codes = named.str.match(_CODE_BEGINS).sum() if len(named) else 0
    return row | {"codes": int(codes), "malformed": len(malformed_codes(sent))}


def area_row(held: Held) -> dict[str, Any] | None:
    """Return the stated areas of a layer of polygons against the measured ones.

    Broken and missing shapes have no area; they are counted beside.
    """
    frame = held.metric
    if frame is None:
        return None
    areas = measured_areas(frame, layer=held.role)
    row: dict[str, Any] = {
        "source_sheet": held.found.layer,
        "shapes": len(frame),
        "broken": len(held.broken),
        "missing": int(held.frame.geometry.isna().sum()),
        "plane_mu": float(to_mu(areas["plane_m2"].sum())),
        "ellipsoidal_mu": float(to_mu(areas["ellipsoidal_m2"].sum())),
        "stated": 0,
    }
    column = next((name for name in _STATED if name in frame), None)
    told = frame[column].notna() if column else pd.Series(dtype=bool)
    if column is None or not told.any():
        return row
    stated, plane = frame.loc[told, column], areas.loc[told, "plane_m2"]
    unit = _unit_read(held, column)
    return row | {
        "column": column,
        "stated": int(told.sum()),
        "stated_mu": float(stated.sum()),
        "plane_of_stated_mu": float(to_mu(plane.sum())),
        "unit": UNITS[unit][1],
        "unit_fits": _unit_of(stated * M2_PER_MU / plane, unit),
    }


def _unit_read(held: Held, column: str) -> str:
    """Return the unit in which a column of areas was read: its header's, or mu."""
    assert held.found.reading is not None
    notes = held.found.reading.notes
    sent = [name for name, ours in notes.get("columns", {}).items() if ours == column]
    units = [unit for name in sent if (unit := notes.get("units", {}).get(name)) in UNITS]
    return units[0] if units else "mu"


def _unit_of(ratios: pd.Series, unit: str) -> str | None:
    """Return the unit in which stated areas fit the measured ones, None where none does."""
    known = ratios[(ratios > 0) & np.isfinite(ratios)]
    if known.empty:
        return None
    middle, read_as = float(np.log(known.median())), float(UNITS[unit][2])
    off = {one: abs(middle - np.log(read_as / float(UNITS[one][2]))) for one in _AREA_UNITS}
    best = min(off, key=off.__getitem__)
    return best if off[best] <= _UNIT_REACH else None


def day_rows(found: Found) -> list[dict[str, Any]]:
    """Return for each column of days how many are filled in, from when to when."""
    if found.reading is None:
        return []
    frame, ours = found.reading.frame, found.reading.notes.get("columns", {})
    layer = LAYERS[found.reading.notes["layer"]]
    dated = {column.name for column in layer.columns if column.type == "date"}
    sent_as: dict[str, list[str]] = {}
    for sent, role in ours.items():
        if role in dated:
            sent_as.setdefault(role, []).append(sent)
    out = []
    for role, sent_names in sent_as.items():
        days = frame[role].dropna()
        out.append(
            {
                "source_sheet": found.layer,
                "sent": sent_names[0] if len(sent_names) == 1 else sent_names,
                "role": role,
                "rows": len(frame),
                "filled": len(days),
                "first": days.min() if len(days) else None,
                "last": days.max() if len(days) else None,
            }
        )
    return out


def sheet_rows(found: Found, memory: Memory) -> list[dict[str, Any]]:
    """Return for each sheet of a workbook its rows and rejected rows, or why it was left."""
    if found.reading is None:
        grids = [one for kept in memory.values() if isinstance(kept, list) for one in kept]
        return [
            {"source_sheet": one.name or found.name, "rows": len(one.rows), "rejected": 0}
            for one in grids
            if isinstance(one, Grid)
        ]
    accepted = found.reading.frame["source_sheet"].value_counts(sort=False)
    rejected = found.reading.rejected["source_sheet"].value_counts(sort=False)
    out: list[dict[str, Any]] = []
    for sheet in dict.fromkeys([*accepted.index, *rejected.index]):
        back = int(rejected.get(sheet, 0))
        rows = int(accepted.get(sheet, 0)) + back
        out.append({"source_sheet": sheet, "rows": rows, "rejected": back})
    for row in found.reading.findings:
        if row["code"] == "file_skipped" and row["source_sheet"]:
            why = json.loads(row["facts"])["why"]
            out.append({"source_sheet": row["source_sheet"], "why": why})
    return out
