"""The table of rights in docs/protocol.md, all of it, against the one question that everything asks.

`benchmarks/torture/roles.py` asks the same of the whole server; here it is `authorize` alone, and therefore every case.
"""

from __future__ import annotations

import pytest

from benchmarks.torture.roles import DOCUMENT, Situation, actor_of, expected, planted, situations, table
from counterdesk.station.authority import MATRIX, Relation, Target, authorize

ROWS = table(DOCUMENT.read_text("utf-8"))
EVERY = tuple(situations(ROWS))


def judged(case: Situation) -> str:
    relation: Relation | None = case.relation or None  # type: ignore[assignment]
    target = Target(case.state or None, relation, case.overdue, case.session, case.station)
    return authorize(actor_of(case.role), case.action, target) or ""


def test_every_situation_is_judged_as_the_table_says() -> None:
    wrong = [(case, judged(case), expected(ROWS, case)) for case in EVERY if judged(case) != expected(ROWS, case)]
    assert len(EVERY) > 60_000
    assert not wrong[:5]


def test_the_table_has_a_row_for_every_action_and_situations_for_every_row() -> None:
    assert set(MATRIX) <= set(ROWS)
    assert {case.action for case in EVERY} == set(MATRIX)
    assert {expected(ROWS, case) for case in EVERY} == {
        "",
        "wrong_mode",
        "not_permitted",
        "counter_not_yours",
        "counter_taken",
        "case_not_yours",
        "other_department",
        "figures_not_yours",
        "lease_running",
        "counter_not_open",
        "ticket_state",
        "case_state",
    }


def test_control_a_matrix_that_is_wrong_in_one_place_is_noticed() -> None:
    with planted() as actions:
        for action in actions:
            assert any(judged(case) != expected(ROWS, case) for case in EVERY if case.action == action), action


@pytest.mark.parametrize("action", MATRIX)
def test_a_part_that_is_not_known_yet_is_not_judged(action: str) -> None:
    """A rule that asks before it has looked must not be told no for what it did not say."""
    for case in EVERY:
        if case.action == action and authorize(actor_of(case.role), action, Target()) == "not_permitted":
            assert expected(ROWS, case._replace(session="live", station="live")) == "not_permitted"
