"""The trainee at his desk: a citizen sits there, and afterwards it is told what was right and wrong.

It hears every moment of the desk and hands it to the lesson; what the lesson makes of it is in the record of the visit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
from textual import events

from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.index import fold
from counterdesk.desk import intake
from counterdesk.practice.course import Course
from counterdesk.practice.keeping import Keeper, KeepingError
from counterdesk.practice.ledger import PASS, again, due
from counterdesk.practice.lesson import Lesson, Playing, PracticeClock, Sitting, kept_playing, perfectly
from counterdesk.practice.phone import Phone
from counterdesk.practice.readiness import readiness
from counterdesk.practice.result import Result, Served, result
from counterdesk.practice.run import Act
from counterdesk.practice.scenario import Scenario
from counterdesk.quiet import quiet
from counterdesk.screens import questions as q
from counterdesk.screens.player import Player
from counterdesk.screens.views import progress
from counterdesk.screens.views import teaching as v
from counterdesk.screens.views.case import entry_text
from counterdesk.screens.views.scene import Scene
from counterdesk.station.commands import TicketLeaves
from counterdesk.station.model import Case
from counterdesk.widgets.values import Choice, ChooserView, PanelView

if TYPE_CHECKING:
    from counterdesk.desk.classroom import Classroom
    from counterdesk.practice.collection import Listed
    from counterdesk.screens.desk import CounterScreen, Page

PAGES: Final = frozenset(("briefing", "debrief", "paper", "ledger", "ready", "result"))
"""Pages of the case panel that belong to practice."""


@quiet
@dataclass(frozen=True, slots=True)
class CourseRoom:
    """What is practised at a desk.

    clock: of its station. classroom: where, once the desk is made. keeper: of what the trainee did. seed: draws what he
    meets. passed: the score that is enough. pace: how much faster than it was a run plays itself. plays: how the first
    citizen is served, where that is only looked at.
    """

    lesson: Lesson
    clock: PracticeClock
    classroom: Callable[[], Classroom | None]
    keeper: Keeper
    seed: int = 7
    passed: int = PASS
    pace: float = 6.0
    plays: Playing | None = None


class Teaching:
    """Practice at one counter screen."""

    pages = PAGES

    def __init__(self, screen: CounterScreen, room: CourseRoom) -> None:
        self._screen = screen
        self.lesson = room.lesson
        self.clock = room.clock
        self._classroom = room.classroom
        self._started = False
        self._minutes = -1
        self._paper = ""
        self.ended: Sitting | None = None
        self.room = room
        self.player: Player | None = None
        self.phone: Phone | None = None
        self.result: Result | None = None
        self.attempt = 0
        """The number of the exam's attempt, 0 for none."""
        self._after: Page = ""
        """What is shown once the counter is free."""
        self._told_lines: tuple[tuple[int, str], ...] = ()
        self._served: list[Served] = []
        self._next: tuple[object, list[tuple[Listed, bool]]] = (None, [])
        self._kept: list[Sitting] = []
        """Whose run is in the ledger, or must not come into it."""

    # --- the moments of the desk ---

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
        changed, self._minutes = minutes != self._minutes, minutes
        self._around(scene)
        return changed or late

    def _start(self) -> None:
        """The course that the desk began with is there."""
        course = self.lesson.course
        if self._started or course is None or self._classroom() is None:
            return
        self._started = True
        self._take_up(course)
        if self.room.plays is not None:
            self.replay(self.room.plays)
        else:
            self._screen.page = "briefing"

    def begin(self, course: Course) -> None:
        """Hold another course from now on."""
        classroom = self._classroom()
        if classroom is None:
            return
        self._take_up(course)
        self._screen.desk.call(lambda desk: classroom.start(course))
        self._screen.desk.call(lambda desk: desk.retry_now())

    def _take_up(self, course: Course) -> None:
        """Nothing has happened in a course yet; an exam is in the ledger before its first citizen comes."""
        self.ended, self.result, self.attempt = None, None, 0
        self.phone, self._told_lines, self._served = Phone(course.calls), (), []
        if course.exam:
            self._kept_safely(lambda: self._begin_attempt(course))

    def _begin_attempt(self, course: Course) -> None:
        from counterdesk.practice.exam import digest_of

        needed, digest = course.passed or self.room.passed, digest_of(self.lesson.index, course)
        self.attempt = self.room.keeper.begin_attempt(course.exam, digest, self.clock.today(), needed)

    def _kept_safely(self, act: Callable[[], object]) -> None:
        """What cannot be kept is said, and practice goes on."""
        try:
            act()
        except KeepingError as error:
            self._screen.say(self._screen.words(f"teach.ledger.{error.code}"), "block")

    def _ended(self, scene: Scene, sitting: Sitting) -> None:
        """A visit is over: he has left if he would not wait, and his run is kept before anything is told."""
        screen, classroom, course = self._screen, self._classroom(), self.lesson.course
        gone = scene.station.tickets.get(sitting.ticket)
        if gone is not None and gone.state == "serving":
            screen.doing.submit(TicketLeaves(ticket=sitting.ticket))
            screen.say(scene.words("lesson.left"), "block")
        self._keep(sitting)
        if course is None or classroom is None or sitting.done is None:
            return
        if sitting.stop in course.stops:
            at = course.stops.index(sitting.stop)
            self._served = [one for one in self._served if one.stop != at]
            self._served.append(Served(stop=at, found=sitting.done, at=classroom.elapsed))
        screen.question = None
        if not course.exam:
            self.ended, self._after = sitting, "debrief"
        elif classroom.more:
            screen.say(scene.words("lesson.kept"), "ok")
        else:
            self.close(scene)
            self._after = "result"

    def close(self, scene: Scene) -> None:
        """The course is over: what came of it."""
        course, classroom = self.lesson.course, self._classroom()
        if course is None or classroom is None:
            return
        seconds = classroom.elapsed
        phone = self.phone.acts if self.phone is not None else []
        waiting = [case for case in scene.station.cases.values() if case.status == "supplementing"]
        found = result(
            self.lesson.index,
            course,
            self._served,
            seconds=seconds,
            phone=phone,
            returns_left=len(waiting) if course.returns else 0,
            needed=self.room.passed,
        )
        if self.result is None and self.attempt:
            keeper, number = self.room.keeper, self.attempt
            self._kept_safely(lambda: keeper.finish_attempt(number, found.score, found.seconds, found.scores))
        self.result = found
        self._screen.page = "result"

    def _keep(self, sitting: Sitting) -> None:
        """One run in the ledger for each visit, however often its end was taken back; none that played itself."""
        if sitting.done is None or any(sitting is one for one in self._kept):
            return
        self._kept.append(sitting)
        keeper, scenario, record, found = self.room.keeper, sitting.scenario, sitting.visit.record, sitting.done
        self._kept_safely(lambda: keeper.keep(scenario, record, found, self.clock.today(), self.attempt))

    # --- what happens around the visits ---

    def _around(self, scene: Scene) -> None:
        """The telephone, and the time limit of an exam."""
        classroom, course, phone = self._classroom(), self.lesson.course, self.phone
        if classroom is None or course is None or phone is None or self.result is not None:
            return
        at = int(classroom.elapsed)
        lines = phone.lines(at)
        if lines != self._told_lines:
            self._told_lines = lines
            states = [state for _, state in lines]
            if states:
                state = "ringing" if "ringing" in states else states[0]
                self._screen.say(scene.words(f"lesson.phone.{state}"), "block" if state == "ringing" else "warn")
        if course.minutes and at > course.minutes * 60:
            self._screen.say(scene.words("lesson.time_over"), "block")
            self.close(scene)

    def ask_phone(self, scene: Scene) -> None:
        """What to do with the call that there is."""
        classroom, course, phone = self._classroom(), self.lesson.course, self.phone
        if classroom is None or course is None or phone is None:
            return
        at = int(classroom.elapsed)
        talking = next((course.calls[number] for number, state in phone.lines(at) if state == "talking"), None)
        prompt = scene.words("lesson.phone.none")
        if talking is not None:
            prompt = scene.words(f"teach.phone.topic.{talking.topic}", service=scene.service_name(talking.service))
        elif phone.lines(at):
            prompt = scene.words(f"lesson.phone.{phone.lines(at)[0][1]}")
        rows = [(kind, scene.words(f"teach.phone.do.{kind}"), "", "") for kind in phone.possible(at)]
        view = ChooserView("phone", scene.words("action.phone"), prompt, q.numbered(rows), empty=prompt)

        def then(kind: str) -> None:
            phone.do(int(classroom.elapsed), kind)  # type: ignore[arg-type]
            if kind in ("answer", "resume"):
                self.ask_phone(self._screen.scene())

        self._screen.ask(q.Question(view, then))

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

    # --- what is shown ---

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

    def _following(self) -> list[tuple[Listed, bool]]:
        """What to practise next, and whether it is due."""
        from counterdesk.practice.choosing import choose
        from counterdesk.practice.collection import listing

        day, ledger, index = self.clock.today(), self.room.keeper.ledger, self.lesson.index
        moment = (day, len(ledger.runs))
        if self._next[0] != moment:
            due_ones = {again(index, ledger, card) for card in due(ledger, day)}
            rows = {row.id: row for row in listing(index)}
            names = islice(choose(index, ledger, day, self.room.seed), progress.NEXT)
            self._next = (moment, [(rows[name], name in due_ones) for name in names])
        return self._next[1]

    def citizen(self, scene: Scene, width: int) -> PanelView:
        """The panel of who sits here."""
        course = self.lesson.course
        return v.citizen_view(scene, self.lesson.sitting, hinted=course is not None and course.hints, width=width)

    # --- what the trainee does ---

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

    # --- pages ---

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

    def ask_run(self, scene: Scene, number: int) -> None:
        """What to do with a run of the ledger: practise its scenario again, or see it played."""
        keeper = self.room.keeper
        run = next((run for run in keeper.ledger.runs if run.number == number), None)
        if run is None:
            return
        gone = "" if number in keeper.runs else scene.words("teach.ledger.no_run")
        rows = [
            ("practise", scene.words("lesson.again"), "", ""),
            ("replay", scene.words("lesson.see_again"), "", gone),
        ]
        view = ChooserView("run", scene.words("lesson.ledger"), run.day.isoformat(), q.numbered(rows))

        def then(choice: str) -> None:
            if choice == "practise":
                self.practise(run.scenario)
                return
            try:
                kept = keeper.run(number)
            except KeepingError as error:
                self._screen.say(scene.words(f"teach.ledger.{error.code}"), "block")
                return
            if self._begin_anew(self.lesson.course_again(kept.scenario)):
                self.replay(kept_playing(kept))

        self._screen.ask(q.Question(view, then))

    def practise(self, scenario: str) -> None:
        """A course of one scenario."""
        from counterdesk.practice.course import make_course

        seed, day = self.room.seed, self.clock.today()
        try:
            course = make_course(self.lesson.index, "hints", seed, day, [scenario])
        except (KeyError, ValueError):
            self._screen.say(self._screen.words("lesson.not_today"), "warn")
            return
        self._begin_anew(course)

    def practise_group(self, group: str) -> None:
        """A mixed course through the services of a queue group."""
        from counterdesk.practice.choosing import choose
        from counterdesk.practice.course import make_course

        index, seed, day = self.lesson.index, self.room.seed, self.clock.today()
        services = [one.id for one in index.catalog.services if one.group == group]
        names = choose(index, self.room.keeper.ledger, day, seed, services=services)
        try:
            self._begin_anew(make_course(index, "mixed", seed, day, names))
        except ValueError:
            self._screen.say(self._screen.words("lesson.not_today"), "warn")

    def _begin_anew(self, course: Course) -> bool:
        """A course in place of the one that was; False while somebody is at the counter."""
        screen = self._screen
        if screen.scene().current is not None:
            screen.say(screen.words("blocked.ticket_here"), "warn")
            return False
        self.begin(course)
        screen.page = "briefing"
        screen.show_page()
        return True

    # --- a run that plays itself ---

    def demonstrate(self) -> None:
        """A perfect officer serves the next citizen."""
        self.replay(perfectly)

    def replay(self, acts_of: Playing) -> None:
        """Serve the next citizen by these acts, key by key; it comes into no ledger."""
        if self.player is not None:
            return
        player = Player(self._screen, self.lesson, self.clock, self.room.pace)
        self.player = player
        self._screen.page = ""

        def acts(sitting: Sitting) -> Sequence[Act]:
            self._kept.append(sitting)
            return acts_of(sitting)

        async def work() -> None:
            try:
                await player.serve(acts)
            finally:
                self.player = None
            self._screen.say(self._screen.words("lesson.demo_over"), "accent")

        self._screen.say(self._screen.words("lesson.demo"), "accent")
        self._screen.run_worker(work())

    def outside(self, event: events.Key) -> bool:
        """Whether a key was pressed by a person while a run plays itself; that ends it."""
        if self.player is None or self.player.is_mine(event):
            return False
        self.player.stop()
        return True

    def go_on(self) -> None:
        """The next citizen of the course."""
        classroom = self._classroom()
        if classroom is not None:
            self._screen.desk.call(lambda desk: classroom.go_on())
            self._screen.desk.call(lambda desk: desk.retry_now())
        self._screen.page = ""

    def again(self, sitting: Sitting) -> None:
        """The same citizen once more; the course goes on after him."""
        classroom = self._classroom()
        if classroom is None:
            return
        stop = msgspec.structs.replace(sitting.stop, after=0.0)
        self._screen.desk.call(lambda desk: classroom.again(stop))
        self._screen.desk.call(lambda desk: desk.retry_now())
        self._screen.page = ""

    def mark(self, scene: Scene, status: str) -> None:
        """Say what was found for the paper that lies open."""
        code = self._paper
        self._screen.desk.edit_file(scene.case, lambda f: intake.mark_material(f, code, status))  # type: ignore[arg-type]
        self._screen.page = ""
        self._screen.present()

    def digit(self, scene: Scene, character: str) -> bool:
        """A digit while a paper lies open marks it. False: it means nothing here."""
        if self._screen.page != "paper" or character not in "123":
            return False
        self.mark(scene, v.MARKS[int(character) - 1])
        return True


def _with(file: CaseFile, key: str, value: JsonValue) -> CaseFile:
    entered = {k: v for k, v in file.entered.items() if k != key}
    return msgspec.structs.replace(file, answers={**file.answers, key: Answer(value=value)}, entered=entered, at=key)
