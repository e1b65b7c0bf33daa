"""What comes next: what is due first, new things between, and the same for the same ledger, day and seed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from counterdesk.catalog.index import Index
from counterdesk.practice.choosing import choose
from counterdesk.practice.collection import listing
from counterdesk.practice.course import Level, make_course
from counterdesk.practice.ledger import Card, Entry, Ledger

from .teaching import DAY

EMPTY = Ledger(trainee="T001")


def card(service: str, rule: str, box: int = 1) -> Card:
    return Card(service=service, rule=rule, box=box, due=DAY)


def entry(number: int, scenario: str, service: str) -> Entry:
    return Entry(number=number, day=DAY, scenario=scenario, service=service, score=100, seconds=60)


def test_it_hangs_on_ledger_day_and_seed_alone(index: Index) -> None:
    first, again = (list(choose(index, EMPTY, DAY, 5)) for _ in range(2))
    assert first == again
    assert first != list(choose(index, EMPTY, DAY, 6))
    assert first != list(choose(index, EMPTY, DAY + timedelta(days=1), 5))
    assert len(first) == len(set(first)) == len(listing(index))


def test_what_is_due_comes_first_with_something_new_after_every_two(index: Index) -> None:
    cards = tuple(card("idcard.renew", f"prompt:P{n}", box) for n, box in ((2, 2), (1, 1), (3, 3)))
    ledger = Ledger(trainee="T001", cards=(*cards, card("hukou.birth", "fee:none")))  # that leads nowhere
    wanted = list(choose(index, ledger, DAY, 5))
    assert wanted[:2] == ["idcard.renew:P1", "idcard.renew:P2"]
    assert wanted[3] == "idcard.renew:P3"
    assert wanted[2] not in {"idcard.renew:P1", "idcard.renew:P2", "idcard.renew:P3"}
    assert len(wanted) == len(set(wanted))


def test_what_was_seen_comes_back_last_and_the_oldest_first(index: Index) -> None:
    ids = [row.id for row in listing(index, "idcard.renew")]
    ledger = Ledger(trainee="T001", runs=tuple(entry(n, name, "idcard.renew") for n, name in enumerate(ids[:3], 1)))
    wanted = list(choose(index, ledger, DAY, 5, services=["idcard.renew"]))
    assert wanted[-3:] == ids[:3]
    assert sorted(wanted) == sorted(ids)


def test_mixed_is_mixed(index: Index) -> None:
    wanted = list(choose(index, EMPTY, DAY, 5))
    services = len({row.service for row in listing(index)})
    kinds = {row.id: row for row in listing(index)}
    assert len({kinds[name].service for name in wanted[:services]}) == services
    for few in (wanted[:6], wanted[services : services + 6]):
        assert {kinds[name].kind for name in few} == {"written", "generated", "near"}


def test_who_learns_gets_one_service_and_the_easy_ones_first(index: Index) -> None:
    first = max(index.catalog.services, key=lambda one: one.daily_demand).id
    rows = {row.id: row for name in (first, "civic.dog") for row in listing(index, name)}
    wanted = [rows[name] for name in choose(index, EMPTY, DAY, 5, level="hints")]
    assert {row.service for row in wanted} == {first}
    assert {row.kind for row in wanted[:3]} == {"written", "generated", "near"}
    hard = [row.kind == "written" and row.difficulty > 1 for row in wanted]
    assert hard == sorted(hard)
    ledger = Ledger(trainee="T001", cards=(card("civic.dog", "prompt:P1"),))
    assert {rows[name].service for name in choose(index, ledger, DAY, 5, level="hints")} == {"civic.dog"}


@pytest.mark.parametrize("level", ["hints", "mixed", "rush", "exam"])
def test_a_course_can_be_made_of_it(index: Index, level: Level) -> None:
    ledger = Ledger(trainee="T001", cards=(card("civic.dog", "prompt:P1"), card("civic.dog", "material:NONE")))
    course = make_course(index, level, 5, DAY, choose(index, ledger, DAY, 5, level=level))
    assert course.stops[0].scenario == "civic.dog:P1"


def test_a_rule_that_all_services_share_comes_back_in_the_service_in_which_it_was_broken(index: Index) -> None:
    ledger = Ledger(trainee="T001", cards=(card("civic.dog", "prompt:G21"),))
    assert next(choose(index, ledger, DAY, 5)) == "civic.dog:G21"
