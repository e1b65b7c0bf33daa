"""Marked personal data through whole journeys, and then a search for it everywhere but where it belongs.

A journey: a real desk and a real server, a wrong password, a birth with marked names, numbers, a telephone and an
address, text that is kept though it is wrong, a refusal, and an end: by hand, by an exception, by a crash, by a kill.
Then every place in `PLACES` is searched for each mark in every way it could be written. The control plants leaks.
"""

from __future__ import annotations

import base64
import os
import re
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]

from benchmarks.torture.outcome import Outcome
from benchmarks.torture.signals import Dying
from counterdesk.station import commands as c
from counterdesk.station.host import Station
from counterdesk.station.roles import Actor
from mock_server.server import machine_clock
from tests.pty.officer import Officer
from tests.pty.town import OFFICER, people
from tests.server_process import PASSWORD, server_process

NAME = "canaries"
LONG = 12
MARKS = {
    "name": "欧阳试瞳",
    "wrong text": "闾丘错填",
    "identity number": "310000199603140023",
    "other number": "310000199407080019",
    "telephone": "15400006789",
    "address": "徐行镇示例路271弄9号",
    "certificate": "T310000016",
    "wrong password": "wrong-7719-secret",
    "password": PASSWORD,
}
ENDS = ("exception", "segv", "KILL", "quit")


class Traces(NamedTuple):
    """What a journey left behind. proc: what the processes' /proc entries held while they ran. after: the terminal when
    all was over."""

    home: Path
    db: Path
    temporary: Path
    server_log: str
    proc: dict[str, bytes]
    after: str


Place = Callable[[Traces], Iterator[tuple[str, bytes]]]


def _folder(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(root.rglob("*")):
        yield f"name of {path.name}", str(path.relative_to(root)).encode("utf-8", "surrogateescape")
        if path.is_file():
            yield str(path.relative_to(root)), path.read_bytes()


def _database(traces: Traces) -> Iterator[tuple[str, bytes]]:
    """Every table of the server but those that are for personal data."""
    with closing(sqlite3.connect(traces.db)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table not in ("case_file", "shift_note"):
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    cells = (cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
                    yield f"table {table}", b"\x00".join(cells)


PLACES: dict[str, Place] = {
    "the desk's home: settings, state, incidents": lambda traces: _folder(traces.home),
    "temporary files": lambda traces: _folder(traces.temporary),
    "the server's log": lambda traces: iter([("stderr", traces.server_log.encode())]),
    "the server's database without case files": _database,
    "environment and arguments of the processes": lambda traces: iter(traces.proc.items()),
    "the terminal afterwards": lambda traces: iter([("screen", traces.after.encode())]),
}
"""Where personal data must not be. Whatever else a desk writes (its journal, what `doctor` says) is one more line."""


def ways(mark: str) -> list[re.Pattern[bytes]]:
    """How a mark could stand in a place."""
    encoded = mark.encode()
    plain = [
        *(encoded, mark.encode("utf-16-le"), mark.encode("utf-16-be"), mark.encode("gb18030"), quote(mark).encode()),
        *(mark.encode("ascii", "backslashreplace"), encoded.hex().encode(), encoded[::-1], mark[::-1].encode()),
        *(base64.b64encode(b"\0" * lead + encoded)[4 if lead else 0 : -4] for lead in (0, 1, 2)),
    ]
    found = [re.compile(re.escape(form), re.IGNORECASE) for form in plain if len(form) > 6]
    if mark.isdigit():
        found.append(re.compile(rb"[\s\-._:,\x00]{0,3}".join(re.escape(digit.encode()) for digit in mark)))
    return found


PATTERNS = {name: ways(mark) for name, mark in MARKS.items()}


def hits(traces: Traces) -> list[str]:
    """Where a mark was found, without the mark."""
    return [
        f"{name} in {place}: {where}"
        for place, look in PLACES.items()
        for where, data in look(traces)
        for name, patterns in PATTERNS.items()
        if any(pattern.search(data) for pattern in patterns)
    ]


def arrived(traces: Traces) -> bool:
    """Whether the marks are where they belong: a search for what was never there proves nothing."""
    with closing(sqlite3.connect(traces.db)) as connection:
        files = b"".join(bytes(row[0]) for row in connection.execute("SELECT body FROM case_file"))
    wanted = set(MARKS) - {"wrong text", "wrong password", "password"}
    return all(MARKS[name].encode() in files for name in wanted)


def _fill(station: Station) -> None:
    machine = Actor(id="machine", role="ticket_machine")
    station.execute("t1", c.IssueTicket(group="HK", service="hukou.birth"), machine, machine_clock())


def _proc(*pids: int) -> dict[str, bytes]:
    found = {}
    for pid in pids:
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            for entry in ("cmdline", "environ"):
                found[f"{entry} of {process.pid}"] = Path(f"/proc/{process.pid}/{entry}").read_bytes()
    return found


def journey(folder: Path, end: str) -> Traces:
    """A whole visit, typed by hand."""
    home, temporary, db = folder / "home", folder / "tmp", folder / "station.sqlite3"
    home.mkdir()
    temporary.mkdir()
    people(db, _fill)
    with server_process("--db", str(db), "--port", "0", "--station", "demo") as server:
        fault = end if end in ("exception", "segv") else "noise"
        with Dying(server.url, home, fault, size=(120, 40), env={"TMPDIR": str(temporary)}) as dying:
            _work(dying)
            proc = _proc(dying.pid, server.process.pid)
            _end(dying, end)
            dying.wait_end(20)
            after = dying.text()
        server.end()
        return Traces(home, db, temporary, "".join(server.log), proc, after)


def _work(dying: Dying) -> None:
    dying.wait("登录")
    dying.keys(f"{OFFICER}<enter>{MARKS['wrong password']}<enter>")
    dying.wait("警号或口令不对,请重输")
    dying.keys(f"{PASSWORD}<enter>")
    dying.wait("开窗:")
    officer = Officer(dying)
    officer.press("<f2>", "已叫号")
    officer.press("<f3>", "H001 出生登记.*草稿")
    officer.fill("母亲公民身份", f"{MARKS['identity number']}<enter>")
    officer.fill("父亲公民身份", f"{MARKS['wrong text']}<enter>")
    officer.go("父亲公民身份", "<s-tab>")
    officer.fill("父亲公民身份", f"<c-u>{MARKS['other number']}<enter>")
    officer.fill_all(
        {
            "情形": "6",
            "随谁落户": "2",
            "出生医学证明编号": f"{MARKS['certificate']}<enter>",
            "姓名": f"{MARKS['name']}<enter>",
            "户籍地址": f"<c-u>{MARKS['address']}<enter>",
            "申报人联系": f"{MARKS['telephone']}<enter>",
        }
    )
    officer.press("<f9>", "还差|先")
    officer.press("<f1>", "现在可用的键")
    officer.press("<esc>")
    dying.drain(0.3)


def _end(dying: Dying, end: str) -> None:
    if end == "KILL":
        os.kill(dying.desk, signal.SIGKILL)
    elif end == "quit":
        dying.keys("<c-q>")
        dying.wait("确定退出")
        dying.keys("2")
    else:
        dying.keys("<f12>")


def leaks(traces: Traces) -> int:
    """Plants every mark in a file, in every way that is searched for; how many of them are found."""
    found = 0
    for name, mark in MARKS.items():
        spaced = " ".join(mark) if mark.isdigit() else mark
        for form in (
            mark.encode(),
            mark.encode("utf-16-le"),
            repr(mark).encode("ascii", "backslashreplace"),
            spaced.encode(),
        ):
            planted = traces.home / "planted.log"
            planted.write_bytes(b"2026 INFO " + form + b" \n")
            found += any(hit.startswith(f"{name} in") for hit in hits(traces))
            planted.unlink()
    return found


def run(cases: int, seed: int) -> Outcome:
    """So many journeys, with their ends in turn; the control finds all that was planted, or does not count."""
    found: list[str] = []
    planted = 0
    for number in range(cases):
        with tempfile.TemporaryDirectory(prefix="counterdesk-canaries-") as folder:
            traces = journey(Path(folder), ENDS[(seed + number) % len(ENDS)])
            found += hits(traces)
            if not arrived(traces):
                found.append("the case file does not hold what was typed")
            if not number:
                planted = leaks(traces)
    control = planted if planted == 4 * len(MARKS) else 0
    return Outcome(cases, len(found), control, "; ".join(sorted(set(found))[:4]))
