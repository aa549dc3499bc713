"""Drawings: every version and encoding, every kind of outline, layers, units, what is broken."""

from __future__ import annotations

import json
import math
import random
import zipfile
from pathlib import Path

import ezdxf
import numpy as np
import pytest
import shapely
import shapely.affinity
from drawn import (
    EAST,
    NORTH,
    blank,
    box,
    entities,
    everything,
    label,
    outline,
    pairs,
    raw_outline,
    raw_text,
    read,
    saved,
    spot,
)
from ezdxf import path as ezpath
from handed_over import codes, require_one_line
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.base.errors import LandgisError, SourceError
from landgis.base.findings import sentence
from landgis.io.drawing.arcs import CHORD_M, Budget
from landgis.io.drawing.blocks import Blocks
from landgis.io.drawing.entities import draw
from landgis.io.drawing.tags import number_of, read_entities
from landgis.io.drawing.whole import open_drawing
from landgis.io.drawings import read_drawing
from landgis.io.row.draft import SourceOptions
from landgis.workflow.sources import READERS

VERSIONS = ["R12", "R2000", "R2004", "R2007", "R2010", "R2013", "R2018"]


def the(reading, code):
    """Return the one finding of a code, with its facts."""
    rows = [row for row in reading.findings if row["code"] == code]
    assert len(rows) == 1, codes(reading.findings)
    return rows[0] | json.loads(rows[0]["facts"])


# versions and encodings


@pytest.mark.parametrize("fmt", ["asc", "bin"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_gives_outline_and_code(tmp_path, version, fmt):
    doc = blank(version)
    outline(doc.modelspace(), box())
    label(doc.modelspace(), "012", spot(50, 50))
    reading = read(saved(doc, tmp_path / "a.dxf", fmt))
    assert reading.frame["parcel_id"].tolist() == ["012"]
    assert reading.frame.area.tolist() == [10_000.0]
    assert reading.frame.crs.to_epsg() == 4526
    assert reading.rows_read == 1


@pytest.mark.parametrize("fmt", ["asc", "bin"])
@pytest.mark.parametrize(
    ("version", "encoding"),
    [("R2000", "gbk"), ("R12", "gbk"), ("R2007", None), ("R2010", None)],
)
def test_chinese_names_of_layers_are_read_by_code_page_or_version(tmp_path, version, encoding, fmt):
    doc = blank(version, encoding=encoding)
    doc.layers.add("宗地界线")
    doc.layers.add("房屋")
    outline(doc.modelspace(), box(), "宗地界线")
    outline(doc.modelspace(), box(10, 10, 20), "房屋")
    label(doc.modelspace(), "青石村3组012", spot(50, 50))
    reading = read(saved(doc, tmp_path / "a.dxf", fmt))
    assert reading.notes["layers_read"] == {"宗地界线": 1}
    assert reading.notes["layers_left"] == {"房屋": 1}
    assert reading.frame["parcel_id"].tolist() == ["青石村3组012"]
    assert "encoding_inferred" not in codes(reading.findings)


def test_gbk_in_a_file_that_says_utf_8_is_seen_by_its_bytes(tmp_path):
    header = pairs((9, "$ACADVER"), (1, "AC1024"), (9, "$DWGCODEPAGE"), (3, "ANSI_936"))
    path = tmp_path / "a.dxf"
    path.write_bytes(entities(raw_outline(box(), "宗地界线"), header=header).encode("gbk"))
    reading = read(path)
    assert reading.notes["layers_read"] == {"宗地界线": 1}
    assert the(reading, "encoding_inferred")["encoding"] == "GBK/GB18030"


@pytest.mark.parametrize(
    "own",
    [
        raw_text("青石村3组012", spot(5, 5)),
        pairs((1001, "SOUTH"), (1000, "300000"), (1000, "青石村3组012")),
    ],
    ids=["text", "attached"],
)
def test_bytes_of_texts_and_of_attached_strings_tell_the_encoding(tmp_path, own):
    header = pairs((9, "$ACADVER"), (1, "AC1024"))
    path = tmp_path / "a.dxf"
    path.write_bytes(entities(raw_outline(box()), own, header=header).encode("gbk"))
    assert read(path).frame["parcel_id"].tolist() == ["青石村3组012"]


def test_where_no_text_tells_the_header_does(tmp_path):
    for version, encoding in (("R2010", "utf-8"), ("R2000", "cp1252")):
        doc = blank(version)
        outline(doc.modelspace(), box())
        notes = read(saved(doc, tmp_path / "a.dxf")).notes
        assert (notes["encoding"], notes["encoding_from"]) == (encoding, "ascii")  # nothing to tell


def test_the_users_encoding_wins(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_bytes(entities(raw_outline(box(), "宗地界线")).encode("gbk"))
    assert read(path, encoding="GBK").notes["encoding_from"] == "campaign"
    with pytest.raises(SourceError) as caught:
        read(path, encoding="klingon")
    assert caught.value.code == "encoding_unknown"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: ("999\nmade by hand\n" + text).encode(),
        lambda text: (text + "\n\n").encode(),
        lambda text: text.replace("\nLWPOLYLINE\n", "\nLWPOLYLINE \n").encode(),
    ],
    ids=["bom", "crlf", "cr", "utf-16", "comment", "blank lines at the end", "blank behind a name"],
)
def test_ways_of_writing_the_same_file(tmp_path, change):
    path = tmp_path / "a.dxf"
    path.write_bytes(change(entities(raw_outline(box()), raw_text("012", spot(5, 5)))))
    reading = read(path)
    assert reading.frame["parcel_id"].tolist() == ["012"]
    assert "drawing_cut_off" not in codes(reading.findings)


@pytest.mark.parametrize("size", [60, 250, 1001])
def test_a_drawing_read_in_pieces_is_the_same(tmp_path, monkeypatch, size):
    lines = pairs((0, "POLYLINE"), (8, "JZD"), (66, 1), (70, 1))
    for x, y in box(200):
        lines += pairs((0, "VERTEX"), (8, "JZD"), (10, x), (20, y))
    lines += pairs((0, "SEQEND"))
    short = raw_outline(box(400), handle="B4E").replace(" 90\n4\n", " 90\n5\n")
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()), lines, short, raw_outline(box(600)), short))
    monkeypatch.setattr("landgis.io.drawing.tags._BATCH", size)
    reading = read(path)
    assert (reading.frame.bounds["minx"] - EAST).tolist() == [0, 200, 600]
    assert reading.rejected["source_row"].tolist() == [3, 5]
    text = path.read_text().splitlines()
    assert [text[int(at)] for at in reading.rejected["Line"]] == ["LWPOLYLINE"] * 2


def test_a_binary_drawing_is_decoded_by_its_header_whatever_the_user_says(tmp_path):
    doc = blank("R2000", encoding="gbk")
    outline(doc.modelspace(), box(), "宗地界线")
    notes = read(saved(doc, tmp_path / "a.dxf", "bin"), encoding="GBK").notes
    assert notes["layers_read"] == {"宗地界线": 1}
    assert notes["encoding_from"] == "header"


def test_a_dwg_says_what_to_save_it_as(tmp_path):
    path = tmp_path / "a.dwg"
    path.write_bytes(b"AC1032" + b"\0" * 100)
    with pytest.raises(SourceError) as caught:
        read(path)
    assert "DXF" in str(caught.value)
    assert "2010" in str(caught.value)
    assert "DXF（2010 版）" in caught.value.say("zh")


@pytest.mark.parametrize(
    "raw", [b"not a drawing\n" * 9, b"0\nSECTION\n2\nHEADER\n0\nENDSEC\n0\nEOF\n"]
)
def test_what_has_no_entities_is_one_line(tmp_path, raw):
    path = tmp_path / "a.dxf"
    path.write_bytes(raw)
    with pytest.raises(SourceError) as caught:
        read(path)
    assert caught.value.code == "file_unreadable"


# outlines


@pytest.mark.parametrize("version", ["R12", "R2010"])
def test_bulges_become_chords_within_the_tolerance(tmp_path, version):
    doc = blank(version)
    radius = 40.0
    ends = [(EAST, NORTH, 1.0), (EAST + 2 * radius, NORTH, 1.0)]
    outline(doc.modelspace(), ends, format="xyb")
    reading = read(saved(doc, tmp_path / "a.dxf"))
    face = reading.frame.geometry.iloc[0]
    assert reading.notes["chord_m"] == CHORD_M
    assert 0 < math.pi * radius**2 - face.area <= 2 * math.pi * radius * CHORD_M
    centre = shapely.Point(EAST + radius, NORTH)
    corners = shapely.points(shapely.get_coordinates(face))
    assert np.allclose(shapely.distance(corners, centre), radius, atol=1e-6)
    assert shapely.hausdorff_distance(face.exterior, centre.buffer(radius, 4096).exterior) < 2e-3


@pytest.mark.parametrize("bulge", [-0.4, -1.0, 0.1, 0.7, 2.5])
def test_a_bulged_side_adds_or_takes_its_segment(tmp_path, bulge):
    doc = blank()
    corners = [(x, y, bulge if at == 1 else 0.0) for at, (x, y) in enumerate(box())]
    outline(doc.modelspace(), corners, format="xyb")
    area = read(saved(doc, tmp_path / "a.dxf")).frame.area.iloc[0]
    angle = 4 * math.atan(abs(bulge))
    radius = 50 / math.sin(angle / 2)
    segment = radius**2 / 2 * (angle - math.sin(angle))  # of a circle, by the book
    assert area == pytest.approx(10_000 + math.copysign(segment, bulge), abs=CHORD_M * 400)


def test_mirrored_entities_stand_where_cad_shows_them(tmp_path):
    doc = blank()
    space = doc.modelspace()
    mirrored = [(-x, y) for x, y in box()]
    line = space.add_lwpolyline(mirrored, close=True, dxfattribs={"layer": "JZD"})
    text = space.add_text("012", height=1).set_placement((-EAST - 50, NORTH + 50))
    for one in (line, text):
        one.dxf.extrusion = (0, 0, -1)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.frame.geometry.iloc[0].equals(shapely.Polygon(box()))
    assert reading.frame["parcel_id"].tolist() == ["012"]


def test_a_tilted_outline_is_seen_from_above(tmp_path):
    doc = blank()
    line = doc.modelspace().add_lwpolyline([(0, 0), (9, 0), (9, 4)], close=True)
    line.dxf.layer, line.dxf.extrusion, line.dxf.elevation = "JZD", (0.0, 1.0, 1.0), 2.0
    drawn = read(saved(doc, tmp_path / "a.dxf"), crs="EPSG:4526").frame.geometry.iloc[0]
    seen = [(p.x, p.y) for p in line.vertices_in_wcs()]
    assert drawn.equals_exact(shapely.Polygon(seen), 1e-9)


def test_a_line_in_space_is_not_mirrored_whatever_way_it_faces(tmp_path):
    doc = blank()
    line = doc.modelspace().add_polyline3d([(x, y, 9) for x, y in box()], close=True)
    line.dxf.layer, line.dxf.extrusion = "JZD", (0, 0, -1)
    drawn = read(saved(doc, tmp_path / "a.dxf")).frame.geometry.iloc[0]
    assert drawn.equals(shapely.Polygon(box()))


@pytest.mark.parametrize("flags", [16, 64])
def test_surfaces_are_no_outlines(tmp_path, flags):
    lines = pairs((0, "POLYLINE"), (8, "JZD"), (66, 1), (70, 1 | flags))
    for x, y in box(200):
        lines += pairs((0, "VERTEX"), (8, "JZD"), (10, x), (20, y))
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()), lines + pairs((0, "SEQEND"))))
    reading = read(path)
    assert len(reading.frame) == 1 == reading.rows_read


def test_lines_in_space_are_seen_from_above_and_surfaces_are_none(tmp_path):
    doc = blank()
    space = doc.modelspace()
    corners = [(x, y, 30.0 + at) for at, (x, y) in enumerate(box())]
    space.add_polyline3d(corners, close=True, dxfattribs={"layer": "JZD"})
    space.add_polymesh((3, 3), dxfattribs={"layer": "JZD"})
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.frame.area.tolist() == [10_000.0]
    assert not reading.frame.has_z.any()


def test_control_points_of_a_fitted_polyline_are_no_corners(tmp_path):
    def corner(x: float, y: float, flags: int) -> str:
        return pairs((0, "VERTEX"), (8, "JZD"), (10, x), (20, y), (70, flags))

    body = pairs((0, "POLYLINE"), (8, "JZD"), (66, 1), (70, 1 | 4))
    body += "".join(corner(x, y, 8) for x, y in box())
    body += "".join(corner(x, y, 16) for x, y in box(-500, -500, 1000)) + pairs((0, "SEQEND"))
    path = tmp_path / "a.dxf"
    path.write_text(entities(body))
    assert read(path).frame.area.tolist() == [10_000.0]


def test_circles_ellipses_and_splines_are_outlines(tmp_path):
    doc = blank()
    space = doc.modelspace()
    pen = {"layer": "JZD"}
    space.add_circle(spot(0, 0), 30.0, dxfattribs=pen)
    space.add_ellipse(spot(200, 0), (40.0, 30.0), 0.5, dxfattribs=pen)
    spline = space.add_spline(dxfattribs=pen)
    spline.set_closed([(x, y, 0) for x, y in box(400, 0)])
    space.add_arc(spot(600, 0), 30.0, 0, 180, dxfattribs=pen)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    fine = [(p.x, p.y) for p in ezpath.make_path(spline).flattening(1e-5)]
    exact = [math.pi * 900, math.pi * 50 * 25, shapely.Polygon(fine).area]
    assert len(reading.frame) == 3
    assert reading.notes["lines_left"] == 1
    rounds = [2 * math.pi * 30, 2 * math.pi * 50, 400]
    for area, true, around in zip(reading.frame.area, exact, rounds, strict=True):
        assert abs(true - area) <= around * CHORD_M


@pytest.mark.parametrize(
    ("facing", "major", "wide", "high"),
    [
        ((0, 1, 1), (30, 0, 0), 30, 30 * 0.5 * math.cos(math.pi / 4)),  # tilted about its length
        ((-1, 0, 1), (20, 0, 20), 20, math.hypot(20, 20) * 0.5),  # tilted along it
        ((0, 0, -1), (30, 0, 0), 30, 15),
    ],
)
def test_an_ellipse_is_seen_from_above(tmp_path, facing, major, wide, high):
    doc = blank()
    pen = {"layer": "JZD", "extrusion": facing}
    doc.modelspace().add_ellipse(spot(200, 0), major, 0.5, dxfattribs=pen)
    face = read(saved(doc, tmp_path / "a.dxf")).frame.geometry.iloc[0]
    assert face.area == pytest.approx(math.pi * wide * high, abs=200 * CHORD_M)
    west, south, east, north = face.bounds
    assert (east - west, north - south) == pytest.approx((2 * wide, 2 * high), abs=1e-2)


def test_an_ellipse_whose_end_is_rounded_is_whole(tmp_path):
    body = pairs((0, "ELLIPSE"), (8, "JZD"), (10, EAST), (20, NORTH), (11, 50), (21, 0))
    body += pairs((40, 0.5), (41, 0.0), (42, 6.28318530717))
    path = tmp_path / "a.dxf"
    path.write_text(entities(body))
    assert read(path).frame.area.tolist() == pytest.approx([math.pi * 50 * 25], abs=1)


def test_part_of_a_mirrored_ellipse_runs_as_cad_draws_it(tmp_path):
    doc = blank()
    pen = {"layer": "110kV高压线路", "extrusion": (0, 0, -1)}
    arc = doc.modelspace().add_ellipse(spot(0, 0), (40, 0), 0.5, 0.3, 2.0, dxfattribs=pen)
    drawn = read(saved(doc, tmp_path / "a.dxf"), "power_lines").frame.geometry.iloc[0]
    true = shapely.LineString([(p.x, p.y) for p in ezpath.make_path(arc).flattening(1e-4)])
    assert shapely.hausdorff_distance(drawn, true) < 2 * CHORD_M


def test_hatches_are_outlines_with_their_holes(tmp_path):
    doc = blank()
    hatch = doc.modelspace().add_hatch(dxfattribs={"layer": "JZD"})
    hatch.paths.add_polyline_path(box(), is_closed=True)
    hatch.paths.add_polyline_path(box(40, 40, 20), is_closed=True, flags=16)
    edge = hatch.paths.add_edge_path()
    edge.add_arc(spot(20, 20), 5.0, 0, 360)
    label(doc.modelspace(), "7", spot(50, 50))  # on the hole: not its own
    face = read(saved(doc, tmp_path / "a.dxf")).frame
    assert face["parcel_id"].isna().all()
    assert face.area.iloc[0] == pytest.approx(10_000 - 400 - math.pi * 25, abs=0.1)
    assert len(face.geometry.iloc[0].interiors) == 2


def test_an_arc_may_run_over_its_zero(tmp_path):
    doc = blank()
    pen = {"layer": "110kV高压线路"}
    doc.modelspace().add_arc(spot(0, 0), 90.0, 350, 10, dxfattribs=pen)
    doc.modelspace().add_ellipse(spot(0, 0), (90, 0), 1.0, 6.0, 0.5, dxfattribs=pen)
    lines = read(saved(doc, tmp_path / "a.dxf"), "power_lines").frame
    lengths = [math.radians(20) * 90, (0.5 - 6.0 + 2 * math.pi) * 90]
    assert lines.length.tolist() == pytest.approx(lengths, abs=0.01)
    assert lines.geometry.iloc[0].bounds[2] == pytest.approx(EAST + 90, abs=CHORD_M)


def test_the_smallest_circle_is_a_mark_and_no_defect(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box())
    doc.modelspace().add_circle(spot(5, 5), 0.001, dxfattribs={"layer": "JZD"})
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.rejected.empty
    assert reading.notes["marks_left"] == 1


@pytest.mark.parametrize(
    ("radius", "angle", "count"),
    [
        (1.0, 2 * math.pi, 71),  # half a chord sees acos(0.999) = 2.5626°
        (1.0, -math.pi, 36),
        (5000.0, 2 * math.pi, 4968),  # acos(1 - 2e-7) = 0.036237°
        (1e6, 2 * math.pi, 5000),
        (1e-4, 0.1, 1),
    ],
)
def test_an_arc_has_as_few_chords_as_keep_to_it(radius, angle, count):
    assert Budget().chords(radius, angle) == count


def test_a_budget_is_one_however_finely_it_is_spent():
    whole = Budget(10)
    fine = whole.enlarged(4.0)
    assert fine.chord == CHORD_M / 4
    fine.spend(6)
    with pytest.raises(ValueError, match="too many"):
        whole.spend(5)
    whole.spend(4)
    with pytest.raises(ValueError, match="too many"):
        fine.spend(1)


def test_curves_cost_what_they_are_divided_into(tmp_path):
    doc = blank()
    space = doc.modelspace()
    space.add_circle(spot(0, 0), 30.0)
    space.add_ellipse(spot(0, 0), (40.0, 30.0), 0.5)
    space.add_lwpolyline([(*spot(0, 0), 1.0), (*spot(80, 0), 1.0)], format="xyb", close=True)
    space.add_open_spline([(*corner, 0.0) for corner in box()])
    space.add_hatch().paths.add_edge_path().add_arc(spot(0, 0), 30.0, 0, 360)
    path = saved(doc, tmp_path / "a.dxf")
    kinds = ["CIRCLE", "ELLIPSE", "LWPOLYLINE", "SPLINE", "HATCH"]
    for corners, defect in ((10, "entity_unreadable"), (100_000, None)):
        budget = Budget(corners)
        curves = [one for one in read_entities(path, "a.dxf") if one.kind in kinds]
        drawn_ = [draw(one, 1, budget) for one in curves if one.line]
        assert [(one.kind, one.defect) for one in drawn_[-5:]] == [(one, defect) for one in kinds]


def test_splines_and_hatches_that_take_too_long_go_back(tmp_path):
    doc = blank()
    space = doc.modelspace()
    pen = {"layer": "JZD"}
    round_ = [(*corner, 0.0) for corner in (*box(), *box()[:1])]
    for degree in (8, 12):
        space.add_open_spline([*round_ * 4], degree=degree, dxfattribs=pen)
    for count in (500, 501):
        paths = space.add_hatch(dxfattribs=pen).paths
        for at in range(count):
            paths.add_polyline_path(box(at * 20, 500, 10), is_closed=True)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.rejected["reason"].tolist() == ["entity_unreadable"] * 2
    assert reading.rejected["source_row"].tolist() == [2, 4]


def test_an_island_in_a_hole_is_ground_again_and_may_have_a_hole_itself(tmp_path):
    doc = blank()
    hatch = doc.modelspace().add_hatch(dxfattribs={"layer": "JZD"})
    squares = [box(), box(20, 20, 60), box(30, 30, 40), box(40, 40, 20)]
    for corners in (squares[2], squares[0], squares[3], squares[1]):
        hatch.paths.add_polyline_path(corners, is_closed=True)
    face = read(saved(doc, tmp_path / "a.dxf")).frame.geometry.iloc[0]
    rings = [shapely.Polygon(corners) for corners in squares]
    assert face.is_valid
    assert face.equals((rings[0] - rings[1]) | (rings[2] - rings[3]))


def test_a_hatch_of_more_corners_than_can_be_computed_goes_back(tmp_path):
    round_ = shapely.Point(EAST, NORTH).buffer(100, quad_segs=5_100)
    corners = shapely.get_coordinates(round_)[:-1]
    assert len(corners) > 20_000
    reasons = []
    for some in (corners[::2], corners):
        doc = blank()
        outline(doc.modelspace(), box(500))
        hatch = doc.modelspace().add_hatch(dxfattribs={"layer": "JZD"})
        hatch.paths.add_polyline_path(some.tolist(), is_closed=True)
        reasons.append(read(saved(doc, tmp_path / "a.dxf")).rejected["reason"].tolist())
    assert reasons == [[], ["entity_unreadable"]]


def test_a_fill_of_an_outline_is_not_a_second_parcel(tmp_path):
    doc = blank()
    space = doc.modelspace()
    outline(space, box())
    space.add_hatch(dxfattribs={"layer": "JZD"}).paths.add_polyline_path(box(), is_closed=True)
    space.add_hatch(dxfattribs={"layer": "JZD"}).paths.add_polyline_path(box(200), is_closed=True)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert len(reading.frame) == 2
    assert reading.notes["fills_left"] == 1


def test_blocks_are_drawn_where_they_are_inserted(tmp_path):
    doc = blank()
    inner = doc.blocks.new("INNER", base_point=(1, 2))
    inner.add_lwpolyline([(0, 0, 0), (8, 0, 0.5), (8, 6, 0), (0, 6, 0)], format="xyb", close=True)
    outer = doc.blocks.new("OUTER", base_point=(5, 5))
    outer.add_blockref("INNER", (20, 10), {"rotation": 30, "xscale": 2, "yscale": 2})
    outer.add_lwpolyline([(0, 0), (30, 0), (0, 20)], close=True, dxfattribs={"layer": "JZD"})
    outer.add_text("3组012", height=1).set_placement((5, 5))
    more = {"xscale": -1.5, "yscale": 1.5, "rotation": 70, "layer": "JZD"}
    one = doc.modelspace().add_blockref("OUTER", spot(0, 0), more)
    rows = {"column_count": 2, "row_count": 3, "column_spacing": 60, "row_spacing": 50}
    doc.modelspace().add_blockref("INNER", spot(500, 0), {"rotation": 15, "layer": "JZD", **rows})
    reading = read(saved(doc, tmp_path / "a.dxf"))

    def truth(entity) -> list[shapely.Polygon]:
        if entity.dxftype() == "INSERT":
            every = entity.multi_insert() if entity.mcount > 1 else [entity]
            return [x for each in every for part in each.virtual_entities() for x in truth(part)]
        if entity.dxftype() != "LWPOLYLINE":
            return []
        return [shapely.Polygon([(p.x, p.y) for p in ezpath.make_path(entity).flattening(1e-4)])]

    expected = [face for entity in doc.modelspace() for face in truth(entity)]
    drawn = reading.frame.geometry.tolist()
    assert len(drawn) == len(expected) == 8
    for face in expected:
        assert min(shapely.hausdorff_distance(face, other) for other in drawn) < 1.1 * CHORD_M
    assert reading.frame["parcel_id"].dropna().tolist() == ["3组012"]
    assert reading.frame["source_row"].tolist() == [1, 1, *[2] * 6]
    assert one.dxf.handle is not None


def blocks(*bodies):
    """Return a section BLOCKS."""
    return pairs((0, "SECTION"), (2, "BLOCKS")) + "".join(bodies) + pairs((0, "ENDSEC"))


def block(name, *bodies, base=(0, 0)):
    """Return a block by hand."""
    head = pairs((0, "BLOCK"), (8, "0"), (2, name), (10, base[0]), (20, base[1]))
    return head + "".join(bodies) + pairs((0, "ENDBLK"), (8, "0"))


def insert(name, *more, layer="JZD"):
    """Return an INSERT by hand, beside the origin of all tests."""
    return pairs((0, "INSERT"), (8, layer), (2, name), (10, EAST), (20, NORTH), *more)


SQUARE = [(0, 0), (40, 0), (40, 30), (0, 30)]


def test_blocks_are_found_in_whatever_case_and_what_is_in_them_may_have_a_layer(tmp_path):
    hut = block("Hut", raw_outline(SQUARE, "0"), raw_outline([(0, 0), (9, 0), (0, 9)], "JMD"))
    path = tmp_path / "a.dxf"
    path.write_text(blocks(hut) + entities(insert("hut")))
    reading = read(path)
    assert reading.frame.area.tolist() == [1200.0]
    assert reading.notes["layers_read"] == {"JZD": 1}
    assert reading.notes["layers_left"] == {"JMD": 1}


def test_the_rows_of_an_enlarged_insertion_stand_as_far_apart_as_it_says(tmp_path):
    doc = blank()
    doc.blocks.new("HUT", base_point=(3, 4)).add_lwpolyline(SQUARE, close=True)
    how = {"xscale": 2, "yscale": 3, "rotation": 40, "layer": "JZD"}
    rows = {"column_count": 2, "row_count": 2, "column_spacing": 200, "row_spacing": 500}
    one = doc.modelspace().add_blockref("HUT", spot(0, 0), how | rows)
    drawn = shapely.MultiPolygon(read(saved(doc, tmp_path / "a.dxf")).frame.geometry.tolist())
    expected = [
        shapely.Polygon([(p.x, p.y) for p in part.vertices_in_wcs()])
        for each in one.multi_insert()
        for part in each.virtual_entities()
    ]
    assert len(expected) == 4
    assert drawn.equals_exact(shapely.MultiPolygon(expected), 1e-6, normalize=True)


def test_a_mirrored_insertion_stands_where_cad_shows_it(tmp_path):
    path = tmp_path / "a.dxf"
    where = pairs((0, "INSERT"), (8, "JZD"), (2, "HUT"), (10, -EAST), (20, NORTH), (50, 30))
    mirrored = where + pairs((210, 0.0), (220, 0.0), (230, -1.0))
    path.write_text(blocks(block("HUT", raw_outline(SQUARE, "0"))) + entities(mirrored))
    expected = shapely.Polygon(SQUARE)
    expected = shapely.affinity.rotate(expected, 30, origin=(0, 0))
    expected = shapely.affinity.scale(expected, -1, 1, origin=(0, 0))
    expected = shapely.affinity.translate(expected, EAST, NORTH)
    assert read(path).frame.geometry.iloc[0].equals_exact(expected, 1e-6, normalize=True)


def test_insertions_that_cannot_be_drawn_are_counted(tmp_path):
    hut = block("HUT", raw_outline(SQUARE, "0"))
    flat = insert("HUT", (41, 0), (42, 1))
    far = insert("HUT", (41, 1e30), (42, 1))
    path = tmp_path / "a.dxf"
    path.write_text(blocks(hut) + entities(raw_outline(box()), flat, far))
    reading = read(path)
    assert len(reading.frame) == 1
    assert the(reading, "drawing_entities_broken")["entities"] == 2


def test_a_block_whose_beginning_is_broken_adds_nothing_to_the_one_before(tmp_path):
    one = block("ONE", raw_outline(SQUARE, "0")).replace(pairs((0, "ENDBLK"), (8, "0")), "")
    other = block("OTHER", raw_outline(box(), "0"), base=("x", 0))
    path = tmp_path / "a.dxf"
    path.write_text(blocks(one, other) + entities(insert("ONE"), insert("OTHER")))
    assert read(path).frame.area.tolist() == [1200.0]


def test_an_insertion_of_too_many_pieces_goes_back_and_each_piece_costs(tmp_path):
    many = block("MANY", *[raw_outline(SQUARE, "0")] * 11)
    path = tmp_path / "a.dxf"
    rows = [(70, 100), (71, 100), (44, 50), (45, 50)]
    path.write_text(blocks(many) + entities(raw_outline(box()), insert("MANY", *rows)))
    reading = read(path)
    assert len(reading.frame) == 1
    assert "MANY" in sentence(the(reading, "drawing_block_too_large"), "en")
    one = block("ONE", raw_outline(SQUARE, "0"))
    path.write_text(blocks(one) + entities(raw_outline(box()), insert("ONE", (70, 200_000))))
    assert "ONE" in sentence(the(read(path), "drawing_block_too_large"), "en")
    path.write_text(blocks(many) + entities(insert("MANY", (70, 3), (44, 50))))
    for corners, pieces in ((100, 0), (10_000, 33)):
        own = Blocks(Budget(corners))
        for one in read_entities(path, "a.dxf"):
            if one.kind == "INSERT":
                got = [part for part in own.insert(one, 1) if part.kind == "LWPOLYLINE"]
                assert len(got) == pieces
            own.define(one)


def test_a_block_within_itself_and_a_block_of_blocks_of_blocks_end(tmp_path):
    doc = blank()
    space = doc.modelspace()
    outline(space, box())
    loop = doc.blocks.new("LOOP")
    loop.add_blockref("LOOP", (1, 1))
    space.add_blockref("LOOP", spot(0, 0), {"layer": "JZD"})
    doc.blocks.new("B0").add_lwpolyline([(0, 0), (9, 0), (0, 9)], close=True)
    for at in range(1, 30):
        block = doc.blocks.new(f"B{at}")
        for _ in range(10):
            block.add_blockref(f"B{at - 1}", (1, 1))
    space.add_blockref("B29", spot(0, 0), {"layer": "JZD"})
    rows = {"column_count": 30_000, "row_count": 30_000}
    space.add_blockref("B0", spot(0, 0), {"layer": "JZD", **rows})
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert len(reading.frame) == 1
    assert the(reading, "drawing_entities_broken")["entities"] == 1  # the block within itself
    large = [one for one in reading.findings if one["code"] == "drawing_block_too_large"]
    assert [one["severity"] for one in large] == ["error"] * 2
    told = [json.loads(one["facts"]) for one in large]
    assert [(one["name"], one["pieces"]) for one in told] == [
        ("B29", 10**29),
        ("B0", 30_000 * 30_000),
    ]
    assert "上限 100000 个" in sentence(large[1], "zh")
    assert "900000000 个图元" in sentence(large[1], "zh")


@pytest.mark.parametrize("columns", [1, 250])
def test_rows_and_columns_of_a_block_are_read_up_to_the_limit(tmp_path, columns):
    doc = blank()
    doc.blocks.new("B0").add_lwpolyline([(0, 0), (9, 0), (0, 9)], close=True)
    many = {"column_count": columns, "row_count": 400, "row_spacing": 10, "column_spacing": 10}
    doc.modelspace().add_blockref("B0", spot(0, 0), {"layer": "JZD", **many})
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert len(reading.frame) == columns * 400
    assert reading.frame.area.sum() == pytest.approx(columns * 400 * 40.5)
    assert "drawing_block_too_large" not in codes(reading.findings)


def test_a_drawing_of_nothing_but_a_block_that_is_too_large_is_refused_by_its_name(tmp_path):
    doc = blank()
    doc.blocks.new("DK").add_lwpolyline([(0, 0), (9, 0), (0, 9)], close=True)
    rows = {"column_count": 1000, "row_count": 1000}
    doc.modelspace().add_blockref("DK", spot(0, 0), {"layer": "JZD", **rows})
    with pytest.raises(SourceError) as caught:
        read(saved(doc, tmp_path / "a.dxf"))
    require_one_line(caught.value)
    said = caught.value.say("zh")
    assert "DK" in said
    assert "1000000 个图元" in said


def test_blocks_a_thousand_deep_cost_themselves(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box())
    doc.blocks.new("B0").add_lwpolyline([(0, 0), (9, 0), (0, 9)], close=True)
    for at in range(1, 1500):
        doc.blocks.new(f"B{at}").add_blockref(f"B{at - 1}", (1, 1))
    for at in (90, 1400, 170, 1499):
        doc.modelspace().add_blockref(f"B{at}", spot(300, 0), {"layer": "JZD"})
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert len(reading.frame) == 2
    assert the(reading, "drawing_entities_broken")["entities"] == 3


def test_texts_without_an_accent_need_no_encoding(tmp_path):
    doc = blank("R12", encoding="cp1252")
    outline(doc.modelspace(), box())
    assert read(saved(doc, tmp_path / "a.dxf")).notes["encoding_from"] == "ascii"


def test_small_circles_and_symbols_on_the_layer_are_marks(tmp_path):
    doc = blank()
    space = doc.modelspace()
    outline(space, box())
    for at in box():
        space.add_circle(at, 0.25, dxfattribs={"layer": "JZD"})
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert len(reading.frame) == 1
    assert the(reading, "drawing_layers_left")["marks"] == 4


# closed, nearly closed, open


@pytest.mark.parametrize(
    ("gap", "said"), [(0.0005, False), (0.004, True), (0.09, True), (0.099, True)]
)
def test_nearly_closed_outlines_are_closed_and_said(tmp_path, gap, said):
    doc = blank()
    corners = [*box(), (EAST, NORTH + gap)]
    outline(doc.modelspace(), corners, close=False)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.frame.area.tolist() == pytest.approx([10_000], abs=1e-6)
    assert reading.frame.is_valid.all()
    assert ("outline_nearly_closed" in codes(reading.findings)) is said
    if said:
        row = the(reading, "outline_nearly_closed")
        assert row["gap_m"] == pytest.approx(gap, abs=1e-6)
        assert row["handle"] in sentence(row, "zh")


def test_a_gap_wider_than_a_hand_is_not_closed(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box(200))
    outline(doc.modelspace(), [*box(), (EAST, NORTH + 0.11)], close=False)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert len(reading.frame) == 1
    assert reading.rejected["reason"].tolist() == ["outline_open"]


def test_an_end_that_overshoots_its_beginning_leaves_no_knot(tmp_path):
    doc = blank()
    end = (EAST + 0.03, NORTH - 0.02)
    outline(doc.modelspace(), [*box(), (EAST, NORTH + 50), end], close=False)
    assert read(saved(doc, tmp_path / "a.dxf")).frame.is_valid.all()


@pytest.mark.parametrize("gap", [0.0004, 0.0])
def test_an_end_that_lies_on_its_beginning_is_no_corner_more(tmp_path, gap):
    doc = blank()
    for close in (True, False):
        outline(doc.modelspace(), [*box(), (EAST + gap, NORTH)], close=close)
    drawn_ = open_drawing(saved(doc, tmp_path / "a.dxf"), "a.dxf").drawn
    assert [one.shape.equals(shapely.Polygon(box())) for one in drawn_] == [True, True]
    assert [shapely.get_num_coordinates(one.shape) for one in drawn_] == [5, 5]
    assert [one.gap for one in drawn_] == [0.0, 0.0]


def test_what_is_said_to_be_closed_has_no_gap_and_three_corners_are_a_line(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box(), close=True)
    outline(doc.modelspace(), [spot(0, 0), spot(5, 5), spot(0, 0.05)], close=False)
    drawn_ = open_drawing(saved(doc, tmp_path / "a.dxf"), "a.dxf").drawn
    assert [one.what for one in drawn_] == ["outline", "line"]
    assert [one.gap for one in drawn_] == [0.0, pytest.approx(0.05)]


def test_no_corner_is_left_out_but_one_that_overshot(tmp_path):
    """A closed outline keeps its knot; so does one that has another knot besides."""
    doc = blank()
    knot = [*box(), (EAST, NORTH + 50), (EAST + 0.03, NORTH - 0.02)]
    bow_tie = [box()[at] for at in (0, 2, 1, 3)]
    outline(doc.modelspace(), knot)
    outline(doc.modelspace(), [*bow_tie, (EAST + 0.03, NORTH - 0.02)], close=False)
    outline(doc.modelspace(), bow_tie)
    drawn_ = open_drawing(saved(doc, tmp_path / "a.dxf"), "a.dxf").drawn
    assert [shapely.get_num_coordinates(one.shape) for one in drawn_] == [7, 6, 5]
    assert [one.defect for one in drawn_] == [None] * 3
    assert [shapely.is_valid(one.shape) for one in drawn_] == [False] * 3


def test_an_outline_left_open_goes_back_with_its_handle(tmp_path):
    doc = blank()
    space = doc.modelspace()
    outline(space, box())
    bad = outline(space, [*box(200)[:4], (EAST + 200, NORTH + 3)], close=False)
    outline(space, [spot(0, -50), spot(100, -50), spot(200, -51), spot(300, -50)], close=False)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.rows_read == 2 == len(reading.frame) + len(reading.rejected)
    row = reading.rejected.iloc[0]
    assert (row["reason"], row["EntityHandle"], row["Layer"]) == (
        "outline_open",
        bad.dxf.handle,
        "JZD",
    )
    assert row["source_row"] == 2
    assert the(reading, "drawing_lines_left")["lines"] == 1


@pytest.mark.parametrize("version", ["R12", "R2010"])
@pytest.mark.parametrize("layer", ["0", "DK", "JZD"])
def test_an_outline_left_open_is_never_lost_whatever_its_layer_is_called(tmp_path, version, layer):
    doc = blank(version)
    space = doc.modelspace()
    for at in range(3):
        outline(space, box(at * 150), layer)
    outline(space, box(450), layer, close=False)
    outline(space, box(600)[:2], layer, close=False)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert (reading.rows_read, len(reading.frame), len(reading.rejected)) == (4, 3, 1)
    assert reading.rejected["reason"].tolist() == ["outline_open"]
    row = the(reading, "drawing_lines_left")
    assert (row["lines"], row["layers"]) == (1, f"{layer} (1)")


def test_open_lines_of_all_layers_are_counted_where_all_are_read(tmp_path):
    doc = blank()
    space = doc.modelspace()
    outline(space, box(), "A-1")
    outline(space, box(200), "B-2")
    path = [spot(0, 300), spot(100, 300), spot(100, 400)]  # ends 141 m apart after 200 m
    for _ in range(2):
        outline(space, path, "DLSS", close=False)
    outline(space, path, "A-1", close=False)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.rejected.empty
    row = the(reading, "drawing_lines_left")
    assert row["lines"] == 3
    assert "DLSS (2)、A-1 (1)" in sentence(row, "zh")


def test_an_open_boundary_of_two_sides_goes_back_only_from_a_layer_of_boundaries(tmp_path):
    corner = [spot(0, 300), spot(100, 300), spot(100, 400)]
    for layer, back in (("宗地界", 1), ("A-1", 0)):
        doc = blank()
        outline(doc.modelspace(), box(), layer)
        outline(doc.modelspace(), corner, layer, close=False)
        reading = read(saved(doc, tmp_path / f"{layer}.dxf"))
        assert len(reading.rejected) == back
        assert reading.notes["lines_left"] == 1 - back


def test_outlines_without_area_go_back(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box())
    outline(doc.modelspace(), [spot(0, 0), spot(5, 5)])
    outline(doc.modelspace(), [spot(0, 0), spot(5, 5), spot(9, 9), spot(2, 2)])
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.rejected["reason"].tolist() == ["ring_without_area"] * 2
    assert reading.rejected["source_row"].tolist() == [2, 3]


# broken and cut off


def test_one_bad_entity_costs_one(tmp_path):
    bad = raw_outline(box(200), handle="B4D").replace(f"{EAST + 300:.3f}", "38500x00.000", 1)
    short = raw_outline(box(400), handle="B4E").replace(" 90\n4\n", " 90\n5\n")
    path = tmp_path / "a.dxf"
    path.write_text(
        entities(raw_outline(box(), handle="A1"), bad, short, raw_outline(box(600), handle="A2"))
    )
    reading = read(path)
    assert len(reading.frame) == 2
    assert reading.rows_read == 4
    assert reading.rejected["reason"].tolist() == ["entity_unreadable"] * 2
    assert reading.rejected["EntityHandle"].tolist() == ["B4D", "B4E"]
    assert reading.rejected["source_row"].tolist() == [2, 3]
    lines = path.read_text().splitlines()
    assert [lines[int(at)] for at in reading.rejected["Line"]] == ["LWPOLYLINE"] * 2


@pytest.mark.parametrize("said", [b"1e999", b"-1e999", b"nan", b"inf", b"x", b""])
def test_a_number_is_finite(said):
    with pytest.raises(ValueError):  # noqa: PT011
        number_of(said)
    assert number_of(b" 1.5 ") == 1.5


@pytest.mark.parametrize("gone", [1, 2, 6, 7, 8, 9, 10, 13, 24, 25])
def test_a_line_that_is_missing_costs_the_entity_it_stood_in(tmp_path, gone):
    parts = [raw_outline(box(at * 200), handle=f"A{at}") for at in range(5)]
    lines = parts[2].splitlines(keepends=True)
    parts[2] = "".join(lines[:gone] + lines[gone + 1 :])
    path = tmp_path / "a.dxf"
    path.write_text(entities(*parts))
    reading = read(path)
    assert (reading.frame.bounds["minx"] - EAST).tolist() == [0, 200, 600, 800]


def test_behind_a_broken_pair_an_entity_is_still_found_by_its_line(tmp_path):
    broken = raw_outline(box(200), handle="B1") + "1001?\nSOUTH\n"
    short = [
        raw_outline(box(at), handle=handle).replace(" 90\n4\n", " 90\n5\n")
        for at, handle in ((400, "B2"), (600, "B3"))
    ]
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box(), handle="A1"), broken, *short))
    rejected = read(path).rejected
    lines = path.read_text().splitlines()
    said = [int(at) for at in rejected["Line"]]
    assert [lines[at - 1 : at + 3] for at in said] == [
        ["  0", "LWPOLYLINE", "  5", handle] for handle in ("B1", "B2", "B3")
    ]


def test_a_broken_pair_costs_the_entity_even_where_its_corners_are_whole(tmp_path):
    bad = raw_outline(box(200)) + "1001?\nSOUTH\n1000\n300000\n"
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()), bad, raw_outline(box(400))))
    reading = read(path)
    assert reading.rejected["reason"].tolist() == ["entity_unreadable"]
    assert reading.rejected["source_row"].tolist() == [2]
    assert len(reading.frame) == 2


def test_a_polyline_cut_off_between_its_corners_is_no_smaller_parcel(tmp_path):
    lines = pairs((0, "POLYLINE"), (8, "JZD"), (66, 1), (70, 1))
    for x, y in box()[:3]:
        lines += pairs((0, "VERTEX"), (8, "JZD"), (10, x), (20, y))
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box(200)), lines, end=False))
    reading = read(path)
    assert len(reading.frame) == 1
    assert reading.rejected["reason"].tolist() == ["entity_unreadable"]


@pytest.mark.parametrize("version", ["R12", "R2010"])
def test_a_file_that_is_cut_off_keeps_what_is_whole(tmp_path, version):
    doc = blank(version)
    for at in range(20):
        outline(doc.modelspace(), box(at * 200))
    whole = saved(doc, tmp_path / "a.dxf").read_bytes()
    start = whole.rindex(b"ENTITIES")
    end = whole.index(b"ENDSEC", start)
    for share in (0.3, 0.51, 0.77, 0.9):
        at = start + int((end - start) * share)
        path = tmp_path / f"cut_{at}.dxf"
        path.write_bytes(whole[:at])
        reading = read(path)
        assert "drawing_cut_off" in codes(reading.findings)
        assert reading.frame.area.tolist() == [10_000.0] * len(reading.frame)
        assert abs(len(reading.frame) - 20 * share) < 2
        assert len(reading.rejected) <= 1


def test_a_binary_file_that_is_cut_off_keeps_what_is_whole(tmp_path):
    doc = blank()
    for at in range(20):
        outline(doc.modelspace(), box(at * 200))
    whole = saved(doc, tmp_path / "a.dxf", "bin").read_bytes()
    start, end = whole.rindex(b"ENTITIES"), whole.rindex(b"OBJECTS")
    (tmp_path / "b.dxf").write_bytes(whole[: (start + end) // 2])
    reading = read(tmp_path / "b.dxf")
    assert 5 < len(reading.frame) < 15
    assert "drawing_cut_off" in codes(reading.findings)


def test_broken_texts_and_what_is_elsewhere_are_counted(tmp_path):
    text = raw_text("012", spot(5, 5)).replace(str(spot(5, 5)[0]), "east")
    other = raw_outline(box(200), "JMD").replace(f"{EAST + 300:.3f}", "x", 1)
    path = tmp_path / "a.dxf"
    path.write_text(entities(raw_outline(box()), text, other))
    reading = read(path)
    assert reading.rows_read == 1
    assert reading.rejected.empty
    assert the(reading, "drawing_entities_broken")["entities"] == 2


# layers


def test_cass_boundaries_are_told_by_their_code_wherever_they_stand(tmp_path):
    doc = blank()
    doc.appids.add("SOUTH")
    space = doc.modelspace()
    outline(space, box())
    outline(space, box(200), "0").set_xdata("SOUTH", [(1000, "300000")])
    outline(space, box(400), "JZD").set_xdata("SOUTH", [(1000, "301000")])
    outline(space, box(600), "JMD").set_xdata("SOUTH", [(1000, "141111")])
    outline(space, box(800), "TK")
    outline(space, [*box(900), (EAST + 900, NORTH + 2)], "0", close=False)
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert (reading.frame.bounds["minx"] - EAST).tolist() == [0, 200]
    assert reading.notes["layers_left"] == {"JZD": 1, "JMD": 1, "TK": 1}
    assert "TK (1)" in sentence(the(reading, "drawing_layers_left"), "zh")


def test_without_a_known_layer_all_are_read_and_the_user_is_asked(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box(), "A-1")
    outline(doc.modelspace(), box(200), "A-1")
    outline(doc.modelspace(), box(400), "B-2")
    path = saved(doc, tmp_path / "a.dxf")
    reading = read(path)
    assert len(reading.frame) == 3
    row = the(reading, "drawing_layer_question")
    assert row["severity"] == "question"
    assert row["line"] == 'parcels = { path = "a.dxf", layer = "A-1" }'
    assert reading.notes["layers_read"] == {"A-1": 2, "B-2": 1}
    chosen = read(path, layer="a-1")
    assert len(chosen.frame) == 2
    assert chosen.frame["source_sheet"].tolist() == ["a-1"] * 2
    assert "drawing_layer_question" not in codes(chosen.findings)
    assert len(read(path, layer="*").frame) == 3
    assert "drawing_layer_question" not in codes(read(path, layer="*").findings)


def test_one_layer_alone_is_no_question(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box(), "0")
    assert "drawing_layer_question" not in codes(read(saved(doc, tmp_path / "a.dxf")).findings)


def test_a_layer_that_is_not_there_is_one_line_with_those_that_are(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box(), "A-1")
    label(doc.modelspace(), "1", spot(5, 5), "ZJ")
    path = saved(doc, tmp_path / "a.dxf")
    with pytest.raises(SourceError) as caught:
        read(path, layer="JZD")
    assert caught.value.facts["there"] == "A-1, ZJ"
    with pytest.raises(SourceError) as caught:
        read(path, layer="ZJ")
    assert caught.value.code == "drawing_without_outlines"
    assert "A-1" in str(caught.value)
    require_one_line(caught.value)


def test_other_layers_of_a_campaign_take_what_fits_them(tmp_path):
    doc = blank()
    space = doc.modelspace()
    outline(space, box(), "用地红线")
    label(space, "P01", spot(5, 5))
    space.add_line(spot(0, 0), spot(900, 0), dxfattribs={"layer": "110kV高压线路"})
    space.add_line(spot(0, 9), spot(900, 9), dxfattribs={"layer": "围墙"})
    space.add_point(spot(3, 3), dxfattribs={"layer": "坟"})
    doc.blocks.new("GRAVE").add_circle((0, 0), 1)
    space.add_blockref("GRAVE", spot(7, 7), {"layer": "坟"})
    path = saved(doc, tmp_path / "a.dxf")
    assert read(path, "projects").frame["project_id"].tolist() == ["P01"]
    lines = read(path, "power_lines")
    assert lines.frame.length.tolist() == [900]
    graves = read(path, "records", layer="坟", kind="grave")
    assert graves.frame.geom_type.tolist() == ["Point", "Point"]
    assert set(read(path, "context", layer="*").frame.geom_type) == {
        "Polygon",
        "LineString",
        "Point",
    }


def test_paper_space_and_hidden_entities_are_left(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box())
    outline(doc.modelspace(), box(200)).dxf.invisible = 1
    doc.paperspace().add_lwpolyline(box(400), close=True, dxfattribs={"layer": "JZD"})
    assert len(read(saved(doc, tmp_path / "a.dxf")).frame) == 1


# units and axes


@pytest.mark.parametrize("unit", [0, 6])
def test_metres_and_no_unit_are_not_worth_a_word(tmp_path, unit):
    doc = blank(units=unit)
    outline(doc.modelspace(), box())
    said = codes(read(saved(doc, tmp_path / "a.dxf")).findings)
    assert not {code for code in said if str(code).startswith("drawing_unit")}


def test_the_unit_of_a_template_against_coordinates_in_metres(tmp_path):
    doc = blank(units=4)
    outline(doc.modelspace(), box())
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.frame.area.tolist() == [10_000]
    assert the(reading, "drawing_units")["drawn"] == "mm"


def test_coordinates_in_millimetres_are_converted_and_said(tmp_path):
    doc = blank(units=4)
    outline(doc.modelspace(), [(x * 1000, y * 1000) for x, y in box()])
    label(doc.modelspace(), "012", (spot(5, 5)[0] * 1000, spot(5, 5)[1] * 1000))
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert reading.frame.area.tolist() == pytest.approx([10_000])
    assert reading.frame.crs.to_epsg() == 4526
    assert reading.frame["parcel_id"].tolist() == ["012"]
    assert "drawing_units_converted" in codes(reading.findings)


def test_a_local_grid_in_millimetres_is_a_question(tmp_path):
    doc = blank(units=4)
    outline(doc.modelspace(), [(0, 0), (100, 0), (100, 100)])
    reading = read(saved(doc, tmp_path / "a.dxf"), crs="EPSG:4526")
    assert reading.frame.area.tolist() == [5_000]
    assert the(reading, "drawing_units_question")["severity"] == "question"


def test_swapped_axes_are_turned_and_said(tmp_path):
    doc = blank()
    outline(doc.modelspace(), [(y, x) for x, y in box()])
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert "axes_swapped" in codes(reading.findings)
    assert reading.frame.geometry.iloc[0].equals(shapely.Polygon(box()))


@pytest.mark.parametrize(
    ("unit", "metres"),
    [(1, 0.0254), (2, 0.3048), (3, 1609.344), (4, 0.001), (5, 0.01), (7, 1000.0), (14, 0.1)],
)
def test_every_unit_is_as_long_as_it_is(tmp_path, unit, metres):
    doc = blank(units=unit)
    outline(doc.modelspace(), [(x / metres, y / metres) for x, y in box()])
    reading = read(saved(doc, tmp_path / "a.dxf"))
    assert "drawing_units_converted" in codes(reading.findings)
    assert reading.frame.geometry.iloc[0].equals_exact(shapely.Polygon(box()), 1e-5)


# the demo county and other programs


def test_the_demo_drawing_holds_the_shapefiles_parcels():
    demo = Path(__file__).resolve().parent.parent / "layers" / "demo"
    drawn = read(demo / "parcels.dxf")
    stored = read(demo / "parcels.shp", parcel_id=("村", "组", "编号"))
    there = stored.frame[stored.frame.geometry.notna()]
    assert drawn.frame.area.tolist() == pytest.approx(there.area.tolist(), abs=1e-3)
    said = there["parcel_id"].str.replace("-", "")
    known = drawn.frame["parcel_id"].notna().to_numpy()
    assert known.mean() > 0.99
    assert (drawn.frame["parcel_id"].to_numpy()[known] == said.to_numpy()[known]).mean() > 0.99
    assert (drawn.frame["land_use"].to_numpy() == there["land_use"].to_numpy()).mean() > 0.99


def test_a_drawing_in_an_archive_is_read_with_its_layers(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box(), "A-1")
    outline(doc.modelspace(), box(200), "B-2")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(saved(doc, tmp_path / "a.dxf"), "图/a.dxf")
    options = SourceOptions(path="a.zip", layer="B-2")
    reading = READERS[".zip"](path, "parcels", options)
    assert (reading.frame.bounds["minx"] - EAST).tolist() == [200]
    assert reading.frame["source_file"].tolist() == ["a.zip"]


def test_looking_at_a_drawing_as_several_layers_changes_nothing(tmp_path):
    doc = blank()
    outline(doc.modelspace(), box())
    outline(doc.modelspace(), [*box(200), (EAST + 200, NORTH + 3)], close=False)
    path = saved(doc, tmp_path / "a.dxf")
    memory: dict[object, object] = {}
    read(path, memory=memory)
    as_context = read(path, "context", layer="*", memory=memory)
    assert len(memory) == 1
    assert as_context.rejected.empty
    assert sorted(as_context.frame.geom_type) == ["LineString", "Polygon"]


# whatever the bytes


def sound(version: str = "R2000") -> bytes:
    """Return a drawing with one of everything."""
    doc = blank(version, encoding="gbk" if version < "R2007" else None)
    doc.appids.add("SOUTH")
    space = doc.modelspace()
    data = [(1000, "300000"), (1000, "012"), (1000, "张三"), (1000, "0701")]
    outline(space, [(x, y, 0.2) for x, y in box()], format="xyb").set_xdata("SOUTH", data)
    label(space, "3组012", spot(50, 50))
    if version != "R12":
        space.add_mtext(r"{\C1;012}\P王五", dxfattribs={"insert": spot(250, 50)})
        hatch = space.add_hatch(dxfattribs={"layer": "JZD"})
        hatch.paths.add_polyline_path(box(600), is_closed=True)
        hatch.paths.add_edge_path().add_ellipse(spot(650, 50), (9, 0), 0.5, 0, 360)
        space.add_spline(dxfattribs={"layer": "JZD"}).set_closed([(x, y, 0) for x, y in box(400)])
        space.add_ellipse(spot(850, 0), (40.0, 30.0), 0.5, dxfattribs={"layer": "JZD"})
    block = doc.blocks.new("B")
    block.add_circle((0, 0), 5, dxfattribs={"layer": "JZD"})
    block.add_attdef("NO", (0, 0), "7")
    insert = space.add_blockref("B", spot(250, 50), {"layer": "JZD", "rotation": 20})
    insert.add_auto_attribs({"NO": "012"})
    outline(space, box(200), close=False)
    return _written(doc)


def _written(doc) -> bytes:
    """Return the entities and blocks of a drawing as it is written."""
    import io

    stream = io.StringIO()
    doc.write(stream)
    return stream.getvalue().encode("gbk" if doc.encoding == "gbk" else "utf-8")


def answered(path: Path) -> None:
    """Demand an answer that loses no row, or one line; no name in either."""
    try:
        reading = read(path, crs="EPSG:4526")
    except LandgisError as error:
        require_one_line(error)
        said = str(error)
    else:
        assert reading.rows_read == len(reading.frame) + len(reading.rejected)
        said = everything(reading)
    for person in ("张三", "王五"):
        assert person not in said


SOUND = {version: sound(version) for version in ("R12", "R2000", "R2010")}


@settings(max_examples=100)
@given(data=st.data())
def test_whatever_the_lines_it_ends_in_an_answer_or_one_line(tmp_path_factory, data):
    raw = SOUND[data.draw(st.sampled_from(sorted(SOUND)))]
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    path = tmp_path_factory.mktemp("noise") / "a.dxf"
    path.write_bytes(mangled(raw, rng))
    answered(path)


def mangled(raw: bytes, rng: random.Random) -> bytes:
    """Return a drawing with some lines changed, gone, doubled, or bytes of it set."""
    start = raw.index(b"BLOCKS" if rng.random() < 0.3 else b"ENTITIES")
    lines = raw[start:].split(b"\n")
    values = [
        b"",
        b"0",
        b"-1",
        b"1e308",
        b"nan",
        b"-1e9",
        b"99999999999",
        b"x",
        b"1001",
        b"\xff\xfe",
    ]
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(lines))
        how = rng.random()
        if how < 0.5:
            lines[at] = rng.choice(values)
        elif how < 0.7:
            del lines[at]
        elif how < 0.85:
            lines.insert(at, rng.choice(lines))
        elif lines[at]:
            one = bytearray(lines[at])
            one[rng.randrange(len(one))] = rng.randrange(256)
            lines[at] = bytes(one)
    if rng.random() < 0.1:
        lines = lines[: rng.randrange(len(lines)) + 1]
    return raw[:start] + b"\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_ten_thousand_broken_drawings(tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "a.dxf"
    for at in range(500):
        path.write_bytes(mangled(SOUND[rng.choice(sorted(SOUND))], rng))
        if at % 20 == 0:
            answered(path)
        else:
            drawn(path)


def drawn(path: Path) -> None:
    """Demand the same of the drawing alone, before it becomes a layer."""
    try:
        bulk, findings = read_drawing(path, "a.dxf", "parcels", SourceOptions())
    except LandgisError as error:
        require_one_line(error)
        return
    assert len(bulk.raw) == len(bulk.shapes) == len(bulk.records) == len(bulk.defects)
    said = f"{bulk.raw.to_dict()}{findings}{bulk.notes}"
    for person in ("张三", "王五"):
        assert person not in said
    lost = shapely.is_missing(bulk.shapes)
    assert (bulk.defects.notna().to_numpy() == lost).all()
    assert np.isfinite(shapely.get_coordinates(bulk.shapes)).all()


def test_ezdxf_reads_what_these_tests_wrote(tmp_path):
    for version, raw in SOUND.items():
        path = tmp_path / f"{version}.dxf"
        path.write_bytes(raw)
        assert len(ezdxf.readfile(path).modelspace()) >= 4  # type: ignore[attr-defined]
        answered(path)
