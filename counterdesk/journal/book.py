"""The journal's SQLite file: rows, transactions, and what a disk error means. It knows no keys.

One connection, one thread: SQLite before 3.51.3 can corrupt a WAL that two connections write. Exclusive, WAL and
synchronous=FULL are set and read back, because SQLite silently keeps the old value where it cannot do what was asked:
with NORMAL an acknowledged draft does not survive a power cut.
"""

from __future__ import annotations

import errno
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec

from counterdesk.disk import renew_log
from counterdesk.journal import files
from counterdesk.journal.model import (
    SCHEMA_VERSION,
    Draft,
    Health,
    JournalError,
    JournalFull,
    JournalInUse,
    JournalIo,
    JournalUnsafe,
    Waiting,
)
from counterdesk.shipped import beside

APPLICATION_ID = 0x63646A6C
"""Marks the file as ours ("cdjl"), so that another program's database is never taken for it."""

Row = tuple[Any, ...]
Owner = tuple[str, int]
"""An officer and the generation of his key."""


class Connection(Protocol):
    """What is used of a connection: sqlite3's, or one of a test with a file system of its own."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        """Run one statement; the answer has fetchone and fetchall."""

    def close(self) -> None:
        """Give the file back."""


class Book:
    """The file, opened by `connect`, which is called again by `reopen`. All calls from one thread.

    Raises: JournalInUse, JournalUnsafe, JournalFull, JournalIo.
    """

    synchronous = ("FULL", 2)

    def __init__(
        self,
        connect: Callable[[], Connection],
        renew_log: Callable[[], None] = lambda: None,
        *,
        mode: str,
        station: str,
        counter: str,
    ) -> None:
        """renew_log: writes the WAL anew over itself, see `counterdesk.disk.renew_log`."""
        self._connect = connect
        self._renew_log = renew_log
        self.about = (mode, station, counter)
        self._db: Connection | None = None
        self._failed: JournalError | None = None
        self.residue = False
        """Whether the WAL may still hold what was dropped."""
        self.id = ""
        with self._mapped():
            self._open()

    @classmethod
    def at(cls, path: Path, *, mode: str, station: str, counter: str) -> Book:
        """The book of a file, which is made if it is not there."""

        def connect() -> sqlite3.Connection:
            files.prepare(path)
            # isolation_level None: transactions are begun by hand, never by the module's guess.
            return sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)

        return cls(connect, lambda: renew_log(path), mode=mode, station=station, counter=counter)

    def reopen(self) -> None:
        """Close, open and check; after that what failed before may be tried again.

        Raises: JournalError; that is what every call raises from then on.
        """
        with suppress(JournalError):
            self.close()
        self._failed = None
        try:
            with self._mapped():
                self._open()
        except JournalError as error:
            self._failed = error
            raise

    def close(self) -> None:
        """Give the file back; the WAL is folded into it. Raises: JournalError, unless the disk had failed before."""
        db, self._db = self._db, None
        if db is None:
            return
        try:
            db.close()
        except sqlite3.Error as error:
            if self._failed is None:
                raise self._kept(meaning(error)) from None

    @property
    def failed(self) -> str:
        """The code of the disk error after which nothing is taken, "" if all is well."""
        return self._failed.code if self._failed else ""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, all or nothing, on disk when it is left without an error. Raises: JournalError."""
        with self._mapped() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    with suppress(sqlite3.Error):  # the first error is the one that counts
                        db.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *values: str | int) -> list[Row]:
        """All rows of a query. Raises: JournalError."""
        with self._mapped() as db:
            found: list[Row] = db.execute(sql, values).fetchall()
            return found

    def tidy(self) -> None:
        """Fold the WAL into the file and cut it, so that what was dropped stands nowhere. Raises: JournalError."""
        with self._mapped() as db:
            _fold(db)
        self.residue = False

    # Drafts.

    def put_draft(self, owner: Owner, draft: Draft, sealed: bytes) -> None:
        """A draft in place of the one before it."""
        with self.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO draft (officer, generation, case_id, seq, service, version, status, at, sealed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *owner,
                    draft.case,
                    draft.seq,
                    draft.service,
                    draft.version,
                    draft.status,
                    draft.at.isoformat(),
                    sealed,
                ),
            )

    def drop_draft(self, owner: Owner, case: str) -> None:
        """The row goes with its key."""
        with self.write() as db:
            db.execute("DELETE FROM draft WHERE officer = ? AND generation = ? AND case_id = ?", (*owner, case))
        self.residue = True

    # Commands.

    def put_command(self, owner: Owner, waiting: Waiting, sealed: bytes, instead_of: str = "") -> None:
        """A command at the end of the line; instead_of: the dead letter that it comes from.

        Raises: JournalError("known_id") if the id is taken.
        """
        with self.write() as db:
            if instead_of:
                db.execute("DELETE FROM outbox WHERE id = ? AND officer = ? AND generation = ?", (instead_of, *owner))
            db.execute(
                "INSERT INTO outbox (id, officer, generation, state, kind, since, tries, error, sealed)"
                " VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?)",
                (
                    waiting.id,
                    *owner,
                    waiting.kind,
                    waiting.since.isoformat(),
                    waiting.tries,
                    waiting.error,
                    sealed,
                ),
            )

    def tried(self, owner: Owner, command_id: str, error: str) -> None:
        """Count a try."""
        with self.write() as db:
            db.execute(
                "UPDATE outbox SET tries = tries + 1, error = ? WHERE id = ? AND officer = ? AND generation = ?",
                (error, command_id, *owner),
            )

    def bury(self, owner: Owner, command_id: str, code: str, params: bytes) -> None:
        """A waiting command becomes a dead letter."""
        with self.write() as db:
            db.execute(
                "UPDATE outbox SET state = 'dead', code = ?, params = ?"
                " WHERE id = ? AND officer = ? AND generation = ? AND state = 'waiting'",
                (code, params, command_id, *owner),
            )

    def drop_command(self, owner: Owner, command_id: str, state: str) -> None:
        """A command in this state goes with its key."""
        with self.write() as db:
            db.execute(
                "DELETE FROM outbox WHERE id = ? AND officer = ? AND generation = ? AND state = ?",
                (command_id, *owner, state),
            )
        self.residue = True

    # The rest.

    def put_single(self, owner: Owner, kind: str, sealed: bytes) -> None:
        """An officer's place or identity, in place of the one before it."""
        officer, generation = owner
        with self.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO single (officer, kind, generation, sealed) VALUES (?, ?, ?, ?)",
                (officer, kind, generation, sealed),
            )

    def put_slots(self, owner: Owner, slots: dict[str, tuple[bytes, bytes]]) -> None:
        """Ways to an officer's key, each by its kind with its parameters, in place of those of the same kind."""
        with self.write() as db:
            for kind, (params, wrapped) in slots.items():
                db.execute(
                    "INSERT OR REPLACE INTO slot (officer, generation, kind, params, wrapped) VALUES (?, ?, ?, ?, ?)",
                    (*owner, kind, params, wrapped),
                )
        self.residue = True

    def put_checkpoint(self, size: int, root: str) -> None:
        """The audit trail as last seen."""
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO checkpoint (one, size, root) VALUES (1, ?, ?)", (size, root))

    def checkpoint(self) -> tuple[int, str] | None:
        """What was remembered."""
        found = self.rows("SELECT size, root FROM checkpoint")
        return (found[0][0], found[0][1]) if found else None

    def health(self) -> Health:
        """How the file is; after a disk error only what is known without it."""
        mode, station, counter = self.about
        bare = Health(mode=mode, station=station, counter=counter, failed=self.failed, sqlite=sqlite3.sqlite_version)
        if self._failed:
            return bare
        pragmas = ("locking_mode", "journal_mode", "synchronous", "secure_delete")
        in_force = {name: str(self.rows(f"PRAGMA {name}")[0][0]) for name in pragmas}
        return msgspec.structs.replace(counted(self.rows, bare), pragmas=in_force)

    # How it is opened, and what an error means.

    def _open(self) -> None:
        self._db = db = self._connect()
        try:
            self._prepare(db)
        except BaseException:
            self._db = None
            db.close()
            raise

    def _prepare(self, db: Connection) -> None:
        """Set and check what durability rests on, then the schema. Raises: JournalUnsafe, sqlite3.Error."""
        # EXCLUSIVE before the first access: then WAL needs no shared memory and no second process gets in.
        _set(db, "locking_mode", "EXCLUSIVE", "exclusive")
        marked = db.execute("PRAGMA application_id").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]
        empty = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
        # Before anything is changed: another program's file is left as it is.
        if not (empty and not version) and marked != APPLICATION_ID:
            raise JournalUnsafe("foreign_file")
        if not empty and version != SCHEMA_VERSION:
            raise JournalUnsafe("newer_file" if version > SCHEMA_VERSION else "older_file")
        self._renew_log()  # the file is ours alone now, and nothing was written to it yet
        _set(db, "journal_mode", "WAL", "wal")
        _set(db, "synchronous", *self.synchronous)
        _set(db, "secure_delete", "ON", 1)
        db.execute("PRAGMA temp_store=MEMORY")
        self._found(db) if not empty else self._make(db)
        if [row[0] for row in db.execute("PRAGMA quick_check").fetchall()] != ["ok"]:
            raise JournalUnsafe("damaged_file")
        _fold(db)

    def _make(self, db: Connection) -> None:
        self.id = secrets.token_hex(16)
        db.execute("BEGIN IMMEDIATE")
        for statement in beside(__file__, "counterdesk.journal").joinpath("schema.sql").read_text("utf-8").split(";\n"):
            if statement.strip():
                db.execute(statement)
        db.execute("INSERT INTO file (one, id, mode, station, counter) VALUES (1, ?, ?, ?, ?)", (self.id, *self.about))
        db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute("COMMIT")

    def _found(self, db: Connection) -> None:
        file_id, mode, station, counter = db.execute("SELECT id, mode, station, counter FROM file").fetchone()
        if (mode, station) != self.about[:2]:
            raise JournalUnsafe("other_mode" if mode != self.about[0] else "other_station")
        self.id = file_id
        if counter != self.about[2]:
            db.execute("UPDATE file SET counter = ?", (self.about[2],))

    @contextmanager
    def _mapped(self) -> Iterator[Connection]:
        """Every trouble of the database as a JournalError; one of the disk is kept, and raised again at once."""
        if self._failed is not None:
            raise self._failed.with_traceback(None)
        try:
            yield self._db or _Closed()
        except sqlite3.Error as error:
            raise self._kept(meaning(error)) from None
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            code = (errno.errorcode.get(error.errno or 0, "os_error")).lower()
            raise self._kept(JournalFull() if full else JournalIo(code)) from None

    def _kept(self, error: JournalError) -> JournalError:
        if isinstance(error, JournalFull | JournalIo):
            self._failed = error
        return error


class _Closed:
    """Stands where the connection was."""

    in_transaction = False

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        """Nothing can be run."""
        raise JournalError("closed")

    def close(self) -> None:
        """Nothing to give back."""


def meaning(error: sqlite3.Error) -> JournalError:
    """What an error of SQLite means here. The text of the error is left behind: it may hold a value."""
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return JournalInUse()
    if name.startswith("SQLITE_FULL"):
        return JournalFull()
    if name.startswith("SQLITE_NOTADB"):
        return JournalUnsafe("foreign_file")
    if name.startswith("SQLITE_CONSTRAINT"):
        return JournalError("known_id")
    if name.startswith("SQLITE_"):
        return JournalIo(name.lower())
    return JournalError(name)


def counted(rows: Callable[[str], list[Row]], health: Health) -> Health:
    """The counts of a journal's rows put into `health`."""

    def counts(sql: str) -> dict[str, int]:
        return {str(name): number for name, number in rows(sql)}

    oldest = rows("SELECT coalesce(min(at), '') FROM draft")[0][0]
    waiting = "FROM outbox WHERE state = 'waiting'"
    errors = "SELECT CASE state WHEN 'dead' THEN code ELSE error END AS why, count(*) FROM outbox GROUP BY why"
    return msgspec.structs.replace(
        health,
        drafts=counts("SELECT status, count(*) FROM draft GROUP BY status"),
        outbox=counts("SELECT state, count(*) FROM outbox GROUP BY state"),
        errors={why: number for why, number in counts(errors).items() if why},
        most_tries=rows(f"SELECT coalesce(max(tries), 0) {waiting}")[0][0],
        oldest_draft=oldest,
        oldest_waiting=rows(f"SELECT coalesce(min(since), '') {waiting}")[0][0],
        officers=rows("SELECT count(DISTINCT officer) FROM slot")[0][0],
        slots=counts("SELECT kind, count(*) FROM slot GROUP BY kind"),
    )


def _set(db: Connection, name: str, value: str, expected: str | int) -> None:
    db.execute(f"PRAGMA {name}={value}")
    got = db.execute(f"PRAGMA {name}").fetchone()[0]
    if got != expected:
        raise JournalUnsafe(f"no_{name}")


def _fold(db: Connection) -> None:
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
