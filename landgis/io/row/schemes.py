"""The classification of land-use codes: from its own column, or the campaign's word."""

from __future__ import annotations

from landgis.io.row.draft import Draft

__all__ = ["fill_scheme"]


def fill_scheme(draft: Draft) -> None:
    """Fill in the classification that the campaign names, where a code has none of its own."""
    scheme = draft.options.land_use_scheme
    if scheme is None or not draft.has("land_use_scheme") or "land_use" not in draft.columns:
        return
    own = draft.columns.get("land_use_scheme", draft.blank()).astype("str")
    said = draft.columns["land_use"].notna() & own.isna()
    draft.columns["land_use_scheme"] = own.mask(said, scheme)
