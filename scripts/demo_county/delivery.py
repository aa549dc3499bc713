"""Everything that is handed over, before it is written; `defects` bends it."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely

from .county import Ground, make_ground
from .fixtures import Line, make_exclusions, make_lines, make_zones
from .holdings import make_register
from .people import Person
from .projects import Project, make_projects
from .register import Record, Register
from .story import Story, tell
from .table import Row, make_rows


@dataclass
class Plant:
    """One planted defect; a key that starts with ``row:`` names a ledger record."""

    code: str
    layer: str
    key: str
    note: str


@dataclass
class Delivery:
    """The county as it is handed over."""

    ground: Ground
    projects: list[Project]
    story: Story
    register: Register
    rows: list[Row]
    lines: list[Line]
    exclusions: list[dict[str, object]]
    zones: list[dict[str, object]]
    planted: list[Plant] = field(default_factory=list)
    built_later: list[shapely.Polygon] = field(default_factory=list)  # seen from the air only
    task_changes: dict[tuple[str, str], int] = field(default_factory=dict)
    wrong_subtotals: set[tuple[str, str, str]] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)

    def plant(self, code: str, layer: str, key: str, note: str) -> None:
        """Write down a defect."""
        self.planted.append(Plant(code, layer, key, note))

    @property
    def records(self) -> list[Record]:
        """All records of the register."""
        return self.register.records

    def project_of(self) -> dict[int, Project]:
        """Return the project of each parcel that one touches."""
        return {index: project for project in self.projects for index in project.shares}


def make_land_records(delivery: Delivery) -> None:
    """Add the rows of the land sheets: one per parcel, or one per group that signed whole."""
    register, ground, story = delivery.register, delivery.ground, delivery.story
    chiefs: dict[tuple[str, str], Person] = {key: homes[0] for key, homes in register.homes.items()}
    for key, (agreed, paid) in story.by_group.items():
        index = next(i for i, p in enumerate(ground.parcels) if (p.village, p.group) == key)
        record = register.add(
            "D", "land", index, chiefs[key], unit="亩", surveyed=5, agreed=agreed, paid=paid
        )
        inside = [
            i for i in story.fates if (ground.parcels[i].village, ground.parcels[i].group) == key
        ]
        record.quantity = round(sum(delivery.rows[i].stated_mu or 0.0 for i in inside), 2)
        record.parcel, record.number, record.note = -1, "", "与村民小组整体签订协议"
    for index, fate in sorted(story.fates.items()):
        parcel = ground.parcels[index]
        if (parcel.village, parcel.group) in story.by_group:
            continue
        person = register.at_home.get(index) or chiefs[parcel.village, parcel.group]
        if parcel.use in ("paddy", "dry", "garden"):
            person = register.owner(index)
        register.add(
            "D",
            "land",
            index,
            person,
            structure=parcel.land_use,
            quantity=delivery.rows[index].stated_mu,
            unit="亩",
            surveyed=fate.surveyed,
            agreed=fate.agreed,
            paid=fate.paid,
            vacated=fate.delivered,
            removed=fate.cleared,
        )


def make_delivery() -> Delivery:
    """Return the clean county; `defects` spoils it."""
    ground = make_ground()
    projects = make_projects(ground)
    story = tell(ground, projects)
    cut = {i for project in projects for i, share in project.shares.items() if share < 1 - 1e-9}
    register = make_register(ground, story, cut)
    rows = make_rows(ground, register)
    delivery = Delivery(
        ground,
        projects,
        story,
        register,
        rows,
        make_lines(),
        make_exclusions(projects, rows),
        make_zones(ground, rows, set(story.fates)),
    )
    kept = [row["shape"] for row in delivery.exclusions if row["除外原因"] == "祠堂"]
    halls = {i for i in story.fates if any(rows[i].shape.covers(shape) for shape in kept)}  # type: ignore[union-attr]
    register.records = [record for record in register.records if record.parcel not in halls]
    make_land_records(delivery)
    return delivery
