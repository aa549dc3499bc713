"""Run the benchmarks one after the other and write what they print to docs/performance.md.

Peers that are not installed (`pip install -e .[bench]`) are left out. What the profile shows and
what limits each job stands in `limits.toml` beside this file, in words.

    python scripts/bench/report.py                  # all, half an hour on two cores
    python scripts/bench/report.py attribute areas  # only these; other sections stay as they are
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import platform
import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import numba
import pyproj
import shapely

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "performance.md"
PACKAGES = ("landgis", "geopandas", "pandas", "numpy", "shapely", "pyogrio", "numba")
PEERS = {"sedona": "sedonadb", "duckdb": "duckdb_extension_spatial"}
HEAD = """# Performance

Each section is what one script printed: contestants take turns in it, their answers are compared
before times count, and what counts is the ratio of their medians; seconds are of a machine that
does other things too. Made by `python scripts/bench/report.py`.
"""


def machine() -> str:
    """Return the machine and the versions, as lines of a list."""
    cores = f"{numba.get_num_threads()} cores, {platform.machine()}, {platform.system()}"
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    versions += [f"GEOS {shapely.geos_version_string}", f"PROJ {pyproj.proj_version_str}"]
    installed = [name for name, module in PEERS.items() if importlib.util.find_spec(module)]
    peers = [f"{name} {importlib.metadata.version(PEERS[name].partition('_')[0])}"
             for name in installed]  # fmt: skip
    return f"Python {platform.python_version()}, {cores}; {', '.join(versions + peers)}."


def arguments(run: str) -> list[str]:
    """Return the arguments of a run, without the peers that are not installed."""
    words = run.split()
    if "--peers" not in words:
        return words
    at = words.index("--peers")
    there = [name for name in words[at + 1 :] if importlib.util.find_spec(PEERS[name])]
    return words[:at] + (["--peers", *there] if there else [])


def section(title: str, job: dict[str, Any]) -> str:
    """Run the scripts of a job and return its section."""
    parts = [f"## {title}", f"Measured on {date.today().isoformat()}. {machine()}", job["bar"]]
    for run in job["runs"]:
        words = arguments(run)
        print(" ".join(words), flush=True)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(HERE / words[0]), *words[1:]],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{words[0]}: {done.stderr.strip() or done.stdout.strip()}")
        said = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
        parts.append(f"`python scripts/bench/{' '.join(words)}`\n\n```text\n{said}\n```")
    return "\n\n".join([*parts, job["limit"].strip()])


def main() -> None:
    """Run what is asked for and write the page."""
    jobs = tomllib.loads((HERE / "limits.toml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", nargs="*", choices=[[], *jobs], help="all if left out")
    asked = parser.parse_args().jobs or list(jobs)
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    old = {part.partition("\n")[0].strip(): part for part in re.split(r"(?m)^## ", text)[1:]}
    for name in asked:
        title = jobs[name]["title"]
        old[title] = section(title, jobs[name]).removeprefix("## ")
    kept = [old[job["title"]].strip() for job in jobs.values() if job["title"] in old]
    page = "\n\n".join([HEAD.strip(), *(f"## {part}" for part in kept)])
    PAGE.write_text(page + "\n", encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
