"""Texts and extended data of drawings: codes are taken over, people never are."""

from __future__ import annotations

import json
import re

import pytest
from drawn import (
    blank,
    box,
    entities,
    everything,
    label,
    outline,
    pairs,
    raw_outline,
    raw_text,
    read,
    saved,
    spot,
)
from handed_over import codes
from hypothesis import given
from hypothesis import strategies as st

from landgis.base.findings import sentence
from landgis.io.drawing.labels import code_in
from landgis.spatial.codes import code_defect

CODE = "441223001001JC00001"
UNIT = f"{CODE}F00010001"
PEOPLE = [
    "张三",
    "李四（户主）",
    "欧阳 小明",
    "王小村12",
    "Zhang San",
    "权利人：赵六",
    "陈 大 文 3",
    "张三2",
]
NUMBERS_OF_PEOPLE = [
    "441223198001011234",
    "44122319800101123X",
    "13800138000",
    "0758-2345678",
    "07582345678",
    "6222021234567890123",
    "138-0013-8000",
    "441223-198001-011234",
]


def facts(reading, code):
    """Return the facts of the findings of a code."""
    return [json.loads(row["facts"]) for row in reading.findings if row["code"] == code]


def drawn_with(tmp_path, *texts, corners=None):
    """Return the reading of one outline with texts at places."""
    doc = blank()
    outline(doc.modelspace(), corners or box())
    for text, at in texts:
        label(doc.modelspace(), text, at)
    return read(saved(doc, tmp_path / "a.dxf"))


# which texts are codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CODE, CODE),
        (UNIT, UNIT),
        ("441223 001001 JC00001", CODE),
        (CODE.lower(), CODE),
        ("４４１２２３００１００１ＪＣ００００１", CODE),
        *((same, same) for same in ("012", "7", "P-012", "3-12", "A3-012-1", "GB00013", "12A")),
        *((same, same) for same in ("001-002-GB00013", "0010010013", "3组012", "青石村3组012")),
        *((same, same) for same in ("青石村-3组-012", "第三组12号", "宗12", "地块12", "12号")),
        (" ０１２ ", "012"),
    ],
)
def test_a_text_that_is_a_code_from_end_to_end_is_one(text, code):
    assert code_in(text) == (code, code in (CODE, UNIT))
    if code in (CODE, UNIT):
        assert code_defect(code) is None, "the rule of the structure agrees"


@pytest.mark.parametrize(
    "text",
    [
        *PEOPLE,
        *NUMBERS_OF_PEOPLE,
        *("12.5", "123.456㎡", "2022-08-23", "2022-8", "J1", "J0012", "1:500", "①", "½", "-", ""),
        *("砖2", "混3", "无号", "012 张三", "张三012", "一组", CODE + "1", CODE[:-1], "012,013"),
        "012 013",
    ],
)
def test_a_text_that_is_anything_else_is_none(text):
    assert code_in(text) is None


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=8))
def test_no_text_of_chinese_characters_alone_is_a_code(text):
    assert code_in(text) is None


@given(st.text(alphabet="0123456789Xx- ", min_size=11, max_size=24))
def test_no_long_number_is_a_code_but_those_that_begin_as_no_telephone_does(text):
    longest = max((len(run) for run in re.findall("[0-9]+", text)), default=0)
    if longest > 6 and not text.strip().startswith("00"):
        assert code_in(text) is None
    if sum(sign.isdigit() for sign in text) > 13:
        assert code_in(text) is None


MOBILE, CARD, ACCOUNT = r"1[3-9][0-9]{9}", r"[1-6][0-9]{16}[0-9X]", r"62[0-9]{14,17}"
PARTS = [(3, 4, 4), (2, 3, 3, 3), (6, 8, 4), (6, 6, 6), (4, 4, 4, 4, 4), (99,)]
LANDLINE, LANDLINE_PARTS = r"0[1-9][0-9]{9}", [(3, 4, 4), (3, 8), (4, 3, 4), (4, 7), (99,)]


@given(
    st.one_of(
        st.tuples(
            st.from_regex(f"{MOBILE}|{CARD}|{ACCOUNT}", fullmatch=True), st.sampled_from(PARTS)
        ),
        st.tuples(st.from_regex(LANDLINE, fullmatch=True), st.sampled_from(LANDLINE_PARTS)),
    )
)
def test_telephones_identity_cards_and_accounts_are_no_codes_however_they_are_parted(drawn):
    number, sizes = drawn
    parted, at = [], 0
    for size in (*sizes, 99):
        parted.append(number[at : at + size])
        at += size
    assert code_in("-".join(part for part in parted if part)) is None


# where a text stands


def test_inside_outside_and_on_the_line(tmp_path):
    texts = [("012", spot(50, 50)), ("013", spot(150, 50)), ("014", spot(100, 50))]
    reading = drawn_with(tmp_path, *texts)
    assert reading.frame["parcel_id"].tolist() == ["012"]
    assert "drawing_texts_left" not in codes(reading.findings)


def test_no_text_no_code(tmp_path):
    reading = drawn_with(tmp_path, ("012", spot(150, 50)))
    assert reading.frame["parcel_id"].isna().all()
    assert len(reading.frame) == 1


def test_the_innermost_outline_has_the_text(tmp_path):
    doc = blank()
    space = doc.modelspace()
    outline(space, box())
    outline(space, box(20, 20, 60))
    outline(space, box(40, 40, 20))
    label(space, "outer", spot(5, 5))
    for text, at in (("1", (10, 50)), ("2", (30, 50)), ("3", (50, 50))):
        label(space, text, spot(*at))
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert dict(zip(reading.frame.area, reading.frame["parcel_id"], strict=True)) == {
        10_000: "1",
        3_600: "2",
        400: "3",
    }


def test_an_outline_drawn_twice_has_its_text_twice(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box())
    outline(doc.modelspace(), box()[::-1])
    label(doc.modelspace(), "7", spot(5, 5))
    assert read(saved(doc, tmp_path / "a.dxf")).frame["parcel_id"].tolist() == ["7", "7"]


def test_an_outline_on_another_layer_is_no_wall(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box())
    outline(doc.modelspace(), box(40, 40, 20), "JMD")
    label(doc.modelspace(), "7", spot(50, 50))
    assert read(saved(doc, tmp_path / "a.dxf")).frame["parcel_id"].tolist() == ["7"]


def test_two_codes_in_one_outline_are_a_question(tmp_path):
    reading = drawn_with(tmp_path, ("012", spot(40, 50)), ("013", spot(60, 50)))
    assert reading.frame["parcel_id"].isna().all()
    row = next(one for one in reading.findings if one["code"] == "label_question")
    assert (row["severity"], row["source_row"]) == ("question", 1)
    assert json.loads(row["facts"])["codes"] == ["012", "013"]
    assert "012、013" in sentence(row, "zh")


def test_the_same_code_twice_is_one_and_a_parcel_code_goes_before_numbers(tmp_path):
    same = drawn_with(tmp_path, ("012", spot(40, 50)), ("012", spot(60, 50)))
    assert same.frame["parcel_id"].tolist() == ["012"]
    mixed = drawn_with(tmp_path, ("0701", spot(40, 50)), (CODE, spot(60, 50)), ("3", spot(9, 9)))
    assert mixed.frame["parcel_id"].tolist() == [CODE]
    two = drawn_with(tmp_path, (UNIT, spot(40, 50)), (CODE, spot(60, 50)))
    assert facts(two, "label_question")[0]["codes"] == [UNIT, CODE]


@pytest.mark.parametrize("layer", ["GCD", "DGX", "KZD", "dgx"])
def test_numbers_of_heights_contours_and_control_points_are_no_codes(tmp_path, layer):
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()), raw_text("35", spot(50, 60), layer)))
    reading = read(path)
    assert reading.frame["parcel_id"].isna().all()
    assert facts(reading, "drawing_texts_left") == [{"texts": 1}]


def test_heights_and_boundary_points_are_no_codes(tmp_path):
    doc = blank()
    space = doc.modelspace()
    outline(space, box())
    label(space, "35", spot(50, 60), "GCD")
    label(space, "J1", spot(1, 1), "JZP")
    label(space, "012", spot(50, 50))
    assert read(saved(doc, tmp_path / "a.dxf")).frame["parcel_id"].tolist() == ["012"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (rf"{{\fSimSun|b0|i0|c134;\H2.5;{CODE}}}", CODE),
        (rf"\A1;{{\C1;{CODE[:6]}}}\~{CODE[6:]}\P张三\P住宅", CODE),
        (r"012\P张三", "012"),
        (r"\pxqc;{\W0.8;3组012}", "3组012"),
        (r"\U+0030\U+0031\U+0032", "012"),
    ],
)
def test_formatted_text_is_read_line_by_line_without_its_codes(tmp_path, content, code):
    doc = blank()
    outline(doc.modelspace(), box())
    doc.modelspace().add_mtext(content, dxfattribs={"insert": spot(50, 50), "layer": "ZJ"})
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.frame["parcel_id"].tolist() == [code]
    assert "张三" not in everything(reading)


def test_characters_that_cad_writes_by_their_number_in_gbk_are_resolved(tmp_path):
    gbk = "组".encode("gbk").hex().upper()
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()), raw_text(rf"3\M+5{gbk}012", spot(5, 5))))
    assert read(path).frame["parcel_id"].tolist() == ["3组012"]


def test_the_signs_of_a_plain_text_are_resolved(tmp_path):
    reading = drawn_with(tmp_path, ("%%u012%%u", spot(5, 5)))
    assert reading.frame["parcel_id"].tolist() == ["012"]
    assert drawn_with(tmp_path, ("012%%d", spot(5, 5))).frame["parcel_id"].isna().all()


def test_a_long_formatted_text_in_pieces_is_one(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box())
    content = "\\P".join(["住宅用地"] * 120) + "\\P012"
    doc.modelspace().add_mtext(content, dxfattribs={"insert": spot(50, 50)})
    assert read(saved(doc, tmp_path / "a.dxf")).frame["parcel_id"].tolist() == ["012"]


@pytest.mark.parametrize("align", ["MIDDLE_CENTER", "TOP_RIGHT", "BOTTOM_LEFT"])
def test_a_text_stands_where_it_is_aligned(tmp_path, align):
    from ezdxf.enums import TextEntityAlignment

    doc = blank()
    outline(doc.modelspace(), box())
    text = doc.modelspace().add_text("012", height=30)
    text.set_placement(spot(2, 2), align=TextEntityAlignment[align])
    text.dxf.insert = spot(-60, -20)  # where the letters begin, as CAD computes it
    assert read(saved(doc, tmp_path / "a.dxf")).frame["parcel_id"].tolist() == ["012"]


@pytest.mark.parametrize("across", [3, 5])
def test_a_text_between_two_points_stands_in_their_middle(tmp_path, across):
    (x, y), (there, _) = spot(-60, 50), spot(100, 50)
    text = raw_text("012", (x, y)) + pairs((11, there + 40), (21, y), (72, across))
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()), text))
    assert read(path).frame["parcel_id"].tolist() == ["012"]


def test_an_attribute_has_its_height_of_alignment_elsewhere_than_a_text(tmp_path):
    """Group 74; 73 is the width of its field."""
    (x, y), (aside, _) = spot(50, 50), spot(-60, 50)
    head = pairs((0, "INSERT"), (8, "ZJ"), (2, "NO"), (66, 1), (10, x), (20, y))
    ends = pairs((0, "SEQEND"))
    path = tmp_path / "a.dxf"
    for (at, own), aligned in (((x, (73, 9)), aside), ((aside, (74, 2)), x)):
        text = pairs((0, "ATTRIB"), (8, "ZJ"), (10, at), (20, y), (1, "012"), own)
        text += pairs((11, aligned), (21, y))
        path.write_text(entities(raw_outline(box()), head + text + ends))
        assert read(path).frame["parcel_id"].tolist() == ["012"]


def test_attributes_of_blocks_are_texts_unless_they_are_hidden(tmp_path):
    doc = blank()
    block = doc.blocks.new("NO")
    block.add_attdef("NO", (0, 0))
    space = doc.modelspace()
    for at, flags in ((0, 0), (200, 1)):
        outline(space, box(at))
        insert = space.add_blockref("NO", spot(at + 50, 50), {"layer": "ZJ"})
        insert.add_attrib("NO", f"{at + 1}", spot(at + 50, 50), {"flags": flags})
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.frame["parcel_id"].isna().tolist() == [False, True]


# what CASS attaches


def attached(tmp_path, *strings, text=None, version="R2000"):
    doc = blank(version, encoding="gbk" if version < "R2007" else None)
    doc.appids.add("SOUTH")
    one = outline(doc.modelspace(), box())
    one.set_xdata("SOUTH", [(1000, said) for said in strings])
    if text:
        label(doc.modelspace(), text, spot(50, 50))
    return read(saved(doc, tmp_path / "a.dxf"))


@pytest.mark.parametrize("version", ["R12", "R2000", "R2010"])
def test_code_and_land_class_are_read_and_the_owner_is_dropped(tmp_path, version):
    reading = attached(tmp_path, "300000", "0010020013", "张三", "0701", version=version)
    assert reading.frame["parcel_id"].tolist() == ["0010020013"]
    assert reading.frame["land_use"].tolist() == ["0701"]
    wide = attached(tmp_path, "300000", "012", "", "0701\u3000", version=version)
    assert wide.frame["land_use"].tolist() == ["0701"]
    assert facts(reading, "personal_dropped") == [{"columns": "QLR (XDATA SOUTH)"}]
    assert "张三" not in everything(reading)


def test_a_name_in_the_place_of_the_code_or_class_is_no_code(tmp_path):
    reading = attached(tmp_path, "300000", "张三", "", "李四")
    assert reading.frame[["parcel_id", "land_use"]].isna().all(axis=None)
    assert "张三" not in everything(reading)
    assert "李四" not in everything(reading)
    assert "personal_dropped" not in codes(reading.findings), "no owner was there"


def test_a_class_with_a_name_behind_it_is_no_class(tmp_path):
    reading = attached(tmp_path, "300000", "012", "", "0701张三")
    assert reading.frame["land_use"].isna().all()
    assert "张三" not in everything(reading)


def test_the_text_agrees_with_the_attached_code_or_is_told(tmp_path):
    strings = ["300000", "青石村3组012", "", "0701"]
    agreed = attached(tmp_path, *strings, text="012")
    assert agreed.frame["parcel_id"].tolist() == ["青石村3组012"]
    assert "label_differs" not in codes(agreed.findings)
    land = attached(tmp_path, *strings, text="0701")
    assert "label_differs" not in codes(land.findings)
    other = attached(tmp_path, *strings, text="013")
    assert other.frame["parcel_id"].tolist() == ["青石村3组012"]
    row = next(one for one in other.findings if one["code"] == "label_differs")
    assert row["ids"] == ["青石村3组012"]
    assert "013" in sentence(row, "zh")


def test_the_strings_of_other_features_and_programs_are_left(tmp_path):
    reading = attached(tmp_path, "141111", "0010020013", "张三")
    assert reading.frame["parcel_id"].isna().all()
    doc = blank()
    doc.appids.add("OTHER")
    outline(doc.modelspace(), box()).set_xdata("OTHER", [(1000, "300000"), (1000, "012")])
    assert read(saved(doc, tmp_path / "b.dxf")).frame["parcel_id"].isna().all()


def test_the_strings_of_corners_are_not_those_of_their_outline(tmp_path):
    own = pairs((1001, "OTHER"), (1000, "300000"), (1000, "011"))
    of_corner = pairs((1001, "SOUTH"), (1000, "300000"), (1000, "012"))
    body = pairs((0, "POLYLINE"), (8, "JZD"), (66, 1), (70, 1)) + own
    for x, y in box():
        body += pairs((0, "VERTEX"), (8, "JZD"), (10, x), (20, y)) + of_corner
    path = tmp_path / "a.dxf"
    path.write_text(entities(body + pairs((0, "SEQEND"))))
    assert read(path).frame["parcel_id"].isna().tolist() == [True]


@pytest.mark.parametrize("name", ["SOUTH", "South"])
def test_the_strings_of_one_program_end_where_those_of_another_begin(tmp_path, name):
    own = pairs((1001, name), (1000, "300000"), (1000, "012"))
    other = pairs((1001, "OTHER"), (1000, "张三"))
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()) + own + other))
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["012"]
    assert "personal_dropped" not in codes(reading.findings)


# people


@pytest.mark.parametrize("person", [*PEOPLE, *NUMBERS_OF_PEOPLE])
def test_a_person_in_a_parcel_appears_nowhere(tmp_path, person):
    good = raw_outline(box()) + raw_text("012", spot(20, 20)) + raw_text(person, spot(50, 50))
    bad = raw_outline(box(200), handle="B4").replace(" 90\n4\n", " 90\n9\n")
    bad += raw_text(person, spot(250, 50))
    path = tmp_path / "a.dxf"
    path.write_text(entities(good, bad), encoding="utf-8")
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["012"]
    assert facts(reading, "drawing_texts_left") == [{"texts": 2}]
    for role in ("parcels", "projects", "blocks", "context"):
        said = everything(read(path, role, layer="*"))
        assert person not in said
        assert person.split()[0] not in said


def test_texts_are_no_rows_of_any_layer(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()), raw_text("张三", spot(5, 5))))
    assert len(read(path, "context").frame) == 1
    assert read(path, "context").frame["name"].isna().all()
