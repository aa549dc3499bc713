"""Names of folders, layers, sheets and members: which may be shown, and numbers for the others.

People name them, and often after people: a phone keeps a folder per household, called by its
holder and his telephone. A name that may not be shown becomes ``#n``, n its place in the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from landgis.base.privacy import speaks_of_person
from landgis.base.words import ALIASES, FILE_WORDS, VALUES

__all__ = ["is_common", "labels_of", "labels_of_data", "numbered"]

#: what else folders are called by what they hold, and not by whose it is
_COMMON = """
面 线 点 多边形 折线 边界 范围 图形 图层 图 表 标注 注记 轨迹 测量 测区 数据 资料 成果 文件夹
新建 未命名 默认 我的 收藏 收藏夹 地点 位置 临时 现状 规划 方案 外业 内业 修改 补测 复核 新增
第 期 批 批次 标段 片 号 年 月 日 份 一 二 三 四 五 六 七 八 九 十 〇 零 百 和 及 与 的
polygon line linestring polyline point track route path placemark folder layer untitled temporary my
places place document default waypoint area boundary shape data new feature survey sheet
"""
_TOKENS = re.compile(r"[a-z]+|[\u4e00-\u9fff〇]+|[^\W_]")
_VILLAGE = re.compile(
    r"(?:[\u4e00-\u9fff]{1,4}(?:村|村委会|村民委员会|居委会|社区|街道|镇|乡))?"
    r"(?:第?(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:村民小组|村小组|小组|生产队|组|队|社|屯))?"
)
_PARTS = re.compile(r"([/\\])")
_NUMBERED = re.compile(r"#[0-9]+")
#: how our own labels begin
_OURS = ("#", "*")


def _vocabulary() -> set[str]:
    """Return the words that say what is in a folder."""
    listed = [*ALIASES.items(), *FILE_WORDS.items()]
    listed += [pair for own in VALUES.values() for pair in own.items()]
    words = {word for name, aliases in listed for word in (name, *aliases)} | {*_COMMON.split()}
    return {part for word in words for part in word.lower().split("_")}


_WORDS = _vocabulary()
_HAN = re.compile("(?:" + "|".join(sorted((*filter(str.isalpha, _WORDS),), key=len)[::-1]) + ")+")


def is_common(name: str) -> bool:
    """Tell whether a name consists of words of the trade, digits and signs, or is a village's.

    Parameters
    ----------
    name : str
        Of one folder, without those around it.
    """
    plain = unicodedata.normalize("NFKC", name).lower()
    bare = "".join(plain.split())
    if speaks_of_person(plain):
        return False
    if not bare or _VILLAGE.fullmatch(bare):
        return True
    return all(_is_word(token) for token in _TOKENS.findall(plain))


def _is_word(token: str) -> bool:
    """Tell whether a run of letters is a word of the trade; a digit is."""
    if token.isascii():
        return token.isdecimal() or token in _WORDS or token.removesuffix("s") in _WORDS
    return token.isdecimal() or _HAN.fullmatch(token) is not None


def labels_of(names: Sequence[str], shown: Callable[[str], bool]) -> list[str]:
    """Return names with ``#n`` in place of each part that may not be shown; no two are alike.

    Parameters
    ----------
    names : sequence of str
        In the order of the file, each once; parts are parted by ``/``.
    shown : callable
        Tells of a part whether it may be.
    """
    return [_label(name, number, shown) for number, name in enumerate(names, start=1)]


def labels_of_data(names: Sequence[str]) -> list[str]:
    """Return names of layers, sheets or members; people are among them if one holds their number.

    Then every name that is not a word of the trade becomes ``#n``; else all stay.
    """
    if not any(map(speaks_of_person, names)):
        return list(names)
    return labels_of(names, lambda part: is_common(part.rpartition(".")[0] or part))


def _label(name: str, number: int, shown: Callable[[str], bool]) -> str:
    """Return a name with its number in place of what may not be shown."""
    pieces = _PARTS.split(name)
    parts = [
        one if at % 2 or (shown(one) and one[:1] not in _OURS) else f"#{number}"
        for at, one in enumerate(pieces)
    ]
    out = parts[:1]
    for mark, part in zip(parts[1::2], parts[2::2], strict=True):
        out += [] if part == out[-1] == f"#{number}" else [mark, part]
    return "".join(out)


def numbered(label: str) -> bool:
    """Tell whether a label has a number in place of a name."""
    return any(_NUMBERED.match(part) for part in _PARTS.split(label))
