"""What is read in bulk is what is read one by one: cells, ids, and the text of a .dbf."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from handed_over import square, write_shapefile
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from landgis.base.schema import LAYERS
from landgis.base.units import MISSING_MARKS
from landgis.io.row.cells import id_cells, read_dates, read_numbers, read_texts, read_truths
from landgis.io.row.intake import Source, SourceOptions, shape_table, unique_ids
from landgis.io.row.places import compound_code
from landgis.io.vector import bulk
from landgis.io.vector.dbf_text import read_text_table

WRITTEN = [
    *sorted(MISSING_MARKS),
    *(
        "青石村委会",
        "第三组",
        "3",
        "12.5亩",
        "约12㎡",
        "１２３",
        "4.41E+11",
        "1E5",
        "已签",
        "2022-8-3",
    ),
    *("45000", "面 积", "a b", "\u3000x1", "x\n", "12\n", "m2", "亩", "是", "0012", "NaN", "A－1"),
    *("Ⅲ12", "②", "12,345", "(12)", "1.", "0.10", "123456789012345678", "\x0012", "1\x00", "豈1"),
    *("1\u200b", "1\ufeff", "５３０１２９001001JB00001", "530129 001001 JB00001"),
]
TEXTS = st.one_of(
    st.sampled_from(WRITTEN),
    st.text(max_size=6),
    st.from_regex(r"[0-9A-Za-z一-龥+.\-]{1,8}", fullmatch=True),
)
COLUMNS = st.lists(st.one_of(TEXTS, st.none()), max_size=12)
PLAIN = st.lists(st.from_regex(r"[0-9]{1,18}(\.[0-9]{0,4})?", fullmatch=True), max_size=6)
PARCELS, RECORDS = LAYERS["parcels"], LAYERS["records"]
READERS = {
    "ids": id_cells,
    "village": lambda cells: read_texts(cells, PARCELS.column("village")),
    "group": lambda cells: read_texts(cells, PARCELS.column("group")),
    "ownership": lambda cells: read_texts(cells, PARCELS.column("ownership")),
    "kind": lambda cells: read_texts(cells, RECORDS.column("kind")),
    "mu": lambda cells: read_numbers(cells, PARCELS.column("stated_area_mu"), None),
    "square metres": lambda cells: read_numbers(cells, PARCELS.column("stated_area_mu"), "m2"),
    "homes": lambda cells: read_numbers(cells, LAYERS["resettlement_zones"].column("homes"), None),
    "days": read_dates,
    "truths": read_truths,
}


def listed(values: pd.Series | None) -> list[object]:
    return [] if values is None else [None if pd.isna(one) else one for one in values.tolist()]


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@given(cells=st.one_of(COLUMNS, PLAIN))
@settings(max_examples=150)
def test_a_column_is_read_as_its_cells_are_one_by_one(reader, cells):
    whole = reader(pd.Series(cells, dtype="str", index=range(3, len(cells) + 3)))
    single = [reader(pd.Series([cell], dtype="object")) for cell in cells]
    assert listed(whole.values) == [one for each in single for one in listed(each.values)]
    assert listed(whole.defects) == [one for each in single for one in listed(each.defects)]
    if whole.units is not None:
        assert listed(whole.units) == [one for each in single for one in listed(each.units)]
    assert list(whole.values.index) == list(range(3, len(cells) + 3))


@given(cells=st.lists(st.one_of(TEXTS, st.integers(0, 9), st.floats(), st.booleans(), st.none())))
@settings(max_examples=150)
def test_one_and_true_and_1_0_are_three_cells(cells):
    # a figure shorter than its neighbours may have lost its zeros: a question to the whole column
    assume(not any(str(cell).isdigit() for cell in cells))
    whole = id_cells(pd.Series(cells, dtype="object"))
    single = [id_cells(pd.Series([cell], dtype="object")) for cell in cells]
    assert listed(whole.values) == [one for each in single for one in listed(each.values)]
    assert listed(whole.defects) == [one for each in single for one in listed(each.defects)]


def test_no_mark_of_nothing_holds_a_digit():
    """Plain ids are told from marks by their digit; a mark that has one would slip through."""
    assert not [mark for mark in MISSING_MARKS if any(sign.isdigit() for sign in mark)]


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["青石村", "青石村委会", "红岩村", None]),
            st.sampled_from(["第三组", "3", "三组", "2组", "-", None]),
            st.sampled_from(["012", "12", "A－7", " 5 ", "", None]),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=100)
def test_compound_ids_are_those_of_their_rows(rows):
    table = pd.DataFrame(rows, columns=["村", "组", "号"], dtype="str")
    numbers = pd.Series(range(1, len(rows) + 1), index=table.index)
    options = SourceOptions(parcel_id=("村", "组", "号"))
    reading = shape_table(table, "parcels", options, Source("a.shp", None, numbers))
    parts = [
        [("village", a), ("group", None if b == "-" else b), (None, c.strip() or None if c else c)]
        for a, b, c in rows
    ]
    assert listed(reading.frame["parcel_id"]) == [compound_code(one) for one in parts]


@given(ids=st.lists(st.sampled_from(["A", "A#2", "B", "C", None]), max_size=9))
@settings(max_examples=150)
def test_unique_ids_are_unique_and_remember_what_was_sent(ids):
    frame = pd.DataFrame(
        {
            "parcel_id": pd.Series(ids, dtype="str"),
            "source_file": "a.shp",
            "source_sheet": pd.Series([None] * len(ids), dtype="str"),
            "source_row": range(1, len(ids) + 1),
        }
    )
    before = frame.copy()
    out, found = unique_ids(frame, "parcels")
    assert out["parcel_id"].is_unique
    assert not out["parcel_id"].isna().any()
    assert listed(out["source_id"]) == ids
    assert sum(row["code"] == "id_repeated" for row in found) == sum(
        ids.count(one) > 1 for one in {*ids} - {None}
    )
    pd.testing.assert_frame_equal(frame, before)  # what was given is left alone


FIELDS = [("宗地码", "C", 12, 0), ("面积", "N", 10, 2), ("备注", "C", 9, 0), ("日", "D", 8, 0)]


def by_gdal(path: Path, encoding: str, monkeypatch) -> bulk.Bulk:
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "read_text_table", lambda *_: None)
        return bulk.read_recoded(path, path.stem, path.name, encoding)


def table_of(read: bulk.Bulk) -> list[list[object]]:
    return [[None if pd.isna(v) else v for v in row] for row in read.raw.to_numpy(dtype=object)]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_the_text_of_a_table_is_what_gdal_reads(tmp_path, monkeypatch, encoding):
    rows = [
        ["青石1", 1.5, "a b", "20220901"],
        ["", None, " 前空", ""],
        ["红岩2", 2.25, "A" * 9, "20220902"],
        [b"\x00" * 12, 3.0, b"x\x00\x00", "20220903"],
    ]
    shapes = [square(east=38_500_000.0 + 200 * k) for k in range(4)]
    path = write_shapefile(tmp_path / "a.shp", shapes, FIELDS, rows, encoding)
    read = bulk.read_recoded(path, "a", "a.shp", encoding)
    gdal = by_gdal(path, encoding, monkeypatch)
    assert read_text_table(path, encoding) is not None
    assert list(read.raw.columns) == list(gdal.raw.columns) == ["宗地码", "面积", "备注", "日"]
    assert table_of(read) == table_of(gdal)
    assert read.raw["宗地码"].tolist()[0] == "青石1"
    assert read.records.tolist() == [1, 2, 3, 4]


def test_deleted_records_are_left_out_of_the_text_too(tmp_path, monkeypatch):
    rows = [[f"宗{k}", k, "", "20220901"] for k in range(3)]
    shapes = [square(east=38_500_000.0 + 200 * k) for k in range(3)]
    path = write_shapefile(tmp_path / "a.shp", shapes, FIELDS, rows, "gb18030")
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    start, width = int.from_bytes(raw[8:10], "little"), int.from_bytes(raw[10:12], "little")
    raw[start + width] = ord("*")
    path.with_suffix(".dbf").write_bytes(raw)
    read = bulk.read_recoded(path, "a", "a.shp", "gb18030")
    assert read.raw["宗地码"].tolist() == ["宗0", "宗2"]
    assert read.records.tolist() == [1, 3]
    assert table_of(read) == table_of(by_gdal(path, "gb18030", monkeypatch))


def test_a_cell_that_is_no_text_stays_bytes_and_half_a_character_is_dropped(tmp_path):
    rows = [
        [b"\xff\xff\xff", 1, "", "20220901"],
        ["宗2", 2, "一二三四五".encode("gb18030")[:9], "20220901"],
    ]
    shapes = [square(), square(east=38_500_200.0)]
    path = write_shapefile(tmp_path / "a.shp", shapes, FIELDS, rows, "gb18030")
    read = bulk.read_recoded(path, "a", "a.shp", "gb18030")
    assert read.raw["宗地码"].tolist() == [b"\xff\xff\xff", "宗2"]
    assert read.raw["备注"].tolist()[1] == "一二三四"


def test_a_line_break_within_a_cell_moves_no_other(tmp_path):
    texts = ["甲\n乙", "丙", "甲\n乙", "丁"]
    rows = [[f"宗{k}", k, text, "20220901"] for k, text in enumerate(texts)]
    shapes = [square(east=38_500_000.0 + 200 * k) for k in range(4)]
    path = write_shapefile(tmp_path / "a.shp", shapes, FIELDS, rows, "gb18030")
    read = bulk.read_recoded(path, "a", "a.shp", "gb18030")
    assert read_text_table(path, "gb18030") is not None
    assert read.raw["备注"].tolist() == texts


@pytest.mark.parametrize("odd", ["type", "twice", "name", "behind", "codec"])
def test_what_is_irregular_is_left_to_gdal(tmp_path, monkeypatch, odd):
    fields, encoding = list(FIELDS), "gb18030"
    rows = [["宗1", 1, "b", "20220901"]]
    if odd == "type":
        fields[2] = ("备注", "Z", 9, 0)
    if odd == "twice":
        fields[2] = ("宗地码", "C", 9, 0)
    if odd == "behind":
        rows = [["宗1", 1, b"a\x00b", "20220901"]]
    if odd == "codec":
        encoding = "big5"
        fields[0], fields[2], fields[1], fields[3] = (
            *(("name", "C", 12, 0), ("note", "C", 9, 0)),
            *(("area", "N", 10, 2), ("day", "D", 8, 0)),
        )
        rows = [["石", 1, "b", "20220901"]]
    path = write_shapefile(tmp_path / "a.shp", [square()], fields, rows, encoding)
    if odd == "name":  # that of the first column, which is no text then
        raw = path.with_suffix(".dbf").read_bytes()
        path.with_suffix(".dbf").write_bytes(raw[:32] + b"\xff" * 6 + b"\0" * 5 + raw[43:])
    read = bulk.read_recoded(path, "a", "a.shp", encoding)
    gdal = by_gdal(path, encoding, monkeypatch)
    assert list(read.raw.columns) == list(gdal.raw.columns)
    assert table_of(read) == table_of(gdal)


def test_numbers_in_bulk_are_exact():
    said = [f"{k / 1000:.3f}" for k in range(5000)]
    cells = read_numbers(pd.Series(said, dtype="str"), PARCELS.column("stated_area_mu"), None)
    assert (cells.values.to_numpy() == np.array([float(one) for one in said])).all()
