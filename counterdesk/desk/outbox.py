"""The commands of a desk: on disk before they are sent, sent in order, each until the station has answered it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from counterdesk.backends.base import Snapshot, Unreachable
from counterdesk.desk.case_files import CaseFiles
from counterdesk.desk.memory import Identity
from counterdesk.desk.state import Area, Dead, Notice, Pending
from counterdesk.station.apply import apply
from counterdesk.station.commands import (
    AcceptCase,
    AnyCommand,
    ApplyPlan,
    AssignTicket,
    CallNext,
    CallTicket,
    CancelPlan,
    DiscardCase,
    OpenCase,
    Recall,
    SetSkills,
    SwitchPlanning,
)
from counterdesk.station.events import AnyEvent, CaseDiscarded, CounterOpened, Recorded
from counterdesk.station.refused import Refused

STALE_CALL = timedelta(seconds=60)
"""How old a call may be that had to wait for the line: later, nobody stands ready for whom it would announce."""
STALE_PLAN = timedelta(seconds=60)
"""How old a plan may be that had to wait for the line: later it is an answer to a hall that is no more."""
STALE_ORDER = timedelta(seconds=60)
"""How old an order to a hall or to another counter may be that had to wait: whom it meant may be gone from there."""
_CALLS = (CallNext, CallTicket, Recall)
_ORDERS = (AssignTicket, CancelPlan, SetSkills, SwitchPlanning)
"""What is said to the whole hall, beside everything that names another counter."""


class Outbox(CaseFiles):
    """A desk's commands, and the events that answer them."""

    def submit(self, command: AnyCommand, command_id: str = "") -> str:
        """Queue a command; it is sent in order as soon as it is on disk and the line allows. Returns its id."""
        waited = self.state.link.status != "online"
        pending = Pending(command_id or uuid.uuid4().hex, command, self._clock(), waited=waited)
        self._change("pending", pending=(*self.state.pending, pending))
        if self._memory is not None:
            self._memory.enqueue(pending)
        self._work.set()
        return pending.id

    def retry_dead(self, command_id: str) -> None:
        """Give a command again that was not carried out."""
        dead = next((dead for dead in self.state.dead if dead.id == command_id), None)
        if dead is None or dead.command is None:
            return
        # Under another id: the old one would only get the stored refusal again.
        waited = self.state.link.status != "online"
        pending = Pending(uuid.uuid4().hex, dead.command, self._clock(), waited=waited)
        rest = tuple(other for other in self.state.dead if other.id != command_id)
        self._change("pending", pending=(*self.state.pending, pending), dead=rest)
        if self._memory is not None:
            self._memory.revive(dead, pending.id)
        self._work.set()

    def drop_dead(self, command_id: str) -> None:
        """A command that was not carried out is not wanted any more."""
        self._change("pending", dead=tuple(dead for dead in self.state.dead if dead.id != command_id))
        if self._memory is not None:
            self._memory.drop_dead(command_id)

    async def _send_next(self) -> None:
        first = self.state.pending[0]
        if isinstance(first.command, ApplyPlan) and self._clock() - first.since > STALE_PLAN:
            self._too_late(first, first.command)
            return
        if self._is_order(first.command) and self._clock() - first.since > STALE_ORDER:
            self._bury(first, "stale_order", {})  # a hall goes on without its leader, and shows him what arrived
            self._notice(Notice("undelivered", first.command, params={"code": "stale_order"}))
            return
        call = isinstance(first.command, _CALLS)
        if call and first.waited and not first.tries and self._clock() - first.since > STALE_CALL:
            self._bury(first, "stale_call", {})  # whoever was meant by it may have been called by others since
            self._notice(Notice("undelivered", first.command, params={"code": "stale_call"}))
            return
        if not isinstance(first.command, OpenCase | DiscardCase) and not await self._told_all(first):
            self._answered(first)
            return
        sent = replace(first, tries=first.tries + 1)
        self._change("pending", pending=(sent, *self.state.pending[1:]))
        if call and self._memory is not None and not first.tries:
            self._memory.tried(first.id, "sent")  # after a crash it must be known that it may have been carried out
            await self._memory.flush()
        try:
            receipt = await self._backend.execute(first.id, first.command)
        except Refused as refused:
            self._refused(first, refused)
        except Unreachable:
            if self._memory is not None:
                self._memory.tried(first.id, "unreachable")
            raise
        else:
            for recorded in receipt.events:
                self._believe(recorded)
            if self._memory is not None and receipt.audit is not None and self.state.trail == "sound":
                self._memory.remember_checkpoint(receipt.audit)
            self._answered(first)
            self._notice(Notice("done", first.command, receipt.events))

    def _is_order(self, command: AnyCommand) -> bool:
        """Whether others act where it would take effect: at a counter that is not this desk's, or in the whole hall.

        Such a command names who or what is there now. Sent later it would close a counter that works again, send away
        the next citizen, or quiet a newer call for help.
        """
        counter = getattr(command, "counter", "")
        return isinstance(command, _ORDERS) or bool(counter and counter != self.state.counter)

    def _too_late(self, pending: Pending, order: ApplyPlan) -> None:
        """A plan is not sent any more, not even to learn what became of it: the station's plans tell that."""
        session = self.state.session
        if session is not None and any(
            plan.by == session.actor.id
            and plan.profiles == order.profiles
            and plan.announced_at > pending.since - STALE_PLAN  # the clocks of desk and station differ
            for plan in self.state.station.plans
        ):
            self._answered(pending)
            self._notice(Notice("done", order))
            return
        self._bury(pending, "stale_plan", {})
        self._notice(Notice("undelivered", order, params={"code": "stale_plan"}))

    def _refused(self, pending: Pending, refused: Refused) -> None:
        command = pending.command
        if pending.waited:
            self._bury(pending, refused.code, refused.params)
        else:
            self._answered(pending)
        self._notice(Notice("refused", command, code=refused.code, params=refused.params))
        if isinstance(command, OpenCase) and command.case not in self.state.station.cases:
            file = self.state.files.get(command.case)
            if pending.waited and file is not None and (file.answers or file.entered):
                # What was written down while nobody answered is not lost with the ticket that it was meant for.
                self._begun[command.case] = pending.since
                self._change("files")
            else:
                self._forget(command.case)

    def _bury(self, pending: Pending, code: str, params: Mapping[str, str | int]) -> None:
        """A command that waited is not carried out: it stays in sight with the reason until somebody decides on it."""
        dead = Dead(pending.id, type(pending.command).__name__, pending.command, pending.since, code, dict(params))
        self._change("pending", dead=(*self.state.dead, dead))
        self._taken_out(pending)
        if self._memory is not None:
            self._memory.bury(dead)

    async def _told_all(self, pending: Pending) -> bool:
        """The station decides on what it has been told, so a command on a case goes after the newest case file.

        False: the case must not be accepted, since the station's file is not the one that the officer sees.
        """
        case = getattr(pending.command, "case", "")
        accepting = isinstance(pending.command, AcceptCase)
        status = self.state.file_status.get(case)
        if accepting and status == "conflict":
            self._notice(Notice("conflict", pending.command, case=case))
            return False
        if case in self.state.station.cases and (case in self._dirty or (accepting and status == "refused")):
            await self._save(case)
        return not accepting or self.state.file_status.get(case) not in ("conflict", "refused")

    def _answered(self, pending: Pending) -> None:
        self._taken_out(pending)
        if self._memory is not None:
            self._memory.settle(pending.id)

    def _taken_out(self, pending: Pending) -> None:
        rest = tuple(other for other in self.state.pending if other.id != pending.id)
        self._change("pending", pending=rest)

    # What the station says.

    def _believe(self, recorded: Recorded) -> None:
        """Apply an event once and in order. Both the stream and a receipt bring it; whichever is first counts."""
        if recorded.seq != self.state.seq + 1:
            return
        station = apply(self.state.station, recorded.event)
        self._change(*_areas_of(recorded.event), station=station, seq=recorded.seq)
        if isinstance(recorded.event, CaseDiscarded):
            self._gone(recorded.event.case)
        if getattr(recorded.event, "counter", "") == self.state.counter:
            self._note_identity()
        if isinstance(recorded.event, CounterOpened) and recorded.event.counter == self.state.counter:
            self._see_note(anew=True)
        if self._dirty:
            self._work.set()  # the case of a new file may be open now

    def _note_identity(self) -> None:
        """Keep who is here and how the station stands, for a start without a line."""
        session = self.state.session
        if self._memory is not None and self._unlocked and session is not None:
            self._memory.keep_identity(Identity(session, Snapshot(seq=self.state.seq, state=self.state.station)))


def _areas_of(event: AnyEvent) -> tuple[Area, ...]:
    return ("cases",) if hasattr(event, "case") else ("queue",)
