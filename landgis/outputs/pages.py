"""A page for a console: lines under labels, broken at its width."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from landgis.base import text
from landgis.base.text import Language
from landgis.outputs.shown import width_of

__all__ = ["Page", "known_rows", "listed", "pieces"]

_WIDTH, _LABEL = 100, 10
#: what a line is not broken within: words, numbers, names of files and codes
_WORD = re.compile(r"[0-9A-Za-z_.\-/#:%+=\"{}\[\]]+|.", re.DOTALL)
_OPENING, _CLOSING = "（“《【〔", "，。；：、！？）”》】〕…·"


class Page:
    """Lines under labels, broken at the width of a console."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.lines: list[str] = []

    def say(self, key: str, **facts: Any) -> str:
        """Return a sentence of this screen."""
        return text.say("inspect", key, facts, self.language)

    def mark(self) -> str:
        """Return what stands between parts of a line."""
        return "，" if self.language == "zh" else ", "

    def put(self, label: str, parts: Iterable[str], between: str | None = None) -> None:
        """Add parts under a label, as many to a line as fit."""
        between = self.mark() if between is None else between
        lead = label + " " * max(1, _LABEL - width_of(label))
        line, at_start = lead, True
        for part in parts:
            more = part if at_start else between + part
            if not at_start and width_of(line + more) > _WIDTH:
                self.lines.append(line.rstrip() + between.rstrip())
                line, more = " " * _LABEL, part
            line, at_start = line + more, False
        if not at_start:
            self.lines.append(line.rstrip())


def known_rows(tables: Mapping[str, pd.DataFrame], name: str) -> list[dict[str, Any]]:
    """Return the rows of a table, each with the cells that hold something."""
    return [
        {
            str(key): value
            for key, value in row.items()
            if isinstance(value, (list, dict)) or not pd.isna(value)
        }
        for row in tables[name].to_dict("records")
    ]


def listed(names: Iterable[str], language: Language) -> str:
    """Return names in a row."""
    return text.word("list_mark", language).join(names)


def pieces(said: str) -> list[str]:
    """Return a text as pieces that a line may be broken between.

    No line begins with a closing mark or ends with an opening one.
    """
    out: list[str] = []
    opened = ""
    for part in _WORD.findall(said):
        if part in _OPENING:
            opened += part
        elif part in _CLOSING and out and not opened:
            out[-1] += part
        else:
            out.append(opened + part)
            opened = ""
    return [*out, opened] if opened else out
