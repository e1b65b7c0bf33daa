"""Which counter should take what: profiles are proposed where roll-outs show that they pay, and only there.

A candidate gives each counter on duty some of the groups that its officer may serve; together they leave none out that
somebody could. All candidates meet the same people (`rollout.py`). They are judged by the promise AND by the group that
waits longest, because the bare share is bought by drowning the long, rare cases (queue-policy: a plan judged by the
share alone let the worst group slip by twenty minutes). The best one is then tried against the present profiles with
people that the search has not seen: it is proposed only if it pays by more than `MARGIN` and in nearly every roll-out,
for a plan that changes too often costs more than it brings.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from math import inf
from statistics import fmean, pstdev
from typing import Literal

import msgspec

from counterdesk.station.forecast import Forecast, arrivals_of
from counterdesk.station.hall import Hall, HallCounter, HallValue
from counterdesk.station.model import PlanReason
from counterdesk.station.outlook import Outlook, outlook
from counterdesk.station.rollout import Drawn, Planned, Policy, Visit, draw, play, station_policy

Profiles = dict[str, tuple[str, ...]]
Verdict = Literal["better", "no_better", "nobody"]

AHEAD = 120.0
"""Minutes in which a ticket must be taken for a plan to be judged by it."""
WORST_WEIGHT = 2.0
"""Percent of kept promises that a minute of the group that waits longest weighs."""
FEW = 2
"""Visits that waited well, with which the mean of a group is taken."""
WORSE = 2.0
"""Minutes by which the 95th percentile of the group that waits longest may grow for a gain elsewhere."""
PATIENT = 10.0
"""Minutes up to which even the group that waits longest waits well."""
MARGIN = 2.0
"""Points (percent of kept promises) by which a plan has to be better than the present profiles."""
NEARLY_ALWAYS = 0.85
"""The share of roll-outs in which it has to be better."""
_SHORT = 20  # tickets: a queue that makes a roll-out take twice as long
TELLING = 1.0
"""Minutes by which a group's usual wait has to change for it to be named."""


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How much is tried, counted in roll-outs and not in seconds, so that the same hall gets the same answer anywhere.

    first: roll-outs in which a candidate must not lose to be tried in `search` of them. work: visitors that may be
    played while searching. finalists: tried again with `again` roll-outs. proof: roll-outs that the best one has to
    pass, of which the first `early` may already end it.
    """

    first: int = 2
    search: int = 8
    work: int = 16_000
    finalists: int = 4
    again: int = 12
    proof: int = 40
    early: int = 12


ORDINARY = Effort()


class Proposal(HallValue, frozen=True, kw_only=True):
    """What should be done now.

    verdict: "better" proposes `profiles` (of the counters that change); "no_better" says that nothing was found that
    pays; "nobody" that no counter is on duty. current, proposed: what is expected of the next hours with the present
    profiles and with those proposed. gain: points that it pays. better_in: the share of roll-outs in which it did.
    because: why, and what it costs whom. Of "no_better", gain and better_in are of the best that was found.
    """

    at: float
    verdict: Verdict
    current: Outlook
    proposed: Outlook | None = None
    profiles: dict[str, tuple[str, ...]] = {}
    gain: float = 0.0
    better_in: float = 0.0
    because: tuple[PlanReason, ...] = ()


def cost(visits: Sequence[Visit], promise: float) -> float:
    """Points against a roll-out, 0 at best: percent of promises not kept, and the minutes beyond `PATIENT` of the group
    that waits longest. In one roll-out a rare group has few visits: its mean is taken with some that waited well, since
    a percentile of two visits is chance."""
    if not visits:
        return 0.0
    beyond: dict[str, list[float]] = {}
    late = 0
    for visit in visits:
        beyond.setdefault(visit.group, []).append(max(0.0, visit.wait - PATIENT))
        late += visit.total > promise
    worst = max(sum(group) / (len(group) + FEW) for group in beyond.values())
    return 100 * late / len(visits) + WORST_WEIGHT * worst


def present(hall: Hall, until: float) -> tuple[HallCounter, ...]:
    """The counters that are on duty or back from their pause before `until`."""
    return tuple(
        counter
        for counter in hall.counters
        if counter.skills
        and (counter.on_duty or any(start <= hall.now < stop < until for start, stop in counter.breaks))
    )


def covers(profiles: Mapping[str, tuple[str, ...]], counters: Iterable[HallCounter]) -> bool:
    """Whether every counter has something to do, and every group that one of them could serve is in some profile."""
    counters = tuple(counters)
    could = {group for counter in counters for group in counter.skills}
    taken = {group for counter in counters for group in profiles.get(counter.id, counter.offers)}
    return all(profiles.get(counter.id, counter.offers) for counter in counters) and could <= taken


def choices(hall: Hall, counter: HallCounter, expected: Forecast) -> list[tuple[str, ...]]:
    """Profiles that are worth trying at a counter: all that its officer may do; all but one group; the quick or the
    slow half; one group alone, if it is much of the work."""
    skills = tuple(group.id for group in hall.groups if group.id in counter.skills)
    minutes = {group.id: group.minutes for group in hall.groups}
    load = {
        group: minutes[group] * (sum(expected.groups.get(group, ())) + sum(t.group == group for t in hall.waiting))
        for group in skills
    }
    by_length = sorted(skills, key=minutes.__getitem__)
    half = len(by_length) // 2
    found = [skills, tuple(group for group in counter.offers if group in counter.skills)]
    found += [tuple(other for other in skills if other != group) for group in skills]
    found += [tuple(by_length[:half]), tuple(by_length[half:]), tuple(by_length[:1]), tuple(by_length[1:])]
    total = sum(load.values())
    found += [(group,) for group in skills if total and load[group] > total / 3]
    unique = {frozenset(profile): profile for profile in found if profile}
    return [tuple(group for group in skills if group in profile) for profile in unique]


class _Trial:
    """Candidates that meet the same people: each is played once a roll-out and remembered."""

    def __init__(self, hall: Hall, expected: Forecast, policy: Policy, seed: int, since: float, ahead: float) -> None:
        self.hall, self.expected, self.policy = hall, expected, policy
        self.seed, self.since = seed, since
        self.until = hall.now + ahead
        self._drawn: dict[int, Drawn] = {}
        self._seen: dict[tuple[frozenset[tuple[str, tuple[str, ...]]], int], float] = {}
        self.work = 0
        """Visitors that were played so far."""

    def drawn(self, number: int) -> Drawn:
        """What the roll-out with this number meets."""
        if number not in self._drawn:
            seed = self.seed * 100_003 + number
            self._drawn[number] = draw(self.hall, arrivals_of(self.expected, seed), seed)
        return self._drawn[number]

    def visits(self, profiles: Profiles, number: int) -> list[Visit]:
        """Whoever takes a ticket in time, under these profiles."""
        plans = (Planned(profiles=profiles, since=self.since),) if profiles else ()
        drawn = self.drawn(number)
        # A choice looks at everybody who waits.
        self.work += len(drawn.visitors) * (_SHORT + len(self.hall.waiting)) // _SHORT
        return play(self.hall, drawn, self.policy, plans=plans, closing=self.expected.end, until=self.until)

    def cost(self, profiles: Profiles, number: int) -> float:
        """Points against these profiles in one roll-out."""
        key = frozenset(profiles.items()), number
        if key not in self._seen:
            self._seen[key] = cost(self.visits(profiles, number), self.hall.promise)
        return self._seen[key]

    def mean(self, profiles: Profiles, numbers: range) -> float:
        """Points against these profiles over several roll-outs."""
        return fmean(self.cost(profiles, number) for number in numbers)

    def surely(self, profiles: Profiles, numbers: range) -> float:
        """How much these profiles gain against the present ones, measured by how far that differs between roll-outs."""
        gains = [self.cost({}, number) - self.cost(profiles, number) for number in numbers]
        return fmean(gains) / (pstdev(gains) + 1.0)


def search(
    hall: Hall,
    expected: Forecast,
    *,
    why: PlanReason,
    seed: int,
    policy: str = "promise",
    notice: float = 2.0,
    effort: Effort = ORDINARY,
) -> Generator[None, None, Proposal]:
    """Look for better profiles; yields between roll-outs, so that whoever runs it can do something else meanwhile.

    why: what this moment is. seed: the people that it meets. policy: by which the station chooses the next one,
    here without looking ahead: two plans compare the same, in a third of the time. notice: minutes for which a plan is
    announced before it holds.
    """
    trial = _Trial(hall, expected, station_policy(policy, ahead=False), seed, hall.now + notice, AHEAD)
    counters = present(hall, trial.until)
    if not counters:
        empty = outlook([trial.visits({}, number) for number in range(effort.early)], hall.promise)
        return Proposal(at=hall.now, verdict="nobody", current=empty)
    base = _repair(counters)
    ranked = yield from _climb(trial, counters, base, expected, effort)
    effort = _with_queue(effort, len(hall.waiting))
    second = range(effort.search, effort.search + effort.again)
    best, surest = base, 0.0
    for profiles in ranked[: effort.finalists]:
        sure = trial.surely(profiles, second)
        yield
        if sure > surest:
            best, surest = profiles, sure
    return (yield from _prove(trial, counters, best, why, effort, second.stop))


def step(steps: Generator[None, None, Proposal]) -> Proposal | None:
    """A search one roll-out further: what it found once it is over, None until then."""
    try:
        next(steps)
    except StopIteration as end:
        found: Proposal = end.value
        return found
    return None


def finish(steps: Generator[None, None, Proposal]) -> Proposal:
    """What a search finds, in one go."""
    while (found := step(steps)) is None:
        pass
    return found


def _with_queue(effort: Effort, waiting: int) -> Effort:
    """Fewer roll-outs to try again and to prove where each takes long; with so many waiting plans differ plainly."""
    part = min(1.0, 2 * _SHORT / (_SHORT + waiting))
    return msgspec.structs.replace(
        effort,
        again=max(1, round(effort.again * part)),
        proof=max(effort.early, round(effort.proof * part)),
    )


def _repair(counters: Sequence[HallCounter]) -> Profiles:
    """What has to change in any case: a group that nobody draws from goes to all who may."""
    taken = {group for counter in counters for group in counter.offers}
    profiles: Profiles = {}
    for counter in counters:
        missing = tuple(group for group in counter.skills if group not in taken)
        if missing:
            profiles[counter.id] = tuple(group for group in counter.skills if group in (*counter.offers, *missing))
    return profiles


def _climb(
    trial: _Trial, counters: Sequence[HallCounter], base: Profiles, expected: Forecast, effort: Effort
) -> Generator[None, None, list[Profiles]]:
    """Change one counter at a time for as long as that helps, from the present profiles and from all skills
    everywhere; the candidates that did best, the best first."""
    few, all_ = range(effort.first), range(effort.search)
    steps = [(counter.id, profile) for counter in counters for profile in choices(trial.hall, counter, expected)]
    everything = _changed({counter.id: counter.skills for counter in counters}, counters)
    tried: dict[frozenset[tuple[str, tuple[str, ...]]], tuple[float, Profiles]] = {}
    for start in (base, everything) if covers(everything, counters) else (base,):
        at, helped = start, True
        tried[frozenset(at.items())] = trial.mean(at, all_), at
        yield
        while helped and trial.work < effort.work:
            helped = False
            for number, profile in steps:
                candidate = _changed({**at, number: profile}, counters)
                key = frozenset(candidate.items())
                if key in tried or not covers(candidate, counters) or trial.work >= effort.work:
                    continue
                tried[key] = inf, candidate
                # A candidate that already loses at first sight is not looked at again.
                if trial.mean(candidate, few) > trial.mean(at, few):
                    yield
                    continue
                tried[key] = trial.mean(candidate, all_), candidate
                yield
                if tried[key][0] < trial.mean(at, all_) - 1e-9:
                    at, helped = candidate, True
    return [profiles for _, profiles in sorted(tried.values(), key=lambda each: (each[0], len(each[1])))]


def _changed(profiles: Profiles, counters: Iterable[HallCounter]) -> Profiles:
    """Only those that differ from what their counter draws from."""
    return {
        counter.id: profiles[counter.id]
        for counter in counters
        if counter.id in profiles and set(profiles[counter.id]) != set(counter.offers)
    }


def _prove(
    trial: _Trial, counters: Sequence[HallCounter], best: Profiles, why: PlanReason, effort: Effort, first: int
) -> Generator[None, None, Proposal]:
    """Let the best candidate and the present profiles meet people that the search has not seen."""
    hall, now_visits, then_visits = trial.hall, [], []
    gains: list[float] = []
    urgent = not covers({}, counters)
    for number in range(first, first + effort.proof):
        now_visits.append(trial.visits({}, number))
        if best:
            then_visits.append(trial.visits(best, number))
            gains.append(cost(now_visits[-1], hall.promise) - cost(then_visits[-1], hall.promise))
        yield
        if len(gains) == effort.early and not urgent and sum(gains) / len(gains) < MARGIN / 2:
            best, then_visits = {}, []
    current = outlook(now_visits, hall.promise)
    gain = sum(gains) / len(gains) if gains else 0.0
    better_in = sum(each > 0 for each in gains) / len(gains) if gains else 0.0
    proposed = outlook(then_visits, hall.promise)
    found = Proposal(
        at=hall.now,
        verdict="no_better",
        current=current,
        gain=round(gain, 2),
        better_in=round(better_in, 3),
        because=(why,),
    )
    if not best or not (urgent or pays(gain, better_in, proposed.worst_p95 - current.worst_p95)):
        return found
    because = (why, *reasons(current, proposed))
    return msgspec.structs.replace(found, verdict="better", proposed=proposed, profiles=best, because=because)


def pays(gain: float, better_in: float, worse: float) -> bool:
    """Whether a plan is worth its change. gain: points. better_in: the share of roll-outs in which it was better.
    worse: minutes by which the 95th percentile of the group that waits longest grows."""
    return gain >= MARGIN and better_in >= NEARLY_ALWAYS and worse <= WORSE


def reasons(before: Outlook, after: Outlook) -> tuple[PlanReason, ...]:
    """What a plan brings and what it costs whom, the largest change first."""
    found = [PlanReason(code="promise", before=round(100 * before.kept), after=round(100 * after.kept))]
    if before.worst and after.worst in after.groups:
        worst = before.worst
        p95 = round(after.groups[worst].p95) if worst in after.groups else 0
        found.append(PlanReason(code="worst_group", group=worst, before=round(before.worst_p95), after=p95))
    changes: list[tuple[float, PlanReason]] = []
    for group, was in before.groups.items():
        will = after.groups.get(group)
        if will is None or abs(will.median - was.median) < TELLING:
            continue
        code: Literal["helps", "costs"] = "helps" if will.median < was.median else "costs"
        reason = PlanReason(code=code, group=group, before=round(was.median), after=round(will.median))
        changes.append((abs(will.median - was.median), reason))
    changes.sort(key=lambda change: -change[0])
    return (*found, *(reason for _, reason in changes))
