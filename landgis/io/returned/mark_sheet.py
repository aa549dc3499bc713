"""The sheet 勿改 of a list of rejected rows: which rows of which bytes of a file, and how shown.

The list comes back mended, perhaps after a year and through another program. What a cell was shown
as stands here once more, so that only a cell that differs is taken as mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from landgis.io.returned.mends import plain_text

__all__ = ["MARK_SHEET", "RETURNED", "Mark", "Page", "from_rows", "is_mark", "to_rows"]

MARK_SHEET = "勿改"
#: folder of a campaign for mended workbooks; what lies there is taken at every load
RETURNED = "退回修改"
_FORMAT = "1"
#: format, source, earlier mends, check
_FEWEST = 4


@dataclass(frozen=True)
class Page:
    """One sheet of a list.

    Attributes
    ----------
    title : str
        Its name in the list.
    sheet : str
        The sheet or layer of the source ("" where it has none).
    layer : str
        The layer of the schema that it was read as.
    lead : str
        Header of the column with the row numbers of the source.
    header : tuple of str
        Column names as shown.
    rows : list of (int, tuple of str)
        Row number of the source, and the cells as shown.
    """

    title: str
    sheet: str
    layer: str
    lead: str
    header: tuple[str, ...]
    rows: list[tuple[int, tuple[str, ...]]]


@dataclass(frozen=True)
class Mark:
    """What a list of rejected rows knows of its making.

    Attributes
    ----------
    source : str
        The file as the campaign names it.
    sha256 : str
        Hash of the file as it was read.
    after : tuple of str
        Mends (`landgis.io.returned.mended.MendedBook.identity`) that this list already shows.
    withheld : str
        What stands in place of a cell that is shown to nobody.
    pages : tuple of Page
        Its sheets.
    """

    source: str
    sha256: str
    after: tuple[str, ...]
    withheld: str
    pages: tuple[Page, ...]


def is_mark(name: str | None, rows: Sequence[Sequence[object]]) -> bool:
    """Tell whether a sheet of a workbook is that of a list of rejected rows."""
    return name == MARK_SHEET and len(rows) > 1 and list(rows[1][:1]) == ["landgis"]


def to_rows(mark: Mark) -> list[list[str]]:
    """Return a mark as rows of cells, with a check over all of them at the end."""
    rows = [
        ["landgis", _FORMAT],
        ["source", mark.source, mark.sha256, mark.withheld],
        ["after", *mark.after],
    ]
    for page in mark.pages:
        rows.append(["page", page.title, page.sheet, page.layer, page.lead, *page.header])
        rows += [["row", str(number), *cells] for number, cells in page.rows]
    told = [[plain_text(cell) for cell in row] for row in rows]
    return [*told, ["check", _check(told)]]


def from_rows(cells: Iterable[Sequence[str]]) -> Mark:
    """Return the mark that `to_rows` made.

    Raises
    ------
    ValueError
        If a row was changed, taken out or put in.
    """
    rows = [list(one) for one in cells]
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) < _FEWEST or rows[0][:2] != ["landgis", _FORMAT]:
        raise ValueError("no mark")
    if rows[-1][:2] != ["check", _check(rows[:-1])]:
        raise ValueError("changed")
    pages: list[Page] = []
    for one in rows[3:-1]:
        if one[0] == "page":
            header = tuple(_trimmed(one[5:]))
            pages.append(Page(one[1], one[2], one[3], one[4], header, []))
        else:
            width = len(pages[-1].header)
            pages[-1].rows.append((int(one[1]), tuple([*one[2:], *[""] * width][:width])))
    return Mark(rows[1][1], rows[1][2], tuple(_trimmed(rows[2][1:])), rows[1][3], tuple(pages))


def _trimmed(cells: Sequence[str]) -> list[str]:
    """Return cells without the empty ones at the end."""
    last = max((at for at, cell in enumerate(cells) if cell), default=-1)
    return list(cells[: last + 1])


def _check(rows: Iterable[Sequence[str]]) -> str:
    """Return a hash of cells that does not heed blanks, which programs treat as they like."""
    digest = hashlib.sha256()
    for row in rows:
        told = _trimmed([" ".join(cell.split()) for cell in row])
        digest.update(("\x1f".join(told) + "\x1e").encode("utf-8", "replace"))
    return digest.hexdigest()
