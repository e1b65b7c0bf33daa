"""Who is about to break the promise, how long there is left to call him, and which counter could still do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from counterdesk.quiet import quiet
from counterdesk.screens.views.hall import TICKET, certified_for, line_id, title_of
from counterdesk.screens.views.queue import what
from counterdesk.screens.views.scene import Scene
from counterdesk.station.hall import Hall, HallTicket
from counterdesk.station.model import Counter, Ticket
from counterdesk.widgets.values import Cell, Line, PanelView, Style

SOON = 5.0
"""From so many minutes on before it must be called a ticket is pointed out."""
LEAST_LEFT = 0.3
"""The part of what was expected that a visit is taken to last on, however long it lasts already; a minute at least."""

_WIDE, _WHAT, _WIDE_WHAT = 76, 12, 20
"""From so many cells on the matter of a ticket has more room."""

HelpKind = Literal["calls", "could", "resume", "late", "nobody"]


@quiet
@dataclass(frozen=True, slots=True)
class Risk:
    """A waiting ticket whose promise is in danger.

    left: minutes until it must be called; below zero the promise is broken already. waited: minutes. help: what would
    still do it, at `counter` in about `minutes`: it calls in time by itself or when told (calls), it could if it were
    given the ticket or the group (could), it pauses (resume), it is the first but too late (late), or there is none.
    """

    ticket: Ticket
    left: float
    waited: float
    help: HelpKind
    counter: str = ""
    minutes: float = 0.0


def takes_of(hall: Hall, ticket: HallTicket) -> float:
    """What a waiting ticket is expected to take, in minutes."""
    if ticket.minutes is not None:
        return ticket.minutes
    return next(group.minutes for group in hall.groups if group.id == ticket.group)


def left_of(hall: Hall, ticket: HallTicket) -> float:
    """Minutes until a ticket must be called: the promise less what it takes. Where that alone takes up the promise,
    the target of its group is what counts."""
    takes = takes_of(hall, ticket)
    target = next(group.target for group in hall.groups if group.id == ticket.group)
    allowed = hall.promise - takes if takes < hall.promise else target
    return allowed - (hall.now - ticket.due)


def risks(scene: Scene, hall: Hall) -> tuple[Risk, ...]:
    """The tickets in danger: those that can still be saved first, the most urgent at the top; then those that are late.

    Each counter is reckoned with once at a time: who comes later in the list finds it taken by those before. Who was
    called and did not come is not waiting.
    """
    tickets = scene.station.tickets
    waiting = [ticket for ticket in hall.waiting if tickets[ticket.id].state == "waiting"]
    in_danger = sorted(
        ((left_of(hall, ticket), ticket) for ticket in waiting if left_of(hall, ticket) <= SOON),
        key=lambda row: (row[0] < 0, row[0], row[1].since),
    )
    free = free_in(hall)
    pausing = [counter for counter in scene.station.counters.values() if counter.state == "paused"]
    found: list[Risk] = []
    for left, ticket in in_danger:
        kind, counter = _help(scene, free, pausing, ticket, left)
        pausing = [other for other in pausing if other.number != counter]
        minutes = free.get(counter, 0.0)
        if counter in free:
            free[counter] = minutes + takes_of(hall, ticket)
        found.append(Risk(tickets[ticket.id], left, hall.now - ticket.due, kind, counter, minutes))
    return tuple(found)


def free_in(hall: Hall) -> dict[str, float]:
    """In how many minutes each counter on duty is expected to be free."""
    usual = {group.id: group.minutes for group in hall.groups}
    free: dict[str, float] = {}
    for counter in hall.counters:
        if not counter.on_duty:
            continue
        if counter.busy_since is None:
            free[counter.id] = 0.0
        else:
            takes = counter.minutes if counter.minutes is not None else usual.get(counter.serving, 0.0)
            free[counter.id] = max(1.0, LEAST_LEFT * takes, counter.busy_since + takes - hall.now)
    return free


def _help(
    scene: Scene, free: Mapping[str, float], pausing: list[Counter], ticket: HallTicket, left: float
) -> tuple[HelpKind, str]:
    counters = scene.station.counters
    able = [number for number in free if certified_for(scene, counters[number], ticket.group)]
    offering = [number for number in able if number == ticket.counter or (ticket.group in counters[number].groups)]
    first = min(offering, key=lambda number: free[number], default="")
    if first and free[first] <= max(left, 0.0):
        return "calls", first
    other = min(able, key=lambda number: free[number], default="")
    if other and other not in offering and (not first or free[other] < free[first]):
        return "could", other
    back = next((counter for counter in pausing if certified_for(scene, counter, ticket.group)), None)
    if back is not None:
        return "resume", back.number
    return ("late", first) if first else ("nobody", "")


def risk_view(scene: Scene, place: int, found: tuple[Risk, ...], width: int = 60) -> PanelView:
    """The tickets in danger, each with what would help. width: of the panel, frame included."""
    words = scene.words
    lines = [_risk_line(scene, risk, _WIDE_WHAT if width >= _WIDE else _WHAT) for risk in found]
    if not lines:
        lines.append(Line((Cell(words("hall.no_risk"), "dim", -1),)))
    lost = sum(risk.left < 0 for risk in found)
    title = title_of(scene, place, "risk", count=len(found))
    return PanelView(title, tuple(lines), words("hall.lost", count=lost) if lost else "")


def _risk_line(scene: Scene, risk: Risk, room: int) -> Line:
    words = scene.words
    lost = risk.left < 0
    style: Style = "block" if lost else "warn"
    left = words("hall.over", minutes=int(-risk.left) + 1) if lost else words("hall.left", minutes=int(risk.left))
    in_time = risk.help == "resume" or risk.minutes <= max(risk.left, 0.0)
    help_style: Style = "ok" if risk.help == "calls" else "accent" if in_time and risk.help != "nobody" else "dim"
    return Line(
        (
            Cell(risk.ticket.number, "strong", 5),
            Cell(words("queue.minutes", minutes=int(risk.waited)), "", 6, "right"),
            Cell(" " + left, style, 9),
            Cell(" " + what(scene, risk.ticket), "", room),
            Cell(" " + help_in_words(scene, risk), help_style, -1),
        ),
        id=line_id(TICKET, risk.ticket.id),
    )


def help_in_words(scene: Scene, risk: Risk) -> str:
    """What would help, in a few words."""
    free = risk.help in ("calls", "could") and not risk.minutes
    key = f"hall.does.{risk.help}_now" if free else f"hall.does.{risk.help}"
    return scene.words(key, counter=risk.counter, minutes=round(risk.minutes))
