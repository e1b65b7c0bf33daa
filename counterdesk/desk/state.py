"""What one counter knows at one moment. Immutable: a change makes a new one, and says which areas differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from counterdesk.backends.base import Capability, Hint, Session, ShiftNote
from counterdesk.catalog.casefile import CaseFile
from counterdesk.quiet import quiet
from counterdesk.station.commands import AnyCommand
from counterdesk.station.events import Recorded
from counterdesk.station.model import State as StationState
from counterdesk.station.refused import RefusalCode
from counterdesk.station.summary import Figures, Query

Area = Literal["session", "link", "queue", "cases", "files", "pending", "journal", "note", "figures"]
LinkStatus = Literal["connecting", "online", "offline", "resyncing", "signed_out"]
FileStatus = Literal["saved", "saving", "unsaved", "here", "conflict", "refused"]
Keeping = Literal["none", "closed", "keyring", "memory", "failed"]


@dataclass(frozen=True, slots=True)
class Link:
    """The line to the station. since: when this status began; heard_at: when the station last said anything. hint: what
    to look at while it is offline, where that is known."""

    status: LinkStatus
    since: datetime
    heard_at: datetime | None = None
    hint: Hint = ""


@quiet
@dataclass(frozen=True, slots=True)
class Pending:
    """A command that has no answer yet. tries: how often it was sent.

    waited: it was given while the station could not be reached, so the hall may have moved on before it arrives.
    """

    id: str
    command: AnyCommand
    since: datetime
    tries: int = 0
    waited: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """A command that waited and was then not carried out: code and params say why. command: None where this version of
    the program does not know what it was; kind is its name in any case."""

    id: str
    kind: str
    command: AnyCommand | None
    since: datetime
    code: str
    params: dict[str, str | int]


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the officer stands: the case in the panel, the step of its intake, the field with the cursor."""

    case: str = ""
    step: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Journaling:
    """What becomes of this officer's work on this terminal's disk.

    status: none (this desk keeps nothing), closed (nobody is signed in), keyring or memory (open; where its key is
    kept), failed (the disk or the file cannot be trusted; code says why). sealed: earlier drafts of the same officer
    that cannot be opened; others: drafts of other officers; damaged: records that were changed. read_only: nothing is
    taken in, since it was never kept here.
    """

    status: Keeping = "none"
    code: str = ""
    sealed: int = 0
    others: int = 0
    damaged: int = 0
    read_only: bool = False


@quiet
@dataclass(frozen=True, slots=True)
class Notice:
    """Something that just happened to what the officer asked for.

    kind: done (events say what), refused (code and params say why), lost (the station knows nothing of the session or
    the protocol any more; reason), found (a register filled facts), conflict (a case file changed meanwhile), gone (the
    station no longer has the case, and what was typed into it went too), undelivered (a command that waited is now a
    dead letter), not_kept (the journal failed), trail_broken (the station's audit trail was cut or rewritten),
    sign_in_failed (params: code, and seconds to wait), note_failed (the shift note could not be left or taken away;
    code), note_taken, unlocked (officer may sign in again), unlock_failed (code).
    """

    kind: Literal[
        "done",
        "refused",
        "lost",
        "found",
        "conflict",
        "gone",
        "undelivered",
        "not_kept",
        "trail_broken",
        "sign_in_failed",
        "note_failed",
        "note_taken",
        "unlocked",
        "unlock_failed",
    ]
    command: AnyCommand | None = None
    events: tuple[Recorded, ...] = ()
    code: RefusalCode | None = None
    params: dict[str, str | int] = field(default_factory=dict)
    case: str = ""


@quiet
@dataclass(frozen=True, slots=True)
class AskedFigures:
    """Figures that somebody asked for. figures: the answer, None until it is there. code: why there is none."""

    query: Query
    figures: Figures | None = None
    code: str = ""


@quiet
@dataclass(frozen=True, slots=True)
class DeskState:
    """All that the screen shows of the station and of this counter.

    station: the last known state, kept while offline. seq: the newest event in it. files: case files at hand, newest
    text first typed here. file_status: where each stands on its way to the station. theirs: the stored version of a
    file that changed meanwhile. ahead: the station as it will be once it took what waits here, None while nothing does.
    local: cases that only this terminal has, and since when. place: where the officer stood when he was last here; set
    at sign-in. trail: whether the station's audit trail still holds what this terminal has seen of it; "" before it was
    compared. note: what the last shift left at this counter. can: what the way to the station is able to do.
    figures: the figures that were asked for last.
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
    dead: tuple[Dead, ...] = ()
    ahead: StationState | None = None
    local: dict[str, datetime] = field(default_factory=dict)
    journal: Journaling = Journaling()
    place: Place | None = None
    trail: Literal["", "sound", "broken"] = ""
    note: ShiftNote | None = None
    can: frozenset[Capability] = frozenset()
    figures: AskedFigures | None = None

    @property
    def expected(self) -> StationState:
        """The station as this counter goes on from it (`expecting.py`)."""
        return self.station if self.ahead is None else self.ahead


@quiet
@dataclass(frozen=True, slots=True)
class Changes:
    """What `Desk.drain` hands over: the newest state, which areas changed since the last time, and what happened."""

    state: DeskState
    areas: frozenset[Area]
    notices: tuple[Notice, ...]
