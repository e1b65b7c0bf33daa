"""`python -m benchmarks.hall.plans`: what the planner predicts against what then happens, and whether its plans pay.

Each case is a day of its own: a kind of day, busier or quieter than expected, sometimes with a crowd for one queue
group or a counter that goes home; officers with different skills and paces; profiles as a leader might have left them.
At some moments of the day the planner looks at what may be known then: estimates of handling times that are off by up
to a tenth, a forecast from a short history and from today so far. What truly comes was drawn beforehand and is played
on by the same rules; none of it comes from the planner's own roll-outs. Where a plan is proposed, the same rest of the
day is played with it and without it; then it is applied, and the day goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from statistics import fmean, median
from typing import get_args

import msgspec

from counterdesk.catalog.load import load
from counterdesk.station.arrivals import HALF_HOURS, half_hour
from counterdesk.station.forecast import EFFECT, KEPT_APPOINTMENTS, PRIORITY, SHAPE, Coming, forecast
from counterdesk.station.groups import queue_groups
from counterdesk.station.hall import Hall, HallCounter, HallGroup, Standing
from counterdesk.station.learning import minutes, prior, spread
from counterdesk.station.model import TIMEZONE, Appointment, Arrivals, DayKind, DayShape, PlanReason, QueueGroup, State
from counterdesk.station.outlook import Outlook, outlook
from counterdesk.station.plan import AHEAD, cost, finish, search
from counterdesk.station.planning import HOURS
from counterdesk.station.rollout import Drawn, Planned, Visit, advance, draw, play

GROUPS: tuple[QueueGroup, ...] = queue_groups(load())
OPENS, CLOSES = 510.0, 1020.0
MOMENTS = (540.0, 630.0, 810.0)
"""Minutes of the day at which the planner looks."""
NOTICE = 2.0
DAYS = 200
_HOME = 2000.0
_NAMES = tuple(group.id for group in GROUPS)


@dataclass
class Score:
    """What was counted. errors: by group, minutes between the predicted and the true median wait. applied: per plan,
    the points that it truly paid, and what it was expected to pay."""

    errors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    bias: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    kept_errors: list[float] = field(default_factory=list)
    applied: list[tuple[float, float]] = field(default_factory=list)
    pairs: list[tuple[list[Visit], list[Visit]]] = field(default_factory=list)
    moments: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def better(self) -> int:
        """Plans that were truly better than what they replaced."""
        return sum(gain > 0 for gain, _ in self.applied)

    @property
    def same(self) -> int:
        """Plans that made no difference."""
        return sum(gain == 0 for gain, _ in self.applied)


class Day:
    """One day as it truly is, and what the station knows of it."""

    def __init__(self, seed: int, number: int) -> None:
        self.random = random = Random(f"plans/{seed}/{number}")
        self.seed = random.randrange(1 << 30)
        self.kind: DayKind = random.choice([kind for kind in get_args(DayKind) if kind != "rest"])
        self.scale = random.uniform(0.85, 1.15)
        self.load = self.scale * EFFECT[self.kind] * min(max(random.gauss(1.0, 0.1), 0.75), 1.3)
        self.crowd = (random.choice(_NAMES), random.uniform(OPENS, 900)) if random.random() < 0.2 else None
        self.groups = tuple(
            HallGroup(
                id=group.id,
                minutes=minutes(prior(group.time)),
                spread=spread(prior(group.time)),
                target=group.wait_target,
            )
            for group in GROUPS
        )
        # What the station believes of them is a little wrong.
        self.believed = tuple(
            msgspec.structs.replace(group, minutes=group.minutes * random.uniform(0.9, 1.1)) for group in self.groups
        )
        self.leaves = 0.0
        self.booked: list[tuple[float, str]] = []
        coming = self._coming()
        self.hall = Hall(now=OPENS, groups=self.groups, counters=self._counters())
        self.drawn = draw(self.hall, coming, self.seed)
        self.history = self._history()

    def rate(self, group: QueueGroup, at: int) -> float:
        """Walk-ins of a group that truly are to be expected in a half hour of the day."""
        into = at - half_hour(OPENS)
        share = SHAPE[into] / sum(SHAPE) if 0 <= into < len(SHAPE) else 0.0
        rate = group.daily * self.load * share
        if self.crowd and group.id == self.crowd[0] and self.crowd[1] <= 30 * at < self.crowd[1] + 90:
            rate *= 2.5
        return rate

    def _coming(self) -> list[Coming]:
        random, coming = self.random, []
        for group in GROUPS:
            for at in range(HALF_HOURS):
                minute, rate = 30.0 * at, self.rate(group, at) * 0.9 / 30
                while rate and (minute := minute + random.expovariate(rate)) < 30 * at + 30:
                    standing: Standing = "priority" if random.random() < PRIORITY else "walk_in"
                    coming.append((minute, group.id, standing, minute))
            for _ in range(round(group.daily * self.scale * 0.1)):
                booked = 10.0 * random.randrange(52, 100)
                self.booked.append((booked, group.id))
                if random.random() < KEPT_APPOINTMENTS:
                    came = max(OPENS, booked - random.gauss(5, 5))
                    coming.append((came, group.id, "appointment", max(came, booked)))
        return sorted(coming)

    def _counters(self) -> tuple[HallCounter, ...]:
        random = self.random
        lunch = random.choice([(720, 765, 765, 720), (690, 720, 750, 780), (720, 750, 720, 750)])
        home = random.randrange(1, 4) if random.random() < 0.2 else 0
        names = list(_NAMES)
        counters = []
        for place in range(4):
            skills = (
                list(names) if place == 0 or random.random() < 0.4 else random.sample(names, random.choice([4, 5, 6]))
            )
            pauses = [(float(lunch[place]), lunch[place] + 45.0)]
            if place and place == home:
                self.leaves = random.uniform(560, 900)
                pauses = [pause for pause in pauses if pause[1] < self.leaves] + [(self.leaves, _HOME)]
            counters.append(
                HallCounter(
                    id=str(place + 1),
                    skills=tuple(name for name in names if name in skills),
                    offers=tuple(name for name in names if name in skills),
                    pace={name: random.uniform(0.85, 1.2) for name in skills},
                    breaks=tuple(pauses),
                )
            )
        return tuple(_left(counters, random))

    def _history(self) -> Arrivals:
        """What the station saw on some earlier days."""
        days = self.random.randrange(0, 12)
        if not days:
            return Arrivals()
        kinds: dict[DayKind, DayShape] = {}
        ordinary = self.scale * 0.9
        some: tuple[tuple[DayKind, int], ...] = (("ordinary", days), (self.kind, days // 3))
        for kind, seen in some:
            if seen:
                groups = {group.id: self._seen(group, ordinary * EFFECT[kind], seen) for group in GROUPS}
                kinds[kind] = DayShape(days=float(seen), groups=groups)
        return Arrivals(kinds=kinds)

    def _seen(self, group: QueueGroup, load: float, days: int) -> tuple[float, ...]:
        counts = []
        for at in range(HALF_HOURS):
            into = at - half_hour(OPENS)
            rate = group.daily * load * SHAPE[into] / sum(SHAPE) if 0 <= into < len(SHAPE) else 0.0
            counts.append(max(0.0, self.random.gauss(rate, (rate / days) ** 0.5)))
        return tuple(counts)

    def state(self, minute: float) -> State:
        """The station at a minute, as far as a forecast asks it."""
        midnight = datetime(2026, 11, 25, tzinfo=TIMEZONE)
        today: dict[str, list[int]] = {name: [0] * HALF_HOURS for name in _NAMES}
        came = set()
        for visitor in self.drawn.visitors:
            if visitor.since <= minute:
                if visitor.standing == "appointment":
                    came.add((visitor.group, round(visitor.due)))
                else:
                    today[visitor.group][half_hour(visitor.since)] += 1
        return State(
            groups={group.id: group for group in GROUPS},
            day=date(2026, 11, 25),
            day_kind=self.kind,
            arrivals=msgspec.structs.replace(self.history, today={name: tuple(row) for name, row in today.items()}),
            appointments={
                f"a{number}": Appointment(id=f"a{number}", group=group, at=midnight + timedelta(minutes=at))
                for number, (at, group) in enumerate(self.booked)
                if at > minute
            },
        )


def _left(counters: list[HallCounter], random: Random) -> list[HallCounter]:
    """Profiles as somebody might have left them: everything everywhere; the quick and the long matters apart; or each
    counter with a part of what its officer may do. Nobody's group is left out."""
    way = random.choice(("everything", "apart", "parts", "parts"))
    if way == "everything":
        return counters
    quick = set(sorted(_NAMES, key=lambda name: minutes(prior(next(g.time for g in GROUPS if g.id == name))))[:3])
    offers = []
    for place, counter in enumerate(counters):
        if way == "apart":
            part = [name for name in counter.skills if (name in quick) == (place % 3 != 0)]
        else:
            part = [name for name in counter.skills if random.random() < 0.55]
        offers.append(part or list(counter.skills))
    for name in _NAMES:
        if not any(name in part for part in offers):
            able = [place for place, counter in enumerate(counters) if name in counter.skills]
            offers[random.choice(able)].append(name)
    return [
        msgspec.structs.replace(counter, offers=tuple(name for name in _NAMES if name in part))
        for counter, part in zip(counters, offers, strict=True)
    ]


def run(days: int, seed: int) -> Score:
    """Play so many days."""
    score = Score()
    for number in range(days):
        day = Day(seed, number)
        hall, drawn = day.hall, day.drawn
        # A counter that goes home is looked at as soon as it has gone.
        for moment in sorted({*MOMENTS, *([day.leaves + 1] if day.leaves else [])}):
            hall, drawn, _ = advance(hall, drawn, to=moment)
            hall = _look(day, hall, drawn, score)
    return score


def _look(day: Day, hall: Hall, drawn: Drawn, score: Score) -> Hall:
    """The planner looks at the hall at one moment; the hall as it is afterwards."""
    midnight = datetime(2026, 11, 25, tzinfo=TIMEZONE)
    known = msgspec.structs.replace(hall, groups=day.believed, counters=tuple(map(_announced_pauses, hall.counters)))
    expected = forecast(day.state(hall.now), midnight + timedelta(minutes=hall.now), HOURS)
    begun = time.thread_time()
    found = finish(search(known, expected, why=PlanReason(code="fixed_time"), seed=int(hall.now), notice=NOTICE))
    score.seconds.append(time.thread_time() - begun)  # not the time of whoever else has this machine's cores
    score.moments += 1
    until = hall.now + AHEAD
    without = play(hall, drawn, until=until)
    happened = without
    if found.verdict == "better":
        plan = Planned(profiles=found.profiles, since=hall.now + NOTICE)
        happened = play(hall, drawn, plans=(plan,), until=until)
        gain = cost(without, hall.promise) - cost(happened, hall.promise)
        score.applied.append((gain, found.gain))
        score.pairs.append((without, happened))
        counters = tuple(
            msgspec.structs.replace(counter, offers=found.profiles.get(counter.id, counter.offers))
            for counter in hall.counters
        )
        hall = msgspec.structs.replace(hall, counters=counters)
    _compare(found.proposed or found.current, outlook([happened], hall.promise), score)
    return hall


def _announced_pauses(counter: HallCounter) -> HallCounter:
    """Who will go home in the middle of the day does not say so before."""
    return msgspec.structs.replace(counter, breaks=tuple(pause for pause in counter.breaks if pause[1] < _HOME))


def _compare(predicted: Outlook, happened: Outlook, score: Score) -> None:
    score.kept_errors.append(100 * (predicted.kept - happened.kept))
    for group, truth in happened.groups.items():
        guess = predicted.groups.get(group)
        if guess is not None:
            score.errors[group].append(abs(guess.median - truth.median))
            score.bias[group].append(guess.median - truth.median)


def report(score: Score, days: int, seconds: float) -> str:
    """What is printed."""
    lines = [f"plans: {days} simulated days, {score.moments} moments, the rest of each day unknown to the planner", ""]
    lines.append(f"{'group':<8}{'moments':>9}{'median error':>15}{'mean error':>13}{'bias':>8}   minutes of wait")
    for group in _NAMES:
        errors = score.errors.get(group)
        if errors:
            bias = fmean(score.bias[group])
            lines.append(f"{group:<8}{len(errors):>9}{median(errors):>15.1f}{fmean(errors):>13.1f}{bias:>8.1f}")
    kept = fmean(map(abs, score.kept_errors))
    lines.append(
        f"share kept within the promise: off by {kept:.1f} points on average, bias {fmean(score.kept_errors):+.1f}"
    )
    if score.applied:
        share = score.better / len(score.applied)
        lines += [
            "",
            f"plans applied: {len(score.applied)}; truly better than what they replaced: {score.better} "
            f"({share:.1%}), no difference: {score.same}, worse: {len(score.applied) - score.better - score.same}",
            f"gain: {fmean(gain for gain, _ in score.applied):.1f} points truly, "
            f"{fmean(expected for _, expected in score.applied):.1f} predicted",
            _together(score),
        ]
    slow = sorted(score.seconds)
    lines.append(
        f"a proposal takes {median(slow):.2f} s (p95 {slow[int(0.95 * (len(slow) - 1))]:.2f} s); {seconds:.0f} s in all"
    )
    return "\n".join(lines)


def _together(score: Score) -> str:
    before = outlook([pair[0] for pair in score.pairs], 20.0)
    after = outlook([pair[1] for pair in score.pairs], 20.0)
    return (
        f"over those hours: within 20 minutes {before.kept:.1%} without, {after.kept:.1%} with; worst group's p95 "
        f"{before.worst} {before.worst_p95:.0f} min without, {after.worst} {after.worst_p95:.0f} min with"
    )


def look_ms(days: int = 8) -> list[float]:
    """Milliseconds that it takes to look for a plan, at some moments of some days."""
    return [1000 * seconds for seconds in run(days, 1).seconds]


def short_report(days: int = 8) -> str:
    """The report for the few days that a run of all benchmarks has time for."""
    begun = time.perf_counter()
    score = run(days, 1)
    return report(score, days, time.perf_counter() - begun) + f"\n`python -m benchmarks.hall.plans` plays {DAYS}"


def main(argv: list[str] | None = None) -> int:
    """Play and print; 1 if plans that were applied were better in less than four of five cases."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hall.plans", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--days", type=int, default=DAYS, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="(default: %(default)s)")
    given = parser.parse_args(argv)
    begun = time.perf_counter()
    score = run(given.days, given.seed)
    print(report(score, given.days, time.perf_counter() - begun))
    return 0 if score.applied and score.better >= 0.8 * len(score.applied) else 1


if __name__ == "__main__":
    sys.exit(main())
