"""A short form of the search for marked personal data: one journey that ends in a crash."""

from __future__ import annotations

import pytest

from benchmarks.torture import canaries

pytestmark = pytest.mark.pty


def test_nothing_of_a_citizen_stands_where_it_must_not() -> None:
    outcome = canaries.run(1, canaries.ENDS.index("segv"))
    assert outcome.violations == 0, outcome
    assert outcome.control > 0, outcome


@pytest.mark.parametrize("mark", canaries.MARKS.values())
def test_control_every_way_to_write_a_mark_is_known(mark: str) -> None:
    forms = (mark.encode(), mark.encode("utf-16-le"), mark.encode("utf-16-be"), mark.encode("gb18030"))
    for form in forms:
        assert any(pattern.search(b"x" + form + b"y") for pattern in canaries.ways(mark)), form
    assert not any(pattern.search(b"nothing of it 310000199603140024") for pattern in canaries.ways(mark))


def test_control_spaced_digits_are_found() -> None:
    for form in (b"310000 19960314 0023", b"3 1 0 0 0 0 1 9 9 6 0 3 1 4 0 0 2 3", b"310000-1996-0314-0023"):
        assert any(pattern.search(form) for pattern in canaries.ways(canaries.MARKS["identity number"])), form
