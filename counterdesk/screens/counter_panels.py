"""The panels of one counter: queue, case, checklist and handoffs on one screen; what stands on them, and where the
officer is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from counterdesk.catalog.assess import Assessment
from counterdesk.catalog.assessor import Assessor
from counterdesk.catalog.casefile import CaseFile
from counterdesk.desk.state import Place as Standing
from counterdesk.screens.asking import AskingScreen
from counterdesk.screens.jumps import Place
from counterdesk.screens.policy import Policy
from counterdesk.screens.views.bars import help_view, key_hints
from counterdesk.screens.views.case import form_view, idle_view, loading_view, review_view
from counterdesk.screens.views.checklist import checklist_view
from counterdesk.screens.views.handoffs import handoff_view
from counterdesk.screens.views.papers import shown_paper
from counterdesk.screens.views.queue import queue_view
from counterdesk.screens.views.scene import Scene, Step
from counterdesk.screens.views.sheet import paper_view
from counterdesk.screens.work import Workplace
from counterdesk.station.model import ENDED_CASE, TIMEZONE, Case
from counterdesk.widgets.checklist import Checklist
from counterdesk.widgets.chooser import Chooser
from counterdesk.widgets.citizen_panel import CitizenPanel
from counterdesk.widgets.handoff_board import HandoffBoard
from counterdesk.widgets.intake_form import IntakeForm
from counterdesk.widgets.key_bar import KeyBar
from counterdesk.widgets.line_panel import LinePanel
from counterdesk.widgets.queue_list import QueueList
from counterdesk.widgets.text_view import TextView
from counterdesk.widgets.values import ChooserView, FieldView, FormView, PanelView

if TYPE_CHECKING:  # what a real desk has no use for is not loaded there
    from counterdesk.screens.teaching import Teaching

View = TypeVar("View", FormView, PanelView, ChooserView)

Page = Literal["", "receipt", "notice", "help", "policy", "briefing", "paper", "debrief", "ledger", "ready", "result"]
Side = Literal["queue", "citizen", "prompts", "board"]
SIDES: tuple[Side, ...] = ("queue", "citizen", "prompts", "board")


class CounterPanels(AskingScreen):
    """What one counter shows.

    case, step, page: what the case panel shows. revealed: the field whose masked value is shown. policy, teaching: what
    else may stand there; a subclass makes them.
    """

    PANELS: ClassVar[str] = "#panels"
    OFFLINE: ClassVar[str] = "say.offline"

    policy: Policy
    teaching: Teaching | None

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.case = ""
        self.step: Step = "identity"
        self.page: Page = ""
        self.revealed = ""
        self._place = Standing()
        self._away = False
        self._side: Side | None = None
        self._assessor = Assessor(self.index)
        self._assessed: tuple[CaseFile, object, Assessment] | None = None

    def compose_panels(self) -> ComposeResult:
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

    def on_mount(self) -> None:
        self.query_one("#page").focus()

    def on_resize(self) -> None:
        self.query_one("#handoffs").set_class(self.narrow, "narrow-hidden")
        self.present()  # what the screen knows by itself stands in its first paint

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

    def forget(self) -> None:
        """Nothing of any citizen stays in the panels."""
        self.case, self.page, self.question, self.revealed = "", "", None, ""
        self._assessed, self._assessor = None, Assessor(self.index)  # it holds the last file that it looked at
        self.chooser.show(ChooserView("", "", "", ()))  # what was typed into it goes too

    # What is shown.

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
        here = self._sitting and not self._away
        if panels.has_class("-sitting") != here:
            panels.set_class(here, "-sitting")
        if here:
            panel.show(self.marked(self.teaching.citizen(scene, panel.size.width or 30)))
        elif panel.has_focus:
            self.focus_middle()

    def marked(self, view: View) -> View:
        """A view as this screen shows it: in practice the frame says so."""
        if self.teaching is None or not view.title:
            return view
        mark = self.words("lesson.mark")
        return view if view.title.startswith(mark) else replace(view, title=f"{mark} {view.title}")

    @property
    def taught_page(self) -> bool:
        """Whether the page that is shown is one of practice."""
        return self.teaching is not None and self.page in self.teaching.pages

    @property
    def _sitting(self) -> bool:
        """Whether a citizen of practice sits at the counter."""
        return self.teaching is not None and self.teaching.lesson.sitting is not None

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

    def _show_side(self, scene: Scene) -> None:
        here = self._sitting
        side = self._side or ("citizen" if here else "prompts" if scene.assessment is not None else "queue")
        if (side == "citizen" and not here) or (side == "prompts" and scene.open_case is None):
            side = "queue"  # of nobody there is nothing to say
            if self.narrow and self.query_one("#checklist").has_focus:
                self.set_focus(self._middle_shown(), scroll_visible=False)
        panels = self.query_one("#panels")
        for name in SIDES:
            if panels.has_class(f"-{name}") != (name == side):
                panels.set_class(name == side, f"-{name}")

    def _show_middle(self, scene: Scene) -> None:
        """The case panel shows one of: a question, a page, the form."""
        case = scene.open_case
        shown: Widget = self.query_one("#page", TextView)
        if self.question is not None:
            shown = self.chooser
        elif (view := self._page_view(scene, case)) is not None:
            self.query_one("#page", TextView).show(self.marked(view))
        elif case is not None:
            form = self.query_one(IntakeForm)
            form.show(self.marked(form_view(scene, case)))
            shown = form
        self.display_in("#middle", shown)

    def _page_view(self, scene: Scene, case: Case | None) -> PanelView | None:
        """What stands in the place of the form."""
        taught = self.teaching.page(scene, self.page, self.middle_width) if self.teaching is not None else None
        if taught is not None:
            return taught
        if self.page == "help":
            return help_view(scene, self.keys, self.middle_width)
        if self.page == "policy":
            return self.policy.view(scene)
        if case is None:
            return idle_view(scene, self.middle_width)
        if (paper := shown_paper(scene, self.page)) is not None:
            return paper_view(paper, self.middle_width)
        if scene.assessment is None:
            return loading_view(scene)
        return review_view(scene, case) if self.step == "review" else None

    def asked(self, view: ChooserView) -> ChooserView:
        """A question, marked as practice where it is."""
        return self.marked(view)

    def show_asking(self) -> None:
        """The question takes the place of the form."""
        self.display_in("#middle", self.chooser)

    # Where the keys are.

    def switch_panel(self) -> None:
        """Put the keys on the next panel; on a narrow terminal that also brings it up."""
        citizen: list[tuple[str, Side | None]] = [("#citizen", "citizen")] if self._sitting else []
        prompts: list[tuple[str, Side | None]] = [("#checklist", "prompts")]
        order: list[tuple[str, Side | None]] = [
            ("middle", None),
            ("#queue", "queue"),
            *citizen,
            *(prompts if self.scene().open_case is not None or not self.narrow else []),
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
        chooser = self.chooser
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
