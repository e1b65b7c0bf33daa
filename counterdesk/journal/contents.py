"""What an officer finds in the file once his key is there."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from counterdesk.journal.book import Book, Row
from counterdesk.journal.model import DeadLetter, Draft, Waiting
from counterdesk.journal.ring import Ring, of_command, of_draft
from counterdesk.quiet import quiet
from counterdesk.sealing import Damaged

DRAFTS = "SELECT case_id, seq, service, version, status, at, sealed FROM draft"
_MINE = " WHERE officer = ? AND generation = ?"
_COMMANDS = "SELECT id, state, kind, since, tries, error, code, params, sealed FROM outbox"


@quiet
class Contents(NamedTuple):
    """See `counterdesk.journal.model.Unlocked`."""

    drafts: tuple[Draft, ...]
    waiting: tuple[Waiting, ...]
    dead: tuple[DeadLetter, ...]
    place: bytes
    identity: bytes
    sealed: int
    others: int
    damaged: int


def read(book: Book, ring: Ring) -> Contents:
    """All that opens with the key of `ring`, and counts of what does not. Raises: Locked, JournalError."""
    owner = ring.owner
    drafts: list[Draft] = []
    waiting: list[Waiting] = []
    dead: list[DeadLetter] = []
    damaged = 0
    for row in book.rows(f"{DRAFTS}{_MINE} ORDER BY rowid", *owner):
        try:
            drafts.append(_draft(ring, row))
        except (Damaged, msgspec.MsgspecError, ValueError):
            damaged += 1
    for row in book.rows(f"{_COMMANDS}{_MINE} ORDER BY place", *owner):
        try:
            command = _command(ring, row)
        except (Damaged, msgspec.MsgspecError, ValueError):
            damaged += 1
        else:
            dead.append(command) if isinstance(command, DeadLetter) else waiting.append(command)
    singles = {"place": b"", "identity": b""}
    for kind, sealed in book.rows(f"SELECT kind, sealed FROM single{_MINE}", *owner):
        try:
            singles[kind] = ring.open(sealed, kind)
        except Damaged:
            damaged += 1
    return Contents(
        tuple(drafts),
        tuple(waiting),
        tuple(dead),
        singles["place"],
        singles["identity"],
        sealed=_count(book, "officer = ? AND generation <> ?", *owner),
        others=_count(book, "officer <> ?", owner[0]),
        damaged=damaged,
    )


def read_command(book: Book, ring: Ring, command_id: str) -> Waiting | DeadLetter | None:
    """One command, None if the officer has none of this id. Raises: Locked, Damaged, JournalError."""
    found = book.rows(f"{_COMMANDS}{_MINE} AND id = ?", *ring.owner, command_id)
    return _command(ring, found[0]) if found else None


def bare_draft(row: Row, body: bytes = b"") -> Draft:
    """A row of DRAFTS with this body. Raises: ValueError."""
    case, seq, service, version, status, at, _ = row
    return msgspec.convert(
        {
            "case": case,
            "seq": seq,
            "service": service,
            "version": version,
            "status": status,
            "at": datetime.fromisoformat(at),
            "body": body,
        },
        Draft,
    )


def _draft(ring: Ring, row: Row) -> Draft:
    draft = bare_draft(row)
    return msgspec.structs.replace(draft, body=ring.open(row[-1], *of_draft(draft)))


def _command(ring: Ring, row: Row) -> Waiting | DeadLetter:
    command_id, state, kind, since, tries, error, code, params, sealed = row
    body = ring.open(sealed, *of_command(command_id, kind, since))
    began = datetime.fromisoformat(since)
    if state == "waiting":
        return Waiting(id=command_id, kind=kind, body=body, since=began, tries=tries, error=error)
    reasons = msgspec.json.decode(params, type=dict[str, str | int])
    return DeadLetter(id=command_id, kind=kind, body=body, since=began, code=code, params=reasons)


def _count(book: Book, where: str, *values: str | int) -> int:
    """How many drafts and commands there are of these."""
    tables = (f"(SELECT count(*) FROM {table} WHERE {where})" for table in ("draft", "outbox"))
    counted: int = book.rows(f"SELECT {' + '.join(tables)}", *values, *values)[0][0]
    return counted
