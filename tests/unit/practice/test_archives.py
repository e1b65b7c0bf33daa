from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk.catalog.assess import typed
from counterdesk.catalog.casefile import JsonValue
from counterdesk.catalog.conditions import UNKNOWN
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice import people, registers
from counterdesk.practice.archives import SimulatedArchives

TODAY = date(2026, 11, 23)
INDEX = Index(load())
ZHANG = "310000199001010010"
TYPES = ("rid", "rid_or_uscc", "plate")


def archives(seed: int = 7) -> SimulatedArchives:
    return SimulatedArchives(seed, INDEX, lambda: TODAY)


def keys(service: str) -> list[str]:
    return [key for key, fact in INDEX.plan(service).facts.items() if fact.kind in TYPES and not fact.fact.computed]


@given(st.integers(0, 10_000), st.sampled_from(INDEX.catalog.services), st.integers(18, 80))
def test_registers_give_only_facts_of_the_service_in_valid_form(seed: int, service: object, age: int) -> None:
    person = people.of_age(seed, "asked", youngest=age, oldest=age, today=TODAY)
    for key in keys(service.id):  # type: ignore[attr-defined]
        plan = INDEX.plan(service.id)  # type: ignore[attr-defined]
        value = person.plate if plan.facts[key].kind == "plate" else person.id
        found = archives(seed).lookup(service.id, key, value)  # type: ignore[attr-defined]
        assert key not in found
        for name, answer in found.items():
            assert not plan.facts[name].fact.computed
            assert typed(plan.facts[name], answer, TODAY)[0] is not UNKNOWN
        assert found == archives(seed).lookup(service.id, key, value)  # type: ignore[attr-defined]


def test_what_no_register_knows_is_empty() -> None:
    service = INDEX.catalog.services[0]
    applicant = service.applicant_fact
    assert archives().lookup("no.such", applicant, ZHANG) == {}
    assert archives().lookup(service.id, "no_such_fact", ZHANG) == {}
    assert archives().lookup(service.id, applicant, "31000019900101001") == {}
    assert archives().lookup(service.id, applicant, "") == {}


def test_zhang_is_uneventful_and_his_car_has_two_small_open_violations() -> None:
    for seed in range(20):
        person = registers.person(seed, INDEX, ZHANG, "violation.handle", TODAY)
        assert person["points_before"] == 3
        assert person["hukou_region"] == "310000"
        card = person["id_card_expiry"]
        assert isinstance(card, str)
        assert date.fromisoformat(card) > TODAY + timedelta(days=90)
        records = registers.vehicle(seed, INDEX, "沪A00001", "violation.handle", TODAY)["violation_items"]
        assert isinstance(records, list)
        assert len(records) == 2
        for record in records:
            assert isinstance(record["points"], int)
            assert record["points"] <= 1
            assert INDEX.violation(str(record["code"])).fine == record["fine"]


def test_most_people_are_uneventful_and_some_are_not() -> None:
    points: list[JsonValue] = []
    for number in range(200):
        person = people.of_age(1, number, youngest=30, oldest=60, today=TODAY)
        points.append(registers.person(1, INDEX, person.id, "license.renew", TODAY)["points_before"])
    eventful = sum(isinstance(p, int) and p >= 9 for p in points)
    assert 10 <= eventful <= 45


def test_another_persons_number_tells_nothing_about_the_applicant() -> None:
    service = INDEX.service("hukou.birth")
    own = archives().lookup(service.id, service.applicant_fact, ZHANG)
    assert own
    assert archives().lookup(service.id, "father_id", ZHANG) == {}


def test_violations_of_a_driver_and_his_car() -> None:
    try:
        INDEX.service("violation.handle")
    except KeyError:
        pytest.skip("the catalogue is not whole yet")
    assert archives().lookup("violation.handle", "driver_id", ZHANG)["points_before"] == 3
    found = archives().lookup("violation.handle", "plate", "沪A00001")
    records = found["violation_items"]
    assert isinstance(records, list)
    assert len(records) == 2
    assert found["plate_kind"] == "02"
