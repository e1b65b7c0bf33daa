"""Who may do what: the one table of roles and permissions that the rules and the server read.

Source: the roles of a counter hall (context.md §3.1); that only a police officer decides and signs: 行政处罚法 Art. 42.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Mode = Literal["live", "practice"]
"""Practice is another world: its sessions, databases and journals never meet the real ones."""

Role = Literal[
    "officer",
    "auxiliary",
    "leader",
    "reviewer",
    "guide",
    "ticket_machine",
    "courier",
    "planner",
    "setup",
    "support",
    "inspector",
    "board",
    "rating_device",
]


class Actor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gives a command: id is the police number (or the machine's name), never a citizen.

    department: of a reviewer. grants: permissions beyond the role, given to this person by the station.
    """

    id: str
    role: Role
    department: str = ""
    grants: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """Whether the role or a personal grant covers `permission`."""
        return permission in PERMISSIONS[self.role] or permission in self.grants


_QUEUE = frozenset(
    {
        "OpenCounter",
        "PauseCounter",
        "CloseCounter",
        "CallNext",
        "CallTicket",
        "Recall",
        "StartService",
        "MarkNoShow",
        "Reinstate",
        "HoldTicket",
        "ResumeTicket",
        "Requeue",
        "TransferTicket",
        "CallForHelp",
        "AnswerHelp",
        "TicketLeaves",
        "FinishTicket",
        "UndoStep",
    }
)
_HALL = frozenset(
    {"IssueTicket", "CheckIn", "BookAppointment", "TicketLeaves", "Reinstate", "PrecheckTicket", "RecordOffer"}
)
_PLAN = frozenset({"SetSkills", "PlanBreak", "CancelBreak", "ApplyPlan", "CancelPlan", "SwitchPlanning"})
_INTAKE = frozenset(
    {
        "OpenCase",
        "ChangeService",
        "DiscardCase",
        "ReceiveCase",
        "SupplementCase",
        "WithdrawCase",
        "DeliverCase",
        "ViewValue",
        "read_file",
        "write_file",
        "lookup",
        "write_note",
        "read_note",
        "drop_note",
    }
)
_DECIDE_AT_COUNTER = frozenset(
    {
        "AcceptCase",
        "DeclineCase",
        "RequestSupplement",
        "HandOverCase",
        "CompleteCase",
        "DecideCase",
        "ProduceCase",
        "CloseCase",
    }
)
_REVIEW = frozenset(
    {
        "AcknowledgeCase",
        "RefuseHandoff",
        "RequestSupplement",
        "SuspendCase",
        "ResumeCase",
        "DecideCase",
        "ProduceCase",
        "MakeReady",
        "DispatchCase",
        "LapseCase",
        "ViewValue",
        "read_file",
    }
)

PERMISSIONS: dict[Role, frozenset[str]] = {
    "officer": _QUEUE
    | _HALL
    | _INTAKE
    | _DECIDE_AT_COUNTER
    | {"RequestApproval", "WithdrawRequest", "read_station", "read_figures", "ChangeProfile"},
    "auxiliary": _QUEUE | _HALL | _INTAKE | {"read_station", "read_figures"},
    "leader": _QUEUE
    | _HALL
    | _INTAKE
    | _DECIDE_AT_COUNTER
    | _PLAN
    | {"read_station", "ChangeProfile", "AssignTicket", "cherry_pick", "other_counter", "any_file"}
    | {
        "DeferMaterial",
        "OverridePrompt",
        "RefuseRequest",
        "LapseCase",
        "unlock",
        "open_escrow",
        "read_figures",
        "all_figures",
    },
    "reviewer": _REVIEW | {"read_station"},
    "guide": _HALL | {"read_station"},
    "ticket_machine": frozenset(
        {"IssueTicket", "CheckIn", "BookAppointment", "TicketLeaves", "RecordOffer", "read_station"}
    ),
    "courier": frozenset({"ReportHandoffFailure", "DispatchCase", "DeliverCase", "CloseCase", "read_station"}),
    "planner": frozenset({"ApplyPlan", "read_station"}),
    "setup": frozenset({"ConfigureStation", "read_station"}),
    "support": frozenset({"read_station"}),
    "inspector": frozenset({"read_station", "read_audit", "read_figures"}),
    "board": frozenset({"read_board"}),
    "rating_device": frozenset({"RateVisit", "read_station"}),
}
"""What each role may do: names of commands, what routes do besides (`read_station`, `read_file`, `write_file`,
`lookup`, `write_note`, `read_note`, `drop_note`, `read_board`, `read_figures`, `read_audit`, `unlock`, `open_escrow`),
and four wider rights: cherry_pick (call a given waiting ticket), other_counter (act at a counter that is not one's
own), any_file (read and write the file of anybody's case) and all_figures (see every officer's own figures)."""
