"""A day of a station's own stream, to be played again: who came when and for how long, and which counters served."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from random import Random

from counterdesk.catalog.index import Index
from counterdesk.quiet import quiet
from counterdesk.station import events as e
from counterdesk.station.apply import apply
from counterdesk.station.events import Recorded
from counterdesk.station.hall import Hall, HallCounter, Standing
from counterdesk.station.hall_view import hall_of
from counterdesk.station.model import State, Ticket
from counterdesk.station.profiles import certified
from counterdesk.station.rollout import Planned, Visit, Visitor
from counterdesk.station.whatif import KIOSK_FITS, WALK, Day, Guest

_NEVER = 2880.0
"""A minute after the day."""
_TO_THE_END = 30.0
"""Minutes before closing: a counter that closes later than that would have stayed for whoever still waited."""


class NoSuchDay(Exception):
    """Nobody came on that day, or ever."""


def day_of(events: Iterable[Recorded], day: date | None = None, index: Index | None = None) -> Day:
    """The day as it was; the last one with visitors if none is named.

    A visitor takes as long as he took, whoever serves him; who was not served or is not done yet, as long as such a
    visit is expected to take; who left leaves after the same time, unless he is called before; who was called in vain
    is so again. index: says for which services a kiosk or the app would have
    done; without it nobody is sent there.
    Raises: NoSuchDay.
    """
    seen = _Seen()
    for recorded in events:
        if day is not None and recorded.event.at.date() > day:
            break
        seen.take(recorded.event)
    if not seen.tickets or (day is not None and seen.state.day != day):
        raise NoSuchDay
    return seen.day(index)


@quiet
class _Seen:
    """What was seen of the last day of a stream so far."""

    def __init__(self) -> None:
        self.state = State()
        self._begin()

    def _begin(self) -> None:
        self.morning: Hall | None = None
        self.tickets: dict[str, Ticket] = {}
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
        if self.morning is None and isinstance(event, e.TicketIssued):
            self.morning = hall_of(self.state, event.at)
        if ticket := self.state.tickets.get(getattr(event, "ticket", "")):
            self.tickets[ticket.id] = ticket
        if isinstance(event, e.CounterOpened | e.CounterPaused | e.CounterClosed | e.ProfileChanged):
            self._counter(event.counter, _minute(event.at))

    def _counter(self, number: str, minute: float) -> None:
        counter = self.state.counters[number]
        self.serving.setdefault(number, []).append((minute, counter.state == "open"))
        self.profiles.setdefault(number, []).append((minute, counter.groups))
        if counter.officer:
            self.officers[number] = counter.officer

    def day(self, index: Index | None) -> Day:
        """The day as it may be played again."""
        state, morning = self.state, self.morning
        assert morning is not None
        settings = state.settings
        tickets = [ticket for ticket in self.tickets.values() if ticket.issued_at.date() == state.day]
        if not tickets:
            raise NoSuchDay
        start = min(float(settings.opens), *(_minute(ticket.issued_at) for ticket in tickets))
        expected = {group.id: group.minutes for group in morning.groups}
        hall = Hall(
            now=start,
            no_show=morning.no_show,
            priority_most=settings.priority_run,
            groups=morning.groups,
            counters=tuple(self._hall_counter(number, start) for number in sorted(self.serving)),
        )
        return Day(
            hall=hall,
            guests=tuple(_guest(ticket, expected, index) for ticket in tickets),
            opens=float(settings.opens),
            closes=float(settings.closes),
            plans=tuple(
                Planned(profiles={number: groups}, since=minute)
                for minute, number, groups in sorted(
                    (minute, number, groups)
                    for number, changes in self.profiles.items()
                    for minute, groups in changes[1:]
                )
            ),
            policy=settings.policy,
            truth=tuple(visit for ticket in tickets if (visit := _truth(ticket)) is not None),
        )

    def _hall_counter(self, number: str, start: float) -> HallCounter:
        """A counter with all the time in which it did not serve as pauses."""
        pauses: list[tuple[float, float]] = []
        away: float | None = min(start, 0.0)
        for minute, serves in self.serving[number]:
            if serves and away is not None:
                pauses.append((away, minute))
                away = None
            elif not serves and away is None:
                away = minute
        if away is not None and away < self.state.settings.closes - _TO_THE_END:
            pauses.append((away, _NEVER))
        skills = certified(self.state, self.officers.get(number, ""))
        return HallCounter(
            id=number,
            offers=self.profiles[number][0][1] or skills,
            skills=skills,
            breaks=tuple((begin, end) for begin, end in pauses if end > start and end > begin),
        )


def _minute(at: datetime) -> float:
    return at.hour * 60 + at.minute + at.second / 60 + at.microsecond / 60e6


def _since(ticket: Ticket) -> float:
    """Since when a wait counts: of who comes before his appointment, from then on."""
    since = _minute(ticket.issued_at)
    return max(since, _minute(ticket.booked_for)) if ticket.booked_for is not None else since


def _standing(ticket: Ticket) -> Standing:
    return "priority" if ticket.priority else "appointment" if ticket.booked_for is not None else "walk_in"


def _guest(ticket: Ticket, expected: dict[str, float], index: Index | None) -> Guest:
    done = ticket.state == "finished" and ticket.served > 0
    work = ticket.served / 60 + WALK if done else expected.get(ticket.group, 6.0)
    visitor = Visitor(
        id=ticket.id,
        group=ticket.group,
        since=_minute(ticket.issued_at),
        due=_since(ticket),
        work=work,
        standing=_standing(ticket),
        absent=ticket.state == "no_show",
        patience=_left_after(ticket),
    )
    random = Random(f"kiosk/{ticket.id}")
    fits, share = random.random() < KIOSK_FITS, random.random()
    return Guest(visitor=visitor, kiosk=share if fits and _elsewhere(ticket.service, index) else 1.0)


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
