"""Finished frames to files that others read: GeoPackage for layers, CSV or Excel for tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from landgis.base.errors import OutputError
from landgis.outputs.files import write_beside

__all__ = ["write_layers", "write_table"]

_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".shp": "ESRI Shapefile"}


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
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
    driver = _DRIVERS.get(path.suffix.lower())
    if driver is None or (driver != "GPKG" and len(layers) > 1):
        raise OutputError("output_kind_unknown", name=path.name, known=".gpkg")

    def write(beside: Path) -> None:
        for name, frame in layers.items():
            shape: dict[str, Any] = {}
            if isinstance(frame, gpd.GeoDataFrame) and driver == "GPKG":
                shape = {"geometry_type": "Unknown"}
            pyogrio.write_dataframe(
                _flat(frame),
                beside,
                layer=name if driver == "GPKG" else None,
                driver=driver,
                use_arrow=driver == "GPKG",
                append=beside.exists(),
                **shape,
            )

    return write_beside(path, write, replace=replace)


def write_table(frame: pd.DataFrame, path: Path, *, replace: bool) -> Path:
    """Write a table as CSV (UTF-8 with a mark, as Excel wants it), Excel or GeoPackage.

    Raises
    ------
    OutputError
        If the kind of file is not known, if it is there and `replace` is not set, or another
        program holds it.
    """
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
    if suffix == ".gpkg":
        return write_layers({path.stem: frame}, path, replace=replace)
    raise OutputError("output_kind_unknown", name=path.name, known=".csv, .xlsx, .gpkg")
