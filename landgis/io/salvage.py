"""Files that cannot be read whole: one record at a time, so that a bad one costs one.

Fiona reads by record; where it has no driver, the bad records are found by bisection.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fiona
import numpy as np
import pandas as pd
import pyogrio
import shapely
from fiona.errors import FionaError

from landgis.base.errors import SourceError
from landgis.io.files import find_sibling

__all__ = ["Records", "read_records", "with_index"]

_COMPANIONS = (".shp", ".dbf", ".prj", ".cpg")


@dataclass
class Records:
    """Records read one by one: cells, shapes, numbers (from 1) and the code of what is broken."""

    raw: pd.DataFrame
    shapes: np.ndarray
    crs: str | None
    numbers: list[int]
    defects: list[str | None]
    driver: str | None


@contextmanager
def with_index(path: Path) -> Iterator[Path]:
    """Yield a copy of a shapefile whose missing .shx was rebuilt; the sender's folder is left."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in _COMPANIONS:
            if (one := find_sibling(path, suffix)) is not None:
                shutil.copyfile(one, Path(folder) / f"{path.stem}{suffix}")
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
        try:
            yield Path(folder) / f"{path.stem}.shp"
        finally:
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})


def read_records(path: Path, layer: str, source: str, encoding: str | None) -> Records:
    """Read a layer one record at a time.

    Raises
    ------
    SourceError
        If the file cannot be opened at all, or has not one readable record.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _by_fiona(path, layer, *_record_ids(path, layer), encoding)
    except (FionaError, RuntimeError, OSError, ValueError):
        raise SourceError("file_unreadable", source=source) from None


def _record_ids(path: Path, layer: str) -> tuple[np.ndarray, int]:
    """Return the numbers of the records as GDAL counts them, and how many there should be."""
    stated = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
    try:
        _, fids, _, _ = pyogrio.raw.read(
            path, layer=layer, columns=[], read_geometry=False, return_fids=True
        )
    except RuntimeError:
        fids = np.array([], dtype="int64")
    first = 1 if path.suffix.lower() == ".gpkg" else 0
    beyond = np.arange(first, first + stated if len(fids) < stated else first)
    return np.union1d(fids, beyond).astype("int64"), max(stated, len(fids))


def _by_fiona(
    path: Path, layer: str, fids: np.ndarray, stated: int, encoding: str | None
) -> Records:
    """Read each record by fiona; numbers that no record bears are left out."""
    read: list[tuple[dict[str, Any], Any, str | None]] = []
    options = {"encoding": encoding} if encoding else {}
    with fiona.open(path, layer=layer, **options) as file:
        crs, driver, names = file.crs_wkt or None, file.driver, list(file.schema["properties"])
        spare = len(fids) - stated
        for fid in fids.tolist():
            record = _record(file, fid)
            if record[2] == "record_unreadable" and spare > 0:
                spare -= 1
            else:
                read.append(record)
    if not read or all(defect for _, _, defect in read):
        raise ValueError("no record can be read")
    shapes = np.empty(len(read), dtype=object)
    shapes[:] = [shape for _, shape, _ in read]
    raw = pd.DataFrame([cells for cells, _, _ in read], columns=names, dtype="object")
    numbers = list(range(1, len(read) + 1))
    return Records(raw, shapes, crs, numbers, [defect for _, _, defect in read], driver)


def _record(file: Any, fid: int) -> tuple[dict[str, Any], Any, str | None]:
    """Read one record: its cells, its shape, and what is broken."""
    try:
        record = file[fid]
    except UnicodeDecodeError:
        return {}, None, "text_undecodable"
    except (FionaError, RuntimeError, ValueError, LookupError):
        return {}, None, "record_unreadable"
    if record is None:
        return {}, None, "record_unreadable"
    cells = dict(record.properties)
    if not all(_sound(cell) for cell in cells.values()):
        return {}, None, "text_undecodable"
    if record.geometry is None:
        return cells, None, None
    try:
        shape = shapely.force_2d(shapely.geometry.shape(record.geometry))
    except (shapely.GEOSException, ValueError, TypeError, AttributeError):
        return cells, None, "geometry_unreadable"
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return cells, None, "geometry_unreadable"
    return cells, None if shape.is_empty else shape, None


def _sound(cell: Any) -> bool:
    """Tell whether a cell is no text, or text without halves of characters."""
    return (
        not isinstance(cell, str)
        or cell.isascii()
        or cell == cell.encode("utf-8", "ignore").decode("utf-8")
    )
