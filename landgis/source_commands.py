"""Commands about files: what one is, whether one is as it was, and layers handed on."""

from __future__ import annotations

import typer

__all__ = ["app"]

app = typer.Typer()
