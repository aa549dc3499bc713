"""Workbooks: old and new formats, disguises, formulas, and what would take all memory."""

from __future__ import annotations

import datetime as dt
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import python_calamine
from handed_over import KEY, codes, require_one_line, write_book
from hypothesis import given, settings
from hypothesis import strategies as st
from old_books import inline, old_stream, pack, record, sheet_parts, write_old_book, write_ole

from landgis.base.errors import SourceError
from landgis.io.ledgers import read_ledger
from landgis.io.row.draft import Reading, SourceOptions
from landgis.io.sheet import workbook_parts
from landgis.io.sheet.number_formats import day_of_serial, is_date_format
from landgis.io.sheet.sheets import read_grids
from landgis.io.sheet.xls import read_xls

HEAD: list[object] = ["登记编号", "村", "组", "地块编号", "数量(亩)", "协议签订日期"]
ROWS: list[list[object]] = [
    HEAD,
    ["001", "青石村", "三组", "007", 1.25, dt.date(2022, 8, 23)],
    ["002", "青石村", None, "008", 2, None],
    ["合计", None, None, None, 3.25, None],
]


def read(path: Path, role: str = "records", **options: object) -> Reading:
    given_options = {"path": path.name, "household_key": KEY, **options}
    return read_ledger(path, role, SourceOptions(**given_options))  # type: ignore[arg-type]


def refused(path: Path, role: str = "records") -> str:
    with pytest.raises(SourceError) as error:
        read(path, role)
    require_one_line(error.value)
    return error.value.code


def test_an_old_workbook_says_what_a_new_one_says(tmp_path):
    old = read(write_old_book(tmp_path / "一般青苗.xls", {"一般青苗": ROWS}))
    new = read(write_book(tmp_path / "一般青苗.xlsx", {"一般青苗": [[*r] for r in ROWS[:1]]}))
    assert len(new.frame) == 0
    assert old.frame["record_id"].tolist() == ["001", "002"]
    assert old.frame["parcel_id"].tolist() == ["007", "008"]
    assert old.frame["group"].fillna("-").tolist() == ["3组", "-"]
    assert old.frame["quantity"].tolist() == [1.25, 2.0]
    assert old.frame["agreed_on"].dt.strftime("%Y-%m-%d").fillna("-").tolist() == [
        "2022-08-23",
        "-",
    ]
    assert old.frame["source_row"].tolist() == [2, 3]
    assert old.notes["subtotal_rows"] == 1


def test_merged_cells_of_an_old_workbook_are_filled_down(tmp_path):
    rows = [HEAD, ["1", "青石村", "1组", "1", 1, None], ["2", None, None, "2", 2, None]]
    path = write_old_book(
        tmp_path / "青苗.xls", {"一般青苗": rows}, merged={"一般青苗": [(1, 1, 2, 1)]}
    )
    assert read(path).frame["village"].tolist() == ["青石村", "青石村"]


def test_one_far_cell_makes_room_for_no_other(tmp_path):
    far = [[], *[[] for _ in range(60_000)], [*[None] * 255, "远"]]
    sheet = read_xls(write_old_book(tmp_path / "a.xls", {"土地": far}), "a")[0]
    assert sheet.rows[60_001][255] == "远"
    assert sum(map(len, sheet.rows)) == 256


@pytest.mark.parametrize("outside", [(0, 0, 0xFFFE, 0xFFFE), (0, 0, 0, 256), (3, 2, 2, 2)])
def test_merged_cells_outside_any_sheet_are_a_broken_workbook(tmp_path, outside):
    path = write_old_book(tmp_path / "a.xls", {"土地": ROWS}, merged={"土地": [outside]})
    assert refused(path) == "file_unreadable"


CELL = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40),
    st.integers(-(2**28), 2**28),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1)),
)


@settings(max_examples=60)
@given(st.lists(st.lists(CELL, max_size=6), min_size=1, max_size=8))
def test_old_workbooks_are_read_as_another_reader_reads_them(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "other.xls"
    write_old_book(path, {"表": rows})
    ours = read_xls(path, "a")[0].rows
    with python_calamine.load_workbook(str(path)) as book:
        theirs = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    for at, row in enumerate(theirs):
        here = ours[at] if at < len(ours) else []
        assert [*here, *[""] * (len(row) - len(here))] == row
    assert not any(cell != "" for row in ours[len(theirs) :] for cell in row)


@settings(max_examples=15)
@given(st.lists(st.text("aé青𠮷", min_size=1, max_size=9000), max_size=4, unique=True))
def test_long_texts_go_on_in_the_next_record(tmp_path_factory, texts):
    path = tmp_path_factory.getbasetemp() / "long.xls"
    plain = [text.encode("utf-16-le")[:18000].decode("utf-16-le", "ignore") for text in texts]
    write_old_book(path, {"表": [[text] for text in plain]})
    assert [row[0] for row in read_xls(path, "a")[0].rows] == plain


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [
        (14, None, True),
        (0, None, False),
        (31, None, True),
        (57, None, True),
        (58, None, True),
        (10, None, False),
        (176, 'yyyy"年"m"月"d"日"', True),
        (177, "#,##0.00_);[Red](#,##0.00)", False),
        (178, "[$-804]yyyy-mm-dd", True),
        (179, '0.00"亩"', False),
        (180, '0"栋 dsy"', False),
        (181, "[h]:mm", True),
        (182, "General", False),
        (183, "[DBNum1][$-804]m月d日", True),
    ],
)
def test_number_formats_that_show_days(number, code, says):
    assert is_date_format(number, code) is says


def test_serials_of_both_calendars():
    assert day_of_serial(44796) == dt.date(2022, 8, 23)
    assert day_of_serial(44848) == dt.date(2022, 10, 14)
    assert day_of_serial(44796 - 1462, from_1904=True) == dt.date(2022, 8, 23)
    assert day_of_serial(44796.5) == dt.datetime(2022, 8, 23, 12)
    assert day_of_serial(0.25) == dt.time(6)
    assert day_of_serial(-1) is None
    assert day_of_serial(3e6) is None


WPS = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_et")


def test_wps_is_refused_by_name_and_read_under_the_name_that_it_is(tmp_path):
    path = write_old_book(tmp_path / "一般青苗.et", {"一般青苗": ROWS})
    assert refused(path) == "file_et"
    assert "另存为 xlsx" in SourceError("file_et", source="a").say("zh")
    assert len(read(path.rename(tmp_path / "一般青苗.xls")).frame) == 2


def test_passwords_are_told_from_broken_files(tmp_path):
    locked = write_ole(
        tmp_path / "a.xlsx", {"EncryptionInfo": b"\4\0\4\0", "EncryptedPackage": b"x" * 5000}
    )
    assert refused(locked) == "file_password"
    assert refused(locked.rename(tmp_path / "a.xls")) == "file_password"
    old = write_ole(tmp_path / "b.xls", {"Workbook": old_stream({"土地": ROWS}, password=True)})
    assert refused(old) == "file_password"
    letter = write_ole(tmp_path / "c.xls", {"WordDocument": b"x" * 5000})
    assert refused(letter) == "file_not_a_workbook"
    cut = write_old_book(tmp_path / "d.xls", {"土地": ROWS})
    cut.write_bytes(cut.read_bytes()[:2000])
    assert refused(cut) == "file_unreadable"


def test_the_content_goes_before_the_name(tmp_path):
    old = write_old_book(tmp_path / "一般青苗.xls", {"一般青苗": ROWS})
    assert len(read(old.rename(tmp_path / "一般青苗.xlsx")).frame) == 2
    new = write_book(tmp_path / "b.xlsx", {"一般青苗": [HEAD, ["1", "甲村", "1组", "1", 1, None]]})
    assert len(read(new.rename(tmp_path / "b.xls")).frame) == 1


TABLE = "<table><tr><td>村</td></tr></table>"


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("a.xls", b"\xef\xbb\xbf<html>" + TABLE.encode(), "file_html_as_xls"),
        ("a.xls", b"<meta charset=gbk>" + TABLE.encode("gbk"), "file_html_as_xls"),
        ("a.xls", b"\xff\xfe" + f"<html>{TABLE}".encode("utf-16-le"), "file_html_as_xls"),
        ("a.xls", b"<?xml version='1.0'?><!DOCTYPE html><html>", "file_html_as_xls"),
        ("a.xls", b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "file_html_as_xls"),
        (
            "a.xls",
            b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook/>',
            "file_xml_as_xls",
        ),
        (
            "a.xlsx",
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "file_xml_as_xls",
        ),
        ("a.xls", "村\t组\n甲村\t1组\n".encode(), "file_not_what_it_says"),
        ("a.mdb", b"\0\1\0\0Standard Jet DB\0", "file_mdb"),
        ("a.accdb", b"\0\1\0\0Standard ACE DB\0", "file_mdb"),
        ("a.xlsb", b"PK\3\4", "file_xlsb"),
        ("a.ods", b"PK\3\4", "file_ods"),
        ("a.csv", b"PK\3\4", "file_not_what_it_says"),
        ("a.xls", b"\x89PNG\r\n", "file_not_what_it_says"),
    ],
)
def test_disguises_are_refused_by_name(tmp_path, name, raw, code):
    (tmp_path / name).write_bytes(raw)
    assert refused(tmp_path / name) == code


@pytest.mark.parametrize(
    ("part", "code"), [("xl/workbook.bin", "file_xlsb"), ("content.xml", "file_ods")]
)
def test_other_packages_under_the_name_of_a_workbook(tmp_path, part, code):
    assert refused(pack(tmp_path / "a.xlsx", {part: "x"})) == code


@pytest.mark.parametrize("name", ["~$台账.xlsx", ".~台账.xlsx", "~$台账.xls"])
def test_lock_files_are_skipped_and_said(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    for role in ("records", "parcels", "daily_reports"):
        reading = read(tmp_path / name, role)
        assert (len(reading.frame), reading.rows_read) == (0, 0)
        assert codes(reading.findings) == {"file_skipped"}


def test_hidden_sheets_are_left_out_and_said(tmp_path):
    sheets = {"一般青苗": ROWS, "旧一般青苗": ROWS}
    reading = read(write_old_book(tmp_path / "a.xls", sheets, hidden=["旧一般青苗"]))
    assert set(reading.frame["source_sheet"]) == {"一般青苗"}
    said = [row for row in reading.findings if row["code"] == "file_skipped"]
    assert [(row["source_sheet"], '"why": "hidden"' in row["facts"]) for row in said] == [
        ("旧一般青苗", True)
    ]
    named = read(tmp_path / "a.xls", layer="旧一般青苗")
    assert set(named.frame["source_sheet"]) == {"旧一般青苗"}


FORMULAS = (
    inline(1, "登记编号", "数量(亩)", "地块编号", "协议签订日期", "结构")
    + '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>1+1</f><v>2</v></c>'
    '<c r="C2" t="str"><f>A1</f><v>007</v></c></row>'
    '<row r="3"><c r="A3"><v>2</v></c><c r="B3"><f>SUM(X1:X9)</f></c>'
    '<c r="C3" t="inlineStr"><is><t>008</t></is></c></row>'
    '<row r="4"><c r="A4"><v>3</v></c><c r="B4" t="e"><f>Z9</f><v>#REF!</v></c>'
    '<c r="E4" t="e"><v>#N/A</v></c></row>'
    '<row r="5"><c r="A5"><v>4</v></c><c r="B5"><v>1</v></c>'
    '<c r="C5" t="e"><f>VLOOKUP(1,2,3)</f><v>#N/A</v></c></row>'
    '<row r="6"><c r="A6"><v>5</v></c><c r="D6" t="e"><v>#VALUE!</v></c></row>'
    '<row r="7"><c r="A7"><v>6</v></c><c r="E7" t="str"><f>""</f><v></v></c></row>'
)


def test_formulas_are_their_last_values_and_what_failed_is_said(tmp_path):
    reading = read(pack(tmp_path / "一般青苗.xlsx", sheet_parts(FORMULAS, name="一般青苗")))
    frame = reading.frame.set_index("record_id")
    assert frame.index.tolist() == ["1", "2", "3", "6"]
    assert frame.loc["1", "quantity"] == 2.0
    assert frame.loc["1", "parcel_id"] == "007"
    assert frame.loc[["2", "3"], "quantity"].isna().all()  # never zero
    assert dict(zip(reading.rejected["source_row"], reading.rejected["defects"], strict=True)) == {
        5: "cell_failed:地块编号",
        6: "cell_failed:协议签订日期",
    }
    told = {
        (row["code"], row["source_row"]): row["facts"]
        for row in reading.findings
        if row["code"].startswith("formula")
    }
    assert set(told) == {
        ("formula_uncached", 3),
        ("formula_failed", 4),
        ("formula_failed", 5),
        ("formula_failed", 6),
    }
    assert '"column": "数量(亩)"' in told["formula_uncached", 3]


def test_errors_of_old_workbooks_and_of_csv_are_said_too(tmp_path):
    rows: list[list[object]] = [HEAD, ["1", "甲村", "1组", "1", "#DIV/0!", None]]
    old = read(write_old_book(tmp_path / "一般青苗.xls", {"一般青苗": rows}))
    (tmp_path / "一般青苗.csv").write_text("登记编号,数量\n1,#REF!\n", encoding="utf-8")
    for reading in (old, read(tmp_path / "一般青苗.csv")):
        assert reading.frame["quantity"].isna().tolist() == [True]
        assert "formula_failed" in codes(reading.findings)


FAR = {
    "a far corner": inline(1, "村", "组") + '<row r="1048576"><c r="ZZ1048576"><v>1</v></c></row>',
    "beyond the sheet": inline(1, "村", "组") + '<row r="999999999"><c><v>1</v></c></row>',
    "in other quotes": "<row r='1'><c r='A1'><v>1</v></c><c r='XFD999999'><v>1</v></c></row>",
    "with blanks": '<row r="1"><c r="A1"><v>1</v></c><c r = "XFD999999"><v>1</v></c></row>',
    "wide and long apart": '<row r="1"><c r="ZZ1"><v>1</v></c></row>'
    '<row r="99999"><c r="A99999"><v>1</v></c></row>',
    "rows upside down": '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    '<row r="1"><c r="ZZZ1"><v>1</v></c></row>',
}


@pytest.mark.parametrize("rows", FAR.values(), ids=list(FAR))
def test_cells_far_outside_are_refused_before_room_is_made_for_them(tmp_path, rows):
    path = pack(tmp_path / "a.xlsx", sheet_parts(rows))
    assert refused(path) == "workbook_too_large"


def test_blanks_far_outside_are_nothing(tmp_path):
    blanks = "".join(
        f'<row r="{row}"><c r="A{row}" s="0"/><c r="XFD{row}" s="0"/><c r="B{row}"></c></row>'
        for row in (5, 99_999, 1_048_576)
    )
    one = '<row r="2"><c r="A2" t="inlineStr"><is><t>1</t></is></c><c r="B2"><v>2</v></c></row>'
    parts = sheet_parts(inline(1, "登记编号", "数量") + one + blanks, name="一般青苗")
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'
    )
    reading = read(pack(tmp_path / "a.xlsx", parts))
    assert reading.frame["quantity"].tolist() == [2.0]


FAR_ROW = '<row r="1048576"><c r="A1048576"{}</c></row>'
#: the last cell of a sheet, and the rows that it leaves
LAST_CELLS = {
    "a blank": (' t="inlineStr"><is><t xml:space="preserve"> \u3000</t></is>', 2),
    "a blank that is shared": (' t="s"><v>1</v>', 2),
    "no value": (' s="1"><v></v>', 2),
    "a shared word": (' t="s"><v>0</v>', 1_048_576),
    "a number": ("><v>0</v>", 1_048_576),
    "an error": (' t="e"><v>#REF!</v>', 1_048_576),
    "a word in other words": (' t="inlineStr"><is><t><![CDATA[x]]></t></is>', 1_048_576),
}


@pytest.mark.parametrize(("cell", "rows"), LAST_CELLS.values(), ids=list(LAST_CELLS))
def test_a_stray_blank_in_the_last_row_makes_no_rows(tmp_path, cell, rows):
    columns = 25 if rows == 2 else 2  # 25 columns of a million rows are more than a sheet may have
    wide = inline(1, *(f"列{at}" for at in range(columns)))
    parts = sheet_parts(wide + inline(2, "甲村") + FAR_ROW.format(cell))
    parts["xl/sharedStrings.xml"] = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<si><t>甲村</t></si><si><t xml:space="preserve"> </t></si></sst>'
    )
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(
        "</Relationships>",
        '<Relationship Id="rId9" Target="sharedStrings.xml" Type="http://schemas.openxmlformats'
        '.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>',
    )
    (grid,) = read_grids(pack(tmp_path / "a.xlsx", parts), "a.xlsx")
    assert len(grid.rows) == rows
    assert grid.rows[1][0] == "甲村"


def test_a_tall_and_narrow_ledger_is_no_such_thing(tmp_path):
    last = '<row r="1000000"><c r="A1000000" t="inlineStr"><is><t>2</t></is></c></row>'
    one = '<row r="2"><c r="A2" t="inlineStr"><is><t>1</t></is></c></row>'
    parts = sheet_parts(inline(1, "登记编号", "村") + one + last, name="一般青苗")
    reading = read(pack(tmp_path / "a.xlsx", parts))
    assert reading.frame["source_row"].tolist() == [2, 1_000_000]


def test_bombs_are_refused_by_what_comes_out_and_not_by_what_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook_parts, "_MAX_BYTES", 1 << 20)
    parts = sheet_parts(inline(1, "村", "组"))
    bomb = pack(tmp_path / "a.xlsx", parts | {"xl/sharedStrings.xml": " " * (3 << 20)})
    assert bomb.stat().st_size < 10_000
    assert refused(bomb) == "workbook_too_large"
    raw = bytearray(bomb.read_bytes())
    with zipfile.ZipFile(bomb) as book:
        sizes = struct.pack("<I", book.getinfo("xl/sharedStrings.xml").file_size)
    at = raw.rfind(sizes)
    raw[at : at + 4] = struct.pack("<I", 100)  # the list of contents lies
    bomb.write_bytes(bytes(raw))
    assert refused(bomb) in ("workbook_too_large", "file_unreadable")


def test_entities_are_not_expanded(tmp_path):
    laughs = "".join(
        f'<!ENTITY a{n} "{"".join(f"&a{n - 1};" for _ in range(10))}">' for n in range(1, 12)
    )
    before = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a0 "ha">{laughs}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for entity in ("&a11;", "&x;"):
        rows = (
            inline(1, "登记编号", "村") + f'<row r="2"><c r="A2" t="str"><v>{entity}</v></c></row>'
        )
        path = pack(tmp_path / "一般青苗.xlsx", sheet_parts(rows, before=before))
        try:
            said = str(read(path).frame.to_dict())
        except SourceError as error:
            require_one_line(error)
        else:
            assert "haha" not in said
            assert "root" not in said


def test_macros_and_outside_links_are_not_looked_at(tmp_path):
    parts = sheet_parts(inline(1, "登记编号", "村") + inline(2, "1", "甲村"), name="一般青苗")
    odd: dict[str, str | bytes] = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"AutoOpen" * 99,
        "xl/externalLinks/externalLink1.xml": "<externalLink>not even XML",
        "xl/externalLinks/_rels/externalLink1.xml.rels": '<R Target="https://example.invalid/"/>',
    }
    reading = read(pack(tmp_path / "a.xlsm", parts | odd))
    assert reading.frame["village"].tolist() == ["甲村"]


def test_an_old_workbook_that_claims_too_much_costs_no_memory(tmp_path):
    stream = bytearray(old_stream({"土地": ROWS}))
    claims = {
        b"\xfc\x00": (8, struct.pack("<I", 0x7FFFFFFF)),  # shared texts
        b"\x00\x02\x0e\x00": (4, struct.pack("<IIHH", 0, 0xFFFFFFFF, 0, 0xFFFF)),  # dimensions
    }
    for mark, (offset, claim) in claims.items():
        spoilt = bytearray(stream)
        at = spoilt.find(mark) + offset
        spoilt[at : at + len(claim)] = claim
        path = write_ole(tmp_path / "a.xls", {"Workbook": bytes(spoilt)})
        script = (
            "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
            "from pathlib import Path; from landgis.io.sheet.xls import read_xls\n"
            "from landgis.base.errors import LandgisError\n"
            "try: print(len(read_xls(Path(sys.argv[1]), 'a')[0].rows))\n"
            "except LandgisError as error: print(error.code)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() in ("4", "file_unreadable")


def test_sheets_that_are_not_there_are_named(tmp_path):
    path = write_old_book(tmp_path / "a.xls", {"房屋": ROWS, "坟墓": ROWS})
    with pytest.raises(SourceError, match="房屋, 坟墓"):
        read_grids(path, "a.xls", wanted="青苗")


def test_a_chart_within_a_sheet_does_not_end_it(tmp_path):
    stream = old_stream({"一般青苗": ROWS}, {"一般青苗": [(1, 1, 2, 1)]})
    chart = record(0x809, struct.pack("<HH12x", 0x600, 0x20)) + record(0x203, bytes(14))
    at = stream.rfind(struct.pack("<HH", 0xE5, 10))
    whole = stream[:at] + chart + record(0x0A) + stream[at:]
    sheet = read_xls(write_ole(tmp_path / "a.xls", {"Workbook": whole}), "a")[0]
    assert sheet.rows[0][0] == "登记编号"  # and no number of the chart
    assert sheet.merged == [((1, 1), (2, 1))]
