"""GeoJSON feature by feature: where GDAL would give up the file, or leave a feature out.

GDAL passes over a broken line of GeoJSON text sequences (RFC 8142) and over a feature that does not
say it is one, without a word; of broken JSON it reads nothing. Here each costs itself.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import ProjError

from landgis.base.errors import SourceError
from landgis.io.vector.arrow import shapes_of
from landgis.io.vector.bulk import Bulk, default_crs

__all__ = ["features_in", "read_features", "with_broken_shapes"]

_LINES = (".geojsonl", ".ndjson")
_WGS84 = "EPSG:4326"
_GEOMETRY = re.compile(rb'"geometry"\s*:')
_FEATURES = re.compile(r'"features"\s*:\s*\[')
#: where a next feature may begin behind one that is broken
_NEXT = re.compile(r'\{\s*"type"\s*:\s*"Feature"\s*[,}]')
_CRS = re.compile(r'"crs"\s*:\s*(?=\{)')
_BETWEEN = re.compile(r"[\s,]*")


def features_in(path: Path) -> int:
    """Return how many features a GeoJSON seems to hold: at most as many as it names geometries."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole,
    ):
        return sum(1 for _ in _GEOMETRY.finditer(whole))


def read_features(path: Path, source: str) -> Bulk:
    """Read every feature of a GeoJSON, or of a text sequence of them, by itself.

    Returns
    -------
    Bulk
        Cells of the properties, lists and objects among them as JSON; features that are none have
        the defect ``record_unreadable``. Their CRS as in the file, by its rule, or by magnitude.

    Raises
    ------
    SourceError
        If there is no feature in it.
    """
    text = path.read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    lines = path.suffix.lower() in _LINES
    found = list(_by_line(text) if lines else _by_feature(text))
    good = [one for one in found if one is not None]
    if not good:
        raise SourceError("file_unreadable", source=source)
    raw = pd.DataFrame([_cells(one) for one in found], dtype="object")
    said = [None if one is None else one.get("geometry") for one in found]
    drawn = np.array([one is not None for one in said])
    shapes, broken = shapes_of(_wkb(said), len(said))
    broken |= drawn & shapely.is_missing(shapes) & ~_is_empty(said)
    defects = pd.Series(None, index=raw.index, dtype="object")
    defects = defects.mask(broken, "geometry_unreadable")
    lost = np.array([one is None for one in found])
    defects = defects.mask(lost, "record_unreadable")
    crs = default_crs(path, _WGS84 if lines else _named_crs(text), shapes)
    records = pd.Series(np.arange(1, len(found) + 1), index=raw.index)
    notes = {"driver": "GeoJSONSeq" if lines else "GeoJSON"}
    if lost.any() or not lines:
        notes["read"] = "record by record"
    return Bulk(raw, shapes, crs, records, defects, notes)


def with_broken_shapes(bulk: Bulk, path: Path, source: str) -> Bulk:
    """Return features as GDAL read them, those apart whose shape it could not read.

    GDAL gives back no shape for a null geometry, and for one that is broken.
    """
    lost = shapely.is_missing(bulk.shapes) & bulk.defects.isna().to_numpy()
    if not lost.any() or features_in(path) != len(bulk.raw):
        return bulk
    every = read_features(path, source)
    if len(every.raw) == len(bulk.raw):
        lost &= (every.defects == "geometry_unreadable").to_numpy()
        bulk.defects = bulk.defects.mask(lost, "geometry_unreadable")
    return bulk


def _feature(value: Any) -> dict[str, Any] | None:
    """Return a feature, None for anything else."""
    if not isinstance(value, dict) or value.get("type") != "Feature":
        return None
    said = value.get("properties")
    return value if said is None or isinstance(said, dict) else None


def _by_line(text: str) -> Iterator[dict[str, Any] | None]:
    """Yield the feature of each line that is not blank; None for a line that holds none."""
    for line in re.split(r"[\n\r\x1e]+", text):
        if line.strip():
            try:
                yield _feature(json.loads(line))
            except (ValueError, RecursionError):
                yield None


def _by_feature(text: str) -> Iterator[dict[str, Any] | None]:
    """Yield each feature of a collection; None for one that is broken."""
    start = _FEATURES.search(text)
    at = start.end() if start else 0
    decoder = json.JSONDecoder()
    while True:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if start and text[at : at + 1] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            following = _NEXT.search(text, at + 1)
            if text[at : at + 1] == "{":
                yield None
            if following is None:
                return
            at = following.start()
        else:
            yield _feature(value)


def _cells(feature: dict[str, Any] | None) -> dict[str, Any]:
    """Return the properties of a feature as cells; what is no text of UTF-8 as bytes."""
    properties = (feature or {}).get("properties") or {}
    return {_plain(str(name)): _cell(value) for name, value in properties.items()}


def _plain(text: str) -> str:
    """Return a text without what could not be decoded."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cell(value: Any) -> Any:
    """Return a value that a cell can hold."""
    if isinstance(value, dict | list):
        return _plain(json.dumps(value, ensure_ascii=False))
    if isinstance(value, str):
        raw = value.encode("utf-8", "surrogateescape" if _is_escaped(value) else "replace")
        return raw if _is_escaped(value) else value
    return value


def _is_escaped(text: str) -> bool:
    """Tell whether a text holds bytes that are no UTF-8, and no other halves of characters."""
    return any("\udc80" <= sign <= "\udcff" for sign in text) and not any(
        "\ud800" <= sign < "\udc80" or "\udcff" < sign <= "\udfff" for sign in text
    )


def _wkb(geometries: list[Any]) -> np.ndarray:
    """Return geometries as WKB, None where there is none or it is broken."""
    texts = [None if one is None else json.dumps(one) for one in geometries]
    shapes = shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore")
    return np.asarray(shapely.to_wkb(shapes), dtype=object)


def _is_empty(geometries: list[Any]) -> np.ndarray:
    """Tell which geometries say that they are empty."""
    return np.array([isinstance(one, dict) and one.get("coordinates") == [] for one in geometries])


def _named_crs(text: str) -> str | None:
    """Return the CRS that a GeoJSON names by the rule of 2008, else WGS 84."""
    found = _CRS.search(text)
    if found is None:
        return _WGS84
    try:
        said, _ = json.JSONDecoder().raw_decode(text, found.end())
        return str(pyproj.CRS.from_user_input(said["properties"]["name"]).to_wkt())
    except (ValueError, LookupError, TypeError, ProjError, RecursionError):
        return None
