"""The change of shift, a leader at a dead desk, and why nobody answers."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from counterdesk.backends.base import Hint
from counterdesk.screens.actions import BY_ID
from counterdesk.screens.sign_in import SignIn
from counterdesk.station import commands as c
from counterdesk.station.exchange import LONGEST_NOTE, ShiftNote
from counterdesk.station.model import Ticket
from counterdesk.station.roles import Actor
from counterdesk.widgets.message_line import MessageLine
from tests.ui.screens.counter import COUNTER, NOW, OFFICER, AtCounter, at_counter

SECOND = Actor(id="031299", role="officer")
NOTE = "张测试的材料在右边抽屉,周四来取"
GROUPS = ("TV", "HK", "ID", "EE")


def lying(counter: AtCounter) -> ShiftNote | None:
    """What lies at the station for the next shift."""
    return counter.world.store.read_note(COUNTER)


async def go(counter: AtCounter, note: str = "") -> None:
    """Hand over, up to the last question."""
    counter.screen.do("hand_over_shift")
    await counter.pilot.pause()
    if note:
        await counter.type(note)
        await counter.until(lambda: counter.chooser.typed_text == note)
    await counter.press("enter")


def signing_in(counter: AtCounter) -> bool:
    """Whether the desk asks who is there."""
    screen = counter.pilot.app.screen
    return isinstance(screen, SignIn) and screen.focused is not None


async def test_what_is_left_is_shown_and_the_note_lies_at_the_station_beside_the_stream() -> None:
    async with at_counter(("HK", "hukou.birth"), "TV") as counter:
        await counter.serve()
        await counter.press("hold", "2")
        await counter.until(lambda: counter.scene.current is None)
        counter.screen.do("hand_over_shift")
        await counter.pilot.pause()
        prompt = counter.chooser.view.prompt
        assert counter.words("shift.held", count=1, numbers="H001") in prompt
        assert counter.words("shift.drafts", count=1, numbers="H001") in prompt
        counter.sent.clear()
        await counter.type(NOTE)
        await counter.until(lambda: counter.words("shift.room", count=LONGEST_NOTE - len(NOTE)) in counter.text())
        await counter.press("enter")
        assert NOTE in counter.chooser.view.prompt
        assert counter.sent == []  # nothing goes before the officer has said yes
        await counter.press("2")
        await counter.until(lambda: signing_in(counter))
        note = lying(counter)
        assert note is not None
        assert (note.counter, note.author, note.text, note.at) == (COUNTER, OFFICER, NOTE, NOW)
        assert counter.sent == [c.CloseCounter(counter=COUNTER)]
        assert all(NOTE not in str(recorded) for recorded in counter.world.store.events(0))
        assert counter.world.station.state.counters[COUNTER].state == "closed"
        shown = counter.text()
        assert counter.words("sign_in.why.handed_over") in shown
        assert "H001" not in shown
        assert counter.chooser.typed_text == ""


async def test_the_next_officer_sees_the_note_first_and_takes_it_away() -> None:
    async with at_counter("TV") as counter:
        await go(counter, NOTE)
        await counter.press("2")
        await counter.until(lambda: signing_in(counter))
        asked = counter.pilot.app.screen
        asked.query_one("#officer", Input).value = SECOND.id
        asked.query_one("#password", Input).value = "any"
        await counter.pilot.press("enter")
        await counter.until(lambda: counter.scene.desk.note)
        await counter.quiet()
        assert counter.words("shift.note", officer=OFFICER, time="11-23 10:00") in counter.message
        assert counter.page.index(NOTE) < counter.page.index(counter.words("idle.free"))
        await counter.press("enter")
        assert counter.chooser.view.id == "take_note"
        await counter.press("1")  # no: it stays
        assert lying(counter) is not None
        await counter.press("enter", "2")
        await counter.until(lambda: counter.scene.desk.note is None)
        await counter.quiet()
        assert lying(counter) is None
        assert NOTE not in counter.text()
        assert counter.message == counter.words("say.note_taken")


async def test_no_note_is_no_note() -> None:
    async with at_counter() as counter:
        counter.screen.do("hand_over_shift")
        await counter.pilot.pause()
        assert counter.words("shift.nothing") in counter.chooser.view.prompt
        await counter.press("enter")
        assert counter.words("shift.sure") == counter.chooser.view.prompt
        await counter.press("2")
        await counter.until(lambda: signing_in(counter))
        assert lying(counter) is None


@pytest.mark.parametrize("key", ["1", "escape"])
async def test_back_from_the_last_question_keeps_what_was_written(key: str) -> None:
    async with at_counter() as counter:
        await go(counter, NOTE)
        await counter.press(key)
        assert counter.chooser.view.id == "shift"
        assert counter.chooser.typed_text == NOTE
        await counter.type("!")
        await counter.until(lambda: not counter.chooser._stale)
        await counter.press("escape")
        assert counter.screen.question is None
        assert counter.sent == []
        assert lying(counter) is None
        await counter.press("commands", "escape")
        counter.screen.do("hand_over_shift")
        await counter.pilot.pause()
        assert counter.chooser.typed_text == NOTE + "!"


async def test_a_note_has_an_end() -> None:
    async with at_counter() as counter:
        await go(counter, "啊" * LONGEST_NOTE)
        await counter.press("1")
        await counter.type("哦")
        assert counter.chooser.typed_text == "啊" * LONGEST_NOTE
        await counter.press("enter", "2")
        await counter.until(lambda: signing_in(counter))
        note = lying(counter)
        assert note is not None
        assert note.text == "啊" * LONGEST_NOTE


async def test_nobody_goes_home_while_a_citizen_stands_there_or_the_line_is_cut() -> None:
    async with at_counter("TV", "TV") as counter:
        for reach in (counter.call, lambda: counter.press("start")):
            await reach()
            counter.screen.do("hand_over_shift")
            assert counter.words("blocked.ticket_here") in counter.message
            assert counter.screen.question is None
        await counter.press("hold", "1")
        await counter.until(lambda: counter.scene.current is None)
        assert not BY_ID["hand_over_shift"].blocked(counter.scene)
        await counter.cut_line()
        assert BY_ID["hand_over_shift"].blocked(counter.scene) == counter.words("blocked.offline")


async def test_a_note_that_does_not_arrive_is_said_and_not_typed_twice() -> None:
    async with at_counter() as counter:
        await go(counter, NOTE)
        counter.backend.down = True
        counter.sent.clear()
        await counter.press("2")
        why = counter.words("shift.failed.unreachable")
        await counter.until(lambda: counter.words("say.note_failed", why=why) == counter.message)
        assert counter.sent == []
        assert not signing_in(counter)
        counter.backend.down = False
        counter.screen.do("hand_over_shift")
        await counter.pilot.pause()
        assert counter.chooser.typed_text == NOTE


async def test_what_the_last_officer_typed_is_not_there_for_the_next_one() -> None:
    async with at_counter() as counter:
        counter.screen.do("hand_over_shift")
        await counter.pilot.pause()
        await counter.type(NOTE)
        counter.screen.do("lock")
        await counter.until(lambda: signing_in(counter))
        assert NOTE not in str(counter.chooser.typed_text) + counter.text()


async def test_a_note_that_still_lies_there_is_replaced_knowingly() -> None:
    async with at_counter() as counter:
        counter.hand(c.CloseCounter(counter=COUNTER), Actor(id=OFFICER, role="officer"))
        counter.hand(c.OpenCounter(counter=COUNTER, groups=GROUPS), SECOND)
        counter.world.station.write_note(COUNTER, "旧留言", SECOND, NOW)
        counter.hand(c.CloseCounter(counter=COUNTER), SECOND)
        await counter.until(lambda: counter.scene.counter is not None and counter.scene.counter.state == "closed")
        assert BY_ID["take_note"].blocked(counter.scene) == counter.words("blocked.no_note")
        counter.screen.do("open_counter")
        await counter.until(lambda: counter.scene.desk.note)
        counter.screen.do("hand_over_shift")
        await counter.pilot.pause()
        who = counter.words("shift.note", officer=SECOND.id, time="11-23 10:00")
        assert counter.words("shift.replaces", who=who) in counter.chooser.view.prompt


async def test_leaving_with_something_unsent_says_what_becomes_of_it() -> None:
    async with at_counter("TV") as counter:
        await counter.cut_line()
        counter.screen.do("call_next")
        await counter.until(lambda: counter.desk.state.pending)
        counter.screen.do("quit")
        await counter.pilot.pause()
        assert counter.words("menu.quit_lost") in counter.chooser.view.prompt  # practice keeps nothing
        assert counter.words("menu.quit", pending=1, serving=0) in counter.chooser.view.prompt


# The leader's hand.


async def elsewhere(counter: AtCounter, *, serving: bool = False) -> Ticket:
    """The first ticket is called, or served, at counter 4."""
    counter.hand(c.OpenCounter(counter="4", groups=("TV",)), SECOND)
    counter.hand(c.CallNext(counter="4"), SECOND)
    if serving:
        counter.hand(c.StartService(counter="4"), SECOND)
    await counter.until(lambda: counter.scene.station.current_ticket("4"))
    counter.screen.present()
    ticket = counter.scene.station.current_ticket("4")
    assert ticket is not None
    return ticket


def ticket_now(counter: AtCounter, ticket: Ticket) -> Ticket:
    """As the station knows it."""
    return counter.world.station.state.tickets[ticket.id]


async def test_an_overdue_call_is_marked_for_everybody_and_settled_by_nobody_but_a_leader() -> None:
    async with at_counter("TV", "TV") as counter:
        ticket = await elsewhere(counter)
        assert counter.words("queue.unattended") not in counter.text()
        counter.pass_time(minutes=5)
        counter.screen.present()
        await counter.pilot.pause()
        row = next(row for row in counter.text().splitlines() if counter.words("queue.unattended") in row)
        assert ticket.number in row
        assert counter.words("queue.mark.overdue") in row
        counter.screen.doing.ask_ticket(counter.scene, ticket.id)
        reasons = {choice.blocked for choice in counter.chooser.view.choices}
        assert reasons == {counter.words("blocked.leader_only")}


@pytest.mark.parametrize(
    ("choice", "state"), [("Requeue", "waiting"), ("MarkNoShow", "no_show"), ("TicketLeaves", "left")]
)
async def test_a_leader_settles_an_overdue_call(choice: str, state: str) -> None:
    async with at_counter("TV", "TV", role="leader") as counter:
        ticket = await elsewhere(counter)
        counter.screen.doing.ask_ticket(counter.scene, ticket.id)
        running = {found.id: found.blocked for found in counter.chooser.view.choices}
        assert running[choice] == counter.words("refused.lease_running", number=ticket.number, seconds=120)
        await counter.press("1")
        assert running["Requeue"] in counter.message
        await counter.press("escape")
        counter.pass_time(minutes=5)
        counter.screen.doing.ask_ticket(counter.scene, ticket.id)
        digit = next(found.digit for found in counter.chooser.view.choices if found.id == choice)
        await counter.press(digit)
        await counter.until(lambda: ticket_now(counter, ticket).state == state)


async def test_a_leader_gives_an_overdue_call_to_his_own_counter() -> None:
    async with at_counter("TV", "TV", role="leader") as counter:
        ticket = await elsewhere(counter)
        counter.pass_time(minutes=5)
        counter.screen.present()
        await counter.press("switch_panel", "enter")  # it comes first in the queue
        assert counter.chooser.view.id == f"elsewhere:{ticket.id}"
        digit = next(found.digit for found in counter.chooser.view.choices if found.id == "TransferTicket")
        await counter.press(digit)
        place = next(found for found in counter.chooser.view.choices if found.id == f"counter:{COUNTER}")
        await counter.press(place.digit)
        await counter.until(lambda: ticket_now(counter, ticket).for_counter == COUNTER)
        assert counter.last == c.TransferTicket(counter="4", to_counter=COUNTER)


@pytest.mark.parametrize(("choice", "state"), [("HoldTicket", "held"), ("Requeue", "waiting")])
async def test_a_ticket_at_a_dead_desk_is_held_or_put_back_after_a_look(choice: str, state: str) -> None:
    async with at_counter("TV", "TV", role="leader") as counter:
        ticket = await elsewhere(counter, serving=True)
        assert counter.words("queue.elsewhere") in counter.text()
        for answer in ("1", "2"):
            counter.screen.doing.ask_ticket(counter.scene, ticket.id)
            digit = next(found.digit for found in counter.chooser.view.choices if found.id == choice)
            await counter.press(digit)
            assert counter.chooser.view.id == "served_elsewhere"
            assert ticket.number in counter.chooser.view.prompt
            assert ticket_now(counter, ticket).state == "serving"
            await counter.press(answer)
        await counter.until(lambda: ticket_now(counter, ticket).state == state)


async def test_whoever_came_to_the_counter_meanwhile_is_left_alone() -> None:
    async with at_counter("TV", "TV", role="leader") as counter:
        ticket = await elsewhere(counter, serving=True)
        counter.screen.doing.ask_ticket(counter.scene, ticket.id)
        await counter.press("1")
        counter.hand(c.FinishTicket(counter="4", outcome="come_back"), SECOND)
        counter.hand(c.CallNext(counter="4"), SECOND)
        counter.hand(c.StartService(counter="4"), SECOND)
        await counter.until(lambda: counter.scene.station.current_ticket("4") not in (None, ticket))
        await counter.until(lambda: getattr(counter.scene.station.current_ticket("4"), "state", "") == "serving")
        counter.sent.clear()
        await counter.press("2")
        assert counter.sent == []
        assert counter.message == counter.words("say.moved_on", number=ticket.number)


async def test_a_leader_unlocks_an_officer() -> None:
    async with at_counter(role="leader") as counter:
        counter.screen.do("unlock_officer")
        await counter.pilot.pause()
        await counter.press("enter")
        assert counter.backend.unlocked == ""  # nobody was named
        counter.screen.do("unlock_officer")
        await counter.pilot.pause()
        await counter.type("031299")
        await counter.press("enter")
        await counter.until(lambda: counter.message == counter.words("say.unlocked", officer="031299"))
        assert counter.backend.unlocked == "031299"
        counter.screen.do("unlock_officer")
        await counter.pilot.pause()
        counter.backend.down = True
        await counter.type("031298")
        await counter.press("enter")
        why = counter.words("shift.failed.unreachable")
        await counter.until(lambda: counter.message == counter.words("say.unlock_failed", why=why))


async def test_nobody_else_unlocks() -> None:
    async with at_counter() as counter:
        assert BY_ID["unlock_officer"].blocked(counter.scene) == counter.words("blocked.leader_only")


# Why nobody answers.


@pytest.mark.parametrize("hint", ["certificate_needed", "certificate_untrusted"])
async def test_a_certificate_is_named_in_words(hint: Hint) -> None:
    async with at_counter() as counter:
        await counter.cut_line(hint)
        await counter.until(lambda: counter.message == counter.words(f"unreachable.{hint}"))
        counter.screen.do("lock")
        await counter.until(lambda: signing_in(counter))
        asked = counter.pilot.app.screen
        assert isinstance(asked, SignIn)
        asked.told(failed="", away=True, hint=hint)
        assert asked.query_one(MessageLine).message == counter.words(f"unreachable.{hint}")
