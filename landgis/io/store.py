"""The store: one GeoPackage that holds every layer of a loaded campaign.

A layer is a table of its own name; days are of type Date; lists are JSON text. The store is
written beside and renamed, so that a crash leaves the old one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from landgis.base.errors import CampaignError, OutputError
from landgis.base.schema import LAYERS, conform, empty_layer
from landgis.base.troubles import trouble_of

__all__ = ["META_TABLE", "STORE", "read_meta", "read_store", "write_store"]

STORE = "campaign.gpkg"
META_TABLE = "landgis_meta"
_UNUSABLE = (DataSourceError, DataLayerError)


def _for_writing(frame: pd.DataFrame, layer: str) -> pd.DataFrame:
    """Return a frame whose types the store knows: days as Date, lists as JSON."""
    out = frame.copy()
    for name in out.columns:
        if pd.api.types.is_datetime64_dtype(out[name]):
            out[name] = out[name].astype("date32[pyarrow]")
    for column in LAYERS[layer].columns:
        if column.type == "list":
            out[column.name] = [json.dumps(list(v), ensure_ascii=False) for v in out[column.name]]
    return out


def _from_reading(frame: pd.DataFrame, layer: str) -> pd.DataFrame:
    """Return a frame as it was before it was stored."""
    out = frame
    for column in LAYERS[layer].columns:
        if column.type == "list":
            out[column.name] = pd.Series(
                [json.loads(v) for v in out[column.name]], index=out.index, dtype="object"
            )
    for name in out.columns.difference([*LAYERS[layer].names, "geometry"]):
        if out[name].isna().all():
            out[name] = out[name].astype("str")
    return conform(out, layer)


def write_store(path: Path, layers: Mapping[str, pd.DataFrame], meta: Mapping[str, Any]) -> None:
    """Write all layers and what the store remembers of its making.

    Parameters
    ----------
    path : Path
        The store; an older one is replaced once the new one is whole.
    layers : mapping of str to DataFrame or GeoDataFrame
        Layers by schema name; empty ones are left out and read back empty.
    meta : mapping
        JSON-able facts: versions, sources with hashes, fingerprint of the household key.

    Raises
    ------
    OutputError
        If the folder cannot be written or another program holds the store.
    """
    beside = path.with_name(f".{path.stem}.part.gpkg")
    try:
        beside.unlink(missing_ok=True)
        _write(beside, layers, meta)
        beside.replace(path)
    except (*_UNUSABLE, OSError, sqlite3.Error) as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        why = trouble_of(error) if isinstance(error, OSError) else "os_permission"
        raise OutputError("file_held", name=path.name, why=why) from error


def _write(path: Path, layers: Mapping[str, pd.DataFrame], meta: Mapping[str, Any]) -> None:
    """Write layers and meta into a fresh GeoPackage."""
    for name, frame in layers.items():
        if frame.empty:
            continue
        table = _for_writing(frame, name)
        shape = {"geometry_type": "Unknown"} if isinstance(frame, gpd.GeoDataFrame) else {}
        pyogrio.write_dataframe(
            table, path, layer=name, driver="GPKG", use_arrow=True, append=path.exists(), **shape
        )
    note = pd.DataFrame({"json": [json.dumps(meta, ensure_ascii=False, default=str)]})
    pyogrio.write_dataframe(
        note, path, layer=META_TABLE, driver="GPKG", use_arrow=True, append=path.exists()
    )


def _tables(path: Path) -> set[str]:
    """Return the tables of a database; GDAL is asked only once it is one.

    Raises
    ------
    sqlite3.DatabaseError
        If it is none, or another program holds it.
    """
    address = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=0)) as base:
        return {str(name) for (name,) in base.execute("SELECT name FROM sqlite_master")}


def _require(path: Path) -> None:
    """Refuse a store that is not there, is none, or is held by another program."""
    if not path.is_file():
        raise CampaignError("store_missing", name=path.name, folder=str(path.parent))
    try:
        ours = META_TABLE in _tables(path)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise CampaignError("store_held", name=path.name) from None
        ours = False
    if not ours:
        raise CampaignError("store_broken", name=path.name)


def read_meta(path: Path) -> dict[str, Any]:
    """Return what the store remembers of its making.

    Raises
    ------
    CampaignError
        If there is no store, the file is none, or another program holds it.
    """
    _require(path)
    try:
        note = pyogrio.read_dataframe(path, layer=META_TABLE)
        meta: dict[str, Any] = json.loads(note["json"].iloc[0])
    except (*_UNUSABLE, LookupError, ValueError, TypeError):
        raise CampaignError("store_broken", name=path.name) from None
    return meta


def read_store(path: Path, crs: Any) -> dict[str, pd.DataFrame]:
    """Return all layers of the store by name, those not stored empty.

    Raises
    ------
    CampaignError
        If there is no store, the file is none, or another program holds it.
    """
    _require(path)
    try:
        there = {str(name) for name, _ in pyogrio.list_layers(path)}
        return {
            name: _from_reading(pyogrio.read_dataframe(path, layer=name, use_arrow=True), name)
            if name in there
            else empty_layer(name, crs)
            for name in LAYERS
        }
    except _UNUSABLE:
        raise CampaignError("store_broken", name=path.name) from None
