"""What a desk and a station hand each other beside commands, events and case files; the same over any line."""

from __future__ import annotations

from typing import Literal

import msgspec

from counterdesk.quiet import quiet
from counterdesk.station.events import Recorded
from counterdesk.station.model import State
from counterdesk.station.roles import Actor

Mode = Literal["live", "practice"]


@quiet
class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in where. mode tells practice from the real thing; name is the officer's, for the status bar.

    catalog: the version and hash of the rules by which the station decides, "" where it does not say.
    """

    actor: Actor
    station: str
    station_name: str
    name: str
    mode: Mode
    escrow: str = ""
    catalog: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A whole station as of event `seq`."""

    seq: int
    state: State


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A command was carried out: the events it made, numbered by the station."""

    command: str
    events: tuple[Recorded, ...]
