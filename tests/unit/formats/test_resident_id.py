"""Identity numbers (GB 11643)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.formats import resident_id
from counterdesk.formats.problem import Problem

TODAY = date(2024, 6, 3)
births = st.dates(date(1900, 1, 1), TODAY)
regions = st.tuples(st.sampled_from(sorted(resident_id.PROVINCES)), st.integers(0, 9999)).map(
    lambda parts: f"{parts[0]}{parts[1]:04}"
)


@pytest.mark.parametrize(
    ("rid", "sex", "birth"),
    [
        ("310000199001010010", "male", date(1990, 1, 1)),
        ("310000195606300020", "female", date(1956, 6, 30)),
        ("310000200808080031", "male", date(2008, 8, 8)),
        ("310000201212120041", "female", date(2012, 12, 12)),
        ("310000197510150055", "male", date(1975, 10, 15)),
        ("31000019880229029X", "male", date(1988, 2, 29)),
        ("810000199001010019", "male", date(1990, 1, 1)),
        ("911840198001010013", "male", date(1980, 1, 1)),
    ],
)
def test_valid(rid: str, sex: str, birth: date) -> None:
    assert resident_id.check(rid, TODAY) is None
    assert resident_id.sex(rid) == sex
    assert resident_id.birth_date(rid) == birth
    assert resident_id.normalise(rid) == rid


@pytest.mark.parametrize(
    ("rid", "problem"),
    [
        ("310000199001010011", Problem("rid.check_digit")),
        ("31000019900101001", Problem("rid.length", {"expected": 18, "actual": 17})),
        ("310000199013010010", Problem("rid.birth_date", {"year": "1990", "month": "13", "day": "01"})),
        ("310000198502290028", Problem("rid.birth_date", {"year": "1985", "month": "02", "day": "29"})),
        ("31000020300101001X", Problem("rid.birth_in_future", {"date": "2030-01-01"})),
        ("31000019880229029x", Problem("rid.lower_case_x")),
        ("990000199001010017", Problem("rid.province", {"province": "90"})),
        ("３10000199001010010", Problem("rid.full_width", {"position": 1})),
        ("", Problem("rid.empty")),
        ("310000900101001", Problem("rid.fifteen_digits")),
        ("31000019900101X010", Problem("rid.character", {"position": 15})),
        ("31000019900101001A", Problem("rid.character", {"position": 18})),
        ("31000019900101001٠", Problem("rid.character", {"position": 18})),
        ("160000199001010019", Problem("rid.province", {"province": "16"})),
        ("310000189912310010", Problem("rid.birth_before_1900", {"year": 1899})),
    ],
)
def test_invalid(rid: str, problem: Problem) -> None:
    assert resident_id.check(rid, TODAY) == problem
    assert problem.code in resident_id.CODES


def test_normalise_helps_without_hiding_full_width_digits() -> None:
    assert resident_id.normalise(" 310000 19880229 029x ") == "31000019880229029X"
    assert resident_id.normalise("３1") == "３1"


def test_born_today_is_accepted() -> None:
    assert resident_id.check(resident_id.make("310000", TODAY, 1), TODAY) is None


def test_parts_of_an_unfinished_number_are_unknown() -> None:
    assert resident_id.birth_date("3100001990") is None
    assert resident_id.birth_date("31000019901301") is None
    assert resident_id.sex("3100001990010100") is None


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2008, 8, 8), date(2024, 8, 7), 15),
        (date(2008, 8, 8), date(2024, 8, 8), 16),
        (date(2012, 12, 12), date(2024, 6, 3), 11),
        (date(1988, 2, 29), date(2023, 2, 28), 34),
        (date(1988, 2, 29), date(2023, 3, 1), 35),
        (date(1988, 2, 29), date(2024, 2, 29), 36),
        (date(2024, 6, 4), date(2024, 6, 3), -1),
    ],
)
def test_age_in_completed_years(birth: date, day: date, age: int) -> None:
    assert resident_id.age_on(birth, day) == age


@pytest.mark.parametrize(("region", "sequence"), [("31000", 1), ("31000X", 1), ("310000", 1000), ("310000", -1)])
def test_make_refuses_what_is_no_number(region: str, sequence: int) -> None:
    with pytest.raises(ValueError, match="region of six digits"):
        resident_id.make(region, TODAY, sequence)


def test_check_digit_wants_17_digits() -> None:
    with pytest.raises(ValueError, match="17 digits"):
        resident_id.check_digit("31000")


@given(regions, births, st.integers(0, 999))
def test_made_numbers_pass(region: str, birth: date, sequence: int) -> None:
    rid = resident_id.make(region, birth, sequence)
    assert resident_id.check(rid, TODAY) is None
    assert resident_id.birth_date(rid) == birth
    assert resident_id.sex(rid) == ("male" if sequence % 2 else "female")


@given(regions, births, st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_is_found(region: str, birth: date, sequence: int, at: int, char: str) -> None:
    rid = resident_id.make(region, birth, sequence)
    wrong = rid[:at] + char + rid[at + 1 :]
    assert wrong == rid or resident_id.check(wrong, TODAY) is not None


@given(st.text(max_size=20))
def test_any_text_gets_an_answer(text: str) -> None:
    problem = resident_id.check(text, TODAY)
    assert problem is None or problem.code in resident_id.CODES
