from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from counterdesk.formats import addresses, names, phones, plates, resident_id
from counterdesk.practice import people

TODAY = date(2026, 11, 23)


@given(st.integers(0, 2**31), st.integers(0, 95), st.integers(0, 4))
def test_whoever_is_made_up_is_valid_and_visibly_made_up(seed: int, youngest: int, more: int) -> None:
    person = people.of_age(seed, "someone", youngest=youngest, oldest=youngest + more, today=TODAY)

    assert resident_id.check(person.id, TODAY) is None
    assert person.id.startswith("310000")
    assert person.id not in people.FIXED
    assert resident_id.birth_date(person.id) == person.birth
    assert resident_id.sex(person.id) == person.sex
    assert youngest <= resident_id.age_on(person.birth, TODAY) <= youngest + more
    assert names.check(person.name) is None
    assert phones.check(person.phone) is None
    assert person.phone.startswith("154")
    assert addresses.check(person.address) is None
    assert plates.check(person.plate) is None
    assert person.plate.startswith("沪A0")


def test_the_same_seed_makes_the_same_person_and_another_seed_another() -> None:
    birth = date(1990, 5, 1)
    assert people.person(1, "a", birth=birth) == people.person(1, "a", birth=birth)
    assert people.person(1, "a", birth=birth) != people.person(2, "a", birth=birth)
    assert people.person(1, "a", birth=birth) != people.person(1, "b", birth=birth)


def test_some_names_have_the_dot_of_minority_names() -> None:
    drawn = [people.name(seed) for seed in range(300)]
    assert 5 <= sum("·" in name for name in drawn) <= 60


def test_the_fixed_persons_are_valid() -> None:
    for number, person in people.FIXED.items():
        assert resident_id.check(number, TODAY) is None
        assert names.check(person.name) is None
        assert addresses.check(person.address) is None
        assert phones.check(person.phone) is None
        assert plates.check(person.plate) is None
