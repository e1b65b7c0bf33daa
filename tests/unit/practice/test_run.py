"""A visit: every act with its moment and result, the same acts the same bytes, and always a way to end it."""

from __future__ import annotations

import pytest

from counterdesk.catalog.index import Index
from counterdesk.practice.run import Visit, decode, encode
from counterdesk.practice.scenario import Paper
from counterdesk.practice.scripted import play, play_randomly

from .teaching import scenario, taken_down


def test_the_same_run_gives_the_same_bytes(index: Index) -> None:
    wanted = scenario(index, seed=3)
    data = encode(play(index, wanted))
    assert data == encode(play(index, wanted))
    assert data != encode(play(index, scenario(index, seed=4)))
    assert encode(decode(data)) == data
    assert encode(play_randomly(index, wanted, 9)) == encode(play_randomly(index, wanted, 9))


def test_what_cannot_be_done_is_answered_and_changes_nothing(index: Index) -> None:
    visit = Visit(index, scenario(index))
    assert visit.ask(1, "no_such_fact").result == "not_listed"
    assert visit.ask(1, "card_fee").result == "not_listed"
    assert visit.check(2, "phone").result == "only_by_asking"
    assert visit.look(3, "BC").result == "not_listed"
    assert visit.choose(4, "R9").result == "not_possible"
    assert visit.enter(5, "phone", "12").result == "not_valid"
    assert visit.enter(5, "old_expiry", "").result == "not_valid"
    assert visit.enter(5, "card_fee", "20").result == "not_possible"
    assert visit.mark(6, "BC", "verified").result == "not_possible"
    assert visit.confirm(7, "P1").result == "not_shown"
    assert visit.override(8, "P2").result == "not_possible"
    assert visit.do(9, "nothing").result == "not_possible"
    assert visit.notice(9, ()).result == "empty"
    assert visit.accept(10).result == "gate"
    assert visit.file == Visit(index, visit.scenario).file


def test_what_does_not_belong_to_this_case_is_not_needed(index: Index) -> None:
    visit = Visit(index, scenario(index))
    visit.choose(1, "R1")
    assert visit.ask(2, "remote_reason").result == "not_relevant"
    visit.enter(3, "card_unreadable", False)
    assert visit.look(4, "GID").result == "not_carried"  # nobody knows his age yet
    visit.enter(5, "person_id", visit.citizen.find("person_id"))
    assert visit.look(6, "GID").result == "not_needed"


def test_another_open_case_is_known_when_it_was_looked_up(index: Index) -> None:
    visit = Visit(index, scenario(index, open_case="示2600012"))
    assert not any(state.value for state in visit.found.prompts if state.prompt.id == "G13")
    assert visit.check(1, "open_case").seen == {"open_case": "示2600012"}
    assert any(state.value for state in visit.found.prompts if state.prompt.id == "G13")


def test_after_the_decision_the_case_stands_and_after_the_end_nothing_is_kept(index: Index) -> None:
    visit = taken_down(index, scenario(index))
    assert visit.accept(500).result == "accepted"
    assert visit.accept(501).result == "decided"
    assert visit.decline(501, ("prompt:P1",)).result == "decided"
    assert visit.enter(502, "phone", "15400000009").result == "not_possible"
    assert visit.finish(503).result == "finished"
    count = len(visit.record.acts)
    assert visit.ask(504, "phone").result == "over"
    assert len(visit.record.acts) == count


def test_moments_never_run_backwards(index: Index) -> None:
    visit = Visit(index, scenario(index))
    visit.ask(30, "phone")
    assert visit.ask(10, "delivery").at == 30


def test_a_citizen_whose_patience_has_run_out_leaves(index: Index) -> None:
    visit = Visit(index, scenario(index, patience=5))
    assert visit.ask(5 * 60, "phone").result == "said"
    assert visit.enter(5 * 60 + 1, "phone", "15400000009").result == "left"
    assert visit.over
    assert "phone" not in visit.file.answers
    assert visit.record.acts[-1].kind == "left"


def test_who_is_late_may_still_be_let_go(index: Index) -> None:
    visit = Visit(index, scenario(index, patience=5))
    assert visit.finish(100_000).result == "finished"


def test_one_key_settles_the_open_checks_as_uneventful(index: Index) -> None:
    visit = Visit(index, scenario(index))
    visit.settle(1)
    assert visit.file.answers["face_match"].value == "pass"
    assert "phone" not in visit.file.answers


@pytest.mark.parametrize("status", ["missing", "verified"])
def test_a_paper_is_marked_as_the_trainee_says(index: Index, status: str) -> None:
    wanted = scenario(index, papers=(Paper(code="OLDID", state="absent"),))
    visit = taken_down(index, wanted, OLDID=status)
    assert visit.accept(900).result == ("accepted" if status == "verified" else "gate")
