"""A desk on a thread of its own: begun, called, ended, whatever the backend does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import msgspec
import pytest

from counterdesk.backends.base import Unreachable
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk import handle
from counterdesk.desk.desk import Desk
from counterdesk.desk.handle import DeskThread
from counterdesk.desk.state import DeskState, Link
from counterdesk.station import commands as c
from tests.unit.desk.fake import COUNTER, GROUPS, NOW, SERVICE, FakeBackend, Hang

PLACEHOLDER = DeskState(counter=COUNTER, link=Link("connecting", NOW))
OPEN = c.OpenCounter(counter=COUNTER, groups=GROUPS)


class Threaded:
    """A DeskThread whose wakes can be waited for on this thread."""

    def __init__(self, prepare: Callable[[FakeBackend], object] = lambda _: None) -> None:
        self.fake: FakeBackend
        self.thread_of: dict[str, int] = {}
        self._prepare = prepare
        self._woken = threading.Condition()
        self.wakes = 0
        self.thread = DeskThread(self._make, PLACEHOLDER)

    def _make(self) -> Desk:
        self.thread_of["make"] = threading.get_ident()
        self.fake = FakeBackend(lambda: NOW)
        self._prepare(self.fake)
        return Desk(self.fake, COUNTER, "p1", "right", clock=lambda: NOW)

    def wake(self) -> None:
        with self._woken:
            self.wakes += 1
            self._woken.notify_all()

    def until(self, holds: Callable[[], object], seconds: float = 5.0) -> None:
        """Drain and wait for wakes until this holds."""
        end = time.monotonic() + seconds
        while not holds():
            left = end - time.monotonic()
            assert left > 0, f"never held: {self.thread.state}"
            with self._woken:
                self._woken.wait(min(left, 0.01))
            self.thread.drain()


@pytest.fixture(autouse=True)
def _nothing_left() -> object:
    before = threading.active_count()
    yield
    end = time.monotonic() + 5
    for thread in threading.enumerate():
        if thread.name == "desk":
            thread.join(end - time.monotonic())
    assert threading.active_count() <= before + 1, "only the loop's own executor may be left"


async def test_from_the_beginning_to_the_end() -> None:
    it = Threaded()
    assert it.thread.state is PLACEHOLDER
    assert it.thread.drain().state is PLACEHOLDER
    it.thread.edit_file("c", lambda file: file)  # before it is made: there is no file
    it.thread.put_file(CaseFile(case="c"))
    it.thread.start(it.wake)
    it.until(lambda: it.thread.state.link.status == "online")
    assert it.thread_of["make"] != threading.get_ident()

    ran_on: list[int] = []
    it.thread.call(lambda desk: ran_on.append(threading.get_ident()))
    it.thread.call(lambda desk: desk.submit(OPEN, "one"))
    it.thread.call(lambda desk: desk.submit(c.IssueTicket(group=GROUPS[0]), "two"))
    it.until(lambda: not it.thread.state.pending and it.thread.state.station.tickets)
    assert ran_on == [it.thread_of["make"]]
    assert it.fake.executed == ["one", "two"]

    await it.thread.stop()
    assert (it.fake.signed_out, it.fake.closed) == (1, 1)
    assert it.thread.failure is None
    it.thread.call(lambda desk: pytest.fail("it has ended"))
    it.thread.put_file(CaseFile(case="c"))  # typed while the screen still stands: nothing breaks
    assert it.thread.state.counter == COUNTER
    await it.thread.stop()


async def test_what_is_typed_is_there_at_once_and_is_saved() -> None:
    it = Threaded()
    it.thread.start(it.wake)
    it.until(lambda: it.thread.state.link.status == "online")
    for command in (
        OPEN,
        c.IssueTicket(group=GROUPS[0]),
        c.CallNext(counter=COUNTER),
        c.StartService(counter=COUNTER),
        c.OpenCase(counter=COUNTER, case="c", service=SERVICE),
    ):
        it.thread.call(lambda desk, command=command: desk.submit(command))  # type: ignore[misc]
    it.thread.put_file(CaseFile(case="c", service=SERVICE))
    for number in range(200):
        it.thread.edit_file("c", lambda f, n=number: msgspec.structs.replace(f, at=str(n)))  # type: ignore[misc]
        assert it.thread.state.files["c"].at == str(number)
    it.until(lambda: it.thread.state.file_status == {"c": "saved"})
    stored = it.fake.store.read_file("c")
    assert stored is not None
    assert stored.at == "199"
    await it.thread.stop()


async def test_calls_before_the_desk_is_made_are_done_in_order() -> None:
    it = Threaded()
    it.thread.call(lambda desk: desk.submit(OPEN, "one"))
    it.thread.call(lambda desk: desk.submit(c.IssueTicket(group=GROUPS[0]), "two"))
    it.thread.start(it.wake)
    it.until(lambda: not it.thread.state.pending and it.thread.state.station.tickets)
    assert it.fake.executed == ["one", "two"]
    await it.thread.stop()


async def test_a_desk_that_cannot_be_made_is_a_failure() -> None:
    def broken() -> Desk:
        raise RuntimeError("the server did not start")

    woken = threading.Event()
    thread = DeskThread(broken, PLACEHOLDER)
    thread.start(woken.set)
    assert woken.wait(5)
    assert str(thread.failure) == "the server did not start"
    assert thread.state is PLACEHOLDER
    await thread.stop()


async def test_a_desk_that_dies_is_a_failure() -> None:
    it = Threaded(lambda fake: fake.before["snapshot"].append(ZeroDivisionError("planted")))
    it.thread.start(it.wake)
    it.until(lambda: it.thread.failure is not None)
    assert isinstance(it.thread.failure, ExceptionGroup)
    assert it.fake.closed == 1
    await it.thread.stop()


async def test_a_thread_that_was_never_started() -> None:
    thread = Threaded().thread
    await thread.stop()
    thread.call(lambda desk: pytest.fail("there is none"))


@pytest.mark.parametrize("method", ["sign_in", "events", "sign_out", "close"])
async def test_the_end_does_not_wait_for_a_backend_that_hangs(method: str) -> None:
    it = Threaded(lambda fake: fake.before[method].append(Hang()))
    it.thread.start(it.wake)
    it.until(lambda: it.thread.state.link.status == ("connecting" if method == "sign_in" else "online"))
    begun = time.monotonic()
    await it.thread.stop()
    assert time.monotonic() - begun < 20, "it waited for the backend"
    assert it.fake.signed_out == (method != "sign_out")


async def test_the_end_does_not_wait_for_a_desk_that_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handle, "STOP_SECONDS", 0.3)
    server = threading.Event()

    def waits() -> Desk:
        server.wait(20)
        raise RuntimeError("gave up")

    thread = DeskThread(waits, PLACEHOLDER)
    thread.start(lambda: None)
    begun = time.monotonic()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await thread.stop()
    ticking.cancel()
    assert 0.25 < time.monotonic() - begun < 15, "it waited for the desk"
    assert ticks > 5, "the caller's loop went on"
    server.set()


async def test_unreachable_is_no_failure() -> None:
    it = Threaded(lambda fake: fake.before["sign_in"].extend([Unreachable()] * 3))
    it.thread.start(it.wake)
    it.until(lambda: it.thread.state.link.status == "online")
    assert it.thread.failure is None
    await it.thread.stop()
