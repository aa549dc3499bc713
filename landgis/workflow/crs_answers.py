"""What the other layers of a campaign say of one: where its zone may be, and which systems met."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from landgis.base.crs import candidate_meridians, parse_crs
from landgis.base.errors import LandgisError, SourceError
from landgis.base.findings import finding
from landgis.base.projections import Bounds, degrees_of, name_of
from landgis.base.zones import zone_of
from landgis.io.receipts import name_in
from landgis.io.row.draft import Reading

__all__ = ["MERIDIAN_QUESTION", "ask_beside", "ground_of", "said_of_systems", "with_candidates"]

MERIDIAN_QUESTION = "meridian_question"


def ground_of(frames: Iterable[Any]) -> Bounds | None:
    """Return where frames with shapes and a CRS lie, in longitude and latitude; None if nowhere."""
    boxes = []
    for frame in frames:
        if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
            continue
        bounds = frame.total_bounds
        if np.isfinite(bounds).all() and (there := degrees_of(frame.crs, bounds)) is not None:
            boxes.append(there)
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def with_candidates(question: LandgisError, near: Bounds | None) -> LandgisError:
    """Return a question for the central meridian with the answers that fit the other layers.

    However few they are, it stays a question: neighbours in another county lie beside, too.
    """
    if question.code != MERIDIAN_QUESTION:
        return question
    facts = question.facts
    found = candidate_meridians(facts["bounds"], near, facts["datum"])
    if not found:
        return question
    line = f'{facts["layer"]} = {{ path = "{facts["source"]}", crs = "{found[0]}" }}'
    return SourceError(
        "meridian_candidates",
        source=facts["source"],
        layer=facts["layer"],
        lines=", ".join(found),
        line=line,
    )


def ask_beside(
    question: SourceError,
    readings: Sequence[tuple[str, Path, Reading]],
    read: Callable[[int], Reading],
    rest: Iterable[int],
) -> LandgisError:
    """Return what a load asks where a source could not be read.

    A question for the central meridian is put beside the layers that can be read, those after it
    too: a refusal may take its time.
    """
    if question.code != MERIDIAN_QUESTION:
        return question
    frames = [reading.frame for _, _, reading in readings]
    for at in rest:
        try:
            frames.append(read(at).frame)
        except LandgisError:
            continue  # it has its own turn once this is answered
    return with_candidates(question, ground_of(frames))


def said_of_systems(
    readings: Sequence[tuple[str, Path, Reading]], crs: str, root: Path
) -> list[dict[str, Any]]:
    """Say once that files came in other zones, or other map systems, than the campaign's."""
    target = parse_crs(crs)
    files: dict[str, list[str]] = {}
    for _, path, reading in readings:
        told = reading.notes.get("crs")
        if told is None or not (own := parse_crs(told)).is_projected or own == target:
            continue
        files.setdefault(name_of(own), []).append(name_in(root, path))
    if not files:
        return []
    ids = [name for names in files.values() for name in names]
    zones = ", ".join(f"{name} ({len(names)})" for name, names in files.items())
    return [finding("crs_several", ids=dict.fromkeys(ids), zones=zones, target=_shown(target))]


def _shown(crs: Any) -> str:
    """Return a CRS with its zone number, where it has one."""
    zone = zone_of(crs)
    return name_of(crs) if zone is None else f"{name_of(crs)} ({zone.width}°, {zone.number})"
