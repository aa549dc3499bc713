"""The grammar of coordinate text (勘测定界 / 国土报盘 TXT): sections, keys, headers, points.

No national standard: the ministry's upload system set the form, and dialects differ in marks, keys,
fields and coordinates. This room only takes a text apart; line numbers stay with everything.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple

from landgis.base.errors import SourceError
from landgis.base.privacy import column_fate

__all__ = ["DECISIVE", "FIGURES", "KEYS", "Entry", "Point", "Sheet", "parse_text"]

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
#: keys that say where the coordinates lie: two parts of a file may not differ in them
DECISIVE = ("坐标系", "几度分带", "投影类型", "计量单位", "带号")
#: 记录图形属性: what a record may draw
FIGURES = ("面", "线", "点")
_ATTRIBUTES, _COORDINATES = "属性描述", "地块坐标"
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_BLANK = " \t\x0b\x0c\x00\u00a0\u3000\ufeff"
_BRACKETS = str.maketrans("【〔〖［「{】〕〗］」}", "[[[[[[]]]]]]")
_SECTION = re.compile(r"\[\s*([^\[\],=]{1,40}?)\s*\]")
_KEY = re.compile(r"\s*([^=＝:：,]{1,40}?)\s*(?:[=＝]|[:：](?!//))\s*(.*)")
_NUMBER = r"\s*([+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*"
_POINT = re.compile(rf"([^,=＝]*),([^,]*),{_NUMBER},{_NUMBER}(?:,.*)?")
_FULLWIDTH = str.maketrans("０１２３４５６７８９．－＋", "0123456789.-+")
_FIELDS = ("count", "area", "id", "name", "figure", "map_sheet", "use", "land_class")
#: fields of land consolidation behind the eight: 图斑类型, 地类, 等别前, 等别后, 备注
_LAND_NAME = 1
_FULLWIDTH_COMMA = "，"
#: a row with more may be a header without its @
_POINT_COMMAS = 4
#: no plane coordinate of any zone has more digits before its dot (45 500 000)
_FARTHEST = 1e8
_LEAST = 1e-9


class Point(NamedTuple):
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
    marked: bool = True


@dataclass
class Sheet:
    """A coordinate text taken apart.

    Attributes
    ----------
    keys : dict
        The attribute section as written, personal values left out.
    entries : list of Entry
        Parcels in order.
    skipped : dict
        Other sections by name, with the number of their lines; nothing of them is read.
    """

    keys: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)


def parse_text(text: str, source: str) -> Sheet:
    """Take a coordinate text apart.

    Raises
    ------
    SourceError
        With the line number, if points stand before any parcel, or a second attribute section
        contradicts the first; without, if there is nothing of a coordinate text in it.
    """
    reader = _Reader(source)
    for number, raw in enumerate(_LINE_ENDS.split(text), start=1):
        if line := raw.strip(_BLANK):
            reader.take(line, number)
    if not reader.sheet.entries:
        raise SourceError("text_without_parcels", source=source)
    return reader.sheet


class _Reader:
    """Reads line after line; knows in which section it is."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.sheet = Sheet()
        self.section = ""

    def take(self, line: str, number: int) -> None:
        """Read one line that is not blank."""
        point = _POINT.fullmatch(line)
        if point and self.section == _COORDINATES and not _is_header(line):
            self._point(point, number)
        elif (mark := _mark(line)) is not None:
            self.section = mark
        elif _is_header(line):
            self.section = _COORDINATES
            self.sheet.entries.append(_header(line, number))
        elif self.section == _COORDINATES or (point and self.section in ("", _ATTRIBUTES)):
            self._odd(line, number)
        elif self.section in ("", _ATTRIBUTES):
            self._key(line, number)
        else:
            self.sheet.skipped[self.section] = self.sheet.skipped.get(self.section, 0) + 1

    def _point(self, found: re.Match[str], number: int) -> None:
        """Add a point row to the parcel that it stands in."""
        if not self.sheet.entries:
            raise SourceError("text_point_before_parcel", source=self.source, line=number)
        entry = self.sheet.entries[-1]
        label, ring, said_first, said_second = found.groups()
        first, second = float(said_first), float(said_second)
        if _is_place(first) and _is_place(second):
            entry.points.append(Point(number, label, ring.strip(), first, second))
        else:
            _spoil(entry, "text_coordinate_impossible", number)

    def _odd(self, line: str, number: int) -> None:
        """Read a row among the coordinates that is not plainly a point."""
        mended = _POINT.fullmatch(line.translate(_FULLWIDTH))
        if mended or not self.sheet.entries:
            self._point_or_refuse(mended, number)
        elif _FULLWIDTH_COMMA in line:
            _spoil(self.sheet.entries[-1], "text_fullwidth_comma", number)
        else:
            _spoil(self.sheet.entries[-1], "text_row_unreadable", number)

    def _point_or_refuse(self, found: re.Match[str] | None, number: int) -> None:
        """Add a point; a row before any parcel is a refusal with its line."""
        if found is None:
            raise SourceError("text_point_before_parcel", source=self.source, line=number)
        self._point(found, number)

    def _key(self, line: str, number: int) -> None:
        """Read ``KEY=VALUE``; what is personal is left out."""
        if (found := _KEY.fullmatch(line)) is None:
            return
        key = "".join(unicodedata.normalize("NFKC", found[1]).split())
        value = found[2].strip() if column_fate(key) == "keep" else ""
        before = self.sheet.keys.get(key)
        if before and value and before != value and key in DECISIVE:
            raise SourceError("text_header_twice", source=self.source, line=number, key=key)
        self.sheet.keys[key] = before or value


def _is_place(number: float) -> bool:
    """Tell whether a number can be a coordinate; one next to nothing is a slip of the pen."""
    return number == 0 or _LEAST < abs(number) < _FARTHEST


def _mark(line: str) -> str | None:
    """Return the name of a section mark, None where a line is none."""
    plain = line.translate(_BRACKETS)
    if plain[0] == "[" and (found := _SECTION.fullmatch(plain)):
        return unicodedata.normalize("NFKC", found[1])
    bare = line.strip("()（） ")
    return bare if line[0] in "(（" and bare in (_ATTRIBUTES, _COORDINATES) else None


def _is_header(line: str) -> bool:
    """Tell whether a row is that of a parcel: by its @, or by its figure where the @ is missing."""
    if line[-1] in "@＠":
        return line.count(",") + line.count(_FULLWIDTH_COMMA) >= 3
    if line.count(",") <= _POINT_COMMAS:
        return False
    return line.split(",", 5)[4].strip() in FIGURES


def _spoil(entry: Entry, code: str, line: int) -> None:
    """Note the first thing that is wrong with a parcel."""
    if entry.defect is None:
        entry.defect, entry.defect_line = code, line


def _header(line: str, number: int) -> Entry:
    """Read a header row: eight fields and @, twelve, or thirteen in land consolidation."""
    marked = line[-1] in "@＠"
    bare = line.rstrip("@＠").rstrip()
    cells = [cell.strip() for cell in bare.removesuffix(",").split(",")]
    extra = tuple(cells[len(_FIELDS) :])
    fields = dict(zip(_FIELDS, cells, strict=False))
    if not fields.get("land_class") and len(extra) > _LAND_NAME:
        fields["land_class"] = extra[_LAND_NAME]
    entry = Entry(number, fields, extra, marked=marked)
    figure = fields.get("figure", "")
    whole = figure in FIGURES or (figure == "" and len(cells) >= len(_FIELDS))
    if _FULLWIDTH_COMMA in bare and not whole:
        _spoil(entry, "text_fullwidth_comma", number)
    elif "\ufffd" in line:
        _spoil(entry, "text_undecodable", number)
    elif figure in ("线", "点"):
        _spoil(entry, "geometry_kind_unfit", number)
    return entry
