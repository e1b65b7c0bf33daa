"""An exam as a trainer writes it: a TOML file with one `[exam]` table, read, checked, and made into a course.

Day and seed are fixed, so everybody who takes it meets the same citizens with the same papers.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from counterdesk.catalog.check import close
from counterdesk.catalog.index import Index
from counterdesk.catalog.model import Text
from counterdesk.practice import course as courses
from counterdesk.practice.choosing import choose
from counterdesk.practice.collection import find
from counterdesk.practice.course import Course, make_course
from counterdesk.practice.ledger import Ledger
from counterdesk.practice.targets import Unsolved
from counterdesk.practice.writing import Flaw
from counterdesk.shipped import beside

MOST: Final = 50
"""Citizens of an exam."""
LONGEST: Final = 480
"""Minutes: a working day."""
PASS_MARKS: Final = (50, 100)
"""What a pass mark may be."""
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")


class Exam(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An exam.

    services or scenarios: what it is about; of services the seed draws `count` scenarios. day: decides which rules are
    the law. minutes: the time limit. needed: the pass mark, 0 for that of the settings; in the file it is `pass`.
    """

    id: str
    name: Text
    day: date
    seed: int
    minutes: int
    services: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    count: int = 0
    needed: int = msgspec.field(name="pass", default=0)

    @property
    def citizens(self) -> int:
        """How many come."""
        return self.count or len(self.scenarios)


def is_exam(text: str) -> bool:
    """Whether a TOML text is meant as an exam, and not as scenarios."""
    try:
        return "exam" in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False


def read(text: str) -> tuple[Exam | None, list[Flaw]]:
    """The exam of a file, and what could not be read of it."""
    try:
        table = tomllib.loads(text).get("exam")
    except tomllib.TOMLDecodeError as error:
        return None, [Flaw("", "", "toml", str(error))]
    try:
        return msgspec.convert(table, Exam), []
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at `$.")
        name = str(table.get("id", "")) if isinstance(table, dict) else ""
        return None, [Flaw(name, where.rstrip("`") or "exam", "form", said)]


def check(index: Index, exam: Exam) -> list[Flaw]:
    """Everything that is wrong with an exam; nothing when it can be taken."""
    flaws = [flaw._replace(scenario=exam.id) for flaw in _fields(index, exam)]
    if flaws:
        return flaws
    unsolved = [name for name in exam.scenarios if isinstance(find(index, name, exam.day), Unsolved)]
    if unsolved:
        return [Flaw(exam.id, "scenarios", "unsolved", name) for name in unsolved]
    there = len(course_of(index, exam).stops)
    return [Flaw(exam.id, "count", "too_few", str(exam.count), str(there))] if there < exam.citizens else []


def _fields(index: Index, exam: Exam) -> Iterator[Flaw]:
    if not _ID.fullmatch(exam.id):
        yield Flaw("", "id", "bad_exam_id", exam.id)
    if bool(exam.services) == bool(exam.scenarios):
        yield Flaw("", "services", "either")
    offered = {one.id for one in index.catalog.services} - set(index.catalog.disabled)
    for name in exam.services:
        if name not in offered:
            yield Flaw("", "services", "unknown", name, close(name, offered) or ", ".join(sorted(offered)[:3]))
    for name in exam.scenarios:
        try:
            find(index, name, exam.day)
        except KeyError:
            yield Flaw("", "scenarios", "unknown", name, "counterdesk practice list")
    for field, names in (("services", exam.services), ("scenarios", exam.scenarios)):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Flaw("", field, "twice", name)
    ranges = [("minutes", exam.minutes, 1, LONGEST), ("pass", exam.needed or PASS_MARKS[0], *PASS_MARKS)]
    if not exam.scenarios:
        ranges.append(("count", exam.count, 1, MOST))
    elif exam.count:
        yield Flaw("", "count", "either_count", str(exam.count))
    for field, value, least, most in ranges:
        if not least <= value <= most:
            yield Flaw("", field, "range", str(value), f"{least}–{most}")


def course_of(index: Index, exam: Exam, needed: int = 0) -> Course:
    """The exam as a course. needed: the pass mark of the settings, where it has none of its own.

    Raises:
        KeyError, ValueError: as `make_course`, for an exam that `check` finds something in.
    """
    nobody = Ledger(trainee="")
    wanted = exam.scenarios or choose(index, nobody, exam.day, exam.seed, level="exam", services=exam.services)
    course = make_course(index, "exam", exam.seed, exam.day, wanted, count=exam.citizens)
    return msgspec.structs.replace(course, minutes=exam.minutes, passed=exam.needed or needed, exam=exam.id)


def digest_of(index: Index, course: Course) -> str:
    """What a course asks, in short: another one for other citizens, another pass mark, more time or other rules."""
    return hashlib.sha256(index.catalog.sha256.encode() + courses.encode(course)).hexdigest()[:16]


def shipped() -> dict[str, str]:
    """The exams that come with the program: their texts by the name that stands for the file."""
    folder = beside(__file__, "counterdesk.practice").joinpath("exams")
    return {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
