"""Two languages, one table: the same keys, the same facts, a sentence for every code."""

import ast
import string
import tomllib
from pathlib import Path

import pytest

from landgis.base import text
from landgis.base.findings import SEVERITY
from landgis.base.schema import INDICATORS, KINDS, LAYERS, REASONS, STAGES, STATES, VERDICTS

HOUSE = Path(text.__file__).parents[1]
TABLES = {
    language: tomllib.loads((HOUSE / "base" / "texts" / f"{language}.toml").read_text("utf-8"))
    for language in text.LANGUAGES
}


def facts_of(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_the_languages_have_the_same_keys_and_facts():
    assert TABLES["zh"].keys() == TABLES["en"].keys()
    for name, zh in TABLES["zh"].items():
        en = TABLES["en"][name]
        assert zh.keys() == en.keys(), name
        for key in zh:
            assert facts_of(zh[key]) == facts_of(en[key]), (name, key)


def test_every_finding_has_a_sentence():
    assert not set(SEVERITY) - set(TABLES["en"]["findings"])


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
