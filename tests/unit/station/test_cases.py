"""A case from the draft into the applicant's hands: happy paths and every refusal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.act import Evidence
from counterdesk.station.model import TIMEZONE, Settings
from counterdesk.station.roles import Actor

from .hall import (
    AUXILIARY,
    COURIER,
    FOUND,
    LEADER,
    OFFICER,
    ON_THE_SPOT,
    REVIEWER,
    SECOND,
    STRANGER,
    Hall,
)

OPEN = c.OpenCase(counter="1", case="c1", service="hukou.birth")
ACCEPT = c.AcceptCase(case="c1")


def found(**changes: Any) -> Evidence:
    fields = {name: getattr(FOUND, name) for name in Evidence.__dataclass_fields__}
    return Evidence(**{**fields, **changes})


def test_the_whole_way() -> None:
    hall = Hall().case_at("closed")
    case = hall.case
    assert (case.status, case.number, case.decision, case.department) == ("closed", "24000001", "approved", "household")
    assert case.handoff is not None
    assert (case.handoff.state, case.handoff.reference) == ("acknowledged", "R7")


def test_a_case_is_opened_by_who_serves() -> None:
    hall = Hall()
    assert hall.no(OPEN) == ("counter_idle", {"counter": "1"})
    ticket = hall.called()
    assert hall.no(OPEN) == ("ticket_state", {"number": "A001", "state": "called"})
    hall.do(c.StartService(counter="1"))
    hall.do(OPEN)
    assert hall.no(OPEN) == ("case_exists", {})
    hall.do(msgspec.structs.replace(OPEN, case="c2"))
    assert [case.id for case in hall.state.cases_of(ticket)] == ["c1", "c2"]
    assert (hall.case.status, hall.case.officer, hall.case.counter, hall.case.number) == ("draft", "p1", "1", "")


def test_only_a_draft_changes_or_vanishes() -> None:
    hall = Hall().case_at("draft")
    hall.do(c.ChangeService(case="c1", service="idcard.renew"))
    assert hall.case.service == "idcard.renew"
    hall.do(c.ReceiveCase(case="c1"))
    for command in (c.ChangeService(case="c1", service="hukou.birth"), c.DiscardCase(case="c1")):
        assert hall.no(command) == ("case_state", {"case": "24000001", "state": "received"})


@pytest.mark.parametrize("status", ["draft", "received"])
@pytest.mark.parametrize("command", [c.DiscardCase, c.ReceiveCase, c.AcceptCase, c.WithdrawCase])
def test_a_case_at_the_counter_belongs_to_who_serves_it(command: Any, status: str) -> None:
    hall = Hall().case_at(status)
    named = hall.case.number or "c1"
    expected = ("case_not_yours", {"case": named})
    code, params = hall.no(command(case="c1"), SECOND, FOUND)
    assert (code, params) == expected or code == "case_state"
    assert hall.no(command(case="nope")) == ("unknown_case", {})


def test_the_next_counter_takes_the_case_over_with_the_person() -> None:
    hall = Hall().case_at("draft")
    hall.do(c.TransferTicket(counter="1", to_counter="2"))
    assert hall.no(ACCEPT, SECOND, FOUND) == ("case_not_yours", {"case": "c1"})
    hall.do(c.CallNext(counter="2"), SECOND)
    hall.do(ACCEPT, SECOND, FOUND)
    assert hall.case.status == "accepted"


def test_a_leader_helps_when_the_officer_went_home() -> None:
    hall = Hall().case_at("received")
    hall.do(c.FinishTicket(counter="1", outcome="come_back"))
    hall.do(c.CloseCounter(counter="1"))
    hall.do(ACCEPT, LEADER, FOUND)


def test_numbers_of_the_station_and_the_year() -> None:
    hall = Hall().case_at("received")
    for name in ("c2", "c3"):
        hall.do(msgspec.structs.replace(OPEN, case=name))
    hall.do(c.DeclineCase(case="c3", reason="other_place"))
    hall.do(c.AcceptCase(case="c2"), found=FOUND)
    assert [hall.state.cases[name].number for name in ("c1", "c2", "c3")] == ["24000001", "24000003", "24000002"]


def test_accepting_a_draft_receives_it_first() -> None:
    hall = Hall().case_at("draft")
    assert [type(event) for event in hall.do(ACCEPT, found=FOUND)] == [e.CaseReceived, e.CaseAccepted]
    assert (hall.case.due, hall.case.received_at, hall.case.accepted_at) == (date(2024, 6, 28), hall.now, hall.now)
    hall = Hall().case_at("received")
    assert [type(event) for event in hall.do(ACCEPT, found=ON_THE_SPOT)] == [e.CaseAccepted]
    assert (hall.case.fee, hall.case.deferred, hall.case.on_the_spot) == ("20", ("photo",), True)


@pytest.mark.parametrize(
    ("evidence", "code", "params"),
    [
        (None, "no_file", {"case": "c1"}),
        (found(service="idcard.renew"), "no_file", {"case": "c1"}),
        (found(department=""), "no_file", {"case": "c1"}),
        (found(gate=("material:m1", "block:b2")), "gate", {"problems": 2, "first": "material:m1"}),
    ],
)
def test_the_gate(evidence: Evidence | None, code: str, params: dict[str, Any]) -> None:
    assert Hall().case_at("draft").no(ACCEPT, found=evidence) == (code, params)


def test_an_auxiliary_takes_in_and_does_not_decide() -> None:
    hall = Hall()
    hall.do(c.CloseCounter(counter="1"))
    hall.do(c.OpenCounter(counter="1"), AUXILIARY)
    hall.ticket()
    hall.do(c.CallNext(counter="1"), AUXILIARY)
    hall.do(c.StartService(counter="1"), AUXILIARY)
    hall.do(OPEN, AUXILIARY)
    hall.do(c.ReceiveCase(case="c1"), AUXILIARY)
    for command in (
        ACCEPT,
        c.DeclineCase(case="c1", reason="r"),
        c.DecideCase(case="c1", decision="approved"),
        c.CompleteCase(case="c1"),
        c.HandOverCase(case="c1"),
        c.RequestSupplement(case="c1", items=("m1",)),
        c.ProduceCase(case="c1"),
        c.CloseCase(case="c1"),
    ):
        assert hall.no(command, AUXILIARY, FOUND) == ("not_permitted", {"action": type(command).__name__})


def test_not_accepted_is_in_writing() -> None:
    hall = Hall().case_at("draft")
    assert hall.no(c.DeclineCase(case="c1", reason="")) == ("reason_missing", {})
    hall.do(c.DeclineCase(case="c1", reason="other_place"))
    assert (hall.case.status, hall.case.number, hall.case.reason) == ("not_accepted", "24000001", "other_place")


def test_a_handoff_is_on_its_way_once() -> None:
    hall = Hall().case_at("sent")
    handoff = hall.case.handoff
    assert handoff is not None
    assert (handoff.state, handoff.department, handoff.sent_at) == ("sent", "household", hall.now)
    assert hall.no(c.HandOverCase(case="c1")) == ("handoff_running", {"case": "24000001"})


def test_tries_then_stuck_then_sent_again_by_a_person() -> None:
    hall = Hall(Settings(handoff_tries=3)).case_at("sent")
    fail = c.ReportHandoffFailure(case="c1", error="timeout")
    states = []
    for _ in range(3):
        hall.do(fail, COURIER)
        assert hall.case.handoff is not None
        states.append((hall.case.handoff.tries, hall.case.handoff.state, hall.case.handoff.error))
    assert states == [(1, "sent", "timeout"), (2, "sent", "timeout"), (3, "stuck", "timeout")]
    hall.do(c.HandOverCase(case="c1"), SECOND)
    assert hall.case.handoff is not None
    assert (hall.case.handoff.tries, hall.case.handoff.state, hall.case.handoff.error) == (0, "sent", "")
    hall.do(c.AcknowledgeCase(case="c1", reference="R1"), REVIEWER)


def test_a_stuck_handoff_may_have_arrived_after_all() -> None:
    hall = Hall(Settings(handoff_tries=1)).case_at("sent")
    hall.do(c.ReportHandoffFailure(case="c1", error="timeout"), COURIER)
    hall.do(c.AcknowledgeCase(case="c1", reference="R1"), REVIEWER)
    assert hall.case.handoff is not None
    assert (hall.case.status, hall.case.handoff.state, hall.case.handoff.error) == ("in_review", "acknowledged", "")


def test_a_refused_handoff_waits_for_a_person() -> None:
    hall = Hall().case_at("sent")
    assert hall.no(c.RefuseHandoff(case="c1", reason=""), REVIEWER) == ("reason_missing", {})
    hall.do(c.RefuseHandoff(case="c1", reason="not_ours"), REVIEWER)
    handoff = hall.case.handoff
    assert handoff is not None
    assert (hall.case.status, handoff.state, handoff.error) == ("accepted", "refused", "not_ours")
    no = ("no_handoff", {"case": "24000001"})
    assert hall.no(c.AcknowledgeCase(case="c1", reference="R1"), REVIEWER) == no
    assert hall.no(c.RefuseHandoff(case="c1", reason="again"), REVIEWER) == no
    assert hall.no(c.ReportHandoffFailure(case="c1", error="x"), COURIER) == no
    hall.do(c.HandOverCase(case="c1"))
    hall.do(c.AcknowledgeCase(case="c1", reference="R1"), REVIEWER)


@pytest.mark.parametrize(
    ("command", "by"),
    [
        (c.AcknowledgeCase(case="c1", reference="R1"), REVIEWER),
        (c.RefuseHandoff(case="c1", reason="r"), REVIEWER),
        (c.ReportHandoffFailure(case="c1", error="x"), COURIER),
    ],
)
def test_nothing_was_handed_over_yet(command: c.AnyCommand, by: Actor) -> None:
    assert Hall().case_at("accepted").no(command, by) == ("no_handoff", {"case": "24000001"})


def test_acknowledged_only_with_a_reference_and_by_the_right_department() -> None:
    hall = Hall().case_at("sent")
    assert hall.no(c.AcknowledgeCase(case="c1", reference=""), REVIEWER) == ("reference_missing", {})
    acknowledge = c.AcknowledgeCase(case="c1", reference="R1")
    assert hall.no(acknowledge, STRANGER) == ("other_department", {"department": "household"})
    hall.do(acknowledge, REVIEWER)
    assert hall.no(acknowledge, REVIEWER) == ("case_state", {"case": "24000001", "state": "in_review"})


REVIEWS: tuple[tuple[str, c.AnyCommand], ...] = (
    ("sent", c.RefuseHandoff(case="c1", reason="r")),
    ("in_review", c.RequestSupplement(case="c1", items=("m1",))),
    ("in_review", c.SuspendCase(case="c1", reason="inquiry")),
    ("suspended", c.ResumeCase(case="c1")),
    ("in_review", c.DecideCase(case="c1", decision="approved")),
    ("approved", c.ProduceCase(case="c1")),
    ("produced", c.MakeReady(case="c1")),
    ("produced", c.DispatchCase(case="c1", tracking="SF1")),
    ("supplementing", c.LapseCase(case="c1")),
)


@pytest.mark.parametrize(("status", "command"), REVIEWS, ids=[type(command).__name__ for _, command in REVIEWS])
def test_no_department_touches_another_s_case(status: str, command: c.AnyCommand) -> None:
    hall = Hall().case_at(status)
    for by in (STRANGER, Actor(id="r3", role="reviewer")):
        assert hall.no(command, by) == ("other_department", {"department": "household"})
    hall.do(command, REVIEWER)


def test_no_department_asks_before_it_has_the_case() -> None:
    hall = Hall().case_at("received")
    for by in (REVIEWER, Actor(id="r3", role="reviewer")):
        assert hall.no(c.RequestSupplement(case="c1", items=("m1",)), by) == ("other_department", {"department": ""})


@pytest.mark.parametrize(("status", "by"), [("received", OFFICER), ("in_review", REVIEWER)])
def test_a_supplement_returns_to_the_stage_that_asked(status: str, by: Actor) -> None:
    hall = Hall().case_at(status)
    assert hall.no(c.RequestSupplement(case="c1", items=()), by) == ("items_missing", {})
    hall.do(c.RequestSupplement(case="c1", items=("m1", "m2")), by)
    case = hall.case
    assert (case.status, case.supplement, case.return_to, case.returned) == ("supplementing", ("m1", "m2"), status, 1)
    assert case.clock_stopped_on == hall.now.date()
    hall.do(c.SupplementCase(case="c1"), SECOND)
    case = hall.case
    assert (case.status, case.supplement, case.return_to, case.clock_stopped_on) == (status, (), None, None)


def test_in_review_only_the_department_asks_for_more() -> None:
    hall = Hall().case_at("in_review")
    for by in (SECOND, LEADER):
        assert hall.no(c.RequestSupplement(case="c1", items=("m1",)), by) == (
            "case_elsewhere",
            {"case": "24000001", "department": "household"},
        )


@pytest.mark.parametrize("stops", ["supplement", "suspension"])
@pytest.mark.parametrize(
    ("kind", "due", "stopped", "again", "expected"),
    [
        # Friday to Wednesday over the dragon boat holiday (Monday 10 June): two working days.
        ("working", "2024-06-28", "2024-06-07", "2024-06-12", "2024-07-02"),
        ("working", "2024-06-28", "2024-06-07", "2024-06-07", "2024-06-28"),
        ("working", "2024-06-28", "2024-06-08", "2024-06-09", "2024-06-28"),
        # 28 June + 5 days = 3 July; 28 June + 1 day = a Saturday, so Monday.
        ("calendar", "2024-06-28", "2024-06-07", "2024-06-12", "2024-07-03"),
        ("calendar", "2024-06-28", "2024-06-07", "2024-06-08", "2024-07-01"),
        # The year after the last known notice is unknown, never guessed.
        ("working", "2026-12-31", "2026-12-24", "2026-12-28", None),
        ("calendar", "2026-12-31", "2026-12-24", "2026-12-28", None),
        ("working", "2026-12-31", "2026-12-24", "2027-01-04", None),
        ("working", None, "2024-06-07", "2024-06-12", None),
        ("calendar", None, "2024-06-07", "2024-06-12", None),
    ],
)
def test_the_last_day_moves_by_the_days_the_clock_stood_still(
    stops: str, kind: Any, due: str | None, stopped: str, again: str, expected: str | None
) -> None:
    hall = Hall()

    def at(day: str) -> None:
        hall.now = datetime.combine(date.fromisoformat(day), hall.now.timetz())

    at(stopped)
    hall.case_at("draft")
    hall.do(ACCEPT, found=found(due=date.fromisoformat(due) if due else None, due_day_kind=kind))
    hall.do(c.HandOverCase(case="c1"))
    hall.do(c.AcknowledgeCase(case="c1", reference="R1"), REVIEWER)
    if stops == "supplement":
        hall.do(c.RequestSupplement(case="c1", items=("m1",)), REVIEWER)
    else:
        hall.do(c.SuspendCase(case="c1", reason="inquiry"), REVIEWER)
        assert hall.case.reason == "inquiry"
    at(again)
    if stops == "supplement":
        hall.do(c.SupplementCase(case="c1"), SECOND)
    else:
        hall.do(c.ResumeCase(case="c1"), REVIEWER)
    assert (hall.case.status, hall.case.reason) == ("in_review", "")
    assert hall.case.due == (date.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize("kind", ["working", "calendar"])
def test_a_clock_that_went_back_moves_no_day(kind: Any) -> None:
    hall = Hall().case_at("draft")
    hall.do(ACCEPT, found=found(due_day_kind=kind))
    hall.do(c.HandOverCase(case="c1"))
    hall.do(c.AcknowledgeCase(case="c1", reference="R1"), REVIEWER)
    hall.do(c.SuspendCase(case="c1", reason="inquiry"), REVIEWER)
    hall.now = datetime(2024, 5, 31, 9, 0, tzinfo=TIMEZONE)
    hall.do(c.ResumeCase(case="c1"), REVIEWER)
    assert hall.case.due == date(2024, 6, 28)


def test_the_clock_stops_for_a_reason() -> None:
    assert Hall().case_at("in_review").no(c.SuspendCase(case="c1", reason=""), REVIEWER) == ("reason_missing", {})


def test_on_the_spot_the_officer_decides_and_in_review_the_department() -> None:
    approve = c.DecideCase(case="c1", decision="approved")
    elsewhere = ("case_elsewhere", {"case": "24000001", "department": "household"})
    not_here = ("not_on_the_spot", {"case": "24000001", "department": "household"})
    hall = Hall().case_at("in_review")
    assert hall.no(approve) == elsewhere
    assert hall.no(approve, LEADER) == elsewhere
    hall = Hall().case_at("accepted")
    assert hall.no(approve) == not_here
    assert hall.no(c.CompleteCase(case="c1")) == not_here
    assert hall.no(approve, REVIEWER) == elsewhere
    hall = Hall().case_at("accepted", ON_THE_SPOT)
    assert hall.no(approve, REVIEWER) == elsewhere
    assert hall.no(c.HandOverCase(case="c1")) == ("on_the_spot", {"case": "24000001"})
    hall.do(approve)
    assert (hall.case.status, hall.case.decision) == ("approved", "approved")


def test_what_was_approved_on_the_spot_is_produced_and_delivered_there() -> None:
    hall = Hall().case_at("accepted", ON_THE_SPOT)
    hall.do(c.DecideCase(case="c1", decision="approved"))
    for command in (c.ProduceCase(case="c1"), c.DeliverCase(case="c1"), c.CloseCase(case="c1")):
        hall.do(command)
    assert hall.case.status == "closed"
    assert Hall().case_at("approved").no(c.ProduceCase(case="c1")) == (
        "not_on_the_spot",
        {"case": "24000001", "department": "household"},
    )


@pytest.mark.parametrize(("status", "by"), [("accepted", OFFICER), ("in_review", REVIEWER)])
def test_a_refusal_needs_a_reason_and_is_delivered_too(status: str, by: Actor) -> None:
    hall = Hall().case_at(status, FOUND if by is REVIEWER else ON_THE_SPOT)
    assert hall.no(c.DecideCase(case="c1", decision="refused"), by) == ("reason_missing", {})
    hall.do(c.DecideCase(case="c1", decision="refused", reason="false_papers"), by)
    assert (hall.case.status, hall.case.decision, hall.case.reason) == ("refused", "refused", "false_papers")
    assert hall.no(c.ProduceCase(case="c1")) == ("case_state", {"case": "24000001", "state": "refused"})
    hall.do(c.DeliverCase(case="c1"))
    hall.do(c.CloseCase(case="c1"))


def test_on_the_spot_in_one_act() -> None:
    hall = Hall().case_at("accepted", ON_THE_SPOT)
    events = hall.do(c.CompleteCase(case="c1"))
    assert [type(event) for event in events] == [e.CaseDecided, e.CaseProduced, e.CaseDelivered, e.CaseClosed]
    assert (hall.case.status, hall.case.decision) == ("closed", "approved")


@pytest.mark.parametrize("status", ["produced", "ready", "dispatched", "refused"])
@pytest.mark.parametrize("by", [SECOND, AUXILIARY, COURIER], ids=lambda actor: actor.role)
def test_delivered_by_whoever_is_there(status: str, by: Actor) -> None:
    hall = Hall().case_at(status)
    hall.do(c.DeliverCase(case="c1"), by)
    assert hall.case.status == "delivered"


def test_sent_by_mail() -> None:
    assert Hall().case_at("dispatched").case.tracking == "SF1"


@pytest.mark.parametrize("status", ["received", "accepted", "sent", "in_review", "suspended", "supplementing"])
def test_taken_back_until_it_is_decided(status: str) -> None:
    hall = Hall().case_at(status)
    hall.do(c.WithdrawCase(case="c1"))
    assert hall.case.status == "withdrawn"
    hall = Hall().case_at("approved")
    assert hall.no(c.WithdrawCase(case="c1")) == ("case_state", {"case": "24000001", "state": "approved"})


def test_lapsed_by_who_waits_for_it() -> None:
    hall = Hall().case_at("received")
    hall.do(c.RequestSupplement(case="c1", items=("m1",)))
    assert hall.no(c.LapseCase(case="c1"), REVIEWER) == ("other_department", {"department": ""})
    assert hall.no(c.LapseCase(case="c1")) == ("not_permitted", {"action": "LapseCase"})
    hall.do(c.LapseCase(case="c1"), LEADER)
    assert hall.case.status == "lapsed"
