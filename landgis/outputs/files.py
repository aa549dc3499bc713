"""How outputs reach the disk: safe names, written beside and renamed, nothing lost on the way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from landgis.base.errors import OutputError
from landgis.base.troubles import trouble_of

__all__ = ["file_name", "refuse_existing", "write_beside", "write_text"]

#: what Windows refuses in a name, and control characters
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
#: bytes of a name that every file system bears, with room for what is written beside it
_LONGEST = 200


def file_name(parts: Sequence[str], suffix: str) -> str:
    """Return a file name of parts joined by ``_`` that every system accepts.

    Characters that Windows forbids become ``_``, blanks and dots at the end go, a reserved name
    (``CON``) gets a ``_``; a name that is too long is cut.
    """
    name = "_".join(_FORBIDDEN.sub("_", unicodedata.normalize("NFC", part)) for part in parts)
    name = name.strip().rstrip(". ")
    if not name or _RESERVED.fullmatch(name):
        name = f"_{name}"
    raw = name.encode("utf-8")[: _LONGEST - len(suffix)]
    return raw.decode("utf-8", errors="ignore").rstrip(". ") + suffix


def refuse_existing(paths: Iterable[Path], *, replace: bool) -> None:
    """Refuse, before any is written, outputs that are there already.

    Raises
    ------
    OutputError
        Naming the first, if `replace` is not set; a folder is never written over.
    """
    there = [path for path in paths if path.exists()]
    folder = next((path for path in there if path.is_dir()), None)
    if folder is not None:
        raise OutputError("output_is_folder", name=folder.name)
    if there and not replace:
        raise OutputError("output_exists", name=there[0].name)


def write_beside(path: Path, write: Callable[[Path], object], *, replace: bool) -> Path:
    """Write a file beside its place and rename it once it is whole.

    Parameters
    ----------
    path : Path
        Where the file goes; folders are made.
    write : callable
        Given the path beside; makes the whole file there.
    replace : bool
        Whether an older file is written over.

    Raises
    ------
    OutputError
        If the file is there already and `replace` is not set, or it cannot be written because
        another program holds it; the old file stays as it was.
    """
    refuse_existing([path], replace=replace)
    beside = path.with_name(f".{path.stem[:60]}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        write(beside)
        beside.replace(path)
    except OSError as error:
        raise OutputError("file_held", name=path.name, why=trouble_of(error)) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return path


def write_text(path: Path, text: str, *, replace: bool) -> Path:
    """Write a text as UTF-8 with plain line ends; see `write_beside`."""
    return write_beside(
        path,
        lambda beside: beside.write_text(text, encoding="utf-8", newline="\n"),
        replace=replace,
    )
