"""Whose land records stand on, against what users do; ratios of medians, in one run.

A seeded county (`county.make_county`) with records on it (`county.make_records`: a quarter points,
60 % buildings, 15 % crops). Contestants take turns in one process on frames in memory:

- ``attribute``: ours, whole: checks, codes, shares, remainders, nearest parcels;
- ``overlay + groupby``: `geopandas.overlay` of polygons, areas summed by pair, `sjoin` of points;
- ``floor``: the tree of parcels, its query and the validity of both layers, which nobody avoids;
- DuckDB spatial and SedonaDB (--peers), where they are installed.

``--copies`` takes the parcels themselves as records, so that every edge is shared. Pairs and areas
are compared before times count.

    python scripts/bench/bench_attribute.py --parcels 100000 --records 100000 --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from county import make_county, make_records

from landgis.spatial.attribution import attribute
from landgis.spatial.shapes import TOUCH

#: m²; how far the area of a pair may lie from another contestant's
AGREES = 1e-5
CONTAINS_OR_CUTS = """
SELECT r.record_id, p.parcel_id,
       CASE WHEN ST_Contains(p.geometry, r.geometry) THEN ST_Area(r.geometry)
            ELSE ST_Area(ST_Intersection(p.geometry, r.geometry)) END AS area
FROM records r JOIN parcels p ON ST_Intersects(p.geometry, r.geometry)
"""


def layers(options: argparse.Namespace) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return parcels and records."""
    county = make_county(options.parcels, options.seed)
    if not options.copies:
        return county, make_records(county, options.records, options.seed)
    copies = {"record_id": [f"R{k:07d}" for k in range(len(county))], "parcel_id": None}
    return county, gpd.GeoDataFrame(copies, geometry=county.geometry.to_numpy(), crs=county.crs)


def ours(county: gpd.GeoDataFrame, records: gpd.GeoDataFrame) -> pd.Series:
    """Return the areas of pairs, by record and parcel."""
    links = attribute(records, county)
    areas = links[links["overlap_unit"].eq("m2") & links["method"].isin(["within", "overlap"])]
    return areas.set_index(["record_id", "parcel_id"])["overlap"]


def overlay(county: gpd.GeoDataFrame, records: gpd.GeoDataFrame) -> pd.Series:
    """Return the same by an overlay, and join the points too."""
    flat = shapely.get_dimensions(records.geometry.to_numpy()) == 2
    named = records[["record_id", "geometry"]], county[["parcel_id", "geometry"]]
    pieces = gpd.overlay(named[0][flat], named[1], how="intersection")
    gpd.sjoin(named[0][~flat], named[1], predicate="intersects")
    return pieces.assign(area=pieces.area).groupby(["record_id", "parcel_id"])["area"].sum()


def floor(county: gpd.GeoDataFrame, records: gpd.GeoDataFrame) -> None:
    """Build the tree, ask it, and look whether shapes are valid."""
    shapes, others = county.geometry.to_numpy(), records.geometry.to_numpy()
    shapely.STRtree(shapes).query(others)
    shapely.is_valid(shapes)
    shapely.is_valid(others)


def sedona(county: gpd.GeoDataFrame, records: gpd.GeoDataFrame) -> Callable[[], pd.Series]:
    """Return the query of SedonaDB with frames already handed over."""
    import sedonadb

    session = sedonadb.connect()
    for name, frame in (("parcels", county), ("records", records)):
        bare = frame[[f"{name[:-1]}_id", "geometry"]].set_crs(None, allow_override=True)
        session.create_data_frame(bare).to_memtable().to_view(name)
    return lambda: session.sql(CONTAINS_OR_CUTS).to_pandas().pipe(_series)


def duckdb(county: gpd.GeoDataFrame, records: gpd.GeoDataFrame) -> Callable[[], pd.Series]:
    """Return the query of DuckDB with tables already filled."""
    import duckdb as engine
    import duckdb_extension_spatial as spatial

    session = engine.connect()
    (extension,) = Path(spatial.__path__[0]).rglob("*.duckdb_extension")
    session.execute(f"LOAD '{extension}'")
    for name, frame in (("parcels", county), ("records", records)):
        raw = pd.DataFrame(
            {
                "id": frame[f"{name[:-1]}_id"].astype(object),
                "wkb": shapely.to_wkb(frame.geometry.to_numpy()),
            }
        )
        session.register("raw", raw)
        made = f"SELECT id AS {name[:-1]}_id, ST_GeomFromWKB(wkb) AS geometry FROM raw"
        session.execute(f"CREATE TABLE {name} AS {made}")
    return lambda: session.execute(CONTAINS_OR_CUTS).df().pipe(_series)


def _series(found: pd.DataFrame) -> pd.Series:
    """Return the areas of pairs, by record and parcel, points left out."""
    return found[found["area"] > 0].set_index(["record_id", "parcel_id"])["area"]


def compare(answers: dict[str, Any]) -> None:
    """Stop where two contestants do not say the same."""
    mine = answers["attribute"]
    for name, other in answers.items():
        if other is None:
            continue
        other = other[other >= TOUCH]
        both = pd.concat([mine, other], axis=1, keys=["ours", "theirs"]).fillna(0.0)
        worst = float(np.abs(both["ours"] - both["theirs"]).max())
        if worst > AGREES:
            sys.exit(f"{name} differs by {worst} m²")


def peak_mib(options: argparse.Namespace) -> tuple[float, float]:
    """Return by how much our memory grows over the frames, and their coordinates (MiB)."""
    words = [sys.executable, __file__, "--parcels", str(options.parcels), "--alone"]
    words += ["--records", str(options.records), "--seed", str(options.seed)]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1])


def alone(options: argparse.Namespace) -> None:
    """Attribute once in this process; print the growth of its memory, and the coordinates."""
    county, records = layers(options)
    attribute(records.head(100), county.head(100))
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the greatest so far is now the present
    attribute(records, county)
    shapes = [one.geometry.to_numpy() for one in (county, records)]
    size = sum(16 * int(shapely.get_num_coordinates(one).sum()) for one in shapes)
    print(_memory("VmHWM") - before, size / 2**20)


def _memory(name: str) -> float:
    """Return a figure of this process's memory (MiB; Linux)."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0]) / 1024


def main() -> None:
    """Parse the options, take turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copies", action="store_true", help="records are copies of the parcels")
    parser.add_argument("--peers", nargs="*", choices=["duckdb", "sedona"], default=[])
    parser.add_argument("--memory", action="store_true", help="growth, in a process of its own")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        alone(options)
        return
    county, records = layers(options)
    ways: dict[str, Callable[[], Any]] = {
        "attribute": lambda: ours(county, records),
        "overlay + groupby": lambda: overlay(county, records),
        "floor": lambda: floor(county, records),
    }
    for name in options.peers:
        ways[name] = {"duckdb": duckdb, "sedona": sedona}[name](county, records)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    compare({name: way() for name, way in ways.items()})
    for _ in range(options.rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    print(f"{len(county):,} parcels, {len(records):,} records, {options.rounds} rounds")
    mine = statistics.median(seconds["attribute"])
    for name, times in seconds.items():
        middle = statistics.median(times)
        print(f"{name:20s} {middle:8.2f} s   attribute is {mine / middle:5.2f} × it")
    if options.memory:
        grown, size = peak_mib(options)
        print(f"memory: {grown:.0f} MiB over the frames, coordinates {size:.0f} MiB")


if __name__ == "__main__":
    main()
