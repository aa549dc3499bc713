"""The map's colours can be told apart by every reader, and each value has a word."""

import itertools

import numpy as np
import pytest

from landgis.base.schema import KINDS, REASONS, STAGES, STATES, VERDICTS
from landgis.base.text import section
from landgis.outputs.style import STYLES, style_table

#: linear RGB as seen without red, green or blue cones (Machado, Oliveira and Fernandes 2009)
SIGHTS = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = XYZ.sum(axis=1)
#: a difference that the eye sees between neighbouring areas, in CIE 1976 L*a*b*
LEAST = 12.0


def seen(colour, sight):
    """Return a colour as L*a*b* in somebody's sight."""
    rgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = XYZ @ np.clip(SIGHTS[sight] @ linear, 0, 1) / WHITE
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


PARCEL_STAGES = [style for style in STYLES["stage"] if style.key in STAGES]


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("styles", [PARCEL_STAGES, STYLES["state"]], ids=["stage", "state"])
def test_fills_of_one_view_can_be_told_apart(styles, sight):
    for one, other in itertools.combinations(styles, 2):
        distance = np.linalg.norm(seen(one.fill, sight) - seen(other.fill, sight))
        assert distance >= LEAST, (one.key, other.key, distance)


def test_what_is_not_clean_is_told_by_strokes_too():
    strokes = {style.key: style.hatch for style in STYLES["state"]}
    assert strokes["clean"] is None
    assert len({strokes["restricted"], strokes["blocked"], strokes["excluded"], None}) == 4


def test_verdicts_are_told_by_a_mark_and_can_be_read():
    assert len({style.mark for style in STYLES["verdict"]}) == len(STYLES["verdict"])
    for style in STYLES["verdict"]:
        ground, ink = (seen(colour, "all cones")[0] for colour in (style.fill, style.line))
        assert abs(ground - ink) > 45, style.key


def test_every_value_of_the_word_list_has_a_style():
    for table, values in {
        "stage": STAGES,
        "state": STATES,
        "reason": REASONS,
        "kind": KINDS,
        "verdict": VERDICTS,
    }.items():
        assert set(values) <= {style.key for style in STYLES[table]}, table


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_style_has_a_word(language):
    words = {**section("words", language), **section("map", language)}
    for styles in style_table(words).values():
        assert all(style["label"] for style in styles)
