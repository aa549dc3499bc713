"""Ledgers whose bytes are spoilt: an answer with every row told of, or one line; nothing else."""

from __future__ import annotations

import io
import random
import re
import resource
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from handed_over import KEY, require_one_line, write_book
from old_books import old_stream, write_ole

from landgis.base.errors import LandgisError
from landgis.io.ledgers import read_ledger
from landgis.io.row.draft import SourceOptions

QUICK, SLOW = 50, 10_000
#: a spoilt file of some kilobytes may not cost more (KiB)
MEMORY = 1 << 20
HEAD: list[object] = [
    *("序号", "登记编号", "村", "户主", "地块编号", "数量(亩)", "补偿金额(万元)", "协议签订日期"),
]
LEDGER: list[list[object]] = [
    ["青苗补偿兑付表"],
    ["村：青石村  组：三组", None, "（单位：亩、元）"],
    HEAD,
    [1, "001", "青石村", "欧阳甲", "A-1", 1.25, 3, "2022.8.23"],
    [2, "002", None, "慕容乙", "A-2", "约800㎡", "3500元", "已签"],
    ["小计", None, None, None, None, 2.45, 3.35, None],
]
WIDE: list[list[object]] = [
    ["村", "户主", "房屋栋数", "青苗面积(亩)", "坟墓(穴)"],
    ["甲村", "上官丙", 2, "1.5亩", 0],
]
POINTS: list[list[object]] = [
    ["宗地号：P-1", None, "面积：10000平方米"],
    ["点号", "X", "Y", "边长"],
    ["J1", 2_580_000.0, 38_500_000.0, 100],
    ["J2", 2_580_100.0, 38_500_000.0, 100],
    ["J3", 2_580_100.0, 38_500_100.0, 100],
]
SHEETS = {"一般青苗": LEDGER, "登记": WIDE, "界址点": POINTS}
MARKS = (
    *(b'"', b"'", b"<", b">", b"&", b"</c>", b"<row ", b'r="ZZ9999999"', b't="e"', b"\x00"),
    *(b"<f/>", b"&#65;", "合计".encode(), "，".encode("gbk"), b"\xff\xfe", b"]]>", b"-1", b"1e999"),
)
VALUES = (
    *(b"", b"0", b"-1", b"7", b"1.5", b"999999999999", b"1e999", b"4.41E+11", b"NaN", b"#REF!"),
    *(
        b"e",
        b"s",
        b"str",
        b"b",
        b"d",
        b"inlineStr",
        b"A1",
        b"C5",
        b"B3",
        b"ZZ40",
        b"A1:Z9",
        b"XFD9",
    ),
    *(
        b"A99999999999",
        b"2022-08-23",
        "合计".encode(),
        "村：甲村".encode(),
        "已签".encode(),
        b"&amp;",
    ),
)


def spoilt(raw: bytes, chance: random.Random) -> bytes:
    """Return bytes with some of them changed, taken out, put in or said twice."""
    out = bytearray(raw)
    for _ in range(chance.randint(1, 6)):
        at, size = chance.randrange(len(out) + 1), chance.randint(0, 24)
        way = chance.randrange(5)
        if way == 0:
            out[at : at + size] = chance.randbytes(size)
        elif way == 1:
            del out[at : at + size]
        elif way == 2:
            out[at:at] = chance.choice(MARKS)
        elif way == 3 and at < len(out):
            out[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        else:
            out[at:at] = out[at : at + 20 * size]
    if chance.random() < 0.05:
        del out[chance.randrange(len(out) + 1) :]
    return bytes(out)


@cache
def new_parts() -> dict[str, bytes]:
    """Return the parts of a sound workbook."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_book(Path(folder) / "a.xlsx", SHEETS, {"一般青苗": ["C4:C5"]})
        with zipfile.ZipFile(path) as book:
            return {name: book.read(name) for name in sorted(book.namelist())}


def flipped(raw: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few of them changed where they stand."""
    out = bytearray(raw)
    for _ in range(chance.randint(1, 6)):
        out[chance.randrange(len(out))] = chance.choice((0, 1, 0x80, 0xFF, chance.randrange(256)))
    return bytes(out)


def misspelt(raw: bytes, chance: random.Random) -> bytes:
    """Return XML in which a few values between quotes or tags are others."""
    out = raw
    for _ in range(chance.randint(1, 5)):
        places = list(re.finditer(rb'(?<=")[^"<>]*(?=")|(?<=>)[^<>"]+(?=<)', out))
        if not places:
            return out
        at = chance.choice(places)
        out = out[: at.start()] + chance.choice(VALUES) + out[at.end() :]
    return out


def a_new_book(path: Path, chance: random.Random) -> Path:
    """Write a workbook with spoilt XML, or with spoilt bytes of the archive."""
    parts = dict(new_parts())
    inside = chance.random() < 0.7
    if inside:
        sheets = [name for name in parts if "sheet" in name.lower()] * 4
        for name in chance.sample([*sheets, *parts], chance.randint(1, 2)):
            parts[name] = chance.choice([spoilt, misspelt, misspelt])(parts[name], chance)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as book:
        for name, raw in parts.items():
            book.writestr(zipfile.ZipInfo(name), raw)
    raw = whole.getvalue() if inside else spoilt(whole.getvalue(), chance)
    target = path.with_suffix(".xlsx")
    target.write_bytes(raw)
    return target


def an_old_book(path: Path, chance: random.Random) -> Path:
    """Write an old workbook with a spoilt stream, or with spoilt bytes of its container."""
    stream = old_stream(SHEETS, {"一般青苗": [(3, 2, 4, 2)]})
    inside = chance.random() < 0.6
    way = chance.choice([spoilt, flipped, flipped])
    target = path.with_suffix(".xls")
    write_ole(target, {"Workbook": way(stream, chance) if inside else stream})
    if not inside:
        target.write_bytes(way(target.read_bytes(), chance))
    return target


def a_csv(path: Path, chance: random.Random) -> Path:
    """Write a CSV of one of the sheets, spoilt."""
    mark = chance.choice(",;\t")
    rows = chance.choice(list(SHEETS.values()))
    lines = [mark.join("" if cell is None else str(cell) for cell in row) for row in rows]
    encoding = chance.choice(["utf-8", "utf-8-sig", "gbk", "utf-16"])
    target = path.with_suffix(".csv")
    target.write_bytes(spoilt("\r\n".join(lines).encode(encoding), chance))
    return target


WRITERS: dict[str, Callable[[Path, random.Random], Path]] = {
    "xlsx": a_new_book,
    "xls": an_old_book,
    "csv": a_csv,
}


def try_one(write: Callable[[Path, random.Random], Path], folder: Path, seed: int) -> str:
    """Read one spoilt file as one layer; return what became of it."""
    chance = random.Random(seed)
    path = write(folder / "一般青苗", chance)
    role = chance.choice(["records", "records", "parcels", "daily_reports"])
    try:
        reading = read_ledger(path, role, SourceOptions(path=path.name, household_key=KEY))
    except LandgisError as error:
        require_one_line(error)
        return error.code
    assert reading.rows_read == len(reading.frame) + len(reading.rejected), seed
    assert set(reading.rejected["reason"].dropna()) | {""} >= {""}
    assert reading.rejected["reason"].notna().all(), seed
    return "read"


def try_many(kind: str, folder: Path, count: int, first: int = 0) -> dict[str, int]:
    """Read many spoilt files; nothing but an answer or one line may come of any."""
    tally: dict[str, int] = {}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(first, first + count):
            told = try_one(WRITERS[kind], folder, seed)
            tally[told] = tally.get(told, 0) + 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    return tally


@pytest.mark.parametrize("kind", WRITERS)
def test_spoilt_ledgers_end_in_an_answer_or_one_line(tmp_path, kind):
    tally = try_many(kind, tmp_path, QUICK)
    assert tally.get("read", 0) > QUICK / 10  # most changes are small
    assert len(tally) > 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITERS)
def test_thousands_of_spoilt_ledgers_do_so_too(tmp_path, kind):
    try_many(kind, tmp_path, SLOW // 3, first=1000)
