"""Halls for the tests of what is played forward: three groups, some counters, and people to come."""

from __future__ import annotations

from random import Random

from counterdesk.station.forecast import Coming
from counterdesk.station.hall import Hall, HallCounter, HallGroup, HallTicket, Standing

TV = HallGroup(id="TV", minutes=3.5, target=14)
ID = HallGroup(id="ID", minutes=6.0, spread=0.5, target=12)
HK = HallGroup(id="HK", minutes=12.0, target=8)
ALL = ("TV", "ID", "HK")


def counter(number: str, offers: tuple[str, ...] = ALL, skills: tuple[str, ...] = ALL, **more: object) -> HallCounter:
    """A counter on duty."""
    return HallCounter(id=number, offers=offers, skills=skills, **more)  # type: ignore[arg-type]


def hall(*counters: HallCounter, waiting: tuple[HallTicket, ...] = (), now: float = 540.0) -> Hall:
    """A hall at nine."""
    return Hall(now=now, groups=(TV, ID, HK), counters=counters or (counter("1"), counter("2")), waiting=waiting)


def ticket(number: str, group: str = "TV", waited: float = 0.0, **more: object) -> HallTicket:
    """A waiting ticket."""
    return HallTicket(id=number, group=group, since=540 - waited, due=540 - waited, **more)  # type: ignore[arg-type]


def people(seed: int, count: int = 40, minutes: float = 90.0) -> list[Coming]:
    """So many who come within so many minutes after nine."""
    random = Random(seed)
    coming: list[Coming] = []
    for _ in range(count):
        at = 540 + random.random() * minutes
        standing: Standing = random.choices(("walk_in", "appointment", "priority"), (8, 2, 1))[0]
        due = at + random.choice((0.0, 5.0)) if standing == "appointment" else at
        coming.append((at, random.choices(ALL, (5, 3, 2))[0], standing, due))
    return sorted(coming)
