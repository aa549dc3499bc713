"""From a county's files to battle maps: clean land, checked in square metres.

The front door: names, nothing else. A name is loaded when it is first used, so that
``import landgis`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landgis.base.errors import LandgisError
    from landgis.base.schema import LAYERS
    from landgis.campaign import Campaign
    from landgis.office.progress import progress
    from landgis.spatial.attribution import attribute
    from landgis.spatial.boundary import check_boundary
    from landgis.spatial.clean_land import CleanLand, clean_areas, clean_land
    from landgis.spatial.corridors import protection_zones
    from landgis.spatial.repair import Repaired, repair_topology
    from landgis.spatial.topology import find_topology
    from landgis.workflow import (
        assess,
        battle_map,
        demo_folder,
        load,
        new,
        open_campaign,
        run,
        verify,
    )

try:
    __version__ = version("landgis")
except PackageNotFoundError:  # a checkout that is not installed
    __version__ = "0+unknown"

_ROOMS = {
    "Campaign": "landgis.campaign",
    "CleanLand": "landgis.spatial.clean_land",
    "LAYERS": "landgis.base.schema",
    "LandgisError": "landgis.base.errors",
    "Repaired": "landgis.spatial.repair",
    "assess": "landgis.workflow",
    "attribute": "landgis.spatial.attribution",
    "battle_map": "landgis.workflow",
    "check_boundary": "landgis.spatial.boundary",
    "clean_areas": "landgis.spatial.clean_land",
    "clean_land": "landgis.spatial.clean_land",
    "demo_folder": "landgis.workflow",
    "find_topology": "landgis.spatial.topology",
    "load": "landgis.workflow",
    "new": "landgis.workflow",
    "open_campaign": "landgis.workflow",
    "progress": "landgis.office.progress",
    "protection_zones": "landgis.spatial.corridors",
    "repair_topology": "landgis.spatial.repair",
    "run": "landgis.workflow",
    "verify": "landgis.workflow",
}

__all__ = [
    "LAYERS",
    "Campaign",
    "CleanLand",
    "LandgisError",
    "Repaired",
    "assess",
    "attribute",
    "battle_map",
    "check_boundary",
    "clean_areas",
    "clean_land",
    "demo_folder",
    "find_topology",
    "load",
    "new",
    "open_campaign",
    "progress",
    "protection_zones",
    "repair_topology",
    "run",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Open the room of a name on first use."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'landgis' has no attribute {name!r}")
    value = getattr(import_module(_ROOMS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
