"""The whole hall for whoever leads the shift: its counters, and the queue by group against what is promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from math import ceil
from statistics import median

from counterdesk.screens.views.plan import groups_in_words, shorter_change
from counterdesk.screens.views.queue import what
from counterdesk.screens.views.requests import request_lines
from counterdesk.screens.views.scene import Scene
from counterdesk.station.lease import lease_overdue
from counterdesk.station.model import Counter, Ticket
from counterdesk.station.profiles import announced, certified
from counterdesk.station.waiting import waited_seconds
from counterdesk.text import cells
from counterdesk.widgets.values import Cell, Line, PanelView, Style

HELP, COUNTER, GROUP, TICKET = "help", "counter", "group", "ticket"
"""What the ids of lines begin with, before the colon."""
LONG = 2.0
"""So many times of what it is expected to take a visit lasts before that is pointed out."""
IDLE = 3
"""So many minutes nobody stands at an open counter though somebody waits: its officer or his terminal is gone."""
_COUNTER, _OFFICER, _NUMBER, _MINUTES = 7, 8, 5, 6


def line_id(kind: str, of: str) -> str:
    """The id of a line that is about one counter, group, ticket or case."""
    return f"{kind}:{of}"


def minutes_since(since: datetime | None, now: datetime) -> int:
    """Whole minutes that have passed; 0 where nothing began."""
    return max(0, int((now - since).total_seconds() // 60)) if since is not None else 0


def title_of(scene: Scene, place: int, section: str, **params: str | int) -> str:
    """A panel's title: the digit that leads to it, and what it is about."""
    return f"{place} {scene.words(f'hall.title.{section}', **params)}"


# Counters.


def counters_view(scene: Scene, place: int, takes: Callable[[Ticket], float], width: int = 80) -> PanelView:
    """Who sits where, with whom, since when, and what the counter draws from; calls for help before everything,
    then what leaders are asked for.

    takes: what a ticket is expected to take at a counter, in minutes. width: of the panel, frame included.
    """
    counters = scene.station.counters.values()
    lines = help_lines(scene) + request_lines(scene)
    for counter in counters:
        lines += [_counter_line(scene, counter, takes), *_profile_lines(scene, counter, max(width - 3, 20))]
    if not counters:
        lines.append(Line((Cell(scene.words("hall.no_counters"), "dim", -1),)))
    working = sum(counter.state == "open" for counter in counters)
    return PanelView(title_of(scene, place, COUNTER, open=working, all=len(counters)), tuple(lines))


def help_lines(scene: Scene) -> list[Line]:
    """The calls for help that nobody answered, the oldest first."""
    calls = sorted(scene.station.help.values(), key=lambda call: call.at)
    return [
        Line(
            (
                Cell(scene.words("hall.help", counter=call.counter), "block"),
                Cell(
                    scene.words("hall.help_since", officer=call.by, minutes=minutes_since(call.at, scene.now)),
                    "block",
                    -1,
                ),
            ),
            id=line_id(HELP, call.counter),
        )
        for call in calls
    ]


def _counter_line(scene: Scene, counter: Counter, takes: Callable[[Ticket], float]) -> Line:
    words, now = scene.words, scene.now
    ticket = scene.station.current_ticket(counter.number)
    number, style, since = "", "", counter.since
    text: str
    look: Style = ""
    if ticket is not None:
        number = ticket.number
        serving = ticket.state == "serving"
        since = ticket.started_at if serving else ticket.called_at
        if lease_overdue(scene.station, ticket, now):
            text, look = words("queue.unattended"), "block"
        else:
            text = f"{words(f'ticket.state.{ticket.state}')} {what(scene, ticket)}"
            late = serving and minutes_since(since, now) > LONG * takes(ticket)
            look, style = ("warn", words("hall.long")) if late else ("", "")
    elif counter.state == "paused":
        text, look = words("hall.paused", reason=counter.pause or ""), "warn"
    elif counter.state == "closed":
        text, look = words("counter.state.closed"), "dim"
    else:
        text, since, look = words("hall.free"), _free_since(scene, counter), "ok"
        if minutes_since(since, now) >= IDLE and _somebody_waits(scene, counter):
            text, look = words("hall.idle"), "warn"
    minutes = words("queue.minutes", minutes=minutes_since(since, now)) if since is not None else ""
    return Line(
        (
            Cell(words("hall.counter", counter=counter.number), "strong", _COUNTER),
            Cell(counter.officer, "dim", _OFFICER),
            Cell(number, "strong", _NUMBER),
            Cell(minutes, look if ticket is not None or look == "warn" else "", _MINUTES, "right"),
            Cell(f" {text}{style}", look, -1),
        ),
        id=line_id(COUNTER, counter.number),
    )


def _free_since(scene: Scene, counter: Counter) -> datetime | None:
    """Since when nobody stands at an open counter."""
    ended = [t.ended_at for t in scene.station.tickets.values() if t.counter == counter.number and t.ended_at]
    return max([*ended, *([counter.since] if counter.since is not None else [])], default=None)


def _somebody_waits(scene: Scene, counter: Counter) -> bool:
    """Whether a counter could call somebody."""
    waiting = (ticket for ticket in scene.station.tickets.values() if ticket.state == "waiting")
    return any(ticket.group in counter.groups or ticket.for_counter == counter.number for ticket in waiting)


def _profile_lines(scene: Scene, counter: Counter, room: int) -> list[Line]:
    """What the counter draws from, what it will draw from, and its next pause: below each other where that is long."""
    groups = groups_in_words(scene, counter.groups) if counter.state != "closed" else ""
    ahead = [Cell("  " + text, style) for text, style in _ahead(scene, counter)]
    if ahead and cells(groups) + sum(cells(cell.text) for cell in ahead) > room - _COUNTER:
        indent = Cell(" " * (_COUNTER - 2))
        return [Line((Cell(" " * _COUNTER + groups, "dim"),)), Line((indent, *ahead))]
    return [Line((Cell(" " * _COUNTER + groups, "dim"), *ahead))] if groups or ahead else []


def _ahead(scene: Scene, counter: Counter) -> list[tuple[str, Style]]:
    """What is to come at a counter: another profile, a pause."""
    words, station = scene.words, scene.station
    found: list[tuple[str, Style]] = []
    plan = announced(station)
    if plan is not None and counter.number in plan.left:
        minutes, after = ceil((plan.effective_at - scene.now).total_seconds() / 60), plan.profiles[counter.number]
        change = shorter_change(scene, counter.groups, after)
        key = ("hall.coming" if minutes > 0 else "hall.coming_next") + ("_change" if change else "")
        groups = change or groups_in_words(scene, after)
        found.append((words(key, minutes=minutes, groups=groups, change=change), "warn"))
    for planned in station.breaks.get(counter.number, ()):
        if planned.until > scene.now:
            span = f"{planned.start:%H:%M}-{planned.until:%H:%M}"
            found.append((words("hall.break", span=span), "accent"))
            break
    return found


# The queue by group.


def groups_view(scene: Scene, place: int, predicted: Mapping[str, tuple[float, float | None]]) -> PanelView:
    """How many wait in each group and how long, against its target, and which counters take it.

    predicted: by group, minutes usually waited in the next hours as things are, and under what is proposed.
    """
    words, station, now = scene.words, scene.station, scene.now
    waiting = [ticket for ticket in station.tickets.values() if ticket.state == "waiting"]
    lines = [_heads(scene)]
    for group in station.groups.values():
        waits = sorted(waited_seconds(ticket, now) / 60 for ticket in waiting if ticket.group == group.id)
        late = sum(wait >= group.wait_target for wait in waits)
        offered = [c for c in station.counters.values() if c.state != "closed" and group.id in c.groups]
        unserved = bool(waits) and not any(counter.state == "open" for counter in offered)
        style: Style = "block" if unserved else "warn" if late else "" if waits else "dim"
        goal = predicted.get(group.id)
        row = (
            (str(len(waits)), 4),
            (_whole(waits[-1]) if waits else "", 5),
            (_whole(median(waits)) if waits else "", 5),
            (str(group.wait_target), 5),
            (f"{late * 100 // len(waits)}%" if late else "", 5),
            ("" if unserved else _predicted(goal), 8),
        )
        numbers = " ".join(counter.number if counter.state == "open" else f"({counter.number})" for counter in offered)
        lines.append(
            Line(
                (
                    Cell(scene.group_name(group.id), "strong" if waits else "dim", 10),
                    *(Cell(text, style, width, "right") for text, width in row),
                    Cell("  " + (words("hall.unserved") if unserved else numbers), style, -1),
                ),
                id=line_id(GROUP, group.id),
            )
        )
    longest = max((waited_seconds(ticket, now) for ticket in waiting), default=0.0)
    note = words("queue.longest", minutes=int(longest // 60)) if waiting else ""
    return PanelView(title_of(scene, place, GROUP, count=len(waiting)), tuple(lines), note)


def _heads(scene: Scene) -> Line:
    widths = (10, 4, 5, 5, 5, 5, 8)
    heads = [scene.words(f"hall.head.{name}") for name in ("group", "count", "longest", "median", "target", "late")]
    heads.append(scene.words("hall.head.predicted"))
    named = zip(heads, widths, strict=True)
    parts = [Cell(head, "title", width, "left" if at == 0 else "right") for at, (head, width) in enumerate(named)]
    return Line((*parts, Cell("  " + scene.words("hall.head.counters"), "title", -1)))


def _predicted(minutes: tuple[float, float | None] | None) -> str:
    if minutes is None:
        return ""
    now, then = minutes
    return _whole(round(now)) if then is None else f"{_whole(round(now))}→{_whole(round(then))}"


def _whole(minutes: float) -> str:
    return str(int(minutes))


def certified_for(scene: Scene, counter: Counter, group: str) -> bool:
    """Whether the officer at a counter may serve a group."""
    return group in certified(scene.station, counter.officer)
