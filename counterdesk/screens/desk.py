"""The desk: queue, case, checklist and handoffs on one screen. It shows scenes and turns keys into actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from counterdesk.catalog.assess import Assessment
from counterdesk.catalog.assessor import Assessor
from counterdesk.catalog.casefile import CaseFile
from counterdesk.catalog.index import Index
from counterdesk.desk.handle import DeskHandle
from counterdesk.desk.printer import Printer
from counterdesk.desk.state import Changes, Notice
from counterdesk.desk.state import Place as Standing
from counterdesk.locale import Words
from counterdesk.screens.actions import ACTIONS, BY_ID, leads
from counterdesk.screens.doing import Doing
from counterdesk.screens.jumps import Place
from counterdesk.screens.paperwork import Paperwork
from counterdesk.screens.policy import Policy
from counterdesk.screens.questions import Question
from counterdesk.screens.sign_in import Away
from counterdesk.screens.versions import Versions
from counterdesk.screens.views.bars import help_view, key_hints, status_cells
from counterdesk.screens.views.case import FormId, form_view, idle_view, loading_view, review_view
from counterdesk.screens.views.checklist import checklist_view
from counterdesk.screens.views.handoffs import handoff_view
from counterdesk.screens.views.notices import moved_cases, moved_text, notice_text
from counterdesk.screens.views.papers import shown_paper
from counterdesk.screens.views.plan import coming_change
from counterdesk.screens.views.queue import queue_view
from counterdesk.screens.views.scene import Scene, Step
from counterdesk.screens.views.sheet import paper_view
from counterdesk.screens.views.shift import NOTE
from counterdesk.screens.waiting import Waiting
from counterdesk.screens.wanted import HallWanted
from counterdesk.station.model import ENDED_CASE, TIMEZONE, Case, Plan
from counterdesk.station.profiles import announced
from counterdesk.widgets.base import DeskScreen
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.citizen_panel import CitizenPanel
from counterdesk.widgets.handoff_board import HandoffBoard
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.message_line import MessageLine
from counterdesk.widgets.queue_list import QueueList
from counterdesk.widgets.status_bar import StatusBar
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import ChooserView, FieldView, FormView, PanelView, Style

if TYPE_CHECKING:  # what a real desk has no use for is not loaded there
    from counterdesk.screens.teaching import Teaching

View = TypeVar("View", FormView, PanelView, ChooserView)

Page = Literal["", "receipt", "notice", "help", "policy", "briefing", "paper", "debrief", "ledger", "ready", "result"]
Side = Literal["queue", "citizen", "prompts", "board"]
MIN_COLUMNS, MIN_ROWS = 80, 24
WIDE_COLUMNS = 100
REFRESH_SECONDS = 5.0
"""How often waiting times and the age of the data are looked at when nothing happens."""


class CounterScreen(DeskScreen[None]):
    """One counter at work.

    case, step, page: what the case panel shows. What the officer does is in `doing`; what it shows comes from `views`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(action.key, f"do('{action.id}')", id=action.id, priority=True, show=False)
            for action in ACTIONS
            if action.key
        ),
        Binding("escape", "back", show=False),
    ]

    def __init__(
        self,
        desk: DeskHandle,
        index: Index,
        words: Words,
        clock: Callable[[], datetime],
        keys: Mapping[str, str],
        leave: Callable[[], None],
        step_away: Callable[[Away], None],
        memory: Path | None = None,
        printer: Printer | None = None,
        teach: Callable[[CounterScreen], Teaching] | None = None,
    ) -> None:
        """leave ends the program once nothing is on its way; step_away ends the session. memory: where this terminal
        remembers which rules its officers have seen; None remembers nothing. printer: where papers go; None saves
        them. teach: gives what is practised here; None where it is the real thing."""
        super().__init__()
        self.desk = desk
        self.index = index
        self.words = words
        self.keys = dict(keys)
        self.leave = leave
        self.step_away = step_away
        self._clock = clock
        self.case = ""
        self.step: Step = "identity"
        self.page: Page = ""
        self.question: Question | None = None
        self.revealed = ""
        self._place = Standing()
        self._away = False
        self._side: Side | None = None
        self._assessor = Assessor(index)
        self._assessed: tuple[CaseFile, object, Assessment] | None = None
        self._told_cases: Mapping[str, Case] = {}
        self._told_plan: Plan | None = None
        self._told_help: frozenset[str] = frozenset()
        self._link = ("", "")
        self.policy = Policy(self, memory)
        self.versions = Versions(self)
        self.paperwork = Paperwork(self, printer or Printer())
        self.doing = Doing(self)
        self.waiting = Waiting(self)
        self.teaching = teach(self) if teach is not None else None

    def compose(self) -> ComposeResult:
        yield StatusBar(id="status")
        with Container(id="panels"):
            with Container(id="left"):
                yield QueueList(id="queue")
                if self.teaching is not None:
                    yield CitizenPanel(id="citizen")
            with Container(id="middle"):
                yield IntakeForm(id="form", classes="hidden", asking=self.teaching is not None)
                yield TextView(id="page")
                yield Chooser(id="chooser", classes="hidden")
            with Container(id="right"):
                yield Checklist(id="checklist")
            yield HandoffBoard(id="side-board")
        yield HandoffBoard(id="handoffs")
        yield MessageLine(id="message")
        yield KeyBar(id="keys")
        yield MessageLine(id="too-small")

    def on_mount(self) -> None:
        self.query_one("#page").focus()
        self.set_interval(1.0, self._tick)
        self.set_interval(REFRESH_SECONDS, self.present)

    def on_resize(self) -> None:
        small = self.size.width < MIN_COLUMNS or self.size.height < MIN_ROWS
        if small != self.has_class("small"):
            self.set_class(small, "small")
        if small:
            text = self.words("small", columns=self.size.width, rows=self.size.height)
            self.query_one("#too-small", MessageLine).say(text, "warn")
        self.query_one("#panels").set_class(self.narrow, "narrow")
        self.query_one("#handoffs").set_class(self.narrow, "narrow-hidden")
        self.call_after_refresh(self.present)

    @property
    def narrow(self) -> bool:
        """Whether only one side panel fits."""
        return self.size.width < WIDE_COLUMNS

    # What is known now.

    def scene(self) -> Scene:
        """The moment as it is now."""
        state = self.desk.state
        scene = Scene(
            *(state, self.index, self.words, self._clock(), self.case, self.step),
            revealed=self.revealed,
            masked=self._masked_field(),
            taught=self.teaching is not None,
        )
        file, case = scene.file, scene.open_case
        if file is None or case is None:
            return scene
        return replace(scene, assessment=self._assess(scene, case, file))

    def _masked_field(self) -> str:
        form = self.query_one(IntakeForm) if self.is_mounted else None
        return form.active if form is not None and form.hidden and form.has_focus else ""

    def _assess(self, scene: Scene, case: Case, file: CaseFile) -> Assessment:
        role: str = scene.actor.role if scene.actor is not None else "officer"
        other = next(
            (
                other.number
                for other in scene.station.cases_of(case.ticket)
                if other.id != case.id and other.service == case.service and other.status not in ENDED_CASE | {"draft"}
            ),
            "",
        )
        if self.teaching is not None:
            role, other = self.teaching.role(case, role), other or self.teaching.open_case(case)
        day = scene.today if case.accepted_at is None else case.accepted_at.astimezone(TIMEZONE).date()
        key = (day, role, other, case.overrides)
        if self._assessed is None or self._assessed[0] is not file or self._assessed[1] != key:
            found = self._assessor.assess(file, today=day, role=role, open_case=other, overridden=case.overrides)
            self._assessed = (file, key, found)
        return self._assessed[2]

    def changed(self, changes: Changes) -> None:
        """The desk has news: tell, follow up, show."""
        for notice in changes.notices:
            self._hear(notice)
        scene = self.scene()
        self._tell_moved(scene)
        self._tell_help(scene)
        self.doing.answered(changes.notices)
        self.policy.heard(scene, changes, lambda text: self.say(text, "accent"))
        self._tell_link(scene)
        self.waiting.told(scene)
        if not self._away:
            self.doing.shift.told(scene)
            self.doing.keep_to_current(scene)
            self.doing.resume(changes)
        self.versions.heard(self.scene(), changes)
        if self.teaching is not None and not self._away:
            self.teaching.see(self.scene())
            self.teaching.settled()
        self.present()
        self.doing.back_in_field()

    def _hear(self, notice: Notice) -> None:
        scene = self.scene()
        if notice.kind == "conflict":
            self.doing.ask_conflict(scene, notice.case)
        if notice.kind == "note_failed":
            self.doing.shift.failed()
        text, style = notice_text(scene, notice)
        if text:
            self.say(text, style)
        if notice.kind == "done":
            self.doing.follow_up(scene, notice)
        elif notice.kind == "refused":
            self.doing.refused(notice)

    def _tell_moved(self, scene: Scene) -> None:
        for case in moved_cases(scene, self._told_cases):
            if case.id not in self.doing.moved_by_hand:
                self.say(*moved_text(scene, case))
        self._told_cases = scene.station.cases
        plan, told = announced(scene.station), self._told_plan
        if plan is not None and (told is None or told.profiles != plan.profiles):
            if change := coming_change(scene):
                self.say(change, "warn")
        elif told is not None and plan is None and scene.station.plans[-1].status == "cancelled":
            self.say(self.words("say.plan_cancelled"), "accent")
        self._told_plan = plan

    def _tell_help(self, scene: Scene) -> None:
        """Who asked for help reads in a quiet line that somebody is coming; who leads, that somebody asks."""
        own, calls = scene.desk.counter, frozenset(scene.station.help)
        if own in self._told_help - calls:
            self.say(self.words("hall.help_answered"))
        asking = sorted(calls - self._told_help - {own})
        if asking and leads(scene):
            self.say(self.words("status.help", counter=asking[0]), "block")
        self._told_help = calls

    def _tell_link(self, scene: Scene) -> None:
        status, hint = scene.desk.link.status, scene.desk.link.hint
        if (status, hint) != self._link and status in ("online", "offline"):
            if status == "offline":
                self.say(self.words(f"unreachable.{hint}" if hint else "say.offline"), "block")
            elif self._link[0] == "offline":
                self.say(self.words("say.online"), "ok")
            self._link = (status, hint)
            if self.question is not None and self.question.narrow is not None:
                self._narrow(self.question)  # what could not be done a moment ago may be possible now

    # What is shown.

    def say(self, text: str, style: Style = "") -> None:
        """Put one line under the panels."""
        self.query_one("#message", MessageLine).say(text, style)

    def present(self) -> None:
        """Show the moment; every panel repaints only what differs."""
        if not self.is_mounted:
            return
        scene = self.scene()
        if self.teaching is not None:
            self.teaching.see(scene)
            scene = self.scene()  # what was seen may have brought another case to light
            self._show_citizen(scene)
        left, right = self.query_one(QueueList), self.query_one(Checklist)
        self._show_side(scene)
        left.show(queue_view(scene, left.size.width or 30))
        right.show(checklist_view(scene, right.size.width or 32))
        self.query_one("#handoffs", HandoffBoard).show(handoff_view(scene, narrow=False))
        self.query_one("#side-board", HandoffBoard).show(handoff_view(scene, narrow=True))
        self._show_middle(scene)
        self.query_one(KeyBar).show(key_hints(scene, self.keys))
        self._show_status(scene)
        self._note_place()

    def _show_citizen(self, scene: Scene) -> None:
        assert self.teaching is not None
        panel, panels = self.query_one(CitizenPanel), self.query_one("#panels")
        here = self.teaching.lesson.sitting is not None and not self._away
        if panels.has_class("-sitting") != here:
            panels.set_class(here, "-sitting")
        if here:
            panel.show(self._marked(self.teaching.citizen(scene, panel.size.width or 30)))
        elif panel.has_focus:
            self.focus_middle()

    def _marked(self, view: View) -> View:
        """A view as this screen shows it: in practice the frame says so."""
        if self.teaching is None or not view.title:
            return view
        mark = self.words("lesson.mark")
        return view if view.title.startswith(mark) else replace(view, title=f"{mark} {view.title}")

    @property
    def _taught_page(self) -> bool:
        return self.teaching is not None and self.page in self.teaching.pages

    def bring_up(self, side: Side) -> None:
        """Show a side panel where only one fits."""
        self._side = side
        self.present()

    def _note_place(self) -> None:
        """Where the officer stands is kept, so that he stands there again whatever happens to this terminal."""
        place = Standing(self.case, self.step if self.case else "", self.active_field if self.case else "")
        if place != self._place and self.desk.state.session is not None and not self._away:
            self._place = place
            self.desk.call(lambda desk: desk.keep_place(place))

    def clear(self) -> None:
        """Nothing of any citizen stays on this screen: the officer is away or went."""
        self._away = True
        self.case, self.page, self.question, self.revealed = "", "", None, ""
        self._assessed, self._assessor = None, Assessor(self.index)  # it holds the last file that it looked at
        self._told_cases, self._told_plan = {}, None
        self.query_one(Chooser).show(ChooserView("", "", "", ()))  # what was typed into it goes too
        self.doing.forget()
        self.say("")
        self.present()

    def welcome(self) -> None:
        """Somebody is there again."""
        self._away = False

    def _tick(self) -> None:
        scene = self.scene()
        self._show_status(scene)
        if self.teaching is not None and self.teaching.restless(scene):
            self.present()

    def _show_status(self, scene: Scene) -> None:
        self.query_one(StatusBar).show(status_cells(scene, narrow=self.narrow), f"{scene.now:%H:%M:%S}")

    def _show_side(self, scene: Scene) -> None:
        here = self.teaching is not None and self.teaching.lesson.sitting is not None
        side = self._side or ("citizen" if here else "prompts" if scene.assessment is not None else "queue")
        if side == "citizen" and not here:
            side = "queue"
        panels = self.query_one("#panels")
        other = [
            name for name in ("queue", "citizen", "prompts", "board") if panels.has_class(f"-{name}") != (name == side)
        ]
        for name in other:
            panels.set_class(name == side, f"-{name}")

    def _show_middle(self, scene: Scene) -> None:
        """The case panel shows one of: a question, a page, the form."""
        case = scene.open_case
        form, page, chooser = self.query_one(IntakeForm), self.query_one("#page", TextView), self.query_one(Chooser)
        if self.question is not None:
            self._display(chooser)
            return
        taught = self.teaching.page(scene, self.page, self.middle_width) if self.teaching is not None else None
        if taught is not None:
            page.show(self._marked(taught))
        elif self.page == "help":
            page.show(self._marked(help_view(scene, self.keys, self.query_one("#middle").size.width)))
        elif self.page == "policy":
            page.show(self._marked(self.policy.view(scene)))
        elif case is None:
            page.show(self._marked(idle_view(scene, self.middle_width)))
        elif (paper := shown_paper(scene, self.page)) is not None:
            page.show(self._marked(paper_view(paper, self.middle_width)))
        elif scene.assessment is None:
            page.show(self._marked(loading_view(scene)))
        elif self.step == "review":
            page.show(self._marked(review_view(scene, case)))
        else:
            form.show(self._marked(form_view(scene, case)))
            self._display(form)
            return
        self._display(page)

    def _display(self, shown: Widget) -> None:
        focused = self.focused
        middle = self.query_one("#middle")
        in_middle = focused is None or focused.parent is middle or not focused.display
        for widget in middle.children:
            widget.set_class(widget is not shown, "hidden")
        if in_middle and focused is not shown:
            self.set_focus(shown, scroll_visible=False)

    # Questions.

    def ask(self, question: Question, typed: str = "", at: str = "") -> None:
        """Put a question in the case panel; its answer goes where the question says. at: the choice to begin on."""
        self.commit_typed()
        self.question = question
        chooser = self.query_one(Chooser)
        chooser.show(self._marked(question.view), typed, at)
        self._display(chooser)
        self.set_focus(chooser, scroll_visible=False)

    def close_question(self) -> None:
        """Take the question away."""
        self.question = None
        self.present()

    @on(Chooser.Chosen)
    def _chosen(self, message: Chooser.Chosen) -> None:
        question = self.question
        if question is not None and message.chooser_id == question.view.id:
            self.question = None
            question.then(message.choice_id)
            self.present()

    @on(Chooser.Entered)
    def _entered(self, message: Chooser.Entered) -> None:
        question = self.question
        if question is not None and message.chooser_id == question.view.id and question.entered is not None:
            self.question = None
            question.entered(message.text)
            self.present()

    @on(Chooser.Blocked)
    def _choice_blocked(self, message: Chooser.Blocked) -> None:
        self.say(message.reason, "warn")

    @on(Chooser.Cancelled)
    def _cancelled(self, message: Chooser.Cancelled) -> None:
        back = self.question.back if self.question is not None else None
        self.close_question()
        if back is not None:
            back()

    @on(Chooser.Filtered)
    def _filtered(self, message: Chooser.Filtered) -> None:
        """What was typed last is answered, also by the same choices: until then the chooser keeps Enter waiting. An
        answer to an earlier text would let it take what that found."""
        question, chooser = self.question, self.query_one(Chooser)
        if question is None or message.chooser_id != question.view.id or message.text != chooser.typed_text:
            return
        self._narrow(question)

    def _narrow(self, question: Question) -> None:
        """Ask it as what is typed has it now."""
        chooser = self.query_one(Chooser)
        typed = chooser.typed_text
        view = self._marked(question.view if question.again is None else question.again(typed))
        chooser.show(view if question.narrow is None else replace(view, choices=question.narrow(typed)))

    # Keys and messages of the panels.

    async def action_do(self, action_id: str) -> None:
        """Do one of `ACTIONS`, or say why not."""
        await self.typed_through()
        self.do(action_id)

    def do(self, action_id: str) -> None:
        """Do one of `ACTIONS` now, or say why not."""
        self.commit_typed()
        scene = self.scene()
        action = BY_ID[action_id]
        if action_id != "advance":  # it explains better than its refusal what is still open
            reason = action.blocked(scene)
            if reason:
                self.say(self.words("say.blocked", action=action.label(scene), reason=reason), "warn")
                return
        if self.teaching is not None:
            self.teaching.before(action_id, scene)
        if action_id != "policy":  # from there the way leads back to the question
            self.question = None
            self.policy.passed_over()
        if (self.page == "help" and action_id != "help") or self._taught_page:
            self.page = ""
        self.doing.do(action_id, scene)
        self.present()

    def action_back(self) -> None:
        """Escape: one level back; never loses anything and never ends anything."""
        if self.page == "policy":
            self.policy.back()
        elif self.page:
            self.page = ""
        elif (origin := self.doing.jumps.way_back(self.place())) is not None:
            self.return_to(origin)
        elif self.case and self.step == "review":
            self.step = "details"
        else:
            self.doing.leave_case(self.scene())
        self.present()

    def open_hall(self) -> None:
        """Let the leader's screen come up over this one."""
        self.post_message(HallWanted())

    def switch_panel(self) -> None:
        """Put the keys on the next panel; on a narrow terminal that also brings it up."""
        here = self.teaching is not None and self.teaching.lesson.sitting is not None
        citizen: list[tuple[str, Side | None]] = [("#citizen", "citizen")] if here else []
        order: list[tuple[str, Side | None]] = [
            ("middle", None),
            ("#queue", "queue"),
            *citizen,
            ("#checklist", "prompts"),
            ("#side-board" if self.narrow else "#handoffs", "board"),
        ]
        focused = self.focused
        place = next((i for i, (name, _) in enumerate(order) if focused is not None and f"#{focused.id}" == name), 0)
        name, side = order[(place + 1) % len(order)]
        self._side = side if self.narrow and side is not None else self._side
        self._show_side(self.scene())
        if name == "middle":
            self._side = None
            self.set_focus(self._middle_shown(), scroll_visible=False)
        else:
            self.set_focus(self.query_one(name), scroll_visible=False)

    def focus_middle(self) -> None:
        """Put the keys on the case panel."""
        self.present()
        self.set_focus(self._middle_shown(), scroll_visible=False)

    def _middle_shown(self) -> Widget:
        return next(child for child in self.query_one("#middle").children if not child.has_class("hidden"))

    @property
    def middle_width(self) -> int:
        """Of the case panel, frame included."""
        return self.query_one("#middle").size.width

    @property
    def page_line(self) -> str:
        """The line of the page that has the cursor."""
        return self.query_one("#page", TextView).cursor_id

    def show_page(self, line: str = "") -> None:
        """Bring up the page with the cursor on a line, else from its beginning."""
        self.focus_middle()
        page = self.query_one("#page", TextView)
        page.move_to(line or next((one.id for one in page.view.lines if one.id), ""))

    def chooser_state(self) -> tuple[str, str]:
        """What is typed into the question, and the choice that Enter would take."""
        chooser = self.query_one(Chooser)
        return chooser.typed_text, chooser.highlighted.id if chooser.highlighted is not None else ""

    def focus_again(self, panel: Widget | None, line: str) -> None:
        """Put the keys back on a panel, and its cursor on the line where it was."""
        if panel is None or not panel.display:
            return
        self.set_focus(panel, scroll_visible=False)
        if isinstance(panel, LinePanel):
            panel.move_to(line)

    @property
    def active_field(self) -> str:
        """The field of the form that has the cursor."""
        return self.query_one(IntakeForm).active

    @property
    def form_fields(self) -> tuple[FieldView, ...]:
        """The fields of the form that is shown."""
        return self.query_one(IntakeForm).view.fields

    def go_to_field(self, key: str) -> None:
        """Put the cursor on a field of the form that is shown."""
        self.query_one(IntakeForm).go_to(key)

    def commit_typed(self) -> None:
        """What is being typed belongs to the file before anything else is done."""
        typed = self.query_one(IntakeForm).take()
        if typed is not None:
            self._committed(typed)

    @on(IntakeForm.Committed)
    def _committed(self, message: IntakeForm.Committed) -> None:
        case, service, step = FormId.parse(message.form_id)
        self.doing.commit(self.scene(), case, service, step, message.key, message.text)
        if self.desk.state.journal.read_only:
            self.restore_field(message.key)  # nothing was taken in
        self.present()

    @on(IntakeForm.Scanned)
    def _scanned(self, message: IntakeForm.Scanned) -> None:
        case, _, _ = FormId.parse(message.form_id)
        if not self.doing.scanning.take(self.scene(), case, message.key, message.text):
            self.say(self.words("say.not_read"), "warn")
        self.present()

    def restore_field(self, key: str) -> None:
        """What was sent of a field went elsewhere: the form shows what stands in it."""
        self.query_one(IntakeForm).restore(key)

    def place(self) -> Place:
        """Where the officer is."""
        focused = self.focused
        panel = focused.id or "" if isinstance(focused, LinePanel) else ""
        line = focused.cursor_id if isinstance(focused, LinePanel) else ""
        return Place(self.case, self.step, panel, line, "" if panel else self.active_field)

    def return_to(self, place: Place) -> None:
        """Put the officer back where he was."""
        self.step = place.step
        self.focus_middle()
        if place.panel:
            panel = self.query_one(f"#{place.panel}", LinePanel)
            self.set_focus(panel, scroll_visible=False)
            panel.move_to(place.line)
        else:
            self.go_to_field(place.field)

    @on(IntakeForm.StepRequested)
    def _step_requested(self, message: IntakeForm.StepRequested) -> None:
        self._step(message.delta)

    @on(IntakeForm.EndReached)
    def _end_reached(self, message: IntakeForm.EndReached) -> None:
        self._step(1)

    def _step(self, delta: int) -> None:
        self.doing.move_step(self.scene(), delta)
        self.present()
        self.query_one(IntakeForm).resume()

    @on(IntakeForm.Blocked)
    def _field_blocked(self, message: IntakeForm.Blocked) -> None:
        self.say(message.reason, "warn")

    @on(IntakeForm.Cut)
    def _cut(self, message: IntakeForm.Cut) -> None:
        self.say(self.words("say.cut", limit=message.limit), "warn")

    @on(IntakeForm.Moved)
    def _moved(self, message: IntakeForm.Moved) -> None:
        if self.revealed and message.key != self.revealed:
            self.revealed = ""  # seen once is not shown for good
            self.present()
        self._note_place()

    @on(IntakeForm.RevealRequested)
    def _reveal_requested(self, message: IntakeForm.RevealRequested) -> None:
        self.do("show_value")

    @on(QueueList.Chosen)
    def _ticket_chosen(self, message: QueueList.Chosen) -> None:
        self.doing.ask_ticket(self.scene(), message.line_id)

    @on(Checklist.Chosen)
    def _prompt_chosen(self, message: Checklist.Chosen) -> None:
        self.doing.choose_prompt(self.scene(), message.line_id)
        self.present()

    @on(HandoffBoard.Chosen)
    def _case_chosen(self, message: HandoffBoard.Chosen) -> None:
        if not self.waiting.chosen(self.scene(), message.line_id):
            self.doing.ask_case(self.scene(), message.line_id)

    @on(LinePanel.Chosen, "#page")
    def _line_chosen(self, message: LinePanel.Chosen) -> None:
        if self.page == "policy":
            self.policy.choose(message.line_id)
        elif self.teaching is not None and self._taught_page:
            self.teaching.choose(message.line_id)
        elif message.line_id == NOTE:
            self.doing.shift.ask_take(self.scene())
        elif message.line_id:
            self.doing.choose_prompt(self.scene(), message.line_id)
            self.present()

    @on(CitizenPanel.Chosen)
    def _said_chosen(self, message: CitizenPanel.Chosen) -> None:
        if self.teaching is not None:
            self.teaching.choose(message.line_id)

    @on(IntakeForm.Inquired)
    def _inquired(self, message: IntakeForm.Inquired) -> None:
        if self.teaching is not None:
            self.teaching.inquire(self.scene())
            self.present()

    def on_key(self, event: events.Key) -> None:
        """PgUp on the review page goes back to the materials, as in the form; p prints the paper that is shown."""
        at_page = self.query_one("#page").has_focus
        taught = self.teaching if at_page and self.question is None and event.character else None
        if taught is not None and taught.digit(self.scene(), event.character or ""):
            event.stop()
            return
        if event.key == "p" and at_page and self.question is None:
            scene = self.scene()
            if shown_paper(scene, self.page) is not None:
                self.paperwork.print_shown(scene)
                event.stop()
        if event.key == "pageup" and at_page and self.step == "review" and not self.page and self.question is None:
            self.doing.move_step(self.scene(), -1)
            self.present()
            event.stop()
