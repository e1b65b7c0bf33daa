"""What is settled at the terminal before a trainee's desk opens: who he is, what keeps his runs, which exam it is."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from counterdesk.catalog.index import Index
from counterdesk.locale import Words
from counterdesk.practice import exam as exams
from counterdesk.practice.asking import Ask, Refusal, keeper_for
from counterdesk.practice.command import flaw_text
from counterdesk.practice.course import Course
from counterdesk.practice.keeping import Keeper, default_root
from counterdesk.practice.vault import Vault
from counterdesk.quiet import quiet
from counterdesk.text import clean


@quiet
@dataclass(frozen=True, slots=True)
class Entered:
    """said: what is to be told about the keeper, "" for nothing. exam: the course of the exam that is taken, if any."""

    keeper: Keeper
    said: str = ""
    exam: Course | None = None


def enter(
    given: argparse.Namespace, index: Index, words: Words, needed: int, *, name: str = "", ask: Ask | None = None
) -> Entered:
    """Settle it as the command line says.

    needed: the pass mark of the settings. name: whoever practises without having said who he is. ask: see `passphrase`.
    Raises: Refusal.
    """
    exam = exam_course(given.exam, index, words, needed) if getattr(given, "exam", "") else None
    trainee: str = getattr(given, "trainee", "")
    if not trainee:
        return Entered(Keeper(name))
    keeper, said = keeper_for(Vault(default_root()), trainee, words, file=given.passphrase_file, ask=ask)
    if exam is not None and not keeper.kept_for_good:
        raise Refusal(words("teach.command.exam_not_kept", why=said))
    return Entered(keeper, said, exam)


def exam_course(name: str, index: Index, words: Words, needed: int) -> Course:
    """The course of an exam: of a file, or of one that comes with the program, by its name. Raises: Refusal."""
    shown = clean(name, limit=200)
    text = exams.shipped().get(name)
    if text is None:
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Refusal(words("teach.command.unreadable", file=shown, error=reason)) from None
    exam, flaws = exams.read(text)
    flaws += exams.check(index, exam) if exam is not None else []
    if exam is None or flaws:
        raise Refusal(flaw_text(shown, flaws[0], words))
    return exams.course_of(index, exam, needed)
