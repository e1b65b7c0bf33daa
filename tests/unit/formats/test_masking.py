"""Masks: what stays visible, and that the rest never does."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.formats import masking, resident_id


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("rid", "310000199001010010", "310000********0010"),
        ("rid", "31000019900101", "31**********01"),
        ("rid", "", ""),
        ("phone", "13800000000", "138****0000"),
        ("phone", "+86 138 0000 0000", "138****0000"),
        ("phone", "12345", "*****"),
        ("name", "张测试", "张**"),
        ("name", "李𬱖", "李*"),
        ("name", "张", "*"),
        ("name", "葛\U000e0100城", "葛*"),
        ("name", "阿卜杜拉·示例", "阿***·示*"),
        ("name", "SAMPLE JOHN", "S***** J***"),
        ("addr", "上海市嘉定区徐行镇示例路100弄1号101室", "上海市嘉定区徐行镇****"),
        ("addr", "上海市徐汇区演示路1号", "上海市徐汇区演示路****"),
        ("addr", "上海市崇明区示范镇样本村12号", "上海市崇明区示范镇****"),
        ("addr", "上海市长宁区镇宁路1号", "上海市长宁区镇宁路****"),
        ("addr", "江苏省示例市", "江苏省示例市****"),
        ("addr", "某处", "****"),
        ("addr", "", ""),
        ("passport", "EA0000001", "EA*****01"),
        ("hkm", "C00000001", "C0*****01"),
        ("twp", "L00000001", "L0*****01"),
        ("hmtpermit", "H0000000101", "H0*******01"),
        ("foreignpp", "X0001", "*****"),
        ("uscc", "91310000MA0XAMP19E", "91**************9E"),
        ("plate", "沪A00001", "沪A***01"),
        ("vin", "LTEST1A06N0000001", "LT*************01"),
        ("licfile", "310000000001", "31********01"),
        ("birthcert", "T310000001", "T3******01"),
        ("rid_or_uscc", "310000199001010010", "31**************10"),
        ("fp", "0123456789", "01******89"),
        ("date", "2026-01-01", "2026-01-01"),
        ("text(40)", "备注", "备注"),
        ("int", "3", "3"),
    ],
)
def test_masks(kind: str, value: str, masked: str) -> None:
    assert masking.mask(kind, value) == masked


@given(st.dates(date(1900, 1, 1), date(2024, 1, 1)), st.integers(0, 999))
def test_a_birth_date_is_never_shown(birth: date, sequence: int) -> None:
    masked = masking.mask_rid(resident_id.make("310000", birth, sequence))
    assert len(masked) == 18
    assert masked[6:14] == "*" * 8


@given(st.from_regex("1[3-9][0-9]{9}", fullmatch=True))
def test_the_middle_of_a_phone_is_never_shown(number: str) -> None:
    assert masking.mask_phone(number) == f"{number[:3]}****{number[7:]}"


@given(st.text(max_size=30))
def test_documents_show_at_most_four_characters(value: str) -> None:
    masked = masking.mask_document(value)
    assert len(masked) == len(value)
    assert sum(a == b != "*" for a, b in zip(masked, value, strict=True)) <= 4


@given(
    st.sampled_from(["上海市嘉定区", "上海市", "江苏省某市", ""]),
    st.sampled_from(["徐行镇", "示例街道", ""]),
    st.from_regex("[^\\W\\d_]{1,4}路[0-9]{1,4}弄[0-9]{1,3}号[0-9]{3}室", fullmatch=True),
)
def test_a_house_number_is_never_shown(district: str, town: str, rest: str) -> None:
    masked = masking.mask_address(district + town + rest)
    assert masked.endswith("****")
    assert not any(char.isdigit() for char in masked)


@given(st.text(st.characters(categories=["Lo"]), min_size=1, max_size=15))
def test_a_name_shows_one_character_a_part(name: str) -> None:
    masked = masking.mask_name(name)
    assert set(masked[1:]) <= {"*"}
    assert "*" in masked
