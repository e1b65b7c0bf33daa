"""How a command without a desk comes to what it works on: the station, a recorded stream, words and rules.

What the command line leaves out the settings say.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from counterdesk import settings
from counterdesk.backends.base import Backend, NotAllowed, NotSignedIn, Session, Unreachable
from counterdesk.catalog.built import read_built
from counterdesk.catalog.index import Index
from counterdesk.catalog.load import load
from counterdesk.locale import Words
from counterdesk.station.events import Recorded
from counterdesk.station.refused import Refused

NOT_ANSWERED, USAGE = 1, 2
"""Exit codes: the station gave no answer; the command or the file cannot be used."""
T = TypeVar("T")


class Unusable(Exception):
    """What was asked cannot be used; says why, in words."""


def words_and_rules(given: argparse.Namespace) -> tuple[Words, Index]:
    """The language and the catalogue. Raises: SettingsError, CatalogError, OSError."""
    configured = settings.load(given.settings)
    words = Words.load(settings.LANGUAGE_NAMES[given.lang] if given.lang else configured.language)
    rules = given.catalog or (Path(configured.catalog) if configured.catalog else None)
    return words, Index(read_built(rules) if rules else load())


def options(given: argparse.Namespace) -> dict[str, Any]:
    """What an `HttpBackend` is made with. Raises: ValueError for what is missing, SettingsError."""
    configured = settings.load(given.settings)
    names = ("url", "station", "ca", "client_cert", "client_key")
    reached = {name: getattr(given, name) or getattr(configured, name) for name in names}
    for name in ("url", "station"):
        if not reached[name]:
            raise ValueError(f"--{name} is missing")
    return reached


def asked(given: argparse.Namespace, question: Callable[[Backend, Session], Awaitable[T]]) -> T:
    """What the station answers to an officer whose password is asked for here; he is signed out afterwards.

    Raises: Unusable, BackendError, Refused, ValueError, OSError, SettingsError.
    """
    from counterdesk.backends.http import HttpBackend

    reached = options(given)
    officer = given.officer or settings.load(given.settings).officer
    if not officer:
        raise Unusable("--officer is missing")
    password = getpass.getpass("password 口令: ")

    async def ask() -> T:
        backend = HttpBackend(**reached)
        try:
            answer = await question(backend, await backend.sign_in(officer, password))
            await backend.sign_out()
            return answer
        finally:
            await backend.close()

    return asyncio.run(ask())


def recorded(lines: Iterable[str], name: str, words: Words) -> Iterator[Recorded]:
    """The events of a recorded stream: an event a line, or what `GET /v1/events` gives; checked for gaps.

    name: of the file, for whoever is told what is wrong with it. Raises: Unusable.
    """
    decoder, before = msgspec.json.Decoder(Recorded), 0
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("data:").strip()
        if not text.startswith("{") or '"seq"' not in text or '"event"' not in text:
            continue  # what a stream holds beside events
        try:
            one = decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeError):
            raise Unusable(words("stream.no_event", name=name, line=number)) from None
        if before and one.seq != before + 1:
            raise Unusable(words("stream.gap", name=name, line=number, seq=one.seq, before=before))
        before = one.seq
        yield one
    if not before:
        raise Unusable(words("stream.empty", name=name))


def said(error: Exception, words: Words) -> str:
    """What stood in the way, as its word for a program and as a sentence for a person."""
    code = code_of(error)
    key = f"figures.failed.{error.code}" if isinstance(error, Refused) else f"reached.{code}"
    return f"{code}: {words(key)}" if words.has(key) else code


def code_of(error: Exception) -> str:
    """A word for what stood in the way; no text of the error, which may hold a value."""
    if isinstance(error, Refused):
        return f"refused:{error.code}"
    kinds = {Unreachable: "unreachable", NotAllowed: "not_allowed", NotSignedIn: "not_signed_in"}
    return next((code for kind, code in kinds.items() if isinstance(error, kind)), "misunderstood")
