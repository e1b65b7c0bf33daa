"""The ticket slip: the number, how long it will take, what to bring. It names no person and promises nothing."""

from __future__ import annotations

from counterdesk.screens.views.guide import Draft, Entrance, draft_ways, expected_of, papers, wait_text, where_text
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.sheet import Paper, PaperLine
from counterdesk.station.model import Ticket

SLIP_WIDTH = 40
"""Cells of a printed line: what a roll of 80 mm holds."""


def slip_paper(at: Entrance, ticket: Ticket, draft: Draft) -> Paper:
    """The slip of a ticket. draft: what is known of it, marks of the pre-check among it."""
    scene, words = at.scene, at.scene.words
    service = scene.service_name(draft.service) if draft.service else ""
    lines = [PaperLine(f"{scene.group_name(ticket.group)} {service}".strip(), "strong")]
    if ticket.booked_for is not None:
        lines.append(PaperLine(words("slip.booked", time=f"{ticket.booked_for:%H:%M}")))
    if ticket.priority:
        lines.append(PaperLine(words("idle.priority", reason=words(f"priority.{ticket.priority}"))))
    if ticket.state == "waiting" and at.online:  # no promise by what was known before the line broke
        expected = expected_of(at, draft)
        lines.append(PaperLine(words("slip.expect", wait=wait_text(scene, expected))))
        if where := where_text(scene, expected):
            lines.append(PaperLine(words("slip.where", counters=where)))
    lines += _bring(scene, draft)
    others = [scene.pick(way.channel.name) for way in draft_ways(scene, draft) if way.possible]
    if others:
        lines += [PaperLine(), PaperLine(words("slip.also", channels=words.listed(others)))]
    lines += [PaperLine(), PaperLine(words("slip.small"), "dim")]
    lines.append(PaperLine(f"{scene.station.name} {ticket.issued_at:%Y-%m-%d %H:%M}", "dim"))
    title = words("slip.title", number=ticket.number)
    return Paper("slip", title, f"{ticket.number}-{ticket.issued_at:%H%M}", tuple(lines))


def _bring(scene: Scene, draft: Draft) -> list[PaperLine]:
    """What was found missing, what is still to be looked at; without a pre-check what is asked for in any case."""
    words = scene.words
    known = papers(scene, draft)
    by_mark: dict[str, list[str]] = {"missing": [], "unsure": [], "have": [], "": []}
    for material in known:
        mark = draft.marks.get(material.use.code, "")
        certain = material.needed is True and material.use.necessity == "required"
        if mark or certain:
            by_mark[mark].append(scene.pick(material.material.name))
    lines: list[PaperLine] = []
    shown = [("slip.bring", by_mark[""])]
    if draft.marks:
        shown = [("slip.missing", by_mark["missing"]), ("slip.unsure", by_mark["unsure"] + by_mark[""])]
    for key, names in shown:
        if names:
            lines += [PaperLine(), PaperLine(words(key), "title"), *(PaperLine(f"- {name}") for name in names)]
    if draft.marks and not by_mark["missing"]:
        lines += [PaperLine(), PaperLine(words("slip.complete"), "ok")]
    return lines
