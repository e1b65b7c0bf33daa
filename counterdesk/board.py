"""`counterdesk board`: the hall's board on a terminal. It signs in with an account of its own and stays."""

from __future__ import annotations

import argparse
import getpass
import os
import stat
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterdesk import settings, terminal
from counterdesk.reaching import options

if TYPE_CHECKING:
    from counterdesk.backends.base import Backend
    from counterdesk.held import Held

USAGE = 2
DEMO_ACCOUNT = "board"


class _Unusable(Exception):
    """What was asked for cannot be opened."""


def run(given: argparse.Namespace, held: Held | None) -> int:
    """The command. Returns the exit code: 0 left, 1 the station does not let the account in, 2 wrongly called."""
    with ExitStack() as stack:
        try:
            configured = settings.load(given.settings)
            make, officer, password = _demo(given, stack) if given.demo else _real(given)
            if held is None:
                raise _Unusable("this needs a terminal")
        except (_Unusable, ValueError, OSError, RuntimeError, settings.SettingsError) as error:
            print(f"counterdesk: {error}", file=sys.stderr)
            return USAGE
        return _open(given, configured, held, make, officer, password)


def _real(given: argparse.Namespace) -> tuple[Callable[[], Backend], str, str]:
    reached = options(given)
    if not given.officer:
        raise _Unusable("--officer is missing: the board's own account (role board)")
    password = _password(given.password_file) if given.password_file else getpass.getpass("password 口令: ")

    def make() -> Backend:
        from counterdesk.backends.http import HttpBackend

        return HttpBackend(**reached)

    return make, given.officer, password


def _demo(given: argparse.Namespace, stack: ExitStack) -> tuple[Callable[[], Backend], str, str]:
    """A hall of our own, gone with the board."""
    from counterdesk.demo import DemoServer

    server = stack.enter_context(DemoServer(seed=7, speed=20.0, role="leader"))
    ready = server.ready()

    def make() -> Backend:
        from counterdesk.backends.http import HttpBackend

        return HttpBackend(url=ready["url"], station=ready["station"])

    return make, DEMO_ACCOUNT, ready["password"]


def _password(file: Path) -> str:
    """A board starts without anybody there. Raises: _Unusable for a file that others can read, OSError."""
    with file.open("rb") as opened:
        if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
            raise _Unusable(f"{file.name}: only its owner may read it (chmod 600)")
        return opened.readline(1024).decode("utf-8", "strict").rstrip("\r\n")


def _open(
    given: argparse.Namespace,
    configured: settings.Settings,
    held: Held,
    make: Callable[[], Backend],
    officer: str,
    password: str,
) -> int:
    chosen: Any = given.colour or configured.colour  # both were checked against the same list
    profile = terminal.profile_for(os.environ, colour=None if chosen == "auto" else chosen)
    terminal.apply(profile, os.environ)
    from counterdesk import incidents

    recorder = incidents.Recorder(incidents.folder(), held.code)
    recorder.install()
    # From here on Textual is wanted; everything above must have been decided before it is imported.
    from counterdesk.board_app import BoardApp
    from counterdesk.locale import Words

    words = Words.load(settings.LANGUAGE_NAMES[given.lang] if given.lang else configured.language)
    app = BoardApp(make, officer, password, words, palette=profile.palette, recorder=recorder)
    held.screen_up()
    result = app.run(mouse=profile.mouse)
    held.screen_down()
    if app.refused:
        print(f"counterdesk: {app.refused}", file=sys.stderr)
    return result if result is not None else (app.return_code or 0)
