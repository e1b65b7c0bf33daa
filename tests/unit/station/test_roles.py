"""Every role and every command."""

from __future__ import annotations

from typing import get_args

import pytest

from counterdesk.station import commands as c
from counterdesk.station.decide import refusal
from counterdesk.station.model import State
from counterdesk.station.roles import PERMISSIONS, Actor, Role

from .hall import MORNING
from .test_steps import COMMANDS, command_of, station

RIGHTS = {
    "read_station",
    "read_file",
    "write_file",
    "write_note",
    "read_note",
    "drop_note",
    "lookup",
    "read_audit",
    "unlock",
    "open_escrow",
    "read_figures",
    "read_board",
}
RIGHTS |= {"cherry_pick", "other_counter", "any_file", "all_figures"}
NAMES = {command.__name__ for command in COMMANDS}


def code(by: Actor, kind: type[c.Command], state: State) -> tuple[str, dict[str, str | int]]:
    refused = refusal(state, command_of(kind), by, MORNING)
    return (refused.code, refused.params) if refused else ("", {})


@pytest.mark.parametrize("role", get_args(Role))
@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_not_permitted_is_exactly_what_the_table_lacks(role: Role, kind: type[c.Command]) -> None:
    name = kind.__name__
    no = ("not_permitted", {"action": name})
    for state in (State(), station()):
        for department in ("", "household"):
            assert (code(Actor(id="a", role=role, department=department), kind, state) == no) == (
                name not in PERMISSIONS[role]
            )
    granted = Actor(id="a", role=role, grants=frozenset({name}))
    assert code(granted, kind, station()) != no


def test_the_table_names_only_what_there_is() -> None:
    assert set(PERMISSIONS) == set(get_args(Role))
    assert frozenset().union(*PERMISSIONS.values()) == NAMES | RIGHTS


def test_every_role_but_the_board_sees_the_station_and_only_counter_and_department_see_files() -> None:
    assert {role for role in PERMISSIONS if "read_station" in PERMISSIONS[role]} == set(PERMISSIONS) - {"board"}
    assert {role for role in PERMISSIONS if "read_file" in PERMISSIONS[role]} == {
        "officer",
        "auxiliary",
        "leader",
        "reviewer",
    }
    for right in ("write_file", "write_note", "read_note", "drop_note"):
        assert {role for role in PERMISSIONS if right in PERMISSIONS[role]} == {"officer", "auxiliary", "leader"}


def test_who_only_looks_and_who_decides() -> None:
    assert PERMISSIONS["support"] == {"read_station"}
    assert PERMISSIONS["board"] == {"read_board"}
    assert PERMISSIONS["inspector"] == {"read_station", "read_audit", "read_figures"}
    decides = {"AcceptCase", "DeclineCase", "DecideCase", "CompleteCase", "RequestSupplement", "SuspendCase"}
    assert {role for role in PERMISSIONS if PERMISSIONS[role] & decides} == {"officer", "leader", "reviewer"}
    assert not PERMISSIONS["reviewer"] & {"AcceptCase", "CallNext", "OpenCase", "write_file"}
    for right in ("cherry_pick", "other_counter", "any_file", "all_figures", "unlock", "open_escrow"):
        assert {role for role in PERMISSIONS if right in PERMISSIONS[role]} == {"leader"}
