"""The figures are what the stream says: rows are the state's tickets, and any partition adds up to its total."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.apply import apply
from counterdesk.station.figures import KEPT, Ledger, Visit, day_of
from counterdesk.station.model import HandlingTime, State, Ticket
from counterdesk.station.refused import Refused
from counterdesk.station.summary import BY, FEW, PERSONAL, Figures, Query, Row, Spread, allow, rank, spread, summarize

from .hall import (
    AUXILIARY,
    CONFIGURE,
    GROUPS,
    GUIDE,
    LEADER,
    MACHINE,
    MORNING,
    OFFICER,
    RATER,
    REVIEWER,
    SECOND,
    SETUP,
    Hall,
)
from .test_properties import AnyDays

MONTH = Query(first=date(2024, 1, 1), last=date(2024, 12, 31))


def ledger_of(events: list[e.AnyEvent]) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.take(event)
    return ledger


def figures(hall: Hall, by: Any = "group", officer: str = "", actor: Any = LEADER) -> Figures:
    query = msgspec.structs.replace(MONTH, by=by, officer=officer)
    allow(query, actor)
    return summarize(ledger_of(hall.events).rows(), query, actor, 7)


def microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def same(visit: Visit, ticket: Ticket) -> None:
    """A row says what the state says of its ticket."""
    assert (visit.number, visit.group, visit.state) == (ticket.number, ticket.group, ticket.state)
    assert (visit.issued_at, visit.ended_at, visit.outcome) == (ticket.issued_at, ticket.ended_at, ticket.outcome)
    assert visit.rating == ticket.rating
    for length, seconds in ((visit.waited, ticket.waited), (visit.served, ticket.served), (visit.held, ticket.held)):
        assert length == microseconds(seconds)


def adds_up(whole: Row, rows: tuple[Row, ...]) -> None:
    """Every number of the rows adds up to that of the total; what does not is the middle of something."""
    for field in Row.__struct_fields__:
        value, parts = getattr(whole, field), [getattr(row, field) for row in rows]
        if field == "key":
            continue
        if isinstance(value, Spread):
            assert sum(part.total for part in parts) == value.total, field
            if field != "service":  # a visit that two counters served has two stretches
                assert sum(part.count for part in parts) == value.count, field
        elif field == "outcomes":
            for outcome in value:
                assert sum(part.get(outcome, 0) for part in parts) == value[outcome]
        elif field == "ratings":
            assert tuple(map(sum, zip(*parts, strict=True))) == value or not parts
        else:
            assert sum(parts) == value, field
    assert whole.tickets == whole.finished + whole.left + whole.dropped + whole.open
    assert sum(whole.outcomes.values()) == whole.finished


def check(events: list[e.AnyEvent]) -> None:
    """The stream told event by event: rows and tickets never part, and every partition adds up."""
    state, ledger, seen = State(), Ledger(), set[str]()
    for event in events:
        state = apply(state, event)
        ledger.take(event)
        for ticket in state.tickets.values():
            visit = ledger.visit(ticket.id)
            assert visit is not None
            same(visit, ticket)
            seen.add(ticket.id)
    rows = ledger.rows()
    visits = rows.visits
    assert {visit.ticket for visit in visits} == seen
    for ticket in state.tickets.values():
        told = {(offer.service, offer.channel, offer.taken) for offer in rows.offers if offer.ticket == ticket.id}
        assert told == {(offer.service, offer.channel, offer.taken) for offer in ticket.offers}
    assert all((visit.state == "dropped") <= (visit.ticket not in state.tickets) for visit in visits)
    for by in BY:
        answer = summarize(rows, msgspec.structs.replace(MONTH, by=by), LEADER, 0)
        assert answer.total.tickets == len(visits)
        adds_up(answer.total, answer.rows)
    everybody = summarize(rows, msgspec.structs.replace(MONTH, by="officer"), LEADER, 0)
    for row in everybody.rows:
        for by in BY:
            query = msgspec.structs.replace(MONTH, by=by, officer=row.key)
            if row.key:
                own = summarize(rows, query, LEADER, 0)
                adds_up(own.total, own.rows)
                assert own.total.service.total == row.service.total
                assert own.total.tickets == row.tickets


def test_any_history_adds_up_exactly() -> None:
    kinds: set[type] = set()
    for seed in range(8):
        days = AnyDays()
        days.a_morning()
        for number in range(8):
            days.a_while(7000 * seed + number)
            days.now += timedelta(hours=Random(seed + number).choice((0, 0, 1, 9)))
        kinds |= {type(event) for event in days.stream}
        check(days.stream)
    assert {e.TicketFinished, e.StepUndone, e.TicketTransferred, e.TicketHeld, e.TicketLeft, e.DayStarted} <= kinds
    assert {e.NoShowMarked, e.TicketReinstated, e.TicketRequeued, e.SupplementRequested, e.VisitRated} <= kinds


def test_control_a_ledger_that_forgets_an_undo_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    days = AnyDays()
    days.a_morning()
    for number in range(12):
        days.a_while(number)
    monkeypatch.setattr(Ledger, "_undone", lambda self, event: None)
    with pytest.raises(AssertionError):
        check(days.stream)


def test_the_four_clocks_of_one_visit() -> None:
    hall = Hall()
    ticket = hall.ticket("hukou", service="hukou.birth")
    hall.later(minutes=5)
    hall.do(c.CallNext(counter="1"))
    hall.later(seconds=40)
    hall.do(c.StartService(counter="1"))
    hall.later(minutes=7)
    hall.do(c.HoldTicket(counter="1", kind="papers_out"))
    hall.later(minutes=30)
    hall.do(c.ResumeTicket(counter="1", ticket=ticket))
    hall.later(minutes=2)
    hall.do(c.FinishTicket(counter="1"))
    (row,) = figures(hall, "service").rows
    minute = 60_000_000
    assert (row.key, row.tickets, row.finished, row.within) == ("hukou.birth", 1, 1, 1)
    assert (row.wait.median, row.way.median) == (5 * minute, 40_000_000)
    assert (row.service.median, row.hold.p95) == (9 * minute, 30 * minute)
    assert row.wait.few


def test_minutes_are_counted_where_they_were_given_and_the_visit_where_it_ended() -> None:
    hall = Hall()
    hall.serving("traffic")
    hall.later(minutes=10)
    hall.do(c.TransferTicket(counter="1", to_counter="2"))
    hall.later(minutes=1)
    hall.do(c.CallNext(counter="2"), SECOND)
    hall.do(c.StartService(counter="2"), SECOND)
    hall.later(minutes=3)
    hall.do(c.FinishTicket(counter="2"), SECOND)
    one, two = figures(hall, "counter").rows
    assert (one.key, one.tickets, one.service.total) == ("1", 0, 600_000_000)
    assert (two.key, two.tickets, two.service.total, two.transfers) == ("2", 1, 180_000_000, 1)
    (first,) = figures(hall, "group", "p1").rows
    assert (first.tickets, first.service.total) == (0, 600_000_000)


def test_an_undone_finish_is_not_finished_and_what_was_returned_stays() -> None:
    hall = Hall().case_at("supplementing")
    hall.do(c.FinishTicket(counter="1", outcome="come_back"))
    assert figures(hall).total.finished == 1
    hall.later(seconds=3)
    hall.do(c.UndoStep(counter="1"))
    total = figures(hall).total
    assert (total.finished, total.open, total.returned, total.cases) == (0, 1, 1, 1)


def test_a_discarded_case_is_no_case_and_its_service_no_service() -> None:
    hall = Hall()
    hall.serving()
    hall.do(c.OpenCase(counter="1", case="c1", service="hukou.birth"))
    hall.do(c.OpenCase(counter="1", case="c2", service="idcard.renew"))
    hall.do(c.DiscardCase(case="c1"))
    (row,) = figures(hall, "service").rows
    assert (row.key, row.cases) == ("idcard.renew", 1)
    hall.do(c.ChangeService(case="c2", service="hukou.death"))
    assert [row.key for row in figures(hall, "service").rows] == ["hukou.death"]


def test_who_is_not_over_at_midnight_is_dropped_and_counted_on_his_day() -> None:
    hall = Hall()
    hall.ticket()
    hall.later(hours=30)
    hall.ticket("traffic")
    first, second = figures(hall, "day").rows
    assert (first.key, first.dropped, first.open) == ("2024-06-03", 1, 0)
    assert (second.key, second.dropped, second.open) == ("2024-06-04", 0, 1)
    assert first.wait.count == 0


def test_the_same_visits_by_day_week_month_and_hour() -> None:
    hall = Hall()
    for _ in range(3):
        hall.ticket()
        hall.later(days=14)
    assert [row.key for row in figures(hall, "week").rows] == ["2024-W23", "2024-W25", "2024-W27"]
    assert [(row.key, row.tickets) for row in figures(hall, "month").rows] == [("2024-06", 2), ("2024-07", 1)]
    assert [(row.key, row.tickets) for row in figures(hall, "hour").rows] == [("09", 3)]


def test_an_offer_is_answered_once_by_who_has_a_ticket_and_each_time_by_who_has_none() -> None:
    hall = Hall()
    ticket = hall.ticket("traffic")
    for holder, taken in ((ticket, False), (ticket, True), ("", True), ("", False)):
        hall.do(c.RecordOffer(ticket=holder, service="idcard.renew", channel="kiosk", taken=taken), GUIDE)
    hall.do(c.RecordOffer(ticket=ticket, service="idcard.renew", channel="app", taken=False), GUIDE)
    assert [(row.key, row.offers, row.diverted) for row in figures(hall, "channel").rows] == [
        ("app", 1, 0),
        ("kiosk", 3, 2),
        ("walk_in", 0, 0),
    ]
    assert [(row.key, row.tickets, row.offers) for row in figures(hall).rows] == [("traffic", 1, 2), ("", 0, 2)]
    (row,) = figures(hall, "hour", "g1").rows
    assert (row.tickets, row.offers, row.diverted) == (0, 4, 2)


def test_who_went_elsewhere_without_a_ticket_counts_in_the_group_of_his_service() -> None:
    hall = Hall()
    group = msgspec.structs.replace(GROUPS[0], services={"idcard.renew": HandlingTime()})
    hall.do(msgspec.structs.replace(CONFIGURE, groups=(group, *GROUPS[1:])), SETUP)
    for service in ("idcard.renew", "passport.first"):
        hall.do(c.RecordOffer(ticket="", service=service, channel="kiosk", taken=True), GUIDE)
    assert [(row.key, row.diverted) for row in figures(hall).rows if row.offers] == [(group.id, 1), ("", 1)]


def test_papers_looked_at_name_the_service() -> None:
    hall = Hall()
    ticket = hall.called()
    hall.do(c.PrecheckTicket(ticket=ticket, service="hukou.death", materials={"IDC": "have"}), GUIDE)
    hall.do(c.UndoStep(counter="1"))
    assert [row.key for row in figures(hall, "service").rows] == ["hukou.death"]


def test_officers_figures_are_for_themselves_and_their_leader() -> None:
    hall = Hall()
    for counter, who in (("1", OFFICER), ("2", SECOND)):
        hall.ticket("traffic")
        hall.do(c.CallNext(counter=counter), who)
        hall.do(c.StartService(counter=counter), who)
        hall.later(minutes=4)
        hall.do(c.FinishTicket(counter=counter), who)
    for by in PERSONAL:
        mine = figures(hall, by, actor=OFFICER)
        assert ([row.tickets for row in mine.rows], mine.total.tickets, mine.own) == ([1], 2, True)
        assert len(figures(hall, by, actor=LEADER).rows) == 2
        # Somebody who never serves has nothing of his own.
        assert figures(hall, by, actor=AUXILIARY).rows == ()
    assert figures(hall, "hour", "p1", OFFICER).total.tickets == 1
    assert figures(hall, "hour", "p1", LEADER).total.tickets == 1
    with pytest.raises(Refused) as refused:
        figures(hall, "hour", "p2", OFFICER)
    assert refused.value.code == "figures_not_yours"
    for stranger in (GUIDE, MACHINE, REVIEWER, SETUP):
        with pytest.raises(Refused) as refused:
            figures(hall, actor=stranger)
        assert refused.value.code == "not_permitted"


def test_only_the_days_that_were_asked_for() -> None:
    hall = Hall()
    hall.ticket()
    hall.later(days=1)
    hall.ticket()
    visits = ledger_of(hall.events).rows(date(2024, 6, 4), date(2024, 6, 4)).visits
    assert [day_of(visit.issued_at) for visit in visits] == [date(2024, 6, 4)]
    query = Query(first=date(2024, 6, 3), last=date(2024, 6, 3))
    assert summarize(ledger_of(hall.events).rows(), query, LEADER, 0).total.tickets == 1


def test_old_rows_leave_the_ledger() -> None:
    hall = Hall().case_at("draft")
    hall.do(c.FinishTicket(counter="1", outcome="come_back"))
    hall.now = MORNING + KEPT + timedelta(days=1)
    hall.ticket()
    ledger = ledger_of(hall.events)
    assert [visit.issued_at for visit in ledger.rows().visits] == [hall.now]
    assert ledger._cases == {}


def test_a_fold_may_begin_anywhere() -> None:
    hall = Hall()
    hall.called()
    begun = len(hall.events)
    hall.do(c.StartService(counter="1"))
    hall.do(c.FinishTicket(counter="1"))
    hall.do(c.UndoStep(counter="1"))
    late = hall.ticket()
    assert [visit.ticket for visit in ledger_of(hall.events[begun:]).rows().visits] == [late]


@pytest.mark.parametrize(
    ("lengths", "median", "p95"),
    [([], None, None), ([5], 5, 5), ([1, 9], 1, 9), ([3, 1, 2], 2, 3), (list(range(1, 101)), 50, 95)],
)
def test_median_and_percentile_are_lengths_that_somebody_had(
    lengths: list[int], median: int | None, p95: int | None
) -> None:
    found = spread(lengths)
    assert (found.median, found.p95, found.total) == (median, p95, sum(lengths))
    assert found.few == (0 < len(lengths) < FEW)
    assert rank(sorted(lengths), 100) == (max(lengths) if lengths else None)


def test_an_answer_passes_a_wire_unchanged() -> None:
    hall = Hall().case_at("accepted")
    answer = figures(hall, "service")
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Figures) == answer


@pytest.mark.parametrize(("waited", "served", "within"), [(12, 8, 1), (13, 8, 0), (20, 0.5, 0), (0, 20, 1)])
def test_the_promise_is_kept_up_to_its_last_second(waited: float, served: float, within: int) -> None:
    hall = Hall()
    hall.ticket("hukou")
    hall.later(minutes=waited)
    hall.do(c.CallNext(counter="1"))
    hall.later(minutes=2)
    hall.do(c.StartService(counter="1"))
    hall.later(minutes=served)
    hall.do(c.FinishTicket(counter="1"))
    assert figures(hall).total.within == within


def test_who_is_called_in_vain_twice_is_one_who_was_absent_and_who_left_uncalled_has_waited() -> None:
    hall = Hall()
    hall.ticket("hukou")
    for _ in range(2):
        hall.do(c.CallNext(counter="1"))
        hall.do(c.MarkNoShow(counter="1"))
        hall.later(minutes=4)
    left = hall.ticket("hukou")
    hall.later(minutes=9)
    hall.do(c.TicketLeaves(ticket=left), GUIDE)
    total = figures(hall).total
    assert (total.no_shows, total.absent, total.left) == (2, 1, 1)
    assert (total.wait.count, total.wait.p95) == (2, 9 * 60_000_000)


def test_a_mark_outlives_the_undoing_of_the_end() -> None:
    hall = Hall()
    ticket = hall.serving()
    hall.later(minutes=3)
    hall.do(c.FinishTicket(counter="1"))
    hall.do(c.RateVisit(ticket=ticket, mark=4), RATER)
    hall.do(c.UndoStep(counter="1"))
    assert figures(hall).total.ratings == (0, 0, 0, 1, 0)
