"""The leader's screen: the whole hall in sections, each with its digit; Enter acts on the line under the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message

from counterdesk.desk.state import Changes
from counterdesk.screens.actions import BY_ID
from counterdesk.screens.asking import AskingScreen
from counterdesk.screens.hall_actions import HALL_ACTIONS, HALL_BY_ID, hall_choices, hall_hints
from counterdesk.screens.hall_acts import HallActs
from counterdesk.screens.hall_planning import Planning
from counterdesk.screens.hall_trying import Trying
from counterdesk.screens.questions import Question, action_question
from counterdesk.screens.settling import ask_unlock
from counterdesk.screens.views.bars import status_cells
from counterdesk.screens.views.hall import HELP, TICKET, counters_view, groups_view, line_id
from counterdesk.screens.views.hall_aside import aside_view
from counterdesk.screens.views.hall_cases import cases_view
from counterdesk.screens.views.hall_help import hall_help
from counterdesk.screens.views.hall_plan import by_whom, plan_view, predicted_waits
from counterdesk.screens.views.hall_risk import Risk, risk_view, risks
from counterdesk.screens.views.hall_whatif import whatif_view
from counterdesk.screens.views.requests import REQUEST, open_requests, request_id
from counterdesk.screens.views.requests import title as request_title
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.wanted import FiguresWanted
from counterdesk.screens.work import Workplace
from counterdesk.station.hall import Hall
from counterdesk.station.hall_view import expected_minutes, hall_of
from counterdesk.station.lease import lease_overdue
from counterdesk.station.model import Ticket
from counterdesk.station.profiles import announced
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.status_bar import StatusBar
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import Cell, Choice, PanelView, Style

SECTIONS = ("counters", "groups", "risk", "plan", "aside", "cases", "whatif")
"""In the order of their digits."""
ASIDE = ("aside", "cases")
"""What the last section takes the place of while it has the cursor."""
LEFT, RIGHT = SECTIONS[:3], SECTIONS[3:]
BARS = 4
"""Lines of a screen that are no section's: status, message, keys in two lines at most."""
LEAST_BENEATH = 6
"""Lines with which a section is worth to be shown below another."""
PROPOSED = "*"
"""What stands behind the plan's name while one waits for the leader's word."""


def _acted_on(view: PanelView) -> int:
    """How many lines of a section are about something."""
    return sum(bool(line.id) for line in view.lines)


class HallScreen(AskingScreen):
    """The hall of one station, for whoever leads the shift.

    section: the one that has the cursor. On a narrow terminal it is the only one in sight, but that who is about to be
    late stands below where there is room.
    """

    PANELS: ClassVar[str] = "#hall"
    OFFLINE: ClassVar[str] = "hall.offline"

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(BY_ID[action.like].key, f"do('{action.id}')", id=action.like, priority=True, show=False)
            for action in HALL_ACTIONS
            if action.like
        ),
        *(Binding(str(place), f"section({place})", show=False) for place in range(1, len(SECTIONS) + 1)),
        Binding("tab", "next_section(1)", show=False),
        Binding("shift+tab", "next_section(-1)", show=False),
        Binding("escape", "back", show=False),
    ]

    class Left(Message):
        """The leader goes back to his counter, or, to quit, through it."""

        def __init__(self, *, quitting: bool = False) -> None:
            super().__init__()
            self.quitting = quitting

    def __init__(self, place: Workplace, before: HallScreen | None = None) -> None:
        """before: this leader's screen when he last was there: it goes on where that was left."""
        super().__init__(place)
        self.section: str = before.section if before is not None else SECTIONS[0]
        self.help_shown = False
        self.planning: Planning = Planning(self, before.planning if before is not None else None)
        self.trying: Trying = Trying(self, before.trying if before is not None else None)
        self._acts = HallActs(self)
        self._risks: dict[str, Risk] = {}
        self._calls: frozenset[str] = frozenset()
        self._asked: frozenset[str] = frozenset()
        self._known_plan: tuple[object, ...] | None = None

    def compose_panels(self) -> ComposeResult:
        yield StatusBar(id="sections")
        with Container(id="hall"):
            for side, sections in (("left", LEFT), ("right", RIGHT)):
                with Container(id=f"hall-{side}"):
                    for section in sections:
                        yield LinePanel(id=section, keep=True)
                    yield Chooser(id=f"ask-{side}", classes="hidden")
                    yield TextView(id=f"help-{side}", classes="hidden")

    def on_mount(self) -> None:
        self.go_to(self.section)

    def on_unmount(self) -> None:
        self.planning.stop()

    def on_resize(self) -> None:
        self.query_one("#sections").set_class(not self.narrow, "hidden")

    def status(self, scene: Scene) -> tuple[Cell, ...]:
        """Never crowded: nothing of a counter has to be counted there."""
        return status_cells(scene, narrow=False)

    @property
    def chooser(self) -> Chooser:
        """It asks beside the section that it is about; on a narrow terminal in its place."""
        return self.query_one(f"#ask-{self._side_asking}", Chooser)

    @property
    def _side_asking(self) -> str:
        here, there = ("left", "right") if self.section in LEFT else ("right", "left")
        return here if self.narrow else there

    # What is known and shown.

    def changed(self, changes: Changes) -> None:
        """The desk has news: tell and show."""
        if not self.is_mounted:
            return
        scene = self.scene()
        for notice in changes.notices:
            self._tell(scene, notice)
        self._tell_requests(scene)
        self._tell_plan(scene)
        self._tell_help(scene)
        self._tell_link(scene)
        self.planning.mind(scene)
        self.present()

    def _tell_plan(self, scene: Scene) -> None:
        """That somebody else, or the planner, ordered a plan."""
        plan, own = announced(scene.station), scene.actor.id if scene.actor is not None else ""
        last = (plan.announced_at, plan.by, plan.profiles) if plan is not None else ()
        known, self._known_plan = self._known_plan, last
        if plan is not None and known is not None and last != known and plan.by != own:
            self.say(self.words("hall.plan.by_others", by=by_whom(scene, plan)), "warn")

    def _tell_help(self, scene: Scene) -> None:
        """A call for help is heard as well as seen, once."""
        calls = frozenset(scene.station.help)
        for counter in sorted(calls - self._calls):
            self.say(self.words("hall.help_now", counter=counter), "block")
            self.app.bell()
        self._calls = calls

    def _tell_requests(self, scene: Scene) -> None:
        """So is a question from a counter: a citizen stands there until it is answered."""
        asked = {request_id(one): one for one in open_requests(scene)}
        for name in [name for name in asked if name not in self._asked]:
            self.say(self.words("hall.asked_now", title=request_title(scene, asked[name])), "warn")
            self.app.bell()
        self._asked = frozenset(asked)

    def present(self) -> None:
        """Show the moment; every section repaints only what differs."""
        if not self.is_mounted:
            return
        scene = self.scene()
        hall = hall_of(scene.station, scene.now)
        found = risks(scene, hall)
        self._risks = {risk.ticket.id: risk for risk in found}
        views = self._views(scene, hall, found)
        for section, view in views.items():
            self.query_one(f"#{section}", LinePanel).show(view)
        self._arrange(views)
        if self.help_shown:
            help_panel = self.query_one(f"#help-{self._side_asking}", TextView)
            help_panel.show(hall_help(scene, self.keys, help_panel.size.width or 60))
        self.query_one("#sections", StatusBar).show(self._section_cells(scene, views, found), "")
        self.query_one(KeyBar).show(hall_hints(scene, self.keys, proposed=self.planning.command() is not None))
        self._show_status(scene)

    def _views(self, scene: Scene, hall: Hall, found: tuple[Risk, ...]) -> dict[str, PanelView]:
        usual = {group.id: group.minutes for group in hall.groups}

        def takes(ticket: Ticket) -> float:
            expected = expected_minutes(scene.station, ticket)
            return expected if expected is not None else usual[ticket.group]

        return {
            "counters": counters_view(scene, 1, takes, self.query_one("#counters").size.width or 60),
            "groups": groups_view(scene, 2, predicted_waits(self.planning.suggestion)),
            "risk": risk_view(scene, 3, found, self.query_one("#risk").size.width or 60),
            "plan": plan_view(scene, 4, self.planning.suggestion, self.query_one("#plan").size.width or 60),
            "aside": aside_view(scene, 5),
            "cases": cases_view(scene, 6),
            "whatif": whatif_view(scene, 7, self.trying.trial, self.query_one("#whatif").size.width or 60),
        }

    def _arrange(self, views: Mapping[str, PanelView]) -> None:
        """Which panels are in sight, and how high the short ones are."""
        asking = self._side_asking if self.question is not None or self.help_shown else ""
        beneath = self._beneath(views)
        for side, sections in (("left", LEFT), ("right", RIGHT)):
            aside = side == asking
            self.query_one(f"#hall-{side}").set_class(self.narrow and self.section not in sections, "hidden")
            for section in sections:
                covered = section in ASIDE if self.section == "whatif" else section == "whatif"
                seen = section in (self.section, beneath)
                hidden = aside or (not seen if self.narrow else covered)
                self.query_one(f"#{section}").set_class(hidden, "hidden")
            self.query_one(f"#ask-{side}").set_class(not (aside and self.question is not None), "hidden")
            self.query_one(f"#help-{side}").set_class(not (aside and self.question is None), "hidden")
        room, most = self.size.height, max(self.size.height // 3, 6)
        below = len(views["whatif"].lines) + len(views["whatif"].foot) + 2 if self.section == "whatif" else most
        limits = {"counters": most, "groups": most, "plan": max(room - BARS - below, most)}
        if beneath:
            limits[self.section] = room
        for section, limit in limits.items():
            least = most if section == "plan" else 0  # what is below it stays where it is, as long as that is enough
            lines = min(max(len(views[section].lines) + 2, least), limit)
            height = "1fr" if self.narrow and not (beneath and section == self.section) else str(lines)
            panel = self.query_one(f"#{section}")
            if panel.styles.height is None or str(panel.styles.height) != height:
                panel.styles.height = height

    def _beneath(self, views: Mapping[str, PanelView]) -> str:
        """What else a narrow terminal has room for below counters or queue: who is about to be late."""
        room = self.size.height - BARS - 1 - len(views[self.section].lines) - 2
        return "risk" if self.narrow and self.section in ("counters", "groups") and room >= LEAST_BENEATH else ""

    def _section_cells(self, scene: Scene, views: Mapping[str, PanelView], found: tuple[Risk, ...]) -> tuple[Cell, ...]:
        """The sections with their digits and what is in them, for a terminal on which only one is in sight."""
        waiting = sum(ticket.state == "waiting" for ticket in scene.station.tickets.values())
        counts = {"groups": waiting, "risk": len(found), "aside": _acted_on(views["aside"])}
        counts["cases"] = _acted_on(views["cases"])
        marks = {section: str(count) if count else "" for section, count in counts.items()}
        marks["plan"] = PROPOSED if self.planning.command() is not None else ""
        parts: list[Cell] = []
        for place, section in enumerate(SECTIONS, start=1):
            name = " ".join(filter(None, (str(place), self.words(f"hall.section.{section}"), marks.get(section, ""))))
            urgent = (section == "counters" and (scene.station.help or open_requests(scene))) or (
                section == "risk" and found
            )
            here = section == self.section
            style: Style = (
                "strong"
                if here
                else "warn"
                if urgent
                else "accent"
                if section in marks and marks[section] == PROPOSED
                else "dim"
            )
            parts.append(Cell(f"[{name}]" if here else f" {name} ", style))
        return tuple(parts)

    def _refresh(self) -> None:
        self.planning.mind(self.scene())
        self.present()

    # Sections.

    @property
    def panel(self) -> LinePanel:
        """The section that has the cursor."""
        return self.query_one(f"#{self.section}", LinePanel)

    def _focus_section(self, line: str = "") -> None:
        self.set_focus(self.panel, scroll_visible=False)
        if line:
            self.panel.move_to(line)

    def action_section(self, place: int) -> None:
        """Go to the section with this digit; in what if it leads from today to ordinary days and back."""
        if (section := SECTIONS[place - 1]) == self.section == "whatif" and self.focused is self.panel:
            self.trying.switch()
        else:
            self.go_to(section)

    def action_next_section(self, step: int) -> None:
        """Go to the section after or before this one."""
        self.go_to(SECTIONS[(SECTIONS.index(self.section) + step) % len(SECTIONS)])

    def go_to(self, section: str, line: str = "") -> None:
        """Put the cursor into a section, on a line if one is named."""
        self.question, self.help_shown = None, False
        self.section = section
        if section == "whatif":
            self.trying.enter()
        self.present()
        self._focus_section(line)

    def ask(self, question: Question, typed: str = "", at: str = "") -> None:
        """Put a question in the place of the help."""
        self.help_shown = False
        super().ask(question, typed, at)

    def close_question(self) -> None:
        """Take the question away and go back to the section that it was about."""
        super().close_question()
        self._focus_section()

    @on(Chooser.Chosen)
    @on(Chooser.Entered)
    def _back_to_section(self) -> None:
        """Once nothing more is asked, the cursor is where it was."""
        self.call_after_refresh(self._return)

    def _return(self) -> None:
        if self.question is None and not self.help_shown and self.focused is not self.panel:
            self._focus_section()

    @on(LinePanel.Chosen)
    def _line_chosen(self, message: LinePanel.Chosen) -> None:
        if message.panel_id in SECTIONS:
            self._acts.choose(self.scene(), message.line_id, self._risks)

    # Keys.

    async def action_do(self, action_id: str) -> None:
        """Do one of `HALL_ACTIONS`, or say why not."""
        await self.typed_through()
        self.do(action_id)

    def do(self, action_id: str) -> None:
        """Do one of `HALL_ACTIONS` now, or say why not."""
        scene, action = self.scene(), HALL_BY_ID[action_id]
        reason = action.blocked(scene)
        if action_id == "apply_plan" and not reason and self.planning.command() is None:
            reason = self.words("blocked.no_proposal")
        if reason:
            label = self.words(f"hall.action.{action_id}")
            self.say(self.words("say.blocked", action=label, reason=reason), "warn")
            return
        getattr(self, f"_do_{action_id}")(scene)

    def action_back(self) -> None:
        """Escape: out of the help, else to the counter, if there is one."""
        if self.help_shown:
            self.go_to(self.section)
        elif self.desk.state.counter:
            self.post_message(self.Left())

    def _do_help(self, scene: Scene) -> None:
        self.question = None
        self.help_shown = not self.help_shown
        self.present()
        if self.help_shown:
            self.set_focus(self.query_one(f"#help-{self._side_asking}"), scroll_visible=False)
        else:
            self._focus_section()

    def _do_section(self, scene: Scene) -> None:
        self.action_next_section(1)

    def _do_urgent(self, scene: Scene) -> None:
        """To a call for help, else to the oldest question, else to who was called and stands there unattended, else to
        the ticket whose promise is most in danger."""
        call = next(iter(sorted(scene.station.help.values(), key=lambda call: call.at)), None)
        alone = next((t for t in scene.station.tickets.values() if lease_overdue(scene.station, t, scene.now)), None)
        if call is not None:
            self.go_to("counters", line_id(HELP, call.counter))
        elif open_requests(scene):
            self._do_requests(scene)
        elif alone is not None:
            self.go_to("aside", line_id(TICKET, alone.id))
        elif self._risks:
            self.go_to("risk", line_id(TICKET, next(iter(self._risks))))
        else:
            self.say(self.words("hall.no_risk"))

    def _do_requests(self, scene: Scene) -> None:
        """To the oldest question from a counter."""
        self.go_to("counters", line_id(REQUEST, request_id(open_requests(scene)[0])))

    def _do_assign(self, scene: Scene) -> None:
        """The ticket under the cursor, else the most urgent one."""
        kind, _, of = self.panel.cursor_id.partition(":")
        ticket = scene.station.tickets.get(of if kind == TICKET else next(iter(self._risks), ""))
        if ticket is None:
            self.say(self.words("hall.no_ticket"), "warn")
        else:
            self._acts.ask_ticket(scene, ticket, self._risks.get(ticket.id))

    def _do_apply_plan(self, scene: Scene) -> None:
        """What is proposed or edited is announced to its counters."""
        if self.planning.just_replaced:
            self.say(self.words("hall.plan.just_replaced"), "warn")
        elif (command := self.planning.command()) is not None:
            self._acts.submit(command)
            self.planning.applied()
            self.present()

    def _do_look(self, scene: Scene) -> None:
        self._acts.look(scene)

    def _do_whatif(self, scene: Scene) -> None:
        self.go_to("whatif")

    def _do_automatic(self, scene: Scene) -> None:
        self._acts.switch(scene)

    def _do_commands(self, scene: Scene) -> None:
        def found(text: str) -> tuple[Choice, ...]:
            return hall_choices(self.scene(), self.keys, text)

        self.ask(Question(action_question(self.words, found("")), self.do, found))

    def _do_back_to_counter(self, scene: Scene) -> None:
        self.post_message(self.Left())

    def _do_figures(self, scene: Scene) -> None:
        self.post_message(FiguresWanted())

    def _do_lock(self, scene: Scene) -> None:
        self.step_away("locked")

    def _do_unlock_officer(self, scene: Scene) -> None:
        ask_unlock(self, scene)

    def _do_retry(self, scene: Scene) -> None:
        self.desk.call(lambda desk: desk.retry_now())

    def _do_quit(self, scene: Scene) -> None:
        """At a counter the counter asks what is still under way; a leader without one simply goes."""
        if self.desk.state.counter:
            self.post_message(self.Left(quitting=True))
        else:
            self.leave()
