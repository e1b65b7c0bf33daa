"""What a desk does to its journal, the same for the same seed, and what must be found in the file after each act."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from counterdesk.journal import contents
from counterdesk.journal.book import Book, Connection
from counterdesk.journal.model import Draft, Waiting
from counterdesk.journal.ring import Ring
from counterdesk.station.model import TIMEZONE

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=TIMEZONE)
OFFICER = "031234"
ABOUT = {"mode": "live", "station": "demo", "counter": "3"}
CASES = tuple(f"case-{number}" for number in range(5))


class Act(NamedTuple):
    """One call, as the journal makes it of its book."""

    name: str
    about: str = ""
    seq: int = 0
    body: bytes = b""


@dataclass
class State:
    """What the file should hold: drafts by case with sequence and body, commands by id in order, letters, place."""

    drafts: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    waiting: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    dead: dict[str, bytes] = field(default_factory=dict)
    place: bytes = b""

    def digest(self) -> bytes:
        """Equal for equal states only."""
        parts = (sorted(self.drafts.items()), list(self.waiting.items()), sorted(self.dead.items()), self.place)
        return hashlib.sha256(repr(parts).encode()).digest()


class History:
    """Acts, made as they are asked for; `after[n]` is the digest of what must be there when n of them are done."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._state = State()
        self._acts: list[Act] = []
        self.after: list[bytes] = [self._state.digest()]

    def act(self, number: int) -> Act:
        """The act of this number, from 0."""
        while len(self._acts) <= number:
            act = self._next(len(self._acts))
            self._acts.append(act)
            _imagine(self._state, act)
            self.after.append(self._state.digest())
        return self._acts[number]

    def done(self, digest: bytes, least: int, most: int) -> int | None:
        """How many acts lead to this digest, from `least` to `most`; None if none does."""
        if most:
            self.act(most - 1)
        return next((n for n in range(most, least - 1, -1) if self.after[n] == digest), None)

    def _next(self, number: int) -> Act:
        chance, state = self._random, self._state
        roll = chance.random()
        if roll < 0.10 and state.drafts:
            return Act("drop", chance.choice(list(state.drafts)))
        if roll < 0.25:
            return Act("enqueue", f"id-{number}", number, chance.randbytes(chance.randrange(40, 400)))
        if roll < 0.33 and state.waiting:
            return Act("settle", next(iter(state.waiting)))
        if roll < 0.38 and state.waiting:
            return Act("tried", next(iter(state.waiting)))
        if roll < 0.42 and state.waiting:
            return Act("bury", next(iter(state.waiting)))
        if roll < 0.46 and state.dead:
            return Act("revive", next(iter(state.dead)), number)
        if roll < 0.50:
            return Act("place", "", number, chance.randbytes(30))
        if roll < 0.53:
            return Act("tidy")
        return Act("keep", chance.choice(CASES), number, chance.randbytes(chance.randrange(100, 6000)))


def _imagine(state: State, act: Act) -> None:
    """What an act does."""
    if act.name == "keep":
        state.drafts[act.about] = (act.seq, act.body)
    elif act.name == "drop":
        del state.drafts[act.about]
    elif act.name == "enqueue":
        state.waiting[act.about] = (0, act.body)
    elif act.name == "settle":
        del state.waiting[act.about]
    elif act.name == "tried":
        tries, body = state.waiting[act.about]
        state.waiting[act.about] = (tries + 1, body)
    elif act.name == "bury":
        state.dead[act.about] = state.waiting.pop(act.about)[1]
    elif act.name == "revive":
        state.waiting[f"id-{act.seq}"] = (0, state.dead.pop(act.about))
    elif act.name == "place":
        state.place = act.body


def perform(book: Book, ring: Ring, act: Act) -> None:
    """Do it to the book, as the journal does. Raises: JournalError."""
    if act.name == "keep":
        draft = Draft(
            case=act.about, seq=act.seq, service="hukou.birth", version=0, status="here", at=NOW, body=act.body
        )
        officer, generation, sealed = ring.seal_draft(draft)
        book.put_draft((officer, generation), draft, sealed)
    elif act.name == "drop":
        book.drop_draft(ring.owner, act.about)
    elif act.name in ("enqueue", "revive"):
        old = contents.read_command(book, ring, act.about) if act.name == "revive" else None
        name, body = (f"id-{act.seq}", old.body) if old else (act.about, act.body)
        waiting = Waiting(id=name, kind="CallNext", body=body, since=NOW)
        officer, generation, sealed = ring.seal_command(waiting)
        book.put_command((officer, generation), waiting, sealed, instead_of=act.about if old else "")
    elif act.name == "settle":
        book.drop_command(ring.owner, act.about, "waiting")
    elif act.name == "tried":
        book.tried(ring.owner, act.about, "unreachable")
    elif act.name == "bury":
        book.bury(ring.owner, act.about, "other_counter", b"{}")
    elif act.name == "place":
        officer, generation, sealed = ring.seal(act.body, "place")
        book.put_single((officer, generation), "place", sealed)
    else:
        book.tidy()


def found(book: Book, ring: Ring) -> bytes:
    """The digest of what the file holds. Raises: JournalError, AssertionError for what does not open."""
    held = contents.read(book, ring)
    if held.damaged:
        raise AssertionError("a row does not open")
    return State(
        {draft.case: (draft.seq, draft.body) for draft in held.drafts},
        {waiting.id: (waiting.tries, waiting.body) for waiting in held.waiting},
        {letter.id: letter.body for letter in held.dead},
        held.place,
    ).digest()


def ring(seed: int) -> Ring:
    """A key in memory, as after signing in."""
    made = Ring(ABOUT["mode"], ABOUT["station"])
    made.take(OFFICER, 1, random.Random(seed).randbytes(32))
    return made


class SmallWal(Book):
    """The journal's book, which folds its WAL every few pages, so that much happens in little time."""

    pages = 8

    def _prepare(self, db: Connection) -> None:
        super()._prepare(db)
        db.execute(f"PRAGMA wal_autocheckpoint={self.pages}").fetchall()


def opened(connect: Callable[[], Any], kind: type[Book] = Book, renew_log: Callable[[], None] = lambda: None) -> Book:
    """A book over a connection, with the marks of the workload's desk."""
    return kind(connect, renew_log, **ABOUT)


def plainly(path: Path) -> Callable[[], sqlite3.Connection]:
    """Connections of the standard library to a file that is there."""
    return lambda: sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
