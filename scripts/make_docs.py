"""Write docs/ anew from the package: the word list, the findings, the commands.

python3 scripts/dev.py docs            writes them
python3 scripts/dev.py docs --check    names the pages that are out of date
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from landgis.base.findings import SEVERITY
from landgis.base.schema import LAYERS, SOURCE_COLUMNS, Column, Layer
from landgis.base.text import section
from landgis.base.words import VALUES

DOCS = Path(__file__).resolve().parent.parent / "docs"
MADE = "<!-- Made by `python3 scripts/dev.py docs`; edit the package, not this page. -->"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a Markdown table."""
    titles = list(head)
    for cells in (titles, ["---"] * len(titles), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def layer_lines(layer: Layer) -> Iterator[str]:
    """Yield one layer's section: what stands in each column, and how offices call it."""
    shape = "no geometry" if layer.geometry == "none" else f"geometry: {layer.geometry}"
    yield from (f"## {layer.name} {section('words', 'zh')[f'layer_{layer.name}']}", "", shape, "")
    own = [column for column in layer.columns if column.name not in SOURCE_COLUMNS]
    yield from table(("column", "中文", "type", "unit", "", "read from"), map(column_cells, own))


def column_cells(column: Column) -> Iterator[str]:
    """Yield the cells of one column."""
    marks = [word for word in ("required", "personal") if getattr(column, word)]
    yield from (f"`{column.name}`", section("words", "zh").get(column.name, ""), column.type)
    yield from (column.unit or "", ", ".join(marks), "、".join(column.aliases))


def words_page() -> str:
    """Return the word list: layers, columns, and the values that cells may hold."""
    lines = [
        MADE,
        "# The word list",
        "",
        "One word per thing, in files, columns, commands, maps and bulletins. A column is found by",
        "its own name or by any name under *read from*; blanks, brackets and units do not matter.",
        f"Every row also carries {', '.join(f'`{name}`' for name in SOURCE_COLUMNS)}.",
        "",
    ]
    for layer in LAYERS.values():
        lines += layer_lines(layer)
    lines += ["## Values", ""]
    said = [
        (f"`{column}`", f"`{value}`", "、".join(names))
        for column, values in VALUES.items()
        for value, names in values.items()
    ]
    lines += table(("column", "value", "read from"), said)
    return "\n".join(lines)


def findings_page() -> str:
    """Return what landgis can notice: code, severity and the sentence in both languages."""
    lines = [
        MADE,
        "# The findings",
        "",
        "What landgis notices in data. Codes and facts are stable; the sentences are for people.",
        "An error must be mended, a warning looked at, a question answered; an info says what was",
        "inferred, and from what.",
        "",
    ]
    chinese, english = section("findings", "zh"), section("findings", "en")
    rows = [
        (f"`{code}`", SEVERITY[code], english.get(code, ""), chinese.get(code, ""))
        for code in sorted(SEVERITY)
    ]
    lines += table(("code", "severity", "sentence", "中文"), rows)
    return "\n".join(lines)


def commands_page() -> str:
    """Return the manual of the commands, as they describe themselves."""
    typer = [sys.executable, "-m", "typer", "landgis.cli", "utils", "docs", "--name", "landgis"]
    told = subprocess.run(typer, check=True, capture_output=True, encoding="utf-8")
    return f"{MADE}\n{told.stdout.rstrip()}\n"


PAGES = {"words.md": words_page, "findings.md": findings_page, "commands.md": commands_page}


def main() -> int:
    """Write the pages, or with --check name those that are out of date."""
    parser = argparse.ArgumentParser(description="Write docs/ anew from the package.")
    parser.add_argument("--check", action="store_true", help="only name what is out of date")
    only_check = parser.parse_args().check
    stale = 0
    for name, page in PAGES.items():
        path, wanted = DOCS / name, page()
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        stale += 1
        print(f"{'out of date' if only_check else 'written'}: docs/{name}")
        if not only_check:
            DOCS.mkdir(exist_ok=True)
            path.write_text(wanted, encoding="utf-8", newline="\n")
    return 1 if only_check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
