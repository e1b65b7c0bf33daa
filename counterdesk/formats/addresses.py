"""Addresses: the form of a Shanghai address (city, district, town, road, number) and the districts.

District codes: GB/T 2260. The office that issued a number or kept a register may be gone, so abolished
districts are named with the district that took them over.
"""

from __future__ import annotations

import re
import unicodedata

from .problem import Problem, full_width_at

CODES = (
    "addr.empty",
    "addr.full_width",
    "addr.space",
    "addr.character",
    "addr.too_long",
    "addr.placeholder",
    "addr.other_province",
    "addr.abolished_district",
    "addr.unknown_district",
    "addr.no_district",
    "addr.no_number",
    "addr.no_city",
)

CITY = "上海市"
DISTRICTS = {
    "310101": "黄浦区",
    "310104": "徐汇区",
    "310105": "长宁区",
    "310106": "静安区",
    "310107": "普陀区",
    "310109": "虹口区",
    "310110": "杨浦区",
    "310112": "闵行区",
    "310113": "宝山区",
    "310114": "嘉定区",
    "310115": "浦东新区",
    "310116": "金山区",
    "310117": "松江区",
    "310118": "青浦区",
    "310120": "奉贤区",
    "310151": "崇明区",
}
ABOLISHED = {
    "卢湾区": "黄浦区",
    "南市区": "黄浦区",
    "闸北区": "静安区",
    "南汇区": "浦东新区",
    "南汇县": "浦东新区",
    "川沙县": "浦东新区",
    "崇明县": "崇明区",
}
MAX_LENGTH = 100

_OTHER_PROVINCES = (
    "河北省",
    "山西省",
    "辽宁省",
    "吉林省",
    "黑龙江省",
    "江苏省",
    "浙江省",
    "安徽省",
    "福建省",
    "江西省",
    "山东省",
    "河南省",
    "湖北省",
    "湖南省",
    "广东省",
    "海南省",
    "四川省",
    "贵州省",
    "云南省",
    "陕西省",
    "甘肃省",
    "青海省",
    "台湾省",
    "北京市",
    "天津市",
    "重庆市",
    "内蒙古自治区",
    "广西壮族自治区",
    "西藏自治区",
    "宁夏回族自治区",
    "新疆维吾尔自治区",
    "香港特别行政区",
    "澳门特别行政区",
)
_PLACEHOLDER = re.compile(r"待定|待补|待查|不详|不明|暂无|未知|某某|同上|[?？*＊_＿]|[Xx×]{2,}|\.{2,}|…")
_BRACKETS = str.maketrans("（）", "()")
# Letters and digits of any script that an address may hold, and the signs between them.
_SIGNS = "()-#、,，·—/"
_NUMBER = re.compile("[0-9一二三四五六七八九十百]+(号|弄|室|幢|栋|组|队)|[0-9]+[A-Za-z]?$|[0-9]+[-#]")
_DISTRICT_LIKE = re.compile("([\u4e00-\u9fff]{1,4}?)(区|县)")
_NOT_DISTRICTS = (
    "小",
    "社",
    "园",
    "校",
    "地",
    "街",
    "新",
    "厂",
    "片",
    "库",
    "林",
    "山",
    "景",
    "开发",
    "工业",
)


def normalise(text: str) -> str:
    """NFC without white space; the city is put before an address that starts with one of its districts."""
    text = "".join(unicodedata.normalize("NFC", text).split())
    return CITY + text if text.startswith(tuple(DISTRICTS.values())) else text


def district_code(text: str) -> str | None:
    """The GB/T 2260 code of the district that a Shanghai address names, with or without 上海市 first."""
    rest = text.removeprefix(CITY)
    return next((code for code, name in DISTRICTS.items() if rest.startswith(name)), None)


def _writing_problem(text: str) -> Problem | None:
    if not text:
        return Problem("addr.empty")
    if found := _PLACEHOLDER.search(text):
        return Problem("addr.placeholder", {"found": found[0]})
    for at, char in enumerate(text, 1):
        if char == "\u3000" or char.isspace():
            return Problem("addr.space", {"position": at})
        if char in "（），":
            continue
        if full_width_at(char):
            return Problem("addr.full_width", {"position": at})
        if char not in _SIGNS and not char.isalnum() and not "\ue000" <= char <= "\uf8ff":
            return Problem("addr.character", {"position": at})
    if len(text) > MAX_LENGTH:
        return Problem("addr.too_long", {"maximum": MAX_LENGTH, "actual": len(text)})
    return None


def _district_problem(rest: str) -> Problem | None:
    for old, new in ABOLISHED.items():
        if rest.startswith(old):
            return Problem("addr.abolished_district", {"district": old, "successor": new})
    like = _DISTRICT_LIKE.match(rest)
    if like and not like[1].endswith(_NOT_DISTRICTS):
        return Problem("addr.unknown_district", {"district": like[0]})
    return Problem("addr.no_district")


def check(text: str, *, shanghai: bool = True) -> Problem | None:
    """Checks a normalised address.

    shanghai: the address must be in Shanghai, name one of today's districts and have a house number.
    Without it only the writing is checked: an address elsewhere follows other habits.
    """
    if (problem := _writing_problem(text)) or not shanghai:
        return problem
    if province := next((name for name in _OTHER_PROVINCES if text.startswith(name)), None):
        return Problem("addr.other_province", {"province": province})
    if district_code(text) is None:
        return _district_problem(text.removeprefix(CITY))
    if not _NUMBER.search(text.translate(_BRACKETS)):
        return Problem("addr.no_number")
    return None if text.startswith(CITY) else Problem("addr.no_city")
