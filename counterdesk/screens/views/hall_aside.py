"""Who is not in the queue and not forgotten: called and attended by nobody, booked, held, gone past."""

from __future__ import annotations

from datetime import timedelta

from counterdesk.screens.views.hall import TICKET, line_id, minutes_since, title_of
from counterdesk.screens.views.queue import what
from counterdesk.screens.views.scene import Scene
from counterdesk.station.lease import lease_overdue
from counterdesk.station.model import Appointment, Ticket
from counterdesk.widgets.values import Cell, Line, PanelView, Style

APPOINTMENT = "appointment"
AHEAD = timedelta(minutes=60)
"""Appointments are shown so long before their time."""


def aside_view(scene: Scene, place: int) -> PanelView:
    """Calls that nobody attends, then appointments without their holder, held tickets and no-shows."""
    words, station, now = scene.words, scene.station, scene.now
    tickets = station.tickets.values()
    unattended = [ticket for ticket in tickets if lease_overdue(station, ticket, now)]
    held = sorted((t for t in tickets if t.state == "held"), key=lambda t: t.held_at or now)
    gone = sorted((t for t in tickets if t.state == "no_show"), key=lambda t: (t.missed, t.callable_after or now))
    booked = due_appointments(scene)
    lines = [_unattended_line(scene, ticket) for ticket in unattended]
    lines += [_appointment_line(scene, appointment) for appointment in booked]
    lines += [_held_line(scene, ticket) for ticket in held]
    lines += [_gone_line(scene, ticket) for ticket in gone]
    if not lines:
        lines.append(Line((Cell(words("hall.nobody_aside"), "dim", -1),)))
    counts = {"booked": len(booked), "held": len(held), "gone": len(gone)}
    return PanelView(title_of(scene, place, "aside", **counts), tuple(lines))


def due_appointments(scene: Scene) -> list[Appointment]:
    """Today's appointments that are late or due within the hour, and whose holder is not here."""
    now = scene.now
    found = [
        booked
        for booked in scene.station.appointments.values()
        if not booked.ticket and booked.at.date() == now.date() and booked.at - now <= AHEAD
    ]
    return sorted(found, key=lambda booked: booked.at)


def _row(scene: Scene, ticket: Ticket, kind: str, text: str, style: Style, since_minutes: int | None) -> Line:
    minutes = scene.words("queue.minutes", minutes=since_minutes) if since_minutes is not None else ""
    return Line(
        (
            Cell(ticket.number, "strong", 6),
            Cell(scene.words(f"hall.aside.{kind}"), style, 8),
            Cell(minutes, "", 6, "right"),
            Cell(f" {what(scene, ticket)}", "", 13),
            Cell(f" {text}", style or "dim", -1),
        ),
        id=line_id(TICKET, ticket.id),
    )


def _unattended_line(scene: Scene, ticket: Ticket) -> Line:
    text = scene.words("hall.at_counter", counter=ticket.counter)
    return _row(scene, ticket, "unattended", text, "block", minutes_since(ticket.called_at, scene.now))


def _held_line(scene: Scene, ticket: Ticket) -> Line:
    words = scene.words
    text = f"{words('hall.at_counter', counter=ticket.counter)} {words(f'hold.{ticket.hold}')}"
    return _row(scene, ticket, "held", text, "", minutes_since(ticket.held_at, scene.now))


def _gone_line(scene: Scene, ticket: Ticket) -> Line:
    words = scene.words
    if ticket.missed or ticket.callable_after is None:
        return _row(scene, ticket, "gone", words("queue.missed"), "dim", None)
    left = (ticket.callable_after - scene.now).total_seconds()
    text = words("queue.again_in", minutes=int(left // 60) + 1) if left > 0 else words("hall.again_now")
    return _row(scene, ticket, "gone", text, "", None)


def _appointment_line(scene: Scene, booked: Appointment) -> Line:
    words = scene.words
    late = minutes_since(booked.at, scene.now)
    style: Style = "warn" if late else ""
    text = words("hall.booked_late", minutes=late) if late else words("hall.booked_due")
    return Line(
        (
            Cell(f"{booked.at:%H:%M}", "strong", 6),
            Cell(words("hall.aside.booked"), style, 8),
            Cell("", "", 6),
            Cell(f" {scene.group_name(booked.group)}", "", 13),
            Cell(f" {text}", style or "dim", -1),
        ),
        id=line_id(APPOINTMENT, booked.id),
    )
