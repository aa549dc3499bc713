"""EDIGEO, the exchange form of the French cadastre (NF Z 52-000; PCI Vecteur of the DGFiP).

A sheet is a folder of files that name each other: a .THF with what describes the sheet (.GEO, .DIC,
.SCD) and its objects (.VEC). GDAL leaves out in silence what a missing file would have held, so the
files are counted first. Its layers are classes of objects: PARCELLE_id holds the parcels, with
their code (IDU) and stated area in m² (SUPF).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyproj
from pyproj.exceptions import CRSError as ProjCRSError

from landgis.base.errors import SourceError
from landgis.io.row.draft import SourceOptions
from landgis.io.vector.bulk import Bulk

__all__ = ["SUFFIX", "main_layer", "require_companions", "with_meaning"]

SUFFIX = ".thf"
#: class of objects that a layer of the schema is made of
_CLASSES = {"parcels": "PARCELLE_id"}
#: column as sent to the same with its unit, and our column
_AREA, _AREA_NAMED, _AREA_MEANS = "SUPF", "SUPF (m2)", "stated_area_mu"
#: what names an object within its sheet
_OBJECT = "OBJECT_RID"
#: field of a .THF that names a file of a lot, to its suffix; those without which objects are lost
_FILES = {"GON": ".GEO", "DIN": ".DIC", "SCN": ".SCD", "GDN": ".VEC"}
_FIELD = re.compile(rb"(LON|GON|DIN|SCN|GDN)SA\d\d:([0-9A-Za-z_]{1,12})\s*$", re.MULTILINE)
_HEAD = 1 << 16


def require_companions(path: Path, source: str) -> None:
    """Refuse a sheet some of whose files are missing.

    Raises
    ------
    SourceError
        Naming them.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    there = {one.name.casefold() for one in path.parent.iterdir()}
    lot, missing = "", []
    for field, value in _FIELD.findall(head.replace(b"\r", b"")):
        name = value.decode("ascii")
        if field == b"LON":
            lot = name
            continue
        wanted = f"{lot}{name}{_FILES[field.decode('ascii')]}"
        if wanted.casefold() not in there:
            missing.append(wanted)
    if missing:
        raise SourceError("edigeo_incomplete", source=source, names=", ".join(missing))


def main_layer(layer_name: str, layers: Iterable[str]) -> str | None:
    """Return the class of objects that is meant as a layer of the schema, None where none is."""
    wanted = _CLASSES.get(layer_name)
    return wanted if wanted in set(layers) else None


def with_meaning(
    bulk: Bulk, name: str, layer_name: str, options: SourceOptions
) -> tuple[Bulk, SourceOptions]:
    """Return a class of objects with the unit of its area named and its CRS by its EPSG code.

    Parameters
    ----------
    bulk : Bulk
        As read.
    name : str
        Class of objects.
    layer_name : str
        Layer of the schema.
    options : SourceOptions
        What the campaign says; it may name SUPF as it is sent.

    Returns
    -------
    bulk : Bulk
        SUPF is called ``SUPF (m2)``.
    options : SourceOptions
        With what SUPF means, where the campaign does not say.
    """
    bulk.crs = _known(bulk.crs)
    options = replace(options, shown=(_OBJECT,))
    if name != _CLASSES["parcels"] or layer_name != "parcels" or _AREA not in bulk.raw:
        return bulk, options
    bulk.raw = bulk.raw.rename(columns={_AREA: _AREA_NAMED})
    return bulk, replace(options, columns=_with_area(options.columns))


def _with_area(columns: Mapping[str, str]) -> dict[str, str]:
    """Return a campaign's columns, SUPF by its name with the unit."""
    said = {_AREA_NAMED if sent == _AREA else sent: ours for sent, ours in columns.items()}
    if _AREA_NAMED not in said and _AREA_MEANS not in said.values():
        said[_AREA_NAMED] = _AREA_MEANS
    return said


@cache
def _known(crs: str | None) -> str | None:
    """Return a CRS by its EPSG code, where it has one: files name it by the IGN's."""
    if crs is None:
        return None
    try:
        code = pyproj.CRS.from_user_input(crs).to_epsg()
    except ProjCRSError:
        return crs
    return crs if code is None else f"EPSG:{code}"
