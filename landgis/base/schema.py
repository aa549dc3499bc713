"""The word list: every layer, its columns, their types, units and Chinese names.

One word per thing across files, columns, commands, maps and bulletins. Ids are text. Dates say
since when a thing holds; a missing date means not yet. A column of money is exact to the fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

import geopandas as gpd
import pandas as pd

from landgis.base import words
from landgis.base.dates import DAY_DTYPE

__all__ = [
    "INDICATORS",
    "KINDS",
    "LAYERS",
    "REASONS",
    "SOURCE_COLUMNS",
    "STAGES",
    "STATES",
    "VERDICTS",
    "Column",
    "Layer",
    "conform",
    "empty_layer",
    "status_dates",
]

ColumnType = Literal["str", "float", "int", "date", "bool", "list", "json"]
GeometryKind = Literal["polygon", "line", "point", "any", "none"]
Frame = TypeVar("Frame", bound=pd.DataFrame)

SOURCE_COLUMNS = ("source_file", "source_sheet", "source_row")

#: kind of a record to the unit it is counted in; kinds are never added across units
KINDS = {
    "house": "building",
    "attachment": "household",
    "special_crop": "household",
    "crop": "mu",
    "grave": "grave",
    "land": "mu",
}
#: indicator to its unit and the kind of record it counts (domain 8.1)
INDICATORS = {
    "land": ("mu", "land"),
    "house_agreement": ("building", "house"),
    "special_crop": ("household", "special_crop"),
    "attachment": ("household", "attachment"),
    "grave": ("grave", "grave"),
    "house_removal": ("building", "house"),
    "attachment_removal": ("household", "attachment"),
    "crop_clearing": ("mu", "crop"),
}
STAGES = ("none", "surveyed", "agreed", "paid", "delivered", "cleared")
STATES = ("clean", "restricted", "blocked", "excluded")
REASONS = (
    "gap",
    "parcel_invalid",
    "not_acquired",
    "disputed",
    "exclusion_unapproved",
    "house",
    "attachment",
    "special_crop",
    "crop",
    "grave",
    "live_line",
    "exclusion",
)
VERDICTS = ("ready", "nearly", "not_clean", "unknown")

_DTYPES = {
    "str": "str",
    "float": "float64",
    "int": "Int64",
    "date": DAY_DTYPE,
    "bool": "boolean",
    "list": "object",
    "json": "str",
}


#: dates that say a thing has happened
_HAPPENED = (
    "surveyed_on",
    "agreed_on",
    "paid_on",
    "vacated_on",
    "delivered_on",
    "cleared_on",
    "removed_on",
    "built_on",
)


@dataclass(frozen=True)
class Column:
    """One column of a layer.

    Attributes
    ----------
    name : str
        Our name; a unit, where there is one, is its last word.
    type : str
        ``str``, ``float``, ``int``, ``date``, ``bool``, ``list`` or ``json``.
    unit : str or None
        Unit of the values.
    required : bool
        Whether a row without it is rejected (an id is made up instead, with a finding).
    personal : bool
        Whether it speaks of a person; such columns hold the office's own code or a pseudonym.
    aliases : tuple of str
        What offices and surveyors call it, after NFKC, without brackets and units.
    """

    name: str
    type: ColumnType = "str"
    unit: str | None = None
    required: bool = False
    personal: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column in a frame."""
        return _DTYPES[self.type]


@dataclass(frozen=True)
class Layer:
    """One layer: its geometry and its columns in order."""

    name: str
    geometry: GeometryKind
    columns: tuple[Column, ...]

    @property
    def id(self) -> str:
        """Name of the first column, which names a row where the layer has ids."""
        return self.columns[0].name

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)


_UNIT_OF_SUFFIX = {
    "mu": "mu",
    "m2": "m2",
    "m": "m",
    "kv": "kV",
    "yuan": "yuan",
}


def _column(spec: str) -> Column:
    """Build a column from ``"name:type*"``; unit by suffix, aliases from the word file."""
    name, _, kind = spec.rstrip("*").partition(":")
    suffix = name.rsplit("_", 1)[-1] if "_" in name else ""
    return Column(
        name=name,
        type=kind or "str",  # type: ignore[arg-type]
        unit="yuan/mu" if name.endswith("yuan_mu") else _UNIT_OF_SUFFIX.get(suffix),
        required=spec.endswith("*"),
        personal=name in ("household", "household_basis"),
        aliases=words.ALIASES.get(name, ()),
    )


def _layer(name: str, geometry: GeometryKind, specs: str) -> Layer:
    """Build a layer from the columns written in one string."""
    columns = [_column(spec) for spec in specs.split()]
    source = [Column("source_file"), Column("source_sheet"), Column("source_row", "int")]
    return Layer(name, geometry, (*columns, *source))


LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        _layer(
            "projects",
            "polygon",
            "project_id* name use task_area_mu:float corridor corridor_doc_no clean_by:date"
            " power_relocated_by:date",
        ),
        _layer("blocks", "polygon", "block_id* project_id name priority"),
        _layer(
            "parcels",
            "polygon",
            "parcel_id* village group ownership land_use land_use_scheme stated_area_mu:float team"
            " disputed_from:date disputed_to:date surveyed_on:date agreed_on:date"
            " agreed_share:float paid_on:date delivered_on:date cleared_on:date",
        ),
        _layer("exclusions", "polygon", "exclusion_id* reason doc_no approved_on:date"),
        _layer(
            "records",
            "any",
            "record_id* kind* parcel_id project_id village group household household_basis"
            " structure quantity:float unit approx:bool unit_price_yuan:float amount_yuan:float"
            " built_on:date surveyed_on:date agreed_on:date paid_on:date vacated_on:date"
            " removed_on:date team",
        ),
        _layer(
            "power_lines",
            "line",
            "line_id* voltage_kv:str current edge_offset_m:float planning_width_m:float status"
            " relocated_on:date",
        ),
        _layer(
            "resettlement_zones",
            "polygon",
            "zone_id* name mode homes:int homes_unit road_on:date water_on:date power_on:date"
            " school_on:date started_on:date planned_on:date delivered_on:date",
        ),
        _layer(
            "resettlements",
            "none",
            "household* zone_id mode persons:int area_m2:float moved_out_on:date due_on:date"
            " delivered_on:date turnover_housing:bool rate_yuan:float rate_basis"
            " penalty_rate:float penalty_basis penalty_from:date",
        ),
        _layer("tasks", "none", "project_id* indicator* quantity:float* unit"),
        _layer(
            "daily_reports",
            "none",
            "project_id* block_id team day:date* indicator increment:float cumulative:float"
            " feedback received_at:date",
        ),
        _layer(
            "issues",
            "none",
            "issue_id* project_id* cause owner_office raised_on:date due_on:date feedback"
            " closed_on:date",
        ),
        _layer(
            "grievances",
            "none",
            "grievance_id* project_id village category raised_on:date* answered_on:date"
            " resolved_on:date",
        ),
        _layer(
            "funds",
            "none",
            "project_id* month:date* head due_yuan:float deposited_yuan:float paid_yuan:float",
        ),
        _layer(
            "rate_zones",
            "polygon",
            "zone_id* land_class price_yuan_mu:float valid_from:date valid_to:date doc_no",
        ),
        _layer("districts", "none", "district* metric* done:float task:float"),
        _layer("clean_claims", "polygon", "project_id* claimed_on:date"),
        _layer("context", "any", "name what"),
        _layer(
            "findings",
            "any",
            "code* severity* layer ids:list project_id area_m2:float facts:json rule",
        ),
    )
}


def empty_layer(name: str, crs: object = None) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return a layer without rows: all columns, right types, and the CRS where it has shapes."""
    return _blank(name, crs).copy()


@cache
def _blank(name: str, crs: object) -> gpd.GeoDataFrame | pd.DataFrame:
    """Make an empty layer once; it is handed out as a copy."""
    layer = LAYERS[name]
    columns = {column.name: pd.Series([], dtype=column.dtype) for column in layer.columns}
    if layer.geometry == "none":
        return pd.DataFrame(columns)
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def conform(frame: Frame, name: str) -> Frame:
    """Return a frame with a layer's columns in order and type; further columns stand at the end."""
    layer = LAYERS[name]
    out = frame.copy()
    for column in layer.columns:
        if column.name not in out:
            out[column.name] = pd.Series(index=out.index, dtype=column.dtype)
        elif column.type != "list" and out[column.name].dtype != column.dtype:
            out[column.name] = out[column.name].astype(column.dtype)  # type: ignore[call-overload]
    known = list(layer.names)
    rest = [c for c in out.columns if c not in known and c != "geometry"]
    shape = ["geometry"] if "geometry" in out.columns else []
    return out[[*known, *rest, *shape]]


def code_columns(layer: Layer) -> tuple[str, ...]:
    """Return the columns of a layer that hold codes: ids, and the office's code of a household."""
    return tuple(name for name in layer.names if name.endswith("_id") or name == "household")


def status_dates(name: str) -> tuple[str, ...]:
    """Return the dates of a layer that say a thing has happened, so cannot lie ahead of today."""
    if name not in ("parcels", "records"):
        return ()
    return tuple(column for column in _HAPPENED if column in LAYERS[name].names)
