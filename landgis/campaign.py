"""A campaign: frames and settings that travel together, frozen, without methods that compute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from landgis.base.errors import CampaignError
from landgis.base.schema import LAYERS
from landgis.base.text import has

__all__ = [
    "Campaign",
    "CampaignSection",
    "DatumShiftSection",
    "ImageSection",
    "LandSale",
    "LayerSource",
    "ProjectSection",
    "Settings",
    "TeamSection",
    "parse_settings",
]


class _Section(BaseModel):
    """A table of the manifest; a misspelt key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LayerSource(_Section):
    """Where a layer comes from, and what its sender did not say."""

    path: str
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    status_on: dt.date | None = None
    parcel_id: list[str] = []
    columns: dict[str, str] = {}
    kind: str | None = None
    land_use_scheme: str | None = None
    year: Annotated[int, Field(ge=1900, le=2100)] | None = None


def _sources(value: Any) -> Any:
    """Read a path, a table, or a list of both as a list of tables."""
    listed = value if isinstance(value, list) else [value]
    return [{"path": one} if isinstance(one, str) else one for one in listed]


def _codes(value: Any) -> Any:
    """Read one code or a list of codes; a number is the code it shows."""
    listed = value if isinstance(value, list) else [value]
    return [str(one) if isinstance(one, int) else one for one in listed]


#: code of a county (6), prefecture (4) or province (2 digits)
AdminCode = Annotated[str, Field(pattern=r"^[1-9][0-9](?:[0-9]{2}){0,2}$")]


class CampaignSection(_Section):
    """``[campaign]``."""

    name: str
    district: str | None = None
    county_code: Annotated[list[AdminCode], BeforeValidator(_codes)] = []
    county_code_year: int | None = None
    crs: str
    as_of: dt.date | None = None
    language: Literal["zh", "en"] = "zh"
    started_on: dt.date | None = None
    acquired_when: Literal["agreed", "paid", "delivered"] = "agreed"
    area_basis: Literal["stated", "plane", "ellipsoidal"] = "stated"
    edition: Literal["public", "village", "internal"] = "internal"
    keep: dict[str, str] = {}


class ImageSection(_Section):
    """``[[image]]``: an orthophoto and the day it was taken."""

    path: str
    taken_on: dt.date | None = None
    crs: str | None = None


class DatumShiftSection(_Section):
    """``[[datum_shift]]``: parameters of the survey office between two systems.

    ``from`` and ``to`` are ``"EPSG:…"``, a datum (cgcs2000, xian80, beijing54, new_beijing; for 7
    parameters) or ``"local:NAME"``; ``to`` is the campaign's CRS if not given. Seven parameters
    need ``convention``, four ``rotation``, unless nothing turns or control points decide.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False
    )

    source: Annotated[str, Field(alias="from")]
    to: str | None = None
    method: Annotated[Literal["4", "7"], BeforeValidator(str)]
    convention: Literal["position_vector", "coordinate_frame"] | None = None
    rotation: Literal["clockwise", "anticlockwise"] | None = None
    dx_m: float | None = None
    dy_m: float | None = None
    dz_m: float | None = None
    rx_s: float | None = None
    ry_s: float | None = None
    rz_s: float | None = None
    rotation_s: float | None = None
    scale_ppm: float | None = None
    control_points: str | None = None
    limit_m: Annotated[float, Field(gt=0)] | None = None


class TeamSection(_Section):
    """``[[team]]``."""

    team: str
    office: str | None = None
    capacity: int | None = None
    skills: list[str] = []


class Instalment(_Section):
    """A cumulative share of a sale's price and when it falls due."""

    on: Literal["clean"] | None = None
    months_after_clean: int | None = None
    share: Annotated[float, Field(ge=0, le=1)]


class Receipt(_Section):
    """Money received."""

    on: dt.date
    yuan: float


class LandSale(_Section):
    """``[project.land_sale]``."""

    contract_signed_on: dt.date | None = None
    total_yuan: float
    instalments: list[Instalment] = []
    received: list[Receipt] = []


class ProjectSection(_Section):
    """``[[project]]``, or a row of 项目表.xlsx."""

    project_id: str
    name: str | None = None
    use: (
        Literal["industrial", "residential", "commercial", "infrastructure", "public_service"]
        | None
    ) = None
    leader: str | None = None
    task_force: str | None = None
    plan: str | None = None
    task_area_mu: float | None = None
    clean_by: dt.date | None = None
    power_relocated_by: dt.date | None = None
    corridor: Literal["condition", "blocker", "excluded"] = "condition"
    corridor_doc_no: str | None = None
    steps: dict[str, dt.date] = {}
    conditions: dict[str, bool] = {}
    land_sale: LandSale | None = None


Sources = Annotated[list[LayerSource], BeforeValidator(_sources)]


class Settings(_Section):
    """The whole manifest, with the projects of 项目表 laid under it."""

    campaign: CampaignSection
    layers: dict[str, Sources] = {}
    image: list[ImageSection] = []
    datum_shift: list[DatumShiftSection] = []
    team: list[TeamSection] = []
    project: list[ProjectSection] = []
    rules: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Campaign:
    """Frames and settings of one campaign.

    Attributes
    ----------
    folder : Path
        Where its files lie.
    settings : Settings
        The manifest and the project workbook.
    layers : mapping of str to DataFrame or GeoDataFrame
        Every layer of the word list by name, geometry in the campaign CRS.
    meta : mapping
        What the store remembers: sources with their hashes, versions, day of loading.
    """

    folder: Path
    settings: Settings
    layers: Mapping[str, pd.DataFrame]
    meta: Mapping[str, Any]

    def __getattr__(self, name: str) -> gpd.GeoDataFrame:
        """Return a layer by its name: ``campaign.parcels``."""
        layers = self.__dict__.get("layers", {})
        if name in layers:
            layer: gpd.GeoDataFrame = layers[name]
            return layer
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        """List the layers too."""
        return sorted({*super().__dir__(), *self.layers})

    def project(self, project_id: str) -> ProjectSection:
        """Return the settings of one project, bare where none were written."""
        for section in self.settings.project:
            if section.project_id == project_id:
                return section
        return ProjectSection(project_id=project_id)


def parse_settings(manifest: Mapping[str, Any]) -> Settings:
    """Return the settings of a parsed manifest.

    Raises
    ------
    CampaignError
        Naming the first key that is misspelt, missing or of the wrong kind.
    """
    odd = sorted(set(manifest.get("layers", {})) - set(LAYERS))
    if odd:
        raise CampaignError("layer_unknown", name=odd[0], known=", ".join(LAYERS))
    try:
        settings = Settings.model_validate(manifest)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        code = {"missing": "manifest_key_missing", "extra_forbidden": "manifest_key_unknown"}
        if first["type"] == "literal_error":
            choices = first["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            raise CampaignError("manifest_choice", key=where, choices=choices) from None
        why = first["type"] if has("words", f"why_{first['type']}") else first["msg"]
        raise CampaignError(code.get(first["type"], "manifest_value"), key=where, why=why) from None
    ids = [section.project_id for section in settings.project]
    again = next((one for one in ids if ids.count(one) > 1), None)
    if again is not None:
        raise CampaignError("project_twice", project_id=again)
    return settings
