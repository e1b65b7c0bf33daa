"""A lesson without a screen: whose day it is, who comes, and the same citizen again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from counterdesk.catalog.index import Index
from counterdesk.practice.course import Course, Stop
from counterdesk.practice.lesson import Lesson, PracticeClock, perfectly
from counterdesk.practice.run import Visit
from counterdesk.practice.scripted import play
from counterdesk.station.model import TIMEZONE

from .teaching import DAY, scenario


def stop(name: str, service: str, **more: object) -> Stop:
    """A stop of a course of the day."""
    return Stop(scenario=name, service=service, day=DAY, seed=7, **more)  # type: ignore[arg-type]


def test_a_practice_day_begins_when_its_station_opens_and_runs_as_time_does() -> None:
    outside = [datetime(2026, 11, 28, 23, 59, 30, tzinfo=TIMEZONE)]
    clock = PracticeClock(lambda: outside[0])
    clock.begin(date(2020, 11, 19))
    assert clock() == datetime(2020, 11, 19, 9, 0, tzinfo=TIMEZONE)
    outside[0] += timedelta(minutes=2)
    clock.skip(timedelta(minutes=1))
    assert clock() == datetime(2020, 11, 19, 9, 3, tzinfo=TIMEZONE)
    assert clock.today() == date(2026, 11, 29)


def test_each_day_of_a_course_is_held_by_itself_the_course_s_own_first(index: Index) -> None:
    lesson = Lesson(index, "3")
    day = date(2024, 11, 25)
    other = scenario(index, id="idcard.renew/of-another-day", day=day, facts={"old_expiry": "2024-12-20"})
    elsewhere = lesson.course_again(other).stops[0]
    renew = stop("idcard.renew:P1", "idcard.renew", after=4.0)
    birth = stop("hukou.birth:P1", "hukou.birth", after=9.0)
    course = Course(level="mixed", seed=7, day=DAY, stops=(elsewhere, renew, birth))
    own, last = lesson.begin(course)
    assert [part.day for part in (own, last)] == [DAY, day]
    assert [one.after for one in own.stops] == [0.0, 5.0]
    assert lesson.waiting(own) == own.stops


def test_a_kept_scenario_comes_again_exactly_as_it_was(index: Index) -> None:
    lesson = Lesson(index, "3")
    kept = scenario(index, seed=12)
    (again,) = lesson.course_again(kept).stops
    assert lesson.scenario(again) is kept


def test_what_plays_itself_is_the_perfect_officer(index: Index) -> None:
    from counterdesk.practice.lesson import Sitting

    wanted = scenario(index)
    sitting = Sitting("T1", stop(wanted.id, wanted.service), wanted, Visit(index, wanted))
    assert perfectly(sitting) == play(index, wanted).acts


def test_what_is_written_down_can_be_taken_back_and_an_end_too(index: Index) -> None:
    visit = Visit(index, scenario(index))
    visit.enter(1, "old_expiry", "2026-12-20")
    assert visit.erase(2, "old_expiry").result == "done"
    assert "old_expiry" not in visit.file.answers
    assert visit.erase(3, "old_expiry").result == "not_possible"
    visit.finish(4)
    assert visit.come_back()
    assert not visit.come_back()
    assert not visit.wait(visit.citizen.patience)
    assert visit.wait(visit.citizen.patience + 1)
    assert visit.record.acts[-1].kind == "left"
    assert not visit.come_back()
