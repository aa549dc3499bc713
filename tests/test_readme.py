"""What the two READMEs show can be typed: commands, options, files, names."""

from __future__ import annotations

import ast
import re
import runpy
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

import landgis
from landgis.cli import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")}
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page, language):
    """Return the fenced blocks of a page in a language ("" = commands)."""
    return [body for said, body in BLOCK.findall(PAGES[page]) if said == language]


def lines(page, word):
    """Return the command lines of a page that begin with a word."""
    every = [line.strip() for block in blocks(page, "") for line in block.splitlines()]
    return [line for line in every if line.startswith(word)]


def test_both_pages_show_the_same_commands_and_code():
    english, chinese = PAGES
    assert [block.split() for block in blocks(english, "")] == [
        block.split() for block in blocks(chinese, "")
    ]
    assert blocks(english, "python") == blocks(chinese, "python")
    assert len(lines(english, "landgis ")) >= 6


@pytest.mark.parametrize("line", lines("README.md", "landgis "))
def test_a_command_line_is_understood(line):
    words = shlex.split(line)[1:]
    group = get_command(app)
    command = group.commands[words[0]]
    context = command.make_context(words[0], words[1:], resilient_parsing=False)
    assert context.params


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_the_checkout_exist(page):
    script = runpy.run_path(str(ROOT / "scripts" / "dev.py"), run_name="dev")
    shown = [line.split() for word in ("python3 ", "py ") for line in lines(page, word)]
    assert [line[-1] for line in shown] == ["demo", "test", "demo"]
    assert {line[-1] for line in shown} <= set(script["COMMANDS"])
    assert {line[-2].replace("\\", "/") for line in shown} == {"scripts/dev.py"}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_linked_is_there(page):
    links = re.findall(r"\]\(([^)#]+)\)", PAGES[page])
    assert len(links) >= 5
    assert [link for link in links if not (ROOT / link).is_file()] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_python_compiles_and_uses_public_names(page):
    code = blocks(page, "python")
    assert code
    for tree in map(ast.parse, code):
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "landgis"
        }
        assert used <= set(landgis.__all__)
        assert all(hasattr(landgis, name) for name in used)


@pytest.mark.parametrize("page", PAGES)
def test_every_name_in_the_text_is_a_name_of_the_package(page):
    last = PAGES[page].rsplit("```", 1)[1]
    named = set(re.findall(r"`([a-z_]+)`", last))
    assert named >= {"attribute", "clean_land", "progress"}
    assert named <= set(landgis.__all__)
