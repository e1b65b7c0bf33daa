"""The short form of the torture of practice, and that it can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.torture import ledger_kills, practice_runs
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.practice.collection import find
from counterdesk.practice.debrief import debrief
from counterdesk.practice.scenario import Scenario
from counterdesk.practice.scripted import play
from counterdesk.practice.vault import Vault


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


def test_a_ledger_outlives_a_few_kills() -> None:
    outcome = ledger_kills.run(2, 7)
    assert outcome.violations == 0, outcome


def test_control_files_that_are_written_in_place_are_found_out(tmp_path: Path) -> None:
    """What a kill in the middle of such a write leaves behind."""
    scenario = find(index := Index(load()), "idcard.temp:P1", ledger_kills.DAY)
    assert isinstance(scenario, Scenario)
    record = play(index, scenario)
    with ledger_kills.fast():
        keeper = Vault(tmp_path).open(ledger_kills.TRAINEE, ledger_kills.SECRET)
        for number in (1, 2):
            assert ledger_kills.broken(tmp_path, set(range(1, number)), index) == ""
            assert keeper.keep(scenario, record, debrief(index, scenario, record), ledger_kills.DAY) == number
    (file,) = tmp_path.rglob("*.ledger")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert ledger_kills.broken(tmp_path, {1, 2}, index) == "mended"
    assert ledger_kills.broken(tmp_path, {1, 2}, index) == "lost"
