"""Synthetic citizens. Every name, number, address and plate is made up and says so (context.md §4).

Identity numbers carry region 310000, which no county has, telephones the unassigned prefix 154, plates the zero
series 沪A0xxxx; given names are words such as 测试, 示例 and 样本.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import msgspec

from counterdesk.formats import resident_id
from counterdesk.practice.chance import chance
from counterdesk.quiet import quiet

REGION = "310000"
SURNAMES = (
    *("张", "李", "王", "赵", "钱", "孙", "周", "吴", "郑", "冯", "陈", "沈", "韩", "杨", "朱", "秦", "许", "何"),
    *("吕", "施", "孔", "曹", "金", "魏", "陶", "姜", "欧阳", "上官", "诸葛"),
)
GIVEN = (
    *("测试", "示例", "样本", "虚构", "演示", "演练", "试用", "范例", "模拟", "假设", "样板", "练习"),
    *("测", "样", "演", "试一", "试二", "例一", "例二", "样甲", "样乙", "甲", "乙", "丙"),
)
MINORITY = ("阿卜杜拉", "买买提", "古丽", "扎西", "巴特尔", "热依罕")
ROADS = ("示例路", "样板路", "测试路", "演练路", "虚构路", "范例路")
DISTRICTS = ("黄浦区", "徐汇区", "静安区", "普陀区", "杨浦区", "宝山区", "浦东新区")


@quiet
class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A synthetic citizen."""

    name: str
    id: str
    birth: date
    sex: Literal["male", "female"]
    phone: str
    address: str
    plate: str


def _known(name: str, number: str, serial: int) -> Person:
    birth, sex = resident_id.birth_date(number), resident_id.sex(number)
    assert birth is not None
    assert sex is not None
    return Person(
        name=name,
        id=number,
        birth=birth,
        sex=sex,
        phone=f"154{serial:08}",
        address=f"上海市黄浦区示例路{serial}号",
        plate=f"沪A{serial:05}",
    )


FIXED: dict[str, Person] = {
    person.id: person
    for person in (
        _known("张测试", "310000199001010010", 1),
        _known("李示例", "310000195606300020", 2),
        _known("王样本", "310000200808080031", 3),
        _known("赵虚构", "310000201212120041", 4),
        _known("阿卜杜拉·示例", "310000197510150055", 5),
        _known("钱演示", "31000019880229029X", 6),
    )
}
"""The persons of context.md §4.1 by identity number: practice always knows them in the same way."""


def name(seed: int, *of: object) -> str:
    """A name: mostly Han, one in twelve with the dot of a minority name."""
    draw = chance(seed, "name", *of)
    if draw.random() < 1 / 12:
        return f"{draw.choice(MINORITY)}·{draw.choice(GIVEN[:12])}"
    return draw.choice(SURNAMES) + draw.choice(GIVEN)


def phone(seed: int, *of: object) -> str:
    """A mobile number with prefix 154."""
    return f"154{chance(seed, 'phone', *of).randrange(10**8):08}"


def address(seed: int, *of: object) -> str:
    """A Shanghai address on a road that does not exist."""
    draw = chance(seed, "address", *of)
    text = f"上海市{draw.choice(DISTRICTS)}{draw.choice(ROADS)}{draw.randrange(1, 400)}"
    if draw.random() < 0.5:
        return f"{text}弄{draw.randrange(1, 40)}号{draw.randrange(101, 2099)}室"
    return f"{text}号"


def plate(seed: int, *of: object) -> str:
    """A normal plate of the zero series."""
    return f"沪A0{chance(seed, 'plate', *of).randrange(10, 10_000):04}"


def person(seed: int, *of: object, birth: date, male: bool | None = None) -> Person:
    """A citizen born on `birth`. male: None draws the sex."""
    draw = chance(seed, "person", *of)
    man = draw.random() < 0.5 if male is None else male
    # Sequences below 100 belong to the persons of context.md.
    number = resident_id.make(REGION, birth, 100 + 2 * draw.randrange(450) + man)
    return Person(
        name=name(seed, *of),
        id=number,
        birth=birth,
        sex="male" if man else "female",
        phone=phone(seed, *of),
        address=address(seed, *of),
        plate=plate(seed, *of),
    )


def of_age(seed: int, *of: object, youngest: int, oldest: int, today: date) -> Person:
    """A citizen whose completed years on `today` lie between `youngest` and `oldest`."""
    draw = chance(seed, "age", *of)
    # 366 days a year and a margin keep the age inside both bounds whatever the leap years do.
    days = draw.randint(youngest * 366, max(youngest * 366, (oldest + 1) * 365 - 1))
    return person(seed, *of, birth=today - timedelta(days=days))
