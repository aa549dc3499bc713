r"""Set up and run landgis with nothing but Python: one script, four words.

    python3 scripts/dev.py demo     from the demo county's files to its battle maps (in build/demo)
    python3 scripts/dev.py test     the tests
    python3 scripts/dev.py check    ruff and mypy --strict
    python3 scripts/dev.py docs     writes docs/ anew from the word list and the commands

What follows the word is passed on: test -x tests/test_dev.py. The first run makes .venv and
installs landgis with its pinned packages there; later runs install again only when pyproject.toml
or constraints.txt changed. On Windows: py -3.11 scripts\dev.py demo
"""

# An old Python must be able to read this file, to say that it is too old: the grammar is that of
# 3.6 (hence quoted annotations), and nothing but the standard library is imported.

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
KNOWN = ("3.13", "3.12", "3.11")  # the Pythons that all pinned packages have wheels for
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "landgis-installed.txt"  # what was installed, and to its end
UNDER_WAY = VENV / "landgis-installing.txt"  # left behind by an installation that was killed
LOG = VENV / "landgis-install.log"
EXTRAS = "all,dev"


class SetupError(Exception):
    """What this script can't do: one line with the reason and what to do."""


def say(words: str) -> None:
    """Print a line at once, before a child process prints its own."""
    print(words, flush=True)


# A Python that is new enough


def probe(command: "list[str]", code: str) -> str:
    """Return the last line that `code` prints in a Python new enough, "" where that fails."""
    gate = f"import sys; assert sys.version_info >= {OLDEST}; {code}"
    quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 60}
    try:
        told = subprocess.check_output([*command, "-c", gate], **quiet)
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.decode(errors="replace").strip().rpartition("\n")[2]


def newer_python() -> "list[str]":
    """Return the command of a Python on this machine that is new enough, [] without one."""
    commands = [["py", f"-{version}"] for version in KNOWN] if os.name == "nt" else []
    commands += [[f"python{version}"] for version in KNOWN]
    for name, *rest in commands:
        found = shutil.which(name)
        if found and probe([found, *rest], "import ensurepip, venv; print('yes')") == "yes":
            return [found, *rest]
    return []


def start_again(argv: "list[str]") -> int:
    """Run this script once more, with a Python that is new enough."""
    here = ".".join(str(number) for number in sys.version_info[:2])
    command = newer_python()
    if not command:
        raise SetupError(
            f"landgis needs Python 3.11 or newer, this is {here}: install it (from python.org; "
            "Debian, Ubuntu: sudo apt install python3 python3-venv) and run this script with it."
        )
    say(f"landgis needs Python 3.11 or newer, this is {here}: going on with {' '.join(command)}.")
    return run([*command, str(Path(__file__).resolve()), *argv])


# The environment


def venv_python() -> Path:
    """Return where the environment's Python is, made or not."""
    return VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python"


def pip_version() -> "tuple[int, ...]":
    """Return the version of the environment's pip, () where the environment is no use."""
    told = probe([str(venv_python())], "import pip; print(pip.__version__)")
    return tuple(int(number) for number in re.findall(r"\d+", told)[:2])


def make_venv() -> None:
    """Make .venv; one that is half made, or made by an old Python, is made anew."""
    if VENV.exists() and not UNDER_WAY.exists() and pip_version():
        return
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        version = "{}.{}".format(*sys.version_info)
        raise SetupError(
            f"this Python ({sys.executable}) has no {missing[0]} module: install it (Debian, "
            f"Ubuntu: sudo apt install python{version}-venv) and run the command again."
        )
    say(f"{'Making the half-made .venv anew' if VENV.exists() else 'Making .venv'} ...")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if made.returncode or not pip_version():
        told = made.stdout.decode(errors="replace").strip().splitlines()
        raise SetupError(f".venv could not be made: {told[-1] if told else 'no pip in it'}")


def recipe() -> str:
    """Return what an installation depends on, as one hash (a moved checkout is another one)."""
    told = hashlib.sha256(f"{EXTRAS}\n{ROOT}\n".encode("utf-8", "surrogateescape"))
    for name in ("pyproject.toml", "constraints.txt"):
        told.update((ROOT / name).read_bytes())
    return told.hexdigest()


def pip_environment() -> "dict[str, str]":
    """Return the environment for pip: the user's own settings, and the build pinned as well.

    The path is relative (pip runs in the checkout): pip splits this setting at spaces.
    """
    name = "PIP_BUILD_CONSTRAINT" if pip_version() >= (25, 3) else "PIP_CONSTRAINT"
    ours = {name: "constraints.txt", "PIP_USER": "0", "PIP_NO_INPUT": "1"}
    return {**os.environ, **ours, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def install() -> None:
    """Install landgis, its extras and its tools into .venv, unless they are there already."""
    wanted = recipe()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8").strip() == wanted:
        return
    say("Installing landgis and its packages into .venv (the first time: some minutes) ...")
    if STAMP.exists():
        STAMP.unlink()
    UNDER_WAY.write_text("An installation began here.\n", encoding="utf-8")
    command = [str(venv_python()), "-m", "pip", "install", "--progress-bar", "off"]
    command += ["--constraint", "constraints.txt", "--editable", f".[{EXTRAS}]"]
    code = follow(command)
    UNDER_WAY.unlink()
    if code:
        raise SetupError(why_pip_failed(LOG.read_text(encoding="utf-8")))
    STAMP.write_text(wanted + "\n", encoding="utf-8")


def follow(command: "list[str]") -> int:
    """Run pip with its words in the log, and tell how far it is."""
    collected = 0
    with LOG.open("w", encoding="utf-8") as log, subprocess.Popen(
        command,
        cwd=str(ROOT),
        env=pip_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as pip:
        for raw in pip.stdout or ():
            line = raw.decode(errors="replace")
            log.write(line)
            collected += line.startswith("Collecting ")
            if line.startswith("Collecting ") and collected % 25 == 0:
                say(f"  {collected} packages found")
            if line.startswith("Installing collected packages"):
                say(f"  {line.count(',') + 1} packages fetched, unpacking them ...")
    return pip.returncode


def why_pip_failed(log: str) -> str:
    """Return the one line that says why pip failed, and what to do."""
    lines = [line.strip() for line in log.splitlines()]
    errors = [line for line in lines if re.match(r"(?i)error: ", line)]
    causes = [line for line in lines if re.match(r"\w+(Error|Exception): ", line)]
    if "Retrying (" in log:
        return (
            "pip can't reach its package index: check the network, or the mirror that pip is set "
            f"to use (pip config list), and run the command again. pip's own words: {LOG}"
        )
    told = (causes or errors or ["it did not say why"])[-1]
    return f"pip could not install landgis: {told} (pip's own words: {LOG})"


# The four words


def run(command: "list[str]") -> int:
    """Run a command in the checkout and return its exit code."""
    return subprocess.call(command, cwd=str(ROOT))


def module(*arguments: str) -> int:
    """Run a module with the environment's Python."""
    return run([str(venv_python()), "-m", *arguments])


def demo(arguments: "list[str]") -> int:
    """Run the main job on the demo county and say where its maps are."""
    code = module("landgis", "demo", str(Path("build", "demo")), "--replace", *arguments)
    out = ROOT / "build" / "demo" / "out"
    for path in [*sorted((out / "maps").glob("*.html")), out / "index.html"]:
        if code == 0 and path.exists():
            say(f"{'start here' if path.name == 'index.html' else 'map'}: {path}")
    return code


def test(arguments: "list[str]") -> int:
    """Run the tests, in as many processes as there are cores; -n 0 for one."""
    shared = ["--numprocesses=auto", "--dist=loadgroup", "--no-loadscope-reorder"]
    return module("pytest", *shared, *arguments)


def check(arguments: "list[str]") -> int:
    """Run every checker, and fail if one of them does."""
    codes = [module("ruff", "check", *arguments), module("ruff", "format", "--check")]
    return max(*codes, module("mypy"))


def docs(arguments: "list[str]") -> int:
    """Write docs/ anew."""
    return run([str(venv_python()), str(Path("scripts", "make_docs.py")), *arguments])


COMMANDS = {"demo": demo, "test": test, "check": check, "docs": docs}


def main(argv: "list[str]") -> int:
    """Set up what is missing, then run the command that was asked for."""
    word, *rest = argv or ["--help"]
    if word in ("-h", "--help"):
        say((__doc__ or "").strip())
        return 0 if argv else 2
    if word not in COMMANDS:
        raise SetupError(f"no command {word!r}: choose one of {', '.join(COMMANDS)}.")
    if sys.version_info[:2] < OLDEST:
        return start_again(argv)
    make_venv()
    install()
    return COMMANDS[word](rest[1:] if rest[:1] == ["--"] else rest)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a console in cp936 or cp1252 can't show every path
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except (SetupError, OSError) as error:
        print(f"dev.py: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("dev.py: stopped.", file=sys.stderr)
        sys.exit(130)
