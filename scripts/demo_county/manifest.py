"""The manifest of the campaign."""

from __future__ import annotations

from pathlib import Path

from .settings import AS_OF, CAMPAIGN, COUNTY, TEAMS, VILLAGES

MANIFEST = """\
# {name}
# 本文件由指挥部填写；每个项目的情况见 项目表.xlsx。# 号后面是说明。

[campaign]
name = "{name}"
district = "{county}"             # 全市排名时的参评单位
crs = "EPSG:4526"               # 2000国家大地坐标系，3度带第38带，东坐标带带号
as_of = {as_of}
language = "zh"
started_on = 2022-08-23
acquired_when = "agreed"        # 以签订协议为完成征收：agreed 签订 / paid 付款 / delivered 交地
area_basis = "stated"           # 完成率用调查面积：stated / plane / ellipsoidal
edition = "internal"            # 内部版 internal / 公示版 village / 公开版 public

[layers]
parcels = {{ path = "parcels.shp", parcel_id = ["村", "组", "编号"] }}
records = [
    {{ path = "houses.gpkg", kind = "house", parcel_id = ["村", "组", "地块编号"] }},
    {{ path = "graves.gpkg", kind = "grave", parcel_id = ["村", "组", "地块编号"] }},
    {{ path = "crops.gpkg", parcel_id = ["村", "组", "地块编号"] }},
    # 第一工作组有几处只写“已签”，按填报日期计
    {{ path = "台账/第一工作组.xlsx", parcel_id = [{parts}], status_on = 2022-10-14 }},
{ledgers}]
power_lines = "power_lines.geojson"
resettlement_zones = "resettlement_zones.shp"
resettlements = "resettlements.xlsx"
projects = "red_lines.txt"
blocks = "blocks.txt"
exclusions = "exclusions.gpkg"
daily_reports = "daily_reports.xlsx"
districts = "districts.xlsx"
clean_claims = "clean_claims.gpkg"
context = ["roads.gpkg", "water.gpkg", "villages.gpkg"]

[[image]]
path = "ortho_before.tif"
taken_on = 2022-08-01           # 预公告之前

[[image]]
path = "ortho_after.tif"
taken_on = 2022-10-10

{teams}
# 各项目的名称、用途、责任领导、专班、方案、时限、法定步骤、任务在 项目表.xlsx；这里只写土地出让。
[[project]]
project_id = "P01"

[project.land_sale]
contract_signed_on = 2022-03-01
total_yuan = 480_000_000
# 宗地全部净地后付至 50%，净地后五个月内付至 100%（累计比例）
instalments = [{{ on = "clean", share = 0.5 }}, {{ months_after_clean = 5, share = 1.0 }}]
received = [{{ on = 2022-03-31, yuan = 20_000_000 }}]
"""


def write_manifest(path: Path) -> None:
    """Write campaign.toml."""
    ledgers = "".join(
        f'    {{ path = "台账/{team}.xlsx", parcel_id = ["村", "组", "地块编号"] }},\n'
        for team in TEAMS[1:]
    )
    village_of = {team: village for village, (*_, team) in VILLAGES.items()}
    teams = "".join(
        f'[[team]]\nteam = "{team}"\noffice = "{village_of[team]}村部"\ncapacity = {3 + k % 3}\n'
        f'skills = ["house", "grave"]\n\n'
        for k, team in enumerate(TEAMS)
    )
    parts = '"村", "组", "地块编号"'
    text = MANIFEST.format(
        parts=parts, name=CAMPAIGN, county=COUNTY, as_of=AS_OF, ledgers=ledgers, teams=teams
    )
    path.write_text(text, encoding="utf-8", newline="\n")
