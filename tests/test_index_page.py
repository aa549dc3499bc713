"""The page where a planner begins: what to do next, in order; nothing that runs or calls out."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from landgis.base.findings import finding, findings_frame
from landgis.outputs.index_page import IndexSheet, index_page, write_index

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>&'
M2_IN_20_MU = 40_000 / 3


class Page(HTMLParser):
    """The links, the tags and the steps of a page, as a browser reads them."""

    def __init__(self, html):
        super().__init__()
        self.links, self.ids, self.tags, self.steps, self.depth = [], set(), set(), [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "a":
            self.links.append(given["href"])
        if "id" in given:
            self.ids.add(given["id"])
        if tag in ("ol", "ul") and (self.depth or tag == "ol"):
            self.depth += 1
        if tag == "li" and self.depth == 1:
            self.steps.append("")

    def handle_endtag(self, tag):
        if tag in ("ol", "ul") and self.depth:
            self.depth -= 1

    def handle_data(self, data):
        if self.depth and self.steps:
            self.steps[-1] += data


def projects(out):
    rows = [
        ("P01", "云澜新城商住片区", "not_clean", 0.5, 0.4, False, -12, "P01_作战图.html"),
        ("P02", HOSTILE, "nearly", 1.0, 1.0, True, 3, None),
        ("P03", None, "ready", 1.0, 1.0, True, -3, "P03_作战图.html"),
        ("P04", "第三水厂", "unknown", None, None, False, None, None),
    ]
    table = pd.DataFrame(
        {
            "project_id": [row[0] for row in rows],
            "name": pd.Series([row[1] for row in rows], dtype="str"),
            "verdict": [row[2] for row in rows],
            "area_m2": [M2_IN_20_MU, M2_IN_20_MU, M2_IN_20_MU, None],
            "clean_m2": [None if row[3] is None else row[3] * M2_IN_20_MU for row in rows],
            "restricted_m2": 0.0,
            "blocked_m2": [None if row[3] is None else (1 - row[3]) * M2_IN_20_MU for row in rows],
            "excluded_m2": 0.0,
            "land_rate": [row[4] for row in rows],
            "open_conditions": [[], ["soil_survey_passed"], [], []],
            "complete": [row[5] for row in rows],
            "clean_by": pd.to_datetime(["2022-10-02", "2022-10-17", "2022-10-11", None]),
            "days_left": pd.array([row[6] for row in rows], dtype="Int64"),
        }
    )
    table["map"] = [None if row[7] is None else out / "maps" / row[7] for row in rows]
    return table


def sheet(out, *, quiet=False):
    found = [finding("record_unplaced", layer="records", ids=[f"H{k}{HOSTILE}"]) for k in range(8)]
    found.append(
        finding("status_undated", layer="records", source_file="台账.xlsx", column="协议", count=1)
    )
    rejected = [out / f"台账_{HOSTILE.replace('/', '_')}_退回修改清单.xlsx"]
    table = projects(out)
    if quiet:
        table = table[table["verdict"] == "none"]
    return IndexSheet(
        campaign_name=f"云澜县攻坚行动{HOSTILE}",
        as_of=pd.Timestamp("2022-10-14"),
        acquired_when="agreed",
        projects=table,
        findings=findings_frame([] if quiet else found, "EPSG:4526"),
        rejected=[] if quiet else rejected,
        rejected_rows=0 if quiet else 4,
        receipt=out.parent / "receipts" / "0001.json",
    )


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "行动" / "out"
    folder.mkdir(parents=True)
    return folder


STEPS = {
    "zh": [
        "退回 4 行",
        "待确认问题 1 条",
        "核查发现 8 条",
        "P01：已超过净地期限 12 天",
        "P02：基本净地。请落实以下条件后组织会签：土壤污染状况调查合格",
        "P04：无法判定",
        "P03：符合净地条件（待会签）",
        "打开未净地项目的作战图",
    ],
    "en": [
        "Rows rejected: 4",
        "asked (1)",
        "severity error (8)",
        "P01: 12 days past",
        "P02: nearly clean. Before it is countersigned, settle: soil survey passed",
        "told: P04",
        "countersigned: P03",
        "Open the battle maps",
    ],
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_next_steps_are_in_the_order_in_which_they_press(out, language):
    steps = Page(index_page(sheet(out), out, language)).steps
    assert len(steps) == len(STEPS[language])
    for step, wanted in zip(steps, STEPS[language], strict=True):
        assert wanted in step


def test_a_complete_project_is_not_pressed_for(out):
    assert "P03：已超过" not in index_page(sheet(out), out, "zh")
    assert "逾期 12 天" in index_page(sheet(out), out, "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_names_stay_text(out, language):
    html = index_page(sheet(out), out, language)
    assert not {"img", "script", "link", "iframe", "form"} & Page(html).tags
    assert "&lt;script&gt;" in html


def test_links_are_relative_and_lead_to_what_was_written(out):
    made = sheet(out)
    written = [*made.rejected, *made.projects["map"].dropna(), made.receipt]
    for path in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    page = Page(index_page(made, out, "zh"))
    inside = [link for link in page.links if link.startswith("#")]
    outside = [link for link in page.links if not link.startswith("#")]
    assert {link[1:] for link in inside} <= page.ids
    assert not [link for link in outside if link.startswith("/") or ":" in link]
    assert {(out / unquote(link)).resolve() for link in outside} == set(written)


def test_what_lies_elsewhere_is_named_but_not_linked(out):
    made = sheet(out)
    elsewhere = Path("/elsewhere/0001.json")
    html = index_page(IndexSheet(**{**vars(made), "receipt": elsewhere}), out, "zh")
    assert "0001.json" in html
    assert "/elsewhere" not in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_asked_of_the_network(out, language):
    html = index_page(sheet(out), out, language)
    assert not re.search(r"https?:|//|url\(|@import|<script|<link", html.replace("</", "<"))
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in html


def test_unknown_is_a_dash_and_not_zero(out):
    html = index_page(sheet(out), out, "zh")
    row = next(line for line in html.split("<tr>") if ">P04" in line)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
    assert cells[2:] == ["—"] * 6
    total = html.split("<tfoot>")[1]
    assert re.findall(r"<td[^>]*>(.*?)</td>", total)[1:4] == ["—"] * 3


def test_figures_are_summed_where_all_are_known(out):
    made = sheet(out)
    known = IndexSheet(**{**vars(made), "projects": made.projects.iloc[:3]})
    total = index_page(known, out, "zh").split("<tfoot>")[1]
    assert ">60.00<" in total
    assert ">83.3%<" in total


def test_findings_stand_under_their_title_and_the_rest_is_folded(out):
    html = index_page(sheet(out), out, "zh")
    assert '<span title="record_unplaced">未能挂接</span> <small>8</small>' in html
    assert "<summary>……另有 3 条</summary>" in html
    assert html.count("既无图形，也无可用的权属地块编号") == 8


def test_a_campaign_without_projects_says_what_it_wants(out):
    html = index_page(sheet(out, quiet=True), out, "zh")
    (step,) = Page(html).steps
    assert step.startswith("还没有项目")
    assert "没有核查发现。" in html


def test_the_page_is_renewed(out):
    path = out / "index.html"
    write_index(sheet(out), path, language="zh")
    assert write_index(sheet(out), path, language="en") == path
    assert "What to do next" in path.read_text(encoding="utf-8")
