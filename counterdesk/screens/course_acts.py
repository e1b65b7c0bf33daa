"""The course at a trainee's desk: what is begun, what is kept of it, what happens around the visits, and what plays
itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
from textual import events

from counterdesk.practice.course import Course
from counterdesk.practice.keeping import Keeper, KeepingError
from counterdesk.practice.ledger import PASS, again, due
from counterdesk.practice.lesson import Lesson, Playing, PracticeClock, Sitting, kept_playing, perfectly
from counterdesk.practice.phone import Phone
from counterdesk.practice.result import Result, Served, result
from counterdesk.practice.run import Act
from counterdesk.quiet import quiet
from counterdesk.screens import questions as q
from counterdesk.screens.player import Player
from counterdesk.screens.views import progress
from counterdesk.screens.views.notices import moved_text
from counterdesk.screens.views.scene import Scene
from counterdesk.station.commands import TicketLeaves
from counterdesk.widgets.values import ChooserView

if TYPE_CHECKING:
    from counterdesk.desk.classroom import Classroom
    from counterdesk.practice.collection import Listed
    from counterdesk.screens.counter_panels import Page
    from counterdesk.screens.desk import CounterScreen


@quiet
@dataclass(frozen=True, slots=True)
class CourseRoom:
    """What is practised at a desk.

    clock: of its station. classroom: where, once the desk is made. keeper: of what the trainee did. seed: draws what he
    meets. passed: the score that is enough. pace: how much faster than it was a run plays itself. plays: how the first
    citizen is served, where that is only looked at. whole: makes the course of which the desk began with the first
    citizen alone, since to solve the others takes its time.
    """

    lesson: Lesson
    clock: PracticeClock
    classroom: Callable[[], Classroom | None]
    keeper: Keeper
    seed: int = 7
    passed: int = PASS
    pace: float = 6.0
    plays: Playing | None = None
    whole: Callable[[], Course] | None = None


_SETTLED: Final = 0.3
"""Seconds after the briefing is there until the rest of the course is made: by then it is on the screen."""


class CourseActs:
    """A trainee's courses at one counter screen."""

    def __init__(self, screen: CounterScreen, room: CourseRoom) -> None:
        self._screen = screen
        self.lesson = room.lesson
        self.clock = room.clock
        self._classroom = room.classroom
        self._started = False
        self._moment: tuple[int, Course | None] = (-1, None)
        """What time changes by itself, as it was last seen: his minute, and the course."""
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
        self._told_back: frozenset[str] = frozenset()
        self._served: list[Served] = []
        self._next: tuple[object, list[tuple[Listed, bool]]] = (None, [])
        self._kept: list[Sitting] = []
        """Whose run is in the ledger, or must not come into it."""

    def _start(self) -> None:
        """The course that the desk begins with is there; its briefing does not wait for the station."""
        course, plays = self.lesson.course, self.room.plays
        if self._started or course is None or (plays is not None and self._classroom() is None):
            return
        self._started = True
        self._take_up(course)
        if self.room.whole is not None:
            self._screen.set_timer(_SETTLED, self._lengthen)
        if plays is not None:
            self.replay(plays)
        else:
            self._screen.page = "briefing"

    def _lengthen(self) -> None:
        """The others of the course that the desk began with come too."""
        whole = self.room.whole

        def lengthen(_: object) -> None:
            classroom = self._classroom()
            if classroom is not None and whole is not None:
                classroom.lengthen(whole())

        self._screen.desk.call(lengthen)

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
        self.phone, self._told_lines, self._told_back, self._served = Phone(course.calls), (), frozenset(), []
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

    def _around(self, scene: Scene) -> None:
        """The telephone, and the time limit of an exam."""
        classroom, course, phone = self._classroom(), self.lesson.course, self.phone
        if classroom is None or course is None or phone is None or self.result is not None:
            return
        at = int(classroom.elapsed)
        lines = phone.lines(at)
        if lines != self._told_lines:
            self._told_lines = lines
            states: list[str] = [state for _, state in lines] or [act.kind for act in phone.acts[-1:]]
            state = "ringing" if "ringing" in states else states[0]
            self._screen.say(scene.words(f"lesson.phone.{state}"), "block" if state == "ringing" else "warn")
        if course.returns:
            back = {case.id: case for case in scene.station.cases.values() if case.status == "supplementing"}
            for case in sorted(back.keys() - self._told_back):  # the officer before had it: no other word tells of it
                self._screen.say(*moved_text(scene, back[case]))
            self._told_back = frozenset(back)
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
            self._begin_anew(self.lesson.course_again(kept.scenario), lambda: self.replay(kept_playing(kept)))

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

    def _begin_anew(self, course: Course, then: Callable[[], object] = lambda: None) -> None:
        """A course in place of the one that was, not while somebody is at the counter; whoever sits an exam is asked
        first, since that ends it. then: what follows."""
        screen, scene = self._screen, self._screen.scene()
        if scene.current is not None:
            screen.say(scene.words("blocked.ticket_here"), "warn")
            return

        def begin(answer: str) -> None:
            if answer != "yes":
                return
            self.begin(course)
            screen.page = "briefing"
            screen.show_page()
            then()

        going_on = self.lesson.course
        if going_on is None or not going_on.exam or self.result is not None:
            begin("yes")
            return
        prompt = scene.words("lesson.give_up")
        screen.ask(q.Question(q.yes_no(scene, "give_up", scene.words("lesson.levels.exam"), prompt), begin))

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
