"""`counterdesk route`: who is next for whoever asks, line by line."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterdesk import route
from counterdesk.locale import Words
from counterdesk.station import commands as c
from counterdesk.station import events as e
from counterdesk.station.hall import Question
from counterdesk.station.hall_view import hall_of
from counterdesk.station.routing import POLICIES

from .station.hall import OFFICER, SECOND, Hall

ASKED: dict[str, Any] = {
    "now": 600,
    "counter": "1",
    "groups": [{"id": "HK", "minutes": 12, "target": 8}, {"id": "TV", "minutes": 3.5}],
    "counters": [
        {"id": "1", "offers": ["HK", "TV"], "serving": "TV", "busy_since": 590, "breaks": [[720, 765]]},
        {"id": "2", "offers": ["TV"], "pace": {"TV": 1.1}, "on_duty": False},
        {"id": "3", "offers": ["TV"]},
        {"id": "4", "offers": ["TV"]},
    ],
    "waiting": [
        {"id": "20241203-H012", "group": "HK", "since": 590, "due": 594.5},
        {"id": "20241203-A007", "group": "TV", "since": 597, "due": 597, "standing": "appointment"},
    ],
}
WORDS = Words.load("zh_CN"), Words.load("en")


def answered(*lines: bytes) -> list[dict[str, Any]]:
    out = io.BytesIO()
    assert route.run(io.BytesIO(b"\n".join(lines)), out) == 0
    return [json.loads(line) for line in out.getvalue().splitlines()]


def asked(**changes: Any) -> bytes:
    return json.dumps(ASKED | changes).encode()


def test_an_answer_has_the_ticket_and_why_in_both_languages() -> None:
    assert answered(asked()) == [
        {
            "ticket": "20241203-H012",
            "reasons": [
                {
                    "zh": "下一位 H012:已等5分,再等3分将超20分;仅1窗可办",
                    "en": "Next H012: waited 5; past 20 in 3; only 1 counter",
                }
            ],
        }
    ]


def test_nobody_to_call_is_an_answer() -> None:
    assert answered(asked(waiting=[])) == [{"ticket": None, "reasons": []}]


WRONG: list[tuple[bytes, str, str]] = [
    (b"", "", "not JSON"),
    (b"{", "", "not JSON"),
    (b'"\xff"', "", "object wanted"),
    (b"[" * 100_000, "", ""),
    (b"[]", "", "object wanted, not list"),
    (b"{}", "now", "missing required field"),
    (asked(now="10:00"), "now", "number wanted, not text"),
    (asked(now=1e999), "", "not JSON"),
    (asked(colour="red"), "colour", "unknown field"),
    (asked(groups=[{"id": "HK", "minutes": 0}]), "groups[0].minutes", "at least 0.001"),
    (asked(counters=[{"id": "1", "pace": {"TV": -1}}]), "counters[0].pace[...]", "at least 0.001"),
    (asked(waiting=[{"id": "x", "group": "HK", "since": 1}]), "waiting[0].due", "missing required field"),
    (asked(waiting=[{"id": "x", "group": "??", "since": 1, "due": 1}]), "waiting[0].group", "not one of the groups"),
    (asked(waiting=[ASKED["waiting"][0]] * 2), "waiting[1].id", "the same id"),
    (
        asked(counters=[*ASKED["counters"], {"id": "5", "serving": "??"}]),
        "counters[4].serving",
        "not one of the groups",
    ),
    (
        asked(waiting=[ASKED["waiting"][0] | {"overtaken": 1.5}]),
        "waiting[0].overtaken",
        "whole number wanted, not number",
    ),
    (asked(waiting=[ASKED["waiting"][0] | {"minutes": "x"}]), "waiting[0].minutes", "number wanted, not text"),
    (asked(waiting=[ASKED["waiting"][0] | {"standing": "vip"}]), "waiting[0].standing", "known: vip"),
    (asked(counters=[{"id": "1", "breaks": [[1]]}]), "counters[0].breaks[0]", "a list of 2"),
    (asked(no_show=2), "no_show", "at most 1.0"),
    (asked(now=10**400), "now", "out of range"),
    (asked(groups=ASKED["groups"] * 2), "groups", "the same id"),
    (asked(counters=ASKED["counters"] * 2), "counters", "the same id"),
    (asked(counter="9"), "counter", "not one of the counters"),
    (asked(policy="by_looks"), "policy", "promise, first_come"),
    (b" " * (route.LONGEST_LINE + 5) + b"{}", "", "longer than"),
]


@pytest.mark.parametrize(("line", "field", "problem"), WRONG, ids=[f"{n} {row[1]}" for n, row in enumerate(WRONG)])
def test_a_bad_line_is_answered_and_the_next_one_as_well(line: bytes, field: str, problem: str) -> None:
    first, second = answered(line, asked())
    assert first["error"]["field"] == field
    assert problem in first["error"]["problem"]
    assert re.search("[一-鿿]", first["error"]["zh"])
    assert second["ticket"] == "20241203-H012"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(ASKED)), json_values)
def test_no_value_anywhere_ends_it(field: str, value: Any) -> None:
    answer = route.answer(asked(**{field: value}), WORDS)
    assert isinstance(answer, route.Answer | route.Failure)


@pytest.mark.parametrize("age", [-100_000, 0, 20, 100_000])
@pytest.mark.parametrize("length", [0.001, 10_000])
@pytest.mark.parametrize("ratio", [0.001, 10_000])
@pytest.mark.parametrize("spread", [0, 10])
def test_no_number_that_may_stand_there_ends_it(age: float, length: float, ratio: float, spread: float) -> None:
    line = asked(
        now=0,
        promise=length,
        groups=[{"id": "HK", "minutes": length, "target": ratio, "spread": spread}],
        counters=[{"id": "1", "offers": ["HK"], "pace": {"HK": ratio}}, {"id": "2", "offers": ["HK"]}],
        waiting=[{"id": str(n), "group": "HK", "since": -age, "due": -age, "minutes": n} for n in (1, 0.001, 10_000)],
    )
    for policy in POLICIES:
        assert isinstance(
            route.answer(line.replace(b'"now"', f'"policy":"{policy}","now"'.encode()), WORDS), route.Answer
        )


def any_question(random: Random) -> dict[str, Any]:
    """A question that fits the schema, whatever it says: groups that nobody knows, pauses that end before they begin,
    crowds, counters that are away or busy."""
    groups = [f"G{number}" for number in range(random.randint(1, 7))]
    now = random.uniform(0, 1440)
    named = [*groups, "", "??"]
    counters = [
        {
            "id": str(number),
            "on_duty": random.random() < 0.8,
            "offers": random.sample(named, random.randint(0, len(named))),
            "skills": groups,
            "pace": {random.choice(named): random.uniform(0.1, 10)},
            "serving": random.choice(named) if random.random() < 0.5 else "",
            "busy_since": random.choice((None, now - 5, now + 5)),
            "minutes": random.choice((None, 0.001, 7, 10_000)),
            "breaks": [[now + random.uniform(-60, 60), now + random.uniform(-60, 60)]],
        }
        for number in range(random.randint(1, 8))
    ]
    waiting = [
        {
            "id": str(number),
            "group": random.choice(groups),
            "standing": random.choice(("walk_in", "walk_in", "appointment", "priority")),
            "since": now - random.uniform(-5, 90),
            "due": now - random.uniform(-30, 90),
            "overtaken": random.choice((0, 0, 3, 40)),
            "minutes": random.choice((None, 0.001, 5, 10_000)),
            "counter": random.choice(("", "", "0", "nobody")),
        }
        for number in range(random.choice((0, 1, 8, 60)))
    ]
    return {
        "now": now,
        "counter": str(random.randrange(len(counters))),
        "policy": random.choice(sorted(POLICIES)),
        "priority_run": random.randint(0, 3),
        "priority_most": random.randint(0, 2),
        "promise": random.choice((0.001, 20, 10_000)),
        "groups": [{"id": group, "minutes": random.choice((0.001, 3.5, 10_000))} for group in groups],
        "counters": counters,
        "waiting": waiting,
    }


@given(st.randoms(use_true_random=False))
def test_every_question_is_answered_or_told_what_is_wrong_and_always_alike(random: Random) -> None:
    asked_for = any_question(random)
    line = json.dumps(asked_for).encode()
    answer = route.answer(line, WORDS)
    assert route.answer(line, WORDS) == answer
    busy = {counter["serving"] for counter in asked_for["counters"]}
    assert isinstance(answer, route.Failure) == ("??" in busy)
    if isinstance(answer, route.Answer):
        here = next(each for each in asked_for["counters"] if each["id"] == asked_for["counter"])
        able = {
            ticket["id"]
            for ticket in asked_for["waiting"]
            if ticket["counter"] == here["id"] or (not ticket["counter"] and ticket["group"] in here["offers"])
        }
        assert answer.ticket in able if able else answer.ticket is None


@given(st.binary(max_size=60))
def test_no_bytes_end_it(line: bytes) -> None:
    assert isinstance(route.answer(line, WORDS), route.Answer | route.Failure)


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_it_chooses_as_the_station_does(policy: str) -> None:
    """A hall is lived through; before each call the command is asked, and the station calls the same for the same
    reason."""
    at = Hall()
    at.state = msgspec.structs.replace(at.state, settings=msgspec.structs.replace(at.state.settings, policy=policy))
    calls = 0
    for turn in range(60):
        at.later(minutes=1.7)
        at.ticket(("hukou", "traffic", "traffic")[turn % 3], priority="elderly" if turn % 11 == 5 else None)
        counter = ("1", "2", "2")[turn % 3]
        by = OFFICER if counter == "1" else SECOND
        if counter in at.state.current:
            at.do(c.StartService(counter=counter), by)
            at.later(minutes=0.6)
            at.do(c.FinishTicket(counter=counter), by)
        hall = hall_of(at.state, at.now)
        question = Question(
            **{name: getattr(hall, name) for name in hall.__struct_fields__}, counter=counter, policy=policy
        )
        answer = route.answer(msgspec.json.encode(question), WORDS)
        assert isinstance(answer, route.Answer)
        if answer.ticket is None:
            assert at.no(c.CallNext(counter=counter), by)[0] == "nobody_waiting"
            continue
        (event,) = at.do(c.CallNext(counter=counter), by)
        assert isinstance(event, e.TicketCalled)
        assert event.ticket == answer.ticket
        said = WORDS[0](f"routing.{event.because.code}", **event.because.params)
        assert answer.reasons[0].zh.endswith(said)
        calls += 1
    assert calls > 30


def test_the_command_answers_each_line_at_once_and_knows_no_screen() -> None:
    program = (
        "import sys; from counterdesk.cli import main; status = main(['route']);"
        "print([m for m in ('textual', 'rich', 'httpx', 'sqlite3') if m in sys.modules], file=sys.stderr);"
        "sys.exit(status)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for line, key in ((asked(), b'"ticket"'), (b"?", b'"error"'), (asked(), b'"ticket"')):
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            assert key in process.stdout.readline()
        process.stdin.close()
        assert process.stderr.read().strip() == b"[]"
    assert process.returncode == 0


def test_nobody_reads_the_answers() -> None:
    class Closed(io.BytesIO):
        def flush(self) -> None:
            raise BrokenPipeError

    assert route.run(io.BytesIO(asked()), Closed()) == 1
