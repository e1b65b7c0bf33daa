"""What the desk does for the next shift, and for an officer who mistyped too often."""

from __future__ import annotations

from counterdesk.backends.base import Unreachable
from counterdesk.station import commands as c
from tests.unit.desk.fake import COUNTER, GROUPS, OFFICER, SECOND, Rig


async def opened(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.desk.submit(c.OpenCounter(counter=COUNTER, groups=GROUPS))
    await rig.settled()


async def test_a_note_is_left_before_the_counter_is_closed(rig: Rig) -> None:
    await opened(rig)
    rig.desk.hand_over("材料在抽屉")
    await rig.until(lambda: rig.fake.station.state.counters[COUNTER].state == "closed")
    left = rig.fake.store.read_note(COUNTER)
    assert left is not None
    assert (left.author, left.text) == ("p1", "材料在抽屉")
    assert rig.state.note is None


async def test_without_a_note_only_the_counter_is_closed(rig: Rig) -> None:
    await opened(rig)
    rig.desk.hand_over("")
    await rig.until(lambda: rig.fake.station.state.counters[COUNTER].state == "closed")
    assert rig.fake.store.read_note(COUNTER) is None


async def test_a_note_that_could_not_be_left_keeps_the_counter_open(rig: Rig) -> None:
    await opened(rig)
    rig.fake.before["write_note"].append(Unreachable())
    rig.desk.hand_over("材料在抽屉")
    await rig.until(lambda: "note_failed" in rig.kinds())
    assert rig.notices[-1].params == {"code": "unreachable"}
    assert rig.fake.station.state.counters[COUNTER].state == "open"
    assert not rig.state.pending


async def test_who_opens_the_counter_sees_the_note_and_takes_it_away(rig: Rig) -> None:
    station = rig.fake.station
    rig.start()
    await rig.online()
    now = rig.clock()
    station.execute("o", c.OpenCounter(counter=COUNTER, groups=GROUPS), SECOND, now)
    station.write_note(COUNTER, "材料在抽屉", SECOND, now)
    assert rig.state.note is None
    station.execute("x", c.CloseCounter(counter=COUNTER), SECOND, now)
    rig.desk.submit(c.OpenCounter(counter=COUNTER, groups=GROUPS))
    await rig.until(lambda: rig.state.note)
    assert rig.state.note is not None
    assert (rig.state.note.author, rig.state.note.text) == ("p2", "材料在抽屉")
    rig.desk.drop_note()
    await rig.until(lambda: rig.state.note is None)
    assert "note_taken" in rig.kinds()
    assert rig.fake.store.read_note(COUNTER) is None


async def test_a_note_goes_with_the_session_and_comes_with_the_next(rig: Rig) -> None:
    await opened(rig)
    rig.fake.station.write_note(COUNTER, "材料在抽屉", OFFICER, rig.clock())
    rig.desk.lock()
    await rig.until(lambda: rig.state.session is None)
    assert rig.state.note is None
    rig.desk.sign_in("p1", "right")
    await rig.until(lambda: rig.state.note)
    rig.desk.sign_in("p2", "also right")
    await rig.until(lambda: rig.state.session is not None and rig.state.session.actor.id == "p2")
    await rig.online()
    assert rig.state.note is None


async def test_a_note_that_could_not_be_read_is_looked_for_again(rig: Rig) -> None:
    await opened(rig)
    rig.fake.station.write_note(COUNTER, "材料在抽屉", OFFICER, rig.clock())
    rig.desk.lock()
    await rig.until(lambda: rig.state.session is None)
    rig.fake.before["read_note"].append(Unreachable())
    rig.desk.sign_in("p1", "right")
    await rig.until(lambda: len(rig.fake.called("read_note")) == 2)
    await rig.online()
    rig.fake.say(Unreachable())
    await rig.until(lambda: rig.state.note)


async def test_only_a_leader_unlocks(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.desk.unlock_officer("p2")
    await rig.until(lambda: "unlock_failed" in rig.kinds())
    assert rig.notices[-1].params == {"code": "notallowed"}
    assert rig.fake.unlocked == []


async def test_why_nobody_answers_is_kept(rig: Rig) -> None:
    rig.start()
    await rig.online()
    rig.fake.before["snapshot"] += [Unreachable(hint="certificate_untrusted")] * 9
    rig.fake.say(Unreachable())
    await rig.until(lambda: rig.state.link.hint == "certificate_untrusted")
    await rig.online()
    assert rig.state.link.hint == ""
