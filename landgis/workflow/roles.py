"""What each file of a folder seems to be: by its name, else by its columns, else a question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd

from landgis.base.errors import LandgisError
from landgis.base.schema import LAYERS
from landgis.base.words import FILE_WORDS
from landgis.io.draft import Reading, SourceOptions
from landgis.io.vectors import REFUSED, list_layers, read_vector
from landgis.workflow.first_manifest import Found
from landgis.workflow.sources import READERS

__all__ = ["look_at", "name_parcels", "shapes_of"]

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
#: what a coordinate text may be: its columns are the same for all
_OUTLINES = ["projects", "parcels"]


def look_at(path: Path, name: str) -> list[Found]:
    """Return the layers of a file with their roles, each read once as its first role.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        As the manifest names it.
    """
    suffix = path.suffix.lower()
    if suffix in REFUSED:  # reading it says what to save it as
        return [_read_as(Found(path, name, None, []), "context")]
    layers: list[tuple[str | None, str | None]] = [(None, None)]
    try:
        if READERS[suffix] is read_vector:
            layers = list(list_layers(path, name))
    except LandgisError as trouble:
        return [Found(path, name, None, [], trouble=trouble)]
    if len(layers) == 1:
        kind = "Polygon" if suffix == ".txt" else layers[0][1]
        return [_read(Found(path, name, None, _roles_of(name, kind)), kind)]
    called = {layer: _roles_of(str(layer), kind) for layer, kind in layers}
    if not any(called.values()):  # the layers' own names say nothing, so the file's has to
        called = {layer: _roles_of(name, kind) for layer, kind in layers}
    return [_read(Found(path, name, layer, called[layer]), kind) for layer, kind in layers]


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
        return True
    if wanted == "none" or kind is None:
        return wanted == "none" and kind is None
    return kind.split(" ")[-1].removesuffix("Z") in (*_KINDS[wanted], "25D")


def _read(found: Found, kind: str | None) -> Found:
    """Read a layer of a file as its first role; without one, as what its columns say."""
    if found.roles:
        return _read_as(found, found.roles[0])
    if found.path.suffix.lower() == ".txt":
        asked = _read_as(found, _OUTLINES[0])
        asked.guesses = [] if asked.trouble else _OUTLINES
        return asked
    for role, column in _TELLING.items():
        if not _fits(role, kind):
            continue
        one = _read_as(Found(found.path, found.name, found.layer, [role]), role)
        if one.trouble is None and column in _columns(one).values():
            found.guesses.append(role)
            found.reading = found.reading or one.reading
    if len(found.guesses) == 1:
        found.roles, found.guesses, found.sure = found.guesses, [], False
    return found


def _read_as(found: Found, role: str, parcel_id: tuple[str, ...] = ()) -> Found:
    """Read a layer of a file as a role; what stands in the way is its trouble."""
    options = SourceOptions(path=found.name, layer=found.layer, parcel_id=parcel_id)
    try:
        found.reading = READERS[found.path.suffix.lower()](found.path, role, options)
    except LandgisError as trouble:
        found.trouble = trouble
    return found


def _columns(found: Found) -> dict[str, str]:
    """Return the recognised columns of a file: sent to ours."""
    return {} if found.reading is None else found.reading.notes.get("columns", {})


def shapes_of(found: Found) -> gpd.GeoDataFrame | None:
    """Return the frame of a layer that has shapes and a CRS."""
    frame = None if found.reading is None else found.reading.frame
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return None
    return frame if frame.geometry.notna().any() else None


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


def name_parcels(found: list[Found]) -> None:
    """Find the files whose parcel codes need village and group, and read them so.

    Parcels need it where their numbers alone repeat; records where more of them then meet a parcel.
    """
    for one in _of(found, "parcels"):
        _compounded(one, "parcels", _spread)
    known: set[Any] = set()
    for one in _of(found, "parcels"):
        if one.reading is not None:
            known |= set(one.reading.frame["parcel_id"].dropna())

    def met(reading: Reading) -> float:
        codes = reading.frame["parcel_id"]
        return float(codes.isin(known).mean()) if len(codes) else 0.0

    for one in _of(found, "records"):
        if known:
            _compounded(one, "records", met)


def _of(found: list[Found], role: str) -> list[Found]:
    """Return the layers of a role that could be read."""
    return [one for one in found if one.roles[:1] == [role] and one.trouble is None]


def _compounded(found: Found, role: str, worth: Any) -> None:
    """Read a layer by a compound code where that is worth more."""
    parts = _compound(found)
    if not parts or found.reading is None:
        return
    other = _read_as(Found(found.path, found.name, found.layer, [role]), role, parts)
    if other.trouble is None and other.reading and worth(other.reading) > worth(found.reading):
        found.reading = other.reading
        found.parcel_id = parts
