"""Which columns of a layer or a result leave the office, by edition; and how they are called.

A whitelist: what is not named here is never written. The public edition holds no row of a parcel, a
record or a household, and no power line (domain 6.6: a power line is no matter of a public map);
the village edition, posted where the land lies, leaves out who works on it and where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from landgis.base import text
from landgis.base.errors import OutputError
from landgis.base.schema import LAYERS, SOURCE_COLUMNS, Column, Layer
from landgis.base.words import ALIASES

__all__ = [
    "EDITIONS",
    "EXPORTS",
    "LEAST_GROUP",
    "RESULTS",
    "columns_for",
    "heading",
    "suppress_small",
]

EDITIONS = ("internal", "village", "public")
#: a group of fewer is not shown in the public edition (domain 6.6: aggregates with n ≥ 3)
LEAST_GROUP = 3
#: units that are counted household by household, or nearly so
_OF_PEOPLE = ("building", "household", "grave")
_UNITS = {"mu": "mu", "m2": "m2", "m": "m", "kv": "kV"}

Geometry = Literal["polygon", "line", "point", "any", "none"]


def _result(name: str, geometry: Geometry, specs: str) -> Layer:
    """Build a result from its columns ``name:type`` in one string."""
    columns = []
    for spec in specs.split():
        own, _, kind = spec.partition(":")
        unit = _UNITS.get(own.rsplit("_", 1)[-1]) if "_" in own else None
        columns.append(Column(own, kind or "str", unit, aliases=ALIASES.get(own, ())))  # type: ignore[arg-type]
    return Layer(name, geometry, tuple(columns))


_AREAS = " ".join(f"{state}_m2:float" for state in ("area", "clean", "restricted", "blocked"))
_AREAS += " excluded_m2:float"
_VERDICT = f"{_AREAS} sliver_m2:float verdict open_conditions:list"

#: results that can be exported, with their columns in order; the first names a row
RESULTS: dict[str, Layer] = {
    one.name: one
    for one in (
        _result(
            "links",
            "none",
            "record_id parcel_id share:float overlap:float overlap_unit method distance_m:float"
            " contested:bool",
        ),
        _result(
            "protection_zones",
            "polygon",
            "line_id zone voltage_kv:float distance_m:float half_width_m:float offset_source"
            " status relocated_on:date rule",
        ),
        _result(
            "pieces",
            "polygon",
            "piece_id project_id block_id parcel_id state reason reasons:list area_m2:float",
        ),
        _result("clean_projects", "polygon", f"project_id name {_VERDICT}"),
        _result("clean_blocks", "polygon", f"block_id project_id {_VERDICT}"),
        _result("clean_parcels", "polygon", f"parcel_id project_id {_AREAS}"),
        _result(
            "progress",
            "none",
            "project_id block_id team indicator unit task:float task_source done:float left:float"
            " rate:float approx:bool",
        ),
        _result(
            "findings",
            "any",
            "code severity layer ids:list project_id area_m2:float message facts:json rule"
            " source_file source_sheet source_row:int",
        ),
    )
}
#: everything that can be exported: the layers of the word list, and results in place of a layer
EXPORTS: dict[str, Layer] = {**LAYERS, **RESULTS}

#: plane area (m²) beside a table that holds no shapes
_MEASURED = Column("measured_m2", "float", "m2")
_STAGES = "surveyed_on agreed_on paid_on delivered_on cleared_on"
_ZONE = "zone_id name mode homes homes_unit road_on water_on power_on school_on started_on"
_PUBLIC = {
    "projects": "project_id name use task_area_mu clean_by",
    "blocks": "block_id project_id name priority",
    "resettlement_zones": f"{_ZONE} planned_on delivered_on",
    "tasks": "project_id indicator quantity unit",
    "rate_zones": "zone_id land_class price_yuan_mu valid_from valid_to doc_no",
    "districts": "district metric done task",
    "context": "name what",
    "clean_projects": " ".join(RESULTS["clean_projects"].names),
    "clean_blocks": " ".join(RESULTS["clean_blocks"].names),
    "progress": "project_id indicator unit task done left rate approx",
}
_VILLAGE = _PUBLIC | {
    "projects": "project_id name use task_area_mu corridor clean_by power_relocated_by",
    "parcels": "parcel_id village group ownership land_use land_use_scheme stated_area_mu"
    f" {_STAGES}",
    "exclusions": "exclusion_id reason doc_no approved_on",
    "records": "record_id kind parcel_id project_id village group household structure quantity"
    " unit approx unit_price_yuan amount_yuan surveyed_on agreed_on paid_on removed_on",
    "power_lines": "line_id voltage_kv status relocated_on",
    "protection_zones": "line_id zone voltage_kv half_width_m offset_source status relocated_on"
    " rule",
    "pieces": "piece_id project_id block_id parcel_id state reason area_m2",
    "clean_parcels": " ".join(RESULTS["clean_parcels"].names),
    "progress": "project_id block_id indicator unit task done left rate approx",
}
_WHITELISTS: dict[str, Mapping[str, str]] = {"village": _VILLAGE, "public": _PUBLIC}


def columns_for(name: str, edition: str) -> tuple[Column, ...]:
    """Return the columns of a layer or result that an edition holds, in order.

    Raises
    ------
    OutputError
        If there is no such layer, result or edition, or the edition does not hold it.
    """
    if edition not in EDITIONS:
        raise OutputError("edition_unknown", edition=edition, known=", ".join(EDITIONS))
    if name not in EXPORTS:
        raise OutputError("export_unknown", name=name, known=", ".join(EXPORTS))
    layer = EXPORTS[name]
    own_layer = name in LAYERS and name not in RESULTS
    measured = (_MEASURED,) if own_layer and layer.geometry == "polygon" else ()
    if edition == "internal":
        sent = (Column("source_id"),) if own_layer and layer.id.endswith("_id") else ()
        return (*layer.columns, *sent, *measured)
    listed = _WHITELISTS[edition].get(name)
    if listed is None:
        known = ", ".join(_WHITELISTS[edition])
        raise OutputError("export_not_in_edition", layer=name, edition=edition, known=known)
    return (*(layer.column(one) for one in listed.split()), *measured)


def suppress_small(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return progress as the public edition shows it, and how many rows have lost their figures.

    Only projects and their sum stay. A count of people's things under `LEAST_GROUP` is left out;
    where that is one row of an indicator, the sum of the indicator goes too, for the row could be
    told from it.
    """
    own = table[table["block_id"].isna() & table["team"].isna()].reset_index(drop=True)
    figures = ["task", "done", "left", "rate"]
    small = own["unit"].isin(_OF_PEOPLE) & (own["task"] > 0) & (own["task"] < LEAST_GROUP)
    alone = small.groupby(own["indicator"]).transform("sum") == 1
    hidden = small | (alone & own["project_id"].isna())
    return own.assign(**{name: own[name].mask(hidden) for name in figures}), int(hidden.sum())


def _plain(word: str) -> str:
    """Return a heading without its unit in brackets."""
    return word.split("（")[0].split("(")[0].strip()


#: what a column is called in a layer, where the word list has it for another
_CALLED = {("rate_zones", "zone_id"): "区片编号"}


def heading(column: Column, layer: Layer, language: text.Language) -> str:
    """Return the heading of a column that a reader understands and landgis reads back.

    In Chinese the word of the list, where no other column of the layer is called so too, else the
    first of its aliases that is its own; in English our own name, which is what landgis reads.
    """
    if language == "en":
        return column.name
    said = _CALLED.get((layer.name, column.name)) or _worded(column.name, language)
    found = said if layer.name in RESULTS or column.name in SOURCE_COLUMNS else _own(column, layer)
    found = _CALLED.get((layer.name, column.name)) or found or said
    unit = f"unit_{(column.unit or '').replace('/', '_')}"
    if column.unit and "（" not in found and text.has("words", unit):
        return f"{found}（{text.word(unit, language)}）"
    return found


def _own(column: Column, layer: Layer) -> str | None:
    """Return the first name of a column that names no other column of its layer."""
    others = {alias for one in layer.columns if one.name != column.name for alias in one.aliases}
    names = (_worded(column.name, "zh"), *column.aliases)
    fitting = (one for one in names if _plain(one) in column.aliases and _plain(one) not in others)
    return next(fitting, None)


def _worded(name: str, language: text.Language) -> str:
    """Return the word of a column, or its name where the list has none."""
    return text.word(name, language) if text.has("words", name) else name
