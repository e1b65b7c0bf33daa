"""What can be done about a line of the leader's screen: rows of a menu, each with its command and what forbids it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from counterdesk.quiet import quiet
from counterdesk.screens import questions as q
from counterdesk.screens.views.hall_risk import Risk
from counterdesk.screens.views.plan import groups_in_words
from counterdesk.screens.views.queue import what
from counterdesk.screens.views.requests import Asked, about, minutes_asked, reason_in_words
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.model import Counter, Ticket
from counterdesk.station.profiles import certified, coming_profile
from counterdesk.widgets.values import ChooserView

BREAK_MINUTES = (15, 30, 45, 60)
BREAK_STARTS = 7
QUARTER = timedelta(minutes=15)


@quiet
class Row(NamedTuple):
    """One thing that can be done. command: what it tells the station, or would; blocked is why it may not be."""

    id: str
    label: str
    note: str = ""
    command: c.AnyCommand | None = None
    blocked: str = ""


def menu(scene: Scene, identifier: str, title: str, prompt: str, rows: Sequence[Row]) -> ChooserView:
    """The rows as a question; what the rules refuse says why."""
    return ChooserView(
        identifier, title, prompt, q.numbered((row.id, row.label, row.note, why_not(scene, row)) for row in rows)
    )


def why_not(scene: Scene, row: Row) -> str:
    """Why a row may not be chosen, in words."""
    if row.blocked or row.command is None:
        return row.blocked
    refused = scene.refusal(row.command)
    return scene.reason(refused) if refused is not None else ""


def ticket_rows(scene: Scene, ticket: Ticket, risk: Risk | None) -> list[Row]:
    """What a leader does with a ticket that nobody serves: to a counter at once or next, back into the queue, away.

    risk: what would help it. That stands first, unless it is a counter that pauses: a ticket bound to it would wait for
    the end of the pause, so pausing counters come after those that work. What may not be done stands last.
    """
    words = scene.words
    staffed = [counter for counter in scene.station.counters.values() if counter.state != "closed"]
    staffed.sort(key=lambda counter: counter.state == "paused")
    rows: list[Row] = []
    if ticket.state == "no_show":
        rows.append(Row("reinstate", words("command.Reinstate"), command=c.Reinstate(ticket=ticket.id)))
    rows += [
        Row(
            f"call:{counter.number}",
            words("hall.menu.call", counter=counter.number),
            _at(scene, counter),
            c.CallTicket(counter=counter.number, ticket=ticket.id),
        )
        for counter in staffed
    ]
    if ticket.state == "waiting":
        rows += [
            Row(
                f"assign:{counter.number}",
                words("hall.menu.assign", counter=counter.number),
                _at(scene, counter),
                c.AssignTicket(ticket=ticket.id, counter=counter.number),
                words("hall.menu.assigned") if ticket.for_counter == counter.number else "",
            )
            for counter in staffed
        ]
        if ticket.for_counter:
            freed = words("hall.menu.unassign", counter=ticket.for_counter)
            rows.append(Row("unassign", freed, command=c.AssignTicket(ticket=ticket.id, counter="")))
    rows.append(Row("leaves", words("command.TicketLeaves"), command=c.TicketLeaves(ticket=ticket.id)))
    able = [row for row in rows if not why_not(scene, row)]
    best = [f"call:{risk.counter}", f"assign:{risk.counter}"] if risk is not None and risk.help != "resume" else []
    able.sort(key=lambda row: best.index(row.id) if row.id in best else len(best))
    return able + [row for row in rows if row not in able]


def request_rows(scene: Scene, asked: Asked) -> list[Row]:
    """The answers to a question: not yet, so that a stray Enter decides nothing; yes, first for the officer's reason;
    no."""
    words, (case, request) = scene.words, asked
    rows = [Row("wait", words("hall.menu.not_yet"))]
    if request.what == "deferral":
        yes = c.DeferMaterial(case=case.id, material=request.item, asked=True)
        rows.append(Row("yes", words("hall.menu.grant_deferral"), command=yes))
    else:
        codes = sorted(words.codes("reason.override"), key=lambda code: code != request.reason)
        rows += [
            Row(
                f"yes:{code}",
                words("hall.menu.grant", reason=words(f"reason.override.{code}")),
                command=c.OverridePrompt(case=case.id, prompt=request.item, reason=code, asked=True),
            )
            for code in codes
        ]
    rows += [
        Row(
            f"no:{code}",
            words("hall.menu.refuse", reason=words(f"reason.refuse_request.{code}")),
            command=c.RefuseRequest(case=case.id, what=request.what, item=request.item, reason=code),
        )
        for code in words.codes("reason.refuse_request")
    ]
    return rows


def request_prompt(scene: Scene, asked: Asked) -> str:
    """What is asked for, why, and since when."""
    case, request = asked
    why = scene.words(
        "hall.menu.asks",
        officer=request.by,
        reason=reason_in_words(scene, request),
        minutes=minutes_asked(scene, request),
    )
    return f"{about(scene, case, request.what, request.item)}\n{why}"


def _at(scene: Scene, counter: Counter) -> str:
    """What a counter is doing, in a few words."""
    words, ticket = scene.words, scene.station.current_ticket(counter.number)
    if ticket is not None:
        return f"{words(f'ticket.state.{ticket.state}')} {ticket.number}"
    if counter.state == "paused":
        return words("hall.paused", reason=counter.pause or "")
    return words("hall.free")


def ticket_title(scene: Scene, ticket: Ticket) -> str:
    """A ticket as the title of its menu."""
    return scene.words("menu.ticket", number=ticket.number, what=what(scene, ticket))


def counter_rows(scene: Scene, counter: Counter) -> list[Row]:
    """What a leader does about a counter: what it draws from, its pauses, its officer; then its visitor and whatever
    there is only now, so that a digit means the same at every counter."""
    words, number = scene.words, counter.number
    ticket = scene.station.current_ticket(number)
    closed = scene.reason_for("counter_not_open", {"counter": number, "state": counter.state})
    not_working = closed if counter.state == "closed" else ""
    coming = coming_profile(scene.station, number)
    may = groups_in_words(scene, certified(scene.station, counter.officer)) if counter.officer else ""
    soon = _quarter_after(scene.now)
    rows = [
        Row("profile", words("hall.menu.profile"), groups_in_words(scene, coming), blocked=not_working),
        Row("pause", words("action.pause_counter"), command=c.PauseCounter(counter=number, reason="break")),
        Row("close", words("action.close_counter"), command=c.CloseCounter(counter=number)),
        Row("break", words("hall.menu.break"), command=c.PlanBreak(counter=number, at=soon, minutes=15)),
        Row("skills", words("hall.menu.skills"), may, blocked=not_working),
    ]
    if ticket is not None:
        rows.append(Row("settle", words("hall.menu.settle", number=ticket.number)))
    if number in scene.station.help:
        rows.append(Row("answer", words("hall.menu.answer"), command=c.AnswerHelp(counter=number)))
    rows += [
        Row(
            f"cancel_break:{planned.start.isoformat()}",
            words("hall.menu.cancel_break", span=f"{planned.start:%H:%M}-{planned.until:%H:%M}"),
            command=c.CancelBreak(counter=number, at=planned.start),
        )
        for planned in scene.station.breaks.get(number, ())
        if planned.until > scene.now
    ]
    return rows


def group_rows(scene: Scene, group: str) -> list[Row]:
    """The counters that can be given a queue group or have it taken off them."""
    words = scene.words
    rows: list[Row] = []
    for counter in scene.station.counters.values():
        groups = coming_profile(scene.station, counter.number)
        draws = group in groups
        label = words("hall.menu.take_off" if draws else "hall.menu.give", counter=counter.number)
        rows.append(
            Row(
                counter.number,
                label,
                groups_in_words(scene, groups),
                c.ApplyPlan(profiles={counter.number: toggled(scene, groups, group)}),
            )
        )
    return rows


def toggled(scene: Scene, groups: tuple[str, ...], group: str) -> tuple[str, ...]:
    """A work profile with a group more or less, in the order of the station."""
    wanted = set(groups) ^ {group}
    return tuple(known for known in scene.station.groups if known in wanted)


def profile_menu(scene: Scene, counter: Counter, chosen: frozenset[str], *, skills: bool = False) -> ChooserView:
    """Which groups a counter draws from, or its officer may serve: chosen one by one, then done.

    chosen: so far. skills: whether it is about the officer.
    """
    words = scene.words
    may = set(scene.station.groups) if skills else set(certified(scene.station, counter.officer))
    rows = [Row("done", words("menu.done"), blocked="" if chosen else words("refused.profile_empty"))]
    rows += [
        Row(
            group,
            ("[x] " if group in chosen else "[ ] ") + scene.group_name(group),
            blocked="" if group in may or group in chosen else scene.reason_for("not_certified", {"group": group}),
        )
        for group in scene.station.groups
    ]
    key = "skills" if skills else "profile"
    prompt = words(f"hall.menu.which_{key}", counter=counter.number, officer=counter.officer)
    return menu(scene, f"{key}:{counter.number}", words(f"hall.menu.{key}"), prompt, rows)


def break_menu(scene: Scene, counter: Counter) -> ChooserView:
    """When a planned pause begins."""
    first = _quarter_after(scene.now)
    starts = [first + at * QUARTER for at in range(BREAK_STARTS)]
    rows = [Row(start.isoformat(), f"{start:%H:%M}") for start in starts if start.date() == scene.today]
    prompt = scene.words("hall.menu.break_when", counter=counter.number)
    return menu(scene, f"break:{counter.number}", scene.words("hall.menu.break"), prompt, rows)


def break_length_menu(scene: Scene, counter: Counter, start: datetime) -> ChooserView:
    """How long a planned pause lasts."""
    rows = [Row(str(minutes), scene.words("hall.menu.minutes", minutes=minutes)) for minutes in BREAK_MINUTES]
    prompt = scene.words("hall.menu.break_long", counter=counter.number, time=f"{start:%H:%M}")
    return menu(scene, f"break_long:{counter.number}", scene.words("hall.menu.break"), prompt, rows)


def _quarter_after(now: datetime) -> datetime:
    begun = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    return begun if begun == now else begun + QUARTER
