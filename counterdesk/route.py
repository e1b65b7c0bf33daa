"""`counterdesk route`: who is next in a hall that somebody describes, a JSON line in and one out, until the input ends.

A line is a `station.hall.Question`; the answer is the ticket and the reasons, `{"ticket": null, "reasons": []}` where
nobody waits that the counter could call. A line that is no question is answered too, with what is wrong and where, and
the next one is read: `{"error": {"line": …, "field": …, "problem": …}}`. The choice is the one that the station itself
makes for `CallNext`.
"""

from __future__ import annotations

import itertools
import re
import sys
from typing import BinaryIO

import msgspec

from counterdesk.locale import Words
from counterdesk.quiet import quiet
from counterdesk.station.hall import Question
from counterdesk.station.routing import POLICIES, choose

LONGEST_LINE = 4 * 1024 * 1024
_DECODER = msgspec.json.Decoder(Question)
_AT = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)
_NAMED = re.compile(r"(?:required|unknown) field `(.*)`$", re.DOTALL)


@quiet
class Reason(msgspec.Struct, frozen=True):
    """One sentence in both languages."""

    zh: str
    en: str


@quiet
class Answer(msgspec.Struct, frozen=True):
    """Who is next and why."""

    ticket: str | None
    reasons: list[Reason]


@quiet
class Problem(msgspec.Struct, frozen=True):
    """Where a line is wrong ("" for the whole of it), and how. line: which one of the input, from 1."""

    line: int
    field: str
    problem: str


@quiet
class Failure(msgspec.Struct, frozen=True):
    """The answer to a line that is no question."""

    error: Problem


def run(lines: BinaryIO | None = None, out: BinaryIO | None = None) -> int:
    """Answer line by line until the input ends or nobody reads the answers any more. Returns the exit status."""
    lines, out = lines or sys.stdin.buffer, out or sys.stdout.buffer
    languages = Words.load("zh_CN"), Words.load("en")
    try:
        for number in itertools.count(1):
            if not (line := lines.readline(LONGEST_LINE + 1)):
                break
            out.write(msgspec.json.encode(_answered(line, lines, languages, number)) + b"\n")
            out.flush()
    except BrokenPipeError:
        return 1
    return 0


def _answered(line: bytes, lines: BinaryIO, languages: tuple[Words, Words], number: int) -> Answer | Failure:
    if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
        while (more := lines.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
            pass
        return Failure(Problem(number, "", f"longer than {LONGEST_LINE} bytes"))
    return answer(line, languages, number)


def answer(line: bytes, languages: tuple[Words, Words], number: int = 1) -> Answer | Failure:
    """The answer to one line, the `number`th of the input. Never raises, whatever the line is."""
    try:
        question = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        return Failure(Problem(number, *_located(str(error))))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Failure(Problem(number, "", f"not JSON: {error}"))
    wrong = problem_of(question)
    if wrong is not None:
        return Failure(Problem(number, *wrong))
    choice = choose(question, question.counter, question.policy)
    if choice is None:
        return Answer(None, [])
    zh, en = (_sentence(words, choice.because.code, choice.because.params) for words in languages)
    return Answer(choice.ticket, [Reason(zh, en)])


def _located(message: str) -> tuple[str, str]:
    """What msgspec says is wrong, as place and problem: it names the place last, and a missing field in the words."""
    at = _AT.search(message)
    problem, field = (message[: at.start()], at[1]) if at else (message, "")
    named = _NAMED.search(problem)
    return ".".join(part for part in (field, named[1] if named else "") if part), problem


def problem_of(question: Question) -> tuple[str, str] | None:
    """What of a question does not fit together: the field and the problem; None if all does."""
    groups = {group.id for group in question.groups}
    if len(groups) < len(question.groups):
        return ("groups", "two groups have the same id")
    counters = {counter.id for counter in question.counters}
    if len(counters) < len(question.counters):
        return ("counters", "two counters have the same id")
    if question.counter not in counters:
        return ("counter", "not one of the counters")
    if question.policy not in POLICIES:
        return ("policy", f"not one of {', '.join(POLICIES)}")
    seen: set[str] = set()
    for place, ticket in enumerate(question.waiting):
        if ticket.group not in groups:
            return (f"waiting[{place}].group", "not one of the groups")
        if ticket.id in seen:
            return (f"waiting[{place}].id", "another ticket has the same id")
        seen.add(ticket.id)
    return None


def _sentence(words: Words, code: str, params: dict[str, str | int]) -> str:
    reason = words(f"routing.{code}", **params)
    return words("queue.next", number=params["number"], reason=reason)
