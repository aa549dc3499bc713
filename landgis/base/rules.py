"""Rules are data: law and defaults from ``rules/*.toml``, with article, date in force and source.

Every rule carries ``tag``: ``V`` (read in the public text), ``L`` (measured) or ``M`` (memory:
a default that a campaign should replace, never printed as law).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

from landgis.base.errors import CampaignError

__all__ = ["load_rules", "override"]


@cache
def _read(name: str) -> dict[str, Any]:
    """Read a rule file of the package."""
    source = files("landgis.base") / "rules" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def load_rules(name: str) -> dict[str, Any]:
    """Return the package's rules of one subject, such as ``"corridors"``; a copy of one's own."""
    return deepcopy(_read(name))


def override(rules: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return rules with a campaign's changes laid over them, table by table.

    Raises
    ------
    CampaignError
        If a change names something that the rules do not have.
    """
    out = deepcopy(dict(rules))
    for name, value in changes.items():
        if name not in out:
            raise CampaignError("rule_unknown", name=name, known=", ".join(sorted(out)))
        both_tables = isinstance(value, Mapping) and isinstance(out[name], Mapping)
        out[name] = override(out[name], value) if both_tables else deepcopy(value)
    return out
