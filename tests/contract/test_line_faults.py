"""A short form of the desks behind a line that breaks: see benchmarks/torture/line_faults.py."""

from __future__ import annotations

from benchmarks.torture import line_faults


def test_everything_happens_once_and_nothing_is_missing_whatever_the_line_does() -> None:
    outcome = line_faults.run(100, 7)
    assert outcome.violations == 0, outcome
    assert outcome.control > 0, outcome
    assert outcome.cases >= 100, outcome
