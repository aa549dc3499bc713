"""Folders of a KML as layers: by their names where these are words of the trade, else by number.

A phone keeps one folder per household, called by its holder and his telephone, so a name is shown
only if it says what the folder holds, is a village's or a code. Folders known by number that hold
shapes of one kind are one layer: ``#Polygon``, or ``*`` where there is nothing else in the file;
so are many that differ by their sender's numbers only, a folder per parcel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

from landgis.base.place_names import is_common, labels_of, numbered
from landgis.io.drawing.labels import code_in

__all__ = ["EVERY", "Folders", "folders_of"]

#: what all folders of a file are called together
EVERY = "*"
#: a number of ours, or of the sender's: 第3户, 012
_NUMBER = re.compile(r"#?[0-9]+")
#: more folders of one kind that differ by the sender's numbers only are one layer
_MOST = 16


@dataclass(frozen=True)
class Folders:
    """What the folders of a KML are called here.

    Attributes
    ----------
    layers : tuple of (str, str or None)
        What a campaign is offered as layers, each with the type of its shapes.
    own : mapping
        Label of each folder to its own name.
    groups : mapping
        Name of a layer of several folders to their labels.
    """

    layers: tuple[tuple[str, str | None], ...]
    own: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]

    def called(self, wanted: str) -> str | None:
        """Return the layer or label that a campaign means, by our name or the folder's own."""
        if wanted in self.groups or wanted in self.own:
            return wanted
        return next((label for label, name in self.own.items() if name == wanted), None)

    def members(self, name: str) -> set[str]:
        """Return the own names of the folders that are a layer."""
        return {self.own[label] for label in self.groups.get(name, (name,))}


def folders_of(kinds: Mapping[str, Set[str]]) -> Folders:
    """Return what folders are called.

    Parameters
    ----------
    kinds : mapping
        Folder, as its sender names it and those around it, to the types of its shapes; in order.
    """
    names = list(kinds)
    labels = labels_of(names, lambda part: is_common(part) or code_in(part) is not None)
    own = dict(zip(labels, names, strict=True))
    told = {label: _kind(kinds[name]) for label, name in own.items()}
    groups: dict[str, list[str]] = {}
    for label, kind in told.items():
        groups.setdefault(_NUMBER.sub(f"#{kind or '-'}", label), []).append(label)
    groups = _parted(groups)
    layers: dict[str, str | None] = {}
    for group, members in groups.items():
        name = members[0] if len(members) == 1 else EVERY if len(groups) == 1 else group
        layers[name] = told[members[0]]
    several = {
        name: tuple(members)
        for name, members in zip(layers, groups.values(), strict=True)
        if len(members) > 1
    }
    return Folders(tuple(layers.items()), own, several)


def _parted(groups: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return groups without those that are few folders by numbers of their sender's."""
    out: dict[str, list[str]] = {}
    for group, members in groups.items():
        if len(members) > _MOST or any(numbered(one) for one in members):
            out[group] = members
        else:
            out |= {one: [one] for one in members}
    return out


def _kind(types: Set[str]) -> str | None:
    """Return the type of the shapes of a folder, None where it has none."""
    return next(iter(types)) if len(types) == 1 else "Unknown" if types else None
