"""The chooser: digits, arrows, typing, blocked choices, and keys that come faster than the choices."""

from __future__ import annotations

from dataclasses import replace

from textual import events

from counterdesk.text import cells
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.values import Choice, ChooserView
from tests.ui.widgets.stage import staged

VIEW = ChooserView(
    "hold",
    "挂起",
    "怎样挂起A057?",
    (Choice("out", "不持件", "1"), Choice("keep", "持件", "2", blocked="没有材料"), Choice("wait", "等待", "3")),
)
TYPED = replace(VIEW, id="service", typed=True, empty="没有")


async def test_digits_arrows_enter_escape() -> None:
    chooser = Chooser()
    async with staged(chooser) as play:
        chooser.show(VIEW)
        await play.press("3", "enter", "down", "down", "enter", "x", "escape")
        await play.settle()
        chosen = [(message.chooser_id, message.choice_id) for message in play.said(Chooser.Chosen)]
        assert chosen == [("hold", "wait"), ("hold", "out"), ("hold", "wait")]
        assert len(play.said(Chooser.Cancelled)) == 1


async def test_a_blocked_choice_gives_its_reason() -> None:
    chooser = Chooser()
    async with staged(chooser) as play:
        chooser.show(VIEW)
        assert "没有材料" in play.text()
        await play.press("2", "down", "enter")
        await play.settle()
        assert [(m.choice_id, m.reason) for m in play.said(Chooser.Blocked)] == [("keep", "没有材料")] * 2
        assert play.said(Chooser.Chosen) == []


async def test_typing_asks_for_choices_and_keeps_the_highlighted_one() -> None:
    chooser = Chooser()
    async with staged(chooser) as play:
        chooser.show(TYPED)
        await play.press("c", "j")
        await play.settle()
        assert [message.text for message in play.said(Chooser.Filtered)] == ["c", "cj"]
        chooser.show(replace(TYPED, choices=TYPED.choices[2:]))
        await play.press("7")
        await play.settle()
        assert chooser.typed_text == "cj7", "a digit that no choice carries is typed"
        chooser.show(replace(TYPED, choices=()))
        assert "没有" in play.text()
        await play.press("enter")
        await play.settle()
        assert [message.text for message in play.said(Chooser.Entered)] == ["cj7"]


async def test_keys_faster_than_the_choices_wait_for_them() -> None:
    chooser = Chooser()
    async with staged(chooser) as play:
        chooser.show(TYPED)
        await play.press("d", "enter", "escape")
        await play.settle()
        assert play.said(Chooser.Chosen) == [], "the choices of before are not taken"
        assert len(play.said(Chooser.Cancelled)) == 1
        chooser.show(TYPED)
        await play.press("d", "enter")
        chooser.show(replace(TYPED, choices=TYPED.choices[2:]))
        await play.settle()
        assert [message.choice_id for message in play.said(Chooser.Chosen)] == ["wait"]


async def test_a_paste_is_typed_and_takes_nothing() -> None:
    chooser = Chooser()
    async with staged(chooser) as play:
        chooser.show(TYPED)
        chooser.post_message(events.Paste("1\n2\x1b\n"))
        await play.settle()
        assert chooser.typed_text.startswith("1 2")
        assert "\x1b" not in chooser.typed_text
        assert play.said(Chooser.Chosen) == []


async def test_another_question_starts_anew() -> None:
    chooser = Chooser()
    async with staged(chooser) as play:
        chooser.show(TYPED)
        await play.press("a", "down")
        chooser.show(replace(TYPED, id="other"), typed="张")
        await play.settle()
        assert chooser.typed_text == "张"
        assert chooser.highlighted == TYPED.choices[0]


async def test_the_same_question_asked_again_starts_anew() -> None:
    chooser = Chooser()
    async with staged(chooser) as play:
        for last in ("escape", "enter"):
            chooser.show(TYPED)
            assert chooser.typed_text == ""
            await play.press("a")
            chooser.show(replace(TYPED, prompt="?"))
            assert chooser.typed_text == "a"
            await play.press("down", last)


async def test_long_and_hostile_lists_keep_the_frame() -> None:
    words = ("[/]", "\x1b[2J", "a\u202eb", "x" * 10_000, "很长的中文" * 50)
    choices = tuple(
        Choice(f"{n}", words[n % 5], str(n % 10), words[-n % 5], words[n % 5] if n % 3 else "") for n in range(40)
    )
    chooser = Chooser()
    async with staged(chooser, size=(41, 14)) as play:
        chooser.show(ChooserView("x", words[3], words[4], choices, typed=True))
        for _ in range(3):
            for row in play.lines(chooser):
                assert cells(row) == 41
                assert row[-1] in "┐│┘"
                assert row.isprintable()
            await play.press("pagedown", "pagedown")
        assert "↑" in play.lines()[0]


async def test_keys_behind_an_answer_belong_to_the_next_question_of_a_chain() -> None:
    """A fast hand, or a slow line, sends all of them at once; without a chain they go nowhere."""
    for chained in (True, False):
        chooser = Chooser(chained=chained)
        async with staged(chooser) as play:
            chooser.show(TYPED)
            await play.press("1", "3", "enter")
            await play.settle()
            first = [message.choice_id for message in play.said(Chooser.Chosen)]
            assert first == (["out"] if chained else ["out", "wait", "out"])
            chooser.show(replace(TYPED, id="next"))
            await play.settle()
            chooser.show(replace(TYPED, id="after"))
            await play.settle()
            chosen = [(message.chooser_id, message.choice_id) for message in play.said(Chooser.Chosen)]
            if chained:
                assert chosen == [("service", "out"), ("next", "wait"), ("after", "out")]
            else:
                assert {identifier for identifier, _ in chosen} == {"service"}


async def test_what_was_typed_ahead_can_be_dropped() -> None:
    chooser = Chooser(chained=True)
    async with staged(chooser) as play:
        chooser.show(TYPED)
        await play.press("1", "3")
        await play.settle()
        assert chooser.answered
        chooser.drop_waiting()
        chooser.show(replace(TYPED, id="next"))
        await play.settle()
        assert not chooser.answered
        assert len(play.said(Chooser.Chosen)) == 1


async def test_what_a_line_cuts_stands_in_full_while_it_is_highlighted() -> None:
    reason = "本窗口没有办理这类事项的资格,请转到有资格的窗口,或请带班领导调整业务,再回到这里办理"
    choices = (Choice("a", "甲", "1", "短"), Choice("b", "乙", "2", blocked=reason * 2))
    chooser = Chooser()
    async with staged(chooser) as play:
        chooser.show(replace(VIEW, choices=choices))
        before = play.text()
        assert "回到这里" not in before
        await play.press("down")
        await play.settle()
        shown = play.text()
        assert "回到这里" in shown.replace("\n", "").replace("│", "").replace(" ", "")
        first = [line for line in shown.splitlines() if "甲" in line]
        assert first
        chooser.show(replace(VIEW, id="short", choices=choices[:1]))
        assert "───" not in "".join(play.text().splitlines()[1:-1])


async def test_nothing_is_aimed_at_until_somebody_points() -> None:
    chooser = Chooser()
    async with staged(chooser) as play:
        chooser.show(replace(VIEW, typed=True, aimed=False))
        await play.press("enter", "enter")
        await play.settle()
        assert chooser.highlighted is None
        assert play.said(Chooser.Chosen) == []
        await play.press("up", "down", "enter")
        await play.settle()
        assert [message.choice_id for message in play.said(Chooser.Blocked)] == ["keep"]
        chooser.show(replace(VIEW, id="next", typed=True, aimed=False))
        await play.press("x")
        assert chooser.highlighted is not None, "typing points at what it finds"
        chooser.show(replace(VIEW, id="next", typed=True, aimed=False))
        await play.press("backspace")
        chooser.show(replace(VIEW, id="next", typed=True, aimed=False))
        assert chooser.highlighted is None
