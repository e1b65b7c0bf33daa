"""What came of a whole course: the mean of its citizens, less what was left undone around them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from counterdesk.catalog.index import Index
from counterdesk.practice.course import RIGHT, Course
from counterdesk.practice.debrief import FULL, Debrief
from counterdesk.practice.ledger import PASS
from counterdesk.practice.phone import PhoneAct
from counterdesk.practice.sources import CUSTOM, PRIVACY, Sources

SlipKind = Literal["call_missed", "call_lost", "call_refused", "call_told", "return_left"]
SLIPS: Final[dict[SlipKind, tuple[int, str]]] = {
    "call_missed": (5, CUSTOM),
    "call_lost": (5, CUSTOM),
    "call_refused": (10, CUSTOM),
    "call_told": (30, PRIVACY),
    "return_left": (10, CUSTOM),
}
"""What each takes off the course, and the rule it breaks."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A citizen whose visit is over. stop: his place in the course. at: the second of the course when it ended."""

    stop: int
    found: Debrief
    at: float


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake beside the visits. at: the second of the course. passages: ids in the policy library."""

    kind: SlipKind
    at: int
    rule: str
    points: int
    passages: tuple[str, ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it. scores: of each citizen in turn, None for one who did not come. needed: the pass mark."""

    scores: tuple[int | None, ...]
    slips: tuple[Slip, ...]
    score: int
    needed: int
    passed: bool
    seconds: int


def result(
    index: Index,
    course: Course,
    served: Iterable[Served],
    *,
    seconds: float,
    phone: Sequence[PhoneAct] = (),
    returns_left: int = 0,
    needed: int = PASS,
) -> Result:
    """What came of a course.

    Whoever was not served counts as nothing; so does, in a course with a time limit, who was served after it. seconds:
    how long the course took. phone: all that happened to its calls. returns_left: returned cases that still wait.
    needed: the pass mark of the settings, where the course has none of its own.
    """
    limit = course.minutes * 60 or float("inf")
    found = {one.stop: one.found.score for one in served if one.at <= limit}
    scores = tuple(found.get(at, 0) if stop.comes else None for at, stop in enumerate(course.stops))
    there = [score for score in scores if score is not None]
    mean = sum(there) / len(there) if there else 0.0
    slips = _slips(index, course, phone, returns_left, round(seconds))
    score = max(0, int(mean + 0.5) - sum(slip.points for slip in slips))
    needed = course.passed or needed
    return Result(
        scores=scores,
        slips=slips,
        score=min(FULL, score),
        needed=needed,
        passed=score >= needed,
        seconds=round(seconds),
    )


def _slips(
    index: Index, course: Course, phone: Sequence[PhoneAct], returns_left: int, seconds: int
) -> tuple[Slip, ...]:
    found: list[tuple[int, SlipKind]] = []
    for number, call in enumerate(course.calls):
        acts = [act for act in phone if act.call == number]
        if not acts:
            continue  # the course was over before it rang
        last = acts[-1]
        match last.kind:
            case "missed":
                found.append((last.at, "call_missed"))
            case "told" | "refused" if last.kind == RIGHT[call.topic]:
                pass
            case "told":
                found.append((last.at, "call_told"))
            case "refused":
                found.append((last.at, "call_refused"))
            case _:
                found.append((last.at, "call_lost"))
    found += [(seconds, "return_left")] * returns_left
    sources = Sources(index, course.stops[0].service)
    return tuple(
        Slip(kind=kind, at=at, rule=SLIPS[kind][1], points=SLIPS[kind][0], passages=sources.of(SLIPS[kind][1]).passages)
        for at, kind in sorted(found)
    )
