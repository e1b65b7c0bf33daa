"""What a guide does: numbers, appointments, papers before the wait, and offers of where nobody need wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from counterdesk.desk.printer import Printer
from counterdesk.desk.state import Notice
from counterdesk.quiet import quiet
from counterdesk.screens.questions import Question, numbered
from counterdesk.screens.views import guide as g
from counterdesk.screens.views.guide import Draft, Entrance, draft_of, draft_ways, expected_text, papers
from counterdesk.screens.views.precheck import marks_text
from counterdesk.screens.views.queue import what
from counterdesk.screens.views.sheet import Paper, paper_text
from counterdesk.screens.views.slip import SLIP_WIDTH, slip_paper
from counterdesk.screens.views.ways import VARIANT, way_question
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.model import PrecheckMark, PriorityReason, Ticket
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.guide import GuideScreen

_ELSEWHERE = ("new", "check_in", "offer", "undo")
"""Actions that lead away from the papers."""
LATE = timedelta(seconds=60)
"""After so long without an answer the citizen was told something else: his number is not printed by itself any more."""


@quiet
@dataclass(frozen=True, slots=True)
class UnderWay:
    """A number that the station was asked for."""

    command: c.AnyCommand
    draft: Draft
    since: datetime


class GuideActs:
    """The guide's hand on his screen.

    draft: what is about to be given out. last: the ticket given out here last. under_way: what was asked for and has no
    answer yet: one number at a time, so that nobody gets another one's.
    """

    def __init__(self, screen: GuideScreen, printer: Printer) -> None:
        self._screen = screen
        self._printer = printer
        self._printing = False
        self._known: Draft | None = None
        self.draft = Draft()
        self.last = ""
        self.under_way: UnderWay | None = None
        self.prechecking = False
        self.serial = 0

    def forget(self) -> None:
        """Somebody else may come: nothing of what was being done stays."""
        self.draft, self.last, self.under_way, self.prechecking = Draft(), "", None, False
        self._known = None

    def known_of(self, ticket: Ticket) -> Draft:
        """What is known of a ticket: what was just given out with it, else what the station has."""
        known = self._known
        return known if known is not None and known.ticket == ticket.id else draft_of(ticket)

    def do(self, action: str, at: Entrance) -> None:
        """Carry out an action that is not blocked. What was seen of the papers of a ticket is kept first."""
        if self.prechecking and action in _ELSEWHERE:
            self._keep_marks()
        getattr(self, f"_do_{action}")(at)

    # The way through the questions.

    def home(self) -> None:
        """The next citizen."""
        self.draft, self.prechecking = Draft(), False
        screen = self._screen
        again = self._again(g.home_question)
        screen.ask(Question(again(""), self._picked, again=again))

    def _again(self, view: Callable[[Entrance, str], ChooserView]) -> Callable[[str], ChooserView]:
        return lambda text: view(self._screen.entrance(), text)

    def back(self) -> None:
        """One level back."""
        draft = self.draft
        if self.prechecking:
            self.prechecking = False
            if draft.ticket:
                self.prechecked()
            else:
                self.confirm()
        else:
            self.home()

    def _picked(self, choice: str) -> None:
        kind, _, name = choice.partition(":")
        match kind:
            case "group":
                self._ask_group(name)
            case "service":
                self._take_service(name)
            case "ticket":
                self.ask_ticket(name)
            case "appointment":
                self._check_in(name)

    def _ask_group(self, group: str) -> None:
        again = self._again(lambda at, text: g.group_question(at, group, text))

        def then(choice: str) -> None:
            if choice == g.NO_SERVICE:
                self.draft = replace(self.draft, group=group, service="")
                self.confirm()
            else:
                self._take_service(choice.partition(":")[2])

        self._screen.ask(Question(again(""), then, again=again))

    def _take_service(self, service: str) -> None:
        group = self._screen.index.service(service).group
        if self.draft.ticket:  # somebody who has a number already says what he comes for
            self.draft = replace(self.draft, service=service, variant="", marks={})
            self._look_at_papers()
            return
        self.draft = Draft(group=group, service=service)
        self.confirm()

    def confirm(self) -> None:
        """What he is told, and what else can be done; Enter gives the number."""
        self.serial += 1
        serial = self.serial
        again = self._again(lambda at, text: g.confirm_question(at, serial))

        def then(choice: str) -> None:
            kind, _, channel = choice.partition(":")
            match kind:
                case "issue":
                    self._issue()
                case "priority" if self.draft.priority is not None:
                    self.draft = replace(self.draft, priority=None)
                    self.confirm()
                case "priority":
                    self._ask_priority()
                case "precheck":
                    self._look_at_papers()
                case "way":
                    self._ask_way(self.draft, channel, self.confirm)

        self._screen.ask(Question(again(""), then, again=again))

    def _ask_priority(self) -> None:
        def then(reason: str) -> None:
            self.draft = replace(self.draft, priority=cast(PriorityReason, reason))
            self.confirm()

        self._screen.ask(Question(g.priority_question(self._screen.entrance()), then))

    # Numbers.

    def _issue(self) -> None:
        draft = self.draft
        command = c.IssueTicket(group=draft.group, service=draft.service, priority=draft.priority)
        self._ask_for(command, draft)

    def _check_in(self, appointment: str) -> None:
        booked = self._screen.scene().station.appointments.get(appointment)
        if booked is not None:
            self._ask_for(c.CheckIn(appointment=appointment), Draft(group=booked.group))

    def _ask_for(self, command: c.AnyCommand, draft: Draft) -> None:
        screen = self._screen
        if reason := g.issue_blocked(screen.entrance()):  # it may have gone while the question stood there
            screen.say(reason, "warn")
            return
        self.under_way = UnderWay(command, draft, screen.scene().now)
        screen.say(screen.words("guide.asking"))
        self._submit(command)
        self.home()

    def _submit(self, *commands: c.AnyCommand) -> None:
        for command in commands:
            self._screen.desk.call(lambda desk, command=command: desk.submit(command))  # type: ignore[misc]

    def heard(self, notice: Notice) -> None:
        """What became of what was asked for."""
        asked = self.under_way
        if asked is None or notice.command != asked.command or notice.kind not in ("done", "refused", "lost"):
            return
        self.under_way = None
        issued = next((one.event for one in notice.events if isinstance(one.event, e.TicketIssued)), None)
        if notice.kind == "done" and issued is not None:
            self._given(asked, issued.ticket)

    def _given(self, asked: UnderWay, ticket_id: str) -> None:
        screen, draft = self._screen, replace(asked.draft, ticket=ticket_id)
        self.last, self._known = ticket_id, draft
        if draft.marks:
            self._submit(_precheck(draft))
        self._submit(
            *(
                c.RecordOffer(ticket=ticket_id, service=draft.service, channel=channel, taken=False)
                for channel in draft.declined
            )
        )
        at = screen.entrance(anew=True)
        ticket = at.scene.station.tickets[ticket_id]
        late = at.scene.now - asked.since > LATE
        expect = expected_text(at.scene, at.expected.get(ticket_id))
        if late:
            screen.say(screen.words("guide.given_late", number=ticket.number), "warn")
            return
        screen.say(screen.words("guide.given", number=ticket.number, wait=expect), "ok")
        self._print(at, ticket)

    def _do_new(self, at: Entrance) -> None:
        self.home()

    def _do_undo(self, at: Entrance) -> None:
        """The number that was given out last is taken back: as if its holder had left."""
        last = at.scene.station.tickets[self.last]
        self._submit(c.TicketLeaves(ticket=last.id))
        self.last, self._known = "", None
        self._screen.say(at.scene.words("guide.taken_back", number=last.number))

    def _do_check_in(self, at: Entrance) -> None:
        again = self._again(g.appointments_question)
        self._screen.ask(Question(again(""), self._picked, again=again))

    # Papers.

    def _do_precheck(self, at: Entrance) -> None:
        if self.draft.service and not at.chosen:
            self._look_at_papers()
        elif at.ticket is not None:
            self._precheck_ticket(at.ticket)

    def _precheck_ticket(self, ticket: Ticket) -> None:
        self.draft = draft_of(ticket)
        if ticket.service:
            self._look_at_papers()
        else:
            self._ask_group(ticket.group)

    def _look_at_papers(self) -> None:
        self.serial += 1
        self.prechecking = True
        self._screen.set_focus(None)  # the keys go to the papers, also from the list

    def mark(self, key: str, text: str) -> None:
        """What was found for a paper, or the case group that decides which are asked for."""
        if key == VARIANT:
            self.draft = replace(self.draft, variant=text)
        elif text:
            self.draft = replace(self.draft, marks={**self.draft.marks, key: cast(PrecheckMark, text)})
        else:
            marks = {code: mark for code, mark in self.draft.marks.items() if code != key}
            self.draft = replace(self.draft, marks=marks)

    def prechecked(self) -> None:
        """The papers were gone through: back to the number, or to the station for a ticket that has one."""
        self._keep_marks()
        if self.draft.ticket:
            self.home()
        else:
            self.confirm()

    def _keep_marks(self) -> None:
        self.prechecking = False
        screen, draft = self._screen, self.draft
        asked_for = {material.use.code for material in papers(screen.scene(), draft)}
        draft = replace(draft, marks={code: mark for code, mark in draft.marks.items() if code in asked_for})
        self.draft = draft
        if draft.ticket and draft.marks:
            self._submit(_precheck(draft))
            screen.say(marks_text(screen.scene(), draft.marks), "ok")

    # Offers.

    def _do_offer(self, at: Entrance) -> None:
        if at.ticket is not None:
            self._offer_ticket(at.ticket)

    def _offer_ticket(self, ticket: Ticket) -> None:
        draft = draft_of(ticket)
        at = self._screen.entrance()
        rows = [g.way_row(at, draft, way) for way in draft_ways(at.scene, draft)]
        title = at.scene.words("menu.ticket", number=ticket.number, what=what(at.scene, ticket))
        view = ChooserView(f"ways:{ticket.id}", title, at.scene.words("guide.which_way"), numbered(rows))
        self._screen.ask(Question(view, lambda choice: self._ask_way(draft, choice.partition(":")[2], self.home)))

    def _ask_way(self, draft: Draft, channel: str, stays: Callable[[], None]) -> None:
        at = self._screen.entrance()
        way = next((way for way in draft_ways(at.scene, draft) if way.channel.id == channel), None)
        if way is None:
            stays()
            return

        def then(answer: str) -> None:
            self._answered(draft, channel, taken=answer == "taken")
            if answer == "taken":
                self._screen.say(at.scene.words("ways.went", channel=at.scene.pick(way.channel.name)), "ok")
                self.home()
            else:
                stays()

        saving = g.draft_saving(at, draft, way)
        view = way_question(at.scene, f"way:{draft.ticket}:{draft.service}:{channel}", draft.service, way, saving)
        self._screen.ask(Question(view, then))

    def _answered(self, draft: Draft, channel: str, *, taken: bool) -> None:
        """An offer is counted either way. Without a ticket, one that was declined is counted with the number that
        follows."""
        if not draft.ticket and not taken:
            self.draft = replace(draft, declined=(*(one for one in draft.declined if one != channel), channel))
            return
        self._submit(c.RecordOffer(ticket=draft.ticket, service=draft.service, channel=channel, taken=taken))
        if draft.ticket and taken:
            self._submit(c.TicketLeaves(ticket=draft.ticket))

    # A ticket of the list.

    def ask_ticket(self, ticket_id: str) -> None:
        """What to do for the holder of a number."""
        screen = self._screen
        ticket = screen.scene().station.tickets.get(ticket_id)
        if ticket is None:
            return
        again = self._again(lambda at, text: g.ticket_question(at, at.scene.station.tickets.get(ticket_id, ticket)))

        def then(choice: str) -> None:
            match choice:
                case "precheck":
                    self._precheck_ticket(ticket)
                case "offer":
                    self._offer_ticket(ticket)
                case "reprint":
                    self._print(screen.entrance(), ticket)
                    self.home()
                case "reinstate":
                    self._submit(c.Reinstate(ticket=ticket_id))
                    self.home()
                case "leaves":
                    self._submit(c.TicketLeaves(ticket=ticket_id))
                    self.home()

        screen.ask(Question(again(""), then, again=again))

    # The screen.

    def _do_switch_panel(self, at: Entrance) -> None:
        self._screen.switch_panel()

    def _do_lock(self, at: Entrance) -> None:
        self._screen.step_away("locked")

    def _do_quit(self, at: Entrance) -> None:
        self._screen.leave()

    def _do_reprint(self, at: Entrance) -> None:
        if at.ticket is not None:
            self._print(at, at.ticket)

    # Paper.

    def _print(self, at: Entrance, ticket: Ticket) -> None:
        paper = slip_paper(at, ticket, self.known_of(ticket))
        if self._printing:
            self._screen.say(at.scene.words("printing.running"), "warn")
            return
        self._printing = True
        self._screen.run_worker(self._off_the_screen(paper, ticket.number))

    async def _off_the_screen(self, paper: Paper, number: str) -> None:
        screen, words = self._screen, self._screen.words
        try:
            done = await asyncio.to_thread(self._printer.put, paper.name, paper_text(paper, SLIP_WIDTH))
        finally:
            self._printing = False
        match done.outcome:
            case "failed" | "slow":
                screen.say(words(f"guide.print_{done.outcome}", number=number, why=done.why), "block")
            case "saved":
                screen.say(words("guide.print_saved", number=number, path=done.where), "ok")


def _precheck(draft: Draft) -> c.PrecheckTicket:
    return c.PrecheckTicket(
        ticket=draft.ticket, service=draft.service, variant=draft.variant, materials=dict(draft.marks)
    )
