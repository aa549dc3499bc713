"""The companions of a shapefile: found in whatever case they are written, made to fit each other.

GDAL finds a companion only in all small or all capital letters, and says nothing of a table that it
did not find. What is not as it wants is mended in a copy; the sender's folder is left as it is.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
from pyproj.exceptions import ProjError

from landgis.io.files import find_sibling
from landgis.io.vector.shapefile_parts import Parts, even_out, look_at_parts
from landgis.io.vector.shapefile_records import entries_in, write_index
from landgis.io.vector.votes import vote

__all__ = ["Notes", "complete"]

#: codes of findings with their facts
Notes = list[tuple[str, dict[str, Any]]]
_JSON = (".geojson", ".json", ".geojsonl", ".ndjson")
_COMPANIONS = (".shx", ".dbf", ".prj", ".cpg")
#: pyogrio takes what follows this sign in a path for a member of an archive
_MEMBER_SIGN = "!"


@contextmanager
def complete(path: Path) -> Iterator[tuple[Path, Notes]]:
    """Yield a path at which GDAL finds all of a file, and what was missing or mended.

    Yields
    ------
    path : Path
        The file itself, or a copy that is removed afterwards.
    notes : list of (code, facts)
        ``file_cut`` (the .shp ends before its header says and records are missing),
        ``index_rebuilt`` (no .shx, or one that leads astray), ``table_missing`` (no .dbf: rows
        without cells), ``prj_unreadable``, ``rows_differ`` (more shapes than rows, or fewer),
        ``rows_deleted``.
    """
    if path.suffix.lower() == ".shp":
        with _whole(path) as found:
            yield found
        return
    text = _recoded_json(path)
    if text is None and _MEMBER_SIGN not in str(path):
        yield path, []
        return
    with tempfile.TemporaryDirectory(prefix="landgis-") as folder:
        copy = _copied(path, {path.suffix: path}, Path(folder))
        if text is not None:
            copy.write_text(text, encoding="utf-8")
        yield copy, [] if text is None else [("encoding_inferred", {"encoding": "GBK/GB18030"})]


@contextmanager
def _whole(path: Path) -> Iterator[tuple[Path, Notes]]:
    """Yield a shapefile with all that belongs to it."""
    found = {suffix: find_sibling(path, suffix) for suffix in _COMPANIONS}
    own = {".shp": path} | {suffix: one for suffix, one in found.items() if one is not None}
    parts = look_at_parts(path, own.get(".shx"), own.get(".dbf"))
    prj = _mended_prj(own.get(".prj"))
    notes = _notes(own, parts, prj, path.stat().st_size)
    cut = parts.cut > 0
    rebuilt = not parts.index_sound and not cut and (parts.rebuildable or ".shx" not in own)
    as_it_is = all(_is_found(one, path) for one in own.values()) and _MEMBER_SIGN not in str(path)
    if as_it_is and not rebuilt and not cut and prj is None and not parts.uneven:
        yield path, notes
        return
    if rebuilt:
        own.pop(".shx", None)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="landgis-")))
        copy = _copied(path, own, folder)
        if prj is not None:
            copy.with_suffix(".prj").write_text(prj, encoding="utf-8")
        if cut:
            index = own.get(".shx")
            write_index(copy, entries_in(path, index), parts.shapes or 0)
        if parts.uneven:
            even_out(copy, parts)
        if rebuilt:
            stack.enter_context(_index_restored())
        yield copy, notes


def _notes(own: dict[str, Path], parts: Parts, prj: str | None, size: int) -> Notes:
    """Return what is missing or does not fit; the .shp is of this size (bytes)."""
    notes: Notes = []
    if parts.cut:
        notes.append(("file_cut", {"wanted_bytes": parts.cut, "bytes": size}))
    elif not parts.index_sound:
        notes.append(("index_rebuilt", {}))
    if ".dbf" not in own:
        notes.append(("table_missing", {}))
    if prj == "":
        notes.append(("prj_unreadable", {}))
    if parts.differ:
        notes.append(("rows_differ", {"shapes": parts.shapes, "rows": parts.rows}))
    if parts.deleted:
        notes.append(("rows_deleted", {"count": parts.deleted}))
    return notes


def _recoded_json(path: Path) -> str | None:
    """Return a JSON that was written in GBK as text; None where it is UTF-8, as JSON has to be."""
    if path.suffix.lower() not in _JSON:
        return None
    raw = path.read_bytes()
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace") if vote([raw]) == "gb18030" else None
    return None


def _is_found(one: Path, path: Path) -> bool:
    """Tell whether GDAL finds a companion by the name of the file."""
    return one.stem == path.stem and one.suffix in (one.suffix.lower(), one.suffix.upper())


def _mended_prj(path: Path | None) -> str | None:
    """Return a .prj that cannot stay as it is, as text ("": it says nothing); None where it can.

    Names of CRSs in Chinese are written in GBK, at which pyogrio fails; so it does where PROJ
    cannot read what is written.
    """
    if path is None:
        return None
    raw = path.read_bytes()
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
            pyproj.CRS.from_wkt(text.strip("\ufeff\x00 \r\n"))
        except (UnicodeDecodeError, ProjError):
            continue
        return None if encoding == "utf-8" else text
    return ""


def _copied(path: Path, own: dict[str, Path], folder: Path) -> Path:
    """Copy a file with its companions under plain names."""
    stem = path.stem.replace(_MEMBER_SIGN, "_")
    for suffix, one in own.items():
        target = folder / f"{stem}{suffix.lower()}"
        if one.is_dir():
            shutil.copytree(one, target)
        else:
            shutil.copyfile(one, target)
    return folder / f"{stem}{path.suffix.lower()}"


@contextmanager
def _index_restored() -> Iterator[None]:
    """Let GDAL build the .shx that a copy lacks."""
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
