"""What lies over the ground of projects on a day: exclusions, standing records, live lines."""

from __future__ import annotations

import numpy as np
import shapely

from landgis.base.schema import KINDS, REASONS
from landgis.spatial.blockers import CROPS
from landgis.spatial.ground import BIT
from landgis.spatial.laying import Overlay
from landgis.spatial.scene import Scene
from landgis.spatial.shapes import Mask, Shapes, is_usable
from landgis.spatial.states import parts_near
from landgis.spatial.tables import dates_of, text_of

__all__ = ["blocking", "excluding"]


def excluding(scene: Scene) -> list[Overlay]:
    """Return the overlays that take ground out by an approved document."""
    outlines = scene.exclusions.geometry.to_numpy()
    usable = is_usable(outlines)
    approved = _approved(scene) & usable
    everywhere = np.ones(len(scene.drawn), dtype=bool)
    bases = scene.bases[scene.drawn]
    by_contract = scene.corridor[scene.drawn] == "excluded"
    return [
        Overlay(BIT["exclusion"], parts_near(outlines[approved], bases), everywhere),
        Overlay(BIT["exclusion"], parts_near(_live_zones(scene), bases), by_contract),
    ]


def _approved(scene: Scene) -> Mask:
    """Tell which exclusions have a document and were approved by the day."""
    paper = text_of(scene.exclusions, "doc_no").fillna("").str.strip().ne("")
    return (paper & dates_of(scene.exclusions, "approved_on").le(scene.as_of)).to_numpy(bool)


def _live_zones(scene: Scene) -> Shapes:
    """Return the protection zones that hold and could be drawn."""
    known = scene.live["half_width_m"].notna().to_numpy(bool)
    shapes = scene.live.geometry.to_numpy()[known]
    out: Shapes = shapes[is_usable(shapes)]
    return out


def blocking(scene: Scene) -> list[Overlay]:
    """Return the overlays that block or restrict the ground they lie on, in order of reason."""
    bases, everywhere = scene.bases[scene.drawn], np.ones(len(scene.drawn), dtype=bool)
    outlines = scene.exclusions.geometry.to_numpy()
    refused = outlines[is_usable(outlines) & ~_approved(scene)]
    out = [Overlay(BIT["exclusion_unapproved"], parts_near(refused, bases), everywhere)]
    areas = shapely.get_dimensions(scene.now.shapes) == 2
    kinds = scene.now.records["kind"].to_numpy(object)
    for kind in (reason for reason in REASONS if reason in KINDS):
        standing_there = scene.now.shapes[areas & (kinds == kind)]
        regions = parts_near(standing_there, bases)
        out.append(Overlay(BIT[kind], regions, everywhere, crops=kind in CROPS))
    zones, corridor = parts_near(_live_zones(scene), bases), scene.corridor[scene.drawn]
    undocumented = BIT["live_line"] | BIT["exclusion_unapproved"]
    out.append(Overlay(undocumented, zones, corridor == "unapproved"))
    out.append(Overlay(BIT["live_line"], zones, np.isin(corridor, ("condition", "blocker"))))
    return out
