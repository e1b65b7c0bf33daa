"""Days of a hall with four counters, as benchmarks of routing play them: who comes, with what, and who serves.

525 visits a day, two thirds of them traffic violations, in two peaks; many are finished at a kiosk and never reach a
counter. Four officers with unequal skills, half of them at lunch at a time. All of it is drawn before a day begins, so
that every policy meets the same people (`counterdesk.station.rollout` plays them). All figures are illustrative.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from random import Random

from counterdesk.station.hall import Hall, HallCounter, HallGroup, Standing
from counterdesk.station.rollout import Drawn, Visitor

OPENS, CLOSES = 510.0, 1020.0
_PEAKS = (1.1, 1.3, 1.35, 1.3, 1.15, 0.95, 0.75, 0.45, 0.45, 0.6, 0.9, 1.2, 1.3, 1.25, 1.1, 0.9, 0.55)
"""How many come in each half hour, against the day's average."""
_SPIKES = (0.9, 1.75, 1.7, 1.2, 0.8, 0.7, 0.6, 0.35, 0.35, 0.5, 0.9, 1.55, 1.7, 1.1, 0.8, 0.6, 0.45)
_PRIORITY = 0.05
_ABSENT = 0.04
_FROM_KIOSK = 0.05  # those who do not get done at a kiosk and come to the counters after all
_LUNCH = ((720.0, 765.0), (765.0, 810.0), (765.0, 810.0), (720.0, 765.0))


@dataclass(frozen=True)
class Matter:
    """A queue group: visits a day, minutes at a counter and their spread, its waiting target, the share that a kiosk
    could finish, the share that comes by appointment."""

    id: str
    daily: float
    minutes: float
    spread: float
    target: float
    kiosk: float
    booked: float


MATTERS = (
    Matter("TV", 350, 3.5, 0.6, 14, 0.72, 0.12),
    Matter("DV", 40, 5, 0.6, 13, 0.60, 0.20),
    Matter("ID", 48, 6, 0.5, 12, 0.45, 0.25),
    Matter("RP", 25, 7, 0.5, 11, 0.25, 0.20),
    Matter("EE", 28, 9, 0.5, 10, 0.45, 0.35),
    Matter("HK", 24, 12, 0.6, 8, 0.0, 0.40),
    Matter("SP", 10, 15, 0.6, 8, 0.0, 0.50),
)
_NAMES = tuple(matter.id for matter in MATTERS)
_ALL = dict.fromkeys(_NAMES, 1.0)


def _officer(skills: str, pace: float) -> dict[str, float]:
    return dict.fromkeys(skills.split(), pace)


OFFICERS: tuple[dict[str, float], ...] = (
    _officer("TV DV ID RP EE HK SP", 0.95),
    _officer("TV DV ID RP HK SP", 1.0),
    _officer("TV DV ID RP EE", 1.0),
    _officer("TV DV ID", 1.1),
)
"""Skills with the pace of each, counter by counter."""
SPECIALISTS: tuple[dict[str, float], ...] = (
    OFFICERS[0] | {"EE": 1.1, "HK": 0.85, "SP": 0.85},
    OFFICERS[1] | {"ID": 0.85, "RP": 0.9, "HK": 0.95, "SP": 1.1},
    OFFICERS[2] | {"TV": 1.1, "ID": 1.1, "EE": 0.8},
    OFFICERS[3] | {"TV": 0.9, "DV": 0.95, "ID": 1.15},
)


@dataclass(frozen=True)
class Scenario:
    """A kind of day. load: people against an ordinary day. kiosk: how many use one who could. quick: minutes against
    the ordinary. believed: what the policy thinks of the minutes of each group, against the truth. away: (counter,
    from, to). crowd: (group, times, from, to)."""

    load: float = 1.0
    kiosk: float = 0.75
    quick: float = 1.0
    believed: dict[str, float] = field(default_factory=lambda: _ALL)
    officers: tuple[dict[str, float], ...] = OFFICERS
    away: tuple[tuple[int, float, float], ...] = ()
    crowd: tuple[str, float, float, float] | None = None
    daily: dict[str, float] = field(default_factory=dict)
    shape: tuple[float, ...] = _PEAKS


SCENARIOS: dict[str, Scenario] = {
    "base": Scenario(),
    "load-20": Scenario(load=0.8),
    "load-10": Scenario(load=0.9),
    "load+10": Scenario(load=1.1),
    "load+20": Scenario(load=1.2),
    "c525": Scenario(kiosk=0.0, quick=0.605),
    "mis-est": Scenario(believed=dict(zip(_NAMES, (1.3, 0.7, 1.3, 0.7, 0.7, 0.7, 0.7), strict=True))),
    "absent-am": Scenario(away=((0, 540.0, 720.0),)),
    "surge": Scenario(load=0.97, crowd=("ID", 2.2, 540.0, 690.0), daily={"TV": 330, "DV": 36, "HK": 27}),
    "spiky": Scenario(shape=_SPIKES),
    "specialist": Scenario(officers=SPECIALISTS),
    "kiosk+": Scenario(kiosk=0.9),
}


def day(scenario: Scenario, seed: int) -> tuple[Hall, Drawn]:
    """A day of a scenario: the hall as it opens, as a policy may know it, and everybody who will come."""
    random = Random(f"hall/{seed}")
    busy = math.exp(random.gauss(0, 0.05)) * scenario.load
    visitors: list[Visitor] = []
    for matter in MATTERS:
        # A stream of its own for each group: a scenario that changes one leaves the others as they were.
        visitors += _visitors(scenario, matter, busy, Random(f"hall/{seed}/{matter.id}"))
    visitors.sort(key=lambda visitor: visitor.since)
    groups = tuple(
        HallGroup(
            id=matter.id,
            minutes=matter.minutes * scenario.quick * scenario.believed[matter.id],
            spread=matter.spread,
            target=matter.target,
        )
        for matter in MATTERS
    )
    hall = Hall(now=OPENS, no_show=_ABSENT, groups=groups, counters=_counters(scenario))
    return hall, Drawn(visitors=tuple(visitors), ends={})


def _counters(scenario: Scenario) -> tuple[HallCounter, ...]:
    return tuple(
        HallCounter(
            id=str(place + 1),
            offers=tuple(paces),
            skills=tuple(paces),
            pace=paces,
            breaks=(*((start, stop) for counter, start, stop in scenario.away if counter == place), _LUNCH[place]),
        )
        for place, paces in enumerate(scenario.officers)
    )


def _visitors(scenario: Scenario, matter: Matter, busy: float, random: Random) -> list[Visitor]:
    daily = scenario.daily.get(matter.id, matter.daily) * busy
    average = sum(scenario.shape) / len(scenario.shape)
    found: list[Visitor] = []
    for slot, weight in enumerate(scenario.shape):
        start = OPENS + 30 * slot
        length = min(30.0, CLOSES - 5 - start)
        rate = daily * weight / average / len(scenario.shape) / length
        if scenario.crowd and scenario.crowd[0] == matter.id and scenario.crowd[2] <= start < scenario.crowd[3]:
            rate *= scenario.crowd[1]
        at = start
        while (at := at + random.expovariate(rate)) < start + length:
            visitor = _visitor(scenario, matter, at, len(found), random)
            if visitor is not None:
                found.append(visitor)
    return found


def _visitor(scenario: Scenario, matter: Matter, at: float, number: int, random: Random) -> Visitor | None:
    """Somebody who comes at `at`; None for those who are done at a kiosk."""
    variance = math.log1p(matter.spread**2)
    times = math.exp(math.sqrt(variance) * random.gauss(0, 1) - variance / 2)
    work = matter.minutes * scenario.quick * min(max(times, 0.2), 5.0)
    # As many draws for everybody: a scenario with more kiosks takes people away and changes nobody else.
    kiosk, fails, kind, absent, early = (random.random(), random.random(), random.random(), random.random(), random)
    punctual = early.gauss(-4, 5)
    standing: Standing = "priority" if kind < _PRIORITY else "walk_in"
    if kind >= _PRIORITY and random.random() < matter.booked:
        standing = "appointment"
    due = at
    if kiosk < matter.kiosk * scenario.kiosk:
        if fails >= _FROM_KIOSK:
            return None
        at = due = min(at + 0.7 * work, CLOSES)
    elif standing == "appointment":
        slot = 10 * math.floor(at / 10)
        at = min(max(slot + min(max(punctual, -20), 10), OPENS), CLOSES - 1)
        due = max(at, slot)
    return Visitor(
        id=f"{matter.id}{number:03d}",
        group=matter.id,
        since=at,
        due=due,
        work=work,
        standing=standing,
        absent=absent < _ABSENT,
    )


def other(seed: int) -> Scenario:
    """A scenario that nobody chose: other skills, paces, loads and days, by a seed; each group is served at all times
    of the day."""
    random = Random(f"hall/other/{seed}")
    able = [set(_NAMES)] + [{"TV", *random.sample(_NAMES, random.randint(3, 6))} for _ in range(3)]
    for name in _NAMES:
        if name not in able[1] | able[2]:
            able[random.choice((1, 2))].add(name)
        if name not in able[3]:
            able[3] |= {name} if random.random() < 0.5 else set()
    officers = tuple({name: random.uniform(0.85, 1.2) for name in _NAMES if name in skills} for skills in able)
    made = Scenario(load=random.uniform(0.75, 1.1), officers=officers, kiosk=random.uniform(0.65, 0.85))
    if random.random() < 0.4:
        made = replace(made, crowd=(random.choice(_NAMES), random.uniform(1.5, 2.5), 540.0, 690.0))
    if random.random() < 0.3:
        start = random.choice((540.0, 600.0, 840.0))
        made = replace(made, away=((random.randrange(1, 4), start, start + 60),))
    if random.random() < 0.5:
        made = replace(made, shape=tuple(weight * random.uniform(0.7, 1.4) for weight in _PEAKS))
    return replace(made, believed={name: random.uniform(0.85, 1.15) for name in _NAMES})
