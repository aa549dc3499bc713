"""Control points of a datum shift: brought into its two systems, and how far each is off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from landgis.base.crs import transform
from landgis.base.datum import DatumShift, residuals
from landgis.base.errors import CampaignError, LandgisError
from landgis.base.findings import finding
from landgis.base.zones import datum_of
from landgis.campaign import DatumShiftSection
from landgis.io.control_points import read_control_points
from landgis.io.vector.georeference import locate

__all__ = ["ControlPoints", "check_residuals", "control_points", "is_plane", "misfits", "spread"]

Floats = npt.NDArray[np.float64]
#: residuals beyond this many times the limit, and a metre, are no residuals: nothing is loaded
_GROSS, _GROSS_M = 10.0, 1.0


@dataclass(frozen=True)
class ControlPoints:
    """Control points in the two systems of a shift, east before north, and how they were told."""

    file: str
    path: Path
    names: list[str]
    source: Floats
    target: Floats
    findings: list[dict[str, Any]]


def is_plane(crs: pyproj.CRS) -> bool:
    """Tell whether coordinates of a CRS are metres on a plane."""
    return not crs.is_geographic and all(axis.unit_name == "metre" for axis in crs.axis_info)


def control_points(
    section: DatumShiftSection, bare: DatumShift, folder: Path, place: str
) -> ControlPoints | None:
    """Return the control points of a section, in the two systems of its shift."""
    if section.control_points is None:
        return None
    name, path = section.control_points, folder / section.control_points
    table = read_control_points(path, name)
    sides = []
    findings: list[dict[str, Any]] = []
    for side, crs in (("source", bare.source), ("target", bare.target)):
        xy = table[[f"{side}_y", f"{side}_x"]].to_numpy()  # Y is the easting
        moved, said = _in_system(xy, crs, name, place)
        sides.append(moved)
        findings += said
    names = [str(one) for one in table["name"]]
    return ControlPoints(name, path, names, sides[0], sides[1], findings)


def _in_system(
    xy: Floats, crs: pyproj.CRS, name: str, place: str
) -> tuple[Floats, list[dict[str, Any]]]:
    """Return points in a CRS: as given, or from the zone that their prefix names.

    Raises
    ------
    CampaignError
        If the zone of the points cannot be told, or they lie elsewhere.
    """
    plane = is_plane(crs)
    try:
        located = locate(
            gpd.GeoSeries(shapely.points(xy)),
            layer="context",
            source=name,
            declared=crs if plane else None,
            datum=None if plane else datum_of(crs),
        )
    except LandgisError:
        raise CampaignError("datum_points_zone", place=place, name=name) from None
    if located.defects is not None:
        raise CampaignError("datum_points_zone", place=place, name=name)
    shapes = transform(gpd.GeoDataFrame(geometry=located.shapes), crs, layer=name).geometry
    swapped = [one for one in located.findings if one["code"].startswith("axes_swapped")]
    out: Floats = shapely.get_coordinates(shapes.to_numpy())
    return out, [one | {"layer": None} for one in swapped]


def spread(off: Floats) -> tuple[float, float]:
    """Return the root mean square and the greatest of distances (m)."""
    distance = np.hypot(off[:, 0], off[:, 1])
    return float(np.sqrt((distance**2).mean())), float(distance.max())


def misfits(shift: DatumShift, points: ControlPoints) -> Floats:
    """Return residuals in metres, also where the target is in degrees."""
    off = residuals(shift, points.source, points.target)
    if is_plane(shift.target):
        return off
    ellipsoid: Any = shift.target.ellipsoid
    metres: Floats = np.radians(off) * ellipsoid.semi_major_metre
    metres[:, 0] *= np.cos(np.radians(points.target[:, 1]))
    return metres


def check_residuals(
    shift: DatumShift, section: DatumShiftSection, points: ControlPoints, default: float
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return findings and notes on the residuals of control points.

    Raises
    ------
    CampaignError
        If they are no residuals any more: parameters, systems or points are wrong.
    """
    off = misfits(shift, points)
    rms, most = spread(off)
    limit = section.limit_m or default
    worst = points.names[int(np.hypot(off[:, 0], off[:, 1]).argmax())]
    facts: dict[str, Any] = {
        "place": shift.place,
        "points": len(points.names),
        "rms_m": round(rms, 4),
        "max_m": round(most, 4),
        "limit_m": limit,
        "worst": worst,
    }
    if most > max(_GROSS * limit, _GROSS_M):
        raise CampaignError("datum_misfit", name=points.file, **facts)
    over = most > limit
    severity = ("error" if section.limit_m else "warning") if over else None
    code = "datum_residuals_over" if over else "datum_residuals"
    table = [
        {"name": name, "east_m": round(float(east), 4), "north_m": round(float(north), 4)}
        for name, (east, north) in zip(points.names, off, strict=True)
    ]
    notes = {
        "control_points": points.file,
        "residuals": table,
        "rms_m": facts["rms_m"],
        "max_m": facts["max_m"],
        "limit_m": limit,
    }
    return [finding(code, severity=severity, source_file=points.file, **facts)], notes
