"""What a leader does about a line of his screen: he is asked, and the command goes to the station."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from counterdesk.screens import hall_menus as m
from counterdesk.screens import questions as q
from counterdesk.screens.hall_planning import BY_HAND
from counterdesk.screens.settling import settle
from counterdesk.screens.views.hall import COUNTER, GROUP, HELP, TICKET
from counterdesk.screens.views.hall_aside import APPOINTMENT
from counterdesk.screens.views.hall_cases import CASE
from counterdesk.screens.views.hall_plan import EDIT, PLAN
from counterdesk.screens.views.hall_risk import Risk
from counterdesk.screens.views.hall_whatif import WHATIF
from counterdesk.screens.views.requests import REQUEST, request_of
from counterdesk.screens.views.requests import title as request_title
from counterdesk.screens.views.scene import Scene
from counterdesk.station import commands as c
from counterdesk.station.model import Case, Counter, PlanReason, Ticket
from counterdesk.station.profiles import coming_profile
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.screens.hall import HallScreen

ASKED = PlanReason(code="fixed_time")


class HallActs:
    """The leader's hand on the hall."""

    def __init__(self, screen: HallScreen) -> None:
        self._screen = screen

    def submit(self, command: c.AnyCommand) -> None:
        """Give a command to the desk. Nobody leads a hall that he does not see: without a line nothing is noted."""
        screen = self._screen
        if screen.desk.state.link.status != "online":
            screen.say(screen.words("blocked.offline"), "warn")
        elif any(pending.command == command for pending in screen.desk.state.pending):
            screen.say(screen.words("say.unsent"), "warn")
        else:
            screen.desk.call(lambda desk: desk.submit(command))

    def choose(self, scene: Scene, line: str, risks: Mapping[str, Risk]) -> None:
        """Enter on a line. risks: by ticket."""
        kind, _, of = line.partition(":")
        station = scene.station
        if kind == HELP and of in station.counters:
            self._ask_help(scene, of)
        elif kind == REQUEST:
            self._ask_request(scene, of)
        elif kind == COUNTER and of in station.counters:
            self._ask_counter(scene, station.counters[of])
        elif kind == GROUP and of in station.groups:
            self._ask_group(scene, of)
        elif kind == TICKET and of in station.tickets:
            self.ask_ticket(scene, station.tickets[of], risks.get(of))
        elif kind == APPOINTMENT:
            self._ask_appointment(scene, of)
        elif kind == WHATIF:
            self._screen.trying.choose(scene, of)
        elif kind == PLAN:
            self._choose_plan(scene, of)
        elif kind == CASE and of in station.cases:
            self._ask_case(scene, station.cases[of])

    # Calls for help.

    def _ask_help(self, scene: Scene, counter: str) -> None:
        words = scene.words
        command = c.AnswerHelp(counter=counter)
        rows = [
            m.Row("answer", words("hall.menu.answer"), command=command),
            m.Row("no", words("menu.back")),
        ]
        view = m.menu(scene, f"help:{counter}", words("hall.help", counter=counter), words("hall.menu.help"), rows)
        self._screen.ask(q.Question(view, lambda choice: self.submit(command) if choice == "answer" else None))

    # Questions from the counters.

    def _ask_request(self, scene: Scene, of: str) -> None:
        """Yes or no to what an officer asks for, each with its reason."""
        asked = request_of(scene, of)
        if asked is None:
            self._screen.say(scene.words("refused.no_request"), "warn")
            return
        rows = m.request_rows(scene, asked)
        commands = {row.id: row.command for row in rows}

        def then(choice: str) -> None:
            if (command := commands[choice]) is not None:
                self.submit(command)

        view = m.menu(scene, f"request:{of}", request_title(scene, asked), m.request_prompt(scene, asked), rows)
        self._screen.ask(q.Question(view, then))

    # Tickets.

    def ask_ticket(self, scene: Scene, ticket: Ticket, risk: Risk | None) -> None:
        """What becomes of a ticket, wherever it is."""
        if ticket.state in ("called", "serving"):
            settle(self._screen, self.submit, scene, ticket)
            return
        rows = m.ticket_rows(scene, ticket, risk)
        commands = {row.id: row.command for row in rows}

        def then(choice: str) -> None:
            command = commands[choice]
            if command is not None:
                self.submit(command)

        title = m.ticket_title(scene, ticket)
        view = m.menu(scene, f"ticket:{ticket.id}", title, scene.words(f"ticket.state.{ticket.state}"), rows)
        self._screen.ask(q.Question(view, then))

    def _ask_appointment(self, scene: Scene, appointment: str) -> None:
        booked = scene.station.appointments.get(appointment)
        if booked is None:
            return
        words, command = scene.words, c.CheckIn(appointment=appointment)
        title = f"{words('hall.aside.booked')} {booked.at:%H:%M} {scene.group_name(booked.group)}"
        rows = [m.Row("here", words("hall.menu.here"), command=command), m.Row("no", words("menu.back"))]
        view = m.menu(scene, f"appointment:{appointment}", title, words("hall.menu.appointment"), rows)
        self._screen.ask(q.Question(view, lambda choice: self.submit(command) if choice == "here" else None))

    # Counters and groups.

    def _ask_counter(self, scene: Scene, counter: Counter) -> None:
        rows = m.counter_rows(scene, counter)
        commands = {row.id: row.command for row in rows if row.id == "answer" or ":" in row.id}

        def then(choice: str) -> None:
            now = self._screen.scene()
            if (command := commands.get(choice)) is not None:
                self.submit(command)
            elif choice == "settle" and (ticket := now.station.current_ticket(counter.number)) is not None:
                settle(self._screen, self.submit, now, ticket)
            elif choice == "profile":
                self._ask_groups(now, counter, frozenset(coming_profile(now.station, counter.number)))
            elif choice == "skills":
                known = now.station.skills.get(counter.officer, tuple(now.station.groups))
                self._ask_groups(now, counter, frozenset(known), skills=True)
            elif choice == "pause":
                self._ask_pause(now, counter)
            elif choice == "close":
                self._ask_close(now, counter)
            elif choice == "break":
                self._ask_break(now, counter)

        words = scene.words
        title = words("status.counter", counter=counter.number)
        prompt = words(f"counter.state.{counter.state}")
        self._screen.ask(q.Question(m.menu(scene, f"counter:{counter.number}", title, prompt, rows), then))

    def _ask_pause(self, scene: Scene, counter: Counter) -> None:
        words = scene.words
        view = q.code_question(scene, "pause", words("action.pause_counter"), words("menu.pause"), "pause")

        def then(reason: str) -> None:
            self.submit(c.PauseCounter(counter=counter.number, reason=reason))  # type: ignore[arg-type]

        self._screen.ask(q.Question(view, then))

    def _ask_close(self, scene: Scene, counter: Counter) -> None:
        """A stray digit closes nothing: from here no counter is opened."""
        words, number = scene.words, counter.number
        prompt = words("hall.menu.close", counter=number, officer=counter.officer)
        view = q.yes_no(scene, f"close:{number}", words("action.close_counter"), prompt)
        command = c.CloseCounter(counter=number)
        self._screen.ask(q.Question(view, lambda answer: self.submit(command) if answer == "yes" else None))

    def _ask_break(self, scene: Scene, counter: Counter) -> None:
        def begins(choice: str) -> None:
            start = datetime.fromisoformat(choice)

            def lasts(minutes: str) -> None:
                self.submit(c.PlanBreak(counter=counter.number, at=start, minutes=int(minutes)))

            view = m.break_length_menu(self._screen.scene(), counter, start)
            self._screen.ask(q.Question(view, lasts))

        self._screen.ask(q.Question(m.break_menu(scene, counter), begins))

    def _ask_groups(self, scene: Scene, counter: Counter, chosen: frozenset[str], *, skills: bool = False) -> None:
        """Groups one by one, until it is done. A profile is announced like any plan."""

        def then(choice: str) -> None:
            now = self._screen.scene()
            if choice != "done":
                self._ask_groups(now, counter, chosen ^ {choice}, skills=skills)
                return
            groups = tuple(group for group in now.station.groups if group in chosen)
            if skills:
                everything = len(groups) == len(now.station.groups)
                self.submit(c.SetSkills(officer=counter.officer, groups=() if everything else groups))
            else:
                self.submit(c.ApplyPlan(profiles={counter.number: groups}, because=BY_HAND))

        self._ask_about(m.profile_menu(scene, counter, chosen, skills=skills), then)

    def _ask_group(self, scene: Scene, group: str) -> None:
        rows = m.group_rows(scene, group)

        def then(number: str) -> None:
            now = self._screen.scene()
            groups = m.toggled(now, coming_profile(now.station, number), group)
            self.submit(c.ApplyPlan(profiles={number: groups}, because=BY_HAND))

        words = scene.words
        view = m.menu(scene, f"group:{group}", scene.group_name(group), words("hall.menu.group"), rows)
        self._screen.ask(q.Question(view, then))

    # Plans.

    def _choose_plan(self, scene: Scene, what: str) -> None:
        """Enter on a line about plans."""
        if what == "apply":
            self._screen.do("apply_plan")
        elif what == "look":
            self.look(scene)
        elif what == "automatic":
            self.switch(scene)
        elif what == "cancel":
            self._ask_cancel(scene)
        elif what.startswith(EDIT) and (counter := scene.station.counters.get(what.removeprefix(EDIT))) is not None:
            wanted = self._screen.planning.suggestion.profiles.get(counter.number, ())
            self._ask_edit(scene, counter, frozenset(wanted))

    def look(self, scene: Scene) -> None:
        """Let a plan be looked for now."""
        self._screen.planning.search(scene, ASKED)
        self._screen.present()

    def switch(self, scene: Scene) -> None:
        """Let the planner apply plans by itself, or no longer."""
        self.submit(c.SwitchPlanning(automatic=not scene.station.automatic))

    def _ask_cancel(self, scene: Scene) -> None:
        words = scene.words
        view = q.yes_no(scene, "cancel_plan", words("command.CancelPlan"), words("hall.menu.cancel_plan"))

        def then(answer: str) -> None:
            if answer == "yes":
                self.submit(c.CancelPlan())
                self._screen.planning.given_up()

        self._screen.ask(q.Question(view, then))

    def _ask_edit(self, scene: Scene, counter: Counter, chosen: frozenset[str]) -> None:
        """Other groups for one counter of the proposal; nothing is ordered yet."""

        def then(choice: str) -> None:
            now = self._screen.scene()
            if choice == "done":
                groups = tuple(group for group in now.station.groups if group in chosen)
                self._screen.planning.edit(counter.number, groups)
            else:
                self._ask_edit(now, counter, chosen ^ {choice})

        self._ask_about(m.profile_menu(scene, counter, chosen), then)

    def _ask_about(self, view: ChooserView, then: Callable[[str], None]) -> None:
        """Ask, and begin on the choice that was taken last."""
        at = self._screen.chooser.highlighted
        self._screen.ask(q.Question(view, then), at=at.id if at is not None else "")

    # Cases.

    def _ask_case(self, scene: Scene, case: Case) -> None:
        words = scene.words
        rows = [
            m.Row("hand_over", words("command.HandOverCase"), command=c.HandOverCase(case=case.id)),
            m.Row("lapse", words("command.LapseCase"), command=c.LapseCase(case=case.id)),
            m.Row("withdraw", words("command.WithdrawCase"), command=c.WithdrawCase(case=case.id)),
        ]
        commands = {row.id: row.command for row in rows}
        title = f"{words('menu.case', number=case.number)} {scene.service_name(case.service)}"

        def sure(choice: str) -> None:
            command = commands[choice]
            assert command is not None
            if choice == "hand_over":
                self.submit(command)
                return
            ask = q.yes_no(self._screen.scene(), "sure", title, words("hall.menu.sure", action=words(_name(command))))
            self._screen.ask(q.Question(ask, lambda answer: self.submit(command) if answer == "yes" else None))

        view = m.menu(scene, f"case:{case.id}", title, words(f"case.status.{case.status}"), rows)
        self._screen.ask(q.Question(view, sure))


def _name(command: c.AnyCommand) -> str:
    return f"command.{type(command).__name__}"
