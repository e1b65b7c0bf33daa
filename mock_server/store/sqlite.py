"""The store over one SQLite file, with nothing but the standard library.

One process, one connection, one thread: SQLite before 3.51.3 can corrupt a WAL that two connections write, and many
writers on one file starve each other. `locking_mode=EXCLUSIVE` makes a second process fail at once instead.
synchronous=FULL is what makes an acknowledged command survive a power cut; both are read back, because SQLite silently
keeps the old value where it cannot do what was asked.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec

from counterdesk.catalog.casefile import CaseFile
from counterdesk.disk import renew_log
from counterdesk.station.audit import START, Link, Note, chain, encode, entry_of
from counterdesk.station.events import Recorded
from counterdesk.station.exchange import Checkpoint, ShiftNote
from counterdesk.station.host import Answer
from counterdesk.station.refused import RefusalCode
from counterdesk.station.roles import Actor, Mode
from mock_server.store.base import (
    Account,
    Failures,
    StoredSession,
    StoredToken,
    StoreError,
    StoreInUse,
    StoreUnsafe,
)

SCHEMA_VERSION = 3
APPLICATION_ID = 0x6364736B
"""Marks the file as ours ("cdsk"), so that another program's database is never taken for it."""

REMEMBERED = 10_000
"""Names with failures that are remembered; beyond, the oldest are let go."""
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
                _prepare(db, self._path)
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

    def open_session(self, session: StoredSession, tokens: tuple[StoredToken, ...], note: Note) -> None:
        """Keep a session, forget expired ones."""
        with self.write() as db:
            over = "SELECT family FROM session WHERE expires <= ?"
            db.execute(f"DELETE FROM token WHERE family IN ({over})", (session.rotated,))
            db.execute("DELETE FROM session WHERE expires <= ?", (session.rotated,))
            db.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(session))
            _put_tokens(db, tokens)
            self.add(db, session.station, note)

    def token(self, token: str) -> tuple[StoredToken, StoredSession, Account] | None:
        """A token with its session and account."""
        rows = self.rows(
            "SELECT t.token, t.family, t.kind, t.generation, t.expires, t.dead,"
            " s.family, s.station, s.officer, s.mode, s.generation, s.rotated, s.confirmed, s.active, s.expires,"
            " a.station, a.actor, a.name, a.password FROM token t JOIN session s ON s.family = t.family"
            " JOIN account a ON a.station = s.station AND a.officer = s.officer WHERE t.token = ?",
            token,
        )
        if not rows:
            return None
        found = rows[0]
        stored = dict(zip(StoredToken.__struct_fields__, found[:6], strict=True))
        return (
            msgspec.convert(stored, StoredToken, strict=False),
            _session(found[6:15]),
            _account(*found[15:]),
        )

    def session(self, family: str) -> StoredSession | None:
        """A session whose account is there."""
        rows = self.rows(
            "SELECT s.* FROM session s JOIN account a ON a.station = s.station AND a.officer = s.officer"
            " WHERE s.family = ?",
            family,
        )
        return _session(rows[0]) if rows else None

    def renew_session(self, session: StoredSession, tokens: tuple[StoredToken, ...]) -> None:
        """Keep a session as it is now, with new tokens or without."""
        with self.write() as db:
            db.execute(
                "UPDATE session SET generation = ?, rotated = ?, confirmed = ?, active = ? WHERE family = ?",
                (session.generation, session.rotated, session.confirmed, session.active, session.family),
            )
            if tokens:
                db.execute(
                    "DELETE FROM token WHERE family = ? AND kind = 'access' AND (generation = ? OR expires <= ?)",
                    (session.family, session.generation, session.rotated),
                )
                db.execute(
                    "UPDATE token SET dead = 1 WHERE family = ? AND generation = ?",
                    (session.family, session.generation),
                )
                _put_tokens(db, tokens)

    def end_session(self, family: str, note: Note) -> None:
        """Forget a session."""
        with self.write() as db:
            found = db.execute("SELECT station FROM session WHERE family = ?", (family,)).fetchone()
            if found is None:
                return
            db.execute("DELETE FROM token WHERE family = ?", (family,))
            db.execute("DELETE FROM session WHERE family = ?", (family,))
            self.add(db, found[0], note)

    def end_sessions_of(self, station: str, officer: str) -> None:
        """Forget an officer's sessions."""
        with self.write() as db:
            theirs = "SELECT family FROM session WHERE station = ? AND officer = ?"
            db.execute(f"DELETE FROM token WHERE family IN ({theirs})", (station, officer))
            db.execute("DELETE FROM session WHERE station = ? AND officer = ?", (station, officer))

    def failures(self, station: str, officer: str) -> Failures:
        """The failures of a name."""
        rows = self.rows("SELECT count, at FROM failure WHERE station = ? AND officer = ?", station, officer)
        return Failures(*rows[0]) if rows else Failures()

    def put_failures(self, station: str, failures: dict[str, Failures], note: Note | None = None) -> None:
        """Remember failures."""
        with self.write() as db:
            for officer, (count, at) in failures.items():
                db.execute("DELETE FROM failure WHERE station = ? AND officer = ?", (station, officer))
                if count:
                    db.execute("INSERT INTO failure VALUES (?, ?, ?, ?)", (station, officer, count, at))
            beyond = db.execute("SELECT count(*) FROM failure").fetchone()[0] - REMEMBERED
            if beyond > 0:
                oldest = "SELECT station, officer FROM failure ORDER BY at LIMIT ?"
                db.execute(f"DELETE FROM failure WHERE (station, officer) IN ({oldest})", (beyond,))
            if note is not None:
                self.add(db, station, note)

    def note(self, station: str, note: Note) -> None:
        """Add to the trail."""
        with self.write() as db:
            self.add(db, station, note)

    def add(self, db: sqlite3.Connection, station: str, note: Note) -> None:
        """Add to the trail within a transaction that is under way."""
        sql = "SELECT audit FROM station_key WHERE station = ?"
        found = db.execute(sql, (station,)).fetchone()
        if found is None:
            db.execute("INSERT INTO station_key VALUES (?, ?, '')", (station, secrets.token_bytes(32)))
            found = db.execute(sql, (station,)).fetchone()
        seq, before = self._newest(station)
        body = encode(entry_of(note, found[0]))
        digest = chain(station, seq + 1, before, body)
        db.execute("INSERT INTO audit (station, seq, body, hash) VALUES (?, ?, ?, ?)", (station, seq + 1, body, digest))

    def _newest(self, station: str) -> tuple[int, bytes]:
        rows = self.rows("SELECT seq, hash FROM audit WHERE station = ? ORDER BY seq DESC LIMIT 1", station)
        return rows[0] if rows else (0, START)

    def checkpoint(self, station: str) -> Checkpoint:
        """Where the trail stands."""
        seq, digest = self._newest(station)
        return Checkpoint(size=seq, root=digest.hex())

    def audit_root(self, station: str, size: int) -> str | None:
        """The root at a size."""
        if size == 0:
            return START.hex()
        rows = self.rows("SELECT hash FROM audit WHERE station = ? AND seq = ?", station, size)
        return rows[0][0].hex() if rows else None

    def audit(self, station: str, after: int, limit: int) -> tuple[Link, ...]:
        """Some entries of the trail."""
        sql = "SELECT seq, body, hash FROM audit WHERE station = ? AND seq > ? ORDER BY seq LIMIT ?"
        return tuple(Link(*row) for row in self.rows(sql, station, after, limit))

    def escrow(self, station: str) -> str:
        """The public escrow key."""
        rows = self.rows("SELECT escrow FROM station_key WHERE station = ?", station)
        return rows[0][0] if rows else ""

    def put_escrow(self, station: str, public: str, note: Note) -> None:
        """Set the public escrow key."""
        with self.write() as db:
            self.add(db, station, note)
            db.execute("UPDATE station_key SET escrow = ? WHERE station = ?", (public, station))

    def mode(self) -> Mode | None:
        """What the database is for."""
        rows = self.rows("SELECT value FROM setting WHERE name = 'mode'")
        return msgspec.convert(rows[0][0], Mode) if rows else None

    def put_mode(self, mode: Mode) -> None:
        """Say what the database is for."""
        if (known := self.mode()) == mode:
            return
        if known is not None:
            raise StoreUnsafe(f"the database is for {known} and is never used for {mode}")
        with self.write() as db:
            db.execute("INSERT INTO setting (name, value) VALUES ('mode', ?)", (mode,))


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

    def append(self, answer: Answer, erase: tuple[str, ...], note: Note) -> None:
        """Store an answer with its events, erase the named case files and add the note, in one transaction.

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
            self._store.add(db, self._station, note)

    def read_file(self, case: str) -> CaseFile | None:
        """The newest version of a case file."""
        rows = self._store.rows("SELECT body FROM case_file WHERE station = ? AND case_id = ?", self._station, case)
        return msgspec.json.decode(rows[0][0], type=CaseFile) if rows else None

    def note(self, note: Note) -> None:
        """Add to the trail."""
        self._store.note(self._station, note)

    def read_note(self, counter: str) -> ShiftNote | None:
        """The shift note that lies at a counter."""
        rows = self._store.rows("SELECT body FROM shift_note WHERE station = ? AND counter = ?", self._station, counter)
        return msgspec.json.decode(rows[0][0], type=ShiftNote) if rows else None

    def write_note(self, written: ShiftNote, note: Note) -> None:
        """Lay a shift note at its counter."""
        values = (self._station, written.counter, written.at.timestamp(), msgspec.json.encode(written))
        with self._store.write() as db:
            db.execute("INSERT OR REPLACE INTO shift_note (station, counter, at, body) VALUES (?, ?, ?, ?)", values)
            self._store.add(db, self._station, note)

    def drop_note(self, counter: str, note: Note) -> None:
        """Erase the shift note of a counter."""
        with self._store.write() as db:
            db.execute("DELETE FROM shift_note WHERE station = ? AND counter = ?", (self._station, counter))
            self._store.add(db, self._station, note)

    def drop_notes(self, before: datetime, note: Note) -> int:
        """Erase the shift notes that were written before then."""
        old = (self._station, before.timestamp())
        if not self._store.rows("SELECT 1 FROM shift_note WHERE station = ? AND at < ? LIMIT 1", *old):
            return 0
        with self._store.write() as db:
            count = db.execute("DELETE FROM shift_note WHERE station = ? AND at < ?", old).rowcount
            self._store.add(db, self._station, msgspec.structs.replace(note, count=count))
        return count

    def write_file(self, file: CaseFile, note: Note) -> None:
        """Store a case file in place of the version before it. Raises: StoreError if it does not follow that one."""
        values = (msgspec.json.encode(file), file.version, self._station, file.case)
        with self._store.write() as db:
            if file.version == 1:
                sql = "INSERT INTO case_file (body, version, station, case_id) VALUES (?, ?, ?, ?)"
                db.execute(sql, values)
            else:
                sql = "UPDATE case_file SET body = ?, version = ? WHERE station = ? AND case_id = ? AND version = ?"
                if db.execute(sql, (*values, file.version - 1)).rowcount != 1:
                    raise StoreError("the case file does not follow the stored version")
            self._store.add(db, self._station, note)


_EVENT = msgspec.json.Decoder(Recorded)
_ACTOR = msgspec.json.Decoder(Actor)


def _recorded(body: bytes) -> Recorded:
    return _EVENT.decode(body)


def _session(row: tuple[Any, ...]) -> StoredSession:
    return msgspec.convert(dict(zip(StoredSession.__struct_fields__, row, strict=True)), StoredSession, strict=False)


def _put_tokens(db: sqlite3.Connection, tokens: tuple[StoredToken, ...]) -> None:
    db.executemany("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?)", [msgspec.structs.astuple(token) for token in tokens])


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


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Set and check what durability rests on, then the schema. Raises: StoreUnsafe, sqlite3.Error, OSError."""
    # EXCLUSIVE before the first access: then WAL needs no shared memory and no second process gets in.
    _set(db, "locking_mode", "EXCLUSIVE", "exclusive")
    db.execute("PRAGMA user_version").fetchone()
    renew_log(path)  # the file is ours alone now, and nothing was written to it yet
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
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
    elif marked != APPLICATION_ID or version == 0:
        raise StoreUnsafe("the file is not a counterdesk server's database")
    elif version > SCHEMA_VERSION:
        raise StoreUnsafe(f"the database has schema {version}, this program knows {SCHEMA_VERSION}")
    # Steps are only ever added: an old database is carried on by those it lacks, all in one transaction.
    for step in range(version + 1, SCHEMA_VERSION + 1):
        for statement in files("mock_server.store").joinpath(f"schema_{step}.sql").read_text("utf-8").split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version={step}")
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
