"""What one layer of a file is, in lines: role, rows, shapes, place, columns, ids, areas, days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from landgis.base import text
from landgis.base.schema import LAYERS
from landgis.base.text import Language
from landgis.outputs.pages import Page, known_rows, listed

__all__ = ["last_part", "put_layer", "role_said", "shapes_said"]

#: most columns named on one screen
_NAMES = 24
_METRIC = 1000.0
#: stated to measured areas farther from one than this are told as a multiple
_NEAR = 0.5
#: between the parts of a header that stands in two rows
_JOINT = "/"
#: cm per km; more than this is a zone too far (5e-4)
_TOO_LONG = 50.0
#: no longitude and no latitude is greater
_LON, _LAT = 180.0, 90.0
Row = Mapping[str, Any]


def put_layer(page: Page, layer: Row, tables: Mapping[str, pd.DataFrame]) -> None:
    """Add all about the one layer of a file."""
    page.put(page.say("head_role"), [role_said(page, layer)])
    if "rows_read" not in layer:
        _sheets(page, layer, tables)
        return
    page.put(page.say("head_rows"), _rows_said(page, layer))
    if "shapes" in layer:
        broken = _count(tables, "geometry_invalid")
        page.put(page.say("head_shapes"), [shapes_said(page, layer, broken)])
    _sheets(page, layer, tables)
    if "encoding_from" in layer:
        page.put(page.say("head_encoding"), [_encoding(page, layer)])
    for parts in _crs(page, layer, _count(tables, "axes_swapped")):
        page.put(page.say("head_crs") if parts[1] else "", parts[0])
    _columns(page, layer, tables)
    _ids(page, tables)
    _areas(page, tables)
    _days(page, tables)


def _count(tables: Mapping[str, pd.DataFrame], code: str) -> int:
    """Return how many findings of a kind there are."""
    table = tables["problems"]
    return 0 if table.empty else int(table.loc[table["code"] == code, "count"].sum())


def role_said(page: Page, layer: Row, *, short: bool = False) -> str:
    """Return what a layer is taken for, and by what; in a few words only the first."""
    language = page.language
    named = [_layer_name(one, language) for one in layer.get("roles_fit", [])]
    others = listed(named, language)
    if short:
        one = layer.get("role")
        return _layer_name(one, language) if one else others or page.say("role_short_none")
    if "unfit" in layer:
        return page.say("role_unfit", role=_layer_name(layer["unfit"], language))
    if "role" not in layer:
        return page.say("role_several", roles=others) if named else page.say("role_none")
    role = page.say(f"role_{layer['role_from']}", role=_layer_name(layer["role"], language))
    return page.say("role_also", role=role, roles=others) if named else role


def _layer_name(name: str, language: Language) -> str:
    """Return a layer in words with its code, which is what one types."""
    said = text.word(f"layer_{name}", language)
    return said if said == name else f"{said} {name}"


def _rows_said(page: Page, layer: Row) -> list[str]:
    """Return the rows of a layer, accepted and rejected."""
    counts = {name: f"{layer[name]:,.0f}" for name in ("rows_read", "accepted", "rejected")}
    parts = [page.say("rows", **counts)]
    if layer.get("subtotal_rows"):
        parts.append(page.say("rows_beside", count=f"{layer['subtotal_rows']:,.0f}"))
    return parts


def shapes_said(page: Page, layer: Row, broken: int = 0) -> str:
    """Return the kinds of shapes and how many, those that are missing or broken beside."""
    if "shapes" not in layer:
        return page.say("no_shapes")
    parts = [
        f"{text.word(f'shape_{kind}', page.language)} {count:,}"
        for kind, count in layer["shapes"].items()
    ]
    if layer.get("without_shape"):
        parts.append(page.say("without_shape", count=f"{layer['without_shape']:,.0f}"))
    if broken:
        parts.append(page.say("broken_shapes", count=f"{broken:,}"))
    return page.mark().join(parts)


def _sheets(page: Page, layer: Row, tables: Mapping[str, pd.DataFrame]) -> None:
    """Add the sheets of a workbook, where there are several: rows, kind, or why one was left."""
    rows = known_rows(tables, "sheets")
    parts = []
    for row in rows if len(rows) > 1 or "rows_read" not in layer else []:
        if "why" in row:
            why = text.word(f"why_{row['why']}", page.language)
            parts.append(page.say("sheet_left", sheet=row["source_sheet"], why=why))
            continue
        counts = {name: f"{row[name]:,.0f}" for name in ("rows", "rejected")}
        key = "sheet_rejected" if row["rejected"] else "sheet"
        parts.append(page.say(key, sheet=row["source_sheet"], **counts))
    page.put(page.say("head_sheets"), parts, "；" if page.language == "zh" else "; ")


def _told(page: Page, what: str, by: Any) -> str:
    """Return what told an encoding or a CRS."""
    key = f"{what}_{str(by).replace(' ', '_')}"
    return page.say(key if text.has("inspect", key) else "told_format")


def _encoding(page: Page, layer: Row) -> str:
    """Return the encoding of a layer and how it is known."""
    if "encoding" not in layer:
        return page.say("encoding_unknown")
    name = {"gb18030": "GBK/GB18030"}.get(layer["encoding"], str(layer["encoding"]).upper())
    return page.say("encoding", encoding=name, told=_told(page, "text", layer.get("encoding_from")))


def _crs(page: Page, layer: Row, swapped: int) -> list[tuple[list[str], bool]]:
    """Return the lines about the place of a layer, the first with its label."""
    if "west" not in layer:
        return []
    if "crs" not in layer:
        sides = {side: f"{layer[side]:,.2f}" for side in ("west", "south", "east", "north")}
        return [([page.say("crs_unknown"), page.say("extent_bare", **sides)], True)]
    named = layer["crs"] if layer["crs_name"] == layer["crs"] else _joined_name(layer)
    first = [page.say("encoding", encoding=named, told=_told(page, "crs", layer.get("crs_from")))]
    if swapped:
        first.append(page.say("axes_swapped"))
    if not layer.get("inside_area", True):
        first.append(page.say("outside_area"))
    second = [_extent(page, layer)]
    if "lon_west" in layer and not layer["geographic"]:
        second.append(page.say("extent_degrees", **_degrees(layer)))
    if "ground_scale" in layer:
        off = abs(layer["ground_scale"] - 1) * 100 * _METRIC
        key = "scale_bad" if off > _TOO_LONG else "scale"
        second.append(page.say(key, cm=f"{off:,.1f}"))
    return [(first, True), (second, False)]


def _joined_name(layer: Row) -> str:
    """Return a CRS by number and name."""
    return f"{layer['crs']} {layer['crs_name']}"


def _degrees(layer: Row) -> dict[str, str]:
    """Return the bounds of a layer in degrees, to about a hundred metres."""
    names = {"west": "lon_west", "east": "lon_east", "south": "lat_south", "north": "lat_north"}
    return {side: f"{layer[name]:.3f}°" for side, name in names.items()}


def _extent(page: Page, layer: Row) -> str:
    """Return the bounds of a layer in its own numbers."""
    sides = ("west", "south", "east", "north")
    lon = max(abs(layer["west"]), abs(layer["east"]))
    lat = max(abs(layer["south"]), abs(layer["north"]))
    if layer["geographic"] and lon <= _LON and lat <= _LAT:
        return page.say("extent_degrees", **{side: f"{layer[side]:.5f}°" for side in sides})
    if layer["geographic"] or not layer["inside_area"]:
        return page.say("extent_bare", **{side: f"{layer[side]:,.2f}" for side in sides})
    return page.say("extent", **{side: f"{layer[side]:,.0f}" for side in sides})


def _columns(page: Page, layer: Row, tables: Mapping[str, pd.DataFrame]) -> None:
    """Add what becomes of the columns; of those withheld only the names."""
    rows = known_rows(tables, "columns")
    role = layer.get("read_as")
    made = layer.get("parcel_id", [])
    own = [row for row in rows if row["fate"] == "role"]
    own = [row for row in own if not (made and row["role"] == "parcel_id")]
    said = list(dict.fromkeys(_column(page, row, role) for row in own))
    if len(said) > _NAMES:
        said = [*said[:_NAMES], page.say("more", count=len(said))]
    label = page.say("head_columns")
    gap = "；" if page.language == "zh" else "; "
    if said:
        page.put(label, said, gap)
        label = ""
    for fate in ("code", "personal", "free_text", "unknown"):
        names = list(dict.fromkeys(str(row["sent"]) for row in rows if row["fate"] == fate))
        if fate == "code":
            names = layer.get("parcel_id", [])
        if names:
            key = "columns_open" if fate == "unknown" and _undecided(layer) else f"columns_{fate}"
            page.put(label, _named(page, key, names), "")
            label = ""


def _undecided(layer: Row) -> bool:
    """Tell whether nobody knows yet what a layer is, so that its columns are not judged."""
    return "role" not in layer and "unfit" not in layer


def _named(page: Page, key: str, names: Sequence[str]) -> list[str]:
    """Return names after what is said of them, as pieces of a line."""
    mark = text.word("list_mark", page.language)
    shown_names = [last_part(name) for name in names[:_NAMES]]
    parts = [one + mark for one in shown_names[:-1]] + shown_names[-1:]
    more = [" " + page.say("more", count=len(names))] if len(names) > _NAMES else []
    return [page.say(key, names=parts[0]), *parts[1:], *more]


def last_part(name: str) -> str:
    """Return the last part of a header that stands in several rows, which a manifest may name."""
    return " ".join(str(name).split()).rsplit(_JOINT, 1)[-1]


def _column(page: Page, row: Row, layer: str | None) -> str:
    """Return a recognised column with its role, in words where the sender wrote something else."""
    sent, ours = last_part(row["sent"]), row["role"]
    known = LAYERS[layer].column(ours) if layer in LAYERS else None
    alias = known.aliases[0] if known and known.aliases else ours
    words = f"{alias} {ours}" if page.language == "zh" and alias not in sent else ours
    if "unit" in row and text.has("words", f"unit_{row['unit']}"):
        unit = text.word(f"unit_{row['unit']}", page.language)
        return page.say("column_unit", sent=sent, role=words, unit=unit)
    return page.say("column", sent=sent, role=words)


def _ids(page: Page, tables: Mapping[str, pd.DataFrame]) -> None:
    """Add whether rows have ids, and whether codes are well formed."""
    for row in known_rows(tables, "ids"):
        state = [
            page.say(f"ids_{name}", count=f"{row[name]:,.0f}")
            for name in ("missing", "repeated")
            if row[name]
        ]
        if row["missing"] == row["rows"] > 1:
            state = [page.say("ids_none")]
        said = page.mark().join(state) or page.say("ids_unique")
        parts = [page.say("ids", rows=f"{row['rows']:,.0f}", state=said)]
        if row.get("codes"):
            counts = {"count": f"{row['codes']:,.0f}", "malformed": f"{row['malformed']:,.0f}"}
            parts.append(page.say("codes", **counts))
        page.put(page.say("head_ids"), parts)


def _areas(page: Page, tables: Mapping[str, pd.DataFrame]) -> None:
    """Add the stated areas against the measured ones."""
    for row in known_rows(tables, "areas"):
        numbers = {name: f"{row[f'{name}_mu']:,.2f}" for name in ("plane", "ellipsoidal")}
        label = page.say("head_areas")
        page.put(label, [page.say("areas_measured", **numbers) + _unmeasured(page, row)])
        if not row["stated"]:
            continue
        ratio = row["stated_mu"] / row["plane_of_stated_mu"]
        far = not _NEAR < ratio < 1 / _NEAR
        said = page.say(
            "areas_times" if far else "areas_stated",
            stated=f"{row['stated_mu']:,.2f}",
            count=f"{row['stated']:,.0f}",
            plane=f"{row['plane_of_stated_mu']:,.2f}",
            share=f"{ratio:,.4g}" if far else f"{ratio - 1:+.2%}",
        )
        page.put("", [said])
        if row.get("unit_fits") not in (None, row.get("unit")):
            units = {
                name: text.word(f"unit_{row[key]}", page.language)
                for name, key in (("fits", "unit_fits"), ("unit", "unit"))
            }
            page.put("", [page.say("areas_unit", **units)])


def _unmeasured(page: Page, row: Row) -> str:
    """Return how many shapes have no area since they are broken or missing."""
    counts = {name: row[name] for name in ("broken", "missing") if row[name]}
    parts = [page.say(f"areas_{name}", count=f"{count:,}") for name, count in counts.items()]
    return page.say("areas_left", parts=listed(parts, page.language)) if parts else ""


def _days(page: Page, tables: Mapping[str, pd.DataFrame]) -> None:
    """Add how many days each column of days has, and from when to when."""
    parts = []
    for row in known_rows(tables, "days"):
        names = row["sent"] if isinstance(row["sent"], list) else [row["sent"]]
        named = listed(map(last_part, names), page.language)
        if not row["filled"]:
            parts.append(page.say("days_none", sent=named))
            continue
        first, last = (f"{row[name]:%Y-%m-%d}" for name in ("first", "last"))
        counts = {"filled": f"{row['filled']:,.0f}", "rows": f"{row['rows']:,.0f}"}
        parts.append(page.say("days", sent=named, first=first, last=last, **counts))
    page.put(page.say("head_days"), parts, "；" if page.language == "zh" else "; ")
