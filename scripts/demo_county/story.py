"""What happens when: days since the pre-announcement, for parcels and what stands on them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

from .county import Ground
from .projects import Project
from .settings import DAY0, LAST_DAY, SEED

START = dt.date.fromisoformat(DAY0)


def day(number: int | None) -> dt.date | None:
    """Return the date of a day of the campaign."""
    return None if number is None else START + dt.timedelta(days=int(number))


@dataclass
class Fate:
    """Days on which a parcel was surveyed, agreed, paid, delivered and cleared."""

    project_id: str = ""
    surveyed: int | None = None
    agreed: int | None = None
    paid: int | None = None
    delivered: int | None = None
    cleared: int | None = None


@dataclass
class Story:
    """Fates by parcel index, and the days of groups that agreed as a whole: (agreed, paid)."""

    fates: dict[int, Fate] = field(default_factory=dict)
    by_group: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


def agreed_day(rank: float, share: float) -> int | None:
    """Return the day the item of that rank (0 first, 1 last) agrees, on a logistic curve."""
    if share <= 0:
        return None
    if share >= 1:
        return round(8 + 15 * rank)
    if rank > share:
        return None
    middle = 26.0 + 14.0 * (1 - share)
    width = (LAST_DAY - middle) / np.log(share / max(1 - share, 1e-3)) if share > 0.5 else 9.0
    width = float(np.clip(width, 5.0, 11.0))
    top = 1 / (1 + np.exp(-(LAST_DAY - middle) / width))
    scaled = min(max(rank / share * top, 0.02), top)
    return int(np.clip(round(middle - width * np.log(1 / scaled - 1)), 7, LAST_DAY))


def _capped(value: int | None, plus: int, last: int) -> int | None:
    """Return a later day, or None where it falls after the last."""
    if value is None or value + plus > last:
        return None
    return value + plus


def tell(ground: Ground, projects: list[Project]) -> Story:
    """Return the fate of every parcel that a project touches."""
    rng = np.random.default_rng([SEED, 2])
    story = Story()
    for project in projects:
        share = project.plan.share
        members = list(project.shares)
        blocks = sorted({ground.parcels[index].block for index in members})
        lead = dict(zip(blocks, rng.random(len(blocks)), strict=True))
        raw = np.array(
            [0.35 * lead[ground.parcels[i].block] + 0.65 * rng.random() for i in members]
        )
        ranks = np.argsort(np.argsort(raw)) / max(1, len(raw) - 1)
        done = share >= 1
        for index, rank in zip(members, ranks.tolist(), strict=True):
            agreed = agreed_day(rank, share)
            paid = _capped(agreed, int(rng.integers(3, 8 if done else 11)), LAST_DAY)
            slow = 0 if done else int(rng.integers(0, 9))
            delivered = _capped(paid, int(rng.integers(4, 8)) + slow, LAST_DAY)
            cleared = _capped(delivered, int(rng.integers(1, 5)) + slow // 2, LAST_DAY)
            story.fates[index] = Fate(
                project.project_id,
                int(rng.integers(1, 12 if share else 30)),
                agreed,
                paid,
                delivered,
                cleared,
            )
            if agreed is not None:
                story.fates[index].surveyed = min(int(rng.integers(1, 7)), agreed - 1)
    _agree_by_group(ground, projects, story)
    return story


#: groups that signed as a whole, with the day; their land has one row in the ledger
GROUP_DAYS = {("青石村", "3组"): 10, ("柳湾村", "3组"): 14, ("鹭洲村", "2组"): 27}


def _agree_by_group(ground: Ground, projects: list[Project], story: Story) -> None:
    """Let three groups sign and be paid as a whole."""
    share = {project.project_id: project.plan.share for project in projects}
    story.by_group = {key: (agreed, agreed + 6) for key, agreed in GROUP_DAYS.items()}
    for index, fate in story.fates.items():
        parcel = ground.parcels[index]
        if (parcel.village, parcel.group) not in story.by_group:
            continue
        agreed, paid = story.by_group[parcel.village, parcel.group]
        fate.surveyed, fate.agreed, fate.paid = 5, agreed, paid
        if share[fate.project_id] >= 1:
            fate.delivered, fate.cleared = paid + 7, paid + 11
        elif fate.delivered is not None and fate.delivered < paid + 3:
            fate.delivered = fate.cleared = None
