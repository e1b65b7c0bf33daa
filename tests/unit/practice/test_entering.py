"""What is settled before a trainee's desk opens."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from counterdesk.catalog.index import Index
from counterdesk.practice import exam as exams
from counterdesk.practice.asking import Refusal
from counterdesk.practice.entering import enter

from .test_trainer import SECRET, WORDS, data, types

__all__ = ["data"]


def given(**changes: str) -> argparse.Namespace:
    return argparse.Namespace(**{"trainee": "", "exam": "", "passphrase_file": None, **changes})


def test_without_a_name_it_is_kept_in_memory_under_the_name_of_the_desk(index: Index) -> None:
    entered = enter(argparse.Namespace(), index, WORDS, 80, name="trainee")
    assert (entered.keeper.ledger.trainee, entered.keeper.kept_for_good) == ("trainee", False)
    assert (entered.said, entered.exam) == ("", None)


def test_with_a_passphrase_it_is_kept(index: Index) -> None:
    entered = enter(given(trainee="T001"), index, WORDS, 80, ask=types(SECRET, SECRET))
    assert (entered.keeper.ledger.trainee, entered.keeper.kept_for_good, entered.said) == ("T001", True, "")
    assert enter(given(trainee="T001"), index, WORDS, 80, ask=types("")).said == WORDS("teach.ledger.memory_only")


def test_an_exam_is_taken_from_a_file_or_from_those_that_come_with_the_program(index: Index, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(exams.shipped()["idcard"].replace("pass = 85", "").replace('id = "idcard"', 'id = "mine"'))
    found = []
    for name in ("idcard", str(file)):
        entered = enter(given(trainee="T001", exam=name), index, WORDS, 70, ask=types(SECRET, SECRET))
        assert entered.exam is not None
        found.append((entered.exam.exam, entered.exam.passed, entered.exam.minutes, len(entered.exam.stops)))
    assert found == [("idcard", 85, 90, 8), ("mine", 70, 90, 8)]


@pytest.mark.parametrize(
    ("text", "lines", "said"),
    [
        (None, (SECRET, SECRET), "No such file"),
        ("[exam]\n", (SECRET, SECRET), "missing required field"),
        (exams.shipped()["idcard"].replace("count = 8", "count = 0"), (SECRET, SECRET), "out of range"),
        (exams.shipped()["idcard"], ("",), "has to be kept"),
        (exams.shipped()["idcard"], (SECRET, "another"), "These two differ"),
    ],
)
def test_what_keeps_an_exam_from_being_taken_is_said_in_one_line(
    index: Index, tmp_path: Path, text: str | None, lines: tuple[str, ...], said: str
) -> None:
    file = tmp_path / "mine.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=said) as raised:
        enter(given(trainee="T001", exam=str(file)), index, WORDS, 70, ask=types(*lines))
    assert len(str(raised.value).splitlines()) == 1
