"""Drawings (DXF) that a CAD opens: each ring a closed polyline, ids as texts, layers by kind.

A hole is an outline of its own, on a layer beside that of its parcel, because a polyline has none;
which outlines belong together stands in their extended data (application LANDGIS: id, part, ring).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import shapely

from landgis.base import text
from landgis.base.errors import OutputError
from landgis.outputs.shown import shown

__all__ = ["BY", "Drawing", "write_drawing"]

Encoding = Literal["gb18030", "utf-8"]
#: the column by whose values a layer or result is parted into layers of the drawing
BY = {
    "exclusions": "reason",
    "parcels": "team",
    "pieces": "state",
    "power_lines": "status",
    "protection_zones": "zone",
    "records": "kind",
    "resettlement_zones": "mode",
    "context": "what",
    "findings": "severity",
}
_APPLICATION = "LANDGIS"
_STYLE, _FONT = "LANDGIS", "simsun.ttc"
#: height of a text in metres on the ground: 2 mm on a plan of 1:1000
_TEXT_M = 2.0
#: characters that no name of a layer may have
_FORBIDDEN = re.compile(r'[<>/\\":;?*|=`,\x00-\x1f]')
_LONGEST_NAME = 120
#: colours of AutoCAD, in turn; 7 is black on white
_COLOURS = (7, 3, 5, 1, 4, 6, 2, 30, 94, 150)
_METRES = 6


@dataclass(frozen=True)
class Drawing:
    """What became of a frame: outlines, holes, lines, points, texts, and rows without a shape."""

    outlines: int
    holes: int
    lines: int
    points: int
    without_shape: int


def write_drawing(
    frame: gpd.GeoDataFrame,
    name: str,
    id_column: str,
    path: Path,
    *,
    encoding: Encoding,
    language: text.Language,
    notes: Mapping[str, str],
) -> Drawing:
    """Write shapes and ids as a drawing; coordinates are metres as they stand.

    Parameters
    ----------
    frame : GeoDataFrame
        Rows of a layer or result.
    name : str
        The layer or result; `BY` tells which column parts it.
    id_column : str
        What is written into each outline.
    path : Path
        The drawing. Nothing may be there yet.
    encoding : str
        ``utf-8``: version 2010. ``gb18030``: version 2004 in ANSI_936 (GBK), for older software.
    language : {"zh", "en"}
        Of the names of layers.
    notes : mapping
        Properties of the drawing: edition, day, CRS.

    Raises
    ------
    OutputError
        If no row has a shape, or a text is not in GBK where that was asked for.
    """
    from ezdxf import filemanagement  # heavy, and only here

    shapes = frame.geometry
    drawn = ~(shapes.isna() | shapes.is_empty)
    if not drawn.any():
        raise OutputError("export_without_shapes", form="DXF")
    document = filemanagement.new("R2010" if encoding == "utf-8" else "R2004")
    if encoding != "utf-8":
        document.encoding = "gbk"
    document.header["$INSUNITS"] = _METRES
    document.appids.add(_APPLICATION)
    document.styles.add(_STYLE, font=_FONT)
    for key, said in notes.items():
        document.header.custom_vars.append(key, said)
    pen = _Pen(document, frame, name, language)
    ids = ["" if pd.isna(one) else str(one) for one in frame[id_column].tolist()]
    if encoding != "utf-8":
        _require_gbk([*ids, *pen.layers, *notes.values()])
    for at in drawn.to_numpy().nonzero()[0]:
        pen.draw(shapes.iloc[at], pen.layers[at], ids[at])
    document.saveas(path)
    return Drawing(**pen.count, without_shape=int((~drawn).sum()))


def _require_gbk(texts: Iterable[str]) -> None:
    """Refuse texts with characters that GBK lacks: an old drawing has no other way to hold them."""
    try:
        "".join(texts).encode("gbk")
    except UnicodeEncodeError:
        raise OutputError("export_beyond_encoding", form="DXF") from None


class _Pen:
    """Draws shapes into a drawing and counts them."""

    def __init__(
        self, document: Any, frame: gpd.GeoDataFrame, name: str, language: text.Language
    ) -> None:
        self._space = document.modelspace()
        self._document = document
        self.count = {"outlines": 0, "holes": 0, "lines": 0, "points": 0}
        self._language = language
        self.layers = self._named(frame, name)

    def _named(self, frame: gpd.GeoDataFrame, name: str) -> list[str]:
        """Return the layer of each row, and make the layers."""
        base = self._base = text.word(f"layer_{name}", self._language)
        by = BY.get(name)
        if by is None or by not in frame.columns:
            rows = [base] * len(frame)
        else:
            said = [None if pd.isna(one) else one for one in frame[by].tolist()]
            rows = [
                base if one is None else f"{base}_{shown(str(one), by, self._language)}"
                for one in said
            ]
        rows = [_FORBIDDEN.sub("_", row)[:_LONGEST_NAME] for row in rows]
        for at, row in enumerate(dict.fromkeys(rows)):
            self._document.layers.add(row, color=_COLOURS[at % len(_COLOURS)])
        return rows

    def _beside(self, layer: str, what: str) -> str:
        """Return the layer of holes or texts beside another.

        That of holes does not bear the name of the parcels, by which readers choose outlines.
        """
        word = text.word(f"drawn_{what}", self._language)
        apart = f"{word}{layer.removeprefix(self._base)}"
        name = apart if what == "holes" else f"{layer}_{word}"
        if name not in self._document.layers:
            colour = self._document.layers.get(layer).color
            self._document.layers.add(name, color=colour)
        return name

    def draw(self, shape: shapely.Geometry, layer: str, label: str) -> None:
        """Draw one row: its parts, and its id once."""
        for part, one in enumerate(shapely.get_parts(shape).tolist(), start=1):
            kind = shapely.get_type_id(one)
            if kind == 3:
                self._outline(one, layer, label, part)
            elif kind == 0:
                self._space.add_point((one.x, one.y), dxfattribs={"layer": layer})
                self.count["points"] += 1
            else:
                self._line(one, layer, label, part, closed=False)
                self.count["lines"] += 1
        if label:
            spot = shapely.point_on_surface(shape)
            style = {"layer": self._beside(layer, "labels"), "style": _STYLE, "height": _TEXT_M}
            self._space.add_text(_one_line(label), dxfattribs=style).set_placement((spot.x, spot.y))

    def _outline(self, one: shapely.Polygon, layer: str, label: str, part: int) -> None:
        """Draw the rings of a polygon."""
        self._line(one.exterior, layer, label, part, closed=True)
        self.count["outlines"] += 1
        for ring, hole in enumerate(one.interiors, start=2):
            self._line(hole, self._beside(layer, "holes"), label, part, closed=True, ring=ring)
            self.count["holes"] += 1

    def _line(
        self, line: Any, layer: str, label: str, part: int, *, closed: bool, ring: int = 1
    ) -> None:
        """Draw a line; a closed one without its closing corner."""
        corners: Iterable[Any] = shapely.get_coordinates(line)[: -1 if closed else None].tolist()
        drawn = self._space.add_lwpolyline(corners, close=closed, dxfattribs={"layer": layer})
        data = [(1000, f"id={_one_line(label)}"[:255]), (1070, part % 32768), (1070, ring % 32768)]
        drawn.set_xdata(_APPLICATION, data)


def _one_line(label: str) -> str:
    """Return a label as one line of a drawing."""
    return " ".join(label.split())
