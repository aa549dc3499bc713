"""Protection zones of overhead power lines (电力线路保护区), and the planned corridors beside them.

The law measures from the outermost conductor, a layer shows the axis: the half-width is the
distance by voltage plus the offset between the two. Distances, defaults and the shape of angles
and ends stand in ``base/rules/corridors.toml`` with article and source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.checks import (
    require_columns,
    require_geometry,
    require_metric_crs,
    require_unique_ids,
    rows,
)
from landgis.base.dates import DAY_DTYPE
from landgis.base.errors import TableError
from landgis.base.findings import finding, findings_frame
from landgis.base.rules import load_rules
from landgis.spatial.shapes import Floats, Shapes, defect_of, is_usable, polygons_of
from landgis.spatial.tables import dates_of, numbers_of, text_of
from landgis.spatial.voltages import Voltage, parse_voltage

__all__ = ["find_corridors", "parse_voltage", "protection_zones", "still_there"]

LINES = ("LineString", "MultiLineString")
_ZONE_COLUMNS = {
    "line_id": "str",
    "zone": "str",
    "voltage_kv": "float64",
    "distance_m": "float64",
    "half_width_m": "float64",
    "offset_source": "str",
    "status": "str",
    "relocated_on": DAY_DTYPE,
    "rule": "str",
}
#: m; ends of two rows nearer than this are one tower, not two terminals
_SAME_TOWER_M = 1e-3


def _read(lines: gpd.GeoDataFrame, rules: Mapping[str, Any]) -> pd.DataFrame:
    """Return per line: kv, current, in_volts, given (the cell says something)."""
    limit = float(rules["reading"]["volts_from"])
    said = [parse_voltage(cell, volts_from=limit) for cell in lines["voltage_kv"]]
    table = pd.DataFrame(said, columns=list(Voltage._fields), index=lines.index)
    stated = text_of(lines, "current").str.casefold().str.strip()
    is_dc = table["dc"] | stated.eq("dc").fillna(False)
    return table.assign(current=np.where(is_dc, "dc", "ac"))


def _classed(voltages: pd.DataFrame, rules: Mapping[str, Any]) -> pd.DataFrame:
    """Return distance (m), default offset (m) and rule of each voltage; missing where unnamed."""
    kv, current = voltages["kv"].to_numpy(float), voltages["current"].to_numpy(object)
    distance, offset = np.full(len(kv), np.nan), np.full(len(kv), np.nan)
    rule = np.full(len(kv), np.nan, dtype=object)
    for one in rules["class"]:
        chosen = (current == one["current"]) & (kv >= one["from_kv"]) & (kv <= one["to_kv"])
        distance[chosen], rule[chosen] = one["distance_m"], one["rule"]
    for one in sorted(rules["edge_offset"], key=lambda row: row["to_kv"], reverse=True):
        offset[(current == one["current"]) & (kv <= one["to_kv"])] = one["edge_offset_m"]
    return pd.DataFrame({"distance_m": distance, "default_m": offset, "rule": rule})


def _require(lines: gpd.GeoDataFrame) -> None:
    """Refuse lines that cannot be read."""
    require_geometry(lines, "power_lines", LINES)
    require_unique_ids(lines, "power_lines", "line_id")
    require_columns(lines, "power_lines", ["voltage_kv"])
    require_metric_crs(lines, "power_lines")
    for column in ("edge_offset_m", "planning_width_m"):
        low = numbers_of(lines, column) < 0
        if low.any():
            ids = rows(lines.loc[low, "line_id"])
            raise TableError("value_negative", layer="power_lines", column=column, rows=ids)


def _towers(lines: Shapes, widths: Floats) -> Shapes:
    """Return, per line, the ends at which a line of the same zone goes on; empty if none does."""
    parts, part_of = shapely.get_parts(lines, return_index=True)
    points = np.concatenate([shapely.get_point(parts, 0), shapely.get_point(parts, -1)])
    owner = np.r_[part_of, part_of]
    out = np.full(len(lines), shapely.MultiPoint(), dtype=object)
    left, right = shapely.STRtree(points).query(points, "dwithin", distance=_SAME_TOWER_M)
    left = np.unique(left[(left != right) & (widths[owner[left]] == widths[owner[right]])])
    if len(left):
        order = left[np.argsort(owner[left], kind="stable")]
        where, rank = np.unique(owner[order], return_inverse=True)
        out[where] = shapely.multipoints(points[order], indices=rank)
    return out


def _bands(lines: Shapes, widths: Floats, shape: Mapping[str, Any]) -> Shapes:
    """Return the band of half-width `widths` (m) along each line."""
    merged = shapely.line_merge(shapely.force_2d(lines))
    cap, join = shape["cap"], shape["join"]
    bands: Shapes = shapely.buffer(merged, widths, quad_segs=16, cap_style=cap, join_style=join)
    towers = _towers(merged, widths)
    on = ~shapely.is_empty(towers)
    bands[on] = shapely.union(bands[on], shapely.buffer(towers[on], widths[on], quad_segs=16))
    return polygons_of(bands)


def protection_zones(
    lines: gpd.GeoDataFrame, *, rules: Mapping[str, Any] | None = None
) -> gpd.GeoDataFrame:
    """Draw the protection zone and the planned corridor of each power line.

    Parameters
    ----------
    lines : GeoDataFrame of (Multi)LineString
        Axes, in a CRS true to the metre, with ``line_id``, ``voltage_kv`` (a number or text) and,
        where known, ``current``, ``edge_offset_m`` (axis to outermost conductor, m),
        ``planning_width_m`` (whole width, m), ``status``, ``relocated_on``.
    rules : mapping, optional
        In the form of ``base/rules/corridors.toml``; the package's if left out.

    Returns
    -------
    GeoDataFrame
        By line: a row with ``zone`` protection and, where a planning width is given, one with
        ``zone`` planning. ``half_width_m`` is ``distance_m`` plus the offset, whose
        ``offset_source`` is ``given`` or ``default``. A zone that cannot be drawn (voltage missing
        or named by no rule, no offset and no default, a broken axis) keeps the axis as its
        geometry, and its ``half_width_m`` is missing.

    Raises
    ------
    CRSError, GeometryError, TableError
        Before anything is drawn.

    Notes
    -----
    Ends are flat, angles rounded (conservative). An end at which another row of the same
    half-width goes on is an angle, not a terminal.
    """
    _require(lines)
    rules = load_rules("corridors") if rules is None else rules
    voltages = _read(lines, rules).reset_index(drop=True)
    classed = _classed(voltages, rules)
    given = numbers_of(lines, "edge_offset_m")
    offset = np.where(np.isnan(given), classed["default_m"], given)
    half = classed["distance_m"].to_numpy() + offset
    axes = lines.geometry.to_numpy()
    half[~is_usable(axes)] = np.nan
    source = np.where(np.isnan(given), "default", "given").astype(object)
    source[np.isnan(half)] = np.nan
    shared = {
        "line_id": lines["line_id"].to_numpy(object),
        "voltage_kv": voltages["kv"].to_numpy(),
        "status": _column(lines, "status"),
        "relocated_on": _column(lines, "relocated_on"),
    }
    law = {"distance_m": classed["distance_m"].to_numpy(), "rule": classed["rule"].to_numpy()}
    known = ~np.isnan(half)
    drawn = axes.copy()
    drawn[known] = _bands(axes[known], half[known], rules["shape"])
    protection = pd.DataFrame(
        {**shared, **law, "zone": "protection", "half_width_m": half, "offset_source": source}
    ).assign(geometry=drawn)
    planned = numbers_of(lines, "planning_width_m") / 2
    wanted = ~np.isnan(planned) & is_usable(axes)
    planning = pd.DataFrame(shared)[wanted].assign(
        zone="planning", half_width_m=planned[wanted], rule="planning_width_m",
        geometry=_bands(axes[wanted], planned[wanted], rules["shape"]),
    )  # fmt: skip
    return _zones([protection, planning], lines.crs)


def _column(lines: gpd.GeoDataFrame, name: str) -> Any:
    """Return a column's values, missing throughout where the frame has none."""
    return lines[name].to_numpy() if name in lines.columns else np.full(len(lines), np.nan)


def _zones(parts: list[pd.DataFrame], crs: Any) -> gpd.GeoDataFrame:
    """Return zones with their columns in order and type, by line, protection first."""
    tables = [part.reindex(columns=[*_ZONE_COLUMNS, "geometry"]) for part in parts]
    table = pd.concat([t.astype(_ZONE_COLUMNS) for t in tables], ignore_index=True)
    table = table.sort_values(["line_id", "zone"], ascending=[True, False], ignore_index=True)
    shapes = gpd.GeoSeries(table["geometry"].to_numpy(), index=table.index, crs=crs)
    return gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=shapes, crs=crs)


def still_there(zones: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Tell which zones hold on a day.

    A zone is lifted once its line is relocated: on ``relocated_on``, unless ``status`` says
    otherwise. A line that is only dead keeps its zone.
    """
    moved_on = dates_of(zones, "relocated_on").le(as_of)
    status = text_of(zones, "status").str.casefold()
    return ~(moved_on & (status.isna() | status.eq("relocated").fillna(False)))


def find_corridors(
    lines: gpd.GeoDataFrame, *, rules: Mapping[str, Any] | None = None
) -> gpd.GeoDataFrame:
    """Return what had to be assumed or could not be known to draw the zones.

    Codes: ``voltage_missing``, ``voltage_unknown`` (no rule names it), ``voltage_in_volts``,
    ``edge_offset_default``, ``edge_offset_missing`` (neither given nor a default),
    ``geometry_missing``, ``geometry_invalid``. `lines` and `rules` are those of
    `protection_zones`.
    """
    _require(lines)
    rules = load_rules("corridors") if rules is None else rules
    voltages = _read(lines, rules).reset_index(drop=True)
    classed = _classed(voltages, rules)
    no_offset = np.isnan(numbers_of(lines, "edge_offset_m"))
    kv, named = voltages["kv"], classed["distance_m"].notna()
    shapes = lines.geometry.to_numpy()
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    cases = {
        "voltage_missing": kv.isna(),
        "voltage_unknown": kv.notna() & ~named,
        "voltage_in_volts": voltages["in_volts"],
        "edge_offset_default": named & no_offset & classed["default_m"].notna(),
        "edge_offset_missing": named & no_offset & classed["default_m"].isna(),
        "geometry_missing": pd.Series(absent),
        "geometry_invalid": pd.Series(~absent & ~is_usable(shapes)),
    }
    found = []
    for code, holds in cases.items():
        for at in np.flatnonzero(holds):
            found.append(_finding(code, lines.iloc[at], voltages.iloc[at], classed.iloc[at]))
    return findings_frame(found, lines.crs)


def _finding(code: str, line: Any, voltage: Any, classed: Any) -> dict[str, Any]:
    """Return one finding on a line."""
    facts: dict[str, Any] = {}
    if code.startswith(("voltage", "edge")):
        facts = {"voltage_kv": None if pd.isna(voltage["kv"]) else float(voltage["kv"])}
    if code in ("voltage_missing", "voltage_in_volts"):
        facts["said"] = "" if pd.isna(line["voltage_kv"]) else str(line["voltage_kv"])
    if code == "voltage_unknown":
        facts["current"] = voltage["current"]
    if code == "edge_offset_default":
        facts["edge_offset_m"] = float(classed["default_m"])
    if code == "geometry_invalid":
        facts |= defect_of(line["geometry"])
    source = {k: line[k] for k in ("source_file", "source_sheet", "source_row") if k in line}
    return finding(
        code, layer="power_lines", ids=[line["line_id"]], geometry=line["geometry"],
        rule=None if pd.isna(classed["rule"]) else classed["rule"], **source, **facts,
    )  # fmt: skip
