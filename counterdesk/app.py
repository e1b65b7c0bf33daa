"""The application: its screens, the bridge from the desk's thread to the screen, and how it ends. No rules here."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, on
from textual.app import App
from textual.binding import BindingType
from textual.message import Message

from counterdesk.catalog.index import Index
from counterdesk.desk.clock import wall_clock
from counterdesk.desk.handle import DeskHandle
from counterdesk.desk.printer import Printer
from counterdesk.incidents import Recorder, short
from counterdesk.locale import Words
from counterdesk.screens.desk import CounterScreen
from counterdesk.screens.sign_in import Away, SignIn
from counterdesk.screens.views.notices import sign_in_failed
from counterdesk.station.commands import OpenCounter
from counterdesk.station.exchange import Session
from counterdesk.widgets.base import tolerate_bad_input
from counterdesk.widgets.looks import Palette

if TYPE_CHECKING:
    from counterdesk.screens.teaching import Teaching

IDLE = timedelta(minutes=5)
IDLE_LOOK_SECONDS = 5.0
"""How often the time without a key is looked at."""
DRAIN_SECONDS = 0.3
"""A burst of news from others costs one repaint in this time. The first piece of news, and whatever answers this desk's
own officer, is shown at once."""


PASTE_TAIL = 0.08
"""Seconds without a key after which what follows a paste is typed by hand."""


class DeskWoke(Message):
    """The desk has news; sent from its thread."""


class CounterdeskApp(App[int], inherit_bindings=False):
    """counterdesk on a terminal. The exit value is 0, or 1 if the desk's thread failed."""

    CSS_PATH = "counterdesk.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        desk: DeskHandle,
        index: Index,
        words: Words,
        keys: Mapping[str, str],
        *,
        officer: str = "",
        palette: Palette = "dark",
        clock: Callable[[], datetime] = wall_clock,
        memory: Path | None = None,
        printer: Printer | None = None,
        recorder: Recorder | None = None,
        idle: timedelta = IDLE,
        hint: Callable[[Words], str] | None = None,
        teach: Callable[[CounterScreen], Teaching] | None = None,
        station_clock: Callable[[], datetime] | None = None,
    ) -> None:
        """memory: where this terminal keeps which rules its officers have seen; None keeps nothing. printer: where
        papers go; None saves them. recorder: takes what went wrong; None keeps nothing. idle: after how long without a
        key the desk locks itself. hint: how to sign in, where that is no secret. teach: gives what is practised;
        None for the real thing. station_clock: the time at the station, where it is not that of this terminal."""
        tolerate_bad_input()  # before the driver starts its thread, which looks the decoder up once
        super().__init__()
        self.palette = palette
        self.practice = teach is not None
        self.desk = desk
        self.words = words
        self.counter_screen = CounterScreen(
            desk, index, words, station_clock or clock, keys, self.leave, self.step_away, memory, printer, teach
        )
        self._clock = clock
        self._idle = idle
        self._hint = hint
        self._touched = (time.monotonic(), clock())
        self._recorder = recorder
        self._pasted = float("-inf")
        self._officer = officer
        self._draining = False
        self._more = False
        self._opened_for = ""
        self._locked: Session | None = None
        self.set_keymap(dict(keys))

    def get_default_screen(self) -> CounterScreen:
        """The desk itself."""
        return self.counter_screen

    async def on_mount(self) -> None:
        """Start the desk, and end in order when the terminal or the system says so."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with suppress(ValueError, NotImplementedError, RuntimeError):  # not on the main thread, as in tests
                loop.add_signal_handler(number, self.exit, 128 + number)
        if self.desk.state.link.status == "signed_out":
            self._mind_session()  # who is there can be asked before the desk's libraries are in
        # Its imports would hold up the first paint.
        self.call_after_refresh(self.desk.start, self._wake)
        self.set_timer(1.0, self._freeze)
        self.set_interval(IDLE_LOOK_SECONDS, self.mind_idle)

    def mind_idle(self) -> None:
        """Lock when nobody was there for long. By two clocks: one stands while the machine sleeps, the other is set."""
        if self.desk.state.session is None or isinstance(self.screen, SignIn):
            return
        steady, wall = self._touched
        limit = self._idle.total_seconds()
        if time.monotonic() - steady >= limit or (self._clock() - wall).total_seconds() >= limit:
            self.step_away("locked")

    def step_away(self, why: Away) -> None:
        """End the session and clear the screen; who signs in again stands where he stood."""
        session = self.desk.state.session
        officer = session.actor.id if session is not None and why == "locked" else ""
        self._locked = session
        self.counter_screen.clear()
        self.desk.call(lambda desk: desk.lock())
        self._ask_who(officer, why)

    def _ask_who(self, officer: str, why: Away | Literal[""] = "") -> None:
        hint = self._hint(self.words) if self._hint is not None else ""
        self.push_screen(SignIn(self.words, self.desk.state.counter, self._sign_in, officer, why, hint))

    def _wake(self) -> None:
        self.post_message(DeskWoke())

    async def on_unmount(self) -> None:
        """Sign out."""
        await self.desk.stop()

    def _freeze(self) -> None:
        # What is alive now stays for the day: the collector need not walk it again and again.
        gc.collect()
        gc.freeze()
        gc.enable()

    @on(DeskWoke)
    def _desk_woke(self) -> None:
        if not self.screen_stack:
            return  # the program is ending, and a last timer came after its screens
        if self.desk.failure is not None:
            self._record("exception in the desk's thread", self.desk.failure)
            self.exit(1)
        elif self._draining and not self.desk.urgent:
            self._more = True
        else:
            self._drain()
            if not self._draining:
                self._draining = True
                self.set_timer(DRAIN_SECONDS, self._drained)

    def _drained(self) -> None:
        self._draining = False
        if self._more:
            self._more = False
            self._desk_woke()

    def _drain(self) -> None:
        changes = self.desk.drain()
        self._mind_session()
        failures = [notice.params for notice in changes.notices if notice.kind == "sign_in_failed"]
        if isinstance(self.screen, SignIn):
            link = changes.state.link
            failed = sign_in_failed(self.words, failures[-1]) if failures else ""
            self.screen.told(failed=failed, away=link.status == "offline", hint=link.hint)
        self.counter_screen.changed(changes)

    def _mind_session(self) -> None:
        """Ask who is there when nobody is signed in; open the counter for who just signed in."""
        state = self.desk.state
        if self._locked is not None and state.session is self._locked:
            return  # the desk's thread has not let go of it yet
        self._locked = None
        if state.session is None:
            self._opened_for = ""
            if state.link.status == "signed_out" and not isinstance(self.screen, SignIn):
                self._ask_who(self._officer)
            return
        if isinstance(self.screen, SignIn):
            self.pop_screen()
            self.counter_screen.welcome()
        officer = state.session.actor.id
        counter = state.station.counters.get(state.counter)
        if counter is not None and self._opened_for != officer and state.link.status == "online":
            self._opened_for = officer
            if not counter.officer:
                groups = counter.groups or tuple(state.station.groups)
                self.desk.call(lambda desk: desk.submit(OpenCounter(counter=counter.number, groups=groups)))

    def _sign_in(self, officer: str, password: str) -> None:
        self.desk.call(lambda desk: desk.sign_in(officer, password))

    def leave(self) -> None:
        """End once everything that was submitted has its answer and its file is kept, or after a second."""
        deadline = self._clock().timestamp() + 1.0

        def look() -> None:
            state = self.desk.state
            under_way = state.pending or not {"unsaved", "saving"}.isdisjoint(state.file_status.values())
            if not under_way or self._clock().timestamp() > deadline:
                self.exit(0)

        self.set_interval(0.05, look)

    # Ends that nobody planned. Nothing is printed: Textual's own report shows local variables and messages, and those
    # are citizens' data. The launcher says the one line there is to say.

    def _record(self, kind: str, error: BaseException | None) -> None:
        if self._recorder is not None and error is not None:
            self._recorder.exception(kind, error)

    def _handle_exception(self, error: Exception) -> None:
        self._record("exception", error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self.panic()

    def panic(self, *renderables: object) -> None:
        """End at once with status 1. Textual's input thread calls this with a traceback of its own."""
        self._return_code = 1
        for stack in (stack for shown in renderables for stack in getattr(getattr(shown, "trace", None), "stacks", ())):
            if self._recorder is not None:
                lines = [f"  {short(frame.filename)}:{frame.lineno}:{frame.name}" for frame in stack.frames]
                self._recorder.record("exception in the input thread", [stack.exc_type, *lines])
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    # Ways out of the program for what stands on the screen.

    def copy_to_clipboard(self, text: str) -> None:
        """Nothing: the terminal's clipboard belongs to whoever holds the terminal (OSC 52)."""

    def deliver_screenshot(self, *_: object, **__: object) -> str | None:
        """Nothing: a picture of a case is the case."""
        return None

    def save_screenshot(self, *_: object, **__: object) -> str:
        """Nothing, likewise."""
        return ""

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Nothing: what a citizen wrote opens no browser."""

    # What is typed.

    async def on_event(self, event: events.Event) -> None:
        """A pasted text that holds its own end marker turns into keys behind it; no hand is that fast after a paste.

        Whoever presses a key is there.
        """
        teaching = self.counter_screen.teaching
        if teaching is not None and isinstance(event, events.Key) and teaching.outside(event):
            return
        if isinstance(event, events.Key | events.Paste):
            self._touched = (time.monotonic(), self._clock())
        if isinstance(event, events.Paste):
            self._pasted = event.time
        elif isinstance(event, events.Key) and not event.is_forwarded and event.time - self._pasted < PASTE_TAIL:
            self._pasted = event.time
            return
        await super().on_event(event)
