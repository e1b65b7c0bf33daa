"""The command `counterdesk`. It decides the terminal before Textual is imported; --help and --version never do."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from counterdesk import __version__, terminal
from counterdesk.catalog.tools.arguments import declare

if TYPE_CHECKING:
    from counterdesk.desk.desk import Desk
    from counterdesk.settings import Settings

USAGE = 2
"""Exit code for a command line or a settings file that cannot be used."""


class _Parser(argparse.ArgumentParser):
    """One line for what is wrong, instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: list[str] | None = None) -> int:
    """Run the command. argv: the arguments without the program's name. Returns the exit code."""
    given = _parser().parse_args(argv)
    problem = terminal.encoding_problem(sys.__stderr__)
    if problem:
        sys.stderr.write(problem)
        return terminal.BAD_ENCODING
    if given.command == "catalog":
        from counterdesk.catalog.tools.command import run

        return run(given)
    if given.command == "doctor":
        from counterdesk import doctor

        return doctor.run(given)
    if given.command == "journal":
        from counterdesk import recovery

        return recovery.run(given)
    from counterdesk import settings

    try:
        configured = settings.load(given.settings)
        keys = settings.keymap(configured.keys)
    except settings.SettingsError as error:
        print(f"counterdesk: {error}", file=sys.stderr)
        return USAGE
    language = settings.LANGUAGE_NAMES[given.lang] if given.lang else configured.language
    if given.command == "demo":
        return _demo(given, language, keys, configured)
    return _desk(given, language, keys, configured)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="counterdesk",
        description="The workstation of a comprehensive counter. 综合窗口工作台。",
        epilog="Keys stand at the bottom of the screen; F1 explains them. 屏幕底部是按键,F1 有说明。",
    )
    parser.add_argument("--version", action="version", version=f"counterdesk {__version__}")
    _common(parser)
    parser.add_argument("--backend", metavar="NAME", help="how to reach the station (default: http)")
    parser.add_argument("--url", help="the station server's address, e.g. http://127.0.0.1:8480")
    parser.add_argument("--station", metavar="ID", help="the station's id")
    parser.add_argument("--counter", metavar="N", help="the number of this counter")
    parser.add_argument(
        "--officer", metavar="ID", help="police number to sign in with; the password is always asked for"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    demo = commands.add_parser(
        "demo",
        help="open the desk on a living hall; nothing to prepare, nothing left behind",
        description="Start a server with a simulated hall on this machine and open the desk at counter 3. 演示大厅。",
    )
    _common(demo, inherited=True)
    demo.add_argument("--seed", type=int, default=7, metavar="N", help="which day is simulated (default: %(default)s)")
    demo.add_argument(
        "--speed", type=_speed, default=20.0, metavar="X", help="how fast the hall lives (default: %(default)g)"
    )
    doctor = commands.add_parser(
        "doctor",
        help="what this terminal is like, for support; nothing personal",
        description="What this terminal is like: versions, settings, terminal, journals, keyring. 诊断,不含个人信息。",
    )
    _common(doctor, inherited=True)
    doctor.add_argument("--json", action="store_true", help="as JSON")
    _journal(commands)
    catalog = commands.add_parser(
        "catalog",
        help="check, build, test, compare, show and try the rules",
        description="The tools of the rule owner. 目录规则工具。",
    )
    declare(catalog, _Parser)
    return parser


def _journal(commands: Any) -> None:
    """`journal recover`: what a shift leader does with the journal of a dead terminal."""
    journal = commands.add_parser(
        "journal", help="recover the drafts of a dead terminal", description="The journal of a terminal. 终端日志。"
    )
    recover = journal.add_subparsers(metavar="COMMAND", parser_class=_Parser, required=True).add_parser(
        "recover",
        help="give the drafts in a journal's file to the station",
        description="Have the station open the officers' keys in FILE, and store their drafts there. 恢复草稿。",
    )
    recover.add_argument("file", type=Path, metavar="FILE", help="the journal, copied from the dead terminal")
    for option, help_text in (
        ("--url", "the station server's address"),
        ("--station", "the station's id"),
        ("--officer", "the shift leader's police number; the password is asked for"),
    ):
        recover.add_argument(option, required=True, help=help_text)


def _common(parser: argparse.ArgumentParser, *, inherited: bool = False) -> None:
    """Options that stand before and after the command's name; after it they must not undo what stood before."""
    default = argparse.SUPPRESS if inherited else None
    parser.add_argument("--lang", choices=("zh", "en"), default=default, help="language of the screen (default: zh)")
    parser.add_argument("--settings", type=Path, metavar="FILE", default=default, help="settings file to read")
    parser.add_argument(
        "--colour",
        choices=("auto", "none", "16", "256", "true"),
        default=default,
        help="how many colours to use (default: what the terminal says)",
    )


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed: use a number from 0.1 to 3600")
    return speed


def _desk(given: argparse.Namespace, language: str, keys: dict[str, str], configured: Settings) -> int:
    """The real thing: a station reached through a backend."""
    backend_name = given.backend or configured.backend
    counter = given.counter or configured.counter
    url, station = given.url or configured.url, given.station or configured.station
    from platformdirs import user_state_path

    from counterdesk.backends import registry

    if backend_name not in registry.names():
        print(f"counterdesk: --backend {backend_name}: known are {', '.join(registry.names())}", file=sys.stderr)
        return USAGE
    required = {"--counter": counter}
    if backend_name == "http":
        required |= {"--url": url, "--station": station}
    for option, value in required.items():
        if not value:
            print(f"counterdesk: {option} is missing; for a look without a server: counterdesk demo", file=sys.stderr)
            return USAGE
    if backend_name == "http" and not url.startswith(("http://", "https://")):
        print(f"counterdesk: --url {url}: an address begins with http:// or https://", file=sys.stderr)
        return USAGE

    def make() -> Desk:
        from counterdesk.desk.desk import Desk

        backend: Any = registry.load(backend_name)  # each has options of its own and ignores the others
        return Desk(backend(url=url, station=station), counter, "", "")

    return _open(make, counter, language, keys, configured, given, user_state_path("counterdesk"))


def _demo(given: argparse.Namespace, language: str, keys: dict[str, str], configured: Settings) -> int:
    """A server of our own on this machine, with a simulated hall, for as long as the desk is open."""
    from counterdesk.demo import COUNTER, DemoServer

    with DemoServer(seed=given.seed, speed=given.speed) as server:
        return _open(server.make_desk, COUNTER, language, keys, configured, given)


def _open(
    make: Callable[[], Desk],
    counter: str,
    language: str,
    keys: dict[str, str],
    configured: Settings,
    given: argparse.Namespace,
    memory: Path | None = None,
) -> int:
    """Open the desk on this terminal and stay until the officer leaves. The demo leaves nothing behind: no memory."""
    chosen: Any = given.colour or configured.colour  # both were checked against the same list
    profile = terminal.profile_for(os.environ, colour=None if chosen == "auto" else chosen)
    terminal.apply(profile, os.environ)
    if not sys.stdin.isatty():
        print("counterdesk: this needs a terminal", file=sys.stderr)
        return USAGE
    gc.disable()  # until the screen stands: nothing that is made while starting is garbage yet
    # From here on Textual is wanted; everything above must have been decided before it is imported.
    from counterdesk.app import CounterdeskApp
    from counterdesk.catalog.index import Index
    from counterdesk.catalog.load import load
    from counterdesk.desk.desk import wall_clock
    from counterdesk.desk.handle import DeskThread
    from counterdesk.desk.printer import Printer
    from counterdesk.desk.state import DeskState, Link, LinkStatus
    from counterdesk.locale import Words

    status: LinkStatus = "connecting" if given.command == "demo" else "signed_out"
    desk = DeskThread(make, DeskState(counter, Link(status, wall_clock())))
    officer = given.officer or configured.officer
    words = Words.load(language)
    app = CounterdeskApp(
        desk,
        Index(load()),
        words,
        keys,
        officer=officer,
        palette=profile.palette,
        memory=memory,
        printer=Printer(configured.print_command),
    )
    result = app.run(mouse=profile.mouse)
    return result if result is not None else (app.return_code or 0)
