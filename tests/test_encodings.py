"""The encoding of a .dbf: the table of what shapefile writers do, row by row, and the hard cases.

The oracle is the text that was written: whatever the labels say, it has to come back.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from handed_over import EAST, codes, square, write_shapefile
from hypothesis import given
from hypothesis import strategies as st

from landgis.base.errors import SourceError
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.vector.dbf import codec_of, read_evidence, weigh
from landgis.io.vector.votes import vote
from landgis.io.vectors import read_vector

FIELDS = [("地块编号", "C", 20, 0), ("村", "C", 20, 0)]
ROWS = [["001", "青石村"], ["002", "柳湾村"]]
SHAPES = [square(), square(EAST + 200)]


def read(path: Path, **options: object) -> Reading:
    return read_vector(path, "parcels", SourceOptions(path=path.name, **options))  # type: ignore[arg-type]


def one_column(path: Path, cells: list[object], encoding: str, language: int = 0) -> Path:
    """Write a table whose only text beyond ASCII are these cells of a column of villages."""
    fields = [("parcel_id", "C", 10, 0), ("village", "C", 30, 0)]
    rows = [[str(at), cell] for at, cell in enumerate(cells)]
    shapes = [square(EAST + 200 * at) for at in range(len(cells))]
    return write_shapefile(path, shapes, fields, rows, encoding, language)


def villages(path: Path, **options: object) -> list[object]:
    return read(path, **options).frame["village"].tolist()


# Row by row: what happens to names.


@pytest.mark.filterwarnings("ignore")  # what GDAL says of the names that it cuts while it writes
def test_a_utf8_name_that_gdal_cuts_inside_a_character_does_not_cost_the_file(tmp_path):
    path = tmp_path / "a.shp"
    frame = gpd.GeoDataFrame(
        {"地块编号": ["1", "2"], "征收面积（亩）": [15.0, 7.5]}, geometry=SHAPES, crs=4526
    )
    pyogrio.write_dataframe(frame, path, encoding="UTF-8")
    with pytest.raises(UnicodeDecodeError):
        pyogrio.read_dataframe(path)
    reading = read(path)
    assert reading.frame["stated_area_mu"].tolist() == [15.0, 7.5]
    assert reading.frame["parcel_id"].tolist() == ["1", "2"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("encoding", ["GBK", "GB18030", "CP936"])
def test_gbk_names_keep_five_characters_and_collisions_get_a_number(tmp_path, encoding):
    path = tmp_path / "a.shp"
    frame = gpd.GeoDataFrame(
        {"地块编号": ["1"], "征收面积合计数": [15.0], "征收面积合计量": [1.0]},
        geometry=SHAPES[:1],
        crs=4526,
    )
    pyogrio.write_dataframe(frame, path, encoding=encoding)
    reading = read(path)
    assert [*reading.notes["columns"], *reading.notes["columns_unused"]] == [
        "地块编号",
        "征收面积合",
        "征收面积_1",
    ] or reading.notes["columns"]["地块编号"] == "parcel_id"
    assert set(reading.notes["headers"][""]) == {"地块编号", "征收面积合", "征收面积_1"}


# Row by row: what the labels say, and what the bytes are.

LABELS = [
    *[("gbk", language, None) for language in (0x00, 0x57, 0x4D, 0x4E)],
    *[("utf-8", language, None) for language in (0x00, 0x57, 0x4D, 0x4E)],
    *[
        (encoding, language, cpg)
        for encoding in ("gbk", "utf-8")
        for language in (0x00, 0x4D, 0x57)
        for cpg in ("UTF-8", "GBK", "936", "CP936", "GB18030", "65001", "ANSI 936", "OEM", "ANSI")
    ],
    ("gbk", 0x03, "ISO-8859-1"),
    ("gbk", 0x00, "1252\n"),
    ("utf-8", 0x00, "\ufeffGBK"),
    ("gbk", 0x00, ""),
]


@pytest.mark.parametrize(("encoding", "language", "cpg"), LABELS)
def test_whatever_its_labels_say_a_table_is_read_as_it_was_written(
    tmp_path, encoding, language, cpg
):
    path = write_shapefile(tmp_path / "a.shp", SHAPES, FIELDS, ROWS, encoding, language)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="utf-8")
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["001", "002"]
    assert reading.frame["village"].tolist() == ["青石村", "柳湾村"]
    assert reading.notes["encoding"] == ("gb18030" if encoding == "gbk" else encoding)
    assert reading.notes["encoding_from"] == "bytes"


@pytest.mark.parametrize(
    ("encoding", "language", "cpg", "said"),
    [
        ("gbk", 0x57, None, "encoding_inferred"),
        ("gbk", 0x4D, None, None),
        ("gbk", 0x00, "ANSI 936", None),
        ("gbk", 0x4E, None, "encoding_conflict"),
        ("gbk", 0x4D, "UTF-8", "encoding_conflict"),
        ("gbk", 0x00, "OEM", "encoding_conflict"),
        ("utf-8", 0x00, "65001", None),
        ("utf-8", 0x4D, None, "encoding_conflict"),
    ],
)
def test_how_the_encoding_is_known_is_said(tmp_path, encoding, language, cpg, said):
    path = write_shapefile(tmp_path / "a.shp", SHAPES, FIELDS, ROWS, encoding, language)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    found = codes(read(path).findings) & {"encoding_inferred", "encoding_conflict"}
    assert found == ({said} if said else set())


@pytest.mark.parametrize("setting", ["GBK", "ISO-8859-1", "", "nonsense"])
def test_settings_of_gdal_around_it_change_nothing(tmp_path, setting):
    gbk = write_shapefile(tmp_path / "a.shp", SHAPES, FIELDS, ROWS, "gbk")
    utf8 = write_shapefile(tmp_path / "b.shp", SHAPES, FIELDS, ROWS, "utf-8")
    pyogrio.set_gdal_config_options({"SHAPE_ENCODING": setting})
    try:
        for path in (gbk, utf8):
            assert read(path).frame["village"].tolist() == ["青石村", "柳湾村"]
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_ENCODING": None})


def test_the_users_word_wins_and_nonsense_is_one_line(tmp_path):
    path = one_column(tmp_path / "a.shp", ["Besançon"], "cp1252")
    assert villages(path, encoding="cp1252") == ["Besançon"]
    assert villages(path, encoding="ISO-8859-1") == ["Besançon"]
    for word in ("klingon", "ANSI", "OEM", "utf-16", "hex", "undefined"):
        with pytest.raises(SourceError, match="there is no encoding") as error:
            read(path, encoding=word)
        assert error.value.code == "encoding_unknown"


def test_language_byte_goes_before_cpg_and_two_that_differ_are_a_question(tmp_path):
    path = one_column(tmp_path / "a.shp", ["Besançon", "Évian"], "cp1252", 0x03)
    assert villages(path) == ["Besançon", "Évian"]
    path.with_suffix(".cpg").write_text("UTF-8")  # cannot be, by the bytes
    assert villages(path) == ["Besançon", "Évian"]
    path.with_suffix(".cpg").write_text("CP1251")  # could be: Besanзon
    with pytest.raises(SourceError, match='encoding = "GB18030"'):
        read(path)


# Hard cases.


@pytest.mark.parametrize(
    "text",
    [
        "村",
        "一",
        "一组",
        "王",
        "李四",
        "青石村",
        "喆",
        "堃村",
        "垚",
        "犇犇村",
        "𡐓村",
        "㛃",
        "〇二组",
        "水石",  # in GBK each of these is two bytes that UTF-8 may hold as well
        "水石来一",
        "北京村江",  # all of these are common signs of Big5 too
    ],
)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_one_short_word_is_enough(tmp_path, text, encoding):
    assert villages(one_column(tmp_path / "a.shp", [text], encoding)) == [text]


def test_what_could_be_either_is_a_question_and_a_label_answers_it(tmp_path):
    path = one_column(tmp_path / "a.shp", ["镕"], "gbk")  # E9 46: "éF" as well
    assert "éF".encode("latin-1") == "镕".encode("gbk")
    with pytest.raises(SourceError, match='encoding = "GB18030"'):
        read(path)
    path.with_suffix(".cpg").write_text("GBK")
    assert villages(path) == ["镕"]
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    assert villages(path) == ["éF"]


def test_rare_characters_beside_common_ones(tmp_path):
    words = ["朱镕村", "陶喆屯", "㛃家垌", "𡐓上", "靑石", "囍里", "碁石"]
    assert villages(one_column(tmp_path / "a.shp", words, "gb18030")) == words


def test_traditional_text_in_gbk_and_in_big5(tmp_path):
    words = ["龍門鎮", "臺灣村", "廣東省肇慶市", "鐵路東側"]
    assert villages(one_column(tmp_path / "a.shp", words, "gbk")) == words
    assert villages(one_column(tmp_path / "b.shp", words, "utf-8")) == words
    assert villages(one_column(tmp_path / "c.shp", words, "big5")) == words
    assert villages(one_column(tmp_path / "d.shp", words, "big5", 0x4F)) == words


def test_big5_is_not_told_from_a_word():
    """Lead bytes of Big5, each followed by a Latin letter: in GBK that is a rare sign."""
    signs = [bytes([lead]) + b"M" for lead in range(0xB0, 0xB8)]
    assert all(sign.decode("big5") != sign.decode("gbk") for sign in signs)
    assert vote([b"".join(signs[:4])]) is None
    assert vote([b"".join(signs)]) == "big5"


def test_a_cell_full_to_its_last_byte_may_end_in_half_a_character(tmp_path):
    for encoding, kept in (("gbk", "青石村民委员会第"), ("utf-8", "青石村民委")):
        fields = [("parcel_id", "C", 10, 0), ("village", "C", 17, 0)]
        path = write_shapefile(
            tmp_path / f"{encoding}.shp",
            SHAPES[:1],
            fields,
            [["1", "青石村民委员会第三村民小组"]],
            encoding,
        )
        assert villages(path) == [kept]


def test_latin_text_in_utf8_is_no_chinese(tmp_path):
    assert villages(one_column(tmp_path / "a.shp", ["Besançon"], "utf-8")) == ["Besançon"]
    assert "莽".encode("gbk") == "ç".encode()  # what GBK would make of it
    words = ["Москва", "Тула"]
    assert villages(one_column(tmp_path / "b.shp", words, "utf-8")) == words


def test_one_broken_cell_of_three_costs_its_row(tmp_path):
    for encoding in ("gbk", "utf-8"):
        cells = ["青石村", b"\xff\xff\xff\xff", "柳湾村"]
        reading = read(one_column(tmp_path / f"{encoding}.shp", cells, encoding))
        assert reading.frame["village"].tolist() == ["青石村", "柳湾村"]
        assert reading.rejected[["source_row", "reason"]].values.tolist() == [
            [2, "text_undecodable"]
        ]


@pytest.mark.parametrize(("usual", "odd"), [("utf-8", "gbk"), ("gbk", "utf-8")])
def test_one_cell_in_another_encoding_among_many_is_no_question(tmp_path, usual, odd):
    words = [f"青石村{one}组" for one in "一二三四五六七八九十东西南北中"]
    cells = [word.encode(usual) for word in words[:-1]] + [words[-1].encode(odd)]
    reading = read(one_column(tmp_path / "a.shp", cells, "ascii"))
    assert reading.frame["village"].tolist()[:14] == words[:14]
    assert words[-1] not in reading.frame["village"].tolist()


def test_half_of_each_is_a_question(tmp_path):
    words = ["青石村委会", "柳湾村委会"]
    cells = [words[0].encode("gbk"), words[1].encode("utf-8")]
    with pytest.raises(SourceError, match='encoding = "GB18030"'):
        read(one_column(tmp_path / "a.shp", cells, "ascii"))


def test_a_table_of_plain_ascii_needs_no_encoding(tmp_path):
    path = one_column(tmp_path / "a.shp", ["Qingshi"], "ascii")
    assert read_evidence(path).told_by == "ascii"
    assert not codes(read(path).findings) & {"encoding_inferred", "encoding_conflict"}


@pytest.mark.parametrize(
    ("said", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("65001", "utf-8"),
        ("GBK", "gb18030"),
        ("ANSI 936", "gb18030"),
        ("OEM 936", "gb18030"),
        ("CP936", "gb18030"),
        ("GB2312", "gb18030"),
        ("EUC-CN", "gb18030"),
        ("Big5", "big5"),
        ("950", "cp950"),
        ("ISO 88591", "iso8859-1"),
        ("ISO-8859-15", "iso8859-15"),
        ("LDID/87", None),
        ("ANSI", None),
        ("OEM", None),
        ("mbcs", None),
        ("rot13", None),
        ("utf-7", None),
        ("utf-16", None),
        ("", None),
    ],
)
def test_what_a_label_means(said, codec):
    assert codec_of(said) == codec


#: level 1 of GB 2312: the 3755 characters of everyday Chinese
COMMON = [
    bytes([first, second]).decode("gb2312")
    for first in range(0xB0, 0xD8)
    for second in range(0xA1, 0xFF if first < 0xD7 else 0xFA)
]


@given(st.lists(st.text(st.sampled_from(COMMON), min_size=2, max_size=12), min_size=1, max_size=8))
def test_everyday_chinese_is_told_right_in_either_codec(words):
    assert weigh([word.encode("gbk") for word in words], None, "").encoding == "gb18030"
    assert weigh([word.encode("utf-8") for word in words], None, "").encoding == "utf-8"


def test_real_tables_without_labels(shared_data):
    folder = shared_data("broken_vectors") / "dbf"
    told = {name: read_evidence(folder / name).encoding for name in ("gbk.dbf", "gb2312.dbf")}
    assert set(told.values()) == {"gb18030"}
    assert read_evidence(folder / "utf8.dbf").encoding == "utf-8"
    assert read_evidence(folder / "ldid" / "chinese.shp").encoding == "gb18030"


def test_pairs_that_straddle_characters_are_no_utf8():
    words = ["一一", "一一", "一一", "佣债", "偏七丁乾"]
    assert vote([word.encode("gbk") for word in words]) == "gb18030"
