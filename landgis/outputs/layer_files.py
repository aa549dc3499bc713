"""Finished frames to files that others read: GeoPackage for layers, CSV or Excel for tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from landgis.base.errors import OutputError
from landgis.outputs.files import refuse_existing, write_beside

__all__ = ["LAYER_FILES", "TABLE_FILES", "flat", "require_output", "write_layers", "write_table"]

_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
#: the kinds of file that hold one layer, and those that hold a table
LAYER_FILES = tuple(_DRIVERS)
TABLE_FILES = (".csv", ".xlsx", ".gpkg")


def require_output(path: Path, kinds: Sequence[str], *, replace: bool) -> None:
    """Refuse, before any work, a place that cannot be written as it is named.

    Raises
    ------
    OutputError
        If the kind of file is not among those that can be written, if it is there already and
        `replace` is not set, or if it is a folder.
    """
    if path.is_dir():
        raise OutputError("output_is_folder", name=path.name)
    if path.suffix.lower() not in kinds:
        raise OutputError("output_kind_unknown", name=path.name, known=", ".join(kinds))
    refuse_existing([path], replace=replace)


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose lists are JSON text and whose days are of type Date."""
    out = frame.copy()
    for name in out.columns.difference(["geometry"]):
        column = out[name]
        if pd.api.types.is_datetime64_dtype(column):
            out[name] = column.astype("date32[pyarrow]")
        elif column.dtype == object:
            out[name] = [
                json.dumps(list(v), ensure_ascii=False) if isinstance(v, (list, tuple)) else v
                for v in column
            ]
    return out


def write_layers(layers: Mapping[str, pd.DataFrame], path: Path, *, replace: bool) -> Path:
    """Write layers and tables into one file, a GeoPackage unless its name says otherwise.

    Raises
    ------
    OutputError
        If the kind of file is not known or holds one layer only, if it is there and `replace` is
        not set, or another program holds it.
    """
    require_output(path, LAYER_FILES if len(layers) == 1 else (".gpkg",), replace=replace)
    driver = _DRIVERS[path.suffix.lower()]

    def write(beside: Path) -> None:
        for name, frame in layers.items():
            shape: dict[str, Any] = {}
            if isinstance(frame, gpd.GeoDataFrame) and driver == "GPKG":
                shape = {"geometry_type": "Unknown"}
            pyogrio.write_dataframe(
                flat(frame),
                beside,
                layer=name if driver == "GPKG" else None,
                driver=driver,
                use_arrow=driver == "GPKG",
                append=beside.exists(),
                **shape,
            )

    try:
        return write_beside(path, write, replace=replace)
    except (DataSourceError, DataLayerError) as error:
        raise OutputError("file_held", name=path.name, why="os_permission") from error


def write_table(frame: pd.DataFrame, path: Path, *, replace: bool) -> Path:
    """Write a table as CSV (UTF-8 with a mark, as Excel wants it), Excel or GeoPackage.

    Raises
    ------
    OutputError
        If the kind of file is not known, if it is there and `replace` is not set, or another
        program holds it.
    """
    require_output(path, TABLE_FILES, replace=replace)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        text = frame.to_csv(index=False, lineterminator="\r\n")
        return write_beside(
            path,
            lambda beside: beside.write_text(text, encoding="utf-8-sig", newline="") and None,
            replace=replace,
        )
    if suffix == ".xlsx":
        return write_beside(
            path,
            lambda beside: frame.to_excel(beside, index=False, engine="xlsxwriter"),
            replace=replace,
        )
    return write_layers({path.stem: frame}, path, replace=replace)
