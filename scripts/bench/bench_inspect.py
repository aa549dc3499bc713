"""What `landgis inspect` takes beyond the bulk read of the same file; ratio and seconds.

python scripts/bench/bench_inspect.py --megabytes 50 --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench_load import bare, make_county

from landgis.outputs.inspected import screen
from landgis.workflow.inspection import inspect

_BYTES_PER_PARCEL = 1185  # of the county that bench_load makes, six vertices inside each side


def looked_at(path: Path) -> list[str]:
    """Inspect a file as parcels; return its screen."""
    told = inspect(path)
    return screen(told.tables, told.findings, "zh")


def main() -> None:
    """Make the county, take turns, print what looking costs beside reading."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--megabytes", type=float, default=50.0)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seed", type=int, default=3)
    asked.add_argument("--file", type=Path, help="a shapefile made before")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parcels = int(told.megabytes * 1e6 / _BYTES_PER_PARCEL)
        path = told.file or make_county(Path(folder), parcels, 6, told.seed)
        lines = looked_at(path)
        print(*lines, sep="\n")
        assert len(lines) <= 40
        took: dict[str, list[float]] = {"bulk read": [], "inspect": []}
        for _ in range(told.rounds):
            for name, way in (("bulk read", bare), ("inspect", looked_at)):
                began = time.perf_counter()
                way(path)
                took[name].append(time.perf_counter() - began)
        read, inspected = (statistics.median(times) for times in took.values())
        size = sum(one.stat().st_size for one in path.parent.glob(f"{path.stem}.*")) / 1e6
        print(f"\n{size:.0f} MB: bulk read {read:.2f} s, inspect {inspected:.2f} s")
        print(f"ratio {inspected / read:.2f}, beyond the read {inspected - read:.2f} s")


if __name__ == "__main__":
    main()
