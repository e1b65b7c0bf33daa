"""How a command without a desk comes to what it works on: the station, a recorded stream, words and rules.

What the command line leaves out the settings say.
"""

from __future__ import annotations

import argparse
import asyncio
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
from counterdesk.told import Told
from counterdesk.usage import Unusable, password, words_for

NOT_ANSWERED = 1
"""Exit code: the station gave no answer."""
T = TypeVar("T")


def words_and_rules(given: argparse.Namespace) -> tuple[Words, Index]:
    """The language and the catalogue. Raises: SettingsError, CatalogError, OSError."""
    configured = settings.load(given.settings)
    words = Words.load(settings.LANGUAGE_NAMES[given.lang] if given.lang else configured.language)
    rules = given.catalog or (Path(configured.catalog) if configured.catalog else None)
    return words, Index(read_built(rules) if rules else load())


def options(given: argparse.Namespace) -> dict[str, Any]:
    """What an `HttpBackend` is made with. Raises: Unusable, SettingsError."""
    configured = settings.load(given.settings)
    names = ("url", "station", "ca", "client_cert", "client_key")
    reached = {name: getattr(given, name) or getattr(configured, name) for name in names}
    for name in ("url", "station"):
        if not reached[name]:
            raise Unusable("missing", option=f"--{name}")
    if not str(reached["url"]).startswith(("http://", "https://")):
        raise Unusable("address", url=str(reached["url"]))
    return reached


def asked(given: argparse.Namespace, question: Callable[[Backend, Session], Awaitable[T]]) -> T:
    """What the station answers to an officer whose password is asked for here; he is signed out afterwards.

    Raises: Unusable, BackendError, Refused, ValueError, OSError, SettingsError.
    """
    from counterdesk.backends.http import HttpBackend

    reached = options(given)
    configured = settings.load(given.settings)
    officer = given.officer or configured.officer
    if not officer:
        raise Unusable("missing", option="--officer")
    secret = password(words_for(given.lang or configured.language))

    async def ask() -> T:
        backend = HttpBackend(**reached)
        try:
            answer = await question(backend, await backend.sign_in(officer, secret))
            await backend.sign_out()
            return answer
        finally:
            await backend.close()

    return asyncio.run(ask())


def recorded(lines: Iterable[str], name: str) -> Iterator[Recorded]:
    """The events of a recorded stream: an event a line, or what `GET /v1/events` gives; checked for gaps.

    name: of the file, for whoever is told what is wrong with it. Raises: Told.
    """
    decoder, before = msgspec.json.Decoder(Recorded), 0
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("data:").strip()
        if not text.startswith("{") or '"seq"' not in text or '"event"' not in text:
            continue  # what a stream holds beside events
        try:
            one = decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeError):
            raise Told("stream.no_event", name=name, line=number) from None
        if before and one.seq != before + 1:
            raise Told("stream.gap", name=name, line=number, seq=one.seq, before=before)
        before = one.seq
        yield one
    if not before:
        raise Told("stream.empty", name=name)


def code_of(error: Exception) -> str:
    """A word for what stood in the way; no text of the error, which may hold a value."""
    if isinstance(error, Refused):
        return f"refused:{error.code}"
    kinds = {Unreachable: "unreachable", NotAllowed: "not_allowed", NotSignedIn: "not_signed_in"}
    return next((code for kind, code in kinds.items() if isinstance(error, kind)), "misunderstood")


def no_answer(error: Exception, words: Words) -> str:
    """Why the station did nothing, in words and with the code that support asks for."""
    code = code_of(error)
    if isinstance(error, Refused):
        said = words(f"refused.{error.code}", **error.params)
    elif isinstance(error, Unreachable) and error.hint:
        said = words(f"unreachable.{error.hint}")
    else:
        said = words(f"cli.station.{code}")
    return f"{said} ({code})"
