"""Where the coordinates of a text lie: what its header says, weighed against its numbers.

What the header says is never assumed to be what we know: an unknown datum, projection or unit is a
question, and so is a zone number that no zone of the header's width has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.base.zones import zone_of
from landgis.io.coordinate.grammar import Sheet
from landgis.io.coordinate.rings import Outline
from landgis.io.vector.georeference import Located, locate

__all__ = ["HeaderWord", "header_word", "locate_outlines"]

_LINE = 'crs = "EPSG:4526"'
#: how a header names a datum: by its year or its city
_DATUMS = {
    "cgcs2000": re.compile(r"2000"),
    "xian80": re.compile(r"(?<!\d)(?:19)?80(?!\d)|西安", re.IGNORECASE),
    "new_beijing": re.compile(r"新(?:19)?54(?!\d)|新北京"),
    "beijing54": re.compile(r"(?<![\d新])(?:19)?54(?!\d)|(?<!新)北京"),
}
_EPSG = re.compile(r"epsg:{1,2}(\d{4,6})", re.IGNORECASE)
_GAUSS = re.compile(r"高斯|gauss|g-?k|横轴墨卡托|横墨卡托", re.IGNORECASE)
_UNIT = re.compile(r"(米|m|metres?|meters?|公尺|度|degrees?)", re.IGNORECASE)


@dataclass(frozen=True)
class HeaderWord:
    """What a header says of its coordinates: zone number, datum, or a CRS outright."""

    zone: int | None = None
    datum: str | None = None
    crs: str | None = None


def header_word(sheet: Sheet, source: str) -> HeaderWord:
    """Return what the attribute section says of the CRS.

    Raises
    ------
    SourceError
        If it names a datum, projection or unit that is not known here, or its zone number is none
        of its width: nothing may be assumed then, and the user is asked.
    """
    said = {key: unicodedata.normalize("NFKC", value) for key, value in sheet.keys.items()}

    def refuse(key: str) -> SourceError:
        return SourceError(
            "text_header_unusable", source=source, key=key, value=said[key][:40], line=_LINE
        )

    system = said.get("坐标系", "")
    if found := _EPSG.search(system):
        return HeaderWord(crs=f"EPSG:{found[1]}")
    datums = [name for name, pattern in _DATUMS.items() if pattern.search(system)]
    if "new_beijing" in datums:  # 新1954北京坐标系 names the old one too
        datums = [name for name in datums if name != "beijing54"]
    if system and len(datums) != 1:
        raise refuse("坐标系")
    if said.get("投影类型") and not _GAUSS.search(said["投影类型"]):
        raise refuse("投影类型")
    if said.get("计量单位") and not _UNIT.fullmatch(said["计量单位"].strip()):
        raise refuse("计量单位")
    zone = _number(said.get("带号", ""))
    return HeaderWord(zone, datums[0] if datums else None)


def _number(said: str) -> int | None:
    """Return the number of 38, 38带 or 第38带; None where there is none."""
    plain = said.removeprefix("第").removesuffix("带").strip()
    return int(plain) if plain.isdecimal() and len(plain) < 4 else None


def locate_outlines(
    sheet: Sheet, outlines: Sequence[Outline], *, layer: str, source: str, wanted: str | None
) -> Located:
    """Give outlines their CRS; one that lies elsewhere than the most becomes a defect.

    Parameters
    ----------
    sheet : Sheet
        For what the header says.
    outlines : sequence of Outline
        One per parcel.
    layer, source : str
        For findings and messages.
    wanted : str or None
        The user's CRS; it wins over the header.

    Raises
    ------
    SourceError
        If neither header nor numbers tell the CRS, or no zone has most of the parcels.
    """
    shapes = gpd.GeoSeries([one.shape for one in outlines])
    rows = pd.Series([entry.line for entry in sheet.entries])
    said = HeaderWord() if wanted is not None else header_word(sheet, source)
    located = locate(
        shapes,
        layer=layer,
        source=source,
        wanted=wanted,
        declared=said.crs,
        declared_by="header",
        zone=said.zone,
        datum=said.datum,
        rows=rows,
        ids=[entry.fields.get("id") for entry in sheet.entries],
    )
    if located.shapes.crs is not None and said.crs is None and located.crs_from == "header":
        _require_width(sheet, said.zone, located, source)
    for outline, entry, code in zip(
        outlines, sheet.entries, _codes(located, len(outlines)), strict=True
    ):
        if outline.defect is None and pd.notna(code):
            outline.spoil(code, entry.line)
    return replace(located, findings=located.findings + _assumed(said, located, layer, source))


def _codes(located: Located, count: int) -> list[Any]:
    """Return the code of each parcel that lies elsewhere."""
    return [None] * count if located.defects is None else located.defects.tolist()


def _assumed(said: HeaderWord, located: Located, layer: str, source: str) -> list[dict[str, Any]]:
    """Say that CGCS2000 was taken where a header gives a zone and no datum."""
    crs = located.shapes.crs
    if crs is None or located.crs_from != "header" or said.datum or said.crs:
        return []
    name = crs.to_string()
    return [finding("crs_inferred", layer=layer, source_file=source, crs=name, basis="zone")]


def _require_width(sheet: Sheet, zone: int | None, located: Located, source: str) -> None:
    """Refuse a zone number that no zone of the header's width has: one of the two is wrong.

    Coordinates with prefix need neither; without it a wrong one would move them by degrees.
    """
    found = zone_of(located.shapes.crs)
    said = unicodedata.normalize("NFKC", sheet.keys.get("几度分带", ""))
    widths = [width for width, marks in ((3, "3三"), (6, "6六")) if any(m in said for m in marks)]
    if found is None or found.prefixed or len(widths) != 1 or found.width == widths[0]:
        return
    value = f"{sheet.keys['几度分带']}, 带号={zone}"
    raise SourceError(
        "text_header_unusable", source=source, key="几度分带", value=value, line=_LINE
    )
