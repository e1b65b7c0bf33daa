"""The guide's screen: the entrance of the hall, without a counter. It shows the moment and turns keys into acts."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from counterdesk.desk.printer import Printer
from counterdesk.desk.state import Changes
from counterdesk.screens.actions import BY_ID as DESK_ACTIONS
from counterdesk.screens.asking import AskingScreen
from counterdesk.screens.guide_actions import BY_ID, GUIDE_ACTIONS, guide_help, guide_hints
from counterdesk.screens.guide_acts import GuideActs
from counterdesk.screens.questions import Question
from counterdesk.screens.views.guide import Entrance, asked_by, precheck_form, waiting_view
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.sheet import paper_view
from counterdesk.screens.views.slip import slip_paper
from counterdesk.screens.work import Workplace
from counterdesk.station.estimate import Booked, Expected, forecast
from counterdesk.station.hall_view import hall_of
from counterdesk.station.model import State
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import ChooserView, PanelView

FORECAST_SECONDS = 2.0
"""So long what was computed of the queue is good enough, whatever came in meanwhile."""


class GuideScreen(AskingScreen):
    """The entrance. What the guide does is in `doing`; what it shows comes from `views`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(DESK_ACTIONS[action.like].key, f"do('{action.id}')", id=action.like, priority=True, show=False)
            for action in GUIDE_ACTIONS
        ),
        Binding("escape", "back", show=False),
    ]

    PANELS: ClassVar[str] = "#entrance"
    OFFLINE: ClassVar[str] = "guide.offline"

    def __init__(self, place: Workplace, printer: Printer | None = None) -> None:
        """printer: where slips go; None saves them."""
        super().__init__(place)
        self.helping = False
        self._expected: tuple[State | None, float, dict[str, Expected]] = (None, 0.0, {})
        self._asked: tuple[str, ...] = ()
        self.doing = GuideActs(self, printer or Printer())

    def compose_panels(self) -> ComposeResult:
        with Container(id="entrance"):
            with Container(id="ask"):
                yield Chooser(chained=True, id="chooser")
                yield IntakeForm(id="form", classes="hidden")
                yield TextView(id="page", classes="hidden")
            with Container(id="hall-side"):
                yield LinePanel(id="waiting")
                yield TextView(id="slip")

    def on_mount(self) -> None:
        self.doing.home()

    # What is known now.

    def entrance(self, *, anew: bool = False) -> Entrance:
        """The moment at the entrance. anew: the queue is played forward again. A key waits for that only where it says
        more of who is asking."""
        scene = self.scene()
        waiting = self.query_one("#waiting", LinePanel)
        chosen = waiting.cursor_id if waiting.has_focus else ""
        doing = self.doing
        expected = self._forecast(scene, anew=anew)
        return Entrance(scene, expected, doing.draft, doing.last, chosen, busy=doing.under_way is not None)

    def _forecast(self, scene: Scene, *, anew: bool) -> dict[str, Expected]:
        state, _, found = self._expected
        draft = self.doing.draft
        # Other groups: it is another station's snapshot, or the first one.
        if anew or draft.asks != self._asked or state is None or state.groups is not scene.station.groups:
            now, midnight = scene.now, scene.now.replace(hour=0, minute=0, second=0, microsecond=0)
            booked = [
                Booked((one.at - midnight).total_seconds() / 60, one.group)
                for one in scene.station.appointments.values()
                if not one.ticket and one.at >= now and one.at.date() == now.date()
            ]
            hall = hall_of(scene.station, now)
            who = asked_by(scene.station, hall, draft)
            found = forecast(hall, booked, scene.station.settings.policy, who)
            self._expected, self._asked = (scene.station, time.monotonic(), found), draft.asks
        return found

    def _refresh(self) -> None:
        """Time goes by: the queue is played forward again, and shown."""
        self.entrance(anew=True)
        self.present()

    def changed(self, changes: Changes) -> None:
        """The desk has news: tell, follow up, show."""
        if not self.is_mounted:
            return
        scene = self.scene()
        state, at, _ = self._expected
        if state is not scene.station and time.monotonic() - at >= FORECAST_SECONDS:
            self.entrance(anew=True)
        for notice in changes.notices:
            self._tell(scene, notice)
            self.doing.heard(notice)
        self._tell_link(scene)
        self.present()

    # What is shown.

    def present(self) -> None:
        """Show the moment; every panel repaints only what differs."""
        if not self.is_mounted:
            return
        at = self.entrance()
        waiting, slip = self.query_one("#waiting", LinePanel), self.query_one("#slip", TextView)
        waiting.show(waiting_view(at, waiting.size.width or 36))
        last = at.scene.station.tickets.get(at.last)
        if last is not None and at.scene.desk.session is not None:
            slip.show(paper_view(slip_paper(at, last, self.doing.known_of(last)), slip.size.width or 36))
        else:
            slip.show(PanelView(self.words("guide.slip"), ()))
        self._show_left(at)
        self.query_one(KeyBar).show(guide_hints(at, self.keys))
        self._show_status(at.scene)

    def _show_left(self, at: Entrance) -> None:
        chooser, form, page = self.chooser, self.query_one(IntakeForm), self.query_one("#page", TextView)
        if self.helping or self.doing.prechecking:
            chooser.drop_waiting()
        if self.helping:
            page.show(guide_help(at, self.keys, self.query_one("#ask").size.width))
            self.display_in("#ask", page)
        elif self.doing.prechecking and at.draft.service:
            form.show(precheck_form(at, self.doing.serial))
            self.display_in("#ask", form)
        elif self.question is not None:
            question = self.question
            if question.again is not None and not chooser.answered:
                chooser.show(question.again(chooser.typed_text))
            self.display_in("#ask", chooser)

    def clear(self) -> None:
        """The guide is away or went: what was being done is dropped."""
        self.question, self.helping = None, False
        self.chooser.show(ChooserView("", "", "", ()))
        self.doing.forget()
        self.say("")
        self.present()

    def welcome(self) -> None:
        """Somebody is there again."""
        if self.is_mounted:
            self.doing.home()

    # Questions.

    def ask(self, question: Question, typed: str = "", at: str = "") -> None:
        """Put a question at the left; its answer goes where the question says."""
        self.helping = False
        super().ask(question, typed, at)

    def show_asking(self) -> None:
        """The question takes the place of the form."""
        self.display_in("#ask", self.chooser)

    def answer(self, question: Question, choice: str) -> None:
        """The question stands until another one takes its place."""
        question.then(choice)
        if self.question is question and not self.doing.prechecking:  # nothing came of it
            self.chooser.drop_waiting()
            self.chooser.show(question.view if question.again is None else question.again(""))

    def cancel(self) -> None:
        """Escape, while a question is asked."""
        self.action_back()

    # The form of the pre-check.

    @on(IntakeForm.Committed)
    def _committed(self, message: IntakeForm.Committed) -> None:
        self.doing.mark(message.key, message.text)
        self.present()

    @on(IntakeForm.EndReached)
    def _end_reached(self) -> None:
        self.doing.prechecked()
        self.present()
        self.query_one(IntakeForm).resume()

    @on(IntakeForm.StepRequested)
    def _step_requested(self) -> None:
        self.query_one(IntakeForm).resume()

    # Keys.

    async def action_do(self, action_id: str) -> None:
        """Do one of `GUIDE_ACTIONS`, or say why not."""
        await self.typed_through()
        self.commit_typed()
        action, at = BY_ID[action_id], self.entrance()
        if reason := action.blocked(at):
            self.say(self.words("say.blocked", action=self.words(f"guide.action.{action_id}"), reason=reason), "warn")
            return
        if action_id == "help":
            self.helping = not self.helping
        else:
            self.helping = False
            self.doing.do(action_id, at)
        self.present()

    def commit_typed(self) -> None:
        """What is being typed belongs to the pre-check before anything else is done."""
        typed = self.query_one(IntakeForm).take()
        if typed is not None:
            self.doing.mark(typed.key, typed.text)

    def action_back(self) -> None:
        """Escape: one level back; never loses what was seen of the papers, and never ends anything."""
        self.commit_typed()
        if self.helping:
            self.helping = False
        elif self.query_one("#waiting").has_focus or self.query_one("#slip").has_focus:
            self.set_focus(None)
        else:
            self.doing.back()
        self.present()

    def switch_panel(self) -> None:
        """Put the keys on the next panel."""
        order: list[Widget] = [
            next(child for child in self.query_one("#ask").children if not child.has_class("hidden")),
            self.query_one("#waiting"),
            self.query_one("#slip"),
        ]
        place = order.index(self.focused) if self.focused in order else 0
        self.set_focus(order[(place + 1) % len(order)], scroll_visible=False)

    @on(LinePanel.Chosen, "#waiting")
    def _ticket_chosen(self, message: LinePanel.Chosen) -> None:
        self.doing.ask_ticket(message.line_id)
        self.present()
