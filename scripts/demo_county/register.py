"""The register: makes records in order and knows who lives where."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from .county import Ground
from .people import PEOPLE_COUNT, Person, make_people
from .settings import LAST_DAY, SEED, VILLAGES
from .story import Fate, Story


@dataclass
class Record:
    """One recorded thing; days are counted from the pre-announcement."""

    record_id: str
    kind: str
    parcel: int  # index of the parcel it stands on, -1 where it stands on none
    village: str
    group: str
    number: str
    person: Person
    team: str
    structure: str = ""
    quantity: str | float | None = None
    unit: str = ""
    built: str = ""
    surveyed: int | None = None
    agreed: int | None = None
    paid: int | None = None
    vacated: int | None = None
    removed: int | None = None
    shape: shapely.Geometry | None = None
    file: str = ""
    note: str = ""
    text: dict[str, str] = field(default_factory=dict)  # cells that say something else than a day


class Register:
    """Makes records in order; knows who lives where."""

    def __init__(self, ground: Ground, story: Story) -> None:
        self.ground = ground
        self.story = story
        self.people = make_people(PEOPLE_COUNT)
        self.rng = np.random.default_rng([SEED, 3])
        self.records: list[Record] = []
        self.counts: dict[str, int] = {}
        self.homes: dict[tuple[str, str], list[Person]] = {}
        self.at_home: dict[int, Person] = {}
        plots = [index for index, parcel in enumerate(ground.parcels) if parcel.home]
        for person, index in zip(self.people, plots, strict=False):
            parcel = ground.parcels[index]
            self.at_home[index] = person
            self.homes.setdefault((parcel.village, parcel.group), []).append(person)

    def owner(self, index: int) -> Person:
        """Return who lives on a plot or works a field."""
        parcel = self.ground.parcels[index]
        if index in self.at_home:
            return self.at_home[index]
        homes = self.homes[parcel.village, parcel.group]
        return homes[int(self.rng.integers(0, len(homes)))]

    def add(self, prefix: str, kind: str, index: int, person: Person, **more: object) -> Record:
        """Add a record on a parcel."""
        parcel = self.ground.parcels[index]
        self.counts[prefix] = self.counts.get(prefix, 0) + 1
        record = Record(
            f"{prefix}{self.counts[prefix]:05d}",
            kind,
            index,
            parcel.village,
            parcel.group,
            parcel.number,
            person,
            VILLAGES[parcel.village][3],
            **more,  # type: ignore[arg-type]
        )
        self.records.append(record)
        return record

    def fate(self, index: int) -> Fate:
        """Return what happens to a parcel."""
        return self.story.fates.get(index, Fate())


def follow(record: Record, fate: Fate, rng: np.random.Generator, *, vacate: bool) -> None:
    """Give a record the days of its parcel, each step a little later than the parcel's own."""
    if not fate.project_id:
        return
    record.surveyed = fate.surveyed
    if fate.agreed is None:
        return
    lag = int(rng.integers(0, 3))
    record.agreed = min(fate.agreed + lag, LAST_DAY)
    if fate.paid is None or fate.paid + lag > LAST_DAY:
        return
    record.paid = fate.paid + lag
    if fate.delivered is None:
        return
    if vacate:
        record.vacated = max(fate.delivered - 1, record.paid + 1)
        if record.vacated > LAST_DAY:
            record.vacated = None
            return
    if fate.cleared is None:
        return
    removed = max(fate.cleared - int(rng.integers(0, 2)), (record.vacated or record.paid) + 1)
    record.removed = removed if removed <= LAST_DAY else None
