"""How every command takes its options and answers: one refusal, one way to print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

import landgis
from landgis.base.errors import CampaignError, LandgisError, OutputError
from landgis.base.text import LANGUAGES, Language
from landgis.base.troubles import trouble_of
from landgis.outputs.answers import Answer, answer_json, answer_lines, error_json, exit_code
from landgis.outputs.console import print_json, print_line, steps

__all__ = [
    "AsOf",
    "Folder",
    "Json",
    "Lang",
    "Out",
    "Project",
    "Replace",
    "Step",
    "Strict",
    "answered",
    "command_of",
    "language_of",
    "refuse",
    "usage_error",
]

Step = Callable[[str, int, int], None]
Folder = Annotated[
    Path, typer.Argument(help="The campaign: a folder with campaign.toml, or that file.")
]
Project = Annotated[str | None, typer.Option("--project", help="One project; all if not given.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Day of every figure: 2022-10-14.")]
Lang = Annotated[str | None, typer.Option("--language", help="zh or en.")]
Json = Annotated[bool, typer.Option("--json", help="One object on stdout.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of the outputs.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over outputs of the same name.")]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse a store older than its sources.")]


def _language(option: str | None, folder: Path | None) -> Language:
    """Return the language asked for, or the campaign's, or Chinese."""
    if option is not None:
        for language in LANGUAGES:
            if option == language:
                return language
        raise CampaignError("language_unknown", value=option, known=", ".join(LANGUAGES))
    if folder is None:
        return "zh"
    from landgis.workflow.language import campaign_language

    return campaign_language(folder)


def answered(
    command: str,
    work: Callable[[Step, Language], Answer],
    *,
    folder: Path | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Do a command's work, print what it answers and leave with its exit code."""
    said: Language = "zh"
    try:
        said = _language(language, folder)
        with steps(said) as step:
            answer = work(step, said)
    except OSError as error:
        name = Path(str(error.filename or folder or "landgis")).name
        trouble = OutputError("file_trouble", name=name, why=trouble_of(error))
        refuse(command, trouble, said, as_json=as_json)
        raise typer.Exit(2) from None
    except LandgisError as error:
        refuse(command, error, said, as_json=as_json)
        raise typer.Exit(2) from None
    else:
        if as_json:
            print_json(answer_json(answer, landgis.__version__, said))
        else:
            for line in answer_lines(answer, said):
                print_line(line)
        for note in answer.notes:
            print_line(" ".join(note.say(said).split()), err=True)
        raise typer.Exit(exit_code(answer))


def refuse(command: str | None, error: LandgisError, language: Language, *, as_json: bool) -> None:
    """Say a refusal in one line; with `as_json` as the one object too."""
    if as_json:
        print_json(error_json(command, error, landgis.__version__, language))
    print_line(" ".join(error.say(language).split()), err=True)


def command_of(given: list[str]) -> str | None:
    """Return the command of a command line."""
    return next((word for word in given if not word.startswith("-")), None)


def language_of(given: list[str]) -> Language:
    """Return the language that a command line asks for, before it is known to be right."""
    for word, after in zip(given, [*given[1:], ""], strict=True):
        value = word.partition("=")[2] or after
        if word.partition("=")[0] == "--language" and value == "en":
            return "en"
    return "zh"


def usage_error(error: typer.TyperException, given: list[str], known: list[str]) -> CampaignError:
    """Return what is wrong with a command line, in our words; `known` are the commands."""
    kind, command = type(error).__name__, command_of(given)
    if kind in ("NoSuchOption", "BadOptionUsage"):
        code = "option_unknown" if kind == "NoSuchOption" else "option_bare"
        return CampaignError(code, option=getattr(error, "option_name", "-"), command=command or "")
    if command is not None and command not in known:
        return CampaignError("command_unknown", command=command, known=" / ".join(known))
    named = getattr(getattr(error, "param", None), "name", None)
    if kind == "MissingParameter" and named:
        return CampaignError("argument_missing", argument=named.upper(), command=command)
    if kind == "BadParameter" and named:
        option = f"--{named.replace('_', '-')}"
        return CampaignError("option_value", option=option, command=command)
    return CampaignError("usage", command=command or "")
