"""One style table as data: it feeds the drawing and the legend alike.

Warm colours say "still to be done", cool ones "done"; lightness and hatching tell the same, so
that a reader who sees no difference between red and green, or a black-and-white copy, loses
nothing (``tests/test_style.py`` checks the distances).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from landgis.base.checks import rows
from landgis.base.errors import OutputError

__all__ = ["STYLES", "Style", "require_styles", "style_of", "style_table"]


@dataclass(frozen=True)
class Style:
    r"""How one value is drawn and named.

    Attributes
    ----------
    key : str
        The value, as it stands in the frame.
    label : str
        Key of its word in section ``words`` of the string tables.
    fill, line : str or None
        Colours of the ground and of its edge; None draws nothing.
    weight : float
        Width of the edge, px.
    opacity : float
        Opacity of the fill, 0–1.
    hatch : str or None
        Strokes over the fill: ``/``, ``\\``, ``x``, ``.`` or none.
    dash : tuple of int
        Lengths of dash and gap, px; empty is a solid line.
    sign : str or None
        Sign of a point: square, diamond, triangle, down, arch, circle.
    mark : str or None
        A character that tells the value without colour (verdicts).
    """

    key: str
    label: str
    fill: str | None = None
    line: str | None = None
    weight: float = 1.0
    opacity: float = 1.0
    hatch: str | None = None
    dash: tuple[int, ...] = ()
    sign: str | None = None
    mark: str | None = None


def _stage(key: str, fill: str) -> Style:
    """Style of ground or things in a stage."""
    return Style(key, f"stage_{key}", fill=fill, line="#6b655c", weight=0.7, opacity=0.92)


def _reason(key: str) -> Style:
    """Reasons share the look of blocked ground; their words differ."""
    return Style(key, f"reason_{key}", fill="#e59a7c", line="#a8482a", hatch="x")


_INK = "#2b2f33"

#: table to the styles of its values, in the order in which they are said
STYLES: dict[str, tuple[Style, ...]] = {
    "stage": (
        _stage("none", "#fffdf8"),
        _stage("surveyed", "#ea9a4a"),
        _stage("agreed", "#f6dd9c"),
        _stage("paid", "#b2dbd8"),
        _stage("delivered", "#74b4c2"),
        _stage("cleared", "#2f7393"),
        _stage("vacated", "#74b4c2"),
        _stage("removed", "#2f7393"),
    ),
    "state": (
        Style("clean", "state_clean", "#7fbdb8", "#2c6b6b", 0.8, 0.92),
        Style("restricted", "state_restricted", "#f6e3a6", "#a07f22", 0.8, 0.92, hatch="/"),
        Style("blocked", "state_blocked", "#e59a7c", "#a8482a", 0.8, 0.92, hatch="x"),
        Style("excluded", "state_excluded", "#d9d6cf", "#77726a", 0.8, 0.9, hatch="."),
    ),
    "reason": tuple(
        _reason(key)
        for key in (
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
    ),
    "kind": (
        Style("house", "kind_house", "#5b4a47", "#2d2220", 1.0, 0.88, sign="square"),
        Style("attachment", "kind_attachment", "#b0602f", "#6f3611", 1.0, 0.8, sign="diamond"),
        Style(
            "special_crop",
            "kind_special_crop",
            "#4f8a3c",
            "#2f5c21",
            1.0,
            0.5,
            "\\",
            (),
            "triangle",
        ),
        Style("crop", "kind_crop", "#a9c46c", "#64802b", 1.0, 0.45, sign="down"),
        Style("grave", "kind_grave", "#4a4470", "#2b2650", 1.0, 0.85, sign="arch"),
        Style("land", "kind_land", "#8d8678", "#5c574d", 1.0, 0.3, sign="circle"),
    ),
    "zone": (
        Style("protection", "zone_protection", "#9a3b8f", "#852a7b", 1.4, 0.13, dash=(7, 4)),
        Style("planning", "zone_planning", "#9a3b8f", "#b26aa9", 1.1, 0.04, dash=(2, 4)),
        Style("lifted", "zone_lifted", None, "#9d8b9a", 1.1, dash=(2, 4)),
        Style("unknown", "zone_unknown", None, "#852a7b", 6.5, dash=(1, 12)),
    ),
    "status": (
        Style("live", "status_live", None, "#6d1863", 2.0),
        Style("to_relocate", "status_to_relocate", None, "#6d1863", 2.0, dash=(12, 4)),
        Style("dead", "status_dead", None, "#9d8b9a", 1.6),
        Style("relocated", "status_relocated", None, "#9d8b9a", 1.4, dash=(2, 5)),
    ),
    "mode": (
        Style("rebuild", "mode_rebuild", "#6b7fc0", "#3d4f93", 1.8, 0.3),
        Style("apartment", "mode_apartment", "#6b7fc0", "#3d4f93", 1.8, 0.3, hatch="."),
        Style("cash", "mode_cash", "#6b7fc0", "#3d4f93", 1.8, 0.12, dash=(4, 3)),
    ),
    "outline": (
        Style("red_line", "red_line", None, "#c4161c", 3.0),
        Style("block", "layer_blocks", None, _INK, 1.8, dash=(10, 4, 2, 4)),
        Style("parcel", "layer_parcels", None, "#6b655c", 0.7),
        Style("chosen", "chosen", None, "#0b3d91", 4.0),
    ),
    "context": (
        Style("road", "context_road", "#fdfcf9", "#c9c3b7", 4.0),
        Style("water", "context_water", "#cddfe8", "#9fbfcf", 1.2),
        Style("village", "context_village", None, "#a39c8f", 1.2, dash=(8, 4, 1, 4)),
        Style("other", "context_other", None, "#b9b2a5", 1.0),
    ),
    "verdict": (
        Style("ready", "verdict_ready", "#1f6f78", "#ffffff", mark="✓"),
        Style("nearly", "verdict_nearly", "#f1cf73", "#4b3a06", mark="◐"),
        Style("not_clean", "verdict_not_clean", "#b9472a", "#ffffff", mark="✕"),
        Style("unknown", "verdict_unknown", "#6c6a66", "#ffffff", mark="?"),
    ),
}


def style_of(table: str, key: str) -> Style:
    """Return the style of a value.

    Raises
    ------
    OutputError
        If the table has no style for it.
    """
    for style in STYLES[table]:
        if style.key == key:
            return style
    known = ", ".join(style.key for style in STYLES[table])
    raise OutputError("style_unknown", layer=table, column=table, values=key, rows="—", known=known)


def require_styles(
    values: pd.Series, table: str, *, layer: str, ids: Sequence[Any] | None = None
) -> None:
    """Refuse values that no style names, so that nothing is drawn that the legend cannot tell.

    Missing values pass: what they look like is for the caller.

    Raises
    ------
    OutputError
        Naming the layer, the values and their rows.
    """
    known = [style.key for style in STYLES[table]]
    strange = values.notna() & ~values.isin(known)
    if not strange.any():
        return
    names = pd.Series(values.index if ids is None else list(ids), index=values.index)
    raise OutputError(
        "style_unknown",
        layer=layer,
        column=str(values.name),
        values=", ".join(sorted({str(value) for value in values[strange]})),
        rows=rows(names[strange]),
        known=", ".join(known),
    )


def style_table(words: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return all styles as plain lists for the page, each with its word in one language."""
    return {
        table: [{**asdict(style), "label": words[style.label]} for style in styles]
        for table, styles in STYLES.items()
    }
