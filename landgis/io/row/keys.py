"""The key of the household pseudonyms: kept by the office, outside every campaign.

``LANDGIS_KEY`` names the key file; else it is ``household.key`` in the user's data folder. It is
made only where no store exists yet; a store remembers its fingerprint, and afterwards a missing or
other key is refused, for it would give every household a second code.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from landgis.base.errors import CampaignError
from landgis.base.privacy import KEY_BYTES, fingerprint
from landgis.base.troubles import trouble_of

__all__ = ["household_key", "key_path"]

_SHORTEST = 16


def key_path(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the key file is, or would be."""
    named = (os.environ if environ is None else environ).get("LANDGIS_KEY")
    if named:
        return Path(named)
    return Path(platformdirs.user_data_dir("landgis", appauthor=False)) / "household.key"


def household_key(path: Path, *, remembered: str | None) -> bytes:
    """Return the key, made new where no store remembers one.

    Parameters
    ----------
    path : Path
        The key file.
    remembered : str or None
        Fingerprint in the campaign's store; None where there is no store.

    Raises
    ------
    CampaignError
        If the store was made with a key, and this one is missing, too short or another.
    """
    if path.is_file():
        key = path.read_bytes().strip()
        if len(key) < _SHORTEST:
            raise CampaignError("key_short", path=str(path), least=_SHORTEST)
        if remembered is not None and fingerprint(key) != remembered:
            raise CampaignError("key_other", path=str(path))
        return key
    if remembered is not None:
        raise CampaignError("key_missing", path=str(path))
    return _new_key(path)


def _new_key(path: Path) -> bytes:
    """Make a key file that only its owner may read."""
    key = secrets.token_hex(KEY_BYTES).encode("ascii")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CampaignError("key_unwritable", path=str(path), why=trouble_of(error)) from None
    with os.fdopen(handle, "wb") as target:
        target.write(key)
    return key
