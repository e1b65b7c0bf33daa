"""One row a visit, folded from the stream: what every figure of a station is counted from.

A row is a ticket from its issue to its end, with its four clocks: waiting, on the way to the counter, served, held. The
clocks are those of the state's tickets (`apply.py`), to the microsecond and in whole numbers, so that any sum over any
parts is exactly the sum of the whole. The fold needs no state: it may begin at any event and passes over tickets that
were issued before it. A row names officers by their numbers and no citizen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from counterdesk.station import events as e
from counterdesk.station.apply import CARRIED
from counterdesk.station.model import TIMEZONE, Outcome, TicketState

__all__ = ["KEPT", "Channel", "Ledger", "Offered", "Part", "Rows", "Visit", "VisitState", "day_of"]

_replace = msgspec.structs.replace
_MICROSECOND = timedelta(microseconds=1)

KEPT = timedelta(days=400)
"""Rows older than this leave the ledger: a year and the same month of the year before."""

Channel = Literal["walk_in", "appointment", "priority"]
VisitState = TicketState | Literal["dropped"]
"""dropped: never ended and too old to be carried into a new day (`apply.CARRIED`)."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of service that is over: at which counter, by whom, how many microseconds."""

    counter: str
    officer: str
    length: int


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket's whole way. Lengths are microseconds of the stretches that are over.

    group: the queue group that it ended up in. asked: the service named at its issue. matters: the services of the
    cases that it opened and did not discard, by case. counter, officer: the last that called or served it. since: when
    the present state began. called_at: its first call. waited, way, held: in the queue, between call and service (or
    no-show), aside. parts: its stretches at counters. no_shows, transfers: how often. returned: how often one of its
    cases was sent back to be supplemented. rating: 1 to 5, 0 for none.
    """

    ticket: str
    number: str
    group: str
    channel: Channel
    state: VisitState
    issued_at: datetime
    since: datetime
    asked: str = ""
    matters: dict[str, str] = {}
    counter: str = ""
    officer: str = ""
    called_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    waited: int = 0
    way: int = 0
    held: int = 0
    parts: tuple[Part, ...] = ()
    no_shows: int = 0
    transfers: int = 0
    returned: int = 0
    rating: int = 0

    @property
    def served(self) -> int:
        """At the counter, all stretches together."""
        return sum(part.length for part in self.parts)

    @property
    def cases(self) -> int:
        """How many cases it opened and did not discard."""
        return len(self.matters)

    @property
    def service(self) -> str:
        """Under which service it is counted: that of its first case, else what was asked for, "" for neither."""
        return next(iter(self.matters.values()), self.asked)


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was offered a channel in place of the counter, and took it or not: the last answer of a ticket to a
    channel. ticket: "" for somebody without one, whose group is that of the service. counter: where it was offered, ""
    for the entrance; by: by whom."""

    at: datetime
    ticket: str
    group: str
    service: str
    channel: str
    taken: bool
    counter: str
    officer: str


class Rows(NamedTuple):
    """What figures are counted from."""

    visits: tuple[Visit, ...]
    offers: tuple[Offered, ...]


_STATES: dict[type[e.Event], TicketState] = {
    e.TicketCalled: "called",
    e.ServiceStarted: "serving",
    e.TicketResumed: "serving",
    e.NoShowMarked: "no_show",
    e.TicketReinstated: "waiting",
    e.TicketHeld: "held",
    e.TicketRequeued: "waiting",
    e.TicketTransferred: "waiting",
    e.TicketLeft: "left",
    e.TicketFinished: "finished",
}
_UNDOABLE = e.TicketCalled | e.NoShowMarked | e.TicketFinished
_Moved = (
    e.TicketCalled
    | e.ServiceStarted
    | e.TicketResumed
    | e.NoShowMarked
    | e.TicketReinstated
    | e.TicketHeld
    | e.TicketRequeued
    | e.TicketTransferred
    | e.TicketLeft
    | e.TicketFinished
)


class Ledger:
    """The rows of a station, kept up event by event. seq: of the last event that was taken.

    Feed it every event in order. It holds no more than the rows of `KEPT`.
    """

    def __init__(self) -> None:
        self.seq = 0
        self._visits: dict[str, Visit] = {}
        self._open: set[str] = set()
        self._before: dict[str, Visit] = {}
        self._cases: dict[str, str] = {}
        self._offers: dict[tuple[str, str, str, int], Offered] = {}
        self._offered = 0
        self._group_of: dict[str, str] = {}

    def take_all(self, recorded: Iterable[e.Recorded]) -> None:
        """Take numbered events."""
        for one in recorded:
            self.take(one.event)
            self.seq = one.seq

    def visit(self, ticket: str) -> Visit | None:
        """The row of a ticket."""
        return self._visits.get(ticket)

    def rows(self, first: date = date.min, last: date = date.max) -> Rows:
        """Of the tickets that were issued and the offers that were made from one day to another, both included."""
        return Rows(
            tuple(visit for visit in self._visits.values() if first <= day_of(visit.issued_at) <= last),
            tuple(offer for offer in self._offers.values() if first <= day_of(offer.at) <= last),
        )

    def take(self, event: e.AnyEvent) -> None:
        """Take one event."""
        match event:
            case e.StationConfigured():
                self._group_of = {service: group.id for group in event.groups for service in group.services}
            case e.TicketIssued():
                self._issued(event)
            case e.DayStarted():
                self._day_started(event)
            case e.TicketPrechecked():
                if (visit := self._visits.get(event.ticket)) is not None:
                    self._visits[event.ticket] = _replace(visit, asked=event.service)
            case e.VisitRated():
                if (visit := self._visits.get(event.ticket)) is not None:
                    self._visits[event.ticket] = _replace(visit, rating=event.mark)
            case e.OfferRecorded():
                self._offer(event)
            case e.StepUndone():
                self._undone(event)
            case e.CaseOpened() | e.ServiceChanged() | e.CaseDiscarded() | e.SupplementRequested():
                self._case_changed(event)
            case (
                e.TicketCalled()
                | e.ServiceStarted()
                | e.TicketResumed()
                | e.NoShowMarked()
                | e.TicketReinstated()
                | e.TicketHeld()
                | e.TicketRequeued()
                | e.TicketTransferred()
                | e.TicketLeft()
                | e.TicketFinished()
            ):
                self._moved(event)
            case _:
                return

    def _issued(self, event: e.TicketIssued) -> None:
        channel: Channel = "priority" if event.priority else "appointment" if event.appointment else "walk_in"
        self._open.add(event.ticket)
        self._visits[event.ticket] = Visit(
            ticket=event.ticket,
            number=event.number,
            group=event.group,
            channel=channel,
            state="waiting",
            issued_at=event.at,
            since=event.at,
            asked=event.service,
        )

    def _day_started(self, event: e.DayStarted) -> None:
        """What nobody ended is carried over or dropped, as in the state; rows too old for any figure go."""
        self._before.clear()
        for ticket in tuple(self._open):
            visit = self._visits[ticket]
            if event.at - visit.issued_at >= CARRIED:
                self._visits[ticket] = _replace(visit, state="dropped", since=event.at)
                self._open.discard(ticket)
        old = [ticket for ticket, visit in self._visits.items() if event.at - visit.issued_at > KEPT]
        if old:
            for ticket in old:
                del self._visits[ticket]
            self._cases = {case: ticket for case, ticket in self._cases.items() if ticket in self._visits}
            self._offers = {key: offer for key, offer in self._offers.items() if event.at - offer.at <= KEPT}

    def _offer(self, event: e.OfferRecorded) -> None:
        """Who has a ticket answers once for each channel; whoever has none is somebody else each time."""
        self._offered += not event.ticket
        key = event.ticket, event.service, event.channel, 0 if event.ticket else self._offered
        visit = self._visits.get(event.ticket)
        self._offers[key] = Offered(
            at=event.at,
            ticket=event.ticket,
            group=visit.group if visit is not None else self._group_of.get(event.service, ""),
            service=event.service,
            channel=event.channel,
            taken=event.taken,
            counter=event.counter,
            officer=event.by,
        )

    def _moved(self, event: _Moved) -> None:
        visit = self._visits.get(event.ticket)
        if visit is None:
            return
        if isinstance(event, _UNDOABLE):
            self._before[event.counter] = visit
        visit = _after(visit, event)
        self._visits[visit.ticket] = visit
        if visit.ended_at is not None:
            self._open.discard(visit.ticket)

    def _undone(self, event: e.StepUndone) -> None:
        """As it was before the step; what became of its cases meanwhile has happened all the same."""
        now, before = self._visits.get(event.ticket), self._before.pop(event.counter, None)
        if now is None or before is None or before.ticket != now.ticket:
            return
        kept = _replace(before, asked=now.asked, matters=now.matters, returned=now.returned, rating=now.rating)
        self._visits[now.ticket] = kept
        self._open.add(now.ticket)

    def _case_changed(self, event: e.CaseOpened | e.ServiceChanged | e.CaseDiscarded | e.SupplementRequested) -> None:
        if isinstance(event, e.CaseOpened):
            self._cases[event.case] = event.ticket
        visit = self._visits.get(self._cases.get(event.case, ""))
        if visit is None:
            return
        match event:
            case e.CaseOpened() | e.ServiceChanged():
                visit = _replace(visit, matters={**visit.matters, event.case: event.service})
            case e.CaseDiscarded():
                del self._cases[event.case]
                matters = {case: service for case, service in visit.matters.items() if case != event.case}
                visit = _replace(visit, matters=matters)
            case e.SupplementRequested():
                visit = _replace(visit, returned=visit.returned + 1)
        self._visits[visit.ticket] = visit


def _after(visit: Visit, event: _Moved) -> Visit:
    """A row's new self: the clock of the state that ends gets its stretch."""
    length = max(0, (event.at - visit.since) // _MICROSECOND)
    match visit.state:
        case "waiting":
            visit = _replace(visit, waited=visit.waited + length)
        case "called":
            visit = _replace(visit, way=visit.way + length)
        case "held":
            visit = _replace(visit, held=visit.held + length)
        case "serving":
            part = Part(counter=visit.counter, officer=visit.officer, length=length)
            visit = _replace(visit, parts=(*visit.parts, part))
        case _:
            pass
    visit = _replace(visit, state=_STATES[type(event)], since=event.at)
    match event:
        case e.TicketCalled():
            called_at = visit.called_at or event.at
            return _replace(visit, counter=event.counter, officer=event.by, called_at=called_at)
        case e.ServiceStarted() | e.TicketResumed():
            return _replace(visit, counter=event.counter, officer=event.by)
        case e.NoShowMarked():
            return _replace(visit, no_shows=visit.no_shows + 1)
        case e.TicketTransferred():
            return _replace(visit, group=event.to_group or visit.group, transfers=visit.transfers + 1)
        case e.TicketLeft():
            return _replace(visit, ended_at=event.at)
        case e.TicketFinished():
            return _replace(visit, ended_at=event.at, outcome=event.outcome)
        case _:
            return visit


def day_of(at: datetime) -> date:
    """The station's day. A visit is counted on that of its ticket's issue, also if it ends after midnight."""
    return at.astimezone(TIMEZONE).date()
