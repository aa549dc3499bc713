"""Which sent column is which of ours: by the user's word, our own name, an alias, a truncated name.

Two sent columns that fit one role are a question, never a choice. Personal columns are named here,
so that nothing behind this room ever sees their cells.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from landgis.base.errors import SourceError
from landgis.base.privacy import column_fate
from landgis.base.schema import LAYERS, SOURCE_COLUMNS
from landgis.base.units import UNITS

__all__ = [
    "JOINT",
    "ColumnPlan",
    "header_unit",
    "plain_name",
    "plan_columns",
    "roles_of",
    "score_header",
    "toml_text",
]

_BRACKETED = re.compile(r"[(\[{<【〔《]([^()\[\]{}<>【】〔〕《》]*)[)\]}>】〕》]?")
_NOISE = re.compile(r"[\s*:、,.;。:_\-/\\]+")
#: a shapefile keeps ten bytes of a name: five characters of GBK, three of UTF-8
_TRUNCATED_BYTES = 9
#: between the parts of a header that stands in two rows: 房屋/面积
JOINT = "/"


@dataclass(frozen=True)
class ColumnPlan:
    """What becomes of each sent column.

    Attributes
    ----------
    ours : dict
        Our column to the sent one.
    units : dict
        Our column to the unit that its header names, a key of `UNITS`.
    personal : tuple of str
        Sent columns that are dropped as personal (never kept, or names not listed to be kept).
    free_text : tuple of str
        Sent columns that are dropped as free text.
    kept : tuple of str
        Personal or free-text columns that the campaign lists with a purpose.
    unused : tuple of str
        Sent columns that no word of the layer knows.
    truncated : dict
        Sent names that were recognised though cut off, to our column.
    """

    ours: dict[str, str]
    units: dict[str, str]
    personal: tuple[str, ...] = ()
    free_text: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    truncated: dict[str, str] = field(default_factory=dict)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Sent columns whose cells may be shown to nobody."""
        return (*self.personal, *self.free_text, *self.kept)


def toml_text(text: str) -> str:
    """Return a text as TOML writes it between quotation marks."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def plain_name(name: str) -> str:
    """Return a column name for comparison: NFKC, no blanks, brackets or marks, lower case."""
    said = unicodedata.normalize("NFKC", str(name))
    return _NOISE.sub("", _BRACKETED.sub("", said)).casefold()


def header_unit(name: str) -> str | None:
    """Return the unit a header names: in brackets, as its last word, or counted (栋数)."""
    said = unicodedata.normalize("NFKC", str(name)).replace(" ", "")
    for inner in _BRACKETED.findall(said):
        unit: str = inner.removeprefix("单位").strip(":").split("/")[0]
        if unit in UNITS or unit.lower() in UNITS:
            return unit if unit in UNITS else unit.lower()
    bare = _BRACKETED.sub("", said)
    counted = bare.removesuffix("数")
    if counted != bare:
        bare = counted[-1:]
    endings = [unit for unit in UNITS if bare.endswith(unit) and not unit.isascii()]
    return max(endings, key=len) if endings else None


@cache
def _words(layer_name: str) -> dict[str, tuple[str, ...]]:
    """Return plain word to the layer's columns that it may mean."""
    known: dict[str, list[str]] = defaultdict(list)
    for column in LAYERS[layer_name].columns:
        if column.name not in SOURCE_COLUMNS:
            for word in (column.name, *column.aliases):
                if column.name not in known[plain_name(word)]:
                    known[plain_name(word)].append(column.name)
    return {word: tuple(names) for word, names in known.items() if word}


def _without_unit(plain: str) -> str:
    """Return a plain name without a unit written behind it (征收面积亩)."""
    unit = max((u for u in UNITS if not u.isascii() and plain.endswith(u)), key=len, default="")
    return plain.removesuffix(unit)


def roles_of(sent: str, layer_name: str) -> tuple[str, ...]:
    """Return our columns that a sent name may mean; joined headers also by their last part."""
    words = _words(layer_name)
    parts = _BRACKETED.sub("", unicodedata.normalize("NFKC", sent)).split(JOINT)
    for part in dict.fromkeys((JOINT.join(parts), parts[-1])):
        plain = plain_name(part)
        found = words.get(plain) or words.get(_without_unit(plain))
        if found:
            return found
        if column_fate(sent) != "keep":
            return ()
    return ()


def _cut_roles(sent: str, layer_name: str, encoding: str) -> tuple[str, ...]:
    """Return our columns that a name cut at ten bytes may mean."""
    plain = plain_name(sent)
    if len(sent.encode(encoding, "replace")) < _TRUNCATED_BYTES or not plain:
        return ()
    words = _words(layer_name)
    fits = {name for word, names in words.items() if word.startswith(plain) for name in names}
    return tuple(sorted(fits))


def score_header(names: Iterable[str], layer_name: str) -> int:
    """Return how many names are known: columns of the layer, or personal columns."""
    return sum(
        bool(roles_of(name, layer_name)) or column_fate(name, {}) != "keep"
        for name in names
        if name
    )


def plan_columns(
    sent: Sequence[str],
    layer_name: str,
    *,
    source: str,
    columns: Mapping[str, str] | None = None,
    keep: Mapping[str, str] | None = None,
    reserved: Iterable[str] = (),
    truncated_in: str | None = None,
) -> ColumnPlan:
    """Decide which sent column is which of ours.

    Parameters
    ----------
    sent : sequence of str
        Names as the file has them.
    layer_name : str
        Layer of the schema.
    source : str
        File and sheet, for messages.
    columns : mapping, optional
        The user's word, sent to ours; it wins over every alias.
    keep : mapping, optional
        Personal columns that are kept, each with its purpose.
    reserved : iterable of str
        Our columns that are made in another way, so that no alias is asked for them.
    truncated_in : str, optional
        Encoding in which names may be cut at ten bytes (shapefiles).

    Raises
    ------
    SourceError
        If two sent columns fit one role, or the user names a column that is not there or a role
        that the layer does not have.
    """
    named = _checked(columns or {}, sent, layer_name, source)
    fates = {name: column_fate(name, keep or {}) for name in sent}
    never = [name for name in sent if fates[name] == "never"]
    open_names = [name for name in sent if name not in named and name not in never]
    found, cut = _by_word(open_names, layer_name, {*named.values(), *reserved}, truncated_in)
    chosen = _settled(found, source)
    ours = {role: name for name, role in named.items()} | chosen
    used = set(ours.values())
    rest = [name for name in sent if name not in used and name not in never]
    return ColumnPlan(
        ours=ours,
        units={name: unit for name, at in ours.items() if (unit := header_unit(at))},
        personal=tuple(never + [name for name in rest if fates[name] == "name"]),
        free_text=tuple(name for name in rest if fates[name] == "free_text"),
        kept=tuple(name for name in rest if fates[name] == "keep" != column_fate(name)),
        unused=tuple(name for name in rest if fates[name] == "keep" == column_fate(name)),
        truncated={at: name for name, at in chosen.items() if at in cut},
    )


def _checked(
    columns: Mapping[str, str], sent: Sequence[str], layer_name: str, source: str
) -> dict[str, str]:
    """Return the user's mapping, or refuse a column or a role that does not exist."""
    known = [n for n in LAYERS[layer_name].names if n not in SOURCE_COLUMNS]
    for name, ours in columns.items():
        if name not in sent:
            there = ", ".join(map(str, sent)) or "-"
            raise SourceError("column_not_there", source=source, column=name, there=there)
        if column_fate(name) in ("never", "name"):
            raise SourceError("column_personal", source=source, column=name)
        if ours not in known:
            raise SourceError(
                "role_unknown", source=source, column=ours, layer=layer_name, known=", ".join(known)
            )
    return dict(columns)


def _by_word(
    names: Sequence[str], layer_name: str, taken: set[str], truncated_in: str | None
) -> tuple[dict[str, list[str]], set[str]]:
    """Return our column to the sent ones that fit it, and the names recognised though cut off."""
    found: dict[str, list[str]] = defaultdict(list)
    cut = set()
    for name in names:
        roles = [role for role in roles_of(name, layer_name) if role not in taken]
        for role in roles:
            found[role].append(name)
    if truncated_in:
        matched = {name for fitting in found.values() for name in fitting}
        full = taken | set(found)
        for name in names:
            roles = list(_cut_roles(name, layer_name, truncated_in)) if name not in matched else []
            if len(roles) == 1 and roles[0] not in full:
                found[roles[0]].append(name)
                cut.add(name)
    return found, cut


def _answer(name: str, role: str) -> str:
    """Return the line of the manifest that chooses a column for a role."""
    return f"columns = {{ {toml_text(name)} = {toml_text(role)} }}"


def _settled(found: Mapping[str, list[str]], source: str) -> dict[str, str]:
    """Return our column to its one sent column; our own name wins; two aliases are a question."""
    chosen = {}
    for role, names in found.items():
        own = [name for name in names if name == role]
        if len(own or names) > 1:
            line = " / ".join(_answer(name, role) for name in names)
            raise SourceError(
                "column_question",
                source=source,
                column=role,
                names=", ".join(names),
                line=line,
                candidates=list(names),
            )
        chosen[role] = (own or names)[0]
    twice = [name for name in chosen.values() if list(chosen.values()).count(name) > 1]
    if twice:
        roles = [role for role, name in chosen.items() if name == twice[0]]
        line = " / ".join(_answer(twice[0], role) for role in roles)
        raise SourceError(
            "role_question",
            source=source,
            column=twice[0],
            names=", ".join(roles),
            line=line,
            candidates=roles,
        )
    return chosen
