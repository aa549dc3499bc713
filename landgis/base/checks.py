"""Gates: what a computing function asks of its frames before it starts."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.base.crs import MAX_SCALE_ERROR, ground_scale
from landgis.base.errors import CRSError, GeometryError, TableError
from landgis.base.projections import name_of

__all__ = [
    "require_columns",
    "require_frame",
    "require_geometry",
    "require_metric_crs",
    "require_same_crs",
    "require_unique_ids",
    "rows",
]


def rows(names: Iterable[object]) -> list[str]:
    """Return names as an error bears them; it says five and a count."""
    return [str(name) for name in names]


def require_columns(frame: pd.DataFrame, layer: str, names: Iterable[str]) -> None:
    """Refuse a frame that lacks one of the columns.

    Raises
    ------
    TableError
        Naming the missing columns and those that are there.
    """
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise TableError(
            "columns_missing",
            layer=layer,
            columns=", ".join(missing),
            there=", ".join(map(str, frame.columns)) or "-",
        )


def require_frame(frame: object, layer: str) -> None:
    """Refuse anything but a GeoDataFrame with a geometry column."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame._geometry_column_name not in frame.columns:
        raise TableError("not_a_geodataframe", layer=layer, kind=type(frame).__name__)


def require_geometry(frame: gpd.GeoDataFrame, layer: str, kinds: Iterable[str]) -> None:
    """Refuse shapes of another kind; missing and empty shapes pass.

    Raises
    ------
    GeometryError
        Naming the rows and the kinds found.
    """
    require_frame(frame, layer)
    wanted = set(kinds)
    shapes = frame.geometry.to_numpy()
    odd = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), [-1, *map(_kind_number, wanted)]))
    odd = odd[~shapely.is_empty(shapes[odd])]
    if len(odd):
        raise GeometryError(
            "geometry_kind",
            layer=layer,
            found=", ".join(sorted({shape.geom_type for shape in shapes[odd]})),
            wanted=", ".join(sorted(wanted)),
            rows=rows(frame.index[odd]),
        )


def _kind_number(kind: str) -> int:
    """Return the number that GEOS has for a kind of geometry."""
    return int(shapely.GeometryType[kind.upper()])


def has_shapes(frame: gpd.GeoDataFrame) -> bool:
    """Tell whether any shape is neither missing nor empty."""
    shapes = frame.geometry.to_numpy()
    return any(shape is not None and not shape.is_empty for shape in shapes)


def require_unique_ids(frame: pd.DataFrame, layer: str, column: str) -> None:
    """Refuse missing and repeated ids.

    Raises
    ------
    TableError
        Naming the ids that repeat, or the rows without one.
    """
    require_columns(frame, layer, [column])
    ids = frame[column]
    if ids.isna().any():
        missing = frame.index[ids.isna()]
        raise TableError("ids_missing", layer=layer, column=column, rows=rows(missing))
    twice = ids.duplicated()
    if twice.any():
        again = sorted(map(str, ids[twice].unique()))
        raise TableError("ids_repeated", layer=layer, column=column, rows=rows(again))


def require_metric_crs(frame: gpd.GeoDataFrame, layer: str) -> None:
    """Refuse a CRS in which a metre on the map is not a metre on the ground where the layer lies.

    Raises
    ------
    CRSError
        If the frame has no CRS, one not in metres, or one whose scale there is off by more than
        `MAX_SCALE_ERROR` (degrees, Web Mercator, a forgotten zone: one rule).
    """
    require_frame(frame, layer)
    crs = frame.crs
    if crs is None:
        raise CRSError("crs_missing", layer=layer)
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise CRSError("crs_not_metric", layer=layer, crs=name_of(crs))
    bounds = frame.total_bounds
    if not np.isfinite(bounds).all():
        return
    scale = ground_scale(crs, bounds)
    if not abs(scale - 1) <= MAX_SCALE_ERROR:
        raise CRSError("crs_scale", layer=layer, crs=name_of(crs), scale=f"{scale:.4g}")


def require_same_crs(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, layers: str) -> None:
    """Refuse two frames in different CRSs.

    Raises
    ------
    CRSError
        Naming both.
    """
    if left.crs is None or right.crs is None or left.crs != right.crs:
        raise CRSError(
            "crs_differ",
            layer=layers,
            left="-" if left.crs is None else name_of(left.crs),
            right="-" if right.crs is None else name_of(right.crs),
        )
