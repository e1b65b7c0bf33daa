"""An exam: read, checked, and the same for everybody; and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from counterdesk.catalog.index import Index
from counterdesk.locale import LANGUAGES, Words
from counterdesk.practice import exam as exams
from counterdesk.practice.collection import find
from counterdesk.practice.course import Call, Course, Stop, encode
from counterdesk.practice.debrief import Debrief
from counterdesk.practice.exam import Exam, check, course_of, digest_of, read
from counterdesk.practice.phone import PhoneAct
from counterdesk.practice.result import SLIPS, Result, Served, result
from counterdesk.practice.scenario import Scenario

from .teaching import DAY

GOOD = """
[exam]
id = "basics"
name = { zh = "基础", en = "Basics" }
day = 2026-11-23
seed = 3
minutes = 30
"""
SERVICES = GOOD + 'services = ["idcard.renew", "idcard.first"]\ncount = 6\n'
SCENARIOS = GOOD + 'scenarios = ["idcard.renew:P1", "idcard.renew/damaged-card"]\npass = 90\n'


def made(text: str) -> Exam:
    exam, flaws = read(text)
    assert flaws == []
    assert exam is not None
    return exam


@pytest.mark.parametrize("name", exams.shipped())
def test_the_exams_that_come_with_the_program_are_in_order(index: Index, name: str) -> None:
    exam = made(exams.shipped()[name])
    assert check(index, exam) == []
    assert exam.id == name
    assert {stop.service for stop in course_of(index, exam).stops} == set(exam.services)


def test_everybody_meets_the_same_citizens(index: Index) -> None:
    exam = made(SERVICES)
    assert check(index, exam) == []
    course = course_of(index, exam, needed=70)
    assert encode(course) == encode(course_of(index, made(SERVICES), needed=70))
    assert (course.level, course.exam, course.minutes, course.passed, course.hints) == ("exam", "basics", 30, 70, False)
    assert len(course.stops) == 6
    assert {stop.service for stop in course.stops} == set(exam.services)
    assert all(isinstance(find(index, one.scenario, one.day, one.seed), Scenario) for one in course.stops)


def test_named_scenarios_come_in_their_order_with_a_pass_mark_of_their_own(index: Index) -> None:
    exam = made(SCENARIOS)
    assert check(index, exam) == []
    course = course_of(index, exam, needed=70)
    assert [stop.scenario for stop in course.stops] == list(exam.scenarios)
    assert course.passed == 90


def test_an_exam_that_was_changed_is_another_one(index: Index) -> None:
    others = (
        replace(made(SERVICES), **change) for change in ({"minutes": 60}, {"needed": 50}, {"count": 5}, {"seed": 4})
    )
    digests = {digest_of(index, course_of(index, exam)) for exam in (made(SERVICES), *others)}
    assert len(digests) == 5


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("[exam", "", "toml"),
        ("[[scenario]]", "exam", "form"),
        (GOOD.replace("seed = 3\n", ""), "exam", "form"),
        (SERVICES + "hints = true\n", "exam", "form"),
        (SERVICES.replace("minutes = 30", 'minutes = "long"'), "minutes", "form"),
        (SERVICES.replace('"basics"', '"../basics"'), "id", "bad_exam_id"),
        (GOOD + "count = 2\n", "services", "either"),
        (SCENARIOS + 'services = ["idcard.renew"]\n', "services", "either"),
        (SERVICES.replace("idcard.first", "idcard.frist"), "services", "unknown"),
        (SERVICES.replace("idcard.first", "idcard.renew"), "services", "twice"),
        (SCENARIOS.replace("P1", "P99"), "scenarios", "unknown"),
        (
            SCENARIOS.replace("2026-11-23", "2028-03-01").replace("idcard.renew:P1", "passport.renew:P4"),
            "scenarios",
            "unsolved",
        ),
        (SCENARIOS + "count = 2\n", "count", "either_count"),
        (SERVICES.replace("count = 6", "count = 0"), "count", "range"),
        (SERVICES.replace("count = 6", "count = 51"), "count", "range"),
        (SERVICES.replace("minutes = 30", "minutes = 0"), "minutes", "range"),
        (SERVICES + "pass = 49\n", "pass", "range"),
        (SERVICES + "pass = 101\n", "pass", "range"),
        (GOOD + 'services = ["idcard.temp"]\ncount = 50\n', "count", "too_few"),
    ],
)
def test_what_is_wrong_is_named_with_its_field_in_both_languages(
    index: Index, text: str, field: str, code: str
) -> None:
    exam, flaws = read(text)
    flaws += check(index, exam) if exam is not None else []
    (flaw,) = flaws
    assert (flaw.field, flaw.code) == (field, code)
    for language in LANGUAGES:
        assert Words.load(language).has(f"teach.flaw.{code}")


# --- what comes of it ---------------------------------------------------------------------------------------------


def stop(**changes: Any) -> Stop:
    return Stop(scenario="idcard.renew:P1", service="idcard.renew", day=DAY, **changes)


def course(**changes: Any) -> Course:
    stops = (stop(), stop(comes=False), stop())
    return Course(**{"level": "exam", "seed": 1, "day": DAY, "stops": stops, "minutes": 10, **changes})


def served(at_stop: int, score: int, at: float = 60) -> Served:
    found = Debrief(
        scenario="", service="", ending="accept", right=(), mistakes=(), score=score, seconds=0, median=1, p90=2
    )
    return Served(stop=at_stop, found=found, at=at)


def came(index: Index, *of: Served, **changes: Any) -> Result:
    return result(index, course(**changes.pop("course", {})), of, seconds=500, **changes)


def test_the_score_is_the_mean_of_those_who_came(index: Index) -> None:
    found = came(index, served(0, 100), served(2, 60))
    assert (found.scores, found.score, found.needed, found.passed) == ((100, None, 60), 80, 80, True)
    assert not came(index, served(0, 100), served(2, 58)).passed
    assert came(index, served(0, 100)).scores == (100, None, 0)
    assert came(index).score == 0


def test_whoever_was_served_after_the_time_counts_as_nothing(index: Index) -> None:
    late = [served(0, 100, at=600), served(2, 100, at=600.1)]
    assert came(index, *late).scores == (100, None, 0)
    assert came(index, *late, course={"minutes": 0}).scores == (100, None, 100)


def test_the_pass_mark_is_that_of_the_course_else_that_of_the_settings(index: Index) -> None:
    assert came(index, served(0, 60), served(2, 60), needed=60).passed
    assert not came(index, served(0, 60), served(2, 60), needed=60, course={"passed": 61}).passed


CALLS = tuple(Call(after=1.0, topic=topic, service="idcard.renew") for topic in ("papers", "someone_else"))


@pytest.mark.parametrize(
    ("acts", "kinds"),
    [
        ((), []),
        (((0, "answer"), (0, "told"), (1, "answer"), (1, "refused")), []),
        (((0, "missed"), (1, "answer"), (1, "told")), ["call_missed", "call_told"]),
        (((0, "answer"), (0, "refused"), (1, "answer"), (1, "hold"), (1, "lost")), ["call_lost", "call_refused"]),
        (((0, "answer"),), ["call_lost"]),
    ],
)
def test_what_went_wrong_around_the_visits_takes_points_off(
    index: Index, acts: tuple[tuple[int, Any], ...], kinds: list[str]
) -> None:
    phone = [PhoneAct(at=61 + at, call=call, kind=kind) for at, (call, kind) in enumerate(acts)]
    found = came(index, served(0, 100), served(2, 100), phone=phone, returns_left=1, course={"calls": CALLS})
    assert sorted(slip.kind for slip in found.slips) == sorted([*kinds, "return_left"])
    assert found.score == 100 - sum(SLIPS[slip.kind][0] for slip in found.slips)
    assert all(slip.passages for slip in found.slips)
