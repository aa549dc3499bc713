"""Commands that take a campaign or plain layer files (``attribute RECORDS PARCELS OUT``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landgis.base.text import Language
from landgis.commands import Json, Lang, Replace, Step, Strict, answered
from landgis.outputs.answers import Answer

__all__ = ["app"]

app = typer.Typer()


@app.command("attribute")
def attribute(
    sources: Annotated[list[Path], typer.Argument(help="CAMPAIGN, or RECORDS PARCELS OUT.")],
    kind: Annotated[
        str | None, typer.Option("--kind", help="Kind of the records of a file.")
    ] = None,
    tolerance_m: Annotated[float, typer.Option("--tolerance-m", help="m")] = 2.0,
    prefer: Annotated[str, typer.Option("--prefer", help="code or place.")] = "code",
    language: Lang = None,
    strict: Strict = False,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Say which record belongs to which parcel, with shares that sum to one."""

    def work(_step: Step, _said: Language) -> Answer:
        from landgis.workflow.layer_answers import attribute_answer

        return attribute_answer(
            sources,
            kind=kind,
            tolerance_m=tolerance_m,
            prefer=prefer,
            strict=strict,
            replace=replace,
        )

    answered("attribute", work, folder=sources[0], language=language, as_json=as_json)


@app.command("protection-zones")
def protection_zones(
    sources: Annotated[list[Path], typer.Argument(help="CAMPAIGN, or LINES OUT.")],
    language: Lang = None,
    strict: Strict = False,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Draw the protection zone of each power line."""
    from landgis.workflow.layer_answers import zones_answer

    answered(
        "protection-zones",
        lambda _step, _said: zones_answer(sources, strict=strict, replace=replace),
        folder=sources[0],
        language=language,
        as_json=as_json,
    )


@app.command("topology")
def topology(
    sources: Annotated[list[Path], typer.Argument(help="CAMPAIGN, or PARCELS [OUT].")],
    language: Lang = None,
    strict: Strict = False,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Find broken shapes, overlaps, gaps and areas that differ."""
    from landgis.workflow.topology_answers import topology_answer

    answered(
        "topology",
        lambda _step, _said: topology_answer(sources, strict=strict, replace=replace),
        folder=sources[0],
        language=language,
        as_json=as_json,
    )


@app.command("repair-topology")
def repair_topology(
    sources: Annotated[list[Path], typer.Argument(help="CAMPAIGN or PARCELS, and OUT.gpkg.")],
    budget_m2: Annotated[
        float, typer.Option("--budget-m2", help="m² that one parcel may change by.", min=0)
    ] = 1.0,
    budget_share: Annotated[
        float, typer.Option("--budget-share", help="Share that one may change by.", min=0, max=1)
    ] = 0.005,
    total_m2: Annotated[
        float, typer.Option("--total-m2", help="m² that all may change by.", min=0)
    ] = 100.0,
    sliver_m: Annotated[
        float, typer.Option("--sliver-m", help="m; narrower is a sliver.", min=0)
    ] = 0.1,
    language: Lang = None,
    strict: Strict = False,
    as_json: Json = False,
    replace: Replace = False,
) -> None:
    """Mend points, crossings and slivers within a budget; report every change."""

    def work(_step: Step, _said: Language) -> Answer:
        from landgis.workflow.topology_answers import Budget, repair_answer

        budget = Budget(budget_m2, budget_share, total_m2, sliver_m)
        return repair_answer(sources, budget, strict=strict, replace=replace)

    answered("repair-topology", work, folder=sources[0], language=language, as_json=as_json)
