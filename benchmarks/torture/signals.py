"""The desk dies in every way there is; its terminal has to be as it was, empty of what it showed, and told why.

Each case: the real program in a pseudo-terminal with marked answers on the screen, ended once. The control is the
same program without its launcher.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pyte

from benchmarks.torture.outcome import Outcome
from counterdesk.catalog.casefile import CaseFile
from counterdesk.station import commands as c
from counterdesk.station.host import Station
from counterdesk.station.roles import Actor
from mock_server.server import machine_clock
from tests.pty.faulty import CANARY
from tests.pty.harness import Terminal
from tests.pty.town import OFFICER, Town, desk_command, town
from tests.server_process import PASSWORD

NAME = "signals"
LONG = 110
SHOWN = "戊己庚辛壬"
"""What stands on the screen when the program ends."""
_INCIDENT = re.compile(r"CD-[0-9A-Z]{5}")

Act = Callable[["Dying"], None]


class Dying(Terminal):
    """A desk whose own process can be told from its launcher's, in a home of its own."""

    def __init__(
        self,
        url: str,
        home: Path,
        fault: str,
        *,
        bare: bool = False,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        module: Sequence[str] = (),
    ) -> None:
        """module: what to start instead of the command with this fault, with its first arguments."""
        self.home = home
        self.line = -1
        command = [sys.executable, "-m", *(module or ("tests.pty.faulty", *(["bare"] if bare else []), fault))]
        self.before: list[Any] = []
        super().__init__(command + desk_command(url)[3:], size=size, env={"HOME": str(home)} | dict(env or {}))

    def _start(self, command: list[str], environ: dict[str, str], cwd: str | None) -> int:
        pid = super()._start(command, environ, cwd)
        # This stays open, so that the line settings can still be read when the program is gone.
        self.line = os.open(self.tty, os.O_RDWR | os.O_NOCTTY)
        self.before = termios.tcgetattr(self.line)
        return pid

    def wait_end(self, timeout: float = 10.0) -> int:
        """Wait for the process (its terminal never ends, it is still open here) and read what it left."""
        end = time.monotonic() + timeout
        while self.status is None and time.monotonic() < end:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        self.drain(0.05)
        return self._reap(0.1)

    @property
    def desk(self) -> int:
        """The process that draws."""
        children = psutil.Process(self.pid).children()
        return int(children[0].pid) if children else self.pid

    def close(self) -> None:
        """As ever."""
        super().close()
        if self.line >= 0:
            os.close(self.line)
            self.line = -1

    def reports(self) -> list[str]:
        """The crash reports in this home."""
        folder = self.home / ".local" / "state" / "counterdesk" / "incidents"
        return [file.read_text(encoding="ascii") for file in sorted(folder.glob("CD-*.txt"))]


def _to_desk(number: int) -> Act:
    return lambda dying: os.kill(dying.desk, number)


def _to_launcher(number: int) -> Act:
    return lambda dying: os.kill(dying.pid, number)


def _fault(dying: Dying) -> None:
    dying.keys("<f12>")


# name: the planted fault, what ends it, the exit status, whether an incident is told
WAYS: dict[str, tuple[str, Act, int, bool]] = {
    "KILL": ("noise", _to_desk(signal.SIGKILL), 137, True),
    "QUIT": ("noise", _to_launcher(signal.SIGQUIT), 131, True),
    "TERM": ("noise", _to_launcher(signal.SIGTERM), 143, False),
    "HUP": ("noise", _to_launcher(signal.SIGHUP), 129, False),
    "desk TERM": ("noise", _to_desk(signal.SIGTERM), 143, False),
    "desk HUP": ("noise", _to_desk(signal.SIGHUP), 129, False),
    "ABRT": ("noise", _to_desk(signal.SIGABRT), 134, True),
    "exception": ("exception", _fault, 1, True),
    "segmentation fault": ("segv", _fault, 139, True),
    "exit in a library": ("exit", _fault, 7, False),
}


def fill(station: Station) -> None:
    """A case with a marked name, open at the counter."""
    machine, officer = Actor(id="machine", role="ticket_machine"), Actor(id=OFFICER, role="officer")
    now = machine_clock()
    station.execute("ticket", c.IssueTicket(group="HK"), machine, now)
    for name, command in (
        ("open", c.OpenCounter(counter="3", groups=("HK",))),
        ("call", c.CallNext(counter="3")),
        ("start", c.StartService(counter="3")),
        ("case", c.OpenCase(counter="3", case="case1", service="hukou.birth")),
    ):
        station.execute(name, command, officer, now)
    file = CaseFile(
        case="case1", service="hukou.birth", catalog="", answers={}, entered={"mother_id": SHOWN}, variant="B1"
    )
    station.write_file(file, officer, now)


def until_shown(dying: Dying) -> None:
    """Sign in, and wait until the marked text stands on the screen."""
    dying.wait("登录")
    dying.keys(f"{OFFICER}<enter>{PASSWORD}<enter>")
    dying.wait("草稿")
    dying.wait(SHOWN)


def wrong(dying: Dying, status: int, expected: int, told: bool) -> list[str]:
    """What is not as it has to be after the end."""
    found = []
    # Of an abort the report walks the frames of running threads, and a fault there may be the end before the abort is.
    if status != expected and (expected, status) != (134, 139):
        found.append(f"exit status {status}, not {expected}")
    if termios.tcgetattr(dying.line) != dying.before:
        found.append("line settings changed")
    raw = bytes(dying.raw)
    for on, off in (
        (b"\x1b[?1049h", b"\x1b[?1049l"),
        (b"\x1b[?25l", b"\x1b[?25h"),
        (b"\x1b[?2004h", b"\x1b[?2004l"),
        (b"\x1b[?7l", b"\x1b[?7h"),
        (b"\x1b[?1004h", b"\x1b[?1004l"),
    ):
        if raw.rfind(off) < raw.rfind(on):
            found.append(f"mode {on!r} left on")
    lines = [line for line in dying.text().splitlines() if line.strip()]
    codes = [line for line in lines if _INCIDENT.search(line)]
    if len(lines) > 2 or len(codes) != len(lines[:1]) or bool(codes) != told:
        found.append(f"on the screen: {lines[:3]}")
    history = pyte.HistoryScreen(dying.columns, dying.rows, history=10_000)
    pyte.ByteStream(history).feed(re.sub(rb"\x1b\[[<>=][0-9;]*u", b"", raw))
    scrolled = "".join(char.data for line in history.history.top for char in line.values())
    if any(mark in dying.text() + scrolled for mark in (SHOWN, CANARY)):
        found.append("personal data left on the terminal")
    reports = dying.reports()
    if told and (
        len(reports) != 1 or _INCIDENT.findall(reports[0])[:1] != _INCIDENT.findall(codes[0] if codes else "")
    ):
        found.append(f"{len(reports)} reports")
    if any(mark in report.encode("ascii").decode("unicode_escape") for report in reports for mark in (SHOWN, CANARY)):
        found.append("personal data in a report")
    return found


def die(station: Town, way: str, home: Path, *, bare: bool = False) -> list[str]:
    """Let one desk end in this way; what was wrong after it."""
    fault, act, expected, told = WAYS[way]
    with Dying(station.url, home, fault, bare=bare) as dying:
        until_shown(dying)
        act(dying)
        status = dying.wait_end(20)
        return wrong(dying, status, expected, told)


def run(cases: int, seed: int) -> Outcome:
    """Every way in turn; seed: with which one it begins."""
    ways = list(WAYS)
    violations, notes = 0, []
    with tempfile.TemporaryDirectory(prefix="counterdesk-signals-") as folder, town(Path(folder), fill) as station:
        for number in range(cases):
            way = ways[(seed + number) % len(ways)]
            found = die(station, way, Path(folder) / f"home{number}")
            violations += bool(found)
            notes += [f"{way}: {fault}" for fault in found]
        control = sum(bool(die(station, way, Path(folder) / f"bare-{way}", bare=True)) for way in ("KILL", "exception"))
    return Outcome(cases, violations, control, "; ".join(notes[:5]))
