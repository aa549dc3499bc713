"""Ledgers (台账, 兑付表): header found, subtotals told apart, every sheet by its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from landgis.base.errors import SourceError
from landgis.base.findings import finding
from landgis.base.schema import LAYERS
from landgis.io.ledger.boundary_points import point_tables, read_boundary_points
from landgis.io.ledger.headers import Header, find_header
from landgis.io.ledger.subtotals import Rows, differing_sums, sort_rows
from landgis.io.ledger.tables import (
    is_number_column,
    named_after_people,
    personal_cells,
    table_of,
    title_units,
)
from landgis.io.ledger.title_words import units_of_titles
from landgis.io.ledger.wide import read_wide
from landgis.io.ledger.wide_plans import number_columns, wide_plan, wide_units
from landgis.io.memory import kept
from landgis.io.row.cells import is_blank
from landgis.io.row.columns import JOINT, header_unit
from landgis.io.row.intake import Reading, Source, SourceOptions, shape_table
from landgis.io.row.joined import join_readings
from landgis.io.row.noticed import said_of_numbers
from landgis.io.sheet.sheets import Grid, is_lock, read_grids

__all__ = ["holds_points", "read_ledger"]

#: sheets that repeat what others hold
_SUMMARIES = ("汇总", "总表", "封面", "目录", "说明", "填表", "示例", "模板", "统计")


def read_ledger(path: Path, layer_name: str, options: SourceOptions) -> Reading:
    """Read all sheets of a workbook (xlsx, xls), or a CSV, as a layer.

    Parameters
    ----------
    path : Path
        The file.
    layer_name : str
        Layer of the schema. For a layer of polygons, tables of boundary points (界址点坐标表)
        become its shapes.
    options : SourceOptions
        What the campaign says of the source; `options.layer` names one sheet.

    Returns
    -------
    Reading
        ``rows_read == len(frame) + len(rejected)``; recognised subtotal and title rows are counted
        in ``notes``. ``source_row`` is the row as Excel shows it. Frames of layers with shapes are
        GeoDataFrames whose shapes are missing. A row of a wide ledger becomes a record per kind of
        thing that it counts.

    Raises
    ------
    SourceError
        If the file cannot be read, no sheet has a header that the layer's words recognise, a
        column that the user named is in no sheet, or a column fits two roles.
    """
    source = options.path or path.as_posix()
    if is_lock(path):
        return _skipped(layer_name, source)
    grids = _grids(path, source, options)
    notes = {
        "driver": path.suffix.lower().strip("."),
        "encoding": grids[0].encoding if grids else None,
        "encoding_from": grids[0].encoding_from if grids else None,
    }
    seen, findings = _seen(grids, layer_name, options, source)
    findings += _said_of_encoding(grids, layer_name, source)
    if LAYERS[layer_name].geometry == "polygon" and (
        points := point_tables(seen, layer_name, options)
    ):
        whole = read_boundary_points(seen, points, layer_name, options, source)
        return replace(whole, findings=findings + whole.findings, notes=notes | whole.notes)
    headed, said = _headed(seen, layer_name, options, source)
    _check_named(headed, options, source)
    sheets = _prepared(headed, layer_name)
    whole = join_readings(
        [_sheet(sheet, layer_name, options, source) for sheet in sheets], layer_name
    )
    numbered = {grid.number for grid in [*seen, *(one[0] for one in sheets)] if grid.withheld}
    said += said_of_numbers(len(numbered), layer_name, source)
    return replace(whole, findings=findings + said + whole.findings, notes=notes | whole.notes)


def holds_points(path: Path, options: SourceOptions) -> bool:
    """Tell whether a file is a table of boundary points, so that a layer of polygons can be it.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    if is_lock(path):
        return False
    source = options.path or path.as_posix()
    grids = [grid for grid in _grids(path, source, options) if grid.visible]
    known = (source, options.member, options.layer, "points")
    return kept(options.memory, known, lambda: bool(point_tables(grids, "parcels", options)))


def _grids(path: Path, source: str, options: SourceOptions) -> list[Grid]:
    """Return the sheets of a file, those too that their sender does not see."""
    read = partial(
        read_grids, path, source, encoding=options.encoding, wanted=options.layer, hidden=True
    )
    known = (source, options.member, options.layer, options.encoding)
    found: list[Grid] = kept(options.memory, known, read)
    return found


def _skipped(layer_name: str, source: str) -> Reading:
    """Return nothing, said: a lock file that Excel leaves beside an open workbook."""
    layer = LAYERS[layer_name]
    where = Source(source, None, pd.Series([], dtype="int64"))
    names = [name for name in layer.names if not name.startswith("source_")]
    raw = pd.DataFrame({name: pd.Series([], dtype="object") for name in names})
    reading = shape_table(raw, layer_name, SourceOptions(), where)
    said = finding("file_skipped", layer=layer_name, source_file=source, why="lock")
    return replace(reading, findings=[said], notes={"layer": layer_name, "driver": None})


def _said_of_encoding(grids: Sequence[Grid], layer_name: str, source: str) -> list[dict[str, Any]]:
    """Say that a CSV is in GBK, where only its bytes tell it."""
    if not grids or grids[0].encoding_from != "bytes" or grids[0].encoding == "utf-8":
        return []
    said = "GBK/GB18030"
    return [finding("encoding_inferred", layer=layer_name, source_file=source, encoding=said)]


def _skip(grid: Grid, why: str, layer_name: str, source: str) -> dict[str, Any]:
    """Say that a sheet was not read."""
    return finding(
        "file_skipped", layer=layer_name, source_file=source, source_sheet=grid.name, why=why
    )


def _is_empty(grid: Grid) -> bool:
    """Tell whether a sheet holds nothing."""
    return all(is_blank(cell) for row in grid.rows for cell in row)


def _seen(
    grids: Sequence[Grid], layer_name: str, options: SourceOptions, source: str
) -> tuple[list[Grid], list[dict[str, Any]]]:
    """Return the sheets to look into; summaries and hidden ones are left out, said."""
    seen, findings = [], []
    for grid in grids:
        why = None
        if options.layer is None and not grid.visible:
            why = "hidden"
        elif options.layer is None and len(grids) > 1 and _is_summary(grid.name):
            why = "summary"
        if why is None:
            seen.append(grid)
        elif not _is_empty(grid):
            findings.append(_skip(grid, why, layer_name, source))
    return seen, findings


def _is_summary(name: str | None) -> bool:
    """Tell whether a sheet's name says that it repeats others."""
    return name is not None and any(word in name for word in _SUMMARIES)


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
        header = find_header(grid, layer_name, named)
        if header is not None:
            headed.append((grid, header))
        elif not _is_empty(grid):
            findings.append(_skip(grid, "no_header", layer_name, source))
    if not headed:
        words = [w for c in LAYERS[layer_name].columns for w in c.aliases[:1]]
        raise SourceError("header_not_found", source=source, words=", ".join(words[:8]))
    return headed, findings


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


def _prepared(
    headed: Sequence[tuple[Grid, Header]], layer_name: str
) -> list[tuple[Grid, Header, Rows]]:
    """Return the sheets with their rows told apart; a sheet named after a person bears a number."""
    sheets = [
        (grid, header, sort_rows(grid.rows, header.names, header.last + 1, layer_name))
        for grid, header in headed
    ]
    tables = [(personal_cells(*sheet), sheet[2].told.values()) for sheet in sheets]
    personal = named_after_people([grid for grid, _, _ in sheets], tables)
    return [
        (grid.numbered() if hide else grid, header, rows)
        for (grid, header, rows), hide in zip(sheets, personal, strict=True)
    ]


def _sheet(
    sheet: tuple[Grid, Header, Rows], layer_name: str, options: SourceOptions, source: str
) -> Reading:
    """Read one sheet."""
    grid, header, rows = sheet
    table = table_of(grid, rows, header, layer_name, source)
    raw = table.raw
    where = Source(source, grid.name, pd.Series(rows.data, index=raw.index, dtype="int64") + 1)
    own = _of_sheet(options, list(raw.columns))
    plan = wide_plan(list(raw.columns), layer_name, own, where)
    told = units_of_titles(grid.rows[: header.first])
    if plan is None:
        units = title_units(header, layer_name, told)
        numbers = {n for n in header.names.values() if is_number_column(n, layer_name)}
        reading = shape_table(raw, layer_name, own, where, units=units)
    else:
        units, numbers = wide_units(plan, told), number_columns(plan)
        reading = read_wide(raw, plan, own, where, units)
    counts = {"subtotal_rows": len(rows.subtotals), "title_rows": len(rows.titles)}
    findings = [*table.findings, *reading.findings]
    if units:
        findings.append(
            finding(
                "units_of_title",
                layer=layer_name,
                source_file=source,
                source_sheet=grid.name,
                columns="、".join(units),
                units="、".join(dict.fromkeys(units.values())),
            )
        )
    columns = {
        at: header_unit(name) or units.get(name)
        for at, name in header.names.items()
        if name in numbers
    }
    findings += _sums(grid, rows, header, columns, layer_name, source)
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


def _sums(
    grid: Grid,
    rows: Rows,
    header: Header,
    columns: dict[int, str | None],
    layer_name: str,
    source: str,
) -> list[dict[str, Any]]:
    """Return a finding per subtotal that is not the sum of its rows."""
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
