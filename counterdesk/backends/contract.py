"""What every backend must do, as tests that anybody can run against theirs.

A third party's test file:

    import pytest
    from counterdesk.backends.contract import BackendContract, Bench

    pytest.register_assert_rewrite("counterdesk.backends.contract")     # better messages; before the import

    class MyBench(Bench): ...                                           # a fresh, idle station for each test

    class TestMyBackend(BackendContract):
        @pytest.fixture
        async def bench(self):
            async with my_station() as station:
                yield MyBench(station)

The tests are coroutines: run them with pytest-asyncio in auto mode. A capability that the backend does not declare is
skipped; one that it declares is put to the test. Nothing here needs pytest itself.

The station of a bench has two counters at least and the catalogue's queue groups, nobody waits there, and nothing
happens there but what the tests do. Give a short heartbeat (a fraction of a second), or the tests take long.
"""

from __future__ import annotations

import asyncio
import contextlib
import unittest
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from counterdesk.backends.base import (
    ALL_CAPABILITIES,
    Alive,
    Backend,
    BackendError,
    Board,
    Capability,
    Conflict,
    NotAllowed,
    NotSignedIn,
    Query,
    Receipt,
    Resync,
    Session,
)
from counterdesk.catalog.assess import assess
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.practice.fill import complete
from counterdesk.quiet import quiet
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.apply import apply
from counterdesk.station.model import TIMEZONE, Case, HoldKind, State, Ticket
from counterdesk.station.refused import REFUSAL_CODES, Refused
from counterdesk.station.roles import Role
from counterdesk.station.summary import BY, PERSONAL

X = TypeVar("X", bound=Exception)
Item = TypeVar("Item")
PATIENCE = 10.0
"""Seconds after which something that should have come is given up."""


@quiet
class Login(NamedTuple):
    """An officer who may sign in."""

    officer: str
    password: str


class Bench(ABC):
    """One fresh station and the ways to it.

    logins: two officers (role officer) at least. board: an account that sees the hall's board, None where an officer
    does. checks_passwords: whether a wrong password is refused. index: the catalogue of the station.
    """

    logins: tuple[Login, ...]
    board: Login | None = None
    checks_passwords: bool = True
    index: Index

    @abstractmethod
    async def connect(self, **options: object) -> Backend:
        """A new desk's backend, not signed in; options are passed on to it. The bench closes it in the end."""

    @abstractmethod
    async def give(self, command: c.AnyCommand, role: Role, department: str = "") -> None:
        """What somebody else does at the station: a ticket machine, a leader, a reviewer of a department, …"""

    @abstractmethod
    def today(self) -> date:
        """The station's day."""


class Desk:
    """A signed-in backend at a counter."""

    def __init__(self, backend: Backend, session: Session, counter: str) -> None:
        self.backend = backend
        self.session = session
        self.counter = counter

    async def do(self, command: c.AnyCommand, command_id: str = "") -> Receipt:
        """Carry out a command under a new id."""
        return await self.backend.execute(command_id or new_id(), command)

    async def state(self) -> State:
        """The station now."""
        return (await self.backend.snapshot()).state

    async def ticket(self) -> Ticket:
        """The ticket at the counter."""
        ticket = (await self.state()).current_ticket(self.counter)
        assert ticket is not None
        return ticket

    async def case(self, case: str) -> Case:
        """A case."""
        return (await self.state()).cases[case]


def new_id() -> str:
    """An id for a command or a case."""
    return uuid.uuid4().hex


def need(backend: Backend, *capabilities: Capability) -> None:
    """Skip the test unless the backend declares these. Raises: unittest.SkipTest."""
    missing = set(capabilities) - backend.capabilities
    if missing:
        raise unittest.SkipTest(f"{backend.name} does not declare {', '.join(sorted(missing))}")


@contextlib.contextmanager
def raising(kind: type[Exception]) -> Iterator[None]:
    """The block must raise `kind`."""
    try:
        yield
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was not raised")


async def caught(kind: type[X], attempt: Awaitable[object]) -> X:
    """The error of `kind` that the attempt must end with."""
    try:
        result = await attempt
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised, but there was an answer: {result!r}")


async def refused(desk: Desk, command: c.AnyCommand, code: str, command_id: str = "") -> dict[str, str | int]:
    """The command must be refused with `code`. Returns the parameters."""
    refusal = await caught(Refused, desk.do(command, command_id))
    assert refusal.code == code
    return refusal.params


async def read(desk: Backend, after: int, upto: int) -> list[e.Recorded]:
    """The events after one number up to another, as the stream gives them."""
    found: list[e.Recorded] = []
    async with asyncio.timeout(PATIENCE):
        async with contextlib.aclosing(_generator(desk.events(after))) as stream:
            async for item in stream:
                assert not isinstance(item, Resync)
                if isinstance(item, e.Recorded):
                    found.append(item)
                    if item.seq >= upto:
                        break
    return found


async def _generator(items: AsyncIterator[Item]) -> AsyncGenerator[Item, None]:
    """`items`, closed when this is, whatever kind of iterator a backend gives."""
    try:
        async for item in items:
            yield item
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()


class BackendContract:
    """The tests. A subclass whose name begins with Test gives the fixture `bench`."""

    async def desk(self, bench: Bench, who: int = 0, *, opened: bool = True) -> Desk:
        """A desk of the who-th officer at the who-th counter, which draws from all groups."""
        backend = await bench.connect()
        login = bench.logins[who]
        session = await backend.sign_in(login.officer, login.password)
        state = (await backend.snapshot()).state
        desk = Desk(backend, session, tuple(state.counters)[who])
        if opened:
            await desk.do(c.OpenCounter(counter=desk.counter, groups=tuple(state.groups)))
        return desk

    async def serving(self, bench: Bench, desk: Desk) -> Ticket:
        """Somebody comes, is called and is there."""
        group = next(iter((await desk.state()).groups))
        await bench.give(c.IssueTicket(group=group), "ticket_machine")
        await desk.do(c.CallNext(counter=desk.counter))
        await desk.do(c.StartService(counter=desk.counter))
        return await desk.ticket()

    # --- sessions and options ---

    async def test_it_says_truthfully_who_it_is_and_what_it_can(self, bench: Bench) -> None:
        backend = await bench.connect()
        assert backend.name
        assert backend.capabilities <= ALL_CAPABILITIES

    async def test_unknown_options_are_ignored(self, bench: Bench) -> None:
        backend = await bench.connect(no_such_option=object())
        await backend.sign_in(*bench.logins[0])

    async def test_sign_in_tells_who_and_where(self, bench: Bench) -> None:
        desk = await self.desk(bench, opened=False)
        assert desk.session.actor.id == bench.logins[0].officer
        assert desk.session.actor.role == "officer"
        state = await desk.state()
        assert desk.session.station == state.station
        assert desk.session.station_name == state.name

    async def test_nothing_without_a_session(self, bench: Bench) -> None:
        backend = await bench.connect()
        await backend.sign_out()
        for signed_in in (False, True):
            if signed_in:
                await backend.sign_in(*bench.logins[0])
                await backend.sign_out()
            with raising(NotSignedIn):
                await backend.snapshot()
            with raising(NotSignedIn):
                await backend.execute(new_id(), c.CallNext(counter="1"))
            with raising(NotSignedIn):
                await backend.read_file("x")
            with raising(NotSignedIn):
                async with asyncio.timeout(PATIENCE), contextlib.aclosing(_generator(backend.events(0))) as stream:
                    async for _ in stream:
                        pass
        await backend.sign_in(*bench.logins[0])
        await backend.snapshot()

    async def test_a_wrong_password_is_no_session(self, bench: Bench) -> None:
        if not bench.checks_passwords:
            raise unittest.SkipTest("passwords are not looked at")
        backend = await bench.connect()
        with raising(NotSignedIn):
            await backend.sign_in(bench.logins[0].officer, "not the password")
        with raising(NotSignedIn):
            await backend.snapshot()

    # --- the stream ---

    async def test_snapshot_and_events_agree(self, bench: Bench) -> None:
        desk = await self.desk(bench, opened=False)
        before = await desk.backend.snapshot()
        await desk.do(c.OpenCounter(counter=desk.counter, groups=tuple(before.state.groups)))
        await self.serving(bench, desk)
        await desk.do(c.FinishTicket(counter=desk.counter))
        after = await desk.backend.snapshot()
        recorded = await read(desk.backend, before.seq, after.seq)
        assert [item.seq for item in recorded] == list(range(before.seq + 1, after.seq + 1))
        state = before.state
        for item in recorded:
            state = apply(state, item.event)
        assert state == after.state

    async def test_the_whole_stream_makes_the_whole_state(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        await self.serving(bench, desk)
        snapshot = await desk.backend.snapshot()
        state = State()
        for item in await read(desk.backend, 0, snapshot.seq):
            state = apply(state, item.event)
        assert state == snapshot.state

    async def test_events_can_be_read_from_the_middle_and_by_many(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        await self.serving(bench, desk)
        newest = (await desk.backend.snapshot()).seq
        other = await self.desk(bench, 1, opened=False)
        whole = await read(desk.backend, 0, newest)
        assert await read(other.backend, newest // 2, newest) == whole[newest // 2 :]

    async def test_a_waiting_reader_hears_what_another_desk_does(self, bench: Bench) -> None:
        desk, other = await self.desk(bench), await self.desk(bench, 1)
        newest = (await desk.backend.snapshot()).seq
        reading = asyncio.create_task(read(desk.backend, newest, newest + 1))
        await asyncio.sleep(0)
        receipt = await other.do(c.PauseCounter(counter=other.counter, reason="break"))
        assert tuple(await reading) == receipt.events

    async def test_a_quiet_station_is_alive(self, bench: Bench) -> None:
        desk = await self.desk(bench, opened=False)
        newest = (await desk.backend.snapshot()).seq
        async with asyncio.timeout(PATIENCE):
            async with contextlib.aclosing(_generator(desk.backend.events(newest))) as stream:
                async for item in stream:
                    assert isinstance(item, Alive)
                    assert item.seq == newest
                    break

    async def test_a_reader_from_the_future_is_told_to_begin_again(self, bench: Bench) -> None:
        desk = await self.desk(bench, opened=False)
        newest = (await desk.backend.snapshot()).seq
        async with asyncio.timeout(PATIENCE):
            async with contextlib.aclosing(_generator(desk.backend.events(newest + 1000))) as stream:
                async for item in stream:
                    assert item == Resync()
                    break

    async def test_close_ends_what_is_pending(self, bench: Bench) -> None:
        desk = await self.desk(bench, opened=False)
        newest = (await desk.backend.snapshot()).seq
        heard = asyncio.Event()

        async def listen() -> None:
            async for _ in desk.backend.events(newest):
                heard.set()

        listening = asyncio.create_task(listen())
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
            await desk.backend.close()
            # Ended by itself or with a BackendError; but ended.
            with contextlib.suppress(BackendError):
                await listening
        await desk.backend.close()
        with raising(BackendError):
            await desk.backend.snapshot()

    # --- commands ---

    async def test_the_same_id_gets_the_first_answer_again(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "idempotent")
        command, command_id = c.PauseCounter(counter=desk.counter, reason="break"), new_id()
        first = await desk.do(command, command_id)
        newest = (await desk.backend.snapshot()).seq
        assert first.command == command_id
        assert first.events
        assert await desk.do(command, command_id) == first
        assert (await desk.backend.snapshot()).seq == newest

    async def test_an_id_is_good_for_one_command_only(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "idempotent")
        command_id = new_id()
        await desk.do(c.PauseCounter(counter=desk.counter, reason="break"), command_id)
        newest = (await desk.backend.snapshot()).seq
        with raising(BackendError):
            await desk.do(c.PauseCounter(counter=desk.counter, reason="lunch"), command_id)
        assert (await desk.backend.snapshot()).seq == newest

    async def test_a_refusal_has_its_code_and_values_and_stays(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        command, command_id = c.CallNext(counter=desk.counter), new_id()
        params = await refused(desk, command, "nobody_waiting", command_id)
        assert params == {"counter": desk.counter}
        group = next(iter((await desk.state()).groups))
        await bench.give(c.IssueTicket(group=group), "ticket_machine")
        if "idempotent" in desk.backend.capabilities:
            assert await refused(desk, command, "nobody_waiting", command_id) == params
        await desk.do(command)
        params = await refused(desk, command, "counter_busy")
        assert params["state"] == "called"
        assert {"nobody_waiting", "counter_busy"} <= set(REFUSAL_CODES)

    async def test_what_a_role_may_not_do_is_not_done(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        newest = (await desk.backend.snapshot()).seq
        try:
            await desk.do(c.LapseCase(case="x"))
        except (Refused, BackendError):
            assert (await desk.backend.snapshot()).seq == newest
        else:
            raise AssertionError("an officer lapsed a case")

    async def test_two_desks_never_call_the_same_ticket(self, bench: Bench) -> None:
        desks = [await self.desk(bench, who) for who in (0, 1)]
        group = next(iter((await desks[0].state()).groups))
        for _ in range(8):
            await bench.give(c.IssueTicket(group=group), "ticket_machine")
        called: list[str] = []
        for _ in range(4):
            await asyncio.gather(*(desk.do(c.CallNext(counter=desk.counter)) for desk in desks))
            called += [(await desk.ticket()).id for desk in desks]
            for desk in desks:
                await desk.do(c.StartService(counter=desk.counter))
                await desk.do(c.FinishTicket(counter=desk.counter))
        assert len(set(called)) == 8

    # --- the whole journey of tickets ---

    async def test_a_ticket_through_the_hall(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "call_next")
        ticket = await self.serving(bench, desk)
        assert ticket.state == "serving"
        await desk.do(c.Requeue(counter=desk.counter))
        await desk.do(c.CallNext(counter=desk.counter))
        if "recall" in desk.backend.capabilities:
            await desk.do(c.Recall(counter=desk.counter))
            assert (await desk.ticket()).recalls == 1
        await desk.do(c.StartService(counter=desk.counter))
        await desk.do(c.FinishTicket(counter=desk.counter, outcome="come_back"))
        assert (await desk.state()).tickets[ticket.id].state == "finished"

    async def test_the_three_kinds_of_holding(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "hold_kinds")
        other = await self.desk(bench, 1)
        ticket = await self.serving(bench, desk)
        kinds: tuple[HoldKind, ...] = ("papers_kept", "step_wait")
        for kind in kinds:
            await desk.do(c.HoldTicket(counter=desk.counter, kind=kind))
            await refused(other, c.ResumeTicket(counter=other.counter, ticket=ticket.id), "held_elsewhere")
            await desk.do(c.ResumeTicket(counter=desk.counter, ticket=ticket.id))
        await desk.do(c.HoldTicket(counter=desk.counter, kind="papers_out"))
        await other.do(c.ResumeTicket(counter=other.counter, ticket=ticket.id))
        assert (await other.ticket()).id == ticket.id

    async def test_a_held_ticket_can_be_called_and_may_leave(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "hold_kinds", "call_given")
        ticket = await self.serving(bench, desk)
        await desk.do(c.HoldTicket(counter=desk.counter, kind="papers_out"))
        await desk.do(c.CallTicket(counter=desk.counter, ticket=ticket.id))
        await desk.do(c.TicketLeaves(ticket=ticket.id))
        assert (await desk.state()).tickets[ticket.id].state == "left"

    async def test_a_no_show_comes_after_all_and_steps_are_undone(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "no_show")
        group = next(iter((await desk.state()).groups))
        await bench.give(c.IssueTicket(group=group), "ticket_machine")
        await desk.do(c.CallNext(counter=desk.counter))
        ticket = await desk.ticket()
        await desk.do(c.MarkNoShow(counter=desk.counter))
        assert (await desk.state()).tickets[ticket.id].state == "no_show"
        if "undo" in desk.backend.capabilities:
            await desk.do(c.UndoStep(counter=desk.counter))
            assert (await desk.ticket()).state == "called"
            await desk.do(c.MarkNoShow(counter=desk.counter))
        await desk.do(c.Reinstate(ticket=ticket.id))
        assert (await desk.state()).tickets[ticket.id].state == "waiting"

    async def test_a_ticket_goes_to_another_counter(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "transfer")
        other = await self.desk(bench, 1)
        ticket = await self.serving(bench, desk)
        await desk.do(c.TransferTicket(counter=desk.counter, to_counter=other.counter))
        await refused(desk, c.CallNext(counter=desk.counter), "nobody_waiting")
        await other.do(c.CallNext(counter=other.counter))
        assert (await other.ticket()).id == ticket.id
        group = list((await other.state()).groups)[-1]
        await other.do(c.TransferTicket(counter=other.counter, to_group=group))
        assert (await other.state()).tickets[ticket.id].group == group

    async def test_appointments_and_the_days_of_a_counter(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "appointments")
        snapshot = await desk.backend.snapshot()
        opened = (await read(desk.backend, 0, snapshot.seq))[-1].event.at
        groups = tuple(snapshot.state.groups)
        booking = c.BookAppointment(appointment="yy-1", group=groups[0], at=opened + timedelta(minutes=1))
        await bench.give(booking, "guide")
        await desk.do(c.CheckIn(appointment="yy-1"))
        state = await desk.state()
        assert state.tickets[state.appointments["yy-1"].ticket].booked_for == booking.at
        await desk.do(c.ChangeProfile(counter=desk.counter, groups=groups[:1]))
        await desk.do(c.PauseCounter(counter=desk.counter, reason="lunch"))
        await desk.do(c.OpenCounter(counter=desk.counter))
        await desk.do(c.CloseCounter(counter=desk.counter))
        assert (await desk.state()).counters[desk.counter].state == "closed"

    # --- cases ---

    def template(self, bench: Bench, *, on_the_spot: bool) -> CaseFile:
        """A complete case of the first service that is decided so. Raises: unittest.SkipTest."""
        today = bench.today()
        for service in bench.index.catalog.services:
            file = complete(bench.index, 1, service.id, today)
            if file is None:
                continue
            found = assess(bench.index, file, today=today, role="officer")
            if found.on_the_spot is on_the_spot and found.department and any(file.answers) and file.materials:
                return file
        raise unittest.SkipTest("the catalogue has no such service")

    async def opened(self, bench: Bench, desk: Desk, template: CaseFile) -> CaseFile:
        """A draft on a ticket being served, and its complete file, not yet written."""
        await self.serving(bench, desk)
        case = new_id()
        await desk.do(c.OpenCase(counter=desk.counter, case=case, service=template.service))
        return msgspec.structs.replace(template, case=case)

    async def accepted(self, bench: Bench, desk: Desk, template: CaseFile) -> Case:
        """A case that was accepted."""
        file = await self.opened(bench, desk, template)
        await desk.backend.write_file(file)
        await desk.do(c.ReceiveCase(case=file.case))
        await desk.do(c.AcceptCase(case=file.case))
        return await desk.case(file.case)

    async def test_a_case_file_has_versions_and_no_write_is_lost(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "cases", "versioned_files")
        file = await self.opened(bench, desk, self.template(bench, on_the_spot=False))
        empty = await desk.backend.read_file(file.case)
        assert empty == CaseFile(case=file.case, service=file.service)
        assert await desk.backend.write_file(file) == 1
        assert await desk.backend.read_file(file.case) == msgspec.structs.replace(file, version=1)
        conflict = await caught(Conflict, desk.backend.write_file(file))
        assert conflict.current == 1
        changed = msgspec.structs.replace(file, version=1, at="end", entered={"note": "一 \u2028 '\"\\ 𠀀"})
        assert await desk.backend.write_file(changed) == 2
        assert await desk.backend.read_file(file.case) == msgspec.structs.replace(changed, version=2)

    async def test_the_file_of_anothers_case_is_closed(self, bench: Bench) -> None:
        desk, other = await self.desk(bench), await self.desk(bench, 1)
        need(desk.backend, "cases")
        file = await self.opened(bench, desk, self.template(bench, on_the_spot=False))
        await desk.backend.write_file(file)
        changed = msgspec.structs.replace(file, version=1)
        assert (await caught(Refused, other.backend.read_file(file.case))).code == "case_not_yours"
        assert (await caught(Refused, other.backend.write_file(changed))).code == "case_not_yours"
        with raising(Refused):
            await desk.backend.read_file("no-such-case")

    async def test_drafts_are_changed_discarded_and_declined(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "cases")
        template = self.template(bench, on_the_spot=False)
        file = await self.opened(bench, desk, template)
        await desk.backend.write_file(file)
        other = next(s.id for s in bench.index.catalog.services if s.id != template.service)
        await desk.do(c.ChangeService(case=file.case, service=other))
        assert (await desk.case(file.case)).service == other
        await desk.do(c.DiscardCase(case=file.case))
        assert file.case not in (await desk.state()).cases
        with raising(Refused):
            await desk.backend.read_file(file.case)
        second = new_id()
        await desk.do(c.OpenCase(counter=desk.counter, case=second, service=template.service))
        await refused(desk, c.FinishTicket(counter=desk.counter), "open_cases")
        await refused(desk, c.DeclineCase(case=second, reason=""), "reason_missing")
        await desk.do(c.DeclineCase(case=second, reason="not_here"))
        assert (await desk.case(second)).status == "not_accepted"
        await desk.do(c.FinishTicket(counter=desk.counter))

    async def test_a_case_decided_on_the_spot(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "cases")
        case = await self.accepted(bench, desk, self.template(bench, on_the_spot=True))
        await refused(desk, c.HandOverCase(case=case.id), "on_the_spot")
        receipt = await desk.do(c.CompleteCase(case=case.id))
        assert [type(item.event) for item in receipt.events][-1] is e.CaseClosed
        assert (await desk.case(case.id)).status == "closed"

    async def test_a_case_through_its_department_and_back(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "cases", "handoff")
        template = self.template(bench, on_the_spot=False)
        file = await self.opened(bench, desk, template)
        case = file.case
        await refused(desk, c.AcceptCase(case=case), "no_file")
        await desk.backend.write_file(msgspec.structs.replace(file, materials={}))
        params = await refused(desk, c.AcceptCase(case=case), "gate")
        assert params["problems"]
        await desk.backend.write_file(msgspec.structs.replace(file, version=1))
        await desk.do(c.ReceiveCase(case=case))
        assert (await desk.case(case)).number
        await desk.do(c.RequestSupplement(case=case, items=("X",)))
        await desk.do(c.SupplementCase(case=case))
        assert (await desk.case(case)).status == "received"
        await desk.do(c.AcceptCase(case=case))
        department = (await desk.case(case)).department
        assert department
        await desk.do(c.HandOverCase(case=case))
        await refused(desk, c.HandOverCase(case=case), "handoff_running")
        await bench.give(c.ReportHandoffFailure(case=case, error="timeout"), "courier")
        await bench.give(c.RefuseHandoff(case=case, reason="wrong_department"), "reviewer", department)
        await desk.do(c.HandOverCase(case=case))
        await bench.give(c.AcknowledgeCase(case=case, reference="D-1"), "reviewer", department)
        found = await desk.case(case)
        assert found.status == "in_review"
        assert found.handoff is not None
        assert found.handoff.reference == "D-1"
        await bench.give(c.SuspendCase(case=case, reason="court"), "reviewer", department)
        await bench.give(c.ResumeCase(case=case), "reviewer", department)
        await bench.give(c.RequestSupplement(case=case, items=("X",)), "reviewer", department)
        assert (await desk.case(case)).supplement == ("X",)
        await desk.do(c.SupplementCase(case=case))
        await self.approved(bench, desk, case, department)

    async def approved(self, bench: Bench, desk: Desk, case: str, department: str) -> None:
        """From the review to the end; the file can still be read by who accepted the case."""
        await bench.give(c.DecideCase(case=case, decision="approved"), "reviewer", department)
        await bench.give(c.ProduceCase(case=case), "reviewer", department)
        await bench.give(c.MakeReady(case=case), "reviewer", department)
        await desk.do(c.DeliverCase(case=case))
        await desk.do(c.CloseCase(case=case))
        found = await desk.case(case)
        assert (found.status, found.decision, found.returned) == ("closed", "approved", 2)
        assert (await desk.backend.read_file(case)).version == 2
        await desk.do(c.FinishTicket(counter=desk.counter))

    async def test_other_ends_of_a_case(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "cases", "handoff")
        template = self.template(bench, on_the_spot=False)
        case = await self.accepted(bench, desk, template)
        await desk.do(c.WithdrawCase(case=case.id))
        assert (await desk.case(case.id)).status == "withdrawn"
        mailed = new_id()
        await desk.do(c.OpenCase(counter=desk.counter, case=mailed, service=template.service))
        await desk.backend.write_file(msgspec.structs.replace(template, case=mailed))
        await desk.do(c.AcceptCase(case=mailed))
        await desk.do(c.HandOverCase(case=mailed))
        for command in (
            c.AcknowledgeCase(case=mailed, reference="D-2"),
            c.DecideCase(case=mailed, decision="approved"),
            c.ProduceCase(case=mailed),
        ):
            await bench.give(command, "reviewer", case.department)
        await bench.give(c.DispatchCase(case=mailed, tracking="DEMO1"), "courier")
        await bench.give(c.DeliverCase(case=mailed), "courier")
        await bench.give(c.CloseCase(case=mailed), "courier")
        assert (await desk.case(mailed)).tracking == "DEMO1"
        lapsed = new_id()
        await desk.do(c.OpenCase(counter=desk.counter, case=lapsed, service=template.service))
        await desk.do(c.ReceiveCase(case=lapsed))
        await desk.do(c.RequestSupplement(case=lapsed, items=("X",)))
        await bench.give(c.LapseCase(case=lapsed), "leader")
        assert (await desk.case(lapsed)).status == "lapsed"

    # --- what a shift leader is asked for ---

    def lacking(self, bench: Bench) -> tuple[CaseFile, str]:
        """A file that could be accepted if one paper were not missing which may come later, and that paper."""
        for service in bench.index.catalog.services:
            file = complete(bench.index, 1, service.id, bench.today())
            if file is None:
                continue
            found = assess(bench.index, file, today=bench.today(), role="officer")
            for material in found.materials:
                code = material.use.code
                single = material.use.necessity == "required" and not material.use.one_of
                if single and material.deferrable and material.needed and material.status == "verified":
                    return msgspec.structs.replace(file, materials={**file.materials, code: "missing"}), code
        raise unittest.SkipTest("the catalogue has no such service")

    async def test_a_leader_is_asked_and_answers(self, bench: Bench) -> None:
        desk, other = await self.desk(bench), await self.desk(bench, 1)
        need(desk.backend, "cases", "versioned_files")
        template, code = self.lacking(bench)
        file = await self.opened(bench, desk, template)
        case, ask = file.case, c.RequestApproval(case=file.case, what="deferral", item=code, reason="on_its_way")
        await refused(desk, ask, "no_file")
        await desk.backend.write_file(file)
        await refused(desk, c.RequestApproval(case=case, what="deferral", item="X", reason="on_its_way"), "not_askable")
        await refused(other, ask, "case_not_yours")
        await desk.do(ask)
        assert [(one.item, one.reason) for one in (await desk.case(case)).asked] == [(code, "on_its_way")]
        await refused(desk, c.DeferMaterial(case=case, material=code), "not_permitted")
        await refused(desk, c.AcceptCase(case=case), "gate")
        await bench.give(c.RefuseRequest(case=case, what="deferral", item=code, reason="no_ground"), "leader")
        assert [one.refused for one in (await desk.case(case)).requests] == ["no_ground"]
        yes = c.DeferMaterial(case=case, material=code, asked=True)
        assert (await caught(Refused, bench.give(yes, "leader"))).code == "no_request"
        await desk.do(ask)
        await bench.give(yes, "leader")
        found = await desk.case(case)
        assert (found.deferred, found.requests) == ((code,), ())
        deferred = msgspec.structs.replace(file, version=1, materials={**file.materials, code: "deferred"})
        await desk.backend.write_file(deferred)
        await desk.do(c.AcceptCase(case=case))
        assert (await desk.case(case)).deferred == (code,)

    async def test_a_question_ends_when_its_paper_is_here(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "cases", "versioned_files")
        template, code = self.lacking(bench)
        file = await self.opened(bench, desk, template)
        await desk.backend.write_file(file)
        receipt = await desk.do(
            c.RequestApproval(case=file.case, what="deferral", item=code, reason="on_its_way"),
        )
        brought = msgspec.structs.replace(file, version=1, materials={**file.materials, code: "verified"})
        await desk.backend.write_file(brought)
        after = receipt.events[-1].seq
        (told,) = await read(desk.backend, after, after + 1)
        assert isinstance(told.event, e.RequestWithdrawn)
        assert (told.event.case, told.event.item, told.event.needless) == (file.case, code, True)
        assert (await desk.case(file.case)).requests == ()
        again = c.WithdrawRequest(case=file.case, what="deferral", item=code)
        await refused(desk, again, "no_request")

    # --- values shown, the lease of a call ---

    async def test_a_value_shown_changes_nothing_and_is_told_without_the_value(self, bench: Bench) -> None:
        desk, other = await self.desk(bench), await self.desk(bench, 1)
        need(desk.backend, "cases")
        file = await self.opened(bench, desk, self.template(bench, on_the_spot=False))
        before, command_id = await desk.case(file.case), new_id()
        shown = c.ViewValue(case=file.case, field="applicant_id")
        receipt = await desk.do(shown, command_id)
        told = receipt.events[-1].event
        assert isinstance(told, e.ValueViewed)
        assert (told.case, told.field, told.by) == (file.case, "applicant_id", desk.session.actor.id)
        assert await desk.case(file.case) == before
        if "idempotent" in desk.backend.capabilities:
            assert (await desk.do(shown, command_id)).events == receipt.events
        await refused(other, shown, "case_not_yours")

    async def test_a_called_ticket_is_its_callers_alone(self, bench: Bench) -> None:
        desk, other = await self.desk(bench), await self.desk(bench, 1)
        group = next(iter((await desk.state()).groups))
        await bench.give(c.IssueTicket(group=group), "ticket_machine")
        await desk.do(c.CallNext(counter=desk.counter))
        await refused(other, c.Requeue(counter=desk.counter), "counter_not_yours")
        refusal = await caught(Refused, bench.give(c.Requeue(counter=desk.counter), "leader"))
        assert refusal.code == "lease_running"
        await desk.do(c.StartService(counter=desk.counter))
        await bench.give(c.HoldTicket(counter=desk.counter, kind="papers_out"), "leader")
        assert (await desk.state()).current_ticket(desk.counter) is None

    # --- the audit trail and the escrow ---

    async def test_the_trail_goes_on_and_its_past_stays(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "audit")
        first = (await desk.backend.snapshot()).audit
        receipt = await desk.do(c.PauseCounter(counter=desk.counter, reason="break"))
        assert desk.session.audit is not None
        assert first is not None
        assert receipt.audit is not None
        assert desk.session.audit.size <= first.size < receipt.audit.size
        for seen in (desk.session.audit, first, receipt.audit):
            assert await desk.backend.audit_root(seen.size) == seen.root
        assert await desk.backend.audit_root(receipt.audit.size + 10**6) is None

    async def test_without_the_capability_there_is_no_trail(self, bench: Bench) -> None:
        desk = await self.desk(bench, opened=False)
        if "audit" in desk.backend.capabilities:
            raise unittest.SkipTest("there is one")
        assert desk.session.audit is None
        assert await desk.backend.audit_root(0) is None

    async def test_an_officer_opens_no_escrow(self, bench: Bench) -> None:
        desk = await self.desk(bench, opened=False)
        with raising(NotAllowed):
            await desk.backend.open_escrow(desk.session.actor.id, 1, b"sealed", 0)

    # --- what a shift leaves to the next ---

    async def test_a_note_lies_at_its_counter_until_it_is_taken_away(self, bench: Bench) -> None:
        desk, other = await self.desk(bench), await self.desk(bench, 1)
        need(desk.backend, "notes")
        assert await desk.backend.read_note(desk.counter) is None
        await desk.backend.write_note(desk.counter, "张测试的材料在左边抽屉")
        await desk.backend.write_note(desk.counter, "张测试的材料在右边抽屉\u3000勿动")
        assert await other.backend.read_note(other.counter) is None
        await desk.do(c.CloseCounter(counter=desk.counter))
        assert (await caught(Refused, desk.backend.read_note(desk.counter))).code == "counter_not_open"
        await other.do(c.CloseCounter(counter=other.counter))
        await other.do(c.OpenCounter(counter=desk.counter, groups=tuple((await desk.state()).groups)))
        note = await other.backend.read_note(desk.counter)
        assert note is not None
        assert (note.counter, note.author) == (desk.counter, desk.session.actor.id)
        assert note.text == "张测试的材料在右边抽屉\u3000勿动"
        assert note.at.astimezone(TIMEZONE).date() == bench.today()
        for _ in range(2):
            await other.backend.drop_note(desk.counter)
        assert await other.backend.read_note(desk.counter) is None

    async def test_the_note_of_anothers_counter_is_closed(self, bench: Bench) -> None:
        desk, other = await self.desk(bench), await self.desk(bench, 1)
        need(desk.backend, "notes")
        await desk.backend.write_note(desk.counter, "x")
        for attempt in (
            other.backend.read_note(desk.counter),
            other.backend.write_note(desk.counter, "y"),
            other.backend.drop_note(desk.counter),
        ):
            assert (await caught(Refused, attempt)).code == "counter_not_yours"
        assert (await caught(Refused, desk.backend.read_note("no such"))).code == "unknown_counter"
        note = await desk.backend.read_note(desk.counter)
        assert note is not None
        assert note.text == "x"

    async def test_a_note_never_enters_the_stream(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "notes")
        before = (await desk.backend.snapshot()).seq
        await desk.backend.write_note(desk.counter, "x")
        await desk.backend.drop_note(desk.counter)
        assert (await desk.backend.snapshot()).seq == before

    async def test_an_officer_unlocks_nobody(self, bench: Bench) -> None:
        desk = await self.desk(bench, opened=False)
        with raising(NotAllowed):
            await desk.backend.unlock_officer("somebody")

    # --- figures ---

    async def test_figures_tell_of_the_visits_of_the_day(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "figures")
        day = Query(first=bench.today(), last=bench.today())
        before = await desk.backend.figures(day)
        assert (before.total.tickets, before.query) == (0, day)
        ticket = await self.serving(bench, desk)
        await desk.do(c.FinishTicket(counter=desk.counter, outcome="referred"))
        await bench.give(c.IssueTicket(group=ticket.group), "ticket_machine")
        for by in BY:
            answer = await desk.backend.figures(msgspec.structs.replace(day, by=by))
            assert (answer.total.tickets, answer.total.finished, answer.total.open) == (2, 1, 1)
            assert answer.total.outcomes == {"referred": 1}
            assert (answer.total.wait.count, answer.total.service.count) == (1, 1)
            assert answer.seq == (await desk.backend.snapshot()).seq
            if by not in PERSONAL:
                assert sum(row.tickets for row in answer.rows) == 2
        (row,) = (await desk.backend.figures(day)).rows
        assert row.key == ticket.group
        gone = msgspec.structs.replace(day, first=day.first - timedelta(days=2), last=day.last - timedelta(days=1))
        assert (await desk.backend.figures(gone)).total.tickets == 0

    async def test_an_officers_own_figures_are_his_own(self, bench: Bench) -> None:
        desk, other = await self.desk(bench), await self.desk(bench, 1)
        need(desk.backend, "figures")
        await self.serving(bench, desk)
        await desk.do(c.FinishTicket(counter=desk.counter))
        day = Query(first=bench.today(), last=bench.today(), by="officer")
        mine, theirs = await desk.backend.figures(day), await other.backend.figures(day)
        assert [(row.key, row.finished) for row in mine.rows] == [(desk.session.actor.id, 1)]
        assert (theirs.rows, theirs.total.finished, theirs.own) == ((), 1, True)
        asked = msgspec.structs.replace(day, officer=desk.session.actor.id)
        assert (await desk.backend.figures(asked)).total.finished == 1
        assert (await caught(Refused, other.backend.figures(asked))).code == "figures_not_yours"

    async def test_a_board_shows_calls_and_stays_alive(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "board")
        backend, login = await bench.connect(), bench.board or bench.logins[0]
        await backend.sign_in(login.officer, login.password)
        alive = False
        async with asyncio.timeout(PATIENCE), contextlib.aclosing(_generator(backend.boards())) as items:
            shown = await anext(items)
            assert isinstance(shown, Board)
            assert shown.calls == ()
            ticket = await self.serving(bench, desk)
            async for item in items:
                alive |= isinstance(item, Alive)
                shown = item if isinstance(item, Board) else shown
                if alive and shown.calls and shown.calls[0].state == "serving":
                    break
        assert [(call.number, call.counter) for call in shown.calls] == [(ticket.number, desk.counter)]
        assert shown.open == (desk.counter,)

    # --- archives ---

    async def test_archives_answer_in_facts_of_the_service(self, bench: Bench) -> None:
        desk = await self.desk(bench)
        need(desk.backend, "archives")
        for service in bench.index.catalog.services:
            plan = bench.index.plan(service.id)
            found = await desk.backend.lookup(service.id, service.applicant_fact, "310000199001010010")
            assert set(found) <= set(plan.facts)
            assert set(msgspec.to_builtins(found)) == set(found)
        assert await desk.backend.lookup(service.id, "no_such_fact", "x") == {}
