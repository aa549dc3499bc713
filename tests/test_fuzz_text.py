"""Coordinate text that was damaged on its way: an answer or one line, and nothing lost."""

from __future__ import annotations

import random
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from handed_over import corners, parcel_rows, require_one_line, text_file

from landgis.base.errors import LandgisError
from landgis.io.coordinate_text import read_coordinate_text
from landgis.io.row.draft import Reading, SourceOptions

N, E = 2_585_000.0, 38_378_000.0
QUICK, SLOW = 200, 10_000
WHOLE = text_file(
    parcel_rows(
        [corners(N, E, 100.0), corners(N + 20, E + 20, 10.0)], "10,0.9900,1,一号地块,面,,,0601,"
    ),
    parcel_rows(
        [corners(N + 200, E, 50.0)], "5,0.2500,2,二号地块,面,I49,工业用地,0101,甲,乙,,,注,"
    ),
    parcel_rows([corners(N + 300, E, 50.0), corners(N + 400, E, 9.0)], "10,0.2581,3,三号,面,,,,"),
    head="格式版本号=1.01\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n"
    "计量单位=米\n带号=38\n转换参数=,,,,,,\n",
)
Damage = Callable[[random.Random, bytes], bytes]
STRAY = (
    b"\x00", b"\x00" * 50, b"nan", b"inf", b"-inf", b"1e400", b"9" * 400, b"-1", b"0x10", b"1_0",
    b",", b"@", b",,,,,,,@", b"\n", b"\r", b"\r\n\r\n", b"[", b"]", "【地块坐标】\n".encode(),
    "[属性描述]\n".encode("gbk"), "，".encode(), "，".encode("gbk"), b"=", "带号=39\n".encode(),
    b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x80\x81", "㙍".encode("gb18030"), "\u2028".encode(),
    b"J9,9,1,1\n", b"J1,1,2585000,38378000\n", b" " * 3000, b"," * 3000, b"7" * 30000,
    b"5,1,1,1,\xe9\x9d\xa2,,,,@\n", b"+", b".", b"e", b"J1,1,,\n", b"%s{}{0}\n",
)  # fmt: skip


def set_bytes(dice: random.Random, raw: bytes) -> bytes:
    out = bytearray(raw)
    for _ in range(dice.randint(1, 6)):
        out[dice.randrange(len(out))] = dice.randrange(256)
    return bytes(out)


def cut(dice: random.Random, raw: bytes) -> bytes:
    at = dice.randrange(len(raw))
    return raw[:at] + raw[at + dice.choice([1, 3, 40, len(raw)]) :]


def insert(dice: random.Random, raw: bytes) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + dice.choice(STRAY) + raw[at:]


def move_lines(dice: random.Random, raw: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(lines))
        how = dice.choice(["drop", "double", "swap", "join"])
        if how == "drop" and len(lines) > 1:
            del lines[at]
        elif how == "double":
            lines[at:at] = [lines[at]] * dice.choice([1, 2, 30])
        elif how == "swap":
            other = dice.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = lines[at].rstrip()
    return b"".join(lines)


def mix_encodings(dice: random.Random, raw: bytes) -> bytes:
    lines = raw.decode("utf-8", "replace").splitlines(keepends=True)
    return b"".join(
        line.encode(dice.choice(["utf-8", "gb18030", "utf-16-le", "big5"]), "replace")
        for line in lines
    )


def change_numbers(dice: random.Random, raw: bytes) -> bytes:
    cells = raw.split(b",")
    for _ in range(dice.randint(1, 5)):
        cells[dice.randrange(len(cells))] = dice.choice(
            [b"", b"nan", b"1e308", b"1e-308", b"-0.0", b"38378000", b"99999999", b"2585000.0004"]
        )
    return b",".join(cells)


DAMAGES: tuple[Damage, ...] = (
    set_bytes, cut, insert, move_lines, mix_encodings, change_numbers
)  # fmt: skip


def damaged(seed: int) -> bytes:
    """Return the text after one to four damages, the same for the same seed."""
    dice = random.Random(seed)
    raw = WHOLE.encode(dice.choice(["utf-8", "utf-8", "gbk", "utf-16", "utf-8-sig"]))
    for _ in range(dice.choice([1, 1, 2, 4])):
        raw = dice.choice(DAMAGES)(dice, raw) or b"\n"
    return raw


def answer(path: Path, raw: bytes) -> Reading | LandgisError:
    """Read bytes as parcels; a refusal must be one line, an answer must be whole."""
    path.write_bytes(raw)
    try:
        reading = read_coordinate_text(path, "parcels", SourceOptions(path="a.txt"))
    except LandgisError as error:
        require_one_line(error)
        return error
    assert reading.rows_read == len(reading.frame) + len(reading.rejected)
    assert reading.frame.geometry.is_valid.all()
    assert not reading.frame.geometry.is_empty.any()
    assert reading.rejected["reason"].notna().all()
    assert reading.rejected["source_row"].between(1, raw.count(b"\n") + raw.count(b"\r") + 1).all()
    return reading


def sweep(folder: Path, first: int, count: int) -> None:
    """Read damaged texts; what fails names its seed."""
    outcomes = {"read": 0, "refused": 0}
    for seed in range(first, first + count):
        try:
            got = answer(folder / "noise.txt", damaged(seed))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
        outcomes["refused" if isinstance(got, LandgisError) else "read"] += 1
    assert min(outcomes.values()) > count / 20, outcomes  # the damage is neither idle nor total


def test_damaged_texts_end_in_an_answer_or_one_line(tmp_path):
    sweep(tmp_path, 0, QUICK)


@pytest.mark.slow
def test_ten_thousand_damaged_texts_end_in_an_answer_or_one_line(tmp_path):
    sweep(tmp_path, QUICK, SLOW)


def test_damage_to_one_parcel_costs_no_other(tmp_path):
    """Bytes changed between two headers leave the parcels before and after as they were."""
    whole = answer(tmp_path / "whole.txt", WHOLE.encode())
    assert isinstance(whole, Reading)
    lines = WHOLE.splitlines()
    start, end = (at for at, line in enumerate(lines) if line.startswith(("5,", "10,0.2581")))
    harm = [byte for byte in range(256) if byte not in b"\r\n\x00"]  # a NUL makes it no text
    for seed in range(QUICK // 2):
        dice = random.Random(seed)
        raw = [line.encode() for line in lines]
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(start + 1, end)
            row = bytearray(raw[at])
            row[dice.randrange(len(row))] = dice.choice(harm)
            raw[at] = bytes(row)
        got = answer(tmp_path / "noise.txt", b"\n".join(raw))
        assert isinstance(got, Reading), seed
        for at in (0, -1):
            before, after = whole.frame.iloc[at], got.frame.iloc[at]
            assert before["parcel_id"] == after["parcel_id"], seed
            assert before.geometry.equals(after.geometry), seed


@pytest.mark.parametrize(
    "raw",
    [
        b"5" * 2_000_000,
        b"," * 2_000_000,
        b"[" * 2_000_000,
        b"J1,1,2585000.0,38378000.0\r" * 50_000,
        b"1,1,1,1,1@\n" * 5_000,
        WHOLE.encode() + b"\x00" * 2_000_000,
        WHOLE.encode() + b"=" * 2_000_000,
        WHOLE.encode() + b" " * 2_000_000 + b"=",
        b"\xe4\xb8\xad\xe6\x96\x87\xff" * 200_000,
        (WHOLE + "J1,1," + "9" * 1_000_000 + ",1\n").encode(),
    ],
    ids="digits commas brackets points headers zeros equals blanks halves number".split(),
)
def test_memory_stays_in_proportion_to_the_file(tmp_path, raw):
    tracemalloc.start()
    try:
        answer(tmp_path / "noise.txt", raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 250 * len(raw) + 20_000_000


def test_a_ring_of_rings_is_put_together_in_one_pass(tmp_path):
    """Three thousand rings in one parcel: nested by a tree, not each against each other."""
    rings = [corners(N, E, 40_000.0)]
    rings += [corners(N + 10 + 20 * (k % 60), E + 10 + 20 * (k // 60), 9.0) for k in range(3000)]
    got = answer(tmp_path / "rings.txt", text_file(parcel_rows(rings, "0,0,A,,面,,,,")).encode())
    assert isinstance(got, Reading)
    shape = got.frame.geometry.iloc[0]
    assert len(shape.interiors) == 3000
    assert shapely.area(shape) == 40_000.0**2 - 3000 * 81


def test_rings_without_numbers_are_parted_without_looking_at_all_of_the_rest(tmp_path):
    """Two thousand rings of one number: each is looked for where it is, not to the end."""
    rings = [corners(N + 20 * (k % 50), E + 20 * (k // 50), 9.0) for k in range(2000)]
    one = "\n".join(
        f"{label},1,{rest.split(',', 1)[1]}" if label.startswith("J") else row
        for row in parcel_rows(rings, "0,0,A,,面,,,,").splitlines()
        for label, _, rest in [row.partition(",")]
    )
    got = answer(tmp_path / "rings.txt", text_file(one).encode())
    assert isinstance(got, Reading)
    assert shapely.get_num_geometries(got.frame.geometry.iloc[0]) == 2000


def test_no_warning_escapes_from_damaged_numbers(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in ("nan", "inf", "1e308", "-1e308", "1e-400", "99999999", "-99999999"):
            answer(tmp_path / "n.txt", WHOLE.replace("2585020.000", value).encode())
