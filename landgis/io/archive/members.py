"""Archives as sources: which of their files is meant, and its rows as those of the archive.

``source_file`` is the archive; where it holds several files that can be read, ``source_sheet``
begins with the one that was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from landgis.base.errors import LandgisError, SourceError
from landgis.base.place_names import labels_of_data
from landgis.base.schema import LAYERS
from landgis.io.archive.archives import Dataset, unpacked
from landgis.io.archive.tars import TARS, unpacked_tar
from landgis.io.files import refuse_other_kind, require_file
from landgis.io.ledgers import read_ledger
from landgis.io.memory import Memory, held
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.row.joined import join_located
from landgis.io.row.noticed import said_of_numbers
from landgis.io.vector.formats import ALL_LAYERS, REFUSED
from landgis.io.vectors import fits_layer, list_layers, read_vector

__all__ = ["ARCHIVES", "Reader", "list_archive", "read_archive"]

#: path, layer of the schema and options to rows
Reader = Callable[[Path, str, SourceOptions], Reading]
ARCHIVES = (".zip", *TARS)
_HEAD = 1 << 16
#: what coordinate text or shapes in JSON say near their start, and a note to the reader does not
_TELLING = {
    ".txt": ("坐标".encode(), "坐标".encode("gbk"), b",@"),
    ".json": (b'"geometry"', b'"coordinates"', b'"arcs"'),
}


def read_archive(
    path: Path, layer_name: str, options: SourceOptions, readers: Mapping[str, Reader]
) -> Reading:
    """Read the file of an archive that is meant.

    Parameters
    ----------
    path : Path
        The archive.
    layer_name : str
        Layer of the schema.
    options : SourceOptions
        ``layer`` names the file within, by its path or its stem, or the layer within the only file,
        or ``file/layer``; ``*`` is all that fit.
    readers : mapping
        Suffix to reader.

    Raises
    ------
    SourceError
        If the archive is refused, holds nothing that can be read, or several files fit.
    """
    source = options.path or path.as_posix()
    require_file(path, source)
    refuse_other_kind(path, source)
    with _unpacked(path, source, readers, options.memory) as (datasets, withheld):
        if not datasets:
            raise SourceError("archive_without_files", source=source)
        chosen = _chosen(datasets, source, layer_name, options.layer, readers)
        several = len(datasets) > 1
        readings = [
            _read_member(one, inner, several, source, layer_name, options, readers)
            for one, inner in chosen
        ]
    whole = join_located(readings, layer_name, source)
    said = said_of_numbers(withheld, layer_name, source)
    return replace(whole, findings=said + whole.findings)


def list_archive(
    path: Path, source: str, readers: Mapping[str, Reader], memory: Memory | None = None
) -> list[tuple[str, str | None]]:
    """Return what a campaign may name as ``layer`` in an archive, each with its geometry type.

    Raises
    ------
    SourceError
        If the archive is refused, or holds nothing that can be read.
    """
    require_file(path, source)
    refuse_other_kind(path, source)
    with _unpacked(path, source, readers, memory) as (datasets, _):
        if not datasets:
            raise SourceError("archive_without_files", source=source)
        kept = _readable(datasets)
        out = []
        for one in kept:
            layers = _layers(one, f"{source}/{one.name}", readers)
            for name, kind in layers:
                inner = name if len(layers) > 1 or name == ALL_LAYERS else None
                called = [inner] if len(datasets) == 1 else [one.name, inner]
                out.append(("/".join(part for part in called if part) or one.name, kind))
        return out


def _unpacked(
    path: Path, source: str, readers: Mapping[str, Reader], memory: Memory | None
) -> AbstractContextManager[tuple[list[Dataset], int]]:
    """Unpack an archive, or take what was unpacked of it; how many names are withheld beside."""
    return held(memory, (source, "unpacked"), partial(_named_members, path, source, readers))


@contextmanager
def _named_members(
    path: Path, source: str, readers: Mapping[str, Reader]
) -> Iterator[tuple[list[Dataset], int]]:
    """Yield the files of an archive by names that may be shown, and how many may not."""
    unpacking = unpacked_tar if path.suffix.lower() in TARS else unpacked
    with unpacking(path, source, _suffixes(readers)) as datasets:
        labels = labels_of_data([one.name for one in datasets])
        pairs = list(zip(datasets, labels, strict=True))
        withheld = sum(one.name != label for one, label in pairs) if len(pairs) > 1 else 0
        yield [replace(one, name=label) for one, label in pairs], withheld


def _suffixes(readers: Mapping[str, Reader]) -> tuple[str, ...]:
    """Return the suffixes that count in an archive; archives within do not."""
    return tuple(one for one in readers if one not in (*ARCHIVES, ".rar", ".7z"))


def _suffix(one: Dataset) -> str:
    """Return the suffix of a file in lower case."""
    return one.path.suffix.lower()


def _layers(
    one: Dataset, source: str, readers: Mapping[str, Reader]
) -> list[tuple[str | None, str | None]]:
    """Return the layers of a file with their geometry types."""
    if readers[_suffix(one)] is read_vector:
        return list(list_layers(one.path, source))
    return [(None, "Polygon" if _suffix(one) == ".txt" else None)]


def _readable(datasets: Sequence[Dataset]) -> list[Dataset]:
    """Return the files that can be read; those that are refused only where there are no others."""
    good = [one for one in datasets if _suffix(one) not in REFUSED and _tells(one)]
    return good or list(datasets)


def _tells(one: Dataset) -> bool:
    """Tell whether a file of a common suffix holds what we read, by its start."""
    marks = _TELLING.get(_suffix(one))
    if marks is None:
        return True
    with one.path.open("rb") as file:
        start = file.read(_HEAD)
    return any(mark in start for mark in marks)


def _chosen(
    datasets: Sequence[Dataset],
    source: str,
    layer_name: str,
    wanted: str | None,
    readers: Mapping[str, Reader],
) -> list[tuple[Dataset, str | None]]:
    """Return the files to read, each with the layer within that is wanted.

    Raises
    ------
    SourceError
        If the wanted one is not there, or none is wanted and several fit.
    """
    if wanted is not None and wanted != ALL_LAYERS:
        return [_named(datasets, source, wanted)]
    fitting = _fitting(_readable(datasets), source, layer_name, readers)
    if len(fitting) > 1 and wanted is None:
        line = f'{layer_name} = {{ path = "{source}", layer = "{fitting[0].name}" }}'
        names = ", ".join(one.name for one in fitting)
        raise SourceError("archive_question", source=source, layers=names, line=line)
    return [(one, wanted if len(fitting) == 1 else None) for one in fitting]


def _named(datasets: Sequence[Dataset], source: str, wanted: str) -> tuple[Dataset, str | None]:
    """Return the file that a campaign names, by path, name or stem, and the layer within.

    Raises
    ------
    SourceError
        If none, or several, are called so.
    """
    for one in datasets:
        if wanted == one.name:
            return one, None
        if wanted.startswith(f"{one.name}/"):
            return one, wanted.removeprefix(f"{one.name}/")
    for part in ("name", "stem"):
        same = [one for one in datasets if getattr(PurePosixPath(one.name), part) == wanted]
        if len(same) == 1:
            return same[0], None
    if len(datasets) == 1:
        return datasets[0], wanted
    there = ", ".join(one.name for one in _readable(datasets))
    raise SourceError("layer_not_there", source=source, name=wanted, there=there)


def _fitting(
    datasets: Sequence[Dataset], source: str, layer_name: str, readers: Mapping[str, Reader]
) -> list[Dataset]:
    """Return the files that can be a layer of the schema: ledgers or drawings, by what it needs."""
    ledgers = [one for one in datasets if readers[_suffix(one)] is read_ledger]
    drawn = [one for one in datasets if one not in ledgers]
    if LAYERS[layer_name].geometry == "none":
        return ledgers or drawn
    if len(drawn) < 2:
        return drawn or ledgers
    fits = [one for one in drawn if _may_hold(one, source, layer_name, readers)]
    return fits or drawn


def _may_hold(one: Dataset, source: str, layer_name: str, readers: Mapping[str, Reader]) -> bool:
    """Tell whether a file has a layer that fits; one that cannot be opened might have."""
    try:
        layers = _layers(one, source, readers)
    except LandgisError:
        return True
    return any(fits_layer(kind, layer_name) for _, kind in layers)


def _read_member(
    one: Dataset,
    inner: str | None,
    several: bool,
    source: str,
    layer_name: str,
    options: SourceOptions,
    readers: Mapping[str, Reader],
) -> Reading:
    """Read one file of an archive; where it has several, sheets begin with its name."""
    member = one.name if several else None
    own = replace(options, path=source, layer=inner, member=member)
    try:
        reading = readers[_suffix(one)](one.path, layer_name, own)
    except SourceError as trouble:
        raise _of_member(trouble, one, source, several) from None
    for row in reading.findings:
        sheet = row["source_sheet"]
        if member is not None and not str(sheet or "").startswith(member):
            row["source_sheet"] = f"{member}/{sheet}" if sheet else member
    return replace(reading, notes=reading.notes | {"member": one.name})


def _of_member(trouble: SourceError, one: Dataset, source: str, several: bool) -> SourceError:
    """Return what is wrong with a file of an archive, said of it and not of the whole archive."""
    facts = dict(trouble.facts)
    if facts.get("source") == source:
        facts["source"] = f"{source}/{one.name}"
    if trouble.code == "layer_question" and several:
        facts["line"] = str(facts["line"]).replace('layer = "', f'layer = "{one.name}/', 1)
    return SourceError(trouble.code, **facts)
