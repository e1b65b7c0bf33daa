"""A station's no: a code with its values; the screen puts it into words."""

from __future__ import annotations

from typing import Literal, get_args

RefusalCode = Literal[
    "not_permitted",
    "unknown_counter",
    "unknown_ticket",
    "unknown_case",
    "unknown_group",
    "unknown_service",
    "unknown_channel",
    "unknown_material",
    "unknown_appointment",
    "unknown_policy",
    "nothing_to_configure",
    "case_exists",
    "appointment_exists",
    "appointment_used",
    "appointment_window",
    "counter_not_open",
    "counter_not_yours",
    "counter_taken",
    "counter_busy",
    "counter_idle",
    "officer_elsewhere",
    "profile_empty",
    "not_certified",
    "break_time",
    "plan_uncovered",
    "plan_too_soon",
    "planning_off",
    "nobody_waiting",
    "nobody_came",
    "ticket_state",
    "cherry_pick",
    "cool_off",
    "lease_running",
    "held_elsewhere",
    "transfer_target",
    "open_cases",
    "undo_nothing",
    "undo_late",
    "case_state",
    "case_not_yours",
    "case_elsewhere",
    "gate",
    "no_file",
    "not_on_the_spot",
    "on_the_spot",
    "handoff_running",
    "no_handoff",
    "other_department",
    "figures_not_yours",
    "already_rated",
    "reason_missing",
    "reference_missing",
    "items_missing",
    "not_askable",
    "request_exists",
    "no_request",
    "own_request",
]
REFUSAL_CODES: tuple[RefusalCode, ...] = get_args(RefusalCode)


class Refused(Exception):
    """A command that the rules do not allow now.

    code: one of `REFUSAL_CODES`. params: what the sentence on the screen names (numbers, states, counters).
    """

    def __init__(self, code: RefusalCode, **params: str | int) -> None:
        super().__init__(code, params)
        self.code: RefusalCode = code
        self.params: dict[str, str | int] = params
