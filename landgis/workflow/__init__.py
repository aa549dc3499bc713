"""The stair: the only rooms that know all wings. Begin, load, assess, draw, run.

A name is loaded when it is first used, so that a command opens only the rooms that it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landgis.workflow.assessment import Assessment, assess
    from landgis.workflow.begin import Begun, new
    from landgis.workflow.loading import Loaded, load, open_campaign
    from landgis.workflow.maps import battle_map, write_battle_maps
    from landgis.workflow.running import Ran, demo, demo_folder, run
    from landgis.workflow.verification import Verified, verify

_ROOMS = {
    "Assessment": "assessment",
    "Begun": "begin",
    "Loaded": "loading",
    "Ran": "running",
    "Verified": "verification",
    "assess": "assessment",
    "battle_map": "maps",
    "demo": "running",
    "demo_folder": "running",
    "load": "loading",
    "new": "begin",
    "open_campaign": "loading",
    "run": "running",
    "verify": "verification",
    "write_battle_maps": "maps",
}

__all__ = [
    "Assessment",
    "Begun",
    "Loaded",
    "Ran",
    "Verified",
    "assess",
    "battle_map",
    "demo",
    "demo_folder",
    "load",
    "new",
    "open_campaign",
    "run",
    "verify",
    "write_battle_maps",
]


def __getattr__(name: str) -> Any:
    """Open the room of a name on first use."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
