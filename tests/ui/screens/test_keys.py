"""Every action in every state of the counter: what the key bar says is what the key does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from counterdesk.catalog.pinyin import every_reading
from counterdesk.locale import Words
from counterdesk.screens.actions import ACTIONS, BY_ID, actions
from counterdesk.screens.questions import action_choices
from counterdesk.screens.views.bars import key_hints
from counterdesk.settings import keymap
from counterdesk.station import commands as c
from tests.ui.screens.counter import COUNTER, KEYS, AtCounter, at_counter

Reach = Callable[[AtCounter], Awaitable[None]]


async def idle(counter: AtCounter) -> None:
    """Nobody at the counter, two waiting."""


async def called(counter: AtCounter) -> None:
    """Somebody is called."""
    await counter.call()


async def serving(counter: AtCounter) -> None:
    """Somebody is served, a draft is open."""
    await counter.serve()


async def held(counter: AtCounter) -> None:
    """Somebody was served and is put aside."""
    await counter.serve()
    await counter.press("hold", "1")


async def paused(counter: AtCounter) -> None:
    """The counter makes a break."""
    counter.hand(c.PauseCounter(counter=COUNTER, reason="break"), counter.screen.scene().actor)  # type: ignore[arg-type]
    await counter.until(lambda: counter.scene.counter is not None and counter.scene.counter.state == "paused")
    await counter.quiet()  # it is told that others did that


STATES: tuple[Reach, ...] = (idle, called, serving, held, paused)


@pytest.mark.parametrize("reach", STATES, ids=lambda reach: reach.__name__)
async def test_a_key_that_cannot_be_pressed_says_why(reach: Reach) -> None:
    async with at_counter("TV", "TV") as counter:
        await reach(counter)
        scene = counter.scene
        reasons = {action.id: action.blocked(scene) for action in ACTIONS if action.key}
        hints = {hint.key: hint.legal for hint in key_hints(scene, KEYS)}
        names = {action.id: action for action in ACTIONS if action.on_key_bar}
        assert list(hints.values()) == [not reasons[name] for name in names]
        before = list(counter.sent)
        for name, reason in reasons.items():
            if not reason:
                continue
            await counter.press(name)
            assert counter.sent == before, name
            if name == "advance":  # it says more than its refusal: what is open, and goes there
                assert counter.message
            else:
                assert counter.message == counter.words("say.blocked", action=BY_ID[name].label(scene), reason=reason)
            assert "⟨" not in counter.message


@pytest.mark.parametrize("reach", STATES, ids=lambda reach: reach.__name__)
async def test_help_gives_every_action_and_its_reason(reach: Reach) -> None:
    async with at_counter("TV", "TV") as counter:
        await reach(counter)
        await counter.press("help")
        scene, page = counter.scene, counter.page
        for action in actions(scene):
            assert action.label(scene) in page
            if reason := action.blocked(scene):
                assert reason in page.replace("\n", "") or reason[:12] in page
        assert "⟨" not in page
        await counter.press("help")
        assert counter.screen.page == ""


@pytest.mark.parametrize(
    ("reach", "key", "command"),
    [
        (idle, "call_next", c.CallNext(counter=COUNTER)),
        (called, "start", c.StartService(counter=COUNTER)),
        (called, "no_show", c.MarkNoShow(counter=COUNTER)),
        (called, "recall", c.Recall(counter=COUNTER)),
        (called, "undo", c.UndoStep(counter=COUNTER)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_key_that_can_be_pressed_is_sent_once(reach: Reach, key: str, command: c.AnyCommand) -> None:
    async with at_counter("TV", "TV") as counter:
        await reach(counter)
        counter.sent.clear()
        await counter.press(key)
        assert counter.sent[0] == command
        assert sum(sent == command for sent in counter.sent) == 1
        assert counter.message
        assert "⟨" not in counter.message


@pytest.mark.parametrize(("digit", "kind"), [("1", "papers_out"), ("2", "papers_kept"), ("3", "step_wait")])
async def test_the_three_holds_and_back(digit: str, kind: str) -> None:
    async with at_counter("TV") as counter:
        await counter.serve()
        ticket = counter.current
        assert ticket is not None
        await counter.press("hold", digit)
        assert counter.sent[-1] == c.HoldTicket(counter=COUNTER, kind=kind)  # type: ignore[arg-type]
        assert counter.current is None
        await counter.press("hold")
        assert counter.last == c.ResumeTicket(counter=COUNTER, ticket=ticket.id)
        assert counter.current is not None


async def test_a_transfer_to_another_group() -> None:
    async with at_counter("TV") as counter:
        await counter.call()
        await counter.press("transfer")
        choices = counter.chooser.view.choices
        closed = next(choice for choice in choices if choice.id == "counter:1")
        assert closed.blocked  # nobody sits there
        before = list(counter.sent)
        await counter.press(closed.digit)
        assert counter.sent == before
        assert closed.blocked in counter.message
        group = next(choice for choice in choices if choice.id == "group:DV")
        await counter.press(group.digit)
        assert counter.sent[-1] == c.TransferTicket(counter=COUNTER, to_group="DV")
        assert counter.current is None


async def test_a_call_while_somebody_is_served_asks_first() -> None:
    async with at_counter("TV", "TV") as counter:
        await counter.serve()
        before = list(counter.sent)
        await counter.press("call_next")
        stay, hold, finish = counter.chooser.view.choices
        assert (stay.id, hold.id, finish.id) == ("stay", "hold", "finish")
        assert finish.blocked  # there is a draft
        await counter.press("3")
        assert finish.blocked in counter.message
        await counter.press("1")
        assert counter.sent == before
        await counter.press("call_next", "escape")
        assert counter.sent == before
        await counter.press("call_next", "2")
        assert counter.sent[-2:] == [c.HoldTicket(counter=COUNTER, kind="papers_out"), c.CallNext(counter=COUNTER)]
        assert counter.current is not None
        assert counter.current.number == "A002"


async def test_a_visit_with_a_draft_is_not_simply_done() -> None:
    async with at_counter("TV") as counter:
        await counter.serve()
        before = list(counter.sent)
        await counter.press("finish")
        done = counter.chooser.view.choices[0]
        assert done.id == "done"
        assert done.blocked
        await counter.press("1")
        assert counter.sent == before
        assert done.blocked in counter.message
        able = next(choice for choice in counter.chooser.view.choices if not choice.blocked)
        await counter.press(able.digit)
        assert counter.sent[-1] == c.FinishTicket(counter=COUNTER, outcome=able.id)  # type: ignore[arg-type]
        assert counter.current is None
        assert counter.message == counter.words("say.finished", number="A001")
        await counter.press("undo")
        assert counter.last == c.UndoStep(counter=COUNTER)
        assert counter.current is not None
        assert counter.current.state == "serving"


async def test_the_list_of_commands_filters_and_does() -> None:
    async with at_counter("TV", "TV") as counter:
        await counter.call()
        await counter.press("commands")
        everything = len(counter.chooser.view.choices)
        assert everything == len(actions(counter.scene)) - 1
        await counter.type(BY_ID["no_show"].label(counter.scene))
        await counter.until(lambda: len(counter.chooser.view.choices) < everything)
        await counter.press("enter")
        assert counter.sent[-1] == c.MarkNoShow(counter=COUNTER)
        await counter.press("commands")
        await counter.type("no such thing")
        await counter.until(lambda: not counter.chooser.view.choices)
        assert counter.chooser.view.empty
        before = list(counter.sent)
        await counter.press("enter", "escape")
        assert counter.sent == before


async def test_a_blocked_command_of_the_list_says_why() -> None:
    async with at_counter("TV") as counter:
        await counter.press("commands")
        await counter.type(BY_ID["start"].label(counter.scene))
        choice = counter.chooser.view.choices[0]
        await counter.until(lambda: counter.chooser.view.choices[0].id == "start")
        choice = counter.chooser.view.choices[0]
        assert choice.blocked
        await counter.press("enter")
        assert choice.blocked in counter.message
        assert counter.sent == []


async def test_an_action_without_a_key_can_be_given_one() -> None:
    async with at_counter("TV", keys=keymap({"call_for_help": "ctrl+s"})) as counter:
        await counter.serve()
        await counter.pilot.press("ctrl+s")
        await counter.until(lambda: counter.world.station.state.help, "the call")
        await counter.press("help")
        assert "none-" not in counter.text(), "and what has none names none"


def test_every_action_is_found_by_the_sound_of_its_name() -> None:
    words, sounds = Words.load("zh_CN"), every_reading()
    rows = [(one.id, words(f"action.{one.id}"), words(f"action_help.{one.id}"), "", "") for one in ACTIONS]
    for identifier, label, *_ in rows:
        spoken = [sounds[char][0] for char in label]
        for typed in ("".join(spoken), "".join(syllable[0] for syllable in spoken), " ".join(spoken)):
            assert identifier in [choice.id for choice in action_choices(rows, typed)], (label, typed)
    for typed, first in (("kc", "open_counter"), ("jiaob", "hand_over_shift"), ("ztfw", "pause_counter")):
        assert action_choices(rows, typed)[0].id == first
    blocked = [(*row[:4], "not now") if row[0] == "open_counter" else row for row in rows]
    assert action_choices(blocked, "kc")[-1].id == "open_counter"
    assert action_choices(rows, "qqqqqq") == ()


async def test_what_is_said_names_the_keys_that_actions_have() -> None:
    async with at_counter("TV", keys=keymap({"call_next": "f5", "hold": "f2", "recall": "ctrl+s"})) as counter:
        assert "按F5叫下一位" in counter.text()
        await counter.press("f5")
        await counter.until(lambda: counter.scene.current is not None, "the call")
        assert "到窗按F3,未到按F4,重呼按Ctrl+S" in counter.text()
