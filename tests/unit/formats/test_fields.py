"""The one entry of the intake."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.formats import fields
from counterdesk.formats.fields import Limits
from counterdesk.formats.problem import Problem

TODAY = date(2024, 6, 3)


@pytest.mark.parametrize(
    ("field_type", "typed", "stored"),
    [
        ("rid", " 31000019880229029x", "31000019880229029X"),
        ("rid_or_uscc", "91310000ma0xamp19e", "91310000MA0XAMP19E"),
        ("name", " 张测试 ", "张测试"),
        ("date", "20240603", "2024-06-03"),
        ("date_or_long", "长期", "long"),
        ("datetime", "202406030815", "2024-06-03 08:15"),
        ("int", " 007 ", "7"),
        ("int(1..5)", "3", "3"),
        ("money", "¥20", "20.00"),
        ("plate", "沪a·00001", "沪A00001"),
        ("vin", "ltest1a06n0000001", "LTEST1A06N0000001"),
        ("licfile", "3100 0000 0001", "310000000001"),
        ("phone", "+86 154-0000-0001", "15400000001"),
        ("addr", "嘉定区示例路 1号", "上海市嘉定区示例路1号"),
        ("passport", "e00000001", "E00000001"),
        ("hkm", "c00000001", "C00000001"),
        ("twp", "l00000001", "L00000001"),
        ("hmtpermit", "h00000001", "H00000001"),
        ("foreignpp", "x0000001", "X0000001"),
        ("uscc", "91310000ma0xamp19e", "91310000MA0XAMP19E"),
        ("birthcert", "t310000001", "T310000001"),
        ("text(20)", " 备注 ", "备注"),
        ("text", "e\u0301", "é"),
        ("enum", " lost ", "lost"),
        ("enum_set", "a，b a", "a,b"),
        ("bool", "是", "true"),
        ("bool", "N", "false"),
        ("photo(358x441)", "x ", "x "),
    ],
)
def test_normalise_gives_the_stored_form(field_type: str, typed: str, stored: str) -> None:
    assert fields.normalise(field_type, typed) == stored
    assert fields.normalise(field_type, stored) == stored
    limits = Limits(options=("lost", "a", "b"))
    assert fields.check(field_type, stored, today=TODAY, **limits) is None


@pytest.mark.parametrize(
    ("field_type", "text", "limits", "problem"),
    [
        ("rid", "310000199001010011", Limits(), Problem("rid.check_digit")),
        ("rid_or_uscc", "310000199001010011", Limits(), Problem("rid.check_digit")),
        ("rid_or_uscc", "91310000MA0XAMP199", Limits(), Problem("uscc.check_digit")),
        ("name", "张", Limits(), Problem("name.too_short", {"minimum": 2, "actual": 1})),
        ("date", "long", Limits(), Problem("date.long_term_not_allowed")),
        ("date", "2024-06-04", Limits(latest=TODAY), Problem("date.too_late", {"latest": "2024-06-03"})),
        ("datetime", "x", Limits(), Problem("datetime.form")),
        ("int", "x", Limits(), Problem("int.form")),
        ("int", "9" * 30, Limits(), Problem("int.form")),
        ("int", "0", Limits(minimum=1), Problem("int.too_small", {"minimum": 1})),
        ("int", "6", Limits(maximum=5), Problem("int.too_large", {"maximum": 5})),
        ("money", "1.00", Limits(minimum=2), Problem("money.too_small", {"minimum": 2})),
        ("plate", "护A00001", Limits(), Problem("plate.province", {"character": "护"})),
        ("vin", "LTEST1A07N0000001", Limits(), Problem("vin.check_digit", {"position": 9}, "warning")),
        ("licfile", "1", Limits(), Problem("licfile.length", {"expected": 12, "actual": 1})),
        ("phone", "02160000000", Limits(), Problem("phone.landline")),
        ("addr", "上海市示例路100号", Limits(), Problem("addr.no_district")),
        ("hkm", "H00000001", Limits(), Problem("document.prefix", {"document": "hkm", "character": "H"})),
        ("uscc", "91310000MA0XAMP10E", Limits(), Problem("uscc.organisation_check")),
        ("birthcert", "T1", Limits(), Problem("birthcert.length", {"expected": 10, "actual": 2})),
        ("text(2)", "三个字", Limits(), Problem("text.too_long", {"maximum": 2, "actual": 3})),
        ("text", "三个字", Limits(max_length=2), Problem("text.too_long", {"maximum": 2, "actual": 3})),
        ("text", "a\x00", Limits(), Problem("text.control", {"position": 2})),
        ("text", "\ud800", Limits(), Problem("text.control", {"position": 1})),
        ("enum", "c", Limits(options=("a", "b")), Problem("enum.not_an_option")),
        ("enum_set", "a,c", Limits(options=("a", "b")), Problem("enum_set.not_an_option", {"count": 1})),
        ("bool", "maybe", Limits(), Problem("bool.form")),
    ],
)
def test_check_finds_the_problem(field_type: str, text: str, limits: Limits, problem: Problem) -> None:
    assert fields.check(field_type, text, today=TODAY, **limits) == problem
    assert problem.code in fields.CODES


def test_limits_open_what_is_closed() -> None:
    assert fields.check("phone", "02160000000", today=TODAY, landline=True) is None
    assert fields.check("addr", "江苏省示例路1号", today=TODAY, shanghai=False) is None
    assert fields.check("name", "张", today=TODAY, official_single=True) is None


def test_an_unknown_type_is_a_mistake_of_the_catalogue() -> None:
    with pytest.raises(ValueError, match="unknown field type: rdi"):
        fields.normalise("rdi", "1")
    with pytest.raises(ValueError, match="unknown field type: rdi"):
        fields.check("rdi", "", today=TODAY)


def test_codes_are_unique_and_well_formed() -> None:
    assert len(set(fields.CODES)) == len(fields.CODES)
    assert all(re.fullmatch("[a-z_]+\\.[a-z0-9_]+", code) for code in fields.CODES)


@pytest.mark.parametrize("field_type", sorted(fields.TYPES | fields.OPAQUE))
def test_empty_text_is_never_checked(field_type: str) -> None:
    assert fields.check(field_type, "", today=TODAY) is None


@given(st.sampled_from(sorted(fields.TYPES)), st.text(st.characters(), max_size=20))
def test_any_text_is_normalised_once_and_gets_an_answer(field_type: str, text: str) -> None:
    stored = fields.normalise(field_type, text)
    assert fields.normalise(field_type, stored) == stored
    problem = fields.check(field_type, stored, today=TODAY)
    assert problem is None or problem.code in fields.CODES
