"""A course: which citizens come to a trainee's counter, when, and what else happens meanwhile. Pure, from seed and day.

Level 1 is one service, slowly, with hints: the next citizen comes when the one before has gone. Level 2 mixes services.
Level 3 is rush hour: a queue from the beginning, calls, a case that comes back, somebody who does not come, a line that
drops. An exam has what its file says (see `exam`), no hints, and a time limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Final, Literal

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.practice.chance import chance
from counterdesk.practice.fill import for_a_department
from counterdesk.practice.scenario import Scenario

Level = Literal["hints", "mixed", "rush", "exam"]
LEVELS: Final[dict[int, Level]] = {1: "hints", 2: "mixed", 3: "rush"}
"""As they are numbered on the command line."""
STOPS: Final[dict[Level, int]] = {"hints": 3, "mixed": 6, "rush": 8, "exam": 5}
"""How many citizens come, if nothing else is asked for."""
QUEUE: Final = 5
"""How many already wait when rush hour begins."""
Topic = Literal["papers", "progress", "someone_else"]
Reply = Literal["told", "refused"]
RIGHT: Final[dict[Topic, Reply]] = {"papers": "told", "progress": "told", "someone_else": "refused"}
"""What a caller is told: what a matter needs and how his own case stands, but nothing about anybody else (Resident
Identity Card Law 6(3))."""
_TOPICS: Final[tuple[Topic, ...]] = ("papers", "progress", "someone_else")


class _Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What all parts of a course share."""


class Stop(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A citizen who takes a ticket.

    scenario, day, seed: of `collection.find`. service: what the ticket is for. after: minutes of the course; of a
    course that is one by one the order alone counts. comes: False for one who is gone when he is called.
    """

    scenario: str
    service: str
    day: date
    seed: int = 0
    after: float = 0.0
    comes: bool = True


class Call(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The telephone rings. after: minutes of the course. rings: seconds until the caller gives up.

    topic: what the caller wants to know. service: what it is about.
    """

    after: float
    topic: Topic
    service: str
    rings: int = 30


class Return(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A case that the officer before handed over at this counter comes back from its department at minute `after`."""

    after: float
    service: str


class Drop(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The line to the station is gone for so many seconds from minute `after`."""

    after: float
    seconds: int


class Course(_Entity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that happens. minutes: the time limit, 0 for none. passed: the score from which it is passed, 0 for that of
    the settings. exam: the id of the exam that it is."""

    level: Level
    seed: int
    day: date
    stops: tuple[Stop, ...]
    calls: tuple[Call, ...] = ()
    returns: tuple[Return, ...] = ()
    drops: tuple[Drop, ...] = ()
    minutes: int = 0
    passed: int = 0
    exam: str = ""

    @property
    def hints(self) -> bool:
        """Whether hints may be shown."""
        return self.level == "hints"

    @property
    def one_by_one(self) -> bool:
        """Whether the next citizen comes only when the one before has gone."""
        return self.level == "hints"

    @property
    def services(self) -> tuple[str, ...]:
        """The services that citizens come for, each once, in their order."""
        return tuple(dict.fromkeys(stop.service for stop in self.stops))


def make_course(
    index: Index, level: Level, seed: int, day: date, scenarios: Iterable[str], *, count: int | None = None
) -> Course:
    """A course through the first `count` of these scenarios that can be had on this day; the same for the same
    arguments.

    scenarios: ids, the most wanted first (see `choosing.choose`); they may begin again where there are too few.

    Raises:
        KeyError: for an id that there is not.
        ValueError: if none of them can be had.
    """
    from counterdesk.practice.collection import find  # what solves scenarios takes its time to load

    wanted = count if count is not None else STOPS[level]
    found: list[Scenario] = []
    elsewhere: list[Scenario] = []
    for name in scenarios:
        if len(found) == wanted:
            break
        one = find(index, name, day, people(seed, len(found)))
        if isinstance(one, Scenario):
            # Who stands in one queue comes on one day: what is of another is taken where nothing else is left.
            (elsewhere if level == "rush" and one.day != day else found).append(one)
    found += elsewhere[: wanted - len(found)]
    if not found:
        raise ValueError("no scenario can be had on this day")
    stops = tuple(
        Stop(scenario=one.id, service=one.service, day=day, seed=people(seed, at), after=after)
        for at, (one, after) in enumerate(zip(found, _arrivals(index, level, seed, found), strict=True))
    )
    course = Course(level=level, seed=seed, day=day, stops=stops)
    return _rush(index, course) if level == "rush" else course


def people(seed: int, at: int) -> int:
    """The seed of the people of the stop at this place."""
    return chance(seed, "stop", at).randrange(1, 10_000)


def _arrivals(index: Index, level: Level, seed: int, found: Sequence[Scenario]) -> list[float]:
    """When they take their tickets: about as fast as they are served, or faster."""
    share = {"hints": 1.0, "mixed": 1.0, "rush": 0.4, "exam": 0.8}[level]
    waiting = QUEUE if level == "rush" else 1
    at, times = 0.0, []
    for number, one in enumerate(found):
        if number >= waiting:
            draw = chance(seed, "gap", number)
            at += index.service(one.service).minutes.median * share * draw.uniform(0.7, 1.3)
        times.append(round(at, 2))
    return times


def _rush(index: Index, course: Course) -> Course:
    """What a rush hour has beside its queue, each at a moment of its own."""
    draw = chance(course.seed, "rush", course.day)
    stops = list(course.stops)
    if len(stops) > 1:  # never the first: somebody has to be served before
        absent = draw.randrange(1, min(len(stops), QUEUE))
        stops[absent] = msgspec.structs.replace(stops[absent], comes=False)
    services = sorted({stop.service for stop in stops})
    topics = draw.sample(_TOPICS, 2)
    return msgspec.structs.replace(
        course,
        stops=tuple(stops),
        calls=tuple(
            Call(after=round(draw.uniform(*span), 2), topic=topic, service=draw.choice(services))
            for span, topic in zip(((1.5, 4.0), (10.0, 15.0)), topics, strict=True)
        ),
        returns=_returns(index, course, round(draw.uniform(4.5, 7.0), 2)),
        drops=(Drop(after=round(draw.uniform(7.5, 9.5), 2), seconds=draw.randrange(30, 61)),),
    )


def _returns(index: Index, course: Course, after: float) -> tuple[Return, ...]:
    """A case of a service that a department decides."""
    services = [one.id for one in index.catalog.services if one.mode != "instant"]
    chance(course.seed, "return", course.day).shuffle(services)
    cases = (name for name in services if for_a_department(index, course.seed, name, course.day) is not None)
    return tuple(Return(after=after, service=name) for name in islice(cases, 1))


def encode(course: Course) -> bytes:
    """A course as bytes; the same course gives the same bytes."""
    return msgspec.json.encode(course, order="deterministic") + b"\n"


def decode(data: bytes) -> Course:
    """A course from bytes. Raises: msgspec.MsgspecError."""
    return msgspec.json.decode(data, type=Course)
