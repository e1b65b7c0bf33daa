"""The station as this counter expects it: what was noted down while nobody answered is taken as done on this screen.

Pure, and made by the station's own rules. What only the station can say (whom to call, a case number, an acceptance) is
never expected: it comes with the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk.state import Pending
from counterdesk.station import commands as c
from counterdesk.station.apply import apply
from counterdesk.station.decide import decide
from counterdesk.station.events import CaseOpened
from counterdesk.station.model import State
from counterdesk.station.refused import Refused
from counterdesk.station.roles import Actor

_OWN_ACTS: Final = (
    c.StartService,
    c.MarkNoShow,
    c.HoldTicket,
    c.ResumeTicket,
    c.Requeue,
    c.TicketLeaves,
    c.FinishTicket,
    c.OpenCase,
    c.ChangeService,
    c.DiscardCase,
)
"""What an officer does with the citizen who stands there: it has happened, whatever the line does."""


def expected(
    station: State,
    pending: Iterable[Pending],
    files: Mapping[str, CaseFile],
    local: Mapping[str, datetime],
    counter: str,
    actor: Actor,
) -> State:
    """The station after what waits here, and with the cases that only this terminal has.

    Args:
        station: as last believed.
        pending: commands without an answer; only those that waited for the line count.
        files: case files at hand. local: cases that only this terminal has, and since when.
        counter, actor: of this desk.
    """
    for waiting in pending:
        if waiting.waited and isinstance(waiting.command, _OWN_ACTS):
            with suppress(Refused):  # the station will say so itself
                for event in decide(station, waiting.command, actor, waiting.since):
                    station = apply(station, event)
    for case, at in local.items():
        file = files.get(case)
        if file is not None and case not in station.cases:
            station = apply(
                station, CaseOpened(at=at, by=actor.id, case=case, ticket="", counter=counter, service=file.service)
            )
    return station
