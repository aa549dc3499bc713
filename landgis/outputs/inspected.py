"""One screen about a file: what it is, what is wrong with it, which lines of the manifest use it.

The lines of the manifest stand last and bare, to be copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from landgis.base import text
from landgis.base.findings import sentence
from landgis.base.text import Language
from landgis.outputs.inspected_layer import last_part, put_layer, role_said, shapes_said
from landgis.outputs.pages import Page, known_rows, listed, pieces
from landgis.outputs.shown import table_lines

__all__ = ["screen"]

#: most kinds of problems, reasons of rejection and layers on one screen
_PROBLEMS, _REASONS, _LAYERS = 8, 4, 14
Row = Mapping[str, Any]


def screen(
    tables: Mapping[str, pd.DataFrame], findings: pd.DataFrame, language: Language
) -> list[str]:
    """Return what `landgis.workflow.inspection` found of a file as lines for a reader."""
    page = Page(language)
    file = known_rows(tables, "file")[0]
    if "image" in tables:
        _image(page, file, known_rows(tables, "image")[0])
    else:
        layers = known_rows(tables, "layers")
        drivers = dict.fromkeys(_driver(page, one["driver"]) for one in layers if "driver" in one)
        _file_line(page, file, *drivers)
        if len(layers) == 1:
            put_layer(page, layers[0], tables)
        else:
            _several(page, layers, known_rows(tables, "columns"))
        _problems(page, tables, findings)
    _manifest(page, tables["manifest"]["line"].tolist(), _why_empty(tables))
    return page.lines


def _why_empty(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the key of what is said where there are no lines to copy."""
    if "image" in tables:
        return "manifest_heights"
    layers = known_rows(tables, "layers")
    told = any("role_from" in one for one in layers)
    worst = {row["severity"] for row in known_rows(tables, "problems")}
    return "manifest_none" if told or worst & {"error", "question"} else "manifest_empty"


def _file_line(page: Page, file: Row, *more: str) -> None:
    """Add the file with its size."""
    size = float(file["bytes"])
    key, unit = ("size_mb", 1e6) if size >= 1e6 else ("size_kb", 1e3)
    said = page.say(key, size=f"{size / unit:,.1f}")
    page.put(page.say("head_file"), [str(file["source_file"]), *more, said])


def _driver(page: Page, name: str) -> str:
    """Return a format as its sender calls it."""
    key = f"driver_{name.replace(' ', '_')}"
    return page.say(key) if text.has("inspect", key) else name


def _several(page: Page, layers: Sequence[Row], columns: Sequence[Row]) -> None:
    """Add a line for each layer of a file."""
    fates: dict[str, list[str]] = {}
    for row in columns:
        fates.setdefault(str(row.get("source_sheet")), []).append(row["fate"])
    rows = [
        {
            "part": one.get("source_sheet"),
            "role": role_said(page, one, short=True),
            "rows_read": one.get("rows_read"),
            "rejected": one.get("rejected"),
            "shapes": shapes_said(page, one) if "rows_read" in one else None,
            "crs": one.get("crs"),
            "columns_known": _share(fates.get(str(one.get("source_sheet")), [])),
        }
        for one in layers
    ]
    table = pd.DataFrame(rows).astype({"rows_read": "Int64", "rejected": "Int64"})
    page.lines += ["", *table_lines(table, page.language, _LAYERS), ""]


def _share(fates: Sequence[str]) -> str:
    """Return how many columns of a layer are recognised, of how many."""
    return f"{fates.count('role')}/{len(fates)}"


def _problems(page: Page, tables: Mapping[str, pd.DataFrame], findings: pd.DataFrame) -> None:
    """Add the problems by kind, the worst first, each with its first sentence."""
    label = page.say("head_problems")
    kinds = known_rows(tables, "problems")
    told = [row for row in kinds if row["severity"] != "info"]
    if not kinds:
        page.put(label, [page.say("none")])
        return
    for row in told[:_PROBLEMS]:
        page.put(label, _problem(page, row, findings), "")
        label = ""
        if row["code"] == "row_rejected":
            _reasons(page, known_rows(tables, "rejected"))
    if len(told) > _PROBLEMS:
        page.put(label, [page.say("more_kinds", count=len(told) - _PROBLEMS)])
        label = ""
    rest = [_title(row["code"], page.language) for row in kinds if row["severity"] == "info"]
    if rest:
        severity = text.word("severity_info", page.language)
        said = f"[{severity}] {listed(rest, page.language)}"
        page.put(label, pieces(said), "")


def _title(code: str, language: Language) -> str:
    """Return the short name of a kind of finding."""
    return text.say("titles", code, {}, language)


def _problem(page: Page, row: Row, findings: pd.DataFrame) -> list[str]:
    """Return a kind of findings: how many, in which rows, and what the first of them says."""
    facts = {
        "severity": text.word(f"severity_{row['severity']}", page.language),
        "title": _title(row["code"], page.language),
        "count": row["count"],
    }
    said = page.say("problem", **facts)
    if row["code"] == "row_rejected":
        return pieces(said)
    same = (findings["code"] == row["code"]) & (findings["severity"] == row["severity"])
    first: Any = findings[same].iloc[0].to_dict()
    rows = _rows_said(page, row["rows"], row["count"]) if row["count"] > 1 else ""
    colon = "：" if page.language == "zh" else ": "
    return pieces(said + rows + colon + " ".join(sentence(first, page.language).split()))


def _rows_said(page: Page, rows: Sequence[int], count: int) -> str:
    """Return the first rows of a kind of findings."""
    if not rows:
        return ""
    key = "problem_rows" if len(rows) >= count else "problem_rows_more"
    return page.say(key, rows=listed(map(str, rows), page.language))


def _reasons(page: Page, rejected: Sequence[Row]) -> None:
    """Add why rows were rejected."""
    for row in rejected[:_REASONS]:
        facts = {
            "column": _column(page, row),
            "reason": text.say("errors", row["reason"], {}, page.language),
            "rows": _rows_said(page, row["rows"], row["count"]),
            "count": f"{row['count']:,}",
        }
        page.put("", pieces("  " + page.say("rejected_reason", **facts)), "")
    if len(rejected) > _REASONS:
        page.put("", ["  " + page.say("more_kinds", count=len(rejected) - _REASONS)])


def _column(page: Page, row: Row) -> str:
    """Return the column for which rows were rejected."""
    sent = row.get("column", "")
    return page.say("head_shapes") if sent == "geometry" else last_part(sent)


def _image(page: Page, file: Row, image: Row) -> None:
    """Add what a picture is."""
    _file_line(page, file, str(image["driver"]))
    counts = {name: f"{image[name]:,}" for name in ("columns", "rows", "bands")}
    said = page.say("image", pixel_type=image["pixel_type"], **counts)
    page.put(page.say("head_image"), [said])
    if "crs" not in image:
        page.put(page.say("head_crs"), [page.say("image_unplaced")])
        return
    size = {side: f"{image[f'pixel_{side}']:.6g}" for side in ("east", "north")}
    page.put(page.say("head_crs"), [str(image["crs"]), page.say("pixel", **size)])
    sides = {"west": "lon_west", "south": "lat_south", "east": "lon_east", "north": "lat_north"}
    degrees = {side: f"{image[name]:.4f}°" for side, name in sides.items()}
    page.put("", [page.say("extent_degrees", **degrees)])


def _manifest(page: Page, lines: Sequence[str], why_empty: str) -> None:
    """Add the lines of the manifest, as they are to be copied."""
    page.lines.append("")
    if not lines:
        page.lines.append(page.say(why_empty))
        return
    open_too = any(line.startswith("#") for line in lines)
    page.lines += [page.say("head_manifest_open" if open_too else "head_manifest"), *lines]
