"""The text of a first manifest: what is clear, and what waits for an answer (待确认)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import shapely

from landgis.base.crs import transform
from landgis.base.errors import LandgisError
from landgis.base.findings import sentence
from landgis.base.schema import LAYERS
from landgis.base.text import Language, say, word
from landgis.workflow.found import Found, quoted, source_text
from landgis.workflow.source_answers import answers_of, ask_mark, said_lines, why_asked
from landgis.workflow.working_crs import WorkingCRS

__all__ = ["Others", "manifest_text"]

#: layers whose rows stand once: a second file of the same ground is another answer
_ONCE = ("projects", "parcels", "blocks", "districts")
#: shapes that are looked at, and how many of them may lie on the same ground
_SAMPLE, _SAME_GROUND = 200, 0.2
_SHOWN = 10


@dataclass(frozen=True)
class Others:
    """What else lies in the folder: orthophotos, and files that no reader knows."""

    images: Sequence[str]
    unread: Sequence[str]


def _known_columns(found: Found) -> int:
    """Return how many columns of a file are recognised."""
    return len(found.reading.notes.get("columns", {})) if found.reading else 0


def _on_the_same_ground(found: Found, taken: Sequence[Found]) -> bool:
    """Tell whether a layer draws what others draw already; tables without shapes always do."""
    frames = [one.reading.frame for one in (found, *taken) if one.reading is not None]
    drawn = [one for one in frames if isinstance(one, gpd.GeoDataFrame) and one.crs is not None]
    if len(drawn) < len(taken) + 1:
        return True
    sample = drawn[0].geometry.dropna()
    sample = sample[sample.is_valid].iloc[:_SAMPLE]
    if sample.empty:
        return True
    inside = gpd.GeoDataFrame(geometry=sample.representative_point(), crs=drawn[0].crs)
    for other in drawn[1:]:
        try:
            moved = transform(inside, other.crs)
        except LandgisError:
            return True
        shapes = other.geometry.dropna()
        tree = shapely.STRtree(shapes[shapes.is_valid].to_numpy())
        met = tree.query(moved.geometry.to_numpy(), predicate="intersects")[0]
        if len(set(met)) > _SAME_GROUND * len(inside):
            return True
    return False


def _chosen(layer: str, own: Sequence[Found]) -> tuple[list[Found], list[Found]]:
    """Return the files of a layer that are used, and those that are another answer."""
    if layer not in _ONCE or len(own) < 2:
        return list(own), []
    best = sorted(own, key=_known_columns, reverse=True)
    used = best[:1]
    for one in best[1:]:
        if not _on_the_same_ground(one, used):
            used.append(one)
    return used, [one for one in best if one not in used]


def _layer_lines(layer: str, own: Sequence[Found], language: Language) -> list[str]:
    """Return the lines of one layer: the files used, and what may stand in their place."""
    used, beside = _chosen(layer, own)
    asks = [say("cli", "new_by_columns", {}, language)] if not all(x.sure for x in used) else []
    asks += [say("cli", "new_which", {}, language)] if beside else []
    mark = "；" if language == "zh" else "; "
    remark = mark.join([word(f"layer_{layer}", language), *asks])
    if len(used) == 1:
        lines = [f"{layer} = {source_text(used[0])}  # {remark}"]
    else:
        lines = [f"{layer} = [  # {remark}", *(f"    {source_text(one)}," for one in used), "]"]
    ask = say("cli", "new_or", {}, language)
    lines += [f"# {layer} = {source_text(one)}  # {ask}" for one in beside]
    for one in used:
        lines += [f"# {said}" for said in _questions(one, language)]
        if one.reading is not None:
            lines += said_lines(one, layer, one.reading.findings, language)
    return lines


def _questions(found: Found, language: Language) -> list[str]:
    """Return what reading a file has asked."""
    rows = [] if found.reading is None else found.reading.findings
    lead = say("cli", "new_ask", {}, language)
    return [lead + sentence(row, language) for row in rows if row["severity"] == "question"]


def _open_lines(found: Sequence[Found], language: Language) -> list[str]:
    """Return what waits for an answer: files that fit several layers, none, or cannot be read."""
    lines = []
    alike: dict[tuple[str, ...], list[Found]] = {}
    for one in found:
        named = one.name + (f" [{one.layer}]" if one.layer else "")
        if one.questions and one.trouble is None and one.roles:
            lines += _asked_lines(one, language)
        elif one.trouble is not None:
            facts = {"name": named, "why": " ".join(one.trouble.say(language).split())}
            lines.append(f"# {say('cli', 'new_trouble', facts, language)}")
        elif one.guesses:
            alike.setdefault(tuple(one.guesses), []).append(one)
        elif not one.roles:
            lines.append(f"# {say('cli', 'new_no_role', {'name': named}, language)}")
    for guesses, files in alike.items():
        lines.append(f"# {say('cli', 'new_several', {}, language)}")
        listed = ", ".join(source_text(one) for one in files)
        value = listed if len(files) == 1 else f"[{listed}]"
        lines += [f"# {role} = {value}  # {word(f'layer_{role}', language)}" for role in guesses]
    return lines


def _asked_lines(found: Found, language: Language) -> list[str]:
    """Return what a layer asks, and the line that answers it."""
    said = [" ".join(question.say(language).split()) for question in found.questions]
    lines = [f"# {say('cli', 'new_ask', {}, language)}{one}" for one in said]
    role = found.roles[0]
    for answer in answers_of(found, role):
        why = "；".join(why_asked(found, answer, language)) or ask_mark(language)
        lines.append(f"# {role} = {source_text(found, **answer)}  # {why}")
    return lines


def _other_lines(others: Others, language: Language) -> list[str]:
    """Return the orthophotos, and the names of files that were not looked at."""
    lines = []
    if others.unread:
        mark = "、" if language == "zh" else ", "
        shown = mark.join(others.unread[:_SHOWN]) + ("…" if len(others.unread) > _SHOWN else "")
        facts = {"count": len(others.unread), "names": re.sub(r"[\x00-\x1f\x7f]", " ", shown)}
        lines.append(f"# {say('cli', 'new_unread', facts, language)}")
    for name in others.images:
        ask = say("cli", "new_taken", {}, language)
        lines += ["", "[[image]]", f"path = {quoted(name)}", f"# taken_on = 2022-08-01  # {ask}"]
    return lines


def manifest_text(
    name: str,
    found: Sequence[Found],
    others: Others,
    *,
    working: WorkingCRS,
    language: Language,
) -> str:
    """Return the text of a first manifest.

    Parameters
    ----------
    name : str
        Of the campaign.
    found : sequence of Found
        The layers of the files.
    others : Others
        What else lies in the folder.
    working : WorkingCRS
        The working CRS.
    language : {"zh", "en"}
        Of the comments.
    """

    def told(key: str) -> str:
        return say("cli", key, {}, language)

    clear = {
        layer: [
            one
            for one in found
            if one.roles[:1] == [layer] and one.trouble is None and not one.questions
        ]
        for layer in LAYERS
    }
    crs_said = told("new_crs") if working.sure else working.said(language)
    layers = [
        line for layer, own in clear.items() if own for line in _layer_lines(layer, own, language)
    ]
    if not clear["projects"]:
        layers.append(f"# {told('new_no_red_line')}")
    lines = [
        f"# {told('new_head')}",
        "",
        "[campaign]",
        f"name = {quoted(name)}  # {told('new_name')}",
        f"crs = {quoted(working.crs)}  # {crs_said}",
        f"# as_of = 2022-10-14  # {told('new_as_of')}",
        f'language = "{language}"',
        f'acquired_when = "agreed"  # {told("new_acquired")}',
        f'area_basis = "stated"  # {told("new_area")}',
        f'edition = "internal"  # {told("new_edition")}',
        "",
        f"[layers]  # {told('new_layers')}",
        *layers,
        *_open_lines(found, language),
        *_other_lines(others, language),
    ]
    return "\n".join(lines) + "\n"
