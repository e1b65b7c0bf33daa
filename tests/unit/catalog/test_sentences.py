"""Conditions and reasons in words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from counterdesk.catalog.conditions import IRRELEVANT, LONG, UNKNOWN, parse
from counterdesk.catalog.model import Text
from counterdesk.catalog.sentences import Labels, Language, reasons, sentence, told

from .small import make_index
from .test_conditions import conditions

INDEX = make_index()
ZH = Labels(INDEX, "passport.first", "zh")
EN = Labels(INDEX, "passport.first", "en")


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("", "总是", "always"),
        ("false", "从不", "never"),
        ("applicant_age >= 16", "申请人年龄 ≥ 16", "applicant's age ≥ 16"),
        ('delivery == "mail" and face_match', "领取方式 = 邮寄 且 人证比对通过", "delivery = x and face_match"),
        ("absconding or not face_match", "不准出境 或 人证比对通过 = 否", "absconding or face_match = no"),
        ("face_match == false", "人证比对通过 = 否", "face_match = no"),
        ("face_match == true", "人证比对通过", "face_match"),
        ('not delivery == "mail"', "领取方式 ≠ 邮寄", "delivery ≠ x"),
        ('variant in ["N", "U"]', "情形 属于 普通、加急", "variant is one of x, x"),
        (
            "absconding and (refused or face_match)",
            "不准出境 且 (拒绝说明 或 人证比对通过)",
            "absconding and (refused or face_match)",
        ),
        ('not presented("CONS")', "未交验监护人同意书", "x is not presented"),
        ("not known(copies)", "未知份数", "copies is not known"),
        ("asked(copies)", "须问份数", "copies is to be asked"),
        ('open_case != ""', "有在办件", "has open case"),
        ("months_after(old_until, -3) < today", "旧证有效期至前3个月 < 今天", "3 months before old_until < today"),
        ("years_after(old_until, 1) > today", "旧证有效期至加1年 > 今天", "old_until plus 1 years > today"),
        ("copies + 1 > 2", "份数 + 1 > 2", "copies + 1 > 2"),
        ("total(items, 'fine') > 200", "items的罚款合计 > 200", "total fine of items > 200"),
        ("today >= date('2022-10-01')", "今天 ≥ 2022-10-01", "today ≥ 2022-10-01"),
        ("nobody_knows == 1", "nobody_knows = 1", "nobody_knows = 1"),
    ],
)
def test_sentences(text: str, zh: str, en: str) -> None:
    assert sentence(parse(text), ZH) == zh
    assert sentence(parse(text), EN) == en


def test_reasons() -> None:
    because = (
        *(("copies", 12), ("delivery", "mail"), ("variant", "N"), ("absconding", False), ("old_until", LONG)),
        *(("today", date(2024, 1, 2)), ("refused", None), ("items", ({"fine": 1},)), ("IDT", True)),
        *(("open_case", ""), ("category", "C06"), ("service", "passport.first"), ("role", "auxiliary")),
    )
    assert reasons(because, ZH) == (
        "份数=12、领取方式=邮寄、情形=普通、不准出境=否、旧证有效期至=长期、今天=2024-01-02、拒绝说明=无、"
        "items=1条、身份证=是、在办件=无、类别=普通护照、事项=护照首发、操作人员=辅警"
    )
    assert reasons((), EN) == ""


def test_a_prompt_is_told_with_its_places_filled() -> None:
    text = Text(zh="至{date}共{n}元{x}", en="until {date}: {n}")
    assert told(text, {"date": "long", "n": "120"}, ZH) == "至长期共120元…"
    assert told(text, {"date": "2024-01-02", "n": "{n}"}, EN) == "until 2024-01-02: {n}"


@given(conditions)
def test_sentences_never_raise(text: str) -> None:
    for labels in (ZH, EN):
        assert sentence(parse(text), labels)


@pytest.mark.parametrize(
    "value", [None, UNKNOWN, IRRELEVANT, "", "x", 3, True, LONG, (), ("a",), ({"a": 1},), 1.5, object()]
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_values_never_raise(value: object, language: Language) -> None:
    labels = Labels(INDEX, "no.such.service", language)
    for name in ("variant", "service", "category", "role", "delivery", "nobody"):
        assert isinstance(reasons([(name, value)], labels), str)
