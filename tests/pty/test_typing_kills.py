"""A short form of the kills while an officer types: see benchmarks/torture/typing_kills.py."""

from __future__ import annotations

import pytest

from benchmarks.torture import typing_kills

pytestmark = pytest.mark.pty


def test_what_was_shown_as_kept_is_there_after_a_kill() -> None:
    outcome = typing_kills.run(3, 4)
    assert outcome.violations == 0, outcome
    assert outcome.control > 0, outcome
