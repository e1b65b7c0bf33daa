"""The terminal around the desk: too small, hostile, dying; and a command line that says in one line what is wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from counterdesk.catalog.casefile import Answer, CaseFile
from counterdesk.station import commands as c
from counterdesk.station.host import Station
from counterdesk.station.roles import Actor
from mock_server.server import machine_clock
from tests.pty.conftest import OpenDesk
from tests.pty.harness import Terminal
from tests.pty.officer import Officer, gone, until
from tests.pty.town import OFFICER, Town, desk_command, town
from tests.server_process import PASSWORD

pytestmark = pytest.mark.pty

HOSTILE = "]52;c;ZXZpbA==\x07\x1b[31m\x9b2J‮[/]⁦{x}\r\n‍[@click=app.quit]x[/]"
"""What a name from outside may hold: escape and C1 sequences, bidi overrides, markup, line ends."""
ALLOWED = re.compile(rb"\x1b(\[[0-9;?<>=]*[$ ]?[A-Za-z]|[()][0AB]|[=>78cM]|\]22;default\x07)|[\x08\n\r]")
"""What the program itself writes: CSI sequences, charsets, keypad modes, the pointer's default shape. Nothing else."""


def steering(raw: bytes) -> list[str]:
    """What steers a terminal in these bytes apart from the program's own sequences."""
    rest = ALLOWED.sub(b"", raw).decode(errors="backslashreplace")
    return re.findall(".{0,20}[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029].{0,20}", rest)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A station for tests that leave it as it was."""
    with town(tmp_path_factory.mktemp("quiet")) as running:
        yield running


def until_gone(process: psutil.Process) -> None:
    """Waits until a process has ended."""
    psutil.wait_procs([process], timeout=10)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_too_small_and_back(station: Town, open_desk: OpenDesk) -> None:
    station.issue("TV")
    terminal = open_desk(station.url)
    officer = Officer(terminal)
    officer.press("<f2>", "已叫号")
    officer.press("<f3>", "草稿")
    officer.press("31000019", "› *驾驶证号.* 31000019")
    terminal.resize(60, 15)
    shown = terminal.wait("终端太小:现为60x15,需要80x24")
    assert "排队" not in shown
    terminal.keys("9001")
    terminal.resize(80, 24)
    terminal.wait("驾驶证号.* 310000199001 ")
    terminal.resize(120, 40)
    terminal.wait("流转 0")
    officer.press("010010<enter>", r"310000[*]+0010")
    assert len({len(line.rstrip()) > 0 for line in terminal.text().splitlines()}) == 1


def test_a_wrong_password(quiet: Town, open_desk: OpenDesk) -> None:
    terminal = open_desk(quiet.url, signed_in=False)
    terminal.wait("登录")
    terminal.keys(f"{OFFICER}<enter>wrong password<enter>")
    terminal.wait("警号或口令不对,请重输")
    assert "wrong password" not in terminal.text()
    terminal.keys(f"{PASSWORD}<enter>")
    terminal.wait("开窗:")
    terminal.keys("<c-q>")
    assert terminal.wait_end() == 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "counterdesk", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_wrongly_called(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("language = ", encoding="utf-8")
    unknown = tmp_path / "unknown.toml"
    unknown.write_text('colours = "many"\n', encoding="utf-8")
    stolen = tmp_path / "stolen.toml"
    stolen.write_text('[keys]\nstart = "f2"\n', encoding="utf-8")
    for arguments, said in (
        (["--nonsense"], "--nonsense"),
        (["--settings", str(broken)], "broken.toml"),
        (["--settings", str(unknown)], "colours"),
        (["--settings", str(stolen)], "f2"),
        (["--settings", str(tmp_path / "none.toml")], "none.toml"),
        (["--counter", "3", "--station", "demo"], "--url"),
        (["demo", "--speed", "0"], "0"),
    ):
        result = run(*arguments)
        assert result.returncode == 2, arguments
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert said in result.stderr


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_needs_no_textual(option: str) -> None:
    code = (
        "import sys\n"
        "from counterdesk.cli import main\n"
        "try:\n"
        f"    main([{option!r}])\n"
        "except SystemExit as end:\n"
        "    print('exit', end.code)\n"
        "print(sorted({'textual', 'rich', 'httpx', 'keyring'} & set(sys.modules)))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.splitlines()[-2:] == ["exit 0", "[]"]


def _hostile(station: Station) -> None:
    """A station whose name, and a case whose answers, come from somebody who means harm."""
    machine, officer = Actor(id="machine", role="ticket_machine"), Actor(id=OFFICER, role="officer")
    groups = tuple(station.state.groups.values())
    now = machine_clock()
    configure = c.ConfigureStation(station="demo", name=f"派出所\x1b{HOSTILE}", counters=("1", "3"), groups=groups)
    station.execute("name", configure, Actor(id="setup", role="setup"), now)
    station.execute("ticket", c.IssueTicket(group="HK"), machine, now)
    for name, command in (
        ("open", c.OpenCounter(counter="3", groups=("HK",))),
        ("call", c.CallNext(counter="3")),
        ("start", c.StartService(counter="3")),
        ("case", c.OpenCase(counter="3", case="case1", service="hukou.birth")),
    ):
        station.execute(name, command, officer, now)
    file = CaseFile(
        case="case1",
        service="hukou.birth",
        catalog="",
        answers={key: Answer(value=f"\x1b{HOSTILE}", source="archive") for key in ("child_birthplace", "child_name")},
        entered={"mother_id": f"\x1b{HOSTILE}"},
        variant="B1",
    )
    station.write_file(file, officer, now)


def test_hostile_text_steers_nothing(tmp_path: Path) -> None:
    with town(tmp_path, _hostile) as station, Terminal(desk_command(station.url)) as terminal:
        terminal.wait("登录")
        terminal.keys(f"{OFFICER}<enter>{PASSWORD}<enter>")
        terminal.wait("派出所.*3号窗口")
        terminal.wait("出生登记.*草稿")
        officer = Officer(terminal)
        for _ in range(3):
            officer.press("<pgdn>")
        officer.press("<c-g>", "┐┌ H001 出生登记 ─+ 核对")
        officer.press("<f1>", "现在可用的键")
        officer.press("<esc>")
        gone(terminal, "现在可用的键")
        officer.press("<c-p>", "┐┌ 命令 ")
        terminal.send(f"\x1b[200~{HOSTILE}\x1b[201~".encode().replace(b"\x1b[31m", b""))  # into the list of commands
        terminal.wait(r"› \]52;c;ZXZ")
        officer.press("<esc>")
        gone(terminal, "┐┌ 命令 ")
        officer.press("<f7>", "●采集")
        terminal.send(f"\x1b[200~\x1b{HOSTILE}\x1b[201~".encode())  # into a field, with escapes
        terminal.send(b"\xe9\xff\xfe")  # and bytes that are no UTF-8
        terminal.drain()
        officer.press("<f1>", "现在可用的键")
        assert steering(bytes(terminal.raw)) == []
        officer.press("<c-q>", "确定退出")
        officer.press("2")
        assert terminal.wait_end() == 0


def test_sigterm_gives_the_terminal_back(quiet: Town, open_desk: OpenDesk) -> None:
    terminal = open_desk(quiet.url)
    assert b"\x1b[?1049h" in terminal.raw
    terminal.signal(signal.SIGTERM)
    assert terminal.wait_end() == 128 + signal.SIGTERM
    assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
    assert b"Traceback" not in terminal.raw


DEMO = [sys.executable, "-m", "counterdesk", "demo", "--seed", "7", "--speed", "60"]


def desk_of(terminal: Terminal) -> psutil.Process:
    """The process that draws: the launcher's only child."""
    (desk,) = psutil.Process(terminal.pid).children()
    return desk


def server_of(terminal: Terminal) -> psutil.Process:
    """The server that a demo started."""
    (server,) = desk_of(terminal).children()
    return server


def test_a_demo_lives_and_leaves_nothing() -> None:
    with Terminal(DEMO) as terminal:
        terminal.wait("【演练】.*● 在线", timeout=30)
        server = server_of(terminal)
        first = terminal.wait(r"排队 \d+/[1-9]\d*", timeout=30)

        def queue(shown: str) -> list[str]:
            return re.findall(r"[A-Z]\d{3}", shown)

        officer = Officer(terminal)
        until(terminal, lambda shown: queue(shown) != queue(first), "a move of the queue")
        officer.press("<f2>", "已叫号")
        terminal.keys("<c-q>")
        terminal.wait("确定退出")
        terminal.keys("2")
        assert terminal.wait_end() == 0
        assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
        until_gone(server)


def test_a_leader_of_a_demo_sees_the_hall_at_the_time_that_was_asked_for() -> None:
    with Terminal([*DEMO, "--role", "leader", "--at", "09:30"]) as terminal:
        terminal.wait(r"带班领导 .*09:3\d:\d\d", timeout=30)
        terminal.wait("1 窗口 开4/4")
        terminal.keys("5")
        terminal.wait("过号")
        terminal.keys("<c-q>")
        assert terminal.wait_end() == 0


@pytest.mark.parametrize("who", ["desk", "launcher"])
def test_a_killed_demo_takes_its_server_along(who: str) -> None:
    with Terminal(DEMO) as terminal:
        terminal.wait("【演练】.*● 在线", timeout=30)
        server = server_of(terminal)
        os.kill(desk_of(terminal).pid if who == "desk" else terminal.pid, signal.SIGKILL)
        assert terminal.wait_end() == (128 + signal.SIGKILL if who == "desk" else -signal.SIGKILL)
        until_gone(server)
        assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
