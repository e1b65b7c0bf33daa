"""What a trainee has practised, and what comes back when: pure state, kept as JSON by whoever stores it.

Each rule is a card in one of five boxes (Leitner's scheme). Right moves it one box up, wrong puts it back into the
first; a box says after how many days the card is due again. So what was got wrong comes back tomorrow, and what was
right time after time comes back in weeks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.practice.debrief import Debrief
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.sources import LIST, NOTICE

INTERVALS: Final = (1, 2, 4, 9, 21)
"""Days until a card of each box is due again."""
PASS: Final = 80
"""The score from which a run counts as passed, if the settings say nothing else."""


class _Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept in a ledger. Fields that came later have defaults, so that an older ledger can be read."""


class Card(_Entity, frozen=True, kw_only=True):
    """One rule of one service. box: from 1. due: the day it comes back. right, wrong: how often."""

    service: str
    rule: str
    box: int
    due: date
    right: int = 0
    wrong: int = 0


class Entry(_Entity, frozen=True, kw_only=True):
    """One run. number: from 1, never given again. attempt: the number of the exam's attempt that it belongs to, 0 for
    none."""

    number: int
    day: date
    scenario: str
    service: str
    score: int
    seconds: int
    mistakes: tuple[str, ...] = ()
    attempt: int = 0


class Attempt(_Entity, frozen=True, kw_only=True):
    """One try at an exam, kept from its beginning: who breaks it off has failed it, and can't take that back.

    number: from 1, of all exams. digest: of what the exam asked, so that one that was made easier is another one.
    scores: of each citizen in turn, None for one who did not come. seconds: what it took.
    """

    number: int
    exam: str
    digest: str
    day: date
    needed: int
    finished: bool = False
    score: int = 0
    passed: bool = False
    seconds: int = 0
    scores: tuple[int | None, ...] = ()


class Ledger(_Entity, frozen=True, kw_only=True):
    """All runs of one trainee. trainee: what names him, e.g. his police number."""

    trainee: str
    runs: tuple[Entry, ...] = ()
    cards: tuple[Card, ...] = ()
    attempts: tuple[Attempt, ...] = ()


def encode(ledger: Ledger) -> bytes:
    """A ledger as JSON."""
    return msgspec.json.encode(ledger, order="deterministic")


def decode(data: bytes) -> Ledger:
    """A ledger from JSON. Raises: msgspec.MsgspecError."""
    return msgspec.json.decode(data, type=Ledger)


def add(ledger: Ledger, scenario: Scenario, found: Debrief, day: date, attempt: int = 0) -> Ledger:
    """The ledger after one more run: its rules go up a box where they were kept and back where they were not.

    So do the rules that every run of the service shows, once they were broken and a later run ends as it should.
    attempt: the number of the exam's attempt that it belongs to.
    """
    broken = {mistake.rule for mistake in found.mistakes}
    cards = {(card.service, card.rule): card for card in ledger.cards}
    shown = {card.rule for card in ledger.cards if card.service == scenario.service and _everywhere(card.rule)}
    kept = shown if found.ending in found.right else set()
    for rule in sorted({*scenario.decides, *kept, *broken}):
        key = (scenario.service, rule)
        old = cards.get(key)
        right = rule not in broken
        box = (min(len(INTERVALS), old.box + 1) if old is not None else 2) if right else 1
        cards[key] = Card(
            service=scenario.service,
            rule=rule,
            box=box,
            due=day + timedelta(days=INTERVALS[box - 1]),
            right=(old.right if old is not None else 0) + right,
            wrong=(old.wrong if old is not None else 0) + (not right),
        )
    entry = Entry(
        number=next_number(ledger),
        day=day,
        scenario=scenario.id,
        service=scenario.service,
        score=found.score,
        seconds=found.seconds,
        mistakes=tuple(sorted(broken)),
        attempt=attempt,
    )
    return msgspec.structs.replace(
        ledger, runs=(*ledger.runs, entry), cards=tuple(card for _, card in sorted(cards.items()))
    )


def _everywhere(rule: str) -> bool:
    """Whether every run of a service shows if a rule is kept: how one asks, tells and leaves. No scenario is about
    these alone, so they would stay in the first box for ever."""
    return rule.startswith(("fact:", "counter:")) or rule in (NOTICE, LIST)


def next_number(ledger: Ledger) -> int:
    """The number of the next run."""
    return ledger.runs[-1].number + 1 if ledger.runs else 1


def begin_attempt(ledger: Ledger, exam: str, digest: str, day: date, needed: int) -> Ledger:
    """The ledger with one more attempt, which counts as failed until `finish_attempt` says otherwise."""
    attempt = Attempt(number=len(ledger.attempts) + 1, exam=exam, digest=digest, day=day, needed=needed)
    return msgspec.structs.replace(ledger, attempts=(*ledger.attempts, attempt))


def finish_attempt(ledger: Ledger, number: int, score: int, seconds: int, scores: tuple[int | None, ...]) -> Ledger:
    """The ledger with the end of an attempt.

    Raises:
        ValueError: for an attempt that was not begun, or is finished: what came of it stays.
    """
    found = next((one for one in ledger.attempts if one.number == number and not one.finished), None)
    if found is None:
        raise ValueError("no attempt that is still open has this number")
    ended = msgspec.structs.replace(
        found, finished=True, score=score, passed=score >= found.needed, seconds=seconds, scores=scores
    )
    attempts = tuple(ended if one.number == number else one for one in ledger.attempts)
    return msgspec.structs.replace(ledger, attempts=attempts)


def due(ledger: Ledger, day: date, services: Iterable[str] | None = None) -> tuple[Card, ...]:
    """What should be practised on a day: the lowest boxes first, within a box what is due longest."""
    wanted = None if services is None else set(services)
    found = [card for card in ledger.cards if card.due <= day and (wanted is None or card.service in wanted)]
    return tuple(sorted(found, key=lambda card: (card.box, card.due, -card.wrong, card.service, card.rule)))


def again(index: Index, ledger: Ledger, card: Card) -> str:
    """The scenario that practises a card: the rule's own one, else the last run in which it was broken or kept, else
    ""."""
    from counterdesk.practice.generated import ids  # what solves scenarios takes its time to load

    kind, _, name = card.rule.partition(":")
    own = f"{card.service}:{name}"
    if kind in ("prompt", "material") and own in ids(index, card.service):
        return own
    runs = [run for run in ledger.runs if run.service == card.service]
    broken = [run for run in runs if card.rule in run.mistakes]
    last = (broken or runs)[-1:]
    return last[0].scenario if last else ""


def worst(ledger: Ledger, limit: int = 10) -> tuple[Card, ...]:
    """The rules that were broken most often."""
    broken = [card for card in ledger.cards if card.wrong]
    return tuple(sorted(broken, key=lambda card: (-card.wrong, card.service, card.rule))[:limit])
