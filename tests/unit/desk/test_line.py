"""The line to the station: how it is made, lost and made again."""

from __future__ import annotations

import asyncio

import pytest

from counterdesk.backends.base import Alive, Misunderstood, NotAllowed, NotSignedIn, Resync, Unreachable
from counterdesk.backends.practice import PracticeBackend
from counterdesk.desk import desk
from counterdesk.station import commands as c
from counterdesk.station.events import Recorded
from tests.unit.desk.fake import COUNTER, GROUPS, NOW, Hang, Rig

OPEN = c.OpenCounter(counter=COUNTER, groups=GROUPS)
TICKET = c.IssueTicket(group=GROUPS[0])


async def test_connect_takes_a_snapshot_and_then_events(rig: Rig) -> None:
    rig.fake.give(TICKET)
    assert rig.state.link.status == "connecting"
    rig.start()
    await rig.online()
    assert [name for name, _ in rig.fake.calls] == ["sign_in", "snapshot", "events"]
    assert rig.fake.called("events") == [rig.fake.station.seq]
    assert rig.state.station == rig.fake.station.state
    assert rig.state.session is not None
    assert rig.state.session.actor.id == "p1"
    assert rig.areas == {"session", "queue", "cases", "link"}

    rig.areas.clear()
    rig.fake.give(TICKET)
    await rig.until(lambda: len(rig.state.station.tickets) == 2)
    assert rig.areas == {"queue"}
    assert rig.state.station == rig.fake.station.state


async def test_the_age_of_what_is_known(rig: Rig) -> None:
    rig.start()
    await rig.online()
    assert (rig.state.link.since, rig.state.link.heard_at) == (NOW, NOW)
    rig.clock.later(seconds=5)
    rig.fake.say(Alive(seq=rig.state.seq))
    await rig.until(lambda: rig.state.link.heard_at == rig.clock.now)
    assert rig.state.link.since == NOW

    heard = rig.clock.now
    rig.clock.later(seconds=7)
    hang = Hang()
    rig.fake.before["snapshot"].extend([Unreachable(), Unreachable(), hang])
    rig.fake.say(Unreachable())
    await rig.until(hang.began.is_set)
    assert rig.state.link.status == "offline"
    assert (rig.state.link.since, rig.state.link.heard_at) == (rig.clock.now, heard)
    rig.clock.later(seconds=60)
    hang.set()
    await rig.online()
    assert (rig.state.link.since, rig.state.link.heard_at) == (rig.clock.now, rig.clock.now)
    assert rig.fake.called("sign_in") == [("p1", "right")], "the session was still good"


async def test_offline_the_last_state_stays_and_commands_wait(rig: Rig) -> None:
    rig.start()
    await rig.online()
    hang = Hang()
    rig.fake.before["snapshot"].append(hang)
    rig.fake.say(Unreachable())
    await rig.until(hang.began.is_set)
    known = rig.state.station
    rig.fake.give(TICKET)
    ids = [rig.desk.submit(OPEN), rig.desk.submit(c.CallNext(counter=COUNTER))]
    await rig.until(lambda: len(rig.state.pending) == 2)
    assert rig.state.station == known
    assert [(p.id, p.tries) for p in rig.state.pending] == [(ids[0], 0), (ids[1], 0)]
    assert rig.fake.called("execute") == []
    hang.set()
    await rig.settled()
    assert rig.fake.executed == ids
    assert rig.kinds() == ["done", "done"]


async def test_a_stream_that_ends_is_a_broken_line(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.say(Unreachable())
    await rig.until(lambda: len(rig.fake.called("snapshot")) == 2)
    await rig.online()
    assert rig.fake.listeners == 1


async def test_resync_takes_a_new_snapshot(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.muted = True
    rig.fake.give(TICKET)
    rig.fake.muted = False
    hang = Hang()
    rig.fake.before["snapshot"].append(hang)
    rig.fake.say(Resync())
    await rig.until(hang.began.is_set)
    assert rig.state.link.status == "resyncing"
    hang.set()
    await rig.online()
    assert rig.state.station == rig.fake.station.state
    assert len(rig.fake.called("sign_in")) == 1


async def test_a_gap_is_not_believed_until_it_is_filled(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.muted = True
    before = rig.state.seq
    rig.fake.give(TICKET)
    rig.fake.give(TICKET)
    first, second = rig.fake.store.events(before)
    rig.clock.later(seconds=1)
    rig.fake.say(second)
    await rig.until(lambda: rig.state.link.heard_at == rig.clock.now)
    assert rig.state.seq == before
    rig.fake.say(first)
    rig.fake.say(first)
    rig.fake.say(second)
    await rig.until(lambda: rig.state.seq == before + 2)
    assert rig.state.station == rig.fake.station.state


async def test_an_ended_session_is_opened_again_with_the_same_words(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.expire()
    await rig.until(lambda: len(rig.fake.called("snapshot")) == 2)
    await rig.online()
    assert rig.fake.called("sign_in") == [("p1", "right")] * 2
    assert rig.kinds() == []


@pytest.mark.parametrize("streams", [True, False], ids=["the stream ends too", "the stream stands"])
async def test_a_command_that_meets_an_ended_session_is_sent_again(rig: Rig, streams: bool) -> None:
    rig.start()
    await rig.online()
    hang = Hang()
    rig.fake.before["execute"].append(hang)
    command = rig.desk.submit(OPEN)
    await rig.until(hang.began.is_set)
    rig.fake.expire(streams=False)
    hang.set()
    if streams:
        await rig.until(lambda: rig.state.session is None)
        rig.fake.expire()
    await rig.settled()
    await rig.online()
    assert rig.fake.executed == [command]
    assert rig.fake.called("sign_in") == [("p1", "right")] * 2
    assert rig.kinds() == ["done"]
    assert rig.fake.listeners == 1


async def test_a_file_that_meets_an_ended_session_is_saved_again(rig: Rig) -> None:
    rig.start()
    await rig.online()
    await rig.with_case()
    rig.fake.expire(streams=False)
    rig.type("name", "张")
    await rig.until(lambda: rig.stored().entered == {"name": "张"})
    await rig.settled()
    assert set(rig.kinds()) == {"done"}


async def test_a_wrong_password_is_said_and_not_tried_again(rig: Rig) -> None:
    rig.desk.sign_in("p1", "wrong")
    rig.start()
    await rig.until(lambda: rig.state.link.status == "signed_out")
    assert rig.kinds() == ["sign_in_failed"]
    for _ in range(50):
        await asyncio.sleep(0)
    rig.desk.retry_now()
    for _ in range(50):
        await asyncio.sleep(0)
    assert rig.fake.called("sign_in") == [("p1", "wrong")]

    rig.desk.sign_in("p2", "also right")
    await rig.online()
    assert rig.state.session is not None
    assert rig.state.session.actor.id == "p2"


async def test_the_password_changed_while_the_session_ran_out(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.before["sign_in"].append(NotSignedIn())
    rig.fake.expire()
    await rig.until(lambda: rig.state.link.status == "signed_out")
    assert rig.kinds() == ["sign_in_failed"]
    assert rig.state.session is None


async def test_nobody_is_signed_in_at_first() -> None:
    rig = Rig(officer="", password="")
    assert rig.state.link.status == "signed_out"
    rig.start()
    for _ in range(20):
        await asyncio.sleep(0)
    assert rig.fake.calls == []
    rig.desk.sign_in("p1", "right")
    await rig.online()
    await rig.inline.stop()


async def test_new_credentials_while_the_old_are_being_checked(rig: Rig) -> None:
    slow = Hang()
    rig.fake.before["sign_in"].append(slow)
    rig.start()
    await rig.until(slow.began.is_set)
    rig.desk.sign_in("p2", "also right")
    slow.set()
    await rig.online()
    assert rig.state.session is not None
    assert rig.state.session.actor.id == "p2"
    assert rig.fake.actor is not None
    assert rig.fake.actor.id == "p2"


async def test_another_officer_signs_in_while_the_line_stands(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.desk.sign_in("p2", "also right")
    rig.desk.sign_in("p2", "also right")
    await rig.until(lambda: rig.state.session is not None and rig.state.session.actor.id == "p2")
    await rig.online()
    assert rig.fake.listeners == 1


@pytest.mark.parametrize("error", [Misunderstood("what?"), NotAllowed()])
async def test_a_station_that_cannot_be_understood_is_said_and_tried_again(rig: Rig, error: Exception) -> None:
    rig.fake.before["snapshot"].append(error)
    rig.start()
    await rig.online()
    assert rig.kinds() == ["lost"]
    assert type(error).__name__ in str(rig.notices[0].params["error"])


async def test_the_end_signs_out_and_gives_the_backend_up(rig: Rig) -> None:
    rig.start()
    await rig.online()
    await rig.inline.stop()
    assert (rig.fake.signed_out, rig.fake.closed, rig.fake.listeners) == (1, 1, 0)
    assert [name for name, _ in rig.fake.calls][-2:] == ["sign_out", "close"]


@pytest.mark.parametrize("error", [Unreachable(), RuntimeError("planted")])
async def test_the_backend_is_given_up_even_if_signing_out_fails(rig: Rig, error: Exception) -> None:
    rig.start()
    await rig.online()
    rig.fake.before["sign_out"].append(error)
    if isinstance(error, Unreachable):
        await rig.inline.stop()
    else:
        with pytest.raises(RuntimeError, match="planted"):
            await rig.inline.stop()
        rig.inline._running = None
    assert rig.fake.closed == 1


@pytest.mark.parametrize("steps", range(6))
async def test_the_end_that_comes_with_the_next_try_is_the_end(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(desk, "RETRY_SECONDS", (60.0,))
    rig.fake.before["sign_in"].extend([Unreachable("nobody"), Unreachable("nobody")])
    rig.start()
    await rig.until(lambda: rig.state.link.status == "offline")
    rig.desk.retry_now()
    for _ in range(steps):
        await asyncio.sleep(0)
    running = rig.inline._running
    assert running is not None
    running.cancel()
    assert await asyncio.wait({running}, timeout=5) == ({running}, set())
    assert rig.fake.closed == 1


async def test_a_burst_wakes_once_until_it_is_taken(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.drain()
    rig.wakes, before = 0, rig.state.seq
    for _ in range(2_000):
        rig.fake.give(TICKET)
    await rig.until(lambda: rig.state.seq == before + 2_000, drain=False)
    assert rig.wakes == 1
    assert rig.drain().areas == {"queue"}
    assert rig.state.station == rig.fake.station.state
    assert rig.drain().areas == frozenset()
    rig.fake.give(TICKET)
    await rig.until(lambda: rig.state.seq == before + 2_001)
    assert rig.wakes == 2


async def test_a_desk_at_a_practice_station() -> None:
    before = asyncio.all_tasks()
    backend = PracticeBackend(hall=False)
    rig = Rig(backend=backend)
    rig.start()
    await rig.until(lambda: rig.state.link.status == "online")
    assert rig.state.session is not None
    assert rig.state.session.mode == "practice"
    for command in (OPEN, TICKET, c.CallNext(counter=COUNTER), c.CallNext(counter="99"), c.StartService(counter="3")):
        rig.desk.submit(command)
    await rig.until(lambda: not rig.state.pending and rig.state.seq == backend.world.station.seq)
    assert rig.kinds() == ["done", "done", "done", "refused", "done"]
    assert rig.state.station == backend.world.station.state
    current = rig.state.station.current_ticket(COUNTER)
    assert current is not None
    assert current.state == "serving"
    await rig.inline.stop()
    assert asyncio.all_tasks() == before


async def test_receipt_and_stream_bring_the_same_events_once(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.muted = True  # only the receipt tells
    rig.desk.submit(OPEN)
    await rig.settled()
    rig.fake.muted = False
    told = list(rig.fake.store.events(0))
    rig.clock.later(seconds=1)
    for recorded in told:
        rig.fake.say(recorded)
    await rig.until(lambda: rig.state.link.heard_at == rig.clock.now)
    assert rig.state.seq == len(told)

    late = Hang()  # now the stream is first
    rig.fake.after["execute"].append(late)
    rig.desk.submit(c.PauseCounter(counter=COUNTER, reason="lunch"))
    await rig.until(lambda: rig.state.seq == len(told) + 1)
    assert rig.state.pending
    late.set()
    await rig.settled()
    assert rig.state.station == rig.fake.station.state
    done = [recorded for notice in rig.notices for recorded in notice.events]
    assert all(isinstance(recorded, Recorded) for recorded in done)
    assert [recorded.seq for recorded in done] == [len(told), len(told) + 1]
