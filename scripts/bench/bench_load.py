"""Reading parcels with every check, against a bare read of the same file; ratios of medians.

A seeded county of wiggly parcels goes into a GBK shapefile without .cpg. Contestants take turns in
one process (bare, with ids as sent, with compound ids); the greatest memory of each is asked in a
process of its own. Every answer is compared with the bare read before it counts.

Run: python scripts/bench/bench_load.py --parcels 500000 --rounds 5
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.io.row.draft import SourceOptions
from landgis.io.vectors import read_vector
from landgis.workflow.first_manifest import Found
from landgis.workflow.held import faults_of, hold
from landgis.workflow.layer_facts import area_row, id_row

CRS = "EPSG:4526"
WEST, SOUTH, SIDE_M = 38_400_000.0, 2_560_000.0, 44.7
VILLAGES = "青石村 红岩村 马家沟村 大坪村 石板滩村 龙泉村 双河口村 新民村 柳树湾村 桐子林村".split()
LAND_USES = ["0101", "0102", "0201", "0301", "0702", "1006"]


def side_points(rng: np.random.Generator, count: int, inner: int) -> np.ndarray:
    """Return the inner points of sides of length one along the first axis, bent a little."""
    along = np.linspace(0, 1, inner + 2)[1:-1]
    bend = rng.uniform(-0.12, 0.12, (count, inner))
    return np.stack([np.broadcast_to(along, bend.shape), bend], axis=-1)


def outlines(parcels: int, inner: int, rng: np.random.Generator) -> np.ndarray:
    """Return parcels in rows and columns, neighbours sharing every vertex of their border."""
    columns = int(np.ceil(np.sqrt(parcels)))
    rows = -(-parcels // columns)
    level = side_points(rng, (rows + 1) * columns, inner).reshape(rows + 1, columns, inner, 2)
    upright = side_points(rng, rows * (columns + 1), inner)[..., ::-1]
    upright = upright.reshape(rows, columns + 1, inner, 2)
    row, column = np.divmod(np.arange(parcels), columns)
    corner = np.stack([column, row], axis=-1)[:, None, :].astype("float64")
    east, north = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    rings = np.concatenate(
        [
            corner,
            corner + upright[row, column],
            corner + north,
            corner + north + level[row + 1, column],
            corner + east + north,
            (corner + east + upright[row, column + 1])[:, ::-1],
            corner + east,
            (corner + level[row, column])[:, ::-1],
            corner,
        ],
        axis=1,
    )
    shapes: np.ndarray = shapely.polygons(np.round(rings * SIDE_M + [WEST, SOUTH], 3))
    return shapes


def make_county(folder: Path, parcels: int, inner: int, seed: int) -> Path:
    """Write a county of parcels as a survey team hands it over: GBK, no .cpg, no dates."""
    rng = np.random.default_rng(seed)
    shapes = outlines(parcels, inner, rng)
    at = np.arange(parcels)
    group = rng.integers(1, 12, parcels)
    frame = gpd.GeoDataFrame(
        {
            "宗地代码": [f"530129{1 + n // 99_999:03d}001JB{1 + n % 99_999:05d}" for n in at],
            "村": np.asarray(VILLAGES)[at * len(VILLAGES) // parcels],
            "组": [f"{n}组" for n in group],
            "编号": [f"{n:06d}" for n in at],
            "地类": np.asarray(LAND_USES)[rng.integers(0, len(LAND_USES), parcels)],
            "权属": "集体",
            "面积": np.round(shapely.area(shapes) * 15 / 10_000, 4),
            "权利人": [f"试样{n}" for n in rng.integers(0, 200_000, parcels)],
            "备注": "",
        },
        geometry=shapes,
        crs=CRS,
    )
    path = folder / "parcels.shp"
    frame.to_file(path, encoding="GBK", engine="pyogrio")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    return path


def bare(path: Path) -> gpd.GeoDataFrame:
    """Read a file and nothing else."""
    return gpd.read_file(path, use_arrow=True, encoding="GBK")


def checked(path: Path, parcel_id: tuple[str, ...] = ()) -> gpd.GeoDataFrame:
    """Read a file as parcels with every check of `inspect`: columns, cells, ids, shapes, areas."""
    found = Found(path, path.name, None, ["parcels"])
    options = SourceOptions(path=path.name, parcel_id=parcel_id)
    found.reading = read_vector(path, "parcels", options)
    held = hold(found, CRS)
    assert held is not None
    ids, areas = id_row(held), area_row(held)
    assert not [one for one in faults_of(held) if one["severity"] in ("error", "warning")]
    assert ids is not None
    assert areas is not None
    assert ids["rows"] == areas["shapes"] == found.reading.rows_read
    assert ids["missing"] == ids["repeated"] == ids["malformed"] == 0
    return held.frame


WAYS: dict[str, Callable[[Path], gpd.GeoDataFrame]] = {
    "bare": bare,
    "checked": checked,
    "compound": lambda path: checked(path, ("村", "组", "编号")),
}


def compare(path: Path) -> None:
    """Refuse to time answers that differ from the bare read."""
    plain, own, made = (way(path) for way in WAYS.values())
    assert (own["parcel_id"].to_numpy() == plain["宗地代码"].to_numpy()).all()
    told = plain["村"] + "-" + plain["组"] + "-" + plain["编号"]
    assert (made["parcel_id"].to_numpy() == told.to_numpy()).all()
    assert (shapely.equals_exact(own.geometry.to_numpy(), plain.geometry.to_numpy())).all()
    assert np.allclose(own["stated_area_mu"], plain["面积"])


def seconds(way: str, path: Path) -> tuple[float, float]:
    """Return how long one way takes, by the clock and by the processor."""
    began, worked = time.perf_counter(), time.process_time()
    WAYS[way](path)
    return time.perf_counter() - began, time.process_time() - worked


def peak_mib(way: str, path: Path) -> float:
    """Return the greatest memory (MiB) of a process that goes one way."""
    told = subprocess.check_output(
        [sys.executable, __file__, "--one", way, "--file", str(path)], text=True
    )
    return float(told.split()[-1])


def own_peak_mib() -> float:
    """Return the greatest memory (MiB) of this process; Linux keeps it apart from its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Make the county, take turns, print the ratios."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--parcels", type=int, default=500_000)
    asked.add_argument("--inner", type=int, default=6, help="vertices inside each of four sides")
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seed", type=int, default=3)
    asked.add_argument("--file", type=Path, help="a shapefile made before")
    asked.add_argument("--keep", type=Path, help="make the shapefile in this folder and leave it")
    asked.add_argument("--one", choices=list(WAYS), help="go one way, print the greatest memory")
    told = asked.parse_args()
    if told.one:
        WAYS[told.one](told.file)
        print(own_peak_mib())
        return
    with tempfile.TemporaryDirectory() as folder:
        at = told.keep or Path(folder)
        path = told.file or make_county(at, told.parcels, told.inner, told.seed)
        compare(path)
        took: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        for _ in range(told.rounds):
            for way in WAYS:
                took[way].append(seconds(way, path))
        wall, work = (
            {way: statistics.median(times[at] for times in took[way]) for way in WAYS}
            for at in (0, 1)
        )
        rows = [
            {
                "way": way,
                "median_s": wall[way],
                "ratio": wall[way] / wall["bare"],
                "cpu_ratio": work[way] / work["bare"],
                "peak_mib": peak_mib(way, path),
            }
            for way in WAYS
        ]
        print(pd.DataFrame(rows).round(2).to_string(index=False))


if __name__ == "__main__":
    main()
