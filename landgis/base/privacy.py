"""People are not features: which columns are kept, and the keyed code of a household.

Never kept, whatever a campaign lists: id numbers, phones, bank accounts, family members,
relatives, social relations, employer, political status, attitude, difficulty, petitions. Names
are dropped unless the campaign lists the column with a purpose; free text likewise.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

__all__ = [
    "ID_NUMBER",
    "KEY_BYTES",
    "NAME",
    "column_fate",
    "fingerprint",
    "holds_number",
    "household_code",
]

Fate = Literal["keep", "never", "name", "free_text"]

KEY_BYTES = 32

ID_NUMBER = re.compile(r"身份证|证件号|公民身份|id_?(card|number)|^sfz|^zjh", re.IGNORECASE)
NAME = re.compile(
    r"户主|姓名|权利人|所有权人|被征收人|被拆迁人|承包人|使用人|联系人|业主|坟主|后人|经办人|负责人"
    r"|户名|领款人|代理人|owner|^qlr(mc)?$|^hz(xm)?$|^xm$",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"电话|手机|联系方式|phone|mobile|(?<![a-z])tel$|银行|账号|帐号|账户|开户|卡号|bank|家庭成员|家庭情况|亲属|配偶"
    r"|子女|社会关系|relative|工作单位|就业单位|employer|政治面貌|党员|态度|attitude|难易|难度|difficulty"
    r"|信访|上访|petition|性别|民族|出生|年龄|健康|残疾|低保|住址|家庭住址|微信|指纹|照片",
    re.IGNORECASE,
)
_FREE_TEXT = re.compile(
    r"备注|说明|情况描述|走访记录|意见$|^note|remark|^bz$|^memo$", re.IGNORECASE
)
#: telephones, and what is as long as the numbers of identity cards and bank accounts
_NUMBER = re.compile(
    r"(?<![0-9])(?:"
    r"(?:\+?86[- ]?|0)?1[3-9](?:[- ]?[0-9]){9}"
    r"|0[1-9][0-9]{1,2}[- ][0-9]{7,8}"
    r"|(?:[0-9] ?){14,18}[0-9Xx]"
    r")(?![0-9])"
)


def holds_number(text: str) -> bool:
    """Tell whether a text holds a telephone, identity card or bank account number."""
    return _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def _plain(name: str) -> str:
    """Return a column name after NFKC without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))


def column_fate(name: str, keep: Mapping[str, str] | None = None) -> Fate:
    """Tell what happens to a column at reading, by its name.

    Parameters
    ----------
    name : str
        The column as its sender calls it.
    keep : mapping, optional
        The campaign's list of personal columns kept, each with its purpose.

    Returns
    -------
    str
        ``keep``; ``never`` (dropped whatever is listed); ``name`` or ``free_text`` (dropped unless
        listed).
    """
    plain = _plain(name)
    if ID_NUMBER.search(plain) or _NEVER.search(plain):
        return "never"
    listed = {_plain(one) for one in keep or {}}
    if plain in listed:
        return "keep"
    if NAME.search(plain):
        return "name"
    if _FREE_TEXT.search(plain):
        return "free_text"
    return "keep"


def household_code(key: bytes, *parts: str) -> str:
    """Return the keyed pseudonym of a household: an HMAC-SHA-256 over its normalised parts.

    Parameters
    ----------
    key : bytes
        The campaign office's key, kept outside the campaign.
    *parts : str
        The id number alone, or village, group and name.
    """
    plain = "\x1f".join(_plain(part).upper() for part in parts)
    digest = hmac.new(key, plain.encode("utf-8"), hashlib.sha256).hexdigest()
    return f"H{digest[:16]}"


def fingerprint(key: bytes) -> str:
    """Return what the store remembers of a key, which does not tell the key."""
    return hmac.new(key, b"landgis key fingerprint", hashlib.sha256).hexdigest()[:24]
