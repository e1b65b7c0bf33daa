"""What every part of a desk stands on: its state, and how a change of it becomes visible on another thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from enum import IntEnum

from counterdesk.backends.base import Backend, Hint
from counterdesk.desk.asking import Asking
from counterdesk.desk.expecting import expected
from counterdesk.desk.memory import Memory
from counterdesk.desk.shift import Shift
from counterdesk.desk.state import Area, AskedFigures, Changes, DeskState, Journaling, Link, LinkStatus, Notice
from counterdesk.station.commands import OpenCase
from counterdesk.station.exchange import ShiftNote

_EXPECTED_FROM = frozenset({"station", "pending", "session"})


class _Told(IntEnum):
    """Whether the screen was woken since it last drained, and how."""

    NOT = 0
    QUIETLY = 1
    URGENTLY = 2


class Core:
    """State, notices and the lock around them. `drain` and `urgent` may be called from any thread."""

    def __init__(
        self,
        backend: Backend,
        counter: str,
        link: LinkStatus,
        clock: Callable[[], datetime],
        memory: Memory | None,
        journaling: Journaling | None,
    ) -> None:
        """memory: what keeps this desk's work on disk. journaling: why there is none although there should be one;
        nothing is taken in then."""
        self._backend = backend
        self._clock = clock
        self._memory = memory
        self.wake: Callable[[], None] = lambda: None
        """Called, on whatever thread, when there is something to drain and nobody was told, or not so urgently."""
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._areas: set[Area] = set()
        self._notices: list[Notice] = []
        self._told = _Told.NOT
        self._unlocked = ""
        """The officer whose work is open on disk."""
        self._dirty: set[str] = set()
        self._asked: set[str] = set()
        """Cases whose file has a text that is not at the station."""
        self._in_doubt: dict[str, tuple[str, ...]] = {}
        """Digests of writes of a case file that have no answer: what the station stored of them is no conflict."""
        self._begun: dict[str, datetime] = {}
        """Cases that were begun on this terminal alone; those of them that the station knows by now do not count."""
        self._work = asyncio.Event()
        self._online = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        if journaling is None:
            journal = Journaling("closed" if memory is not None else "none")
        else:
            journal = replace(journaling, read_only=True)
        self.state = DeskState(counter=counter, link=Link(link, clock()), journal=journal, can=backend.capabilities)
        self._shift = Shift(backend, counter, self._show_note, self._notice)
        self._asking = Asking(backend, self._show_figures)

    def drain(self) -> Changes:
        """The newest state, the areas that changed and the notices since the last call. Any thread may call it."""
        with self._lock:
            changes = Changes(self.state, frozenset(self._areas), tuple(self._notices))
            self._areas.clear()
            self._notices.clear()
            self._told = _Told.NOT
        return changes

    @property
    def urgent(self) -> bool:
        """Whether something waits to be drained that answers this desk's own officer, or the line came or went. Any
        thread may ask."""
        return self._told is _Told.URGENTLY

    def _stir(self) -> None:
        """There is work; said from whatever thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended: the desk is being closed
                self._loop.call_soon_threadsafe(self._work.set)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _show_note(self, note: ShiftNote | None) -> None:
        if note != self.state.note:
            self._change("note", note=note)

    def _show_figures(self, asked: AskedFigures | None) -> None:
        if asked != self.state.figures:
            self._change("figures", figures=asked)
            self._tell(_Told.URGENTLY)

    def _see_note(self, *, anew: bool = False) -> None:
        """Look for what the last shift left, where this officer works."""
        session, counter = self.state.session, self.state.station.counters.get(self.state.counter)
        mine = session is not None and counter is not None and counter.officer == session.actor.id
        if mine and self._shift.due(session, anew=anew):
            self._spawn(self._shift.read(session))

    def _link(self, status: LinkStatus, hint: Hint = "") -> None:
        if status == "online":
            self._online.set()
        else:
            self._online.clear()
        link = self.state.link
        heard = self._clock() if status == "online" else link.heard_at
        since = link.since if status == link.status else self._clock()
        self._change("link", link=Link(status, since, heard, hint))
        if (status, hint) != (link.status, link.hint):
            self._tell(_Told.URGENTLY)

    def _notice(self, notice: Notice) -> None:
        with self._lock:
            self._notices.append(notice)
        self._tell(_Told.URGENTLY)

    def _change(self, *areas: Area, **values: object) -> None:
        with self._lock:
            self.state = replace(self.state, **values)  # type: ignore[arg-type]
            if not _EXPECTED_FROM.isdisjoint(values) or "files" in areas:
                self.state = self._with_expected(self.state)
            self._areas.update(areas)
        self._tell()

    def _with_expected(self, state: DeskState) -> DeskState:
        opening = {p.command.case for p in state.pending if isinstance(p.command, OpenCase)}
        local = {
            case: since
            for case, since in self._begun.items()
            if case in state.files and case not in state.station.cases and case not in opening
        }
        actor = state.session.actor if state.session is not None else None
        waits = local or any(pending.waited for pending in state.pending)
        if actor is None or not waits:
            return replace(state, ahead=None, local=local)
        station = expected(state.station, state.pending, state.files, local, state.counter, actor)
        return replace(state, ahead=station, local=local)

    def _tell(self, how: _Told = _Told.QUIETLY) -> None:
        with self._lock:
            if self._told >= how:
                return
            self._told = how
        self.wake()
