"""Seven ways to tamper with an audit trail, each found with a checkpoint that a desk remembers.

A trail is made by the store itself, then changed as somebody with the database could: an entry edited, edited with its
own hash made anew, removed, added, moved; the tail cut; the chain computed anew from some entry on. The control is the
same without a remembered checkpoint: the last two pass, which is why desks remember one.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.torture.outcome import Outcome
from counterdesk.station.audit import START, Link, Note, chain, encode, entry_of, verify
from mock_server.store.sqlite import SqliteStore

NAME = "audit"
LONG = 7_000
RATE = 250_000
"""Entries a second that a verification has to reach; told, and gated in the long form only."""

STATION = "demo"
_ACTIONS = ("sign_in", "CallNext", "read_file", "write_file", "AcceptCase", "ViewValue", "lookup")
_MORNING = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)

Trail = list[Link]
Tampering = Callable[[Trail, random.Random], Trail]


def note(chance: random.Random, number: int) -> Note:
    """Something that an officer did."""
    return Note(
        at=_MORNING + timedelta(seconds=number),
        officer=f"0312{chance.randrange(30, 60)}",
        action=chance.choice(_ACTIONS),
        outcome=chance.choice(("ok", "ok", "ok", "counter_busy")),
        case=chance.choice(("", f"c{chance.randrange(100)}")),
    )


def written(chance: random.Random, length: int) -> Trail:
    """A trail as the store writes it."""
    with tempfile.TemporaryDirectory(prefix="counterdesk-audit-") as folder:
        store = SqliteStore(Path(folder) / "db")
        store.rows("PRAGMA synchronous=OFF")
        for number in range(length):
            store.note(STATION, note(chance, number))
        trail = list(store.audit(STATION, 0, length))
        store.close()
    return trail


def _place(trail: Trail, chance: random.Random) -> int:
    return chance.randrange(len(trail))


def _body(chance: random.Random) -> bytes:
    return encode(entry_of(note(chance, 10**6 + chance.randrange(10**6)), b"another key"))


def edited(trail: Trail, chance: random.Random) -> Trail:
    """One bit of one entry."""
    at = _place(trail, chance)
    link = trail[at]
    body = bytearray(link.body)
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return [*trail[:at], Link(link.seq, bytes(body), link.hash), *trail[at + 1 :]]


def rehashed(trail: Trail, chance: random.Random) -> Trail:
    """An entry with another content and the hash that fits it, the ones behind left alone."""
    at = chance.randrange(len(trail) - 1)
    body = _body(chance)
    before = trail[at - 1].hash if at else START
    return [*trail[:at], Link(at + 1, body, chain(STATION, at + 1, before, body)), *trail[at + 1 :]]


def removed(trail: Trail, chance: random.Random) -> Trail:
    """An entry taken out, those behind moved up or left where they were."""
    at = chance.randrange(len(trail) - 1)
    rest = trail[at + 1 :]
    if chance.random() < 0.5:
        rest = [Link(link.seq - 1, link.body, link.hash) for link in rest]
    return [*trail[:at], *rest]


def added(trail: Trail, chance: random.Random) -> Trail:
    """An entry put in between, those behind moved down."""
    at = chance.randrange(1, len(trail))
    body = _body(chance)
    new = Link(at + 1, body, chain(STATION, at + 1, trail[at - 1].hash, body))
    return [*trail[:at], new, *(Link(link.seq + 1, link.body, link.hash) for link in trail[at:])]


def moved(trail: Trail, chance: random.Random) -> Trail:
    """Two entries that differ have changed places, with or without their hashes."""
    one, two = sorted(chance.sample(range(len(trail)), 2))
    first, second = trail[one], trail[two]
    if first.body == second.body:
        return edited(trail, chance)
    with_hash = chance.random() < 0.5
    changed = list(trail)
    changed[one] = Link(first.seq, second.body, second.hash if with_hash else first.hash)
    changed[two] = Link(second.seq, first.body, first.hash if with_hash else second.hash)
    return changed


def cut(trail: Trail, chance: random.Random) -> Trail:
    """The tail is gone, at least one entry of what was remembered."""
    return trail[: chance.randrange(len(trail))]


def chained_anew(trail: Trail, chance: random.Random) -> Trail:
    """An entry with another content, and every hash from there on computed anew."""
    at = _place(trail, chance)
    before = trail[at - 1].hash if at else START
    changed = trail[:at]
    for seq, link in enumerate(trail[at:], start=at + 1):
        body = _body(chance) if seq == at + 1 else link.body
        before = chain(STATION, seq, before, body)
        changed.append(Link(seq, body, before))
    return changed


KINDS: tuple[Tampering, ...] = (edited, rehashed, removed, added, moved, cut, chained_anew)


def rate(chance: random.Random, entries: int) -> float:
    """Entries a second of a verification."""
    trail: Trail = []
    before = START
    for number in range(entries):
        body = encode(entry_of(note(chance, number), b"key"))
        before = chain(STATION, number + 1, before, body)
        trail.append(Link(number + 1, body, before))
    begun = time.perf_counter()
    right, flaw = verify(STATION, trail, {entries: before.hex()})
    taken = time.perf_counter() - begun
    if (right, flaw) != (entries, None):
        raise AssertionError("a trail that nobody touched was not right")
    return entries / taken


def run(cases: int, seed: int) -> Outcome:
    """`cases` tamperings, all kinds alike, and as many trails that nobody touched."""
    chance = random.Random(seed)
    trails = [written(chance, chance.randrange(5, 120)) for _ in range(6)]
    missed, unseen = 0, 0
    for number in range(cases):
        trail = trails[number % len(trails)]
        remembered = {len(trail): trail[-1].hash.hex()}
        missed += verify(STATION, trail, remembered) != (len(trail), None)
        changed = KINDS[number % len(KINDS)](trail, chance)
        missed += verify(STATION, changed, remembered)[1] is None
        unseen += verify(STATION, changed)[1] is None
    speed = rate(chance, 200_000 if cases >= LONG else 20_000)
    if cases >= LONG and speed < RATE:
        missed += 1
    return Outcome(
        cases, missed, unseen, f"{len(KINDS)} kinds; control: no checkpoint; {speed:,.0f} entries/s verified"
    )
