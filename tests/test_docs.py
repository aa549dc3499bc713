"""The pages in docs/ say what the package says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_pages_are_those_that_the_package_makes():
    make = [sys.executable, str(ROOT / "scripts" / "make_docs.py"), "--check"]
    told = subprocess.run(make, capture_output=True, encoding="utf-8", cwd=ROOT, check=False)
    assert (told.returncode, told.stdout) == (0, ""), f"{told.stderr}run scripts/dev.py docs"
