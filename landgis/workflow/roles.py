"""What each file of a folder seems to be: by its name, else by its columns, else a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.errors import LandgisError, SourceError
from landgis.base.schema import LAYERS
from landgis.base.words import FILE_WORDS
from landgis.io.ledgers import holds_points, read_ledger
from landgis.io.memory import Bench, Memory
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.vector.formats import ALL_LAYERS
from landgis.io.vectors import REFUSED
from landgis.workflow.asking import OF_THE_ROLE, read_asking
from landgis.workflow.found import Found
from landgis.workflow.sources import READERS, layers_in

__all__ = ["Look", "look_at", "name_parcels"]

_NUMBERS = ("编号", "序号", "号", "地块号", "no", "number", "id")
_KINDS = {
    "polygon": ("Polygon", "MultiPolygon", "Unknown", "GeometryCollection"),
    "line": ("LineString", "MultiLineString", "Unknown"),
}
#: what a file without a telling name may be, and the column that says so
_TELLING = {
    "power_lines": "voltage_kv",
    "parcels": "parcel_id",
    "projects": "project_id",
    "records": "record_id",
    "resettlement_zones": "zone_id",
}
_STATED = "stated_area_mu"
#: what a coordinate text may be: its columns are the same for all
_OUTLINES = ["projects", "parcels"]


@dataclass(frozen=True)
class Look:
    """How files are looked at.

    Attributes
    ----------
    asking : bool
        Whether a file that asks is read on with a provisional answer; else the question is its
        trouble.
    role : str or None
        Layer of the schema that the layers of the file are, whatever they are called.
    part : str or None
        The one layer, sheet or member of the file that is looked at; None: all.
    load_day : Timestamp or None
        Day after which nothing has happened yet.
    kind : str or None
        Kind of the records of the file, where somebody told it.
    memory : mapping
        What was read of the file that is looked at.
    """

    asking: bool = False
    role: str | None = None
    part: str | None = None
    load_day: pd.Timestamp | None = None
    kind: str | None = None
    memory: Memory = field(default_factory=Bench)


def look_at(path: Path, name: str, look: Look | None = None) -> list[Found]:
    """Return the layers of a file with their roles, each read as its first role.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        As the manifest names it.
    look : Look, optional
        What is known of it, and what a question means.
    """
    look = look or Look()
    suffix = path.suffix.lower()
    if suffix in REFUSED:  # reading it says what to save it as
        return [_read_as(Found(path, name, None, []), "context", look)]
    try:
        layers = _wanted(layers_in(path, name, look.memory), name, look)
    except LandgisError as trouble:
        return [Found(path, name, None, [], trouble=trouble)]
    if len(layers) == 1:
        kind = "Polygon" if _outlines(path, name, look) else layers[0][1]
        inside = str(look.part or layers[0][0] or "")
        part = look.part or (inside if inside.endswith(ALL_LAYERS) else None)
        roles = [look.role] if look.role else _roles_of(name, kind) or _roles_of(inside, kind)
        return [_read(Found(path, name, part, roles), kind, look)]
    called = {layer: _roles_of(str(layer), kind) for layer, kind in layers}
    if not any(called.values()):  # the layers' own names say nothing, so the file's has to
        called = {layer: _roles_of(name, kind) for layer, kind in layers}
    if look.role:
        called = {layer: [look.role] for layer, _ in layers}
    found = [_read(Found(path, name, layer, called[layer]), kind, look) for layer, kind in layers]
    return _named_first(found)


def _named_first(found: list[Found]) -> list[Found]:
    """Return layers of a file; what a layer's name says of one leaves others of its kind to ask."""
    named = {one.roles[0] for one in found if one.roles and one.sure}
    for one in found:
        if not one.sure and one.roles and one.roles[0] in named:
            one.guesses, one.roles = one.roles, []
    return found


def _outlines(path: Path, name: str, look: Look) -> bool:
    """Tell whether a file without shapes of its own lists the points of outlines."""
    if READERS[path.suffix.lower()] is not read_ledger:
        return path.suffix.lower() == ".txt"
    try:
        return holds_points(path, SourceOptions(path=name, layer=look.part, memory=look.memory))
    except LandgisError:
        return False  # reading it says why


def _wanted(
    layers: list[tuple[str | None, str | None]], source: str, look: Look
) -> list[tuple[str | None, str | None]]:
    """Return the layers of a file that are looked at.

    Raises
    ------
    SourceError
        If the wanted one is not there.
    """
    if look.part is not None and len(layers) > 1:
        own = [one for one in layers if one[0] == look.part]
        if not own:
            there = ", ".join(str(layer) for layer, _ in layers)
            raise SourceError("layer_not_there", source=source, name=look.part, there=there)
        return own
    fitting = [one for one in layers if look.role and _fits(look.role, one[1])]
    return fitting or layers


def _roles_of(name: str, kind: str | None) -> list[str]:
    """Return the layers that a name calls, in the order in which they are asked."""
    low = name.lower()
    return [
        layer
        for layer, words in FILE_WORDS.items()
        if any(one in low for one in words) and _fits(layer, kind)
    ]


def _fits(layer: str, kind: str | None) -> bool:
    """Tell whether a layer can hold a geometry type; None is a table without shapes."""
    wanted = LAYERS[layer].geometry
    if wanted == "any":
        return layer != "context" or kind is not None
    if wanted == "none" or kind is None:
        return wanted == "none" and kind is None
    return kind.split(" ")[-1].removesuffix("Z") in (*_KINDS[wanted], "25D")


def _read(found: Found, kind: str | None, look: Look) -> Found:
    """Read a layer of a file as its first role; without one, as what its columns say."""
    if found.roles:
        return _read_as(found, found.roles[0], look)
    if found.path.suffix.lower() == ".txt":
        asked = _read_as(found, _OUTLINES[0], look)
        asked.guesses = [] if asked.trouble else _OUTLINES
        return asked
    for role, column in _TELLING.items():
        if not _fits(role, kind):
            continue
        one = _read_as(Found(found.path, found.name, found.layer, [role]), role, look)
        if one.trouble is not None and one.trouble.code not in OF_THE_ROLE:
            found.trouble = one.trouble
        if one.trouble is None and _is_told(one, role, column):
            found.guesses.append(role)
            if found.reading is None:
                found.reading, found.questions = one.reading, one.questions
    if found.guesses:
        found.trouble = None
    if len(found.guesses) == 1:
        found.roles, found.guesses, found.sure = found.guesses, [], False
    return found


def _is_told(found: Found, role: str, column: str) -> bool:
    """Tell whether the columns of a layer say what it is; parcels also by a code in parts."""
    ours = set(_columns(found).values())
    if column in ours:
        return True
    places = ours & {"village", "group"}
    in_parts = len(places) == 2 or (places and _STATED in ours)
    return role == "parcels" and bool(in_parts and _compound(found))


def _read_as(found: Found, role: str, look: Look, parcel_id: tuple[str, ...] = ()) -> Found:
    """Read a layer of a file as a role; what stands in the way is its trouble."""
    options = SourceOptions(
        path=found.name,
        layer=found.layer,
        parcel_id=parcel_id,
        kind=look.kind,
        load_day=look.load_day,
        memory=look.memory,
    )
    reader = READERS[found.path.suffix.lower()]
    asked = read_asking(reader, found.path, role, options, go_on=look.asking)
    found.reading, found.trouble, found.questions = asked.reading, asked.trouble, asked.questions
    return found


def _columns(found: Found) -> dict[str, str]:
    """Return the recognised columns of a file: sent to ours."""
    return {} if found.reading is None else found.reading.notes.get("columns", {})


def _compound(found: Found) -> tuple[str, ...]:
    """Return village, group and number columns that together may be a parcel's code."""
    ours: dict[str, str] = {}
    for sent, name in _columns(found).items():
        ours.setdefault(name, sent)
    notes = {} if found.reading is None else found.reading.notes
    unused = [one for one in notes.get("columns_unused", []) if one.strip().lower() in _NUMBERS]
    number = ours.get("parcel_id") or next(iter(unused), None)
    places = [ours[name] for name in ("village", "group") if name in ours]
    return (*places, number) if number and places else ()


def _spread(reading: Reading) -> float:
    """Return which share of the rows bear a code of their own."""
    codes = reading.frame["parcel_id"]
    return float(codes.nunique() / len(codes)) if len(codes) else 0.0


def name_parcels(found: list[Found], look: Look | None = None) -> None:
    """Find the files whose parcel codes need village and group, and read them so.

    Parcels need it where their numbers alone repeat; records where more of them then meet a parcel.
    """
    look = look or Look()
    for one in _of(found, "parcels"):
        _compounded(one, "parcels", _spread, look)
    known: set[Any] = set()
    for one in _of(found, "parcels"):
        if one.reading is not None:
            known |= set(one.reading.frame["parcel_id"].dropna())

    def met(reading: Reading) -> float:
        codes = reading.frame["parcel_id"]
        return float(codes.isin(known).mean()) if len(codes) else 0.0

    for one in _of(found, "records"):
        if known:
            _compounded(one, "records", met, look)


def _of(found: list[Found], role: str) -> list[Found]:
    """Return the layers of a role that could be read."""
    return [one for one in found if one.roles[:1] == [role] and one.trouble is None]


def _compounded(found: Found, role: str, worth: Any, look: Look) -> None:
    """Read a layer by a compound code where that is worth more."""
    parts = _compound(found)
    if not parts or found.reading is None or worth(found.reading) >= 1.0:
        return
    other = _read_as(Found(found.path, found.name, found.layer, [role]), role, look, parts)
    if other.trouble is None and other.reading and worth(other.reading) > worth(found.reading):
        found.reading, found.questions = other.reading, other.questions
        found.parcel_id = parts
