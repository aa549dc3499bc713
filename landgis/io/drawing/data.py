"""What CASS attaches to a boundary: extended data of SOUTH, by position.

The strings are: code of the feature (300000: ownership boundary), number of the parcel, its owner,
class of the land. The owner is a person: the string is counted and never read further.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from landgis.io.drawing.labels import code_in
from landgis.io.drawing.whole import TextCode

__all__ = ["BOUNDARY", "OWNER_COLUMN", "Attached", "attached"]

#: CASS code of a line of ownership (权属线)
BOUNDARY = b"300000"
#: what a finding calls the owner's string
OWNER_COLUMN = "QLR (XDATA SOUTH)"
_LAND_USE = re.compile(r"[0-9]{2,4}[A-Z]?[0-9]?")


@dataclass(frozen=True)
class Attached:
    """What the strings of one outline say.

    Attributes
    ----------
    code : str or None
        Number of the parcel, where it is one by its look: another string may be a name.
    by_structure : bool
        Whether it is a code by the structure of parcel codes.
    land_use : str or None
        Class of the land, where it is a code.
    owner : bool
        Whether an owner stands there.
    """

    code: str | None = None
    by_structure: bool = False
    land_use: str | None = None
    owner: bool = False


def attached(data: Sequence[bytes], code: TextCode) -> Attached:
    """Return what the strings of an outline say; of one that is no ownership boundary, nothing."""
    if not data or data[0] != BOUNDARY:
        return Attached()
    number, owner, land = (*data[1:4], b"", b"", b"")[:3]
    said = code_in(code.read(number))
    land_use = code.read(land).strip()
    return Attached(
        said[0] if said else None,
        bool(said and said[1]),
        land_use if _LAND_USE.fullmatch(land_use) else None,
        bool(owner),
    )
