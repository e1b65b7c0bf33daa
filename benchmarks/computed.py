"""What is computed between a key and its picture: prompts re-evaluated, services and policies found."""

from __future__ import annotations

import itertools
import statistics
import time
from datetime import date
from typing import NamedTuple

import msgspec

from counterdesk.catalog.assess import assess
from counterdesk.catalog.assessor import Assessor
from counterdesk.catalog.index import Index
from counterdesk.catalog.library import Library
from counterdesk.catalog.load import load
from counterdesk.catalog.sentences import Language
from counterdesk.practice.fill import complete

TODAY = date(2026, 11, 23)
TYPED = ("jtwf", "违法处理", "huz", "chushengdengji", "sfz", "护照", "25", "temporary", "jiashizheng", "zzqqxx")
"""What officers type to find a service: initials, characters, syllables, numbers, English, nonsense."""

LOOKED_UP = ("监护人", "护照 丢失", "身份证 16周岁 监护", "2019", "的", "guardian", "无此词语")
"""What officers type to find a policy: words of two characters and more, several of them, one that stands everywhere,
and one that stands nowhere."""


def assess_ms(rounds: int = 40) -> list[float]:
    """Milliseconds of re-evaluating a whole case, for each service of the catalogue: the median of its rounds."""
    index = Index(load())
    found = []
    for service in index.catalog.services:
        file = complete(index, 1, service.id, TODAY)
        if file is None:
            continue
        times = []
        for _ in range(rounds):
            begun = time.perf_counter()
            assess(index, file, today=TODAY, role="officer")
            times.append((time.perf_counter() - begun) * 1e3)
        found.append(statistics.median(times))
    return found


class Answered(NamedTuple):
    """Milliseconds after one answer on a service: evaluated whole, and only what hangs on the answer (medians)."""

    service: str
    whole: float
    incremental: float


def answer_ms(rounds: int = 8) -> list[Answered]:
    """For each service, every answer of a complete case taken back and given again."""
    index = Index(load())
    found = []
    for service in index.catalog.services:
        file = complete(index, 1, service.id, TODAY)
        if file is None:
            continue
        assessor = Assessor(index)
        whole, incremental = [], []
        for key, _ in itertools.product(file.answers, range(rounds)):
            without = {other: answer for other, answer in file.answers.items() if other != key}
            assessor.assess(msgspec.structs.replace(file, answers=without), today=TODAY, role="officer")
            given = msgspec.structs.replace(file, answers={**without, key: file.answers[key]})
            begun = time.perf_counter()
            assessor.assess(given, today=TODAY, role="officer")
            between = time.perf_counter()
            assess(index, given, today=TODAY, role="officer")
            incremental.append((between - begun) * 1e3)
            whole.append((time.perf_counter() - between) * 1e3)
        found.append(Answered(service.id, statistics.median(whole), statistics.median(incremental)))
    return found


def search_ms(rounds: int = 10) -> list[float]:
    """Milliseconds of each key while these words are typed; the first search of all, which prepares, is not counted."""
    index = Index(load())
    index.find("x")
    found = []
    for word in TYPED:
        for end in range(1, len(word) + 1):
            times = []
            for _ in range(rounds):
                begun = time.perf_counter()
                index.find(word[:end])
                times.append((time.perf_counter() - begun) * 1e3)
            found.append(statistics.median(times))
    return found


def policy_ms(rounds: int = 10) -> list[float]:
    """Milliseconds of each key while these words are typed into the policy library, in both languages; the first search
    of each language, which prepares, is not counted."""
    library = Library(Index(load()))
    found = []
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        library.search("x", language)
        for words in LOOKED_UP:
            for end in range(1, len(words) + 1):
                times = []
                for _ in range(rounds):
                    begun = time.perf_counter()
                    library.search(words[:end], language)
                    times.append((time.perf_counter() - begun) * 1e3)
                found.append(statistics.median(times))
    return found
