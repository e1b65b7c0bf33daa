"""The short form of the torture of practice, and that it can fail."""

from __future__ import annotations

import pytest

from benchmarks.torture import practice_runs
from counterdesk.practice.scripted import play


def test_a_short_torture_breaks_nothing() -> None:
    outcome = practice_runs.run(90, 7)
    assert outcome.passed, outcome
    assert outcome.cases == 90


def test_it_is_long_enough() -> None:
    assert practice_runs.LONG - 3 * 364 - 3 * 93 > 2_000


def test_control_a_debrief_that_checks_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practice_runs, "debrief", practice_runs.blind)
    assert practice_runs.run(30, 7).violations > 0


def test_control_an_officer_who_overlooks_is_not_perfect(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(index: object, scenario: object, **more: object) -> object:
        return play(index, scenario, **{**more, "ignores": scenario.decides[0] if scenario.decides else ""})  # type: ignore[attr-defined, arg-type]

    monkeypatch.setattr(practice_runs, "play", careless)
    assert practice_runs.run(30, 7).violations > 0
