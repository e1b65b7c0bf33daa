"""The ledger: what was got wrong comes back sooner, and the trainer reads it three ways."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta

import pytest

from counterdesk.catalog.index import Index
from counterdesk.locale import LANGUAGES, Words
from counterdesk.practice import ledger as books
from counterdesk.practice.debrief import debrief
from counterdesk.practice.generated import generated
from counterdesk.practice.ledger import INTERVALS, Card, Ledger
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
    assert books.again(ledger, card(ledger)) == remote.id
    fee = Card(service="idcard.renew", rule="fee:damaged", box=1, due=DAY)
    assert books.again(ledger, fee) == remote.id
    assert books.again(Ledger(trainee="T001"), fee) == ""


def test_ready_is_who_passed_five_in_a_row_with_nothing_in_the_first_box(index: Index, remote: Scenario) -> None:
    ledger = practised(index, Ledger(trainee="T001"), remote, DAY, right=False)
    for _ in range(4):
        ledger = practised(index, ledger, remote, DAY, right=True)
    (group,) = books.groups(index, ledger, DAY)
    assert (group.runs, group.ready) == (5, False)
    ledger = practised(index, ledger, remote, DAY, right=True)
    (group,) = books.groups(index, ledger, DAY)
    assert (group.runs, group.ready, group.mean) == (6, True, 100.0)
    (group,) = books.groups(index, practised(index, ledger, remote, DAY, right=False), DAY)
    assert not group.ready


def test_it_is_kept_as_json(index: Index, remote: Scenario) -> None:
    ledger = practised(index, Ledger(trainee="T001"), remote, DAY, right=False)
    assert books.decode(books.encode(ledger)) == ledger
    report = json.loads(json.dumps(books.as_json(index, ledger, card(ledger).due)))
    assert report["next"] == [{"rule": RULE, "scenario": remote.id}]
    assert report["groups"][0]["due"] == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trainer_reads_it_as_text(index: Index, remote: Scenario, language: str) -> None:
    words = Words.load(language)
    empty = books.as_text(index, Ledger(trainee="T001"), DAY, words)
    assert words("teach.report.none") in empty
    lines = books.as_text(index, practised(index, Ledger(trainee="T001"), remote, DAY, right=False), DAY, words)
    assert "T001" in lines[0]
    assert lines[-1].endswith(f"idcard.renew {RULE}")
    assert not any("⟨" in line or "{" in line for line in lines)


def test_a_spreadsheet_takes_no_cell_for_a_formula(index: Index, remote: Scenario) -> None:
    ledger = practised(index, Ledger(trainee="=1+1"), remote, DAY, right=False)
    rows = list(csv.DictReader(books.as_csv(ledger).splitlines()))
    assert rows[0]["trainee"] == "'=1+1"
    assert rows[0]["mistakes"] == RULE
    assert int(rows[0]["score"]) == ledger.runs[0].score
