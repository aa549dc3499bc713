"""What can be wrong with the data or with the question, as a tree.

    LandgisError
    ├── CampaignError   the manifest, the command or the question
    ├── SourceError     a file that was handed over
    ├── TableError      columns and values
    │   └── CellError   one cell of a table
    ├── GeometryError   shapes
    ├── CRSError        coordinate reference systems
    ├── OutputError     a file that could not be written
    └── ExtraError      an optional library that is not installed

An error carries a code and facts; its sentence stands in the string tables. Ours mean *your
data or your question*: a mistake of landgis stays a plain exception with its traceback.
"""

from __future__ import annotations

from typing import Any

from landgis.base import text
from landgis.base.facts import told

__all__ = [
    "CRSError",
    "CampaignError",
    "CellError",
    "ExtraError",
    "GeometryError",
    "LandgisError",
    "OutputError",
    "SourceError",
    "TableError",
]


class LandgisError(ValueError):
    """Something in the data or the question that its sender can mend.

    Parameters
    ----------
    code : str
        Key of the sentence in section ``errors`` of the string tables.
    **facts
        What the sentence names: layer, rows, columns, values (never personal cells).
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        """Return the English sentence."""
        return self.say("en")

    def say(self, language: text.Language) -> str:
        """Return the sentence in a language; a fact ``why_code`` is said as its own sentence."""
        facts = told(self.facts, language)
        if "why_code" in facts:
            facts["why"] = text.say("errors", facts["why_code"], facts, language)
        return text.say("errors", self.code, facts, language)


class CampaignError(LandgisError):
    """The manifest, the command or the question is wrong."""


class SourceError(LandgisError):
    """A file that was handed over cannot be used as it is."""


class TableError(LandgisError):
    """A table lacks a column or holds values that cannot be."""


class CellError(TableError):
    """One cell cannot be read."""


class GeometryError(LandgisError):
    """Shapes are missing, broken or of the wrong kind."""


class CRSError(LandgisError):
    """A coordinate reference system is missing, unfit or different from its neighbour's."""


class OutputError(LandgisError):
    """An output could not be written."""


class ExtraError(LandgisError):
    """An optional library is not installed."""
