"""The telephone: it rings, is answered or held, and whoever waits too long gives up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from counterdesk.practice.course import Call
from counterdesk.practice.phone import HELD, Kind, Phone

CALLS = tuple(Call(after=after, topic="papers", service="idcard.renew", rings=20) for after in (1.0, 1.2))
KINDS: tuple[Kind, ...] = ("answer", "hold", "resume", "told", "refused")


def kinds(phone: Phone) -> list[tuple[int, int, str]]:
    return [(act.at, act.call, act.kind) for act in phone.acts]


def test_it_rings_until_somebody_answers_or_the_caller_gives_up() -> None:
    phone = Phone(CALLS[:1])
    assert phone.lines(59) == ()
    assert phone.lines(60) == ((0, "ringing"),)
    assert phone.possible(79) == ("answer",)
    assert phone.lines(80) == ()
    assert kinds(phone) == [(80, 0, "missed")]
    assert phone.do(81, "answer") is None


def test_a_caller_is_held_for_so_long_and_no_longer() -> None:
    phone = Phone(CALLS[:1])
    phone.do(60, "answer")
    assert phone.possible(61) == ("hold", "told", "refused")
    phone.do(70, "hold")
    assert phone.possible(70 + HELD - 1) == ("resume",)
    assert phone.lines(70 + HELD) == ()
    assert kinds(phone)[-1] == (70 + HELD, 0, "lost")


def test_one_is_talked_to_while_the_next_one_rings() -> None:
    phone = Phone(CALLS)
    phone.do(60, "answer")
    assert phone.lines(75) == ((0, "talking"), (1, "ringing"))
    assert "answer" not in phone.possible(75), "one at a time"
    phone.do(76, "hold")
    phone.do(77, "answer")
    assert phone.lines(78) == ((0, "held"), (1, "talking"))
    phone.do(79, "refused")
    phone.do(80, "resume")
    phone.do(90, "told")
    assert phone.lines(91) == ()
    assert kinds(phone)[-3:] == [(79, 1, "refused"), (80, 0, "resume"), (90, 0, "told")]


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(KINDS)), max_size=30))
def test_whatever_is_pressed_every_call_ends_once_and_one_is_talked_to_at_most(keys: list[tuple[int, Kind]]) -> None:
    phone, at = Phone(CALLS), 50
    for seconds, kind in keys:
        at += seconds
        possible = phone.possible(at)
        assert (phone.do(at, kind) is not None) == (kind in possible)
        assert [state for _, state in phone.lines(at)].count("talking") <= 1
    if ("talking") in [state for _, state in phone.lines(at)]:
        phone.do(at, "told")
    while "resume" in phone.possible(at) or "answer" in phone.possible(at):
        phone.do(at, "resume") or phone.do(at, "answer")
        phone.do(at, "told")
    assert phone.lines(at + 1000) == ()
    for call in range(len(CALLS)):
        ends = [act for act in phone.acts if act.call == call and act.kind in ("told", "refused", "missed", "lost")]
        assert len(ends) == 1
