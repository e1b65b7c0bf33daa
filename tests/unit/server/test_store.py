"""What the store promises: an order without gaps, all or nothing, and nothing lost by closing."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from counterdesk.catalog.casefile import Answer as FactAnswer
from counterdesk.catalog.casefile import CaseFile
from counterdesk.station.commands import (
    CallNext,
    ConfigureStation,
    FinishTicket,
    IssueTicket,
    OpenCounter,
    StartService,
)
from counterdesk.station.events import Recorded, TicketLeft
from counterdesk.station.host import Answer, CommandIdReused, Station
from counterdesk.station.model import TIMEZONE, QueueGroup
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor
from mock_server.server import load_index
from mock_server.store import sqlite
from mock_server.store.base import Account, StoredSession, StoreError, StoreInUse, StoreUnsafe
from mock_server.store.sqlite import SqliteStore

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=TIMEZONE)
OFFICER = Actor(id="031234", role="officer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "station.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def recorded(seq: int, command: str = "c") -> Recorded:
    return Recorded(seq=seq, command=command, event=TicketLeft(at=NOW, by="x", ticket=f"t{seq}"))


def answer(command: str, *seqs: int) -> Answer:
    return Answer(command=command, fingerprint="f", events=tuple(recorded(seq, command) for seq in seqs))


def station_of(store: SqliteStore, name: str = "demo") -> Station:
    return Station(store.stream(name), load_index())


def work(station: Station) -> None:
    """Some commands of every outcome."""
    group = QueueGroup(id="HK", letter="H", wait_target=20)
    setup = ConfigureStation(station="demo", name="示范派出所", counters=("1",), groups=(group,))
    station.execute("s", setup, Actor(id="setup", role="setup"), NOW)
    for number in range(3):
        station.execute(f"i{number}", IssueTicket(group="HK"), OFFICER, NOW)
    station.execute("o", OpenCounter(counter="1", groups=("HK",)), OFFICER, NOW)
    station.execute("n", CallNext(counter="1"), OFFICER, NOW)
    with pytest.raises(Refused):
        station.execute("n2", CallNext(counter="1"), OFFICER, NOW)
    station.execute("b", StartService(counter="1"), OFFICER, NOW)
    station.execute("f", FinishTicket(counter="1"), OFFICER, NOW)


def test_durability_is_in_force(store: SqliteStore) -> None:
    assert store.pragma("journal_mode") == "wal"
    assert store.pragma("synchronous") == 2
    assert store.pragma("locking_mode") == "exclusive"
    assert store.pragma("secure_delete") == 1
    assert store.pragma("user_version") == sqlite.SCHEMA_VERSION


def test_a_pragma_that_does_not_hold_is_noticed() -> None:
    memory = sqlite3.connect(":memory:")
    with pytest.raises(StoreUnsafe, match="journal_mode at memory"):
        sqlite._set(memory, "journal_mode", "WAL", "wal")
    memory.close()


def test_only_the_owner_may_read_the_files(path: Path) -> None:
    before = os.umask(0)
    try:
        store = SqliteStore(path)
        store.stream("demo").append(answer("c", 1), ())
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        store.close()
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert f"{path.name}-wal" in modes


@pytest.mark.usefixtures("store")
def test_a_second_user_of_the_file_is_turned_away(path: Path) -> None:
    with pytest.raises(StoreInUse):
        SqliteStore(path)


def test_a_foreign_or_newer_database_is_left_alone(path: Path, tmp_path: Path) -> None:
    foreign = sqlite3.connect(tmp_path / "other")
    foreign.execute("CREATE TABLE t (x)")
    foreign.close()
    with pytest.raises(StoreUnsafe, match="not a counterdesk"):
        SqliteStore(tmp_path / "other")
    SqliteStore(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(StoreUnsafe, match="schema 99"):
        SqliteStore(path)


def test_no_database_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough to be looked at" * 100)
    for path in (tmp_path / "text", tmp_path, tmp_path / "none" / "db"):
        with pytest.raises(StoreError):
            SqliteStore(path)


@pytest.mark.parametrize("seqs", [(2,), (1, 3), (1, 1), (2, 1), (0,)])
def test_a_gap_is_never_stored(store: SqliteStore, seqs: tuple[int, ...]) -> None:
    stream = store.stream("demo")
    with pytest.raises(StoreError):
        stream.append(answer("c", *seqs), ())
    assert list(stream.events(0)) == []
    assert stream.answer("c") is None


def test_what_fails_in_the_middle_leaves_nothing(store: SqliteStore) -> None:
    stream = store.stream("demo")
    stream.append(answer("c", 1), ())
    stream.write_file(CaseFile(case="k", version=1))
    with pytest.raises(StoreError):
        # The events are new, the command id is not: the answer's key refuses it after the events were written.
        stream.append(answer("c", 2, 3), ("k",))
    assert [event.seq for event in stream.events(0)] == [1]
    assert stream.read_file("k") == CaseFile(case="k", version=1)


def test_events_are_read_from_any_number_in_batches(store: SqliteStore) -> None:
    stream = store.stream("demo")
    stream.append(answer("c", *range(1, 1201)), ())
    assert [event.seq for event in stream.events(0)] == list(range(1, 1201))
    assert [event.seq for event in stream.events(1198)] == [1199, 1200]
    assert list(stream.events(1200)) == []


def test_an_answer_comes_back_as_it_was(store: SqliteStore) -> None:
    stream = store.stream("demo")
    good = answer("good", 1, 2)
    refused = Answer(command="bad", fingerprint="g", refused="counter_busy", params={"ticket": "A1", "n": 2})
    for each in (good, refused):
        stream.append(each, ())
    assert stream.answer("good") == good
    assert stream.answer("bad") == refused
    assert stream.answer("unknown") is None


def test_a_discarded_case_leaves_no_bytes_behind(path: Path) -> None:
    store = SqliteStore(path)
    stream = store.stream("demo")
    stream.write_file(CaseFile(case="k", version=1, answers={"name": FactAnswer("王建国KANARIE")}))
    stream.append(answer("c", 1), ("k",))
    assert stream.read_file("k") is None
    store.close()
    assert b"KANARIE" not in path.read_bytes()


def test_a_case_file_follows_its_own_version(store: SqliteStore) -> None:
    stream = store.stream("demo")
    stream.write_file(CaseFile(case="k", version=1))
    stream.write_file(CaseFile(case="k", version=2, at="x"))
    for version in (1, 2, 4):
        with pytest.raises(StoreError):
            stream.write_file(CaseFile(case="k", version=version))
    assert stream.read_file("k") == CaseFile(case="k", version=2, at="x")


def test_stations_share_a_file_and_nothing_else(store: SqliteStore) -> None:
    north, south = store.stream("north"), store.stream("south")
    north.append(answer("c", 1, 2), ())
    south.append(answer("c", 1), ())
    north.write_file(CaseFile(case="k", version=1, at="north"))
    assert [event.seq for event in south.events(0)] == [1]
    assert south.read_file("k") is None
    assert store.stations() == ("north", "south")


def test_reopening_gives_the_same_station(path: Path) -> None:
    store = SqliteStore(path)
    station = station_of(store)
    work(station)
    first = station.execute("i1", IssueTicket(group="HK"), OFFICER, NOW)
    store.close()
    store = SqliteStore(path)
    again = station_of(store)
    assert (again.seq, again.state) == (station.seq, station.state)
    # The same ids get the same answers from the new process, and change nothing.
    assert again.execute("i1", IssueTicket(group="HK"), OFFICER, NOW) == first
    with pytest.raises(Refused) as refused:
        again.execute("n2", CallNext(counter="1"), OFFICER, NOW)
    assert refused.value.code == "counter_busy"
    with pytest.raises(CommandIdReused):
        again.execute("i1", CallNext(counter="1"), OFFICER, NOW)
    assert again.seq == station.seq
    store.close()


def test_accounts_and_sessions(store: SqliteStore) -> None:
    account = Account(station="demo", actor=OFFICER, name="陈国栋", password="hash")
    store.put_account(account)
    assert store.account("demo", "031234") == account
    assert store.account("other", "031234") is None
    session = StoredSession(token="t", station="demo", officer="031234", expires=10.0)
    store.put_session(session)
    assert store.session("t") == (session, account)
    store.end_sessions_before(9.0)
    assert store.session("t")
    store.put_session(StoredSession(token="u", station="demo", officer="031234", expires=20.0))
    store.end_sessions_of("demo", "somebody")
    assert store.session("u")
    store.end_sessions_before(10.0)
    assert store.session("t") is None
    store.end_session("t")
    store.end_sessions_of("demo", "031234")
    assert store.session("u") is None


def test_a_closed_store_says_so(path: Path) -> None:
    store = SqliteStore(path)
    store.close()
    with pytest.raises(StoreError):
        store.stations()
    store.reopen()
    assert store.stations() == ()
    store.close()
