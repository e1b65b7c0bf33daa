"""Who is ready for which group of services, and what is still missing: pure, from a ledger."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.practice.ledger import PASS, Ledger, due

LATEST: Final = 5
"""Whoever passed so many runs of a group in a row, each of its services once, with none of its rules in the first box,
is ready for it."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """How a trainee stands in one queue group.

    mean: of the latest scores, 0 without any. due: cards that are due. streak: how many of the latest runs were passed
    in a row, `LATEST` at most. weak: rules in the first box, as (service, rule). untried: services that were not passed
    once.
    """

    group: str
    runs: int
    mean: float
    due: int
    streak: int
    weak: tuple[tuple[str, str], ...]
    untried: tuple[str, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return self.streak == LATEST and not self.weak and not self.untried


def readiness(index: Index, ledger: Ledger, day: date, passed: int = PASS) -> tuple[Readiness, ...]:
    """How a trainee stands in each queue group, in the order of the catalogue; a group without services is left out.

    passed: the score from which a run counts as passed.
    """
    offered = [one for one in index.catalog.services if one.id not in index.catalog.disabled]
    found: list[Readiness] = []
    for group in index.catalog.groups:
        services = tuple(service.id for service in offered if service.group == group.id)
        if not services:
            continue
        runs = [run for run in ledger.runs if run.service in services]
        latest = [run.score for run in runs[-LATEST:]]
        streak = next((at for at, score in enumerate(reversed(latest)) if score < passed), len(latest))
        good = {run.service for run in runs if run.score >= passed}
        weak = ((card.service, card.rule) for card in ledger.cards if card.box == 1 and card.service in services)
        found.append(
            Readiness(
                group=group.id,
                runs=len(runs),
                mean=round(sum(latest) / len(latest), 1) if latest else 0.0,
                due=len(due(ledger, day, services)),
                streak=streak,
                weak=tuple(weak),
                untried=tuple(name for name in services if name not in good),
            )
        )
    return tuple(found)
