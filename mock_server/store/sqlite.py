"""The store over one SQLite file, with nothing but the standard library.

One process, one connection, one thread: SQLite before 3.51.3 can corrupt a WAL that two connections write, and many
writers on one file starve each other. `locking_mode=EXCLUSIVE` makes a second process fail at once instead.
synchronous=FULL is what makes an acknowledged command survive a power cut; both are read back, because SQLite silently
keeps the old value where it cannot do what was asked.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from counterdesk.catalog.casefile import CaseFile
from counterdesk.station.events import Recorded
from counterdesk.station.host import Answer
from counterdesk.station.refused import RefusalCode
from counterdesk.station.roles import Actor
from mock_server.store.base import Account, StoredSession, StoreError, StoreInUse, StoreUnsafe

SCHEMA_VERSION = 1
APPLICATION_ID = 0x6364736B
"""Marks the file as ours ("cdsk"), so that another program's database is never taken for it."""

_BATCH = 500
_FULL = 2


class SqliteStore:
    """A `mock_server.store.base.Store` over the file `path`, created with mode 0600 if it is not there.

    Raises: StoreInUse, StoreUnsafe (no WAL, no FULL, a foreign or newer file), StoreError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        with _mapped():
            # Made here and not by SQLite: the -wal file gets the mode of the database.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            # isolation_level None: transactions are begun by hand, never by the module's guess.
            db = sqlite3.connect(self._path, isolation_level=None, timeout=0, check_same_thread=False)
            try:
                _prepare(db)
            except BaseException:
                db.close()
                raise
        return db

    def reopen(self) -> None:
        """Close and open again. Raises: StoreError."""
        self.close()
        self._db = self._open()

    def close(self) -> None:
        """Give the file back; the WAL is folded into it."""
        with _mapped():
            self._db.close()

    def pragma(self, name: str) -> object:
        """The value in force of a PRAGMA, for checks."""
        with _mapped():
            return self._db.execute(f"PRAGMA {name}").fetchone()[0]

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all or nothing. Raises: StoreError."""
        with _mapped():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *values: str | int | float) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises: StoreError."""
        with _mapped():
            return self._db.execute(sql, values).fetchall()

    def stations(self) -> tuple[str, ...]:
        """The stations that have a stream."""
        return tuple(row[0] for row in self.rows("SELECT station FROM event WHERE seq = 1 ORDER BY station"))

    def stream(self, station: str) -> SqliteStream:
        """One station's part of the store."""
        return SqliteStream(self, station)

    def put_account(self, account: Account) -> None:
        """Add or replace an account."""
        actor = msgspec.json.encode(account.actor)
        with self.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO account (station, officer, name, actor, password) VALUES (?, ?, ?, ?, ?)",
                (account.station, account.actor.id, account.name, actor, account.password),
            )

    def account(self, station: str, officer: str) -> Account | None:
        """One account."""
        rows = self.rows(
            "SELECT station, actor, name, password FROM account WHERE station = ? AND officer = ?", station, officer
        )
        return _account(*rows[0]) if rows else None

    def put_session(self, session: StoredSession) -> None:
        """Keep a session."""
        with self.write() as db:
            db.execute(
                "INSERT INTO session (token, station, officer, expires) VALUES (?, ?, ?, ?)",
                (session.token, session.station, session.officer, session.expires),
            )

    def session(self, token: str) -> tuple[StoredSession, Account] | None:
        """A session with its account."""
        rows = self.rows(
            "SELECT s.expires, a.station, a.actor, a.name, a.password FROM session s"
            " JOIN account a ON a.station = s.station AND a.officer = s.officer WHERE s.token = ?",
            token,
        )
        if not rows:
            return None
        account = _account(*rows[0][1:])
        session = StoredSession(token=token, station=account.station, officer=account.actor.id, expires=rows[0][0])
        return session, account

    def end_session(self, token: str) -> None:
        """Forget a session."""
        with self.write() as db:
            db.execute("DELETE FROM session WHERE token = ?", (token,))

    def end_sessions_of(self, station: str, officer: str) -> None:
        """Forget an officer's sessions."""
        with self.write() as db:
            db.execute("DELETE FROM session WHERE station = ? AND officer = ?", (station, officer))

    def end_sessions_before(self, now: float) -> None:
        """Forget what expired."""
        with self.write() as db:
            db.execute("DELETE FROM session WHERE expires <= ?", (now,))


class SqliteStream:
    """A `counterdesk.station.host.Store` for one station of a SqliteStore."""

    def __init__(self, store: SqliteStore, station: str) -> None:
        self._store = store
        self._station = station

    def newest(self) -> int:
        """The number of the newest event, 0 if there is none."""
        newest: int = self._store.rows("SELECT coalesce(max(seq), 0) FROM event WHERE station = ?", self._station)[0][0]
        return newest

    def events(self, after: int) -> Iterator[Recorded]:
        """The events after `after`, read in batches so that a long stream never stands in memory as a whole."""
        while batch := self.some_events(after, _BATCH):
            yield from batch
            after = batch[-1].seq

    def some_events(self, after: int, limit: int) -> tuple[Recorded, ...]:
        """At most `limit` events after `after`."""
        rows = self._store.rows(
            "SELECT body FROM event WHERE station = ? AND seq > ? ORDER BY seq LIMIT ?", self._station, after, limit
        )
        return tuple(_recorded(row[0]) for row in rows)

    def answer(self, command_id: str) -> Answer | None:
        """The stored answer to a command id."""
        rows = self._store.rows(
            "SELECT fingerprint, first_seq, last_seq, refused, params FROM answer WHERE station = ? AND command = ?",
            self._station,
            command_id,
        )
        if not rows:
            return None
        fingerprint, first, last, refused, params = rows[0]
        events = self._store.rows(
            "SELECT body FROM event WHERE station = ? AND seq BETWEEN ? AND ? ORDER BY seq",
            self._station,
            first,
            last,
        )
        return Answer(
            command=command_id,
            fingerprint=fingerprint,
            events=tuple(_recorded(row[0]) for row in events),
            refused=None if refused is None else msgspec.convert(refused, RefusalCode),
            params=msgspec.json.decode(params, type=dict[str, str | int]),
        )

    def append(self, answer: Answer, erase: tuple[str, ...]) -> None:
        """Store an answer with its events and erase the named case files, in one transaction.

        Raises: StoreError if the numbers do not continue the stream.
        """
        first = answer.events[0].seq if answer.events else 1
        last = answer.events[-1].seq if answer.events else 0
        if [event.seq for event in answer.events] != list(range(first, last + 1)):
            raise StoreError("the events of an answer are not numbered in a row")
        with self._store.write() as db:
            if answer.events and self.newest() + 1 != first:
                raise StoreError("the events do not continue the stream")
            db.executemany(
                "INSERT INTO event (station, seq, command, body) VALUES (?, ?, ?, ?)",
                [(self._station, event.seq, event.command, msgspec.json.encode(event)) for event in answer.events],
            )
            db.execute(
                "INSERT INTO answer (station, command, fingerprint, first_seq, last_seq, refused, params)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    self._station,
                    answer.command,
                    answer.fingerprint,
                    first,
                    last,
                    answer.refused,
                    msgspec.json.encode(answer.params),
                ),
            )
            db.executemany(
                "DELETE FROM case_file WHERE station = ? AND case_id = ?", [(self._station, case) for case in erase]
            )

    def read_file(self, case: str) -> CaseFile | None:
        """The newest version of a case file."""
        rows = self._store.rows("SELECT body FROM case_file WHERE station = ? AND case_id = ?", self._station, case)
        return msgspec.json.decode(rows[0][0], type=CaseFile) if rows else None

    def write_file(self, file: CaseFile) -> None:
        """Store a case file in place of the version before it. Raises: StoreError if it does not follow that one."""
        values = (msgspec.json.encode(file), file.version, self._station, file.case)
        with self._store.write() as db:
            if file.version == 1:
                sql = "INSERT INTO case_file (body, version, station, case_id) VALUES (?, ?, ?, ?)"
                db.execute(sql, values)
                return
            sql = "UPDATE case_file SET body = ?, version = ? WHERE station = ? AND case_id = ? AND version = ?"
            if db.execute(sql, (*values, file.version - 1)).rowcount != 1:
                raise StoreError("the case file does not follow the stored version")


_EVENT = msgspec.json.Decoder(Recorded)
_ACTOR = msgspec.json.Decoder(Actor)


def _recorded(body: bytes) -> Recorded:
    return _EVENT.decode(body)


def _account(station: str, actor: bytes, name: str, password: str) -> Account:
    return Account(station=station, actor=_ACTOR.decode(actor), name=name, password=password)


@contextmanager
def _mapped() -> Iterator[None]:
    """Every trouble of the database or its file as a StoreError; the text names no value."""
    try:
        yield
    except sqlite3.Error as error:
        # Errors that the module itself raises (use after close) carry no SQLite code.
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StoreInUse("the database is in use by another process") from None
        raise StoreError(name) from None
    except OSError as error:
        raise StoreError(f"{error.strerror}: {error.filename}") from None


def _prepare(db: sqlite3.Connection) -> None:
    """Set and check what durability rests on, then the schema. Raises: StoreUnsafe, sqlite3.Error."""
    # EXCLUSIVE before the first access: then WAL needs no shared memory and no second process gets in.
    _set(db, "locking_mode", "EXCLUSIVE", "exclusive")
    _set(db, "journal_mode", "WAL", "wal")
    _set(db, "synchronous", "FULL", _FULL)
    # A deleted case file leaves no readable bytes in the pages it stood on.
    _set(db, "secure_delete", "ON", 1)
    db.execute("PRAGMA temp_store=MEMORY")
    db.execute("BEGIN IMMEDIATE")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    marked = db.execute("PRAGMA application_id").fetchone()[0]
    empty = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if version == 0 and empty:
        for statement in files("mock_server.store").joinpath("schema.sql").read_text("utf-8").split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
    elif marked != APPLICATION_ID:
        raise StoreUnsafe("the file is not a counterdesk server's database")
    elif version != SCHEMA_VERSION:
        raise StoreUnsafe(f"the database has schema {version}, this program knows {SCHEMA_VERSION}")
    db.execute("COMMIT")


def _set(
    db: sqlite3.Connection,
    name: Literal["locking_mode", "journal_mode", "synchronous", "secure_delete"],
    value: str,
    expected: str | int,
) -> None:
    db.execute(f"PRAGMA {name}={value}")
    got = db.execute(f"PRAGMA {name}").fetchone()[0]
    if got != expected:
        raise StoreUnsafe(f"SQLite keeps {name} at {got}, the server needs {value}")
