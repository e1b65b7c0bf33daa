"""The audit trail: who did what when, as a chain of hashes, and the pure functions that make and check it.

h(n) = SHA-256("counterdesk-audit-1" NUL ‖ station ‖ n ‖ h(n-1) ‖ SHA-256(canonical JSON of entry n)). A changed,
removed, added or moved entry breaks the chain. A cut tail, or a chain that somebody with the database computed anew,
does not: that shows only against a checkpoint remembered elsewhere, which is why every desk remembers one. The trail
is evidence of tampering, not a wall against it.

No personal data: a case stands as a keyed digest of its id, so that erasing a case never breaks the chain.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

DOMAIN = b"counterdesk-audit-1\0"
START = bytes(32)
"""What stands before the first entry."""
_SUBJECT = 16


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What is about to enter the trail. action: a command's name or a route's. outcome: "ok" or a code.

    at: when; None only where no trail is kept. case: the id of the case it is about, which never enters as it is.
    count: of many things at once.
    """

    at: datetime | None
    officer: str
    action: str
    outcome: str = "ok"
    case: str = ""
    count: int = 0


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry as it is stored and hashed. subject: a keyed digest of the case's id, "" if it is about none."""

    at: datetime
    officer: str
    action: str
    outcome: str
    subject: str = ""
    count: int = 0


class Link(msgspec.Struct, frozen=True):
    """A stored entry with its place and its hash. body: the canonical JSON."""

    seq: int
    body: bytes
    hash: bytes


class Flaw(msgspec.Struct, frozen=True):
    """Where a trail is not what it was. what: gap, hash, checkpoint or short (fewer entries than remembered)."""

    seq: int
    what: str


def subject_of(key: bytes, case: str) -> str:
    """A case's digest: the same for the same case at this station, and nothing without the station's key."""
    return hmac.new(key, case.encode(), hashlib.sha256).hexdigest()[:_SUBJECT] if case else ""


def entry_of(note: Note, key: bytes) -> Entry:
    """What is kept of a note. Raises: ValueError for one without a time."""
    if note.at is None:
        raise ValueError("an entry needs its time")
    return Entry(
        at=note.at,
        officer=note.officer,
        action=note.action,
        outcome=note.outcome,
        subject=subject_of(key, note.case),
        count=note.count,
    )


def encode(entry: Entry) -> bytes:
    """The canonical JSON: keys sorted, nothing that has its default."""
    return msgspec.json.encode(entry, order="sorted")


def chain(station: str, seq: int, before: bytes, body: bytes) -> bytes:
    """The hash of entry `seq`, given the hash before it."""
    name = station.encode()
    prefix = DOMAIN + len(name).to_bytes(2, "big") + name
    return hashlib.sha256(prefix + seq.to_bytes(8, "big") + before + hashlib.sha256(body).digest()).digest()


def verify(station: str, links: Iterable[Link], remembered: Mapping[int, str] | None = None) -> tuple[int, Flaw | None]:
    """Check a whole trail, first entry first.

    remembered: roots in hex by size, from checkpoints that desks kept. Returns the number of entries that are right and
    the first flaw, None if there is none.
    """
    wanted = dict(remembered or {})
    sha256 = hashlib.sha256
    name = station.encode()
    prefix = DOMAIN + len(name).to_bytes(2, "big") + name
    before, seq = START, 0
    if wanted.pop(0, START.hex()) != START.hex():
        return 0, Flaw(0, "checkpoint")
    for link in links:
        seq += 1
        if link.seq != seq:
            return seq - 1, Flaw(seq, "gap")
        before = sha256(prefix + seq.to_bytes(8, "big") + before + sha256(link.body).digest()).digest()
        if before != link.hash:
            return seq - 1, Flaw(seq, "hash")
        if wanted and seq in wanted and wanted.pop(seq) != before.hex():
            return seq - 1, Flaw(seq, "checkpoint")
    if wanted:
        return seq, Flaw(min(wanted), "short")
    return seq, None
