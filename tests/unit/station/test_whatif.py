"""What if: the same people under other circumstances, on an ordinary day and on a day of the station's own stream."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from statistics import fmean

import msgspec
import pytest

from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.station import commands as c
from counterdesk.station.events import AnyEvent, Recorded
from counterdesk.station.hall import HallCounter
from counterdesk.station.model import QueueGroup
from counterdesk.station.outlook import outlook
from counterdesk.station.past_day import Excerpt, NoSuchDay, day_of
from counterdesk.station.rollout import Planned
from counterdesk.station.whatif import WALK, Day, Levers, Result, ordinary_day, replay, result_of, with_levers

from .hall import CONFIGURE, GROUPS, GUIDE, LEADER, MACHINE, MORNING, OFFICER, SECOND, SETUP, THIRD, Hall


@cache
def days() -> tuple[Day, ...]:
    """Two ordinary days."""
    return tuple(ordinary_day(load(), seed) for seed in range(2))


def kept(levers: Levers) -> float:
    return replay(days(), levers).outlook.kept


def test_an_ordinary_day_is_the_catalogues() -> None:
    many = [ordinary_day(load(), seed) for seed in range(12)]
    asked = sum(service.daily_demand for service in load().services)
    assert fmean(len(day.guests) for day in many) == pytest.approx(asked, rel=0.05)
    assert asked == pytest.approx(525, rel=0.02)
    violations = fmean(sum(guest.visitor.id.startswith("violation.handle") for guest in day.guests) for day in many)
    assert violations == pytest.approx(350, rel=0.06)
    again = [(guest.visitor.id, guest.visitor.work, guest.kiosk) for guest in ordinary_day(load(), 3).guests]
    assert again == [(guest.visitor.id, guest.visitor.work, guest.kiosk) for guest in many[3].guests]
    assert all(510 <= guest.visitor.since < 1020 for guest in many[0].guests)


def test_the_levers_pull_where_they_should() -> None:
    base = kept(Levers())
    assert kept(Levers(counters=1)) > base > kept(Levers(counters=-1))
    assert kept(Levers(kiosk=1.0)) > base > kept(Levers(kiosk=0.3))
    assert kept(Levers(minutes=0.8)) > base > kept(Levers(minutes=1.2))
    assert kept(Levers(smooth=0.6)) > base
    assert kept(Levers(split="apart")) < base
    assert replay(days(), Levers()) == replay(days(), Levers(split="everything"))
    assert replay(days(), Levers(kiosk=0.0)).kiosk == 0
    closed = replay(days(), Levers(counters=-2))
    assert closed.overtime > 0
    assert closed.outlook.visits == replay(days(), Levers()).outlook.visits


def test_whatever_is_not_changed_stays_person_by_person() -> None:
    day = days()[0]
    for levers in (Levers(counters=2), Levers(lunch="staggered"), Levers(profiles={"1": ("TV",)}), Levers(kiosk=0.1)):
        assert with_levers(day, levers).guests == day.guests
    faster = with_levers(day, Levers(minutes=0.5))
    for before, after in zip(day.guests, faster.guests, strict=True):
        assert after.visitor.work == pytest.approx(WALK + (before.visitor.work - WALK) / 2)
        assert after.visitor.since == before.visitor.since
    smooth = with_levers(day, Levers(smooth=1.0))
    gaps = sorted(guest.visitor.since for guest in smooth.guests)
    assert max(late - early for early, late in pairwise(gaps)) < 1.0
    assert {g.visitor.id: g.visitor.work for g in smooth.guests} == {g.visitor.id: g.visitor.work for g in day.guests}


def test_lunch_one_after_the_other_leaves_one_counter_away_at_a_time() -> None:
    counters = with_levers(days()[0], Levers(lunch="staggered")).hall.counters
    pauses = sorted(pause for counter in counters for pause in counter.breaks)
    assert len(pauses) == 4
    assert all(end <= begin for (_, end), (begin, _) in pairwise(pauses))
    many = with_levers(days()[0], Levers(lunch="staggered", counters=3)).hall.counters
    assert all(660 <= begin < end <= 840 for counter in many for begin, end in counter.breaks)
    halves = with_levers(days()[0], Levers(lunch="together")).hall.counters
    assert len({counter.breaks for counter in halves}) == 2


def test_more_and_fewer_counters() -> None:
    hall = days()[0].hall
    more = with_levers(days()[0], Levers(counters=2)).hall.counters
    assert [counter.id for counter in more] == ["1", "2", "3", "4", "5", "6"]
    assert set(more[5].skills) == {group.id for group in hall.groups}
    assert len(with_levers(days()[0], Levers(counters=-9)).hall.counters) == 1
    chosen = with_levers(days()[0], Levers(profiles={"2": ("HK", "SP")})).hall.counters
    assert [counter.offers for counter in chosen] == [
        hall.counters[0].skills,
        ("HK", "SP"),
        *[hall.counters[0].skills] * 2,
    ]


# A day of the station's own


def stream(hall: Hall) -> list[Recorded]:
    events: list[AnyEvent] = hall.events
    return [Recorded(seq=seq, command=f"c{seq}", event=event) for seq, event in enumerate(events, start=1)]


def past() -> Hall:
    """A short morning: somebody is served twelve minutes, somebody leaves, one is called in vain, one still waits."""
    hall = Hall()
    tickets = []
    for group in ("hukou", "traffic", "traffic", "hukou", "traffic"):
        *_, event = hall.do(c.IssueTicket(group=group, service="idcard.renew"), MACHINE)
        tickets.append(getattr(event, "ticket", ""))
        hall.now += timedelta(minutes=2)
    hall.do(c.CallTicket(counter="1", ticket=tickets[0]), LEADER)
    hall.do(c.StartService(counter="1"))
    hall.now += timedelta(minutes=12)
    hall.do(c.FinishTicket(counter="1"))
    hall.do(c.TicketLeaves(ticket=tickets[1]), GUIDE)
    hall.do(c.CallTicket(counter="2", ticket=tickets[2]), LEADER)
    hall.do(c.MarkNoShow(counter="2"), SECOND)
    hall.do(c.PauseCounter(counter="2", reason="break"), SECOND)
    hall.now += timedelta(minutes=10)
    hall.do(c.OpenCounter(counter="2"), SECOND)
    hall.do(c.ChangeProfile(counter="2", groups=("hukou",)), SECOND)
    hall.do(c.OpenCounter(counter="3", groups=("traffic",)), THIRD)
    hall.now += timedelta(minutes=28)
    hall.do(c.CloseCounter(counter="3"), THIRD)
    return hall


def test_a_day_of_the_stream() -> None:
    hall = past()
    day = day_of(stream(hall))
    guests = [guest.visitor for guest in day.guests]
    assert [guest.since for guest in guests] == [540, 542, 544, 546, 548]
    assert guests[0].work == pytest.approx(12 + WALK)
    expected = {group.id: group.minutes for group in day.hall.groups}
    assert [guest.work for guest in guests[1:]] == pytest.approx([expected[guest.group] for guest in guests[1:]])
    assert [guest.absent for guest in guests] == [False, False, True, False, False]
    assert [guest.kiosk for guest in day.guests] == [1.0] * 5
    served, left = day.truth
    assert (served.wait, served.total, served.ended) == (10, 22, 562)
    assert (left.wait, left.total, left.ended) == (20, math.inf, 562)
    assert [guest.patience for guest in guests] == [math.inf, 20, math.inf, math.inf, math.inf]
    counters = {counter.id: counter for counter in day.hall.counters}
    assert counters["1"].breaks == ((0.0, 540.0),) or counters["1"].breaks == ((510.0, 540.0),)
    assert (562.0, 572.0) in counters["2"].breaks
    assert counters["2"].offers == ("traffic",)
    assert [pause for pause in counters["3"].breaks if pause[0] == 600] == [(600.0, 2880.0)]
    assert Planned(profiles={"2": ("hukou",)}, since=572.0) in day.plans
    again = replay([day])
    assert again.outlook.visits == 4
    assert again.left == 0  # played by the rules, somebody is free for him at once
    assert result_of([day.truth], 1020, 20) == Result(
        outlook=outlook([day.truth], 20), days=1, kiosk=0, left=1, overtime=0
    )


def test_who_waits_beyond_the_promise_belongs_to_the_truth_of_a_day_that_goes_on() -> None:
    hall = Hall()
    early, late, held = (hall.ticket("traffic") for _ in range(3))
    hall.do(c.CallTicket(counter="1", ticket=held), LEADER)
    hall.do(c.StartService(counter="1"))
    hall.now += timedelta(minutes=2)
    hall.do(c.HoldTicket(counter="1", kind="papers_out"))
    hall.now += timedelta(minutes=17)
    fresh = hall.ticket("traffic")
    assert day_of(stream(hall), now=hall.now).truth == (), "within the promise nothing is known yet"
    hall.now += timedelta(minutes=3)
    truth = day_of(stream(hall), now=hall.now).truth
    assert {early, late, held, fresh} == {guest.visitor.id for guest in day_of(stream(hall), now=hall.now).guests}
    assert [(visit.wait, visit.total) for visit in truth] == [(22, 22), (22, 22), (0, 22)]
    assert result_of([truth], 1020, 20).outlook.kept == 0
    assert day_of(stream(hall)).truth == (), "of a day that is over only what came of it"


def test_who_could_have_gone_to_a_kiosk_is_known_by_the_catalogue() -> None:
    hall = Hall()
    for _ in range(40):
        hall.do(c.IssueTicket(group="hukou", service="idcard.renew"), MACHINE)
        hall.do(c.IssueTicket(group="hukou", service="idcard.first"), MACHINE)
    shares = {
        service: sum(guest.kiosk < 1 for guest in day_of(stream(hall), index=Index(load())).guests[at::2])
        for at, service in enumerate(("idcard.renew", "idcard.first"))
    }
    assert shares["idcard.first"] == 0
    assert 20 < shares["idcard.renew"] < 40


def test_the_day_that_is_named() -> None:
    hall = past()
    first = hall.now.date()
    hall.now = MORNING + timedelta(days=1)
    for _ in range(3):
        hall.do(c.IssueTicket(group="hukou"), MACHINE)
    events = stream(hall)
    assert len(day_of(events).guests) == 3
    assert len(day_of(events, first).guests) == 5
    both: tuple[HallCounter, ...] = day_of(events).hall.counters
    assert {counter.id for counter in both} == {"1", "2"}  # left open in the evening
    assert both[0].breaks == ()
    for wrong in (date(2024, 6, 9), date(2020, 1, 1)):
        with pytest.raises(NoSuchDay):
            day_of(events, wrong)
    with pytest.raises(NoSuchDay):
        day_of([])


def test_an_officers_own_day_ends_where_the_stream_ends() -> None:
    hall = Hall()
    hall.do(c.IssueTicket(group="traffic"), MACHINE)
    hall.do(c.CallNext(counter="1"), OFFICER)
    result = replay([day_of(stream(hall))])
    assert result.outlook.visits == 1
    assert result.outlook.kept == 1.0


def test_one_more_counter_where_nobody_served() -> None:
    hall = Hall()
    hall.do(c.CloseCounter(counter="1"))
    hall.do(c.CloseCounter(counter="2"), SECOND)
    hall.later(hours=24)
    hall.ticket("hukou")
    day = day_of(excerpt_of(hall), now=hall.now)
    assert day.hall.counters == ()
    assert replay([day]).outlook.kept == 0.0
    assert replay([day], Levers(counters=1)).outlook.kept == 1.0


# A day without what was before it.


def excerpt_of(hall: Hall) -> Excerpt:
    """The newest day of a hall, with the station as it is."""
    events = stream(hall)
    return Excerpt(hall.state, tuple(one for one in events if one.event.at.date() == hall.now.date()))


def test_an_excerpt_of_the_first_day_is_the_whole_day() -> None:
    hall = past()
    whole, part = day_of(stream(hall)), day_of(excerpt_of(hall))
    assert (part.truth, part.plans, part.kiosk) == (whole.truth, whole.plans, whole.kiosk)
    assert [counter.breaks for counter in part.hall.counters] == [counter.breaks for counter in whole.hall.counters]
    assert [guest.visitor.since for guest in part.guests] == [guest.visitor.since for guest in whole.guests]


def test_what_began_before_an_excerpt_is_passed_over() -> None:
    hall = Hall()
    hall.now = MORNING.replace(hour=20)
    held = hall.held("papers_kept")
    late = hall.ticket("hukou")
    hall.later(hours=11)
    new = hall.ticket("hukou")
    assert held in hall.state.tickets
    hall.do(c.CallTicket(counter="1", ticket=late), LEADER)
    hall.do(c.UndoStep(counter="1"))
    hall.do(c.CallTicket(counter="1", ticket=held))
    hall.do(c.StartService(counter="1"))
    hall.do(c.FinishTicket(counter="1"))
    hall.do(c.CallTicket(counter="1", ticket=new), LEADER)
    hall.do(c.StartService(counter="1"))
    hall.later(minutes=9)
    hall.do(c.FinishTicket(counter="1"))
    whole, part = day_of(stream(hall)), day_of(excerpt_of(hall))
    assert [guest.visitor.id for guest in part.guests] == [guest.visitor.id for guest in whole.guests] == [new]
    assert part.truth == whole.truth
    assert part.hall.counters == whole.hall.counters, "both were left open in the evening"


def test_a_day_that_goes_on_reckons_with_whoever_comes_back() -> None:
    hall = Hall()
    first, second = hall.ticket("hukou"), hall.ticket("traffic")
    hall.do(c.CallTicket(counter="1", ticket=first), LEADER)
    hall.do(c.StartService(counter="1"))
    hall.do(c.PauseCounter(counter="2", reason="lunch"), SECOND)
    hall.later(minutes=50)
    so_far, over = day_of(stream(hall), now=hall.now), day_of(stream(hall))
    assert [counter.breaks[-1] for counter in so_far.hall.counters if counter.id == "2"] == [(540.0, 592.0)]
    assert [counter.breaks[-1] for counter in over.hall.counters if counter.id == "2"] == [(540.0, 2880.0)]
    works = {guest.visitor.id: guest.visitor.work for guest in so_far.guests}
    assert works[first] == pytest.approx(50 + WALK)
    assert works[second] < 50
    evened = with_levers(so_far, Levers(smooth=1.0)).guests
    assert all(540 <= guest.visitor.since < 590 for guest in evened)
    assert max(guest.visitor.since for guest in with_levers(over, Levers(smooth=1.0)).guests) > 800


def test_who_went_to_a_kiosk_that_day_is_done_there() -> None:
    hall = Hall()
    index = Index(load())
    service = index.service("idcard.renew")
    group = QueueGroup(id=service.group, letter="C", wait_target=20)
    hall.do(msgspec.structs.replace(CONFIGURE, groups=(*GROUPS, group)), SETUP)
    tickets = [hall.ticket(service.group, service=service.id) for _ in range(12)]
    for ticket in tickets[:3]:
        hall.do(c.RecordOffer(ticket=ticket, service=service.id, channel="kiosk", taken=True), GUIDE)
        hall.do(c.TicketLeaves(ticket=ticket), GUIDE)
    hall.do(c.RecordOffer(service=service.id, channel="kiosk", taken=True), GUIDE)
    hall.do(c.RecordOffer(service=service.id, channel="kiosk", taken=False), GUIDE)
    day = day_of(stream(hall), index=index)
    assert len(day.guests) == 13
    assert 4 / 13 <= day.kiosk < 1
    assert day.truth == (), "nobody of them lost patience"
    as_it_was, nobody, everybody = (replay([day], Levers(kiosk=share)) for share in (None, 0.0, 1.0))
    assert (as_it_was.kiosk, nobody.kiosk) == (4, 0)
    assert everybody.kiosk == round(4 / day.kiosk)


def test_a_group_that_came_or_went_while_the_day_lasted_is_played_as_well() -> None:
    hall = Hall()
    hall.ticket("hukou")
    hall.do(c.CallNext(counter="1"))
    hall.do(c.StartService(counter="1"))
    hall.later(minutes=5)
    hall.do(c.FinishTicket(counter="1"))
    police = QueueGroup(id="police", letter="P", wait_target=10)
    hall.do(msgspec.structs.replace(CONFIGURE, groups=(GROUPS[1], police)), SETUP)
    hall.do(c.ChangeProfile(counter="1", groups=("police",)))
    hall.ticket("police")
    for day in (day_of(stream(hall)), day_of(excerpt_of(hall))):
        assert {"traffic", "police"} <= {group.id for group in day.hall.groups}
        for levers in (Levers(), Levers(split="apart"), Levers(counters=1), Levers(profiles={"2": ("police",)})):
            assert replay([day], levers).outlook.groups["police"].visits == 1


def test_who_left_after_he_was_served_took_that_time_of_a_counter() -> None:
    hall = Hall()
    hall.serving("hukou")
    hall.later(minutes=33)
    hall.do(c.TicketLeaves(ticket=hall.state.current["1"]))
    (guest,) = day_of(stream(hall)).guests
    assert guest.visitor.work == pytest.approx(33 + WALK)


def test_who_came_before_his_appointment_truly_waited_from_then_on() -> None:
    hall = Hall()
    hall.do(c.BookAppointment(appointment="a", group="hukou", at=hall.now + timedelta(minutes=10)), GUIDE)
    hall.do(c.CheckIn(appointment="a"), MACHINE)
    hall.later(minutes=13)
    hall.do(c.CallNext(counter="1"))
    hall.do(c.StartService(counter="1"))
    hall.later(minutes=5)
    hall.do(c.FinishTicket(counter="1"))
    (visit,) = day_of(stream(hall)).truth
    assert (visit.standing, visit.wait, visit.total) == ("appointment", 3, 8)
