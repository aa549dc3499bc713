"""The house: who may import whom, and how large a room may be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "landgis"
ROOMS = sorted(PACKAGE.rglob("*.py"))
LONGEST_ROOM = 320  # lines

# wing: the wings it may use beside itself
WINGS = {
    "__main__": {"cli"},
    "commands": {"workflow", "campaign", "office", "spatial", "io", "outputs", "base"},
    "layer_commands": {"commands", "workflow", "outputs", "base"},
    "source_commands": {"commands", "workflow", "outputs", "base"},
    "cli": {
        "layer_commands",
        "source_commands",
        "commands",
        "workflow",
        "campaign",
        "office",
        "spatial",
        "io",
        "outputs",
        "base",
    },
    "workflow": {"campaign", "office", "spatial", "io", "outputs", "base"},
    "campaign": {"io", "base"},
    "office": {"spatial", "base"},
    "spatial": {"base"},
    "io": {"base"},
    "outputs": {"base"},
    "base": set(),
}
# the floors of base, lowest first; a room uses its own floor and those below
FLOORS = (
    {"errors", "facts", "text", "troubles", "units", "dates", "words"},
    {"schema", "rules", "zones", "projections", "crs", "datum", "land_use"},
    {"findings", "checks", "privacy"},
    {"place_names"},
)
# what the computing wings do without: files, plots, the command line
OUTSIDE = {
    *(
        "argparse",
        "csv",
        "fileinput",
        "glob",
        "io",
        "logging",
        "os",
        "pathlib",
        "shutil",
        "sqlite3",
    ),
    *("subprocess", "sys", "tempfile", "tomllib", "zipfile"),
    *(
        "docx",
        "docxtpl",
        "fiona",
        "openpyxl",
        "pyarrow",
        "pyogrio",
        "python_calamine",
        "xlsxwriter",
    ),
    *("branca", "folium", "matplotlib", "matplotlib_scalebar", "PIL", "click", "rich", "typer"),
    *("geoalchemy2", "psycopg", "sqlalchemy", "rasterio", "ezdxf", "requests", "urllib"),
}
ON_ARRAYS = ("rasterio.features", "rasterio.warp")
FILE_CALLS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes"),
    *("read_file", "read_dataframe", "read_csv", "read_excel", "read_parquet", "read_json"),
    *("to_file", "to_csv", "to_excel", "to_parquet", "to_feather", "to_sql", "to_postgis"),
}
TOP = {
    "",
    "__main__",
    "cli",
    "commands",
    "workflow",
}  # who may ask the front door for a name or the version


def test_every_room_is_in_a_wing():
    known = {*WINGS, ""}
    assert [str(room) for room in ROOMS if wing(name_of(room)) not in known] == []


def test_wings_import_downwards_only():
    wrong = [
        f"{name} imports {used}"
        for name, used in ours()
        if wing(name) and wing(used) and wing(used) not in WINGS[wing(name)] | {wing(name)}
    ]
    assert wrong == []


def test_nobody_below_imports_the_front_door():
    assert [name for name, used in ours() if wing(used) == "" and wing(name) not in TOP] == []


def test_no_two_rooms_import_each_other():
    graph: dict[str, set[str]] = {}
    for name, used in ours():
        if wing(name) and wing(used):
            graph.setdefault(name, set()).add(used)
    assert list(TopologicalSorter(graph).static_order())  # a circle raises, and names its rooms


def test_base_is_built_floor_by_floor():
    floor = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
    inside = [room.stem for room in (PACKAGE / "base").glob("*.py") if room.stem != "__init__"]
    assert sorted(set(inside) - set(floor)) == [], "give the new room of base a floor"
    wrong = [
        f"{name} imports {used}"
        for name, used in ours()
        if wing(name) == wing(used) == "base"
        and floor.get(used.split(".")[2], -1) > floor.get(name.split(".")[-1], 99)
    ]
    assert wrong == []


@pytest.mark.parametrize("computing", ["spatial", "office"])
def test_computing_rooms_know_no_file_no_plot_and_no_command_line(computing):
    rooms = [room for room in ROOMS if wing(name_of(room)) == computing]
    wrong = [
        f"{name_of(room)} imports {used}"
        for room in rooms
        for used in imports(room)
        if used.split(".")[0] in OUTSIDE and not used.startswith(ON_ARRAYS)
    ]
    assert wrong == []
    opened = [f"{name_of(room)} calls {call}" for room in rooms for call in calls(room)]
    assert [line for line in opened if line.split()[-1] in FILE_CALLS] == []


def test_the_front_door_loads_no_heavy_library():
    inside = {used.split(".")[0] for used in imports(PACKAGE / "__init__.py", at_once=True)}
    assert inside <= sys.stdlib_module_names | {"landgis"}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(PACKAGE).as_posix())
def test_a_room_has_one_question(room):
    lines = len(room.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_ROOM, "two rooms in one?"


def name_of(room: Path) -> str:
    """Return a file's module name: landgis.base.units."""
    parts = ("landgis", *room.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def wing(name: str) -> str:
    """Return the wing of a module name, "" for the front door."""
    return name.split(".")[1] if "." in name else ""


@cache
def modules() -> frozenset[str]:
    return frozenset(name_of(room) for room in ROOMS)


def imports(room: Path, *, at_once: bool = False) -> Iterator[str]:
    """Yield what a file imports, wherever in it (`at_once`: when it is loaded only)."""
    tree = ast.parse(room.read_text(encoding="utf-8"))
    for node in tree.body if at_once else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = name_of(room).split(".")
            package = package if room.name == "__init__.py" else package[:-1]
            start = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                inside = f"{source}.{alias.name}"
                yield inside if inside in modules() or source == "rasterio" else source


def ours() -> Iterator[tuple[str, str]]:
    """Yield (importing, imported) for all imports between rooms of the house."""
    for room in ROOMS:
        for used in imports(room):
            if used.split(".")[0] == "landgis":
                yield name_of(room), used


def calls(room: Path) -> Iterator[str]:
    """Yield the last name of whatever a file calls."""
    for node in ast.walk(ast.parse(room.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id
