"""What the hall's board shows of what is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from counterdesk.desk.board_line import BoardState
from counterdesk.locale import Words
from counterdesk.station.board import Board, BoardCall
from counterdesk.widgets.hall_board import CalledNumber, HallBoardView

NEW = 8.0
"""Seconds for which a call stands out."""
_BLINK = 1.0
"""Seconds of one turn round and back: at most three flashes a second do no harm (WCAG 2.3.1), one is enough."""

Key = tuple[str, str, datetime, int]


def key_of(call: BoardCall) -> Key:
    """What is announced once: a number at a counter, and each time it is called again."""
    return call.number, call.counter, call.called_at, call.recalls


def board_view(
    state: BoardState, words: Words, now: datetime, steady: float, since: Mapping[Key, float], *, quits: bool = True
) -> HallBoardView:
    """The board. steady: monotonic seconds now; since: at which of them each call became news."""
    board = state.board
    calls = board.calls if board is not None else ()
    ordered = [call for call in calls if call.state == "called"] + [call for call in calls if call.state != "called"]
    return HallBoardView(
        title=board.name if board is not None else "",
        clock=f"{now:%H:%M}",
        notice=_notice(state, words, steady),
        calls=tuple(_called(call, words, steady - since.get(key_of(call), -NEW)) for call in ordered),
        empty=words("hall_board.none") if board is not None else "",
        heading=words("hall_board.waiting"),
        waits=_waits(board, words) if board is not None else (),
        brief_heading=words("hall_board.waiting_brief"),
        brief=_waits(board, words, "_brief") if board is not None else (),
        foot=words("hall_board.quit") if quits else "",
    )


def _notice(state: BoardState, words: Words, steady: float) -> str:
    if state.online:
        return ""
    if state.board is None:
        return words("hall_board.connecting")
    return words("hall_board.stale", minutes=max(0, int((steady - state.heard) // 60)))


def _called(call: BoardCall, words: Words, age: float) -> CalledNumber:
    there = call.state == "serving"
    before, _, after = words("hall_board.there" if there else "hall_board.to", counter="\0").partition("\0")
    new = not there and age < NEW
    return CalledNumber(
        number=call.number,
        counter=call.counter,
        before=before.strip(),
        after=after.strip(),
        there=there,
        new=new,
        turned=new and age % _BLINK < _BLINK / 2,
    )


def _waits(board: Board, words: Words, form: str = "") -> tuple[str, ...]:
    """How long each group waits. form: "" in full, "_brief" by its letter alone."""
    english = words.language == "en"
    return tuple(
        words(
            f"hall_board.{'wait' if group.waiting else 'no_wait'}{form}",
            letter=group.letter,
            group=group.name.en if english else group.name.zh,
            people=group.waiting,
            minutes=group.longest,
        )
        for group in board.groups
    )
