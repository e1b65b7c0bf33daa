"""The actions at the entrance: one table that the keys, the key bar and the help read. Each stands on the key of the
action at the counter that it is like, wherever the settings put that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from counterdesk.screens.actions import key_name
from counterdesk.screens.views.guide import Entrance, offer_blocked, precheck_blocked
from counterdesk.screens.views.key_help import help_lines, help_section
from counterdesk.station import commands as c
from counterdesk.widgets.values import KeyHint, PanelView


@dataclass(frozen=True, slots=True)
class GuideAction:
    """Something that a guide can do.

    id: in the words `guide.action.<id>` and `guide.help.<id>`. like: the action at the counter whose key it has.
    blocked: why it can't be done now, in words, or "".
    """

    id: str
    like: str
    blocked: Callable[[Entrance], str] = lambda at: ""


def _offline(at: Entrance) -> str:
    return "" if at.online else at.scene.words("guide.blocked.offline")


def _check_in(at: Entrance) -> str:
    if reason := _offline(at):
        return reason
    booked = any(not a.ticket and a.at.date() == at.scene.today for a in at.scene.station.appointments.values())
    return "" if booked else at.scene.words("guide.no_appointment")


def _precheck(at: Entrance) -> str:
    if at.draft.service and not at.chosen:
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
    GuideAction("help", "help"),
    GuideAction("new", "call_next"),
    GuideAction("check_in", "start", _check_in),
    GuideAction("precheck", "hold", _precheck),
    GuideAction("offer", "transfer", _offer),
    GuideAction("reprint", "next_question", _reprint),
    GuideAction("switch_panel", "switch_panel"),
    GuideAction("undo", "undo", undo_blocked),
    GuideAction("lock", "lock"),
    GuideAction("quit", "quit"),
)
BY_ID: dict[str, GuideAction] = {action.id: action for action in GUIDE_ACTIONS}


def guide_hints(at: Entrance, keys: Mapping[str, str]) -> tuple[KeyHint, ...]:
    """The key bar of the entrance."""
    words = at.scene.words
    return tuple(
        KeyHint(key_name(keys[action.like]), words(f"guide.action.{action.id}"), not action.blocked(at))
        for action in GUIDE_ACTIONS
    )


def guide_help(at: Entrance, keys: Mapping[str, str], width: int) -> PanelView:
    """What each key does now and why not, and how a number is given in three keys."""
    words, inner = at.scene.words, max(width - 4, 20)
    lines = help_section(words, "help.now")
    for action in GUIDE_ACTIONS:
        label, explained = words(f"guide.action.{action.id}"), words(f"guide.help.{action.id}")
        lines += help_lines(words, key_name(keys[action.like]), label, explained, action.blocked(at), inner)
    how = ("keys", "typing", "papers", "offers", "estimate", "offline")
    lines += help_section(words, "guide.how_title", *(f"guide.how.{name}" for name in how), inner=inner)
    return PanelView(title=words("help.title"), lines=tuple(lines), note=words("help.leave"))
