"""How a screen holds a desk: on a thread of its own, or on the loop that is already there."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk.state import Changes, DeskState

if TYPE_CHECKING:  # the desk comes in on its own thread, once the screen stands
    from counterdesk.desk.desk import Desk

STOP_SECONDS = 3.0
"""How long the end of the program waits for a desk that does not answer."""


class DeskHandle(Protocol):
    """How a screen holds a desk, wherever that runs."""

    failure: BaseException | None

    @property
    def state(self) -> DeskState:
        """The newest state."""
        ...

    @property
    def urgent(self) -> bool:
        """As `Desk.urgent`."""
        ...

    def start(self, wake: Callable[[], None]) -> None:
        """Begin; wake is called, on whatever thread, when there is something to drain."""
        ...

    async def stop(self) -> None:
        """Sign out and end."""
        ...

    def drain(self) -> Changes:
        """As `Desk.drain`."""
        ...

    def call(self, function: Callable[[Desk], object]) -> None:
        """Let `function` run with the desk where the desk runs, in the order of the calls."""
        ...

    def edit_file(self, case: str, change: Callable[[CaseFile], CaseFile]) -> None:
        """As `Desk.edit_file`: done when it returns."""
        ...

    def put_file(self, file: CaseFile) -> None:
        """As `Desk.put_file`: done when it returns."""
        ...

    def begin_case(self, file: CaseFile) -> None:
        """As `Desk.begin_case`: done when it returns."""
        ...


class DeskInline:
    """A desk on the loop of whoever starts it: for tests and for programs without a screen."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.failure: BaseException | None = None
        self._running: asyncio.Task[None] | None = None
        self.edit_file = desk.edit_file
        self.put_file = desk.put_file
        self.begin_case = desk.begin_case
        self.drain = desk.drain

    @property
    def state(self) -> DeskState:
        """The newest state."""
        return self.desk.state

    @property
    def urgent(self) -> bool:
        """As `Desk.urgent`."""
        return self.desk.urgent

    def start(self, wake: Callable[[], None]) -> None:
        """Begin on the running loop."""
        self.desk.wake = wake
        self._running = asyncio.get_running_loop().create_task(self.desk.run())

    async def stop(self) -> None:
        """Sign out and end."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    def call(self, function: Callable[[Desk], object]) -> None:
        """At once: it is the same loop."""
        function(self.desk)


class DeskThread:
    """A desk on a thread and loop of its own. Its methods may be called from any thread."""

    def __init__(self, make: Callable[[], Desk], placeholder: DeskState) -> None:
        """make builds the desk; it is called on the new thread, so that libraries are imported off the screen's.
        placeholder is the state until then."""
        self._make = make
        self._placeholder = placeholder
        self._loop = asyncio.new_event_loop()
        self._made = threading.Event()
        self._desk: Desk | None = None
        self._early: list[Callable[[Desk], object]] = []
        self._running: asyncio.Task[None] | None = None
        self._wake: Callable[[], None] = lambda: None
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="desk", daemon=True)

    @property
    def state(self) -> DeskState:
        """The newest state."""
        return self._desk.state if self._desk is not None else self._placeholder

    @property
    def urgent(self) -> bool:
        """As `Desk.urgent`."""
        return self._desk is not None and self._desk.urgent

    def start(self, wake: Callable[[], None]) -> None:
        """Start the thread; returns at once."""
        self._wake = wake
        self._thread.start()

    async def stop(self) -> None:
        """Sign out and end the thread; waits at most three seconds, without blocking the caller's loop."""
        if self._thread.is_alive():
            await asyncio.get_running_loop().run_in_executor(None, self._stop)
        elif self._thread.ident is None:
            self._loop.close()  # it was never started

    def _stop(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        self._made.wait(STOP_SECONDS)
        if self._running is not None:
            with suppress(RuntimeError):  # the loop may end by itself just now
                self._loop.call_soon_threadsafe(self._running.cancel)
        self._thread.join(max(deadline - time.monotonic(), 0.0))

    def drain(self) -> Changes:
        """As `Desk.drain`; nothing while the desk is not made yet."""
        return self._desk.drain() if self._desk is not None else Changes(self._placeholder, frozenset(), ())

    def call(self, function: Callable[[Desk], object]) -> None:
        """Let `function` run with the desk on the desk's loop, in the order of the calls."""

        def do() -> None:
            if self._desk is not None:
                function(self._desk)
            else:
                self._early.append(function)

        with suppress(RuntimeError):  # after the end there is nobody left to do it
            self._loop.call_soon_threadsafe(do)

    def edit_file(self, case: str, change: Callable[[CaseFile], CaseFile]) -> None:
        """As `Desk.edit_file`: done when it returns."""
        if self._desk is not None:
            self._desk.edit_file(case, change)

    def put_file(self, file: CaseFile) -> None:
        """As `Desk.put_file`: done when it returns."""
        if self._desk is not None:
            self._desk.put_file(file)

    def begin_case(self, file: CaseFile) -> None:
        """As `Desk.begin_case`: done when it returns."""
        if self._desk is not None:
            self._desk.begin_case(file)

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._run())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # shown by the app: a desk that died must not look merely quiet
            self.failure = error
            self._wake()
        finally:
            self._made.set()
            self._loop.close()

    async def _run(self) -> None:
        desk = self._make()
        desk.wake = self._wake
        self._running = asyncio.current_task()
        self._desk = desk
        self._made.set()
        for function in self._early:
            function(desk)
        await desk.run()
