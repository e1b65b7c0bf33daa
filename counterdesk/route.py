"""`counterdesk route`: who is next in a hall that somebody describes, a JSON line in and one out, until the input ends.

A line is a `station.hall.Question`; the answer is the ticket and the reasons, `{"ticket": null, "reasons": []}` where
nobody waits that the counter could call. A line that is no question is answered too, with what is wrong and where, and
the next one is read: `{"error": {"line": …, "field": …, "problem": …, "zh": …}}`. The choice is the one that the
station itself makes for `CallNext`.
"""

from __future__ import annotations

import itertools
import re
import sys
from typing import BinaryIO, NamedTuple

import msgspec

from counterdesk.locale import Words
from counterdesk.quiet import quiet
from counterdesk.station.hall import Question
from counterdesk.station.routing import POLICIES, choose

LONGEST_LINE = 4 * 1024 * 1024
_DECODER = msgspec.json.Decoder(Question)
_AT = re.compile(r" - at `\$\.?(.*)`$", re.DOTALL)
_SAID = (
    ("kind", re.compile(r"Expected `(?P<wanted>\w+)(?: \| null)?`, got `(?P<got>\w+)`$")),
    ("least", re.compile(r"Expected `\w+(?: \| null)?` >= (?P<limit>.+)$")),
    ("most", re.compile(r"Expected `\w+(?: \| null)?` <= (?P<limit>.+)$")),
    ("length", re.compile(r"Expected `array` of length (?P<length>\d+)")),
    ("missing", re.compile(r"Object missing required field `(?P<name>.*)`$", re.DOTALL)),
    ("unknown", re.compile(r"Object contains unknown field `(?P<name>.*)`$", re.DOTALL)),
    ("range", re.compile(r"Number out of range$")),
    ("other", re.compile(r"Invalid enum value '(?P<value>.*)'$", re.DOTALL)),
)
"""How msgspec says what is wrong, by our own code for it."""


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
    """Where a line is wrong ("" for the whole of it), and how, in both languages. line: which of the input, from 1."""

    line: int
    field: str
    problem: str
    zh: str


@quiet
class Failure(msgspec.Struct, frozen=True):
    """The answer to a line that is no question."""

    error: Problem


@quiet
class Wrong(NamedTuple):
    """Where a line is wrong; `route.<code>` with `params` says how."""

    field: str
    code: str
    params: dict[str, str | int] = {}


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
        return _failure(Wrong("", "long", {"bytes": LONGEST_LINE}), languages, number)
    return answer(line, languages, number)


def answer(line: bytes, languages: tuple[Words, Words], number: int = 1) -> Answer | Failure:
    """The answer to one line, the `number`th of the input. Never raises, whatever the line is. languages: Chinese and
    English."""
    try:
        question = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        return _failure(_located(str(error)), languages, number)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _failure(Wrong("", "no_json", {"problem": str(error)}), languages, number)
    wrong = wrong_of(question)
    if wrong is not None:
        return _failure(wrong, languages, number)
    choice = choose(question, question.counter, question.policy)
    if choice is None:
        return Answer(None, [])
    zh, en = (_sentence(words, choice.because.code, choice.because.params) for words in languages)
    return Answer(choice.ticket, [Reason(zh, en)])


def _failure(wrong: Wrong, languages: tuple[Words, Words], number: int) -> Failure:
    zh, en = (words(f"route.{wrong.code}", **wrong.params) for words in languages)
    return Failure(Problem(number, wrong.field, en, zh))


def _located(message: str) -> Wrong:
    """What msgspec says is wrong: it names the place last, and a field that is missing or unknown in the words."""
    at = _AT.search(message)
    said, field = (message[: at.start()], at[1]) if at else (message, "")
    code, params = next(((code, found.groupdict()) for code, how in _SAID if (found := how.match(said))), ("says", {}))
    if code == "says":
        params = {"problem": said}
    return Wrong(".".join(part for part in (field, params.get("name", "")) if part), code, {**params})


def wrong_of(question: Question) -> Wrong | None:
    """What of a question does not fit together; None if all does."""
    groups = {group.id for group in question.groups}
    if len(groups) < len(question.groups):
        return Wrong("groups", "twice")
    counters = {counter.id for counter in question.counters}
    if len(counters) < len(question.counters):
        return Wrong("counters", "twice")
    if question.counter not in counters:
        return Wrong("counter", "no_counter")
    if question.policy not in POLICIES:
        return Wrong("policy", "no_policy", {"known": ", ".join(POLICIES)})
    for place, counter in enumerate(question.counters):
        if counter.serving and counter.serving not in groups:
            return Wrong(f"counters[{place}].serving", "no_group")
    seen: set[str] = set()
    for place, ticket in enumerate(question.waiting):
        if ticket.group not in groups:
            return Wrong(f"waiting[{place}].group", "no_group")
        if ticket.id in seen:
            return Wrong(f"waiting[{place}].id", "twice")
        seen.add(ticket.id)
    return None


def _sentence(words: Words, code: str, params: dict[str, str | int]) -> str:
    reason = words(f"routing.{code}", **params)
    return words("queue.next", number=params["number"], reason=reason)
