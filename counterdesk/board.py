"""`counterdesk board`: the hall's board on a terminal. It signs in with an account of its own and stays."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterdesk import settings, terminal
from counterdesk.locale import Words
from counterdesk.reaching import options
from counterdesk.told import Told
from counterdesk.usage import USAGE, Unusable, in_words, password, say, words_for

if TYPE_CHECKING:
    from counterdesk.backends.base import Backend
    from counterdesk.held import Held

DEMO_ACCOUNT = "board"


def run(given: argparse.Namespace, held: Held | None) -> int:
    """The command. Returns the exit code: 0 left, 1 the station does not let the account in, 2 wrongly called."""
    words = words_for(given.lang)
    with ExitStack() as stack:
        try:
            configured = settings.load(given.settings)
            words = words_for(given.lang or configured.language)
            make, officer, secret = _demo(stack) if given.demo else _real(given, words)
            if held is None:
                raise Unusable("terminal")
        except (Told, ValueError, OSError, RuntimeError) as error:
            say(in_words(error, words))
            return USAGE
        return _open(given, configured, held, make, officer, secret, words)


def _real(given: argparse.Namespace, words: Words) -> tuple[Callable[[], Backend], str, str]:
    reached = options(given)
    if not given.officer:
        raise Unusable("missing_board")
    secret = _password(given.password_file) if given.password_file else password(words)

    def make() -> Backend:
        from counterdesk.backends.http import HttpBackend

        return HttpBackend(**reached)

    return make, given.officer, secret


def _demo(stack: ExitStack) -> tuple[Callable[[], Backend], str, str]:
    """A hall of our own, gone with the board."""
    from counterdesk.demo import DemoServer

    server = stack.enter_context(DemoServer(seed=7, speed=20.0, role="leader"))
    ready = server.ready()

    def make() -> Backend:
        from counterdesk.backends.http import HttpBackend

        return HttpBackend(url=ready["url"], station=ready["station"])

    return make, DEMO_ACCOUNT, ready["password"]


def _password(file: Path) -> str:
    """A board starts without anybody there. Raises: Unusable for a file that others can read, OSError."""
    with file.open("rb") as opened:
        if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
            raise Unusable("open_to_others", name=file.name)
        return opened.readline(1024).decode("utf-8", "strict").rstrip("\r\n")


def _open(
    given: argparse.Namespace,
    configured: settings.Settings,
    held: Held,
    make: Callable[[], Backend],
    officer: str,
    secret: str,
    words: Words,
) -> int:
    chosen: Any = given.colour or configured.colour  # both were checked against the same list
    profile = terminal.profile_for(os.environ, colour=None if chosen == "auto" else chosen)
    terminal.apply(profile, os.environ)
    from counterdesk import incidents

    recorder = incidents.Recorder(incidents.folder(), held.code)
    recorder.install()
    # From here on Textual is wanted; everything above must have been decided before it is imported.
    from counterdesk.board_app import BoardApp

    app = BoardApp(make, officer, secret, words, palette=profile.palette, recorder=recorder)
    held.screen_up()
    result = app.run(mouse=profile.mouse)
    held.screen_down()
    if app.refused:
        say(app.refused)
    return result if result is not None else (app.return_code or 0)
