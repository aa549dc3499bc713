"""Ledgers (台账, 兑付表): header found, subtotals told apart, every sheet by its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.io.cells import is_blank
from landgis.io.columns import JOINT, header_unit, roles_of
from landgis.io.headers import Header, find_header
from landgis.io.intake import Reading, Source, SourceOptions, shape_table
from landgis.io.joined import join_readings
from landgis.io.sheets import Grid, read_grids
from landgis.io.subtotals import Rows, differing_sums, sort_rows

__all__ = ["read_ledger"]

#: what a column is called that only a title row above the records names
_PLACE_NAMES = {"village": "村", "group": "组"}
#: sheets that repeat what others hold
_SUMMARIES = ("汇总", "总表", "封面", "目录", "说明", "填表", "示例", "模板", "统计")


def read_ledger(path: Path, layer_name: str, options: SourceOptions) -> Reading:
    """Read all sheets of a workbook (xlsx, xls), or a CSV, as a layer.

    Parameters
    ----------
    path : Path
        The file.
    layer_name : str
        Layer of the schema.
    options : SourceOptions
        What the campaign says of the source; `options.layer` names one sheet.

    Returns
    -------
    Reading
        ``rows_read == len(frame) + len(rejected)``; recognised subtotal and title rows are counted
        in ``notes``. ``source_row`` is the row as Excel shows it. Frames of layers with shapes are
        GeoDataFrames whose shapes are missing.

    Raises
    ------
    SourceError
        If the file cannot be read, no sheet has a header that the layer's words recognise, a
        column that the user named is in no sheet, or a column fits two roles.
    """
    source = options.path or path.as_posix()
    if path.name.startswith("~$"):
        return _skipped(layer_name, source)
    grids = read_grids(path, source, encoding=options.encoding, wanted=options.layer)
    headed, findings = _headed(grids, layer_name, options, source)
    _check_named(headed, options, source)
    readings = [_sheet(grid, header, layer_name, options, source) for grid, header in headed]
    whole = join_readings(readings, layer_name)
    notes = {
        "driver": path.suffix.lower().strip("."),
        "encoding": grids[0].encoding if grids else None,
    }
    return replace(whole, findings=findings + whole.findings, notes=notes | whole.notes)


def _skipped(layer_name: str, source: str) -> Reading:
    """Return nothing, said: a lock file that Excel leaves beside an open workbook."""
    empty = pd.DataFrame({"序号": []})
    layer = LAYERS[layer_name]
    where = Source(source, None, pd.Series([], dtype="int64"))
    columns = {column.name: pd.Series([], dtype="object") for column in layer.columns}
    raw = pd.DataFrame(columns | {"序号": empty["序号"]}).drop(
        columns=["source_file", "source_sheet", "source_row"]
    )
    reading = shape_table(raw, layer_name, SourceOptions(), where)
    said = finding("file_skipped", layer=layer_name, source_file=source, why="lock")
    return replace(reading, findings=[said], notes={"driver": None})


def _headed(
    grids: Sequence[Grid], layer_name: str, options: SourceOptions, source: str
) -> tuple[list[tuple[Grid, Header]], list[dict[str, Any]]]:
    """Return the sheets with a header, and what is said of the others.

    Raises
    ------
    SourceError
        If no sheet has one.
    """
    named = [*options.columns, *options.parcel_id]
    headed, findings = [], []
    for grid in grids:
        summary = len(grids) > 1 and options.layer is None and _is_summary(grid.name)
        header = None if summary else find_header(grid, layer_name, named)
        if header is not None:
            headed.append((grid, header))
        elif any(not is_blank(cell) for row in grid.rows for cell in row):
            why = "summary" if summary else "no_header"
            findings.append(
                finding(
                    "file_skipped",
                    layer=layer_name,
                    source_file=source,
                    source_sheet=grid.name,
                    why=why,
                )
            )
    if not headed:
        words = [w for c in LAYERS[layer_name].columns for w in c.aliases[:1]]
        raise SourceError("header_not_found", source=source, words=", ".join(words[:8]))
    return headed, findings


def _is_summary(name: str | None) -> bool:
    """Tell whether a sheet's name says that it repeats others."""
    return name is not None and any(word in name for word in _SUMMARIES)


def _check_named(
    headed: Sequence[tuple[Grid, Header]], options: SourceOptions, source: str
) -> None:
    """Refuse a column that the user named and no sheet has."""
    there = list(dict.fromkeys(n for _, header in headed for n in header.names.values()))
    for name in (*options.columns, *options.parcel_id):
        if _sent_as(name, there) is None:
            raise SourceError(
                "column_not_there", source=source, column=name, there=", ".join(there) or "-"
            )


def _sheet(
    grid: Grid, header: Header, layer_name: str, options: SourceOptions, source: str
) -> Reading:
    """Read one sheet."""
    names = header.names
    rows = sort_rows(grid.rows, list(names.values()), header.last + 1)
    raw = _table(grid, rows, names, layer_name)
    where = Source(source, grid.name, pd.Series(rows.data, index=raw.index, dtype="int64") + 1)
    reading = shape_table(raw, layer_name, _of_sheet(options, list(raw.columns)), where)
    counts = {"subtotal_rows": len(rows.subtotals), "title_rows": len(rows.titles)}
    findings = reading.findings + _sums(grid, rows, header, layer_name, source)
    return replace(reading, findings=findings, notes=reading.notes | counts)


def _sent_as(name: str, there: Sequence[str]) -> str | None:
    """Return the column that a user's name means: that name, or a joined header's last part."""
    if name in there:
        return name
    ends = [one for one in there if one.split(JOINT)[-1] == name]
    return ends[0] if len(ends) == 1 else None


def _of_sheet(options: SourceOptions, there: Sequence[str]) -> SourceOptions:
    """Return options whose column names are those of a sheet; what it lacks is left to others."""
    columns = {_sent_as(sent, there): ours for sent, ours in options.columns.items()}
    parts = [_sent_as(name, there) for name in options.parcel_id]
    return replace(
        options,
        columns={sent: ours for sent, ours in columns.items() if sent is not None},
        parcel_id=tuple(one for one in parts if one is not None) if all(parts) else (),
    )


def _numeric(name: str, layer_name: str) -> bool:
    """Tell whether a sent column is one of numbers: they are not repeated down a merged cell."""
    layer = LAYERS[layer_name]
    return any(layer.column(role).type in ("float", "int") for role in roles_of(name, layer_name))


def _table(grid: Grid, rows: Rows, names: dict[int, str], layer_name: str) -> pd.DataFrame:
    """Return the records of a sheet, merged cells filled down and places of title rows beside."""
    filled = _filled_down(grid, names, layer_name)
    table = {
        name: [_cell(filled[at], column) for at in rows.data] for column, name in names.items()
    }
    raw = pd.DataFrame(table, dtype="object")
    known = {role for name in names.values() for role in roles_of(name, layer_name)}
    for role, name in _PLACE_NAMES.items():
        told = [rows.places[at].get(role) for at in rows.data]
        if role in LAYERS[layer_name].names and role not in known and any(told):
            raw[name] = pd.Series(told, index=raw.index, dtype="object")
    return raw


def _cell(row: list[Any], column: int) -> Any:
    """Return a cell, None where there is nothing."""
    return None if column >= len(row) or is_blank(row[column]) else row[column]


def _filled_down(grid: Grid, names: dict[int, str], layer_name: str) -> list[list[Any]]:
    """Return the rows with merged words in every row that they cover; numbers stay."""
    out = [list(row) for row in grid.rows]
    for (top, left), (bottom, _) in grid.merged:
        if top == bottom or left not in names or _numeric(names[left], layer_name):
            continue
        for at in range(top + 1, min(bottom + 1, len(out))):
            if left < len(out[at]) and left < len(out[top]):
                out[at][left] = out[top][left]
    return out


def _sums(
    grid: Grid, rows: Rows, header: Header, layer_name: str, source: str
) -> list[dict[str, Any]]:
    """Return a finding per subtotal that is not the sum above it."""
    columns = {
        at: header_unit(name) for at, name in header.names.items() if _numeric(name, layer_name)
    }
    return [
        finding(
            "subtotal_differs",
            layer=layer_name,
            source_file=source,
            source_sheet=grid.name,
            source_row=at + 1,
            column=header.names[column],
            stated=round(stated, 4),
            summed=round(summed, 4),
        )
        for at, column, stated, summed in differing_sums(grid.rows, rows, columns)
    ]
