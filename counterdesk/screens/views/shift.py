"""What one shift leaves to the next: what is still open at this counter, and the note of who was here before."""

from __future__ import annotations

from collections.abc import Iterable

from counterdesk.screens.views.handoffs import needs_counter
from counterdesk.screens.views.queue import held_here
from counterdesk.screens.views.scene import Scene
from counterdesk.station.exchange import ShiftNote
from counterdesk.station.model import TIMEZONE
from counterdesk.text import wrap
from counterdesk.widgets.values import Cell, Line

NOTE = "note"
"""The id of the line that takes the note away."""
NAMED = 4
"""So many numbers are named; the rest is a count."""
_NOT_SENT = frozenset({"unsaved", "saving", "here", "conflict", "refused"})


def unsent(scene: Scene) -> int:
    """How many things on this terminal the station has not got: commands, cases, texts."""
    desk = scene.desk
    texts = {case for case, status in desk.file_status.items() if status in _NOT_SENT}
    waiting = texts if desk.link.status != "online" else texts & desk.local.keys()
    return len(desk.pending) + len(desk.dead) + len(waiting | desk.local.keys())


def kept_here(scene: Scene) -> bool:
    """Whether what is not sent stays on this terminal, encrypted, when its officer goes."""
    return scene.desk.journal.status in ("keyring", "memory")


def left_open(scene: Scene) -> list[str]:
    """What this officer leaves behind, a line for each kind; one line in words where there is nothing."""
    words, station = scene.words, scene.station
    officer = scene.actor.id if scene.actor is not None else ""
    own = [case for case in station.cases.values() if case.officer == officer]
    drafts = [case for case in own if case.status == "draft"]
    received = [case for case in own if case.status == "received"]
    others = [case for case in station.cases.values() if needs_counter(case) and case not in received]
    kinds = (
        ("held", [ticket.number for ticket in held_here(scene)]),
        ("drafts", [f"{station.tickets[case.ticket].number}" for case in drafts if case.ticket in station.tickets]),
        ("received", [case.number for case in received]),
        ("waiting", [case.number for case in others]),
    )
    lines = [words(f"shift.{kind}", count=len(found), numbers=_named(found)) for kind, found in kinds if found]
    if count := unsent(scene):
        lines.append(words("shift.unsent" if kept_here(scene) else "shift.unsent_lost", count=count))
    return lines or [words("shift.nothing")]


def _named(numbers: Iterable[str]) -> str:
    named = sorted(numbers)
    return " ".join(named[:NAMED]) + (" …" if len(named) > NAMED else "")


def note_lines(scene: Scene, width: int) -> list[Line]:
    """The note that lies at this counter, for a panel of `width` cells, frame included; [] if there is none."""
    note = scene.desk.note
    if note is None:
        return []
    words, inner = scene.words, max(width - 4, 20)
    return [
        Line((Cell(who_and_when(scene, note), "title", -1),)),
        *(Line((Cell(row, "", -1),)) for row in wrap(note.text, inner)),
        Line((Cell(words("shift.take"), "accent", -1),), id=NOTE),
        Line((Cell("", "", -1),)),
    ]


def who_and_when(scene: Scene, note: ShiftNote) -> str:
    """Whose note it is."""
    return scene.words("shift.note", officer=note.author, time=f"{note.at.astimezone(TIMEZONE):%m-%d %H:%M}")
