"""Tables of boundary points (界址点坐标表) to parcels: rings put together, sides and areas checked.

A stated area may differ from that of the coordinates by 0.5 %.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.base.units import UNITS
from landgis.io.coordinate.areas import AREA_TOLERANCE
from landgis.io.coordinate.grammar import Entry
from landgis.io.coordinate.rings import Outline, assemble
from landgis.io.ledger.point_checks import differing_sides
from landgis.io.ledger.point_rows import Parcel, gather
from landgis.io.ledger.point_tables import PointHeader, point_tables
from landgis.io.row.columns import roles_of
from landgis.io.row.draft import Reading, Source, SourceOptions
from landgis.io.row.intake import shape_table
from landgis.io.row.joined import join_located
from landgis.io.row.places import plain_text
from landgis.io.sheet.sheets import Grid
from landgis.io.vector.georeference import Located, locate

__all__ = ["point_tables", "read_boundary_points"]

_AREA_UNITS = ("m2", "mu", "ha")
#: a stated area this many times off in every unit says nothing about the unit
_UNIT_REACH = 1.5
_CODE, _AREA = "地块编号", "地块面积"
#: a sheet's name that may be a parcel's code: digits, and no words but these
_A_CODE = re.compile(r"(?=.*\d)(宗地|地块|图斑|[0-9A-Za-z\-_.()#号])+")
_NO_CODE = re.compile(r"(sheet|工作表|表)\d*", re.IGNORECASE)
_ZONE = re.compile(r"带号\D{0,3}(\d{2})|第?(\d{2})(?:度)?带")
_MERIDIAN = re.compile(r"中央(?:子午线|经线)\D{0,4}(\d{2,3})")
_DATUMS = (("2000", "cgcs2000"), ("西安", "xian80"), ("1980", "xian80"), ("北京", "beijing54"))


def read_boundary_points(
    grids: Sequence[Grid],
    tables: Mapping[int, Sequence[PointHeader]],
    layer_name: str,
    options: SourceOptions,
    source: str,
) -> Reading:
    """Read tables of boundary points as a layer of polygons.

    Parameters
    ----------
    grids : sequence of Grid
        The sheets of a file.
    tables : mapping
        Position of each sheet that holds such tables, to their headers.
    layer_name : str
        Layer of the schema. The code of a parcel becomes its id, the area ``stated_area_mu``.
    options : SourceOptions
        What the campaign says of the source; its CRS wins.
    source : str
        The file, as the campaign names it.

    Returns
    -------
    Reading
        One row per parcel, ``source_row`` that of its first point; a parcel with a point that
        cannot be read, or whose ring crosses itself or has no area, is rejected with the row at
        fault.

    Raises
    ------
    SourceError
        If the CRS of the coordinates cannot be told (no zone prefix and no 带号).
    """
    readings = []
    for at, grid in enumerate(grids):
        if at in tables:
            parcels = gather(grid, tables[at], layer_name)
            several = len(tables) > 1
            readings.append(_sheet(grid, parcels, layer_name, options, source, several=several))
    whole = join_located(readings, layer_name, source)
    skipped = [
        finding(
            "file_skipped",
            layer=layer_name,
            source_file=source,
            source_sheet=grid.name,
            why="no_points",
        )
        for at, grid in enumerate(grids)
        if at not in tables and any(cell not in (None, "") for row in grid.rows for cell in row)
    ]
    return replace(whole, findings=[*skipped, *whole.findings])


@dataclass
class _Sheet:
    """A sheet of parcels on its way to rows of a layer."""

    grid: Grid
    parcels: list[Parcel]
    outlines: list[Outline]
    layer_name: str
    source: str

    def say(self, code: str, parcel: Parcel | None = None, **facts: Any) -> dict[str, Any]:
        """Return a finding about the sheet, or one of its parcels."""
        named = parcel is not None and parcel.code is not None
        row = facts.pop("row", None) or (None if parcel is None else parcel.row)
        return finding(
            code,
            layer=self.layer_name,
            ids=[str(parcel.code)] if parcel is not None and named else [],
            source_file=self.source,
            source_sheet=self.grid.name,
            source_row=row,
            **facts,
        )


def _sheet(
    grid: Grid,
    parcels: list[Parcel],
    layer_name: str,
    options: SourceOptions,
    source: str,
    *,
    several: bool,
) -> Reading:
    """Read the parcels of one sheet."""
    outlines = assemble([_entry(parcel) for parcel in parcels])
    sheet = _Sheet(grid, parcels, outlines, layer_name, source)
    findings = _named_by_sheet(sheet) if several else []
    rows = pd.Series([parcel.row for parcel in parcels], dtype="int64")
    located = _located(sheet, options, rows)
    raw = _table(sheet, located, findings)
    defects = pd.Series([one.defect for one in outlines], index=raw.index, dtype="object")
    if located.defects is not None:
        defects = defects.where(defects.notna(), located.defects)
    at_fault = pd.Series(
        [one.defect_line or parcel.row for one, parcel in zip(outlines, parcels, strict=True)],
        index=raw.index,
        dtype="int64",
    )
    reading = shape_table(
        raw,
        layer_name,
        _with_roles(options, raw, layer_name),
        Source(source, grid.name, at_fault),
        geometry=located.shapes,
        defects=defects,
    )
    findings += [*located.findings, *_said(sheet, located), *reading.findings]
    crs = located.shapes.crs
    notes = {
        "crs": None if crs is None else crs.to_string(),
        "crs_from": located.crs_from,
        "points": sum(len(parcel.points) for parcel in parcels),
    }
    return replace(reading, findings=findings, notes=notes | reading.notes)


def _entry(parcel: Parcel) -> Entry:
    """Return a parcel as coordinate text would write it, for putting its rings together."""
    return Entry(
        parcel.row,
        {},
        points=parcel.points,
        defect=parcel.defect,
        defect_line=parcel.defect_row,
    )


def _named_by_sheet(sheet: _Sheet) -> list[dict[str, Any]]:
    """Give the only parcel of a sheet without codes the sheet's name, where it is like a code."""
    name = plain_text(sheet.grid.name or "")
    if len(sheet.parcels) != 1 or sheet.parcels[0].code is not None:
        return []
    if not _A_CODE.fullmatch(name) or _NO_CODE.fullmatch(name):
        return []
    sheet.parcels[0].code = name
    return [sheet.say("id_of_sheet", sheet.parcels[0])]


def _located(sheet: _Sheet, options: SourceOptions, rows: pd.Series) -> Located:
    """Give the outlines their CRS, from the campaign, the lines of the sheet, and magnitude."""
    texts = " ".join(
        plain_text(cell) for row in sheet.grid.rows for cell in row if _speaks_of_crs(cell)
    )
    zone = _ZONE.search(texts)
    meridian = _MERIDIAN.search(texts)
    number = int(zone[1] or zone[2]) if zone else None
    if number is None and meridian and int(meridian[1]) % 3 == 0:
        number = int(meridian[1]) // 3
    return locate(
        gpd.GeoSeries([one.shape for one in sheet.outlines]),
        layer=sheet.layer_name,
        source=sheet.source,
        sheet=sheet.grid.name,
        wanted=options.crs,
        zone=number,
        datum=next((datum for word, datum in _DATUMS if word in texts), None),
        rows=rows,
        ids=[parcel.code for parcel in sheet.parcels],
    )


def _speaks_of_crs(cell: Any) -> bool:
    """Tell whether a cell speaks of the coordinates' system."""
    return isinstance(cell, str) and any(
        word in cell for word in ("坐标系", "带号", "度带", "中央子午线", "中央经线", "CGCS")
    )


def _table(sheet: _Sheet, located: Located, findings: list[dict[str, Any]]) -> pd.DataFrame:
    """Return code, area and further columns of the parcels."""
    columns: dict[str, Any] = {_CODE: [parcel.code for parcel in sheet.parcels]}
    names = dict.fromkeys(name for parcel in sheet.parcels for name in parcel.others)
    for name in names:
        if name not in columns:
            columns[name] = [parcel.others.get(name) for parcel in sheet.parcels]
    stated = {role for name in names for role in roles_of(name, sheet.layer_name)}
    has_area = "stated_area_mu" in LAYERS[sheet.layer_name].names
    if has_area and "stated_area_mu" not in stated:
        columns[_AREA] = _areas(sheet, located, findings)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(sheet.parcels)), dtype="object")


def _areas(sheet: _Sheet, located: Located, findings: list[dict[str, Any]]) -> list[float | None]:
    """Return the stated areas in mu; a unit that nobody wrote is told by size, and said."""
    unit = _bare_unit(sheet, located, findings)
    return [
        None
        if parcel.area is None or parcel.area.value is None
        else float(parcel.area.value * UNITS[parcel.area.unit or unit][2] / UNITS["mu"][2])
        for parcel in sheet.parcels
    ]


def _measured(located: Located) -> np.ndarray:
    """Return the plane areas (m²), nan where they are not in metres."""
    areas: np.ndarray = shapely.area(located.shapes.to_numpy())
    crs = located.shapes.crs
    plane = crs is not None and crs.is_projected
    return np.where((areas > 0) & plane, areas, np.nan)


def _bare_unit(sheet: _Sheet, located: Located, findings: list[dict[str, Any]]) -> str:
    """Return the unit in which areas without one fit the measured ones; m² where none does."""
    ratios = [
        size / parcel.area.value
        for parcel, size in zip(sheet.parcels, _measured(located), strict=True)
        if parcel.area and parcel.area.value and parcel.area.unit is None and size == size
    ]
    if not ratios:
        return "m2"
    ratio = math.log(float(np.median(ratios)))
    off = {unit: abs(ratio - math.log(float(UNITS[unit][2]))) for unit in _AREA_UNITS}
    best = min(off, key=off.__getitem__)
    if off[best] > math.log(_UNIT_REACH):
        return "m2"
    if best != "m2":
        findings.append(sheet.say("table_area_unit", unit=best))
    return best


def _with_roles(options: SourceOptions, raw: pd.DataFrame, layer_name: str) -> SourceOptions:
    """Return options in which code and area have their roles; the user's word wins."""
    layer = LAYERS[layer_name]
    roles = {_CODE: layer.id, _AREA: "stated_area_mu"}
    own = {sent: role for sent, role in options.columns.items() if sent in raw.columns}
    taken = set(own.values())
    ours = {s: r for s, r in roles.items() if s in raw.columns and r not in taken}
    return replace(options, columns=ours | own, parcel_id=())


def _said(sheet: _Sheet, located: Located) -> list[dict[str, Any]]:
    """Say what was noticed on single parcels."""
    found = []
    own_area = "stated_area_mu" in LAYERS[sheet.layer_name].names
    for parcel, outline, size in zip(
        sheet.parcels, sheet.outlines, _measured(located), strict=True
    ):
        found += [sheet.say(note, parcel) for note in dict.fromkeys(outline.notes)]
        if outline.shape is None or size != size:
            continue
        found += [
            sheet.say("side_differs", parcel, row=row, label=label, stated=said, computed=length)
            for label, row, said, length in differing_sides(parcel)
        ]
        area = parcel.area
        if not own_area and area and area.value and area.unit:
            stated = float(area.value * UNITS[area.unit][2])
            if abs(stated - size) > AREA_TOLERANCE * size:
                found.append(
                    sheet.say(
                        "table_area_differs",
                        parcel,
                        stated=round(stated, 2),
                        computed=round(float(size), 2),
                    )
                )
    return found
