"""Export: a layer or a result of a campaign, or a file of a surveyor, as another kind of file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from landgis.base.errors import CampaignError, LandgisError, OutputError, SourceError
from landgis.base.findings import findings_frame
from landgis.base.schema import LAYERS
from landgis.base.text import Language, section, word
from landgis.io.coordinate.writer import Encoding, Parts
from landgis.io.files import refuse_part
from landgis.io.row.draft import SourceOptions
from landgis.io.row.numbering import unique_ids
from landgis.outputs.answers import Answer
from landgis.outputs.exports import FORMATS, Exported
from landgis.outputs.exports_columns import EDITIONS, EXPORTS, RESULTS, columns_for
from landgis.outputs.files import file_name
from landgis.outputs.layer_files import require_output
from landgis.workflow.assessment import day_of
from landgis.workflow.export_frames import frame_of
from landgis.workflow.export_writing import readied, written
from landgis.workflow.layer_answers import expect, opened
from landgis.workflow.receipt_facts import recorded
from landgis.workflow.sources import READERS

__all__ = ["Wanted", "export_answer"]

_USAGE = "export CAMPAIGN LAYER [OUT] | FILE OUT --layer LAYER"
#: formats in which an option means something
_TAKES = {"--encoding": ("shp", "txt", "dxf"), "--parts": ("txt",)}


@dataclass(frozen=True)
class Wanted:
    """What the user asked for beside what is exported and where to.

    Attributes
    ----------
    form : str or None
        One of `FORMATS`; None: as the name of the file says, GeoPackage in a folder.
    edition : str or None
        ``internal``, ``village`` or ``public``; None: the campaign's.
    project : str or None
        Only this project.
    as_of : day or None
        Day of results.
    layer : str or None
        Layer that a file is of.
    kind : str or None
        Kind of the records of a file.
    crs : str or None
        CRS to export in; None: the campaign's, or the file's own.
    encoding : str or None
        ``gb18030`` or ``utf-8``, for shapefiles, drawings and coordinate text.
    parts : str or None
        ``records`` (default: county tools take a further ring for a hole) or ``rings``.
    """

    form: str | None = None
    edition: str | None = None
    project: str | None = None
    as_of: Any = None
    layer: str | None = None
    kind: str | None = None
    crs: str | None = None
    encoding: str | None = None
    parts: str | None = None


def export_answer(
    sources: list[Path], wanted: Wanted, *, strict: bool, replace: bool, language: Language
) -> Answer:
    """Export a layer or result of a campaign, or a layer file that belongs to none.

    Parameters
    ----------
    sources : list of Path
        ``CAMPAIGN LAYER [OUT]``, or ``FILE OUT`` with `wanted.layer`. OUT is a file, or a folder in
        which the name says project, layer, edition and day; ``CAMPAIGN/out`` if not given.
    wanted : Wanted
        Format, edition, project, day, CRS, encoding.
    strict : bool
        Whether a store older than its sources is refused.
    replace : bool
        Whether older files are written over.
    language : {"zh", "en"}
        Of headings, names and notes.

    Raises
    ------
    LandgisError
        If the question is wrong, the source cannot be used, or the output cannot be written.
    """
    _require_choices(wanted)
    if _is_campaign(sources[0]):
        return _of_campaign(sources, wanted, strict=strict, replace=replace, language=language)
    return _of_file(sources, wanted, replace=replace, language=language)


def _is_campaign(path: Path) -> bool:
    """Tell whether the first word is a campaign: a folder or a manifest (.gdb is a layer file)."""
    return path.suffix.lower() in (".toml", "") or (path.is_dir() and path.suffix != ".gdb")


def _require_choices(wanted: Wanted) -> None:
    """Refuse an option that takes no such value."""
    for name, value, known in (
        ("--format", wanted.form, FORMATS),
        ("--edition", wanted.edition, EDITIONS),
        ("--encoding", wanted.encoding, get_args(Encoding)),
        ("--parts", wanted.parts, get_args(Parts)),
    ):
        if value is not None and value not in known:
            raise CampaignError("choice_wrong", name=name, value=value, choices=", ".join(known))


def _of_campaign(
    sources: list[Path], wanted: Wanted, *, strict: bool, replace: bool, language: Language
) -> Answer:
    """Export a layer or result of a campaign."""
    expect(sources, (2, 3), _USAGE)
    name = _layer_name(str(sources[1]))
    campaign, notes = opened(sources[0], strict)
    settings = campaign.settings.campaign
    edition = wanted.edition or settings.edition
    columns_for(name, edition)
    ids = list(campaign.projects["project_id"])
    if wanted.project is not None and wanted.project not in ids:
        raise CampaignError("project_unknown", project_id=wanted.project, known=", ".join(ids))
    day = day_of(campaign.settings, wanted.as_of)
    parts = [wanted.project or settings.name, word(f"layer_{name}", language)]
    parts += [word(f"in_name_{edition}", language), f"{day:%Y%m%d}"]
    given = sources[2] if len(sources) == 3 else campaign.folder / "out"
    path, form = _place(given, wanted, parts, replace=replace)
    frame = frame_of(campaign, name, project=wanted.project, as_of=day, language=language)
    facts = {"campaign": settings.name, "as_of": f"{day:%Y-%m-%d}"}
    if wanted.project is not None:
        facts["project_id"] = wanted.project
    export = readied(
        name, frame, form, edition=edition, crs=wanted.crs, facts=facts, language=language
    )
    told = written(
        export,
        path,
        form,
        encoding=wanted.encoding,
        parts=wanted.parts,
        day=day,
        replace=replace,
    )
    notes += recorded(campaign.folder, "export", told.files, as_of=day)
    return _answer(name, told, len(frame), form, edition, day, notes)


def _of_file(sources: list[Path], wanted: Wanted, *, replace: bool, language: Language) -> Answer:
    """Export a layer file that belongs to no campaign; its findings are said as at loading."""
    expect(sources, (2,), _USAGE)
    if wanted.layer is None:
        raise CampaignError("export_layer_missing", known=", ".join(LAYERS))
    name = _layer_name(wanted.layer)
    if name not in LAYERS:
        raise CampaignError("export_layer_missing", known=", ".join(LAYERS))
    if wanted.project is not None:
        raise CampaignError("option_unknown", option="--project", command="export")
    edition = wanted.edition or "internal"
    columns_for(name, edition)
    parts = [sources[0].stem, word(f"layer_{name}", language), word(f"in_name_{edition}", language)]
    path, form = _place(sources[1], wanted, parts, replace=replace)
    reader = READERS.get(sources[0].suffix.lower())
    if reader is None:
        refuse_part(sources[0], sources[0].name)
        raise SourceError("source_kind_unknown", layer=name, name=sources[0].name)
    options = SourceOptions(path=sources[0].name, kind=wanted.kind)
    reading = reader(sources[0], name, options)
    frame, repeats = unique_ids(reading.frame, name)
    facts = {"source": sources[0].name}
    export = readied(
        name, frame, form, edition=edition, crs=wanted.crs, facts=facts, language=language
    )
    told = written(
        export,
        path,
        form,
        encoding=wanted.encoding,
        parts=wanted.parts,
        day=None,
        replace=replace,
    )
    noted = Exported(told.files, [*reading.findings, *repeats, *told.findings])
    return _answer(name, noted, len(frame), form, edition, None, ())


def _layer_name(said: str) -> str:
    """Return a layer or result by its name, or by its word in either language."""
    for language in ("zh", "en"):
        for key, value in section("words", language).items():
            if key.startswith("layer_") and value == said:
                said = key.removeprefix("layer_")
    if said not in EXPORTS:
        raise OutputError("export_unknown", name=said, known=", ".join(EXPORTS))
    return said


def _place(given: Path, wanted: Wanted, parts: list[str], *, replace: bool) -> tuple[Path, str]:
    """Return the file to write and its format, before any work."""
    ending = given.suffix.lower().removeprefix(".")
    if ending == "json":
        ending = "geojson"
    if given.is_dir() or ending not in FORMATS:
        if ending and not given.is_dir() and wanted.form is None:
            raise OutputError("output_kind_unknown", name=given.name, known=_known())
        form = wanted.form or "gpkg"
        given = given / file_name(parts, f".{form}")
    elif wanted.form not in (None, ending):
        raise OutputError("export_format_differs", name=given.name, form=wanted.form)
    else:
        form = ending
    for option, forms in _TAKES.items():
        if getattr(wanted, option.removeprefix("--")) is not None and form not in forms:
            raise CampaignError("export_option_idle", option=option, form=form)
    require_output(given, (f".{form}", ".json"), replace=replace)
    return given, form


def _known() -> str:
    """Return the endings of files that can be written."""
    return ", ".join(f".{form}" for form in FORMATS)


def _answer(
    name: str,
    told: Exported,
    rows: int,
    form: str,
    edition: str,
    day: pd.Timestamp | None,
    notes: tuple[LandgisError, ...],
) -> Answer:
    """Return what was written and what should be known of it."""
    table = pd.DataFrame(
        [{"layer": name, "rows": rows, "format": form, "edition": edition}]
    ).astype({"rows": "int64"})
    return Answer(
        "export",
        as_of=day if name in RESULTS else None,
        tables={"export": table},
        findings=findings_frame(told.findings),
        files=told.files,
        notes=notes,
    )
