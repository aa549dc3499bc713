"""Archives of the tar family (.tar, .tar.bz2, .tar.gz): unpacked under the limits of `archives`.

A tar has no list of members and is packed as a whole, so it is read once, in order, and no more
comes out of it at any step than its own headers have announced. A member is written under a safe
name; links and devices are refused. Format: POSIX.1-2001 ustar and pax.
"""

from __future__ import annotations

import bz2
import gzip
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path, PurePosixPath
from typing import IO, cast

from landgis.base.errors import SourceError
from landgis.io.archive.archives import LIMITS, Dataset, Limits
from landgis.io.archive.names import is_junk, leads_out, safe_name

__all__ = ["TARS", "unpacked_tar"]

#: last suffix of a file's name
TARS = (".tar", ".bz2", ".tbz2", ".tbz", ".gz", ".tgz")
#: bytes that a header with its extensions may take
_HEADER = 1 << 20
_BLOCK = 1 << 20
#: suffixes that also stand for one packed file, which is no archive
_ALONE = (".bz2", ".gz")


class _Metered:
    """A packed file of which no more is unpacked than is allowed at the time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.left = _HEADER

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes.

        Raises
        ------
        TarError
            If more were asked for than are allowed.
        """
        if size < 0 or size > self.left:
            raise tarfile.ReadError("more than it says")
        self.left -= size
        return self._file.read(size)


@contextmanager
def unpacked_tar(
    path: Path, source: str, suffixes: Sequence[str], limits: Limits = LIMITS
) -> Iterator[list[Dataset]]:
    """Yield the files of a tar that have one of the suffixes, with all beside them; then remove.

    Parameters
    ----------
    path : Path
        The archive.
    source : str
        As the campaign names it, for messages.
    suffixes : sequence of str
        In lower case, with their dot.
    limits : Limits
        Beyond which an archive is refused.

    Yields
    ------
    list of Dataset
        In the order of the archive.

    Raises
    ------
    SourceError
        If the archive is broken, holds a path that leads out of it, a link or a device, or more
        than it may.
    """
    if path.suffix.lower() in _ALONE and not path.stem.lower().endswith(".tar"):
        raise SourceError("archive_method", source=source)
    with tempfile.TemporaryDirectory(prefix="landgis-") as folder:
        try:
            members = _unpack(path, source, Path(folder), limits)
        except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError) as why:
            if isinstance(why, SourceError):
                raise
            raise SourceError("archive_broken", source=source) from None
        yield [one for one in members if one.path.suffix.lower() in suffixes]


def _opened(path: Path) -> IO[bytes]:
    """Return a tar without its packing, told by its first bytes."""
    with path.open("rb") as file:
        start = file.read(3)
    if start == b"BZh":
        return bz2.open(path, "rb")
    return cast(IO[bytes], gzip.open(path, "rb")) if start[:2] == b"\x1f\x8b" else path.open("rb")


def _unpack(path: Path, source: str, folder: Path, limits: Limits) -> list[Dataset]:
    """Write the members of a tar, each directory of it into a folder of its own."""
    most = max(limits.ratio_from, limits.ratio * path.stat().st_size)
    rest = min(limits.unpacked, most)
    places: dict[str, Path] = {}
    found: list[Dataset] = []
    with _opened(path) as raw:
        meter = _Metered(raw)
        with tarfile.open(fileobj=meter, mode="r|", bufsize=tarfile.RECORDSIZE) as archive:  # type: ignore[call-overload]
            for number in range(limits.members + 1):
                meter.left = _HEADER
                member = archive.next()
                if member is None:
                    return found
                rest -= member.size
                _require_plain(member, rest, source, limits)
                name = PurePosixPath(member.name)
                if number == limits.members:
                    break
                if not member.isfile():
                    continue
                meter.left = member.size + _HEADER
                place = places.setdefault(str(name.parent), folder / str(len(places)))
                target = None if is_junk(name) else _target(place, name)
                _copy(archive.extractfile(member), target, source)
                if target is not None:
                    found.append(Dataset(member.name, target))
    raise SourceError("archive_too_many", source=source, limit=limits.members)


def _require_plain(member: tarfile.TarInfo, rest: int, source: str, limits: Limits) -> None:
    """Refuse what is no file or folder, leads out of the archive, or is too much.

    Raises
    ------
    SourceError
        Saying which.
    """
    if not (member.isfile() or member.isdir()) or member.issparse() or leads_out(member.name):
        raise SourceError("archive_unsafe", source=source)
    if rest < 0:
        raise SourceError("archive_too_large", source=source, gigabytes=limits.unpacked >> 30)


def _target(place: Path, name: PurePosixPath) -> Path:
    """Return where a member is written; of two by one name the first stays."""
    place.mkdir(exist_ok=True)
    target = place / safe_name(name.name)
    return target if not target.exists() else place / f"{len(list(place.iterdir()))}_{target.name}"


def _copy(packed: IO[bytes] | None, target: Path | None, source: str) -> None:
    """Write what comes out of a member, or let it go.

    Raises
    ------
    SourceError
        If there is no room for it.
    """
    assert packed is not None
    with nullcontext() if target is None else target.open("wb") as file:
        while block := packed.read(_BLOCK):
            try:
                if file is not None:
                    file.write(block)
            except OSError:
                raise SourceError("archive_no_room", source=source) from None
