"""What stands on the land: houses, graves, crops and attachments, and whose they are."""

from __future__ import annotations

import numpy as np
import shapely

from .buildings import buildings
from .county import Ground, Parcel
from .people import Person
from .register import Register, follow
from .settings import M2_PER_MU
from .story import Fate, Story

FIELD_USES = ("paddy", "dry", "garden")


CROPS = {
    "paddy": ("水稻", "晚稻", "糯稻"),
    "dry": ("花生", "红薯", "玉米", "大豆"),
    "garden": ("叶菜", "瓜豆", "姜芋"),
}


SPECIAL = {
    "orchard": ("柑橘", "沙糖橘", "砂梨", "枇杷"),
    "eucalyptus": ("桉树",),
    "garden": ("苗木",),
    "dry": ("香蕉", "苗木"),
    "pond": ("莲藕",),
}


ATTACHED = (
    ("水井", "眼"),
    ("晒场硬化", "㎡"),
    ("围墙", "米"),
    ("简易棚", "㎡"),
    ("猪舍", "㎡"),
    ("沼气池", "座"),
    ("蓄水池", "座"),
)


IN_FIELD = (
    ("机井", "眼"),
    ("大棚", "㎡"),
    ("看护房", "㎡"),
    ("鱼塘护坡", "米"),
    ("抽水泵房", "座"),
)


def make_houses(register: Register) -> None:
    """Add two thousand houses; within projects they follow the parcel's fate."""
    rng = register.rng
    for index, parcel in enumerate(register.ground.parcels):
        if not parcel.home:
            continue
        person, fate = register.owner(index), register.fate(index)
        for order, shape in enumerate(buildings(parcel.shape, rng)):
            structure = (
                ("砖混", "框架", "砖混", "砖木")[int(rng.integers(0, 4))]
                if order == 0
                else ("砖木", "简易", "土木")[int(rng.integers(0, 3))]
            )
            floors = int(rng.integers(1, 4)) if order == 0 and structure != "砖木" else 1
            year, month = int(rng.integers(1986, 2022)), int(rng.integers(1, 13))
            record = register.add(
                "H",
                "house",
                index,
                person,
                structure=structure,
                quantity=round(shape.area * floors, 2),
                unit="㎡",
                shape=shape,
                built=f"{year}年{month}月",
                file="houses.gpkg",
            )
            record.text["层数"] = str(floors)
            follow(record, fate, rng, vacate=True)
        late = [r for r in register.records[-2:] if r.kind == "house" and r.parcel == index]
        if fate.delivered is not None and any(r.vacated is None for r in late):
            fate.delivered = fate.cleared = None
        elif fate.delivered is not None and late:
            fate.delivered = max(fate.delivered, *(r.vacated or 0 for r in late))
            gone = [r.removed for r in late]
            if any(one is None for one in gone):
                fate.cleared = None
            elif fate.cleared is not None:
                fate.cleared = max(fate.cleared, fate.delivered, *(one or 0 for one in gone))


def make_crops(register: Register, cut: set[int]) -> None:
    """Add crops, special crops and attachments on the parcels of the projects.

    Parcels that a red line cuts carry none: whose share that would be is for the survey to say.
    """
    rng = register.rng
    for index, fate in register.story.fates.items():
        parcel = register.ground.parcels[index]
        if index in cut:
            continue
        person, mu = register.owner(index), parcel.shape.area / M2_PER_MU
        if parcel.use in ("orchard", "eucalyptus", "pond") or (
            parcel.use in ("dry", "garden") and rng.random() < 0.3
        ):
            _special(register, index, parcel, person, fate)
        elif parcel.use in FIELD_USES:
            _crop(register, index, parcel, person, fate, mu)
        if parcel.use == "plot":
            kinds = rng.permutation(len(ATTACHED))[: int(rng.integers(2, 5))].tolist()
            for choice in kinds:
                _attach(register, index, person, fate, *ATTACHED[choice])
        elif parcel.use in ("paddy", "dry", "garden", "orchard", "pond") and rng.random() < 0.33:
            _attach(register, index, person, fate, *IN_FIELD[int(rng.integers(0, len(IN_FIELD)))])


def _crop(
    register: Register, index: int, parcel: Parcel, person: Person, fate: Fate, mu: float
) -> None:
    """Add the standing crop of a field; some fields carry two."""
    rng = register.rng
    names = CROPS[parcel.use]
    parts = [mu] if rng.random() < 0.72 else [mu * 0.5, mu * 0.4]
    for part in parts:
        value = round(max(part, 0.02), 2)
        record = register.add(
            "Q",
            "crop",
            index,
            person,
            structure=names[int(rng.integers(0, len(names)))],
            quantity=value,
            unit="亩",
        )
        follow(record, fate, rng, vacate=False)


def _special(register: Register, index: int, parcel: Parcel, person: Person, fate: Fate) -> None:
    """Add a special crop: surveyed ones as a polygon, the others in the team's ledger."""
    rng = register.rng
    names = SPECIAL[parcel.use]
    in_gis = parcel.use in ("orchard", "eucalyptus", "pond")
    shape = parcel.shape.buffer(-1.5, join_style="mitre") if in_gis else None
    area = parcel.shape.area if shape is None else shape.area
    record = register.add(
        "C" if in_gis else "T",
        "special_crop",
        index,
        person,
        structure=names[int(rng.integers(0, len(names)))],
        quantity=round(area / M2_PER_MU, 2),
        unit="亩",
    )
    if shape is not None:
        record.shape = shapely.set_precision(shape, 0.001)
        record.file = "crops.gpkg"
    follow(record, fate, rng, vacate=False)


def _attach(
    register: Register, index: int, person: Person, fate: Fate, name: str, unit: str
) -> None:
    """Add an attachment."""
    rng = register.rng
    value = {
        "眼": 1,
        "座": int(rng.integers(1, 3)),
        "㎡": int(rng.integers(8, 160)),
        "米": int(rng.integers(10, 60)),
    }[unit]
    if name == "晒场硬化":
        value *= 9  # a threshing floor: 1,260 m² is not rare
    record = register.add(
        "F", "attachment", index, person, structure=name, quantity=float(value), unit=unit
    )
    follow(record, fate, rng, vacate=False)


def make_graves(register: Register, count: int) -> None:
    """Add graves in the woods, the orchards and on dry ground, some in clusters."""
    rng = register.rng
    parcels = register.ground.parcels
    woods = [i for i, p in enumerate(parcels) if p.use in ("eucalyptus", "orchard")]
    dry = [i for i, p in enumerate(parcels) if p.use == "dry"]
    while register.counts.get("G", 0) < count:
        pool = woods if rng.random() < 0.7 else dry
        index = pool[int(rng.integers(0, len(pool)))]
        shape = parcels[index].shape.buffer(-1.5)
        if shape.is_empty:
            continue
        low_x, low_y, high_x, high_y = shape.bounds
        seed = np.array([rng.uniform(low_x, high_x), rng.uniform(low_y, high_y)])
        person, fate = register.owner(index), register.fate(index)
        for _ in range(int(rng.integers(1, 7))):
            spot = shapely.Point(np.round(seed + rng.uniform(-9, 9, 2), 3))
            if register.counts.get("G", 0) >= count or not shape.covers(spot):
                continue
            record = register.add(
                "G",
                "grave",
                index,
                person,
                quantity=1.0,
                unit="穴",
                shape=spot,
                file="graves.gpkg",
                structure=("土坟", "水泥坟", "石碑坟")[int(rng.integers(0, 3))],
            )
            follow(record, fate, rng, vacate=False)


def make_register(ground: Ground, story: Story, cut: set[int]) -> Register:
    """Return everything that stands on the land, in the order it was registered."""
    register = Register(ground, story)
    make_houses(register)
    make_crops(register, cut)
    make_graves(register, 900)
    return register
