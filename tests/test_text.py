"""Two languages, one table: the same keys, the same facts, a sentence for every code."""

import ast
import re
import string
import tomllib
from pathlib import Path

import numpy as np
import pytest
import shapely

from landgis.base import text
from landgis.base.errors import SourceError
from landgis.base.facts import told
from landgis.base.findings import SEVERITY, finding, sentence
from landgis.base.schema import INDICATORS, KINDS, LAYERS, REASONS, STAGES, STATES, VERDICTS
from landgis.io import files
from landgis.spatial.shapes import defect_of

HOUSE = Path(text.__file__).parents[1]
TABLES = {
    language: tomllib.loads((HOUSE / "base" / "texts" / f"{language}.toml").read_text("utf-8"))
    for language in text.LANGUAGES
}


def facts_of(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_a_row_without_its_shape_names_no_column_that_nobody_sent():
    row = finding(
        "row_rejected",
        source_file="a.shp",
        source_row=1,
        reason="geometry_kind_unfit",
        column="geometry",
    )
    assert sentence(row, "zh").startswith("a.shp 第 1 行“图形”：")


def test_what_a_file_really_is_has_a_word_in_both_languages():
    kinds = [name for _, name in files._SIGNATURES]
    for kind in (*kinds, "html", "json", "text", "binary"):
        error = SourceError("file_not_what_it_says", source="a", says=".txt", really=kind)
        for language in text.LANGUAGES:
            assert text.has("words", f"content_{kind}")
            assert text.word(f"content_{kind}", language) in error.say(language)
    assert "内容却是“二进制数据”" in error.say("zh")


def test_the_languages_have_the_same_keys_and_facts():
    assert TABLES["zh"].keys() == TABLES["en"].keys()
    for name, zh in TABLES["zh"].items():
        en = TABLES["en"][name]
        assert zh.keys() == en.keys(), name
        for key in zh:
            assert facts_of(zh[key]) == facts_of(en[key]), (name, key)


def test_every_finding_has_a_sentence():
    assert not set(SEVERITY) - set(TABLES["en"]["findings"])


def test_every_finding_has_a_title():
    for language in text.LANGUAGES:
        titles = TABLES[language]["titles"]
        assert titles.keys() == SEVERITY.keys()
        assert len(set(titles.values())) == len(titles)


def calls(named):
    """Yield (place, code, names of facts) of calls with a constant code and no ** in them."""
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            first = node.args[0] if node.args else None
            facts = {one.arg for one in node.keywords}
            if named(node.func.id) and isinstance(first, ast.Constant) and None not in facts:
                yield f"{path.name}:{node.lineno}", first.value, facts


def test_errors_bring_the_facts_that_their_sentences_name():
    errors = TABLES["en"]["errors"]
    for place, code, facts in calls(lambda name: name.endswith("Error")):
        if code in errors:
            given = facts | ({"why"} if "why_code" in facts else set())
            assert not facts_of(errors[code]) - given, place


#: what `sentence` fills in from the row itself
OF_THE_ROW = {"ids", "count", "area_m2", "where"}


def test_findings_bring_the_facts_that_their_sentences_name():
    sentences = TABLES["en"]["findings"]
    for place, code, facts in calls(lambda name: name == "finding"):
        assert not facts_of(sentences[code]) - facts - OF_THE_ROW, place


BOWTIE = shapely.transform(
    shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), lambda xy: xy + np.array([38513000, 2649000])
)


def test_a_broken_shape_is_told_in_words_and_to_the_centimetre():
    row = finding("geometry_invalid", layer="parcels", ids=["A"], **defect_of(BOWTIE))
    assert sentence(row, "zh") == (
        "权属地块 A：图形有错（呈“8”字形自相交，位置：北 2649001.00，东 38513001.00）。"
        "请在测量软件中改正。"
    )
    place = "N 2649001.00, E 38513001.00"
    assert f"self-intersection (bow-tie) at {place}" in sentence(row, "en")


TOLD = [
    ({"indicator": "land"}, "土地征收", "land"),
    ({"dates": ["agreed_on", "paid_on"]}, "协议签订日期、付款日期", "agreement, payment"),
    ({"found": "Point, LineString"}, "点、线", "Point, LineString"),
    ({"layer": "power_lines"}, "电力线路", "power_lines"),
    ({"day": "2022-09-07"}, "2022年9月7日", "2022-09-07"),
    ({"said": "2022-09-07"}, "2022-09-07", "2022-09-07"),
    ({"relocated": None}, "未填", "not given"),
    ({"rate": 1.08}, "108%", "108%"),
    ({"share": 0.0712}, "7.1%", "7.1%"),
    ({"stated": 1200.0}, "1200", "1200"),
    ({"distance_m": 0.0123}, "0.0123", "0.0123"),
    ({"rows": list("abcdefg")}, "a、b、c、d、e 等（另有 2 个）", "a, b, c, d, e and 2 more"),
    ({"known": "P01, P02"}, "P01、P02", "P01, P02"),
    ({"defect": "a new one"}, "a new one", "a new one"),
]


@pytest.mark.parametrize(("facts", "zh", "en"), TOLD)
def test_facts_become_words(facts, zh, en):
    assert [*told(facts, "zh").values()] == [zh]
    assert [*told(facts, "en").values()] == [en]


@pytest.mark.parametrize("name", ["errors", "findings", "titles", "index", "cli", "map"])
def test_chinese_is_punctuated_as_chinese(name):
    ours = re.compile("[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]")
    plain = {key: re.sub("“[^”]*”", "", said) for key, said in TABLES["zh"][name].items()}
    assert {key: said for key, said in plain.items() if ours.search(said)} == {}


def test_a_chinese_parcel_is_no_sale_block():
    alone = re.compile("(?<!权属)(?<!@ 结尾的)地块(?!行|坐标|面积)")
    assert {k: v for k, v in TABLES["zh"]["findings"].items() if alone.search(v)} == {}
    assert {v for v in TABLES["zh"]["titles"].values() if alone.search(v)} == set()


def raised_codes():
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            first = node.args[0] if node.args else None
            if node.func.id.endswith("Error") and isinstance(first, ast.Constant):
                yield node.func.id, first.value, path.name


def test_every_error_that_is_raised_has_a_sentence():
    ours = {"LandgisError", "CampaignError", "SourceError", "TableError", "CellError"}
    ours |= {"GeometryError", "CRSError", "OutputError", "ExtraError"}
    codes = {(code, where) for name, code, where in raised_codes() if name in ours}
    assert len(codes) > 30
    assert not {pair for pair in codes if pair[0] not in TABLES["en"]["errors"]}


WORDS = [f"layer_{name}" for name in LAYERS] + [f"kind_{name}" for name in KINDS]
WORDS += [f"indicator_{name}" for name in INDICATORS] + [f"stage_{name}" for name in STAGES]
WORDS += [f"state_{name}" for name in STATES] + [f"reason_{name}" for name in REASONS]
WORDS += [f"verdict_{name}" for name in VERDICTS]


@pytest.mark.parametrize("key", WORDS)
def test_every_word_of_the_schema_has_its_word(key):
    assert text.word(key, "zh") != text.word(key, "en")


def test_chinese_sentences_end_as_chinese_sentences_do():
    odd = [k for k, v in TABLES["zh"]["errors"].items() if v.endswith(".")]
    assert not odd
