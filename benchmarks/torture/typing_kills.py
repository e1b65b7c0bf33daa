"""The whole program is killed while an officer types; what its screen had shown as kept is there when he is back.

The real desk, launcher included, in a pseudo-terminal, and a server that is a process of its own. An officer types
numbers that grow into fields of a case. At a random moment the desk is killed: all of it, or only the process that
draws (then its launcher has to leave a sane and empty terminal; where nobody is left, nobody can). Some desks have a
slow disk, and now and then the server is dead, so that all lives in the journal. Another desk on the same home goes on;
the numbers, the step and the field have to be those that were shown under 本机已存 or 站点已存.

The control is a desk that says 本机已存 before the disk has answered. seed: of the moments and the fields.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.torture.outcome import Outcome
from benchmarks.torture.signals import SHOWN, Dying, fill, wrong
from counterdesk.station import host
from tests.pty.officer import Officer
from tests.pty.town import OFFICER, people
from tests.server_process import PASSWORD, ServerProcess

NAME = "typing_kills"
LONG = 100
FIELDS = {"出生医学证明编号": "T31{:07}", "出生时间": "误{:05}", "户主公民身份号码": "错{:05}"}
"""Fields of one step and what is typed into them: but for the first nothing that they want, so that all is shown."""
ROWS = (*("出生医学证明编号", "姓名", "性别", "出生时间", "出生地", "民族", "户主公民身份号码", "与户主关系"),)
"""The fields in the order of the form."""
KEPT = re.compile(r"H001 出生登记 .*(本机已存|站点已存)")
_QUIET = 0.03
_NUMBER = re.compile(r"(?:T31|误|错)([0-9]{5,7})\b")
SLOW = ("", "0.06")
"""Seconds by which a commit takes longer."""


@dataclass
class Typed:
    """What the officer typed and saw. numbers: the newest typed into each field. shown: the newest shown as kept.
    places: where the cursor was since, and where the keys sent since lead to; empty before anything was shown so."""

    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    shown: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    places: set[tuple[str, str]] = field(default_factory=set)


class Station:
    """A server that can be killed and comes back under the same address."""

    def __init__(self, folder: Path, fill: Callable[[host.Station], None] = fill) -> None:
        self.db = folder / "station.sqlite3"
        people(self.db, fill)
        self.log = ""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.server: ServerProcess | None = None
        self.url = f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Answer from now on."""
        if self.server is None:
            self.server = ServerProcess("--db", str(self.db), "--port", str(self.port))
            assert self.server.url == self.url

    def die(self) -> None:
        """Killed."""
        if self.server is not None:
            self.server.end(signal.SIGKILL)
            self.log += "".join(self.server.log)
            self.server = None


@contextmanager
def station(folder: Path, fill: Callable[[host.Station], None] = fill) -> Iterator[Station]:
    """A station that is gone in the end. fill: gets it to itself before anybody comes."""
    made = Station(folder, fill)
    try:
        made.open()
        yield made
    finally:
        made.die()


def start(station: Station, home: Path, slow: str = "", hasty: bool = False) -> Dying:
    """A desk on this home."""
    shutil.rmtree(home / ".local" / "state" / "counterdesk" / "incidents", ignore_errors=True)
    module = ("benchmarks.slow_desk", slow, *(["hasty"] if hasty else [])) if slow else ("counterdesk",)
    return Dying(station.url, home, "none", size=(120, 40), module=module)


def sign_in(desk: Dying, there: Station) -> None:
    """Sign in, with or without the station, until the case stands there and says how it is kept.

    What the station had taken is no longer on this terminal: where nothing was typed since, the case waits for it.
    """
    desk.wait("登录")
    desk.keys(f"{OFFICER}<enter>{PASSWORD}<enter>")
    if not KEPT.search(desk.wait(f"{KEPT.pattern}|正在调取卷宗|卷宗在站点", 20)):
        there.open()
        desk.wait(KEPT.pattern, 20)
    desk.drain(0.2)


def numbers(desk: Dying) -> dict[str, int]:
    """What stands in the fields."""
    found = dict.fromkeys(FIELDS, 0)
    for line in desk.text().splitlines():
        for label in FIELDS:
            if (row := line.find(label)) >= 0 and (number := _NUMBER.search(line, row)):
                found[label] = int(number[1])
    return found


def note(desk: Dying, officer: Officer, typed: Typed) -> None:
    """Take what the screen shows as kept, if it has come to rest."""
    if desk.read(_QUIET) or not KEPT.search(desk.text()):
        return
    for label, number in numbers(desk).items():
        if number == typed.numbers[label] > typed.shown[label]:
            typed.shown[label] = number
            typed.places = {officer.place}


def go(desk: Dying, officer: Officer, label: str) -> None:
    """Put the cursor into a field of the step."""
    if "●采集" not in desk.text():
        desk.keys("<pgdn><pgdn>")
        desk.wait("●采集")
        desk.drain(0.1)
    here = officer.active
    down = here not in ROWS or ROWS.index(label) >= ROWS.index(here)
    officer.go(label, "<down>" if down else "<up>")


def type_until(desk: Dying, typed: Typed, chance: random.Random, seconds: float, stopped: Station | None) -> None:
    """Type numbers into a field, one after the other, until the moment comes; it comes after something was shown as
    kept, or between any two keys. stopped: a station that dies on the way."""
    officer = Officer(desk)
    label = chance.choice(tuple(FIELDS))
    go(desk, officer, label)
    following = ROWS[ROWS.index(label) + 1]
    typed.places.clear()
    end = time.monotonic() + seconds
    dies = time.monotonic() + chance.uniform(0, seconds)
    while True:
        typed.numbers[label] += 1
        keys = ["<c-u>", *FIELDS[label].format(typed.numbers[label]), "<enter>"]
        for key in keys:
            desk.keys(key)
            note(desk, officer, typed) if chance.random() < 0.1 else desk.read(0)
            if stopped is not None and time.monotonic() > dies:
                stopped.die()
                stopped = None
            if time.monotonic() > end:
                return _places(typed, label, following)
        _places(typed, label, following)
        waited = time.monotonic() + chance.uniform(0.02, 0.5)
        while time.monotonic() < waited:
            note(desk, officer, typed)
        with suppress(AssertionError):
            officer.go(label, "<up>")


def _places(typed: Typed, *labels: str) -> None:
    if typed.places:
        typed.places |= {("采集", label) for label in labels}


def lost(desk: Dying, typed: Typed) -> list[str]:
    """What was shown as kept and is not there; from now on, what is there counts."""
    place = Officer(desk).place
    found = []
    if typed.places and place not in typed.places:
        found.append(f"stands at {place}, was at {sorted(typed.places)}")
    go(desk, Officer(desk), ROWS[0])
    for label, number in numbers(desk).items():
        if not typed.shown[label] <= number <= typed.numbers[label]:
            found.append(f"{label} has {number}, {typed.shown[label]} was shown as kept")
        typed.numbers[label] = typed.shown[label] = number
    return found


def kill(desk: Dying, *, whole: bool) -> list[str]:
    """Kill it, and see what it left on its terminal."""
    if whole:
        os.killpg(desk.pid, signal.SIGKILL)
        status = desk.wait_end(10)
        return [] if status == -signal.SIGKILL else [f"exit status {status}"]
    os.kill(desk.desk, signal.SIGKILL)
    found = wrong(desk, desk.wait_end(10), 128 + signal.SIGKILL, True)
    if _NUMBER.search(desk.text()) or SHOWN in desk.text():
        found.append("what was typed is left on the terminal")
    return found


def lives(folder: Path, cases: int, chance: random.Random) -> list[str]:
    """One terminal through so many kills."""
    found: list[str] = []
    typed = Typed()
    home = folder / "home"
    with station(folder) as there:
        desk = start(there, home)
        try:
            sign_in(desk, there)
            for number in range(cases):
                away = number % 3 == 1  # the server dies while he types, and is not there when he comes back
                type_until(desk, typed, chance, chance.uniform(0.3, 1.5), there if away else None)
                found += kill(desk, whole=chance.random() < 0.5)
                desk.close()
                if away:
                    there.die()
                elif number % 3 == 2:
                    there.open()
                desk = start(there, home, SLOW[number % 2])
                sign_in(desk, there)
                found += lost(desk, typed)
            there.open()
            desk.wait("H001 出生登记 .*站点已存", 20)
        finally:
            desk.close()
    return found


def control(folder: Path) -> list[str]:
    """A desk that lies: nobody but the disk could keep what it shows, and the disk takes its time."""
    typed, home = Typed(), folder / "home"
    with station(folder) as there:
        with start(there, home, "2", hasty=True) as desk:
            sign_in(desk, there)
            officer, label = Officer(desk), "出生医学证明编号"
            go(desk, officer, label)
            there.die()
            desk.wait("○ 离线|离线")
            typed.numbers[label] = 1
            desk.keys(f"{FIELDS[label].format(1)}<enter>")
            end = time.monotonic() + 10
            while not typed.shown[label] and time.monotonic() < end:
                note(desk, officer, typed)
            kill(desk, whole=True)
        there.open()
        with start(there, home) as desk:
            sign_in(desk, there)
            return lost(desk, typed)


def run(cases: int, seed: int) -> Outcome:
    """So many kills of one terminal, and one of the control."""
    with tempfile.TemporaryDirectory(prefix="counterdesk-typing-") as folder:
        for name in ("lives", "control"):
            (Path(folder) / name).mkdir()
        found = lives(Path(folder) / "lives", cases, random.Random(seed))
        broken = control(Path(folder) / "control")
    return Outcome(cases, len(found), len(broken), "; ".join(found[:5]))
