"""What a reader noticed of a file, as findings: how it told the encoding, what it dropped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landgis.base.findings import finding
from landgis.io.vector.dbf import TextEvidence

__all__ = ["encoding_findings", "reader_findings", "said_of_numbers"]


def encoding_findings(evidence: TextEvidence, source: str, layer_name: str) -> list[dict[str, Any]]:
    """Return a finding where a table does not say its encoding, or says another one."""
    if evidence.labelled and evidence.against is None:
        return []
    encoding = str(evidence.encoding)
    shown = "GBK/GB18030" if encoding == "gb18030" else encoding.upper()
    facts: dict[str, Any] = {"layer": layer_name, "source_file": source, "encoding": shown}
    if evidence.against is None:
        return [finding("encoding_inferred", **facts)]
    return [finding("encoding_conflict", said=evidence.against, **facts)]


def reader_findings(
    notes: Mapping[str, Any], source: str, layer_name: str, id_column: str | None
) -> list[dict[str, Any]]:
    """Return findings of what a reader dropped, mended, took for a code or could not read whole."""
    facts: dict[str, Any] = {"layer": layer_name, "source_file": source}
    said = []
    if notes.get("descriptions_dropped"):
        said.append(finding("free_text_dropped", columns="description", **facts))
    if id_column is not None:
        said.append(finding("names_as_ids", column=id_column, **facts))
    if notes.get("read") == "record by record":
        said.append(finding("read_by_record", **facts))
    for row in notes.get("rings_closed", []):
        said.append(finding("ring_not_closed", source_row=row, **facts))
    return said


def said_of_numbers(withheld: int, layer_name: str, source: str) -> list[dict[str, Any]]:
    """Return a finding where folders, layers, sheets or members are known by number."""
    if not withheld:
        return []
    return [finding("places_numbered", layer=layer_name, source_file=source, count=withheld)]
