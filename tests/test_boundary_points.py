"""Tables of boundary points as surveyors write them: columns, pages, rings, sides, areas, CRS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from handed_over import KEY, codes, require_one_line, write_book
from hypothesis import given, settings
from hypothesis import strategies as st
from old_books import write_old_book
from shapely.affinity import scale, translate

from landgis.base.errors import SourceError
from landgis.base.findings import findings_frame, sentence
from landgis.io.ledgers import read_ledger
from landgis.io.row.draft import Reading, SourceOptions

EAST, NORTH = 38_500_000.0, 2_580_000.0
Ring = list[tuple[float, float]]


def read(path: Path, role: str = "parcels", **options: object) -> Reading:
    given_options = {"path": path.name, "household_key": KEY, **options}
    return read_ledger(path, role, SourceOptions(**given_options))  # type: ignore[arg-type]


def book(tmp_path: Path, *rows: list[object], sheet: str = "Sheet1", **more: object) -> Path:
    return write_book(tmp_path / "界址点.xlsx", {sheet: list(rows)}, **more)  # type: ignore[arg-type]


def square(north: float = NORTH, east: float = EAST, side: float = 100.0) -> Ring:
    """Corners of a square, northing first, clockwise from the south-west."""
    return [(north, east), (north + side, east), (north + side, east + side), (north, east + side)]


def box(east: float = EAST, north: float = NORTH, side: float = 100.0) -> shapely.Polygon:
    return shapely.box(east, north, east + side, north + side)


def points(ring: Ring, first: int = 1) -> list[list[object]]:
    return [[f"J{at}", *corner] for at, corner in enumerate(ring, start=first)]


def facts(reading: Reading, code: str) -> list[dict[str, object]]:
    return [json.loads(row["facts"]) for row in reading.findings if row["code"] == code]


HEADS = [
    ("点号", "X", "Y"),
    ("界址点号", "X坐标(m)", "Y坐标(m)"),
    ("点名", "纵坐标（X）", "横坐标（Y）"),
    ("拐点编号", "北坐标", "东坐标"),
    ("序号", "x", "y"),
    ("J号", "N", "E"),
]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".xls"])
def test_columns_as_surveyors_call_them(tmp_path, head, suffix):
    rows = [list(head), *points(square())]
    path = tmp_path / f"界址点{suffix}"
    if suffix == ".csv":
        path.write_bytes("\n".join(",".join(map(str, row)) for row in rows).encode("gbk"))
    elif suffix == ".xls":
        write_old_book(path, {"Sheet1": rows})
    else:
        write_book(path, {"Sheet1": rows})
    reading = read(path)
    assert reading.rows_read == 1
    assert reading.frame.geometry.iloc[0].equals(box())
    assert reading.frame.crs.to_epsg() == 4526
    assert reading.frame["source_row"].tolist() == [2]
    assert facts(reading, "crs_inferred") == [{"basis": "prefixed", "crs": "EPSG:4526"}]


def test_one_table_of_many_parcels_with_their_codes_beside(tmp_path):
    rows: list[list[object]] = [
        ["界址点坐标成果表"],
        ["宗地号", "圈号", "点号", "X", "Y", "面积(亩)"],
    ]
    for number, side in enumerate((100, 50)):
        ring = square(east=EAST + 300 * number, side=side)
        for at, point in enumerate(points([*ring, ring[0]])):
            first = at == 0
            area = side * side * 0.0015
            rows.append([f"P-{number}" * first or None, 1, *point, area if first else None])
    frame = read(book(tmp_path, *rows)).frame
    assert frame["parcel_id"].tolist() == ["P-0", "P-1"]
    assert frame["stated_area_mu"].tolist() == pytest.approx([15.0, 3.75])
    assert frame.geometry.iloc[1].equals(box(EAST + 300, side=50))
    assert frame["source_row"].tolist() == [3, 8]


def test_merged_codes_stand_for_all_their_rows(tmp_path):
    rows: list[list[object]] = [["宗地代码", "点号", "X", "Y"]]
    rows += [["A", *p] for p in points(square())] + [["B", *p] for p in points(square(side=50))]
    path = book(tmp_path, *rows, merged={"Sheet1": ["A2:A5", "A6:A9"]})
    assert read(path).frame["parcel_id"].tolist() == ["A", "B"]


def test_title_lines_pages_and_two_blocks_side_by_side(tmp_path):
    head: list[object] = ["点号", "X", "Y", "边长", "点号", "X", "Y", "边长"]

    def page(ring: Ring, first: int = 1) -> list[list[object]]:
        left, right = points(ring[:2], first), points(ring[2:], first + 2)
        return [[*a, 100, *b, 100] for a, b in zip(left, right, strict=True)]

    one, two = square(east=500_000.0), square(east=500_300.0)
    more = [
        (NORTH + 50, 500_200.0),
        (NORTH + 20, 500_150.0),
        (NORTH + 5, 500_120.0),
        (NORTH - 10, 500_110.0),
    ]
    rows: list[list[object]] = [
        ["界址点成果表（2000国家大地坐标系，中央经线114°）"],
        ["宗地号：P-001", None, None, "权利人：欧阳甲", None, None, "面积：10000平方米"],
        head,
        *page(one),
        ["宗地号：P-002", None, None, None, None, None, "第1页"],
        head,
        *page(two),
        ["面积(亩)", 15.2],
        ["制表：上官丙", None, "审核："],
        ["宗地号：P-003"],
        head,
        *page(one),
        ["宗地号：P-003", None, None, None, None, None, "第2页"],  # goes on
        head,
        *[
            [*a, None, *b, None]
            for a, b in zip(points(more[:2], 5), points(more[2:], 7), strict=True)
        ],
    ]
    reading = read(book(tmp_path, *rows))
    frame = reading.frame
    assert frame["parcel_id"].tolist() == ["P-001", "P-002", "P-003"]
    assert frame["stated_area_mu"].fillna(-1).tolist() == pytest.approx([15.0, 15.2, -1])
    assert frame.crs.to_epsg() == 4547  # 3°, 114° E
    assert frame.geometry.iloc[1].equals(box(500_300))
    ring = [(east, north) for north, east in [*one, *more]]
    assert frame.geometry.iloc[2].equals(shapely.Polygon(ring))
    assert reading.notes["withheld"] == ["权利人"]
    said = str([frame.to_dict(), reading.findings, reading.notes])
    assert "欧阳" not in said
    assert "上官" not in said


def test_codes_and_areas_in_cells_beside_their_labels(tmp_path):
    rows: list[list[object]] = [
        ["宗地代码", "530102003201JC00001", None, "宗地面积(㎡)", 10_000],
        ["点号", "X", "Y"],
        *points(square()),
        ["宗地代码", "530102003201JC00002", None, "宗地面积", 2500, "平方米"],
        ["点号", "X", "Y"],
        *points(square(east=EAST + 300, side=50)),
    ]
    frame = read(book(tmp_path, *rows)).frame
    assert frame["parcel_id"].tolist() == ["530102003201JC00001", "530102003201JC00002"]
    assert frame["stated_area_mu"].tolist() == pytest.approx([15.0, 3.75])


def test_rings_by_number_by_line_and_by_closing_row(tmp_path):
    outer, inner = square(), square(NORTH + 20, EAST + 20, 10)
    apart = square(NORTH, EAST + 500, 10)
    hole = shapely.Polygon(box().exterior.coords, [box(EAST + 20, NORTH + 20, 10).exterior.coords])
    numbered = [
        ["圈号", "点号", "X", "Y"],
        *([1 if at == 0 else None, *p] for at, p in enumerate(points(outer))),
    ]
    numbered += [[2 if at == 0 else None, *p] for at, p in enumerate(points(inner))]
    lined = [["点号", "X", "Y"], *points(outer), ["内圈"], *points(inner)]
    closed = [["点号", "X", "Y"], *points([*outer, outer[0]]), *points([*inner, inner[0]])]
    for rows in (numbered, lined, closed):
        assert read(book(tmp_path, *rows)).frame.geometry.iloc[0].equals(hole)
    parts = [["点号", "X", "Y"], *points([*outer, outer[0]]), *points([*apart, apart[0]])]
    reading = read(book(tmp_path, *parts))
    assert reading.frame.geometry.iloc[0].equals(
        shapely.MultiPolygon([box(), box(EAST + 500, side=10)])
    )
    assert "ring_is_a_part" in codes(reading.findings)


@pytest.mark.parametrize("between", [False, True])
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_side_lengths_are_checked_wherever_they_stand(tmp_path, between, backward, closed):
    ring = [(NORTH, EAST), (NORTH + 30, EAST), (NORTH + 30, EAST + 40), (NORTH, EAST + 40)]
    sides = [30.0, 40.0, 30.0, 40.0]
    if backward:
        sides = [sides[-1], *sides[:-1]]
    rows: list[list[object]] = [["点号", "X", "Y", "边长(m)"]]
    for point, side in zip(points(ring), sides, strict=True):
        rows += [[*point, None], [None, None, None, side]] if between else [[*point, side]]
    if closed:
        rows.append(["J1", *ring[0], None])
    assert facts(read(book(tmp_path, *rows)), "side_differs") == []
    at = 3 if between else 2
    rows[at][3] = sides[1] + 0.056  # 5 cm, and half of the last of three digits
    wrong = read(book(tmp_path, *rows))
    assert (
        [one["label"] for one in facts(wrong, "side_differs")] == ["J2"] if not between else ["J1"]
    )
    rows[at][3] = sides[1] + 0.049
    assert facts(read(book(tmp_path, *rows)), "side_differs") == []


def test_a_parcel_whose_axes_were_turned_is_named_by_its_code(tmp_path):
    rows: list[list[object]] = []
    for at, code in enumerate(("DK1", "DK2", "DK3")):
        ring = square(NORTH + 300 * at)
        ring = [(east, north) for north, east in ring] if code == "DK3" else ring
        rows += [[f"宗地号：{code}"], ["点号", "X", "Y"], *points(ring)]
    reading = read(book(tmp_path, *rows))
    (row,) = [one for one in reading.findings if one["code"] == "axes_swapped_some"]
    assert row["ids"] == ["DK3"]


def test_areas_of_layers_without_a_column_for_them_are_checked(tmp_path):
    def red_line(area: str) -> Reading:
        rows = [["项目编号：P01"], ["点号", "X", "Y"], *points(square()), [f"面积：{area}"]]
        return read(book(tmp_path, *rows), "projects")

    assert red_line("1.0000公顷").frame["project_id"].tolist() == ["P01"]
    assert codes(red_line("1.0000公顷").findings) == {"crs_inferred", "ring_not_closed"}
    assert facts(red_line("10050平方米"), "table_area_differs") == []
    assert facts(red_line("10051平方米"), "table_area_differs") == [
        {"computed": 10_000.0, "stated": 10_051.0}
    ]


@pytest.mark.parametrize(("area", "unit"), [(10_000, "m2"), (15, "mu"), (1, "ha")])
def test_an_area_without_unit_is_taken_by_its_size_and_said(tmp_path, area, unit):
    rows = [["宗地号：P"], ["点号", "X", "Y"], *points(square()), ["面积", area]]
    reading = read(book(tmp_path, *rows))
    assert reading.frame["stated_area_mu"].tolist() == pytest.approx([15.0])
    told = facts(reading, "table_area_unit")
    assert told == ([] if unit == "m2" else [{"unit": unit}])


DEFECTS = {
    "a letter": (["J2", "看不清", EAST], "point_unreadable", 4),
    "half a point": (["J2", NORTH + 100, None], "point_unreadable", 4),
    "a point left blank": (["J2", None, None], "point_unreadable", 4),
    "a spreadsheet's error": (["J2", "#REF!", EAST], "point_unreadable", 4),
    "crossing itself": (["J2", NORTH + 20, EAST + 150], "ring_crosses_itself", 3),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_costs_its_parcel_and_names_the_row(tmp_path, name):
    point, reason, at = DEFECTS[name]
    bad = points([(NORTH, EAST), (NORTH, EAST), (NORTH, EAST + 100), (NORTH + 50, EAST + 100)])
    bad[1] = point
    rows = [["宗地号", "点号", "X", "Y"], *(["A", *p] for p in bad)]
    rows += [["B", *p] for p in points(square(east=EAST + 300))]
    rows[1][0] = "A"
    rows.insert(1, [None] * 4)
    reading = read(book(tmp_path, *rows))
    assert reading.frame["parcel_id"].tolist() == ["B"]
    assert reading.rows_read == 2
    told = reading.rejected[["source_row", "reason", "地块编号"]].values.tolist()
    assert told == [[at, reason, "A"]]


def test_blank_lines_of_a_form_that_was_not_filled_in_are_nothing(tmp_path):
    rows = [["点号", "X", "Y"], *points(square()), ["J5", None, None], ["J6", None, None]]
    assert read(book(tmp_path, *rows)).frame.geometry.iloc[0].equals(box())


@pytest.mark.parametrize("order", ["XY", "YX"])
def test_the_order_of_the_axes_is_told_by_magnitude(tmp_path, order):
    rows = [["点号", *order], *([f"J{n}", a, b] for n, (a, b) in enumerate(square()))]
    reading = read(book(tmp_path, *rows))
    assert reading.frame.geometry.iloc[0].equals(box())
    assert ("axes_swapped" in codes(reading.findings)) == (order == "YX")


def test_degrees_with_minutes_and_seconds(tmp_path):
    rows: list[list[object]] = [
        ["点号", "纬度", "经度"],
        ["J1", "23°15′00″", "114°30′00″"],
        ["J2", "23°15′36″", "114°30′00″"],
        ["J3", "23°15′36″", "114°30′36″"],
    ]
    reading = read(book(tmp_path, *rows))
    assert reading.frame.crs.to_epsg() == 4490
    assert reading.frame.total_bounds == pytest.approx([114.5, 23.25, 114.51, 23.26])


def test_without_a_zone_the_crs_is_a_question_and_lines_of_the_sheet_answer_it(tmp_path):
    head: list[list[object]] = [["点号", "X", "Y"], *points(square(east=500_000.0))]
    with pytest.raises(SourceError) as error:
        read(book(tmp_path, *head))
    require_one_line(error.value)
    assert error.value.code in ("crs_question", "meridian_question")
    for line in ("带号：38", "三度带第38带", "中央子午线：114°", "3度带 中央经线114"):
        assert read(book(tmp_path, [line], *head)).frame.crs.to_epsg() == 4547
    assert read(book(tmp_path, *head), crs="EPSG:4549").frame.crs.to_epsg() == 4549


def test_a_sheet_per_parcel_bears_its_name_where_it_is_a_code(tmp_path):
    rows = [["点号", "X", "Y"], *points(square())]
    sheets = {
        "DK-001": rows,
        "002号地块": rows,
        "欧阳甲": rows,
        "Sheet4": rows,
        "说明": [["请填写"]],
    }
    reading = read(write_book(tmp_path / "a.xlsx", sheets))
    assert reading.frame["parcel_id"].fillna("-").tolist() == ["DK-001", "002号地块", "-", "-"]
    assert len([row for row in reading.findings if row["code"] == "id_of_sheet"]) == 2
    assert [row["source_sheet"] for row in reading.findings if row["code"] == "file_skipped"] == [
        "说明"
    ]


def test_ledgers_of_parcels_with_a_point_each_are_ledgers(tmp_path):
    rows: list[list[object]] = [["地块编号", "村", "面积(亩)", "X", "Y"]]
    rows += [[f"P{n}", "甲村", n, NORTH + n, EAST] for n in range(1, 6)]
    reading = read(book(tmp_path, *rows))
    assert reading.frame["parcel_id"].tolist() == [f"P{n}" for n in range(1, 6)]
    assert reading.frame.geometry.isna().all()


def test_points_are_no_records(tmp_path):
    rows = [["登记编号", "点号", "X", "Y"], *(["R1", *p] for p in points(square()))]
    reading = read(book(tmp_path, *rows, sheet="坟墓"), "records")
    assert len(reading.frame) == 4


@pytest.mark.parametrize("role", ["projects", "blocks", "exclusions", "resettlement_zones"])
def test_every_layer_of_polygons_may_come_as_points(tmp_path, role):
    rows = [["地块编号：K7"], ["点号", "X", "Y"], *points(square())]
    frame = read(book(tmp_path, *rows), role).frame
    assert frame.iloc[0, 0] == "K7"
    assert frame.geometry.iloc[0].equals(box())


@st.composite
def rings(draw: st.DrawFn) -> shapely.Polygon:
    """Return a star-shaped parcel of 3 to 12 corners on millimetres, perhaps with a hole."""
    import math

    count = draw(st.integers(3, 12))
    reach = draw(st.lists(st.integers(20_000, 90_000), min_size=count, max_size=count))
    corners = [
        (
            EAST + 100 + round(r * math.cos(2 * math.pi * n / count)) / 1000,
            NORTH + 100 + round(r * math.sin(2 * math.pi * n / count)) / 1000,
        )
        for n, r in enumerate(reach)
    ]
    outer = shapely.Polygon(corners)
    if count < 4 or not draw(st.booleans()):
        return outer
    ring = shapely.Polygon(
        [(EAST + 99, NORTH + 99), (EAST + 101, NORTH + 99), (EAST + 100, NORTH + 101)]
    )
    return shapely.Polygon(corners, [ring.exterior.coords])


@settings(max_examples=60)
@given(
    st.lists(rings(), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(["column", "lines"]),
    st.integers(1, 3),
    st.sampled_from([".xlsx", ".csv", ".xls"]),
)
def test_whatever_the_layout_the_same_shapes_come_back(
    tmp_path_factory, shapes, close, layout, blocks, suffix
):
    blocks = 1 if layout == "column" else blocks
    head: list[object] = (["宗地号"] if layout == "column" else []) + [
        "圈号",
        "点号",
        "X",
        "Y",
    ] * blocks
    rows: list[list[object]] = [head] if layout == "column" else []
    moved = [translate(shape, 300.0 * at) for at, shape in enumerate(shapes)]
    for number, shape in enumerate(moved):
        code = f"P{number}"
        cells: list[list[object]] = []
        for ring_number, ring in enumerate([shape.exterior, *shape.interiors], start=1):
            corners = [(north, east) for east, north in ring.coords]
            for at, corner in enumerate(corners if close else corners[:-1], start=1):
                cells.append([ring_number, f"J{at}", *(round(one, 3) for one in corner)])
        if layout == "column":
            rows += [[code, *cell] for cell in cells]
            continue
        rows += [[f"宗地号：{code}"], head]
        height = -(-len(cells) // blocks)
        for at in range(height):
            row: list[object] = []
            for column in range(blocks):
                place = column * height + at
                row += cells[place] if place < len(cells) else [None] * 4
            rows.append(row)
    path = tmp_path_factory.getbasetemp() / f"layout{suffix}"
    if suffix == ".csv":
        lines = [",".join("" if c is None else str(c) for c in row) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
    elif suffix == ".xls":
        write_old_book(path, {"Sheet1": rows})
    else:
        write_book(path, {"Sheet1": rows})
    frame = read(path).frame
    assert frame["parcel_id"].tolist() == [f"P{at}" for at in range(len(shapes))]
    for ours, sent in zip(frame.geometry, moved, strict=True):
        assert shapely.hausdorff_distance(ours, sent) < 1e-3
        assert len(ours.interiors) == len(sent.interiors)
        assert ours.area == pytest.approx(sent.area, abs=0.5)


def test_what_is_said_is_said_in_both_languages(tmp_path):
    rows = [
        ["项目编号：P01"],
        ["点号", "X", "Y", "边长"],
        *([*p, 7] for p in points(square())),
        ["面积", 7],
    ]
    reading = read(book(tmp_path, *rows), "projects")
    for row in findings_frame(reading.findings).to_dict("records"):
        for language in ("zh", "en"):
            assert "{" not in sentence(row, language)
    assert scale(box()).equals(box())
