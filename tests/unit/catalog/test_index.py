"""Ways into the catalogue, above all the search by what an officer types."""

from __future__ import annotations

import pytest

from .small import make_index

INDEX = make_index()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [21, 30]),
        ("30", [30]),
        ("３０", [30]),
        ("99", []),
        ("passport.first", [21]),
        ("PASSPORT", [21]),
        ("护照", [21]),
        ("违法", [30]),
        ("办理", []),
        ("hzsf", [21]),
        ("HZ", [21]),
        ("huzhao", [21]),
        ("huzhaosf", [21]),
        ("hzhao", [21]),
        ("护z", [21]),
        ("ptqwe", []),
        ("wf", [30]),
        ("weifa", [30]),
        ("jtwf", [30]),
        ("kf", [30]),
        ("bhz", [21]),
        ("cqhz", [21]),  # 重 read chong
        ("zqhz", [21]),  # 重 read zhong
        ("chongqing", [21]),
        ("violations", [30]),
        ("ordinary", [21]),
        ("...", []),
        ("x" * 5000, []),
    ],
)
def test_find(query: str, numbers: list[int]) -> None:
    assert [service.number for service in INDEX.find(query)] == numbers


def test_a_name_that_begins_with_it_stands_before_an_alias_and_before_the_middle() -> None:
    # "jt" begins 交通违法处理; "j" also begins the alias 交罚款; both are the same service, found once
    assert [service.id for service in INDEX.find("j")][:1] == ["violation.handle"]
    assert len(INDEX.find("", 1)) == 1


def test_by_id() -> None:
    assert INDEX.service("passport.first").number == 21
    assert INDEX.material("IDT").name.zh == "身份证"
    assert INDEX.department("D4").name.zh == "出入境"
    assert INDEX.group_of("passport.first").letter == "E"
    assert INDEX.basis("passport.first", "own-law").name.zh == "护照法"
    assert INDEX.basis("passport.first", "law").name.zh == "某法"
    assert INDEX.fact("passport.first", "delivery").options_from == "delivery"
    assert INDEX.fact("passport.first", "face_match").section == "checks"
    assert [o.code for o in INDEX.options(INDEX.fact("passport.first", "delivery"))] == ["mail", "self"]
    assert INDEX.plan("passport.first") is INDEX.plan("passport.first")


@pytest.mark.parametrize("method", ["service", "material", "department", "group_of", "plan", "violation"])
def test_an_unknown_id_is_a_key_error(method: str) -> None:
    with pytest.raises(KeyError):
        getattr(INDEX, method)("nothing")
