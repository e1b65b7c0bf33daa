"""What a desk and a station hand each other beside commands, events and case files; the same over any line."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from counterdesk.quiet import quiet
from counterdesk.station.events import Recorded
from counterdesk.station.model import State
from counterdesk.station.roles import Actor, Mode

__all__ = ["LONGEST_NOTE", "NOTE_LIFE", "Checkpoint", "Mode", "Receipt", "Session", "ShiftNote", "Snapshot"]

LONGEST_NOTE = 200
"""Characters of a shift note."""
NOTE_LIFE = timedelta(hours=48)
"""How long a station keeps a shift note: a day off lies between two shifts, and what is older helps nobody."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far a station's audit trail went at some moment: its number of entries and the hash of the last, in hex.

    Whoever remembers one can tell later whether the trail was cut or rewritten since.
    """

    size: int
    root: str


@quiet
class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in where. mode tells practice from the real thing; name is the officer's, for the status bar.

    catalog: the version and hash of the rules by which the station decides, "" where it does not say.
    escrow: the station's public key (X25519, base64) to which a desk may seal its journal's key; "" if there is none.
    audit: where the trail stands; None at a station that keeps none.
    """

    actor: Actor
    station: str
    station_name: str
    name: str
    mode: Mode
    escrow: str = ""
    catalog: str = ""
    audit: Checkpoint | None = None


@quiet
class ShiftNote(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer leaves to the next one at his counter (交班留言). Free text that may name citizens: it stands
    beside the stream like a case file, never in an event, and is erased after `NOTE_LIFE`.

    author: the police number of who wrote it, at `at`.
    """

    counter: str
    author: str
    at: datetime
    text: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A whole station as of event `seq`."""

    seq: int
    state: State
    audit: Checkpoint | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A command was carried out: the events it made, numbered by the station."""

    command: str
    events: tuple[Recorded, ...]
    audit: Checkpoint | None = None
