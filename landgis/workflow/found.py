"""What a file, or a layer of one, seems to be, and how a manifest writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd

from landgis.base.errors import LandgisError
from landgis.io.row.draft import Reading
from landgis.workflow.asking import NO_CRS

__all__ = ["Found", "quoted", "shapes_of", "source_text"]


@dataclass
class Found:
    """One layer of one file, and what it seems to be.

    Attributes
    ----------
    roles : list of str
        Layers that its name calls, the first of which is taken.
    guesses : list of str
        Layers that fit equally: a question.
    sure : bool
        Whether a name told the role, or only the columns.
    parcel_id : tuple of str
        Sent columns that together are the parcel's code.
    questions : tuple of LandgisError
        What reading it asked, where a provisional answer let it go on.
    """

    path: Path
    name: str
    layer: str | None
    roles: list[str]
    guesses: list[str] = field(default_factory=list)
    sure: bool = True
    reading: Reading | None = None
    trouble: LandgisError | None = None
    parcel_id: tuple[str, ...] = ()
    questions: tuple[LandgisError, ...] = ()


def quoted(text: str) -> str:
    """Return a text as a TOML string; one with a backslash or a quote is taken literally."""
    plain = re.sub(r"[\x00-\x1f\x7f]", " ", text)
    if ("\\" in plain or '"' in plain) and "'" not in plain:
        return f"'{plain}'"
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def source_text(found: Found, **more: str) -> str:
    """Return a source as the manifest writes it; `more` are further keys, their values in TOML."""
    parts = {"path": quoted(found.name)}
    if found.layer is not None:
        parts["layer"] = quoted(found.layer)
    if found.parcel_id:
        parts["parcel_id"] = f"[{', '.join(map(quoted, found.parcel_id))}]"
    parts |= more
    if len(parts) == 1:
        return parts["path"]
    return "{ " + ", ".join(f"{key} = {value}" for key, value in parts.items()) + " }"


def shapes_of(found: Found) -> gpd.GeoDataFrame | None:
    """Return the frame of a layer that has shapes and a CRS."""
    frame = None if found.reading is None else found.reading.frame
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None or frame.crs == NO_CRS:
        return None
    return frame if frame.geometry.notna().any() else None
