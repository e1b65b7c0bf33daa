"""What a trainee does at his desk as acts of a visit: the lesson looks at the ticket, the case and its file, and what
differs from what it knew becomes an act with its moment.

It knows no screen. Whoever has one calls `see` with every moment of the desk, and the other methods for what no case
file shows: what was asked, looked up and looked at. A field that was filled, a paper that was marked, a decision of the
station are acts by themselves, whichever key brought them about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec

from counterdesk.catalog.casefile import Answer, CaseFile, JsonValue
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import CAPTURED
from counterdesk.formats.wedge import Card
from counterdesk.practice.archives import SimulatedArchives
from counterdesk.practice.course import Course, Stop
from counterdesk.practice.debrief import Debrief, debrief
from counterdesk.practice.keeping import Kept
from counterdesk.practice.papers import HOLDER, NUMBER, VALID, validity
from counterdesk.practice.run import OPEN_CASE, Act, Visit
from counterdesk.practice.scenario import Scenario, leader_says, missing_papers
from counterdesk.quiet import quiet
from counterdesk.station.model import TIMEZONE, Case, Request, State, Ticket

OPENS: Final = time(9, 0)
"""When a day of practice begins, whatever the time is outside."""
CARDS: Final = ("ID", "IDT", "OLDID")
"""The papers that a card reader reads, the best first."""
_BEFORE_DECISION: Final = frozenset(("draft", "received"))
_DECLINED: Final = "not_accepted"


class PracticeClock:
    """The time of a practice day: it runs as `base` does, from the opening of the station on."""

    def __init__(self, base: Callable[[], datetime]) -> None:
        self._base = base
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """The time at the practice station."""
        return self._base() + self._ahead

    def today(self) -> date:
        """The day outside."""
        return self._base().astimezone(TIMEZONE).date()

    def begin(self, day: date) -> None:
        """It is the beginning of this day now."""
        self._ahead = datetime.combine(day, OPENS, TIMEZONE) - self._base()

    def skip(self, time: timedelta) -> None:
        """So much time passes at once."""
        self._ahead += time


@quiet
@dataclass(slots=True)
class Sitting:
    """One citizen at the counter. seconds: of the stretches that are over; since: of the one that is not.

    overrides, requests: of its case, as far as they are taken down.
    case: the one that is his visit's. told: how many notices of its file were taken down. left_open: his data stood on
    the screen with nobody at the desk, until that locked itself. done: his debrief, once he has gone.
    """

    ticket: str
    stop: Stop
    scenario: Scenario
    visit: Visit
    seconds: float = 0.0
    since: datetime | None = None
    case: str = ""
    told: int = 0
    overrides: frozenset[str] = frozenset()
    requests: frozenset[Request] = frozenset()
    left_open: bool = False
    done: Debrief | None = None

    def at(self, now: datetime) -> int:
        """Whole seconds for which he has been sitting here."""
        running = (now - self.since).total_seconds() if self.since is not None else 0.0
        return int(self.seconds + max(running, 0.0))


class Lesson:
    """A trainee's course: who comes, who sits at the counter, and what came of each.

    counter: where the trainee works. It stands between two threads: the desk's asks its registers, all else is the
    screen's.
    """

    def __init__(self, index: Index, counter: str) -> None:
        self.index = index
        self.counter = counter
        self.course: Course | None = None
        self.sitting: Sitting | None = None
        self.past: list[Sitting] = []
        self._made: dict[Stop, Scenario] = {}
        self._whose: Callable[[str], Stop | None] = lambda _: None
        self._sittings: dict[str, Sitting] = {}
        self._seed = 0
        self._day = date.min

    # --- the course ---

    def begin(self, course: Course) -> tuple[Course, ...]:
        """Take a course up. Returns its parts by day, each to be held at a station of its own: a scenario that is
        written for another day finds the law of that day."""
        self._seed = course.seed
        self.past = []
        return self.lengthen(course)

    def lengthen(self, course: Course) -> tuple[Course, ...]:
        """More people come to the course that goes on than it began with. Returns its parts, as `begin`."""
        self.course = course
        days: dict[date, list[Stop]] = {}
        for stop in course.stops:
            day = self.scenario(stop).day
            days.setdefault(day, []).append(stop)
        parts: list[Course] = []
        for day, stops in sorted(days.items(), key=lambda item: item[0] != course.day):
            first = stops[0].after
            part = msgspec.structs.replace(
                course,
                day=day,
                stops=tuple(msgspec.structs.replace(s, after=max(0.0, s.after - first)) for s in stops),
            )
            if parts:
                part = msgspec.structs.replace(part, calls=(), returns=(), drops=())
            parts.append(part)
        return tuple(parts)

    def course_again(self, scenario: Scenario) -> Course:
        """A course of one scenario exactly as it was, whatever it would be made of today."""
        stop = Stop(scenario=scenario.id, service=scenario.service, day=scenario.day, seed=scenario.seed)
        self._made[stop] = scenario
        return Course(level="hints", seed=scenario.seed, day=scenario.day, stops=(stop,))

    def open(self, part: Course, whose: Callable[[str], Stop | None]) -> None:
        """A station is set up for a part of the course; nobody is here yet. whose: the stop of a ticket that is served
        there."""
        self._day = part.day
        self._whose = whose
        self.sitting = None
        self._sittings.clear()

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Whom the course has, in its order."""
        return tuple(map(self.scenario, self.course.stops)) if self.course is not None else ()

    def waiting(self, part: Course) -> tuple[Stop, ...]:
        """The stops of a part whose citizens have not sat here yet."""
        here = [sitting.stop for sitting in self._sittings.values()]
        return tuple(stop for stop in part.stops if stop not in here and stop.comes)

    def scenario(self, stop: Stop) -> Scenario:
        """Who comes at a stop. Raises: KeyError, LookupError for a stop that a course cannot have."""
        if stop not in self._made:
            self._made[stop] = self._find(stop)
        return self._made[stop]

    def _find(self, stop: Stop) -> Scenario:
        from counterdesk.practice.collection import find  # what solves scenarios takes its time to load

        found = find(self.index, stop.scenario, stop.day, stop.seed)
        if not isinstance(found, Scenario):
            raise LookupError(f"{stop.scenario} has no case on {stop.day}: {found.reason}")
        return found

    # --- what the desk shows ---

    def see(self, state: State, files: Mapping[str, CaseFile], now: datetime) -> tuple[Sitting, ...]:
        """Take in a moment of the desk. Returns those whose visit ended with it, each with its debrief."""
        ended: list[Sitting] = []
        current = state.current_ticket(self.counter)
        serving = current if current is not None and current.state == "serving" else None
        before = self.sitting
        if before is not None:
            self._see_case(before, state, files, now)
            if serving is None or serving.id != before.ticket:
                ended += self._goes(before, state.tickets.get(before.ticket), now)
        if serving is not None and (self.sitting is None or self.sitting.ticket != serving.id):
            self.sitting = self._sits_down(serving, now)
            if self.sitting is not None:
                self._see_case(self.sitting, state, files, now)
        sitting = self.sitting
        if sitting is not None and sitting.done is None and sitting.visit.wait(sitting.at(now)):
            ended += self._end(sitting)
        return tuple(ended)

    def _sits_down(self, ticket: Ticket, now: datetime) -> Sitting | None:
        sitting = self._sittings.get(ticket.id)
        if sitting is not None and sitting.visit.over and sitting.visit.come_back():
            sitting.done = None
            self.past = [one for one in self.past if one is not sitting]
        if sitting is None or sitting.visit.over:
            stop = self._whose(ticket.id)
            if stop is None:
                return None  # somebody from before the course
            scenario = self.scenario(stop)
            sitting = Sitting(ticket.id, stop, scenario, Visit(self.index, scenario))
            self._sittings[ticket.id] = sitting
        sitting.since = now
        return sitting

    def _goes(self, sitting: Sitting, ticket: Ticket | None, now: datetime) -> Iterator[Sitting]:
        """He is not at the counter any more: put aside for a while, or gone."""
        at = sitting.at(now)
        sitting.seconds, sitting.since = float(at), None
        self.sitting = None
        if ticket is not None and ticket.state == "held":
            return
        if sitting.done is None:
            self._settle_variant(sitting.visit, at)
            sitting.visit.finish(at, cleared=not sitting.left_open)
            yield from self._end(sitting)

    def _end(self, sitting: Sitting) -> Iterator[Sitting]:
        sitting.done = debrief(self.index, sitting.scenario, sitting.visit.record, sitting.visit.truth)
        self.past.append(sitting)
        yield sitting

    def _see_case(self, sitting: Sitting, state: State, files: Mapping[str, CaseFile], now: datetime) -> None:
        case = self._case_of(sitting, state)
        if case is None or sitting.visit.over:
            return
        sitting.case = case.id
        at = sitting.at(now)
        file = files.get(case.id)
        if file is not None and not sitting.visit.decided:
            self._see_file(sitting, file, at)
            for request in case.asked:
                if request not in sitting.requests:
                    sitting.visit.request(at, request.what, request.item)
            sitting.requests |= set(case.asked)
            for prompt in sorted(frozenset(case.overrides) - sitting.overrides):
                sitting.visit.override(at, prompt)
            sitting.overrides = frozenset(case.overrides)
        if sitting.visit.decided or case.status in _BEFORE_DECISION:
            return
        self._settle_variant(sitting.visit, at)
        if case.status == _DECLINED:
            sitting.visit.decline(at, _lacking(sitting.visit))
        elif case.accepted_at is not None:
            due = case.due.isoformat() if case.due is not None else ""
            sitting.visit.accept(at, fee=case.fee, due=due, department=case.department)

    @staticmethod
    def _settle_variant(visit: Visit, at: int) -> None:
        """A variant that follows from the facts need not be chosen; it is the officer's all the same."""
        if not visit.file.variant and not visit.decided and visit.found.variant:
            visit.choose(at, visit.found.variant)

    @staticmethod
    def _case_of(sitting: Sitting, state: State) -> Case | None:
        known = state.cases.get(sitting.case)
        if known is not None and known.service == sitting.scenario.service:
            return known
        cases = [case for case in state.cases_of(sitting.ticket) if case.service == sitting.scenario.service]
        return min(cases, key=lambda case: case.opened_at, default=None)

    def _see_file(self, sitting: Sitting, file: CaseFile, at: int) -> None:
        """What was written down since the file was last seen, in the order of the catalogue."""
        visit = sitting.visit
        if file.service != visit.scenario.service:
            return
        if file.variant and file.variant != visit.file.variant:
            visit.choose(at, file.variant)
        for key in visit.plan.facts:
            before, answer = visit.file.answers.get(key), self._taken(visit, key, file.answers.get(key))
            if answer is None and before is not None:
                visit.erase(at, key)
            if answer is None or (before is not None and before.value == answer.value):
                continue
            if answer.source == "archive" and visit.citizen.find(key) == answer.value:
                visit.check(at, key)
            if visit.plan.facts[key].fact.type in CAPTURED:
                visit.check(at, key)  # he is looked at
            visit.enter(at, key, answer.value)
            if key == visit.plan.service.applicant_fact and not visit.open_case:
                visit.check(at, OPEN_CASE)
        for code in visit.plan.materials:
            status = file.materials.get(code)
            if status is None and code in visit.file.materials:
                visit.erase(at, code)
            elif status is not None and status != visit.file.materials.get(code):
                visit.mark(at, code, status)
        for prompt in sorted({*visit.file.confirmed} ^ {*file.confirmed}):
            if prompt in file.confirmed:
                visit.confirm(at, prompt)
            else:
                visit.erase(at, prompt)
        for told in file.notified[sitting.told :]:
            visit.notice(at, told.codes)
        sitting.told = len(file.notified)

    @staticmethod
    def _taken(visit: Visit, key: str, answer: Answer | None) -> Answer | None:
        """An answer as the visit has it: a picture of who sits here is his picture, whatever the device calls it; what
        the desk offers by itself where there is nothing to say is no word of the officer."""
        if answer is None:
            return None
        true = visit.citizen.find(key)
        kind = visit.plan.facts[key].fact.type
        if kind in CAPTURED:
            return Answer(true or f"{kind}:0", source=answer.source)
        return None if answer.source == "carried" and true is None else answer

    # --- what no case file shows ---

    def ask(self, key: str, now: datetime) -> Act | None:
        """Ask who sits here for a fact."""
        sitting = self.sitting
        return sitting.visit.ask(sitting.at(now), key) if sitting is not None else None

    def check(self, key: str, now: datetime) -> Act | None:
        """Look a fact up, or see for oneself."""
        sitting = self.sitting
        return sitting.visit.check(sitting.at(now), key) if sitting is not None else None

    def look(self, code: str, now: datetime) -> Act | None:
        """Ask for a paper and look at it."""
        sitting = self.sitting
        return sitting.visit.look(sitting.at(now), code) if sitting is not None else None

    def do(self, deed: str, now: datetime) -> Act | None:
        """Something beside the form."""
        sitting = self.sitting
        return sitting.visit.do(sitting.at(now), deed) if sitting is not None else None

    def settle(self, now: datetime) -> None:
        """All open checks are answered as uneventful with one key; the file says so in the next moment."""
        if self.sitting is not None:
            self.sitting.visit.settle(self.sitting.at(now))

    def leave_open(self) -> None:
        """The trainee went away and left who sits here, and his data on the screen, to whoever comes by."""
        if self.sitting is not None:
            self.sitting.left_open = True

    def read_card(self, now: datetime) -> tuple[Act | None, Card | None]:
        """Lay the citizen's card on the reader: the act of looking at it, and what the reader gives; None for neither
        where no card is asked for in this case."""
        sitting = self.sitting
        if sitting is None:
            return None, None
        needed = {state.use.code for state in sitting.visit.found.materials if state.needed is not False}
        code = next((code for code in CARDS if code in needed), "")
        if not code:
            return None, None
        act = sitting.visit.look(sitting.at(now), code)
        if act.result != "shown" or not act.seen.get(NUMBER):
            return act, None
        expires = VALID if act.seen.get(VALID) else validity(code, act.seen)
        said = {name: str(act.seen.get(name) or "") for name in (NUMBER, HOLDER, expires)}
        return act, Card(number=said[NUMBER], name=said[HOLDER], expires=said[expires])

    def known(self, key: str) -> tuple[JsonValue, ...]:
        """What was said or shown of a fact so far, the latest first, each value once."""
        sitting = self.sitting
        if sitting is None:
            return ()
        found: list[JsonValue] = []
        for act in reversed(sitting.visit.record.acts):
            value = act.seen.get(key) if act.kind in ("ask", "check", "look") else None
            if value is not None and value not in found:
                found.append(value)
        return tuple(found)

    def leader_says(self, case: Case, request: Request) -> tuple[bool, str]:
        """What the shift leader answers to a trainee's question: yes or no, with his reason. Of who does not belong to
        the course he knows nothing."""
        sitting = self._sittings.get(case.ticket)
        if sitting is None or sitting.scenario.service != case.service:
            return False, "come_to_counter"
        return leader_says(sitting.scenario, sitting.visit.truth, request.what, request.item)

    def lookup(self, service: str, key: str, value: str) -> dict[str, JsonValue]:
        """What the registers say of somebody who sits here: the truth of all that is theirs to say, and of a stranger
        what `SimulatedArchives` makes up. As `host.Archives`."""
        simulated = SimulatedArchives(self._seed, self.index, lambda: self._day).lookup(service, key, value)
        for sitting in list(self._sittings.values()):
            answers = sitting.visit.truth.file.answers
            answer = answers.get(key)
            if sitting.scenario.service != service or answer is None or answer.value != value:
                continue
            facts = sitting.visit.plan.facts
            theirs = (name for name in simulated if facts[name].fact.source == "register" and name in answers)
            return {name: v for name in theirs if (v := answers[name].value) is not None}
        return simulated


Playing = Callable[[Sitting], Sequence[Act]]
"""What an officer does with who sits there, where a run plays itself."""


def perfectly(sitting: Sitting) -> Sequence[Act]:
    """As the perfect officer does it."""
    from counterdesk.practice.scripted import play

    return play(sitting.visit.index, sitting.scenario, truth=sitting.visit.truth).acts


def kept_playing(kept: Kept) -> Playing:
    """As it was done in a run that was kept."""
    return lambda _: kept.record.acts


def _lacking(visit: Visit) -> tuple[str, ...]:
    """What a decision not to accept names: the papers that were found missing, and the blockers."""
    found = visit.found
    papers = (f"material:{state.use.code}" for state in missing_papers(found))
    blockers = (
        f"prompt:{state.prompt.id}"
        for state in found.prompts
        if state.prompt.level == "BLOCK" and state.prompt.stage == "intake" and state.value and not state.overridden
    )
    return (*papers, *blockers)
