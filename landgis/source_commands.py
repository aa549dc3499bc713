"""Commands about files: what one is, whether one is as it was, and layers handed on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landgis.base.text import Language
from landgis.commands import AsOf, Folder, Json, Lang, Project, Replace, Step, Strict, answered
from landgis.outputs.answers import Answer

__all__ = ["app"]

app = typer.Typer()


@app.command("inspect")
def inspect(
    file: Annotated[Path, typer.Argument(help="Any file that somebody handed over.")],
    layer: Annotated[
        str | None, typer.Option("--layer", help="What it is: parcels, records, projects …")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="One layer, sheet or member of the file.")
    ] = None,
    language: Lang = None,
    as_json: Json = False,
) -> None:
    """Tell what a file is, what is wrong with it, and the lines of campaign.toml to use it."""

    def work(step: Step, said: Language) -> Answer:
        from landgis.workflow.inspection import inspect_answer

        return inspect_answer(file, layer=layer, sheet=sheet, language=said, step=step)

    answered("inspect", work, folder=None, language=language, as_json=as_json)


@app.command("verify")
def verify(
    folder: Folder,
    expect: Annotated[
        str | None, typer.Option("--expect", help="Hash of a receipt that was noted down.")
    ] = None,
    language: Lang = None,
    as_json: Json = False,
) -> None:
    """Check sources, store and outputs against the receipts, and the receipts against each other.

    Whoever rewrites all of them together, hashes included, is found only by a hash of a receipt
    that was noted down elsewhere: pass it with --expect.
    """

    def work(_step: Step, _said: Language) -> Answer:
        from landgis.workflow.verification import verify_answer

        return verify_answer(Path(folder), expect=expect)

    answered("verify", work, folder=folder, language=language, as_json=as_json)


@app.command("export")
def export(
    sources: Annotated[
        list[Path], typer.Argument(help="CAMPAIGN LAYER [OUT], or FILE OUT with --layer.")
    ],
    form: Annotated[
        str | None,
        typer.Option("--format", help="gpkg, shp, txt, dxf, xlsx or geojson; OUT tells it too."),
    ] = None,
    edition: Annotated[
        str | None, typer.Option("--edition", help="internal, village or public.")
    ] = None,
    project: Project = None,
    as_of: AsOf = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer that FILE is of.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Kind of the records of FILE.")] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="EPSG:4490 gives degrees (GeoJSON: RFC 7946).")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="gb18030 or utf-8, for shp, txt and dxf.")
    ] = None,
    parts: Annotated[
        str | None, typer.Option("--parts", help="txt: parts as records (default) or rings.")
    ] = None,
    language: Lang = None,
    strict: Strict = False,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Write a layer or a result as a file for other software, with the columns of an edition.

    LAYER is a layer of the word list (parcels, records …) or a result: links, protection_zones,
    pieces, clean_projects, clean_blocks, clean_parcels, progress, findings. OUT is a file, or a
    folder, where the name says project, layer, edition and day.
    """

    def work(_step: Step, said: Language) -> Answer:
        from landgis.workflow.exports import Wanted, export_answer

        wanted = Wanted(
            form=form,
            edition=edition,
            project=project,
            as_of=as_of,
            layer=layer,
            kind=kind,
            crs=crs,
            encoding=encoding,
            parts=parts,
        )
        return export_answer(sources, wanted, strict=strict, replace=replace, language=said)

    folder = sources[0] if layer is None else None
    answered("export", work, folder=folder, language=language, as_json=as_json)
