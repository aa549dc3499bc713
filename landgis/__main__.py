"""`python -m landgis` is the `landgis` command."""

from __future__ import annotations

import sys

from landgis.cli import main

if __name__ == "__main__":
    sys.exit(main())
