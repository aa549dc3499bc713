"""The kind of a record: from its own column, the campaign's word, or the name of sheet or file."""

from __future__ import annotations

from pathlib import PurePath

import pandas as pd

from landgis.base.errors import SourceError
from landgis.base.schema import KINDS
from landgis.base.words import VALUES
from landgis.io.row.columns import toml_text
from landgis.io.row.draft import Draft
from landgis.io.row.places import plain_text

__all__ = ["fill_kinds", "kind_of_name"]


def kind_of_name(name: str) -> str | None:
    """Return the kind that a sheet, layer or file name tells, None where none or several fit."""
    left = plain_text(name).casefold()
    found = set()
    words = [(word, kind) for kind, words in VALUES["kind"].items() for word in (kind, *words)]
    for word, kind in sorted(words, key=lambda pair: -len(pair[0])):
        if word.casefold() in left:
            found.add(kind)
            left = left.replace(word.casefold(), " ")
    return found.pop() if len(found) == 1 else None


def _kind_of_source(draft: Draft) -> tuple[str, str] | None:
    """Return the kind that the source's names tell, and which name tells it."""
    names = {
        "sheet": draft.source.sheet,
        "layer": draft.options.layer,
        "file": PurePath(draft.source.file.replace("\\", "/")).stem,
    }
    for basis, name in names.items():
        if name and (kind := kind_of_name(name)):
            return kind, basis
    return None


def fill_kinds(draft: Draft) -> None:
    """Fill in the kind of every record; a kind that nobody knows rejects the row.

    Raises
    ------
    SourceError
        If nothing tells the kind of any row: a question with the line that answers it.
    """
    told = draft.columns.get("kind", draft.blank().astype("str"))
    draft.columns["kind"] = told
    unknown = told.notna() & ~told.isin(list(KINDS))
    draft.reject("kind", draft.blank().mask(unknown, "kind_unknown"))
    if not told.isna().any():
        return
    if draft.options.kind is not None:
        if draft.options.kind not in KINDS:
            raise SourceError(
                "option_kind_unknown",
                source=draft.source.label,
                kind=draft.options.kind,
                known=", ".join(KINDS),
            )
        kind, basis = draft.options.kind, None
    elif guess := _kind_of_source(draft):
        kind, basis = guess
    elif told.notna().any():
        draft.reject("kind", draft.blank().mask(told.isna(), "kind_unknown"))
        return
    else:
        part = draft.options.layer
        inside = "" if part is None else f", layer = {toml_text(part)}"
        line = f'records = {{ path = "{draft.source.file}"{inside}, kind = "house" }}'
        raise SourceError("kind_question", source=draft.source.label, line=line)
    draft.columns["kind"] = told.where(told.notna(), pd.Series(kind, index=told.index, dtype="str"))
    if basis:
        draft.say("kind_inferred", kind=kind, basis=basis, count=int(told.isna().sum()))
