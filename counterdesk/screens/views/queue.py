"""The queue panel: who waits that this counter may call, in the order of the call, and what is held here."""

from __future__ import annotations

from datetime import datetime

from counterdesk.screens.views.orders import next_break
from counterdesk.screens.views.plan import coming_change
from counterdesk.screens.views.scene import Scene
from counterdesk.station.hall_view import call_order
from counterdesk.station.lease import lease_overdue
from counterdesk.station.model import Ticket
from counterdesk.station.routing import Choice
from counterdesk.station.waiting import waited_seconds
from counterdesk.text import wrap
from counterdesk.widgets.values import Cell, Line, PanelView, Style


def queue_view(scene: Scene, width: int) -> PanelView:
    """The queue for a panel of `width` cells, frame included."""
    words, station, now = scene.words, scene.station, scene.now
    counter = scene.counter
    ranked = call_order(station, counter.number, now) if counter is not None else []
    waiting = [ticket for ticket in station.tickets.values() if ticket.state == "waiting"]
    longest = max((waited_seconds(ticket, now) for ticket in waiting), default=0.0)
    at_counters = (ticket for ticket in station.tickets.values() if ticket.state in ("called", "serving"))
    elsewhere = [ticket for ticket in at_counters if ticket.counter != scene.desk.counter]
    overdue = [ticket for ticket in elsewhere if lease_overdue(station, ticket, now)]
    lines = [_waiting_line(scene, station.tickets[choice.ticket]) for choice in ranked]
    callable_ids = {choice.ticket for choice in ranked}
    others = [ticket for ticket in waiting if ticket.id not in callable_ids]
    away = [t for t in station.tickets.values() if t.state == "no_show" and t.id not in callable_ids]
    if not lines:
        lines.append(Line((Cell(words("queue.empty" if scene.known else "idle.unknown"), "dim", -1),)))
    lines += [_no_show_line(scene, ticket) for ticket in away]
    if others:
        lines.append(Line((Cell(words("queue.others"), "title", -1),)))
        lines += [_waiting_line(scene, ticket) for ticket in sorted(others, key=lambda t: -waited_seconds(t, now))]
    # Somebody was called and stands before an empty counter: that comes before all who wait.
    lines = [_elsewhere_line(scene, ticket, overdue=True) for ticket in overdue] + lines
    theirs = [ticket for ticket in elsewhere if ticket not in overdue]
    if theirs and scene.actor is not None and scene.actor.may("other_counter"):
        lines.append(Line((Cell(words("queue.elsewhere"), "title", -1),)))
        lines += [_elsewhere_line(scene, ticket, overdue=False) for ticket in sorted(theirs, key=lambda t: t.counter)]
    note = words("queue.longest", minutes=int(longest // 60)) if waiting else ""
    return PanelView(
        title=words("queue.title", mine=len(ranked), all=len(ranked) + len(others)),
        note=note,
        lines=tuple(lines),
        foot=tuple(_foot(scene, ranked, width)),
    )


def _waiting_line(scene: Scene, ticket: Ticket) -> Line:
    words = scene.words
    minutes = int(waited_seconds(ticket, scene.now) // 60)
    target = scene.station.groups[ticket.group].wait_target
    late: Style = "warn" if minutes >= target else ""
    return Line(
        (
            Cell(ticket.number, "strong", 5),
            Cell(words("queue.minutes", minutes=minutes), late, 6, "right"),
            Cell(_mark(scene, ticket), "accent", 3, "right"),
            Cell(" " + what(scene, ticket), "", -1),
        ),
        id=ticket.id,
    )


def _mark(scene: Scene, ticket: Ticket) -> str:
    """One sign for what is particular about a ticket; the words stand in the reason and in the help."""
    words = scene.words
    if ticket.for_counter:
        return words("queue.mark.sent_here")
    if ticket.priority:
        return words("queue.mark.priority")
    if ticket.booked_for:
        return words("queue.mark.appointment")
    if ticket.state == "no_show":
        return words("queue.mark.no_show")
    return ""


def what(scene: Scene, ticket: Ticket) -> str:
    """What a ticket is for: its service where that is known, else its group."""
    return scene.service_name(ticket.service) if ticket.service else scene.group_name(ticket.group)


def _no_show_line(scene: Scene, ticket: Ticket) -> Line:
    words = scene.words
    if ticket.missed or ticket.callable_after is None:
        when = words("queue.missed")
    else:
        seconds = max(0, (ticket.callable_after - scene.now).total_seconds())
        when = words("queue.again_in", minutes=int(seconds // 60) + 1)
    return Line(
        (
            Cell(ticket.number, "dim", 5),
            Cell(" " + words("ticket.state.no_show"), "dim", 8),
            Cell(" " + when, "dim", -1),
        ),
        id=ticket.id,
    )


def _elsewhere_line(scene: Scene, ticket: Ticket, *, overdue: bool) -> Line:
    """A ticket at another counter: overdue if it was called there and nobody serves it."""
    words = scene.words
    since = ticket.started_at if ticket.state == "serving" else ticket.called_at
    state = words("queue.unattended") if overdue else words(f"ticket.state.{ticket.state}")
    style: Style = "block" if overdue else ""
    return Line(
        (
            Cell(ticket.number, "strong", 5),
            Cell(words("queue.minutes", minutes=_minutes_since(since, scene.now)), style, 6, "right"),
            Cell(words("queue.mark.overdue") if overdue else "", style, 3, "right"),
            Cell(" " + words("queue.at_counter", counter=ticket.counter, state=state), style, -1),
        ),
        id=ticket.id,
    )


def reason_in_words(scene: Scene, choice: Choice) -> str:
    """Why this ticket is next."""
    return scene.words(f"routing.{choice.because.code}", **choice.because.params)


def _foot(scene: Scene, ranked: list[Choice], width: int) -> list[Line]:
    """Why the next one is the next one, and what this counter has put aside."""
    words = scene.words
    inner = max(width - 4, 10)
    foot: list[Line] = []
    counter = scene.counter
    if counter is not None and counter.state == "open":
        if ranked:
            number = scene.station.tickets[ranked[0].ticket].number
            text = words("queue.next", number=number, reason=reason_in_words(scene, ranked[0]))
            foot += [Line((Cell(row, "accent"),)) for row in wrap(text, inner)[:2]]
    elif counter is not None:
        foot.append(Line((Cell(words(f"counter.state.{counter.state}"), "warn"),)))
    foot += [Line((Cell(row, "warn"),)) for row in wrap(coming_change(scene), inner)[:2] if row]
    if pause := next_break(scene):
        foot.append(Line((Cell(pause, "accent", -1),)))
    held = sorted(held_here(scene), key=lambda t: t.held_at or scene.now)
    foot += [_held_line(scene, ticket) for ticket in held[:3]]
    if len(held) > 3:
        foot.append(Line((Cell(words("queue.more_held", count=len(held) - 3), "dim"),)))
    return foot


def held_here(scene: Scene) -> list[Ticket]:
    """The tickets that this counter put aside."""
    return [
        ticket
        for ticket in scene.station.tickets.values()
        if ticket.state == "held" and ticket.counter == scene.desk.counter
    ]


def _held_line(scene: Scene, ticket: Ticket) -> Line:
    kind = scene.words(f"hold.{ticket.hold}")
    minutes = scene.words("queue.minutes", minutes=_minutes_since(ticket.held_at, scene.now))
    return Line(
        (
            Cell(ticket.number, "strong", 5),
            Cell(minutes, "", 6, "right"),
            Cell(f" {scene.words('ticket.state.held')} {kind}", "", -1),
        )
    )


def _minutes_since(since: datetime | None, now: datetime) -> int:
    return int((now - since).total_seconds() // 60) if since is not None else 0
