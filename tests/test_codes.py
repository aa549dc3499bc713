"""Codes: structure, what they say against each other, land-use schemes as data."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import box, parcels

from landgis.base.errors import CampaignError
from landgis.base.findings import findings_frame, sentence
from landgis.base.land_use import land_use_code, land_use_name, named_uses, scheme_of, schemes
from landgis.base.rules import load_rules
from landgis.campaign import parse_settings
from landgis.io.row.draft import SourceOptions
from landgis.io.vectors import read_vector
from landgis.spatial.code_findings import find_codes, find_land_use
from landgis.spatial.codes import (
    admin_code_defect,
    code_defect,
    looks_like_a_code,
    may_be_malformed,
    sound_codes,
)
from landgis.workflow import load

# ---- parcel and unit codes ----------------------------------------------------------------------

CODES = [
    ("450123001002JA00012", None),
    ("450123 001002 JA00012 ", None),
    ("450123001002 GB00012 F0001 0001", None),
    ("４５０１２３００１００２ＪＡ０００１２", None),
    ("450123001002ja00012", None),
    ("450123001002GB00012F00010001", None),
    ("450123001002GB00012L00000001", None),
    ("450123001002GB00012Q00000001", None),
    ("450123001002GB00012W00000000", None),
    ("450123001002ZW00001", None),
    ("450123001002JA00012#2", None),
    ("450123001002JA0001", "length"),
    ("450123001002JA000123", "length"),
    ("450123001002GB00012F0001", "length"),
    ("45012300100OJA00012", "letter_o"),
    ("450123001002JA000O2", "letter_o"),
    ("450123001002GB00012WO0000000", "letter_o"),
    ("45012300100IJA00012", "digits"),
    ("4501230010020A00012", "digits"),
    ("450123001002XA00012", "owner"),
    ("450123001002JK00012", "right"),
    ("450123001002GA00012", "owner_right"),
    ("450123001002ZC00012", "owner_right"),
    ("450123001002JA00000", "sequence"),
    ("450123001002GB00012W00000001", "fixture"),
    ("450123001002GB00012X00010001", "fixture"),
]


@pytest.mark.parametrize(("code", "defect"), CODES)
def test_the_structure_of_codes(code, defect):
    assert looks_like_a_code(code)
    assert code_defect(code) == defect
    assert list(sound_codes(pd.Series([code, None, "A"]))) == (
        [] if defect else [re.sub(r"#\d+$|\s", "", code).upper().translate(_NARROW)]
    )


_NARROW = {ord(wide): wide_to for wide, wide_to in zip("０１２３４５ＪＡ", "012345JA", strict=True)}


@given(st.data())
def test_what_is_built_by_the_norm_is_sound(data):
    """GB/T 37346-2019: letters by the table of the norm, written here once more."""
    owner, right = data.draw(
        st.sampled_from(
            [(o, r) for o in "GJZ" for r in "ABSXCDEFHGWY" if r not in "AC" or o == "J"]
        )
    )
    place = data.draw(st.integers(11, 65)), data.draw(st.integers(0, 10**10 - 1))
    code = f"{place[0]}{place[1]:010d}{owner}{right}{data.draw(st.integers(1, 99999)):05d}"
    unit = f"{code}{data.draw(st.sampled_from('FLQ'))}{data.draw(st.integers(0, 10**8 - 1)):08d}"
    for one in (code, unit, f"{code}W00000000"):
        assert code_defect(one) is None
        assert code_defect(f"{one[:6]} {one[6:12]}　{one[12:]}") is None
        assert sound_codes(pd.Series([one])).tolist() == [one]
    at = data.draw(st.integers(0, 18).filter(lambda k: k not in (12, 13)))
    assert code_defect(code[:at] + "K" + code[at + 1 :]) == "digits"
    assert code_defect(code[:at] + "O" + code[at + 1 :]) == "letter_o"
    assert code_defect(code[:-1]) == "length"


@given(st.lists(st.sampled_from([code for code, _ in CODES] + ["A1", "青石村-3组-012", "12"])))
def test_the_quick_look_misses_nothing(codes):
    ids = pd.Series(codes, dtype="str")
    quick = may_be_malformed(ids)
    slow = np.array([looks_like_a_code(one) and code_defect(one) is not None for one in codes])
    assert not (slow.astype(bool) & ~quick).any()


@pytest.mark.parametrize(
    ("code", "defect"),
    [
        ("450123", None),
        ("450123001", None),
        ("450123001002", None),
        ("４５０１２３", None),
        ("45012", "admin_length"),
        ("4501230010", "admin_length"),
        ("45012A", "admin_digits"),
        ("青石村", "admin_digits"),
        ("990123", "admin_province"),
    ],
)
def test_administrative_codes(code, defect):
    assert admin_code_defect(code) == defect


# ---- codes against each other -------------------------------------------------------------------


def table(**columns):
    return pd.DataFrame({"source_file": "p.shp", **columns})


NO_RECORDS = pd.DataFrame({"record_id": [], "parcel_id": []}, dtype="str")


def found(of, records=NO_RECORDS, **knobs):
    return [(one["code"], one["ids"]) for one in find_codes(of, records, **knobs)]


A, B = "450123001002JA00012", "450123001002GB00012"
AWAY = "450199001002JA00001"


def test_the_county_of_a_code():
    of = table(parcel_id=[A, B, AWAY, "450298001001JB00001", "青石村-1组-3"])
    assert found(of) == []
    assert found(of, county_codes=["450123"]) == [
        ("code_county_differs", [AWAY]),
        ("code_county_differs", ["450298001001JB00001"]),
    ]
    assert found(of, county_codes=["450123", "450199", "450298"]) == []
    assert found(of, county_codes=["4501"]) == [("code_county_differs", ["450298001001JB00001"])]
    assert found(of, county_codes=["45"]) == []
    (row, _) = find_codes(of, NO_RECORDS, county_codes=["450123"], year=2020)
    assert "代码年份：2020" in sentence(row | {"project_id": None}, "zh")
    malformed = table(parcel_id=["450199001002XA00001"])
    assert found(malformed, county_codes=["450123"]) == []  # that is said elsewhere


def test_the_owner_of_a_code():
    ownership = ["国有建设用地使用权", "集体土地所有权", "集体", None]
    of = table(parcel_id=[A, B, AWAY, "450123001002GB00013"], ownership=ownership)
    assert found(of) == [("code_owner_differs", [A]), ("code_owner_differs", [B])]
    undetermined = table(parcel_id=["450123001002ZW00001"], ownership=["集体"])
    assert found(undetermined) == []
    said = [sentence(row, "zh") for row in find_codes(of, NO_RECORDS)]
    assert said[0] == f"权属地块 {A}：权属性质为国有，编号的特征码却表示集体。请核对。"


def test_villages_that_are_codes():
    of = table(parcel_id=["a", "b", "c", "d"], village=["450123001002", "45012300", "青石村", "1"])
    assert found(of) == [("admin_code_malformed", ["b"])]


def test_units_and_their_parcels():
    unit = f"{B}F00010001"
    of = table(parcel_id=[A, B])
    records = pd.DataFrame(
        {
            "record_id": ["R1", "R2", unit, f"{A}F00010002", f"{A}F00010003"],
            "parcel_id": [unit, A, A, A, "x"],
            "source_file": ["h.xlsx"] * 5,
            "source_sheet": ["房屋"] * 5,
            "source_row": [2, 3, 4, 5, 6],
        }
    )
    rows = find_codes(of, records)
    assert [(one["code"], one["ids"], one["source_row"]) for one in rows] == [
        ("code_of_unit", ["R1"], 2),
        ("code_prefix_differs", [unit], 4),
    ]
    assert json.loads(rows[0]["facts"]) == {"parcel_id": B}
    assert json.loads(rows[1]["facts"]) == {"parcel_id": B, "said": A}
    assert found(of.iloc[:1], records.iloc[:1]) == []  # the parcel itself is unknown
    units = table(parcel_id=[unit])
    assert found(units, records.iloc[:1]) == []  # parcels that are units are met by their code


@given(st.permutations(range(5)))
def test_the_order_of_rows_changes_nothing(order):
    of = table(
        parcel_id=[A, B, AWAY, "x", "450298001001JB00001"],
        ownership=["国有", "集体", None, "国有", "国有"],
        village=["12345", "1234", "12345", "12345", None],
        land_use=["1006", "05", "1401", "0999", "05"],
        land_use_scheme=[None, None, "火星", None, "21010"],
    )

    def said(frame):
        rows = find_codes(frame, NO_RECORDS, county_codes=["450123"]) + find_land_use(frame)
        return sorted((row["code"], sorted(row["ids"]), row["facts"]) for row in rows)

    assert said(of.iloc[list(order)]) == said(of)


# ---- land use -----------------------------------------------------------------------------------

#: domain 3.3: code, 21010-2017, 2023
VECTORS = [
    ("01", "耕地", "耕地"),
    ("05", "商服用地", "湿地"),
    ("06", "工矿仓储用地", "农业设施建设用地"),
    ("07", "住宅用地", "居住用地"),
    ("09", "特殊用地", "商业服务业用地"),
    ("10", "交通运输用地", "工矿用地"),
    ("11", "水域及水利设施用地", "仓储用地"),
    ("12", "其他土地", "交通运输用地"),
    ("13", None, "公用设施用地"),
    ("16", None, "留白用地"),
    ("24", None, "其他海域"),
    ("0601", "工业用地", "农村道路"),
    ("1001", "铁路用地", "工业用地"),
    ("1201", "空闲地", "铁路用地"),
    ("1207", "裸岩石砾地", "城镇村道路用地"),
    ("0703", None, "农村宅基地"),
    ("1002", "轨道交通用地", "采矿用地"),
]


@pytest.mark.parametrize(("code", "current", "planned"), VECTORS)
def test_a_code_means_what_its_scheme_says(code, current, planned):
    assert land_use_name(code, "GB/T 21010-2017") == current
    assert land_use_name(code, "用地用海分类 2023") == planned


def test_schemes_are_whole():
    current = schemes()["GB/T 21010-2017"].names
    assert sum(len(code) == 2 for code in current) == 12
    assert sum(len(code) == 4 for code in current) == 73
    planned = schemes()["用地用海分类 2023"].names
    assert sorted(code for code in planned if len(code) == 2) == [f"{k:02d}" for k in range(1, 25)]
    for scheme in schemes().values():
        survey = scheme.key == "三调工作分类"
        for code, (zh, en) in scheme.names.items():
            assert land_use_code(code) == code
            assert zh.strip() == zh != ""
            assert en.isascii()
            assert en
            upper = code[:2] if len(code) <= 4 else code[:4]
            assert upper in scheme.names or survey
    for one in load_rules("land_use")["scheme"]:
        assert one["tag"] in ("V", "M")
        assert one["source"]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("GB/T 21010-2017", "GB/T 21010-2017"),
        ("GB/T21010", "GB/T 21010-2017"),
        ("ＧＢ/Ｔ ２１０１０－２０１７".replace("－", "-"), "GB/T 21010-2017"),
        ("《土地利用现状分类》", "GB/T 21010-2017"),
        ("三调", "三调工作分类"),
        ("用地用海分类", "用地用海分类 2023"),
    ],
)
def test_what_schemes_are_called(said, key):
    assert scheme_of(said).key == key


def test_codes_as_cells_have_them():
    assert scheme_of("火星") is None
    assert land_use_name("0101", "火星") is None
    assert land_use_name("０１０１", "21010", "en") == "paddy field"
    assert land_use_name("010100", "21010") == "水田"
    assert land_use_name("0100", "21010") == "耕地"
    assert land_use_name("01010", "21010") is None
    assert land_use_name("0110", "21010") is None  # its last zero pads nothing
    assert land_use_name("1000", "21010") == "交通运输用地"
    assert land_use_name("05h1", "三调") == "商业服务业设施用地"
    assert land_use_name("0201K", "三调") == "可调整果园"
    assert land_use_name("0201K", "21010") is None
    assert [land_use_code(one) for one in ("水田", "A1", "101", "2022")] == [None] * 3 + ["2022"]


def land(codes, scheme=None):
    ids = [f"P{k}" for k in range(len(codes))]
    return table(parcel_id=ids, land_use=codes, land_use_scheme=scheme)


def uses(of):
    return [(one["code"], one["ids"]) for one in find_land_use(of)]


def test_a_code_that_is_not_in_its_scheme():
    of = land(["0101", "1401", "1401", "水田", None], "GB/T 21010-2017")
    assert uses(of) == [("land_use_unknown", ["P1", "P2"])]
    assert uses(land(["0101", "1401"], "用地用海分类")) == []
    assert uses(land(["0999", "0101"])) == [("land_use_unknown", ["P0"])]
    assert uses(land(["0101"], "火星")) == [("land_use_scheme_unknown", [])]
    assert "火星" in sentence(find_land_use(land(["0101"], "火星"))[0], "zh")


def test_codes_without_a_scheme():
    assert uses(land(["0101", "0103", "0201"])) == []  # one meaning everywhere
    assert uses(land(["水田", "旱地"])) == []
    (asked,) = find_land_use(land(["0101", "0601", "05"]))
    assert (asked["code"], asked["severity"]) == ("land_use_scheme_missing", "question")
    said = sentence(asked, "zh")
    assert "05 商服用地 / 商业服务业用地 / 湿地" in said
    assert "0601 工业用地 / 农村道路" in said
    assert 'land_use_scheme = "GB/T 21010-2017"' in said
    (told,) = find_land_use(land(["1006", "1003", "1107"]))  # 2023 has neither 1006 nor 1107
    assert (told["code"], told["severity"]) == ("land_use_scheme_inferred", "info")
    assert "GB/T 21010-2017 / 三调工作分类" in sentence(told, "zh")
    assert uses(land(["1006", "1401", "1001"])) == [("land_use_scheme_missing", [])]  # none has all


def test_every_file_is_asked_by_itself():
    of = pd.concat([land(["0601"]), land(["0601"]).assign(source_file="q.shp")])
    assert [one["source_file"] for one in find_land_use(of)] == ["p.shp", "q.shp"]
    nameless = land(["0601", "05"]).drop(columns="source_file")
    assert uses(nameless) == [("land_use_scheme_missing", ["P0", "P1"])]


def test_names_are_shown_only_where_the_scheme_is_stated():
    codes = pd.Series(["0601", "0601", "0601", None, "水田"], dtype="str")
    stated = pd.Series(["21010", "用地用海分类", None, "21010", "21010"], dtype="str")
    shown = named_uses(codes, stated, "zh").tolist()
    assert shown[:3] + shown[4:] == ["0601 工业用地", "0601 农村道路", "0601", "水田"]
    assert pd.isna(shown[3])
    assert named_uses(codes, stated, "en")[0] == "0601 industry"


# ---- through a campaign -------------------------------------------------------------------------


def test_the_campaigns_word_fills_the_scheme_where_no_cell_has_one(tmp_path):
    of = gpd.GeoDataFrame(
        {
            "宗地代码": ["A", "B", "C"],
            "地类编码": ["0601", None, "05"],
            "地类标准": [None, None, "三调"],
        },
        geometry=[box(20 * k, 0, 20 * k + 10, 10) for k in range(3)],
        crs="EPSG:4526",
    )
    of.to_file(tmp_path / "p.gpkg")
    options = SourceOptions(path="p.gpkg", land_use_scheme="GB/T 21010-2017")
    frame = read_vector(tmp_path / "p.gpkg", "parcels", options).frame
    filled = frame["land_use_scheme"].astype("object").where(frame["land_use_scheme"].notna(), None)
    assert filled.tolist() == ["GB/T 21010-2017", None, "三调"]


def manifest(**campaign):
    named = {"name": "x", "crs": "EPSG:4526", **campaign}
    return {"campaign": named, "layers": {"parcels": {"path": "p.gpkg"}}}


def test_the_countys_code_in_the_manifest():
    assert parse_settings(manifest()).campaign.county_code == []
    assert parse_settings(manifest(county_code="450123")).campaign.county_code == ["450123"]
    both = parse_settings(manifest(county_code=[450123, "4502"], county_code_year=2020)).campaign
    assert (both.county_code, both.county_code_year) == (["450123", "4502"], 2020)
    for wrong in ("45012", "45012A", "0501", "450123001"):
        with pytest.raises(CampaignError, match="county_code"):
            parse_settings(manifest(county_code=wrong))


def test_a_campaign_asks_and_takes_the_answer(tmp_path, monkeypatch):
    from landgis.workflow import assess

    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "household.key"))
    folder = tmp_path / "county"
    folder.mkdir()
    of = parcels({A: box(0, 0, 10, 10), AWAY: box(10, 0, 20, 10)})[["parcel_id", "geometry"]]
    of = of.rename(columns={"parcel_id": "宗地代码"}).assign(地类编码=["0601", "05"], 权属="国有")
    of.to_file(folder / "p.gpkg")
    red = of[["geometry"]].iloc[:1].assign(项目编号="P1")
    red.to_file(folder / "red.gpkg")

    def codes(head, source):
        text = (
            f'[campaign]\nname = "x"\ncrs = "EPSG:4526"\n{head}\n[layers]\nprojects = "red.gpkg"\n'
        )
        (folder / "campaign.toml").write_text(f"{text}parcels = {source}\n", encoding="utf-8")
        rows = assess(load(folder).campaign).findings
        return {code: rows.loc[rows["code"] == code, "ids"].tolist() for code in set(rows["code"])}

    bare = codes("", '"p.gpkg"')
    assert bare["land_use_scheme_missing"] == [[]]
    assert bare["code_owner_differs"] == [[A, AWAY]]
    assert "code_county_differs" not in bare
    told = codes('county_code = "450123"', '{ path = "p.gpkg", land_use_scheme = "21010" }')
    assert "land_use_scheme_missing" not in told
    assert told["code_county_differs"] == [[AWAY]]
    with pytest.raises(CampaignError, match='no land-use classification "火星"; known: GB/T 21010'):
        codes("", '{ path = "p.gpkg", land_use_scheme = "火星" }')


def test_every_finding_can_be_said_in_both_languages():
    of = table(
        parcel_id=[A, B, AWAY],
        ownership=["国有", "集体", None],
        village=["12345", None, None],
        land_use=["0601", "0999", "05"],
        land_use_scheme=[None, "21010", "火星"],
    )
    records = pd.DataFrame({"record_id": [f"{B}F00010001", "R"], "parcel_id": [A, f"{A}F00010001"]})
    rows = find_codes(of, records, county_codes=["450123"]) + find_land_use(of)
    rows += find_land_use(land(["1006", "1107"]))
    assert {row["code"] for row in rows} == {
        "code_county_differs",
        "code_owner_differs",
        "admin_code_malformed",
        "code_of_unit",
        "code_prefix_differs",
        "land_use_unknown",
        "land_use_scheme_unknown",
        "land_use_scheme_missing",
        "land_use_scheme_inferred",
    }
    for row in findings_frame(rows).to_dict("records"):
        assert sentence(row, "zh") != sentence(row, "en")
        assert "{" not in sentence(row, "zh")
