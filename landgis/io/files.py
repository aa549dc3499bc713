"""Files as they come: are they there, are they what their name says, and how ours are written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from xlsxwriter.exceptions import FileCreateError

from landgis.base.errors import OutputError, SourceError
from landgis.base.troubles import trouble_of

__all__ = [
    "find_sibling",
    "refuse_other_kind",
    "refuse_part",
    "require_file",
    "sniff",
    "written_beside",
]

#: what lies beside a .shp and is nothing without it
_PARTS = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix")
#: first bytes to what the file is
_SIGNATURES = (
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"SQLite format 3\x00", "gpkg"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"fgb\x03", "fgb"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"AC10", "dwg"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"AutoCAD Binary DXF", "dxf"),
)
#: suffix to the signatures that it may have
_EXPECTED = {
    ".shp": ("shapefile",),
    ".gpkg": ("gpkg",),
    ".fgb": ("fgb",),
    ".parquet": ("parquet",),
    ".geoparquet": ("parquet",),
    ".kml": ("text",),
    ".kmz": ("zip",),
    ".zip": ("zip",),
    ".gdb": (),
    ".xlsx": ("zip",),
    ".xlsm": ("zip",),
    ".xls": ("ole",),
    ".tif": ("tiff",),
    ".tiff": ("tiff",),
    ".geojson": ("text", "json"),
    ".json": ("text", "json"),
    ".geojsonl": ("text", "json"),
    ".ndjson": ("text", "json"),
    ".dxf": ("text", "dxf"),
    ".txt": ("text",),
    ".csv": ("text",),
}


def require_file(path: Path, source: str) -> None:
    """Refuse a path where there is no file, or an empty one.

    Raises
    ------
    SourceError
        Naming the file.
    """
    try:
        if path.is_dir():
            return
        size = path.stat().st_size
    except (OSError, ValueError):
        raise SourceError("file_missing", source=source) from None
    if size == 0:
        raise SourceError("file_empty", source=source)


def sniff(path: Path) -> str:
    """Return what the first bytes of a file say it is: a format, ``html``, ``json`` or ``text``.

    ``binary`` is what holds zero bytes and has no known signature.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        raise SourceError("file_unreadable", source=path.name) from None
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            return name
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if bare.startswith((b"<!doctype html", b"<html", b"<table")):
        return "html"
    if bare.startswith((b"{", b"[{")):
        return "json"
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "binary" if b"\x00" in start and not wide else "text"


def refuse_other_kind(path: Path, source: str) -> None:
    """Refuse a file that is not what its name says.

    Raises
    ------
    SourceError
        Saying what the name says and what the file is.
    """
    expected = _EXPECTED.get(path.suffix.lower())
    if expected is None or path.is_dir():
        return
    really = sniff(path)
    if really not in expected:
        raise SourceError(
            "file_not_what_it_says", source=source, says=path.suffix.lower(), really=really
        )


def find_sibling(path: Path, suffix: str) -> Path | None:
    """Return the companion of a file with another suffix, in whatever case it is written."""
    wanted = (path.stem + suffix).casefold()
    try:
        names = sorted(path.parent.iterdir())
    except OSError:
        return None
    return next((one for one in names if one.name.casefold() == wanted), None)


def refuse_part(path: Path, name: str) -> None:
    """Refuse a file that is but a part of a shapefile, with what to name instead.

    Raises
    ------
    SourceError
        Naming the .shp that it belongs to, or saying that there is none.
    """
    if path.suffix.lower() in _PARTS:
        whole = find_sibling(path, ".shp")
        if whole is None:
            raise SourceError("shapefile_part_alone", source=name, wanted_file=f"{path.stem}.shp")
        raise SourceError("shapefile_part", source=name, whole=whole.name)


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Yield a path beside the wanted one, and rename it once it is written whole.

    Raises
    ------
    OutputError
        If the file cannot be written, or is open in another program; the old one stays.
    """
    beside = path.with_name(f".~{path.stem[:60]}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        yield beside
        beside.replace(path)
    except PermissionError:
        raise OutputError("output_in_use", path=path.name) from None
    except OSError as error:
        raise OutputError("output_unwritable", path=path.name, why=trouble_of(error)) from None
    except FileCreateError:
        raise OutputError("output_unwritable", path=path.name, why="os_permission") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
