"""What an officer asks a shift leader for, and what becomes of the question."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import Case, Request
from counterdesk.station.roles import Actor

from .hall import AUXILIARY, FOUND, LEADER, OFFICER, SECOND, Hall, replay

OVERRIDE = c.RequestApproval(case="c1", what="override", item="P1", reason="instruction")
DEFERRAL = c.RequestApproval(case="c1", what="deferral", item="m1", reason="on_its_way")
GRANT = c.OverridePrompt(case="c1", prompt="P1", reason="legal_ground", asked=True)
NO = c.RefuseRequest(case="c1", what="override", item="P1", reason="no_ground")
BACK = c.WithdrawRequest(case="c1", what="override", item="P1")


def asking(*commands: c.AnyCommand) -> Hall:
    """A draft whose officer has asked."""
    hall = Hall().case_at("draft")
    for command in commands:
        hall.do(command, found=FOUND)
    return hall


def test_a_question_stands_until_it_is_answered() -> None:
    hall = asking(OVERRIDE)
    (event,) = hall.events[-1:]
    assert event == e.ApprovalRequested(
        at=hall.now, by="p1", case="c1", what="override", item="P1", reason="instruction"
    )
    asked = Request(what="override", item="P1", reason="instruction", by="p1", at=hall.now)
    assert hall.case.requests == hall.case.asked == (asked,)
    hall.later(minutes=2)
    assert hall.do(OVERRIDE, found=FOUND) == (), "whoever presses twice has asked once"
    other = msgspec.structs.replace(OVERRIDE, reason="legal_ground")
    assert hall.no(other, found=FOUND) == ("request_exists", {})
    hall.do(DEFERRAL, found=FOUND)
    assert [one.item for one in hall.case.asked] == ["P1", "m1"]


def test_a_yes_is_the_leaders_override_and_closes_the_question() -> None:
    hall = asking(OVERRIDE, DEFERRAL)
    hall.later(minutes=3)
    assert hall.do(GRANT, LEADER) == (
        e.PromptOverridden(at=hall.now, by="l1", case="c1", prompt="P1", reason="legal_ground"),
    )
    assert hall.case.overrides == {"P1": "legal_ground"}
    assert [one.item for one in hall.case.requests] == ["m1"]
    hall.do(c.DeferMaterial(case="c1", material="m1", asked=True), LEADER)
    assert hall.case.deferred == ("m1",)
    assert hall.case.requests == ()
    assert replay(hall.events) == hall.state


def test_a_no_has_a_reason_and_may_be_asked_anew() -> None:
    hall = asking(OVERRIDE)
    assert hall.no(msgspec.structs.replace(NO, reason=""), LEADER) == ("reason_missing", {})
    hall.do(NO, LEADER)
    assert hall.case.asked == ()
    refused = hall.case.request("override", "P1")
    assert refused is not None
    assert refused.refused == "no_ground"
    for late in (NO, GRANT):
        assert hall.no(late, LEADER) == ("no_request", {}), "two leaders do not answer twice"
    hall.later(minutes=5)
    hall.do(OVERRIDE, found=FOUND)
    assert [(one.refused, one.at) for one in hall.case.requests] == [("", hall.now)]
    assert replay(hall.events) == hall.state


def test_who_asked_may_take_it_back_and_a_late_yes_finds_nothing() -> None:
    hall = asking(OVERRIDE)
    hall.do(BACK)
    assert hall.case.requests == ()
    assert hall.no(BACK) == hall.no(GRANT, LEADER) == hall.no(NO, LEADER) == ("no_request", {})
    # The leader who stands at the counter needs no question.
    hall.do(msgspec.structs.replace(GRANT, asked=False), LEADER, FOUND)
    assert hall.case.overrides == {"P1": "legal_ground"}


def test_also_a_leader_decides_only_what_is_his_to_decide() -> None:
    hall = Hall().case_at("draft")
    law = c.OverridePrompt(case="c1", prompt="LAW", reason="legal_ground")
    for command in (law, c.DeferMaterial(case="c1", material="LAW")):
        assert hall.no(command, LEADER, FOUND) == ("not_askable", {})
        assert hall.no(command, LEADER) == ("no_file", {"case": "c1"})
    hall.do(c.DeferMaterial(case="c1", material="m1"), LEADER, FOUND)


def test_nobody_answers_his_own_question() -> None:
    """Who asked as an officer may have become the leader of the shift since."""
    hall = asking(OVERRIDE, DEFERRAL)
    himself = Actor(id="p1", role="leader")
    own: tuple[str, dict[str, str | int]] = ("own_request", {})
    assert hall.no(NO, himself) == hall.no(GRANT, himself) == own
    assert hall.no(msgspec.structs.replace(GRANT, asked=False), himself) == own
    assert hall.no(c.DeferMaterial(case="c1", material="m1"), himself) == own
    hall.do(GRANT, LEADER)


def test_only_what_the_file_and_the_catalogue_say_can_be_asked_for() -> None:
    hall = Hall().case_at("draft")
    for item in ("P9", "m1"):
        command = msgspec.structs.replace(OVERRIDE, item=item)
        assert hall.no(command, found=FOUND) == ("not_askable", {})
    assert hall.no(OVERRIDE) == ("no_file", {"case": "c1"})
    assert hall.no(msgspec.structs.replace(OVERRIDE, reason=""), found=FOUND) == ("reason_missing", {})


@pytest.mark.parametrize(
    ("command", "by"),
    [
        (OVERRIDE, AUXILIARY),
        (OVERRIDE, LEADER),
        (OVERRIDE, Actor(id="s", role="support")),
        (BACK, AUXILIARY),
        (NO, OFFICER),
        (NO, AUXILIARY),
        (GRANT, OFFICER),
    ],
)
def test_the_officer_asks_and_the_leader_decides(command: c.AnyCommand, by: Actor) -> None:
    assert asking(OVERRIDE).no(command, by, FOUND) == ("not_permitted", {"action": type(command).__name__})


def test_nobody_asks_for_anothers_case() -> None:
    hall = Hall().case_at("draft")
    assert hall.no(OVERRIDE, SECOND, FOUND) == ("case_not_yours", {"case": "c1"})
    hall.do(OVERRIDE, found=FOUND)
    assert hall.no(BACK, SECOND) == ("case_not_yours", {"case": "c1"})


@pytest.mark.parametrize(
    ("first", "end"),
    [
        ((), c.AcceptCase(case="c1")),
        ((), c.DeclineCase(case="c1", reason="not_eligible")),
        ((), c.ChangeService(case="c1", service="idcard.renew")),
        ((c.ReceiveCase(case="c1"),), c.WithdrawCase(case="c1")),
        ((c.ReceiveCase(case="c1"),), c.RequestSupplement(case="c1", items=("m1",))),
    ],
)
def test_a_question_ends_with_its_case(first: tuple[c.AnyCommand, ...], end: c.AnyCommand) -> None:
    hall = asking(*first, OVERRIDE)
    assert hall.case.asked
    hall.do(end, found=FOUND)
    assert hall.case.requests == ()
    assert replay(hall.events) == hall.state


def test_a_question_does_not_outlive_its_day() -> None:
    hall = asking(OVERRIDE)
    hall.later(days=1)
    hall.ticket()
    assert hall.case.requests == ()


def test_a_state_of_before_there_were_questions_is_read() -> None:
    old: dict[str, Any] = msgspec.to_builtins(asking().case)
    del old["requests"]
    assert msgspec.convert(old, Case).requests == ()
