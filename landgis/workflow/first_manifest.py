"""The text of a first manifest: what is clear, and what waits for an answer (待确认)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landgis.base.errors import LandgisError
from landgis.base.schema import LAYERS
from landgis.base.text import Language, say, word
from landgis.io.draft import Reading

__all__ = ["Found", "manifest_text"]

#: layers that take one source; of several candidates the first is written, the others beside it
_SINGLE = ("projects", "parcels", "blocks", "districts")


@dataclass
class Found:
    """One layer of one file, and what it seems to be."""

    path: Path
    name: str
    layer: str | None
    roles: list[str]
    reading: Reading | None = None
    trouble: LandgisError | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def _source(found: Found, role: str) -> str:
    """Return a source as the manifest writes it."""
    parts = [f'path = "{found.name}"']
    if found.layer is not None:
        parts.append(f'layer = "{found.layer}"')
    if role == "parcels" and found.extra.get("parcel_id"):
        named = ", ".join(f'"{one}"' for one in found.extra["parcel_id"])
        parts.append(f"parcel_id = [{named}]")
    return f'"{found.name}"' if len(parts) == 1 else "{ " + ", ".join(parts) + " }"


def _layer_lines(found: Sequence[Found], language: Language) -> list[str]:
    """Return the lines of ``[layers]``: what is clear, and what waits for an answer."""
    lines = []
    for layer in LAYERS:
        own = [one for one in found if one.roles[:1] == [layer] and one.trouble is None]
        if not own:
            continue
        named = word(f"layer_{layer}", language)
        used, beside = (own[:1], own[1:]) if layer in _SINGLE else (own, [])
        if len(used) == 1:
            lines.append(f"{layer} = {_source(used[0], layer)}  # {named}")
        else:
            lines.append(f"{layer} = [  # {named}")
            lines += [f"    {_source(one, layer)}," for one in used]
            lines.append("]")
        for one in beside:
            ask = say("cli", "new_or", {}, language)
            lines.append(f"# {layer} = {_source(one, layer)}  # {ask}")
    for one in found:
        if one.trouble is not None:
            why = " ".join(one.trouble.say(language).split())
            lines.append(f"# {say('cli', 'new_trouble', {'name': one.name, 'why': why}, language)}")
        elif not one.roles:
            layer = f" [{one.layer}]" if one.layer else ""
            facts = {"name": one.name + layer}
            lines.append(f"# {say('cli', 'new_no_role', facts, language)}")
    return lines


def manifest_text(
    name: str,
    found: Sequence[Found],
    images: Sequence[Path],
    root: Path,
    crs: str,
    sure: bool,
    language: Language,
) -> str:
    """Return the text of a first manifest."""

    def told(key: str) -> str:
        return say("cli", key, {}, language)

    lines = [
        f"# {told('new_head')}",
        "",
        "[campaign]",
        f"name = {_quoted(name)}  # {told('new_name')}",
        f'crs = "{crs}"  # {told("new_crs" if sure else "new_crs_ask")}',
        f"# as_of = 2022-10-14  # {told('new_as_of')}",
        f'language = "{language}"',
        f'acquired_when = "agreed"  # {told("new_acquired")}',
        f'area_basis = "stated"  # {told("new_area")}',
        'edition = "internal"',
        "",
        f"[layers]  # {told('new_layers')}",
        *_layer_lines(found, language),
    ]
    for path in images:
        relative = path.relative_to(root).as_posix()
        lines += [
            "",
            "[[image]]",
            f'path = "{relative}"',
            f"# taken_on = 2022-08-01  # {told('new_taken')}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a name as a TOML string."""
    return '"' + text.replace("\\", "/").replace('"', "'") + '"'
