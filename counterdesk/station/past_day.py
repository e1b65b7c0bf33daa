"""A day of a station's own stream, to be played again: who came when and for how long, and which counters served."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from random import Random

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.quiet import quiet
from counterdesk.station import events as e
from counterdesk.station.apply import apply
from counterdesk.station.events import Recorded
from counterdesk.station.hall import Hall, HallCounter, HallGroup, Standing
from counterdesk.station.hall_view import hall_of, pauses
from counterdesk.station.model import ENDED_TICKET, Counter, State, Ticket
from counterdesk.station.rollout import Planned, Visit, Visitor
from counterdesk.station.waiting import waited_seconds
from counterdesk.station.whatif import KIOSK_FITS, WALK, Day, Guest

_NEVER = 2880.0
"""A minute after the day."""
_TO_THE_END = 30.0
"""Minutes before closing: a counter that closes later than that would have stayed for whoever still waited."""
_USUAL = 6.0
"""Minutes of a visit of a group that went while the day lasted."""


class NoSuchDay(Exception):
    """Nobody came on that day, or ever."""


@quiet
class Excerpt(msgspec.Struct, frozen=True):
    """One day of a stream without what was before it. known: the station at some later moment: its settings, groups
    and handling times are taken from there. events: from the day's first on, without a gap."""

    known: State
    events: tuple[Recorded, ...]


def day_of(
    events: Iterable[Recorded] | Excerpt,
    day: date | None = None,
    index: Index | None = None,
    now: datetime | None = None,
) -> Day:
    """The day as it was; the last one with visitors if none is named.

    A visitor takes as long as he took, whoever serves him; who was not served or is not done yet, as long as such a
    visit is expected to take; who left leaves after the same time, unless he is called before; who was called in vain
    is so again. Who went to a kiosk or the app, with a ticket or without, is done there, unless that share is changed.
    index: says for which services a kiosk or the app would have done; without it nobody is sent there.
    now: the day goes on: pauses that have begun end as pauses do, and nobody comes after that.
    Raises: NoSuchDay.
    """
    excerpt = isinstance(events, Excerpt)
    seen = _Seen(_before(events) if isinstance(events, Excerpt) else State())
    for recorded in events.events if isinstance(events, Excerpt) else events:
        if day is not None and recorded.event.at.date() > day:
            break
        if not excerpt or _known(seen.state, recorded.event):
            seen.take(recorded.event)
    if day is not None and seen.state.day != day:
        raise NoSuchDay
    return seen.day(index, now)


def _before(excerpt: Excerpt) -> State:
    """A station on the eve of an excerpt, as far as the excerpt and a later moment tell."""
    known = excerpt.known
    first: dict[str, e.AnyEvent] = {}
    for recorded in excerpt.events:
        if isinstance(recorded.event, e.CounterOpened | e.CounterPaused | e.CounterClosed | e.ProfileChanged):
            first.setdefault(recorded.event.counter, recorded.event)
    return msgspec.structs.replace(
        known,
        day=None,
        issued={},
        tickets={},
        current={},
        undo={},
        priority_run=0,
        cases={},
        breaks={},
        plans=(),
        help={},
        counters={number: _at_first(counter, first.get(number)) for number, counter in known.counters.items()},
    )


def _at_first(counter: Counter, first: e.AnyEvent | None) -> Counter:
    """A counter before what was first heard of it that day: one that opens was closed, one that pauses or closes was
    open, and one that was not heard of is as it is."""
    if first is None:
        return counter
    if isinstance(first, e.CounterOpened):
        return Counter(number=counter.number)
    return msgspec.structs.replace(counter, state="open", officer=first.by, pause=None)


def _known(state: State, event: e.AnyEvent) -> bool:
    """Whether all that an event is about is in the state: of what began before an excerpt only the excerpt's own
    events tell."""
    ticket, case, counter = (getattr(event, name, "") for name in ("ticket", "case", "counter"))
    if isinstance(event, e.TicketIssued):
        return event.group in state.groups
    if isinstance(event, e.CaseOpened):
        case = ""
    return (
        (not ticket or ticket in state.tickets)
        and (not case or case in state.cases)
        and (not counter or counter in state.counters)
    )


@quiet
class _Seen:
    """What was seen of the last day of a stream so far. state: before it."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._begin()

    def _begin(self) -> None:
        self.groups: dict[str, HallGroup] = {}
        self.tickets: dict[str, Ticket] = {}
        self.elsewhere: list[e.OfferRecorded] = []
        self.serving: dict[str, list[tuple[float, bool]]] = {}
        self.profiles: dict[str, list[tuple[float, tuple[str, ...]]]] = {}
        self.officers: dict[str, str] = {}

    def take(self, event: e.AnyEvent) -> None:
        """One more event."""
        self.state = apply(self.state, event)
        if isinstance(event, e.DayStarted):
            self._begin()
            # A counter that was left open in the evening serves from the first minute on.
            for number, counter in self.state.counters.items():
                if counter.state == "open":
                    self._counter(number, 0.0)
        if ticket := self.state.tickets.get(getattr(event, "ticket", "")):
            self.tickets[ticket.id] = ticket
            if ticket.group not in self.groups:
                # As the first ticket found them; of a group that came later, as that found it.
                self.groups = {group.id: group for group in hall_of(self.state, event.at).groups} | self.groups
        elif isinstance(event, e.OfferRecorded) and event.taken and not event.ticket:
            self.elsewhere.append(event)
        if isinstance(event, e.CounterOpened | e.CounterPaused | e.CounterClosed | e.ProfileChanged):
            self._counter(event.counter, _minute(event.at))

    def _counter(self, number: str, minute: float) -> None:
        counter = self.state.counters[number]
        self.serving.setdefault(number, []).append((minute, counter.state == "open"))
        self.profiles.setdefault(number, []).append((minute, counter.groups))
        if counter.officer:
            self.officers[number] = counter.officer

    def day(self, index: Index | None, now: datetime | None) -> Day:
        """The day as it may be played again. Raises: NoSuchDay."""
        settings = self.state.settings
        tickets = [ticket for ticket in self.tickets.values() if ticket.issued_at.date() == self.state.day]
        if not tickets:
            raise NoSuchDay
        start = min(float(settings.opens), *(_minute(ticket.issued_at) for ticket in tickets))
        expected = {group.id: group.minutes for group in self.groups.values()}
        hall = Hall(
            now=start,
            priority_most=settings.priority_run,
            groups=tuple(self.groups.values()),
            counters=tuple(self._hall_counter(number, start, now) for number in sorted(self.serving)),
        )
        visitors = [_visitor(ticket, expected, now) for ticket in tickets]
        went = {ticket.id for ticket in tickets if _went_elsewhere(ticket)}
        could = {ticket.id for ticket in tickets if _elsewhere(ticket.service, index)}
        for number, offer in enumerate(self.elsewhere):
            if (visitor := _without_ticket(f"elsewhere-{number}", offer, expected, index)) is not None:
                visitors.append(visitor)
                went.add(visitor.id)
        visitors.sort(key=lambda visitor: (visitor.since, visitor.id))
        guests, kiosk = _at_kiosks(visitors, went, could)
        return Day(
            hall=hall,
            guests=guests,
            opens=float(settings.opens),
            closes=float(settings.closes),
            last=None if now is None else _minute(now),
            kiosk=kiosk,
            plans=tuple(
                Planned(profiles={number: groups}, since=minute)
                for minute, number, groups in sorted(
                    (minute, number, groups)
                    for number, changes in self.profiles.items()
                    for minute, groups in changes[1:]
                )
            ),
            policy=settings.policy,
            truth=tuple(
                visit
                for ticket in tickets
                if ticket.id not in went and (visit := _truth(ticket) or _broken(ticket, now, hall.promise)) is not None
            ),
        )

    def _hall_counter(self, number: str, start: float, now: datetime | None) -> HallCounter:
        """A counter with all the time in which it did not serve as pauses."""
        breaks: list[tuple[float, float]] = []
        away: float | None = min(start, 0.0)
        for minute, serves in self.serving[number]:
            if serves and away is not None:
                breaks.append((away, minute))
                away = None
            elif not serves and away is None:
                away = minute
        counter = self.state.counters[number]
        if now is not None and counter.state != "closed":
            ahead = [(_minute(begin), _minute(end)) for begin, end in pauses(self.state, counter, now)]
            breaks += [(begin if away is None else min(begin, away), end) for begin, end in ahead[:1]] + ahead[1:]
        elif away is not None and away < self.state.settings.closes - _TO_THE_END:
            breaks.append((away, _NEVER))
        only = self.state.skills.get(self.officers.get(number, ""))
        skills = tuple(group for group in self.groups if only is None or group in only)
        return HallCounter(
            id=number,
            offers=self.profiles[number][0][1] or skills,
            skills=skills,
            breaks=tuple((begin, end) for begin, end in breaks if end > start and end > begin),
        )


def _minute(at: datetime) -> float:
    return at.hour * 60 + at.minute + at.second / 60 + at.microsecond / 60e6


def _since(ticket: Ticket) -> float:
    """Since when a wait counts: of who comes before his appointment, from then on."""
    since = _minute(ticket.issued_at)
    return max(since, _minute(ticket.booked_for)) if ticket.booked_for is not None else since


def _standing(ticket: Ticket) -> Standing:
    return "priority" if ticket.priority else "appointment" if ticket.booked_for is not None else "walk_in"


def _visitor(ticket: Ticket, expected: dict[str, float], now: datetime | None) -> Visitor:
    usual = expected.get(ticket.group, _USUAL)
    served = ticket.served / 60 + WALK
    if ticket.state in ENDED_TICKET and ticket.served > 0:
        work = served
    elif ticket.state == "serving" and ticket.started_at is not None and now is not None:
        work = max(usual, served + (now - ticket.started_at).total_seconds() / 60)
    else:
        work = usual
    return Visitor(
        id=ticket.id,
        group=ticket.group,
        since=_minute(ticket.issued_at),
        due=_since(ticket),
        work=work,
        standing=_standing(ticket),
        absent=ticket.state == "no_show",
        patience=_left_after(ticket),
    )


def _without_ticket(
    name: str, offer: e.OfferRecorded, expected: dict[str, float], index: Index | None
) -> Visitor | None:
    """Somebody who was sent to a kiosk or the app before he took a number; None for a service that nobody knows."""
    try:
        group = index.service(offer.service).group if index is not None else ""
    except KeyError:
        return None
    if group not in expected:
        return None
    since = _minute(offer.at)
    return Visitor(id=name, group=group, since=since, due=since, work=expected[group])


def _at_kiosks(visitors: list[Visitor], went: set[str], could: set[str]) -> tuple[tuple[Guest, ...], float]:
    """The guests, and the share of those who could who were done at kiosks or by the app: exactly those who went there.

    Each who could has his place between 0 and 1; those who went have theirs below the share, in the order of chance.
    """
    draws: dict[str, tuple[bool, float]] = {}
    for visitor in visitors:
        random = Random(f"kiosk/{visitor.id}")
        fits, place = random.random() < KIOSK_FITS, random.random()
        draws[visitor.id] = visitor.id in went or (fits and visitor.id in could), place
    able = sum(fits for fits, _ in draws.values())
    share = len(went) / able if able else 0.0

    def place_of(visitor: Visitor) -> float:
        fits, place = draws[visitor.id]
        if visitor.id in went:
            return share * place
        return share + (1 - share) * place if fits else 1.0

    return tuple(Guest(visitor=visitor, kiosk=place_of(visitor)) for visitor in visitors), share


def _went_elsewhere(ticket: Ticket) -> bool:
    """Whether somebody who had a number left for a kiosk or the app without having been served."""
    return ticket.state == "left" and not ticket.served and any(offer.taken for offer in ticket.offers)


def _left_after(ticket: Ticket) -> float:
    """The minutes after which somebody had enough who left without having been served."""
    if ticket.state != "left" or ticket.served or ticket.ended_at is None:
        return math.inf
    return (ticket.ended_at - ticket.issued_at).total_seconds() / 60


def _elsewhere(service: str, index: Index | None) -> bool:
    """Whether a kiosk or the app offers a service."""
    if index is None or not service:
        return False
    try:
        offered = index.service(service)
    except KeyError:
        return False
    return offered.kiosk_when != "false" or offered.app_when != "false"


def _truth(ticket: Ticket) -> Visit | None:
    """What truly came of a ticket that was finished, or whose holder left."""
    if ticket.state not in ("finished", "left") or ticket.ended_at is None:
        return None
    since, ended = _since(ticket), _minute(ticket.ended_at)
    early = since - _minute(ticket.issued_at)
    wait = max(0.0, ticket.waited / 60 - early)
    total = max(0.0, ended - since) if ticket.state == "finished" else math.inf
    return Visit(ticket.group, _standing(ticket), _minute(ticket.issued_at), wait, total, ended)


def _broken(ticket: Ticket, now: datetime | None, promise: float) -> Visit | None:
    """Somebody who is still here though his promise is over: what came of that is known. Without him a day that goes on
    would count those who were quick. His wait is that so far."""
    if now is None or ticket.state not in ("waiting", "called", "serving", "held"):
        return None
    since, here = _since(ticket), _minute(now)
    if here - since <= promise:
        return None
    early = since - _minute(ticket.issued_at)
    wait = max(0.0, waited_seconds(ticket, now) / 60 - early)
    return Visit(ticket.group, _standing(ticket), _minute(ticket.issued_at), wait, here - since, here)
