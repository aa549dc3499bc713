"""Commands: parse, one call, print.

Tables go to stdout, words to stderr. Exit codes: 0 done, 1 findings of severity error, 2 could not
answer (one line that says where, what and what to do; never a traceback).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from landgis import layer_commands, source_commands
from landgis.base.text import Language
from landgis.commands import (
    AsOf,
    Folder,
    Json,
    Lang,
    Out,
    Project,
    Replace,
    Step,
    Strict,
    answered,
    command_of,
    language_of,
    refuse,
    usage_error,
)
from landgis.outputs.answers import Answer
from landgis.outputs.console import print_line

__all__ = ["app", "main"]

app = typer.Typer(
    name="landgis",
    help="From a county's files to battle maps: clean land, checked in square metres.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(layer_commands.app)
app.add_typer(source_commands.app)


@app.command("demo")
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put it.")] = Path("landgis-demo"),
    language: Lang = None,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Copy the demo county to a folder and run everything on it."""

    def work(step: Step, said: Language) -> Answer:
        from landgis.workflow.answers import run_answer
        from landgis.workflow.running import demo as run_demo

        return run_answer("demo", run_demo(folder, language=said, replace=replace, step=step))

    answered("demo", work, folder=None, language=language, as_json=as_json)


@app.command("new")
def new(
    folder: Folder, language: Lang = None, as_json: Json = False, replace: Replace = False
) -> None:
    """Look at the files in a folder and write a first manifest and project workbook."""

    def work(step: Step, said: Language) -> Answer:
        from landgis.workflow.begin import new as begin

        begun = begin(folder, language=said, replace=replace, step=step)
        return Answer(
            "new", tables={"roles": begun.roles}, files=begun.files, most=None, notes=begun.notes
        )

    answered("new", work, folder=None, language=language, as_json=as_json)


@app.command("load")
def load(
    folder: Folder,
    mended: Annotated[
        list[Path] | None,
        typer.Option("--mended", help="A list of rejected rows that came back mended."),
    ] = None,
    language: Lang = None,
    as_json: Json = False,
) -> None:
    """Read every source once into the store."""

    def work(step: Step, said: Language) -> Answer:
        from landgis.workflow.answers import load_answer
        from landgis.workflow.loading import load as load_campaign

        loaded = load_campaign(folder, mended=mended or (), language=said, step=step)
        return load_answer(loaded)

    answered("load", work, folder=folder, language=language, as_json=as_json)


@app.command("run")
def run(
    folder: Folder,
    as_of: AsOf = None,
    language: Lang = None,
    out: Out = None,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Load, then write every output and the index page that says what to do next."""

    def work(step: Step, said: Language) -> Answer:
        from landgis.workflow.answers import run_answer
        from landgis.workflow.running import run as run_campaign

        ran = run_campaign(folder, as_of=as_of, language=said, out=out, replace=replace, step=step)
        return run_answer("run", ran)

    answered("run", work, folder=folder, language=language, as_json=as_json)


@app.command("clean-land")
def clean_land(
    folder: Folder,
    project: Project = None,
    as_of: AsOf = None,
    language: Lang = None,
    out: Out = None,
    strict: Strict = False,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Tell clean, restricted, blocked and excluded ground, in square metres, and the verdicts."""

    def work(_step: Step, said: Language) -> Answer:
        from landgis.workflow.answers import clean_land_answer

        return clean_land_answer(
            folder,
            project=project,
            as_of=as_of,
            out=out,
            strict=strict,
            replace=replace,
            language=said,
        )

    answered("clean-land", work, folder=folder, language=language, as_json=as_json)


@app.command("progress")
def progress(
    folder: Folder,
    project: Project = None,
    as_of: AsOf = None,
    since: Annotated[str | None, typer.Option("--since", help="Count what came after.")] = None,
    language: Lang = None,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Count the eight indicators against their tasks."""

    def work(_step: Step, _said: Language) -> Answer:
        from landgis.workflow.answers import progress_answer

        return progress_answer(folder, project=project, as_of=as_of, since=since, strict=strict)

    answered("progress", work, folder=folder, language=language, as_json=as_json)


@app.command("check-boundary")
def check_boundary(
    sources: Annotated[list[Path], typer.Argument(help="CAMPAIGN [CLAIM].")],
    project: Project = None,
    as_of: AsOf = None,
    tolerance_m: Annotated[float, typer.Option("--tolerance-m", help="Survey tolerance, m.")] = 0.1,
    language: Lang = None,
    strict: Strict = False,
    as_json: Json = False,
) -> None:
    """Tell how far a claimed clean boundary is from the computed one."""

    def work(_step: Step, _said: Language) -> Answer:
        from landgis.workflow.answers import boundary_answer

        return boundary_answer(
            sources, project=project, as_of=as_of, tolerance_m=tolerance_m, strict=strict
        )

    answered("check-boundary", work, folder=sources[0], language=language, as_json=as_json)


@app.command("battle-map")
def battle_map(
    folder: Folder,
    project: Project = None,
    as_of: AsOf = None,
    language: Lang = None,
    out: Out = None,
    strict: Strict = False,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Write the battle map of a project, or of all: one page that opens without internet."""

    def work(step: Step, said: Language) -> Answer:
        from landgis.workflow.answers import map_answer

        return map_answer(
            folder,
            project=project,
            as_of=as_of,
            out=out,
            language=said,
            strict=strict,
            replace=replace,
            step=step,
        )

    answered("battle-map", work, folder=folder, language=language, as_json=as_json)


@app.command("words")
def words(language: Lang = None, as_json: Json = False) -> None:
    """Print the word list: every layer and column, with unit and Chinese names."""
    from landgis.workflow.answers import words_answer

    answered(
        "words",
        lambda _step, _said: words_answer(),
        folder=None,
        language=language,
        as_json=as_json,
    )


def _version(asked: bool) -> None:
    """Print the versions that figures depend on."""
    if not asked:
        return
    from landgis.workflow.versions import versions

    for name, number in versions().items():
        print_line(f"{name} {number}")
    raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print versions.")
    ] = False,
) -> None:
    """From a county's files to battle maps: clean land, checked in square metres."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = app(args=given, prog_name="landgis", standalone_mode=False)
    except typer.Abort:
        return 2
    except BrokenPipeError:  # the reader of our output left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except typer.TyperException as error:
        groups = (app, layer_commands.app, source_commands.app)
        known = [one.name for group in groups for one in group.registered_commands if one.name]
        refuse(
            command_of(given),
            usage_error(error, given, known),
            language_of(given),
            as_json="--json" in given,
        )
        return 2
    return code if isinstance(code, int) else 0
