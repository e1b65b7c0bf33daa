"""Opening what desks sealed to the station: the key of a dead terminal's journal, for a shift leader.

The private key is a file of its own beside the database, mode 0600, and not in the database: backups of the database
go to more hands than the station's, and a stolen one must open nobody's drafts. A station may also keep the file off
the machine and lay it there for the minute in which it is needed; it is read anew each time.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path

from counterdesk import sealing
from mock_server import wire

AN_HOUR = timedelta(hours=1)
TRIES = 10
"""Openings a leader may try in an hour: a dead terminal is one, a collector of drafts is many."""


class NoEscrow(Exception):
    """The station's private key is not here."""


class NotSealedHere(Exception):
    """Not sealed to this station, not for this officer, generation or mode, or damaged."""


def key_file(db: Path, station: str) -> Path:
    """Where the private key of a station is looked for. A station's id may hold anything, so it stands in hex."""
    plain = station.isascii() and station.isalnum()
    return db.with_name(f"{db.name}.{station if plain else station.encode().hex()}.escrow")


def make(file: Path) -> str:
    """Make a new pair, its private part in `file` (0600, must not be there yet). Returns the public part in base64.

    Raises: OSError.
    """
    private, public = sealing.new_keys()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(base64.b64encode(private).decode() + "\n")
        out.flush()
        os.fsync(out.fileno())
    return base64.b64encode(public).decode()


class Escrow:
    """The station's side of the escrow. db: the database that the key files stand beside."""

    def __init__(self, db: Path) -> None:
        self._db = db
        self._tries: dict[tuple[str, str], deque[datetime]] = {}

    def wait(self, station: str, leader: str, now: datetime) -> int:
        """Count a try. Returns the seconds until the next one is looked at, 0 if this one is."""
        tries = self._tries.setdefault((station, leader), deque())
        while tries and now - tries[0] >= AN_HOUR:
            tries.popleft()
        if len(tries) >= TRIES:
            return max(1, round((tries[0] + AN_HOUR - now).total_seconds()))
        tries.append(now)
        return 0

    def open(self, station: str, body: wire.OpenEscrow) -> str:
        """The key that was sealed, in base64. Raises: NoEscrow, NotSealedHere."""
        try:
            private = base64.b64decode(key_file(self._db, station).read_text("ascii"), validate=False)
        except (OSError, ValueError):
            raise NoEscrow from None
        bound = sealing.context(body.mode, station, body.officer, body.generation)
        try:
            secret = sealing.open_sealed(private, base64.b64decode(body.sealed, validate=True), bound)
        except (sealing.SealError, binascii.Error, ValueError):
            raise NotSealedHere from None
        return base64.b64encode(secret).decode()
