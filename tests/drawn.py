"""Drawings as surveyors hand them over: by ezdxf in every version, by hand where it writes none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ezdxf
from ezdxf.document import Drawing
from ezdxf.layouts import Modelspace

from landgis.base.findings import sentence
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.vectors import read_vector

EAST, NORTH = 38_500_000.0, 2_580_000.0
Corners = list[tuple[float, float]]


def box(east: float = 0.0, north: float = 0.0, side: float = 100.0) -> Corners:
    """Return the corners of a square, by its south-west corner beside the origin of all tests."""
    west, south = EAST + east, NORTH + north
    return [(west, south), (west + side, south), (west + side, south + side), (west, south + side)]


def spot(east: float, north: float) -> tuple[float, float]:
    """Return a place beside the origin."""
    return EAST + east, NORTH + north


def blank(version: str = "R2010", units: int = 6, encoding: str | None = None) -> Drawing:
    """Return an empty drawing."""
    doc = ezdxf.new(version, units=units)  # type: ignore[attr-defined]
    if encoding:
        doc.encoding = encoding
    return doc


def outline(space: Modelspace, corners: Sequence[tuple[float, ...]], layer: str = "JZD", **more):  # type: ignore[no-untyped-def]
    """Draw a closed outline the way its version does."""
    attributes = {"layer": layer}
    closed = more.pop("close", True)
    if space.doc.dxfversion <= "AC1009":
        return space.add_polyline2d(corners, close=closed, dxfattribs=attributes, **more)
    return space.add_lwpolyline(corners, close=closed, dxfattribs=attributes, **more)


def label(space: Modelspace, text: str, at: tuple[float, float], layer: str = "ZJ") -> None:
    """Place a text."""
    space.add_text(text, height=2.0, dxfattribs={"layer": layer}).set_placement(at)


def saved(doc: Drawing, path: Path, fmt: str = "asc") -> Path:
    """Write a drawing."""
    doc.saveas(path, fmt=fmt)
    return path


def read(path: Path, role: str = "parcels", **options: object) -> Reading:
    """Read a drawing as a layer."""
    return read_vector(path, role, SourceOptions(path=path.name, **options))  # type: ignore[arg-type]


def pairs(*some: tuple[int, object]) -> str:
    """Return group codes and values as lines."""
    return "".join(f"{code:>3}\n{value}\n" for code, value in some)


def entities(*bodies: str, header: str = "", end: bool = True) -> str:
    """Return a DXF text with nothing but entities, as small programs write them."""
    head = pairs((0, "SECTION"), (2, "HEADER")) + header + pairs((0, "ENDSEC")) if header else ""
    body = pairs((0, "SECTION"), (2, "ENTITIES")) + "".join(bodies)
    return head + body + (pairs((0, "ENDSEC"), (0, "EOF")) if end else "")


def raw_outline(
    corners: Sequence[tuple[float, float]], layer: str = "JZD", handle: str = ""
) -> str:
    """Return a closed LWPOLYLINE by hand."""
    own = [(5, handle)] if handle else []
    ends = [(90, len(corners)), (70, 1)]
    spots = [pair for x, y in corners for pair in ((10, f"{x:.3f}"), (20, f"{y:.3f}"))]
    return pairs((0, "LWPOLYLINE"), *own, (8, layer), *ends, *spots)


def raw_text(text: str, at: tuple[float, float], layer: str = "ZJ") -> str:
    """Return a TEXT by hand."""
    return pairs((0, "TEXT"), (8, layer), (10, at[0]), (20, at[1]), (40, 2), (1, text))


def everything(reading: Reading) -> str:
    """Return all that a reading says, to anybody, in both languages."""
    said = [str(reading.notes), reading.frame.to_csv(), reading.rejected.to_csv()]
    for row in reading.findings:
        said += [str(row), sentence(row, "zh"), sentence(row, "en")]
    return "\n".join(said)
