"""Which columns of a ledger make a wide one of it: its blocks of kinds, and what must be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from landgis.base.errors import SourceError
from landgis.base.schema import KINDS, LAYERS
from landgis.base.units import UNITS
from landgis.io.ledger.wide_words import Place, place_of
from landgis.io.row.columns import header_unit, roles_of, toml_text
from landgis.io.row.draft import Source, SourceOptions
from landgis.io.row.kinds import kind_of_name

__all__ = ["COUNTED", "WidePlan", "number_columns", "wide_plan", "wide_units"]

#: our columns by which a block counts something
COUNTED = ("quantity", "amount_yuan")


@dataclass(frozen=True)
class WidePlan:
    """The blocks of a wide ledger.

    Attributes
    ----------
    blocks : dict
        Kind and item to our columns, each with the sent one.
    shared : tuple of str
        Sent columns of no kind.
    unused : tuple of str
        Sent columns of a kind that another column of it goes before.
    """

    blocks: dict[tuple[str, str], dict[str, str]]
    shared: tuple[str, ...]
    unused: tuple[str, ...]


def wide_plan(
    names: Sequence[str], layer_name: str, options: SourceOptions, source: Source
) -> WidePlan | None:
    """Return the blocks of a ledger, None where it is no wide one.

    Parameters
    ----------
    names : sequence of str
        Its columns as sent.
    layer_name : str
        Layer of the schema; only records have kinds.
    options : SourceOptions
        What the campaign says; ``columns = {"青苗" = "crop.amount_yuan"}`` places a column.
    source : Source
        File and sheet.

    Raises
    ------
    SourceError
        If a column may count or pay, or two columns count the same: a question with its line.
    """
    if layer_name != "records" or options.kind is not None:
        return None
    given = {name: role for name, role in options.columns.items() if "." in role}
    plain = set(options.columns) - set(given)
    told = {role for name in names if name not in plain for role in roles_of(name, layer_name)}
    if "kind" in told | set(options.columns.values()) or "quantity" in options.columns.values():
        return None
    placed = {name: place for name in names if (place := place_of(name)) and name not in plain}
    placed |= {name: _given(role, name, source) for name, role in given.items()}
    kinds = {(one.kind, one.item) for one in placed.values() if one.role in (*COUNTED, "")}
    if len(kinds) < 2 or (not given and _is_of_one_kind(kinds, source)):
        return None
    return _planned(names, placed, set(given), source)


def _given(role: str, name: str, source: Source) -> Place:
    """Return what the user says a column is.

    Raises
    ------
    SourceError
        If there is no such kind or column.
    """
    kind, _, column = role.partition(".")
    known = [f"{one}.{two}" for one in KINDS for two in COUNTED]
    if kind not in KINDS or column not in LAYERS["records"].names:
        raise SourceError(
            "role_unknown",
            source=source.label,
            column=role,
            layer="records",
            known=", ".join(known),
        )
    found = place_of(name)
    return Place(kind, found.item if found else "", column, found.unit if found else None)


def _is_of_one_kind(kinds: set[tuple[str, str]], source: Source) -> bool:
    """Tell whether sheet or file are named after one kind, beside which at most land is counted."""
    file = PurePath(source.file.replace("\\", "/")).stem
    named = next(
        (kind for one in (source.sheet, file) if one and (kind := kind_of_name(one))), None
    )
    return named is not None and {kind for kind, _ in kinds} <= {named, "land"}


def _planned(
    names: Sequence[str], placed: Mapping[str, Place], given: set[str], source: Source
) -> WidePlan:
    """Return the blocks; what cannot be told is asked, all of it at once.

    Raises
    ------
    SourceError
        With the line that answers.
    """
    open_names = [name for name, place in placed.items() if not place.role]
    if open_names:
        answers = {name: f"{placed[name].kind}.amount_yuan" for name in open_names}
        raise _question("wide_question", answers, source)
    slots: dict[tuple[str, str, str], list[str]] = {}
    for name, place in placed.items():
        slots.setdefault((place.kind, place.item, place.role), []).append(name)
    blocks: dict[tuple[str, str], dict[str, str]] = {}
    unused = []
    for (kind, item, role), fitting in slots.items():
        best = _best(fitting, kind, role, placed, given)
        if best is None:
            raise _question("wide_twice", dict.fromkeys(fitting, f"{kind}.{role}"), source)
        blocks.setdefault((kind, item), {})[role] = best
        unused += [name for name in fitting if name != best]
    counted = {at: roles for at, roles in blocks.items() if set(roles) & set(COUNTED)}
    lost = [name for at, roles in blocks.items() if at not in counted for name in roles.values()]
    shared = tuple(name for name in names if name not in placed)
    return WidePlan(counted, shared, (*unused, *lost))


def _best(
    names: Sequence[str], kind: str, role: str, placed: Mapping[str, Place], given: set[str]
) -> str | None:
    """Return the one of several columns that counts: the user's, or that in the kind's own unit."""
    for chosen in (
        [name for name in names if name in given],
        list(names),
        [name for name in names if role == "quantity" and _own_unit(placed[name].unit, kind)],
    ):
        if len(chosen) == 1:
            return chosen[0]
    return None


def _own_unit(unit: str | None, kind: str) -> bool:
    """Tell whether a unit is the one that a kind is counted in."""
    return unit is not None and UNITS[unit][1] == KINDS[kind]


def _question(code: str, answers: Mapping[str, str], source: Source) -> SourceError:
    """Return the question with the line that answers it."""
    pairs = [f"{toml_text(name)} = {toml_text(role)}" for name, role in answers.items()]
    lines = [", ".join(pairs)] if code == "wide_question" else pairs
    line = " / ".join(f"columns = {{ {one} }}" for one in lines)
    ways = [dict(answers)] if code == "wide_question" else [{n: r} for n, r in answers.items()]
    return SourceError(code, source=source.label, names=", ".join(answers), line=line, answers=ways)


def number_columns(plan: WidePlan) -> set[str]:
    """Return the sent columns of a wide ledger that hold numbers."""
    numbers = (*COUNTED, "unit_price_yuan")
    columns = [one for roles in plan.blocks.values() for one in roles.items()]
    return {name for role, name in columns if role in numbers}


def wide_units(plan: WidePlan, told: Mapping[str, str]) -> dict[str, str]:
    """Return the units that a title line (by what they measure) gives to columns without one.

    An area only to what is counted in mu: beside land in mu, buildings stand in square metres.
    """
    found = {}
    for (kind, _), roles in plan.blocks.items():
        for role, name in roles.items():
            in_mu = role == "quantity" and KINDS[kind] == "mu"
            money = role in ("amount_yuan", "unit_price_yuan")
            unit = told.get("money" if money else "area" if in_mu else "")
            if unit and header_unit(name) is None:
                found[name] = unit
    return found
