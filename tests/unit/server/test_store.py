"""What the store promises: an order without gaps, all or nothing, and nothing lost by closing."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from counterdesk.catalog.casefile import Answer as FactAnswer
from counterdesk.catalog.casefile import CaseFile
from counterdesk.station.audit import START, Note, verify
from counterdesk.station.commands import (
    CallNext,
    ConfigureStation,
    FinishTicket,
    IssueTicket,
    OpenCounter,
    StartService,
)
from counterdesk.station.events import Recorded, TicketLeft
from counterdesk.station.exchange import NOTE_LIFE, Checkpoint, ShiftNote
from counterdesk.station.host import Answer, CommandIdReused, Station
from counterdesk.station.model import TIMEZONE, QueueGroup
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor
from mock_server.server import load_index
from mock_server.store import sqlite
from mock_server.store.base import Account, Failures, StoredSession, StoredToken, StoreError, StoreInUse, StoreUnsafe
from mock_server.store.sqlite import SqliteStore

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=TIMEZONE)
OFFICER = Actor(id="031234", role="officer")
NOTE = Note(at=NOW, officer="031234", action="x")


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
        store.stream("demo").append(answer("c", 1), (), NOTE)
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
        stream.append(answer("c", *seqs), (), NOTE)
    assert list(stream.events(0)) == []
    assert stream.answer("c") is None


def test_what_fails_in_the_middle_leaves_nothing(store: SqliteStore) -> None:
    stream = store.stream("demo")
    stream.append(answer("c", 1), (), NOTE)
    stream.write_file(CaseFile(case="k", version=1), NOTE)
    with pytest.raises(StoreError):
        # The events are new, the command id is not: the answer's key refuses it after the events were written.
        stream.append(answer("c", 2, 3), ("k",), NOTE)
    assert [event.seq for event in stream.events(0)] == [1]
    assert stream.read_file("k") == CaseFile(case="k", version=1)


def test_events_are_read_from_any_number_in_batches(store: SqliteStore) -> None:
    stream = store.stream("demo")
    stream.append(answer("c", *range(1, 1201)), (), NOTE)
    assert [event.seq for event in stream.events(0)] == list(range(1, 1201))
    assert [event.seq for event in stream.events(1198)] == [1199, 1200]
    assert list(stream.events(1200)) == []


def test_an_answer_comes_back_as_it_was(store: SqliteStore) -> None:
    stream = store.stream("demo")
    good = answer("good", 1, 2)
    refused = Answer(command="bad", fingerprint="g", refused="counter_busy", params={"ticket": "A1", "n": 2})
    for each in (good, refused):
        stream.append(each, (), NOTE)
    assert stream.answer("good") == good
    assert stream.answer("bad") == refused
    assert stream.answer("unknown") is None


def test_a_discarded_case_leaves_no_bytes_behind(path: Path) -> None:
    store = SqliteStore(path)
    stream = store.stream("demo")
    stream.write_file(CaseFile(case="k", version=1, answers={"name": FactAnswer("王建国KANARIE")}), NOTE)
    stream.append(answer("c", 1), ("k",), NOTE)
    assert stream.read_file("k") is None
    store.close()
    assert b"KANARIE" not in path.read_bytes()


def test_a_case_file_follows_its_own_version(store: SqliteStore) -> None:
    stream = store.stream("demo")
    stream.write_file(CaseFile(case="k", version=1), NOTE)
    stream.write_file(CaseFile(case="k", version=2, at="x"), NOTE)
    for version in (1, 2, 4):
        with pytest.raises(StoreError):
            stream.write_file(CaseFile(case="k", version=version), NOTE)
    assert stream.read_file("k") == CaseFile(case="k", version=2, at="x")


def crashed(path: Path, folder: Path) -> Path:
    """A database with one event, as a process leaves it that was killed: all of it still in the log."""
    store = SqliteStore(path)
    store.stream("demo").append(answer("c", 1), (), NOTE)
    left = folder / "left.sqlite3"
    for suffix in ("", "-wal"):
        shutil.copy(path.with_name(path.name + suffix), left.with_name(left.name + suffix))
    store.close()
    return left


def test_a_log_that_may_not_be_on_the_disk_is_written_anew_before_anything_else(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed fsync a log can be read and yet be gone after a power cut: nothing may be folded before."""
    left = crashed(path, tmp_path)
    before = left.read_bytes()
    log = left.with_name(left.name + "-wal")
    written = log.read_bytes()
    assert written
    done: list[tuple[str, bytes]] = []
    pwrite, fsync = os.pwrite, os.fsync

    def noted_write(file: int, data: bytes, offset: int) -> int:
        done.append(("write", data))
        return pwrite(file, data, offset)

    def noted_sync(file: int) -> None:
        assert os.path.samestat(os.fstat(file), log.stat())
        assert left.read_bytes() == before
        done.append(("sync", b""))
        fsync(file)

    monkeypatch.setattr(os, "pwrite", noted_write)
    monkeypatch.setattr(os, "fsync", noted_sync)
    again = SqliteStore(left)
    assert done == [("write", written), ("sync", b"")]
    assert [event.seq for event in again.stream("demo").events(0)] == [1]
    again.close()


def test_a_log_that_cannot_be_written_anew_is_built_upon_by_nobody(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = crashed(path, tmp_path)

    def failing(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path.name)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing)
        with pytest.raises(StoreError, match="Input/output"):
            SqliteStore(left)
    again = SqliteStore(left)
    assert [event.seq for event in again.stream("demo").events(0)] == [1]
    again.close()


def test_stations_share_a_file_and_nothing_else(store: SqliteStore) -> None:
    north, south = store.stream("north"), store.stream("south")
    north.append(answer("c", 1, 2), (), NOTE)
    south.append(answer("c", 1), (), NOTE)
    north.write_file(CaseFile(case="k", version=1, at="north"), NOTE)
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


def test_a_shift_note_lies_beside_the_stream_until_it_is_erased(store: SqliteStore, path: Path) -> None:
    stream = store.stream("demo")
    note = ShiftNote(counter="3", author="031234", at=NOW, text="张测试的材料在抽屉")
    stream.write_note(note, NOTE)
    stream.write_note(msgspec.structs.replace(note, counter="4", at=NOW + NOTE_LIFE), NOTE)
    assert stream.read_note("3") == note
    assert store.stream("other").read_note("3") is None
    assert tuple(stream.events(0)) == ()
    size = store.checkpoint("demo").size
    assert stream.drop_notes(NOW, NOTE) == 0
    assert store.checkpoint("demo").size == size  # looking for what is old is no act
    assert stream.drop_notes(NOW + timedelta(seconds=1), NOTE) == 1
    assert msgspec.json.decode(store.audit("demo", size, 9)[0].body)["count"] == 1
    assert stream.read_note("3") is None
    stream.drop_note("4", NOTE)
    assert stream.read_note("4") is None
    assert store.checkpoint("demo").size == size + 2
    store.close()
    assert "抽屉".encode() not in path.read_bytes()


def test_accounts_and_sessions(store: SqliteStore) -> None:
    account = Account(station="demo", actor=OFFICER, name="陈国栋", password="hash")
    store.put_account(account)
    assert store.account("demo", "031234") == account
    assert store.account("other", "031234") is None
    open_session(store, "f", expires=10.0)
    assert store.token("f-access") is not None
    found = store.token("f-refresh")
    assert found is not None
    assert (found[0].kind, found[1].family, found[2]) == ("refresh", "f", account)
    assert found[1] == store.session("f")
    open_session(store, "g", expires=20.0, now=9.0)
    assert store.session("f")
    open_session(store, "h", expires=30.0, now=10.0)
    assert (store.session("f"), store.token("f-refresh"), store.token("f-access")) == (None, None, None)
    store.end_sessions_of("demo", "somebody")
    assert store.session("g")
    store.end_session("h", NOTE)
    store.end_session("h", NOTE)
    assert store.session("h") is None
    store.end_sessions_of("demo", "031234")
    assert (store.session("g"), store.token("g-access")) == (None, None)


def open_session(store: SqliteStore, family: str, expires: float, now: float = 0.0) -> StoredSession:
    session = StoredSession(
        family=family, station="demo", officer="031234", mode="live", rotated=now, active=now, expires=expires
    )
    kinds: tuple[Literal["access", "refresh"], ...] = ("access", "refresh")
    tokens = tuple(
        StoredToken(token=f"{family}-{kind}", family=family, kind=kind, generation=0, expires=expires) for kind in kinds
    )
    store.open_session(session, tokens, NOTE)
    return session


def test_every_act_and_its_entry_are_one_transaction(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = store.stream("demo")
    stream.append(answer("c", 1), (), NOTE)
    assert store.checkpoint("demo").size == 1

    def broken(*_: object) -> bytes:
        raise StoreError("no entry")

    monkeypatch.setattr(sqlite, "encode", broken)
    store.put_account(Account(station="demo", actor=OFFICER, name="", password=""))
    for act in (
        lambda: stream.append(answer("d", 2), (), NOTE),
        lambda: stream.write_file(CaseFile(case="k", version=1), NOTE),
        lambda: open_session(store, "f", 10.0),
        lambda: store.put_failures("demo", {"x": Failures(1, 1.0)}, NOTE),
        lambda: store.put_escrow("demo", "key", NOTE),
    ):
        with pytest.raises(StoreError, match="no entry"):
            act()
    assert (stream.newest(), stream.answer("d"), stream.read_file("k")) == (1, None, None)
    assert store.session("f") is None
    assert store.failures("demo", "x") == Failures()
    assert store.escrow("demo") == ""
    assert store.checkpoint("demo").size == 1


def test_the_trail_cannot_be_changed_through_sql_and_names_no_case(store: SqliteStore, path: Path) -> None:
    for number in range(3):
        store.note("demo", Note(at=NOW, officer="031234", action="read_file", case=f"KANARIE{number % 2}"))
    links = store.audit("demo", 0, 10)
    assert verify("demo", links) == (3, None)
    first, second, third = (json.loads(link.body)["subject"] for link in links)
    assert first == third != second
    assert b"KANARIE" not in path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()
    for sql in ("UPDATE audit SET body = x'00'", "DELETE FROM audit"):
        with pytest.raises(StoreError), store.write() as db:
            db.execute(sql)
    assert store.audit("demo", 0, 10) == links
    assert store.audit_root("demo", 2) == links[1].hash.hex()
    assert store.audit_root("demo", 0) == START.hex()
    assert store.audit_root("demo", 4) is None
    assert store.checkpoint("demo") == Checkpoint(size=3, root=links[2].hash.hex())


def test_a_database_of_the_first_schema_is_carried_on_in_place(path: Path) -> None:
    old = sqlite3.connect(path)
    first = files("mock_server.store").joinpath("schema_1.sql").read_text("utf-8")
    old.executescript(first + f"PRAGMA user_version=1; PRAGMA application_id={sqlite.APPLICATION_ID};")
    event = msgspec.json.encode(recorded(1))
    old.execute("INSERT INTO event VALUES ('demo', 1, 'c', ?)", (event,))
    old.execute("INSERT INTO answer VALUES ('demo', 'c', 'f', 1, 1, NULL, x'7b7d')")
    old.execute(
        "INSERT INTO case_file VALUES ('demo', 'k', 1, ?)", (msgspec.json.encode(CaseFile(case="k", version=1)),)
    )
    old.execute("INSERT INTO account VALUES ('demo', '031234', 'n', ?, 'hash')", (msgspec.json.encode(OFFICER),))
    old.execute("INSERT INTO session VALUES ('t', 'demo', '031234', 1e12)")
    old.commit()
    old.close()
    for _ in range(2):
        store = SqliteStore(path)
        assert store.pragma("user_version") == sqlite.SCHEMA_VERSION
        stream = store.stream("demo")
        assert [event.seq for event in stream.events(0)] == [1]
        assert stream.answer("c") == answer("c", 1)
        assert stream.read_file("k") == CaseFile(case="k", version=1)
        account = store.account("demo", "031234")
        assert account is not None
        assert account.actor == OFFICER
        assert store.mode() is None
        open_session(store, f"f{store.checkpoint('demo').size}", 10.0)
        store.close()


def test_a_migration_that_breaks_leaves_the_old_database(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "SCHEMA_VERSION", 1)
        SqliteStore(path).close()
    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "SCHEMA_VERSION", 99)  # a step that is not there
        with pytest.raises(StoreError):
            SqliteStore(path)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    db.close()
    SqliteStore(path).close()


def test_a_database_is_of_one_mode_for_ever(store: SqliteStore) -> None:
    assert store.mode() is None
    store.put_mode("practice")
    store.put_mode("practice")
    with pytest.raises(StoreUnsafe, match="practice"):
        store.put_mode("live")
    assert store.mode() == "practice"


def test_a_closed_store_says_so(path: Path) -> None:
    store = SqliteStore(path)
    store.close()
    with pytest.raises(StoreError):
        store.stations()
    store.reopen()
    assert store.stations() == ()
    store.close()
