"""Reading a file that asks back: each question is noted, answered for the time being, and read on.

So one look tells everything else of a file. What was read on a provisional answer goes into no
store: a load asks again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from landgis.base.errors import LandgisError
from landgis.io.row.draft import Reading, SourceOptions

__all__ = ["KIND", "NO_CRS", "OF_THE_ROLE", "Asked", "read_asking"]

#: what stands for a CRS that nothing tells
NO_CRS = 'LOCAL_CS["not known",UNIT["metre",1]]'
#: refusals that speak of the role a file was read as, and not of the file
OF_THE_ROLE = (
    "column_missing",
    "header_not_found",
    "shapes_of_other_kind",
    "column_question",
    "role_question",
    "kind_question",
)
_ENCODING = "gb18030"
#: a kind of records, as an example
KIND = "house"
_MOST_QUESTIONS = 12


@dataclass(frozen=True)
class Asked:
    """What became of a file that may have asked.

    Attributes
    ----------
    reading : Reading or None
        Its rows, as far as provisional answers go.
    questions : tuple of LandgisError
        What it asked on the way.
    trouble : LandgisError or None
        What stopped the reading for good.
    """

    reading: Reading | None
    questions: tuple[LandgisError, ...] = ()
    trouble: LandgisError | None = None


def read_asking(
    reader: Callable[[Path, str, SourceOptions], Reading],
    path: Path,
    role: str,
    options: SourceOptions,
    *,
    go_on: bool = True,
) -> Asked:
    """Read a file as a layer of the schema, whatever it asks; without `go_on` a question ends it.

    Parameters
    ----------
    reader : callable
        Path, layer of the schema and options to a reading.
    path, role, options
        What it is called with.
    go_on : bool
        Whether questions are answered for the time being.
    """
    questions: list[LandgisError] = []
    while True:
        try:
            return Asked(reader(path, role, options), tuple(questions))
        except LandgisError as error:
            answer = _for_now(error, options) if go_on else None
            if answer is None or len(questions) >= _MOST_QUESTIONS:
                return Asked(None, tuple(questions), error)
            questions.append(error)
            options = answer


def _for_now(question: LandgisError, options: SourceOptions) -> SourceOptions | None:
    """Return options with a provisional answer; None where there is nothing to go on with."""
    code, facts = question.code, question.facts
    if code == "column_question":
        return _with_column(options, facts["candidates"][0], facts["column"])
    if code == "role_question":
        return _with_column(options, facts["column"], facts["candidates"][0])
    if code in ("crs_question", "meridian_question", "places_mixed") and options.crs is None:
        return replace(options, crs=NO_CRS)
    if code == "encoding_question" and options.encoding is None:
        return replace(options, encoding=_ENCODING)
    if code in ("wide_question", "wide_twice"):
        answer = facts["answers"][0]
        again = bool(answer.keys() & options.columns.keys())
        return None if again else replace(options, columns={**options.columns, **answer})
    if code == "kind_question" and options.kind is None:
        return replace(options, kind=KIND)
    return None


def _with_column(options: SourceOptions, sent: str, ours: str) -> SourceOptions | None:
    """Return options in which a column is answered for; None where it was already."""
    if sent in options.columns:
        return None
    return replace(options, columns={**options.columns, sent: ours})
