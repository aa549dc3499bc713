"""Several files that belong together: made in a folder beside, then moved to their place as one.

A shapefile is five files: a new .shp beside an old .dbf is worse than none. So the old files are
set aside first; if one is held by another program, all of them go back.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from pyogrio.errors import (
    CRSError,
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    GeometryError,
)
from xlsxwriter.exceptions import FileCreateError

from landgis.base.errors import OutputError
from landgis.base.troubles import trouble_of
from landgis.outputs.files import refuse_existing

__all__ = ["write_together"]

#: what GDAL and XlsxWriter raise where a file cannot be made
_TROUBLES = (
    CRSError,
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    FileCreateError,
    GeometryError,
)


def write_together(
    path: Path,
    write: Callable[[Path], object],
    *,
    replace: bool,
    companions: Iterable[str] = (),
) -> list[Path]:
    """Write files in a folder beside their place and move all of them there once they are whole.

    Parameters
    ----------
    path : Path
        The main file; its folder is made.
    write : callable
        Given a path of the same name in an empty folder; writes it and what belongs to it there.
    replace : bool
        Whether older files of these names are written over.
    companions : iterable of str
        Suffixes of files of the same stem that would be stale beside the new ones: they go.

    Returns
    -------
    list of Path
        The files, the main one first.

    Raises
    ------
    OutputError
        If one is there and `replace` is not set, or one cannot be written because another program
        holds it; the old files stay as they were.
    """
    refuse_existing([path], replace=replace)
    beside = path.with_name(f".{path.stem[:60]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        write(beside / path.name)
        made = sorted(beside.iterdir(), key=lambda one: (one.name != path.name, one.name))
        targets = [path.with_name(one.name) for one in made]
        refuse_existing(targets, replace=replace)
        _swap(made, targets, _stale(path, targets, companions), beside / "old")
    except OSError as error:
        name = Path(str(error.filename or path)).name
        raise OutputError("file_held", name=name, why=trouble_of(error)) from error
    except _TROUBLES as error:
        raise OutputError("file_held", name=path.name, why="os_permission") from error
    finally:
        with suppress(OSError):
            shutil.rmtree(beside)
    return targets


def _stale(path: Path, targets: list[Path], companions: Iterable[str]) -> list[Path]:
    """Return old files that would speak of the new ones: companions of each main file.

    Where the file itself is not among the new ones (it was parted), what bore its name goes too.
    """
    suffixes = [one for one in companions if one != path.suffix]
    mains = [one for one in targets if one.suffix == path.suffix]
    names = [one.with_suffix(suffix) for one in mains for suffix in suffixes]
    if path not in targets:
        names += [path, *map(path.with_suffix, suffixes)]
    return [one for one in names if one not in targets and one.is_file()]


def _swap(made: list[Path], targets: list[Path], stale: list[Path], aside: Path) -> None:
    """Put made files in the place of old ones, all or none."""
    aside.mkdir()
    moved: list[tuple[Path, Path]] = []
    try:
        for old in [*targets, *stale]:
            if old.exists():
                old.replace(aside / old.name)
                moved.append((aside / old.name, old))
        for new, target in zip(made, targets, strict=True):
            new.replace(target)
            moved.append((target, new))
    except OSError:
        for now, before in reversed(moved):
            now.replace(before)
        raise
