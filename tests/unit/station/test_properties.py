"""Whatever is done in whatever order, by whomever and whenever: what always holds at a station."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, TypeVar, get_args

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.apply import apply
from counterdesk.station.decide import decide, refusal
from counterdesk.station.hall_view import call_order
from counterdesk.station.model import ENDED_CASE, ENDED_TICKET, State, Ticket
from counterdesk.station.profiles import announced, certified, profile
from counterdesk.station.refused import REFUSAL_CODES
from counterdesk.station.roles import Actor
from counterdesk.station.waiting import callable_now, waited_seconds

from .hall import (
    AUXILIARY,
    CONFIGURE,
    COURIER,
    FOUND,
    GUIDE,
    LEADER,
    MACHINE,
    MORNING,
    OFFICER,
    ON_THE_SPOT,
    RATER,
    REVIEWER,
    SECOND,
    SETUP,
    replay,
)

_T = TypeVar("_T")
PLANNER = Actor(id="planner", role="planner")
ACTORS = (OFFICER, SECOND, LEADER, PLANNER, AUXILIARY, REVIEWER, GUIDE, MACHINE, COURIER, SETUP)
SECONDS = (0, 1, 3, 10, 21, 60, 180, 181, 900, 3600, 6 * 3600, 11 * 3600, 26 * 3600, -2, -4000)
PERSONAL = re.compile(rb"\d{17}[\dXx]|(?<!\d)1[3-9]\d{9}(?!\d)")


def pick(rows: Sequence[_T], place: int, default: _T) -> _T:
    return rows[place % len(rows)] if rows else default


class Pick:
    """Draws what a command is about from what there is at the station, sometimes something unknown."""

    def __init__(self, state: State, places: tuple[int, int, int]) -> None:
        self._state = state
        self._places = places

    @property
    def counter(self) -> str:
        return pick(("1", "1", "1", "2", "2", "3"), self._places[0], "1")

    def ticket(self, *states: str) -> str:
        fit = [t.id for t in self._state.tickets.values() if t.state in states]
        return pick(fit or list(self._state.tickets), self._places[1], "t?")

    def case(self, *states: str) -> str:
        fit = [case.id for case in self._state.cases.values() if case.status in states]
        return pick(fit or list(self._state.cases), self._places[1], "c?")

    @property
    def asking(self) -> str:
        fit = [case.id for case in self._state.cases.values() if case.asked]
        return pick(fit or list(self._state.cases), self._places[1], "c?")

    def one(self, *values: Any) -> Any:
        return pick(values, self._places[2], values[0])

    @property
    def now(self) -> datetime:
        """A time of the station's day."""
        at = self.one(0, 3, 7)
        return datetime.combine(self._state.day or MORNING.date(), MORNING.timetz()) + timedelta(hours=at)

    @property
    def planned_break(self) -> datetime:
        planned = [pause.start for pauses in self._state.breaks.values() for pause in pauses]
        return pick(planned, self._places[1], self.now)

    @property
    def profiles(self) -> dict[str, tuple[str, ...]]:
        both = ("hukou", "traffic")
        some: dict[str, tuple[str, ...]] = self.one(
            {"1": both}, {"1": ("hukou",), "2": ("traffic",)}, {self.counter: ("traffic",)}, {"2": both}
        )
        return some

    @property
    def fresh(self) -> str:
        return f"c{len(self._state.cases)}-{self._places[1]}"


BUILD: tuple[tuple[Actor, Callable[[Pick], c.AnyCommand]], ...] = (
    (MACHINE, lambda p: c.IssueTicket(group=p.one("hukou", "traffic"), priority=p.one(None, None, "elderly"))),
    (MACHINE, lambda p: c.IssueTicket(group=p.one("hukou", "traffic", "x"))),
    (
        GUIDE,
        lambda p: c.BookAppointment(
            appointment=p.one("a1", "a2", "a3"), group="hukou", at=MORNING + timedelta(minutes=p.one(5, 60, 700, 2000))
        ),
    ),
    (
        GUIDE,
        lambda p: c.PrecheckTicket(
            ticket=p.ticket("waiting", "called", "no_show", "held"),
            service=p.one("hukou.birth", "idcard.renew"),
            materials=p.one({"IDC": "have"}, {"IDC": "missing", "HKB": "unsure"}, {}),
        ),
    ),
    (
        GUIDE,
        lambda p: c.RecordOffer(
            ticket=p.one("", p.ticket("waiting"), p.ticket("serving")),
            service="idcard.renew",
            channel="kiosk",
            taken=p.one(False, True),
        ),
    ),
    (MACHINE, lambda p: c.CheckIn(appointment=p.one("a1", "a2", "a3"))),
    (OFFICER, lambda p: c.OpenCounter(counter=p.counter, groups=p.one((), ("hukou", "traffic"), ("traffic",)))),
    (OFFICER, lambda p: c.PauseCounter(counter=p.counter, reason="lunch")),
    (OFFICER, lambda p: c.CloseCounter(counter=p.counter)),
    (OFFICER, lambda p: c.ChangeProfile(counter=p.counter, groups=p.one(("hukou",), ("hukou", "traffic")))),
    (OFFICER, lambda p: c.CallNext(counter=p.counter)),
    (OFFICER, lambda p: c.CallNext(counter=p.counter)),
    (LEADER, lambda p: c.CallTicket(counter=p.counter, ticket=p.ticket("waiting", "held", "no_show"))),
    (OFFICER, lambda p: c.CallTicket(counter=p.counter, ticket=p.ticket("held", "no_show"))),
    (OFFICER, lambda p: c.Recall(counter=p.counter)),
    (OFFICER, lambda p: c.StartService(counter=p.counter)),
    (OFFICER, lambda p: c.StartService(counter=p.counter)),
    (OFFICER, lambda p: c.MarkNoShow(counter=p.counter)),
    (GUIDE, lambda p: c.Reinstate(ticket=p.ticket("no_show"))),
    (OFFICER, lambda p: c.HoldTicket(counter=p.counter, kind=p.one("papers_out", "papers_kept", "step_wait"))),
    (OFFICER, lambda p: c.ResumeTicket(counter=p.counter, ticket=p.ticket("held"))),
    (OFFICER, lambda p: c.Requeue(counter=p.counter)),
    (OFFICER, lambda p: c.TransferTicket(counter=p.counter, to_counter=p.one("1", "2", "3"))),
    (OFFICER, lambda p: c.TransferTicket(counter=p.counter, to_group=p.one("hukou", "traffic"))),
    (LEADER, lambda p: c.AssignTicket(ticket=p.ticket("waiting"), counter=p.one("1", "2", "3", ""))),
    (OFFICER, lambda p: c.CallForHelp(counter=p.counter)),
    (LEADER, lambda p: c.AnswerHelp(counter=p.counter)),
    (OFFICER, lambda p: c.TicketLeaves(ticket=p.ticket("waiting", "called", "serving", "held", "no_show"))),
    (OFFICER, lambda p: c.FinishTicket(counter=p.counter, outcome=p.one("done", "come_back"))),
    (RATER, lambda p: c.RateVisit(ticket=p.ticket("finished"), mark=p.one(1, 3, 5))),
    (OFFICER, lambda p: c.UndoStep(counter=p.counter)),
    (OFFICER, lambda p: c.UndoStep(counter=p.counter)),
    (OFFICER, lambda p: c.OpenCase(counter=p.counter, case=p.fresh, service="hukou.birth")),
    (OFFICER, lambda p: c.OpenCase(counter=p.counter, case=p.fresh, service="hukou.birth")),
    (OFFICER, lambda p: c.ChangeService(case=p.case("draft"), service=p.one("hukou.birth", "idcard.renew"))),
    (OFFICER, lambda p: c.DiscardCase(case=p.case("draft"))),
    (OFFICER, lambda p: c.ReceiveCase(case=p.case("draft"))),
    (OFFICER, lambda p: c.AcceptCase(case=p.case("draft", "received"))),
    (LEADER, lambda p: c.AcceptCase(case=p.case("draft", "received"))),
    (LEADER, lambda p: c.DeclineCase(case=p.case("draft", "received"), reason=p.one("", "other_place"))),
    (LEADER, lambda p: c.DeferMaterial(case=p.case("draft", "received"), material="m1")),
    (LEADER, lambda p: c.OverridePrompt(case=p.case("draft", "received"), prompt="P1", reason=p.one("", "law"))),
    (
        OFFICER,
        lambda p: c.RequestApproval(
            case=p.case("draft", "received"), what="override", item=p.one("P1", "P2", "P3"), reason=p.one("", "law")
        ),
    ),
    (OFFICER, lambda p: c.RequestApproval(case=p.case("draft"), what="deferral", item="m1", reason="late")),
    (OFFICER, lambda p: c.WithdrawRequest(case=p.asking, what="override", item=p.one("P1", "P2"))),
    (LEADER, lambda p: c.RefuseRequest(case=p.asking, what="override", item=p.one("P1", "P2"), reason="no")),
    (LEADER, lambda p: c.OverridePrompt(case=p.asking, prompt=p.one("P1", "P2"), reason="law", asked=True)),
    (LEADER, lambda p: c.DeferMaterial(case=p.asking, material="m1", asked=True)),
    (OFFICER, lambda p: c.HandOverCase(case=p.case("accepted"))),
    (REVIEWER, lambda p: c.AcknowledgeCase(case=p.case("accepted"), reference=p.one("R1", ""))),
    (REVIEWER, lambda p: c.RefuseHandoff(case=p.case("accepted"), reason="not_ours")),
    (COURIER, lambda p: c.ReportHandoffFailure(case=p.case("accepted"), error="timeout")),
    (LEADER, lambda p: c.RequestSupplement(case=p.case("received"), items=("m1",))),
    (REVIEWER, lambda p: c.RequestSupplement(case=p.case("in_review"), items=("m1",))),
    (OFFICER, lambda p: c.SupplementCase(case=p.case("supplementing"))),
    (REVIEWER, lambda p: c.SuspendCase(case=p.case("in_review"), reason="inquiry")),
    (REVIEWER, lambda p: c.ResumeCase(case=p.case("suspended"))),
    (REVIEWER, lambda p: c.DecideCase(case=p.case("in_review"), decision=p.one("approved", "refused"), reason="r")),
    (OFFICER, lambda p: c.DecideCase(case=p.case("accepted"), decision=p.one("approved", "refused"), reason="r")),
    (OFFICER, lambda p: c.CompleteCase(case=p.case("accepted"))),
    (REVIEWER, lambda p: c.ProduceCase(case=p.case("approved"))),
    (REVIEWER, lambda p: c.MakeReady(case=p.case("produced"))),
    (COURIER, lambda p: c.DispatchCase(case=p.case("produced"), tracking="SF1")),
    (OFFICER, lambda p: c.DeliverCase(case=p.case("refused", "produced", "ready", "dispatched"))),
    (OFFICER, lambda p: c.CloseCase(case=p.case("delivered"))),
    (OFFICER, lambda p: c.WithdrawCase(case=p.case("received", "accepted", "supplementing"))),
    (LEADER, lambda p: c.LapseCase(case=p.case("supplementing"))),
    (LEADER, lambda p: c.SetSkills(officer=p.one("p1", "p2"), groups=p.one((), ("traffic",), ("hukou", "traffic")))),
    (LEADER, lambda p: c.PlanBreak(counter=p.counter, at=p.now, minutes=p.one(10, 30, 60))),
    (LEADER, lambda p: c.CancelBreak(counter=p.counter, at=p.planned_break)),
    (LEADER, lambda p: c.ApplyPlan(profiles=p.profiles)),
    (PLANNER, lambda p: c.ApplyPlan(profiles=p.profiles)),
    (LEADER, lambda p: c.CancelPlan()),
    (LEADER, lambda p: c.SwitchPlanning(automatic=p.one(True, False))),
    (OFFICER, lambda p: c.ViewValue(case=p.case("draft", "received"), field="applicant_id")),
    (SETUP, lambda p: msgspec.structs.replace(CONFIGURE, counters=p.one(("1", "2", "3"), ("1", "2"), ("1", "3")))),
    (SETUP, lambda p: msgspec.structs.replace(CONFIGURE, groups=CONFIGURE.groups[p.one(0, 0, 1) :])),
)
STORIES = tuple(
    (by, build) for by, build in BUILD[:-2] if not isinstance(build(Pick(State(), (0, 0, 0))), c.TicketLeaves)
)
SELDOM = (
    c.IssueTicket,
    c.OpenCounter,
    c.PauseCounter,
    c.CloseCounter,
    c.ChangeProfile,
    c.BookAppointment,
    c.DiscardCase,
    c.DeclineCase,
    c.RefuseHandoff,
    c.WithdrawCase,
    c.ViewValue,
    c.PrecheckTicket,
    c.RecordOffer,
    c.RateVisit,
    c.AssignTicket,
    c.CallForHelp,
    c.AnswerHelp,
    c.SetSkills,
    c.PlanBreak,
    c.CancelBreak,
    c.CancelPlan,
    c.SwitchPlanning,
)
place = st.integers(0, 11)
ONE_STEP = {e.TicketCalled: "call", e.NoShowMarked: "no_show", e.TicketFinished: "finish"}


class AnyDays(RuleBasedStateMachine):
    """Random commands by random people at random times; most by somebody who may."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.now = MORNING
        self.stream: list[e.AnyEvent] = []
        self.tickets: set[str] = set()
        self.numbers: set[tuple[object, str]] = set()
        self.case_numbers: set[str] = set()
        self.before: dict[str, tuple[str, Ticket]] = {}
        self.run = 0

    @initialize()
    def a_morning(self) -> None:
        self.carry_out(CONFIGURE, SETUP)
        self.carry_out(c.OpenCounter(counter="1", groups=("hukou", "traffic")), OFFICER)
        self.carry_out(c.OpenCounter(counter="2", groups=("traffic",)), SECOND)
        for group in ("hukou", "traffic", "hukou"):
            self.carry_out(c.IssueTicket(group=group), MACHINE)

    @rule(seconds=st.sampled_from(SECONDS))
    def time_goes_by(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(seed=st.integers(0, 10**6))
    def a_while(self, seed: int) -> None:
        """Some steps that are legal, so that long stories happen, and a few that may not be."""
        random = Random(seed)
        for _ in range(15):
            if random.random() < 0.3:
                self.now += timedelta(seconds=random.choice(SECONDS[:-4] if random.random() < 0.9 else SECONDS))
            places = random.randrange(12), random.randrange(12), random.randrange(12)
            on_the_spot = random.random() < 0.3
            found = ON_THE_SPOT if on_the_spot else FOUND
            # Configuring anew (the last two) and leaving are always legal: they would end most stories early.
            ideas = [self.who_may(what, places) for what in (BUILD if random.random() < 0.03 else STORIES)]
            legal = [idea for idea in ideas if refusal(self.state, *idea, self.now, found) is None]
            some = legal if legal and random.random() < 0.9 else ideas
            (idea,) = random.choices(some, [1 if isinstance(command, SELDOM) else 6 for command, _ in some])
            self.carry_out(*idea, on_the_spot)
            self.check()

    def who_may(self, what: Any, places: tuple[int, int, int]) -> tuple[c.AnyCommand, Actor]:
        """A command, and who gives it: the officer is who works at the counter or holds the case."""
        actor, build = what
        command = build(Pick(self.state, places))
        subject = self.state.counters.get(getattr(command, "counter", "")) or self.state.cases.get(
            getattr(command, "case", "")
        )
        if actor is OFFICER and subject is not None:
            actor = next((by for by in ACTORS if by.id == subject.officer), OFFICER)
        return command, actor

    def check(self) -> None:
        self.one_ticket_a_counter_one_counter_a_ticket()
        self.what_can_be_undone_is_still_as_it_was_done()
        self.nobody_works_at_two_counters()
        self.no_clock_is_negative_and_every_group_is_known()
        self.a_case_is_consistent()
        self.a_plan_is_for_counters_that_are_staffed()
        self.the_state_is_json()

    @rule(
        what=st.sampled_from(BUILD),
        places=st.tuples(place, place, place),
        actor=st.sampled_from(ACTORS),
        seconds=st.sampled_from(SECONDS[:5]),
    )
    def anybody(self, what: Any, places: tuple[int, int, int], actor: Actor, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.carry_out(what[1](Pick(self.state, places)), actor)

    def carry_out(self, command: c.AnyCommand, actor: Actor, on_the_spot: bool = False) -> None:
        found = ON_THE_SPOT if on_the_spot else FOUND
        untouched = msgspec.json.encode(self.state)
        refused = refusal(self.state, command, actor, self.now, found)
        if refused is not None:
            assert refused.code in REFUSAL_CODES
            again = refusal(self.state, command, actor, self.now, found)
            assert again is not None
            assert (again.code, again.params) == (refused.code, refused.params)
            assert msgspec.json.encode(self.state) == untouched
            return
        events = decide(self.state, command, actor, self.now, found)
        assert decide(self.state, command, actor, self.now, found) == events
        assert msgspec.json.encode(self.state) == untouched
        if any(isinstance(event, e.ProfileChanged) for event in events):
            # A profile changes because a person says so, or with a call: never under a ticket because of a plan.
            last = events[-1]
            if not isinstance(command, c.ChangeProfile | c.SetSkills):
                assert isinstance(last, e.TicketCalled)
                assert self.state.current_ticket(last.counter) is None
        for event in events:
            encoded = msgspec.json.encode(event)
            assert msgspec.json.decode(encoded, type=e.AnyEvent) == event
            assert not PERSONAL.search(encoded)
            before = msgspec.json.encode(self.state)
            after = apply(self.state, event)
            assert msgspec.json.encode(self.state) == before
            self.follow(event, self.state, after)
            self.stream.append(event)
            self.state = after

    def follow(self, event: e.AnyEvent, before: State, after: State) -> None:
        """What an event may and may not do to a station."""
        undone = event.ticket if isinstance(event, e.StepUndone) else ""
        for ticket in before.tickets.values():
            if isinstance(event, e.VisitRated) and ticket.id == event.ticket:
                assert ticket.rating == 0
                ticket = msgspec.structs.replace(ticket, rating=event.mark)
            if ticket.state in ENDED_TICKET and ticket.id != undone:
                assert after.tickets.get(ticket.id, ticket) == ticket
        for case in before.cases.values():
            if case.status in ENDED_CASE:
                assert after.cases.get(case.id, case) == case
        if isinstance(event, e.StepUndone):
            step, ticket = self.before.pop(event.counter)
            assert (event.step, event.ticket) == (step, ticket.id)
            assert after.tickets[ticket.id] == ticket
            last = self.stream[-1]
            if isinstance(last, e.TicketCalled) and last.counter == event.counter:
                assert after.priority_run == self.run
        self.run = before.priority_run
        if type(event) in ONE_STEP:
            assert isinstance(event, e.TicketCalled | e.NoShowMarked | e.TicketFinished)
            self.before[event.counter] = ONE_STEP[type(event)], before.tickets[event.ticket]
        if isinstance(event, e.TicketPrechecked | e.OfferRecorded | e.VisitRated):
            # What a guide or the holder adds stays when a step is undone.
            for counter, (step, ticket) in self.before.items():
                if ticket.id == event.ticket:
                    kept = after.tickets[ticket.id]
                    ticket = msgspec.structs.replace(
                        ticket, service=kept.service, precheck=kept.precheck, offers=kept.offers, rating=kept.rating
                    )
                    self.before[counter] = step, ticket
        if isinstance(event, e.TicketIssued):
            assert event.ticket not in self.tickets
            assert (after.day, event.number) not in self.numbers
            assert event.number not in {ticket.number for ticket in before.tickets.values()}
            self.tickets.add(event.ticket)
            self.numbers.add((after.day, event.number))
        if isinstance(event, e.CaseReceived):
            assert event.number not in self.case_numbers
            self.case_numbers.add(event.number)

    @invariant()
    def one_ticket_a_counter_one_counter_a_ticket(self) -> None:
        at = {t.id: t.counter for t in self.state.tickets.values() if t.state in ("called", "serving")}
        assert {ticket: counter for counter, ticket in self.state.current.items()} == at
        assert len(set(at.values())) == len(at)
        for counter in at.values():
            assert self.state.counters[counter].state == "open"

    @invariant()
    def what_can_be_undone_is_still_as_it_was_done(self) -> None:
        for counter, last in self.state.undo.items():
            ticket = self.state.tickets[last.before.id]
            assert ticket.state == {"call": "called", "no_show": "no_show", "finish": "finished"}[last.step]
            assert (self.state.current.get(counter) == ticket.id) == (last.step == "call")
            assert self.before[counter] == (last.step, last.before)

    @invariant()
    def nobody_works_at_two_counters(self) -> None:
        officers = [counter.officer for counter in self.state.counters.values() if counter.officer]
        assert len(set(officers)) == len(officers)
        for counter in self.state.counters.values():
            assert bool(counter.officer) == (counter.state != "closed")

    @invariant()
    def no_clock_is_negative_and_every_group_is_known(self) -> None:
        for ticket in self.state.tickets.values():
            assert min(ticket.waited, ticket.served, ticket.held, waited_seconds(ticket, self.now)) >= 0
            assert (ticket.ended_at is not None) == (ticket.state in ENDED_TICKET)
            assert (ticket.state == "held") <= (ticket.hold is not None)
            assert ticket.state in ENDED_TICKET or ticket.group in self.state.groups
        for counter in self.state.counters:
            called = [choice.ticket for choice in call_order(self.state, counter, self.now)]
            assert sorted(called) == sorted(t.id for t in callable_now(self.state, counter, self.now))

    @invariant()
    def a_case_is_consistent(self) -> None:
        for case in self.state.cases.values():
            assert bool(case.number) == (case.status != "draft")
            assert (case.clock_stopped_on is not None) or case.status not in ("supplementing", "suspended")
            assert (case.return_to is not None) <= (case.status in ("supplementing", "lapsed", "withdrawn"))
            about = [(one.what, one.item) for one in case.requests]
            assert len(set(about)) == len(about)
            assert not about or case.status in ("draft", "received")
            assert case.status != "in_review" or (case.handoff is not None and case.handoff.reference)

    @invariant()
    def a_plan_is_for_counters_that_are_staffed(self) -> None:
        for plan in self.state.plans[:-1]:
            assert plan.status != "announced"
            assert not plan.left
        following = announced(self.state)
        for counter in following.left if following else ():
            assert self.state.counters[counter].state != "closed"
            assert following is not None
            assert following.profiles[counter]
        for number, counter_now in self.state.counters.items():
            drawn = profile(self.state, number, self.now)
            assert drawn or not counter_now.groups
            assert counter_now.state == "closed" or set(drawn) <= set(certified(self.state, counter_now.officer))
        for pauses in self.state.breaks.values():
            assert all(one.until <= other.start for one, other in pairwise(pauses))

    @invariant()
    def the_state_is_json(self) -> None:
        assert msgspec.json.decode(msgspec.json.encode(self.state), type=State) == self.state

    def teardown(self) -> None:
        assert replay(self.stream) == self.state


# Without the phase that shortens a failing example: it would take minutes. Add it when one is to be read.
AnyDays.TestCase.settings = settings(
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    max_examples=20,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyDays = AnyDays.TestCase


def test_long_stories_in_which_everything_happens() -> None:
    everything, seen = set(get_args(e.AnyEvent)), set[type]()
    for seed in range(60):
        days = AnyDays()
        days.a_morning()
        for number in range(20):
            days.a_while(1000 * seed + number)
        days.teardown()
        seen |= {type(event) for event in days.stream}
        if seed >= 5 and seen == everything:
            return
    assert seen == everything
