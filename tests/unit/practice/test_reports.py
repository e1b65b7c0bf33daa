"""Who is ready for what, and how a trainer reads it: as text, as JSON and in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterdesk.catalog.index import Index
from counterdesk.locale import LANGUAGES, Words
from counterdesk.practice import ledger as books
from counterdesk.practice.ledger import Card, Entry, Ledger
from counterdesk.practice.readiness import LATEST, Readiness, readiness
from counterdesk.practice.reports import as_csv, as_json, as_text, between, rule_named
from counterdesk.practice.sources import Sources
from counterdesk.text import cells as width

from .teaching import DAY


def ledger_of(*runs: tuple[str, int], cards: tuple[Card, ...] = (), trainee: str = "T001") -> Ledger:
    entries = tuple(
        Entry(
            number=at, day=DAY + timedelta(days=at), scenario=f"{service}:P1", service=service, score=score, seconds=60
        )
        for at, (service, score) in enumerate(runs, 1)
    )
    return Ledger(trainee=trainee, runs=entries, cards=cards)


def of(index: Index, ledger: Ledger, group: str, passed: int = 80) -> Readiness:
    return next(row for row in readiness(index, ledger, DAY, passed) if row.group == group)


@pytest.fixture(scope="module")
def cards_group(index: Index) -> list[str]:
    """The services of the identity cards."""
    return [one.id for one in index.catalog.services if one.group == "ID"]


def test_ready_is_who_passed_every_service_and_five_in_a_row_with_nothing_in_the_first_box(
    index: Index, cards_group: list[str]
) -> None:
    runs = [(name, 80) for name in (*cards_group, *cards_group)]
    row = of(index, ledger_of(*runs), "ID")
    assert (row.ready, row.streak, row.weak, row.untried) == (True, LATEST, (), ())
    assert not of(index, ledger_of(*runs), "ID", passed=81).ready

    wrong = of(index, ledger_of(*runs, (cards_group[0], 79)), "ID")
    assert (wrong.ready, wrong.streak) == (False, 0)
    assert of(index, ledger_of(*runs, ("idcard.renew", 0), ("idcard.renew", 80)), "ID").streak == 1

    weak = Card(service="idcard.renew", rule="prompt:P2", box=1, due=DAY)
    row = of(index, ledger_of(*runs, cards=(weak,)), "ID")
    assert (row.ready, row.weak, row.due) == (False, (("idcard.renew", "prompt:P2"),), 1)
    row = of(index, ledger_of(*[(cards_group[0], 100)] * 9), "ID")
    assert (row.ready, row.untried) == (False, tuple(cards_group[1:]))


def test_every_group_with_services_is_told_of_and_runs_of_others_do_not_count(index: Index) -> None:
    rows = readiness(index, ledger_of(("idcard.renew", 100)), DAY)
    assert {row.group for row in rows} == {one.group for one in index.catalog.services}
    assert [row.group for row in rows if row.runs] == ["ID"]


def exam_ledger() -> Ledger:
    ledger = ledger_of(
        ("idcard.renew", 60), cards=(Card(service="idcard.renew", rule="fee:x", box=1, due=DAY, wrong=2),)
    )
    for score in (40, 90):
        ledger = books.begin_attempt(ledger, "basics", "d", DAY, 80)
        ledger = books.finish_attempt(ledger, len(ledger.attempts), score, 600, (score,))
    return books.begin_attempt(ledger, "basics", "d", DAY + timedelta(days=9), 80)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trainer_reads_it_as_text(index: Index, language: str) -> None:
    words = Words.load(language)
    empty = Ledger(trainee="T001")
    assert words("teach.report.none") in as_text(index, empty, empty, DAY, words)
    ledger = exam_ledger()
    lines = as_text(index, ledger, ledger, DAY, words)
    assert "T001" in lines[0]
    renewal = next(one.short for one in index.catalog.services if one.id == "idcard.renew")
    named = renewal.zh if language == "zh_CN" else renewal.en
    assert lines[-1].endswith(f" {named} fee:x")
    assert not any("idcard." in line for line in lines)
    exams = [line for line in lines if "basics" in line]
    states = ("failed", "passed", "unfinished")
    assert [words(f"teach.report.{state}") in line for line, state in zip(exams, states, strict=True)] == [True] * 3
    assert not any("⟨" in line or "{" in line for line in lines)
    assert (
        len([line for line in as_text(index, ledger, between(ledger, DAY, DAY), DAY, words) if "basics" in line]) == 2
    )


def test_a_program_reads_it_as_json(index: Index) -> None:
    ledger = exam_ledger()
    report = json.loads(json.dumps(as_json(index, ledger, ledger, DAY)))
    assert report["next"] == [{"rule": "fee:x", "scenario": "idcard.renew:P1"}]
    assert [one["try"] for one in report["exams"]] == [1, 2, 3]
    assert [row["ready"] for row in report["groups"]] == [False] * len(report["groups"])


def cells(ledgers: list[Ledger]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(ledgers), newline="")))


@given(st.text(max_size=12) | st.sampled_from(["=1+1", " =1+1", "\t-1", "\n@x", "＝1", "\x00+1", "+86", "'=1"]))
def test_a_spreadsheet_takes_no_cell_for_a_formula_and_no_cell_for_two_lines(name: str) -> None:
    text = as_csv([ledger_of((name, 60), trainee=name)])
    assert text.count("\r\n") == len(text.splitlines()) == 2
    (row,) = cells([ledger_of((name, 60), trainee=name)])
    assert row["trainee"].lstrip()[:1] not in tuple("=+-@＝＋－＠")
    assert row["service"] == row["trainee"]
    assert row["score"] == "60"


def test_a_spreadsheet_has_all_trainees_and_the_exam_of_each_run() -> None:
    ledger = exam_ledger()
    ledger = replace(ledger, runs=(*ledger.runs, replace(ledger.runs[0], attempt=2)))
    assert [
        (row["trainee"], row["exam"], row["score"])
        for row in cells([ledger, ledger_of(("hukou.birth", 70), trainee="T002")])
    ] == [("T001", "", "60"), ("T001", "basics", "60"), ("T002", "", "70")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_are_named_by_what_they_say(index: Index, language: str) -> None:
    words = Words.load(language)
    service = "passport.renew"
    for rule in ("prompt:G09", "material:PP", "counter:custom", "deed:give-back", "fact:phone"):
        named = rule_named(index, service, rule, words)
        assert rule.partition(":")[2] not in named, rule
        assert 0 < width(named) <= 24, named
    whole = Sources(index, service).of("prompt:G09").text
    assert whole is not None
    assert rule_named(index, service, "prompt:G09", words, limit=500) in (whole.zh, whole.en)
    assert rule_named(index, service, "prompt:GONE", words) == "prompt:GONE"
    assert rule_named(index, "gone.service", "prompt:G09", words) == "prompt:G09"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_for_people_has_no_ids_of_rules_and_one_for_programs_has(index: Index, language: str) -> None:
    card = Card(service="idcard.renew", rule="prompt:G09", box=1, due=DAY, wrong=2)
    ledger = ledger_of(("idcard.renew", 60), cards=(card,))
    assert "G09" not in "\n".join(as_text(index, ledger, ledger, DAY, Words.load(language)))
    assert "prompt:G09" in json.dumps(as_json(index, ledger, ledger, DAY))
