"""Every code of practice has its words, and the document says what the code takes off. UPDATE_DOCS=1 writes it anew."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import get_args

import pytest

from counterdesk.catalog.index import Index
from counterdesk.locale import LANGUAGES, Words
from counterdesk.practice import exam as exams
from counterdesk.practice.course import Topic
from counterdesk.practice.debrief import POINTS, Ending, MistakeKind
from counterdesk.practice.keeping import KEPT_RUNS, Trouble
from counterdesk.practice.ledger import INTERVALS
from counterdesk.practice.phone import Kind
from counterdesk.practice.result import SLIPS, SlipKind
from counterdesk.practice.scenario import Outcome, Temper
from counterdesk.practice.sources import CUSTOM, PRIVACY
from counterdesk.practice.writing import check, read

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/practice.md"
ENDINGS = {code for part in get_args(Ending) for code in get_args(part) or (part,)}
SOLVING = (ROOT / "counterdesk/practice/solving.py").read_text("utf-8")
REASONS = set(re.findall(r'(?:reason = |self\.target, )"([a-z_]+)"', SOLVING))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("teach.mistake", set(get_args(MistakeKind))),
        ("teach.outcome", ENDINGS | set(get_args(Outcome))),
        ("teach.unsolved", REASONS),
        ("teach.kind", {"written", "generated", "near"}),
        ("teach.slip", set(get_args(SlipKind))),
        ("teach.phone.topic", set(get_args(Topic))),
        ("teach.phone.do", set(get_args(Kind)) - {"missed", "lost"}),
        ("teach.ledger", {*get_args(Trouble), "recovered", "memory_only"}),
        ("teach.say.again", set(get_args(Temper))),
        ("teach.rule", {"variant", *(rule.removeprefix("counter:") for rule in (CUSTOM, PRIVACY))}),
    ],
)
def test_every_code_has_its_words_and_no_words_are_left_over(language: str, prefix: str, codes: set[str]) -> None:
    assert len(codes) > 2
    assert set(Words.load(language).codes(prefix)) == codes


def points_table() -> str:
    zh, en = (Words.load(language) for language in LANGUAGES)
    rows = ["| mistake | 中文 | each | at most |", "|---|---|---|---|"]
    rows += [
        f"| {en(f'teach.mistake.{kind}')} | {zh(f'teach.mistake.{kind}')} | {each} | {most} |"
        for kind, (each, most) in POINTS.items()
    ]
    return "\n".join(rows)


def test_the_document_says_what_a_mistake_takes_off() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    mark = "<!-- points: made by tests/unit/practice/test_words.py -->"
    if os.environ.get("UPDATE_DOCS"):
        text = re.sub(
            f"{re.escape(mark)}\n.*?<!-- end -->", f"{mark}\n{points_table()}\n<!-- end -->", text, flags=re.S
        )
        DOCUMENT.write_text(text, encoding="utf-8")
    assert f"{mark}\n{points_table()}\n<!-- end -->" in text


def test_the_example_of_the_document_is_in_order(index: Index) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    scenarios, flaws = read(blocks[0])
    assert flaws == []
    assert check(index, scenarios[0]) == []


def test_the_exam_of_the_document_is_in_order(index: Index) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    (text,) = [block for block in blocks if exams.is_exam(block)]
    exam, flaws = exams.read(text)
    assert flaws == []
    assert exam is not None
    assert exams.check(index, exam) == []


def test_the_document_has_the_numbers_of_the_program() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for fact in (
        f"newest {KEPT_RUNS} runs",
        f"less {SLIPS['call_missed'][0]} for a call",
        f"and {SLIPS['return_left'][0]}\nfor a returned case",
        f"1 to {exams.LONGEST}",
        f"1 to {exams.MOST}",
        f"after {', '.join(map(str, INTERVALS[:-1]))} and {INTERVALS[-1]} days",
    ):
        assert fact in text, fact
