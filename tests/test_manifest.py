"""The manifest as Notepad writes it: marks, GBK, backslashes, curly quotes, misspelt keys."""

import pytest

from landgis.base.errors import CampaignError
from landgis.campaign import parse_settings
from landgis.io.manifest import parse_manifest, read_manifest

TEXT = """[campaign]
name = "云澜县"
crs = "EPSG:4526"
[layers]
parcels = "征地 2022\\攻坚（一）\\new.shp"
"""


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_any_notepad_writes_the_same_manifest(tmp_path, codec, ends):
    raw = TEXT.replace("\n", ends).encode(codec)
    (tmp_path / "campaign.toml").write_bytes(raw)
    settings = parse_settings(read_manifest(tmp_path))
    assert settings.campaign.name == "云澜县"
    assert settings.layers["parcels"][0].path == "征地 2022/攻坚（一）/new.shp"


def test_a_comment_keeps_its_backslashes_and_an_escaped_quote_stays():
    assert parse_manifest('# "a\\b"\nx = "a\\"b"') == {"x": 'a"b'}


BROKEN = [
    ("name = “云澜县”", 'line 2: TOML cannot read .* Write: name = "云澜县"'),
    ("name ＝ 1", "Write: name = 1"),
    ("name = ", "line 2: TOML cannot read 'name ='. Write it as in the sample"),
    ("[layers", "line 2: TOML cannot read"),
]


@pytest.mark.parametrize(("line", "says"), BROKEN)
def test_what_toml_cannot_bear_is_one_line_with_the_mended_one(line, says):
    with pytest.raises(CampaignError, match=says):
        parse_manifest(f"[campaign]\n{line}\n")


KEYS = [
    ({}, "'campaign' is missing"),
    ({"campaign": {"name": "x"}}, "'campaign.crs' is missing"),
    ({"campaign": {"name": "x", "crs": "y", "asof": 1}}, "no key 'campaign.asof'"),
    ({"campaign": {"name": "x", "crs": "y", "edition": "all"}}, "must be one of public, village"),
    ({"campaign": {"name": "x", "crs": "y"}, "layers": {"parcel": "a"}}, "no layer 'parcel'"),
    (
        {
            "campaign": {"name": "x", "crs": "y"},
            "project": [{"project_id": "P01"}, {"project_id": "P01"}],
        },
        "Project P01 stands twice",
    ),
]


@pytest.mark.parametrize(("manifest", "says"), KEYS)
def test_misspelt_and_missing_keys_are_named(manifest, says):
    with pytest.raises(CampaignError, match=says):
        parse_settings(manifest)


def test_no_manifest_and_no_text_are_said(tmp_path):
    with pytest.raises(CampaignError, match=r"no campaign.toml. Run landgis new"):
        read_manifest(tmp_path)
    (tmp_path / "campaign.toml").write_bytes(b"\xff\xff\x00\x80")
    with pytest.raises(CampaignError, match="neither UTF-8 nor GBK"):
        read_manifest(tmp_path)
