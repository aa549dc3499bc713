"""Finding what is wrong with parcels, against what users do; ratios of medians, in one run.

A seeded county (`county.make_county`) with defects in 0.1 % of its parcels and twelve red lines.
Contestants take turns in one process:

- ``find_topology``: ours, whole: overlaps, gaps, slivers, near misses, areas, codes;
- ``coverage part``: ours, overlaps and gaps alone;
- ``coverage_invalid_edges``: GEOS's validator, which finds no gaps and names no pairs;
- ``join and union`` (--users): self join with intersections, and red lines less union_all.

``--t-junctions`` adds a vertex to every edge of a share of the parcels. Overlapping pairs and the
area of gaps are compared before times count; memory is the greatest of a process of its own.

    python scripts/bench/bench_topology.py --parcels 500000 --rounds 3
    python scripts/bench/bench_topology.py --parcels 20000 --t-junctions 0.2 --users
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from county import make_county, make_red_lines, plant_defects, split_edges

from landgis.spatial.common_ground import grounds_of, overlaps, unowned_ground
from landgis.spatial.shapes import TOUCH, moved
from landgis.spatial.topology import SLIVER_M, find_topology

#: m²; how far the sums of two contestants may lie apart
AGREES = 1e-3
WHOLE, PART, VALIDATOR, USERS = (
    "find_topology",
    "coverage part",
    "coverage_invalid_edges",
    "join and union",
)

#: pairs that overlap, m² of their common ground, m² of gaps
Answer = tuple[int, float, float]


def layers(options: argparse.Namespace) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the parcels and the red lines."""
    whole = make_county(options.parcels, options.seed)
    county = plant_defects(whole, seed=options.seed)
    if options.t_junctions:
        county = split_edges(county, options.t_junctions, options.seed)
    return county, make_red_lines(whole)


def whole(county: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Answer:
    """Find everything."""
    found = find_topology(county, base=lines)
    gap = found["code"].eq("parcel_gap") | found["facts"].str.contains('"gap"')
    pair = found["code"].isin(["parcel_overlap", "parcel_duplicate"])
    pair |= found["facts"].str.contains('"overlap"')
    area = found["area_m2"]
    return int(pair.sum()), float(area[pair].sum()), float(area[gap].sum())


def coverage_part(county: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Answer:
    """Find overlaps and gaps."""
    grounds = grounds_of(county.geometry.to_numpy())
    common = shapely.area(overlaps(grounds, SLIVER_M)["ground"].to_numpy(object))
    near = moved(lines.geometry.to_numpy(), -grounds.origin)
    gaps = [shapely.area(unowned_ground(grounds, line)).sum() for line in near]
    return len(common), float(common.sum()), float(sum(gaps))


def validator(shapes: Any) -> int:
    """Return how many parcels the validator marks."""
    return int((~shapely.is_empty(shapely.coverage_invalid_edges(shapes))).sum())


def join_and_union(county: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Answer:
    """Do what users do: join the layer to itself, and take its union off the red lines."""
    shapes = county.geometry.to_numpy()
    origin = np.floor(shapely.total_bounds(shapes)[:2])
    near = moved(shapes, -origin)
    sound = shapely.is_valid(near)
    whole, broken = near[sound], near[~sound]
    left, right = shapely.STRtree(whole).query(whole, predicate="intersects")
    left, right = left[left < right], right[left < right]
    common = shapely.area(shapely.intersection(whole[left], whole[right]))
    ground = shapely.union_all([shapely.union_all(whole), *shapely.make_valid(broken)])
    left_over = shapely.difference(moved(lines.geometry.to_numpy(), -origin), ground)
    gaps = shapely.area(shapely.get_parts(left_over))
    real = common >= TOUCH
    return int(real.sum()), float(common[real].sum()), float(gaps[gaps >= TOUCH].sum())


def timed(ways: dict[str, Callable[[], Any]], rounds: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answers and the seconds of each way, taken in turns."""
    answers: dict[str, Any] = {}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            answers[name] = way()
            seconds[name].append(time.perf_counter() - start)
    return answers, seconds


def compare(answers: dict[str, Any]) -> None:
    """Stop where two contestants do not say the same."""
    full = {name: one for name, one in answers.items() if name != VALIDATOR}
    for name, one in full.items():
        other = full[PART]
        same = one[0] == other[0] and np.allclose(one[1:], other[1:], rtol=0, atol=AGREES)
        if not same:
            sys.exit(f"{name} says {one}, {PART} says {other}")


def peak_mib(options: argparse.Namespace, what: str) -> float:
    """Return the greatest memory (MiB) of a process that has the layers and asks one of us."""
    words = [sys.executable, __file__, "--parcels", str(options.parcels), "--seed"]
    words += [str(options.seed), "--t-junctions", str(options.t_junctions), "--only", what]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def alone(options: argparse.Namespace) -> None:
    """Do one thing and print this process's greatest memory meanwhile, layers included (Linux)."""
    county, lines = layers(options)
    shapes = county.geometry.to_numpy()
    sound = shapes[shapely.is_valid(shapes)]
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the greatest so far is now the present
    if options.only == WHOLE:
        find_topology(county, base=lines)
    elif options.only == VALIDATOR:
        validator(sound)
    status = Path("/proc/self/status").read_text()
    print(int(status.split("VmHWM:")[1].split()[0]) / 1024)


def report(options: argparse.Namespace) -> None:
    """Run all contestants and print the table."""
    county, lines = layers(options)
    shapes = county.geometry.to_numpy()
    sound = shapes[shapely.is_valid(shapes)]
    ways: dict[str, Callable[[], Any]] = {
        VALIDATOR: lambda: validator(sound),
        PART: lambda: coverage_part(county, lines),
        WHOLE: lambda: whole(county, lines),
    }
    if options.users:
        ways[USERS] = lambda: join_and_union(county, lines)
    answers, seconds = timed(ways, options.rounds)
    compare(answers)
    attrs = find_topology(county, base=lines).attrs
    vertices = shapely.get_num_coordinates(shapes).mean() - 1
    print(f"{len(county):,} parcels, {vertices:.1f} vertices each, {options.rounds} rounds")
    print(f"path {attrs['path']}, {attrs['loose_share']:.1%} of the edges loose")
    pairs, common, gaps = answers[WHOLE]
    print(f"{pairs} pairs with {common:.2f} m² in common, gaps {gaps:.2f} m²")
    base = statistics.median(seconds[VALIDATOR])
    for name, times in seconds.items():
        middle = statistics.median(times)
        print(f"{name:24s} {middle:8.2f} s  ratio {middle / base:5.2f}")
    if options.memory:
        for what in ("nothing", VALIDATOR, WHOLE):
            print(f"greatest memory, {what}: {peak_mib(options, what):.0f} MiB")


def main() -> None:
    """Parse the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--t-junctions", type=float, default=0.0, help="share of the parcels")
    parser.add_argument("--users", action="store_true", help="the self join and the union too")
    parser.add_argument("--memory", action="store_true", help="greatest memory, in own processes")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        alone(options)
    else:
        report(options)


if __name__ == "__main__":
    main()
