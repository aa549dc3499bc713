"""The grammar of coordinate text (勘测定界 / 国土报盘 TXT): sections, keys, headers, points.

No national standard: the ministry's upload system set the form, and dialects differ in marks, keys,
fields and coordinates. This room only takes a text apart; line numbers stay with everything.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from landgis.base.errors import SourceError

__all__ = ["KEYS", "Entry", "Point", "Sheet", "parse_text"]

#: keys of the attribute section, in canonical order
KEYS = (
    "格式版本号",
    "数据产生单位",
    "数据产生日期",
    "坐标系",
    "几度分带",
    "投影类型",
    "计量单位",
    "带号",
    "精度",
    "转换参数",
)
_ATTRIBUTES, _COORDINATES = "属性描述", "地块坐标"
_SECTION = re.compile(r"^[\[【〔（(]\s*(.+?)\s*[\]】〕）)]$")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_FIELDS = ("count", "area", "id", "name", "figure", "map_sheet", "use", "land_class")
_FULLWIDTH_COMMAS = "，、"


@dataclass(frozen=True)
class Point:
    """One point row: its line, ring number, and first (X) and second (Y) coordinate as written."""

    line: int
    label: str
    ring: str
    first: float
    second: float


@dataclass
class Entry:
    """One parcel as written: its header's line and fields, its points, what is wrong with it."""

    line: int
    fields: dict[str, str]
    extra: tuple[str, ...] = ()
    points: list[Point] = field(default_factory=list)
    defect: str | None = None
    defect_line: int | None = None


@dataclass
class Sheet:
    """A coordinate text taken apart."""

    keys: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    headless: bool = False


def parse_text(text: str, source: str) -> Sheet:
    """Take a coordinate text apart.

    Raises
    ------
    SourceError
        If points stand before any parcel, or there is nothing of a coordinate text in it; with the
        line number.
    """
    sheet = Sheet()
    section = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().strip("\ufeff\u3000\x00")
        if not line:
            continue
        mark = (
            _SECTION.match(unicodedata.normalize("NFKC", line).replace("〖", "["))
            if (line[0] in "[【〔［（(〖")
            else None
        )
        if mark:
            section = mark[1]
        elif section == _COORDINATES or (not section and _looks_like_rows(line)):
            _row(sheet, line, number, source)
        elif section == _ATTRIBUTES or "=" in line:
            key, _, value = line.partition("=")
            sheet.keys[unicodedata.normalize("NFKC", key).strip()] = value.strip()
    if not sheet.entries:
        raise SourceError("text_without_parcels", source=source)
    return sheet


def _looks_like_rows(line: str) -> bool:
    """Tell whether a line outside every section is a header or point row."""
    return line.endswith("@") or (line.count(",") >= 2 and "=" not in line)


def _row(sheet: Sheet, line: str, number: int, source: str) -> None:
    """Add a header or a point row."""
    if line.endswith(("@", "＠")):
        sheet.entries.append(_header(line, number))
        return
    if not sheet.entries:
        raise SourceError("text_point_before_parcel", source=source, line=number)
    entry = sheet.entries[-1]
    if any(comma in line for comma in _FULLWIDTH_COMMAS):
        _spoil(entry, "text_fullwidth_comma", number)
        return
    point = _point(line, number)
    if point is None:
        _spoil(entry, "text_row_unreadable", number)
    else:
        entry.points.append(point)


def _spoil(entry: Entry, code: str, line: int) -> None:
    """Note the first thing that is wrong with a parcel."""
    if entry.defect is None:
        entry.defect, entry.defect_line = code, line


def _header(line: str, number: int) -> Entry:
    """Read a header row: eight fields and @, or thirteen in land consolidation."""
    bare = line.rstrip("@＠").rstrip()
    cells = [cell.strip() for cell in bare.removesuffix(",").split(",")]
    entry = Entry(number, dict(zip(_FIELDS, cells, strict=False)), tuple(cells[len(_FIELDS) :]))
    if any(comma in bare for comma in _FULLWIDTH_COMMAS) and len(cells) < 3:
        _spoil(entry, "text_fullwidth_comma", number)
    return entry


def _point(line: str, number: int) -> Point | None:
    """Read a point row, None where it is none."""
    cells = [cell.strip() for cell in line.rstrip(",").split(",")]
    if len(cells) < 4:
        return None
    label, ring, first, second = cells[:4]
    if not (_NUMBER.fullmatch(first) and _NUMBER.fullmatch(second)):
        return None
    return Point(number, label, ring, float(first), float(second))
