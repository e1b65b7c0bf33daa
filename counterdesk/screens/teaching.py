"""The trainee at his desk: a citizen sits there, and afterwards it is told what was right and wrong.

It hears every moment of the desk and hands it to the lesson; what the lesson makes of it is in the record of the visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.pinyin import fold
from counterdesk.desk import intake
from counterdesk.practice.readiness import readiness
from counterdesk.practice.run import Act
from counterdesk.practice.scenario import Scenario
from counterdesk.screens import questions as q
from counterdesk.screens.course_acts import CourseActs
from counterdesk.screens.views import progress
from counterdesk.screens.views import teaching as v
from counterdesk.screens.views.case import entry_text
from counterdesk.screens.views.scene import Scene
from counterdesk.station.model import Case
from counterdesk.widgets.values import Choice, ChooserView, PanelView

if TYPE_CHECKING:
    pass

PAGES: Final = frozenset(("briefing", "debrief", "paper", "ledger", "ready", "result"))
"""Pages of the case panel that belong to practice."""


class Teaching(CourseActs):
    """Practice at one counter screen."""

    pages = PAGES

    def see(self, scene: Scene) -> None:
        """Take in this moment; what it ends is told."""
        self._start()
        if scene.desk.session is None:
            return  # who is away sees nothing; his citizen waits
        for sitting in self.lesson.see(scene.station, scene.desk.files, scene.now):
            self._ended(scene, sitting)
        self._around(scene)

    def settled(self) -> None:
        """The case panel has followed the news of the desk: what came of a visit is shown in it."""
        if self._after and self.lesson.sitting is None:
            self._screen.page, self._after = self._after, ""

    def restless(self, scene: Scene) -> bool:
        """Whether time alone changed what is seen of who sits here; asked every second."""
        sitting = self.lesson.sitting
        minutes = sitting.at(scene.now) // 60 if sitting is not None else -1
        late = sitting is not None and sitting.done is None and sitting.at(scene.now) > sitting.visit.citizen.patience
        moment = (minutes, self.lesson.course)
        changed, self._moment = moment != self._moment, moment
        self._around(scene)
        return changed or late

    def before(self, action: str, scene: Scene) -> None:
        """What no case file shows of an action becomes an act."""
        if action == "quiet_checks":
            self.lesson.settle(scene.now)

    def open_case(self, case: Case) -> str:
        """The other open case of who sits here, as far as it was looked up."""
        sitting = self.lesson.sitting
        mine = sitting is not None and sitting.ticket == case.ticket
        return sitting.visit.open_case if mine and sitting is not None else ""

    def role(self, case: Case, role: str) -> str:
        """Who the trainee is in this scenario."""
        sitting = self.lesson.sitting
        mine = sitting is not None and sitting.ticket == case.ticket
        return sitting.scenario.role if mine and sitting is not None else role

    def quit_prompt(self, scene: Scene) -> str:
        """What leaving now would cost, in words: an exam that is not over counts as failed. "" for nothing."""
        course = self.lesson.course
        if course is None or not course.exam or self.result is not None:
            return ""
        return scene.words("lesson.quit_exam")

    def page(self, scene: Scene, page: str, width: int) -> PanelView | None:
        """The page of practice that is open, None where there is nothing to show on it."""
        match page:
            case "briefing":
                needed = (self.lesson.course.passed if self.lesson.course is not None else 0) or self.room.passed
                return v.briefing_view(scene, self.lesson.course, self._shown_scenarios(), needed, width)
            case "paper" if self.lesson.sitting is not None:
                return v.paper_view(scene, self.lesson.sitting, self._paper, width)
            case "debrief" if self.ended is not None:
                classroom = self._classroom()
                more = classroom is not None and classroom.more
                practised = self.lesson.course is not None and not self.lesson.course.exam
                return v.debrief_view(scene, self.ended, more=more, practised=practised, width=width)
            case "ledger":
                keeper = self.room.keeper
                return progress.ledger_view(
                    scene, keeper.ledger, self._following(), kept=keeper.kept_for_good, width=width
                )
            case "result" if self.result is not None and self.lesson.course is not None:
                return progress.result_view(scene, self.lesson.course, self.result, self.lesson.past, width)
            case "ready":
                rows = readiness(self.lesson.index, self.room.keeper.ledger, self.clock.today(), self.room.passed)
                return progress.readiness_view(scene, rows, width)
        return None

    def _shown_scenarios(self) -> tuple[Scenario, ...]:
        course = self.lesson.course
        return self.lesson.scenarios if course is not None and course.hints else ()

    def citizen(self, scene: Scene, width: int) -> PanelView:
        """The panel of who sits here."""
        course = self.lesson.course
        return v.citizen_view(scene, self.lesson.sitting, hinted=course is not None and course.hints, width=width)

    def under_cursor(self) -> tuple[str, str]:
        """What the cursor stands on: ("fact" or "material", its key), ("", "") for nothing of the kind."""
        screen = self._screen
        key = screen.active_field
        if screen.question is not None or screen.page or not key:
            return "", ""
        return ("material" if screen.step == "materials" else "fact"), key

    def inquire(self, scene: Scene) -> None:
        """The one key: of a paper, look at it; of a fact that is known, take it; else ask, or look it up."""
        kind, key = self.under_cursor()
        if self.lesson.sitting is None or scene.file is None:
            self._screen.say(scene.words("lesson.nobody_here"), "warn")
        elif kind == "material":
            self.look(scene, key)
        elif kind == "fact" and key == "variant":
            self._screen.say(scene.words("lesson.ask_variant"))
        elif kind == "fact":
            fact = scene.index.fact(scene.file.service, key)
            empty = key not in scene.file.answers and not scene.file.entered.get(key)
            if empty and self.lesson.known(key):
                self.take(scene, key)
            elif fact.source == "applicant" or (fact.source == "document" and fact.section != "checks"):
                self._tell(scene, self.lesson.ask(key, scene.now))
            else:
                self._tell(scene, self.lesson.check(key, scene.now))

    def look(self, scene: Scene, code: str) -> None:
        """Ask for a paper; what is shown lies beside the form."""
        act = self.lesson.look(code, scene.now)
        self._tell(scene, act)
        if act is not None and act.result == "shown":
            self.show_paper(code)

    def show_paper(self, code: str) -> None:
        """Bring up a paper that was shown before."""
        self._paper = code
        self._screen.page = "paper"
        self._screen.focus_middle()

    def _tell(self, scene: Scene, act: Act | None) -> None:
        sitting = self.lesson.sitting
        if act is None or sitting is None:
            return
        refused = act.result not in ("said", "shown", "found", "nothing")
        self._screen.say(v.reply_text(scene, sitting, act), "warn" if refused else "ok")
        self._screen.bring_up("citizen")

    def take(self, scene: Scene, key: str) -> None:
        """Write down what was said or shown last of a fact."""
        known, file = self.lesson.known(key), scene.file
        if not known or file is None:
            return
        value = known[0]
        case, service = file.case, file.service
        self._screen.doing.commit_text(case, service, key, entry_text(value))
        taken = self._screen.desk.state.files.get(case)
        answer = taken.answers.get(key) if taken is not None else None
        if answer is None or answer.value != value:
            self._screen.desk.edit_file(case, lambda before: _with(before, key, value))

    def read_card(self, scene: Scene) -> None:
        """Lay his card on the reader."""
        act, card = self.lesson.read_card(scene.now)
        file = scene.file
        if act is None or file is None:
            self._screen.say(scene.words("lesson.no_card"), "warn")
            return
        self._tell(scene, act)
        if card is not None:
            self._screen.doing.scanning.read(scene, file, card)

    def ask_deed(self, scene: Scene) -> None:
        """What may be done beside the form."""
        sitting = self.lesson.sitting
        if sitting is None:
            return
        rows = [(deed.id, scene.pick(deed.text), "", "") for deed in sitting.scenario.deeds]
        view = ChooserView("deed", scene.words("action.deed"), scene.words("lesson.deed"), q.numbered(rows))

        def then(deed: str) -> None:
            now = self._screen.scene()
            self.lesson.do(deed, now.now)
            self._screen.say(now.words("lesson.done"), "ok")

        self._screen.ask(q.Question(view, then))

    def ask_paper(self, scene: Scene) -> None:
        """Ask for any paper at all, also one that no list has."""

        def choices(text: str) -> tuple[Choice, ...]:
            wanted = fold(text)
            found = ((one.code, scene.pick(one.name)) for one in scene.index.catalog.materials)
            return tuple(Choice(code, name) for code, name in found if not wanted or wanted in fold(name))

        view = ChooserView(
            "ask_paper",
            scene.words("action.ask_paper"),
            scene.words("lesson.which_paper"),
            choices(""),
            typed=True,
            empty=scene.words("menu.none"),
        )
        self._screen.ask(q.Question(view, lambda code: self.look(self._screen.scene(), code), choices))

    def choose(self, line_id: str) -> None:
        """Enter on a line of a page or of the citizen's panel."""
        screen, scene = self._screen, self._screen.scene()
        kind, _, rest = line_id.partition(":")
        match kind:
            case "start":
                screen.page = ""
            case "again" if self.ended is not None:
                self.again(self.ended)
            case "next":
                self.go_on()
            case "briefing" | "ledger" | "ready":
                screen.page = kind
                screen.show_page()
            case "result":
                self.close(scene)
            case "past" if rest.isdigit() and int(rest) < len(self.lesson.past):
                self.ended = self.lesson.past[int(rest)]
                screen.page = "debrief"
                screen.show_page()
            case "run":
                self.ask_run(scene, int(rest))
            case "practise":
                self.practise(rest)
            case "group":
                self.practise_group(rest)
            case "demo":
                self.demonstrate()
            case "mistake" if self.ended is not None:
                passage = v.mistake_passage(self.ended, line_id)
                if passage:
                    screen.policy.open_passage(passage)
            case "paper":
                self.show_paper(rest)
            case "fact":
                screen.doing.go_to_fact(scene, rest)
            case "mark":
                self.mark(scene, rest)
        screen.present()

    def mark(self, scene: Scene, status: str) -> None:
        """Say what was found for the paper that lies open, and go on to the next one."""
        code, screen = self._paper, self._screen
        screen.desk.edit_file(scene.case, lambda f: intake.mark_material(f, code, status))  # type: ignore[arg-type]
        screen.page = ""
        screen.present()
        keys = [field.key for field in screen.form_fields]
        if code in keys[:-1]:
            screen.go_to_field(keys[keys.index(code) + 1])

    def digit(self, scene: Scene, character: str) -> bool:
        """A digit while a paper lies open marks it. False: it means nothing here."""
        if self._screen.page != "paper" or character not in "123":
            return False
        self.mark(scene, v.MARKS[int(character) - 1])
        return True


def _with(file: CaseFile, key: str, value: JsonValue) -> CaseFile:
    entered = {k: v for k, v in file.entered.items() if k != key}
    return msgspec.structs.replace(file, answers={**file.answers, key: Answer(value=value)}, entered=entered, at=key)
