"""Lines from card readers and scanners: what is one, what is an ordinary text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.formats import resident_id
from counterdesk.formats.wedge import Card, Code, recognise

TODAY = date(2026, 11, 23)
NUMBER = "310000199001010010"
ADDRESS = "上海市黄浦区示例路1号"
ISSUER = "上海市公安局黄浦分局"
FULL = Card(NUMBER, "张测试", ADDRESS, ISSUER, "2035-05-01")


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (f"张测试|男|汉|19900101|{ADDRESS}|{NUMBER}|{ISSUER}|20150501-20350501", FULL),
        (f"张测试|男|汉|1990-01-01|{ADDRESS}|{NUMBER}|{ISSUER}|2015.05.01-2035.05.01\r", FULL),
        (f"张测试^1^01^19900101^{ADDRESS}^{NUMBER}^{ISSUER}^20150501^20350501", FULL),
        (f"{NUMBER}|张测试|{ISSUER}|{ADDRESS}|20150501-20350501", FULL),
        (f"张测试\t男\t汉族\t1990年1月1日\t{ADDRESS}\t{NUMBER}\t{ISSUER}\t2015年5月1日-2035年5月1日", FULL),
        (f" 张测试 | 男 | 蒙古 | 19900101 |{ADDRESS}|{NUMBER}|{ISSUER}|20150501-长期|", FULL._replace(expires="long")),
        (f"男|蒙古|19900101|{ADDRESS}|{NUMBER}", Card(NUMBER, "", ADDRESS)),
        (
            "阿卜杜拉·示例|男|维吾尔|19751015||310000197510150055||",
            Card("310000197510150055", "阿卜杜拉·示例"),
        ),
        ("钱演示|男|汉|19880229||31000019880229029x|", Card("31000019880229029X", "钱演示")),
        (NUMBER, Code("number", NUMBER)),
        ("31000019880229029x\n", Code("number", "31000019880229029X")),
        ("A057", Code("ticket", "A057")),
        ("h012", Code("ticket", "H012")),
        ("YS2611230001", Code("pre_review", "YS2611230001")),
        ("26000123", Code("case", "26000123")),
    ],
)
def test_what_is_read(line: str, reading: Card | Code) -> None:
    assert recognise(line, TODAY) == reading


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "张测试",
        "沪A12345",
        "13800138000",
        "2026-11-23",
        "310000199001010011",  # a wrong digit is told where it stands
        "310000203001010015",  # born later than today
        f"张测试|男|汉|19900101|{ADDRESS}|310000199001010011|",
        f"张测试|女|汉|19900101|{ADDRESS}|{NUMBER}|",  # the number says otherwise
        f"张测试|男|汉|19910101|{ADDRESS}|{NUMBER}|",
        f"张测试|{NUMBER}|310000195606300020|",  # two people
        "a|b|c|d",
        "A57",
        "A0577",
        "Ａ０５７",
        "YS123",
        "٢٦٠٠٠١٢٣",
        "|" * 500,
        f"{NUMBER}|" * 60,
    ],
)
def test_what_is_an_ordinary_text(line: str) -> None:
    assert recognise(line, TODAY) is None


@given(st.text(max_size=450))
def test_nothing_makes_it_fail(line: str) -> None:
    recognise(line, TODAY)
    recognise(line + "|" + NUMBER + "|" + line, TODAY)


PEOPLE = st.builds(
    resident_id.make,
    st.sampled_from(["310000", "110101", "650102"]),
    st.dates(date(1930, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
)


@given(PEOPLE, st.sampled_from("|^\t"), st.permutations(range(6)), st.dates(date(2027, 1, 1), date(2060, 1, 1)))
def test_the_order_of_a_record_does_not_matter(number: str, separator: str, order: list[int], until: date) -> None:
    sex = "男" if resident_id.sex(number) == "male" else "女"
    period = f"20200101-{until:%Y%m%d}"
    parts = [number, "王样本", sex, f"{resident_id.birth_date(number):%Y%m%d}", ADDRESS, period]
    line = separator.join(parts[place] for place in order)
    assert recognise(line, TODAY) == Card(number, "王样本", ADDRESS, "", until.isoformat())


@given(PEOPLE)
def test_a_number_is_read_as_a_number(number: str) -> None:
    assert recognise(number, TODAY) == Code("number", number)
    assert recognise(number.lower(), TODAY) == Code("number", number)
