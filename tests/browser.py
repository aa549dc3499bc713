"""Headless Chromium with the network off: what a page asks for, says and shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


@dataclass
class Opened:
    """A page and what it did."""

    page: Page
    requests: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def ask(self, script: str, *arguments: Any) -> Any:
        """Return what a script finds in the page."""
        return self.page.evaluate(script, *arguments)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; without it the test is skipped, aloud."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on this machine: apt install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1280, height: int = 800
) -> Iterator[Opened]:
    """Open a file from disk with the network off, and note whatever it asks for or complains of."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page = context.new_page()
    seen = Opened(page)

    def note(route: Any) -> None:
        address = route.request.url
        if address.startswith(("file:", "data:", "blob:")) and (
            not address.startswith("file:") or address == path.as_uri()
        ):
            route.continue_()
        else:
            seen.requests.append(address)
            route.abort()

    page.route("**/*", note)
    page.on("console", lambda message: seen.words.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.words.append(f"error: {error}"))
    page.goto(path.as_uri())
    try:
        yield seen
    finally:
        context.close()
