"""Chinese names found by how they sound: initials, whole syllables, characters, or any mixture of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

READINGS: Final = Path(__file__).with_name("pinyin.txt")
"""A line a character: itself and every reading that it has."""


class Spelled(NamedTuple):
    """A name as it is searched: folded characters, each with its readings."""

    text: str
    readings: tuple[tuple[str, ...], ...]


def fold(text: str) -> str:
    """Text as it is compared: full-width forms narrow, case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def readings_in(lines: str) -> dict[str, tuple[str, ...]]:
    """The readings by character, from what stands in `READINGS`."""
    return {line[0]: tuple(line[1:].split()) for line in lines.splitlines() if line}


@cache
def every_reading() -> Mapping[str, tuple[str, ...]]:
    """All readings that are known, read at first need: a start does not wait for them. Empty where they cannot be."""
    try:
        return readings_in(READINGS.read_text(encoding="utf-8"))
    except OSError:
        return {}


def spelled(readings: Mapping[str, tuple[str, ...]], text: str) -> Spelled:
    """A name with its readings. Brackets and spaces are not typed, so they are not part of what is searched."""
    chars = [char for char in fold(text) if char.isalnum()]
    return Spelled("".join(chars), tuple(readings.get(char, ()) for char in chars))


def position(name: Spelled, wanted: str) -> int | None:
    """Where in the name `wanted` (folded, without spaces) begins, None for nowhere."""
    for start in range(len(name.text)):
        if _matches(name, start, wanted):
            return start
    return None


def _matches(name: Spelled, at: int, wanted: str) -> bool:
    if not wanted:
        return True
    if at == len(name.text):
        return False
    return any(_matches(name, at + 1, wanted[used:]) for used in _uses(name, at, wanted))


def _uses(name: Spelled, at: int, wanted: str) -> Iterator[int]:
    """How many letters of `wanted` the character at `at` may stand for.

    Itself; or of one of its readings the first letter, its whole initial (zh, ch, sh), the whole syllable, or at the
    end of what was typed any beginning of it.
    """
    if wanted[0] == name.text[at]:
        yield 1
    seen = {1} if wanted[0] == name.text[at] else set()
    for reading in name.readings[at]:
        lengths = [1, len(reading)]
        if reading[1:2] == "h":
            lengths.append(2)
        if len(wanted) < len(reading):
            lengths.append(len(wanted))
        for length in lengths:
            if length not in seen and wanted.startswith(reading[:length]):
                seen.add(length)
                yield length
