"""The actions at the entrance: one table that the keys, the key bar and the help read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from counterdesk.screens.actions import key_name
from counterdesk.screens.views.guide import Entrance, offer_blocked, precheck_blocked
from counterdesk.screens.views.key_help import help_lines, help_section
from counterdesk.station import commands as c
from counterdesk.widgets.values import KeyHint, PanelView


@dataclass(frozen=True, slots=True)
class GuideAction:
    """Something that a guide can do. id: in the words `guide.action.<id>` and `guide.help.<id>`. blocked: why it can't
    be done now, in words, or ""."""

    id: str
    key: str
    blocked: Callable[[Entrance], str] = lambda at: ""


def _offline(at: Entrance) -> str:
    return "" if at.online else at.scene.words("guide.blocked.offline")


def _check_in(at: Entrance) -> str:
    if reason := _offline(at):
        return reason
    booked = any(not a.ticket and a.at.date() == at.scene.today for a in at.scene.station.appointments.values())
    return "" if booked else at.scene.words("guide.no_appointment")


def _precheck(at: Entrance) -> str:
    if at.draft.service:
        return ""
    ticket = at.ticket
    return precheck_blocked(at, ticket) if ticket is not None else at.scene.words("guide.blocked.no_ticket")


def _offer(at: Entrance) -> str:
    ticket = at.ticket
    return offer_blocked(at, ticket) if ticket is not None else at.scene.words("guide.blocked.no_ticket")


def _reprint(at: Entrance) -> str:
    return "" if at.ticket is not None else at.scene.words("guide.blocked.no_ticket")


def undo_blocked(at: Entrance) -> str:
    """Why the ticket that was given out last can't be taken back, or ""."""
    words, last = at.scene.words, at.scene.station.tickets.get(at.last)
    if reason := _offline(at):
        return reason
    if last is None:
        return words("guide.blocked.nothing_given")
    if last.state != "waiting":
        return at.scene.reason_for("ticket_state", {"number": last.number, "state": last.state})
    refused = at.scene.refusal(c.TicketLeaves(ticket=last.id))
    return at.scene.reason(refused) if refused is not None else ""


GUIDE_ACTIONS: tuple[GuideAction, ...] = (
    GuideAction("help", "f1"),
    GuideAction("new", "f2"),
    GuideAction("check_in", "f3", _check_in),
    GuideAction("precheck", "f5", _precheck),
    GuideAction("offer", "f6", _offer),
    GuideAction("reprint", "f7", _reprint),
    GuideAction("switch_panel", "f8"),
    GuideAction("undo", "ctrl+z", undo_blocked),
    GuideAction("lock", "ctrl+l"),
    GuideAction("quit", "ctrl+q"),
)
BY_ID: dict[str, GuideAction] = {action.id: action for action in GUIDE_ACTIONS}


def guide_hints(at: Entrance) -> tuple[KeyHint, ...]:
    """The key bar of the entrance."""
    words = at.scene.words
    return tuple(
        KeyHint(key_name(action.key), words(f"guide.action.{action.id}"), not action.blocked(at))
        for action in GUIDE_ACTIONS
    )


def guide_help(at: Entrance, width: int) -> PanelView:
    """What each key does now and why not, and how a number is given in three keys."""
    words, inner = at.scene.words, max(width - 4, 20)
    lines = help_section(words, "help.now")
    for action in GUIDE_ACTIONS:
        label, explained = words(f"guide.action.{action.id}"), words(f"guide.help.{action.id}")
        lines += help_lines(words, key_name(action.key), label, explained, action.blocked(at), inner)
    how = ("keys", "typing", "papers", "offers", "estimate", "offline")
    lines += help_section(words, "guide.how_title", *(f"guide.how.{name}" for name in how), inner=inner)
    return PanelView(title=words("help.title"), lines=tuple(lines), note=words("help.leave"))
