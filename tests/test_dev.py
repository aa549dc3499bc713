"""scripts/dev.py and what it installs from: its refusals by their words, and the pins."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "dev.py"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][0-9A-Za-z.]*")
# what a file may not say: where packages come from, or with which hash
ADDRESS = re.compile(r"https?://|file:|--hash|sha256:|index-url|find-links|trusted-host|@ ")


@pytest.fixture
def dev(tmp_path, monkeypatch) -> ModuleType:
    """Return scripts/dev.py as a module whose checkout is an empty folder with an awkward name."""
    spec = importlib.util.spec_from_file_location("dev", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    root = tmp_path / "征地 2022" / "攻坚（一）"
    root.mkdir(parents=True)
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, root)
    for name in ("VENV", "STAMP", "UNDER_WAY", "LOG"):
        monkeypatch.setattr(module, name, root / getattr(module, name).relative_to(ROOT))
    monkeypatch.setattr(module, "ROOT", root)
    return module


def half_made(dev: ModuleType) -> None:
    """Lay an environment whose Python was never written."""
    dev.VENV.mkdir()
    (dev.VENV / "pyvenv.cfg").write_text("home = nowhere\n", encoding="utf-8")


def ready(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Pretend that everything is installed; return the list that commands are written to."""
    dev.VENV.mkdir()
    dev.STAMP.write_text(dev.recipe(), encoding="utf-8")
    asked: list[list[str]] = []
    monkeypatch.setattr(dev, "pip_version", lambda: (26, 3))
    monkeypatch.setattr(dev, "run", lambda command: asked.append(command[1:]) or 3)
    return asked


# What it lacks is one line


def test_an_old_python_is_told_what_to_install(dev, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    monkeypatch.setattr(dev.shutil, "which", lambda _name: None)
    with pytest.raises(dev.SetupError, match=r"needs Python 3\.11 or newer, this is 3\.9: install"):
        dev.main(["test"])


def test_an_old_python_goes_on_with_a_newer_one_where_there_is_one(dev, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(sys, "version_info", (3, 9, 18, "final", 0))
    monkeypatch.setattr(dev, "newer_python", lambda: ["python3.12"])
    monkeypatch.setattr(dev, "run", lambda command: asked.append(command) or 7)
    assert dev.main(["test", "-x"]) == 7
    assert asked == [["python3.12", str(SCRIPT), "test", "-x"]]
    assert "this is 3.9: going on with python3.12." in capsys.readouterr().out


def test_a_python_that_only_seems_newer_is_passed_over(dev, monkeypatch):
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/no/such/{name}")
    assert dev.newer_python() == []


def test_an_old_python_can_read_the_script():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(dev, monkeypatch, missing):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        dev.importlib.util, "find_spec", lambda name: None if name == missing else find(name)
    )
    says = rf"has no {missing} module: install it .*apt install python3\.\d+-venv"
    with pytest.raises(dev.SetupError, match=says):
        dev.main(["demo"])
    assert not dev.VENV.exists()


def test_an_unknown_word_is_told_the_words(dev):
    with pytest.raises(dev.SetupError, match="no command 'tests': choose one of demo, test"):
        dev.main(["tests"])


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken\nERROR: No matching\n",
            "can't reach its package index: check the network, or the mirror",
        ),
        (
            "ERROR: Could not find a version\nERROR: No matching distribution found for fiona\n",
            "could not install landgis: ERROR: No matching distribution found for fiona",
        ),
        (
            "  OSError: Readme file does not exist\n\nerror: metadata-generation-failed\n",
            "could not install landgis: OSError: Readme file does not exist",
        ),
        ("", "it did not say why"),
    ],
)
def test_what_pip_says_becomes_one_line(dev, log, says):
    told = dev.why_pip_failed(log)
    assert says in told
    assert "\n" not in told


def test_a_refusal_is_one_line_on_stderr_and_exit_code_2():
    told = subprocess.run(
        [sys.executable, str(SCRIPT), "nonsense"], capture_output=True, check=False
    )
    assert told.returncode == 2
    assert told.stdout == b""
    assert told.stderr.startswith(b"dev.py: no command 'nonsense'")
    assert len(told.stderr.splitlines()) == 1


# The environment


def test_a_half_made_environment_is_made_anew_in_an_awkward_folder(dev, capsys):
    half_made(dev)
    dev.make_venv()
    assert "Making the half-made .venv anew" in capsys.readouterr().out
    assert dev.pip_version() >= (20, 0)
    dev.make_venv()
    assert capsys.readouterr().out == ""


def test_pip_failing_leaves_no_stamp_and_says_why(dev, monkeypatch):
    dev.VENV.mkdir()
    dev.STAMP.write_text("another recipe", encoding="utf-8")
    monkeypatch.setattr(dev, "pip_version", lambda: (26, 3))

    def fails(_command):
        dev.LOG.write_text("ERROR: No matching distribution found for x\n", encoding="utf-8")
        return 1

    monkeypatch.setattr(dev, "follow", fails)
    with pytest.raises(dev.SetupError, match="No matching distribution found for x"):
        dev.install()
    assert not dev.STAMP.exists()
    assert not dev.UNDER_WAY.exists()


def test_it_installs_again_only_when_the_recipe_changed(dev, monkeypatch):
    dev.VENV.mkdir()
    installed = []
    monkeypatch.setattr(dev, "follow", lambda command: installed.append(command) or 0)
    dev.install()
    dev.install()
    assert len(installed) == 1
    with (dev.ROOT / "constraints.txt").open("a", encoding="utf-8") as pins:
        pins.write("six==1.17.0\n")
    dev.install()
    assert len(installed) == 2
    assert installed[0][-4:] == ["--constraint", "constraints.txt", "--editable", ".[all,dev]"]


def test_a_killed_installation_is_begun_from_the_start(dev, monkeypatch):
    dev.VENV.mkdir()

    def killed(_command):
        raise KeyboardInterrupt

    monkeypatch.setattr(dev, "follow", killed)
    with pytest.raises(KeyboardInterrupt):
        dev.install()
    assert dev.UNDER_WAY.exists()
    dev.make_venv()
    assert not dev.UNDER_WAY.exists()


@pytest.mark.parametrize(
    ("version", "name"), [((23, 2), "PIP_CONSTRAINT"), ((25, 3), "PIP_BUILD_CONSTRAINT")]
)
def test_the_build_is_pinned_and_the_users_mirror_stays(dev, monkeypatch, version, name):
    monkeypatch.setattr(dev, "pip_version", lambda: version)
    monkeypatch.setenv("PIP_CONFIG_FILE", "the user's own")
    setting = dev.pip_environment()
    assert setting[name] == "constraints.txt"
    assert setting["PIP_CONFIG_FILE"] == "the user's own"


def test_what_follows_the_word_and_the_exit_code_are_passed_on(dev, monkeypatch):
    asked = ready(dev, monkeypatch)
    assert dev.main(["test", "--", "-m", "slow"]) == 3
    assert dev.main(["demo", "--language", "en"]) == 3
    assert dev.main(["check"]) == 3
    demo = ["-m", "landgis", "demo", str(Path("build", "demo")), "--replace", "--language", "en"]
    shared = ["--numprocesses=auto", "--dist=loadgroup", "--no-loadscope-reorder"]
    assert asked[:2] == [["-m", "pytest", *shared, "-m", "slow"], demo]
    assert [command[1] for command in asked[2:]] == ["ruff", "ruff", "mypy"]


def test_the_demo_ends_with_where_its_maps_are(dev, monkeypatch, capsys):
    ready(dev, monkeypatch)
    monkeypatch.setattr(dev, "run", lambda _command: 0)
    out = dev.ROOT / "build" / "demo" / "out"
    (out / "maps").mkdir(parents=True)
    for path in (out / "index.html", out / "maps" / "P01.html"):
        path.write_text("", encoding="utf-8")
    assert dev.main(["demo"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [f"map: {out / 'maps' / 'P01.html'}", f"start here: {out / 'index.html'}"]


def test_the_environments_python_is_where_this_system_puts_it(dev, monkeypatch):
    assert dev.venv_python() == dev.VENV / "bin" / "python"
    with monkeypatch.context() as here:
        here.setattr(dev.os, "name", "nt")
        python = dev.venv_python()
    assert python.parts[-3:] == (".venv", "Scripts", "python.exe")


# What it imports and installs


def test_the_script_imports_the_standard_library_only():
    names = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or ".").split(".")[0])
    assert names
    assert names <= sys.stdlib_module_names


def pins() -> dict[str, str]:
    """Return the pinned version of each package; a line that is no pin is refused."""
    lines = (ROOT / "constraints.txt").read_text(encoding="ascii").splitlines()
    said = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in said if not PIN.fullmatch(line)] == []
    pinned = {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in said}
    assert len(pinned) == len(said), "a package is pinned twice"
    return pinned


def wanted() -> list[Requirement]:
    """Return everything that pyproject.toml asks for, to build, to run and to work on landgis."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    both = [Requirement(line) for line in [*asked, *(line for extra in extras for line in extra)]]
    return [one for one in both if one.name != "landgis"]


def test_everything_asked_for_is_pinned_within_its_bounds():
    pinned = pins()
    wrong = [
        f"{one} but {pinned.get(canonicalize_name(one.name), 'not pinned')}"
        for one in wanted()
        if pinned.get(canonicalize_name(one.name), "0") not in one.specifier
    ]
    assert wrong == []


def needed() -> dict[str, str]:
    """Return the installed version of whatever is needed here, to the last requirement."""
    found: dict[str, str] = {}
    asked = [(one, "") for one in wanted()]
    while asked:
        one, extra = asked.pop()
        name = canonicalize_name(one.name)
        if one.marker and not one.marker.evaluate({"extra": extra}):
            continue
        try:
            there = distribution(name)
        except PackageNotFoundError:
            continue  # of an extra that is not installed here
        if name in found and not one.extras:
            continue
        found[name] = there.version
        below = [Requirement(line) for line in there.requires or ()]
        asked += [(line, each) for line in below for each in ("", *one.extras)]
    return found


def test_what_is_installed_is_what_is_pinned_to_the_last_requirement():
    pinned, here = pins(), needed()
    assert len(here) > 60
    assert {name: here[name] for name in here if pinned.get(name) != here[name]} == {}


def test_extras_of_all_are_those_that_exist():
    extras = PROJECT["project"]["optional-dependencies"]
    (everything,) = (Requirement(line) for line in extras["all"])
    assert everything.extras == set(extras) - {"all", "bench", "dev"}


def test_no_file_of_the_set_up_names_an_address_or_a_hash():
    names = ["pyproject.toml", "constraints.txt", "scripts/dev.py", ".ci/run"]
    found = [
        (name, line)
        for name in names
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if ADDRESS.search(line)
    ]
    assert found == []


def test_one_version_is_told_everywhere():
    version = PROJECT["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    assert f"\n## [{version}] - " in changes or "\n## [Unreleased]\n" in changes
