"""Work that takes seconds, done beside the screen: on a thread, and in a way that keys need not wait for it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from threading import Event
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

TURN = 0.0005
"""Seconds that a thread which computes may go on for while another one wants its turn. A key passes three threads on
its way to the terminal; with the five milliseconds that Python gives by itself, it would wait that long for each."""


BREATH = 0.002
"""Seconds for which a work that rests lets others go on."""
HANDS = 0.15
"""Seconds after a key in which the next one is likely."""

LONGEST = 0.5
"""Seconds after which a work takes its next step in any case: it gets somewhere also under a key that is held down."""


class _Turns:
    """How many works there are, the turn's length without them, and when the last key came. Written by the screen's own
    thread only."""

    works = 0
    usual = 0.0
    key = float("-inf")


def key_came() -> None:
    """Somebody presses keys: works rest. To be called on the screen's loop."""
    _Turns.key = time.monotonic()


def rest(stop: Event) -> None:
    """Let the screen go on, for as long as keys come, but not for ever; for a work to call between its steps, on its
    thread. Returns at once when `stop` is set."""
    stop.wait(BREATH)
    latest = time.monotonic() + LONGEST
    while (left := min(_Turns.key + HANDS, latest) - time.monotonic()) > 0 and not stop.wait(left):
        pass


async def beside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` gives. To be awaited on the screen's loop."""
    if not _Turns.works:
        _Turns.usual = sys.getswitchinterval()
        sys.setswitchinterval(TURN)
    _Turns.works += 1
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    finally:
        _Turns.works -= 1
        if not _Turns.works:
            sys.setswitchinterval(_Turns.usual)
