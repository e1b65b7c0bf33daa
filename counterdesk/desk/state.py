"""What one counter knows at one moment. Immutable: a change makes a new one, and says which areas differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from counterdesk.backends.base import Session
from counterdesk.catalog.casefile import CaseFile
from counterdesk.quiet import quiet
from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import Recorded
from counterdesk.station.model import State as StationState
from counterdesk.station.refused import RefusalCode

Area = Literal["session", "link", "queue", "cases", "files", "pending"]
LinkStatus = Literal["connecting", "online", "offline", "resyncing", "signed_out"]
FileStatus = Literal["saved", "saving", "unsaved", "conflict", "refused"]


@dataclass(frozen=True, slots=True)
class Link:
    """The line to the station. since: when this status began; heard_at: when the station last said anything."""

    status: LinkStatus
    since: datetime
    heard_at: datetime | None = None


@quiet
@dataclass(frozen=True, slots=True)
class Pending:
    """A command that has no answer yet. tries: how often it was sent."""

    id: str
    command: AnyCommand
    since: datetime
    tries: int = 0


@quiet
@dataclass(frozen=True, slots=True)
class Notice:
    """Something that just happened to what the officer asked for.

    kind: done (events say what), refused (code and params say why), lost (the station knows nothing of the session or
    the protocol any more; reason), found (a register filled facts), conflict (a case file changed meanwhile).
    """

    kind: Literal["done", "refused", "lost", "found", "conflict", "sign_in_failed"]
    command: AnyCommand | None = None
    events: tuple[Recorded, ...] = ()
    code: RefusalCode | None = None
    params: dict[str, str | int] = field(default_factory=dict)
    case: str = ""


@quiet
@dataclass(frozen=True, slots=True)
class DeskState:
    """All that the screen shows of the station and of this counter.

    station: the last known state, kept while offline. seq: the newest event in it. files: case files at hand, newest
    text first typed here. file_status: where each stands on its way to the station. theirs: the stored version of a
    file that changed meanwhile.
    """

    counter: str
    link: Link
    session: Session | None = None
    station: StationState = field(default_factory=StationState)
    seq: int = 0
    files: dict[str, CaseFile] = field(default_factory=dict)
    file_status: dict[str, FileStatus] = field(default_factory=dict)
    theirs: dict[str, CaseFile] = field(default_factory=dict)
    pending: tuple[Pending, ...] = ()


@quiet
@dataclass(frozen=True, slots=True)
class Changes:
    """What `Desk.drain` hands over: the newest state, which areas changed since the last time, and what happened."""

    state: DeskState
    areas: frozenset[Area]
    notices: tuple[Notice, ...]
