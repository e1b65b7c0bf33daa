"""The command `counterdesk`. It decides the terminal before Textual is imported; --help and --version never do."""

from __future__ import annotations

import argparse
import gc
import math
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterdesk import __version__, terminal
from counterdesk.catalog.tools.arguments import declare
from counterdesk.environment import scrub
from counterdesk.practice import arguments as practising
from counterdesk.told import Told
from counterdesk.usage import USAGE, Parser, say, words_for

if TYPE_CHECKING:
    from counterdesk.held import Held

_BY = ("group", "service", "counter", "channel", "officer", "hour", "day", "week", "month")


def main(argv: list[str] | None = None, held: Held | None = None) -> int:
    """Run the command. argv: the arguments without the program's name. held: this process's hold of its launcher; None
    where there is none, which opens no desk. Returns the exit code."""
    scrub(os.environ)
    Parser.line = sys.argv[1:] if argv is None else argv
    given = _parser().parse_args(argv)
    problem = terminal.encoding_problem(sys.__stderr__)
    if problem:
        sys.stderr.write(problem)
        return terminal.BAD_ENCODING
    if given.command == "practice":
        if given.list:
            given = practising.wanted_list(given)
        if given.exercise:
            return _practise(given)
        if (wrong := practising.problem(given)) is not None:
            say(wrong.in_words(words_for(given.lang)))
            return USAGE
    if (code := _tool(given, held)) is not None:
        return code
    return _open(given, held)


def _tool(given: argparse.Namespace, held: Held | None) -> int | None:
    """The commands that open no desk; None if it is none of them. Each loads what it needs and no more."""
    match given.command:
        case "catalog":
            from counterdesk.catalog.tools.command import run

            return run(given)
        case "doctor":
            from counterdesk import doctor

            return doctor.run(given)
        case "route":
            from counterdesk import route

            return route.run()
        case "whatif":
            from counterdesk import whatif

            return whatif.run(given)
        case "journal":
            from counterdesk import recovery

            return recovery.run(given)
        case "board":
            from counterdesk import board

            return board.run(given, held)
        case "stats":
            from counterdesk import stats

            return stats.run(given)
        case _:
            return None


def _open(given: argparse.Namespace, held: Held | None) -> int:
    """One of the compositions of a desk."""
    gc.disable()  # until the screen stands: hardly anything that is made while starting is garbage
    from counterdesk import opening, settings

    try:
        configured = settings.load(given.settings)
        keys = settings.keymap(configured.keys)
        language = settings.LANGUAGE_NAMES[given.lang] if given.lang else configured.language
        rules = given.catalog or (Path(configured.catalog) if configured.catalog else None)
        wanted = opening.Wanted(given, configured, language, keys, rules, opening.read_rules(rules), held)
        match given.command:
            case "demo":
                return opening.demo(wanted)
            case "practice":
                return opening.practice(wanted)
            case _:
                return opening.desk(wanted)
    except Told as error:
        say(error.in_words(words_for(given.lang)))
        return USAGE
    finally:
        gc.enable()


def _practise(given: argparse.Namespace) -> int:
    """One of the trainer's tools, behind the fence of practice."""
    from counterdesk import fence, settings

    try:
        passed = settings.load(given.settings).practice_pass if given.exercise == "report" else 0
    except settings.SettingsError as error:
        say(error.in_words(words_for(given.lang)))
        return USAGE
    fence.put_up()
    from counterdesk.practice.command import run

    return run(given, passed)


def say_incident(code: str, argv: list[str] | None = None) -> str:
    """The line about an incident, in the language of the desk that had it."""
    from counterdesk import settings
    from counterdesk.locale import Words

    given = _parser().parse_args(argv)
    language = given.lang or "zh"
    with suppress(settings.SettingsError):
        language = given.lang or settings.load(given.settings).language
    return Words.load(settings.LANGUAGE_NAMES[language])("say.incident", code=code)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="counterdesk",
        description="The workstation of a comprehensive counter. 综合窗口工作台。",
        epilog="Keys stand at the bottom of the screen; F1 explains them. 屏幕底部是按键,F1 有说明。",
    )
    parser.add_argument("--version", action="version", version=f"counterdesk {__version__}")
    _common(parser)
    parser.add_argument("--backend", metavar="NAME", help="how to reach the station (default: http)")
    _station(parser)
    parser.add_argument("--counter", metavar="N", help="the number of this counter")
    parser.add_argument(
        "--officer", metavar="ID", help="police number to sign in with; the password is always asked for"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    _lead(commands)
    _demo(commands)
    _guide(commands)
    _practice(commands)
    doctor = commands.add_parser(
        "doctor",
        help="what this terminal is like, for support; nothing personal",
        description="What this terminal is like: versions, settings, terminal, journals, keyring. 诊断,不含个人信息。",
    )
    _common(doctor, inherited=True)
    doctor.add_argument("--json", action="store_true", help="as JSON")
    commands.add_parser(
        "route",
        help="say who is next in a hall that is described on standard input",
        description="Read snapshots of a hall, a JSON line each, and answer who is next and why. 叫号选择。",
        epilog="docs/protocol.md has the form of a snapshot.",
    )
    _whatif(commands)
    _journal(commands)
    _stats(commands)
    _board(commands)
    catalog = commands.add_parser(
        "catalog",
        help="check, build, test, compare, show and try the rules",
        description="The tools of the rule owner. 目录规则工具。",
    )
    declare(catalog, Parser)
    return parser


def _lead(commands: Any) -> None:
    """`lead`: the leader's screen."""
    lead = commands.add_parser(
        "lead",
        help="see and lead the whole hall; for a shift leader who sits at no counter",
        description="The leader's screen without a counter of one's own. 带班领导:整个大厅。",
    )
    _common(lead, inherited=True)
    _station(lead, inherited=True)
    lead.add_argument("--officer", metavar="ID", default=argparse.SUPPRESS, help="police number to sign in with")


def _demo(commands: Any) -> None:
    """`demo`: a server of its own."""
    demo = commands.add_parser(
        "demo",
        help="open the desk on a living hall; nothing to prepare, nothing left behind",
        description="Start a server with a simulated hall on this machine and open the desk at counter 3. 演示大厅。",
    )
    _common(demo, inherited=True)
    _hall(demo, speed=None, says="20; 5 for a leader or a guide, who watch minutes")
    demo.add_argument(
        "--role",
        choices=("officer", "leader", "guide"),
        default="officer",
        help="whose screen to open; a leader and a guide sit at no counter (default: %(default)s)",
    )
    demo.add_argument(
        "--at", type=_time_of_day, metavar="HH:MM", help="the time of day that it is in the demo (default: as it is)"
    )


def _guide(commands: Any) -> None:
    """`guide`: the entrance."""
    guide = commands.add_parser(
        "guide",
        help="open the guide's screen at the entrance: tickets, check-in, papers before the wait",
        description="The entrance of the hall, without a counter. 导办台:取号、签到、预审、分流。",
    )
    _common(guide, inherited=True)
    _station(guide, inherited=True)
    guide.add_argument("--backend", metavar="NAME", default=argparse.SUPPRESS, help="how to reach the station")
    guide.add_argument(
        "--officer", metavar="ID", default=argparse.SUPPRESS, help="number to sign in with; the password is asked for"
    )


def _practice(commands: Any) -> None:
    """`practice`: the desk without a station, and the trainer's tools."""
    practice = commands.add_parser(
        "practice",
        help="open the desk on a simulated hall in this program's memory; scenarios, exams, reports",
        description="Practise at counter 3 of a simulated hall: no server, no network, nothing real. 演练。",
    )
    _common(practice, inherited=True)
    _hall(practice, speed=1.0)
    practising.declare(practice, Parser)


def _whatif(commands: Any) -> None:
    """`whatif`: a day played again with other levers."""
    whatif = commands.add_parser(
        "whatif",
        help="play a day again with more counters, other plans, more kiosks, another lunch",
        description="A day played again with something changed, with the same people. 假如:换个安排重放一天。",
        epilog="Without a lever, some of each kind are shown.",
    )
    _common(whatif, inherited=True)
    whatif.add_argument("--events", type=Path, metavar="FILE", help="a station's stream, an event a line")
    whatif.add_argument(
        "--day",
        type=_day_or_today,
        metavar="DAY",
        help="2026-11-02 or today: of that stream (default: its last day), else of the station",
    )
    whatif.add_argument(
        "--days", type=_bounded(1, 1000, int), default=10, metavar="N", help="ordinary days (default: 10)"
    )
    whatif.add_argument("--seed", type=int, default=7, metavar="N", help="which ones (default: %(default)s)")
    whatif.add_argument("--json", action="store_true", help="as JSON")
    whatif.add_argument("--officer", metavar="ID", help="shift leader to sign in with; the password is asked for")
    _station(whatif, inherited=True)
    levers = whatif.add_argument_group("levers")
    share = _bounded(0, 1)
    levers.add_argument("--counters", type=_bounded(-99, 99, int), metavar="N", help="more counters, or fewer: 1, -1")
    levers.add_argument(
        "--kiosk", type=share, metavar="SHARE", help="how much of what can be is done at kiosks: 0 to 1"
    )
    levers.add_argument("--plan", metavar="PLAN", help="apart, everything, or groups by counter: 1=TV,ID/2=HK")
    levers.add_argument("--lunch", choices=("staggered", "together"), help="one by one, or in two halves")
    levers.add_argument("--minutes", type=_bounded(0.1, 5), metavar="FACTOR", help="of a case, e.g. 0.85 by prefilling")
    levers.add_argument("--smooth", type=share, metavar="SHARE", help="how far arrivals are evened out: 0 to 1")
    levers.add_argument("--policy", metavar="NAME", help="who is called next")


def _bounded(least: float, most: float, kind: Callable[[str], float] = float) -> Callable[[str], float]:
    """A number within bounds, both included."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} to {most:g}")
        return value

    return number


def _journal(commands: Any) -> None:
    """`journal recover`: what a shift leader does with the journal of a dead terminal."""
    journal = commands.add_parser(
        "journal", help="recover the drafts of a dead terminal", description="The journal of a terminal. 终端日志。"
    )
    recover = journal.add_subparsers(metavar="COMMAND", parser_class=Parser, required=True).add_parser(
        "recover",
        help="give the drafts in a journal's file to the station",
        description="Have the station open the officers' keys in FILE, and store their drafts there. 恢复草稿。",
    )
    recover.add_argument("file", type=Path, metavar="FILE", help="the journal, copied from the dead terminal")
    recover.add_argument(
        "--officer", required=True, metavar="ID", help="the shift leader's police number; the password is asked for"
    )
    _station(recover, inherited=True)
    _common(recover, inherited=True)


def _stats(commands: Any) -> None:
    """`stats`: the station's figures, for whoever may see them."""
    stats = commands.add_parser(
        "stats",
        help="tickets, waits and service over some days, as a table, JSON or CSV",
        description="The station's figures: median and 95th percentile, and what became of each ticket. 统计。",
        epilog="An officer sees the hall and himself; a shift leader everybody. 民警只看全厅和本人,带班领导可看全部。",
    )
    stats.add_argument("--from", dest="first", type=_day, metavar="DAY", help="as 2026-11-02 (default: today)")
    stats.add_argument("--to", dest="last", type=_day, metavar="DAY", help="the last day (default: today, or --from)")
    stats.add_argument("--by", choices=_BY, default="group", help="what tells the rows apart (default: %(default)s)")
    stats.add_argument("--of", default="", metavar="ID", help="only what this officer served")
    stats.add_argument("--format", choices=("table", "json", "csv"), default="table", help="(default: %(default)s)")
    stats.add_argument("--officer", metavar="ID", help="police number to sign in with; the password is asked for")
    stats.add_argument("--events", type=Path, metavar="FILE", help="count a recorded stream; no server is asked")
    stats.add_argument("--demo", action="store_true", help="count simulated days; no server is asked")
    _station(stats, inherited=True)
    _common(stats, inherited=True)


def _board(commands: Any) -> None:
    """`board`: the hall's board on a terminal."""
    board = commands.add_parser(
        "board",
        help="the hall's board: called numbers, counters and waits, large",
        description="The hall's board on this terminal. It needs an account with the role board. 叫号屏。",
        epilog="The same is a page of the station's server: /board. 同样内容的网页:服务器的 /board。",
    )
    board.add_argument("--officer", metavar="ID", help="the board's account; its password is asked for")
    board.add_argument(
        "--password-file", type=Path, metavar="FILE", help="where nobody is there to be asked (mode 600)"
    )
    board.add_argument("--demo", action="store_true", help="the board of a simulated hall; nothing to prepare")
    _station(board, inherited=True)
    _common(board, inherited=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: use YYYY-MM-DD") from None


def _day_or_today(text: str) -> date:
    if text != "today":
        return _day(text)
    from counterdesk.station.model import TIMEZONE

    return datetime.now(TIMEZONE).date()


def _station(parser: argparse.ArgumentParser, *, inherited: bool = False) -> None:
    """How the station is reached; see `_common` for `inherited`."""
    for option, metavar, help_text in (
        ("--url", "URL", "the station server's address, e.g. http://127.0.0.1:8480"),
        ("--ca", "FILE", "authority of the station's certificate (PEM; default: the system's)"),
        ("--client-cert", "FILE", "this desk's certificate (PEM)"),
        ("--client-key", "FILE", "its key, where it is not in the same file"),
        ("--station", "ID", "the station's id"),
    ):
        parser.add_argument(option, metavar=metavar, help=help_text, default=argparse.SUPPRESS if inherited else None)


def _common(parser: argparse.ArgumentParser, *, inherited: bool = False) -> None:
    """Options that stand before and after the command's name; after it they must not undo what stood before."""
    default = argparse.SUPPRESS if inherited else None
    parser.add_argument("--lang", choices=("zh", "en"), default=default, help="language of the screen (default: zh)")
    parser.add_argument("--settings", type=Path, metavar="FILE", default=default, help="settings file to read")
    parser.add_argument(
        "--catalog",
        type=Path,
        metavar="FILE",
        default=default,
        help="rules built with the station's layer (default: as shipped)",
    )
    parser.add_argument(
        "--colour",
        choices=("auto", "none", "16", "256", "true"),
        default=default,
        help="how many colours to use (default: what the terminal says)",
    )


def _hall(parser: argparse.ArgumentParser, *, speed: float | None, says: str = "%(default)g") -> None:
    parser.add_argument(
        "--seed", type=int, default=7, metavar="N", help="which day is simulated (default: %(default)s)"
    )
    parser.add_argument(
        "--speed", type=_speed, default=speed, metavar="X", help=f"how fast the hall lives (default: {says})"
    )


def _time_of_day(text: str) -> time:
    try:
        at = datetime.strptime(text, "%H:%M").time()
    except ValueError:
        at = time.min
    if not time(8, 30) <= at < time(17):
        raise argparse.ArgumentTypeError(f"{text!r} is no time of an open hall: 08:30 to 16:59")
    return at


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0.1 to 3600")
    return speed
