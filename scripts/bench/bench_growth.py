"""How much longer ten times as many parcels take; ratios of medians, in one run.

A seeded county of each size, with defects for `find_topology` and as many records as parcels for
`attribute`. Sizes take turns round by round, small ones several times each.

    python scripts/bench/bench_growth.py --sizes 10000 100000 1000000 --rounds 3
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from county import make_county, make_records, make_red_lines, plant_defects

from landgis.spatial.attribution import attribute
from landgis.spatial.topology import find_topology

#: most times a size is run in a round: short runs are as often taken as they fit into a long one
_MOST = 5


def jobs(parcels: int, seed: int) -> dict[str, Callable[[], Any]]:
    """Return what is done on a county of some size, frames in memory."""
    county = make_county(parcels, seed)
    records, lines = make_records(county, parcels, seed), make_red_lines(county)
    marred = plant_defects(county, seed=seed)
    return {
        "attribute": lambda: attribute(records, county),
        "find_topology": lambda: find_topology(marred, base=lines),
    }


def main() -> None:
    """Parse the options, take turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    made = {size: jobs(size, options.seed) for size in options.sizes}
    seconds: dict[tuple[str, int], list[float]] = {}
    for _ in range(options.rounds):
        for size, ways in made.items():
            for name, way in ways.items():
                for _ in range(min(_MOST, max(options.sizes) // size)):
                    start = time.perf_counter()
                    way()
                    seconds.setdefault((name, size), []).append(time.perf_counter() - start)
    print("job               parcels     seconds   × that of the size before")
    for name in next(iter(made.values())):
        before = None
        for size in options.sizes:
            middle = statistics.median(seconds[name, size])
            ratio = "" if before is None else f"{middle / before:10.1f}"
            print(f"{name:15s} {size:9,} {middle:11.3f} {ratio}")
            before = middle


if __name__ == "__main__":
    main()
