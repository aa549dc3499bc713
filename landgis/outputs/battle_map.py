"""The battle map (作战图): one project's finished frames as one page that opens without a network.

Measures nothing and decides nothing: areas, stages, states and verdicts come with the frames. What
the page holds is chosen column by column (`COLUMNS`), so a personal column cannot reach it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from branca.element import MacroElement

from landgis.base.checks import require_columns, require_frame
from landgis.base.crs import to_display
from landgis.base.dates import show_day
from landgis.base.errors import OutputError
from landgis.base.land_use import named_uses
from landgis.base.text import Language, say, section, word
from landgis.base.units import M2_PER_MU
from landgis.outputs.inline import Inline, OfflinePage, embed_json, jquery, leaflet, page_file
from landgis.outputs.map_panel import label, panel
from landgis.outputs.map_sheet import COLUMNS, SOURCE, MapSheet, OrthoImage
from landgis.outputs.packing import STEPS, pack_column, pack_shapes
from landgis.outputs.style import require_styles, style_table

__all__ = ["COLUMNS", "MapSheet", "OrthoImage", "battle_map"]

#: layer to the column that chooses its style, and the style table
_STYLED = {
    "parcels": ("stage", "stage"),
    "pieces": ("state", "state"),
    "records": ("kind", "kind"),
    "zones": ("zone", "zone"),
    "power_lines": ("status", "status"),
    "resettlement_zones": ("mode", "mode"),
}

#: edition to the layers it does not show; the public one shows no parcel and no power line
_LEFT_OUT: dict[str, tuple[str, ...]] = {
    "internal": (),
    "village": (),
    "public": ("parcels", "pieces", "records", "zones", "power_lines"),
}
#: columns that leave the office in the internal edition only
_INTERNAL = frozenset({"team", *SOURCE})
_GONE = ("removed", "cleared")

_SCRIPTS = (
    "dom.js",
    "decode.js",
    "shapes.js",
    "painter.js",
    "layers.js",
    "names.js",
    "legend.js",
    "panel.js",
    "story.js",
    "search.js",
    "start.js",
)


class _SheetLayer(MacroElement):
    """Our layer of the folium map: the data block, the panel's place and the starting call."""

    def __init__(self, data: dict[str, Any], language: Language) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Sheet"
        self.data = data
        self.language = language

    def _get_self_bounds(self) -> list[list[float | None]]:
        """Return the sheet's bounds, so that ``map.get_bounds()`` knows them."""
        bounds: list[list[float | None]] = self.data["bounds"]
        return bounds

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 - branca's signature
        """Put the pieces into the page; a second rendering replaces them."""
        page = self.get_root()
        if not isinstance(page, OfflinePage):
            raise OutputError("page_taken_apart")
        styles = "".join(page_file(name) for name in ("page.css", "map.css"))
        scripts = "\n".join(page_file(name) for name in _SCRIPTS)
        page.header.add_child(Inline(leaflet()), name="leaflet", index=1)
        page.header.add_child(Inline(jquery()), name="jquery", index=2)
        page.header.add_child(Inline(f"<style>{styles}</style>"), name="landgis_css")
        name = say("map", "panel", {}, self.language)
        fold = say("map", "fold", {}, self.language)
        skeleton = (
            '<header id="landgis-head"></header>\n'
            f'<aside id="landgis-panel" aria-label="{name}"><div id="landgis-panel-body"></div>'
            f'<button type="button" id="landgis-fold" aria-label="{fold}" title="{fold}" '
            'aria-controls="landgis-panel-body" aria-expanded="true">«</button></aside>'
        )
        page.html.add_child(Inline(skeleton), name="landgis_skeleton", index=0)
        page.html.add_child(Inline(embed_json(self.data, "landgis-data")), name="landgis_data")
        page.html.add_child(Inline(f"<script>\n{scripts}</script>"), name="landgis_js")
        assert self._parent is not None
        start = Inline(f"landgis.start({self._parent.get_name()});")
        page.script.add_child(start, name="landgis_start")
        return ""


def battle_map(sheet: MapSheet, *, language: Language = "zh") -> folium.Map:
    """Return a project's battle map.

    Parameters
    ----------
    sheet : MapSheet
        Finished frames and figures.
    language : str
        ``zh`` or ``en``: the language of the page's words.

    Returns
    -------
    folium.Map
        ``save()`` writes one HTML file that needs no network. Layers added to it afterwards
        (markers, GeoJSON with popups) work offline too.

    Raises
    ------
    TableError
        If a frame lacks the column that names its rows.
    OutputError
        If a stage, state, kind, status or verdict has no style, or the edition is unknown; on
        ``save()`` if an added layer needs an address outside the page.
    """
    if sheet.edition not in _LEFT_OUT:
        raise OutputError(
            "edition_unknown", edition=sheet.edition, known=", ".join(sorted(_LEFT_OUT))
        )
    data = _page_data(sheet, language)
    title = f"{sheet.project_id} {sheet.project_name} {say('map', 'title', {}, language)}"
    page = OfflinePage(title=title, language=language)
    (south, west), (north, east) = data["bounds"]
    made = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=15,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        min_zoom=3,
        max_zoom=22,
        zoom_snap=0.25,
        zoom_delta=1,
        box_zoom=True,
    )
    made.default_js, made.default_css = [], []
    made._id = hashlib.sha256(f"{sheet.project_id}\n{sheet.as_of}".encode()).hexdigest()[:32]
    page.add_child(made)
    made.add_child(_SheetLayer(data, language), name="sheet")
    return made


def _page_data(sheet: MapSheet, language: Language) -> dict[str, Any]:
    """Return all that the page's scripts read."""
    words = {**section("words", language), **section("map", language)}
    frames = {name: _chosen(sheet, name, language) for name in COLUMNS}
    bounds = _bounds(frames)
    origin = (round(bounds[0][1] * STEPS), round(bounds[0][0] * STEPS))
    return {
        "language": language,
        "text": section("map", language),
        "styles": style_table(words),
        "m2_per_mu": M2_PER_MU,
        "bounds": bounds,
        "origin": origin,
        "head": _head(sheet, language),
        "panel": panel(sheet, language),
        "image": _image(sheet.image, language),
        "layers": {name: _packed(frame, name, origin) for name, frame in frames.items()},
    }


def _chosen(sheet: MapSheet, name: str, language: Language) -> gpd.GeoDataFrame:
    """Return a layer with the columns that the edition may show, and the words of its codes."""
    frame: gpd.GeoDataFrame = getattr(sheet, name)
    require_frame(frame, name)
    require_columns(frame, name, COLUMNS[name][:1])
    if name in _LEFT_OUT[sheet.edition]:
        frame = frame.iloc[:0]
    hidden = _INTERNAL if sheet.edition != "internal" else frozenset()
    kept = {
        column: frame[column]
        if column in frame.columns and column not in hidden
        else pd.Series(pd.NA, index=frame.index, dtype="str")
        for column in COLUMNS[name]
    }
    if name == "parcels" and "land_use_scheme" in frame:
        kept["land_use"] = named_uses(kept["land_use"], frame["land_use_scheme"], language)
    chosen = gpd.GeoDataFrame(kept, geometry=frame.geometry, index=frame.index)
    chosen = _with_words(chosen, name, language)
    if name in _STYLED:
        column, table = _STYLED[name]
        require_styles(chosen[column], table, layer=name, ids=chosen[COLUMNS[name][0]])
    return chosen


def _with_words(frame: gpd.GeoDataFrame, name: str, language: Language) -> gpd.GeoDataFrame:
    """Add the columns that only the page needs: words of codes, and what is gone."""
    if name == "records":
        stage = frame["stage"].astype("object").where(frame["stage"].notna(), "none")
        require_styles(stage.rename("stage"), "stage", layer=name, ids=frame["record_id"])
        gone = stage.isin(_GONE)
        keys = ("stage_" + stage).where(~gone, "gone_" + frame["kind"].astype("object"))
        return frame.drop(columns=["stage", "unit"]).assign(
            gone=gone.astype("int64"),
            stage_word=_words(keys, language),
            unit_word=_words("unit_" + frame["unit"], language),
        )
    if name == "pieces":
        return frame.assign(reason_word=_words("reason_" + frame["reason"], language))
    if name == "zones":
        unknown = pd.to_numeric(frame["half_width_m"]).isna()
        return frame.drop(columns=["offset_source"]).assign(
            zone=frame["zone"].astype("object").where(~unknown, "unknown"),
            offset_word=_words("offset_" + frame["offset_source"], language),
        )
    if name == "resettlement_zones":
        return frame.drop(columns=["homes_unit"]).assign(
            unit_word=_words("unit_" + frame["homes_unit"], language)
        )
    if name == "context":
        known = frame["what"].isin(["road", "water", "village"])
        return frame.assign(what=frame["what"].astype("object").where(known, "other"))
    return frame


def _words(keys: pd.Series, language: Language) -> pd.Series:
    """Return the word of each key; a code without a word says itself."""
    said = {key: label(str(key), language) for key in keys.dropna().unique()}
    return keys.map(said).astype("object")


def _packed(frame: gpd.GeoDataFrame, name: str, origin: tuple[int, int]) -> dict[str, Any]:
    """Return one layer for the page."""
    columns = frame.drop(columns=frame.geometry.name)
    return {
        "size": len(frame),
        "columns": {column: pack_column(columns[column]) for column in columns},
        "shapes": pack_shapes(frame, origin, name),
    }


def _bounds(frames: Mapping[str, gpd.GeoDataFrame]) -> list[list[float]]:
    """Return south-west and north-east of the project: its red line, else its parcels, else all."""
    for name in ("red_line", "parcels", "records", "power_lines", "context"):
        shapes = frames[name][frames[name].geometry.notna() & ~frames[name].geometry.is_empty]
        if len(shapes):
            west, south, east, north = to_display(shapes, layer=name).total_bounds
            return [[float(south), float(west)], [float(north), float(east)]]
    return [[18.0, 73.0], [53.6, 135.1]]


def _head(sheet: MapSheet, language: Language) -> dict[str, str]:
    """Return the words at the head of the page."""
    return {
        "campaign": sheet.campaign_name,
        "project_id": sheet.project_id,
        "project": sheet.project_name,
        "edition": word(f"edition_{sheet.edition}", language),
        "note": say("map", f"edition_note_{sheet.edition}", {}, language),
    }


def _image(image: OrthoImage | None, language: Language) -> dict[str, Any] | None:
    """Return the orthophoto as a data address with its corners and its name."""
    if image is None:
        return None
    kinds = {b"\x89PNG": "png", b"RIFF": "webp"}
    kind = kinds.get(image.jpeg[:4], "jpeg")
    west, south, east, north = image.bounds
    day = show_day(image.taken_on, language)
    return {
        "url": f"data:image/{kind};base64,{base64.b64encode(image.jpeg).decode()}",
        "bounds": [[south, west], [north, east]],
        "label": say("map", "image", {"day": day}, language),
    }
