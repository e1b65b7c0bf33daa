"""The command line: what cannot be done is one line and exit code 2; what can be opens the right desk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from counterdesk import __version__, cli, demo, fence, opening, terminal
from counterdesk.desk.desk import Desk
from counterdesk.opening import Wanted
from counterdesk.station.model import TIMEZONE
from counterdesk.usage import USAGE

DESK = ("--url", "http://127.0.0.1:1", "--station", "demo", "--counter", "3")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(terminal, "encoding_problem", lambda stream: "")


@dataclass
class Opened:
    """What `_open` was called with."""

    wanted: Wanted
    make: Callable[[], Desk]
    counter: str


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Opened]:
    """The desks that would have been opened."""
    calls: list[Opened] = []

    def stand_in(wanted: Wanted, make: Callable[[], Desk], counter: str, *_: Any, **__: Any) -> int:
        calls.append(Opened(wanted, make, counter))
        return 0

    monkeypatch.setattr(opening, "_open", stand_in)
    monkeypatch.setattr(fence, "put_up", lambda: None)  # this process could never take it away again
    return calls


def run(*arguments: str) -> int:
    """The exit code."""
    try:
        return cli.main(list(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


def settings_file(folder: Path, text: str) -> str:
    file = folder / "desk.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--lang", "de", *DESK), "--lang: invalid choice: 'de'"),
        (("--colour", "pink", *DESK), "--colour: invalid choice: 'pink'"),
        (("--fast", *DESK), "unrecognized arguments: --fast"),
        (("--url",), "--url needs a value"),
        (("fly",), "invalid choice: 'fly'"),
        (("demo", "--speed", "fast"), "--speed: 'fast' is no number from 0.1 to 3600"),
        (("demo", "--speed", "0"), "--speed: '0' is no number from"),
        (("demo", "--speed", "nan"), "--speed: 'nan' is no number from"),
        (("demo", "--speed", "inf"), "--speed: 'inf' is no number from"),
        (("demo", "--seed", "x"), "--seed: 'x' is no such value"),
        (("practice", "--scenario", "idcard.renew:P99"), "idcard.renew:P99: there is nothing of it to practise"),
        (("practice", "--service", "idcard.none"), "idcard.none: there is nothing of it to practise"),
        (("practice", "--exam", "none.toml", "--trainee", "T001"), "none.toml"),
        (("practice", "--level", "4"), "--level: invalid choice: 4"),
        (("practice", "--exam", "x", "--level", "2"), "--exam says itself what comes"),
        (("practice", "--exam", "x"), "--exam needs --trainee ID"),
        (("practice", "--scenario", "x", "--service", "y"), "leave out --service"),
        (("practice", "report", "--from", "soon"), "'soon' is no day"),
        (("demo", "--lang", "xx"), "--lang: invalid choice: 'xx'"),
        (("demo", "--role", "king"), "--role: invalid choice: 'king'"),
        (("demo", "--at", "8.30"), "--at: '8.30' is no time of an open hall: 08:30 to 16:59"),
        (("demo", "--at", "17:00"), "--at: '17:00' is no time of an open hall"),
        ((), "--counter is missing"),
        (("--counter", "3"), "--url is missing"),
        (("--counter", "3", "--url", "http://x"), "--station is missing"),
        (("--backend", "pigeon", *DESK), "--backend pigeon: known are http, practice"),
        (("--counter", "3", "--url", "ftp://x", "--station", "demo"), "--url ftp://x: an address begins with http://"),
        (("--counter", "3", "--url", "x", "--station", "demo"), "--url x: an address begins with http://"),
        (("--settings", "/no/such.toml", *DESK), "/no/such.toml: no such file"),
    ],
)
def test_one_line_and_exit_code_2(
    arguments: tuple[str, ...], said: str, opened: list[Opened], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--lang", "en", *arguments) == USAGE == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("counterdesk")
    assert said in err
    assert not opened


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("counter = 3", "$.counter"),
        ('keys = { recall = "ctrl+h" }', "keys.recall = 'ctrl+h'"),
        ('keys = { recall = "f²" }', "keys.recall = 'f²'"),
        ('colour = "pink"', "colour = 'pink'"),
        ("x = ]", "line 1"),
    ],
)
def test_a_bad_settings_file(
    tmp_path: Path, text: str, said: str, opened: list[Opened], capsys: pytest.CaptureFixture[str]
) -> None:
    file = settings_file(tmp_path, text)
    assert run("--settings", file, "--lang", "en", *DESK) == 2
    _, err = capsys.readouterr()
    assert err.startswith(f"counterdesk: {file}: ")
    assert said in err
    assert err.count("\n") == 1
    assert not opened


LAYER = 'id = "huangpu"\nversion = "3"\ndisabled = ["civic.dog"]\n'


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A station's layer over the shipped catalogue, built."""
    (tmp_path / "station.toml").write_text(LAYER, encoding="utf-8")
    assert run("catalog", "build", "--station", str(tmp_path)) == 0
    return tmp_path / "catalog.json"


def test_the_rules_of_a_station(tmp_path: Path, built: Path, opened: list[Opened]) -> None:
    assert run(*DESK) == 0
    assert run("--catalog", str(built), *DESK) == 0
    assert run("--settings", settings_file(tmp_path, 'catalog = "catalog.json"'), *DESK) == 0
    given = [one.wanted.catalog for one in opened]
    assert given[0] is None  # the shipped ones
    for catalog in given[1:]:
        assert catalog is not None
        assert catalog.station == "huangpu"
        assert catalog.disabled == ("civic.dog",)


def test_practice_is_held_by_the_rules_of_the_station(built: Path, opened: list[Opened]) -> None:
    assert run("--backend", "practice", "--catalog", str(built), "--counter", "3") == 0
    backend: Any = opened[0].make()._backend
    assert backend.world.station.index.catalog.station == "huangpu"


@pytest.mark.parametrize(("old", "new"), [("civic.dog", "civic.cat"), ("{", "")])
def test_rules_that_cannot_be_used(
    built: Path, old: str, new: str, opened: list[Opened], capsys: pytest.CaptureFixture[str]
) -> None:
    built.write_text(built.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    capsys.readouterr()
    for arguments in (("--catalog", str(built), *DESK), ("demo", "--catalog", str(built))):
        assert run(*arguments) == 2
        _, err = capsys.readouterr()
        assert err.startswith(f"counterdesk: {built}: ")
        assert err.endswith("counterdesk catalog build --station DIR\n")
        assert err.count("\n") == 1
    assert not opened


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"counterdesk {__version__}\n"
    assert run("--help") == 0
    shown = capsys.readouterr().out
    for word in ("--url", "--station", "--counter", "--lang", "--colour", "--settings", "demo"):
        assert word in shown
    assert run("demo", "--help") == 0
    assert "--seed" in capsys.readouterr().out


def test_the_settings_say_what_the_options_do_not(tmp_path: Path, opened: list[Opened]) -> None:
    file = settings_file(
        tmp_path,
        'language = "en"\nurl = "http://127.0.0.1:9"\nstation = "s"\ncounter = "5"\ncolour = "16"\n'
        '[keys]\nrecall = "ctrl+s"\n',
    )
    assert run("--settings", file) == 0
    assert run("--settings", file, "--counter", "6", "--lang", "zh", "--colour", "none") == 0
    assert run("--settings", file, "--lang", "en") == 0
    configured, given, same = opened
    assert (configured.counter, configured.wanted.language) == ("5", "en")
    assert configured.wanted.keys["recall"] == "ctrl+s"
    assert (given.counter, given.wanted.language, given.wanted.given.colour) == ("6", "zh_CN", "none")
    assert same.wanted.language == "en"


def test_without_settings_the_screen_is_chinese(opened: list[Opened]) -> None:
    assert run(*DESK) == 0
    assert opened[0].wanted.language == "zh_CN"
    assert run("--lang", "en", *DESK) == 0
    assert opened[1].wanted.language == "en"


def test_the_desk_is_made_for_the_backend_that_was_chosen(opened: list[Opened]) -> None:
    assert run(*DESK) == 0
    assert run("--backend", "practice", "--counter", "2") == 0
    http, practice = (call.make() for call in opened)
    assert type(http._backend).__name__ == "HttpBackend"
    assert (http.state.counter, http.state.link.status) == ("3", "signed_out"), "the password is always asked for"
    assert (type(practice._backend).__name__, practice.state.counter) == ("PracticeBackend", "2")


def test_a_leader_needs_no_counter_and_keeps_nothing(opened: list[Opened], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lead", "--lang", "en", "--url", "http://127.0.0.1:1") == 2
    assert "--station is missing" in capsys.readouterr().err
    assert run("--counter", "3", "lead", "--url", "http://127.0.0.1:1", "--station", "demo", "--officer", "031230") == 0
    desk = opened[0].make()
    assert (opened[0].counter, desk.state.counter, desk.state.link.status) == ("", "", "signed_out")
    assert desk.state.journal.status == "none"
    assert opened[0].wanted.given.officer == "031230"


class NoServer:
    """Stands in for the demo's server."""

    def __init__(self, **options: object) -> None:
        self.options = options

    def __enter__(self) -> NoServer:
        return self

    def __exit__(self, *_: object) -> None: ...

    def make_desk(self) -> Desk:
        raise AssertionError("not in this test")

    def clock(self) -> datetime:
        raise AssertionError("not in this test")


def test_the_clock_of_a_demo_shows_the_time_that_was_asked_for() -> None:
    now = datetime(2026, 11, 28, 22, 15, 30, tzinfo=TIMEZONE)
    assert now + demo.ahead_to(time(9, 30), now) == datetime(2026, 11, 28, 9, 30, tzinfo=TIMEZONE)
    assert demo.ahead_to(time(22, 15), now) == timedelta(seconds=-30)


@pytest.mark.parametrize(
    ("arguments", "language", "colour"),
    [
        (("demo",), "zh_CN", None),
        (("--lang", "en", "demo"), "en", None),
        (("demo", "--lang", "en"), "en", None),
        (("--lang", "zh", "demo", "--lang", "en"), "en", None),
        (("--colour", "16", "demo"), "zh_CN", "16"),
        (("demo", "--colour", "16"), "zh_CN", "16"),
    ],
)
def test_common_options_stand_before_and_after_the_command(
    monkeypatch: pytest.MonkeyPatch, opened: list[Opened], arguments: tuple[str, ...], language: str, colour: str | None
) -> None:
    monkeypatch.setattr(demo, "DemoServer", NoServer)
    assert run(*arguments) == 0
    assert (opened[0].wanted.language, opened[0].wanted.given.colour, opened[0].counter) == (
        language,
        colour,
        demo.COUNTER,
    )


@pytest.mark.parametrize(
    ("arguments", "role", "counter", "at"),
    [
        ((), "officer", demo.COUNTER, None),
        (("--role", "leader", "--at", "13:30"), "leader", "", time(13, 30)),
        (("--role", "guide"), "guide", "", None),
    ],
)
def test_whom_the_demo_signs_in(
    monkeypatch: pytest.MonkeyPatch,
    opened: list[Opened],
    arguments: tuple[str, ...],
    role: str,
    counter: str,
    at: time | None,
) -> None:
    servers: list[NoServer] = []

    def serve(**options: object) -> NoServer:
        servers.append(NoServer(**options))
        return servers[-1]

    monkeypatch.setattr(demo, "DemoServer", serve)
    assert run("demo", *arguments) == 0
    assert (servers[0].options["role"], servers[0].options["at"], opened[0].counter) == (role, at, counter)


@pytest.mark.parametrize(
    ("option", "setting", "environ", "colour"),
    [
        ((), "", {}, "256"),
        ((), 'colour = "auto"', {"COLORTERM": "truecolor"}, "true"),
        ((), 'colour = "none"', {"COLORTERM": "truecolor"}, "none"),
        (("--colour", "true"), 'colour = "none"', {"NO_COLOR": "1"}, "true"),
        (("--colour", "auto"), 'colour = "none"', {}, "256"),
        (("--colour", "auto"), 'colour = "true"', {"NO_COLOR": "1"}, "none"),
    ],
)
def test_how_many_colours(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    option: tuple[str, ...],
    setting: str,
    environ: dict[str, str],
    colour: str,
) -> None:
    applied: list[terminal.TerminalProfile] = []
    monkeypatch.setattr(terminal, "apply", lambda profile, environ: applied.append(profile))
    for name in ("NO_COLOR", "COLORTERM"):  # another test of this process may have opened a desk
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", open("/dev/null"))  # noqa: SIM115
    try:
        assert run("--settings", settings_file(tmp_path, setting), *option, *DESK) == 2
    finally:
        sys.stdin.close()
    assert [profile.colour for profile in applied] == [colour]


@pytest.mark.parametrize("module", ["counterdesk", "counterdesk.cli"])
def test_without_a_terminal_or_an_encoding(module: str) -> None:
    """The real command: no traceback whatever it is started in."""
    if module == "counterdesk.cli":
        env, said = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}, "has to be UTF-8"
    else:
        env, said = {"PYTHONUTF8": "1"}, "counterdesk: this needs a terminal"
    code = f"import sys; from counterdesk.cli import main; sys.exit(main({['--lang', 'en', *DESK]!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=env
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
