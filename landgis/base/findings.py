"""Findings: what was noticed, as rows with code, severity, ids, facts and source.

A finding is not an error: it is a row in a table. Its sentence stands in the string tables
(section ``findings``) under its code, and is filled with its facts when somebody reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base import text
from landgis.base.facts import listed, told
from landgis.base.privacy import masked
from landgis.base.schema import LAYERS, conform, empty_layer

__all__ = ["SEVERITY", "finding", "findings_frame", "sentence", "title"]

#: code to severity: error (must be mended), warning (look at it), info (said), question (answer it)
SEVERITY: dict[str, str] = {
    code: severity
    for severity, codes in {
        "error": (
            "row_rejected source_unread file_cut coordinates_outside coordinates_degrees"
            " mended_outdated mended_unplaced source_changed source_gone store_changed"
            " store_added"
            " store_unreadable store_gone load_unfinished receipt_changed receipt_gone"
            " receipt_unnamed receipt_unexpected chain_broken output_changed"
            " zone_conflict geometry_invalid parcel_overlap parcel_duplicate"
            " record_unplaced record_unplaced_code record_invalid voltage_missing voltage_unknown"
            " edge_offset_missing"
            " project_without_red_line paid_before_agreed removed_before_paid"
            " cleared_before_agreed drawing_block_too_large"
        ),
        "warning": (
            "axes_swapped ring_number_mended ring_is_a_part area_unit_inferred point_count_differs"
            " meridian_far datum_shifted_unchecked datum_residuals_over"
            " code_county_differs code_owner_differs admin_code_malformed code_prefix_differs"
            " land_use_unknown land_use_scheme_unknown"
            " id_repeated id_missing status_dated unit_conflict subtotal_differs"
            " household_same_name geometry_missing"
            " mended_formula mended_rows_left mended_columns_more mended_nothing"
            " source_not_loaded output_gone"
            " parcel_gap parcel_sliver vertex_near_miss points_repeated area_differs"
            " vertex_spike"
            " code_malformed code_unknown code_ambiguous code_conflict"
            " record_contested project_overlap exclusion_unapproved"
            " formula_failed formula_uncached side_differs table_area_differs table_area_unit"
            " encodings_mixed shift_not_applied axes_swapped_some rings_unnumbered"
            " point_counts_differ header_mark_missing"
            " text_beyond_gbk text_parts_as_rings text_parts_as_records"
            " export_columns_left export_suppressed export_shapes_left export_only_ids"
            " export_holes_drawn export_rows_left export_crs_named export_crs_equated"
            " export_text_longer export_numbers_missing"
            " export_numbers_as_text export_split export_without_shape export_beyond_gbk"
            " export_columns_not_held"
            " drawing_units drawing_cut_off drawing_entities_broken drawing_lines_left"
            " label_differs"
            " line_after_deadline date_sources_differ built_after_announcement task_differs"
            " report_missing report_late homes_short rate_over_one table_missing"
            " gcj02_suspected encoding_conflict prj_unreadable rows_differ no_rows"
            " read_by_record"
        ),
        "info": (
            "datum_shifted datum_sense_by_points datum_residuals crs_several"
            " code_of_unit land_use_scheme_inferred"
            " encoding_inferred crs_inferred ring_not_closed columns_recognised index_rebuilt"
            " names_as_ids places_numbered month_end_taken rows_deleted"
            " rows_mended mended_columns_moved"
            " keys_continued units_of_title wide_ledger rows_of_nothing id_of_sheet"
            " header_incomplete kind_inferred personal_dropped free_text_dropped file_skipped"
            " record_outside record_nearest sections_skipped parts_as_records"
            " export_fields_short"
            " drawing_layers_left drawing_texts_left drawing_units_converted"
            " outline_nearly_closed"
            " voltage_in_volts edge_offset_default district_no_project"
        ),
        "question": (
            "source_asks status_undated drawing_layer_question drawing_units_question"
            " label_question land_use_scheme_missing"
        ),
    }.items()
    for code in codes.split()
}


def finding(
    code: str,
    *,
    layer: str | None = None,
    ids: Iterable[str] = (),
    severity: str | None = None,
    project_id: str | None = None,
    area_m2: float | None = None,
    rule: str | None = None,
    geometry: Any = None,
    source_file: str | None = None,
    source_sheet: str | None = None,
    source_row: int | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """Return one row of findings.

    Parameters
    ----------
    code : str
        One of `SEVERITY`.
    layer : str, optional
        The layer it speaks of.
    ids : iterable of str
        The rows it speaks of, by id.
    severity : str, optional
        In place of the code's own.
    project_id, area_m2, rule, geometry, source_file, source_sheet, source_row
        Columns of the findings layer; area in m², geometry in the campaign CRS.
    **facts
        What the sentence names. Never a personal cell; one that is quoted (``said``) is masked
        where it has the number of a person in it.
    """
    if isinstance(facts.get("said"), str):
        facts["said"] = masked(facts["said"], code=True)
    return {
        "code": code,
        "severity": severity or SEVERITY[code],
        "layer": layer,
        "ids": [str(one) for one in ids],
        "project_id": project_id,
        "area_m2": area_m2,
        "facts": json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str),
        "rule": rule,
        "source_file": source_file,
        "source_sheet": source_sheet,
        "source_row": source_row,
        "geometry": geometry,
    }


def findings_frame(rows: Iterable[Mapping[str, Any]], crs: Any = None) -> gpd.GeoDataFrame:
    """Return rows of `finding` as the findings layer, in the order given, with a fresh index."""
    table = list(rows)
    if not table:
        frame = empty_layer("findings", crs)
        assert isinstance(frame, gpd.GeoDataFrame)
        return frame
    columns = {name: [row[name] for row in table] for name in LAYERS["findings"].names}
    shapes = gpd.GeoSeries([row["geometry"] for row in table], crs=crs)
    return conform(gpd.GeoDataFrame(columns, geometry=shapes, crs=crs), "findings")


def sentence(row: Mapping[str, Any], language: text.Language) -> str:
    """Return what a finding says, in a language.

    Facts are filled in with the ids (five and a count) and the area of the row.
    """
    ids = list(row["ids"])
    shown = listed(ids, language) or text.word("no_id", language)
    facts: dict[str, Any] = {"ids": shown, "count": len(ids), "area_m2": 0.0}
    for name in ("area_m2", "project_id", "layer", "source_file", "source_sheet", "source_row"):
        value = row.get(name)
        if value is not None and not (pd.api.types.is_scalar(value) and pd.isna(value)):
            facts[name] = value
    if facts.get("layer"):
        facts["layer"] = text.word(f"layer_{facts['layer']}", language)
    facts["where"] = _where(facts, language)
    own = json.loads(row["facts"])
    facts |= told(own, language)
    if row["code"] == "row_rejected":
        facts["reason"] = text.say("errors", own["reason"], {}, language)
        if own["column"] == "geometry":  # no column that anybody sent
            facts["column"] = text.word("geometry", language)
    if "why_code" in own:
        facts["why"] = text.say("errors", own["why_code"], facts, language)
    return text.say("findings", row["code"], facts, language)


def title(code: str, language: text.Language) -> str:
    """Return the short name of a kind of finding."""
    return text.say("titles", code, {}, language)


def _where(facts: Mapping[str, Any], language: text.Language) -> str:
    """Return file, sheet and row, as far as they are known."""
    known = [name for name in ("source_sheet", "source_row") if name in facts]
    place = {"source_file": facts.get("source_file", "")} | {name: facts[name] for name in known}
    if "source_row" in place:
        place["source_row"] = int(place["source_row"])
    template = "_".join(["where", *(name.removeprefix("source_") for name in known)])
    return text.word(template, language).format_map(place)
