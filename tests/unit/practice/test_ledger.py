"""The ledger: what was got wrong comes back sooner, and what came of an exam stays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from counterdesk.catalog.index import Index
from counterdesk.practice import ledger as books
from counterdesk.practice.debrief import debrief
from counterdesk.practice.generated import generated
from counterdesk.practice.ledger import INTERVALS, Card, Ledger
from counterdesk.practice.run import Visit
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.scripted import play

from .teaching import DAY

RULE = "prompt:P2"


@pytest.fixture(scope="module")
def remote(index: Index) -> Scenario:
    found = generated(index, "idcard.renew:P2", DAY)
    assert isinstance(found, Scenario)
    return found


def practised(index: Index, ledger: Ledger, wanted: Scenario, day: date, *, right: bool) -> Ledger:
    record = play(index, wanted, ignores="" if right else RULE)
    return books.add(ledger, wanted, debrief(index, wanted, record), day)


def card(ledger: Ledger) -> Card:
    (found,) = ledger.cards
    return found


def test_right_goes_a_box_up_and_wrong_goes_back_to_the_first(index: Index, remote: Scenario) -> None:
    ledger, day = Ledger(trainee="T001"), DAY
    boxes = []
    for right in (False, True, True, True, True, True, False):
        ledger = practised(index, ledger, remote, day, right=right)
        boxes.append(card(ledger).box)
        assert card(ledger).due == day + timedelta(days=INTERVALS[card(ledger).box - 1])
        day = card(ledger).due
    assert boxes == [1, 2, 3, 4, 5, 5, 1]
    assert (card(ledger).right, card(ledger).wrong) == (5, 2)
    assert list(INTERVALS) == sorted(INTERVALS)


def test_how_one_works_is_no_weakness_for_ever(index: Index, remote: Scenario) -> None:
    """No scenario is about these rules alone; a run of the service that ends as it should shows that they are kept."""
    visit = Visit(index, remote)
    visit.finish(5)
    ledger = books.add(Ledger(trainee="T001"), remote, debrief(index, remote, visit.record), DAY)
    everywhere = {card.rule for card in ledger.cards} - {RULE}
    assert "prompt:G09" in everywhere
    assert any(rule.startswith("fact:") for rule in everywhere)
    assert {card.box for card in ledger.cards} == {1}
    ledger = practised(index, ledger, remote, DAY, right=False)
    assert {card.box for card in ledger.cards} == {1}
    ledger = practised(index, ledger, remote, DAY, right=True)
    assert {card.rule for card in ledger.cards if card.box == 1} == {"prompt:P1"}  # it has a scenario of its own


def test_what_was_right_at_once_begins_in_the_second_box(index: Index, remote: Scenario) -> None:
    assert card(practised(index, Ledger(trainee="T001"), remote, DAY, right=True)).box == 2


def test_what_was_got_wrong_is_due_sooner_and_first() -> None:
    cards = tuple(
        Card(service="idcard.renew", rule=f"prompt:P{box}", box=box, due=DAY - timedelta(days=box)) for box in (3, 1, 2)
    )
    later = Card(service="idcard.renew", rule="prompt:P9", box=1, due=DAY + timedelta(days=1))
    ledger = Ledger(trainee="T001", cards=(*cards, later))
    assert [one.rule for one in books.due(ledger, DAY)] == ["prompt:P1", "prompt:P2", "prompt:P3"]
    assert books.due(ledger, DAY, ["hukou.birth"]) == ()


def test_a_card_leads_to_a_scenario_that_practises_it(index: Index, remote: Scenario) -> None:
    ledger = practised(index, Ledger(trainee="T001"), remote, DAY, right=False)
    assert books.again(index, ledger, card(ledger)) == remote.id
    for rule in ("fee:damaged", "material:OLDID"):  # no scenario is of these alone
        other = Card(service="idcard.renew", rule=rule, box=1, due=DAY)
        assert books.again(index, ledger, other) == remote.id
        assert books.again(index, Ledger(trainee="T001"), other) == ""


def test_it_is_kept_as_json_and_an_older_one_can_be_read(index: Index, remote: Scenario) -> None:
    ledger = practised(index, Ledger(trainee="T001"), remote, DAY, right=False)
    assert books.decode(books.encode(ledger)) == ledger
    assert books.decode(b'{"trainee":"T001"}') == Ledger(trainee="T001")


def test_runs_are_numbered_for_good(index: Index, remote: Scenario) -> None:
    ledger = Ledger(trainee="T001")
    for _ in range(3):
        ledger = practised(index, ledger, remote, DAY, right=True)
    assert [run.number for run in ledger.runs] == [1, 2, 3]
    assert books.next_number(ledger) == 4


def test_an_attempt_is_kept_from_its_beginning_and_its_end_cannot_be_taken_back() -> None:
    ledger = books.begin_attempt(Ledger(trainee="T001"), "basics", "abc", DAY, 80)
    (open_one,) = ledger.attempts
    assert (open_one.finished, open_one.passed, open_one.score) == (False, False, 0)
    ledger = books.begin_attempt(ledger, "basics", "abc", DAY, 80)
    ended = books.finish_attempt(ledger, 2, 80, 600, (100, 60, None))
    assert [(one.finished, one.passed) for one in ended.attempts] == [(False, False), (True, True)]
    assert not books.finish_attempt(ledger, 2, 79, 600, (79,)).attempts[1].passed
    for number in (2, 3):
        with pytest.raises(ValueError, match="no attempt"):
            books.finish_attempt(ended, number, 100, 1, (100,))
