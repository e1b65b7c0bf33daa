"""The real command with a fault that F12 sets off: python -m tests.pty.faulty FAULT [OPTIONS OF COUNTERDESK]."""

from __future__ import annotations

import asyncio
import codecs
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Callable
from functools import partial

from counterdesk import cli, launcher
from counterdesk.held import Held

CANARY = "甲乙丙丁戊"
"""Stands in every message, local variable and line that the faults write."""


def _exception() -> None:
    local = f"local {CANARY}"
    raise ValueError(f"message {CANARY} {local}")


def _thread() -> None:
    threading.Thread(target=_exception).start()


async def _in_task() -> None:
    _exception()


def _task() -> None:
    asyncio.get_running_loop().create_task(_in_task())


def _callback() -> None:
    asyncio.get_running_loop().call_soon(_exception)


def _noise() -> None:
    for stream in (sys.stderr, sys.stdout, sys.__stderr__):
        if stream is not None and stream is not sys.__stderr__:
            print(f"noise {CANARY} \x1b[2J", file=stream, flush=True)
    os.write(1, f"noise {CANARY}\n".encode())
    os.write(2, f"noise {CANARY}\n".encode())
    logging.getLogger("some.library").error("noise %s", CANARY)


def _segv() -> None:
    _noise()
    faulthandler._sigsegv()  # type: ignore[attr-defined]


def _on_f12(fault: Callable[[], None]) -> None:
    from textual import events

    from counterdesk.app import CounterdeskApp

    received = CounterdeskApp.on_event

    async def on_event(self: CounterdeskApp, event: events.Event) -> None:
        if isinstance(event, events.Key) and event.key == "f12" and not event.is_forwarded:
            fault()
        else:
            await received(self, event)

    setattr(CounterdeskApp, "on_event", on_event)  # noqa: B010


def _open_stdin() -> None:
    """What is read goes in as Textual lets it in."""
    from textual.app import App
    from textual.drivers import linux_driver

    from counterdesk.app import CounterdeskApp

    setattr(linux_driver, "getincrementaldecoder", codecs.getincrementaldecoder)  # noqa: B010
    setattr(CounterdeskApp, "on_event", App.on_event)  # noqa: B010


FAULTS: dict[str, Callable[[], None]] = {
    "exception": _exception,
    "thread": _thread,
    "task": _task,
    "callback": _callback,
    "noise": _noise,
    "segv": _segv,
    "exit": partial(os._exit, 7),
}


def main(fault: str, options: list[str], *, bare: bool) -> int:
    """Run the command with this fault ("none": with none). bare: without the launcher, as a control."""
    screen_up = Held.screen_up

    def plant(held: Held) -> None:
        if fault == "open stdin":
            _open_stdin()
        if fault in FAULTS:
            _on_f12(FAULTS[fault])
        if not bare:
            screen_up(held)

    setattr(Held, "screen_up", plant)  # noqa: B010
    if bare:
        held = Held("CD-00000", os.open(os.devnull, os.O_WRONLY), 0, 2, None)
        return cli.main(options, held)
    sys.argv[1:] = options
    return launcher.main()


if __name__ == "__main__":
    without = sys.argv[1] == "bare"
    sys.exit(main(sys.argv[1 + without], sys.argv[2 + without :], bare=without))
