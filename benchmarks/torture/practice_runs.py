"""Practice, tried: every rule of the catalogue decides in a scenario, and the debrief tells who saw it and who did not.

In each generated scenario and each one written by hand the perfect officer scores 100, and the officer who ignores the
rule that decides is marked down for exactly that rule; in the near miss the perfect officer scores 100 too. A run that
is repeated gives the same bytes. Then officers who do anything at all: no crash, no citizen who cannot be let go or who
leaves a question unanswered, and a score within its bounds. The control is a debrief that checks nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from benchmarks.torture.outcome import Outcome
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.locale import LANGUAGES, Words
from counterdesk.practice import citizen
from counterdesk.practice.collection import written
from counterdesk.practice.debrief import FULL, Debrief, debrief
from counterdesk.practice.generated import scenario_of
from counterdesk.practice.run import Record, Visit, decode, encode
from counterdesk.practice.scenario import Scenario, Truth, truth_of
from counterdesk.practice.scripted import play, play_randomly
from counterdesk.practice.solving import Coverage, cover
from counterdesk.practice.targets import targets

NAME = "practice_runs"
LONG = 4_000
_FIRST, _LAST = date(2025, 2, 1), date(2026, 11, 30)
"""Days whose working days are known for as long as any case takes."""


def blind(index: Index, scenario: Scenario, record: Record, truth: Truth) -> Debrief:
    """The control: a debrief that checks nothing."""
    return Debrief(
        scenario=scenario.id,
        service=scenario.service,
        ending="accept",
        right=truth.outcomes,
        mistakes=(),
        score=FULL,
        seconds=0,
        median=0,
        p90=0,
    )


class _Trial:
    """Counts cases and broken promises. `why` holds the first ten of these."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.cases = self.violations = self.control = 0
        self.why: list[str] = []
        self.words = [Words.load(language) for language in LANGUAGES]

    def hold(self, promise: bool, what: str) -> None:
        """Count a promise that was not kept."""
        if not promise:
            self.violations += 1
            if len(self.why) < 10:
                self.why.append(what)

    def scripted(self, scenario: Scenario) -> None:
        """The perfect officer, twice, and those who ignore a rule that decides."""
        index, truth = self.index, truth_of(self.index, scenario)
        record = play(index, scenario, truth=truth)
        found = debrief(index, scenario, record, truth)
        self.cases += 1
        self.hold(found.score == FULL and not found.mistakes, f"{scenario.id}: perfect {found.score}")
        again = encode(play(index, scenario))
        self.hold(encode(record) == again, f"{scenario.id}: other bytes")
        self.hold(encode(decode(again)) == again, f"{scenario.id}: not read back")
        for rule in scenario.decides:
            record = play(index, scenario, ignores=rule, truth=truth)
            found = debrief(index, scenario, record, truth)
            self.cases += 1
            marked = {mistake.rule for mistake in found.mistakes} == {rule} and found.score < FULL
            self.hold(marked, f"{scenario.id}: ignores {rule}: {[mistake.rule for mistake in found.mistakes]}")
            self.control += blind(index, scenario, record, truth).score == FULL

    def anything(self, scenario: Scenario, seed: int) -> None:
        """An officer who presses keys."""
        index, truth = self.index, truth_of(self.index, scenario)
        self.cases += 1
        try:
            record = play_randomly(index, scenario, seed, truth)
            found = debrief(index, scenario, record, truth)
        except Exception as error:  # whatever it is, it is what must not happen
            self.hold(False, f"{scenario.id} seed {seed}: {error!r}")
            return
        self.hold(0 <= found.score <= FULL, f"{scenario.id} seed {seed}: score {found.score}")
        self.hold(record.acts[-1].kind in ("finish", "left"), f"{scenario.id} seed {seed}: not let go")
        self.hold(encode(record) == encode(play_randomly(index, scenario, seed)), f"{scenario.id} {seed}: other bytes")
        self._answered(scenario, truth, random.Random(seed))

    def _answered(self, scenario: Scenario, truth: Truth, chance: random.Random) -> None:
        """Whatever is asked is answered in words, and the visit can be ended."""
        visit = Visit(self.index, scenario, truth)
        person = visit.citizen
        replies = [person.ask(key) for key in chance.sample(sorted(visit.plan.facts), 5)]
        replies += [person.show(code) for code in visit.plan.materials]
        for reply in replies:
            for words in self.words:
                said = citizen.answer(self.index, scenario, reply, words)
                self.hold(bool(said) and "⟨" not in said, f"{scenario.id}: no answer to {reply.key}")
        visit.finish(chance.randrange(100_000))
        self.hold(visit.over, f"{scenario.id}: stuck")


def scenarios(index: Index, found: Coverage, seed: int) -> Iterator[Scenario]:
    """Each solved rule and its near miss."""
    for one in found.solved:
        yield scenario_of(index, one, seed)
        yield scenario_of(index, one, seed, near=True)


def run(cases: int, seed: int) -> Outcome:
    """Scripted officers on as many rules as there are cases for (three each), random ones with the rest."""
    index, chance = Index(load()), random.Random(seed)
    day = _FIRST + timedelta(days=chance.randrange((_LAST - _FIRST).days))
    rules = list(targets(index))
    wanted = rules if cases >= 4 * len(rules) else chance.sample(rules, max(1, cases // 6))
    found = cover(index, day, seed, wanted)
    trial = _Trial(index)
    for unsolved in found.unsolved:
        trial.hold(False, f"{unsolved.target.id}: {unsolved.reason} on {day}")
    by_hand = list(written()) if wanted is rules else chance.sample(written(), min(len(written()), len(wanted)))
    known = [*scenarios(index, found, seed), *by_hand]
    for scenario in known:
        trial.scripted(scenario)
    random_ones = max(0, cases - trial.cases)
    for number in range(random_ones):
        trial.anything(chance.choice(known), seed + number)
    note = "; ".join((*found.lines(), f"{len(by_hand)} by hand", f"{random_ones:,} random officers", *trial.why))
    return Outcome(trial.cases, trial.violations, trial.control, note)
