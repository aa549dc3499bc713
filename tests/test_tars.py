"""Archives of the tar family: unpacked under limits, or one line; nothing is written outside."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import tarfile
from pathlib import Path

import pytest
from handed_over import require_one_line

from landgis.base.errors import SourceError
from landgis.io.archive.archives import Limits
from landgis.io.archive.tars import unpacked_tar

SUFFIXES = (".thf", ".shp", ".txt")


def member(name: str, data: bytes = b"x", **more: object) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member by hand."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:bz2") -> Path:
    """Write members as they are."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for info, data in members:
            archive.addfile(info, io.BytesIO(data) if info.isfile() else None)
    return path


def read(path: Path, limits: Limits = Limits()) -> list[tuple[str, bytes]]:  # noqa: B008
    with unpacked_tar(path, path.name, SUFFIXES, limits) as inside:
        return [(one.name, one.path.read_bytes()) for one in inside]


def refused(path: Path, limits: Limits = Limits()) -> str:  # noqa: B008
    with pytest.raises(SourceError) as caught:
        read(path, limits)
    require_one_line(caught.value)
    assert path.name in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("a.tar.bz2", "w:bz2")],
)
def test_files_come_out_with_what_lies_beside_them(tmp_path, name, mode):
    parts = [member("d/E1.THF", b"one"), member("d/E1T1.VEC", b"two"), member("e/E1.THF", b"three")]
    folder = member("d", b"", type=tarfile.DIRTYPE)
    path = tar(tmp_path / name, folder, *parts, mode=mode)
    with unpacked_tar(path, name, SUFFIXES) as inside:
        assert [one.name for one in inside] == ["d/E1.THF", "e/E1.THF"]
        assert [one.path.read_bytes() for one in inside] == [b"one", b"three"]
        assert (inside[0].path.parent / "E1T1.VEC").read_bytes() == b"two"
        folder_of = inside[0].path.parent
    assert not folder_of.exists()


def test_what_systems_leave_behind_and_names_that_repeat(tmp_path):
    parts = [member("__MACOSX/._a.txt"), member("a.txt", b"1"), member("./a.txt", b"2")]
    names = [data for _, data in read(tar(tmp_path / "a.tar.bz2", *parts))]
    assert names == [b"1", b"2"]


@pytest.mark.parametrize(
    "bad",
    [
        member("../a.txt"),
        member("/etc/a.txt"),
        member("d/../../a.txt"),
        member("C:/a.txt"),
        member("a.txt", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("a.txt", b"", type=tarfile.LNKTYPE, linkname="../b.txt"),
        member("a.txt", b"", type=tarfile.CHRTYPE),
        member("a.txt", b"", type=tarfile.FIFOTYPE),
        member("a.txt", b"", type=tarfile.GNUTYPE_SPARSE),
    ],
    ids=lambda one: f"{one[0].name} {one[0].type!r}",
)
def test_links_devices_and_paths_that_lead_out_are_refused(tmp_path, bad):
    path = tar(tmp_path / "a.tar.bz2", member("good.txt"), bad)
    assert refused(path) == "archive_unsafe"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.tar.bz2"]


def test_too_many_and_too_large_are_refused(tmp_path):
    path = tar(tmp_path / "a.tar.bz2", *(member(f"{at}.txt", b"x" * 100) for at in range(9)))
    assert refused(path, Limits(members=8)) == "archive_too_many"
    assert len(read(path, Limits(members=9))) == 9
    assert refused(path, Limits(unpacked=899)) == "archive_too_large"
    assert len(read(path, Limits(unpacked=900))) == 9


def test_a_bomb_is_refused_by_what_it_says_before_it_comes_out(tmp_path):
    path = tar(tmp_path / "a.tar.bz2", member("a.txt", b"\0" * 40_000_000))
    assert path.stat().st_size < 1000
    assert refused(path, Limits(ratio_from=1_000_000)) == "archive_too_large"


def test_a_header_that_is_a_bomb_is_refused(tmp_path):
    raw = tarfile.TarInfo("a.txt").tobuf(tarfile.USTAR_FORMAT)
    extended = tarfile.TarInfo("pax")
    extended.type, extended.size = tarfile.XHDTYPE, 60_000_000
    body = extended.tobuf(tarfile.USTAR_FORMAT) + b"\0" * 60_000_000 + raw
    path = tmp_path / "a.tar.bz2"
    path.write_bytes(bz2.compress(body))
    assert refused(path) == "archive_broken"


def test_extended_headers_are_read_up_to_a_limit_however_sound(tmp_path):
    """A pax record states its own length: its digits, a blank, key=value and a line break."""
    for kilobytes, fits in ((500, True), (8_000, False)):
        size = kilobytes * 1024
        record = f"{size} comment=".encode()
        record += b"x" * (size - len(record) - 1) + b"\n"
        extended = tarfile.TarInfo("pax")
        extended.type, extended.size = tarfile.XHDTYPE, size
        raw, data = member("a.txt")
        body = extended.tobuf(tarfile.USTAR_FORMAT) + record + raw.tobuf(tarfile.USTAR_FORMAT)
        path = tmp_path / f"{kilobytes}.tar.bz2"
        path.write_bytes(bz2.compress(body + data + b"\0" * (511 + 1024)))
        if fits:
            assert read(path) == [("a.txt", b"x")]
        else:
            assert refused(path) == "archive_broken"


def test_many_folders_are_no_bomb(tmp_path):
    folders = [member(f"d{at}", b"", type=tarfile.DIRTYPE) for at in range(4000)]
    path = tar(tmp_path / "a.tar.gz", *folders, member("a.txt"), mode="w:gz")
    assert read(path) == [("a.txt", b"x")]


def test_what_is_no_tar_or_only_part_of_one(tmp_path):
    path = tmp_path / "a.tar.bz2"
    path.write_bytes(bz2.compress(b"no tar at all" * 100))
    assert refused(path) == "archive_broken"
    path.write_bytes(b"BZh9 broken")
    assert refused(path) == "archive_broken"
    whole = tar(tmp_path / "b.tar.bz2", member("a.txt", random.Random(1).randbytes(9000)))
    cut = tmp_path / "c.tar.bz2"
    cut.write_bytes(whole.read_bytes()[:4000])
    assert refused(cut) == "archive_broken"
    alone = tmp_path / "a.geojson.gz"
    alone.write_bytes(gzip.compress(b"{}"))
    assert refused(alone) == "archive_method"


def test_whatever_the_bytes_it_ends_in_files_or_one_line(tmp_path):
    whole = tar(
        tmp_path / "b.tar", member("d/a.txt", b"12"), member("b.shp"), mode="w"
    ).read_bytes()
    rng = random.Random(7)
    path = tmp_path / "a.tar"
    for _ in range(300):
        raw = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            raw[rng.randrange(2048)] = rng.choice((0, 0x30, 0x37, 0x2F, 0x2E, rng.randrange(256)))
        path.write_bytes(raw)
        try:
            read(path, Limits(unpacked=1_000_000))
        except SourceError as error:
            require_one_line(error)
