"""The journal of a dead terminal, read without any key: which officers' keys are sealed to the station, and what each
would open. The file is copied first, so that not a byte of it changes."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from counterdesk.disk import WAL
from counterdesk.journal.book import APPLICATION_ID, Row, counted, meaning
from counterdesk.journal.contents import DRAFTS, bare_draft
from counterdesk.journal.files import sizes
from counterdesk.journal.model import SCHEMA_VERSION, Draft, Health, JournalIo, JournalUnsafe
from counterdesk.journal.ring import bound, of_draft, open_value
from counterdesk.sealing import Damaged


class SealedDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as it stands in the file. draft: without its body."""

    draft: Draft
    sealed: bytes

    def __repr__(self) -> str:
        return f"SealedDraft({self.draft!r}, bytes={len(self.sealed)})"


class SealedOfficer(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's key of one generation, sealed to the station (`counterdesk.sealing`), and what it would open.

    unreadable: drafts whose clear part is no draft's.
    """

    mode: str
    station: str
    officer: str
    generation: int
    sealed_key: bytes
    drafts: tuple[SealedDraft, ...]
    unreadable: int = 0

    def __repr__(self) -> str:
        return f"SealedOfficer(generation={self.generation}, drafts={len(self.drafts)})"


def read_sealed(path: Path) -> tuple[SealedOfficer, ...]:
    """All officers' keys in the file that are sealed to the station and have drafts, oldest generation first.

    Raises: JournalUnsafe (no journal), JournalIo.
    """
    with _copied(path) as db:
        mode, station = db.execute("SELECT mode, station FROM file").fetchone()
        slots = db.execute(
            "SELECT officer, generation, wrapped FROM slot WHERE kind = 'escrow' ORDER BY officer, generation"
        ).fetchall()
        found = []
        for officer, generation, wrapped in slots:
            rows = db.execute(
                f"{DRAFTS} WHERE officer = ? AND generation = ? ORDER BY rowid", (officer, generation)
            ).fetchall()
            drafts = _sealed_drafts(rows)
            if rows:
                found.append(
                    SealedOfficer(
                        mode=mode,
                        station=station,
                        officer=officer,
                        generation=generation,
                        sealed_key=wrapped,
                        drafts=drafts,
                        unreadable=len(rows) - len(drafts),
                    )
                )
    return tuple(found)


def open_drafts(sealed: SealedOfficer, officer_key: bytes) -> tuple[Draft, ...]:
    """The drafts that open with the officer's key; what was changed in the file does not and is left out."""
    opened = []
    for row in sealed.drafts:
        bound_to = bound(sealed.mode, sealed.station, sealed.officer, sealed.generation, *of_draft(row.draft))
        try:
            body = open_value(officer_key, bound_to, row.sealed)
        except Damaged:
            continue
        opened.append(msgspec.structs.replace(row.draft, body=body))
    return tuple(opened)


def inspect(path: Path) -> Health:
    """How a journal is that no desk has open, from a copy. Raises: JournalUnsafe, JournalIo."""
    with _copied(path) as db:
        mode, station, counter = db.execute("SELECT mode, station, counter FROM file").fetchone()
        whole = [row[0] for row in db.execute("PRAGMA quick_check").fetchall()] == ["ok"]
        bare = Health(
            mode=mode,
            station=station,
            counter=counter,
            failed="" if whole else "damaged_file",
            sqlite=sqlite3.sqlite_version,
        )
        health = counted(lambda sql: db.execute(sql).fetchall(), bare)
    return msgspec.structs.replace(health, **sizes(path))


def _sealed_drafts(rows: list[Row]) -> tuple[SealedDraft, ...]:
    drafts = []
    for row in rows:
        try:
            drafts.append(SealedDraft(draft=bare_draft(row), sealed=row[-1]))
        except (msgspec.ValidationError, ValueError):
            continue
    return tuple(drafts)


@contextmanager
def _copied(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a private copy of the file and its WAL. Raises: JournalUnsafe, JournalIo."""
    with tempfile.TemporaryDirectory(prefix="counterdesk-") as folder:  # 0700
        copy = Path(folder) / path.name
        try:
            shutil.copyfile(path, copy)
            wal = path.with_name(path.name + WAL)
            if wal.exists():
                shutil.copyfile(wal, copy.with_name(copy.name + WAL))
        except OSError:
            raise JournalIo("unreadable") from None
        try:
            with closing(sqlite3.connect(copy, isolation_level=None)) as db:
                if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                    raise JournalUnsafe("foreign_file")
                if db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                    raise JournalUnsafe("newer_file")
                yield db
        except sqlite3.Error as error:
            raise meaning(error) from None
