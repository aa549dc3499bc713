"""The language a campaign speaks, asked before anything of it is known to be right."""

from __future__ import annotations

from pathlib import Path

from landgis.base.errors import LandgisError
from landgis.base.text import LANGUAGES, Language
from landgis.io.manifest import campaign_folder, read_manifest

__all__ = ["campaign_language"]


def campaign_language(folder: Path) -> Language:
    """Return the language of a campaign; Chinese where its manifest cannot tell.

    What is wrong with the manifest is said when it is read for good.
    """
    try:
        section = read_manifest(campaign_folder(folder)).get("campaign", {})
    except (LandgisError, OSError):
        return "zh"
    said = section.get("language") if isinstance(section, dict) else None
    return next((language for language in LANGUAGES if language == said), "zh")
