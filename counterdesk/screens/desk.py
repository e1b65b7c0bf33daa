"""The desk: one counter at work. It shows scenes and turns keys into actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType

from counterdesk.desk.printer import Printer
from counterdesk.desk.state import Changes, Notice
from counterdesk.screens.actions import ACTIONS, BY_ID, leads
from counterdesk.screens.counter_panels import CounterPanels
from counterdesk.screens.doing import Doing
from counterdesk.screens.paperwork import Paperwork
from counterdesk.screens.policy import Policy
from counterdesk.screens.questions import Question
from counterdesk.screens.versions import Versions
from counterdesk.screens.views.case import FormId
from counterdesk.screens.views.notices import moved_cases, moved_text
from counterdesk.screens.views.orders import Here, here, orders_in_words
from counterdesk.screens.views.papers import shown_paper
from counterdesk.screens.views.plan import coming_change
from counterdesk.screens.views.requests import open_requests, request_id
from counterdesk.screens.views.requests import title as request_title
from counterdesk.screens.views.scene import Scene
from counterdesk.screens.views.shift import NOTE
from counterdesk.screens.waiting import Waiting
from counterdesk.screens.wanted import HallWanted
from counterdesk.screens.work import Workplace
from counterdesk.station.model import Case, Plan
from counterdesk.station.profiles import announced
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.citizen_panel import CitizenPanel
from counterdesk.widgets.handoff_board import HandoffBoard
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.queue_list import QueueList

if TYPE_CHECKING:  # what a real desk has no use for is not loaded there
    from counterdesk.screens.teaching import Teaching


class CounterScreen(CounterPanels):
    """One counter at work. What the officer does is in `doing`; what it shows comes from `views`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            # One without a key stands by for that which the settings may give it.
            Binding(action.key or f"none-{action.id}", f"do('{action.id}')", id=action.id, priority=True, show=False)
            for action in ACTIONS
        ),
        Binding("escape", "back", show=False),
    ]

    def __init__(
        self,
        place: Workplace,
        memory: Path | None = None,
        printer: Printer | None = None,
        teach: Callable[[CounterScreen], Teaching] | None = None,
    ) -> None:
        """memory: where this terminal remembers which rules its officers have seen; None remembers nothing. printer:
        where papers go; None saves them. teach: gives what is practised here; None where it is the real thing."""
        super().__init__(place)
        self._told_cases: Mapping[str, Case] = {}
        self._told_plan: Plan | None = None
        self._told_here: Here | None = None
        self._told_help: frozenset[str] = frozenset()
        self._told_requests: frozenset[str] = frozenset()
        self.policy = Policy(self, memory)
        self.versions = Versions(self)
        self.paperwork = Paperwork(self, printer or Printer())
        self.doing = Doing(self)
        self.waiting = Waiting(self)
        self.teaching = teach(self) if teach is not None else None

    # What is heard.

    def changed(self, changes: Changes) -> None:
        """The desk has news: tell, follow up, show."""
        for notice in changes.notices:
            self._hear(notice)
        scene = self.scene()
        self._tell_moved(scene)
        if not self._away:
            self.doing.requesting.hear(scene, changes.notices)
        self._tell_requests(scene)
        self._tell_plan(scene)
        self._tell_orders(scene, changes)
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
        self._tell(scene, notice)
        if notice.kind == "done":
            self.doing.follow_up(scene, notice)
        elif notice.kind == "refused":
            self.doing.refused(notice)

    def _tell_moved(self, scene: Scene) -> None:
        for case in moved_cases(scene, self._told_cases):
            if case.id not in self.doing.moved_by_hand:
                self.say(*moved_text(scene, case))
        self._told_cases = scene.station.cases

    def _tell_plan(self, scene: Scene) -> None:
        """What a plan changes for this counter, and that it is given up."""
        plan, told = announced(scene.station), self._told_plan
        if plan is not None and (told is None or told.profiles != plan.profiles):
            if change := coming_change(scene):
                self.say(change, "warn")
        elif told is not None and plan is None and scene.station.plans[-1].status == "cancelled":
            self.say(self.words("say.plan_cancelled"), "accent")
        self._told_plan = plan

    def _tell_orders(self, scene: Scene, changes: Changes) -> None:
        """What others did at this counter: nobody has to wonder where his citizen went. What was done here is told by
        its own notice."""
        now, before = here(scene), self._told_here
        self._told_here = now
        mine = scene.desk.pending or any(notice.kind == "done" for notice in changes.notices)
        if now is not None and before is not None and not mine and (text := orders_in_words(scene, before, now)):
            self.say(text, "warn")

    def _tell_help(self, scene: Scene) -> None:
        """Who asked for help reads in a quiet line that somebody is coming; who leads, that somebody asks."""
        own, calls = scene.desk.counter, frozenset(scene.station.help)
        if own in self._told_help - calls:
            self.say(self.words("hall.help_answered"))
        asking = sorted(calls - self._told_help - {own})
        if asking and leads(scene):
            self.say(self.words("status.help", counter=asking[0]), "block")
        self._told_help = calls

    def _tell_requests(self, scene: Scene) -> None:
        """Who leads and sits at a counter himself reads that another one asks."""
        asked = {request_id(one): one for one in open_requests(scene)}
        new = [one for name, one in asked.items() if name not in self._told_requests]
        if new and leads(scene):
            self.say(self.words("request.asked_now", title=request_title(scene, new[0])), "warn")
        self._told_requests = frozenset(asked)

    def clear(self) -> None:
        """Nothing of any citizen stays on this screen: the officer is away or went."""
        self._away = True
        self._told_cases, self._told_plan, self._told_here = {}, None, None
        self.forget()
        self.doing.forget()
        self.say("")
        self.present()

    def welcome(self) -> None:
        """Somebody is there again."""
        self._away = False

    def _tick(self) -> None:
        if not self.in_front:
            return
        scene = self.scene()
        self._show_status(scene)
        if self.teaching is not None and self.teaching.restless(scene):
            self.present()

    def ask(self, question: Question, typed: str = "", at: str = "") -> None:
        """Put a question in the case panel; its answer goes where the question says. at: the choice to begin on."""
        self.commit_typed()
        super().ask(question, typed, at)

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
        if (self.page == "help" and action_id != "help") or self.taught_page:
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
        elif self.teaching is not None and self.taught_page:
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
