"""Datum shifts of a campaign: parameters from the manifest, checked by control points.

What is missing is asked for by name; which way rotations turn is never guessed: the manifest says
it, or the residuals of control points decide and it is said. Values stay in the manifest; findings
and receipts bear residuals and a fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyproj

from landgis.base.datum import (
    PARAMETERS,
    SENSES,
    DatumShift,
    fitted_similarity,
    residuals,
    route_of,
)
from landgis.base.errors import CampaignError
from landgis.base.findings import finding
from landgis.base.projections import name_of, parse_crs
from landgis.base.rules import load_rules, override
from landgis.base.zones import DATUM_CRS
from landgis.campaign import DatumShiftSection, Settings
from landgis.io.manifest import MANIFEST
from landgis.workflow.control_checks import (
    ControlPoints,
    check_residuals,
    control_points,
    is_plane,
    misfits,
    spread,
)

__all__ = ["NO_SHIFTS", "CampaignShifts", "campaign_shifts", "said_of_shift"]

_FEWEST = 3
_SENSE_KEY = {"7": "convention", "4": "rotation"}
_EVERY = tuple(dict.fromkeys(name for names in PARAMETERS.values() for name in names))


@dataclass(frozen=True)
class CampaignShifts:
    """The parameters of a campaign and what control points say of them.

    Attributes
    ----------
    shifts : tuple of DatumShift
    findings : list of dict
        Residuals, and which sense they decided.
    notes : list of dict
        For the receipt, one per section: place, from, to, method, sense and what told it,
        fingerprint of the values, residuals.
    files : tuple of Path
        Tables of control points.
    """

    shifts: tuple[DatumShift, ...] = ()
    findings: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    files: tuple[Path, ...] = ()

    def rms_of(self, shift: DatumShift) -> tuple[float, int] | None:
        """Return mean residual (m) and number of the control points of a shift, if it has any."""
        for note in self.notes:
            if note["place"] == shift.place and note.get("residuals"):
                return note["rms_m"], len(note["residuals"])
        return None


NO_SHIFTS = CampaignShifts()


def said_of_shift(
    source: pyproj.CRS | None, crs: str, shifts: CampaignShifts, layer: str, name: str
) -> list[dict[str, Any]]:
    """Return what is said of a file that goes over a datum shift: whose, and how exact."""
    target = parse_crs(crs, MANIFEST)
    if source is None or source == target:
        return []
    route = route_of(shifts.shifts, source, target, layer)
    if route is None:
        return []
    facts: dict[str, Any] = {
        "source": name_of(source),
        "target": name_of(target),
        "place": route.shift.place,
        "method": route.shift.method,
    }
    checked = shifts.rms_of(route.shift)
    if checked is None:
        code = "datum_shifted_unchecked"
    else:
        code = "datum_shifted"
        facts |= {"rms_m": checked[0], "points": checked[1]}
    return [finding(code, layer=layer, source_file=name, **facts)]


def campaign_shifts(settings: Settings, folder: Path) -> CampaignShifts:
    """Return the datum shifts of a manifest, checked.

    Raises
    ------
    CampaignError
        If parameters are missing, belong to the other method, or do not tell which way rotations
        turn; if control points contradict them.
    SourceError
        If a table of control points cannot be used.
    CRSError
        If PROJ does not know one of the systems.
    """
    limits = override(load_rules("areas"), settings.rules.get("areas", {}))
    default = limits["point_class"][limits["points"]["class"]]["limit_m"]
    shifts, notes, findings, files = [], [], [], []
    for number, section in enumerate(settings.datum_shift, start=1):
        place = f"[[datum_shift]] {number}"
        bare = _bare_shift(section, settings.campaign.crs, place)
        points = control_points(section, bare, folder, place)
        shift, told = _with_sense(_with_values(section, bare, points), section, points, default)
        note = _note(shift, section, told)
        if points is not None:
            files.append(points.path)
            said, checked = check_residuals(shift, section, points, default)
            findings += [*points.findings, *said]
            note |= checked
        if told == "control_points":
            findings.append(
                finding(
                    "datum_sense_by_points", source_file=MANIFEST, place=place, sense=shift.sense
                )
            )
        shifts.append(shift)
        notes.append(note)
    return CampaignShifts(tuple(shifts), findings, notes, tuple(files))


def _system(said: str, place: str) -> pyproj.CRS:
    """Return the CRS of ``from`` or ``to``: a datum by its word, or any CRS."""
    return parse_crs(DATUM_CRS.get(said.casefold(), said), f"{MANIFEST} {place}")


def _bare_shift(section: DatumShiftSection, crs: str, place: str) -> DatumShift:
    """Return a shift without values yet.

    Raises
    ------
    CampaignError
        If four parameters are to hold between systems that are no planes in metres, or seven for
        one that has no place on the earth.
    """
    source, target = _system(section.source, place), _system(section.to or crs, place)
    for system in (source, target):
        if section.method == "4" and not is_plane(system):
            raise CampaignError("datum_needs_plane", place=place, crs=name_of(system))
        if section.method == "7" and system.geodetic_crs is None:
            raise CampaignError("datum_needs_earth", place=place, crs=name_of(system))
    said = section.convention if section.method == "7" else section.rotation
    return DatumShift(source, target, section.method, {}, said or SENSES[section.method][0], place)


def _with_values(
    section: DatumShiftSection, bare: DatumShift, points: ControlPoints | None
) -> DatumShift:
    """Return a shift with its parameters.

    Raises
    ------
    CampaignError
        If some are missing, or belong to the other method; without any, control points are turned
        into a question with the four that fit them best.
    """
    names = PARAMETERS[section.method]
    values = {name: getattr(section, name) for name in names}
    other = [name for name in _EVERY if name not in names and getattr(section, name) is not None]
    other += [
        key
        for method, key in _SENSE_KEY.items()
        if method != section.method and getattr(section, key) is not None
    ]
    if other:
        keys = ", ".join(other)
        raise CampaignError("datum_foreign", place=bare.place, keys=keys, method=section.method)
    missing = [name for name, value in values.items() if value is None]
    if len(missing) == len(names) and points is not None and section.method == "4":
        raise _fit_question(bare, points)
    if missing:
        raise CampaignError("datum_incomplete", place=bare.place, keys=", ".join(missing))
    return DatumShift(bare.source, bare.target, section.method, values, bare.sense, bare.place)


def _fit_question(bare: DatumShift, points: ControlPoints) -> CampaignError:
    """Return the question whether the four parameters that fit control points are meant."""
    if len(points.names) < _FEWEST:
        return CampaignError("datum_points_few", place=bare.place, least=_FEWEST)
    values = fitted_similarity(points.source, points.target)
    fitted = DatumShift(bare.source, bare.target, "4", values, SENSES["4"][0], bare.place)
    rms, _ = spread(residuals(fitted, points.source, points.target))
    shown = {"dx_m": 4, "dy_m": 4, "rotation_s": 6, "scale_ppm": 6}
    line = ", ".join(f"{name} = {values[name]:.{digits}f}" for name, digits in shown.items())
    return CampaignError(
        "datum_fit_question",
        place=bare.place,
        count=len(points.names),
        rms_m=round(rms, 4),
        line=f'rotation = "{SENSES["4"][0]}", {line}',
    )


def _with_sense(
    shift: DatumShift, section: DatumShiftSection, points: ControlPoints | None, default: float
) -> tuple[DatumShift, str]:
    """Return a shift that turns the right way, and what told it.

    Raises
    ------
    CampaignError
        If nothing tells it, or control points say the contrary of the manifest.
    """
    key = _SENSE_KEY[shift.method]
    said = getattr(section, key)
    if not shift.turns:
        return shift, "nothing_turns"
    other = shift.other_sense()
    if points is None:
        if said is None:
            raise _sense_question(shift, key)
        return shift, "campaign"
    limit = section.limit_m or default
    fits = [spread(misfits(one, points))[1] <= limit for one in (shift, other)]
    if said is not None:
        if fits == [False, True]:
            facts = {"place": shift.place, "key": key, "said": said, "fits": other.sense}
            raise CampaignError("datum_sense_contradicted", **facts)
        return shift, "campaign"
    if fits[0] == fits[1]:
        raise _sense_question(shift, key)
    return (shift if fits[0] else other), "control_points"


def _sense_question(shift: DatumShift, key: str) -> CampaignError:
    """Return the question which way rotations turn, with both lines."""
    one, other = (f'{key} = "{sense}"' for sense in SENSES[shift.method])
    return CampaignError("datum_sense_question", place=shift.place, one=one, other=other)


def _note(shift: DatumShift, section: DatumShiftSection, told: str) -> dict[str, Any]:
    """Return what a receipt says of a shift: everything but its values."""
    return {
        "place": shift.place,
        "from": section.source,
        "to": name_of(shift.target),
        "method": shift.method,
        "sense": shift.sense if shift.turns else None,
        "sense_from": told,
        "parameters_sha256": _fingerprint(shift.values),
    }


def _fingerprint(values: Mapping[str, float]) -> str:
    """Return the hash of parameters: it tells whether they changed, and nothing else."""
    said = "\n".join(f"{name}={values[name]!r}" for name in sorted(values))
    return hashlib.sha256(said.encode()).hexdigest()
