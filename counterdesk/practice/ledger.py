"""What a trainee has practised, and what comes back when: pure state, kept as JSON by whoever stores it.

Each rule is a card in one of five boxes (Leitner's scheme). Right moves it one box up, wrong puts it back into the
first; a box says after how many days the card is due again. So what was got wrong comes back tomorrow, and what was
right time after time comes back in weeks.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.locale import Words
from counterdesk.practice.debrief import Debrief
from counterdesk.practice.scenario import Scenario

INTERVALS: Final = (1, 2, 4, 9, 21)
"""Days until a card of each box is due again."""
PASS: Final = 80
"""The score from which a run counts as passed, if the settings say nothing else."""
LATEST: Final = 5
"""Whoever passed so many runs of a group in a row, with nothing of it in the first box, is ready for it."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of one service. box: from 1. due: the day it comes back. right, wrong: how often."""

    service: str
    rule: str
    box: int
    due: date
    right: int = 0
    wrong: int = 0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    day: date
    scenario: str
    service: str
    score: int
    seconds: int
    mistakes: tuple[str, ...] = ()


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of one trainee. trainee: what names him, e.g. his police number."""

    trainee: str
    runs: tuple[Entry, ...] = ()
    cards: tuple[Card, ...] = ()


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """How a trainee stands in one queue group. mean: of the latest scores. due: cards that are due."""

    group: str
    runs: int
    mean: float
    ready: bool
    due: int


def encode(ledger: Ledger) -> bytes:
    """A ledger as JSON."""
    return msgspec.json.encode(ledger, order="deterministic")


def decode(data: bytes) -> Ledger:
    """A ledger from JSON. Raises: msgspec.MsgspecError."""
    return msgspec.json.decode(data, type=Ledger)


def add(ledger: Ledger, scenario: Scenario, found: Debrief, day: date) -> Ledger:
    """The ledger after one more run: its rules go up a box where they were kept and back where they were not."""
    broken = {mistake.rule for mistake in found.mistakes}
    cards = {(card.service, card.rule): card for card in ledger.cards}
    for rule in sorted({*scenario.decides, *broken}):
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
        day=day,
        scenario=scenario.id,
        service=scenario.service,
        score=found.score,
        seconds=found.seconds,
        mistakes=tuple(sorted(broken)),
    )
    return msgspec.structs.replace(
        ledger, runs=(*ledger.runs, entry), cards=tuple(card for _, card in sorted(cards.items()))
    )


def due(ledger: Ledger, day: date, services: Iterable[str] | None = None) -> tuple[Card, ...]:
    """What should be practised on a day: the lowest boxes first, within a box what is due longest."""
    wanted = None if services is None else set(services)
    found = [card for card in ledger.cards if card.due <= day and (wanted is None or card.service in wanted)]
    return tuple(sorted(found, key=lambda card: (card.box, card.due, -card.wrong, card.service, card.rule)))


def again(ledger: Ledger, card: Card) -> str:
    """The scenario that practises a card: the rule's own one, else the last run in which it was broken or kept."""
    kind, _, name = card.rule.partition(":")
    if kind in ("prompt", "material"):
        return f"{card.service}:{name}"
    runs = [run for run in ledger.runs if run.service == card.service]
    broken = [run for run in runs if card.rule in run.mistakes]
    last = (broken or runs)[-1:]
    return last[0].scenario if last else ""


def groups(index: Index, ledger: Ledger, day: date, passed: int = PASS) -> tuple[Group, ...]:
    """How a trainee stands in each queue group that he has practised, in the order of the catalogue."""
    found: list[Group] = []
    for group in index.catalog.groups:
        services = {service.id for service in index.catalog.services if service.group == group.id}
        runs = [run for run in ledger.runs if run.service in services]
        if not runs:
            continue
        latest = [run.score for run in runs[-LATEST:]]
        weak = any(card.box == 1 and card.service in services for card in ledger.cards)
        found.append(
            Group(
                group=group.id,
                runs=len(runs),
                mean=round(sum(latest) / len(latest), 1),
                ready=len(latest) == LATEST and min(latest) >= passed and not weak,
                due=len(due(ledger, day, services)),
            )
        )
    return tuple(found)


def worst(ledger: Ledger, limit: int = 10) -> tuple[Card, ...]:
    """The rules that were broken most often."""
    broken = [card for card in ledger.cards if card.wrong]
    return tuple(sorted(broken, key=lambda card: (-card.wrong, card.service, card.rule))[:limit])


# --- reports ------------------------------------------------------------------------------------------------------


def as_text(index: Index, ledger: Ledger, day: date, words: Words, passed: int = PASS) -> tuple[str, ...]:
    """For a trainer to read: each group, then the rules that go wrong most."""
    lines = [words("teach.report.title", trainee=ledger.trainee)]
    rows = groups(index, ledger, day, passed)
    if not rows:
        return (*lines, words("teach.report.none"))
    names = {group.id: group.name for group in index.catalog.groups}
    lines.append(words("teach.report.head"))
    for row in rows:
        name = names[row.group].zh if words.language == "zh_CN" else names[row.group].en
        ready = words("teach.report.ready" if row.ready else "teach.report.not_ready")
        lines.append(words("teach.report.row", group=name, runs=row.runs, mean=str(row.mean), ready=ready, due=row.due))
    broken = worst(ledger)
    if broken:
        lines.append(words("teach.report.mistakes"))
        lines += [
            words("teach.report.mistake", times=card.wrong, service=card.service, rule=card.rule) for card in broken
        ]
    return tuple(lines)


def as_json(index: Index, ledger: Ledger, day: date, passed: int = PASS) -> dict[str, Any]:
    """The same for programs, with every card and run."""
    return {
        "trainee": ledger.trainee,
        "day": day.isoformat(),
        "groups": msgspec.to_builtins(groups(index, ledger, day, passed)),
        "cards": msgspec.to_builtins(ledger.cards),
        "runs": msgspec.to_builtins(ledger.runs),
        "next": [{"rule": card.rule, "scenario": again(ledger, card)} for card in due(ledger, day)],
    }


def as_csv(ledger: Ledger) -> str:
    """One line a run. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("trainee", "day", "scenario", "service", "score", "seconds", "mistakes"))
    for run in ledger.runs:
        cells = (ledger.trainee, run.day.isoformat(), run.scenario, run.service)
        writer.writerow((*map(_plain, cells), run.score, run.seconds, _plain(" ".join(run.mistakes))))
    return out.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
