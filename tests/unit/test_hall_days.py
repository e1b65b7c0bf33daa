"""The judge of routing, in short: the days are the days that they say they are, and the policies differ on them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from benchmarks.hall.adapter import question
from benchmarks.hall.day import MATTERS, SCENARIOS, day, other
from benchmarks.hall.routing import COLUMNS, figures, judged
from counterdesk.station.hall import Question
from counterdesk.station.rollout import Visit

ASKED: dict[str, Any] = {
    "kind": "next",
    "now": 600.0,
    "counter": 1,
    "targetTotalMin": 20.0,
    "planCap": 3,
    "forecastPer30Min": None,
    "noShowRate": 0.04,
    "groups": [{"id": "HK", "meanServiceMin": 12.0, "cv": 0.6, "waitTargetMin": 8.0}],
    "counters": [
        {
            "id": 1,
            "onDuty": True,
            "skills": ["HK"],
            "offers": ["HK"],
            "speed": {"HK": 0.95},
            "busySince": None,
            "serving": None,
            "breaks": [[720, 765]],
        }
    ],
    "waiting": [
        {"id": 17, "group": "HK", "cls": "priority", "takenAt": 590.0, "dueAt": 590.0, "overtaken": 1},
        {"id": 18, "group": "HK", "cls": "walkin", "takenAt": 580.0, "dueAt": 580.0, "overtaken": 0},
    ],
}


def test_a_day_is_drawn_once_and_is_about_what_it_says() -> None:
    hall, drawn = day(SCENARIOS["base"], 1)
    drawn_again, another = (msgspec.to_builtins(day(SCENARIOS["base"], seed)[1]) for seed in (1, 2))
    assert drawn_again == msgspec.to_builtins(drawn) != another
    assert day(SCENARIOS["load+20"], 1)[0] == hall, "nobody can know how many will come"
    days = [day(SCENARIOS["base"], seed)[1].visitors for seed in range(40)]
    assert 285 < statistics.fmean(map(len, days)) < 315
    everybody = [visitor for visitors in days for visitor in visitors]
    for matter in MATTERS:
        times = [visitor.work for visitor in everybody if visitor.group == matter.id]
        assert statistics.fmean(times) == pytest.approx(matter.minutes, rel=0.1), matter.id


def test_more_kiosks_take_people_away_and_change_nobody_else() -> None:
    most = {v.work for v in day(SCENARIOS["kiosk+"], 3)[1].visitors}
    assert most < {v.work for v in day(SCENARIOS["base"], 3)[1].visitors}


def test_some_scenarios_are_nobodys_choice() -> None:
    made = [other(seed) for seed in range(20)]
    assert other(4) == made[4]
    assert len({scenario.load for scenario in made}) == 20
    for scenario in made:
        assert all(any(matter.id in paces for paces in scenario.officers[1:3]) for matter in MATTERS)


def test_figures() -> None:
    visits = [Visit("HK", "walk_in", 0, wait, wait + 5, 100 + wait) for wait in (0.0, 10.0, 20.0)]
    visits.append(Visit("TV", "priority", 5, 1, 2, 7))
    found = figures([visits], 20)
    assert (found.kept, found.worst, found.group, found.priority, found.longest) == (75, 19, "HK", 1, 20)
    # Three came before it and were called after it.
    assert found.overtaken == pytest.approx(1)


def test_the_policies_are_told_apart() -> None:
    found = {name: judged(SCENARIOS["base"], policy, 6, 100) for name, policy in COLUMNS.items()}
    assert found["clairvoyant"].kept > found["promise"].kept > found["first come"].kept + 1
    assert found["dedicated"].worst > 1.5 * found["promise"].worst


def test_the_adapter_asks_what_the_route_understands() -> None:
    asked = msgspec.convert(question(ASKED, 2), Question)
    assert (asked.counter, asked.priority_run, asked.promise) == ("1", 2, 20)
    assert [(t.id, t.standing) for t in asked.waiting] == [("17", "priority"), ("18", "walk_in")]


def test_the_adapter_counts_priority_calls_and_gives_the_simulators_ids_back() -> None:
    several = {**ASKED, "waiting": [{**ASKED["waiting"][0], "id": n} for n in (1, 2, 3)] + ASKED["waiting"][1:]}
    lines = [several, {**several, "waiting": several["waiting"][1:]}, {**several, "waiting": several["waiting"][2:]}]
    asked = "".join(json.dumps(line) + "\n" for line in [*lines, {**lines[2], "now": 599.0}])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.hall.adapter"], input=asked, capture_output=True, text=True, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["ticket"] for answer in answers] == [1, 2, 18, 3], "two in a row; another day begins anew"
    assert all(reason.keys() == {"zh", "en"} for answer in answers for reason in answer["reasons"])
