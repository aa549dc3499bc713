"""The text columns of a .dbf by themselves: GDAL decodes cell by cell, this room column by column.

Only for tables as their header describes them; what is irregular in any way is left to GDAL.
Format: dBase III, records of one length, text padded by blanks or zero bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from landgis.io.files import find_sibling
from landgis.io.vector.dbf import columns_of, decode_cell, decode_text

__all__ = ["TextTable", "read_text_table"]

_ENCODINGS = ("gb18030", "utf-8")
_BLANK = 32


@dataclass(frozen=True)
class TextTable:
    """The columns of a table in order.

    Attributes
    ----------
    names : list of str
        Decoded.
    others : list of str
        Names of the columns that are no text, as GDAL gives them when told Latin-1.
    cells : list of (rows, width) arrays of uint8 or None
        Bytes of the text columns, None for the others.
    count : int
        Records, deleted ones included.
    encoding : str
        Of the text.
    """

    names: list[str]
    others: list[str]
    cells: list[np.ndarray | None]
    count: int
    encoding: str

    def column(self, at: int, rows: np.ndarray) -> pd.Series | None:
        """Return some rows of a text column; what is no text in the encoding as bytes.

        None where something stands behind a zero byte.
        """
        cells = self.cells[at]
        assert cells is not None
        padded = _padded(cells[rows])
        return None if padded is None else _decoded(padded, self.encoding)


def read_text_table(path: Path, encoding: str) -> TextTable | None:
    """Return the columns of the .dbf beside a shapefile, None where GDAL has to read it."""
    table = find_sibling(path, ".dbf")
    if table is None or encoding not in _ENCODINGS:
        return None
    columns = columns_of(table)
    said = [decode_text(name.rstrip(b" "), encoding) for name, _, _ in columns]
    names = [name for name in said if name]
    if len(names) < len(columns) or len({name.casefold() for name in names}) < len(names):
        return None
    if any(kind == b"C" and cells is None for _, kind, cells in columns):
        return None
    others = [name.rstrip(b" ").decode("latin-1") for name, kind, _ in columns if kind != b"C"]
    cells = [one if kind == b"C" else None for _, kind, one in columns]
    count = min((len(one) for one in cells if one is not None), default=0)
    return TextTable(names, others, cells, count, encoding) if count else None


def _padded(cells: np.ndarray) -> np.ndarray | None:
    """Return cells padded by blanks only; None where something stands behind a zero byte."""
    zero = cells == 0
    if not zero.any():
        return np.ascontiguousarray(cells)
    behind = np.maximum.accumulate(zero, axis=1)
    if (behind & ~zero & (cells != _BLANK)).any():
        return None
    return np.where(behind, np.uint8(_BLANK), cells)


def _decoded(cells: np.ndarray, encoding: str) -> pd.Series:
    """Return cells as text, each distinct one decoded once; missing where there is nothing."""
    count, width = cells.shape
    if not count or not width:
        return pd.Series([None] * count, dtype="str")
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(width), count, [None, pa.py_buffer(cells)]
    )
    if not (cells > 127).any():  # one alphabet in every encoding
        return _trimmed(fixed.cast(pa.large_binary()).cast(pa.large_string()))
    known = fixed.cast(pa.large_binary()).dictionary_encode()
    distinct = known.dictionary.to_pylist()
    said = _all_decoded(distinct, encoding)
    if any(isinstance(one, bytes) for one in said):
        values = [text.strip(" ") or None if isinstance(text, str) else text for text in said]
        of_rows = pd.Series(values, dtype="object").take(known.indices.to_numpy())
        return of_rows.reset_index(drop=True)
    return _trimmed(pc.take(pa.array(said, pa.large_string()), known.indices))


def _trimmed(texts: pa.Array) -> pd.Series:
    """Return texts without blanks around them; missing where nothing is left."""
    kept = pc.utf8_trim(texts, " ")
    kept = pc.if_else(pc.equal(kept, ""), pa.scalar(None, pa.large_string()), kept)
    return pd.Series(pd.array(kept, dtype="str"))


def _all_decoded(cells: list[bytes], encoding: str) -> list[str | bytes]:
    """Return cells decoded in one piece where all are sound, else one by one."""
    try:
        together = b"\n".join(cells).decode(encoding).split("\n")
    except UnicodeDecodeError:
        together = []
    if len(together) == len(cells):
        return list(together)
    out: list[str | bytes] = []
    for cell in cells:
        text = decode_cell(cell, encoding)
        out.append(cell.rstrip(b" ") if text is None else text)
    return out
