"""The conformance kit itself: a backend that breaks a promise is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from counterdesk.backends import contract
from counterdesk.backends.base import Alive, Backend, BackendError, Conflict, Receipt, Resync, Session, Snapshot
from counterdesk.backends.practice import PracticeBackend
from counterdesk.catalog.casefile import CaseFile, JsonValue
from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import Recorded
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor
from counterdesk.station.summary import Figures, Query, summarize
from tests.contract import test_backends
from tests.contract.test_backends import HEARTBEAT, PracticeBench

Items = AsyncIterator[Recorded | Alive | Resync]


class Doubling(PracticeBackend):
    async def events(self, after: int) -> Items:
        async for item in super().events(after):
            yield item
            yield item


class Skipping(PracticeBackend):
    async def events(self, after: int) -> Items:
        async for item in super().events(after):
            if not isinstance(item, Recorded) or item.seq % 3:
                yield item


class FromTheStart(PracticeBackend):
    async def events(self, after: int) -> Items:
        async for item in super().events(0):
            yield item


class Mute(PracticeBackend):
    async def events(self, after: int) -> Items:
        async for item in super().events(after):
            if not isinstance(item, Alive):
                yield item


class Endless(PracticeBackend):
    async def close(self) -> None:
        return


class Stale(PracticeBackend):
    first: Snapshot | None = None

    async def snapshot(self) -> Snapshot:
        self.first = self.first or await super().snapshot()
        return self.first


class Forgetful(PracticeBackend):
    async def execute(self, command_id: str, command: AnyCommand) -> Receipt:
        receipt = await super().execute(contract.new_id(), command)
        return msgspec.structs.replace(receipt, command=command_id)


class Careless(PracticeBackend):
    """Gives the first answer to an id whatever is asked."""

    def __init__(self, **options: object) -> None:
        make: Callable[..., None] = super().__init__
        make(**options)
        self.answers: dict[str, Receipt] = {}

    async def execute(self, command_id: str, command: AnyCommand) -> Receipt:
        if command_id not in self.answers:
            self.answers[command_id] = await super().execute(command_id, command)
        return self.answers[command_id]


class Vague(PracticeBackend):
    async def execute(self, command_id: str, command: AnyCommand) -> Receipt:
        try:
            return await super().execute(command_id, command)
        except Refused as refused:
            raise Refused(refused.code) from None


class Overwriting(PracticeBackend):
    async def write_file(self, file: CaseFile) -> int:
        try:
            return await super().write_file(file)
        except Conflict as conflict:
            return await super().write_file(msgspec.structs.replace(file, version=conflict.current))


class Open(PracticeBackend):
    async def read_file(self, case: str) -> CaseFile:
        try:
            return await super().read_file(case)
        except Refused:
            return self.world.store.read_file(case) or CaseFile(case=case)


class NoDoor(PracticeBackend):
    async def sign_out(self) -> None:
        return


class Somebody(PracticeBackend):
    async def sign_in(self, officer: str, password: str) -> Session:
        session = await super().sign_in(officer, password)
        return msgspec.structs.replace(session, actor=msgspec.structs.replace(session.actor, id="me"))


class Inventive(PracticeBackend):
    async def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        return {"star_sign": "aries"}


class Indiscreet(PracticeBackend):
    async def figures(self, query: Query) -> Figures:
        rows = self.world.station.rows(query, Actor(id="x", role="leader"), self.world.clock())
        return summarize(rows, query, Actor(id="x", role="leader"), self.world.station.seq)


class Rounded(PracticeBackend):
    async def figures(self, query: Query) -> Figures:
        figures = await super().figures(query)
        return msgspec.structs.replace(figures, rows=figures.rows[:-1])


class Strict(PracticeBackend):
    def __init__(self, **options: object) -> None:
        assert "no_such_option" not in options
        make: Callable[..., None] = super().__init__
        make(**options)


FAULTS: tuple[tuple[type[PracticeBackend], str], ...] = (
    (Doubling, "test_snapshot_and_events_agree"),
    (Doubling, "test_the_whole_stream_makes_the_whole_state"),
    (Skipping, "test_snapshot_and_events_agree"),
    (FromTheStart, "test_events_can_be_read_from_the_middle_and_by_many"),
    (FromTheStart, "test_a_waiting_reader_hears_what_another_desk_does"),
    (FromTheStart, "test_a_reader_from_the_future_is_told_to_begin_again"),
    (Mute, "test_a_quiet_station_is_alive"),
    (Mute, "test_close_ends_what_is_pending"),
    (Endless, "test_close_ends_what_is_pending"),
    (Stale, "test_snapshot_and_events_agree"),
    (Forgetful, "test_the_same_id_gets_the_first_answer_again"),
    (Forgetful, "test_a_refusal_has_its_code_and_values_and_stays"),
    (Careless, "test_an_id_is_good_for_one_command_only"),
    (Vague, "test_a_refusal_has_its_code_and_values_and_stays"),
    (Overwriting, "test_a_case_file_has_versions_and_no_write_is_lost"),
    (Open, "test_the_file_of_anothers_case_is_closed"),
    (NoDoor, "test_nothing_without_a_session"),
    (Somebody, "test_sign_in_tells_who_and_where"),
    (Inventive, "test_archives_answer_in_facts_of_the_service"),
    (Indiscreet, "test_an_officers_own_figures_are_his_own"),
    (Rounded, "test_figures_tell_of_the_visits_of_the_day"),
    (Strict, "test_unknown_options_are_ignored"),
)


class FaultyBench(PracticeBench):
    def __init__(self, faulty: Callable[..., Backend]) -> None:
        super().__init__()
        self.faulty = faulty

    async def connect(self, **options: object) -> Backend:
        backend = self.faulty(world=self.world, heartbeat=HEARTBEAT, **options)
        self.made.append(backend)
        return backend


@pytest.mark.parametrize(("faulty", "test"), FAULTS, ids=lambda value: getattr(value, "__name__", value))
async def test_a_broken_promise_is_found(
    faulty: type[PracticeBackend], test: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "PATIENCE", 0.3)
    bench = FaultyBench(faulty)
    failed = False
    try:
        await getattr(test_backends.TestPractice(), test)(bench)
    except (AssertionError, TimeoutError, BackendError, Refused):
        failed = True
    finally:
        await bench.close()
    assert failed


async def test_the_kit_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    bench = PracticeBench()
    await test_backends.TestPractice().test_close_ends_what_is_pending(bench)
    await bench.close()
    assert asyncio.all_tasks() == before
