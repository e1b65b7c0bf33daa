"""A course is a value: the same seed, day and wishes give the same one, and each level has what makes it hard."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from counterdesk.catalog.index import Index
from counterdesk.practice import course as courses
from counterdesk.practice.collection import find, listing
from counterdesk.practice.course import LEVELS, QUEUE, RIGHT, STOPS, Level, make_course
from counterdesk.practice.scenario import Scenario

from .teaching import DAY


def ids(index: Index, service: str = "") -> list[str]:
    return [row.id for row in listing(index, service)]


@pytest.mark.parametrize("level", LEVELS.values())
def test_the_same_wishes_give_the_same_bytes(index: Index, level: Level) -> None:
    wanted = ids(index, "idcard.renew")
    first, again = (make_course(index, level, 5, DAY, wanted) for _ in range(2))
    assert courses.encode(first) == courses.encode(again)
    assert courses.decode(courses.encode(first)) == first
    assert courses.encode(make_course(index, level, 6, DAY, wanted)) != courses.encode(first)
    assert len(first.stops) == STOPS[level]
    assert len({stop.seed for stop in first.stops}) == len(first.stops)
    assert first.hints is first.one_by_one is (level == "hints")
    assert make_course(index, level, 5, DAY, wanted, count=1).stops == first.stops[:1] or level == "rush"


@pytest.mark.parametrize("seed", range(12))
def test_a_rush_hour_has_everything_that_makes_one(index: Index, seed: int) -> None:
    day = DAY + timedelta(days=seed)
    course = make_course(index, "rush", seed, day, ids(index))
    found = [find(index, stop.scenario, stop.day, stop.seed) for stop in course.stops]
    assert {one.day for one in found if isinstance(one, Scenario)} == {day}
    waiting = [stop for stop in course.stops if stop.after == 0]
    assert len(waiting) == QUEUE
    assert course.stops[0].comes
    assert [stop.comes for stop in waiting].count(False) == 1
    assert sorted(stop.after for stop in course.stops) == [stop.after for stop in course.stops]
    assert [call.topic in RIGHT for call in course.calls] == [True, True]
    assert len({call.topic for call in course.calls}) == 2
    (returned,), (drop,) = course.returns, course.drops
    assert index.service(returned.service).mode != "instant"
    assert 30 <= drop.seconds <= 60
    assert course.calls[0].after < returned.after < drop.after < course.calls[1].after


def test_scenarios_that_cannot_be_had_are_passed_over_and_unknown_ones_are_named(index: Index) -> None:
    later = date(2028, 3, 1)  # no calendar is known for that year
    wanted = ["passport.renew:P4", "idcard.renew/damaged-card"]
    assert [stop.scenario for stop in make_course(index, "mixed", 1, later, wanted).stops] == wanted[1:]
    with pytest.raises(ValueError, match="no scenario"):
        make_course(index, "mixed", 1, later, wanted[:1])
    with pytest.raises(KeyError):
        make_course(index, "mixed", 1, DAY, ["idcard.renew:P99"])


def test_of_another_day_is_taken_what_there_is_where_nothing_else_is_left(index: Index) -> None:
    other = DAY + timedelta(days=30)
    wanted = ["idcard.renew/damaged-card", "idcard.renew:P1"]
    course = make_course(index, "rush", 1, other, wanted)
    assert [stop.scenario for stop in course.stops] == wanted[::-1]
