"""The columns and sheets of 项目表.xlsx, and their names in either language."""

from __future__ import annotations

from landgis.base import text
from landgis.base.schema import INDICATORS
from landgis.io.row.places import plain_text

__all__ = [
    "CONDITIONS",
    "DATES",
    "PLAIN",
    "SALE",
    "STEPS",
    "WORKBOOK",
    "columns_of",
    "role_of_sheet",
    "sheet_name",
    "word_key",
]

WORKBOOK = "项目表.xlsx"
#: statutory steps with a date (domain: rural collective land), in order
STEPS = (
    "pre_announced_on",
    "pre_announced_until",
    "surveyed_on",
    "risk_assessed_on",
    "plan_announced_on",
    "plan_announced_until",
    "hearing_on",
    "registered_until",
    "agreements_signed_on",
    "funds_in_place_on",
    "applied_on",
    "approval_received_on",
    "announced_on",
    "decided_on",
    "paid_on",
    "handover_ordered_on",
)
#: what no geometry can tell of clean land
CONDITIONS = (
    "no_litigation_or_mortgage",
    "planning_conditions_set",
    "access_and_utilities",
    "soil_survey_passed",
    "approval_document",
)
PLAIN = (
    "project_id",
    "name",
    "use",
    "leader",
    "task_force",
    "plan",
    "corridor",
    "corridor_doc_no",
)
DATES = ("clean_by", "power_relocated_by")
SALE = ("contract_signed_on", "total_yuan", "instalment", "share", "received_on", "received_yuan")
_SHEETS = ("projects", "tasks", "land_sale")


def sheet_name(role: str, language: text.Language) -> str:
    """Return the name of a sheet."""
    return text.word(f"sheet_{role}", language)


def role_of_sheet(name: str) -> str | None:
    """Return what a sheet is for, by its name in any language."""
    plain = plain_text(name).casefold()
    for role in _SHEETS:
        if plain in {plain_text(sheet_name(role, one)).casefold() for one in text.LANGUAGES}:
            return role
    return None


def columns_of(role: str) -> tuple[str, ...]:
    """Return the columns that a sheet may have."""
    if role == "tasks":
        return ("project_id", "indicator", "quantity", "unit", *INDICATORS)
    if role == "land_sale":
        return ("project_id", *SALE)
    return (*PLAIN, "task_area_mu", *DATES, *STEPS, *CONDITIONS)


def word_key(name: str) -> str:
    """Return the key of a column's word in the string tables."""
    if name in STEPS:
        return f"step_{name}"
    if name in CONDITIONS:
        return f"condition_{name}"
    if name in DATES:
        return f"deadline_{name}"
    return name
