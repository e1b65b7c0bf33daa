"""What shift leaders are asked for, in words: at the counter that asked, and for the leader who answers."""

from __future__ import annotations

import re
from typing import NamedTuple

from counterdesk.quiet import quiet
from counterdesk.screens.views.handoffs import item_name
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.model import Case, Request, RequestKind
from counterdesk.widgets.values import Cell, Line, Style

REQUEST = "request"
LONG_ASKED = 5
"""Minutes from which on a question that nobody answers is pointed out: a citizen stands there meanwhile."""
_PLACE = re.compile(r"\{\w+\}")


@quiet
class Asked(NamedTuple):
    """An open question, with the case that it is about."""

    case: Case
    request: Request


def open_requests(scene: Scene) -> list[Asked]:
    """The questions that nobody answered yet, the oldest first."""
    found = [Asked(case, request) for case in scene.station.cases.values() for request in case.asked]
    return sorted(found, key=lambda asked: (asked.request.at, asked.case.id, asked.request.item))


def minutes_asked(scene: Scene, request: Request) -> int:
    """Whole minutes since it was asked."""
    return max(0, int((scene.now - request.at).total_seconds() // 60))


def code_in_words(scene: Scene, table: str, code: str) -> str:
    """A reason code of a table, as it stands where these words do not know it."""
    key = f"reason.{table}.{code}"
    return scene.words(key) if scene.words.has(key) else code


def reason_in_words(scene: Scene, request: Request) -> str:
    """Why the officer asks."""
    return code_in_words(scene, request.what, request.reason)


def subject(scene: Scene, case: Case, what: RequestKind, item: str) -> str:
    """What is asked about: the sentence of a prompt, the name of a paper.

    The places of a sentence stay empty: they may hold what a citizen said, and whoever answers needs the rule.
    """
    if what == "deferral":
        return item_name(scene, case, item)
    try:
        own = scene.index.service(case.service).prompts
    except KeyError:
        return item
    prompt = next((one for one in (*own, *scene.index.catalog.prompts) if one.id == item), None)
    return _PLACE.sub("…", scene.pick(prompt.text)) if prompt is not None else item


def about(scene: Scene, case: Case, what: RequestKind, item: str) -> str:
    """What is asked for: what becomes of the prompt or the paper."""
    return scene.words(f"request.about.{what}", text=subject(scene, case, what, item))


def title(scene: Scene, asked: Asked) -> str:
    """Which counter asks about whom: a number and a service, never a name."""
    case = asked.case
    ticket = scene.station.tickets.get(case.ticket)
    counter = ticket.counter if ticket is not None and ticket.counter else case.counter
    number = ticket.number if ticket is not None else case.number
    return scene.words("request.title", counter=counter, number=number, service=scene.service_name(case.service))


def waits_here(scene: Scene, what: RequestKind, item: str) -> bool:
    """Whether the question is still on its way to the station."""
    return any(
        isinstance(pending.command, c.RequestApproval)
        and (pending.command.case, pending.command.what, pending.command.item) == (scene.case, what, item)
        for pending in scene.desk.pending
    )


def standing(scene: Scene, what: RequestKind, item: str) -> tuple[str, Style]:
    """How it stands with a question of the case in the panel; ("", "") where there is nothing to say."""
    words, case = scene.words, scene.open_case
    request = case.request(what, item) if case is not None else None
    if waits_here(scene, what, item):
        return words("request.unsent"), "warn"
    if request is None:
        file = scene.file
        allowed = what == "deferral" and case is not None and item in case.deferred
        # Nobody was here when the answer came.
        unmarked = allowed and file is not None and file.materials.get(item) in (None, "missing")
        return (words("request.allowed"), "ok") if unmarked else ("", "")
    if request.refused:
        return words("request.refused", reason=code_in_words(scene, "refuse_request", request.refused)), "block"
    minutes = minutes_asked(scene, request)
    return words("request.waiting", reason=reason_in_words(scene, request), minutes=minutes), "accent"


def request_lines(scene: Scene) -> list[Line]:
    """The open questions for the leader's screen: who asks since when, and for what."""
    lines: list[Line] = []
    for asked in open_requests(scene):
        case, request = asked
        minutes = minutes_asked(scene, request)
        style: Style = "block" if minutes >= LONG_ASKED else "warn"
        since = scene.words("queue.minutes", minutes=minutes)
        text = "   " + about(scene, case, request.what, request.item)
        lines += [
            Line(
                (
                    Cell(f"?? {title(scene, asked)}", style),
                    Cell(f" {since}", style),
                    Cell(f" {reason_in_words(scene, request)}", "", -1),
                ),
                id=f"{REQUEST}:{request_id(asked)}",
            ),
            Line((Cell(text, "dim", -1),)),
        ]
    return lines


def request_id(asked: Asked) -> str:
    """An open question by one name, for the id of its line."""
    return f"{asked.case.id}:{asked.request.what}:{asked.request.item}"


def request_of(scene: Scene, identifier: str) -> Asked | None:
    """The open question with this name, None if it is over."""
    return next((asked for asked in open_requests(scene) if request_id(asked) == identifier), None)
