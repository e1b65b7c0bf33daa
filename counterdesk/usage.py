"""What a command says to whoever called it: in his language, in one line, and his password unseen."""

from __future__ import annotations

import argparse
import getpass
import re
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import ClassVar, NoReturn

from counterdesk.locale import Words
from counterdesk.text import clean
from counterdesk.told import Told, file_problem

USAGE = 2
"""Exit code for a command line or a settings file that cannot be used."""

_OPTION = r"argument (?P<option>.+?): "
_SAID: tuple[tuple[str, str], ...] = (
    ("unrecognized", r"unrecognized arguments: (?P<value>.*)"),
    ("required", r"the following arguments are required: (?P<option>.*)"),
    ("one_of", r"one of the arguments (?P<known>.*) is required"),
    ("ambiguous", r"ambiguous option: (?P<option>.*?) could match (?P<known>.*)"),
    ("choice", _OPTION + r"invalid choice: (?P<value>.*) \(choose from (?P<known>.*)\)"),
    ("together", _OPTION + r"not allowed with argument (?P<known>.*)"),
    ("surplus", _OPTION + r"ignored explicit argument (?P<value>.*)"),
    ("one_argument", _OPTION + r"expected one argument"),
    ("arguments", _OPTION + r"expected (?P<count>.*) arguments?"),
    ("number", _OPTION + r"(?P<value>.*) is no number from (?P<least>.*) to (?P<most>.*)"),
    ("day", _OPTION + r"(?P<value>.*) is no day(?:: use YYYY-MM-DD)?"),
    ("time", _OPTION + r"(?P<value>.*) is no time of an open hall: (?P<known>.*)"),
    ("value", _OPTION + r"invalid \S+ value: (?P<value>.*)"),
)
"""What argparse and the checks of this program's own arguments say, by the words that say it."""
_PATTERNS = tuple((f"cli.usage.{code}", re.compile(pattern, re.DOTALL)) for code, pattern in _SAID)


class Unusable(Told):
    """What was asked for cannot be done; the words say what is wrong and what to do."""

    def __init__(self, code: str, /, **values: str | int) -> None:
        super().__init__(f"cli.{code}", **values)


class Parser(argparse.ArgumentParser):
    """One line for what is wrong, instead of the whole usage. line: the command line, for its language."""

    line: ClassVar[Sequence[str]] = ()

    def error(self, message: str) -> NoReturn:
        """Say it and end."""
        words = words_of(self.line)
        see = words("cli.usage.see", command=self.prog)
        self.exit(USAGE, f"{self.prog}: {wrong_usage(message, words)}{see}\n")


def wrong_usage(message: str, words: Words) -> str:
    """What argparse says, in words; as it says it where it is none of what it usually says."""
    for key, pattern in _PATTERNS:
        if found := pattern.fullmatch(message):
            return words(key, **{name: clean(text) for name, text in found.groupdict().items()})
    return clean(message)


def words_of(line: Sequence[str]) -> Words:
    """The words for a command line that may not be one: of its last `--lang`, else of the settings."""
    from counterdesk.settings import LANGUAGE_NAMES

    named = [after for option, after in pairwise(line) if option == "--lang"]
    named += [option.removeprefix("--lang=") for option in line if option.startswith("--lang=")]
    return words_for(next((name for name in reversed(named) if name in LANGUAGE_NAMES), None))


def words_for(language: str | None) -> Words:
    """The words of a language; of the settings where none that there is was asked for."""
    from counterdesk import settings  # --help waits for no settings

    chosen = settings.LANGUAGE_NAMES.get(language or "")
    if chosen is None:
        chosen = settings.Settings().language
        with suppress(settings.SettingsError):
            chosen = settings.load().language
    return Words.load(chosen)


def in_words(error: Exception, words: Words) -> str:
    """Why something cannot be used, in one line."""
    if isinstance(error, Told):
        return error.in_words(words)
    if isinstance(error, OSError):
        name = clean(str(error.filename)) if error.filename is not None else ""
        return f"{name}: {file_problem(error, words)}" if name else file_problem(error, words)
    return clean(str(error))


def say(text: str) -> None:
    """One line on standard error."""
    print(f"counterdesk: {text}", file=sys.stderr)


def password(words: Words) -> str:
    """What somebody types unseen; the first line of standard input where there is no terminal.

    Raises: Unusable: nothing came.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", getpass.GetPassWarning)  # there is no terminal that could show it
            return getpass.getpass(words("cli.password"))
    except (EOFError, KeyboardInterrupt):
        raise Unusable("no_password") from None
