"""Files that cannot be read whole: one record at a time, so that a bad one costs one.

Fiona reads by record; where it has no driver, the bad records are found by bisection.
"""

from __future__ import annotations

import logging
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
from landgis.io.vector.arrow import FARTHEST

__all__ = ["Records", "read_records"]

#: formats whose records GDAL numbers from 1
_FROM_ONE = (".gpkg", ".gdb")
#: reads that a search for bad records may take before the file is given up
_MOST_READS = 5000


@dataclass
class Records:
    """Records read one by one: cells, shapes, numbers (from 1) and the code of what is broken."""

    raw: pd.DataFrame
    shapes: np.ndarray
    crs: str | None
    numbers: list[int]
    defects: list[str | None]
    driver: str | None


def read_records(path: Path, layer: str, source: str, encoding: str | None) -> Records:
    """Read a layer one record at a time.

    Raises
    ------
    SourceError
        If the file cannot be opened at all, or has not one readable record.
    """
    try:
        with _quiet():
            info = pyogrio.read_info(path, layer=layer, force_feature_count=True)
            if path.is_file() and info["features"] > path.stat().st_size:
                raise ValueError("more records than bytes")
            if info["driver"] in fiona.supported_drivers:
                return _by_fiona(path, layer, *_record_ids(path, layer), encoding)
            return _by_bisection(path, layer, *_record_ids(path, layer), info, encoding)
    except (FionaError, RuntimeError, OSError, ValueError):
        raise SourceError("file_unreadable", source=source) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what fiona and GDAL say of every broken record."""
    logger = logging.getLogger("fiona")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _by_bisection(
    path: Path,
    layer: str,
    fids: np.ndarray,
    stated: int,
    info: dict[str, Any],
    encoding: str | None,
) -> Records:
    """Read a layer in ever smaller pieces around the records that cannot be read.

    Raises
    ------
    ValueError
        If none can, or there are too many that cannot.
    """
    names = [str(name) for name in info["fields"]]
    good: dict[int, tuple[dict[str, Any], Any]] = {}
    waiting = [(0, len(fids))] if len(fids) else []
    reads = 0
    while waiting:
        start, end = waiting.pop()
        reads += 1
        if reads > _MOST_READS:
            raise ValueError("too many records cannot be read")
        try:
            good |= _piece(path, layer, fids, start, end, names, encoding)
        except (RuntimeError, OSError, UnicodeDecodeError):
            middle = (start + end) // 2
            waiting += [(start, middle), (middle, end)] if end - start > 1 else []
    if not good:
        raise ValueError("no record can be read")
    bad = [at for at in range(len(fids)) if at not in good]
    kept = [at for at in range(len(fids)) if at in good or at in bad[len(fids) - stated :]]
    lost: tuple[dict[str, Any], Any, str | None] = ({}, None, "record_unreadable")
    read = [(good[at][0], *_from_wkb(good[at][1])) if at in good else lost for at in kept]
    return _records(read, names, info["crs"], info["driver"])


def _piece(
    path: Path,
    layer: str,
    fids: np.ndarray,
    start: int,
    end: int,
    names: list[str],
    encoding: str | None,
) -> dict[int, tuple[dict[str, Any], Any]]:
    """Read some records in one go: position to cells and shape (WKB)."""
    _, _, wkb, cells = pyogrio.raw.read(
        path, layer=layer, fids=fids[start:end], encoding=encoding, return_fids=True
    )
    shapes = [None] * (end - start) if wkb is None else wkb
    columns = [cell.tolist() for cell in cells]
    return {
        start + at: (dict(zip(names, (column[at] for column in columns), strict=True)), shapes[at])
        for at in range(end - start)
    }


def _records(
    read: list[tuple[dict[str, Any], Any, str | None]],
    names: list[str],
    crs: str | None,
    driver: str | None,
) -> Records:
    """Return records that were read one by one."""
    shapes = np.empty(len(read), dtype=object)
    shapes[:] = [shape for _, shape, _ in read]
    raw = pd.DataFrame([cells for cells, _, _ in read], columns=names, dtype="object")
    numbers = list(range(1, len(read) + 1))
    return Records(raw, shapes, crs, numbers, [defect for _, _, defect in read], driver)


def _from_wkb(wkb: Any) -> tuple[Any, str | None]:
    """Return a shape, and what is broken about it."""
    if wkb is None:
        return None, None
    try:
        shape = shapely.force_2d(shapely.from_wkb(wkb))
    except (shapely.GEOSException, ValueError, TypeError):
        return None, "geometry_unreadable"
    return _checked(shape)


def _checked(shape: Any) -> tuple[Any, str | None]:
    """Return a shape with finite coordinates; None for an empty one."""
    if not (np.abs(shapely.get_coordinates(shape)) < FARTHEST).all():
        return None, "geometry_unreadable"
    return None if shape.is_empty else shape, None


def _record_ids(path: Path, layer: str) -> tuple[np.ndarray, int]:
    """Return the numbers of the records as GDAL counts them, and how many there should be."""
    stated = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
    try:
        _, fids, _, _ = pyogrio.raw.read(
            path, layer=layer, columns=[], read_geometry=False, return_fids=True
        )
    except RuntimeError:
        fids = np.array([], dtype="int64")
    first = 1 if path.suffix.lower() in _FROM_ONE else 0
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
    return _records(read, names, crs, driver)


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
    return cells, *_checked(shape)


def _sound(cell: Any) -> bool:
    """Tell whether a cell is no text, or text without halves of characters."""
    return (
        not isinstance(cell, str)
        or cell.isascii()
        or cell == cell.encode("utf-8", "ignore").decode("utf-8")
    )
