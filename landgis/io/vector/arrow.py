"""Arrow tables as frames and shapes: text that is no text, shapes that are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

__all__ = ["FARTHEST", "arrow_frame", "shapes_of", "unique_names"]

#: no coordinate is greater, in any unit: what is says "infinite" in some way
FARTHEST = 1e12
#: type numbers of lines, rings, polygons and their collections
_WITH_LENGTH = (1, 2, 3, 5, 6)


def arrow_frame(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame: whole numbers stay whole, repeated names are told apart."""
    table = table.rename_columns(unique_names(table.schema.names))
    whole = {
        pa.int8(): pd.Int64Dtype(),
        pa.int16(): pd.Int64Dtype(),
        pa.int32(): pd.Int64Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    mended = {name: _sound(table.column(name)) for name in table.column_names}
    broken = [name for name, cells in mended.items() if cells is not None]
    frame: pd.DataFrame = table.drop_columns(broken).to_pandas(
        types_mapper=whole.get, date_as_object=False
    )
    for at, name in enumerate(table.column_names):
        if name in broken:
            frame.insert(at, name, mended[name])
    return frame


def _sound(column: pa.ChunkedArray) -> pd.Series | None:
    """Return a text column with what is no UTF-8 as bytes; None for a column that is sound."""
    if not pa.types.is_string(column.type):
        return None
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        cells = column.cast(pa.binary()).to_pylist()
        return pd.Series([_decoded_bytes(cell) for cell in cells], dtype="object")
    return None


def _decoded_bytes(cell: bytes | None) -> str | bytes | None:
    """Return UTF-8 as text, anything else as it is."""
    try:
        return None if cell is None else cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell


def unique_names(names: list[str]) -> list[str]:
    """Return names with repeats numbered."""
    out: list[str] = []
    for name in names:
        wanted, number = name, 2
        while wanted in out:
            wanted, number = f"{name}_{number}", number + 1
        out.append(wanted)
    return out


def shapes_of(wkb: np.ndarray | None, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return shapes from WKB, and where there is something that is none."""
    if wkb is None:
        return np.full(count, None, dtype=object), np.zeros(count, dtype=bool)
    with np.errstate(all="ignore"):
        shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    if (shapely.get_coordinate_dimension(shapes) > 2).any():
        shapes = shapely.force_2d(shapes)
    broken = shapely.is_missing(shapes)
    if broken.any():
        broken &= ~pd.isna(wkb)
    shapes[shapely.is_empty(shapes)] = None
    broken |= _not_finite(shapes)
    shapes[broken] = None
    return shapes, broken


def _not_finite(shapes: np.ndarray) -> np.ndarray:
    """Tell which shapes have a coordinate that is no number, or none of this earth.

    The length of a line with such a coordinate is none either.
    """
    there = ~shapely.is_missing(shapes)
    far = there & ~(np.abs(shapely.bounds(shapes)) < FARTHEST).all(axis=1)
    if np.isin(shapely.get_type_id(shapes[there]), _WITH_LENGTH).all():
        with np.errstate(all="ignore"):
            return np.asarray(far | (there & ~np.isfinite(shapely.length(shapes))))
    xy, at = shapely.get_coordinates(shapes, return_index=True)
    far[at[~np.isfinite(xy).all(axis=1)]] = True
    return np.asarray(far)
