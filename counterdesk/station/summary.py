"""The station's figures: rows of visits counted together over days, by whatever tells them apart.

Every row is counted the same way, and each number of a table's rows adds up to that of its total. A length is told by
its median and its 95th percentile, which are lengths that somebody really had (nearest rank), and never by a mean
alone. An officer's own figures are for him and his leader, so a row for a counter or an officer is filtered here and
not on the screen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from typing import Literal, NamedTuple, get_args

import msgspec

from counterdesk.station.authority import Relation, Target, authorize
from counterdesk.station.figures import Offered, Rows, Visit, day_of
from counterdesk.station.hall import PROMISE
from counterdesk.station.model import TIMEZONE, Outcome
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

By = Literal["group", "service", "counter", "channel", "officer", "hour", "day", "week", "month"]
BY: tuple[By, ...] = get_args(By)
PERSONAL: frozenset[By] = frozenset({"officer", "counter"})
"""Whoever knows who sat where reads an officer's figures from those of his counter."""
FEW = 5
"""Of fewer than so many, median and percentile say little, and it is said that they are few."""
LONGEST = 400
"""Days of one question."""
_PROMISE = round(PROMISE * 60_000_000)


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked: the visits whose tickets were issued from one day to another, both included, told apart by `by`.

    officer: only the service of this officer (a police number), "" for the hall's.
    """

    first: date
    last: date
    by: By = "group"
    officer: str = ""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths in whole microseconds: how many, all together, the middle one, the one that 95 % do not exceed.

    The last two are None where there is none.
    """

    count: int
    total: int
    median: int | None
    p95: int | None

    @property
    def few(self) -> bool:
        """Whether they are so few that the middle says little."""
        return 0 < self.count < FEW


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one part of the hall. key: a group, service, counter, officer, hour, day, … "" where that is not
    known (a ticket that was never called has no counter).

    tickets = finished + left + dropped + open. dropped: nobody ended it on its day. open: not over yet. outcomes: of
    the finished ones. wait: of those that were called or left before; way: of those that were called; service: at
    counters; hold: of those that were held. within: finished ones whose waiting and service took at most 20 minutes
    together. no_shows: times that nobody came; absent: tickets that this happened to. transfers: times. cases: opened
    and kept; returned: times that one was sent back. ratings: how many gave 1, 2, 3, 4 and 5. offers: answers to the
    offer of a channel in place of the counter; diverted: those that took it.
    """

    key: str
    tickets: int
    finished: int
    left: int
    dropped: int
    open: int
    outcomes: dict[Outcome, int]
    wait: Spread
    way: Spread
    service: Spread
    hold: Spread
    within: int
    no_shows: int
    absent: int
    transfers: int
    cases: int
    returned: int
    ratings: tuple[int, int, int, int, int]
    offers: int
    diverted: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a query: a row for each key, in order, and the total. seq: of the last event that is in them.

    own: rows tell of the asking officer only, although the total is the hall's.
    """

    query: Query
    rows: tuple[Row, ...]
    total: Row
    seq: int
    own: bool = False


def allow(query: Query, actor: Actor) -> None:
    """That `actor` may ask this. Raises: Refused."""
    if authorize(actor, "read_figures", Target()) is not None:
        raise Refused("not_permitted", action="read_figures")
    relation: Relation = "own" if query.officer in ("", actor.id) else "other"
    if authorize(actor, "read_figures", Target(None, relation)) is not None:
        raise Refused("figures_not_yours", officer=query.officer)


def summarize(counted: Rows, query: Query, actor: Actor, seq: int) -> Figures:
    """Count the visits and offers of the query's days. Who may ask at all is `allow`'s matter.

    Where the rows would be officers' and the actor may not see everybody's, they are his own only.
    """
    rows = Rows(
        tuple(visit for visit in counted.visits if query.first <= day_of(visit.issued_at) <= query.last),
        tuple(offer for offer in counted.offers if query.first <= day_of(offer.at) <= query.last),
    )
    own = query.by in PERSONAL and not actor.may("all_figures")
    whole = _count(rows, _Keys(lambda _: "", lambda _: ""), query.officer)
    parts = _count(rows, _KEYS[query.by], query.officer or (actor.id if own else ""), split=query.by in PERSONAL)
    return Figures(
        query=query,
        rows=tuple(parts[key] for key in sorted(parts, key=_order)),
        total=whole.get("") or _Count().row(""),
        seq=seq,
        own=own,
    )


def _order(key: str) -> tuple[bool, int, str]:
    """Counter 10 stands after counter 9; what is not known stands last."""
    return not key, int(key) if key.isascii() and key.isdigit() and len(key) < 6 else -1, key


class _Keys(NamedTuple):
    """What tells visits apart, and what offers."""

    visit: Callable[[Visit], str]
    offer: Callable[[Offered], str]


def _by_time(key: Callable[[datetime], str]) -> _Keys:
    return _Keys(lambda visit: key(visit.issued_at), lambda offer: key(offer.at))


def _week(at: datetime) -> str:
    year, week, _ = day_of(at).isocalendar()
    return f"{year}-W{week:02}"


_KEYS: dict[By, _Keys] = {
    "group": _Keys(lambda visit: visit.group, lambda offer: offer.group),
    "service": _Keys(lambda visit: visit.service, lambda offer: offer.service),
    "counter": _Keys(lambda visit: visit.counter, lambda offer: offer.counter),
    # An offer is of the channel that was offered.
    "channel": _Keys(lambda visit: visit.channel, lambda offer: offer.channel),
    "officer": _Keys(lambda visit: visit.officer, lambda offer: offer.officer),
    "hour": _by_time(lambda at: f"{at.astimezone(TIMEZONE):%H}"),
    "day": _by_time(lambda at: day_of(at).isoformat()),
    "week": _by_time(_week),
    "month": _by_time(lambda at: day_of(at).isoformat()[:7]),
}


class _Count:
    """A row in the making."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self.served: list[int] = []
        self.offers: list[Offered] = []

    def row(self, key: str) -> Row:
        """The row, once everything is counted."""
        visits = self.visits
        finished = [visit for visit in visits if visit.state == "finished"]
        left = [visit for visit in visits if visit.state == "left"]
        dropped = sum(visit.state == "dropped" for visit in visits)
        outcomes: dict[Outcome, int] = {}
        for visit in finished:
            if visit.outcome is not None:
                outcomes[visit.outcome] = outcomes.get(visit.outcome, 0) + 1
        called = [visit for visit in visits if visit.called_at is not None]
        gave_up = [visit.waited for visit in left if visit.called_at is None]
        one, two, three, four, five = (sum(visit.rating == mark for visit in visits) for mark in range(1, 6))
        return Row(
            key=key,
            tickets=len(visits),
            finished=len(finished),
            left=len(left),
            dropped=dropped,
            open=len(visits) - len(finished) - len(left) - dropped,
            outcomes=dict(sorted(outcomes.items())),
            wait=spread([visit.waited for visit in called] + gave_up),
            way=spread([visit.way for visit in called]),
            service=spread(self.served),
            hold=spread([visit.held for visit in visits if visit.held]),
            within=sum(visit.waited + visit.served <= _PROMISE for visit in finished),
            no_shows=sum(visit.no_shows for visit in visits),
            absent=sum(visit.no_shows > 0 for visit in visits),
            transfers=sum(visit.transfers for visit in visits),
            cases=sum(visit.cases for visit in visits),
            returned=sum(visit.returned for visit in visits),
            ratings=(one, two, three, four, five),
            offers=len(self.offers),
            diverted=sum(offer.taken for offer in self.offers),
        )


def _count(rows: Rows, keys: _Keys, officer: str, *, split: bool = False) -> dict[str, Row]:
    """Rows by key. officer: only what he served and offered, "" for everything.

    split: a visit that several counters or officers served is counted where it ended, and its minutes of service where
    they were given; so both add up.
    """
    counts: defaultdict[str, _Count] = defaultdict(_Count)
    for visit in rows.visits:
        key = keys.visit(visit)
        if not officer or visit.officer == officer:
            counts[key].visits.append(visit)
        lengths: dict[str, int] = {}
        for part in visit.parts:
            if not officer or part.officer == officer:
                # Asked of the part as if the visit had ended there: by counter or by officer.
                ended = msgspec.structs.replace(visit, counter=part.counter, officer=part.officer) if split else visit
                at = keys.visit(ended)
                lengths[at] = lengths.get(at, 0) + part.length
        for at, length in lengths.items():
            counts[at].served.append(length)
    for offer in rows.offers:
        if not officer or offer.officer == officer:
            counts[keys.offer(offer)].offers.append(offer)
    return {key: count.row(key) for key, count in counts.items()}


def spread(lengths: list[int]) -> Spread:
    """What is told of lengths."""
    lengths = sorted(lengths)
    return Spread(count=len(lengths), total=sum(lengths), median=rank(lengths, 50), p95=rank(lengths, 95))


def rank(ordered: list[int], percent: int) -> int | None:
    """The value at a percentile by nearest rank: the smallest one that so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None
