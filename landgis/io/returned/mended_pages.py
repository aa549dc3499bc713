"""One sheet of a mended list of rejected rows, against what the list showed.

Columns are known by their header word and rows by the row number of the source, so that sorting or
moving them does no harm; what cannot be told for certain is refused in one line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from landgis.base import text
from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.io.returned.mark_sheet import Page
from landgis.io.returned.mends import shown_text, typed_text

__all__ = ["Cell", "Line", "Place", "read_page"]

#: layer, sheet ("" where the source has none) and row of a mended row in its source
Place = tuple[str, str, int]
_LOOK_AT = 30
_LONGEST_NUMBER = 15
#: cells that a finding names
_SHOWN = 20
#: openpyxl's kinds of cells that hold no value of their sender's: formulas, error values
_COMPUTED = ("f", "e")


class Cell(NamedTuple):
    """A cell of a workbook; `kind` is openpyxl's: ``f`` a formula, ``e`` an error value."""

    value: Any
    kind: str


#: number of a row in the workbook, and its cells that say something by column
Line = tuple[int, Mapping[int, Cell]]


class _Layout(NamedTuple):
    """Where the header of a sheet stands, the place of each column, and words put in."""

    top: int
    lead: int
    columns: Mapping[str, int]
    extra: Sequence[str]


def read_page(
    page: Page, lines: Sequence[Line], *, name: str, withheld: str
) -> tuple[dict[Place, dict[str, Any]], list[dict[str, Any]]]:
    """Return the mended cells of a sheet by place in the source, and what was noticed.

    Parameters
    ----------
    page : Page
        What the list showed.
    lines : sequence of Line
        The sheet as it came back.
    name : str
        The workbook, for messages.
    withheld : str
        What stands in place of a cell that is shown to nobody.

    Raises
    ------
    SourceError
        If the header is gone, a column is gone or renamed, a row stands twice, has no number or is
        none of the list's.

    Notes
    -----
    A row with a formula, or an error value, in a mended cell is left as it was and noticed.
    """
    layout = _layout(page, lines, name)
    shown = dict(page.rows)
    ambiguous = {row for row, count in Counter(row for row, _ in page.rows).items() if count > 1}
    words = ("withheld", "masked")
    as_sent = {text.word(word, one) for word in words for one in text.LANGUAGES} | {withheld}
    seen: set[int] = set()
    formulas: list[str] = []
    cells: dict[Place, dict[str, Any]] = {}
    for at, row, told in _numbered(page, lines, layout, name):
        if row not in shown:
            raise SourceError("mended_row_unknown", source=name, sheet=page.title, row=row, at=at)
        if row in seen and row not in ambiguous:
            raise SourceError("mended_row_twice", source=name, sheet=page.title, row=row)
        seen.add(row)
        changed = {} if row in ambiguous else _changed(shown[row], told, layout.columns, as_sent)
        computed = [layout.columns[name] for name, one in changed.items() if one.kind in _COMPUTED]
        formulas += [_address(column, at) for column in computed]
        if changed and not computed:
            place = (page.layer, page.sheet, row)
            cells[place] = {column: _meant(cell.value) for column, cell in changed.items()}
    return cells, _noticed(page, layout, sorted(set(shown) - seen), formulas, name)


def _layout(page: Page, lines: Sequence[Line], name: str) -> _Layout:
    """Return where header and columns of a sheet stand.

    Raises
    ------
    SourceError
        If there is no header, or a column is gone, renamed or there twice.
    """
    lead = _word(page.lead)
    words: dict[int, str] = {}
    top = 0
    for at, told in lines:
        words = {column: _word(cell.value) for column, cell in told.items()}
        top = at
        if at > _LOOK_AT or lead in words.values():
            break
    if lead not in words.values():
        raise SourceError("mended_header_gone", source=name, sheet=page.title, column=page.lead)
    told_words = list(words.values())
    for column in (page.lead, *page.header):
        if told_words.count(_word(column)) != 1:
            code = (
                "mended_column_gone" if _word(column) not in told_words else "mended_column_twice"
            )
            raise SourceError(code, source=name, sheet=page.title, column=column)
    places = {word: column for column, word in words.items()}
    why = tuple(text.word("rejected_why", one) for one in text.LANGUAGES)
    own = {lead, *(_word(column) for column in page.header)}
    extra = [one for one in told_words if one and one not in own and not one.startswith(why)]
    columns = {column: places[_word(column)] for column in page.header}
    return _Layout(top, places[lead], columns, extra)


def _numbered(
    page: Page, lines: Sequence[Line], layout: _Layout, name: str
) -> Iterator[tuple[int, int, Mapping[int, Cell]]]:
    """Yield row in the workbook, row of the source and cells of every row below the header.

    Raises
    ------
    SourceError
        If a row that says something has no number.
    """
    own = {layout.lead, *layout.columns.values()}
    for at, told in lines:
        if at <= layout.top or not own & set(told):
            continue
        number = shown_text(told[layout.lead].value).strip() if layout.lead in told else ""
        if not number.isdecimal() or len(number) > _LONGEST_NUMBER:
            raise SourceError("mended_row_unnumbered", source=name, sheet=page.title, at=at)
        yield at, int(number), told


def _changed(
    shown: Sequence[str],
    told: Mapping[int, Cell],
    columns: Mapping[str, int],
    as_sent: set[str],
) -> dict[str, Cell]:
    """Return the cells of a row that differ from what was shown."""
    changed = {}
    for (column, at), before in zip(columns.items(), shown, strict=True):
        cell = told.get(at, Cell(None, "n"))
        said = shown_text(cell.value)
        if cell.kind == "f" or not (said.strip() in as_sent or _same(said, before)):
            changed[column] = cell
    return changed


def _address(column: int, row: int) -> str:
    """Return how a spreadsheet calls a cell."""
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(column)}{row}"


def _noticed(
    page: Page, layout: _Layout, gone: list[int], formulas: list[str], name: str
) -> list[dict[str, Any]]:
    """Return findings: rows with formulas, rows taken out, columns put in or moved."""

    def say(code: str, **facts: Any) -> dict[str, Any]:
        layer = page.layer or None
        return finding(code, layer=layer, source_file=name, source_sheet=page.title, **facts)

    found = []
    if formulas:
        found.append(say("mended_formula", cells=formulas[:_SHOWN], count=len(formulas)))
    if gone:
        found.append(say("mended_rows_left", rows=gone, rows_left=len(gone)))
    if layout.extra:
        found.append(say("mended_columns_more", columns="、".join(layout.extra)))
    places = list(layout.columns.values())
    if places != sorted(places):
        found.append(say("mended_columns_moved"))
    return found


def _word(cell: Any) -> str:
    """Return a header word without the blanks that programs put around it."""
    return " ".join(shown_text(cell).split())


def _same(one: str, other: str) -> bool:
    """Tell whether two cells say the same; blanks around a text, and our ``'``, say nothing."""
    return typed_text(" ".join(one.split())) == typed_text(" ".join(other.split()))


def _meant(value: Any) -> Any:
    """Return a mended cell as its sender means it; None where it was emptied."""
    if isinstance(value, str):
        return typed_text(value) if value.strip() else None
    return value
