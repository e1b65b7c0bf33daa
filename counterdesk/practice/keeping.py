"""What one trainee has practised, kept as long as the program runs; `vault` keeps it for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final, Literal

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.practice import ledger as books
from counterdesk.practice.debrief import Debrief, debrief
from counterdesk.practice.ledger import Ledger
from counterdesk.practice.run import Record
from counterdesk.practice.scenario import Scenario
from counterdesk.quiet import quiet

KEPT_RUNS: Final = 200
"""So many runs can be replayed; of older ones the ledger has only what came of them."""
Trouble = Literal[
    "wrong_passphrase", "too_short", "damaged", "newer", "io", "no_trainer", "not_shared", "no_run", "no_ledger"
]


def default_root() -> Path:
    """The data root of practice, beside that of the desk and never in it."""
    from platformdirs import user_data_path

    return user_data_path("counterdesk-practice")


class KeepingError(Exception):
    """What is kept cannot be read or written. code: a key of the words `teach.ledger`; the text names nobody."""

    def __init__(self, code: Trouble) -> None:
        super().__init__(code)
        self.code: Trouble = code


@quiet
class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A run that can be replayed: with its whole scenario, so that it is judged again exactly as it was."""

    number: int
    day: date
    scenario: Scenario
    record: Record
    attempt: int = 0

    def debrief(self, index: Index) -> Debrief:
        """What was right and wrong about it; the same as then with the rules of then (`record.catalog`).

        Raises:
            KeyError: if its service is no longer in the catalogue.
        """
        return debrief(index, self.scenario, self.record)


class Keeper:
    """Keeps what one trainee has practised: here only as long as the program runs."""

    kept_for_good = False
    recovered = False
    """Whether the newest ledger was damaged, and the one before it was taken."""

    def __init__(self, trainee: str) -> None:
        self.ledger = Ledger(trainee=trainee)
        self._runs: dict[int, Kept] = {}

    @property
    def runs(self) -> tuple[int, ...]:
        """The numbers of the runs that can be replayed, the oldest first."""
        return tuple(sorted(self._runs))

    def keep(self, scenario: Scenario, record: Record, found: Debrief, day: date, attempt: int = 0) -> int:
        """Keep a run, before its debrief is shown. Returns its number. Raises: KeepingError."""

        def changed(ledger: Ledger) -> Ledger:
            number = books.next_number(ledger)
            self._put(Kept(number=number, day=day, scenario=scenario, record=record, attempt=attempt))
            return books.add(ledger, scenario, found, day, attempt)

        return self._change(changed).runs[-1].number

    def begin_attempt(self, exam: str, digest: str, day: date, needed: int) -> int:
        """Keep that an exam is begun, before its first citizen. Returns the attempt's number. Raises: KeepingError."""
        return self._change(lambda one: books.begin_attempt(one, exam, digest, day, needed)).attempts[-1].number

    def finish_attempt(self, number: int, score: int, seconds: int, scores: tuple[int | None, ...]) -> None:
        """Keep what came of an exam. Raises: KeepingError; ValueError as `ledger.finish_attempt`."""
        self._change(lambda one: books.finish_attempt(one, number, score, seconds, scores))

    def run(self, number: int) -> Kept:
        """A run to replay. Raises: KeepingError."""
        if number not in self._runs:
            raise KeepingError("no_run")
        return self._runs[number]

    def _change(self, change: Callable[[Ledger], Ledger]) -> Ledger:
        self.ledger = change(self.ledger)
        return self.ledger

    def _put(self, kept: Kept) -> None:
        self._runs[kept.number] = kept
        for old in self.runs[:-KEPT_RUNS]:
            del self._runs[old]
