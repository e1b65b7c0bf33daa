from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta

import msgspec
import pytest

from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.practice import departments, visits
from counterdesk.practice.departments import Luck, luck
from counterdesk.practice.fill import complete
from counterdesk.practice.hall import SETUP, Hall, setup
from counterdesk.practice.officers import profiles
from counterdesk.station.commands import (
    AcceptCase,
    AnyCommand,
    CallNext,
    ChangeProfile,
    DeferMaterial,
    HandOverCase,
    IssueTicket,
    OpenCase,
    OpenCounter,
    PauseCounter,
    ReceiveCase,
    RecordOffer,
    StartService,
    SupplementCase,
)
from counterdesk.station.events import CaseAccepted, CaseAcknowledged, CaseDecided, CaseDeclined, SupplementRequested
from counterdesk.station.host import Answer
from counterdesk.station.model import Case
from counterdesk.station.model import Counter as Counter_
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor
from tests.unit.practice.conftest import NOW, Played

Make = Callable[..., Played]
TRAINEE = Actor(id="T001", role="officer")


@pytest.mark.parametrize("seed", [7, 1, 2, 3, 11, 42])
def test_a_warmed_up_hall_looks_like_half_past_ten(played: Make, seed: int) -> None:
    hall = played(seed=seed)
    hall.warm_up()

    state = hall.station.state
    tickets = state.tickets.values()
    waiting = [ticket for ticket in tickets if ticket.state == "waiting"]
    waits = [(NOW - ticket.issued_at).total_seconds() / 60 for ticket in waiting]
    assert 15 <= len(waiting) <= 25
    assert 8 <= max(waits) <= 20
    assert min(waits) >= 0
    assert len({ticket.group for ticket in waiting}) >= 2
    assert sum(ticket.state == "held" for ticket in tickets) >= 1
    assert sum(ticket.state == "finished" for ticket in tickets) >= 20
    assert {number for number, counter in state.counters.items() if counter.state == "open"} == {"1", "2", "4"}
    assert {group for counter in state.counters.values() for group in counter.groups} == set(state.groups)
    booked = state.appointments.values()
    assert any(appointment.ticket for appointment in booked)
    assert any(not appointment.ticket and appointment.at > NOW for appointment in booked)
    handed_over = [case for case in state.cases.values() if case.handoff is not None]
    assert handed_over
    assert any(case.handoff and case.handoff.reference for case in handed_over)
    times = [at for _, _, _, at in hall.given]
    assert times == sorted(times)
    assert times[-1] <= NOW


@pytest.mark.parametrize("seed", range(1, 8))
def test_a_warmed_up_hall_has_somebody_with_priority_and_a_no_show(played: Make, seed: int) -> None:
    hall = played(seed=seed)
    hall.warm_up()

    tickets = hall.station.state.tickets.values()
    assert any(ticket.priority for ticket in tickets if ticket.state == "waiting")
    assert any(ticket.state == "no_show" for ticket in tickets)


def test_a_station_with_tickets_is_left_as_it_is(played: Make) -> None:
    hall = played()
    hall.warm_up()
    before = len(hall.station.state.tickets)

    again = played()
    again.station = hall.station
    again.warm_up()

    assert len(hall.station.state.tickets) == before
    assert again.given == []
    again.forward(minutes=10)
    assert len(hall.station.state.tickets) > before


@pytest.mark.parametrize("seed", [7, 1, 2])
def test_shortly_after_opening_few_have_come(played: Make, seed: int) -> None:
    hall = played(seed=seed, start=time(8, 40))
    hall.warm_up()

    tickets = hall.station.state.tickets.values()
    assert 1 <= sum(ticket.state == "waiting" for ticket in tickets) <= 12
    assert min(ticket.issued_at for ticket in tickets) >= NOW - timedelta(minutes=30), (
        "the doors open at half past eight"
    )


def fingerprint(hall: Played) -> str:
    digest = hashlib.sha256()
    for command_id, command, actor, at in hall.given:
        digest.update(f"{command_id} {actor.id} {at.isoformat()} ".encode() + msgspec.json.encode(command))
    return digest.hexdigest()


def test_the_same_seed_and_clock_give_the_same_commands(played: Make) -> None:
    prints = []
    for seed in (5, 5, 6):
        hall = played(seed=seed)
        hall.warm_up()
        hall.forward(minutes=20)
        prints.append(fingerprint(hall))
    assert prints[0] == prints[1] != prints[2]


def test_a_whole_day_has_everything_and_leaves_the_staffed_counter_alone(played: Make) -> None:
    hall = played(start=time(8, 30))
    hall.now = NOW.replace(hour=8)
    hall.warm_up(minutes=0)
    seen: set[str] = set()
    for _ in range(17):
        hall.forward(minutes=30)
        seen |= {case.status for case in hall.station.state.cases.values()}

    state = hall.station.state
    states = Counter(ticket.state for ticket in state.tickets.values())
    kinds = hall.kinds
    assert 180 <= len(state.tickets) <= 400
    assert states["finished"] > 100
    assert states["left"] > 0
    assert kinds["MarkNoShow"] > 2
    assert kinds["HoldTicket"] > 0
    assert kinds["PauseCounter"] == 3
    offers = [command for _, command, _, _ in hall.given if isinstance(command, RecordOffer)]
    assert {(bool(offer.ticket), offer.taken) for offer in offers} == {(False, True), (True, True), (True, False)}
    seen_by_guide = [ticket for ticket in state.tickets.values() if ticket.precheck is not None]
    assert len(seen_by_guide) > 20
    marks = {mark for ticket in seen_by_guide if ticket.precheck for mark in ticket.precheck.materials.values()}
    assert marks == {"have", "missing", "unsure"}
    assert {"AcknowledgeCase", "DecideCase", "ProduceCase", "MakeReady"} <= set(kinds)
    assert {"accepted", "in_review", "approved", "produced", "ready", "closed"} <= seen
    assert not any(getattr(command, "counter", "") == "3" for _, command, _, _ in hall.given)
    assert state.counters["3"].officer == ""
    assert all(ticket.counter != "3" for ticket in state.tickets.values())
    refused = sum(answered_no(hall, command_id) for command_id, _, _, _ in hall.given)
    assert refused < len(hall.given) * 0.02
    assert max(at for _, _, _, at in hall.given) <= hall.now


def answered_no(hall: Played, command_id: str) -> bool:
    answer = hall.station._store.answer(command_id)
    return answer is not None and answer.refused is not None


def serve(hall: Played, index: Index, n: int, service: str, variant: str) -> Case:
    """The trainee at counter 3 takes the next ticket and hands a case of it over."""
    file = first_complete(index, service, variant)
    case = f"case-{n}"
    commands: tuple[AnyCommand, ...] = (
        OpenCounter(counter="3", groups=tuple(hall.station.state.groups)),
        CallNext(counter="3"),
        StartService(counter="3"),
        OpenCase(counter="3", case=case, service=service),
    )
    give(hall, *commands)
    hall.station.write_file(msgspec.structs.replace(file, case=case), TRAINEE)
    give(hall, ReceiveCase(case=case), AcceptCase(case=case), HandOverCase(case=case))
    return hall.station.state.cases[case]


def first_complete(index: Index, service: str, variant: str) -> CaseFile:
    codes = [item.code for item in index.service(service).variants]
    file = complete(index, 1, service, NOW.date(), codes.index(variant))
    assert file is not None
    assert file.variant == variant
    return file


def give(hall: Played, *commands: AnyCommand) -> None:
    for command in commands:
        hall.station.execute(f"trainee-{hall.station.seq}-{type(command).__name__}", command, TRAINEE, hall.now)


@pytest.mark.parametrize("answered", [True, False])
def test_simulated_officers_ask_a_leader_and_wait_for_nobody(
    played: Make, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """Who gets his yes takes the paper later; who gets none in time finds it."""
    monkeypatch.setattr(visits, "ASKS", 1.0)
    hall = played(seed=7)
    hall.warm_up()
    leader = Actor(id="L1", role="leader")
    asked: dict[str, str] = {}
    for minute in range(180):
        hall.forward(minutes=1)
        for case in hall.station.state.cases.values():
            for request in case.asked:
                asked[case.id] = request.item
                if answered:
                    yes = DeferMaterial(case=case.id, material=request.item, asked=True)
                    hall.station.execute(f"yes {case.id} {minute}", yes, leader, hall.now)
    events = [recorded.event for recorded in hall.station._store.events(0)]
    accepted = {event.case: event.deferred for event in events if isinstance(event, CaseAccepted)}
    done = asked.keys() & accepted.keys()
    assert len(done) >= 2
    for name in done:
        assert accepted[name] == ((asked[name],) if answered else ())
    assert not any(isinstance(event, CaseDeclined) for event in events)


def test_with_seed_7_the_first_birth_case_comes_back_for_supplement(played: Make, index: Index) -> None:
    hall = played(seed=7, speed=60)
    hall.warm_up()
    case = serve(hall, index, 1, "hukou.birth", "B6")
    sent = hall.now

    def when(kind: type) -> list[float]:
        return [
            (recorded.event.at - sent).total_seconds()
            for recorded in hall.station._store.events(0)
            if isinstance(recorded.event, kind) and getattr(recorded.event, "case", "") == case.id
        ]

    hall.forward(seconds=15)
    assert hall.station.state.cases[case.id].status == "supplementing"
    assert 0 < when(CaseAcknowledged)[0] <= 3
    assert 0 < when(SupplementRequested)[0] <= 10.5
    items = hall.station.state.cases[case.id].supplement
    assert set(items) <= {use.code for use in index.service("hukou.birth").materials}
    assert items

    give(hall, SupplementCase(case=case.id))
    hall.forward(seconds=11)
    assert when(CaseDecided)[0] <= 15 + 11
    assert hall.station.state.cases[case.id].decision == "approved"
    assert hall.station.state.cases[case.id].returned == 1

    hall.forward(seconds=30)
    assert hall.station.state.cases[case.id].status in ("ready", "dispatched", "delivered", "closed")


def test_luck_depends_only_on_the_seed_and_on_which_case_it_is() -> None:
    drawn = [luck(seed, "idcard.renew", "4", n, staffed=False) for seed in range(40) for n in range(1, 26)]
    assert drawn == [luck(seed, "idcard.renew", "4", n, staffed=False) for seed in range(40) for n in range(1, 26)]
    assert 100 <= sum(one.returned for one in drawn) <= 200
    assert 20 <= sum(one.refused for one in drawn) <= 80
    assert 60 <= sum(one.failures > 0 for one in drawn) <= 150
    assert any(one.failures == 3 for one in drawn)
    for counter in ("1", "3", "12"):
        lesson = luck(7, "hukou.birth", counter, 1, staffed=True)
        assert (lesson.failures, lesson.returned, lesson.refused) == (0, True, False)


@pytest.mark.parametrize("failures", [1, 3])
def test_what_cannot_be_delivered_is_sent_again_and_arrives(
    played: Make, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    fate = Luck(failures=failures, returned=True, refused=True, mailed=True)
    monkeypatch.setattr(departments, "luck", lambda *_, **__: fate)
    hall = played(seed=4)
    hall.warm_up(minutes=0)
    hall.forward(hours=8)

    kinds = hall.kinds
    assert kinds["ReportHandoffFailure"] >= failures
    assert kinds["AcknowledgeCase"] > 0
    assert kinds["RequestSupplement"] > 0
    assert kinds["SupplementCase"] > 0
    assert any(case.decision == "refused" for case in hall.station.state.cases.values())
    stuck_first = {case.id for case in hall.station.state.cases.values() if case.handoff and case.handoff.reference}
    assert stuck_first


def test_a_hall_of_people_only_has_citizens_and_no_officers(index: Index) -> None:
    hall = Played(index, 7, 1.0, time(10, 30), staffed=frozenset({"1", "2", "3", "4"}))
    hall.warm_up()
    assert not any(counter.officer for counter in hall.station.state.counters.values())
    assert sum(ticket.state == "waiting" for ticket in hall.station.state.tickets.values()) >= 15


def test_whom_the_leader_sends_away_comes_back_later_to_the_profile_that_he_left(played: Make) -> None:
    hall = played()
    hall.warm_up()
    leader = Actor(id="031230", role="leader")

    def say(command: AnyCommand) -> None:
        hall.execute(f"leader-{len(hall.given)}", command, leader, hall.now)

    def counter() -> Counter_:
        return hall.station.state.counters["1"]

    while hall.station.state.current_ticket("1") is not None:
        hall.forward(seconds=5)
    say(ChangeProfile(counter="1", groups=("HK",)))
    say(PauseCounter(counter="1", reason="meeting"))
    hall.forward(minutes=10)
    assert (counter().state, counter().pause) == ("paused", "meeting")
    hall.forward(minutes=10)
    assert (counter().state, counter().groups) == ("open", ("HK",))


@pytest.mark.parametrize("speed", [0, -1])
def test_a_hall_needs_a_speed(index: Index, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Hall(7, speed, index)


def test_after_a_long_sleep_the_hall_goes_on_quietly(played: Make) -> None:
    hall = played()
    hall.warm_up()
    hall.now += timedelta(days=3)
    hall.hall.act(hall.now, hall.station.state)
    before = len(hall.given)
    moves = 0
    while (due := hall.hall.due()) is not None and due <= hall.now and moves < 2000:
        move = hall.hall.act(hall.now, hall.station.state)
        moves += 1
        if move is not None:
            try:
                hall.execute(move.id, move.wish.command, move.wish.actor, hall.now)
            except Refused as refused:
                hall.hall.answered(move, refused)
    assert moves < 2000
    assert len(hall.given) - before < 200


async def test_a_failing_station_does_not_stop_the_hall(played: Make) -> None:
    hall = played(speed=60)
    hall.warm_up()
    calls = 0
    enough = asyncio.Event()

    def clock() -> datetime:
        hall.now += timedelta(seconds=1)
        return hall.now

    def execute(command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        nonlocal calls
        calls += 1
        if calls == 20:
            enough.set()
        raise OSError("disk full")

    running = asyncio.create_task(hall.hall.run(execute, hall.station.write_file, lambda: hall.station.state, clock))
    async with asyncio.timeout(20):
        await enough.wait()
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_a_refused_step_never_stops_the_hall(played: Make) -> None:
    hall = played(seed=3)
    hall.warm_up()
    station = hall.station
    count = 0

    def contrary(command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        nonlocal count
        count += 1
        if count % 3 == 0:
            raise Refused("ticket_state")
        return station.execute(command_id, command, actor, now)

    hall.hall.play(contrary, station.write_file, lambda: station.state, NOW + timedelta(hours=2))
    done = sum(ticket.state == "finished" for ticket in station.state.tickets.values())
    hall.hall.play(contrary, station.write_file, lambda: station.state, NOW + timedelta(hours=4))
    assert sum(ticket.state == "finished" for ticket in station.state.tickets.values()) > done + 20


async def test_the_asynchronous_pump_acts_by_the_clock_until_it_is_cancelled(played: Make) -> None:
    hall = played(speed=60)
    hall.warm_up()
    station, before = hall.station, hall.station.seq
    enough = asyncio.Event()

    def clock() -> datetime:
        hall.now += timedelta(seconds=1)
        return hall.now

    async def execute(command_id: str, command: AnyCommand, actor: Actor, now: datetime) -> Answer:
        answer = station.execute(command_id, command, actor, now)
        if station.seq > before + 50:
            enough.set()
        return answer

    running = asyncio.create_task(hall.hall.run(execute, station.write_file, lambda: station.state, clock))
    async with asyncio.timeout(20):
        await enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_every_group_is_in_somebodys_profile_whatever_the_counters(played: Make) -> None:
    hall = played()
    hall.warm_up(minutes=0)
    plan, state = hall.hall._plan, hall.station.state
    for count in range(1, 9):
        numbers = [str(number) for number in range(1, count + 1)]
        fewer = msgspec.structs.replace(state, counters=dict.fromkeys(numbers, state.counters["1"]))
        found = profiles(plan, fewer)
        assert set(found) == set(numbers) - {"3"}
        assert {group for groups in found.values() for group in groups} == set(state.groups)


def test_a_counter_that_a_person_took_is_left_to_the_person(played: Make) -> None:
    hall = played(start=time(8, 30))
    hall.now = NOW.replace(hour=8)
    hall.station.execute("setup", *setup_of(hall))
    hall.station.execute("x", OpenCounter(counter="1", groups=("TV",)), TRAINEE, hall.now)
    hall.warm_up(minutes=0)
    hall.forward(hours=1)

    assert hall.station.state.counters["1"].officer == TRAINEE.id
    assert not any(getattr(command, "counter", "") == "1" for _, command, _, _ in hall.given)


def setup_of(hall: Played) -> tuple[AnyCommand, Actor, datetime]:
    return setup(hall.station.index), SETUP, hall.now


def test_the_hall_finds_its_way_on_a_running_station_without_a_warm_up(played: Make) -> None:
    hall = played()
    hall.station.execute("setup", *setup_of(hall))
    hall.station.execute("t", IssueTicket(group="TV"), Actor(id="m", role="ticket_machine"), hall.now)
    hall.warm_up()
    hall.forward(minutes=30)
    assert hall.station.state.tickets["20261123-A001"].state == "finished"
