"""What a column of a wide ledger counts: 房屋栋数, 青苗面积(亩), 地上附着物/水井(眼), 坟墓(穴).

A wide ledger has one row per household and a block of columns per kind of thing. The kind stands in
the column's name or in the head above it, the measure behind it. A name that does not tell whether
it counts or pays (青苗) is a question.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from landgis.base.schema import LAYERS
from landgis.base.units import UNITS
from landgis.io.row.columns import JOINT, header_unit, plain_name, roles_of

__all__ = ["Place", "fits_kind", "is_sum", "place_of"]

#: word to the kind it names; longer words first
_KIND_WORDS = (
    ("special_crop", ("特殊青苗", "特殊作物", "果园", "果树", "苗木", "苗圃", "花木")),
    ("crop", ("一般青苗", "普通青苗", "青苗", "农作物")),
    ("attachment", ("地上附着物", "地面附着物", "附着物", "附属物", "附属设施", "构筑物")),
    ("grave", ("坟墓", "坟山", "墓穴", "坟")),
    ("house", ("房屋", "住房", "住宅", "主房", "正房")),
    ("land", ("征收土地", "土地", "征地")),
)
#: names that say their kind without its word
_WHOLE = {
    "征收面积": ("land", "quantity"),
    "征地面积": ("land", "quantity"),
    "建筑面积": ("house", "quantity"),
    "栋数": ("house", "quantity"),
    "幢数": ("house", "quantity"),
    "穴数": ("grave", "quantity"),
    "墓穴数": ("grave", "quantity"),
}
_BEFORE = ("", "耕地", "征收", "被征收", "拆迁", "被拆迁", "补偿", "集体", "农户", "合法")
_MEASURES = {
    "quantity": (
        *("数量", "面积", "栋数", "幢数", "穴数", "座数", "株数", "棵数", "亩数", "户数", "个数"),
        *("处数", "数", "总数", "总面积", "补偿面积", "征收面积", "建筑面积", "合法面积", "个"),
    ),
    "amount_yuan": (
        *("金额", "补偿金额", "补偿款", "补偿费", "补偿费用", "款", "费", "费用", "补偿总额"),
        *("补偿", "总价", "价款", "补偿总价", "征补金额", "征补总金额"),
    ),
    "unit_price_yuan": ("单价", "补偿单价", "标准", "补偿标准"),
    "structure": ("结构", "品种", "类型", "种类", "名称", "规格", "等级", "主要结构"),
    "record_id": ("编号", "登记编号"),
}
_ROLE_OF = {word: role for role, words in _MEASURES.items() for word in words}
_SUMS = ("小计", "合计", "总计", "共计")
#: what ends one kind only, by a word in its column's name
_ENDINGS = (
    (("拆", "腾空"), ("house", "attachment")),
    (("迁坟", "迁移", "起坟"), ("grave",)),
    (("清表", "清除"), ("crop", "special_crop")),
)
_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]?")


@dataclass(frozen=True)
class Place:
    """What a column says: of which kind, of which item of it, and which column of ours it is.

    ``role`` is empty where the name leaves open whether it counts or pays.
    """

    kind: str
    item: str
    role: str
    unit: str | None


def place_of(name: str) -> Place | None:
    """Return what a column counts or pays, None where its name names no kind or no measure."""
    parts = [_bare(part) for part in unicodedata.normalize("NFKC", name).split(JOINT)]
    units = [header_unit(part) for part in unicodedata.normalize("NFKC", name).split(JOINT)]
    unit = next((one for one in reversed(units) if one is not None), None)
    if len(parts) == 1 and parts[0] in _WHOLE:
        return Place(_WHOLE[parts[0]][0], "", _WHOLE[parts[0]][1], unit)
    above = next((kind for part in parts[:-1] if (kind := _split(part)[0])), None)
    own, before, rest = _split(parts[-1])
    if own and before not in _BEFORE:
        if above is None:
            return None
        own, rest = None, parts[-1]  # 坟墓 over 土坟
    kind = own or above
    if kind is None:
        return None
    if rest in _SUMS:
        return None
    return _measured(kind, own, above, rest, unit)


def _measured(
    kind: str, own: str | None, above: str | None, rest: str, unit: str | None
) -> Place | None:
    """Return what the part of a name behind its kind measures."""
    dimension = UNITS[unit][0] if unit else None
    role = _ROLE_OF.get(rest) or _dated(rest)
    if role is None and rest.removesuffix("数") in UNITS:
        role = "quantity"
    if role is not None:
        return Place(kind, "", role, unit)
    if rest and not (above and own is None):
        return None  # 房屋坐落, 土地用途
    item = rest if above and own is None else ""
    if dimension is None:
        return Place(kind, item, "", None)
    return Place(kind, item, "amount_yuan" if dimension == "money" else "quantity", unit)


def is_sum(name: str) -> bool:
    """Tell whether a column sums others of its head (小计, 合计)."""
    return _bare(unicodedata.normalize("NFKC", name).split(JOINT)[-1]) in _SUMS


def _bare(part: str) -> str:
    """Return a part of a name without brackets and blanks."""
    return plain_name(_BRACKETS.sub("", part))


def _split(part: str) -> tuple[str | None, str, str]:
    """Return the kind that a part names, and what stands before and behind its word."""
    for kind, words in _KIND_WORDS:
        for word in words:
            before, found, rest = part.partition(word)
            if found:
                return kind, before, rest
    return None, "", part


def _dated(rest: str) -> str | None:
    """Return the date that the rest of a name is, None where it is none."""
    layer = LAYERS["records"]
    roles = [role for role in roles_of(rest, "records") if layer.column(role).type == "date"]
    return roles[0] if len(roles) == 1 and rest else None


def fits_kind(name: str, kind: str) -> bool:
    """Tell whether a column without a kind of its own speaks of a kind too.

    Numbers never do: they would be counted once per kind. Days of an end (拆除日期) do only for the
    kinds that end that way.
    """
    layer = LAYERS["records"]
    roles = roles_of(name, "records")
    if any(layer.column(role).type in ("float", "int") for role in roles) or "unit" in roles:
        return False
    if "structure" in roles:
        return kind == "house"
    if not {"removed_on", "vacated_on"} & set(roles):
        return True
    for words, kinds in _ENDINGS:
        if any(word in name for word in words):
            return kind in kinds
    return kind == "land" if "交" in name else kind != "land"
