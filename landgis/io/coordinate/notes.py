"""What is said of a coordinate text beside its parcels: header, encodings, oddities of parcels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from landgis.base.dates import parse_date
from landgis.base.errors import CellError
from landgis.base.findings import finding
from landgis.io.coordinate.grammar import Entry, Sheet
from landgis.io.coordinate.lines import Decoded
from landgis.io.coordinate.rings import Outline

__all__ = ["produced_on", "said_of_encoding", "said_of_header", "said_of_parcels"]

#: keys that say where and in what the coordinates are
_NEEDED_KEYS = ("坐标系", "几度分带", "计量单位", "带号")
_SHIFT = "转换参数"
_PART = re.compile(r"(.+)_([1-9]\d*)")
#: counts that differ are said one by one up to so many, then in one line
_SINGLY = 5
#: lines that a finding names
_SHOWN_ROWS = 20


def said_of_encoding(decoded: Decoded, layer: str, source: str) -> list[dict[str, Any]]:
    """Say which encoding was taken by the bytes alone, and which lines are in another."""
    found = []
    if decoded.told_by == "bytes" and decoded.encoding != "utf-8":
        said = "GBK/GB18030"
        found.append(finding("encoding_inferred", layer=layer, source_file=source, encoding=said))
    if decoded.others:
        rows = list(decoded.others[:_SHOWN_ROWS])
        found.append(
            finding(
                "encodings_mixed",
                layer=layer,
                source_file=source,
                rows=rows,
                count=len(decoded.others),
            )
        )
    return found


def produced_on(sheet: Sheet) -> str | None:
    """Return 数据产生日期 as an ISO day, None where it is no whole day."""
    try:
        day = parse_date(sheet.keys.get("数据产生日期", "").split(" ")[0])
    except CellError:
        return None
    return None if day is None else f"{day:%Y-%m-%d}"


def said_of_header(
    sheet: Sheet, units: Sequence[str], layer: str, source: str
) -> list[dict[str, Any]]:
    """Say which needed keys are missing, what was not read, and that areas are not in hectares."""

    def say(code: str, **facts: Any) -> dict[str, Any]:
        return finding(code, layer=layer, source_file=source, **facts)

    missing = [key for key in _NEEDED_KEYS if not sheet.keys.get(key)]
    found = [say("header_incomplete", keys="、".join(missing))] if missing else []
    values = [one.strip() for one in sheet.keys.get(_SHIFT, "").replace("，", ",").split(",")]
    given = sum(one not in ("", "-") and one.strip("0.+-") != "" for one in values)
    if given:
        found.append(say("shift_not_applied", count=given))
    if sheet.skipped:
        names = "、".join(f"[{name}]" for name in sheet.skipped)
        found.append(say("sections_skipped", names=names, count=sum(sheet.skipped.values())))
    bare = [entry.line for entry in sheet.entries if not entry.marked]
    if bare:
        found.append(say("header_mark_missing", rows=bare[:_SHOWN_ROWS], count=len(bare)))
    return found + [say("area_unit_inferred", unit=unit) for unit in units if unit != "ha"]


def said_of_parcels(
    entries: Sequence[Entry], outlines: Sequence[Outline], layer: str, source: str
) -> list[dict[str, Any]]:
    """Say what was noticed on parcels: each kind of oddity once, with all parcels that have it."""
    noted: dict[str, list[Entry]] = defaultdict(list)
    for entry, outline in zip(entries, outlines, strict=True):
        for note in dict.fromkeys(outline.notes):
            if outline.defect is None:
                noted[note].append(entry)

    def say(code: str, of: Sequence[Entry], **facts: Any) -> dict[str, Any]:
        return finding(
            code,
            layer=layer,
            ids=[one.fields.get("id") or f"{source}#{one.line}" for one in of],
            source_file=source,
            source_row=of[0].line if len(of) == 1 else None,
            **facts,
        )

    found = [say(code, of) for code, of in noted.items()]
    counts = [
        (entry, outline.points)
        for entry, outline in zip(entries, outlines, strict=True)
        if outline.defect is None and _count_differs(entry, outline)
    ]
    if len(counts) > _SINGLY:
        rows = [entry.line for entry, _ in counts[:_SHOWN_ROWS]]
        of = [entry for entry, _ in counts]
        found.append(say("point_counts_differ", of, rows=rows))
    else:
        found += [
            say("point_count_differs", [one], stated=int(one.fields["count"]), counted=counted)
            for one, counted in counts
        ]
    parts = _parts_as_records(entries)
    return found + ([say("parts_as_records", parts)] if parts else [])


def _count_differs(entry: Entry, outline: Outline) -> bool:
    """Tell whether the number of points in a header is not that of the rows, closing rows aside."""
    stated = entry.fields.get("count", "")
    if not stated.isdecimal() or len(stated) > 12:
        return False
    rows = outline.points
    return int(stated) not in (rows, rows - outline.rings, rows + outline.rings)


def _parts_as_records(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries whose ids run A_1, A_2 …: a parcel of several parts, as exporters write it."""
    parts: dict[str, dict[int, Entry]] = defaultdict(dict)
    for entry in entries:
        if found := _PART.fullmatch(entry.fields.get("id", "")):
            parts[found[1]][int(found[2][:9])] = entry
    return [
        one
        for numbered in parts.values()
        if len(numbered) > 1 and sorted(numbered) == list(range(1, len(numbered) + 1))
        for one in numbered.values()
    ]
