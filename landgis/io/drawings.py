"""Drawings (DXF) as surveyors hand them over: closed outlines, their codes, what CASS attached.

A row is an outline; its number is its place among the entities of the drawing, and its sender finds
it by its handle. Texts are looked at for codes only (`drawing_labels`): names stay in the file.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from landgis.base.crs import infer_crs
from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.io.drawing.arcs import CHORD_M
from landgis.io.drawing.data import OWNER_COLUMN, Attached, attached
from landgis.io.drawing.drawn import Drawn
from landgis.io.drawing.labels import labels_of, own_labels
from landgis.io.drawing.layers import ALL_LAYERS, Choice, choose, large_block
from landgis.io.drawing.whole import Drawing, TextCode, open_drawing, text_code
from landgis.io.memory import kept
from landgis.io.row.draft import SourceOptions
from landgis.io.vector.bulk import Bulk

__all__ = ["SHOWN", "read_drawing"]

#: cells of a row that its sender finds it by
SHOWN = ("Layer", "EntityHandle", "Line")
#: $INSUNITS to metres: inches, feet, miles, millimetres, centimetres, kilometres, decimetres
_METRES = {
    b"1": 0.0254,
    b"2": 0.3048,
    b"3": 1609.344,
    b"4": 0.001,
    b"5": 0.01,
    b"7": 1000.0,
    b"14": 0.1,
}
_UNIT_NAMES = {
    b"1": "in",
    b"2": "ft",
    b"3": "mi",
    b"4": "mm",
    b"5": "cm",
    b"7": "km",
    b"14": "dm",
}


def read_drawing(
    path: Path, source: str, layer_name: str, options: SourceOptions
) -> tuple[Bulk, list[dict[str, Any]]]:
    """Read what a drawing holds for a layer of the schema.

    Parameters
    ----------
    path : Path
        A DXF file, of any version, text or binary.
    source : str
        As the campaign names it.
    layer_name : str
        Layer of the schema.
    options : SourceOptions
        ``layer`` is a layer of the drawing.

    Returns
    -------
    bulk : Bulk
        Rows with the id of the layer where a text or CASS tells it, ``land_use`` where CASS does,
        and `SHOWN`; shapes in metres as drawn, without CRS; arcs within `CHORD_M` of their chords.
    findings : list of dict
        What was chosen, closed, dropped or could not be decided.

    Raises
    ------
    SourceError
        If the file is no drawing, or holds nothing for the layer.
    """
    known = (source, options.member, "drawing")
    drawing = kept(options.memory, known, partial(open_drawing, path, source))
    code = text_code(drawing, options.encoding, source)
    choice = choose(drawing.drawn, code, layer_name, options.layer, source)
    sheet = None if options.layer == ALL_LAYERS else options.layer
    say = _Speaker(layer_name, source, sheet)
    shapes = np.array([None, *(_fitted(one, layer_name) for one in choice.rows)], dtype=object)[1:]
    cells = _cells(drawing, choice, code, layer_name, say)
    factor = _metres(drawing, shapes, say)
    if factor != 1.0:
        shapes = shapely.transform(shapes, lambda xy: xy * factor)
    _say_choice(drawing, choice, code, say)
    records = pd.Series([one.number for one in choice.rows], index=cells.index, dtype="int64")
    defects = pd.Series([one.defect for one in choice.rows], index=cells.index, dtype="object")
    notes = {
        "driver": "DXF",
        "encoding": code.encoding,
        "encoding_from": code.told_by,
        "version": drawing.header.get("$ACADVER", b"").decode("ascii", "replace"),
        "layers_read": choice.layers,
        "layers_left": choice.left,
        "marks_left": choice.marks,
        "fills_left": choice.fills,
        "lines_left": sum(choice.open_lines.values()),
        "entities_ignored": len(drawing.drawn) - len(choice.rows),
        "chord_m": CHORD_M,
    }
    return Bulk(cells, shapes, None, records, defects, notes), say.said


class _Speaker:
    """Gathers findings about a source."""

    def __init__(self, layer: str, source: str, sheet: str | None) -> None:
        self.layer, self.source, self.sheet = layer, source, sheet
        self.said: list[dict[str, Any]] = []

    def __call__(self, finding_code: str, *, row: Drawn | None = None, **facts: Any) -> None:
        """Add a finding, about a row or the source."""
        self.said.append(
            finding(
                finding_code,
                layer=self.layer,
                source_file=self.source,
                source_sheet=self.sheet,
                source_row=None if row is None else row.number,
                **facts,
            )
        )


def _fitted(one: Drawn, layer_name: str) -> shapely.Geometry | None:
    """Return a shape as the layer wants it: outlines as lines where it is one of lines."""
    if one.shape is None or one.defect is not None:
        return None
    as_line = LAYERS[layer_name].geometry == "line" and one.what == "outline"
    return shapely.boundary(one.shape) if as_line else one.shape


def _cells(
    drawing: Drawing, choice: Choice, code: TextCode, layer_name: str, say: _Speaker
) -> pd.DataFrame:
    """Return the cells of the rows."""
    rows = choice.rows
    cells = pd.DataFrame(
        {
            "Layer": [code.read(one.layer) for one in rows],
            "EntityHandle": [one.handle or None for one in rows],
            "Line": [one.line or None for one in rows],
        },
        dtype="object",
    )
    if LAYERS[layer_name].geometry != "polygon" or not LAYERS[layer_name].id.endswith("_id"):
        return cells
    data = [attached(one.data, code) for one in rows]
    cells.insert(0, LAYERS[layer_name].id, _codes(drawing, rows, data, code, say))
    if layer_name == "parcels":
        cells["land_use"] = [one.land_use for one in data]
    if any(one.owner for one in data):
        say("personal_dropped", columns=OWNER_COLUMN)
    return cells


def _codes(
    drawing: Drawing, rows: list[Drawn], data: list[Attached], code: TextCode, say: _Speaker
) -> list[str | None]:
    """Return the code of each outline: what CASS attached, else the one text in it that is one."""
    labels, others = labels_of(drawing.drawn, code)
    at = [number for number, one in enumerate(rows) if one.what == "outline" and one.shape]
    found = own_labels(np.array([rows[one].shape for one in at], dtype=object), labels)
    standing = dict(zip(at, found, strict=True))
    if others:
        say("drawing_texts_left", texts=others)
    out: list[str | None] = []
    for number, (row, own) in enumerate(zip(rows, data, strict=True)):
        written = [one for one in standing.get(number, []) if one != own.land_use]
        if own.code is not None:
            if written and not any(own.code.endswith(one) for one in written):
                say("label_differs", row=row, ids=[own.code], written=written)
            out.append(own.code)
            continue
        if len(written) > 1:
            say("label_question", row=row, handle=row.handle or "-", codes=written)
        out.append(written[0] if len(written) == 1 else None)
    return out


def _metres(drawing: Drawing, shapes: np.ndarray, say: _Speaker) -> float:
    """Return what turns drawing units into metres: the header's word only if the numbers agree.

    CAD writes the unit of its template, and surveyors draw in metres whatever it says. So numbers
    that are coordinates in metres as they stand are left; those that are only as the header has it
    are converted; where neither shows, they are left, with a question.
    """
    unit = drawing.header.get("$INSUNITS", b"0")
    factor = _METRES.get(unit)
    bounds = shapely.total_bounds(shapes)
    if factor is None or not np.isfinite(bounds).all():
        return 1.0
    drawn = _UNIT_NAMES[unit]
    if infer_crs(bounds.tolist()).crs is not None:
        say("drawing_units", drawn=drawn)
        return 1.0
    if infer_crs((bounds * factor).tolist()).crs is not None:
        say("drawing_units_converted", drawn=drawn)
        return factor
    say("drawing_units_question", drawn=drawn)
    return 1.0


def _say_choice(drawing: Drawing, choice: Choice, code: TextCode, say: _Speaker) -> None:
    """Say which layers were read, what was closed, and what was left."""
    if code.differs:
        say("encoding_inferred", encoding="GBK/GB18030" if code.encoding == "gb18030" else "UTF-8")
    if not drawing.complete:
        say("drawing_cut_off")
    if choice.asked:
        first = next(iter(choice.layers))
        line = f'{say.layer} = {{ path = "{say.source}", layer = "{first}" }}'
        say("drawing_layer_question", layers=_listed(choice.layers), line=line)
    elif choice.left or choice.marks:
        say(
            "drawing_layers_left",
            layers=_listed(choice.layers),
            left=_listed(choice.left) or "0",
            marks=choice.marks,
        )
    if choice.open_lines:
        lines = sum(choice.open_lines.values())
        say("drawing_lines_left", lines=lines, layers=_listed(choice.open_lines))
    if choice.broken:
        say("drawing_entities_broken", entities=choice.broken)
    for one in choice.too_large:
        say("drawing_block_too_large", row=one, **large_block(one, code))
    for one in choice.rows:
        if one.what == "outline" and one.gap and one.shape is not None:
            say("outline_nearly_closed", row=one, handle=one.handle or "-", gap_m=one.gap)


def _listed(layers: dict[str, int]) -> str:
    """Return layers with how many outlines they have."""
    return "、".join(f"{name} ({count})" for name, count in layers.items())
