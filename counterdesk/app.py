"""The application: its screens, the bridge from the desk's thread to the screen, and how it ends. No rules here."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
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
from counterdesk.screens.beside import key_came
from counterdesk.screens.desk import CounterScreen
from counterdesk.screens.sign_in import Away, SignIn
from counterdesk.screens.views.notices import sign_in_failed
from counterdesk.screens.wanted import FiguresWanted, HallWanted
from counterdesk.screens.work import Workplace
from counterdesk.station.commands import OpenCounter
from counterdesk.station.exchange import Session
from counterdesk.widgets.base import tolerate_bad_input
from counterdesk.widgets.looks import Palette

if TYPE_CHECKING:
    from counterdesk.screens.figures import FiguresScreen
    from counterdesk.screens.guide import GuideScreen
    from counterdesk.screens.hall import HallScreen
    from counterdesk.screens.teaching import Teaching

Home = Literal["counter", "guide"]
"""Which screen the program opens on; a guide who signs in at a counter gets the entrance all the same."""

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
        home: Home = "counter",
        teach: Callable[[CounterScreen], Teaching] | None = None,
        station_clock: Callable[[], datetime] | None = None,
    ) -> None:
        """memory: where this terminal keeps which rules its officers have seen; None keeps nothing. printer: where
        papers go; None saves them. recorder: takes what went wrong; None keeps nothing. idle: after how long without a
        key the desk locks itself. hint: how to sign in, where that is no secret. home: the screen to begin with.
        teach: gives what is practised; None for the real thing. station_clock: the time at the station, where it is not
        that of this terminal."""
        tolerate_bad_input()  # before the driver starts its thread, which looks the decoder up once
        super().__init__()
        self.palette = palette
        self.practice = teach is not None
        self.desk = desk
        self.words = words.with_keys(keys)
        self._home = home
        self._index, self._memory, self._printer = index, memory, printer
        self._teach = teach
        self._workplace = Workplace(
            *(desk, index, self.words, station_clock or clock, dict(keys), self.leave, self.step_away)
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
        self._figures: FiguresScreen | None = None
        self._hall: HallScreen | None = None
        self.set_keymap(dict(keys))

    @cached_property
    def counter_screen(self) -> CounterScreen:
        """One counter at work."""
        return CounterScreen(self._workplace, memory=self._memory, printer=self._printer, teach=self._teach)

    @cached_property
    def guide_screen(self) -> GuideScreen:
        """The entrance."""
        from counterdesk.screens.guide import GuideScreen  # a counter never needs it

        return GuideScreen(self._workplace, self._printer)

    def get_default_screen(self) -> CounterScreen | GuideScreen:
        """The desk itself."""
        return self.guide_screen if self._home == "guide" else self.counter_screen

    @property
    def at_work(self) -> CounterScreen | GuideScreen:
        """The screen on which somebody works, below whatever is asked of him."""
        guiding = self._home == "guide" or ("guide_screen" in self.__dict__ and self.guide_screen in self.screen_stack)
        return self.guide_screen if guiding else self.counter_screen

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
            if self._teach is not None and (teaching := self.counter_screen.teaching) is not None:
                teaching.lesson.leave_open()
            self.step_away("locked")

    def step_away(self, why: Away) -> None:
        """End the session and clear the screen; who signs in again stands where he stood."""
        session = self.desk.state.session
        officer = session.actor.id if session is not None and why == "locked" else ""
        self._locked = session
        self._close_figures()
        self._to_counter()
        self._hall = None  # whoever signs in next begins anew
        self.at_work.clear()
        self.desk.call(lambda desk: desk.lock())
        self._ask_who(officer, why)

    @on(FiguresWanted)
    def _open_figures(self) -> None:
        from counterdesk.screens.figures import FiguresScreen  # most desks never show them

        if self._figures is None and self.desk.state.session is not None:
            ways_out = (self._close_figures, self.step_away)
            self._figures = FiguresScreen(self.desk, self._index, self.words, self._workplace.clock, *ways_out)
            self.push_screen(self._figures)

    def _close_figures(self) -> None:
        """Whoever signs in next gets nobody else's figures."""
        if self._figures is not None and self.screen is self._figures:
            self.pop_screen()
        self._figures = None

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
        self.at_work.changed(changes)
        if self._hall is not None and self._hall in self.screen_stack:
            self._hall.changed(changes)
        if self._figures is not None and "figures" in changes.areas:
            self._figures.present()

    def _mind_session(self) -> None:
        """Ask who is there when nobody is signed in; open the counter for who just signed in."""
        state = self.desk.state
        if self._locked is not None and state.session is self._locked:
            return  # the desk's thread has not let go of it yet
        self._locked = None
        if state.session is None:
            self._opened_for = ""
            self._close_figures()
            if state.link.status == "signed_out" and not isinstance(self.screen, SignIn):
                self._ask_who(self._officer)
            return
        if isinstance(self.screen, SignIn):
            self.pop_screen()
            self._to_work(state.session)
        self._open_home(state.session)
        officer = state.session.actor.id
        counter = state.station.counters.get(state.counter)
        if counter is not None and self._opened_for != officer and state.link.status == "online":
            self._opened_for = officer
            if not counter.officer and state.session.actor.may("OpenCounter"):
                groups = counter.groups or tuple(state.station.groups)
                self.desk.call(lambda desk: desk.submit(OpenCounter(counter=counter.number, groups=groups)))

    def _to_work(self, session: Session) -> None:
        """Bring up the screen of whoever is there."""
        guide = session.actor.role == "guide"
        if guide and self.at_work is self.counter_screen:
            self.push_screen(self.guide_screen)
        elif not guide and self._home == "counter" and self.at_work is not self.counter_screen:
            self.pop_screen()
        self.at_work.welcome()

    # Screens beside the counter's.

    def _to_counter(self) -> None:
        if self._hall is not None and self.screen is self._hall:
            self.pop_screen()

    def _open_home(self, session: Session) -> None:
        """Who serves at no counter works on another screen."""
        if not self.desk.state.counter and session.actor.may("other_counter"):
            self.open_hall()

    @on(HallWanted)
    def open_hall(self) -> None:
        """Bring the leader's screen up over the counter."""
        from counterdesk.screens.hall import HallScreen  # for most officers it is never wanted

        if not isinstance(self.screen, CounterScreen):
            return
        self._hall = HallScreen(self._workplace, before=self._hall)
        self.push_screen(self._hall)

    def on_hall_screen_left(self, message: HallScreen.Left) -> None:
        """The leader is at his counter again."""
        self._to_counter()
        if message.quitting:
            self.counter_screen.do("quit")

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
            key_came()
        if isinstance(event, events.Paste):
            self._pasted = event.time
        elif isinstance(event, events.Key) and not event.is_forwarded and event.time - self._pasted < PASTE_TAIL:
            self._pasted = event.time
            return
        await super().on_event(event)
