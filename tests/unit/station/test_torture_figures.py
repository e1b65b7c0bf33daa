"""The short form of the torture of the figures."""

from __future__ import annotations

import msgspec
import pytest

from benchmarks.torture import figures
from counterdesk.station.figures import Ledger


def test_a_few_simulated_days_are_counted_exactly() -> None:
    outcome = figures.run(500, 3)
    assert outcome.passed, outcome
    assert outcome.cases >= 500


def test_control_clocks_that_lose_their_fractions_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def rounded(self: Ledger, event: object) -> None:
        take(self, event)  # type: ignore[arg-type]
        for ticket, visit in self._visits.items():
            self._visits[ticket] = msgspec.structs.replace(visit, waited=visit.waited // 1_000_000 * 1_000_000)

    take = Ledger._moved
    monkeypatch.setattr(Ledger, "_moved", rounded)
    assert figures.run(100, 3).violations > 0
