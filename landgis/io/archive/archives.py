"""Archives (.zip, .kmz): what is in them, unpacked under limits into a folder that is removed.

Nothing of a member's own path is used to write it, and sizes are held to while bytes come out, so
that neither a path that climbs out nor a bomb gets through. Only stored and deflated members are
read: those two are unpacked in bounded memory. Format: PKWARE APPNOTE 6.3.10.
"""

from __future__ import annotations

import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from landgis.base.errors import SourceError
from landgis.io.archive.names import is_junk, leads_out, member_names, safe_name

__all__ = ["LIMITS", "Dataset", "Limits", "unpacked"]

_ENCRYPTED = 0x1
_COMPANIONS = (".shx", ".dbf", ".prj", ".cpg")
_NESTED = (".zip", ".rar", ".7z")
_BLOCK = 1 << 20
#: end of central directory: its length without comment, and where count, size and offset stand
_END, _END_FIELDS = 22, "<HII"


@dataclass(frozen=True)
class Limits:
    """What an archive may hold before it is refused.

    Attributes
    ----------
    members : int
        Files and folders.
    unpacked : int
        Bytes of all members.
    ratio : int
        Unpacked to packed, asked only beyond `ratio_from` bytes: tables of blanks pack well.
    """

    members: int = 10_000
    unpacked: int = 8 << 30
    ratio: int = 300
    ratio_from: int = 256 << 20


LIMITS = Limits()


@dataclass(frozen=True)
class Dataset:
    """A file of an archive with its companions, or a file geodatabase.

    Attributes
    ----------
    name : str
        Path within the archive, parted by ``/``, as its sender wrote it.
    path : Path
        Where it lies unpacked.
    """

    name: str
    path: Path


@dataclass(frozen=True)
class _Member:
    """A file of an archive by its decoded name."""

    name: PurePosixPath
    info: zipfile.ZipInfo


@contextmanager
def unpacked(
    path: Path, source: str, suffixes: Sequence[str], limits: Limits = LIMITS
) -> Iterator[list[Dataset]]:
    """Yield the files of an archive that have one of the suffixes, unpacked; then remove them.

    Parameters
    ----------
    path : Path
        The archive.
    source : str
        As the campaign names it, for messages.
    suffixes : sequence of str
        In lower case, with their dot; ``.gdb`` for file geodatabases.
    limits : Limits
        Beyond which an archive is refused.

    Yields
    ------
    list of Dataset
        In the order of the archive; shapefiles with their companions, suffixes in lower case.

    Raises
    ------
    SourceError
        If the archive is broken, encrypted, packed in a way that is not read, holds a path that
        leads out of it, a link, another archive and nothing else, or more than it may.
    """
    with tempfile.TemporaryDirectory(prefix="landgis-") as folder:
        with _trouble(source):
            _require_small_directory(path, source, limits)
            with zipfile.ZipFile(path) as archive:
                members = _members(archive, source, limits)
                groups = _groups(members, suffixes, PurePosixPath(source).stem)
                if not groups and any(one.name.suffix.lower() in _NESTED for one in members):
                    raise SourceError("archive_nested", source=source)
                datasets = [
                    _unpack(archive, group, Path(folder) / str(number), source)
                    for number, group in enumerate(groups)
                ]
        yield datasets


@contextmanager
def _trouble(source: str) -> Iterator[None]:
    """Turn what zipfile says of a broken archive into one line."""
    try:
        yield
    except NotImplementedError:
        raise SourceError("archive_method", source=source) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        OSError,
        UnicodeDecodeError,
        OverflowError,
    ):
        raise SourceError("archive_broken", source=source) from None


def _require_small_directory(path: Path, source: str, limits: Limits) -> None:
    """Refuse an archive whose list of members is itself too long to read.

    Raises
    ------
    SourceError
        If it has more members than it may; a list in the 64-bit form has, or could.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END - 0xFFFF))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + _END:
        raise zipfile.BadZipFile
    count, length, _ = struct.unpack_from(_END_FIELDS, tail, at + 10)
    if count == 0xFFFF or length == 0xFFFFFFFF:
        count, length = _wide_directory(path, tail, at)
    if count > limits.members or length > limits.members * 1024:
        raise SourceError("archive_too_many", source=source, limit=limits.members)


def _wide_directory(path: Path, tail: bytes, at: int) -> tuple[int, int]:
    """Return count and length of a list of members in the 64-bit form (APPNOTE 4.3.14)."""
    if at < 20 or tail[at - 20 : at - 16] != b"PK\x06\x07":
        raise zipfile.BadZipFile
    (offset,) = struct.unpack_from("<Q", tail, at - 12)
    with path.open("rb") as file:
        file.seek(offset)
        record = file.read(56)
    if record[:4] != b"PK\x06\x06" or len(record) < 56:
        raise zipfile.BadZipFile
    count, length = struct.unpack_from("<QQ", record, 32)
    return count, length


def _members(archive: zipfile.ZipFile, source: str, limits: Limits) -> list[_Member]:
    """Return the files of an archive.

    Raises
    ------
    SourceError
        If it holds what no archive of shapes needs, or more than it may.
    """
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise SourceError("archive_too_many", source=source, limit=limits.members)
    members = []
    for name, info in zip(member_names(infos), infos, strict=True):
        _require_plain(name, info, source)
        if not info.is_dir() and not is_junk(PurePosixPath(name)):
            members.append(_Member(PurePosixPath(name), info))
    whole = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    bomb = whole > limits.ratio_from and whole > limits.ratio * packed
    if whole > limits.unpacked or bomb:
        raise SourceError("archive_too_large", source=source, gigabytes=limits.unpacked >> 30)
    return members


def _require_plain(name: str, info: zipfile.ZipInfo, source: str) -> None:
    """Refuse what is encrypted, a link, or leads out of the archive."""
    if info.flag_bits & _ENCRYPTED:
        raise SourceError("archive_encrypted", source=source)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or leads_out(name):
        raise SourceError("archive_unsafe", source=source)


@dataclass(frozen=True)
class _Group:
    """What belongs together: the name to choose it by, its members, and how they are called."""

    name: str
    members: list[tuple[str, zipfile.ZipInfo]]
    primary: str


def _groups(members: Sequence[_Member], suffixes: Sequence[str], stem: str) -> list[_Group]:
    """Return the files that have one of the suffixes with what belongs to them."""
    bases = {one.name.parent for one in members if one.name.suffix.lower() == ".gdbtable"}
    groups: list[_Group] = []
    if ".gdb" in suffixes:
        for base in sorted(bases):
            inside = [(safe_name(x.name.name), x.info) for x in members if x.name.parent == base]
            name = base.as_posix() if base.name else f"{stem}.gdb"
            called = f"{safe_name(base.stem or stem)}.gdb"
            groups.append(_Group(name, [(f"{called}/{n}", i) for n, i in inside], called))
    for one in members:
        if one.name.suffix.lower() in suffixes and one.name.parent not in bases:
            groups.append(_group(one, members))
    return groups


def _group(one: _Member, members: Sequence[_Member]) -> _Group:
    """Return a file with its companions, where it is a shapefile; suffixes in lower case."""
    suffix = one.name.suffix.lower()
    called = safe_name(one.name.stem)
    parts = [(f"{called}{suffix}", one.info)]
    if suffix == ".shp":
        stem = one.name.stem.casefold()
        for other in members:
            end = other.name.suffix.lower()
            beside = other.name.parent == one.name.parent and other.name.stem.casefold() == stem
            if beside and end in _COMPANIONS and f"{called}{end}" not in dict(parts):
                parts.append((f"{called}{end}", other.info))
    return _Group(one.name.as_posix(), parts, f"{called}{suffix}")


def _unpack(archive: zipfile.ZipFile, group: _Group, folder: Path, source: str) -> Dataset:
    """Write the members of a group into a folder of its own."""
    for called, info in group.members:
        target = folder / called
        target.parent.mkdir(parents=True, exist_ok=True)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SourceError("archive_method", source=source)
        with archive.open(info) as packed, target.open("wb") as file:
            _copy(packed, file, info.file_size, source)
    return Dataset(group.name, folder / group.primary)


def _copy(packed: IO[bytes], file: IO[bytes], size: int, source: str) -> None:
    """Write what comes out of a member; more or less than it promised is a broken archive.

    Raises
    ------
    SourceError
        If there is no room for it.
    """
    written = 0
    while block := packed.read(_BLOCK):
        written += len(block)
        if written > size:
            raise zipfile.BadZipFile
        try:
            file.write(block)
        except OSError:
            raise SourceError("archive_no_room", source=source) from None
    if written != size:
        raise zipfile.BadZipFile
