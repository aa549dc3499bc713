"""People are not features: which columns are kept, which cells speak of people, household codes.

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
from decimal import Decimal
from typing import Literal

__all__ = [
    "ID_NUMBER",
    "KEY_BYTES",
    "MASKED",
    "NAME",
    "column_fate",
    "fingerprint",
    "household_code",
    "masked",
    "speaks_of_person",
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
#: stands in place of a cell that speaks of a person, in any language
MASKED = "***"
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―", "-"))
#: no digit before it, nor the digits before a decimal point
_START = r"(?<!\d)(?<!\d\.)"
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_PERSONAL = re.compile(
    rf"{_START}(?:\+?86[- ]?|0)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}(?!\d)"  # mobile telephone
    rf"|{_START}[1-9]\d{{5}}[- ]?(?:19|20)\d\d{_DAY}[- ]?\d{{3}}[\dXx](?!\d)"  # citizen, 18 digits
    rf"|{_START}[1-9]\d{{7}}{_DAY}\d{{3}}(?!\d)"  # citizen, 15 digits
)
#: what may be a code of land as well: a bank card, a telephone with its area, any long number
_CARD = re.compile(rf"{_START}62\d{{14,17}}(?!\d)")
_LONG = re.compile(
    rf"{_START}(?:\d{{15,19}}|\d{{4}}(?:[ -]\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?)(?!\d)"
    rf"|{_START}0\d{{2,3}}[- ]\d{{7,8}}(?!\d)"
)
#: how a spreadsheet shows a long number
_SCIENTIFIC = re.compile(r"\d\.\d{6,}[eE]\+?1\d")


def speaks_of_person(cell: str, *, code: bool = False) -> bool:
    """Tell whether a text has the number of a telephone, a citizen or a bank card in it.

    Parameters
    ----------
    cell : str
        The text.
    code : bool
        Whether it may be a code of land, which has as many digits as a bank card: then a long
        number is one only if its last digit checks (ISO/IEC 7812-1, Annex B).
    """
    plain = unicodedata.normalize("NFKC", cell).translate(_DASHES)
    plain = _SCIENTIFIC.sub(lambda found: str(int(Decimal(found[0]))), plain)
    if _PERSONAL.search(plain):
        return True
    if not code:
        return _LONG.search(plain) is not None
    return any(_checks(found[0]) for found in _CARD.finditer(plain))


def masked(cell: str, *, code: bool = False) -> str:
    """Return a text, or `MASKED` where it speaks of a person (`speaks_of_person`)."""
    return MASKED if speaks_of_person(cell, code=code) else cell


def _checks(digits: str) -> bool:
    """Tell whether the last digit of a number is the check on the others."""
    doubled = [2 * int(one) for one in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(n - 9 * (n > 9) for n in doubled)) % 10 == 0


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
