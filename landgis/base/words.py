"""What offices and surveyors call our columns and values.

Names are compared after NFKC, without blanks, brackets and units, in lower case. A name truncated
to ten bytes by a shapefile matches where only one column of the layer begins so.
"""

from __future__ import annotations

__all__ = ["ALIASES", "FILE_WORDS", "VALUES"]

_ALIASES = """
project_id: 项目编号 项目代码 项目编码 项目号 xmbh xmdm
block_id: 地块号 出让宗地编号 出让宗地 dkh
parcel_id: 宗地代码 宗地编号 地块编号 权属地块编号 图斑编号 不动产单元号 zddm zdbh dkbh bdcdyh idu
exclusion_id: 除外编号 扣除编号
record_id: 记录编号 房屋编号 幢号 坟墓编号 登记编号 调查编号
line_id: 线路编号 线路名称 线路 电力线路
zone_id: 安置区编号 区片编号 安置区代码
issue_id: 问题编号
grievance_id: 诉求编号 受理编号
name: 名称 项目名称 地块名称 安置区名称 mc xmmc dkmc
use: 用途 项目用途 用地类型 项目类型
task_area_mu: 任务面积 征收任务 用地面积
corridor: 高压线处理 线路处理 线路约定
corridor_doc_no: 线路文号 除外文号
clean_by: 净地时限 净地期限 交地时限
power_relocated_by: 线路迁改时限 迁改时限
priority: 地块类别 优先级
village: 村 村委会 行政村 村名 权属单位 cun
group: 组 村民小组 小组 村小组 队 zu
ownership: 权属性质 权属 所有权性质 qsxz
land_use: 地类 地类编码 地类代码 dlbm
land_use_scheme: 地类标准 分类标准
stated_area_mu: 征收面积 面积 权属面积 调查面积 土地面积 宗地面积 tbmj zdmj
team: 工作组 责任工作组 工作组别
disputed_from: 争议起始 争议开始日期
disputed_to: 争议结束 争议解决日期
surveyed_on: 调查日期 调查时间 现状调查日期 确认日期
agreed_on: 协议签订日期 签订日期 签约日期 协议日期 签订时间 签协议日期
agreed_share: 签约份额 签约比例
paid_on: 付款日期 支付日期 兑付日期 付款时间
delivered_on: 交付日期 交地日期
cleared_on: 清表日期 清表完成日期 清表时间
reason: 除外原因 扣除原因 原因
doc_no: 文号 批准文号
approved_on: 批准日期
kind: 类别 种类 登记类别 对象类别
household: 户编号 户号 户代码
structure: 结构 房屋结构 品种 种类名称 名称规格
quantity: 数量 建筑面积 青苗面积 穴数 株数 征收面积 面积
unit: 单位 计量单位
approx: 约数 是否约数
unit_price_yuan: 单价 补偿单价 补偿标准
amount_yuan: 金额 补偿金额 补偿款 小计金额
built_on: 建成日期 建成时间 建造日期 栽种日期 种植日期
vacated_on: 腾空日期 搬迁日期 交地日期 交付日期
removed_on: 拆除日期 拆除时间 迁移日期 迁坟日期 清除日期 清表日期 清表完成日期 清表时间
voltage_kv: 电压 电压等级 线路电压 voltage
current: 电流
edge_offset_m: 边线距 半间距 导线边线距
planning_width_m: 走廊宽度 高压走廊宽度
status: 状态 线路状态 运行状态
relocated_on: 迁改日期 迁改完成日期 计划迁改日期
mode: 安置方式
homes: 套数 可安置套数 宗数 安置套数 房源数
homes_unit: 房源单位 套数单位
road_on: 道路通达
water_on: 通水日期
power_on: 通电日期
school_on: 学校开办日期
started_on: 开工日期
planned_on: 计划交付日期 计划交付 计划完成日期
persons: 人口 人数 安置人口
area_m2: 安置面积 建筑面积㎡
moved_out_on: 搬离日期 腾房日期
due_on: 到期日期 应交付日期 办结时限
turnover_housing: 周转房
rate_yuan: 过渡费标准
rate_basis: 过渡费计费方式 计费方式
penalty_rate: 违约金费率
penalty_basis: 违约金基数
penalty_from: 违约金起算
indicator: 指标 任务指标
day: 日期 督查日期 上报日期
increment: 当日完成 当日新增 今日完成
cumulative: 累计完成 累计
feedback: 反馈 反馈情况
received_at: 报送时间 收到时间
cause: 问题类别 问题成因
owner_office: 责任单位
raised_on: 提出日期 受理日期
closed_on: 销号日期
category: 诉求类别
answered_on: 答复日期
resolved_on: 办结日期
month: 月份
head: 资金科目 科目
due_yuan: 应付金额 应到位金额
deposited_yuan: 到位金额 预存金额
paid_yuan: 已付金额
land_class: 地类级别
price_yuan_mu: 区片综合地价
valid_from: 生效日期
valid_to: 失效日期
district: 片区 县区 县市区 单位名称
metric: 考核指标
done: 完成 完成数
task: 任务 任务数
claimed_on: 申报日期 认定日期
what: 要素类别
project: 项目
"""


def _parse(table: str) -> dict[str, tuple[str, ...]]:
    """Read ``name: alias alias`` lines."""
    pairs = (line.split(":", 1) for line in table.strip().splitlines())
    return {name.strip(): tuple(aliases.split()) for name, aliases in pairs}


#: our column to what others call it
ALIASES = _parse(_ALIASES)

#: column to {our value: what others write}
VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "kind": _parse(
        """
house: 房屋 住房 房屋征收 houses 建筑物 buildings building batiment
attachment: 地上附着物 附着物 附属物 attachments structures
special_crop: 特殊青苗 special_crops 果园 苗木
crop: 一般青苗 青苗 crops
grave: 坟墓 坟山 graves 坟 headstones
land: 土地 土地征收 土地协议
"""
    ),
    "use": _parse(
        """
industrial: 工业 工业用地
residential: 居住 住宅 居住用地
commercial: 商业 商服 商业用地
infrastructure: 基础设施 交通 市政 基础设施用地
public_service: 公共服务 公共管理与公共服务 公共服务用地
"""
    ),
    "status": _parse(
        """
live: 在运 运行 在用
dead: 停运 退运
to_relocate: 拟迁改 待迁改 计划迁改
relocated: 已迁改 迁改完成
"""
    ),
    "mode": _parse(
        """
rebuild: 回建 回建安置
apartment: 上楼 公寓 上楼安置
cash: 货币 货币安置
"""
    ),
    "corridor": _parse(
        """
condition: 作为条件 条件
blocker: 视为障碍 障碍
excluded: 除外 扣除
"""
    ),
    "indicator": _parse(
        """
land: 土地征收
house_agreement: 房屋补偿安置协议 房屋协议
special_crop: 特殊青苗
attachment: 地上附着物
grave: 坟墓 坟山
house_removal: 拆除房屋 房屋拆除
attachment_removal: 拆除地上附着物 附着物拆除
crop_clearing: 清表青苗 青苗清表
"""
    ),
    "homes_unit": _parse("plot: 宗\nflat: 套"),
    "unit": _parse(
        """
mu: 亩
building: 栋 幢
household: 户
grave: 穴 座 冢
m2: ㎡ 平方米 m²
"""
    ),
    "metric": _parse(
        """
land: 征地完成率 土地征收
projects_with_progress: 进度占比率 有进度项目
projects_clean: 项目净地完成 净地项目
industrial_land: 工业用地征地完成率 工业用地
"""
    ),
}

#: layer to what file, sheet and layer names call it, told by `landgis new`; first come, first asked
FILE_WORDS: dict[str, tuple[str, ...]] = _parse(
    """
clean_claims: 净地申报 净地认定 申报范围 clean_claim claim
exclusions: 除外 扣除 exclusion
blocks: 出让 block
resettlements: 安置台账 安置户 安置人员 resettlements
resettlement_zones: 安置区 安置点 resettlement
power_lines: 电力 高压 输电 线路 power
districts: 片区 县区 各县 排名 districts
daily_reports: 日报 督查 daily
grievances: 诉求 信访件 grievances
issues: 问题清单 issues
funds: 资金 funds
rate_zones: 区片 综合地价 rate_zone
tasks: 任务 tasks
projects: 红线 用地范围 项目范围 red_line redline projects
context: 道路 公路 水系 河流 村界 村庄 行政 road water river village landuse
records: 房屋 建筑 坟 青苗 附着物 果园 台账 兑付 house building batiment grave headstone crop ledger
parcels: 宗地 地块 权属 图斑 地籍 界址 parcel cadastr
"""
)
