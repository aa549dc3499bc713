"""What codes say against each other: county, owner, unit and parcel, land use and its scheme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from landgis.base.findings import finding
from landgis.base.land_use import SCHEME_MISSING_LINE, Scheme, land_use_code, scheme_of, schemes
from landgis.base.schema import SOURCE_COLUMNS
from landgis.spatial.codes import PARCEL_LENGTH, UNIT_LENGTH, admin_code_defect, sound_codes

__all__ = ["find_codes", "find_land_use"]

#: what an ownership column says, to the first letter of the feature (宗地特征码)
_OWNERS = (("国有", "G"), ("国家", "G"), ("集体", "J"))
_SHOWN = 5
_NUMERIC = re.compile(r"[0-9０-９]{4,}")


def find_codes(
    parcels: pd.DataFrame,
    records: pd.DataFrame,
    *,
    county_codes: Sequence[str] = (),
    year: int | None = None,
) -> list[dict[str, Any]]:
    """Return findings on codes that fit their structure but not each other.

    Parameters
    ----------
    parcels : DataFrame
        With ``parcel_id``; ``ownership`` and ``village`` where known.
    records : DataFrame
        With ``record_id`` and ``parcel_id``.
    county_codes : sequence of str
        Codes of the jurisdiction: two, four or six digits; empty: not checked.
    year : int, optional
        Of the codes; they change with reforms.

    Returns
    -------
    list of dict
        ``code_county_differs``, ``code_owner_differs``, ``admin_code_malformed``,
        ``code_of_unit`` (a record names the unit, not the parcel), ``code_prefix_differs``.
    """
    parcels, records = parcels.reset_index(drop=True), records.reset_index(drop=True)
    codes = sound_codes(parcels["parcel_id"])
    return [
        *_counties(parcels, codes, county_codes, year),
        *_owners(parcels, codes),
        *_villages(parcels),
        *_units(records, codes),
    ]


def _by_source(rows: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield rows by the file they came from, with that as a finding bears it."""
    if "source_file" not in rows:
        yield {}, rows
        return
    for name, own in rows.groupby(rows["source_file"].fillna(""), sort=True):
        yield ({"source_file": name} if name else {}), own


def _counties(
    parcels: pd.DataFrame, codes: pd.Series, county_codes: Sequence[str], year: int | None
) -> Iterator[dict[str, Any]]:
    """Find parcels whose code begins with another county."""
    if not county_codes:
        return
    away = codes[~codes.str.startswith(tuple(county_codes))]
    rows = parcels.loc[away.index].assign(_county=away.str[:6])
    for source, own in _by_source(rows):
        for county, some in own.groupby("_county"):
            yield finding(
                "code_county_differs",
                layer="parcels",
                ids=some["parcel_id"],
                **source,
                county=county,
                expected=", ".join(county_codes),
                year=year,
            )


def _owners(parcels: pd.DataFrame, codes: pd.Series) -> Iterator[dict[str, Any]]:
    """Find parcels whose code says state land and whose ownership says collective, or otherwise."""
    if "ownership" not in parcels:
        return
    said = parcels.loc[codes.index, "ownership"].fillna("").astype("str")
    for word, letter in _OWNERS:
        other = "J" if letter == "G" else "G"
        off = codes[said.str.contains(word, regex=False) & (codes.str[12] == other)]
        for source, own in _by_source(parcels.loc[off.index]):
            yield finding(
                "code_owner_differs",
                layer="parcels",
                ids=own["parcel_id"],
                **source,
                owner=letter,
                code_owner=other,
            )


def _villages(parcels: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Find villages that are given as administrative codes of a wrong structure."""
    if "village" not in parcels:
        return
    said = parcels["village"].dropna().astype("str")
    coded = said[said.str.fullmatch(_NUMERIC)]
    defects = {one: admin_code_defect(one) for one in sorted(coded.unique())}
    wrong = coded[coded.map(defects).notna()]
    for source, own in _by_source(parcels.loc[wrong.index]):
        for code, some in own.groupby(wrong.loc[own.index]):
            yield finding(
                "admin_code_malformed",
                layer="parcels",
                ids=some["parcel_id"],
                **source,
                said=code,
                defect=defects[str(code)],
            )


def _units(records: pd.DataFrame, parcels: pd.Series) -> Iterator[dict[str, Any]]:
    """Find records that name a unit where a parcel belongs, or whose unit is another parcel's."""
    if records.empty:
        return
    units = sound_codes(records["parcel_id"])
    units = units[(units.str.len() == UNIT_LENGTH) & ~units.isin(parcels)]
    home = units.str[:PARCEL_LENGTH]
    home = home[home.isin(parcels)]
    for row, parcel in zip(_rows(records.loc[home.index]), home, strict=True):
        yield _about("code_of_unit", row, parcel_id=parcel)
    own = sound_codes(records["record_id"])
    own = own[own.str.len() == UNIT_LENGTH].str[:PARCEL_LENGTH]
    named = sound_codes(records.loc[own.index, "parcel_id"]).str[:PARCEL_LENGTH]
    named = named[named != own.loc[named.index]]
    rows = _rows(records.loc[named.index])
    for row, said, unit in zip(rows, named, own.loc[named.index], strict=True):
        yield _about("code_prefix_differs", row, said=said, parcel_id=unit)


def _rows(records: pd.DataFrame) -> list[Any]:
    """Return rows with what a finding on them needs."""
    names = ["record_id", *(name for name in SOURCE_COLUMNS if name in records)]
    return list(records[names].to_dict("records"))


def _about(code: str, row: Any, **facts: Any) -> dict[str, Any]:
    """Return a finding on a record."""
    source = {name: row[name] for name in SOURCE_COLUMNS if not pd.isna(row.get(name))}
    return finding(code, layer="records", ids=[row["record_id"]], **source, **facts)


def find_land_use(parcels: pd.DataFrame) -> list[dict[str, Any]]:
    """Return findings on land-use codes and their schemes.

    Parameters
    ----------
    parcels : DataFrame
        With ``parcel_id``, ``land_use`` and ``land_use_scheme``; names of uses are passed over.

    Returns
    -------
    list of dict
        ``land_use_unknown`` (a code that is not in its scheme, or in none),
        ``land_use_scheme_unknown``, ``land_use_scheme_missing`` (a question: the codes of a file
        mean different things in the schemes that have them all), ``land_use_scheme_inferred``
        (only one scheme has them all).
    """
    parcels = parcels.reset_index(drop=True)
    said = parcels["land_use"].dropna().astype("str")
    known = {one: land_use_code(one) for one in said.unique()}
    codes = said.map(known).dropna()
    rows = parcels.loc[codes.index].assign(_code=codes)
    found = []
    for source, own in _by_source(rows):
        for name, some in own.groupby(own["land_use_scheme"].fillna(""), sort=True):
            found += list(_in_scheme(some, str(name), source))
    return found


def _in_scheme(rows: pd.DataFrame, said: str, source: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Find what is wrong with the codes of one file and one scheme, or none."""
    codes = sorted(rows["_code"].unique())
    scheme = scheme_of(said) if said else None
    if said and scheme is None:
        yield finding(
            "land_use_scheme_unknown",
            layer="parcels",
            ids=_first(rows),
            **source,
            said=said,
            known=", ".join(schemes()),
        )
    meant = [scheme] if scheme else list(schemes().values())
    strange = [code for code in codes if not any(one.find(code) for one in meant)]
    for code in strange:
        yield finding(
            "land_use_unknown",
            layer="parcels",
            ids=rows.loc[rows["_code"] == code, "parcel_id"],
            **source,
            said=code,
            scheme="、".join(one.key for one in meant),
        )
    if not said:
        yield from _without_scheme([one for one in codes if one not in strange], rows, source)


def _first(rows: pd.DataFrame) -> Iterable[str]:
    """Return the ids of a finding on a whole file: none where the file is named."""
    named = "source_file" in rows and rows["source_file"].notna().all()
    return () if named else rows["parcel_id"]


def _without_scheme(
    codes: list[str], rows: pd.DataFrame, source: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Ask for the scheme of codes, unless the codes themselves leave one meaning."""
    every = list(schemes().values())
    ambiguous = [code for code in codes if len(_meanings(code, every)) > 1]
    if not ambiguous:
        return
    fitting = [one for one in every if all(one.find(code) for code in codes)]
    unclear = [code for code in codes if len(_meanings(code, fitting)) > 1]
    if fitting and not unclear:
        yield finding(
            "land_use_scheme_inferred",
            layer="parcels",
            ids=_first(rows),
            **source,
            scheme=" / ".join(one.key for one in fitting),
        )
        return
    doubtful = [one for one in ambiguous if _names(one, every) > 1]
    shown = [_shown(code, fitting or every) for code in (unclear or doubtful or ambiguous)[:_SHOWN]]
    yield finding(
        "land_use_scheme_missing",
        layer="parcels",
        ids=_first(rows),
        **source,
        codes="；".join(shown),
        line=SCHEME_MISSING_LINE,
    )


def _meanings(code: str, among: list[Scheme]) -> dict[str | None, None]:
    """Return the names that a code has in schemes, None where one lacks it."""
    found = ((one, one.find(code)) for one in among)
    return dict.fromkeys(None if own is None else one.names[own][0] for one, own in found)


def _names(code: str, among: list[Scheme]) -> int:
    """Return how many names a code has in schemes."""
    return len(set(_meanings(code, among)) - {None})


def _shown(code: str, among: list[Scheme]) -> str:
    """Return a code with its meanings."""
    names = [name for name in _meanings(code, among) if name is not None]
    return f"{code} {' / '.join(names)}"
