"""A layer of a file at hand: ids unique, broken shapes apart, polygons measurable; its faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.checks import require_metric_crs
from landgis.base.crs import transform
from landgis.base.errors import CRSError
from landgis.base.findings import finding
from landgis.base.projections import crs_text
from landgis.base.schema import LAYERS, empty_layer
from landgis.io.row.numbering import unique_ids
from landgis.spatial.code_findings import find_codes, find_land_use
from landgis.spatial.codes import code_defect, looks_like_a_code, may_be_malformed
from landgis.spatial.stated_areas import area_differences
from landgis.workflow.asking import NO_CRS
from landgis.workflow.found import Found
from landgis.workflow.shape_faults import about_row, broken_in, find_broken, find_missing

__all__ = ["Held", "faults_of", "hold", "malformed_codes"]

#: type numbers of polygons
_POLYGONS = (3, 6)


@dataclass(frozen=True)
class Held:
    """A layer that was read, at hand for whatever is asked of it.

    Attributes
    ----------
    role : str
        Layer of the schema.
    found : Found
        The layer of the file.
    frame : DataFrame or GeoDataFrame
        Its accepted rows, ids unique.
    findings : tuple of dict
        What making them unique has found.
    broken : ndarray of int
        Positions of the invalid shapes.
    metric : GeoDataFrame or None
        The rows with a sound polygon in a CRS that is true on the ground, on a fresh index.
    """

    role: str
    found: Found
    frame: Any
    findings: tuple[dict[str, Any], ...]
    broken: Any
    metric: gpd.GeoDataFrame | None


def hold(found: Found, crs: str) -> Held | None:
    """Return a layer with unique ids and measured shapes; None for one that was not read.

    Parameters
    ----------
    found : Found
        The layer of the file, read.
    crs : str
        Working CRS, in which shapes are measured that cannot be in their own.
    """
    if found.reading is None:
        return None
    role = found.reading.notes.get("layer", "context")
    frame, findings = unique_ids(found.reading.frame, role)
    broken, metric = np.array([], dtype=np.intp), None
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = frame.geometry.to_numpy()
        there = ~shapely.is_missing(shapes)
        sound = there.copy()
        broken = broken_in(frame)
        sound[broken] = False
        metric = _metric(frame[sound], role, crs)
    return Held(role, found, frame, tuple(findings), broken, metric)


def _metric(frame: gpd.GeoDataFrame, role: str, crs: str) -> gpd.GeoDataFrame | None:
    """Return the polygons of a frame in a CRS in which they can be measured, None where none is."""
    if frame.crs is None or frame.crs == NO_CRS or LAYERS[role].geometry != "polygon":
        return None
    kinds = shapely.get_type_id(frame.geometry.to_numpy())
    frame = frame[np.isin(kinds, _POLYGONS)].reset_index(drop=True)
    for target in dict.fromkeys((crs_text(frame.crs), crs)):
        try:
            moved = transform(frame, target, layer=role)
            require_metric_crs(moved, role)
        except CRSError:
            continue
        return moved if len(moved) else None
    return None


def malformed_codes(ids: pd.Series) -> list[tuple[int, str]]:
    """Return positions and defects of ids that set out to be parcel codes and are none."""
    told = np.flatnonzero(may_be_malformed(ids) & ids.notna().to_numpy())
    codes = ((int(at), str(ids.iloc[at])) for at in told)
    pairs = ((at, code_defect(code)) for at, code in codes if looks_like_a_code(code))
    return [(at, defect) for at, defect in pairs if defect]


def faults_of(held: Held) -> list[dict[str, Any]]:
    """Return findings about rows: broken and missing shapes, areas that differ, codes, land use."""
    frame, role = held.frame, held.role
    out: list[dict[str, Any]] = []
    drawn_only = role == "context" and held.found.roles == ["context"]
    out += find_broken(frame, role, drawn_only=drawn_only, shapes=False, broken=held.broken)
    if LAYERS[role].geometry == "any":  # of other layers the reader has said it
        out += find_missing(frame, role)
    if role == "parcels":
        for at, defect in malformed_codes(frame["source_id"]):
            out.append(finding("code_malformed", **about_row(frame, role, at), defect=defect))
        out += _areas_that_differ(held.metric)
        out += [*find_codes(frame, empty_layer("records")), *find_land_use(frame)]
    return out


def _areas_that_differ(parcels: gpd.GeoDataFrame | None) -> list[dict[str, Any]]:
    """Return a finding per stated area that is neither the plane nor the ellipsoidal one."""
    if parcels is None:
        return []
    rows: list[Any] = area_differences(parcels, np.arange(len(parcels))).to_dict("records")
    out = []
    for row in rows:
        facts = {name: round(row[name], 2) for name in ("stated", "plane", "ellipsoidal")}
        told = finding(
            "area_differs",
            severity=row["severity"],
            area_m2=row["off"],
            share=round(row["share"], 6),
            **{f"{name}_m2": value for name, value in facts.items()},
            **about_row(parcels, "parcels", row["at"]),
        )
        out.append(told)
    return out
