"""The debrief: each kind of mistake is found, with its rule and where that stands; one oversight is counted once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from counterdesk.catalog.index import Index
from counterdesk.catalog.library import Library
from counterdesk.catalog.model import Text
from counterdesk.practice.collection import find
from counterdesk.practice.debrief import POINTS, MistakeKind
from counterdesk.practice.run import Visit
from counterdesk.practice.scenario import Deed, Paper, Scenario
from counterdesk.practice.scripted import play

from .teaching import DAY, judged, kinds, scenario, taken_down, told

KEEP = Deed(id="keep", text=Text(zh="收回旧证", en="take the old card"), due=True, rule="prompt:P6")
CASH = Deed(id="cash", text=Text(zh="收现金", en="take cash"), due=False, rule="prompt:G22")
NO_CARD = {"papers": (Paper(code="OLDID", state="absent"),)}
REMOTE = {"variant": "R4", "facts": {"hukou_region": "320000", "remote_reason": "expiry", "remote_check": "credit"}}


def accept(visit: Visit, **said: str) -> None:
    found = visit.found
    fee = "" if found.fee_due is None else str(found.fee_due)
    due = found.due.on.isoformat() if found.due is not None and found.due.on is not None else ""
    visit.accept(800, **{"fee": fee, "due": due, "department": found.department or "", **said})
    visit.finish(801)


def test_who_does_everything_right_scores_a_hundred(index: Index) -> None:
    wanted = scenario(index)
    visit = taken_down(index, wanted)
    accept(visit)
    found = judged(index, wanted, visit)
    assert (found.score, found.mistakes, found.ending) == (100, (), "accept")
    assert found.seconds == 801
    assert (found.median, found.p90) == (7, 12)


@pytest.mark.parametrize(
    ("do", "mistake"),
    [
        (lambda v: v.ask(700, "phone"), ("asked_twice", "counter:custom")),
        (lambda v: v.look(700, "BC"), ("asked_forbidden", "prompt:G10")),
        (lambda v: v.ask(700, "deceased_id"), ("asked_forbidden", "prompt:G10")),
        (lambda v: v.ask(700, "remote_reason"), ("asked_needlessly", "prompt:G10")),
        (lambda v: v.do(700, "cash"), ("deed_forbidden", "deed:cash")),
    ],
)
def test_one_thing_too_many(index: Index, do: Callable[[Visit], object], mistake: tuple[str, str]) -> None:
    wanted = scenario(index, deeds=(CASH,))
    visit = taken_down(index, wanted)
    do(visit)
    accept(visit)
    found = judged(index, wanted, visit)
    assert kinds(found) == [mistake]
    assert found.mistakes[0].at == 700
    assert found.score == 100 - POINTS[found.mistakes[0].kind][0]


@pytest.mark.parametrize(
    ("said", "mistake"),
    [
        ({"fee": "40"}, ("wrong_fee", "fee:exchange")),
        ({"due": "2026-12-31"}, ("wrong_deadline", "limit:promised")),
        ({"department": "D1"}, ("wrong_department", "department:D2")),
    ],
)
def test_what_is_said_of_an_accepted_case_is_held_against_the_truth(
    index: Index, said: dict[str, str], mistake: tuple[str, str]
) -> None:
    wanted = scenario(index)
    visit = taken_down(index, wanted)
    accept(visit, **said)
    assert kinds(judged(index, wanted, visit)) == [mistake]


def test_a_fact_that_nobody_said_is_not_written_down(index: Index) -> None:
    wanted = scenario(index)
    record = play(index, wanted)
    visit = Visit(index, wanted)
    for act in record.acts:
        if act.kind == "look":
            visit.look(act.at, act.key)
        elif act.kind == "mark":
            visit.mark(act.at, act.key, "verified")
        elif act.kind == "variant":
            visit.choose(act.at, act.key)
        elif act.kind == "check":
            visit.check(act.at, act.key)
        elif act.kind == "enter":
            visit.enter(act.at, act.key, act.given[act.key])
    accept(visit)
    found = judged(index, wanted, visit)
    assert kinds(found) == [("never_asked", "fact:delivery"), ("never_asked", "fact:phone")]


def test_a_paper_that_nobody_looked_at_is_not_marked(index: Index) -> None:
    wanted = scenario(index)
    record = play(index, wanted)
    visit = Visit(index, wanted)
    unseen = [act.key for act in record.acts if act.kind == "mark"][-1]
    for act in record.acts:
        if act.kind == "look" and act.key != unseen:
            visit.look(act.at, act.key)
        elif act.kind == "mark":
            visit.mark(act.at, act.key, "verified")
        elif act.kind == "variant":
            visit.choose(act.at, act.key)
        elif act.kind in ("ask", "check"):
            getattr(visit, act.kind)(act.at, act.key)
        elif act.kind == "enter":
            visit.enter(act.at, act.key, act.given[act.key])
    accept(visit)
    assert kinds(judged(index, wanted, visit)) == [("never_looked", f"material:{unseen}")]


def test_a_fact_that_is_written_down_otherwise_than_it_is(index: Index) -> None:
    wanted = scenario(index)
    visit = taken_down(index, wanted, phone="15400000009")
    accept(visit)
    assert kinds(judged(index, wanted, visit)) == [("wrong_entry", "fact:phone")]


def test_a_blocker_that_was_not_seen(index: Index) -> None:
    wanted = scenario(index, **REMOTE)
    visit = taken_down(index, wanted, remote_check="ok")
    accept(visit)
    found = judged(index, wanted, visit)
    assert kinds(found) == [("accepted_blocked", "prompt:P3")]
    assert found.right == ("refuse", "notice")
    assert found.mistakes[0].bases == ("idcard-remote",)


def test_a_paper_taken_for_there(index: Index) -> None:
    wanted = scenario(index, **NO_CARD)
    visit = taken_down(index, wanted, OLDID="verified")
    accept(visit)
    assert kinds(judged(index, wanted, visit)) == [("accepted_lacking", "material:OLDID")]


def test_a_warning_that_was_not_seen(index: Index) -> None:
    wanted = scenario(index, facts={"old_expiry": "2029-01-01"})
    visit = taken_down(index, wanted, old_expiry="2026-12-20")
    accept(visit)
    assert kinds(judged(index, wanted, visit)) == [("warning_missed", "prompt:P1")]


def test_one_oversight_is_one_mistake_of_the_gravest_rule(index: Index) -> None:
    """The wrong variant hides the damaged card's fee; the variant is not counted beside it."""
    wanted = scenario(index, variant="R2", facts={"old_expiry": "2026-12-20"})
    visit = taken_down(index, wanted, variant="R1")
    accept(visit)
    assert kinds(judged(index, wanted, visit)) == [("wrong_fee", "fee:damaged")]


def test_two_oversights_are_two(index: Index) -> None:
    wanted = scenario(index, variant="R2", facts={"old_expiry": "2026-12-20"})
    visit = taken_down(index, wanted, variant="R1", phone="15400000009")
    accept(visit)
    assert sorted(kinds(judged(index, wanted, visit))) == [("wrong_entry", "fact:phone"), ("wrong_fee", "fee:damaged")]


def test_turned_away_though_everything_is_there(index: Index) -> None:
    wanted = scenario(index)
    visit = taken_down(index, wanted)
    visit.decline(800, ("material:HKB",))
    visit.finish(801)
    assert kinds(judged(index, wanted, visit)) == [("refused_wrongly", "material:HKB")]


def test_a_paper_is_missing_and_nobody_was_told(index: Index) -> None:
    wanted = scenario(index, **NO_CARD)
    visit = taken_down(index, wanted)
    visit.finish(801)
    found = judged(index, wanted, visit)
    assert kinds(found) == [("notice_forgotten", "prompt:G09")]
    assert found.mistakes[0].bases == ("licensing-32",)


def test_turned_away_instead_of_told(index: Index) -> None:
    wanted = scenario(index, **NO_CARD)
    visit = taken_down(index, wanted)
    visit.decline(800, told(index, wanted))
    visit.finish(801)
    assert kinds(judged(index, wanted, visit)) == [("notice_forgotten", "prompt:G09")]


def test_a_notice_lists_all_and_nothing_else(index: Index) -> None:
    wanted = scenario(index, papers=(Paper(code="OLDID", state="absent"), Paper(code="PHID", state="absent")))
    visit = taken_down(index, wanted)
    visit.notice(800, ("material:OLDID", "material:GID"))
    visit.finish(801)
    assert sorted(kinds(judged(index, wanted, visit))) == [
        ("notice_incomplete", "material:PHID"),
        ("told_wrongly", "material:GID"),
    ]


def test_a_paper_that_may_follow_is_deferred_with_a_notice(index: Index) -> None:
    facts = {"service": "passport.renew", "variant": "", "id": "passport.renew/of-a-test"}
    wanted = scenario(index, **facts, papers=(Paper(code="PHEE", state="absent"),))
    assert wanted.expect.outcome == "defer"
    assert kinds(judged_after(index, wanted, notice=True)) == []
    assert kinds(judged_after(index, wanted, notice=False)) == [("notice_forgotten", "prompt:G09")]


def granted(index: Index) -> Any:
    """Somebody whose former name stands on a paper; the leader sets that aside when he is asked."""
    return scenario(index, facts={"old_expiry": "2026-12-20", "data_conflict": True}, grants={"G04": "legal_ground"})


def test_what_the_leader_sets_aside_is_accepted_after_asking_him(index: Index) -> None:
    wanted = granted(index)
    assert wanted.expect.outcome == "accept"
    visit = taken_down(index, wanted)
    asked = [act.result for act in visit.record.acts if act.kind in ("request", "override")]
    assert asked == ["granted", "done"]
    accept(visit)
    assert judged(index, wanted, visit).score == 100


def test_who_sets_it_aside_by_himself_or_refuses_has_not_asked(index: Index) -> None:
    wanted = granted(index)
    visit = taken_down(index, wanted, request=None)
    visit.override(799, "G04")
    accept(visit)
    assert kinds(judged(index, wanted, visit)) == [("accepted_blocked", "prompt:G04")]
    visit = taken_down(index, wanted, request=None)
    visit.decline(800, ["prompt:G04"])
    visit.finish(801)
    assert kinds(judged(index, wanted, visit)) == [("refused_wrongly", "prompt:G04")]


@pytest.mark.parametrize(
    ("fields", "what", "item", "answer"),
    [
        ({}, "override", "G04", "verify_first"),
        ({}, "deferral", "OLDID", "verify_first"),
        (NO_CARD, "deferral", "OLDID", "must_be_met"),
        ({"facts": {"old_expiry": "2026-12-20", "data_conflict": True}}, "override", "G04", "no_ground"),
        (
            {"facts": {"old_expiry": "2026-12-20", "data_conflict": True}, "grants": {"G04": "x"}, **NO_CARD},
            *("override", "G04", "must_be_met"),
        ),
    ],
)
def test_asking_in_vain_is_said_once_for_each_time(
    index: Index, fields: dict[str, Any], what: Any, item: str, answer: str
) -> None:
    wanted = scenario(index, **fields)
    visit = taken_down(index, wanted)
    assert visit.request(700, what, item).result == answer
    visit.finish(801)
    kind = "prompt" if what == "override" else "material"
    assert ("asked_leader", f"{kind}:{item}") in kinds(judged(index, wanted, visit))


def judged_after(index: Index, wanted: Any, *, notice: bool) -> Any:
    visit = taken_down(index, wanted, PHEE="deferred")
    if notice:
        visit.notice(800, told(index, wanted))
    accept(visit)
    return judged(index, wanted, visit)


def test_nothing_came_of_it(index: Index) -> None:
    wanted = scenario(index)
    visit = Visit(index, wanted)
    visit.finish(10)
    found = judged(index, wanted, visit)
    nothing = [("not_found_out", f"fact:{key}") for key in ("hukou_region", "old_expiry", "person_id")]
    assert kinds(found) == [*nothing, ("unserved", "prompt:G09")]
    assert (found.ending, found.score) == ("none", 20)
    empty = judged(index, wanted, Visit(index, wanted))
    assert kinds(empty) == [("left_on_screen", "counter:privacy"), *nothing, ("unserved", "prompt:G09")]


@pytest.mark.parametrize("name", ["idcard.renew:P2", "idcard.renew:HKB", "idcard.renew:G03", "violation.handle:P15"])
def test_whoever_lets_go_at_once_hears_what_he_never_asked(index: Index, name: str) -> None:
    """Also where a notice was due: he found nothing that he could have told."""
    wanted = find(index, name, DAY)
    assert isinstance(wanted, Scenario)
    visit = Visit(index, wanted)
    visit.finish(10)
    found = judged(index, wanted, visit)
    assert found.score <= 30
    assert ("unserved", "prompt:G09") in kinds(found)
    assert {("not_found_out", rule) for rule in wanted.decides} <= set(kinds(found))


def test_who_found_it_out_and_let_go_without_a_word_has_forgotten_the_notice(index: Index) -> None:
    for name in ("idcard.renew:HKB", "idcard.renew:P2"):
        wanted = find(index, name, DAY)
        assert isinstance(wanted, Scenario)
        visit = taken_down(index, wanted)
        visit.finish(800)
        assert kinds(judged(index, wanted, visit)) == [("notice_forgotten", "prompt:G09")], name


def test_who_asked_everything_and_let_go_is_told_of_nothing_that_he_asked(index: Index) -> None:
    wanted = scenario(index)
    visit = taken_down(index, wanted)
    visit.finish(800)
    assert kinds(judged(index, wanted, visit)) == [("unserved", "prompt:G09")]


def test_the_citizen_left(index: Index) -> None:
    wanted = scenario(index, patience=2)
    visit = Visit(index, wanted)
    visit.ask(500, "phone")
    found = judged(index, wanted, visit)
    assert found.ending == "left"
    assert ("unserved", "prompt:G09") in kinds(found)


def test_what_stays_on_the_screen(index: Index) -> None:
    wanted = scenario(index)
    visit = taken_down(index, wanted)
    visit.accept(800)
    visit.finish(801, cleared=False)
    assert kinds(judged(index, wanted, visit)) == [("left_on_screen", "counter:privacy")]


def test_a_deed_that_is_due(index: Index) -> None:
    wanted = scenario(index, deeds=(KEEP,))
    visit = taken_down(index, wanted)
    accept(visit)
    found = judged(index, wanted, visit)
    assert kinds(found) == [("deed_forgotten", "deed:keep")]
    assert found.mistakes[0].bases == ("idcard-11-12-21",)


def test_mistakes_of_a_kind_take_off_no_more_than_their_most(index: Index) -> None:
    wanted = scenario(index)
    visit = taken_down(index, wanted)
    for at in range(700, 730):
        visit.ask(at, "phone")
    accept(visit)
    found = judged(index, wanted, visit)
    assert len(found.mistakes) == 30
    assert found.score == 90
    assert sum(mistake.points for mistake in found.mistakes) == POINTS["asked_twice"][1]


def test_every_mistake_leads_to_a_passage_of_the_library(index: Index) -> None:
    library = Library(index)
    wanted = scenario(index, **REMOTE, deeds=(KEEP, CASH))
    visit = taken_down(index, wanted, remote_check="ok", phone="15400000009")
    visit.ask(700, "phone")
    visit.look(701, "BC")
    visit.do(702, "cash")
    visit.accept(800)
    visit.finish(801, cleared=False)
    found = judged(index, wanted, visit)
    assert len(found.mistakes) >= 6
    for mistake in found.mistakes:
        assert mistake.passages
        assert all(library.find(passage) is not None for passage in mistake.passages)


def test_every_kind_has_its_points() -> None:
    assert set(POINTS) == set(get_args(MistakeKind))
    assert all(0 < each <= most <= 100 for each, most in POINTS.values())
