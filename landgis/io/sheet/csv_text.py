"""CSV as rows of texts: its encoding and its mark found, its quotes checked.

A quote that is opened and never closed takes all rows behind it into one cell; such a file is
refused with the row, for otherwise they would be lost without a word.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from landgis.base.errors import SourceError

__all__ = ["read_csv_rows"]

_MARKS = ",\t;|"
#: rows that tell the mark
_HEAD = 50
#: Excel's own line that names the mark
_NAMES_MARK = "sep="
#: a cell of more than one line is longer than this only where a quote was left open
_LONGEST = 100_000
#: sound characters beyond ASCII for each broken one, so that the text is still of the encoding
_SOUND = 20


def read_csv_rows(
    path: Path, source: str, encoding: str | None
) -> tuple[list[list[str]], str, str]:
    """Return the rows of a CSV, its encoding, and what told it.

    Parameters
    ----------
    path : Path
        The file: UTF-8 or UTF-16 with a byte order mark, UTF-8, or GBK; parted by commas, tabs,
        semicolons or bars.
    source : str
        As the campaign names it.
    encoding : str, optional
        The campaign's word.

    Raises
    ------
    SourceError
        If its bytes are no text, or a quote is left open.
    """
    text, found, told = _decoded(path.read_bytes(), source, encoding)
    text = text.replace("\x00", "")
    if text[:4].lower() == _NAMES_MARK and text[4:5]:
        mark = text[4]
        text = "\n" + text.partition("\n")[2]  # the row stays, for rows are counted
    else:
        mark = _mark(text)
    rows = _rows(text, mark, source)
    return rows, found, told


def _decoded(raw: bytes, source: str, wanted: str | None) -> tuple[str, str, str]:
    """Return text, encoding and what told it: ``campaign``, ``mark`` or ``bytes``.

    Raises
    ------
    SourceError
        If no encoding fits.
    """
    if wanted is not None:
        try:
            return raw.decode(wanted).removeprefix("\ufeff"), wanted, "campaign"
        except LookupError:
            raise SourceError("encoding_unknown", source=source, encoding=wanted) from None
        except UnicodeDecodeError:
            raise SourceError("encoding_wrong", source=source, encoding=wanted) from None
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), encoding, "mark"
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding), encoding, "bytes"
        except UnicodeDecodeError:
            mended = raw.decode(encoding, "replace")
            broken = mended.count("\ufffd")
            sound = sum(not mark.isascii() for mark in mended) - broken
            if sound >= _SOUND * broken:
                return mended, encoding, "bytes"  # a broken cell costs its row
    raise SourceError("encoding_question", source=source, line='encoding = "GB18030"')


def _mark(text: str) -> str:
    """Return what parts the cells: the mark by which most rows have the same number of cells."""
    best, most = _MARKS[0], (0, 0)
    for mark in _MARKS:
        head = islice(csv.reader(io.StringIO(text, newline=""), delimiter=mark), _HEAD)
        try:
            widths = Counter(len(row) for row in head if len(row) > 1)
        except csv.Error:
            continue
        if widths:
            width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
            if (count, width) > most:
                best, most = mark, (count, width)
    return best


def _rows(text: str, mark: str, source: str) -> list[list[str]]:
    """Return the rows.

    Raises
    ------
    SourceError
        If a quote is left open, with the row where it stands.
    """
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            rows.append(row)
    except csv.Error:
        raise SourceError("csv_quote_open", source=source, row=len(rows) + 1) from None
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width = widths.most_common(1)[0][0] if widths else 0
    for at, row in enumerate(rows):
        whole = "".join(row)
        if ("\n" in whole or "\r" in whole) and any(_swallowed(one, mark, width) for one in row):
            raise SourceError("csv_quote_open", source=source, row=at + 1)
    return rows


def _swallowed(cell: str, mark: str, width: int) -> bool:
    """Tell whether a cell holds further rows: lines with as many marks as a row has."""
    if "\n" not in cell and "\r" not in cell:
        return False
    lines: Sequence[str] = cell.splitlines()[1:]
    return len(cell) > _LONGEST or (
        width > 1 and any(line.count(mark) >= width - 1 for line in lines)
    )
