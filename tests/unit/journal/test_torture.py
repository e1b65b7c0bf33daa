"""The short forms of the journal's torture programs, and that their frame tells a failure from a success."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.torture import __main__ as torture
from benchmarks.torture import io_errors, journal_kills, keyring_matrix, power_cuts
from benchmarks.torture.outcome import Outcome

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("name", "cases"), [("journal_kills", 100), ("power_cuts", 1200), ("keyring_matrix", 6)])
def test_a_short_torture_breaks_nothing(name: str, cases: int) -> None:
    """In a process of its own: it forks."""
    command = [sys.executable, "-m", "benchmarks.torture", name, "--cases", str(cases), "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{name}: {cases:,} cases, 0 violations (seed 7; control: ")


def test_a_disk_that_fails_at_some_operations_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io_errors, "ACTS", 6)
    outcome = io_errors.run(1, 7)
    assert outcome.passed, outcome


def test_every_program_is_known_and_long_enough() -> None:
    known = torture.programs()
    for program in (io_errors, journal_kills, keyring_matrix, power_cuts):
        assert known[program.NAME] is program
    assert journal_kills.LONG >= 5_000
    assert power_cuts.LONG >= 40_000


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome(5, 0, 1), 0),
        (Outcome(5, 1, 1), 1),
        (Outcome(5, 0, 0), 1),
        (Outcome(0, 0, 1), 1),
    ],
)
def test_a_broken_promise_or_a_control_that_passes_is_a_failure(
    outcome: Outcome, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[int, int]] = []

    class Program:
        NAME = "it"
        LONG = 77

        @staticmethod
        def run(cases: int, seed: int) -> Outcome:
            asked.append((cases, seed))
            return outcome

    monkeypatch.setattr(torture, "programs", lambda: {"it": Program})
    assert torture.main(["--seed", "3"]) == code
    assert asked == [(77, 3)]
    assert capsys.readouterr().out.startswith(
        f"it: {outcome.cases} cases, {outcome.violations} violations (seed 3; control: {outcome.control} violations; "
    )
    with pytest.raises(SystemExit):
        torture.main(["unknown"])
