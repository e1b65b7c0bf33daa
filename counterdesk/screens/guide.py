"""The guide's screen: the entrance of the hall, without a counter. It shows the moment and turns keys into acts."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from counterdesk.catalog.index import Index
from counterdesk.desk.handle import DeskHandle
from counterdesk.desk.printer import Printer
from counterdesk.desk.state import Changes
from counterdesk.locale import Words
from counterdesk.screens.guide_actions import BY_ID, GUIDE_ACTIONS, guide_help, guide_hints
from counterdesk.screens.guide_acts import GuideActs
from counterdesk.screens.questions import Question
from counterdesk.screens.sign_in import Away
from counterdesk.screens.views.bars import status_cells
from counterdesk.screens.views.guide import Entrance, precheck_form, waiting_view
from counterdesk.screens.views.notices import notice_text
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.sheet import paper_view
from counterdesk.screens.views.slip import slip_paper
from counterdesk.station.estimate import Booked, Expected, forecast
from counterdesk.station.hall_view import hall_of
from counterdesk.station.model import State
from counterdesk.widgets.base import DeskScreen
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.status_bar import StatusBar
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import ChooserView, PanelView, Style

MIN_COLUMNS, MIN_ROWS = 80, 24
WIDE_COLUMNS = 100
REFRESH_SECONDS = 5.0
"""How often waits are looked at when nothing happens."""
FORECAST_SECONDS = 2.0
"""So long what was computed of the queue is good enough, whatever came in meanwhile."""


class GuideScreen(DeskScreen[None]):
    """The entrance. What the guide does is in `doing`; what it shows comes from `views`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(action.key, f"do('{action.id}')", priority=True, show=False) for action in GUIDE_ACTIONS),
        Binding("escape", "back", show=False),
    ]

    def __init__(
        self,
        desk: DeskHandle,
        index: Index,
        words: Words,
        clock: Callable[[], datetime],
        leave: Callable[[], None],
        step_away: Callable[[Away], None],
        printer: Printer | None = None,
    ) -> None:
        """leave ends the program once nothing is on its way; step_away ends the session. printer: where slips go; None
        saves them."""
        super().__init__()
        self.desk = desk
        self.index = index
        self.words = words
        self.leave = leave
        self.step_away = step_away
        self._clock = clock
        self.question: Question | None = None
        self.helping = False
        self._link = ("", "")
        self._expected: tuple[State | None, float, dict[str, Expected]] = (None, 0.0, {})
        self.doing = GuideActs(self, printer or Printer())

    def compose(self) -> ComposeResult:
        yield StatusBar(id="status")
        with Container(id="entrance"):
            with Container(id="ask"):
                yield Chooser(chained=True, id="chooser")
                yield IntakeForm(id="form", classes="hidden")
                yield TextView(id="page", classes="hidden")
            with Container(id="hall-side"):
                yield LinePanel(id="waiting")
                yield TextView(id="slip")
        yield MessageLine(id="message")
        yield KeyBar(id="keys")
        yield MessageLine(id="too-small")

    def on_mount(self) -> None:
        self.doing.home()
        self.set_interval(1.0, self._tick)
        self.set_interval(REFRESH_SECONDS, self._refresh)

    def on_resize(self) -> None:
        small = self.size.width < MIN_COLUMNS or self.size.height < MIN_ROWS
        if small != self.has_class("small"):
            self.set_class(small, "small")
        if small:
            text = self.words("small", columns=self.size.width, rows=self.size.height)
            self.query_one("#too-small", MessageLine).say(text, "warn")
        self.query_one("#entrance").set_class(self.size.width < WIDE_COLUMNS, "narrow")
        self.call_after_refresh(self.present)

    # What is known now.

    def scene(self) -> Scene:
        """The moment as it is now, as every view reads it."""
        return Scene(self.desk.state, self.index, self.words, self._clock())

    def entrance(self, *, anew: bool = False) -> Entrance:
        """The moment at the entrance. anew: the queue is played forward again, for which no key should have to wait."""
        scene = self.scene()
        waiting = self.query_one("#waiting", LinePanel)
        chosen = waiting.cursor_id if waiting.has_focus else ""
        doing = self.doing
        expected = self._forecast(scene, anew=anew)
        return Entrance(scene, expected, doing.draft, doing.last, chosen, busy=doing.under_way is not None)

    def _forecast(self, scene: Scene, *, anew: bool) -> dict[str, Expected]:
        state, _, found = self._expected
        # Other groups: it is another station's snapshot, or the first one.
        if anew or state is None or state.groups is not scene.station.groups:
            now, midnight = scene.now, scene.now.replace(hour=0, minute=0, second=0, microsecond=0)
            booked = [
                Booked((one.at - midnight).total_seconds() / 60, one.group)
                for one in scene.station.appointments.values()
                if not one.ticket and one.at >= now and one.at.date() == now.date()
            ]
            found = forecast(hall_of(scene.station, now), booked, scene.station.settings.policy)
            self._expected = (scene.station, time.monotonic(), found)
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
            text, style = notice_text(scene, notice)
            if text:
                self.say(text, style)
            self.doing.heard(notice)
        self._tell_link(scene)
        self.present()

    def _tell_link(self, scene: Scene) -> None:
        status, hint = scene.desk.link.status, scene.desk.link.hint
        if (status, hint) != self._link and status in ("online", "offline"):
            if status == "offline":
                self.say(self.words(f"unreachable.{hint}" if hint else "guide.offline"), "block")
            elif self._link[0] == "offline":
                self.say(self.words("say.online"), "ok")
            self._link = (status, hint)

    # What is shown.

    def say(self, text: str, style: Style = "") -> None:
        """Put one line under the panels."""
        self.query_one("#message", MessageLine).say(text, style)

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
        self.query_one(KeyBar).show(guide_hints(at))
        self._show_status(at.scene)

    def _show_left(self, at: Entrance) -> None:
        chooser, form, page = self.query_one(Chooser), self.query_one(IntakeForm), self.query_one("#page", TextView)
        if self.helping or self.doing.prechecking:
            chooser.drop_waiting()
        if self.helping:
            page.show(guide_help(at, self.query_one("#ask").size.width))
            self._display(page)
        elif self.doing.prechecking and at.draft.service:
            form.show(precheck_form(at, self.doing.serial))
            self._display(form)
        elif self.question is not None:
            question = self.question
            if question.again is not None and not chooser.answered:
                chooser.show(question.again(chooser.typed_text))
            self._display(chooser)

    def _display(self, shown: Widget) -> None:
        focused, left = self.focused, self.query_one("#ask")
        on_left = focused is None or focused.parent is left or not focused.display
        for widget in left.children:
            widget.set_class(widget is not shown, "hidden")
        if on_left and focused is not shown:
            self.set_focus(shown, scroll_visible=False)

    def _tick(self) -> None:
        self._show_status(self.scene())

    def _show_status(self, scene: Scene) -> None:
        narrow = self.size.width < WIDE_COLUMNS
        self.query_one(StatusBar).show(status_cells(scene, narrow=narrow), f"{scene.now:%H:%M:%S}")

    def clear(self) -> None:
        """The guide is away or went: what was being done is dropped."""
        self.question, self.helping = None, False
        self.query_one(Chooser).show(ChooserView("", "", "", ()))
        self.doing.forget()
        self.say("")
        self.present()

    def welcome(self) -> None:
        """Somebody is there again."""
        if self.is_mounted:
            self.doing.home()

    # Questions.

    def ask(self, question: Question) -> None:
        """Put a question at the left; its answer goes where the question says."""
        self.question = question
        self.helping = False
        chooser = self.query_one(Chooser)
        chooser.show(question.view)
        self._display(chooser)
        self.set_focus(chooser, scroll_visible=False)

    @on(Chooser.Chosen)
    def _chosen(self, message: Chooser.Chosen) -> None:
        question = self.question
        if question is None or message.chooser_id != question.view.id:
            return
        question.then(message.choice_id)
        if self.question is question and not self.doing.prechecking:  # nothing came of it: the question stands
            chooser = self.query_one(Chooser)
            chooser.drop_waiting()
            chooser.show(question.view if question.again is None else question.again(""))
        self.present()

    @on(Chooser.Blocked)
    def _choice_blocked(self, message: Chooser.Blocked) -> None:
        self.say(message.reason, "warn")

    @on(Chooser.Cancelled)
    def _cancelled(self, message: Chooser.Cancelled) -> None:
        self.action_back()

    @on(Chooser.Filtered)
    def _filtered(self, message: Chooser.Filtered) -> None:
        """What was typed last is answered, also by the same choices: until then the chooser keeps Enter waiting."""
        question, chooser = self.question, self.query_one(Chooser)
        if question is None or message.chooser_id != question.view.id or message.text != chooser.typed_text:
            return
        chooser.show(question.view if question.again is None else question.again(message.text))

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
