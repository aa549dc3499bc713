"""What readers are asked and what they answer; and a table on its way from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd

from landgis.base.findings import finding
from landgis.base.rules import load_rules
from landgis.base.schema import LAYERS, Layer
from landgis.io.memory import Memory
from landgis.io.returned.mends import CellMend, Mends
from landgis.io.row.columns import ColumnPlan

__all__ = ["Draft", "Reading", "Source", "SourceOptions"]

#: rows that a finding about many names one by one
_SHOWN_ROWS = 20


@dataclass(frozen=True)
class SourceOptions:
    """What a campaign says of one source.

    Attributes
    ----------
    path : str
        The file as the campaign names it; it becomes ``source_file``. Empty: the path that is read.
    layer : str or None
        Layer inside the file, or sheet of the workbook; None: the only one, or all sheets.
    crs : str or None
        CRS of the coordinates; it wins over what the file says.
    encoding : str or None
        Encoding of the text; it wins over the evidence.
    status_on : Timestamp or None
        Day that a bare status word (已签) takes.
    parcel_id : tuple of str
        Sent columns that together are the parcel's code.
    columns : mapping
        Sent column to ours.
    kind : str or None
        Kind of the records, where no column tells it.
    keep : mapping
        Personal columns that are kept, each with its purpose.
    load_day : Timestamp or None
        Day of the load; a status dated later is rejected.
    household_key : bytes or None
        Key of the household pseudonyms; without it only the office's own codes are kept.
    year : int or None
        Year of days written without one (8月23日).
    land_use_scheme : str or None
        Classification of the land-use codes, where no column names it.
    mended : mapping
        Cells that the sender mended, by sheet and row.
    shown : tuple of str
        Sent columns that a rejected row shows beside the recognised ones; its reader says which.
    limits : mapping
        The rules ``numbers``: what a number in a row cannot be.
    member : str or None
        File of an archive of several that is read; it becomes the first part of ``source_sheet``.
    memory : mapping or None
        Keeps what was read, for whoever reads one file as several layers.
    """

    path: str = ""
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    status_on: pd.Timestamp | None = None
    parcel_id: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None
    keep: Mapping[str, str] = field(default_factory=dict)
    load_day: pd.Timestamp | None = None
    household_key: bytes | None = None
    year: int | None = None
    land_use_scheme: str | None = None
    mended: Mends = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=partial(load_rules, "numbers"))
    member: str | None = None
    memory: Memory | None = None


@dataclass(frozen=True)
class Reading:
    """What became of a file.

    Attributes
    ----------
    frame : DataFrame or GeoDataFrame
        Accepted rows with the layer's columns; CRS as the file's.
    rejected : DataFrame
        source_file, source_sheet, source_row, reason (code), column (as sent), defects (all of
        them, ``code:column``), and the recognised cells that are not personal, as text.
    findings : list of dict
        Rows of `landgis.base.findings.finding`.
    rows_read : int
        Rows accepted + rows rejected; recognised subtotal and title rows of ledgers are counted
        beside, in ``notes``.
    notes : dict
        driver, encoding, encoding_from, crs, crs_from, columns (sent to ours), columns_unused,
        headers (sheet to sent columns), withheld (sent columns that are shown to nobody), layer,
        units (sent column of numbers to the unit of its header), mended (rows that were mended, by
        sheet and row), subtotal_rows, title_rows.
    """

    frame: Any
    rejected: pd.DataFrame
    findings: list[dict[str, Any]]
    rows_read: int
    notes: dict[str, Any]


@dataclass(frozen=True)
class Source:
    """Where rows come from: file as named, sheet or layer, and the number of each row there."""

    file: str
    sheet: str | None
    rows: pd.Series

    @property
    def label(self) -> str:
        """File and sheet in one, for messages."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file

    def within(self, member: str | None) -> Source:
        """Return the same rows as those of a member of an archive."""
        if member is None:
            return self
        return Source(self.file, f"{member}/{self.sheet}" if self.sheet else member, self.rows)


@dataclass
class Draft:
    """A table between its cells as sent and its rows as accepted: the intake rooms fill it in."""

    raw: pd.DataFrame
    layer: Layer
    plan: ColumnPlan
    source: Source
    options: SourceOptions
    mended: list[CellMend] = field(default_factory=list)
    columns: dict[str, pd.Series] = field(default_factory=dict)
    defects: list[tuple[str, pd.Series]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)

    def sent(self, name: str) -> str:
        """Return the sent name of one of our columns, or our name where there is none."""
        return self.plan.ours.get(name, name)

    def reject(self, name: str, codes: pd.Series) -> None:
        """Note the codes of cells of a column that cannot be read."""
        if codes.notna().any():
            self.defects.append((name, codes))

    def say(self, code: str, where: pd.Series | None = None, **facts: Any) -> None:
        """Add a finding about the table, or about the rows where a condition holds."""
        ids: list[str] = []
        row = None
        if where is not None:
            rows = [int(one) for one in self.source.rows[where]]
            facts |= {"rows": rows[:_SHOWN_ROWS], "count": len(rows)}
            row = rows[0] if len(rows) == 1 else None
            own = self.columns.get(self.layer.id)
            ids = [] if own is None else [str(one) for one in own[where].dropna()]
        self.findings.append(
            finding(
                code,
                layer=self.layer.name,
                ids=ids,
                source_file=self.source.file,
                source_sheet=self.source.sheet,
                source_row=row,
                **facts,
            )
        )

    def blank(self) -> pd.Series:
        """Return an empty column of objects."""
        return pd.Series(None, index=self.raw.index, dtype="object")

    def has(self, name: str) -> bool:
        """Tell whether the layer has a column of that name."""
        return name in LAYERS[self.layer.name].names
