"""Work that takes seconds, done beside the screen: on a thread, and in a way that keys need not wait for it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

TURN = 0.0005
"""Seconds that a thread which computes may go on for while another one wants its turn. A key passes three threads on
its way to the terminal; with the five milliseconds that Python gives by itself, it would wait that long for each."""


class _Turns:
    """How many works there are, and the turn's length without them. Only the screen's own thread comes here."""

    works = 0
    usual = 0.0


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
