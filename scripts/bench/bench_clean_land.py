"""Which ground is clean, against what users do; ratios of medians, in one run.

A seeded county with records on it, three in four of its parcels acquired, a live line through it
and twelve red lines. Contestants take turns in one process on frames in memory, links made before:

- ``clean_land``: ours, whole: pieces with every reason;
- ``clean_areas``: ours, the figures alone;
- ``union + overlay``: union_all of all that blocks, and `geopandas.overlay` of red lines with it.

``--gaps`` leaves a share of the parcels out; then users take the union of the parcels off the red
lines first, to find the ground that is nobody's. The clean m² of every project are compared before
times count.

    python scripts/bench/bench_clean_land.py --parcels 100000 --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from county import make_county, make_records, make_red_lines

from landgis.spatial.attribution import attribute
from landgis.spatial.clean_land import clean_areas, clean_land
from landgis.spatial.corridors import protection_zones

#: share of the area by which the clean m² of a project may differ
AGREES = 1e-8
DAY = "2022-10-14"


def layers(parcels: int, seed: int, gaps: float = 0.0) -> dict[str, Any]:
    """Return the arguments of `clean_land`."""
    rng = np.random.default_rng([seed, 7])
    whole = make_county(parcels, seed)
    county = whole[rng.random(parcels) >= gaps].reset_index(drop=True)
    days = pd.Series(np.where(rng.random(len(county)) < 0.75, "2022-09-01", None))
    county["agreed_on"] = pd.to_datetime(days)
    records = make_records(county, parcels, seed)
    corners = shapely.get_num_coordinates(records.geometry.to_numpy())
    records["kind"] = np.select([corners == 1, corners == 5], ["grave", "house"], "crop")
    gone = pd.Series(np.where(rng.random(parcels) < 0.6, "2022-09-15", None))
    records["removed_on"] = pd.to_datetime(gone)
    west, south, east, north = whole.total_bounds
    axis = shapely.linestrings([[west, south], [(west + east) / 2, north], [east, south + 100]])
    table = {"line_id": ["L1"], "voltage_kv": [110.0], "edge_offset_m": [4.0]}
    zones = protection_zones(gpd.GeoDataFrame(table, geometry=[axis], crs=county.crs))
    return {
        "projects": make_red_lines(whole),
        "parcels": county,
        "records": records,
        "zones": zones,
        "links": attribute(records, county),
    }


def ours(way: Callable[..., Any], given: dict[str, Any]) -> pd.Series:
    """Return the clean m² by project."""
    answer = way(**given, as_of=DAY, acquired_when="agreed")
    return answer.projects.set_index("project_id")["clean_m2"]


def union_and_overlay(given: dict[str, Any], *, gaps: bool) -> pd.Series:
    """Do what users do."""
    parcels, records = given["parcels"], given["records"]
    open_ = parcels.geometry[parcels["agreed_on"].isna()]
    there = records[records["removed_on"].isna()]
    points = there[there["kind"].eq("grave")]
    met = gpd.sjoin(parcels[["geometry"]], points[["geometry"]], predicate="intersects").index
    flat = there.geometry[~there["kind"].eq("grave")]
    blocked = [open_, parcels.geometry.loc[met.unique()], flat, given["zones"].geometry]
    if gaps:
        ground = gpd.GeoDataFrame(geometry=[parcels.union_all()], crs=parcels.crs)
        blocked.append(gpd.overlay(given["projects"], ground, how="difference").geometry)
    knife = shapely.union_all(pd.concat(blocked).to_numpy())
    everything = gpd.GeoDataFrame(geometry=[knife], crs=parcels.crs)
    clean = gpd.overlay(given["projects"], everything, how="difference")
    return clean.assign(area=clean.area).set_index("project_id")["area"]


def compare(answers: dict[str, pd.Series], given: dict[str, Any]) -> None:
    """Stop where two contestants do not say the same."""
    area = given["projects"].set_index("project_id").area
    for name, other in answers.items():
        worst = float(((answers["clean_land"] - other) / area).abs().max())
        if not worst <= AGREES:
            sys.exit(f"{name} differs by {worst} of a project's area")


def main() -> None:
    """Parse the options, take turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gaps", type=float, default=0.0, help="share of parcels left out")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    given = layers(options.parcels, options.seed, options.gaps)
    ways: dict[str, Callable[[], pd.Series]] = {
        "clean_land": lambda: ours(clean_land, given),
        "clean_areas": lambda: ours(clean_areas, given),
        "union + overlay": lambda: union_and_overlay(given, gaps=options.gaps > 0),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    compare({name: way() for name, way in ways.items()}, given)
    for _ in range(options.rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    naive = statistics.median(seconds["union + overlay"])
    print(f"{options.parcels:,} parcels and records, 12 projects, {options.rounds} rounds")
    for name, times in seconds.items():
        middle = statistics.median(times)
        print(f"{name:16s} {middle:8.2f} s   {middle / naive:5.2f} × union + overlay")


if __name__ == "__main__":
    main()
