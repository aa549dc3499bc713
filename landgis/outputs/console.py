"""The console: lines that it can show, one JSON object, a progress bar on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from landgis.base.text import Language, has, say

__all__ = ["print_json", "print_line", "steps"]


def print_line(line: str, *, err: bool = False) -> None:
    """Print a line that any console can show; what it cannot is replaced."""
    stream = sys.stderr if err else sys.stdout
    coding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(line.encode(coding, errors="replace").decode(coding) + "\n")
    stream.flush()


def print_json(answer: dict[str, Any]) -> None:
    """Print the one object of ``--json``; plain ASCII where the console is not Unicode."""
    coding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    print_line(json.dumps(answer, ensure_ascii=coding != "utf8", indent=1))


@contextmanager
def steps(language: Language) -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def step(what: str, done: int, of: int) -> None:
            named = say("cli", f"step_{what}", {}, language) if has("cli", f"step_{what}") else what
            bar.update(task, description=named, completed=done, total=of)

        yield step
