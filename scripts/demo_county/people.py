"""People who never were: names, id numbers, phones and accounts that nobody can hold.

Id numbers have a valid check digit on the region 999999, which no place has; phones start with
100, which no network gives out; accounts start with 99999999. `personal_values` lists them all, so
that a test can demand that none survives reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .settings import SEED

REGION = "999999"
SURNAMES = "丘桑柯桂禹鄢麦蓝霍舒谷莫池沙容晏阎苗芮乔翟席隗蔺冼佘郜闵阮明"
MIDDLES = "守秋望承砚疏朴晚知闻怀景予竹屿岑苇临舟淮"
LASTS = "垄禾圃畴柘榆桐梓杏棠柏枫樟椿榕檀楠栎槐桉"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_digit(first17: str) -> str:
    """Return the 18th character of an id number (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


@dataclass(frozen=True)
class Person:
    """A made-up head of household."""

    name: str
    id_number: str
    phone: str
    account: str


def make_people(count: int) -> list[Person]:
    """Return `count` people of different names, the same at every call."""
    rng = np.random.default_rng([SEED, 7])
    total = len(SURNAMES) * len(MIDDLES) * len(LASTS)
    picks = rng.permutation(total)[:count]
    people = []
    for order, pick in enumerate(picks.tolist()):
        surname, rest = divmod(pick, len(MIDDLES) * len(LASTS))
        middle, last = divmod(rest, len(LASTS))
        year, month, day = rng.integers([1945, 1, 1], [1998, 13, 29]).tolist()
        first17 = f"{REGION}{year:04d}{month:02d}{day:02d}{order % 1000:03d}"
        people.append(
            Person(
                SURNAMES[surname] + MIDDLES[middle] + LASTS[last],
                first17 + check_digit(first17),
                f"100{int(rng.integers(0, 10**8)):08d}",
                f"99999999{int(rng.integers(0, 10**11)):011d}",
            )
        )
    return people


PEOPLE_COUNT = 2600


def personal_values() -> list[str]:
    """Return every name, id number, phone and account that the demo files can hold."""
    return [
        value
        for person in make_people(PEOPLE_COUNT)
        for value in (person.name, person.id_number, person.phone, person.account)
    ]
