"""What only a shift leader may decide about a case, and how its officer asks him for it.

Which prompts may be set aside and which papers may come later, the catalogue says (`acceptance.askable`); that a leader
decides and his reason is kept: context.md §3.1, services.md §2.6.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from counterdesk.station.act import Act, asking
from counterdesk.station.commands import (
    DeferMaterial,
    OverridePrompt,
    RefuseRequest,
    RequestApproval,
    WithdrawRequest,
)
from counterdesk.station.events import (
    AnyEvent,
    ApprovalRequested,
    MaterialDeferred,
    PromptOverridden,
    RequestRefused,
    RequestWithdrawn,
)
from counterdesk.station.model import Case, Request, RequestKind
from counterdesk.station.refused import Refused


def defer_material(act: Act, command: DeferMaterial) -> list[AnyEvent]:
    """A paper may come later by the shift leader's word (services.md §2.6); which ones may, the catalogue says."""
    case = act.case(command.case)
    _deciding(act, case, "deferral", command.material, asked=command.asked)
    return [MaterialDeferred(at=act.now, by=act.actor.id, case=case.id, material=command.material)]


def override_prompt(act: Act, command: OverridePrompt) -> list[AnyEvent]:
    """A shift leader sets a blocker aside with a reason that is kept; which ones may be, the catalogue says."""
    case = act.case(command.case)
    if not command.reason:
        raise Refused("reason_missing")
    _deciding(act, case, "override", command.prompt, asked=command.asked)
    return [PromptOverridden(at=act.now, by=act.actor.id, case=case.id, prompt=command.prompt, reason=command.reason)]


def _deciding(act: Act, case: Case, what: RequestKind, item: str, *, asked: bool) -> None:
    """Nobody decides on what he asked for himself; an answer needs a question that is still open, and a decision
    without one that the case file leaves it to a leader. Raises: Refused."""
    request = _asked(case, what, item)
    if request is not None and request.by == act.actor.id:
        raise Refused("own_request")
    if request is None and asked:
        raise Refused("no_request")
    if request is None:
        _left_to_leader(act, case, what, item)


def _left_to_leader(act: Act, case: Case, what: RequestKind, item: str) -> None:
    """Whether it stands in the way now and a leader may decide it, by the case file. Raises: Refused."""
    found = act.evidence
    if found is None or found.service != case.service:
        raise Refused("no_file", case=case.number or case.id)
    if asking(what, item) not in found.askable:
        raise Refused("not_askable")


def _asked(case: Case, what: RequestKind, item: str) -> Request | None:
    """The question that nobody answered yet."""
    found = case.request(what, item)
    return None if found is None or found.refused else found


def request(act: Act, command: RequestApproval) -> list[AnyEvent]:
    """Asked is only for what stands in the way of acceptance now and a leader may decide; one question for each."""
    case = act.case(command.case)
    if not command.reason:
        raise Refused("reason_missing")
    before = _asked(case, command.what, command.item)
    if before is not None:
        if (before.by, before.reason) == (act.actor.id, command.reason):
            return []
        raise Refused("request_exists")
    _left_to_leader(act, case, command.what, command.item)
    return [ApprovalRequested(**_about(act, command), reason=command.reason)]


def withdraw(act: Act, command: WithdrawRequest) -> list[AnyEvent]:
    """Whoever has the case may take the question back until it is answered."""
    case = act.case(command.case)
    if _asked(case, command.what, command.item) is None:
        raise Refused("no_request")
    return [RequestWithdrawn(**_about(act, command))]


def refuse(act: Act, command: RefuseRequest) -> list[AnyEvent]:
    """A no has a reason, which the officer is told."""
    case = act.case(command.case)
    if not command.reason:
        raise Refused("reason_missing")
    _deciding(act, case, command.what, command.item, asked=True)
    return [RequestRefused(**_about(act, command), reason=command.reason)]


class _About(TypedDict):
    at: datetime
    by: str
    case: str
    what: RequestKind
    item: str


def _about(act: Act, command: RequestApproval | WithdrawRequest | RefuseRequest) -> _About:
    """What every event of a question says."""
    return {"at": act.now, "by": act.actor.id, "case": command.case, "what": command.what, "item": command.item}
