"""The table of the parcels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from .county import Ground
from .register import Register
from .settings import M2_PER_MU, VILLAGES


@dataclass
class Row:
    """A parcel as the surveyors hand it over."""

    village: str
    group: str
    number: str
    ownership: str
    land_use: str
    stated_mu: float | None
    owner: str
    team: str
    shape: shapely.Polygon | None
    use: str
    note: str = ""

    @property
    def parcel_id(self) -> str:
        """The compound code."""
        return f"{self.village}-{self.group}-{self.number}"


def stated(area_m2: float) -> float:
    """Return an area as surveyors state it: mu with two decimals."""
    return float(np.floor(area_m2 / M2_PER_MU * 100 + 0.5) / 100)


def make_rows(ground: Ground, register: Register) -> list[Row]:
    """Return the parcels' table."""
    rows = []
    for index, parcel in enumerate(ground.parcels):
        state = parcel.use == "highway"
        home = register.at_home.get(index)
        owner = (
            home.name if home else ("县公路中心" if state else f"{parcel.village}{parcel.group}")
        )
        rows.append(
            Row(
                parcel.village,
                parcel.group,
                parcel.number,
                "国有土地所有权" if state else "集体土地所有权",
                parcel.land_use,
                stated(parcel.shape.area),
                owner,
                VILLAGES[parcel.village][3],
                parcel.shape,
                parcel.use,
            )
        )
    return rows
