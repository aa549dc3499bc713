"""Verify: sources, store, receipts and outputs against what the receipts say.

Each receipt names the hash of the one before it, and ``last.json`` that of the newest. So a receipt
that was changed, taken out, put in or exchanged is found, and by the receipts a changed source,
store or output. What cannot be found this way is that somebody rewrote sources, store and all
receipts together, hashes included. Against that a hash helps that was noted down elsewhere:
`verify` prints that of the newest receipt, and ``--expect`` demands one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.base.errors import CampaignError, LandgisError
from landgis.base.findings import finding, findings_frame
from landgis.io.manifest import campaign_folder
from landgis.io.receipts import (
    LAST,
    RECEIPTS,
    Receipt,
    file_hash,
    last_load,
    name_in,
    read_last,
    read_receipts,
)
from landgis.io.returned.mended import returned_books
from landgis.io.store import STORE
from landgis.io.store_content import store_content
from landgis.io.store_objects import STYLES
from landgis.outputs.answers import Answer
from landgis.workflow.loading import read_settings
from landgis.workflow.sources import sources_of

__all__ = ["Verified", "verify", "verify_answer"]

#: a newest receipt that is further off than this was never written
_MOST_GONE = 1_000
_SOME_OF_A_HASH = re.compile(r"[0-9a-f]{16,64}")


@dataclass(frozen=True)
class Verified:
    """What was checked.

    Attributes
    ----------
    checked : DataFrame
        checked (receipts, sources, store, outputs), count, differing.
    receipts : DataFrame
        number, command, sha256: one row per receipt, the newest last.
    findings : GeoDataFrame
        What differs.
    """

    checked: pd.DataFrame
    receipts: pd.DataFrame
    findings: gpd.GeoDataFrame


def verify(folder: Path | str, *, expect: str | None = None) -> Verified:
    """Compare sources, store, receipts and outputs of a campaign with what the receipts say.

    Parameters
    ----------
    folder : Path
        The campaign.
    expect : str, optional
        Hash of a receipt that was noted down, or at least its first 16 digits: one of the receipts
        must bear it.

    Returns
    -------
    Verified
        Findings of severity error: source_changed, source_gone, store_changed, store_added,
        store_unreadable, store_gone, load_unfinished, receipt_changed, receipt_gone,
        receipt_unnamed, chain_broken, receipt_unexpected, output_changed; of severity warning:
        source_not_loaded, output_gone, store_added where a map program kept its styles.

    Raises
    ------
    CampaignError
        If there is no campaign, it was never loaded, another program holds the store, or `expect`
        is no hash.
    """
    root = campaign_folder(Path(folder))
    wanted = _require_hash(expect)
    receipts = read_receipts(root)
    if not receipts and read_last(root) is None and not (root / STORE).is_file():
        raise CampaignError("store_missing", name=STORE, folder=str(root))
    last = last_load(receipts)
    parts = {
        "receipts": (len(receipts), _find_in_chain(root, receipts)),
        "sources": _find_in_sources(root, last),
        "store": (int((root / STORE).is_file()), _find_in_store(root, receipts, last)),
        "outputs": _find_in_outputs(root, receipts),
    }
    if wanted and not any(one.sha256.startswith(wanted) for one in receipts):
        parts["receipts"][1].append(finding("receipt_unexpected", hash=expect))
    rows = [(name, count, len(found)) for name, (count, found) in parts.items()]
    found = [row for _, some in parts.values() for row in some]
    return Verified(
        pd.DataFrame(rows, columns=["checked", "count", "differing"]),
        _listed(receipts),
        findings_frame(found),
    )


def verify_answer(folder: Path, *, expect: str | None) -> Answer:
    """Return what was checked, the receipts, and what differs."""
    found = verify(folder, expect=expect)
    newest = found.receipts.tail(1)
    return Answer(
        "verify",
        tables={"checked": found.checked, "receipts": found.receipts},
        digest={"checked": found.checked, "last_receipt": newest},
        findings=found.findings,
    )


def _require_hash(expect: str | None) -> str | None:
    """Return a hash as we write it.

    Raises
    ------
    CampaignError
        If it is none.
    """
    if expect is None:
        return None
    plain = "".join(expect.split()).lower()
    if not _SOME_OF_A_HASH.fullmatch(plain):
        raise CampaignError("expect_no_hash", hash=expect)
    return plain


def _listed(receipts: Sequence[Receipt]) -> pd.DataFrame:
    """Return the receipts as a table."""
    rows = []
    for one in receipts:
        body = one.body or {}
        command = body.get("command") if body.get("kind") != "load" else "load"
        rows.append((one.number, command if isinstance(command, str) else None, one.sha256))
    return pd.DataFrame(rows, columns=["number", "command", "sha256"])


def _receipt_name(number: int) -> str:
    """Return the path of a receipt in its campaign."""
    return f"{RECEIPTS}/{number:04d}.json"


def _find_in_chain(root: Path, receipts: Sequence[Receipt]) -> list[dict[str, Any]]:
    """Return what breaks the chain, walked from the newest receipt back to the first.

    What a receipt names is trusted as long as it is itself the one that its follower names.
    """
    there = {one.number: one for one in receipts}
    newest, expected = read_last(root) or (0, None)
    top = max(there, default=0)
    found = []
    if not 0 < newest <= top + _MOST_GONE:
        code = "receipt_changed" if expected is not None else "receipt_gone"
        found.append(finding(code, name=f"{RECEIPTS}/{LAST}"))
        newest, expected = top, None
    unnamed = [one for one in there if one > newest]
    found += [finding("receipt_unnamed", name=_receipt_name(one)) for one in unnamed]
    trusted = True
    for number in range(newest, 0, -1):
        one = there.get(number)
        broken = _break_of(one, number, expected, trusted)
        if broken is not None:
            found.append(finding(broken, name=_receipt_name(number)))
        trusted = one is not None and one.sha256 == expected
        before = (one.body or {}).get("previous") if one is not None else None
        expected = before if isinstance(before, str) else None
    return found


def _break_of(one: Receipt | None, number: int, expected: str | None, trusted: bool) -> str | None:
    """Return what is wrong with a receipt of which its follower names the hash, None if nothing."""
    if one is None:
        return "receipt_gone"
    if expected is not None and one.sha256 != expected:
        return "receipt_changed" if trusted else "chain_broken"
    body = one.body or {}
    first = number == 1 and body.get("previous") is not None
    return "chain_broken" if body.get("number") != number or first else None


def _find_in_sources(root: Path, last: Receipt | None) -> tuple[int, list[dict[str, Any]]]:
    """Return how many sources there were, and which changed, are gone or are new."""
    states = last.states("sources") if last else {}
    found = []
    for name, state in states.items():
        path = root / name
        if not (path.is_file() or path.is_dir()):
            found.append(finding("source_gone", source_file=name))
        elif file_hash(path) != state:
            found.append(finding("source_changed", source_file=name))
    new = sorted(_named_now(root) - set(states))
    return len(states), found + [finding("source_not_loaded", source_file=name) for name in new]


def _named_now(root: Path) -> set[str]:
    """Return the files that the manifest names now, as far as it can be read."""
    names = {name_in(root, path) for path in returned_books(root)}
    try:
        settings, _ = read_settings(root)
        return names | {name_in(root, path) for _, _, path in sources_of(settings, root)}
    except LandgisError:  # a changed manifest is a finding of its own
        return names


def _find_in_store(
    root: Path, receipts: Sequence[Receipt], last: Receipt | None
) -> list[dict[str, Any]]:
    """Return whether the store is the one that the receipt of the last load speaks of."""
    path = root / STORE
    told = (last.body or {}).get("store") if last else None
    sealed = told if isinstance(told, dict) else {}
    number = last.number if last else 0
    if not path.is_file():
        return [finding("store_gone", name=STORE, number=number)] if last else []
    content = store_content(path)
    if content is None:
        return [finding("store_unreadable", name=STORE, number=number)]
    added = _find_added(content.added)
    if content.sha256 == sealed.get("sha256"):
        return added
    if content.load > number:  # its own receipt is not among those that can be read
        named = (read_last(root) or (0, ""))[0]
        known = content.load <= named or content.load in {one.number for one in receipts}
        unfinished = finding("load_unfinished", name=STORE, number=content.load)
        return added if known else [unfinished, *added]
    tables = sealed.get("tables")
    differing = _differing(content.tables, tables if isinstance(tables, dict) else {})
    return [finding("store_changed", name=STORE, number=number, tables=differing), *added]


def _find_added(added: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return a finding per kind of what was hung in the store; styles are but to be looked at."""
    out = []
    for kind in dict.fromkeys(kind for kind, _ in added):
        names = [name for one, name in added if one == kind]
        severity = "warning" if (kind, names) == ("table", [STYLES]) else None
        out.append(finding("store_added", severity=severity, name=STORE, object=kind, names=names))
    return out


def _differing(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Return the tables of a store that are not as they were."""
    return sorted(name for name in {*now, *before} if now.get(name) != before.get(name))


def _find_in_outputs(root: Path, receipts: Sequence[Receipt]) -> tuple[int, list[dict[str, Any]]]:
    """Return how many outputs there are by the receipts, and which changed or are gone."""
    states: dict[str, str | None] = {}
    for one in receipts:
        states |= one.states("outputs")
    kept = {name: state for name, state in states.items() if state is not None}
    found = []
    for name, state in kept.items():
        path = root / name
        if not path.is_file():
            found.append(finding("output_gone", name=name))
        elif file_hash(path) != state:
            found.append(finding("output_changed", name=name))
    return len(kept), found
